"""Knows which statistics of an account may differ from its archive, and when they are to be compared."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from sqlalchemy.exc import SQLAlchemyError

from trunkline.errors import ArchiveError

from ..account.tasks import Rerun
from ..const import LOGGER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from trunkline.archive import Archive
    from trunkline.model import Call
    from trunkline.sync import SyncResult

    from ..account.tasks import Offload, Spawn
    from .comparison import Comparison

_RECORDER: Final = "recorder"
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


class StatisticsKeeper:
    """Keeps the statistics of one account equal to its archive. All methods are for the event loop.

    What was written is compared again after the next sync, until nothing differs: so it doesn't matter what the
    recorder lost, or has still in its queue.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        archive: Archive,
        account_key: str,
        *,
        currency: Callable[[], str],
        offload: Offload,
        spawn: Spawn,
    ) -> None:
        """Do nothing before the first sync has ended; `currency` returns that of the account."""
        self._hass = hass
        self._entry = entry
        self._archive = archive
        self._account_key = account_key
        self._currency = currency
        self._offload = offload
        self._rerun = Rerun(self._async_compare, spawn)
        self._comparison: Comparison | None = None
        self._is_synced = False
        self._has_failed = False
        self._stale_since: datetime | None = _BEGINNING
        """The start of the first call that may have changed; None if none has."""

    @callback
    def async_add(self, calls: Iterable[Call]) -> None:
        """Note calls that are new in the archive, or were changed there."""
        for call in calls:
            if call.started_at is not None:
                self._mark_stale(call.started_at)

    @callback
    def async_synced(self, result: SyncResult, *, full: bool) -> None:
        """Compare what has changed, now that the call list was read to its end."""
        self._is_synced = True
        if result.changed:
            # Which calls isn't said; only a full sync reads old ones again.
            window = self._comparison.window if self._comparison else None
            self._mark_stale(_BEGINNING if full or window is None else window)
        self._request()

    @callback
    def async_new_day(self) -> None:
        """Compare everything: another program may have written to the archive."""
        self._mark_stale(_BEGINNING)
        self._request()

    async def async_stop(self) -> None:
        """Write no more."""
        await self._rerun.async_stop()

    def _mark_stale(self, since: datetime) -> None:
        self._stale_since = since if self._stale_since is None else min(self._stale_since, since)

    def _request(self) -> None:
        if self._is_synced and self._stale_since is not None and _RECORDER in self._hass.config.components:
            self._rerun.async_request()

    async def _async_compare(self) -> None:
        since, self._stale_since = self._stale_since, None
        if since is None:
            return
        is_equal = False
        try:
            comparison = self._comparison = self._comparison or await self._async_create_comparison()
            is_equal = await comparison.async_write_differences(since)
        except ArchiveError as error:
            # The next poll fails for the same reason, and logs it once.
            LOGGER.debug("%s: the statistics could not be read: %s", self._entry.title, error)
        except (HomeAssistantError, SQLAlchemyError) as error:
            level = logging.DEBUG if self._has_failed else logging.WARNING
            LOGGER.log(level, "%s: the statistics could not be written (%s)", self._entry.title, type(error).__name__)
            self._has_failed = True
        else:
            self._has_failed = False
        finally:
            if not is_equal:
                self._mark_stale(since)

    async def _async_create_comparison(self) -> Comparison:
        await self._hass.async_add_import_executor_job(_load)
        from .comparison import Comparison  # noqa: PLC0415  (needed only where there is a recorder)

        return Comparison(
            self._hass, self._entry, self._archive, self._account_key, currency=self._currency, offload=self._offload
        )


async def async_forget_statistics(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove the statistics of an account that is removed."""
    if entry.unique_id is None or _RECORDER not in hass.config.components:
        return
    await hass.async_add_import_executor_job(_load)
    from .recorder import async_forget_account  # noqa: PLC0415  (needed only where there is a recorder)

    async_forget_account(hass, entry.unique_id)


def _load() -> None:
    from . import comparison  # noqa: F401, PLC0415  (needed only where there is a recorder)
