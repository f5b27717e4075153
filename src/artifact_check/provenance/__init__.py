"""What a file says about its own origin. One file here is one reader; it needs no pixels and no face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_check.provenance import exif, generator_text, iptc, xmp
from artifact_check.provenance.container import Container, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from artifact_check.results import Declaration

_READERS: tuple[Callable[[Container], tuple[Declaration, ...]], ...] = (
    xmp.read,
    iptc.read,
    exif.read,
    generator_text.read,
)


def read(data: bytes) -> tuple[Declaration, ...]:
    """Every declaration in an image file's bytes, reader by reader; empty if there is none. Never raises."""
    try:
        container = opened(data)
    except Exception:  # noqa: BLE001 - bytes that are no picture declare nothing; decoding says what is wrong with them
        return ()
    return tuple(declaration for reader in _READERS for declaration in _read_safely(reader, container))


def _read_safely(
    reader: Callable[[Container], tuple[Declaration, ...]], container: Container
) -> tuple[Declaration, ...]:
    try:
        return reader(container)
    except Exception:  # noqa: BLE001 - strangers' metadata: what can't be read declares nothing
        return ()
