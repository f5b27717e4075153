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

from functools import cache

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
_DARKEST = 0.02  # of the median; darker skin is noise
_HIGHLIGHT_WEIGHT = 0.1
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of linear red, green, blue
_SPLITS = {
    "sides": ("right_half", "left_half"),
    "nose": ("nose", "R_cheek+L_cheek"),
    "upper": ("upper", "lower"),
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
    lab, light = _at_vertices(face.view(_IOD))
    usable = _usable_vertices(lab, face.normals)
    if np.count_nonzero(usable) < _MIN_VERTICES:
        raise Abstained("too little bare, evenly coloured skin is visible")
    luma, red = light @ _LUMINANCE, light[:, 0]
    basis = _harmonics(face.normals[usable])
    first = _first_order(basis, luma[usable])
    direction = float(np.linalg.norm(first[1:4]) / max(abs(first[0]), 1e-6))
    if direction < _FLAT:
        raise Abstained("the light is too flat to have a direction")
    values = {"lighting_direction": direction, "lighting_residual": _shortfall(basis, luma[usable])}
    values |= _cross_predictions(basis, luma[usable], red[usable], usable)
    values |= _mirrored(face.normals, luma, usable)
    values |= _catchlight_angle(face, first[1:4])
    return Reading(values, _evidence(face, first[1:4], direction))


@cache
def _members(names: str) -> np.ndarray:
    """(468,) bool: the skin vertices of the regions joined by "+" in `names`."""
    member = np.zeros(len(regions.canonical_mesh().vertices), bool)
    for name in names.split("+"):
        member[regions.shading_vertices(name)] = True
    member.flags.writeable = False  # shared by all callers
    return member


def _usable_vertices(lab: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(468,) bool: skin vertices that face the camera, are not clipped, and have the cheeks' colour."""
    usable = _members("whole") & (normals[:, 2] > 0.4) & (lab[:, 0] < 95) & (lab[:, 0] > 5)
    usable &= regions.canonical_mesh().vertices[:, 1] < 6.6
    cheeks = usable & _members("R_cheek+L_cheek")
    if not np.any(cheeks):
        return np.zeros(len(usable), bool)
    colour = np.median(lab[cheeks, 1:], axis=0)
    near: np.ndarray = usable & (np.linalg.norm(lab[:, 1:] - colour, axis=1) < _MAX_CHROMA_DISTANCE)
    return near


def _at_vertices(view: View) -> tuple[np.ndarray, np.ndarray]:
    """CIELAB and linear light at the mesh's vertices, (468, 3) each: means over 3 x 3 pixels (about 0.05 IOD)."""
    points = view.landmarks[:468]
    corner = np.floor(points).astype(np.intp)
    part = points - corner
    # A bilinear sample of a 3 x 3 mean weighs four pixels along each axis.
    weight = np.stack([1 - part, np.ones_like(part), np.ones_like(part), part]) / 3  # (4, 468, 2)
    weight_of_16 = (weight[:, None, :, 1] * weight[None, :, :, 0]).reshape(16, -1)
    height, width = view.pixels.shape[:2]
    columns, rows = (
        np.clip(corner[:, axis] + np.arange(-1, 3)[:, None], 0, size - 1) for axis, size in enumerate((width, height))
    )
    pixel = (rows[:, None] * width + columns[None]).reshape(16, -1)
    lab, light = (
        np.einsum("pv,pvc->vc", weight_of_16, around)
        for around in (
            np.take(view.lab.reshape(-1, 3), pixel, axis=0),
            np.take(_LINEAR, np.take(view.pixels.reshape(-1, 3), pixel, axis=0)),
        )
    )
    return lab, light


def _harmonics(normals: np.ndarray) -> np.ndarray:
    """(N, 9) real spherical harmonics of the normals up to order 2, without their constant factors; 4 of order 1."""
    x, y, z = normals.T
    return np.column_stack([np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1])


def _first_order(basis: np.ndarray, intensity: np.ndarray) -> np.ndarray:
    """(4,) coefficients of median-normalised intensity on the harmonics of order 0 and 1."""
    target = intensity / max(float(np.median(intensity)), 1e-6)
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
    products = (basis[:, :, None] * basis[:, None, :]).reshape(len(basis), -1)
    weights = members.astype(np.float64)
    for remaining in reversed(range(_ROUNDS)):
        normal = (weights @ products).reshape(-1, size, size) + penalty
        coefficients: np.ndarray = np.linalg.solve(normal, ((weights * targets) @ basis)[..., None])[..., 0]
        if remaining:
            residual = targets - coefficients @ basis.T
            error = np.abs(residual)
            limit = _HUBER * np.maximum(1.4826 * _row_medians(error, members, count), 1e-4)
            weights = members * np.minimum(1.0, limit[:, None] / np.maximum(error, 1e-9))
            weights[residual > 0] *= above
    return coefficients


def _row_medians(values: np.ndarray, members: np.ndarray, count: np.ndarray) -> np.ndarray:
    """(F,) medians of the members of each row of (F, N) values; `count` (F,) members there are."""
    ranked = np.sort(np.where(members, values, np.inf), axis=1)
    rows = np.arange(len(values))
    medians: np.ndarray = (ranked[rows, (count - 1) // 2] + ranked[rows, count // 2]) / 2
    return medians


def _shortfall(basis: np.ndarray, intensity: np.ndarray) -> float:
    """Mean of how far ln intensity falls below the light that fits it best, over all vertices."""
    log = np.log(np.maximum(intensity / max(float(np.median(intensity)), 1e-6), _DARKEST))
    everywhere = np.ones((1, len(log)), bool)
    light = basis @ _huber(basis, log[None], everywhere, ridge=_RIDGE, above=_HIGHLIGHT_WEIGHT)[0]
    return float(np.mean(np.maximum(light - log, 0)))


def _cross_predictions(basis: np.ndarray, luma: np.ndarray, red: np.ndarray, usable: np.ndarray) -> dict[str, float]:
    """How badly the light on each part of the face explains the other, over what one light leaves unexplained.

    `basis` (N, 9), `luma` and `red` (N,) are those of the N `usable` (468,) vertices.
    """
    height = regions.canonical_mesh().vertices[usable, 1]
    parts = {name: _members(name)[usable] for name in ("whole", *_SPLITS["sides"], *_SPLITS["nose"])}
    parts["upper"] = height > np.median(height)
    parts["lower"] = ~parts["upper"]
    parts = {name: part for name, part in parts.items() if np.count_nonzero(part) >= _MIN_HALF}
    of_luma, of_red = _errors(basis, np.stack([luma, red]), np.stack(list(parts.values())))
    place = {name: index for index, name in enumerate(parts)}

    def cross(errors: np.ndarray, split: str) -> float:
        a, b = (place[name] for name in _SPLITS[split])
        return float(np.log((errors[a, b] + errors[b, a]) / (2 * errors[0, 0] + 1e-3)))

    seen = [split for split, names in _SPLITS.items() if all(name in parts for name in names)]
    values = {f"lighting_cross_{split}": cross(of_luma, split) for split in seen}
    if "sides" in seen:
        values["lighting_red"] = cross(of_red, "sides")
    return values


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
    across = (normals[left, 0] - normals[right, 0]) / 2
    near = np.abs(across) < _NEAR_MIDLINE
    count = np.count_nonzero(near)
    if count < _MIN_PAIRS // 2:
        return {}
    log = np.log(np.maximum(intensity, 1e-4))
    ratio = (log[left] - log[right])[near]
    basis = np.column_stack([np.ones(count), across[near]])
    coefficients = _huber(basis, ratio[None], np.ones((1, count), bool), ridge=1e-4)[0]
    return {
        "lighting_step": abs(float(coefficients[0])),
        "lighting_pairs": float(1.4826 * np.median(np.abs(ratio - basis @ coefficients))),
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
