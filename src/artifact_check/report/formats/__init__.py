"""What reports are written as: one file a format. Writers read results alone, and know no cue by name."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from artifact_check.report.format import Format


@cache
def discover() -> dict[str, Format]:
    """All formats by their names: first the table, which is the default, then by name."""
    found = [importlib.import_module(f"{__name__}.{module.name}").FORMAT for module in pkgutil.iter_modules(__path__)]
    return {format_.name: format_ for format_ in sorted(found, key=lambda found: (found.name != "table", found.name))}
