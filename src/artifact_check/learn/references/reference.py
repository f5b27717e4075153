"""Shared by the scripts that make reference files: the choice of photos, and writing the file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifact_check.learn.table.dataset import Dataset, read_dataset

if TYPE_CHECKING:
    import numpy as np


def reference_clusters(dataset: Dataset) -> list[str]:
    """Every other cluster of real photos, in sorted order."""
    return sorted({item.cluster for item in dataset.items if not item.is_ai})[::2]


def rounded(array: np.ndarray) -> Any:  # noqa: ANN401 - nested lists
    """Nested lists with four significant digits."""
    return [rounded(row) for row in array] if array.ndim else float(f"{array:.4g}")


def write_reference(description: str, make: Callable[[Dataset], dict[str, Any]], default: Path) -> None:
    """The command line of such a script: read a labelled folder, write one JSON file."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("data", type=Path, help="labelled folder")
    parser.add_argument("--output", type=Path, default=default)
    chosen = parser.parse_args()
    reference = make(read_dataset(chosen.data))
    chosen.output.write_text(json.dumps(reference, separators=(",", ":")) + "\n", encoding="utf-8")
    sys.stderr.write(f"made from {reference['made_from']}\n")
