"""MOR's texts one at a time: money with or without its currency, times of the server's clock, durations, numbers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

from trunkline.errors import RequestError
from trunkline.model import Money, Status
from trunkline.numbers import dial_digits, e164, is_dialable
from trunkline.providers.common import fields

if TYPE_CHECKING:
    from trunkline.calendars import WallClock

REGION = "LT"

_MONEY = re.compile(r"([+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?)(?:\s{1,4}([A-Z]{3}))?", re.ASCII)
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{0,9})?", re.ASCII)
_CLOCK = re.compile(r"([0-9]{1,6}):([0-5][0-9]):([0-5][0-9])", re.ASCII)
_SECONDS = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?", re.ASCII)
_ZONED = re.compile(r"(.{10,19}) ([+-][0-9]{2}):?([0-9]{2})", re.ASCII)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s{0,3}([+-])([0-9]{1,2})(?::?([0-9]{2}))?", re.ASCII)
# What MySQL shows where no time was written.
_NO_TIME = "0000-00-00"
_MOST_HOURS = 14
_LONGEST = 10**9
_SHORTEST_PUBLIC = 8


def currency(text: object, default: str) -> str:
    """Return an ISO 4217 code in capitals, the account's where none is said; `DataError` for one that is none."""
    if text is None or text == "":
        return default
    code = text.strip().upper() if isinstance(text, str) else ""
    if not _CODE.fullmatch(code):
        raise fields.wrong("currency", "a code of three letters")
    return code


def currency_code(text: str) -> str:
    """Return a currency that somebody names, in capitals; `RequestError` for one that can't be."""
    code = text.strip().upper()
    if not _CODE.fullmatch(code):
        msg = "a currency is a code of three letters such as EUR"
        raise RequestError(msg)
    return code


def money(value: object, default: str, field: str) -> Money | None:
    """Return an amount that was written as `60.0000` or as `60.0000 USD`; the currency is `default` if unsaid."""
    if value is None or value == "":
        return None
    match = _MONEY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return fields.money(value, default, field)
    return Money(Decimal(match[1]), match[2] or default)


def percent(value: object, field: str) -> Decimal | None:
    """Return a tax rate in percent."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value.strip()):
        raise fields.wrong(field, "a percentage")
    return Decimal(value.strip())


def duration(value: object, field: str) -> int | None:
    """Return seconds that were written as `00:20:35`, as `36` or as `36.4` (the begun second counts whole)."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        text = value.strip()
        clock = _CLOCK.fullmatch(text)
        if clock:
            return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
        plain = _SECONDS.fullmatch(text)
        if plain:
            return int(plain[1]) + (1 if plain[2] and int(plain[2]) else 0)
    found = fields.seconds(value, field)
    if found is not None and found > _LONGEST:
        raise fields.wrong(field, "a duration")
    return found


def talk_and_wait(status: Status, lasted: int | None) -> tuple[int | None, int | None]:
    """Return the seconds of talk and of waiting that a duration means.

    The document's missed call lasted 36 s and was not answered: for such a call it is the time that it rang.
    """
    if lasted is None or status is Status.UNKNOWN:
        return None, None
    return (lasted, None) if status is Status.ANSWERED else (0, lasted)


def time(value: object, clock: WallClock, field: str, *, offset: object = None) -> datetime | None:
    """Return a time in UTC: by `offset` such as `GMT +02:00`, by one that it carries itself, or by the server's clock.

    None for empty text and for zeros. `DataError` for anything else that is no time.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise fields.wrong(field, "a time")
    text = value.strip()
    if text.startswith(_NO_TIME):
        return None
    zoned = _ZONED.fullmatch(text)
    ahead = _ahead(f"{zoned[2]}:{zoned[3]}", field) if zoned else _ahead(offset, field)
    if ahead is None:
        return clock.utc(text, field)
    try:
        local = datetime.fromisoformat(zoned[1] if zoned else text)
        return local.replace(tzinfo=timezone(ahead)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise fields.wrong(field, "a time") from None


def yes(value: object, field: str) -> bool | None:
    """Return whether something is so: `Yes`, `1` and `true`, or `No`, `0` and `false`.

    None where it isn't said, or said in another language: pages are written in that of the user.
    """
    if value is None or value == "":
        return None
    said = {"yes": True, "1": True, "true": True, "no": False, "0": False, "false": False}
    if not isinstance(value, str):
        raise fields.wrong(field, "yes or no")
    return said.get(value.strip().lower())


def dialled(number: str, what: str) -> str:
    """Return a number as MOR takes it: its digits, with the country code and without a plus.

    `RequestError` for what can't be dialled.
    """
    if not is_dialable(number):
        msg = f"the {what} can't be dialled: give digits, with + in front for another country"
        raise RequestError(msg)
    return dial_digits(number).removeprefix("+")


def full_number(number: str | None) -> str | None:
    """Return a number in E.164: MOR routes by numbers with their country code, written without a plus.

    Those with a zero in front are Lithuanian ones; extensions have no such form.
    """
    if not number:
        return None
    if number.isascii() and number.isdigit() and not number.startswith("0"):
        return e164(f"+{number}", None) if len(number) >= _SHORTEST_PUBLIC else None
    return e164(number, REGION)


def _ahead(offset: object, field: str) -> timedelta | None:
    """Return how far ahead of UTC a zone such as `GMT +02:00` is; None where none is said."""
    if offset is None or offset == "":
        return None
    match = _OFFSET.fullmatch(offset.strip()) if isinstance(offset, str) else None
    if match is None:
        if isinstance(offset, str) and offset.strip() in {"GMT", "UTC"}:
            return timedelta()
        raise fields.wrong(field, "a time in a known zone")
    hours, minutes = int(match[2]), int(match[3] or 0)
    if hours > _MOST_HOURS or minutes > 59:  # noqa: PLR2004
        raise fields.wrong(field, "a time in a known zone")
    ahead = timedelta(hours=hours, minutes=minutes)
    return -ahead if match[1] == "-" else ahead
