"""Looks for what was pushed in the provider's own list: a little later, once for all of it, and more than once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from trunkline.errors import TrunklineError

from ..const import DOMAIN, LOGGER
from .health import LOOKS

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE

    from trunkline.model import Call

    from ..coordinator import TrunklineCoordinator

# The provider's list may lag behind its push, so it is asked a little later and more than once; in seconds.
CONFIRM_AFTER: Final = 15.0
CONFIRM_ATTEMPTS: Final = 3
MAX_PENDING: Final = 1000

# A record without the list's id is only known from the list, so that is asked soon; then after these many seconds.
LOOK_AFTER: Final = (3.0, 10.0, 30.0, 60.0)
# Between two looks, however many records come.
PAUSE: Final = 10.0


class _Looks(ABC):
    """One look at a time, the next one set by whoever needs it."""

    def __init__(self, coordinator: TrunklineCoordinator) -> None:
        self._coordinator = coordinator
        self._timer: CALLBACK_TYPE | None = None
        self._due = 0.0
        self._busy = False
        self._stopped = False

    @callback
    def stop(self) -> None:
        """Look no more."""
        self._stopped = True
        self._cancel()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None

    @callback
    def _look_in(self, seconds: float) -> None:
        """Look after so many seconds, unless a look comes before that anyway."""
        if self._busy or self._stopped:
            return
        due = self._coordinator.hass.loop.time() + seconds
        if self._timer is not None:
            if self._due <= due:
                return
            self._cancel()
        self._due = due
        self._timer = async_call_later(self._coordinator.hass, seconds, self._start)

    @callback
    def _start(self, _now: datetime) -> None:
        self._timer = None
        self._busy = True
        self._coordinator.config_entry.async_create_background_task(
            self._coordinator.hass, self._run(), f"{DOMAIN} confirm pushed calls"
        )

    async def _run(self) -> None:
        try:
            await self._look()
        finally:
            self._busy = False
        self._go_on()

    @abstractmethod
    async def _look(self) -> None:
        """Look once."""

    @abstractmethod
    def _go_on(self) -> None:
        """Set the next look, if another is needed."""

    def _tell_missing(self, missing: int) -> None:
        if missing:
            LOGGER.warning(
                "%s: %d pushed call records are not in the provider's list; if that happens again, somebody else knows "
                "the address that they are pushed to",
                self._coordinator.config_entry.title,
                missing,
            )


class KeyedConfirmation(_Looks):
    """Confirms records that carry the list's id, and were stored when they came."""

    def __init__(self, coordinator: TrunklineCoordinator) -> None:
        """Wait for nothing yet."""
        super().__init__(coordinator)
        self._pending: dict[str, tuple[datetime, int]] = {}

    @callback
    def note(self, call: Call) -> None:
        """Look for a call that was pushed and was new."""
        if len(self._pending) < MAX_PENDING:
            self._pending[call.call_id] = (call.started_at or dt_util.utcnow(), 0)
            self._look_in(CONFIRM_AFTER)

    async def _look(self) -> None:
        """Sync, and look for the pushed records in the provider's own list."""
        account = self._coordinator.account
        try:
            await self._coordinator.async_refresh()
            since = min(started_at for started_at, _ in self._pending.values())
            listed = {call.call_id async for call in account.calls(since=since)}
        except TrunklineError:
            # The coordinator has said what is wrong, and it isn't the push.
            return
        self._settle(listed)

    def _go_on(self) -> None:
        if self._pending:
            self._look_in(CONFIRM_AFTER)

    def _settle(self, listed: set[str]) -> None:
        """Count what the provider's list has, and what it still lacks after the last attempt."""
        waiting = {call_id: one for call_id, one in self._pending.items() if call_id not in listed}
        found = len(self._pending) - len(waiting)
        self._pending = {
            call_id: (started_at, attempts + 1)
            for call_id, (started_at, attempts) in waiting.items()
            if attempts + 1 < CONFIRM_ATTEMPTS
        }
        missing = len(waiting) - len(self._pending)
        if found:
            self._coordinator.push.was_confirmed(found)
        if missing:
            self._coordinator.push.was_not_confirmed(missing)
        self._tell_missing(missing)


class SignalConfirmation(_Looks):
    """Polls because of records that lack the list's id: the call is known once the list has it."""

    def __init__(self, coordinator: TrunklineCoordinator) -> None:
        """Wait for nothing yet."""
        super().__init__(coordinator)
        self._looked = float("-inf")

    @callback
    def note(self, moment: datetime) -> None:
        """Poll soon because a call was pushed that ended at `moment`."""
        if self._coordinator.push.signalled(moment):
            return
        pause = self._looked + PAUSE - self._coordinator.hass.loop.time()
        self._look_in(max(LOOK_AFTER[0], pause))

    async def _look(self) -> None:
        """Poll; what that finds is compared with the signals as it comes in."""
        push = self._coordinator.push
        # What comes while the poll is under way is for the next one.
        waiting, before = list(push.signals), push.unconfirmed
        self._looked = self._coordinator.hass.loop.time()
        await self._coordinator.async_refresh()
        if self._coordinator.last_update_success:
            push.was_looked_for(waiting)
        self._tell_missing(push.unconfirmed - before)

    def _go_on(self) -> None:
        signals = self._coordinator.push.signals
        if not signals:
            return
        looks = min(signal.looks for signal in signals) if self._coordinator.last_update_success else LOOKS
        self._look_in(max(LOOK_AFTER[min(looks, len(LOOK_AFTER) - 1)], PAUSE))
