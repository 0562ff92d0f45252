"""The WebSocket commands of the cards against accounts in the sandbox."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import jdatetime
import pytest
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from custom_components.trunkline.account.missed import caller_uid
from custom_components.trunkline.account.statistic_ids import statistic_ids
from custom_components.trunkline.websocket import missed as missed_command
from trunkline.errors import ArchiveError
from trunkline.model import Call, Direction, LineEvent, Money, Party, Status
from trunkline.sandbox.world import Direction as Way
from trunkline.sandbox.world import Outcome

from .conftest import DOMAIN, entry_of, make_entry
from .flows import set_up, unload

CALLER = "09120000999"


class Client:
    """Sends commands, and returns their results or the code and key of their error."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def send(self, kind: str, **data: Any) -> Any:
        await self.socket.send_json_auto_id({"type": f"trunkline/{kind}", **data})
        return await self.socket.receive_json()

    async def result(self, kind: str, **data: Any) -> Any:
        answer = await self.send(kind, **data)
        assert answer["success"], answer
        return answer["result"]

    async def error(self, kind: str, **data: Any) -> tuple[str, str | None]:
        answer = await self.send(kind, **data)
        assert not answer["success"], answer
        return answer["error"]["code"], answer["error"].get("translation_key")

    async def event(self) -> Any:
        return (await self.socket.receive_json())["event"]


@pytest.fixture(autouse=True)
async def _commands(hass):
    """Register everything that answers requests before the server starts with the first client."""
    assert await async_setup_component(hass, DOMAIN, {})


@pytest.fixture
async def client(hass, hass_ws_client):
    return Client(await hass_ws_client(hass))


@pytest.fixture
async def reader(hass, hass_ws_client, hass_read_only_access_token):
    """Return the client of a user who is no administrator."""
    return Client(await hass_ws_client(hass, hass_read_only_access_token))


def archived(entry) -> list[Call]:
    runtime = entry.runtime_data
    return runtime.archive.calls(accounts=runtime.account_key)


def store(entry, call_id: str = "x", **changes: Any) -> Call:
    """Store a call that was missed now, unless `changes` say otherwise."""
    values: dict[str, Any] = {
        "direction": Direction.INCOMING,
        "status": Status.NO_ANSWER,
        "started_at": datetime(2026, 3, 10, 9, 29, tzinfo=UTC),
        "source": Party(number=CALLER, e164="+989120000999"),
        "destination": Party(number="02155500001"),
        "wait": 20,
        "talk": 0,
    }
    call = Call(account=entry.runtime_data.account_key, call_id=call_id, **(values | changes))
    entry.runtime_data.archive.store([call])
    return call


# Accounts


async def test_an_account_says_what_there_is_to_show(hass, loaded, client):
    (account,) = (await client.result("accounts"))["accounts"]
    assert account["entry_id"] == loaded.entry_id
    assert account["title"] == "Office 1"
    assert account["provider"] == "Telefonchy"
    assert {"calls", "click_to_call", "recording"} <= set(account["capabilities"])
    assert (account["prices"], account["outcomes"], account["recordings"], account["live"]) == (True, True, True, False)
    assert account["time_zone"] == "Asia/Tehran"
    assert account["unit"] == {"currency": "IRR", "code": "IRR", "factor": 1, "digits": 0}
    assert account["in_dashboard"] is account["may_see_calls"] is True
    for key in ("calls", "missed", "cost_month", "last_call", "sync_now"):
        assert hass.states.get(account["entities"][key]) is not None, key
    assert not {"last_sync", "requests_today"} & set(account["entities"]), "disabled entities are not shown"
    assert account["plans"] == []
    assert hass.states.get(account["todo"]) is not None
    assert account["statistics"]["cost"] == "trunkline:telefonchy_sv71001_cost"
    trunk = account["trunks"][0]
    assert {"credit", "credit_expires", "low_credit", "days_left"} <= set(trunk["entities"])
    assert hass.states.get(trunk["entities"]["credit"]).attributes["unit_of_measurement"] == "IRR"
    assert trunk["statistics"]["calls"] == f"trunkline:telefonchy_sv71001_{trunk['trunk_id']}_calls"
    assert [phone["number"] for phone in account["phones"]] == sorted(
        extension.number for extension in loaded.runtime_data.coordinator.data.extensions
    )


