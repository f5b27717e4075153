"""What all HTML pages have in common: one file that needs nothing else, and every string escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

from artifact_check.report import text, words
from artifact_check.report.drawing import charts
from artifact_check.report.language import ENGLISH

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup
    from PIL import Image

    from artifact_check.report.drawing.previews import Encoded
    from artifact_check.report.language import Language

File = tuple[str, str]  # a package, and a file among its templates


def template(
    package: str,
    name: str,
    *sheets: File,
    script: File | None = None,
    language: Language = ENGLISH,
    **names: Any,  # noqa: ANN401
) -> Template:
    """The template `name` of a package, in a language, with `names` to be used in it, and the parts that all share.

    `sheets` become the one style sheet `css`, and `script` the one script `js`; their hashes `css_sha256` and
    `js_sha256` are all that the page's policy lets in.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package, "templates"), PackageLoader("artifact_check.report", "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css, css_sha256 = _inlined(sheets)
    js, js_sha256 = _inlined([] if script is None else [script])
    environment.globals |= {"css": css, "css_sha256": css_sha256, "js": js, "js_sha256": js_sha256}
    # As globals, for the parts that a page imports don't see what it is rendered with.
    environment.globals |= {"language": language, "text": language.view(text), "words": language.view(words)}
    environment.globals |= {"charts": charts, "large": _large, "measures_shown": None} | names
    return environment.get_template(name)


def _inlined(files: Sequence[File]) -> tuple[Markup, str]:
    """Our own files in a row, to stand in a page as they are, and the hash for its policy."""
    from markupsafe import Markup  # noqa: PLC0415

    whole = "".join((resources.files(owner) / "templates" / file).read_text("utf-8") for owner, file in files)
    return Markup(whole), base64.b64encode(hashlib.sha256(whole.encode()).digest()).decode()  # noqa: S704


def _large(image: Image.Image) -> Encoded:
    from artifact_check.report.drawing.previews import large  # noqa: PLC0415 - late: it loads numpy

    return large(image)


def _shown(value: Any) -> Any:  # noqa: ANN401 - whatever a template prints
    """Every plain string of the page goes through here, before it is escaped."""
    return text.visible(value) if type(value) is str else value
