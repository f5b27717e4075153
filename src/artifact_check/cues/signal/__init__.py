"""Traces that a generator leaves in the signal of face and hair.

Physical fact: a camera's pixels carry sensor noise, demosaicing and lens blur; a generator's decoder paints each pixel
from a learned prior. The joint statistics of neighbouring pixels differ, even after a site has scaled and re-encoded
the photo, although no single value is proof.

Region: the face (inside the face oval) and the ring of hair around it (up to 0.35 IOD outside), at one scale (IOD 64
px, never scaled up), so that image size has no influence. The background is left out on purpose: it distinguishes
studio from casual photos, not camera from generator.

Measures, for each zone:
    mean-subtracted contrast-normalised (MSCN) luma: shape, variance and products with neighbours (Mittal,
        Moorthy, Bovik 2012, "No-reference image quality assessment in the spatial domain");
    high-pass residuals: energy ratios between second-order, diagonal, first-order and 5x5 filters, share of near-zero
        residuals (Fridrich, Kodovsky 2012, "Rich models for steganalysis");
    band contrasts, kurtosis and skewness (Corvi et al. 2023, "Intriguing properties of synthetic images");
    chroma energy relative to luma, and correlations between channels (Barni et al. 2020 on cross-band statistics);
    noise level function: how the residual's size depends on brightness;
    signal_neighbours_i, signal_filters_i, signal_colours_i: micro-patterns of features, skin, face and hair, as
        coordinates on the principal components of camera photos (`patterns`).

Innocent causes: heavy compression, denoising phones, retouching, scaling with sharpening, film scans, filters.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from artifact_check.cues import Cue, Measure, Reading, require_quality, require_sharp, require_size
from artifact_check.cues.signal import face_measures, hair_measures, patterns
from artifact_check.face import CANONICAL_IOD, MIN_DETAIL_IOD, Face, View, texture
from artifact_check.results import Evidence

_HAIR_RING = 0.35  # IOD
_MIN_ZONE = 400  # px

_NEIGHBOURS = ("right", "below", "oblique")
# The last two are averaged, so that a mirrored photo has the same values.
_SHIFTS = ((1, 0), (0, 1), (1, 1), (-1, 1))
_MARGIN = 8  # px around both zones, the radius of the widest blur
_FILTERS: dict[str, np.ndarray] = {
    "horizontal": np.array([[1, -2, 1]], np.float32),
    "vertical": np.array([[1], [-2], [1]], np.float32),
    "diagonal": np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 2,
    "first": np.array([[-1, 1]], np.float32),
    "kv": np.array(
        [[-1, 2, -2, 2, -1], [2, -6, 8, -6, 2], [-2, 8, -12, 8, -2], [2, -6, 8, -6, 2], [-1, 2, -2, 2, -1]],
        np.float32,
    )
    / 12,
}


def measure_signal(face: Face) -> Reading:
    """See the module's docstring.

    Raises:
        Abstained: the face is too small, or the photo too soft or too strongly compressed.
    """
    require_size(face, MIN_DETAIL_IOD)
    require_quality(face)
    require_sharp(face, CANONICAL_IOD)
    view = face.view(CANONICAL_IOD)
    zones = {"face": view.mask("face_oval")}
    zones["hair"] = hair_ring(view)
    channels = _Channels(view, texture.bounding_box(zones["face"] | zones["hair"], _MARGIN))
    values: dict[str, float] = {}
    places = {zone: where for zone, mask in zones.items() if (where := np.flatnonzero(mask)).size >= _MIN_ZONE}
    for zone, where in places.items():
        of_zone = channels.measure(where) | (channels.colour(zones[zone]) if face.coloured else {})
        values |= {f"signal_{zone}_{key}": value for key, value in of_zone.items()}
    for family, coordinates in patterns.describe(view, zones["hair"], coloured=face.coloured).items():
        values |= {f"signal_{family}_{i}": float(value) for i, value in enumerate(coordinates)}

    def other_residuals() -> dict[str, float]:
        return {
            f"signal_{zone}_residual_{key}": value
            for zone, where in places.items()
            for key, value in channels.other_residuals(where).items()
        }

    return Reading(values, lambda: (_noise_map(view, channels.residual("kv")),), informative=other_residuals)


def hair_ring(view: View) -> np.ndarray:
    """(N, N) bool: the zone around the upper half of the face, up to 0.35 IOD away."""
    oval = view.mask("face_oval")
    distance = cv2.distanceTransform((~oval).view(np.uint8), cv2.DIST_L2, 3)
    ring: np.ndarray = (distance > 0) & (distance <= _HAIR_RING * view.iod)
    rows = np.flatnonzero(oval.any(axis=1))
    ring[(rows[0] + rows[-1]) // 2 :] = False  # below are neck and collar
    return ring


class _Channels:
    """The filtered pictures that all zones share; those of colour only inside `box`."""

    def __init__(self, view: View, box: tuple[slice, slice]) -> None:
        self.luma = view.luma
        self.mscn, self.mean = texture.normalised(self.luma)
        height, width = self.luma.shape
        around = cv2.copyMakeBorder(self.mscn, 0, 1, 1, 1, cv2.BORDER_WRAP)
        self.products = [self.mscn * around[y : y + height, 1 + x : 1 + x + width] for x, y in _SHIFTS]
        self._residuals: dict[str, np.ndarray] = {}
        self.bands, self.log_bands = view.bands, view.log_bands
        self.box = box
        # Two scales, because 4:2:0 subsampling halves the resolution of chroma.
        self.fine = _band_pass(view.ycc[box], 1.0, 2.5)
        self.coarse = _band_pass(view.half_ycc, 1.25, 3.0)
        self.rgb = _band_pass(view.pixels[box].astype(np.float32), 0.6, 1.5)

    def residual(self, name: str) -> np.ndarray:
        """(N, N) response of luma to one of `_FILTERS`, computed once."""
        if name not in self._residuals:
            self._residuals[name] = cv2.filter2D(self.luma, -1, _FILTERS[name])
        return self._residuals[name]

    def measure(self, where: np.ndarray) -> dict[str, float]:
        """The measures of luma in one zone, given as flat pixel indices (n,), by key without prefix."""
        return self._mscn(where) | self._residual(where) | self._bands(where)

    def _mscn(self, where: np.ndarray) -> dict[str, float]:
        rows = _taken([self.mscn, *self.products], where)
        square, shape, skew = _distributions(rows)
        out = {"mscn_shape": float(shape[0]), "mscn_spread": float(np.log(square[0] + 1e-9))}
        for key, (_, right, below, *oblique) in (("mean", rows.mean(axis=1)), ("shape", shape), ("skew", skew)):
            for name, value in zip(_NEIGHBOURS, (right, below, sum(oblique) / 2), strict=True):
                out[f"mscn_{name}_{key}"] = float(value)
        return out

    def _residual(self, where: np.ndarray) -> dict[str, float]:
        across, down, diagonal = self._residual_sizes(where, "horizontal", "vertical", "diagonal")
        # The noise slope is that of ln residual over brightness, per 64 grey levels.
        brightness = self.mean.take(where)
        centred = (brightness - brightness.mean()) / 64
        noise = np.log(diagonal + 0.3)
        return {
            "residual_direction": _energy(across) - _energy(down),
            "noise_slope": float(centred @ (noise - noise.mean()) / (centred @ centred + 1e-6)),
        }

    def other_residuals(self, where: np.ndarray) -> dict[str, float]:
        """The measures of residuals that are not scored, in one zone, by the end of their keys."""
        sizes = dict(zip(_FILTERS, self._residual_sizes(where, *_FILTERS), strict=True))
        second = (_energy(sizes["horizontal"]) + _energy(sizes["vertical"])) / 2
        relative = {name: _energy(sizes[name]) - second for name in ("kv", "diagonal", "first")}
        return relative | {"zero": np.count_nonzero(sizes["kv"] < 0.5) / where.size}

    def _residual_sizes(self, where: np.ndarray, *names: str) -> np.ndarray:
        """(C, n) absolute responses to C of `_FILTERS`."""
        sizes = _taken([self.residual(name) for name in names], where)
        np.abs(sizes, out=sizes)
        return sizes

    def _bands(self, where: np.ndarray) -> dict[str, float]:
        # The coarse bands vary little from pixel to pixel: every fourth is enough.
        samples = (where, where, where[::4], where[::4])
        energy = [texture.log_energy(band.take(p)) for band, p in zip(self.log_bands, samples, strict=True)]
        out = {f"band_{i}{i + 1}": energy[i] - energy[i + 1] for i in range(3)}
        bands = [self.bands[i].take(samples[i]) for i in range(3)]
        out |= {f"kurtosis_{i}": texture.log_kurtosis(band) for i, band in enumerate(bands)}
        out["skewness"] = texture.skewness(bands[1])
        return out

    def colour(self, mask: np.ndarray) -> dict[str, float]:
        """The measures of colour in one zone, given as (N, N) bool."""
        out: dict[str, float] = {}
        where = np.flatnonzero(mask[self.box])
        rows, columns = self.coarse[0].shape
        half = texture.indices(cv2.resize(mask.view(np.uint8), (columns, rows), interpolation=cv2.INTER_NEAREST))
        fine = _spread_and_correlation([*self.fine, *self.rgb], where)
        coarse = _spread_and_correlation(self.coarse, half)
        for scale, (spread, correlation) in (("fine", fine), ("coarse", coarse)):
            luma, red, blue = spread[:3]
            out[f"red_{scale}"] = float(np.log((red + 0.05) / (luma + 0.1)))
            out[f"blue_{scale}"] = float(np.log((blue + 0.05) / (luma + 0.1)))
            out[f"red_luma_{scale}"] = float(correlation[0, 1])
            out[f"blue_luma_{scale}"] = float(correlation[0, 2])
            out[f"red_blue_{scale}"] = float(correlation[1, 2])
        _, correlation = fine
        out["channels_rg"], out["channels_gb"] = float(correlation[3, 4]), float(correlation[4, 5])
        return out


def _taken(pictures: Sequence[np.ndarray], where: np.ndarray) -> np.ndarray:
    """(C, n) values of C (H, W) float32 pictures at flat indices (n,)."""
    values = np.empty((len(pictures), where.size), np.float32)
    for picture, row in zip(pictures, values, strict=True):
        picture.take(where, out=row, mode="clip")  # the default mode copies once more
    return values


def _energy(size: np.ndarray) -> float:
    """log2 of the mean of absolute residuals (n,)."""
    return float(np.log2(size.mean() + 0.05))


def _spread_and_correlation(planes: Sequence[np.ndarray], where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standard deviations (C,) and Pearson correlations (C, C) of C (H, W) channels at flat indices (n,).

    A correlation is NaN if a channel is constant.
    """
    values = _taken(planes, where)
    centred = values - values.mean(axis=1, keepdims=True)
    covariance = np.vecdot(centred[:, None], centred) / len(where)  # BLAS takes twice as long for so few rows
    spread = np.sqrt(np.diag(covariance))
    product = np.outer(spread, spread)
    correlation: np.ndarray = np.divide(covariance, product, out=np.full_like(product, np.nan), where=product > 1e-6)
    return spread, correlation


