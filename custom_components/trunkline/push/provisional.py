"""Pushed calls that wait for the provider's call list: shown at once, and kept apart until the list has them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from trunkline.archive import PushOutcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from trunkline.archive import Archive
    from trunkline.model import Call

    from ..account.call_events import CallEvents
    from ..account.tasks import Offload

# Whoever knows the address could fill the disk: at most so many pushed calls wait, and so many withdrawn ones are kept.
MAX_WAITING: Final = 1000
MAX_WITHDRAWN: Final = 1000
KEEP_WITHDRAWN: Final = timedelta(days=30)


@dataclass(slots=True)
class Waiting:
    """A pushed call that waits for the list, and how many readings of the list have missed it."""

    call: Call
    pushed_at: datetime
    misses: int = 0


class ProvisionalCalls:
    """The pushed calls of one account that its list has not confirmed. All methods are for the event loop.

    Everything is in the archive too, so that a restart forgets nothing but the number of misses.
    """

    def __init__(
        self,
        archive: Archive,
        account_key: str,
        *,
        events: CallEvents,
        offload: Offload,
        publish: Callable[[], Awaitable[None]],
        on_listed: Callable[[Sequence[Call]], None],
    ) -> None:
        """Fire `events` of pushed calls, `publish` the figures with them, and pass new listed calls to `on_listed`."""
        self._archive = archive
        self._account_key = account_key
        self._events = events
        self._offload = offload
        self._publish = publish
        self._on_listed = on_listed
        self._lock = asyncio.Lock()
        self._being_stored: str | None = None
        self.waiting: dict[str, Waiting] = {}
        """By call id."""
        self.withdrawn: dict[str, Waiting] = {}
        """Those that were withdrawn and are kept aside, by call id."""

    def find(self, call_id: str) -> Call | None:
        """Return a call that waits for the list, None if none has this id."""
        waiting = self.waiting.get(call_id)
        return None if waiting is None else waiting.call

    async def async_load(self) -> None:
        """Continue after a restart; raises `ArchiveError`."""
        before = dt_util.utcnow() - KEEP_WITHDRAWN
        await self._offload(self._archive.delete_withdrawn, self._account_key, before)
        pushed = await self._offload(self._archive.pushed, self._account_key)
        for record in pushed:
            calls = self.waiting if record.withdrawn_at is None else self.withdrawn
            calls[record.call.call_id] = Waiting(record.call, record.pushed_at)
        self._events.async_restore(record.call for record in pushed)
        self._events.async_withdraw(self.withdrawn)

    async def async_store(self, call: Call) -> PushOutcome:
        """Keep a pushed call and show it at once, if it is new; raises `ArchiveError` or `DataError`."""
        async with self._lock:
            self._being_stored = call.call_id
            try:
                store = partial(self._archive.store_pushed, call, limit=MAX_WAITING)
                outcome: PushOutcome = await self._offload(store)
            finally:
                # A sync may have found the call meanwhile: then there is nothing provisional about it.
                overtaken, self._being_stored = self._being_stored is None, None
            if outcome is not PushOutcome.NEW or overtaken:
                return outcome
            self.waiting[call.call_id] = Waiting(call, dt_util.utcnow())
            self._events.async_add([call], confirmed=False)
        await self._publish()
        return outcome

    @callback
    def async_listed(self, calls: Iterable[Call]) -> set[str]:
        """Return the ids of those calls of the list that had been pushed: they are confirmed."""
        confirmed: set[str] = set()
        if not self.waiting and not self.withdrawn and self._being_stored is None:
            return confirmed
        for call in calls:
            if call.call_id == self._being_stored:
                self._being_stored = None
            elif self.waiting.pop(call.call_id, None) is None and self.withdrawn.pop(call.call_id, None) is None:
                continue
            confirmed.add(call.call_id)
        return confirmed

    def repeats_withdrawn(self, call: Call) -> bool:
        """Return whether a record was withdrawn just as it is."""
        before = self.withdrawn.get(call.call_id)
        return before is not None and before.call == call

    def is_listed(self, call_id: str) -> bool:
        """Return whether a call that was pushed is in the list: it waits no more, and was not withdrawn."""
        return call_id not in self.waiting and call_id not in self.withdrawn

    async def async_store_listed(self, calls: Sequence[Call]) -> None:
        """Store calls that were found in the list; raises `ArchiveError` or `DataError`."""
        stored = await self._offload(self._archive.store, calls)
        # Another program may have stored some of them already; they are confirmed all the same.
        known = [call for call in calls if call.call_id in self.waiting]
        new = {call.call_id for call in stored.new}
        self._on_listed([*stored.new, *(call for call in known if call.call_id not in new)])
        await self._publish()

    async def async_withdraw(self, call_ids: Collection[str]) -> None:
        """Withdraw calls that the list doesn't have; raises `ArchiveError`."""
        withdraw = partial(self._archive.withdraw_pushed, self._account_key, list(call_ids), keep=MAX_WITHDRAWN)
        await self._offload(withdraw)
        self._events.async_withdraw(call_ids)
        for call_id in call_ids:
            if (waiting := self.waiting.pop(call_id, None)) is not None:
                self.withdrawn[call_id] = waiting
        while len(self.withdrawn) > MAX_WITHDRAWN:
            del self.withdrawn[next(iter(self.withdrawn))]
        await self._publish()
