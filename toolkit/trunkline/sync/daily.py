"""A list that is read by whole days, and states no total that proves that nothing is missing.

What is older than the overlap counts as known once it was read twice with the same result. The next run reads it once
more, because what made a reply wrong may have lasted through a whole run.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from trunkline.ahead import closing, in_order
from trunkline.archive import BEGINNING, Segment, contains, united, without
from trunkline.errors import DataError
from trunkline.providers.days import DayPlan, calls_of

if TYPE_CHECKING:
    from trunkline.archive import Coverage
    from trunkline.model import Call, CallPage
    from trunkline.providers.days import Days

    from .run import Run

# How often days are read until two readings agree.
_READINGS = 5
# How often a reply that makes no sense is asked for.
_ATTEMPTS = 3
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read of some days; `agreed` if two readings were alike."""

    page: CallPage
    agreed: bool = False
    requests: int = 1


class DailyRun:
    """One run over the list of one stream, from the newest day down, with several requests under way."""

    def __init__(self, run: Run, stream: str, known: Coverage) -> None:
        """Start at the newest day, with what earlier runs have covered."""
        self._run = run
        self._stream = stream
        self._known = known
        self._coverage = known
        self._zone = run.account.zone
        self._now = datetime.now(UTC)
        # Whatever the newest call is, nothing younger than this is ever claimed.
        self._latest = self._now - run.overlap
        self._settled: datetime | None = None
        self._place = 0
        self._spans = 0

    async def read(self) -> None:
        """Read all days that aren't known."""
        run = self._run
        since = None if run.since == BEGINNING else run.since
        plan = DayPlan(zone=self._zone, since=since, now=self._now)

        def following() -> Days | None:
            while (days := plan.following()) is not None:
                known_to = None if run.full else self._known_from(days)
                if known_to is None:
                    return days
                plan.skip_to(known_to)
            return None

        def width() -> int:
            # Most runs end after the newest days. Two requests go out for days that nobody has read.
            if self._known.segments and not self._spans:
                return 1
            return max(1, run.account.requests_at_once() // (1 if self._known.once else 2))

        async with closing(in_order(following, self._read_days, width=width)) as readings:
            async for days, reading in readings:
                plan.learn(days, len(reading.page.calls))
                self._spans += 1
                run.pages += reading.requests
                await self._take(days, reading)

    def _known_from(self, days: Days) -> datetime | None:
        """Return since when the days and all before them are known, None if they aren't or must be read once more."""
        low, high = self._span(days)
        segments = self._known.segments
        for span in self._known.once:
            segments = without(segments, span.low, span.high)
        segment = next((known for known in segments if known.low <= low and high <= known.high), None)
        return None if segment is None else segment.low

    async def _read_days(self, days: Days) -> _Reading:
        """Read days until that is enough: once if an earlier run has read them, else until two readings agree."""
        low, high = self._span(days)
        read_before = united([*self._known.once, *self._known.segments])
        if not self._run.full and contains(read_before, low, min(high, self._latest)):
            return _Reading(await self._request(days))
        if self._run.account.requests_at_once() == 1:
            return await self._agreed(days, await self._request(days))
        first, second = await self._two_readings(days)
        if _agree(first, second, self._latest):
            return _Reading(second, agreed=True, requests=2)
        return await self._agreed(days, first, second)

    async def _two_readings(self, days: Days) -> tuple[CallPage, CallPage]:
        tasks = [asyncio.create_task(self._request(days)) for _ in range(2)]
        try:
            first, second = await asyncio.gather(*tasks)
        finally:
            # If one fails, the other one must not go on.
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return first, second

    async def _agreed(self, days: Days, *read: CallPage) -> _Reading:
        """Read days until two readings agree, after those that were `read` already."""
        readings = list(read)
        while len(readings) < _READINGS:
            page = await self._request(days)
            if any(_agree(earlier, page, self._latest) for earlier in readings):
                return _Reading(page, agreed=True, requests=len(readings) + 1)
            readings.append(page)
        return _Reading(readings[-1], requests=len(readings))

    async def _request(self, days: Days) -> CallPage:
        """Return the calls of the days; a reply that makes no sense is asked for again."""
        for attempt in range(_ATTEMPTS):
            try:
                page = await calls_of(partial(self._run.account.days, self._stream), days)
                _check_days(page, days.start(self._zone), days.end(self._zone))
            except DataError:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return page
        raise AssertionError

    async def _take(self, days: Days, reading: _Reading) -> None:
        """Store the calls of some days with what they prove."""
        run = self._run
        low, high = self._span(days)
        page = reading.page
        starts = [call.started_at for call in page.calls if call.started_at is not None]
        if starts and self._settled is None:
            # A start in the future must not pass for a time that was reached.
            self._settled = min(max(starts), self._now) - run.overlap
        single = reading.requests == 1
        if single and await self._brings_something(page):
            reading, single = await self._agreed(days, page), False
            run.pages += reading.requests - 1
            page = reading.page
        if single or reading.agreed:
            self._coverage = self._proven(low, high, by_two_runs=single)
        else:
            run.complete = False
        calls = [call for call in page.calls if call.started_at is None or call.started_at >= run.since]
        stored, _ = await run.commit(self._stream, calls, self._coverage, unreadable=page.unreadable)
        run.count(stored)
        self._place += len(page.calls)
        run.report(self._stream, self._place, None)

    async def _brings_something(self, page: CallPage) -> bool:
        """Return whether days have calls that should be known, unknown words, or new calls on a page that looks odd."""
        run = self._run
        if await run.oddities(page.calls, page.unreadable):
            return True
        expected = [call.call_id for call in page.calls if page.odd or self._is_settled(call)]
        return len(await run.offload(run.archive.known_ids, run.key, expected)) < len(expected)

    def _is_settled(self, call: Call) -> bool:
        return call.started_at is not None and self._settled is not None and call.started_at < self._settled

    def _proven(self, low: datetime, high: datetime, *, by_two_runs: bool) -> Coverage:
        """Return the coverage with these days; what only this run has read is noted for the next one."""
        settled = BEGINNING if self._settled is None else self._settled
        coverage = self._coverage.cover(low, min(high, settled))
        once = coverage.once
        if by_two_runs:
            once = without(once, low, min(high, settled))
            low = max(low, settled)
        if low < min(high, self._now):
            once = united([*once, Segment(low, min(high, self._now))])
        return replace(coverage, once=once)

    def _span(self, days: Days) -> tuple[datetime, datetime]:
        """Return the time that the days stand for, which reaches to the beginning for the oldest ones."""
        run = self._run
        low = BEGINNING if days.oldest and run.since == BEGINNING else max(days.start(self._zone), run.since)
        return low, days.end(self._zone)


def _check_days(page: CallPage, start: datetime, end: datetime) -> None:
    """Raise `DataError` for calls of other days: then the reply belongs to another request."""
    for call in page.calls:
        if call.started_at is not None and not start - _DAY <= call.started_at < end + _DAY:
            msg = "the call list has calls of other days than requested"
            raise DataError(msg, field="period")


def _agree(page: CallPage, later: CallPage, latest: datetime) -> bool:
    """Return whether two readings of some days agree, whatever the order of their rows.

    What started before `latest` must be alike. After that, calls are still added and completed: those of the first
    reading must be in the second one, with the same direction and status. A page that looks odd agrees with no other.
    """
    if page.odd != later.odd:
        return False
    calls = {call.call_id: call for call in page.calls}
    others = {call.call_id: call for call in later.calls}
    if _aside(page) != _aside(later) or _settled(calls, latest) != _settled(others, latest):
        return False
    return all(
        (other := others.get(call_id)) is not None and (call.direction, call.status) == (other.direction, other.status)
        for call_id, call in calls.items()
    )


def _aside(page: CallPage) -> Counter[str]:
    return Counter(repr((row.record, row.reason)) for row in page.unreadable)


def _settled(calls: dict[str, Call], latest: datetime) -> dict[str, Call]:
    return {call_id: call for call_id, call in calls.items() if call.started_at is None or call.started_at < latest}
