"""Statistics of an archive with calls of our own: zones, currencies, calls that change or move, a killed recorder."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from homeassistant.components.recorder import get_instance
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant
from sqlalchemy import text

from custom_components.trunkline.account.statistic_ids import ids_of_account, statistic_id
from custom_components.trunkline.statistics.hours import Hours
from custom_components.trunkline.statistics.keeper import StatisticsKeeper
from tests.components.statistics import (
    assert_equal,
    change_during,
    changes,
    described,
    expected,
    recorded,
    rounded,
)
from trunkline.archive import Archive
from trunkline.model import Call, Direction, Money, Status
from trunkline.sync import SyncResult

KEY = "mor:office@example.com"
VILNIUS, TEHRAN = "Europe/Vilnius", "Asia/Tehran"
NOTHING = SyncResult()
CHANGED = SyncResult(changed=1)


@pytest.fixture(autouse=True)
def _quiet(request):
    # Home Assistant's test plugin has each statement logged, which takes longer than the statements.
    if "hass" in request.fixturenames:
        request.getfixturevalue("_integrations")
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


def eur(amount):
    return Money(Decimal(amount), "EUR")


def call(call_id, started_at, **more):
    given = {"status": Status.ANSWERED, "talk": 90, "price": eur("0.10"), "trunk": "37050000001"}
    return Call(account=KEY, call_id=str(call_id), direction=Direction.INCOMING, started_at=started_at, **given | more)


def hourly(first, last, **more):
    """Return a call at five past and one at twenty to each hour."""
    hours = int((last - first) / timedelta(hours=1))
    starts = [first + timedelta(hours=hour, minutes=minute) for hour in range(hours) for minute in (5, 40)]
    return [call(start.isoformat(), start, talk=number, **more) for number, start in enumerate(starts)]


@pytest.fixture
def archive(tmp_path):
    with Archive.open(f"sqlite:///{tmp_path / 'archive.db'}") as opened:
        opened.register(KEY, provider="mor", title="Office", zone=VILNIUS, currency="EUR")
        yield opened


class Office:
    """An archive whose statistics are kept in the recorder of a Home Assistant."""

    def __init__(self, hass, archive):
        self.hass, self.archive = hass, archive
        self.currency = "EUR"
        self.entry = MockConfigEntry(domain="trunkline", title="Office", unique_id=KEY)
        self.entry.add_to_hass(hass)
        self.keeper = StatisticsKeeper(
            hass,
            self.entry,
            archive,
            KEY,
            currency=lambda: self.currency,
            offload=hass.async_add_executor_job,
            spawn=lambda work: self.entry.async_create_background_task(hass, work, "statistics"),
        )

    async def settle(self):
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def store(self, *calls):
        """Store calls as a sync does, and wait for what follows."""
        stored = await self.hass.async_add_executor_job(self.archive.store, calls)
        self.keeper.async_add(stored.new)
        self.keeper.async_synced(SyncResult(new=len(stored.new), changed=len(stored.changed)), full=False)
        await self.settle()

    async def compare(self):
        """Compare everything."""
        self.keeper.async_new_day()
        await self.settle()

    async def assert_equal(self):
        await assert_equal(self.hass, self.archive.calls(accounts=KEY), KEY, self.currency)


@pytest.fixture
async def office(recorder_mock, hass, archive):
    office = Office(hass, archive)
    yield office
    await office.keeper.async_stop()


# Days


def local_day(zone):
    def day(start):
        midnight = datetime.combine(start.astimezone(ZoneInfo(zone)).date(), datetime.min.time(), ZoneInfo(zone))
        return midnight.astimezone(UTC)

    return day


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        # The clock goes forward on the 29th of March 2026, and back on the 25th of October.
        (VILNIUS, datetime(2026, 3, 27, tzinfo=UTC)),
        (VILNIUS, datetime(2026, 10, 23, tzinfo=UTC)),
        # Half an hour, of which the recorder has no rows; in 2022 the clock still went forward.
        (TEHRAN, datetime(2026, 3, 18, tzinfo=UTC)),
        (TEHRAN, datetime(2022, 3, 19, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 3, 18, tzinfo=UTC)),
        ("Asia/Ho_Chi_Minh", datetime(2026, 3, 18, tzinfo=UTC)),
        # Half an hour of summer time, and a midnight that doesn't exist.
        ("Australia/Lord_Howe", datetime(2026, 4, 2, tzinfo=UTC)),
        ("Africa/Cairo", datetime(2026, 4, 22, tzinfo=UTC)),
    ],
)
async def test_days_add_up_in_the_zone_of_home_assistant(hass, office, freezer, zone, first):
    await hass.config.async_set_time_zone(zone)
    last = first + timedelta(days=5)
    freezer.move_to(last + timedelta(days=3))
    calls = hourly(first, last)
    await office.store(*calls)
    wanted = rounded(expected(calls, KEY, "EUR", local_day(zone)))
    assert await changes(hass, "day") == wanted
    # The card of a single statistic asks for each day by itself.
    calls_id = statistic_id(KEY, "calls")
    for midnight, amount in wanted[calls_id].items():
        day = local_day(zone)(midnight + timedelta(hours=30)) - midnight
        assert await change_during(hass, calls_id, midnight, day) == amount


async def test_a_call_counts_in_the_hour_of_utc_in_which_it_starts(hass, office, freezer):
    await hass.config.async_set_time_zone(VILNIUS)
    first = datetime(2026, 10, 24, tzinfo=UTC)
    freezer.move_to(first + timedelta(days=4))
    await office.store(*hourly(first, first + timedelta(days=3)))
    await office.assert_equal()


async def test_in_iran_only_the_half_hours_beside_midnight_move(hass, office, freezer):
    await hass.config.async_set_time_zone(TEHRAN)
    freezer.move_to(datetime(2026, 3, 20, tzinfo=UTC))
    # Midnight is at 20:30 UTC.
    evening = datetime(2026, 3, 10, 19, 59, 59, tzinfo=UTC)
    starts = [evening + timedelta(minutes=minutes) for minutes in (0, 1, 30, 31, 61)]
    await office.store(*(call(number, start, price=None) for number, start in enumerate(starts)))
    assert [start.strftime("%H:%M") for start in starts] == ["19:59", "20:00", "20:29", "20:30", "21:00"]
    assert (await changes(hass))[statistic_id(KEY, "calls")] == {
        evening.replace(hour=19, minute=0, second=0): 3,
        evening.replace(hour=21, minute=0, second=0): 2,
    }


async def test_a_day_without_calls_is_nothing_and_not_unknown(hass, office, freezer):
    await hass.config.async_set_time_zone(VILNIUS)
    freezer.move_to(datetime(2026, 3, 10, 9, tzinfo=UTC))
    await office.store(call(1, datetime(2026, 3, 6, 9, 30, tzinfo=UTC)))
    freezer.move_to(datetime(2026, 3, 12, 9, tzinfo=UTC))
    await office.compare()
    for day in range(7, 13):
        midnight = datetime(2026, 3, day, tzinfo=ZoneInfo(VILNIUS))
        assert await change_during(hass, statistic_id(KEY, "calls"), midnight, timedelta(days=1)) == 0


async def test_the_change_in_any_hours_is_right_although_hours_without_calls_have_no_row(hass, office, freezer):
    await hass.config.async_set_time_zone("UTC")
    first = datetime(2026, 3, 2, tzinfo=UTC)
    freezer.move_to(first + timedelta(days=20))
    hours = [3, 4, 9, 30, 33, 34, 35, 60]
    await office.store(*(call(hour, first + timedelta(hours=hour, minutes=7)) for hour in hours))
    for start in range(62):
        for length in (2, 5, 24):
            found = await change_during(
                hass, statistic_id(KEY, "calls"), first + timedelta(hours=start), timedelta(hours=length)
            )
            assert (found or 0) == len([hour for hour in hours if start <= hour < start + length])


def test_a_zone_with_whole_hours_needs_no_narrow_slots():
    now = datetime(2026, 3, 10, tzinfo=UTC)
    widths = {zone: Hours(ZoneInfo(zone), now).width for zone in (VILNIUS, TEHRAN, "Asia/Pyongyang", "UTC")}
    hour, quarter = timedelta(hours=1), timedelta(minutes=15)
    assert widths == {VILNIUS: hour, TEHRAN: quarter, "Asia/Pyongyang": quarter, "UTC": hour}


# Changes


@pytest.fixture
async def month(hass, office, freezer):
    """Return an office with a month of calls on two trunks, the last one an hour ago."""
    await hass.config.async_set_time_zone(VILNIUS)
    now = datetime(2026, 3, 31, 9, tzinfo=UTC)
    freezer.move_to(now)
    calls = [
        call(number, now - timedelta(hours=1 + 11 * number), trunk=f"3705000000{number % 2}") for number in range(65)
    ]
    await office.store(*calls)
    await office.assert_equal()
    return office, now


async def test_prices_in_other_currencies_have_a_series_of_their_own(hass, month):
    office, now = month
    dollars = [call(f"usd{day}", now - timedelta(days=day), price=Money(Decimal(day), "USD")) for day in range(2, 20)]
    refund = call("refund", now - timedelta(days=1), price=Money(Decimal(-3), "USD"))
    await office.store(*dollars, refund)
    await office.assert_equal()
    found = await described(hass)
    other = found[statistic_id(KEY, "cost", currency="USD")]
    assert (other["name"], other["unit_of_measurement"]) == ("Office Cost (USD)", "USD")
    assert found[statistic_id(KEY, "refunds", currency="USD")]["name"] == "Office Refunds (USD)"
    # A trunk without a device.
    assert found[statistic_id(KEY, "calls", "37050000001")]["name"] == "Office 0001 Calls"
    assert found[statistic_id(KEY, "cost")]["unit_of_measurement"] == "EUR"
    # The account's currency turns out to be the other one.
    office.currency = "USD"
    await office.compare()
    await office.assert_equal()
    found = await described(hass)
    assert found[statistic_id(KEY, "cost")]["unit_of_measurement"] == "USD"
    assert found[statistic_id(KEY, "cost", currency="EUR")]["unit_of_measurement"] == "EUR"
    assert statistic_id(KEY, "cost", currency="USD") not in found


@pytest.mark.parametrize("days", [2, 25])
async def test_a_call_that_moves_leaves_nothing_behind(hass, month, days):
    """A call that gets another start and another trunk is no longer in its old hour, nor in the old trunk's series."""
    office, now = month
    lone = call("lone", now - timedelta(days=days, minutes=7), trunk="37060000009")
    await office.store(lone)
    await office.assert_equal()
    moved = call("lone", now - timedelta(days=days - 1, minutes=2), trunk="37050000001")
    await office.store(moved)
    if days > 7:
        # A sync doesn't say which calls it corrected: what is older than a week is found at midnight.
        await office.compare()
    await office.assert_equal()
    await office.compare()
    assert not ids_of_account(await described(hass), f"{KEY}_37060000009", [])


