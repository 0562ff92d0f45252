"""The actions that the provider carries out: their arguments, their responses and their errors."""

from __future__ import annotations

import inspect
import json
import logging
from datetime import UTC, datetime
from decimal import Decimal
from unittest.mock import AsyncMock

import pytest
import voluptuous as vol
from homeassistant.core import SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from custom_components.trunkline.services import responses
from custom_components.trunkline.services.action import MAX_MESSAGE_LENGTH
from custom_components.trunkline.services.provider_actions import PROVIDER_ACTIONS
from trunkline.errors import (
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    UnsupportedError,
)
from trunkline.model import (
    Agent,
    AgentResult,
    Call,
    CallerId,
    Contact,
    Destination,
    Device,
    Direction,
    Extension,
    Fax,
    Invoice,
    ListedNumber,
    Mailbox,
    MissedCall,
    Money,
    Party,
    Payment,
    PlacedCall,
    Plan,
    Queue,
    QueueCall,
    Rate,
    RecordingEntry,
    Service,
    Status,
    Subscription,
    Trunk,
    Voicemail,
)
from trunkline.providers import PROVIDERS
from trunkline.providers.overview import dialects

from .conftest import make_entry
from .test_services import act, refused

NUMBER = "09120000999"
OTHER = "02155500001"
NOON = datetime(2026, 3, 10, 8, 30, tzinfo=UTC)


def euro(text):
    return Money(Decimal(text), "EUR")


def rial(text):
    return Money(Decimal(text), "IRR")


@pytest.fixture
def account(loaded, monkeypatch):
    """Return an account that supports everything; a test sets the return value of the method it uses."""
    account = loaded.runtime_data.account
    monkeypatch.setattr(type(account), "supports", lambda *_: True)
    for action in PROVIDER_ACTIONS:
        monkeypatch.setattr(account, action.method_name, AsyncMock(return_value=()), raising=False)
        if action.capability is None:
            # What only some accounts have is recognised by the class.
            (signature,) = {str(found): found for found in signatures(action)}.values()
            stand_in = AsyncMock()
            stand_in.__signature__ = signature
            monkeypatch.setattr(type(account), action.method_name, stand_in, raising=False)
    return account


def signatures(action):
    """Return the signatures of an action's method: those of every provider that has it."""
    classes = [info.load() for info in dialects(PROVIDERS)]
    return [
        inspect.signature(getattr(each, action.method_name)) for each in classes if hasattr(each, action.method_name)
    ]


def test_the_fields_of_every_action_match_the_parameters_of_its_method():
    assert (
        len({action.name for action in PROVIDER_ACTIONS})
        == len({action.method_name for action in PROVIDER_ACTIONS})
        == len(PROVIDER_ACTIONS)
    )
    for action in PROVIDER_ACTIONS:
        found = signatures(action)
        assert found, action.name
        parameters = {name: each for signature in found for name, each in signature.parameters.items()}
        assert {field.parameter for field in action.fields} <= set(parameters), action.name
        needed = {name for name, each in parameters.items() if each.default is inspect.Parameter.empty} - {"self"}
        assert needed <= {field.parameter for field in action.fields if field.required}, action.name


def test_every_action_that_costs_money_is_paid():
    for action in PROVIDER_ACTIONS:
        returned = {signature.return_annotation for signature in signatures(action)}
        assert action.paid is ("PlacedCall" in returned), action.name


@pytest.mark.parametrize("action", PROVIDER_ACTIONS, ids=lambda action: action.name)
def test_an_unknown_field_is_rejected(action):
    with pytest.raises(vol.Invalid):
        action.schema({"nonsense": 1})
    assert action.supports_response is (SupportsResponse.ONLY if action.reads else SupportsResponse.OPTIONAL)


# What costs money

