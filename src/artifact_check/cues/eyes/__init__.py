"""Eyes that do not align: two eyes of one head share one fixation point, one scene and nearly equal irides.

Physical fact: both visual axes meet where the person looks, both irides are near-circles of nearly the same size and
colour, and distant light leaves the same pattern of catchlights in both corneas. A generator paints each eye alone.

Region: the two eyes. Landmarks say where to look; iris size and shape come from pixels, because the landmark ring is a
template that follows position only. Lengths are in interocular distances (IOD), iris radii or cm of the canonical face.

Measures:
    alignment: interpupillary line against the line of the outer canthi (roll), and difference of the irides' heights
        over their own canthal lines (Kawar et al. 2026, on ocular geometry from a face mesh);
    gaze: horizontal (vergence) and vertical difference of the irides' places, each in the frame of its own eye corners
        (Demir, Ciftci 2021, "Where do deep fakes look?"), by landmarks and by the fitted limbus;
    lids: mean distance of one eye's outline to the mirrored other, and ratio of their openings;
    iris from pixels: the circle across which lightness rises most near 3 and 9 o'clock (Daugman 2004, "How iris
        recognition works"); ratio of radii less the perspective of a turned head, roundness residual. On 127 real
        portraits of IOD 80 px and more the ratio repeats to 3 % and is within 11 % on 95 of 100; people's vergence
        spreads by 0.05 eye widths, which hides an iris moved by a quarter of its radius;
    pupils: how well the less elliptic of both edges fits an ellipse: intersection over union of what lies up to a tenth
        of an iris radius inside of both, or between them (after BIoU; Guo, Hu, Wang, Chang, Lyu 2022, "Eyes tell all").
        Few portraits show it: 14 of 570 camera photos and 61 of 409 AI photos as stored, with AUC 0.49, so it is not
        scored;
    colour: distance of the iris annuli's median a, b in CIELAB, less that of the whites beside them (Matern, Riess,
        Stamminger 2019, "Exploiting visual artifacts");
    catchlights: overlap, offset, area, count and Gini differences of the highlights in both irides (Hu, Li, Lyu 2021;
        Owolabi, Pimbblet 2024).

Shown for information, not scored: measures that mirroring, scaling or a new crop moves by more than half a standard
deviation in the median of 70 camera photos, because the landmarks move by that much.

Innocent causes: strabismus, ptosis, prosthesis, heterochromia, contact lenses, near windows, nose shadow, squinting,
and wide-angle selfies; for pupils coloboma, surgery, lashes and reflections across the edge. Closed eyes, glare on
glasses and small irides abstain.
"""

from __future__ import annotations

import numpy as np

from artifact_check.cues import Abstained, Cue, Measure, Reading, moved, require_open_eyes
from artifact_check.cues.eyes import catchlights, iris, places, pupil
from artifact_check.cues.eyes.eye import Eye, cut
from artifact_check.cues.eyes.pupil import Pupil
from artifact_check.face import Face, drawn, regions
from artifact_check.results import Evidence

_MAX_YAW = 35.0  # degrees
_MAX_PITCH = 25.0
_MIN_IRIS_FIT = 6.0  # px radius from which on the limbus can be located to a tenth of it
_MIN_IRIS_LIGHT = 5.0  # px radius from which on catchlights are more than one pixel
_MIN_WHITE_CONTRAST = 4.0  # L between the white and the iris; less means dark glasses or deep shade
_TURN = np.linspace(0, 2 * np.pi, 36, endpoint=False)
_CIRCLE = np.column_stack([np.cos(_TURN), np.sin(_TURN)])


