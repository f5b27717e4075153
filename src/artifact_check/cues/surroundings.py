"""What frames the face: do ears, earrings, rims of glasses, hairline and the lines behind the head fit together?

Physical fact: two ears have much the same form, a pair of glasses is level with the eyes, hair begins within a few
millimetres, and a shelf or a window frame goes on behind a head as one line. Generators paint each side for itself,
with nothing that makes both ends agree (Matern, Riess, Stamminger 2019, "Exploiting visual artifacts"); that a line
breaks at an occluder is one of the projective inconsistencies of Sarkar et al. 2024, "Shadows don't lie and lines can't
bend". Recent generators rarely fail in this way, so each measure is weak.

Region: what touches the face, and strips of the background beside the head. Lengths are in interocular distances (IOD).
A pixel is one of the view with 64 px between the irides; patches are cut level with the line of the irides.

Measures:
    ears: 1 - cos of the gradient-orientation histograms of both ears (0.5 x 0.9 IOD beside the landmark of the tragus,
        cells of 1/8 IOD), weighted by gradient and by the share of skin that both show, so that neither hair nor
        background counts;
    earrings: |log2| of the ratio of what hangs below both lobes: standard deviation of luma between 0.7 and 2.8 px;
    rims: difference of the heights at which the lower rims of glasses run, each against its own iris: the row of the
        strongest ridge within 0.17 to 0.67 IOD below the iris, to a fraction of a pixel. A frame is told from bare skin
        by a ridge that crosses the bridge of the nose;
    hairline: median width of the step between forehead and hair, from a quarter to three quarters of it in log2 luma,
        along rays through the upper outline of the face;
    lines: offset between a line of the background that stops at one side of the head and one that goes on at the other
        (LSD, von Gioi et al. 2010, in strips 1.3 to 2.4 IOD from the middle of the face): of those pairs that are each
        other's nearest, within 4 degrees and 0.2 IOD and with the same side dark, the longest.

Each is left out far more often than not: ears under hair or of a head turned by more than 12 degrees, faces without
glasses, bald heads and hair as light as the skin, backgrounds without a line on both sides (plain, blurred, cropped).
That something cannot be seen tells how a photo was framed and whom it shows, never who made it.

Shown for information, not scored. AUC over 109 real and 110 AI portraits, few of which show any one measure, as stored
and laundered, high values for AI: ears 0.42 and 0.38, but they follow yaw (r = 0.4 among real photos), and what yaw
leaves is 0.45 and 0.42; earrings 0.38 and 0.41, on another 120 portraits 0.47 and 0.57; hairline 0.67 and 0.67, then
0.68 and 0.62, where it followed side light (r = 0.9) more than anything else, and hats and loose strands widen it too.
Rims of AI glasses were level to 0.01 IOD where real ones were off by 0.02 (9 and 15 pairs of glasses); lines were seen
in one portrait out of twelve. Too few to tell.

The median change by JPEG 75 and 85, scaling to half, cropping 1 %, rotating 5 degrees, 10 % more light and a blur of
0.6 px is under 0.15 standard deviations of real photos for ears, earrings and hairline, under 0.3 for rims, and up to
0.9 for lines, where another line may be found. Skin 15 L darker narrows the hairline by 0.8.

Innocent causes: ears differ in people by some millimetres; one earring; glasses that sit askew; soft focus, hats,
veils, braids and partings; lines that are two things, lens distortion, and a head in front of a corner of the room.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from artifact_check import regions, texture
from artifact_check.cue import Abstained, Cue, Measure, Reading, moved, require_size
from artifact_check.face import Face, View, drawn
from artifact_check.results import Evidence

_IOD = 64.0  # px
_MIN_IOD = 48.0  # px
_MIN_RESOLUTION = 0.2  # cycles per pixel
_MAX_TURN = 12.0  # degrees of yaw
_SIDES = ((regions.IRIS_RIGHT, 234, -1), (regions.IRIS_LEFT, 454, 1))  # iris, tragus, outwards along the image
_EAR, _EAR_CELL, _EAR_OUTWARDS = (32, 56), 8, 8.0  # px: size, cell, from the tragus to the middle of the patch
_LOBE, _LOBE_OUTWARDS, _LOBE_DOWN = (16, 20), 4.0, 34.0  # px
_MIN_SKIN = 0.35  # share of an ear's patch
_SKIN_CHROMA, _SKIN_DARKER = 12.0, 30.0  # CIELAB distance in a, b, and in L, up to which a pixel is skin
_NOTHING_HANGS = 2.0  # grey levels
_BRIDGE, _RIM, _RIM_DOWN = (10, 44), (24, 32), 27.0  # px
_MIN_BRIDGE = 20.0  # grey levels of the ridge across the nose, which few noses without glasses reach
_MIN_RIM = 2.0  # ridge over the median of its patch
_MAX_ASKEW = 10  # rows; further apart they are not the same part of a frame
_ARC = (21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251)  # upper outline of the face
_RAYS = 48
_RAY = np.arange(-16.0, 27.0)  # px across the outline, outwards
_MIN_STEP = 0.8  # log2 between forehead and hair
_MIN_RAYS = 0.5  # share that cross into hair
_STRIP = (1.3, 2.4)  # IOD to both sides of the middle of the face
_ABOVE, _BELOW = 1.7, 0.9  # IOD from the eyes
_LINES_IOD = 40.0  # px
_MIN_STRIP, _MIN_LINE = 0.4, 0.3  # IOD
_MAX_SLOPE, _MAX_BEND = 35.0, 4.0  # degrees
_MAX_BREAK = 0.2  # IOD


@dataclass(frozen=True)
class _Level:
    """A view in level coordinates: `across` and `down` (2,) are 1/64 IOD along and below the line of the eyes."""

    view: View
    across: np.ndarray
    down: np.ndarray

    @classmethod
    def of(cls, view: View) -> _Level:
        across = (view.landmarks[regions.IRIS_LEFT] - view.landmarks[regions.IRIS_RIGHT]) / _IOD
        return cls(view, across, np.array([-across[1], across[0]]))

    @cached_property
    def ridges(self) -> np.ndarray:
        """(N, N) float32 luma between 0.7 and 2.8 px."""
        between: np.ndarray = self.view.bands[1] + self.view.bands[2]
        return between

    def corners(self, centre: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """(4, 2) corners of a patch, in pixels of the view."""
        across, down = self.across * (size[0] / 2), self.down * (size[1] / 2)
        placed: np.ndarray = centre + np.array([-across - down, across - down, across + down, down - across])
        return placed

    def shows(self, centre: np.ndarray, size: tuple[int, int]) -> bool:
        """Whether the whole patch lies in the view."""
        height, width = self.view.pixels.shape[:2]
        reach = (np.abs(self.across) * size[0] + np.abs(self.down) * size[1]) / 2
        return bool((centre - reach).min() >= 0 and np.all(centre + reach <= (width, height)))

    def patch(
        self, picture: np.ndarray, centre: np.ndarray, size: tuple[int, int], *, mirrored: bool = False
    ) -> np.ndarray:
        """`size` (width, height) pixels of a (N, N[, C]) picture of the view around `centre`."""
        across = -self.across if mirrored else self.across
        # Landmarks count from a pixel's corner, `warpAffine` from its centre.
        corner = centre - across * (size[0] - 1) / 2 - self.down * (size[1] - 1) / 2 - 0.5
        matrix = np.column_stack([across, self.down, corner])
        return cv2.warpAffine(
            picture, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )


@dataclass(frozen=True)
class _Seen:
    """One measure's value, and what to draw for it."""

    key: str
    value: float
    evidence: tuple[Evidence, ...]


