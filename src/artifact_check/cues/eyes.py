"""Eyes that do not align: two eyes of one head share one fixation point, one scene and nearly equal irides.

Physical fact: both visual axes meet where the person looks, both irides are near-circles of nearly the same size and
colour, and distant light leaves the same pattern of catchlights in both corneas. A generator paints each eye alone.

Region: the two eyes. Landmarks say where to look; iris size and shape come from pixels, because the landmark ring is a
template that follows position only. Lengths are in interocular distances (IOD), iris radii or cm of the canonical face.

Measures:
    alignment: interpupillary line against the line of the outer canthi (roll), and difference of the irides' heights
        over their own canthal lines (Kawar et al. 2026, on ocular geometry from a face mesh);
    gaze: horizontal (vergence) and vertical difference of the two eyes' rotation, after the head's pose is removed,
        with an eyeball of 1.2 cm radius (Demir, Ciftci 2021, "Where do deep fakes look?");
    lids: mean distance of one eye's outline to the mirrored other, and ratio of their openings;
    iris from pixels: limbus by the steepest radial step within 45 degrees of the horizontal, robust circle fit; ratio
        of radii, roundness residual (Guo et al. 2022, "Eyes tell all", for the idea on pupils);
    colour: CIEDE76 difference of the iris annuli (Matern, Riess, Stamminger 2019, "Exploiting visual artifacts");
    catchlights: overlap, offset, area, count and Gini differences of the highlights in both irides (Hu, Li, Lyu 2021;
        Owolabi, Pimbblet 2024).

Innocent causes: strabismus, ptosis, prosthesis, heterochromia, contact lenses, near windows, nose shadow, squinting,
and wide-angle selfies. Closed eyes, glare on glasses and small irides abstain.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from artifact_check import regions
from artifact_check.cue import Abstained, Cue, Measure, Reading, moved
from artifact_check.face import Face
from artifact_check.results import Evidence

_MAX_YAW = 35.0  # degrees
_MAX_PITCH = 25.0
_MIN_OPENNESS = 0.15  # lid gap over canthus distance
_MAX_BLINK = 0.6
_EYEBALL_RADIUS = 1.2  # cm
_IRIS_RADIUS = 0.093  # IOD: 11.7 mm iris on a 63 mm interpupillary distance
_MIN_IRIS_FIT = 6.0  # px radius from which on the limbus can be located to a tenth of it
_MIN_IRIS_LIGHT = 5.0  # px radius from which on catchlights are more than one pixel
_MIN_HIGHLIGHT = 12.0  # L above the iris
_MIN_WHITE_CONTRAST = 4.0  # L between the white and the iris; less means dark glasses or deep shade
_UNIT = 24  # px radius that an iris is resampled to
_RAYS = 25  # on each side


@dataclass(frozen=True)
class _Eye:
    """One eye, with its iris resampled so that the nominal iris radius is `_UNIT` pixels.

    `pixels` (N, N, 3) uint8 with the landmark's iris centre in the middle, `lab` the same in CIELAB; `open_mask` (N, N)
    bool inside the lids; `centre` in photo pixels, `radius` nominal iris radius in photo pixels.
    """

    pixels: np.ndarray
    lab: np.ndarray
    open_mask: np.ndarray
    centre: np.ndarray
    radius: float


def measure_eyes(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: the head is turned away, or the eyes are closed.
    """
    yaw, pitch, _ = face.pose
    if abs(yaw) > _MAX_YAW or abs(pitch) > _MAX_PITCH:
        raise Abstained(f"the head is turned too far to compare the eyes (yaw {yaw:.0f}, pitch {pitch:.0f} degrees)")
    blink = max(face.blendshapes.get("eyeBlinkLeft", 0.0), face.blendshapes.get("eyeBlinkRight", 0.0))
    if min(face.eye_openness("right"), face.eye_openness("left")) < _MIN_OPENNESS or blink > _MAX_BLINK:
        raise Abstained("the eyes are closed or nearly closed")
    values = _alignment(face) | _gaze(face) | _lids(face)
    right, left = _cut(face, "R"), _cut(face, "L")
    radius = min(right.radius, left.radius)
    if radius >= _MIN_IRIS_LIGHT and min(_white_contrast(right), _white_contrast(left)) >= _MIN_WHITE_CONTRAST:
        values |= _iris_colour(right, left) | _catchlights(right, left)
        if radius >= _MIN_IRIS_FIT:
            values |= _iris_shape(_limbus(right), _limbus(left))
    return Reading(values, _evidence(face, right, left))


