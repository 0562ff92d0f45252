"""A mirror of the archive: a Parquet file for each closed month (UTC) of an account, beside those of other months."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from trunkline.errors import ArchiveError

from .coverage import contains
from .finished import TIMES, Calls
from .marks import mark_of, marks_of
from .prices import priced
from .queries import chosen_accounts, stream_states
from .rows import from_micros, to_micros
from .shown import names_in
from .spans import Month, Span, months
from .tables import Facts, checked, read

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy import Connection

    from .database import Database

# What a file says of itself: the mark of its month, what `Facts.of` says of its calls, and their names.
_MARK, _FACTS, _NAMES = b"trunkline.mark", b"trunkline.facts", b"trunkline.names"
# More of them are found sooner in the file.
_MOST_NAMES = 10_000
# Read twice as fast as with the defaults of Parquet's writer: ids and times hardly repeat.
_SINGLE = ("call_id", *TIMES)
_FORMAT = {
    "compression": "lz4",
    "column_encoding": dict.fromkeys(TIMES, "DELTA_BINARY_PACKED"),
    "store_decimal_as_integer": True,
}
# The most digits of decimals that are stored as integers of 64 bits.
_SHORT = 18
_LONGEST = 40
# A provider may still add calls or correct them so long, by the default of a sync.
_SETTLED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Mirrored:
    """How many months a mirror has written, left as they were, and removed; `calls` are those that it has written."""

    written: int
    unchanged: int
    removed: int
    calls: int


def mirror(database: Database, directory: Path, now: datetime | None = None) -> Mirrored:
    """Bring the mirror in a directory up to date, as `Archive.mirror` says."""
    moment = now or datetime.now(UTC)
    written = unchanged = removed = count = 0
    with database.reading() as connection:
        closed = {account: _closed(connection, account, moment) for account in chosen_accounts(connection, None)}
        marks = {account: marks_of(connection, account) for account in closed}
    try:
        for account, wanted in closed.items():
            folder = directory / folder_of(account)
            removed += _remove(folder, {month.name for month in wanted})
            for month in wanted:
                path = folder / f"{month.name}.parquet"
                if current(path, marks[account].get(month)) is not None:
                    unchanged += 1
                    continue
                mark_of(database, account, month)
                count += _write(database, account, month, path)
                written += 1
    except OSError as error:
        msg = f"can't write the mirror {directory} ({error.strerror or type(error).__name__})"
        raise ArchiveError(msg) from None
    return Mirrored(written, unchanged, removed, count)


def folder_of(account: str) -> str:
    """Return the name of an account's folder, which every file system and every engine can read."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", account)[:_LONGEST]
    return f"{plain}-{hashlib.sha256(account.encode()).hexdigest()[:8]}"


def current(path: Path, mark: str | None) -> pa.Schema | None:
    """Return the schema of a file that has the state of a month that has this mark now, otherwise None."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    if mark is None:
        return None
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowException):
        return None
    found = schema.metadata or {}
    return schema if found.get(_MARK) == mark.encode() and {_FACTS, _NAMES} <= found.keys() else None


def facts_in(schema: pa.Schema) -> Any:
    """Return what a file says of its calls, None if it says nothing."""
    return orjson.loads(schema.metadata[_FACTS])


def names_of(schema: pa.Schema) -> Any:
    """Return what `names_in` finds in a file, None if that is much."""
    return orjson.loads(schema.metadata[_NAMES])


def _closed(connection: Connection, account: str, moment: datetime) -> list[Month]:
    """Return the months of an account that are past and, if syncs read it, wholly read."""
    end = to_micros(moment - _SETTLED, "now")
    coverages = stream_states(connection, account)
    synced = [coverage.segments for coverage in coverages if coverage.segments]
    with checked(connection, [account]):
        past = [month for month in months(connection, [account]) if month.high <= end]
    return [
        month
        for month in past
        if all(contains(segments, from_micros(month.low), from_micros(month.high)) for segments in synced)
    ]


def _write(database: Database, account: str, month: Month, path: Path) -> int:
    """Write a month as it is now, with the mark that it has now: both are read in one transaction."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    with database.reading() as connection, checked(connection, [account]):
        mark = marks_of(connection, account).get(month, "")
        columns = read([connection], [account], Span(month.low, month.high), facts := Facts(), as_sent=True)
    table = _shortened(Calls(columns, facts.price).table())
    names = names_in(table)
    said = {_FACTS: facts.of(account), _NAMES: None if len(names) > _MOST_NAMES else names}
    said_bytes = {key: orjson.dumps(value) for key, value in said.items()}
    table = table.replace_schema_metadata({_MARK: mark.encode(), **said_bytes})
    path.parent.mkdir(parents=True, exist_ok=True)
    # Only its owner can read a file that mkstemp creates.
    descriptor, name = tempfile.mkstemp(prefix=".trunkline-", dir=path.parent)
    os.close(descriptor)
    beside = Path(name)
    try:
        repeated = [name for name in table.column_names if name not in _SINGLE]
        pq.write_table(table, beside, use_dictionary=repeated, **_FORMAT)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return len(table)


def _shortened(table: pa.Table) -> pa.Table:
    """Return the table with prices of fewer digits, if all of them fit."""
    import pyarrow as pa  # noqa: PLC0415

    try:
        return priced(table, pa.decimal128(_SHORT, table.schema.field("price").type.scale))
    except pa.ArrowInvalid:
        return table


def _remove(folder: Path, wanted: set[str]) -> int:
    """Remove the files of months that aren't closed, or have no calls any more."""
    gone = [path for path in folder.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9].parquet") if path.stem not in wanted]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)
