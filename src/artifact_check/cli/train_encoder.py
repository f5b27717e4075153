"""`artifact-check train-encoder`."""

from __future__ import annotations

from pathlib import Path

import click

from artifact_check.cli.measuring import DATA, JOBS
from artifact_check.cli.messages import progress_bar, say
from artifact_check.scanning.scanner import default_jobs


@click.command()
@DATA
@click.option(
    "--work",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep crops, the teacher's tokens and checkpoints here; a second run goes on from them.",
)
@click.option(
    "--output",
    metavar="FILE.onnx",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the encoder to this file; those of its folds, and how they were trained, go beside it.",
)
@JOBS
def train_encoder(*, data: Path, work: Path, output: Path, jobs: int | None) -> None:
    """Train a learned encoder on a labelled folder, for `train --encoder`.

    DATA holds a manifest.csv (file, label, source, ...) or the subfolders ai and real. Needs artifact-check[encoder].
    """
    from artifact_check.learn.encoder import train
    from artifact_check.learn.table.dataset import read_dataset
    from artifact_check.learn.workers import require_libraries

    require_libraries("encoder", *train.NEEDED)
    dataset = read_dataset(data)
    processes = jobs or default_jobs(len(dataset.items))
    messages = train.Messages(say, progress_bar)
    train.train_encoder(dataset, work, output, jobs=processes, messages=messages)
    say(f"Wrote {output}.")
