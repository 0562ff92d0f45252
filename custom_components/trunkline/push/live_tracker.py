"""Keeps who is ringing and talking up to date, from the events and calls of one account."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..account.live_calls import LiveCalls
from ..account.tasks import EarliestTimer

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from trunkline.model import Call, LineEvent

    from ..account.call_events import CallEvent, CallEvents
    from .live_events import LiveEvents


class LiveTracker:
    """What one account's phones are doing. All methods are for the event loop."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Know nothing before the first event."""
        self._calls = LiveCalls()
        self._timer = EarliestTimer(hass, self._async_update)
        self._listeners: list[Callable[[], None]] = []
        self._sources: list[CALLBACK_TYPE] = []
        self.view = self._calls.view()
        """What is known now."""

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener()` for each new view until the returned function is called."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    @callback
    def async_follow(self, events: LiveEvents, calls: CallEvents) -> None:
        """Take in these events, and the calls of the list, until `async_stop`."""
        self._sources = [events.async_add_listener(self._async_event), calls.async_add_listener(self._async_call)]

    @callback
    def async_stop(self) -> None:
        """Take in nothing more."""
        self._timer.async_stop()
        while self._sources:
            self._sources.pop()()

    @callback
    def _async_event(self, event: LineEvent) -> None:
        self._calls.event(event, dt_util.utcnow())
        self._async_update()

    @callback
    def async_ended(self, call: Call) -> None:
        """Take in a pushed record of a call that ended."""
        self._calls.ended(call, dt_util.utcnow())
        self._async_update()

    @callback
    def _async_call(self, event: CallEvent) -> None:
        if event.confirmed:
            self._calls.listed([event.call], dt_util.utcnow())
            self._async_update()

    @callback
    def _async_update(self) -> None:
        now = dt_util.utcnow()
        self._calls.expire(now)
        self._timer.async_cancel()
        due = self._calls.next_expiry()
        if due is not None:
            self._timer.async_call_in((due - now).total_seconds())
        view = self._calls.view()
        if view != self.view:
            self.view = view
            for listener in list(self._listeners):
                listener()
