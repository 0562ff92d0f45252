"""Calls grouped by what they have in common: tallies for the definitions of `metrics`, sums of prices by currency."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jdatetime
import narwhals as nw
import pyarrow as pa

from trunkline import exact, numbers
from trunkline.errors import DataError
from trunkline.metrics import Tally
from trunkline.model import Direction, Money, Status

from . import places
from .frames import IMPOSSIBLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .frames import Calls

type Group = tuple[Any, ...]

MONTH, JALALI_MONTH = "month", "jalali_month"
_NO_CURRENCY = "XXX"


@dataclass(frozen=True, slots=True)
class Key:
    """What calls can be grouped by: the column it comes from, how, and what the result is.

    `relabel` works on the few values that are left after grouping. `also` are other columns that the expression reads.
    """

    column: str
    dtype: pa.DataType
    expression: Callable[[nw.Expr], nw.Expr] = lambda column: column
    relabel: Callable[[Any], Any] | None = None
    also: tuple[str, ...] = ()


def _day(column: nw.Expr) -> nw.Expr:
    return column.dt.date()


def week_of(day: date | None) -> date | None:
    """Return the Monday of a day's week."""
    return None if day is None else day - timedelta(days=day.weekday())


def month_of(day: date | None) -> str | None:
    """Return the Gregorian month of a day, as in `2025-03`."""
    return None if day is None else f"{day.year:04}-{day.month:02}"


# A figure asks for the same few hundred days once per group; converting them takes longer than the grouping.
@lru_cache(maxsize=8192)
def jalali_month_of(day: date | None) -> str | None:
    """Return the Jalali month of a day, as in `1403-12`."""
    if day is None:
        return None
    jalali = jdatetime.date.fromgregorian(date=day)
    return f"{jalali.year:04}-{jalali.month:02}"


_IS_OUTGOING = nw.col("direction") == Direction.OUTGOING.value


def _called(column: nw.Expr) -> nw.Expr:
    """Return the number that was called; of other calls, where the destination is a line of one's own, nothing."""
    return nw.when(_IS_OUTGOING).then(column)


def _contact(column: nw.Expr) -> nw.Expr:
    return nw.when(_IS_OUTGOING).then(nw.col("destination_name")).otherwise(column)


KEYS: Mapping[str, Key] = {
    "account": Key("account", pa.string()),
    "trunk": Key("trunk", pa.string()),
    "extension": Key("extension", pa.string()),
    "direction": Key("direction", pa.string()),
    "status": Key("status", pa.string()),
    "destination": Key("destination", pa.string()),
    "country": Key("destination", pa.string(), _called, numbers.country, ("direction",)),
    "region": Key("destination", pa.string(), _called, places.region, ("direction",)),
    "carrier": Key("destination", pa.string(), _called, places.carrier, ("direction",)),
    "contact": Key("source_name", pa.string(), _contact, None, ("direction", "destination_name")),
    "day": Key("started_local", pa.date32(), _day),
    "week": Key("started_local", pa.date32(), _day, week_of),
    "weekday": Key("started_local", pa.int64(), lambda column: column.dt.weekday().cast(nw.Int64())),
    "hour": Key("started_local", pa.int64(), lambda column: column.dt.hour().cast(nw.Int64())),
    MONTH: Key("started_local", pa.string(), _day, month_of),
    JALALI_MONTH: Key("started_local", pa.string(), _day, jalali_month_of),
}
"""Days, hours and weekdays (1 is Monday, ISO 8601) are those of the account's local time; a week is its Monday.

`country`, `region` and `carrier` are those of the number that was called (see `numbers` and `places`), unknown of
incoming and internal calls. `contact` is the name of the other party.
"""


def keys(by: str | Iterable[str]) -> dict[str, Key]:
    """Return the keys of these names; a name that isn't one is a `DataError`."""
    names = (by,) if isinstance(by, str) else tuple(by)
    for name in names:
        if name not in KEYS:
            msg = f"calls can't be grouped by {name!r}; possible are {', '.join(KEYS)}"
            raise DataError(msg, field=name)
    return {name: KEYS[name] for name in names}


def columns(by: Mapping[str, Key]) -> tuple[str, ...]:
    """Return the columns that the keys come from."""
    return tuple(dict.fromkeys(column for key in by.values() for column in (key.column, *key.also)))


