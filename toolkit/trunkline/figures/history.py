"""Calls beyond the period that was chosen: what forecasts and comparisons are made from."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import narwhals as nw

from trunkline.archive import gaps
from trunkline.errors import DataError
from trunkline.periods import Period
from trunkline.reports.frames import read

from .chosen import having

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from contextlib import AbstractContextManager
    from datetime import date

    from trunkline.archive import Archive, ArchivedAccount

    from .chosen import Selection as Calls
    from .source import Span

_DAY = timedelta(days=1)
# A sync reads yesterday again, so that a day and more is never known for good.
_CURRENT = timedelta(days=3)
# No call lasts longer.
_LONGEST_CALL = timedelta(days=1)


def opened(calls: Calls, what: str) -> AbstractContextManager[Archive]:
    """Return the archive of the calls for a `with`. Raises `DataError` for a frame that was made by hand."""
    if calls.source is None:
        msg = f"{what} needs the archive of the calls: select them with trunkline.calls()"
        raise DataError(msg)
    return calls.source.opened()


def between(calls: Calls, first: date | None, end: date | None) -> Calls:
    """Return the same accounts' calls from the local day `first` to before `end`; None is open."""
    return calls.select(Period(first, end, f"{first or ''}..{end - _DAY if end else ''}", jalali=calls.jalali))


def until_end(calls: Calls) -> Calls:
    """Return the same accounts' calls from the first of the archive to the end of the period."""
    return between(calls, None, calls.period.end)


def later(calls: Calls) -> Any:
    """Return the frame of the same accounts' calls after the period, None if there are none or no archive."""
    if calls.source is None or calls.period.end is None:
        return None
    found = between(calls, calls.period.end, None)
    return found.frame if len(found) else None


def around(calls: Calls, since: datetime | None, until: datetime | None) -> Calls:
    """Return the accounts' calls that can have ended between two instants (aware); choices of `where` don't count."""
    zone = ZoneInfo("UTC")
    first = None if since is None else (since.astimezone(zone) - _LONGEST_CALL - _DAY).date()
    end = None if until is None else (until.astimezone(zone) + 2 * _DAY).date()
    return between(unfiltered(calls, "account", "trunk"), first, end)


def unfiltered(calls: Calls, *columns: str) -> Calls:
    """Return the calls without what `where` chose, but for these columns: a credit pays for all calls of a trunk."""
    return replace(calls, chosen=tuple(each for each in calls.chosen if each[0] in columns))


def values_of(calls: Calls, column: str) -> frozenset[str] | None:
    """Return the values of a column that `where` chose, None if it chose none."""
    found = [frozenset(values) for name, values in calls.chosen if name == column]
    return frozenset.intersection(*found) if found else None


def instants(calls: Calls, account: ArchivedAccount) -> Span:
    """Return the UTC times between which the period lies for an account."""
    return calls.period.instants(ZoneInfo(account.zone))


def clock(calls: Calls) -> ZoneInfo:
    """Return the zone of the accounts, UTC if they are in several."""
    zones = {each.zone for each in calls.accounts}
    return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")


def joined(before: Calls, calls: Calls) -> Calls:
    """Return the calls of two periods that follow each other."""
    period = Period(before.period.first, calls.period.end, "", jalali=calls.jalali)
    frame = nw.concat([plain(before.frame), plain(calls.frame)]).to_native()
    return replace(calls, frame=frame, period=period)


def plain(frame: Any) -> nw.DataFrame[Any]:
    """Return a frame whose texts can be put below those of another frame."""
    data: nw.DataFrame[Any] = nw.from_native(frame, eager_only=True)
    words = [name for name, kind in data.schema.items() if kind == nw.Categorical]
    return data if not words else data.with_columns(nw.col(*words).cast(nw.String()))


