"""Photo -> Face: 478 landmarks, pose, blendshapes, and shared views of the face. The only import of mediapipe.

Conventions: landmarks are pixels of `Photo.pixels`, upright and perhaps reduced; the interocular distance (IOD) is that
between the two iris centres. A `Landmarker` belongs to the process that made it: after a fork, make a new one.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, Self

import cv2
import numpy as np

from artifact_check import regions, texture
from artifact_check.errors import FaceTooSmallError, ModelError, NoFaceError, UnreadableError
from artifact_check.photo import Photo
from artifact_check.quiet import silent_stderr
from artifact_check.results import Evidence
from artifact_check.shipped import shipped_model

LANDMARK_MODEL_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
MIN_IOD = 40.0  # px; below it an iris is under 8 px wide and skin has no texture left
MAX_FACES = 5
DETECTABLE_SIDE = 960  # px, longer side of a photo from which on a larger one shows no more faces
_DETAILED_IOD = 110.0  # px; an iris is then 20 px wide, the most that any measure asks for
_DETECT_SIDE = 1024  # px; detection time is flat up to here and landmarks do not improve beyond
_MIN_CHROMA = 4.0  # CIELAB
_DOUBTFUL = 1.4  # brow and eye luma over cheek luma
_SPECTRUM_SIDE, _MIN_SPECTRUM_SIDE = 256, 16  # px
_DOMINANT = 3.0  # area ratio from which on a second face is a bystander


@dataclass(frozen=True)
class View:
    """A square cut around the face at one scale.

    `pixels` (N, N, 3) uint8 sRGB; `landmarks` (478, 2) in pixels of the view; `scale` view pixels per photo pixel;
    `origin` the photo coordinates of the view's corner.
    """

    pixels: np.ndarray
    landmarks: np.ndarray
    scale: float
    origin: tuple[float, float]
    _masks: dict[tuple[str, ...], np.ndarray] = field(default_factory=dict, repr=False)
    _places: dict[tuple[str, ...], np.ndarray] = field(default_factory=dict, repr=False)

    @cached_property
    def luma(self) -> np.ndarray:
        """(N, N) float32, 0..255, Rec. 601 weights on sRGB values."""
        return cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)

    @cached_property
    def bands(self) -> list[np.ndarray]:
        """The three finest band-pass pictures of luma, (N, N) float32 each, finest first (`texture.bands`)."""
        return texture.bands(self.luma, texture.BAND_SIGMAS[:3])

    @cached_property
    def log_luma(self) -> np.ndarray:
        """(N, N) float32, log2 of luma and an offset that keeps noise in the dark small."""
        logarithm: np.ndarray = np.log2(self.luma + 8.0)
        return logarithm

    @cached_property
    def log_bands(self) -> list[np.ndarray]:
        """All four of log luma, where contrast hardly depends on how much light the skin reflects."""
        return texture.bands(self.log_luma)

    @cached_property
    def lab(self) -> np.ndarray:
        """(N, N, 3) float32 CIELAB: L 0..100, a and b about -127..127."""
        lab: np.ndarray = cv2.cvtColor(self.pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        return lab

    def lab_at(self, where: np.ndarray) -> np.ndarray:
        """(3, K) CIELAB at flat pixel indices (K,)."""
        return np.ascontiguousarray(self.lab.reshape(-1, 3).take(where, axis=0).T)

    @cached_property
    def ycc(self) -> np.ndarray:
        """(N, N, 3) float32 Y, Cr, Cb, 0..255 each."""
        return cv2.cvtColor(self.pixels, cv2.COLOR_RGB2YCrCb).astype(np.float32)

    @cached_property
    def half_ycc(self) -> np.ndarray:
        """The same at half size, which is what 4:2:0 coding leaves of chroma."""
        return cv2.resize(self.ycc, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)

    @cached_property
    def iod(self) -> float:
        """Interocular distance in pixels of the view."""
        return float(np.linalg.norm(self.landmarks[regions.IRIS_RIGHT] - self.landmarks[regions.IRIS_LEFT]))

    def mask(self, *names: str) -> np.ndarray:
        """(N, N) bool, read-only: the named polygons filled."""
        if names not in self._masks:
            parts = [self.mask(name) for name in names] if len(names) > 1 else []
            mask = np.any(parts, axis=0) if parts else filled(self.pixels, self.landmarks, *names)
            mask.flags.writeable = False  # shared by all callers
            self._masks[names] = mask
        return self._masks[names]

    def where(self, *names: str) -> np.ndarray:
        """(K,) flat indices, read-only, of the pixels in the named polygons."""
        if names not in self._places:
            places = np.flatnonzero(self.mask(*names))
            places.flags.writeable = False
            self._places[names] = places
        return self._places[names]

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2) of the view in pixels of the photo."""
        moved: np.ndarray = points / self.scale + np.array(self.origin)
        return moved

    def heatmap(self, measures: tuple[str, ...], label: str, tiles: np.ndarray) -> Evidence:
        """Evidence to draw over the whole view: `tiles` (rows, columns) of 0..1."""
        height, width = self.pixels.shape[:2]
        corners = self.to_photo(np.array([(0.0, 0.0), (width, height)]))
        return Evidence(
            kind="heatmap",
            measures=measures,
            label=label,
            points=drawn(corners),
            grid=tuple(map(tuple, np.round(tiles.astype(np.float64), 3).tolist())),
        )


