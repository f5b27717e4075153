"""Loads the templates of HTML pages, which are self-contained and escape every string."""

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

    from artifact_check.report.drawing.previews import InlinePicture
    from artifact_check.report.language import Language

PackageFile = tuple[str, str]  # a package and a file in its folder `templates`


def load_template(
    package: str,
    name: str,
    *sheets: PackageFile,
    script: PackageFile | None = None,
    language: Language = ENGLISH,
    **names: Any,  # noqa: ANN401
) -> Template:
    """Load a template of a package. It can import the shared templates of this package.

    Args:
        package: The package that holds the template.
        name: The file in its folder `templates`.
        sheets: Style sheets, concatenated as `css` for inlining. `css_sha256` is their hash for the page's
            Content-Security-Policy.
        script: A script, as `js` and `js_sha256`.
        language: The language of `text` and `words` in the template.
        names: Further names to define in the template.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package, "templates"), PackageLoader("artifact_check.report", "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_escape_string,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css, css_sha256 = _inline(sheets)
    js, js_sha256 = _inline([] if script is None else [script])
    environment.globals |= {"css": css, "css_sha256": css_sha256, "js": js, "js_sha256": js_sha256}
    # Globals, because imported templates do not see the variables a page is rendered with.
    environment.globals |= {
        "language": language,
        "text": language.translate_module(text),
        "words": language.translate_module(words),
    }
    environment.globals |= {"charts": charts, "encode_picture": _encode_picture, "measures_shown": None} | names
    return environment.get_template(name)


def _inline(files: Sequence[PackageFile]) -> tuple[Markup, str]:
    """Return our own files, concatenated for inlining without escaping, and their SHA-256 in base64."""
    from markupsafe import Markup  # noqa: PLC0415

    content = "".join((resources.files(owner) / "templates" / file).read_text("utf-8") for owner, file in files)
    return Markup(content), base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()  # noqa: S704


def _encode_picture(image: Image.Image) -> InlinePicture:
    from artifact_check.report.drawing.previews import encode_picture  # noqa: PLC0415 - only pages with pictures need it

    return encode_picture(image)


def _escape_string(value: Any) -> Any:  # noqa: ANN401 - whatever a template prints
    """Escape unprintable characters of every string that is not HTML already, before HTML escaping."""
    return text.escape_unprintable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
