"""What phones and queues are doing: the events of the sandbox's telephone system, over sockets, as states."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from homeassistant.const import STATE_UNKNOWN
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.trunkline import live_sensors
from custom_components.trunkline.account.live_call import RINGING_LIMIT
from trunkline.errors import PermissionDeniedError
from trunkline.model import Extension, LineEvent
from trunkline.providers.simotel.account import SimotelAccount
from trunkline.sandbox.push import Target
from trunkline.sandbox.world import Outcome

from .conftest import DOMAIN, entry_of
from .test_pushing_providers import end_a_call, pushed

A, B = "1773135000.17", "1773135010.21"
CALLER, OTHER = "09120000999", "09120000888"


@pytest.fixture
async def entry(sandbox):
    return await entry_of(sandbox, "simotel")


@pytest.fixture
def desks(sandbox):
    """Return two of the office's extensions."""
    return sandbox.accounts["simotel"][0].extensions[:2]


@pytest.fixture
async def tell(hass, sandbox, loaded, outside):
    """Return a function that lets the telephone system push an event."""
    sandbox.pusher.target("simotel", 0, Target(url=await outside(f"/api/trunkline/push/{loaded.data['webhook_id']}")))

    async def push(kind, **fields):
        assert sandbox.pusher.event("simotel", 0, kind, fields)
        await sandbox.pusher.idle()
        await hass.async_block_till_done()

    return push


@pytest.fixture
def shows(loaded, state):
    """Return a function that reads one of the account's sensors."""
    return lambda key: state("sensor", f"{loaded.unique_id}_{key}")


def keys_of(hass, entry, *, enabled=False):
    """Return the keys of the entry's sensors of phones and queues."""
    start = f"{entry.unique_id}_"
    return {
        entity.unique_id.removeprefix(start)
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if entity.unique_id.startswith((f"{start}phone", f"{start}queue")) and not (enabled and entity.disabled_by)
    }


async def test_every_extension_and_queue_has_sensors_that_know_nothing_before_the_first_event(
    hass, sandbox, loaded, shows
):
    extensions = sandbox.accounts["simotel"][0].extensions
    kinds = ("waiting", "longest_wait", "agents", "available")
    assert keys_of(hass, loaded) == {
        "phones",
        *(f"phone_{number}" for number in extensions),
        *(f"queue_{kind}_{queue}" for kind in kinds for queue in ("901", "902")),
    }
    for key in keys_of(hass, loaded) - {"queue_agents_901", "queue_agents_902"}:
        assert shows(key).state == STATE_UNKNOWN
    # Every extension is an agent of both queues.
    assert shows("queue_agents_901").state == shows("queue_agents_902").state == str(len(extensions))


async def test_a_call_from_the_first_ring_to_its_record(hass, tell, shows, desks):
    desk, other = desks
    await tell("IncomingCall", number=CALLER, unique_id=A)
    phones = shows("phones")
    assert (phones.state, phones.attributes["calls"], phones.attributes["ringing"]) == ("ringing", 1, 1)
    await tell("NewState", exten=desk, state="Ringing", participant=CALLER, direction="in", unique_id=A)
    ringing = shows(f"phone_{desk}")
    assert ringing.state == "ringing"
    assert {name: ringing.attributes[name] for name in ("number", "e164", "name", "direction", "queue", "calls")} == {
        "number": CALLER,
        "e164": "+989120000999",
        "name": None,
        "direction": "incoming",
        "queue": None,
        "calls": 1,
    }
    (caller,) = shows("phones").attributes["callers"]
    assert (caller["number"], caller["e164"], caller["phones"]) == (CALLER, "+989120000999", [desk])
    await tell("NewState", exten=desk, state="InUse", participant=CALLER, direction="in", unique_id=A)
    assert (shows("phones").state, shows(f"phone_{desk}").state) == ("talking", "talking")
    assert shows("phones").attributes["callers"] == []
    # A phone that was not heard of is not idle.
    assert shows(f"phone_{other}").state == STATE_UNKNOWN
    await tell("NewState", exten=desk, state="Idle", unique_id=A)
    assert (shows("phones").state, shows(f"phone_{desk}").state) == ("idle", "idle")
    assert "number" not in shows(f"phone_{desk}").attributes


async def test_the_record_of_a_call_closes_it_when_its_end_was_lost(tell, shows, desks):
    await tell("NewState", exten=desks[0], state="InUse", participant=CALLER, direction="in", unique_id=A)
    await tell("Cdr", unique_id=A, src=CALLER, dst=desks[0])
    assert (shows("phones").state, shows(f"phone_{desks[0]}").state) == ("idle", "idle")


