"""Writes accounts, calls with their corrections, and coverage, within an open transaction."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from sqlalchemy import select, update

from trunkline.errors import ArchiveError, DataError

from . import marks, queries
from .coverage import Coverage, Segment, united
from .damage import reading_row
from .merging import corrected, merged
from .rows import local_micros, maybe_micros, to_call, to_integer, to_micros, to_row
from .schema import CALL_COLUMNS, accounts, calls
from .values import Stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from trunkline.model import Call

    from .database import Database
    from .rows import Row

_KEPT = CALL_COLUMNS[:-1]
_CALL_KEY = ("account", "call_id")
_STREAM_COLUMNS = (
    "account", "stream", "calls", "segments", "total", "archived", "horizon", "reread_at", "cursor", "backfill", "once",
    "doubt",
)  # fmt: skip
_CORRECTION_COLUMNS = (
    "account", "call_id", "field", "old", "old_scale", "old_currency", "new", "new_scale", "new_currency", "at",
)  # fmt: skip
_CHUNK = 1000


def register(
    connection: Connection, database: Database, *, account: str, provider: str, title: str, zone: str, currency: str
) -> None:
    """Insert or update an account; if its zone changes, the wall-clock times of its calls are updated too."""
    zone_info = _zone(zone)
    columns = ("account", "provider", "title", "zone", "currency")
    known = select(accounts.c.zone, accounts.c.currency).where(accounts.c.account == account)
    before = connection.execute(known).one_or_none()
    row = (account, provider, title, zone, currency)
    database.write(connection, database.upsert("accounts", columns, ("account",)), [row])
    if before is not None and before.zone != zone:
        _update_local_times(connection, account, zone_info)
    if before is not None and (before.zone, before.currency) != (zone, currency):
        marks.forget(connection, account)


def store(connection: Connection, database: Database, account: str, batch: Sequence[Call], at: datetime) -> Stored:
    """Insert or update the calls of one account within the open transaction; `at` is the time of corrections (UTC)."""
    zone = zone_of(connection, database, account)
    upsert = database.upsert("calls", CALL_COLUMNS, _CALL_KEY, keeping=("raw",))
    new: list[Call] = []
    changed: list[Call] = []
    corrections: list[tuple[Any, ...]] = []
    added: Counter[str] = Counter()
    starts: set[datetime | None] = set()
    unique = _without_duplicates(batch)
    for start in range(0, len(unique), _CHUNK):
        chunk = unique[start : start + _CHUNK]
        rows: list[Row] = [to_row(call, zone) for call in chunk]
        known = _known(connection, database, account, [call.call_id for call in chunk])
        if not known:
            new += chunk
            added.update([call.stream for call in chunk])
            database.write(connection, upsert, rows)
            continue
        to_write: list[Row] = []
        for call, row in zip(chunk, rows, strict=True):
            before = known.get(call.call_id)
            if before is None:
                new.append(call)
                to_write.append(row)
                added[call.stream] += 1
            elif before != row[:-1]:
                old = to_call(before)
                now = merged(old, call)
                if now == old:
                    continue
                changed.append(now)
                starts.add(old.started_at)
                to_write.append(to_row(now, zone))
                corrections += [_correction(old, change, at) for change in corrected(old, now)]
                if old.stream != now.stream:
                    added[old.stream] -= 1
                    added[now.stream] += 1
        if to_write:
            database.write(connection, upsert, to_write)
    if corrections:
        database.write(connection, database.insert("corrections", _CORRECTION_COLUMNS), corrections)
    starts.update(call.started_at for call in (*new, *changed))
    marks.forget(connection, account, starts)
    counts = [(account, stream, count) for stream, count in added.items() if count]
    if counts:
        database.write(connection, database.add_to_streams(), counts)
    return Stored(tuple(new), tuple(changed), len(batch) - len(new) - len(changed))


def save_coverage(connection: Connection, database: Database, coverage: Coverage, *, reopen: bool = False) -> None:
    """Write the coverage; segments that another program has added in the meantime are kept, unless `reopen` is set."""
    stored, count = queries.stream_state(connection, coverage.account, coverage.stream)
    segments = coverage.segments if reopen else united([*stored.segments, *coverage.segments])
    row = (
        coverage.account,
        coverage.stream,
        count,
        _segments_json(segments),
        coverage.total,
        coverage.archived,
        maybe_micros(coverage.horizon, "horizon"),
        maybe_micros(coverage.reread_at, "reread_at"),
        coverage.cursor,
        coverage.backfill,
        _segments_json(coverage.once),
        None if coverage.doubt is None else str(coverage.doubt),
    )
    database.write(connection, database.upsert("streams", _STREAM_COLUMNS, ("account", "stream")), [row])


def _segments_json(segments: Sequence[Segment]) -> str:
    return orjson.dumps(
        [[to_micros(segment.low, "low"), to_micros(segment.high, "high")] for segment in segments]
    ).decode()


def _without_duplicates(batch: Sequence[Call]) -> Sequence[Call]:
    """Return the batch with duplicates merged: a list that shifts while it is read has some calls twice."""
    if len({call.call_id for call in batch}) == len(batch):
        return batch
    unique: dict[str, Call] = {}
    for call in batch:
        before = unique.get(call.call_id)
        unique[call.call_id] = call if before is None else merged(before, call)
    return list(unique.values())


def _known(connection: Connection, database: Database, account: str, call_ids: Sequence[str]) -> Mapping[str, Row]:
    statement, parameters = database.select_calls(_KEPT, account, call_ids)
    return {row[1]: row for row in database.fetch(connection, statement, parameters)}


def _correction(old: Call, change: tuple[str, Any, Any], at: datetime) -> tuple[Any, ...]:
    field, before, after = change
    return (
        old.account, old.call_id, field,
        *to_integer(before.amount, field), before.currency,
        *to_integer(after.amount, field), after.currency,
        to_micros(at, "at"),
    )  # fmt: skip


def zone_of(connection: Connection, database: Database, account: str) -> ZoneInfo:
    """Return the zone of a registered account; `ArchiveError` for one that isn't."""
    statement = f"SELECT zone FROM accounts WHERE account = {database.mark}"  # noqa: S608
    found = database.fetch(connection, statement, (account,))
    if not found:
        msg = f"the archive has no account {account}: register it before you store its calls"
        raise ArchiveError(msg)
    with reading_row(accounts, (account,), ()):
        return ZoneInfo(found[0][0])


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"there is no time zone {name!r}: use an IANA name such as Asia/Tehran"
        raise DataError(msg, field="zone") from None


def _update_local_times(connection: Connection, account: str, zone: ZoneInfo) -> None:
    of_account = calls.c.account == account
    starts = connection.execute(
        select(calls.c.started_at).where(of_account, calls.c.started_at.is_not(None)).distinct()
    ).scalars()
    for start in starts.all():
        try:
            local = local_micros(start, zone)
        except (DataError, TypeError):
            queries.find_damaged(connection, [account])
            raise
        connection.execute(update(calls).where(of_account, calls.c.started_at == start).values(started_local=local))
