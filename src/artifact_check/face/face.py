"""The face in a photo: landmarks, pose, effective resolution and scaled views."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np

from artifact_check.face import regions, texture
from artifact_check.face.eyes import eyes_covered
from artifact_check.face.level import MAX_TILT, Level, levelled
from artifact_check.face.view import CANONICAL_IOD, View
from artifact_check.photo import Photo

if TYPE_CHECKING:
    from artifact_check.face.encoder import Patches

MIN_JPEG_QUALITY = 50  # below it, fine detail is that of the codec
MIN_RESOLUTION = 0.2  # cycles per pixel of a view; a blur of two pixels leaves less
_MIN_CHROMA = 4.0  # CIELAB
_SPECTRUM_SIDE, _MIN_SPECTRUM_SIDE = 256, 16  # px


@dataclass(frozen=True)
class Face:
    """The face of the person in a photo.

    `landmarks` (478, 2) px and `depth` (478,) px, smaller is nearer to the camera; `transform` (4, 4) maps the
    canonical face in cm to the camera's frame; `blendshapes` by name, 0..1. The photo shows `count` faces; this one is
    `dominant` if its area is at least three times that of every other. `patches` is what an `Encoder` says of it, None
    where the model has no encoder.
    """

    photo: Photo
    landmarks: np.ndarray
    depth: np.ndarray
    transform: np.ndarray
    blendshapes: dict[str, float] = field(repr=False)
    count: int = 1
    dominant: bool = True
    patches: Patches | None = field(default=None, repr=False)
    _views: dict[float, View] = field(default_factory=dict, repr=False)

    @cached_property
    def iod(self) -> float:
        """Interocular distance in photo pixels."""
        right, left = self.landmarks[[*regions.IRIDES]]
        return float(np.linalg.norm(right - left))

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
    def roll(self) -> float:
        """Degrees, -180..180, by which the line of the irides is turned clockwise in the photo."""
        across = self.landmarks[regions.LEFT.iris] - self.landmarks[regions.RIGHT.iris]
        return float(np.degrees(np.arctan2(across[1], across[0])))

    @cached_property
    def level(self) -> Level | None:
        """A face that is tilted by more than `MAX_TILT`, turned level; None for any other."""
        return levelled(self) if abs(self.roll) > MAX_TILT else None

    @property
    def upright(self) -> Face:
        """The face to measure: this one, turned level if it is tilted much."""
        # Not cached: a face that holds itself, and its photo, would stay until the garbage collector looks.
        return self if self.level is None else self.level.face

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

        The mean of the fitted and the canonical mesh's normals, because the landmarks' depth is noisy.
        """
        mesh = regions.canonical_mesh()
        blended = _vertex_normals(self.frontal[: regions.MESH_SIZE], mesh.triangles) + _canonical_normals()
        rotation = self.transform[:3, :3] / np.linalg.norm(self.transform[:3, :3], axis=0)
        turned = blended @ rotation.T
        unit: np.ndarray = turned / np.linalg.norm(turned, axis=1, keepdims=True)
        return unit

    @cached_property
    def coloured(self) -> bool:
        """Whether the face has colour: a mean CIELAB chroma of at least 4. Measures of colour need it."""
        view = self.view(CANONICAL_IOD)
        _, a, b = view.lab_at(view.where("face_oval"))
        return bool(np.sqrt(a * a + b * b).mean() >= _MIN_CHROMA)

    @cached_property
    def skin_tone(self) -> float | None:
        """Individual typology angle of cheeks and forehead in degrees: above 41 light, below 10 dark.

        atan((L - 50) / b) of the median CIELAB colour (Chardon, Cretois, Hourseau 1991). It changes with exposure too.
        None if the photo has no colour.
        """
        view = self.view(CANONICAL_IOD)
        skin = view.lab_at(view.where(*regions.SKIN))
        if not self.coloured or not skin.size:
            return None
        lightness, yellow = texture.median(skin[0]), texture.median(skin[2])
        return float(np.degrees(np.arctan2(lightness - 50, max(yellow, 1e-3))))

    @cached_property
    def effective_resolution(self) -> float:
        """Highest spatial frequency visible in eyes and brows, in cycles per photo pixel (0..0.5).

        The highest at which the radial power spectrum exceeds four times that of noise of one grey level. Camera photos
        have about 0.5, photos scaled up twice 0.27, photos blurred by a Gaussian of two pixels 0.17.
        """
        outline = self.landmarks[np.concatenate([regions.polygon(name) for name in regions.BROWS_AND_EYES])]
        left, top = np.maximum(np.floor(outline.min(axis=0)), 0).astype(int)
        right, bottom = np.maximum(np.ceil(outline.max(axis=0)), 0).astype(int)
        strip = self.photo.pixels[top:bottom, left:right][:_SPECTRUM_SIDE, :_SPECTRUM_SIDE]
        if min(strip.shape[:2]) < _MIN_SPECTRUM_SIDE:
            return 0.0
        return _highest_frequency(cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY).astype(np.float32))

    def resolution_at(self, iod: float) -> float:
        """Effective resolution of `view(iod)`, in cycles per pixel of the view."""
        return min(0.5, self.effective_resolution * max(1.0, self.iod / iod))

    def rescaled_to(self, photo: Photo) -> Face:
        """This face in `photo`, the same picture decoded at another scale."""
        return self.moved(photo, photo.width / self.photo.width * np.eye(2, 3))

    def moved(self, photo: Photo, to_photo: np.ndarray) -> Face:
        """This face in `photo`; `to_photo` (2, 3) maps pixels (x, y, 1) to those of `photo`: it turns, scales and
        shifts.
        """
        turn = to_photo[:, :2]
        scale = float(np.hypot(*turn[:, 0]))
        transform = self.transform.copy()
        transform[:2] = (turn * ((1, -1), (-1, 1)) / scale) @ transform[:2]  # its y axis points up
        return replace(
            self,
            photo=photo,
            landmarks=self.landmarks @ turn.T + to_photo[:, 2],
            depth=self.depth * scale,
            transform=transform,
            patches=None,
            _views={},
        )

    def described(self, patches: Patches) -> Face:
        """This face with `patches`; unlike `replace`, a copy keeps what was computed already."""
        face = copy(self)
        object.__setattr__(face, "patches", patches)
        return face

    @cached_property
    def eyes_covered(self) -> bool:
        """Whether neither eye can be seen, as behind sunglasses (`face/eyes.py`)."""
        return eyes_covered(self)

    def eye_openness(self, side: regions.Side) -> float:
        """Lid gap over canthus distance: about 0.3 for an open eye, under 0.15 for a closed one."""
        (upper, lower), (outer, inner) = side.lids, side.canthi
        gap = np.linalg.norm(self.landmarks[upper] - self.landmarks[lower])
        return float(gap / np.linalg.norm(self.landmarks[outer] - self.landmarks[inner]))

    def view(self, iod: float) -> View:
        """A square of 3.7 IOD around the face, scaled down to an IOD of `iod` pixels; never scaled up."""
        if iod not in self._views:
            self._views[iod] = self._make_view(iod)
        return self._views[iod]

    def crop(self, iod: float, *names: str) -> View:
        """A view of the named polygons' bounding box and 0.1 IOD around it, scaled as `view` does; not cached."""
        outline = self.landmarks[np.concatenate([regions.polygon(name) for name in names])]
        return self._scaled(iod, outline.min(axis=0) - 0.1 * self.iod, outline.max(axis=0) + 0.1 * self.iod)

    def _make_view(self, iod: float) -> View:
        centre = (self.landmarks.min(axis=0) + self.landmarks.max(axis=0)) / 2
        half = 1.85 * self.iod
        return self._scaled(iod, centre - half, centre + half)

    def _scaled(self, iod: float, start: np.ndarray, end: np.ndarray) -> View:
        """The photo between two corners (x, y), scaled down to an IOD of `iod` pixels."""
        scale = min(1.0, iod / self.iod)
        height, width = self.photo.pixels.shape[:2]
        left, top = np.maximum(np.floor(start), 0).astype(int)
        right, bottom = np.minimum(np.ceil(end), (width, height)).astype(int)
        pixels: np.ndarray = self.photo.pixels[top:bottom, left:right]
        if scale < 1.0:
            across, down = (max(1, round(side * scale)) / side for side in (right - left, bottom - top))
            pixels = texture.averaged(pixels, across, down)
        return View(pixels, (self.landmarks - (left, top)) * scale, scale, (float(left), float(top)))


