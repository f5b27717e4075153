"""The local page: the application in this process, and as people meet it, with real HTTP and a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import http.client
import io
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.parse
from pathlib import Path

import psutil
import pytest
from conftest import EYE_MOVED, PORTRAIT_A, PORTRAIT_B, ROOT, violations
from PIL import Image
from test_privacy import WATCH
from tests.command import alive, posix, stub_checker
from tests.conftest import until

from artifact_check import check, compare
from artifact_check.cli import main
from artifact_check.comparing.wording import ANOTHER_FACE
from artifact_check.learn.laboratory import perturb
from artifact_check.report import words
from artifact_check.report.card import build_card
from artifact_check.report.language import get_language
from artifact_check.results import PhotoReport
from artifact_check.scanning import workers
from artifact_check.scanning.setup import Setup
from artifact_check.web.app import create_app
from artifact_check.web.check_pool import CheckPool
from artifact_check.web.guard import Guard

STUB = Path(__file__).parent / "stub"
BROKEN = ROOT / "sample_images" / "broken.jpg"
SCRIPT = "<img src=x onerror=alert(1)>.jpg"
LONG = 300  # seconds: what takes them hangs


class Asked:
    """What answers at `host` and `port`."""

    host: str
    port: int

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict, bytes]:
        raise NotImplementedError

    def check(self, name: str, data: bytes = b"photo") -> dict:
        """What the API says of a photo of that name."""
        body, kind = form(name, data)
        status, _, answer = self.request("POST", "/api/check", body, content_type=kind)
        assert status == 200, answer
        return json.loads(answer)


class Server(Asked):
    """A running server; `request` asks it over a connection of its own."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict, bytes]:
        with contextlib.closing(http.client.HTTPConnection(self.host, self.port, timeout=LONG)) as connection:
            connection.request(method, path, body, named(headers))
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()


class App(Asked):
    """The application in this process, without a network in between."""

    host, port = "127.0.0.1", 8000

    def __init__(self, checks: CheckPool, *, upload_limit: float = LONG) -> None:
        self._app = Guard(create_app(checks, upload_limit=upload_limit), names=frozenset({self.host}))
        self.runner = asyncio.Runner()

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict, bytes]:
        return self.runner.run(self.answer(method, path, body, **headers))

    async def answer(
        self, method: str, path: str, body: bytes | None = None, *, whole: bool = True, **headers: str
    ) -> tuple[int, dict, bytes]:
        """Ask with a body that comes in pieces; unless it is `whole`, the rest never comes."""
        pieces = [body[at : at + (1 << 20)] for at in range(0, len(body), 1 << 20)] if body else [b""]
        coming = iter([{"type": "http.request", "body": piece, "more_body": True} for piece in pieces])
        last = {"type": "http.request", "body": b"", "more_body": False}
        told: list[dict] = []

        async def receive() -> dict:
            if (message := next(coming, last if whole else None)) is None:
                await asyncio.Event().wait()
            return message

        async def send(message: dict) -> None:
            told.append(message)

        given = {"host": f"{self.host}:{self.port}", **named(headers)}
        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
                 "scheme": "http", "server": (self.host, self.port), "root_path": "",
                 "headers": [(name.encode(), value.encode()) for name, value in given.items()]}  # fmt: skip
        await self._app(scope, receive, send)
        start, *rest = told
        answered = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], answered, b"".join(message["body"] for message in rest)


def named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def workers_of(process: int) -> list[int]:
    started = psutil.Process(process).children()
    return [child.pid for child in started if "spawn_main" in " ".join(child.cmdline())]


def form(name: str, data: bytes, field: str = "photo") -> tuple[bytes, str]:
    """A form with one file, and its content type."""
    return form_of((field, name, data))


def form_of(*files: tuple[str, str, bytes]) -> tuple[bytes, str]:
    """A form with files, each with its field and name, and the form's content type."""
    head = '--edge\r\nContent-Disposition: form-data; name="{}"; filename="{}"\r\n\r\n'
    parts = [head.format(field, name).encode() + data + b"\r\n" for field, name, data in files]
    return b"".join(parts) + b"--edge--\r\n", "multipart/form-data; boundary=edge"


def pair_of(headshot: Path, *references: Path) -> list[tuple[str, str, bytes]]:
    """The files of a comparison."""
    fields = ["headshot", *["reference"] * len(references)]
    return [(field, of.name, of.read_bytes()) for field, of in zip(fields, (headshot, *references), strict=True)]


@contextlib.contextmanager
def running(*command: str | Path, stub: bool = True, **variables: str):
    path = [str(STUB)] if stub else []
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([*path, *sys.path]), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    process = subprocess.Popen([sys.executable, *command], stderr=subprocess.PIPE, text=True, env=env)
    try:
        line = process.stderr.readline()
        address = re.search(r"http://\S+/", line)
        assert address, line + process.stderr.read()
        yield Server(process, address[0])
    finally:
        process.terminate()
        process.communicate(timeout=LONG)  # it leaves by itself, whatever it is at


def serving(*options: str | Path, **how):
    return running("-m", "artifact_check", "serve", "--port", "0", *options, **how)


@pytest.fixture(scope="module")
def app():
    """The application with two workers, whose checker obeys the photos' names (see stub/sitecustomize.py)."""
    with stub_checker(), contextlib.closing(CheckPool(Setup(), jobs=2, time_limit=LONG)) as checks:
        app = App(checks)
        with app.runner:
            yield app


@pytest.fixture(scope="module")
def server():
    """A server with the same checker."""
    with serving("--jobs", "2") as started:
        yield started


@pytest.fixture(scope="module")
def true_server():
    """One that truly checks."""
    with serving(stub=False) as started:
        yield started


# The API


def test_the_api_says_what_the_library_says(true_server):
    data = PORTRAIT_A.read_bytes()
    expected = json.loads(json.dumps(check(data).to_dict()))

    assert true_server.check("me.jpg", data) == {**expected, "path": "me.jpg"}
    status, headers, answer = true_server.request("POST", "/api/check", data, content_type="image/jpeg")
    assert (status, json.loads(answer), headers["content-type"]) == (200, expected, "application/json")


