"""Totals of a scan, by status and by verdict. Photos with the same bytes are counted once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from artifact_check.phrase import Phrase, join
from artifact_check.report import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from artifact_check.results import PhotoReport, Status, Verdict


@dataclass(frozen=True, slots=True)
class Summary:
    """Number of photos for each pair of status and verdict, and of further copies of them. Immutable."""

    counts: Mapping[tuple[Status, Verdict | None], int] = field(default_factory=dict)
    copies: Mapping[tuple[Status, Verdict | None], int] = field(default_factory=dict)

    @property
    def photos(self) -> int:
        return sum(self.counts.values())

    @property
    def statuses(self) -> dict[Status, int]:
        """Photos by status, including zeros."""
        return {word: sum(n for (status, _), n in self.counts.items() if status == word) for word in words.STATUSES}

    @property
    def verdicts(self) -> dict[Verdict, int]:
        """Photos by verdict, including zeros. Photos without a verdict are not counted."""
        return {word: sum(n for (_, verdict), n in self.counts.items() if verdict == word) for word in words.VERDICTS}

    @property
    def sentence(self) -> str:
        by_verdict = [(self.verdicts[verdict], text) for verdict, text in words.VERDICTS.items()]
        by_status = [(self.counts.get((status, None), 0), text) for status, text in words.STATUSES.items()]
        counts = by_verdict + by_status
        parts = [Phrase("{name:text} {count:number}", name=text, count=count) for count, text in counts if count]
        total = Phrase(
            "{photos:text}: {counts:text}.",
            photos=words.photos(self.photos),
            counts=join(", ", parts) if parts else "nothing to report",
        )
        copies = sum(self.copies.values())
        return join(" ", (total, words.copies(copies))) if copies else total

    def plus(self, report: PhotoReport) -> Summary:
        """Return a summary that includes one more photo."""
        if report.copy_of is not None:
            return Summary(self.counts, _with_one_more(self.copies, report))
        return Summary(_with_one_more(self.counts, report), self.copies)

    def has_any(self, any_of: frozenset[str]) -> bool:
        """Whether any photo has one of these statuses or verdicts."""
        return any(status in any_of or verdict in any_of for status, verdict in (*self.counts, *self.copies))

    def to_dict(self) -> dict[str, Any]:
        return {
            "photos": self.photos,
            "copies": sum(self.copies.values()),
            "statuses": self.statuses,
            "verdicts": self.verdicts,
            "sentence": str(self.sentence),
            "scale": words.SCALE,
        }


def _with_one_more(
    counts: Mapping[tuple[Status, Verdict | None], int], report: PhotoReport
) -> dict[tuple[Status, Verdict | None], int]:
    key = report.status, report.verdict
    return {**counts, key: counts.get(key, 0) + 1}
