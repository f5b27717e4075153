"""Texture statistics that several cues share: bands, robust spreads, quantiles, gradients and binary patterns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import cv2
import numpy as np

_MSCN_SIGMA = 7 / 6  # px
BAND_SIGMAS = (0.7, 1.4, 2.8, 5.6)  # px; at an IOD of 64 px about 0.7, 1.4, 2.8 and 5.5 mm on the face
_ORIENTATIONS = 8  # bins of half a turn
_MIN_GRADIENT = 4.0  # grey levels


def blur(picture: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur of a float32 picture, truncated at three sigma."""
    size = 2 * int(np.ceil(3 * sigma)) + 1
    return cv2.GaussianBlur(picture, (size, size), sigma)


def averaged(pixels: np.ndarray, across: float, down: float) -> np.ndarray:
    """Average (H, W, 3) uint8 pixels down to `across` and `down` of their number along either side, rounded."""
    # OpenCV gives the same for uint8, a quarter slower: it converts every value to float32 by itself.
    means = cv2.resize(pixels.astype(np.float32), None, fx=across, fy=down, interpolation=cv2.INTER_AREA)
    return np.rint(means, out=means).astype(np.uint8)


def bands(channel: np.ndarray, sigmas: Sequence[float] = BAND_SIGMAS) -> list[np.ndarray]:
    """Difference-of-Gaussians bands of a (H, W) float32 channel, finest first, one for each of `sigmas`."""
    levels = [channel, *(blur(channel, sigma) for sigma in sigmas)]
    return [fine - coarse for fine, coarse in pairwise(levels)]


def indices(mask: np.ndarray) -> np.ndarray:
    """(K,) flat indices of the ones of a (H, W) uint8 mask of 0 and 1; NumPy finds True three times as fast as 1."""
    return np.flatnonzero(mask.view(bool))


def bounding_box(mask: np.ndarray, margin: int) -> tuple[slice, slice]:
    """Rows and columns of the bounding box of a (H, W) bool mask, plus `margin`; everything for an empty mask."""
    return _span(np.flatnonzero(mask.any(axis=1)), margin), _span(np.flatnonzero(mask.any(axis=0)), margin)


def _span(indices: np.ndarray, margin: int) -> slice:
    return slice(max(int(indices[0]) - margin, 0), int(indices[-1]) + 1 + margin) if indices.size else slice(None)


def gradient_difference(a: np.ndarray, b: np.ndarray, cell: int) -> tuple[np.ndarray, np.ndarray]:
    """Difference of two (H, W) float32 pictures in each cell, and the cells' weights, (H / cell, W / cell) each.

    The difference is 1 - cos of the histograms of gradient orientations, 0 to 1. The weight is the norm of both
    histograms. A cell without gradient has no orientation: its difference is 1 and its weight small, as
    `_MIN_GRADIENT` is the floor of either norm.
    """
    histograms = (_orientations(picture, cell) for picture in (a, b))
    (of_a, norm_a), (of_b, norm_b) = (
        (cells, np.sqrt((cells**2).sum(axis=2) + _MIN_GRADIENT**2)) for cells in histograms
    )
    return 1 - (of_a * of_b).sum(axis=2) / (norm_a * norm_b), norm_a + norm_b


def _orientations(picture: np.ndarray, cell: int) -> np.ndarray:
    """(rows, columns, bins) mean gradient by orientation, modulo half a turn, in square cells of `cell` pixels.

    A gradient between two bins is shared between them. Dalal, Triggs (2005), "Histograms of oriented gradients".
    """
    x, y = cv2.Sobel(picture, cv2.CV_32F, 1, 0, scale=0.25), cv2.Sobel(picture, cv2.CV_32F, 0, 1, scale=0.25)
    # Not `cv2.magnitude`: its last bit depends on the rows' memory alignment.
    size, bin_ = np.sqrt(x * x + y * y).ravel(), np.arctan2(y, x).ravel() * np.float32(_ORIENTATIONS / np.pi)
    floor = np.floor(bin_)
    upper, low = size * (bin_ - floor), floor.astype(np.intp) % _ORIENTATIONS
    rows, columns = picture.shape[0] // cell, picture.shape[1] // cell
    first, length = _first_bins(rows, columns, cell), rows * columns * _ORIENTATIONS
    total = np.bincount(first + low, size - upper, length)
    total += np.bincount(first + (low + 1) % _ORIENTATIONS, upper, length)
    cells: np.ndarray = total.reshape(rows, columns, _ORIENTATIONS) * (_ORIENTATIONS / cell**2)
    return cells


@cache
def _first_bins(rows: int, columns: int, cell: int) -> np.ndarray:
    """(rows cell * columns cell,) index of the first bin of the cell of each pixel."""
    cells = np.arange(rows * columns).reshape(rows, columns) * _ORIENTATIONS
    return np.kron(cells, np.ones((cell, cell), np.intp)).ravel()


