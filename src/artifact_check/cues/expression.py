"""The warmth of a smile: do eyes and cheeks move with the mouth, and do the two sides agree?

Physical fact: a smile pulls the corners of the mouth up and back (zygomatic major). In a warm smile the muscle around
the eyes also lifts the cheeks and narrows the eyes (Duchenne 1862; Ekman, Davidson, Friesen 1990). Posed smiles are
often slightly uneven (Ekman, Hager, Friesen 1981). A generator has no muscles that tie the mouth to the eyes.

Region: mouth corners, lower lids, cheeks and brows, from the landmarks with the head's pose removed (`face.frontal`)
and from the face model's blendshapes, all 0..1. Its blendshapes for raised cheeks are 0 on every photo, so cheeks are
measured by geometry alone.

Measures: S is the mean of mouthSmile over both sides. How strongly people smile depends on where photos were collected,
so S itself is not a measure, and a baseline, a straight line in S fitted to 249 camera photos, is subtracted from the
first four values. They need an S of at least 0.3.
    expression_squint = mean of eyeSquint - (0.323 + 0.225 S);
    expression_lower_lid = (sag of the lower lid below the line of the eye corners, over the eye's opening, mean of both
        eyes) - (0.311 - 0.168 S); both lengths are relative to the eye's width;
    expression_cheek = (height from mid-cheek to the lower lid, over that from the mouth corner to the lid, mean of both
        sides) - (0.581 + 0.046 S);
    expression_corner_to_lid = (height from the mouth corner to the lower lid, mean of both sides, over the width of the
        mouth) - (1.346 - 0.526 S);
    expression_mouth_sides = |d(mouthSmile)|, d = logit of the left side - logit of the right - the mean bias of the
        face model (0.06); logit(p) = ln((p + 0.01) / (1.01 - p)), so that strong and weak smiles are comparable;
    expression_brow_sides = |d(browDown)|, mean bias 0.02; with or without a smile;
    expression_coherence = |d(mouthSmile) - d(browDown)|.

The last three need the head within 12 degrees of straight ahead, because turning it makes the sides differ. None of
them tells AI from camera, so they are shown for information. Cheeks rise in polite smiles too (Ambadar, Cohn, Reed
2009), and posed smiles need not be uneven (Schmidt, Bhattacharya, Denlinger 2009).

Innocent causes: posed and polite smiles, facial palsy, botulinum toxin, dental work, make-up, glasses, age, glare that
narrows the eyes, and a habit of smiling on one side. The cue abstains on turned heads and
on closed or covered eyes.
"""

from __future__ import annotations

import numpy as np

from artifact_check.cues import Abstained, Cue, Measure, Reading, learned, require_frontal, require_open_eyes
from artifact_check.face import Face, evidence_points, regions
from artifact_check.results import Evidence

_MAX_YAW = 25.0  # degrees
_MAX_PITCH = 20.0
_MAX_YAW_SIDES = 12.0  # degrees, for comparing the two sides
_MIN_SMILE = 0.3
# Baselines: the line (intercept, slope) that camera photos follow at a smile of strength S.
_SQUINT = (0.323, 0.225)
_LOWER_LID = (0.311, -0.168)
_CHEEK = (0.581, 0.046)
_CORNER_TO_LID = (1.346, -0.526)
_MOUTH_BIAS, _BROW_BIAS = 0.06, 0.02  # logit, left minus right