def _band_pass(picture: np.ndarray, fine: float, coarse: float) -> Sequence[np.ndarray]:
    """Difference of Gaussians of a (H, W, 3) picture, (H, W) for each channel."""
    return cv2.split(texture.blur(picture, fine) - texture.blur(picture, coarse))


def _distributions(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean square, shape and skew (R,) of each row of (R, n).

    Shape is (mean |x|)^2 / mean x^2: 2/pi for Gaussian values, less for heavier tails. Skew is the natural log of the
    left spread around zero over the right one, NaN if a side is empty.
    """
    size = np.abs(rows)
    square, signed = np.vecdot(rows, rows), np.vecdot(rows, size)
    mean_square = square / rows.shape[1]
    shape = size.mean(axis=1) ** 2 / (mean_square + 1e-9)
    below, above = (np.array([np.count_nonzero(row) for row in side]) for side in (rows < 0, rows > 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = np.log((square - signed) / below / ((square + signed) / above)) / 2
    skew[(below == 0) | (above == 0)] = np.nan
    return mean_square, shape, skew


def _noise_map(view: View, residual: np.ndarray) -> Evidence:
    """A heat map of residual energy in 12 x 12 tiles: 0 is the smoothest, 1 the noisiest."""
    tiles = cv2.resize(np.log2(np.abs(residual) + 0.25), (12, 12), interpolation=cv2.INTER_AREA)
    scaled = (tiles - tiles.min()) / max(float(np.ptp(tiles)), 1e-6)
    return view.heatmap(("signal_",), "fine residual, dark where the picture is smoothest", scaled)


# The name and sentence of each family of micro-patterns, and the keys of its components.
_PATTERNS = (
    (
        "fine texture of the face",
        "How pixels of eyes, brows, lips and skin are arranged around one another.",
        (
            "signal_neighbours_0",
            "signal_neighbours_1",
            "signal_neighbours_2",
            "signal_neighbours_3",
            "signal_neighbours_4",
            "signal_neighbours_5",
            "signal_neighbours_6",
            "signal_neighbours_7",
            "signal_neighbours_8",
            "signal_neighbours_9",
            "signal_neighbours_10",
            "signal_neighbours_11",
        ),
    ),
    (
        "texture of face and hair",
        "How evenly small structures are spread over face and hair.",
        (
            "signal_filters_0",
            "signal_filters_1",
            "signal_filters_2",
            "signal_filters_3",
            "signal_filters_4",
            "signal_filters_5",
            "signal_filters_6",
            "signal_filters_7",
            "signal_filters_8",
            "signal_filters_9",
            "signal_filters_10",
            "signal_filters_11",
        ),
    ),
    (
        "colours of face and hair",
        "How evenly small changes of colour are spread over face and hair.",
        (
            "signal_colours_0",
            "signal_colours_1",
            "signal_colours_2",
            "signal_colours_3",
            "signal_colours_4",
            "signal_colours_5",
            "signal_colours_6",
            "signal_colours_7",
            "signal_colours_8",
            "signal_colours_9",
            "signal_colours_10",
            "signal_colours_11",
        ),
    ),
)
_UNSTABLE = "signal_colours_9"  # not scored: scaling to half or JPEG of quality 75 moves it by over half a deviation

_PATTERN_MEASURES = tuple(
    Measure(
        key=key,
        name=name,
        unit="",
        low=-1e3,
        high=1e3,
        suggests="either",
        sentence=sentence,
        scored=key != _UNSTABLE,
        scale="difference",
    )
    for name, sentence, keys in _PATTERNS
    for key in keys
)

CUE = Cue(
    name="signal",
    version=3,
    title="Traces in the signal",
    innocent="strong compression, a phone's processing, retouching, or a scan",
    measures=(*face_measures.MEASURES, *hair_measures.MEASURES, *_PATTERN_MEASURES),
    measure=measure_signal,
)
