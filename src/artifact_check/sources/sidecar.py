"""Content Credentials beside a photo: `portrait.c2pa` or `portrait.jpg.c2pa` for `portrait.jpg`.

They are read in a local folder and in an archive.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from artifact_check.errors import PhotoError
from artifact_check.sources.archives import TarMember, ZipMember
from artifact_check.sources.local import LocalFile
from artifact_check.sources.selection import PHOTO_SUFFIXES, sidecar_names

if TYPE_CHECKING:
    from artifact_check.sources.source import Source

_MAX_BYTES = 50_000_000


def find_sidecar(source: Source) -> Path | None:
    """Return the path of the `.c2pa` file beside a local photo; None if there is none, or one that is too large."""
    if not isinstance(source, LocalFile):
        return None
    name = str(source.path)
    for beside in sidecar_names(name):
        # A scan with a store asks this of every photo; Path takes three times as long.
        if os.path.isfile(beside) and os.path.getsize(beside) <= _MAX_BYTES:  # noqa: PTH113, PTH202
            return Path(beside)
    return None


def read_sidecar(source: Source) -> bytes:
    """Return the Content Credentials beside a photo; b"" if there are none, or too many bytes of them."""
    if isinstance(source, ZipMember | TarMember):
        with suppress(PhotoError):
            return b"" if source.sidecar is None else source.sidecar.read(_MAX_BYTES)
        return b""
    path = find_sidecar(source)
    with suppress(OSError):
        return b"" if path is None else path.read_bytes()
    return b""


def is_sidecar_shared(source: Source) -> bool:
    """Whether the Content Credentials are called only by the stem that a photo shares with another one beside it."""
    path = find_sidecar(source)
    if path is None or not isinstance(source, LocalFile) or path.stem == source.path.name:
        return False
    suffixes = (*PHOTO_SUFFIXES, *map(str.upper, PHOTO_SUFFIXES))
    others = (source.path.with_suffix(suffix) for suffix in suffixes)
    return any(other.name.lower() != source.path.name.lower() and other.is_file() for other in others)
