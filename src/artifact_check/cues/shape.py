"""Distorted features: are both sides, the layout and the teeth of the face like those of people?

Physical fact: faces are nearly but never quite symmetrical, and the places of their features vary together in few ways.
Early generators broke such rules; recent ones paint faces nearer to the average than people are (Dunn et al., preprint
on "hyper-average" faces). So both ends of each measure are odd, and each of them is weak.

Region: eyes, brows, mouth from the landmarks with the head's pose removed (cm of the canonical face, in which the
irides are 6.3 cm apart); nose, eyes and mouth from pixels in a frontal warp; teeth from pixels between open lips. The
landmarks of nose wings, cheeks and jaw hardly follow the photo, so their symmetry is not measured on them.

Let d_i = R_i - mirrored L_i, (P, 2) cm, over P mirror pairs. A turned head leaves a part of d that is linear in
t = (sin yaw, sin yaw sin pitch, sin roll): it is subtracted, and because d also widens with |yaw|, what remains is
divided by 1 + w |sin yaw|. Both come from real photos, as do the other statistics (`learn/shape_reference.py`).

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
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import cv2
import numpy as np

from artifact_check import regions, texture
from artifact_check.cue import Abstained, Cue, Measure, Reading, moved, require_size
from artifact_check.face import Face, drawn
from artifact_check.results import Evidence

EXPRESSIONS = (
    ("jawOpen",),
    ("mouthSmileLeft", "mouthSmileRight"),
    ("mouthPressLeft", "mouthPressRight"),
    ("mouthPucker",),
    ("browInnerUp",),
    ("browDownLeft", "browDownRight"),
    ("eyeBlinkLeft", "eyeBlinkRight"),
    ("eyeSquintLeft", "eyeSquintRight"),
)
REGIONS = {
    "brow": (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    "eye": (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    "mouth": (61, 76, 62, 78),
}
PIXEL_REGIONS = {
    "eyes": (slice(1, 5), slice(1, 6)),
    "nose": (slice(5, 10), slice(0, 3)),
    "mouth": (slice(10, 13), slice(0, 3)),
}
_LANDMARKS = (
    *REGIONS["brow"], *REGIONS["eye"], *REGIONS["mouth"],
    146, 185, 95, 191, 40, 39, 37, 91, 181, 84, 80, 81, 82, 88, 178, 87,  # lips
    109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148,  # oval
    48, 129, 98, 97,  # nose
)  # fmt: skip
_MIDLINE = (10, 9, 8, 168, 6, 197, 195, 5, 4, 1, 2, 164, 0, 13, 14, 17, 18, 200, 199, 152)
_MIN_IOD = 48.0  # px
_MAX_TURN = 25.0  # degrees of yaw or pitch
_IOD = 64.0  # px
_CANONICAL_IOD = 6.3  # cm
_CELL = 6  # px, 1 cm of the frontal warp
_ROWS, _COLUMNS = 16, 6  # cells of one half: 7 cm above to 9 cm below the middle of the nose, 6 cm to the side
_TOP = 7.0  # cm
_MAX_SIDE_LIGHT = 0.7  # log2 ratio of the two halves' brightness
_MIN_RESOLUTION = 0.2  # cycles per pixel
_MIN_LIP_GAP = 8.0  # px between the lips, and of teeth
_TEETH_SCALE, _MIN_TEETH_SCALE = 24.0, 10.0  # px per cm that teeth are shrunk to, and from which on gaps show
_MIN_WHITE = 12.0  # L and chroma by which teeth stand out from the rest of the mouth


@cache
def reference() -> dict[str, Any]:
    """The statistics of real photos (`data/shape_reference.json`), lists as arrays."""
    text = resources.files("artifact_check").joinpath("data/shape_reference.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return {key: np.array(value) if isinstance(value, list) else value for key, value in loaded.items()}


@cache
def _pairs() -> np.ndarray:
    right = np.array(_LANDMARKS, dtype=np.intp)
    return np.column_stack([right, regions.mirrored()[right]])


def difference(face: Face) -> np.ndarray:
    """(2 P,) right landmarks minus mirrored left ones, cm, pose removed."""
    points, pairs = face.frontal[:, :2], _pairs()
    apart: np.ndarray = points[pairs[:, 0]] - points[pairs[:, 1]] * (-1, 1)
    return apart.ravel()


def layout(face: Face) -> np.ndarray:
    """(2 P + M,) mean of right and mirrored left landmarks, and heights of the midline, cm, pose removed."""
    points, pairs = face.frontal[:, :2], _pairs()
    mean = (points[pairs[:, 0]] + points[pairs[:, 1]] * (-1, 1)) / 2
    return np.concatenate([mean.ravel(), points[list(_MIDLINE), 1]])


def turn(face: Face) -> np.ndarray:
    """(3,) what asymmetry of a turned head is linear in; changes sign with the mirrored photo."""
    yaw, pitch, roll = np.sin(np.radians(face.pose))
    return np.array([yaw, yaw * pitch, roll])


def circumstances(face: Face) -> np.ndarray:
    """(4 + E,) pose and expression that move the layout; the same in the mirrored photo."""
    yaw, pitch, _ = np.sin(np.radians(face.pose))
    expression = [sum(face.blendshapes.get(name, 0.0) for name in names) / len(names) for names in EXPRESSIONS]
    return np.array([1.0, pitch, pitch**2, yaw**2, *expression])


def proportions(face: Face) -> dict[str, float]:
    """ln ratios of distances with the pose removed."""
    points = face.frontal[:, :2]

    def distance(a: int, b: int) -> float:
        return float(np.linalg.norm(points[a] - points[b]))

    def height(a: int, b: int) -> float:
        return max(float(points[a, 1] - points[b, 1]), 0.1)

    ratios = {
        "canthi": distance(133, 362) / distance(33, 263),
        "mouth_width": distance(61, 291) / distance(regions.IRIS_RIGHT, regions.IRIS_LEFT),
        "forehead": height(regions.FOREHEAD_TOP, regions.GLABELLA) / height(regions.FOREHEAD_TOP, regions.CHIN),
        "lower_face": height(2, regions.CHIN) / height(regions.GLABELLA, 2),
        "philtrum": height(2, 13) / height(14, regions.CHIN),
    }
    return {name: float(np.log(max(ratio, 1e-3))) for name, ratio in ratios.items()}


def region_differences(apart: np.ndarray) -> dict[str, float]:
    """What pairwise differences (2 P,) come to in each region, cm.

    Of brow and corner of the mouth the absolute mean difference of height, which a shift of one of them moves further,
    against what real faces have, than anything else does; of the eye the root mean square of all.
    """
    rows = apart.reshape(-1, 2)
    of = {name: rows[[_LANDMARKS.index(index) for index in indices]] for name, indices in REGIONS.items()}
    heights = {name: abs(float(of[name][:, 1].mean())) for name in ("brow", "mouth")}
    return heights | {"eye": float(np.sqrt((of["eye"] ** 2).sum(axis=1).mean()))}


def pixel_differences(face: Face) -> dict[str, float]:
    """Difference of gradient orientations of the mirrored halves by region, 0 to 1; empty where light hides it."""
    if face.resolution_at(_IOD) < _MIN_RESOLUTION:
        return {}
    right, left = _frontal_halves(face)
    if abs(float(np.log2((right.mean() + 8) / (left.mean() + 8)))) > _MAX_SIDE_LIGHT:
        return {}
    unlike, weight = texture.unlikeness(right, left, _CELL)
    return {name: float((unlike * weight)[where].sum() / weight[where].sum()) for name, where in PIXEL_REGIONS.items()}


@cache
def _frontal_grid() -> tuple[np.ndarray, np.ndarray]:
    """Vertices (3, H, W) and their weights (3, H, W, 1) for each pixel of the frontal warp's right half.

    Pixel (0, 0) is at the top beside the midline; further columns lie further to the subject's right.
    """
    mesh = regions.canonical_mesh()
    height, width = _ROWS * _CELL, _COLUMNS * _CELL
    x = -(np.arange(width) + 0.5) / _CELL
    y = _TOP - (np.arange(height) + 0.5) / _CELL
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    chosen, weights = np.zeros((height, width, 3), np.intp), np.zeros((height, width, 3))
    nearest = np.full((height, width), -np.inf)
    for triangle in mesh.triangles:
        corners = mesh.vertices[triangle]
        if corners[:, 0].max() > 1e-6:
            continue
        edges = (corners[1:, :2] - corners[0, :2]).T
        if abs(np.linalg.det(edges)) < 1e-9:
            continue
        box = _spanned(y, corners[:, 1]), _spanned(x, corners[:, 0])
        second = (grid[box] - corners[0, :2]) @ np.linalg.inv(edges).T
        share = np.concatenate([1 - second.sum(axis=2, keepdims=True), second], axis=2)
        depth = share @ corners[:, 2]
        inside = (share.min(axis=2) >= -1e-9) & (depth > nearest[box])
        chosen[box][inside], weights[box][inside], nearest[box][inside] = triangle, share[inside], depth[inside]
    return np.moveaxis(chosen, -1, 0).copy(), np.moveaxis(weights, -1, 0)[..., None].copy()


def _spanned(falling: np.ndarray, values: np.ndarray) -> slice:
    """Which of the `falling` numbers lie within the range of `values`, or next to it."""
    first, last = np.searchsorted(-falling, (-values.max(), -values.min()))
    return slice(max(int(first) - 1, 0), int(last) + 1)


def _frontal_halves(face: Face) -> tuple[np.ndarray, np.ndarray]:
    """Luma of the right half in the frontal warp, and of the left one mirrored, (H, W) float32 each."""
    view = face.view(_IOD)
    smooth = texture.blur(view.luma, 0.8)
    vertices, weights = _frontal_grid()
    halves = []
    for points in (view.landmarks, view.landmarks[regions.mirrored()]):
        # Landmarks count from a pixel's corner, `remap` from its centre.
        place = (points.take(vertices, axis=0) * weights).sum(axis=0).astype(np.float32) - 0.5
        halves.append(
            cv2.remap(smooth, place[..., 0], place[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        )
    return halves[0], halves[1]


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
    known, sine = reference(), abs(float(turn(face)[0]))
    widening = {name: 1 + factor * sine for name, factor in known["widening"].items()}
    apart = difference(face) - turn(face) @ known["difference_by_turn"]
    values = {f"shape_{name}": value / widening[name] for name, value in region_differences(apart).items()}
    balance = log_distance(apart, known["difference_components"], known["difference_variances"])
    values["shape_balance"] = balance - 2 * float(np.log(widening["balance"]))
    given = circumstances(face)
    placed = layout(face) - given @ known["layout_by_circumstances"]
    values["shape_layout"] = log_distance(placed, known["layout_components"], known["layout_variances"])
    expected = given @ known["proportions_by_circumstances"]
    values |= {
        f"shape_{name}": value - float(usual)
        for (name, value), usual in zip(proportions(face).items(), expected, strict=True)
    }
    values |= {
        f"shape_pixels_{name}": value / widening[f"pixels_{name}"] for name, value in pixel_differences(face).items()
    }
    teeth = _Teeth.seen(face)
    if teeth is not None:
        values |= teeth.values()
    return Reading(values, _evidence(face, apart, teeth))


@dataclass(frozen=True)
class _Teeth:
    """The row of teeth between open lips, turned level.

    `luma` (H, W) float32 and `mask` (H, W) bool where teeth show; `lips` (H, W) bool the lips around;
    `scale` px per cm; `outline` (K, 2) corners in photo pixels.
    """

    luma: np.ndarray
    mask: np.ndarray
    lips: np.ndarray
    scale: float
    outline: np.ndarray

    @classmethod
    def seen(cls, face: Face) -> _Teeth | None:
        """The teeth, or None where the mouth is closed or too few pixels of them show."""
        points = face.landmarks
        mouth = points[regions.polygon("lips_outer")]
        if np.linalg.norm(points[13] - points[14]) < _MIN_LIP_GAP or face.resolution_at(_IOD) < _MIN_RESOLUTION:
            return None
        if mouth.min() < 0 or np.any(mouth.max(axis=0) >= (face.photo.width, face.photo.height)):
            return None
        scale = min(face.iod / _CANONICAL_IOD, _TEETH_SCALE)
        corners, ratio = points[[61, 291]], scale * _CANONICAL_IOD / face.iod
        along = (corners[1] - corners[0]) / np.linalg.norm(corners[1] - corners[0])
        rotation = ratio * np.array([along, (-along[1], along[0])])
        mouth = mouth @ rotation.T
        low, high = np.floor(mouth.min(axis=0)) - 2, np.ceil(mouth.max(axis=0)) + 2
        width, height = (high - low).astype(int)
        to_strip = np.column_stack([rotation, -low])
        strip = _cut(face.photo.pixels, to_strip, (int(width), int(height)), ratio)

        def filled(name: str) -> np.ndarray:
            mask = np.zeros((int(height), int(width)), np.uint8)
            outline = points[regions.polygon(name)] @ rotation.T - low
            cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
            return mask

        mouth_opening = filled("lips_inner")
        inner = cv2.erode(mouth_opening, np.ones((3, 3), np.uint8)).astype(bool)
        lips = filled("lips_outer") > mouth_opening
        if np.count_nonzero(inner) < 40 or np.count_nonzero(lips) < 40:
            return None
        lab = cv2.cvtColor(strip.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        white = lab[..., 0] - 1.5 * lab[..., 1]
        usual, (brightest,) = texture.median(white[lips]), texture.quantiles(white[inner], [0.9])
        if brightest - usual < _MIN_WHITE:
            return None
        bright = (inner & (white > (usual + brightest) / 2)).astype(np.uint8)
        mask: np.ndarray = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        if not mask.any() or _usual_depth(mask.sum(axis=0)) / ratio < _MIN_LIP_GAP:
            return None
        luma = cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY).astype(np.float32)
        parts, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        outline = (cv2.convexHull(np.concatenate(parts))[:, 0] + low) @ np.linalg.inv(rotation).T
        return cls(luma, mask.astype(bool), lips, scale, outline)

    def values(self) -> dict[str, float]:
        """The teeth's measures that can be seen."""
        log_luma = np.log2(self.luma + 8)
        detail = log_luma - texture.blur(log_luma, texture.BAND_SIGMAS[0])
        values = {"shape_teeth_detail": texture.log_energy(detail[self.mask]) - texture.log_energy(detail[self.lips])}
        depth = self.mask.sum(axis=0)
        columns = np.flatnonzero(depth >= max(4, 0.5 * _usual_depth(depth)))
        if columns.size < 2.5 * self.scale or self.scale < _MIN_TEETH_SCALE:
            return values
        start, stop = int(columns.min()), int(columns.max()) + 1
        brightness = np.log2((self.luma * self.mask)[:, columns].sum(axis=0) / depth[columns] + 8)
        row = np.interp(np.arange(start, stop), columns, brightness).astype(np.float32)[None]
        row = (texture.blur(row, 0.06 * self.scale) - texture.blur(row, 0.5 * self.scale))[0]
        inner = row[1:-1]
        gaps = (inner < row[:-2]) & (inner <= row[2:]) & (inner < -0.015)
        return values | {"shape_teeth_gaps": float(np.count_nonzero(gaps) * self.scale / (stop - start))}