# ---- ears and what hangs from them


def _ears(level: _Level, face: Face) -> list[_Seen]:
    """Ears and earrings, where both ears show."""
    points = level.view.landmarks
    centres = [points[tragus] + level.across * outwards * _EAR_OUTWARDS for _, tragus, outwards in _SIDES]
    if abs(face.pose[0]) > _MAX_TURN or not face.coloured or not all(level.shows(c, _EAR) for c in centres):
        return []
    usual = _cheek_colour(level.view)
    skin = [_skin(level.patch(level.view.lab, c, _EAR, mirrored=i == 1), usual) for i, c in enumerate(centres)]
    if min(part.mean() for part in skin) < _MIN_SKIN:
        return []
    right, left = (level.patch(level.view.luma, c, _EAR, mirrored=i == 1) for i, c in enumerate(centres))
    unlike, weight = texture.unlikeness(right, left, _EAR_CELL)
    weight = weight * np.minimum(*(_share_by_cell(part) for part in skin))
    if weight.sum() <= 0:
        return []
    outlines = tuple(_outline(level, "surroundings_ears", "ear", centre, _EAR) for centre in centres)
    seen = [_Seen("surroundings_ears", float((unlike * weight).sum() / weight.sum()), outlines)]
    return seen + _earrings(level)