def _highest_frequency(luma: np.ndarray) -> float:
    """Highest cycles per pixel at which the Hann-windowed radial power spectrum of (H, W) exceeds four noise floors."""
    height, width = luma.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    power = np.abs(np.fft.rfft2((luma - luma.mean()) * window)) ** 2
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    bins = np.minimum((radius * 64).astype(int), 31)  # 32 rings up to 0.5 cycles per pixel
    count = np.maximum(np.bincount(bins.ravel(), minlength=32), 1)
    radial = np.bincount(bins.ravel(), power.ravel(), minlength=32) / count
    floor = float(np.sum(window**2))  # power of noise with a variance of one squared grey level
    above = np.flatnonzero(radial > 4 * floor)
    return float((above[-1] + 1) / 64) if above.size else 0.0


@cache
def _canonical_normals() -> np.ndarray:
    mesh = regions.canonical_mesh()
    return _vertex_normals(mesh.vertices, mesh.triangles)


def _vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(V, 3) unit normals: at each vertex the area-weighted mean of the normals of its triangles."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    (x1, y1, z1), (x2, y2, z2) = (b - a).T, (c - a).T
    triangle_normals = (y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2)
    corners = triangles.T.ravel()
    normals = np.column_stack([np.bincount(corners, np.tile(n, 3), len(vertices)) for n in triangle_normals])
    unit: np.ndarray = normals / (np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12)
    return unit


def _similarity(points: np.ndarray, target: np.ndarray, indices: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`points` (N, 3) mapped by the weighted least-squares similarity that takes `points[indices]` onto `target`.

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
