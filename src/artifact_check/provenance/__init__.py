"""What a file says about its own origin: from its bytes alone, without pixels and without a face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_check.provenance.container import Container, opened
from artifact_check.provenance.readers import discover

if TYPE_CHECKING:
    from artifact_check.provenance.reader import Reader
    from artifact_check.results import Declaration


def read(data: bytes, *, trust_list: str = "") -> tuple[Declaration, ...]:
    """Every declaration in an image file's bytes, reader by reader; empty if there is none. Never raises.

    `trust_list` holds the certificates of signers of Content Credentials to trust, as PEM.
    """
    try:
        container = opened(data)
    except Exception:  # noqa: BLE001 - bytes that are no picture declare nothing; decoding says what is wrong with them
        return ()
    return tuple(said for reader in discover() for said in _read_safely(reader, container, trust_list))


def _read_safely(reader: Reader, container: Container, trust_list: str) -> tuple[Declaration, ...]:
    try:
        return reader.read(container, trust_list)
    except Exception:  # noqa: BLE001 - strangers' metadata: what can't be read declares nothing
        return ()
