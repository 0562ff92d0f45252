"""Masks phone numbers where they are shown, if the user wants that: `+989120004567` becomes `+98912•••4567`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ..const import CONF_MASK_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN_AT_END: Final = 4
_HIDDEN: Final = "•••"
# Fewer digits are an extension or a short code.
_NUMBER: Final = re.compile(r"\+?\d(?:[\s().\-/\u00ad\u200b-\u200f\u2010-\u2015\u2060]*\d){6,}")
# What may be, or contain, the number of a caller or of who is called. The trunk is the account's own.
_FIELDS: Final = frozenset(
    {"number", "e164", "name"}
    | {f"{part}{kind}" for part in ("source", "destination", "caller") for kind in ("", "_e164", "_name")}
    | {"number_e164", "dialled", "extension"}
)
# The fields of a live event as they were sent: any of them may have a number.
_AS_SENT: Final = "fields"


def masks_numbers(options: Mapping[str, Any]) -> bool:
    """Return whether the options of an account say that numbers are masked."""
    return bool(options.get(CONF_MASK_NUMBERS))


def masked_text(text: str) -> str:
    """Return a text with each phone number in it masked."""
    return _NUMBER.sub(_masked, text)


def masked(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of an event, or the attributes of an entity, with masked numbers."""
    return {name: _masked_value(name, value) for name, value in data.items()}


def _masked_value(name: str, value: Any) -> Any:
    if name == _AS_SENT:
        return {}
    if isinstance(value, list):
        return [masked(row) if isinstance(row, dict) else row for row in value]
    return masked_text(value) if name in _FIELDS and isinstance(value, str) else value


def _masked(found: re.Match[str]) -> str:
    number = re.sub(r"[^\d+]", "", found[0])
    end = len(number) - _SHOWN_AT_END
    return f"{number[: end - len(_HIDDEN)]}{_HIDDEN}{number[end:]}"
