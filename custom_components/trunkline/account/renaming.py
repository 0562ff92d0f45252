"""Loads an account again when the user has renamed it: devices, statistics and sentences are named after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED
from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry, ConfigEntryChange
    from homeassistant.core import HomeAssistant


@callback
def async_follow_name(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Reload the entry once its title is another, until it is unloaded."""
    title = entry.title

    @callback
    def changed(_change: ConfigEntryChange, other: ConfigEntry) -> None:
        nonlocal title
        if other.entry_id == entry.entry_id and other.title != title:
            title = other.title
            hass.config_entries.async_schedule_reload(entry.entry_id)

    entry.async_on_unload(async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed))
