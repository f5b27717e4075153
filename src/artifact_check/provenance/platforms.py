"""Which platforms will label a picture for what it declares: a table of public statements, each with source and date.

A row says what a platform announced. Where a test of March 2026 (Indicator, with the IPTC) saw it label some such
pictures only, it *may label* them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact_check.phrase import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from artifact_check.results import Declaration, DeclarationKind, Says, Trust


@dataclass(frozen=True, slots=True)
class _Row:
    """A platform reacts to declarations of this `kind` with these `says` and `trust`, whose detail contains `term`.

    `term` is in lower case and matches any case; "" matches everything. Of several rows that match, the first counts.
    `does` is a template.
    """

    platform: str
    does: str
    kind: DeclarationKind
    says: frozenset[Says]
    trust: frozenset[Trust]
    term: str
    source: str
    date: str

    @property
    def sentence(self) -> str:
        return Phrase(self.does, platform=self.platform, date=self.date)

    def matches(self, declaration: Declaration) -> bool:
        fits = declaration.kind == self.kind and declaration.says in self.says and declaration.trust in self.trust
        return fits and self.term in declaration.detail.lower()


_AI: frozenset[Says] = frozenset({"ai_generated", "ai_edited"})
_UNCLEAR: frozenset[Says] = frozenset({"unknown"})
_ANYTHING: frozenset[Says] = frozenset({*_AI, "camera", "edited", "unknown"})
_SIGNED: frozenset[Trust] = frozenset({"trusted", "valid_untrusted"})
_DAMAGED: frozenset[Trust] = frozenset({"damaged"})
_UNSIGNED: frozenset[Trust] = frozenset({"declared"})

_LINKEDIN, _META, _TIKTOK, _PINTEREST, _GOOGLE, _X = "LinkedIn", "Meta", "TikTok", "Pinterest", "Google", "X"
_PLATFORMS = (_LINKEDIN, _META, _TIKTOK, _PINTEREST, _GOOGLE)
_LINKEDIN_SAYS = "https://www.linkedin.com/help/lms/answer/a6282984"
_META_SAYS = "https://about.fb.com/news/2024/02/labeling-ai-generated-images-on-facebook-instagram-and-threads/"
_TIKTOK_SAYS = "https://www.macrumors.com/2024/05/10/tiktok-label-ai-generated-content"
_PINTEREST_SAYS = "https://cepic.org/post/pinterest-uses-iptc-metadata-to-signal-ai-generated-images"
_GOOGLE_SAYS = "https://petapixel.com/2024/09/17/google-is-adding-c2pa-image-content-credentials-to-search-and-ads"
_CHINA = "Platforms in China"
_CHINA_SAYS = "https://www.cac.gov.cn/2025-03/14/c_1743654684782215.htm"  # article 6
_AIGC: tuple[DeclarationKind, ...] = ("xmp", "exif", "generator_text")  # where China's label may be
_TRUSTED: frozenset[Trust] = frozenset({"trusted"})  # Google requires a signer on the C2PA trust list

_LABELS, _MAY_LABEL = "{platform} labels it ({date})", "{platform} may label it ({date})"
_SHOWS = "{platform} shows its Content Credentials ({date})"
_MUST_IN_CHINA, _MAY_IN_CHINA = "Platforms in China must label it ({date})", "Platforms in China may label it ({date})"
_TABLE = (
    _Row(_LINKEDIN, _LABELS, "c2pa", _AI, _SIGNED, "", _LINKEDIN_SAYS, "2024-05"),
    _Row(_LINKEDIN, _MAY_LABEL, "c2pa", _AI, _DAMAGED, "", _LINKEDIN_SAYS, "2024-05"),
    _Row(_LINKEDIN, _SHOWS, "c2pa", _ANYTHING, _SIGNED, "", _LINKEDIN_SAYS, "2024-05"),
    _Row(_META, _LABELS, "c2pa", _AI, _SIGNED, "", _META_SAYS, "2024-02"),
    # Meta's help for creators names this part of the value.
    _Row(_META, _MAY_LABEL, "iptc", _AI, _UNSIGNED, "algorithmicmedia", _META_SAYS, "2024-02"),
    _Row(_META, _MAY_LABEL, "c2pa", _AI, _DAMAGED, "", _META_SAYS, "2024-02"),
    _Row(_TIKTOK, _LABELS, "c2pa", _AI, _SIGNED, "", _TIKTOK_SAYS, "2024-05"),
    _Row(_TIKTOK, _MAY_LABEL, "c2pa", _AI, _DAMAGED, "", _TIKTOK_SAYS, "2024-05"),
    _Row(_PINTEREST, _MAY_LABEL, "iptc", _AI, _UNSIGNED, "", _PINTEREST_SAYS, "2025-03"),
    _Row(_PINTEREST, _MAY_LABEL, "c2pa", _AI, _SIGNED | _DAMAGED, "", _PINTEREST_SAYS, "2025-03"),
    _Row(_GOOGLE, _LABELS, "c2pa", _AI, _TRUSTED, "", _GOOGLE_SAYS, "2024-09"),
    _Row(_GOOGLE, _LABELS, "iptc", _AI, _UNSIGNED, "", "https://iptc.org/news/tag/google/", "2024-10"),
    _Row(_GOOGLE, _MAY_LABEL, "c2pa", _AI, _SIGNED | _DAMAGED, "", _GOOGLE_SAYS, "2024-09"),
    *(_Row(_CHINA, _MUST_IN_CHINA, kind, _AI, _UNSIGNED, "aigc label", _CHINA_SAYS, "2025-09") for kind in _AIGC),
    *(_Row(_CHINA, _MAY_IN_CHINA, kind, _UNCLEAR, _UNSIGNED, "aigc label", _CHINA_SAYS, "2025-09") for kind in _AIGC),
)
_LAST_LOOKED = "2026-11"
# X announced labels in 2026.
_X_IS_SILENT = Phrase("{platform} never said what it reads ({date})", platform=_X, date=_LAST_LOOKED)
_SYNTHID = "Google and OpenAI also mark pictures invisibly (SynthID), which only their own services can check."
_MARKING_MAKERS = re.compile(r"\b(google|gemini|imagen|openai|dall[-·]?e|gpt|chatgpt)\b", re.IGNORECASE)


def forecast_labels(declarations: Iterable[Declaration]) -> tuple[str, ...]:
    """Return in sentences which platforms will label a picture; empty if there is nothing to label it from."""
    declarations = tuple(declarations)
    rows: dict[str, _Row] = {}
    for row in _TABLE:
        if any(map(row.matches, declarations)):
            rows.setdefault(row.platform, row)
    lines = [row.sentence for row in rows.values()]
    if rows:
        silent = ", ".join(platform for platform in _PLATFORMS if platform not in rows)
        nothing = Phrase("{platforms}: nothing here to read ({date})", platforms=silent, date=_LAST_LOOKED)
        lines += [nothing] if silent else []
        lines.append(_X_IS_SILENT)
    if any(map(_is_marked_invisibly, declarations)):
        lines.append(_SYNTHID)
    return tuple(lines)


def _is_marked_invisibly(declaration: Declaration) -> bool:
    """Whether a declaration names a maker that marks its pictures in a way that cannot be checked offline."""
    named = _MARKING_MAKERS.search(f"{declaration.generator} {declaration.detail}")
    return declaration.says.startswith("ai_") and named is not None
