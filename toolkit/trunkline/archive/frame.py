"""The archive's calls as a DataFrame: the only module of the archive that loads pandas and pyarrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Text, and_, cast, exc, func, or_, select, union_all

from trunkline.model import Direction, Status

from .contacts import shown_names
from .damage import EARLIEST, LATEST, UNREADABLE
from .queries import chosen_accounts, find_damaged, in_period, oldest_first
from .rows import MOST_DIGITS, PRICE_FIELDS
from .schema import accounts as accounts_table
from .schema import calls

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    import pandas as pd
    import pyarrow as pa
    from sqlalchemy import ColumnElement, Connection

CATEGORIES = ("account", "direction", "status", "trunk", "extension", "currency")
_TIMES = ("started_at", "ended_at")
_SECONDS = ("wait_s", "talk_s")
COLUMNS = (
    "account", "call_id", "direction", "status", "trunk", "extension", "source", "source_name", "destination",
    "destination_name", *_TIMES, "started_local", *_SECONDS, *PRICE_FIELDS, "currency",
)  # fmt: skip
_NAMES = (*COLUMNS, "price_scale")
_INTEGERS = frozenset({*_TIMES, "started_local", *_SECONDS, *PRICE_FIELDS, "price_scale"})

# The columns of names, and those of the numbers that are named.
_NAMED = {"source_name": "source", "destination_name": "destination"}

_WORDS = {"direction": frozenset(Direction), "status": frozenset(Status)}

_CHUNK = 50_000
# Wide enough for 64 bits and for the digit that Arrow adds with each sum of two columns, up to 38 digits.
_PRECISION, _WIDEST = 28, 38
_DIGITS_OF_64_BITS = 19


def frame(
    connection: Connection, accounts: Sequence[str] | None, since: datetime | None, until: datetime | None
) -> pd.DataFrame:
    """Return the calls with `since <= started_at < until`, as `Archive.frame` says."""
    chosen = chosen_accounts(connection, accounts)
    try:
        return _frame(connection, chosen, since, until)
    except (*UNREADABLE, exc.DBAPIError) as error:
        # Many rows at once don't say which of them is damaged: read them one by one. PostgreSQL answers nothing more
        # in a transaction in which something failed.
        if connection.dialect.name == "sqlite" or not isinstance(error, exc.DBAPIError):
            find_damaged(connection, chosen)
        raise


def _frame(
    connection: Connection, accounts: Sequence[str], since: datetime | None, until: datetime | None
) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    table = _ordered(_table(connection, accounts, since, until))
    _check(table)
    known = shown_names(connection)
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        values = table.column(name)
        if known and name in _NAMED:
            values = _with_names(table.column(_NAMED[name]), values, known)
        if name in CATEGORIES:
            columns[name] = _categorical(values)
        elif name in PRICE_FIELDS:
            columns[name] = pd.arrays.ArrowExtensionArray(_decimals(values, table.column("price_scale")))
        elif name in _TIMES:
            columns[name] = values.cast(pa.timestamp("us", tz="UTC")).to_pandas()
        elif name == "started_local":
            columns[name] = values.cast(pa.timestamp("us")).to_pandas()
        elif name in _SECONDS:
            columns[name] = values.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
        else:
            columns[name] = values.to_pandas(types_mapper={pa.string(): pd.StringDtype("pyarrow")}.get)
    return pd.DataFrame(columns, columns=list(COLUMNS), copy=False)


def _table(connection: Connection, accounts: Sequence[str], since: datetime | None, until: datetime | None) -> pa.Table:
    """Return the integers and texts of the calls as an Arrow table."""
    import pyarrow as pa  # noqa: PLC0415

    schema = pa.schema([(name, _arrow_type(name)) for name in _NAMES])
    batches = [
        pa.record_batch(
            [
                pa.array(values, pa.int64() if name in _INTEGERS else pa.string()).cast(schema.field(name).type)
                for name, values in zip(schema.names, chunk, strict=True)
            ],
            schema=schema,
        )
        for account in accounts
        for chunk in _known_numbers(
            _chunks(connection, account, since, until), _e164_of(connection, account, since, until)
        )
    ]
    return pa.Table.from_batches(batches, schema=schema)


def _e164_of(connection: Connection, account: str, since: datetime | None, until: datetime | None) -> dict[str, str]:
    """Return the E.164 form of the numbers that some calls of the period have it for and others don't."""
    period = in_period(account, since, until)
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


