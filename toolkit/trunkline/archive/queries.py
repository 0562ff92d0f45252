"""Reading the archive: calls newest first, counts, accounts, coverage and corrections."""

from __future__ import annotations

import heapq
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import ColumnElement, and_, case, desc, func, or_, select, union

from trunkline.model import Status

from .coverage import Coverage, Segment
from .damage import EPOCH, UNREADABLE, reading_row
from .rows import from_micros, maybe_time, to_call, to_micros, to_money
from .schema import accounts as accounts_table
from .schema import calls as calls_table
from .schema import corrections as corrections_table
from .schema import credit_readings as readings_table
from .schema import streams as streams_table
from .values import ArchivedAccount, Correction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Row

    from trunkline.model import Call, Direction

LONGEST_CALL = timedelta(days=1)
"""No call lasts longer: whatever asks for calls that ended then looks for starts so long before."""

_MOST_PARAMETERS = 500
_MICROS_OF_A_DAY = 86_400_000_000
_SECOND = 1_000_000
# 3000 years
_MOST_SECONDS = 10**11
_INSTANT = timedelta(microseconds=1)


def list_accounts(connection: Connection) -> tuple[ArchivedAccount, ...]:
    """Return the accounts in the order of their keys."""
    by_account = select(streams_table.c.account, func.sum(streams_table.c.calls)).group_by(streams_table.c.account)
    counts = {account: int(count) for account, count in connection.execute(by_account)}
    start = calls_table.c.started_at
    found = []
    for row in connection.execute(select(accounts_table).order_by(accounts_table.c.account)):
        mine = calls_table.c.account == row.account
        # Two queries, because SQLite looks only one end of an index up by itself.
        ends = [connection.execute(select(end(start)).where(mine)).scalar() for end in (func.min, func.max)]
        try:
            first, last = map(maybe_time, ends)
        except UNREADABLE:
            find_damaged(connection, [row.account])
            raise
        with reading_row(accounts_table, (row.account,), row):
            found.append(
                ArchivedAccount(
                    account=row.account,
                    provider=row.provider,
                    title=row.title,
                    zone=ZoneInfo(row.zone).key,
                    currency=row.currency,
                    calls=counts.get(row.account, 0),
                    first=first,
                    last=last,
                )
            )
    return tuple(found)


def get_call(connection: Connection, account: str, call_id: str) -> Call | None:
    """Return one call, or `None` where the archive has none of this key."""
    one = select(calls_table).where(calls_table.c.account == account, calls_table.c.call_id == call_id)
    row = connection.execute(one).one_or_none()
    return None if row is None else to_call(row)


def list_calls(
    connection: Connection,
    accounts: Sequence[str] | None,
    since: datetime | None,
    until: datetime | None,
    limit: int | None,
    *,
    only: Sequence[ColumnElement[bool]] = (),
    raw: bool = True,
) -> list[Call]:
    """Return calls newest first, `only` those that meet the conditions; those without a start come last.

    Without `raw`, the records as the provider sent them are left out.
    """
    chosen = chosen_accounts(connection, accounts)
    lists = [_newest(connection, [*in_period(account, since, until), *only], limit, raw=raw) for account in chosen]
    merged = heapq.merge(*lists, key=_age)
    return [call for call, _ in zip(merged, range(limit), strict=False)] if limit is not None else list(merged)


def calls_under_way(connection: Connection, account: str, at: datetime) -> list[Call]:
    """Return the calls that had started before a time and ended at or after it, newest first."""
    chosen = select(calls_table).where(*in_period(account, at - LONGEST_CALL, at), finished_at() >= to_micros(at, "at"))
    return [to_call(row) for row in connection.execute(chosen.order_by(*_newest_first()))]


def last_call(connection: Connection, account: str) -> Call | None:
    """Return the call of an account that ended last."""
    newest = next(iter(_newest(connection, in_period(account, None, None), 1)), None)
    if newest is None or (start := newest.started_at) is None:
        return None
    # A call that started earlier, or at the same time, may have ended later.
    longer = calls_under_way(connection, account, start + _INSTANT)
    return max((newest, *longer), key=lambda call: (call.finished_at or start, call.call_id))


