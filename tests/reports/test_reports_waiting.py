"""Waits, service level and abandonment, against hand calculations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.reports.frames import row, rows
from trunkline.metrics import Denominator
from trunkline.reports import waiting

if TYPE_CHECKING:
    from tests.reports.conftest import Maker
    from tests.reports.frames import Row


def incoming(status: str, wait: int | None, **rest: Any) -> Row:
    return row(f"{status}-{wait}", "2025-03-17 09:00:00", "incoming", status, wait_s=wait, **rest)


# Answered after 10, 20, 30, 40 and 100 seconds and after an unknown time; rung out after 3, 5, 6, 60 and an unknown
# time; one busy, one of unknown status; an outgoing call is none of this.
CALLS = (
    *(incoming("answered", wait) for wait in (40, 10, 100, 30, 20, None)),
    *(incoming("no_answer", wait) for wait in (3, 5, 6, 60, None)),
    incoming("busy", 0),
    incoming("unknown", 7),
    row("out", "2025-03-17 09:00:00", "outgoing", "answered", wait_s=900),
    row("nowhere", "2025-03-17 09:00:00", None, "answered", wait_s=900),
)


def test_time_to_answer_is_over_answered_incoming_calls(make: Maker) -> None:
    # Mean 200/5; p50 the third of five; p90 at position 3.6: 40 + 0.6·60; p95 at 3.8: 40 + 0.8·60.
    found = rows(waiting.time_to_answer(make(CALLS)))
    assert found == [(5, 1, 40.0, 30.0, pytest.approx(76.0), pytest.approx(88.0))]


def test_each_service_level_names_its_denominator(make: Maker) -> None:
    # Within 20 s: 2. Offered: 5 answered of known wait + 5 rung out + 1 busy = 11; answered 5;
    # abandoned after more than 5 s: 2; short: 2.
    found = rows(waiting.service_level(make(CALLS)), "denominator", "answered_within", "n", "level", "unwaited")
    assert found == [
        ("offered", 2, 11, pytest.approx(2 / 11), 2),
        ("answered", 2, 5, 0.4, 2),
        ("answered_and_abandoned", 2, 7, pytest.approx(2 / 7), 2),
        ("offered_less_short", 2, 9, pytest.approx(2 / 9), 2),
    ]


def test_both_thresholds_can_be_chosen(make: Maker) -> None:
    found = rows(waiting.service_level(make(CALLS), threshold_s=40, short_s=60), "threshold_s", "answered_within", "n")
    assert found == [(40.0, 4, 11), (40.0, 4, 5), (40.0, 4, 5), (40.0, 4, 7)]


def test_abandonment_is_of_offered_calls_and_states_its_threshold(make: Maker) -> None:
    # 6 and 60 s are over 5 s; offered: 6 answered + 4 rung out of known wait + 1 busy.
    found = rows(waiting.abandonment(make(CALLS)))
    assert [line[:5] for line in found] == [(5.0, 11, 2, 2, pytest.approx(2 / 11))]
    assert found[0][-1] == 1
    assert rows(waiting.abandonment(make(CALLS), threshold_s=2), "abandoned", "short_abandoned") == [(4, 0)]


def test_the_curve_rises_to_the_share_ever_answered(make: Maker) -> None:
    found = rows(waiting.service_level_curve(make(CALLS), up_to_s=100), "threshold_s", "level")
    assert len(found) == 101
    assert found[9] == (9, 0.0)
    assert found[10] == (10, pytest.approx(1 / 11))
    assert found[100] == (100, pytest.approx(5 / 11))
    answered = rows(waiting.service_level_curve(make(CALLS), up_to_s=30, denominator=Denominator.ANSWERED), "level")
    assert answered[-1] == (0.6,)


def test_the_distribution_counts_answered_and_rung_out_apart(make: Maker) -> None:
    found = rows(waiting.distribution(make(CALLS)))
    assert found[:4] == [(3, 0, 1), (5, 0, 1), (6, 0, 1), (10, 1, 0)]
    assert sum(line[1] for line in found) == 5


def test_groups_have_their_own_waits(make: Maker) -> None:
    calls = [incoming("answered", 10, trunk="1"), incoming("answered", 30, trunk="2"), incoming("no_answer", 9)]
    assert rows(waiting.time_to_answer(make(calls), "trunk"), "trunk", "answered", "mean_s") == [
        ("1", 1, 10.0),
        ("2", 1, 30.0),
        (None, 0, None),
    ]


def test_without_incoming_calls_there_is_one_row_of_nothing(make: Maker) -> None:
    frame = make([row("out", "2025-03-17 09:00:00", "outgoing", "answered", wait_s=9)])
    assert rows(waiting.time_to_answer(frame)) == [(0, 0, None, None, None, None)]
    assert rows(waiting.abandonment(frame), "offered", "abandonment") == [(0, None)]
    assert rows(waiting.service_level(frame), "n", "level") == [(0, None)] * 4


def test_counted_values_are_a_sequence() -> None:
    counted = waiting._Counted({5: 2, 1: 1})
    assert list(counted) == [1.0, 5.0, 5.0]
    assert counted[1:] == [5.0, 5.0]
    with pytest.raises(IndexError):
        counted[3]
