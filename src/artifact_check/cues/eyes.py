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

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import cv2
import numpy as np

from artifact_check import regions, texture
from artifact_check.cue import Abstained, Cue, Measure, Reading, moved
from artifact_check.face import Face, drawn
from artifact_check.results import Evidence


def _grid(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(K, 2) all pairs of `x` and `y`."""
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


_MAX_YAW = 35.0  # degrees
_MAX_PITCH = 25.0
_MIN_OPENNESS = 0.15  # lid gap over canthus distance
_MAX_BLINK = 0.6
_MIN_IRIS_FIT = 6.0  # px radius from which on the limbus can be located to a tenth of it
_MIN_IRIS_LIGHT = 5.0  # px radius from which on catchlights are more than one pixel
_MIN_HIGHLIGHT = 12.0  # L above the iris
_MIN_WHITE_CONTRAST = 4.0  # L between the white and the iris; less means dark glasses or deep shade
_UNIT = 24  # px radius that an iris is resampled to
_SIDE = 2 * round(1.75 * _UNIT) + 1  # px of a resampled eye
_MIDDLE = (_SIDE - 1) / 2
_DISTANCE = np.hypot(*np.ogrid[-1.75 : 1.75 : _SIDE * 1j, -1.75 : 1.75 : _SIDE * 1j])  # nominal iris radii
_RAYS = 18  # on each side of the iris
_ANGLES = np.radians(np.linspace(-45, 40, _RAYS))
_DIRECTIONS = np.concatenate([  # (2 * _RAYS, 2), image right then image left, where lids do not cover
    np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)]), np.column_stack([-np.cos(_ANGLES), np.sin(_ANGLES)])
])  # fmt: skip
_RADII = np.arange(0.70, 1.36, 0.03)  # nominal iris radii
_REACH = (_DIRECTIONS.T[:, :, None] * _RADII * _UNIT + _MIDDLE).astype(np.float32)[
    :, :, None
]  # (2, 2 * _RAYS, 1, rings) px
_MIN_VISIBLE = 8  # rays on each side
_MAX_RAGGED = 0.18  # radii; of 174 camera photos 8 % are more ragged, and half of those whose radii differ by 25 %
_MIN_EDGE = 5.0  # L per 0.06 radii, mean over rays; flatter edges place the limbus too loosely

_SEARCH = (  # offsets (K, 2) of the centres to try, from the best before, in nominal iris radii; coarse to fine
    _grid(np.linspace(-0.42, 0.42, 7), np.linspace(-0.3, 0.3, 5)),
    _grid(*[np.linspace(-0.14, 0.14, 5)] * 2),
    _grid(*[np.linspace(-0.05, 0.05, 5)] * 2),
)

_TURN = np.linspace(0, 2 * np.pi, 36, endpoint=False)
_CIRCLE = np.column_stack([np.cos(_TURN), np.sin(_TURN)])

_PUPIL_TURN = np.linspace(0, 2 * np.pi, 48, endpoint=False)
_PUPIL_RAYS = np.stack([np.cos(_PUPIL_TURN), np.sin(_PUPIL_TURN)])  # (2, rays)
_PUPIL_STEP = 0.03
_PUPIL_REACH = np.arange(0, 0.87, _PUPIL_STEP)  # iris radii
_PUPIL_INSIDE, _PUPIL_OUTSIDE = _PUPIL_REACH < 0.4, _PUPIL_REACH > 0.5
_PUPIL_BEFORE, _PUPIL_AFTER = 3, 4  # steps from the edge to what is compared
_PUPIL_FURTHEST = 20  # step; beyond 0.6 radii it is the limbus or a lid
_PUPIL_BAND = 0.1  # iris radii to both sides of the outlines
_MIN_PUPIL_RESOLVED = 20.0  # px across an iris that the photo really resolves
_MIN_PUPIL_CONTRAST = 8.0  # L; dark irides have less, and then lashes and reflections pass for the outline
_MIN_PUPIL_RISE = 0.35  # of that contrast, at a ray that counts
_MIN_PUPIL_SEEN = 0.6  # of all rays
_MAX_PUPIL_OFFSET = 0.35  # iris radii

_IRIDES = ((regions.IRIS_RIGHT, "R"), (regions.IRIS_LEFT, "L"))
_CANTHI = {"R": regions.CANTHI_RIGHT, "L": regions.CANTHI_LEFT[::-1]}  # from image left to image right


@dataclass(frozen=True)
class _Eye:
    """One eye, with its iris resampled so that the nominal iris radius is `_UNIT` pixels.

    `pixels` (N, N, 3) uint8 with the landmark's iris centre in the middle, `lab` the same in CIELAB; `open_mask` (N, N)
    bool inside the lids; `centre` in photo pixels, `radius` nominal iris radius in photo pixels, `resolved` how many
    pixels across the iris the photo resolves.
    """

    pixels: np.ndarray
    lab: np.ndarray
    open_mask: np.ndarray
    centre: np.ndarray
    radius: float
    resolved: float

    def annulus(self, inner: float, outer: float) -> np.ndarray:
        """(N, N) bool: what is visible between two distances from the centre, in nominal iris radii."""
        inside: np.ndarray = (inner <= _DISTANCE) & (outer >= _DISTANCE) & self.open_mask
        return inside

    @cached_property
    def medians(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Median CIELAB of the iris annulus and of the white beside it, or None where either is hidden."""
        iris, white = np.flatnonzero(self.annulus(0.45, 0.85)), np.flatnonzero(self.annulus(1.15, 1.7))
        if iris.size < 100 or white.size < 50:
            return None
        lab = self.lab.reshape(-1, 3)
        colours = (np.ascontiguousarray(lab.take(where, axis=0).T) for where in (iris, white))
        of_iris, of_white = (np.array([texture.median(channel) for channel in colour]) for colour in colours)
        return of_iris, of_white

    @property
    def white_contrast(self) -> float:
        """How much lighter (L) the white is than the iris; 0 where either is hidden."""
        return 0.0 if self.medians is None else float(self.medians[1][0] - self.medians[0][0])

    @cached_property
    def highlight(self) -> np.ndarray:
        """(N, N) bool: pixels inside the iris above half of the brightest spot's contrast, if that spot stands out."""
        disc = self.annulus(0.0, 0.8)
        lightness = self.lab[..., 0]
        if not disc.any():
            return disc
        middle, peak = texture.quantiles(lightness[disc], (0.5, 0.99))
        if peak - middle < _MIN_HIGHLIGHT:
            return np.zeros_like(disc)
        bright = (disc & (lightness > (middle + peak) / 2)).astype(np.uint8)
        opened: np.ndarray = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(bool)
        return opened

    @cached_property
    def limbus(self) -> _Circle | None:
        """The iris's edge, or None where too little of it is visible."""
        return _limbus(self)

    @cached_property
    def pupil(self) -> _Pupil | None:
        """The pupil's edge, or None where it cannot be told from the iris."""
        return _pupil(self, self.limbus) if self.limbus and self.resolved >= _MIN_PUPIL_RESOLVED else None

    def in_photo(self, places: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) of the resampled eye in pixels of the photo."""
        inside: np.ndarray = self.centre + (places - _MIDDLE) * self.radius / _UNIT
        return inside


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
    if radius >= _MIN_IRIS_LIGHT and min(right.white_contrast, left.white_contrast) >= _MIN_WHITE_CONTRAST:
        values |= _iris_colour(right, left, coloured=face.coloured) | _catchlights(right, left)
        if radius >= _MIN_IRIS_FIT:
            values |= _iris_shape(face, right, left) | _pupils(right, left)
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
    """Differences of the irides' places in their eyes, by the landmarks, in eye widths."""
    right, left = (_in_eye(face, face.landmarks[iris], side) for iris, side in _IRIDES)
    return {"eyes_gaze_across": float(right[0] - left[0]), "eyes_gaze_height": abs(float(right[1] - left[1]))}


def _in_eye(face: Face, point: np.ndarray, side: str) -> np.ndarray:
    """A photo point in the frame of an eye: along and below its canthal line from the middle, in eye widths.

    Each eye in its own frame removes roll, scale and, to first order, the foreshortening of a turned head.
    """
    start, end = face.landmarks[list(_CANTHI[side])]
    along = (end - start) / float(np.linalg.norm(end - start))
    offset = point - (start + end) / 2
    place: np.ndarray = np.array([offset @ along, _cross(along, offset)]) / float(np.linalg.norm(end - start))
    return place


def _lids(face: Face) -> dict[str, float]:
    right, left = face.frontal[regions.polygon("eye_R"), :2], face.frontal[_mirrored_eye(), :2] * (-1, 1)
    right, left = right - right.mean(axis=0), left - left.mean(axis=0)
    width = float(np.ptp(right[:, 0]) + np.ptp(left[:, 0])) / 2
    distance = float(np.linalg.norm(right - left, axis=1).mean())
    opening = np.log(face.eye_openness("right") / face.eye_openness("left"))
    return {"eyes_lids": distance / width, "eyes_opening": abs(float(opening))}


@cache
def _mirrored_eye() -> np.ndarray:
    """The left eye's landmarks, in the order of their mirror images in the right eye's outline."""
    partner = dict(regions.mirror_pairs().tolist())
    return np.array([partner[index] for index in regions.polygon("eye_R").tolist()])


def _cut(face: Face, side: str) -> _Eye:
    iris = regions.IRIS_RIGHT if side == "R" else regions.IRIS_LEFT
    centre, radius = face.landmarks[iris], regions.IRIS_RADIUS * face.iod
    scale = _UNIT / radius
    # A landmark counts from the photo's edge, a sample from the middle of the first pixel.
    at = centre - 0.5
    to_unit = np.array([[scale, 0, _MIDDLE - scale * at[0]], [0, scale, _MIDDLE - scale * at[1]]])
    interpolation = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    left, top = np.maximum(np.floor(centre - 3 * radius), 0).astype(int)
    right, bottom = np.ceil(centre + 3 * radius).astype(int)
    to_unit[:, 2] += to_unit[:, :2] @ (left, top)
    patch = np.ascontiguousarray(face.photo.pixels[top:bottom, left:right])
    pixels = cv2.warpAffine(patch, to_unit, (_SIDE, _SIDE), flags=interpolation, borderMode=cv2.BORDER_REPLICATE)
    outline = (face.landmarks[regions.polygon(f"eye_{side}")] - 0.5 - (left, top)) @ to_unit[:, :2].T + to_unit[:, 2]
    mask = np.zeros((_SIDE, _SIDE), np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    resolved = 2 * radius * 2 * face.effective_resolution
    return _Eye(pixels, lab, mask.astype(bool), centre, radius, resolved)


@dataclass(frozen=True)
class _Circle:
    """A fitted iris in nominal iris radii: `centre` (2,) from the landmark, `radius`, and `residual`, the RMS distance
    of each ray's steepest step from the circle.
    """

    centre: np.ndarray
    radius: float
    residual: float


def _limbus(eye: _Eye) -> _Circle | None:
    """The circle across which lightness rises most, or None where too little of it is visible.

    An integro-differential search (Daugman 2004, "How iris recognition works"), coarse to fine: for each centre and
    radius the mean outward step over rays near 3 and 9 o'clock, the weaker side counting half as much again.
    """
    lightness = cv2.GaussianBlur(eye.lab[..., 0], (0, 0), 1.5)
    visible = cv2.dilate(eye.open_mask.astype(np.float32), np.ones((3, 3), np.uint8))
    centre = np.zeros(2)
    for offsets in _SEARCH:
        centres = centre + offsets
        steps, seen = _steps(lightness, visible, centres)
        scores, count = _edge_scores(steps, seen)
        best, ring = np.unravel_index(int(np.argmax(scores)), scores.shape)
        centre = centres[best]
    if count[:, best, ring].min() < _MIN_VISIBLE or scores[best, ring] < _MIN_EDGE:
        return None
    steps, seen = steps[:, best], seen[:, best]
    radius = float(_RADII[1 + ring]) + _vertex(scores[best], int(ring)) * float(_RADII[1] - _RADII[0])
    steepest = _RADII[1 + np.argmax(np.where(seen > 0, steps, -np.inf), axis=1)]
    errors = (steepest - radius)[seen.any(axis=1)]
    return _Circle(centre, radius, float(np.sqrt(np.mean(errors**2))))


def _steps(lightness: np.ndarray, visible: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outward lightness steps (rays, K, rings) around each of K centres, and 1 where both ends are inside the lids."""
    shape = (2 * _RAYS, len(centres), len(_RADII))
    places = (centres.T * _UNIT).astype(np.float32)[:, None, :, None] + _REACH
    x, y = places.reshape(2, -1, shape[-1])
    profile = cv2.remap(lightness, x, y, cv2.INTER_LINEAR).reshape(shape)
    inside = cv2.remap(visible, x, y, cv2.INTER_NEAREST).reshape(shape)
    return np.clip(profile[..., 2:] - profile[..., :-2], -8, 8), inside[..., 2:]


def _edge_scores(steps: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(K, rings) mean step, pulled towards the weaker side, and (2, K, rings) how many rays each side had."""
    both = (2, _RAYS, *steps.shape[1:])
    count = seen.reshape(both).sum(axis=1)
    right, left = (steps * seen).reshape(both).sum(axis=1) / np.maximum(count, _MIN_VISIBLE // 2)
    return np.minimum(right, left) / 2 + (right + left) / 4, count


def _vertex(scores: np.ndarray, ring: int) -> float:
    """Where between its neighbours a maximum lies, in rings (-0.5 to 0.5), by a parabola."""
    if not 0 < ring < len(scores) - 1:
        return 0.0
    before, at, after = scores[ring - 1 : ring + 2]
    return float(np.clip(0.5 * (before - after) / (before - 2 * at + after - 1e-9), -0.5, 0.5))


def _iris_shape(face: Face, right: _Eye, left: _Eye) -> dict[str, float]:
    if right.limbus is None or left.limbus is None:
        return {}
    one, other = right.limbus, left.limbus
    ragged = {"eyes_iris_round": max(one.residual, other.residual)}
    if ragged["eyes_iris_round"] > _MAX_RAGGED:
        return ragged
    places = [
        _in_eye(face, eye.centre + circle.centre * eye.radius, side)
        for eye, circle, side in ((right, one, "R"), (left, other, "L"))
    ]
    return ragged | {
        "eyes_iris_ratio": abs(float(np.log(one.radius / other.radius)) - _nearness(face)),
        "eyes_iris_size": float(np.log((one.radius + other.radius) / 2)),
        "eyes_iris_across": float(places[0][0] - places[1][0]),
        "eyes_iris_height": abs(float(places[0][1] - places[1][1])),
    }


@dataclass(frozen=True)
class _Pupil:
    """A pupil's edge: `outline` (n, 2) where it is visible, in pixels of the resampled eye, and `shape`, its BIoU."""

    outline: np.ndarray
    shape: float


def _pupil(eye: _Eye, limbus: _Circle) -> _Pupil | None:
    """The edge where lightness rises through half of what separates iris and pupil, and the ellipse through it.

    None where less than `_MIN_PUPIL_SEEN` of the rays from the middle show that edge clear of lids and reflections.
    """
    lightness = cv2.GaussianBlur(eye.lab[..., 0], (0, 0), 0.8)
    start, radius = _MIDDLE + limbus.centre * _UNIT, limbus.radius * _UNIT
    levels = _pupil_levels(lightness, eye.open_mask, _rays_from(start, radius))
    if levels is None:
        return None
    dark, light, glare = levels
    hidden = cv2.dilate(((lightness > glare) | ~eye.open_mask).astype(np.uint8), np.ones((3, 3), np.uint8))
    middle = start
    for _ in range(3):
        points, clear = _pupil_edge(lightness, hidden, _rays_from(middle, radius), dark, light)
        if clear.mean() < _MIN_PUPIL_SEEN:
            return None
        ellipse = cv2.fitEllipseDirect(points[clear].astype(np.float32))
        middle = np.array(ellipse[0])
        # Written so that a fit that failed (NaN) is refused too.
        if not (np.linalg.norm(middle - start) < _MAX_PUPIL_OFFSET * radius and np.min(ellipse[1]) >= 2):
            return None
    return _Pupil(points[clear], _boundary_iou(points[clear], ellipse, _PUPIL_BAND * radius))


def _rays_from(middle: np.ndarray, radius: float) -> np.ndarray:
    """(2, rays, steps) float32 x and y of the samples on all rays, in pixels of the resampled eye."""
    reach = _PUPIL_RAYS[:, :, None] * (_PUPIL_REACH * radius)
    places: np.ndarray = (middle[:, None, None] + reach).astype(np.float32)
    return places


def _pupil_levels(
    lightness: np.ndarray, open_mask: np.ndarray, places: np.ndarray
) -> tuple[float, float, float] | None:
    """Lightness of the pupil, of the iris, and from which on it is a reflection; None where they are too close."""
    x, y = places
    profile = cv2.remap(lightness, x, y, cv2.INTER_LINEAR)
    seen = cv2.remap(open_mask.astype(np.uint8), x, y, cv2.INTER_NEAREST) > 0
    around = seen & _PUPIL_OUTSIDE
    if seen[:, _PUPIL_INSIDE].mean() < 0.95 or around.sum() < 0.3 * around.size * _PUPIL_OUTSIDE.mean():
        return None
    light, (dark,) = texture.median(profile[around]), texture.quantiles(profile[:, _PUPIL_INSIDE].ravel(), [0.1])
    if light - dark < _MIN_PUPIL_CONTRAST:
        return None
    (brightest,) = texture.quantiles(profile[seen], [0.99])
    return dark, light, light + max(10.0, 0.5 * (brightest - light))


def _pupil_edge(
    lightness: np.ndarray, hidden: np.ndarray, places: np.ndarray, dark: float, light: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where each ray leaves the pupil (rays, 2), and (rays,) whether it does so clearly.

    A ray may begin in a reflection: it leaves the pupil where, once dark, it first becomes light.
    """
    x, y = places
    profile = cv2.remap(lightness, x, y, cv2.INTER_LINEAR)
    covered = cv2.remap(hidden, x, y, cv2.INTER_NEAREST) > 0
    level = (dark + light) / 2
    inside = profile < level
    leaves = inside[:, :-1] & ~inside[:, 1:]
    ray, step = np.arange(len(profile)), np.argmax(leaves, axis=1)
    before, after = profile[ray, _capped(step - _PUPIL_BEFORE)], profile[ray, _capped(step + _PUPIL_AFTER)]
    near = step[:, None] + np.arange(-_PUPIL_BEFORE, _PUPIL_AFTER + 1)
    clear = leaves[ray, step] & (step < _PUPIL_FURTHEST) & (after - before > _MIN_PUPIL_RISE * (light - dark))
    clear &= ~covered[ray[:, None], _capped(near)].any(axis=1)
    below, above = profile[ray, step], profile[ray, step + 1]
    share = (level - below) / np.maximum(above - below, 1e-6)
    first, second = places[:, ray, step], places[:, ray, step + 1]
    edge = first + (second - first) * np.clip(share, 0, 1)
    return np.transpose(edge), clear


def _capped(steps: np.ndarray) -> np.ndarray:
    """Steps (...) along a ray, within it."""
    within: np.ndarray = np.clip(steps, 0, len(_PUPIL_REACH) - 1)
    return within


def _boundary_iou(points: np.ndarray, ellipse: tuple[Any, Any, float], band: float) -> float:
    """Intersection over union of an outline and an ellipse, of what lies up to `band` inside of both or between them.

    `points` (n, 2) on rays that are evenly spread about the ellipse's middle; `ellipse` as cv2 fits it.
    """
    middle, axes, turn = ellipse
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    offset = points - middle
    scaled = offset @ np.array([[cos, -sin], [sin, cos]]) / (np.array(axes) / 2)
    outline = np.linalg.norm(offset, axis=1)
    fitted = outline / np.linalg.norm(scaled, axis=1)
    nearer, further = np.minimum(outline, fitted), np.maximum(outline, fitted)
    core = np.maximum(nearer - band, 0) ** 2
    return float(np.sum(nearer**2 - core) / np.sum(further**2 - core))


def _pupils(right: _Eye, left: _Eye) -> dict[str, float]:
    shapes = [eye.pupil.shape for eye in (right, left) if eye.pupil is not None]
    return {"eyes_pupil_shape": min(shapes)} if shapes else {}


def _nearness(face: Face) -> float:
    """ln of how much larger the right eye appears because a turned head brings it nearer to the camera."""
    depth = face.transform[:3, :3] @ np.array([[-3.1, 3.1], [2.6, 2.6], [3.2, 3.2]]) + face.transform[:3, 3:]
    distance = np.abs(depth[2])  # cm
    return float(np.log(distance[1] / distance[0])) if distance.min() > 1 else 0.0


def _iris_colour(right: _Eye, left: _Eye, *, coloured: bool) -> dict[str, float]:
    if right.medians is None or left.medians is None:
        return {}
    (iris_r, white_r), (iris_l, white_l) = right.medians, left.medians
    # The whites show how differently the two eyes are lit.
    lit = white_r - white_l
    colour = {"eyes_colour": float(np.linalg.norm((iris_r - iris_l - lit)[1:]))} if coloured else {}
    return colour | {
        "eyes_white_difference": float(np.linalg.norm(lit)),
        "eyes_white_contrast": (right.white_contrast + left.white_contrast) / 2,
        "eyes_iris_detail": float(np.log2((_detail(right) + _detail(left)) / 2)),
    }


def _detail(eye: _Eye) -> float:
    """Spread of fine lightness detail in the iris annulus over that around the eye's opening."""
    lightness = eye.lab[..., 0]
    fine = np.abs(cv2.GaussianBlur(lightness, (0, 0), 2.0) - cv2.GaussianBlur(lightness, (0, 0), 5.0))
    return (float(fine[eye.annulus(0.3, 0.85)].mean()) + 0.05) / (float(fine.mean()) + 0.05)


def _catchlights(right: _Eye, left: _Eye) -> dict[str, float]:
    masks = [right.highlight, left.highlight]
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
    rows, columns = (slice(at.min(), at.max() + 1) for at in np.nonzero(b))
    padded = cv2.copyMakeBorder(a.astype(np.float32), reach, reach, reach, reach, cv2.BORDER_CONSTANT)
    around = padded[rows.start : rows.stop + 2 * reach, columns.start : columns.stop + 2 * reach]
    shared = float(cv2.matchTemplate(around, b[rows, columns].astype(np.float32), cv2.TM_CCORR).max())
    return shared / (np.count_nonzero(a) + np.count_nonzero(b) - shared)


def _gini(values: np.ndarray) -> float:
    """Gini coefficient of non-negative values: 0 when all are equal, towards 1 when one holds everything."""
    ordered = np.sort(values)
    n = ordered.size
    weights = 2 * np.arange(1, n + 1) - n - 1
    return float(weights @ ordered / (n * max(float(ordered.sum()), 1e-6)))


_IRIS_MEASURES = ("eyes_iris", "eyes_gaze", "eyes_colour", "eyes_white")


def _evidence(face: Face, right: _Eye, left: _Eye) -> tuple[Evidence, ...]:
    marks = []
    for eye in (right, left):
        marks.append(Evidence("outline", _IRIS_MEASURES, "iris", drawn(eye.centre + eye.radius * _CIRCLE)))
        if eye.highlight.any():
            spot = np.argwhere(eye.highlight).mean(axis=0)[::-1]
            place = eye.in_photo(spot[None])
            marks.append(Evidence("points", ("eyes_catchlight",), "catchlight", drawn(place)))
        if eye.pupil is not None:
            marks.append(Evidence("outline", ("eyes_pupil",), "pupil", drawn(eye.in_photo(eye.pupil.outline))))
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
