"""Live events on the bus, as an entity, and in the logbook."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from homeassistant.const import STATE_UNKNOWN
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events, mock_component
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.trunkline.account import events
from trunkline.model import LineEvent
from trunkline.providers import PROVIDERS

from .conftest import DOMAIN
from .languages import LANGUAGES
from .test_logbook import ENGLISH, sentences
from .test_push_addresses import with_events  # noqa: F401  (a fixture)

RINGS = LineEvent(
    kind="incoming_call",
    at=datetime(2026, 3, 10, 9, 30, tzinfo=UTC),
    call_id="1773135000.17",
    extension="101",
    state="Ringing",
    number="09120000999",
    queue="600",
    data={"event_name": "IncomingCall", "entry_point": "main"},
)


def test_an_event_on_the_bus_has_all_that_is_known_and_the_simple_fields_as_sent():
    assert events.line_attributes(RINGS, "IR") == {
        "kind": "incoming_call",
        "at": "2026-03-10T09:30:00+00:00",
        "call_id": "1773135000.17",
        "extension": "101",
        "state": "Ringing",
        "number": "09120000999",
        "number_e164": "+989120000999",
        "name": None,
        "queue": "600",
        "fields": {"event_name": "IncomingCall", "entry_point": "main"},
    }


def test_what_is_not_known_is_none():
    attributes = events.line_attributes(LineEvent(kind="ping"), "IR")
    assert attributes.pop("kind") == "ping"
    assert attributes.pop("fields") == {}
    assert set(attributes.values()) == {None}


def test_fields_as_sent_are_limited_in_type_number_and_size():
    data = {
        "text": "x" * 500,
        "number": 17,
        "share": 0.5,
        "yes": True,
        "nothing": None,
        "list": [1],
        "object": {"a": 1},
        "huge": 10**400,
        "n" * 100: "",
    }
    assert events.line_attributes(LineEvent(kind="x", data=data), "IR")["fields"] == {
        "text": "x" * 200,
        "number": 17,
        "share": 0.5,
        "yes": True,
        "nothing": None,
        "n" * 60: "",
    }
    many = {f"field {number}": "x" * 200 for number in range(1000)}
    fields = events.line_attributes(LineEvent(kind="x", data=many), "IR")["fields"]
    assert list(fields) == [f"field {number}" for number in range(40)]
    # What is larger the recorder doesn't keep.
    assert len(json.dumps(fields)) < 32768


# The entity


async def test_the_entity_shows_the_last_event_with_its_kind_as_the_type(hass, with_events, loaded, state):  # noqa: F811
    assert state("event", f"{loaded.unique_id}_line_event").state == STATE_UNKNOWN
    heard = async_capture_events(hass, "trunkline_event")
    loaded.runtime_data.live_events.async_fire(RINGS)
    await hass.async_block_till_done()
    shown = state("event", f"{loaded.unique_id}_line_event")
    assert shown.attributes["event_type"] == "incoming_call"
    assert (shown.attributes["extension"], shown.attributes["number"]) == ("101", "09120000999")
    assert "fields" not in shown.attributes
    assert [event.data["fields"]["entry_point"] for event in heard] == ["main"]


async def test_two_events_at_once_are_both_shown(hass, with_events, loaded, entity_id):  # noqa: F811
    entity = entity_id("event", f"{loaded.unique_id}_line_event")
    states = async_capture_events(hass, "state_changed")
    for extension in ("101", "102"):
        loaded.runtime_data.live_events.async_fire(LineEvent(kind="new_state", extension=extension, state="Idle"))
    await hass.async_block_till_done()
    shown = [event.data["new_state"].attributes for event in states if event.data["entity_id"] == entity]
    assert [item["extension"] for item in shown] == ["101", "102"]


async def test_an_unknown_kind_has_the_type_other(hass, with_events, loaded, state):  # noqa: F811
    loaded.runtime_data.live_events.async_fire(LineEvent(kind="coffee_ready"))
    await hass.async_block_till_done()
    shown = state("event", f"{loaded.unique_id}_line_event").attributes
    assert (shown["event_type"], shown["kind"]) == ("other", "coffee_ready")


async def test_an_unloaded_entity_no_longer_listens(hass, with_events, loaded):  # noqa: F811
    lines = loaded.runtime_data.live_events
    # The entity, and who keeps what the phones are doing.
    assert len(lines._listeners) == 2
    await hass.config_entries.async_unload(loaded.entry_id)
    assert lines._listeners == []


async def test_a_provider_without_live_events_has_no_such_entity(hass, loaded):
    assert er.async_get(hass).async_get_entity_id("event", DOMAIN, f"{loaded.unique_id}_line_event") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_event_type_of_a_provider_is_translated(language):
    folder = Path(events.__file__).parent.parent
    texts = json.loads((folder / f"translations/{language}.json").read_text())
    named = texts["entity"]["event"]["line_event"]["state_attributes"]
    kinds = {kind for info in PROVIDERS.values() for dialect in info.dialects for kind in dialect.event_types}
    assert set(named["event_type"]["state"]) == kinds | {events.OTHER}
    assert set(named) - {"event_type"} == set(events.line_attributes(RINGS, "IR")) - {"fields"}


# The logbook


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "incoming_call", "number": "9120000001"}, "is receiving a call from 9120000001"),
        (
            {"kind": "incoming_call", "number": None, "extension": "101", "queue": "600"},
            "is receiving a call from a withheld number on extension 101 in queue 600",
        ),
        (
            {"kind": "outgoing_call", "number": "9120000001", "extension": "101"},
            "is calling 9120000001 on extension 101",
        ),
        ({"kind": "new_state", "extension": "101", "state": "InUse"}, "extension 101 is now in a call"),
        ({"kind": "new_state", "extension": "101", "state": None}, "extension 101 is now unknown"),
        ({"kind": "new_state"}, "extension state"),
        ({"kind": "exten_added", "extension": "101"}, "extension 101 was added"),
        ({"kind": "exten_removed", "extension": "101"}, "extension 101 was removed"),
        ({"kind": "voice_mail", "number": "9120000001"}, "received a voicemail from 9120000001"),
        (
            {"kind": "voice_mail", "number": "9120000001", "extension": "400", "state": "SUCCESS"},
            "received a voicemail from 9120000001",
        ),
        # Who hangs up leaves no message.
        ({"kind": "voice_mail", "number": "9120000001", "extension": "400", "state": "FAILED"}, "voicemail: failed"),
        ({"kind": "incoming_fax", "number": "9120000001"}, "received a fax from 9120000001"),
        ({"kind": "outgoing_fax", "number": "9120000001"}, "sent a fax to 9120000001"),
        ({"kind": "trunk_new_state", "state": "Unavailable"}, "trunk state: offline"),
        ({"kind": "auto_dialer_report", "state": "ANSWERED"}, "auto dialer report: answered"),
        (
            {"kind": "cdr_queue", "extension": "101", "queue": "600", "state": "missed"},
            "queue call ended on extension 101 in queue 600: missed",
        ),
        ({"kind": "transfer", "extension": "101"}, "transfer on extension 101"),
        # as the phone system calls it
        ({"kind": "trunk_new_state", "state": "Rerouted"}, "trunk state: rerouted"),
        ({"kind": "new_kind"}, "new kind"),
        ({"kind": None}, "other"),
    ],
)
def test_a_live_event_is_a_sentence(fields, sentence):
    assert ENGLISH.line(fields) == sentence


@pytest.mark.parametrize(
    ("language", "state", "ended"),
    [
        ("fa", "وضعیت داخلی \u2068101\u2069: \u2068در حال مکالمه\u2069", "پایان تماس صف: از دست رفت"),
        ("lt", "vidinio numerio 101 būsena: kalbama", "skambutis eilėje baigėsi: praleista"),
        ("ru", "состояние внутреннего номера 101: идёт разговор", "звонок в очереди завершён: пропущен"),
        ("vi", "trạng thái máy nhánh 101: đang đàm thoại", "cuộc gọi trong hàng đợi đã kết thúc: nhỡ"),
    ],
)
def test_a_live_event_is_in_one_language(language, state, ended):
    lines = sentences(language)
    assert lines.line({"kind": "new_state", "extension": "101", "state": "InUse"}) == state
    assert lines.line({"kind": "cdr_queue", "state": "missed"}) == ended


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["is receiving a call from 09120000999 on extension 101 in queue 600", "extension 101 is now ringing"]),
        (
            "lt",
            [
                "gaunamas skambutis: 09120000999, vidinis numeris 101, eilė 600",
                "vidinio numerio 101 būsena: skamba",
            ],
        ),
    ],
)
async def test_home_assistants_logbook_shows_it_under_the_accounts_name(
    hass, recorder_mock, hass_ws_client, language, said
):
    hass.config.language = language
    assert await async_setup_component(hass, "trunkline", {})
    mock_component(hass, "frontend")
    assert await async_setup_component(hass, "logbook", {})
    await hass.async_block_till_done()
    entry = MockConfigEntry(domain="trunkline", title="Call centre")
    entry.add_to_hass(hass)
    start = dt_util.utcnow()
    for event in (RINGS, replace(RINGS, kind="new_state")):
        hass.bus.async_fire("trunkline_event", {"config_entry": entry.entry_id, **events.line_attributes(event, "IR")})
    await async_wait_recording_done(hass)
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "logbook/get_events", "start_time": start.isoformat()})
    rows = [row for row in (await client.receive_json())["result"] if row.get("domain") == "trunkline"]
    assert [(row["name"], row["message"]) for row in rows] == [("Call centre", text) for text in said]
