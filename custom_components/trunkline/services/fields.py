"""The fields of the actions: how each is written, and what it means once it was checked."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from trunkline.numbers import dial_digits

from .target import ATTR_CONFIG_ENTRY, misuse

if TYPE_CHECKING:
    from collections.abc import Mapping

ATTR_LIMIT: Final = "limit"
ATTR_SINCE: Final = "since"
ATTR_UNTIL: Final = "until"

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000
LONGEST_TEXT: Final = 500
MOST_TEXTS: Final = 50

_NUMBER = re.compile(r"\+?[0-9]{2,20}", re.ASCII)
# YAML reads digits without quotes as a whole number, and after a leading zero as an octal one, which is a shorter one:
# a stranger's number. What still has so many digits has lost nothing.
_SHORTEST_UNQUOTED = 10

ENTRY: Final[dict[vol.Marker, object]] = {vol.Optional(ATTR_CONFIG_ENTRY): cv.string}
TIME: Final = vol.Any(datetime, date, cv.string)
DIALLED: Final = vol.Any(int, cv.string)
TEXT: Final = vol.All(cv.string, vol.Length(min=1, max=LONGEST_TEXT))
TEXTS: Final = vol.All(cv.ensure_list, [TEXT], vol.Length(max=MOST_TEXTS))
LIMIT: Final = vol.All(vol.Coerce(int), vol.Range(min=1, max=MAX_LIMIT))


def number(data: Mapping[str, Any], field: str) -> str:
    """Return a number as it is dialled. The message names the field and never the number."""
    return _dialled(data, field, shortest=_SHORTEST_UNQUOTED)


def extension(data: Mapping[str, Any], field: str) -> str:
    """Return an internal number, or whatever else may ring first; a short one needs no quotes."""
    return _dialled(data, field, shortest=0)


def _dialled(data: Mapping[str, Any], field: str, *, shortest: int) -> str:
    value = data[field]
    if isinstance(value, int) and len(str(value)) < shortest:
        raise misuse("number_without_quotes", field=field)
    text = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in dial_digits(str(value))
    )
    if not _NUMBER.fullmatch(text):
        raise misuse("invalid_number", field=field)
    return text


def text(data: Mapping[str, Any], field: str) -> str:
    """Return a text without blanks around it."""
    value = str(data[field]).strip()
    if not value:
        raise misuse("empty_text", field=field)
    return value


def texts(data: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """Return several texts without blanks around them; empty ones are none."""
    return tuple(stripped for one in data[field] if (stripped := str(one).strip()))


def whole(data: Mapping[str, Any], field: str) -> int:
    """Return a whole number."""
    return int(data[field])


def time(data: Mapping[str, Any], field: str) -> datetime | None:
    """Return a point in time in UTC; without an offset it is Home Assistant's wall clock, a date its first moment."""
    value = data.get(field)
    if isinstance(value, str):
        try:
            value = dt_util.parse_datetime(value) or dt_util.parse_date(value)
        except ValueError:
            value = None
        if value is None:
            raise misuse("invalid_time", field=field)
    if isinstance(value, datetime):
        return dt_util.as_utc(value)
    if isinstance(value, date):
        return dt_util.as_utc(dt_util.start_of_local_day(value))
    return None


def check_period(since: datetime | None, until: datetime | None) -> None:
    """Refuse a period that has no moment in it."""
    if since and until and since >= until:
        raise misuse("empty_period")