PLACED = PlacedCall("r-1", "accepted", charged=rial("160"), remaining_credit=rial("9840"))
PAID = {
    "secure_call": (
        {"from": NUMBER, "to": "021 5550-0001", "ring_seconds": 30, "call_limit": "45"},
        {"source": NUMBER, "destination": OTHER, "ring_seconds": 30, "limit": 45},
    ),
    "send_otp": (
        {"number": "۰۹۱۲۰۰۰۰۹۹۹", "purpose": " login ", "reference": "door-17"},
        {"number": NUMBER, "purpose": "login", "reference": "door-17"},
    ),
    "callback": ({"from": NUMBER, "to": OTHER, "device": 7}, {"source": NUMBER, "destination": OTHER, "device": "7"}),
}


@pytest.mark.parametrize("action", PAID)
async def test_a_paid_request_is_sent_once_and_its_charge_is_returned(hass, account, action):
    data, arguments = PAID[action]
    method = getattr(account, action)
    method.return_value = PLACED
    assert await act(hass, action, **data) == {
        "request_id": "r-1",
        "status": "accepted",
        "charged": "160",
        "remaining_credit": "9840",
        "currency": "IRR",
    }
    method.assert_awaited_once_with(**arguments)


async def test_optional_fields_are_left_to_the_provider(hass, account):
    account.callback.return_value = account.send_otp.return_value = PlacedCall(None)
    response = await act(hass, "callback", **{"from": NUMBER})
    assert (response["request_id"], response["charged"], response["currency"]) == (None, None, None)
    account.callback.assert_awaited_once_with(source=NUMBER)
    await hass.services.async_call("trunkline", "send_otp", {"number": NUMBER}, blocking=True)
    account.send_otp.assert_awaited_once_with(number=NUMBER)


async def test_all_paid_actions_share_the_hourly_limit(hass, sandbox, setup, monkeypatch):
    entry = await setup(make_entry(sandbox, options={"calls_per_hour": 3}))
    account = entry.runtime_data.account
    monkeypatch.setattr(type(account), "supports", lambda *_: True)
    for name in ("secure_call", "send_otp", "callback"):
        monkeypatch.setattr(account, name, AsyncMock(return_value=PlacedCall(None)), raising=False)
    await act(hass, "secure_call", **{"from": NUMBER, "to": OTHER})
    await act(hass, "send_otp", number=NUMBER)
    await act(hass, "click_to_call", **{"from": "1510", "to": NUMBER})
    for action, data in (("secure_call", {"from": NUMBER, "to": OTHER}), ("send_otp", {"number": NUMBER})):
        assert (await refused(hass, action, **data))[0] == "too_many_calls"
    assert (await refused(hass, "callback", **{"from": NUMBER}))[0] == "too_many_calls"
    assert (account.secure_call.await_count, account.send_otp.await_count, account.callback.await_count) == (1, 1, 0)


@pytest.mark.parametrize("action", PAID)
async def test_a_paid_request_without_a_reply_is_never_repeated(hass, account, later, action):
    method = getattr(account, action)
    method.side_effect = OutcomeUnknownError("no answer")
    assert (await refused(hass, action, HomeAssistantError, **PAID[action][0]))[0] == "call_outcome_unknown"
    await later(300)
    method.assert_awaited_once()


async def test_the_account_is_polled_after_a_paid_request(hass, sandbox, loaded, monkeypatch, later):
    account = loaded.runtime_data.account
    monkeypatch.setattr(
        type(account), "supports", lambda self, what: what == "secure_call" or what in self.info.capabilities
    )
    monkeypatch.setattr(account, "secure_call", AsyncMock(return_value=PLACED), raising=False)
    await act(hass, "secure_call", **{"from": NUMBER, "to": OTHER})
    before = len(sandbox.requests)
    await later(6)
    assert len(sandbox.requests) > before