def grouped(
    data: nw.DataFrame[Any], by: Mapping[str, Key], also: Iterable[str], *sums: nw.Expr
) -> Iterable[tuple[Group, tuple[Any, ...]]]:
    """Return (group, the values of `also` and the sums) for every combination that occurs."""
    by_columns = [key.expression(nw.col(key.column)).alias(f"_{name}") for name, key in by.items()]
    also_columns = [nw.col(column) for column in also]
    found = data.group_by(*by_columns, *also_columns).agg(*sums)
    for row in found.iter_rows():
        group = tuple(
            value if key.relabel is None else key.relabel(value)
            for key, value in zip(by.values(), row[: len(by)], strict=True)
        )
        yield group, row[len(by) :]


def tallies(calls: Calls, by: Mapping[str, Key]) -> dict[Group, list[Tally]]:
    """Return the calls tallied by direction and status, for each group; needs `talk_s` too."""
    found: defaultdict[Group, list[Tally]] = defaultdict(list)
    talk = nw.col("talk_s")
    sums = nw.len(), talk.sum().alias("_talk"), talk.count().alias("_timed"), nw.col(IMPOSSIBLE).sum().alias("_below")
    # A key that is also counted by (direction, status) would stand twice in one grouping.
    for group, (direction, status, *counted) in grouped(calls.data, by, ("direction", "status"), *sums):
        count, talk_s, timed, impossible = counted
        found[group].append(Tally(direction, status or Status.UNKNOWN, count, talk_s or 0, timed, impossible))
    return dict(found)


@dataclass(slots=True)
class Cost:
    """What a group of calls in one currency cost.

    Without a single known price the costs are None. `talk_s` is of the answered calls whose price and talk are both
    known; `impossible` of the priced and answered calls have a talk below zero, and are left out of it.
    """

    calls: int = 0
    priced: int = 0
    answered: int = 0
    talk_s: int = 0
    impossible: int = 0
    cost: Decimal | None = None
    cost_answered: Decimal | None = None
    cost_unanswered: Decimal | None = None
    cost_talked: Decimal | None = None


def costs(calls: Calls, by: Mapping[str, Key]) -> dict[Group, Cost]:
    """Return the costs of each group and currency (the last of the key); needs `status` and `talk_s` too.

    `answered` and the two costs beside `cost` know only calls whose status is known.
    """
    data = calls.data.with_columns(
        nw.col("price").is_null().alias("_unpriced"), nw.col("talk_s").is_null().alias("_untimed")
    )
    also = ("currency", "status", "_unpriced", "_untimed")
    sums = (
        nw.len(),
        nw.col("price").sum().alias("_price"),
        nw.col("talk_s").sum().alias("_talk"),
        nw.col(IMPOSSIBLE).sum().alias("_below"),
    )
    found: defaultdict[Group, Cost] = defaultdict(Cost)
    for group, (currency, status, unpriced, untimed, count, *summed) in grouped(data, by, also, *sums):
        amount, talk, impossible = summed
        cost = found[*group, currency]
        cost.calls += count
        if unpriced:
            continue
        cost.priced += count
        cost.cost = plus(cost.cost, amount)
        if status == Status.ANSWERED:
            cost.answered += count
            cost.impossible += impossible
            cost.cost_answered = plus(cost.cost_answered, amount)
            if not untimed:
                cost.talk_s += talk
                cost.cost_talked = plus(cost.cost_talked, amount)
        elif status is not None and status != Status.UNKNOWN:
            cost.cost_unanswered = plus(cost.cost_unanswered, amount)
    return dict(found)


def plus(total: Decimal | None, amount: Decimal) -> Decimal:
    """Return the sum, where nothing is known yet the amount."""
    return amount if total is None else exact.add(total, amount)


def in_order(group: Group) -> tuple[Any, ...]:
    """Return a sorting key for groups that puts what is unknown last."""
    return tuple((part is None, part if part is not None else 0) for part in group)


def every_day(days: Iterable[date | None]) -> list[date]:
    """Return each day from the first to the last."""
    known = [day for day in days if day is not None]
    if not known:
        return []
    first, last = min(known), max(known)
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def costs_by_day(calls: Calls) -> dict[str | None, dict[date, Money]]:
    """Return what the calls cost on each local day that has calls of any currency, by currency.

    Needs `currency`, `status`, `talk_s`, `price` and `started_local`. Calls without a price add 0, calls without a
    start nothing. Amounts without a currency are in XXX, the code of ISO 4217 for none.
    """
    found = costs(calls, keys("day"))
    days = {day for day, _ in found if day is not None}
    by_currency: dict[str | None, dict[date, Money]] = {}
    for currency in sorted({currency for _, currency in found}, key=lambda name: in_order((name,))):
        code = currency or _NO_CURRENCY
        by_currency[currency] = {
            day: Money(found.get((day, currency), Cost()).cost or Decimal(0), code) for day in days
        }
    return by_currency
