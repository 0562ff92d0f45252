"""An account of MOR's pages, which are behind a login: which page answers which question.

Source: the provider's document, "API by pages" (docs/providers/mor.md).
"""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, override

from trunkline.calendars import WallClock
from trunkline.errors import (
    ConfigError,
    DataError,
    NotFoundError,
    PermissionDeniedError,
    RequestError,
)
from trunkline.model import Call, CallPage, Direction, MissedCall, PlacedCall, Recording
from trunkline.providers.common import fields
from trunkline.providers.common.periods import daily_pages
from trunkline.providers.mor import billing as bills
from trunkline.providers.mor import customer, texts
from trunkline.providers.mor.data import as_data, figures

from .billing import PagesBill
from .calls import CallList, CallReader, OwnNumbers
from .office import ALL, export_type, plain_id
from .session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
    from datetime import date

    from trunkline.providers.base import AccountSettings, ProviderInfo
    from trunkline.providers.mor.markup import Node

CALLS = "stats/call_list"
MISSED = "stats/missed_calls"
CALLBACK = "functions/activate_callback"
_RINGS = "and the phone rings"
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
# For how many seconds the account's own numbers are taken to be those that were read.
_OWN_LASTS = 3600.0
_PATH = re.compile(r"/?(?:[A-Za-z0-9_\-]{1,100}/){0,9}[A-Za-z0-9_.\-]{1,100}", re.ASCII)
# Paths that change something, or cost money, have methods of their own.
_OWN_METHODS = (
    "activate_callback",
    "update_personal_details",
    "cli_add",
    "add_new",
    "destroy",
    "api/login",
    "callc/login",
)


