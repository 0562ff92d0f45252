"""The WebSocket commands of the cards: accounts, calls, queues, who waits for a call back, and calling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.components import websocket_api
from homeassistant.core import callback

from .accounts import websocket_accounts
from .calls import websocket_calls
from .changes import websocket_subscribe
from .live import websocket_live
from .missed import websocket_missed, websocket_tick_off, websocket_untick
from .placing import websocket_call, websocket_call_limit
from .queues import websocket_queues

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


@callback
def async_setup_websocket(hass: HomeAssistant) -> None:
    """Register the commands, once for all accounts."""
    for command in (
        websocket_accounts,
        websocket_call,
        websocket_call_limit,
        websocket_calls,
        websocket_live,
        websocket_missed,
        websocket_queues,
        websocket_subscribe,
        websocket_tick_off,
        websocket_untick,
    ):
        websocket_api.async_register_command(hass, command)