def list_older(
    connection: Connection,
    account: str,
    position: tuple[datetime | None, str] | None,
    since: datetime | None,
    limit: int,
) -> list[Call]:
    """Return the calls that come after a position in the order of `list_calls`, at most `limit`.

    Two queries instead of one with OR, so that each follows the index.
    """
    started_at, call_id = calls_table.c.started_at, calls_table.c.call_id
    found: list[Call] = []
    moment, last_id = position or (None, "")
    if position is None or moment is not None:
        dated = [calls_table.c.account == account, started_at.is_not(None)]
        if since is not None:
            dated.append(started_at >= to_micros(since, "since"))
        if moment is not None:
            micros = to_micros(moment, "position")
            dated += [started_at <= micros, or_(started_at < micros, call_id < last_id)]
        chosen = select(calls_table).where(*dated).order_by(started_at.desc(), call_id.desc()).limit(limit)
        found = [to_call(row) for row in connection.execute(chosen)]
    if since is None and len(found) < limit:
        undated = [calls_table.c.account == account, started_at.is_(None)]
        if position is not None and moment is None:
            undated.append(call_id < last_id)
        chosen = select(calls_table).where(*undated).order_by(call_id.desc()).limit(limit - len(found))
        found += [to_call(row) for row in connection.execute(chosen)]
    return found


def find_damaged(connection: Connection, accounts: Sequence[str]) -> None:
    """Read the accounts' calls until one is damaged, and raise its `UnreadableRowError`; return if there is none."""
    for account in accounts:
        chosen = select(calls_table).where(calls_table.c.account == account)
        with connection.execution_options(stream_results=True).execute(chosen) as rows:
            for row in rows:
                to_call(row)


def count_calls(
    connection: Connection, accounts: Sequence[str] | None, since: datetime | None, until: datetime | None
) -> int:
    """Return how many calls there are; without a period that is known without counting."""
    if since is None and until is None:
        total = select(func.coalesce(func.sum(streams_table.c.calls), 0))
        if accounts is not None:
            total = total.where(streams_table.c.account.in_(accounts))
        return int(connection.execute(total).scalar_one())
    return sum(
        connection.execute(
            select(func.count()).select_from(calls_table).where(*in_period(account, since, until))
        ).scalar_one()
        for account in chosen_accounts(connection, accounts)
    )


def recorded_days(
    connection: Connection, account: str, since: datetime | None, until: datetime | None, *, answered: bool
) -> list[tuple[date, int]]:
    """Return the days with recorded calls and how many there are on each, newest first."""
    recorded = _has_recording()
    if answered:
        recorded = or_(recorded, calls_table.c.status == Status.ANSWERED.value)
    counted = (
        select(slot_of(calls_table.c.started_local, _MICROS_OF_A_DAY).label("day"), func.count().label("calls"))
        .where(*in_period(account, since, until), calls_table.c.started_local.is_not(None), recorded)
        .group_by("day")
        .order_by(desc("day"))
    )
    return [(EPOCH.date() + timedelta(days=int(row.day)), int(row.calls)) for row in connection.execute(counted)]


def count_down_to(connection: Connection, account: str, stream: str, low: datetime) -> int:
    """Return how many calls of a stream started at `low` or later."""
    counted = (
        select(func.count())
        .select_from(calls_table)
        .where(
            calls_table.c.account == account,
            calls_table.c.started_at >= to_micros(low, "low"),
            calls_table.c.stream == stream,
        )
    )
    return int(connection.execute(counted).scalar_one())


def stream_state(connection: Connection, account: str, stream: str) -> tuple[Coverage, int]:
    """Return the coverage of a stream, and how many of its calls the archive holds."""
    one = select(streams_table).where(streams_table.c.account == account, streams_table.c.stream == stream)
    row = connection.execute(one).one_or_none()
    if row is None:
        return Coverage(account, stream), 0
    return to_coverage(row), row.calls


def stream_states(connection: Connection, account: str) -> list[Coverage]:
    """Return the coverage of each stream of an account, in the order of their names."""
    own = select(streams_table).where(streams_table.c.account == account).order_by(streams_table.c.stream)
    return [to_coverage(row) for row in connection.execute(own)]


def to_coverage(row: Row[Any]) -> Coverage:
    """Return the coverage of a row of `streams`; `UnreadableRowError` for a damaged one."""
    with reading_row(streams_table, (row.account, row.stream), row):
        return Coverage(
            account=row.account,
            stream=row.stream,
            segments=_segments(row.segments),
            total=row.total,
            archived=row.archived,
            horizon=maybe_time(row.horizon),
            reread_at=maybe_time(row.reread_at),
            cursor=row.cursor,
            backfill=row.backfill,
            once=_segments(row.once or "[]"),
            doubt=None if row.doubt is None else int(row.doubt),
        )


def known_ids(connection: Connection, account: str, call_ids: Sequence[str]) -> frozenset[str]:
    """Return those of the ids whose calls are archived."""
    found: set[str] = set()
    for start in range(0, len(call_ids), _MOST_PARAMETERS):
        some = call_ids[start : start + _MOST_PARAMETERS]
        chosen = select(calls_table.c.call_id).where(calls_table.c.account == account, calls_table.c.call_id.in_(some))
        found.update(connection.execute(chosen).scalars())
    return frozenset(found)