async def test_the_call_list_closes_a_call_when_its_end_and_its_record_were_lost(sandbox, loaded, tell, shows, later):
    sandbox.pusher.target("simotel", 0, None)
    sandbox.world.record(sandbox.world.offices[0], outcome=Outcome.ANSWERED, wait=5, talk=60)
    (call,) = (await loaded.runtime_data.account.search_calls(count=1)).rows
    desk = call.extension
    loaded.runtime_data.live_events.async_fire(
        LineEvent("new_state", extension=desk, state="InUse", number=call.source.number, call_id=A)
    )
    assert shows(f"phone_{desk}").state == "talking"
    await later(121)
    assert (shows("phones").state, shows(f"phone_{desk}").state) == ("idle", "idle")


async def test_without_an_end_a_phone_is_unknown_after_the_documented_time(tell, shows, desks, later):
    await tell("NewState", exten=desks[0], state="Ringing", participant=CALLER, direction="in", unique_id=A)
    await later(RINGING_LIMIT.total_seconds() - 1)
    assert shows(f"phone_{desks[0]}").state == "ringing"
    await later(2)
    assert (shows("phones").state, shows(f"phone_{desks[0]}").state) == (STATE_UNKNOWN, STATE_UNKNOWN)


async def test_after_a_restart_nothing_is_known(hass, loaded, tell, shows, desks):
    await tell("NewState", exten=desks[0], state="Idle", unique_id=A)
    assert shows("phones").state == "idle"
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (shows("phones").state, shows(f"phone_{desks[0]}").state) == (STATE_UNKNOWN, STATE_UNKNOWN)
    await tell("NewState", exten=desks[0], state="Pause")
    assert shows(f"phone_{desks[0]}").state == "paused"


async def test_the_sandboxs_own_calls_end_idle(hass, sandbox, loaded, outside, later, shows):
    url = await outside(f"/api/trunkline/push/{loaded.data['webhook_id']}")
    sandbox.pusher.target("simotel", 0, Target(url=url, copies=2, options={"live": "all"}))
    for _ in range(3):
        end_a_call(sandbox)
    await pushed(hass, sandbox, later)
    assert (shows("phones").state, shows("phones").attributes["calls"]) == ("idle", 0)
    states = [shows(key).state for key in keys_of(hass, loaded) if key.startswith("phone_")]
    assert "idle" in states
    assert set(states) <= {"idle", STATE_UNKNOWN}


async def test_a_queue_counts_who_waits_and_since_when(now, freezer, tell, shows, desks):
    desk, other = desks
    await tell("IncomingCall", number=CALLER, unique_id=A)
    freezer.tick(5)
    await tell("NewState", exten=desk, state="Ringing", participant=CALLER, direction="in", queue="901", unique_id=A)
    assert (shows("queue_waiting_901").state, shows("queue_waiting_902").state) == ("1", "0")
    assert shows("queue_longest_wait_901").state == now.isoformat()
    freezer.tick(5)
    await tell("NewState", exten=other, state="Ringing", participant=OTHER, direction="in", queue="901", unique_id=B)
    assert shows("queue_waiting_901").state == "2"
    await tell("NewState", exten=desk, state="InUse", participant=CALLER, direction="in", queue="901", unique_id=A)
    assert shows("queue_waiting_901").state == "1"
    assert shows("queue_longest_wait_901").state == (now + timedelta(seconds=10)).isoformat()
    await tell("CdrQueue", unique_id=B, queue="901")
    assert (shows("queue_waiting_901").state, shows("queue_longest_wait_901").state) == ("0", STATE_UNKNOWN)


async def test_agents_are_available_while_their_phones_are_idle(loaded, tell, shows, desks, later):
    desk, other = desks
    assert shows("queue_available_901").state == STATE_UNKNOWN
    await tell("NewState", exten=desk, state="Idle", unique_id=A)
    await tell("NewState", exten=other, state="Pause")
    assert shows("queue_available_901").state == "1"
    agents = int(shows("queue_agents_901").state)
    await loaded.runtime_data.account.remove_agent(queue="901", extension=desk)
    await later(901)
    await later(121)
    assert (shows("queue_agents_901").state, shows("queue_available_901").state) == (str(agents - 1), "0")
    assert shows("queue_available_902").state == "1"


