"""What a reader is: one kind of statement in a file's metadata, declared in one file of `readers/`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from artifact_check.provenance.container import Container
from artifact_check.results import Declaration


@dataclass(frozen=True, slots=True)
class Reader:
    """`read(container, trust_list)` gives every declaration of its kind; what can't be read, it leaves out or raises.

    Declarations are reported by `rank`, least first. `trust_list` holds the certificates of signers to trust, as PEM.
    """

    read: Callable[[Container, str], tuple[Declaration, ...]]
    rank: int = 9
