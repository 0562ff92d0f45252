"""Rows that are alike, found by whole columns, so that what takes long is done once for each kind of row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from .callers import codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    type Ints = NDArray[np.int64]


def plain(table: pa.Table) -> pa.Table:
    """Return the table with its texts as plain ones: not as dictionaries, nor as long texts."""
    schema = pa.schema(
        [pa.field(each.name, pa.string() if _is_text(each.type) else each.type) for each in table.schema]
    )
    return table.cast(schema)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_dictionary(kind) or pa.types.is_large_string(kind))


def distinct(columns: Iterable[pa.ChunkedArray | Ints]) -> tuple[Ints, Ints]:
    """Return the kind of each row, and the first row of each kind. Rows are of one kind if all columns are equal.

    Unknown values are equal to each other. Columns of integers are taken as they are, others by their values.
    """
    kinds: Ints | None = None
    first: Ints = np.empty(0, np.int64)
    for column in columns:
        own = column if isinstance(column, np.ndarray) else codes(column)
        # Numbers from 0 on without holes, so that two of them fit into one of 64 bits.
        _, first, own = np.unique(own, return_index=True, return_inverse=True)
        if kinds is not None:
            _, first, own = np.unique(kinds * len(first) + own, return_index=True, return_inverse=True)
        kinds = own.astype(np.int64)
    if kinds is None:
        msg = "there is nothing to compare"
        raise ValueError(msg)
    return kinds, first.astype(np.int64)