def test_a_broken_file_is_an_answer_too(true_server):
    report = true_server.check("broken.jpg", BROKEN.read_bytes())

    assert report["status"] == "unreadable"
    assert "cut off or damaged" in report["message"]
    assert true_server.check("empty.jpg", b"")["status"] == "unreadable"


def test_answers_are_as_described(true_server):
    description = json.loads(true_server.request("GET", "/api/openapi.json")[2])
    assert description["openapi"].startswith("3.1.")
    schemas = description["components"]["schemas"]

    for name, data in (("a.jpg", PORTRAIT_A.read_bytes()), ("b.jpg", BROKEN.read_bytes())):
        assert described(true_server.check(name, data), schemas["PhotoReport"], schemas)
    answer = json.loads(true_server.request("POST", "/api/check")[2])
    assert described(answer, schemas["Error"], schemas)
    wrong = {**true_server.check("b.jpg", b"x"), "status": "proven"}
    assert not described(wrong, schemas["PhotoReport"], schemas)


TYPES = {"string": str, "integer": int, "number": (int, float), "null": type(None)}


def described(value, schema: dict, schemas: dict) -> bool:
    """Whether a value is what a schema says, as far as ours go."""
    if "$ref" in schema:
        return described(value, schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas)
    if "oneOf" in schema:
        return any(described(value, one, schemas) for one in schema["oneOf"])
    if "enum" in schema or "const" in schema:
        return value in schema.get("enum", [schema.get("const")])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if isinstance(value, list):
        return "array" in kinds and all(described(item, schema["items"], schemas) for item in value)
    if isinstance(value, dict):
        parts = schema.get("properties", {})
        known = set(schema.get("required", ())) <= value.keys() <= parts.keys()
        return known and all(described(value[key], parts[key], schemas) for key in value)
    return any(isinstance(value, TYPES.get(kind, ())) for kind in kinds)


@pytest.mark.parametrize("path", ["/api/check", "/photo", "/"])
def test_a_file_beyond_the_cap_is_refused_in_words(app, path):
    body, kind = form("large.jpg", bytes(30_000_001))

    status, _, answer = app.request("POST", path, body, content_type=kind)

    assert status == 413
    assert words.too_many_bytes(30) in answer.decode()


def test_a_file_far_beyond_the_cap_is_taken_from_its_sender_and_refused(server):
    status, _, answer = server.request("POST", "/api/check", bytes(60_000_000), content_type="image/jpeg")

    assert (status, json.loads(answer)) == (413, {"error": words.too_many_bytes(30)})


def test_a_file_up_to_the_cap_is_taken(app):
    assert app.check("inconclusive-1.jpg", bytes(30_000_000))["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status", "message"),
    [
        ("POST", "/api/check", b"", "image/jpeg", 400, words.NO_PHOTO),
        ("POST", "/api/check", *form("", b""), 400, words.NO_PHOTO),
        ("POST", "/api/check", *form("a.jpg", b"1", field="other"), 400, words.NO_PHOTO),
        ("POST", "/api/check", b"nonsense", "multipart/form-data; boundary=edge", 400, words.BROKEN_FORM),
        ("POST", "/api/check", b"1", "multipart/form-data", 400, words.BROKEN_FORM),
        ("POST", "/", *form("", b""), 400, words.NO_PHOTO),
        ("GET", "/api/check", None, "text/plain", 405, words.WRONG_METHOD),
        ("GET", "/etc/passwd", None, "text/plain", 404, words.NOT_HERE),
    ],
)
def test_what_is_no_photo_gets_a_plain_answer(app, method, path, body, kind, status, message):
    got, _, answer = app.request(method, path, body, content_type=kind)

    assert got == status
    assert message in answer.decode()


def test_names_come_back_as_they_were(app):
    for name in (SCRIPT, "é" * 300 + ".jpg", "\u202egpj.exe", "צילום.jpg", "a/../b.jpg"):
        assert app.check(name)["path"] == name


# Comparisons


def test_the_answer_to_a_comparison_is_what_its_page_shows(app, tmp_path):
    page = tmp_path / "page.html"
    assert main(["compare", str(PORTRAIT_A), str(PORTRAIT_B), "--output", str(page)]) == 0
    body, kind = form_of(*pair_of(PORTRAIT_A, PORTRAIT_B))
    status, _, answer = app.request("POST", "/comparison", body, content_type=kind)

    def shown(html: str) -> list[str]:
        return [part.strip() for part in re.findall(r'>[^<>]+|data:image/[^"]+', html) if part.strip("> \n")]

    assert status == 200
    whole, part = shown(page.read_text("utf-8")), shown(answer.decode())
    assert len(part) > 25
    assert part == whole[-len(part) :]


NO_FACE = ROOT / "sample_images" / "no_face.png"


def two_people() -> bytes:
    """A picture of both portraits side by side."""
    with Image.open(PORTRAIT_A) as left, Image.open(PORTRAIT_B) as right:
        crowd = Image.new("RGB", (left.width + right.width, max(left.height, right.height)))
        crowd.paste(left, (0, 0))
        crowd.paste(right, (left.width, 0))
    encoded = io.BytesIO()
    crowd.save(encoded, "PNG")
    return encoded.getvalue()


