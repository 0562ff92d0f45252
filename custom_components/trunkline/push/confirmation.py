"""Looks for pushed calls in the provider's call list: a little later, for all of them together, and more than once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from trunkline.errors import TrunklineError

from ..account.tasks import EarliestTimer, Rerun
from ..const import LOGGER
from .health import MAX_LOOKS

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import HomeAssistant

    from trunkline.model import Call
    from trunkline.providers import Account

    from ..account.tasks import Spawn
    from .health import PushHealth

type Poll = Callable[[], Awaitable[bool]]
"""Polls the account now, and returns whether that worked."""

# The provider's list may lag behind its push, so it is read a little later and more than once; in seconds.
CONFIRM_AFTER: Final = 15.0
MAX_ATTEMPTS: Final = 3
MAX_PENDING: Final = 1000

# A record without the list's id becomes known only from the list, so that is read soon, then after these many seconds.
LOOK_AFTER: Final = (3.0, 10.0, 30.0, 60.0)
# Between two looks, however many records are pushed.
PAUSE: Final = 10.0


class ListedConfirmation:
    """Confirms calls that were pushed with the id that the list has, and were stored at once."""

    def __init__(
        self, hass: HomeAssistant, title: str, account: Account, *, health: PushHealth, poll: Poll, spawn: Spawn
    ) -> None:
        """Wait for the first call; `title` names the account in the log."""
        self._title = title
        self._account = account
        self._health = health
        self._poll = poll
        self._pending: dict[str, tuple[datetime, int]] = {}
        """By call id: when the call started, and how often it was not in the list."""
        self._looks = Rerun(self._look, spawn)
        self._timer = EarliestTimer(hass, self._looks.async_request)

    @callback
    def async_add(self, call: Call) -> None:
        """Look for a new call that was pushed."""
        if len(self._pending) < MAX_PENDING:
            self._pending[call.call_id] = (call.started_at or dt_util.utcnow(), 0)
            self._timer.async_call_in(CONFIRM_AFTER)

    @callback
    def async_stop(self) -> None:
        """Look no more."""
        self._timer.async_stop()

    async def _look(self) -> None:
        """Poll, and look for the pending calls in the provider's own list."""
        if not self._pending:
            return
        try:
            await self._poll()
            since = min(started_at for started_at, _ in self._pending.values())
            self._settle({call.call_id async for call in self._account.calls(since=since)})
        except TrunklineError:
            # The poll has logged the failure, which says nothing about the push.
            pass
        if self._pending:
            self._timer.async_call_in(CONFIRM_AFTER)

    def _settle(self, listed: set[str]) -> None:
        """Count the calls that are in the list, and those that are still missing after the last attempt."""
        absent = {call_id: pending for call_id, pending in self._pending.items() if call_id not in listed}
        confirmed = len(self._pending) - len(absent)
        self._pending = {
            call_id: (started_at, attempts + 1)
            for call_id, (started_at, attempts) in absent.items()
            if attempts + 1 < MAX_ATTEMPTS
        }
        missing = len(absent) - len(self._pending)
        if confirmed:
            self._health.add_confirmed(confirmed)
        if missing:
            self._health.add_unconfirmed(missing)
            _warn(self._title, missing)


class SignalConfirmation:
    """Polls because of calls that were pushed without the list's id: they become known once the list has them."""

    def __init__(self, hass: HomeAssistant, title: str, *, health: PushHealth, poll: Poll, spawn: Spawn) -> None:
        """Wait for the first signal; `title` names the account in the log."""
        self._title = title
        self._health = health
        self._poll = poll
        self._clock = hass.loop.time
        self._looked_at = float("-inf")
        self._looks = Rerun(self._look, spawn)
        self._timer = EarliestTimer(hass, self._looks.async_request)

    @callback
    def async_add(self, moment: datetime) -> None:
        """Poll soon because a call was pushed that ended at `moment`, unless a poll has found it already."""
        if self._health.add_signal(moment):
            return
        pause = self._looked_at + PAUSE - self._clock()
        self._timer.async_call_in(max(LOOK_AFTER[0], pause))

    @callback
    def async_stop(self) -> None:
        """Look no more."""
        self._timer.async_stop()

    async def _look(self) -> None:
        """Poll; the calls that this finds are matched with the signals as they come in."""
        # Signals that arrive during the poll are for the next one.
        signals, unconfirmed = list(self._health.signals), self._health.unconfirmed
        if not signals:
            return
        self._looked_at = self._clock()
        polled = await self._poll()
        if polled:
            self._health.add_look(signals)
        if missing := self._health.unconfirmed - unconfirmed:
            _warn(self._title, missing)
        if self._health.signals:
            looks = min(signal.looks for signal in self._health.signals) if polled else MAX_LOOKS
            self._timer.async_call_in(max(LOOK_AFTER[min(looks, len(LOOK_AFTER) - 1)], PAUSE))


def _warn(title: str, missing: int) -> None:
    LOGGER.warning(
        "%s: %d pushed call records are not in the provider's call list; if this happens again, somebody else knows "
        "the address that calls are pushed to",
        title,
        missing,
    )
