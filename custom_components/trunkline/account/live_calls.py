"""Who is ringing and who is talking: the live events of a phone system, folded into a state. Without any I/O.

A phone system says what changes, not what is, and its events may be lost, doubled, or arrive in another order than they
were sent. So each call keeps the phones that it rang, and what is not known is None: a phone is idle once the phone
system says so, and unknown again when a call lasts longer than any call does without a word of it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeIs

from trunkline.model import Direction, Status

from .live_call import Leg, TrackedCall
from .live_view import Activity, LivePhone, LiveView

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from trunkline.model import Call, LineEvent

LATE: Final = timedelta(seconds=2)
"""What is said of a call so soon after its end was sent before the end."""
MEMORY: Final = timedelta(minutes=10)
"""How long an ended call is remembered, to tell late events and listed calls from new ones."""
CLOCKS: Final = timedelta(minutes=2)
"""By how much the clock of the phone system may differ."""

# Whoever knows the push address could fill the memory.
_MAX_CALLS: Final = 500
_MAX_PHONES: Final = 300
_EXTENSION: Final = re.compile(r"[0-9]{2,8}", re.ASCII)
# Two numbers are the same if so many of their last digits are: one may have a country code.
_SAME_DIGITS: Final = 8


# What phone systems call the states of a phone, in small letters and without anything between words.
_STATES: Final = {
    "idle": Activity.IDLE,
    "notinuse": Activity.IDLE,
    "ringing": Activity.RINGING,
    "ring": Activity.RINGING,
    "inuse": Activity.TALKING,
    "ringinuse": Activity.TALKING,
    "busy": Activity.TALKING,
    "hold": Activity.TALKING,
    "onhold": Activity.TALKING,
    "pause": Activity.PAUSED,
    "paused": Activity.PAUSED,
    "unavailable": Activity.OFFLINE,
}


class LiveCalls:
    """Folds the events of one phone system; `now` is when each arrives, as most events state no time."""

    def __init__(self) -> None:
        """Know nothing."""
        self._calls: dict[str, TrackedCall] = {}
        self._phones: dict[str, Activity | None] = {}
        """What each phone does beside calls: idle, paused, offline, or None for unknown."""
        self._since: datetime | None = None
        """Since when every event was heard, as far as is known; None before the first, and after one was lost."""

    def view(self) -> LiveView:
        """Return what is known now."""
        calls = sorted((call for call in self._calls.values() if call.active), key=lambda call: call.began)
        parts: dict[str, list[tuple[TrackedCall, Leg]]] = {extension: [] for extension in sorted(self._phones)}
        for call in calls:
            for extension, leg in call.legs.items():
                if leg.ended is None and extension in parts:
                    parts[extension].append((call, leg))
        return LiveView(
            self._since is not None,
            tuple(call.shown() for call in calls),
            {extension: _phone(self._phones[extension], legs) for extension, legs in parts.items()},
        )

    def _legs_of(self, extension: str) -> Iterator[tuple[TrackedCall, Leg]]:
        """Return the parts that a phone has in calls now."""
        for call in self._calls.values():
            leg = call.legs.get(extension)
            if leg is not None and leg.ended is None:
                yield call, leg

    # Events.

    def event(self, event: LineEvent, now: datetime) -> None:
        """Fold an event."""
        match event.kind:
            case "incoming_call" | "outgoing_call":
                self._announce(event, now)
            case "new_state":
                self._new_state(event, now)
            case "transfer":
                self._transfer(event, now)
            case "cdr_queue":
                self._left_queue(event, now)
            case "exten_added":
                if self._has_room(event.extension):
                    self._phones[event.extension] = activity(event.state)
                return
            case "exten_removed":
                self._remove(event.extension or "", now)
                return
            case _:
                return
        self._since = self._since or now

    def _announce(self, event: LineEvent, now: datetime) -> None:
        if not event.call_id:
            return
        call = self._call(event.call_id, now)
        call.number = event.number or call.number
        call.direction = event.direction or call.direction
        if not self._is_late(call.over, now):
            call.announced = True
            call.heard = now

    def _new_state(self, event: LineEvent, now: datetime) -> None:
        extension = event.extension
        if not self._has_room(extension):
            return
        state = activity(event.state)
        if state in {Activity.RINGING, Activity.TALKING}:
            self._in_call(extension, event, now, talks=state is Activity.TALKING)
        else:
            self._out_of_calls(extension, event.call_id, state, now)

    def _in_call(self, extension: str, event: LineEvent, now: datetime, *, talks: bool) -> None:
        if self._phones.get(extension) is not Activity.PAUSED:
            self._phones[extension] = Activity.IDLE
        call = self._call(event.call_id or f"phone {extension}", now)
        incoming = event.direction is not Direction.OUTGOING
        call.queue = event.queue or call.queue
        call.answered |= talks and incoming
        call.number = call.number or event.number
        call.direction = call.direction or event.direction
        leg = call.legs.get(extension)
        if (not call.transferred and self._is_late(call.over, now)) or (leg and self._is_late(leg.ended, now)):
            return
        if leg is not None and leg.ended is None:
            if leg.talks and not talks:
                # Nobody rings whom they talk to already: it was sent before.
                return
            if leg.talks == talks:
                call.heard = now
                return
        call.over, call.between, call.heard = None, False, now
        call.legs[extension] = Leg(talks, now, event.number, event.direction)

    def _out_of_calls(self, extension: str, call_id: str | None, state: Activity | None, now: datetime) -> None:
        """End the call that is named; if none is, or one that the phone was not in, all that it was in."""
        named = self._calls.get(call_id) if call_id else None
        if named is not None and extension in named.legs:
            named.end_leg(extension, now)
        else:
            for call, _ in list(self._legs_of(extension)):
                call.end_leg(extension, now)
            if call_id and state is Activity.IDLE:
                # What is still to come of this call on this phone was sent before.
                self._call(call_id, now).legs[extension] = Leg(talks=False, since=now, ended=now)
        self._phones[extension] = state

    def _transfer(self, event: LineEvent, now: datetime) -> None:
        extension = event.extension or ""
        named = self._calls.get(event.call_id) if event.call_id else None
        calls = [named] if named is not None else [call for call, _ in self._legs_of(extension)]
        for call in calls:
            call.transferred, call.heard = True, now
            call.end_leg(extension, now)
            # Its next phone may have been heard of first.
            call.between = call.over is None and not call.live()

    def _left_queue(self, event: LineEvent, now: datetime) -> None:
        call = self._calls.get(event.call_id or "")
        if call is not None:
            call.queue, call.heard = None, now

    def _remove(self, extension: str, now: datetime) -> None:
        for call, _ in list(self._legs_of(extension)):
            call.end_leg(extension, now)
        self._phones.pop(extension, None)

    def _has_room(self, extension: str | None) -> TypeIs[str]:
        """Return whether this is a phone that is known, or can be added."""
        if extension is None or not _EXTENSION.fullmatch(extension):
            return False
        return extension in self._phones or len(self._phones) < _MAX_PHONES

    # Ends.

    def ended(self, call: Call, now: datetime) -> None:
        """Take in a pushed record of a call that ended."""
        if not call.call_id:
            return
        tracked = self._call(call.call_id, now)
        tracked.close(now, _ends(call) if tracked.transferred else None)

    def listed(self, calls: Iterable[Call], now: datetime) -> None:
        """Take in calls of the call list, which has them when they are over.

        A call that a known phone answered, and of which no event told, means that events are lost.
        """
        for call in calls:
            started, ended = call.started_at, call.finished_at
            if started is None or ended is None or now - ended > MEMORY:
                continue
            tracked = self._find(call, started, ended)
            if tracked is None:
                if self._should_have_heard(call, started):
                    self._doubt()
            elif tracked.active and tracked.heard <= ended + CLOCKS:
                tracked.close(now, _ends(call))

    def _find(self, call: Call, started: datetime, ended: datetime) -> TrackedCall | None:
        """Return the call that a listed call was, None if no event told of it."""
        if call.call_id in self._calls:
            return self._calls[call.call_id]
        ends = _ends(call)
        numbers = {_last_digits(number) for number in (call.source.number, call.destination.number) if number}
        found = [
            tracked
            for tracked in self._calls.values()
            if started - CLOCKS <= tracked.began <= ended + CLOCKS
            and (not ends.isdisjoint(tracked.legs) or (tracked.number and _last_digits(tracked.number) in numbers))
        ]
        return min(found, key=lambda tracked: abs(tracked.began - started), default=None)

    def _should_have_heard(self, call: Call, started: datetime) -> bool:
        if self._since is None or started < self._since + CLOCKS or call.status is not Status.ANSWERED:
            return False
        return call.extension in self._phones

    def _doubt(self) -> None:
        """Know no more who is idle: events are lost."""
        self._since = None
        for extension in self._phones:
            if not any(self._legs_of(extension)):
                self._phones[extension] = None

    # Time.

    def expire(self, now: datetime) -> None:
        """Give up what nothing was heard of for too long, and forget what ended long ago."""
        for call_id, call in list(self._calls.items()):
            for extension, leg in call.legs.items():
                if leg.ended is None and leg.limit <= now:
                    leg.ended = now
                    self._phones[extension] = None
                    self._since = None
            if call.active and not call.live() and call.limit <= now:
                call.over = now
                self._since = None
            if not call.active and (call.over or call.heard) + MEMORY <= now:
                del self._calls[call_id]

    def next_expiry(self) -> datetime | None:
        """Return when `expire` has something to do next, None if there is no call."""
        moments = []
        for call in self._calls.values():
            if call.active:
                moments += [leg.limit for leg in call.live()] or [call.limit]
        return min(moments, default=None)

    @staticmethod
    def _is_late(ended: datetime | None, now: datetime) -> bool:
        return ended is not None and now - ended <= LATE

    def _call(self, call_id: str, now: datetime) -> TrackedCall:
        """Return the call with this id, also one that was not heard of."""
        call = self._calls.get(call_id)
        if call is None:
            if len(self._calls) >= _MAX_CALLS:
                oldest = min(self._calls, key=lambda each: (self._calls[each].active, self._calls[each].heard))
                del self._calls[oldest]
            call = self._calls[call_id] = TrackedCall(now, now)
        return call


def _phone(beside: Activity | None, parts: list[tuple[TrackedCall, Leg]]) -> LivePhone:
    """Return a phone with its parts in calls; `beside` is what it does if it has none."""
    if not parts:
        return LivePhone(beside)
    # A phone that talks while another call rings on it is talking.
    call, leg = min(parts, key=lambda part: (not part[1].talks, part[1].since))
    state = Activity.TALKING if leg.talks else Activity.RINGING
    return LivePhone(state, leg.number or call.number, leg.direction, call.queue, leg.since, len(parts))


def activity(state: str | None) -> Activity | None:
    """Return what a phone is doing by the word of the phone system, None if that is no state of a phone."""
    return _STATES.get(re.sub(r"[^a-z]", "", (state or "").lower()))


def _last_digits(number: str) -> str:
    return re.sub(r"[^0-9]", "", number)[-_SAME_DIGITS:]


def _ends(call: Call) -> set[str]:
    """Return the numbers at both ends of a call, and the phone that had it."""
    return {end for end in (call.extension, call.source.number, call.destination.number) if end}
