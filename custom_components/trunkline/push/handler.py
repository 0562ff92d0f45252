"""Takes what is pushed to one account's address: checked, then stored, fired, or taken as a sign to poll.

Whoever knows the secret address can post to it, so nothing that arrives is believed beyond its shape: a record of
another service is refused, a flood is turned away, and what is new is looked up at the provider soon after. No content
of a record and no address ever reaches the log.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from trunkline.errors import ArchiveError, DataError, ForeignRecordError
from trunkline.model import Call, Capability, LineEvent

from ..const import CONF_PUSH_PASSWORD, CONF_PUSH_USERNAME, LOGGER
from .admission import (
    Doorman,
    RefusedError,
    Throttle,
    read_body,
)
from .confirmation import KeyedConfirmation, SignalConfirmation
from .health import ended_at

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import HomeAssistant

    from ..coordinator import TrunklineConfigEntry

# Call records; a telephone system that tells of everything while it happens makes many more events than calls.
BURST: Final = 120
PER_SECOND: Final = 5.0
EVENTS_BURST: Final = 600
EVENTS_PER_SECOND: Final = 30.0

LONGEST_ID: Final = 200
LONGEST_KIND: Final = 60
REMEMBERED: Final = 1000

# A push tells of a call that has just ended. What is far off would make the confirmation read the list for pages.
OLDEST: Final = timedelta(days=7)
CLOCK_ERROR: Final = timedelta(hours=1)
# Where only the time of the record counts, a telephone system with another idea of its zone does no harm.
ZONE_ERROR: Final = timedelta(days=1)


class Receiver:
    """What stands behind one account's address."""

    def __init__(self, hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
        """Prepare for the account as it is set up now."""
        self._coordinator = entry.runtime_data
        self._title = entry.title
        account = self._coordinator.account
        self._tells_events = account.supports(Capability.PARSE_EVENT)
        self._throttle = Throttle(
            burst=EVENTS_BURST if self._tells_events else BURST,
            per_second=EVENTS_PER_SECOND if self._tells_events else PER_SECOND,
            now=hass.loop.time(),
        )
        self._doorman = Doorman(
            entry.options.get(CONF_PUSH_USERNAME) or "", entry.options.get(CONF_PUSH_PASSWORD) or ""
        )
        self._keyed = KeyedConfirmation(self._coordinator)
        self._signals = SignalConfirmation(self._coordinator)
        self._heard: deque[str] = deque(maxlen=REMEMBERED)

    @callback
    def async_stop(self) -> None:
        """Forget what waits for its confirmation."""
        self._keyed.stop()
        self._signals.stop()

    async def async_handle(
        self, hass: HomeAssistant, _webhook_id: str, request: web.Request, kind: str | None = None
    ) -> web.Response:
        """Take one delivery, or say with a status why not; `kind` is what the end of the address says it is."""
        push = self._coordinator.push
        try:
            self._admit(hass.loop.time())
            self._doorman.check(request)
            body = await read_body(request)
            is_new = await self._take(self._parse(body or dict(request.query), kind))
        except RefusedError as refusal:
            push.refused(refusal.reason)
            return refusal.response()
        except Exception as error:  # noqa: BLE001  (Home Assistant would log the secret address and the traceback's data)
            push.refused("internal error")
            LOGGER.error("%s: a pushed record met an error (%s)", self._title, type(error).__name__)
            return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        # A double is told apart by its status, but as a success: the provider must not try it once more.
        return web.Response(status=HTTPStatus.OK if is_new else HTTPStatus.ALREADY_REPORTED)

    def _admit(self, now: float) -> None:
        if self._throttle.admits(now):
            return
        if self._throttle.tells():
            LOGGER.warning("%s: more is pushed than a telephone system makes; the surplus is refused", self._title)
        raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "too many")

    def _parse(self, payload: bytes | dict[str, str], kind: str | None) -> Call | LineEvent:
        if not payload and not (kind and self._tells_events):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "no call record")
        account = self._coordinator.account
        try:
            record = account.parse_event(payload, kind=kind) if self._tells_events else account.parse_push(payload)
        except ForeignRecordError:
            raise RefusedError(HTTPStatus.FORBIDDEN, "foreign") from None
        except DataError:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "malformed") from None
        if any(len(text) > longest for text, longest in _lengths(record)):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "malformed")
        return record

    async def _take(self, record: Call | LineEvent) -> bool:
        """Return whether the record was new."""
        if isinstance(record, LineEvent):
            self._coordinator.push.delivered()
            self._coordinator.lines.async_fire(record)
            return True
        if not self._coordinator.account.push_has_key:
            return self._signal(record)
        _refuse_unless_recent(record.started_at, ahead=CLOCK_ERROR)
        is_new = await self._store(record)
        self._coordinator.push.delivered()
        if is_new:
            self._keyed.note(record)
        return is_new

    def _signal(self, call: Call) -> bool:
        """Let the coordinator poll: the list knows the call under another id, so it is not stored from here."""
        moment = ended_at(call)
        _refuse_unless_recent(moment, ahead=ZONE_ERROR)
        self._coordinator.push.delivered()
        if call.call_id in self._heard:
            return False
        if call.call_id:
            self._heard.append(call.call_id)
        now = dt_util.utcnow()
        self._signals.note(moment if moment and abs(now - moment) <= CLOCK_ERROR else now)
        return True

    async def _store(self, call: Call) -> bool:
        try:
            return await self._coordinator.async_ingest(call)
        except DataError:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "malformed") from None
        except ArchiveError:
            LOGGER.error("%s: the archive takes no pushed call records; the next sync will find them", self._title)
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "archive") from None


def _lengths(record: Call | LineEvent) -> list[tuple[str, int]]:
    """Return the texts that are kept or shown, with how long each may be."""
    if isinstance(record, Call):
        return [(record.call_id, LONGEST_ID)]
    texts = (record.call_id, record.extension, record.state, record.number, record.queue)
    return [(record.kind, LONGEST_KIND), *((text, LONGEST_ID) for text in texts if text is not None)]


def _refuse_unless_recent(moment: datetime | None, *, ahead: timedelta) -> None:
    age = dt_util.utcnow() - moment if moment else timedelta()
    if not -ahead <= age <= OLDEST:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "not now")
