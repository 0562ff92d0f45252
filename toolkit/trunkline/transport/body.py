"""Reads the body of a reply up to its size limit, and undoes its compression in bounded pieces."""

from __future__ import annotations

import asyncio
import io
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import aiohttp

    from .guard import Watch


_INFLATED = 64 * 1024
# How much is made of one piece before the event loop gets its turn.
_TURN = 4 * _INFLATED
_GZIP = 16 + zlib.MAX_WBITS
_METHOD, _DEFLATE = 0x0F, 8


class TooLongError(Exception):
    """The body is longer than the limit."""


class BrokenBodyError(Exception):
    """The body's compression is broken, or wasn't asked for."""


async def read_body(response: aiohttp.ClientResponse, cap: int, watch: Watch) -> bytes:
    """Return the body without its compression, of which the session must have undone nothing.

    Raises `TooLongError` for more than `cap` bytes, compressed or not, and `BrokenBodyError`.
    """
    if (response.content_length or 0) > cap:
        raise TooLongError
    inflater = _inflater(response.headers.getall("Content-Encoding", ()))
    # Unlike a bytearray, it gives its bytes away without a copy.
    body = io.BytesIO()
    compressed = made = 0
    async for chunk in response.content.iter_any():
        watch.content(len(chunk))
        compressed += len(chunk)
        for piece in (chunk,) if inflater is None else inflater.inflated(chunk):
            body.write(piece)
            if max(body.tell(), compressed) > cap:
                raise TooLongError
            made += len(piece)
            if made >= _TURN:
                made = 0
                await asyncio.sleep(0)
    if watch.refused or (inflater is not None and compressed and not inflater.complete):
        raise BrokenBodyError
    return body.getvalue()


def _inflater(encodings: Iterable[str]) -> _Inflater | None:
    """Return what undoes the encoding of a body, None for a plain one; at most one is asked for."""
    names = [name for text in encodings for part in text.split(",") if (name := part.strip().lower()) != "identity"]
    match [name for name in names if name]:
        case []:
            return None
        case ["gzip" | "x-gzip"]:
            return _Inflater(_GZIP)
        case ["deflate"]:
            return _Inflater(None)
    raise BrokenBodyError


class _Inflater:
    """Undoes gzip, or deflate with or without its header (RFC 9110, 8.4.1.2): servers send either."""

    def __init__(self, wbits: int | None) -> None:
        self._object = None if wbits is None else zlib.decompressobj(wbits)

    @property
    def complete(self) -> bool:
        """Whether the end has been reached."""
        return self._object is not None and self._object.eof

    def inflated(self, data: bytes) -> Iterator[bytes]:
        """Yield what the next bytes become, in pieces."""
        if self._object is None:
            has_header = data[0] & _METHOD == _DEFLATE
            self._object = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
        try:
            full = True
            # What is full may have a rest that zlib keeps, also where no input is left.
            while (data or full) and not self._object.eof:
                piece = self._object.decompress(data, _INFLATED)
                data, full = self._object.unconsumed_tail, len(piece) == _INFLATED
                yield piece
        except zlib.error:
            raise BrokenBodyError from None
        if data or self._object.unused_data:
            # More members than one are never sent by a web server, and would be lost.
            raise BrokenBodyError
