"""JSON encoding of all reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec


def encode_json(value: Mapping[str, Any]) -> str:
    r"""Encode as JSON that UTF-8 can represent, without NaN.

    Undecodable bytes of file names become `\udcXX` escapes, which JSON decodes to the same name.
    """
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        plain = msgspec.json.decode  # for what is JSON already
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=plain)
        return text.encode("utf-8", "backslashreplace").decode()
