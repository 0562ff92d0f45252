"""What a sync asks for and what it leaves in the archive, against a list that changes as a provider's does."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.sync.office import KEY, NOW, Office, invented
from trunkline.archive import BEGINNING, Archive
from trunkline.errors import ConfigError, ConnectionFailedError
from trunkline.model import Call, Money, Trunk
from trunkline.sync import SyncProgress, sync_account

if TYPE_CHECKING:
    from tests.sync.conftest import Clock

DAY = timedelta(hours=24)


def ids(archive: Archive) -> list[str]:
    return [call.call_id for call in archive.calls()]


def same(archive: Archive, office: Office) -> None:
    """Check that the archive holds exactly the provider's calls, equal in every field."""
    assert {call.call_id: call for call in archive.calls()} == {call.call_id: call for call in office.calls}
    assert archive.count() == len(office.calls)


def month(count: int = 1000) -> Office:
    """Return an office with calls every 43 minutes: a thousand in thirty days."""
    return Office([invented(number, minutes=number * 43) for number in range(count)])


class DiedError(Exception):
    """Stands for the end of the process at that moment."""


def dying_at(request: int):
    def before_page(number: int) -> None:
        if number == request:
            raise DiedError

    return before_page


async def test_first_run_archives_every_call_and_registers_the_account(archive: Archive) -> None:
    office = month(250)
    result = await sync_account(office, archive)
    assert (result.new, result.changed, result.unchanged, result.pages, result.complete) == (250, 0, 0, 3, True)
    same(archive, office)
    (account,) = archive.accounts()
    assert (account.account, account.provider, account.title) == (KEY, "telefonchy", "Telefonchy 1001")
    assert (account.zone, account.currency, account.calls) == ("Asia/Tehran", "IRR", 250)


async def test_coverage_reaches_from_the_beginning_to_a_day_before_the_newest_call(archive: Archive) -> None:
    await sync_account(month(250), archive)
    coverage = archive.coverage(KEY, "1001")
    assert [(segment.low, segment.high) for segment in coverage.segments] == [(BEGINNING, NOW - DAY)]
    assert (coverage.total, coverage.archived, coverage.horizon) == (250, 250, BEGINNING)


async def test_poll_with_nothing_new_asks_for_one_page(archive: Archive) -> None:
    office = month()
    await sync_account(office, archive)
    office.asked.clear()
    result = await sync_account(office, archive)
    assert office.asked == [("1001", 1)]
    assert (result.new, result.changed, result.unchanged, result.complete) == (0, 0, 100, True)


async def test_poll_with_new_calls_on_one_page_asks_for_one_page(archive: Archive) -> None:
    office = month()
    await sync_account(office, archive)
    office.asked.clear()
    office.add(invented(5000, minutes=-10), invented(5001, minutes=-20))
    result = await sync_account(office, archive)
    assert office.asked == [("1001", 1)]
    assert result.new == 2
    office.asked.clear()
    await sync_account(office, archive)
    assert office.asked == [("1001", 1)]
    same(archive, office)


async def test_calls_that_were_pushed_before_do_not_make_a_poll_longer(archive: Archive) -> None:
    office = month()
    await sync_account(office, archive)
    pushed = invented(5000, minutes=-10)
    archive.store([pushed])
    office.add(pushed)
    office.asked.clear()
    result = await sync_account(office, archive)
    assert office.asked == [("1001", 1)]
    assert result.new == 0


async def test_a_pushed_call_far_above_the_archive_leaves_no_gap_below_it(archive: Archive) -> None:
    office = month()
    await sync_account(office, archive)
    fresh = [invented(5000 + number, minutes=-number) for number in range(350)]
    archive.store([fresh[-1]])
    office.add(*fresh)
    await sync_account(office, archive)
    same(archive, office)


