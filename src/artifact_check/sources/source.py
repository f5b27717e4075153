"""What a source is: one photo's name and the way to its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from artifact_check.errors import TooLargeError, UnreadableError

MAX_BYTES = 300_000_000


class Source(Protocol):
    """One photo, wherever it is; small and picklable, so that a worker elsewhere can read it itself."""

    at_hand: ClassVar[bool]
    """Whether reading it twice costs next to nothing: true of what lies on a disk here."""

    @property
    def name(self) -> str:
        """What its row is called."""

    def version(self) -> str | None:
        """Give a text that changes when the content does, found without reading it; None if there is no such thing."""

    def read(self) -> bytes:
        """Read all of its bytes.

        Raises:
            UnreadableError: it cannot be opened.
            TooLargeError: it has more bytes than the program reads.
        """


@dataclass(frozen=True, slots=True)
class Nowhere:
    """A line of a list that leads nowhere, for a `reason`."""

    name: str
    reason: str
    at_hand: ClassVar[bool] = True

    def version(self) -> str | None:
        return None

    def read(self) -> bytes:
        raise UnreadableError(self.reason)


def require_bytes(count: int) -> None:
    """Refuse a file of more than `MAX_BYTES`.

    Raises:
        TooLargeError: it has more.
    """
    if count > MAX_BYTES:
        raise TooLargeError(
            f"The file has {count / 1e6:.0f} MB, more than the limit of {MAX_BYTES / 1e6:.0f} MB; "
            "export it smaller, as a JPEG."
        )
