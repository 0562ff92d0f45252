"""Two records of the same calls, and calls recorded twice, worked out by hand and against a plain search."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tests.reports.frames import OFFICE, row, rows
from trunkline.reports import bill, cost, matching, records
from trunkline.reports.matching import Record, pairs

if TYPE_CHECKING:
    from tests.reports.conftest import Maker
    from tests.reports.frames import Row

D = Decimal
MOBILE = "+989120000001"


def call(call_id: str, at: str, talk: int | None, **rest: Any) -> Row:
    values = {
        "local": f"2025-03-17 {at}",
        "direction": "outgoing",
        "status": "no_answer" if talk == 0 else "answered",
        "source": "10",
        "destination": MOBILE,
    } | rest
    return row(call_id, talk_s=talk, **values)


def test_the_classes_of_calls_on_a_bill_and_in_a_telephone_system(make: Maker) -> None:
    billed = make(
        [
            call("ok", "09:00:00", 60, price="5"),
            call("twice", "09:00:00", 60, price="5"),
            call("minutes", "10:00:03", 120, price="10"),
            call("longer", "11:00:00", 95, price="9"),
            call("dearer", "12:00:00", 60, price="6"),
            call("euro", "13:00:00", 60, price="6", currency="EUR"),
            call("silent", "14:00:00", 30, price="6"),
            call("strange", "15:00:00", 60, price="7"),
        ]
    )
    own = make(
        [
            call("1", "08:59:58", 60, price="5", destination="0912 000 0001"),
            call("2", "10:00:00", 61, price="10"),
            call("3", "11:00:00", 70, price="7"),
            call("4", "12:00:00", 61, price="5"),
            call("5", "13:00:00", 60, price="6"),
            call("6", "14:00:00", 0, price="0"),
            call("7", "15:02:00", 60),
            call("8", "16:00:00", 5, direction="internal"),
        ]
    )
    found = records.compare(billed, own, region="IR")
    assert set(rows(found, "call_id", "other_call_id", "class", "fits", "difference")) == {
        ("ok", "1", "ok", None, D(0)),
        ("twice", None, "duplicate", "ok", D(5)),
        ("minutes", "2", "increment", "60/60", D(0)),  # 61 s are two minutes
        ("longer", "3", "duration", None, D(2)),
        ("dearer", "4", "price", None, D(1)),
        ("euro", "5", "other_currency", None, None),
        ("silent", "6", "status", None, D(6)),
        ("strange", None, "missing_there", None, None),
        (None, "7", "missing_here", None, None),
        (None, "8", "other_direction", None, None),
    }  # fmt: skip
    assert rows(bill.disputes(found), "amount", "call_id") == [
        (D(7), "strange"), (D(6), "silent"), (D(5), "twice"), (D(2), "longer"), (D(1), "dearer"),
    ]  # fmt: skip
    sums = rows(bill.summary(found), "class", "currency", "calls", "charged")
    assert sum(line[3] or 0 for line in sums if line[1] == "IRR") == 5 + 5 + 10 + 9 + 6 + 6 + 7


def test_the_best_of_many_calls_within_a_minute_is_taken(make: Maker) -> None:
    # Five tries before and five after it are nearer by start, but the call of the same length is 30 s away.
    def called(call_id: str, second: int, talk_s: int) -> Any:
        at = f"2025-03-17 09:{20 + second // 60:02}:{second % 60:02}"
        return row(call_id, at, "outgoing", "answered", destination="+989120000001", talk_s=talk_s)

    bill_of = make([called("a", 60, 100)])
    tries = [called(f"t{second}", second, 0) for second in (50, 52, 54, 56, 58, 62, 64, 66, 68, 70)]
    found = rows(records.compare(bill_of, make([*tries, called("b", 90, 100)])), "call_id", "other_call_id", "class")
    assert [line for line in found if line[0] == "a"] == [("a", "b", "ok")]


def test_the_best_pair_is_taken_first_across_midnight(make: Maker) -> None:
    own = make([call("1", "23:59:50", 0), call("2", "23:59:58", 30)])
    billed = make([row("b", "2025-03-18 00:00:00", "outgoing", "answered", source="10", destination=MOBILE, talk_s=30)])
    assert rows(records.compare(billed, own), "call_id", "other_call_id", "class", "start_difference_s") == [
        (None, "1", "missing_here", None),
        ("b", "2", "ok", 2.0),
    ]


def test_calls_recorded_by_two_accounts_count_once(make: Maker) -> None:
    pbx, trunk = {"account": "simotel:1"}, {"account": "telefonchy:1", "price": "5"}
    frame = make(
        [
            call("a", "09:00:00", 60, **pbx, destination_name="دفتر"),
            call("b", "09:00:04", 61, **trunk),
            call("c", "09:05:00", 60, **pbx),
            call("d", "09:05:30", 60, **trunk),  # too late
            call("e", "09:10:00", 60, **pbx, direction="incoming", source=MOBILE),  # the other way
            call("f", "09:10:00", 60, **trunk),
            call("g", "09:20:00", 60, **trunk),
            call("h", "09:20:00", 60, **trunk),  # one account
            call("i", "09:30:00", None, **pbx),
            call("j", "09:30:00", 60, **trunk),  # talk unknown there
        ]
    )
    assert rows(records.twins(frame), "call_id", "twin_call_id") == [("b", "a")]
    assert rows(records.twins(frame, prefer=["simotel:1"]), "call_id", "twin_call_id") == [("a", "b")]
    once = records.without_twins(frame)
    assert type(once) is type(frame)
    assert {each for (each,) in rows(once, "call_id")} == set("bcdefghij")
    assert rows(cost.totals(once), "calls", "cost") == [(9, D(30))]


def test_empty_records(make: Maker) -> None:
    assert rows(records.compare(make([]), make([]))) == []
    assert rows(records.twins(make([]))) == []
    assert rows(records.without_twins(make([]))) == []
    everything = records.compare(make(OFFICE), make([]))
    assert {kind for (kind,) in rows(everything, "class")} == {"missing_there", "other_direction"}
    assert len(rows(everything)) == len(OFFICE)


CALLS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60), st.integers(0, 20)), max_size=12)


def plain(one: list[Any], other: list[Any], within: int) -> list[tuple[int, int]]:
    """Look at every pair, the best first."""
    every = sorted(
        (abs(a[1] - b[1]) + abs(a[2] - b[2]), i, j)
        for i, a in enumerate(one)
        for j, b in enumerate(other)
        if a[0] == b[0] and abs(a[1] - b[1]) <= within
    )
    found: dict[int, int] = {}
    for _, i, j in every:
        if i not in found and j not in found.values():
            found[i] = j
    return sorted(found.items())


def listed(one: Record, other: Record, within: int) -> list[tuple[int, int]]:
    return list(zip(*(rows_of.tolist() for rows_of in pairs(one, other, within=within)), strict=True))


@settings(max_examples=300, deadline=None)
@given(one=CALLS, other=CALLS, within=st.integers(0, 30))
def test_calls_are_paired_as_by_looking_at_every_pair(one: list[Any], other: list[Any], within: int) -> None:
    records_of = [Record.of(*(zip(*calls, strict=True) if calls else ((), (), ()))) for calls in (one, other)]
    assert listed(*records_of, within) == plain(one, other, within)


@settings(max_examples=200, deadline=None)
@given(one=CALLS, other=CALLS, within=st.integers(0, 30))
def test_every_one_of_very_many_calls_is_paired_once_and_none_is_left_that_could_be(
    one: list[Any], other: list[Any], within: int
) -> None:
    records_of = [Record.of(*(zip(*calls, strict=True) if calls else ((), (), ()))) for calls in (one, other)]
    with pytest.MonkeyPatch.context() as patch:
        # As if these were more pairs than are looked at together.
        patch.setattr(matching, "_MOST_PAIRS", -1)
        found = listed(*records_of, within)
    rows_of, matches = [i for i, _ in found], [j for _, j in found]
    assert len(set(rows_of)) == len(rows_of)
    assert len(set(matches)) == len(matches)
    left = [call for i, call in enumerate(one) if i not in rows_of]
    free = [call for j, call in enumerate(other) if j not in matches]
    assert not plain(left, free, within)
