"""The order of photos in lists for people: what needs attention first, and photos that look the same together."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from artifact_check.report.text import attention_rank

if TYPE_CHECKING:
    from artifact_check.results import PhotoReport


@dataclass(slots=True)
class Group:
    """Photos that look the same: rank and score of the most urgent one, and the place of the first one in the scan."""

    urgency: tuple[int, float]
    place: int


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of the photos of a scan, by path."""

    _by_path: dict[str, Group] = field(default_factory=dict)

    def join(self, report: PhotoReport) -> Group:
        """Return the group of the next photo of the scan: that of the one it names, or a new one."""
        score = math.inf if report.authenticity is None else report.authenticity
        urgency, named = (attention_rank(report), score), report.copy_of or report.similar_to
        group = self._by_path.get(named or "") or Group(urgency, len(self._by_path))
        group.urgency = min(group.urgency, urgency)
        self._by_path[report.path] = group
        return group


def sorting_key(group: Group) -> tuple[tuple[int, float], int]:
    """Sort by this, once all photos have joined; photos of one group stay in the order of the scan."""
    return group.urgency, group.place
