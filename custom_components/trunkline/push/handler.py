"""Handles the deliveries to one account's push address: admitted, validated, then kept, fired, or a reason to poll.

Whoever knows the secret address can post to it, so nothing is trusted beyond its form: records of another account and
floods are refused, and calls are provisional until the provider's list confirms them. Every request gets the same
answer; why one is refused is counted. Neither a record nor an address is logged.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from aiohttp import web
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from trunkline.archive import PushOutcome
from trunkline.errors import ArchiveError, DataError
from trunkline.model import Call, LineEvent

from ..const import LOGGER
from .admission import RefusedError, read_body
from .reception import async_answer
from .validation import CLOCK_ERROR, ZONE_ERROR, check_call, check_time, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

    from trunkline.providers import Account

    from ..account.tasks import Spawn
    from .admission import Admission, Stream
    from .confirmation import ListedConfirmation, SignalConfirmation
    from .health import PushHealth
    from .live_events import LiveEvents
    from .live_tracker import LiveTracker
    from .provisional import ProvisionalCalls

MAX_REMEMBERED_IDS: Final = 1000
# What these methods bring is handled; the others only test the address.
_DELIVERIES: Final = frozenset({"GET", "POST"})


class PushHandler:
    """Handles the deliveries to one account; `title` names it in the log."""

    def __init__(
        self,
        title: str,
        account: Account,
        *,
        admission: Admission,
        health: PushHealth,
        calls: ProvisionalCalls,
        listed: ListedConfirmation,
        signals: SignalConfirmation,
        live_events: LiveEvents,
        live: LiveTracker,
        spawn: Spawn,
    ) -> None:
        """Wait for the first delivery. `spawn` starts a task that Home Assistant waits for."""
        self._title = title
        self._account = account
        self._admission = admission
        self._health = health
        self._calls = calls
        self._listed = listed
        self._signals = signals
        self._live_events = live_events
        self._live = live
        self._spawn = spawn
        self._signalled: deque[str] = deque(maxlen=MAX_REMEMBERED_IDS)

    @callback
    def async_start(self) -> None:
        """Look for the calls that were pushed before a restart."""
        self._listed.async_start()

    @callback
    def async_stop(self) -> None:
        """Stop looking for pushed calls in the provider's list."""
        self._listed.async_stop()
        self._signals.async_stop()

    async def async_handle(
        self, _hass: HomeAssistant, _webhook_id: str, request: web.Request, kind: str | None = None
    ) -> web.Response:
        """Answer one delivery, and handle it. `kind` is the event's name from the address."""

        async def receive(answered: web.Request, opening: bytes | RefusedError) -> None:
            if answered.method in _DELIVERIES:
                await self._receive(answered, answered.content, opening, kind)

        if isinstance(request, web.Request):
            return await async_answer(request, receive)
        # From Home Assistant Cloud, which has answered for the address already.
        await self._receive(request, request.content, b"", kind)
        return web.Response()

    async def _receive(
        self, request: web.Request, content: Stream, opening: bytes | RefusedError, kind: str | None
    ) -> None:
        try:
            self._admission.admit(request.headers)
            if isinstance(opening, RefusedError):
                raise opening
            body = await read_body(content, opening)
        except RefusedError as refusal:
            self._health.add_refused(refusal.reason)
        else:
            # The connection may end before a call is stored.
            task = self._spawn(self._handle(body or dict(request.query), kind))
            if not isinstance(request, web.Request):
                await task

    async def _handle(self, payload: bytes | Mapping[str, str], kind: str | None) -> None:
        try:
            await self._accept(parse(self._account, payload, kind))
        except RefusedError as refusal:
            self._health.add_refused(refusal.reason)
        except Exception as error:  # noqa: BLE001  (Home Assistant would log the secret address and the record)
            self._health.add_refused("internal error")
            LOGGER.error("%s: handling a pushed record failed (%s)", self._title, type(error).__name__)

    async def _accept(self, record: Call | LineEvent) -> None:
        if isinstance(record, LineEvent):
            self._health.add_delivery()
            self._live_events.async_fire(record)
            return
        if not self._account.push_has_key:
            self._signal(record)
            return
        check_call(record)
        match await self._store(record):
            case PushOutcome.NEW:
                self._listed.async_look_soon()
            case PushOutcome.FULL:
                self._listed.async_poll_soon()
                raise RefusedError("too many waiting")
            case PushOutcome.WITHDRAWN:
                if not self._calls.repeats_withdrawn(record):
                    # Perhaps the genuine record of a call whose id somebody has used before.
                    self._listed.async_poll_soon()
                raise RefusedError("withdrawn")
        self._health.add_delivery()
        self._live.async_ended(record)

    def _signal(self, call: Call) -> None:
        """Poll soon: the call list has the call under another id, so that it is not kept from here."""
        moment = call.finished_at
        check_time(moment, ahead=ZONE_ERROR)
        self._health.add_delivery()
        self._live.async_ended(call)
        if call.call_id in self._signalled:
            return
        if call.call_id:
            self._signalled.append(call.call_id)
        now = dt_util.utcnow()
        self._signals.async_add(moment if moment and abs(now - moment) <= CLOCK_ERROR else now)

    async def _store(self, call: Call) -> PushOutcome:
        try:
            return await self._calls.async_store(call)
        except DataError:
            raise RefusedError("malformed") from None
        except ArchiveError:
            LOGGER.error("%s: a pushed call can't be stored in the archive; the next sync will find it", self._title)
            raise RefusedError("archive") from None
