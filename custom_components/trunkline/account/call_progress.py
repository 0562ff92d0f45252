"""How far a placed call has got, as a phone system's live events tell it: fired on the event bus."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.helpers.event import async_call_later

from ..const import EVENT_CALL_PROGRESS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from trunkline.model import LineEvent, PlacedCall

type Listen = Callable[[Callable[[LineEvent], None]], CALLBACK_TYPE]
"""Calls a function for each live event until the returned function is called."""

LONGEST_CALL: Final = 4 * 3600.0
"""A call is followed for so many seconds at most."""


class Stage(IntEnum):
    """How far a placed call has got, in the order in which that happens. The event has the name in lower case."""

    DIALLING = 0
    """The provider has accepted the call."""
    RINGING = 1
    """The phone that rings first is ringing."""
    ANSWERED = 2
    """That phone was answered, and the number is called."""
    ENDED = 3
    """That phone is free again."""


_OF_STATE: Final = {"ringing": Stage.RINGING, "inuse": Stage.ANSWERED, "idle": Stage.ENDED}
_NEW_STATE: Final = "new_state"
_OUTGOING: Final = "outgoing_call"


def _same(one: str, other: str) -> bool:
    """Return whether two numbers are the same, with or without the prefix of the country or of a trunk call."""
    short, long = sorted((one.lstrip("+0"), other.lstrip("+0")), key=len)
    return bool(short) and long.endswith(short)


@dataclass(slots=True)
class _Followed:
    request_id: str
    source: str = field(repr=False)
    stage: Stage = Stage.DIALLING
    call_id: str | None = None
    stop: CALLBACK_TYPE = lambda: None

    def stage_of(self, event: LineEvent) -> Stage | None:
        """Return how far the call has got by an event; None if that is about another call or says nothing new."""
        ours = event.placed_call_id == self.request_id
        if ours and event.call_id:
            self.call_id = event.call_id
        stage = None
        if ours and event.kind == _OUTGOING:
            # If the first phone is an outside one, it is rung by an outgoing call as well.
            stage = Stage.RINGING if _same(event.number or "", self.source) else Stage.ANSWERED
        elif event.kind == _NEW_STATE and event.extension == self.source:
            stage = self._of_phone(event)
        return stage if stage is not None and stage > self.stage else None

    def _of_phone(self, event: LineEvent) -> Stage | None:
        stage = _OF_STATE.get((event.state or "").lower())
        if self.call_id is None and stage in {Stage.RINGING, Stage.ANSWERED}:
            # These events name the call, but not the request: it is the next call of the phone.
            self.call_id = event.call_id
        return stage if self.call_id is not None and event.call_id == self.call_id else None


class CallProgress:
    """Follows the placed calls of one account. It listens to live events only while there are any."""

    def __init__(self, hass: HomeAssistant, listen: Listen, *, entry_id: str, device_id: str) -> None:
        """Fire events that name the entry and its device."""
        self._hass = hass
        self._listen = listen
        self._place = {"config_entry": entry_id, "device_id": device_id}
        self._followed: dict[str, _Followed] = {}
        self._stop_listening: CALLBACK_TYPE | None = None
        self._stopped = False

    @callback
    def async_follow(self, source: str, placed: PlacedCall) -> None:
        """Report the stages of a call that was placed just now and rings `source` first."""
        if self._stopped or placed.request_id is None or placed.request_id in self._followed:
            return
        call = self._followed[placed.request_id] = _Followed(placed.request_id, source)
        call.stop = async_call_later(self._hass, LONGEST_CALL, partial(self._async_give_up, call))
        if self._stop_listening is None:
            self._stop_listening = self._listen(self._async_heard)
        self._fire(call)

    @callback
    def async_stop(self) -> None:
        """Follow nothing any more."""
        self._stopped = True
        for call in list(self._followed.values()):
            self._forget(call)

    @callback
    def _async_heard(self, event: LineEvent) -> None:
        for call in list(self._followed.values()):
            stage = call.stage_of(event)
            if stage is None:
                continue
            call.stage = stage
            self._fire(call)
            if stage is Stage.ENDED:
                self._forget(call)

    @callback
    def _async_give_up(self, call: _Followed, _now: datetime) -> None:
        self._forget(call)

    def _forget(self, call: _Followed) -> None:
        call.stop()
        self._followed.pop(call.request_id, None)
        if not self._followed and self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None

    def _fire(self, call: _Followed) -> None:
        self._hass.bus.async_fire(
            EVENT_CALL_PROGRESS,
            {
                **self._place,
                "request_id": call.request_id,
                "stage": call.stage.name.lower(),
                "call_id": call.call_id,
            },
        )