def measure_eyes(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: the head is turned away, or the eyes are closed.
    """
    yaw, pitch, _ = face.pose
    if abs(yaw) > _MAX_YAW or abs(pitch) > _MAX_PITCH:
        raise Abstained(f"the head is turned too far to compare the eyes (yaw {yaw:.0f}, pitch {pitch:.0f} degrees)")
    require_open_eyes(face)
    values = places.compare(face)
    right, left = eyes = cut(face, "R"), cut(face, "L")
    edges = iris.limbus(right), iris.limbus(left)
    pupils = pupil.find(right, edges[0]), pupil.find(left, edges[1])
    highlights = catchlights.find(right), catchlights.find(left)
    radius = min(right.radius, left.radius)
    if radius >= _MIN_IRIS_LIGHT and min(right.white_contrast, left.white_contrast) >= _MIN_WHITE_CONTRAST:
        values |= iris.compare_colours(right, left, coloured=face.coloured) | catchlights.compare(eyes, highlights)
        if radius >= _MIN_IRIS_FIT:
            values |= iris.compare_edges(face, eyes, edges) | pupil.compare(pupils)
    return Reading(values, lambda: _evidence(face, eyes, highlights, pupils))


_IRIS_MEASURES = ("eyes_iris", "eyes_gaze", "eyes_colour", "eyes_white")


def _evidence(
    face: Face,
    eyes: tuple[Eye, Eye],
    highlights: tuple[np.ndarray, np.ndarray],
    pupils: tuple[Pupil | None, Pupil | None],
) -> tuple[Evidence, ...]:
    marks = []
    for eye, highlight, seen in zip(eyes, highlights, pupils, strict=True):
        marks.append(Evidence("outline", _IRIS_MEASURES, "iris", drawn(eye.centre + eye.radius * _CIRCLE)))
        if highlight.any():
            spot = np.argwhere(highlight).mean(axis=0)[::-1]
            place = eye.in_photo(spot[None])
            marks.append(Evidence("points", ("eyes_catchlight",), "catchlight", drawn(place)))
        if seen is not None:
            marks.append(Evidence("outline", ("eyes_pupil",), "pupil", drawn(eye.in_photo(seen.outline))))
    line = face.landmarks[[regions.IRIS_RIGHT, regions.IRIS_LEFT]]
    for side in "RL":
        lids = face.landmarks[regions.polygon(f"eye_{side}")]
        marks.append(Evidence("outline", ("eyes_lids", "eyes_opening"), "eyelids", drawn(lids)))
    marks.append(Evidence("outline", ("eyes_roll", "eyes_height"), "line between the pupils", drawn(line)))
    return tuple(marks)


_MEASURES = (
    Measure(
        "eyes_roll",
        "degree",
        0,
        90,
        "either",
        "How far the line between the pupils tilts against that of the eye corners.",
        scored=False,
    ),
    Measure("eyes_height", "IOD", 0, 2, "either", "How much higher one iris sits in its eye.", scored=False),
    Measure(
        "eyes_gaze_across", "eye width", -2, 2, "either", "How differently the irides sit between the eye corners."
    ),
    Measure(
        "eyes_gaze_height",
        "eye width",
        0,
        2,
        "either",
        "How much higher one iris sits between its eye corners.",
        scored=False,
    ),
    Measure("eyes_lids", "eye width", 0, 5, "either", "How far the outlines of the two eyes differ."),
    Measure("eyes_opening", "ln ratio", 0, 10, "either", "How much wider one eye is opened.", scored=False),
    Measure("eyes_iris_ratio", "ln ratio", 0, 3, "artificial", "How much the two irides differ in size."),
    Measure(
        "eyes_iris_size", "ln ratio", -3, 3, "either", "How large the irides are against the distance between the eyes."
    ),
    Measure("eyes_iris_round", "iris radius", 0, 2, "artificial", "How far an iris's edge departs from a circle."),
    Measure("eyes_iris_across", "eye width", -2, 2, "either", "How differently the irides' edges sit in the eyes."),
    Measure(
        "eyes_iris_height",
        "eye width",
        0,
        2,
        "artificial",
        "How much higher the edge of one iris sits in its eye.",
        scored=False,
    ),
    Measure(
        "eyes_pupil_shape", "IoU", 0, 1, "natural", "How close to an ellipse the edges of the pupils are.", scored=False
    ),
    Measure("eyes_colour", "Lab", 0, 300, "artificial", "How much the two irides differ in colour."),
    Measure("eyes_white_difference", "Lab", 0, 300, "either", "How differently the whites of the two eyes are lit."),
    Measure("eyes_white_contrast", "L", -100, 100, "either", "How bright the whites are against the irides."),
    Measure(
        # Not scored: differs by 0.7 standard deviations between dark and light skin, corrected for tone.
        "eyes_iris_detail",
        "log2 ratio",
        -20,
        20,
        "either",
        "How much detail the irides have against lids and lashes.",
        scored=False,
    ),
    Measure("eyes_catchlight_count", "", 0, 500, "artificial", "How many more reflections of light one eye shows."),
    Measure(
        "eyes_catchlight_area", "iris area", 0, 2, "either", "How much of an iris is covered by reflections of light."
    ),
    Measure("eyes_catchlight_overlap", "IoU", 0, 1, "natural", "How alike the reflections in both eyes are."),
    Measure(
        "eyes_catchlight_offset",
        "iris radius",
        0,
        4,
        "artificial",
        "How differently reflections are placed in the two eyes.",
        scored=False,
    ),
    Measure(
        "eyes_catchlight_ratio",
        "ln ratio",
        0,
        12,
        "artificial",
        "How much reflections in the two eyes differ in size.",
        scored=False,
    ),
    Measure(
        "eyes_catchlight_gini", "", 0, 1, "either", "How differently reflections in the two eyes fade.", scored=False
    ),
)

_MOVED_BY = {
    "iris_moved": ("eyes_gaze_across", "eyes_gaze_height", "eyes_iris_across", "eyes_iris_height"),
    "iris_shrunk": ("eyes_iris_ratio",),
    "iris_recoloured": ("eyes_colour",),
    "pupil_ragged": ("eyes_pupil_shape",),
}

CUE = Cue(
    name="eyes",
    version=3,
    title="Eyes",
    advice="The eyes look unlike those of most camera photos; compare both irides and their reflections at full size.",
    measures=moved(_MEASURES, _MOVED_BY),
    measure=measure_eyes,
)
