"""Single values in MOR's replies: money with or without its currency, durations, percentages, yes and no."""

from __future__ import annotations

import re
from decimal import Decimal

from trunkline.errors import RequestError
from trunkline.model import Money, Status
from trunkline.providers.common import fields

_MONEY = re.compile(r"([+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?)(?:\s{1,4}([A-Z]{3}))?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_PERCENT = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{0,9})?", re.ASCII)
_HOURS_MINUTES_SECONDS = re.compile(r"([0-9]{1,6}):([0-5][0-9]):([0-5][0-9])", re.ASCII)
_SECONDS = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?", re.ASCII)
_LONGEST_DURATION = 10**9
_YES_AND_NO = {"yes": True, "1": True, "true": True, "no": False, "0": False, "false": False}


def currency(value: object, default: str) -> str:
    """Return the ISO 4217 code that a reply states, else `default`; `DataError` for anything that isn't a code."""
    if value is None or value == "":
        return default
    code = value.strip().upper() if isinstance(value, str) else ""
    if not _CURRENCY.fullmatch(code):
        raise fields.wrong("currency", "a code of three letters")
    return code


def requested_currency(text: str) -> str:
    """Return the ISO 4217 code that a caller asks for; `RequestError` for anything that isn't a code."""
    code = text.strip().upper()
    if not _CURRENCY.fullmatch(code):
        msg = "a currency is a code of three letters such as EUR"
        raise RequestError(msg)
    return code


def money(value: object, default: str, field: str) -> Money | None:
    """Return an amount such as `60.0000` or `60.0000 USD`; `default` is the currency of the first form."""
    if value is None or value == "":
        return None
    match = _MONEY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return fields.money(value, default, field)
    return Money(Decimal(match[1]), match[2] or default)


def percent(value: object, field: str) -> Decimal | None:
    """Return a percentage such as a tax rate."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _PERCENT.fullmatch(value.strip()):
        raise fields.wrong(field, "a percentage")
    return Decimal(value.strip())


def duration(value: object, field: str) -> int | None:
    """Return a duration such as `00:20:35`, `36` or `36.4` in seconds; parts of a second are rounded up."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        text = value.strip()
        parts = _HOURS_MINUTES_SECONDS.fullmatch(text)
        if parts:
            return int(parts[1]) * 3600 + int(parts[2]) * 60 + int(parts[3])
        plain = _SECONDS.fullmatch(text)
        if plain:
            return int(plain[1]) + (1 if plain[2] and int(plain[2]) else 0)
    seconds = fields.seconds(value, field)
    if seconds is not None and seconds > _LONGEST_DURATION:
        raise fields.wrong(field, "a duration")
    return seconds


def talk_and_wait(status: Status, duration: int | None) -> tuple[int | None, int | None]:
    """Return the seconds of talk and of waiting in a row that has one duration for both.

    The missed call of the provider's document has a duration of 36 s: for an unanswered call it is the time that it
    rang.
    """
    if duration is None or status is Status.UNKNOWN:
        return None, None
    return (duration, None) if status is Status.ANSWERED else (0, duration)


def yes(value: object, field: str) -> bool | None:
    """Return True for `Yes`, `1` and `true`, False for `No`, `0` and `false`.

    None for anything else: the words depend on the user's language.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise fields.wrong(field, "yes or no")
    return _YES_AND_NO.get(value.strip().lower())
