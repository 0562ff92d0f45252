"""Missed and answered calls put in sequence by the number at the other end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trunkline.metrics import is_missed
from trunkline.model import Direction, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .frames import Calls

NEEDED = ("account", "direction", "status", "source", "destination", "started_at")
NAMES = ("source_name", "destination_name")
_MISSED = [status.value for status in Status if is_missed(Direction.INCOMING, status)]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Missed and answered calls with the other party, by account, number and start.

    `order` are the rows of the table in this order; the other arrays are in it. Accounts and numbers are codes.
    """

    table: pa.Table
    order: NDArray[np.int64]
    account: NDArray[np.int64]
    number: NDArray[np.int64]
    is_missed: NDArray[np.bool_]


def in_sequence(calls: Calls) -> Sequence:
    """Return the missed and the answered calls that have a number and a start."""
    outgoing = nw.col("direction") == Direction.OUTGOING.value
    missed = (nw.col("direction") == Direction.INCOMING.value) & nw.col("status").cast(nw.String()).is_in(_MISSED)
    answered = (nw.col("status") == Status.ANSWERED.value) & (
        nw.col("direction").cast(nw.String()).is_in([Direction.INCOMING.value, Direction.OUTGOING.value])
    )
    names = (
        [nw.when(outgoing).then(nw.col("destination_name")).otherwise(nw.col("source_name")).alias("name")]
        if set(NAMES) <= set(calls.data.columns)
        else []
    )
    chosen = (
        calls.data.filter(missed | answered)
        .with_columns(
            nw.col("account").cast(nw.String()),
            nw.when(outgoing)
            .then(nw.col("destination").cast(nw.String()))
            .otherwise(nw.col("source").cast(nw.String()))
            .alias("number"),
            *names,
            (nw.col("status") != Status.ANSWERED.value).alias("is_missed"),
        )
        .filter(~nw.col("number").is_null(), ~nw.col("started_at").is_null())
    )
    table = chosen.to_arrow()
    account, number = (codes(table[name]) for name in ("account", "number"))
    start = table["started_at"].cast(pa.int64()).to_numpy()
    is_open = table["is_missed"].to_numpy()
    # At one instant the answered call stands first: only a later one reaches the caller.
    order = np.lexsort((is_open, start, number, account))
    return Sequence(table, order, account[order], number[order], is_open[order])


def codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return a number for each value of a column, the same for equal ones; also for what is unknown."""
    coded = pc.dictionary_encode(column.combine_chunks(), null_encoding="encode")
    return cast("NDArray[np.int64]", coded.indices.to_numpy(zero_copy_only=False).astype(np.int64))
