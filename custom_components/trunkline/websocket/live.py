"""The command `trunkline/live`: who is ringing and talking, now and whenever that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.components import websocket_api
from homeassistant.core import callback

from ..account.events import visible
from ..account.live_view import Activity
from .rows import number_row
from .target import ENTRY, get_entry

if TYPE_CHECKING:
    from homeassistant.components.websocket_api import ActiveConnection
    from homeassistant.core import HomeAssistant

    from ..runtime import TrunklineConfigEntry


@websocket_api.websocket_command({vol.Required("type"): "trunkline/live", **ENTRY})
@callback
def websocket_live(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Send what the sensors of an account's phones show: at once, and whenever it changes."""
    entry = get_entry(hass, connection.user, msg)

    @callback
    def send() -> None:
        connection.send_message(websocket_api.event_message(msg["id"], live_rows(entry)))

    connection.subscriptions[msg["id"]] = entry.runtime_data.live.async_add_listener(send)
    connection.send_result(msg["id"])
    send()


def live_rows(entry: TrunklineConfigEntry) -> dict[str, Any]:
    """Return the state of the account, its calls, and those of its phones that are known not to be idle."""
    view = entry.runtime_data.live.view
    return {
        "state": view.state,
        "calls": [
            {
                "state": call.state,
                "direction": call.direction,
                "party": number_row(entry, call.number),
                "queue": visible(call.queue),
                "phones": list(call.phones),
                "since": call.since.isoformat(),
            }
            for call in view.calls
        ],
        "phones": [
            {
                "extension": extension,
                "state": phone.state,
                "direction": phone.direction,
                "party": number_row(entry, phone.number),
                "queue": visible(phone.queue),
                "since": phone.since.isoformat() if phone.since else None,
            }
            for extension, phone in view.phones.items()
            if phone.state not in {None, Activity.IDLE}
        ],
    }
