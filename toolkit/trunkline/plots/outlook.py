"""Plots of what will be and what was before: forecasts, periods beside each other, credit, lines."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import narwhals as nw
from matplotlib.ticker import MaxNLocator

from trunkline import exact, metrics
from trunkline.errors import DataError
from trunkline.reports import backtest, forecast, frames, groups

from . import days as of_days
from .canvas import (
    LONGEST_NAME,
    Amounts,
    Shares,
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
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from matplotlib.axes import Axes

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

    The frame needs the calls of the period and of the 28 whole days before `now`; later ones are left out. `budget` is
    in the same currency.
    """
    seen = look(style, language, jalali=jalali)
    title = seen.say("Cost so far, and to the end of the period")
    own, code = one_currency(_until(frame, now, zone), currency)
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
    reached: list[forecast.Expected] = []
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
    final = [_decimal(each) for each in (reached[-1].amount, reached[-1].low, reached[-1].high)] if reached else []
    unit = money(seen, code, [spent, *final, *([budget] if budget is not None else [])])
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
        amounts = dict(zip(("amount", "low", "high"), map(unit.whole, final), strict=True))
        sentences.append(seen.say("Expected by the end: {amount} ({low} to {high}).", **amounts))
    if budget is not None:
        axes.axhline(float(budget), color=_line(red), linewidth=1.4, linestyle=":", label=seen.say("budget"))
        sentences.append(seen.say("Budget: {amount}.", amount=unit.whole(budget)))
    ends = (last - first).days + 1
    of_days.axis(axes, seen, [first + timedelta(days=n) for n in range(max(2, ends))], weekly=False)
    _from_zero(axes)
    unit.axis(axes.yaxis, axes)
    legend(axes, seen)
    describe(made, *sentences)
    return made


def _until(frame: Any, now: datetime, zone: tzinfo) -> Any:
    """Return the calls that began before now by the local clock."""
    frames.read(frame, "started_local")  # says so if the column is missing, or no time
    local = now.astimezone(zone).replace(tzinfo=None)
    return nw.from_native(frame).filter(nw.col("started_local") < local).to_native()


def _decimal(amount: Fraction) -> Decimal:
    """Return an expected amount with more digits than any currency has."""
    return frames.rounded(amount, frames.RATE_DIGITS)


def _from_zero(axes: Axes) -> None:
    """Let the axis of heights begin at zero, unless something stands below it."""
    if axes.dataLim.y0 >= 0:
        axes.set_ylim(bottom=0)


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
    _from_zero(axes)
    of_days.axis(axes, seen, days, weekly=False)
    begin, end = axes.get_xlim()
    axes.set_xlim(begin - _EDGE * (end - begin), end + _EDGE * (end - begin))
    axes.set_xlabel(seen.say("first local day of the forecast"))
    unit.axis(axes.yaxis, axes)
    legend(axes, seen)
    describe(made, extremes(seen, ((seen.day(row["day"]), row["actual"]) for row in rows), unit.whole))
    return made


# What the marks at both ends of an axis need beside them, of its length.
_EDGE = 0.015
# What is left of an account's title beside a trunk, in letters.
_SHORTEST = 8
_MEASURES = {"calls": "calls", "answered": "answered", "missed": "missed", "talk_s": "talk time", "cost": "cost"}


