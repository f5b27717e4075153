"""Misaligned eyes: the two eyes of a person share one fixation point, one scene and nearly equal irides.

Physical fact: both visual axes meet at the point of fixation, both irides are nearly circles of nearly the same size
and colour, and distant light leaves the same pattern of catchlights in both corneas. A generator paints each eye alone.

Region: the two eyes, located by landmarks. Size and shape of the irides come from pixels, because the landmarks of an
iris are a template that follows its position only. Lengths are in interocular distances (IOD), iris radii or cm of the
canonical face.

Measures:
    alignment: angle between the interpupillary line and the line of the outer canthi (roll), and difference of the
        irides' heights over their canthal lines (Kawar et al. 2026, on ocular geometry from a face mesh);
    gaze: horizontal (vergence) and vertical difference of the irides' positions in the frames of their eye corners
        (Demir, Ciftci 2021, "Where do deep fakes look?"), by landmarks and by the fitted limbus;
    lids: mean distance between one eye's outline and the mirrored other, and ratio of their openings;
    iris from pixels: the circle across which lightness rises most near 3 and 9 o'clock (Daugman 2004, "How iris
        recognition works"): ratio of the radii, corrected for the perspective of a turned head, and fit residual;
    pupils: intersection over union of the less elliptic pupil's edge and its fitted ellipse, not counting what is more
        than a tenth of an iris radius inside both (after BIoU; Guo, Hu, Wang, Chang, Lyu 2022, "Eyes tell all");
    colour: distance of the irides' median a, b in CIELAB, after subtracting that of the whites beside them (Matern,
        Riess, Stamminger 2019, "Exploiting visual artifacts");
    catchlights: overlap, offset, area, count and Gini differences of the highlights in both irides (Hu, Li, Lyu 2021;
        Owolabi, Pimbblet 2024).

Measures that mirroring, scaling or cropping moves by more than half a standard deviation are not scored: the landmarks
themselves move that much.

Innocent causes: strabismus, ptosis, prosthesis, heterochromia, contact lenses, near windows, nose shadow, squinting,
wide-angle selfies; for pupils also coloboma, surgery, and lashes or reflections across the edge. The cue abstains on
closed and covered eyes, and skips pixel measures for glare on glasses and small irides.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from artifact_check.cues import Cue, Measure, Reading, learned, require_frontal, require_open_eyes
from artifact_check.cues.eyes import alignment, catchlights, iris, pupil
from artifact_check.cues.eyes.eye import Eye, crop_eye
from artifact_check.cues.eyes.pupil import Pupil
from artifact_check.face import Face, evidence_points, regions
from artifact_check.results import Evidence

_MAX_YAW = 35.0  # degrees
_MAX_PITCH = 25.0
_MIN_FIT_RADIUS = 6.0  # px; the limbus of a larger iris can be located to a tenth of its radius
_MIN_CATCHLIGHT_RADIUS = 5.0  # px; in a smaller iris a catchlight is a single pixel
_MIN_WHITE_CONTRAST = 4.0  # L between white and iris; less means dark glasses or deep shade
_TURN = np.linspace(0, 2 * np.pi, 36, endpoint=False)
_CIRCLE = np.column_stack([np.cos(_TURN), np.sin(_TURN)])


def measure_eyes(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: the head is turned too far, or the eyes are closed or outside of the photo.
    """
    require_frontal(face, yaw=_MAX_YAW, pitch=_MAX_PITCH, subject="eyes")
    require_open_eyes(face)
    values = alignment.compare(face)
    right, left = eyes = crop_eye(face, regions.RIGHT), crop_eye(face, regions.LEFT)
    edges = iris.limbus(right), iris.limbus(left)
    highlights = catchlights.find(right), catchlights.find(left)
    radius, contrast = min(right.radius, left.radius), min(right.white_contrast, left.white_contrast)
    shows_irides = radius >= _MIN_CATCHLIGHT_RADIUS and contrast >= _MIN_WHITE_CONTRAST
    shows_edges = shows_irides and radius >= _MIN_FIT_RADIUS
    if shows_irides:
        values |= iris.compare_colours(right, left, coloured=face.coloured) | catchlights.compare(eyes, highlights)
    if shows_edges:
        values |= iris.compare_edges(face, eyes, edges)
    pupils = cache(lambda: (pupil.find(right, edges[0]), pupil.find(left, edges[1])))
    return Reading(
        values,
        lambda: _evidence(face, eyes, highlights, pupils()),
        informative=lambda: (
            (iris.compare_detail(right, left) if shows_irides else {})
            | (pupil.compare(pupils()) if shows_edges else {})
        ),
    )


