"""Keeps the long-term statistics of an account equal to its archive."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from trunkline.errors import ArchiveError

from ..account.collector import many_records
from ..account.statistic_ids import ids_of_account
from ..account.tasks import Rerun
from ..const import DOMAIN, LOGGER
from .hours import Hours, first_hour
from .names import SeriesNames
from .series import collect, differing_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import tzinfo

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from trunkline.archive import Archive
    from trunkline.model import Call
    from trunkline.sync import SyncResult

    from ..account.tasks import Offload, Spawn
    from .series import Amount, Row, Series

RECORDER: Final = "recorder"
# What changed within so many days is read from the archive alone; for what is older, the whole history is compared.
WINDOW_DAYS: Final = 7

_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Settled:
    """What is known of the series before a midnight (UTC), in one zone and with one currency of the account."""

    zone: tzinfo
    currency: str
    midnight: datetime
    series: dict[str, Series]
    """All series, without amounts."""
    totals: Mapping[str, Amount]
    """The sums of those that have begun before the midnight."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """The series since a midnight, or since the first call, and the hours that have a row in any case."""

    series: Mapping[str, Series]
    filled: frozenset[int]
    since: int | None = None
    totals: Mapping[str, Amount] = field(default_factory=dict)
    """The sums up to `since`."""

    def differing(self, hass: HomeAssistant, statistic_id: str) -> list[Row]:
        """Return the rows of a series that the recorder lacks. Runs in the recorder's executor."""
        from .recorder import known_rows  # noqa: PLC0415  (the recorder is optional)

        return differing_rows(
            self.series[statistic_id],
            known_rows(hass, statistic_id, None if self.since is None else self.since - 1),
            filled=self.filled,
            since=self.since,
            before=self.totals.get(statistic_id),
        )


class StatisticsKeeper:
    """Compares the recorder with the archive, and writes what differs. All methods are for the event loop.

    The sums come from the archive alone. What was written is compared again after the next sync, until nothing differs:
    so it doesn't matter what the recorder lost, or has still in its queue.
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
        self._synced = False
        self._failed = False
        self._settled: _Settled | None = None
        self._stale_since: datetime | None = _BEGINNING
        """The start of the first call that may have changed; None if none has."""

    @callback
    def async_add(self, calls: Iterable[Call]) -> None:
        """Note the calls that are new in the archive."""
        for call in calls:
            if call.started_at is not None:
                self._stale(call.started_at)

    @callback
    def async_synced(self, result: SyncResult, *, full: bool) -> None:
        """Compare what has changed, now that the call list was read to its end."""
        self._synced = True
        if result.changed:
            # Which calls isn't said; only a full sync reads old ones again.
            self._stale(_BEGINNING if full or self._settled is None else self._settled.midnight)
        if self._stale_since is not None:
            self._request()

    @callback
    def async_new_day(self) -> None:
        """Compare everything: another program may have written to the archive."""
        self._stale(_BEGINNING)
        if self._synced:
            self._request()

    async def async_stop(self) -> None:
        """Write no more."""
        await self._rerun.async_stop()

    def _request(self) -> None:
        if RECORDER in self._hass.config.components:
            self._rerun.async_request()

    def _stale(self, since: datetime) -> None:
        self._stale_since = since if self._stale_since is None else min(self._stale_since, since)

    async def _async_compare(self) -> None:
        from . import recorder  # noqa: PLC0415  (the recorder is optional)

        since, self._stale_since = self._stale_since, None
        if since is None:
            return
        is_equal = False
        try:
            is_equal = await self._async_write_differences(since)
        except ArchiveError as error:
            # The next poll fails for the same reason, and logs it once.
            LOGGER.debug("%s: the statistics could not be read: %s", self._entry.title, error)
        except (HomeAssistantError, recorder.RecorderError) as error:
            level = logging.DEBUG if self._failed else logging.WARNING
            LOGGER.log(level, "%s: failed to write the statistics: %s", self._entry.title, type(error).__name__)
            self._failed = True
        else:
            self._failed = False
        finally:
            if not is_equal:
                self._stale(since)

    async def _async_write_differences(self, since: datetime) -> bool:
        """Write what differs in the recorder, and return whether nothing did."""
        from . import recorder  # noqa: PLC0415  (the recorder is optional)

        hass, currency = self._hass, self._currency()
        with many_records():
            reading = await self._offload(self._read, since, dt_util.get_default_time_zone(), currency)
        names = await SeriesNames.async_load(hass, self._entry, self._account_key, currency)
        await recorder.async_wait_for_recorder(hass)
        known = await recorder.async_known_metadata(hass)
        gone: set[str] = set()
        if reading.since is None:
            gone = set(ids_of_account(known, self._account_key, _account_keys(hass))) - reading.series.keys()
        if gone:
            recorder.async_clear(hass, sorted(gone))
        is_equal = not gone
        for statistic_id, series in reading.series.items():
            rows = await recorder.async_run(hass, partial(reading.differing, hass, statistic_id))
            metadata = recorder.metadata_of(statistic_id, series, names.of(series))
            if rows or not recorder.is_described(known.get(statistic_id), metadata):
                await recorder.async_write(hass, metadata, rows)
                is_equal = False
        return is_equal

    def _read(self, since: datetime, zone: tzinfo, currency: str) -> _Reading:
        """Read the series from the archive: all, or what follows the settled ones. Runs in the executor."""
        settled = self._settled
        if settled and (since < settled.midnight or (settled.zone, settled.currency) != (zone, currency)):
            settled = None
        hours = Hours(zone, dt_util.utcnow())
        begin = settled.midnight if settled else None
        sums = self._archive.sums_by_hour(self._account_key, since=begin, width=hours.width)
        series = collect(self._account_key, sums, hours, currency=currency)
        days = hours.days(WINDOW_DAYS)
        filled = frozenset(map(first_hour, days))
        if settled is None:
            first = first_hour(days[0])
            totals = {each: found.total(first) for each, found in series.items() if found.start < first}
            without = {each: found.without_amounts() for each, found in series.items()}
            self._settled = _Settled(zone, currency, days[0], without, totals)
            return _Reading(series, filled)
        for each, found in series.items():
            settled.series.setdefault(each, found.without_amounts())
        # A series whose calls are gone is still in the recorder.
        every = {each: series.get(each, without) for each, without in settled.series.items()}
        return _Reading(every, filled, first_hour(settled.midnight), settled.totals)


@callback
def async_forget_statistics(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove the statistics of an account that is removed."""
    if entry.unique_id is None or RECORDER not in hass.config.components:
        return
    from .recorder import async_forget_account  # noqa: PLC0415  (the recorder is optional)

    async_forget_account(hass, entry.unique_id, _account_keys(hass))


def _account_keys(hass: HomeAssistant) -> list[str]:
    return [entry.unique_id for entry in hass.config_entries.async_entries(DOMAIN) if entry.unique_id]
