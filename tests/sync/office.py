"""A provider in memory that pages like Telefonchy: newest first, a hundred to a page, shifting while it is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trunkline.model import Call, CallPage, Capability, CursorPage, Direction, Identity, Money, Party, Status, Trunk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from trunkline.providers.days import Days

KEY = "telefonchy:1001"
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


def invented(number: int, *, minutes: float | None = None, stream: str = "1001", price: int = 17) -> Call:
    """Return a call that started so many minutes before NOW (its number, if not said)."""
    started_at = NOW - timedelta(minutes=number if minutes is None else minutes)
    return Call(
        account=KEY,
        call_id=str(number),
        direction=Direction.INCOMING,
        status=Status.ANSWERED,
        started_at=started_at,
        ended_at=started_at + timedelta(seconds=36),
        trunk="2155500001",
        source=Party(number="9120000001", e164="+989120000001"),
        wait=6,
        talk=30,
        price=Money(Decimal(price), "IRR"),
        stream=stream,
    )


class Info:
    provider_id = "telefonchy"
    outcomes = True


class Office:
    """What `sync_account` asks of an account. `asked` holds (stream, page number) of each request for calls."""

    info = Info()
    zone = ZoneInfo("Asia/Tehran")
    currency = "IRR"
    ordered = False
    by_time = False

    def __init__(self, calls: Iterable[Call] = (), *, size: int = 100, totals: bool = True) -> None:
        self.lists: dict[str, list[Call]] = {}
        self.size = size
        self.totals = totals
        self.asked: list[tuple[str, int]] = []
        self.before_page: Callable[[int], None] = lambda _: None
        self.lines: tuple[Trunk, ...] = ()
        self.add(*calls)
        if not self.lists:
            self.lists["1001"] = []

    def add(self, *calls: Call) -> None:
        for call in calls:
            self.lists.setdefault(call.stream, []).append(call)
        for rows in self.lists.values():
            rows.sort(key=lambda call: call.started_at, reverse=True)

    def remove(self, *call_ids: str) -> None:
        for rows in self.lists.values():
            rows[:] = [call for call in rows if call.call_id not in call_ids]

    def correct(self, call_id: str, price: int) -> None:
        for rows in self.lists.values():
            rows[:] = [
                replace(call, price=Money(Decimal(price), "IRR")) if call.call_id == call_id else call for call in rows
            ]

    @property
    def calls(self) -> list[Call]:
        return [call for rows in self.lists.values() for call in rows]

    def supports(self, capability: Capability) -> bool:
        return capability is not Capability.TRUNKS or bool(self.lines)

    async def key(self) -> str:
        return KEY

    async def identity(self) -> Identity:
        return Identity("1001", "Telefonchy 1001")

    async def streams(self) -> tuple[str, ...]:
        return tuple(self.lists)

    async def trunks(self) -> tuple[Trunk, ...]:
        return self.lines

    def requests_at_once(self) -> int:
        return 1

    async def pages(
        self, stream: str, *, since: datetime | None = None, until: datetime | None = None, skip: int = 0
    ) -> AsyncIterator[CallPage]:
        number = skip // self.size + 1
        while True:
            self.before_page(len(self.asked) + 1)
            self.asked.append((stream, number))
            rows = self.lists[stream]
            start = (number - 1) * self.size
            last = start + self.size >= len(rows)
            total = len(rows) if self.totals else None
            yield CallPage(tuple(rows[start : start + self.size]), total=total, offset=start, last=last)
            if last:
                return
            number += 1


class OrderedOffice(Office):
    """A provider that lists calls in the order in which they were recorded, each when it ended.

    A cursor is the moment of the recording in microseconds; `asked` holds (stream, cursor).
    """

    ordered = True

    @staticmethod
    def recorded(call: Call) -> datetime:
        return call.ended_at

    async def cursor_pages(self, stream: str, *, after: str = "") -> AsyncIterator[CursorPage]:
        while True:
            self.before_page(len(self.asked) + 1)
            self.asked.append((stream, after))
            rows = sorted(self.lists[stream], key=self.recorded)
            rest = [row for row in rows if not after or micros(self.recorded(row)) > int(after)]
            page = rest[: self.size]
            if page:
                after = str(micros(self.recorded(page[-1])))
            last = len(page) < self.size
            yield CursorPage(tuple(page), after, last=last)
            if last:
                return

    async def count(self, stream: str) -> int:
        return len(self.lists[stream])

    def cursor_at(self, moment: datetime) -> str:
        return str(micros(moment) - 1)

    def cursor_time(self, cursor: str) -> datetime | None:
        return datetime.fromtimestamp(int(cursor) / 1_000_000, UTC) if cursor else None


def micros(moment: datetime) -> int:
    """Return a time as microseconds since the epoch."""
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


class DailyOffice(Office):
    """A provider that is asked for periods of days; `asked` holds (stream, days from NOW to the first of them)."""

    by_time = True

    async def days(self, stream: str, days: Days) -> CallPage:
        self.before_page(len(self.asked) + 1)
        self.asked.append((stream, (NOW.astimezone(self.zone).date() - days.first).days))
        listed = self.lists[stream]
        found = [call for call in listed if days.first <= call.started_at.astimezone(self.zone).date() <= days.last]
        return CallPage(tuple(found))