_IRIS_MEASURES = ("eyes_iris", "eyes_gaze", "eyes_colour", "eyes_white")


def _evidence(
    face: Face,
    eyes: tuple[Eye, Eye],
    highlights: tuple[np.ndarray, np.ndarray],
    pupils: tuple[Pupil | None, Pupil | None],
) -> tuple[Evidence, ...]:
    marks = []
    for eye, highlight, visible_pupil in zip(eyes, highlights, pupils, strict=True):
        limbus = evidence_points(eye.centre + eye.radius * _CIRCLE)
        marks.append(Evidence("outline", _IRIS_MEASURES, "iris", limbus))
        if highlight.any():
            spot = evidence_points(eye.to_photo(np.argwhere(highlight).mean(axis=0)[None, ::-1]))
            marks.append(Evidence("points", ("eyes_catchlight",), "catchlight", spot))
        if visible_pupil is not None:
            edge = evidence_points(eye.to_photo(visible_pupil.outline))
            marks.append(Evidence("outline", ("eyes_pupil",), "pupil", edge))
    for side in regions.SIDES:
        lids = evidence_points(face.landmarks[side.polygon("eye")])
        marks.append(Evidence("outline", ("eyes_lids", "eyes_opening"), "eyelids", lids))
    line = evidence_points(face.landmarks[[*regions.IRIDES]])
    marks.append(Evidence("outline", ("eyes_roll", "eyes_height"), "line between the pupils", line))
    return tuple(marks)


