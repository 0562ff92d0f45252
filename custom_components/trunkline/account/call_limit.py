"""Stops a looping automation from emptying the credit: so many calls an hour and no more."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from homeassistant.exceptions import ServiceValidationError

from ..const import DEFAULT_CALLS_PER_HOUR, DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable

_HOUR = 3600.0


class CallGuard:
    """Counts the calls that were asked for within the last sixty minutes; the clock hands in seconds that only grow."""

    def __init__(self, clock: Callable[[], float], limit: int = DEFAULT_CALLS_PER_HOUR) -> None:
        """Allow `limit` calls in any sixty minutes."""
        self.limit = limit
        self._clock = clock
        self._moments: deque[float] = deque()

    @property
    def used(self) -> int:
        """How many calls of the last hour count."""
        self._forget()
        return len(self._moments)

    def take(self) -> None:
        """Count one more call, or raise a translated `ServiceValidationError` that says how long to wait.

        A call counts when it is asked for, whatever becomes of it: nobody knows what a lost answer has cost.
        """
        self._forget()
        if len(self._moments) >= self.limit:
            wait = self._moments[0] + _HOUR - self._clock() if self._moments else _HOUR
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="too_many_calls",
                translation_placeholders={"limit": str(self.limit), "minutes": str(max(1, round(wait / 60)))},
            )
        self._moments.append(self._clock())

    def _forget(self) -> None:
        horizon = self._clock() - _HOUR
        while self._moments and self._moments[0] <= horizon:
            self._moments.popleft()
