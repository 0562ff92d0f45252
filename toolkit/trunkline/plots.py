"""Pictures of the figures: a frame of calls in, a matplotlib `Figure` out.

Every picture states what it shows, in which unit, and how it was counted. Colors are distinguishable with color
blindness. Phone numbers are masked unless `mask=False`, because pictures are often shared.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, Any

import narwhals as nw
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from trunkline import exact, inert, metrics
from trunkline.errors import DataError
from trunkline.model import Status
from trunkline.reports import backtest, cost, forecast, frames, groups, masking, status, traffic, waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from matplotlib.axes import Axes

# M. Okabe and K. Ito, Color Universal Design (2008).
_BLUE, _ORANGE, _GREEN, _RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
_SKY, _PURPLE, _YELLOW, _GREY, _INK, _FAINT = "#56B4E9", "#CC79A7", "#F0E442", "#999999", "#333333", "#DDDDDD"
_SERIES = (_BLUE, _ORANGE, _GREEN, _PURPLE, _SKY, _RED, _YELLOW)

_STATUS_COLOURS: Mapping[Status, str] = {
    Status.ANSWERED: _GREEN,
    Status.NO_ANSWER: _ORANGE,
    Status.BUSY: _SKY,
    Status.CONGESTION: _RED,
    Status.FAILED: _PURPLE,
    Status.UNKNOWN: _GREY,
}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# More days than this are too narrow to read one by one.
_DAYS_APART = 92
# Up to this many days get a label each.
_FEW = 8
_OTHER = "others"
_LONGEST_NAME = 30


def _rows(figure: Any) -> list[dict[str, Any]]:
    wrapped = nw.from_native(figure)
    eager = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    return [
        {name: value.date() if name == "day" and isinstance(value, datetime) else value for name, value in row.items()}
        for row in eager.to_arrow().to_pylist()
    ]


# --- the frame around each picture ----------------------------------------------------------------


class Picture(Figure):
    """A figure of matplotlib that a notebook shows without any setting, and that says in words what it shows."""

    def __repr__(self) -> str:
        """Return the title and the caption, which stand for the picture where there is none."""
        return f"{self.get_suptitle()}. {self.get_supxlabel()}"

    def _repr_png_(self) -> bytes:
        written = BytesIO()
        self.savefig(written, format="png", dpi=110)
        return written.getvalue()


def _figure(title: str, caption: str, *, height: float = 4.2, panels: int = 1) -> tuple[Figure, Sequence[Axes]]:
    figure = Picture(figsize=(10, height), layout="constrained", facecolor="white")
    figure.suptitle(title, x=0.012, ha="left", fontsize=13, fontweight="bold", color=_INK)
    figure.supxlabel(caption, x=0.012, ha="left", fontsize=8.5, color="#666666")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.spines[["left", "bottom"]].set_color(_GREY)
        each.tick_params(colors=_INK, labelsize=9)
        each.set_axisbelow(True)
        each.grid(axis="y", color=_FAINT, linewidth=0.8)
    return figure, list(axes)


def _nothing(title: str, what: str) -> Figure:
    figure, (axes,) = _figure(title, "", height=2.2)
    axes.set_axis_off()
    axes.text(0.5, 0.5, what, ha="center", va="center", fontsize=12, color="#666666", transform=axes.transAxes)
    return figure


def _labels(numbers: Iterable[str | None], *, mask: masking.Mask, absent: str) -> dict[str | None, str]:
    labels = masking.labels(numbers, mask=mask, absent=absent)
    return {number: inert.mathtext(label) for number, label in labels.items()}


def _named(label: str, name: str | None) -> str:
    return label if not name else f"{inert.mathtext(inert.one_line(name, _LONGEST_NAME))}, {label}"


def _thousands(value: float, _: object = None) -> str:
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:,.2f}"  # noqa: PLR2004


def _money_axis(axes: Axes, label: str) -> None:
    axes.set_ylabel(label)
    axes.yaxis.set_major_formatter(FuncFormatter(_thousands))


def _count_axis(axes: Axes, label: str) -> None:
    _money_axis(axes, label)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, steps=[1, 2, 5, 10]))
    axes.set_ylim(bottom=0)


def _numbers(days: Iterable[date]) -> list[float]:
    """Return days as matplotlib counts them, from the epoch on."""
    return [float((day - date(1970, 1, 1)).days) for day in days]


def _by_week(days: Sequence[date]) -> bool:
    return len(days) > _DAYS_APART


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _day_axis(axes: Axes, days: Sequence[date], *, weekly: bool) -> None:
    if len(days) <= _FEW:
        axes.set_xticks(_numbers(days), [f"{day:%a} {day.day} {day:%b}" for day in days])
    else:
        locator = AutoDateLocator(minticks=3, maxticks=10, interval_multiples=True)  # type: ignore[no-untyped-call]
        locator.intervald[3] = [1, 2, 7, 14]  # DAILY: a week is a tick that people know
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    first, last = _numbers((days[0], days[-1]))
    # A few bars keep a bar's width.
    margin = (0.7 if not weekly else 4.9) + max(0.0, (_FEW - len(days)) / 2)
    axes.set_xlim(first - margin, last + margin)
    axes.set_xlabel("local week, by its Monday" if weekly else "local day")


def _legend(axes: Axes, columns: int) -> None:
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, frameon=False, fontsize=9, borderaxespad=0.2,
        handlelength=1.1, handleheight=1.0, columnspacing=1.4,
    )  # fmt: skip


def _stack(
    axes: Axes,
    at: Sequence[float],
    series: Mapping[str, Sequence[float]],
    colours: Sequence[str],
    *,
    width: float = 0.86,
) -> None:
    bottom = [0.0] * len(at)
    # A thin white edge parts neighbours, as long as bars are wide enough to have one.
    edge = 0.4 if len(at) <= _DAYS_APART else 0.0
    for (label, heights), colour in zip(series.items(), colours, strict=False):
        axes.bar(at, heights, width=width, bottom=bottom, label=label, color=colour, edgecolor="white", linewidth=edge)
        bottom = [low + height for low, height in zip(bottom, heights, strict=True)]


def _one_currency(frame: Any, currency: str | None) -> tuple[Any, str | None]:
    """Return the frame's calls in the currency, or in the only one that has prices."""
    priced = [row["currency"] for row in _rows(cost.totals(frame)) if row["cost"] is not None]
    if currency is None and len(priced) > 1:
        named = ", ".join(str(each) for each in priced)
        msg = f"the calls cost money in {named}: say which one to draw, they can't be added"
        raise DataError(msg, field="currency")
    chosen = currency if currency is not None or not priced else priced[0]
    wrapped = nw.from_native(frame)
    own = nw.col("currency").is_null() if chosen is None else nw.col("currency") == chosen
    unit = inert.mathtext(chosen) if chosen is not None and chosen in priced else None
    return wrapped.filter(own).to_native(), unit