def _usual_depth(depth: np.ndarray) -> float:
    """Upper quartile of the pixels of teeth in each column (W,) that shows any."""
    (upper,) = texture.quantiles(depth[depth > 0], [0.75])
    return upper


def _cut(pixels: np.ndarray, to_strip: np.ndarray, size: tuple[int, int], ratio: float) -> np.ndarray:
    """Resample a rotated strip; shrunk by areas first where it has fewer pixels than the photo."""
    box = np.array([(0, 0), (size[0], 0), (0, size[1]), size]) - to_strip[:, 2]
    corners = box @ np.linalg.inv(to_strip[:, :2]).T
    left, top = np.maximum(np.floor(corners.min(axis=0)) - 2, 0).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 3
    patch: np.ndarray = pixels[top:bottom, left:right]
    moved = to_strip.copy()
    moved[:, 2] += moved[:, :2] @ (left, top)
    if ratio < 0.75:
        small = max(1, round(patch.shape[1] * ratio)), max(1, round(patch.shape[0] * ratio))
        shrunk = np.array([small[0] / patch.shape[1], small[1] / patch.shape[0]])
        moved[:, :2] /= shrunk
        moved[:, 2] += moved[:, :2] @ (0.5 - 0.5 * shrunk)  # pixel centres: x' = (x + 0.5) s - 0.5
        patch = cv2.resize(patch, small, interpolation=cv2.INTER_AREA)
    return cv2.warpAffine(
        np.ascontiguousarray(patch), moved, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _evidence(face: Face, apart: np.ndarray, teeth: _Teeth | None) -> tuple[Evidence, ...]:
    """Of each region the pair of landmarks that differs most, the places whose layout was compared, what was compared
    by pixels, and the outline of the teeth.
    """
    distance = np.linalg.norm(apart.reshape(-1, 2), axis=1)
    marks = []
    for name, indices in REGIONS.items():
        places = [_LANDMARKS.index(index) for index in indices]
        worst = _pairs()[places[int(np.argmax(distance[places]))]]
        marks.append(
            Evidence(
                "points", (f"shape_{name}",), f"where the {_NAMES[name]} differ most", drawn(face.landmarks[worst])
            )
        )
    marks.append(
        Evidence("points", _LAYOUT_MEASURES, "places of the features", drawn(face.landmarks[list(_LANDMARKS)]))
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
_RATIO = "log ratio"
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
