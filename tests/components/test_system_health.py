"""The system information page: accounts, the archive's size, and whether the provider answers."""

from __future__ import annotations

import pytest
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import get_system_health_info

from .conftest import make_entry


async def information(hass):
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    info = await get_system_health_info(hass, "trunkline")
    return {key: await value if hasattr(value, "__await__") else value for key, value in info.items()}


async def test_a_running_account_and_a_provider_that_answers(hass, loaded):
    info = await information(hass)
    assert info["accounts"] == "1/1"
    assert info["can_reach_telefonchy"] == "ok"
    size, unit = info["archive_size"].split()
    assert unit == "MiB"
    assert float(size) > 0


async def test_a_provider_that_is_gone(hass, sandbox, loaded):
    await sandbox._runner.cleanup()
    info = await information(hass)
    assert info["can_reach_telefonchy"] == {"type": "failed", "error": "unreachable"}


@pytest.mark.usefixtures("socket_enabled")
async def test_accounts_that_are_not_running_are_counted_and_not_asked(hass, sandbox):
    make_entry(sandbox).add_to_hass(hass)
    assert await async_setup_component(hass, "trunkline", {})
    entry = hass.config_entries.async_entries("trunkline")[0]
    await hass.config_entries.async_unload(entry.entry_id)
    info = await information(hass)
    assert info == {"accounts": "0/1", "archive_size": info["archive_size"]}


async def test_the_texts_of_the_page_are_there(hass, loaded):
    import json
    from pathlib import Path

    info = await information(hass)
    path = Path(__file__).parents[2] / "custom_components/trunkline/translations/en.json"
    assert set(info) <= set(json.loads(path.read_text())["system_health"]["info"])
