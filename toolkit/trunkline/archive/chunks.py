"""Calls in chunks: what the database packs into one text, and the Arrow arrays made of it.

A driver makes and frees an object for each value of each row. One text is several times quicker. Its lines are rows,
each a JSON array. As long as no text has a backslash they are CSV as well, which Arrow reads by itself.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import ColumnElement, LargeBinary, Text, and_, cast, func, literal_column, or_, select

from .queries import oldest_first
from .rows import PRICE_FIELDS
from .schema import calls

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

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


def chunks(
    connection: Connection, account: str, span: Span, names: Sequence[str] = NAMES
) -> Generator[dict[str, pa.Array]]:
    """Yield an account's calls, oldest first, those without a start before: the arrays of `names`.

    The next chunk is read, in a thread and on the same connection, while one is in use: nothing else may use the
    connection until this is closed. Raises `ValueError`, or what the database raises, for a value that doesn't belong
    into its column.
    """
    wanted = (*_KEY, *(name for name in names if name not in _KEY))
    with ThreadPoolExecutor(1, thread_name_prefix="trunkline-archive") as ahead:
        for conditions in _portions(account, span):
            reading = ahead.submit(_packed, connection, conditions, wanted)
            while (text := reading.result()) is not None:
                later = _later(text[text.rfind(b"\n") + 1 :])
                reading = ahead.submit(_packed, connection, [*conditions, later], wanted)
                arrays = _arrays(text, wanted, plain=connection.dialect.name == "sqlite")
                yield {name: arrays[name] for name in names}


def _portions(account: str, span: Span) -> Iterator[list[ColumnElement[bool]]]:
    if span.unstarted:
        yield [calls.c.account == account, calls.c.started_at.is_(None)]
    if span.started:
        yield [*span.conditions(account), calls.c.started_at.is_not(None)]


def _packed(connection: Connection, conditions: Sequence[ColumnElement[bool]], names: Sequence[str]) -> bytes | None:
    """Return the first calls that meet the conditions, each as a line; None without any."""
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


def _later(line: bytes) -> ColumnElement[bool]:
    """Return the condition of the calls that come after that of a line."""
    _, start, call_id, *_ = orjson.loads(line)
    further: ColumnElement[bool] = calls.c.call_id > call_id
    if start is None:
        return further
    after = or_(calls.c.started_at > start, and_(calls.c.started_at == start, further))
    return and_(calls.c.started_at >= start, after)


def _arrays(text: bytes, names: Sequence[str], *, plain: bool) -> dict[str, pa.Array]:
    return _from_csv(text, names) if plain and b"\\" not in text else _from_json(text, names)


def _from_csv(text: bytes, names: Sequence[str]) -> dict[str, pa.Array]:
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import csv  # noqa: PLC0415

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
