"""Triggers and conditions: automations on a real Home Assistant, run by what happens at a provider in the sandbox."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

import pytest
import voluptuous as vol
import yaml
from homeassistant.components import automation
from homeassistant.components.websocket_api import TYPE_RESULT
from homeassistant.core import Context, Event, callback
from homeassistant.helpers import condition as condition_helper
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import trigger as trigger_helper
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events, async_mock_service

from custom_components.trunkline import condition as condition_platform
from custom_components.trunkline import device_trigger
from custom_components.trunkline import trigger as trigger_platform
from custom_components.trunkline.account.reports import REPORTED, Report
from custom_components.trunkline.automations import figures, legacy
from custom_components.trunkline.automations import options as options_module
from custom_components.trunkline.automations.callers import is_caller
from custom_components.trunkline.automations.configured import Bare
from custom_components.trunkline.automations.holding import async_holds
from custom_components.trunkline.automations.kinds import CONDITION_KINDS, KINDS
from custom_components.trunkline.automations.options import checked
from custom_components.trunkline.automations.watching import async_watch
from trunkline.metrics import RunOut
from trunkline.model import LineEvent, Money, Party
from trunkline.sandbox import Direction, Outcome, Sandbox

from .conftest import DOMAIN, entry_of, make_entry
from .languages import LANGUAGES
from .test_push import record
from .test_push_addresses import with_events  # noqa: F401  (a fixture)

COMPONENT = Path(__file__).parents[2] / "custom_components/trunkline"
CALLER = "9120000777"
OTHER = "9120000888"
NEW_TRIGGERS = hasattr(getattr(trigger_helper, "Trigger", None), "async_attach_runner")
NEW_CONDITIONS = hasattr(getattr(condition_helper, "Condition", None), "_async_check")
FORMS = ("device", "platform")
TOLD = {
    "device": "{{ trigger.device_id }}",
    "account": "{{ trigger.config_entry }}",
    "number": "{{ trigger.event.data.source if trigger.event is defined else '' }}",
    "credit": "{{ trigger.credit | default('') }}",
    "days": "{{ trigger.days_left | default('') }}",
}


@pytest.fixture
def said(hass):
    """Return the calls of the action that the automations of the tests run."""
    return async_mock_service(hass, "test", "say")


@pytest.fixture
def account_device(loaded):
    return loaded.runtime_data.devices.device_id


@pytest.fixture
async def trunk_device(hass, loaded):
    """Return the ids of the devices of the two trunks, by number."""
    registry = dr.async_get(hass)
    return {
        identifier.removeprefix(f"{loaded.unique_id}_"): device.id
        for device in dr.async_entries_for_config_entry(registry, loaded.entry_id)
        for _, identifier in device.identifiers
    }


def trigger_of(form, kind, device_id, **options):
    """Return a trigger as the user interface stores it."""
    if form == "device":
        return {"trigger": "device", "domain": DOMAIN, "device_id": device_id, "type": kind, **options}
    return {"trigger": f"{DOMAIN}.{kind}", "target": {"device_id": device_id}, "options": options}


async def automate(hass, trigger, *conditions):
    config = {
        "alias": "it",
        "triggers": [trigger],
        "conditions": list(conditions),
        "actions": [{"action": "test.say", "data": TOLD}],
        "mode": "queued",
    }
    assert await async_setup_component(hass, automation.DOMAIN, {automation.DOMAIN: config})
    await hass.async_block_till_done()
    assert hass.states.get("automation.it").state == "on"


def make_call(sandbox, number=CALLER, *, direction=Direction.INCOMING, outcome=Outcome.NO_ANSWER, **more):
    """Let a call have ended this instant."""
    world = sandbox.world
    more = {"wait": 1, "talk": 1, "peer": world.party(number)} | more
    return world.record(world.offices[0], direction=direction, outcome=outcome, **more)


# Calls


@pytest.mark.parametrize("form", FORMS)
async def test_a_missed_call_triggers_and_other_calls_do_not(hass, sandbox, loaded, said, later, account_device, form):
    await automate(hass, trigger_of(form, "call_missed", account_device))
    await later(10)
    make_call(sandbox, OTHER, outcome=Outcome.ANSWERED)
    make_call(sandbox, OTHER, outcome=Outcome.NO_ANSWER, direction=Direction.OUTGOING)
    make_call(sandbox)
    await later(130)
    assert [(call.data["number"], call.data["device"], call.data["account"]) for call in said] == [
        (int(CALLER), account_device, loaded.entry_id)
    ]


@pytest.mark.parametrize("form", FORMS)
async def test_an_answered_call_triggers_in_both_directions(hass, sandbox, loaded, said, later, account_device, form):
    await automate(hass, trigger_of(form, "call_answered", account_device))
    await later(10)
    make_call(sandbox)
    make_call(sandbox, outcome=Outcome.ANSWERED)
    make_call(sandbox, outcome=Outcome.ANSWERED, direction=Direction.OUTGOING)
    await later(130)
    assert len(said) == 2


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", ["09120000777", "+98 912 000 0777", "00989120000777", "۰۹۱۲۰۰۰۰۷۷۷, 02155500099"])
async def test_a_number_is_recognized_however_it_is_written(
    hass, sandbox, loaded, said, later, account_device, form, number
):
    await automate(hass, trigger_of(form, "call_from", account_device, number=number))
    await later(10)
    make_call(sandbox, OTHER)
    make_call(sandbox)
    make_call(sandbox, outcome=Outcome.ANSWERED)
    make_call(sandbox, direction=Direction.OUTGOING)
    await later(130)
    assert [call.data["number"] for call in said] == [int(CALLER)] * 2


@pytest.mark.parametrize("form", FORMS)
async def test_a_contact_is_recognized_by_name(hass, sandbox, loaded, said, later, account_device, form):
    runtime = loaded.runtime_data
    office = sandbox.world.offices[0]
    await later(10)
    position = make_call(sandbox, peer=0)
    await later(130)
    name = runtime.coordinator.data.last_call.source.name
    assert name
    assert runtime.coordinator.data.last_call.call_id == str(office.calls[position].call_id)
    await automate(hass, trigger_of(form, "call_missed", account_device, contact=f" {name.upper()} "))
    make_call(sandbox, OTHER)
    make_call(sandbox, peer=0)
    await later(130)
    assert len(said) == 1


async def test_the_device_of_a_trunk_has_the_calls_of_the_trunk(hass, sandbox, loaded, said, later, trunk_device):
    first, second = (str(trunk.number).lstrip("0") for trunk in sandbox.world.offices[0].trunks)
    await automate(hass, trigger_of("device", "call_missed", trunk_device[second]))
    await later(10)
    make_call(sandbox, trunk=0)
    make_call(sandbox, OTHER, trunk=1)
    await later(130)
    assert [call.data["number"] for call in said] == [int(OTHER)]
    assert first != second


@pytest.mark.parametrize(("options", "runs"), [({}, 1), ({"late": False}, 0)])
async def test_calls_that_are_found_late_can_be_left_out(
    hass, sandbox, loaded, said, account_device, freezer, options, runs
):
    await automate(hass, trigger_of("platform", "call_missed", account_device, **options))
    await hass.config_entries.async_unload(loaded.entry_id)
    freezer.tick(3600)
    make_call(sandbox)
    freezer.tick(3600)
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(said) == runs


@pytest.mark.parametrize(("options", "at_once", "in_the_end"), [({}, 0, 0), ({"at_once": True}, 1, 1)])
async def test_a_pushed_call_triggers_at_once_only_if_that_is_wanted(
    hass, loaded, said, account_device, hass_client_no_auth, later, options, at_once, in_the_end
):
    await automate(hass, trigger_of("platform", "call_missed", account_device, **options))
    client = await hass_client_no_auth()
    await client.post(f"/api/webhook/{loaded.data['webhook_id']}", json=record())
    await hass.async_block_till_done()
    assert len(said) == at_once
    # The call list never has it.
    await later(130)
    assert len(said) == in_the_end


@pytest.mark.parametrize(("at_once", "runs"), [(True, ["missed"]), (False, ["answered"])])
async def test_a_call_whose_outcome_the_list_corrects_triggers_once(hass, loaded, at_once, runs):
    """The event of the confirmed call is no repetition then, but it is the same call from the same number."""
    seen = []
    options = checked(KINDS["call_from"].fields, {"number": "09120000777", "at_once": at_once})
    stop = async_watch(
        hass, KINDS["call_from"], options, None, lambda told, _: seen.append(told["event"]["data"]["type"])
    )
    for outcome, confirmed in (("missed", False), ("answered", True)):
        data = {
            "device_id": "x",
            "call_id": "1",
            "type": outcome,
            "direction": "incoming",
            "backfilled": False,
            "repeated": False,
            "confirmed": confirmed,
        }
        report = Report(
            event_type="trunkline_call",
            entry_id=loaded.entry_id,
            data=data,
            context=Context(),
            party=Party(number="09120000777", e164="+989120000777"),
            region="IR",
        )
        async_dispatcher_send(hass, REPORTED, report)
    assert seen == runs
    stop()


async def test_triggers_go_on_after_a_reload_and_stop_with_their_automation(
    hass, sandbox, loaded, said, later, account_device
):
    await automate(hass, trigger_of("platform", "call_missed", account_device))
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await later(10)
    make_call(sandbox)
    await later(130)
    assert len(said) == 1
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.it"}, blocking=True)
    make_call(sandbox)
    await later(130)
    assert len(said) == 1


async def test_without_a_target_a_trigger_is_for_all_accounts(hass, sandbox, loaded, setup, said, later):
    other = await setup(make_entry(sandbox, 1))
    await automate(hass, {"trigger": f"{DOMAIN}.call_missed", "options": {}})
    await later(10)
    make_call(sandbox)
    world = sandbox.world
    world.record(world.offices[1], outcome=Outcome.NO_ANSWER, wait=1)
    await later(130)
    assert {call.data["account"] for call in said} == {loaded.entry_id, other.entry_id}


# Phone systems


@pytest.mark.parametrize("form", FORMS)
async def test_a_ringing_phone_triggers(hass, with_events, loaded, said, account_device, form):  # noqa: F811
    await automate(hass, trigger_of(form, "phone_ringing", account_device, number="0912 000 0777"))
    lines = loaded.runtime_data.live_events
    lines.async_fire(LineEvent(kind="incoming_call", number="09120000888"))
    lines.async_fire(LineEvent(kind="new_state", number="09120000777"))
    assert said == []
    lines.async_fire(LineEvent(kind="incoming_call", number="09120000777"))
    await hass.async_block_till_done()
    assert len(said) == 1


# Credit


@pytest.mark.parametrize("form", FORMS)
async def test_credit_that_falls_below_an_amount_triggers_once(
    hass, sandbox, loaded, said, later, account_device, trunk_device, form
):
    office, world = sandbox.world.offices[0], sandbox.world
    number = str(office.trunks[0].number).lstrip("0")
    world.top_up(office, 0, 500_000 - office.trunks[0].credit)
    world.top_up(office, 1, 900_000 - office.trunks[1].credit)
    await later(130)
    await automate(hass, trigger_of(form, "credit_below", account_device, amount=500_000))
    # As much as that is not below.
    await later(130)
    assert said == []
    world.top_up(office, 0, -1)
    await later(130)
    assert [(call.data["credit"], call.data["device"]) for call in said] == [(499999.0, trunk_device[number])]
    world.top_up(office, 0, -1)
    await later(130)
    assert len(said) == 1
    world.top_up(office, 0, 10)
    await later(130)
    world.top_up(office, 0, -100)
    await later(130)
    assert len(said) == 2


async def test_an_amount_is_in_the_unit_that_is_displayed(hass, sandbox, setup, said, later):
    loaded = await setup(make_entry(sandbox, options={"display_currency": "toman"}))
    office, world = sandbox.world.offices[0], sandbox.world
    world.top_up(office, 0, 500_000 - office.trunks[0].credit)
    world.top_up(office, 1, 900_000 - office.trunks[1].credit)
    await later(130)
    device_id = loaded.runtime_data.devices.device_id
    # One toman is ten rials.
    await automate(hass, trigger_of("platform", "credit_below", device_id, amount=50_000))
    world.top_up(office, 0, -10)
    await later(130)
    assert [call.data["credit"] for call in said] == [49999.0]


async def test_credit_that_is_low_already_does_not_trigger(hass, sandbox, loaded, said, later, account_device):
    office, world = sandbox.world.offices[0], sandbox.world
    world.top_up(office, 0, 100 - office.trunks[0].credit)
    await later(130)
    await automate(hass, trigger_of("platform", "credit_below", account_device, amount=500_000))
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await later(130)
    assert said == []


@pytest.mark.parametrize("form", FORMS)
async def test_credit_that_lasts_for_a_few_days_triggers(hass, sandbox, loaded, said, later, state, trunk_device, form):
    office, world = sandbox.world.offices[0], sandbox.world
    number = str(office.trunks[0].number).lstrip("0")
    world.top_up(office, 0, 1_000_000)
    await later(130)
    days = float(state("sensor", f"{loaded.unique_id}_{number}_days_left").state)
    assert days > 7
    await automate(hass, trigger_of(form, "runs_out_within", trunk_device[number], days=7))
    # What is left lasts for about three days.
    world.top_up(office, 0, -int(office.trunks[0].credit * (1 - 3 / days)))
    await later(130)
    (call,) = said
    assert float(call.data["days"]) == float(state("sensor", f"{loaded.unique_id}_{number}_days_left").state) < 7
    assert call.data["device"] == trunk_device[number]


@pytest.mark.parametrize("form", FORMS)
async def test_a_day_that_costs_more_than_ever_triggers(hass, socket_enabled, now, setup, said, later, form):
    async with Sandbox(seed=7, calls=900, days=30, now=now) as month:
        entry = await setup(make_entry(month))
        office = month.world.offices[0]
        await automate(hass, trigger_of(form, "unusual_spend", entry.runtime_data.devices.device_id))
        await later(600)
        assert said == []
        position = month.world.record(office, trunk=0, wait=1, talk=10)
        month.world.correct(office, position, price_talk=2_000_000)
        await later(130)
        assert len(said) == 1
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("form", FORMS)
async def test_a_call_that_was_not_pushed_triggers(hass, sandbox, loaded, said, later, account_device, form):
    await automate(hass, trigger_of(form, "push_silent", account_device))
    loaded.runtime_data.push.add_confirmed(1)
    await later(130)
    assert said == []
    make_call(sandbox)
    await later(130)
    await later(15 * 60)
    assert len(said) == 1


# Conditions


conditions = pytest.mark.skipif(not NEW_CONDITIONS, reason="before 2026.3 there are no such conditions")


def condition_of(kind, **options):
    return {"condition": f"{DOMAIN}.{kind}", "options": options}


@conditions
@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        (condition_of("call_missed"), [CALLER, OTHER]),
        (condition_of("call_missed", number="0912-000-0888"), [OTHER]),
        (condition_of("call_answered"), [CALLER]),
        (condition_of("call_from", number="09120000777"), [CALLER, CALLER]),
    ],
)
@pytest.mark.parametrize("trigger", ["call_from", "event"])
async def test_a_condition_tests_the_call_that_triggered(
    hass, sandbox, loaded, said, later, account_device, condition, numbers, trigger
):
    anybody = {"number": "09120000777, 09120000888"}
    triggers = {
        "call_from": trigger_of("platform", "call_from", account_device, **anybody),
        "event": {"trigger": "event", "event_type": "trunkline_call"},
    }
    await automate(hass, triggers[trigger], condition)
    await later(10)
    make_call(sandbox)
    make_call(sandbox, OTHER)
    make_call(sandbox, outcome=Outcome.ANSWERED)
    await later(130)
    assert sorted(str(call.data["number"]) for call in said) == sorted(numbers)


@pytest.mark.parametrize(
    ("data", "holding"),
    [
        ({}, set()),
        ({"config_entry": ["x"], "type": "missed"}, set()),
        ({"config_entry": "entry"}, set()),
        ({"config_entry": "entry", "type": "missed", "call_id": ["1"], "source": 9120000777}, set()),
        ({"config_entry": "entry", "type": "missed", "source": "09120000777"}, {"call_missed", "call_from"}),
    ],
)
async def test_a_condition_does_not_hold_for_what_an_event_lacks_that_somebody_fires_by_hand(
    hass, loaded, data, holding
):
    if data.get("config_entry") == "entry":
        data = {**data, "config_entry": loaded.entry_id}
    trigger = {"trigger": {"event": Event("trunkline_call", data)}}
    kinds = ("call_missed", "call_answered", "call_from")
    holds = {kind for kind in kinds if async_holds(hass, KINDS[kind], {"number": "09120000777"}, None, trigger)}
    assert holds == holding


@conditions
@pytest.mark.parametrize(("kind", "below", "above"), [("credit_below", 500_000, 499_999), ("runs_out_within", 3650, 0)])
async def test_a_condition_tests_the_credit(hass, sandbox, loaded, said, kind, below, above):
    office, world = sandbox.world.offices[0], sandbox.world
    for at in range(2):
        world.top_up(office, at, 499_999 - office.trunks[at].credit)
    await loaded.runtime_data.async_sync()
    name = {"credit_below": "amount", "runs_out_within": "days"}[kind]
    both = [
        {"condition": "not", "conditions": [condition_of(kind, **{name: above})]},
        condition_of(kind, **{name: below}),
    ]
    await automate(hass, {"trigger": "event", "event_type": "go"}, *both)
    hass.bus.async_fire("go")
    await hass.async_block_till_done()
    assert len(said) == 1


@conditions
async def test_a_condition_tests_spending_and_push(hass, loaded, hass_ws_client):
    client = await hass_ws_client()

    async def holds(kind):
        await client.send_json_auto_id({"type": "test_condition", "condition": condition_of(kind)})
        answer = await client.receive_json()
        assert answer["success"], answer
        return answer["result"]["result"]

    assert not await holds("unusual_spend")
    assert not await holds("push_silent")
    push = loaded.runtime_data.push
    push.add_confirmed(1)
    assert not await holds("push_silent")
    push.lost, push.trusted_since = 1, None
    assert await holds("push_silent")
    # Nothing triggered this one.
    assert not await holds("call_missed")


# The forms of other versions of Home Assistant


async def test_the_class_of_a_trigger_works_on_every_version(hass, sandbox, loaded, later):
    cls = (await trigger_platform._async_get_triggers(hass))["call_missed"]
    config = await cls.async_validate_config(hass, {"options": {"number": "09120000777"}})
    assert config == {"options": {"number": "09120000777", "at_once": False, "late": True}}
    seen = []
    trigger = cls(hass, SimpleNamespace(options=config["options"], target=None))
    stop = await trigger.async_attach_runner(
        lambda told, description, _: seen.append((told["config_entry"], description))
    )
    await later(10)
    make_call(sandbox)
    await later(130)
    assert seen == [(loaded.entry_id, "missed call")]
    stop()


async def test_the_functions_for_old_versions_work_on_every_version(hass, sandbox, loaded, later):
    config = {"platform": "trunkline.call_missed", "id": "x", "number": "09120000777"}
    config = await legacy.async_validate_trigger_config(hass, config)
    assert config["options"] == {"number": "09120000777", "at_once": False, "late": True}
    seen = []
    info = {"trigger_data": {"id": "x", "idx": "0", "alias": None}}
    stop = await legacy.async_attach_trigger(
        hass, config, callback(lambda told, _=None: seen.append(told["trigger"])), info
    )
    await later(10)
    make_call(sandbox)
    await later(130)
    assert [(told["id"], told["platform"], told["event"]["data"]["source"]) for told in seen] == [
        ("x", "trunkline.call_missed", CALLER)
    ]
    stop()
    with pytest.raises(vol.Invalid):
        await legacy.async_validate_trigger_config(hass, {"platform": "trunkline.nothing"})


async def test_the_class_of_a_condition_works_on_every_version(hass, sandbox, loaded, later):
    classes = await condition_platform._async_get_conditions(hass)
    heard = async_capture_events(hass, "trunkline_call")
    await later(10)
    make_call(sandbox)
    make_call(sandbox, OTHER, direction=Direction.OUTGOING)
    await later(130)

    async def holds(kind, event=None, **options):
        config = await classes[kind].async_validate_config(hass, {"options": options})
        condition = classes[kind](hass, SimpleNamespace(options=config["options"], target=None))
        return condition._async_check(variables={"trigger": {"event": event}} if event else None)

    by_number = {event.data["call_id"]: event for event in heard}
    missed, called = by_number.values()
    plain = {"event_type": "trunkline_call", "data": dict(missed.data)}
    assert await holds("call_missed", missed)
    assert await holds("call_missed", plain)
    assert not await holds("call_missed", called)
    assert await holds("call_from", called, number=f"0{OTHER}")
    # Those that are no longer remembered are compared as they are in the event.
    loaded.runtime_data.reports._parties.clear()
    assert await holds("call_from", missed, number=f"0{CALLER}")
    assert await holds("call_from", called, number=f"0{OTHER}")
    assert not await holds(
        "call_from", {"event_type": "trunkline_call", "data": {"config_entry": "gone"}}, number="110"
    )
    assert not await holds("call_missed", {"event_type": "another", "data": {}})
    assert not await holds("call_missed")
    assert await holds("credit_below", amount=10**9)
    assert not await holds("credit_below", amount=0)


# The user interface


async def ask(hass_ws_client, **message):
    client = await hass_ws_client()
    await client.send_json_auto_id(message)
    answer = await client.receive_json()
    assert answer["type"] == TYPE_RESULT
    assert answer["success"], answer
    return answer["result"]


async def offered(hass, hass_ws_client, device_id):
    assert await async_setup_component(hass, "device_automation", {})
    listed = await ask(hass_ws_client, type="device_automation/trigger/list", device_id=device_id)
    return {item["type"]: item for item in listed if item["domain"] == DOMAIN}


async def test_the_devices_offer_what_their_provider_has(hass, loaded, account_device, trunk_device, hass_ws_client):
    calls = {"call_missed", "call_answered", "call_from"}
    credit = {"credit_below", "runs_out_within", "unusual_spend"}
    assert set(await offered(hass, hass_ws_client, account_device)) == calls | credit | {"push_silent"}
    number = next(iter(loaded.runtime_data.coordinator.data.trunks))
    assert set(await offered(hass, hass_ws_client, trunk_device[number])) == calls | credit


async def test_a_phone_system_offers_what_happens_on_it(hass, sandbox, setup, hass_ws_client):
    entry = await setup(await entry_of(sandbox, "simotel"))
    found = await offered(hass, hass_ws_client, entry.runtime_data.devices.device_id)
    assert set(found) == {"call_missed", "call_answered", "call_from", "phone_ringing", "route_request", "push_silent"}


async def test_a_provider_without_outcomes_offers_no_missed_calls(hass, sandbox, setup, hass_ws_client):
    entry = await setup(await entry_of(sandbox, "voipano"))
    found = await offered(hass, hass_ws_client, entry.runtime_data.devices.device_id)
    assert {"call_missed", "call_answered"} & set(found) == set()
    assert "call_from" in found


@pytest.mark.parametrize("kind", KINDS)
async def test_the_form_of_a_device_trigger_has_its_fields(hass, loaded, account_device, hass_ws_client, kind):
    assert await async_setup_component(hass, "device_automation", {})
    trigger = trigger_of("device", kind, account_device)
    capabilities = await ask(hass_ws_client, type="device_automation/trigger/capabilities", trigger=trigger)
    fields = {field["name"]: field for field in capabilities.get("extra_fields", ())}
    assert set(fields) == {str(marker) for marker in KINDS[kind].fields}
    assert all("selector" in field for field in fields.values())
    described = yaml.safe_load((COMPONENT / "triggers.yaml").read_text())[kind].get("fields", {})
    assert {name for name, field in fields.items() if field.get("required")} == {
        name for name, field in described.items() if field.get("required")
    }


@pytest.mark.skipif(not NEW_TRIGGERS, reason="before 2025.12 triggers are not listed")
async def test_the_user_interface_is_told_the_triggers_and_conditions(hass, loaded, hass_ws_client):
    client = await hass_ws_client()
    for name, kinds in (("trigger", set(KINDS)), ("condition", {kind.key for kind in CONDITION_KINDS})):
        await client.send_json_auto_id({"type": f"{name}_platforms/subscribe"})
        assert (await client.receive_json())["success"]
        told = (await client.receive_json())["event"]
        ours = {key.removeprefix(f"{DOMAIN}."): item for key, item in told.items() if key.startswith(f"{DOMAIN}.")}
        assert set(ours) == kinds
        described = yaml.safe_load((COMPONENT / f"{name}s.yaml").read_text())
        for key, item in ours.items():
            assert set(item["fields"]) == set(described[key].get("fields", {}))
            assert item["target"]["entity"][0]["integration"] == DOMAIN


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("call_from", {}),
        ("call_from", {"number": ""}),
        ("call_missed", {"number": "not a number"}),
        ("credit_below", {}),
        ("runs_out_within", {"days": -1}),
        ("unusual_spend", {"what": 1}),
        ("nothing", {}),
    ],
)
async def test_the_editor_is_told_of_a_trigger_that_is_not_complete(
    hass, loaded, account_device, hass_ws_client, form, kind, options
):
    assert await async_setup_component(hass, "device_automation", {})
    trigger = trigger_of(form, kind, account_device, **options)
    result = await ask(hass_ws_client, type="validate_config", triggers=[trigger])
    assert result["triggers"]["valid"] is False
    good = trigger_of(form, "call_missed", account_device, number="", late=True)
    assert (await ask(hass_ws_client, type="validate_config", triggers=[good]))["triggers"]["valid"] is True


async def test_what_is_not_known_of_a_trunk_neither_holds_nor_fails(loaded):
    runtime, now = loaded.runtime_data, dt_util.utcnow()
    data = runtime.coordinator.data

    def found(read, options, **known):
        trunks = {trunk_id: replace(trunk, **known) for trunk_id, trunk in data.trunks.items()}
        runtime.coordinator.data = replace(data, trunks=trunks)
        return [(finding.trunk_id, finding.holds) for finding in read(runtime, options, now)]

    endless = RunOut(at=None, earliest=None, latest=None, daily_burn=Money(Decimal(1), "IRR"), days=28)
    try:
        assert found(figures.runs_out_within, {"days": 3}, run_out=None) == [(each, None) for each in data.trunks]
        assert found(figures.runs_out_within, {"days": 3}, run_out=endless) == [(each, False) for each in data.trunks]
        assert found(figures.unusual_spend, {}, spend=None) == [(each, None) for each in data.trunks]
    finally:
        runtime.coordinator.data = data


async def test_a_device_of_a_provider_that_is_not_installed_offers_nothing(hass):
    entry = MockConfigEntry(domain=DOMAIN, unique_id="gone:1", data={"provider": "gone"})
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, "gone:1")}, name="Gone"
    )
    assert await device_trigger.async_get_triggers(hass, device.id) == []


def loaded_with(monkeypatch, helper, platform, **members):
    """Return a platform as it is loaded where Home Assistant's base class has these members."""
    kind = "Condition" if helper is condition_helper else "Trigger"
    monkeypatch.setattr(helper, kind, type(kind, (Bare,), members), raising=False)
    spec = spec_from_file_location("custom_components.trunkline.another_platform", platform.__file__)
    another = module_from_spec(spec)
    spec.loader.exec_module(another)
    return another


