"""MOR's telephone numbers: written with the country code and without a plus."""

from __future__ import annotations

from trunkline.numbers import e164
from trunkline.providers.common.dialling import checked_number

_REGION = "LT"
_SHORTEST_PUBLIC = 8


def dialled(number: str, what: str) -> str:
    """Return a number as MOR takes it: digits only, with the country code.

    `what` names the number in the `RequestError` for one that can't be dialled.
    """
    return checked_number(number, what).removeprefix("+")


def full_number(number: str | None) -> str | None:
    """Return a number in E.164, None for extensions. Numbers with a leading zero are Lithuanian."""
    if not number:
        return None
    if number.isascii() and number.isdigit() and not number.startswith("0"):
        return e164(f"+{number}", None) if len(number) >= _SHORTEST_PUBLIC else None
    return e164(number, _REGION)
