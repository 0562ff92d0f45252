"""Figures of an account, read from the archive: today, this month, and how fast each trunk's credit is spent.

The cost of a past day doesn't change by itself, so it is cached: a poll that finds nothing new reads next to nothing.
All of this runs in the executor, one reading at a time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from trunkline.metrics import (
    RECENT_DAYS,
    USUAL_DAYS,
    DayFigures,
    DaySpend,
    MissedCalls,
    OpenMissed,
    RunOut,
    day_figures,
    hourly_costs,
    is_missed,
    last_call,
    open_missed,
    run_out,
    together,
    unusual_spend,
)
from trunkline.model import Call, Money

from .events import without_prices
from .missed import MissedCallers, with_reached, without_ticked
from .months import first_of_month

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from trunkline.archive import Archive
    from trunkline.model import Trunk

    from .missed import Ticks

# A missed call counts as open for so many days, today included.
MISSED_DAYS = 7
# A day's cost is compared with those of so many days, and the first of all isn't whole.
COST_DAYS = USUAL_DAYS + RECENT_DAYS + 1

_DAY = timedelta(days=1)
# Today's calls are read in pieces of so many: a whole day's in memory at once would leave it in fragments.
_PIECE = 1000
_SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkData:
    """A trunk, when its credit will end, and what today has cost compared with usual."""

    trunk: Trunk
    run_out: RunOut | None = None
    spend: DaySpend | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one account at one moment. `midnight` and `month_start` are UTC, days are the account's.

    Pushed calls that the list has not confirmed yet are among the calls, the missed ones also among those that wait,
    and one may be the last call; but nothing of them is among the costs.
    """

    day: date
    midnight: datetime
    month_start: datetime
    today: DayFigures
    cost_today: Money | None
    cost_month: Money | None
    open_missed: OpenMissed
    """Without those that were ticked off."""
    missed_callers: MissedCallers
    last_call: Call | None
    """The call that ended last."""
    last_call_confirmed: bool
    trunks: Mapping[str, TrunkData]
    unreadable: int = 0


type _CostByTrunk = dict[str | None, dict[datetime, Money]]
"""What a day cost by trunk and local hour."""


@dataclass(frozen=True, slots=True)
class _Today:
    """What there is to know of today's `calls` in the archive, without the calls themselves."""

    day: date
    calls: int
    figures: DayFigures
    costs: _CostByTrunk
    missed: MissedCalls


