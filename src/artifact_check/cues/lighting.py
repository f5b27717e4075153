"""Inconsistent lighting: does one light explain both halves of the face?

Physical fact: the light that a convex matt surface reflects is close to a second-order spherical-harmonic function of
its normal (Basri, Jacobs 2003; Ramamoorthi, Hanrahan 2001), so the fit made on one part of a face predicts the rest.
A generator that paints cheek by cheek owes no such consistency.

Region: bare skin at the vertices of the face mesh (no eyes, lips, brows; not clipped; near the cheeks' colour), at IOD
64 px, in linear light; normals from the mesh with the head's pose put back. All compares places of one face, so that
exposure and skin tone cancel.

Measures: I/median(I) is fitted by b . Y(n), 9 harmonics with ridge 0.01 N and Huber weights (k = 1.345).
    lighting_residual: mean shortfall of ln I below such a fit of ln I, on which what lies above it weighs a tenth:
        highlights are not matt, and stand out the more the darker skin is;
    lighting_cross_sides: ln of the mean error of predicting each half from the other's fit, over twice the whole-face
        residual (Kee, Farid 2010, for harmonics on a 3-D face; Peng et al. 2017);
    lighting_red: the same in red, where blood shows least;
    lighting_direction: |b_1|/b_0 of the first-order fit: 0 in flat light;
    lighting_pairs: mean distance of ln I_left - ln I_right of mirrored vertices from the line c + a n_x, less weight on
        highlights;
    lighting_step: jump of that at the midline, at mirrored places beside the nose, over the spread of the places and
        how directed the light is: light that comes from one place on one half, from another on the other. For
        information: photos of a camera jump as far as generated ones;
    lighting_catchlight: angle between the side of the catchlights and that of the shading (Johnson, Farid 2007). Rooms
        with many lamps set them further apart than generators do;
    lighting_neck: brighter side of the neck against the lit side of the face, for heads that were put on: for
        information, as generators contradict themselves there no more often than rooms do.

Innocent causes: two-light studios, coloured gels, dappled light, contouring make-up, dodge-and-burn retouching, phone
relighting, hair shadows, beards, reflecting collars. Turned heads, flat light and faces with little bare skin abstain.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from artifact_check import regions, texture
from artifact_check.cue import Abstained, Cue, Measure, Reading, moved, require_size
from artifact_check.face import Face, View, drawn, filled
from artifact_check.results import Evidence

_IOD = 64.0  # px
_MIN_IOD = 48.0
_MAX_YAW = 30.0  # degrees
_MAX_PITCH = 25.0
_MIN_VERTICES = 90  # of 318
_MIN_HALF = 35
_MIN_PAIRS = 40  # of 220 mirrored pairs of vertices
_NEAR_MIDLINE = 0.6  # largest sideways component of a unit normal
_MAX_CHROMA_DISTANCE = 12.0  # in CIELAB a, b from the cheeks' median
_FLAT = 0.08  # |b_1|/b_0 under which no direction can be told
_RIDGE, _HUBER, _ROUNDS = 0.01, 1.345, 4
_SRGB = np.arange(256, dtype=np.float32) / 255
# sRGB to linear light (IEC 61966-2-1), by 8-bit level.
_LINEAR = np.where(_SRGB <= 0.04045, _SRGB / 12.92, ((_SRGB + 0.055) / 1.055) ** 2.4).astype(np.float32)
_DARKEST = 0.02  # of the median; darker skin is noise
_HIGHLIGHT_WEIGHT = 0.1  # of a vertex above the fit
_HIGHLIGHT = 0.15  # ln intensity above the fit at which a pair counts 1/e
_MIN_IRIS_RADIUS, _MIN_IRIS_PIXELS = 5, 12
_MIN_CATCHLIGHT = 30  # levels above the middle of the iris
_MAX_SPOT = 0.25  # of the iris; more is a window, or a pale iris
_NO_SIDE = 0.12  # b_x/b_0 under which the light comes from neither side
_MIN_NECK = 30  # of about 140 points of each half
_STEP = 0.25  # cm between places on the canonical face
_MIN_PLACES = 120  # of 495
_MAX_REDNESS_DISTANCE = 0.5  # in ln red - ln green
_CLIPPED = 0.97  # linear
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of linear red, green, blue


def measure_lighting(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: face too small or turned away, too little bare skin, or light too flat to have a direction.
    """
    yaw, pitch, _ = face.pose
    require_size(face, _MIN_IOD)
    if abs(yaw) > _MAX_YAW or abs(pitch) > _MAX_PITCH:
        raise Abstained(f"the head is turned too far to compare its sides (yaw {yaw:.0f}, pitch {pitch:.0f} degrees)")
    view = face.view(_IOD)
    vertices = view.landmarks[:468]
    linear = cv2.blur(cv2.LUT(view.pixels, _LINEAR), (3, 3))  # means over about 0.05 IOD
    light = _at(vertices, linear)
    lab = _lab(light)
    usable = _usable_vertices(lab, face.normals)
    if np.count_nonzero(usable) < _MIN_VERTICES:
        raise Abstained("too little bare, evenly coloured skin is visible")
    light = light[usable]
    luma = light @ _LUMINANCE
    basis = _harmonics(face.normals[usable])
    first = _first_order(basis, luma)
    direction = float(np.linalg.norm(first[1:4]) / max(abs(first[0]), 1e-6))
    if direction < _FLAT:
        raise Abstained("the light is too flat to have a direction")
    beyond = _beyond_one_light(basis, luma)
    values = {"lighting_direction": direction, "lighting_residual": float(np.mean(np.maximum(-beyond, 0)))}
    values |= _cross_predictions(basis, luma, light[:, 0], usable)
    values |= _mirrored_pairs(face.normals[:, 0], luma, beyond, usable)
    redness = texture.median(_log(light[:, 0]) - _log(light[:, 1]))
    values |= _midline_step(linear, vertices, face.normals, redness, direction)
    values |= _catchlight_angle(face, first[1:4])
    values |= _neck(view, linear, texture.medians(lab[usable]), first)
    return Reading(values, _evidence(face, first[1:4], direction))


