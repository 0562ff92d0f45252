"""Calls grouped by what they have in common: counts by the definitions of `metrics`, sums of prices by currency."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jdatetime
import narwhals as nw
import numpy as np
import pyarrow as pa

from trunkline import exact, numbers
from trunkline.errors import DataError
from trunkline.metrics import CallCounts, Tally, count_calls
from trunkline.model import Direction, Money, Status

from . import places
from .coded import Coded, Codes, Numbers, added, cells, flag, least, listed
from .frames import IMPOSSIBLE
from .grouping import Group, Groups, Key, Only, Sum, grouped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from .coded import Integers, Mask
    from .frames import Calls
    from .grouping import Cells

MONTH, JALALI_MONTH = "month", "jalali_month"
_NO_CURRENCY = "XXX"
_PREFIX = 5
_FIRST_DAY = date(1970, 1, 1)


def _day(column: nw.Expr) -> nw.Expr:
    return column.dt.date()


def _weekday_of(column: nw.Expr) -> nw.Expr:
    """Return 1 for Monday to 7; narwhals says 0 for Sunday in Spark, and 7 in other engines."""
    return (column.dt.weekday().cast(nw.Int64()) + 6) % 7 + 1


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
OUTGOING = Only(_IS_OUTGOING, lambda coded: coded.text("direction").is_in(Direction.OUTGOING))


def _called(column: nw.Expr) -> nw.Expr:
    """Return the number that was called; of other calls, where the destination is a line of one's own, nothing."""
    return nw.when(_IS_OUTGOING).then(column)


def _prefix(number: str | None) -> str | None:
    return number and number[:_PREFIX]


def _contact(column: nw.Expr) -> nw.Expr:
    return nw.when(_IS_OUTGOING).then(nw.col("destination_name")).otherwise(column)


def _called_codes(relabel: Callable[[Any], Any]) -> Callable[[Coded], Codes]:
    def called(coded: Coded) -> Codes:
        return coded.kept("called", lambda: coded.text("destination").where(OUTGOING.mask(coded)))

    return lambda coded: coded.kept(relabel, lambda: called(coded).relabelled(relabel, pa.string()))


def _contact_codes(coded: Coded) -> Codes:
    return coded.text("destination_name").otherwise(OUTGOING.mask(coded), coded.text("source_name"))


# The first day of 1970 was a Thursday, three days after a Monday.
_AFTER_MONDAY = 3


def _weekday_codes(coded: Coded) -> Codes:
    def number(days: Integers) -> Integers:
        return (days + _AFTER_MONDAY) % 7 + 1

    return coded.kept("weekday", lambda: coded.of_days(number, lambda weekday: weekday, pa.int64()))


def _week_codes(coded: Coded) -> Codes:
    def number(days: Integers) -> Integers:
        mondays: Integers = days - (days + _AFTER_MONDAY) % 7
        return mondays

    return coded.kept("week", lambda: coded.of_days(number, lambda day: _FIRST_DAY + timedelta(days=day), pa.date32()))


def _month_codes(coded: Coded) -> Codes:
    def number(days: Integers) -> Integers:
        months: Integers = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        return months

    def label(month: int) -> str:
        return f"{1970 + month // 12:04}-{month % 12 + 1:02}"

    return coded.kept(MONTH, lambda: coded.of_days(number, label, pa.string()))


def _jalali_month_codes(coded: Coded) -> Codes:
    return coded.kept(JALALI_MONTH, lambda: coded.day().relabelled(jalali_month_of, pa.string()))


