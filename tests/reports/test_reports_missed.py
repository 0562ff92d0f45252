"""What became of missed calls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.reports.frames import row, rows
from trunkline.reports import attempts, missed

if TYPE_CHECKING:
    from tests.reports.conftest import Maker
    from tests.reports.frames import Row

ANNA, BEN = "09120000001", "09120000002"


def came(at: str, status: str, number: str | None = ANNA, **rest: Any) -> Row:
    return row(f"{at}{number}", f"2025-03-17 {at}", "incoming", status, source=number, destination="10", **rest)


def went(at: str, status: str, number: str | None = ANNA, **rest: Any) -> Row:
    return row(f"{at}{number}", f"2025-03-17 {at}", "outgoing", status, source="10", destination=number, **rest)


def test_the_next_answered_call_in_either_direction_reaches_the_caller(make: Maker) -> None:
    frame = make([
        came("09:00:00", "no_answer"),
        came("09:10:00", "busy"),
        went("09:15:00", "no_answer"),
        went("09:30:00", "answered"),
        came("10:00:00", "no_answer", BEN),
        came("10:01:00", "answered", BEN),
        came("11:00:00", "no_answer"),
    ])  # fmt: skip
    found = rows(missed.call_backs(frame), "number", "reached_by", "after_s")
    assert found == [
        (ANNA, None, None),
        (BEN, "incoming", 60.0),
        (ANNA, "outgoing", 1200.0),
        (ANNA, "outgoing", 1800.0),
    ]
    # 09:00 in Tehran is 05:30 UTC.
    assert rows(missed.call_backs(frame), "missed_at", "reached_at")[-1] == (
        datetime(2025, 3, 17, 5, 30, tzinfo=UTC),
        datetime(2025, 3, 17, 6, 0, tzinfo=UTC),
    )


def test_later_calls_reach_callers_and_are_not_missed_themselves(make: Maker) -> None:
    frame = make(
        [came("09:00:00", "no_answer"), came("09:30:00", "busy", BEN), came("09:40:00", "failed", "09120000003")]
    )
    # Anna is reached an hour later; Ben calls again in vain, which is another question; the third is not reached.
    later = make([went("10:00:00", "answered"), came("10:30:00", "no_answer", BEN), came("11:00:00", "no_answer")])
    found = rows(missed.call_backs(frame, later=later), "number", "reached_by", "after_s")
    assert found == [("09120000003", None, None), (BEN, None, None), (ANNA, "outgoing", 3600.0)]
    assert rows(missed.open_missed(frame, later=later), "number", "calls") == [("09120000003", 1), (BEN, 1)]
    columns = ("missed", "reached", "p50_after_s")
    assert rows(missed.call_back_time(frame, later=later), *columns) == [(3, 1, 3600.0)]
    assert rows(missed.call_back_time(frame), *columns) == [(3, 0, None)]
    nothing = make([])
    assert rows(missed.call_backs(nothing, later=later)) == rows(missed.open_missed(nothing, later=later)) == []
    assert rows(missed.call_back_time(nothing, later=later)) == []
    assert rows(missed.call_back_time(frame, later=nothing), *columns) == [(3, 0, None)]


def test_call_back_time_is_over_the_reached(make: Maker) -> None:
    frame = make([
        came("09:00:00", "no_answer"),
        came("09:10:00", "busy"),
        went("09:30:00", "answered"),
        came("11:00:00", "no_answer"),
        came("12:00:00", "failed", BEN, account="telefonchy:2"),
    ])  # fmt: skip
    found = rows(missed.call_back_time(frame))
    # 1200 and 1800 s: median 1500, p90 1200 + 0.9·600 = 1740.
    assert found[0][:4] == ("telefonchy:1", 3, 2, pytest.approx(2 / 3))
    assert found[0][-2:] == (1500.0, pytest.approx(1740.0))
    assert (found[1][0], found[1][1], found[1][2], found[1][-1]) == ("telefonchy:2", 1, 0, None)


def test_open_numbers_count_their_calls(make: Maker) -> None:
    frame = make([
        came("09:00:00", "no_answer"),
        came("09:05:00", "no_answer"),
        came("09:10:00", "no_answer", BEN),
        went("09:10:00", "answered", BEN),
    ])  # fmt: skip
    found = rows(missed.open_missed(frame), "number", "calls")
    # An answered call at the same instant is not later.
    assert found == [(BEN, 1), (ANNA, 2)]


def test_unknown_internal_or_nameless_calls_neither_miss_nor_reach(make: Maker) -> None:
    frame = make([
        came("09:00:00", "unknown"),
        came("09:01:00", "no_answer", None),
        row("i", "2025-03-17 09:02:00", "internal", "no_answer", source=ANNA, destination="10"),
        row("d", None, "incoming", "no_answer", source=ANNA),
        came("09:03:00", "no_answer"),
        row("j", "2025-03-17 09:04:00", "internal", "answered", source=ANNA, destination="10"),
    ])  # fmt: skip
    assert rows(missed.open_missed(frame), "number", "calls") == [(ANNA, 1)]


def test_no_missed_calls_make_no_rows(make: Maker) -> None:
    frame = make([went("09:00:00", "answered")])
    assert rows(missed.open_missed(frame)) == []
    assert rows(missed.call_backs(frame)) == []
    assert rows(missed.call_back_time(frame)) == []


def test_callers_have_the_names_of_the_frame(make: Maker) -> None:
    frame = make([
        came("09:00:00", "no_answer", source_name="Anna"),
        came("10:00:00", "no_answer", BEN),
        came("11:00:00", "busy", BEN, source_name="Ben"),
        went("12:00:00", "answered", destination_name="Anna"),
    ])  # fmt: skip
    assert rows(missed.call_backs(frame), "number", "name") == [(BEN, "Ben"), (BEN, None), (ANNA, "Anna")]
    assert rows(missed.open_missed(frame), "number", "name", "calls") == [(BEN, "Ben", 2)]


def test_calls_without_a_caller_a_start_or_a_status_are_left_out(make: Maker) -> None:
    frame = make([
        came("09:00:00", "no_answer"),
        came("09:01:00", "busy", None),
        came("09:02:00", "answered", None),
        row("1", None, "incoming", "failed", source=ANNA),
        row("2", None, "incoming", "answered", source=BEN),
        came("09:03:00", "unknown"),
        row("3", None, None, "no_answer", source=ANNA),
        went("09:04:00", "no_answer", None),
    ])  # fmt: skip
    # The busy one and the failed one; with them the two that were answered, and the one of unknown status.
    assert missed.left_out(frame) == 2
    assert attempts.left_out(frame) == 5
    assert missed.left_out(make([])) == attempts.left_out(make([])) == 0
