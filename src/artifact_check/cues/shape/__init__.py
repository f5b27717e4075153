"""Distorted features: are both sides, the layout and the teeth of the face like those of people?

Physical fact: faces are nearly but never quite symmetrical, and the places of their features vary together in few ways.
Early generators broke such rules; recent ones paint faces nearer to the average than people are (Dunn et al., preprint
on "hyper-average" faces). So both ends of each measure are odd, and each of them is weak.

Region: eyes, brows, mouth from the landmarks with the head's pose removed (cm of the canonical face, in which the
irides are 6.3 cm apart); nose, eyes and mouth from pixels in a frontal warp; teeth from pixels between open lips. The
landmarks of nose wings, cheeks and jaw hardly follow the photo, so their symmetry is not measured on them.

Let d_i = R_i - mirrored L_i, (P, 2) cm, over P mirror pairs. A turned head leaves a part of d that is linear in
t = (sin yaw, sin yaw sin pitch, sin roll): it is subtracted, and because d also widens with |yaw|, what remains is
divided by 1 + w |sin yaw|. Both come from real photos, as do the other statistics (`learn/references/shape.py`).

Measures:
    asymmetry: root mean square of d over the eye; of brow and corner of the mouth its mean height, without sign;
    balance: ln of the mean square of d's first components in units of their variance in real photos (Mahalanobis);
    layout: the same for the mean of both sides, after what pose and expression predict is subtracted (Yang et al. 2019,
        "Exposing GAN-synthesized faces using landmark locations"); a low value is close to the average face;
    proportions: ln ratios minus what pose and expression predict: distance of the inner over that of the outer canthi,
        mouth width over IOD, forehead over face height, lower face over middle face, philtrum over chin;
    pixels: difference 1 - cos of gradient-orientation histograms (8 bins, cells of 1 cm; Dalal, Triggs 2005) of one
        half and the mirrored other, weighted by gradient, same correction for yaw;
    teeth: gaps between teeth per cm (minima of brightness along the row), and fine detail of the teeth against that of
        the lips (Matern, Riess, Stamminger 2019, "Exploiting visual artifacts").

Repeatability (80 photos; JPEG 85, scaling to 0.7, cropping 1 %): the median change of every measure is under 0.35
standard deviations of real photos. Weaker: the landmark model is not mirror-symmetrical, so that brow, eye and mouth
change by 0.5 to 0.65 in the mirrored photo; and the teeth's measures now and then jump with the part of them that is
told apart (root mean square 0.5 to 0.7). Six of ten photos show too little of the teeth.

What a mouth corner or a brow moved up or down by 4 % of the IOD comes to: on 52 real photos of clusters that the
reference was not made from, IOD from 60 px, 24 % of moved mouth corners and 18 % of moved brows are beyond 95 % of such
photos (root mean squares: 19 and 13 %; on 58 photos of the reference's clusters 20 and 13 %, instead of 9 and 13 %).
People's own mouth corners differ by 0.12 cm and brows by 0.13 cm (standard deviation), and 4 % moves them by 0.16 and
0.11 cm: were both normal, 27 and 14 % would be. Taking off what expression, or the asymmetry of the eyes and of the
other features, predicts made it no better.

Shown for information, not scored: on 167 real and 156 AI portraits of clusters that neither the reference nor the model
had seen, a logistic regression on all of these had an AUC of 0.55; AI faces are a little more symmetrical, no more.

Innocent causes: lopsided smiles, raised brows, palsy, scars, partings and fringes over a brow, wide-angle selfies, side
light, glasses; veneers, braces, gaps. Mirror symmetry says nothing on turned heads, which abstain; closed mouths have
no teeth measures, and side-lit faces no pixel measures.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import cv2
import numpy as np

from artifact_check.cues import Abstained, Cue, Measure, Reading, moved, require_size
from artifact_check.cues.shape import features, halves
from artifact_check.cues.shape.teeth import Teeth
from artifact_check.face import Face, drawn, regions
from artifact_check.results import Evidence

_MIN_IOD = 48.0  # px
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


def require_frontal(face: Face) -> None:
    """Abstain where no measure can be seen.

    Raises:
        Abstained: face too small or turned away.
    """
    yaw, pitch, _ = face.pose
    require_size(face, _MIN_IOD)
    if abs(yaw) > _MAX_TURN or abs(pitch) > _MAX_TURN:
        raise Abstained(f"the head is turned too far to compare its sides (yaw {yaw:.0f}, pitch {pitch:.0f} degrees)")


def measure_shape(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: face too small or turned away.
    """
    require_frontal(face)
    known, tilt = reference(), features.turn(face)
    sine = abs(float(tilt[0]))
    widening = {name: 1 + factor * sine for name, factor in known["widening"].items()}
    apart = features.difference(face) - tilt @ known["difference_by_turn"]
    values = {f"shape_{name}": value / widening[name] for name, value in features.region_differences(apart).items()}
    balance = log_distance(apart, known["difference_components"], known["difference_variances"])
    values["shape_balance"] = balance - 2 * float(np.log(widening["balance"]))
    given = features.circumstances(face)
    placed = features.layout(face) - given @ known["layout_by_circumstances"]
    values["shape_layout"] = log_distance(placed, known["layout_components"], known["layout_variances"])
    expected = given @ known["proportions_by_circumstances"]
    values |= {
        f"shape_{name}": value - float(usual)
        for (name, value), usual in zip(features.proportions(face).items(), expected, strict=True)
    }
    values |= {
        f"shape_pixels_{name}": value / widening[f"pixels_{name}"]
        for name, value in halves.pixel_differences(face).items()
    }
    teeth = Teeth.seen(face)
    if teeth is not None:
        values |= teeth.values()
    return Reading(values, lambda: _evidence(face, apart, teeth))


