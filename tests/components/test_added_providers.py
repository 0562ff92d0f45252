"""Accounts of a provider that another integration adds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from homeassistant.config_entries import ConfigEntryState

from trunkline.providers import PROVIDERS, register, unregister

from .conftest import make_entry


@pytest.fixture
def acme():
    """Return a provider that nobody has registered yet."""
    yield replace(PROVIDERS["telefonchy"], provider_id="acme", name="Acme")
    unregister("acme")


async def test_an_account_is_set_up_once_its_provider_is_registered(hass, sandbox, setup, caplog, acme):
    entry = make_entry(sandbox, unique_id=f"acme:{sandbox.accounts['telefonchy'][0].service_id}")
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "provider": "acme"})
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert "Install the integration that adds this provider" in caplog.text

    register(acme)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.coordinator.last_update_success


async def test_nobody_listens_for_providers_after_home_assistant_has_stopped(hass, loaded, acme):
    from trunkline.providers import registry

    assert len(registry._LISTENERS) == 1
    await hass.async_stop(force=True)
    assert registry._LISTENERS == []
