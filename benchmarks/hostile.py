"""Replies that are made to fill the memory or to hold the event loop of whoever reads them, and a server for them.

It writes to plain sockets, since no HTTP server would send most of this. Run as a program, it prints its port and
answers `/NUMBER` with the reply of that number.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socketserver
import time
import zlib
from typing import TYPE_CHECKING, override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MEBIBYTE = 1 << 20
CAP = 16 * MEBIBYTE
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"
_BLOCK = 1 << 16
_ROW = (
    '{"service_id":"sv1","call_id":"%d","type":"incoming","trunk":"2155500%03d","status":"ANSWERED","note":null,'
    '"call_source":{"number":"0912555%04d","contact":null},"call_dest":{"number":"02155501%03d","contact":null},'
    '"time_wait":"6","time_talk":"%d","price":%d,"created_at":"1399-04-21 12:%02d:18","ended_at":null}'
)
_CALL = (
    "<call><date>2026-01-02 03:04:05</date><called_from>1212555%04d</called_from><called_to>12125550182</called_to>"
    "<destination>United States</destination><duration>00:00:%02d</duration><hangup_cause>Answered</hangup_cause>"
    "<price>0.%04d</price></call>"
)


def _whole(body: bytes, header: bytes = b"") -> Iterator[bytes]:
    yield _OK + header + b"Content-Length: %d\r\n\r\n" % len(body)
    yield body


def _endless(start: bytes, piece: bytes) -> Iterator[bytes]:
    return itertools.chain([start], itertools.repeat(piece * (_BLOCK // len(piece) + 1)))


def _numbered_headers() -> Iterator[bytes]:
    yield _OK
    for start in itertools.count(0, 4096):
        yield b"".join(b"h%d: %d\r\n" % (number, number) for number in range(start, start + 4096))


def _bomb(size: int, kind: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, kind)
    return b"".join([*(packer.compress(bytes(MEBIBYTE)) for _ in range(size // MEBIBYTE)), packer.flush()])


def _packed(kind: int, encoding: bytes) -> Iterator[bytes]:
    return _whole(_bomb(256 * MEBIBYTE, kind), b"Content-Encoding: " + encoding + b"\r\n")


def _packed_chunks() -> Iterator[bytes]:
    packed = _bomb(256 * MEBIBYTE, 31)
    yield _OK + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield b"".join(b"1\r\n%c\r\n" % byte for byte in packed)


def _drip() -> Iterator[bytes]:
    yield _OK + b"Content-Length: 1000000\r\n\r\n"
    while True:
        time.sleep(0.0002)
        yield b" "


def filled(piece: bytes, size: int, *, before: bytes = b"", after: bytes = b"") -> bytes:
    """Return a text of a size that repeats a piece."""
    return before + piece * ((size - len(before) - len(after)) // len(piece)) + after


def rows(count: int) -> bytes:
    """Return a page of calls in Telefonchy's JSON."""
    records = ",".join(_ROW % (n, n % 1000, n % 10_000, n % 1000, n % 600, n, n % 60) for n in range(count))
    paginator = f'{{"current":1,"total_items":{count},"total_pages":1}}'
    return f'{{"code":200,"data":{{"calls":[{records}]}},"paginator":{paginator}}}'.encode()


def calls(count: int) -> bytes:
    """Return a page of calls in MOR's XML."""
    elements = "".join(_CALL % (n % 10_000, n % 60, n % 10_000) for n in range(count))
    return f"<page><calls_stat><calls>{elements}</calls></calls_stat></page>".encode()


