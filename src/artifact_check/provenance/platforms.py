"""Which platforms act on which declaration: a table from public statements, each with its source and date.

A row says what a platform announced, never that it will label this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from artifact_check.results import Declaration, DeclarationKind, Says


@dataclass(frozen=True, slots=True)
class _Row:
    """A platform acts on declarations of `kind` that say one of `says` and name `term` (any case; "": any term)."""

    kind: DeclarationKind
    says: frozenset[Says]
    term: str
    sentence: str
    source: str
    date: str


_AI: frozenset[Says] = frozenset({"ai_generated", "ai_edited"})

_TABLE = (
    _Row(
        kind="iptc",
        says=_AI,
        term="algorithmicmedia",  # Meta's help to creators names this part of the value
        sentence="Meta (Facebook, Instagram, Threads) labels images that carry IPTC DigitalSourceType",
        source="https://iptc.org/news/meta-announces-support-for-iptc-metadata-in-generative-ai-images/",
        date="2024-02",
    ),
    _Row(
        kind="iptc",
        says=_AI,
        term="",
        sentence="Google (Images, Photos) labels images that carry IPTC DigitalSourceType",
        source="https://iptc.org/news/tag/google/",
        date="2024-10",
    ),
)


def labelling_platforms(declarations: Iterable[Declaration]) -> tuple[str, ...]:
    """Return one sentence for each platform that acts on any of the declarations, in the table's order."""
    found = tuple(declarations)
    return tuple(row.sentence for row in _TABLE if any(_acts_on(row, declaration) for declaration in found))


def _acts_on(row: _Row, declaration: Declaration) -> bool:
    return declaration.kind == row.kind and declaration.says in row.says and row.term in declaration.detail.lower()
