"""Bare skin on cheeks and forehead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artifact_check.face import View, regions, texture

BLOWN_OUT = 95  # CIELAB lightness
_MARGIN = 13  # px at IOD 64: the ring around a patch and the rim beyond it; the widest blur reaches 9


@dataclass(frozen=True)
class Skin:
    """Bare skin in a view.

    `mask` (N, N) bool; `where` (K,) flat indices of its pixels, `reference` (L,) those of brows and eyes; `box` the
    bounding box of both, plus `_MARGIN` pixels.
    """

    mask: np.ndarray
    where: np.ndarray
    reference: np.ndarray
    box: tuple[slice, slice]

    @classmethod
    def of(cls, view: View, patches: dict[str, np.ndarray]) -> Skin:
        """The union of `patches`, flat indices each."""
        mask = np.zeros(view.luma.shape, bool)
        for where in patches.values():
            mask.flat[where] = True
        box = texture.bounding_box(mask | view.mask(*regions.BROWS_AND_EYES), _MARGIN)
        return cls(mask, np.flatnonzero(mask), view.where(*regions.BROWS_AND_EYES), box)


def bare(view: View, where: np.ndarray) -> np.ndarray:
    """The flat indices among `where` (K,) that are bare skin: neither off-colour nor blown out."""
    return of_colour(view, where, where)


def of_colour(view: View, where: np.ndarray, model: np.ndarray) -> np.ndarray:
    """The flat indices among `where` (K,) that are not blown out and are within three median absolute deviations of
    the median colour of the pixels `model`.
    """
    if not model.size or not where.size:
        return where[:0]
    colours = view.lab_at(model)
    median = np.array([[texture.median(channel)] for channel in colours], np.float32)
    limit = max(3 * 1.4826 * texture.median(_distance(colours, median)), 6.0)
    candidates = colours if where is model else view.lab_at(where)
    bare: np.ndarray = where[(_distance(candidates, median) < limit) & (candidates[0] < BLOWN_OUT)]
    return bare


def _distance(colours: np.ndarray, median: np.ndarray) -> np.ndarray:
    distance: np.ndarray = np.sqrt(((colours - median) ** 2).sum(axis=0))
    return distance
