"""Answers whatever is sent to a push address before it is handled, so that nobody learns which addresses exist.

Home Assistant's webhooks answer an unknown address with an empty 200 as soon as a body begins to arrive. So does
everything here, for every address, method, header and body; a record is read and handled after that. A provider that
was told of a failure could only send the record again, while its call list has the call anyway.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, override

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from .admission import RefusedError, is_too_dense

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# As much as Home Assistant's webhooks read before they answer.
OPENING: Final = 64
# The sender of a body that is not read has so many seconds to read the answer before the connection is closed.
CLOSE_AFTER: Final = 1.0

type Receive = Callable[[web.Request, bytes | RefusedError], Awaitable[None]]
"""Handles a request that was answered, given how its body begins, or why it can't be read."""


async def async_answer(request: web.Request, receive: Receive | None = None) -> web.Response:
    """Return the answer to a request; `receive` handles the request once the answer was sent."""
    opening: bytes | RefusedError
    refused = is_too_dense(request)
    if refused:
        opening = RefusedError("compressed")
        # Nothing more is read from the socket, and so nothing more inflated.
        if request.transport is not None:
            request.transport.pause_reading()
    else:
        try:
            opening = await request.content.read(OPENING)
        except (web.RequestPayloadError, HttpProcessingError):
            # A compressed body that is not what its header says.
            opening = RefusedError("unreadable")

    async def handle() -> None:
        if receive is not None:
            await receive(request, opening)
        if refused:
            await asyncio.sleep(CLOSE_AFTER)
            request.protocol.force_close()

    return _Answer(handle)


class _Answer(web.Response):
    """An empty 200, and what is done after it was sent with the headers that Home Assistant adds."""

    def __init__(self, handle: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._handle: Callable[[], Awaitable[None]] | None = handle

    @override
    async def write_eof(self, data: bytes = b"") -> None:
        await super().write_eof(data)
        if self._handle is not None:
            handle, self._handle = self._handle, None
            await handle()
