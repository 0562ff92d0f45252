"""What calls cost."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw

from trunkline.errors import DataError
from trunkline.reports import cost as reports
from trunkline.reports import ranking

from . import definitions, drawing
from .building import build, keys_of, rows_of, title_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .chosen import Selection as Calls
    from .figure import Figure

_PARTS = ("wait", "talk", "record", "saved")


def cost(calls: Calls, by: str | Iterable[str], top: int | None) -> Figure:
    """Return what the calls cost, see `Calls.cost`."""
    keys = keys_of(calls, by)
    totals = rows_of(reports.totals(calls.coded))
    unit = ", ".join(str(row["currency"]) for row in totals if row["cost"] is not None) or "no prices"
    left_out = {"without a price": sum(row["unpriced"] for row in totals)}
    if keys == ("part",):
        frame, definition = reports.parts(calls.coded), definitions.PARTS
        left_out = {"without a price or its parts": sum(row["without_parts"] for row in rows_of(frame))}
    else:
        definition = definitions.COST
        if top is not None and (keys or top < 1):
            frame = ranking.dearest(calls.coded, keys, top=top)
        else:
            frame = reports.by_day(calls.coded) if keys == ("day",) else reports.totals(calls.coded, keys)
    draw = partial(drawing.cost, calls.frame, keys, mask=calls.masking, names=calls.names, jalali=calls.jalali)
    columns = () if keys == ("part",) else _columns(keys, priced=not any(left_out.values()))
    return build(calls, title_of("Cost", keys), frame, definition, unit, left_out=left_out, columns=columns, draw=draw)


def _columns(keys: tuple[str, ...], *, priced: bool) -> tuple[str, ...]:
    """Return the columns that a table of costs shows; its frame has more."""
    counts = ("calls",) if priced else ("calls", "unpriced")
    amounts = ("cost", "share", "talk_s", "per_answered_call", "per_minute")
    return ("row", *keys, "currency", *counts, *amounts)


def currencies(calls: Calls) -> tuple[str, ...]:
    """Return the currencies in which calls have a price, in order."""
    totals = rows_of(reports.totals(calls.coded))
    return tuple(sorted(str(row["currency"]) for row in totals if row["cost"] is not None))


def part(calls: Calls, name: str) -> Any:
    """Return the frame with a part of each price as the price."""
    if name not in _PARTS:
        msg = f"a price has no part {name!r}; possible are {', '.join(_PARTS)}"
        raise DataError(msg, field=name)
    frame = nw.from_native(calls.frame)
    if f"price_{name}" not in frame.collect_schema().names():
        msg = f"the calls have no column 'price_{name}'"
        raise DataError(msg, field=f"price_{name}")
    return frame.with_columns(nw.col(f"price_{name}").alias("price")).to_native()


def most_expensive(calls: Calls, top: int) -> Figure:
    """Return the most expensive calls of each currency."""
    frame = reports.most_expensive(calls.coded, top=top)
    left_out = {"without a price": sum(row["unpriced"] for row in rows_of(reports.totals(calls.coded)))}
    called = ("started_local", "direction", "status", "trunk", "destination", "name", "talk_s", "price", "currency")
    title, definition = "Most expensive calls", definitions.MOST_EXPENSIVE
    return build(calls, title, frame, definition, "price", left_out=left_out, columns=called)
