"""Runs the command `artifact-check` as `python -m artifact_check`."""

import sys

from artifact_check.cli import main

if __name__ == "__main__":
    sys.exit(main())
