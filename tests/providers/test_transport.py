"""The HTTP client against a real server that fails in every way a provider can."""

from __future__ import annotations

import asyncio
import gzip
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from trunkline.errors import (
    ConfigError,
    ConnectionFailedError,
    DataError,
    OutcomeUnknownError,
    ProviderError,
    RateLimitedError,
    TrunklineError,
)
from trunkline.transport import Limits, Transport, retry_after

SECRET = "tok-0123456789abcdef"
NUMBER = "09120000123"


class Provider:
    """A server whose next answers are a list of handlers; the last one stays."""

    def __init__(self):
        self.answers = []
        self.seen = []

    async def handle(self, request):
        self.seen.append((request.method, request.path, dict(request.query), request.headers.get("webservice-token")))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request)


def reply(text="{}", **kw):
    async def answer(_request):
        return web.Response(
            text=text,
            content_type=kw.get("content_type", "application/json"),
            **{k: v for k, v in kw.items() if k != "content_type"},
        )

    return answer


async def cut_before(request):
    request.transport.close()
    return web.Response()


async def cut_inside(request):
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"half":')
    request.transport.close()
    return response


async def never(_request):
    await asyncio.sleep(30)
    return web.Response()


@pytest.fixture
async def provider():
    provider = Provider()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", provider.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    provider.url = f"http://127.0.0.1:{server.port}/api/v1"
    yield provider
    await server.close()


@pytest.fixture
async def client(provider, limits):
    async with Transport(
        provider.url, label="Telefonchy", headers={"webservice-token": SECRET}, limits=limits
    ) as client:
        yield client


def gives_nothing_away(error):
    text = f"{error!s} {error!r} {error.__cause__!r}"
    foreign = error.__context__ is not None and not isinstance(error.__context__, TrunklineError)
    return SECRET not in text and NUMBER not in text and not foreign


async def test_a_read_returns_the_whole_reply_and_sends_the_headers(provider, client):
    provider.answers = [reply('{"a": 1}')]
    answer = await client.read("GET", "/calls", params={"to": NUMBER})
    assert answer.json() == {"a": 1}
    assert provider.seen == [("GET", "/api/v1/calls", {"to": NUMBER}, SECRET)]
    assert client.requests == 1
    assert NUMBER not in repr(answer)


@pytest.mark.parametrize(
    "failure",
    [reply(status=500), reply(status=503), cut_before, cut_inside, reply(status=429, headers={"Retry-After": "0"})],
)
async def test_a_read_is_repeated_until_it_works(provider, client, failure):
    provider.answers = [failure, failure, reply('{"a": 1}')]
    assert (await client.read("GET", "calls")).json() == {"a": 1}
    assert client.requests <= 3


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (reply(status=502), ProviderError),
        (cut_before, ConnectionFailedError),
        (cut_inside, ConnectionFailedError),
        (reply(status=429), RateLimitedError),
    ],
)
async def test_a_read_gives_up_after_its_attempts_with_an_error_that_gives_nothing_away(
    provider, client, failure, error
):
    provider.answers = [failure]
    with pytest.raises(error) as caught:
        await client.read("GET", "calls", params={"to": NUMBER})
    assert gives_nothing_away(caught.value) or caught.value.__context__ is None
    assert "Telefonchy" in str(caught.value)
    assert client.requests == 3


async def test_a_wait_that_is_longer_than_its_patience_is_left_to_the_caller(provider, client):
    provider.answers = [reply(status=429, headers={"Retry-After": "120"})]
    with pytest.raises(RateLimitedError) as caught:
        await client.read("GET", "calls")
    assert caught.value.retry_after == 120
    assert client.requests == 1


@pytest.mark.parametrize("failure", [cut_before, cut_inside, never, reply(status=500), reply(status=504)])
async def test_a_request_that_may_cost_money_is_sent_once_whatever_happens(provider, limits, failure):
    provider.answers = [failure]
    quick = Limits(total=0.2, attempts=limits.attempts, backoff=0.001)
    async with Transport(provider.url, label="Telefonchy", limits=quick) as client:
        with pytest.raises(OutcomeUnknownError, match="before you try again") as caught:
            await client.send_once("GET", "smartcall", params={"to": NUMBER})
        assert NUMBER not in str(caught.value)
        assert client.requests == 1
    assert len(provider.seen) == 1


async def test_a_request_that_may_cost_money_is_not_repeated_over_a_connection_that_was_kept(provider, client):
    provider.answers = [reply(), cut_before]
    await client.read("GET", "calls")
    with pytest.raises(OutcomeUnknownError):
        await client.send_once("GET", "smartcall")
    assert [path for _, path, _, _ in provider.seen] == ["/api/v1/calls", "/api/v1/smartcall"]


