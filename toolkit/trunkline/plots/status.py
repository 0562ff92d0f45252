"""Plots of how calls ended: by day, by weekday and hour, and the share that was answered."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from matplotlib.colors import BoundaryNorm, ListedColormap

from trunkline import metrics
from trunkline.reports import status

from . import days as of_days
from .canvas import (
    count_axis,
    describe,
    extremes,
    hours_axis,
    legend,
    nothing,
    percent_axis,
    picture,
    rows_of,
    stack,
)
from .look import look
from .palette import SMALL_SIZE, TEXT_SIZE, with_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from trunkline.model import Status

    from .picture import Picture

_WEEK = 7
_STEPS = 6
# Tenths of what a step of a scale may be, times a power of ten.
_SIZES = (10, 15, 20, 25, 30, 40, 50)
# The size of the numbers in a cell, by the most letters that one has; longer ones have no room.
_CELL_SIZES = {3: 8.0, 4: 8.0, 5: 7.5, 6: 6.0}


@with_settings
def status_by_day(frame: Any, *, jalali: bool = False, style: str = "light", language: str = "en") -> Picture:
    """Return how the calls of each local day (beyond three months: week) ended."""
    seen = look(style, language, jalali=jalali)
    rows = [row for row in rows_of(status.by_day(frame)) if row["day"] is not None]
    weekly = of_days.by_week([row["day"] for row in rows])
    title = seen.say(f"Calls per {'week' if weekly else 'day'} by status")
    if not rows:
        return nothing(seen, title, seen.say("There are no calls in this period."))
    statuses = seen.palette.statuses
    kinds = [kind for kind in statuses if any(row[kind.value] for row in rows)]
    heights: dict[Status, defaultdict[date, float]] = {kind: defaultdict(float) for kind in kinds}
    for row in rows:
        for kind in kinds:
            heights[kind][of_days.week(seen, row["day"]) if weekly else row["day"]] += row[kind.value]
    made, (axes,) = picture(seen, title, seen.say("All directions, by the status that the provider states."))
    days = sorted(heights[kinds[0]])
    names = {kind: seen.say(kind.value.replace("_", " ")) for kind in kinds}
    series = {names[kind]: [heights[kind][day] for day in days] for kind in kinds}
    stack(axes, of_days.numbers(days), series, [statuses[kind] for kind in kinds], width=6.0 if weekly else 0.86)
    count_axis(axes, seen, seen.say("calls"))
    of_days.axis(axes, seen, days, weekly=weekly)
    legend(axes, seen)
    sums = {name: sum(each) for name, each in series.items()}
    listed = seen.say(", ").join(
        seen.say("{label}: {value}", label=name, value=seen.number(count)) for name, count in sums.items()
    )
    of_day = [(seen.day(day), sum(heights[kind][day] for kind in kinds)) for day in days]
    describe(
        made,
        seen.say(
            "From {first} to {last}, in total {total}.",
            first=seen.day(days[0]),
            last=seen.day(days[-1]),
            total=seen.number(sum(sums.values())),
        ),
        f"{listed}.",
        extremes(seen, of_day, seen.number),
    )
    return made


@with_settings
def hours_of_the_week(
    frame: Any,
    *,
    value: str = "calls",
    first_weekday: int | None = None,
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return a heat map of the week: `value` (any count, such as `missed`) by local weekday and hour.

    `first_weekday` is the row on top, 1 for Monday to 7 for Sunday; by default Monday, and Saturday with `jalali`.
    """
    seen = look(style, language, jalali=jalali)
    what = seen.say(value.replace("_", " "))
    title = seen.say("{value} by weekday and hour", value=what)
    rows = rows_of(status.by_weekday_and_hour(frame))
    if not rows:
        return nothing(seen, title, seen.say("There are no calls in this period."))
    first = seen.first_weekday if first_weekday is None else first_weekday - 1
    order = [(first + offset) % _WEEK for offset in range(_WEEK)]
    counted = {(row["weekday"] - 1, row["hour"]): row[value] for row in rows}
    grid = [[counted[weekday, hour] for hour in range(24)] for weekday in order]
    caption = seen.say("Sum over the whole period, by the local time at which the call began.")
    made, (axes,) = picture(seen, title, caption, height=4.0)
    most = max(max(line) for line in grid)
    levels, end_of_scale = _levels(most)
    colours = _spread(seen.palette.heat, len(levels))
    scale = ListedColormap(list(colours))
    norm = BoundaryNorm([-0.5, *(level - 0.5 for level in levels), end_of_scale - 0.5], scale.N)
    mesh = axes.pcolormesh(grid, cmap=scale, norm=norm, edgecolor=seen.palette.surface, linewidth=0.8, antialiased=True)
    size = _CELL_SIZES.get(max(3, len(f"{most:,}")))
    for place, line in enumerate(grid):
        for hour, number in enumerate(line):
            if number and size:
                colour = seen.palette.on(colours[int(norm(number))])
                axes.text(
                    hour + 0.5, place + 0.5, seen.number(number), ha="center", va="center", fontsize=size, color=colour
                )
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.invert_yaxis()
    axes.set_yticks([place + 0.5 for place in range(_WEEK)], [seen.weekday(weekday) for weekday in order])
    hours_axis(axes, seen)
    axes.set_xticks([hour + 0.5 for hour in range(24)], [seen.plain(hour, 2) for hour in range(24)])
    axes.tick_params(length=0)
    starts = [0, *levels]
    ends = [start - 1 for start in (*levels, end_of_scale)]
    bar = made.colorbar(mesh, ax=axes, pad=0.01, spacing="uniform")
    bar.set_ticks(
        [(start + end) / 2 for start, end in zip(starts, ends, strict=True)],
        labels=[
            seen.number(start) if start == end else f"{seen.number(start)}\N{EN DASH}{seen.number(end)}"
            for start, end in zip(starts, ends, strict=True)
        ],
    )
    bar.minorticks_off()
    bar.set_label(what, color=seen.palette.ink, fontsize=TEXT_SIZE)
    bar.ax.tick_params(length=0, labelsize=SMALL_SIZE, labelcolor=seen.palette.ink)
    bar.outline.set_visible(False)
    bar.ax.set_facecolor(seen.palette.surface)
    described = [
        (f"{seen.weekday(weekday)} {seen.plain(hour, 2)}", counted[weekday, hour])
        for weekday in order
        for hour in range(24)
    ]
    describe(
        made,
        seen.say("In total {total}.", total=seen.number(sum(map(sum, grid)))),
        extremes(seen, described, seen.number),
    )
    return made