@pytest.mark.parametrize("bad", ["", "1", "call me", "tel:0912", "+", "1" * 21, "*21#"])
@pytest.mark.parametrize(("action", "field"), [("secure_call", "from"), ("secure_call", "to"), ("send_otp", "number")])
async def test_no_paid_request_is_sent_for_an_invalid_number(hass, account, action, field, bad):
    given = PAID[action][0] | {field: bad}
    assert await refused(hass, action, **given) == ("invalid_number", {"field": field})
    getattr(account, action).assert_not_awaited()


@pytest.mark.parametrize("octal", [0o2155512, 65])
async def test_no_paid_request_is_sent_for_a_number_that_may_have_lost_digits(hass, account, octal):
    for action, field in (("secure_call", "from"), ("send_otp", "number"), ("callback", "to")):
        given = PAID[action][0] | {field: octal}
        assert await refused(hass, action, **given) == ("number_without_quotes", {"field": field})
        getattr(account, action).assert_not_awaited()


@pytest.mark.parametrize(("field", "bad"), [("ring_seconds", 4), ("ring_seconds", 301), ("call_limit", 0)])
async def test_a_duration_out_of_range_is_rejected(hass, account, field, bad):
    with pytest.raises(vol.Invalid):
        await act(hass, "secure_call", **PAID["secure_call"][0] | {field: bad})


# Lists

CALLER = Party(number="9120000999", e164="+989120000999", name="Workshop")
MISSED = MissedCall(
    call=Call(
        account="a",
        call_id="17",
        direction=Direction.INCOMING,
        status=Status.NO_ANSWER,
        started_at=NOON,
        source=CALLER,
        price=euro("0.0100"),
        raw={"secret": "no"},
    ),
    processed=False,
)
LISTS = {
    "get_contacts": (
        "contacts",
        Contact("12", "Workshop", numbers=("02155500001",)),
        {"contact_id": "12", "name": "Workshop", "numbers": ["02155500001"], "company": None},
    ),
    "get_missed_calls": (
        "missed_calls",
        MISSED,
        {"call_id": "17", "status": "no_answer", "source": "9120000999", "price": "0.0100", "processed": False},
    ),
    "get_rates": (
        "rates",
        Rate("Lithuania", euro("0.015"), kind="FIX", prefix="370"),
        {"name": "Lithuania", "price": "0.015", "price_with_tax": None, "currency": "EUR", "prefix": "370"},
    ),
    "get_invoices": (
        "invoices",
        Invoice("7", period_start=NOON, paid=True, price=euro("10"), tax_percent=Decimal("21.0")),
        {
            "number": "7",
            "period_start": "2026-03-10T08:30:00+00:00",
            "paid": True,
            "price": "10",
            "tax_percent": "21.0",
        },
    ),
    "get_payments": (
        "payments",
        Payment(paid_at=NOON, amount=euro("1E+2"), completed=None),
        {"paid_at": "2026-03-10T08:30:00+00:00", "amount": "100", "currency": "EUR", "completed": None},
    ),
    "get_subscriptions": ("subscriptions", Subscription("Number"), {"name": "Number", "price": None, "currency": None}),
    "get_voicemails": (
        "voicemails",
        Voicemail("v1", mailbox="1001", received_at=NOON, duration=12, read=False),
        {"voicemail_id": "v1", "mailbox": "1001", "received_at": "2026-03-10T08:30:00+00:00", "duration": 12},
    ),
    "get_services": (
        "services",
        Service("s1", trunks=(Trunk("2155500001", credit=rial("500")),), extensions=(Extension("101"),)),
        {"service_id": "s1", "extensions": [{"number": "101", "name": None, "stream": ""}]},
    ),
    "get_trunks": (
        "trunks",
        Trunk("2155500001", credit=rial("500")),
        {"trunk_id": "2155500001", "credit": "500", "currency": "IRR", "credit_expires_at": None},
    ),
    "get_extensions": ("extensions", Extension("101", "Reception"), {"number": "101", "name": "Reception"}),
    "get_plans": ("plans", Plan("1", "Basic", days_left=9), {"plan_id": "1", "name": "Basic", "days_left": 9}),
    "get_devices": ("devices", Device("7", kind="SIP"), {"device_id": "7", "kind": "SIP", "extension": None}),
    "get_caller_ids": ("caller_ids", CallerId("3", number="37060000001"), {"caller_id": "3", "number": "37060000001"}),
    "get_mailboxes": ("mailboxes", Mailbox("1001", context="main"), {"mailbox": "1001", "context": "main"}),
    "get_faxes": (
        "faxes",
        Fax("f1", outgoing=True, at=NOON),
        {"fax_id": "f1", "outgoing": True, "at": "2026-03-10T08:30:00+00:00"},
    ),
    "get_recordings": (
        "recordings",
        RecordingEntry("r1", duration=12, size=24000),
        {"recording_id": "r1", "duration": 12, "size": 24000},
    ),
    "get_new_calls": ("calls", MISSED.call, {"call_id": "17", "status": "no_answer", "source": "9120000999"}),
    "get_destinations": (
        "destinations",
        Destination("Lithuania, mobile", "3706"),
        {"name": "Lithuania, mobile", "prefix": "3706"},
    ),
    "get_queues": ("queues", Queue("q1", "600", name="Sales"), {"queue_id": "q1", "number": "600", "name": "Sales"}),
    "get_call_attempts": (
        "attempts",
        QueueCall("1", Status.BUSY, queue="600", agent="101", attempt=2),
        {"status": "busy", "agent": "101", "attempt": 2},
    ),
    "get_agents": (
        "agents",
        Agent("101", queue="600", paused=True),
        {"extension": "101", "queue": "600", "paused": True},
    ),
    "get_blocked": (
        "numbers",
        ListedNumber("02155500001", labels=("a", "b")),
        {"number": "02155500001", "labels": ["a", "b"], "added_at": None},
    ),
    "get_allowed": (
        "numbers",
        ListedNumber("02155500001", note="Supplier"),
        {"number": "02155500001", "labels": [], "note": "Supplier"},
    ),
}


