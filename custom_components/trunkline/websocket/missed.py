"""The commands for the callers who wait for a call back: list them, tick one off, and undo that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.components import websocket_api
from homeassistant.core import callback

from ..account.missed import MOST_CALLERS, MOST_TICKED
from .rows import party_row
from .target import ENTRIES, ENTRY, check_may_control, get_entries, get_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from homeassistant.components.websocket_api import ActiveConnection
    from homeassistant.core import HomeAssistant

    from ..account.call_backs import CallBacks
    from ..account.missed import MissedCaller, MissedCallers
    from ..runtime import TrunklineConfigEntry

ATTR_UID: Final = "uid"
CALLER: Final[dict[vol.Marker, object]] = {**ENTRY, vol.Required(ATTR_UID): str}


@websocket_api.websocket_command({vol.Required("type"): "trunkline/missed", **ENTRIES})
@callback
def websocket_missed(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Return the callers that were not reached since, the latest first, each number once.

    `ticked` are those who were ticked off. `total` also counts callers beyond the limit, `withheld` the missed calls
    without a number.
    """
    entries = get_entries(hass, connection.user, msg)
    connection.send_result(
        msg["id"],
        {
            "callers": _rows(entries, lambda callers: callers.waiting, MOST_CALLERS),
            "ticked": _rows(entries, lambda callers: callers.ticked, MOST_TICKED),
            "total": sum(len(entry.runtime_data.coordinator.data.missed_callers.waiting) for entry in entries),
            "withheld": sum(entry.runtime_data.coordinator.data.open_missed.withheld for entry in entries),
        },
    )


@websocket_api.websocket_command({vol.Required("type"): "trunkline/tick_off", **CALLER})
@websocket_api.async_response
async def websocket_tick_off(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Take a caller off the list until another call is missed."""
    await _call_backs(hass, connection, msg).async_tick_off(msg[ATTR_UID])
    connection.send_result(msg["id"])


@websocket_api.websocket_command({vol.Required("type"): "trunkline/untick", **CALLER})
@websocket_api.async_response
async def websocket_untick(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Put a caller who was ticked off back on the list."""
    await _call_backs(hass, connection, msg).async_untick(msg[ATTR_UID])
    connection.send_result(msg["id"])


def _call_backs(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> CallBacks:
    check_may_control(connection, msg)
    return get_entry(hass, connection.user, msg).runtime_data.call_backs


def _rows(
    entries: Iterable[TrunklineConfigEntry], chosen: Callable[[MissedCallers], Sequence[MissedCaller]], most: int
) -> list[dict[str, Any]]:
    found = (
        (entry, caller)
        for entry in entries
        for caller in chosen(entry.runtime_data.coordinator.data.missed_callers)[:most]
    )
    latest = sorted(found, key=lambda pair: pair[1].last, reverse=True)[:most]
    return [
        {
            "entry_id": entry.entry_id,
            ATTR_UID: caller.uid,
            **party_row(entry, caller.party),
            "name": caller.name(entry.runtime_data.names),
            "calls": caller.calls,
            "last": caller.last.isoformat(),
        }
        for entry, caller in latest
    ]
