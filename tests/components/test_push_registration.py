"""The push address is registered with the provider, replaced when it changes, and unregistered."""

from __future__ import annotations

import logging
from unittest.mock import AsyncMock

import pytest
from homeassistant.config_entries import ConfigEntryState

from custom_components.trunkline.push import registration
from trunkline.errors import ConfigError, ConnectionFailedError, PermissionDeniedError
from trunkline.model import Capability
from trunkline.providers.telefonchy.account import TelefonchyAccount

from .conftest import make_entry
from .test_push_addresses import extra_capabilities

HOME = "https://home.example.com"


@pytest.fixture
def provider(monkeypatch):
    """Let a Telefonchy account register addresses as Voip24h does, and return what it was told."""
    extra_capabilities(monkeypatch, Capability.REGISTER_PUSH, Capability.UNREGISTER_PUSH)
    told = AsyncMock()
    for name in ("register_push", "unregister_push"):
        monkeypatch.setattr(TelefonchyAccount, name, getattr(told, name))
    return told


@pytest.fixture
async def outside(hass):
    await hass.config.async_update(external_url=HOME)


def address(entry):
    return f"{HOME}/api/webhook/{entry.data['webhook_id']}"


async def test_the_address_is_registered_once(hass, provider, outside, entry, setup):
    await setup(entry)
    provider.register_push.assert_awaited_once_with(address(entry))
    assert entry.data["registered_push"] == address(entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    provider.register_push.assert_awaited_once()
    provider.unregister_push.assert_not_awaited()


async def test_nothing_is_registered_until_there_is_an_external_address(hass, provider, entry, setup):
    await setup(entry)
    provider.register_push.assert_not_awaited()
    await hass.config.async_update(external_url=HOME)
    await hass.async_block_till_done(wait_background_tasks=True)
    provider.register_push.assert_awaited_once_with(address(entry))


async def test_a_new_address_replaces_the_previous_one(hass, provider, outside, entry, setup):
    await setup(entry)
    await hass.config.async_update(external_url="https://other.example.com")
    await hass.async_block_till_done(wait_background_tasks=True)
    other = address(entry).replace(HOME, "https://other.example.com")
    assert provider.register_push.await_args.args == (other,)
    assert entry.data["registered_push"] == other
    provider.unregister_push.assert_awaited_once_with(address(entry))


async def test_failing_to_unregister_the_previous_address_does_no_harm(hass, provider, outside, entry, setup, later):
    await setup(entry)
    provider.unregister_push.side_effect = ConnectionFailedError("away")
    await hass.config.async_update(external_url="https://other.example.com")
    await hass.async_block_till_done(wait_background_tasks=True)
    await later(registration.RETRY_AFTER + 1)
    assert provider.register_push.await_count == 2
    assert entry.data["registered_push"].startswith("https://other.example.com/")


async def test_a_failure_is_logged_and_retried_and_does_not_fail_the_setup(
    hass, provider, outside, entry, setup, later, caplog
):
    provider.register_push.side_effect = PermissionDeniedError("not for this key")
    await setup(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert "could not be registered with the provider" in caplog.text
    assert "not for this key" in caplog.text
    assert entry.data["webhook_id"] not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("custom_components")
    )
    assert "registered_push" not in entry.data

    provider.register_push.side_effect = None
    await later(registration.RETRY_AFTER - 60)
    assert provider.register_push.await_count == 1
    await later(61)
    assert provider.register_push.await_count == 2
    assert entry.data["registered_push"] == address(entry)


async def test_a_lasting_failure_is_logged_once(hass, provider, outside, entry, setup, later, caplog):
    provider.register_push.side_effect = PermissionDeniedError("not for this key")
    await setup(entry)
    await later(registration.RETRY_AFTER + 1)
    assert provider.register_push.await_count == 2
    warned = [
        record
        for record in caplog.records
        if record.levelno >= logging.WARNING and "could not be registered" in record.getMessage()
    ]
    assert len(warned) == 1


async def test_a_change_during_a_registration_is_registered_afterwards(hass, provider, outside, entry, setup):
    async def change(_url):
        if provider.register_push.await_count == 1:
            await hass.config.async_update(external_url="https://other.example.com")
            await hass.async_block_till_done()

    provider.register_push.side_effect = change
    await setup(entry)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [call.args[0].split("/api")[0] for call in provider.register_push.await_args_list] == [
        HOME,
        "https://other.example.com",
    ]


async def test_an_unload_ends_the_retries(hass, provider, outside, entry, setup, later):
    provider.register_push.side_effect = ConnectionFailedError("away")
    await setup(entry)
    await hass.config_entries.async_unload(entry.entry_id)
    await later(registration.RETRY_AFTER + 1)
    await hass.config.async_update(external_url="https://other.example.com")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert provider.register_push.await_count == 1


async def test_removing_the_account_unregisters_the_address(hass, provider, outside, entry, setup):
    await setup(entry)
    await hass.config_entries.async_remove(entry.entry_id)
    provider.unregister_push.assert_awaited_once_with(address(entry))


async def test_an_account_is_removed_even_if_its_address_can_not_be_unregistered(
    hass, provider, outside, entry, setup, caplog
):
    await setup(entry)
    provider.unregister_push.side_effect = ConnectionFailedError("away")
    await hass.config_entries.async_remove(entry.entry_id)
    assert hass.config_entries.async_get_entry(entry.entry_id) is None
    assert "delete it in the provider's panel (away)" in caplog.text


async def test_removing_an_account_without_a_registered_address_sends_nothing(hass, provider, entry, setup):
    await setup(entry)
    await hass.config_entries.async_remove(entry.entry_id)
    provider.unregister_push.assert_not_awaited()


async def test_an_account_with_invalid_settings_can_be_removed(sandbox):
    tried = []

    def fail():
        tried.append(True)
        msg = "no token"
        raise ConfigError(msg)

    entry = make_entry(sandbox)
    object.__setattr__(entry, "data", {**entry.data, "registered_push": HOME})
    await registration.async_unregister(entry, fail)
    assert tried == [True]


async def test_nothing_is_registered_where_the_provider_takes_no_address(hass, outside, entry, setup):
    await setup(entry)
    assert "registered_push" not in entry.data


async def test_nothing_is_unregistered_where_the_provider_can_not(hass, provider, outside, entry, setup, monkeypatch):
    extra_capabilities(monkeypatch, Capability.REGISTER_PUSH)
    await setup(entry)
    await hass.config.async_update(external_url="https://other.example.com")
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.config_entries.async_remove(entry.entry_id)
    assert provider.register_push.await_count == 2
    provider.unregister_push.assert_not_awaited()