async def test_conditions_are_offered_where_home_assistant_has_them(hass, monkeypatch):
    old = loaded_with(monkeypatch, condition_helper, condition_platform)
    assert not hasattr(old, "async_get_conditions")
    new = loaded_with(monkeypatch, condition_helper, condition_platform, _async_check=None)
    assert await new.async_get_conditions(hass) is new.CONDITIONS


async def test_triggers_are_offered_the_way_home_assistant_knows(hass, monkeypatch):
    old = loaded_with(monkeypatch, trigger_helper, trigger_platform)
    assert not hasattr(old, "async_get_triggers")
    assert old.async_attach_trigger is legacy.async_attach_trigger
    new = loaded_with(monkeypatch, trigger_helper, trigger_platform, async_attach_runner=None)
    assert not hasattr(new, "async_attach_trigger")
    assert await new.async_get_triggers(hass) is new.TRIGGERS


def test_the_forms_have_the_fields_that_are_checked():
    for name, kinds in (("triggers", KINDS.values()), ("conditions", CONDITION_KINDS)):
        described = yaml.safe_load((COMPONENT / f"{name}.yaml").read_text())
        assert {key for key in described if not key.startswith(".")} == {kind.key for kind in kinds}
        for kind in kinds:
            fields = kind.fields if name == "triggers" else kind.condition_fields
            required = {str(marker): isinstance(marker, vol.Required) for marker in fields}
            stated = described[kind.key].get("fields", {})
            assert required == {key: field.get("required", False) for key, field in stated.items()}, kind.key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_trigger_and_condition_has_its_texts(language):
    texts = json.loads((COMPONENT / f"translations/{language}.json").read_text())
    for name, kinds in (("triggers", KINDS.values()), ("conditions", CONDITION_KINDS)):
        assert set(texts[name]) == {kind.key for kind in kinds}
        for kind in kinds:
            fields = kind.fields if name == "triggers" else kind.condition_fields
            assert set(texts[name][kind.key].get("fields", ())) == {str(marker) for marker in fields}
    of_devices = texts["device_automation"]
    assert set(of_devices["trigger_type"]) == set(KINDS)
    fields = {str(marker) for kind in KINDS.values() for marker in kind.fields}
    assert set(of_devices["extra_fields"]) == set(of_devices["extra_fields_descriptions"]) == fields


