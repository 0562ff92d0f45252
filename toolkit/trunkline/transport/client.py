"""Requests to a provider: time-outs, retries, rate limit, and errors without secrets.

Reads are retried with exponential back-off and full jitter. A request that may cost money or change something is sent
once: after a time-out or a lost connection its outcome is unknown (`OutcomeUnknownError`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

import aiohttp
from yarl import URL

from trunkline.errors import (
    ConfigError,
    ConnectionFailedError,
    DataError,
    OutcomeUnknownError,
    ProviderError,
    RateLimitedError,
    TooLargeError,
    TrunklineError,
)

from .body import BrokenBodyError, TooLongError, read_body
from .clock import Moment, read_clock
from .guard import PIECE, GuardedRequest, Watch
from .reply import Headers, Reply, retry_after

if TYPE_CHECKING:
    from types import TracebackType

    from .clock import ClockReading

type Params = Mapping[str, str | int]

MEBIBYTE = 1024 * 1024
RETRIED_STATUSES = frozenset({500, 502, 503, 504})
# The content encodings that can be undone in bounded pieces; aiohttp may ask for others and undo them at once.
_ENCODINGS = {"Accept-Encoding": "gzip, deflate"}
_MOST_HEADERS = 256


def _session_settings() -> dict[str, Any]:
    return {
        "cookie_jar": aiohttp.DummyCookieJar(),
        "request_class": GuardedRequest,
        "auto_decompress": False,
        "read_bufsize": PIECE // 4,
    }


PHONE_MAY_RING = "The phone may be ringing. Check the call list"
"""What may have happened after a request for a call, and where to check it (see `outcome_unknown`)."""


MAY_BE_CARRIED_OUT = "The request may have been carried out. Check the result"
"""The same for a request whose effect isn't known."""


def outcome_unknown(why: str, effect: str) -> OutcomeUnknownError:
    """Return the error for a request that is sent once and got no conclusive reply.

    `why` says what happened instead, `effect` what the request may have done and what to check, such as "The number
    may have been added. Check the list".
    """
    return OutcomeUnknownError(f"{why}. {effect} before you try again")


