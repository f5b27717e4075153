"""`artifact-check evaluate`."""

from __future__ import annotations

from pathlib import Path

import click

from artifact_check.cli import measuring as commands
from artifact_check.cli.measuring import CACHE, DATA, ENCODER, JOBS
from artifact_check.report.output import open_output


@click.command()
@DATA
@click.option(
    "--model",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Evaluate this trained model instead. Its figures mean something only for photos it was not trained on.",
)
@click.option(
    "--cue",
    metavar="NAME",
    help="Evaluate this cue and its measures, each on its own, instead of the model; `all` evaluates every cue.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    help="Output format; html includes plots.  [text]",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the results to this file.  [standard output]",
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
    """Evaluate on a labelled folder. Each source is scored by a model trained on the other sources.

    With --cue, test cues on their own: how well they separate AI from camera photos, how often they abstain, how much
    innocent changes and skin tone move them, and whether they respond to the artifacts they are meant to detect.

    DATA holds a manifest.csv (file, label, source, ...) or the subfolders ai and real.
    """
    from artifact_check.cues import discover
    from artifact_check.learn.figures import report as evaluation_report
    from artifact_check.learn.figures.evaluation import evaluate_model, evaluate_sources
    from artifact_check.learn.laboratory import report as laboratory_report
    from artifact_check.learn.measuring import Measuring
    from artifact_check.learn.table.dataset import read_dataset, require_sources
    from artifact_check.learn.table.folds import read_encoders
    from artifact_check.learn.workers import Encoders, require_libraries
    from artifact_check.model import bundle

    if cue is not None and model is not None:
        raise click.UsageError("--cue evaluates cues without a trained model, so it cannot be combined with --model.")
    if cue not in {None, "all", *(names := [known.name for known in discover()])}:
        raise click.BadParameter(f"Unknown cue {cue!r}. Choose from {', '.join(names)}, all.", param_hint="--cue")
    if encoder is not None and model is not None:
        raise click.UsageError("A trained model brings its own encoder, so --encoder cannot be combined with --model.")
    loaded = None if model is None else bundle.load(model, discover())
    require_libraries("learn", "sklearn", "scipy")
    dataset = read_dataset(data)
    if loaded is None:
        require_sources(dataset)
        encoders = None if encoder is None else read_encoders(encoder, dataset)
    else:
        encoders = None if loaded.encoder is None else Encoders(loaded.encoder.weights)
    measuring = Measuring(cache, encoders)
    with open_output(None if output == Path("-") else output) as out:
        table = commands.measure(dataset, measuring, jobs)
        if cue is not None:
            out.write(laboratory_report.FORMATS[format_](commands.run_laboratory(dataset, table, cue, measuring, jobs)))
            return
        figures = evaluate_sources(table) if loaded is None else evaluate_model(table, loaded.classifier)
        out.write(evaluation_report.FORMATS[format_](figures))
