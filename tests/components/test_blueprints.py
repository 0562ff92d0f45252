"""Home Assistant accepts the blueprints, and they run the actions that their descriptions promise."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from homeassistant.components import automation
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint import Blueprint
from homeassistant.core import SupportsResponse
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml as yaml_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
    async_mock_service,
)

FOLDER = Path(__file__).parents[2] / "blueprints/automation/trunkline"
CALL = {
    "call_id": "71966",
    "config_entry": "one",
    "type": "missed",
    "direction": "incoming",
    "status": "no_answer",
    "trunk": "2155500001",
    "source": "9120000001",
    "source_name": None,
    "started_at": "2026-01-31T08:00:00+00:00",
    "backfilled": False,
    "confirmed": True,
    "repeated": False,
}


@pytest.fixture
async def say(hass, tmp_path):
    """Install the blueprints, and return the calls of the action that the tests use in them."""
    hass.config.config_dir = str(tmp_path)
    shutil.copytree(FOLDER, tmp_path / "blueprints/automation/trunkline")
    await hass.config.async_set_time_zone("UTC")
    async_mock_service(hass, "trunkline", "get_calls", response={"calls": []}, supports_response=SupportsResponse.ONLY)
    return async_mock_service(hass, "test", "say")


async def automate(hass, blueprint, text, **inputs):
    inputs["actions"] = [{"action": "test.say", "data": {"text": text}}]
    config = {"alias": "it", "use_blueprint": {"path": f"trunkline/{blueprint}.yaml", "input": inputs}}
    assert await async_setup_component(hass, automation.DOMAIN, {automation.DOMAIN: config})
    assert hass.states.get("automation.it").state == "on"


def texts(calls):
    return [str(call.data["text"]) for call in calls]


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.stem)
def test_home_assistant_accepts_the_blueprint(path):
    content = yaml_util.load_yaml(str(path))
    blueprint = Blueprint(content, expected_domain="automation", path=path.name, schema=AUTOMATION_BLUEPRINT_SCHEMA)
    assert blueprint.validate() is None
    assert blueprint.metadata["source_url"].endswith(f"/{path.relative_to(FOLDER.parents[2])}")


async def test_a_missed_call_runs_the_actions_with_caller_line_and_time(hass, say):
    await automate(hass, "missed_call", "{{ caller }} / {{ caller_number }} / {{ line }} / {{ when }}")
    hass.bus.async_fire("trunkline_call", CALL)
    hass.bus.async_fire("trunkline_call", CALL | {"source_name": "Office two"})
    hass.bus.async_fire("trunkline_call", CALL | {"source": None})
    await hass.async_block_till_done()
    assert texts(say) == [
        "9120000001 / 9120000001 / 2155500001 / 08:00",
        "Office two / 9120000001 / 2155500001 / 08:00",
        "Withheld number / withheld / 2155500001 / 08:00",
    ]


async def test_an_answered_call_runs_no_actions(hass, say):
    await automate(hass, "missed_call", "{{ caller }}")
    hass.bus.async_fire("trunkline_call", CALL | {"type": "answered"})
    await hass.async_block_till_done()
    assert texts(say) == []


async def test_calls_of_other_accounts_and_backfilled_calls_can_be_excluded(hass, say):
    await automate(hass, "missed_call", "{{ caller }}", account="one", late=False)
    hass.bus.async_fire("trunkline_call", CALL | {"config_entry": "two", "source": "9120000002"})
    hass.bus.async_fire("trunkline_call", CALL | {"backfilled": True, "source": "9120000003"})
    hass.bus.async_fire("trunkline_call", CALL)
    await hass.async_block_till_done()
    assert texts(say) == ["9120000001"]


async def test_a_pushed_call_runs_the_actions_once_when_it_is_confirmed(hass, say):
    await automate(hass, "missed_call", "{{ caller }}")
    hass.bus.async_fire("trunkline_call", CALL | {"confirmed": False})
    await hass.async_block_till_done()
    assert texts(say) == []
    hass.bus.async_fire("trunkline_call", CALL | {"repeated": True})
    await hass.async_block_till_done()
    assert texts(say) == ["9120000001"]


async def test_a_pushed_call_runs_the_actions_once_and_at_once_if_that_is_wanted(hass, say):
    await automate(hass, "missed_call", "{{ caller }}", at_once=True)
    hass.bus.async_fire("trunkline_call", CALL | {"confirmed": False})
    await hass.async_block_till_done()
    assert texts(say) == ["9120000001"]
    hass.bus.async_fire("trunkline_call", CALL | {"repeated": True})
    # A poll has found this one.
    hass.bus.async_fire("trunkline_call", CALL | {"source": "9120000002"})
    await hass.async_block_till_done()
    assert texts(say) == ["9120000001", "9120000002"]


async def test_the_default_action_for_a_missed_call_is_a_notification_that_names_account_and_line(hass, say):
    entry = MockConfigEntry(domain="trunkline", title="Office [1]")
    entry.add_to_hass(hass)
    created = async_capture_events(hass, "call_service")
    config = {"alias": "it", "use_blueprint": {"path": "trunkline/missed_call.yaml", "input": {}}}
    assert await async_setup_component(hass, automation.DOMAIN, {automation.DOMAIN: config})
    assert await async_setup_component(hass, "persistent_notification", {})
    hass.bus.async_fire("trunkline_call", CALL | {"config_entry": entry.entry_id})
    hass.bus.async_fire("trunkline_call", CALL | {"config_entry": "gone", "trunk": None})
    await hass.async_block_till_done()
    shown = [event.data["service_data"] for event in created if event.data["service"] == "create"]
    assert [(text["title"], text["message"]) for text in shown] == [
        ("Missed call: Office (1)", "9120000001 called at 08:00 on line 2155500001."),
        ("Missed call: Trunkline", "9120000001 called at 08:00."),
    ]


def low_credit_sensor(hass, entry, trunk, name):
    """Register the device of a trunk and its sensor, and return the sensor's id."""
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("trunkline", trunk)}, name=name
    )
    entity = er.async_get(hass).async_get_or_create(
        "binary_sensor", "trunkline", f"{trunk}_low_credit", config_entry=entry, device_id=device.id
    )
    hass.states.async_set(entity.entity_id, "off")
    return entity.entity_id, device.id