# --- cost -----------------------------------------------------------------------------------------


def cost_by_day(frame: Any, *, currency: str | None = None, top: int = 5) -> Figure:
    """Return the cost of each local day by trunk, the `top` dearest apart, the rest in one; long periods by week."""
    own, unit = _one_currency(frame, currency)
    rows = [row for row in _rows(cost.by_day(own, "trunk")) if row["day"] is not None]
    weekly = _by_week(sorted({row["day"] for row in rows}))
    title = f"Cost per {'week' if weekly else 'day'} by trunk"
    if unit is None or not rows:
        return _nothing(title, "There are no priced calls in this period.")
    total: defaultdict[str | None, Decimal] = defaultdict(Decimal)
    for row in rows:
        total[row["trunk"]] += row["cost"] or 0
    ranked = sorted((trunk for trunk in total if total[trunk]), key=lambda trunk: -total[trunk]) or list(total)[:1]
    labels = _labels(ranked[:top], mask=False, absent="no trunk")
    for row in rows:
        row["day"] = _week(row["day"]) if weekly else row["day"]
    days = sorted({row["day"] for row in rows})
    heights: dict[str, dict[date, float]] = {labels.get(trunk, _OTHER): dict.fromkeys(days, 0.0) for trunk in ranked}
    for row in rows:
        if row["trunk"] in ranked:
            heights[labels.get(row["trunk"], _OTHER)][row["day"]] += float(row["cost"] or 0)
    when = "in the week" if weekly else "on the day"
    caption = f"Sum of the prices of the calls that began {when}, {unit}. Calls without a price are left out."
    figure, (axes,) = _figure(title, caption)
    series = {label: list(each.values()) for label, each in heights.items()}
    _stack(axes, _numbers(days), series, _SERIES, width=6.0 if weekly else 0.86)
    _money_axis(axes, unit)
    _day_axis(axes, days, weekly=weekly)
    _legend(axes, len(heights))
    return figure


