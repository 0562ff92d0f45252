"""Writes calls as Parquet: one file, or a folder with a file for each month."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from trunkline.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


COMPRESSION = "zstd"
UNSTARTED = "unknown"
"""The name, before `.parquet`, of the file with the calls whose start isn't known."""


def write_file(path: Path, tables: Iterable[pa.Table]) -> int:
    """Write the tables as one Parquet file; return the number of rows."""
    count = 0
    with ExitStack() as stack:
        writer = None
        for table in tables:
            if writer is None:
                writer = stack.enter_context(pq.ParquetWriter(path, table.schema, compression=COMPRESSION))
            _check_types(table, writer)
            writer.write_table(table)
            count += len(table)
    return count


def write_months(folder: Path, tables: Iterable[pa.Table]) -> int:
    """Write a file for each month (UTC) of `started_at`, such as `2026-11.parquet`; return the number of rows."""
    count = 0
    with ExitStack() as stack:
        writers: dict[str, pq.ParquetWriter] = {}
        for table in tables:
            if "started_at" not in table.column_names:
                msg = "the calls have no column 'started_at', which tells their months"
                raise DataError(msg, field="started_at")
            months = pc.fill_null(pc.strftime(_starts(table), "%Y-%m", locale="C"), UNSTARTED)
            for month in pc.unique(months).to_pylist():
                if month not in writers:
                    path = folder / f"{month}.parquet"
                    writers[month] = stack.enter_context(pq.ParquetWriter(path, table.schema, compression=COMPRESSION))
                _check_types(table, writers[month])
                writers[month].write_table(table.filter(pc.equal(months, month)))
            count += len(table)
    return count


def _starts(table: pa.Table) -> pa.ChunkedArray:
    """Return the starts in UTC; `DataError` for what is no time. Nanoseconds make no difference to the month."""
    try:
        return table.column("started_at").cast(pa.timestamp("us", "UTC"), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        msg = "the column 'started_at', which tells the months of the calls, holds something else than times"
        raise DataError(msg, field="started_at") from None


def _check_types(table: pa.Table, writer: pq.ParquetWriter) -> None:
    """Raise `DataError` for a table of other types than the file has."""
    for field, other in zip(table.schema, writer.schema, strict=True):
        if field.type != other.type:
            msg = (
                f"the column {field.name!r} has another type in each of the frames, so that one Parquet file can't "
                "hold them: export one frame, or `Archive.tables()`"
            )
            raise DataError(msg, field=field.name)
