"""Writes JSON as the providers do: compact, as UTF-8."""

from __future__ import annotations

import json

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def to_json(value: object) -> bytes:
    """Write JSON without spaces, as UTF-8."""
    # A control request can contain half a surrogate pair, which UTF-8 cannot encode.
    return _ENCODE(value).encode(errors="replace")
