"""Plots of what will be and what was before: forecasts, periods beside each other, credit, lines."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import FuncFormatter, MaxNLocator

from trunkline import exact, metrics
from trunkline.errors import DataError
from trunkline.reports import backtest, forecast, frames, groups

from . import days as of_days
from .canvas import (
    across,
    describe,
    extremes,
    filled,
    legend,
    named,
    nothing,
    percent_axis,
    picture,
    rows_of,
)
from .look import look
from .money import money, one_currency
from .palette import CAPTION_SIZE, SMALL_SIZE, with_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from .look import Look
    from .palette import Mark
    from .picture import Picture


@with_settings
def cost_forecast(
    frame: Any,
    now: datetime,
    begin: datetime,
    end: datetime,
    *,
    zone: tzinfo,
    currency: str | None = None,
    budget: Decimal | None = None,
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return what a period (`begin` to `end`, aware) has cost so far and will cost by its end, see `forecast.expected`.

    The frame needs the calls of the period and of the 28 whole days before `now`. `budget` is in the same currency.
    """
    seen = look(style, language, jalali=jalali)
    title = seen.say("Cost so far, and to the end of the period")
    own, code = one_currency(frame, currency)
    if code is None:
        return nothing(seen, title, seen.say("There are no priced calls to make a forecast from."))
    first, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    today = min(now.astimezone(zone).date(), last)
    [costs] = groups.costs_by_day(frames.read(own, *forecast.NEEDED)).values()
    spent, days, sums = Decimal(0), [first], [Decimal(0)]
    for offset in range((min(today, last - timedelta(days=1)) - first).days + 1):
        day = first + timedelta(days=offset)
        spent = exact.add(spent, costs[day].amount if day in costs else Decimal(0))
        days.append(day + timedelta(days=1))
        sums.append(spent)
    pace = metrics.pace(costs, now.astimezone(zone).date())
    ahead: list[date] = []
    reached: list[Any] = []
    if pace is not None and now < end and days[-1] <= last:
        ahead = [days[-1] + timedelta(days=n) for n in range((last - days[-1]).days + 1)]
        reached = [
            forecast.expected(
                pace,
                forecast.days_of_weekdays(max(now, begin), datetime.combine(day, time(), zone), zone),
                Fraction(spent),
            )
            for day in ahead
        ]
    unit = money(seen, code, [spent, *(each.high for each in reached), *([budget] if budget is not None else [])])
    caption = (
        "Sum of the prices of the calls, {unit}."
        if now >= end
        else "Sum of the prices of the calls, {unit}; from today on, the mean cost of each weekday in the last 28 days."
    )
    made, (axes,) = picture(seen, title, seen.say(caption, unit=unit.unit))
    blue, orange, *_, red, _ = seen.palette.series
    axes.plot(of_days.numbers(days), list(map(float, sums)), color=_line(blue), linewidth=2, label=seen.say("spent"))
    sentences = [seen.say("Spent: {amount}.", amount=unit.whole(spent))]
    if reached:
        at = of_days.numbers(ahead)
        low, high = ([float(getattr(each, side)) for each in reached] for side in ("low", "high"))
        axes.fill_between(at, low, high, color=seen.palette.band, linewidth=0, label=seen.say("80 % interval"))
        axes.plot(
            at, [float(each.amount) for each in reached], color=_line(orange), linestyle=orange.line, linewidth=2,
            label=seen.say("expected"),
        )  # fmt: skip
        final = reached[-1]
        sentences.append(
            seen.say(
                "Expected by the end: {amount} ({low} to {high}).",
                amount=unit.whole(final.amount),
                low=unit.whole(final.low),
                high=unit.whole(final.high),
            )
        )
    if budget is not None:
        axes.axhline(float(budget), color=_line(red), linewidth=1.4, linestyle=":", label=seen.say("budget"))
    of_days.axis(axes, seen, [first, max(first + timedelta(days=1), last)], weekly=False)
    axes.set_ylim(bottom=0)
    unit.axis(axes.yaxis, axes)
    legend(axes, seen)
    describe(made, *sentences)
    return made


def _line(mark: Mark) -> str:
    """Return the color of a line of a mark."""
    return mark.edge if mark.outlined else mark.colour


