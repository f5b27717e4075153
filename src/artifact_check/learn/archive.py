"""An estimator as bytes that depend on its content alone, so that the same data give the same bundle.

skops writes a zip whose members carry the time of writing, and names each object by its address in memory. Here the
members get a fixed time, and objects are numbered in the order in which they appear.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

_SCHEMA = "schema.json"
_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_UNIX = 3  # otherwise the byte that names the writing system differs


def estimator_bytes(estimator: dict[str, Any]) -> bytes:
    """What `skops.io.loads` reads back, byte-equal for equal estimators."""
    from skops.io import dumps

    with zipfile.ZipFile(io.BytesIO(dumps(estimator))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    numbers: dict[int, int] = {}
    names: dict[str, str] = {}

    def renumber(node: dict[str, Any]) -> dict[str, Any]:
        if isinstance(node.get("__id__"), int):
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers))
        if node.get("file") in members:
            node["file"] = names.setdefault(node["file"], f"{len(names)}.npy")
        return node

    schema = json.dumps(json.loads(members.pop(_SCHEMA), object_hook=renumber), indent=1)
    return _zipped({_SCHEMA: schema.encode()} | {names[name]: data for name, data in members.items()})


def _zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in sorted(members.items()):
            info = zipfile.ZipInfo(name, _TIME)
            info.create_system = _UNIX
            archive.writestr(info, data)
    return out.getvalue()
