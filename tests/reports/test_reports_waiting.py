"""Waits, service level and abandonment, against hand calculations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.reports.frames import row, rows
from trunkline.errors import DataError
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
    assert found == [(5, 1, 0, 40.0, 30.0, pytest.approx(76.0), pytest.approx(88.0))]


def test_each_service_level_names_its_denominator(make: Maker) -> None:
    # Within 20 s: 2. Offered: 6 answered + 5 rung out + 1 busy = 12; abandoned after more than 5 s: 2; short: 2.
    found = rows(waiting.service_level(make(CALLS)), "denominator", "answered_within", "n", "level", "unwaited")
    assert found == [
        ("offered", 2, 12, pytest.approx(2 / 12), 2),
        ("answered", 2, 6, pytest.approx(2 / 6), 2),
        ("answered_and_abandoned", 2, 8, 0.25, 2),
        ("offered_less_short", 2, 10, 0.2, 2),
    ]


def test_both_thresholds_can_be_chosen(make: Maker) -> None:
    found = rows(waiting.service_level(make(CALLS), threshold_s=40, short_s=60), "threshold_s", "answered_within", "n")
    assert found == [(40.0, 4, 12), (40.0, 4, 6), (40.0, 4, 6), (40.0, 4, 8)]


def test_abandonment_is_of_offered_calls_and_states_its_threshold(make: Maker) -> None:
    # 6 and 60 s are over 5 s; offered: 6 answered + 5 rung out + 1 busy.
    found = rows(waiting.abandonment(make(CALLS)))
    assert [line[:5] for line in found] == [(5.0, 12, 2, 2, pytest.approx(2 / 12))]
    assert found[0][-2:] == (1, 0)
    assert rows(waiting.abandonment(make(CALLS), threshold_s=2), "abandoned", "short_abandoned") == [(4, 0)]


def test_the_curve_rises_to_the_share_ever_answered(make: Maker) -> None:
    found = rows(waiting.service_level_curve(make(CALLS), up_to_s=100), "threshold_s", "level")
    assert len(found) == 101
    assert found[9] == (9, 0.0)
    assert found[10] == (10, pytest.approx(1 / 12))
    assert found[100] == (100, pytest.approx(5 / 12))
    answered = rows(waiting.service_level_curve(make(CALLS), up_to_s=30, denominator=Denominator.ANSWERED), "level")
    assert answered[-1] == (0.5,)


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
    assert rows(waiting.time_to_answer(frame)) == [(0, 0, 0, None, None, None, None)]
    assert rows(waiting.abandonment(frame), "offered", "abandonment") == [(0, None)]
    assert rows(waiting.service_level(frame), "n", "level") == [(0, None)] * 4


def test_a_wait_below_zero_is_left_out_and_counted(make: Maker) -> None:
    calls = [incoming("answered", 10), incoming("answered", -30), incoming("no_answer", -1), incoming("no_answer", 9)]
    assert rows(waiting.time_to_answer(make(calls)), "answered", "unwaited", "impossible", "mean_s") == [
        (1, 0, 1, 10.0)
    ]
    # Offered 4; within 20 s 1; gave up 1.
    level = rows(waiting.service_level(make(calls)), "answered_within", "n", "level", "unwaited", "impossible")
    assert level[0] == (1, 4, 0.25, 0, 2)
    assert rows(waiting.abandonment(make(calls)), "offered", "abandoned", "unwaited", "impossible") == [(4, 1, 0, 1)]
    assert rows(waiting.distribution(make(calls))) == [(9, 0, 1), (10, 1, 0)]


def test_without_any_known_wait_the_ratios_are_unknown_and_not_zero(make: Maker) -> None:
    calls = [incoming("answered", None), incoming("no_answer", None)]
    assert rows(waiting.service_level(make(calls)), "level", "unwaited") == [(None, 2)] * 4
    assert rows(waiting.abandonment(make(calls)), "offered", "abandonment", "unwaited") == [(2, None, 1)]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "20"])
def test_a_time_that_cannot_be_waited_for_is_refused(make: Maker, seconds: Any) -> None:
    for figure, name in (
        (waiting.service_level, "threshold_s"),
        (waiting.service_level, "short_s"),
        (waiting.abandonment, "threshold_s"),
    ):
        with pytest.raises(DataError, match=f"{name} must be a number of seconds"):
            figure(make(CALLS), **{name: seconds})


def test_counted_values_are_a_sequence() -> None:
    counted = waiting._Counted({5: 2, 1: 1})
    assert list(counted) == [1.0, 5.0, 5.0]
    assert counted[1:] == [5.0, 5.0]
    with pytest.raises(IndexError):
        counted[3]