def _chunks(
    connection: Connection, account: str, since: datetime | None, until: datetime | None
) -> Iterator[list[list[Any]]]:
    """Yield an account's calls, oldest first, as columns: the values of `COLUMNS` and `price_scale`.

    The database packs each column of a chunk into one JSON text. That is several times quicker than fetching rows,
    because a driver makes and frees an object for each value of each row under the interpreter's lock.
    """
    period = in_period(account, since, until)
    if since is None and until is None:
        yield from _chunk(connection, [*period, calls.c.started_at.is_(None)], None)
    after: ColumnElement[bool] = calls.c.started_at.is_not(None)
    while True:
        found = list(_chunk(connection, [*period, after], _CHUNK))
        yield from found
        if not found or len(found[0][0]) < _CHUNK:
            return
        start = found[0][COLUMNS.index("started_at")][-1]
        call_id = found[0][COLUMNS.index("call_id")][-1]
        after = or_(calls.c.started_at > start, and_(calls.c.started_at == start, calls.c.call_id > call_id))
        after = and_(calls.c.started_at >= start, after)


def _chunk(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], limit: int | None
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
    }
    ordered = [values[name].label(f"c{index}") for index, name in enumerate(COLUMNS)]
    rows = select(*ordered, table.price_scale.label("scale")).where(*conditions).order_by(*oldest_first()).limit(limit)
    inner = rows.subquery()
    packed = connection.execute(select(*[_packed(connection, column) for column in inner.columns])).one()
    columns = [[] if text is None else orjson.loads(text) for text in packed]
    if any(text is not None and "." in text for name, text in zip(_NAMES, packed, strict=True) if name in _INTEGERS):
        # Arrow would cut a fraction off.
        raise ValueError
    if columns[0]:
        yield columns


def _packed(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if connection.dialect.name == "sqlite":
        return func.json_group_array(column)
    return cast(func.json_agg(column), Text)


def _ordered(table: pa.Table) -> pa.Table:
    """Return the table ordered by start and call id, calls without a start first."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    if len(table.column("account").combine_chunks().dictionary if len(table) else ()) < 2:  # noqa: PLR2004
        return table
    # Where nulls go is said in another way by each generation of Arrow: no start is before any start.
    start = pc.fill_null(table.column("started_at"), -(2**63))
    keyed = pa.table({"start": start, "call_id": table.column("call_id")})
    return table.take(pc.sort_indices(keyed, sort_keys=[("start", "ascending"), ("call_id", "ascending")]))


def _categorical(values: pa.ChunkedArray) -> pd.Categorical:
    """Return the column as a categorical whose categories are sorted."""
    import pandas as pd  # noqa: PLC0415

    column = values.unify_dictionaries().to_pandas()
    categories = sorted(column.cat.categories)
    return pd.Categorical(column).reorder_categories(categories)


def _with_names(numbers: pa.ChunkedArray, carried: pa.ChunkedArray, known: Mapping[str, str]) -> pa.ChunkedArray:
    """Return the names of the numbers: the known ones, otherwise what the calls carry."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    places = pc.index_in(numbers, value_set=pa.array(list(known), pa.string()))
    return pc.coalesce(pa.array(list(known.values()), pa.string()).take(places), carried)


def _decimals(values: pa.ChunkedArray, scales: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return integers with their rows' scales as decimals of one scale, exactly."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    found = sorted(scales.unique().to_pylist()) or [0]
    digits = _DIGITS_OF_64_BITS + found[-1] - found[0]
    wanted = pa.decimal128(_PRECISION if digits <= _PRECISION else _WIDEST, found[-1])
    integers = values.cast(pa.decimal128(_DIGITS_OF_64_BITS, 0))
    parts = []
    for scale in found:
        # The same digits, with the point where the row has it.
        exact = [chunk.view(pa.decimal128(_DIGITS_OF_64_BITS, scale)) for chunk in integers.chunks]
        shifted = pa.chunked_array(exact, pa.decimal128(_DIGITS_OF_64_BITS, scale)).cast(wanted)
        parts.append(shifted if len(found) == 1 else pc.if_else(pc.equal(scales, scale), shifted, None))
    return parts[0] if len(parts) == 1 else pc.coalesce(*parts)
