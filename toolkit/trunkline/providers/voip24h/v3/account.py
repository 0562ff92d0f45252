"""A Voip24h account over the v3 interface: its expiring token, and the requests that its methods send."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, ClassVar, override
from urllib.parse import unquote

from trunkline.errors import AuthenticationError, DataError, ProviderError, RequestError
from trunkline.model import CallPage, Direction, Identity, PlacedCall, Status
from trunkline.providers.base import DailyAccount
from trunkline.providers.common.rows import Rows, read_in_turns
from trunkline.providers.voip24h import common
from trunkline.transport import MAY_BE_CARRIED_OUT, PHONE_MAY_RING, Limits, outcome_unknown

from . import wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.model import Call, Recording, UnreadableRow
    from trunkline.providers.base import AccountSettings, ProviderInfo
    from trunkline.providers.days import Days

PER_PAGE = 100
# How often rows may go away while the list of some days is read.
_MOST_STEPS_BACK = 2
_PUSHES = "webhook-call-log/"
_TYPES = {Direction.INCOMING: "inbound", Direction.OUTGOING: "outbound", Direction.INTERNAL: "local"}
_STATUSES = {
    Status.ANSWERED: "ANSWERED",
    Status.NO_ANSWER: "NO ANSWER,MISSED",
    Status.BUSY: "BUSY",
    Status.CONGESTION: "CONGESTION",
    Status.FAILED: "FAILED",
}
# A token is renewed this many seconds before its end, or in the last tenth of a short life.
_MARGIN, _SHARE = 300.0, 0.1
_CHANGING = ("dial", "webhook")


class Voip24hV3Account(DailyAccount):
    """An account with an API key and secret, which are exchanged for a token. One list of calls, read by days."""

    # Pushes carry an id, but the documentation doesn't say that it is the id in the list.
    push_has_key: ClassVar[bool] = False

    def __init__(self, info: ProviderInfo, settings: AccountSettings, credentials: Mapping[str, str]) -> None:
        """Keep the settings; nothing is sent before the first request."""
        super().__init__(info, settings, credentials, headers={"Accept": "application/json"})
        key, secret = credentials["api_key"], credentials["api_secret"]
        self._login = {"apiKey": key, "apiSecret": secret, "isLonglive": "true"}
        self._who = common.identity(info.name, self.base_url, credentials["account"], dialect=info.dialect)
        self._token: wire.Token | None = None
        self._renew_at = 0.0
        self._turn = asyncio.Lock()
        self._sending = asyncio.Lock()
        self._full_page = 0
        self._reader: wire.CallReader | None = None

    @override
    async def _read_identity(self) -> Identity:
        # The token doesn't state an account; getting one shows that the key is valid.
        await self._valid_token()
        return self._who

    @override
    async def days(self, stream: str, days: Days) -> CallPage:
        calls, unreadable = await self._listed(days.first, days.last)
        return CallPage(calls, unreadable=unreadable)

    @override
    async def read_row(self, stream: str, record: Any) -> Call:
        return self._call_reader.call(record)

    async def call_page(
        self,
        *,
        offset: int = 0,
        limit: int = PER_PAGE,
        since: datetime | None = None,
        until: datetime | None = None,
        direction: Direction | None = None,
        status: Status | None = None,
        extensions: tuple[str, ...] = (),
        did: str | None = None,
        caller: str | None = None,
        callee: str | None = None,
        call_id: str | None = None,
        exchange_id: str | None = None,
    ) -> tuple[Call, ...]:
        """Return calls of `call/history` from a place in the list on, as the provider orders them.

        `since` and `until` are both included, and cut to the second. `call_id` is the id in the list, `exchange_id` the
        id of the phone system. The provider may send fewer than `limit`, and states no total.
        """
        if status is not None and status not in _STATUSES:
            msg = f"Voip24h can't filter calls by the status {status.value}"
            raise RequestError(msg)
        chosen: dict[str, str | int | None] = {
            "dateStart": wire.wall_clock(since, self.zone) if since else None,
            "dateEnd": wire.wall_clock(until, self.zone) if until else None,
            "status": _STATUSES[status] if status else None,
            "type": _TYPES[direction] if direction else None,
            "extension": ",".join(extensions) or None,
            "did": did,
            "callid": exchange_id,
            "id": call_id,
            "caller": caller,
            "callee": callee,
            "offset": offset,
            "limit": limit,
        }
        return (await self._history(chosen)).calls

    @override
    async def recording(self, call: Call) -> Recording:
        """Return the audio of a call, from the link of `call/recording`.

        `NotFoundError` where the call has none, `RequestError` where the link leads to a host that isn't the provider's
        (`common.own_link`): it is not followed there, and nowhere with the token.
        """
        body = await self._ask("GET", "call/recording", params={"callId": call.recording or call.call_id})
        link = common.own_link(wire.read_link(body), self.base_url)
        reply = await self._transport.read("GET", link, cap=Limits().audio)
        return common.read_audio(reply, call_id=call.call_id, link=link)

    @override
    async def click_to_call(self, *, source: str, destination: str, stream: str | None = None) -> PlacedCall:
        """Ring the extension `source`, then call `destination` (`call/dial`).

        The token is renewed first; then the request is sent once, never again. `RequestError` for numbers that can't be
        dialled or that the provider refuses, `OutcomeUnknownError` if no complete reply came or the new token is
        refused. The provider gives the request no id.
        """
        extension, phone = common.dialable(source, destination)
        await self._change("POST", "call/dial", effect=PHONE_MAY_RING, form={"extension": extension, "phone": phone})
        return PlacedCall(request_id=None)

    @override
    async def register_push(self, url: str, *, method: str = "POST") -> None:
        """Ask the provider to push each call that ended to an address, by POST or by GET (`webhook-call-log`).

        The provider's reply says that it took the address, and nothing of whether records will come.
        """
        settings = {"auth": "", "type": "", "disposition": ""}
        registration = {"url": url, "method": method.upper(), "active": True, "param": settings}
        await self._change("POST", _PUSHES, effect="The address may have been registered. Check it", json=registration)

    @override
    async def unregister_push(self, url: str) -> None:
        """Ask the provider to push nothing more to an address (`webhook-call-log`)."""
        await self._change("DELETE", _PUSHES, effect="The address may have been removed. Check it", json={"url": url})

    @override
    def parse_push(self, payload: Mapping[str, Any] | bytes) -> Call:
        """Return the call of a pushed record: JSON, a form, or the query of a GET.

        `DataError` for one that makes no sense or tells no time. It carries nothing that says whose it is, and its id
        need not be that of the list: take it as a sign to read the list.
        """
        return self._call_reader.pushed(payload)

    @override
    async def request(self, method: str, path: str, **params: str | int) -> Any:
        """Return the whole decoded reply of any other request, sent with this account's token.

        What isn't a GET is sent as a form, and sent once: it may change something or cost money.
        """
        if any(word in unquote(path).lower() for word in _CHANGING):
            msg = "calls are placed with click_to_call and addresses registered with register_push, which send once"
            raise RequestError(msg)
        if method.upper() == "GET":
            return await self._ask("GET", path, params=params)
        return await self._change(method, path, effect=MAY_BE_CARRIED_OUT, form=params)

    @property
    def _call_reader(self) -> wire.CallReader:
        account_id = (self._identity or self._who).account_id
        account = f"{self.info.provider_id}:{account_id}"
        if self._reader is None or self._reader.account != account:
            self._reader = wire.CallReader(account=account, zone=self.zone)
        return self._reader

    async def _history(self, chosen: Mapping[str, str | int | None]) -> Rows:
        params = {name: value for name, value in chosen.items() if value is not None}
        rows = wire.history_rows(await self._ask("GET", "call/history", params=params))
        return await read_in_turns(rows, self._call_reader.calls)

    async def _listed(self, first: date, last: date) -> Rows:
        """Return the calls of whole days, both included.

        Each page begins with the row that the one before ended with, so that rows that go away meanwhile are noticed:
        then as much is read again. A page is the last one if it is shorter than one that came before, whatever number
        of rows the provider's limit is.
        """
        period = {
            "dateStart": wire.wall_clock(datetime.combine(first, time(), self.zone), self.zone),
            "dateEnd": wire.wall_clock(datetime.combine(last, time(23, 59, 59), self.zone), self.zone),
        }
        found: dict[str, Call] = {}
        unreadable: dict[str, UnreadableRow] = {}
        # Up to `known_to`, pages may bring nothing new after a step back, and the list still goes on.
        offset = steps_back = known_to = 0
        while steps_back <= _MOST_STEPS_BACK:
            page = await self._history({**period, "offset": offset, "limit": PER_PAGE})
            calls = {call.call_id: call for call in page.calls}
            rows = {repr(row.record): row for row in page.unreadable}
            is_new = not (calls.keys() <= found.keys() and rows.keys() <= unreadable.keys())
            if offset and calls.keys().isdisjoint(found) and rows.keys().isdisjoint(unreadable):
                known_to = max(known_to, offset)
                offset = max(0, offset - max(self._full_page, 1))
                steps_back += 1
                continue
            found.update((call_id, call) for call_id, call in calls.items() if call_id not in found)
            unreadable.update(rows)
            # A row that comes twice must neither hide the next one, nor let a page pass for a fuller or a shorter one.
            size = len(calls) + len(page.unreadable)
            is_short = len(page.calls) + len(page.unreadable) < self._full_page
            if is_short or (not is_new and offset >= known_to):
                return Rows(tuple(found.values()), tuple(unreadable.values()))
            self._full_page = max(self._full_page, size)
            offset += max(1, size - 1)
        msg = "Voip24h's call list changes with every request"
        raise DataError(msg, field="data")

    # The token.

    async def _valid_token(self, *, refused: str | None = None) -> str:
        """Return a token that isn't about to expire and isn't the refused one."""
        async with self._turn:
            token = self._token
            if token is None or token.text == refused or asyncio.get_running_loop().time() >= self._renew_at:
                return await self._renewed_token()
            return token.text

    async def _new_token(self) -> str:
        """Return a token that the provider has just given."""
        async with self._turn:
            return await self._renewed_token()

    async def _renewed_token(self) -> str:
        now = asyncio.get_running_loop().time()
        self._token = None
        reply = await self._transport.read("POST", "authentication", json=self._login)
        self._token = wire.read_token(wire.answer(reply), self.zone, now=datetime.now(UTC))
        self._renew_at = now + _usable(self._token.life)
        return self._token.text

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        form: Mapping[str, str | int] | None = None,
    ) -> dict[str, Any]:
        """Send a request that changes nothing; once more with a new token if the token was refused."""
        token = await self._valid_token()
        reply = await self._transport.read(method, path, params=params, form=form, headers=_bearer(token))
        if wire.is_unauthorized(reply):
            token = await self._valid_token(refused=token)
            reply = await self._transport.read(method, path, params=params, form=form, headers=_bearer(token))
        return wire.answer(reply)

    async def _change(
        self,
        method: str,
        path: str,
        *,
        effect: str,
        form: Mapping[str, str | int] | None = None,
        json: Any = None,
    ) -> dict[str, Any]:
        """Send a request that changes something exactly once, with a new token.

        If even that is refused, it isn't known that nothing was done: `OutcomeUnknownError`. Such requests wait for
        each other, because a new token may end the one before.
        """
        async with self._sending:
            token = await self._new_token()
            reply = await self._transport.send_once(
                method, path, form=form, json=json, headers=_bearer(token), effect=effect
            )
        if why := wire.unclear(reply):
            raise outcome_unknown(f"Voip24h answered with {why}", effect)
        try:
            return wire.answer(reply)
        except (DataError, ProviderError) as error:
            raise outcome_unknown(str(error), effect) from None
        except AuthenticationError:
            raise outcome_unknown("Voip24h refused a token that it had just given", effect) from None


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _usable(life: float | None) -> float:
    """Return how many seconds to use a token: without a stated lifetime, until it is refused."""
    return math.inf if life is None else life - min(_MARGIN, life * _SHARE)