async def test_without_totals_the_overlap_is_read_again_each_time(archive: Archive) -> None:
    # A call a minute: the last day is 1440 calls, so 15 pages reach below it.
    office = Office([invented(number) for number in range(3000)], totals=False)
    await sync_account(office, archive)
    office.asked.clear()
    result = await sync_account(office, archive)
    assert [number for _, number in office.asked] == list(range(1, 16))
    assert result.complete


async def test_call_recorded_late_in_the_middle_is_found(archive: Archive) -> None:
    office = Office([invented(number) for number in range(3000)])
    await sync_account(office, archive)
    office.add(invented(9999, minutes=700.5))
    result = await sync_account(office, archive)
    assert result.new == 1
    same(archive, office)
    office.asked.clear()
    await sync_account(office, archive)
    assert len(office.asked) == 1


async def test_call_recorded_late_while_nothing_was_read_for_days_is_found(archive: Archive) -> None:
    office = month()
    await sync_account(office, archive)
    # Half a day before the last run's newest call, and three days of new ones above it.
    office.add(invented(9999, minutes=720.5))
    office.add(*(invented(5000 + number, minutes=-number * 10) for number in range(432)))
    await sync_account(office, archive)
    same(archive, office)


async def test_corrected_price_is_found_once_in_a_quarter_of_the_overlap(archive: Archive, clock: type[Clock]) -> None:
    office = Office([invented(number) for number in range(3000)])
    await sync_account(office, archive)
    office.correct("700", 99)
    result = await sync_account(office, archive)
    assert (result.changed, result.pages) == (0, 1)
    clock.moved = timedelta(hours=5, minutes=59)
    assert (await sync_account(office, archive)).changed == 0
    clock.moved = timedelta(hours=6)
    result = await sync_account(office, archive)
    assert (result.changed, result.new) == (1, 0)
    (correction,) = archive.corrections()
    assert (correction.call_id, correction.field) == ("700", "price")
    assert (correction.old, correction.new) == (Money(Decimal(17), "IRR"), Money(Decimal(99), "IRR"))
    same(archive, office)


async def test_full_reads_everything_again_and_changes_nothing(archive: Archive) -> None:
    office = month()
    await sync_account(office, archive)
    before = archive.calls(), archive.coverage(KEY, "1001").segments
    result = await sync_account(office, archive, full=True)
    assert (result.new, result.changed, result.unchanged, result.pages) == (0, 0, 1000, 10)
    assert (archive.calls(), archive.coverage(KEY, "1001").segments) == before
    assert archive.corrections() == []


async def test_full_finds_a_correction_of_any_age(archive: Archive) -> None:
    office = month()
    await sync_account(office, archive)
    office.correct("990", 1)
    assert (await sync_account(office, archive, full=True)).changed == 1
    same(archive, office)


async def test_new_calls_that_push_rows_to_the_next_page_double_nothing(archive: Archive) -> None:
    office = month()
    office.before_page = lambda number: office.add(invented(5000 + number, minutes=-number))
    result = await sync_account(office, archive)
    assert result.new == 1001  # page 1 came with one new call, the others stand above it by now
    office.before_page = lambda _: None
    await sync_account(office, archive)
    same(archive, office)


async def test_rows_that_vanish_while_pages_are_read_pull_nothing_out_of_sight(archive: Archive) -> None:
    office = month()

    def vanish(number: int) -> None:
        if number == 4:
            office.remove("10", "11", "12")

    office.before_page = vanish
    await sync_account(office, archive)
    # What the provider dropped stays archived; nothing else is missing.
    assert set(ids(archive)) == {str(number) for number in range(1000)}


async def test_vanished_rows_without_an_offset_are_stepped_back_too(archive: Archive) -> None:
    class Bare(Office):
        async def pages(self, stream, *, since=None, until=None, skip=0):
            async for page in super().pages(stream, skip=skip):
                yield type(page)(page.calls, total=page.total, offset=None, last=page.last)

    office = Bare([invented(number, minutes=number * 43) for number in range(1000)])
    office.before_page = lambda number: office.remove("10", "11") if number == 4 else None
    await sync_account(office, archive)
    assert set(ids(archive)) == {str(number) for number in range(1000)}


