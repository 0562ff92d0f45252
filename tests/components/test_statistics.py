"""Long-term statistics in a real recorder: every hour of every series has what the archive has."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from homeassistant.components.recorder import get_instance
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_block_recorder,
    async_recorder_block_till_done,
)
from sqlalchemy import text

from custom_components.trunkline.account.archive import shared_archive
from custom_components.trunkline.account.statistic_ids import ids_of_account, statistic_id, statistic_ids
from custom_components.trunkline.const import ARCHIVE_FILE
from tests.components.conftest import NOW, entry_of, make_entry
from tests.components.flows import WIRES
from tests.components.statistics import assert_equal, described, recorded
from trunkline.sandbox.world import Outcome

POLL = 121


@pytest.fixture(autouse=True)
def _quiet(recorder_mock):
    # Home Assistant's test plugin has each statement logged, which takes longer than the statements.
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


def archived(entry):
    return entry.runtime_data.archive.calls(accounts=entry.unique_id)


async def assert_all_equal(hass, entry):
    await assert_equal(hass, archived(entry), entry.unique_id)


@pytest.fixture
def written(hass, monkeypatch):
    """Return the ids and the numbers of rows that are given to the recorder from now on."""
    instance = get_instance(hass)
    found = []
    write = instance.async_import_statistics

    def note(metadata, rows, table):
        found.append((metadata["statistic_id"], len(rows)))
        write(metadata, rows, table)

    monkeypatch.setattr(instance, "async_import_statistics", note)
    return found


async def test_the_history_is_there_after_the_first_sync(hass, sandbox, loaded):
    calls = archived(loaded)
    assert len(calls) == len(sandbox.world.offices[0].calls)
    await assert_all_equal(hass, loaded)
    first = min(call.started_at for call in calls)
    assert first < NOW - timedelta(days=15)
    rows = (await recorded(hass))[statistic_id(loaded.unique_id, "calls")]
    assert rows[0]["start"] <= first.timestamp()


async def test_the_ids_are_those_that_the_dashboard_asks_for(hass, sandbox, loaded):
    ids = statistic_ids(loaded.unique_id, loaded.runtime_data.coordinator.data.trunks)
    series = {each for of in ids.values() for name, each in of.items() if name != "refunds"}
    assert (await described(hass)).keys() == series


async def test_the_dashboard_finds_what_it_asks_for(hass, sandbox, loaded, hass_ws_client, now):
    client = await hass_ws_client(hass)

    async def ask(**message):
        await client.send_json_auto_id(message)
        return (await client.receive_json())["result"]

    (account,) = (await ask(type="trunkline/accounts"))["accounts"]
    ids = [account["statistics"]["calls"], account["statistics"]["cost"]]
    await recorded(hass)
    known = await ask(type="recorder/get_statistics_metadata", statistic_ids=ids)
    units = {each["statistic_id"]: each["statistics_unit_of_measurement"] for each in known}
    assert units == {ids[0]: None, ids[1]: account["unit"]["currency"]}
    start = (now - timedelta(days=30)).isoformat()
    found = await ask(
        type="recorder/statistics_during_period", start_time=start, statistic_ids=ids, period="day", types=["change"]
    )
    calls = archived(loaded)
    totals = [sum(row["change"] for row in found[each]) for each in ids]
    assert totals == [len(calls), sum(call.price.amount for call in calls)]


@pytest.mark.parametrize("wire", WIRES)
async def test_calls_of_every_provider_are_counted(hass, sandbox, setup, wire):
    """Some state no price, some no outcome, some no trunk."""
    entry = await setup(await entry_of(sandbox, wire))
    calls = archived(entry)
    assert calls
    await assert_equal(hass, calls, entry.unique_id, entry.runtime_data.coordinator.data.currency)


async def test_series_are_named_after_their_device_and_have_a_unit(hass, sandbox, loaded):
    found = await described(hass)
    key = loaded.unique_id
    trunk_id, data = next(iter(loaded.runtime_data.coordinator.data.trunks.items()))
    told = {name: found[statistic_id(key, name)] for name in ("calls", "answered", "missed", "minutes", "cost")}
    assert {name: (each["name"], each["unit_of_measurement"]) for name, each in told.items()} == {
        "calls": ("Office 1 Calls", None),
        "answered": ("Office 1 Answered calls", None),
        "missed": ("Office 1 Missed calls", None),
        "minutes": ("Office 1 Talk time", "min"),
        "cost": ("Office 1 Cost", "IRR"),
    }
    assert found[statistic_id(key, "cost", trunk_id)]["name"] == f"Trunk {data.trunk.number} Cost"
    assert all(each["has_sum"] for each in found.values())
    if "unit_class" in told["minutes"]:
        assert (told["minutes"]["unit_class"], told["cost"]["unit_class"]) == ("duration", None)


async def test_a_new_language_renames_the_series(hass, sandbox, loaded, written):
    hass.config.language = "fa"
    loaded.runtime_data.midnight._action()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await described(hass))[statistic_id(loaded.unique_id, "cost")]["name"] == "Office 1 هزینه"
    assert {rows for _, rows in written} == {0}
    await assert_all_equal(hass, loaded)


async def test_a_corrected_price_changes_its_hour_and_the_sums_after_it(hass, sandbox, loaded, later, written):
    office = sandbox.world.offices[0]
    await later(POLL)
    assert not written
    position = office.calls.listed()[-20]
    sandbox.world.correct(office, position, price_talk=office.calls.price_talk[position] + 700)
    await loaded.runtime_data.async_sync(full=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    await assert_all_equal(hass, loaded)
    trunk = office.trunks[office.calls.trunk[position]].number
    key = loaded.unique_id
    ids = {statistic_id(key, "cost"), statistic_id(key, "cost", trunk)}
    assert {each for each, _ in written} == ids
    started = office.calls.started_at[position]
    rows = await recorded(hass)
    for each, number in written:
        assert number == len([row for row in rows[each] if row["start"] > started - 3600])


async def test_a_late_call_is_added_to_its_hour(hass, sandbox, loaded, later):
    office = sandbox.world.offices[0]
    # Within what is read from the archive alone, and in the first hour of its days.
    for age in (timedelta(hours=20), NOW - NOW.replace(day=NOW.day - 7, hour=8)):
        sandbox.world.record(office, age=int(age.total_seconds()), wait=5, talk=60)
        await loaded.runtime_data.async_sync(full=True)
        await hass.async_block_till_done(wait_background_tasks=True)
        await assert_all_equal(hass, loaded)


async def test_new_calls_are_written_without_the_old_ones(hass, sandbox, loaded, later, written):
    office = sandbox.world.offices[0]
    await later(POLL)
    for number in range(3):
        sandbox.world.record(office, trunk=0, outcome=Outcome.ANSWERED, wait=5, talk=60 + number)
        await later(1200)
        await assert_all_equal(hass, loaded)
    assert max(rows for _, rows in written) <= 3
    written.clear()
    await later(POLL)
    assert not written


async def test_a_refund_has_a_series_of_its_own(hass, sandbox, loaded, later):
    office = sandbox.world.offices[0]
    position = office.calls.listed()[-3]
    parts = dict.fromkeys(("price_wait", "price_record", "price_saved"), 0)
    sandbox.world.correct(office, position, price_talk=-450, **parts)
    await loaded.runtime_data.async_sync(full=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    rows = await recorded(hass)
    assert rows[statistic_id(loaded.unique_id, "refunds")][-1]["sum"] == 450
    await assert_all_equal(hass, loaded)
    # When it is taken back, nothing is left of it after the day.
    sandbox.world.correct(office, position, price_talk=450)
    await loaded.runtime_data.async_sync(full=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert statistic_id(loaded.unique_id, "refunds") not in await recorded(hass)
    await assert_all_equal(hass, loaded)


async def test_a_reload_writes_nothing(hass, sandbox, loaded, written):
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not written
    await assert_all_equal(hass, loaded)


async def test_removing_an_account_removes_its_statistics_and_no_others(hass, sandbox, loaded, setup):
    other = await setup(make_entry(sandbox, 1))
    both = await described(hass)
    mine = set(ids_of_account(both, loaded.unique_id, [other.unique_id]))
    assert mine
    assert mine < both.keys()
    await hass.config_entries.async_remove(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await described(hass)).keys() == both.keys() - mine
    await assert_all_equal(hass, other)


async def test_a_disabled_account_keeps_its_statistics(hass, sandbox, loaded):
    before = await described(hass)
    await hass.config_entries.async_unload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await described(hass) == before


async def test_a_rebuilt_archive_replaces_what_it_no_longer_has(hass, sandbox, loaded, tmp_path):
    office = sandbox.world.offices[0]
    await hass.config_entries.async_unload(loaded.entry_id)
    await hass.async_block_till_done()
    assert shared_archive(hass)._archive is None
    for file in tmp_path.glob(f"{ARCHIVE_FILE}*"):
        file.unlink()
    # The provider no longer lists some calls, the first ever and one in between among them.
    for position in list(office.calls.listed())[:150:5]:
        office.calls.hide(position)
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(archived(loaded)) == len(office.calls.listed())
    await assert_all_equal(hass, loaded)


async def test_a_busy_recorder_gets_everything_when_it_can(hass, sandbox, entry):
    await async_block_recorder(hass, 3)
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    # A change of what is still to be written.
    office = sandbox.world.offices[0]
    sandbox.world.record(office, wait=5, talk=60)
    await entry.runtime_data.async_sync()
    await hass.async_block_till_done(wait_background_tasks=True)
    await assert_all_equal(hass, entry)
    assert len(archived(entry)) == len(office.calls)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_the_recorder_lost_is_written_again(hass, sandbox, loaded, later):
    instance = get_instance(hass)
    await async_recorder_block_till_done(hass)

    def lose():
        with instance.get_session() as session:
            session.execute(text("DELETE FROM statistics WHERE id % 7 = 0"))
            session.execute(text("UPDATE statistics SET sum = sum + 1 WHERE id % 11 = 0"))
            session.commit()

    await instance.async_add_executor_job(lose)
    with pytest.raises(AssertionError):
        await assert_all_equal(hass, loaded)
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await assert_all_equal(hass, loaded)
