"""Handles the deliveries to one account's push address: admitted, validated, then stored, fired, or a reason to poll.

Whoever knows the secret address can post to it, so nothing is trusted beyond its form: records of another account and
floods are refused, and new calls are looked up at the provider soon after. Neither a record nor an address is logged.
"""

from __future__ import annotations

from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from trunkline.errors import ArchiveError, DataError
from trunkline.model import Call, LineEvent

from ..account.events import ended_at
from ..const import LOGGER
from .admission import RefusedError
from .validation import CLOCK_ERROR, ZONE_ERROR, check_time, parse

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from trunkline.providers import Account

    from .admission import Admission
    from .confirmation import ListedConfirmation, SignalConfirmation
    from .health import PushHealth
    from .live_events import LiveEvents
    from .storage import PushedCalls

MAX_REMEMBERED_IDS: Final = 1000


class PushHandler:
    """Handles the deliveries to one account; `title` names it in the log."""

    def __init__(
        self,
        title: str,
        account: Account,
        *,
        admission: Admission,
        health: PushHealth,
        calls: PushedCalls,
        listed: ListedConfirmation,
        signals: SignalConfirmation,
        live_events: LiveEvents,
    ) -> None:
        """Wait for the first delivery."""
        self._title = title
        self._account = account
        self._admission = admission
        self._health = health
        self._calls = calls
        self._listed = listed
        self._signals = signals
        self._live_events = live_events
        self._signalled: deque[str] = deque(maxlen=MAX_REMEMBERED_IDS)

    @callback
    def async_stop(self) -> None:
        """Stop looking for pushed calls in the provider's list."""
        self._listed.async_stop()
        self._signals.async_stop()

    async def async_handle(
        self, _hass: HomeAssistant, _webhook_id: str, request: web.Request, kind: str | None = None
    ) -> web.Response:
        """Handle one delivery; the status says why one is refused. `kind` is the event's name from the address."""
        try:
            body = await self._admission.admit(request)
            is_new = await self._accept(parse(self._account, body or dict(request.query), kind))
        except RefusedError as refusal:
            self._health.add_refused(refusal.reason)
            return refusal.response()
        except Exception as error:  # noqa: BLE001  (Home Assistant would log the secret address and the record)
            self._health.add_refused("internal error")
            LOGGER.error("%s: handling a pushed record failed (%s)", self._title, type(error).__name__)
            return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        # A duplicate has a status of its own, but a successful one: the provider must not send it again.
        return web.Response(status=HTTPStatus.OK if is_new else HTTPStatus.ALREADY_REPORTED)

    async def _accept(self, record: Call | LineEvent) -> bool:
        """Return whether the record was new."""
        if isinstance(record, LineEvent):
            self._health.add_delivery()
            self._live_events.async_fire(record)
            return True
        if not self._account.push_has_key:
            return self._signal(record)
        check_time(record.started_at, ahead=CLOCK_ERROR)
        is_new = await self._store(record)
        self._health.add_delivery()
        if is_new:
            self._listed.async_add(record)
        return is_new

    def _signal(self, call: Call) -> bool:
        """Poll soon: the call list has the call under another id, so that it is not stored from here."""
        moment = ended_at(call)
        check_time(moment, ahead=ZONE_ERROR)
        self._health.add_delivery()
        if call.call_id in self._signalled:
            return False
        if call.call_id:
            self._signalled.append(call.call_id)
        now = dt_util.utcnow()
        self._signals.async_add(moment if moment and abs(now - moment) <= CLOCK_ERROR else now)
        return True

    async def _store(self, call: Call) -> bool:
        try:
            return await self._calls.async_store(call)
        except DataError:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "malformed") from None
        except ArchiveError:
            LOGGER.error("%s: a pushed call can't be stored in the archive; the next sync will find it", self._title)
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "archive") from None
