"""What the commands on a labelled folder share: measuring it, and trying cues out on it, with a bar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from artifact_check.cli.talk import bar
from artifact_check.scanning.scanner import default_jobs

if TYPE_CHECKING:
    from artifact_check.learn.laboratory.experiment import Laboratory
    from artifact_check.learn.laboratory.flips import Flips
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


def measured(dataset: Dataset, jobs: int | None, cache: Path | None) -> Table:
    """All measures of a labelled folder, with a bar on a terminal."""
    from artifact_check.learn.table.features import measure_dataset

    with bar(len(dataset.items)) as advance:
        return measure_dataset(dataset, jobs=jobs or default_jobs(len(dataset.items)), cache=cache, progress=advance)


def laboratory(dataset: Dataset, table: Table, cue: str, jobs: int | None, cache: Path | None) -> Laboratory:
    """Try out one cue or all, with a bar on a terminal."""
    from artifact_check.cues import discover
    from artifact_check.learn.laboratory import experiment as learned

    chosen = [known for known in discover() if cue in {"all", known.name}]
    photos = learned.sample_photos(dataset, table)
    with bar(len(photos)) as advance:
        return learned.run(table, photos, chosen, jobs=jobs or default_jobs(len(photos)), cache=cache, progress=advance)


def flips(table: Table, jobs: int | None, cache: Path | None) -> Flips:
    """Try out how often a verdict flips, with a bar on a terminal."""
    from artifact_check.learn.laboratory.flips import count_flips

    with bar(len(table.items)) as advance:
        return count_flips(table, jobs=jobs or default_jobs(len(table.items)), cache=cache, progress=advance)
