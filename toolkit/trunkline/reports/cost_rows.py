"""The columns of a table of costs: what `groups.costs_by` found, with shares and rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from .coded import added, as_type
from .frames import RATE_DIGITS
from .quotients import decimals, divided, rates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .coded import Integers
    from .frames import Calls
    from .grouping import Key
    from .groups import Costs

NEEDED = ("currency", "status", "talk_s", "price")
"""The columns that every cost needs beside those of its keys."""

_MINUTE = 60


def columns_of(calls: Calls, by: Mapping[str, Key], found: Costs, whole: Costs) -> dict[str, pa.Array]:
    """Return the columns of the groups: keys, currency, counts, amounts.

    Shares are of what all groups of `whole` cost in the currency; the codes of its currencies are those of the groups.
    Costs without the keys of `by` have nulls for them.
    """
    *own, currency = found.keys
    keys = [as_type(part.array(), key.dtype) for part, key in zip(own, by.values(), strict=False)]
    keys += [pa.nulls(found.size, key.dtype) for key in list(by.values())[len(own) :]]
    money, counts, units, known = calls.money(), found.counts, found.amounts, found.known
    amounts = {name: decimals(name, units[name], known[name], money) for name in units}

    def rate(name: str, of: str, divisors: Integers, times: int) -> pa.Array:
        return rates(name, units[of], found.scale, divisors, known[of], times=times, digits=RATE_DIGITS)

    return dict(zip(by, keys, strict=True)) | {
        "currency": currency.array(),
        "calls": pa.array(counts["calls"]),
        "priced": pa.array(counts["priced"]),
        "unpriced": pa.array(counts["calls"] - counts["priced"]),
        "cost": amounts["cost"],
        "share": divided(units["cost"], _totals(found, whole), known["cost"]),
        "answered": pa.array(counts["answered"]),
        "talk_s": pa.array(counts["talk_s"], pa.int64()),
        "impossible": pa.array(counts["impossible"], pa.int64()),
        "cost_answered": amounts["cost_answered"],
        "cost_unanswered": amounts["cost_unanswered"],
        "per_answered_call": rate("per_answered_call", "cost_answered", counts["answered"], 1),
        "per_minute": rate("per_minute", "cost_talked", counts["talk_s"], _MINUTE),
    }


def _totals(found: Costs, whole: Costs) -> Integers:
    """Return for each group the cost of all calls in its currency, 0 where that isn't known."""
    currency = whole.keys[-1]
    return added(whole.amounts["cost"], currency.codes, currency.size)[found.keys[-1].codes]
