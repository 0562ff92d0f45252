"""What changes of a credit and invoices are made of, worked out by hand, on every engine."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa

from tests.reports.frames import MONEY, TEXT, UTC_TIME, row, rows
from trunkline.model import Invoice, Money
from trunkline.reports import balance

if TYPE_CHECKING:
    from tests.reports.conftest import Maker

D = Decimal
ACCOUNT = "telefonchy:1"


def utc(hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 3, 17, hour, minute, tzinfo=UTC)


def dated(name: str, *found: tuple[datetime, str, str], trunk: str | None = "2155501") -> pa.Table:
    columns = {
        "account": pa.array([ACCOUNT] * len(found), TEXT),
        "trunk": pa.array([trunk] * len(found), TEXT),
        "at": pa.array([at for at, _, _ in found], UTC_TIME),
        name: pa.array([D(amount) for _, amount, _ in found], MONEY),
        "currency": pa.array([currency for _, _, currency in found], TEXT),
    }
    return pa.table(columns if trunk else {key: column for key, column in columns.items() if key != "trunk"})


def call(call_id: str, ended: datetime | None, price: str | None, **rest: object) -> object:
    # 11:30 in Tehran is 08:00 UTC.
    values = {"trunk": "2155501", "ended_at": ended} | rest
    return row(call_id, "2025-03-17 11:30:00", "outgoing", "answered", price=price, **values)


CALLS = (
    call("1", utc(9), "10"),  # ended at the first reading: before it
    call("2", utc(9, 30), "20"),
    call("3", utc(10), "5"),  # ended at the second reading: in it
    call("4", utc(10, 30), None),
    call("5", utc(10, 40), "7", trunk="2155502"),
    call("6", utc(10, 50), "3", currency="EUR"),
)
READINGS = dated(
    "credit", (utc(9), "100", "IRR"), (utc(10), "75", "IRR"), (utc(11), "120", "IRR"), (utc(10), "1", "EUR")
)


def test_what_a_change_is_made_of_and_what_remains(make: Maker) -> None:
    found = balance.identity(
        make(CALLS), READINGS, top_ups=dated("amount", (utc(10, 20), "50", "IRR")), fees=dated("amount", (utc(10, 30), "2", "IRR"))
    )  # fmt: skip
    columns = ("at", "change", "top_ups", "calls", "unpriced", "cost", "fees", "residual", "residual_sum")
    assert rows(found, *columns) == [
        (utc(10), D(-25), D(0), 2, 0, D(25), D(0), D(0), D(0)),
        # 45 - (50 - 0 - 2): 3 are missing
        (utc(11), D(45), D(50), 0, 1, D(0), D(2), D(-3), D(-3)),
    ]


def test_the_credit_of_a_whole_account_pays_all_its_trunks(make: Maker) -> None:
    readings = dated("credit", (utc(10), "75", "IRR"), (utc(11), "68", "IRR"), trunk=None)
    assert rows(balance.identity(make(CALLS), readings), "trunk", "cost", "residual") == [(None, D(7), D(0))]


def test_a_call_without_a_stated_end_ended_after_its_waiting_and_its_talk(make: Maker) -> None:
    # Both start at 08:00 UTC. One ends at 09:00 + 60 s, after the first reading; of the other no length is known.
    found = balance.identity(
        make([call("1", None, "4", wait_s=60, talk_s=3600), call("2", None, "2", wait_s=None, talk_s=None)]), READINGS
    )
    assert rows(found, "calls", "cost")[0] == (1, D(4))


def test_one_reading_and_no_calls(make: Maker) -> None:
    assert rows(balance.identity(make([]), dated("credit", (utc(9), "1", "IRR")))) == []
    assert rows(
        balance.identity(make([]), dated("credit", (utc(9), "1", "IRR"), (utc(10), "2", "IRR"))), "residual"
    ) == [(D(1),)]


def test_invoices_beside_the_calls_of_their_period(make: Maker) -> None:
    # All calls start at 08:00 UTC. 10 + 20 + 5 + 7 = 42 rial; one price is unknown, one is in euro.
    euro = [call(str(n), utc(9), "0.05", currency="EUR") for n in range(3)]  # 0.15; one decimal: 0.2, or 3 * 0.1
    day = {"period_start": utc(8), "period_end": utc(23)}
    found = balance.invoices(
        make([*CALLS[:5], *euro]),
        [
            Invoice("1", price=Money(D("42"), "IRR"), **day),
            Invoice("2", price=Money(D("0.2"), "EUR"), **day),
            Invoice("3", price=Money(D("0.3"), "EUR"), **day),
            Invoice("4", price=Money(D("0.95"), "EUR"), **day),
            Invoice("5", price=Money(D("1"), "EUR")),
            Invoice("6", price=Money(D("0"), "EUR"), period_start=utc(8, 1), period_end=utc(9)),
        ],
        places=1,
    )
    assert rows(
        found, "number", "calls", "unpriced", "total", "rounded_sum", "sum_of_rounded", "difference", "class"
    ) == [
        ("1", 4, 1, D(42), D(42), D(42), D(0), "ok"),
        ("2", 3, 1, D("0.15"), D("0.2"), D("0.3"), D("0.05"), "ok"),
        ("3", 3, 1, D("0.15"), D("0.2"), D("0.3"), D("0.15"), "each_rounded"),
        ("4", 3, 1, D("0.15"), D("0.2"), D("0.3"), D("0.80"), "differs"),
        ("5", None, None, None, None, None, None, "unknown"),
        ("6", 0, 0, D(0), D(0), D(0), D(0), "ok"),
    ]


def test_an_invoice_is_rounded_as_its_currency_is_paid(make: Maker) -> None:
    # Two calls of 1.25: 2.50 in all. Half up, that is 3 rial, and each call 1 rial.
    day = {"period_start": utc(8), "period_end": utc(23)}
    priced = [call(f"{n}{code}", utc(9), "1.25", currency=code) for n in range(2) for code in ("IRR", "EUR", "KWD")]
    found = balance.invoices(
        make(priced), [Invoice(code, price=Money(D(0), code), **day) for code in ("IRR", "EUR", "KWD")]
    )
    assert rows(found, "number", "rounded_sum", "sum_of_rounded") == [
        ("IRR", D(3), D(2)), ("EUR", D("2.50"), D("2.50")), ("KWD", D("2.500"), D("2.500")),
    ]  # fmt: skip
