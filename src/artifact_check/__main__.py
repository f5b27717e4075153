"""Runs the command `artifact-check`, also as `python -m artifact_check`."""

import sys


def main() -> int:
    """Run the command that the arguments name, and return its exit code."""
    try:
        # Late: each worker process imports this file as its parent's main one, and needs no command.
        from artifact_check.cli import main as run  # noqa: PLC0415

        return run()
    except KeyboardInterrupt:  # while it loads; later the command itself says what is kept
        sys.stderr.write("\nartifact-check: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
