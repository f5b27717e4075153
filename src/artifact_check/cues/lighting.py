"""Inconsistent lighting: does one light explain both halves of the face?

Physical fact: the light that a convex matt surface reflects is close to a second-order spherical-harmonic function of
its normal (Basri, Jacobs 2003; Ramamoorthi, Hanrahan 2001), so the fit made on one part of a face predicts the rest.
A generator that paints cheek by cheek owes no such consistency.

Region: skin at visible vertices of the face mesh (no eyes, lips, brows; not clipped; near the cheeks' colour), at IOD
64 px, luma linearised; normals from the mesh with the head's pose put back. Intensities are divided by their median, so
exposure and skin tone cancel.

Measures: I/median(I) is fitted by b . Y(n), 9 harmonics with ridge 0.01 N and Huber weights (k = 1.345).
    lighting_residual: mean |I - fit| of the whole face;
    lighting_cross: ln of the mean error of predicting each half from the other's fit, over twice the whole-face
        residual, for left/right, upper/lower and nose/cheeks (Kee, Farid 2010, for harmonics on a 3-D face; Peng et al.
        2017);
    lighting_direction: |b_1|/b_0 of the first-order fit: 0 in flat light;
    lighting_step: jump of the light at the midline, from ln I_left - ln I_right = c + a n_x over mirrored pairs: |c|;
    lighting_pairs: robust spread of those pairs about the line;
    lighting_red: the same cross-prediction in red, where blood shows least;
    lighting_catchlight: angle between the side of the catchlights and that of the shading (Johnson, Farid 2007).

Innocent causes: two-light studios, coloured gels, dappled light, contouring make-up, dodge-and-burn retouching, phone
relighting, hair shadows, beards. Turned heads, flat light and faces with little bare skin abstain.
"""

from __future__ import annotations

import cv2
import numpy as np

from artifact_check import regions
from artifact_check.cue import Abstained, Cue, Measure, Reading, moved
from artifact_check.face import Face, View
from artifact_check.results import Evidence

_IOD = 64.0  # px
_MIN_IOD = 48.0
_MAX_YAW = 30.0  # degrees
_MAX_PITCH = 25.0
_MIN_VERTICES = 90  # of 374
_MIN_HALF = 35
_MIN_PAIRS = 40  # of 220 mirrored pairs of vertices
_NEAR_MIDLINE = 0.6  # largest sideways component of a unit normal
_MAX_CHROMA_DISTANCE = 12.0  # in CIELAB a, b from the cheeks' median
_FLAT = 0.08  # |b_1|/b_0 under which no direction can be told
_RIDGE, _HUBER, _ROUNDS = 0.01, 1.345, 4
_SRGB = np.arange(256, dtype=np.float32) / 255
# sRGB to linear light (IEC 61966-2-1), by 8-bit level.
_LINEAR = np.where(_SRGB <= 0.04045, _SRGB / 12.92, ((_SRGB + 0.055) / 1.055) ** 2.4).astype(np.float32)
_SPLITS = {
    "sides": ("right_half", "left_half"),
    "nose": ("nose", "R_cheek+L_cheek"),
}


