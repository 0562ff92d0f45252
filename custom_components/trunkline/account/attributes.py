"""Keeps the attributes of entities small: every change of state sends all of them to each open dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from homeassistant.helpers.json import json_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_ROWS: Final = 20
"""A list in an attribute has at most so many rows."""
MAX_LIST: Final = 3000
"""The rows of a list are at most so many bytes of JSON together."""
MAX_TEXT: Final = 160
"""A text in an attribute is at most so many bytes of UTF-8."""


def first_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return as many rows from the beginning as a list in an attribute can have, their texts shortened."""
    kept: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        short = shortened(row)
        size += len(json_bytes(short)) + 1
        if len(kept) == MAX_ROWS or size > MAX_LIST:
            break
        kept.append(short)
    return kept


def shortened(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes with texts of at most `MAX_TEXT` bytes."""
    return {name: short_text(value) if isinstance(value, str) else value for name, value in attributes.items()}


def short_text(text: str) -> str:
    """Return the beginning of a text, at most `MAX_TEXT` bytes."""
    return text.encode()[:MAX_TEXT].decode(errors="ignore")
