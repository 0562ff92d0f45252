"""The archive's calls as Arrow tables, whole or in pieces. pyarrow loads when one is asked for."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Text, and_, case, cast, exc, func, or_, select, union_all

from trunkline.model import Direction, Status

from .contacts import shown_names
from .damage import EARLIEST, LATEST, UNREADABLE
from .queries import chosen_accounts, find_damaged, oldest_first
from .rows import MOST_DIGITS, PRICE_FIELDS
from .schema import accounts as accounts_table
from .schema import calls
from .spans import Span, months

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa
    from sqlalchemy import ColumnElement, Connection

CATEGORIES = ("account", "direction", "status", "trunk", "extension", "currency")
_TIMES = ("started_at", "ended_at")
_SECONDS = ("wait_s", "talk_s")
COLUMNS = (
    "account", "call_id", "direction", "status", "trunk", "extension", "source", "source_name", "destination",
    "destination_name", *_TIMES, "started_local", *_SECONDS, *PRICE_FIELDS, "currency",
)  # fmt: skip
# As a call was sent: its number, and whether it has the E.164 form that is shown instead.
SENT = ("source_sent", "source_is_e164", "destination_sent", "destination_is_e164")
_NAMES = (*COLUMNS, "price_scale")
AS_SENT = (*_NAMES, *SENT)
"""The columns of `read` for who has to find the E.164 form of numbers himself."""
_INTEGERS = frozenset({
    *_TIMES, "started_local", *_SECONDS, *PRICE_FIELDS, "price_scale", "source_is_e164", "destination_is_e164",
})  # fmt: skip

# The columns of names, and those of the numbers that are named.
_NAMED = {"source_name": "source", "destination_name": "destination"}

_WORDS = {"direction": frozenset(Direction), "status": frozenset(Status)}

_CHUNK = 50_000
# Wide enough for 64 bits and for the digit that Arrow adds with each sum of two columns, up to 38 digits.
_PRECISION, _WIDEST = 28, 38
_DIGITS_OF_64_BITS = 19


def tables(
    connection: Connection, accounts: Sequence[str] | None, since: datetime | None, until: datetime | None
) -> Iterator[pa.Table]:
    """Yield the calls in pieces of equal types, as `Archive.tables` says."""
    chosen, span = chosen_accounts(connection, accounts), Span.of(since, until)
    with checked(connection, chosen):
        known, scales = shown_names(connection), _scales(connection, chosen, span)
        e164_of = {account: _e164_of(connection, account, span) for account in chosen}
        some = False
        for part in _parts(connection, chosen, span):
            piece = finished(read(connection, chosen, part, e164_of), known, scales)
            if len(piece):
                some = True
                yield piece
        if not some:
            yield finished(read(connection, (), span, {}), known, scales)


def whole(
    connection: Connection, accounts: Sequence[str] | None, since: datetime | None, until: datetime | None
) -> pa.Table:
    """Return the calls of `Archive.frame` as one table."""
    chosen, span = chosen_accounts(connection, accounts), Span.of(since, until)
    with checked(connection, chosen):
        e164_of = {account: _e164_of(connection, account, span) for account in chosen}
        return finished(read(connection, chosen, span, e164_of), shown_names(connection))


def _parts(connection: Connection, accounts: Sequence[str], span: Span) -> Iterator[Span]:
    if span.unstarted:
        yield replace(span, started=False)
    for month in months(connection, accounts, span):
        yield span.within(month)


@contextmanager
def checked(connection: Connection, accounts: Sequence[str]) -> Iterator[None]:
    """Read rows; where that fails because one is damaged, the error names it."""
    try:
        yield
    except (*UNREADABLE, exc.DBAPIError) as error:
        # Many rows at once don't say which of them is damaged: read them one by one. PostgreSQL answers nothing more
        # in a transaction in which something failed.
        if connection.dialect.name == "sqlite" or not isinstance(error, exc.DBAPIError):
            find_damaged(connection, accounts)
        raise


def finished(table: pa.Table, known: Mapping[str, str], scales: Sequence[int] | None = None) -> pa.Table:
    """Return the calls of `read` with names, times and decimals: the columns of `COLUMNS`, and those as sent.

    `known` are the names of numbers, `scales` all decimal digits that the prices may have; without, those in the table.
    """
    import pyarrow as pa  # noqa: PLC0415

    digits = table.column("price_scale")
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        values = table.column(name)
        if known and name in _NAMED:
            values = _with_names(table.column(_NAMED[name]), values, known)
        if name in CATEGORIES:
            values = values.unify_dictionaries()
        elif name in PRICE_FIELDS:
            values = _decimals(values, digits, sorted(digits.unique().to_pylist()) if scales is None else scales)
        elif name in _TIMES:
            values = values.cast(pa.timestamp("us", tz="UTC"))
        elif name == "started_local":
            values = values.cast(pa.timestamp("us"))
        columns[name] = values
    extra = [name for name in SENT if name in table.column_names]
    return pa.table(columns | {name: table.column(name) for name in ("price_scale", *extra) if extra})


def read(
    connection: Connection,
    accounts: Sequence[str],
    span: Span,
    e164_of: Mapping[str, Mapping[str, str]],
    names: Sequence[str] = _NAMES,
) -> pa.Table:
    """Return the integers and texts of the calls, ordered by start and id; `e164_of` are numbers by account."""
    import pyarrow as pa  # noqa: PLC0415

    schema = pa.schema([(name, _arrow_type(name)) for name in names])
    batches = [
        pa.record_batch(
            [
                pa.array(values, pa.int64() if name in _INTEGERS else pa.string()).cast(schema.field(name).type)
                for name, values in zip(schema.names, chunk, strict=True)
            ],
            schema=schema,
        )
        for account in accounts
        for chunk in _known_numbers(_chunks(connection, account, span, names), e164_of.get(account, {}))
    ]
    table = ordered(pa.Table.from_batches(batches, schema=schema))
    _check(table)
    return table


def _scales(connection: Connection, accounts: Sequence[str], span: Span) -> list[int]:
    found: set[int] = set()
    for account in accounts:
        scale = calls.c.price_scale
        found.update(connection.execute(select(scale).where(*span.conditions(account)).distinct()).scalars())
    return sorted(found)


def _e164_of(connection: Connection, account: str, span: Span) -> dict[str, str]:
    """Return the E.164 form of the numbers that some calls of the span have it for and others don't."""
    period = span.conditions(account)
    parties = ((calls.c.source, calls.c.source_e164), (calls.c.destination, calls.c.destination_e164))
    bare = union_all(*(select(number).where(*period, e164.is_(None), number.is_not(None)) for number, e164 in parties))
    known = union_all(
        *(
            select(number.label("number"), e164.label("e164")).where(
                *period, e164.is_not(None), number.in_(select(bare.subquery().columns[0]))
            )
            for number, e164 in parties
        )
    )
    # Of several the greatest, as `metrics.open_missed` has it.
    return dict(sorted(connection.execute(known).tuples()))


