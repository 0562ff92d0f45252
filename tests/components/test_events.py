"""Events: each call once, in order, none for the imported past, and late ones marked."""

from __future__ import annotations

from datetime import datetime

import pytest
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.trunkline.const import EVENT_CALL
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
