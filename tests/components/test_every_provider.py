"""Every provider that the sandbox speaks, set up by its forms and running: what is there, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType

from trunkline.providers import PROVIDERS

from .test_config_flow import accept_name, filled, go_on, start_wire, unload

WIRES = ["telefonchy", "voipano", "voip24h", "voip24h-v3", "simotel", "mor", "mor-api"]


@pytest.fixture(params=WIRES)
def wire(request, sandbox):
    if request.param not in sandbox.accounts:
        pytest.skip("the sandbox has no such wire")
    return request.param


async def test_it_is_set_up_by_its_own_form_and_runs(hass, sandbox, wire):
    account = sandbox.accounts[wire][0]
    result = await start_wire(hass, sandbox, wire)
    assert result["step_id"] == "_".join(filter(None, ("account", account.provider, account.dialect)))
    result = await go_on(hass, result, filled(sandbox, wire=wire))
    assert result["errors"] if result["step_id"] != "name" else True
    result = await accept_name(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["dialect"] == account.dialect
    print(wire, entry.title, entry.unique_id, entry.runtime_data.data.equipment, sorted(hass.states.async_entity_ids()))
    print({s.entity_id: s.state for s in hass.states.async_all()})
    print("REQUESTS", [r.path for r in sandbox.requests][:20], entry.runtime_data.last_exception, entry.runtime_data.data.history)
    await unload(hass)
