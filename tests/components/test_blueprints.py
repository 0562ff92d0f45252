"""Home Assistant accepts the blueprints, and they run the actions that their descriptions promise."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from homeassistant.components import automation
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint import Blueprint
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml as yaml_util
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
    async_mock_service,
)

FOLDER = Path(__file__).parents[2] / "blueprints/automation/trunkline"
CALL = {
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


async def test_the_default_action_for_a_missed_call_is_a_notification(hass, say):
    created = async_capture_events(hass, "call_service")
    config = {"alias": "it", "use_blueprint": {"path": "trunkline/missed_call.yaml", "input": {}}}
    assert await async_setup_component(hass, automation.DOMAIN, {automation.DOMAIN: config})
    assert await async_setup_component(hass, "persistent_notification", {})
    hass.bus.async_fire("trunkline_call", CALL)
    await hass.async_block_till_done()
    messages = [event.data["service_data"]["message"] for event in created if event.data["service"] == "create"]
    assert messages == ["9120000001 called at 08:00 on line 2155500001."]


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
