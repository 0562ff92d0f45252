"""Events: each call once, in order, none for the imported past, and late ones marked."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    EVENT_HOMEASSISTANT_FINAL_WRITE,
    EVENT_HOMEASSISTANT_STOP,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import CoreState
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.trunkline.const import DOMAIN, EVENT_CALL
from trunkline.archive import Archive
from trunkline.errors import ArchiveError
from trunkline.sandbox import Direction, Outcome

from .conftest import NOW, make_entry


def quick_call(sandbox, **more):
    """Let a call have ended this instant that began two seconds before."""
    office = sandbox.world.offices[0]
    given = {"wait": 1, "talk": 1} | more
    return office.calls[sandbox.world.record(office, **given)]


async def test_the_imported_past_fires_nothing(hass, sandbox, entry, setup, state):
    heard = async_capture_events(hass, EVENT_CALL)
    await setup(entry)
    assert heard == []
    assert state("event", f"{entry.unique_id}_call").state == STATE_UNKNOWN


OUTCOMES = {
    "answered": (Direction.INCOMING, Outcome.ANSWERED),
    "missed": (Direction.INCOMING, Outcome.NO_ANSWER),
    "busy": (Direction.OUTGOING, Outcome.BUSY),
    "no_answer": (Direction.OUTGOING, Outcome.NO_ANSWER),
    "congestion": (Direction.OUTGOING, Outcome.CONGESTION),
}


@pytest.mark.parametrize("kind", OUTCOMES)
async def test_a_call_fires_an_event_of_its_outcome(hass, sandbox, loaded, state, later, kind):
    heard = async_capture_events(hass, EVENT_CALL)
    await later(10)
    direction, outcome = OUTCOMES[kind]
    row = quick_call(sandbox, direction=direction, outcome=outcome)
    await later(130)
    shown = state("event", f"{loaded.unique_id}_call")
    assert shown.attributes["event_type"] == kind
    assert shown.attributes["call_id"] == str(row.call_id)
    assert shown.attributes["backfilled"] is False
    assert shown.attributes["price"] == str(row.price)
    assert datetime.fromisoformat(shown.attributes["started_at"]).timestamp() == row.started_at
    assert [(event.data["type"], event.data["config_entry"]) for event in heard] == [(kind, loaded.entry_id)]


async def test_calls_of_one_poll_fire_one_after_the_other_oldest_first(hass, sandbox, loaded, entity_id, later):
    heard = async_capture_events(hass, EVENT_CALL)
    shown = []
    entity = entity_id("event", f"{loaded.unique_id}_call")
    states = async_capture_events(hass, "state_changed")
    rows = []
    for _ in range(3):
        await later(5)
        rows.append(quick_call(sandbox))
    await later(130)
    ids = [str(row.call_id) for row in rows]
    assert [event.data["call_id"] for event in heard] == ids
    shown = [
        event.data["new_state"].attributes["call_id"]
        for event in states
        if event.data["entity_id"] == entity and "call_id" in event.data["new_state"].attributes
    ]
    assert list(dict.fromkeys(shown)) == ids
    await later(130)
    assert len(heard) == 3


async def test_calls_during_a_restart_fire_afterwards_as_backfilled(hass, sandbox, loaded, state, later, freezer):
    await hass.config_entries.async_unload(loaded.entry_id)
    heard = async_capture_events(hass, EVENT_CALL)
    freezer.tick(3600)
    row = quick_call(sandbox)
    freezer.tick(3600)
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [(event.data["call_id"], event.data["backfilled"]) for event in heard] == [(str(row.call_id), True)]
    assert state("event", f"{loaded.unique_id}_call").attributes["backfilled"] is True

    await later(60)
    quick_call(sandbox)
    await later(130)
    assert heard[-1].data["backfilled"] is False
    assert len(heard) == 2


async def test_calls_during_an_outage_fire_once_when_it_is_over(hass, sandbox, loaded, state, later):
    heard = async_capture_events(hass, EVENT_CALL)
    sandbox.faults.add("status", code=503)
    await later(130)
    assert state("event", f"{loaded.unique_id}_call").state == STATE_UNAVAILABLE
    row = quick_call(sandbox)
    await later(130)
    assert heard == []
    sandbox.faults.clear()
    await later(130)
    assert [(event.data["call_id"], event.data["backfilled"]) for event in heard] == [(str(row.call_id), True)]
    assert state("event", f"{loaded.unique_id}_call").attributes["call_id"] == str(row.call_id)


def many_calls(sandbox):
    """Let more calls have ended this instant than a page of the list has."""
    return {str(quick_call(sandbox).call_id) for _ in range(130)}


async def test_events_that_wait_for_the_provider_outlast_a_restart(hass, sandbox, loaded, state, later, hass_storage):
    heard = async_capture_events(hass, EVENT_CALL)
    await later(10)
    calls = many_calls(sandbox)
    sandbox.faults.add("status", path="/calls", skip=1, code=503)
    await later(130)
    assert state("event", f"{loaded.unique_id}_call").state == STATE_UNAVAILABLE
    assert heard == []
    await later(5)
    kept = hass_storage[f"{DOMAIN}.due_events.{loaded.entry_id}"]["data"]["calls"]
    assert kept.keys() < calls

    await hass.config_entries.async_unload(loaded.entry_id)
    sandbox.faults.clear()
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert sorted(event.data["call_id"] for event in heard) == sorted(calls)
    assert {event.data["backfilled"] for event in heard} == {True}
    await later(130)
    assert len(heard) == len(calls)
    assert hass_storage[f"{DOMAIN}.due_events.{loaded.entry_id}"]["data"] == {"calls": {}, "pushed": []}


async def test_an_event_that_waits_tells_what_the_list_says_by_then(hass, sandbox, loaded, later):
    heard = async_capture_events(hass, EVENT_CALL)
    await later(10)
    calls = many_calls(sandbox)
    sandbox.faults.add("status", path="/calls", skip=1, code=503)
    await later(130)
    assert heard == []
    office = sandbox.world.offices[0]
    position = office.calls.listed()[-1]
    row = office.calls[position]
    sandbox.world.correct(office, position, price_talk=row.price_talk + 700)
    sandbox.faults.clear()
    await later(130)
    assert len(heard) == len(calls)
    (event,) = (event for event in heard if event.data["call_id"] == str(row.call_id))
    assert event.data["price"] == str(office.calls[position].price)


async def test_events_of_a_poll_that_a_restart_cuts_off_are_due(
    hass, sandbox, loaded, later, hass_storage, monkeypatch
):
    await later(10)
    row = quick_call(sandbox)
    reached, stop = asyncio.Event(), asyncio.Event()

    async def read():
        reached.set()
        await stop.wait()

    coordinator = loaded.runtime_data.coordinator
    with monkeypatch.context() as changed:
        changed.setattr(coordinator, "_read_data", read)
        poll = hass.async_create_task(coordinator.async_refresh())
        await reached.wait()
        poll.cancel()
        hass.set_state(CoreState.stopping)
        hass.bus.async_fire_internal(EVENT_HOMEASSISTANT_STOP)
        await hass.async_block_till_done()
        hass.set_state(CoreState.final_write)
        hass.bus.async_fire_internal(EVENT_HOMEASSISTANT_FINAL_WRITE)
        await hass.async_block_till_done()
        hass.set_state(CoreState.running)
    kept = hass_storage[f"{DOMAIN}.due_events.{loaded.entry_id}"]["data"]
    assert kept == {"calls": {str(row.call_id): None}, "pushed": []}


async def test_calls_whose_list_fails_fire_when_it_is_read_however_often_the_account_is_set_up(
    hass, sandbox, loaded, hass_storage
):
    heard = async_capture_events(hass, EVENT_CALL)
    await hass.config_entries.async_unload(loaded.entry_id)
    calls = many_calls(sandbox)
    sandbox.faults.add("status", path="/calls", skip=1, code=503)
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    for _ in range(2):
        assert heard == []
        await hass.config_entries.async_unload(loaded.entry_id)
        sandbox.faults.clear()
        sandbox.faults.add("status", path="/calls", code=503)
        await hass.config_entries.async_setup(loaded.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    sandbox.faults.clear()
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert sorted(event.data["call_id"] for event in heard) == sorted(calls)
    await hass.config_entries.async_remove(loaded.entry_id)
    assert f"{DOMAIN}.due_events.{loaded.entry_id}" not in hass_storage


async def test_the_event_of_a_confirmed_call_repeats_one_from_before_a_restart(
    hass, sandbox, loaded, hass_storage, later
):
    row = quick_call(sandbox)
    await later(130)
    await hass.config_entries.async_unload(loaded.entry_id)
    hass_storage[f"{DOMAIN}.due_events.{loaded.entry_id}"] = {
        "version": 1,
        "data": {"calls": {str(row.call_id): "answered", "gone": None}},
    }
    heard = async_capture_events(hass, EVENT_CALL)
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [(event.data["call_id"], event.data["repeated"]) for event in heard] == [(str(row.call_id), True)]


async def test_events_are_still_due_where_the_archive_is_not_there_at_a_start(
    hass, sandbox, loaded, hass_storage, later, monkeypatch
):
    row = quick_call(sandbox)
    await later(130)
    await hass.config_entries.async_unload(loaded.entry_id)
    kept = {"version": 1, "data": {"calls": {str(row.call_id): None}}}
    hass_storage[f"{DOMAIN}.due_events.{loaded.entry_id}"] = kept
    heard = async_capture_events(hass, EVENT_CALL)

    def gone(archive, account, call_id):
        message = "the archive is locked"
        raise ArchiveError(message)

    with monkeypatch.context() as changed:
        changed.setattr(Archive, "get", gone)
        await hass.config_entries.async_setup(loaded.entry_id)
        assert loaded.state is ConfigEntryState.SETUP_RETRY
    assert heard == []
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [event.data["call_id"] for event in heard] == [str(row.call_id)]


async def test_a_damaged_file_of_events_keeps_the_account_working(hass, entry, setup, state, hass_storage, caplog):
    hass_storage[f"{DOMAIN}.due_events.{entry.entry_id}"] = {"version": 1, "data": {"calls": "soon"}}
    await setup(entry)
    assert state("event", f"{entry.unique_id}_call").state == STATE_UNKNOWN
    assert "the calls whose events were due could not be read (ValueError)" in caplog.text
    # Once: another one takes its place.
    caplog.clear()
    await hass.config_entries.async_reload(entry.entry_id)
    assert "could not be read" not in caplog.text


async def test_an_account_that_is_set_up_again_later_does_not_replay_its_past(hass, sandbox, loaded, setup, freezer):
    await hass.config_entries.async_remove(loaded.entry_id)
    freezer.tick(3600)
    quick_call(sandbox)
    freezer.tick(3600)
    heard = async_capture_events(hass, EVENT_CALL)
    again = make_entry(sandbox)
    assert again.created_at > NOW
    await setup(again)
    assert heard == []