def _known_numbers(chunks: Iterator[list[list[Any]]], e164_of: Mapping[str, str]) -> Iterator[list[list[Any]]]:
    """Yield the chunks with numbers in E.164 where that is known."""
    places = [COLUMNS.index(name) for name in _NAMED.values()] if e164_of else []
    for chunk in chunks:
        for place in places:
            chunk[place] = [e164_of.get(number, number) for number in chunk[place]]
        yield chunk


def _check(table: pa.Table) -> None:
    """Raise `ValueError` for a time, a scale or a word that no call can have."""
    import pyarrow.compute as pc  # noqa: PLC0415

    if any(table.column(name).null_count for name in ("account", "call_id", "status", "price_scale")):
        raise ValueError
    for name in (*_TIMES, "started_local"):
        ends = pc.min_max(table.column(name)).as_py()
        if ends["min"] is not None and not EARLIEST <= ends["min"] <= ends["max"] <= LATEST:
            raise ValueError(name)
    scales = pc.min_max(table.column("price_scale")).as_py()
    if len(table) and not 0 <= scales["min"] <= scales["max"] <= MOST_DIGITS:
        raise ValueError
    for name, words in _WORDS.items():
        for chunk in table.column(name).chunks:
            if not words.issuperset(chunk.dictionary.to_pylist()):
                raise ValueError(name)


def _arrow_type(name: str) -> pa.DataType:
    import pyarrow as pa  # noqa: PLC0415

    if name in CATEGORIES:
        return pa.dictionary(pa.int32(), pa.string())
    return pa.int64() if name in _INTEGERS else pa.string()