@pytest.mark.parametrize(("wire", "calendar"), [("telefonchy", "jalali"), ("mor", "gregorian")])
async def test_cards_count_months_in_the_calendar_of_the_sensors(hass, sandbox, setup, client, wire, calendar):
    entry = await setup(await entry_of(sandbox, wire))
    (account,) = (await client.result("accounts"))["accounts"]
    assert account["calendar"] == calendar
    begins = entry.runtime_data.coordinator.data.month_start.astimezone(entry.runtime_data.account.zone)
    first = jdatetime.date.fromgregorian(date=begins.date()) if calendar == "jalali" else begins
    assert first.day == 1


async def test_hidden_entities_are_left_out_and_a_to_do_list_is_named(hass, loaded, client):
    registry = er.async_get(hass)
    (account,) = (await client.result("accounts"))["accounts"]
    registry.async_update_entity(account["entities"]["busy"], hidden_by=er.RegistryEntryHider.USER)
    (account,) = (await client.result("accounts"))["accounts"]
    assert "busy" not in account["entities"]
    assert account["todo"] == registry.async_get_entity_id("todo", DOMAIN, f"{loaded.unique_id}_missed")
    registry.async_update_entity(account["todo"], hidden_by=er.RegistryEntryHider.USER)
    (account,) = (await client.result("accounts"))["accounts"]
    assert account["todo"] is None


async def test_a_speed_dial_is_named_and_its_phone_can_ring(hass, sandbox, setup, client):
    dial = {
        "subentry_type": "speed_dial",
        "title": "Workshop",
        "unique_id": None,
        "data": {"name": "Workshop", "from": "09120000123", "to": "02155500199"},
    }
    await setup(make_entry(sandbox, subentries_data=(dial,), options={"display_currency": "toman"}))
    (account,) = (await client.result("accounts"))["accounts"]
    (speed_dial,) = account["speed_dials"]
    assert speed_dial["name"] == "Workshop"
    assert hass.states.get(speed_dial["entity_id"]) is not None
    assert {"number": "09120000123", "name": None} in account["phones"]
    assert account["unit"] == {"currency": "IRR", "code": "IRT", "factor": 10, "digits": 0}


def test_statistics_are_named_by_account_trunk_and_series():
    ids = statistic_ids("telefonchy:SV 1", ["2155500001"])
    assert set(ids) == {None, "2155500001"}
    assert ids[None]["refunds"] == "trunkline:telefonchy_sv_1_refunds"
    assert ids["2155500001"]["minutes"] == "trunkline:telefonchy_sv_1_2155500001_minutes"


async def test_the_plans_of_an_account_are_listed(hass, sandbox, client):
    entry = await set_up(hass, sandbox, "voipano")
    (account,) = (await client.result("accounts"))["accounts"]
    assert sorted(hass.states.get(entity).state for entity in account["plans"]) == sorted(
        str(plan.days_left) for plan in entry.runtime_data.coordinator.data.plans.values()
    )
    assert account["plans"]
    await unload(hass)


# Calls


async def test_a_call_has_everything_that_is_displayed(hass, loaded, client):
    call = store(
        loaded,
        status=Status.ANSWERED,
        source=Party(number=CALLER, e164="+989120000999", name="<b>Reza\x1b</b>"),
        extension="1510",
        trunk="2155500001",
        talk=125,
        price=Money(Decimal("1234.50"), "IRR"),
        recording="r1",
    )
    (row,) = (await client.result("calls", limit=1))["calls"]
    assert row == {
        "entry_id": loaded.entry_id,
        "call_id": call.call_id,
        "direction": "incoming",
        "outcome": "answered",
        "at": "2026-03-10T09:29:00+00:00",
        "source": {"name": "<b>Reza </b>", "number": CALLER, "e164": "+989120000999"},
        "destination": {"name": None, "number": "02155500001", "e164": None},
        "extension": "1510",
        "trunk": "2155500001",
        "wait": 20,
        "talk": 125,
        "price": {"amount": "1234.5", "unit": "IRR", "digits": 0},
        "recording": f"media-source://trunkline/{loaded.entry_id}/call/x",
        "confirmed": True,
    }


