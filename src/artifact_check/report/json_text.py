"""JSON as it is written everywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec


def encode(value: Mapping[str, Any]) -> str:
    r"""Encode as UTF-8 goes, without NaN; a file name's undecodable bytes become JSON's `\udcXX`, which reads back."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace").decode()