@pytest.mark.parametrize(
    ("files", "status", "said"),
    [
        (pair_of(PORTRAIT_A, NO_FACE), 422, "no_face.png: No face was found"),
        (pair_of(BROKEN, PORTRAIT_A), 422, "broken.jpg: The JPEG file is cut off"),
        ([("headshot", "we.png", two_people()), ("reference", "a.jpg", PORTRAIT_A.read_bytes())], 422,
         "we.png: 2 faces were found"),
        (pair_of(PORTRAIT_A, Path(__file__)), 422, "test_web.py: "),
        (pair_of(PORTRAIT_A, PORTRAIT_B, PORTRAIT_A), 422, "portrait_b.jpg: This shows another face"),
        (pair_of(PORTRAIT_A, *[PORTRAIT_A] * 21), 422, "Give 1 to 20 photos to compare with, not 21."),
        ([*pair_of(PORTRAIT_A), ("reference", "large.png", bytes(30_000_001))], 422,
         f"large.png: {words.too_many_bytes(30)}"),
        ([("reference", f"{n}.png", bytes(29_000_000)) for n in range(4)], 413, words.too_many_bytes_together(100)),
        (pair_of(PORTRAIT_A), 400, words.NO_PAIR),
        ([("reference", "a.jpg", b"1"), ("headshot", "", b"")], 400, words.NO_PAIR),
        ([("headshot", "a\u202e.jpg", b"1"), ("reference", "b.jpg", b"1")], 422, "a\\u202e.jpg: "),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_named_in_words(app, files, status, said):
    body, kind = form_of(*files)
    for path in ("/comparison", "/compare"):
        got, _, answer = app.request("POST", path, body, content_type=kind)
        assert got == status
        assert said in answer.decode()
    assert '<p class="problem" role="alert">' + said in answer.decode()


def test_a_broken_form_is_no_comparison(app):
    status, _, answer = app.request("POST", "/comparison", b"1", content_type="multipart/form-data; boundary=edge")
    assert (status, answer.decode()) == (400, words.NO_PAIR)


@pytest.mark.parametrize(
    ("language", "said"), [("de", "Es wurde kein Gesicht gefunden"), ("ko", "얼굴을 찾지 못했습니다")]
)
def test_a_refusal_is_in_the_language_of_the_page(app, language, said):
    body, kind = form_of(*pair_of(PORTRAIT_A, NO_FACE))
    _, _, answer = app.request("POST", "/comparison", body, content_type=kind, accept_language=language)
    assert answer.decode().startswith(f"no_face.png: {said}")


def test_a_comparison_that_takes_too_long_is_given_up():
    body, kind = form_of(*pair_of(PORTRAIT_A, PORTRAIT_A))
    with stub_checker(), contextlib.closing(CheckPool(Setup(), jobs=1, time_limit=0.001)) as checks:
        app = App(checks)
        with app.runner:
            status, _, answer = app.request("POST", "/comparison", body, content_type=kind)
    assert (status, answer.decode()) == (422, words.NOT_COMPARED)


# Who may ask


FOREIGN_HOSTS = ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "10.0.0.1:{port}", "",
                 "127.0.0.1.evil.example:{port}", "[::1]:{port}", "127.0.0.1:{port}@evil"]  # fmt: skip


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_foreign_host_name_is_refused(app, host):
    for path in ("/", "/api/openapi.json"):
        status, _, answer = app.request("GET", path, host=host.format(port=app.port))
        assert (status, words.WRONG_HOST in answer.decode()) == (403, True)


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
def test_its_own_names_are_served(app, host):
    assert app.request("GET", "/", host=host.format(port=app.port))[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_other_sites_pages_are_refused(app, headers):
    body, kind = form("a.jpg", b"1")
    for path in ("/", "/photo", "/compare", "/comparison", "/api/check"):
        status, _, answer = app.request("POST", path, body, content_type=kind, **headers)
        assert (status, words.FOREIGN in answer.decode()) == (403, True)


def test_its_own_page_is_served(app):
    body, kind = form("a.jpg", b"1")
    own = {"origin": f"http://{app.host}:{app.port}", "sec_fetch_site": "same-origin"}
    assert app.request("POST", "/photo", body, content_type=kind, **own)[0] == 200


PATHS = ["/", "/page.js", "/page.css", "/api/openapi.json", "/nothing", "/api/check", "/comparison"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_every_answer_is_locked_down(app, path, host):
    headers = app.request("GET", path, host=f"{host}:{app.port}")[1]

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_over_http_an_answer_is_the_applications(app, server, host):
    for path in PATHS:
        status, headers, answer = server.request("GET", path, host=f"{host}:{server.port}")
        del headers["date"]  # and nothing tells which server this is
        assert (status, headers, answer) == app.request("GET", path, host=f"{host}:{app.port}")


def test_it_listens_on_the_loopback_address_alone(server):
    assert server.host == "127.0.0.1"
    with contextlib.closing(socket.socket()) as other:
        other.bind(("127.0.0.2", server.port))  # would be taken, were it bound to all addresses


# Workers


def test_a_photo_that_kills_its_process_costs_that_request_alone(app):
    dead = app.check("die-1.jpg")

    assert (dead["status"], dead["path"]) == ("unreadable", "die-1.jpg")
    assert "died" in dead["message"]
    assert [app.check(f"inconclusive-{n}.jpg")["status"] for n in range(4)] == ["ok"] * 4


def test_a_photo_that_kills_its_process_keeps_what_it_declares(app):
    data = (ROOT / "sample_images" / "declares_ai.jpg").read_bytes()

    dead = app.check("die-1.jpg", data)

    assert (dead["status"], dead["message"]) == ("unreadable", workers.DIED)
    assert (dead["verdict"], dead["sha256"]) == ("declared_ai", hashlib.sha256(data).hexdigest())
    assert dead["provenance"] == json.loads(json.dumps(check(data).to_dict()))["provenance"] != []
    body, kind = form("die-1.jpg", data)
    shown = app.request("POST", "/photo", body, content_type=kind)[2].decode()
    assert words.HEADLINES["declared_ai"] in shown
    assert workers.DIED in shown


@posix
def test_a_worker_killed_between_two_photos_goes_unnoticed(app):
    app.check("inconclusive-1.jpg")
    killed = workers_of(os.getpid())
    assert killed
    for worker in killed:
        os.kill(worker, signal.SIGKILL)

    assert [app.check(f"inconclusive-{n}.jpg")["status"] for n in range(4)] == ["ok"] * 4


IMPATIENT = """
import sys
from artifact_check.scanning.setup import Setup
from artifact_check.web.server import serve

def announce(url):
    print(url, file=sys.stderr, flush=True)
{after}
if __name__ == "__main__":
    serve(Setup(), host="127.0.0.1", port=0, jobs=1, announce=announce, time_limit={limit}, upload_limit={upload})
"""


def impatient(after: str = "", limit: float = 60, upload: float = 60) -> str:
    return IMPATIENT.format(after=after, limit=limit, upload=upload)


def test_a_photo_that_never_ends_and_one_that_never_comes_are_given_up():
    head = "POST /api/check HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 1000\r\n\r\n"
    with running("-c", impatient(limit=4, upload=4)) as server:
        with socket.create_connection((server.host, server.port), LONG) as client:
            client.sendall(head.format(port=server.port).encode() + b"half of a photo")
            given_up = server.check("hang-1.jpg")
            answer = client.makefile("rb").read()  # to the end: the connection is closed, too
        assert (given_up["status"], given_up["message"]) == ("unreadable", workers.TOO_LONG)
        assert answer.split(b" ")[1] == b"408"
        assert json.dumps(words.SLOW_UPLOAD).encode() in answer
        assert server.check("inconclusive-2.jpg")["status"] == "ok"


def test_uploads_that_come_too_slowly_are_given_up_and_hold_nobody_up():
    class Quick:
        jobs = 1

        async def check(self, upload):
            return PhotoReport(path=upload.name, status="no_face", message="")

    app = App(Quick(), upload_limit=0.2)

    async def ask() -> tuple[list, tuple]:
        half = [app.answer("POST", "/api/check", b"half of a photo", whole=False) for _ in range(8)]
        slow = list(map(asyncio.create_task, half))
        await asyncio.sleep(0)
        quick = await app.answer("POST", "/api/check", b"a whole one")
        assert not any(task.done() for task in slow)
        return await asyncio.gather(*slow), quick

    with app.runner:
        slow, quick = app.runner.run(ask())
    assert [(status, json.loads(answer)) for status, _, answer in slow] == [(408, {"error": words.SLOW_UPLOAD})] * 8
    assert quick[0] == 200


def test_nothing_is_written(tmp_path):
    """No file is opened for writing once it serves, not even one without a name."""
    watch = f"    sys.addaudithook(refuse)\n{WATCH}"
    with running("-c", impatient(after=watch), stub=False, TMPDIR=str(tmp_path)) as server:
        assert server.check("a.jpg", PORTRAIT_A.read_bytes() + bytes(20_000_000))["sha256"]
        assert server.check("b.jpg", BROKEN.read_bytes())["status"] == "unreadable"
        assert server.request("GET", "/")[0] == 200
        body, kind = form("a.jpg", PORTRAIT_A.read_bytes())
        assert server.request("POST", "/", body, content_type=kind)[2].count(b"data:image/jpeg") > 8
        body, kind = form_of(*pair_of(PORTRAIT_A, EYE_MOVED, EYE_MOVED))
        assert server.request("POST", "/comparison", body, content_type=kind)[0] == 200
        assert server.process.poll() is None
    assert list(tmp_path.iterdir()) == []


def test_a_small_file_of_too_many_pixels_is_not_decoded(true_server):
    packed = io.BytesIO()
    Image.new("1", (15_001, 10_000)).save(packed, "PNG")
    assert len(packed.getvalue()) < 1_000_000

    report = true_server.check("huge.png", packed.getvalue())

    assert report["status"] == "too_large"
    assert "15001 x 10000" in report["message"]


# The command


@posix
@pytest.mark.parametrize(("how", "jobs"), [(signal.SIGINT, 2), (signal.SIGTERM, 1)])
def test_it_ends_quietly_and_leaves_no_process(how, jobs):
    with serving("--jobs", str(jobs)) as server:
        server.check("inconclusive-1.jpg")
        workers = workers_of(server.process.pid)
        assert len(workers) == jobs
        server.process.send_signal(how)
        _, rest = server.process.communicate(timeout=LONG)
        assert (server.process.returncode, rest) == (0, "")
    until(lambda: not any(map(alive, workers)))


def test_what_cannot_start_says_why(capsys, tmp_path, monkeypatch):
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port]) == 1
    assert f"Cannot listen on 127.0.0.1, port {port}" in capsys.readouterr().err
    assert main(["serve", "--port", "0", "--host", "no.such.host.invalid"]) == 1
    assert "Cannot listen on no.such.host.invalid" in capsys.readouterr().err
    assert main(["serve", "--port", "0", "--model", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
    monkeypatch.delitem(sys.modules, "artifact_check.web.server")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve"]) == 1
    assert "artifact-check[web]" in capsys.readouterr().err


# In a browser


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


LOGGED = re.compile("status of 4|ERR_CONNECTION_REFUSED")  # a browser logs each refusal of its own accord


@pytest.fixture
def open_page(browser):
    """Open a server's page; in the end nothing may have been complained of, nor asked from elsewhere."""
    contexts, complaints, asked = [], [], []

    def opened(server: Server, **options):
        contexts.append(browser.new_context(**options))
        contexts[-1].set_default_timeout(60_000)
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message) or dialog.dismiss())
        page.on("request", lambda request: asked.append(request.url))
        page.goto(server.url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [text for text in complaints if not LOGGED.search(text)] == []
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:"))] == []


def choose(page, *photos: Path | dict) -> None:
    page.set_input_files("#choose", [str(p) if isinstance(p, Path) else p for p in photos])
    until_checked(page)
    page.wait_for_function("[...document.images].every(image => image.complete)")


def until_checked(page) -> None:
    page.locator(".progress").get_by_text(re.compile(r"^(\d+) of \1 checked$")).wait_for(state="attached")


def photo(name: str, data: bytes = b"1") -> dict:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def submit(page) -> None:
    """Send the form without a script, and wait for the end of the answer: a name is in the page before its text is."""
    with page.expect_navigation():
        page.get_by_role("button", name=words.CHECK).click()


def names(page) -> list[str]:
    return page.locator("#photos-table tbody tr:visible th bdi").all_text_contents()


def verdicts(page) -> list[str]:
    return page.locator("#photos-table tbody tr:visible td.verdict").all_text_contents()


def assert_has_all_details(page, report) -> None:
    """The open details of a portrait: its card at once, and each cue's measures and pictures when unfolded."""
    details = page.locator("details.photo[open]")
    assert details.get_by_role("img", name=words.BARE, exact=True).is_visible()
    assert details.locator(".headline").inner_text() == words.HEADLINES[report.verdict]
    assert details.locator(".place-of:visible").count() == len(build_card(report).reasons)
    for heading in (words.WHY, words.WHAT_NOW, words.DECLARATIONS, words.PLATFORMS):
        assert details.get_by_role("heading", name=heading, exact=True).is_visible()
    for folded in details.locator(".more-on > summary").all():
        folded.click()
    steps = details.locator(".waterfall tbody tr")
    assert steps.last.locator("td").last.inner_text() == str(report.authenticity)
    assert details.get_by_role("heading", name=words.HOW_IT_ADDS_UP).is_visible()
    assert details.locator(".chapter").count() == len(report.cues)
    assert details.locator(".close-ups img").count() >= 4
    assert details.locator("svg.range").count() > len(report.cues)
    sizes = details.locator("img").evaluate_all("images => images.map(image => image.naturalWidth)")
    assert min(sizes) > 100


def test_a_photo_gets_its_details_and_a_broken_file_a_plain_answer(true_server, open_page):
    page = open_page(true_server)
    choose(page, PORTRAIT_A)

    report = check(PORTRAIT_A.read_bytes())
    assert names(page) == []  # one photo needs no list
    for part in (words.SEARCH, words.NOTE):
        assert not page.get_by_label(part).is_visible()
    assert not page.get_by_role("link", name=words.BACK).is_visible()
    assert page.locator("h3 bdi").inner_text() == "portrait_a.jpg"
    assert_has_all_details(page, report)

    choose(page, BROKEN)
    assert page.locator("details.current").get_by_role("link", name=words.BACK).is_visible()
    assert names(page) == ["portrait_a.jpg", "broken.jpg"]
    assert verdicts(page) == [words.VERDICTS[report.verdict], "unreadable"]
    assert page.locator("#photos-table tbody td:nth-child(4)").first.inner_text() == str(report.authenticity)
    assert page.locator("details.current").get_by_text("cut off or damaged").is_visible()


@pytest.mark.parametrize("width", [360, 1440])
def test_one_photo_can_be_saved_printed_and_cleared(true_server, open_page, browser, tmp_path, width):
    page = open_page(true_server, viewport={"width": width, "height": 800})
    page.evaluate("window.print = () => { window.printed = true; }")
    choose(page, PORTRAIT_A)
    headline = page.locator(".headline")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert violations(page) == []
    assert headline.evaluate("shown => shown.getBoundingClientRect().bottom + scrollY") < 1300

    saved = tmp_path / "saved.html"
    with page.expect_download() as download:
        page.get_by_role("button", name=words.SAVE).click()
    download.value.save_as(saved)
    page.get_by_role("button", name=words.PRINT).click()
    assert page.evaluate("window.printed")
    card = page.locator(".card").inner_text()
    with page.expect_navigation():
        page.get_by_role("button", name=words.CLEAR).click()
    assert page.locator(".card").count() == 0

    alone = browser.new_context(offline=True, viewport={"width": width, "height": 800}).new_page()
    asked = []
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(saved.as_uri())
    assert alone.locator(".card").inner_text() == card
    assert alone.locator("script, form, button, link:not([rel=icon])").count() == 0
    assert alone.evaluate("document.documentElement.scrollWidth") == width
    assert alone.locator("svg.layers").evaluate("shown => getComputedStyle(shown).maxHeight") != "none"  # its style
    alone.locator(".more-on > summary").first.click()
    assert alone.locator(".waterfall").is_visible()
    assert [url for url in asked if not url.startswith("data:")] == [saved.as_uri()]
    alone.context.close()


def test_a_saved_list_shows_every_photo(server, open_page, browser, tmp_path):
    page = open_page(server, viewport={"width": 1440, "height": 800})
    choose(page, *map(photo, ("likely_ai-1.jpg", "inconclusive-1.jpg", "no_face-1.jpg")))
    page.get_by_role("link", name="no_face-1.jpg").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=words.SAVE).click()
    download.value.save_as(tmp_path / "saved.html")

    alone = browser.new_context(viewport={"width": 1440, "height": 800}).new_page()
    alone.goto((tmp_path / "saved.html").as_uri())
    assert alone.locator("details.photo:visible").count() == len(names(alone)) == 3
    alone.context.close()


def test_twenty_photos_keep_their_order_and_open_from_the_keyboard(server, open_page):
    page = open_page(server)
    given = [f"inconclusive-{n}.jpg" for n in range(18)] + ["die-1.jpg", "likely_ai-1.jpg"]
    choose(page, *map(photo, given))

    assert names(page) == given
    assert verdicts(page)[-2:] == ["unreadable", "signs of AI"]
    assert page.locator(".progress span").inner_text() == "20 of 20 checked"
    page.get_by_role("link", name="likely_ai-1.jpg").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("details.photo[open]")
    assert page.locator("details.photo[open] h3").inner_text() == "likely_ai-1.jpg"
    page.keyboard.press("k")
    assert page.locator("details.photo[open] h3").inner_text() == "die-1.jpg"
    choose(page, photo("no_face-1.jpg"))
    assert len(names(page)) == 21


def test_the_list_sorts_and_filters_as_a_reports_does(server, open_page):
    page = open_page(server)
    choose(page, *map(photo, ("likely_authentic-1.jpg", "inconclusive-1.jpg", "no_face-1.jpg", "likely_ai-1.jpg")))
    head = page.get_by_role("columnheader", name=words.VERDICT)

    head.get_by_role("button").click()
    assert verdicts(page) == ["signs of AI", "no face found", "inconclusive", "few signs of AI"]
    choose(page, photo("declared_ai-1.jpg"))
    assert (verdicts(page)[0], head.get_attribute("aria-sort")) == ("declares AI", "ascending")
    page.get_by_label(words.SEARCH).fill("LIKELY")
    assert names(page) == ["likely_ai-1.jpg", "likely_authentic-1.jpg"]
    assert page.locator("details.photo:not([hidden])").count() == 2
    page.get_by_label(words.SEARCH).fill("")
    page.get_by_label("inconclusive (1)").check()
    assert names(page) == ["inconclusive-1.jpg"]
    choose(page, photo("inconclusive-2.jpg"))
    assert names(page) == ["inconclusive-1.jpg", "inconclusive-2.jpg"]


def test_axe_finds_nothing_whatever_is_shown(true_server, open_page):
    page = open_page(true_server)

    def assert_everyone_can_use_it(*looks: tuple[str, int]) -> None:
        for scheme, width in looks:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            assert (scheme, width, violations(page)) == (scheme, width, [])
            assert page.evaluate("document.documentElement.scrollWidth") == width

    assert_everyone_can_use_it(("light", 360), ("dark", 1440))
    choose(page, BROKEN, PORTRAIT_A, PORTRAIT_B)
    assert_everyone_can_use_it(("light", 1440), ("dark", 360))
    page.get_by_role("link", name="portrait_b.jpg").click()
    page.wait_for_selector("details[open]")
    assert_everyone_can_use_it(*itertools.product(("light", "dark"), (360, 1440)))


def test_a_file_of_60_mb_is_refused_and_the_next_goes_on(server, open_page, tmp_path):
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(60_000_000))
    page = open_page(server, viewport={"width": 360, "height": 700})
    choose(page, large, PORTRAIT_A)

    assert verdicts(page) == [words.PROBLEM, "inconclusive"]
    assert page.locator("#results").get_by_text(words.too_many_bytes(30)).is_visible()


