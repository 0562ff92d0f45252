"""Reads the values of arguments: whole numbers, phone numbers and times."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trunkline.calendars import parse_local
from trunkline.errors import ConfigError, DataError
from trunkline.numbers import is_dialable, is_region
from trunkline.periods import JALALI_ZONES, Period, as_typed, read_period

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from enum import StrEnum

    from trunkline.archive import ArchivedAccount

type Span = tuple[datetime | None, datetime | None]

_LAST_PORT = 65535
_DAYS = {"today": 0, "yesterday": 1}
_AGO = re.compile(r"(\d{1,4})([dh])", re.ASCII)


def count(text: str) -> int:
    """Return a whole number from 0 to 999,999,999; `ArgumentTypeError` for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004
        msg = f"{text[:20]!r} is not a whole number"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def most(text: str) -> int:
    """Return a whole number from 1 to 999,999,999, as how many rows to show; `ArgumentTypeError` for anything else."""
    if number := count(text):
        return number
    msg = "0 rows would show nothing: use 1 or more"
    raise argparse.ArgumentTypeError(msg)


def port(text: str) -> int:
    """Return the number of a port; `ArgumentTypeError` for anything else."""
    if (number := count(text)) > _LAST_PORT:
        msg = f"a port is a number from 0 to {_LAST_PORT}"
        raise argparse.ArgumentTypeError(msg)
    return number


def one_of[E: StrEnum](words: type[E]) -> Callable[[str], E]:
    """Return what reads a word of an enumeration; `ArgumentTypeError` for another word says which there are."""

    def read(text: str) -> E:
        try:
            return words(text)
        except ValueError:
            msg = f"{text[:20]!r} is not one of {', '.join(words)}"
            raise argparse.ArgumentTypeError(msg) from None

    return read


def dialable(text: str) -> str:
    """Return a phone number as it was typed; `ArgumentTypeError` if it can't be dialled."""
    if not is_dialable(text):
        msg = "not a phone number: use digits, with + before a country code"
        raise argparse.ArgumentTypeError(msg)
    return text


def country(text: str) -> str:
    """Return an ISO 3166 country in capital letters; `ArgumentTypeError` for anything else."""
    if not is_region(text.upper()):
        msg = f"{text[:20]!r} is no country: use two letters such as IR, VN or LT"
        raise argparse.ArgumentTypeError(msg)
    return text.upper()


def when(text: str | None, zone: ZoneInfo, *, now: datetime | None = None) -> datetime | None:
    """Return the UTC time of a Jalali or Gregorian date, with or without a time, `today`, `yesterday`, `7d` or `12h`.

    Dates and days ago mean midnight in `zone`; hours are counted back from `now`, by default the current time. `None`
    stays `None`. Raises `ConfigError` for anything else.
    """
    if text is None:
        return None
    moment = now or datetime.now(UTC)
    plain = as_typed(text)
    # Where clocks are turned back at 1:00, midnight is the first of two.
    midnight = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if plain.lower() in _DAYS:
        return (midnight - timedelta(days=_DAYS[plain.lower()])).astimezone(UTC)
    if ago := _AGO.fullmatch(plain):
        amount = int(ago[1])
        if ago[2] == "h":
            return moment - timedelta(hours=amount)
        return (midnight - timedelta(days=amount)).astimezone(UTC)
    try:
        return parse_local(plain, zone, field="date")
    except DataError:
        msg = f"{text[:30]!r} is not a date: use 2026-11-21, 1405-08-30 13:30, today, yesterday, 7d or 12h"
        raise ConfigError(msg) from None


def span(options: argparse.Namespace, zone: ZoneInfo) -> Span:
    """Return the UTC times of `--period`, or of `--since` and `--until`, whose days are those of `zone`.

    Raises `ConfigError` for a period that can't be or ends before it begins, and if both are given.
    """
    if options.period is None:
        since, until = when(options.since, zone), when(options.until, zone)
        if since is not None and until is not None and since >= until:
            msg = "--until has to be after --since"
            raise ConfigError(msg)
        return since, until
    if options.since is not None or options.until is not None:
        msg = "--period can't be combined with --since or --until"
        raise ConfigError(msg)
    return period_of(options, [zone]).instants(zone)


def spans_of(options: argparse.Namespace, accounts: Sequence[ArchivedAccount], zone: ZoneInfo) -> dict[str, Span]:
    """Return the UTC times between which the calls of each account are asked for, by its key.

    A `--period` is of the account's own days; days of `--since` and `--until` are those of `zone`. Errors as for
    `span`.
    """
    together = span(options, zone)
    if options.period is None:
        return {each.account: together for each in accounts}
    chosen = period_of(options, zones_of(accounts, zone))
    return {each.account: chosen.instants(ZoneInfo(each.zone)) for each in accounts}


def zones_of(accounts: Sequence[ArchivedAccount], zone: ZoneInfo) -> list[ZoneInfo]:
    """Return the zones of the accounts; of none the given one."""
    return [ZoneInfo(each.zone) for each in accounts] or [zone]


def is_jalali(options: argparse.Namespace, zones: Sequence[ZoneInfo]) -> bool:
    """Return whether months are those of the Jalali calendar: if the period is, or all zones are those of Iran."""
    return _in_iran(zones) if options.period is None else period_of(options, zones).jalali


def period_of(options: argparse.Namespace, zones: Sequence[ZoneInfo]) -> Period:
    """Return the `--period` of accounts in these zones, of which the first one's clock says what `today` is.

    Raises `ConfigError` for a period that can't be.
    """
    return read_period(options.period, today=datetime.now(zones[0]).date(), jalali=_in_iran(zones))


def _in_iran(zones: Sequence[ZoneInfo]) -> bool:
    return {zone.key for zone in zones} <= JALALI_ZONES
