"""Credit readings of the trunks, and the top-ups that they show."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from trunkline.model import Money

from .damage import UNREADABLE, reading_row, unreadable
from .queries import LONGEST_CALL, finished_at
from .rows import from_micros, maybe_micros, maybe_time, to_integer, to_micros, to_money
from .schema import calls, credit_readings
from .values import CreditReading, TopUp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from trunkline.model import Trunk

    from .database import Database

_COLUMNS = ("account", "trunk", "at", "credit", "credit_scale", "currency", "expires_at")
_KEY = ("account", "trunk", "at")
_ANYWAY = timedelta(days=1)


def record(connection: Connection, database: Database, account: str, trunks: Sequence[Trunk], at: datetime) -> None:
    """Write a reading of each trunk that has a credit, where it changed or the last reading is a day old."""
    rows = []
    for trunk in trunks:
        if trunk.credit is None:
            continue
        now = CreditReading(account, trunk.trunk_id, at, trunk.credit, trunk.credit_expires_at)
        before = _last(connection, account, trunk.trunk_id, at)
        same = before is not None and (before.credit, before.expires_at) == (now.credit, now.expires_at)
        if before is not None and same and at - before.at < _ANYWAY:
            continue
        value, scale = to_integer(now.credit.amount, "credit")
        expires_at = maybe_micros(now.expires_at, "credit_expires_at")
        rows.append((account, trunk.trunk_id, to_micros(at, "at"), value, scale, now.credit.currency, expires_at))
    if rows:
        database.write(connection, database.upsert("credit_readings", _COLUMNS, _KEY), rows)


def readings(connection: Connection, account: str, trunk: str | None, since: datetime | None) -> list[CreditReading]:
    """Return an account's readings by trunk and time."""
    table = credit_readings.c
    chosen = select(credit_readings).where(table.account == account).order_by(table.trunk, table.at)
    if trunk is not None:
        chosen = chosen.where(table.trunk == trunk)
    if since is not None:
        chosen = chosen.where(table.at >= to_micros(since, "since"))
    return [to_reading(row) for row in connection.execute(chosen)]


def to_reading(row: Row[Any]) -> CreditReading:
    """Return the credit reading of a row; `UnreadableRowError` for a damaged one."""
    # The trunk is a phone number: the account and the time are enough to find the row.
    with reading_row(credit_readings, (row.account, str(row.at)), row):
        return CreditReading(
            account=row.account,
            trunk=row.trunk,
            at=from_micros(row.at),
            credit=to_money(row.credit, row.credit_scale, row.currency),
            expires_at=maybe_time(row.expires_at),
        )


def known_since(connection: Connection, account: str, trunk: str) -> datetime | None:
    """Return the time of a trunk's first reading, None without one."""
    table = credit_readings.c
    first = connection.execute(select(func.min(table.at)).where(table.account == account, table.trunk == trunk))
    return maybe_time(first.scalar())


def top_ups(connection: Connection, account: str, trunk: str | None, since: datetime | None) -> list[TopUp]:
    """Return the top-ups seen at `since` or later, by trunk and time.

    One lies between two readings if the credit rose, and rose by more than refunds (calls with a price below zero)
    explain. Its amount is the rise and the cost of the calls in between. Readings in two currencies are not compared.
    """
    found = []
    for _, of_trunk in groupby(readings(connection, account, trunk, None), key=lambda reading: reading.trunk):
        for before, after in pairwise(of_trunk):
            if since is not None and after.at < since:
                continue
            if before.credit.currency != after.credit.currency or after.credit.amount <= before.credit.amount:
                continue
            amount = after.credit - before.credit + _cost_between(connection, before, after)
            if amount.amount > 0:
                found.append(TopUp(account, after.trunk, before.at, after.at, amount))
    return found


def _last(connection: Connection, account: str, trunk: str, at: datetime) -> CreditReading | None:
    table = credit_readings.c
    newest = (
        select(credit_readings)
        .where(table.account == account, table.trunk == trunk, table.at <= to_micros(at, "at"))
        .order_by(table.at.desc())
        .limit(1)
    )
    row = connection.execute(newest).one_or_none()
    return None if row is None else to_reading(row)


def _cost_between(connection: Connection, before: CreditReading, after: CreditReading) -> Money:
    """Return what the trunk's calls that ended between two readings cost."""
    table = calls.c
    # A call is charged when it ends. The index knows starts: no call lasts longer than a day.
    low, high = to_micros(before.at, "at"), to_micros(after.at, "at")
    ended = finished_at()
    prices = select(table.account, table.call_id, table.price, table.price_scale).where(
        table.account == before.account,
        table.started_at > to_micros(before.at - LONGEST_CALL, "at"),
        table.started_at <= high,
        table.trunk == before.trunk,
        table.currency == before.credit.currency,
        table.price.is_not(None),
        ended > low,
        ended <= high,
    )
    cost = Money(before.credit.amount * 0, before.credit.currency)
    for account, call_id, value, scale in connection.execute(prices):
        try:
            cost += to_money(value, scale, before.credit.currency)
        except UNREADABLE:
            raise unreadable(calls, (account, call_id), "price") from None
    return cost
