"""A provider that the sandbox doesn't include is served next to the others, with control, faults and pushes."""

from __future__ import annotations

import json
import re
import textwrap

import pytest
from sandbox_hook import listening

import trunkline.sandbox
from trunkline.sandbox import Delivery, JsonWire, Outcome, Reply, Sandbox, SandboxAccount, to_json, wire
from trunkline.sandbox.run import announcement


class Acme(JsonWire):
    """A wire with one list of calls."""

    name = "acme"
    prefix = "/acme"
    calls_at = "calls"
    status_at = "calls[].status"

    def __init__(self, world):
        self.world = world
        self.tokens = ["first", "second"]
        self.currency = "IRR"

    def account_of(self, request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.tokens.index(token) if token in self.tokens else None

    def page_of(self, request):
        return 1 if request.path == "/calls" else None

    def answer(self, request):
        account = self.account_of(request)
        if account is None:
            return self.unauthorized()
        if request.path != "/calls":
            return Reply(404, to_json({"message": "Not Found"}))
        office = self.world.offices[account]
        calls = [{"id": call.call_id, "status": Outcome(call.outcome).name} for call in office.calls]
        return Reply(200, to_json({"calls": calls, "currency": self.currency}))

    def accounts(self, url):
        return [
            SandboxAccount.of_offices(
                [office], provider="acme", base_url=f"{url}{self.prefix}", credentials={"token": token}
            )
            for office, token in zip(self.world.offices, self.tokens, strict=True)
        ]

    def deliveries(self, office, position, options):
        return [Delivery(to_json({"id": office.calls.call_id[position]}))]

    def event(self, account, kind, fields, options):
        return Delivery(to_json({"event": kind, **fields}))

    def rotate(self, account):
        self.tokens[account] += "-renewed"
        return {"token": self.tokens[account]}

    def change(self, setting, value):
        if setting != "currency":
            super().change(setting, value)
        self.currency = value


@pytest.fixture
async def client(start):
    client = await start(extra_wires=[Acme], calls=20)

    async def calls(account=0):
        own = client.sandbox.accounts["acme"][account]
        headers = {"Authorization": f"Bearer {own.credentials['token']}"}
        async with client.session.get(f"{own.base_url}/calls", headers=headers) as response:
            return response.status, json.loads(await response.read())

    client.acme_calls = calls
    return client


async def test_an_extra_wire_answers_for_its_accounts(client):
    for account, office in enumerate(client.sandbox.world.offices):
        status, body = await client.acme_calls(account)
        assert status == 200
        assert [call["id"] for call in body["calls"]] == [call.call_id for call in office.calls]
    assert [(request.provider, request.path) for request in client.sandbox.requests] == [("acme", "/calls")] * 2


async def test_the_command_line_announces_an_extra_wire(client):
    line = announcement(client.sandbox)
    assert line["acme"]["base_url"] == f"{client.sandbox.url}/acme"
    assert [account["credentials"] for account in line["acme"]["accounts"]] == [{"token": "first"}, {"token": "second"}]


async def test_faults_apply_to_an_extra_wire(client):
    client.sandbox.faults.add("expired_token", provider="acme", count=1)
    assert (await client.acme_calls())[0] == 401
    client.sandbox.faults.add("unknown_status", provider="acme", count=1, text="ABDUCTED")
    assert {call["status"] for call in (await client.acme_calls())[1]["calls"]} == {"ABDUCTED"}
    client.sandbox.faults.add("duplicate", provider="acme", count=1)
    ids = [call["id"] for call in (await client.acme_calls())[1]["calls"]]
    assert ids[0] == ids[1]


async def test_control_changes_an_extra_wire(client):
    status, answer = await client.control(do="call", provider="acme", account=1)
    assert (status, answer["ok"]) == (200, True)
    assert answer["call_ids"][0] in {str(call["id"]) for call in (await client.acme_calls(1))[1]["calls"]}
    assert (await client.control(do="rotate_token", provider="acme"))[1]["credentials"] == {"token": "first-renewed"}
    assert (await client.acme_calls())[0] == 200
    assert (await client.control(do="set", provider="acme", setting="currency", value="EUR"))[0] == 200
    assert (await client.acme_calls())[1]["currency"] == "EUR"
    state = (await client.control(do="state"))[1]
    assert len(state["accounts"]["acme"]) == 2
    assert state["requests"]["acme /calls"] == 3


async def test_an_extra_wire_pushes_calls_and_events(client):
    async with listening() as hook:
        await client.control(do="push_to", provider="acme", url=hook.url)
        answer = (await client.control(do="call", provider="acme"))[1]
        await client.sandbox.pusher.idle()
        assert [str(record["id"]) for record in hook.records] == answer["call_ids"]
        await client.control(do="event", provider="acme", kind="Ringing", fields={"line": "1"})
        await client.sandbox.pusher.idle()
        assert hook.records[-1] == {"event": "Ringing", "line": "1"}


async def test_the_documented_example_is_a_complete_wire(start):
    example = re.search(r"\n\n( {4}class Acme.*)", wire.__doc__, re.DOTALL)[1]
    scope = {name: getattr(trunkline.sandbox, name) for name in trunkline.sandbox.__all__}
    exec(compile(f"from __future__ import annotations\n{textwrap.dedent(example)}", "example", "exec"), scope)
    client = await start(extra_wires=[scope["Acme"]], calls=5)
    account = client.sandbox.accounts["acme"][0]
    headers = {"Authorization": f"Bearer {account.credentials['token']}"}
    async with client.session.get(f"{account.base_url}/calls", headers=headers) as response:
        calls = (await response.json())["calls"]
    assert [call["id"] for call in calls] == [call.call_id for call in client.sandbox.world.offices[0].calls]
    assert (await client.control(do="rotate_token", provider="acme"))[0] == 200


def test_switches_apply_to_an_extra_wire():
    sandbox = Sandbox(calls=0, extra_wires=[Acme], switches={"acme": {"currency": "USD"}})
    assert sandbox.wires["acme"].currency == "USD"


@pytest.mark.parametrize(
    ("name", "prefix", "message"),
    [
        ("mor", "/acme", "the wire name 'mor' is taken"),
        ("control", "/acme", "the wire name 'control' is taken"),
        ("acme", "/mor", "the prefix '/mor' of wire 'acme' is taken"),
        ("acme", "/control", "the prefix '/control' of wire 'acme' is taken"),
        ("acme", "acme", "must be one path segment"),
        ("acme", "/mor/acme", "must be one path segment"),
    ],
)
def test_an_extra_wire_needs_a_name_and_a_prefix_of_its_own(name, prefix, message):
    clashing = type("Clashing", (Acme,), {"name": name, "prefix": prefix})
    with pytest.raises(ValueError, match=message):
        Sandbox(calls=0, extra_wires=[clashing])
