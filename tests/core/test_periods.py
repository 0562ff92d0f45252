"""Periods as text, against the calendars' tables: Nowruz 1405 is 21 March 2026; 1403 and 1399 have an Esfand 30."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.errors import ConfigError
from trunkline.periods import ALL, read_period

TEHRAN = ZoneInfo("Asia/Tehran")


@pytest.mark.parametrize(
    ("text", "first", "end", "jalali"),
    [
        # Six months of 31 days lie before Mehr, then one of 30: Aban begins 216 days after 21 March 2026.
        ("1405-08", date(2026, 10, 23), date(2026, 11, 22), True),
        ("1405/8", date(2026, 10, 23), date(2026, 11, 22), True),
        ("۱۴۰۵-۰۸", date(2026, 10, 23), date(2026, 11, 22), True),
        ("2026-11", date(2026, 11, 1), date(2026, 12, 1), False),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1), False),
        ("2024-02", date(2024, 2, 1), date(2024, 3, 1), False),
        ("1403-12", date(2025, 2, 19), date(2025, 3, 21), True),
        ("1405", date(2026, 3, 21), date(2027, 3, 21), True),
        ("2026", date(2026, 1, 1), date(2027, 1, 1), False),
        ("1405-08-03", date(2026, 10, 25), date(2026, 10, 26), True),
        ("1403-12-30", date(2025, 3, 20), date(2025, 3, 21), True),
        ("2026-11-21..2026-11-23", date(2026, 11, 21), date(2026, 11, 24), False),
        ("1405-08 .. 1405-09", date(2026, 10, 23), date(2026, 12, 22), True),
        ("1405-08..", date(2026, 10, 23), None, True),
        ("..2026-11", None, date(2026, 12, 1), False),
        # A leap year of the cycle of 33 years, four before 1304.
        ("1300", date(1921, 3, 21), date(1922, 3, 22), True),
        ("2099", date(2099, 1, 1), date(2100, 1, 1), False),
    ],
)
def test_text(text: str, first: date | None, end: date | None, jalali: bool) -> None:
    period = read_period(text)
    assert (period.first, period.end, period.jalali) == (first, end, jalali)


@pytest.mark.parametrize(
    ("text", "jalali", "first", "end"),
    [
        ("today", False, date(2026, 3, 25), date(2026, 3, 26)),
        ("Yesterday", False, date(2026, 3, 24), date(2026, 3, 25)),
        ("last 28 days", False, date(2026, 2, 25), date(2026, 3, 25)),
        ("last  1 day", False, date(2026, 3, 24), date(2026, 3, 25)),
        ("this month", False, date(2026, 3, 1), date(2026, 4, 1)),
        ("last month", False, date(2026, 2, 1), date(2026, 3, 1)),
        ("last year", False, date(2025, 1, 1), date(2026, 1, 1)),
        # 25 March 2026 is 5 Farvardin 1405; 1404 is a common year, whose Esfand begins on 20 February.
        ("this month", True, date(2026, 3, 21), date(2026, 4, 21)),
        ("last month", True, date(2026, 2, 20), date(2026, 3, 21)),
        ("this year", True, date(2026, 3, 21), date(2027, 3, 21)),
    ],
)
def test_words(text: str, jalali: bool, first: date, end: date) -> None:
    period = read_period(text, today=date(2026, 3, 25), jalali=jalali)
    assert (period.first, period.end) == (first, end)


@pytest.mark.parametrize(
    "text",
    [
        "1405-13",
        "1404-12-30",
        "2026-02-29",
        "1600",
        "1405-08-03-04",
        "Aban",
        "..",
        "last 0 days",
        "2026-11..2026-10",
        "1405-8x",
        "next month",
    ],
)
def test_anything_else_is_one_clear_line(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_period(text)
    assert "\n" not in str(raised.value)
    assert repr(text) in str(raised.value)


def test_the_last_jalali_month_has_its_length() -> None:
    assert read_period("1499-12").days in {29, 30}


def test_before_the_first_year_there_is_no_period() -> None:
    with pytest.raises(ConfigError, match="'last month' is not a period"):
        read_period("last month", today=date(1921, 3, 25), jalali=True)


def test_marks_of_direction_are_no_part_of_a_period() -> None:
    period = read_period("\u200f\u061c۱۴۰۵-۰۸\u200e")
    assert (period.first, period.end) == (date(2026, 10, 23), date(2026, 11, 22))
    assert str(period) == "۱۴۰۵-۰۸: 1405-08-01 to 1405-08-30"


@pytest.mark.parametrize("period", [1405, None, date(2026, 11, 1)])
def test_a_period_that_is_no_text_is_one_clear_line(period: object) -> None:
    with pytest.raises(ConfigError, match="^a period is text such as '1405-08', not "):
        read_period(period)  # type: ignore[arg-type]


def test_nothing_is_everything() -> None:
    assert read_period("  ") is ALL
    assert ALL.instants(TEHRAN) == (None, None)
    assert str(ALL) == "all days"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1405-08", "1405-08: 1405-08-01 to 1405-08-30"),
        ("2026-11-21", "2026-11-21"),
        ("1405/8/3", "1405/8/3: 1405-08-03"),
        ("2026-11..", "2026-11..: 2026-11-01 to the last day"),
        ("..2026-11", "..2026-11: the first day to 2026-11-30"),
    ],
)
def test_it_is_shown_in_its_calendar(text: str, shown: str) -> None:
    assert str(read_period(text)) == shown


def test_days_are_those_of_the_zone() -> None:
    # Iran is UTC+03:30 without daylight saving time since 2022.
    since, until = read_period("1405-08-01").instants(TEHRAN)
    assert since == datetime(2026, 10, 22, 20, 30, tzinfo=UTC)
    assert until == datetime(2026, 10, 23, 20, 30, tzinfo=UTC)


def test_a_day_on_which_clocks_change_has_23_or_25_hours() -> None:
    vilnius = ZoneInfo("Europe/Vilnius")
    for text, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)):
        since, until = read_period(text).instants(vilnius)
        assert since is not None and until is not None  # noqa: PT018
        assert (until - since).total_seconds() == hours * 3600


def test_a_midnight_that_clocks_skip_is_the_moment_of_the_change() -> None:
    # Until 2022, Iran's clocks went from 00:00 to 01:00 on 2 Farvardin: the day began at 20:30 UTC.
    since, _ = read_period("1401-01-02").instants(TEHRAN)
    assert since == datetime(2022, 3, 21, 20, 30, tzinfo=UTC)


@given(st.dates(date(1921, 4, 21), date(2099, 12, 30)))
def test_months_follow_each_other_without_a_gap(day: date) -> None:
    for jalali in (False, True):
        this, last = (read_period(text, today=day, jalali=jalali) for text in ("this month", "last month"))
        assert this.first is not None and this.end is not None  # noqa: PT018
        assert this.first <= day < this.end
        assert last.end == this.first


@pytest.mark.parametrize(
    ("text", "before", "first", "end"),
    [
        ("2026-03", "2026-02", date(2026, 2, 1), date(2026, 3, 1)),
        ("2026-01", "2025-12", date(2025, 12, 1), date(2026, 1, 1)),
        # Farvardin 1405 begins on 21 March 2026; Esfand 1404 has 29 days.
        ("1405-01", "1404-12", date(2026, 2, 20), date(2026, 3, 21)),
        ("1405-08", "1405-07", date(2026, 9, 23), date(2026, 10, 23)),
        ("2026-04..2026-06", "2026-01..2026-03", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026", "2025", date(2025, 1, 1), date(2026, 1, 1)),
        ("2026-03-01", "2026-02-28", date(2026, 2, 28), date(2026, 3, 1)),
        ("2026-03-02..2026-03-15", "2026-02-16..2026-03-01", date(2026, 2, 16), date(2026, 3, 2)),
    ],
)
def test_the_period_before_is_of_the_same_kind(text: str, before: str, first: date, end: date) -> None:
    found = read_period(text).previous()
    assert (found.text, found.first, found.end) == (before, first, end)
    # What it is called is what a person types for it.
    assert read_period(found.text) == found


@pytest.mark.parametrize(
    ("text", "expected"), [("1405-08", True), ("2026-02", True), ("2026", False), ("2026-02-01", False)]
)
def test_a_month_is_known_as_one(text: str, expected: bool) -> None:
    assert read_period(text).is_month is expected


@pytest.mark.parametrize("text", ["", "2026-01..", "..2026-01"])
def test_nothing_is_before_an_open_period(text: str) -> None:
    with pytest.raises(ConfigError):
        read_period(text).previous()


@pytest.mark.parametrize("text", ["1300-01", "1300-01-01", "1300..1499", "1900"])
def test_before_the_first_years_that_are_read_there_is_none(text: str) -> None:
    with pytest.raises(ConfigError, match="no period before"):
        read_period(text).previous()


@pytest.mark.parametrize("text", ["1500-01", "1500", "2100-01-01", "1299-12", "1899"])
def test_years_of_neither_calendar_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a period"):
        read_period(text)
