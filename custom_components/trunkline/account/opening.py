"""Opens the account of a config entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.helpers.aiohttp_client import async_get_clientsession

from trunkline.providers import open_account

from ..const import CONF_BASE_URL, CONF_CREDENTIALS
from .identity import provider_info

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from trunkline.providers import Account
    from trunkline.transport import Limits


def open_entry(hass: HomeAssistant, entry: ConfigEntry, limits: Limits) -> Account:
    """Return the entry's account, whose provider was loaded before; sends nothing, raises `ConfigError`."""
    info = provider_info(entry)
    return open_account(
        info.provider_id,
        base_url=entry.data.get(CONF_BASE_URL),
        session=async_get_clientsession(hass),
        limits=limits,
        dialect=info.dialect,
        **entry.data[CONF_CREDENTIALS],
    )
