"""Micro-patterns of a face: a few numbers that describe how neighbouring pixels are arranged.

Three families of statistics on a view of the face:
    neighbours: shares of rotation-invariant uniform local binary patterns at radii 1 to 4 px (Ojala, Pietikainen,
        Maenpaa 2002), on eyes, brows and lips, and on cheeks and forehead;
    filters: shares of moderate and of strong responses of locally normalised luma, at half size, to 30 random 3 x 3
        filters, in the face and in the hair around it. Random kernels are pooled as in ROCKET (Dempster, Petitjean,
        Webb 2020). A filter and its mirror image are averaged, so that a mirrored photo has the same values;
    colours: the same for both chroma channels, with 15 of the filters.

The statistics of a family are correlated, so a photo is described by their first principal components. These were
computed from camera photos alone (`learn/references/patterns.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import cv2
import numpy as np

from artifact_check.face import View, regions, texture

COMPONENTS = 12
RADII = (1, 2, 3, 4)  # px
_COLOUR_FILTERS = 15
_CHROMA_GAIN = 4.0  # chroma varies less than luma, and normalisation adds one grey level to the spread
_MODERATE, _STRONG = 0.5, 1.5  # root mean squares of the responses to a filter
_MIN_PIXELS = 100


@dataclass(frozen=True)
class Basis:
    """The projection of a family: clip values to `limits` (2, D), standardise them by `mean` and `spread` (D,), and
    project them on `components` (`COMPONENTS`, D).
    """

    limits: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    components: np.ndarray

    def project(self, values: np.ndarray) -> np.ndarray:
        """(`COMPONENTS`,) coordinates of the values (D,) of a family."""
        scaled: np.ndarray = self.components @ ((np.clip(values, *self.limits) - self.mean) / self.spread)
        return scaled


@cache
def _data() -> tuple[np.ndarray, dict[str, Basis]]:
    text = resources.files("artifact_check.cues.signal").joinpath("pattern_basis.json").read_text(encoding="utf-8")
    stored = json.loads(text)
    bases = {
        name: Basis(**{key: np.array(rows) for key, rows in basis.items()}) for name, basis in stored["bases"].items()
    }
    return np.array(stored["filters"]), bases


FAMILIES = ("neighbours", "filters", "colours")


def describe(view: View, hair: np.ndarray, *, coloured: bool) -> dict[str, np.ndarray]:
    """Coordinates (`COMPONENTS`,) by family, without families of which too little is visible.

    `hair` (N, N) bool is the zone around the face; a photo that is not `coloured` has no colours family.
    """
    filters, bases = _data()
    statistics = families(view, hair, filters, coloured=coloured)
    return {name: bases[name].project(values) for name, values in statistics.items()}


def families(view: View, hair: np.ndarray, filters: np.ndarray, *, coloured: bool) -> dict[str, np.ndarray]:
    """The statistics (D,) by family, before projection; `filters` (K, 3, 3)."""
    statistics: dict[str, np.ndarray] = {}
    features = cv2.dilate(view.mask(*regions.FEATURES).view(np.uint8), np.ones((5, 5), np.uint8))
    zones = [texture.indices(features), view.where(*regions.SKIN)]
    if min(zone.size for zone in zones) >= _MIN_PIXELS:
        # Not rounded to grey levels, because in dark skin many neighbours would then be equal.
        luma = cv2.cvtColor(view.pixels.astype(np.float32), cv2.COLOR_RGB2GRAY)
        shares = np.stack([texture.pattern_shares(luma, zones, radius) for radius in RADII], axis=1)
        statistics["neighbours"] = np.log(shares.ravel() + 1e-3)
    face = cv2.erode(view.mask("face_oval").view(np.uint8), np.ones((5, 5), np.uint8))
    halves = [texture.indices(_halved_mask(zone)) for zone in (face, hair.view(np.uint8))]
    if min(half.size for half in halves) < _MIN_PIXELS:
        return statistics
    half_luma = cv2.resize(view.luma, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    around = [_neighbourhoods(half, half_luma.shape[1]) for half in halves]
    statistics["filters"] = _responses([half_luma], around, filters)
    if coloured:
        chroma = [np.ascontiguousarray(view.half_ycc[..., channel]) * _CHROMA_GAIN for channel in (1, 2)]
        statistics["colours"] = _responses(chroma, around, filters[:_COLOUR_FILTERS])
    return statistics


def _halved_mask(mask: np.ndarray) -> np.ndarray:
    return cv2.resize(mask, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_NEAREST)


def _neighbourhoods(where: np.ndarray, width: int) -> np.ndarray:
    """(9, n) flat indices of the 3 x 3 neighbourhoods of the pixels `where` (n,), in a picture of `width` columns."""
    steps = np.array([width * down + across for down in (-1, 0, 1) for across in (-1, 0, 1)])
    around: np.ndarray = where + steps[:, None]
    return around


def _responses(planes: list[np.ndarray], zones: list[np.ndarray], filters: np.ndarray) -> np.ndarray:
    """(P * zones * 2 * K,) shares of moderate positive and of strong responses of P planes (H, W) to K filters (3, 3).

    A zone is given as the neighbourhoods (9, n) of its pixels.
    """
    normalised = np.stack([texture.normalised(plane)[0].ravel() for plane in planes])
    kernels = np.concatenate([filters, filters[:, :, ::-1]]).reshape(-1, 9).astype(np.float32)
    shares = []
    for zone in zones:
        responses = (kernels @ normalised.take(zone, axis=1, mode="wrap")).reshape(-1, zone.shape[1])
        size = np.sqrt(np.mean(responses * responses, axis=1, keepdims=True)) + 1e-6
        shares += [_shares(responses > _MODERATE * size), _shares(np.abs(responses, out=responses) > _STRONG * size)]
    both = np.array(shares).reshape(2 * len(zones), len(planes), 2, len(filters)).mean(axis=2)
    by_plane: np.ndarray = both.swapaxes(0, 1).ravel()
    return by_plane


def _shares(chosen: np.ndarray) -> np.ndarray:
    """(R,) share of True in each row of (R, n) bool."""
    # Faster than NumPy, which converts each value to a wide integer before it counts along an axis.
    count = cv2.reduce(chosen.view(np.uint8), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    shares: np.ndarray = count[:, 0] / chosen.shape[1]
    return shares
