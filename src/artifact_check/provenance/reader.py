"""A reader finds one kind of statement in a file's metadata. Each reader is one module in `readers/`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from artifact_check.provenance.container import Container
from artifact_check.results import Declaration


@dataclass(frozen=True, slots=True)
class Reader:
    """A provenance reader.

    Attributes:
        read: `read(container, trust_list)` returns all declarations of its kind. It may skip what it cannot read, or
            raise; the caller ignores the error. `trust_list` holds the certificates of trusted signers, as PEM text.
        rank: readers with a lower rank are reported first.
    """

    read: Callable[[Container, str], tuple[Declaration, ...]]
    rank: int = 9