def lines_with_credit(connection: Connection) -> list[tuple[str, str]]:
    """Return the trunks that have credit readings, each with its account."""
    found = connection.execute(select(readings_table.c.account, readings_table.c.trunk).distinct())
    return sorted((str(account), str(trunk)) for account, trunk in found)


def lines(connection: Connection) -> list[tuple[str, str]]:
    """Return the trunks and extensions of all calls and credit readings, each with its account."""
    named = (readings_table.c.trunk, calls_table.c.trunk, calls_table.c.extension)
    found = connection.execute(union(*(select(each.table.c.account, each).where(each.is_not(None)) for each in named)))
    return sorted((str(account), str(line)) for account, line in found)


def _segments(text: str) -> tuple[Segment, ...]:
    return tuple(Segment(from_micros(low), from_micros(high)) for low, high in orjson.loads(text))


def list_corrections(connection: Connection, account: str | None, since: datetime | None) -> list[Correction]:
    """Return the corrected prices in the order in which they were seen."""
    table = corrections_table.c
    chosen = select(corrections_table).order_by(table.at, table.account, table.call_id, table.field)
    if account is not None:
        chosen = chosen.where(table.account == account)
    if since is not None:
        chosen = chosen.where(table.at >= to_micros(since, "since"))
    return [to_correction(row) for row in connection.execute(chosen)]


def to_correction(row: Row[Any]) -> Correction:
    """Return the correction of a row; `UnreadableRowError` for a damaged one."""
    with reading_row(corrections_table, (row.account, row.call_id), row):
        return Correction(
            account=row.account,
            call_id=row.call_id,
            field=row.field,
            old=to_money(row.old, row.old_scale, row.old_currency),
            new=to_money(row.new, row.new_scale, row.new_currency),
            at=from_micros(row.at),
        )


def chosen_accounts(connection: Connection, accounts: Sequence[str] | None) -> Sequence[str]:
    """Return the accounts that are asked for: all, unless some are named."""
    if accounts is not None:
        return list(dict.fromkeys(accounts))
    return list(connection.execute(select(accounts_table.c.account)).scalars())


def in_period(account: str, since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    """Return the conditions of a half open period; without one, calls without a start belong to it too."""
    conditions = [calls_table.c.account == account]
    if since is not None:
        conditions.append(calls_table.c.started_at >= to_micros(since, "since"))
    if until is not None:
        conditions.append(calls_table.c.started_at < to_micros(until, "until"))
    return conditions


def that_are(
    direction: Direction | None, status: Status | None, *, recorded: bool = False
) -> list[ColumnElement[bool]]:
    """Return the conditions of a direction and a status, where they are given, and of having a recording."""
    conditions: list[ColumnElement[bool]] = []
    if direction is not None:
        conditions.append(calls_table.c.direction == direction.value)
    if status is not None:
        conditions.append(calls_table.c.status == status.value)
    if recorded:
        conditions.append(_has_recording())
    return conditions


def _has_recording() -> ColumnElement[bool]:
    return func.coalesce(calls_table.c.recording, "") != ""


def finished_at() -> ColumnElement[int]:
    """Return when a call ended in microseconds, as `Call.finished_at` has it; NULL for one of an impossible length."""
    table = calls_table.c
    wait, talk = (case((seconds > 0, seconds), else_=0) for seconds in (table.wait, table.talk))
    # More would need more than the 64 bits of PostgreSQL.
    possible = and_(wait <= _MOST_SECONDS, talk <= _MOST_SECONDS)
    return func.coalesce(table.ended_at, case((possible, table.started_at + (wait + talk) * _SECOND)))


def slot_of(column: ColumnElement[Any], width: int) -> ColumnElement[int]:
    """Return which slot of a width a time is in, counted from the epoch, also before it: databases divide towards 0."""
    rest = (column % width + width) % width
    return (column - rest) // width


def oldest_first() -> tuple[ColumnElement[Any], ...]:
    """Return the order by start and call id, calls without a start first, in which the index stands."""
    # SQLite sorts NULL first by default; PostgreSQL doesn't, and its index is created for this order.
    return calls_table.c.started_at.asc().nulls_first(), calls_table.c.call_id.asc()


def _newest_first() -> tuple[ColumnElement[Any], ...]:
    return calls_table.c.started_at.desc().nulls_last(), calls_table.c.call_id.desc()


def _newest(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], limit: int | None, *, raw: bool = True
) -> list[Call]:
    columns = [column for column in calls_table.c if raw or column is not calls_table.c.raw]
    chosen = select(*columns).where(*conditions).order_by(*_newest_first()).limit(limit)
    return [to_call(row) for row in connection.execute(chosen)]


def _age(call: Call) -> tuple[Any, ...]:
    return (1, 0.0) if call.started_at is None else (0, -to_micros(call.started_at, "started_at"))
