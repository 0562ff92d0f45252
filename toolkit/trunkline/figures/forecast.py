"""What calls will cost and how good such forecasts were, two periods beside each other, and a budget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import narwhals as nw
import pyarrow as pa

from trunkline.errors import ConfigError, DataError
from trunkline.model import Money
from trunkline.periods import Period, month_at
from trunkline.reports import backtest as reports_backtest
from trunkline.reports import compare as reports_compare
from trunkline.reports import cost as reports_cost
from trunkline.reports import forecast as reports
from trunkline.reports.columns import DIGITS, array
from trunkline.reports.frames import as_kind_of, rate
from trunkline.reports.ranking import GROUP, TOTAL

from . import definitions, drawing, history
from .building import build, keys_of, rows_of, title_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .chosen import Selection as Calls
    from .figure import Figure

_N, _TEXT, _UTC = pa.int64(), pa.string(), pa.timestamp("us", "UTC")
_DAY = timedelta(days=1)
# Forecasts know the last 28 whole days; a day more, because the day of the clock differs between zones.
_HISTORY = timedelta(days=30)
_YEAR = timedelta(days=365)
_PROJECTED = ("projected", "low", "high", "over", "left_per_day")
_MONEY = ("credit", "per_day", "spent", "expected", "low", "high")


@dataclass(frozen=True, slots=True)
class _Outlook:
    """The calls that a forecast is made from, all on the clock of one zone, and the month that it is for."""

    calls: Calls
    zone: ZoneInfo
    month: Period

    @property
    def instants(self) -> tuple[datetime, datetime]:
        begin, end = self.month.instants(self.zone)
        assert begin is not None  # noqa: S101 - a month has both ends
        assert end is not None  # noqa: S101
        return begin, end


def forecast(calls: Calls) -> Figure:
    """Return what the current month will cost, and when each credit runs out; `ConfigError` for another period."""
    _check_ahead(calls)
    return ahead(calls)


def ahead(calls: Calls) -> Figure:
    """Return the forecast of now beside calls of any period, such as in the report of a month that is over."""
    unknown = history.unknown_since(calls)
    outlook = _outlook(history.without(calls, unknown) if unknown else calls)
    rows = [*_trunks(outlook.calls, outlook), *_totals(outlook)]
    rows.sort(key=lambda row: (row["currency"] or "", row["row"] == TOTAL, row["account"] or "", row["trunk"] or ""))
    frame = _emit(calls, rows)
    unpriced = sum(row["unpriced"] for row in rows if row["row"] == TOTAL)
    columns = (
        "row",
        "account",
        "trunk",
        "credit",
        "currency",
        "read_at",
        "per_day",
        "runs_out_at",
        "earliest",
        "latest",
        "expires_first", "spent", "expected", "low", "high",
    )  # fmt: skip
    unit = ", ".join(sorted({str(row["currency"]) for row in rows if row["currency"]})) or "no prices"
    title = f"Forecast to the end of {outlook.month.text}"
    draw = partial(
        drawing.month_forecast,
        outlook.calls.frame,
        calls.now,
        *outlook.instants,
        zone=outlook.zone,
        jalali=calls.jalali,
    )
    return build(
        calls, title, frame, definitions.FORECAST + history.words_of(calls, unknown), unit,
        left_out={"without a price": unpriced},
        columns=columns, draw=draw, n=len(outlook.calls),
    )  # fmt: skip


def _check_ahead(calls: Calls) -> None:
    """Raise `ConfigError` for a period that is over, or that is still to come: the forecast would be of another."""
    period, today = calls.period, calls.now.astimezone(history.clock(calls)).date()
    if period.end is not None and period.end < today:
        what = "is over: `cost()` says what it cost, and `backtest()` how good forecasts were"
    elif period.first is not None and period.first > today:
        what = "has not begun"
    else:
        return
    month = month_at(today, jalali=calls.jalali).text
    msg = (
        f"a forecast is for the current month ({month}), and {period.text} {what}. Leave the period out, or look ahead "
        f"from a day of it with trunkline.calls({period.text!r}, now=...)"
    )
    raise ConfigError(msg)


def _outlook(calls: Calls, month: Period | None = None) -> _Outlook:
    """Return the calls of the month and of the days before now that its forecast is made from."""
    zone = history.clock(calls)
    today = calls.now.astimezone(zone).date()
    chosen = month or month_at(today, jalali=calls.jalali)
    first = min(chosen.first or today, today - _HISTORY)
    last = max(today + _DAY, min(chosen.end or today, today + _DAY))
    paid = history.unfiltered(calls, "account", "trunk") if month is None else calls
    found = history.between(paid, first, last)
    known = nw.from_native(found.frame).filter(nw.col("started_at") < calls.now).to_native()
    return _Outlook(_on_one_clock(replace(found, frame=known), zone), zone, chosen)


def _on_one_clock(calls: Calls, zone: ZoneInfo) -> Calls:
    """Return the calls with all their local times in one zone."""
    if {each.zone for each in calls.accounts} <= {zone.key}:
        return calls
    local = nw.col("started_at").dt.convert_time_zone(zone.key).dt.replace_time_zone(None).alias("started_local")
    return replace(calls, frame=nw.from_native(calls.frame).with_columns(local).to_native())


def _totals(outlook: _Outlook) -> list[dict[str, Any]]:
    """Return the forecast of all calls together in each currency."""
    now, frame = outlook.calls.now, outlook.calls.frame
    costs = rows_of(reports.period_cost(frame, now, *outlook.instants, zone=outlook.zone))
    burns = rows_of(reports.burn(frame, now.astimezone(outlook.zone).date()))
    per_day = {row["currency"]: row["per_day"] for row in burns if row["weekday"] is None}
    return [_row(TOTAL, None, None, row, per_day.get(row["currency"])) for row in costs]


def _trunks(calls: Calls, outlook: _Outlook) -> list[dict[str, Any]]:
    """Return the forecast of each trunk: its month's cost and, if its credit is archived, when that runs out."""
    data = nw.from_native(outlook.calls.frame, eager_only=True)
    rows = []
    with history.opened(calls, "a forecast") as archive:
        for account in calls.accounts:
            zone = ZoneInfo(account.zone)
            latest = {each.trunk: each for each in archive.credits(account.account) if each.at <= calls.now}
            own = data.filter(nw.col("account").cast(nw.String()) == account.account)
            trunks = [trunk for trunk in own["trunk"].unique().to_list() if trunk is not None]
            chosen = history.values_of(calls, "trunk")
            for trunk in sorted({*latest, *map(str, trunks)}):
                if chosen is not None and trunk not in chosen:
                    continue
                paid = own.filter(nw.col("trunk").cast(nw.String()) == trunk).to_native()
                costs = rows_of(reports.period_cost(paid, calls.now, *outlook.instants, zone=outlook.zone))
                by_currency = {row["currency"]: row for row in costs}
                reading = latest.get(trunk)
                if reading is not None:
                    by_currency.setdefault(reading.credit.currency, {"currency": reading.credit.currency})
                for currency, row in by_currency.items():
                    line = _row(GROUP, account.account, trunk, row, None)
                    if reading is not None and reading.credit.currency == currency:
                        since = archive.credit_known_since(account.account, trunk)
                        local = nw.from_native(paid).filter(nw.col("currency").cast(nw.String()) == currency)
                        known = None if since is None else since.astimezone(zone).date()
                        line |= {"credit": reading.credit.amount, "read_at": reading.at}
                        line |= _run_out(local.to_native(), reading, zone, known)
                    rows.append(line)
    return rows


