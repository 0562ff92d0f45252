"""Every provider that the sandbox speaks, set up by its forms and running: what is there, and what is not."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import AsyncMock

import aiohasupervisor  # noqa: F401  (can't be imported while the clock is stopped)
import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from custom_components.trunkline.account.inventory import EVERY_15_MINUTES
from custom_components.trunkline.diagnostics import async_get_config_entry_diagnostics, async_get_device_diagnostics
from trunkline.errors import ProviderError
from trunkline.metrics import DayFigures
from trunkline.model import Capability
from trunkline.sandbox import Direction, Outcome

from .conftest import DOMAIN, rows_since
from .flows import WIRES, set_up, unload
from .languages import LANGUAGES
from .test_account import complaints
from .test_diagnostics import leaks

# Midnight of the 10th of March 2026 in each zone: Tehran UTC+03:30, Ho Chi Minh City UTC+07:00, Vilnius UTC+02:00.
MIDNIGHTS = {
    "Asia/Tehran": datetime(2026, 3, 9, 20, 30, tzinfo=UTC),
    "Asia/Ho_Chi_Minh": datetime(2026, 3, 9, 17, tzinfo=UTC),
    "Europe/Vilnius": datetime(2026, 3, 9, 22, tzinfo=UTC),
}
ALWAYS = {"calls", "incoming", "outgoing", "last_call", "last_sync", "requests_today", "history"}
OUTCOMES = {"answered", "missed", "busy", "no_answer", "congestion", "answer_ratio", "talk_time", "open_missed_callers"}
COSTS = {"cost_today", "cost_month"}
# What each has beyond that, by the key of the sensor; plans and trunks have sensors of their own.
SENSORS = {
    "telefonchy": OUTCOMES | COSTS | {"push"},
    "voipano": set(),
    "voip24h": OUTCOMES,
    "voip24h-v3": OUTCOMES | {"push"},
    "simotel": OUTCOMES | {"push", "voicemails", "phones"},
    "mor": OUTCOMES | COSTS,
    "mor-api": OUTCOMES | COSTS | {"push"},
}
POLL = 130


@pytest.fixture(params=WIRES)
def wire(request, sandbox):
    if request.param not in sandbox.accounts:
        pytest.skip("the sandbox has no such wire")
    return request.param


@pytest.fixture
async def running(hass, sandbox, wire):
    """Return the first account of a wire, set up by its forms; it is unloaded afterwards."""
    entry = await set_up(hass, sandbox, wire)
    yield entry
    await unload(hass)


def sensors(hass, entry) -> set[str]:
    """Return the keys of the account's own sensors."""
    registry = er.async_get(hass)
    entities = er.async_entries_for_config_entry(registry, entry.entry_id)
    start = f"{entry.unique_id}_"
    found = {entity.unique_id.removeprefix(start) for entity in entities if entity.domain == "sensor"}
    trunks = tuple(f"{trunk_id}_" for trunk_id in entry.runtime_data.coordinator.data.trunks)
    return {key for key in found if not key.startswith((*trunks, "plan_", "phone_", "queue_"))}


def devices(hass, entry):
    return dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)


def asked(sandbox, since: int) -> Counter[str]:
    return Counter(request.path for request in sandbox.requests[since:])


async def test_each_has_the_sensors_that_it_can_fill_and_no_others(hass, sandbox, wire, running):
    assert running.state is ConfigEntryState.LOADED
    assert sensors(hass, running) == ALWAYS | SENSORS[wire]
    assert running.runtime_data.coordinator.data.history.complete


async def test_each_counts_todays_calls_of_the_same_office(hass, sandbox, wire, running, state):
    key, zone = running.unique_id, running.runtime_data.account.zone.key
    rows = rows_since(sandbox.world.offices[sandbox.accounts[wire][0].office], MIDNIGHTS[zone])
    expected = {
        "calls": len(rows),
        "incoming": sum(row.direction == Direction.INCOMING for row in rows),
        "outgoing": sum(row.direction == Direction.OUTGOING for row in rows),
    }
    if "answered" in SENSORS[wire]:
        expected["answered"] = sum(row.outcome == Outcome.ANSWERED for row in rows)
        expected["busy"] = sum(row.outcome == Outcome.BUSY for row in rows)
    assert {name: int(state("sensor", f"{key}_{name}").state) for name in expected} == expected


