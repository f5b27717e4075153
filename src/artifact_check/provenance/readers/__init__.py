"""The readers, one module each. Readers do not import each other."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from artifact_check.provenance.reader import Reader


@cache
def discover() -> tuple[Reader, ...]:
    """Return all readers, sorted by rank and then by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    readers = [importlib.import_module(f"{__name__}.{name}").READER for name in names]
    return tuple(sorted(readers, key=lambda reader: reader.rank))