async def test_a_late_call_anywhere_shifts_the_sums_after_it(hass, month):
    office, now = month
    for days in (0.1, 6.9, 7.4, 8, 26, 40):
        await office.store(call(f"late{days}", now - timedelta(days=days), price=eur("1.005")))
        await office.assert_equal()


async def test_a_late_call_in_the_first_hour_of_the_week_is_a_change_of_its_day(hass, month):
    """The row before it, which Home Assistant counts changes from, lies before what is compared."""
    office, _ = month
    midnight = datetime(2026, 3, 24, tzinfo=ZoneInfo(VILNIUS))
    before = await change_during(hass, statistic_id(KEY, "calls"), midnight, timedelta(days=1))
    await office.store(call("late", midnight + timedelta(minutes=3)))
    assert await change_during(hass, statistic_id(KEY, "calls"), midnight, timedelta(days=1)) == before + 1
    await office.assert_equal()


async def test_the_week_moves_on(hass, month, freezer):
    office, now = month
    for day in range(1, 16):
        freezer.move_to(now + timedelta(days=day))
        await office.compare()
        await office.store(call(f"new{day}", now + timedelta(days=day, hours=-1)))
        await office.store(call(f"late{day}", now + timedelta(days=day - 6)))
        await office.assert_equal()


async def test_a_new_zone_moves_the_half_hours(hass, month):
    office, _ = month
    await hass.config.async_set_time_zone(TEHRAN)
    await office.store(call("night", datetime(2026, 3, 29, 20, 20, tzinfo=UTC)))
    calls = office.archive.calls(accounts=KEY)
    assert await changes(hass, "day") == rounded(expected(calls, KEY, "EUR", local_day(TEHRAN)))


