"""Counts, ratios and their grouping, against the office written out by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.reports.frames import OFFICE, row, rows
from trunkline.errors import DataError
from trunkline.reports import status

if TYPE_CHECKING:
    from tests.reports.conftest import Maker

# Calls a to i: answered a, c, f, g; no answer b, d; busy e; congestion h; unknown i.


def test_the_overview_counts_an_account(make: Maker) -> None:
    found = status.overview(make(OFFICE))
    counts = "calls", "answered", "busy", "no_answer", "congestion", "failed", "unknown"
    assert rows(found, "account", *counts) == [("telefonchy:1", 9, 4, 1, 2, 1, 0, 1)]
    assert rows(found, "incoming", "outgoing", "internal") == [(4, 4, 1)]
    # Missed: b, d, e. b was called back by c at 10:00; d and e come from one number, never reached.
    assert rows(found, "missed", "open_missed_calls", "open_missed_callers") == [(3, 2, 1)]


def test_asr_leaves_calls_of_unknown_status_out_and_carries_its_interval(make: Maker) -> None:
    [(attempts, asr, low, high)] = rows(status.overview(make(OFFICE)), "attempts", "asr", "asr_low", "asr_high")
    # 4 of 8: z² = 3.841459; half = 1.959964·√(0.25/8 + 3.841459/256)/(1 + 3.841459/8) = 0.284784.
    assert (attempts, asr) == (8, 0.5)
    assert (low, high) == pytest.approx((0.215216, 0.784784), abs=1e-6)


def test_acd_is_over_answered_calls_of_known_talk(make: Maker) -> None:
    # a 60, c 120, f 50; the talk of g is not known.
    found = rows(status.overview(make(OFFICE)), "talk_s", "untimed", "acd_s")
    assert found == [(230, 1, pytest.approx(230 / 3))]


def test_ner_counts_what_the_network_delivered(make: Maker) -> None:
    # Answered 4 + busy 1 + no answer 2 of 8 attempts.
    assert rows(status.overview(make(OFFICE)), "ner") == [(7 / 8,)]


def test_ner_is_unknown_where_the_provider_states_no_network_failure(make: Maker) -> None:
    found = status.overview(make(OFFICE), without_network_status={"telefonchy:1"})
    assert rows(found, "ner", "ner_low", "ner_high") == [(None, None, None)]


def test_accounts_stand_apart(make: Maker) -> None:
    second = row("z", "2025-03-17 11:00:00", "outgoing", "answered", account="telefonchy:2", source="20",
                 destination="09120000003", talk_s=5)  # fmt: skip
    found = rows(status.overview(make([*OFFICE, second])), "account", "calls", "open_missed_calls")
    # The other account's call to the number of d and e reaches nobody for this one.
    assert found == [("telefonchy:1", 9, 2), ("telefonchy:2", 1, 0)]


def test_days_are_local_and_days_without_calls_are_there(make: Maker) -> None:
    found = rows(status.by_day(make(OFFICE)), "day", "calls", "answered", "missed", "asr")
    assert found == [
        (date(2025, 3, 17), 4, 2, 2, 0.5),
        (date(2025, 3, 18), 0, 0, 0, None),
        (date(2025, 3, 19), 0, 0, 0, None),
        (date(2025, 3, 20), 2, 1, 1, 0.5),  # f began at 23:59:30
        (date(2025, 3, 21), 3, 1, 0, 0.5),  # of g and h; i is of unknown status
    ]


def test_a_call_without_a_start_has_a_day_of_its_own(make: Maker) -> None:
    found = rows(status.by_day(make([*OFFICE[:1], row("x", None, "incoming", "answered")])), "day", "calls")
    assert found == [(date(2025, 3, 17), 1), (None, 1)]


def test_months_are_gregorian_or_jalali(make: Maker) -> None:
    assert rows(status.by_month(make(OFFICE)), "month", "calls") == [("2025-03", 9)]
    jalali = rows(status.by_month(make(OFFICE), jalali=True), "jalali_month", "calls")
    # 21 March 2025 is 1 Farvardin 1404.
    assert jalali == [("1403-12", 6), ("1404-01", 3)]


def test_a_call_without_a_start_has_no_month(make: Maker) -> None:
    frame = make([row("x", None, "incoming", "answered")])
    assert rows(status.by_month(frame), "month", "calls") == [(None, 1)]
    assert rows(status.by_month(frame, jalali=True), "jalali_month", "calls") == [(None, 1)]


def test_weekdays_and_hours_make_a_whole_week(make: Maker) -> None:
    found = rows(status.by_weekday_and_hour(make(OFFICE)), "weekday", "hour", "calls", "missed")
    assert len(found) == 168
    assert [line for line in found if line[2]] == [
        (1, 9, 2, 1),
        (1, 10, 2, 1),
        (4, 9, 1, 1),
        (4, 23, 1, 0),
        (5, 9, 1, 0),
        (5, 12, 1, 0),
        (5, 13, 1, 0),
    ]


@pytest.mark.parametrize(
    ("figure", "key", "expected"),
    [
        (status.by_trunk, "trunk", [("2155501", 5, 2), ("2155502", 3, 1), (None, 1, 1)]),
        (status.by_extension, "extension", [("10", 5, 3), ("11", 3, 1), (None, 1, 0)]),
        (status.by_direction, "direction", [("incoming", 4, 1), ("internal", 1, 1), ("outgoing", 4, 2)]),
    ],
)
def test_groups_hold_all_calls_those_of_no_group_last(make: Maker, figure, key, expected) -> None:
    assert rows(figure(make(OFFICE)), key, "calls", "answered") == expected


def test_several_keys_make_one_grouping(make: Maker) -> None:
    found = rows(status.counts(make(OFFICE), ("direction", "trunk")), "direction", "trunk", "calls")
    assert found == [
        ("incoming", "2155501", 2),
        ("incoming", "2155502", 2),
        ("internal", None, 1),
        ("outgoing", "2155501", 3),
        ("outgoing", "2155502", 1),
    ]


def test_shares_are_of_each_direction(make: Maker) -> None:
    found = rows(status.shares(make(OFFICE)), "direction", "status", "calls", "share")
    assert found == [
        ("incoming", "answered", 1, 0.25),
        ("incoming", "busy", 1, 0.25),
        ("incoming", "no_answer", 2, 0.5),
        ("internal", "answered", 1, 1.0),
        ("outgoing", "answered", 2, 0.5),
        ("outgoing", "congestion", 1, 0.25),
        ("outgoing", "unknown", 1, 0.25),
    ]


def test_a_missing_direction_or_status_is_unknown_not_lost(make: Maker) -> None:
    found = status.counts(make([row("x", "2025-03-17 09:00:00", None, None)]))
    assert rows(found, "calls", "unknown", "incoming", "attempts", "asr") == [(1, 1, 0, 0, None)]
    assert rows(status.shares(make([row("x", None, None, None)])), "direction", "status", "calls") == [
        (None, "unknown", 1)
    ]


def test_a_key_that_is_none_is_refused_by_name(make: Maker) -> None:
    with pytest.raises(DataError, match="'colour'"):
        status.counts(make(OFFICE), "colour")


def test_a_talk_below_zero_is_left_out_and_counted(make: Maker) -> None:
    frame = make([
        row("1", None, "incoming", "answered", talk_s=60),
        row("2", None, "incoming", "answered", talk_s=-3600),
        row("3", None, "incoming", "answered"),
        row("4", None, "incoming", "busy", talk_s=-5),
    ])  # fmt: skip
    assert rows(status.counts(frame), "answered", "talk_s", "untimed", "impossible", "acd_s") == [(3, 60, 1, 1, 60.0)]