KEYS: Mapping[str, Key] = {
    "account": Key("account", pa.string()),
    "trunk": Key("trunk", pa.string()),
    "extension": Key("extension", pa.string()),
    "direction": Key("direction", pa.string()),
    "status": Key("status", pa.string()),
    "destination": Key("destination", pa.string()),
    "prefix": Key("destination", pa.string(), _called, _prefix, ("direction",), _called_codes(_prefix)),
    "country": Key(
        "destination", pa.string(), _called, numbers.country, ("direction",), _called_codes(numbers.country)
    ),
    "region": Key("destination", pa.string(), _called, places.region, ("direction",), _called_codes(places.region)),
    "carrier": Key("destination", pa.string(), _called, places.carrier, ("direction",), _called_codes(places.carrier)),
    "contact": Key("source_name", pa.string(), _contact, None, ("direction", "destination_name"), _contact_codes),
    "day": Key("started_local", pa.date32(), _day, codes=Coded.day),
    "week": Key("started_local", pa.date32(), _day, week_of, codes=_week_codes),
    "weekday": Key("started_local", pa.int64(), _weekday_of, codes=_weekday_codes),
    "hour": Key("started_local", pa.int64(), lambda column: column.dt.hour().cast(nw.Int64()), codes=Coded.hour),
    MONTH: Key("started_local", pa.string(), _day, month_of, codes=_month_codes),
    JALALI_MONTH: Key("started_local", pa.string(), _day, jalali_month_of, codes=_jalali_month_codes),
}
"""Days, hours and weekdays (1 is Monday, ISO 8601) are those of the account's local time; a week is its Monday.

`prefix` is the first five characters of the number that was called, `country`, `region` and `carrier` are its own (see
`numbers` and `places`): all unknown of incoming and internal calls. `contact` is the name of the other party.
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


def _flag(column: str) -> Key:
    """Return a key that says of which calls the column is unknown."""

    def codes(coded: Coded) -> Codes:
        found = coded.amount(column) if column == "price" else coded.whole(column)
        return coded.kept(("unknown", column), lambda: flag(found.unknown, len(coded)))

    return Key(column, pa.bool_(), nw.Expr.is_null, codes=codes)


DIRECTION, STATUS, CURRENCY = KEYS["direction"], KEYS["status"], Key("currency", pa.string())
UNPRICED, UNTIMED = _flag("price"), _flag("talk_s")


def _below(calls: Calls) -> Numbers:
    below = calls.coded.below("talk_s")
    return (
        Numbers(np.broadcast_to(np.int64(0), len(calls.coded)), None, 0)
        if below is None
        else Numbers(below.astype(np.int64), None, 1)
    )


TALK = Sum(nw.col("talk_s"), lambda calls: calls.coded.whole("talk_s"))
BELOW = Sum(nw.col(IMPOSSIBLE), _below)


def amount(column: str) -> Sum:
    """Return the sum of a column of amounts."""
    return Sum(nw.col(column), lambda calls: calls.price(column))


@dataclass(frozen=True, slots=True)
class _Tallied:
    """Calls counted by group, direction and status; `timed` have a known talk, `talk_s` is its sum."""

    groups: Groups
    cells: Cells
    timed: Integers

    @property
    def numbers(self) -> tuple[Integers, Integers, Integers, Integers]:
        """The numbers of each cell in the order of a `Tally`."""
        talk, below = self.cells.sums
        return self.cells.calls, talk, self.timed, below


def _tallied(calls: Calls, by: Mapping[str, Key]) -> _Tallied:
    """Return the calls counted by group, direction and status; needs `talk_s` too."""
    found = grouped(calls, (*by.values(), DIRECTION, STATUS, UNTIMED), (TALK, BELOW))
    return _Tallied(found.groups(len(by)), found, np.where(found.keys[-1].yes, 0, found.calls))


def _kinds(cells: Cells) -> list[tuple[Any, Any]]:
    direction, status = (part.values() for part in cells.keys[-3:-1])
    return [(way, ended or Status.UNKNOWN) for way, ended in zip(direction, status, strict=True)]


def tallies(calls: Calls, by: Mapping[str, Key]) -> dict[Group, list[Tally]]:
    """Return the calls tallied by direction and status, for each group; needs `talk_s` too."""
    tallied = _tallied(calls, by)
    names = tallied.groups.names()
    found: dict[Group, list[Tally]] = {name: [] for name in names}
    lines = zip(listed(tallied.groups.index), _kinds(tallied.cells), *map(listed, tallied.numbers), strict=True)
    for group, (direction, status), *counted in lines:
        found[names[group]].append(Tally(direction, status, *counted))
    return found


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts of each group: `totals` are the numbers of `CallCounts` by their name."""

    keys: tuple[Codes, ...]
    totals: Mapping[str, Integers]

    def at(self, rows: NDArray[np.intp]) -> Counted:
        """Return the counts of these groups."""
        totals = {name: total[rows] for name, total in self.totals.items()}
        return Counted(tuple(part.of(rows) for part in self.keys), totals)

    def of(self) -> dict[Group, CallCounts]:
        """Return the groups with their counts."""
        lines = zip(*map(listed, self.totals.values()), strict=True)
        size = len(self.totals["calls"])
        return {
            group: CallCounts(**dict(zip(self.totals, line, strict=True)))
            for group, line in zip(names_of(self.keys, size), lines, strict=True)
        }

    def on_every_day(self) -> Counted:
        """Return the counts of every day from the first to the last; the day is the first key."""
        keys, places = _every_day(self.keys)
        size = len(keys[0].codes)
        return Counted(keys, {name: moved(total, places, size) for name, total in self.totals.items()})


