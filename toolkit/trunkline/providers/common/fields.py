"""One field of a provider's reply at a time: text, whole numbers and money, or a `DataError` that names the field."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from trunkline import inert
from trunkline.errors import DataError
from trunkline.model import Money

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_WHOLE = re.compile(r"-?[0-9]{1,18}(?:\.0+)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?", re.ASCII)
# What the archive can store.
_MOST = 10**18
_LONGEST_TEXT = 10_000
_LONGEST_ID = 200
# An address (IPv4), which is no number of a telephone; seven digits or more as they are written anywhere; or fewer
# with nothing but blanks and hyphens between them.
_NUMBERS = re.compile(
    rf"(?<![\w.+])(?P<address>{_OCTET}(?:\.{_OCTET}){{3}})(?![\w.]?\d)"
    r"|[+*]?\d(?:[\s()./\-\u2010-\u2015\u2212\u00b7_]{0,3}\d){6,}"
    r"|[+*]?\d[\d\s-]{3,}\d"
)
# What is invisible and stays in text for people: joiners of Persian letters, marks of direction, soft hyphens.
_BETWEEN = re.compile(r"(?<=[!-~\d])[\u00ad\u034f\u200c-\u200f\ufe0e\ufe0f]+(?=[!-~\d])")
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
    """Return a whole number of up to 18 digits that was sent as a number or as text; None for null and empty text."""
    if type(value) is int and -_MOST < value < _MOST:
        return value
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer() and -_MOST < value < _MOST:
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
    if isinstance(value, float):
        # Small and large ones have an exponent in their text.
        content = f"{Decimal(content):f}"
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
    line = _BETWEEN.sub("", inert.one_line(message, _LONGEST_TEXT)) if isinstance(message, str) else ""
    if not line:
        return "no reason given"
    return inert.plain(_NUMBERS.sub(_hidden, _SECRETS.sub("…", line)), _LONGEST_MESSAGE)


def _hidden(found: re.Match[str]) -> str:
    return found["address"] or "…"
