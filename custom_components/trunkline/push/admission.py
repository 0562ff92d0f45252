"""What every delivery must pass before it is read as a record: rate limit, user name and password, size."""

from __future__ import annotations

import asyncio
import hmac
from base64 import b64decode
from typing import TYPE_CHECKING, Final, Protocol

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from ..const import LOGGER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_BODY: Final = 64 * 1024
# Home Assistant's web server inflates a body before anybody can measure it, up to a thousand times. So no more of a
# compressed one is read than can do no harm; a compressed record is shorter still.
MAX_COMPRESSED: Final = 4 * 1024
BODY_TIMEOUT: Final = 10.0

# Deliveries in a burst, and a second: of call records, and of events, of which there are many for each call.
CALLS_BURST: Final = 120
CALLS_PER_SECOND: Final = 5.0
EVENTS_BURST: Final = 600
EVENTS_PER_SECOND: Final = 30.0


class Stream(Protocol):
    """A body of which no more is read than is asked for."""

    async def read(self, n: int = -1, /) -> bytes:
        """Return up to `n` bytes, none at the end."""


class RefusedError(Exception):
    """A delivery that is refused. The sender doesn't learn of it; `reason` is counted."""

    def __init__(self, reason: str) -> None:
        """Keep the reason, which contains nothing of the delivery."""
        super().__init__(reason)
        self.reason = reason


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

    def check(self, headers: Mapping[str, str]) -> None:
        """Refuse a delivery without the right user name and password, taking the same time whatever is wrong."""
        if self._expected is None:
            return
        scheme, _, value = headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        try:
            given = b64decode(value.strip(), validate=True)
        except ValueError:
            given = b""
        if not hmac.compare_digest(given, self._expected) or scheme.lower() != "basic":
            raise RefusedError("unauthorized")


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

    def admit(self, headers: Mapping[str, str]) -> None:
        """Count a delivery with these headers; raises `RefusedError` unless it is admitted."""
        if not self._rate.allows(self._clock()):
            if self._rate.should_report():
                LOGGER.warning(
                    "%s: more records are pushed than a telephone system sends; the surplus is refused", self._title
                )
            raise RefusedError("too many")
        self._auth.check(headers)


def is_compressed(request: web.Request) -> bool:
    """Return whether a body is inflated while it is read."""
    return request.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower() not in {"", "identity"}


def is_too_dense(request: web.Request) -> bool:
    """Return whether a compressed body could be inflated to far more than a record."""
    length = request.content_length
    return is_compressed(request) and (length is None or length > MAX_COMPRESSED)


async def read_body(stream: Stream, opening: bytes = b"") -> bytes:
    """Return the body, of which `opening` was read already.

    Raises `RefusedError` if it is larger than a record can be, too slow, or can't be read.
    """
    body = bytearray(opening)
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            while chunk := await stream.read(MAX_BODY + 1 - len(body)):
                body += chunk
                if len(body) > MAX_BODY:
                    raise RefusedError("too large")
    except TimeoutError:
        raise RefusedError("too slow") from None
    except (web.RequestPayloadError, HttpProcessingError, OSError):
        # A body that was cut off, or that is not compressed as its header says.
        raise RefusedError("unreadable") from None
    return bytes(body)
