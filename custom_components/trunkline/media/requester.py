"""Who asks for media, so that an account can show its calls to administrators only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeassistant.components import websocket_api
from homeassistant.components.http import KEY_HASS_USER
from homeassistant.helpers.http import current_request

from ..account.access import may_see_calls

if TYPE_CHECKING:
    from aiohttp import web
    from homeassistant.auth.models import User
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

_WEBHOOKS: Final = "/api/webhook/"


async def async_requester_may_see_calls(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Return whether whoever browses or plays just now may see the account's calls.

    Without a user it is Home Assistant itself: an automation or a script, which only administrators write.
    """
    user = await _async_requester(hass)
    return user is None or may_see_calls(entry, user)


async def _async_requester(hass: HomeAssistant) -> User | None:
    if connection := websocket_api.current_connection.get():
        return connection.user
    if (request := current_request.get()) is None:
        return None
    user: User | None = request.get(KEY_HASS_USER)
    return user or await _async_user_of_app(hass, request)


async def _async_user_of_app(hass: HomeAssistant, request: web.Request) -> User | None:
    """Return whose companion app sends the request: it uses a webhook, which has no user."""
    if not request.path.startswith(_WEBHOOKS):
        return None
    webhook_id = request.path.removeprefix(_WEBHOOKS)
    for app in hass.config_entries.async_entries("mobile_app"):
        if app.data.get("webhook_id") == webhook_id:
            return await hass.auth.async_get_user(app.data.get("user_id", ""))
    return None
