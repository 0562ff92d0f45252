"""Prices of tables: decimals made of integers and the decimal digits of each call, exactly."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .rows import PRICE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow as pa

# Wide enough for 64 bits and for the digit that Arrow adds with each sum of two columns, up to 38 digits.
_PRECISION, _WIDEST = 28, 38
_DIGITS_OF_64_BITS = 19
# Several scales are brought together in parts, because each takes the memory of the result.
_SLICE = 1 << 16


def decimal_type(scales: Collection[int]) -> pa.DataType:
    """Return the type of prices whose calls have these numbers of decimal digits."""
    import pyarrow as pa  # noqa: PLC0415

    fewest, most = min(scales, default=0), max(scales, default=0)
    digits = _DIGITS_OF_64_BITS + most - fewest
    return pa.decimal128(_PRECISION if digits <= _PRECISION else _WIDEST, most)


def decimals(values: pa.Array, scales: pa.Array, kind: pa.DataType) -> pa.ChunkedArray:
    """Return integers with their calls' decimal digits as decimals of a type that has room for all of them."""
    import pyarrow as pa  # noqa: PLC0415

    if scales.unique().to_pylist() == [kind.scale]:
        return pa.chunked_array([_of_words(values, kind)])
    slices = [
        _shifted(values.slice(begin, _SLICE), scales.slice(begin, _SLICE), kind)
        for begin in range(0, len(values), _SLICE)
    ]
    return pa.chunked_array(slices, kind)


def _shifted(values: pa.Array, scales: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return the same digits, with the point where each call has it."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    of_scale = {
        scale: _of_words(values, pa.decimal128(_DIGITS_OF_64_BITS, scale)).cast(kind)
        for scale in scales.unique().to_pylist()
    }
    return pc.coalesce(*(pc.if_else(pc.equal(scales, scale), each, None) for scale, each in of_scale.items()))


def _of_words(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return integers as the digits of decimals: of the two words of each, one is the integer, the other its sign."""
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    known, integers = values.buffers()
    numbers = np.frombuffer(integers, np.int64, values.offset + len(values))
    words = np.empty((len(numbers), 2), np.int64)
    low, high = (0, 1) if sys.byteorder == "little" else (1, 0)
    words[:, low] = numbers
    np.right_shift(numbers, 63, out=words[:, high])
    return pa.Array.from_buffers(kind, len(values), [known, pa.py_buffer(words)], values.null_count, values.offset)


def priced(table: pa.Table, kind: pa.DataType) -> pa.Table:
    """Return the table with the type of its prices changed, exactly; `pyarrow.ArrowInvalid` if some don't fit."""
    for place, name in enumerate(table.column_names):
        if name in PRICE_FIELDS and table.column(place).type != kind:
            table = table.set_column(place, name, table.column(place).cast(kind))
    return table