# Callers


def test_names_are_the_same_in_whatever_keyboard_and_width_they_are_written():
    assert is_caller({"contact": "علی یکتا"}, Party(), ["علي  يكتا"], region="IR")
    assert is_caller({"contact": "ＡＮＮＡ"}, Party(), [None, "Anna"], region="IR")
    assert not is_caller({"contact": "Anna"}, Party(), ["Annabel", None], region="IR")
    assert not is_caller({"number": "09120000777"}, Party(number=None), [], region="IR")


def test_a_number_or_a_contact_is_enough():
    options = options_module.checked(options_module.CALLER, {"number": "09120000777", "contact": "Anna"})
    assert is_caller(options, Party(number="1"), ["Anna"], region="IR")
    assert is_caller(options, Party(number="9120000777", e164="+989120000777"), [], region="IR")
    assert not is_caller(options, Party(number="1"), ["B"], region="IR")


async def test_a_listener_that_fails_logs_no_number(hass, sandbox, loaded, later, caplog):
    @callback
    def fail(report):
        raise ValueError

    stop = async_dispatcher_connect(hass, REPORTED, fail)
    await later(10)
    make_call(sandbox)
    await later(130)
    stop()
    assert "ValueError" in caplog.text
    assert CALLER not in caplog.text


async def test_no_number_is_logged(hass, sandbox, loaded, said, later, account_device, caplog):
    caplog.set_level(logging.DEBUG)
    await automate(hass, trigger_of("platform", "call_from", account_device, number="09120000777"))
    await later(10)
    make_call(sandbox)
    await later(130)
    assert len(said) == 1
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("custom_components")]
    assert not any("9120000777" in message for message in ours)
