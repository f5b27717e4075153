"""The command line. Data goes to stdout, talk and the progress bar to stderr; nothing heavy is loaded for `--help`."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from artifact_check import __version__
from artifact_check.errors import ArtifactCheckError, NothingToScanError, ServeError
from artifact_check.report import DECLARED_FORMATS, FORMATS, declared, table, words
from artifact_check.report.csv_ import BOM
from artifact_check.report.language import ENGLISH, codes, spoken
from artifact_check.report.output import opened
from artifact_check.report.text import outcome, reasons, visible
from artifact_check.scanner import check_all, cluster_engine, default_jobs, local_engine
from artifact_check.setup import Setup
from artifact_check.sources import find_photos, read_list
from artifact_check.sources.local import LocalFile
from artifact_check.sources.remote import is_address
from artifact_check.sources.selection import is_photo
from artifact_check.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from typing import TextIO

    from artifact_check.learn.dataset import Dataset
    from artifact_check.learn.features import Table
    from artifact_check.learn.laboratory import Laboratory
    from artifact_check.report import Writer
    from artifact_check.report.language import Language
    from artifact_check.results import PhotoReport
    from artifact_check.scanner import Engine
    from artifact_check.sources import Found, Source

RAN = 0
FAILED = 1
USAGE = 2
FAIL_ON_MET = 3
INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Run one command and return the exit code; a known error is one line on stderr."""
    try:
        code = commands.main(args=argv, prog_name="artifact-check", standalone_mode=False)
    except click.Abort:
        return _failed("interrupted", INTERRUPTED)
    except click.ClickException as error:
        return _failed(error.format_message(), error.exit_code)
    except NothingToScanError as error:
        return _failed(str(error), USAGE)
    except ArtifactCheckError as error:
        return _failed(str(error), FAILED)
    return int(code or RAN)


def _failed(message: str, code: int) -> int:
    _say(f"artifact-check: {message}")
    return code


def _say(message: str) -> None:
    click.echo(visible(message), err=True)


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader, such as `head`, has what it wanted. Python would complain once more when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return RAN


FAIL_ON = (*words.VERDICTS, *(status for status in words.STATUSES if status != "ok"))


def _fail_on(_ctx: click.Context, _param: click.Parameter, value: str) -> frozenset[str]:
    chosen = frozenset(word.strip() for word in value.split(",") if value)
    if unknown := chosen.difference(FAIL_ON):
        raise click.BadParameter(f"{', '.join(sorted(unknown))!r} is none of {', '.join(FAIL_ON)}.")
    return chosen


