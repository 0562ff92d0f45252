"""Nobody learns from the answers which push addresses exist, and no body costs more than a record, over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import zlib
from base64 import b64encode
from contextlib import suppress

import aiohttp.streams
import pytest
from homeassistant.components import webhook as ha_webhook

from custom_components.trunkline.push import admission, reception
from tests.patience import PATIENCE

from .conftest import make_entry
from .test_push import deliver, pushed_calls, record

PATHS = ("/api/trunkline/push/", "/api/webhook/")


@pytest.fixture(autouse=True)
def _close_at_once(monkeypatch):
    """The tests' clock stands still."""
    monkeypatch.setattr(reception, "CLOSE_AFTER", 0)


@pytest.fixture(params=[{}, {"push_username": "pbx", "push_password": "secret"}], ids=["open", "protected"])
async def account(request, sandbox, setup):
    return await setup(make_entry(sandbox, options=request.param))


@pytest.fixture
async def server(account, hass_client_no_auth):
    """Return the test's client, whose server has the address of the account and no other."""
    return await hass_client_no_auth()


async def exchange(client, head, body=b"", *, rest=b"", patience=PATIENCE):
    """Send bytes over a connection of their own, and return the answer without its date."""
    reader, writer = await asyncio.open_connection(client.host, client.port)
    try:
        writer.write(head + body)
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), patience)
        length = re.search(rb"content-length: (\d+)", answer, re.IGNORECASE)
        answer += await asyncio.wait_for(reader.readexactly(int(length.group(1)) if length else 0), patience)
        writer.write(rest)
        return re.sub(rb"\r\nDate: [^\r]*", b"", answer)
    finally:
        writer.close()