@with_settings
def past_forecasts(
    frame: Any,
    *,
    horizon: int = 7,
    until: date | None = None,
    currency: str | None = None,
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return past forecasts with their 80 % interval beside what was spent, see `reports.backtest`."""
    seen = look(style, language, jalali=jalali)
    title = seen.say("Forecasts of {horizon} days beside what was spent", horizon=seen.plain(horizon))
    own, code = one_currency(frame, currency)
    rows = [] if code is None else rows_of(backtest.past_forecasts(own, horizon=horizon, until=until))
    if code is None or not rows:
        return nothing(seen, title, seen.say("There are too few days of priced calls to test a forecast."))
    unit = money(seen, code, [row["high"] for row in rows] + [row["actual"] for row in rows])
    caption = seen.say(
        "Each made from the days before it alone, {unit}. {inside} of {all} actual costs are within the 80 % interval.",
        unit=unit.unit,
        inside=seen.number(sum(row["inside"] for row in rows)),
        all=seen.number(len(rows)),
    )
    made, (axes,) = picture(seen, title, caption)
    blue, orange, *_ = seen.palette.series
    days = [row["day"] for row in rows]
    below, above = ([abs(float(row["expected"] - row[side])) for row in rows] for side in ("low", "high"))
    axes.errorbar(
        of_days.numbers(days), [float(row["expected"]) for row in rows], yerr=[below, above], fmt="s",
        color=_line(orange), ecolor=seen.palette.spine, elinewidth=1.6, markersize=4.5,
        markerfacecolor=orange.colour, label=seen.say("forecast and 80 % interval"),
    )  # fmt: skip
    axes.plot(
        of_days.numbers(days), [float(row["actual"]) for row in rows], "D", color=blue.colour, markersize=4.5,
        label=seen.say("actual"),
    )  # fmt: skip
    axes.set_ylim(bottom=0)
    of_days.axis(axes, seen, days, weekly=False)
    axes.set_xlabel(seen.say("first local day of the forecast"))
    unit.axis(axes.yaxis, axes)
    legend(axes, seen)
    describe(made, caption, extremes(seen, ((seen.day(row["day"]), row["actual"]) for row in rows), unit.whole))
    return made


_MEASURES = {"calls": "calls", "answered": "answered", "missed": "missed", "talk_s": "talk time", "cost": "cost"}


@with_settings
def periods_beside(
    frame: Any, before: str, after: str, *, jalali: bool = False, style: str = "light", language: str = "en"
) -> Picture:
    """Return the change of each measure between two periods in percent, a row of `reports.compare.periods` each."""
    seen = look(style, language, jalali=jalali)
    title = seen.say("{after} beside {before}", after=named(after), before=named(before))
    rows = [row for row in rows_of(frame) if row["ratio"] is not None]
    if not rows:
        return nothing(seen, title, seen.say("The two periods have no complete day of the same weekday with calls."))
    labels = [
        seen.say(_MEASURES[row["measure"]]) + (f", {seen.currency(row['currency'])}" if row["currency"] else "")
        for row in rows
    ]
    made, axes = across(
        seen, title, seen.say("Change of the mean per day, of complete days and equal weekdays."), labels
    )
    blue, _, _, _, sky, *_ = seen.palette.series
    changes = [row["ratio"] - 1 for row in rows]
    for place, (row, change) in enumerate(zip(rows, changes, strict=True)):
        axes.barh(place, change, height=0.6, **filled(blue if change >= 0 else sky))
        text = seen.say(
            "{change}  ({before} to {after})",
            change=("+" if change > 0 else "") + seen.share(change),
            before=_mean(seen, row["per_day_before"]),
            after=_mean(seen, row["per_day_after"]),
        )
        right = (change >= 0) is not seen.right_to_left
        axes.annotate(
            text, (change, place), xytext=(4 if right else -4, 0), textcoords="offset points", va="center",
            ha="left" if right else "right", fontsize=CAPTION_SIZE, color=seen.palette.ink,
        )  # fmt: skip
    axes.axvline(0, color=seen.palette.spine, linewidth=1)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: seen.share(value)))
    axes.margins(x=0.45)
    describe(made, extremes(seen, zip(labels, changes, strict=True), seen.share))
    return made


def _mean(seen: Look, value: Any) -> str:
    return seen.number(value, 0 if float(value).is_integer() or abs(value) >= 100 else 2)  # noqa: PLR2004


@with_settings
def credit_over_time(
    readings: Any,
    *,
    currency: str | None = None,
    names: Mapping[str, str] | None = None,
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return the credit of each trunk at its readings: `account`, `trunk`, `at`, `credit` and `currency`."""
    seen = look(style, language, jalali=jalali)
    texts = ("Credit", "Each reading of the archive, {unit}; times are UTC.")
    return _over_time(seen, readings, "credit", texts, currency=currency, names=names or {})


@with_settings
def unexplained_credit(
    identity: Any,
    *,
    currency: str | None = None,
    names: Mapping[str, str] | None = None,
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return what calls and top-ups leave unexplained of a credit, summed up, see `reports.balance.identity`."""
    seen = look(style, language, jalali=jalali)
    what = "Sum of the residuals since the first reading, {unit}; times are UTC."
    texts = ("Credit that calls and top-ups don't explain", what)
    return _over_time(seen, identity, "residual_sum", texts, currency=currency, names=names or {})


def _over_time(
    seen: Look,
    frame: Any,
    column: str,
    texts: tuple[str, str],
    *,
    currency: str | None,
    names: Mapping[str, str],
) -> Picture:
    """Return a column of money over time, a line for each trunk; `texts` are the title and what it is."""
    title = seen.say(texts[0])
    rows = [row for row in rows_of(frame) if currency in {None, row["currency"]}]
    units = sorted({row["currency"] for row in rows})
    if len(units) > 1:
        msg = f"the credits are in {', '.join(units)}: say which one to draw, they can't share an axis"
        raise DataError(msg, field="currency")
    if not rows:
        return nothing(seen, title, seen.say("There are no readings of the credit in this period."))
    unit = money(seen, units[0], [Decimal(row[column]) for row in rows])
    made, (axes,) = picture(seen, title, seen.say(texts[1], unit=unit.unit))
    lines: defaultdict[tuple[str, str | None], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        lines[row["account"], row["trunk"]].append(row)
    last = []
    for ((account, trunk), own), mark in zip(lines.items(), seen.palette.series, strict=False):
        label = named(f"{names.get(account, account)} {trunk or ''}".strip())
        axes.plot(
            [row["at"] for row in own], [float(row[column]) for row in own], color=_line(mark),
            drawstyle="steps-post", marker=mark.marker, markersize=3, linewidth=1.6, linestyle=mark.line, label=label,
        )  # fmt: skip
        last.append((label, Decimal(own[-1][column])))
    axes.axhline(0, color=seen.palette.spine, linewidth=1)
    locator = AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    unit.axis(axes.yaxis, axes)
    legend(axes, seen)
    describe(made, extremes(seen, last, unit.whole))
    return made


@with_settings
def lines_needed(
    frame: Any,
    *,
    by: str | None = None,
    blocking: float = 0.01,
    names: Mapping[str, str] | None = None,
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return the share of calls that each number of lines would lose in the busy hour, see `reports.lines`."""
    seen = look(style, language, jalali=jalali)
    title = seen.say("Lines and calls that find them busy")
    rows = rows_of(frame)
    if not rows:
        return nothing(seen, title, seen.say("There are no calls of known length in this period."))
    offered = sum(each["offered"] for each in {row[by] if by else None: row for row in rows}.values())
    caption = seen.say(
        "Erlang B in the busy hour: {offered} erlang offered. Dashed: the target of {blocking} of the calls.",
        offered=seen.number(offered, 2),
        blocking=seen.share(blocking, 1),
    )
    made, (axes,) = picture(seen, title, caption)
    groups_of: defaultdict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups_of[row[by] if by else None].append(row)
    for (group, own), mark in zip(groups_of.items(), seen.palette.series, strict=False):
        label = named((names or {}).get(group, str(group))) if by else seen.say("lost calls")
        axes.plot(
            [row["lines"] for row in own], [row["blocked"] for row in own], marker=mark.marker, color=_line(mark),
            linestyle=mark.line, label=label,
        )  # fmt: skip
        for row in own:
            if row["needed"] or row["present"]:
                kind = " and ".join(name for name in ("needed", "present") if row[name])
                axes.annotate(
                    seen.say("{lines} " + kind, lines=seen.plain(row["lines"])), (row["lines"], row["blocked"]),
                    xytext=(5, 8), textcoords="offset points", fontsize=SMALL_SIZE, color=seen.palette.ink,
                )  # fmt: skip
    axes.axhline(blocking, color=seen.palette.muted, linewidth=1.2, linestyle="--")
    percent_axis(axes, seen, seen.say("share of calls"))
    axes.set_ylim(0, 1.05 * max(blocking, *(row["blocked"] for row in rows)) or 1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(seen.say("lines"))
    legend(axes, seen)
    describe(made, caption)
    return made