# The fields that a list can't do without, and the arguments that they become.
NEEDED = {
    "get_destinations": ({"rate_id": 3}, {"rate_id": "3"}),
    "get_call_attempts": ({"call_id": "1795608671.415"}, {"cuid": "1795608671.415"}),
}


def method_of(account, name):
    return getattr(account, next(action.method_name for action in PROVIDER_ACTIONS if action.name == name))


def test_every_action_that_returns_a_list_is_tested():
    assert set(LISTS) == {action.name for action in PROVIDER_ACTIONS if action.list_name}


@pytest.mark.parametrize("action", LISTS)
async def test_a_list_is_returned_as_json(hass, account, action):
    key, model, expected = LISTS[action]
    data, arguments = NEEDED.get(action, ({}, {}))
    method_of(account, action).return_value = (model,)
    response = await act(hass, action, **data)
    json.dumps(response)
    assert set(response) == {key, "count", "more"}
    assert (response["count"], response["more"]) == (1, False)
    assert response[key][0].items() >= expected.items()
    assert "raw" not in response[key][0]
    assert "secret" not in json.dumps(response)
    method_of(account, action).assert_awaited_once_with(**arguments)


@pytest.mark.parametrize("action", LISTS)
async def test_the_limit_applies_and_more_says_whether_there_are_others(hass, account, action):
    key, model, _ = LISTS[action]
    data, _ = NEEDED.get(action, ({}, {}))
    method_of(account, action).return_value = (model,) * 130
    for limit, more in ((7, True), (129, True), (130, False), (1000, False)):
        response = await act(hass, action, **data, limit=limit)
        assert (response["count"], len(response[key]), response["more"]) == (min(limit, 130), min(limit, 130), more)
    assert (await act(hass, action, **data))["count"] == 100
    with pytest.raises(vol.Invalid):
        await act(hass, action, **data, limit=1001)


