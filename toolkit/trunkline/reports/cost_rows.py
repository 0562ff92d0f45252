"""The rows of a table of costs: what `groups.costs` found, with shares and rates."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from .frames import RATE_DIGITS, Calls, rate
from .groups import plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from .grouping import Group, Key
    from .groups import Cost

NEEDED = ("currency", "status", "talk_s", "price")
"""The columns that every cost needs beside those of its keys."""

_N, _X, _TEXT = pa.int64(), pa.float64(), pa.string()
_MINUTE = 60


def schema_of(calls: Calls, by: Mapping[str, Key]) -> dict[str, pa.DataType]:
    """Return the columns of a table of costs in their types: the keys, the currency, counts and amounts."""
    money, rated = calls.money(), calls.money(RATE_DIGITS)
    return {name: key.dtype for name, key in by.items()} | {
        "currency": _TEXT,
        "calls": _N,
        "priced": _N,
        "unpriced": _N,
        "cost": money,
        "share": _X,
        "answered": _N,
        "talk_s": _N,
        "impossible": _N,
        "cost_answered": money,
        "cost_unanswered": money,
        "per_answered_call": rated,
        "per_minute": rated,
    }


def totals_of(found: Mapping[Group, Cost]) -> dict[str | None, Decimal]:
    """Return what all groups cost together in each currency, where that is known."""
    totals: dict[str | None, Decimal] = {}
    for group, cost in found.items():
        if cost.cost is not None:
            totals[group[-1]] = plus(totals.get(group[-1]), cost.cost)
    return totals


def rows_of(
    found: Mapping[Group, Cost], order: Iterable[Group], totals: Mapping[str | None, Decimal | None]
) -> list[tuple[Any, ...]]:
    """Return a row for each group of `order`; shares are of the total of the currency."""
    rows = []
    for group in order:
        cost = found[group]
        total = totals.get(group[-1])
        cells = (
            cost.calls,
            cost.priced,
            cost.calls - cost.priced,
            cost.cost,
            float(cost.cost / total) if cost.cost is not None and total else None,
            cost.answered,
            cost.talk_s,
            cost.impossible,
            cost.cost_answered,
            cost.cost_unanswered,
            rate(cost.cost_answered, cost.answered),
            rate(cost.cost_talked if cost.talk_s else None, Fraction(cost.talk_s, _MINUTE)),
        )
        rows.append((*group, *cells))
    return rows
