"""Plots of what calls cost: by day, by month, by the parts of the price, by destination."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import cycle
from typing import TYPE_CHECKING, Any

from trunkline.reports import cost, masking

from . import days as of_days
from .canvas import (
    above,
    across,
    beside,
    describe,
    extremes,
    filled,
    labels_of,
    legend,
    named,
    nothing,
    picture,
    rows_of,
    stack,
)
from .look import look
from .money import money, one_currency
from .palette import with_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from .look import Look
    from .palette import Mark
    from .picture import Picture

_FEW_MONTHS = 13
_MOST_NAMES = 12


@with_settings
def cost_by_day(
    frame: Any,
    *,
    currency: str | None = None,
    top: int = 5,
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return the cost of each local day by trunk; long periods by week.

    The `top` most expensive trunks stand apart, the rest in one.
    """
    seen = look(style, language, jalali=jalali)
    own, code = one_currency(frame, currency)
    rows = [row for row in rows_of(cost.by_day(own, "trunk")) if row["day"] is not None]
    weekly = of_days.by_week(sorted({row["day"] for row in rows}))
    title = seen.say(f"Cost per {'week' if weekly else 'day'} by trunk")
    if code is None or not rows:
        return nothing(seen, title, seen.say("There are no priced calls in this period."))
    total: defaultdict[str | None, Decimal] = defaultdict(Decimal)
    of_day: defaultdict[date, Decimal] = defaultdict(Decimal)
    for row in rows:
        row["day"] = of_days.week(seen, row["day"]) if weekly else row["day"]
        total[row["trunk"]] += row["cost"] or 0
        of_day[row["day"]] += row["cost"] or 0
    # The days of a trunk that costs nothing in all may have charges and refunds.
    costly = dict.fromkeys(row["trunk"] for row in rows if row["cost"])
    ranked = sorted(costly, key=lambda trunk: -total[trunk]) or list(total)[:1]
    labels = labels_of(ranked[:top], mask=False, absent=seen.say("no trunk"))
    days = sorted(of_day)
    unit = money(seen, code, of_day.values())
    others = seen.say("others")
    heights: dict[str, dict[date, float]] = {labels.get(trunk, others): dict.fromkeys(days, 0.0) for trunk in ranked}
    for row in rows:
        if row["trunk"] in ranked:
            heights[labels.get(row["trunk"], others)][row["day"]] += float(row["cost"] or 0)
    caption = seen.say(
        "Sum of the prices of the calls that began in the week, {unit}. Calls without a price are left out."
        if weekly
        else "Sum of the prices of the calls that began on the day, {unit}. Calls without a price are left out.",
        unit=unit.unit,
    )
    made, (axes,) = picture(seen, title, caption)
    series = {label: list(each.values()) for label, each in heights.items()}
    marks = [seen.palette.other if label == others else mark for label, mark in zip(series, _marks(seen), strict=False)]
    stack(axes, of_days.numbers(days), series, marks, width=6.0 if weekly else 0.86)
    unit.axis(axes.yaxis, axes)
    of_days.axis(axes, seen, days, weekly=weekly)
    legend(axes, seen)
    describe(
        made,
        seen.say(
            "From {first} to {last}, in total {total}.",
            first=seen.day(days[0]),
            last=seen.day(days[-1]),
            total=unit.whole(sum(of_day.values(), Decimal())),
        ),
        extremes(seen, ((seen.day(day), amount) for day, amount in sorted(of_day.items())), unit.whole),
    )
    return made


def _marks(seen: Look) -> Iterator[Mark]:
    """Return marks for any number of series; after the last one of the palette, they begin anew."""
    return cycle(seen.palette.series)


