"""Answers a telephone system that asks how to handle a call: fires an event, and waits for an automation's answer.

A telephone system waits for a second. If nothing answers in time, or the request is refused, the reply leaves the call
to the telephone system, which has an exit for that. Neither keys nor numbers are logged.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from typing import TYPE_CHECKING, Final

from aiohttp import web
from homeassistant.core import callback

from trunkline.errors import DataError

from ..account.events import visible
from ..const import EVENT_ROUTE_REQUEST, LOGGER
from ..push.admission import RefusedError, is_too_dense, read_body
from .codes import MIN_LENGTH

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from trunkline.model import Route, RouteRequest
    from trunkline.providers import Account

    from ..account.names import Names
    from ..account.reports import Reports
    from ..push.admission import Admission
    from .codes import CodeResult, VoiceCodes

# Simotel waits for a second, the way there and back included.
ANSWER_WITHIN: Final = 0.8
MAX_WAITING: Final = 20
MAX_TEXT: Final = 200

# The reply where there is no account that could say how to refuse, as any of them refuses.
_NO_ACCOUNT: Final = b'{"ok":"0"}'


class RouteHandler:
    """Handles the requests to one account's address; `title` names the account in the log."""

    def __init__(
        self,
        hass: HomeAssistant,
        title: str,
        account: Account,
        *,
        reports: Reports,
        names: Names,
        admission: Admission,
        codes: VoiceCodes,
    ) -> None:
        """Wait for the first request."""
        self._hass = hass
        self._title = title
        self._account = account
        self._reports = reports
        self._names = names
        self._admission = admission
        self._codes = codes
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self.counts: Counter[str] = Counter()
        """How many requests were answered, unanswered, or refused (by the reason)."""

    async def async_handle(self, request: web.Request) -> web.Response:
        """Return the reply to a request of the telephone system."""
        try:
            self._admission.admit(request.headers)
            asked = await self._read(request)
        except RefusedError as refusal:
            self.counts[refusal.reason] += 1
            return reply(self._account.route_reply(None))
        try:
            body = await self._async_ask(asked)
        except Exception as error:  # noqa: BLE001  (Home Assistant would log the secret address and the request)
            LOGGER.error("%s: handling a routing request failed (%s)", self._title, type(error).__name__)
            body = None
        self.counts["unanswered" if body is None else "answered"] += 1
        return reply(self._account.route_reply(None) if body is None else body)

    @callback
    def async_answer(self, request_id: str, route: Route) -> bool:
        """Answer a request; return False if nobody waits for it any longer.

        Raises `DataError` or `RequestError` for a route that the telephone system can't be told.
        """
        body = self._account.route_reply(route)
        waiting = self._waiting.get(request_id)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(body)
        return True

    @callback
    def async_stop(self) -> None:
        """Leave the calls that wait for an answer to the telephone system."""
        for waiting in self._waiting.values():
            waiting.cancel()

    async def _read(self, request: web.Request) -> RouteRequest:
        if is_too_dense(request):
            raise RefusedError("compressed")
        body = await read_body(request.content)
        try:
            asked = self._account.parse_route_request(body or dict(request.query))
        except DataError:
            raise RefusedError("malformed") from None
        texts = (asked.component, asked.call_id, asked.caller.number, asked.dialled.number, asked.placed_call_id)
        if any(len(text) > MAX_TEXT for text in texts if text is not None):
            raise RefusedError("malformed")
        if len(self._waiting) >= MAX_WAITING:
            raise RefusedError("too many waiting")
        return asked

    async def _async_ask(self, asked: RouteRequest) -> bytes | None:
        """Fire the event, and return the answer of an automation if one comes in time."""
        request_id = secrets.token_hex(8)
        waiting: asyncio.Future[bytes] = self._hass.loop.create_future()
        self._waiting[request_id] = waiting
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                result = await self._codes.async_check(asked.digits)
                self._async_fire(request_id, asked, result)
                return await waiting
        except TimeoutError:
            return None
        except asyncio.CancelledError:
            if waiting.cancelled():
                # The account is unloaded.
                return None
            raise
        finally:
            del self._waiting[request_id]

    @callback
    def _async_fire(self, request_id: str, asked: RouteRequest, result: CodeResult) -> None:
        self._reports.async_report(
            EVENT_ROUTE_REQUEST,
            {
                "request_id": request_id,
                "component": visible(asked.component),
                "call_id": visible(asked.call_id),
                "placed_call_id": visible(asked.placed_call_id),
                "caller": visible(asked.caller.number),
                "caller_e164": asked.caller.e164,
                "caller_name": self._names.of(asked.caller),
                "dialled": visible(asked.dialled.number),
                # What may be a code has no place in an event that is stored.
                "digits": asked.digits if len(asked.digits) < MIN_LENGTH else None,
                "digits_count": len(asked.digits),
                "code": result.name,
                "code_status": result.status.value,
            },
            asked.caller,
        )


def reply(body: bytes = _NO_ACCOUNT) -> web.Response:
    """Return the HTTP response with a reply, without one the response of an address that doesn't exist."""
    return web.Response(body=body, content_type="application/json")
