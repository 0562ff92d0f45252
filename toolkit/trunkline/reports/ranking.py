"""The most expensive groups of calls, what the others cost together, and the total, each in its own row."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa

from trunkline.errors import DataError

from .cost_rows import NEEDED, columns_of
from .frames import read
from .groups import columns, costs_by, keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .groups import Costs

GROUP, OTHER, TOTAL = "group", "other", "total"
"""What a row of `dearest` is about."""


def dearest[F](frame: F, by: str | Iterable[str], *, top: int | None = None) -> F:
    """Return what the calls cost by group, the most expensive first in each currency, then the rest and the total.

    The columns are those of `cost.totals`, after `row`: `group`, `other` (the groups after the first `top` together;
    missing if there are none) or `total` (of the currency). The keys of the last two are empty. `share` is that of all
    cost in the currency. Raises `DataError` for a `top` below 1.
    """
    if top is not None and top < 1:
        msg = f"top={top} shows nothing: it has to be at least 1"
        raise DataError(msg, field="top")
    chosen = keys(by)
    calls = read(frame, *NEEDED, *columns(chosen))
    found = costs_by(calls, chosen)
    first = found.dearest(top)
    shown = found.at(first)
    others, whole = found.at(np.setdiff1d(np.arange(found.size), first)).together(), found.together()
    # The first has the columns' types, also of no calls.
    blocks = [(GROUP, shown.at(first[:0]))]
    for currency in whole.keys[-1].values():
        for what, part in ((GROUP, shown), (OTHER, others), (TOTAL, whole)):
            blocks.append((what, part.at(_of(part, currency))))
    tables = [
        pa.table({"row": pa.array([what] * part.size, pa.string())} | columns_of(calls, chosen, part, whole))
        for what, part in blocks
    ]
    table = pa.concat_tables(tables)
    return cast("F", calls.emit_columns(dict(zip(table.column_names, table.columns, strict=True))))


def _of(found: Costs, currency: str | None) -> NDArray[np.intp]:
    """Return the places of the groups in a currency."""
    return np.flatnonzero([own == currency for own in found.keys[-1].values()])
