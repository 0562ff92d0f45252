"""The hourly limit of calls and codes, so that an automation that loops can't use up the credit.

What was used is kept in a file of the account: neither a reload nor a restart gives the limit anew.
"""

from __future__ import annotations

from collections import deque
from math import ceil
from typing import TYPE_CHECKING, Any, Final, Self

from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import CONF_CALLS_PER_HOUR, DEFAULT_CALLS_PER_HOUR, DOMAIN, LOGGER

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

_HOUR: Final = 3600.0
_VERSION: Final = 1
_REQUESTED_AT: Final = "requested_at"


class CallLimit:
    """Counts the calls that were requested within the last sixty minutes. `clock` returns monotonic seconds.

    `store` keeps when they were requested, in seconds since the epoch.
    """

    def __init__(
        self, clock: Callable[[], float], store: Store[dict[str, Any]], limit: int = DEFAULT_CALLS_PER_HOUR
    ) -> None:
        """Allow `limit` calls in any sixty minutes. Nothing is known of earlier calls before `async_load`."""
        self.limit = limit
        self._clock = clock
        self._store = store
        self._requested_at: deque[float] = deque()

    @classmethod
    async def async_create(cls, hass: HomeAssistant, entry: ConfigEntry) -> Self:
        """Return the limit of an account, with what was used of it before a reload or restart."""
        limit = entry.options.get(CONF_CALLS_PER_HOUR, DEFAULT_CALLS_PER_HOUR)
        created = cls(hass.loop.time, call_limit_store(hass, entry.entry_id), limit)
        await created.async_load(entry.title)
        return created

    async def async_load(self, title: str) -> None:
        """Count what was requested before a reload or restart, as far as it can be read; `title` is the account's."""
        try:
            kept = await self._store.async_load()
            moments = [] if kept is None else [float(moment) for moment in kept[_REQUESTED_AT]]
        except Exception as error:  # noqa: BLE001  (whatever is wrong with the file must not keep the account from working)
            LOGGER.warning(
                "%s: the calls of the last hour could not be read (%s); the hourly call limit starts anew",
                title,
                type(error).__name__,
            )
            return
        now, wall = self._clock(), dt_util.utcnow().timestamp()
        # If the clock was set back meanwhile, a call seems to be still to come: it counts as one of this moment.
        ages = sorted((max(0.0, wall - moment) for moment in moments), reverse=True)
        self._requested_at = deque(now - age for age in ages)

    @property
    def used(self) -> int:
        """The number of calls within the last hour."""
        self._forget_old()
        return len(self._requested_at)

    async def async_take(self) -> None:
        """Count one more call and keep that; raises a translated `ServiceValidationError` if the limit is reached.

        A call counts before it is requested, whatever its outcome: a lost reply may have cost money too.
        """
        self._forget_old()
        if len(self._requested_at) >= self.limit:
            # If the limit was lowered, more calls than that have to be an hour ago.
            wait = self._requested_at[-self.limit] + _HOUR - self._clock() if self.limit else _HOUR
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="too_many_calls",
                translation_placeholders={"limit": str(self.limit), "minutes": str(ceil(wait / 60))},
            )
        self._requested_at.append(self._clock())
        now, wall = self._clock(), dt_util.utcnow().timestamp()
        await self._store.async_save({_REQUESTED_AT: [wall - (now - moment) for moment in self._requested_at]})

    def _forget_old(self) -> None:
        an_hour_ago = self._clock() - _HOUR
        while self._requested_at and self._requested_at[0] <= an_hour_ago:
            self._requested_at.popleft()


def call_limit_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the file of an account's hourly limit."""
    return Store(hass, _VERSION, f"{DOMAIN}.call_limit.{entry_id}", private=True)
