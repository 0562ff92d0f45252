"""The HTTP client against servers that send more, or something else, than a reply. Nothing here measures time.

What is counted instead: the bytes that reach the parser, how many there are in one turn of the event loop, and how much
is unpacked.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import ssl
import zlib
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.patience import PATIENCE
from trunkline.errors import ConnectionFailedError, DataError, OutcomeUnknownError, TooLargeError, TrunklineError
from trunkline.transport import Limits, Reply, Transport, body, guard

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = OK + b"Content-Encoding: gzip\r\n"
CAP = 1 << 20
BLOCK = 1 << 16


def endless(start, piece):
    return itertools.chain([start], itertools.repeat(piece * (BLOCK // len(piece) + 1)))


def numbered():
    yield OK
    for start in itertools.count(0, 1000):
        yield b"".join(b"h%d: %d\r\n" % (number, number) for number in range(start, start + 1000))


@pytest.fixture
def limits(limits):
    """Let a busy machine take its time: what is cut off here is cut off for its size."""
    return replace(limits, connect=30, total=30, patience=60)


def whole(content, headers=OK):
    return [headers + b"Content-Length: %d\r\n\r\n%b" % (len(content), content)]


@asynccontextmanager
async def serving(pieces, tls=None):
    """Serve the pieces that `pieces()` returns, whatever is asked; the port, and the connections that ended."""
    ended = []

    async def answer(reader, writer):
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                for piece in pieces():
                    writer.write(piece)
                    await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            ended.append(True)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], ended
    finally:
        server.close()


@pytest.fixture
def passed(monkeypatch):
    """Record the sizes of what arrives for a request and of what is passed on to the parser."""
    sizes = {"arrived": [], "passed": []}
    count = guard.Watch.received

    def counted(watch, size):
        may_pass = count(watch, size)
        sizes["arrived"].append(size)
        if may_pass:
            sizes["passed"].append(size)
        return may_pass

    monkeypatch.setattr(guard.Watch, "received", counted)
    return sizes


@pytest.fixture
def unpacked(monkeypatch):
    """Record the sizes of the pieces that compressed bodies become."""
    sizes = []
    inflated = body._Inflater.inflated

    def counted(inflater, data):
        for piece in inflated(inflater, data):
            sizes.append(len(piece))
            yield piece

    monkeypatch.setattr(body._Inflater, "inflated", counted)
    return sizes


async def read(port, limits, path="x"):
    async with Transport(f"http://127.0.0.1:{port}", label="Acme", limits=limits) as transport:
        return await transport.read("GET", path)


# Newer versions of aiohttp have a limit of their own for the number of headers.
REFUSED = TooLargeError if tuple(map(int, aiohttp.__version__.split(".")[:2])) < (3, 13) else TrunklineError
OVERHEAD = {
    "headers": lambda: endless(OK, b"a: b\r\n"),
    "different headers": numbered,
    "empty headers": lambda: endless(OK, b"a:\r\n"),
    "1xx replies": lambda: endless(b"", b"HTTP/1.1 103 Early Hints\r\na: b\r\n\r\n"),
    "empty lines": lambda: endless(b"", b"\r\n"),
    "a chunk extension": lambda: endless(CHUNKED + b"1;", b"a=b;"),
    "chunk extensions": lambda: endless(CHUNKED, b"1;" + b"a" * 1000 + b"\r\n \r\n"),
    "trailers": lambda: endless(CHUNKED + b"2\r\n{}\r\n0\r\n", b"a: b\r\n"),
}


@pytest.mark.parametrize("kind", OVERHEAD)
async def test_overhead_without_an_end_is_cut_off(kind, limits, passed):
    async with (
        serving(OVERHEAD[kind]) as (port, _),
        Transport(f"http://127.0.0.1:{port}", label="Acme", limits=limits) as transport,
    ):
        with pytest.raises(REFUSED, match="Acme") as caught:
            await transport.read("GET", "x")
        assert caught.value.__context__ is None or caught.value.__suppress_context__
        # What is too large isn't asked for again.
        assert transport.requests == (1 if isinstance(caught.value, TooLargeError) else limits.attempts)
        assert sum(passed["passed"]) <= 2 * guard.OVERHEAD * transport.requests
        assert max(passed["arrived"]) <= guard.PIECE


@pytest.mark.parametrize("kind", OVERHEAD)
async def test_a_request_that_may_cost_money_has_an_unknown_outcome_then(kind, limits, passed):
    async with (
        serving(OVERHEAD[kind]) as (port, _),
        Transport(f"http://127.0.0.1:{port}", label="Acme", limits=limits) as transport,
    ):
        with pytest.raises(OutcomeUnknownError, match="before you try again"):
            await transport.send_once("POST", "call")
        assert sum(passed["passed"]) <= 2 * guard.OVERHEAD


@pytest.mark.parametrize(
    "reply",
    [
        lambda: endless(OK + b"a: ", b"b"),
        lambda: endless(b"HTTP/1.1 200 ", b"b"),
        lambda: endless(b"", b"\0"),
        lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}"],
        lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}"],
        lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"],
        lambda: [b"HTTP/9.9 xyz\r\n\r\n"],
        lambda: [CHUNKED + b"xyz\r\n{}\r\n0\r\n\r\n"],
        lambda: [CHUNKED + b"f" * 30 + b"\r\n{}\r\n0\r\n\r\n"],
        lambda: [OK + b": no name\r\n\r\n"],
        lambda: [b"HTTP/1.1 999 " + b"\xff" * 20 + b"\r\nContent-Length: 0\r\n\r\n"],
        lambda: [OK + b"Content-Type: text/html; charset=klingon\r\nContent-Length: 2\r\n\r\n{}"],
        lambda: [OK + b"Set-Cookie: a=\x01\x02; =; ;;\r\nSet-Cookie: \xff\xfe\r\nContent-Length: 2\r\n\r\n{}"],
        lambda: [b"HTTP/1.1 429 x\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 -2359\r\nContent-Length: 0\r\n\r\n"],
        lambda: [b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"],
    ],
)
async def test_what_is_no_http_or_odd_is_a_reply_or_one_of_our_own_errors(reply, limits, passed):
    quick = Limits(total=0.3, attempts=1)
    async with serving(reply) as (port, _), Transport(f"http://127.0.0.1:{port}", label="Acme", limits=quick) as client:
        for send in (client.read, client.send_once):
            try:
                answer = await send("GET", "x")
            except TrunklineError as error:
                assert "Acme" in str(error)
            else:
                assert isinstance(answer, Reply)
        assert sum(passed["passed"]) <= 4 * guard.OVERHEAD


@pytest.mark.parametrize("path", ["http://[x/", "a\r\nb: c", "\ud800", "a" * 100_000])
async def test_a_path_that_no_address_can_have_is_one_of_our_own_errors(path, limits):
    async with serving(lambda: whole(b"{}")) as (port, _):
        try:
            assert (await read(port, limits, path)).status == 200
        except TrunklineError as error:
            assert "Acme" in str(error)


async def test_more_headers_than_any_server_sends_are_refused(limits):
    many = b"".join(b"h%d: x\r\n" % number for number in range(1000))
    async with serving(lambda: whole(b"{}", OK + many)) as (port, _):
        with pytest.raises((TooLargeError, ConnectionFailedError)):
            await read(port, limits)


async def test_clumsy_chunks_are_read_in_small_turns(limits, passed):
    content = b'"' + b"x" * 200_000 + b'"'
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in content)
    turns = itertools.count()

    async def beat():
        while next(turns) is not None:
            await asyncio.sleep(0)

    async with serving(lambda: [CHUNKED, chunks, b"0\r\n\r\n"]) as (port, _):
        beating = asyncio.create_task(beat())
        answer = await read(port, limits)
        beating.cancel()
    assert answer.body == content
    assert max(passed["passed"]) <= guard.PIECE
    # Each piece is parsed in a turn of its own.
    assert next(turns) >= len(chunks) // guard.PIECE


async def test_an_endless_body_is_read_up_to_its_limit_only(limits, passed):
    for start, piece in ((OK + b"\r\n", b" "), (CHUNKED, b"4000\r\n" + b" " * 0x4000 + b"\r\n")):
        passed["passed"].clear()
        async with serving(lambda start=start, piece=piece: endless(start, piece)) as (port, _):
            with pytest.raises(TooLargeError, match="more than 1 MiB"):
                await read(port, limits)
        assert sum(passed["passed"]) <= CAP + 8 * guard.PIECE


# Compression.


def deflated(content, kind):
    packer = zlib.compressobj(9, zlib.DEFLATED, kind)
    return packer.compress(content) + packer.flush()


# Without the time of the packing, which would be in the names of the tests, too.
packed = partial(gzip.compress, mtime=0)
PACKED = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
    "deflate ": lambda content: deflated(content, -15),
    "identity": bytes,
    "identity, gzip": gzip.compress,
}


@pytest.mark.parametrize("encoding", PACKED)
@pytest.mark.parametrize(
    "content", [b"", b"{}", b"x" * 65_536, b"x" * 65_537, bytes(range(256)) * 3000, b" " * (CAP - 1) + b"1"]
)
async def test_a_compressed_body_is_unpacked(encoding, content, limits):
    headers = OK + b"Content-Encoding: %b\r\n" % encoding.encode()
    async with serving(lambda: whole(PACKED[encoding](content), headers)) as (port, _):
        assert (await read(port, limits)).body == content


async def test_only_encodings_that_can_be_bounded_are_asked_for(limits):
    asked = []

    async def answer(reader, writer):
        asked.append((await reader.readuntil(b"\r\n\r\n")).lower())
        writer.write(whole(b"{}")[0])

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    await read(server.sockets[0].getsockname()[1], limits)
    server.close()
    assert b"\r\naccept-encoding: gzip, deflate\r\n" in asked[0]


@pytest.mark.parametrize("kind", [31, 15, -15])
async def test_a_bomb_is_unpacked_up_to_the_limit_only(kind, limits, unpacked):
    name = b"gzip" if kind == 31 else b"deflate"
    bomb = deflated(bytes(200 * CAP), kind)
    async with serving(lambda: whole(bomb, OK + b"Content-Encoding: %b\r\n" % name)) as (port, _):
        with pytest.raises(TooLargeError, match="more than 1 MiB"):
            await read(port, limits)
    assert sum(unpacked) <= CAP + 65_536
    assert max(unpacked) <= 65_536


async def test_the_event_loop_gets_its_turn_while_a_body_is_unpacked(limits, unpacked):
    content = bytes(CAP)
    between = []

    async def beat():
        while True:
            between.append(sum(unpacked))
            await asyncio.sleep(0)

    async with serving(lambda: whole(gzip.compress(content), GZIP)) as (port, _):
        beating = asyncio.create_task(beat())
        assert (await read(port, limits)).body == content
        beating.cancel()
    # 1 MiB is made of a kilobyte, in at least four turns.
    assert max(b - a for a, b in itertools.pairwise([*between, sum(unpacked)])) <= CAP // 4 + 65_536


async def test_blocks_that_become_nothing_end_by_the_limit(limits, unpacked):
    start = GZIP + b"\r\n\x1f\x8b\x08\0\0\0\0\0\0\3"
    async with serving(lambda: endless(start, b"\0\0\0\xff\xff")) as (port, _):
        with pytest.raises(TooLargeError):
            await read(port, limits)
    assert sum(unpacked) == 0


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        (b"gzip", b"{}"),
        (b"gzip", packed(b"{}" * 1000)[:-9]),
        (b"gzip", packed(b"{}" * 1000)[:12]),
        (b"gzip", packed(b"{}") + b"more"),
        (b"gzip", packed(b"{") + packed(b"}")),
        (b"deflate", b"{}"),
        (b"deflate", zlib.compress(b"{}")[:-3]),
        (b"br", b"{}"),
        (b"zstd", b"{}"),
        (b"gzip, gzip", packed(packed(b"{}"))),
        (b"\xff", b"{}"),
    ],
)
async def test_compression_that_is_broken_or_was_not_asked_for_is_a_lost_reply(encoding, content, limits):
    async with (
        serving(lambda: whole(content, OK + b"Content-Encoding: %b\r\n" % encoding)) as (port, _),
        Transport(f"http://127.0.0.1:{port}", label="Acme", limits=limits) as transport,
    ):
        with pytest.raises(ConnectionFailedError, match="compression is broken or not supported"):
            await transport.read("GET", "x")
        assert transport.requests == limits.attempts
        with pytest.raises(OutcomeUnknownError):
            await transport.send_once("GET", "x")


# A connection that is kept.


async def test_a_server_that_goes_on_after_its_reply_is_cut_off(limits):
    going_on = asyncio.Event()

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(whole(b"{}")[0])
        await going_on.wait()
        try:
            while True:
                writer.write(whole(b"{}")[0] * 1000)
                await writer.drain()
        except ConnectionError:
            cut_off.set()

    cut_off = asyncio.Event()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Transport(f"http://127.0.0.1:{port}", label="Acme", limits=limits) as transport:
        assert (await transport.read("GET", "x")).body == b"{}"
        going_on.set()
        await asyncio.wait_for(cut_off.wait(), PATIENCE)
        assert (await transport.read("GET", "x")).body == b"{}"
    server.close()


async def test_other_clients_of_a_shared_connection_are_left_alone(limits, passed):
    large = b"x" * 3_000_000
    replies = itertools.cycle([whole(b"{}"), whole(large)])
    async with (
        serving(lambda: next(replies)) as (port, _),
        aiohttp.ClientSession() as lender,
        Transport(f"http://127.0.0.1:{port}", label="Acme", session=lender, limits=limits) as transport,
    ):
        for _ in range(2):
            assert (await transport.read("GET", "x")).body == b"{}"
            before = sum(passed["arrived"])
            async with lender.get(f"http://127.0.0.1:{port}/") as answer:
                assert await answer.read() == large
            assert sum(passed["arrived"]) == before
            assert len(lender.connector._conns) == 1


async def test_a_kept_connection_counts_for_each_request_anew(limits):
    padded = OK + b"a: %b\r\n" % (b"x" * 8000)
    async with (
        serving(lambda: whole(b"{}", padded)) as (port, ended),
        Transport(f"http://127.0.0.1:{port}", label="Acme", limits=limits) as transport,
    ):
        for _ in range(20):
            assert (await transport.read("GET", "x")).body == b"{}"
            assert (await transport.send_once("GET", "x")).body == b"{}"
        assert not ended


# TLS.


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Return a server's context with an invented certificate, and the client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=str(path))


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (lambda: whole(b"x" * 300_000), None),
        (lambda: whole(gzip.compress(b"x" * 300_000), GZIP), None),
        (lambda: [CHUNKED, b"1\r\nx\r\n" * 300_000, b"0\r\n\r\n"], None),
        (lambda: endless(OK, b"a: b\r\n"), REFUSED),
        (lambda: endless(OK + b"\r\n", b" "), TooLargeError),
    ],
)
async def test_the_same_holds_over_tls(certificate, reply, error, limits, passed):
    server, client = certificate
    async with (
        serving(reply, server) as (port, _),
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=client)) as lender,
        Transport(f"https://localhost:{port}", label="Acme", session=lender, limits=limits) as transport,
    ):
        if error is None:
            for _ in range(2):
                assert (await transport.read("GET", "x")).body == b"x" * 300_000
        else:
            with pytest.raises(error):
                await transport.read("GET", "x")
        assert passed["passed"]
        assert max(passed["arrived"]) <= guard.PIECE
        assert sum(passed["passed"]) <= CAP * 4


# JSON.


def test_json_is_decoded_once():
    reply = Reply(200, {}, b'{"a": [1]}')
    assert reply.json() is reply.json()
    assert Reply(200, {}, b"null").json() is None


@pytest.mark.parametrize(
    ("content", "fits"),
    [
        (b"[" + b"1," * 99_998 + b"1]", True),
        (b"[" + b"1," * 100_000 + b"1]", False),
        (b"[" + b"[],[]," * 24_000 + b"[]]", True),
        (b"[" + b"[],[]," * 26_000 + b"[]]", False),
        (b"[" + b'{"a":1},' * 51_000 + b"1]", False),
        (b'"' + b"x" * ((4 << 20) - 2) + b'"', True),
        (b'"' + b"x" * ((4 << 20) - 1) + b'"', False),
        (b"[" * 5_000_000, False),
    ],
)
def test_json_with_more_values_than_any_reply_has_is_not_decoded(content, fits):
    reply = Reply(200, {}, content, "Acme")
    if fits:
        reply.json()
    else:
        with pytest.raises(TooLargeError, match="Acme sent a reply with more values"):
            reply.json()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"NaN",
        b"-Infinity",
        b'"\\ud800"',
        b'"\xed\xa0\x80"',
        b"[" * 40_000,
        b'{"a":' * 9_000,
        b"\xff",
        b"1e",
        b"'a'",
    ],
)
def test_json_that_is_none_is_a_data_error(content):
    with pytest.raises(DataError, match="isn't JSON"):
        Reply(200, {}, content, "Acme").json()