def _chunks(connection: Connection, account: str, span: Span, names: Sequence[str]) -> Iterator[list[list[Any]]]:
    """Yield an account's calls, oldest first, as columns: the values of `names`.

    The database packs each column of a chunk into one JSON text. That is several times quicker than fetching rows,
    because a driver makes and frees an object for each value of each row under the interpreter's lock.
    """
    period = span.conditions(account)
    if span.unstarted:
        yield from _chunk(connection, [calls.c.account == account, calls.c.started_at.is_(None)], None, names)
    after: ColumnElement[bool] = calls.c.started_at.is_not(None)
    while span.started:
        found = list(_chunk(connection, [*period, after], _CHUNK, names))
        yield from found
        if not found or len(found[0][0]) < _CHUNK:
            return
        start = found[0][COLUMNS.index("started_at")][-1]
        call_id = found[0][COLUMNS.index("call_id")][-1]
        after = or_(calls.c.started_at > start, and_(calls.c.started_at == start, calls.c.call_id > call_id))
        after = and_(calls.c.started_at >= start, after)


def _chunk(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], limit: int | None, names: Sequence[str]
) -> Iterator[list[list[Any]]]:
    table = calls.c
    of_account = select(accounts_table.c.currency).where(accounts_table.c.account == table.account).scalar_subquery()
    values = {
        **{name: table[name] for name in COLUMNS if name in table},
        "source": func.coalesce(table.source_e164, table.source),
        "destination": func.coalesce(table.destination_e164, table.destination),
        "currency": func.coalesce(table.currency, of_account),
        "wait_s": table.wait,
        "talk_s": table.talk,
        "price_scale": table.price_scale,
        "source_sent": table.source,
        "source_is_e164": case((table.source_e164.is_not(None), 1), else_=0),
        "destination_sent": table.destination,
        "destination_is_e164": case((table.destination_e164.is_not(None), 1), else_=0),
    }
    ordered = [values[name].label(f"c{index}") for index, name in enumerate(names)]
    rows = select(*ordered).where(*conditions).order_by(*oldest_first()).limit(limit)
    inner = rows.subquery()
    packed = connection.execute(select(*[_packed(connection, column) for column in inner.columns])).one()
    columns = [[] if text is None else orjson.loads(text) for text in packed]
    if any(text is not None and "." in text for name, text in zip(names, packed, strict=True) if name in _INTEGERS):
        # Arrow would cut a fraction off.
        raise ValueError
    if columns[0]:
        yield columns


def _packed(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if connection.dialect.name == "sqlite":
        return func.json_group_array(column)
    return cast(func.json_agg(column), Text)


def ordered(table: pa.Table) -> pa.Table:
    """Return the table ordered by start and call id, calls without a start first."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    if len(table.column("account").combine_chunks().dictionary if len(table) else ()) < 2:  # noqa: PLR2004
        return table
    # Where nulls go is said in another way by each generation of Arrow: no start is before any start.
    start = pc.fill_null(table.column("started_at"), -(2**63))
    keyed = pa.table({"start": start, "call_id": table.column("call_id")})
    return table.take(pc.sort_indices(keyed, sort_keys=[("start", "ascending"), ("call_id", "ascending")]))


def _with_names(numbers: pa.ChunkedArray, carried: pa.ChunkedArray, known: Mapping[str, str]) -> pa.ChunkedArray:
    """Return the names of the numbers: the known ones, otherwise what the calls carry."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    places = pc.index_in(numbers, value_set=pa.array(list(known), pa.string()))
    return pc.coalesce(pa.array(list(known.values()), pa.string()).take(places), carried)


def _decimals(values: pa.ChunkedArray, scales: pa.ChunkedArray, known: Sequence[int]) -> pa.ChunkedArray:
    """Return integers with their rows' scales as decimals of one scale, exactly; `known` are all there may be."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    found = known or [0]
    wanted = decimal_type(found[0], found[-1])
    integers = values.cast(pa.decimal128(_DIGITS_OF_64_BITS, 0))
    parts = []
    for scale in found:
        # The same digits, with the point where the row has it.
        exact = [chunk.view(pa.decimal128(_DIGITS_OF_64_BITS, scale)) for chunk in integers.chunks]
        shifted = pa.chunked_array(exact, pa.decimal128(_DIGITS_OF_64_BITS, scale)).cast(wanted)
        parts.append(shifted if len(found) == 1 else pc.if_else(pc.equal(scales, scale), shifted, None))
    return parts[0] if len(parts) == 1 else pc.coalesce(*parts)


def decimal_type(fewest: int, most: int) -> pa.DataType:
    """Return the type of prices that have from `fewest` to `most` decimal digits."""
    import pyarrow as pa  # noqa: PLC0415

    digits = _DIGITS_OF_64_BITS + most - fewest
    return pa.decimal128(_PRECISION if digits <= _PRECISION else _WIDEST, most)
