"""`artifact-check evaluate`."""

from __future__ import annotations

from pathlib import Path

import click

from artifact_check.cli import labelled
from artifact_check.cli.labelled import CACHE, DATA, ENCODER, JOBS
from artifact_check.report.output import opened


@click.command()
@DATA
@click.option(
    "--model",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Score with this finished model instead; honest only for photos it was not trained on.",
)
@click.option(
    "--cue",
    metavar="NAME",
    help="Print instead what this cue and each of its measures can do, apart from the others; or all of them.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    help="Of the figures; html has plots.  [text]",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the figures to this file.  [standard output]",
)
@ENCODER
@JOBS
@CACHE
def evaluate(
    *,
    data: Path,
    model: Path | None,
    cue: str | None,
    format_: str,
    output: Path | None,
    encoder: Path | None,
    jobs: int | None,
    cache: Path | None,
) -> None:
    """Print honest figures of a labelled folder: each source is scored by a model that never saw it.

    With --cue, a laboratory for one cue: how it ranks photos, how often it cannot see, how far innocent changes and
    skin tone move it, and whether it answers to what it is meant for.

    DATA holds a manifest.csv (file, label, source, ...), or the sub-folders ai and real.
    """
    from artifact_check.cues import discover
    from artifact_check.learn.figures import report as evaluation_report
    from artifact_check.learn.figures.evaluation import evaluate_model, evaluate_sources
    from artifact_check.learn.laboratory import report as laboratory_report
    from artifact_check.learn.measuring import Measuring
    from artifact_check.learn.table.dataset import read_dataset, require_sources
    from artifact_check.model import bundle

    if cue is not None and model is not None:
        raise click.UsageError("--cue and --model exclude each other: a cue is tried out without the finished model.")
    if cue not in {None, "all", *(names := [known.name for known in discover()])}:
        raise click.BadParameter(f"{cue!r} is none of {', '.join(names)}, all.", param_hint="--cue")
    classifier = None if model is None else bundle.load(model, discover()).classifier
    measuring = Measuring(cache, encoder)
    dataset = read_dataset(data)
    if classifier is None:
        require_sources(dataset)
    with opened(None if output == Path("-") else output) as out:
        table = labelled.measured(dataset, measuring, jobs)
        if cue is not None:
            out.write(laboratory_report.FORMATS[format_](labelled.laboratory(dataset, table, cue, measuring, jobs)))
            return
        figures = evaluate_sources(table) if classifier is None else evaluate_model(table, classifier)
        out.write(evaluation_report.FORMATS[format_](figures))