@dataclass(frozen=True, slots=True)
class Limits:
    """Time-outs, retries and size limits of the client. Times are in seconds, sizes in bytes after decompression.

    `connect` and `total` are the time-outs of connecting and of a whole request. A read is sent at most `attempts`
    times and not after `patience` seconds; the wait between two is random, up to `backoff` doubled each time and at
    most `backoff_cap`. `body` and `audio` are the largest replies. `interval` is the least time between two requests.
    """

    connect: float = 10.0
    total: float = 30.0
    attempts: int = 4
    backoff: float = 0.5
    backoff_cap: float = 15.0
    patience: float = 60.0
    body: int = 16 * MEBIBYTE
    audio: int = 128 * MEBIBYTE
    interval: float = 0.0


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is sent in the field `name` of a form (multipart/form-data)."""

    name: str
    filename: str
    content: bytes = field(repr=False)
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """A request; retries send the same."""

    method: str
    path: str | URL = field(repr=False)
    params: Params | None = field(default=None, repr=False)
    form: Params | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)
    upload: Upload | None = None
    headers: Headers | None = field(default=None, repr=False)
    cap: int = 0
    redirects: bool = False


class Transport:
    """Requests to one provider's base address.

    `label` names the provider in messages. Of a `session` that is passed in, only the connections are used, and it is
    left open. Redirects are not followed and no cookies are kept: credentials go to the configured host only, and two
    accounts at one host never share a login.
    """

    def __init__(
        self,
        base_url: str,
        *,
        label: str,
        headers: Mapping[str, str] | None = None,
        session: aiohttp.ClientSession | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Check the address; nothing is sent. Raises `ConfigError` if it isn't an http(s) address."""
        try:
            url = URL(base_url.rstrip("/") + "/")
            is_address = url.origin().scheme in {"http", "https"} and bool(url.host)
            has_more = bool(url.user or url.password or url.query_string or url.fragment)
        except (ValueError, IndexError):
            # Which of them an address raises that can't be one depends on what is wrong with it.
            is_address = False
        if not is_address:
            msg = f"{label}: the base URL is invalid: use an address like https://host/path"
            raise ConfigError(msg)
        if has_more:
            msg = f"{label}: the base URL must not contain credentials, a query or a fragment"
            raise ConfigError(msg)
        self._base = url
        self._exact = URL(base_url.rstrip("/"))
        self._label = label
        self._headers = dict(headers or {})
        self._shared = session
        self._session: aiohttp.ClientSession | None = None
        self._limits = limits or Limits()
        self._turn = asyncio.Lock()
        self._next_at = 0.0
        self.requests = 0
        self.rate_limited = 0
        """How many replies said that there were too many requests."""
        self.clock: ClockReading | None = None
        """What the provider's clock showed in the last reply that told it."""

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self.close()

    async def close(self) -> None:
        """Close the connections, unless they belong to a session that was passed in."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def local_address(self) -> str | None:
        """Return the local address of connections to the provider, or None if it is unknown.

        Nothing is sent. If addresses are translated on the way, the provider sees another one.
        """
        loop = asyncio.get_running_loop()
        remote = (self._base.host or "", self._base.port or 0)
        try:
            async with asyncio.timeout(self._limits.connect):
                channel, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=remote)
        except (OSError, TimeoutError, ValueError):
            return None
        try:
            return str(channel.get_extra_info("sockname")[0])
        finally:
            channel.close()

    async def read(
        self,
        method: str,
        path: str | URL,
        *,
        params: Params | None = None,
        form: Params | None = None,
        json: Any = None,
        headers: Headers | None = None,
        cap: int | None = None,
        redirects: bool = False,
    ) -> Reply:
        """Send a request that changes nothing, with retries, and return the reply, also one with a 4xx status.

        An empty `path` is the base address without a slash at its end. A `URL` is a complete address, such as a link
        to a recording: the caller must check whether it may be followed; the account's headers are sent only to the
        origin of the base address. `headers` are added to the account's; `cap` is the largest reply in bytes;
        `redirects` returns a 3xx reply instead of raising an error (it is never followed).

        Raises `ConnectionFailedError`, `ProviderError` (5xx) or `RateLimitedError` (429) after the last attempt, and
        `TooLargeError` for a reply that is too large.
        """
        request = _Request(
            method=method,
            path=path,
            params=params,
            form=form,
            json=json,
            headers=headers,
            cap=cap or self._limits.body,
            redirects=redirects,
        )
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self._limits.patience
        attempt = 0
        while True:
            attempt += 1
            failure: ConnectionFailedError | ProviderError | RateLimitedError
            wait = random.uniform(0, min(self._limits.backoff * 2**attempt, self._limits.backoff_cap))  # noqa: S311
            try:
                reply = await self._exchange(request, self._open_session())
            except ConnectionFailedError as error:
                failure = error
            else:
                if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                    asked = retry_after(reply.headers)
                    failure = RateLimitedError(
                        f"{self._label} received too many requests: try again later", retry_after=asked
                    )
                    wait = max(wait, asked or 0.0)
                elif reply.status in RETRIED_STATUSES:
                    failure = ProviderError(f"{self._label} failed to answer (HTTP {reply.status}): try again later")
                else:
                    return reply
            if attempt >= self._limits.attempts or loop.time() + wait > give_up_at:
                raise failure
            await asyncio.sleep(wait)

    async def send_once(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        form: Params | None = None,
        json: Any = None,
        upload: Upload | None = None,
        headers: Headers | None = None,
        effect: str = PHONE_MAY_RING,
    ) -> Reply:
        """Send a request that may cost money or change something, exactly once.

        `effect` says what may have happened (see `outcome_unknown`). Raises `ConnectionFailedError` if no
        connection was made, so that nothing was sent, and `OutcomeUnknownError` if the request may have reached the
        provider but no conclusive reply came back.
        """
        request = _Request(
            method=method,
            path=path,
            params=params,
            form=form,
            json=json,
            upload=upload,
            headers=headers,
            cap=self._limits.body,
        )
        try:
            async with self._unrepeating_session() as session:
                reply = await self._exchange(request, session)
        except _NotSentError as error:
            raise ConnectionFailedError(str(error)) from None
        except (ConnectionFailedError, DataError) as error:
            raise outcome_unknown(str(error), effect) from None
        if _is_inconclusive(reply.status):
            raise outcome_unknown(f"{self._label} answered with HTTP {reply.status}", effect)
        return reply

    def _unrepeating_session(self) -> aiohttp.ClientSession:
        """Return a session over the same connections that never sends a request a second time.

        aiohttp retries GET and other idempotent methods if the connection closes before a reply, but some providers
        place calls with GET.
        """
        sent = False

        async def remember(*_: object) -> None:
            nonlocal sent
            sent = True

        async def refuse(*_: object) -> None:
            if sent:
                raise aiohttp.ServerDisconnectedError

        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(remember)
        trace.on_connection_create_start.append(refuse)
        trace.on_connection_queued_start.append(refuse)
        trace.on_connection_reuseconn.append(refuse)
        return aiohttp.ClientSession(
            connector=self._open_session().connector,
            connector_owner=False,
            trace_configs=[trace],
            **_session_settings(),
        )

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._shared.connector if self._shared is not None else None,
                connector_owner=self._shared is None,
                **_session_settings(),
            )
        return self._session

    async def _exchange(self, request: _Request, session: aiohttp.ClientSession) -> Reply:
        await self._wait_for_turn()
        self.requests += 1
        watch = Watch()
        failure: TrunklineError
        try:
            with watch:
                reply = await self._reply(request, session, watch)
        except TooLongError:
            failure = self._too_large(request.cap)
        except TrunklineError:
            raise
        except Exception as error:  # noqa: BLE001  (what a server sends makes aiohttp and yarl raise many of them)
            failure = self._failure(error, watch)
        else:
            if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                self.rate_limited += 1
            return reply
        # A foreign exception may contain the address with phone numbers in its query, so it isn't even the context.
        raise failure

    async def _reply(self, request: _Request, session: aiohttp.ClientSession, watch: Watch) -> Reply:
        url = self._address(request.path)
        is_provider = url.origin() == self._base.origin()
        own = self._headers if is_provider else {}
        now = asyncio.get_running_loop().time
        sent = Moment.now(now())
        async with session.request(
            request.method,
            url,
            params=request.params,
            data=_multipart(request.upload, request.form) if request.upload else request.form,
            json=request.json,
            headers={**_ENCODINGS, **own, **(request.headers or {})},
            timeout=aiohttp.ClientTimeout(total=self._limits.total, sock_connect=self._limits.connect),
            allow_redirects=False,
        ) as response:
            redirected = HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST
            if redirected and not request.redirects:
                msg = f"{self._label} redirects to another address, which is not followed: correct the base URL"
                raise ConnectionFailedError(msg)
            headers: dict[str, str] = {}
            for name, value in response.headers.items():
                headers.setdefault(name, value)
            if len(headers) > _MOST_HEADERS:
                raise TooLongError
            if is_provider:
                self.clock = read_clock(headers, sent, Moment.now(now())) or self.clock
            try:
                body = await read_body(response, request.cap, watch)
            except TooLongError:
                response.close()
                raise
            cookies = {name: morsel.value for name, morsel in response.cookies.items()}
            return Reply(response.status, headers, body, self._label, cookies)

    def _failure(self, error: Exception, watch: Watch) -> TrunklineError:
        """Return our own exception for a foreign one."""
        if watch.refused:
            msg = f"{self._label} sent far more headers or other overhead than content, which was not read"
            return TooLargeError(msg, field="headers")
        not_sent = (aiohttp.ClientConnectorError, aiohttp.InvalidURL, aiohttp.ConnectionTimeoutError)
        if isinstance(error, not_sent) or not (watch.sent or isinstance(error, TimeoutError | aiohttp.ClientError)):
            return _NotSentError(f"{self._label} could not be reached ({_reason(error)})")
        if isinstance(error, TimeoutError) and not watch.sent:
            # Such as a name server that doesn't answer.
            return _NotSentError(f"{self._label} could not be reached within {self._limits.total:g} s")
        if isinstance(error, TimeoutError):
            return ConnectionFailedError(f"{self._label} did not answer within {self._limits.total:g} s")
        if isinstance(error, BrokenBodyError):
            return ConnectionFailedError(f"{self._label} sent a reply whose compression is broken or not supported")
        return ConnectionFailedError(f"the connection to {self._label} was lost ({_reason(error)})")

    def _address(self, path: str | URL) -> URL:
        if isinstance(path, URL):
            return path
        relative = path.lstrip("/")
        return self._base / relative if relative else self._exact

    def _too_large(self, cap: int) -> TooLargeError:
        msg = f"{self._label} sent a reply of more than {cap // MEBIBYTE} MiB, which was not read"
        return TooLargeError(msg, field="body")

    async def _wait_for_turn(self) -> None:
        if not self._limits.interval:
            return
        async with self._turn:
            loop = asyncio.get_running_loop()
            wait = self._next_at - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            self._next_at = loop.time() + self._limits.interval


class _NotSentError(ConnectionFailedError):
    """No connection was made, so nothing was sent."""


def _is_inconclusive(status: int) -> bool:
    """Return whether the request may have been carried out: a gateway in front of the provider can send this status.

    501 is conclusive: the server doesn't support such requests (RFC 9110, 15.6.2).
    """
    failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED
    return failed or status == HTTPStatus.REQUEST_TIMEOUT


def _multipart(upload: Upload, form: Params | None) -> aiohttp.FormData:
    data = aiohttp.FormData()
    for name, value in (form or {}).items():
        data.add_field(name, str(value))
    data.add_field(upload.name, upload.content, filename=upload.filename, content_type=upload.media_type)
    return data


def _reason(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "unknown host name"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "invalid certificate"
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, ConnectionRefusedError):
        return "connection refused"
    return type(error).__name__
