"""The estimator of a bundle, `model.skops`, read as plain numbers.

skops stores an object as JSON that names its class and holds its attributes, with arrays beside it as `.npy` files.
Only arrays and attributes are read here: no object of the file is built, no code of it runs, and scikit-learn and
SciPy, whose import takes longer than a check, are not needed.
"""

from __future__ import annotations

import io
import json
import zipfile
from types import SimpleNamespace
from typing import Any

import numpy as np

_CLASSES = {"Pipeline", "StandardScaler", "SimpleImputer", "LogisticRegression"}
_MOST_BYTES = 16_000_000  # unpacked; the bundle that comes with the program has 0.13 MB


def read_estimator(data: bytes) -> Any:  # noqa: ANN401
    """What `skops.io.loads` gives, with the attributes of a scikit-learn object in place of the object.

    Raises:
        ValueError, KeyError, TypeError, zipfile.BadZipFile: it is no such archive, holds anything else, or more than
            `_MOST_BYTES`.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = _Members(archive)
        return _value(json.loads(members.read("schema.json")), members)


class _Members:
    """What an archive holds, up to `_MOST_BYTES` in all; a member that is named twice counts twice."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._left = _MOST_BYTES

    def read(self, name: str) -> bytes:
        self._left -= self._archive.getinfo(name).file_size  # `zipfile` unpacks no more than is declared here
        if self._left < 0:
            raise ValueError(f"it unpacks to more than {_MOST_BYTES // 1_000_000} MB")
        return self._archive.read(name)


def _value(node: dict[str, Any], members: _Members) -> Any:  # noqa: ANN401
    kind = node["__loader__"]
    if kind == "JsonNode":
        return json.loads(node["content"])
    if kind == "DictNode":
        return {key: _value(child, members) for key, child in node["content"].items()}
    if kind in ("ListNode", "TupleNode"):
        return [_value(child, members) for child in node["content"]]
    if kind == "NdArrayNode" and node["type"] == "numpy":
        return np.load(io.BytesIO(members.read(node["file"])), allow_pickle=False)
    if kind == "ObjectNode" and node["__module__"].split(".")[0] == "sklearn" and node["__class__"] in _CLASSES:
        # The imputer's own numbers are not asked for: it puts 0 in place of what is missing.
        return SimpleNamespace(**{} if node["__class__"] == "SimpleImputer" else _value(node["content"], members))
    raise ValueError(f"it holds {node['__module__']}.{node['__class__']}")
