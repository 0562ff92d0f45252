"""A pressed speed dial says what came of it: at its button, in an event, and in the logbook."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import Context, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_capture_events, mock_component
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.trunkline.account.dialling import DialResult, async_dial_sentence, dial_attributes

from .conftest import DOMAIN, make_entry

NUMBER = "02155500009"


async def press(hass, entity: str) -> None:
    await hass.services.async_call("button", "press", {"entity_id": entity}, blocking=True)


@pytest.fixture
async def dialling(sandbox, setup):
    """Return an entry with one speed dial, which may place one call an hour."""
    extension = sandbox.accounts["telefonchy"][0].extensions[0]
    dial = ConfigSubentryData(
        data={"from": extension, "to": NUMBER}, subentry_type="speed_dial", title="Workshop", unique_id=None
    )
    return await setup(make_entry(sandbox, options={"calls_per_hour": 1}, subentries_data=[dial]))


@pytest.fixture
def button(hass, dialling):
    subentry_id = next(iter(dialling.subentries))
    return er.async_get(hass).async_get_entity_id("button", DOMAIN, f"{dialling.unique_id}_speed_dial_{subentry_id}")


@pytest.fixture
def results(hass, button):
    """Return the results that the button shows, in their order."""
    shown: list[str | None] = []

    @callback
    def note(event):
        state = event.data["new_state"]
        if state is not None and state.entity_id == button and state.state != "unavailable":
            shown.append(state.attributes["result"])

    hass.bus.async_listen("state_changed", note)
    return shown


async def test_a_button_that_was_not_pressed_has_no_result(hass, button):
    assert hass.states.get(button).attributes["result"] is None


async def test_a_call_that_is_placed_is_shown_as_accepted(hass, sandbox, dialling, button, results):
    events = async_capture_events(hass, "trunkline_speed_dial")
    await press(hass, button)
    await hass.async_block_till_done()
    # Home Assistant writes the time of the press first.
    assert results == [None, "requested", "accepted"]
    extension = sandbox.accounts["telefonchy"][0].extensions[0]
    assert [event.data for event in events] == [
        {
            "config_entry": dialling.entry_id,
            "device_id": er.async_get(hass).async_get(button).device_id,
            "entity_id": button,
            "name": "Workshop",
            "result": "accepted",
            "extension": extension,
            "number_ending": "0009",
        }
    ]
    assert NUMBER not in json.dumps(dict(events[0].data)) + json.dumps(dict(hass.states.get(button).attributes))


async def test_a_call_that_the_provider_refuses_is_shown_as_failed(hass, sandbox, button, results):
    sandbox.faults.add("expired_token")
    events = async_capture_events(hass, "trunkline_speed_dial")
    with pytest.raises(HomeAssistantError):
        await press(hass, button)
    await hass.async_block_till_done()
    assert results == [None, "requested", "failed"]
    assert [event.data["result"] for event in events] == ["failed"]


async def test_a_lost_reply_is_shown_as_not_confirmed(hass, sandbox, button, results):
    sandbox.faults.add("cut")
    with pytest.raises(HomeAssistantError) as caught:
        await press(hass, button)
    await hass.async_block_till_done()
    assert caught.value.translation_key == "call_outcome_unknown"
    assert results == [None, "requested", "unknown"]


async def test_a_press_beyond_the_hourly_limit_is_shown_as_failed(hass, sandbox, button, results):
    await press(hass, button)
    with pytest.raises(HomeAssistantError):
        await press(hass, button)
    await hass.async_block_till_done()
    # The clock stands still, so that the time of the press changes only once.
    assert results == [None, "requested", "accepted", "requested", "failed"]
    assert sum(request.path == "/smartcall" for request in sandbox.requests) == 1


async def test_the_event_has_the_user_who_pressed(hass, button, hass_admin_user):
    events = async_capture_events(hass, "trunkline_speed_dial")
    context = Context(user_id=hass_admin_user.id)
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True, context=context)
    assert [event.context.user_id for event in events] == [hass_admin_user.id]


def test_the_extension_is_masked_too_if_it_is_a_phone_number():
    subentry = SimpleNamespace(title="Home", data={"from": "09120000001", "to": "*123#"})
    assert dial_attributes(subentry, DialResult.FAILED) == {
        "name": "Home",
        "result": "failed",
        "extension": "0001",
        "number_ending": "*123#",
    }


SENTENCES = {
    "en": {
        "accepted": "is calling the number ending in 0009; 101 rings first",
        "failed": "could not call the number ending in 0009",
        "unknown": "may be calling the number ending in 0009; the provider did not confirm it",
    },
    "fa": {
        "accepted": "با شماره‌ای که به 0009 ختم می‌شود تماس می‌گیرد؛ ابتدا 101 زنگ می‌خورد",
        "failed": "نتوانست با شماره‌ای که به 0009 ختم می‌شود تماس بگیرد",
        "unknown": "شاید در حال تماس با شماره‌ای باشد که به 0009 ختم می‌شود؛ ارائه‌دهنده آن را تأیید نکرد",
    },
}


@pytest.mark.parametrize("language", SENTENCES)
async def test_the_logbook_speaks_the_language_of_home_assistant(hass, language):
    assert await async_setup_component(hass, DOMAIN, {})
    hass.config.language = language
    await async_get_translations(hass, language, "common", {DOMAIN})
    for result, sentence in SENTENCES[language].items():
        data = {"result": result, "extension": "101", "number_ending": "0009"}
        assert async_dial_sentence(hass, data) == sentence
    # An event of another version.
    assert async_dial_sentence(hass, {"result": "postponed"}) == "postponed"


async def test_the_logbook_of_the_device_shows_it(hass, recorder_mock, sandbox, now, setup, hass_ws_client):
    extension = sandbox.accounts["telefonchy"][0].extensions[0]
    dial = ConfigSubentryData(
        data={"from": extension, "to": NUMBER}, subentry_type="speed_dial", title="Workshop", unique_id=None
    )
    entry = await setup(make_entry(sandbox, subentries_data=[dial]))
    mock_component(hass, "frontend")
    assert await async_setup_component(hass, "logbook", {})
    await hass.async_block_till_done()
    entity = next(
        entity
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if entity.translation_key == "speed_dial"
    )
    await press(hass, entity.entity_id)
    await async_wait_recording_done(hass)
    client = await hass_ws_client()
    minute = timedelta(minutes=1)
    period = {"start_time": (now - minute).isoformat(), "end_time": (now + minute).isoformat()}
    await client.send_json_auto_id({"type": "logbook/get_events", **period, "device_ids": [entity.device_id]})
    rows = [row for row in (await client.receive_json())["result"] if row.get("domain") == DOMAIN]
    assert [(row["name"], row["message"], row["entity_id"]) for row in rows] == [
        ("Workshop", f"is calling the number ending in 0009; {extension} rings first", entity.entity_id)
    ]
