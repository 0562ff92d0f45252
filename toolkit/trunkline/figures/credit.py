"""The credit of trunks: its readings, and what explains its changes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pyarrow as pa

from trunkline.reports import balance as reports
from trunkline.reports.columns import DIGITS, array
from trunkline.reports.frames import as_kind_of

from . import definitions, drawing, history
from .building import build

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.archive import Archive, CreditReading, TopUp

    from .chosen import Selection as Calls
    from .figure import Figure

_TEXT, _UTC = pa.string(), pa.timestamp("us", "UTC")


def credit(calls: Calls) -> Figure:
    """Return the archived readings of the credit of each trunk."""
    with history.opened(calls, "the credit") as archive:
        readings = _readings(calls, archive)
    frame = _frame(calls, [_reading(each) for each in readings], "credit", {"expires_at": _UTC})
    unit = ", ".join(sorted({each.credit.currency for each in readings})) or "no readings"
    draw = partial(drawing.credit, frame, names=calls.names, zone=history.clock(calls).key, jalali=calls.jalali)
    return build(calls, "Credit", frame, definitions.CREDIT, unit, draw=draw)


def balance(calls: Calls) -> Figure:
    """Return what the changes of the credit are made of: top-ups, the cost of calls, and what neither explains."""
    with history.opened(calls, "the credit") as archive:
        readings = _readings(calls, archive)
        top_ups = [each for account in calls.accounts for each in archive.top_ups(account.account)]
    # A reading is explained by calls that ended since the one before, which may have begun before the period.
    paid = history.around(
        calls, min((each.at for each in readings), default=None), max((each.at for each in readings), default=None)
    )
    found = reports.identity(
        paid.frame,
        _frame(calls, [_reading(each) for each in readings], "credit", {"expires_at": _UTC}),
        top_ups=_frame(calls, [_top_up(each) for each in top_ups], "amount", {}),
    )
    unit = ", ".join(sorted({each.credit.currency for each in readings})) or "no readings"
    columns = (
        "account", "trunk", "at", "credit_before", "credit", "change", "top_ups", "calls", "unpriced", "cost",
        "residual", "residual_sum", "currency",
    )  # fmt: skip
    unpriced = sum(int(value) for value in nw.from_native(found).lazy().collect()["unpriced"].to_list())
    draw = partial(drawing.residuals, found, names=calls.names, zone=history.clock(calls).key, jalali=calls.jalali)
    return build(
        calls, "Balance of the credit", found, definitions.BALANCE, unit, left_out={"without a price": unpriced},
        columns=columns, draw=draw, n=len(paid),
    )  # fmt: skip


def _readings(calls: Calls, archive: Archive) -> list[CreditReading]:
    """Return the readings of the period, and the last one of each trunk before it, oldest first."""
    found: list[CreditReading] = []
    for account in calls.accounts:
        since, until = history.instants(calls, account)
        before: dict[str, CreditReading] = {}
        for each in archive.credits(account.account):
            if since is not None and each.at < since:
                before[each.trunk] = each
            elif until is None or each.at < until:
                found.append(each)
        found += before.values()
    chosen = history.values_of(calls, "trunk")
    return sorted(
        (each for each in found if chosen is None or each.trunk in chosen),
        key=lambda each: (each.account, each.trunk, each.at),
    )


def _reading(each: CreditReading) -> tuple[Any, ...]:
    return each.account, each.trunk, each.at, each.credit.currency, each.credit.amount, each.expires_at


def _top_up(each: TopUp) -> tuple[Any, ...]:
    return each.account, each.trunk, each.at, each.amount.currency, each.amount.amount


def _frame(calls: Calls, rows: Iterable[tuple[Any, ...]], amount: str, also: dict[str, pa.DataType]) -> Any:
    """Return amounts of trunks as a frame of the kind of the calls."""
    listed = list(rows)
    digits = max((-int(row[4].as_tuple().exponent) for row in listed), default=0)
    schema = {
        "account": _TEXT,
        "trunk": _TEXT,
        "at": _UTC,
        "currency": _TEXT,
        amount: pa.decimal128(DIGITS, max(digits, 0)),
    }
    schema |= also
    columns = {
        name: array(name, [row[place] for row in listed], dtype) for place, (name, dtype) in enumerate(schema.items())
    }
    return as_kind_of(calls.frame, pa.table(columns))
