"""The address at which a telephone system asks how to handle a call."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers.network import NoURLAvailableError, get_url

from ..const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

ROUTE_PATH: Final = f"/api/{DOMAIN}/route"


def address_id(entry: ConfigEntry) -> str:
    """Return the secret part of the address. It changes with the push address, from which it is derived."""
    return hashlib.sha256(f"route {entry.data[CONF_WEBHOOK_ID]}".encode()).hexdigest()


@callback
def async_route_url(hass: HomeAssistant, entry: ConfigEntry) -> str | None:
    """Return the address to enter in the telephone system, or None if Home Assistant has none."""
    try:
        return f"{get_url(hass, allow_cloud=False, prefer_external=True)}{ROUTE_PATH}/{address_id(entry)}"
    except NoURLAvailableError:
        return None