# A direction and a status; for each number of a `Tally` the counts that it adds to, and how often.
@lru_cache(maxsize=256)
def _factors(direction: str | None, status: str) -> tuple[tuple[str, int, int], ...]:
    numbers = range(len(fields(Tally)) - 2)
    units = [count_calls([Tally(direction, status, *(int(each == number) for each in numbers))]) for number in numbers]
    found = (
        (name.name, number, getattr(unit, name.name))
        for name in fields(CallCounts)
        for number, unit in enumerate(units)
    )
    return tuple((name, number, factor) for name, number, factor in found if factor)


def counted(calls: Calls, by: Mapping[str, Key]) -> Counted:
    """Return the counts of each group; needs `direction`, `status` and `talk_s` too.

    A count is a sum over the tallies with factors that `count_calls` knows: each is asked for once.
    """
    tallied = _tallied(calls, by)
    groups = tallied.groups
    index, count, kinds = cells(tallied.cells.keys[-3:-1], len(tallied.cells.calls))
    used = np.flatnonzero(count)
    weights: dict[tuple[str, int], Integers] = {}
    for place, (direction, status) in zip(listed(used), names_of([part.of(used) for part in kinds]), strict=True):
        for name, number, factor in _factors(direction, status or Status.UNKNOWN):
            weights.setdefault((name, number), np.zeros(len(count), np.int64))[place] = factor
    totals: dict[str, Integers] = {each.name: np.zeros(groups.size, np.int64) for each in fields(CallCounts)}
    for (name, number), weight in weights.items():
        totals[name] = totals[name] + groups.total(weight[index] * tallied.numbers[number])
    return Counted(groups.keys, totals)


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


@dataclass(frozen=True, slots=True)
class Costs:
    """What each group of calls cost, in each currency (the last of the keys): the fields of `Cost` by their name.

    `amounts` are in units of `scale` decimal digits, and `known` says which of them there are.
    """

    keys: tuple[Codes, ...]
    scale: int
    counts: Mapping[str, Integers]
    amounts: Mapping[str, Integers]
    known: Mapping[str, Mask]

    @property
    def size(self) -> int:
        """How many groups there are."""
        return len(self.counts["calls"])

    def at(self, rows: NDArray[np.intp]) -> Costs:
        """Return the costs of these groups, in this order."""
        return self._each(tuple(part.of(rows) for part in self.keys), lambda values: values[rows])

    def _each(self, keys: tuple[Codes, ...], make: Callable[[Any], Any]) -> Costs:
        counts, amounts, known = (
            {name: make(values) for name, values in part.items()} for part in (self.counts, self.amounts, self.known)
        )
        return Costs(keys, self.scale, counts, amounts, known)

    def of(self) -> dict[Group, Cost]:
        """Return the groups with their costs."""
        cells = {name: listed(values) for name, values in self.counts.items()}
        cells |= {name: scaled(units, self.known[name], self.scale) for name, units in self.amounts.items()}
        lines = zip(*cells.values(), strict=True)
        return {
            group: Cost(**dict(zip(cells, line, strict=True)))
            for group, line in zip(names_of(self.keys), lines, strict=True)
        }

    def dearest(self, top: int | None) -> NDArray[np.intp]:
        """Return the places of the dearest groups of each currency, all or so many, the dearest first."""
        currency, cost = self.keys[-1], self.amounts["cost"]
        order: list[int] = []
        for code in currency.in_order():
            own = np.flatnonzero(currency.codes == code)
            own = own if top is None else least(own, -cost[own], top)
            names = map(in_order, names_of(tuple(part.of(own) for part in self.keys)))
            ranked = sorted(zip(listed(-cost[own]), names, listed(own), strict=True))
            order += [place for *_, place in ranked[:top]]
        return np.array(order, np.intp)

    def together(self) -> Costs:
        """Return what all groups cost together in each currency, which is the only key, in its order."""
        index, count, found = cells(self.keys[-1:], self.size)

        def total(values: Integers | Mask) -> Integers | Mask:
            sums = added(values.astype(np.int64) if values.dtype == bool else values, index, len(count))
            return sums > 0 if values.dtype == bool else sums

        used = np.array([code for code in self.keys[-1].in_order() if count[code]], np.intp)
        return self._each(tuple(found), total).at(used)

    def on_every_day(self) -> Costs:
        """Return the costs of every day from the first to the last; the day is the first key.

        Each combination of the other keys costs 0 on days without calls.
        """
        keys, places = _every_day(self.keys)
        size = len(keys[0].codes)
        empty = np.ones(size, bool)
        empty[places] = False
        found = self._each(keys, lambda values: moved(values, places, size))
        # What is divided by the talk of no calls isn't known.
        known = {name: own if name == "cost_talked" else own | empty for name, own in found.known.items()}
        return Costs(keys, self.scale, found.counts, found.amounts, known)


def names_of(keys: Sequence[Codes], size: int = 1) -> list[Group]:
    """Return the values of the keys of each group; without keys there are so many groups."""
    return list(zip(*(part.values() for part in keys), strict=True)) if keys else [()] * size


