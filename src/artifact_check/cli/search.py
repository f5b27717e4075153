"""Options for selecting photos: paths, lists and exclusions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from artifact_check.cli.messages import say
from artifact_check.cli.options import group_options
from artifact_check.report import words
from artifact_check.sources import find_photos, read_list
from artifact_check.sources.local import LocalFile, identity
from artifact_check.sources.selection import is_photo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from artifact_check.cli.reporting import Reporting
    from artifact_check.sources import FoundPhotos, Source


@dataclass(frozen=True, slots=True)
class Search:
    """The values of the options of `SEARCH`."""

    paths: tuple[str, ...]
    from_file: BinaryIO | None
    limit: int | None
    exclude: tuple[str, ...]

    def photos(self, reporting: Reporting, *, verbose: bool = False) -> tuple[Source, ...]:
        """Find the photos and print what was left out; all of it by name if `verbose`.

        Raises:
            click.BadParameter: the report would overwrite one of the photos.
        """
        if not self.paths and self.from_file is None:
            raise click.UsageError(
                "Missing argument 'PATH...'. Name a photo, a folder or an archive, or use --from-file LIST."
            )
        listed = read_list(self.from_file.read()) if self.from_file else ()
        found = find_photos(self.paths, listed=listed, exclude=self.exclude, limit=self.limit)
        _refuse_overwriting(found.photos, reporting.output)
        if not reporting.quiet:
            for message in _messages(found, verbose=verbose):
                say(reporting.language.translate(message))
        return found.photos


def _messages(found: FoundPhotos, *, verbose: bool) -> Iterator[str]:
    """Tell what was left out, all of it by name if `verbose`, and what was guessed."""
    if verbose:
        yield from map(words.left_out, found.no_photos)
        yield from map(words.set_aside, found.set_aside)
    elif found.no_photos:
        yield words.no_photos(len(found.no_photos))
    for archive, encoding in found.guessed_encodings:
        yield words.guessed_encoding(archive, encoding)
    yield from map(words.not_opened, found.unreadable_folders)


SEARCH = group_options(
    "search",
    Search,
    click.argument("paths", metavar="PATH...", nargs=-1),
    click.option(
        "--from-file",
        metavar="LIST",
        type=click.File("rb"),
        help="Also check the paths and addresses listed in this file, one per line; - reads standard input.",
    ),
    click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Check only the first N photos."),
    click.option(
        "--exclude",
        metavar="GLOB",
        multiple=True,
        help="Skip files whose name, or path below PATH, matches this pattern. Can be repeated.",
    ),
)


def _refuse_overwriting(photos: tuple[Source, ...], output: Path | str | None) -> None:
    """Refuse to overwrite a photo, as an unquoted `--output *.jpg` would."""
    if output is None:
        return
    names = {identity(photo.path) if isinstance(photo, LocalFile) else photo.name for photo in photos}
    if is_photo(str(output)) or (identity(output) if isinstance(output, Path) else output) in names:
        raise click.BadParameter(f"The report would overwrite {output}, which is or looks like a photo.")
