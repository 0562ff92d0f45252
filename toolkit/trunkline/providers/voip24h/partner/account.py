"""A Voip24h account over the partner interface, which has one address for all requests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, override

from trunkline.calendars import in_calendar
from trunkline.errors import DataError, NotFoundError, RequestError
from trunkline.model import CallPage, Identity, PlacedCall
from trunkline.providers.base import DailyAccount
from trunkline.providers.common.rows import Rows, read_in_turns
from trunkline.providers.days import is_within, newest_first
from trunkline.providers.voip24h import common
from trunkline.transport import MAY_BE_CARRIED_OUT, PHONE_MAY_RING, Limits, outcome_unknown

from . import wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.model import Call, Recording
    from trunkline.providers.base import AccountSettings, ProviderInfo
    from trunkline.providers.days import Days
    from trunkline.transport import Reply

_PLACES_A_CALL = "makeDial"
_READS = frozenset({"getUser", "getDate", "getUserDate", "getCallData", "recordingDownload", "recordingListen"})
# No provider of this kind is older.
_FIRST_DAY = date(2000, 1, 1)
_DAY = timedelta(days=1)


class Voip24hPartnerAccount(DailyAccount):
    """An account whose credential is the partner secret. Its only call list is read by days."""

    def __init__(self, info: ProviderInfo, settings: AccountSettings, credentials: Mapping[str, str]) -> None:
        """Keep the settings; nothing is sent before the first request."""
        super().__init__(info, settings, credentials, headers={"Accept": "application/json"})
        self._secret = credentials["partner_secret"]
        self._who = common.identity(info.name, self.base_url, credentials["account"])
        self._users = tuple(dict.fromkeys(credentials["users"].replace(",", " ").split()))
        self._reader: wire.CallReader | None = None

    @override
    async def _read_identity(self) -> Identity:
        # No request tells who this is; one that lists today's calls shows at least that the secret opens something.
        today = datetime.now(self.zone).date()
        await self._listed(today, today)
        return self._who

    @override
    async def days(self, stream: str, days: Days) -> CallPage:
        calls, unreadable = await self._listed(days.first, days.last)
        return CallPage(calls, unreadable=unreadable)

    @override
    async def read_row(self, stream: str, record: Any) -> Call:
        return self._call_reader.call(record)

    async def user_calls(
        self, user: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[Call, ...]:
        """Return an extension's calls with `since <= started_at < until`, newest first (`getUser`, `getUserDate`)."""
        if since is None and until is None:
            found = (await self._list("getUser", {"user": user})).calls
        else:
            first = _FIRST_DAY if since is None else in_calendar(since).astimezone(self.zone).date()
            last = in_calendar(until or datetime.now(UTC) + _DAY).astimezone(self.zone).date()
            found = (await self._list("getUserDate", {"user": user, **_period(first, last)})).calls
        kept = [call for call in found if is_within(call.started_at, since, until)]
        return tuple(sorted(kept, key=newest_first))

    async def call(self, call_id: str) -> Call:
        """Return one call (`getCallData` of edition 1.1); `NotFoundError` where there is none of that id."""
        data = await self._ask("getCallData", {"uniqueId": call_id})
        if not data:
            msg = "Voip24h has no call of that id"
            raise NotFoundError(msg)
        rows = wire.call_rows(data if isinstance(data, list) else [data])
        return self._call_reader.call(rows[0] if len(rows) == 1 else None)

    async def recording_link(self, call_id: str, *, listen: bool = False) -> str:
        """Return the address of a call's recording, or with `listen` of the page that plays it.

        It opens the recording for whoever has it. `NotFoundError` where the call has none (`recordingDownload`,
        `recordingListen`).
        """
        request_type = "recordingListen" if listen else "recordingDownload"
        return wire.read_link(await self._ask(request_type, {"callId": call_id}))

    @override
    async def recording(self, call: Call) -> Recording:
        """Return the audio of a call, from the link of `recordingDownload`.

        `NotFoundError` where the call has none, `RequestError` where the link leads to another host than the base
        URL's: it is not followed there, and nowhere with the secret.
        """
        link = common.own_link(await self.recording_link(call.call_id), self.base_url)
        reply = await self._transport.read("GET", link, cap=Limits().audio)
        return common.read_audio(reply, call_id=call.call_id, link=link)

    @override
    async def click_to_call(self, *, source: str, destination: str, stream: str | None = None) -> PlacedCall:
        """Ring the extension `source`, then call `destination` (`makeDial`). Sent once, never again.

        `RequestError` for numbers that can't be dialled or that the provider refuses, `OutcomeUnknownError` if no
        complete reply came. The provider gives the request no id.
        """
        extension, phone = common.dialable(source, destination)
        await self._send_once(_PLACES_A_CALL, {"extension": extension, "phone": phone}, effect=PHONE_MAY_RING)
        return PlacedCall(request_id=None)

    @override
    async def request(self, method: str, path: str, **params: str | int) -> Any:
        """Return the whole decoded reply to any other request type, which stands in the place of the path.

        `request("POST", "getUser", user="137")`; `params` are its `data`. Only POST is spoken. What the document
        doesn't name may cost money, so that it is sent once.
        """
        if path.strip().casefold() == _PLACES_A_CALL.casefold():
            msg = "calls are placed with click_to_call, which never repeats them"
            raise RequestError(msg)
        if method.upper() != "POST":
            msg = "the partner interface of Voip24h takes POST only: give the request type in place of the path"
            raise RequestError(msg)
        if path not in _READS:
            return (await self._send_once(path, params, effect=MAY_BE_CARRIED_OUT)).json()
        reply = await self._transport.read("POST", "", json=self._body(path, params))
        wire.answer(reply)
        return reply.json()

    @property
    def _call_reader(self) -> wire.CallReader:
        account_id = (self._identity or self._who).account_id
        account = f"{self.info.provider_id}:{account_id}"
        if self._reader is None or self._reader.account != account:
            self._reader = wire.CallReader(account=account, zone=self.zone)
        return self._reader

    async def _listed(self, first: date, last: date) -> Rows:
        """Return the calls of whole days, both included, of everybody or of the users that were named."""
        period = _period(first, last)
        if self._users:
            lists = [await self._list("getUserDate", {"user": user, **period}) for user in self._users]
            # A call between two of them stands in both lists.
            calls = {call.call_id: call for found in reversed(lists) for call in found.calls}
            return Rows(tuple(calls.values()), tuple(row for found in lists for row in found.unreadable))
        try:
            return await self._list("getDate", period)
        except wire.UserNeededError as error:
            msg = f"{error}. This server lists calls by extension only: enter the extensions in the account's settings"
            raise RequestError(msg) from None

    async def _list(self, request_type: str, data: dict[str, str]) -> Rows:
        try:
            rows = wire.call_rows(await self._ask(request_type, data))
        except wire.NoDataError:
            return Rows(())
        return wire.each_once(await read_in_turns(rows, self._call_reader.calls))

    async def _ask(self, request_type: str, data: dict[str, str]) -> Any:
        return wire.answer(await self._transport.read("POST", "", json=self._body(request_type, data)))

    async def _send_once(self, request_type: str, data: object, *, effect: str) -> Reply:
        """Send what may cost money exactly once; `OutcomeUnknownError` for a reply that proves nothing."""
        reply = await self._transport.send_once("POST", "", json=self._body(request_type, data), effect=effect)
        try:
            why = wire.unclear(reply)
            if why is None:
                wire.answer(reply)
        except DataError as error:
            why = str(error)
        if why is not None:
            raise outcome_unknown(f"Voip24h's reply is inconclusive: {why}", effect)
        return reply

    def _body(self, request_type: str, data: object) -> dict[str, Any]:
        return {"requestType": request_type, "partnerSecret": self._secret, "data": data}


def _period(first: date, last: date) -> dict[str, str]:
    return {"fromDate": wire.day(first), "toDate": wire.day(last)}