def sorted_places(keys: Sequence[Codes], size: int = 1) -> NDArray[np.intp]:
    """Return the groups in the order of their keys, what is unknown last; without keys there are so many groups."""
    size = len(keys[0].codes) if keys else size
    return np.lexsort([part.ranks() for part in reversed(keys)]) if keys and size > 1 else np.arange(size)


def _every_day(keys: Sequence[Codes]) -> tuple[tuple[Codes, ...], NDArray[np.intp]]:
    """Return the keys of every day from the first to the last, and the place of each group among them.

    The first key is the day. Each combination of the others that occurs has all days, and groups of an unknown day
    stand behind.
    """
    day, *others = keys
    known = day.known
    dates = day.labels.cast(pa.int32()).to_numpy().astype(np.int64)[day.codes[known]]
    if not len(dates):
        return tuple(keys), np.arange(len(day.codes))
    first, days = int(dates.min()), int(dates.max() - dates.min()) + 1
    index, count, found = cells(others, len(day.codes))
    used = np.flatnonzero(count)
    place = np.zeros(len(count), np.intp)
    place[used] = np.arange(len(used))
    behind = np.flatnonzero(~known)
    places = np.zeros(len(day.codes), np.intp)
    places[known] = place[index[known]] * days + dates - first
    places[behind] = len(used) * days + np.arange(len(behind))
    codes = np.concatenate((np.tile(np.arange(days), len(used)), np.full(len(behind), days)))
    every = Codes(codes, pa.array(np.arange(first, first + days, dtype=np.int32)).cast(pa.date32()), len(behind) > 0)
    spread = [
        Codes(np.concatenate((np.repeat(part.codes[used], days), own.codes[behind])), own.labels, own.unknown)
        for part, own in zip(found, others, strict=True)
    ]
    return (every, *spread), places


def moved[T: np.generic](values: NDArray[T], places: NDArray[np.intp], size: int) -> NDArray[T]:
    """Return the values at their new places, 0 elsewhere."""
    found = np.zeros(size, values.dtype)
    found[places] = values
    return found


def scaled(units: Integers, known: Integers | Mask, scale: int) -> list[Decimal | None]:
    """Return amounts of so many decimal digits, None where they aren't known."""
    return [
        exact.scaled(each, scale) if some else None for each, some in zip(listed(units), listed(known), strict=True)
    ]


_COSTS = ("cost", "cost_answered", "cost_unanswered", "cost_talked")


def costs_by(calls: Calls, by: Mapping[str, Key], only: Only | None = None) -> Costs:
    """Return the costs of each group and currency; needs `currency`, `status`, `talk_s` and `price` too.

    `answered` and the two costs beside `cost` know only calls whose status is known.
    """
    keys = (*by.values(), CURRENCY, STATUS, UNPRICED, UNTIMED)
    found = grouped(calls, keys, (amount("price"), TALK, BELOW), only)
    price, talk, below = found.sums
    groups = found.groups(len(by) + 1)
    priced, timed = (~part.yes for part in found.keys[-2:])
    ended = found.keys[-3]
    answered = priced & ended.is_in(Status.ANSWERED)
    unanswered = priced & ended.known & ~ended.is_in(Status.ANSWERED, Status.UNKNOWN)
    talked = answered & timed
    of = dict(zip(_COSTS, map(np.flatnonzero, (priced, answered, unanswered, talked)), strict=True))
    counts = {
        "calls": groups.total(found.calls),
        "priced": groups.total(found.calls, of["cost"]),
        "answered": groups.total(found.calls, of["cost_answered"]),
        "talk_s": groups.total(talk, of["cost_talked"]),
        "impossible": groups.total(below, of["cost_answered"]),
    }
    amounts = {name: groups.total(price, rows) for name, rows in of.items()}
    known = {"cost": counts["priced"] > 0, "cost_answered": counts["answered"] > 0}
    known |= {name: groups.total(found.calls, of[name]) > 0 for name in ("cost_unanswered", "cost_talked")}
    return Costs(groups.keys, calls.scale, counts, amounts, known)


def costs(calls: Calls, by: Mapping[str, Key]) -> dict[Group, Cost]:
    """Return the costs of each group and currency, see `costs_by`."""
    return costs_by(calls, by).of()


def plus(total: Decimal | None, amount: Decimal) -> Decimal:
    """Return the sum, where nothing is known yet the amount."""
    return amount if total is None else exact.add(total, amount)


def in_order(group: Group) -> tuple[Any, ...]:
    """Return a sorting key for groups that puts what is unknown last."""
    return tuple((part is None, part if part is not None else 0) for part in group)


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
