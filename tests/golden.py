"""Golden values: what each measure gave on the sample pictures when it was last looked at.

    .venv/bin/python -m tests.golden [CUE ...]

writes `tests/golden_values/<cue>.csv` anew. One row a picture and measure, with the picture's digest, so that a changed
picture is told apart from a changed measure. An empty value: the measure could not be seen.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from artifact_check import cues
from artifact_check.face import Landmarker
from artifact_check.photo import decode

SAMPLES = Path(__file__).parents[1] / "sample_images"
FOLDER = Path(__file__).parent / "golden_values"
PICTURES = ("portrait_a.jpg", "portrait_b.jpg", "skin_smoothed.jpg", "eye_moved.jpg", "half_relit.jpg")


@dataclass(frozen=True)
class Golden:
    picture: str
    sha256: str
    measure: str
    value: float | None


def measured(landmarker: Landmarker) -> dict[str, list[Golden]]:
    """Golden rows by cue, as the code gives them now."""
    rows: dict[str, list[Golden]] = {cue.name: [] for cue in cues.discover()}
    for picture in PICTURES:
        data = (SAMPLES / picture).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        for result in cues.measure(landmarker.find(decode(data)), strict=True):
            rows[result.cue.name] += [
                Golden(picture, digest, measure.key, result.values.get(measure.key)) for measure in result.cue.measures
            ]
    return rows


def stored(cue: str) -> list[Golden]:
    path = FOLDER / f"{cue}.csv"
    if not path.exists():
        return []
    with path.open(newline="") as stream:
        return [
            Golden(row["picture"], row["sha256"], row["measure"], float(row["value"]) if row["value"] else None)
            for row in csv.DictReader(stream)
        ]


def write(chosen: list[str]) -> None:
    with Landmarker() as landmarker:
        rows = measured(landmarker)
    for cue in chosen or rows:
        with (FOLDER / f"{cue}.csv").open("w", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["picture", "sha256", "measure", "value"])
            for row in rows[cue]:
                value = "" if row.value is None else f"{row.value:.6g}"
                writer.writerow([row.picture, row.sha256, row.measure, value])


if __name__ == "__main__":
    write(sys.argv[1:])
