"""Calls that two accounts recorded: which are found, and that nothing else is taken for one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.reports.frames import row, rows
from trunkline.reports import cost, records, twins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    type Maker = Callable[[Iterable[Any]], Any]

NUMBER = "+989120000001"


def made(call_id: str, at: str, account: str, **rest: Any) -> Any:
    fields = {"source": "10", "destination": NUMBER, "talk_s": 60} | rest
    return row(call_id, f"2025-03-17 {at}", "outgoing", "answered", account=account, **fields)


def test_two_calls_of_a_number_on_both_records_stay_two(make: Maker) -> None:
    frame = make([made(f"{account}{n}", f"09:00:{30 * n:02}", account) for n in range(2) for account in "ab"])
    found = rows(records.twins(frame), "call_id", "twin_call_id")
    assert found == [("a0", "b0"), ("a1", "b1")]
    assert rows(cost.totals(records.without_twins(frame)), "calls") == [(2,)]


def test_three_records_of_one_call_count_once(make: Maker) -> None:
    frame = make([made(each, f"09:00:0{place}", each, price="1") for place, each in enumerate("abc")])
    assert rows(records.twins(frame), "call_id", "twin_call_id") == [("a", "b"), ("a", "c")]
    assert len(rows(records.without_twins(frame))) == 1


def test_few_calls_alike_are_a_coincidence(make: Maker) -> None:
    listed = [made(f"a{n}", f"09:{n:02}:00", "a", destination=f"+9891200001{n:02}") for n in range(12)]
    listed += [made(f"b{n}", f"09:{n:02}:30", "b", destination=f"+9891200002{n:02}") for n in range(12)]
    frame = make([*listed, made("x", "09:05:00", "a"), made("y", "09:05:02", "b")])
    # One of 13 is less than a fifth.
    assert rows(records.twins(frame)) == []
    assert rows(records.twins(frame, least_share=0.05), "call_id", "twin_call_id") == [("x", "y")]
    # Nor does the coincidence keep the third account from being compared with the first.
    third = [made(f"c{n}", f"09:{n:02}:01", "c", destination=f"+9891200001{n:02}") for n in range(12)]
    assert len(rows(records.twins(make([*listed, made("x", "09:05:00", "a"), *third])))) == 12


def test_accounts_are_compared_in_the_time_that_both_cover(make: Maker) -> None:
    early = [made(f"e{n}", f"08:{n:02}:00", "a") for n in range(30)]
    frame = make([*early, made("x", "09:05:00", "a"), made("y", "09:05:02", "b")])
    assert rows(records.twins(frame), "call_id", "twin_call_id") == [("x", "y")]


def test_accounts_that_charge_in_two_currencies_are_no_twins(make: Maker) -> None:
    frame = make([made("x", "09:00:00", "a", price="1"), made("y", "09:00:01", "b", price="2", currency="EUR")])
    assert rows(records.twins(frame)) == []
    # A price of 0 is no charge.
    frame = make([made("x", "09:00:00", "a", price="1"), made("y", "09:00:01", "b", price="0", currency="EUR")])
    assert rows(records.twins(frame), "call_id", "twin_call_id") == [("x", "y")]


def test_national_numbers_are_compared_in_their_country(make: Maker) -> None:
    frame = make([made("x", "09:00:00", "a", destination="09120000001"), made("y", "09:00:01", "b")])
    assert rows(records.twins(frame)) == []
    assert len(rows(records.twins(frame, region="IR"))) == 1


def test_how_two_records_differ(make: Maker) -> None:
    listed = [made("x", "09:00:00", "a", price="5"), made("y", "09:00:01", "b", price="6"),
              made("x2", "09:10:00", "a", price="5"), made("y2", "09:10:01", "b", talk_s=62)]  # fmt: skip
    twice = twins.find(make(listed)).twice
    assert records.twin_differences(twice) == [("a", "b", "duration", "IRR", 1), ("a", "b", "price", "IRR", 1)]
    assert twice.counts() == {("a", "b"): 2}
    assert records.twin_differences(twins.Twice()) == []
    # 09:00:01 in Tehran is 05:30:01 UTC: the span ends before the second pair.
    end = datetime(2025, 3, 17, 5, 35, tzinfo=UTC)
    assert len(twice.within({"b": (None, end)})) == 1
    assert len(twice.within({"b": (end + timedelta(hours=1), None), "a": (None, None)})) == 0
    assert twins.Twice().within({}).counts() == {}


def test_a_frame_without_prices_has_twins_too(make: Maker) -> None:
    frame = make([made("x", "09:00:00", "a"), made("y", "09:00:01", "b")])
    listed = rows(records.without_twins(frame), "call_id", "price")
    assert listed == [("x", None)]
    assert Decimal(0) not in {price for _, price in listed}