async def test_accounts_whose_ids_begin_alike_are_told_apart():
    ids = [statistic_id(key, "calls", trunk) for key in ("mor:a", "mor:a_b", "mor:ab") for trunk in (None, "1")]
    assert ids_of_account(ids, "mor:a", ["mor:a", "mor:a_b", "mor:ab"]) == ids[:2]
    assert ids_of_account(ids, "mor:a_b", ["mor:a", "mor:ab"]) == ids[2:4]
    assert ids_of_account(ids, "mor:ab", ["mor:a", "mor:a_b"]) == ids[4:]


async def test_nothing_is_written_before_the_list_was_read(hass, office, freezer):
    freezer.move_to(datetime(2026, 3, 10, 9, tzinfo=UTC))
    stored = office.archive.store([call(1, datetime(2026, 3, 9, 9, tzinfo=UTC))])
    office.keeper.async_add(stored.new)
    office.keeper.async_new_day()
    await office.settle()
    assert not await recorded(hass)
    office.keeper.async_synced(NOTHING, full=False)
    await office.settle()
    await office.assert_equal()


async def test_an_archive_that_cannot_be_read_changes_nothing(hass, month):
    office, now = month
    before = await recorded(hass)
    with office.archive._database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE calls RENAME TO elsewhere")
    await office.compare()
    assert await recorded(hass) == before
    with office.archive._database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO calls")
    await office.store(call("new", now))
    await office.assert_equal()


