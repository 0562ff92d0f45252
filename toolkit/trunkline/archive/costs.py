"""What the calls of a period cost, by trunk and hour, without building the calls."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from .damage import UNREADABLE
from .queries import find_damaged, in_period
from .rows import from_micros, to_money
from .schema import calls
from .values import HourCost

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from trunkline.model import Money

_HOUR = timedelta(hours=1) // timedelta(microseconds=1)

type _Group = tuple[str | None, int, str | None, int]
"""A trunk, an hour since the epoch, a currency, and the decimal digits of the prices."""


def by_hour(connection: Connection, account: str, since: datetime, until: datetime) -> list[HourCost]:
    """Return the costs of the calls with `since <= started_at < until`, as `Archive.costs_by_hour` says."""
    table = calls.c
    columns = (table.trunk, table.started_local, table.currency, table.price_scale, table.price)
    try:
        return _summed(connection.execute(select(*columns).where(*in_period(account, since, until))))
    except UNREADABLE:
        # A sum doesn't say which of the calls is damaged.
        find_damaged(connection, [account])
        raise


def _summed(rows: Iterable[Row[Any]]) -> list[HourCost]:
    sums: defaultdict[_Group, int] = defaultdict(int)
    for trunk, started_local, currency, scale, price in rows:
        if type(started_local) is not int or (price is not None and (type(price) is not int or currency is None)):
            raise TypeError
        # Integers of Python, because a sum of prices with many digits may need more than 64 bits.
        group = trunk, started_local // _HOUR, currency if price is not None else None, scale
        sums[group] += price or 0
    costs: dict[tuple[str | None, int, str | None], Money | None] = {}
    for (trunk, hour, currency, scale), total in sums.items():
        cost = to_money(total, scale, currency) if currency is not None else None
        before = costs.get((trunk, hour, currency))
        costs[trunk, hour, currency] = before + cost if before is not None and cost is not None else cost
    return [
        HourCost(trunk, from_micros(hour * _HOUR).replace(tzinfo=None), cost)
        for (trunk, hour, _), cost in costs.items()
    ]
