"""`artifact-check explain`."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from artifact_check.cli.messages import say
from artifact_check.cli.options import LANGUAGE, MODEL, TRUST_LIST
from artifact_check.report.format import Context
from artifact_check.report.output import open_output
from artifact_check.report.text import outcome, reasons
from artifact_check.scanning.setup import use_one_blas_thread
from artifact_check.sources.local import LocalFile, identity

if TYPE_CHECKING:
    from artifact_check.report.language import Language


@click.command()
@click.argument("photo", metavar="PHOTO", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the explanation with pictures to this file, .png or .html.  [text on standard output, no pictures]",
)
@MODEL
@TRUST_LIST
@LANGUAGE
def explain(
    *, photo: Path, output: Path | None, model: Path | None, trust_list: Path | None, language: Language
) -> None:
    """Explain one photo: what was measured where, what is typical of camera photos, and what moved the score.

    The pictures contain the photo itself: share them with the same care.
    """
    use_one_blas_thread()
    from PIL import Image

    from artifact_check.checking.checker import Checker
    from artifact_check.report.explain import writers

    if photo.is_dir():
        raise click.UsageError(
            f"{photo} is a folder, and explain takes one photo. Instead: "
            f"artifact-check scan {shlex.quote(str(photo))} --format html --output report.html"
        )
    destination = None if output == Path("-") else output
    write = None if destination is None else writers.WRITERS.get(destination.suffix.lower())
    if destination is not None:
        if write is None:
            raise click.BadParameter(f"{destination} needs one of the endings {', '.join(writers.WRITERS)}.")
        if identity(destination) == identity(photo):
            raise click.BadParameter(f"The explanation would overwrite the photo {destination}. Choose another name.")
    with open_output(destination) as out, Checker(model, trust_list=trust_list) as checker:
        context = Context(language, lambda: checker.facts)
        report, picture = checker.examine(LocalFile(photo))
        report = replace(report, path=photo.name)  # explanations are handed on
        if write is None:
            writers.write_text(report, out, context)
        else:
            write(report, None if picture is None else Image.fromarray(picture.pixels), out, context)
            say(f"{language.translate(outcome(report))}. {language.translate(reasons(report))}")
