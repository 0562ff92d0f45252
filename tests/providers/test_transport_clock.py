"""What a reply says of the server's clock: never more of a difference than the time that the reply took leaves sure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from trunkline.transport.clock import Moment, read_clock

SENT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def reading(date: str, *, took: float = 0.5, clock_set_by: float = 0.0, **headers: str):
    received = Moment(SENT + timedelta(seconds=took + clock_set_by), 100.0 + took)
    return read_clock({"Date": date, **headers}, Moment(SENT, 100.0), received)


@pytest.mark.parametrize(
    ("date", "took", "ahead"),
    [
        # The header means 9:30:00 to 9:30:01, and the reply was on its way from 9:30:00 to 9:30:00.5.
        ("Tue, 10 Mar 2026 09:30:00 GMT", 0.5, 0),
        ("Tue, 10 Mar 2026 09:29:59 GMT", 0.5, 0),
        ("Tue, 10 Mar 2026 09:29:58 GMT", 0.5, -1),
        ("Tue, 10 Mar 2026 09:40:00 GMT", 0.5, 599.5),
        ("Tue, 10 Mar 2026 09:20:00 GMT", 0.5, -599),
        # A reply that took ten minutes may have been written at any time of them.
        ("Tue, 10 Mar 2026 09:30:00 GMT", 600, 0),
        ("Tue, 10 Mar 2026 09:40:00 GMT", 600, 0),
        ("Tue, 10 Mar 2026 09:41:00 GMT", 600, 60),
        # Another zone, and none, which is UTC.
        ("Tue, 10 Mar 2026 13:00:00 +0330", 0.5, 0),
        ("Tue, 10 Mar 2026 09:30:00", 0.5, 0),
    ],
)
def test_the_difference_is_what_the_reply_leaves_sure(date, took, ahead):
    assert reading(date, took=took).ahead == timedelta(seconds=ahead)


def test_the_reading_has_both_times():
    found = reading("Tue, 10 Mar 2026 09:40:00 GMT")
    assert found.server == datetime(2026, 3, 10, 9, 40, tzinfo=UTC)
    assert found.own == Moment(SENT + timedelta(seconds=0.5), 100.5)


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Tue, 32 Mar 2026 09:30:00 GMT", "Tue, 10 Mar 99999 09:30:00 GMT", "1" * 5000]
)
def test_a_date_that_is_none_tells_nothing(date):
    assert reading(date) is None


def test_a_reply_without_a_date_tells_nothing():
    assert read_clock({}, Moment(SENT, 1.0), Moment(SENT, 1.0)) is None


def test_a_reply_from_a_cache_tells_nothing():
    assert reading("Tue, 10 Mar 2026 09:20:00 GMT", AGE="600") is None


@pytest.mark.parametrize("by", [-600.0, 600.0])
def test_nothing_is_told_while_our_own_clock_is_set(by):
    assert reading("Tue, 10 Mar 2026 09:30:00 GMT", clock_set_by=by) is None
