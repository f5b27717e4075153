"""Golden values: what each measure gave on the sample pictures when it was last looked at.

    .venv/bin/python -m tools.golden [CUE ...]

writes `tests/golden_values/<cue>.csv` anew. One row a picture and measure, with the picture's digest, so that a changed
picture is told apart from a changed measure. An empty value: the measure could not be seen. `declared.csv`, written
with them, holds what every measure is declared as.

    .venv/bin/python -m tools.golden faces

finds the faces anew, and writes them and what they were found with to `faces.npz`. Values are measured on these: one
machine's landmarks are not quite another's, and what they move would hide what a change of a cue moves.
"""

from __future__ import annotations

import csv
import json
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from artifact_check import cues
from artifact_check.cues import Abstained, Cue
from artifact_check.face import LANDMARK_MODEL_SHA256, Face, Landmarker
from artifact_check.photo import decode

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_images"
FOLDER = ROOT / "tests" / "golden_values"
FACES = FOLDER / "faces.npz"
DECLARED = FOLDER / "declared.csv"
PICTURES = ("portrait_a.jpg", "portrait_b.jpg", "skin_smoothed.jpg", "eye_moved.jpg", "half_relit.jpg")


@dataclass(frozen=True)
class Golden:
    picture: str
    sha256: str
    measure: str
    value: float | None


def kept_faces() -> dict[str, Face]:
    """The face in each picture, where it was put when the faces were kept."""
    faces = {}
    with np.load(FACES) as kept:
        for picture in PICTURES:
            shapes = json.loads(str(kept[f"{picture} blendshapes"]))
            where = (kept[f"{picture} {name}"] for name in ("landmarks", "depth", "transform"))
            faces[picture] = Face(decode((SAMPLES / picture).read_bytes()), *where, shapes)
    return faces


def keep_faces() -> None:
    libraries = {name: version(name) for name in ("mediapipe", "opencv-python-headless", "numpy", "Pillow")}
    made_with = {**libraries, "landmark model": LANDMARK_MODEL_SHA256, "machine": platform.machine()}
    arrays = {"made with": json.dumps(made_with)}
    with Landmarker() as landmarker:
        for picture in PICTURES:
            face = landmarker.find(decode((SAMPLES / picture).read_bytes()))
            for name in ("landmarks", "depth", "transform"):
                arrays[f"{picture} {name}"] = getattr(face, name)
            arrays[f"{picture} blendshapes"] = json.dumps(face.blendshapes)
    np.savez_compressed(FACES, **arrays)


def measured(cue: Cue, faces: dict[str, Face]) -> list[Golden]:
    """Golden rows of a cue, as the code gives them now."""
    rows = []
    for picture, face in faces.items():
        try:
            values = cue.measure(face).all_values()
        except Abstained:
            values = {}
        rows += [Golden(picture, face.photo.sha256, measure.key, values.get(measure.key)) for measure in cue.computed]
    return rows


def declared() -> list[list[str]]:
    """A row for each measure: unit, range, what a high value suggests, whether it is scored, what must move it."""
    return [
        [m.key, m.unit, f"{m.low:g}", f"{m.high:g}", m.suggests, str(m.scored), " ".join(m.moved_by), m.sentence]
        for cue in cues.discover()
        for m in cue.measures
    ]


def stored_declarations() -> list[list[str]]:
    with DECLARED.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


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
    if chosen == ["faces"]:
        keep_faces()
        return
    with DECLARED.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(declared())
    faces = kept_faces()
    for cue in (cue for cue in cues.discover() if cue.name in chosen or not chosen):
        with (FOLDER / f"{cue.name}.csv").open("w", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["picture", "sha256", "measure", "value"])
            for row in measured(cue, faces):
                value = "" if row.value is None else f"{row.value:.6g}"
                writer.writerow([row.picture, row.sha256, row.measure, value])


if __name__ == "__main__":
    write(sys.argv[1:])
