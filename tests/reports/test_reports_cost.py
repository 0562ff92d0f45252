"""Costs, exact and by currency, against the office written out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from tests.reports.frames import ENGINES, OFFICE, TEHRAN, row, rows, table
from trunkline.errors import DataError
from trunkline.model import Money
from trunkline.reports import cost

if TYPE_CHECKING:
    from tests.reports.conftest import Maker
    from tests.reports.frames import Row

D = Decimal

# Rial: a 12.50, b 5.00 (no answer), c 40.00, d 0, e 0, g 0, h unpriced, i 1.00 (unknown); euro: f 7.25.


def test_currencies_are_never_added(make: Maker) -> None:
    found = rows(cost.totals(make(OFFICE)), "currency", "calls", "priced", "unpriced", "cost", "share")
    assert found == [("EUR", 1, 1, 0, D("7.25"), 1.0), ("IRR", 8, 7, 1, D("58.50"), 1.0)]


def test_a_call_without_currency_is_added_to_none(make: Maker) -> None:
    found = cost.totals(make([*OFFICE, row("x", None, "outgoing", "answered", price="3.00", currency=None)]))
    assert rows(found, "currency", "cost") == [("EUR", D("7.25")), ("IRR", D("58.50")), (None, D("3.00"))]


def test_no_known_price_is_an_unknown_cost_and_not_nothing(make: Maker) -> None:
    found = cost.totals(make([row("x", None, "outgoing", "answered")]))
    assert rows(found, "calls", "unpriced", "cost", "share", "per_answered_call") == [(1, 1, None, None, None)]


def test_answered_and_unanswered_calls_share_the_cost(make: Maker) -> None:
    found = rows(cost.totals(make(OFFICE)), "currency", "cost_answered", "cost_unanswered", "answered", "talk_s")
    assert found == [("EUR", D("7.25"), None, 1, 50), ("IRR", D("52.50"), D("5.00"), 3, 180)]


def test_the_effective_rate_is_cost_over_talk_minutes(make: Maker) -> None:
    # Rial: 52.50 over a, c, g = 17.50 a call; a and c: 52.50 for 180 s = 17.50 a minute.
    # Euro: 7.25 for 50 s = 8.70 a minute.
    found = rows(cost.totals(make(OFFICE)), "currency", "per_answered_call", "per_minute")
    assert found == [("EUR", D("7.25"), D("8.70")), ("IRR", D("17.50"), D("17.50"))]


def test_a_rate_is_rounded_half_to_even_at_six_digits(make: Maker) -> None:
    # 10 / 3 minutes and 0.01 / 8 calls.
    third = cost.totals(make([row("x", None, "outgoing", "answered", talk_s=180, price="10.00")]))
    assert rows(third, "per_minute") == [(D("3.333333"),)]
    eighth = cost.totals(
        make([row(str(n), None, "outgoing", "answered", price="0.01" if n == 0 else "0") for n in range(64)])
    )
    assert rows(eighth, "per_answered_call") == [(D("0.000156"),)]  # 0.00015625
    # 0.01 · 60 / 640 s = 0.0009375 lies halfway, though 640 s are no whole number of minutes.
    halfway = cost.totals(make([row("x", None, "outgoing", "answered", talk_s=640, price="0.01")]))
    assert rows(halfway, "per_minute") == [(D("0.000938"),)]


def test_months_are_gregorian_or_jalali(make: Maker) -> None:
    assert rows(cost.by_month(make(OFFICE)), "month", "currency", "cost") == [
        ("2025-03", "EUR", D("7.25")),
        ("2025-03", "IRR", D("58.50")),
    ]
    assert rows(cost.by_month(make(OFFICE), jalali=True), "jalali_month", "currency", "cost") == [
        ("1403-12", "EUR", D("7.25")),
        ("1403-12", "IRR", D("57.50")),
        ("1404-01", "IRR", D("1.00")),
    ]


def test_days_without_calls_cost_nothing(make: Maker) -> None:
    found = [line for line in rows(cost.by_day(make(OFFICE)), "day", "currency", "calls", "cost") if line[1] == "IRR"]
    assert found == [
        (date(2025, 3, 17), "IRR", 4, D("57.50")),
        (date(2025, 3, 18), "IRR", 0, D(0)),
        (date(2025, 3, 19), "IRR", 0, D(0)),
        (date(2025, 3, 20), "IRR", 1, D(0)),
        (date(2025, 3, 21), "IRR", 3, D("1.00")),
    ]


def test_days_of_each_trunk_are_whole(make: Maker) -> None:
    found = rows(cost.by_day(make(OFFICE), "trunk"), "day", "trunk", "currency", "cost")
    # Trunks 2155501 and none in rial, 2155502 in rial and euro: four rows on each of five days.
    assert len(found) == 20
    assert sum(line[3] for line in found if line[2] == "IRR") == D("58.50")


def test_trunks_and_extensions_hold_all_the_cost(make: Maker) -> None:
    assert rows(cost.by_trunk(make(OFFICE)), "trunk", "currency", "cost") == [
        ("2155501", "IRR", D("58.50")),
        ("2155502", "EUR", D("7.25")),
        ("2155502", "IRR", D(0)),
        (None, "IRR", D(0)),
    ]
    assert rows(cost.by_extension(make(OFFICE)), "extension", "currency", "cost") == [
        ("10", "IRR", D("57.50")),
        ("11", "EUR", D("7.25")),
        ("11", "IRR", D(0)),
        (None, "IRR", D("1.00")),
    ]


def test_destinations_are_of_outgoing_calls_the_dearest_first(make: Maker) -> None:
    assert rows(cost.by_destination(make(OFFICE)), "currency", "destination", "calls", "cost") == [
        ("EUR", "02155500001", 1, D("7.25")),
        ("IRR", "09120000002", 1, D("40.00")),
        ("IRR", "02155500002", 1, D("1.00")),
        ("IRR", "02155500001", 1, None),
    ]
    assert rows(cost.by_destination(make(OFFICE), prefix=3, top=1), "currency", "destination", "cost", "share") == [
        ("EUR", "021", D("7.25"), 1.0),
        ("IRR", "091", D("40.00"), pytest.approx(40 / 41)),
    ]


def test_the_dearest_calls_come_first_in_each_currency(make: Maker) -> None:
    found = cost.most_expensive(make(OFFICE), top=2)
    assert rows(found, "call_id", "price", "currency") == [
        ("f", D("7.25"), "EUR"),
        ("c", D("40.00"), "IRR"),
        ("a", D("12.50"), "IRR"),
    ]
    assert rows(found, "started_local", "destination", "talk_s")[1] == (datetime(2025, 3, 17, 10), "09120000002", 120)


def test_the_dearest_calls_of_no_currency_come_last(make: Maker) -> None:
    found = cost.most_expensive(
        make([*OFFICE, row("x", None, "outgoing", "answered", price="900", currency=None)]), top=1
    )
    assert rows(found, "call_id") == [("f",), ("c",), ("x",)]


def test_destinations_and_the_dearest_calls_have_the_names_of_the_frame(make: Maker) -> None:
    frame = make([
        row("1", "2025-03-17 09:00", "outgoing", "answered", destination="021", destination_name="Shop", price="9"),
        row("2", "2025-03-17 10:00", "outgoing", "answered", destination="021", price="1"),
        row("3", "2025-03-17 11:00", "outgoing", "answered", destination="022", source_name="Desk", price="5"),
        row("4", "2025-03-17 12:00", "incoming", "answered", source="023", source_name="Caller", price="2"),
    ])  # fmt: skip
    assert rows(cost.by_destination(frame), "destination", "name", "cost") == [
        ("021", "Shop", D("10")),
        ("022", None, D("5")),
    ]
    assert rows(cost.by_destination(frame, prefix=2), "destination", "cost") == [("02", D("15"))]
    assert rows(cost.most_expensive(frame), "call_id", "name") == [
        ("1", "Shop"), ("3", None), ("4", "Caller"), ("2", None),
    ]  # fmt: skip


def test_parts_add_up_but_for_what_remains_of_each_call(make: Maker) -> None:
    # a 2.50 + 8.00 + 3.00 - 1.00 = 12.50; b 5.00; c 39.00 of 40.00: 1.00 remains; d and e nothing.
    found = cost.parts(make(OFFICE))
    columns = (
        "currency",
        "calls",
        "without_parts",
        "wait",
        "talk",
        "record",
        "saved",
        "price",
        "residual",
        "unexplained",
    )
    assert rows(found, *columns) == [
        ("EUR", 0, 1, None, None, None, None, None, None, 0),
        ("IRR", 5, 3, D("7.50"), D("47.00"), D("3.00"), D("1.00"), D("57.50"), D("1.00"), 1),
    ]


def test_residuals_of_two_calls_do_not_cancel_unseen(make: Maker) -> None:
    def off(name: str, price: str) -> object:
        return row(name, None, "outgoing", "answered", price=price, price_wait="0", price_talk="5", price_record="0",
                   price_saved="0")  # fmt: skip

    frame = make([off("more", "6"), off("less", "4"), off("even", "5")])
    assert rows(cost.parts(frame), "residual", "unexplained") == [(D(0), 2)]
    assert rows(cost.residuals(frame), "call_id", "residual") == [("less", D(-1)), ("more", D(1))]


def test_calls_billed_though_unanswered_are_named_by_status(make: Maker) -> None:
    found = rows(cost.unanswered(make(OFFICE)))
    # 5.00 of 58.50; h is unpriced; i is of unknown status and left out.
    assert found == [
        ("IRR", "busy", 1, 0, D(0), 0.0),
        ("IRR", "congestion", 1, 0, None, None),
        ("IRR", "no_answer", 2, 1, D("5.00"), pytest.approx(5 / 58.5)),
    ]


def test_periods_are_compared_by_the_same_weekdays(make: Maker) -> None:
    # Two Mondays before (57.50 and 0), one after; one Friday each (0 before, 1.00 after).
    found = cost.compare(
        make([line for line in OFFICE if line["currency"] == "IRR"]),
        before=(date(2025, 3, 10), date(2025, 3, 18)),
        after=(date(2025, 3, 18), date(2025, 3, 25)),
    )
    lines = rows(found, "weekday", "days_before", "days_after", "per_day_before", "per_day_after", "change")
    assert lines[0] == (1, 2, 1, D("28.75"), D(0), -1.0)
    assert lines[4] == (5, 1, 1, D(0), D("1.00"), None)
    # Over the seven weekdays: 28.75/7 = 4.107143 and 1/7 = 0.142857.
    assert lines[7] == (None, 8, 7, D("4.107143"), D("0.142857"), pytest.approx(1 / 28.75 - 1, abs=1e-6))


def test_a_mean_of_means_is_rounded_once(make: Maker) -> None:
    # Three Mondays cost 1.00 together, three Tuesdays nothing: (1/3 + 0) / 2 = 0.1666…, of a rounded third 0.1666665.
    prices = {"03": "1.00", "24": "2.00"}
    lines = [row(day, f"2025-03-{day} 09:00:00", "outgoing", "answered", price=price) for day, price in prices.items()]
    found = cost.compare(make(lines), (date(2025, 3, 3), date(2025, 3, 19)), (date(2025, 3, 24), date(2025, 3, 26)))
    over_all = rows(found, "weekday", "days_before", "days_after", "per_day_before", "per_day_after", "change")[-1]
    assert over_all == (None, 6, 2, D("0.166667"), D("1"), 5.0)


def test_weekdays_that_one_period_lacks_stay_out_of_the_comparison(make: Maker) -> None:
    found = cost.compare(
        make([line for line in OFFICE if line["currency"] == "IRR"]),
        before=(date(2025, 3, 17), date(2025, 3, 18)),
        after=(date(2025, 3, 21), date(2025, 3, 22)),
    )
    lines = rows(found, "weekday", "per_day_before", "per_day_after", "change")
    assert lines[0] == (1, D("57.50"), None, None)
    assert lines[4] == (5, None, D("1.00"), None)
    assert lines[7] == (None, None, None, None)


def test_a_period_without_days_is_refused(make: Maker) -> None:
    day = date(2025, 3, 17)
    with pytest.raises(DataError, match="'after'"):
        cost.compare(make(OFFICE), before=(day, day + timedelta(days=1)), after=(day, day))


def test_the_run_out_comes_from_what_calls_cost_each_day(make: Maker) -> None:
    # 28 days of one call of 100 before Monday 31 March 2025, local midnight: 350 last 3.5 days.
    monday = datetime(2025, 3, 31, tzinfo=TEHRAN)
    calls = [
        row(
            str(n), str((monday - timedelta(days=n)).replace(hour=12, tzinfo=None)), "outgoing", "answered", price="100"
        )
        for n in range(1, 29)
    ]
    forecast = cost.run_out(make(calls), Money(D(350), "IRR"), monday, zone=TEHRAN)
    assert forecast is not None
    assert forecast.at == monday.astimezone(UTC) + timedelta(days=3.5)
    assert cost.run_out(make(calls[:3]), Money(D(350), "IRR"), monday, zone=TEHRAN) is None

    # It expires before that.
    expires_at = monday + timedelta(days=2)
    forecast = cost.run_out(make(calls), Money(D(350), "IRR"), monday, zone=TEHRAN, expires_at=expires_at)
    assert forecast is not None
    assert (forecast.at, forecast.expires_first) == (expires_at, True)


def test_unusual_spend_comes_from_what_calls_cost_each_hour(make: Maker) -> None:
    # A call of 100 at noon of each of 40 days; on the next day one of 900 at night. The usual by then is 0.
    first = datetime(2025, 3, 1)
    calls = [
        row(str(n), str(first + timedelta(days=n, hours=12)), "outgoing", "answered", price="100") for n in range(40)
    ]
    calls.append(row("40", str(first + timedelta(days=40, hours=2)), "outgoing", "answered", price="900"))
    now = (first + timedelta(days=40, hours=2, minutes=30)).replace(tzinfo=TEHRAN)
    assert cost.hourly(make(calls), currency="IRR")[first + timedelta(days=40, hours=2)] == Money(D(900), "IRR")
    spend = cost.unusual_spend(make(calls), now, currency="IRR", zone=TEHRAN, credit=Money(D(1000), "IRR"))
    assert spend is not None
    assert (spend.spend, spend.usual, spend.least) == (Money(D(900), "IRR"), Money(D(0), "IRR"), Money(D(50), "IRR"))
    # 32 days, every score 0, half a usual day is 50: (50 / 900) / 33 = 0.00168.
    assert (spend.days, spend.probability) == (32, pytest.approx(0.001684, abs=1e-6))
    assert spend.unusual
    assert cost.unusual_spend(make(calls[30:]), now, currency="IRR", zone=TEHRAN) is None


def test_daily_costs_know_every_day_with_calls_in_one_currency(make: Maker) -> None:
    assert cost.daily(make([*OFFICE, row("x", None, "outgoing", "answered", price="9")]), currency="IRR") == {
        date(2025, 3, 17): Money(D("57.50"), "IRR"),
        date(2025, 3, 20): Money(D(0), "IRR"),
        date(2025, 3, 21): Money(D("1.00"), "IRR"),
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_sums_are_exact_where_floats_and_single_prices_precision_end(engine: str) -> None:
    # Each price fills the 18 digits of its type; 12·9999999999999999.99 + 0.01 needs 20, a float has 16.
    prices = [D("9999999999999999.99")] * 12 + [D("0.01")]
    frame = ENGINES[engine](
        table(row(str(n), None, "outgoing", "answered", price=price) for n, price in enumerate(prices))
    )
    assert rows(cost.totals(frame), "cost") == [(D("119999999999999999.89"),)]


@pytest.mark.parametrize("scale", [0, 4, 9])
def test_the_scale_of_the_prices_is_kept(scale: int) -> None:
    arrow = table(OFFICE)
    prices = pa.array([D(1).scaleb(-scale)] * len(OFFICE), pa.decimal128(20, scale))
    arrow = arrow.set_column(arrow.column_names.index("price"), "price", prices)
    for convert in ENGINES.values():
        assert rows(cost.totals(convert(arrow)), "cost")[1] == (8 * D(1).scaleb(-scale),)


def test_sums_of_more_than_28_digits_are_the_same_on_every_engine() -> None:
    # Two statuses are two partial sums of 30 digits; a price over three minutes is a rate of 33 digits.
    prices = table([
        row("1", None, "outgoing", "answered", talk_s=60),
        row("2", None, "outgoing", "answered", talk_s=120),
        row("3", None, "outgoing", "no_answer"),
    ])  # fmt: skip
    huge = pa.array([D("9999999999999999999999999999.99"), D("0.01"), D("0.02")], pa.decimal128(34, 2))
    for convert in ENGINES.values():
        frame = convert(prices.set_column(prices.column_names.index("price"), "price", huge))
        assert rows(cost.totals(frame), "cost", "cost_answered", "per_minute") == [
            (D("10000000000000000000000000000.02"), D(10**28), D("3333333333333333333333333333.333333"))
        ]


@pytest.mark.parametrize("lines", [[], [row("1", None, "outgoing", "answered", price="1")]])
def test_without_residuals_there_are_no_rows(make: Maker, lines: list[Row]) -> None:
    assert rows(cost.residuals(make(lines))) == []


def test_a_talk_below_zero_is_in_no_rate(make: Maker) -> None:
    frame = make([
        row("1", None, "outgoing", "answered", talk_s=60, price="3"),
        row("2", None, "outgoing", "answered", talk_s=-30, price="5"),
    ])  # fmt: skip
    assert rows(cost.totals(frame), "cost", "talk_s", "impossible", "per_minute") == [(D(8), 60, 1, D(3))]