HOSTILE = [SCRIPT, "é" * 120 + ".jpg", "צילום.jpg", "{{ 7 * 7 }}.jpg", "</bdi><b>.jpg"]


def test_hostile_names_are_text(server, open_page):
    page = open_page(server, viewport={"width": 360, "height": 700})
    choose(page, *map(photo, HOSTILE))

    assert names(page) == HOSTILE
    assert sorted(page.locator("h3 bdi").all_text_contents()) == sorted(HOSTILE)
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_hostile_names_are_text_without_javascript(server, open_page):
    page = open_page(server, java_script_enabled=False, viewport={"width": 360, "height": 700})
    for name in HOSTILE:
        page.set_input_files("#choose", [photo(name)])
        submit(page)

        assert page.locator("h3 bdi").inner_text() == name
        assert page.locator("img[src=x]").count() == 0


def told(page) -> list[str]:
    """What screen readers read out by themselves: the live region in Chromium's own accessibility tree."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}
    [log] = [node for node in nodes if not node["ignored"] and node["role"]["value"] == "log"]
    assert {"name": "live", "value": {"type": "token", "value": "polite"}} in log["properties"]

    def texts(node: dict) -> list[str]:
        if node["role"]["value"] == "StaticText":
            return [node["name"]["value"]]
        return [text for child in node["childIds"] for text in texts(by_id[child])]

    return texts(log)


def is_focused(element) -> bool:
    return element.evaluate("element => element === document.activeElement")


@pytest.mark.parametrize("width", [360, 1440])
def test_a_screen_reader_is_told_of_start_end_and_errors_and_led_to_the_card(server, open_page, tmp_path, width):
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(31_000_000))
    page = open_page(server, viewport={"width": width, "height": 800})
    assert told(page) == []
    choose(page, photo("inconclusive-1.jpg"))
    assert told(page) == ["0 of 1 checked", "1 of 1 checked"]
    answer = page.get_by_role("heading", name=words.HEADLINES["inconclusive"])
    assert is_focused(answer)
    assert page.locator("details.photo").evaluate("shown => Math.abs(shown.getBoundingClientRect().top) < 40")

    choose(page, large)
    assert told(page)[2:] == ["1 of 2 checked", f"large.jpg: {words.too_many_bytes(30)}", "2 of 2 checked"]
    choose(page, photo("likely_ai-1.jpg"))
    assert is_focused(page.get_by_role("heading", name=words.HEADLINES["likely_ai"]))
    assert page.locator("tr[aria-current] bdi").inner_text() == "likely_ai-1.jpg"
    page.get_by_label(words.NOTE).focus()
    choose(page, photo("likely_authentic-1.jpg"))
    assert is_focused(page.get_by_label(words.NOTE))  # where somebody writes
    choose(page, photo("no_face-1.jpg"), photo("no_face-2.jpg"))
    assert is_focused(page.get_by_label(words.NOTE))
    assert told(page)[-2:] == ["4 of 6 checked", "6 of 6 checked"]


def drag(page, data: dict, *kinds: str, to: str) -> None:
    """Drag something to the middle of a part of the page and drop it there, as a system tells its browser."""
    devtools = page.context.new_cdp_session(page)
    box = page.locator(to).bounding_box()
    middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    for kind in kinds or ("dragEnter", "dragOver", "drop"):
        given = {"items": [], "files": [], "dragOperationsMask": 1, **data}
        devtools.send("Input.dispatchDragEvent", {"type": kind, **middle, "data": given})


@pytest.mark.parametrize("to", [".drop", "#choose", "h1", "html"])
def test_photos_and_other_files_can_be_dropped_anywhere(server, open_page, tmp_path, to):
    files = [tmp_path / name for name in ("inconclusive-1.jpg", "likely_ai-1.jpg", "unreadable-1.txt")]
    for file in files:
        file.write_bytes(b"1")
    (tmp_path / "folder").mkdir()
    page = open_page(server, viewport={"width": 1000, "height": 2500})
    lit = page.locator(".drop.over")  # where to drop
    first, *rest = map(str, files)

    drag(page, {"files": [first]}, "dragEnter", "dragOver", to=to)
    assert lit.count() == 1
    drag(page, {"files": [first]}, "drop", to=to)
    until_checked(page)
    assert lit.count() == 0
    assert page.locator("h3 bdi").inner_text() == "inconclusive-1.jpg"
    assert page.locator(".card").is_visible()
    drag(page, {"files": [*rest, str(tmp_path / "folder")]}, to=to)
    until_checked(page)
    assert names(page) == [*(file.name for file in files), "folder"]
    assert verdicts(page) == ["inconclusive", "signs of AI", "unreadable", words.PROBLEM]
    assert page.locator("#photos-table").get_by_text(words.NOT_A_FILE).is_visible()
    assert page.url.startswith(server.url)


def test_what_is_no_file_is_dropped_in_fields_alone_and_leads_nowhere(server, open_page):
    page = open_page(server)
    choose(page, photo("inconclusive-1.jpg"), photo("likely_ai-1.jpg"))
    at = page.url
    link = {"items": [{"mimeType": "text/uri-list", "data": f"{server.url}api/openapi.json"}]}
    for to in (".drop", "#choose", "h1"):
        drag(page, link, to=to)
    assert (page.url, names(page)) == (at, ["inconclusive-1.jpg", "likely_ai-1.jpg"])

    drag(page, {"items": [{"mimeType": "text/plain", "data": "likely"}]}, to="#search")
    assert page.get_by_label(words.SEARCH).input_value() == "likely"
    assert names(page) == ["likely_ai-1.jpg"]


def test_a_part_of_the_page_that_is_dragged_over_it_changes_nothing(server, open_page):
    page = open_page(server)
    choose(page, photo("inconclusive-1.jpg"), photo("likely_ai-1.jpg"))
    page.evaluate("addEventListener('dragenter', (event) => { window.dragged = [...event.dataTransfer.types]; })")
    page.get_by_role("link", name="likely_ai-1.jpg").drag_to(page.locator(".drop"))  # with Input.setInterceptDrags

    assert "text/uri-list" in page.evaluate("window.dragged")
    assert page.locator(".drop.over").count() == 0
    assert names(page) == ["inconclusive-1.jpg", "likely_ai-1.jpg"]
    assert page.url.startswith(server.url)


def test_one_photo_needs_no_javascript(true_server, open_page, tmp_path):
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(31_000_000))
    page = open_page(true_server, java_script_enabled=False)
    page.set_input_files("#choose", str(PORTRAIT_A))
    submit(page)

    assert page.locator("h3 bdi").inner_text() == "portrait_a.jpg"
    assert_has_all_details(page, check(PORTRAIT_A.read_bytes()))
    page.set_input_files("#choose", str(large))
    submit(page)
    assert page.get_by_role("alert").inner_text() == words.too_many_bytes(30)


def test_a_server_that_is_gone_is_told_in_words(open_page):
    with serving() as server:
        page = open_page(server)
        server.process.kill()
        server.process.wait()
        page.set_input_files("#choose", [photo("a.jpg")])
        page.locator("#results").get_by_text(words.UNREACHABLE).wait_for()


# The second tab


def at_second_tab(page):
    page.get_by_role("link", name=words.LIKENESS_TAB).click()
    return page.locator("#likeness")


def compare_on(page, headshot: Path | dict, *references: Path | dict) -> None:
    page.set_input_files("#headshot", [headshot])
    page.set_input_files("#reference", list(references))
    page.get_by_role("button", name=words.COMPARE).click()


def tab_to(page, element) -> None:
    """Press Tab until the element has the focus, which has to be seen."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if element.evaluate("element => element === document.activeElement"):
            assert element.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
            return
    pytest.fail("the keyboard never came there")


