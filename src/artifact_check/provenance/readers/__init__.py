"""One file a reader; readers do not know each other."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from artifact_check.provenance.reader import Reader


@cache
def discover() -> tuple[Reader, ...]:
    """All readers by rank, and by name where that is the same."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}").READER for name in names]
    return tuple(sorted(found, key=lambda reader: reader.rank))
