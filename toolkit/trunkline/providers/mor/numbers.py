"""MOR's telephone numbers: written with the country code and without a plus."""

from __future__ import annotations

from trunkline.errors import RequestError
from trunkline.numbers import dial_digits, e164, is_dialable

_REGION = "LT"
_SHORTEST_PUBLIC = 8


def dialled(number: str, what: str) -> str:
    """Return a number as MOR takes it: digits only, with the country code.

    `what` names the number in the `RequestError` for one that can't be dialled.
    """
    if not is_dialable(number):
        msg = f"the {what} can't be dialled: give digits, with + in front for another country"
        raise RequestError(msg)
    return dial_digits(number).removeprefix("+")


def full_number(number: str | None) -> str | None:
    """Return a number in E.164, None for extensions. Numbers with a leading zero are Lithuanian."""
    if not number:
        return None
    if number.isascii() and number.isdigit() and not number.startswith("0"):
        return e164(f"+{number}", None) if len(number) >= _SHORTEST_PUBLIC else None
    return e164(number, _REGION)