def _destination(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Path | str | None:
    """Where a report goes: a path, an address, or None for standard output."""
    if value is None or value == "-":
        return None
    return value if is_address(value) else Path(value)


def _engine_address(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"dask://[^/:]+:\d+|dask://\[[0-9a-fA-F:]+\]:\d+", value):
        raise click.BadParameter(f"{value!r} is no dask://HOST:PORT.")
    return value


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def commands() -> None:
    """Measure what gives AI headshots away, and say how sure that is.

    Exit codes: 0 the command ran, 1 it failed, 2 wrong usage or nothing to scan, 3 --fail-on was met, 130 interrupted.
    """


_PATHS = click.argument("paths", metavar="PATH...", nargs=-1)
_FROM_FILE = click.option(
    "--from-file",
    metavar="LIST",
    type=click.File(encoding="utf-8", errors="surrogateescape"),
    help="Also take the paths and addresses in this file, one a line; - for standard input.",
)
_OUTPUT = click.option(
    "--output",
    metavar="FILE",
    callback=_destination,
    help="Write the report to this file or address, where it is whole or not at all.  [standard output]",
)
_MODEL = click.option(
    "--model",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Model bundle.  [the one shipped with the program]",
)
_TRUST_LIST = click.option(
    "--trust-list",
    metavar="FILE.pem",
    type=click.Path(path_type=Path),
    help="Certificates of signers of Content Credentials to trust.  [none: every signer is unknown]",
)
_FAIL_ON = click.option(
    "--fail-on",
    metavar="VERDICT[,STATUS]",
    default="",
    callback=_fail_on,
    help=f"Exit with code 3 when a photo has one of these: {', '.join(FAIL_ON)}.",
)
_LIMIT = click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Read only the first N photos.")
_EXCLUDE = click.option(
    "--exclude",
    metavar="GLOB",
    multiple=True,
    help="Leave out what matches, by its name or by its path below PATH; may be repeated.",
)
_FORMAT = click.option(
    "--format", "format_", type=click.Choice(list(FORMATS)), default="table", help="Of the report.  [table]"
)
_LANGUAGE = click.option(
    "--language",
    type=click.Choice(codes()),
    default=ENGLISH.code,
    callback=lambda _ctx, _param, code: spoken(code),
    help="Of what people read; JSON, JSON lines and CSV stay English.  [en]",
)
_BOM = click.option(
    "--bom",
    is_flag=True,
    help="Begin a csv report with a byte-order mark, without which Excel misreads names with accents.",
)
_QUIET = click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors.")


@commands.command()
@_PATHS
@_FROM_FILE
@_FORMAT
@_BOM
@_OUTPUT
@click.option(
    "--store",
    metavar="FILE.sqlite",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep what is found here; the next scan checks only what is new or changed.  [nothing is kept]",
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Processes to use.  [1 for a few photos, otherwise up to one for each usable core]",
)
@click.option(
    "--engine",
    metavar="dask://HOST:PORT",
    callback=_engine_address,
    help="Check on the machines of this Dask cluster, which read the photos themselves.  [this machine]",
)
@_MODEL
@_TRUST_LIST
@_FAIL_ON
@_LIMIT
@_EXCLUDE
@_LANGUAGE
@_QUIET
@click.option("-v", "--verbose", is_flag=True, help="Say on stderr what each photo got, as soon as it is done.")
def scan(
    *,
    paths: tuple[str, ...],
    from_file: TextIO | None,
    format_: str,
    bom: bool,
    output: Path | str | None,
    store: Path | None,
    jobs: int | None,
    engine: str | None,
    model: Path | None,
    trust_list: Path | None,
    fail_on: frozenset[str],
    limit: int | None,
    exclude: tuple[str, ...],
    language: Language,
    quiet: bool,
    verbose: bool,
) -> int:
    """Check photos: files, folders and archives (zip, tar) with all that is below them, addresses such as s3://.

    Every photo gets one row, also when it cannot be judged. A score is evidence, not proof.
    """
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other.")
    if jobs and engine:
        raise click.UsageError("--jobs and --engine exclude each other: a cluster has its own processes.")
    if bom:
        _require_csv(format_)
    found = _found(paths, from_file, exclude, limit)
    _spare_photos(output, found.photos)
    if not quiet:
        _note_left_out(found)
    # A bar would be torn to pieces on a terminal that also gets the rows as they come.
    rows_come = output is None and sys.stdout.isatty() and format_ != "table"
    bar = _bar(len(found.photos)) if sys.stderr.isatty() and not quiet and not rows_come else None
    setup = Setup(model, trust_list, previews=format_ == "html")
    write = _writer(format_, model, output, language)
    chosen = cluster_engine(engine) if engine else _local_engine(len(found.photos), jobs)
    with (
        opened(output) as out,
        contextlib.nullcontext() if store is None else Store(store, setup.maker()) as kept,
        contextlib.closing(check_all(found.photos, setup, chosen, kept)) as reports,
        contextlib.closing(_watched(reports, bar, language, verbose=verbose)) as watched,
    ):
        out.write(BOM if bom else "")
        summary = write(watched, out)
    if not quiet and (format_ != "table" or output is not None):
        _say(language.say(f"{summary.sentence} {words.SCALE}"))
    return FAIL_ON_MET if summary.holds(fail_on) else RAN


@commands.command()
@_PATHS
@_FROM_FILE
@click.option(
    "--format", "format_", type=click.Choice(list(DECLARED_FORMATS)), default="table", help="Of the report.  [table]"
)
@_BOM
@_OUTPUT
@_TRUST_LIST
@_FAIL_ON
@_LIMIT
@_EXCLUDE
@_LANGUAGE
@_QUIET
def provenance(
    *,
    paths: tuple[str, ...],
    from_file: TextIO | None,
    format_: str,
    bom: bool,
    output: Path | str | None,
    trust_list: Path | None,
    fail_on: frozenset[str],
    limit: int | None,
    exclude: tuple[str, ...],
    language: Language,
    quiet: bool,
) -> int:
    """Report only what the files declare of their origin: Content Credentials, IPTC and XMP, generators' notes, EXIF.

    Pixels are not judged and nothing is fetched. Every photo gets one row.
    """
    from artifact_check import origin
    from artifact_check.provenance.content_credentials import read_trust_list

    if bom:
        _require_csv(format_)
    trusted = "" if trust_list is None else read_trust_list(trust_list)
    found = _found(paths, from_file, exclude, limit)
    _spare_photos(output, found.photos)
    if not quiet:
        _note_left_out(found)
    write = DECLARED_FORMATS[format_]
    if format_ == "table":
        write = functools.partial(declared.write_table, language=language)
    with opened(output) as out:
        out.write(BOM if bom else "")
        reports = (origin.declared(photo, trust_list=trusted) for photo in found.photos)
        summary = write(reports, out)
    if not quiet and (format_ != "table" or output is not None):
        _say(language.say(f"{summary.sentence} {words.ABSENCE}"))
    return FAIL_ON_MET if summary.holds(fail_on) else RAN


@commands.command()
@click.argument("photo", metavar="PHOTO", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Draw what was seen: FILE.png is one picture, FILE.html one page.  [text on standard output, no picture]",
)
@_MODEL
@_TRUST_LIST
@_LANGUAGE
def explain(
    *, photo: Path, output: Path | None, model: Path | None, trust_list: Path | None, language: Language
) -> int:
    """Explain one photo: what was seen where, what camera photos show there, and what moved the score.

    The pictures show the photo itself: hand them on as you would the photo.
    """
    from PIL import Image

    from artifact_check.checker import Checker
    from artifact_check.report import explain as writers

    destination = None if output == Path("-") else output
    write = None if destination is None else writers.FORMATS.get(destination.suffix.lower())
    if destination is not None:
        if write is None:
            raise click.BadParameter(f"{destination} ends in none of {', '.join(writers.FORMATS)}.")
        if destination.resolve() == photo.resolve():
            raise click.BadParameter(f"{destination} is the photo itself; the explanation would replace it.")
    with opened(destination) as out, Checker(model, trust_list=trust_list) as checker:
        report, picture = checker.examine(LocalFile(photo))
        if write is None:
            writers.write_text(report, out, language=language)
        else:
            write(report, None if picture is None else Image.fromarray(picture.pixels), out, language=language)
            _say(f"{language.say(outcome(report))}. {language.say(reasons(report))}")
    return RAN


@commands.command()
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", help="Listen here.  [127.0.0.1: this computer alone]")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8000,
    help="Listen here; 0 takes any free one.  [8000]",
)
@click.option("--jobs", metavar="N", type=click.IntRange(min=1), default=1, help="Photos to check at once.  [1]")
@_MODEL
@_TRUST_LIST
@click.option(
    "--language",
    type=click.Choice(codes()),
    callback=lambda _ctx, _param, code: code and spoken(code),
    help="Of the page.  [the one that the browser asks for]",
)
def serve(
    *,
    host: str,
    port: int,
    jobs: int,
    model: Path | None,
    trust_list: Path | None,
    language: Language | None,
) -> int:
    """Check photos on a local page, until Ctrl-C.

    Photos stay in memory and nothing is kept. Programs ask POST /api/check, described at /api/openapi.json.
    """
    try:
        from artifact_check.web.server import serve as serve_page
    except ModuleNotFoundError as error:
        raise ServeError(
            f"The local page needs {error.name}; install this program with its extra: artifact-check[web]."
        ) from error

    serve_page(
        Setup(model, trust_list),
        host=host,
        port=port,
        jobs=jobs,
        announce=lambda url: _say((language or ENGLISH).say(words.listening(url))),
        language=language,
    )
    return RAN


