"""MOR's single values: money, durations, times, yes and no, percentages, numbers and currencies."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from trunkline.calendars import WallClock
from trunkline.errors import DataError
from trunkline.model import Money
from trunkline.providers.mor import dates, numbers, values

CLOCK = WallClock(ZoneInfo("Europe/Vilnius"))


def usd(text):
    return Money(Decimal(text), "USD")


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60.0000", Money(Decimal("60.0000"), "EUR")),
        ("100 USD", usd("100")),
        ("-5.", Money(Decimal(-5), "EUR")),
        ("", None),
    ],
)
def test_money_with_and_without_its_currency(text, expected):
    assert values.money(text, "EUR", "balance") == expected


@pytest.mark.parametrize("text", ["No Limit", "1,5", "NaN", "1 USDX", "1e5", True])
def test_text_that_is_not_money_is_a_data_error(text):
    with pytest.raises(DataError, match="balance"):
        values.money(text, "EUR", "balance")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:20:35", 1235),
        ("100:00:01", 360_001),
        ("36", 36),
        ("36.0", 36),
        ("35.6", 36),
        (36, 36),
        (None, None),
        ("", None),
    ],
)
def test_durations(text, seconds):
    assert values.duration(text, "duration") == seconds


@pytest.mark.parametrize("text", ["00:61:00", "-1", "soon", 10**12, -3, [1]])
def test_text_that_is_not_a_duration_is_a_data_error(text):
    with pytest.raises(DataError, match="duration"):
        values.duration(text, "duration")


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("2026-07-01 12:00:00", None, utc(2026, 7, 1, 9)),
        ("2026-01-01 12:00:00", None, utc(2026, 1, 1, 10)),
        # The hour that happens twice: the zone beside it tells which it was.
        ("2026-10-25 03:30:00", "GMT +03:00", utc(2026, 10, 25, 0, 30)),
        ("2026-10-25 03:30:00", "GMT +02:00", utc(2026, 10, 25, 1, 30)),
        ("2026-01-01 12:00:00", "GMT", utc(2026, 1, 1, 12)),
        ("2026-01-01 12:00:00", "-5", utc(2026, 1, 1, 17)),
        ("2015-08-31 12:40:23 +0300", None, utc(2015, 8, 31, 9, 40, 23)),
        ("2015-08-31 12:40:23 -03:30", None, utc(2015, 8, 31, 16, 10, 23)),
        # The text's own offset counts, however it is written.
        ("2015-08-31 12:40:23+03:00", "GMT +02:00", utc(2015, 8, 31, 9, 40, 23)),
        ("2015-08-31T12:40:23-0330", None, utc(2015, 8, 31, 16, 10, 23)),
        ("2015-08-31 12:40:23 UTC", "GMT +02:00", utc(2015, 8, 31, 12, 40, 23)),
        ("2015-08-31T12:40:23Z", None, utc(2015, 8, 31, 12, 40, 23)),
        ("2015-08-31", None, utc(2015, 8, 30, 21)),
        ("0000-00-00 00:00:00", None, None),
        ("", None, None),
    ],
)
def test_times(text, offset, expected):
    assert dates.read_time(text, CLOCK, "date", offset=offset) == expected


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("yesterday", None),
        (5, None),
        ("2026-13-01", "GMT +02:00"),
        ("2026-01-01", "GMT +15:00"),
        ("2026-01-01", "Vilnius"),
        ("2026-01-01", "+02:75"),
        ("2026-01-01", 2),
        ("0001-01-01 00:00:00", "+14"),
    ],
)
def test_text_that_is_not_a_time_is_a_data_error(text, offset):
    with pytest.raises(DataError, match="date"):
        dates.read_time(text, CLOCK, "date", offset=offset)


def test_yes_and_percentages():
    assert [values.yes(text, "paid") for text in ("Yes", "1", "no", "0", None)] == [True, True, False, False, None]
    # Pages are written in the user's language, and nobody knows all of its words.
    assert values.yes("Taip", "paid") is None
    with pytest.raises(DataError, match="paid"):
        values.yes(1, "paid")
    assert values.percent("18.0", "vat") == Decimal("18.0")
    assert values.percent(None, "vat") is None
    with pytest.raises(DataError, match="vat"):
        values.percent("much", "vat")


@pytest.mark.parametrize(
    ("number", "full"),
    [
        ("989120000201", "+989120000201"),
        ("12129989282", "+12129989282"),
        ("+37060000001", "+37060000001"),
        ("0037060000001", "+37060000001"),
        ("1510", None),
        ("", None),
        (None, None),
        ("*97", None),
    ],
)
def test_numbers_are_international_without_a_plus(number, full):
    assert numbers.full_number(number) == full


def test_an_unreadable_currency_is_never_replaced_by_the_accounts():
    assert [values.currency(text, "EUR") for text in ("USD", "usd", None, "")] == ["USD", "USD", "EUR", "EUR"]
    for text in ("US", "Lt.", "dollars", 840):
        with pytest.raises(DataError, match="currency"):
            values.currency(text, "EUR")
