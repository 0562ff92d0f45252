"""Call records that the provider pushes: received, bounded, checked, stored, and confirmed by the provider's list.

Whoever knows the secret address can post to it, so nothing that arrives is believed beyond its shape: a record of
another service is refused, a flood is turned away, and what is new is looked up at the provider soon after. No content
of a record and no address ever reaches the log.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web
from homeassistant.components import webhook
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.util import dt as dt_util

from trunkline.errors import ArchiveError, DataError, ForeignRecordError, TrunklineError
from trunkline.model import Capability

from .const import DOMAIN, LOGGER

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from trunkline.model import Call

    from .coordinator import TrunklineConfigEntry

MAX_BODY: Final = 64 * 1024
BODY_TIMEOUT: Final = 10.0
BURST: Final = 120
PER_SECOND: Final = 5.0
RETRY_AFTER: Final = 60

# The provider's list may lag behind its push, so it is asked a little later and more than once.
CONFIRM_AFTER: Final = 15.0
CONFIRM_ATTEMPTS: Final = 3
MAX_PENDING: Final = 1000

LONGEST_ID: Final = 200

# A push tells of a call that has just ended. What is far off would make the confirmation read the list for pages.
OLDEST: Final = timedelta(days=7)
CLOCK_ERROR: Final = timedelta(hours=1)


class _RefusedError(Exception):
    """A delivery that is turned away: its status, and the reason that is counted and sent."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason

    def response(self) -> web.Response:
        later = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
        headers = {"Retry-After": str(RETRY_AFTER)} if self.status in later else None
        response = web.Response(status=self.status, text=self.reason, headers=headers)
        if self.status in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT}:
            # What is left of the body is not waited for.
            response.force_close()
        return response


