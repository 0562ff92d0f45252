"""Calls that happen by themselves while the demo runs: each rings, is answered or not, and ends."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ._demo import Demo

# All providers show the same calls, so it doesn't matter which of them is named here.
_OF: Final = {"provider": "simotel"}
# An hour before the start, at this interval in seconds: figures of today, also in the morning.
_BEFORE: Final = range(3600, 0, -300)
_RING: Final = (4, 9)
_TALK: Final = (8, 45)
_LOW_CREDIT: Final = 20_000
_PAYMENT: Final = 200_000


class Calls:
    """Begins calls, each on an extension that is free. Whoever was missed is mostly called back."""

    def __init__(self, running_demo: Demo, draw: Random | None = None) -> None:
        """Prepare; the calls are others each time."""
        self._demo = running_demo
        self._draw = draw or Random()  # noqa: S311  (a simulation)
        self._missed: list[str] = []
        self._free_at: dict[str, float] = dict.fromkeys(running_demo.account("simotel")["extensions"], 0.0)

    async def before(self, seconds_of_today: float) -> None:
        """Record calls of the last hour, none of them before midnight."""
        for age in _BEFORE:
            if age < seconds_of_today:
                await self._demo.control("call", **_OF, **self._next(), age=age - 250)

    async def go_on(self, per_minute: float) -> None:
        """Begin so many calls a minute until cancelled, at intervals that differ by a third."""
        while True:
            await self._pay()
            await self._begin()
            await asyncio.sleep(60 / per_minute * self._draw.uniform(2 / 3, 4 / 3))

    async def _begin(self) -> None:
        now = asyncio.get_running_loop().time()
        free = [extension for extension, at in self._free_at.items() if at <= now]
        if not free:
            return
        call = self._next()
        extension = self._draw.choice(free)
        self._free_at[extension] = now + call["wait"] + call["talk"] + 1
        begun = await self._demo.control("call", **_OF, **call, exten=extension, begins=True)
        if call["type"] == "incoming" and call["status"] != "ANSWERED":
            self._missed.append(begun["number"])

    def _next(self) -> dict[str, Any]:
        """Draw a call: who calls, how it ends, and how long it rings and lasts."""
        draw = self._draw
        direction = draw.choices(("incoming", "outgoing"), (7, 3))[0]
        call: dict[str, Any] = {"type": direction, "wait": draw.randint(*_RING), "talk": draw.randint(*_TALK)}
        call["status"] = draw.choices(("ANSWERED", "NO ANSWER"), (3, 1))[0]
        call["recorded"] = draw.random() < 0.6
        if direction == "outgoing" and self._missed:
            call["number"] = self._missed.pop(0)
            call["status"] = "ANSWERED"
        return call

    async def _pay(self) -> None:
        """Top up a trunk that has little credit left."""
        state = await self._demo.control("state")
        for trunk in state["accounts"]["telefonchy"][0]["trunks"]:
            if trunk["credit"] < _LOW_CREDIT:
                await self._demo.control("top_up", trunk=trunk["number"], amount=_PAYMENT)