async def test_no_cost_is_made_up_where_calls_have_no_price(hass, sandbox, wire, running):
    data = running.runtime_data.coordinator.data
    if "cost_today" in SENSORS[wire]:
        assert data.cost_today.amount > 0
        assert data.cost_month.amount >= data.cost_today.amount
        return
    assert (data.cost_today, data.cost_month) == (None, None)
    assert all(trunk.run_out is None and trunk.spend is None for trunk in data.trunks.values())
    assert not any(
        "cost" in name or "days_of_credit" in name or "unusual" in name for name in hass.states.async_entity_ids()
    )


async def test_a_trunk_is_a_device_where_something_is_known_of_it(hass, wire, running):
    trunks = running.runtime_data.coordinator.data.trunks
    known = {trunk_id for trunk_id, data in trunks.items() if data.trunk.credit is not None}
    identifiers = {identifier for device in devices(hass, running) for _, identifier in device.identifiers}
    assert identifiers == {running.unique_id, *(f"{running.unique_id}_{trunk_id}" for trunk_id in known)}
    assert bool(known) is (wire in {"telefonchy", "mor", "mor-api"})
    named = {device.name for device in devices(hass, running) if device.via_device_id}
    assert named == {
        f"{running.title} trunk {trunks[trunk_id].trunk.number[-4:]}"
        if wire == "telefonchy"
        else f"{running.title} balance"
        for trunk_id in known
    }


@pytest.mark.parametrize("wire", ["mor-api"], indirect=True)
async def test_a_balance_that_is_not_told_is_not_shown_as_if_it_were(running, state, later, monkeypatch):
    unique_id = f"{running.unique_id}_{next(iter(running.runtime_data.coordinator.data.trunks))}_credit"
    told = state("sensor", unique_id).state
    assert float(told) > 0
    with monkeypatch.context() as patched:
        patched.setattr(running.runtime_data.account, "trunks", AsyncMock(side_effect=ProviderError("a failure")))
        await later(POLL)
    assert running.runtime_data.coordinator.last_update_success
    assert state("sensor", unique_id).state == STATE_UNAVAILABLE
    await later(2 * EVERY_15_MINUTES)
    assert state("sensor", unique_id).state == told


async def test_each_is_polled_without_a_word_in_the_log(hass, sandbox, wire, running, later, caplog):
    caplog.clear()
    await later(POLL)
    await later(POLL)
    assert complaints(caplog) == []
    assert running.runtime_data.coordinator.last_update_success


async def test_a_call_that_comes_is_found_by_the_next_poll(hass, sandbox, wire, running, later, state):
    unique_id = f"{running.unique_id}_calls"
    before = int(state("sensor", unique_id).state)
    office = sandbox.world.offices[sandbox.accounts[wire][0].office]
    sandbox.world.record(office, wait=1, talk=10)
    await later(POLL)
    assert int(state("sensor", unique_id).state) == before + 1


async def test_refused_credentials_ask_for_new_ones(hass, sandbox, wire, running, later):
    sandbox.faults.add("expired_token")
    await later(POLL)
    flows = [flow for flow in hass.config_entries.flow.async_progress() if flow["context"]["source"] == "reauth"]
    assert [flow["step_id"] for flow in flows] == [
        f"reauth_{running.data['provider']}" + (f"_{running.data['dialect']}" if running.data["dialect"] else "")
    ]


async def test_each_figure_has_a_name_and_an_icon_in_every_language(hass, running):
    from .test_entities import COMPONENT

    icons = json.loads((COMPONENT / "icons.json").read_text())["entity"]
    for language in LANGUAGES:
        names = json.loads((COMPONENT / f"translations/{language}.json").read_text())["entity"]
        for entity in er.async_entries_for_config_entry(er.async_get(hass), running.entry_id):
            assert names[entity.domain][entity.translation_key]["name"]
            assert icons[entity.domain][entity.translation_key]["default"].startswith("mdi:")


