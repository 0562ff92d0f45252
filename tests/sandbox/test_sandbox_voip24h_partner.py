"""Voip24h's partner wire in the sandbox: one world under Vietnamese numbers, its switches, and what it refuses.

The document's requests are walked in tests/providers/test_voip24h_document.py.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.sandbox.voip24h import localization

OWN = "voip24h"


async def ask(client, request_type, data, *, account=0, body=None):
    where = client.sandbox.accounts[OWN][account]
    sent = {"requestType": request_type, "partnerSecret": where.credentials["partner_secret"], "data": data}
    async with client.session.post(where.base_url, data=json.dumps(sent if body is None else body)) as response:
        return response.status, await response.json()


WHOLE_TIME = {"fromDate": "01/01/2020", "toDate": "31/12/2035"}


@given(st.from_regex(r"[1-9][0-9]{6,11}", fullmatch=True) | st.from_regex(r"912000[0-9]{4}", fullmatch=True))
def test_a_number_that_is_turned_twice_is_itself(number):
    assert localization.turned(localization.turned(number)) == number
    assert localization.in_world(localization.written(number)) == number


@pytest.mark.parametrize(
    ("world", "written"),
    [
        ("9120000123", "0950000123"),
        ("2100000010", "02400000010"),
        ("5100000010", "02800000010"),
        # Area codes of three digits take the zero that no exchange begins a number with.
        ("3100000456", "02360000456"),
        ("7100000456", "02340000456"),
        ("1510", "1510"),
        ("982056720", "0982056720"),
    ],
)
def test_the_worlds_numbers_are_vietnamese_ones(world, written):
    assert localization.written(world) == written
    assert localization.in_world(written) == world
    if len(world) > 4:
        assert {localization.in_world(f"{code}{written[1:]}") for code in ("+84", "0084")} == {world}


async def test_every_number_that_is_shown_is_turned_and_no_trunks_is_missing(start):
    client = await start(calls=400)
    _, reply = await ask(client, "getDate", WHOLE_TIME)
    numbers = {row["phoneNumber"] for row in reply["data"]}
    outside = {number for number in numbers if len(number) > 4}
    assert outside
    assert all(number[:2] in {"02", "09"} and len(number) in {10, 11} for number in outside)
    assert {len(number) for number in outside if number[1] == "9"} == {10}
    assert client.sandbox.accounts[OWN][0].trunks == ("2400000010", "2400000011")
    assert client.sandbox.accounts[OWN][1].trunks == ("2800000010",)


async def test_the_accounts_are_the_two_offices(start):
    client = await start(calls=60)
    first, second = client.sandbox.accounts[OWN]
    assert (first.provider, first.dialect, first.credentials["account"]) == ("voip24h", "partner", "main")
    assert (second.title, second.credentials["account"]) == ("Chi nhánh Thành phố Hồ Chí Minh", "branch")
    assert first.credentials["partner_secret"] != second.credentials["partner_secret"]
    for account, office in enumerate(client.sandbox.world.offices):
        _, reply = await ask(client, "getDate", WHOLE_TIME, account=account)
        assert len(reply["data"]) == len(office.calls)


async def test_what_happens_shows_on_every_wire(start):
    client = await start(calls=0)
    await client.control(do="call", provider=OWN, type="outgoing", number="9120000123", exten="1510", talk=31, wait=4)
    await client.control(do="call", provider="telefonchy", type="local", number="1511", exten="1510", talk=5)
    _, reply = await ask(client, "getUser", {"user": "1510"})
    shown = [(row["callType"], row["user"], row["phoneNumber"], row["duration"]) for row in reply["data"]]
    assert sorted(shown) == [("OUTBOUND", "1510", "0950000123", 31), ("OUTBOUND", "1510", "1511", 5)]
    calls, _ = await client.calls()
    assert {call["time_talk"] for call in calls} == {"31", "5"}


async def test_incoming_calls_are_external_at_an_extension_and_inbound_where_none_rang(start):
    client = await start(calls=600)
    _, reply = await ask(client, "getDate", WHOLE_TIME)
    incoming = [row for row in reply["data"] if row["callType"] != "OUTBOUND"]
    assert {row["callType"] for row in incoming} == {"INBOUND", "EXTERNAL"}
    assert all((row["callType"] == "INBOUND") is (row["user"] == "") for row in incoming)


@pytest.mark.parametrize("body", [[], "x", {}, {"requestType": 7}, {"requestType": ["getUser"]}])
async def test_a_body_that_is_no_request_is_a_failure(start, body):
    client = await start(calls=0)
    status, reply = await ask(client, "", {}, body=body)
    assert (status, list(reply), reply["respCode"], reply["data"]) == (200, ["respCode", "respMsg", "data"], -1, None)


async def test_a_body_that_is_no_json_is_a_failure(start):
    client = await start(calls=0)
    async with client.session.post(client.sandbox.accounts[OWN][0].base_url, data=b"{") as response:
        assert await response.json() == {"respCode": -1, "respMsg": "Request body is invalid", "data": None}


async def test_numbers_may_come_as_numbers(start):
    client = await start(calls=60)
    _, as_text = await ask(client, "getUser", {"user": "1510"})
    assert await ask(client, "getUser", {"user": 1510}) == (200, as_text)


async def test_a_secret_that_is_withdrawn_opens_nothing(start):
    client = await start(calls=0)
    old = client.sandbox.accounts[OWN][0].credentials["partner_secret"]
    _, answer = await client.control(do="rotate_token", provider=OWN)
    assert answer["credentials"]["partner_secret"] not in {old, None}
    body = {"requestType": "getUser", "partnerSecret": old, "data": {"user": "1510"}}
    assert (await ask(client, "", {}, body=body))[1]["respMsg"] == "partnerSecret is invalid"
    assert (await ask(client, "getUser", {"user": "1510"}))[1]["respCode"] == 0


@pytest.mark.parametrize(
    ("setting", "value"), [("edition", "2.0"), ("edition", 1.1), ("failure_status", True), ("nothing", 1)]
)
async def test_switches_take_what_there_is_to_choose(start, setting, value):
    client = await start(calls=0)
    status, answer = await client.control(do="set", provider=OWN, setting=setting, value=value)
    assert status == 400
    assert setting in answer["error"]
    assert (await client.control(do="set", provider=OWN, setting="edition", value="1.0"))[0] == 200


async def test_faults_strike_its_lists(start):
    client = await start(calls=60)
    await client.control(do="fault", kind="unknown_status", provider=OWN, text="PARKED")
    _, reply = await ask(client, "getDate", WHOLE_TIME)
    assert {row["callStatus"] for row in reply["data"]} == {"PARKED"}
    await client.control(do="clear")
    await client.control(do="fault", kind="expired_token", provider=OWN)
    assert (await ask(client, "getDate", WHOLE_TIME))[1]["respCode"] == -1


async def test_links_open_one_recording_of_one_office(start):
    client = await start(calls=300)
    office = client.sandbox.world.offices[0]
    position = next(at for at in office.calls.listed() if office.calls.file_id[at])
    _, reply = await ask(client, "recordingDownload", {"callId": localization.unique_id(office, position)})
    link = reply["data"]["link"]
    parts = parse_qs(urlsplit(link).query)

    async def get(url, method="GET"):
        async with client.session.request(method, url) as response:
            return response.status, response.content_type

    assert await get(link) == (200, "audio/x-gsm")
    assert await get(link, "POST") == (405, "text/html")
    assert (await get(link.replace(parts["host"][0], "e30=")))[0] == 404
    assert (await get(f"{link}x"))[0] == 404
    other = next(at for at in office.calls.listed() if not office.calls.file_id[at])
    unrecorded = localization.recording_name(client.sandbox.world, office, other)
    assert (await get(link.replace(parts["recordingFile"][0], f"{unrecorded}.gsm")))[0] == 404
    _, reply = await ask(client, "recordingListen", {"callId": localization.unique_id(office, position)})
    assert await get(reply["data"]["link"]) == (200, "text/html")
    _, reply = await ask(client, "recordingDownload", {"callId": localization.unique_id(office, position)}, account=1)
    assert reply["respCode"] == -1