def drawn(points: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Places (N, 2) in pixels of the photo as evidence holds them, to a hundredth of a pixel."""
    return tuple(map(tuple, np.round(points, 2).tolist()))


def filled(pixels: np.ndarray, landmarks: np.ndarray, *names: str) -> np.ndarray:
    """(H, W) bool in the size of `pixels`: the convex hulls of the named polygons of `landmarks`, in its pixels."""
    mask = np.zeros(pixels.shape[:2], np.uint8)
    for name in names:
        outline = np.round(landmarks[regions.polygon(name)]).astype(np.int32)
        cv2.fillPoly(mask, [cv2.convexHull(outline)], 1)
    return mask.astype(bool)


@dataclass(frozen=True)
class Face:
    """The largest face of a photo.

    `landmarks` (478, 2) px and `depth` (478,) px, smaller is nearer to the camera; `transform` (4, 4) maps the
    canonical face in cm to the camera's frame; `blendshapes` by name, 0..1; `count` faces were found,
    and this one is `dominant` when its area is at least three times that of each other.
    """

    photo: Photo
    landmarks: np.ndarray
    depth: np.ndarray
    transform: np.ndarray
    blendshapes: dict[str, float] = field(repr=False)
    count: int = 1
    dominant: bool = True
    _views: dict[float, View] = field(default_factory=dict, repr=False)

    @cached_property
    def iod(self) -> float:
        """Interocular distance in photo pixels."""
        return float(np.linalg.norm(self.landmarks[regions.IRIS_RIGHT] - self.landmarks[regions.IRIS_LEFT]))

    @cached_property
    def width(self) -> float:
        """Horizontal extent of the landmarks in photo pixels."""
        return float(np.ptp(self.landmarks[:, 0]))

    @cached_property
    def pose(self) -> tuple[float, float, float]:
        """(yaw, pitch, roll) in degrees; yaw and pitch are 0 when the face looks into the camera."""
        forward = self.transform[:3, 2] / np.linalg.norm(self.transform[:3, 2])
        yaw = np.arctan2(forward[0], forward[2])
        pitch = np.arcsin(np.clip(forward[1], -1, 1))
        roll = np.arctan2(self.transform[1, 0], self.transform[0, 0])
        return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))

    @cached_property
    def frontal(self) -> np.ndarray:
        """(478, 3) landmarks in cm with the head's pose removed (weighted Umeyama similarity onto the canonical mesh);
        +x the subject's left, +y up, +z to the camera.
        """
        points = np.column_stack([self.landmarks[:, 0], -self.landmarks[:, 1], -self.depth])
        mesh = regions.canonical_mesh()
        return _similarity(points, mesh.vertices[mesh.fit_indices], mesh.fit_indices, mesh.fit_weights)

    @cached_property
    def normals(self) -> np.ndarray:
        """(468, 3) unit normals of the mesh in the camera's frame (+x image right, +y up, +z to the camera).

        Half from the fitted mesh, half from the canonical one, because the landmarks' depth is noisy.
        """
        mesh = regions.canonical_mesh()
        blended = _vertex_normals(self.frontal[:468], mesh.triangles) + _canonical_normals()
        rotation = self.transform[:3, :3] / np.linalg.norm(self.transform[:3, :3], axis=0)
        turned = blended @ rotation.T
        unit: np.ndarray = turned / np.linalg.norm(turned, axis=1, keepdims=True)
        return unit

    @cached_property
    def coloured(self) -> bool:
        """Whether the face has colour: mean CIELAB chroma of 4 or more. A grey photo's colours were not seen."""
        view = self.view(64.0)
        _, a, b = view.lab_at(view.where("face_oval"))
        return bool(np.sqrt(a * a + b * b).mean() >= _MIN_CHROMA)

    @cached_property
    def skin_tone(self) -> float | None:
        """Individual typology angle of cheeks and forehead in degrees: above 41 light, below 10 dark.

        atan((L - 50) / b) of the median CIELAB colour (Chardon, Cretois, Hourseau 1991). Exposure moves it too; None
        where the photo has no colour.
        """
        view = self.view(64.0)
        skin = view.lab_at(view.where("cheek_R", "cheek_L", "forehead"))
        if not self.coloured or not skin.size:
            return None
        lightness, yellow = texture.median(skin[0]), texture.median(skin[2])
        return float(np.degrees(np.arctan2(lightness - 50, max(yellow, 1e-3))))

    @cached_property
    def effective_resolution(self) -> float:
        """Highest spatial frequency that eyes and brows still show, in cycles per photo pixel (0..0.5).

        Where the radial power spectrum of that strip exceeds four times that of noise of one grey level. Camera photos
        read about 0.5; scaled up twice 0.27; blurred by a Gaussian of two pixels 0.17.
        """
        outline = self.landmarks[np.concatenate([regions.polygon(n) for n in ("brow_R", "brow_L", "eye_R", "eye_L")])]
        left, top = np.maximum(np.floor(outline.min(axis=0)), 0).astype(int)
        right, bottom = np.ceil(outline.max(axis=0)).astype(int)
        strip = self.photo.pixels[top:bottom, left:right][:_SPECTRUM_SIDE, :_SPECTRUM_SIDE]
        if min(strip.shape[:2]) < _MIN_SPECTRUM_SIDE:
            return 0.0
        return _highest_frequency(cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY).astype(np.float32))

    def resolution_at(self, iod: float) -> float:
        """Effective resolution in cycles per pixel of the view that `view(iod)` gives."""
        return min(0.5, self.effective_resolution * max(1.0, self.iod / iod))

    def on(self, photo: Photo) -> Face:
        """The same face on the same picture decoded at another scale."""
        scale = photo.width / self.photo.width
        return replace(self, photo=photo, landmarks=self.landmarks * scale, depth=self.depth * scale, _views={})

    def eye_openness(self, side: str) -> float:
        """Lid gap over canthus distance: about 0.3 when open, under 0.15 when closed. `side` is "right" or "left"."""
        right = side == "right"
        upper, lower = regions.LIDS_RIGHT if right else regions.LIDS_LEFT
        outer, inner = regions.CANTHI_RIGHT if right else regions.CANTHI_LEFT
        gap = np.linalg.norm(self.landmarks[upper] - self.landmarks[lower])
        return float(gap / np.linalg.norm(self.landmarks[outer] - self.landmarks[inner]))

    def view(self, iod: float) -> View:
        """The face and what touches it (3.7 IOD square), scaled down to `iod` pixels between the irises, never up."""
        if iod not in self._views:
            self._views[iod] = self._make_view(iod)
        return self._views[iod]

    def part(self, iod: float, *names: str) -> View:
        """The same of nothing but the box around the named polygons and 0.1 IOD beside it; made anew at each call."""
        outline = self.landmarks[np.concatenate([regions.polygon(name) for name in names])]
        return self._scaled(iod, outline.min(axis=0) - 0.1 * self.iod, outline.max(axis=0) + 0.1 * self.iod)

    def _make_view(self, iod: float) -> View:
        centre = (self.landmarks.min(axis=0) + self.landmarks.max(axis=0)) / 2
        half = 1.85 * self.iod
        return self._scaled(iod, centre - half, centre + half)

    def _scaled(self, iod: float, start: np.ndarray, end: np.ndarray) -> View:
        """The photo between two corners (x, y)."""
        scale = min(1.0, iod / self.iod)
        height, width = self.photo.pixels.shape[:2]
        left, top = np.maximum(np.floor(start), 0).astype(int)
        right, bottom = np.minimum(np.ceil(end), (width, height)).astype(int)
        pixels: np.ndarray = self.photo.pixels[top:bottom, left:right]
        if scale < 1.0:
            size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        return View(pixels, (self.landmarks - (left, top)) * scale, scale, (float(left), float(top)))


