"""Checks what is sent to a provider for a call: the numbers, and the limits of the call."""

from __future__ import annotations

from trunkline.errors import RequestError
from trunkline.numbers import dial_digits, is_dialable


def checked_number(number: str, what: str) -> str:
    """Return a number without separators; raises `RequestError`, which names it as `what`, if it can't be dialled."""
    if not is_dialable(number):
        msg = f"the {what} can't be dialled: use digits only, after + and the country code for a number abroad"
        raise RequestError(msg)
    return dial_digits(number)


def checked_limit(value: object, name: str) -> int:
    """Return a limit of a call; raises `RequestError`, which calls it `name`, unless it is a whole number above 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        msg = f"the {name} of a call must be a whole number above 0"
        raise RequestError(msg)
    return value
