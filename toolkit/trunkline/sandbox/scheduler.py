"""Lets time pass in the simulated company: ends placed calls when they are due, and makes live calls."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from .world import Direction, Outcome

if TYPE_CHECKING:
    from .world import World

_LOW_CREDIT = 20_000
_SHORTEST_WAIT = 0.01
MOST_LIVE = 1_000_000
"""The most calls a minute that can happen on their own."""


class Scheduler:
    """Runs the world while the sandbox serves; `live` is how many calls a minute happen on their own."""

    def __init__(self, world: World, *, live: float = 0.0) -> None:
        """Prepare; ValueError for a rate that can't be."""
        if not 0 <= live <= MOST_LIVE:
            msg = f"live must be a number from 0 to {MOST_LIVE}: it is the number of calls a minute"
            raise ValueError(msg)
        self.live = live
        self._world = world
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start in the running event loop."""
        self._world.clock.watchers.append(self._clock_changed)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop; does nothing if it isn't running."""
        if self._task is None:
            return
        self._world.clock.watchers.remove(self._clock_changed)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def wake(self) -> None:
        """Look again at what is due, after calls were placed or the rate has changed."""
        self._changed.set()

    def _clock_changed(self) -> None:
        self._world.settle()
        self.wake()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        next_live = loop.time() + self._pause()
        while True:
            self._changed.clear()
            self._world.settle()
            if self.live and loop.time() >= next_live:
                if not self._world.clock.frozen:
                    self._make_call()
                next_live = loop.time() + self._pause()
            due = self._world.due_in()
            waits = [*([] if due is None else [due]), *([next_live - loop.time()] if self.live else [])]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(_SHORTEST_WAIT, min(waits)) if waits else None):
                    await self._changed.wait()

    def _pause(self) -> float:
        return self._world.random.expovariate(self.live / 60) if self.live else 0.0

    def _make_call(self) -> None:
        world = self._world
        office = world.random.choices(world.offices, cum_weights=(70, 100))[0]
        for position, trunk in enumerate(office.trunks):
            if trunk.credit < _LOW_CREDIT:
                world.top_up(office, position, trunk.opening)
        direction = world.random.choices(tuple(Direction), cum_weights=(60, 95, 100))[0]
        outcome = world.random.choices(tuple(Outcome), cum_weights=(75, 83, 98, 100))[0]
        world.record(office, direction=direction, outcome=outcome, recorded=True)