async def test_run_that_dies_is_taken_up_below_what_is_covered(archive: Archive) -> None:
    office = Office([invented(number, minutes=number * 43) for number in range(10_000)])
    office.before_page = dying_at(61)
    with pytest.raises(DiedError):
        await sync_account(office, archive)
    assert archive.count() == 6000
    office.before_page = lambda _: None
    office.asked.clear()
    result = await sync_account(office, archive)
    # Page 1 reaches the covered time at once; page 60 is read again for the calls of its last second.
    assert [number for _, number in office.asked] == [1, *range(60, 101)]
    assert (result.new, result.complete) == (4000, True)
    same(archive, office)
    (segment,) = archive.coverage(KEY, "1001").segments
    assert segment.low == BEGINNING


async def test_run_that_dies_twice_leaves_two_segments_that_the_third_run_joins(
    archive: Archive, clock: type[Clock]
) -> None:
    office = Office([invented(number, minutes=number) for number in range(10_000)])
    office.before_page = dying_at(61)
    with pytest.raises(DiedError):
        await sync_account(office, archive)
    clock.moved = timedelta(minutes=6000)
    office.add(*(invented(20_000 + number, minutes=-number - 1) for number in range(6000)))
    office.asked.clear()
    office.before_page = dying_at(31)
    with pytest.raises(DiedError):
        await sync_account(office, archive)
    assert len(archive.coverage(KEY, "1001").segments) == 2
    office.before_page = lambda _: None
    office.asked.clear()
    assert (await sync_account(office, archive)).complete
    same(archive, office)
    assert len(archive.coverage(KEY, "1001").segments) == 1
    # 160 pages hold everything. Left out are those between the last day of the newer piece and its end (pages 16 to
    # 29), and those of the older piece without its last day (from the 7440th call down to the 11,999th).
    asked = [number for _, number in office.asked]
    assert not set(asked) & set(range(17, 29))
    assert not set(asked) & set(range(77, 119))
    assert set(asked) >= {*range(31, 75), *range(121, 161)}


async def test_resumed_run_steps_back_where_the_provider_dropped_calls(archive: Archive) -> None:
    office = Office([invented(number, minutes=number * 43) for number in range(2000)])
    office.before_page = dying_at(11)
    with pytest.raises(DiedError):
        await sync_account(office, archive)
    # 350 of the archived calls are gone, so a thousand calls down stands what was never read.
    office.remove(*(str(number) for number in range(200, 550)))
    office.before_page = lambda _: None
    await sync_account(office, archive)
    assert set(ids(archive)) == {str(number) for number in range(2000)}


async def test_resumed_run_steps_back_where_a_jump_finds_no_page_at_all(archive: Archive) -> None:
    class Bounded(Office):
        async def pages(self, stream, *, since=None, until=None, skip=0):
            if skip < len(self.lists[stream]):
                async for page in super().pages(stream, skip=skip):
                    yield page

    office = Bounded([invented(number, minutes=number * 43) for number in range(2000)])
    office.before_page = dying_at(18)
    with pytest.raises(DiedError):
        await sync_account(office, archive)
    office.remove(*(str(number) for number in range(200, 1400)))
    office.before_page = lambda _: None
    assert (await sync_account(office, archive)).complete
    assert set(ids(archive)) == {str(number) for number in range(2000)}


async def test_pages_that_stop_without_a_last_one_end_the_list(archive: Archive) -> None:
    class Silent(Office):
        async def pages(self, stream, *, since=None, until=None, skip=0):
            async for page in super().pages(stream, skip=skip):
                yield type(page)(page.calls, total=None, offset=None, last=False)

    office = Silent([invented(number, minutes=number * 43) for number in range(250)])
    assert (await sync_account(office, archive)).complete
    same(archive, office)
    assert archive.coverage(KEY, "1001").segments[0].low == BEGINNING


