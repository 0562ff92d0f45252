"""The differences between the Home Assistant versions that are supported."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from types import SimpleNamespace

import pytest
from homeassistant import config_entries
from homeassistant.helpers.device_registry import DeviceInfo

from custom_components.trunkline import compat
from custom_components.trunkline import errors as failures
from trunkline import errors


def test_the_wait_that_a_provider_asks_for_is_passed_on_where_it_can_be():
    failure = failures.update_failure(errors.RateLimitedError("why", retry_after=90), "Office")
    assert getattr(failure, "retry_after", None) == (90 if compat._SUPPORTS_RETRY_AFTER else None)


@pytest.mark.parametrize("new", [False, True])
def test_a_device_is_linked_the_way_home_assistant_knows(monkeypatch, new):
    monkeypatch.setattr(compat, "_SUPPORTS_VIA_DEVICE_ID", new)
    linked = compat.device_through(DeviceInfo(name="Trunk"), ("trunkline", "a"), "1234")
    assert dict(linked) == {"name": "Trunk"} | (
        {"via_device_id": "1234"} if new else {"via_device": ("trunkline", "a")}
    )


def test_the_options_flow_is_home_assistants_own_where_there_is_one():
    own = getattr(config_entries, "OptionsFlowWithReload", None)
    assert own is None or compat.OptionsFlowWithReload is own
    assert issubclass(compat.OptionsFlowWithReload, config_entries.OptionsFlow)


async def test_before_2025_8_changed_options_reload_the_account_all_the_same(hass, loaded, monkeypatch):
    monkeypatch.delattr(config_entries, "OptionsFlowWithReload", raising=False)
    spec = spec_from_file_location("custom_components.trunkline.old_compat", compat.__file__)
    old = module_from_spec(spec)
    spec.loader.exec_module(old)
    flow = old.OptionsFlowWithReload()
    flow.hass, flow.handler, flow.flow_id = hass, loaded.entry_id, "1"
    before = loaded.runtime_data
    flow.async_create_entry(data=dict(loaded.options))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert loaded.runtime_data is before
    flow.async_create_entry(data={"poll_interval": 60})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert loaded.runtime_data is not before


async def test_the_devices_of_a_target_are_found(hass, loaded):
    device_id = loaded.runtime_data.devices.device_id
    assert compat.target_devices(hass, {"device_id": [device_id]}) == {device_id}


@pytest.mark.parametrize("name", ["TargetSelection", "TargetSelectorData", None])
async def test_each_version_has_a_helper_of_its_own_for_targets(hass, loaded, monkeypatch, name):
    """Newer versions take a selection, whose class has had two names; older ones the call of an action."""
    device_id = loaded.runtime_data.devices.device_id

    def extract(_hass, selected):
        target = selected if name else selected.data
        return SimpleNamespace(
            referenced=set(), indirectly_referenced=set(), referenced_devices=set(target["device_id"])
        )

    helper = SimpleNamespace(**{str(name): dict, "async_extract_referenced_entity_ids": extract})
    monkeypatch.setattr(compat, "_TARGET", helper if name else None)
    monkeypatch.setattr(compat.service, "async_extract_referenced_entity_ids", extract, raising=False)
    assert compat.target_devices(hass, {"device_id": [device_id]}) == {device_id}
