"""What every delivery must pass before it is read as a record: rate limit, user name and password, size."""

from __future__ import annotations

import asyncio
import hmac
from base64 import b64decode
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web

from ..const import LOGGER

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BODY: Final = 64 * 1024
BODY_TIMEOUT: Final = 10.0
RETRY_AFTER: Final = 60

# Deliveries in a burst, and a second: of call records, and of events, of which there are many for each call.
CALLS_BURST: Final = 120
CALLS_PER_SECOND: Final = 5.0
EVENTS_BURST: Final = 600
EVENTS_PER_SECOND: Final = 30.0


class RefusedError(Exception):
    """A delivery that is refused."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        """Keep the status, and the reason that is counted and sent; it contains nothing of the delivery."""
        super().__init__(reason)
        self.status = status
        self.reason = reason

    def response(self) -> web.Response:
        """Return the reply to the sender."""
        headers: dict[str, str] = {}
        if self.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            headers[hdrs.RETRY_AFTER] = str(RETRY_AFTER)
        if self.status is HTTPStatus.UNAUTHORIZED:
            headers[hdrs.WWW_AUTHENTICATE] = 'Basic realm="push", charset="UTF-8"'
        response = web.Response(status=self.status, text=self.reason, headers=headers or None)
        if self.status in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.UNAUTHORIZED}:
            # The rest of the body is not read.
            response.force_close()
        return response


class RateLimit:
    """A token bucket: allows a burst, then a steady rate."""

    def __init__(self, *, burst: float, per_second: float, now: float) -> None:
        """Start with the whole burst available at `now`, in monotonic seconds."""
        self._burst = burst
        self._per_second = per_second
        self._tokens = burst
        self._at = now
        self._was_reported = False

    def allows(self, now: float) -> bool:
        """Return whether one more delivery is allowed, and count it if so."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens >= self._burst / 2:
            self._was_reported = False
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def should_report(self) -> bool:
        """Return whether a flood has just started: once, until half the burst is available again."""
        first = not self._was_reported
        self._was_reported = True
        return first


class BasicAuth:
    """Checks the user name and password of deliveries, if the options name any (HTTP Basic, RFC 7617)."""

    def __init__(self, username: str, password: str) -> None:
        """Expect these; if both are empty, every delivery to the secret address is accepted."""
        self._expected = f"{username}:{password}".encode() if username or password else None

    def check(self, request: web.Request) -> None:
        """Refuse a delivery without the right user name and password, taking the same time whatever is wrong."""
        if self._expected is None:
            return
        scheme, _, value = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        try:
            given = b64decode(value.strip(), validate=True)
        except ValueError:
            given = b""
        if not hmac.compare_digest(given, self._expected) or scheme.lower() != "basic":
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "unauthorized")


class Admission:
    """Admits deliveries to one account; `title` names it in the log, `clock` returns monotonic seconds."""

    def __init__(self, title: str, *, auth: BasicAuth, has_events: bool, clock: Callable[[], float]) -> None:
        """Allow more where events are pushed besides call records."""
        self._title = title
        self._auth = auth
        self._clock = clock
        self._rate = RateLimit(
            burst=EVENTS_BURST if has_events else CALLS_BURST,
            per_second=EVENTS_PER_SECOND if has_events else CALLS_PER_SECOND,
            now=clock(),
        )

    async def admit(self, request: web.Request) -> bytes:
        """Return the body of a delivery that is admitted; raises `RefusedError`."""
        if not self._rate.allows(self._clock()):
            if self._rate.should_report():
                LOGGER.warning(
                    "%s: more records are pushed than a telephone system sends; the surplus is refused", self._title
                )
            raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "too many")
        self._auth.check(request)
        return await read_body(request)


async def read_body(request: web.Request) -> bytes:
    """Return the body; raises `RefusedError` if it is larger than a record can be, or too slow."""
    body = bytearray()
    stream = request.content
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            while chunk := await stream.read(MAX_BODY + 1 - len(body)):
                body += chunk
                if len(body) > MAX_BODY:
                    raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large")
    except TimeoutError:
        raise RefusedError(HTTPStatus.REQUEST_TIMEOUT, "too slow") from None
    return bytes(body)
