"""Where a report goes: standard output, or a file, here or elsewhere, that is there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import sys
from typing import TYPE_CHECKING, Literal

from artifact_check.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


@contextlib.contextmanager
def opened(destination: Path | str | None) -> Iterator[TextIO]:
    """Open `destination` as UTF-8 text: a path, an address for fsspec, or None for standard output.

    A file gets its name when all of it is written.

    Raises:
        OutputError: it can't be written; where that can be known beforehand, before the body runs.

    """
    if destination is None:
        with _plain_errors("standard output"):
            yield _standard_output()
            sys.stdout.flush()
    elif isinstance(destination, str):
        with _sent(destination) as out:
            yield out
    elif destination.is_dir():
        raise OutputError(f"{destination} is a folder; name a file in it.")
    elif destination.exists() and not destination.is_file():
        # A device or a pipe, such as /dev/stdout: it is written to, for renaming a file over it would end it.
        with _plain_errors(destination), _created(destination, "w", destination) as out:
            yield out
    else:
        with _plain_errors(destination), _replaced(destination) as out:
            yield out


@contextlib.contextmanager
def _replaced(destination: Path) -> Iterator[TextIO]:
    if destination.exists() and not os.access(destination, os.W_OK):
        raise OutputError(f"{destination} cannot be written: it is read-only.")
    target = destination.resolve()  # a link stays a link
    temporary = target.with_name(f".artifact-check-{secrets.token_hex(6)}.part")
    try:
        with _created(temporary, "x", destination) as out:
            yield out
        with _plain_errors(destination, all_of_them=True):
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _sent(address: str) -> Iterator[TextIO]:
    """Send to an address, where the file appears when all of it is there."""
    stack = contextlib.ExitStack()
    out = _remote_file(address, stack)
    try:
        yield out
    except BaseException as error:
        with contextlib.suppress(Exception):  # what is discarded may fail, too
            stack.__exit__(type(error), error, error.__traceback__)
        if isinstance(error, OSError):
            raise _unsent(address, error) from None
        raise
    try:
        stack.close()
    except Exception as error:  # noqa: BLE001 - each service raises its own classes
        raise _unsent(address, error) from None


def _remote_file(address: str, stack: contextlib.ExitStack) -> TextIO:
    try:
        import fsspec

        files, path = fsspec.url_to_fs(address)
        stack.enter_context(files.transaction)
        return stack.enter_context(io.TextIOWrapper(files.open(path, "wb"), encoding="utf-8", newline=""))
    except ModuleNotFoundError as error:
        raise OutputError(
            f"{address} needs {error.name}; install this program with its extra: artifact-check[cluster]."
        ) from None
    except Exception as error:  # noqa: BLE001 - each service raises its own classes
        raise _unsent(address, error) from None


def _unsent(address: str, error: Exception) -> OutputError:
    return OutputError(f"{address} cannot be written ({type(error).__name__}: {error}).")


def _created(path: Path, mode: Literal["w", "x"], destination: Path) -> TextIO:
    with _plain_errors(destination, all_of_them=True):
        return path.open(mode, encoding="utf-8", newline="")


def _standard_output() -> TextIO:
    if sys.stdout is None:
        raise OutputError("Standard output is closed; name a file with --output.")
    # Data is UTF-8 whatever the locale; a terminal keeps its own encoding, and shows what it lacks as escapes.
    if hasattr(sys.stdout, "reconfigure"):
        encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace", newline="")
    return sys.stdout


@contextlib.contextmanager
def _plain_errors(destination: Path | str, *, all_of_them: bool = False) -> Iterator[None]:
    """Turn the disk's own errors, or any error of the system, into one line that names the destination."""
    try:
        yield
    except OSError as error:
        if not all_of_them and error.errno not in _DISK_ERRORS:
            raise
        raise OutputError(f"{destination} cannot be written: {error.strerror}.") from error
