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
from .coded import Coded, Numbers, cells, flag, least, listed
from .frames import IMPOSSIBLE
from .grouping import Group, Groups, Key, Only, Sum, grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from .coded import Codes, Integers
    from .frames import Calls
    from .grouping import Cells

MONTH, JALALI_MONTH = "month", "jalali_month"
_NO_CURRENCY = "XXX"


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


def _contact(column: nw.Expr) -> nw.Expr:
    return nw.when(_IS_OUTGOING).then(nw.col("destination_name")).otherwise(column)


def _called_codes(coded: Coded) -> Codes:
    return coded.kept("called", lambda: coded.text("destination").where(OUTGOING.mask(coded)))


def _contact_codes(coded: Coded) -> Codes:
    return coded.text("destination_name").otherwise(OUTGOING.mask(coded), coded.text("source_name"))


def _weekday_codes(coded: Coded) -> Codes:
    return coded.kept("weekday", lambda: coded.day().relabelled(_weekday, pa.int64()))


def _weekday(day: date | None) -> int | None:
    return None if day is None else day.isoweekday()


KEYS: Mapping[str, Key] = {
    "account": Key("account", pa.string()),
    "trunk": Key("trunk", pa.string()),
    "extension": Key("extension", pa.string()),
    "direction": Key("direction", pa.string()),
    "status": Key("status", pa.string()),
    "destination": Key("destination", pa.string()),
    "country": Key("destination", pa.string(), _called, numbers.country, ("direction",), _called_codes),
    "region": Key("destination", pa.string(), _called, places.region, ("direction",), _called_codes),
    "carrier": Key("destination", pa.string(), _called, places.carrier, ("direction",), _called_codes),
    "contact": Key("source_name", pa.string(), _contact, None, ("direction", "destination_name"), _contact_codes),
    "day": Key("started_local", pa.date32(), _day, codes=Coded.day),
    "week": Key("started_local", pa.date32(), _day, week_of, codes=Coded.day),
    "weekday": Key("started_local", pa.int64(), _weekday_of, codes=_weekday_codes),
    "hour": Key("started_local", pa.int64(), lambda column: column.dt.hour().cast(nw.Int64()), codes=Coded.hour),
    MONTH: Key("started_local", pa.string(), _day, month_of, codes=Coded.day),
    JALALI_MONTH: Key("started_local", pa.string(), _day, jalali_month_of, codes=Coded.day),
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


def counted(calls: Calls, by: Mapping[str, Key]) -> dict[Group, CallCounts]:
    """Return the counts of each group; needs `direction`, `status` and `talk_s` too.

    A count is a sum over the tallies with factors that `count_calls` knows: each is asked for once.
    """
    tallied = _tallied(calls, by)
    groups = tallied.groups
    totals = {each.name: np.zeros(groups.size, np.int64) for each in fields(CallCounts)}
    kinds = _kinds(tallied.cells)
    places = {kind: place for place, kind in enumerate(dict.fromkeys(kinds))}
    kind_of = np.array([places[kind] for kind in kinds], np.intp)
    for kind, place in places.items():
        own = kind_of == place
        for number, values in enumerate(tallied.numbers):
            unit = count_calls([Tally(*kind, *(int(each == number) for each in range(len(tallied.numbers))))])
            for name, total in totals.items():
                if factor := getattr(unit, name):
                    totals[name] = total + factor * groups.total(values, own)
    lines = zip(*map(listed, totals.values()), strict=True)
    return {
        group: CallCounts(**dict(zip(totals, line, strict=True)))
        for group, line in zip(groups.names(), lines, strict=True)
    }


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
    """What each group of calls cost, in each currency (the last of the key): `Cost` by column.

    Amounts are in units of `scale` decimal digits; `counts` are those of the calls that each amount is of.
    """

    groups: Groups
    scale: int
    calls: Integers
    priced: Integers
    answered: Integers
    talk_s: Integers
    impossible: Integers
    amounts: tuple[Integers, ...]
    counts: tuple[Integers, ...]

    def of(self, chosen: Sequence[int] | None = None) -> dict[Group, Cost]:
        """Return the groups, or the chosen ones, with their costs."""
        rows = np.arange(self.groups.size) if chosen is None else np.array(chosen, np.intp)
        whole = (self.calls, self.priced, self.answered, self.talk_s, self.impossible)
        amounts = (
            scaled(units[rows], count[rows], self.scale) for units, count in zip(self.amounts, self.counts, strict=True)
        )
        lines = zip(*(listed(each[rows]) for each in whole), *amounts, strict=True)
        return {group: Cost(*line) for group, line in zip(self.groups.names(rows), lines, strict=True)}

    def dearest(self, top: int | None) -> list[int]:
        """Return the places of the dearest groups of each currency, all or so many, the dearest first."""
        currency, cost = self.groups.keys[-1], self.amounts[0]
        order: list[int] = []
        for code in currency.in_order():
            own = np.flatnonzero(currency.codes == code)
            own = own if top is None else least(own, -cost[own], top)
            names = map(in_order, self.groups.names(own))
            ranked = sorted(zip(listed(-cost[own]), names, listed(own), strict=True))
            order += [place for *_, place in ranked[:top]]
        return order

    def together(self, chosen: NDArray[np.bool_]) -> dict[str | None, Cost]:
        """Return what the chosen groups cost together, by currency."""
        currency = self.groups.keys[-1]
        index, count, found = cells([currency.of(chosen)], int(chosen.sum()))
        sums = Groups(tuple(found), index, len(count))
        whole = (self.calls, self.priced, self.answered, self.talk_s, self.impossible)
        parts = (*whole, *self.amounts, *self.counts)
        calls, priced, answered, talk_s, impossible, *rest = (sums.total(each[chosen]) for each in parts)
        amounts, counts = tuple(rest[: len(self.amounts)]), tuple(rest[len(self.amounts) :])
        own = Costs(sums, self.scale, calls, priced, answered, talk_s, impossible, amounts, counts)
        used = [code for code in found[0].in_order() if count[code]]
        return {name: cost for (name,), cost in own.of(used).items()}

    def totals(self) -> dict[str | None, Decimal | None]:
        """Return what the calls of each currency cost together, None where that is unknown."""
        return {name: cost.cost for name, cost in self.together(np.ones(self.groups.size, bool)).items()}


def scaled(units: Integers, counts: Integers, scale: int) -> list[Decimal | None]:
    """Return amounts of so many decimal digits, None where they are of no calls."""
    return [
        exact.scaled(each, scale) if count else None for each, count in zip(listed(units), listed(counts), strict=True)
    ]


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
    of = (priced, answered, unanswered, answered & timed)
    return Costs(
        groups,
        calls.scale,
        groups.total(found.calls),
        groups.total(found.calls, priced),
        groups.total(found.calls, answered),
        groups.total(talk, answered & timed),
        groups.total(below, answered),
        tuple(groups.total(price, some) for some in of),
        tuple(groups.total(found.calls, some) for some in of),
    )


def costs(calls: Calls, by: Mapping[str, Key]) -> dict[Group, Cost]:
    """Return the costs of each group and currency, see `costs_by`."""
    return costs_by(calls, by).of()


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
