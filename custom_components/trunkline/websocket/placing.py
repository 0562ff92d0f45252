"""The commands that place a call, and that say how many are left of the hourly limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.components import websocket_api
from homeassistant.core import callback

from trunkline.model import Capability

from ..errors import action_errors
from ..services.fields import parse_extension, parse_number
from ..services.responses import placed_call_response
from ..services.target import check_support
from .target import ENTRY, check_may_control, get_entry

if TYPE_CHECKING:
    from homeassistant.components.websocket_api import ActiveConnection
    from homeassistant.core import HomeAssistant

    from ..account.call_limit import CallLimit

ATTR_FROM: Final = "from"
ATTR_TO: Final = "to"


@websocket_api.websocket_command(
    {vol.Required("type"): "trunkline/call", **ENTRY, vol.Required(ATTR_FROM): str, vol.Required(ATTR_TO): str}
)
@websocket_api.async_response
async def websocket_call(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Ring a phone, then call the number; return the provider's reply and what is left of the hourly limit."""
    entry = get_entry(hass, connection.user, msg)
    check_may_control(connection, msg)
    requests = entry.runtime_data.requests
    source, destination = parse_extension(msg, ATTR_FROM), parse_number(msg, ATTR_TO)
    check_support(entry, Capability.CLICK_TO_CALL)
    with action_errors(entry.title):
        placed = await requests.async_place_call(source=source, destination=destination)
    connection.send_result(msg["id"], {**placed_call_response(placed), **_limit(entry.runtime_data.call_limit)})


@websocket_api.websocket_command({vol.Required("type"): "trunkline/call_limit", **ENTRY})
@callback
def websocket_call_limit(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Return the hourly limit of calls, and how many are left of it."""
    entry = get_entry(hass, connection.user, msg)
    connection.send_result(msg["id"], _limit(entry.runtime_data.call_limit))


def _limit(limit: CallLimit) -> dict[str, int]:
    return {"limit": limit.limit, "left": max(0, limit.limit - limit.used)}
