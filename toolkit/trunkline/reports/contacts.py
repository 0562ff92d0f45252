"""Who calls and is called: how often, how balanced, who is new and who is gone."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trunkline.metrics import is_missed
from trunkline.model import Direction, Status

from .distinct import distinct, plain
from .frames import read
from .groups import in_order

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

_NEEDED = ("account", "direction", "status", "source", "destination", "started_at", "talk_s")
_NAMES = ("source_name", "destination_name")
_MISSED = [status.value for status in Status if is_missed(Direction.INCOMING, status)]
_COUNTS = (
    nw.col("direction").cast(nw.String()).is_in([Direction.OUTGOING.value, Direction.INCOMING.value])
    & ~nw.col("started_at").is_null()
)
_NONE = np.empty(0, np.int64)
_N, _X, _TEXT, _UTC = pa.int64(), pa.float64(), pa.string(), pa.timestamp("us", "UTC")


def parties[F](frame: F, since: datetime | None = None, until: datetime | None = None, *, regular: int = 3) -> F:
    """Return the outside numbers of each account with their calls from `since` to before `until` (aware instants).

    `calls` = `incoming` + `outgoing`; internal calls, and those without a number, a direction or a start, are left
    out. `balance` = (outgoing - incoming) / calls, from -1 (they always call) to 1 (you do), None without calls.
    `before` are the calls of the frame before `since`. `state` is `new` (none before), `known`, `gone` (at least
    `regular` before, none in the period) or `seldom` (fewer before, none in the period), None without `since`.
    `first_at` and `last_at` are of the period, UTC. `name` is the latest one, if the frame has names. Numbers are
    compared as they stand in the frame. The most frequent first.
    """
    calls = read(frame, *_NEEDED, optional=_NAMES)
    begin, end = (None if moment is None else moment.astimezone(UTC) for moment in (since, until))
    table = _with_outside(plain(calls.found(lambda data: data.filter(_COUNTS)).to_arrow()), end)
    kinds, first = distinct((table["account"], table["number"])) if len(table) else (_NONE, _NONE)
    n = len(first)
    is_before = _is(pc.less(table["started_at"], pa.scalar(begin, _UTC))) if begin else np.zeros(len(table), np.bool_)
    now = ~is_before
    incoming = _is(pc.equal(table["direction"], Direction.INCOMING.value))
    answered = _is(pc.equal(table["status"], Status.ANSWERED.value))
    missed = incoming & _is(pc.is_in(table["status"], pa.array(_MISSED)))
    talk = pc.fill_null(table["talk_s"], 0).to_numpy()

    def count(chosen: NDArray[np.bool_]) -> list[int]:
        return cast("list[int]", np.bincount(kinds[chosen], minlength=n).tolist())

    seconds = np.zeros(n, np.int64)
    np.add.at(seconds, kinds[now & answered], talk[now & answered])
    earliest, latest, named = (np.full(n, -1, np.int64) for _ in range(3))
    # Of several calls of a number, the one that is assigned last stays; they are in the order of their start.
    places = np.flatnonzero(now)
    latest[kinds[places]] = places
    earliest[kinds[places[::-1]]] = places[::-1]
    names = np.flatnonzero(pc.is_valid(table["name"]).to_numpy())
    named[kinds[names]] = names
    columns = (
        *(table[name].take(pa.array(first)).to_pylist() for name in ("account", "number")),
        _at(table["name"], named), count(now & incoming), count(now & ~incoming), count(now & answered),
        count(now & missed), seconds.tolist(), _at(table["started_at"], earliest), _at(table["started_at"], latest),
        count(is_before),
    )  # fmt: skip
    rows = []
    for account, number, name, ins, outs, *rest, before in zip(*columns, strict=True):
        total = ins + outs
        state = None if since is None else _state(total, before, regular)
        rows.append(
            (account, number, name, total, ins, outs, *rest, (outs - ins) / total if total else None, before, state)
        )
    rows.sort(key=lambda row: (-row[3], -row[12], in_order(row[:2])))
    schema = dict.fromkeys(("account", "number", "name"), _TEXT)
    schema |= dict.fromkeys(("calls", "incoming", "outgoing", "answered", "missed", "talk_s"), _N)
    schema |= {"first_at": _UTC, "last_at": _UTC, "balance": _X, "before": _N, "state": _TEXT}
    return cast("F", calls.emit(schema, rows))


def _with_outside(table: pa.Table, end: datetime | None) -> pa.Table:
    """Return the calls from or to a known number outside that have a start, in its order, with `number` and `name`."""
    outgoing, incoming = (_equal(table, each) for each in (Direction.OUTGOING, Direction.INCOMING))
    number, name = (pc.if_else(outgoing, table[f"destination{part}"], table[f"source{part}"]) for part in ("", "_name"))
    chosen = pc.and_(pc.or_(outgoing, incoming), pc.and_(pc.is_valid(number), pc.is_valid(table["started_at"])))
    if end is not None:
        chosen = pc.and_(chosen, pc.fill_null(pc.less(table["started_at"], pa.scalar(end, _UTC)), False))
    found = table.append_column("number", number).append_column("name", name).filter(chosen)
    return found.take(pc.sort_indices(found, sort_keys=[("started_at", "ascending")]))


def _equal(table: pa.Table, direction: Direction) -> pa.ChunkedArray:
    return pc.fill_null(pc.equal(table["direction"], direction.value), False)


def _is(values: pa.ChunkedArray) -> NDArray[np.bool_]:
    return cast("NDArray[np.bool_]", pc.fill_null(values, False).to_numpy())


def _at(column: pa.ChunkedArray, places: NDArray[np.int64]) -> list[Any]:
    """Return the values at these places, None at -1."""
    return cast("list[Any]", column.take(pa.array(places, mask=places < 0)).to_pylist())


def _state(calls: int, before: int, regular: int) -> str:
    if not calls:
        return "gone" if before >= regular else "seldom"
    return "known" if before else "new"
