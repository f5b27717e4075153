"""JPEG files without their end marker (EOI), which some programs and interrupted copies leave out.

Whether only the marker is missing shows when the file is completed in two ways: what follows the last pixel changes
nothing, what stands in for a missing one does. ITU-T T.81, 1992, B.1.1 (markers) and G.1 (progressive scans).
"""

from __future__ import annotations

import re
from collections.abc import Callable

# Pixels lie between segments: FF 00 and restart markers (D0 to D7) belong to them.
_MARKER = re.compile(rb"\xff([\x02-\xcf\xd8-\xfe])")
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # the others define tables
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_MAX_SEGMENTS = 10_000
_ENDING = b"\xff\xd9"
_FILLER = bytes(range(0xFE, 0, -1)) * 16  # decodes to something else than the zeros that libjpeg puts in


def with_end_marker(data: bytes, same: Callable[[bytes, bytes], bool]) -> bytes | None:
    """Add a JPEG's end marker, and drop what follows the picture; None if the marker is there.

    `same` decodes two files, and says whether they have the same pixels.

    Raises:
        EOFError: more than the marker is missing.
    """
    scan = _last_scan(data)
    if scan is None:
        return None
    start, end = scan
    filled = data[:end]
    bare = filled.rstrip(b"\0")
    bare = filled[: len(bare) + filled.startswith(b"\xff\0", len(bare) - 1)]  # a zero is the escape of FF in pixels

    def is_whole(pixels: bytes) -> bool:
        return same(*_completions(pixels, start))

    if is_whole(bare):
        return _complete(bare)
    # Zeros are pixels, too: of one colour. But where fewer would do, they come from a block that was never written.
    if filled != bare and is_whole(filled) and not is_whole(filled[:-1]):
        return _complete(filled)
    raise EOFError("pixels are missing")


def _complete(pixels: bytes) -> bytes:
    return pixels.rstrip(b"\xff") + _ENDING  # perhaps half the marker is there, after bytes that fill up


def _completions(pixels: bytes, start: int) -> tuple[bytes, bytes]:
    """Complete a JPEG in two ways that differ in what follows; the pixels of its last scan begin at `start`."""
    pixels = pixels.rstrip(b"\xff")
    # A decoder that waits for a restart marker skips what comes before it: what follows the next one counts then.
    last = _RESTART.findall(pixels, start)[-1:]
    restart = bytes((0xFF, 0xD0 | (last[0][0] + 1) % 8 if last else 0xD0))
    return pixels + _ENDING, pixels + _FILLER + restart + _FILLER + _ENDING


def _last_scan(data: bytes) -> tuple[int, int] | None:
    """Return start and end of the last scan's pixels; None if an end marker follows them.

    Raises:
        EOFError: a scan is missing.
    """
    missing: dict[int, set[int]] = {}  # coefficients that no scan completed, by component
    progressive, position = False, 2
    for _ in range(_MAX_SEGMENTS):
        found = _MARKER.search(data, position)
        marker = found[1][0] if found else _START
        if marker == _START:  # of the next picture
            if not missing or any(missing.values()):
                raise EOFError("a scan is missing")
            return position, found.start() if found else len(data)
        start = found.end() if found else len(data)
        segment = data[start + 2 : start + int.from_bytes(data[start : start + 2])]
        if marker == _END:
            return None
        if marker in _FRAMES:
            progressive = marker in _PROGRESSIVE
            missing = {number: set(range(64)) for number in segment[6::3]}
        elif marker == _SCAN:
            _count_scan(missing, segment, progressive=progressive)
        position = start + 2 + len(segment)
    return None


def _count_scan(missing: dict[int, set[int]], scan: bytes, *, progressive: bool) -> None:
    """Remove the coefficients that a scan brings to their full precision, given the scan's header."""
    if len(scan) < 4 or len(scan) < 4 + 2 * scan[0]:  # noqa: PLR2004 - the fields of the header
        return
    first, last, precision = scan[-3:]
    if not progressive:
        first, last, precision = 0, 63, 0
    if precision & 15 == 0:  # no bits are left for a later scan
        for number in scan[1 : 1 + 2 * scan[0] : 2]:
            missing.get(number, set()).difference_update(range(first, last + 1))
