"""`artifact-check scan`."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from artifact_check.cli.messages import progress_bar, say
from artifact_check.cli.options import MODEL, TRUST_LIST
from artifact_check.cli.reporting import ALL_ROWS, Reporting, reporting_options
from artifact_check.cli.search import SEARCH, Search
from artifact_check.report import words
from artifact_check.report.formats import discover
from artifact_check.report.text import outcome, reasons
from artifact_check.scanning.copies import name_copies
from artifact_check.scanning.scanner import check_all, cluster_engine, default_jobs, local_engine
from artifact_check.scanning.setup import Setup, use_one_blas_thread
from artifact_check.scanning.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from contextlib import AbstractContextManager

    from artifact_check.report.language import Language
    from artifact_check.results import PhotoReport
    from artifact_check.scanning.scanner import Engine


def _parse_engine(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"dask://[^/:]+:\d+|dask://\[[0-9a-fA-F:]+\]:\d+", value):
        raise click.BadParameter(f"{value!r} is not an address of the form dask://HOST:PORT.")
    return value


@click.command()
@SEARCH
@reporting_options(discover())
@ALL_ROWS
@click.option(
    "--store",
    metavar="FILE.sqlite",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Store results here; later scans check only new and changed photos.  [no store]",
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Number of worker processes.  [1 for a few photos, otherwise up to one per usable core]",
)
@click.option(
    "--engine",
    metavar="dask://HOST:PORT",
    callback=_parse_engine,
    help="Check on this Dask cluster; its machines read the photos themselves.  [this machine]",
)
@MODEL
@TRUST_LIST
@click.option(
    "-v", "--verbose", is_flag=True, help="Print to stderr what is skipped, and each result as soon as it is ready."
)
def scan(
    *,
    search: Search,
    reporting: Reporting,
    all_rows: bool,
    store: Path | None,
    jobs: int | None,
    engine: str | None,
    model: Path | None,
    trust_list: Path | None,
    verbose: bool,
) -> int:
    """Check photos: files, folders and archives (zip, tar) with everything in them, and addresses such as s3://.

    Every photo gets one row, even if it cannot be assessed. A score is evidence, not proof.
    """
    if reporting.quiet and verbose:
        raise click.UsageError("--quiet and --verbose contradict each other; use one of them.")
    if jobs and engine:
        raise click.UsageError("--jobs does not apply to --engine: a cluster runs its own processes. Leave out --jobs.")
    photos = search.photos(reporting, verbose=verbose)
    pictures = reporting.format.pictures
    # A store is for any format to come.
    measures = reporting.format.measures or store is not None
    setup = Setup(model, trust_list, evidence=pictures, previews=pictures, measures=measures)
    chosen_engine = cluster_engine(engine) if engine else _local_engine(len(photos), jobs)
    bar = progress_bar(len(photos), wanted=not reporting.quiet and not reporting.streams_to_terminal)
    with (
        _told_what_is_kept(store),
        contextlib.nullcontext() if store is None else Store(store, setup.fingerprint()) as opened_store,
        contextlib.closing(check_all(photos, setup, chosen_engine, opened_store)) as reports,
        contextlib.closing(_follow(name_copies(reports), bar, reporting.language if verbose else None)) as followed,
    ):
        code = reporting.write_reports(followed, reporting.format.write, words.SCALE, model, all_rows=all_rows)
        if opened_store is not None and opened_store.unchanged and not reporting.quiet:
            say(reporting.language.translate(words.unchanged(opened_store.unchanged, len(photos))))
        return code


@contextlib.contextmanager
def _told_what_is_kept(store: Path | None) -> Iterator[None]:
    """Say after Ctrl-C what is kept, and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(err=True)  # ends the line with ^C
        kept = (
            "Nothing is kept. With --store FILE.sqlite, the same command would go on from here."
            if store is None
            else f"What was checked so far is in {store}; run the same command to go on."
        )
        raise click.Abort(f"interrupted. {kept}") from None


def _local_engine(photos: int, jobs: int | None) -> Engine:
    """Check one photo in this process, which is faster, and several in workers, where a crash affects one row."""
    if photos == 1:
        use_one_blas_thread()
        return local_engine(0)
    return local_engine(min(photos, jobs or default_jobs(photos)))


def _follow(
    reports: Iterable[PhotoReport], bar: AbstractContextManager[Callable[[], None]], language: Language | None
) -> Generator[PhotoReport, None, None]:
    """Yield the reports, with a progress bar that ends with the last, and print each result if there is a `language`.

    The bar is gone before a table is written.
    """
    with bar as advance:
        for report in reports:
            advance()
            if language is not None:
                say(f"{report.path}: {language.translate(outcome(report))}. {language.translate(reasons(report))}")
            yield report