async def test_list_that_ends_before_its_own_total_is_not_complete(archive: Archive) -> None:
    class Short(Office):
        async def pages(self, stream, *, since=None, until=None, skip=0):
            async for page in super().pages(stream, skip=skip):
                if page.offset == 100:
                    yield type(page)(page.calls[:50], total=page.total, offset=page.offset, last=True)
                    return
                yield page

    office = Short([invented(number, minutes=number * 43) for number in range(250)])
    result = await sync_account(office, archive)
    assert (result.new, result.complete) == (150, False)
    again = await sync_account(Office(office.calls), archive)
    assert (again.new, again.complete) == (100, True)


async def test_failed_page_raises_and_keeps_what_came_before(archive: Archive) -> None:
    office = month()

    def fail(number: int) -> None:
        if number == 4:
            raise ConnectionFailedError("Telefonchy could not be reached")

    office.before_page = fail
    with pytest.raises(ConnectionFailedError):
        await sync_account(office, archive)
    assert archive.count() == 300


async def test_since_is_a_half_open_horizon(archive: Archive) -> None:
    office = month()
    horizon = NOW - timedelta(minutes=43 * 500)
    result = await sync_account(office, archive, since=horizon)
    assert (result.new, result.complete) == (501, True)
    assert archive.calls()[-1].started_at == horizon
    office.asked.clear()
    await sync_account(office, archive, since=horizon)
    assert len(office.asked) == 1