def whole_days(calls: Calls, first: date, end: date) -> tuple[tuple[date, date], frozenset[date]]:
    """Return the days of two periods that are known whole: a first day and an end, and days between that aren't.

    `calls` are at least those of both periods. A day is known whole if every account with calls in them has been read
    to its end by now. Nothing is known of the time before an account's first call.
    """
    low, high = first, end
    missing: set[date] = set()
    local = nw.col("started_local")
    begin, finish = (datetime.combine(day, time()) for day in (first, end))
    within = nw.from_native(calls.frame, eager_only=True).filter(local >= begin, local < finish)
    present = set(within["account"].cast(nw.String()).unique().to_list())
    with opened(calls, "a comparison") as archive:
        for account in calls.accounts:
            zone = ZoneInfo(account.zone)
            high = min(high, calls.now.astimezone(zone).date())
            if account.account not in present:
                continue
            since, until, unread = _known_span(archive, account)
            low = max(low, _first_whole(since, zone))
            high = min(high, until.astimezone(zone).date())
            for begin, finish in unread:
                day = begin.astimezone(zone).date()
                while day <= finish.astimezone(zone).date():
                    missing.add(day)
                    day += _DAY
    return (low, max(low, high)), frozenset(day for day in missing if low <= day < high)


def unknown_since(calls: Calls) -> dict[str, datetime]:
    """Return the accounts of whose last days nothing is known, by key, and since when (UTC).

    They have calls, and neither a sync nor a call of the last three days before `now`. A forecast would take these days
    for days without calls. Raises `DataError` for a frame that was made by hand.
    """
    with opened(calls, "a forecast") as archive:
        known = {each.account: _known_span(archive, each)[1] for each in calls.accounts if each.last is not None}
    return {account: until for account, until in known.items() if until < calls.now - _CURRENT}


def without(calls: Calls, accounts: Collection[str]) -> Calls:
    """Return the calls of the other accounts."""
    return having(calls, "account", tuple(each.account for each in calls.accounts if each.account not in accounts))


def words_of(calls: Calls, unknown: Mapping[str, datetime]) -> str:
    """Return what stands below a forecast about accounts that `unknown_since` found, nothing if there are none."""
    if not unknown:
        return ""
    zones = {each.account: ZoneInfo(each.zone) for each in calls.accounts}
    listed = ", ".join(
        f"{calls.names[each]} since {at.astimezone(zones[each]):%Y-%m-%d}" for each, at in unknown.items()
    )
    return (
        f" Not forecast, because nothing is known of the last days: {listed}. `trunkline sync` reads them; "
        "`trunkline.calls(now=...)` looks ahead from an earlier time."
    )


def _known_span(
    archive: Archive, account: ArchivedAccount
) -> tuple[datetime, datetime, list[tuple[datetime, datetime]]]:
    """Return from when to when an account's calls are known, and the spans in between that were not read."""
    assert account.first is not None  # noqa: S101 - asked of accounts with calls
    assert account.last is not None  # noqa: S101
    streams = [each.segments for each in archive.coverages(account.account) if each.segments]
    if not streams:
        return account.first, account.last, []
    low = max(min(segment.low for segment in segments) for segments in streams)
    high = max(min(max(segment.high for segment in segments) for segments in streams), account.last)
    since = max(low, account.first)
    # Read from before its first call, the first day is whole: nothing was there before.
    if low <= account.first:
        since = max(low, account.first.replace(hour=0) - _DAY)
    found = [(gap.low, gap.high) for segments in streams for gap in gaps(segments, since, high)]
    return since, high, found


def _first_whole(since: datetime, zone: ZoneInfo) -> date:
    # As instants: where clocks change at midnight, a day begins at 1:00, or has two midnights.
    day = since.astimezone(zone).date()
    begin, _ = Period(day, None, "", jalali=False).instants(zone)
    return day if since == begin else day + _DAY


def outside(calls: Calls, known: tuple[date, date], without: frozenset[date]) -> int:
    """Return how many calls are on days that aren't known whole."""
    day = nw.col("started_local").dt.date()
    inside = (day >= known[0]) & (day < known[1])
    if without:
        inside &= ~day.is_in(sorted(without))
    data = read(calls.frame, "started_local").data
    return len(data) - len(data.filter(inside))