def _run_out(frame: Any, reading: Any, zone: ZoneInfo, since: date | None) -> dict[str, Any]:
    local = nw.col("started_at").dt.convert_time_zone(zone.key).dt.replace_time_zone(None).alias("started_local")
    own = nw.from_native(frame).with_columns(local).to_native()
    found = reports_cost.run_out(own, reading.credit, reading.at, zone=zone, expires_at=reading.expires_at, since=since)
    if found is None:
        return {}
    line = {"runs_out_at": found.at, "earliest": found.earliest, "latest": found.latest}
    return line | {
        "expires_first": found.expires_first,
        "per_day": rate(found.daily_burn.amount, 1),
        "days": found.days,
    }


def _row(
    kind: str, account: str | None, trunk: str | None, cost: Mapping[str, Any], per_day: Decimal | None
) -> dict[str, Any]:
    names = ("currency", "calls", "unpriced", "spent", "expected", "low", "high", "days")
    line = {"row": kind, "account": account, "trunk": trunk, "per_day": per_day}
    line |= {name: cost.get(name) for name in names}
    return line | {"calls": line["calls"] or 0, "unpriced": line["unpriced"] or 0}


def _emit(calls: Calls, rows: list[dict[str, Any]]) -> Any:
    digits = max(
        (-int(row[name].as_tuple().exponent) for row in rows for name in _MONEY if row.get(name) is not None),
        default=0,
    )
    money = pa.decimal128(DIGITS, max(digits, 0))
    schema = {"row": _TEXT, "account": _TEXT, "trunk": _TEXT, "currency": _TEXT, "credit": money, "read_at": _UTC}
    schema |= {"days": _N, "per_day": money, "runs_out_at": _UTC, "earliest": _UTC, "latest": _UTC}
    schema |= {"expires_first": pa.bool_(), "calls": _N, "unpriced": _N}
    schema |= dict.fromkeys(("spent", "expected", "low", "high"), money)
    return as_kind_of(
        calls.frame,
        pa.table({name: array(name, [row.get(name) for row in rows], kind) for name, kind in schema.items()}),
    )