async def test_a_huge_answer_to_a_request_that_may_cost_money_leaves_its_outcome_unknown(provider, client):
    provider.answers = [reply("x" * (2 << 20))]
    with pytest.raises(OutcomeUnknownError):
        await client.send_once("GET", "smartcall")
    assert client.requests == 1


async def test_a_provider_that_is_not_there_was_sent_nothing(unused_tcp_port_factory, limits):
    async with Transport(f"http://127.0.0.1:{unused_tcp_port_factory()}", label="Telefonchy", limits=limits) as client:
        with pytest.raises(ConnectionFailedError, match="connection refused"):
            await client.send_once("GET", "smartcall")
        assert client.requests == 1
        with pytest.raises(ConnectionFailedError, match="connection refused"):
            await client.read("GET", "calls")


async def test_a_slow_read_ends(provider):
    provider.answers = [never]
    async with Transport(provider.url, label="Telefonchy", limits=Limits(total=0.1, attempts=1)) as client:
        with pytest.raises(ConnectionFailedError, match="did not answer within 0.1 s"):
            await client.read("GET", "calls")


async def test_an_answer_that_drips_ends_by_the_total_time(provider):
    async def drip(request):
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b" ")
            await asyncio.sleep(0.05)
        return response

    provider.answers = [drip]
    async with Transport(provider.url, label="Telefonchy", limits=Limits(total=0.3, attempts=1)) as client:
        with pytest.raises(ConnectionFailedError, match="did not answer within"):
            await client.read("GET", "calls")


async def test_a_body_over_the_cap_is_not_read_to_its_end(provider, client):
    sent = 0

    async def huge(request):
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(4096):
            await response.write(b"x" * 65536)
            sent += 65536
        return response

    provider.answers = [huge]
    with pytest.raises(DataError, match="more than 1 MiB"):
        await client.read("GET", "calls")
    assert sent < 64 << 20
    assert client.requests == 1


async def test_a_declared_length_over_the_cap_is_refused_at_once(provider, client):
    provider.answers = [reply("x" * (2 << 20))]
    with pytest.raises(DataError):
        await client.read("GET", "calls")


async def test_a_small_body_that_unpacks_to_a_huge_one_is_refused(provider, client):
    async def bomb(_request):
        return web.Response(body=gzip.compress(b" " * (32 << 20)), headers={"Content-Encoding": "gzip"})

    provider.answers = [bomb]
    with pytest.raises(DataError, match="more than 1 MiB"):
        await client.read("GET", "calls")


async def test_what_is_not_json_says_so_without_showing_it(provider, client):
    provider.answers = [reply(f"<html>{NUMBER}</html>", content_type="text/html")]
    answer = await client.read("GET", "calls")
    with pytest.raises(DataError, match="isn't JSON") as caught:
        answer.json()
    assert NUMBER not in str(caught.value)
    assert "text/html" in str(caught.value)


async def test_redirects_are_not_followed_with_credentials(provider, client):
    provider.answers = [reply(status=302, headers={"Location": "http://127.0.0.2/elsewhere"})]
    with pytest.raises(ConnectionFailedError, match="redirects"):
        await client.read("GET", "calls")
    assert {path for _, path, _, _ in provider.seen} == {"/api/v1/calls"}


async def test_a_cancelled_read_leaves_no_connection_behind(provider, limits):
    provider.answers = [never]
    async with aiohttp.ClientSession() as session:
        client = Transport(provider.url, label="Telefonchy", session=session, limits=Limits(total=30))
        task = asyncio.create_task(client.read("GET", "calls"))
        while not provider.seen:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not session.connector._acquired
        await client.close()
        assert not session.closed


async def test_requests_keep_their_distance(monkeypatch):
    clock, waits = [100.0], []

    async def sleep(seconds):
        waits.append(round(seconds, 6))
        clock[0] += seconds

    client = Transport("http://127.0.0.1/", label="Telefonchy", limits=Limits(interval=0.05))
    with monkeypatch.context() as patched:
        patched.setattr("trunkline.transport.client.asyncio.sleep", sleep)
        patched.setattr(asyncio.get_running_loop(), "time", lambda: clock[0])
        await client._wait_for_turn()
        await client._wait_for_turn()
        clock[0] += 0.02
        await client._wait_for_turn()
        clock[0] += 1
        await client._wait_for_turn()
    assert waits == [0.05, 0.03]


