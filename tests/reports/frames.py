"""A tiny office, written out by hand, as a frame of every engine; the numbers belong to nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa

TEHRAN = ZoneInfo("Asia/Tehran")
TEXT, MONEY, N = pa.string(), pa.decimal128(18, 2), pa.int64()
UTC_TIME, WALL = pa.timestamp("us", "UTC"), pa.timestamp("us")
WORD = pa.dictionary(pa.int32(), pa.string())

# The columns of `Archive.frame()`, in its order.
SCHEMA = {
    "account": WORD,
    "call_id": TEXT,
    "direction": WORD,
    "status": WORD,
    "trunk": WORD,
    "extension": WORD,
    "source": TEXT,
    "source_name": TEXT,
    "destination": TEXT,
    "destination_name": TEXT,
    "started_at": UTC_TIME,
    "ended_at": UTC_TIME,
    "started_local": WALL,
    "wait_s": N,
    "talk_s": N,
    "price": MONEY,
    "price_wait": MONEY,
    "price_talk": MONEY,
    "price_record": MONEY,
    "price_saved": MONEY,
    "currency": WORD,
}

type Row = Mapping[str, Any]


def row(call_id: str, local: str | None, direction: str | None, status: str | None, **rest: Any) -> Row:
    """Return a row; `local` is the wall clock in Tehran, amounts are written as text, all absent columns are null."""
    start = None if local is None else datetime.fromisoformat(local)
    values: dict[str, Any] = dict.fromkeys(SCHEMA) | {
        "account": "telefonchy:1",
        "call_id": call_id,
        "direction": direction,
        "status": status,
        "currency": "IRR",
        "started_local": start,
        "started_at": None if start is None else start.replace(tzinfo=TEHRAN).astimezone(UTC),
    }
    values |= {
        name: Decimal(value) if name.startswith("price") and value is not None else value
        for name, value in rest.items()
    }
    return values


def table(rows: Iterable[Row]) -> pa.Table:
    """Return the rows as an Arrow table of the archive's columns."""
    listed = list(rows)
    return pa.table({
        name: pa.array([each[name] for each in listed], type=pa.string() if dtype == WORD else dtype).cast(dtype)
        for name, dtype in SCHEMA.items()
    })  # fmt: skip


def to_pandas(arrow: pa.Table) -> pd.DataFrame:
    """Return a pandas frame with the archive's dtypes."""

    def kind(dtype: pa.DataType) -> Any:
        if pa.types.is_int64(dtype):
            return pd.Int64Dtype()
        return pd.ArrowDtype(dtype) if pa.types.is_decimal(dtype) else None

    return arrow.to_pandas(types_mapper=kind)


ENGINES: dict[str, Callable[[pa.Table], Any]] = {
    "pandas": to_pandas,
    "polars": pl.from_arrow,
    "polars-lazy": lambda arrow: pl.from_arrow(arrow).lazy(),
    "pyarrow": lambda arrow: arrow,
    "duckdb": duckdb.from_arrow,
}


def cell(value: Any, *, day: bool = False) -> Any:
    """Return a cell as plain Python, the same from every engine."""
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and value != value):  # noqa: PLR0124
        return None
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime()
    if day and isinstance(value, datetime):
        return value.date()
    return value


def rows(frame: Any, *columns: str) -> list[tuple[Any, ...]]:
    """Return the rows of a figure, of all or only these columns."""
    wrapped = nw.from_native(frame)
    if isinstance(wrapped, nw.LazyFrame):
        wrapped = wrapped.collect()
    chosen = wrapped.select(*columns) if columns else wrapped
    return [
        tuple(cell(value, day=name in {"day", "week"}) for name, value in zip(chosen.columns, each, strict=True))
        for each in chosen.iter_rows()
    ]


def names(frame: Any) -> list[str]:
    """Return the names of a figure's columns."""
    return list(nw.from_native(frame).collect_schema().names())


D = Decimal
MON, TUE, THU = date(2025, 3, 17), date(2025, 3, 18), date(2025, 3, 20)

# Three days around the Persian new year (21 March 2025 is 1 Farvardin 1404) on two trunks.
OFFICE = (
    # Monday 17 March 2025 = 27 Esfand 1403
    row("a", "2025-03-17 09:00:00", "incoming", "answered", trunk="2155501", extension="10", source="09120000001",
        destination="10", wait_s=10, talk_s=60, price="12.50", price_wait="2.50", price_talk="8.00",
        price_record="3.00", price_saved="1.00"),
    row("b", "2025-03-17 09:30:00", "incoming", "no_answer", trunk="2155501", extension="10", source="09120000002",
        destination="10", wait_s=30, talk_s=0, price="5.00", price_wait="5.00", price_talk="0", price_record="0",
        price_saved="0"),
    row("c", "2025-03-17 10:00:00", "outgoing", "answered", trunk="2155501", extension="10", source="10",
        destination="09120000002", wait_s=5, talk_s=120, price="40.00", price_wait="0", price_talk="39.00",
        price_record="0", price_saved="0"),
    row("d", "2025-03-17 10:30:00", "incoming", "no_answer", trunk="2155502", extension="11", source="09120000003",
        destination="11", wait_s=4, talk_s=0, price="0", price_wait="0", price_talk="0", price_record="0",
        price_saved="0"),
    # Tuesday without calls would be the 18th; Thursday 20 March = 30 Esfand, the year's last day
    row("e", "2025-03-20 09:15:00", "incoming", "busy", trunk="2155502", extension="11", source="09120000003",
        destination="11", wait_s=0, talk_s=0, price="0", price_wait="0", price_talk="0", price_record="0",
        price_saved="0"),
    row("f", "2025-03-20 23:59:30", "outgoing", "answered", trunk="2155502", extension="11", source="11",
        destination="02155500001", wait_s=10, talk_s=50, price="7.25", currency="EUR"),
    # Friday 21 March = 1 Farvardin 1404
    row("g", "2025-03-21 09:00:00", "internal", "answered", extension="10", source="10", destination="11", wait_s=2,
        talk_s=None, price="0"),
    row("h", "2025-03-21 12:00:00", "outgoing", "congestion", trunk="2155501", extension="10", source="10",
        destination="02155500001", wait_s=3, talk_s=0, price=None),
    row("i", "2025-03-21 13:00:00", "outgoing", "unknown", trunk="2155501", source="10", destination="02155500002",
        price="1.00"),
)  # fmt: skip
