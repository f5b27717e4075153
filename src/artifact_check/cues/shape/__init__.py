"""Distorted features: are the symmetry, the layout and the teeth of the face like those of people?

Physical fact: faces are nearly but never quite symmetrical, and the positions of their features vary together in few
ways. Early generators broke such rules; recent ones paint faces nearer to the average than people are (Dunn et al.,
preprint on "hyper-average" faces). So both ends of each measure are unusual, and each measure is weak.

Region: eyes, brows and mouth from landmarks with the head's pose removed (cm of the canonical face, whose irides are
6.3 cm apart); nose, eyes and mouth from pixels of a frontal warp; teeth from pixels between open lips. The landmarks of
nose wings, cheeks and jaw hardly follow the photo, so their symmetry is not measured.

Let d_i = R_i - mirrored L_i, (P, 2) cm, over P mirror pairs. In a turned head a part of d is linear in t = (sin yaw,
sin yaw sin pitch, sin roll): it is subtracted. The residuals grow with |yaw|, so they are divided by 1 + w |sin yaw|.
All baselines come from real photos (`learn/references/shape.py`).

Measures:
    asymmetry: root mean square of d over the eye; absolute mean height of d over the brow and over the mouth corner;
    balance: ln of the mean square of d's first components, each over its variance in real photos (Mahalanobis);
    layout: the same for the mean of both sides, after subtracting what pose and expression predict (Yang et al. 2019,
        "Exposing GAN-synthesized faces using landmark locations"); a low value is close to the average face;
    proportions: ln ratios minus what pose and expression predict: distance of the inner over that of the outer canthi,
        mouth width over IOD, forehead over face height, lower face over middle face, philtrum over chin;
    pixels: 1 - cos of the gradient-orientation histograms (8 bins, cells of 1 cm; Dalal, Triggs 2005) of one half and
        the mirrored other, weighted by gradient, with the same correction for yaw;
    teeth: gaps between teeth per cm (minima of brightness along the row), and fine detail of the teeth relative to the
        lips (Matern, Riess, Stamminger 2019, "Exploiting visual artifacts").

All are shown for information: together they hardly tell AI from camera.

Innocent causes: lopsided smiles, raised brows, palsy, scars, partings and fringes over a brow, wide-angle selfies, side
light, glasses; veneers, braces, gaps. The cue abstains on turned heads; closed mouths have no teeth measures and faces
lit from the side no pixel measures.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import cv2
import numpy as np

from artifact_check.cues import Cue, Measure, Reading, learned, require_frontal, require_size
from artifact_check.cues.shape import features, halves
from artifact_check.cues.shape.teeth import Teeth
from artifact_check.face import MIN_DETAIL_IOD, Face, evidence_points, regions
from artifact_check.results import Evidence

_MAX_TURN = 25.0  # degrees of yaw or pitch


@cache
def reference() -> dict[str, Any]:
    """The statistics of real photos (`shape_reference.json`), lists as arrays."""
    text = resources.files("artifact_check.cues.shape").joinpath("shape_reference.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return {key: np.array(value) if isinstance(value, list) else value for key, value in loaded.items()}


def log_distance(residual: np.ndarray, components: np.ndarray, variances: np.ndarray) -> float:
    """ln of the mean square of a residual's scores on `components` (K, N), in units of their `variances` (K,)."""
    score = components @ residual
    return float(np.log(np.mean(score**2 / variances) + 1e-6))


def require_measurable(face: Face) -> None:
    """Abstain from a face on which no measure can be taken.

    Raises:
        Abstained: the face is too small or turned too far.
    """
    require_size(face, MIN_DETAIL_IOD)
    require_frontal(face, yaw=_MAX_TURN, pitch=_MAX_TURN, subject="sides")