def _earrings(level: _Level) -> list[_Seen]:
    key, view = "surroundings_earrings", level.view
    centres = [
        view.landmarks[tragus] + level.across * outwards * _LOBE_OUTWARDS + level.down * _LOBE_DOWN
        for _, tragus, outwards in _SIDES
    ]
    if not all(level.shows(centre, _LOBE) for centre in centres):
        return []
    right, left = (float(level.patch(level.ridges, centre, _LOBE).std()) for centre in centres)
    ratio = abs(float(np.log2((right + _NOTHING_HANGS) / (left + _NOTHING_HANGS))))
    return [_Seen(key, ratio, tuple(_outline(level, key, "below the ear", centre, _LOBE) for centre in centres))]


def _cheek_colour(view: View) -> np.ndarray:
    """(3,) median CIELAB colour at the vertices of both cheeks."""
    vertices = np.concatenate([regions.shading_vertices(name) for name in ("R_cheek", "L_cheek")])
    height, width = view.pixels.shape[:2]
    columns, rows = np.floor(view.landmarks[vertices]).astype(np.intp).T
    colours = view.lab[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    return texture.medians(colours)


def _skin(lab: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """(H, W) bool: the colour of the cheeks, and not much darker."""
    away = lab - usual.astype(np.float32)
    skin: np.ndarray = (np.hypot(away[..., 1], away[..., 2]) < _SKIN_CHROMA) & (away[..., 0] > -_SKIN_DARKER)
    return skin


def _share_by_cell(mask: np.ndarray) -> np.ndarray:
    height, width = mask.shape
    cells = mask.reshape(height // _EAR_CELL, _EAR_CELL, width // _EAR_CELL, _EAR_CELL)
    share: np.ndarray = cells.mean(axis=(1, 3))
    return share


# ---- glasses


def _rims(level: _Level, _: Face) -> list[_Seen]:
    """Heights of the lower rims, where a frame crosses the nose."""
    key, view = "surroundings_rims", level.view
    irides = [view.landmarks[iris] for iris, _, _ in _SIDES]
    centres = [iris + level.down * _RIM_DOWN for iris in irides]
    if not all(level.shows(centre, _RIM) for centre in centres):
        return []
    bridge = level.patch(level.ridges, (irides[0] + irides[1]) / 2, _BRIDGE).mean(axis=1)
    if float(np.abs(bridge).max()) < _MIN_BRIDGE:
        return []
    right, left = (_rim(level.patch(level.ridges, centre, _RIM)) for centre in centres)
    if right is None or left is None or abs(right - left) > _MAX_ASKEW:
        return []
    places = np.array(centres) + np.outer((right, left), level.down) - level.down * (_RIM[1] - 1) / 2
    marks = Evidence("points", (key,), "lower rim of the glasses", drawn(view.to_photo(places)))
    return [_Seen(key, abs(right - left) / _IOD, (marks,))]


def _rim(ridge: np.ndarray) -> float | None:
    """Row of the strongest level ridge of (H, W), or None where it hardly stands out."""
    profile = np.abs(ridge.mean(axis=1))
    row = int(np.argmax(profile[1:-1])) + 1
    if profile[row] < _MIN_RIM * (texture.median(np.abs(ridge).ravel()) + 0.5):
        return None
    before, peak, after = (float(value) for value in profile[row - 1 : row + 2])
    bend = before - 2 * peak + after
    return row + (0.5 * (before - after) / bend if bend < 0 else 0.0)


# ---- hair


def _hairline(level: _Level, _: Face) -> list[_Seen]:
    """Width of the step from forehead to hair, where most rays cross it."""
    view = level.view
    rays = _rays(view)
    height, width = view.luma.shape
    if rays.min() < 0 or np.any(rays.max(axis=(0, 1)) > (width - 1, height - 1)):
        return []
    luma = cv2.remap(view.log_luma, rays[..., 0], rays[..., 1], cv2.INTER_LINEAR)
    luma = cv2.blur(luma, (3, 3))
    skin, hair = texture.median(luma[:6].ravel()), np.median(luma[-8:], axis=0)
    step = hair - skin
    crosses = np.abs(step) >= _MIN_STEP
    if crosses.mean() < _MIN_RAYS:
        return []
    risen = (luma[:, crosses] - skin) / step[crosses]
    start, middle, end = (_first_above(risen, level) for level in (0.25, 0.5, 0.75))
    inside = (middle > 3) & (end < len(_RAY) - 8)
    if inside.sum() < _MIN_RAYS * _RAYS:
        return []
    along = np.flatnonzero(crosses)[inside]
    places = rays[np.round(middle[inside]).astype(np.intp), along]
    marks = Evidence("points", ("surroundings_hairline",), "hairline", drawn(view.to_photo(places[::3])))
    return [_Seen("surroundings_hairline", texture.median((end - start)[inside]) / _IOD, (marks,))]


def _rays(view: View) -> np.ndarray:
    """(len(_RAY), _RAYS, 2) float32 places across the upper outline of the face, from the glabella outwards."""
    arc = view.landmarks[list(_ARC)]
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(arc, axis=0), axis=1))])
    at = np.linspace(0, length[-1], _RAYS)
    outline = np.column_stack([np.interp(at, length, arc[:, axis]) for axis in (0, 1)])
    outwards = outline - view.landmarks[regions.GLABELLA]
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    places: np.ndarray = outline + outwards * (_RAY * view.iod / _IOD)[:, None, None] - 0.5
    return places.astype(np.float32)


