"""Buttons: a sync by hand, and a press that rings a telephone."""

from __future__ import annotations

import pytest
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from .conftest import DOMAIN, make_entry


async def press(hass, entity: str) -> None:
    await hass.services.async_call("button", "press", {"entity_id": entity}, blocking=True)


@pytest.fixture
async def dialling(sandbox, setup):
    """Return an entry with one speed dial and a guard that lets one call through."""
    extension = sandbox.accounts["telefonchy"][0].extensions[0]
    dial = ConfigSubentryData(
        data={"from": extension, "to": "02155500009"},
        subentry_type="speed_dial",
        title="Workshop",
        unique_id=None,
    )
    return await setup(make_entry(sandbox, options={"calls_per_hour": 1}, subentries_data=[dial]))


def dial_of(hass, entry) -> str:
    subentry_id = next(iter(entry.subentries))
    found = er.async_get(hass).async_get_entity_id("button", DOMAIN, f"{entry.unique_id}_speed_dial_{subentry_id}")
    assert found is not None
    return found


async def test_sync_now_finds_the_newest_call(hass, sandbox, loaded, entity_id, state):
    before = int(state("sensor", f"{loaded.unique_id}_calls").state)
    sandbox.world.record(sandbox.world.offices[0], wait=1, talk=1)
    await press(hass, entity_id("button", f"{loaded.unique_id}_sync_now"))
    assert int(state("sensor", f"{loaded.unique_id}_calls").state) == before + 1


async def test_sync_now_says_what_went_wrong_in_the_persons_language(hass, sandbox, loaded, entity_id):
    sandbox.faults.add("cut")
    with pytest.raises(HomeAssistantError) as caught:
        await press(hass, entity_id("button", f"{loaded.unique_id}_sync_now"))
    assert caught.value.translation_key == "action_unreachable"
    assert caught.value.translation_placeholders["account"] == "Office 1"


async def test_a_speed_dial_calls_its_number_from_its_extension(hass, sandbox, dialling):
    await press(hass, dial_of(hass, dialling))
    request = next(request for request in sandbox.requests if request.path == "/smartcall")
    assert request.query["exten"] == sandbox.accounts["telefonchy"][0].extensions[0]
    assert request.query["to"] == "02155500009"


async def test_the_guard_holds_back_a_button_that_is_pressed_again_and_again(hass, sandbox, dialling):
    await press(hass, dial_of(hass, dialling))
    with pytest.raises(ServiceValidationError):
        await press(hass, dial_of(hass, dialling))
    assert sum(request.path == "/smartcall" for request in sandbox.requests) == 1


async def test_a_speed_dial_is_a_device_of_its_own_with_its_name(hass, dialling):
    entity = er.async_get(hass).async_get(dial_of(hass, dialling))
    device = dr.async_get(hass).async_get(entity.device_id)
    assert device.name == "Workshop"
    assert entity.config_subentry_id == next(iter(dialling.subentries))
    assert hass.states.get(entity.entity_id).attributes["friendly_name"] == "Workshop"


async def test_a_speed_dial_that_is_removed_takes_its_button_along(hass, dialling, later):
    entity = dial_of(hass, dialling)
    hass.config_entries.async_remove_subentry(dialling, next(iter(dialling.subentries)))
    await later(130)
    assert hass.states.get(entity) is None
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), dialling.entry_id)
    assert all(device.name != "Workshop" for device in devices)


async def test_a_speed_dials_device_outlives_the_trunks_that_go(hass, sandbox, dialling, later):
    sandbox.world.offices[0].trunks.pop()
    await later(130)
    assert hass.states.get(dial_of(hass, dialling)) is not None