@pytest.mark.parametrize(
    "action", ["get_missed_calls", "get_invoices", "get_payments", "get_voicemails", "get_faxes", "get_recordings"]
)
async def test_a_period_is_passed_in_utc(hass, account, action):
    await hass.config.async_set_time_zone("Asia/Tehran")
    await act(hass, action, since="2026-03-10 12:00:00", until="2026-03-11")
    method_of(account, action).assert_awaited_once_with(since=NOON, until=datetime(2026, 3, 10, 20, 30, tzinfo=UTC))
    assert (await refused(hass, action, since="2026-03-11", until="2026-03-11"))[0] == "empty_period"
    assert await refused(hass, action, until="yesterday") == ("invalid_time", {"field": "until"})


@pytest.mark.parametrize(("action", "key"), [("get_rates", "rates"), ("get_contacts", "contacts")])
async def test_items_are_filtered_by_a_part_of_their_name(hass, account, action, key):
    made = {"get_rates": lambda name: Rate(name, None), "get_contacts": lambda name: Contact("1", name)}[action]
    method_of(account, action).return_value = (
        made("Lithuania, mobile"),
        made("Vietnam"),
        made("LITHUANIA"),
        made(None),
    )
    response = await act(hass, action, name="lithUANIA", limit=1)
    assert [row["name"] for row in response[key]] == ["Lithuania, mobile"]
    assert response["more"] is True
    assert (await act(hass, action, name="Iran"))["count"] == 0
    assert (await act(hass, action))["count"] == 4
    method_of(account, action).assert_awaited_with()


async def test_agents_can_be_read_for_one_queue(hass, account):
    await act(hass, "get_agents", queue=600)
    account.agents.assert_awaited_once_with(queue="600")


# Changes

CHANGES = {
    "add_contact": ({"name": " Workshop ", "number": OTHER}, {"name": "Workshop", "number": OTHER}),
    "remove_contact": ({"contact_id": 12}, {"contact_id": "12"}),
    "mark_missed": ({"call_id": "1532857052.131132"}, {"call_id": "1532857052.131132"}),
    "block_number": ({"number": OTHER, "note": "Advertising"}, {"number": OTHER, "note": "Advertising"}),
    "unblock_number": ({"number": OTHER}, {"number": OTHER}),
    "allow_number": (
        {"number": OTHER, "note": "Supplier", "labels": [" Suppliers ", " "]},
        {"number": OTHER, "note": "Supplier", "labels": ("Suppliers",)},
    ),
    "disallow_number": ({"number": OTHER}, {"number": OTHER}),
    "add_caller_id": (
        {"device_id": 7, "number": OTHER, "description": "Front desk"},
        {"device_id": "7", "number": OTHER, "description": "Front desk"},
    ),
    "remove_caller_id": ({"number": OTHER}, {"number": OTHER}),
    "edit_contact": ({"contact_id": 12, "name": "Workshop"}, {"contact_id": "12", "name": "Workshop"}),
}
AGENTS = {
    "add_agent": ({"queue": 600, "extension": 101, "penalty": 0}, {"queue": "600", "extension": "101", "penalty": 0}),
    "pause_agent": ({"queue": "600", "extension": "101"}, {"queue": "600", "extension": "101"}),
    "resume_agent": ({"queue": "600", "extension": "101"}, {"queue": "600", "extension": "101"}),
    "remove_agent": ({"queue": "600", "extension": "101"}, {"queue": "600", "extension": "101"}),
}


FIGURES = {"get_statistics", "get_quick_stats"}


def test_every_action_is_tested_in_this_file():
    assert {action.name for action in PROVIDER_ACTIONS} == {*PAID, *LISTS, *CHANGES, *AGENTS, *FIGURES, "ping"}