class MorPagesAccount(PagesBill):
    """An account whose credentials are a user name and a password.

    MOR keeps one balance for all lines, so that there is one trunk, and the user's id is its id. The call list is asked
    for by periods; a row's key is made of what identifies it.
    """

    by_time: ClassVar[bool] = True

    def __init__(self, info: ProviderInfo, settings: AccountSettings, credentials: Mapping[str, str]) -> None:
        """Keep the settings; nothing is sent before the first question."""
        if not all(text.isprintable() for text in credentials.values()):
            msg = f"the user name or password of {info.name} has characters that can't be typed: enter them again"
            raise ConfigError(msg)
        super().__init__(info, settings, credentials)
        self._clock = WallClock(self.zone)
        self._session = Session(
            self._transport, label=info.name, username=credentials["username"], password=credentials["password"]
        )

    # Calls.

    @override
    async def streams(self) -> tuple[str, ...]:
        return ("",)

    @override
    async def pages(
        self, stream: str, *, since: datetime | None = None, until: datetime | None = None, skip: int = 0
    ) -> AsyncIterator[CallPage]:
        """Yield the calls by periods of whole days, newest first (`/stats/call_list`)."""
        async for page in daily_pages(self._days, zone=self.zone, since=since, until=until):
            yield page

    async def call_list(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        calltype: str = ALL,
        device: str = ALL,
    ) -> CallList:
        """Return the call list as one page shows it (`/stats/call_list`); without a period that of the server's choice.

        `calltype` is `outgoing`, `incoming` or `all`, `device` a device's id or `all`.
        """
        reader = await self._reader()
        if since is None and until is None and calltype == device == ALL:
            return reader.page(await self._session.page(CALLS))
        form = {
            "userid": await self.user_id(),
            "search_on": "1",
            **self._period(since, until),
            "direction": calltype,
            "calltype": calltype,
            "device": device,
        }
        return reader.page(await self._session.page(CALLS, method="POST", form=form))

    async def new_calls(self) -> tuple[Call, ...]:
        """Return the calls that the server calls new, newest first (`/stats/new_calls_list`)."""
        reader = await self._reader()
        page = reader.page(await self._session.page("stats/new_calls_list"))
        return tuple(sorted(page.calls, key=_newest_first))

    async def missed_calls(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[MissedCall, ...]:
        """Return the list of missed calls, newest first (`/stats/missed_calls`).

        They have ids of their own, by which `mark_missed` knows them; those of the call list are made here.
        """
        reader = await self._reader()
        if since is None and until is None:
            root = await self._session.page(MISSED)
        else:
            form = {"userid": await self.user_id(), "search_on": "1", **self._period(since, until)}
            root = await self._session.page(MISSED, method="POST", form=form)
        found = (one for one in reader.missed(root) if bills.within(one.call.started_at, since, until))
        return tuple(sorted(found, key=lambda one: _newest_first(one.call)))

    async def mark_missed(self, call_id: str) -> None:
        """Mark a missed call as dealt with (`/stats/missed_calls`, `processed`). Sent once.

        `RequestError` where the page shows it as it was, `NotFoundError` for an id that was made here, because the list
        shows none or because it is that of the list of all calls.
        """
        effect = "and the call is marked"
        if not (call_id.isascii() and call_id.isdigit()):
            msg = "the id of this missed call is none that MOR gives: take it from the list of missed calls"
            raise NotFoundError(msg)
        form = {"processed": call_id}
        reader = await self._reader()
        root = await self._session.send(MISSED, form=form, effect=effect)
        try:
            shown = next((one for one in reader.missed(root) if one.call.call_id == call_id), None)
        except DataError as error:
            raise self._session.unclear(str(error), effect) from None
        if shown is not None and shown.processed is False:
            msg = f"{self.info.name} shows the missed call as it was"
            raise RequestError(msg)
        if shown is not None and shown.processed is None:
            raise self._session.unclear("it doesn't say whether the call is marked", effect)

    async def export_calls(
        self, form: str, *, since: datetime | None = None, until: datetime | None = None, calltype: str = ALL
    ) -> Recording:
        """Return the server's own file of the calls of a period (`/stats/call_list_to_pdf` or `…_csv`)."""
        kind = export_type(form)
        user_id = await self.user_id()
        period = self._period(since, until)
        params = {"call_type": calltype, "date_from": period["period_start"], "date_till": period["period_end"]}
        return await self._file(f"stats/call_list_to_{form}/{user_id}", params, f"calls-{user_id}.{form}", kind)

    async def statistics(self, *, since: datetime | None = None, until: datetime | None = None) -> Mapping[str, Any]:
        """Return the figures of the page of graphs (`/stats/user_stats`): counts, and minutes as the page has them.

        `detailed_by_date` is a list with an entry a day. With a period the document's address has `/billing` in front;
        where a server doesn't know it, the same page is asked.
        """
        if since is None and until is None:
            return _statistics(await self._session.page("stats/user_stats"))
        form = self._period(since, until)
        try:
            root = await self._session.page("billing/stats/user_stats", method="POST", form=form)
        except NotFoundError:
            root = await self._session.page("stats/user_stats", method="POST", form=form)
        return _statistics(root)

    # Placing calls.

    async def click_to_call(self, *, source: str, destination: str, stream: str | None = None) -> PlacedCall:  # noqa: ARG002
        """Call an extension back, then connect it with the destination (`/functions/activate_callback`). Sent once."""
        return await self.callback(source=source, destination=destination)

    async def callback(self, *, source: str, destination: str | None = None, device: str | None = None) -> PlacedCall:
        """Call `source` back through a device, then connect it (`/functions/activate_callback`). Sent once.

        `device` is the device's id; if left out, that of the device whose extension `source` is, or of the only
        telephone. Without a destination whoever answers is asked to dial it. `RequestError` for numbers that can't be
        dialled, `OutcomeUnknownError` where no whole answer came.
        """
        form = {"src": texts.dialled(source, "source")}
        if destination is not None:
            form["dst"] = texts.dialled(destination, "destination")
        form["acc"] = (
            customer.calling_device(await self.devices(), form["src"]) if device is None else plain_id(device, "device")
        )
        await self._act(CALLBACK, form, _RINGS)
        return PlacedCall(request_id=None)

    # Any other page.

    async def request(self, method: str, path: str, **params: str | int) -> Any:
        """Return any other page as plain data: texts, and elements by name, those of one name as a list.

        Pages asked for by GET are read, again if need be; everything else is sent once. `RequestError` for the paths
        that have methods of their own.
        """
        if not _PATH.fullmatch(path) or any(one in path.lower() for one in _OWN_METHODS):
            msg = "this is no page, or one that has a method of its own: see the account's methods"
            raise RequestError(msg)
        sent = {name: str(value) for name, value in params.items()}
        if method.upper() == "GET":
            return as_data(await self._session.page(path, params=sent))
        return as_data(await self._session.send(path, form=sent, effect="and something is changed"))

    # Inside.

    async def _days(self, first: date, last: date) -> Sequence[Call]:
        """Return the calls of whole days; those whose numbers don't tell their direction are asked for by it."""
        since = datetime(first.year, first.month, first.day, tzinfo=self.zone)
        after = last + _DAY
        until = datetime(after.year, after.month, after.day, tzinfo=self.zone)
        calls = await self._whole(since, until, ALL)
        reader = await self._reader()
        for calltype, direction in (("outgoing", Direction.OUTGOING), ("incoming", Direction.INCOMING)):
            if any(call.direction is None for call in calls):
                shown = await self._whole(since, until, calltype)
                calls = reader.decided(calls, direction, frozenset(call.call_id for call in shown))
        return calls

    async def _whole(self, since: datetime, until: datetime, calltype: str) -> tuple[Call, ...]:
        """Return all calls of a period of the server's clock, in parts where a page shows fewer than it counts.

        `DataError` for a page that shows another period, or nothing of what it counts. A page that doesn't say that it
        heeded `calltype` tells nothing of directions.
        """
        page = await self.call_list(since=since, until=until, calltype=calltype)
        if calltype not in {ALL, page.direction}:
            return ()
        if (page.period_start is not None and page.period_start > since + _DAY) or (
            page.period_end is not None and page.period_end < until - _DAY - _SECOND
        ):
            raise fields.wrong("period", "the one that was asked for")
        if page.total is None or len(page.calls) >= page.total:
            return page.calls
        half = timedelta(seconds=int((until - since).total_seconds()) // 2)
        if not page.calls or not half:
            raise fields.wrong("total_calls", "the number of calls that the page shows")
        middle = since + half
        return (*await self._whole(middle, until, calltype), *await self._whole(since, middle, calltype))

    async def _reader(self) -> CallReader:
        now = asyncio.get_running_loop().time()
        if self._own is None or now - self._own_at > _OWN_LASTS:
            self._own = OwnNumbers.of(await _if_there(self.devices()), await _if_there(self.caller_ids()))
            self._own_at = now
        return CallReader(
            account=await self.key(),
            zone=self.zone,
            currency=await self._own_currency(),
            trunk=await self.user_id(),
            own=self._own,
        )


async def _if_there[T](reading: Awaitable[tuple[T, ...]]) -> tuple[T, ...]:
    """Return what a page shows, nothing where the server has no such page or doesn't show it to this user."""
    try:
        return await reading
    except (NotFoundError, PermissionDeniedError):
        return ()


def _statistics(root: Node) -> dict[str, Any]:
    details = root.one("details")
    if details is None:
        raise fields.wrong("details", "there")
    found: dict[str, Any] = {"start_date": root.at("start_date"), "end_date": root.at("end_date")}
    for group in details.nodes():
        days = group.all("call_by_date")
        found[group.name] = [figures(one) for one in days] if days else figures(group)
    found["detailed_by_date"] = found.get("detailed_by_date") or []
    return found


def _newest_first(call: Call) -> tuple[float, str]:
    return (-call.started_at.timestamp() if call.started_at else float("-inf"), call.call_id)
