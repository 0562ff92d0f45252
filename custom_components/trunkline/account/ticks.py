"""Which callers a user has ticked off, kept in a file of the account: a reload or a restart forgets none.

The file has no numbers, only the ids of the callers. Older ticks than the missed calls that count are left out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Self

from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, LOGGER
from .figures import MISSED_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from .missed import Ticks

_VERSION: Final = 1
_TICKED_UNTIL: Final = "ticked_until"
_KEPT: Final = timedelta(days=MISSED_DAYS + 1)
MOST_TICKS: Final = 1000
"""The file has at most so many callers."""


class TickStore:
    """Keeps the ticks of one account. `until` is a mapping that is never changed, but replaced."""

    def __init__(self, store: Store[dict[str, Any]]) -> None:
        """Nothing is known of earlier ticks before `async_load`."""
        self._store = store
        self.until: Ticks = {}

    @classmethod
    async def async_create(cls, hass: HomeAssistant, entry: ConfigEntry) -> Self:
        """Return the ticks of an account, with those from before a reload or restart."""
        created = cls(tick_store(hass, entry.entry_id))
        await created.async_load(entry.title)
        return created

    async def async_load(self, title: str) -> None:
        """Read the file, as far as it can be read; `title` is the account's."""
        try:
            kept = await self._store.async_load()
            seconds = {} if kept is None else dict(kept[_TICKED_UNTIL])
            self.until = {str(uid): dt_util.utc_from_timestamp(float(at)) for uid, at in seconds.items()}
        except Exception as error:  # noqa: BLE001  (whatever is wrong with the file must not keep the account from working)
            LOGGER.warning(
                "%s: the callers that were ticked off could not be read (%s); they are on the list again",
                title,
                type(error).__name__,
            )

    async def async_add(self, uids: Iterable[str], until: datetime) -> None:
        """Tick off a caller, with all the ids, and keep that."""
        await self._async_keep({**self.until, **dict.fromkeys(uids, until)})

    async def async_remove(self, uids: Iterable[str]) -> None:
        """Put a caller on the list again, and keep that."""
        removed = set(uids)
        await self._async_keep({uid: until for uid, until in self.until.items() if uid not in removed})

    async def _async_keep(self, ticks: Ticks) -> None:
        oldest = dt_util.utcnow() - _KEPT
        newest = sorted((item for item in ticks.items() if item[1] >= oldest), key=lambda item: item[1])[-MOST_TICKS:]
        self.until = dict(newest)
        await self._store.async_save({_TICKED_UNTIL: {uid: until.timestamp() for uid, until in newest}})


def tick_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the file of an account's ticks."""
    return Store(hass, _VERSION, f"{DOMAIN}.ticked_callers.{entry_id}", private=True)