@pytest.mark.parametrize("action", CHANGES)
async def test_a_change_is_requested_once_and_reported_as_done(hass, account, action):
    data, arguments = CHANGES[action]
    method = method_of(account, action)
    method.return_value = None
    assert await act(hass, action, **data) == {"done": True}
    method.assert_awaited_once_with(**arguments)


@pytest.mark.parametrize("action", AGENTS)
async def test_a_change_of_an_agent_returns_the_reply_of_the_phone_system(hass, account, action):
    data, arguments = AGENTS[action]
    method = method_of(account, action)
    method.return_value = AgentResult("101", "600", done=True, message="added")
    assert await act(hass, action, **data) == {"extension": "101", "queue": "600", "done": True, "message": "added"}
    method.assert_awaited_once_with(**arguments)


async def test_the_message_of_a_rejected_change_contains_no_number(hass, loaded, account):
    account.pause_agent.return_value = AgentResult("101", "600", done=False, message="09120000999 rings " + "." * 500)
    _, placeholders = await refused(hass, "pause_agent", HomeAssistantError, queue="600", extension="101")
    assert "0912" not in placeholders["error"]
    assert placeholders["error"].startswith("… rings ..")
    assert len(placeholders["error"]) < 200


@pytest.mark.parametrize("message", ["is no member", None])
async def test_a_rejected_change_of_an_agent_is_an_error(hass, loaded, account, message):
    account.pause_agent.return_value = AgentResult("101", "600", done=False, message=message)
    assert await refused(hass, "pause_agent", HomeAssistantError, queue="600", extension="101") == (
        "action_refused",
        {"account": loaded.title, "error": message or "no reason given"},
    )


@pytest.mark.parametrize("action", {**CHANGES, **AGENTS})
async def test_a_change_without_a_reply_has_an_unknown_outcome(hass, loaded, account, action):
    method = method_of(account, action)
    method.side_effect = OutcomeUnknownError("no answer")
    key, placeholders = await refused(hass, action, HomeAssistantError, **(CHANGES | AGENTS)[action][0])
    assert (key, placeholders["account"]) == ("change_outcome_unknown", loaded.title)
    method.assert_awaited_once()


async def test_changes_do_not_count_towards_the_hourly_limit(hass, sandbox, setup, monkeypatch):
    entry = await setup(make_entry(sandbox, options={"calls_per_hour": 1}))
    account = entry.runtime_data.account
    monkeypatch.setattr(type(account), "supports", lambda *_: True)
    monkeypatch.setattr(account, "block", AsyncMock(return_value=None), raising=False)
    for _ in range(3):
        await act(hass, "block_number", number=OTHER)
    assert entry.runtime_data.call_limit.used == 0


@pytest.mark.parametrize(
    ("action", "data", "field"),
    [
        ("add_contact", {"name": " ", "number": OTHER}, "name"),
        ("remove_contact", {"contact_id": "  "}, "contact_id"),
        ("pause_agent", {"queue": " ", "extension": "101"}, "queue"),
    ],
)
async def test_a_blank_text_is_rejected(hass, account, action, data, field):
    assert await refused(hass, action, **data) == ("empty_text", {"field": field})
    method_of(account, action).assert_not_awaited()


async def test_a_text_that_is_too_long_is_rejected(hass, account):
    with pytest.raises(vol.Invalid):
        await act(hass, "add_contact", name="x" * 501, number=OTHER)


async def test_ping_returns_the_reply_of_the_provider(hass, account):
    account.ping.return_value = "pong" + "!" * 1000
    response = await act(hass, "ping")
    assert response == {"answer": ("pong" + "!" * 1000)[:MAX_MESSAGE_LENGTH]}


