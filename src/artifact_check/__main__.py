"""`python -m artifact_check` is the command `artifact-check`."""

import sys

from artifact_check.cli import main

if __name__ == "__main__":
    sys.exit(main())