@commands.command()
@click.option(
    "--store",
    metavar="FILE.sqlite",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What `scan --store` has kept.",
)
@_FORMAT
@_BOM
@_OUTPUT
@_LANGUAGE
@_FAIL_ON
@_QUIET
def report(
    *,
    store: Path,
    format_: str,
    bom: bool,
    output: Path | str | None,
    language: Language,
    fail_on: frozenset[str],
    quiet: bool,
) -> int:
    """Report on all photos in a store, without checking any."""
    if bom:
        _require_csv(format_)
    write = _writer(format_, None, output, language)
    with opened(output) as out, Store(store) as kept:
        out.write(BOM if bom else "")
        summary = write(kept.reports(), out)
    if not quiet and (format_ != "table" or output is not None):
        _say(language.say(f"{summary.sentence} {words.SCALE}"))
    return FAIL_ON_MET if summary.holds(fail_on) else RAN


_DATA = click.argument("data", metavar="DATA", type=click.Path(path_type=Path, exists=True, file_okay=False))
_CACHE = click.option(
    "--cache",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep what was measured here, so that the next run takes seconds.  [nothing is kept]",
)
_JOBS = click.option("--jobs", metavar="N", type=click.IntRange(min=1), help="Processes.  [one for each usable core]")


@commands.command()
@_DATA
@click.option(
    "--output",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the model here.",
)
@click.option("--laboratory", is_flag=True, help="Also try out every measure on changed photos, for the card.")
@_JOBS
@_CACHE
def train(*, data: Path, output: Path, laboratory: bool, jobs: int | None, cache: Path | None) -> int:
    """Learn a model bundle from a labelled folder, and write its card.

    DATA holds a manifest.csv (file, label, source, ...), or the sub-folders ai and real.
    """
    from artifact_check.learn.dataset import read_dataset, require_sources
    from artifact_check.learn.train import require_writable, write_bundle

    dataset = read_dataset(data)
    require_sources(dataset)
    require_writable(output)
    table = _measured(dataset, jobs, cache)
    write_bundle(dataset, table, output, _laboratory(dataset, table, "all", jobs, cache) if laboratory else None)
    _say(f"Wrote {output}. Its figures are in {output / 'MODEL_CARD.md'}.")
    return RAN