def cost_by_part(frame: Any, *, currency: str | None = None) -> Figure:
    """Return how wait, talk and recording add up to the price, and what a package saved of it."""
    title = "What the cost is made of"
    own, unit = _one_currency(frame, currency)
    row = next((each for each in _rows(cost.parts(own)) if each["calls"]), None)
    if unit is None or row is None:
        return _nothing(title, "No call has all the parts of its price.")
    caption = (
        f"{row['calls']:,} calls whose price and parts are all known ({row['without_parts']:,} are not). "
        "price = wait + talk + record - saved; what remains of a price is unexplained."
    )
    figure, (axes,) = _figure(title, caption)
    steps = [("wait", row["wait"], _SKY), ("talk", row["talk"], _BLUE), ("record", row["record"], _PURPLE)]
    steps.append(("saved", -row["saved"], _GREEN))
    if row["unexplained"]:
        steps.append(("unexplained", row["residual"], _RED))
    level = 0.0
    for place, (_, amount, colour) in enumerate(steps):
        axes.bar(place, float(amount), bottom=level, color=colour, width=0.62)
        axes.plot([place - 0.31, place + 1.31], [level + float(amount)] * 2, color=_GREY, linewidth=0.8)
        _bar_text(axes, place, max(level, level + float(amount)), amount)
        level += float(amount)
    axes.bar(len(steps), float(row["price"]), color=_INK, width=0.62)
    _bar_text(axes, len(steps), float(row["price"]), row["price"])
    axes.set_xticks(range(len(steps) + 1), [*(name for name, _, _ in steps), "price"])
    axes.margins(y=0.12)
    _money_axis(axes, unit)
    return figure


def _bar_text(axes: Axes, at: float, height: float, amount: Decimal | float) -> None:
    axes.annotate(
        _thousands(float(amount)), (at, height), xytext=(0, 3), textcoords="offset points", ha="center", fontsize=9
    )