def _first_above(risen: np.ndarray, level: float) -> np.ndarray:
    """(K,) row, to a fraction, at which each column of (H, K) first exceeds `level`."""
    above = risen > level
    row = np.maximum(np.argmax(above, axis=0), 1)
    columns = np.arange(risen.shape[1])
    before, after = risen[row - 1, columns], risen[row, columns]
    share = np.clip((level - before) / np.where(after > before, after - before, 1.0), 0, 1)
    crossed: np.ndarray = np.where(above.any(axis=0), row - 1 + share, len(risen))
    return crossed


# ---- lines behind the head


@dataclass(frozen=True)
class _Lines:
    """Lines of one strip: `middle` (K, 2) photo pixels, `direction` (K,) radians with the bright side fixed,
    `length` (K,) photo pixels.
    """

    middle: np.ndarray
    direction: np.ndarray
    length: np.ndarray


def _background_lines(_: _Level, face: Face) -> list[_Seen]:
    """Offset of lines that pass behind the head."""
    key = "surroundings_lines"
    right = _lines_beside(face, -1)
    left = None if right is None else _lines_beside(face, 1)
    if right is None or left is None:
        return []
    bend = (left.direction - right.direction[:, None] + np.pi) % (2 * np.pi) - np.pi
    common = right.direction[:, None] + bend / 2
    between = left.middle - right.middle[:, None]
    offset = np.abs(between[..., 1] * np.cos(common) - between[..., 0] * np.sin(common)) / face.iod
    offset[np.abs(bend) > np.radians(_MAX_BEND)] = np.inf
    nearest = offset.argmin(axis=1)
    mutual = offset.argmin(axis=0)[nearest] == np.arange(len(nearest))
    chosen = np.flatnonzero(mutual & (offset.min(axis=1) < _MAX_BREAK))
    if not chosen.size:
        return []
    longest = chosen[np.argmax(np.minimum(right.length[chosen], left.length[nearest[chosen]]))]
    ends = np.stack([right.middle[longest], left.middle[nearest[longest]]])
    marks = Evidence("points", (key,), "a line behind the head", drawn(ends))
    return [_Seen(key, float(offset[longest, nearest[longest]]), (marks,))]