def _evidence(face: Face, apart: np.ndarray, teeth: Teeth | None) -> tuple[Evidence, ...]:
    """Of each region the pair of landmarks that differs most, the places whose layout was compared, what was compared
    by pixels, and the outline of the teeth.
    """
    distance = np.linalg.norm(apart.reshape(-1, 2), axis=1)
    marks = []
    for name, indices in features.REGIONS.items():
        places = [features.LANDMARKS.index(index) for index in indices]
        worst = features.pairs()[places[int(np.argmax(distance[places]))]]
        marks.append(
            Evidence(
                "points", (f"shape_{name}",), f"where the {_NAMES[name]} differ most", drawn(face.landmarks[worst])
            )
        )
    marks.append(
        Evidence("points", _LAYOUT_MEASURES, "places of the features", drawn(face.landmarks[list(features.LANDMARKS)]))
    )
    for part, names in _PIXEL_PARTS.items():
        for landmarks in names:
            hull = cv2.convexHull(face.landmarks[landmarks].astype(np.float32))[:, 0]
            marks.append(
                Evidence("outline", (f"shape_pixels_{part}",), f"{part}, compared side with side", drawn(hull))
            )
    if teeth is not None:
        marks.append(Evidence("outline", ("shape_teeth",), "teeth", drawn(teeth.outline)))
    return tuple(marks)


_LAYOUT_MEASURES = tuple(
    f"shape_{name}" for name in ("balance", "layout", "canthi", "mouth_width", "forehead", "lower_face", "philtrum")
)
_PIXEL_PARTS = {
    "eyes": (regions.polygon("eye_R"), regions.polygon("eye_L")),
    "nose": (regions.shading_vertices("nose"),),
    "mouth": (regions.polygon("lips_outer"),),
}
_NAMES = {"brow": "brows", "eye": "eyes", "mouth": "corners of the mouth"}
_RATIO = "ln ratio"
_MEASURES = (
    Measure("shape_brow", "cm", 0, 50, "either", "How much higher one brow is than the other.", scored=False),
    Measure(
        "shape_eye",
        "cm",
        0,
        50,
        "either",
        "How far the outlines of the two eyes differ in place and form.",
        scored=False,
    ),
    Measure("shape_mouth", "cm", 0, 50, "either", "How much higher one corner of the mouth is.", scored=False),
    Measure(
        "shape_balance", "ln", -14, 20, "either", "How unlike each other the two sides of the face are.", scored=False
    ),
    Measure(
        "shape_layout", "ln", -14, 20, "either", "How far the features are from their average places.", scored=False
    ),
    Measure(
        "shape_canthi", _RATIO, -10, 10, "either", "How far apart the eyes are against their widths.", scored=False
    ),
    Measure("shape_mouth_width", _RATIO, -10, 10, "either", "How wide the mouth is for this expression.", scored=False),
    Measure("shape_forehead", _RATIO, -10, 10, "either", "How high the forehead is.", scored=False),
    Measure(
        "shape_lower_face", _RATIO, -10, 10, "either", "How long the lower face is against the middle.", scored=False
    ),
    Measure("shape_philtrum", _RATIO, -10, 10, "either", "How long the upper lip is against the chin.", scored=False),
    Measure(
        "shape_pixels_eyes",
        "1 - cos",
        0,
        1.01,
        "either",
        "How unlike each other the pixels of the two eyes are.",
        scored=False,
    ),
    Measure(
        "shape_pixels_nose",
        "1 - cos",
        0,
        1.01,
        "either",
        "How unlike each other the halves of the nose are.",
        scored=False,
    ),
    Measure(
        "shape_pixels_mouth",
        "1 - cos",
        0,
        1.01,
        "either",
        "How unlike each other the halves of the mouth are.",
        scored=False,
    ),
    Measure("shape_teeth_gaps", "1/cm", 0, 50, "either", "How many gaps between teeth are seen.", scored=False),
    Measure(
        "shape_teeth_detail",
        "log2 ratio",
        -16,
        16,
        "either",
        "Fine detail of the teeth against that of the lips.",
        scored=False,
    ),
)

CUE = Cue(
    name="shape",
    version=2,
    title="Shape of the face",
    advice="The features are less regular, or more regular, than those of most faces; compare both sides at full size.",
    measures=moved(_MEASURES, {"mouth_moved": ("shape_mouth",), "brow_moved": ("shape_brow",)}),
    measure=measure_shape,
)