def _alignment(face: Face) -> dict[str, float]:
    points = face.landmarks
    iris_line = points[regions.IRIS_LEFT] - points[regions.IRIS_RIGHT]
    canthal_line = points[regions.CANTHI_LEFT[0]] - points[regions.CANTHI_RIGHT[0]]
    roll = np.degrees(np.arctan2(_cross(canthal_line, iris_line), canthal_line @ iris_line))
    heights = [
        _height(points[iris], points[outer], points[inner])
        for iris, (outer, inner) in (
            (regions.IRIS_RIGHT, regions.CANTHI_RIGHT),
            (regions.IRIS_LEFT, regions.CANTHI_LEFT[::-1]),
        )
    ]
    return {"eyes_roll": abs(float(roll)), "eyes_height": abs(heights[0] - heights[1]) / face.iod}


def _cross(a: np.ndarray, b: np.ndarray) -> float:
    return float(a[0] * b[1] - a[1] * b[0])


def _height(point: np.ndarray, start: np.ndarray, end: np.ndarray) -> float:
    """Signed distance of a point from the line that runs from image left to image right, in pixels."""
    line = end - start
    return _cross(line, point - start) / float(np.linalg.norm(line))


def _gaze(face: Face) -> dict[str, float]:
    """Differences of the two eyes' rotation, in degrees."""
    angles = []
    for iris, canthi in ((regions.IRIS_RIGHT, regions.CANTHI_RIGHT), (regions.IRIS_LEFT, regions.CANTHI_LEFT)):
        middle = face.frontal[list(canthi)].mean(axis=0)
        offset = (face.frontal[iris] - middle)[:2] / _EYEBALL_RADIUS
        angles.append(np.degrees(np.arcsin(np.clip(offset, -1, 1))))
    (right_x, right_y), (left_x, left_y) = angles
    return {
        "eyes_vergence": float(right_x - left_x),
        "eyes_divergence_vertical": abs(float(right_y - left_y)),
        "eyes_gaze_offset": abs(float(right_x + left_x)) / 2,
    }


def _lids(face: Face) -> dict[str, float]:
    mesh_eye = regions.polygon("eye_R")
    partner = {int(right): int(left) for right, left in regions.mirror_pairs()}
    right = face.frontal[mesh_eye][:, :2]
    left = face.frontal[[partner[int(index)] for index in mesh_eye]][:, :2] * (-1, 1)
    right, left = right - right.mean(axis=0), left - left.mean(axis=0)
    width = float(np.ptp(right[:, 0]) + np.ptp(left[:, 0])) / 2
    distance = float(np.linalg.norm(right - left, axis=1).mean())
    opening = np.log(face.eye_openness("right") / face.eye_openness("left"))
    return {"eyes_lids": distance / width, "eyes_opening": abs(float(opening))}


