"""Amounts of more than the 28 digits that Python's decimals keep by default, worked out by hand, on every engine."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from tests.reports.frames import ENGINES, row, rows, table
from trunkline.errors import DataError
from trunkline.model import Invoice, Money
from trunkline.rates import CardRate, RateCard
from trunkline.reports import balance, bill, cost, forecast, lines, ranking, records, what_if

if TYPE_CHECKING:
    from collections.abc import Callable

D = Decimal
MONEY = pa.decimal128(36, 2)
# 31 digits before the point.
LONG = "1234567890123456789012345678901"
CARD = RateCard(name="card", currency="IRR", places=2, rates=(CardRate(prefix="98", per_minute=D("0.07")),))


@pytest.fixture(params=ENGINES.values(), ids=ENGINES)
def convert(request: pytest.FixtureRequest) -> Callable[[pa.Table], Any]:
    found: Callable[[pa.Table], Any] = request.param
    return found


def calls(*prices: str) -> pa.Table:
    """Return a call of a minute to Iran for each price, an hour apart."""
    listed = table(
        row(
            str(n), f"2025-03-17 {8 + n:02}:00:00", "outgoing", "answered", wait_s=0, talk_s=60, trunk="2155501",
            source="10", destination="+982155500001",
        )
        for n in range(len(prices))
    )  # fmt: skip
    column = pa.array(list(map(D, prices)), MONEY)
    return listed.set_column(listed.column_names.index("price"), "price", column)


def test_what_is_charged_too_much_has_all_digits(convert: Callable[[pa.Table], Any]) -> None:
    checked = bill.check(convert(calls(f"{LONG}.67")), CARD)
    assert rows(checked, "charged", "expected", "difference") == [(D(f"{LONG}.67"), D("0.07"), D(f"{LONG}.60"))]
    assert rows(bill.disputes(checked), "amount") == [(D(f"{LONG}.60"),)]


def test_another_card_is_compared_in_all_digits(convert: Callable[[pa.Table], Any]) -> None:
    # Twice the same call, so that one price is counted two times: 2 · 1…901.67, less 2 · 0.07.
    twice = "2469135780246913578024691357803"
    found = what_if.by_card(convert(calls(f"{LONG}.67", f"{LONG}.67")), [CARD])
    assert rows(found, "charged", "difference") == [(D(f"{twice}.34"), D(f"-{twice}.20"))]


def test_two_records_differ_in_all_digits(convert: Callable[[pa.Table], Any]) -> None:
    found = records.compare(convert(calls(f"{LONG}.67")), convert(calls(f"{LONG}.65")))
    assert rows(found, "class", "difference") == [("price", D("0.02"))]
    found = records.compare(convert(calls(f"{LONG}.67")), convert(calls("0.05")))
    assert rows(found, "class", "difference") == [("price", D(f"{LONG}.62"))]


def dated(name: str, *found: tuple[int, str]) -> pa.Table:
    return pa.table(
        {
            "account": ["telefonchy:1"] * len(found),
            "trunk": ["2155501"] * len(found),
            "at": pa.array([datetime(2025, 3, 17, hour, tzinfo=UTC) for hour, _ in found], pa.timestamp("us", "UTC")),
            name: pa.array([D(amount) for _, amount in found], MONEY),
            "currency": ["IRR"] * len(found),
        }
    )


def test_the_residual_of_a_credit_has_all_digits(convert: Callable[[pa.Table], Any]) -> None:
    # Calls at 04:30, 05:30 and 06:30 UTC. From 5 to 7 o'clock the credit falls by 1…901.70 + 0.02 + 0.03, and rises by
    # 0.04: 0.01 more than the two calls, the fee and the top-up explain.
    readings = dated("credit", (5, f"{LONG}.75"), (7, "0.04"))
    found = balance.identity(
        convert(calls("7.00", f"{LONG}.70", "0.02")),
        readings, top_ups=dated("amount", (6, "0.04")), fees=dated("amount", (6, "0.02")),
    )  # fmt: skip
    columns = ("change", "cost", "residual", "residual_sum")
    assert rows(found, *columns) == [(D(f"-{LONG}.71"), D(f"{LONG}.72"), D("-0.01"), D("-0.01"))]


def test_an_invoice_is_compared_in_all_digits(convert: Callable[[pa.Table], Any]) -> None:
    start, end = (datetime(2025, 3, day, tzinfo=UTC) for day in (1, 31))
    invoice = Invoice(number="1", period_start=start, period_end=end, price=Money(D(f"{LONG}.70"), "IRR"))
    found = balance.invoices(convert(calls(f"{LONG}.67", "0.03")), [invoice], places=2)
    assert rows(found, "total", "sum_of_rounded", "difference", "class") == [
        (D(f"{LONG}.70"), D(f"{LONG}.70"), D(0), "ok")
    ]
    off = Invoice(number="2", period_start=start, period_end=end, price=Money(D("0.01"), "IRR"))
    found = balance.invoices(convert(calls(f"{LONG}.67", "0.03")), [off], places=2)
    assert rows(found, "difference", "class") == [(D(f"-{LONG}.69"), "differs")]


def test_lines_cost_their_price_in_all_digits(convert: Callable[[pa.Table], Any]) -> None:
    found = lines.lines(convert(calls("1")), present=1, price=Money(D(f"{LONG}.67"), "IRR"))
    assert rows(found, "lines", "monthly", "change")[:2] == [
        (1, D(f"{LONG}.67"), D(0)),
        (2, D("2469135780246913578024691357803.34"), D(f"{LONG}.67")),
    ]


def with_prices(dtype: pa.DataType, *prices: str) -> pa.Table:
    listed = calls(*["0"] * len(prices))
    return listed.set_column(listed.column_names.index("price"), "price", pa.array(list(map(D, prices)), dtype))


NINES = "9" * 34


def test_a_rate_that_no_frame_holds_is_one_clear_error(convert: Callable[[pa.Table], Any]) -> None:
    # 34 digits and the six after the point of a rate are 40.
    frame = convert(with_prices(pa.decimal128(34, 0), NINES))
    for figure in (cost.totals, cost.by_day, lambda each: ranking.dearest(each, "trunk", top=1)):
        with pytest.raises(DataError, match="'per_answered_call' have more than 38 digits") as caught:
            figure(frame)
        assert caught.value.field == "per_answered_call"
    with pytest.raises(DataError, match="'per_day' have more than 38 digits"):
        forecast.burn(frame, date(2025, 3, 31))
    # 32 digits and six fit, and so does the sum of two.
    most = "9" * 31
    found = cost.totals(convert(with_prices(pa.decimal128(34, 0), most, most)))
    assert rows(found, "cost", "per_minute") == [(D(2 * int(most)), D(most))]


def test_the_smallest_prices_are_summed_and_checked(convert: Callable[[pa.Table], Any]) -> None:
    price = f"0.{NINES}"
    frame = convert(with_prices(pa.decimal128(38, 34), price, price))
    assert rows(cost.totals(frame), "cost", "per_minute") == [(D(f"1.{'9' * 33}8"), D("1.000000"))]
    found = bill.check(frame, CARD)
    assert rows(found, "difference") == [(D(f"0.92{'9' * 32}"),), (D(f"0.92{'9' * 32}"),)]


def test_prices_of_more_decimal_digits_than_are_read_are_one_clear_error(convert: Callable[[pa.Table], Any]) -> None:
    frame = convert(with_prices(pa.decimal128(38, 36), f"0.{'0' * 9}{'9' * 27}"))
    with pytest.raises(DataError, match="the column 'price' should hold amounts of at most 34 (decimal )?digits"):
        bill.check(frame, CARD)
