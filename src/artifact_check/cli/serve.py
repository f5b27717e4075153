"""`artifact-check serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from artifact_check.cli.messages import say
from artifact_check.cli.options import MODEL, TRUST_LIST
from artifact_check.errors import ServeError
from artifact_check.report import words
from artifact_check.report.language import ENGLISH, get_language, language_codes
from artifact_check.scanning.setup import Setup

if TYPE_CHECKING:
    from artifact_check.report.language import Language


@click.command()
@click.option(
    "--host", metavar="ADDRESS", default="127.0.0.1", help="Address to listen on.  [127.0.0.1: only this computer]"
)
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8000,
    help="Port to listen on; 0 picks a free one.  [8000]",
)
@click.option(
    "--jobs", metavar="N", type=click.IntRange(min=1), default=1, help="Number of photos to check at once.  [1]"
)
@MODEL
@TRUST_LIST
@click.option(
    "--language",
    type=click.Choice(language_codes()),
    callback=lambda _ctx, _param, code: code and get_language(code),
    help="Language of the page.  [the one the browser asks for]",
)
def serve(
    *,
    host: str,
    port: int,
    jobs: int,
    model: Path | None,
    trust_list: Path | None,
    language: Language | None,
) -> None:
    """Serve a local web page for checking photos, until Ctrl-C.

    Photos stay in memory and are never stored. Programs can use POST /api/check; /api/openapi.json describes it.
    """
    try:
        from artifact_check.web.server import serve as serve_page
    except ModuleNotFoundError as error:
        raise ServeError(f"The local page needs {error.name}. Install artifact-check[web].") from error

    serve_page(
        Setup(model, trust_list),
        host=host,
        port=port,
        jobs=jobs,
        announce=lambda url: say((language or ENGLISH).translate(words.listening(url))),
        language=language,
    )