def measure_expression(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: the head is turned too far, the eyes are closed, or a slightly turned face does not smile.
    """
    require_frontal(face, yaw=_MAX_YAW, pitch=_MAX_PITCH, subject="smile")
    require_open_eyes(face)
    smile, straight = _mean_of_sides(face, "mouthSmile"), abs(face.pose[0]) <= _MAX_YAW_SIDES
    smiles = smile >= _MIN_SMILE
    if not smiles and not straight:
        raise Abstained("there is no smile to judge")

    def compare() -> dict[str, float]:
        return (_warmth(face, smile) if smiles else {}) | (_sides(face, smiles=smiles) if straight else {})

    return Reading({}, lambda: _evidence(face), informative=compare)


def _of_sides(face: Face, blendshape: str) -> tuple[float, float]:
    """A blendshape of the right and of the left side, 0..1."""
    right, left = (face.blendshapes[side.blendshape(blendshape)] for side in regions.SIDES)
    return right, left


def _mean_of_sides(face: Face, blendshape: str) -> float:
    """Mean of a blendshape over both sides, 0..1."""
    right, left = _of_sides(face, blendshape)
    return (right + left) / 2


def _difference_of_sides(face: Face, blendshape: str, bias: float) -> float:
    """Left minus right of a blendshape in logits, less the face model's own `bias`."""
    right, left = (float(np.log((p + 0.01) / (1.01 - p))) for p in _of_sides(face, blendshape))
    return left - right - bias


def _above_baseline(value: float, smile: float, line: tuple[float, float]) -> float:
    """A value minus the baseline of camera photos at a smile of that strength."""
    intercept, slope = line
    return value - (intercept + slope * smile)


def _warmth(face: Face, smile: float) -> dict[str, float]:
    plane = face.frontal[:, :2]
    rise, cheek, sag = [], [], []
    for side in regions.SIDES:
        outer, inner = plane[[*side.canthi]]
        lid = plane[side.lids[1]]
        rise.append(lid[1] - plane[side.mouth_corner][1])
        cheek.append((lid[1] - plane[side.mid_cheek][1]) / rise[-1])
        sag.append(_sag(plane[[*side.lower_lid]], outer, inner))
    opening = sum(face.eye_openness(side) for side in regions.SIDES) / 2
    mouth_right, mouth_left = plane[[*regions.MOUTH_CORNERS]]
    mouth_width = float(np.linalg.norm(mouth_left - mouth_right))
    values = {
        "expression_squint": (_mean_of_sides(face, "eyeSquint"), _SQUINT),
        "expression_lower_lid": (float(np.mean(sag)) / opening, _LOWER_LID),
        "expression_cheek": (float(np.mean(cheek)), _CHEEK),
        "expression_corner_to_lid": (float(np.mean(rise)) / mouth_width, _CORNER_TO_LID),
    }
    return {key: _above_baseline(value, smile, line) for key, (value, line) in values.items()}


def _sides(face: Face, *, smiles: bool) -> dict[str, float]:
    brow = _difference_of_sides(face, "browDown", _BROW_BIAS)
    values = {"expression_brow_sides": abs(brow)}
    if smiles:
        mouth = _difference_of_sides(face, "mouthSmile", _MOUTH_BIAS)
        values |= {"expression_mouth_sides": abs(mouth), "expression_coherence": abs(mouth - brow)}
    return values


def _sag(lid: np.ndarray, outer: np.ndarray, inner: np.ndarray) -> float:
    """Mean distance of lid points (N, 2) below the line through the eye corners, over the eye's width."""
    width = float(np.linalg.norm(inner - outer))
    along = (inner - outer) / width
    below = np.array([along[1], -along[0]]) * (1.0 if along[0] > 0 else -1.0)
    return float(((lid - outer) @ below).mean()) / width


def _evidence(face: Face) -> tuple[Evidence, ...]:
    smile = ("expression_corner_to_lid", "expression_mouth_sides", "expression_coherence")
    ends = evidence_points(face.landmarks[[*regions.MOUTH_CORNERS]])
    corners = Evidence("points", smile, "corner of the mouth", ends)
    outlines = [
        (("expression_squint", "expression_lower_lid", "expression_cheek"), "eye", regions.EYES),
        (("expression_brow_sides", "expression_coherence"), "brow", regions.BROWS),
    ]
    return corners, *(
        Evidence("outline", measures, label, evidence_points(face.landmarks[regions.polygon(name)]))
        for measures, label, names in outlines
        for name in names
    )


# Not scored: see the module's docstring for the figures.
_MEASURES = (
    Measure(
        key="expression_squint",
        name="narrowing of the smiling eyes",
        unit="0..1",
        low=-1,
        high=1,
        suggests="either",
        sentence="How much the eyes narrow for a smile of this strength.",
        scored=False,
    ),
    Measure(
        key="expression_lower_lid",
        name="sagging of the lower lids",
        unit="eye opening",
        low=-20,
        high=20,
        suggests="either",
        sentence="How low the lower lids hang for a smile of this strength.",
        scored=False,
    ),
    Measure(
        key="expression_cheek",
        name="distance from cheeks to eyes",
        unit="ratio",
        low=-20,
        high=20,
        suggests="either",
        sentence="How low the cheeks sit for a smile of this strength.",
        scored=False,
    ),
    Measure(
        key="expression_corner_to_lid",
        name="distance from mouth to eyes",
        unit="mouth width",
        low=-20,
        high=20,
        suggests="either",
        sentence="How far the mouth's corners stay below the eyes for a smile of this strength.",
        scored=False,
    ),
    Measure(
        key="expression_mouth_sides",
        name="unevenness of the smile",
        unit="logit",
        low=0,
        high=10,
        suggests="either",
        sentence="One side of the mouth smiles more.",
        scored=False,
    ),
    Measure(
        key="expression_brow_sides",
        name="height difference of the brows",
        unit="logit",
        low=0,
        high=10,
        suggests="either",
        sentence="One brow is lower than the other.",
        scored=False,
    ),
    Measure(
        key="expression_coherence",
        name="disagreement of mouth and brows",
        unit="logit",
        low=0,
        high=20,
        suggests="either",
        sentence="Mouth and brows lean to different sides.",
        scored=False,
    ),
    learned("expression_learned", "look of the mouth area", region="mouth", what="the mouth and what is around it"),
)

CUE = Cue(
    name="expression",
    version=1,
    title="Expression",
    innocent="a posed smile, glasses, or a habit of smiling on one side",
    measures=_MEASURES,
    measure=measure_expression,
)