async def test_amounts_are_in_the_unit_of_the_options_and_others_in_their_own(hass, sandbox, setup, client):
    entry = await setup(make_entry(sandbox, options={"display_currency": "toman"}))
    store(entry, price=Money(Decimal(12345), "IRR"))
    (row,) = (await client.result("calls", limit=1))["calls"]
    assert row["price"] == {"amount": "1234.5", "unit": "IRT", "digits": 0}
    store(entry, "y", started_at=datetime(2026, 3, 10, 9, 30, tzinfo=UTC), price=Money(Decimal("1.25"), "EUR"))
    (row,) = (await client.result("calls", limit=1))["calls"]
    assert row["price"] == {"amount": "1.25", "unit": "EUR", "digits": None}


async def test_pages_are_the_calls_of_the_archive_in_order(hass, sandbox, setup, client):
    first = await setup(make_entry(sandbox))
    second = await setup(make_entry(sandbox, 1))
    expected = sorted(
        [*archived(first), *archived(second)], key=lambda call: (call.started_at, call.call_id), reverse=True
    )
    assert len(expected) > 250
    found: list[tuple[str, str]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await client.result("calls", limit=100, **({"cursor": cursor} if cursor else {}))
        json.dumps(page)
        found += [(row["entry_id"], row["call_id"]) for row in page["calls"]]
        if (cursor := page["cursor"]) is None:
            break
    entry_ids = {first.runtime_data.account_key: first.entry_id, second.runtime_data.account_key: second.entry_id}
    assert sorted(found) == sorted((entry_ids[call.account], call.call_id) for call in expected)
    assert [call_id for _, call_id in found][:20] == [call.call_id for call in expected][:20]
    only = await client.result("calls", limit=100, entry_ids=[second.entry_id])
    assert {row["entry_id"] for row in only["calls"]} == {second.entry_id}


async def test_calls_are_filtered_and_searched(hass, loaded, client):
    store(loaded, source=Party(number=CALLER, e164="+989120000999", name="Workshop"))
    assert [row["call_id"] for row in (await client.result("calls", search="workshop"))["calls"]] == ["x"]
    missed = await client.result("calls", outcomes=["missed"], directions=["incoming"], limit=5)
    assert {row["outcome"] for row in missed["calls"]} == {"missed"}
    assert missed["calls"][0]["call_id"] == "x"
    recorded = await client.result("calls", recorded=True, limit=5)
    assert all(row["recording"] for row in recorded["calls"])
    recent = await client.result("calls", since="2026-03-10T12:58:00+03:30")
    assert [row["call_id"] for row in recent["calls"]] == ["x"]
    assert recent["cursor"] is None


async def test_pushed_calls_come_first_and_without_price_until_the_list_has_them(hass, loaded, client):
    call = Call(
        account=loaded.runtime_data.account_key,
        call_id="pushed",
        direction=Direction.INCOMING,
        status=Status.ANSWERED,
        started_at=datetime(2026, 3, 10, 9, 29, tzinfo=UTC),
        price=Money(Decimal(5), "IRR"),
        recording="r1",
    )
    await loaded.runtime_data.provisional.async_store(call)
    page = await client.result("calls", limit=2)
    row = page["calls"][0]
    assert (row["call_id"], row["confirmed"], row["price"], row["recording"]) == ("pushed", False, None, None)
    assert "pushed" not in {row["call_id"] for row in (await client.result("calls", cursor=page["cursor"]))["calls"]}


@pytest.mark.parametrize(
    "data",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "5"},
        {"directions": ["sideways"]},
        {"outcomes": ["lost"]},
        {"cursor": {"x": {"at": None}}},
        {"cursor": []},
        {"search": 5},
        {"entry_ids": ["x"] * 51},
        {"more": 1},
    ],
)
async def test_what_is_no_request_for_calls_is_refused(hass, loaded, client, data):
    assert await client.error("calls", **data) == ("invalid_format", None)


