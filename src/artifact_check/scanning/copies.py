"""Names, in each report, an earlier photo with the same bytes, or one that looks the same.

A photo looks like another if their perceptual hashes (`photo/likeness.py`) differ in at most 7 of the 64 coarse bits
and in at most 60 of all 256. These limits were chosen on half of the clusters of labelled photos: of those with at most
one pair within them among a million pairs of different photos, the ones that find most cropped copies. On the other
half they find all copies scaled to 0.3 to 1 or saved as JPEG 60 to 95, and 98, 88 and 39 % of those cropped by 2, 3 and
5 %. Four of its 869,221 pairs of different photos are within them: three are variants of one AI picture, one is wrong.

Memory and time for a photo stay the same in a scan of millions: only the latest photos are remembered, a million by
their bytes and 100,000 by their looks.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
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
_DIGESTS = 1_000_000  # remembered
_LOOKS = 100_000


def name_copies(
    reports: Iterable[PhotoReport], *, digests: int = _DIGESTS, looks: int = _LOOKS
) -> Generator[PhotoReport, None, None]:
    """Yield the reports with `copy_of` and `similar_to`, which name the latest different photos only."""
    by_digest, by_look = _Digests(digests), _Looks(looks)
    for report in reports:
        original = report.sha256 and by_digest.first(report.sha256, report.path)
        if original and original != report.path:
            yield replace(report, copy_of=original)
        elif report.phash is None:
            yield report
        else:
            look = int(report.phash, 16)
            yield replace(report, similar_to=by_look.nearest(look))
            by_look.add(look, report.path)


class _Digests:
    """Digests of the latest different files, and the paths of the first photos that have them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._path_of: dict[str, str] = {}
        self._latest: deque[str] = deque()

    def first(self, digest: str, path: str) -> str:
        """Return the path of the first photo with this digest, which is `path` if there was none."""
        known = self._path_of.get(digest)
        if known is not None:
            return known
        if len(self._latest) == self._most:
            del self._path_of[self._latest.popleft()]
        self._path_of[digest] = path
        self._latest.append(digest)
        return path


class _Looks:
    """Perceptual hashes of the latest photos that look different, and the first photos that have them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._photo_of: dict[int, tuple[int, str]] = {}  # its number and path
        self._latest: deque[int] = deque()
        self._by_band = tuple(defaultdict[int, list[int]](list) for _ in _BAND_STARTS)

    def add(self, look: int, path: str) -> None:
        if look in self._photo_of:
            return
        if len(self._latest) == self._most:
            self._forget(self._latest.popleft())
        self._photo_of[look] = self._count, path
        self._count += 1
        self._latest.append(look)
        for start, looks in zip(_BAND_STARTS, self._by_band, strict=True):
            looks[_band(look, start)].append(look)

    def nearest(self, look: int) -> str | None:
        """Return the path of the most similar photo, the first of several; None if none is similar."""
        if look in self._photo_of:
            return self._photo_of[look][1]
        best: tuple[float, float, str | None] = _MAX_DIFFERENT, math.inf, None
        for start, looks in zip(_BAND_STARTS, self._by_band, strict=True):
            band = _band(look, start)
            for neighbour in _NEIGHBOURS:
                for other in looks.get(band ^ neighbour, ()):
                    different = look ^ other
                    bits = different.bit_count()
                    if bits <= best[0] and (different >> _FINE_BITS).bit_count() <= _MAX_COARSE:
                        best = min(best, (bits, *self._photo_of[other]))
        return best[2]

    def _forget(self, look: int) -> None:
        del self._photo_of[look]
        for start, looks in zip(_BAND_STARTS, self._by_band, strict=True):
            looks[_band(look, start)].remove(look)


def _band(look: int, start: int) -> int:
    return look >> start & ((1 << _BAND_BITS) - 1)