def measure_shape(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: the face is too small or turned too far.
    """
    require_measurable(face)
    compare = cache(lambda: _compare(face))
    return Reading({}, lambda: _evidence(face, compare()), informative=lambda: compare().values)


@dataclass(frozen=True)
class _Comparison:
    """The values, and what they were taken from: `difference` of the sides in cm, flat, and the teeth, if seen."""

    values: dict[str, float]
    difference: np.ndarray
    teeth: Teeth | None


def _compare(face: Face) -> _Comparison:
    baseline, turn = reference(), features.turn(face)
    sine = abs(float(turn[0]))
    widening = {name: 1 + factor * sine for name, factor in baseline["widening"].items()}
    difference = features.difference(face) - turn @ baseline["difference_by_turn"]
    by_region = features.region_differences(difference)
    values = {f"shape_{name}": value / widening[name] for name, value in by_region.items()}
    balance = log_distance(difference, baseline["difference_components"], baseline["difference_variances"])
    values["shape_balance"] = balance - 2 * float(np.log(widening["balance"]))
    circumstances = features.circumstances(face)
    layout = features.layout(face) - circumstances @ baseline["layout_by_circumstances"]
    values["shape_layout"] = log_distance(layout, baseline["layout_components"], baseline["layout_variances"])
    proportions = circumstances @ baseline["proportions_by_circumstances"]
    values |= {
        f"shape_{name}": value - float(predicted)
        for (name, value), predicted in zip(features.proportions(face).items(), proportions, strict=True)
    }
    values |= {
        f"shape_pixels_{name}": value / widening[f"pixels_{name}"]
        for name, value in halves.pixel_differences(face).items()
    }
    teeth = Teeth.of(face)
    if teeth is not None:
        values |= teeth.values()
    return _Comparison(values, difference, teeth)


def _evidence(face: Face, compared: _Comparison) -> tuple[Evidence, ...]:
    """The pair of landmarks that differs most in each region, all compared landmarks, the outlines of the regions
    compared by pixels, and that of the teeth.
    """
    distance = np.linalg.norm(compared.difference.reshape(-1, 2), axis=1)
    marks = []
    for name in features.REGIONS:
        rows = features.rows(name)
        worst = features.pairs()[rows[int(np.argmax(distance[rows]))]]
        pair = evidence_points(face.landmarks[worst])
        marks.append(Evidence("points", (f"shape_{name}",), _DIFFER_MOST[name], pair))
    places = evidence_points(face.landmarks[list(features.LANDMARKS)])
    marks.append(Evidence("points", _LAYOUT_MEASURES, "places of the features", places))
    for part, (label, outlines) in _PIXEL_PARTS.items():
        for landmarks in outlines:
            hull = evidence_points(cv2.convexHull(face.landmarks[landmarks].astype(np.float32))[:, 0])
            marks.append(Evidence("outline", (f"shape_pixels_{part}",), label, hull))
    if compared.teeth is not None:
        marks.append(Evidence("outline", ("shape_teeth",), "teeth", evidence_points(compared.teeth.outline)))
    return tuple(marks)


_LAYOUT_MEASURES = (
    "shape_balance",
    "shape_layout",
    "shape_canthi",
    "shape_mouth_width",
    "shape_forehead",
    "shape_lower_face",
    "shape_philtrum",
)
_PIXEL_PARTS = {
    "eyes": ("eyes, compared side with side", tuple(side.polygon("eye") for side in regions.SIDES)),
    "nose": ("nose, compared side with side", (regions.shading_vertices("nose"),)),
    "mouth": ("mouth, compared side with side", (regions.polygon("lips_outer"),)),
}
_DIFFER_MOST = {
    "brow": "where the brows differ most",
    "eye": "where the eyes differ most",
    "mouth": "where the corners of the mouth differ most",
}
_MEASURES = (
    Measure(
        key="shape_brow",
        name="height difference of the brows",
        unit="cm",
        low=0,
        high=50,
        suggests="either",
        sentence="How much higher one brow is than the other.",
        scored=False,
        moved_by=("brow_moved",),
    ),
    Measure(
        key="shape_eye",
        name="difference between the eye outlines",
        unit="cm",
        low=0,
        high=50,
        suggests="either",
        sentence="How far the outlines of the two eyes differ in place and form.",
        scored=False,
    ),
    Measure(
        key="shape_mouth",
        name="height difference of mouth corners",
        unit="cm",
        low=0,
        high=50,
        suggests="either",
        sentence="How much higher one corner of the mouth is.",
        scored=False,
        moved_by=("mouth_moved",),
    ),
    Measure(
        key="shape_balance",
        name="difference between the face halves",
        unit="ln",
        low=-14,
        high=20,
        suggests="either",
        sentence="How unlike each other the two sides of the face are.",
        scored=False,
    ),
    Measure(
        key="shape_layout",
        name="distance from an average face",
        unit="ln",
        low=-14,
        high=20,
        suggests="either",
        sentence="How far the features are from their average places.",
        scored=False,
    ),
    Measure(
        key="shape_canthi",
        name="distance between the eyes",
        unit="ln ratio",
        low=-10,
        high=10,
        suggests="either",
        sentence="How far apart the eyes are compared with their widths.",
        scored=False,
    ),
    Measure(
        key="shape_mouth_width",
        name="width of the mouth",
        unit="ln ratio",
        low=-10,
        high=10,
        suggests="either",
        sentence="How wide the mouth is for this expression.",
        scored=False,
    ),
    Measure(
        key="shape_forehead",
        name="height of the forehead",
        unit="ln ratio",
        low=-10,
        high=10,
        suggests="either",
        sentence="How high the forehead is.",
        scored=False,
    ),
    Measure(
        key="shape_lower_face",
        name="length of the lower face",
        unit="ln ratio",
        low=-10,
        high=10,
        suggests="either",
        sentence="How long the lower face is compared with the middle.",
        scored=False,
    ),
    Measure(
        key="shape_philtrum",
        name="length of the upper lip",
        unit="ln ratio",
        low=-10,
        high=10,
        suggests="either",
        sentence="How long the upper lip is compared with the chin.",
        scored=False,
    ),
    Measure(
        key="shape_pixels_eyes",
        name="difference between the eyes",
        unit="1 - cos",
        low=0,
        high=1.01,
        suggests="either",
        sentence="How unlike each other the pixels of the two eyes are.",
        scored=False,
    ),
    Measure(
        key="shape_pixels_nose",
        name="difference between the nose halves",
        unit="1 - cos",
        low=0,
        high=1.01,
        suggests="either",
        sentence="How unlike each other the halves of the nose are.",
        scored=False,
    ),
    Measure(
        key="shape_pixels_mouth",
        name="difference between the mouth halves",
        unit="1 - cos",
        low=0,
        high=1.01,
        suggests="either",
        sentence="How unlike each other the halves of the mouth are.",
        scored=False,
    ),
    Measure(
        key="shape_teeth_gaps",
        name="gaps between the teeth",
        unit="1/cm",
        low=0,
        high=50,
        suggests="either",
        sentence="How many gaps between teeth are seen.",
        scored=False,
    ),
    Measure(
        key="shape_teeth_detail",
        name="detail of the teeth",
        unit="log2 ratio",
        low=-16,
        high=16,
        suggests="either",
        sentence="Fine detail of the teeth compared with that of the lips.",
        scored=False,
    ),
    learned("shape_learned", "look of chin and neck", region="chin_neck", what="chin, neck and collar"),
)

CUE = Cue(
    name="shape",
    version=2,
    title="Shape of the face",
    innocent="a lopsided smile, raised brows, dental work, or a wide-angle selfie",
    measures=_MEASURES,
    measure=measure_shape,
)
