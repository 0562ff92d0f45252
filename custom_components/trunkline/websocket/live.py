"""The command `trunkline/live`: the live events of phone systems, as they happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.components import websocket_api
from homeassistant.core import callback

from trunkline.model import Party
from trunkline.numbers import e164

from ..account.events import visible
from .rows import party_row
from .target import ENTRY, get_entry

if TYPE_CHECKING:
    from homeassistant.components.websocket_api import ActiveConnection
    from homeassistant.core import HomeAssistant

    from trunkline.model import LineEvent

    from ..runtime import TrunklineConfigEntry


@websocket_api.websocket_command({vol.Required("type"): "trunkline/live", **ENTRY})
@callback
def websocket_live(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Send each live event of an account: whose phone, in which state, with whom."""
    entry = get_entry(hass, connection.user, msg)

    @callback
    def send(event: LineEvent) -> None:
        connection.send_message(websocket_api.event_message(msg["id"], live_row(entry, event)))

    connection.subscriptions[msg["id"]] = entry.runtime_data.live_events.async_add_listener(send)
    connection.send_result(msg["id"])


def live_row(entry: TrunklineConfigEntry, event: LineEvent) -> dict[str, Any]:
    """Return a live event: its time in UTC, the phone and its state as sent, and the other party."""
    region = entry.runtime_data.account.info.country
    party = Party(number=event.number, e164=e164(event.number, region)) if event.number else None
    return {
        "kind": visible(event.kind),
        "at": event.at.isoformat() if event.at else None,
        "call_id": visible(event.call_id),
        "extension": visible(event.extension),
        "state": visible(event.state),
        "party": party_row(entry, party) if party else None,
        "queue": visible(event.queue),
    }
