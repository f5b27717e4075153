"""The command, in this process or in one of its own, with the real checker or one that obeys the photos' names."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from artifact_check.cli import main
from artifact_check.scanning.scanner import local_engine

if TYPE_CHECKING:
    from artifact_check.scanning.scanner import Engine

STUB = Path(__file__).parent / "stub"
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals, terminals and names")
# The last hides what happens when Python flushes at its end.
_OF_THE_TERMINAL = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONUNBUFFERED")


def folder(root: Path, *names: str) -> Path:
    """A folder with files of these names, each of which holds its name."""
    root.mkdir(parents=True, exist_ok=True)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    return root


@contextlib.contextmanager
def stub_checker() -> Iterator[pytest.MonkeyPatch]:
    """Replace the checker, here and in processes that start meanwhile, by one that obeys the file's name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "artifact_check.checking.checker", None)
        runpy.run_path(str(STUB / "sitecustomize.py"))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(STUB), *sys.path]))
        yield patch


def run(
    *arguments: str | Path, stub: bool = True, engine: Engine | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in this process, which checks the photos itself unless `--jobs` asks for workers.

    With `stub`, the checker obeys the photos' names (see stub/sitecustomize.py); `engine` takes the place of both.
    """
    # As a process begins: output is UTF-8, and names that are not come out as they were.
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape", newline="")
    talk = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace", newline="")
    replaced = stub_checker() if stub else pytest.MonkeyPatch.context()
    with replaced as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(talk):
        for name in _OF_THE_TERMINAL:
            patch.delenv(name, raising=False)
        for name, value in variables.items():
            patch.setenv(name, value)
        if "--jobs" not in arguments:
            here = importlib.import_module("artifact_check.cli.scan")
            patch.setattr(here, "local_engine", lambda _: engine or local_engine(0))
        code = main([str(argument) for argument in arguments])
    return subprocess.CompletedProcess(arguments, code, _text(out), _text(talk))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode("utf-8")


# As a process of its own


def environment(*, stub: bool, **variables: str) -> dict[str, str]:
    path = [str(STUB)] if stub else []
    clean = {key: value for key, value in os.environ.items() if key not in _OF_THE_TERMINAL}
    return {**clean, "PYTHONPATH": os.pathsep.join([*path, *sys.path]), **variables}


def run_process(*arguments: str | Path, stub: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
    """The same in a process, which a photo may kill."""
    return subprocess.run(
        [sys.executable, "-m", "artifact_check", *arguments],
        capture_output=True,
        encoding="utf-8",
        env=environment(stub=stub, **variables),
        timeout=600,
        check=False,
    )


def run_in_shell(script: str, *arguments: str | Path, stub: bool = True, **options) -> subprocess.CompletedProcess[str]:
    """The same by a shell, whose script has the command as `"$@"`."""
    command = ["sh", "-c", script, "sh", sys.executable, "-m", "artifact_check", *arguments]
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run(command, env=environment(stub=stub), encoding="utf-8", timeout=600, check=False, **piped)


def run_read_only(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The same where `folder` is a read-only file system, for this process alone."""
    script = f"mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}"
    if subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, check=False).returncode:
        pytest.skip("needs a kernel that lets users mount")
    return run_in_shell(f"""exec unshare -rm sh -c '{script} && exec "$@"' sh "$@\"""", *arguments)


def start(
    *arguments: str | Path, stub: bool = True, variables: dict[str, str] | None = None, **options
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "artifact_check", *arguments]
    env = environment(stub=stub, **(variables or {}))
    return subprocess.Popen(command, env=env, preexec_fn=_heed_interrupts, **options)  # noqa: PLW1509


def _heed_interrupts() -> None:
    """A shell's job in the background is started deaf to Ctrl-C, and so are these tests and all they start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def alive(pid: int) -> bool:
    """Whether a process runs: a child of a killed parent may stay behind as a zombie where nobody collects it."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False
