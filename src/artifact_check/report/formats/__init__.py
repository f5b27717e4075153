"""Report formats, one file each. Writers only read results, and do not depend on particular cues."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from artifact_check.report.format import Format


@cache
def discover() -> dict[str, Format]:
    """Return all formats by name, starting with the default, the table."""
    formats = [importlib.import_module(f"{__name__}.{module.name}").FORMAT for module in pkgutil.iter_modules(__path__)]
    return {format_.name: format_ for format_ in sorted(formats, key=lambda f: (f.name != "table", f.name))}