class Landmarker:
    """MediaPipe's face landmarker in IMAGE mode, silent, for one process.

    Raises:
        ModelError: the landmark model is missing or is not the file this version was made for.
    """

    def __init__(self) -> None:
        self._model = _landmark_model()
        self._task: _Task | None = None
        self._pid = os.getpid()

    def find(self, photo: Photo) -> Face:
        """The largest face of `photo`.

        Raises:
            NoFaceError: no face, upright or upside down.
            UnreadableError: the native code failed on this photo; the next one is not affected.
            FaceTooSmallError: the interocular distance is under `MIN_IOD` pixels of the whole picture.
        """
        pixels = _capped(photo.pixels)
        face = self._look(photo, pixels, turned=False)
        if face is None or _darkness_upside_down(face) > _DOUBTFUL:
            # On a photo that stands on its head, chin and mouth can pass for brow and eyes: look at it both ways.
            other = self._look(photo, np.ascontiguousarray(pixels[::-1, ::-1]), turned=True)
            face = min((f for f in (face, other) if f is not None), key=_darkness_upside_down, default=None)
        if face is None:
            raise NoFaceError("No face was found; use a photo with one face turned to the camera.")
        iod = face.iod * photo.reduction
        if iod < MIN_IOD:
            raise FaceTooSmallError(
                f"The eyes are only {iod:.0f} pixels apart, and at least {MIN_IOD:.0f} are needed; "
                "use a larger version of the photo.",
                faces=face.count,
                width=face.width * photo.reduction,
                iod=iod,
            )
        return face

    def find_in(self, photo: Photo, decode: Callable[..., Photo]) -> Face:
        """The largest face of `photo`, which `decode` read at its `DETECTABLE_SIDE`, with all the pixels a cue needs.

        A small face in a large picture has them only at a larger scale, at which `decode` then reads the picture again.
        """
        face = self.find(photo)
        if photo.reduction == 1 or face.iod >= _DETAILED_IOD:
            return face
        return face.on(decode(least=max(photo.width, photo.height) * _DETAILED_IOD / face.iod))

    def close(self) -> None:
        """Free the native graph; the next `find` makes a new one."""
        task, self._task = self._task, None
        if task is not None:
            atexit.unregister(task.abandon)
            task.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _look(self, photo: Photo, pixels: np.ndarray, *, turned: bool) -> Face | None:
        found = self._detect(pixels)
        return _to_face(photo, found, turned=turned) if found.face_landmarks else None

    def _detect(self, pixels: np.ndarray) -> Any:  # noqa: ANN401
        if self._pid != os.getpid():  # a forked child that uses its parent's graph hangs
            if self._task is not None:
                self._task.abandon()
            self._task, self._pid = None, os.getpid()
        if self._task is None:
            self._task = _Task(self._model)
            atexit.register(self._task.abandon)
        try:
            return self._task.detect(pixels)
        except Exception as error:
            # After any exception the graph is dead: every later photo would fail too.
            with contextlib.suppress(Exception):
                self.close()
            raise UnreadableError(
                f"The landmark model failed on this photo ({type(error).__name__}); save it anew as JPEG or PNG."
            ) from error