def _levels(most: int) -> tuple[list[int], int]:
    """Return where the steps of a scale from 1 to `most` begin, few and easy to read, and where the last one ends."""
    sizes = (size * 10**power // 10 for power in range(20) for size in _SIZES if size * 10**power % 10 == 0)
    step = next(size for size in sizes if size * _STEPS > most)
    return sorted({1, *range(step, most + 1, step)}), step * (max(most, 1) // step + 1)


def _spread(colours: Sequence[str], steps: int) -> list[str]:
    """Return the color of nothing, and those of so many steps, as far apart as they can be."""
    last = len(colours) - 1
    apart = (last - 1) / max(steps - 1, 1)
    return [colours[0], *(colours[last - round((steps - 1 - step) * apart)] for step in range(steps))]


@with_settings
def asr_over_days(frame: Any, *, jalali: bool = False, style: str = "light", language: str = "en") -> Picture:
    """Return the answer-seizure ratio with its 95 % interval by day, beyond three months by week."""
    seen = look(style, language, jalali=jalali)
    rows = [row for row in rows_of(status.by_day(frame)) if row["day"] is not None]
    weekly = of_days.by_week([row["day"] for row in rows])
    title = seen.say(f"Answer-seizure ratio by {'week' if weekly else 'day'}")
    counted: dict[date, tuple[int, int]] = {}
    for row in rows:
        day = of_days.week(seen, row["day"]) if weekly else row["day"]
        answered, attempts = counted.get(day, (0, 0))
        counted[day] = (answered + row["answered"], attempts + row["attempts"])
    ratios = {day: share for day, pair in counted.items() if (share := metrics.asr(*pair)) is not None}
    if not ratios:
        return nothing(seen, title, seen.say("There are no calls in this period."))
    answered, attempts = sum(each.k for each in ratios.values()), sum(each.n for each in ratios.values())
    overall = seen.share(answered / attempts, 1)
    caption = seen.say(
        "Answered / attempts, with its Wilson 95 % interval; over the whole period {share} of {attempts} attempts. "
        "Calls of unknown status are left out.",
        share=overall,
        attempts=seen.number(attempts),
    )
    made, (axes,) = picture(seen, title, caption)
    days = list(ratios)
    values = [each.value for each in ratios.values()]
    below = [each.value - each.low for each in ratios.values()]
    above = [each.high - each.value for each in ratios.values()]
    blue, orange, *_ = seen.palette.series
    solid = orange.colour if not orange.hatch else orange.edge
    axes.axhline(
        answered / attempts, color=solid, linewidth=1.6, linestyle=orange.line,
        label=seen.say("whole period: {share}", share=overall),
    )  # fmt: skip
    axes.errorbar(
        of_days.numbers(days), values, yerr=[below, above], fmt="o", color=blue.colour, ecolor=seen.palette.spine,
        elinewidth=1.4, markersize=4.5, label=seen.say("ASR and 95 % interval"),
    )  # fmt: skip
    percent_axis(axes, seen, seen.say("answered / attempts"))
    of_days.axis(axes, seen, days, weekly=weekly)
    legend(axes, seen)
    describe(
        made,
        seen.say(
            "From {first} to {last}, over the whole period {share}.",
            first=seen.day(days[0]),
            last=seen.day(days[-1]),
            share=overall,
        ),
        extremes(
            seen, ((seen.day(day), each.value) for day, each in ratios.items()), lambda share: seen.share(share, 1)
        ),
    )
    return made
