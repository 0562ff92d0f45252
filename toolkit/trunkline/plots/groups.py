"""Plots of the cost and the status of calls by any key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.reports import cost, masking, status
from trunkline.reports.groups import JALALI_MONTH, MONTH

from .canvas import (
    MOST_BARS,
    Amounts,
    across,
    beside,
    describe,
    extremes,
    filled,
    labels_of,
    legend,
    named,
    nothing,
    rows_of,
    whole,
)
from .look import look
from .money import money, one_currency
from .palette import with_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .look import Look
    from .picture import Picture

_IN_THEIR_ORDER = frozenset({"weekday", "hour", "week", "day", MONTH, JALALI_MONTH})
_WORDS = frozenset({"direction", "status"})
_WEEK = 7


@with_settings
def cost_by(
    frame: Any,
    key: str,
    *,
    currency: str | None = None,
    mask: masking.Mask = True,
    names: Mapping[str, str] | None = None,
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return the cost of each value of a key of `reports.groups.KEYS`, the most expensive first (times in their order).

    `names` are the titles of accounts by their keys. At most 25 bars are drawn; the caption tells how many there are.
    """
    seen = look(style, language, jalali=_is_jalali(key, jalali=jalali))
    title = seen.say("Cost by {key}", key=_key_word(seen, key))
    own, code = one_currency(frame, currency)
    rows = [row for row in rows_of(cost.totals(own, key)) if row["cost"] is not None]
    if code is None or not rows:
        return nothing(seen, title, seen.say("There are no priced calls in this period."))
    rows = _ordered(seen, rows, key, "cost")
    shown = rows[:MOST_BARS]
    unit = money(seen, code, [row["cost"] for row in rows])
    caption = seen.say("Sum of the prices of the calls, {unit}, and its share of all cost.", unit=unit.unit)
    labels = _key_labels(seen, (row[key] for row in rows), key, mask=_mask_of(mask, frame, key), names=names or {})
    made, axes = across(seen, title, caption + _few(seen, shown, rows), [labels[row[key]] for row in shown])
    axes.barh(range(len(shown)), [float(row["cost"]) for row in shown], height=0.7, **filled(seen.palette.series[0]))
    for place, row in enumerate(shown):
        text = unit.text(row["cost"])
        if row["share"] is not None:
            text = seen.say("{amount}  ({share})", amount=text, share=seen.share(row["share"], 1))
        beside(axes, seen, (max(float(row["cost"]), 0.0), place), text)
    axes.margins(x=0.22)
    unit.axis(axes.xaxis, axes)
    describe(
        made,
        seen.say("In total {total}.", total=unit.whole(sum(row["cost"] for row in rows))),
        extremes(seen, ((labels[row[key]], row["cost"]) for row in rows), unit.whole),
    )
    return made


@with_settings
def status_by(
    frame: Any,
    key: str,
    *,
    mask: masking.Mask = True,
    names: Mapping[str, str] | None = None,
    jalali: bool = False,
    style: str = "light",
    language: str = "en",
) -> Picture:
    """Return how the calls of each value of a key of `reports.groups.KEYS` ended.

    The most calls first (times in their order).
    """
    seen = look(style, language, jalali=_is_jalali(key, jalali=jalali))
    title = seen.say("Calls by {key} and status", key=_key_word(seen, key))
    rows = rows_of(status.counts(frame, key))
    if not rows:
        return nothing(seen, title, seen.say("There are no calls in this period."))
    rows = _ordered(seen, rows, key, "calls")
    shown = rows[:MOST_BARS]
    labels = _key_labels(seen, (row[key] for row in rows), key, mask=_mask_of(mask, frame, key), names=names or {})
    caption = seen.say("By the status that the provider states; at the end, answered / attempts (ASR).")
    made, axes = across(seen, title, caption + _few(seen, shown, rows), [labels[row[key]] for row in shown])
    statuses = seen.palette.statuses
    left = [0.0] * len(shown)
    for kind in (kind for kind in statuses if any(row[kind.value] for row in shown)):
        widths = [float(row[kind.value]) for row in shown]
        axes.barh(
            range(len(shown)), widths, left=left, height=0.7, label=seen.say(kind.value.replace("_", " ")),
            **filled(statuses[kind]),
        )  # fmt: skip
        left = [start + width for start, width in zip(left, widths, strict=True)]
    for place, row in enumerate(shown):
        beside(axes, seen, (left[place], place), "" if row["asr"] is None else seen.share(row["asr"]))
    axes.margins(x=0.1)
    axes.set_xlabel(seen.say("calls"))
    axes.xaxis.set_major_locator(whole())
    axes.xaxis.set_major_formatter(Amounts(seen))
    legend(axes, seen)
    describe(
        made,
        seen.say("In total {total}.", total=seen.number(sum(row["calls"] for row in rows))),
        extremes(seen, ((labels[row[key]], row["calls"]) for row in rows), seen.number),
    )
    return made


def _is_jalali(key: str, *, jalali: bool) -> bool:
    """Return the calendar of the days: months are of that of their key."""
    return key == JALALI_MONTH or (jalali and key != MONTH)


def _key_word(seen: Look, key: str) -> str:
    return seen.say("month" if key == JALALI_MONTH else key.replace("_", " "))


def _ordered(seen: Look, rows: list[dict[str, Any]], key: str, by: str) -> list[dict[str, Any]]:
    if key == "weekday":
        return sorted(rows, key=lambda row: -1 if row[key] is None else (row[key] - 1 - seen.first_weekday) % _WEEK)
    return rows if key in _IN_THEIR_ORDER else sorted(rows, key=lambda row: -row[by])


def _few(seen: Look, shown: list[Any], rows: list[Any]) -> str:
    """Return what a caption says where not all rows are drawn."""
    if len(shown) == len(rows):
        return ""
    return " " + seen.say("The first {shown} of {all}.", shown=seen.number(len(shown)), all=seen.number(len(rows)))


def _mask_of(mask: masking.Mask, frame: Any, key: str) -> masking.Mask:
    return masking.of_calls(mask, frame) if key == "destination" else False


def _key_labels(
    seen: Look, values: Iterable[Any], key: str, *, mask: masking.Mask, names: Mapping[str, str]
) -> dict[Any, str]:
    """Return a label for each value of a key: account titles, weekdays, masked numbers; trunks are the user's own."""
    listed = list(values)
    unknown = seen.say("unknown")
    if key in {"trunk", "destination"}:
        return dict(labels_of(listed, mask=mask, absent=unknown))
    return {value: unknown if value is None else _key_label(seen, value, key, names) for value in listed}


def _key_label(seen: Look, value: Any, key: str, names: Mapping[str, str]) -> str:
    match key:
        case "account":
            return named(names.get(value, str(value)))
        case "weekday":
            return seen.weekday(value - 1)
        case "day" | "week":
            return seen.day(value)
        case "hour":
            return seen.plain(value, 2)
        case "month" | "jalali_month":
            return f"{seen.month(int(value[5:]))} {seen.plain(int(value[:4]))}"
    if key in _WORDS:
        return seen.say(str(value).replace("_", " "))
    return named(str(value))
