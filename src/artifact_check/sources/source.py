"""A source: one photo's name and how to read its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from artifact_check.errors import TooLargeError, UnreadableError
from artifact_check.phrase import Phrase

MAX_BYTES = 300_000_000


class Source(Protocol):
    """One photo, local or remote; small and picklable, so that a worker on another machine can read it."""

    cheap_to_read: ClassVar[bool]
    """Whether reading it twice costs next to nothing, as on a local disk."""

    @property
    def name(self) -> str:
        """The photo's name in reports."""

    def version(self) -> str | None:
        """Return a text that changes with the content, without reading the content; None if not available."""

    def read(self) -> bytes:
        """Read the whole file.

        Raises:
            UnreadableError: it cannot be opened.
            TooLargeError: it has more than `MAX_BYTES` bytes.
        """


@dataclass(frozen=True, slots=True)
class MissingSource:
    """An entry of a list that was not found; reading it raises `UnreadableError` with `reason`."""

    name: str
    reason: str
    cheap_to_read: ClassVar[bool] = True

    def version(self) -> str | None:
        return None

    def read(self) -> bytes:
        raise UnreadableError(self.reason)


def require_bytes(count: int, limit: int | None = None) -> None:
    """Check a file's size in bytes.

    Raises:
        TooLargeError: it is more than the limit, `MAX_BYTES` if none is given.
    """
    limit = MAX_BYTES if limit is None else limit
    if count > limit:
        raise TooLargeError(
            Phrase(
                "The file has {size:number} MB, more than the limit of {limit:number} MB; "
                "export it smaller, as a JPEG.",
                size=f"{count / 1e6:.0f}",
                limit=f"{limit / 1e6:.0f}",
            )
        )
