"""Call lists that are read by whole days instead of pages, from the newest day down."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from trunkline.model import CallPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from zoneinfo import ZoneInfo

    from trunkline.model import Call

# The newest calls are read often, so the first period is short; periods without calls get longer.
_FIRST_DAYS, _MOST_DAYS = 2, 64
_MANY = 2000
_EMPTY_DAYS = 366
# No provider is older: after a long time without calls, the rest is read down to this day at once.
_THE_FIRST_DAY = date(2000, 1, 1)
_DAY = timedelta(days=1)


async def daily_pages(
    fetch: Callable[[date, date], Awaitable[Sequence[Call]]],
    *,
    zone: ZoneInfo,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> AsyncIterator[CallPage]:
    """Yield the calls with `since <= started_at < until`, newest first, a period of whole days at a time.

    `fetch` returns the calls of the days from the first to the last, both included, in any order. A period grows while
    its days are quiet and shrinks when they are busy. Without `since` the list ends where a year and then everything
    before it were empty.
    """
    today = (now or datetime.now(UTC)).astimezone(zone).date()
    # A clock that is a little behind the provider's must not hide what happened just now.
    last = (
        today + _DAY
        if until is None
        else min(today + _DAY, (until - timedelta(microseconds=1)).astimezone(zone).date())
    )
    bottom = _THE_FIRST_DAY if since is None else since.astimezone(zone).date()
    days, silent = _FIRST_DAYS + 1, 0
    while last >= bottom:
        first = bottom if silent >= _EMPTY_DAYS else max(bottom, last - timedelta(days=days - 1))
        found = await fetch(first, last)
        silent = 0 if found else silent + (last - first).days + 1
        calls = sorted(found, key=_newest_first)
        ends = first <= bottom
        yield within(CallPage(tuple(calls), last=ends), since, until)
        if ends:
            return
        days = min(_MOST_DAYS, days * 2) if len(found) < _MANY else max(1, days // 2)
        last = first - _DAY


def _newest_first(call: Call) -> tuple[float, str]:
    return (-call.started_at.timestamp() if call.started_at else float("-inf"), call.call_id)


def within(page: CallPage, since: datetime | None, until: datetime | None) -> CallPage:
    """Return the page with only the calls with `since <= started_at < until`; those without a start stay."""
    if since is None and until is None:
        return page
    return replace(page, calls=tuple(call for call in page.calls if is_within(call.started_at, since, until)))


def is_within(moment: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    """Return whether `since <= moment < until`; an unknown moment counts as inside."""
    return moment is None or ((since is None or moment >= since) and (until is None or moment < until))