async def test_the_diagnostics_tell_nothing_private(hass, sandbox, running):
    found = await async_get_config_entry_diagnostics(hass, running)
    assert leaks(sandbox, running, found) == set()
    assert found["entry"]["dialect"] == running.data["dialect"]
    assert found["archive"]["calls"] > 500
    for device in devices(hass, running):
        assert leaks(sandbox, running, await async_get_device_diagnostics(hass, running, device)) == set()


async def test_two_accounts_of_one_provider_stand_side_by_side(hass, sandbox, wire, running, state):
    more = {"account": "warehouse"} if "account" in running.data["credentials"] else {}
    other = await set_up(hass, sandbox, wire, 1, **more)
    zone = MIDNIGHTS[other.runtime_data.account.zone.key]
    rows = rows_since(sandbox.world.offices[sandbox.accounts[wire][1].office], zone)
    assert int(state("sensor", f"{other.unique_id}_calls").state) == len(rows)


# What only some have


async def test_a_quiet_poll_asks_for_little(hass, sandbox, wire, running, later):
    await later(POLL)
    since = len(sandbox.requests)
    await later(POLL)
    # The credit where that is told with the lines, and the newest calls (by day or by cursor), each once.
    assert sum(asked(sandbox, since).values()) <= 3, asked(sandbox, since)


async def test_what_hardly_changes_is_asked_for_once_an_hour(hass, sandbox, later):
    entry = await set_up(hass, sandbox, "simotel")
    since = len(sandbox.requests)
    for _ in range(29):
        await later(POLL)
    paths = asked(sandbox, since)
    assert paths["/pbx/trunks/search"] == paths["/pbx/queues/search"] == 1
    # 29 polls take 3770 seconds. The users are read for the extensions, and more often for the agents of the queues.
    assert paths["/voicemails/inbox/search"] == 4
    assert paths["/pbx/users/search"] == 1 + 4
    await entry.runtime_data.async_sync()
    assert asked(sandbox, since)["/pbx/trunks/search"] == 2
    await unload(hass)


async def test_unheard_voicemails_are_counted(hass, sandbox, state):
    entry = await set_up(hass, sandbox, "simotel")
    messages = await entry.runtime_data.account.voicemails()
    shown = state("sensor", f"{entry.unique_id}_voicemails")
    assert int(shown.state) == sum(message.read is False for message in messages if message.problem is None)
    assert shown.attributes["messages"] == len(messages)
    assert shown.attributes["newest"] == max(message.received_at for message in messages).isoformat()
    await unload(hass)


async def test_each_plan_tells_its_days(hass, sandbox, state):
    entry = await set_up(hass, sandbox, "voipano")
    plans = await entry.runtime_data.account.plans()
    assert len(plans) >= 2
    for plan in plans:
        shown = state("sensor", f"{entry.unique_id}_plan_{plan.plan_id}")
        assert int(shown.state) == plan.days_left
        assert shown.attributes["status"] == plan.status == "active"
        assert plan.name in shown.name
    await unload(hass)


async def test_a_plan_that_is_gone_takes_its_sensor_with_it(hass, sandbox, state, monkeypatch):
    entry = await set_up(hass, sandbox, "voipano")
    coordinator = entry.runtime_data.coordinator
    kept, gone = sorted(coordinator.data.plans)[:2]
    only = (coordinator.data.plans[kept],)

    async def plans():
        return only

    monkeypatch.setattr(entry.runtime_data.account, "plans", plans)
    await entry.runtime_data.async_sync()
    await hass.async_block_till_done(wait_background_tasks=True)
    registry = er.async_get(hass)
    assert registry.async_get_entity_id("sensor", DOMAIN, f"{entry.unique_id}_plan_{gone}") is None
    assert int(state("sensor", f"{entry.unique_id}_plan_{kept}").state) == only[0].days_left
    await unload(hass)


