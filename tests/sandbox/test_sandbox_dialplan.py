"""Simotel's dialplan in the sandbox: what its components ask, and what becomes of a call by the reply."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest
from aiohttp import web


class Service:
    """A web service that notes what it is asked, and gives the replies that a test lays out."""

    def __init__(self):
        self.replies = []
        self.asked = []
        self.delay = 0.0

    async def handle(self, request):
        sent = dict(request.query)
        if request.method == "POST":
            sent = await (request.json() if request.content_type == "application/json" else request.post())
        self.asked.append((request.method, request.content_type, request.headers.get("Authorization"), dict(sent)))
        await asyncio.sleep(self.delay)
        reply = self.replies.pop(0)
        return web.Response(text=reply if isinstance(reply, str) else json.dumps(reply))


@pytest.fixture
async def service(aiohttp_server):
    made = Service()
    app = web.Application()
    app.router.add_route("*", "/route", made.handle)
    server = await aiohttp_server(app)
    made.url = str(server.make_url("/route"))
    return made


async def passage(start, service, **options):
    client = await start()
    status, _ = await client.control(do="dialplan", provider="simotel", url=service.url, **options)
    assert status == 200
    await client.sandbox.pusher.idle()
    _, state = await client.control(do="state")
    (found,) = state["dialplans"]
    return client, found


async def test_scenario_of_the_page_asks_for_a_digit_and_takes_its_exit(start, service):
    """Two Smart API components: the first asks for a digit, the second gets it and chooses the way."""
    service.replies = [
        {"ok": "1", "commands": "PlayAnnouncement('welcome-file');GetData('enter-data-file', 10, 1);Exit('go-s2')"},
        {"ok": "1", "commands": "Exit('go-b');"},
    ]
    _, found = await passage(
        start, service, steps=[["smart", "s1"], ["smart", "s2"]], number="09150000041", dialled="789", keys=["27"]
    )
    first, second = (sent for *_, sent in service.asked)
    assert first.keys() == {"src", "dst", "app_name", "data", "unique_id"}
    assert {**first, "unique_id": ""} == {
        "src": "09150000041", "dst": "789", "app_name": "s1", "data": "", "unique_id": "",
    }  # fmt: skip
    assert second == {**first, "app_name": "s2", "data": "2"}
    assert found == [
        {
            "component": "smart",
            "name": "s1",
            "status": 200,
            "heard": ["PlayAnnouncement welcome-file", "GetData enter-data-file 10 1"],
            "exit": "go-s2",
        },
        {"component": "smart", "name": "s2", "status": 200, "heard": [], "exit": "go-b"},
    ]


@pytest.mark.parametrize(
    ("component", "reply", "then"),
    [
        ("exten", {"ok": "1", "extension": "120"}, {"extension": "120", "exit": "S"}),
        (
            "trunk",
            {"ok": "1", "trunk": "NasimTrunk", "extension": "09150000541", "call_limit": "300"},
            {"trunk": "NasimTrunk", "extension": "09150000541", "call_limit": "300", "exit": "S"},
        ),
        ("ivr", {"ok": "1", "case": "3"}, {"exit": "3"}),
        (
            "smart",
            {"ok": "1", "commands": "SetExten('200'); SetLimitOnCall(150); ClearUserData(); Exit('3');"},
            {"extension": "200", "call_limit": "150", "exit": "3"},
        ),
    ],
)
async def test_component_does_what_the_reply_says(start, service, component, reply, then):
    service.replies = [reply]
    _, (step,) = await passage(start, service, steps=[[component, "one"]])
    assert step == {"component": component, "name": "one", "status": 200, "heard": [], **then}


@pytest.mark.parametrize(
    ("component", "reply"),
    [
        ("exten", {"ok": "0"}),
        ("exten", {"extension": "120"}),
        ("exten", {"ok": "1", "case": "3"}),
        ("trunk", {"ok": "1", "extension": "120"}),
        ("ivr", {"ok": "1", "case": ""}),
        ("ivr", "no JSON"),
        ("smart", {"ok": "1"}),
        ("smart", {"ok": "1", "commands": "Unheard('x'); Exit('3');"}),
        ("smart", {"ok": "1", "commands": "SayNumber('12'); Exit('3');"}),
        ("smart", {"ok": "1", "commands": "PlayAnnouncement('x');"}),
    ],
)
async def test_wrong_reply_takes_the_exit_for_failures(start, service, component, reply):
    service.replies = [reply]
    _, (step,) = await passage(start, service, steps=[[component, "one"], [component, "two"]])
    assert step["exit"] == {"exten": "F", "trunk": "F", "ivr": "e", "smart": "e"}[component]


async def test_reply_that_comes_too_late_takes_the_exit_for_failures(start, service):
    service.replies, service.delay = [{"ok": "1", "case": "3"}], 1.5
    _, (step,) = await passage(start, service, steps=[["ivr", "one"]])
    assert (step["status"], step["exit"]) == (None, "e")


@pytest.mark.parametrize(
    ("method", "sent_as"),
    [("POST", ("POST", "application/json")), ("FORM", ("POST", "application/x-www-form-urlencoded")),
     ("GET", ("GET", "application/octet-stream"))],
)  # fmt: skip
async def test_question_is_sent_as_the_exchange_is_set(start, service, method, sent_as):
    service.replies = [{"ok": "1", "case": "3"}]
    client, _ = await passage(start, service, steps=[["ivr", "menu"]], method=method, auth="basic")
    ((*form, authorization, fields),) = service.asked
    assert tuple(form) == sent_as
    credentials = client.sandbox.accounts["simotel"][0].credentials
    pair = f"{credentials['username']}:{credentials['password']}".encode()
    assert authorization == f"Basic {base64.b64encode(pair).decode()}"
    assert fields["app_name"] == "menu"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"provider": "telefonchy", "steps": [["ivr", "x"]]}, "asks nobody"),
        ({}, "steps must be a list"),
        ({"steps": [["menu", "x"]]}, "steps must be a list"),
        ({"steps": [["ivr", "x"]], "keys": "12"}, "keys must be a list"),
        ({"steps": [["ivr", "x"]], "method": "PUT"}, "method must be one of"),
        ({"steps": [["ivr", "x"]], "url": "http://example.com/"}, "loopback"),
        ({"steps": [["ivr", "x"]], "speed": 1}, "no option 'speed'"),
    ],
)
async def test_senseless_command_is_refused_with_one_line(start, options, says):
    client = await start()
    status, reply = await client.control(
        **{"do": "dialplan", "provider": "simotel", "url": "http://127.0.0.1:9/", **options}
    )
    assert status == 400
    assert says in reply["error"]
    assert "\n" not in reply["error"]
