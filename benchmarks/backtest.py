"""Ordinary days and planted frauds on lines of simulated companies: judges `metrics.unusual_spend` on unseen days."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from trunkline.metrics import RECENT_DAYS, USUAL_DAYS, DaySpend, unusual_spend
from trunkline.model import Money
from trunkline.sandbox.mor.formats import euro
from trunkline.sandbox.world import TEHRAN, build_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# The last minute of a Tuesday in Tehran.
NOW = datetime(2026, 3, 10, 20, 29, tzinfo=UTC)
LAST_DAY = NOW.astimezone(TEHRAN).date()

# In the simulated company, a minute to a mobile costs 950 rial.
INTERNATIONAL_MINUTE = 6000
FRAUD_MINUTES = 5

type HourlyCosts = dict[int, Decimal]
PRICES: Mapping[str, Callable[[int], Decimal]] = {"IRR": Decimal, "EUR": lambda rial: Decimal(euro(rial))}
"""What a price in rial is in the replies of the providers that state prices: Telefonchy's rial, MOR's euro."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an office: what it cost in each local hour of each day."""

    name: str
    days: Mapping[date, HourlyCosts]
    credit: Money

    def spend(self, day: date, hour: int, planted: HourlyCosts | None = None) -> DaySpend | None:
        """Return the figure in an hour of a day, which knows the calls up to then; `planted` is added to that day."""
        first = day - timedelta(days=USUAL_DAYS + RECENT_DAYS + 1)
        currency = self.credit.currency
        known = {past: hours for past, hours in self.days.items() if first <= past < day}
        today = dict(self.days.get(day, {}))
        for at, cost in (planted or {}).items():
            today[at] = today.get(at, Decimal(0)) + cost
        known[day] = {at: cost for at, cost in today.items() if at <= hour}
        costs = {
            datetime.combine(past, time(at)): Money(cost, currency)
            for past, hours in known.items()
            for at, cost in hours.items()
        }
        now = datetime.combine(day, time(hour, 59), TEHRAN)
        return unusual_spend(costs, now, currency=currency, zone=TEHRAN, credit=self.credit)


def lines(seed: int, *, calls_a_day: int, days: int, currency: str = "IRR") -> Iterator[Line]:
    """Yield the lines of a company with so many calls a day (of all lines) in so many days until `NOW`."""
    price = PRICES[currency]
    for office in build_world(seed=seed, calls=calls_a_day * days, days=days, now=NOW).offices:
        costs: list[defaultdict[date, HourlyCosts]] = [defaultdict(dict) for _ in office.trunks]
        for row in office.calls:
            if row.trunk >= 0:
                local = datetime.fromtimestamp(row.started_at, TEHRAN)
                hours = costs[row.trunk][local.date()]
                hours[local.hour] = hours.get(local.hour, Decimal(0)) + price(row.price)
        for trunk, of_trunk in zip(office.trunks, costs, strict=True):
            name = f"{trunk.number}, {calls_a_day} calls a day, seed {seed}, {currency}"
            yield Line(name, of_trunk, Money(price(trunk.credit), currency))


def false_alarms(line: Line, days: int) -> tuple[int, int]:
    """Return on how many of the last days of a line the figure was unusual, and on how many it was known.

    What a day has cost above the usual never falls, so that the end of a day says whether there was an alarm.
    """
    known = [spend for back in range(days) if (spend := line.spend(LAST_DAY - timedelta(days=back), 23))]
    return sum(spend.unusual for spend in known), len(known)


def burst(currency: str) -> HourlyCosts:
    """Return what thirty international calls of five minutes at night cost."""
    half = PRICES[currency](15 * FRAUD_MINUTES * INTERNATIONAL_MINUTE)
    return {2: half, 3: half}


def trickle(currency: str) -> HourlyCosts:
    """Return what one international call of five minutes an hour costs."""
    return dict.fromkeys(range(24), PRICES[currency](FRAUD_MINUTES * INTERNATIONAL_MINUTE))


def found(line: Line, day: date, planted: HourlyCosts, *, until: int) -> bool:
    """Return whether the fraud that is planted on a day is found by the end of an hour."""
    spend = line.spend(day, until, planted)
    return spend is not None and spend.unusual