async def test_what_no_call_of_today_tells_is_unknown(hass, sandbox, state):
    entry = await set_up(hass, sandbox, "simotel")
    coordinator = entry.runtime_data.coordinator
    key = entry.unique_id
    assert int(state("sensor", f"{key}_answered").state) > 0
    silent = DayFigures(calls=3, unknown=3, undirected=3)
    coordinator.async_set_updated_data(replace(coordinator.data, today=silent))
    unknown = {
        "answered",
        "missed",
        "busy",
        "no_answer",
        "congestion",
        "incoming",
        "outgoing",
        "answer_ratio",
        "talk_time",
    }
    assert {name: state("sensor", f"{key}_{name}").state for name in unknown} == dict.fromkeys(unknown, STATE_UNKNOWN)
    assert state("sensor", f"{key}_calls").state == "3"
    # Answered calls without a length: how long was talked can't be told either.
    untimed = DayFigures(calls=3, answered=2, untimed=2, incoming=3)
    coordinator.async_set_updated_data(replace(coordinator.data, today=untimed))
    assert state("sensor", f"{key}_talk_time").state == STATE_UNKNOWN
    assert state("sensor", f"{key}_answered").state == "2"
    await unload(hass)


async def test_a_credit_that_is_told_in_replies_only_outlives_a_restart(hass, sandbox, state):
    entry = await set_up(hass, sandbox, "voipano")
    assert not any("credit" in name for name in hass.states.async_entity_ids())
    placed = await entry.runtime_data.requests.async_place_call(source="02191010001", destination="09120000010")
    assert placed.remaining_credit is not None
    await entry.runtime_data.async_sync()
    await hass.async_block_till_done(wait_background_tasks=True)
    told = {
        trunk_id: data.trunk.credit
        for trunk_id, data in entry.runtime_data.coordinator.data.trunks.items()
        if data.trunk.credit is not None
    }
    assert list(told.values()) == [placed.remaining_credit]
    trunk_id = next(iter(told))
    unique_id = f"{entry.unique_id}_{trunk_id}_credit"
    shown = state("sensor", unique_id).state
    assert int(shown) == placed.remaining_credit.amount

    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data.account.billing is None or entry.runtime_data.account.billing.remaining_credit is None
    assert state("sensor", unique_id).state == shown
    # Its calls have no prices, so that only an amount can tell whether the credit is low.
    low = f"{entry.unique_id}_{trunk_id}_low_credit"
    assert state("binary_sensor", low).state == STATE_UNKNOWN
    for amount, expected in ((int(shown), STATE_OFF), (int(shown) + 1, STATE_ON)):
        hass.config_entries.async_update_entry(entry, options={"low_credit": amount})
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert state("binary_sensor", low).state == expected
    await unload(hass)


async def test_the_balance_of_mor_is_in_its_own_currency(hass, sandbox, state):
    entry = await set_up(hass, sandbox, "mor-api")
    data = entry.runtime_data.coordinator.data
    (trunk_id,) = data.trunks
    shown = state("sensor", f"{entry.unique_id}_{trunk_id}_credit")
    assert (shown.attributes["unit_of_measurement"], shown.state) == (
        "EUR",
        str(data.trunks[trunk_id].trunk.credit.amount),
    )
    assert state("sensor", f"{entry.unique_id}_cost_today").attributes["unit_of_measurement"] == "EUR"
    assert state("sensor", f"{entry.unique_id}_{trunk_id}_days_left").state not in {STATE_UNKNOWN, STATE_UNAVAILABLE}
    await unload(hass)


async def test_a_speed_dial_offers_the_extensions_also_of_a_provider_without_services(hass, sandbox):
    entry = await set_up(hass, sandbox, "simotel")
    assert not entry.runtime_data.account.supports(Capability.SERVICES)
    result = await hass.config_entries.subentries.async_init((entry.entry_id, "speed_dial"), context={"source": "user"})
    field = next(value for key, value in result["data_schema"].schema.items() if str(key) == "from")
    offered = {option["value"] for option in field.config["options"]}
    assert offered == set(sandbox.accounts["simotel"][0].extensions)
    await unload(hass)


async def test_no_entity_of_a_provider_is_left_over_from_another(hass, sandbox):
    for wire in ("telefonchy", "simotel"):
        await set_up(hass, sandbox, wire)
    accounts = hass.config_entries.async_loaded_entries(DOMAIN)
    assert len(accounts) == 2
    for entry in accounts:
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
            assert entity.unique_id.startswith(entry.unique_id) or entity.config_subentry_id
    await unload(hass)