@pytest.mark.parametrize(
    "data",
    [
        {"since": "yesterday"},
        {"since": "2026-03-10T08:00:00"},
        {"since": "2026-13-10T08:00:00Z"},
        {"since": "0001-01-01T00:00:00+03:30"},
    ],
)
async def test_a_time_needs_an_offset(hass, loaded, client, data):
    assert await client.error("calls", **data) == ("home_assistant_error", "invalid_time")
    cursor = {loaded.entry_id: {"at": data["since"], "id": "x"}}
    assert await client.error("calls", cursor=cursor) == ("home_assistant_error", "invalid_time")


async def test_an_archive_that_cannot_be_read_is_a_translated_error(hass, loaded, client, monkeypatch):
    def broken(*_args, **_options):
        raise ArchiveError("disk")

    monkeypatch.setattr(loaded.runtime_data.archive, "older", broken)
    assert await client.error("calls") == ("home_assistant_error", "action_archive")


# Missed callers


async def test_a_caller_is_listed_once_with_the_number_of_calls_and_the_time_of_the_last(hass, loaded, client, later):
    before = {caller["number"] for caller in (await client.result("missed"))["callers"]}
    assert CALLER not in before
    store(loaded, "1", started_at=datetime(2026, 3, 10, 8, tzinfo=UTC), source=Party(number=CALLER, name="Reza"))
    store(loaded, "2", started_at=datetime(2026, 3, 10, 9, tzinfo=UTC), source=Party(number=CALLER))
    await loaded.runtime_data.publisher.async_publish()
    answer = await client.result("missed")
    assert answer["callers"][0] | {"e164": None} == {
        "entry_id": loaded.entry_id,
        "uid": caller_uid(CALLER),
        "name": "Reza",
        "number": CALLER,
        "e164": None,
        "calls": 2,
        "last": "2026-03-10T09:00:00+00:00",
    }
    assert answer["total"] == len(answer["callers"]) == loaded.runtime_data.coordinator.data.open_missed.callers
    assert answer["withheld"] == loaded.runtime_data.coordinator.data.open_missed.withheld
    lasts = [caller["last"] for caller in answer["callers"]]
    assert lasts == sorted(lasts, reverse=True)


async def test_the_list_of_callers_is_limited(hass, loaded, client, monkeypatch):
    monkeypatch.setattr(missed_command, "MOST_CALLERS", 1)
    for number in range(2):
        store(loaded, str(number), source=Party(number=f"0912000090{number}"))
    await loaded.runtime_data.publisher.async_publish()
    answer = await client.result("missed")
    assert len(answer["callers"]) == 1
    assert answer["total"] >= 2


async def test_a_caller_is_ticked_off_and_put_back(hass, loaded, client, reader):
    store(loaded, source=Party(number=CALLER))
    await loaded.runtime_data.publisher.async_publish()
    before = await client.result("missed")
    caller = before["callers"][0]
    assert (caller["number"], before["ticked"]) == (CALLER, [])
    which = {"entry_id": loaded.entry_id, "uid": caller["uid"]}
    items = hass.states.get((await client.result("accounts"))["accounts"][0]["todo"])
    assert int(items.state) == before["total"]
    await client.result("tick_off", **which)
    after = await client.result("missed")
    assert after["ticked"] == [caller]
    assert after["callers"] == before["callers"][1:]
    assert after["total"] == before["total"] - 1 == int(hass.states.get(items.entity_id).state)
    await client.result("untick", **which)
    assert await client.result("missed") == before

    assert await client.error("tick_off", **which | {"uid": "x"}) == ("home_assistant_error", "caller_not_listed")
    # Who may only look can't change the list.
    for command in ("tick_off", "untick"):
        assert await reader.error(command, **which) == ("unauthorized", None)
    assert await client.result("missed") == before


# Calling


