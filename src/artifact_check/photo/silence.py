"""Keeps native code from printing: some libraries have no switch for that, and what they say is about no one photo."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

_changing = threading.Lock()
_kept: list[int] = []  # a copy of descriptor 2 for each that is inside; the first is the true one


@contextlib.contextmanager
def silent_stderr() -> Iterator[None]:
    """Send file descriptor 2 nowhere, in all threads, until the last that asked for it is done."""
    if sys.stderr is None:  # closed, as in a program without a console: there is nothing to keep quiet
        yield
        return
    with _changing:
        sys.stderr.flush()
        _kept.append(os.dup(2))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
    try:
        yield
    finally:
        with _changing:
            if len(_kept) == 1:
                os.dup2(_kept[0], 2)
            os.close(_kept.pop())