async def test_a_recorder_that_cannot_be_read_is_tried_again_after_each_sync(hass, month, caplog):
    office, now = month
    instance = get_instance(hass)

    def rename(before, after):
        with instance.get_session() as session:
            session.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))
            session.commit()

    await instance.async_add_executor_job(rename, "statistics", "elsewhere")
    await office.store(call("new", now))
    office.keeper.async_synced(NOTHING, full=False)
    await office.settle()
    warnings = [record.getMessage() for record in caplog.records if record.name == "custom_components.trunkline"]
    assert warnings == ["Office: the statistics could not be written (OperationalError)"] * 2
    levels = [record.levelname for record in caplog.records if record.name == "custom_components.trunkline"]
    assert levels == ["WARNING", "DEBUG"]
    await instance.async_add_executor_job(rename, "elsewhere", "statistics")
    office.keeper.async_synced(NOTHING, full=False)
    await office.settle()
    await office.assert_equal()


# Restarts


@asynccontextmanager
async def home_assistant(async_test_recorder, archive):
    """Start a Home Assistant with the database that the one before has left."""
    async with async_test_home_assistant() as hass, async_test_recorder(hass):
        await hass.config.async_set_time_zone(VILNIUS)
        office = Office(hass, archive)
        try:
            yield office
        finally:
            await office.keeper.async_stop()
            await hass.async_stop(force=True)


@pytest.mark.parametrize("persistent_database", [True])
async def test_a_killed_home_assistant_leaves_no_gap(async_test_recorder, archive, freezer):
    now = datetime(2026, 3, 31, 9, tzinfo=UTC)
    freezer.move_to(now)
    calls = hourly(now - timedelta(days=20), now)
    async with home_assistant(async_test_recorder, archive) as office:
        await office.store(*calls[:200])
        await office.assert_equal()
        # It dies while it writes: some of this is in the database, the rest was in the queue.
        archive.store(calls[200:])
        office.keeper.async_add(calls[200:])
        instance = get_instance(office.hass)
        write, left = instance.async_import_statistics, [3]

        def die(*task):
            left[0] -= 1
            if left[0] >= 0:
                write(*task)

        instance.async_import_statistics = die
        office.keeper.async_synced(NOTHING, full=False)
        await office.settle()
        assert left[0] < 0
    freezer.move_to(now + timedelta(minutes=5))
    async with home_assistant(async_test_recorder, archive) as office:
        with pytest.raises(AssertionError):
            await office.assert_equal()
        office.keeper.async_synced(NOTHING, full=False)
        await office.settle()
        await office.assert_equal()
        # Nothing more is to be done.
        written = []
        get_instance(office.hass).async_import_statistics = lambda *task: written.append(task)
        await office.compare()
        assert not written
