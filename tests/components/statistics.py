"""What the recorder has, and what it should have: counted call by call, without the code that is tested."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import (
    get_metadata,
    statistic_during_period,
    statistics_during_period,
)
from homeassistant.util import slugify
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from trunkline.model import Direction, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from homeassistant.core import HomeAssistant

    from trunkline.model import Call

EVER = datetime(2000, 1, 1, tzinfo=UTC)

type Sums = dict[str, dict[Any, Decimal]]


def utc_hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def expected(calls: Iterable[Call], key: str, currency: str, place: Callable[[datetime], Any] = utc_hour) -> Sums:
    """Return the amounts of each series by what `place` makes of a call's start, without zeros."""
    sums: Sums = defaultdict(lambda: defaultdict(Decimal))
    for call in calls:
        assert call.started_at is not None
        at = place(call.started_at)
        answered = call.status == Status.ANSWERED
        missed = call.direction == Direction.INCOMING and not answered and call.status != Status.UNKNOWN
        amounts = {
            "calls": Decimal(1),
            "answered": Decimal(answered),
            "missed": Decimal(missed),
            "minutes": Decimal(call.talk or 0) / 60 if answered else Decimal(0),
        }
        if call.price is not None:
            other = "" if call.price.currency == currency else f"_{slugify(call.price.currency)}"
            name = f"{'cost' if call.price.amount >= 0 else 'refunds'}{other}"
            amounts[name] = abs(call.price.amount)
        owners = [slugify(key), *([f"{slugify(key)}_{slugify(call.trunk)}"] if call.trunk else [])]
        for owner in owners:
            for name, amount in amounts.items():
                sums[f"trunkline:{owner}_{name}"][at] += amount
    return {each: {at: amount for at, amount in of.items() if amount} for each, of in sums.items()}


async def recorded(
    hass: HomeAssistant, period: str = "hour", since: datetime = EVER
) -> dict[str, list[dict[str, Any]]]:
    """Return the recorder's rows by id, with state, sum and the change that Home Assistant calculates."""
    await async_wait_recording_done(hass)
    read = partial(statistics_during_period, hass, since, None, None, period, None, {"change", "state", "sum"})
    found = await get_instance(hass).async_add_executor_job(read)
    return {each: rows for each, rows in found.items() if each.startswith("trunkline:")}


async def changes(hass: HomeAssistant, period: str = "hour") -> Sums:
    """Return the changes by id and start of the period, without zeros."""
    return {
        each: {
            datetime.fromtimestamp(row["start"], UTC): round(Decimal(row["change"]), 6)
            for row in rows
            if abs(row["change"]) > 1e-6
        }
        for each, rows in (await recorded(hass, period)).items()
    }


def rounded(sums: Sums) -> Sums:
    return {each: {at: round(amount, 6) for at, amount in of.items()} for each, of in sums.items()}


async def change_during(hass: HomeAssistant, statistic_id: str, start: datetime, days: timedelta) -> float | None:
    """Return the change in a period as the card of a single statistic asks for it."""
    read = partial(statistic_during_period, hass, start, start + days, statistic_id, {"change"}, None)
    found: dict[str, float | None] = await get_instance(hass).async_add_executor_job(read)
    return found["change"]


async def described(hass: HomeAssistant) -> dict[str, Any]:
    """Return the descriptions of the series by id."""
    await async_wait_recording_done(hass)
    found = await get_instance(hass).async_add_executor_job(partial(get_metadata, hass, statistic_source="trunkline"))
    return {each: metadata for each, (_, metadata) in found.items()}


async def assert_equal(hass: HomeAssistant, calls: Iterable[Call], key: str, currency: str = "IRR") -> None:
    """Compare each hour of each series, and the running sums, with the calls."""
    wanted = expected(calls, key, currency)
    mine = {each: of for each, of in (await changes(hass)).items() if each.startswith(f"trunkline:{slugify(key)}_")}
    assert mine == rounded(wanted)
    for each, rows in (await recorded(hass)).items():
        if each not in wanted:
            continue
        total = Decimal(0)
        for row in rows:
            amount = wanted[each].get(datetime.fromtimestamp(row["start"], UTC), Decimal(0))
            total += amount
            assert abs(Decimal(row["state"]) - amount) < Decimal("1e-6"), each
            assert abs(Decimal(row["sum"]) - total) < Decimal("1e-6"), each
