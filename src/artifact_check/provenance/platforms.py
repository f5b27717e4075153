"""Which platforms react to which declarations: a table of public statements, each with source and date.

A row says what a platform announced, not that it will label this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from artifact_check.results import Declaration, DeclarationKind, Says, Trust


@dataclass(frozen=True, slots=True)
class _Row:
    """A platform reacts to declarations of this `kind` with these `says` and `trust`, whose detail contains `term`.

    `term` is in lower case and matches any case; "" matches everything.
    """

    kind: DeclarationKind
    says: frozenset[Says]
    trust: frozenset[Trust]
    term: str
    sentence: str
    source: str
    date: str


_AI: frozenset[Says] = frozenset({"ai_generated", "ai_edited"})
_ANYTHING: frozenset[Says] = frozenset({*_AI, "camera", "edited", "unknown"})
# Platforms do not react to what an invalid signature covers.
_NOT_INVALID: frozenset[Trust] = frozenset({"trusted", "valid_untrusted", "declared"})
_SIGNED: frozenset[Trust] = frozenset({"trusted", "valid_untrusted"})

# X announced labels in 2026 but not which metadata it reads, so it has no row.
_TABLE = (
    _Row(
        kind="c2pa",
        says=_ANYTHING,
        trust=_SIGNED,
        term="",
        sentence="LinkedIn shows the Content Credentials icon on images that carry signed Content Credentials",
        source="https://www.linkedin.com/help/lms/answer/a6282984",
        date="2024-05",
    ),
    _Row(
        kind="c2pa",
        says=_AI,
        trust=_SIGNED,
        term="",
        sentence="Meta (Facebook, Instagram, Threads) labels images whose Content Credentials declare AI",
        source="https://about.fb.com/news/2024/02/labeling-ai-generated-images-on-facebook-instagram-and-threads/",
        date="2024-02",
    ),
    _Row(
        kind="iptc",
        says=_AI,
        trust=_NOT_INVALID,
        term="algorithmicmedia",  # Meta's help for creators names this part of the value
        sentence="Meta (Facebook, Instagram, Threads) labels images that carry IPTC DigitalSourceType",
        source="https://iptc.org/news/meta-announces-support-for-iptc-metadata-in-generative-ai-images/",
        date="2024-02",
    ),
    _Row(
        kind="c2pa",
        says=_AI,
        trust=_SIGNED,
        term="",
        sentence="TikTok labels images whose Content Credentials declare AI",
        source="https://www.macrumors.com/2024/05/10/tiktok-label-ai-generated-content",
        date="2024-05",
    ),
    _Row(
        kind="c2pa",
        says=_AI,
        trust=frozenset({"trusted"}),  # Google requires a signer on the C2PA trust list
        term="",
        sentence="Google (Search, Lens) says so of images whose Content Credentials declare AI",
        source="https://petapixel.com/2024/09/17/google-is-adding-c2pa-image-content-credentials-to-search-and-ads",
        date="2024-09",
    ),
    _Row(
        kind="iptc",
        says=_AI,
        trust=_NOT_INVALID,
        term="",
        sentence="Google (Images, Photos) labels images that carry IPTC DigitalSourceType",
        source="https://iptc.org/news/tag/google/",
        date="2024-10",
    ),
    _Row(
        kind="iptc",
        says=_AI,
        trust=_NOT_INVALID,
        term="",
        sentence="Pinterest labels images that carry IPTC DigitalSourceType",
        source="https://cepic.org/post/pinterest-uses-iptc-metadata-to-signal-ai-generated-images",
        date="2025-03",
    ),
)


def labelling_platforms(declarations: Iterable[Declaration]) -> tuple[str, ...]:
    """Return one sentence per platform that reacts to any of the declarations, in the table's order."""
    declarations = tuple(declarations)
    return tuple(row.sentence for row in _TABLE if any(_acts_on(row, declaration) for declaration in declarations))


def _acts_on(row: _Row, declaration: Declaration) -> bool:
    matches = declaration.kind == row.kind and declaration.says in row.says and declaration.trust in row.trust
    return matches and row.term in declaration.detail.lower()