@with_settings
def cost_by_part(
    frame: Any, *, currency: str | None = None, jalali: bool = False, style: str = "light", language: str = "en"
) -> Picture:
    """Return how wait, talk and recording add up to the price, and what a package saved of it."""
    seen = look(style, language, jalali=jalali)
    title = seen.say("What the cost is made of")
    own, code = one_currency(frame, currency)
    row = next((each for each in rows_of(cost.parts(own)) if each["calls"]), None)
    if code is None or row is None:
        return nothing(seen, title, seen.say("No call has all the parts of its price."))
    caption = seen.say(
        "Calls whose price and parts are all known: {known} (not known: {rest}). "
        "Price = wait + talk + record - saved; what remains of a price is unexplained.",
        known=seen.number(row["calls"]),
        rest=seen.number(row["without_parts"]),
    )
    made, (axes,) = picture(seen, title, caption)
    blue, _, green, purple, sky, red, _ = seen.palette.series
    steps = [("wait", row["wait"], sky), ("talk", row["talk"], blue), ("record", row["record"], purple)]
    steps.append(("saved", -row["saved"], green))
    if row["unexplained"]:
        steps.append(("unexplained", row["residual"], red))
    unit = money(seen, code, [row["price"], *(amount for _, amount, _ in steps)])
    level = 0.0
    for place, (_, amount, mark) in enumerate(steps):
        axes.bar(place, float(amount), bottom=level, width=0.62, **filled(mark))
        axes.plot([place - 0.31, place + 1.31], [level + float(amount)] * 2, color=seen.palette.spine, linewidth=0.8)
        above(axes, seen, (place, max(level, level + float(amount))), unit.text(amount))
        level += float(amount)
    axes.bar(len(steps), float(row["price"]), width=0.62, **filled(seen.palette.total))
    above(axes, seen, (len(steps), float(row["price"])), unit.text(row["price"]))
    names = [seen.say(name) for name in (*(name for name, _, _ in steps), "price")]
    axes.set_xticks(range(len(steps) + 1), names)
    axes.margins(y=0.12)
    unit.axis(axes.yaxis, axes)
    values = zip(names, [*(amount for _, amount, _ in steps), row["price"]], strict=True)
    listed = seen.say(", ").join(
        seen.say("{label}: {value}", label=name, value=unit.whole(amount)) for name, amount in values
    )
    describe(made, f"{listed}.")
    return made


