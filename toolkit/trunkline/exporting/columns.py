"""Columns of Arrow as Python values, each different value converted once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable


def memoised[V](column: pa.ChunkedArray, convert: Callable[[Any], V]) -> list[V]:
    """Return the values of a column, converted; None is converted too."""
    whole = column.combine_chunks()
    encoded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    known = [convert(value) for value in encoded.dictionary.to_pylist()]
    nothing = convert(None)
    return [nothing if place is None else known[place] for place in encoded.indices.to_pylist()]


def values(column: pa.ChunkedArray, convert: Callable[[Any], Any]) -> list[Any]:
    """Return the values of a column as `memoised` does, those that need no conversion as they are."""
    if pa.types.is_string(column.type) or pa.types.is_integer(column.type):
        return list(column.to_pylist())
    return memoised(column, convert)
