"""Opens the destination of a report: standard output, or a local or remote file that is written atomically."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from artifact_check.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# Of writing; EBADF: open for reading only, EAGAIN: a reader that does not keep up with a pipe that does not wait.
_WRITE_ERRORS = {*_FULL, errno.EIO, errno.EBADF, errno.EAGAIN}


@contextlib.contextmanager
def open_output(destination: Path | str | None) -> Iterator[TextIO]:
    """Open `destination` for UTF-8 text: a path, an fsspec address, or None for standard output.

    A file appears under its name only after everything has been written.

    Raises:
        OutputError: `destination` cannot be written. If possible, this is raised before the body runs.

    """
    if destination is None:
        with _as_output_error("standard output"):
            yield _configure_stdout()
            sys.stdout.flush()
    elif isinstance(destination, str):
        with _open_remote(destination) as out:
            yield out
    elif (mode := _mode(destination)) is not None and not stat.S_ISREG(mode):
        # A device or a pipe, such as /dev/stdout. Renaming a file over it would replace it, so write to it directly.
        with _as_output_error(destination), _open_file(destination, "w", destination) as out:
            yield out
    else:
        with _as_output_error(destination), _replace_file(destination, exists=mode is not None) as out:
            yield out


def _mode(destination: Path) -> int | None:
    """Return the type and permissions of the file at `destination`; None if there is no file yet.

    Raises:
        OutputError: it is a folder, or no file can be there, because a link is circular or a name too long.
    """
    with _as_output_error(destination, any_error=True):
        try:
            mode = destination.stat().st_mode
        except FileNotFoundError:
            return None
    if stat.S_ISDIR(mode):
        raise OutputError(f"{destination} is a folder; name a file in it.")
    return mode


@contextlib.contextmanager
def _replace_file(destination: Path, *, exists: bool) -> Iterator[TextIO]:
    if exists and not os.access(destination, os.W_OK):
        raise OutputError(f"{destination} cannot be written: it is read-only.")
    target = Path(os.path.realpath(destination))  # keeps a symbolic link
    temporary = target.with_name(f".artifact-check-{secrets.token_hex(6)}.part")
    try:  # around the opening, too: an interrupt just after it would leave the file
        with _open_file(temporary, "x", destination) as out:
            yield out
        with _as_output_error(destination, any_error=True):
            temporary.replace(target)
    finally:
        with contextlib.suppress(OSError):  # a name that could not be opened cannot be removed either
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _open_remote(address: str) -> Iterator[TextIO]:
    """Open a remote file, which appears after the upload is complete."""
    stack = contextlib.ExitStack()
    out = _start_upload(address, stack)
    try:
        yield out
    except BaseException as error:
        with contextlib.suppress(Exception):  # discarding the upload may fail as well
            stack.__exit__(type(error), error, error.__traceback__)
        if isinstance(error, OSError):
            raise _remote_error(address, error) from None
        raise
    try:
        stack.close()
    except Exception as error:  # noqa: BLE001 - each service raises its own classes
        raise _remote_error(address, error) from None


def _start_upload(address: str, stack: contextlib.ExitStack) -> TextIO:
    try:
        import fsspec

        files, path = fsspec.url_to_fs(address)
        stack.enter_context(files.transaction)
        return stack.enter_context(io.TextIOWrapper(files.open(path, "wb"), encoding="utf-8", newline=""))
    except ModuleNotFoundError as error:
        raise OutputError(f"{address} needs {error.name}. Install artifact-check[cluster].") from None
    except Exception as error:  # noqa: BLE001 - each service raises its own classes
        raise _remote_error(address, error) from None


def _remote_error(address: str, error: Exception) -> OutputError:
    return OutputError(f"{address} cannot be written ({type(error).__name__}: {error}).")


def _open_file(path: Path, mode: Literal["w", "x"], destination: Path) -> TextIO:
    with _as_output_error(destination, any_error=True):
        return path.open(mode, encoding="utf-8", newline="")


def _configure_stdout() -> TextIO:
    if sys.stdout is None:
        raise OutputError("Standard output is closed; name a file with --output.")
    # Data is UTF-8 in every locale. A terminal keeps its encoding, and other characters become escapes.
    if hasattr(sys.stdout, "reconfigure"):
        encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace", newline="")
    return sys.stdout


def is_write_error(error: OSError) -> bool:
    """Whether this is what a full disk, or a stream that takes nothing, raises."""
    return error.errno in _WRITE_ERRORS


def describe_failure(destination: str, error: OSError) -> str:
    """Say why a destination cannot be written, and what to do."""
    advice = "make room, or name a file elsewhere" if error.errno in _FULL else "name a file elsewhere"
    return f"{destination} cannot be written: {error.strerror}; {advice}."


@contextlib.contextmanager
def _as_output_error(destination: Path | str, *, any_error: bool = False) -> Iterator[None]:
    """Turn errors of writing, or any OSError, into an OutputError that names the destination."""
    try:
        yield
    except OSError as error:
        if not any_error and not is_write_error(error):
            raise
        raise OutputError(describe_failure(str(destination), error)) from error
