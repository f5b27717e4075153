"""Standard streams as a command finds them: messages on stderr, and a progress bar if it is a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import click

from artifact_check.report.text import escape_unprintable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO


def say(message: str) -> None:
    """Print a message to stderr. If nobody can read it there, the work goes on: its report is worth more."""
    try:
        click.echo(escape_unprintable(message), err=True)
    except OSError:
        discard(sys.stderr)


def reserve_standard_streams() -> None:
    """Open standard streams that were closed when the program was started (`2>&-`), as streams to nowhere.

    Otherwise the next file to be opened, such as a store, would take their numbers, and native libraries would print
    into it. `sys.stdout` stays None, so that a report for it is refused.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004 - stderr
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor, for good
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def discard(stream: TextIO) -> None:
    """Send what is left in a stream's buffer nowhere: Python would fail again when it flushes at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


@contextlib.contextmanager
def progress_bar(total: int, *, wanted: bool = True) -> Iterator[Callable[[], None]]:
    """Show a progress bar if stderr is a terminal. Yields a function that advances it by one photo."""
    if not wanted or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as progress:
        task = progress.add_task("", total=total, rate="")

        def advance() -> None:
            progress.advance(task)
            speed = progress.tasks[0].speed
            progress.update(task, rate="" if speed is None else f"{speed:.1f} photos/s")

        yield advance
