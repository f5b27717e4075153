"""`artifact-check train`."""

from __future__ import annotations

from pathlib import Path

import click

from artifact_check.cli import labelled
from artifact_check.cli.labelled import CACHE, DATA, ENCODER, JOBS
from artifact_check.cli.talk import say


@click.command()
@DATA
@click.option(
    "--output",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the model here.",
)
@click.option("--laboratory", is_flag=True, help="Also try out measures and verdicts on changed photos, for the card.")
@ENCODER
@JOBS
@CACHE
def train(
    *, data: Path, output: Path, laboratory: bool, encoder: Path | None, jobs: int | None, cache: Path | None
) -> None:
    """Learn a model bundle from a labelled folder, and write its card.

    DATA holds a manifest.csv (file, label, source, ...), or the sub-folders ai and real.
    """
    from artifact_check.learn.measuring import Measuring
    from artifact_check.learn.table.dataset import read_dataset, require_sources
    from artifact_check.learn.train import require_writable, write_bundle

    dataset = read_dataset(data)
    require_sources(dataset)
    require_writable(output)
    measuring = Measuring(cache, encoder)
    table = labelled.measured(dataset, measuring, jobs)
    tried = labelled.laboratory(dataset, table, "all", measuring, jobs) if laboratory else None
    flips = labelled.flips(table, measuring, jobs) if laboratory else None
    write_bundle(dataset, table, output, tried, flips, encoder=encoder)
    say(f"Wrote {output}. Its figures are in {output / 'MODEL_CARD.md'}.")