def measure_lighting(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: face too small or turned away, too little bare skin, or light too flat to have a direction.
    """
    yaw, pitch, _ = face.pose
    if face.iod < _MIN_IOD:
        raise Abstained(f"the face is too small ({face.iod:.0f} px between the eyes)")
    if abs(yaw) > _MAX_YAW or abs(pitch) > _MAX_PITCH:
        raise Abstained(f"the head is turned too far to compare its sides (yaw {yaw:.0f}, pitch {pitch:.0f} degrees)")
    view = face.view(_IOD)
    usable = _usable_vertices(view, face)
    if np.count_nonzero(usable) < _MIN_VERTICES:
        raise Abstained("too little bare, evenly coloured skin is visible")
    normals = face.normals
    luma, red = _intensity(view)
    first = _fit(normals[usable], luma[usable], order=1)
    direction = float(np.linalg.norm(first[1:4]) / max(abs(first[0]), 1e-6))
    if direction < _FLAT:
        raise Abstained("the light is too flat to have a direction")
    residual = _error(normals, luma, usable, usable)
    values = {"lighting_direction": direction, "lighting_residual": residual}
    values |= _cross_predictions(normals, luma, usable, residual)
    sides = _cross(normals, red, usable & _members("right_half"), usable & _members("left_half"))
    if sides is not None:
        values["lighting_red"] = float(np.log(sides / (2 * _error(normals, red, usable, usable) + 1e-3)))
    values |= _mirrored(normals, luma, usable)
    values |= _catchlight_angle(face, first[1:4])
    return Reading(values, _evidence(face, first[1:4], direction))


def _members(names: str) -> np.ndarray:
    member = np.zeros(regions.canonical_mesh().vertices.shape[0], bool)
    for name in names.split("+"):
        member[regions.shading_vertices(name)] = True
    return member


def _usable_vertices(view: View, face: Face) -> np.ndarray:
    """(468,) bool: skin vertices that face the camera, are not clipped, and have the cheeks' colour."""
    normals = face.normals
    lab = _sample(view.lab, view)
    usable = _members("whole") & (normals[:, 2] > 0.4) & (lab[:, 0] < 95) & (lab[:, 0] > 5)
    usable &= regions.canonical_mesh().vertices[:, 1] < 6.6
    cheeks = usable & _members("R_cheek+L_cheek")
    if not np.any(cheeks):
        return np.zeros(len(usable), bool)
    colour = np.median(lab[cheeks, 1:], axis=0)
    near: np.ndarray = usable & (np.linalg.norm(lab[:, 1:] - colour, axis=1) < _MAX_CHROMA_DISTANCE)
    return near


def _sample(picture: np.ndarray, view: View) -> np.ndarray:
    """(468, C) values of a (N, N, C) float32 picture at the mesh's vertices, averaged over about 0.05 IOD."""
    smooth = cv2.blur(picture, (3, 3))
    x, y = view.landmarks[:468].T.astype(np.float32)
    sampled: np.ndarray = cv2.remap(smooth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return sampled.reshape(468, -1)


def _intensity(view: View) -> tuple[np.ndarray, np.ndarray]:
    """Linear-light luminance and red at the vertices, (468,) each."""
    sampled = _sample(_LINEAR[view.pixels], view)
    return sampled @ np.array([0.2126, 0.7152, 0.0722]), sampled[:, 0]


def _harmonics(normals: np.ndarray, order: int) -> np.ndarray:
    """(N, 4 or 9) real spherical harmonics of the normals, without their constant factors."""
    x, y, z = normals.T
    first = [np.ones_like(x), x, y, z]
    second = [x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1]
    return np.column_stack(first if order == 1 else first + second)


def _fit(normals: np.ndarray, intensity: np.ndarray, order: int = 2) -> np.ndarray:
    """Ridge regression with Huber weights of median-normalised intensity on the harmonics."""
    target = intensity / max(float(np.median(intensity)), 1e-6)
    return _huber(_harmonics(normals, order), target, ridge=_RIDGE)[0]


def _huber(basis: np.ndarray, target: np.ndarray, *, ridge: float) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and errors of a ridge regression with Huber weights; the first column is not shrunk."""
    penalty = ridge * len(target) * np.eye(basis.shape[1])
    penalty[0, 0] = 0.0
    weights = np.ones_like(target)
    for _ in range(_ROUNDS):
        weighted = basis * weights[:, None]
        coefficients = np.linalg.solve(weighted.T @ basis + penalty, weighted.T @ target)
        error = target - basis @ coefficients
        limit = _HUBER * max(1.4826 * float(np.median(np.abs(error))), 1e-4)
        weights = np.minimum(1.0, limit / np.maximum(np.abs(error), 1e-9))
    return coefficients, error


def _error(normals: np.ndarray, intensity: np.ndarray, fitted: np.ndarray, predicted: np.ndarray) -> float:
    """Mean absolute error on `predicted` of the fit made on `fitted`, both (468,) bool, in median intensities."""
    scale = max(float(np.median(intensity[fitted])), 1e-6)
    guess = _harmonics(normals[predicted], 2) @ _fit(normals[fitted], intensity[fitted])
    return float(np.mean(np.abs(intensity[predicted] / scale - guess)))


def _cross(normals: np.ndarray, intensity: np.ndarray, a: np.ndarray, b: np.ndarray) -> float | None:
    if min(np.count_nonzero(a), np.count_nonzero(b)) < _MIN_HALF:
        return None
    return _error(normals, intensity, a, b) + _error(normals, intensity, b, a)


def _cross_predictions(
    normals: np.ndarray, intensity: np.ndarray, usable: np.ndarray, residual: float
) -> dict[str, float]:
    height = regions.canonical_mesh().vertices[:, 1]
    parts = {name: (usable & _members(a), usable & _members(b)) for name, (a, b) in _SPLITS.items()}
    middle = float(np.median(height[usable]))
    parts["upper"] = (usable & (height > middle), usable & (height <= middle))
    values = {}
    for name, (a, b) in parts.items():
        error = _cross(normals, intensity, a, b)
        if error is not None:
            values[f"lighting_cross_{name}"] = float(np.log(error / (2 * residual + 1e-3)))
    return values


def _mirrored(normals: np.ndarray, intensity: np.ndarray, usable: np.ndarray) -> dict[str, float]:
    """One light against mirrored pairs of vertices near the midline, whose albedo is nearly the same and cancels.

    ln I_left - ln I_right of a pair is modelled as c + a n_x, n the mean mirrored normal. Under one light c is 0,
    because shading is continuous across the midline.
    """
    right, left = regions.mirror_pairs().T
    seen = usable[right] & usable[left]
    if np.count_nonzero(seen) < _MIN_PAIRS:
        return {}
    right, left = right[seen], left[seen]
    ratio = np.log(np.maximum(intensity[left], 1e-4) / np.maximum(intensity[right], 1e-4))
    normal = (normals[left] + normals[right] * (-1, 1, 1)) / 2
    near = np.abs(normal[:, 0]) < _NEAR_MIDLINE
    if np.count_nonzero(near) < _MIN_PAIRS // 2:
        return {}
    basis = np.column_stack([np.ones(np.count_nonzero(near)), normal[near, 0]])
    coefficients, error = _huber(basis, ratio[near], ridge=1e-4)
    return {
        "lighting_step": abs(float(coefficients[0])),
        "lighting_pairs": float(1.4826 * np.median(np.abs(error))),
    }


def _catchlight_angle(face: Face, shading: np.ndarray) -> dict[str, float]:
    """Angle in degrees between the side that catchlights sit on and the side that is lit, in the picture plane."""
    radius = regions.IRIS_RADIUS * face.iod
    if radius < 5:
        return {}
    offsets = []
    for iris in (regions.IRIS_RIGHT, regions.IRIS_LEFT):
        x, y = face.landmarks[iris]
        rows = slice(max(round(y - 0.8 * radius), 0), round(y + 0.8 * radius) + 1)
        columns = slice(max(round(x - 0.8 * radius), 0), round(x + 0.8 * radius) + 1)
        patch = face.photo.pixels[rows, columns].astype(np.float32).min(axis=2)
        if patch.size == 0:
            return {}
        middle, peak = np.percentile(patch, (50, 99))
        if peak - middle < 30:
            return {}
        spot = np.argwhere(patch > (middle + peak) / 2).mean(axis=0)
        offsets.append((spot[::-1] + np.array([columns.start, rows.start]) - (x, y)) / radius * (1, -1))
    offset, light = np.mean(offsets, axis=0), shading[:2]
    if np.linalg.norm(offset) < 0.1 or np.linalg.norm(light) < 0.05:
        return {}
    cosine = offset @ light / (np.linalg.norm(offset) * np.linalg.norm(light))
    return {"lighting_catchlight": float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))}


def _evidence(face: Face, light: np.ndarray, direction: float) -> tuple[Evidence, ...]:
    """An arrow from the side the light comes from to the middle of the face."""
    middle = face.landmarks[:468].mean(axis=0)
    towards = light[:2] * (1, -1) / max(float(np.linalg.norm(light)), 1e-6)
    start = middle + towards * face.iod * (0.8 + min(direction, 1.0))
    points = tuple((round(float(x), 2), round(float(y), 2)) for x, y in (start, middle))
    return (Evidence("arrow", "lighting_direction", "light comes from here", points),)


_RATIO = "ln ratio"
_MEASURES = (
    Measure("lighting_direction", "ratio", 0, 1e4, "either", "How directed the light on the face is."),
    Measure(
        "lighting_residual",
        "median intensity",
        0,
        1e3,
        "artificial",
        "How much of the shading no single light explains.",
    ),
    Measure(
        "lighting_cross_sides", _RATIO, -9, 12, "artificial", "How badly the light on one side explains the other side."
    ),
    Measure("lighting_cross_upper", _RATIO, -9, 12, "artificial", "How badly the light above explains the face below."),
    Measure(
        "lighting_cross_nose", _RATIO, -9, 12, "artificial", "How badly the light on the nose explains the cheeks."
    ),
    Measure("lighting_step", _RATIO, 0, 12, "artificial", "How far the light jumps at the middle of the face."),
    Measure(
        "lighting_pairs", _RATIO, 0, 12, "artificial", "How much mirrored places of the face differ beyond one light."
    ),
    Measure(
        "lighting_red", _RATIO, -9, 12, "artificial", "How badly, in red, the light on one side explains the other."
    ),
    Measure(
        "lighting_catchlight",
        "degree",
        0,
        180,
        "artificial",
        "How far apart the sides of catchlights and of shading are.",
    ),
)

_MOVED_BY = {
    "half_relit": ("lighting_residual", "lighting_cross_sides", "lighting_step", "lighting_pairs", "lighting_red")
}

CUE = Cue(
    name="lighting",
    version=1,
    title="Lighting",
    advice="The light on the face looks unlike that of most camera photos; compare cheeks and nose.",
    measures=moved(_MEASURES, _MOVED_BY),
    measure=measure_lighting,
)