def _darkness_upside_down(face: Face) -> float:
    """Median luma of brows and eyes over that of the cheeks: below `_DOUBTFUL` on nine of ten upright faces."""
    view = face.view(64.0)
    parts = [view.luma.take(view.where(f"{name}_R", f"{name}_L")) for name in ("brow", "eye", "cheek")]
    if not all(part.size for part in parts):
        return float("inf")
    brow, eye, cheek = (texture.median(part) for part in parts)
    return (brow + eye) / max(cheek, 1.0)


def _landmark_model() -> bytes:
    path = shipped_model("face_landmarker.task")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != LANDMARK_MODEL_SHA256:
        raise ModelError(f"{path} is not the landmark model this version was made for; install the package again.")
    return data


class _Task:
    """One native face landmarker."""

    def __init__(self, model: bytes) -> None:
        with silent_stderr():  # MediaPipe's native log has no off switch
            from mediapipe.tasks.python import BaseOptions, vision

            self._native = vision.FaceLandmarker.create_from_options(
                vision.FaceLandmarkerOptions(
                    base_options=BaseOptions(model_asset_buffer=model),
                    running_mode=vision.RunningMode.IMAGE,
                    num_faces=MAX_FACES,
                    output_face_blendshapes=True,
                    output_facial_transformation_matrixes=True,
                )
            )
            # The first detection prints too, so it happens here, on nothing.
            self.detect(np.zeros((64, 64, 3), np.uint8))

    def detect(self, pixels: np.ndarray) -> Any:  # noqa: ANN401
        import mediapipe

        return self._native.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels))

    def close(self) -> None:
        with silent_stderr():
            self._native.close()

    def abandon(self) -> None:
        """Leave the native part to the operating system.

        At exit and in a forked child its threads are gone: closing it would raise there, or hang here.
        """
        self._native._handle = None  # noqa: SLF001


