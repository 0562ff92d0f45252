"""Looks for pushed calls in the provider's call list: a little later, for all of them together, and more than once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from trunkline.errors import TrunklineError

from ..account.tasks import EarliestTimer, Rerun
from ..const import LOGGER
from .health import MAX_LOOKS
from .pace import Pace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from homeassistant.core import HomeAssistant

    from trunkline.model import Call
    from trunkline.providers import Account

    from ..account.tasks import Spawn
    from .health import PushHealth
    from .provisional import ProvisionalCalls, Waiting

type Poll = Callable[[], Awaitable[bool]]
"""Polls the account now, and returns whether that worked."""

# The provider's list may lag behind its push, so it is read a little later and more than once; in seconds.
CONFIRM_AFTER: Final = (15.0, 30.0, 60.0, 120.0, 300.0)
# A call that so many readings of the list have missed, the last one so long after the push, is withdrawn. Readings that
# fail don't count.
MIN_MISSES: Final = 3
PATIENCE: Final = timedelta(minutes=15)
# The list may state another start than the push by so much.
MARGIN: Final = timedelta(minutes=10)
# A reading that takes longer has failed; in seconds.
LOOK_TIMEOUT: Final = 300.0

# A record without the list's id becomes known only from the list, so that is read soon, then after these many seconds.
LOOK_AFTER: Final = (3.0, 10.0, 30.0, 60.0)


class ListedConfirmation:
    """Confirms or withdraws calls that were pushed with the id that the list has."""

    def __init__(
        self,
        hass: HomeAssistant,
        title: str,
        account: Account,
        *,
        calls: ProvisionalCalls,
        health: PushHealth,
        poll: Poll,
        spawn: Spawn,
        on_withdrawn: Callable[[], None],
    ) -> None:
        """Wait for `async_start`; `title` names the account in the log. `on_withdrawn` is called after calls were."""
        self._title = title
        self._account = account
        self._calls = calls
        self._health = health
        self._poll = poll
        self._on_withdrawn = on_withdrawn
        self._pace = Pace(hass.loop.time)
        self._poll_requested = False
        self._looks = Rerun(self._look, spawn)
        self._timer = EarliestTimer(hass, self._looks.async_request)

    @callback
    def async_start(self) -> None:
        """Look for the calls that wait since before the start."""
        if self._calls.waiting:
            self.async_look_soon()

    @callback
    def async_look_soon(self) -> None:
        """Look for the calls that wait, a new one among them."""
        self._timer.async_call_in(max(CONFIRM_AFTER[0], self._pace.wait))

    @callback
    def async_poll_soon(self) -> None:
        """Poll because of a call that was pushed but is not kept; the list decides what it was."""
        self._poll_requested = True
        self.async_look_soon()

    @callback
    def async_stop(self) -> None:
        """Look no more."""
        self._timer.async_stop()

    async def _look(self) -> None:
        """Poll, which confirms the calls that it finds; then look for those that still wait in the list itself."""
        # Calls that are pushed meanwhile are for the next look.
        before = dict(self._calls.waiting)
        if not before and not self._poll_requested:
            return
        self._poll_requested = False
        self._pace.begin()
        try:
            await self._poll()
            async with asyncio.timeout(LOOK_TIMEOUT):
                await self._settle({key: item for key, item in before.items() if key in self._calls.waiting})
        except (TrunklineError, TimeoutError) as error:
            # The poll has logged an outage, which says nothing about the push.
            LOGGER.debug("%s: pushed calls could not be looked for in the call list (%r)", self._title, error)
        finally:
            self._pace.end(found=any(self._calls.is_listed(call_id) for call_id in before))
            self._look_again()

    @callback
    def _look_again(self) -> None:
        if self._calls.waiting:
            misses = min(waiting.misses for waiting in self._calls.waiting.values())
            delay = CONFIRM_AFTER[min(misses, len(CONFIRM_AFTER) - 1)]
            self._timer.async_call_in(max(delay, self._pace.wait))

    async def _settle(self, waiting: Mapping[str, Waiting]) -> None:
        """Look for calls in the list itself; withdraw those that it should have, but doesn't."""
        missing = await self._find(waiting)
        pushed_until = dt_util.utcnow() - PATIENCE
        absent = [
            call_id for call_id, item in missing.items() if item.misses >= MIN_MISSES and item.pushed_at <= pushed_until
        ]
        if absent:
            await self._calls.async_withdraw(absent)
            self._health.add_unconfirmed(len(absent))
            self._on_withdrawn()
            _warn(self._title, len(absent))

    async def _find(self, waiting: Mapping[str, Waiting]) -> dict[str, Waiting]:
        """Return the calls that the list doesn't have, after the others were stored as those of the list."""
        if not waiting:
            return {}
        listed: dict[str, Call] = {}
        for since, until in _periods(waiting.values()):
            async for call in self._account.calls(since=since, until=until):
                if call.call_id in waiting:
                    listed[call.call_id] = call
        if listed:
            await self._calls.async_store_listed(list(listed.values()))
        missing = {call_id: item for call_id, item in waiting.items() if call_id not in listed}
        for item in missing.values():
            item.misses += 1
        return missing


def _periods(waiting: Iterable[Waiting]) -> Iterator[tuple[datetime, datetime]]:
    """Yield the periods in which the list has the calls if it has them at all, as few and as short as possible."""
    begin = end = None
    for start in sorted(item.call.started_at or item.pushed_at for item in waiting):
        if begin is None or end is None:
            begin, end = start - MARGIN, start + MARGIN
        elif start - MARGIN <= end:
            end = start + MARGIN
        else:
            yield begin, end
            begin, end = start - MARGIN, start + MARGIN
    if begin is not None and end is not None:
        yield begin, end


class SignalConfirmation:
    """Polls because of calls that were pushed without the list's id: they become known once the list has them."""

    def __init__(self, hass: HomeAssistant, title: str, *, health: PushHealth, poll: Poll, spawn: Spawn) -> None:
        """Wait for the first signal; `title` names the account in the log."""
        self._title = title
        self._health = health
        self._poll = poll
        self._pace = Pace(hass.loop.time)
        self._looks = Rerun(self._look, spawn)
        self._timer = EarliestTimer(hass, self._looks.async_request)

    @callback
    def async_add(self, moment: datetime) -> None:
        """Poll soon because a call was pushed that ended at `moment`, unless a poll has found it already."""
        if not self._health.add_signal(moment):
            self._timer.async_call_in(max(LOOK_AFTER[0], self._pace.wait))

    @callback
    def async_stop(self) -> None:
        """Look no more."""
        self._timer.async_stop()

    async def _look(self) -> None:
        """Poll; the calls that this finds are matched with the signals as they come in."""
        # Signals that arrive during the poll are for the next one.
        signals, unconfirmed, confirmed = list(self._health.signals), self._health.unconfirmed, self._health.confirmed
        if not signals:
            return
        self._pace.begin()
        polled = await self._poll()
        self._pace.end(found=self._health.confirmed > confirmed)
        if polled:
            self._health.add_look(signals)
        if missing := self._health.unconfirmed - unconfirmed:
            _warn(self._title, missing)
        if self._health.signals:
            looks = min(signal.looks for signal in self._health.signals) if polled else MAX_LOOKS
            delay = LOOK_AFTER[min(looks, len(LOOK_AFTER) - 1)]
            self._timer.async_call_in(max(delay, self._pace.wait))


def _warn(title: str, missing: int) -> None:
    LOGGER.warning(
        "%s: %d pushed call records are not in the provider's call list; if this happens again, somebody else knows "
        "the address that calls are pushed to",
        title,
        missing,
    )
