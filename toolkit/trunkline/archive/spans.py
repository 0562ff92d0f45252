"""Which calls a reading is about: a span of their starts in microseconds, and the months (UTC) in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import MAXYEAR, UTC, datetime
from typing import TYPE_CHECKING, Self

from sqlalchemy import ColumnElement, func, select

from .damage import EARLIEST, LATEST
from .rows import from_micros, maybe_micros, to_micros
from .schema import calls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

_DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Span:
    """Calls with `low <= started_at < high`, None being open; `unstarted` ones too, or `started` ones not."""

    low: int | None = None
    high: int | None = None
    unstarted: bool = False
    started: bool = True

    @classmethod
    def of(cls, since: datetime | None, until: datetime | None) -> Self:
        """Return the span of a half-open period; without one, calls without a start belong to it too."""
        return cls(maybe_micros(since, "since"), maybe_micros(until, "until"), since is None and until is None)

    def conditions(self, account: str) -> list[ColumnElement[bool]]:
        """Return the conditions of the span's calls of an account, those without a start aside."""
        found: list[ColumnElement[bool]] = [calls.c.account == account]
        if self.low is not None:
            found.append(calls.c.started_at >= self.low)
        if self.high is not None:
            found.append(calls.c.started_at < self.high)
        return found

    def within(self, month: Month) -> Span:
        """Return the part of the span that lies in a month."""
        low = month.low if self.low is None else max(self.low, month.low)
        high = month.high if self.high is None else min(self.high, month.high)
        return Span(low, high)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A Gregorian month in UTC: the microseconds from `low` to before `high`."""

    low: int
    high: int

    @classmethod
    def of(cls, moment: int) -> Self:
        """Return the month of a time in microseconds since the epoch."""
        first = from_micros(moment).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return cls(to_micros(first, "month"), _next(first))

    @classmethod
    def named(cls, name: str) -> Self:
        """Return the month of its name; `ValueError` for another text."""
        return cls.of(to_micros(datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC), "month"))

    @property
    def name(self) -> str:
        """The name, as in `2025-03`."""
        return name_of_month(from_micros(self.low))


def name_of_month(moment: datetime) -> str:
    """Return the name of the month (UTC) of a time, as in `2025-03`."""
    start = moment.astimezone(UTC)
    return f"{start.year:04}-{start.month:02}"


def _next(first: datetime) -> int:
    if first.month < _DECEMBER:
        return to_micros(first.replace(month=first.month + 1), "month")
    # The last year of the calendar has no next one.
    return LATEST + 1 if first.year == MAXYEAR else to_micros(first.replace(year=first.year + 1, month=1), "month")


def months(connection: Connection, accounts: Sequence[str], span: Span = Span()) -> Iterator[Month]:
    """Yield the months in which one of the accounts has a call of the span, the oldest first."""
    left = span
    while True:
        starts = [
            connection.execute(select(func.min(calls.c.started_at)).where(*left.conditions(account))).scalar()
            for account in accounts
        ]
        known = [start for start in starts if start is not None]
        if not known:
            return
        first = min(known)
        if not EARLIEST <= first <= LATEST:
            raise ValueError
        month = Month.of(first)
        yield month
        left = replace(left, low=month.high)