class _Throttle:
    """A token bucket: a burst is let through, then a steady rate."""

    def __init__(self, *, burst: float, per_second: float, now: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._tokens = burst
        self._at = now
        self._told = False

    def admits(self, now: float) -> bool:
        """Tell whether one more may come in, and count it if so."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens >= self._burst / 2:
            self._told = False
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def tells(self) -> bool:
        """Tell whether a flood has just begun: once, until half the burst is free again."""
        first = not self._told
        self._told = True
        return first


@callback
def async_setup_webhook(hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
    """Listen for the account's pushed call records until the entry is unloaded."""
    if not entry.runtime_data.account.supports(Capability.PARSE_PUSH):
        return
    webhook_id: str = entry.data[CONF_WEBHOOK_ID]
    receiver = _Receiver(hass, entry)
    webhook.async_register(
        hass,
        DOMAIN,
        "Trunkline",
        webhook_id,
        receiver.async_handle,
        local_only=False,
        allowed_methods=("POST", "GET"),
    )

    @callback
    def stop() -> None:
        webhook.async_unregister(hass, webhook_id)
        receiver.async_stop()

    entry.async_on_unload(stop)


async def async_push_url(hass: HomeAssistant, entry: TrunklineConfigEntry) -> str | None:
    """Return the address to enter at the provider: the cloud's where that is active, else the external one, or None."""
    webhook_id: str = entry.data[CONF_WEBHOOK_ID]
    if "cloud" in hass.config.components:
        from homeassistant.components import cloud  # noqa: PLC0415  (optional, and heavy)

        if cloud.async_active_subscription(hass):
            try:
                return await cloud.async_get_or_create_cloudhook(hass, webhook_id)
            except cloud.CloudNotAvailable:
                LOGGER.debug("The cloud can't be reached: the external address stands in")
    try:
        return webhook.async_generate_url(hass, webhook_id, allow_internal=False)
    except NoURLAvailableError:
        return None


async def async_remove_webhook(hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
    """Give back the cloud's address when the account is removed for good."""
    if "cloud" not in hass.config.components:
        return
    from homeassistant.components import cloud  # noqa: PLC0415  (optional, and heavy)

    try:
        await cloud.async_delete_cloudhook(hass, entry.data[CONF_WEBHOOK_ID])
    except (cloud.CloudNotAvailable, ValueError):
        LOGGER.debug("There was no address in the cloud to give back")


class _Receiver:
    """What stands behind one account's address."""

    def __init__(self, hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._coordinator = entry.runtime_data
        self._title = entry.title
        self._throttle = _Throttle(burst=BURST, per_second=PER_SECOND, now=hass.loop.time())
        self._pending: dict[str, tuple[datetime, int]] = {}
        self._timer: CALLBACK_TYPE | None = None
        self._confirming = False
        self._stopped = False

    @callback
    def async_stop(self) -> None:
        """Forget what waits for its confirmation."""
        self._stopped = True
        if self._timer is not None:
            self._timer()
            self._timer = None

    async def async_handle(self, hass: HomeAssistant, _webhook_id: str, request: web.Request) -> web.Response:
        """Take one delivery, or say with a status why not."""
        push = self._coordinator.push
        try:
            self._admit(hass.loop.time())
            body = await _read(request)
            call = self._parse(body or dict(request.query))
            is_new = await self._store(call)
        except _RefusedError as refusal:
            push.refused(refusal.reason)
            return refusal.response()
        except Exception as error:  # noqa: BLE001  (Home Assistant would log the secret address and the traceback's data)
            push.refused("internal error")
            LOGGER.error("%s: a pushed call record met an error (%s)", self._title, type(error).__name__)
            return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        push.delivered()
        if is_new and len(self._pending) < MAX_PENDING:
            self._pending[call.call_id] = (call.started_at or dt_util.utcnow(), 0)
            self._confirm_soon()
        # A double is told apart by its status, but as a success: the provider must not try it once more.
        return web.Response(status=HTTPStatus.OK if is_new else HTTPStatus.ALREADY_REPORTED)

    def _admit(self, now: float) -> None:
        if self._throttle.admits(now):
            return
        if self._throttle.tells():
            LOGGER.warning(
                "%s: more call records are pushed than a telephone system makes; the surplus is refused", self._title
            )
        raise _RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "too many")

    def _parse(self, payload: bytes | dict[str, str]) -> Call:
        if not payload:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "no call record")
        try:
            call = self._coordinator.account.parse_push(payload)
        except ForeignRecordError:
            raise _RefusedError(HTTPStatus.FORBIDDEN, "foreign") from None
        except DataError:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "malformed") from None
        if len(call.call_id) > LONGEST_ID:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "malformed")
        age = dt_util.utcnow() - call.started_at if call.started_at else timedelta()
        if not -CLOCK_ERROR <= age <= OLDEST:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "not now")
        return call

    async def _store(self, call: Call) -> bool:
        try:
            return await self._coordinator.async_ingest(call)
        except DataError:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "malformed") from None
        except ArchiveError:
            LOGGER.error("%s: the archive takes no pushed call records; the next sync will find them", self._title)
            raise _RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "archive") from None

    @callback
    def _confirm_soon(self) -> None:
        """Confirm a little later what came until then, once for all of it."""
        if self._timer is None and not self._confirming and not self._stopped:
            self._timer = async_call_later(self._hass, CONFIRM_AFTER, self._async_start_confirming)

    @callback
    def _async_start_confirming(self, _now: datetime) -> None:
        self._timer = None
        self._confirming = True
        self._entry.async_create_background_task(self._hass, self._async_confirm(), f"{DOMAIN} confirm pushed calls")

    async def _async_confirm(self) -> None:
        """Sync, and look for the pushed records in the provider's own list."""
        try:
            await self._coordinator.async_refresh()
            since = min(started_at for started_at, _ in self._pending.values())
            listed = {call.call_id async for call in self._coordinator.account.calls(since=since)}
        except TrunklineError:
            # The coordinator has said what is wrong, and it isn't the push.
            listed = None
        finally:
            self._confirming = False
        if listed is not None:
            self._settle(listed)
        if self._pending:
            self._confirm_soon()

    def _settle(self, listed: set[str]) -> None:
        """Count what the provider's list has, and what it still lacks after the last attempt."""
        waiting = {call_id: one for call_id, one in self._pending.items() if call_id not in listed}
        found = len(self._pending) - len(waiting)
        self._pending = {
            call_id: (started_at, attempts + 1)
            for call_id, (started_at, attempts) in waiting.items()
            if attempts + 1 < CONFIRM_ATTEMPTS
        }
        missing = len(waiting) - len(self._pending)
        if found:
            self._coordinator.push.was_confirmed(found)
        if missing:
            self._coordinator.push.was_not_confirmed(missing)
            LOGGER.warning(
                "%s: %d pushed call records are not in the provider's list; if that happens again, somebody else knows "
                "the address that they are pushed to",
                self._title,
                missing,
            )


async def _read(request: web.Request) -> bytes:
    """Return the body, of which no more is read than a record can be."""
    body = bytearray()
    stream = request.content
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            while chunk := await stream.read(MAX_BODY + 1 - len(body)):
                body += chunk
                if len(body) > MAX_BODY:
                    raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large")
    except TimeoutError:
        raise _RefusedError(HTTPStatus.REQUEST_TIMEOUT, "too slow") from None
    return bytes(body)
