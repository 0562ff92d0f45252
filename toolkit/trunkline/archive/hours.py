"""How many calls there were and what they cost, by trunk and hour, summed by the database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, select

from trunkline.model import Direction, Status

from .damage import UNREADABLE
from .queries import find_damaged, in_period, slot_of
from .rows import from_micros, to_money
from .schema import calls

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

    from trunkline.model import Money

_INSTANT = timedelta(microseconds=1)
# A sum of prices may need more than the 64 bits of SQLite, so that each price is summed in two parts.
_PART = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class HourSums:
    """The calls of a trunk that started in one hour, those with prices of different currencies apart.

    `start` is when the hour begins (UTC). `trunk` is None for calls of no known trunk. `answered`, `missed` and
    `talk_s` are those of `metrics.CallCounts`. `charged` is the sum of the prices above zero and `refunded` of those
    below it, both without a sign, and None if no call has a price.
    """

    trunk: str | None = field(repr=False)
    start: datetime
    calls: int
    answered: int
    missed: int
    talk_s: int
    charged: Money | None
    refunded: Money | None


def sums(
    connection: Connection, account: str, since: datetime | None, until: datetime | None, width: timedelta
) -> list[HourSums]:
    """Return the sums of the calls with `since <= started_at < until`, as `Archive.sums_by_hour` says."""
    table = calls.c
    micros = width // _INSTANT
    slot = slot_of(table.started_at, micros).label("slot")
    answered = table.status == Status.ANSWERED.value
    # As `metrics.is_missed` has it.
    missed = and_(
        table.direction == Direction.INCOMING.value,
        table.status.not_in((Status.ANSWERED.value, Status.UNKNOWN.value)),
    )
    grouped = (
        select(
            table.trunk,
            slot,
            table.currency,
            table.price_scale,
            func.count().label("calls"),
            _sum(answered, 1).label("answered"),
            _sum(missed, 1).label("missed"),
            _sum(and_(answered, table.talk > 0), table.talk).label("talk"),
            func.count(table.price).label("priced"),
            *_sums_in_parts(table.price > 0, table.price, "charged"),
            *_sums_in_parts(table.price < 0, -table.price, "refunded"),
            # In SQLite a text is greater than any number, so that these find damaged values.
            func.max(table.started_at).label("last"),
            func.max(table.price).label("dearest"),
        )
        .where(*in_period(account, since, until), table.started_at.is_not(None))
        .group_by(table.trunk, slot, table.currency, table.price_scale)
    )
    found: dict[tuple[str | None, int, str | None], HourSums] = {}
    try:
        for row in connection.execute(grouped):
            place = row.trunk, row.slot, row.currency if row.priced else None
            item = _of_row(row, micros)
            found[place] = _added(found[place], item) if place in found else item
        return list(found.values())
    except UNREADABLE:
        # A sum doesn't say which of the calls is damaged.
        find_damaged(connection, [account])
        raise


def _sum(condition: ColumnElement[bool], value: Any) -> ColumnElement[Any]:
    return func.sum(case((condition, value), else_=0))


def _sums_in_parts(
    condition: ColumnElement[bool], price: ColumnElement[Any], name: str
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return _sum(condition, price // _PART).label(f"{name}_high"), _sum(condition, price % _PART).label(f"{name}_low")


def _of_row(row: Row[Any], micros: int) -> HourSums:
    _check(row.slot, row.last, row.talk, row.charged_high, row.charged_low, row.refunded_high, row.refunded_low)
    charged = refunded = None
    if row.priced:
        _check(row.dearest)
        if row.currency is None:
            raise TypeError
        charged = _money(row.charged_high, row.charged_low, row)
        refunded = _money(row.refunded_high, row.refunded_low, row)
    return HourSums(
        trunk=row.trunk,
        start=from_micros(row.slot * micros),
        calls=row.calls,
        answered=int(row.answered),
        missed=int(row.missed),
        talk_s=int(row.talk),
        charged=charged,
        refunded=refunded,
    )


def _added(one: HourSums, other: HourSums) -> HourSums:
    """Return the sums of calls whose prices have different numbers of digits."""
    return replace(
        one,
        calls=one.calls + other.calls,
        answered=one.answered + other.answered,
        missed=one.missed + other.missed,
        talk_s=one.talk_s + other.talk_s,
        charged=one.charged + other.charged if one.charged and other.charged else None,
        refunded=one.refunded + other.refunded if one.refunded and other.refunded else None,
    )


def _check(*sums: object) -> None:
    """Raise `TypeError` if a sum is no number of PostgreSQL (`Decimal`) or SQLite (`int`)."""
    if any(isinstance(value, str | bytes | float | None) for value in sums):
        raise TypeError


def _money(high: Any, low: Any, row: Row[Any]) -> Money:
    return to_money(int(high) * _PART + int(low), row.price_scale, row.currency)