@with_settings
def periods_beside(
    frame: Any,
    before: str | tuple[date, date],
    after: str | tuple[date, date],
    *,
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return the change of each measure between two periods in percent, a row of `reports.compare.periods` each.

    `before` and `after` are the names of the periods, or their first and last days, local.
    """
    seen = look(style, language, jalali=jalali)
    title = seen.say("{after} beside {before}", after=_period(seen, after), before=_period(seen, before))
    rows = [row for row in rows_of(frame) if row["ratio"] is not None]
    if not rows:
        return nothing(seen, title, seen.say("The two periods have no complete day of the same weekday with calls."))
    labels = [
        seen.say(_MEASURES[row["measure"]]) + (f" ({seen.currency(row['currency'])})" if row["currency"] else "")
        for row in rows
    ]
    caption = seen.say("Change of the mean per day, of complete days and equal weekdays.")
    made, axes = across(seen, title, caption, labels)
    blue, _, _, _, sky, *_ = seen.palette.series
    changes = [row["ratio"] - 1 for row in rows]
    for place, (row, change) in enumerate(zip(rows, changes, strict=True)):
        axes.barh(place, change, height=0.6, **filled(blue if change >= 0 else sky))
        text = seen.say(
            "{change}  ({before} to {after})",
            change=seen.change(change),
            before=_mean(seen, row["measure"], row["per_day_before"]),
            after=_mean(seen, row["measure"], row["per_day_after"]),
        )
        right = (change >= 0) is not seen.right_to_left
        axes.annotate(
            text, (change, place), xytext=(4 if right else -4, 0), textcoords="offset points", va="center",
            ha="left" if right else "right", fontsize=CAPTION_SIZE, color=seen.palette.ink,
        )  # fmt: skip
    axes.axvline(0, color=seen.palette.spine, linewidth=1)
    axes.xaxis.set_major_formatter(Shares(seen))
    axes.margins(x=0.45)
    listed = (
        seen.say("{label}: {value}", label=label, value=seen.change(change))
        for label, change in zip(labels, changes, strict=True)
    )
    describe(made, f"{seen.say(', ').join(listed)}.")
    return made


def _period(seen: Look, period: str | tuple[date, date]) -> str:
    return named(period) if isinstance(period, str) else seen.span(*period)


def _mean(seen: Look, measure: str, value: Any) -> str:
    if measure == "talk_s":
        return seen.clock(value)
    return seen.number(value, 0 if float(value).is_integer() or abs(value) >= 100 else 2)  # noqa: PLR2004


@with_settings
def credit_over_time(
    readings: Any,
    *,
    currency: str | None = None,
    names: Mapping[str, str] | None = None,
    zone: str = "UTC",
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return the credit of each trunk at its readings: `account`, `trunk`, `at`, `credit` and `currency`.

    Times are shown in the IANA time zone `zone`.
    """
    seen = look(style, language, jalali=jalali)
    texts = (
        "Credit",
        "Each reading of the archive, {unit}; times are in {zone}.",
        "Named are the {shown} with the least credit.",
    )
    return _over_time(seen, readings, "credit", texts, currency=currency, names=names or {}, zone=zone)


@with_settings
def unexplained_credit(
    identity: Any,
    *,
    currency: str | None = None,
    names: Mapping[str, str] | None = None,
    zone: str = "UTC",
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return what calls and top-ups leave unexplained of a credit, summed up, see `reports.balance.identity`.

    Times are shown in the IANA time zone `zone`.
    """
    seen = look(style, language, jalali=jalali)
    what = "Sum of the residuals since the first reading, {unit}; times are in {zone}."
    few = "Named are the {shown} furthest from zero."
    texts = ("Credit that calls and top-ups don't explain", what, few)
    return _over_time(seen, identity, "residual_sum", texts, currency=currency, names=names or {}, zone=zone)


def _over_time(
    seen: Look,
    frame: Any,
    column: str,
    texts: tuple[str, str, str],
    *,
    currency: str | None,
    names: Mapping[str, str],
    zone: str,
) -> Picture:
    """Return a column of money over time, a line for each trunk; `texts` are the title, what it is, and the named."""
    title = seen.say(texts[0])
    rows = [row for row in rows_of(frame) if currency in {None, row["currency"]}]
    units = sorted({row["currency"] for row in rows})
    if len(units) > 1:
        msg = f"the credits are in {', '.join(units)}: say which one to draw, they can't share an axis"
        raise DataError(msg, field="currency")
    if not rows:
        return nothing(seen, title, seen.say("There are no readings of the credit in this period."))
    unit = money(seen, units[0], [Decimal(row[column]) for row in rows])
    lines: defaultdict[tuple[str, str | None], list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda each: each["at"]):
        lines[row["account"], row["trunk"]].append(row)
    lasts = {key: Decimal(own[-1][column]) for key, own in lines.items()}
    few = sorted(lines, key=lambda key: lasts[key] if column == "credit" else -abs(lasts[key]))
    marks = _marks(seen, few)
    caption = seen.say(texts[1], unit=unit.unit, zone=zone)
    if len(lines) > len(seen.palette.series):
        caption += " " + seen.say(texts[2], shown=seen.number(len(seen.palette.series))).lstrip("\u200f")
    if column != "credit" and not any(row[column] for row in rows):
        caption += " " + seen.say("Calls and top-ups explain all changes.").lstrip("\u200f")
    made, (axes,) = picture(seen, title, caption)
    labels = {(account, trunk): _trunk(names.get(account, account), trunk) for account, trunk in lines}
    for key, mark in marks.items():
        at, heights = (
            of_days.moments((row["at"] for row in lines[key]), zone),
            [float(row[column]) for row in lines[key]],
        )
        size = 3 if len(at) > 1 else 6
        axes.plot(at, heights, **_drawn(axes, mark, seen, labels[key]), drawstyle="steps-post", markersize=size)
    axes.axhline(0, color=seen.palette.spine, linewidth=1)
    if not any(row[column] for row in rows):
        axes.set_ylim(-1, 1)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=2))
    first, last = (end(row["at"] for row in rows) for end in (min, max))
    of_days.time_axis(axes, seen, first, last, zone)
    unit.axis(axes.yaxis, axes)
    legend(axes, seen)
    listed = [
        seen.say("{label}: {value}", label=labels[key], value=unit.whole(lasts[key]))
        for key, mark in marks.items()
        if mark is not seen.palette.other
    ]
    describe(made, seen.say("The last reading of each: {values}.", values=seen.say(", ").join(listed)))
    return made


def _trunk(account: str, trunk: str | None) -> str:
    """Return a label for a trunk of an account; of a long title, what fits before the number."""
    if trunk is None:
        return named(account)
    number = named(trunk)
    return f"{named(account, max(LONGEST_NAME - len(number) - 1, _SHORTEST))} {number}"


def _marks[K](seen: Look, keys: Sequence[K]) -> dict[K, Mark]:
    """Return a mark for each of these: the first ones have their own, in the order of names, the others the same."""
    series = seen.palette.series
    own = sorted(keys[: len(series)], key=str)
    rest = dict.fromkeys(keys[len(series) :], seen.palette.other)
    return dict(zip(own, series, strict=False)) | rest


def _drawn(axes: Axes, mark: Mark, seen: Look, label: str) -> dict[str, Any]:
    """Return how a line is drawn; the others stand in the legend once, and below those that are named."""
    how: dict[str, Any] = {"color": _line(mark), "linestyle": mark.line, "marker": mark.marker}
    if mark is not seen.palette.other:
        return how | {"linewidth": 1.6, "label": label}
    others = seen.say("others")
    known = others in axes.get_legend_handles_labels()[1]
    return how | {"linewidth": 1, "zorder": 1.9, "label": "_nolegend_" if known else others}


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
    groups_of: defaultdict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups_of[row[by] if by else None].append(row)
    offered = {group: own[0]["offered"] for group, own in groups_of.items()}
    caption = seen.say(
        "Erlang B in the busy hour of each: {offered} erlang offered in all. "
        "Dashed: the target of {blocking} of the calls."
        if by
        else "Erlang B in the busy hour: {offered} erlang offered. Dashed: the target of {blocking} of the calls.",
        offered=seen.erlang(sum(offered.values())),
        blocking=seen.share(blocking, 1),
    )
    marks = _marks(seen, sorted(groups_of, key=lambda group: -offered[group]))
    if len(groups_of) > len(seen.palette.series):
        few = "Named are the {shown} with the most traffic."
        caption += " " + seen.say(few, shown=seen.number(len(seen.palette.series))).lstrip("\u200f")
    made, (axes,) = picture(seen, title, caption)
    listed = []
    for group, mark in marks.items():
        own = groups_of[group]
        kinds = _kinds(seen, own)
        what = _group(seen, by, group, names or {}) if by else seen.say("lost calls")
        words = seen.say("{label}: {value}", label=what, value=seen.say(", ").join(kinds.values())) if by else what
        heights = [row["blocked"] for row in own]
        axes.plot([row["lines"] for row in own], heights, **_drawn(axes, mark, seen, words))
        listed.append(seen.say("{label}: {value}", label=what, value=seen.say(", ").join(kinds.values())))
        for row in own if by is None else ():
            if row["lines"] in kinds:
                axes.annotate(
                    kinds[row["lines"]], (row["lines"], row["blocked"]), xytext=(5, 8), textcoords="offset points",
                    fontsize=SMALL_SIZE, color=seen.palette.ink,
                    bbox={"facecolor": seen.palette.surface, "edgecolor": "none", "pad": 1.5},
                )  # fmt: skip
    axes.axhline(blocking, color=seen.palette.muted, linewidth=1.2, linestyle="--", zorder=1.8)
    percent_axis(axes, seen, seen.say("share of calls"))
    axes.set_ylim(0, 1.05 * max(blocking, *(row["blocked"] for row in rows)))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_major_formatter(Amounts(seen))
    axes.set_xlabel(seen.say("lines"))
    legend(axes, seen)
    values = seen.say(", ").join(listed)
    describe(made, seen.say("By {key}: {values}.", key=seen.say(by), values=values) if by else f"{values}.")
    return made


def _group(seen: Look, by: str, group: Any, names: Mapping[str, str]) -> str:
    if group is None:
        return seen.say("no trunk" if by == "trunk" else "unknown")
    return named(names.get(group, str(group)))


def _kinds(seen: Look, rows: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """Return what is said of the numbers of lines that are needed or present."""
    kinds = {row["lines"]: " and ".join(name for name in ("needed", "present") if row[name]) for row in rows}
    return {count: seen.say("{lines} " + kind, lines=seen.plain(count)) for count, kind in kinds.items() if kind}
