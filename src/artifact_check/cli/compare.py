"""`artifact-check compare`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from artifact_check.cli.options import LANGUAGE
from artifact_check.errors import ComparisonError
from artifact_check.report.output import open_output
from artifact_check.sources.local import identity

if TYPE_CHECKING:
    from artifact_check.report.language import Language


@click.command()
@click.argument("headshot", metavar="HEADSHOT", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("references", metavar="REFERENCE...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.  [text]")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write a page or a picture with both faces side by side, .html or .png.  [text only]",
)
@LANGUAGE
def compare(
    *, headshot: Path, references: tuple[str, ...], as_json: bool, output: Path | None, language: Language
) -> None:
    """Compare a headshot with ordinary photos of the same person: what did it change?

    REFERENCE is a photo, or a folder of photos, of the same person: one is enough, three to ten are better. Compare
    only photos of yourself, or of people who agreed to it. Nothing is stored, and this does not say who someone is.
    """
    from artifact_check.comparing.comparer import Comparer
    from artifact_check.report.comparison import WRITERS, write_text
    from artifact_check.sources import find_photos

    write = None if output is None else WRITERS.get(output.suffix.lower())
    if output is not None and write is None:
        raise click.BadParameter(f"{output} needs one of the endings {', '.join(WRITERS)}.")
    photos = find_photos(references).photos
    if output is not None and identity(output) in map(identity, (headshot, *(Path(photo.name) for photo in photos))):
        raise click.BadParameter(f"The comparison would overwrite the photo {output}. Choose another name.")
    with Comparer() as comparer:
        try:
            comparison, pair = comparer.examine(headshot, photos)
        except ComparisonError as error:
            raise ComparisonError(language.translate(error.problem), error.photo) from None
    if output is not None and write is not None:
        with open_output(output) as out:
            write(comparison, pair, out, language)
    with open_output(None) as out:
        if as_json:
            out.write(json.dumps(comparison.to_dict(), ensure_ascii=False, indent=2) + "\n")
        else:
            write_text(comparison, out, language)
