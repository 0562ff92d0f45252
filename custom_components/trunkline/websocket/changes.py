"""The command `trunkline/subscribe`: new calls, new states of accounts, and accounts that come and go."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.components import websocket_api
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED
from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..const import DOMAIN
from .rows import call_row
from .target import ENTRIES, get_entries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.components.websocket_api import ActiveConnection
    from homeassistant.config_entries import ConfigEntry, ConfigEntryChange
    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from ..account.call_events import CallEvent
    from ..runtime import AccountRuntime, TrunklineConfigEntry

type Send = Callable[[dict[str, Any]], None]


@websocket_api.websocket_command({vol.Required("type"): "trunkline/subscribe", **ENTRIES})
@callback
def websocket_subscribe(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Send the state of each account at once and whenever it was updated, and each new call with its account.

    `accounts` says that an account came, left or was loaded again.
    """

    def send(event: dict[str, Any]) -> None:
        connection.send_message(websocket_api.event_message(msg["id"], event))

    changes = Changes(hass, msg, connection, send)
    connection.subscriptions[msg["id"]] = changes.async_stop
    connection.send_result(msg["id"])
    changes.async_start()


class Changes:
    """Sends what changes in the accounts that a subscription is about, also after one was loaded again."""

    def __init__(self, hass: HomeAssistant, data: Mapping[str, Any], connection: ActiveConnection, send: Send) -> None:
        """Listen to nothing before `async_start`."""
        self._hass = hass
        self._data = data
        self._connection = connection
        self._send = send
        self._followed: dict[str, tuple[AccountRuntime, list[CALLBACK_TYPE]]] = {}
        self._stop_listening: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Send the state of each account, and listen."""
        self._stop_listening = async_dispatcher_connect(
            self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._async_entry_changed
        )
        self._async_follow()

    @callback
    def async_stop(self) -> None:
        """Stop listening."""
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        for entry_id in list(self._followed):
            self._async_leave(entry_id)

    @callback
    def _async_entry_changed(self, _change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN and self._async_follow():
            self._send({"type": "accounts"})

    @callback
    def _async_follow(self) -> bool:
        """Listen to the accounts that are loaded now; return whether they are others than before."""
        entries = {entry.entry_id: entry for entry in get_entries(self._hass, self._connection.user, self._data)}
        gone = [
            entry_id
            for entry_id, (runtime, _) in self._followed.items()
            if entry_id not in entries or entries[entry_id].runtime_data is not runtime
        ]
        for entry_id in gone:
            self._async_leave(entry_id)
        new = [entry for entry_id, entry in entries.items() if entry_id not in self._followed]
        for entry in new:
            runtime = entry.runtime_data
            self._followed[entry.entry_id] = (
                runtime,
                [
                    runtime.coordinator.async_add_listener(partial(self._async_updated, entry)),
                    runtime.call_events.async_add_listener(partial(self._async_call, entry)),
                ],
            )
            self._async_updated(entry)
        return bool(gone or new)

    @callback
    def _async_leave(self, entry_id: str) -> None:
        _, stops = self._followed.pop(entry_id)
        for stop in stops:
            stop()

    @callback
    def _async_updated(self, entry: TrunklineConfigEntry) -> None:
        self._send({"type": "state", "entry_id": entry.entry_id, **_state(entry.runtime_data)})

    @callback
    def _async_call(self, entry: TrunklineConfigEntry, event: CallEvent) -> None:
        row = call_row(entry, event.call, confirmed=event.confirmed)
        self._send({"type": "call", "call": row if event.confirmed else {**row, "price": None}})


def _state(runtime: AccountRuntime) -> dict[str, Any]:
    data = runtime.coordinator.data
    return {
        "available": runtime.coordinator.last_update_success,
        "missed_callers": data.open_missed.callers,
        "history_complete": data.history.complete,
        "history_percent": data.history.percent,
        "last_sync": data.last_sync.isoformat() if data.last_sync else None,
    }
