"""Which calls' events wait for the provider, kept in a file of the account: a reload or a restart loses none.

The file has the ids of calls, and no numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import callback
from homeassistant.helpers.storage import Store

from ..const import DOMAIN, LOGGER

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

_VERSION: Final = 1
_CALLS: Final = "calls"
_PUSHED: Final = "pushed"
_DELAY: Final = 1.0
MOST_DUE: Final = 1000
"""The file has at most so many calls, the last ones."""


class DueEvents:
    """The calls of one account whose events wait, each with the type of the provisional event that was fired, or None.

    `pushed` are the ids of those that only a push has told of: their provisional events wait. A file is written only
    while events wait, and when they don't any more.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Nothing is known of earlier calls before `async_load`."""
        self._title = entry.title
        self._store = due_events_store(hass, entry.entry_id)
        self._calls: dict[str, str | None] = {}
        self.pushed: frozenset[str] = frozenset()
        self._must_save = False

    async def async_load(self) -> Mapping[str, str | None]:
        """Return the calls from before a reload or restart by id, as far as the file can be read."""
        try:
            kept = await self._store.async_load()
            calls = {} if kept is None else dict(kept[_CALLS])
            pushed = [] if kept is None else list(kept.get(_PUSHED, ()))
            self._calls = {str(call_id): None if kind is None else str(kind) for call_id, kind in calls.items()}
            self.pushed = frozenset(map(str, pushed))
        except Exception as error:  # noqa: BLE001  (whatever is wrong with the file must not keep the account from working)
            LOGGER.warning(
                "%s: the calls whose events were due could not be read (%s); there are no events of them",
                self._title,
                type(error).__name__,
            )
            self._save_soon()
        return self._calls

    @callback
    def async_keep(self, calls: Mapping[str, str | None], pushed: Collection[str]) -> None:
        """Keep these calls in place of the earlier ones."""
        newest, waiting = dict(list(calls.items())[-MOST_DUE:]), frozenset(pushed)
        if (newest, waiting) != (self._calls, self.pushed):
            self._calls, self.pushed = newest, waiting
            self._save_soon()

    async def async_close(self) -> None:
        """Write the file now, if that is still to be done."""
        if self._must_save:
            await self._store.async_save(self._data())

    def _save_soon(self) -> None:
        self._must_save = True
        self._store.async_delay_save(self._data, _DELAY)

    def _data(self) -> dict[str, Any]:
        self._must_save = False
        return {_CALLS: self._calls, _PUSHED: sorted(self.pushed)}


def due_events_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the file of an account's events that are due."""
    return Store(hass, _VERSION, f"{DOMAIN}.due_events.{entry_id}", private=True)
