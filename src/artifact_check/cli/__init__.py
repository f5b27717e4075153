"""The command line, one file per command. Data goes to stdout; messages and the progress bar go to stderr.

Slow imports happen inside commands, so that `--help` stays fast.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from artifact_check import __version__
from artifact_check.cli.compare import compare
from artifact_check.cli.evaluate import evaluate
from artifact_check.cli.explain import explain
from artifact_check.cli.messages import discard, reserve_standard_streams, say
from artifact_check.cli.provenance import provenance
from artifact_check.cli.report import report
from artifact_check.cli.scan import scan
from artifact_check.cli.serve import serve
from artifact_check.cli.train import train
from artifact_check.cli.train_encoder import train_encoder
from artifact_check.errors import ArtifactCheckError, NothingToScanError
from artifact_check.report.output import describe_failure, is_write_error

SUCCESS = 0
FAILURE = 1
USAGE = 2
INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code. Expected errors are printed as one line on stderr."""
    reserve_standard_streams()
    code = _run(argv)
    _flush_stdout()
    return code


def _run(argv: list[str] | None) -> int:
    try:
        code = commands.main(args=argv, prog_name="artifact-check", standalone_mode=False)
    except click.Abort as stop:
        return _fail(str(stop) or "interrupted", INTERRUPTED)
    except click.ClickException as error:
        return _fail(error.format_message(), error.exit_code)
    except NothingToScanError as error:
        return _fail(str(error), USAGE)
    except ArtifactCheckError as error:
        return _fail(str(error), FAILURE)
    except OSError as error:
        if not is_write_error(error):
            raise
        return _fail(describe_failure("The output", error), FAILURE)
    return int(code or SUCCESS)


def _flush_stdout() -> None:
    """Discard what could not be written: Python would try again when it ends, and print a traceback."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        discard(sys.stdout)


def _fail(message: str, code: int) -> int:
    say(f"artifact-check: {message}")
    return code


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            return SUCCESS  # the reader, such as `head`, has enough


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def commands() -> None:
    """Measure signs of AI generation in headshots, and say how strong the evidence is.

    Exit codes: 0 success, 1 failure, 2 wrong usage or nothing to scan, 3 --fail-on matched, 130 interrupted.
    """


for command in (scan, report, explain, compare, provenance, serve, train, train_encoder, evaluate):
    commands.add_command(command)
