"""What all HTML pages have in common: one file that needs nothing else, no script, and every string escaped."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import TYPE_CHECKING, Any

from artifact_check.report.text import visible

if TYPE_CHECKING:
    from jinja2 import Template


def template(package: str, name: str, *sheets: tuple[str, str], **names: Any) -> Template:  # noqa: ANN401
    """The template `name` of a package, with `names` to be used in it.

    `sheets`, each a package and a file among its templates, become the one style sheet `css`, whose hash `css_sha256`
    is all that the page's policy lets in.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup  # noqa: PLC0415

    css = "".join((resources.files(owner) / "templates" / sheet).read_text("utf-8") for owner, sheet in sheets)
    environment = Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= names | {
        "css": Markup(css),  # noqa: S704 - our own files
        "css_sha256": base64.b64encode(hashlib.sha256(css.encode()).digest()).decode(),
    }
    return environment.get_template(name)


def _shown(value: Any) -> Any:  # noqa: ANN401 - whatever a template prints
    """Every plain string of the page goes through here, before it is escaped."""
    return visible(value) if type(value) is str else value
