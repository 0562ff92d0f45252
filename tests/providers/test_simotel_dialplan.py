"""What Simotel's dialplan components ask, and the replies that they take, by the samples of the provider's pages."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from trunkline.errors import DataError, RequestError, UnsupportedError
from trunkline.model import Party, Route, RouteRequest, VoiceCommand, VoiceCommandKind
from trunkline.providers import open_account

KIND = VoiceCommandKind
# The page of the scenario for Smart API, and the field for calls that were placed from outside.
REQUEST = {"src": "09150000041", "dst": "789", "app_name": "s2", "data": "2"}
READ = RouteRequest(component="s2", caller=Party("09150000041", "+989150000041"), dialled=Party("789"), digits="2")


@pytest.fixture
async def account():
    async with open_account("simotel", base_url="http://127.0.0.1:9/api/v4", username="a", password="b") as opened:
        yield opened


@pytest.mark.parametrize(
    "payload",
    [REQUEST, json.dumps(REQUEST).encode(), urlencode(REQUEST).encode(), json.dumps({**REQUEST, "data": 2}).encode()],
    ids=["query", "json", "form", "number"],
)
async def test_request_is_read_in_every_form(account, payload):
    assert account.parse_route_request(payload) == READ


async def test_ids_are_read_and_empty_fields_are_none(account):
    request = account.parse_route_request(
        {"src": "", "dst": "31000000", "data": "", "unique_id": "1624340875.7", "app_name": "Extension API",
         "originated_call_id": "5b"}
    )  # fmt: skip
    assert request == RouteRequest(
        component="Extension API",
        call_id="1624340875.7",
        dialled=request.dialled,
        placed_call_id="5b",
    )
    assert "31000000" not in repr(request)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"app_name": ""}, "app_name"),
        ({"app_name": None}, "app_name"),
        ({"data": "1; drop"}, "data"),
        ({"data": "1" * 41}, "data"),
        ({"src": ["0912"]}, "src"),
    ],
)
async def test_malformed_request_is_an_error_that_names_the_field(account, change, field):
    with pytest.raises(DataError) as raised:
        account.parse_route_request({**REQUEST, **change})
    assert raised.value.field == field


@pytest.mark.parametrize("payload", [b"", b"[]", b"\xff\x00", b"x" * (2 << 20)])
async def test_body_that_is_no_request_is_an_error(account, payload):
    with pytest.raises(DataError):
        account.parse_route_request(payload)


@pytest.mark.parametrize(
    ("route", "reply"),
    [
        (Route(extension="120"), {"ok": "1", "extension": "120"}),
        (
            Route(trunk="NasimTrunk", extension="09150000541", limit=300),
            {"ok": "1", "trunk": "NasimTrunk", "extension": "09150000541", "call_limit": "300"},
        ),
        (Route(exit="3"), {"ok": "1", "case": "3"}),
        (None, {"ok": "0"}),
    ],
)
async def test_replies_are_those_of_the_pages(account, route, reply):
    assert json.loads(account.route_reply(route)) == reply


# Each function as its page writes it.
COMMANDS = [
    (KIND.PLAY, ("filename-nasim",), "PlayAnnouncement('filename-nasim');"),
    (KIND.PLAY, ("id:5be6a5f294c28e3f068b4575",), "PlayAnnouncement('id:5be6a5f294c28e3f068b4575');"),
    (KIND.PLAY_SYSTEM_SOUND, ("hello-world",), "Playback('hello-world');"),
    (KIND.SAY_NUMBER, (5201,), "SayNumber(5201);"),
    (KIND.SAY_DIGITS, ("1239",), "SayDigit(1239);"),
    # 6 days, 16 hours, 0 minutes and 51 seconds.
    (KIND.SAY_DURATION, (6 * 86400 + 16 * 3600 + 51,), "SayDuration('6.16:00:51');"),
    (KIND.SAY_TIME, ("12:14:09",), "SayClock('12:14:09');"),
    (KIND.SAY_TIME, ("08:05",), "SayClock('08:05:00');"),
    (KIND.SAY_DATE, ("1395-02-21", "jalali"), "SayDate('1395-02-21', 'jalali');"),
    (KIND.SAY_DATE, ("2026-02-28", "gregorian"), "SayDate('2026-02-28', 'gregorian');"),
    (KIND.ASK_DIGITS, ("filename01&filename03", 10, 1), "GetData('filename01&filename03', 10, 1);"),
    (KIND.PLAY_MUSIC, ("default", 60), "MusicOnHold('default', 60);"),
    (KIND.SET_EXTENSION, ("200",), "SetExten('200');"),
    (KIND.LIMIT_CALL, (150,), "SetLimitOnCall(150);"),
    (KIND.CLEAR_DIGITS, (), "ClearUserData();"),
    (KIND.EXIT, ("3",), "Exit('3');"),
]


@pytest.mark.parametrize(("kind", "arguments", "text"), COMMANDS)
async def test_command_is_written_as_its_page_says(account, kind, arguments, text):
    reply = json.loads(account.route_reply(Route(commands=(VoiceCommand(kind, arguments),))))
    assert reply == {"ok": "1", "commands": text}


async def test_every_command_is_tested_and_all_come_in_their_order(account):
    assert {kind for kind, _, _ in COMMANDS} == set(VoiceCommandKind)
    reply = account.route_reply(Route(commands=tuple(VoiceCommand(kind, arguments) for kind, arguments, _ in COMMANDS)))
    assert json.loads(reply)["commands"] == " ".join(text for _, _, text in COMMANDS)


@pytest.mark.parametrize(
    "route",
    [
        Route(),
        Route(extension="120", exit="3"),
        Route(exit="3", commands=(VoiceCommand(KIND.CLEAR_DIGITS),)),
        Route(trunk="NasimTrunk"),
        Route(exit="3", limit=300),
        Route(exit="3'); SetExten('900"),
        Route(trunk="a;b", extension="120"),
        Route(extension="120", limit=0),
        Route(commands=(VoiceCommand(KIND.EXIT, ("3",)), VoiceCommand(KIND.SAY_NUMBER, (1,)))),
        Route(commands=(VoiceCommand(KIND.CLEAR_DIGITS),) * 51),
        Route(commands=(VoiceCommand(KIND.PLAY, ("x'); Exit('gate",)),)),
        Route(commands=(VoiceCommand(KIND.PLAY, ()),)),
        Route(commands=(VoiceCommand(KIND.PLAY, (7,)),)),
        Route(commands=(VoiceCommand(KIND.SAY_NUMBER, (True,)),)),
        Route(commands=(VoiceCommand(KIND.SAY_NUMBER, (-1,)),)),
        Route(commands=(VoiceCommand(KIND.SAY_DIGITS, ("12a",)),)),
        Route(commands=(VoiceCommand(KIND.SAY_TIME, ("25:00",)),)),
        Route(commands=(VoiceCommand(KIND.SAY_TIME, ("12:00+03:30",)),)),
        Route(commands=(VoiceCommand(KIND.SAY_DATE, ("2026-02-30", "gregorian")),)),
        Route(commands=(VoiceCommand(KIND.SAY_DATE, ("2026-02-28", "julian")),)),
        Route(commands=(VoiceCommand(KIND.ASK_DIGITS, ("file", 0, 1)),)),
        Route(commands=(VoiceCommand(KIND.ASK_DIGITS, ("file", 10, 41)),)),
    ],
)
async def test_route_that_no_reply_can_carry_is_refused(account, route):
    with pytest.raises(DataError) as raised:
        account.route_reply(route)
    assert "\n" not in str(raised.value)


async def test_extension_that_cannot_be_dialled_is_refused(account):
    for route in (Route(extension="x"), Route(commands=(VoiceCommand(KIND.SET_EXTENSION, ("1'2",)),))):
        with pytest.raises(RequestError):
            account.route_reply(route)


async def test_a_provider_without_a_telephone_system_says_so():
    async with open_account("telefonchy", token="t") as account:
        for ask in (lambda: account.parse_route_request(REQUEST), lambda: account.route_reply(None)):
            with pytest.raises(UnsupportedError, match="Telefonchy has no"):
                ask()