@pytest.mark.parametrize("action", sorted(FIGURES))
async def test_figures_are_returned_nested_and_exact(hass, account, action):
    method_of(account, action).return_value = {"today": {"calls": 3, "revenue": Decimal("0.10")}, "days": [NOON]}
    assert await act(hass, action) == {
        "statistics": {"today": {"calls": 3, "revenue": "0.10"}, "days": ["2026-03-10T08:30:00+00:00"]}
    }
    method_of(account, action).assert_awaited_once_with()


# Errors


UNSUPPORTED = [action for action in PROVIDER_ACTIONS if action.capability not in PROVIDERS["telefonchy"].capabilities]


@pytest.mark.parametrize("action", UNSUPPORTED, ids=lambda action: action.name)
async def test_an_unsupported_action_is_rejected_and_does_not_count(hass, loaded, action):
    given = {name: data for name, (data, _) in {**PAID, **CHANGES, **AGENTS, **NEEDED}.items()}.get(action.name, {})
    assert await refused(hass, action.name, **given) == ("unsupported", {"account": loaded.title})
    assert loaded.runtime_data.call_limit.used == 0


async def test_a_field_that_the_provider_has_no_argument_for_is_rejected(hass, loaded, account):
    account.faxes.return_value = ()
    rejected = ("unsupported_field", {"account": loaded.title, "field": "status"})
    assert await refused(hass, "get_faxes", status="Received") == rejected
    account.faxes.assert_not_awaited()
    assert (await act(hass, "get_faxes"))["count"] == 0


@pytest.mark.parametrize(
    ("error", "kind", "key"),
    [
        (UnsupportedError("no"), ServiceValidationError, "unsupported"),
        (NotFoundError("no such entry"), HomeAssistantError, "action_not_found"),
        (PermissionDeniedError("not you"), HomeAssistantError, "action_not_permitted"),
        (ConnectionFailedError("away"), HomeAssistantError, "action_unreachable"),
        (ProviderError("broken"), HomeAssistantError, "action_provider"),
    ],
)
async def test_each_error_has_its_own_message(hass, account, error, kind, key):
    account.unblock.side_effect = error
    assert (await refused(hass, "unblock_number", kind, number=OTHER))[0] == key
    account.unblock.assert_awaited_once()


async def test_rejected_credentials_start_a_reauthentication(hass, loaded, account):
    account.rates.side_effect = AuthenticationError("expired")
    assert (await refused(hass, "get_rates", HomeAssistantError))[0] == "action_authentication"
    await hass.async_block_till_done()
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == ["reauth"]


async def test_no_number_reaches_the_log(hass, account, caplog):
    caplog.set_level(logging.DEBUG, logger="custom_components.trunkline")
    account.send_otp.return_value = PLACED
    account.blocked.return_value = (ListedNumber(NUMBER),)
    caplog.clear()
    await act(hass, "send_otp", number=NUMBER)
    await act(hass, "get_blocked")
    account.block.side_effect = ProviderError("broken")
    await refused(hass, "block_number", HomeAssistantError, number=NUMBER)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("custom_components.trunkline")]
    assert not any("0999" in line for line in ours)


# Responses


def test_a_response_has_nested_models_and_the_currency_of_its_amounts():
    assert responses.model_response(Rate("A", None, price_with_tax=euro("0.5")))["currency"] == "EUR"
    nested = Party(number="1", contact=Contact("1", numbers=("2",)))
    assert responses.model_response(nested)["contact"]["numbers"] == ["2"]
    assert "currency" not in responses.model_response(nested)
    assert responses.json_value({1: (Status.BUSY, Decimal("1E+1"), {"a": object})}) == {
        "1": ["busy", "10", {"a": str(object)}],
    }
    assert responses.json_value(euro("1")) == "1"


def test_a_response_leaves_out_the_raw_record():
    assert responses.model_response(MISSED.call) == responses.call_response(MISSED.call)
    queued = QueueCall("1", Status.BUSY, queue="600", raw={"secret": "no"})
    assert responses.model_response(queued)["status"] == "busy"
    assert "raw" not in responses.model_response(queued)
