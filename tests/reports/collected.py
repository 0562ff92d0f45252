"""What comes into this process from a lazy frame for a figure, query by query."""

from __future__ import annotations

import random
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import narwhals as nw

from tests.reports.frames import row
from trunkline.reports import anomalies, compare, cost, forecast, quality, ranking, status, waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CALLS, MOST = 3000, 300
WEEKS = (date(2025, 3, 3), date(2025, 3, 10)), (date(2025, 3, 10), date(2025, 3, 17))
MARCH = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC)

GROUPED: dict[str, Callable[[Any], Any]] = {
    "totals": cost.totals,
    "cost by account, trunk and hour": lambda frame: cost.totals(frame, ("account", "trunk", "hour")),
    "cost by country": lambda frame: cost.totals(frame, "country"),
    "cost by_day": cost.by_day,
    "cost by_month": lambda frame: cost.by_month(frame, jalali=True),
    "by_destination": cost.by_destination,
    "by prefix": lambda frame: cost.by_destination(frame, prefix=4),
    "most_expensive": cost.most_expensive,
    "parts": cost.parts,
    "residuals": cost.residuals,
    "unanswered": cost.unanswered,
    "compare": lambda frame: cost.compare(frame, *WEEKS),
    "daily": lambda frame: cost.daily(frame, currency="IRR"),
    "dearest": lambda frame: ranking.dearest(frame, "extension", top=3),
    "counts": status.counts,
    "status by_day": status.by_day,
    "by_weekday_and_hour": status.by_weekday_and_hour,
    "shares": status.shares,
    "time_to_answer": waiting.time_to_answer,
    "service_level": waiting.service_level,
    "abandonment": waiting.abandonment,
    "distribution": waiting.distribution,
    "periods": lambda frame: compare.periods(frame, *WEEKS),
    "burn": lambda frame: forecast.burn(frame, date(2025, 3, 31)),
    "period_cost": lambda frame: forecast.period_cost(frame, MARCH[1], *MARCH, zone=UTC),
    "unusual_days": anomalies.unusual_days,
    "columns": quality.columns,
    "left_out": quality.left_out,
    "duplicates": quality.duplicates,
}
"""Figures that need no calls, only groups of them."""


def crowded() -> list[dict[str, Any]]:
    """Return many calls that have few different values, but for their ids."""
    chance = random.Random(5)
    found = []
    for number in range(CALLS):
        start = datetime(2025, 3, 3) + timedelta(days=chance.randrange(3), hours=chance.randrange(9, 12))
        direction = chance.choice(["incoming", "outgoing"])
        outside, own = chance.choice(["+4420794600", "+3312345678"]) + str(chance.randrange(3)), "10"
        price = chance.choice([None, Decimal(1), Decimal(3)])
        numbers = (own, outside) if direction == "outgoing" else (outside, own)
        found.append(dict(row(
            f"c{number:05}", start.isoformat(" "), direction, chance.choice(["answered", "busy", "no_answer"]),
            account=chance.choice(["telefonchy:1", "telefonchy:2"]), trunk=chance.choice(["2155501", None]),
            extension=own, source=numbers[0], destination=numbers[1], destination_name=chance.choice(["Sample", None]),
            wait_s=chance.choice([None, -1, 4, 8]), talk_s=chance.choice([None, -5, 0, 60]), price=price,
            price_wait="0", price_talk=price, price_record="0", price_saved="0",
        )))  # fmt: skip
    # A few residuals, and a few numbers that the others don't have.
    for line in found[:7]:
        line["price"] = Decimal("9.5")
    return found


@contextmanager
def collected() -> Iterator[list[nw.DataFrame[Any]]]:
    """Yield the results of every query that is collected inside."""
    results: list[nw.DataFrame[Any]] = []
    collect = nw.LazyFrame.collect

    def spied(lazy: nw.LazyFrame[Any], *args: Any, **rest: Any) -> nw.DataFrame[Any]:
        results.append(collect(lazy, *args, **rest))
        return results[-1]

    nw.LazyFrame.collect = spied  # type: ignore[method-assign]
    try:
        yield results
    finally:
        nw.LazyFrame.collect = collect  # type: ignore[method-assign]
