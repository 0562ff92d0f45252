"""What calls cost: by month, day, trunk, extension, destination and part, always by currency and never across two.

Each figure takes a frame of calls and returns one of the same kind. Amounts are exact decimals; only what was
divided (a cost per call or minute) is rounded, to six digits.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np
import pyarrow as pa

from trunkline import exact, metrics
from trunkline.errors import DataError
from trunkline.model import Money, Status

from .coded import Numbers, flag, least, listed
from .cost_rows import NEEDED, columns_of
from .frames import PRICES, RATE_DIGITS, read, rounded
from .grouping import Key, Only, Sum, grouped
from .groups import (
    CURRENCY,
    OUTGOING,
    STATUS,
    UNPRICED,
    amount,
    columns,
    costs,
    costs_by,
    in_order,
    keys,
    plus,
    scaled,
    sorted_places,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import tzinfo

    from numpy.typing import NDArray

    from trunkline.metrics import DaySpend, RunOut

    from .coded import Coded, Codes, Mask
    from .frames import Calls
    from .grouping import Group
    from .groups import Costs

_N, _X, _TEXT = pa.int64(), pa.float64(), pa.string()
_PARTS = PRICES[1:]
_WEEK = 7

type Period = tuple[date, date]


def totals[F](frame: F, by: str | Iterable[str] = ()) -> F:
    """Return what the calls cost, a row for each group and currency, what is unknown last.

    `by` names keys of `groups.KEYS`. `cost` is the sum of the `priced` calls; `unpriced` calls are left out of
    it, of `answered` and of `talk_s`. `share` is that of all cost in the currency. `per_answered_call` = cost of
    answered calls / these calls; `per_minute`, the effective rate, = cost of answered calls / their talk minutes, where
    both are known; a talk below zero (`impossible`) isn't.
    `cost_unanswered` was billed though nobody answered.
    """
    chosen = keys(by)
    calls = read(frame, *NEEDED, *columns(chosen))
    return cast("F", _table(calls, chosen, costs_by(calls, chosen)))


def _table(calls: Calls, by: Mapping[str, Key], found: Costs) -> Any:
    """Return the groups in their order, with shares of what they cost together."""
    return calls.emit_columns(columns_of(calls, by, found.at(sorted_places(found.keys)), found))


def by_month[F](frame: F, *, jalali: bool = False) -> F:
    """Return the cost of each local month of the Gregorian (`2025-03`) or the Jalali calendar (`1403-12`)."""
    return totals(frame, "jalali_month" if jalali else "month")


def by_day[F](frame: F, by: str | Iterable[str] = ()) -> F:
    """Return the cost of each local day of each currency, from the first day to the last of the frame.

    A day without calls costs 0. With `by` (a trunk, an account) each combination has all days.
    """
    chosen = keys(("day", *((by,) if isinstance(by, str) else by)))
    calls = read(frame, *NEEDED, *columns(chosen))
    return cast("F", _table(calls, chosen, costs_by(calls, chosen).on_every_day()))


def by_trunk[F](frame: F) -> F:
    """Return the cost of each trunk."""
    return totals(frame, "trunk")


def by_extension[F](frame: F) -> F:
    """Return the cost of each extension."""
    return totals(frame, "extension")


def by_destination[F](frame: F, *, prefix: int | None = None, top: int = 20) -> F:
    """Return the `top` destinations of outgoing calls by cost in each currency, the most expensive first.

    A destination is a number as it stands in the frame, or its first `prefix` characters. `name` is that of the number,
    if the frame has names. `share` is that of all outgoing cost in the currency.
    """
    chosen = keys("destination")
    calls = read(frame, *NEEDED, "direction", *columns(chosen), optional=("destination_name",))
    found = costs_by(calls, chosen if prefix is None else {"destination": _prefix(prefix)}, OUTGOING)
    dearest = found.at(found.dearest(top))
    columns_found = columns_of(calls, chosen, dearest, found)
    if prefix is None:
        numbers = dearest.keys[0].values()
        names = _names_of(calls, {*numbers} - {None})
        named = {"destination": columns_found.pop("destination"), "name": pa.array(map(names.get, numbers), _TEXT)}
        columns_found = named | columns_found
    return cast("F", calls.emit_columns(columns_found))


def _prefix(length: int) -> Key:
    def start(column: nw.Expr) -> nw.Expr:
        return column.cast(nw.String()).str.slice(0, length)

    def start_codes(coded: Coded) -> Codes:
        return coded.text("destination").relabelled(lambda number: number and number[:length], _TEXT)

    return Key("destination", _TEXT, start, codes=start_codes)


def _names_of(calls: Calls, destinations: Collection[str]) -> dict[str, str]:
    """Return the name of each of these destinations that has one, of several the last of the alphabet."""
    if "destination_name" in calls.absent or not destinations:
        return {}

    def wanted(coded: Coded) -> Mask:
        chosen = coded.text("destination").is_in(*destinations)
        return chosen & coded.text("destination_name").known & OUTGOING.mask(coded)

    number, name = (nw.col(column) for column in ("destination", "destination_name"))
    is_wanted = OUTGOING.expression & number.cast(nw.String()).is_in(sorted(destinations)) & ~name.is_null()
    found = grouped(calls, (keys("destination")["destination"], _NAME), only=Only(is_wanted, wanted))
    return dict(sorted(zip(*(part.values() for part in found.keys), strict=True)))


def most_expensive[F](frame: F, *, top: int = 20) -> F:
    """Return the `top` calls of each currency by price, the most expensive first: who called whom, when and how long.

    `name` is that of the other party, if the frame has names.
    """
    shown = (
        "account",
        "call_id",
        "started_local",
        "direction",
        "status",
        "trunk",
        "extension",
        "source",
        "destination",
    )
    calls = read(frame, *shown, "talk_s", "price", "currency", optional=("source_name", "destination_name"))
    coded = calls.some(calls.columns, lambda data: _dearest_of(data, top))
    price, outgoing = coded.price("price", calls.scale), OUTGOING.mask(coded)
    called, calling = coded.text("destination_name"), coded.text("source_name")
    rows: list[tuple[Any, ...]] = []
    for best in _dearest_calls(coded, top):
        names = zip(listed(outgoing[best]), called.of(best).values(), calling.of(best).values(), strict=True)
        columns = [coded.values(name, best) for name in shown]
        columns.append([to if out else by for out, to, by in names])
        columns.append(coded.whole("talk_s").list_of(best))
        columns.append([exact.scaled(units, calls.scale) for units in listed(price.values[best])])
        rows += zip(*columns, coded.text("currency").of(best).values(), strict=True)
    schema = dict.fromkeys((*shown, "name"), _TEXT) | {"started_local": pa.timestamp("us")}
    return cast("F", calls.emit(schema | {"talk_s": _N, "price": calls.money(), "currency": _TEXT}, rows))


def _dearest_of(data: Any, top: int) -> Any:
    """Return the dearest calls of each currency, so many or all that have a price, a query for `Calls.some`."""
    order = ("_less", "started_local", "call_id")
    priced = data.filter(~nw.col("price").is_null()).with_columns((0 - nw.col("price")).alias("_less"))
    place = nw.col("price").cum_count().over("currency", order_by=order).alias("_place")
    return priced.with_columns(place).filter(nw.col("_place") <= top)


def _dearest_calls(coded: Coded, top: int) -> Iterator[NDArray[np.intp]]:
    """Yield the rows of the dearest calls of each currency; of equal ones the first by local start, then by id."""
    currency, price, local = coded.text("currency"), coded.amount("price"), coded.times("started_local")
    # What is unknown stands before the others of equal price.
    start = local.values if local.known is None else np.where(local.known, local.values, np.iinfo(np.int64).min)
    for code in currency.in_order():
        own = currency.codes == code
        rows = np.flatnonzero(own if price.known is None else own & price.known)
        rows = least(rows, -price.values[rows], top)
        equal = (rows[price.values[rows] == units] for units in set(listed(price.values[rows])))
        found = np.concatenate([rows[:0], *(least(each, start[each], top) for each in equal)])
        order = zip(listed(-price.values[found]), listed(start[found]), coded.values("call_id", found), strict=True)
        ranked = sorted(
            (cost, at, name is not None, name or "", row)
            for (cost, at, name), row in zip(order, listed(found), strict=True)
        )
        yield np.array([row for *_, row in ranked[:top]], np.intp)


def _residual() -> nw.Expr:
    wait, talk, record, saved = (nw.col(part) for part in _PARTS)
    return nw.col("price") - (wait + talk + record - saved)


def _left(coded: Coded) -> Numbers:
    """Return what remains of each price, known where all parts are, in units of the most digits of them."""
    return coded.kept("left", lambda: _left_of(coded))


def _left_of(coded: Coded) -> Numbers:
    scale = coded.scale(PRICES)
    price, wait, talk, record, saved = amounts = [coded.price(name, scale) for name in PRICES]
    most = sum(each.most for each in amounts)
    values = price.values - wait.values if most < 1 << 63 else price.values.astype(object) - wait.values
    values -= talk.values
    values -= record.values
    values += saved.values
    masks = [each.known for each in amounts if each.known is not None]
    known = np.logical_and.reduce(masks) if masks else None
    return Numbers(values if known is None else np.where(known, values, 0), known, most)


_NAME = Key("destination_name", _TEXT)
_PARTLESS = Key(
    "price",
    pa.bool_(),
    lambda _: nw.any_horizontal(*(nw.col(price).is_null() for price in PRICES), ignore_nulls=False),
    codes=lambda coded: flag(_left(coded).unknown, len(coded)),
)
_OFF = Key(
    "price",
    pa.bool_(),
    lambda _: _residual() != Decimal(0),
    codes=lambda coded: flag(_left(coded).values != 0, len(coded)),
)
_BILLED = Key(
    "price",
    pa.bool_(),
    lambda price: price > Decimal(0),
    codes=lambda coded: flag(coded.amount("price").values > 0, len(coded)),
)


def parts[F](frame: F, by: str | Iterable[str] = ()) -> F:
    """Return what of the cost was for waiting, talking and recording, and what a package saved.

    price = wait + talk + record - saved, of the calls whose price and all parts are known;
    `without_parts` counts the others. `residual` is the sum of what remains of each price, `unexplained`
    how many calls have any.
    """
    chosen = keys(by)
    calls = read(frame, "currency", *PRICES, *columns(chosen))
    sums = (*(amount(name) for name in (*_PARTS, "price")), Sum(_residual(), lambda calls: _left(calls.coded)))
    found = grouped(calls, (*chosen.values(), CURRENCY, _PARTLESS, _OFF), sums)
    groups = found.groups(len(chosen) + 1)
    partless, off = (part.yes for part in found.keys[-2:])
    whole, others, unexplained = map(np.flatnonzero, (~partless, partless, ~partless & off))
    counts = [groups.total(found.calls, cells) for cells in (whole, others, unexplained)]
    amounts = [scaled(groups.total(each, whole), counts[0], calls.scale) for each in found.sums]
    cells = zip(*map(listed, counts), *amounts, strict=True)
    rows = [(*group, *line) for group, line in zip(groups.names(), cells, strict=True)]
    money = calls.money()
    schema = {name: key.dtype for name, key in chosen.items()} | {"currency": _TEXT, "calls": _N, "without_parts": _N}
    schema |= {"unexplained": _N, "wait": money, "talk": money, "record": money, "saved": money}
    schema |= {"price": money, "residual": money}
    return cast("F", calls.emit(schema, sorted(rows, key=lambda row: in_order(tuple(row[: len(chosen) + 1])))))


def residuals[F](frame: F) -> F:
    """Return the calls whose price is not wait + talk + record - saved, with what remains of it."""
    calls = read(frame, "account", "call_id", "currency", *PRICES)
    left = _residual().alias("residual")
    data = calls.found(lambda data: data.with_columns(left).filter(nw.col("residual") != Decimal(0)))
    money = calls.money()
    schema = {"account": _TEXT, "call_id": _TEXT, "currency": _TEXT} | dict.fromkeys((*PRICES, "residual"), money)
    return cast("F", calls.emit(schema, sorted(data.iter_rows(), key=lambda row: in_order(tuple(row[:2])))))


def unanswered[F](frame: F) -> F:
    """Return what was billed for calls that nobody answered, by currency and status.

    `billed` of the `calls` have a price above 0; `share` is that of all cost in the currency. Calls of unknown
    status are left out of the rows.
    """
    calls = read(frame, "currency", "status", "price")
    cells = grouped(calls, (CURRENCY, STATUS, UNPRICED, _BILLED), (amount("price"),))
    columns = (*(part.values() for part in cells.keys), listed(cells.calls), listed(cells.sums[0]))
    totals: dict[str | None, Decimal] = {}
    found: dict[Group, tuple[int, int, Decimal | None]] = {}
    for currency, status, unpriced, billed, count, units in zip(*columns, strict=True):
        price = exact.scaled(units, calls.scale)
        if not unpriced:
            totals[currency] = plus(totals.get(currency), price)
        if status in {None, Status.ANSWERED, Status.UNKNOWN}:
            continue
        number, some, cost = found.get((currency, status), (0, 0, None))
        if not unpriced:
            cost = plus(cost, price)
        found[currency, status] = (number + count, some + (count if billed else 0), cost)
    rows = []
    for group in sorted(found, key=in_order):
        number, billed, cost = found[group]
        total = totals.get(group[0])
        share = float(cost / total) if total and cost is not None else None
        rows.append((*group, number, billed, cost, share))
    schema = {"currency": _TEXT, "status": _TEXT, "calls": _N, "billed": _N, "cost": calls.money(), "share": _X}
    return cast("F", calls.emit(schema, rows))


def compare[F](frame: F, before: Period, after: Period) -> F:
    """Return the mean cost of a day in two periods, weekday by weekday and over the weekdays that both have.

    Periods are (first day, day after the last), local. `weekday` is 1 for Monday to 7, None for the row over all;
    the mean there is of the weekdays' means, so that a month with five Fridays compares with one of four.
    `change` is after / before - 1. Raises `DataError` for a period that holds no day.
    """
    for name, (first, end) in {"before": before, "after": after}.items():
        if first >= end:
            msg = f"the period {name!r} ends before it begins: it needs a first day and the day after its last"
            raise DataError(msg, field=name)
    chosen = keys("day")
    calls = read(frame, *NEEDED, *columns(chosen))
    sums: defaultdict[str | None, dict[date, Decimal]] = defaultdict(dict)
    for (day, currency), cost in costs(calls, chosen).items():
        if day is not None and cost.cost is not None:
            sums[currency][day] = cost.cost
    rows: list[tuple[Any, ...]] = []
    for currency in sorted(sums, key=lambda name: (name is None, name or "")):
        lines = [_weekday_line(sums[currency], before, after, weekday) for weekday in range(1, _WEEK + 1)]
        both = [line for line in lines if line[1] and line[2]]
        means = [Fraction(sum(line[side] for line in both), len(both)) if both else None for side in (3, 4)]
        over_all = (None, sum(line[1] for line in both), sum(line[2] for line in both), *means)
        for *line, first, second in (*lines, over_all):
            shown = (None if mean is None else rounded(mean, RATE_DIGITS) for mean in (first, second))
            rows.append((currency, *line, *shown, _change(first, second)))
    rated = calls.money(RATE_DIGITS)
    schema = {"currency": _TEXT, "weekday": _N, "days_before": _N, "days_after": _N}
    schema |= {"per_day_before": rated, "per_day_after": rated, "change": _X}
    return cast("F", calls.emit(schema, rows))


def _weekday_line(costs_of: Mapping[date, Decimal], before: Period, after: Period, weekday: int) -> tuple[Any, ...]:
    own = [
        [day for day in (first + timedelta(days=n) for n in range((end - first).days)) if day.isoweekday() == weekday]
        for first, end in (before, after)
    ]
    sums = [exact.total(costs_of.get(day, Decimal(0)) for day in days) for days in own]
    means = [Fraction(total) / len(days) if days else None for total, days in zip(sums, own, strict=True)]
    return (weekday, len(own[0]), len(own[1]), *means)


def _change(before: Fraction | None, after: Fraction | None) -> float | None:
    return float(after / before) - 1 if before and after is not None else None


def daily(frame: Any, *, currency: str) -> dict[date, Money]:
    """Return what the calls cost on each local day that has calls, in one currency, as `metrics.run_out` takes it."""
    chosen = keys("day")
    calls = read(frame, *NEEDED, *columns(chosen))
    found: dict[date, Money] = {}
    for (day, own), cost in costs(calls, chosen).items():
        if day is not None:
            amount = cost.cost if own == currency and cost.cost is not None else Decimal(0)
            found[day] = found.get(day, Money(Decimal(0), currency)) + Money(amount, currency)
    return found


def hourly(frame: Any, *, currency: str) -> dict[datetime, Money]:
    """Return what the calls cost in each local hour that has calls, in one currency, for `metrics.unusual_spend`."""
    chosen = keys(("day", "hour"))
    calls = read(frame, *NEEDED, *dict.fromkeys(columns(chosen)))
    found: dict[datetime, Money] = {}
    for (day, hour, own), cost in costs(calls, chosen).items():
        if day is not None:
            moment = datetime.combine(day, time(hour))
            amount = cost.cost if own == currency and cost.cost is not None else Decimal(0)
            found[moment] = found.get(moment, Money(Decimal(0), currency)) + Money(amount, currency)
    return found


def unusual_spend(
    frame: Any, now: datetime, *, currency: str, zone: tzinfo, credit: Money | None = None
) -> DaySpend | None:
    """Return what the day of `now` has cost beside the usual of the frame's calls, see `metrics.unusual_spend`.

    The frame should hold the calls of one trunk, up to `now`, of at least the 92 days before.
    """
    return metrics.unusual_spend(hourly(frame, currency=currency), now, currency=currency, zone=zone, credit=credit)


def run_out(
    frame: Any,
    credit: Money,
    now: datetime,
    *,
    zone: tzinfo,
    expires_at: datetime | None = None,
    since: date | None = None,
) -> RunOut | None:
    """Return when the credit will be used up at the pace of the frame's calls, or expires, see `metrics.run_out`.

    The frame should hold the calls that this credit pays, of at least the last 28 days. `since` is a local day from
    which on all of them are known: a day without calls after it cost 0, also before the first call of the frame.
    """
    costs = daily(frame, currency=credit.currency)
    return metrics.run_out(credit, costs, now, zone=zone, since=since, expires_at=expires_at)
