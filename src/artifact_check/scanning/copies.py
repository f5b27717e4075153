"""Names, in each report, an earlier photo with the same bytes, or one that looks the same.

A photo looks like another if their perceptual hashes (`photo/likeness.py`) differ in at most 7 of the 64 coarse bits
and in at most 60 of all 256. These limits were chosen on half of the clusters of labelled photos: of those with at most
one pair within them among a million pairs of different photos, the ones that find most cropped copies. On the other
half they find all copies scaled to 0.3 to 1 or saved as JPEG 60 to 95, and 98, 88 and 39 % of those cropped by 2, 3 and
5 %. Four of its 869,221 pairs of different photos are within them: three are variants of one AI picture, one is wrong.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from artifact_check.results import PhotoReport

_MAX_DIFFERENT = 60  # of all bits
_MAX_COARSE = 7
_FINE_BITS = 192  # those behind the coarse ones
# Of 7 different bits in four bands, at least one band has one or none. So only photos with a band that differs in at
# most one bit are compared (multi-index hashing, M. Norouzi et al., CVPR 2012), not all.
_BAND_BITS = 16
_BAND_STARTS = range(_FINE_BITS, 256, _BAND_BITS)
_NEIGHBOURS = (0, *(1 << bit for bit in range(_BAND_BITS)))


def name_copies(reports: Iterable[PhotoReport]) -> Generator[PhotoReport, None, None]:
    """Yield the reports with `copy_of` and `similar_to`."""
    by_digest: dict[str, str] = {}
    looks = _Looks()
    for report in reports:
        original = report.sha256 and by_digest.setdefault(report.sha256, report.path)
        if original and original != report.path:
            yield replace(report, copy_of=original)
        elif report.phash is None:
            yield report
        else:
            look = int(report.phash, 16)
            yield replace(report, similar_to=looks.nearest(look))
            looks.add(look, report.path)


class _Looks:
    """Perceptual hashes, each once, and the paths of the first photos that have them."""

    def __init__(self) -> None:
        self._path_of: dict[int, str] = {}
        self._hashes: list[int] = []
        self._by_band = tuple(defaultdict[int, list[int]](list) for _ in _BAND_STARTS)

    def add(self, look: int, path: str) -> None:
        if look in self._path_of:
            return
        self._path_of[look] = path
        for start, numbers in zip(_BAND_STARTS, self._by_band, strict=True):
            numbers[_band(look, start)].append(len(self._hashes))
        self._hashes.append(look)

    def nearest(self, look: int) -> str | None:
        """Return the path of the most similar photo, the first of several; None if none is similar."""
        if look in self._path_of:
            return self._path_of[look]
        best = _MAX_DIFFERENT + 1, 0
        for start, numbers in zip(_BAND_STARTS, self._by_band, strict=True):
            band = _band(look, start)
            for neighbour in _NEIGHBOURS:
                for number in numbers.get(band ^ neighbour, ()):
                    different = look ^ self._hashes[number]
                    found = different.bit_count(), number
                    if found < best and (different >> _FINE_BITS).bit_count() <= _MAX_COARSE:
                        best = found
        return self._path_of[self._hashes[best[1]]] if best[0] <= _MAX_DIFFERENT else None


def _band(look: int, start: int) -> int:
    return look >> start & ((1 << _BAND_BITS) - 1)
