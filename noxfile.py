"""All checks by one command: `nox`. One of them: `nox -s tests`; what follows `--` goes to its tool.

Tools are those of the environment that nox itself is in, so that nothing is installed twice. `release`, `pythons` and
`bounds` make their own, with uv where it is installed, which is quicker; the last two are for the night:
`nox -s pythons bounds`.
"""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from pathlib import Path

import nox

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
PYTEST = ("pytest", "-q", "-n", "2", "--dist", "loadfile")
ALL = ("-m", "")  # also what is marked long, which pyproject.toml leaves out
nox.options.default_venv_backend = "uv|virtualenv"


def run(session: nox.Session, tool: str, *arguments: str) -> None:
    session.run(str(Path(sys.executable).with_name(tool)), *arguments, *session.posargs, external=True)


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Style, and which file may import which."""
    run(session, "ruff", "check", ".")
    run(session, "ruff", "format", "--check", ".")
    run(session, "lint-imports", "--no-cache")


@nox.session(venv_backend="none")
def types(session: nox.Session) -> None:
    """Types of everything in src."""
    run(session, "mypy")


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """All tests, long ones included."""
    run(session, *PYTEST, *ALL)


@nox.session(venv_backend="none", default=False)
def unit(session: nox.Session) -> None:
    """The quick tests: one process, no browser, no labelled photos, no training of a whole model."""
    run(session, *PYTEST, "-m", "not slow and not long")


@nox.session(venv_backend="none", default=False)
def coverage(session: nox.Session) -> None:
    """All tests, and which lines and branches of src they leave out, in whatever process."""
    run(session, *PYTEST, *ALL, "--cov", "--cov-report=term-missing:skip-covered", "--cov-fail-under=95")


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """Build the site into site/; a warning is an error."""
    run(session, "mkdocs", "build", "--strict")


@nox.session(venv_backend="none", default=False)
def benchmarks(session: nox.Session) -> None:
    """Time and memory on this machine."""
    run(session, "python", "benchmarks/speed.py")


@nox.session(default=False)
def release(session: nox.Session) -> None:
    """Build source archive and wheel into dist/, and run the tests on the installed wheel, where there is no src."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    if f"## {version}" not in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines():
        session.error(f"CHANGELOG.md has no heading '## {version}'; name the release there, or in pyproject.toml.")
    shutil.rmtree(DIST, ignore_errors=True)
    session.install("-c", "constraints.txt", "build")
    session.run("python", "-m", "build")  # the wheel comes from the source archive, so that this is tried, too
    (wheel,) = DIST.glob("*.whl")
    checkout = Path(session.create_tmp()) / "checkout"
    shutil.rmtree(checkout, ignore_errors=True)
    session.run("git", "clone", "--quiet", str(ROOT), str(checkout), external=True)
    shutil.rmtree(checkout / "src")
    session.install("-c", "constraints.txt", f"{wheel}[dev]")
    session.chdir(checkout)
    if version not in str(session.run("artifact-check", "--version", silent=True)):
        session.error(f"The wheel says another version than pyproject.toml's {version}; see version.py.")
    session.run(*PYTEST, *ALL, *session.posargs)


@nox.session(python=["3.11", "3.12", "3.13", "3.14"], default=False)
def pythons(session: nox.Session) -> None:
    """All tests on each of these Pythons that is on this machine, with the pinned dependencies."""
    session.install("-c", "constraints.txt", "-e", ".[dev]")
    session.run(*PYTEST, *ALL, *session.posargs)


@nox.session(default=False)
@nox.parametrize("bound", ["oldest", "newest"])
def bounds(session: nox.Session, bound: str) -> None:
    """All tests with the oldest, and with the newest dependencies that pyproject.toml allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = (
        [*project["dependencies"], *extras["web"], *extras["cluster"], *extras["learn"], *extras["xlsx"]]
        if bound == "oldest"
        else []
    )
    pins = Path(session.create_tmp()) / "pins.txt"
    pins.write_text("".join(re.sub(r"\[.*]", "", line).replace(">=", "==") + "\n" for line in lines), "utf-8")
    session.install("-c", str(pins), "-e", ".[dev]")
    session.run(*PYTEST, *ALL, *session.posargs)
