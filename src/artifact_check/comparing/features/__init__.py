"""Features beside those of `traits.py`, found by name: every public file in here declares one `TRAIT`.

A new one is a new file, its words in `wording.py`, and its spread (`artifact_check.learn.references.people`).
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from artifact_check.comparing import traits
from artifact_check.comparing.traits import Trait


@cache
def all_traits() -> tuple[Trait, ...]:
    """Those of `traits.py`, then those of this folder by name of file."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return (*traits.TRAITS, *(importlib.import_module(f"{__name__}.{name}").TRAIT for name in names))