def backtest(calls: Calls, horizon: int) -> Figure:
    """Return how good forecasts of costs were in the past."""
    until = None
    tested = calls
    if calls.source is not None:
        known = min([calls.now, *history.unknown_since(calls).values()]).astimezone(history.clock(calls)).date()
        end = min(calls.period.end or known, known)
        tested = _on_one_clock(history.between(calls, end - _YEAR, end), history.clock(calls))
        until = end
    frame = reports_backtest.backtest(tested.frame, horizon=horizon, until=until)
    columns = (
        "currency", "method", "horizon_days", "forecasts", "mae", "bias", "wape", "mape", "coverage", "pinball",
        "coverage_low", "coverage_high",
    )  # fmt: skip
    draw = partial(drawing.backtest, tested.frame, horizon=horizon, until=until, jalali=calls.jalali)
    return build(
        calls, "Forecasts beside what was spent", frame, definitions.BACKTEST, "cost", columns=columns, draw=draw,
        n=len(tested),
    )  # fmt: skip


def compare(calls: Calls, by: str | Iterable[str]) -> Figure:
    """Return this period beside the one before."""
    keys = keys_of(calls, by)
    before = calls.previous()
    first, middle, end = before.period.first, before.period.end, calls.period.end
    assert first is not None and middle is not None and end is not None  # noqa: S101, PT018 - both are closed
    together = history.joined(before, calls)
    known, without = history.whole_days(together, first, end)
    frame = reports_compare.periods(
        together.frame, (first, middle), (middle, end), known=known, by=keys, without=without
    )
    columns = (
        *keys, "measure", "currency", "days_before", "days_after", "total_before", "total_after",
        "per_day_before", "per_day_after", "difference", "ratio",
    )  # fmt: skip
    title = title_of(f"{calls.period.text} beside {before.period.text}", keys)
    left_out = {"on days that aren't complete": history.outside(together, known, without), **_unknown_of(frame)}
    days = ((first, middle - _DAY), (middle, end - _DAY))
    draw = partial(drawing.compare, frame, keys, *days, jalali=calls.jalali)
    return build(
        calls, title, frame, definitions.COMPARE, "calls, seconds, cost", left_out=left_out,
        columns=columns, draw=draw, n=len(together),
    )  # fmt: skip


