"""What the HTTP client can send and return: JSON, forms, uploads, headers of one request, cookies that nobody keeps."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from trunkline.errors import ConnectionFailedError, DataError, OutcomeUnknownError
from trunkline.transport import Reply, Transport, Upload


@pytest.fixture
async def echo(_sockets):
    """Serve the request back as JSON, with a cookie and an odd spelling of the content type."""

    async def handle(request):
        if request.path.endswith("/redirect"):
            return web.Response(status=302, headers={"Location": "/elsewhere", "Set-Cookie": "session=abc; Path=/"})
        if request.path.endswith("/fail"):
            return web.Response(status=503)
        body, files = None, {}
        if request.content_type == "application/json":
            body = await request.json()
        elif request.content_type == "multipart/form-data":
            for name, value in (await request.post()).items():
                files[name] = (
                    [value.filename, value.content_type, value.file.read().decode()]
                    if isinstance(value, web.FileField)
                    else value
                )
        else:
            body = dict(await request.post())
        told = {"path": request.path, "json": body, "files": files, "headers": dict(request.headers)}
        answer = web.json_response(told)
        answer.set_cookie("session", "s3cr3t")
        return answer

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    async with TestServer(app, host="127.0.0.1") as server:
        yield f"http://127.0.0.1:{server.port}/api"


@pytest.fixture
async def client(echo, limits):
    async with Transport(echo, label="Acme", headers={"X-Always": "1"}, limits=limits) as transport:
        yield transport


async def test_json_goes_out_as_json(client):
    told = (await client.read("POST", "things", json={"a": [1, "ب"]})).json()
    assert told["json"] == {"a": [1, "ب"]}
    assert told["headers"]["Content-Type"].startswith("application/json")
    assert (await client.send_once("POST", "things", json={})).json()["json"] == {}


async def test_headers_of_one_request_are_added_to_the_accounts(client):
    headers = (await client.read("GET", "x", headers={"Authorization": "Bearer t"})).json()["headers"]
    assert (headers["X-Always"], headers["Authorization"]) == ("1", "Bearer t")
    assert "Authorization" not in (await client.read("GET", "x")).json()["headers"]


async def test_a_file_goes_out_with_the_forms_other_fields(client):
    upload = Upload(name="file", filename="fax.tif", content=b"II*", media_type="image/tiff")
    told = (await client.send_once("POST", "up", upload=upload, form={"ext": 5})).json()
    assert told["files"] == {"ext": "5", "file": ["fax.tif", "image/tiff", "II*"]}
    assert "II*" not in repr(upload)


async def test_cookies_are_returned_and_never_kept(client, echo, limits):
    assert (await client.read("GET", "x")).cookies == {"session": "s3cr3t"}
    assert "Cookie" not in (await client.read("GET", "x")).json()["headers"]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as lender:
        await (await lender.get(echo)).read()
        assert list(lender.cookie_jar)
        async with Transport(echo, label="Acme", session=lender, limits=limits) as other:
            for send in (other.read, other.send_once):
                assert "Cookie" not in (await send("POST", "x")).json()["headers"]


async def test_a_lent_session_stays_open_and_its_connections_are_used(echo, limits):
    async with aiohttp.ClientSession() as lender:
        async with Transport(echo, label="Acme", session=lender, limits=limits) as transport:
            await transport.read("GET", "x")
            assert len(lender.connector._conns) == 1
        assert not lender.closed
        async with lender.get(echo) as answer:
            assert answer.status == 200


async def test_a_redirect_is_returned_where_it_is_asked_for_and_never_followed(client):
    reply = await client.read("POST", "redirect", redirects=True)
    assert (reply.status, reply.cookies) == (302, {"session": "abc"})
    with pytest.raises(ConnectionFailedError, match="redirects"):
        await client.read("POST", "redirect")


async def test_an_unknown_outcome_says_what_may_have_happened_and_what_to_check(client):
    with pytest.raises(OutcomeUnknownError, match="The phone may be ringing. Check the call list before you try again"):
        await client.send_once("POST", "fail")
    with pytest.raises(OutcomeUnknownError, match="The entry may have been added. Check the list before you try again"):
        await client.send_once("POST", "fail", effect="The entry may have been added. Check the list")


def test_a_reply_tells_its_headers_in_any_spelling_and_shows_no_secret():
    reply = Reply(200, {"CONTENT-type": "Text/XML; charset=x", "X-A": "9120000123"}, b"9120000123", "Acme", {"s": "t"})
    assert (reply.media_type, reply.header("x-a"), reply.header("x-b")) == ("text/xml", "9120000123", "")
    assert "9120000123" not in repr(reply)
    assert str(reply.wrong("XML")) == "Acme sent a reply that isn't XML (HTTP 200, text/xml, 10 bytes)"
    assert isinstance(reply.wrong("XML"), DataError)


@pytest.mark.parametrize(
    ("status", "unknown"),
    [
        (200, False),
        (400, False),
        (404, False),
        (408, True),
        (500, True),
        (501, False),
        (502, True),
        (520, True),
        (524, True),
    ],
)
async def test_which_statuses_leave_open_what_became_of_a_request(limits, status, unknown):
    async def handle(_request):
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/call", handle)
    async with (
        TestServer(app, host="127.0.0.1") as server,
        Transport(f"http://127.0.0.1:{server.port}", label="Acme", limits=limits) as transport,
    ):
        if unknown:
            with pytest.raises(OutcomeUnknownError, match=f"HTTP {status}"):
                await transport.send_once("POST", "call")
        else:
            assert (await transport.send_once("POST", "call")).status == status
        assert transport.requests == 1