def head(method, path, **headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: home.example.com"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def sized(body, **headers):
    return {"Content_Length": len(body)} | headers, body


def chunked(*chunks, end=True, **headers):
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + (b"0\r\n\r\n" if end else b"")
    return {"Transfer_Encoding": "chunked"} | headers, body


def requests():
    """Return what a curious person might send, by name: headers and body."""
    whole = json.dumps(record()).encode()
    bomb = gzip.compress(bytes(20 * 2**20))
    return {
        "nothing": ({}, b""),
        "an empty body": sized(b""),
        "a record": sized(whole, Content_Type="application/json"),
        "a foreign record": sized(json.dumps(record(service_id="sv71002")).encode()),
        "garbage": sized(b"\xff\xfe{{{"),
        "an unknown charset": sized(whole, Content_Type="application/json; charset=nobody"),
        "a form without an end": sized(b"--x\r\n", Content_Type="multipart/form-data; boundary=x"),
        "the largest body": sized(b"x" * admission.MAX_BODY),
        "too large a body": sized(b"x" * (admission.MAX_BODY + 1)),
        "far too large a body": sized(b"x" * 10 * admission.MAX_BODY),
        "a body that is withheld": ({"Content_Length": 5000}, whole[:100]),
        "a body of chunks": chunked(whole[:10], whole[10:]),
        "a body of tiny chunks": chunked(*(whole[at : at + 1] for at in range(len(whole)))),
        "a body without an end": chunked(whole[:50], end=False),
        "a good password": sized(whole, Authorization="Basic " + b64encode(b"pbx:secret").decode()),
        "a bad password": sized(whole, Authorization="Basic " + b64encode(b"pbx:guess").decode()),
        "no password at all": sized(whole, Authorization="???"),
        "a compressed record": sized(gzip.compress(whole), Content_Encoding="gzip"),
        "a compressed body that grows": sized(bomb, Content_Encoding="gzip"),
        "chunks of it": chunked(bomb[:100], bomb[100:], Content_Encoding="gzip"),
        "an unknown encoding": sized(whole, Content_Encoding="nobody"),
        "two encodings": sized(gzip.compress(whole), Content_Encoding="gzip, gzip"),
        "an origin": sized(whole, Origin="https://example.com"),
        "a last request": sized(whole, Connection="close"),
    }


NAMES = list(requests())
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")


@pytest.mark.parametrize("path", PATHS)
async def test_an_address_that_exists_is_answered_like_one_that_does_not(hass, account, server, path):
    exists, unknown = account.data["webhook_id"], ha_webhook.async_generate_id()
    for method in METHODS:
        for name, (headers, body) in requests().items():
            answers = [
                await exchange(server, head(method, path + address, **headers), body) for address in (exists, unknown)
            ]
            assert answers[0] == answers[1], (method, name)
            if method in {"GET", "POST"}:
                assert answers[0].startswith(b"HTTP/1.1 200 OK"), (method, name)
    await hass.async_block_till_done()
    assert account.runtime_data.push.refusals.total() > 10


async def test_the_name_of_an_event_at_the_end_makes_no_difference(account, server):
    answers = {
        await exchange(server, head("POST", f"/api/trunkline/push/{address}/NewState", Content_Length=1), b"x")
        for address in (account.data["webhook_id"], ha_webhook.async_generate_id())
    }
    assert len(answers) == 1


async def test_a_failure_of_our_own_makes_no_difference(hass, account, server, monkeypatch):
    async def fail(*_):
        raise RuntimeError

    headers, body = sized(json.dumps(record()).encode(), Authorization="Basic " + b64encode(b"pbx:secret").decode())
    monkeypatch.setattr(account.runtime_data.push_handler._calls, "async_store", fail)
    answers = {
        await exchange(server, head("POST", f"/api/trunkline/push/{address}", **headers), body)
        for address in (account.data["webhook_id"], ha_webhook.async_generate_id())
    }
    assert len(answers) == 1
    await hass.async_block_till_done()
    assert account.runtime_data.push.refusals == {"internal error": 1}


# Compressed bodies


@pytest.fixture
def address(loaded):
    return f"/api/trunkline/push/{loaded.data['webhook_id']}"


@pytest.fixture
async def client(loaded, hass_client_no_auth):
    return await hass_client_no_auth()


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_compressed_record_is_read(hass, loaded, client, address, encoding, compress):
    body = compress(json.dumps(record()).encode())
    await deliver(hass, client, address, data=body, headers={"Content-Encoding": encoding})
    assert set(await pushed_calls(hass, loaded)) == {"999001"}


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"no gzip", "gzip"),
        (gzip.compress(b"x" * 5000, mtime=0)[:-9], "gzip"),
        (gzip.compress(b"x" * 500, mtime=0)[:20], "gzip"),
        (b"\x78\x9c no deflate", "deflate"),
    ],
    ids=["no gzip", "gzip cut at its end", "gzip cut in the middle", "no deflate"],
)
@pytest.mark.parametrize("path", PATHS)
async def test_a_body_that_is_not_compressed_as_it_says_is_refused(hass, loaded, client, path, body, encoding):
    # Home Assistant's own webhooks answer such a body with 500 where the address doesn't exist.
    await deliver(hass, client, path + loaded.data["webhook_id"], data=body, headers={"Content-Encoding": encoding})
    push = loaded.runtime_data.push
    assert (push.deliveries, push.refusals.total()) == (0, 1)
    assert set(push.refusals) <= {"unreadable", "malformed"}


async def test_a_short_compressed_body_is_measured_while_it_is_inflated(hass, loaded, client, address):
    body = gzip.compress(b"x" * (admission.MAX_BODY + 1))
    assert len(body) < admission.MAX_COMPRESSED
    await deliver(hass, client, address, data=body, headers={"Content-Encoding": "gzip"})
    assert loaded.runtime_data.push.refusals == {"too large": 1}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("form", [sized, chunked])
async def test_a_compressed_body_that_could_grow_without_end_is_not_read(hass, loaded, client, monkeypatch, path, form):
    inflated = []
    feed = aiohttp.streams.StreamReader.feed_data

    def counting(self, data, *more):
        inflated.append(len(data))
        return feed(self, data, *more)

    monkeypatch.setattr(aiohttp.streams.StreamReader, "feed_data", counting)
    bomb = gzip.compress(bytes(200 * 2**20))
    headers, body = form(bomb, Content_Encoding="gzip")
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(head("POST", path + loaded.data["webhook_id"], **headers))
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK")
    writer.write(body)
    # The connection ends, so that the body is never read.
    with suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    assert sum(inflated) == 0
    assert loaded.runtime_data.push.refusals == {"compressed": 1}
