"""Accounts of providers that other integrations add: set up once their provider is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import callback

from trunkline.providers import PROVIDERS, on_register

from ..const import CONF_PROVIDER, DOMAIN
from ..errors import placeholders

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import Event, HomeAssistant

    from trunkline.providers import ProviderInfo


def is_installed(entry: ConfigEntry) -> bool:
    """Return whether the provider of the account is registered."""
    return entry.data[CONF_PROVIDER] in PROVIDERS


def provider_texts(entry: ConfigEntry) -> dict[str, str]:
    """Return the texts for a message that the provider of the account is not registered."""
    return placeholders(account=entry.title, provider=entry.data[CONF_PROVIDER])


@callback
def async_wait_for_providers(hass: HomeAssistant) -> None:
    """Set accounts up as soon as the provider that they wait for is registered, until Home Assistant stops."""

    def registered(info: ProviderInfo) -> None:
        # A provider may be registered in any thread.
        hass.loop.call_soon_threadsafe(_async_set_up_accounts, hass, info.provider_id)

    unsubscribe = on_register(registered)

    @callback
    def stop(_event: Event) -> None:
        unsubscribe()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop)


@callback
def _async_set_up_accounts(hass: HomeAssistant, provider_id: str) -> None:
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.data[CONF_PROVIDER] == provider_id and entry.state is ConfigEntryState.SETUP_RETRY:
            hass.config_entries.async_schedule_reload(entry.entry_id)
