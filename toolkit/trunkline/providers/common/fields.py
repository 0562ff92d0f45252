"""One field of a provider's reply at a time: text, whole numbers and money, or a `DataError` that names the field."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from trunkline import inert
from trunkline.errors import DataError
from trunkline.model import Money

_WHOLE = re.compile(r"-?[0-9]{1,18}(?:\.0+)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?", re.ASCII)
_LONGEST_TEXT = 10_000
_LONGEST_ID = 200
_NUMBERS = re.compile(r"[+*]?\d[\d\s-]{3,}\d")
_SECRETS = re.compile(r"[A-Za-z0-9_\-+/=]{16,}")
_LONGEST_MESSAGE = 160


def mapping(value: object, field: str) -> dict[str, Any]:
    """Return a JSON object."""
    if not isinstance(value, dict):
        raise wrong(field, "an object")
    return value


def rows(value: object, field: str) -> list[Any]:
    """Return a JSON list; null and an empty object (PHP's spelling of an empty list) are empty ones."""
    if value is None or value == {}:
        return []
    if not isinstance(value, list):
        raise wrong(field, "a list")
    return value


def listed(value: object, field: str) -> list[Any]:
    """Return a JSON list that must be there: null instead of a list says nothing, and least that there is nothing.

    An empty object is PHP's spelling of an empty list.
    """
    if value is None:
        raise missing(field)
    return rows(value, field)


def text(value: object, field: str) -> str | None:
    """Return text, None for null; numbers become their text, since feeds write ids both ways."""
    if value is None:
        return None
    if isinstance(value, str):
        if len(value) > _LONGEST_TEXT:
            raise wrong(field, "within the length limit")
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise wrong(field, "text")


def required_text(value: object, field: str) -> str:
    """Return text that isn't empty."""
    result = text(value, field)
    if not result or not result.strip():
        raise missing(field)
    return result


def identifier(value: object, field: str) -> str:
    """Return an id: text that isn't empty, of a length that a key can have."""
    if type(value) is not str or not value.isalnum():
        value = required_text(value, field)
    if len(value) > _LONGEST_ID:
        raise wrong(field, "within the length limit of an id")
    return value


def integer(value: object, field: str) -> int | None:
    """Return a whole number that was sent as a number or as text; None for null and empty text."""
    if type(value) is int:
        return value
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    raise wrong(field, "a whole number")


def seconds(value: object, field: str) -> int | None:
    """Return a duration in whole seconds, which is never negative."""
    result = integer(value, field)
    if result is not None and result < 0:
        raise wrong(field, "a duration")
    return result


def count(value: object, field: str) -> int | None:
    """Return how many of something there are, which is never negative."""
    result = integer(value, field)
    if result is not None and result < 0:
        raise wrong(field, "a count")
    return result


def money(value: object, currency: str, field: str) -> Money | None:
    """Return an exact amount that was sent as a number or as text; None for null and empty text."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise wrong(field, "an amount")
    # For a float, the shortest text that gives the same float is what the provider wrote.
    content = str(value).strip()
    if not content:
        return None
    if not _DECIMAL.fullmatch(content):
        raise wrong(field, "an amount")
    return Money(Decimal(content), currency)


def wrong(field: str, wanted: str) -> DataError:
    """Return the error for a field that isn't what it must be; the message leaves its value out."""
    return DataError(f"the field {field} is not {wanted}", field=field)


def missing(field: str) -> DataError:
    """Return the error for a field that must be present."""
    return DataError(f"the field {field} is missing", field=field)


def safe_text(message: object) -> str:
    """Return a provider's own message for a person: short, inert, and without anything like a number or a secret."""
    # Invisible characters go first: they could part a secret.
    line = inert.one_line(message, _LONGEST_TEXT) if isinstance(message, str) else ""
    if not line:
        return "no reason given"
    return inert.plain(_NUMBERS.sub("…", _SECRETS.sub("…", line)), _LONGEST_MESSAGE)
