"""The address that a provider pushes to: local, external, or in Home Assistant Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeassistant.components import webhook
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util import dt as dt_util

from trunkline.model import Capability

from ..account.identity import provider_info
from ..const import CONF_PUSH_ADDRESS_SINCE, DOMAIN, LOGGER

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

PUSH_PATH: Final = f"/api/{DOMAIN}/push"


async def async_push_url(hass: HomeAssistant, entry: ConfigEntry) -> str | None:
    """Return the address to enter at the provider, or None if Home Assistant can't be reached from there.

    Call records go to Home Assistant Cloud where that is active, else to the external address. A telephone system that
    pushes events gets an address to which it can append their names, a local one if there is no other.
    """
    webhook_id: str = entry.data[CONF_WEBHOOK_ID]
    if Capability.PARSE_EVENT in provider_info(entry).capabilities:
        try:
            return f"{get_url(hass, allow_cloud=False, prefer_external=True)}{PUSH_PATH}/{webhook_id}"
        except NoURLAvailableError:
            return await _async_cloud_url(hass, webhook_id)
    cloud_url = await _async_cloud_url(hass, webhook_id)
    if cloud_url is not None:
        return cloud_url
    try:
        return webhook.async_generate_url(hass, webhook_id, allow_internal=False)
    except NoURLAvailableError:
        return None


async def async_delete_cloud_url(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete the address in Home Assistant Cloud when the account is removed."""
    if "cloud" not in hass.config.components:
        return
    from homeassistant.components import cloud  # noqa: PLC0415  (optional, and heavy)

    try:
        await cloud.async_delete_cloudhook(hass, entry.data[CONF_WEBHOOK_ID])
    except (cloud.CloudNotAvailable, ValueError):
        LOGGER.debug("There was no address in Home Assistant Cloud to delete")


async def async_renew_address(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Give an account a new address; the old one is forgotten, and the account is loaded again."""
    await async_delete_cloud_url(hass, entry)
    if hass.config_entries.async_get_entry(entry.entry_id) is None:
        return
    data = {
        **entry.data,
        CONF_WEBHOOK_ID: webhook.async_generate_id(),
        CONF_PUSH_ADDRESS_SINCE: dt_util.utcnow().isoformat(),
    }
    hass.config_entries.async_update_entry(entry, data=data)
    await hass.config_entries.async_reload(entry.entry_id)


async def _async_cloud_url(hass: HomeAssistant, webhook_id: str) -> str | None:
    if "cloud" not in hass.config.components:
        return None
    from homeassistant.components import cloud  # noqa: PLC0415  (optional, and heavy)

    if not cloud.async_active_subscription(hass):
        return None
    try:
        return await cloud.async_get_or_create_cloudhook(hass, webhook_id)
    except cloud.CloudNotAvailable:
        LOGGER.debug("Home Assistant Cloud can't be reached; the external address is used")
        return None
