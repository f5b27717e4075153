"""The documentation as a stranger follows it: every command, example, option and link, literally.

A fenced block of commands runs line by line in a folder that has what the pages speak of (`FOLDER`, `me.jpg`, ...).
What cannot run here says so in the page, `<!-- not run: reason -->` before the block, or stands in `ELSEWHERE`; it is
parsed all the same.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal, get_args, get_origin
from urllib.parse import unquote, urlsplit

import pytest
from conftest import ROOT, SOURCES
from tests.command import run as run_here

from artifact_check import cues, results
from artifact_check.cli import commands
from artifact_check.shipped import CURRENT, shipped_model

DOCS = ROOT / "docs"
SAMPLES = ROOT / "sample_images"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]+) -->\n)?"
    r"```(?P<language>\w*)(?: title=\"(?P<title>[^\"\n]+)\")?\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
SHELLS = set("|&;<>$`*?~")
PROGRAMS = {"artifact-check", "python", "python3", "pip", "pytest", "nox", "dask", "sqlite3", "mkdir", "cp"}
ELSEWHERE = {
    r"\bpip\b": "the tests install nothing",
    r"\bpytest\b|\bnox\b": "these are the tests",
    r"\bserve\b": "it runs until it is stopped; test_web.py opens it",
    r"\btrain-encoder\b": "it needs PyTorch; test_encoder_training.py trains an encoder",
    r"\bbenchmarks[/.]|cProfile|importtime": "it takes minutes, or prints pages",
    r"\b(train|evaluate) DATA\b": "it takes long; docs/retraining.md has them all",
}
RUNS_ALL = DOCS / "retraining.md"  # which trains a model

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the pages' commands are for a POSIX shell")


@dataclass(frozen=True)
class Block:
    language: str
    title: str | None
    code: str
    runs: bool

    @property
    def lines(self) -> list[str]:
        """The commands of a block of commands; nothing of any other."""
        lines = [line for line in self.code.splitlines() if line and not line.startswith("#")]
        is_commands = self.language in {"", "sh"} and lines and Path(lines[0].split()[0]).name in PROGRAMS
        return lines if is_commands else []


def blocks(page: Path) -> list[Block]:
    found = BLOCK.finditer(page.read_text("utf-8"))
    return [Block(block["language"], block["title"], block["code"], block["reason"] is None) for block in found]


def runs(page: Path, line: str) -> bool:
    return page == RUNS_ALL or not any(re.search(pattern, line) for pattern in ELSEWHERE)


RUN = {page: [s for b in blocks(page) if b.runs for s in b.lines if runs(page, s)] for page in PAGES}
PARSED = [(page, s) for page in PAGES for b in blocks(page) for s in b.lines if s not in RUN[page]]
ADDED = {page: {b.title: b.code for b in blocks(page) if b.language == "python" and b.title} for page in PAGES}
EXAMPLES = [(page, b.code) for page in PAGES for b in blocks(page) if b.language == "python" and b.title is None]


def name(value) -> str | None:
    return value.relative_to(ROOT).as_posix() if isinstance(value, Path) else None


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with what the pages speak of."""
    root = tmp_path_factory.mktemp("folder")
    shutil.copytree(SAMPLES, root / "sample_images")
    for place in ("FOLDER", "photos"):
        (root / place).mkdir()
        for sample in ("eye_moved.jpg", "no_face.png"):
            shutil.copy(SAMPLES / sample, root / place)
    for photo in ("me.jpg", "portrait.jpg"):
        shutil.copy(SAMPLES / "portrait_a.jpg", root / photo)
    (root / "mine").mkdir()
    shutil.copy(SAMPLES / "eye_moved.jpg", root / "mine")
    with zipfile.ZipFile(root / "photos.zip", "w") as archive:
        archive.write(SAMPLES / "no_face.png", "no_face.png")
    (root / "list.txt").write_text("FOLDER/no_face.png\n")
    (root / ".venv").mkdir()
    (root / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    return root


@pytest.fixture(scope="module")
def done() -> set[str]:
    """The commands that have run, as several pages print the same."""
    return set()


def shell(line: str, folder: Path, sources: Path = SOURCES.parent) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(sources), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{line}"],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


def test_every_command_is_tried_that_ends_and_needs_no_pytorch():
    tried = {line.split()[1] for lines in RUN.values() for line in lines if line.startswith("artifact-check")}
    assert set(commands.commands) - tried == {"serve", "train-encoder"}


def long(page: Path):
    return pytest.param(page, marks=pytest.mark.long) if page == RUNS_ALL else page


@pytest.mark.parametrize("page", [long(page) for page in PAGES if RUN[page] and not ADDED[page]], ids=name)
def test_every_command_of_a_page_runs_as_it_is_printed(page, folder, done, monkeypatch):
    monkeypatch.chdir(folder)
    for line in RUN[page]:
        if line.partition("#")[0].strip() in done:
            continue
        done.add(line.partition("#")[0].strip())
        if line.startswith("sqlite3") and shutil.which("sqlite3") is None:
            continue  # another program, which not every machine has
        words = shlex.split(line, comments=True)
        # A shell for what is one's business, this process for all else.
        is_plain = words[0] == "artifact-check" and not SHELLS.intersection(line.partition("#")[0])
        run = run_here(*words[1:], stub=False) if is_plain else shell(line, folder)
        assert run.returncode == 0, f"{line}\n{run.stdout}{run.stderr}"
        assert "Traceback" not in run.stderr


@pytest.mark.parametrize(("page", "line"), PARSED, ids=name)
def test_a_command_that_does_not_run_here_has_options_that_exist(page, line, folder, monkeypatch):
    monkeypatch.chdir(folder)
    Path("DATA").mkdir(exist_ok=True)
    for part in re.split(r"&&|\|", line):
        words = shlex.split(part, comments=True)
        if words and Path(words[0]).name == "artifact-check" and words[1:] != ["--version"]:
            command = commands.commands[words[1]]
            assert command.make_context(words[1], words[2:]).params, f"{page}: {line}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_option_that_a_page_names_exists(page):
    inline = re.findall(r"`((?:--|artifact-check )[^`\n]+)`", BLOCK.sub("", page.read_text("utf-8")))
    named = {option for code in inline for option in re.findall(r"(?<!\S)--[a-z][a-z-]+", code)}
    known = {option for command in commands.commands.values() for p in command.params for option in p.opts}
    assert named - known - {"--version"} == set()


@pytest.mark.parametrize(("page", "code"), EXAMPLES, ids=name)
def test_every_example_in_python_runs(page, code, folder, monkeypatch):
    (folder / "example.py").write_text(code, "utf-8")
    if "jobs=" in code:  # its workers read the file, too
        run = shell("python example.py", folder)
        assert (run.returncode, "Traceback" in run.stderr) == (0, False), f"{page}\n{run.stderr}"
        assert run.stdout
        return
    monkeypatch.chdir(folder)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        runpy.run_path("example.py", run_name="__main__")
    assert printed.getvalue()


@pytest.fixture
def with_added(tmp_path_factory):
    """A copy of the package with the files that a page says to add; gives the folder to import it from."""

    def add(page: Path) -> Path:
        root = tmp_path_factory.mktemp("copy")
        shutil.copytree(SOURCES, root / "src" / "artifact_check", ignore=shutil.ignore_patterns("__pycache__"))
        (root / "models").symlink_to(ROOT / "models")
        for place, code in ADDED[page].items():
            assert not (root / place).exists()
            (root / place).write_text(code, "utf-8")
        return root / "src"

    return add


def test_a_cue_is_one_added_file_that_the_report_and_the_site_then_show(with_added, folder):
    page = DOCS / "add-a-cue.md"
    sources = with_added(page)
    (line,) = RUN[page]
    assert shell(line, folder, sources).returncode == 0
    assert "Mouth level with the eyes: measured, not scored" in (folder / "tilt.html").read_text("utf-8")
    made = shell(
        f"cd {DOCS} && python -c 'import cue_pages; print(cue_pages.pages()[\"cues/tilt.md\"])'", folder, sources
    )
    assert "Is the mouth level with the eyes?" in made.stdout, made.stderr
    assert "`tilt_mouth`" in made.stdout


def test_a_format_is_one_added_file_that_the_command_then_offers(with_added, folder):
    page = DOCS / "add-a-format.md"
    (line,) = RUN[page]
    run = shell(line, folder, with_added(page))
    assert (run.returncode, run.stdout) == (0, "sample_images/declares_ai.jpg\n"), run.stderr
    odd = folder / os.fsdecode(b"odd \x1b\xff.jpg")
    shutil.copy(ROOT / "sample_images" / "declares_ai.jpg", odd)
    run = shell("artifact-check scan *odd*.jpg --format names", folder, with_added(page))
    assert (run.returncode, run.stdout) == (0, "odd \\x1b\\udcff.jpg\n"), run.stderr


# --- the built site


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed")
    target = tmp_path_factory.mktemp("site")
    run = shell(f"mkdocs build --strict --site-dir {target}", ROOT)
    assert run.returncode == 0, run.stdout + run.stderr
    return target


class Page(HTMLParser):
    """What a page links to, loads, and can be linked to at."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.anchors: set[str] = {""}
        self.text: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.anchors |= {values[key] for key in ("id", "name") if values.get(key)}
        if tag == "a" and "href" in values:
            self.links.add(values["href"])
        loaded = values.get("src") or (values.get("href") if tag == "link" else None)
        self.loads |= {loaded} if loaded else set()

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html")}


def test_every_link_within_the_site_leads_to_a_page_and_a_place_that_exist(site, pages):
    broken = []
    for path, page in pages.items():
        if path.name == "404.html":  # its links begin at the root of a server
            continue
        for link in page.links | page.loads:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            lost = target in pages and unquote(parts.fragment) not in pages[target].anchors
            if not target.is_file() or lost:
                broken.append((path.relative_to(site).as_posix(), link))
    assert broken == []
    assert len(pages) > 20


def test_the_site_loads_nothing_from_elsewhere(pages):
    loaded = {load for page in pages.values() for load in page.loads}
    assert {load for load in loaded if urlsplit(load).netloc} == set()
    assert loaded


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
def test_pages_opened_from_a_folder_ask_for_nothing_and_fit_the_window(site):
    playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    troubles: list[str] = []
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(300_000)
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: request.url.startswith("file:") or troubles.append(request.url))
        for shown in ("index", "how-it-works", "cues/index", "commands", "api"):
            for width in (360, 1280):
                page.set_viewport_size({"width": width, "height": 800})
                page.goto((site / f"{shown}.html").as_uri())
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                assert page.evaluate("[...document.images].filter(image => !image.naturalWidth).length") == 0
        browser.close()
    assert troubles == []


def test_every_command_and_option_is_documented(site, pages):
    text = "".join(pages[site / "commands.html"].text)
    for command in commands.commands.values():
        section = text.split(f"artifact-check {command.name} ", 1)[1].split("artifact-check ", 1)[0]
        for option in (option for parameter in command.params for option in parameter.opts if option.startswith("-")):
            assert re.search(rf"(?<![\w-]){option}(?![\w-])", section), f"{command.name} {option}"


def test_every_field_and_word_of_a_report_is_documented(site, pages):
    text = "".join(pages[site / "api.html"].text)
    classes = [kind for kind in vars(results).values() if dataclasses.is_dataclass(kind)]
    fields = {field.name for kind in classes for field in dataclasses.fields(kind)}
    words = {word for choice in vars(results).values() if get_origin(choice) is Literal for word in get_args(choice)}
    assert {word for word in fields | words if not re.search(rf"\b{word}\b", text)} == set()
    assert len(classes) > 5


@pytest.mark.parametrize("cue", cues.discover(), ids=lambda cue: cue.name)
def test_every_cue_has_a_page_with_its_measures_and_a_picture(site, pages, cue):
    page = pages[site / "cues" / f"{cue.name}.html"]
    assert f"{cue.name}.webp" in page.loads
    assert {measure.key for measure in cue.measures} <= set(page.text)
    assert {"Physical fact", "Region", "Innocent causes"} <= set(page.text)


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=name)
def test_links_of_pages_outside_the_site_lead_to_files_that_exist(page):
    links = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
    assert links


def test_a_provenance_reader_is_one_added_file_whose_declarations_are_then_reported(with_added, folder):
    page = DOCS / "add-a-reader.md"
    (line,), (example,) = RUN[page], [code for place, code in EXAMPLES if place == page]
    (folder / "toy.py").write_text(example, "utf-8")
    assert shell("python toy.py", folder).returncode == 0
    (photo,) = json.loads(shell(f"{line} --format json", folder, with_added(page)).stdout)["photos"]
    expected = {"kind": "generator_text", "says": "ai_generated", "trust": "declared"}
    assert photo["provenance"] == [{**expected, "detail": "Toy Painter: a portrait in oil", "generator": ""}]


def test_the_readmes_error_rates_are_those_of_the_model_card():
    figures = json.loads((shipped_model(CURRENT) / "manifest.json").read_text("utf-8"))["figures"]["conditions"][
        "profile"
    ]
    alarms, verdicts, photos = figures["false_alarms"], figures["verdicts"], figures["photos"]
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())

    def rate(of):
        return f"{100 * of['rate']:.1f} % [{100 * of['low']:.1f}, {100 * of['high']:.1f}]"

    real, ai = ({name: f"{100 * share:.1f} %" for name, share in verdicts[label].items()} for label in ("real", "ai"))
    polished = alarms["polished"]
    for expected in (
        f"| camera photos ({photos['real']:,}) | {rate(alarms['all'])} | {real['likely_authentic']} |",
        f"| polished portraits among them ({polished['photos']:,}) | {rate(polished)} |",
        f"| AI pictures ({photos['ai']:,}) | {ai['likely_ai']} | {ai['likely_authentic']} | {ai['inconclusive']} |",
        f"AUC {figures['auc']['value']:.2f} [{figures['auc']['low']:.2f}, {figures['auc']['high']:.2f}]",
        *(f"{maker} {figures['auc_by_maker'][maker]['value']:.2f}" for maker in ("Midjourney", "OpenAI", "Grok")),
    ):
        assert expected in readme
    tones = [f"{100 * of['rate']:.1f} %" for of in alarms["by_skin"].values()]
    assert f"light {tones[0]}, intermediate {tones[1]}, tan {tones[2]}, dark {tones[3]}, very dark {tones[4]}" in readme