def cost_by_month(frame: Any, *, currency: str | None = None, jalali: bool = False) -> Figure:
    """Return the cost of each month of the Gregorian or the Jalali calendar, answered and unanswered calls apart."""
    calendar = "Jalali" if jalali else "Gregorian"
    title = f"Cost per month ({calendar})"
    own, unit = _one_currency(frame, currency)
    key = "jalali_month" if jalali else "month"
    rows = [row for row in _rows(cost.by_month(own, jalali=jalali)) if row[key] is not None]
    if unit is None or not rows:
        return _nothing(title, "There are no priced calls in this period.")
    caption = (
        f"Sum of the prices of the calls that began in the local month, {unit}. The first and last may be partial."
    )
    figure, (axes,) = _figure(title, caption)
    places = range(len(rows))
    answered = [float(row["cost_answered"] or 0) for row in rows]
    unanswered = [float(row["cost_unanswered"] or 0) for row in rows]
    rest = [float(row["cost"] or 0) - a - u for row, a, u in zip(rows, answered, unanswered, strict=True)]
    series = {"answered calls": answered, "unanswered calls": unanswered}
    if any(abs(each) > 1e-9 for each in rest):  # noqa: PLR2004
        series["status unknown"] = rest
    _stack(axes, places, series, (_BLUE, _ORANGE, _GREY))
    few = len(rows) <= 13  # noqa: PLR2004
    for place, row in zip(places, rows, strict=True):
        if few:
            _bar_text(axes, place, float(row["cost"] or 0), row["cost"] or 0)
    step = 1 if few else -(-len(rows) // 12)
    axes.set_xticks(list(places)[::step], [row[key] for row in rows][::step])
    axes.set_xlim(-0.6, max(len(rows) - 0.4, 3.4))
    axes.set_ylim(0, 1.12 * max(float(row["cost"] or 0) for row in rows) or 1)
    _money_axis(axes, unit)
    axes.set_xlabel(f"local month, {calendar} calendar")
    _legend(axes, len(series))
    return figure


def top_destinations(
    frame: Any, *, currency: str | None = None, prefix: int | None = None, top: int = 12, mask: masking.Mask = True
) -> Figure:
    """Return the dearest destinations of outgoing calls, by number or by its first `prefix` characters."""
    title = "Dearest destinations" + (f" (first {prefix} digits)" if prefix else "")
    own, unit = _one_currency(frame, currency)
    rows = [row for row in _rows(cost.by_destination(own, prefix=prefix, top=top)) if row["cost"]]
    if unit is None or not rows:
        return _nothing(title, "There are no priced outgoing calls in this period.")
    hides = mask if prefix is None else False
    labels = _labels((row["destination"] for row in rows), mask=hides, absent="unknown")
    if masking.shows_names(hides):
        labels |= {row["destination"]: _named(labels[row["destination"]], row.get("name")) for row in rows}
    hidden = " Last digits hidden; the letters after them stand for the number." if hides else ""
    caption = f"Sum of the prices of outgoing calls, {unit}, and its share of all outgoing cost.{hidden}"
    figure, (axes,) = _figure(title, caption, height=1.6 + 0.32 * len(rows))
    places = range(len(rows))
    axes.barh(places, [float(row["cost"]) for row in rows], color=_BLUE, height=0.7)
    for place, row in zip(places, rows, strict=True):
        calls = f"{row['calls']:,} call" + ("" if row["calls"] == 1 else "s")
        text = f"{_thousands(float(row['cost']))}  ({row['share']:.1%}, {calls})"
        axes.annotate(
            text, (float(row["cost"]), place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5
        )
    axes.set_yticks(places, [labels[row["destination"]] for row in rows])
    axes.invert_yaxis()
    axes.margins(x=0.22, y=0.02)
    axes.grid(visible=False, axis="y")
    axes.grid(axis="x", color=_FAINT, linewidth=0.8)
    axes.set_xlabel(unit)
    axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
    return figure


# --- status ---------------------------------------------------------------------------------------


def status_by_day(frame: Any) -> Figure:
    """Return how the calls of each local day (beyond three months: week) ended."""
    rows = [row for row in _rows(status.by_day(frame)) if row["day"] is not None]
    weekly = _by_week([row["day"] for row in rows])
    title = f"Calls per {'week' if weekly else 'day'} by status"
    if not rows:
        return _nothing(title, "There are no calls in this period.")
    kinds = [kind for kind in _STATUS_COLOURS if any(row[kind.value] for row in rows)]
    heights: dict[Status, defaultdict[date, float]] = {kind: defaultdict(float) for kind in kinds}
    for row in rows:
        for kind in kinds:
            heights[kind][_week(row["day"]) if weekly else row["day"]] += row[kind.value]
    figure, (axes,) = _figure(title, "All directions, by the status that the provider states.")
    days = sorted(heights[kinds[0]])
    series = {kind.value.replace("_", " "): [heights[kind][day] for day in days] for kind in kinds}
    colours = [_STATUS_COLOURS[kind] for kind in kinds]
    _stack(axes, _numbers(days), series, colours, width=6.0 if weekly else 0.86)
    _count_axis(axes, "calls")
    _day_axis(axes, days, weekly=weekly)
    _legend(axes, len(kinds))
    return figure


def hours_of_the_week(frame: Any, *, value: str = "calls", first_weekday: int = 1) -> Figure:
    """Return a heat map of the week: `value` (any count, such as `missed`) by local weekday and hour.

    `first_weekday` is the row on top, 1 for Monday to 7 for Sunday.
    """
    title = f"{value.replace('_', ' ').capitalize()} by weekday and hour"
    rows = _rows(status.by_weekday_and_hour(frame))
    if not rows:
        return _nothing(title, "There are no calls in this period.")
    order = [(first_weekday - 1 + offset) % 7 for offset in range(7)]
    counted = {(row["weekday"] - 1, row["hour"]): row[value] for row in rows}
    grid = [[counted[weekday, hour] for hour in range(24)] for weekday in order]
    figure, (axes,) = _figure(
        title, "Sum over the whole period, by the local time at which the call began.", height=4.0
    )
    top = max(max(line) for line in grid)
    # Without a span between its ends, the scale would give 0 the color of its end.
    image = axes.imshow(grid, cmap="Blues", aspect="auto", vmin=0, vmax=max(top, 1))
    for place, line in enumerate(grid):
        for hour, number in enumerate(line):
            if number:
                colour = "white" if number > 0.6 * top else _INK
                axes.text(hour, place, f"{number:,}", ha="center", va="center", fontsize=8, color=colour)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_yticks(range(7), [_WEEKDAYS[weekday] for weekday in order])
    axes.set_xticks(range(24), [f"{hour:02}" for hour in range(24)])
    axes.tick_params(length=0)
    axes.set_xlabel("local hour")
    bar = figure.colorbar(image, ax=axes, pad=0.01, format=FuncFormatter(_thousands))
    bar.set_label(value.replace("_", " "))
    bar.locator = MaxNLocator(integer=True, nbins=6, steps=[1, 2, 5, 10])
    bar.outline.set_visible(False)
    bar.update_ticks()
    return figure


def asr_over_days(frame: Any) -> Figure:
    """Return the answer-seizure ratio with its 95 % interval by day, beyond three months by week."""
    rows = [row for row in _rows(status.by_day(frame)) if row["day"] is not None]
    weekly = _by_week([row["day"] for row in rows])
    title = f"Answer-seizure ratio by {'week' if weekly else 'day'}"
    counted: dict[date, tuple[int, int]] = {}
    for row in rows:
        day = _week(row["day"]) if weekly else row["day"]
        answered, attempts = counted.get(day, (0, 0))
        counted[day] = (answered + row["answered"], attempts + row["attempts"])
    ratios = {day: share for day, pair in counted.items() if (share := metrics.asr(*pair)) is not None}
    if not ratios:
        return _nothing(title, "There are no calls in this period.")
    answered, attempts = sum(each.k for each in ratios.values()), sum(each.n for each in ratios.values())
    overall = answered / attempts
    caption = (
        f"answered / attempts, with its Wilson 95 % interval; over the whole period {overall:.1%} of {attempts:,} "
        "attempts. Calls of unknown status are left out."
    )
    figure, (axes,) = _figure(title, caption)
    days = list(ratios)
    values = [each.value for each in ratios.values()]
    below = [each.value - each.low for each in ratios.values()]
    above = [each.high - each.value for each in ratios.values()]
    axes.axhline(overall, color=_ORANGE, linewidth=1.6, label=f"whole period: {overall:.1%}")
    axes.errorbar(
        _numbers(days), values, yerr=[below, above], fmt="o", color=_BLUE, ecolor=_SKY, elinewidth=2, markersize=4.5,
        label="ASR and 95 % interval",
    )  # fmt: skip
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_ylabel("answered / attempts")
    _day_axis(axes, days, weekly=weekly)
    _legend(axes, 2)
    return figure


def waits(frame: Any, *, threshold_s: int = metrics.SERVICE_LEVEL_S, up_to_s: int = 60) -> Figure:
    """Return how long callers waited, and the share of offered calls that were answered within each time."""
    title = "How long callers waited"
    rows = [row for row in _rows(waiting.distribution(frame)) if row["wait_s"] >= 0]
    curve = [row for row in _rows(waiting.service_level_curve(frame, up_to_s=up_to_s)) if row["level"] is not None]
    if not rows or not curve:
        return _nothing(title, "There are no incoming calls of known wait in this period.")
    width = max(1, up_to_s // 20)
    bins: dict[str, list[int]] = {"answered": [0] * 21, "rang out": [0] * 21}
    for row in rows:
        place = min(row["wait_s"] // width, 20)
        bins["answered"][place] += row["answered"]
        bins["rang out"][place] += row["rang_out"]
    caption = (
        f"Incoming calls. Service level: answered within T / offered (all of known status), band: Wilson 95 %. "
        f"The last bar holds all from {20 * width} s."
    )
    figure, (left, right) = _figure(title, caption, panels=2)
    _stack(left, [(place + 0.5) for place in range(21)], bins, (_GREEN, _ORANGE))
    left.set_xticks(range(0, 21, 4), [str(place * width) for place in range(0, 21, 4)])
    left.set_xlabel("seconds of waiting")
    _count_axis(left, "calls")
    _legend(left, 2)
    seconds = [row["threshold_s"] for row in curve]
    right.plot(seconds, [row["level"] for row in curve], color=_BLUE, linewidth=2)
    right.fill_between(
        seconds,
        [row["level_low"] for row in curve],
        [row["level_high"] for row in curve],
        color=_SKY,
        alpha=0.35,
        linewidth=0,
    )
    at = curve[min(threshold_s, up_to_s)]
    right.axvline(at["threshold_s"], color=_RED, linewidth=1.2, linestyle="--")
    right.annotate(
        f"{at['level']:.0%} within {at['threshold_s']} s", (at["threshold_s"], at["level"]), xytext=(8, -16),
        textcoords="offset points", color=_RED, fontsize=10, fontweight="bold",
    )  # fmt: skip
    right.set_ylim(0, 1.02)
    right.set_xlim(0, up_to_s)
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    right.set_xlabel("T, seconds")
    right.set_ylabel("service level")
    return figure


def traffic_by_hour(frame: Any) -> Figure:
    """Return the carried traffic of each hour of the day: its mean over the days, and the busiest such hour."""
    title = "Carried traffic by hour of the day"
    rows = _rows(traffic.carried(frame))
    if not rows:
        return _nothing(title, "There are no calls of known length in this period.")
    days = (rows[-1]["hour"].date() - rows[0]["hour"].date()).days + 1
    total, most = [0.0] * 24, [0.0] * 24
    for row in rows:
        hour = row["hour"].hour
        total[hour] += row["erlang"]
        most[hour] = max(most[hour], row["erlang"])
    caption = (
        f"erlang = seconds of occupation within the hour / 3600; mean over {days:,} days, those without calls too."
    )
    figure, (axes,) = _figure(title, caption)
    axes.bar(range(24), [each / days for each in total], width=0.8, color=_BLUE, label="mean")
    axes.plot(range(24), most, color=_ORANGE, marker="o", markersize=4, linewidth=1.4, label="busiest single hour")
    axes.set_xticks(range(24), [f"{hour:02}" for hour in range(24)])
    axes.set_xlim(-0.6, 23.6)
    axes.set_xlabel("local hour")
    axes.set_ylabel("erlang")
    axes.set_ylim(bottom=0)
    _legend(axes, 2)
    return figure


# --- by any key -----------------------------------------------------------------------------------

_MOST_BARS = 25


def _key_labels(values: Iterable[Any], key: str, *, mask: masking.Mask, names: Mapping[str, str]) -> dict[Any, str]:
    """Return a label for each value of a key: account titles, weekdays, masked numbers; trunks are the user's own."""
    listed = list(values)
    if key in {"trunk", "destination"}:
        return dict(_labels(listed, mask=mask if key == "destination" else False, absent="unknown"))
    if key == "account":
        return {value: inert.mathtext(names.get(value, str(value))) for value in listed}
    if key == "weekday":
        return {value: "unknown" if value is None else _WEEKDAYS[value - 1] for value in listed}
    if key == "week":
        return {value: "unknown" if value is None else f"{value:%Y-%m-%d}" for value in listed}
    return {value: "unknown" if value is None else inert.mathtext(str(value).replace("_", " ")) for value in listed}


def _across(title: str, caption: str, labels: Sequence[str]) -> tuple[Figure, Axes]:
    """Return a picture for horizontal bars, the first on top."""
    figure, (axes,) = _figure(title, caption, height=1.6 + 0.32 * max(2, len(labels)))
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.grid(axis="x", color=_FAINT, linewidth=0.8)
    return figure, axes


def cost_by(
    frame: Any,
    key: str,
    *,
    currency: str | None = None,
    mask: masking.Mask = True,
    names: Mapping[str, str] | None = None,
) -> Figure:
    """Return the cost of each value of a key of `reports.groups.KEYS`, the dearest first (times in their order).

    `names` are the titles of accounts by their keys. At most 25 bars are drawn; the caption tells how many there are.
    """
    title = f"Cost by {key.replace('_', ' ')}"
    own, unit = _one_currency(frame, currency)
    rows = [row for row in _rows(cost.totals(own, key)) if row["cost"] is not None]
    if unit is None or not rows:
        return _nothing(title, "There are no priced calls in this period.")
    if key not in {"weekday", "hour", "week"}:
        rows.sort(key=lambda row: -row["cost"])
    shown = rows[:_MOST_BARS]
    few = "" if len(shown) == len(rows) else f" The first {len(shown)} of {len(rows):,}."
    caption = f"Sum of the prices of the calls, {unit}, and its share of all cost.{few}"
    labels = _key_labels((row[key] for row in rows), key, mask=mask, names=names or {})
    figure, axes = _across(title, caption, [labels[row[key]] for row in shown])
    axes.barh(range(len(shown)), [float(row["cost"]) for row in shown], color=_BLUE, height=0.7)
    for place, row in enumerate(shown):
        share = "" if row["share"] is None else f"  ({row['share']:.1%})"
        axes.annotate(
            f"{_thousands(float(row['cost']))}{share}", (float(row["cost"]), place), xytext=(4, 0),
            textcoords="offset points", va="center", fontsize=8.5,
        )  # fmt: skip
    axes.margins(x=0.22, y=0.02)
    axes.set_xlabel(unit)
    axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
    return figure


def status_by(frame: Any, key: str, *, mask: masking.Mask = True, names: Mapping[str, str] | None = None) -> Figure:
    """Return how the calls of each value of a key of `reports.groups.KEYS` ended, the most calls first."""
    title = f"Calls by {key.replace('_', ' ')} and status"
    rows = _rows(status.counts(frame, key))
    if not rows:
        return _nothing(title, "There are no calls in this period.")
    rows.sort(key=lambda row: -row["calls"])
    shown = rows[:_MOST_BARS]
    few = "" if len(shown) == len(rows) else f" The first {len(shown)} of {len(rows):,}."
    labels = _key_labels((row[key] for row in rows), key, mask=mask, names=names or {})
    caption = f"By the status that the provider states; at the end, answered / attempts (ASR).{few}"
    figure, axes = _across(title, caption, [labels[row[key]] for row in shown])
    kinds = [kind for kind in _STATUS_COLOURS if any(row[kind.value] for row in shown)]
    left = [0.0] * len(shown)
    for kind in kinds:
        widths = [float(row[kind.value]) for row in shown]
        axes.barh(
            range(len(shown)), widths, left=left, height=0.7, color=_STATUS_COLOURS[kind], edgecolor="white",
            linewidth=0.4, label=kind.value.replace("_", " "),
        )  # fmt: skip
        left = [start + width for start, width in zip(left, widths, strict=True)]
    for place, row in enumerate(shown):
        share = "" if row["asr"] is None else f"{row['asr']:.0%}"
        axes.annotate(share, (left[place], place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5)
    axes.margins(x=0.1, y=0.02)
    axes.set_xlabel("calls")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
    _legend(axes, len(kinds))
    return figure


# --- what will be, and what was before ------------------------------------------------------------


def cost_forecast(
    frame: Any,
    now: datetime,
    begin: datetime,
    end: datetime,
    *,
    zone: tzinfo,
    currency: str | None = None,
    budget: Decimal | None = None,
) -> Figure:
    """Return what a period (`begin` to `end`, aware) has cost so far and will cost by its end, see `forecast.expected`.

    The frame needs the calls of the period and of the 28 whole days before `now`. `budget` is in the same currency.
    """
    title = "Cost so far, and to the end of the period"
    own, unit = _one_currency(frame, currency)
    if unit is None:
        return _nothing(title, "There are no priced calls to make a forecast from.")
    first, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    today = min(now.astimezone(zone).date(), last)
    [costs] = groups.costs_by_day(frames.read(own, *forecast.NEEDED)).values()
    spent, days, sums = Decimal(0), [first], [0.0]
    for offset in range((min(today, last - timedelta(days=1)) - first).days + 1):
        day = first + timedelta(days=offset)
        spent = exact.add(spent, costs[day].amount if day in costs else Decimal(0))
        days.append(day + timedelta(days=1))
        sums.append(float(spent))
    figure, (axes,) = _figure(title, _forecast_caption(unit, now, end))
    axes.plot(_numbers(days), sums, color=_BLUE, linewidth=2, label="spent", drawstyle="default")
    pace = metrics.pace(costs, now.astimezone(zone).date())
    if pace is not None and now < end and days[-1] <= last:
        ahead = [days[-1] + timedelta(days=n) for n in range((last - days[-1]).days + 1)]
        reached = [
            forecast.expected(
                pace, forecast.days_of_weekdays(max(now, begin), _midnight(day, zone), zone), Fraction(spent)
            )
            for day in ahead
        ]
        at = _numbers(ahead)
        axes.plot(at, [float(each.amount) for each in reached], color=_ORANGE, linewidth=2, label="expected")
        low, high = ([float(getattr(each, side)) for each in reached] for side in ("low", "high"))
        axes.fill_between(at, low, high, color=_ORANGE, alpha=0.25, linewidth=0, label="80 % interval")
    if budget is not None:
        axes.axhline(float(budget), color=_RED, linewidth=1.4, linestyle="--", label="budget")
    _day_axis(axes, [first, max(first + timedelta(days=1), last)], weekly=False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    axes.xaxis.set_major_formatter(FuncFormatter(_day_label))
    axes.set_ylim(bottom=0)
    _money_axis(axes, unit)
    _legend(axes, 4)
    return figure


def _forecast_caption(unit: str, now: datetime, end: datetime) -> str:
    if now >= end:
        return f"Sum of the prices of the calls, {unit}."
    return f"Sum of the prices of the calls, {unit}; from today on, the mean cost of each weekday in the last 28 days."


def _day_label(value: float, _: object = None) -> str:
    day = date(1970, 1, 1) + timedelta(days=round(value))
    return f"{day.day} {day:%b}"


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def past_forecasts(frame: Any, *, horizon: int = 7, until: date | None = None, currency: str | None = None) -> Figure:
    """Return past forecasts with their 80 % interval beside what was spent, see `reports.backtest`."""
    title = f"Forecasts of {horizon} days beside what was spent"
    own, unit = _one_currency(frame, currency)
    rows = [] if unit is None else _rows(backtest.past_forecasts(own, horizon=horizon, until=until))
    if unit is None or not rows:
        return _nothing(title, "There are too few days of priced calls to test a forecast.")
    inside = sum(row["inside"] for row in rows)
    caption = (
        f"Each made from the days before it alone, {unit}. {inside} of {len(rows)} actual costs are within the 80 % "
        "interval."
    )
    figure, (axes,) = _figure(title, caption)
    days = [row["day"] for row in rows]
    middle = [float(row["expected"]) for row in rows]
    below, above = ([abs(float(row["expected"] - row[side])) for row in rows] for side in ("low", "high"))
    axes.errorbar(
        _numbers(days), middle, yerr=[below, above], fmt="o", color=_ORANGE, ecolor=_ORANGE, elinewidth=2, alpha=0.8,
        markersize=4.5, label="forecast and 80 % interval",
    )  # fmt: skip
    axes.plot(_numbers(days), [float(row["actual"]) for row in rows], "D", color=_BLUE, markersize=4.5, label="actual")
    axes.set_ylim(bottom=0)
    _money_axis(axes, unit)
    _day_axis(axes, days, weekly=False)
    axes.set_xlabel("first local day of the forecast")
    _legend(axes, 2)
    return figure


_MEASURES = {"calls": "calls", "answered": "answered", "missed": "missed", "talk_s": "talk time", "cost": "cost"}


def periods_beside(frame: Any, before: str, after: str) -> Figure:
    """Return the change of each measure between two periods in percent, a row of `reports.compare.periods` each."""
    title = f"{after} beside {before}"
    rows = [row for row in _rows(frame) if row["ratio"] is not None]
    if not rows:
        return _nothing(title, "The two periods have no complete day of the same weekday with calls.")
    labels = [
        _MEASURES[row["measure"]] + (f", {inert.mathtext(row['currency'])}" if row["currency"] else "") for row in rows
    ]
    caption = "Change of the mean per day, of complete days and equal weekdays."
    figure, axes = _across(title, caption, labels)
    changes = [row["ratio"] - 1 for row in rows]
    axes.barh(range(len(rows)), changes, height=0.6, color=[_BLUE if change >= 0 else _SKY for change in changes])
    axes.axvline(0, color=_GREY, linewidth=1)
    for place, (row, change) in enumerate(zip(rows, changes, strict=True)):
        text = (
            f"{change:+.0%}  ({_thousands(float(row['per_day_before']))} to {_thousands(float(row['per_day_after']))})"
        )
        side = 4 if change >= 0 else -4
        axes.annotate(
            text, (change, place), xytext=(side, 0), textcoords="offset points", va="center",
            ha="left" if change >= 0 else "right", fontsize=8.5,
        )  # fmt: skip
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.margins(x=0.45, y=0.05)
    return figure


# --- credit and lines -----------------------------------------------------------------------------


def credit_over_time(readings: Any, *, currency: str | None = None, names: Mapping[str, str] | None = None) -> Figure:
    """Return the credit of each trunk at its readings: `account`, `trunk`, `at`, `credit` and `currency`."""
    return _over_time(readings, "credit", ("Credit", "Each reading of the archive"), currency, names or {})


def unexplained_credit(identity: Any, *, currency: str | None = None, names: Mapping[str, str] | None = None) -> Figure:
    """Return what calls and top-ups leave unexplained of a credit, summed up, see `reports.balance.identity`."""
    title, what = "Credit that calls and top-ups don't explain", "Sum of the residuals since the first reading"
    return _over_time(identity, "residual_sum", (title, what), currency, names or {})


def _over_time(
    frame: Any, column: str, texts: tuple[str, str], currency: str | None, names: Mapping[str, str]
) -> Figure:
    """Return a column of money over time, a line for each trunk; `texts` are the title and what it is."""
    title, what = texts
    rows = [row for row in _rows(frame) if currency in {None, row["currency"]}]
    units = sorted({row["currency"] for row in rows})
    if len(units) > 1:
        msg = f"the credits are in {', '.join(units)}: say which one to draw, they can't share an axis"
        raise DataError(msg, field="currency")
    if not rows:
        return _nothing(title, "There are no readings of the credit in this period.")
    unit = inert.mathtext(units[0])
    figure, (axes,) = _figure(title, f"{what}, {unit}; times are UTC.")
    lines: defaultdict[tuple[str, str | None], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        lines[row["account"], row["trunk"]].append(row)
    for (account, trunk), own in list(lines.items())[: len(_SERIES)]:
        colour = _SERIES[len(axes.get_lines()) % len(_SERIES)]
        label = inert.mathtext(inert.one_line(f"{names.get(account, account)} {trunk or ''}".strip(), _LONGEST_NAME))
        axes.plot(
            [row["at"] for row in own], [float(row[column]) for row in own], color=colour, drawstyle="steps-post",
            marker="o", markersize=3, linewidth=1.6, label=label,
        )  # fmt: skip
    axes.axhline(0, color=_GREY, linewidth=1)
    locator = AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    _money_axis(axes, unit)
    _legend(axes, 3)
    return figure


def lines_needed(
    frame: Any, *, by: str | None = None, blocking: float = 0.01, names: Mapping[str, str] | None = None
) -> Figure:
    """Return the share of calls that each number of lines would lose in the busy hour, see `reports.lines`."""
    title = "Lines and calls that find them busy"
    rows = _rows(frame)
    if not rows:
        return _nothing(title, "There are no calls of known length in this period.")
    offered = sum(each["offered"] for each in {row[by] if by else None: row for row in rows}.values())
    caption = (
        f"Erlang B in the busy hour: {offered:.3g} erlang offered. Dashed: the target of {blocking:.3g} of the calls."
    )
    figure, (axes,) = _figure(title, caption)
    groups_of: defaultdict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups_of[row[by] if by else None].append(row)
    for (group, own), colour in zip(list(groups_of.items())[: len(_SERIES)], _SERIES, strict=False):
        label = inert.mathtext(inert.one_line((names or {}).get(group, str(group)))) if by else "lost calls"
        axes.plot([row["lines"] for row in own], [row["blocked"] for row in own], marker="o", color=colour, label=label)
        for row in own:
            if row["needed"] or row["present"]:
                kind = " and ".join(name for name in ("needed", "present") if row[name])
                axes.annotate(
                    f"{row['lines']} {kind}", (row["lines"], row["blocked"]), xytext=(5, 8),
                    textcoords="offset points", fontsize=9, color=colour,
                )  # fmt: skip
    axes.axhline(blocking, color=_RED, linewidth=1.2, linestyle="--")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("lines")
    axes.set_ylabel("share of calls")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    _legend(axes, 4)
    return figure
