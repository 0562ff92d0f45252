"""The types of the action fields: the validator for the schema, and the function that parses the validated value."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from trunkline.numbers import dial_digits

from .target import ATTR_CONFIG_ENTRY, validation_error

if TYPE_CHECKING:
    from collections.abc import Mapping

ATTR_LIMIT: Final = "limit"
ATTR_SINCE: Final = "since"
ATTR_UNTIL: Final = "until"

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000
MAX_TEXT_LENGTH: Final = 500
MAX_TEXTS: Final = 50

_NUMBER = re.compile(r"\+?[0-9]{2,20}", re.ASCII)
# YAML reads digits without quotes as an integer, with a leading zero even as an octal one: a shorter, different number.
# An integer with at least this many digits has lost none.
_MIN_UNQUOTED_DIGITS = 10

ENTRY: Final[dict[vol.Marker, object]] = {vol.Optional(ATTR_CONFIG_ENTRY): cv.string}
TIME: Final = vol.Any(datetime, date, cv.string)
NUMBER: Final = vol.Any(int, cv.string)
TEXT: Final = vol.All(cv.string, vol.Length(min=1, max=MAX_TEXT_LENGTH))
TEXTS: Final = vol.All(cv.ensure_list, [TEXT], vol.Length(max=MAX_TEXTS))
LIMIT: Final = vol.All(vol.Coerce(int), vol.Range(min=1, max=MAX_LIMIT))


def parse_number(data: Mapping[str, Any], field: str) -> str:
    """Return a phone number as it is dialled. Errors name the field, never the number."""
    return _parse_digits(data, field, min_unquoted=_MIN_UNQUOTED_DIGITS)


def parse_extension(data: Mapping[str, Any], field: str) -> str:
    """Return an extension, or a phone number that rings first; a short one needs no quotes."""
    return _parse_digits(data, field, min_unquoted=0)


def _parse_digits(data: Mapping[str, Any], field: str, *, min_unquoted: int) -> str:
    value = data[field]
    if isinstance(value, int) and len(str(value)) < min_unquoted:
        raise validation_error("number_without_quotes", field=field)
    digits = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in dial_digits(str(value))
    )
    if not _NUMBER.fullmatch(digits):
        raise validation_error("invalid_number", field=field)
    return digits


def parse_text(data: Mapping[str, Any], field: str) -> str:
    """Return a stripped text that isn't empty."""
    text = str(data[field]).strip()
    if not text:
        raise validation_error("empty_text", field=field)
    return text


def parse_texts(data: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """Return stripped texts without the empty ones."""
    return tuple(text for value in data[field] if (text := str(value).strip()))


def parse_integer(data: Mapping[str, Any], field: str) -> int:
    """Return an integer."""
    return int(data[field])


def parse_time(data: Mapping[str, Any], field: str) -> datetime | None:
    """Return a time in UTC. Without an offset it is in the zone of Home Assistant; a date is its first moment there."""
    value = data.get(field)
    if isinstance(value, str):
        try:
            value = dt_util.parse_datetime(value) or dt_util.parse_date(value)
        except ValueError:
            value = None
        if value is None:
            raise validation_error("invalid_time", field=field)
    if isinstance(value, datetime):
        return dt_util.as_utc(value)
    if isinstance(value, date):
        return dt_util.as_utc(dt_util.start_of_local_day(value))
    return None


def check_period(since: datetime | None, until: datetime | None) -> None:
    """Raise a `ServiceValidationError` for a period that ends before it starts."""
    if since and until and since >= until:
        raise validation_error("empty_period")
