"""Overlapping tiles of a large picture, in which a small face takes up enough room for the detector to see it."""

from __future__ import annotations

from collections.abc import Iterator

Tile = tuple[int, int, int]  # left, top and side, px

_PARTS = (2, 4, 8)  # tiles along the longer side, without overlap; the detector misses faces under an eighth of a side
_STEP = 0.6  # of a tile's side, from one to the next
_LARGEST = 0.4  # of a tile's side: the widest face that lies in one tile whole, wherever it is


def tilings(width: int, height: int, whole: int, smallest: float) -> Iterator[list[Tile]]:
    """Tiles of a picture of `width` x `height` pixels, in rounds from large to small ones.

    `whole` is its longer side at full size, `smallest` the width of the smallest face wanted there, both in pixels;
    rounds that could only find smaller ones are left out.
    """
    for parts in _PARTS:
        if whole * _LARGEST / parts < smallest:
            return
        side = min(width, height, round(max(width, height) / parts))
        yield [(left, top, side) for top in _starts(height, side) for left in _starts(width, side)]


def _starts(length: int, side: int) -> list[int]:
    """Where tiles begin that cover `length`, evenly spaced."""
    gaps = max(0, -(-(length - side) // max(1, round(_STEP * side))))
    return [round(i * (length - side) / gaps) for i in range(gaps + 1)] if gaps else [0]