def _cut(face: Face, side: str) -> _Eye:
    iris = regions.IRIS_RIGHT if side == "R" else regions.IRIS_LEFT
    centre, radius = face.landmarks[iris], _IRIS_RADIUS * face.iod
    scale, middle = _UNIT / radius, 1.75 * _UNIT
    to_unit = np.array([[scale, 0, middle - scale * centre[0]], [0, scale, middle - scale * centre[1]]])
    size = (int(2 * middle) + 1,) * 2
    interpolation = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    left, top = np.maximum(np.floor(centre - 3 * radius), 0).astype(int)
    right, bottom = np.ceil(centre + 3 * radius).astype(int)
    to_unit[:, 2] += to_unit[:, :2] @ (left, top)
    patch = np.ascontiguousarray(face.photo.pixels[top:bottom, left:right])
    pixels = cv2.warpAffine(patch, to_unit, size, flags=interpolation, borderMode=cv2.BORDER_REPLICATE)
    outline = (face.landmarks[regions.polygon(f"eye_{side}")] - (left, top)) @ to_unit[:, :2].T + to_unit[:, 2]
    mask = np.zeros(size[::-1], np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return _Eye(pixels, lab, mask.astype(bool), centre, radius)


@dataclass(frozen=True)
class _Circle:
    """A fitted iris: `centre` from the landmark, `radius` and RMS `residual`, all in nominal iris radii."""

    centre: np.ndarray
    radius: float
    residual: float


def _limbus(eye: _Eye) -> _Circle | None:
    """The iris's edge, or None where too little of it is visible.

    Along rays near 3 and 9 o'clock, where lids do not cover, the limbus is the steepest step from dark to bright.
    """
    middle = (eye.pixels.shape[0] - 1) / 2
    spread = np.radians(np.linspace(-45, 45, _RAYS))
    angles = np.concatenate([spread, np.pi + spread])
    radii = np.arange(0.6, 1.4, 0.02) * _UNIT
    x = (middle + np.outer(np.cos(angles), radii)).astype(np.float32)
    y = (middle + np.outer(np.sin(angles), radii)).astype(np.float32)
    lightness = cv2.GaussianBlur(eye.lab[..., 0], (0, 0), 1.5)
    profile = cv2.remap(lightness, x, y, cv2.INTER_LINEAR)
    visible = cv2.remap(eye.open_mask.astype(np.float32), x, y, cv2.INTER_LINEAR) > 0.5
    step = np.where(visible[:, 1:], np.diff(profile, axis=1), 0)
    best = step.argmax(axis=1)
    kept = step.max(axis=1) > 0.25
    if np.count_nonzero(kept[:_RAYS]) < _RAYS // 3 or np.count_nonzero(kept[_RAYS:]) < _RAYS // 3:
        return None
    reach = radii[best[kept]] / _UNIT
    points = np.column_stack([np.cos(angles[kept]), np.sin(angles[kept])]) * reach[:, None]
    return _circle(points)


def _circle(points: np.ndarray) -> _Circle | None:
    """Algebraic circle fit (Kasa 1976), refitted twice without outliers: centre, radius and RMS residual."""
    kept = np.ones(len(points), bool)
    for _ in range(3):
        x, y = points[kept].T
        design = np.column_stack([2 * x, 2 * y, np.ones_like(x)])
        (cx, cy, c), *_ = np.linalg.lstsq(design, x**2 + y**2, rcond=None)
        centre, radius = np.array([cx, cy]), float(np.sqrt(max(c + cx**2 + cy**2, 1e-6)))
        error = np.linalg.norm(points - centre, axis=1) - radius
        kept = np.abs(error) <= max(2.5 * 1.4826 * float(np.median(np.abs(error[kept]))), 0.02)
        if np.count_nonzero(kept) < _RAYS // 2:
            return None
    return _Circle(centre, radius, float(np.sqrt(np.mean(error[kept] ** 2))))


def _iris_shape(right: _Circle | None, left: _Circle | None) -> dict[str, float]:
    if right is None or left is None:
        return {}
    return {
        "eyes_iris_ratio": abs(float(np.log(right.radius / left.radius))),
        "eyes_iris_size": float(np.log((right.radius + left.radius) / 2)),
        "eyes_iris_round": max(right.residual, left.residual),
        "eyes_iris_offset": float(np.linalg.norm(right.centre - left.centre)),
    }


def _annulus(eye: _Eye, inner: float, outer: float) -> np.ndarray:
    middle = (eye.pixels.shape[0] - 1) / 2
    rows, columns = np.ogrid[: eye.pixels.shape[0], : eye.pixels.shape[1]]
    distance = np.hypot(rows - middle, columns - middle) / _UNIT
    inside: np.ndarray = (distance >= inner) & (distance <= outer) & eye.open_mask
    return inside


def _medians(eye: _Eye) -> tuple[np.ndarray, np.ndarray] | None:
    """Median CIELAB of the iris annulus and of the white beside it, or None where either is hidden."""
    iris, white = _annulus(eye, 0.45, 0.85), _annulus(eye, 1.15, 1.7)
    if np.count_nonzero(iris) < 100 or np.count_nonzero(white) < 50:
        return None
    return np.median(eye.lab[iris], axis=0), np.median(eye.lab[white], axis=0)


def _white_contrast(eye: _Eye) -> float:
    medians = _medians(eye)
    return 0.0 if medians is None else float(medians[1][0] - medians[0][0])


def _iris_colour(right: _Eye, left: _Eye) -> dict[str, float]:
    seen_right, seen_left = _medians(right), _medians(left)
    if seen_right is None or seen_left is None:
        return {}
    (iris_r, white_r), (iris_l, white_l) = seen_right, seen_left
    # The whites show how differently the two eyes are lit.
    lit = white_r - white_l
    return {
        "eyes_colour": float(np.linalg.norm((iris_r - iris_l - lit)[1:])),
        "eyes_white_difference": float(np.linalg.norm(lit)),
        "eyes_white_contrast": (_white_contrast(right) + _white_contrast(left)) / 2,
        "eyes_iris_detail": float(np.log2((_detail(right) + _detail(left)) / 2)),
    }


def _detail(eye: _Eye) -> float:
    """Spread of fine lightness detail in the iris annulus over that around the eye's opening."""
    lightness = eye.lab[..., 0]
    fine = np.abs(cv2.GaussianBlur(lightness, (0, 0), 2.0) - cv2.GaussianBlur(lightness, (0, 0), 5.0))
    return (float(fine[_annulus(eye, 0.3, 0.85)].mean()) + 0.05) / (float(fine.mean()) + 0.05)


def _highlight(eye: _Eye) -> np.ndarray:
    """(N, N) bool: pixels inside the iris above half of the brightest spot's contrast, if that spot stands out."""
    disc = _annulus(eye, 0.0, 0.8)
    if not disc.any():
        return disc
    lightness = eye.lab[..., 0]
    middle, peak = np.percentile(lightness[disc], (50, 99))
    if peak - middle < _MIN_HIGHLIGHT:
        return np.zeros_like(disc)
    bright = disc & (lightness > (middle + peak) / 2)
    opened: np.ndarray = cv2.morphologyEx(bright.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(
        bool
    )
    return opened


def _catchlights(right: _Eye, left: _Eye) -> dict[str, float]:
    masks = [_highlight(right), _highlight(left)]
    counts = [cv2.connectedComponents(mask.astype(np.uint8))[0] - 1 for mask in masks]
    lit = [bool(mask.any()) for mask in masks]
    disc_area = np.pi * _UNIT**2
    areas = [np.count_nonzero(mask) / disc_area for mask in masks]
    values = {"eyes_catchlight_count": float(abs(counts[0] - counts[1])), "eyes_catchlight_area": max(areas)}
    if not all(lit):
        return values
    centres = [np.argwhere(mask).mean(axis=0) for mask in masks]
    offset = (centres[0] - centres[1]) / _UNIT
    gini = [_gini(eye.lab[..., 0][mask]) for eye, mask in zip((right, left), masks, strict=True)]
    return values | {
        "eyes_catchlight_overlap": _best_overlap(*masks),
        "eyes_catchlight_offset": float(np.linalg.norm(offset)),
        "eyes_catchlight_ratio": abs(float(np.log(areas[0] / areas[1]))),
        "eyes_catchlight_gini": abs(gini[0] - gini[1]),
    }


def _best_overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Largest intersection over union of two masks under shifts of up to 0.15 radii (a near light shifts them)."""
    reach = round(0.15 * _UNIT)
    best = 0.0
    for y in range(-reach, reach + 1):
        for x in range(-reach, reach + 1):
            moved = np.roll(b, (y, x), (0, 1))
            best = max(best, np.count_nonzero(a & moved) / np.count_nonzero(a | moved))
    return best


def _gini(values: np.ndarray) -> float:
    """Gini coefficient of non-negative values: 0 when all are equal, towards 1 when one holds everything."""
    ordered = np.sort(values)
    n = ordered.size
    weights = 2 * np.arange(1, n + 1) - n - 1
    return float(weights @ ordered / (n * max(float(ordered.sum()), 1e-6)))


def _evidence(face: Face, right: _Eye, left: _Eye) -> tuple[Evidence, ...]:
    marks = []
    for eye in (right, left):
        turn = np.linspace(0, 2 * np.pi, 36, endpoint=False)
        outline = eye.centre + eye.radius * np.column_stack([np.cos(turn), np.sin(turn)])
        marks.append(Evidence("outline", "eyes_iris_ratio", "iris", _points(outline)))
        highlight = _highlight(eye)
        if highlight.any():
            middle = (eye.pixels.shape[0] - 1) / 2
            spot = np.argwhere(highlight).mean(axis=0)[::-1] - middle
            place = eye.centre + spot * eye.radius / _UNIT
            marks.append(Evidence("points", "eyes_catchlight_offset", "catchlight", _points(place[None])))
    line = face.landmarks[[regions.IRIS_RIGHT, regions.IRIS_LEFT]]
    marks.append(Evidence("outline", "eyes_roll", "line between the pupils", _points(line)))
    return tuple(marks)


def _points(array: np.ndarray) -> tuple[tuple[float, float], ...]:
    return tuple((round(float(x), 2), round(float(y), 2)) for x, y in array)


_MEASURES = (
    Measure("eyes_roll", "degree", 0, 90, "artificial", "Line between the pupils against the line of the eye corners."),
    Measure("eyes_height", "IOD", 0, 2, "artificial", "One iris sits higher in its eye than the other."),
    Measure("eyes_vergence", "degree", -180, 180, "either", "How far the two eyes turn towards each other."),
    Measure("eyes_divergence_vertical", "degree", 0, 180, "artificial", "One eye looks higher than the other."),
    Measure("eyes_gaze_offset", "degree", 0, 90, "natural", "How far the eyes look away from straight ahead."),
    Measure("eyes_lids", "eye width", 0, 5, "either", "How far the outlines of the two eyes differ."),
    Measure("eyes_opening", "log ratio", 0, 10, "either", "One eye is opened wider than the other."),
    Measure("eyes_iris_ratio", "log ratio", 0, 3, "artificial", "The two irides differ in size."),
    Measure(
        "eyes_iris_size", "log ratio", -3, 3, "either", "Size of the irides against the distance between the eyes."
    ),
    Measure("eyes_iris_round", "iris radius", 0, 2, "artificial", "The edge of an iris departs from a circle."),
    Measure("eyes_iris_offset", "iris radius", 0, 4, "artificial", "The irides are not where both eyes should look."),
    Measure("eyes_colour", "Lab", 0, 300, "artificial", "The two irides differ in colour."),
    Measure("eyes_white_difference", "Lab", 0, 300, "natural", "The whites of the two eyes are lit differently."),
    Measure("eyes_white_contrast", "L", -100, 100, "artificial", "How bright the whites are against the irides."),
    Measure("eyes_iris_detail", "log2 ratio", -20, 20, "either", "Detail inside the irides against lids and lashes."),
    Measure(
        "eyes_catchlight_count", "", 0, 500, "artificial", "One eye shows more reflections of light than the other."
    ),
    Measure(
        "eyes_catchlight_area", "iris area", 0, 2, "either", "How much of an iris is covered by reflections of light."
    ),
    Measure("eyes_catchlight_overlap", "IoU", 0, 1, "natural", "How alike the reflections in both eyes are."),
    Measure(
        "eyes_catchlight_offset", "iris radius", 0, 4, "artificial", "Reflections sit in different places of the eyes."
    ),
    Measure("eyes_catchlight_ratio", "log ratio", 0, 12, "artificial", "Reflections in the two eyes differ in size."),
    Measure("eyes_catchlight_gini", "", 0, 1, "either", "Reflections in the two eyes differ in how they fade."),
)

_MOVED_BY = {
    "iris_moved": ("eyes_roll", "eyes_height", "eyes_vergence", "eyes_divergence_vertical", "eyes_iris_offset"),
    "iris_shrunk": ("eyes_iris_ratio",),
    "iris_recoloured": ("eyes_colour",),
}

CUE = Cue(
    name="eyes",
    version=1,
    title="Eyes",
    advice="The eyes do not match each other as in most camera photos; compare irides and reflections at full size.",
    measures=moved(_MEASURES, _MOVED_BY),
    measure=measure_eyes,
)
