"""Shared by `train` and `evaluate`: measuring labelled photos and testing cues, with a progress bar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from artifact_check.cli.messages import progress_bar
from artifact_check.scanning.scanner import default_jobs

if TYPE_CHECKING:
    from artifact_check.learn.laboratory.experiment import Laboratory
    from artifact_check.learn.laboratory.flips import Flips
    from artifact_check.learn.measuring import Measuring
    from artifact_check.learn.table.dataset import Dataset
    from artifact_check.learn.table.features import Table

DATA = click.argument("data", metavar="DATA", type=click.Path(path_type=Path, exists=True, file_okay=False))
CACHE = click.option(
    "--cache",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Cache measurements in this folder, so that the next run need not repeat them.  [no cache]",
)
JOBS = click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Number of worker processes.  [1 for a few photos, otherwise up to one per usable core]",
)


ENCODER = click.option(
    "--encoder",
    metavar="FILE.onnx",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Encoder that train-encoder wrote, for the learned measures.  [none]",
)


def measure(dataset: Dataset, measuring: Measuring, jobs: int | None) -> Table:
    """Measure a labelled folder."""
    from artifact_check.learn.table.features import measure_dataset

    with progress_bar(len(dataset.items)) as advance:
        return measure_dataset(dataset, measuring, jobs=jobs or default_jobs(len(dataset.items)), progress=advance)


def run_laboratory(dataset: Dataset, table: Table, cue: str, measuring: Measuring, jobs: int | None) -> Laboratory:
    """Test one cue, or all."""
    from artifact_check.cues import discover
    from artifact_check.learn.laboratory import experiment

    chosen = [known for known in discover() if cue in {"all", known.name}]
    photos = experiment.sample_photos(dataset, table)
    processes = jobs or default_jobs(len(photos))
    with progress_bar(len(photos)) as advance:
        return experiment.run(table, photos, chosen, measuring, jobs=processes, progress=advance)


def count_verdict_flips(table: Table, measuring: Measuring, jobs: int | None) -> Flips:
    """Count how often innocent changes flip a verdict."""
    from artifact_check.learn.laboratory.flips import count_flips

    with progress_bar(len(table.items)) as advance:
        return count_flips(table, measuring, jobs=jobs or default_jobs(len(table.items)), progress=advance)
