"""Plots of how long callers waited, and of how busy the lines were."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from trunkline import metrics
from trunkline.reports import traffic, waiting

from .canvas import (
    Amounts,
    count_axis,
    describe,
    filled,
    hours_axis,
    legend,
    nothing,
    percent_axis,
    picture,
    rows_of,
    stack,
)
from .look import look
from .palette import TEXT_SIZE, with_settings

if TYPE_CHECKING:
    from .look import Look
    from .picture import Picture

_BINS = 20
# Below this level, text stands above the line; beyond this part of the axis, to the left of it.
_LOW, _FAR = 0.15, 0.6
_MOST_WAITS = "Most waits, {calls}, were of {start} to {end} s."


@with_settings
def waits(
    frame: Any,
    *,
    threshold_s: float = metrics.SERVICE_LEVEL_S,
    up_to_s: int = 60,
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return how long callers waited, and the share of offered calls that were answered within each time.

    The times reach to `up_to_s` seconds, or to `threshold_s` if that is more.
    """
    seen = look(style, language, jalali=jalali)
    title = seen.say("How long callers waited")
    rows = [row for row in rows_of(waiting.distribution(frame)) if row["wait_s"] >= 0]
    up_to_s = max(up_to_s, ceil(threshold_s))
    curve = [row for row in rows_of(waiting.service_level_curve(frame, up_to_s=up_to_s)) if row["level"] is not None]
    levels = rows_of(waiting.service_level(frame, threshold_s=threshold_s))
    at = next((row for row in levels if row["denominator"] == metrics.Denominator.OFFERED), None)
    if not rows or not curve or at is None:
        return nothing(seen, title, seen.say("There are no incoming calls of known wait in this period."))
    width = max(1, up_to_s // _BINS)
    bins: dict[str, list[float]] = {"answered": [0.0] * (_BINS + 1), "rang out": [0.0] * (_BINS + 1)}
    for row in rows:
        place = min(row["wait_s"] // width, _BINS)
        bins["answered"][place] += row["answered"]
        bins["rang out"][place] += row["rang_out"]
    caption = seen.say(
        "Incoming calls. Service level: answered within T / offered (all of known status), band: Wilson 95 %. "
        "The last bar holds all from {end} s.",
        end=seen.plain(_BINS * width),
    )
    made, (left, right) = picture(seen, title, caption, panels=2)
    blue, orange, green, *_ = seen.palette.series
    series = {seen.say(name): counts for name, counts in bins.items()}
    stack(left, [place + 0.5 for place in range(_BINS + 1)], series, (green, orange))
    left.set_xticks(range(0, _BINS + 1, 4), [seen.plain(place * width) for place in range(0, _BINS + 1, 4)])
    left.set_xlabel(seen.say("seconds of waiting"))
    count_axis(left, seen, seen.say("calls"))
    legend(left, seen)
    seconds = [row["threshold_s"] for row in curve]
    low, high = ([row[end] for row in curve] for end in ("level_low", "level_high"))
    right.fill_between(seconds, low, high, color=seen.palette.band, linewidth=0)
    right.plot(seconds, [row["level"] for row in curve], color=blue.colour, linewidth=2)
    right.axvline(at["threshold_s"], color=seen.palette.muted, linewidth=1.2, linestyle="--")
    seconds_marked = _seconds(seen, at["threshold_s"])
    far, deep = at["threshold_s"] > _FAR * up_to_s, at["level"] < _LOW
    right.annotate(
        seen.say("{share} within {seconds} s", share=seen.share(at["level"]), seconds=seconds_marked),
        (at["threshold_s"], at["level"]), xytext=(-8 if far else 8, 14 if deep else -16),
        textcoords="offset points", ha="right" if far else "left", color=seen.palette.ink, fontsize=TEXT_SIZE,
        fontweight="bold", bbox={"facecolor": seen.palette.surface, "edgecolor": "none", "alpha": 0.85, "pad": 1.5},
    )  # fmt: skip
    right.set_xlim(0, up_to_s)
    right.xaxis.set_major_formatter(Amounts(seen))
    right.set_xlabel(seen.say("T, seconds"))
    percent_axis(right, seen, seen.say("service level"))
    _describe_waits(made, bins, width, at)
    return made


def _seconds(seen: Look, threshold: float) -> str:
    """Return a threshold, which need not be whole seconds."""
    return seen.plain(int(threshold)) if float(threshold).is_integer() else seen.number(threshold, 1)


def _describe_waits(made: Picture, bins: dict[str, list[float]], width: int, at: dict[str, Any]) -> None:
    seen = made.look
    together = [sum(counts) for counts in zip(*bins.values(), strict=True)]
    place = max(range(len(together)), key=together.__getitem__)
    text = "Most waits, {calls}, were of {start} s or more." if place == _BINS else _MOST_WAITS
    describe(
        made,
        seen.say(
            "{share} of {offered} offered calls were answered within {seconds} s.",
            share=seen.share(at["level"]),
            offered=seen.number(at["n"]),
            seconds=_seconds(seen, at["threshold_s"]),
        ),
        seen.say(
            text,
            calls=seen.number(together[place]),
            start=seen.plain(place * width),
            end=seen.plain((place + 1) * width - 1),
        ),
    )


@with_settings
def traffic_by_hour(frame: Any, *, jalali: bool = False, style: str = "light", language: str = "en") -> Picture:
    """Return the carried traffic of each hour of the day: its mean over the days, and the busiest such hour."""
    seen = look(style, language, jalali=jalali)
    title = seen.say("Carried traffic by hour of the day")
    rows = rows_of(traffic.carried(frame))
    if not rows:
        return nothing(seen, title, seen.say("There are no calls of known length in this period."))
    first, last = rows[0]["hour"], rows[-1]["hour"]
    days = (last.date() - first.date()).days + 1
    total, most = [0.0] * 24, [0.0] * 24
    # The hours of the first and the last day without a call count, and those that the clock repeats or skips as often
    # as they were.
    times = [int(hour < first.hour) + int(hour > last.hour) for hour in range(24)]
    for row in rows:
        hour = row["hour"].hour
        times[hour] += 1
        total[hour] += row["erlang"]
        most[hour] = max(most[hour], row["erlang"])
    mean = [each / number if number else 0.0 for each, number in zip(total, times, strict=True)]
    caption = seen.say(
        "Erlang = seconds of occupation within the hour / 3600. Mean over all days of the period: {days}.",
        days=seen.number(days),
    )
    made, (axes,) = picture(seen, title, caption)
    blue, orange, *_ = seen.palette.series
    solid = orange.edge if orange.hatch else orange.colour
    axes.bar(range(24), mean, width=0.8, label=seen.say("mean"), **filled(blue))
    axes.plot(
        range(24), most, color=solid, marker=orange.marker, markersize=4, linewidth=1.4, linestyle=orange.line,
        markerfacecolor=orange.colour, label=seen.say("busiest single hour"),
    )  # fmt: skip
    hours_axis(axes, seen)
    axes.set_xlim(-0.6, 23.6)
    axes.yaxis.set_major_formatter(Amounts(seen))
    axes.set_ylabel(seen.say("erlang"))
    axes.set_ylim(bottom=0)
    legend(axes, seen)
    # An hour that the clock skips on the only day is none of them.
    there = [hour for hour, number in enumerate(times) if number]
    busiest, idlest = max(there, key=mean.__getitem__), min(there, key=mean.__getitem__)
    describe(
        made,
        seen.say(
            "Mean traffic is highest at {hour}:00 ({most} erlang) and lowest at {low_hour}:00 ({least}). "
            "The busiest single hour carried {top} erlang.",
            hour=seen.plain(busiest, 2),
            most=seen.erlang(mean[busiest]),
            low_hour=seen.plain(idlest, 2),
            least=seen.erlang(mean[idlest]),
            top=seen.erlang(max(most)),
        ),
    )
    return made
