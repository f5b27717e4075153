"""A photo stays where it is: checking one opens no connection and writes nothing."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys

import pytest
from conftest import EYE_MOVED, PORTRAIT_A, SOURCES

CHECK = """
import json, sys
from artifact_check.checking.checker import Checker

with Checker() as checker:
    for path in sys.argv[1:]:
        with open(path, "rb") as stream:
            print(json.dumps(checker.check_bytes(stream.read(), path).to_dict()))
"""

NETWORK_EVENTS = ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
                  "socket.gethostbyname", "socket.gethostbyaddr", "urllib.Request", "http.client.connect")  # fmt: skip

GUARD = f"""
import os, sys

def refuse(event, args):
    if event in {NETWORK_EVENTS!r}:
        print("network:", event, args, flush=True)
        os._exit(9)

sys.addaudithook(refuse)
"""


def offline():
    """A command prefix that takes the network away, or None where this machine has none."""
    prefix = ["unshare", "--map-root-user", "--net"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode
    ):
        return None
    return prefix


def test_the_guard_of_all_tests_notices_an_attempt():
    """And lets this machine's own addresses through."""
    import conftest

    with pytest.raises(OSError, match="a test tried to reach"):
        socket.create_connection(("192.0.2.1", 9), timeout=1)
    assert conftest._reached == ["socket.getaddrinfo 192.0.2.1"]
    conftest._reached.clear()
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


@pytest.fixture(scope="module")
def with_network(python):
    run = python(CHECK, PORTRAIT_A)
    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout)["status"] == "ok"
    return run.stdout


def test_a_check_without_network_says_the_same(python, with_network):
    prefix = offline()
    if prefix is None:
        pytest.skip("this machine cannot take the network away from one process")
    interfaces = python("import socket; print([name for _, name in socket.if_nameindex()])", prefix=prefix)
    assert interfaces.stdout == "['lo']\n"
    run = python(CHECK, PORTRAIT_A, prefix=prefix)
    assert (run.returncode, run.stderr, run.stdout) == (0, "", with_network)


COMPARE = """
import json, sys
from artifact_check import compare

print(json.dumps(compare(sys.argv[1], sys.argv[2:]).to_dict()))
"""


def test_a_comparison_without_network_says_the_same(python):
    prefix = offline()
    if prefix is None:
        pytest.skip("this machine cannot take the network away from one process")
    runs = [python(COMPARE, PORTRAIT_A, EYE_MOVED, prefix=of) for of in ((), prefix)]
    assert [(run.returncode, run.stderr) for run in runs] == [(0, "")] * 2
    assert runs[0].stdout == runs[1].stdout
    assert json.loads(runs[0].stdout)["likeness"]["within"]


def test_a_check_tries_no_connection_writes_nothing_and_leaves_the_photo_as_it_was(python, with_network, tmp_path):
    names = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
             "XDG_RUNTIME_DIR", "MPLCONFIGDIR", "cwd")  # fmt: skip
    folders = {name: tmp_path / name for name in names}
    for folder in folders.values():
        folder.mkdir()
    photo = folders["HOME"] / "portrait.jpg"
    shutil.copyfile(PORTRAIT_A, photo)
    os.utime(photo, (1e9, 1e9))
    photo.chmod(0o400)
    cwd = folders.pop("cwd")

    env = {name: str(folder) for name, folder in folders.items()}
    run = python(GUARD + CHECK, PORTRAIT_A, photo, env=env, cwd=cwd)

    assert (run.returncode, run.stderr) == (0, "")
    expected, of_copy = run.stdout.splitlines(keepends=True)
    assert expected == with_network
    assert json.loads(of_copy) == {**json.loads(expected), "path": str(photo)}
    assert photo.read_bytes() == PORTRAIT_A.read_bytes()
    assert photo.stat().st_mtime == 1e9
    assert [path for folder in tmp_path.iterdir() for path in folder.rglob("*")] == [photo]