@with_settings
def cost_by_month(
    frame: Any, *, currency: str | None = None, jalali: bool = False, style: str = "light", language: str = "en"
) -> Picture:
    """Return the cost of each month of the Gregorian or the Jalali calendar, answered and unanswered calls apart."""
    seen = look(style, language, jalali=jalali)
    calendar = "Jalali" if jalali else "Gregorian"
    title = seen.say(f"Cost per month ({calendar})")
    own, code = one_currency(frame, currency)
    key = "jalali_month" if jalali else "month"
    rows = [row for row in rows_of(cost.by_month(own, jalali=jalali)) if row[key] is not None]
    if code is None or not rows:
        return nothing(seen, title, seen.say("There are no priced calls in this period."))
    totals = [row["cost"] or Decimal() for row in rows]
    unit = money(seen, code, totals)
    caption = seen.say(
        "Sum of the prices of the calls that began in the local month, {unit}. The first and last may be partial.",
        unit=unit.unit,
    )
    made, (axes,) = picture(seen, title, caption)
    places = range(len(rows))
    answered = [row["cost_answered"] or Decimal() for row in rows]
    unanswered = [row["cost_unanswered"] or Decimal() for row in rows]
    rest = [total - a - u for total, a, u in zip(totals, answered, unanswered, strict=True)]
    blue, orange, *_ = seen.palette.series
    parts = {
        "answered calls": (answered, blue),
        "unanswered calls": (unanswered, orange),
        "status unknown": (rest, seen.palette.other),
    }
    drawn = {name: part for name, part in parts.items() if any(part[0])} or {"answered calls": (answered, blue)}
    series = {seen.say(name): list(map(float, amounts)) for name, (amounts, _) in drawn.items()}
    stack(axes, places, series, [mark for _, mark in drawn.values()])
    few = len(rows) <= _FEW_MONTHS
    for place, total in zip(places, totals, strict=True):
        if few:
            above(axes, seen, (place, max(float(total), 0.0)), unit.text(total))
    step = 1 if few else -(-len(rows) // _MOST_NAMES)
    months = [(int(row[key][:4]), int(row[key][5:])) for row in rows]
    axes.set_xticks(list(places)[::step], of_days.month_labels(seen, months[::step]))
    axes.set_xlim(-0.6, max(len(rows) - 0.4, 3.4))
    highest, lowest = float(max(totals)), float(min(*totals, Decimal()))
    axes.set_ylim(1.12 * lowest, 1.12 * highest if highest > 0 else 1.0)
    unit.axis(axes.yaxis, axes)
    axes.set_xlabel(seen.say(f"local month, {calendar} calendar"))
    legend(axes, seen)
    named_months = [f"{seen.month(month)} {seen.plain(year)}" for year, month in months]
    describe(
        made,
        seen.say(
            "From {first} to {last}, in total {total}.",
            first=named_months[0],
            last=named_months[-1],
            total=unit.whole(sum(totals, Decimal())),
        ),
        extremes(seen, zip(named_months, totals, strict=True), unit.whole),
    )
    return made


@with_settings
def top_destinations(
    frame: Any,
    *,
    currency: str | None = None,
    prefix: int | None = None,
    top: int = 12,
    mask: masking.Mask = True,
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return the most expensive destinations of outgoing calls, by number or by its first `prefix` characters."""
    seen = look(style, language, jalali=jalali)
    title = (
        seen.say("Most expensive destinations (first {prefix} digits)", prefix=seen.plain(prefix))
        if prefix
        else seen.say("Most expensive destinations")
    )
    own, code = one_currency(frame, currency)
    rows = [row for row in rows_of(cost.by_destination(own, prefix=prefix, top=top)) if row["cost"]]
    if code is None or not rows:
        return nothing(seen, title, seen.say("There are no priced outgoing calls in this period."))
    hides = masking.of_calls(mask, frame) if prefix is None else False
    labels = labels_of((row["destination"] for row in rows), mask=hides, absent=seen.say("unknown"))
    if masking.shows_names(hides):
        labels |= {row["destination"]: _with_name(seen, labels[row["destination"]], row.get("name")) for row in rows}
    unit = money(seen, code, [row["cost"] for row in rows])
    caption = seen.say(
        "Sum of the prices of outgoing calls, {unit}, and its share of all outgoing cost.", unit=unit.unit
    )
    if hides:
        caption += " " + seen.say("Last digits hidden; the letters after them stand for the number.")
    made, axes = across(seen, title, caption, [labels[row["destination"]] for row in rows])
    axes.barh(range(len(rows)), [float(row["cost"]) for row in rows], height=0.7, **filled(seen.palette.series[0]))
    for place, row in enumerate(rows):
        text = seen.say(
            "{amount}  ({share}, {calls} call)" if row["calls"] == 1 else "{amount}  ({share}, {calls} calls)",
            amount=unit.text(row["cost"]),
            share=seen.share(row["share"], 1),
            calls=seen.number(row["calls"]),
        )
        beside(axes, seen, (max(float(row["cost"]), 0.0), place), text)
    axes.margins(x=0.22)
    unit.axis(axes.xaxis, axes)
    describe(made, extremes(seen, ((labels[row["destination"]], row["cost"]) for row in rows), unit.whole))
    return made


def _with_name(seen: Look, label: str, name: str | None) -> str:
    """Return a number after the name: both in one piece, whichever way they are written."""
    return (
        seen.say("{name}, {number}", name=f"\u2068{named(name)}\u2069", number=f"\u2066{label}\u2069")
        if name
        else label
    )