@commands.command()
@_DATA
@click.option(
    "--model",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Score with this finished model instead; honest only for photos it was not trained on.",
)
@click.option(
    "--cue",
    metavar="NAME",
    help="Print instead what this cue and each of its measures can do, apart from the others; or all of them.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    help="Of the figures; html has plots.  [text]",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the figures to this file.  [standard output]",
)
@_JOBS
@_CACHE
def evaluate(
    *,
    data: Path,
    model: Path | None,
    cue: str | None,
    format_: str,
    output: Path | None,
    jobs: int | None,
    cache: Path | None,
) -> int:
    """Print honest figures of a labelled folder: each source is scored by a model that never saw it.

    With --cue, a laboratory for one cue: how it ranks photos, how often it cannot see, how far innocent changes and
    skin tone move it, and whether it answers to what it is meant for.

    DATA holds a manifest.csv (file, label, source, ...), or the sub-folders ai and real.
    """
    from artifact_check.classifier import load
    from artifact_check.cues import discover
    from artifact_check.learn import evaluation_report, laboratory_report
    from artifact_check.learn.dataset import read_dataset, require_sources
    from artifact_check.learn.evaluation import evaluate_model, evaluate_sources

    if cue is not None and model is not None:
        raise click.UsageError("--cue and --model exclude each other: a cue is tried out without the finished model.")
    if cue not in {None, "all", *(names := [known.name for known in discover()])}:
        raise click.BadParameter(f"{cue!r} is none of {', '.join(names)}, all.", param_hint="--cue")
    classifier = None if model is None else load(model, discover())
    dataset = read_dataset(data)
    if classifier is None:
        require_sources(dataset)
    with opened(None if output == Path("-") else output) as out:
        table = _measured(dataset, jobs, cache)
        if cue is not None:
            out.write(laboratory_report.FORMATS[format_](_laboratory(dataset, table, cue, jobs, cache)))
            return RAN
        figures = evaluate_sources(table) if classifier is None else evaluate_model(table, classifier)
        out.write(evaluation_report.FORMATS[format_](figures))
    return RAN


