"""Calls in chunks: what the database packs into one text, and the Arrow arrays made of it.

A driver makes and frees an object for each value of each row. One text is several times quicker. Its lines are rows,
each a JSON array. As long as no text has a backslash they are CSV as well, which Arrow reads by itself.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import ColumnElement, LargeBinary, Text, and_, cast, func, literal_column, or_, select

from .queries import oldest_first
from .rows import PRICE_FIELDS
from .schema import calls

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from concurrent.futures import Future

    import pyarrow as pa
    from sqlalchemy import Connection

    from .spans import Span

INTEGERS = ("started_at", "ended_at", "started_local", "wait_s", "talk_s", *PRICE_FIELDS, "price_scale")
# Texts of which a chunk has few different ones.
WORDS = (
    "direction",
    "status",
    "trunk",
    "extension",
    "currency",
    "source",
    "source_e164",
    "destination",
    "destination_e164",
)
NAMES = (
    "call_id", "direction", "status", "trunk", "extension", "source", "source_e164", "source_name", "destination",
    "destination_e164", "destination_name", "started_at", "ended_at", "started_local", "wait_s", "talk_s",
    *PRICE_FIELDS, "price_scale", "currency",
)  # fmt: skip
"""What is read of a call: the columns of the table, seconds and prices as integers."""
SIDES = ("source", "destination")

_CHUNK = 20_000
_VALUES: dict[str, ColumnElement[Any]] = {
    **{name: calls.c[name] for name in NAMES if name in calls.c},
    "wait_s": calls.c.wait,
    "talk_s": calls.c.talk,
}
_KEY = ("started_at", "call_id")
# Where a line of a chunk begins and ends, so that its values stand between commas.
_EDGE: ColumnElement[int] = literal_column("0")
_LINE: ColumnElement[str] = literal_column("'\n'")
_QUOTE = 34


@dataclass(frozen=True, slots=True)
class Portion:
    """Some calls in their order, at most `_CHUNK`: those that meet the conditions."""

    conditions: Sequence[ColumnElement[bool]]


def portions(connection: Connection, account: str, span: Span) -> list[Portion]:
    """Return an account's calls in portions, oldest first, those without a start before."""
    found: list[Portion] = []
    if span.unstarted:
        found += _portions(connection, [calls.c.account == account, calls.c.started_at.is_(None)])
    if span.started:
        found += _portions(connection, [*span.conditions(account), calls.c.started_at.is_not(None)])
    return found


def _portions(connection: Connection, conditions: Sequence[ColumnElement[bool]]) -> Iterator[Portion]:
    # Of an index that has all that is asked for: a fiftieth of what reading the calls takes.
    last = select(calls.c.started_at, calls.c.call_id).order_by(*oldest_first()).offset(_CHUNK - 1).limit(1)
    after: list[ColumnElement[bool]] = []
    while (key := connection.execute(last.where(*conditions, *after)).one_or_none()) is not None:
        yield Portion([*conditions, *after, _up_to(*key)])
        after = [_beyond(*key)]
    yield Portion([*conditions, *after])


def _up_to(start: int | None, call_id: str) -> ColumnElement[bool]:
    if start is None:
        return calls.c.call_id <= call_id
    same = and_(calls.c.started_at == start, calls.c.call_id <= call_id)
    return and_(calls.c.started_at <= start, or_(calls.c.started_at < start, same))


def _beyond(start: int | None, call_id: str) -> ColumnElement[bool]:
    if start is None:
        return calls.c.call_id > call_id
    same = and_(calls.c.started_at == start, calls.c.call_id > call_id)
    return and_(calls.c.started_at >= start, or_(calls.c.started_at > start, same))


def most_calls(found: Sequence[Portion]) -> int:
    """Return how many calls the portions have at most."""
    return len(found) * _CHUNK


