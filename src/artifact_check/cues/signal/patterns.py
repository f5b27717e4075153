"""Micro-patterns of a face: how neighbouring pixels are arranged, as a few numbers.

Three families of statistics on a view of the face:
    neighbours: shares of rotation-invariant uniform local binary patterns at radii 1 to 4 px (Ojala, Pietikainen,
        Maenpaa 2002) on eyes, brows and lips, and on cheeks and forehead;
    filters: how often luma at half size, locally normalised, answers to each of 30 random 3 x 3 filters, moderately and
        strongly (after Dempster, Petitjean, Webb 2020, "ROCKET", whose random kernels are pooled likewise), in the face
        and in the hair around; mean of a filter and its mirror image, so that a mirrored photo reads the same;
    colours: the same of both chroma channels with 15 of the filters.

Each family has many correlated numbers, so that a photo is described by its first principal components. They were
found on camera photos alone and know nothing of generated ones (`learn/references/patterns.py`).
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
_FEATURES = ("eye_R", "eye_L", "brow_R", "brow_L", "lips_outer")
_COLOUR_FILTERS = 15
_CHROMA_GAIN = 4.0  # chroma varies less than luma, and normalisation adds one grey level to what it divides by
_MODERATE, _STRONG = 0.5, 1.5  # root mean squares of the answers to a filter
_MIN_PIXELS = 100


@dataclass(frozen=True)
class Basis:
    """What a family is described by: values are limited to `limits` (2, D), scaled by `mean` and `spread` (D,), and
    projected on `components` (`COMPONENTS`, D).
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
    """Coordinates (`COMPONENTS`,) by family; a family of which too little is visible is left out.

    `hair` (N, N) bool is the zone around the face; without colour there is no family of colours.
    """
    filters, bases = _data()
    seen = families(view, hair, filters, coloured=coloured)
    return {name: bases[name].project(values) for name, values in seen.items()}


def families(view: View, hair: np.ndarray, filters: np.ndarray, *, coloured: bool) -> dict[str, np.ndarray]:
    """The statistics themselves, (D,) by family; `filters` (K, 3, 3)."""
    seen: dict[str, np.ndarray] = {}
    features = cv2.dilate(view.mask(*_FEATURES).astype(np.uint8), np.ones((5, 5), np.uint8))
    zones = [np.flatnonzero(features), view.where(*regions.SKIN)]
    if min(zone.size for zone in zones) >= _MIN_PIXELS:
        # Not rounded to grey levels: in dark skin many neighbours would be equal.
        luma = cv2.cvtColor(view.pixels.astype(np.float32), cv2.COLOR_RGB2GRAY)
        shares = np.stack([texture.pattern_shares(luma, zones, radius) for radius in RADII], axis=1)
        seen["neighbours"] = np.log(shares.ravel() + 1e-3)
    face = cv2.erode(view.mask("face_oval").astype(np.uint8), np.ones((5, 5), np.uint8))
    halves = [np.flatnonzero(_halved_mask(zone)) for zone in (face, hair.astype(np.uint8))]
    if min(half.size for half in halves) < _MIN_PIXELS:
        return seen
    half_luma = cv2.resize(view.luma, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    around = [_neighbourhoods(half, half_luma.shape[1]) for half in halves]
    seen["filters"] = _answers([half_luma], around, filters)
    if coloured:
        chroma = [np.ascontiguousarray(view.half_ycc[..., channel]) * _CHROMA_GAIN for channel in (1, 2)]
        seen["colours"] = _answers(chroma, around, filters[:_COLOUR_FILTERS])
    return seen


def _halved_mask(mask: np.ndarray) -> np.ndarray:
    return cv2.resize(mask, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_NEAREST)


def _neighbourhoods(where: np.ndarray, width: int) -> np.ndarray:
    """(9, n) flat indices of the 3 x 3 pixels around each of the flat indices `where` of a picture `width` wide."""
    steps = np.array([width * down + across for down in (-1, 0, 1) for across in (-1, 0, 1)])
    around: np.ndarray = where + steps[:, None]
    return around


def _answers(planes: list[np.ndarray], zones: list[np.ndarray], filters: np.ndarray) -> np.ndarray:
    """(P * zones * 2 * K,) shares of moderate positive, and of strong, answers of P planes (H, W) to filters (K, 3, 3).

    A zone is the neighbourhoods (9, n) of its pixels.
    """
    normalised = [texture.normalised(plane)[0] for plane in planes]
    kernels = np.concatenate([filters, filters[:, :, ::-1]]).reshape(-1, 9).astype(np.float32)
    shares = []
    for zone in zones:
        answers = np.concatenate([kernels @ plane.take(zone, mode="wrap") for plane in normalised])
        size = np.sqrt(np.mean(answers * answers, axis=1, keepdims=True)) + 1e-6
        shares += [_shares(answers > _MODERATE * size), _shares(np.abs(answers) > _STRONG * size)]
    both = np.array(shares).reshape(2 * len(zones), len(planes), 2, len(filters)).mean(axis=2)
    by_plane: np.ndarray = both.swapaxes(0, 1).ravel()
    return by_plane


def _shares(chosen: np.ndarray) -> np.ndarray:
    """(R,) share of True in each row of (R, n) bool."""
    # NumPy counts along an axis by making a wide integer of every value first.
    count = cv2.reduce(chosen.view(np.uint8), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    shares: np.ndarray = count[:, 0] / chosen.shape[1]
    return shares