def _measured(dataset: Dataset, jobs: int | None, cache: Path | None) -> Table:
    """All measures of a labelled folder, with a bar on a terminal."""
    from artifact_check.learn.features import measure_dataset

    with _bar(len(dataset.items)) if sys.stderr.isatty() else contextlib.nullcontext(lambda: None) as advance:
        return measure_dataset(dataset, jobs=jobs or default_jobs(len(dataset.items)), cache=cache, progress=advance)


def _laboratory(dataset: Dataset, table: Table, cue: str, jobs: int | None, cache: Path | None) -> Laboratory:
    """Try out one cue or all, with a bar on a terminal."""
    from artifact_check.cues import discover
    from artifact_check.learn import laboratory

    chosen = [known for known in discover() if cue in {"all", known.name}]
    photos = laboratory.sample_photos(dataset, table)
    with _bar(len(photos)) if sys.stderr.isatty() else contextlib.nullcontext(lambda: None) as advance:
        return laboratory.run(
            table, photos, chosen, jobs=jobs or default_jobs(len(photos)), cache=cache, progress=advance
        )


def _writer(format_: str, model: Path | None, output: Path | str | None, language: Language) -> Writer:
    """The writer of a format, in that language if people read it; a page also tells how often the model errs."""
    if format_ == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("--format parquet is not for a terminal; name a file with --output.")
    if format_ == "table":
        return functools.partial(table.write, language=language)
    if format_ != "html":
        return FORMATS[format_]
    from artifact_check.classifier import read_facts
    from artifact_check.report import html

    return functools.partial(html.write, model=read_facts(model), language=language)


def _found(paths: tuple[str, ...], from_file: TextIO | None, exclude: tuple[str, ...], limit: int | None) -> Found:
    if not paths and from_file is None:
        raise click.UsageError("Missing argument 'PATH...'; name a photo, a folder, an archive, or --from-file LIST.")
    return find_photos(paths, listed=read_list(from_file or ()), exclude=exclude, limit=limit)


def _local_engine(photos: int, jobs: int | None) -> Engine:
    """One photo is checked in this process, which is quicker; several in others, where a crash costs one row."""
    return local_engine(0 if photos == 1 else min(photos, jobs or default_jobs(photos)))


def _spare_photos(output: Path | str | None, photos: Iterable[Source]) -> None:
    """Refuse to write over a photo, as `--output *.jpg` would."""
    if output is None:
        return
    taken = {photo.path.resolve() if isinstance(photo, LocalFile) else photo.name for photo in photos}
    if is_photo(str(output)) or (output.resolve() if isinstance(output, Path) else output) in taken:
        raise click.BadParameter(f"{output} is or looks like a photo; the report would replace it.")


def _note_left_out(found: Found) -> None:
    if found.skipped:
        _say(f"Left out: {found.skipped} other {'file' if found.skipped == 1 else 'files'} in the folders, no photos.")
    for folder in found.unlisted:
        _say(f"Left out: {folder} could not be opened.")


def _require_csv(format_: str) -> None:
    """Refuse a byte-order mark where it would break what it begins."""
    if format_ != "csv":
        raise click.UsageError(f"--bom is for --format csv, not {format_}.")


def _watched(
    reports: Iterable[PhotoReport],
    bar: contextlib.AbstractContextManager[Callable[[], None]] | None,
    language: Language,
    *,
    verbose: bool,
) -> Generator[PhotoReport, None, None]:
    with bar or contextlib.nullcontext(lambda: None) as advance:
        for report in reports:
            advance()
            if verbose:
                _say(f"{report.path}: {language.say(outcome(report))}. {language.say(reasons(report))}")
            yield report


@contextlib.contextmanager
def _bar(total: int) -> Iterator[Callable[[], None]]:
    """Show a progress bar on stderr; what is yielded moves it on by one photo."""
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
