"""Fires an event for each new call, after the entities have been updated."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..const import EVENT_CALL
from .events import call_attributes, ended_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from trunkline.model import Call

type CallListener = Callable[[Call, bool], None]


class CallEvents:
    """The events of one account's calls. All methods are for the event loop."""

    def __init__(self, hass: HomeAssistant, entry_id: str, *, created_at: datetime) -> None:
        """Ignore calls that ended before `created_at`, when the account was added: they are history."""
        self._hass = hass
        self._entry_id = entry_id
        self._created_at = created_at
        self._pending: list[Call] = []
        self._listeners: list[CallListener] = []
        self._watching_since = dt_util.utcnow()
        self._was_available = True

    @callback
    def async_add_listener(self, listener: CallListener) -> CALLBACK_TYPE:
        """Call `listener(call, backfilled)` for each new call, oldest first, until the returned function is called."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    @callback
    def async_add(self, calls: Iterable[Call]) -> None:
        """Fire events of these new calls with the next update."""
        for call in calls:
            moment = ended_at(call)
            if moment is not None and moment >= self._created_at:
                self._pending.append(call)

    @callback
    def async_update(self, *, available: bool) -> None:
        """Fire the events that are due; while the provider is not available, they wait.

        Calls that ended while nobody was watching (before the start, or during an outage) are marked as backfilled.
        """
        if available and not self._was_available:
            self._watching_since = dt_util.utcnow()
        self._was_available = available
        if not available or not self._pending:
            return
        calls, self._pending = self._pending, []
        for call in sorted(calls, key=lambda call: (ended_at(call) or self._watching_since, call.call_id)):
            moment = ended_at(call)
            self._async_fire(call, backfilled=moment is not None and moment < self._watching_since)

    @callback
    def _async_fire(self, call: Call, *, backfilled: bool) -> None:
        self._hass.bus.async_fire(
            EVENT_CALL, {"config_entry": self._entry_id, **call_attributes(call, backfilled=backfilled)}
        )
        for listener in list(self._listeners):
            listener(call, backfilled)
