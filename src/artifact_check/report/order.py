"""The order of photos in lists for people: what needs attention first, and photos that look the same together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from artifact_check.report.text import attention_rank

if TYPE_CHECKING:
    from artifact_check.results import PhotoReport


@dataclass(slots=True)
class Group:
    """Photos that look the same: the most urgent one's rank, and the place of the first one in the scan."""

    rank: int
    place: int


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of the photos of a scan, by path."""

    _by_path: dict[str, Group] = field(default_factory=dict)

    def join(self, report: PhotoReport) -> Group:
        """Return the group of the next photo of the scan: that of the one it names, or a new one."""
        rank, named = attention_rank(report), report.copy_of or report.similar_to
        group = self._by_path.get(named or "") or Group(rank, len(self._by_path))
        group.rank = min(group.rank, rank)
        self._by_path[report.path] = group
        return group


def sorting_key(group: Group) -> tuple[int, int]:
    """Sort by this, once all photos have joined; photos of one group stay in the order of the scan."""
    return group.rank, group.place