async def test_states_do_not_change_without_news(hass, tell, shows, desks, later):
    await tell("NewState", exten=desks[0], state="Ringing", participant=CALLER, queue="901", unique_id=A)
    changed = async_capture_events(hass, "state_changed")
    for _ in range(3):
        await later(10)
        await tell("NewState", exten=desks[0], state="Ringing", participant=CALLER, queue="901", unique_id=A)
    sensors = {event.data["entity_id"] for event in changed if event.data["entity_id"].startswith("sensor.")}
    assert not {entity for entity in sensors if "extension" in entity or "phones" in entity or "queue" in entity}


# Phones and queues that come and go


async def test_an_extension_that_is_gone_takes_its_sensor_with_it(hass, sandbox, loaded, tell, desks, later):
    account = loaded.runtime_data.account
    await tell("ExtenAdded", exten="777", state="Unavailable")
    assert {"phone_777", f"phone_{desks[0]}"} <= keys_of(hass, loaded)
    await tell("ExtenRemoved", exten="777")
    assert "phone_777" not in keys_of(hass, loaded)
    conditions = {"name": "", "number": desks[0], "mapped": ""}
    found = await account.request("POST", "pbx/users/search", status="all", alike=False, conditions=conditions)
    [user] = found["data"]
    await account.request("POST", "pbx/users/remove", _id=user["_id"])
    await later(3601)
    await later(121)
    assert f"phone_{desks[0]}" not in keys_of(hass, loaded)
    assert f"phone_{desks[1]}" in keys_of(hass, loaded)


async def test_where_extensions_are_not_listed_those_that_are_mentioned_stay_over_a_restart(
    hass, entry, setup, monkeypatch, desks
):
    async def denied(self):
        raise PermissionDeniedError("not permitted")

    for method in ("extensions", "queues", "agents"):
        monkeypatch.setattr(SimotelAccount, method, denied)
    loaded = await setup(entry)
    assert keys_of(hass, loaded) == {"phones"}
    # Only what was read before is missed: nobody has to permit queues.
    assert {issue_id.rpartition("_")[0] for _, issue_id in ir.async_get(hass).issues} != set()
    assert not [issue_id for _, issue_id in ir.async_get(hass).issues if "queue" in issue_id or "agent" in issue_id]
    ring = LineEvent("new_state", extension=desks[0], state="Ringing", queue="901", call_id=A)
    loaded.runtime_data.live_events.async_fire(ring)
    await hass.async_block_till_done()
    found = keys_of(hass, loaded)
    assert {f"phone_{desks[0]}", "queue_waiting_901"} <= found
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert keys_of(hass, loaded) == found


async def test_forged_events_make_up_a_few_sensors_at_most(hass, loaded):
    before = len(keys_of(hass, loaded))
    for number in range(200):
        loaded.runtime_data.live_events.async_fire(
            LineEvent(
                "new_state", extension=str(2000 + number), state="Ringing", queue=f"q{number}", call_id=str(number)
            )
        )
    await hass.async_block_till_done()
    most = live_sensors.MAX_MENTIONED
    assert len(keys_of(hass, loaded)) == before + most + len(live_sensors.QUEUE_SENSORS) * most


async def test_the_sensors_of_a_large_office_are_disabled_by_default(hass, entry, setup, monkeypatch):
    async def many(self):
        return tuple(Extension(str(number)) for number in range(1000, 1080))

    monkeypatch.setattr(SimotelAccount, "extensions", many)
    loaded = await setup(entry)
    phones = {key for key in keys_of(hass, loaded) if key.startswith("phone_")}
    enabled = {key for key in keys_of(hass, loaded, enabled=True) if key.startswith("phone_")}
    assert (len(phones), len(enabled)) == (80, live_sensors.MAX_ENABLED_PHONES)


async def test_the_sensors_belong_to_the_accounts_device(hass, loaded):
    registry = er.async_get(hass)
    for key in keys_of(hass, loaded):
        entity = registry.async_get(registry.async_get_entity_id("sensor", DOMAIN, f"{loaded.unique_id}_{key}"))
        assert entity.device_id == loaded.runtime_data.devices.device_id


async def test_an_account_without_live_events_has_none_of_them(hass, sandbox, setup):
    entry: MockConfigEntry = await setup(await entry_of(sandbox, "telefonchy"))
    assert keys_of(hass, entry) == set()


@pytest.mark.parametrize("language", ["en", "fa"])
def test_every_state_is_translated(language):
    folder = Path(live_sensors.__file__).parent
    texts = json.loads((folder / f"translations/{language}.json").read_text())["entity"]["sensor"]
    for description in (live_sensors.PHONES, live_sensors.PHONE):
        assert set(texts[description.translation_key]["state"]) == set(description.options)
