"""The actions for calls against a provider in the sandbox: their requests, responses and errors."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from unittest.mock import AsyncMock

import pytest
from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.core import Context, ServiceCall, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.trunkline.account.parties import is_number
from custom_components.trunkline.services import ACTIONS
from custom_components.trunkline.services import calls as call_actions
from trunkline.errors import ArchiveError, UnsupportedError
from trunkline.model import Call, Direction, Money, Party, PlacedCall, Status
from trunkline.sandbox.world import Direction as Way
from trunkline.sandbox.world import Outcome

from .conftest import make_entry

CALLER = "9120000999"
OTHER = "02155500001"


async def act(hass, action, **data):
    return await hass.services.async_call("trunkline", action, data, blocking=True, return_response=True)


async def refused(hass, action, kind=ServiceValidationError, **data):
    """Return the key and the placeholders of the error."""
    with pytest.raises(kind) as caught:
        await act(hass, action, **data)
    assert caught.value.translation_domain == "trunkline"
    return caught.value.translation_key, caught.value.translation_placeholders


def smartcalls(sandbox):
    return [request.query for request in sandbox.requests if request.path == "/smartcall"]


# Who may only look


ACTING = sorted(action.name for action in ACTIONS if action.supports_response is not SupportsResponse.ONLY)


def test_actions_that_only_read_are_named_so():
    reading = {action.name for action in ACTIONS} - set(ACTING)
    assert {name for name in reading if not name.startswith("get_")} == {"ping", "search"}
    # It writes a file.
    assert [name for name in ACTING if name.startswith("get_")] == ["get_recording"]


@pytest.mark.parametrize("name", ACTING)
async def test_who_may_only_look_runs_no_action_that_costs_or_changes_something(
    hass, sandbox, loaded, hass_read_only_user, name
):
    before = len(sandbox.requests)
    run = hass.services.async_services()["trunkline"][name].job.target
    for user_id in (hass_read_only_user.id, "gone"):
        with pytest.raises(Unauthorized):
            await run(ServiceCall(hass, "trunkline", name, {}, Context(user_id=user_id)))
    assert len(sandbox.requests) == before


async def test_users_who_may_control_place_calls(hass, sandbox, loaded):
    user = MockUser(groups=[await hass.auth.async_get_group(GROUP_ID_USER)]).add_to_hass(hass)
    data = {"from": "1510", "to": CALLER}
    await hass.services.async_call("trunkline", "click_to_call", data, blocking=True, context=Context(user_id=user.id))
    assert len(smartcalls(sandbox)) == 1


# click_to_call


async def test_a_call_is_placed_once_and_the_request_is_returned(hass, sandbox, loaded):
    response = await act(hass, "click_to_call", **{"from": "1510", "to": "0912 000-0999"})
    assert response["status"] == "accepted"
    assert response["request_id"] == "900001"
    assert response["charged"] is response["remaining_credit"] is response["currency"] is None
    assert smartcalls(sandbox) == [{"service_id": "sv71001", "exten": "1510", "to": "09120000999"}]
    json.dumps(response)


async def test_the_charge_and_the_remaining_credit_are_returned_as_exact_text(hass, loaded, monkeypatch):
    placed = PlacedCall("7", charged=Money(*_rial("80.50")), remaining_credit=Money(*_rial("1E+6")))

    async def place(**_):
        return placed

    monkeypatch.setattr(loaded.runtime_data.account, "click_to_call", place)
    response = await act(hass, "click_to_call", **{"from": "1510", "to": "09120000999"})
    assert (response["charged"], response["remaining_credit"], response["currency"]) == ("80.50", "1000000", "IRR")


def _rial(text):
    from decimal import Decimal

    return Decimal(text), "IRR"


async def test_the_response_is_optional(hass, sandbox, loaded):
    await hass.services.async_call("trunkline", "click_to_call", {"from": 1510, "to": "+98 912 0000999"}, blocking=True)
    assert [call["to"] for call in smartcalls(sandbox)] == ["+989120000999"]


async def test_persian_digits_are_accepted(hass, sandbox, loaded):
    await act(hass, "click_to_call", **{"from": "۱۵۱۰", "to": "۰۹۱۲۰۰۰۰۹۹۹"})
    assert smartcalls(sandbox) == [{"service_id": "sv71001", "exten": "1510", "to": "09120000999"}]


@pytest.mark.parametrize(
    "bad", ["", "1", "call me", "0912x", "09120000999; rm", "tel:0912", "--", "+", "1" * 21, "*21#"]
)
async def test_an_invalid_number_is_rejected_without_a_request(hass, sandbox, loaded, bad):
    key, placeholders = await refused(hass, "click_to_call", **{"from": "1510", "to": bad})
    assert (key, placeholders) == ("invalid_number", {"field": "to"})
    key, placeholders = await refused(hass, "click_to_call", **{"from": bad, "to": "09120000999"})
    assert (key, placeholders) == ("invalid_number", {"field": "from"})
    assert smartcalls(sandbox) == []


@pytest.mark.parametrize("octal", [0o2155512, 65, 9120000, True, 0o7733334444])
async def test_a_number_without_quotes_that_may_have_lost_digits_is_rejected(hass, sandbox, loaded, octal):
    key, _ = await refused(hass, "click_to_call", **{"from": "1510", "to": octal})
    assert key == "number_without_quotes"
    assert smartcalls(sandbox) == []


@pytest.mark.parametrize("calculated", [9120000999.0, "9120000999.0", "9120000999.", 9.12e20, -9120000999])
async def test_a_number_that_was_calculated_with_is_rejected(hass, sandbox, loaded, calculated):
    """Without the point it would have another digit: a different number would be called."""
    key, _ = await refused(hass, "click_to_call", **{"from": "1510", "to": calculated})
    assert key == "invalid_number"
    key, _ = await refused(hass, "click_to_call", **{"from": calculated, "to": "09120000999"})
    assert key == "invalid_number"
    assert smartcalls(sandbox) == []


async def test_marks_of_the_writing_direction_are_no_part_of_a_number(hass, sandbox, loaded):
    await act(hass, "click_to_call", **{"from": "1510", "to": "\u200e+98 912 0000999\u202c"})
    assert smartcalls(sandbox)[0]["to"] == "+989120000999"


async def test_a_number_out_of_a_template_is_complete_and_is_called(hass, sandbox, loaded):
    await act(hass, "click_to_call", **{"from": 1510, "to": 9120000999})
    assert smartcalls(sandbox)[0]["to"] == "9120000999"


async def test_an_unknown_service_is_rejected_with_the_known_ones(hass, sandbox, loaded):
    key, placeholders = await refused(
        hass, "click_to_call", **{"from": "1510", "to": "09120000999", "service": "sv99999"}
    )
    assert key == "unknown_service"
    assert placeholders == {"account": loaded.title, "services": "sv71001"}
    await act(hass, "click_to_call", **{"from": "1510", "to": "09120000999", "service": "sv71001"})
    assert len(smartcalls(sandbox)) == 1


async def test_a_request_without_a_reply_has_an_unknown_outcome_and_is_not_repeated(hass, sandbox, loaded, caplog):
    sandbox.faults.add("cut", path="/smartcall")
    key, placeholders = await refused(
        hass, "click_to_call", HomeAssistantError, **{"from": "1510", "to": "09120000999"}
    )
    assert key == "call_outcome_unknown"
    assert placeholders["account"] == loaded.title
    assert len(smartcalls(sandbox)) == 1
    assert "09120000999" not in caplog.text.replace("'to': '09120000999'", "")


async def test_a_rejected_request_reports_the_providers_message(hass, sandbox, loaded):
    key, placeholders = await refused(
        hass, "click_to_call", HomeAssistantError, **{"from": "7777", "to": "09120000999"}
    )
    assert key == "action_refused"
    assert "exten" in placeholders["error"]
    assert "0999" not in placeholders["error"]


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        (("expired_token", {}), "action_authentication"),
        (("status", {"code": 403}), "action_not_permitted"),
        (("rate_limit", {}), "action_rate_limited"),
        (("field", {"at": "code", "action": "set", "value": 402}), "action_provider"),
    ],
)
async def test_each_error_has_its_own_message(hass, sandbox, loaded, fault, key):
    kind, options = fault
    sandbox.faults.add(kind, path="/smartcall", **options)
    found, placeholders = await refused(
        hass, "click_to_call", HomeAssistantError, **{"from": "1510", "to": "09120000999"}
    )
    assert found == key
    assert set(placeholders) == {"account", "error"}
    assert len(smartcalls(sandbox)) == 1


async def test_the_hourly_limit_stops_a_looping_automation(hass, sandbox, setup):
    await setup(make_entry(sandbox, options={"calls_per_hour": 2}))
    for _ in range(2):
        await act(hass, "click_to_call", **{"from": "1510", "to": "09120000999"})
    key, _ = await refused(hass, "click_to_call", **{"from": "1510", "to": "09120000999"})
    assert key == "too_many_calls"
    assert len(smartcalls(sandbox)) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [("ring_seconds", 20), ("call_limit", 60), ("caller_id", OTHER), ("trunk", "2155500001"), ("context", "main")],
)
async def test_a_field_that_the_provider_lacks_is_rejected_without_a_request(hass, sandbox, loaded, field, value):
    data = {"from": "1510", "to": "09120000999", field: value}
    rejected = ("unsupported_field", {"account": loaded.title, "field": field})
    assert await refused(hass, "click_to_call", **data) == rejected
    assert smartcalls(sandbox) == []
    assert loaded.runtime_data.call_limit.used == 0


async def test_a_provider_without_click_to_call_is_reported(hass, loaded, monkeypatch):
    monkeypatch.setattr(type(loaded.runtime_data.account), "supports", lambda *_: False)
    key, placeholders = await refused(hass, "click_to_call", **{"from": "1510", "to": "09120000999"})
    assert (key, placeholders) == ("unsupported", {"account": loaded.title})


async def test_a_capability_that_turns_out_to_be_missing_is_reported_as_unsupported(hass, loaded, monkeypatch):
    monkeypatch.setattr(loaded.runtime_data.sync, "sync", AsyncMock(side_effect=UnsupportedError("no calls")))
    key, placeholders = await refused(hass, "sync_now")
    assert (key, placeholders["account"]) == ("unsupported", loaded.title)


# Which account


async def test_the_account_is_optional_if_there_is_only_one(hass, loaded):
    assert (await act(hass, "sync_now"))["complete"]
    assert (await act(hass, "sync_now", config_entry=loaded.entry_id))["complete"]


async def test_one_of_several_accounts_must_be_selected(hass, sandbox, loaded, setup):
    other = await setup(make_entry(sandbox, 1))
    assert (await refused(hass, "sync_now"))[0] == "several_accounts"
    ours = await act(hass, "get_calls", config_entry=loaded.entry_id, limit=1000)
    theirs = await act(hass, "get_calls", config_entry=other.entry_id, limit=1000)
    assert [ours["count"], theirs["count"]] == [len(office.calls) for office in sandbox.world.offices]

    await hass.config_entries.async_unload(other.entry_id)
    assert await refused(hass, "sync_now", config_entry=other.entry_id) == (
        "account_not_loaded",
        {"account": other.title},
    )
    await act(hass, "sync_now")


async def test_an_action_without_a_loaded_account_is_rejected(hass, loaded):
    foreign = MockConfigEntry(domain="other")
    foreign.add_to_hass(hass)
    assert (await refused(hass, "sync_now", config_entry=foreign.entry_id))[0] == "account_not_found"
    assert (await refused(hass, "sync_now", config_entry="nobody"))[0] == "account_not_found"
    await hass.config_entries.async_unload(loaded.entry_id)
    for action, data in (("sync_now", {}), ("get_calls", {}), ("click_to_call", {"from": "1510", "to": "102"})):
        assert (await refused(hass, action, **data))[0] == "no_account"


# get_calls


async def test_calls_are_returned_as_the_world_has_them_and_those_that_ended_last_first(hass, sandbox, loaded):
    response = await act(hass, "get_calls", limit=1000)
    json.dumps(response)
    rows = response["calls"]
    table = sandbox.world.offices[0].calls
    assert response["count"] == len(rows) == len(table)
    assert response["more"] is False
    ends = [
        datetime.fromisoformat(row["started_at"]) + timedelta(seconds=row["wait_s"] + row["talk_s"]) for row in rows
    ]
    assert ends == sorted(ends, reverse=True)
    by_id = {row["call_id"]: row for row in rows}
    for position in range(len(table)):
        truth = table[position]
        row = by_id[str(truth.call_id)]
        assert datetime.fromisoformat(row["started_at"]) == datetime.fromtimestamp(truth.started_at, UTC)
        assert (row["wait_s"], row["talk_s"]) == (truth.wait, truth.talk)
        assert (row["price"], row["currency"]) == (str(truth.price), "IRR")
        assert row["price_talk"] == str(truth.price_talk)
        assert row["recorded"] is bool(truth.file_id)


async def test_the_limit_applies_and_more_says_whether_there_are_others(hass, loaded):
    response = await act(hass, "get_calls", limit=7)
    assert (response["count"], len(response["calls"]), response["more"]) == (7, 7, True)
    everything = await act(hass, "get_calls", limit=1000)
    assert response["calls"] == everything["calls"][:7]
    assert (await act(hass, "get_calls"))["count"] == 100


async def test_a_long_call_is_among_the_last_ones_though_others_started_after_it(hass, sandbox, loaded, later):
    world, office = sandbox.world, sandbox.world.offices[0]
    others = [world.record(office, wait=1, talk=5, age=age) for age in (120, 60)]
    long = world.record(office, outcome=Outcome.ANSWERED, wait=5, talk=1800, peer=world.party("9120000779"))
    await later(130)
    ids = [str(office.calls[position].call_id) for position in (long, *reversed(others))]
    assert [call["call_id"] for call in (await act(hass, "get_calls", limit=3))["calls"]] == ids
    response = await act(hass, "get_calls", limit=1)
    assert ([call["call_id"] for call in response["calls"]], response["more"]) == (ids[:1], True)
    started = datetime.fromtimestamp(office.calls[long].started_at, UTC)
    later_start = (started + timedelta(seconds=1)).isoformat()
    # What is asked for by its start or its number stays what was asked for.
    assert ids[0] not in {call["call_id"] for call in (await act(hass, "get_calls", since=later_start))["calls"]}
    assert (await act(hass, "get_calls", since=later_start, limit=1))["calls"][0]["call_id"] == ids[1]
    other = await act(hass, "get_calls", status="answered", number="09120000779", limit=1)
    assert [call["call_id"] for call in other["calls"]] == ids[:1]


async def test_calls_are_filtered_by_direction_and_status(hass, sandbox, loaded):
    table = sandbox.world.offices[0].calls
    rows = [table[position] for position in range(len(table))]
    missed = {str(row.call_id) for row in rows if row.direction == Way.INCOMING and row.outcome == Outcome.NO_ANSWER}
    response = await act(hass, "get_calls", direction="incoming", status=["no_answer"], limit=1000)
    assert {row["call_id"] for row in response["calls"]} == missed
    assert missed
    inside = await act(hass, "get_calls", direction=["internal"], limit=1000)
    assert inside["count"] == sum(row.direction == Way.LOCAL for row in rows)
    assert {row["direction"] for row in inside["calls"]} == {"internal"}


async def test_a_filter_reads_on_until_the_limit_is_reached(hass, loaded):
    everything = (await act(hass, "get_calls", limit=1000))["calls"]
    wanted = [row["call_id"] for row in everything if row["status"] == "busy"]
    response = await act(hass, "get_calls", status="busy", limit=2)
    assert [row["call_id"] for row in response["calls"]] == wanted[:2]
    assert response["more"] is (len(wanted) > 2)


@pytest.mark.parametrize("written", ["9120000999", "09120000999", "+989120000999", "00989120000999", 9120000999])
async def test_a_number_is_found_in_any_format(hass, sandbox, loaded, written):
    office = sandbox.world.offices[0]
    peer = sandbox.world.party(CALLER)
    sandbox.world.record(office, direction=Way.INCOMING, outcome=Outcome.BUSY, peer=peer)
    sandbox.world.record(office, direction=Way.OUTGOING, peer=peer)
    response = await act(hass, "get_calls", number=written, refresh=True)
    assert response["count"] == 2
    assert {row["source"] for row in response["calls"]} | {row["destination"] for row in response["calls"]} > {CALLER}


async def test_calls_of_an_extension_are_found(hass, loaded):
    response = await act(hass, "get_calls", number="1510", limit=1000)
    assert response["count"] > 0
    assert all("1510" in (row["source"], row["destination"]) for row in response["calls"])


async def test_the_period_is_half_open_and_in_home_assistants_zone(hass, loaded):
    await hass.config.async_set_time_zone("Asia/Tehran")
    everything = (await act(hass, "get_calls", limit=1000))["calls"]
    starts = [datetime.fromisoformat(row["started_at"]) for row in everything]
    first, last = starts[-1], starts[0]
    local = dt_util.as_local(last)
    until = await act(hass, "get_calls", until=local.strftime("%Y-%m-%d %H:%M:%S"), limit=1000)
    assert until["count"] == sum(start < last for start in starts)
    since = await act(hass, "get_calls", since=last.isoformat())
    assert since["count"] == sum(start >= last for start in starts)
    day = dt_util.as_local(first).date()
    from_day = await act(hass, "get_calls", since=(day + timedelta(days=1)).isoformat(), limit=1000)
    assert from_day["count"] == sum(dt_util.as_local(start).date() > day for start in starts)
    same = await act(hass, "get_calls", since=day + timedelta(days=1), until=local, limit=1000)
    assert same["count"] == from_day["count"] - since["count"]


@pytest.mark.parametrize(
    "bad",
    [
        "yesterday",
        "2026-13-01 00:00:00",
        "25:00",
        "",
        "1404-02-31",
        "0001-01-01T00:00:00+03:30",
        "9999-12-31T23:59:59-08:00",
    ],
)
async def test_an_invalid_time_is_rejected(hass, loaded, bad):
    assert await refused(hass, "get_calls", since=bad) == ("invalid_time", {"field": "since"})
    assert await refused(hass, "get_calls", until=bad) == ("invalid_time", {"field": "until"})


async def test_an_empty_period_is_rejected(hass, loaded):
    key, _ = await refused(hass, "get_calls", since="2026-01-02 00:00:00", until="2026-01-02 00:00:00")
    assert key == "empty_period"


async def test_new_calls_are_fetched_only_with_refresh(hass, sandbox, loaded):
    before = (await act(hass, "get_calls", limit=1))["calls"][0]["call_id"]
    sandbox.world.record(sandbox.world.offices[0])
    sent = len(sandbox.requests)
    assert (await act(hass, "get_calls", limit=1))["calls"][0]["call_id"] == before
    assert len(sandbox.requests) == sent
    assert (await act(hass, "get_calls", limit=1, refresh=True))["calls"][0]["call_id"] != before


async def test_an_error_of_the_archive_is_reported(hass, loaded, monkeypatch):
    def fail(**_):
        msg = "the archive is gone"
        raise ArchiveError(msg)

    monkeypatch.setattr(loaded.runtime_data.archive, "calls", fail)
    key, placeholders = await refused(hass, "get_calls", HomeAssistantError)
    assert (key, placeholders) == ("action_archive", {"account": loaded.title, "error": "the archive is gone"})


class FewCalls:
    """An archive of calls by (id, second), newest first, those without a start last."""

    def __init__(self, *calls):
        self._calls = [
            Call(
                account="a",
                call_id=call_id,
                direction=Direction.INCOMING,
                status=Status.BUSY,
                started_at=None if second is None else datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC),
            )
            for call_id, second in calls
        ]

    def count(self, *, accounts):
        return len(self._calls)

    def calls(self, *, accounts, since=None, until=None, limit=None):
        before = [call for call in self._calls if until is None or (call.started_at and call.started_at < until)]
        return before[:limit]


@pytest.mark.parametrize(
    "calls",
    [
        [("e", 5), ("d", 4), ("c", 3), ("b", 2), ("a", 1)],
        [("e", 5), ("d", 5), ("c", 5), ("b", 5), ("a", 5)],
        [("e", 5), ("d", 4), ("c", 4), ("b", 4), ("a", 1)],
        [("e", 5), ("d", None), ("c", None), ("b", None), ("a", None)],
        [],
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 9])
def test_reading_in_chunks_returns_every_call_once_and_in_order(calls, size):
    archive = FewCalls(*calls)
    period = call_actions._Period("a", None, None)
    assert [call.call_id for call in call_actions._newest_first(archive, period, size)] == [
        call_id for call_id, _ in calls
    ]


def test_a_withheld_number_matches_no_number():
    assert not is_number(Party(), "9120000999", "IR")


# sync_now


async def test_a_sync_counts_new_calls_and_a_second_one_finds_none(hass, sandbox, loaded):
    sandbox.world.record(sandbox.world.offices[0])
    sandbox.world.record(sandbox.world.offices[0])
    first = await act(hass, "sync_now")
    assert (first["new"], first["changed"], first["complete"]) == (2, 0, True)
    second = await act(hass, "sync_now")
    assert (second["new"], second["changed"]) == (0, 0)


async def test_a_full_sync_reads_all_calls_and_updates_the_corrected_one(hass, sandbox, loaded):
    office = sandbox.world.offices[0]
    sandbox.world.correct(office, 0, price_wait=office.calls.price_wait[0] + 10)
    response = await act(hass, "sync_now", full=True)
    assert (response["new"], response["changed"], response["unchanged"]) == (0, 1, len(office.calls) - 1)


async def test_an_unreachable_provider_is_reported(hass, sandbox, loaded, monkeypatch):
    from trunkline.errors import ConnectionFailedError

    async def fail(**_):
        msg = "Telefonchy can't be reached"
        raise ConnectionFailedError(msg)

    monkeypatch.setattr(loaded.runtime_data.sync, "sync", fail)
    for action, data in (("sync_now", {}), ("get_calls", {"refresh": True})):
        key, placeholders = await refused(hass, action, HomeAssistantError, **data)
        assert key == "action_unreachable"
        assert placeholders["error"] == "Telefonchy can't be reached"


async def test_an_invalid_response_is_reported(hass, sandbox, loaded):
    sandbox.faults.add("bad_json", path="/calls")
    sandbox.world.record(sandbox.world.offices[0])
    key, _ = await refused(hass, "sync_now", HomeAssistantError)
    assert key == "action_invalid_response"


async def test_errors_are_translated(hass, loaded):
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "click_to_call", **{"from": "1510", "to": 65})
    assert "in quotes" in str(caught.value)
    assert "{" not in str(caught.value)


async def test_no_number_reaches_the_log(hass, sandbox, loaded, caplog):
    caplog.set_level(logging.DEBUG, logger="custom_components.trunkline")
    caplog.clear()
    await act(hass, "click_to_call", **{"from": "1510", "to": "09120000999"})
    await act(hass, "get_calls", number="09120000999", refresh=True)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("custom_components.trunkline")]
    assert not any("0999" in line or "1510" in line for line in ours)