@cache
def _members(*names: str) -> np.ndarray:
    """(468,) bool: the skin vertices of the named regions."""
    member = np.zeros(len(regions.canonical_mesh().vertices), bool)
    for name in names:
        member[regions.shading_vertices(name)] = True
    member.flags.writeable = False  # shared by all callers
    return member


def _usable_vertices(lab: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(468,) bool: skin vertices that face the camera, are not clipped, and have the cheeks' colour.

    `lab` (468, 3) CIELAB, `normals` (468, 3).
    """
    usable = _members("whole") & (normals[:, 2] > 0.4) & (lab[:, 0] < 95) & (lab[:, 0] > 5)
    usable &= regions.canonical_mesh().vertices[:, 1] < 6.6
    cheeks = usable & _members("R_cheek", "L_cheek")
    if not np.any(cheeks):
        return np.zeros(len(usable), bool)
    colour = texture.medians(lab[cheeks, 1:])
    near: np.ndarray = usable & (np.linalg.norm(lab[:, 1:] - colour, axis=1) < _MAX_CHROMA_DISTANCE)
    return near


def _at(points: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """(N, C) values of a (H, W, C) float32 picture at points (N, 2)."""
    x, y = points.T.astype(np.float32)
    sampled: np.ndarray = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return sampled.reshape(len(points), -1)


def _lab(light: np.ndarray) -> np.ndarray:
    """(N, 3) CIELAB of (N, 3) float32 linear RGB."""
    lab: np.ndarray = cv2.cvtColor(light[:, None], cv2.COLOR_LRGB2LAB)
    return lab.reshape(-1, 3)


def _harmonics(normals: np.ndarray) -> np.ndarray:
    """(N, 9) real spherical harmonics of the normals up to order 2, without their constant factors; 4 of order 1."""
    x, y, z = normals.T
    return np.column_stack([np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1])


def _first_order(basis: np.ndarray, intensity: np.ndarray) -> np.ndarray:
    """(4,) coefficients of median-normalised intensity on the harmonics of order 0 and 1."""
    target = intensity / max(texture.median(intensity), 1e-6)
    first: np.ndarray = _huber(basis[:, :4], target[None], np.ones((1, len(target)), bool), ridge=_RIDGE)[0]
    return first


def _huber(
    basis: np.ndarray, targets: np.ndarray, members: np.ndarray, *, ridge: float, above: float = 1.0
) -> np.ndarray:
    """(F, K) coefficients of F ridge regressions with Huber weights; the first column is not shrunk.

    `basis` (N, K); `targets` (F, N); `members` (F, N) bool says which of the N points a regression is made on; a point
    above the fit weighs `above` times what it would below.
    """
    size = basis.shape[1]
    count = np.count_nonzero(members, axis=1)
    penalty = ridge * count[:, None, None] * np.diag(np.arange(size) > 0)
    weights = members.astype(np.float64)
    for remaining in reversed(range(_ROUNDS)):
        normal = (weights[:, None] * basis.T) @ basis + penalty
        coefficients: np.ndarray = np.linalg.solve(normal, ((weights * targets) @ basis)[..., None])[..., 0]
        if remaining:
            residual = targets - coefficients @ basis.T
            error = np.abs(residual)
            limit = _HUBER * np.maximum(1.4826 * _row_medians(error, members, count), 1e-4)
            weights = members * np.minimum(1.0, limit[:, None] / np.maximum(error, 1e-9))
            if above != 1:
                weights[residual > 0] *= above
    return coefficients


def _row_medians(values: np.ndarray, members: np.ndarray, count: np.ndarray) -> np.ndarray:
    """(F,) medians of the members of each row of (F, N) values; `count` (F,) members there are."""
    ranked = np.sort(np.where(members, values, np.inf), axis=1)
    rows = np.arange(len(values))
    medians: np.ndarray = (ranked[rows, (count - 1) // 2] + ranked[rows, count // 2]) / 2
    return medians


def _beyond_one_light(basis: np.ndarray, intensity: np.ndarray) -> np.ndarray:
    """(N,) ln intensity less the ln light that fits it from below: a highlight's excess, or a shadow's shortfall.

    What lies above counts little in the fit, because skin's highlights are not matt, and stand out more the darker it
    is.
    """
    log = np.log(np.maximum(intensity / max(texture.median(intensity), 1e-6), _DARKEST))
    everywhere = np.ones((1, len(log)), bool)
    beyond: np.ndarray = log - basis @ _huber(basis, log[None], everywhere, ridge=_RIDGE, above=_HIGHLIGHT_WEIGHT)[0]
    return beyond


def _cross_predictions(basis: np.ndarray, luma: np.ndarray, red: np.ndarray, usable: np.ndarray) -> dict[str, float]:
    """How badly the light on each side of the face explains the other, over what one light leaves unexplained.

    `basis` (N, 9), `luma` and `red` (N,) are those of the N `usable` (468,) vertices.
    """
    sides = np.stack([_members(name)[usable] for name in ("right_half", "left_half")])
    if np.count_nonzero(sides, axis=1).min() < _MIN_HALF:
        return {}
    parts = np.concatenate([np.ones((1, len(basis)), bool), sides])
    errors = _errors(basis, np.stack([luma, red]), parts)
    of_luma, of_red = np.log((errors[:, 1, 2] + errors[:, 2, 1]) / (2 * errors[:, 0, 0] + 1e-3))
    return {"lighting_cross_sides": float(of_luma), "lighting_red": float(of_red)}


def _errors(basis: np.ndarray, intensities: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """(C, P, P) mean absolute error, in median intensities: of channel c, on part q, of the fit made on part p.

    `basis` (N, K), `intensities` (C, N), `parts` (P, N) bool.
    """
    count = np.count_nonzero(parts, axis=1)
    fitted = np.tile(parts, (len(intensities), 1))  # (C P, N)
    values = np.repeat(intensities, len(parts), axis=0)
    scale = np.maximum(_row_medians(values, fitted, np.tile(count, len(intensities))), 1e-6)
    targets = values / scale[:, None]
    errors = np.abs(targets - _huber(basis, targets, fitted, ridge=_RIDGE) @ basis.T)
    mean: np.ndarray = (errors @ parts.T / count).reshape(len(intensities), len(parts), len(parts))
    return mean


def _mirrored_pairs(across: np.ndarray, luma: np.ndarray, beyond: np.ndarray, usable: np.ndarray) -> dict[str, float]:
    """How far ln I_left - ln I_right of mirrored pairs of vertices, whose albedo is alike and cancels, is from what one
    light gives it: c + a n_x, n the mean mirrored normal, near the midline.

    `across` (468,) is n_x of all vertices; `luma` and `beyond` (N,) belong to the `usable` (468,) ones. A pair counts
    less where either side stands in a highlight.
    """
    right, left = regions.mirror_pairs().T
    turn = (across[left] - across[right]) / 2
    seen = usable[right] & usable[left]
    if np.count_nonzero(seen) < _MIN_PAIRS:
        return {}
    near = seen & (np.abs(turn) < _NEAR_MIDLINE)
    count = np.count_nonzero(near)
    if count < _MIN_PAIRS // 2:
        return {}
    place = np.cumsum(usable) - 1
    right, left = place[right[near]], place[left[near]]
    ratio = (_log(luma[left]) - _log(luma[right]))[None]
    basis = np.column_stack([np.ones(count), turn[near]])
    error = np.abs(ratio[0] - basis @ _huber(basis, ratio, np.ones((1, count), bool), ridge=1e-4)[0])
    weight = np.exp(-np.maximum(np.maximum(beyond[left], beyond[right]), 0) / _HIGHLIGHT)
    return {"lighting_pairs": float(weight @ error / weight.sum())}


def _log(intensity: np.ndarray) -> np.ndarray:
    log: np.ndarray = np.log(np.maximum(intensity, 1e-3))
    return log


@dataclass(frozen=True, slots=True)
class _Grid:
    """G places of bare skin on the left half of the canonical face, beside the nose, and their mirror images.

    `left` and `right` (G, 3) vertices of the triangle that each lies in, `weight` (G, 3) of these; `place` (G, 2) cm to
    the subject's left and up.
    """

    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    place: np.ndarray

    def both(self, values: np.ndarray) -> np.ndarray:
        """(2, G, C) left and right values at the places, from those (468, C) of the vertices."""
        return np.stack([np.einsum("gvc,gv->gc", values[side], self.weight) for side in (self.left, self.right)])


@cache
def _grid() -> _Grid:
    across, up = np.meshgrid(np.arange(_STEP / 2, 3.2, _STEP), np.arange(-8.8, 6.5, _STEP))
    place = np.column_stack([across.ravel(), up.ravel()])
    nose = (place[:, 0] < 1.6) & (place[:, 1] > -2.2) & (place[:, 1] < 3.5)
    place = place[~nose & ~_in_features(place)]
    vertices, weight = _in_triangles(place)
    on_face = np.isfinite(weight[:, 0])
    vertices = vertices[on_face]
    return _Grid(vertices, regions.mirrored()[vertices], weight[on_face], place[on_face])


def _in_triangles(place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) vertices of the canonical mesh around places (N, 2), seen from the front, and their weights.

    Where the mesh has no such triangle, weights are NaN.
    """
    mesh = regions.canonical_mesh()
    corners = mesh.vertices[mesh.triangles]  # (T, 3 corners, 3)
    edges = corners[:, 1:, :2] - corners[:, :1, :2]
    front = np.linalg.det(edges) > 1e-6  # cm2; not turned away, nor edge-on
    triangles, corners = mesh.triangles[front], corners[front]
    plane = np.concatenate([corners[..., :2], np.ones((len(corners), 3, 1))], axis=2)
    to_weights = np.linalg.inv(plane).transpose(1, 0, 2).reshape(3, -1)
    weights = (np.column_stack([place, np.ones(len(place))]) @ to_weights).reshape(len(place), -1, 3)
    lowest = np.minimum(np.minimum(weights[..., 0], weights[..., 1]), weights[..., 2])
    depth = np.where(lowest > -1e-6, corners[..., 2].mean(axis=1), -np.inf)  # (N, T)
    nearest = depth.argmax(axis=1)
    weight = np.where(np.isfinite(depth.max(axis=1))[:, None], weights[np.arange(len(place)), nearest], np.nan)
    return triangles[nearest], weight


def _in_features(place: np.ndarray) -> np.ndarray:
    """(N,) bool: whether places on the canonical face, in cm, lie in an eye, a brow or the lips, or within 3 mm."""
    vertices = regions.canonical_mesh().vertices[:, :2].astype(np.float32)
    inside = np.zeros(len(place), bool)
    for name in ("eye_L", "brow_L", "lips_outer"):
        hull = cv2.convexHull(vertices[regions.polygon(name)])
        inside |= [cv2.pointPolygonTest(hull, (float(x), float(y)), measureDist=True) > -0.3 for x, y in place]
    return inside


def _midline_step(
    linear: np.ndarray, vertices: np.ndarray, normals: np.ndarray, redness: float, direction: float
) -> dict[str, float]:
    """Jump of the light at the midline, over what else separates the sides of this face.

    ln I_left - ln I_right in red of mirrored places beside the nose is modelled as c w + (a + a' n_y + a" y) n_x, where
    w rises from 0 at the midline to 1 at 1 cm. Under one light c is 0: shading is continuous there.

    `linear` (H, W, 3) is the picture in linear light, `vertices` (468, 2) and `normals` (468, 3) the mesh in it;
    `redness` is the skin's ln red less ln green: places of another colour are left out.
    """
    grid = _grid()
    both = grid.both(np.column_stack([vertices, normals]))
    light = _at(both[..., :2].reshape(-1, 2), linear)
    log = _log(light)
    normal_left, normal_right = both[..., 2:]
    fits = (np.abs(log[:, 0] - log[:, 1] - redness) < _MAX_REDNESS_DISTANCE) & (light.max(axis=1) < _CLIPPED)
    seen = fits.reshape(2, -1).all(axis=0) & (np.minimum(normal_left[:, 2], normal_right[:, 2]) > 0.4)
    count = np.count_nonzero(seen)
    if count < _MIN_PLACES:
        return {}
    across = (normal_left[:, 0] - normal_right[:, 0]) / 2
    up = (normal_left[:, 1] + normal_right[:, 1]) / 2
    x, y = grid.place.T
    basis = np.column_stack([np.minimum(x, 1.0), across, across * up, across * y / 5])[seen]
    ratio = -np.diff(log[:, 0].reshape(2, -1), axis=0)[:, seen]
    coefficients = _huber(basis, ratio, np.ones((1, count), bool), ridge=1e-4)[0]
    spread = 1.4826 * texture.median(np.abs(ratio[0] - basis @ coefficients))
    return {"lighting_step": float(abs(coefficients[0]) / np.hypot(spread + 0.02, 0.35 * direction))}


def _neck(view: View, linear: np.ndarray, skin: np.ndarray, light: np.ndarray) -> dict[str, float]:
    """How much brighter, in ln, the neck is on the side that the face's `light` (4,) does not come from.

    The halves of the neck, 0.1 to 0.4 IOD below the jaw, are compared with each other, never with the face. Not seen
    when the light has no side, or collar, hair or the picture's edge leave too little of a half. `linear` (H, W, 3) is
    the view in linear light, `skin` (3,) the face's CIELAB.
    """
    sideways = light[1] / max(abs(float(light[0])), 1e-6)
    if abs(sideways) < _NO_SIDE:
        return {}
    along = (view.landmarks[regions.IRIS_LEFT] - view.landmarks[regions.IRIS_RIGHT]) / view.iod
    down = np.array([-along[1], along[0]]) * view.iod
    jaw = view.landmarks[regions.polygon("jaw_R_to_L")]
    jaw = np.concatenate([jaw[:-1] + share * np.diff(jaw, axis=0) for share in (0.0, 0.33, 0.67)])
    points = (jaw + np.linspace(0.1, 0.4, 8)[:, None, None] * down).reshape(-1, 2)
    points = points[np.all((points >= 0) & (points < linear.shape[1::-1]), axis=1)]
    if not len(points):
        return {}
    colour = _at(points, linear)
    across = (points - view.landmarks[regions.CHIN]) @ along / view.iod
    lab = _lab(colour)
    bare = (np.linalg.norm(lab[:, 1:] - skin[1:], axis=1) < _MAX_CHROMA_DISTANCE) & (lab[:, 0] > skin[0] - 35)
    bare &= (lab[:, 0] > 8) & (lab[:, 0] < 95)
    right, left = (bare & (side > 0.08) & (side < 0.75) for side in (-across, across))
    if min(np.count_nonzero(right), np.count_nonzero(left)) < _MIN_NECK:
        return {}
    luma = _log(colour @ _LUMINANCE)
    return {"lighting_neck": -float(np.sign(sideways) * (texture.median(luma[left]) - texture.median(luma[right])))}


def _catchlight_angle(face: Face, shading: np.ndarray) -> dict[str, float]:
    """Angle in degrees between the side that catchlights sit on and the side that is lit, in the picture plane."""
    if regions.IRIS_RADIUS * face.iod < _MIN_IRIS_RADIUS:
        return {}
    right = _catchlight(face, regions.IRIS_RIGHT, "eye_R")
    left = _catchlight(face, regions.IRIS_LEFT, "eye_L")
    if right is None or left is None:
        return {}
    offset, light = (right + left) / 2, shading[:2]
    if np.linalg.norm(offset) < 0.1 or np.linalg.norm(light) < 0.05:
        return {}
    cosine = offset @ light / (np.linalg.norm(offset) * np.linalg.norm(light))
    return {"lighting_catchlight": float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))}


