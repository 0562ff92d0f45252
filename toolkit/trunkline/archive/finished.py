"""Calls that were read, with prices, times, names and order as the frame has them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from .chunks import SIDES
from .prices import decimals
from .rows import PRICE_FIELDS
from .shown import looked_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pyarrow as pa

    from .columns import Columns

CATEGORIES = ("account", "direction", "status", "trunk", "extension", "currency")
TIMES = ("started_at", "ended_at", "started_local")
SECONDS = ("wait_s", "talk_s")
COLUMNS = (
    "account", "call_id", "direction", "status", "trunk", "extension", "source", "source_name", "destination",
    "destination_name", *TIMES, *SECONDS, *PRICE_FIELDS, "currency",
)  # fmt: skip
# As a call was sent: its digits, its numbers, and whether they have the E.164 form that is shown instead.
AS_SENT = ("price_scale", "source_sent", "source_is_e164", "destination_sent", "destination_is_e164")
_NAMED = {f"{side}_name": side for side in SIDES}


class Calls:
    """Calls ordered by start and id, those without a start first. Take each column of `names` once, in their order.

    `price` is the type of the prices, `e164_of` has the E.164 form of numbers by account, `known` the names of numbers.
    What a column is made of is dropped when it is taken: the columns of many calls needn't be in memory twice.
    """

    def __init__(
        self,
        columns: Columns,
        price: pa.DataType,
        e164_of: Mapping[str, Mapping[str, str]] | None = None,
        known: Mapping[str, str] | None = None,
    ) -> None:
        self.names: Sequence[str] = columns.names
        self._columns, self._price, self._known = columns, price, known or {}
        self._scales = columns.integers["price_scale"].array()
        self._order = self._places() if len(columns.accounts) > 1 else None
        if e164_of:
            for side in SIDES:
                columns.words[side] = columns.words[side].mapped(partial(_in_e164, e164_of))

    def table(self) -> pa.Table:
        """Return all columns."""
        import pyarrow as pa  # noqa: PLC0415

        return pa.table({name: self.column(name) for name in self.names})

    def integers(self, name: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return the integers of a column, and which of them are missing: microseconds of `TIMES`, or `SECONDS`."""
        values, missing = self._columns.integers.pop(name).values()
        if self._order is None:
            return values, missing
        order = self._order.to_numpy()
        return values[order], missing[order]

    def column(self, name: str) -> pa.ChunkedArray:
        """Return a column as Arrow has it."""
        column = self._column(name)
        return column if self._order is None else column.take(self._order)

    def _column(self, name: str) -> pa.ChunkedArray:
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        words, texts = self._columns.words, self._columns.texts
        if name in _NAMED:
            numbers, names = words.pop(_NAMED[name]), texts.pop(name).text()
            return pc.coalesce(numbers.mapped(partial(_names, self._known)).text(), names) if self._known else names
        if name in texts:
            return texts.pop(name).text()
        if name in SIDES:
            # The names of the numbers come after it.
            return words[name].text()
        if name in words:
            return words.pop(name).text() if name not in CATEGORIES else pa.chunked_array([words.pop(name).array()])
        values = self._columns.integers.pop(name).array()
        if name in PRICE_FIELDS:
            return decimals(values, self._scales, self._price)
        zone = None if name == "started_local" else "UTC"
        return pa.chunked_array([values.cast(pa.timestamp("us", zone)) if name in TIMES else values])

    def _places(self) -> pa.Array:
        import pyarrow as pa  # noqa: PLC0415

        start = pa.chunked_array([self._columns.integers["started_at"].array()])
        return places(start, self._columns.texts["call_id"].text())


def starts(started_at: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return when calls started in microseconds, those without a start before all others."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    # Where nulls go is said in another way by each generation of Arrow.
    return pc.fill_null(started_at.cast(pa.int64()), -(2**63))


def places(started_at: pa.ChunkedArray, call_id: pa.ChunkedArray) -> pa.Array:
    """Return the places of calls in the order of start and call id, those without a start first."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    keyed = pa.table({"start": starts(started_at), "call_id": call_id})
    return pc.sort_indices(keyed, sort_keys=[("start", "ascending"), ("call_id", "ascending")])


def _in_e164(e164_of: Mapping[str, Mapping[str, str]], account: str, numbers: pa.Array) -> pa.Array:
    return looked_up(numbers, numbers, e164_of.get(account, {}))


def _names(known: Mapping[str, str], _account: str, numbers: pa.Array) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415

    return looked_up(numbers, pa.nulls(len(numbers), pa.string()), known)
