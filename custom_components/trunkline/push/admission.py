"""What any delivery to a push address has to pass before it is looked at: its rate, its sender, its size."""

from __future__ import annotations

import asyncio
import hmac
from base64 import b64decode
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web

MAX_BODY: Final = 64 * 1024
BODY_TIMEOUT: Final = 10.0
RETRY_AFTER: Final = 60


class RefusedError(Exception):
    """A delivery that is turned away: its status, and the reason that is counted and sent."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        """Keep both; a reason holds nothing of the delivery."""
        super().__init__(reason)
        self.status = status
        self.reason = reason

    def response(self) -> web.Response:
        """Return the answer to the sender."""
        headers: dict[str, str] = {}
        if self.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            headers[hdrs.RETRY_AFTER] = str(RETRY_AFTER)
        if self.status is HTTPStatus.UNAUTHORIZED:
            headers[hdrs.WWW_AUTHENTICATE] = 'Basic realm="push", charset="UTF-8"'
        response = web.Response(status=self.status, text=self.reason, headers=headers or None)
        if self.status in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.UNAUTHORIZED}:
            # What is left of the body is not waited for.
            response.force_close()
        return response


class Throttle:
    """A token bucket: a burst is let through, then a steady rate."""

    def __init__(self, *, burst: float, per_second: float, now: float) -> None:
        """Begin with the whole burst free at `now`, in seconds of a clock that only grows."""
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


class Doorman:
    """Knows the user name and the password that a delivery must bring, if any were agreed upon."""

    def __init__(self, username: str, password: str) -> None:
        """Expect these in HTTP Basic (RFC 7617); both empty means that anybody with the address may come in."""
        self._expected = f"{username}:{password}".encode() if username or password else None

    def check(self, request: web.Request) -> None:
        """Refuse a delivery without the right user name and password, in the same time whatever is wrong with them."""
        if self._expected is None:
            return
        scheme, _, value = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        try:
            given = b64decode(value.strip(), validate=True)
        except ValueError:
            given = b""
        if not hmac.compare_digest(given, self._expected) or scheme.lower() != "basic":
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "unauthorized")


async def read_body(request: web.Request) -> bytes:
    """Return the body, of which no more is read than a record can be."""
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
