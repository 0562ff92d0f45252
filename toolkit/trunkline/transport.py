"""The one HTTP client: time-outs, retries of reads, rate limit, size caps, and errors that give nothing away.

Reads are repeated with exponential back-off and full jitter. A request that may cost money is sent once:
after a time-out or a cut connection nobody knows what it did, and `OutcomeUnknownError` says so.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import orjson
from yarl import URL

from .errors import (
    ConfigError,
    ConnectionFailedError,
    DataError,
    OutcomeUnknownError,
    ProviderError,
    RateLimitedError,
)

if TYPE_CHECKING:
    from types import TracebackType

type Params = Mapping[str, str | int]
type Headers = Mapping[str, str]

MEBIBYTE = 1024 * 1024
RETRIED_STATUSES = frozenset({500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the client is. Times are seconds, sizes bytes after decompression."""

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
    """A file to be sent as the form's field `name` (multipart/form-data)."""

    name: str
    filename: str
    content: bytes = field(repr=False)
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply. Body, headers and cookies stay out of the `repr`: they hold phone numbers and secrets."""

    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    label: str = ""
    cookies: Headers = field(default_factory=dict, repr=False)

    def header(self, name: str) -> str:
        """Return a header by its name in any spelling; empty where it isn't there."""
        return next((text for key, text in self.headers.items() if key.lower() == name.lower()), "")

    @property
    def media_type(self) -> str:
        """The declared content type without its parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """Return the decoded body; a `DataError` if it isn't JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise self.wrong("JSON") from None

    def wrong(self, wanted: str) -> DataError:
        """Return the error for a body that isn't what it must be, telling what came without showing it."""
        kind = self.media_type[:40] or "no content type"
        msg = (
            f"{self.label} answered with something that isn't {wanted} "
            f"(HTTP {self.status}, {kind}, {len(self.body)} bytes)"
        )
        return DataError(msg, field="body")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """One request, as often as it is sent."""

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

    `label` names the account in messages. A session that is handed in lends its connections and stays open; one that
    is made here is closed by `close()`. Redirects are not followed, and no cookie is kept: credentials go to the
    configured host only, and two accounts at one host never share a login.
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
        """Check the address; nothing is sent yet. `ConfigError` if it isn't an http(s) address."""
        try:
            url = URL(base_url.rstrip("/") + "/")
        except ValueError:
            url = URL()
        if url.scheme not in {"http", "https"} or not url.host:
            msg = f"{label}: the base URL must look like https://host/path"
            raise ConfigError(msg)
        if url.user or url.password or url.query_string or url.fragment:
            msg = f"{label}: the base URL takes no credentials, query or fragment"
            raise ConfigError(msg)
        self._base = url
        self._exact = URL(base_url.rstrip("/"))
        self._label = label
        self._headers = dict(headers or {})
        self._lender = session
        self._session: aiohttp.ClientSession | None = None
        self._limits = limits or Limits()
        self._turn = asyncio.Lock()
        self._next_at = 0.0
        self.requests = 0

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what was opened here."""
        await self.close()

    async def close(self) -> None:
        """Close what was opened here; connections that were lent stay open."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def local_address(self) -> str | None:
        """Return the address from which this machine reaches the provider, None where that can't be known.

        Nothing is sent. Where addresses are translated on the way, the provider sees another one.
        """
        loop = asyncio.get_running_loop()
        where = (self._base.host or "", self._base.port or 0)
        try:
            async with asyncio.timeout(self._limits.connect):
                channel, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=where)
        except (OSError, TimeoutError):
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
        """Send a request that changes nothing, again if need be, and return the reply whatever its 4xx status.

        An empty `path` is the base address itself, as it was given but without a slash at its end. A `URL` is a whole
        address, such as a link to a recording that the provider gave: whether it may be followed is for the caller to
        judge, and the account's headers go with it only where it is at the base address's own origin.
        `headers` are added to the account's; `redirects` returns a 3xx reply as it is (it is never followed).
        Raises `ConnectionFailedError`, `ProviderError` (5xx), `RateLimitedError` (429) or `DataError` (too large)
        after the last attempt.
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
                    failure = RateLimitedError(f"{self._label} asks for fewer requests", retry_after=asked)
                    wait = max(wait, asked or 0.0)
                elif reply.status in RETRIED_STATUSES:
                    failure = ProviderError(f"{self._label} reports a failure of its own (HTTP {reply.status})")
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
        effect: str = "and the phone rings",
    ) -> Reply:
        """Send a request that may cost money or changes something, exactly once.

        `effect` goes on after "nobody knows whether the request was carried out". Raises `ConnectionFailedError` only
        where no connection was made at all, `OutcomeUnknownError` for everything that may have reached the provider,
        and returns every reply that came whole.
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
            raise self._unknown(str(error), effect) from None
        if _tells_nothing(reply.status):
            raise self._unknown(f"{self._label} answered with HTTP {reply.status}", effect)
        return reply

    def _unrepeating_session(self) -> aiohttp.ClientSession:
        """Return a session over the same connections that never sends a request a second time.

        aiohttp repeats GET and the other idempotent methods by itself where the connection closes before an answer,
        and Telefonchy's request for a call is a GET.
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
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[trace],
        )

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._lender.connector if self._lender is not None else None,
                connector_owner=self._lender is None,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _unknown(self, why: str, effect: str) -> OutcomeUnknownError:
        outcome = f"the request was carried out {effect}".rstrip()
        msg = f"{why}: nobody knows whether {outcome}. It was not repeated; look at the call list before trying again"
        return OutcomeUnknownError(msg)

    async def _exchange(self, request: _Request, session: aiohttp.ClientSession) -> Reply:
        await self._wait_for_turn()
        self.requests += 1
        timeout = aiohttp.ClientTimeout(total=self._limits.total, sock_connect=self._limits.connect)
        url = self._address(request.path)
        own = self._headers if url.origin() == self._base.origin() else {}
        try:
            async with session.request(
                request.method,
                url,
                params=request.params,
                data=_multipart(request.upload, request.form) if request.upload else request.form,
                json=request.json,
                headers={**own, **(request.headers or {})},
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                redirected = HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST
                if redirected and not request.redirects:
                    msg = f"{self._label} redirects to another address, which is not followed: check the base URL"
                    raise ConnectionFailedError(msg)
                body = await self._body(response, request.cap)
                cookies = {name: morsel.value for name, morsel in response.cookies.items()}
                return Reply(response.status, dict(response.headers), body, self._label, cookies)
        # A foreign exception may carry the address with numbers in its query: only its kind goes on, never its text.
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL, aiohttp.ConnectionTimeoutError) as error:
            raise _NotSentError(f"{self._label} could not be reached ({_kind(error)})") from None
        except TimeoutError:
            msg = f"{self._label} took longer than {self._limits.total:g} s to answer"
            raise ConnectionFailedError(msg) from None
        except (aiohttp.ClientError, OSError) as error:
            msg = f"the connection to {self._label} was cut ({_kind(error)})"
            raise ConnectionFailedError(msg) from None

    def _address(self, path: str | URL) -> URL:
        if isinstance(path, URL):
            return path
        below = path.lstrip("/")
        return self._base / below if below else self._exact

    async def _body(self, response: aiohttp.ClientResponse, cap: int) -> bytes:
        if (response.content_length or 0) > cap:
            raise self._too_large(cap)
        chunks = bytearray()
        async for chunk in response.content.iter_any():
            chunks += chunk
            if len(chunks) > cap:
                response.close()
                raise self._too_large(cap)
        return bytes(chunks)

    def _too_large(self, cap: int) -> DataError:
        msg = f"{self._label} answered with more than {cap // MEBIBYTE} MiB, which was not read"
        return DataError(msg, field="body")

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


def _tells_nothing(status: int) -> bool:
    """Tell whether a status leaves open what became of the request: whoever sent it may stand before the provider.

    Not so 501, with which a server says that it can't do such a thing at all (RFC 9110, 15.6.2).
    """
    failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED
    return failed or status == HTTPStatus.REQUEST_TIMEOUT


def _multipart(upload: Upload, form: Params | None) -> aiohttp.FormData:
    data = aiohttp.FormData()
    for name, value in (form or {}).items():
        data.add_field(name, str(value))
    data.add_field(upload.name, upload.content, filename=upload.filename, content_type=upload.media_type)
    return data


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` asks for, given as seconds or as a date (RFC 9110, 10.2.3)."""
    value = next((text for name, text in headers.items() if name.lower() == "retry-after"), "").strip()
    if value.isascii() and value.isdigit():
        return float(value) if len(value) < 10 else None  # noqa: PLR2004
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _kind(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not known"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not valid"
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, ConnectionRefusedError):
        return "connection refused"
    return type(error).__name__
