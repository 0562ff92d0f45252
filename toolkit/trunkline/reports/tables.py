"""Figures as tables to be read by people: thousands parted, ratios with their interval, phone numbers masked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from html import escape
from numbers import Integral
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from trunkline import inert

from . import amounts
from .masking import Mask, labels, shows_names

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

# Trunks are the user's own numbers.
_NUMBERS = ("source", "destination", "number")
_NAMES = ("name", "source_name", "destination_name")
_CLOCK_TIMES = ("talk_s", "acd_s", "other_talk_s", "after_s", "p50_after_s", "p90_after_s", "occupied_s")
_DAYS = ("day", "week")
_ACCOUNTS = ("account", "twin_account")
_CODES = (
    "status", "other_status", "direction", "denominator", "definition", "reached_by", "class", "kind", "method",
    "measure",
)  # fmt: skip
_SHARES = (
    "share", "change", "asr", "ner", "level", "abandonment", "reached_share", "first_share", "blocked", "waiting",
    "spent_share", "gone_share", "coverage", "wape", "mape",
)  # fmt: skip
_SMALL_SHARE, _SMALLEST_SHARE = 0.001, 0.00001
_SMALLEST = 0.001
_TITLES = {
    "asr": "ASR",
    "acd_s": "ACD",
    "ner": "NER",
    "unknown": "unknown status",
    "untimed": "talk unknown",
    "unwaited": "wait unknown",
    "jalali_month": "month (Jalali)",
    "month": "month (Gregorian)",
    "started_local": "started",
    "hour_utc": "hour",
}
_WEEKDAYS = {1: "Monday", 2: "Tuesday", 3: "Wednesday", 4: "Thursday", 5: "Friday", 6: "Saturday", 7: "Sunday"}
_IN_UTC = "_utc"
_ABSENT = "-"
_NO_ROWS = "No rows."
_IMPOSSIBLE = "impossible"
_NO_FORMULAS = "tex2jax_ignore mathjax_ignore"
_CELL = "padding:3px 10px;border-bottom:1px solid #ddd;"
_STYLES = {"td": _CELL + "white-space:nowrap;text-align:", "th": _CELL + "vertical-align:bottom;text-align:"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a notebook shows as HTML and a terminal as text."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: frozenset[int]

    def _repr_html_(self) -> str:
        def line(tag: str, cells: tuple[str, ...]) -> str:
            aligned = ("left" if place in self.words else "right" for place in range(len(cells)))
            inner = (
                f'<{tag} style="{_STYLES[tag]}{side}">{escape(cell)}</{tag}>'
                for side, cell in zip(aligned, cells, strict=True)
            )
            return f"<tr>{''.join(inner)}</tr>"

        caption = '<caption style="caption-side:top;text-align:left;font-weight:bold;padding:4px 10px">'
        body = "".join(line("td", row) for row in self.rows) or (
            f'<tr><td colspan="{len(self.heads)}" style="{_CELL}text-align:left">{_NO_ROWS}</td></tr>'
        )
        return (
            # A notebook would read formulas between dollar signs.
            f'<table class="{_NO_FORMULAS}" style="border-collapse:collapse;font-variant-numeric:tabular-nums">'
            f"{caption}{escape(self.caption)}</caption>"
            f"<thead>{line('th', self.heads)}</thead><tbody>{body}</tbody></table>"
        )

    def __str__(self) -> str:
        """Return the table as text in columns."""
        lines = (self.heads, *self.rows)
        widths = [max(inert.width(row[place]) for row in lines) for place in range(len(self.heads))]

        def padded(place: int, cell: str) -> str:
            space = " " * (widths[place] - inert.width(cell))
            return cell + space if place in self.words else space + cell

        text = ("  ".join(padded(place, cell) for place, cell in enumerate(row)).rstrip() for row in lines)
        caption = [self.caption] if self.caption else []
        return "\n".join((*caption, *text, *([] if self.rows else [_NO_ROWS])))


def table(
    frame: pd.DataFrame,
    *columns: str,
    caption: str = "",
    mask: Mask = True,
    names: Mapping[str, str] | None = None,
    zones: Mapping[str, str] | None = None,
    without: Collection[str] = (),
) -> Table:
    """Return a pandas figure as a table: all its columns, or these in this order, less `without`.

    A ratio is in percent with its 95 % interval in brackets. `names` are the accounts' titles. Numbers are masked, and
    the names of callers left out, unless `mask` says otherwise; trunks are the user's own and stay whole. A column of
    names, or of impossible values, is left out if there are none. What is unknown is a dash.

    Times are shown as the clock of the row's account had them: `zones` are the accounts' IANA zones by key, without
    which they are in UTC. Heads say which. A column whose name ends with `_utc` stays in UTC.
    """
    known = _clocks(frame, zones or {})
    clocks_of = {name: None if name.endswith(_IN_UTC) else known for name in frame.columns}
    absent = {name for name in _NAMES if name in frame.columns and (not shows_names(mask) or frame[name].isna().all())}
    absent |= {_IMPOSSIBLE} if _IMPOSSIBLE in frame.columns and not frame[_IMPOSSIBLE].any() else set()
    hidden = absent.union(without)
    chosen = [name for name in (columns or frame.columns) if name not in hidden and not _is_end(name, frame)]
    column_of = partial(_column, frame, mask=mask, names=names or {})
    cells = [[inert.one_line(cell) for cell in column_of(name, clocks=clocks_of[name])] for name in chosen]
    words = frozenset(place for place, name in enumerate(chosen) if _is_words(frame[name]))
    heads = tuple(f"{_title(name)}{_zone(frame[name], clocks_of[name])}" for name in chosen)
    return Table(caption, heads, tuple(zip(*cells, strict=True)), words)


def _is_end(name: str, frame: pd.DataFrame) -> bool:
    """Return whether the column is an end of an interval, which stands with its ratio."""
    return name.endswith(("_low", "_high")) and f"{name.rsplit('_', 1)[0]}_low" in frame.columns


def is_share(name: str) -> bool:
    """Return whether a column of a figure holds shares of 1, or the ends of their intervals."""
    return name in _SHARES or name.endswith(("_low", "_high"))


def _title(name: str) -> str:
    if name in _TITLES:
        return _TITLES[name]
    plain = re.sub(r"_s$", "" if name in _CLOCK_TIMES else " (s)", name)
    return plain.replace("_", " ")


def _clocks(frame: pd.DataFrame, zones: Mapping[str, str]) -> list[ZoneInfo] | None:
    """Return the clock of each row, None if they aren't known or a row has no account of its own."""
    if len(set(zones.values())) == 1:
        names = [*zones.values()][:1] * len(frame)
    elif zones and "account" in frame.columns:
        names = [zones.get(account, "") for account in frame["account"]]
    else:
        return None
    return [ZoneInfo(name) for name in names] if all(names) else None