def _capped(pixels: np.ndarray) -> np.ndarray:
    """The picture with its long side at most `_DETECT_SIDE` (huge sides abort the native code)."""
    height, width = pixels.shape[:2]
    scale = _DETECT_SIDE / max(height, width)
    if scale >= 1:
        return np.ascontiguousarray(pixels)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _to_face(photo: Photo, found: Any, *, turned: bool) -> Face:  # noqa: ANN401
    faces = [np.array([(p.x, p.y, p.z) for p in points]) for points in found.face_landmarks]
    areas = [float(np.prod(np.ptp(points[:, :2], axis=0))) for points in faces]
    chosen = int(np.argmax(areas))
    rivals = sum(area * _DOMINANT > areas[chosen] for area in areas) - 1
    points = faces[chosen]
    transform = np.array(found.facial_transformation_matrixes[chosen], dtype=np.float64)
    if turned:
        points[:, :2] = 1 - points[:, :2]
        transform[:2] = -transform[:2]
    height, width = photo.pixels.shape[:2]
    return Face(
        photo=photo,
        landmarks=points[:, :2] * (width, height),
        depth=points[:, 2] * width,
        transform=transform,
        blendshapes={shape.category_name: float(shape.score) for shape in found.face_blendshapes[chosen]},
        count=len(faces),
        dominant=rivals == 0,
    )


def _highest_frequency(luma: np.ndarray) -> float:
    """Cycles per pixel up to which the Hann-windowed radial power spectrum of (H, W) exceeds four times its floor."""
    height, width = luma.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    power = np.abs(np.fft.rfft2((luma - luma.mean()) * window)) ** 2
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    bins = np.minimum((radius * 64).astype(int), 31)  # 32 rings up to 0.5 cycles per pixel
    count = np.maximum(np.bincount(bins.ravel(), minlength=32), 1)
    radial = np.bincount(bins.ravel(), power.ravel(), minlength=32) / count
    floor = float(np.sum(window**2))  # what noise with a variance of one grey level squared adds to each frequency
    above = np.flatnonzero(radial > 4 * floor)
    return float((above[-1] + 1) / 64) if above.size else 0.0


@cache
def _canonical_normals() -> np.ndarray:
    mesh = regions.canonical_mesh()
    return _vertex_normals(mesh.vertices, mesh.triangles)


def _vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(V, 3) unit normals: the sum of the normals of the triangles around each vertex, weighted by their area."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    (x1, y1, z1), (x2, y2, z2) = (b - a).T, (c - a).T
    triangle_normals = (y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2)
    corners = triangles.T.ravel()
    normals = np.column_stack([np.bincount(corners, np.tile(n, 3), len(vertices)) for n in triangle_normals])
    unit: np.ndarray = normals / (np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12)
    return unit


def _similarity(points: np.ndarray, target: np.ndarray, indices: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Map `points` (N, 3) by the weighted least-squares similarity that takes `points[indices]` onto `target`.

    Umeyama (1991), "Least-squares estimation of transformation parameters between two point patterns".
    """
    source, w = points[indices], weights / weights.sum()
    source_mean, target_mean = w @ source, w @ target
    source_0, target_0 = source - source_mean, target - target_mean
    u, s, vt = np.linalg.svd((target_0 * w[:, None]).T @ source_0)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign) @ vt
    scale = (s * sign).sum() / (w @ (source_0**2).sum(axis=1))
    mapped: np.ndarray = scale * (points - source_mean) @ rotation.T + target_mean
    return mapped
