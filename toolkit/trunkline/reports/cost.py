"""What calls cost: by month, day, trunk, extension, destination and part, always by currency and never across two.

Each figure takes a frame of calls and returns one of the same kind. Amounts are exact decimals; only what was
divided (a cost per call or minute) is rounded, to six digits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import pyarrow as pa

from trunkline import exact, metrics
from trunkline.errors import DataError
from trunkline.model import Direction, Money, Status

from .cost_rows import NEEDED, rows_of, schema_of
from .frames import PRICES, RATE_DIGITS, Calls, rate, read
from .groups import Cost, columns, costs, every_day, grouped, in_order, keys, plus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import tzinfo

    from trunkline.metrics import DaySpend, RunOut

    from .groups import Group

_N, _X, _TEXT = pa.int64(), pa.float64(), pa.string()
_PARTS = PRICES[1:]
_WEEK = 7

type Period = tuple[date, date]


def totals[F](frame: F, by: str | Iterable[str] = ()) -> F:
    """Return what the calls cost, a row for each group and currency, what is unknown last.

    `by` names keys of `groups.KEYS`. `cost` is the sum of the `priced` calls; `unpriced` calls are left out of
    it. `share` is that of all cost in the currency. `per_answered_call` = cost of answered calls / these calls;
    `per_minute`, the effective rate, = cost of answered calls / their talk minutes, where both are known; a talk below
    zero (`impossible`) isn't.
    `cost_unanswered` was billed though nobody answered.
    """
    chosen = keys(by)
    calls = read(frame, *NEEDED, *columns(chosen))
    found = costs(calls, chosen)
    return cast("F", calls.emit(schema_of(calls, chosen), rows_of(found, sorted(found, key=in_order))))


def by_month[F](frame: F, *, jalali: bool = False) -> F:
    """Return the cost of each local month of the Gregorian (`2025-03`) or the Jalali calendar (`1403-12`)."""
    return totals(frame, "jalali_month" if jalali else "month")


def by_day[F](frame: F, by: str | Iterable[str] = ()) -> F:
    """Return the cost of each local day of each currency, from the first day to the last of the frame.

    A day without calls costs 0. With `by` (a trunk, an account) each combination has all days.
    """
    chosen = keys(("day", *((by,) if isinstance(by, str) else by)))
    calls = read(frame, *NEEDED, *columns(chosen))
    found = costs(calls, chosen)
    days = every_day(group[0] for group in found)
    zero = Decimal(0)
    for rest in {group[1:] for group in found}:
        for day in days:
            found.setdefault((day, *rest), Cost(cost=zero, cost_answered=zero, cost_unanswered=zero))
    return cast("F", calls.emit(schema_of(calls, chosen), rows_of(found, sorted(found, key=in_order))))


def by_trunk[F](frame: F) -> F:
    """Return the cost of each trunk."""
    return totals(frame, "trunk")


def by_extension[F](frame: F) -> F:
    """Return the cost of each extension."""
    return totals(frame, "extension")


def by_destination[F](frame: F, *, prefix: int | None = None, top: int = 20) -> F:
    """Return the `top` destinations of outgoing calls by cost in each currency, the dearest first.

    A destination is a number as it stands in the frame, or its first `prefix` characters. `name` is that of the number,
    if the frame has names. `share` is that of all outgoing cost in the currency.
    """
    chosen = keys("destination")
    calls = read(frame, *NEEDED, "direction", *columns(chosen), optional=("destination_name",))
    data = calls.data.filter(nw.col("direction") == Direction.OUTGOING.value)
    if prefix is not None:
        data = data.with_columns(nw.col("destination").cast(nw.String()).str.slice(0, prefix))
    found = costs(Calls(data, calls.scale, calls.origin), chosen)
    ranked = sorted(
        found, key=lambda group: (in_order(group[-1:]), -(found[group].cost or Decimal(0)), in_order(group))
    )
    place: Counter[str | None] = Counter()
    order = []
    for group in ranked:
        place[group[-1]] += 1
        if place[group[-1]] <= top:
            order.append(group)
    rows = rows_of(found, order)
    schema = schema_of(calls, chosen)
    if prefix is None:
        names = _names_of(data, {group[0] for group in order} - {None})
        rows = [(row[0], names.get(row[0]), *row[1:]) for row in rows]
        schema = {"destination": _TEXT, "name": _TEXT} | schema
    return cast("F", calls.emit(schema, rows))


def _names_of(data: nw.DataFrame[Any], destinations: Collection[str]) -> dict[str, str]:
    """Return the name of each of these destinations that has one."""
    if not destinations:
        return {}
    numbers = nw.col("destination").cast(nw.String())
    named = data.filter(numbers.is_in(sorted(destinations)), ~nw.col("destination_name").is_null())
    pairs = named.select(numbers, nw.col("destination_name").cast(nw.String())).unique()
    return dict(sorted(pairs.iter_rows()))


def most_expensive[F](frame: F, *, top: int = 20) -> F:
    """Return the `top` calls of each currency by price, the dearest first, with who called whom, when and how long.

    `name` is that of the other party, if the frame has names.
    """
    listed = (
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
    calls = read(frame, *listed, "talk_s", "price", "currency", optional=("source_name", "destination_name"))
    outgoing = nw.col("direction") == Direction.OUTGOING.value
    name = nw.when(outgoing).then(nw.col("destination_name")).otherwise(nw.col("source_name")).alias("name")
    named = calls.data.with_columns(name).select(*listed, "name", "talk_s", "price", "currency")
    priced = named.filter(~nw.col("price").is_null())
    currencies = sorted(
        priced["currency"].cast(nw.String()).unique().to_list(), key=lambda name: (name is None, name or "")
    )
    rows: list[tuple[Any, ...]] = []
    for currency in currencies:
        own = nw.col("currency").is_null() if currency is None else nw.col("currency") == currency
        ordered = priced.filter(own).sort("price", "started_local", "call_id", descending=[True, False, False])
        rows.extend(ordered.head(top).iter_rows())
    schema = dict.fromkeys((*listed, "name"), _TEXT) | {"started_local": pa.timestamp("us")}
    return cast("F", calls.emit(schema | {"talk_s": _N, "price": calls.money(), "currency": _TEXT}, rows))


def _residual() -> nw.Expr:
    wait, talk, record, saved = (nw.col(part) for part in _PARTS)
    return nw.col("price") - (wait + talk + record - saved)


def parts[F](frame: F, by: str | Iterable[str] = ()) -> F:
    """Return what of the cost was for waiting, talking and recording, and what a package saved.

    price = wait + talk + record - saved, of the calls whose price and all parts are known;
    `without_parts` counts the others. `residual` is the sum of what remains of each price, `unexplained`
    how many calls have any.
    """
    chosen = keys(by)
    calls = read(frame, "currency", *PRICES, *columns(chosen))
    known = ~nw.any_horizontal(*(nw.col(price).is_null() for price in PRICES), ignore_nulls=False)
    data = calls.data.with_columns(known.alias("_known"), _residual().alias("_residual"))
    data = data.with_columns((nw.col("_residual") != Decimal(0)).alias("_off"))
    sums = (nw.len(), *(nw.col(price).sum() for price in (*_PARTS, "price", "_residual")))
    found: defaultdict[Group, list[Any]] = defaultdict(lambda: [0, 0, 0, *[None] * len(PRICES), None])
    for group, (currency, has_parts, off, count, *amounts) in grouped(
        data, chosen, ("currency", "_known", "_off"), *sums
    ):
        row = found[*group, currency]
        if has_parts:
            row[0] += count
            row[2] += count if off else 0
            row[3:] = [plus(total, amount) for total, amount in zip(row[3:], amounts, strict=True)]
        else:
            row[1] += count
    money = calls.money()
    schema = {name: key.dtype for name, key in chosen.items()} | {"currency": _TEXT, "calls": _N, "without_parts": _N}
    schema |= {"unexplained": _N, "wait": money, "talk": money, "record": money, "saved": money}
    schema |= {"price": money, "residual": money}
    return cast("F", calls.emit(schema, [(*group, *found[group]) for group in sorted(found, key=in_order)]))


def residuals[F](frame: F) -> F:
    """Return the calls whose price is not wait + talk + record - saved, with what remains of it."""
    calls = read(frame, "account", "call_id", "currency", *PRICES)
    data = calls.data.with_columns(_residual().alias("residual")).filter(nw.col("residual") != Decimal(0))
    money = calls.money()
    schema = {"account": _TEXT, "call_id": _TEXT, "currency": _TEXT} | dict.fromkeys((*PRICES, "residual"), money)
    return cast("F", calls.emit(schema, sorted(data.iter_rows(), key=lambda row: in_order(tuple(row[:2])))))


def unanswered[F](frame: F) -> F:
    """Return what was billed for calls that nobody answered, by currency and status.

    `billed` of the `calls` have a price above 0; `share` is that of all cost in the currency. Calls of unknown
    status are left out of the rows.
    """
    calls = read(frame, "currency", "status", "price")
    data = calls.data.with_columns((nw.col("price") > Decimal(0)).alias("_billed"))
    totals: dict[str | None, Decimal] = {}
    found: dict[Group, tuple[int, int, Decimal | None]] = {}
    sums = nw.len(), nw.col("price").sum().alias("_price")
    for _, (currency, status, billed, count, amount) in grouped(data, {}, ("currency", "status", "_billed"), *sums):
        if billed is not None:
            totals[currency] = plus(totals.get(currency), amount)
        if status in {None, Status.ANSWERED, Status.UNKNOWN}:
            continue
        number, some, cost = found.get((currency, status), (0, 0, None))
        if billed is not None:
            cost = plus(cost, amount)
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
        means = [rate(exact.total(line[side] for line in both), len(both)) for side in (3, 4)]
        over_all = (None, sum(line[1] for line in both), sum(line[2] for line in both), *means)
        rows.extend((currency, *line, _change(line[3], line[4])) for line in (*lines, over_all))
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
    means = [rate(total, len(days)) for total, days in zip(sums, own, strict=True)]
    return (weekday, len(own[0]), len(own[1]), *means)


def _change(before: Decimal | None, after: Decimal | None) -> float | None:
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
