"""A list that is read in the order of its making: each row once, from where the last run ended."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.sync.office import KEY, NOW, OrderedOffice, invented
from trunkline.archive import BEGINNING, Archive
from trunkline.sync import SyncProgress, sync_account

if TYPE_CHECKING:
    from tests.sync.conftest import Clock

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class DiedError(Exception):
    """Stands for the end of the process at that moment."""


def month(count: int = 1000, *, size: int = 20) -> OrderedOffice:
    """Return an office with calls every 43 minutes, 20 to a request."""
    return OrderedOffice([invented(number, minutes=number * 43) for number in range(count)], size=size)


def same(archive: Archive, office: OrderedOffice) -> None:
    assert {call.call_id: call for call in archive.calls()} == {call.call_id: call for call in office.calls}


async def test_everything_is_archived_and_a_poll_with_nothing_new_is_one_request(archive: Archive) -> None:
    office = month(250)
    result = await sync_account(office, archive)
    assert (result.new, result.pages, result.complete) == (250, 13, True)
    same(archive, office)
    office.asked.clear()
    result = await sync_account(office, archive)
    assert (result.new, len(office.asked)) == (0, 1)


async def test_a_new_call_takes_one_request(archive: Archive) -> None:
    office = month(250)
    await sync_account(office, archive)
    office.asked.clear()
    office.add(invented(9001, minutes=-2))
    new = []
    await sync_account(office, archive, on_new=new.extend)
    assert [call.call_id for call in new] == ["9001"]
    assert len(office.asked) == 1


async def test_a_row_that_shows_up_a_minute_behind_a_younger_one_is_found(archive: Archive) -> None:
    office = month(50)
    await sync_account(office, archive)
    office.add(invented(9002, minutes=1))
    await sync_account(office, archive)
    same(archive, office)


async def test_what_was_corrected_in_the_last_day_is_found_within_six_hours(archive: Archive, clock: Clock) -> None:
    office = month(200)
    await sync_account(office, archive)
    office.correct("20", 99)
    assert (await sync_account(office, archive)).changed == 0
    clock.moved = 6 * HOUR
    assert (await sync_account(office, archive)).changed == 1
    same(archive, office)


async def test_full_reads_everything_again(archive: Archive) -> None:
    office = month(200)
    await sync_account(office, archive)
    office.correct("190", 99)
    result = await sync_account(office, archive, full=True)
    assert (result.changed, result.unchanged) == (1, 199)


async def test_recent_calls_first_then_the_history_each_row_read_once(archive: Archive) -> None:
    office = month(1000)
    recent = NOW - 2 * DAY
    await sync_account(office, archive, since=recent)
    assert {call.call_id for call in office.calls if call.started_at >= recent} <= {
        call.call_id for call in archive.calls()
    }
    assert archive.count() < 80
    office.asked.clear()
    await sync_account(office, archive)
    same(archive, office)
    assert archive.coverage(KEY, "1001").segments[0].low == BEGINNING
    # One request finds nothing new, then the rows below the horizon, with an hour's worth of them twice.
    assert len(office.asked) <= 1 + 1000 // 20 - 2
    office.asked.clear()
    await sync_account(office, archive)
    assert len(office.asked) == 1


async def test_an_earlier_since_later_adds_just_what_lies_between(archive: Archive) -> None:
    office = month(1000)
    await sync_account(office, archive, since=NOW - 2 * DAY)
    await sync_account(office, archive, since=NOW - 10 * DAY)
    wanted = {call.call_id for call in office.calls if call.started_at >= NOW - 10 * DAY}
    held = {call.call_id for call in archive.calls()}
    assert wanted <= held
    assert len(held - wanted) <= 2
    await sync_account(office, archive)
    same(archive, office)


async def test_a_list_without_calls_since_then_is_complete_with_its_history(archive: Archive) -> None:
    # The last call was a day before the time since when calls are wanted first.
    office = OrderedOffice([invented(number, minutes=3 * 24 * 60 + number) for number in range(5)], size=3)
    first = await sync_account(office, archive, since=NOW - 2 * DAY)
    assert (first.new, first.complete) == (0, True)
    everything = await sync_account(office, archive)
    assert (everything.new, everything.complete) == (5, True)
    same(archive, office)
    assert archive.coverage(KEY, "1001").horizon == BEGINNING


async def test_a_later_since_leaves_no_hole(archive: Archive, clock: Clock) -> None:
    office = month(300)
    await sync_account(office, archive)
    clock.moved = 5 * DAY
    office.add(*(invented(9000 + number, minutes=-number * 20) for number in range(1, 360)))
    await sync_account(office, archive, since=NOW + 4 * DAY, full=True)
    same(archive, office)


async def test_reading_the_last_days_again_forgets_nothing_of_the_history(archive: Archive) -> None:
    office = month(300)
    await sync_account(office, archive)
    await sync_account(office, archive, since=NOW - 2 * DAY, full=True)
    office.asked.clear()
    await sync_account(office, archive)
    assert len(office.asked) == 1


@pytest.mark.parametrize("seed", range(12))
async def test_runs_that_die_anywhere_lose_nothing_and_waste_little(archive: Archive, seed: int) -> None:
    draw = random.Random(seed)
    office = month(400)

    def dies(_: int) -> None:
        if draw.random() < 0.2:
            raise DiedError

    office.before_page = dies
    for _ in range(200):
        since = draw.choice([None, NOW - 2 * DAY, NOW - 7 * DAY])
        full = draw.random() < 0.05
        try:
            await sync_account(office, archive, since=since, full=full)
        except DiedError:
            continue
    office.before_page = lambda _: None
    await sync_account(office, archive)
    same(archive, office)
    assert archive.coverage(KEY, "1001").segments[0].low == BEGINNING


async def test_a_backfill_that_died_is_taken_up_where_it_was(archive: Archive) -> None:
    office = month(1000)
    await sync_account(office, archive, since=NOW - 2 * DAY)
    office.asked.clear()

    def dies(request: int) -> None:
        if request == 30:
            raise DiedError

    office.before_page = dies
    with pytest.raises(DiedError):
        await sync_account(office, archive)
    office.before_page = lambda _: None
    office.asked.clear()
    await sync_account(office, archive)
    same(archive, office)
    assert len(office.asked) <= 1 + (1000 // 20 - 28)


async def test_progress_tells_what_was_read(archive: Archive) -> None:
    told: list[SyncProgress] = []
    await sync_account(month(50), archive, progress=told.append)
    assert [(item.read, item.total, item.new) for item in told] == [(20, None, 20), (40, None, 40), (50, None, 50)]


async def test_an_empty_list_is_wholly_known(archive: Archive) -> None:
    office = OrderedOffice()
    assert (await sync_account(office, archive)).complete
    (segment,) = archive.coverage(KEY, "1001").segments
    assert segment.low == BEGINNING
    office.add(invented(1))
    assert (await sync_account(office, archive)).new == 1


async def test_calls_of_the_last_day_are_not_claimed(archive: Archive) -> None:
    office = month(100)
    await sync_account(office, archive)
    (segment,) = archive.coverage(KEY, "1001").segments
    newest: datetime = max(call.ended_at for call in office.calls)
    assert segment.high == min(newest, NOW) - DAY


async def test_without_a_count_nothing_proves_that_the_list_is_complete(archive: Archive) -> None:
    office = OrderedOffice([invented(number) for number in range(30)], size=10)
    counted = office.count

    async def uncounted(stream: str) -> None:
        return None

    office.count = uncounted
    assert not (await sync_account(office, archive)).complete
    assert archive.count() == 30
    office.count = counted
    assert (await sync_account(office, archive)).complete
