"""Overlapping tiles of a large picture, in which a small face takes up enough room for the detector to see it."""

from __future__ import annotations

from collections.abc import Iterator

Tile = tuple[int, int, int]  # left, top and side, px

_PARTS = (2, 4, 8)  # tiles along the longer side, without overlap; the detector misses faces under an eighth of a side
_STEP = 0.6  # of a tile's side, from one to the next
_LARGEST = 0.4  # of a tile's side: the widest face that lies in one tile whole, wherever it is
_MAX_TILES = 200  # a round; a square picture has 169 of the smallest, a long strip could have thousands


def tilings(width: int, height: int, whole: int, smallest: float) -> Iterator[list[Tile]]:
    """Tiles of a picture of `width` x `height` pixels, in rounds from large to small ones.

    `whole` is its longer side at full size, `smallest` the width of the smallest face wanted there, both in pixels;
    rounds that could only find smaller ones are left out.
    """
    if min(width, height) * whole < smallest * max(width, height):
        return  # a strip too narrow for such a face
    last = None
    for parts in _PARTS:
        side = min(width, height, round(max(width, height) / parts))
        tiles = [(left, top, side) for top in _starts(height, side) for left in _starts(width, side)]
        if whole * _LARGEST / parts < smallest or len(tiles) > _MAX_TILES:
            return
        if side != last:  # as all are in a long strip
            yield tiles
        last = side


def _starts(length: int, side: int) -> list[int]:
    """Where tiles begin that cover `length`, evenly spaced."""
    gaps = max(0, -(-(length - side) // max(1, round(_STEP * side))))
    return [round(i * (length - side) / gaps) for i in range(gaps + 1)] if gaps else [0]
