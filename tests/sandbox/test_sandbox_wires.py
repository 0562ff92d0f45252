"""What every wire has: a name, refusals, events and settings."""

from __future__ import annotations

import json

import pytest

from trunkline.sandbox import Sandbox
from trunkline.sandbox.wire import JsonWire, Request

NAMES = ["telefonchy", "voipano", "voip24h", "voip24h-v3", "simotel", "mor", "mor-api"]


class Silent(JsonWire):
    name = "silent"
    calls_at = "rows"
    status_at = "rows[].status"


@pytest.fixture
def sandbox():
    return Sandbox(calls=30)


def test_every_wire_is_there_under_its_name(sandbox):
    assert list(sandbox.wires) == NAMES
    assert {wire.prefix for wire in sandbox.wires.values()} == {f"/{name}" for name in NAMES}


def test_switches_are_set_by_the_wires_name():
    assert Sandbox(calls=0, switches={"simotel": {"auth": "key"}}).wires["simotel"].switches.auth == "key"
    with pytest.raises(ValueError, match="unknown wire 'acme'; choose one of telefonchy, voipano"):
        Sandbox(calls=0, switches={"acme": {}})


@pytest.mark.parametrize("name", NAMES)
def test_a_switch_that_is_not_there_is_named(sandbox, name):
    with pytest.raises(ValueError, match=f"{name} has no setting 'colour'"):
        sandbox.wires[name].change("colour", "red")


@pytest.mark.parametrize("name", NAMES)
def test_an_event_that_is_not_there_is_refused(sandbox, name):
    with pytest.raises(ValueError, match=r"\w+"):
        sandbox.wires[name].event(0, "Unheard", {}, {})


@pytest.mark.parametrize("name", NAMES)
def test_an_address_that_is_not_permitted_gets_no_data(sandbox, name):
    reply = sandbox.wires[name].forbidden()
    assert reply.status in {200, 403}
    for account in sandbox.wires[name].accounts("http://127.0.0.1"):
        for secret in account.credentials.values():
            assert len(secret) < 6 or secret.encode() not in reply.body


def test_a_wire_that_has_nothing_of_its_own_pushes_nothing(sandbox):
    silent = Silent()
    assert silent.deliveries(sandbox.world.offices[0], 0, {}) == []
    with pytest.raises(ValueError, match="silent pushes no events"):
        silent.event(0, "Ping", {}, {})
    with pytest.raises(ValueError, match="silent has no setting 'x'"):
        silent.change("x", 1)
    assert silent.forbidden().status == 403


def test_a_wire_of_json_changes_its_calls_where_they_are():
    body = b'{"rows":[{"status":"A"},{"status":"B"}]}'
    assert json.loads(Silent().with_status(body, "C")) == {"rows": [{"status": "C"}, {"status": "C"}]}
    assert json.loads(Silent().with_calls(body, lambda rows: rows[:1])) == {"rows": [{"status": "A"}]}


def test_json_that_is_nested_too_deeply_is_an_error_of_the_request():
    with pytest.raises(ValueError, match="nested"):
        Request("POST", "/", {}, {}, body=b"[" * 1_000_000).json()
