"""A scan of the archive as a frame of any engine, lazy where the engine is."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from trunkline.errors import ConfigError, DataError

from .finished import CATEGORIES, COLUMNS, places, starts
from .rows import PRICE_FIELDS, from_micros
from .shown import looked_up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import narwhals as nw
    import pyarrow as pa

    from .scanning import Parts

_SIDES = {"source": "source_name", "destination": "destination_name"}
_INSTALL = {
    "pandas": "trunkline[reports]",
    "polars": "trunkline[notebooks]",
    "pyarrow": "trunkline[reports]",
    "duckdb": "trunkline[notebooks]",
    "pyspark": "trunkline[spark]",
}
ENGINES = tuple(_INSTALL)
"""What a scan can return a frame of."""


def check(engine: str, columns: Sequence[str] | None) -> list[str]:
    """Return the columns of a scan; `ConfigError` for an unknown engine, `DataError` for an unknown column."""
    if engine not in ENGINES:
        msg = f"there is no engine {engine!r}; choose one of {', '.join(ENGINES)}"
        raise ConfigError(msg)
    for column in columns or ():
        if column not in COLUMNS:
            msg = f"calls have no column {column!r}; they have {', '.join(COLUMNS)}"
            raise DataError(msg, field=column)
    return list(dict.fromkeys(columns)) if columns else list(COLUMNS)


def scan(engine: str, found: Parts, columns: Sequence[str]) -> Any:
    """Return the calls as a frame of an engine, with these columns."""
    try:
        if engine in {"pandas", "pyarrow"}:
            return _eager(engine, found, columns)
        return _lazy(_SOURCES[engine](), found, columns)
    except ImportError as error:
        msg = f"a scan with {engine} needs {error.name}: run pip install '{_INSTALL[engine]}'"
        raise ConfigError(msg) from None


def _eager(engine: str, found: Parts, columns: Sequence[str]) -> Any:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    from .frame import to_pandas  # noqa: PLC0415
    from .prices import priced  # noqa: PLC0415
    from .scanning import filters  # noqa: PLC0415

    # The order needs the start and the id, the numbers need the account, and the names the numbers.
    needed = {"started_at", "call_id", "account", *columns}
    needed |= {side for side, name in _SIDES.items() if name in columns}
    chosen = [name for name in COLUMNS if name in needed]
    only, read = filters(found.span), []
    for path in chain.from_iterable(found.files.values()):
        # Without filters, this is quicker than a data set of one file.
        part = pq.read_table(path, columns=chosen, filters=only) if only else pq.ParquetFile(path).read(chosen)
        read.append(priced(part, found.price))
    pieces = [found.table.select(chosen)]
    if read:
        files = pa.concat_tables([each.select(chosen).replace_schema_metadata() for each in read])
        pieces.insert(0, _shown(files.unify_dictionaries(), found))
    table = _ordered(pa.concat_tables(pieces).unify_dictionaries()).select(list(columns))
    return to_pandas(table) if engine == "pandas" else table


def _ordered(table: pa.Table) -> pa.Table:
    """Return the calls in their order. Those of one account and one time are next to each other in theirs."""
    import numpy as np  # noqa: PLC0415

    accounts = table.column("account").chunks
    if not accounts:
        return table
    started = starts(table.column("started_at")).to_numpy()
    if len(accounts[0].dictionary) == 1 and np.all(started[:-1] <= started[1:]):
        return table
    return table.take(places(table.column("started_at"), table.column("call_id")))


def _shown(table: pa.Table, found: Parts) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    for side, name in _SIDES.items():
        if side not in table.column_names:
            continue
        numbers = table.column(side)
        for account, known in found.e164_of.items():
            mine = pc.equal(table.column("account").cast(pa.string()), account)
            numbers = pc.if_else(mine, looked_up(numbers, numbers, known), numbers)
        table = table.set_column(table.column_names.index(side), side, numbers)
        if found.names and name in table.column_names:
            names = looked_up(numbers, table.column(name), found.names)
            table = table.set_column(table.column_names.index(name), name, names)
    return table


class _Source:
    """How an engine reads files and takes Arrow tables, each as a lazy frame of narwhals."""

    def __init__(self, files: Callable[[list[str]], Any], arrow: Callable[[pa.Table], Any]) -> None:
        self._files, self._arrow = files, arrow

    def files(self, paths: Sequence[str]) -> nw.LazyFrame[Any]:
        """Return the rows of Parquet files."""
        return _wrapped(self._files(list(paths)))

    def arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """Return the rows of a table, whose categories are text."""
        return _wrapped(self._arrow(table))


def _wrapped(frame: Any) -> nw.LazyFrame[Any]:
    import narwhals as nw  # noqa: PLC0415

    lazy: nw.LazyFrame[Any] = nw.from_native(frame).lazy()
    return lazy


def _polars() -> _Source:
    import polars as pl  # noqa: PLC0415

    return _Source(pl.scan_parquet, lambda table: pl.from_arrow(table).lazy())  # type: ignore[union-attr]


def _duckdb() -> _Source:
    import duckdb  # noqa: PLC0415

    return _Source(duckdb.read_parquet, duckdb.from_arrow)


def _pyspark() -> _Source:
    from pyspark.sql import SparkSession  # noqa: PLC0415

    session = SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()

    def arrow(table: pa.Table) -> Any:
        from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

        # A wall clock would otherwise be read as a time in the session's zone.
        whole = table.combine_chunks()  # Spark takes only the first piece of a table.
        return session.createDataFrame(whole, from_arrow_schema(table.schema, prefer_timestamp_ntz=True))

    return _Source(lambda paths: session.read.parquet(*paths), arrow)


_SOURCES: dict[str, Callable[[], _Source]] = {"polars": _polars, "duckdb": _duckdb, "pyspark": _pyspark}


def _lazy(source: _Source, found: Parts, columns: Sequence[str]) -> Any:
    import narwhals as nw  # noqa: PLC0415

    price = nw.Decimal(found.price.precision, found.price.scale)

    def typed(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        # Polars has categories in the files. Accounts are joined by their text.
        word = nw.Categorical() if frame.implementation.is_polars() else nw.String()
        words = (nw.col(name).cast(nw.String() if name == "account" and found.e164_of else word) for name in CATEGORIES)
        prices = (nw.col(name).cast(price) for name in PRICE_FIELDS)
        return frame.select(*COLUMNS).with_columns(*words, *prices)

    pieces = []
    for paths in found.files.values():
        files = source.files(paths)
        for bound, at_least in ((found.span.low, True), (found.span.high, False)):
            if bound is not None:
                moment = nw.lit(from_micros(bound))
                started = nw.col("started_at")
                files = files.filter(started >= moment if at_least else started < moment)
        pieces.append(typed(files))
    if pieces:
        pieces = [_with_known(source, _concatenated(pieces), found, columns)]
    if len(found.table) or not pieces:
        pieces.append(typed(source.arrow(_plain(found.table.select(list(COLUMNS))))))
    whole = _concatenated(pieces).select(*columns)
    categories = [nw.col(name).cast(nw.Categorical()) for name in columns if name in CATEGORIES]
    if categories and whole.implementation.is_polars():
        whole = whole.with_columns(*categories)
    return whole.to_native()


def _concatenated(pieces: Sequence[nw.LazyFrame[Any]]) -> nw.LazyFrame[Any]:
    import narwhals as nw  # noqa: PLC0415

    return pieces[0] if len(pieces) == 1 else nw.concat(pieces)


def _with_known(source: _Source, frame: nw.LazyFrame[Any], found: Parts, columns: Sequence[str]) -> nw.LazyFrame[Any]:
    """Return the frame with known numbers and names, looked up in tables."""
    import narwhals as nw  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    triples = [(account, *pair) for account, known in found.e164_of.items() for pair in known.items()]
    for side, name in _SIDES.items():
        if triples and (side in columns or name in columns):
            lists = (pa.array(list(values), pa.string()) for values in zip(*triples, strict=True))
            known = source.arrow(pa.table(dict(zip(("_account", "_number", "_e164"), lists, strict=True))))
            frame = frame.join(known, how="left", left_on=["account", side], right_on=["_account", "_number"])
            frame = frame.with_columns(nw.coalesce("_e164", side).alias(side)).select(*COLUMNS)
        if found.names and name in columns:
            pair = {"_number": list(found.names), "_name": list(found.names.values())}
            known = source.arrow(pa.table({key: pa.array(values, pa.string()) for key, values in pair.items()}))
            frame = frame.join(known, how="left", left_on=[side], right_on=["_number"])
            frame = frame.with_columns(nw.coalesce("_name", name).alias(name)).select(*COLUMNS)
    return frame


def _plain(table: pa.Table) -> pa.Table:
    """Return the table with text instead of categories: not every engine takes dictionaries."""
    import pyarrow as pa  # noqa: PLC0415

    kinds = [field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in table.schema]
    return table.cast(pa.schema(kinds))
