"""What a server may send around the content of a reply: a guard between the socket and aiohttp's parser.

aiohttp limits the length of one header, but on its older versions neither the number of headers nor what comes before
the reply (1xx), in the chunks' extensions, in trailers or after the reply. All of that is kept in memory, or takes time
without an end. So the bytes are counted where they arrive, and are passed on in pieces that are small enough for the
parser not to hold the event loop.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import TYPE_CHECKING, Self, override

import aiohttp

if TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType

    from aiohttp.client_proto import ResponseHandler
    from aiohttp.client_reqrep import ClientResponse
    from aiohttp.connector import Connection

PIECE = 16 * 1024
"""The most bytes that are parsed in one turn of the event loop."""
OVERHEAD = 64 * 1024
"""The most bytes without content: headers take a few kilobytes. Each may need a hundred times its size in memory."""
# Chunks of a single byte need five more. Fewer would refuse replies that are only clumsy.
_OVERHEAD_OF_A_BYTE = 8

_WATCH: ContextVar[Watch | None] = ContextVar("trunkline_watch", default=None)


class Watch:
    """Counts what arrives for one request, as a context manager around it.

    `sent` is whether the request was given to a connection, `refused` whether the connection was closed because of too
    much overhead.
    """

    def __init__(self) -> None:
        """Nothing has arrived yet."""
        self.sent = False
        self.refused = False
        self._received = 0
        self._content = 0
        self._at_content = 0
        self._token: Token[Watch | None] | None = None
        self._guard: _Guard | None = None

    def __enter__(self) -> Self:
        """Watch the requests of this task."""
        self._token = _WATCH.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching; whatever else the server sends is not part of a reply."""
        if self._token is not None:
            _WATCH.reset(self._token)
        if self._guard is not None:
            self._guard.leave(self)
            self._guard = None

    def take(self, guard: _Guard) -> None:
        """Watch a connection; the request is sent next."""
        self.sent = True
        self._guard = guard

    def received(self, size: int) -> bool:
        """Count bytes of the connection, and return whether they may be passed on."""
        self._received += size
        most = self._content * (1 + _OVERHEAD_OF_A_BYTE) + OVERHEAD
        self.refused = self.refused or self._received - self._at_content > OVERHEAD or self._received > most
        return not self.refused

    def content(self, size: int) -> None:
        """Count bytes of the body, before decompression, that were read."""
        self._content += size
        self._at_content = self._received


class GuardedRequest(aiohttp.ClientRequest):
    """A request whose reply is counted by the `Watch` that is entered."""

    @override
    async def send(self, conn: Connection) -> ClientResponse:
        """Put the guard in its place before anything is sent."""
        watch = _WATCH.get()
        if watch is not None and conn.protocol is not None and conn.transport is not None:
            current = conn.transport.get_protocol()
            guard = current if isinstance(current, _Guard) else _Guard(conn.protocol, conn.transport)
            guard.watch(watch)
        return await super().send(conn)


class _Guard(asyncio.BufferedProtocol):
    """Passes a connection's bytes on to aiohttp's protocol in small pieces, and closes it if they are too many.

    It stays where it is when a reply is complete: a server that goes on sending is cut off, before the unused
    connection's buffer grows. The connector may be shared with other clients, whose replies are left alone.
    """

    def __init__(self, protocol: ResponseHandler, transport: asyncio.Transport) -> None:
        self._protocol = protocol
        self._transport = transport
        self._piece = memoryview(bytearray(PIECE))
        self._watch: Watch | None = None
        self._parser: object = None
        transport.set_protocol(self)

    def watch(self, watch: Watch) -> None:
        """Count for a request that is about to be sent."""
        self._watch = watch
        self._parser = self._current_parser()
        watch.take(self)

    def leave(self, watch: Watch) -> None:
        """Count no more, unless another request has the connection by now."""
        if self._watch is watch:
            self._watch = None

    def _current_parser(self) -> object:
        """Return the parser of the reply that is expected; each request makes a new one."""
        return getattr(self._protocol, "_parser", None)

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        return self._piece

    @override
    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(self._piece[:nbytes])
        if self._current_parser() is not self._parser:
            # Somebody else's request.
            self._transport.set_protocol(self._protocol)
            self._protocol.data_received(data)
        elif self._watch is not None and self._watch.received(nbytes):
            self._protocol.data_received(data)
        else:
            self._transport.abort()

    @override
    def eof_received(self) -> None:
        self._protocol.eof_received()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)

    @override
    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    @override
    def resume_writing(self) -> None:
        self._protocol.resume_writing()