async def test_a_low_credit_names_account_and_line(hass, say):
    home = MockConfigEntry(domain="trunkline", title="Home")
    shop = MockConfigEntry(domain="trunkline", title="Shop")
    home.add_to_hass(hass)
    shop.add_to_hass(hass)
    first, _ = low_credit_sensor(hass, home, "a", "Home trunk 0001")
    second, renamed = low_credit_sensor(hass, shop, "b", "Trunk 02155550001")
    third, _ = low_credit_sensor(hass, shop, "c", "Balance")
    dr.async_get(hass).async_update_device(renamed, name_by_user="Front <b>")
    await automate(hass, "low_credit", "{{ line }}", low_credit=[first, second, third, "binary_sensor.other"])
    for entity_id in (first, second, third):
        hass.states.async_set(entity_id, "on")
        await hass.async_block_till_done()
    assert texts(say) == ["Home trunk 0001", "Shop, Front ‹b›", "Shop, Balance"]


async def test_a_reminder_names_all_lines_whose_credit_is_low(hass, say, freezer):
    freezer.move_to("2026-01-31 08:59:00+00:00")
    entry = MockConfigEntry(domain="trunkline", title="Home")
    entry.add_to_hass(hass)
    sensors = [low_credit_sensor(hass, entry, trunk, f"Home trunk 000{trunk}")[0] for trunk in "123"]
    for entity_id in sensors[:2]:
        hass.states.async_set(entity_id, "on")
    await automate(hass, "low_credit", "{{ line }}", low_credit=sensors, reminder="09:00:00")
    freezer.move_to("2026-01-31 09:00:00.500+00:00")
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert texts(say) == ["Home trunk 0001; Home trunk 0002"]


async def test_a_low_credit_runs_the_actions_once_and_again_at_the_reminder_time(hass, say, freezer):
    freezer.move_to("2026-01-31 08:00:00+00:00")
    hass.states.async_set("binary_sensor.one", "off")
    hass.states.async_set("binary_sensor.two", "off")
    watched = ["binary_sensor.one", "binary_sensor.two"]
    await automate(hass, "low_credit", "{{ low | join }}", low_credit=watched, reminder="09:00:00")
    hass.states.async_set("binary_sensor.two", "on")
    await hass.async_block_till_done()
    assert texts(say) == ["binary_sensor.two"]

    freezer.move_to("2026-01-31 09:00:00.500+00:00")
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert texts(say) == ["binary_sensor.two"] * 2

    hass.states.async_set("binary_sensor.two", "off")
    freezer.move_to("2026-02-01 09:00:00.500+00:00")
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert len(say) == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<img src=http://127.0.0.1/x>", "‹img src=http:∕∕127.0.0.1∕x›"),
        ("![x](http://127.0.0.1/x)", "!(x)(http:∕∕127.0.0.1∕x)"),
        ("**Bank** _call_ `now`", "∗∗Bank∗∗ ˍcallˍ 'now'"),
        ("www.example.com me@example.com", "www．example.com me＠example.com"),
        ("# Bank", "\u200c# Bank"),
        ("1. Bank", "\u200c1. Bank"),
        ("{{ states.sensor | list }}", "(( states.sensor ¦ list ))"),
        ("شرکت باران", "شرکت باران"),
        ("+989120000001", "\u200c+989120000001"),
        ("O'Neil & Sons (sales), no. 1+1", "O'Neil & Sons (sales), no. 1+1"),
    ],
)
async def test_a_callers_name_is_text_in_a_notification(hass, say, name, shown):
    await automate(hass, "missed_call", "{{ caller }}")
    hass.bus.async_fire("trunkline_call", CALL | {"source_name": name})
    await hass.async_block_till_done()
    assert texts(say) == [shown]


async def test_a_number_and_a_line_are_text_in_a_notification(hass, say):
    await automate(hass, "missed_call", "{{ caller_number }} / {{ line }}")
    hass.bus.async_fire("trunkline_call", CALL | {"source": "<b>1</b>", "trunk": "[1](http://127.0.0.1)"})
    await hass.async_block_till_done()
    assert texts(say) == ["‹b›1‹∕b› / (1)(http:∕∕127.0.0.1)"]


async def test_the_number_of_a_caller_keeps_its_plus_sign(hass, say):
    await automate(hass, "missed_call", "{{ caller_number }}")
    hass.bus.async_fire("trunkline_call", {**CALL, "source": "+989120000001", "source_name": "Baran"})
    await hass.async_block_till_done()
    assert texts(say) == ["\u200c+989120000001"]


async def test_a_message_without_a_time_arrives_now(hass, say, freezer):
    freezer.move_to("2026-01-31T09:15:00+00:00")
    await automate(hass, "after_hours", "{{ caller }} / {{ mailbox }} / {{ when }}")
    event = {"config_entry": "one", "kind": "voice_mail", "at": None, "extension": None, "number": None, "fields": {}}
    hass.bus.async_fire("trunkline_event", event)
    await hass.async_block_till_done()
    assert texts(say) == ["\u200cWithheld number / \u200c- / 09:15"]
