"""Reads and writes long-term statistics of the recorder."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, Any, cast

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    clear_statistics,
    get_metadata,
    statistics_during_period,
)
from homeassistant.components.recorder.tasks import RecorderTask
from homeassistant.const import UnitOfTime
from homeassistant.core import callback

from ..account.statistic_ids import ids_of_account
from ..const import DOMAIN
from .hours import HOUR, start_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from homeassistant.components.recorder import Recorder
    from homeassistant.core import HomeAssistant

    from .series import Row, Series

# The recorder stores nothing else while it stores a batch: less than a second on a slow computer.
_BATCH = 500
_HAS_UNIT_CLASS = "unit_class" in StatisticMetaData.__annotations__  # since 2025.11


class _Task(RecorderTask):
    """Runs a function in the thread of the recorder, when it has done what was queued before."""

    def __init__(self, function: Callable[[Recorder], None]) -> None:
        """Take the function."""
        self._function = function

    def run(self, instance: Recorder) -> None:
        """Run the function."""
        self._function(instance)


def metadata_of(statistic_id: str, series: Series, name: str) -> StatisticMetaData:
    """Return how the recorder describes a series."""
    is_time = series.name == "minutes"
    # Before 2025.11 the recorder loses statistics that have a class of units; later it asks for one.
    unit_class: dict[str, Any] = {"unit_class": "duration" if is_time else None} if _HAS_UNIT_CLASS else {}
    return cast(
        "StatisticMetaData",
        {
            "mean_type": StatisticMeanType.NONE,
            "has_sum": True,
            "name": name,
            "source": DOMAIN,
            "statistic_id": statistic_id,
            "unit_of_measurement": UnitOfTime.MINUTES if is_time else series.currency,
            **unit_class,
        },
    )


def is_described(known: StatisticMetaData | None, metadata: StatisticMetaData) -> bool:
    """Return whether the recorder knows the name and the unit of a series."""
    return known is not None and all(known[key] == metadata[key] for key in ("name", "unit_of_measurement"))


async def async_wait(hass: HomeAssistant) -> None:
    """Wait until the recorder has done what is queued."""
    done = asyncio.Event()

    def report(_instance: Recorder) -> None:
        hass.loop.call_soon_threadsafe(done.set)

    get_instance(hass).queue_task(_Task(report))
    await done.wait()


async def async_known_metadata(hass: HomeAssistant) -> dict[str, StatisticMetaData]:
    """Return the descriptions of all series of this integration by id."""
    return await async_run(hass, partial(_known_metadata, hass))


async def async_run[Result](hass: HomeAssistant, function: Callable[[], Result]) -> Result:
    """Run a function that reads the recorder's database, in the recorder's executor; raises `SQLAlchemyError`."""
    return await get_instance(hass).async_add_executor_job(function)


def known_rows(
    hass: HomeAssistant, statistic_id: str, since: int | None
) -> dict[int, tuple[float | None, float | None]]:
    """Return the rows of a series by hour, from an hour on or all. Runs in the recorder's executor."""
    start = datetime.min.replace(tzinfo=UTC) if since is None else start_of(since)
    found = statistics_during_period(hass, start, None, {statistic_id}, "hour", None, {"state", "sum"})
    return {int(row["start"]) // HOUR: (row.get("state"), row.get("sum")) for row in found.get(statistic_id, ())}


async def async_write(hass: HomeAssistant, metadata: StatisticMetaData, rows: Sequence[Row]) -> None:
    """Write rows in batches, the next one when the recorder has stored the one before and what others queued."""
    # Without rows, the recorder takes over the description.
    for batch in batched(rows, _BATCH, strict=False) if rows else [()]:
        data = [StatisticData(start=start_of(row.hour), state=row.state, sum=row.sum) for row in batch]
        async_add_external_statistics(hass, metadata, data)
        await async_wait(hass)


@callback
def account_keys(hass: HomeAssistant) -> list[str]:
    """Return the keys of all accounts, whether they are loaded or not."""
    return [entry.unique_id for entry in hass.config_entries.async_entries(DOMAIN) if entry.unique_id]


@callback
def async_clear(hass: HomeAssistant, statistic_ids: Sequence[str]) -> None:
    """Remove series."""
    get_instance(hass).async_clear_statistics(list(statistic_ids))


@callback
def async_forget_account(hass: HomeAssistant, account_key: str) -> None:
    """Remove all series of an account, also those that are still queued."""
    keys = account_keys(hass)

    def forget(instance: Recorder) -> None:
        if ids := ids_of_account(_known_metadata(hass), account_key, keys):
            clear_statistics(instance, ids)

    get_instance(hass).queue_task(_Task(forget))


def _known_metadata(hass: HomeAssistant) -> dict[str, StatisticMetaData]:
    return {each: metadata for each, (_, metadata) in get_metadata(hass, statistic_source=DOMAIN).items()}