@pytest.mark.parametrize(("width", "language"), [(360, "ko"), (1440, "de")])
def test_a_headshot_is_compared_by_keyboard_alone(true_server, open_page, width, language):
    say = get_language(language).translate
    page = open_page(true_server, viewport={"width": width, "height": 800}, locale=language)
    page.on("filechooser", lambda _: None)  # before the first key, or the browser would open a dialog of its own
    tab_to(page, page.get_by_role("link", name=say(words.LIKENESS_TAB)))
    page.keyboard.press("Enter")
    for label, photos in ((words.HEADSHOT, [PORTRAIT_A]), (words.OWN_PHOTOS, [PORTRAIT_A, PORTRAIT_B])):
        tab_to(page, page.get_by_label(say(label), exact=True))
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Enter")
        chooser.value.set_files([str(photo) for photo in photos])
    assert not page.get_by_label(say(words.CHOOSE_MANY)).is_visible()  # the first tab

    tab_to(page, page.get_by_role("button", name=say(words.COMPARE)))
    page.keyboard.press("Enter")
    alert = page.locator("#likeness").get_by_role("alert")
    alert.wait_for()
    assert alert.inner_text().startswith("portrait_b.jpg: ") or alert.inner_text().startswith("portrait_a.jpg: ")
    assert alert.inner_text().endswith(say(ANOTHER_FACE))
    page.set_input_files("#reference", [str(EYE_MOVED)])
    page.keyboard.press("Enter")

    name = page.locator("#comparison .name")
    name.wait_for()
    assert name.evaluate("element => element === document.activeElement")
    assert alert.count() == 0
    assert page.get_by_role("heading", name=say(words.CHANGED)).is_visible()
    assert say(words.WITHIN) in page.locator("#comparison .lead").inner_text()
    assert (
        page.locator("#comparison img").evaluate_all("images => images.map(image => image.naturalWidth)") == [696] * 4
    )
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_axe_finds_nothing_on_the_second_tab(true_server, open_page, with_mole):
    page = open_page(true_server)

    def assert_everyone_can_use_it() -> None:
        for scheme, width in itertools.product(("light", "dark"), (360, 1440)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            assert (scheme, width, violations(page)) == (scheme, width, [])
            assert page.evaluate("document.documentElement.scrollWidth") == width

    at_second_tab(page)
    assert_everyone_can_use_it()
    compare_on(page, PORTRAIT_A, NO_FACE)
    page.locator("#likeness").get_by_role("alert").wait_for()
    assert_everyone_can_use_it()
    compare_on(page, with_mole, PORTRAIT_A)
    page.locator("#comparison .entries").wait_for()
    assert_everyone_can_use_it()


@pytest.fixture
def with_mole(face, tmp_path) -> Path:
    """A portrait with a mole on its forehead."""
    changed = tmp_path / "with_mole.png"
    mole = perturb.paint_mole(face, at=face.landmarks[151], diameter=0.05, darkness=0.45)
    Image.fromarray(mole).save(changed)
    return changed


def test_the_comparison_says_what_compare_says(true_server, open_page, with_mole):
    page = open_page(true_server)
    comparison = compare(with_mole, [PORTRAIT_A])
    at_second_tab(page)
    compare_on(page, with_mole, PORTRAIT_A)
    shown = page.locator("#comparison")
    shown.locator(".name").wait_for()

    changes = [sentence for trait in comparison.changed for sentence in trait.sentences]
    assert changes
    assert shown.locator(".entries li > div").all_inner_texts() == changes
    assert comparison.likeness.sentence in shown.locator(".lead").inner_text()
    for sentence in comparison.advice:
        assert shown.get_by_text(sentence).is_visible()


def test_a_comparison_needs_no_javascript(true_server, open_page):
    page = open_page(true_server, java_script_enabled=False)
    at_second_tab(page)
    page.set_input_files("#headshot", [PORTRAIT_A])
    page.set_input_files("#reference", [NO_FACE])
    with page.expect_navigation():
        page.get_by_role("button", name=words.COMPARE).click()
    assert page.get_by_role("alert").inner_text().startswith("no_face.png: No face was found")
    page.set_input_files("#headshot", [PORTRAIT_A])
    page.set_input_files("#reference", [EYE_MOVED])
    with page.expect_navigation():
        page.get_by_role("button", name=words.COMPARE).click()
    assert page.locator("#comparison").get_by_role("heading", name="portrait_a.jpg").is_visible()
    assert not page.locator("#signs").is_visible()


DROP = """([target, names]) => {
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File(["1"], name));
  for (const type of ["dragover", "drop"]) {
    const event = new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
    document.querySelector(target).dispatchEvent(event);
  }
}"""


def test_photos_are_dropped_on_their_field_or_the_next_that_is_empty(server, open_page):
    page = open_page(server)
    at_second_tab(page)

    def chosen() -> list[list[str]]:
        return [page.eval_on_selector(field, "field => [...field.files].map(file => file.name)")
                for field in ("#headshot", "#reference")]  # fmt: skip

    page.evaluate(DROP, ["body", ["a.jpg", "b.jpg"]])
    assert chosen() == [[], ["a.jpg", "b.jpg"]]
    page.evaluate(DROP, ["body", ["me.jpg"]])
    page.evaluate(DROP, ["body", ["c.jpg"]])
    assert chosen() == [["me.jpg"], ["a.jpg", "b.jpg", "c.jpg"]]
    page.evaluate(DROP, ["label[for=headshot]", ["other.jpg"]])
    assert chosen()[0] == ["other.jpg"]
    assert page.locator(".over").count() == 0

    page.get_by_role("link", name=words.SIGNS_TAB).click()
    assert page.locator("#photos-table tbody tr").count() == 0
    page.evaluate(DROP, ["body", ["inconclusive-1.jpg"]])
    page.locator(".progress").get_by_text("1 of 1 checked").wait_for(state="attached")
    assert len(chosen()[1]) == 3


def test_each_tab_keeps_what_it_shows(true_server, open_page, tmp_path):
    page = open_page(true_server)
    choose(page, PORTRAIT_A)
    link = page.get_by_role("link", name=words.LIKENESS_TAB)
    assert link.get_attribute("aria-current") is None
    at_second_tab(page)
    page.locator('[href="#likeness"][aria-current="page"]').wait_for()  # the event comes after the click
    compare_on(page, PORTRAIT_A, EYE_MOVED)
    page.locator("#comparison .name").wait_for()
    page.keyboard.press("j")  # a key of the first tab
    assert page.locator("#likeness").is_visible()
    page.go_back()
    assert page.locator(".card").is_visible()
    assert not page.locator("#comparison").is_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name=words.SAVE).click()
    download.value.save_as(tmp_path / "saved.html")
    saved = (tmp_path / "saved.html").read_text("utf-8")
    assert words.LIKENESS_TAB not in saved
    assert words.NEAREST not in saved
    page.go_forward()
    assert page.locator("#comparison .name").is_visible()


def test_a_server_that_is_gone_is_told_on_the_second_tab_too(open_page):
    with serving() as server:
        page = open_page(server)
        at_second_tab(page)
        server.process.kill()
        server.process.wait()
        compare_on(page, PORTRAIT_A, PORTRAIT_A)
        page.locator("#likeness").get_by_role("alert").get_by_text(words.UNREACHABLE).wait_for()


@pytest.mark.parametrize("change", ["deleted", "written"])
def test_a_photo_that_was_changed_after_it_was_chosen_is_named(server, open_page, tmp_path, change):
    page = open_page(server)
    at_second_tab(page)
    chosen = tmp_path / "me.jpg"
    chosen.write_bytes(b"1")
    page.set_input_files("#headshot", [chosen])
    if change == "deleted":
        chosen.unlink()
    else:
        chosen.write_bytes(b"22")
    page.set_input_files("#reference", [PORTRAIT_A])
    page.get_by_role("button", name=words.COMPARE).click()
    page.locator("#likeness").get_by_role("alert").get_by_text(f"me.jpg: {words.NOT_A_FILE}").wait_for()
