"""The dearest groups of calls, what the others cost together, and the total, each in its own row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from trunkline.errors import DataError

from .cost_rows import NEEDED, rows_of, schema_of
from .frames import read
from .groups import columns, costs_by, keys

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    found = costs_by(calls, chosen)
    totals = found.totals()
    first = found.dearest(top)
    shown = found.of(first)
    empty = (None,) * len(chosen)
    rest = np.ones(found.groups.size, bool)
    rest[first] = False
    others, whole = found.together(rest), found.together(np.ones_like(rest))
    rows: list[tuple[Any, ...]] = []
    for currency, total in whole.items():
        last = (*empty, currency)
        own = [group for group in shown if group[-1] == currency]
        rows += [(GROUP, *row) for row in rows_of(shown, own, totals)]
        if currency in others:
            rows += [(OTHER, *row) for row in rows_of({last: others[currency]}, [last], totals)]
        rows += [(TOTAL, *row) for row in rows_of({last: total}, [last], totals)]
    return cast("F", calls.emit({"row": pa.string()} | schema_of(calls, chosen), rows))