async def test_a_call_is_placed_once_and_counts_towards_the_limit(hass, sandbox, setup, client):
    entry = await setup(make_entry(sandbox, options={"calls_per_hour": 2}))
    assert await client.result("call_limit", entry_id=entry.entry_id) == {"limit": 2, "left": 2}
    answer = await client.result("call", entry_id=entry.entry_id, **{"from": "1510", "to": "0912 000-0999"})
    assert (answer["status"], answer["limit"], answer["left"]) == ("accepted", 2, 1)
    placed = [request.query for request in sandbox.requests if request.path == "/smartcall"]
    assert placed == [{"service_id": "sv71001", "exten": "1510", "to": "09120000999"}]
    await client.result("call", entry_id=entry.entry_id, **{"from": "1510", "to": CALLER})
    assert await client.error("call", entry_id=entry.entry_id, **{"from": "1510", "to": CALLER}) == (
        "home_assistant_error", "too_many_calls",
    )  # fmt: skip
    assert (await client.result("call_limit", entry_id=entry.entry_id))["left"] == 0
    assert len([request for request in sandbox.requests if request.path == "/smartcall"]) == 2


async def test_who_may_only_look_places_no_call(sandbox, loaded, client, reader):
    (account,) = (await reader.result("accounts"))["accounts"]
    assert (account["may_see_calls"], account["may_control"]) == (True, False)
    request = {"entry_id": loaded.entry_id, "from": "1510", "to": CALLER}
    assert await reader.error("call", **request) == ("unauthorized", None)
    assert not [request for request in sandbox.requests if request.path == "/smartcall"]
    assert (await client.result("accounts"))["accounts"][0]["may_control"] is True


async def test_what_is_no_number_is_refused_and_not_repeated_in_the_log(hass, sandbox, loaded, client, caplog):
    caplog.set_level(logging.DEBUG)
    entry_id = loaded.entry_id
    refused = ("home_assistant_error", "invalid_number")
    assert await client.error("call", entry_id=entry_id, **{"from": "1510", "to": "call 0912 secret"}) == refused
    assert await client.error("call", entry_id=entry_id, **{"from": "x", "to": CALLER}) == refused
    assert (await client.error("call", entry_id=entry_id, **{"from": "1510"}))[0] == "invalid_format"
    assert not [request for request in sandbox.requests if request.path == "/smartcall"]
    # With debug logs on, Home Assistant itself logs each message that it receives.
    logged = [record.getMessage() for record in caplog.records if record.levelno > logging.DEBUG]
    assert logged
    assert not [message for message in logged if "secret" in message or CALLER in message]


async def test_an_account_that_is_none_or_not_loaded_is_named(hass, loaded, client):
    assert await client.error("call_limit", entry_id="none") == ("home_assistant_error", "account_not_found")
    await hass.config_entries.async_unload(loaded.entry_id)
    assert await client.error("call_limit", entry_id=loaded.entry_id) == ("home_assistant_error", "account_not_loaded")
    assert (await client.result("calls"))["calls"] == []
    assert (await client.result("accounts"))["accounts"] == []


# Who may see calls


async def test_users_see_calls_unless_they_are_for_administrators(hass, sandbox, setup, reader, client):
    entry = await setup(make_entry(sandbox))
    assert (await reader.result("calls", limit=1))["calls"]
    hass.config_entries.async_update_entry(entry, options={"admins_only": True})
    assert (await reader.result("calls", limit=1)) == {"calls": [], "cursor": None}
    assert (await reader.result("missed"))["callers"] == []
    for command, data in (("call_limit", {}), ("live", {}), ("queues", {}), ("call", {"from": "1510", "to": CALLER})):
        assert await reader.error(command, entry_id=entry.entry_id, **data) == ("home_assistant_error", "admins_only")
    assert not [request for request in sandbox.requests if request.path == "/smartcall"]
    (account,) = (await reader.result("accounts"))["accounts"]
    assert (account["may_see_calls"], account["phones"]) == (False, [])
    await reader.result("subscribe")
    store(entry)
    await entry.runtime_data.publisher.async_publish()
    assert (await client.result("calls", limit=1))["calls"]
    # Nothing arrived before the answer to the next command.
    assert await reader.result("accounts")


# Subscriptions


