"""How busy the lines were, and how many are needed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trunkline.errors import DataError
from trunkline.reports import lines as reports_lines
from trunkline.reports import traffic as reports

from . import definitions, drawing
from .building import build, title_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.model import Money

    from .chosen import Selection as Calls
    from .figure import Figure


def traffic(calls: Calls) -> Figure:
    """Return the carried traffic of each hour in erlang."""
    draw = partial(drawing.traffic, calls.frame, jalali=calls.jalali)
    frame, left_out = reports.carried(calls.coded), _left_out(calls)
    return build(calls, "Traffic", frame, definitions.CARRIED, "erlang", left_out=left_out, draw=draw)


def busy_hour(calls: Calls) -> Figure:
    """Return the busiest hour, by three definitions."""
    frame, left_out = reports.busy_hour(calls.coded), _left_out(calls)
    return build(calls, "Busy hour", frame, definitions.BUSY_HOUR, "erlang", left_out=left_out)


def peak(calls: Calls, by: str | None) -> Figure:
    """Return the most calls at the same time."""
    title = title_of("Peak", () if by is None else (by,))
    frame, left_out = reports.peak_concurrency(calls.coded, by), _left_out(calls)
    return build(calls, title, frame, definitions.PEAK, "calls at once", left_out=left_out)


def lines(
    calls: Calls, blocking: float, line_cost: Money | None, present: int | Mapping[str, int] | None, by: str | None
) -> Figure:
    """Return how many lines are needed, see `Calls.lines`."""
    if isinstance(line_cost, int | float | str):
        msg = "the price of a line is an amount with its currency: trunkline.Money(Decimal('10'), 'EUR')"
        raise DataError(msg, field="line_cost")
    frame = reports_lines.lines(calls.coded, present, by=by, blocking=blocking, price=line_cost)
    title = title_of("Lines needed", () if by is None else (by,))
    columns = (*(() if by is None else (by,)), "lines", "needed", "present", "blocked", "waiting", "last_line")
    columns += ("offered", "carried", "peak", *(() if line_cost is None else ("currency", "monthly", "change")))
    draw = partial(drawing.lines, frame, by, blocking=blocking, names=calls.names)
    return build(calls, title, frame, definitions.LINES, "lines", left_out=_left_out(calls), columns=columns, draw=draw)


def _left_out(calls: Calls) -> dict[str, int]:
    """Return how many calls no figure of traffic can count, and why."""
    return {"of unknown start or length": reports.left_out(calls.coded)}