@pytest.mark.parametrize(
    "attempt", ["socket.create_connection(('127.0.0.1', 9))", "socket.getaddrinfo('localhost', 9)"]
)
def test_such_an_attempt_would_be_noticed(python, attempt):
    run = python(f"{GUARD}\nimport socket\n{attempt}")
    assert run.returncode == 9
    assert run.stdout.startswith("network: socket.")


WATCH = """
import os, sys

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND

def refuse(event, args):
    writes = event == "open" and args[2] & WRITING and args[0] != os.devnull
    if writes or event in ("os.mkdir", "os.rename", "subprocess.Popen", "os.posix_spawn"):
        print("written:", event, args, flush=True)
        os._exit(9)
"""


def test_no_file_is_opened_for_writing(python, with_network, monkeypatch):
    """Nor is a process started: libraries that look for sound devices as they are imported would do both."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # coverage writes a file when a process ends
    run = python(f"{WATCH}\nsys.dont_write_bytecode = True\nsys.addaudithook(refuse)\n{CHECK}", PORTRAIT_A)
    assert (run.returncode, run.stderr, run.stdout) == (0, "", with_network)


def test_such_a_file_would_be_noticed(python, tmp_path):
    run = python(f"{WATCH}\nsys.addaudithook(refuse)\nopen(sys.argv[1], 'a')", tmp_path / "new")
    assert run.returncode == 9
    assert not (tmp_path / "new").exists()


def test_the_command_too_writes_nothing_but_its_report(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    env = {**os.environ, "HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": str(SOURCES.parent),
           "PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": str(home), "XDG_CONFIG_HOME": str(home)}  # fmt: skip
    command = [sys.executable, "-m", "artifact_check", "scan", str(PORTRAIT_A), "--format", "json", "-q"]
    run = subprocess.run(command, env=env, cwd=home, capture_output=True, text=True, timeout=600, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout)["photos"][0]["status"] == "ok"
    assert list(home.rglob("*")) == []


def traced(*arguments, folder):
    """The network calls of a command and all its processes, as strace shows them, and what the command printed."""
    log = folder / "calls"
    command = ["strace", "-f", "-qq", "-e", "trace=%network", "-o", str(log), sys.executable, *arguments]
    env = {**os.environ, "PYTHONPATH": str(SOURCES.parent)}
    run = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=False)
    if run.returncode and "ptrace" in run.stderr:
        pytest.skip("this machine does not let one process trace another")
    return log.read_text().splitlines(), run


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_no_process_of_a_scan_opens_a_socket_to_anywhere(tmp_path):
    """Workers, decoders and native threads included."""
    samples = ("portrait_a.jpg", "declares_ai.jpg", "no_face.png", "broken.jpg")
    photos = [str(PORTRAIT_A.with_name(name)) for name in samples]
    calls, run = traced("-m", "artifact_check", "scan", *photos, "--jobs", "2", "--format", "json", folder=tmp_path)
    assert run.returncode == 0
    assert len(json.loads(run.stdout)["photos"]) == len(photos)
    assert calls  # the processes of the scan are joined by sockets within the machine
    assert [call for call in calls if "AF_INET" in call or "AF_NETLINK" in call] == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("ending", ["html", "png"])
def test_a_comparison_opens_no_socket_to_anywhere(tmp_path, ending):
    output = tmp_path / f"comparison.{ending}"
    arguments = ("compare", str(PORTRAIT_A), str(EYE_MOVED), "--json", "--output", str(output))
    calls, run = traced("-m", "artifact_check", *arguments, folder=tmp_path)
    assert run.returncode == 0
    assert json.loads(run.stdout)["likeness"]["within"]
    assert output.stat().st_size > 100_000
    assert [call for call in calls if "AF_INET" in call or "AF_NETLINK" in call] == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_socket_would_be_seen(tmp_path):
    calls, _ = traced("-c", "import socket; socket.socket().close()", folder=tmp_path)
    assert any("AF_INET" in call for call in calls)
