"""The call lists on MOR's web pages: all calls, new calls, missed calls, and their files.

Source: the provider's document, sections Calls, New calls and Missed calls. A row has no id and no direction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from trunkline.calendars import past_repetition
from trunkline.errors import DataError, NotFoundError, RequestError
from trunkline.model import Call, CallPage, Direction, MissedCall
from trunkline.providers.common import fields
from trunkline.providers.days import is_within, newest_first
from trunkline.providers.mor import dates, values
from trunkline.providers.mor.call_rows import (
    WEB,
    WEB_MISSED,
    CallReader,
    Columns,
    call_elements,
    call_rows,
    check_list,
    total_calls,
)
from trunkline.transport import outcome_unknown

from .client import ALL, check_export_form

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from trunkline.calendars import WallClock
    from trunkline.model import File, UnreadableRow
    from trunkline.providers.days import Days
    from trunkline.providers.mor.xml_reader import Node

    from .client import WebClient

_CALLS = "stats/call_list"
_MISSED = "stats/missed_calls"
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_MARKED = "The call may have been marked. Check the list of missed calls"


@dataclass(frozen=True, slots=True)
class CallList:
    """A page of the call list, the number of calls that the server counts, and the filters that the page shows.

    `device` is a device's id or `all`. `unreadable` are the rows that make no sense; the page is `odd` if several rows
    may be the same call.
    """

    calls: tuple[Call, ...]
    total: int | None
    direction: str | None
    device: str | None
    period_start: datetime | None
    period_end: datetime | None
    unreadable: tuple[UnreadableRow, ...] = ()
    odd: bool = False


class CallLists:
    """The call lists of one user."""

    def __init__(
        self,
        client: WebClient,
        *,
        account: Callable[[], Awaitable[str]],
        own_numbers: Callable[[], Awaitable[Mapping[str, str]]],
    ) -> None:
        """Keep the client; `account` returns the account's key, `own_numbers` its numbers with their extensions."""
        self._client = client
        self._session = client.session
        self._account = account
        self._own_numbers = own_numbers

    async def days(self, days: Days) -> CallPage:
        """Return the calls of whole days. Where a direction can't be derived, the page's filters tell it."""
        zone = self._client.zone
        since, until = days.start(zone), days.end(zone)
        page = await self._period(since, until, ALL)
        for calltype, direction in (("outgoing", Direction.OUTGOING), ("incoming", Direction.INCOMING)):
            if any(call.direction is None for call in page.calls):
                filtered = await self._period(since, until, calltype)
                of_direction = frozenset(call.call_id for call in filtered.calls)
                page = replace(page, calls=with_direction(page.calls, direction, of_direction))
        return page

    async def read_row(self, record: Mapping[str, str | None]) -> Call:
        """Return the call of one row of the call list."""
        return (await self._reader(WEB)).call(record)

    async def call_list(
        self, *, since: datetime | None, until: datetime | None, calltype: str, device: str
    ) -> CallList:
        """Return one page of the call list; without a period, the server chooses it."""
        reader = await self._reader(WEB)
        if since is None and until is None and calltype == device == ALL:
            root = await self._session.page(_CALLS)
        else:
            filters = {"direction": calltype, "calltype": calltype, "device": device}
            root = await self._client.search(_CALLS, since=since, until=until, filters=filters)
        check_list(root)
        return await read_call_list(root, reader, self._client.clock)

    async def new_calls(self) -> tuple[Call, ...]:
        """Return the list of new calls, newest first."""
        reader = await self._reader(WEB)
        root = await self._session.page("stats/new_calls_list")
        found = await read_call_list(root, reader, self._client.clock)
        return tuple(sorted(found.calls, key=newest_first))

    async def missed_calls(self, since: datetime | None, until: datetime | None) -> tuple[MissedCall, ...]:
        """Return the missed calls of a period, newest first."""
        reader = await self._reader(WEB_MISSED)
        if since is None and until is None:
            root = await self._session.page(_MISSED)
        else:
            end = until and past_repetition(until, self._client.zone)
            root = await self._client.search(_MISSED, since=since, until=end)
        missed = read_missed_calls(root, reader)
        in_period = (entry for entry in missed if is_within(entry.call.started_at, since, until))
        return tuple(sorted(in_period, key=lambda entry: newest_first(entry.call)))

    async def mark_missed(self, call_id: str) -> None:
        """Mark a missed call as processed; `RequestError` if the page still shows it as it was."""
        if not (call_id.isascii() and call_id.isdigit()):
            msg = "this isn't the id of a missed call at MOR: take it from the list of missed calls"
            raise NotFoundError(msg)
        reader = await self._reader(WEB_MISSED)
        root = await self._session.send(_MISSED, form={"processed": call_id}, effect=_MARKED)
        try:
            missed = read_missed_calls(root, reader)
        except DataError as error:
            raise outcome_unknown(str(error), _MARKED) from None
        entry = next((entry for entry in missed if entry.call.call_id == call_id), None)
        if entry is not None and entry.processed is False:
            msg = f"{self._client.name} still shows the missed call as not processed"
            raise RequestError(msg)
        if entry is not None and entry.processed is None:
            raise outcome_unknown("the page doesn't say whether the call is marked", _MARKED)

    async def export_calls(self, form: str, *, since: datetime | None, until: datetime | None, calltype: str) -> File:
        """Return the server's file of the calls of a period."""
        check_export_form(form)
        user_id = await self._client.user_id()
        period = self._client.period(since, until)
        params = {"call_type": calltype, "date_from": period["period_start"], "date_till": period["period_end"]}
        path = f"stats/call_list_to_{form}/{user_id}"
        return await self._client.export(path, params, stem=f"calls-{user_id}", form=form)

    async def _reader(self, columns: Columns) -> CallReader:
        own_numbers = await self._own_numbers()
        return CallReader(
            columns,
            account=await self._account(),
            zone=self._client.zone,
            currency=await self._client.currency(),
            trunk=await self._client.user_id(),
            own_numbers=own_numbers,
        )

    async def _period(self, since: datetime, until: datetime, calltype: str) -> CallPage:
        """Return all calls of a period, in parts if a page shows fewer calls than it counts.

        `DataError` for a page of another period, or without any of the calls that it counts. A page that doesn't say
        that it is filtered by `calltype` counts as empty.
        """
        page = await self.call_list(since=since, until=until, calltype=calltype, device=ALL)
        if calltype not in {ALL, page.direction}:
            return CallPage(())
        if (page.period_start is not None and page.period_start > since + _DAY) or (
            page.period_end is not None and page.period_end < until - _DAY - _SECOND
        ):
            raise fields.wrong("period", "the requested one")
        rows = len(page.calls) + len(page.unreadable)
        if page.total is None or rows >= page.total:
            return CallPage(page.calls, total=page.total, unreadable=page.unreadable, odd=page.odd)
        half = timedelta(seconds=int((until - since).total_seconds()) // 2)
        if not rows or not half:
            raise fields.wrong("total_calls", "the number of calls on the page")
        middle = since + half
        newer = await self._period(middle, until, calltype)
        older = await self._period(since, middle, calltype)
        return CallPage(
            (*newer.calls, *older.calls),
            total=page.total,
            unreadable=(*newer.unreadable, *older.unreadable),
            odd=newer.odd or older.odd,
        )


async def read_call_list(root: Node, reader: CallReader, clock: WallClock) -> CallList:
    """Return a page of the call list, its calls in the order of its rows."""
    page = await reader.page(call_elements(root), total=total_calls(root), currency=root.text_at("currency"))
    stat = root.first("calls_stat")
    period = None if stat is None else stat.first("period")
    return CallList(
        calls=page.calls,
        total=page.total,
        unreadable=page.unreadable,
        odd=page.odd or root.repaired,
        direction=(root.text_at("direction") or "").lower() or None,
        device=root.text_at("show_device"),
        period_start=_time(period, "period_start", clock),
        period_end=_time(period, "period_end", clock),
    )


def read_missed_calls(root: Node, reader: CallReader) -> tuple[MissedCall, ...]:
    """Return a page of missed calls. Their own ids, by which they are marked, aren't those of the call list."""
    rows = call_rows(root)
    return tuple(
        MissedCall(
            replace(call, direction=Direction.INCOMING, extension=reader.extension_of(call.destination.number)),
            processed=values.yes(row.get("processed"), "processed"),
        )
        for row, call in zip(rows, reader.calls(rows), strict=True)
    )


def with_direction(calls: Iterable[Call], direction: Direction, call_ids: frozenset[str]) -> tuple[Call, ...]:
    """Return the calls, with a direction for those of the given ids that have none."""
    return tuple(
        replace(call, direction=direction, derived=call.derived | {"direction"})
        if call.direction is None and call.call_id in call_ids
        else call
        for call in calls
    )


def _time(period: Node | None, name: str, clock: WallClock) -> datetime | None:
    return None if period is None else dates.read_time(period.text_at(name), clock, name)
