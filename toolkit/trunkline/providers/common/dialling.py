"""Checks numbers before they are sent to a provider to be dialled."""

from __future__ import annotations

from trunkline.errors import RequestError
from trunkline.numbers import dial_digits, is_dialable


def checked_number(number: str, what: str) -> str:
    """Return a number without separators; raises `RequestError`, which names it as `what`, if it can't be dialled."""
    if not is_dialable(number):
        msg = f"the {what} can't be dialled: use digits only, after + and the country code for a number abroad"
        raise RequestError(msg)
    return dial_digits(number)