class FiguresReader:
    """Reads the figures of one account. Not thread-safe: one reading at a time."""

    def __init__(
        self,
        archive: Archive,
        account: str,
        *,
        zone: ZoneInfo,
        currency: str,
        calendar: str = "gregorian",
        prices: bool = True,
    ) -> None:
        """Read from the archive; days are those of the zone, months those of the calendar (`gregorian` or `jalali`).

        Without `prices` the provider's call records have no prices, so that no cost is known.
        """
        self._archive = archive
        self._account = account
        self._zone = zone
        self._currency = currency
        self._prices = prices
        self._is_jalali = calendar == "jalali"
        self._costs: dict[date, _CostByTrunk] = {}
        self._has_price: dict[date, bool] = {}
        """Whether any call of a day in `_costs` has a price in the currency; days without calls are left out."""
        self._today: _Today | None = None
        self._waiting: tuple[date, Sequence[Call]] | None = None
        self._credit_since: dict[str, date] = {}

    def forget(self, days: Iterable[date] | None) -> None:
        """Forget what is cached of these days, or with None of all."""
        if days is None:
            self._costs.clear()
            self._today = self._waiting = None
            return
        for day in days:
            self._costs.pop(day, None)
            if self._today and self._today.day == day:
                self._today = None
            if self._waiting and day < self._waiting[0]:
                self._waiting = None

    def read(
        self,
        now: datetime,
        trunks: Iterable[Trunk],
        *,
        history_complete: bool,
        currency: str | None = None,
        ticks: Ticks | None = None,
    ) -> Figures:
        """Return the figures at `now`, costs in the currency (by default, as before); raises `ArchiveError`.

        `ticks` are the callers that were ticked off.
        What needs the whole history (the month's cost, run-out, usual spend) is None until that is complete.
        """
        if currency is not None and currency != self._currency:
            self._currency = currency
            self._costs.clear()
            self._today = None
        costs_known = history_complete and self._prices
        day = self._day(now)
        today = self._read_today(day)
        provisional = self._provisional()
        of_today = [call for call in provisional if call.started_at is not None and self._day(call.started_at) == day]
        month = self._month_start(day)
        past = self._past_costs(min(month, day - COST_DAYS * _DAY), day) if costs_known else {}
        cost_today = self._cost_of_today(today.figures)
        archived = self._archive.last_call(self._account)
        latest = last_call([*([archived] if archived else []), *provisional])
        # A missed call waits at once; but only a confirmed one takes a caller off the list.
        missed = today.missed.copy()
        missed.add(self._still_waiting(day))
        missed.add(call for call in provisional if is_missed(call.direction, call.status))
        still_open, callers = without_ticked(missed.still_open(), {} if ticks is None else ticks)
        callers = with_reached(callers, missed.returned())
        return Figures(
            day=day,
            midnight=self._midnight(day),
            month_start=self._midnight(month),
            today=together(today.figures, day_figures(of_today)),
            cost_today=cost_today,
            cost_month=self._month_cost(past, month, today.figures) if costs_known else None,
            open_missed=still_open,
            missed_callers=callers,
            last_call=latest,
            last_call_confirmed=latest is archived,
            trunks={
                trunk.trunk_id: self._trunk(trunk, now, today.costs, past, costs_known=costs_known) for trunk in trunks
            },
            unreadable=self._archive.count_unreadable(self._account),
        )

    def _read_today(self, day: date) -> _Today:
        since = self._midnight(day)
        # Another program may have written to the same archive.
        known = self._today
        if known and known.day == day and self._archive.count(accounts=[self._account], since=since) == known.calls:
            return known
        figures, missed = DayFigures(), MissedCalls()
        costs: defaultdict[str | None, dict[datetime, Money]] = defaultdict(dict)
        for begin, until in self._pieces(since, self._midnight(day + _DAY)):
            # The last piece has no end, because a provider's clock may be ahead.
            calls = self._read(begin, until)
            figures = together(figures, day_figures(calls))
            missed.add(calls)
            for trunk in {call.trunk for call in calls}:
                own = (call for call in calls if call.trunk == trunk)
                for hour, cost in hourly_costs(own, currency=self._currency, zone=self._zone).items():
                    costs[trunk][hour] = costs[trunk].get(hour, self._zero) + cost
        self._today = _Today(day, figures.calls, figures, dict(costs), missed)
        return self._today

    def _pieces(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime | None]]:
        """Yield spans of so few calls that they may be in memory at once, from `since` to `until` and all after it."""
        for begin, end in self._split(since, until):
            yield begin, None if end == until else end

    def _split(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        count = self._archive.count(accounts=[self._account], since=since, until=until)
        if count <= _PIECE or until - since <= _SHORTEST:
            yield since, until
            return
        middle = since + (until - since) / 2
        yield from self._split(since, middle)
        yield from self._split(middle, until)

    def _provisional(self) -> list[Call]:
        """Return the pushed calls that wait for the list, without what they are said to cost."""
        pushed = self._archive.pushed(self._account)
        return [without_prices(record.call) for record in pushed if record.withdrawn_at is None]

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def _cost_of_today(self, today: DayFigures) -> Money | None:
        if not self._prices or (today.calls and today.unpriced == today.calls):
            return None
        if today.cost and self._currency not in today.cost:
            # Prices of another currency only: zero of this one would be wrong.
            return None
        return today.cost.get(self._currency, self._zero)

    def _month_cost(self, past: Mapping[date, _CostByTrunk], month: date, today: DayFigures) -> Money | None:
        """Return what the month has cost, None if no call of it has a price in the currency."""
        of_today = self._cost_of_today(today)
        has_price = [self._has_price[day] for day in past if day >= month and day in self._has_price]
        if today.calls:
            has_price.append(of_today is not None)
        if has_price and not any(has_price):
            return None
        total = of_today or self._zero
        for day, costs in past.items():
            if day >= month:
                for hours in costs.values():
                    total = sum(hours.values(), total)
        return total

    def _past_costs(self, first: date, day: date) -> dict[date, _CostByTrunk]:
        """Return what each day from `first` to yesterday cost; days without calls are empty."""
        for outside in [cached for cached in self._costs if not first <= cached < day]:
            del self._costs[outside]
            self._has_price.pop(outside, None)
        missing = [past for past in _days(first, day) if past not in self._costs]
        # Days that follow each other are read at once: at a start, that is all of them.
        for _, run in groupby(enumerate(missing), key=lambda item: item[1].toordinal() - item[0]):
            days = [past for _, past in run]
            self._costs |= self._costs_of(days[0], days[-1] + _DAY)
        return self._costs

    def _costs_of(self, first: date, end: date) -> dict[date, _CostByTrunk]:
        """Return what each day from `first` to the day before `end` cost."""
        costs: dict[date, _CostByTrunk] = {day: {} for day in _days(first, end)}
        for day in costs:
            self._has_price.pop(day, None)
        for item in self._archive.costs_by_hour(self._account, since=self._midnight(first), until=self._midnight(end)):
            day = min(max(item.hour.date(), first), end - _DAY)
            of_trunk = costs[day].setdefault(item.trunk, {})
            has_price = item.cost is not None and item.cost.currency == self._currency
            self._has_price[day] = self._has_price.get(day, False) or has_price
            cost = item.cost if item.cost is not None and has_price else self._zero
            of_trunk[item.hour] = of_trunk.get(item.hour, self._zero) + cost
        return costs

    def _still_waiting(self, day: date) -> Sequence[Call]:
        """Return the missed calls of the days before today that were still open when today began."""
        if self._waiting is None or self._waiting[0] != day:
            waiting: Sequence[Call] = ()
            # Day by day, because a week of calls in memory would trigger a long garbage collection.
            for back in range(MISSED_DAYS - 1, 0, -1):
                calls = self._read(self._midnight(day - back * _DAY), self._midnight(day - (back - 1) * _DAY))
                waiting = open_missed([*waiting, *calls]).calls
            self._waiting = (day, waiting)
        return self._waiting[1]

    def _trunk(
        self,
        trunk: Trunk,
        now: datetime,
        today: _CostByTrunk,
        past: Mapping[date, _CostByTrunk],
        *,
        costs_known: bool,
    ) -> TrunkData:
        if not costs_known:
            return TrunkData(trunk=trunk)
        zone, currency = self._zone, self._currency
        of_trunk = {day: costs[trunk.trunk_id] for day, costs in past.items() if trunk.trunk_id in costs}
        credit = trunk.credit if trunk.credit and trunk.credit.currency == currency else None
        since = self._known_since(trunk)
        daily = {day: sum(hours.values(), self._zero) for day, hours in of_trunk.items()}
        hourly = {hour: cost for hours in of_trunk.values() for hour, cost in hours.items()}
        hourly |= today.get(trunk.trunk_id, {})
        return TrunkData(
            trunk=trunk,
            run_out=run_out(credit, daily, now, zone=zone, since=since, expires_at=trunk.credit_expires_at)
            if credit
            else None,
            spend=unusual_spend(hourly, now, currency=currency, zone=zone, credit=credit, since=since),
        )

    def _known_since(self, trunk: Trunk) -> date | None:
        """Return the day since which a trunk is known: nothing was spent on a day without calls since then."""
        if trunk.trunk_id not in self._credit_since:
            first = self._archive.credit_known_since(self._account, trunk.trunk_id)
            if first is None:
                return None
            self._credit_since[trunk.trunk_id] = self._day(first)
        return self._credit_since[trunk.trunk_id]

    def _month_start(self, day: date) -> date:
        return first_of_month(day, jalali=self._is_jalali)

    def _read(self, since: datetime, until: datetime | None) -> list[Call]:
        return self._archive.calls(accounts=[self._account], since=since, until=until, raw=False)

    def _midnight(self, day: date) -> datetime:
        return self._utc(datetime.combine(day, time()))

    def _utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self._zone).astimezone(UTC)

    @property
    def _zero(self) -> Money:
        return Money(Decimal(0), self._currency)


def _days(first: date, end: date) -> list[date]:
    return [first + offset * _DAY for offset in range((end - first).days)]