def _zone(values: pd.Series[Any], clocks: Sequence[ZoneInfo] | None) -> str:
    """Return the zone of a column of aware times, which their cells don't say, in brackets."""
    own = {str(value.tzinfo) for value in values.dropna().head(1) if isinstance(value, datetime) and value.tzinfo}
    zones = {clock.key for clock in clocks} if own and clocks else own
    return f" ({zones.pop() if len(zones) == 1 else 'local time'})" if zones else ""


def _is_words(values: pd.Series[Any]) -> bool:
    if any(isinstance(value, Decimal) for value in values.dropna().head(1)):
        return False
    return values.name == "weekday" or not (
        pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values)
    )


def _column(
    frame: pd.DataFrame, name: str, *, mask: Mask, names: Mapping[str, str], clocks: Sequence[ZoneInfo] | None
) -> list[str]:
    cells = _values(frame, name)
    if clocks:
        cells = [_local(cell, clock) for cell, clock in zip(cells, clocks, strict=True)]
    if name in _NUMBERS or name == "trunk":
        known = labels(cells, mask=mask if name in _NUMBERS else False, absent=_ABSENT)
        return [known[value] for value in cells]
    if name in _SHARES:
        ends = [name.removesuffix("_share") + end for end in ("_low", "_high")]
        if all(end in frame.columns for end in ends):
            bounds = zip(frame[ends[0]], frame[ends[1]], strict=True)
            return [_interval(value, *pair) for value, pair in zip(cells, bounds, strict=True)]
    if any(isinstance(value, Decimal) for value in cells):
        beside = {each: _values(frame, each) for each in amounts.BESIDE if each in frame.columns}
        cells = amounts.column(name, beside | {name: cells})
    return [_ABSENT if value is None and name != "weekday" else _cell(name, value, names) for value in cells]


def _local(value: Any, clock: ZoneInfo) -> Any:
    return value.astimezone(clock) if isinstance(value, datetime) and value.tzinfo else value


def _values(frame: pd.DataFrame, name: str) -> list[Any]:
    return [None if pd.isna(value) else value for value in frame[name]]


def _cell(name: str, value: Any, names: Mapping[str, str]) -> str:
    if name in _ACCOUNTS:
        return names.get(value, value)
    if name == "weekday":
        return _WEEKDAYS.get(value, "all")
    if name in _CODES:
        return re.sub(r"_s$", " (s)", str(value)).replace("_", " ")
    if name in _DAYS:
        return f"{value:%Y-%m-%d}"
    if name in _SHARES and not isinstance(value, Decimal):
        return _share(name, value)
    if name == "ratio":
        return f"{value:.2f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in _CLOCK_TIMES:
        return _clock(value)
    if isinstance(value, float) and name != "probability" and 0 < value < _SMALLEST:
        return f"< {_SMALLEST}"
    return _plain(value)


def _share(name: str, value: float) -> str:
    if name == "change":
        return f"{value:+.1%}"
    if 0 < value < _SMALLEST_SHARE:
        return f"< {_SMALLEST_SHARE:.3%}"
    # A share that would look like nothing has two digits that count.
    return f"{100 * value:.2g}%" if 0 < value < _SMALL_SHARE else f"{value:.1%}"


def _interval(value: float | None, low: float, high: float) -> str:
    return _ABSENT if value is None else f"{value:.1%} ({100 * low:.0f} to {100 * high:.0f})"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.3g}" if abs(value) < 1 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, Integral) else str(value)
