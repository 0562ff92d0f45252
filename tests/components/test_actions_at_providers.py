"""The actions at each provider in the sandbox: what one action changes, another one reads."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
import voluptuous as vol
from homeassistant.exceptions import HomeAssistantError

from custom_components.trunkline.services.provider_actions import PROVIDER_ACTIONS
from custom_components.trunkline.services.search import LISTS
from trunkline.model import Capability

from .test_pushing_providers import entry_of
from .test_services import act, refused

WIRES = ("telefonchy", "voipano", "voip24h", "voip24h-v3", "simotel", "mor", "mor-api")
MONEY = {"price", "price_with_tax", "amount", "amount_with_tax"}


@pytest.fixture
def at(sandbox, setup):
    """Return a function that sets up the first account of a wire."""

    async def set_up(wire, **options):
        if wire not in sandbox.accounts:
            pytest.skip(f"the sandbox has no {wire}")
        return await setup(await entry_of(sandbox, wire, **options))

    return set_up


@pytest.mark.parametrize("wire", WIRES)
async def test_every_list_of_a_provider_is_returned_as_json(hass, at, wire):
    entry = await at(wire)
    account = entry.runtime_data.account
    for action in PROVIDER_ACTIONS:
        if not action.list_name:
            continue
        data = {field.name: "1" for field in action.fields if field.required}
        known = action.method_name in Capability
        if not (account.supports(action.capability) if known else hasattr(type(account), action.method_name)):
            assert (await refused(hass, action.name, **data))[0] == "unsupported"
            continue
        response = await act(hass, action.name, **data, limit=1000)
        json.dumps(response)
        rows = response[action.list_name]
        assert response["count"] == len(rows)
        for row in rows:
            assert isinstance(row.get("currency"), str | None)
            assert all(isinstance(row[name], str | None) for name in MONEY & set(row))
            for name, value in row.items():
                if name.endswith("_at") and value is not None:
                    assert datetime.fromisoformat(value).utcoffset().total_seconds() == 0
        assert (await act(hass, action.name, **data, limit=1))["more"] is (len(rows) > 1)


@pytest.mark.parametrize("name", LISTS)
async def test_every_list_of_simotel_is_searched(hass, at, name):
    await at("simotel")
    response = await act(hass, "search", list=name, limit=5)
    json.dumps(response)
    assert response["count"] == len(response["rows"]) <= 5
    assert response["start"] == 0
    assert response["more"] is (response["total"] > response["count"])
    rest = await act(hass, "search", list=name, limit=5, start=response["total"])
    assert (rest["count"], rest["more"]) == (0, False)


async def test_a_search_passes_its_criteria_on(hass, at):
    await at("simotel")
    found = await act(
        hass,
        "search",
        list="queue_calls",
        conditions={"qnum": 901},
        match_parts=False,
        sorting={"start": "ascending"},
        since="2000-01-01",
    )
    assert found["count"] > 0
    assert {row["queue"] for row in found["rows"]} == {"901"}
    starts = [row["started_at"] for row in found["rows"]]
    assert starts == sorted(starts)
    key, placeholders = await refused(hass, "search", HomeAssistantError, list="campaigns", conditions={"queue": "901"})
    assert key == "action_refused"
    assert "has no condition queue" in placeholders["error"]
    assert (await refused(hass, "search", list="calls", since="2026-02-01", until="2026-01-01"))[0] == "empty_period"
    with pytest.raises(vol.Invalid):
        await act(hass, "search", list="rates")


async def test_a_provider_without_lists_to_search_is_reported(hass, at):
    entry = await at("mor-api")
    assert await refused(hass, "search", list="calls") == ("unsupported", {"account": entry.title})


async def test_the_attempts_of_a_queued_call_are_found_by_its_id(hass, at):
    await at("simotel")
    (queued,) = (await act(hass, "search", list="queue_calls", limit=1))["rows"]
    attempts = (await act(hass, "get_call_attempts", call_id=queued["call_id"]))["attempts"]
    assert attempts
    assert {row["call_id"] for row in attempts} == {queued["call_id"]}


async def test_a_call_of_simotel_is_placed_with_its_own_arguments_within_the_limit(hass, sandbox, at):
    entry = await at("simotel", calls_per_hour=1)
    extension = sandbox.accounts["simotel"][0].extensions[0]
    trunk = (await act(hass, "get_trunks"))["trunks"][0]["trunk_id"]
    data = {"from": extension, "to": "02155500001"}
    own = {"ring_seconds": 20, "call_limit": 60, "caller_id": "02155500002", "trunk": trunk, "context": "main_routing"}
    response = await act(hass, "click_to_call", **data, **own)
    assert response["request_id"]
    sent = [request.query for request in sandbox.requests if request.path.endswith("/call/originate/act")]
    assert len(sent) == 1
    assert set(map(str, own.values())) <= set(map(str, sent[0].values()))
    assert (await refused(hass, "click_to_call", **data))[0] == "too_many_calls"
    assert entry.runtime_data.call_limit.used == 1


async def test_figures_of_mor_are_returned(hass, at):
    await at("mor")
    assert (await act(hass, "get_statistics"))["statistics"]
    assert (await refused(hass, "get_quick_stats"))[0] == "unsupported"


async def test_caller_ids_and_contacts_of_mor_are_changed(hass, at):
    await at("mor-api")
    device = (await act(hass, "get_devices"))["devices"][0]["device_id"]
    number = "37060000009"
    assert await act(hass, "add_caller_id", device_id=device, number=number, description="Desk") == {"done": True}
    assert number in {row["number"] for row in (await act(hass, "get_caller_ids"))["caller_ids"]}
    assert await act(hass, "remove_caller_id", number=number) == {"done": True}
    assert number not in {row["number"] for row in (await act(hass, "get_caller_ids"))["caller_ids"]}
    await act(hass, "add_contact", name="Workshop", number="37060000001")
    (contact,) = (await act(hass, "get_contacts", name="Workshop"))["contacts"]
    assert await act(hass, "edit_contact", contact_id=contact["contact_id"], name="Garage") == {"done": True}
    assert (await act(hass, "get_contacts", name="Garage"))["count"] == 1


async def credits_of(hass, entry):
    runtime = entry.runtime_data
    readings = await hass.async_add_executor_job(runtime.archive.credits, runtime.account_key)
    return [str(reading.credit) for reading in readings]


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("send_otp", {"number": "02155500001", "purpose": "login", "reference": "door-17"}),
        ("secure_call", {"from": "02155500001", "to": "02155500002", "ring_seconds": 30, "call_limit": 30}),
    ],
)
async def test_voipano_returns_the_charge_and_the_remaining_credit_is_archived(hass, at, later, action, data):
    entry = await at("voipano")
    assert await credits_of(hass, entry) == []
    response = await act(hass, action, **data)
    assert response["request_id"]
    assert response["currency"] == "IRR"
    assert int(response["charged"]) > 0
    await later(6)
    assert await credits_of(hass, entry) == [f"{response['remaining_credit']} IRR"]
    shown = [trunk.trunk.credit for trunk in entry.runtime_data.coordinator.data.trunks.values()]
    assert [str(credit) for credit in shown if credit] == [f"{response['remaining_credit']} IRR"]


async def test_codes_and_calls_of_voipano_share_the_hourly_limit(hass, sandbox, at):
    await at("voipano", calls_per_hour=2)
    await act(hass, "send_otp", number="02155500001")
    await act(hass, "secure_call", **{"from": "02155500001", "to": "02155500002"})
    sent = len(sandbox.requests)
    assert (await refused(hass, "send_otp", number="02155500001"))[0] == "too_many_calls"
    assert len(sandbox.requests) == sent


async def test_a_paid_request_of_voipano_without_a_reply_is_sent_once(hass, sandbox, at):
    await at("voipano")
    sandbox.faults.add("cut", path="/call-otp")
    assert (await refused(hass, "send_otp", HomeAssistantError, number="02155500001"))[0] == "call_outcome_unknown"
    assert sum(request.path.endswith("/call-otp") for request in sandbox.requests) == 1


async def test_contacts_of_simotel_are_added_and_removed(hass, at):
    await at("simotel")
    assert await act(hass, "add_contact", name="Workshop", number="02155500001") == {"done": True}
    found = (await act(hass, "get_contacts", name="workSHOP"))["contacts"]
    assert [row["numbers"] for row in found] == [["02155500001"]]
    assert await act(hass, "remove_contact", contact_id=found[0]["contact_id"]) == {"done": True}
    assert (await act(hass, "get_contacts", name="Workshop"))["count"] == 0
    key, _ = await refused(hass, "remove_contact", HomeAssistantError, contact_id=found[0]["contact_id"])
    assert key in {"action_not_found", "action_refused"}


async def test_numbers_of_simotel_are_blocked_and_unblocked(hass, at):
    await at("simotel")
    before = (await act(hass, "get_blocked"))["count"]
    assert await act(hass, "block_number", number="02155500001", note="Advertising") == {"done": True}
    rows = (await act(hass, "get_blocked"))["numbers"]
    assert len(rows) == before + 1
    assert "Advertising" in [row["note"] for row in rows if row["number"] == "02155500001"]
    assert await act(hass, "unblock_number", number="02155500001") == {"done": True}
    assert (await act(hass, "get_blocked"))["count"] == before
    assert (await refused(hass, "unblock_number", HomeAssistantError, number="02155500001"))[0] == "action_not_found"


async def test_numbers_of_simotel_are_allowed_and_disallowed(hass, at):
    await at("simotel")
    assert await act(hass, "allow_number", number="02155500001", note="Supplier", labels=["daily"]) == {"done": True}
    rows = (await act(hass, "get_allowed"))["numbers"]
    assert [(row["note"], row["labels"]) for row in rows if row["number"] == "02155500001"] == [("Supplier", ["daily"])]
    assert await act(hass, "disallow_number", number="02155500001") == {"done": True}
    assert "02155500001" not in {row["number"] for row in (await act(hass, "get_allowed"))["numbers"]}
    assert (await refused(hass, "disallow_number", HomeAssistantError, number="02155500001"))[0] == "action_not_found"


async def test_agents_of_simotel_are_paused_resumed_removed_and_added(hass, at):
    entry = await at("simotel")
    queue = (await entry.runtime_data.account.queues())[0].number

    async def agents():
        return {row["extension"]: row["paused"] for row in (await act(hass, "get_agents", queue=queue))["agents"]}

    before = await agents()
    assert before
    extension = next(iter(before))
    member = {"queue": queue, "extension": extension}
    assert (await act(hass, "pause_agent", **member))["done"] is True
    assert (await act(hass, "resume_agent", **member))["done"] is True
    assert (await act(hass, "remove_agent", **member))["extension"] == extension
    assert extension not in await agents()
    assert (await act(hass, "add_agent", **member, penalty=1))["queue"] == queue
    assert extension in await agents()


async def test_contacts_of_mor_are_added_and_removed(hass, at):
    await at("mor-api")
    assert await act(hass, "add_contact", name="Workshop", number="37060000001") == {"done": True}
    found = (await act(hass, "get_contacts", name="Workshop"))["contacts"]
    assert len(found) == 1
    assert await act(hass, "remove_contact", contact_id=found[0]["contact_id"]) == {"done": True}
    assert (await act(hass, "get_contacts", name="Workshop"))["count"] == 0


async def test_rates_invoices_and_payments_of_mor_are_in_its_currency(hass, at):
    await at("mor-api")
    rates = (await act(hass, "get_rates", limit=3))["rates"]
    assert {row["currency"] for row in rates} == {"EUR"}
    for action, key in (("get_invoices", "invoices"), ("get_payments", "payments")):
        rows = (await act(hass, action))[key]
        assert rows
        assert {row["currency"] for row in rows} == {"EUR"}


async def test_a_callback_of_mor_is_requested_once(hass, sandbox, at):
    entry = await at("mor-api")
    device = (await entry.runtime_data.account.devices())[0]
    data = {"from": device.extension or "1510", "to": "37060000001", "device": device.device_id}
    response = await act(hass, "callback", **data)
    assert response["status"]
    assert sum("callback" in request.path for request in sandbox.requests) == 1


async def test_missed_calls_of_mor_are_marked(hass, sandbox, at):
    await at("mor")
    rows = (await act(hass, "get_missed_calls", limit=1000))["missed_calls"]
    waiting = [row for row in rows if not row["processed"]]
    assert waiting
    assert await act(hass, "mark_missed", call_id=waiting[0]["call_id"]) == {"done": True}
    left = (await act(hass, "get_missed_calls", limit=1000))["missed_calls"]
    assert waiting[0]["call_id"] not in {row["call_id"] for row in left if not row["processed"]}