def chunks(
    connections: Sequence[Connection], found: Sequence[Portion], names: Sequence[str] = NAMES
) -> Generator[dict[str, pa.Array]]:
    """Yield the arrays of `names` of each portion that has calls.

    The next ones are read, in a thread for each connection, while one is in use: nothing else may use the connections
    until this is closed. Raises `ValueError`, or what the database raises, for a value that doesn't belong into its
    column.
    """
    wanted = (*_KEY, *(name for name in names if name not in _KEY))
    plain = connections[0].dialect.name == "sqlite"
    idle: SimpleQueue[Connection] = SimpleQueue()
    for connection in connections:
        idle.put(connection)

    def packed(portion: Portion) -> bytes | None:
        connection = idle.get()
        try:
            return _packed(connection, portion.conditions, wanted)
        finally:
            idle.put(connection)

    waiting: deque[Future[bytes | None]] = deque()
    rest = iter(found)
    ahead = ThreadPoolExecutor(len(connections), thread_name_prefix="trunkline-archive")
    try:
        waiting.extend(ahead.submit(packed, portion) for portion in islice(rest, len(connections)))
        while waiting:
            text = waiting.popleft().result()
            waiting.extend(ahead.submit(packed, portion) for portion in islice(rest, 1))
            if text is not None:
                arrays = _arrays(text, wanted, plain=plain)
                del text
                yield {name: arrays[name] for name in names}
    finally:
        ahead.shutdown(cancel_futures=True)


def _packed(connection: Connection, conditions: Sequence[ColumnElement[bool]], names: Sequence[str]) -> bytes | None:
    """Return the calls that meet the conditions, each as a line; None without any."""
    values = [_EDGE, *(_VALUES[name] for name in names), _EDGE]
    if connection.dialect.name == "sqlite":
        # Made within the query that looks the rows up: handing the columns out of it would take a third longer.
        line = func.json_array(*values).label("line")
        rows = select(line).where(*conditions).order_by(*oldest_first()).limit(_CHUNK).subquery()
        packed: ColumnElement[Any] = cast(func.group_concat(rows.c.line, _LINE), LargeBinary)
    else:
        line = cast(func.json_build_array(*values), Text).label("line")
        rows = select(line).where(*conditions).order_by(*oldest_first()).limit(_CHUNK).subquery()
        packed = func.string_agg(rows.c.line, _LINE)
    text: str | bytes | None = connection.execute(select(packed)).scalar_one()
    return text.encode() if isinstance(text, str) else text


def _arrays(text: bytes, names: Sequence[str], *, plain: bool) -> dict[str, pa.Array]:
    return _from_csv(text, names) if plain and b"\\" not in text else _from_json(text, names)


def _from_csv(text: bytes, names: Sequence[str]) -> dict[str, pa.Array]:
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import csv  # noqa: PLC0415

    # In the main thread Arrow would catch the signal of Ctrl-C while it reads, and sometimes lose it. In another one,
    # reading takes 28 MB more for a million calls.
    pa.enable_signal_handlers(False)
    try:
        table = csv.read_csv(
            pa.py_buffer(text),
            csv.ReadOptions(column_names=["<", *names, ">"], use_threads=False, block_size=len(text) + 1),
            csv.ParseOptions(),
            csv.ConvertOptions(
                column_types={name: _type(name) for name in names},
                include_columns=list(names),
                null_values=["null"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    finally:
        pa.enable_signal_handlers(True)
    arrays = {name: table.column(name).chunk(0) for name in names}
    texts = sum(len(array) - array.null_count for name, array in arrays.items() if name not in INTEGERS)
    # Arrow takes some texts for numbers: only texts stand in quotes.
    if np.count_nonzero(np.frombuffer(text, np.uint8) == _QUOTE) != 2 * texts:
        raise ValueError
    return arrays


def _from_json(text: bytes, names: Sequence[str]) -> dict[str, pa.Array]:
    import pyarrow as pa  # noqa: PLC0415

    rows = orjson.loads(b"[" + text.replace(b"\n", b",") + b"]")
    columns = dict(zip(names, list(zip(*rows, strict=True))[1:-1], strict=True))
    for name, values in columns.items():
        if name in INTEGERS and float in set(map(type, values)):
            # Arrow would cut a fraction off.
            raise ValueError(name)
    return {
        name: pa.array(values, pa.int64() if name in INTEGERS else pa.string()).cast(_type(name))
        for name, values in columns.items()
    }


def _type(name: str) -> pa.DataType:
    import pyarrow as pa  # noqa: PLC0415

    if name in WORDS:
        return pa.dictionary(pa.int32(), pa.string())
    return pa.int64() if name in INTEGERS else pa.string()
