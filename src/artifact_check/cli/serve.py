"""`artifact-check serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from artifact_check.cli.options import MODEL, TRUST_LIST
from artifact_check.cli.talk import say
from artifact_check.errors import ServeError
from artifact_check.report import words
from artifact_check.report.language import ENGLISH, codes, spoken
from artifact_check.scanning.setup import Setup

if TYPE_CHECKING:
    from artifact_check.report.language import Language


@click.command()
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", help="Listen here.  [127.0.0.1: this computer alone]")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8000,
    help="Listen here; 0 takes any free one.  [8000]",
)
@click.option("--jobs", metavar="N", type=click.IntRange(min=1), default=1, help="Photos to check at once.  [1]")
@MODEL
@TRUST_LIST
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
) -> None:
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
        announce=lambda url: say((language or ENGLISH).say(words.listening(url))),
        language=language,
    )
