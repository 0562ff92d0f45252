"""Erlang, busy hour and concurrency, against hand calculations."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from tests.reports.frames import row, rows
from trunkline.errors import DataError
from trunkline.reports import traffic

if TYPE_CHECKING:
    from tests.reports.conftest import Maker
    from tests.reports.frames import Row


def span(at: str, wait: int | None, talk: int | None, **rest: Any) -> Row:
    return row(at, f"2025-03-17 {at}", "outgoing", "answered", wait_s=wait, talk_s=talk, **rest)


def clock(hour: int, minute: int = 0, second: int = 0, day: int = 17) -> datetime:
    return datetime(2025, 3, day, hour, minute, second)


def instant(hour: int, minute: int = 0, day: int = 17) -> datetime:
    return datetime(2025, 3, day, hour, minute, tzinfo=UTC)


def in_zone(zone: str, at: datetime, talk: int, **rest: Any) -> Row:
    """Return a call that starts at an instant, of an account in a zone."""
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return row(str(at), None, "outgoing", "answered", wait_s=0, talk_s=talk, **rest) | {
        "started_at": at,
        "started_local": local,
    }


def test_a_call_is_clipped_to_each_hour_that_it_touches(make: Maker) -> None:
    # 09:50 for 10 + 4790 s = 80 minutes: 600 s in the hour of 9, 3600 in 10, 600 in 11.
    found = rows(traffic.carried(make([span("09:50:00", 10, 4790)])))
    assert found == [
        (clock(9), instant(5, 30), 1, 600, pytest.approx(1 / 6)),
        (clock(10), instant(6, 30), 0, 3600, 1.0),
        (clock(11), instant(7, 30), 0, 600, pytest.approx(1 / 6)),
    ]


def test_a_call_that_ends_on_the_hour_does_not_touch_the_next(make: Maker) -> None:
    assert rows(traffic.carried(make([span("09:59:00", 0, 60)])), "hour", "occupied_s") == [(clock(9), 60)]


def test_hours_without_calls_are_there(make: Maker) -> None:
    found = rows(traffic.carried(make([span("09:00:00", 0, 60), span("11:30:00", 0, 36)])), "calls", "occupied_s")
    assert found == [(1, 60), (0, 0), (1, 36)]


def test_the_stated_end_goes_before_wait_and_talk(make: Maker) -> None:
    start = row("x", "2025-03-17 09:00:00", "outgoing", "answered")["started_at"]
    call = span("09:00:00", 10, 20, ended_at=start.replace(minute=start.minute + 2))
    assert rows(traffic.carried(make([call])), "occupied_s") == [(120,)]


def test_calls_of_unknown_start_or_length_are_left_out(make: Maker) -> None:
    frame = make([span("09:00:00", 5, None), row("x", None, "outgoing", "answered", wait_s=5, talk_s=5)])
    assert rows(traffic.carried(frame)) == []
    assert rows(traffic.busy_hour(frame)) == []
    assert rows(traffic.peak_concurrency(frame)) == [(None, None, 0)]


def test_the_busy_hour_by_three_definitions(make: Maker) -> None:
    # Monday 09:30-10:00 and 10:00-10:15; Tuesday 10:00-10:20. Hours: Mon 9: 1800 s, Mon 10: 900, Tue 10: 1200.
    # Sliding: 09:30 to 10:30 holds 1800 + 900 = 2700 s, and so do all begins from 09:15 on: the first.
    # Means over two days: 9 -> 900, 10 -> 1050 s.
    found = rows(
        traffic.busy_hour(
            make([
                span("09:30:00", 0, 1800),
                span("10:00:00", 0, 900),
                row("t", "2025-03-18 10:00:00", "outgoing", "answered", wait_s=0, talk_s=1200),
            ])
        )
    )  # fmt: skip
    assert found == [
        ("fixed", clock(9), 9, 0.5),
        ("sliding", clock(9, 15), None, 0.75),
        ("time_consistent", clock(10), 10, pytest.approx(1050 / 3600)),
    ]


def test_calls_without_length_carry_nothing_in_any_hour(make: Maker) -> None:
    found = rows(traffic.busy_hour(make([span("09:10:00", 0, 0)])), "definition", "erlang")
    assert found == [("fixed", 0.0), ("sliding", 0.0), ("time_consistent", 0.0)]


def test_back_to_back_calls_are_one_at_a_time(make: Maker) -> None:
    frame = make([span("09:00:00", 0, 60), span("09:01:00", 0, 60), span("09:05:00", 0, 0)])
    assert rows(traffic.peak_concurrency(frame)) == [(1, clock(9), 3)]


def test_the_peak_is_the_first_time_of_most_calls(make: Maker) -> None:
    frame = make([
        span("09:00:00", 0, 600, trunk="1"),
        span("09:05:00", 0, 600, trunk="1"),
        span("09:09:59", 0, 30, trunk="2"),
        span("12:00:00", 0, 60),
    ])  # fmt: skip
    assert rows(traffic.peak_concurrency(frame)) == [(3, clock(9, 9, 59), 4)]
    assert rows(traffic.peak_concurrency(frame, "trunk")) == [
        ("1", 2, clock(9, 5), 2),
        ("2", 1, clock(9, 9, 59), 1),
        (None, 1, clock(12), 1),
    ]


@pytest.mark.parametrize("seed", range(12))
def test_peak_and_occupation_are_those_of_every_second(seed: int) -> None:
    chance = np.random.default_rng(seed)
    size, within, longest = int(chance.integers(1, 60)), int(chance.choice([8, 900, 40_000])), (3, 400, 9000)[seed % 3]
    begins = chance.integers(0, within, size)
    ends = begins + chance.integers(0, longest, size)
    start = pa.array(begins * 1_000_000).cast(pa.timestamp("us"))
    frame = pa.table({
        "started_at": start.cast(pa.timestamp("us", "UTC")),
        "ended_at": pa.array(ends * 1_000_000).cast(pa.timestamp("us", "UTC")),
        "started_local": start,
        "wait_s": pa.nulls(size, pa.int64()),
        "talk_s": pa.nulls(size, pa.int64()),
    })  # fmt: skip
    at_once = [
        sum(1 for call in zip(begins, ends, strict=True) if call[0] <= second < call[1])
        for second in range(max(ends) + 1)
    ]
    most = max(at_once)
    first = datetime(1970, 1, 1) + timedelta(seconds=at_once.index(most)) if most else None
    assert rows(traffic.peak_concurrency(frame)) == [(most, first, size)]
    of_hour = Counter(second // 3600 for second, busy in enumerate(at_once) for _ in range(busy))
    found = rows(traffic.carried(frame), "hour", "occupied_s")
    assert {hour.hour + 24 * (hour.day - 1): seconds for hour, seconds in found if seconds} == of_hour


def test_lines_are_grouped_by_what_a_line_has(make: Maker) -> None:
    with pytest.raises(DataError, match="'weekday'"):
        traffic.peak_concurrency(make([]), "weekday")


# Time zones: the clock of Vilnius goes from 04:00 back to 03:00 on 26 October 2025, 01:00 UTC, and from 03:00 on to
# 04:00 on 30 March, 01:00 UTC.

VILNIUS = "Europe/Vilnius"


def test_the_hour_that_the_clock_repeats_is_two_hours(make: Maker) -> None:
    autumn = datetime(2025, 10, 26, 0, tzinfo=UTC)
    calls = [in_zone(VILNIUS, autumn + timedelta(hours=hour), 1800) for hour in range(3)]
    assert rows(traffic.carried(make(calls)), "hour", "hour_utc", "occupied_s") == [
        (datetime(2025, 10, 26, 3), autumn, 1800),
        (datetime(2025, 10, 26, 3), autumn + timedelta(hours=1), 1800),
        (datetime(2025, 10, 26, 4), autumn + timedelta(hours=2), 1800),
    ]
    # Half an hour of each of the two: 0.5 erlang, not the whole hour's 1.0 of one.
    found = rows(traffic.busy_hour(make(calls)), "definition", "hour", "erlang")
    assert found == [("fixed", 3, 0.5), ("sliding", None, 0.5), ("time_consistent", 3, 0.5)]
    assert rows(traffic.peak_concurrency(make(calls)), "peak") == [(1,)]


def test_a_call_over_the_skipped_hour_lasts_as_long_as_it_does(make: Maker) -> None:
    spring = datetime(2025, 3, 30, 0, 30, tzinfo=UTC)
    found = rows(traffic.carried(make([in_zone(VILNIUS, spring, 3600), in_zone(VILNIUS, spring.replace(hour=1), 60)])))
    assert found == [
        (datetime(2025, 3, 30, 2), spring.replace(minute=0), 1, 1800, 0.5),
        (datetime(2025, 3, 30, 4), spring.replace(hour=1, minute=0), 1, 1860, pytest.approx(1860 / 3600)),
    ]


def test_the_hour_that_the_clock_skips_is_not_the_busiest(make: Maker) -> None:
    spring = datetime(2025, 3, 30, tzinfo=UTC)
    # 02:30 for 10 minutes and, two hours of UTC later, 05:00 for half an hour: no day of these calls has an hour 3.
    calls = [in_zone(VILNIUS, spring.replace(minute=30), 600), in_zone(VILNIUS, spring.replace(hour=2), 1800)]
    found = rows(traffic.busy_hour(make(calls)))
    assert found[0] == ("fixed", datetime(2025, 3, 30, 5), 5, 0.5)
    assert found[2] == ("time_consistent", datetime(2025, 3, 30, 5), 5, 0.5)
    # The next day has all 24 hours: the half hour is the mean of two days, and the first hour 5 is still that of Sunday.
    calls.append(in_zone(VILNIUS, spring + timedelta(days=1), 60))
    assert rows(traffic.busy_hour(make(calls)))[2] == ("time_consistent", datetime(2025, 3, 30, 5), 5, 0.25)


def test_accounts_in_several_zones_are_compared_at_the_same_instants(make: Maker) -> None:
    # Six calls in Tehran and six in Vilnius, all from 06:00 UTC: twelve at once, on the clock of most calls.
    at = instant(6)
    calls = [
        *(in_zone("Asia/Tehran", at, 600, account="telefonchy:1") for _ in range(6)),
        *(in_zone(VILNIUS, at, 600, account="mor:1") for _ in range(6)),
    ]
    assert rows(traffic.peak_concurrency(make(calls))) == [(12, clock(8), 12)]
    assert rows(traffic.peak_concurrency(make(calls), "account")) == [
        ("mor:1", 6, clock(8), 6),
        ("telefonchy:1", 6, clock(9, 30), 6),
    ]
    most = [*calls, in_zone("Asia/Tehran", at, 600, account="telefonchy:1")]
    assert rows(traffic.peak_concurrency(make(most))) == [(13, clock(9, 30), 13)]
    # The same wall clock at different instants is not at once.
    apart = [in_zone("Asia/Tehran", instant(5, 30), 600), in_zone(VILNIUS, instant(7), 600, account="mor:1")]
    assert rows(traffic.peak_concurrency(make(apart)), "peak") == [(1,)]


def test_the_peak_of_calls_of_unknown_length_is_unknown(make: Maker) -> None:
    calls = [
        row("1", "2025-03-17 09:00:00", "incoming", "answered", trunk="021", talk_s=60),
        span("09:00:00", 0, 0, trunk="022"),
    ]
    # The first call has neither an end nor a wait; the other one lasts for no time. Without calls, none are at once.
    assert rows(traffic.peak_concurrency(make(calls[:1])), "peak", "at", "calls") == [(None, None, 0)]
    assert rows(traffic.peak_concurrency(make(calls), "trunk"), "trunk", "peak", "calls") == [
        ("021", None, 0),
        ("022", 0, 1),
    ]
    assert rows(traffic.peak_concurrency(make([])), "peak", "calls") == [(0, 0)]


def test_a_call_of_an_impossible_length_occupies_no_line(make: Maker) -> None:
    frame = make([
        row("1", "2025-03-17 09:00:00", "incoming", "answered", wait_s=-10, talk_s=60),
        row("2", "2025-03-17 09:00:00", "incoming", "answered", wait_s=10, talk_s=60),
    ])  # fmt: skip
    assert rows(traffic.peak_concurrency(frame), "peak", "calls") == [(1, 1)]


def test_a_call_of_years_occupies_each_hour_that_it_touches(make: Any) -> None:
    """A wrong end, 30 years after the start."""
    calls = [row("a", "2025-01-01 21:45:00", "incoming", "answered", ended_at=datetime(2055, 1, 1, 20, 45, tzinfo=UTC))]
    found = rows(traffic.carried(make(calls)), "calls", "occupied_s")
    # 18:15 UTC on 1 January 2025 to 20:45 UTC on 1 January 2055; local hours end at half past.
    hours = (datetime(2055, 1, 1, 20, 30) - datetime(2025, 1, 1, 18, 30)) // timedelta(hours=1)
    assert found[0] == (1, 900)
    assert set(found[1:-1]) == {(0, 3600)}
    assert len(found[1:-1]) == hours
    assert found[-1] == (0, 900)
