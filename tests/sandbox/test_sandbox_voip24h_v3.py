"""Voip24h's v3 wire in the sandbox: its tokens, switches, pushes and what it refuses.

Its requests are walked in tests/providers/test_voip24h_v3.py.
"""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.patience import PATIENCE

OWN = "voip24h-v3"


async def login(client, account=0, **more):
    where = client.sandbox.accounts[OWN][account]
    given = {"apiKey": where.credentials["api_key"], "apiSecret": where.credentials["api_secret"], **more}
    async with client.session.post(f"{where.base_url}/authentication", json=given) as response:
        return (await response.json())["data"]


async def ask(client, method, path, token, **more):
    base = client.sandbox.accounts[OWN][0].base_url
    headers = {"Authorization": f"Bearer {token}"}
    async with client.session.request(method, base + path, headers=headers, **more) as response:
        return response.status, await response.json()


@pytest.mark.parametrize(("long_lived", "days"), [("true", 7), (True, 7), ("false", 1), (False, 1)])
async def test_tokens_live_by_the_sandboxs_clock(start, long_lived, days):
    client = await start(calls=10)
    await client.control(do="clock", freeze=True)
    data = await login(client, isLonglive=long_lived)
    assert data["isLongLive"] is (days == 7)
    await client.control(do="clock", move=days * 86400 - 1)
    assert (await ask(client, "GET", "/call/history", data["token"]))[0] == 200
    await client.control(do="clock", move=1)
    assert await ask(client, "GET", "/call/history", data["token"]) == (
        401,
        {"status": 401, "message": "Account does not exist"},
    )


async def test_times_are_vietnams(start):
    client = await start(calls=0)
    # 2026-09-17 03:39:53 UTC.
    await client.control(do="clock", freeze=True, set=1789616393)
    data = await login(client)
    assert (data["createAt"], data["expired"]) == ("2026-09-17 10:39:53", "2026-09-18 10:39:53")


async def test_a_token_opens_its_own_office_and_a_withdrawn_key_none(start):
    client = await start(calls=100)
    tokens = [(await login(client, account))["token"] for account in (0, 1)]
    for token, office in zip(tokens, client.sandbox.world.offices, strict=True):
        _, reply = await ask(client, "GET", "/call/history", token, params={"limit": 200})
        assert len(reply["data"]) == len(office.calls)
    await client.control(do="rotate_token", provider=OWN, account=0)
    assert (await ask(client, "GET", "/call/history", tokens[0]))[0] == 401
    assert (await ask(client, "GET", "/call/history", tokens[1]))[0] == 200


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/authentication", {"json": {"apiKey": "x"}}, 400),
        ("/authentication", {"data": b"nonsense"}, 400),
        ("/authentication/", {"json": {"apiKey": "x", "apiSecret": "y"}}, 401),
        ("/call/dial", {"data": {"extension": "1510"}}, 400),
        ("/call/dial", {"data": {"extension": "1510", "phone": "a friend"}}, 400),
        ("/call/dial", {"json": {"extension": "1510", "phone": "0950000123"}}, 200),
        ("/webhook-call-log/", {"json": []}, 400),
        ("/nowhere", {}, 404),
    ],
)
async def test_what_is_missing_or_wrong_is_refused(start, path, more, status):
    client = await start(calls=0)
    got, reply = await ask(client, "POST", path, (await login(client))["token"], **more)
    assert (got, reply["status"]) == (status, status)
    assert reply["message"]


async def test_the_recording_is_asked_for_by_the_rows_id(start):
    client = await start(calls=200)
    token = (await login(client))["token"]
    _, reply = await ask(client, "GET", "/call/history", token, params={"limit": 200})
    recorded = next(row for row in reply["data"] if row["recordingFile"])
    assert (await ask(client, "GET", "/call/recording", token))[0] == 400
    for wrong in (recorded["callId"], "65f9b4aa4336cbd1158b4567", "z" * 24):
        assert (await ask(client, "GET", "/call/recording", token, params={"callId": wrong}))[0] == 404
    _, reply = await ask(client, "GET", "/call/recording", token, params={"callId": recorded["id"]})
    link = reply["data"]["media"]["wav"]
    for url, method, status in ((link, "GET", 200), (link, "POST", 405), (f"{link}0", "GET", 404)):
        async with client.session.request(method, url) as response:
            assert response.status == status


@pytest.mark.parametrize(
    ("setting", "value"), [("authentication", "both"), ("token_life", 7), ("token_life", True), ("nothing", 1)]
)
async def test_switches_take_what_there_is_to_choose(start, setting, value):
    client = await start(calls=0)
    status, answer = await client.control(do="set", provider=OWN, setting=setting, value=value)
    assert (status, setting in answer["error"]) == (400, True)


@pytest.fixture
async def receiver():
    received = []

    async def handle(request):
        received.append((request.method, request.content_type, dict(request.query), await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/hook", handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    yield f"http://127.0.0.1:{server.port}/hook", received
    await server.close()


async def delivered(client, wanted):
    """Wait for what is under way, and for as many deliveries as must come."""
    async with asyncio.timeout(PATIENCE):
        while len(client.sandbox.pushed) < wanted:
            await client.sandbox.pusher.idle()
            await asyncio.sleep(0.01)


async def test_only_what_an_address_was_registered_for_is_pushed_to_it(start, receiver):
    client = await start(calls=0)
    url, received = receiver
    token = (await login(client))["token"]
    registration = {
        "url": url,
        "method": "GET",
        "active": True,
        "param": {"auth": "", "type": "inbound", "disposition": "BUSY"},
    }
    assert (await ask(client, "POST", "/webhook-call-log/", token, json=registration))[0] == 200
    for kind, status in (("incoming", "ANSWERED"), ("outgoing", "BUSY"), ("incoming", "BUSY")):
        await client.control(do="call", type=kind, status=status)
    await delivered(client, 1)
    ((method, _, query, body),) = received
    assert (method, query["type"], query["disposition"], body) == ("GET", "inbound", "BUSY", b"")
    # A second registration of the same address takes the place of the first.
    assert (
        await ask(client, "POST", "/webhook-call-log/", token, json={**registration, "method": "POST", "param": {}})
    )[0] == 200
    await client.control(do="call", type="outgoing", status="NO ANSWER")
    await delivered(client, 2)
    assert [(item[0], item[1]) for item in received] == [
        ("GET", "application/octet-stream"),
        ("POST", "application/json"),
    ]
    assert json.loads(received[1][3])["disposition"] == "NO ANSWER"


async def test_control_can_send_its_pushes_somewhere_too(start, receiver):
    client = await start(calls=0)
    url, received = receiver
    status, _ = await client.control(do="push_to", provider=OWN, account=1, url=url, method="GET")
    assert status == 200
    await client.control(do="call", provider=OWN, account=1)
    await client.control(do="call", provider=OWN, account=0)
    await delivered(client, 1)
    assert [item[0] for item in received] == ["GET"]


async def test_an_account_has_so_many_addresses_and_no_more(start):
    client = await start(calls=0)
    token = (await login(client))["token"]
    statuses = [
        (
            await ask(
                client,
                "POST",
                "/webhook-call-log/",
                token,
                json={"url": f"http://127.0.0.1:1/{at}", "method": "POST", "active": True, "param": {}},
            )
        )[0]
        for at in range(21)
    ]
    assert statuses == [200] * 20 + [400]