async def test_a_subscription_sends_states_and_new_calls(hass, sandbox, loaded, client, later):
    await client.result("subscribe", entry_ids=[loaded.entry_id])
    state = await client.event()
    assert state == {
        "type": "state",
        "entry_id": loaded.entry_id,
        "available": True,
        "missed_callers": loaded.runtime_data.coordinator.data.open_missed.callers,
        "history_complete": True,
        "history_percent": 100.0,
        "last_sync": "2026-03-10T09:30:00+00:00",
    }
    office = sandbox.world.offices[0]
    sandbox.world.record(office, direction=Way.INCOMING, outcome=Outcome.NO_ANSWER, wait=5, talk=0)
    await later(130)
    events = [await client.event()]
    while events[-1]["type"] != "call":
        events.append(await client.event())
    row = events[-1]["call"]
    assert (row["outcome"], row["entry_id"], row["confirmed"]) == ("missed", loaded.entry_id, True)
    assert row == (await client_result_after_events(client, "calls", limit=1))["calls"][0]


async def client_result_after_events(client: Client, kind: str, **data: Any) -> Any:
    """Return the result of a command while events arrive."""
    await client.socket.send_json_auto_id({"type": f"trunkline/{kind}", **data})
    while (answer := await client.socket.receive_json())["type"] != "result":
        pass
    assert answer["success"], answer
    return answer["result"]


async def test_a_subscription_follows_an_account_that_is_loaded_again(hass, sandbox, loaded, client, setup):
    await client.result("subscribe")
    assert (await client.event())["type"] == "state"
    old = loaded.runtime_data
    await hass.config_entries.async_unload(loaded.entry_id)
    assert await client.event() == {"type": "accounts"}
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    kinds = {(await client.event())["type"] for _ in range(2)}
    assert kinds == {"state", "accounts"}
    assert loaded.runtime_data is not old
    assert not old.call_events._listeners
    await client_result_after_events(client, "accounts")
    await client.socket.close()
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_an_ended_subscription_leaves_no_listener(hass, loaded, client):
    before = len(loaded.runtime_data.call_events._listeners)
    await client.socket.send_json({"id": 77, "type": "trunkline/subscribe"})
    assert (await client.socket.receive_json())["success"]
    await client.event()
    assert len(loaded.runtime_data.call_events._listeners) == before + 1
    await client.socket.send_json({"id": 78, "type": "unsubscribe_events", "subscription": 77})
    assert (await client.socket.receive_json())["success"]
    assert len(loaded.runtime_data.call_events._listeners) == before


async def test_who_is_ringing_is_sent_at_once_and_when_it_changes(hass, sandbox, setup, client):
    entry = await set_up(hass, sandbox, "simotel")
    (account,) = (await client.result("accounts"))["accounts"]
    assert account["live"] is True
    assert account["recordings"] is True
    assert not {"phone", "queue_waiting"} & account["entities"].keys()
    events = entry.runtime_data.live_events
    await client.result("live", entry_id=entry.entry_id)
    assert await client.event() == {"state": None, "calls": [], "phones": []}
    events.async_fire(
        LineEvent("new_state", call_id="1.1", extension="101", state="Ringing", number=CALLER, queue="600")
    )
    party = {"name": None, "number": CALLER, "e164": "+989120000999"}
    common = {"state": "ringing", "direction": None, "party": party, "queue": "600"}
    sent = await client.event()
    since = sent["phones"][0]["since"]
    assert sent == {
        "state": "ringing",
        "calls": [{**common, "phones": ["101"], "since": since}],
        "phones": [{**common, "extension": "101", "since": since}],
    }
    # What changes nothing, and an idle phone, are not worth a row.
    events.async_fire(LineEvent(kind="ping"))
    events.async_fire(LineEvent("new_state", call_id="1.1", extension="101", state="Idle"))
    events.async_fire(LineEvent("cdr_queue", call_id="1.1", queue="600"))
    assert [
        (each["state"], len(each["calls"]), each["phones"]) for each in [await client.event(), await client.event()]
    ] == [
        ("ringing", 1, []),
        ("idle", 0, []),
    ]
    await unload(hass)


