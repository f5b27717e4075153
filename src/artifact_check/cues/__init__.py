"""The cues, found by name: every public module in this folder declares one `CUE`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from artifact_check.cue import Cue


@cache
def discover() -> tuple[Cue, ...]:
    """All cues, sorted by name.

    Raises:
        ValueError: two cues share a name or a measure key, or a key does not begin with its cue's name.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    cues = tuple(importlib.import_module(f"{__name__}.{name}").CUE for name in names)
    _check_unique(cues)
    return cues


def _check_unique(cues: tuple[Cue, ...]) -> None:
    seen: set[str] = set()
    for cue in cues:
        for key in [cue.name, *(measure.key for measure in cue.measures)]:
            if key in seen:
                raise ValueError(f"{key!r} is declared twice among the cues")
            if not key.startswith(cue.name):
                raise ValueError(f"measure {key!r} must begin with the name of its cue, {cue.name!r}")
            seen.add(key)
