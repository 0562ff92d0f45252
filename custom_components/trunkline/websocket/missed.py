"""The command `trunkline/missed`: who waits for a call back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.components import websocket_api
from homeassistant.core import callback

from .rows import party_row
from .target import ENTRIES, get_entries

if TYPE_CHECKING:
    from homeassistant.components.websocket_api import ActiveConnection
    from homeassistant.core import HomeAssistant

    from ..runtime import TrunklineConfigEntry

MOST_CALLERS: Final = 200


@websocket_api.websocket_command({vol.Required("type"): "trunkline/missed", **ENTRIES})
@callback
def websocket_missed(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Return the callers that were not reached since, the latest first, each number once.

    `total` also counts those beyond the limit, `withheld` the missed calls without a number.
    """
    entries = get_entries(hass, connection.user, msg)
    callers = [caller for entry in entries for caller in _callers(entry)]
    callers.sort(key=lambda caller: caller["last"], reverse=True)
    connection.send_result(
        msg["id"],
        {
            "callers": callers[:MOST_CALLERS],
            "total": len(callers),
            "withheld": sum(entry.runtime_data.coordinator.data.open_missed.withheld for entry in entries),
        },
    )


def _callers(entry: TrunklineConfigEntry) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    # Newest first, so that the first call of a number is its last one.
    for call in entry.runtime_data.coordinator.data.open_missed.calls:
        number = call.source.e164 or call.source.number or ""
        row = rows.setdefault(
            number,
            {
                "entry_id": entry.entry_id,
                **party_row(entry, call.source),
                "calls": 0,
                "last": call.started_at.isoformat() if call.started_at else "",
            },
        )
        row["calls"] += 1
        row["name"] = row["name"] or party_row(entry, call.source)["name"]
    return list(rows.values())