def _lines_beside(face: Face, outwards: int) -> _Lines | None:
    """Long lines in the strip to the image left (-1) or right (1) of the head, or None where there is none."""
    centre = face.landmarks[[tragus for _, tragus, _ in _SIDES], 0].mean()
    eyes = face.landmarks[[regions.IRIS_RIGHT, regions.IRIS_LEFT], 1].mean()
    ends = sorted(centre + outwards * face.iod * np.array(_STRIP))
    left, right = max(0, int(ends[0])), min(face.photo.width, int(ends[1]))
    top, bottom = max(0, int(eyes - _ABOVE * face.iod)), min(face.photo.height, int(eyes + _BELOW * face.iod))
    if right - left < _MIN_STRIP * face.iod:
        return None
    grey = cv2.cvtColor(face.photo.pixels[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _LINES_IOD / face.iod)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector().detect(small)[0]
    if found is None:
        return None
    segments = found.reshape(-1, 2, 2) / scale + (left, top)
    along = segments[:, 1] - segments[:, 0]
    length, direction = np.hypot(along[:, 0], along[:, 1]), np.arctan2(along[:, 1], along[:, 0])
    long = length >= _MIN_LINE * face.iod
    kept = long & (np.abs(along[:, 1]) <= np.tan(np.radians(_MAX_SLOPE)) * np.abs(along[:, 0]))
    return _Lines(segments[kept].mean(axis=1), direction[kept], length[kept]) if kept.any() else None


# ---- the cue


def measure_surroundings(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: face too small or too soft, or nothing around it can be compared.
    """
    require_size(face, _MIN_IOD)
    if face.resolution_at(_IOD) < _MIN_RESOLUTION:
        raise Abstained("the photo is too soft")
    level = _Level.of(face.view(_IOD))
    seen = [one for look in (_ears, _rims, _hairline, _background_lines) for one in look(level, face)]
    if not seen:
        raise Abstained("nothing around the face could be compared: no two ears, no glasses, no hairline, no lines")
    return Reading({one.key: one.value for one in seen}, tuple(mark for one in seen for mark in one.evidence))


def _outline(level: _Level, key: str, label: str, centre: np.ndarray, size: tuple[int, int]) -> Evidence:
    return Evidence("outline", (key,), label, drawn(level.view.to_photo(level.corners(centre, size))))


_MEASURES = (
    Measure("surroundings_ears", "1 - cos", 0, 1.01, "either", "How unlike each other the two ears are.", scored=False),
    Measure(
        "surroundings_earrings",
        "log2 ratio",
        0,
        10,
        "either",
        "How unlike each other the places below the two ears are.",
        scored=False,
    ),
    Measure(
        "surroundings_rims",
        "IOD",
        0,
        0.5,
        "either",
        "How much higher one rim of the glasses is than the other.",
        scored=False,
    ),
    Measure(
        "surroundings_hairline", "IOD", 0, 1, "artificial", "How gradually the forehead turns to hair.", scored=False
    ),
    Measure(
        "surroundings_lines",
        "IOD",
        0,
        _MAX_BREAK,
        "artificial",
        "How far lines of the background are broken at the head.",
        scored=False,
    ),
)

CUE = Cue(
    name="surroundings",
    version=1,
    title="Around the face",
    advice="Ears, glasses, hairline or the lines behind the head do not quite fit together; look at both sides.",
    measures=moved(
        _MEASURES,
        {
            "ear_twisted": ("surroundings_ears",),
            "earring_added": ("surroundings_earrings",),
            "rim_moved": ("surroundings_rims",),
            "hairline_smudged": ("surroundings_hairline",),
            "background_shifted": ("surroundings_lines",),
        },
    ),
    measure=measure_surroundings,
)
