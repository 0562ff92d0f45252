"""Two periods beside each other, and a budget, against hand calculations."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.reports.frames import TEHRAN, row, rows
from trunkline.errors import DataError
from trunkline.model import Money
from trunkline.reports import compare

if TYPE_CHECKING:
    from tests.reports.conftest import Maker
    from tests.reports.frames import Row

D = Decimal
# Two Mondays and a Tuesday; a Monday and a Tuesday (17 March 2025 is a Monday).
BEFORE = date(2025, 3, 10), date(2025, 3, 18)
AFTER = date(2025, 3, 24), date(2025, 3, 26)


def call(day: int, at: str, direction: str = "incoming", status: str = "answered", **rest: Any) -> Row:
    return row(f"{day} {at}", f"2025-03-{day:02} {at}", direction, status, **rest)


CALLS = (
    call(10, "09:00:00", talk_s=60, price="10.00"),
    call(10, "23:59:59", status="no_answer", talk_s=0, price="2.00"),
    call(11, "00:00:00", talk_s=None, price=None),
    call(17, "09:00:00", "outgoing", talk_s=40, price="4.00"),
    call(24, "09:00:00", "outgoing", "busy", talk_s=0, price="0"),
    call(24, "10:00:00", talk_s=120, price="12.00", currency="EUR"),
    call(25, "10:00:00", status="unknown", price="3.00"),
)


def found(frame: Any, *columns: str, **known: Any) -> dict[tuple[str, str | None], tuple[Any, ...]]:
    lines = rows(compare.periods(frame, BEFORE, AFTER, **known), "measure", "currency", *columns)
    return {line[:2]: line[2:] for line in lines}


def test_totals_are_of_all_days_and_means_of_equal_weekdays(make: Maker) -> None:
    lines = found(make(CALLS), "total_before", "total_after", "per_day_before", "per_day_after", "difference", "ratio")
    # Mondays: (2 + 1) / 2 = 1.5 calls and 2; Tuesdays 1 and 1. Means of the two: 1.25 and 1.5.
    assert lines["calls", None] == (D(4), D(3), D("1.25"), D("1.5"), D("0.25"), 1.2)
    # Answered: Mondays 1 and 1, Tuesdays 1 and 0 (its call is of unknown status).
    assert lines["answered", None] == (D(3), D(1), D(1), D("0.5"), D("-0.5"), 0.5)
    # The outgoing busy call is not missed. Mondays 0.5 and 0.
    assert lines["missed", None] == (D(1), D(0), D("0.25"), D(0), D("-0.25"), 0.0)
    # Talk: Mondays 50 and 120 s.
    assert lines["talk_s", None] == (D(100), D(120), D(25), D(60), D(35), 2.4)
    # Rial: Mondays (12 + 4) / 2 = 8 and 0, Tuesdays 0 and 3. The euro are their own, nothing was before.
    assert lines["cost", "IRR"] == (D(16), D(3), D(4), D("1.5"), D("-2.5"), 0.375)
    assert lines["cost", "EUR"] == (D(0), D(12), D(0), D(6), D(6), None)


def test_days_and_what_is_left_out_are_counted(make: Maker) -> None:
    lines = found(make(CALLS), "days_before", "days_after", "weekdays", "left_out_before", "left_out_after")
    assert lines == {
        ("calls", None): (8, 2, 2, 0, 0),
        ("answered", None): (8, 2, 2, 0, 1),
        ("missed", None): (8, 2, 2, 0, 1),
        ("talk_s", None): (8, 2, 2, 1, 0),
        ("cost", "EUR"): (8, 2, 2, 0, 0),
        ("cost", "IRR"): (8, 2, 2, 1, 0),
    }


def test_days_that_the_frame_does_not_know_whole_are_left_out(make: Maker) -> None:
    # Known are the 11th to the 24th: Monday 17 with one call and Monday 24 with two.
    lines = found(make(CALLS), "days_before", "days_after", "total_before", "per_day_before", "per_day_after",
                  known=(date(2025, 3, 11), date(2025, 3, 25)))  # fmt: skip
    assert lines["calls", None] == (7, 1, D(2), D(1), D(2))


@pytest.mark.parametrize("by", [("day",), ("trunk", "day")])
def test_periods_can_be_compared_by_day(make: Maker, by: tuple[str, ...]) -> None:
    lines = rows(compare.periods(make(CALLS), BEFORE, AFTER, by=by), *by, "measure", "total_before", "total_after")
    assert [line[-4:] for line in lines if line[-3] == "calls"] == [
        (date(2025, 3, 10), "calls", D(2), D(0)),
        (date(2025, 3, 11), "calls", D(1), D(0)),
        (date(2025, 3, 17), "calls", D(1), D(0)),
        (date(2025, 3, 24), "calls", D(0), D(2)),
        (date(2025, 3, 25), "calls", D(0), D(1)),
    ]


def test_a_cost_of_calls_without_prices_is_unknown(make: Maker) -> None:
    lines = [call(10, "09:00:00", price=None), call(24, "09:00:00", price="3.00"), call(25, "09:00:00", price=None)]
    columns = ("total_before", "total_after", "per_day_before", "per_day_after", "difference", "ratio")
    # Mondays 3, Tuesdays of which nothing is known count as 0.
    assert found(make(lines), *columns)["cost", "IRR"] == (None, D(3), None, D("1.5"), None, None)
    assert found(make(lines[:1]), *columns)["cost", "IRR"] == (None, D(0), None, D(0), None, None)


def test_a_budget_of_calls_without_prices_is_unknown(make: Maker) -> None:
    begin, end = (datetime(2025, 3, day, tzinfo=TEHRAN) for day in (1, 31))
    now = datetime(2025, 3, 26, tzinfo=TEHRAN)
    frame = make([call(10, "09:00:00", price=None)])
    columns = ("budget", "spent", "spent_share", "projected", "over", "left", "left_per_day", "unpriced")
    known = rows(compare.budget(frame, Money(D(100), "IRR"), now, begin, end, zone=TEHRAN), *columns)
    assert known == [(D(100), *[None] * 6, 1)]


def test_periods_without_a_common_weekday_have_no_mean(make: Maker) -> None:
    frame = compare.periods(make(CALLS), (date(2025, 3, 10), date(2025, 3, 11)), (date(2025, 3, 25), date(2025, 3, 26)))
    line = rows(frame, "total_before", "total_after", "weekdays", "per_day_before", "ratio")[0]
    assert line == (D(2), D(1), 0, None, None)


def test_a_period_without_a_day_is_refused(make: Maker) -> None:
    day = date(2025, 3, 17)
    with pytest.raises(DataError, match="'before'"):
        compare.periods(make(CALLS), (day, day), AFTER)


# A budget for April: 5 a day since 1 April, on 11 April at local midnight.
APRIL = datetime(2025, 4, 1, tzinfo=TEHRAN), datetime(2025, 5, 1, tzinfo=TEHRAN)
NOW = datetime(2025, 4, 11, tzinfo=TEHRAN)


def april(days: int, price: str = "5", **rest: Any) -> list[Row]:
    first = datetime(2025, 4, 1, 12)
    return [
        row(f"{n}{rest}", str(first + timedelta(days=n)), "outgoing", "answered", price=price, **rest)
        for n in range(days)
    ]


def test_a_budget_is_beside_what_is_spent_and_what_is_projected(make: Maker) -> None:
    # 50 of 120 are spent after 10 of 30 days; at 5 a day April ends at 150, 30 over. 70 are left for 20 days: 3.5.
    frame = compare.budget(
        make([*april(10), *april(10, currency="EUR")]), Money(D(120), "IRR"), NOW, *APRIL, zone=TEHRAN
    )
    [line] = rows(frame)
    assert line == (
        "IRR", D(120), D(50), pytest.approx(50 / 120), pytest.approx(1 / 3), D(150), D(150), D(150), D(30), D(70),
        D("3.5"), 10, 0,
    )  # fmt: skip


def test_a_budget_with_little_history_has_no_projection(make: Maker) -> None:
    frame = compare.budget(make(april(6)), Money(D("99.999"), "IRR"), NOW - timedelta(days=4), *APRIL, zone=TEHRAN)
    assert rows(frame, "spent", "left", "projected", "low", "high", "over") == [
        (D(30), D("69.999"), None, None, None, None)
    ]


def test_a_budget_after_its_period_is_what_was_spent(make: Maker) -> None:
    frame = compare.budget(make(april(30)), Money(D(120), "IRR"), APRIL[1], *APRIL, zone=TEHRAN)
    assert rows(frame, "spent", "gone_share", "projected", "over", "left", "left_per_day") == [
        (D(150), 1.0, D(150), D(30), D(-30), None)
    ]


def test_a_budget_of_another_currency_than_the_calls_is_not_touched(make: Maker) -> None:
    frame = compare.budget(make(april(10)), Money(D(0), "EUR"), NOW, *APRIL, zone=TEHRAN)
    assert rows(frame, "currency", "spent", "spent_share", "projected") == [("EUR", D(0), None, None)]
