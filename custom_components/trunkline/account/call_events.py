"""Fires an event for each new call, after the entities have been updated.

A call that was pushed gets two: a provisional one at once, and another when the call list has confirmed it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..const import EVENT_CALL
from .events import call_attributes, event_type, other_end

if TYPE_CHECKING:
    from collections.abc import Awaitable, Collection, Iterable
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE

    from trunkline.model import Call

    from .due_events import DueEvents
    from .names import Names
    from .reports import Reports

# Provisional events that are remembered, so that the event of the confirmed call is known as a repetition.
MAX_ANNOUNCED: Final = 4000


@dataclass(frozen=True, slots=True)
class CallEvent:
    """An event of a call.

    `backfilled` marks one that was found late. An event that is not `confirmed` comes from a push that the call list
    has not confirmed yet. `repeated`: an event of the same call and type, not confirmed then, was fired before.
    """

    call: Call
    backfilled: bool
    confirmed: bool
    repeated: bool


type CallListener = Callable[[CallEvent], None]


class CallEvents:
    """The events of one account's calls. All methods are for the event loop."""

    def __init__(self, reports: Reports, *, created_at: datetime, names: Names, due: DueEvents) -> None:
        """Ignore calls that ended before `created_at`, when the account was added: they are history.

        `due` keeps the calls whose events wait.
        """
        self._reports = reports
        self._due = due
        self._created_at = created_at
        self._names = names
        self._pending: list[tuple[Call, bool]] = []
        """The calls whose events are due, each with whether it is confirmed."""
        self._announced: dict[str, str] = {}
        """The type of each provisional event that was fired, by call id."""
        self._listeners: list[CallListener] = []
        self._watching_since = dt_util.utcnow()
        self._was_available = True
        self._has_resumed = False
        self._has_restored = False

    @callback
    def async_add_listener(self, listener: CallListener) -> CALLBACK_TYPE:
        """Call `listener(event)` for each event, oldest call first, until the returned function is called."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    @callback
    def async_restore(self, calls: Iterable[Call]) -> None:
        """Remember which provisional events of these pushed calls were fired before the restart. The others are due."""
        for call in calls:
            if call.call_id in self._due.pushed:
                self._pending.append((call, False))
            else:
                self._remember(call)
        self._has_restored = True

    async def async_resume(self, read: Callable[[Collection[str]], Awaitable[Iterable[Call]]]) -> None:
        """Let the events wait that were due when the account stopped; `read(call_ids)` returns these calls.

        Where it raises an error, they are still due at the next start.
        """
        if due := await self._due.async_load():
            self._pending += [(call, True) for call in await read(due)]
            self._announced.update({call_id: kind for call_id, kind in due.items() if kind is not None})
        self._has_resumed = True

    async def async_close(self) -> None:
        """Keep the calls whose events wait."""
        self.async_keep()
        await self._due.async_close()

    @callback
    def async_add(self, calls: Iterable[Call], *, confirmed: bool = True) -> None:
        """Fire events of these new calls with the next update."""
        recent = [call for call in calls if (moment := call.finished_at) is not None and moment >= self._created_at]
        if confirmed:
            # What the list says is all there is to say of a call whose provisional event was not fired yet.
            self.async_withdraw({call.call_id for call in recent})
        self._pending += [(call, confirmed) for call in recent]

    @callback
    def async_correct(self, calls: Iterable[Call]) -> None:
        """Let the events that wait tell these calls of the list as they are now."""
        now = {call.call_id: call for call in calls}
        self._pending = [
            (now.get(call.call_id, call) if confirmed else call, confirmed) for call, confirmed in self._pending
        ]

    @callback
    def async_withdraw(self, call_ids: Collection[str]) -> None:
        """Fire no provisional events of these calls, as far as they were not fired yet."""
        self._pending = [
            (call, confirmed) for call, confirmed in self._pending if confirmed or call.call_id not in call_ids
        ]

    @callback
    def async_update(self, *, available: bool) -> None:
        """Fire the events that are due; while the provider is not available, they wait.

        Calls that ended while nobody was watching (before the start, or during an outage) are marked as backfilled.
        """
        if available and not self._was_available:
            self._watching_since = dt_util.utcnow()
        self._was_available = available
        if available:
            due, self._pending = self._pending, []
            for call, confirmed in sorted(due, key=self._age):
                self._async_fire(call, confirmed=confirmed)
        self.async_keep()

    @callback
    def async_keep(self) -> None:
        """Keep the calls whose events wait now, for the next start."""
        if self._has_resumed:
            waiting = [call.call_id for call, confirmed in self._pending if confirmed]
            pushed = {call.call_id for call, confirmed in self._pending if not confirmed}
            self._due.async_keep(
                {call_id: self._announced.get(call_id) for call_id in waiting},
                pushed if self._has_restored else self._due.pushed,
            )

    def _age(self, item: tuple[Call, bool]) -> tuple[datetime, str]:
        call, _ = item
        return call.finished_at or self._watching_since, call.call_id

    @callback
    def _async_fire(self, call: Call, *, confirmed: bool) -> None:
        moment = call.finished_at
        call = self._names.named(call)
        event = CallEvent(
            call,
            backfilled=moment is not None and moment < self._watching_since,
            confirmed=confirmed,
            repeated=confirmed and self._announced.pop(call.call_id, None) == event_type(call),
        )
        if not confirmed:
            self._remember(call)
        attributes = call_attributes(
            call, backfilled=event.backfilled, confirmed=event.confirmed, repeated=event.repeated
        )
        self._reports.async_report(EVENT_CALL, attributes, other_end(call), trunk=call.trunk)
        for listener in list(self._listeners):
            listener(event)

    def _remember(self, call: Call) -> None:
        self._announced[call.call_id] = event_type(call)
        while len(self._announced) > MAX_ANNOUNCED:
            del self._announced[next(iter(self._announced))]