@pytest.mark.parametrize(
    "url", ["", "telefonchy.com", "ftp://host/", "http://", "https://user:pw@host/", "https://host/?a=1", "http://[bad"]
)
def test_an_address_that_cannot_work_is_refused_at_once(url):
    with pytest.raises(ConfigError) as caught:
        Transport(url, label="Telefonchy")
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17", 17.0),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("1.5", None),
        # An hour is the longest wait.
        ("3601", 3600.0),
        ("999999999", 3600.0),
        ("9" * 4000, 3600.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 3600.0),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0),
        ("Fri, 31 Dec 10000 23:59:59 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 +999999999999", None),
        ("21 Oct", None),
    ],
)
def test_retry_after_in_seconds(text, expected):
    assert retry_after({"retry-after": text}) == expected


@pytest.mark.parametrize(
    ("asked", "kept"),
    [(None, None), (90, 90), (0, 0), (-5, 0), (3600, 3600), (3601, 3600), (1e300, 3600), (float("inf"), 3600)],
)
def test_whoever_raises_the_error_asks_for_an_hour_at_most(asked, kept):
    assert RateLimitedError("why", retry_after=asked).retry_after == kept
    assert RateLimitedError("why", retry_after=float("nan")).retry_after is None


def test_any_header_is_a_time_to_wait_or_none():
    generator = random.Random(3)
    parts = ("Fri, ", "31 ", "Dec ", "9999 ", "0001 ", "99999999999 ", "23:59:59 ", "24:61:61 ", "-1:0:0 ", "GMT", "+9999", "-0000", "+99999999999999", "(", ")", ",", "2015-", "\u0661", "\x00", "1e5", "-", "Jan", "29 Feb 2015 ")  # fmt: skip
    for _ in range(3000):
        wait = retry_after({"Retry-After": "".join(generator.choices(parts, k=generator.randint(1, 7)))})
        assert wait is None or 0 <= wait <= 3600


def test_retry_after_as_a_date():
    later = datetime.now(UTC) + timedelta(seconds=90)
    assert 80 < retry_after({"Retry-After": format_datetime(later, usegmt=True)}) <= 90
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert 80 < retry_after({"Retry-After": later.strftime("%a, %d %b %Y %H:%M:%S -0000")}) <= 90


@pytest.mark.parametrize("slash", ["", "/"])
async def test_an_empty_path_is_the_base_address_itself(provider, limits, slash):
    provider.answers = [reply()]
    async with Transport(provider.url + slash, label="Telefonchy", limits=limits) as client:
        await client.read("POST", "")
        await client.send_once("POST", "")
        await client.read("GET", "calls/")
    assert [path for _, path, _, _ in provider.seen] == ["/api/v1", "/api/v1", "/api/v1/calls/"]


async def test_a_whole_address_is_asked_as_it_is_and_gets_the_headers_at_the_same_origin_only(
    provider, client, unused_tcp_port_factory
):
    provider.answers = [reply()]
    server = URL(provider.url)
    link = URL(f"{server.origin()}/files/a%2Fb?host=e%2Bw==&file=x.gsm", encoded=True)
    await client.read("GET", link)
    assert provider.seen == [("GET", "/files/a/b", {"host": "e+w==", "file": "x.gsm"}, SECRET)]
    elsewhere = Transport(
        f"http://127.0.0.1:{unused_tcp_port_factory()}", label="Telefonchy", headers={"webservice-token": SECRET}
    )
    async with elsewhere:
        await elsewhere.read("GET", link)
    assert provider.seen[-1][-1] is None


async def test_a_limit_counts_also_for_a_request_that_is_sent_once(provider, client):
    provider.answers = [reply(status=429)]
    assert (await client.send_once("POST", "call")).status == 429
    assert client.rate_limited == 1


async def test_an_error_has_no_foreign_exception_behind_it_that_could_show_the_address(provider, client):
    provider.answers = [cut_before]
    for request in (client.read("GET", "calls", params={"to": NUMBER}), client.send_once("GET", "call")):
        with pytest.raises(TrunklineError) as caught:
            await request
        error = caught.value
        while error is not None:
            assert isinstance(error, TrunklineError)
            error = error.__context__


async def test_a_name_server_that_does_not_answer_leaves_no_doubt_that_nothing_was_sent(provider, monkeypatch):
    async def wait(*_args, **_more):
        await asyncio.sleep(30)

    monkeypatch.setattr("aiohttp.TCPConnector._resolve_host", wait)
    async with Transport("http://pbx.example/api", label="Simotel", limits=Limits(total=0.2)) as client:
        with pytest.raises(ConnectionFailedError, match="Simotel could not be reached within 0.2 s"):
            await client.send_once("POST", "call")


async def test_an_answer_that_does_not_come_leaves_the_outcome_unknown(provider):
    provider.answers = [never]
    async with Transport(provider.url, label="Simotel", limits=Limits(total=0.2)) as client:
        with pytest.raises(OutcomeUnknownError, match="did not answer within 0.2 s"):
            await client.send_once("POST", "call")