async def test_calls_at_the_very_horizon_are_read_from_the_next_page_too(archive: Archive) -> None:
    office = Office([invented(number, minutes=number // 150 * 43) for number in range(450)])
    await sync_account(office, archive, since=NOW - timedelta(minutes=43))
    assert archive.count() == 300


async def test_counts_that_agree_by_chance_do_not_hide_a_second_page_of_new_calls(archive: Archive) -> None:
    office = month()
    await sync_account(office, archive)
    # 101 more and one less: after the first page the list and the archive both have grown by a hundred.
    office.add(*(invented(5000 + number, minutes=-number - 1) for number in range(101)))
    office.remove("900")
    assert (await sync_account(office, archive)).new == 101


async def test_an_earlier_horizon_reads_on_below(archive: Archive) -> None:
    office = month()
    await sync_account(office, archive, since=NOW - timedelta(minutes=43 * 500))
    office.asked.clear()
    await sync_account(office, archive)
    assert [number for _, number in office.asked] == [1, *range(6, 11)]
    same(archive, office)


async def test_horizon_in_the_future_stores_nothing(archive: Archive) -> None:
    office = month()
    result = await sync_account(office, archive, since=NOW + DAY)
    assert (result.new, result.pages, result.complete) == (0, 1, True)
    assert (await sync_account(office, archive)).new == 1000


async def test_horizon_without_a_zone_is_refused(archive: Archive) -> None:
    with pytest.raises(ConfigError, match="zone"):
        await sync_account(month(), archive, since=datetime(2025, 1, 1))


async def test_calls_of_one_second_on_two_pages_are_all_read(archive: Archive) -> None:
    office = Office([invented(number, minutes=number // 150 * 43) for number in range(1000)])
    office.before_page = dying_at(5)
    with pytest.raises(DiedError):
        await sync_account(office, archive)
    office.before_page = lambda _: None
    await sync_account(office, archive)
    same(archive, office)


async def test_start_in_the_future_does_not_pass_for_read_time(archive: Archive, clock: type[Clock]) -> None:
    office = month()
    office.add(invented(7777, minutes=-60 * 24 * 365 * 50))
    await sync_account(office, archive)
    clock.moved = timedelta(hours=7)
    office.add(*(invented(5000 + number, minutes=-number) for number in range(1, 400)))
    await sync_account(office, archive)
    same(archive, office)


async def test_calls_without_a_start_are_stored(archive: Archive) -> None:
    class Untimed(Office):
        async def pages(self, stream, *, since=None, until=None, skip=0):
            bare = [
                Call(account=KEY, call_id=f"x{number}", direction=None, status=call.status, started_at=None)
                for number, call in enumerate(self.lists[stream])
            ]
            yield type(self).page(bare[:2], last=False)
            yield type(self).page(bare[2:], last=True)

        @staticmethod
        def page(calls, *, last):
            from trunkline.model import CallPage

            return CallPage(tuple(calls), last=last)

    result = await sync_account(Untimed([invented(number) for number in range(4)]), archive)
    assert (result.new, result.complete) == (4, True)


async def test_each_stream_has_a_list_of_its_own(archive: Archive) -> None:
    office = Office(
        [invented(number, minutes=number * 43) for number in range(150)]
        + [invented(1000 + number, minutes=number * 43, stream="1002") for number in range(120)]
    )
    result = await sync_account(office, archive)
    assert (result.new, result.pages) == (270, 4)
    same(archive, office)
    office.asked.clear()
    await sync_account(office, archive)
    assert office.asked == [("1001", 1), ("1002", 1)]


async def test_empty_list_is_complete_and_later_found_filled(archive: Archive) -> None:
    office = Office()
    assert (await sync_account(office, archive)).complete
    office.add(invented(1))
    assert (await sync_account(office, archive)).new == 1


async def test_progress_is_told_after_each_page_and_ends_at_the_total(archive: Archive) -> None:
    seen: list[SyncProgress] = []
    await sync_account(month(250), archive, progress=seen.append)
    assert [(item.read, item.total, item.new) for item in seen] == [(100, 250, 100), (200, 250, 200), (250, 250, 250)]
    seen.clear()
    await sync_account(month(250), archive, progress=seen.append)
    assert [(item.read, item.total, item.new) for item in seen] == [(250, 250, 0)]


async def test_progress_of_unknown_totals_says_so(archive: Archive) -> None:
    seen: list[SyncProgress] = []
    await sync_account(Office([invented(1)], totals=False), archive, progress=seen.append)
    assert [(item.read, item.total) for item in seen] == [(1, None)]


async def test_new_calls_are_handed_on_once(archive: Archive) -> None:
    office = month(150)
    seen: list[str] = []

    def on_new(calls) -> None:
        seen.extend(call.call_id for call in calls)

    await sync_account(office, archive, on_new=on_new)
    assert sorted(seen, key=int) == [str(number) for number in range(150)]
    seen.clear()
    office.add(invented(5000, minutes=-5))
    await sync_account(office, archive, on_new=on_new)
    assert seen == ["5000"]


async def test_archive_works_where_offload_takes_it(archive: Archive) -> None:
    taken: list[str] = []

    async def offload(func, *args):
        taken.append(getattr(func, "__name__", "partial"))
        return func(*args)

    await sync_account(month(150), archive, offload=offload)
    assert taken[0] == "register_account"
    assert taken.count("_store") == 3  # two pages and the counts


async def test_credit_is_recorded_where_the_account_has_trunks(archive: Archive) -> None:
    office = month(1)
    credit = Money(Decimal(21064), "IRR")
    office.lines = (Trunk("2155500001", credit=credit, stream="1001"),)
    await sync_account(office, archive)
    await sync_account(office, archive)
    (reading,) = archive.credits(KEY)
    assert (reading.trunk, reading.credit) == ("2155500001", credit)
    assert reading.at == NOW


async def test_title_that_someone_gave_the_account_stays(archive: Archive) -> None:
    archive.register(KEY, provider="telefonchy", title="Tehran office", zone="UTC", currency="IRR")
    await sync_account(month(1), archive)
    (account,) = archive.accounts()
    assert (account.title, account.zone) == ("Tehran office", "Asia/Tehran")
