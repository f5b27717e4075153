"""Silences native libraries that print to stderr, have no option against it, and do not say which photo they mean."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_saved_descriptors: list[int] = []  # one copy of descriptor 2 per active context; the first is the original


@contextlib.contextmanager
def silent_stderr() -> Iterator[None]:
    """Redirect file descriptor 2 to the null device, in all threads, until the last active context ends."""
    if sys.stderr is None:  # closed, as in a program without a console: there is nothing to silence
        yield
        return
    with _lock:
        sys.stderr.flush()
        _saved_descriptors.append(os.dup(2))
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        os.close(null)
    try:
        yield
    finally:
        with _lock:
            if len(_saved_descriptors) == 1:
                os.dup2(_saved_descriptors[0], 2)
            os.close(_saved_descriptors.pop())