async def test_who_waits_in_the_queues_is_sent_at_once_and_when_it_changes(hass, sandbox, setup, client, freezer):
    entry = await set_up(hass, sandbox, "simotel")
    (account,) = (await client.result("accounts"))["accounts"]
    assert account["queues"] is True
    extensions = sandbox.accounts["simotel"][0].extensions
    first, second = extensions[:2]
    await client.result("queues", entry_id=entry.entry_id)
    sent = await client.event()
    assert [(queue["number"], queue["name"]) for queue in sent["queues"]] == [("901", "sale"), ("902", "support")]
    for queue in sent["queues"]:
        assert (queue["waiting"], queue["since"], queue["callers"], queue["free"]) == (None, None, [], None)
        # Every extension is an agent of both queues, and no event has told of any phone.
        assert [agent["extension"] for agent in queue["agents"]] == sorted(extensions)
        assert all(agent["name"] and agent["state"] is None and agent["since"] is None for agent in queue["agents"])

    def tell(extension: str, state: str, **more: Any) -> None:
        entry.runtime_data.live_events.async_fire(
            LineEvent("new_state", extension=extension, state=state, **{"number": CALLER, "call_id": "1.1", **more})
        )

    tell(first, "Ringing", queue="901")
    began = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
    sent = await client.event()
    assert sent["now"] == began.isoformat()
    sale, support = sent["queues"]
    party = {"name": None, "number": CALLER, "e164": "+989120000999"}
    assert (sale["waiting"], sale["since"]) == (1, began.isoformat())
    assert sale["callers"] == [{"party": party, "since": began.isoformat()}]
    assert (support["waiting"], support["callers"]) == (0, [])
    states = {agent["extension"]: (agent["state"], agent["since"]) for agent in support["agents"]}
    assert states[first] == ("ringing", began.isoformat())
    assert sale["free"] == support["free"] == 0

    freezer.tick(40)
    tell(second, "Idle", number=None, call_id=None)
    assert [queue["free"] for queue in (await client.event())["queues"]] == [1, 1]
    # What changes nothing is not sent.
    tell(second, "Idle", number=None, call_id=None)
    tell(first, "InUse", queue="901")
    sale = (await client.event())["queues"][0]
    assert (sale["waiting"], sale["since"], sale["free"]) == (0, None, 1)

    # The agents are polled.
    await entry.runtime_data.account.remove_agent(queue="902", extension=second)
    await entry.runtime_data.async_sync()
    sale, support = (await client.event())["queues"]
    assert second in [agent["extension"] for agent in sale["agents"]]
    assert [agent["extension"] for agent in support["agents"]] == sorted({*extensions} - {second})


async def test_made_up_queues_and_callers_stay_few(hass, sandbox, setup, client):
    entry = await set_up(hass, sandbox, "simotel")
    for number in range(60):
        for queue in (f"7{number:02}", "901"):
            entry.runtime_data.live_events.async_fire(
                LineEvent("new_state", extension="101", state="Ringing", call_id=f"{queue}.{number}", queue=queue)
            )
    await client.result("queues", entry_id=entry.entry_id)
    queues = {queue["number"]: queue for queue in (await client.event())["queues"]}
    assert {"901", "902", "700"} <= queues.keys()
    assert len(queues) <= 2 + 20
    assert (queues["901"]["waiting"], len(queues["901"]["callers"])) == (60, 5)
    assert (queues["700"]["name"], queues["700"]["agents"]) == (None, [])


async def test_an_ended_subscription_of_queues_leaves_no_listener(hass, sandbox, setup, client):
    entry = await set_up(hass, sandbox, "simotel")
    runtime = entry.runtime_data

    def listeners() -> tuple[int, int]:
        return len(runtime.live._listeners), len(runtime.coordinator._listeners)

    before = listeners()
    await client.socket.send_json({"id": 77, "type": "trunkline/queues", "entry_id": entry.entry_id})
    assert (await client.socket.receive_json())["success"]
    await client.event()
    assert listeners() == (before[0] + 1, before[1] + 1)
    await client.socket.send_json({"id": 78, "type": "unsubscribe_events", "subscription": 77})
    assert (await client.socket.receive_json())["success"]
    assert listeners() == before