_MEASURES = (
    Measure(
        key="eyes_roll",
        name="tilt between the pupils",
        unit="degree",
        low=0,
        high=90,
        suggests="either",
        sentence="How far the line between the pupils tilts compared with that of the eye corners.",
        scored=False,
    ),
    Measure(
        key="eyes_height",
        name="height difference of the irises",
        unit="IOD",
        low=0,
        high=2,
        suggests="either",
        sentence="How much higher one iris sits in its eye.",
        scored=False,
    ),
    Measure(
        key="eyes_gaze_across",
        name="direction of the gaze",
        scale="difference",
        unit="eye width",
        low=-2,
        high=2,
        suggests="either",
        sentence="How differently the irises sit between the eye corners.",
        moved_by=("iris_moved",),
    ),
    Measure(
        key="eyes_gaze_height",
        name="height difference of the gaze",
        unit="eye width",
        low=0,
        high=2,
        suggests="either",
        sentence="How much higher one iris sits between its eye corners.",
        scored=False,
        moved_by=("iris_moved",),
    ),
    Measure(
        key="eyes_lids",
        name="difference between the eye outlines",
        unit="eye width",
        low=0,
        high=5,
        suggests="either",
        sentence="How far the outlines of the two eyes differ.",
    ),
    Measure(
        key="eyes_opening",
        name="uneven opening of the eyes",
        unit="ln ratio",
        low=0,
        high=10,
        suggests="either",
        sentence="How much wider one eye is opened.",
        scored=False,
    ),
    Measure(
        key="eyes_iris_ratio",
        name="size difference of the irises",
        unit="ln ratio",
        low=0,
        high=3,
        suggests="artificial",
        sentence="How much the two irises differ in size.",
        moved_by=("iris_shrunk",),
    ),
    Measure(
        key="eyes_iris_size",
        name="size of the irises",
        unit="ln ratio",
        low=-3,
        high=3,
        suggests="either",
        sentence="How large the irises are compared with the distance between the eyes.",
    ),
    Measure(
        key="eyes_iris_round",
        name="uneven edges of the irises",
        unit="iris radius",
        low=0,
        high=2,
        suggests="artificial",
        sentence="How far an iris's edge departs from a circle.",
    ),
    Measure(
        key="eyes_iris_across",
        name="position of the irises",
        scale="difference",
        unit="eye width",
        low=-2,
        high=2,
        suggests="either",
        sentence="How differently the irises' edges sit in the eyes.",
        moved_by=("iris_moved",),
    ),
    Measure(
        key="eyes_iris_height",
        name="height difference of the irises",
        unit="eye width",
        low=0,
        high=2,
        suggests="artificial",
        sentence="How much higher the edge of one iris sits in its eye.",
        scored=False,
        moved_by=("iris_moved",),
    ),
    Measure(
        key="eyes_pupil_shape",
        name="roundness of the pupils",
        unit="IoU",
        low=0,
        high=1,
        suggests="natural",
        sentence="How close to an ellipse the edges of the pupils are.",
        scored=False,
        moved_by=("pupil_ragged",),
    ),
    Measure(
        key="eyes_colour",
        name="colour difference of the irises",
        unit="Lab",
        low=0,
        high=300,
        suggests="artificial",
        sentence="How much the two irises differ in colour.",
        moved_by=("iris_recoloured",),
    ),
    Measure(
        key="eyes_white_difference",
        name="difference between the eye whites",
        unit="Lab",
        low=0,
        high=300,
        suggests="either",
        sentence="How differently the whites of the two eyes are lit.",
    ),
    Measure(
        key="eyes_white_contrast",
        name="brightness of the eye whites",
        unit="L",
        low=-100,
        high=100,
        suggests="either",
        sentence="How bright the whites are compared with the irises.",
    ),
    # Not scored: dark and light skin differ by 0.7 standard deviations, after the correction for skin tone.
    Measure(
        key="eyes_iris_detail",
        name="detail of the irises",
        unit="log2 ratio",
        low=-20,
        high=20,
        suggests="either",
        sentence="How much detail the irises have compared with lids and lashes.",
        scored=False,
    ),
    Measure(
        key="eyes_catchlight_count",
        name="extra reflections in one eye",
        unit="",
        low=0,
        high=500,
        suggests="artificial",
        sentence="How many more reflections of light one eye shows.",
    ),
    Measure(
        key="eyes_catchlight_area",
        name="reflections in the eyes",
        unit="iris area",
        low=0,
        high=2,
        suggests="either",
        sentence="How much of an iris is covered by reflections of light.",
    ),
    Measure(
        key="eyes_catchlight_overlap",
        name="matching reflections in both eyes",
        unit="IoU",
        low=0,
        high=1,
        suggests="natural",
        sentence="How alike the reflections in both eyes are.",
    ),
    Measure(
        key="eyes_catchlight_offset",
        name="difference in place of reflections",
        unit="iris radius",
        low=0,
        high=4,
        suggests="artificial",
        sentence="How differently reflections are placed in the two eyes.",
        scored=False,
    ),
    Measure(
        key="eyes_catchlight_ratio",
        name="size difference of the reflections",
        unit="ln ratio",
        low=0,
        high=12,
        suggests="artificial",
        sentence="How much reflections in the two eyes differ in size.",
        scored=False,
    ),
    Measure(
        key="eyes_catchlight_gini",
        name="differently fading reflections",
        unit="",
        low=0,
        high=1,
        suggests="either",
        sentence="How differently reflections in the two eyes fade.",
        scored=False,
    ),
    learned("eyes_learned", "look of the eyes", region="eye_area", what="the eyes"),
)

CUE = Cue(
    name="eyes",
    version=3,
    title="Eyes",
    innocent="contact lenses, glasses, a window nearby, or eyes that differ by nature",
    measures=_MEASURES,
    measure=measure_eyes,
)
