"""Compares the statistics of an account with its archive, and writes what differs. Needs the recorder."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from homeassistant.util import dt as dt_util

from ..account.collector import many_records
from ..account.statistic_ids import ids_of_account
from . import recorder
from .hours import Hours, first_hour
from .names import SeriesNames
from .series import collect, differing_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, tzinfo

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from trunkline.archive import Archive

    from ..account.tasks import Offload
    from .series import Amount, Row, Series

# What changed within so many days is read from the archive alone; for what is older, the whole history is compared.
WINDOW_DAYS: Final = 7


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
        return differing_rows(
            self.series[statistic_id],
            recorder.known_rows(hass, statistic_id, None if self.since is None else self.since - 1),
            filled=self.filled,
            since=self.since,
            before=self.totals.get(statistic_id),
        )


class Comparison:
    """Makes the recorder's rows those of the archive. The sums come from the archive alone."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        archive: Archive,
        account_key: str,
        *,
        currency: Callable[[], str],
        offload: Offload,
    ) -> None:
        """Read nothing yet; `currency` returns that of the account."""
        self._hass = hass
        self._entry = entry
        self._archive = archive
        self._account_key = account_key
        self._currency = currency
        self._offload = offload
        self._settled: _Settled | None = None

    @property
    def window(self) -> datetime | None:
        """The midnight (UTC) since when changes can be compared without all that is older; None before the first time.

        It moves on whenever everything is compared.
        """
        return self._settled.midnight if self._settled else None

    async def async_write_differences(self, since: datetime) -> bool:
        """Write what differs from `since` on, and return whether nothing did.

        Raises `ArchiveError`, and `SQLAlchemyError` if the recorder's database can't be read.
        """
        hass, currency = self._hass, self._currency()
        with many_records():
            reading = await self._offload(self._read, since, dt_util.get_default_time_zone(), currency)
        names = await SeriesNames.async_load(hass, self._entry, self._account_key, currency)
        await recorder.async_wait(hass)
        known = await recorder.async_known_metadata(hass)
        gone: set[str] = set()
        if reading.since is None:
            gone = set(ids_of_account(known, self._account_key, recorder.account_keys(hass))) - reading.series.keys()
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
