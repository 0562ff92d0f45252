"""The hourly limit of calls and codes, so that an automation that loops can't use up the credit."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from homeassistant.exceptions import ServiceValidationError

from ..const import DEFAULT_CALLS_PER_HOUR, DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable

_HOUR = 3600.0


class CallLimit:
    """Counts the calls that were requested within the last sixty minutes. `clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float], limit: int = DEFAULT_CALLS_PER_HOUR) -> None:
        """Allow `limit` calls in any sixty minutes."""
        self.limit = limit
        self._clock = clock
        self._requested_at: deque[float] = deque()

    @property
    def used(self) -> int:
        """The number of calls within the last hour."""
        self._forget_old()
        return len(self._requested_at)

    def take(self) -> None:
        """Count one more call; raises a translated `ServiceValidationError` if the limit is reached.

        A call counts when it is requested, whatever its outcome: a lost reply may have cost money too.
        """
        self._forget_old()
        if len(self._requested_at) >= self.limit:
            wait = self._requested_at[0] + _HOUR - self._clock() if self._requested_at else _HOUR
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="too_many_calls",
                translation_placeholders={"limit": str(self.limit), "minutes": str(max(1, round(wait / 60)))},
            )
        self._requested_at.append(self._clock())

    def _forget_old(self) -> None:
        an_hour_ago = self._clock() - _HOUR
        while self._requested_at and self._requested_at[0] <= an_hour_ago:
            self._requested_at.popleft()
