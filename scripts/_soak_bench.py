"""The surroundings of a soak's cases: a clock that stands still, and an ear for errors that nobody raised."""

from __future__ import annotations

import contextlib
import gc
import logging
import random
from typing import TYPE_CHECKING, Any

# Before Home Assistant is imported: its own clock would go on otherwise.
import pytest_homeassistant_custom_component.patch_time  # noqa: F401  # isort: skip

from freezegun import freeze_time
from homeassistant.exceptions import HomeAssistantError

from trunkline.errors import TrunklineError
from trunkline.transport import Limits

from ._soak_world import NOW

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from datetime import timedelta

QUICK = Limits(total=10.0, attempts=3, backoff=0.001, backoff_cap=0.002, patience=10.0)
"""No wait of a client is longer than a few milliseconds."""
_SERVER = "aiohttp.server"
_HOME = ("homeassistant", "custom_components", "aiohttp_fast_zlib")


class Bench:
    """The clock of all cases in this process, and what went wrong where nobody awaited it."""

    def __init__(self, clock: Any) -> None:
        """Take a clock that stands still."""
        self._clock = clock
        self.complaints: list[str] = []

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin a case: set the clock, and whatever is random, to where all cases begin."""
        self._clock.move_to(NOW)
        # The client waits at random before it tries again.
        random.seed(0)
        self.complaints.clear()
        loop.set_exception_handler(
            lambda _, context: self.complaints.append(f"not awaited: {context.get('exception') or context['message']}")
        )

    def end(self) -> None:
        """End a case: what it left open is found now, and not during another case."""
        gc.collect()

    def tick(self, span: timedelta) -> None:
        """Let time pass."""
        self._clock.tick(span)


@contextlib.contextmanager
def bench() -> Iterator[Bench]:
    """Stop the clock, and listen to errors that no run raises."""
    with freeze_time(NOW, real_asyncio=True) as clock:
        made = Bench(clock)
        # What is loaded by now stays, so that each case only looks through what it has made.
        gc.collect()
        gc.freeze()
        with contextlib.ExitStack() as stack:
            for name in (_SERVER, *_HOME):
                stack.enter_context(_heard(name, _Complaints(made)))
            yield made


@contextlib.contextmanager
def _heard(name: str, handler: logging.Handler) -> Iterator[None]:
    logger = logging.getLogger(name)
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.level, logger.propagate = before


class _Complaints(logging.Handler):
    """Hears exceptions that are logged and shouldn't have been raised."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(logging.ERROR)
        self._bench = bench

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, TrunklineError | HomeAssistantError):
            who = "the sandbox" if record.name == _SERVER else record.name
            self._bench.complaints.append(f"{who} logged {type(error).__name__}: {error}")
