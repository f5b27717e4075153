"""`artifact-check train`."""

from __future__ import annotations

from pathlib import Path

import click

from artifact_check.cli import measuring as commands
from artifact_check.cli.measuring import CACHE, DATA, ENCODER, JOBS
from artifact_check.cli.messages import say


@click.command()
@DATA
@click.option(
    "--output",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the model bundle to this folder.",
)
@click.option(
    "--laboratory", is_flag=True, help="Also test measures and verdicts on modified photos, for the model card."
)
@ENCODER
@JOBS
@CACHE
def train(
    *, data: Path, output: Path, laboratory: bool, encoder: Path | None, jobs: int | None, cache: Path | None
) -> None:
    """Train a model bundle on a labelled folder, and write its model card.

    DATA holds a manifest.csv (file, label, source, ...) or the subfolders ai and real.
    """
    from artifact_check.learn.measuring import Measuring
    from artifact_check.learn.table.dataset import read_dataset, require_sources
    from artifact_check.learn.table.folds import read_encoders
    from artifact_check.learn.train import require_writable, write_bundle
    from artifact_check.learn.workers import require_libraries

    require_libraries("learn", "sklearn", "scipy")
    dataset = read_dataset(data)
    require_sources(dataset)
    require_writable(output)
    measuring = Measuring(cache, None if encoder is None else read_encoders(encoder, dataset))
    table = commands.measure(dataset, measuring, jobs)
    figures = commands.run_laboratory(dataset, table, "all", measuring, jobs) if laboratory else None
    flips = commands.count_verdict_flips(table, measuring, jobs) if laboratory else None
    write_bundle(dataset, table, output, figures, flips, encoder=encoder)
    say(f"Wrote {output}. Its figures are in {output / 'MODEL_CARD.md'}.")