def _catchlight(face: Face, iris: int, eye: str) -> np.ndarray | None:
    """(2,) from an iris's centre to the middle of its catchlight, in radii to image right and up.

    Looked for between the lids and within 0.75 radii, since sclera and lids are as bright.
    """
    radius = regions.IRIS_RADIUS * face.iod
    reach = 0.75 * radius
    corner = np.maximum(np.floor(face.landmarks[iris] - reach), 0).astype(int)
    right, bottom = np.ceil(face.landmarks[iris] + reach).astype(int)
    patch = face.photo.pixels[corner[1] : bottom + 1, corner[0] : right + 1].min(axis=2)
    if patch.size == 0:
        return None
    x, y = face.landmarks[iris] - corner
    across, up = np.arange(patch.shape[1]) - x, y - np.arange(patch.shape[0])
    inside = across**2 + up[:, None] ** 2 < reach**2
    inside &= filled(patch, face.landmarks - corner, eye)
    levels = np.sort(patch[inside].astype(np.float32))
    if levels.size < _MIN_IRIS_PIXELS:
        return None
    middle, peak = levels[levels.size // 2], levels[round(0.99 * (levels.size - 1))]
    rows, columns = np.nonzero(inside & (patch > (middle + peak) / 2))
    if peak - middle < _MIN_CATCHLIGHT or rows.size > _MAX_SPOT * levels.size:
        return None
    return np.array([across[columns].mean(), up[rows].mean()]) / radius


def _evidence(face: Face, light: np.ndarray, direction: float) -> tuple[Evidence, ...]:
    """An arrow from the side the light comes from to the middle of the face."""
    middle = face.landmarks[:468].mean(axis=0)
    towards = light[:2] * (1, -1) / max(float(np.linalg.norm(light)), 1e-6)
    start = middle + towards * face.iod * (0.8 + min(direction, 1.0))
    return (Evidence("arrow", ("lighting_",), "light comes from here", drawn(np.array([start, middle]))),)


_RATIO = "ln ratio"
_MEASURES = (
    Measure("lighting_direction", "ratio", 0, 1e4, "either", "How directed the light on the face is."),
    Measure(
        "lighting_residual", _RATIO, 0, 12, "artificial", "How much of the face is darker than one light makes it."
    ),
    Measure(
        "lighting_cross_sides", _RATIO, -9, 12, "artificial", "How badly the light on one side explains the other side."
    ),
    Measure(
        "lighting_step",
        "ratio",
        0,
        1e3,
        "artificial",
        "How far the light jumps at the middle of the face.",
        scored=False,
    ),
    Measure(
        "lighting_pairs", _RATIO, 0, 12, "artificial", "How much mirrored places of the face differ beyond one light."
    ),
    Measure(
        "lighting_red", _RATIO, -9, 12, "artificial", "How badly, in red, the light on one side explains the other."
    ),
    Measure(
        "lighting_neck",
        _RATIO,
        -12,
        12,
        "artificial",
        "How much brighter the neck is on the side away from the light on the face.",
        scored=False,
    ),
    Measure(
        # Not scored: differs by 0.6 standard deviations between dark and light skin, corrected for tone.
        "lighting_catchlight",
        "degree",
        0,
        180,
        "either",
        "How far apart the sides of catchlights and of shading are.",
        scored=False,
    ),
)

_MOVED_BY = {"half_relit": ("lighting_step",), "neck_relit": ("lighting_neck",)}

CUE = Cue(
    name="lighting",
    version=2,
    title="Lighting",
    advice="The light on the face looks unlike that of most camera photos; compare cheeks and nose.",
    measures=moved(_MEASURES, _MOVED_BY),
    measure=measure_lighting,
)
