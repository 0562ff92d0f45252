"""The dearest groups of calls, what the others cost together, and the total, each in its own row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from trunkline.errors import DataError

from .cost_rows import NEEDED, rows_of, schema_of
from .frames import read
from .groups import Cost, columns, costs, in_order, keys, plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from .groups import Group

GROUP, OTHER, TOTAL = "group", "other", "total"
"""What a row of `dearest` is about."""


def dearest[F](frame: F, by: str | Iterable[str], *, top: int | None = None) -> F:
    """Return what the calls cost by group, the dearest first in each currency, then the rest and the total.

    The columns are those of `cost.totals`, after `row`: `group`, `other` (the groups after the `top` dearest together;
    missing if there are none) or `total` (of the currency). The keys of the last two are empty. `share` is that of all
    cost in the currency. Raises `DataError` for a `top` below 1.
    """
    if top is not None and top < 1:
        msg = f"top={top} shows nothing: it has to be at least 1"
        raise DataError(msg, field="top")
    chosen = keys(by)
    calls = read(frame, *NEEDED, *columns(chosen))
    found = costs(calls, chosen)
    empty = (None,) * len(chosen)
    by_currency: dict[str | None, list[Group]] = {}
    for group in found:
        by_currency.setdefault(group[-1], []).append(group)
    rows: list[tuple[Any, ...]] = []
    for currency in sorted(by_currency, key=lambda name: (name is None, name or "")):
        ranked = sorted(by_currency[currency], key=lambda group: (-(found[group].cost or 0), in_order(group)))
        last = (*empty, currency)
        total = {last: _together([found[group] for group in ranked])}
        whole = total[last].cost
        rows += [(GROUP, *row) for row in rows_of(found, ranked[:top], whole=whole)]
        if top is not None and ranked[top:]:
            others = {last: _together([found[group] for group in ranked[top:]])}
            rows += [(OTHER, *row) for row in rows_of(others, [last], whole=whole)]
        rows += [(TOTAL, *row) for row in rows_of(total, [last], whole=whole)]
    return cast("F", calls.emit({"row": pa.string()} | schema_of(calls, chosen), rows))


def _together(parts: Sequence[Cost]) -> Cost:
    return Cost(
        calls=sum(part.calls for part in parts),
        priced=sum(part.priced for part in parts),
        answered=sum(part.answered for part in parts),
        talk_s=sum(part.talk_s for part in parts),
        impossible=sum(part.impossible for part in parts),
        cost=_sum(part.cost for part in parts),
        cost_answered=_sum(part.cost_answered for part in parts),
        cost_unanswered=_sum(part.cost_unanswered for part in parts),
        cost_talked=_sum(part.cost_talked for part in parts),
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total: Decimal | None = None
    for amount in amounts:
        total = total if amount is None else plus(total, amount)
    return total