def normalised(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean-subtracted contrast-normalised (MSCN) values of a (H, W) float32 picture of grey levels, and the local mean.

    Mittal, Moorthy, Bovik 2012, "No-reference image quality assessment in the spatial domain".
    """
    mean = blur(picture, _MSCN_SIGMA)
    spread = np.sqrt(np.maximum(blur(picture * picture, _MSCN_SIGMA) - mean**2, 0))
    values: np.ndarray = (picture - mean) / (spread + 1)
    return values, mean


def pattern_shares(luma: np.ndarray, zones: Sequence[np.ndarray], radius: int) -> np.ndarray:
    """(Z, 10) shares of rotation-invariant uniform local binary patterns in zones of a (H, W) picture.

    A zone is an array of flat indices in rising order, not empty. Each pixel is compared with eight neighbours,
    `radius` pixels away along rows, columns and diagonals; the last class holds all patterns that are not uniform.
    Ojala, Pietikainen, Maenpaa 2002.
    """
    width, pixels = luma.shape[1], luma.ravel()
    around = (width + 1, width, width - 1, -1, -width - 1, -width, 1 - width, 1)
    start, stop = min(int(zone[0]) for zone in zones), max(int(zone[-1]) for zone in zones) + 1
    # Comparing whole shifted rows is faster than gathering the zones' pixels eight times.
    margin = radius * (width + 1)
    rows = np.concatenate([pixels[-margin:], pixels, pixels[:margin]])[start : stop + 2 * margin]
    centre = rows[margin:-margin]
    pattern = np.zeros(centre.size, np.uint8)
    for step in around:
        first = margin + radius * step
        pattern += pattern  # makes room for the next bit
        pattern |= (rows[first : first + centre.size] >= centre).view(np.uint8)
    counts = [np.bincount(pattern.take(zone - start), minlength=256) @ _UNIFORM / zone.size for zone in zones]
    return np.array(counts)


def _uniform_classes() -> np.ndarray:
    """(256, 10) one-hot class of each 8-bit pattern: its number of ones if it is uniform (at most two changes around
    the circle), else 9.
    """
    bits = np.arange(256)[:, None] >> np.arange(8) & 1
    changes = np.count_nonzero(bits != np.roll(bits, 1, axis=1), axis=1)
    classes = np.where(changes <= 2, bits.sum(axis=1), 9)  # noqa: PLR2004
    return np.eye(10)[classes]


_UNIFORM = _uniform_classes()


def order_statistics(values: np.ndarray, ranks: Sequence[int]) -> list[float]:
    """`np.sort(values)[ranks]` of (n,) values, n > 0.

    One rank at a time, from the highest down: NumPy finds one several times faster than two at once.
    """
    found: dict[int, float] = {}
    rest = values.copy()
    for rank in sorted(set(ranks), reverse=True):
        if rank == len(rest) - 1:
            found[rank] = float(rest.max())
        else:
            rest.partition(rank)
            found[rank] = float(rest[rank])
            rest = rest[:rank]
    return [found[rank] for rank in ranks]


def quantiles(values: np.ndarray, shares: Sequence[float]) -> list[float]:
    """`np.quantile(values, shares)` of (n,) values, n > 0, faster."""
    positions = [share * (len(values) - 1) for share in shares]
    ranks = [min(int(position) + step, len(values) - 1) for position in positions for step in (0, 1)]
    ordered = order_statistics(values, ranks)
    return [
        low + (high - low) * (position - int(position))
        for low, high, position in zip(ordered[::2], ordered[1::2], positions, strict=True)
    ]


def median(values: np.ndarray) -> float:
    """`np.median(values)` of (n,) values, n > 0, faster."""
    middle, ordered = len(values) // 2, values.copy()
    ordered.partition(middle)
    high = float(ordered[middle])
    return high if len(values) % 2 else (float(ordered[:middle].max()) + high) / 2


def medians(values: np.ndarray) -> np.ndarray:
    """(C,) float32 medians of the columns of (N, C) values, N > 0."""
    return np.array([median(column) for column in values.T], np.float32)


def log_energy(values: np.ndarray) -> float:
    """log2 of the robust spread (interquartile range over 1.349) of values in log-luma units; NaN for no values."""
    if not len(values):
        return float("nan")
    quarter = len(values) // 4
    low, high = order_statistics(values, (quarter, len(values) - 1 - quarter))
    return float(np.log2((high - low) / 1.349 + 2e-4))


def log_kurtosis(values: np.ndarray) -> float:
    """ln of the fourth standardised moment: ln 3 for Gaussian values, more for sparse ones."""
    square = values * values
    variance = float(np.mean(square))
    return float(np.log((float(np.mean(square * square)) + 1e-9) / (variance**2 + 1e-9)))


def skewness(values: np.ndarray) -> float:
    """Third standardised moment about zero."""
    square = values * values
    return float(np.mean(square * values) / (float(np.mean(square)) ** 1.5 + 1e-9))


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson correlation of two vectors of equal length; NaN if either is constant."""
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / norm if norm > 1e-6 else float("nan")  # noqa: PLR2004 - rounding noise
