"""Messages on stderr, and a progress bar if it is a terminal."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import click

from artifact_check.report.text import escape_unprintable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def say(message: str) -> None:
    click.echo(escape_unprintable(message), err=True)


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
