"""Runs the command `artifact-check`, also as `python -m artifact_check`."""

import gc
import sys


def main() -> int:
    """Run the command that the arguments name, and return its exit code."""
    try:
        # Late: each worker process imports this file as its parent's main one, and needs no command.
        from artifact_check.scanning.setup import collect_garbage_rarely  # noqa: PLC0415

        collect_garbage_rarely()
        from artifact_check.cli import main as run  # noqa: PLC0415

        return run()
    except KeyboardInterrupt:  # while it loads; later the command itself says what is kept
        sys.stderr.write("\nartifact-check: interrupted\n")
        return 130
    finally:
        gc.freeze()  # otherwise Python looks through all objects as it ends, which takes a tenth of a short scan


if __name__ == "__main__":
    sys.exit(main())
