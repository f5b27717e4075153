"""JSON as it is written everywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def encode(value: Mapping[str, Any]) -> str:
    r"""Encode as UTF-8 goes, without NaN; a file name's undecodable bytes become JSON's `\udcXX`, which reads back."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode()
