"""The types of the action fields: the validator for the schema, and the function that parses the validated value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from ..account.parties import entered_digits
from .target import ATTR_CONFIG_ENTRY, validation_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ATTR_LIMIT: Final = "limit"
ATTR_SINCE: Final = "since"
ATTR_UNTIL: Final = "until"

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000
MAX_TEXT_LENGTH: Final = 500
MAX_TEXTS: Final = 50

_NUMBER = re.compile(r"\+?[0-9]{2,20}", re.ASCII)
_WORD = re.compile(r"[a-z]{1,40}", re.ASCII)
# YAML reads digits without quotes as an integer, with a leading zero even as an octal one: a shorter, different number.
# A shorter integer may have lost some, and so may one that is an octal number of ten digits after its zero.
_MIN_UNQUOTED = max(10**9, 8**10)
# What a template makes of a number that it calculates with.
_FRACTION = re.compile(r"[0-9]+\.0*", re.ASCII)

ENTRY: Final[dict[vol.Marker, object]] = {vol.Optional(ATTR_CONFIG_ENTRY): cv.string}
TIME: Final = vol.Any(datetime, date, cv.string)
NUMBER: Final = vol.Any(int, float, cv.string)
TEXT: Final = vol.All(cv.string, vol.Length(min=1, max=MAX_TEXT_LENGTH))
TEXTS: Final = vol.All(cv.ensure_list, [TEXT], vol.Length(max=MAX_TEXTS))
LIMIT: Final = vol.All(vol.Coerce(int), vol.Range(min=1, max=MAX_LIMIT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of an action, passed to the account's method as `argument` (default: the field's name)."""

    name: str
    validator: object
    parse: Callable[[Mapping[str, Any], str], Any]
    required: bool = False
    argument: str = ""

    @property
    def parameter(self) -> str:
        """The name of the method's parameter."""
        return self.argument or self.name

    @property
    def marker(self) -> vol.Marker:
        """The key of the field in the schema."""
        return vol.Required(self.name) if self.required else vol.Optional(self.name)


def parse_number(data: Mapping[str, Any], field: str) -> str:
    """Return a phone number as it is dialled. Errors name the field, never the number."""
    return _parse_digits(data, field, min_unquoted=_MIN_UNQUOTED)


def parse_extension(data: Mapping[str, Any], field: str) -> str:
    """Return an extension, or a phone number that rings first; a short one needs no quotes."""
    return _parse_digits(data, field, min_unquoted=0)


def _parse_digits(data: Mapping[str, Any], field: str, *, min_unquoted: int) -> str:
    value = data[field]
    if isinstance(value, int) and (isinstance(value, bool) or 0 <= value < min_unquoted):
        raise validation_error("number_without_quotes", field=field)
    text = str(value)
    digits = entered_digits(text)
    # Without its point or its sign it would be another number.
    if (isinstance(value, int | float) and digits != text) or _FRACTION.fullmatch(text):
        raise validation_error("invalid_number", field=field)
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
    if value is None:
        return None
    try:
        return dt_util.as_utc(value if isinstance(value, datetime) else dt_util.start_of_local_day(value))
    except OverflowError:
        # There is no such time in UTC, at the ends of the calendar.
        raise validation_error("invalid_time", field=field) from None


def check_period(since: datetime | None, until: datetime | None) -> None:
    """Raise a `ServiceValidationError` for a period that ends before it starts."""
    if since and until and since >= until:
        raise validation_error("empty_period")


def parse_caller_id(data: Mapping[str, Any], field: str) -> str:
    """Return the number that is shown to who is called, or a word that the phone system has for hiding it."""
    value = data[field]
    if isinstance(value, str) and _WORD.fullmatch(value.strip()):
        return value.strip()
    return parse_extension(data, field)


def number_field(name: str, *, argument: str = "", required: bool = True) -> Field:
    """Return a field for a phone number."""
    return Field(name=name, validator=NUMBER, parse=parse_number, argument=argument, required=required)


def extension_field(name: str) -> Field:
    """Return a field for an extension, which must be given."""
    return Field(name=name, validator=NUMBER, parse=parse_extension, required=True)


def text_field(name: str, *, required: bool = False, argument: str = "") -> Field:
    """Return a field for a text."""
    return Field(name=name, validator=TEXT, parse=parse_text, required=required, argument=argument)


def integer_field(name: str, minimum: int, maximum: int, *, argument: str = "") -> Field:
    """Return a field for an integer in a range."""
    validator = vol.All(vol.Coerce(int), vol.Range(min=minimum, max=maximum))
    return Field(name=name, validator=validator, parse=parse_integer, argument=argument)


PERIOD: Final = tuple(Field(name=name, validator=TIME, parse=parse_time) for name in (ATTR_SINCE, ATTR_UNTIL))
CALL_TIMES: Final = (
    integer_field("ring_seconds", 5, 300),
    integer_field("call_limit", 1, 3600, argument="limit"),
)
