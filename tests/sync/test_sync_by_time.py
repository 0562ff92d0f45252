"""A list that is asked for by periods of days: nothing is lost, and what is covered isn't asked for again."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.sync.office import KEY, NOW, DailyOffice, invented
from trunkline.archive import BEGINNING, Archive
from trunkline.model import CallPage, UnreadableRow
from trunkline.sync import sync_account
from trunkline.sync.daily import _agree

if TYPE_CHECKING:
    from tests.sync.conftest import Clock

DAY = timedelta(days=1)


class DiedError(Exception):
    """Stands for the end of the process at that moment."""


def quarter(count: int = 300) -> DailyOffice:
    """Return an office with a call every seven hours for some three months."""
    return DailyOffice([invented(number, minutes=number * 420) for number in range(count)])


def same(archive: Archive, office: DailyOffice) -> None:
    assert {call.call_id: call for call in archive.calls()} == {call.call_id: call for call in office.calls}


async def test_everything_is_archived_down_to_the_first_call(archive: Archive) -> None:
    office = quarter()
    result = await sync_account(office, archive)
    assert (result.new, result.complete) == (300, True)
    same(archive, office)
    assert archive.coverage(KEY, "1001").segments[0].low == BEGINNING


async def test_a_poll_asks_for_the_last_days_only(archive: Archive) -> None:
    office = quarter()
    for _ in range(2):
        await sync_account(office, archive)
    office.asked.clear()
    office.add(invented(9001, minutes=-3))
    result = await sync_account(office, archive)
    assert (result.new, office.asked) == (1, [("1001", 1)])


async def test_the_first_run_reads_everything_twice_and_the_second_run_once_more(archive: Archive) -> None:
    office = quarter()
    await sync_account(office, archive)
    first = Counter(days for _, days in office.asked)
    assert set(first.values()) == {2}
    office.asked.clear()
    await sync_account(office, archive)
    assert set(Counter(days for _, days in office.asked).values()) == {1}


async def test_a_late_record_of_yesterday_is_found(archive: Archive) -> None:
    office = quarter()
    await sync_account(office, archive)
    office.add(invented(9002, minutes=1300))
    await sync_account(office, archive)
    same(archive, office)


async def test_recent_calls_first_then_only_what_is_older(archive: Archive) -> None:
    office = quarter()
    await sync_account(office, archive, since=NOW - 10 * DAY)
    assert archive.count() == sum(call.started_at >= NOW - 10 * DAY for call in office.calls)
    office.asked.clear()
    await sync_account(office, archive)
    same(archive, office)
    days = [first for _, first in office.asked]
    assert days[0] == 1
    assert not any(1 < first < 10 for first in days)


async def test_a_gap_between_two_times_of_use_is_read_once(archive: Archive, clock: Clock) -> None:
    office = quarter()
    await sync_account(office, archive, since=NOW - 5 * DAY)
    office.asked.clear()
    await sync_account(office, archive, since=NOW - 30 * DAY)
    assert archive.count() == sum(call.started_at >= NOW - 30 * DAY for call in office.calls)
    await sync_account(office, archive)
    same(archive, office)
    clock.moved = 7 * 3600 * timedelta(seconds=1)
    await sync_account(office, archive)
    office.asked.clear()
    await sync_account(office, archive)
    assert office.asked == [("1001", 1)]


@pytest.mark.parametrize("seed", range(10))
async def test_runs_that_die_anywhere_lose_nothing(archive: Archive, seed: int) -> None:
    draw = random.Random(seed)
    office = quarter(200)

    def dies(_: int) -> None:
        if draw.random() < 0.3:
            raise DiedError

    office.before_page = dies
    for _ in range(60):
        since = draw.choice([None, NOW - 2 * DAY, NOW - 20 * DAY])
        try:
            await sync_account(office, archive, since=since, full=draw.random() < 0.05)
        except DiedError:
            continue
    office.before_page = lambda _: None
    await sync_account(office, archive)
    same(archive, office)


def test_readings_agree_whatever_the_order_of_their_rows() -> None:
    first, second = (UnreadableRow({"id": number}, reason="the field date is missing") for number in (1, 2))
    page, turned = (CallPage((), unreadable=rows) for rows in ((first, second), (second, first)))
    assert _agree(page, turned, NOW)
    assert not _agree(page, CallPage((), unreadable=(first, first)), NOW)
    assert not _agree(page, CallPage((), unreadable=(first,)), NOW)