def _unknown_of(frame: Any) -> dict[str, int]:
    """Return how many calls the measures of a comparison leave out, and why."""
    of = {
        "answered": "of unknown status (answered and missed only)",
        "talk_s": "answered, of unknown talk time (talk only)",
        "cost": "without a price (cost only)",
    }
    found = dict.fromkeys(of.values(), 0)
    for row in rows_of(frame):
        if row["measure"] in of:
            found[of[row["measure"]]] += row["left_out_before"] + row["left_out_after"]
    return found


def budget(calls: Calls, amount: Money | Decimal | int | str, currency: str | None) -> Figure:
    """Return what of a budget is spent, and whether it will last."""
    money = _money(calls, amount, currency)
    zone = history.clock(calls)
    period = calls.period
    if period.first is None or period.end is None:
        if period.text:
            msg = f"a budget is for a period with a first and a last day, not for {period.text!r}"
            raise ConfigError(msg)
        period = month_at(calls.now.astimezone(zone).date(), jalali=calls.jalali)
    outlook = _outlook(calls, period)
    frame = reports_compare.budget(outlook.calls.frame, money, calls.now, *outlook.instants, zone=zone)
    [row] = rows_of(frame)
    unknown = _unknown_in(calls, outlook)
    if unknown:
        never = nw.col("days") < 0
        none = (nw.when(never).then(nw.col(name)).alias(name) for name in _PROJECTED)
        frame = nw.from_native(frame).with_columns(*none).to_native()
    columns = (
        "currency", "budget", "spent", "spent_share", "gone_share", "projected", "low", "high", "over", "left",
        "left_per_day",
    )  # fmt: skip
    draw = partial(
        drawing.month_forecast, history.without(outlook.calls, unknown).frame, calls.now, *outlook.instants, zone=zone,
        currency=money.currency, budget=money.amount, jalali=calls.jalali,
    )  # fmt: skip
    return build(
        calls, f"Budget of {period.text}", frame, definitions.BUDGET + history.words_of(calls, unknown), money.currency,
        left_out={"without a price": row["unpriced"]}, columns=columns, draw=draw, n=len(outlook.calls),
    )  # fmt: skip


def _unknown_in(calls: Calls, outlook: _Outlook) -> dict[str, datetime]:
    """Return the accounts with calls of which a part of the period is unknown, and since when."""
    accounts = set(nw.from_native(outlook.calls.frame)["account"].cast(nw.String()).unique().to_list())
    return {
        account: since
        for account, since in history.unknown_since(calls).items()
        if account in accounts and since < outlook.instants[1]
    }


def _money(calls: Calls, amount: Money | Decimal | int | str, currency: str | None) -> Money:
    if isinstance(amount, Money):
        return amount
    if currency is None:
        known = {row["currency"] for row in rows_of(reports_cost.totals(calls.coded)) if row["cost"] is not None}
        known = known or {each.currency for each in calls.accounts}
        if len(known) != 1:
            named = ", ".join(sorted(map(str, known))) or "no currency"
            msg = f"the calls cost money in {named}: a budget needs its currency"
            raise DataError(msg, field="currency")
        currency = str(known.pop())
    if isinstance(amount, float):
        msg = "a budget is exact: give it as a Decimal, a whole number or a text such as '120.50'"
        raise DataError(msg, field="amount")
    try:
        exact = Decimal(amount)
    except (ArithmeticError, TypeError, ValueError):
        exact = Decimal("NaN")
    if not exact.is_finite() or exact < 0:
        msg = "a budget is an amount of at least 0, such as '120.50'"
        raise DataError(msg, field="amount")
    return Money(exact, currency)
