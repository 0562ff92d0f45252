"""Periods of a call list, and which days to ask for next where a list is read by whole days, from the newest down.

A request for a busy month could return more than a server sends, and one request a day would take thousands for quiet
years. So a span of days grows while its days are quiet and shrinks when they are busy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from trunkline.calendars import in_calendar
from trunkline.errors import TooLargeError
from trunkline.model import CallPage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from zoneinfo import ZoneInfo

    from trunkline.model import Call

# The newest calls are read often, so the first span is short; spans without calls get longer.
_FIRST_DAYS, _MOST_DAYS = 3, 64
# A span should have about as many calls, and be at most so many times as long as the one before.
_WANTED, _GROWTH = 500, 4
_EMPTY_DAYS = 366
# No provider is older: after a long time without calls, the rest is read down to this day at once.
THE_FIRST_DAY = date(2000, 1, 1)
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days of a call list, both included; `oldest` says that nothing before them is wanted."""

    first: date
    last: date
    oldest: bool = False

    def start(self, zone: ZoneInfo) -> datetime:
        """Return when the first day begins (UTC)."""
        return datetime.combine(self.first, time(), zone).astimezone(UTC)

    def end(self, zone: ZoneInfo) -> datetime:
        """Return when the last day is over (UTC)."""
        return datetime.combine(self.last + _DAY, time(), zone).astimezone(UTC)


class DayPlan:
    """Spans of days from the newest down to `since`; without `since`, to where a year and then all before were empty.

    `now` is the time by our clock. Without `until` the spans begin a day later, because a clock that is a little behind
    the provider's must not hide what happened just now.
    """

    def __init__(
        self, *, zone: ZoneInfo, since: datetime | None = None, until: datetime | None = None, now: datetime
    ) -> None:
        """Begin with the newest days."""
        tomorrow = now.astimezone(zone).date() + _DAY
        last = tomorrow if until is None else min(tomorrow, (in_calendar(until) - _INSTANT).astimezone(zone).date())
        self._zone = zone
        self._last: date | None = last
        self._bottom = THE_FIRST_DAY if since is None else in_calendar(since).astimezone(zone).date()
        self._days = _FIRST_DAYS
        self._silent = 0

    def following(self) -> Days | None:
        """Return the next days, None after the last ones."""
        last = self._last
        if last is None or last < self._bottom:
            return None
        if self._silent >= _EMPTY_DAYS:
            first = self._bottom
        else:
            first = max(self._bottom, last - timedelta(days=self._days - 1))
        ends = first <= self._bottom
        self._last = None if ends else first - _DAY
        return Days(first, last, oldest=ends)

    def skip_to(self, known_from: datetime) -> None:
        """Leave out everything since then."""
        if self._last is not None:
            if known_from == datetime.min.replace(tzinfo=UTC):
                self._last = None
            else:
                # The day in which it begins is asked for whole.
                self._last = min(self._last, (known_from - _INSTANT).astimezone(self._zone).date())

    def learn(self, days: Days, calls: int) -> None:
        """Take into account how many calls these days had."""
        length = (days.last - days.first).days + 1
        self._silent = 0 if calls else self._silent + length
        growth = min(_GROWTH, _WANTED / max(calls, 1))
        self._days = max(1, min(_MOST_DAYS, int(length * growth)))


async def calls_of(fetch: Callable[[Days], Awaitable[CallPage]], days: Days) -> CallPage:
    """Return what `fetch` returns for the days, in halves where the reply is too large to be read at once.

    Raises `TooLargeError` if that of a single day is.
    """
    try:
        return await fetch(days)
    except TooLargeError:
        if days.first == days.last:
            raise
    middle = days.first + (days.last - days.first) // 2
    newer = await calls_of(fetch, Days(middle + _DAY, days.last))
    older = await calls_of(fetch, Days(days.first, middle, oldest=days.oldest))
    known = newer.total is not None and older.total is not None
    return CallPage(
        (*newer.calls, *older.calls),
        total=(newer.total or 0) + (older.total or 0) if known else None,
        unreadable=(*newer.unreadable, *older.unreadable),
        odd=newer.odd or older.odd,
        short=newer.short or older.short,
    )


def newest_first(call: Call) -> tuple[float, str]:
    """Return what to sort calls by, newest first; those without a start come before the others."""
    return (-call.started_at.timestamp() if call.started_at else float("-inf"), call.call_id)


def within(page: CallPage, since: datetime | None, until: datetime | None) -> CallPage:
    """Return the page with only the calls with `since <= started_at < until`; those without a start stay.

    Raises `DataError` for an end without a zone.
    """
    if since is None and until is None:
        return page
    for end in filter(None, (since, until)):
        in_calendar(end)
    return replace(page, calls=tuple(call for call in page.calls if is_within(call.started_at, since, until)))


def is_within(moment: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    """Return whether `since <= moment < until`; an unknown moment counts as inside."""
    return moment is None or ((since is None or moment >= since) and (until is None or moment < until))
