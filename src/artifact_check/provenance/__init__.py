"""Reads what a file declares about its own origin, from its bytes alone. Neither pixels nor a face are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_check.provenance.container import Container, parse_container
from artifact_check.provenance.readers import discover

if TYPE_CHECKING:
    from artifact_check.provenance.reader import Reader
    from artifact_check.results import Declaration


def read(data: bytes, *, trust_list: str = "", sidecar: bytes = b"") -> tuple[Declaration, ...]:
    """Return all declarations in an image file's bytes, sorted by reader; empty if there are none. Never raises.

    `trust_list` holds the certificates of trusted signers of Content Credentials, as PEM text. `sidecar` is the
    manifest store from a `.c2pa` file beside the picture, which counts if the picture holds none.
    """
    try:
        container = parse_container(data, sidecar)
    except Exception:  # noqa: BLE001 - what is not a picture declares nothing; decoding reports what is wrong
        return ()
    return tuple(declaration for reader in discover() for declaration in _read_safely(reader, container, trust_list))


def _read_safely(reader: Reader, container: Container, trust_list: str) -> tuple[Declaration, ...]:
    try:
        return reader.read(container, trust_list)
    except Exception:  # noqa: BLE001 - untrusted metadata that can't be read declares nothing
        return ()
