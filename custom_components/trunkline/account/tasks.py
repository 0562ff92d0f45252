"""Background work of an account: one run at a time, and one timer for the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from homeassistant.core import callback
from homeassistant.helpers.event import async_call_later

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

type Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
"""Starts a background task that ends with the account."""
type Offload = Callable[..., Awaitable[Any]]
"""Runs `function(*args)` in the executor and returns its result."""


class Rerun:
    """Runs `work` in the background, one run at a time, and once more if it was requested during a run.

    All methods are for the event loop. An exception of `work` ends the run and drops a request made meanwhile. After
    `async_stop` nothing runs any more, whoever still asks for it.
    """

    def __init__(self, work: Callable[[], Awaitable[None]], spawn: Spawn) -> None:
        """Wait for the first request."""
        self._work = work
        self._spawn = spawn
        self._task: asyncio.Task[None] | None = None
        self._requested = False
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether nothing runs any more."""
        return self._stopped

    @property
    def running(self) -> bool:
        """Whether a run is under way or about to start."""
        return self._task is not None and not self._task.done()

    @property
    def requested(self) -> bool:
        """Whether another run was requested since the current one started."""
        return self._requested

    @callback
    def async_request(self) -> None:
        """Run soon, or once more after the current run."""
        if self._stopped:
            return
        self._requested = True
        if not self.running:
            self._task = self._spawn(self._run())

    @callback
    def async_withdraw(self) -> None:
        """Drop the request for another run."""
        self._requested = False

    async def async_run(self) -> None:
        """Request a run and wait until it has ended."""
        self.async_request()
        await self.async_wait()

    async def async_wait(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  (asyncio.wait does not raise)
        """Wait until nothing runs any more, or for `timeout` seconds."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=timeout)

    async def async_stop(self) -> None:
        """Cancel the current run, wait until it has ended, and begin no other."""
        self._stopped = True
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            while self._requested:
                self._requested = False
                await self._work()
        finally:
            self._requested = False


class EarliestTimer:
    """Calls `action` once, at the earliest of the times that were asked for. All methods are for the event loop."""

    def __init__(self, hass: HomeAssistant, action: Callable[[], None]) -> None:
        """Wait for the first `async_call_in`."""
        self._hass = hass
        self._action = action
        self._due = 0.0
        self._cancel: CALLBACK_TYPE | None = None
        self._stopped = False

    @callback
    def async_call_in(self, seconds: float) -> None:
        """Call the action in so many seconds, unless it is called earlier anyway."""
        if self._stopped:
            return
        due = self._hass.loop.time() + seconds
        if self._cancel is not None:
            if self._due <= due:
                return
            self._cancel()
        self._due = due
        self._cancel = async_call_later(self._hass, seconds, self._async_elapsed)

    @callback
    def async_cancel(self) -> None:
        """Forget the next call."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def async_stop(self) -> None:
        """Make no further calls."""
        self._stopped = True
        self.async_cancel()

    @callback
    def _async_elapsed(self, _now: datetime) -> None:
        self._cancel = None
        self._action()
