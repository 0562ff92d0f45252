"""Calls that a provider pushed: kept apart from those of its list, until the list has them or they are withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from .damage import reading_row
from .rows import from_micros, maybe_time, to_call, to_micros, to_row
from .schema import CALL_COLUMNS, calls, pushed_calls
from .values import PushedCall, PushOutcome
from .writing import zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from trunkline.model import Call

    from .database import Database

# A pushed record is replaced by that of the list, so that its raw text is of no use.
_CALL_COLUMNS = CALL_COLUMNS[:-1]
_COLUMNS = (*_CALL_COLUMNS, "pushed_at")
_TABLE = pushed_calls.c


def store(connection: Connection, database: Database, call: Call, at: datetime, limit: int) -> PushOutcome:
    """Keep a pushed call unless it is known, or `limit` calls of its account wait already; `at` is UTC."""
    of_account = _TABLE.account == call.account
    row = to_row(call, zone_of(connection, database, call.account))[:-1]
    listed = select(calls.c.call_id).where(calls.c.account == call.account, calls.c.call_id == call.call_id)
    if connection.execute(listed).first() is not None:
        return PushOutcome.LISTED
    one = select(_TABLE.withdrawn_at).where(of_account, _TABLE.call_id == call.call_id)
    known = connection.execute(one).first()
    if known is not None:
        return PushOutcome.PUSHED if known.withdrawn_at is None else PushOutcome.WITHDRAWN
    waiting = select(func.count()).select_from(pushed_calls).where(of_account, _TABLE.withdrawn_at.is_(None))
    if connection.execute(waiting).scalar_one() >= limit:
        return PushOutcome.FULL
    database.write(connection, database.insert("pushed_calls", _COLUMNS), [(*row, to_micros(at, "pushed_at"))])
    return PushOutcome.NEW


def confirm(connection: Connection, database: Database, account: str, new: Sequence[Call]) -> tuple[Call, ...]:
    """Return those of the list's new calls that had been pushed; what was pushed of them is deleted."""
    if not new:
        return ()
    statement = f"SELECT call_id FROM pushed_calls WHERE account = {database.mark}"  # noqa: S608
    pushed = {row[0] for row in database.fetch(connection, statement, (account,))}
    confirmed = tuple(call for call in new if call.call_id in pushed) if pushed else ()
    for call in confirmed:
        connection.execute(delete(pushed_calls).where(_TABLE.account == account, _TABLE.call_id == call.call_id))
    return confirmed


def list_pushed(connection: Connection, account: str) -> list[PushedCall]:
    """Return the pushed calls of an account, withdrawn ones included, oldest push first."""
    chosen = select(pushed_calls).where(_TABLE.account == account).order_by(_TABLE.pushed_at, _TABLE.call_id)
    return [to_pushed(row) for row in connection.execute(chosen)]


def to_pushed(row: Row[Any]) -> PushedCall:
    """Return the pushed call of a row; `UnreadableRowError` for a damaged one."""
    call = to_call(row[: len(_CALL_COLUMNS)])
    with reading_row(pushed_calls, (row.account, row.call_id), row):
        return PushedCall(call, from_micros(row.pushed_at), maybe_time(row.withdrawn_at))


def withdraw(connection: Connection, account: str, call_ids: Sequence[str], at: datetime, keep: int) -> int:
    """Mark pushed calls as withdrawn, and delete all but the last `keep` withdrawn ones; return how many are new."""
    of_account = _TABLE.account == account
    count = 0
    for call_id in call_ids:
        waiting = update(pushed_calls).where(of_account, _TABLE.call_id == call_id, _TABLE.withdrawn_at.is_(None))
        count += connection.execute(waiting.values(withdrawn_at=to_micros(at, "withdrawn_at"))).rowcount
    withdrawn = select(_TABLE.call_id).where(of_account, _TABLE.withdrawn_at.is_not(None))
    newest_first = (_TABLE.withdrawn_at.desc(), _TABLE.pushed_at.desc(), _TABLE.call_id)
    for call_id in connection.execute(withdrawn.order_by(*newest_first)).scalars().all()[keep:]:
        connection.execute(delete(pushed_calls).where(of_account, _TABLE.call_id == call_id))
    return count


def delete_withdrawn(connection: Connection, account: str, before: datetime) -> int:
    """Delete the calls of an account that were withdrawn before a time; return how many."""
    old = (_TABLE.account == account, _TABLE.withdrawn_at < to_micros(before, "before"))
    return connection.execute(delete(pushed_calls).where(*old)).rowcount