# What is around the content, or hidden in it.
REPLIES: dict[str, Callable[[], Iterable[bytes]]] = {
    "endless headers": lambda: _endless(_OK, b"a: b\r\n"),
    "endless headers, all different": _numbered_headers,
    "endless empty headers": lambda: _endless(_OK, b"a:\r\n"),
    "an endless header": lambda: _endless(_OK + b"a: ", b"b"),
    "an endless folded header": lambda: _endless(_OK + b"a: b\r\n", b" b\r\n"),
    "an endless status line": lambda: _endless(b"HTTP/1.1 200 ", b"b"),
    "endless 1xx replies": lambda: _endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "endless empty lines": lambda: _endless(b"", b"\r\n"),
    "endless replies": lambda: _endless(b"", b"".join(_whole(b"{}"))),
    "an endless body": lambda: _endless(_OK + b"\r\n", b" "),
    "endless chunks": lambda: _endless(_CHUNKED, b"4000\r\n" + b" " * 0x4000 + b"\r\n"),
    "endless one-byte chunks": lambda: _endless(_CHUNKED, b"1\r\n \r\n"),
    "a megabyte of one-byte chunks": lambda: [_CHUNKED, b"1\r\n1\r\n" * MEBIBYTE, b"0\r\n\r\n"],
    "an endless chunk extension": lambda: _endless(_CHUNKED + b"1;", b"a=b;"),
    "endless chunk extensions": lambda: _endless(_CHUNKED, b"1;" + b"a" * 1000 + b"\r\n \r\n"),
    "endless trailers": lambda: _endless(_CHUNKED + b"2\r\n{}\r\n0\r\n", b"a: b\r\n"),
    "256 MB in gzip": lambda: _packed(31, b"gzip"),
    "256 MB in gzip in one-byte chunks": _packed_chunks,
    "256 MB in deflate": lambda: _packed(15, b"deflate"),
    "256 MB in raw deflate": lambda: _packed(-15, b"deflate"),
    "256 MB in gzip twice": lambda: _whole(
        gzip.compress(_bomb(256 * MEBIBYTE, 31)), b"Content-Encoding: gzip, gzip\r\n"
    ),
    "empty gzip blocks": lambda: _endless(
        _OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\3", b"\0\0\0\xff\xff"
    ),
    "an encoding that wasn't asked for": lambda: _whole(bytes(MEBIBYTE), b"Content-Encoding: br\r\n"),
    "a slow drip": _drip,
}
# Content within the size limit.
_INSIDE = CAP - 1024
JSON: dict[str, Callable[[], bytes]] = {
    "a page of 100 calls": lambda: rows(100),
    "4,700 calls": lambda: rows(4700),
    "16 MiB of calls": lambda: rows(44_000),
    "16 MiB of empty lists": lambda: filled(b"[],", _INSIDE, before=b"[", after=b"[]]"),
    "16 MiB of empty objects": lambda: filled(b'{"a":{}},', _INSIDE, before=b"[", after=b"1]"),
    "16 MiB of different keys": lambda: b"{" + b",".join(b'"%010d":1' % n for n in range(1_000_000)) + b"}",
    "16 MiB of numbers": lambda: filled(b"1,", _INSIDE, before=b"[", after=b"1]"),
    "16 MiB of digits": lambda: filled(b"9", _INSIDE),
    "16 MiB of text": lambda: filled(b"a", _INSIDE, before=b'"', after='😀"'.encode()),
    "16 MiB of escapes": lambda: filled(b"\\u0000", _INSIDE, before=b'"', after=b'"'),
    "16 MiB of brackets": lambda: filled(b"[", _INSIDE),
    "4 MiB of text": lambda: filled(b"a", 4 * MEBIBYTE, before=b'"', after='😀"'.encode()),
    "4 MiB of escapes": lambda: filled(b"\\ud83d\\ude00", 4 * MEBIBYTE, before=b'"', after=b'"'),
    "the most values": lambda: filled(b"[],", 149_000, before=b"[", after=b"[]]"),
    "the most keys": lambda: b"{" + b",".join(b'"%060d":{}' % n for n in range(49_000)) + b"}",
}
XML: dict[str, Callable[[], bytes]] = {
    "a page of 100 calls": lambda: calls(100),
    "12,000 calls": lambda: calls(12_000),
    "16 MiB of calls": lambda: calls(60_000),
    "8 MB of <a/>": lambda: filled(b"<a/>", 8_000_000, before=b"<page>", after=b"</page>"),
    "the most elements": lambda: filled(b"<a/>", 799_000, before=b"<page>", after=b"</page>"),
    "the most elements, broken": lambda: filled(b"<a/>", 799_000, before=b"<page>", after=b"</b>"),
    "8 MB of text": lambda: filled(b"a", 8_000_000, before=b"<page>", after=b"</page>"),
    "8 MB of long texts": lambda: filled(
        b"<a>" + b"a" * 16_000 + b"</a>", 8_000_000, before=b"<page>", after=b"</page>"
    ),
    "8 MB of long texts, broken": lambda: filled(b"<a>" + b"& " * 8_000, 8_000_000, before=b"<page>", after=b"</page>"),
    "long texts of ampersands": lambda: filled(b"<a>" + b"&" * 31_000, 8_000_000, before=b"<page>", after=b"</page>"),
    "long texts of entities": lambda: filled(b"<a>" + b"& lt;" * 6_000, 8_000_000, before=b"<page>", after=b"</page>"),
    "wide characters": lambda: filled("<a>😀</a>".encode(), 1_090_000, before=b"<page>", after=b"</page>"),
    "many attributes": lambda: filled(b"<a" + b' a=""' * 6_000 + b"/>", 8_000_000, before=b"<page>", after=b"</page>"),
    "different attributes": lambda: filled(
        b"<a" + b"".join(b' a%d=""' % n for n in range(3_000)) + b"/>", 8_000_000, before=b"<page>", after=b"</page>"
    ),
    "different names": lambda: b"<page>" + b"".join(b"<a%d/>" % n for n in range(199_000)) + b"</page>",
    "the most different names": lambda: b"<page>" + b"<a/>".join(b"<a%d/>" % n for n in range(9_000)) + b"</page>",
    "8 MB of one tag": lambda: filled(b" ", 8_000_000, before=b"<page", after=b"/>"),
    "nested": lambda: b"<a>" * 99_000 + b"</a>" * 99_000,
    "nested, not closed": lambda: b"<a>" * 199_000,
    "wrong ends": lambda: filled(b"</x>", 799_000, before=b"<page>"),
    "comments": lambda: filled(b"<!--", 799_000, before=b"<page>"),
    "brackets": lambda: filled(b"<", 199_000, before=b"<page>"),
    "brackets apart": lambda: filled(b"< ", 398_000, before=b"<page>"),
    "attributes that don't end": lambda: filled(b' a="', 8_000_000, before=b"<page"),
    "blanks": lambda: filled(b" ", 8_000_000),
}
ALL: tuple[Callable[[], Iterable[bytes]], ...] = (
    *REPLIES.values(),
    *(lambda make=make: _whole(make()) for make in (*JSON.values(), *XML.values())),
)


class _Handler(socketserver.StreamRequestHandler):
    @override
    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := self.rfile.readline():
                while self.rfile.readline().strip():
                    pass
                for piece in ALL[int(line.split()[1].rpartition(b"/")[2])]():
                    self.wfile.write(piece)
                    self.wfile.flush()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


def main() -> None:
    """Serve until the process is ended."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
