"""What a file says about its own origin. One file here is one reader; it needs no pixels and no face."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from artifact_check.provenance import content_credentials, exif, generator_text, iptc, xmp
from artifact_check.provenance.container import Container, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from artifact_check.results import Declaration

    _Reader = Callable[[Container], tuple[Declaration, ...]]

_READERS: tuple[_Reader, ...] = (xmp.read, iptc.read, exif.read, generator_text.read)


def read(data: bytes, *, trust_list: str = "") -> tuple[Declaration, ...]:
    """Every declaration in an image file's bytes, reader by reader; empty if there is none. Never raises.

    `trust_list` holds the certificates of signers of Content Credentials to trust, as PEM.
    """
    try:
        container = opened(data)
    except Exception:  # noqa: BLE001 - bytes that are no picture declare nothing; decoding says what is wrong with them
        return ()
    readers: tuple[_Reader, ...] = (partial(content_credentials.read, trust_list=trust_list), *_READERS)
    return tuple(declaration for reader in readers for declaration in _read_safely(reader, container))


def _read_safely(reader: _Reader, container: Container) -> tuple[Declaration, ...]:
    try:
        return reader(container)
    except Exception:  # noqa: BLE001 - strangers' metadata: what can't be read declares nothing
        return ()
