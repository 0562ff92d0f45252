"""The logbook describes each call in one sentence."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, mock_component
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.trunkline import logbook
from custom_components.trunkline.account.sentences import Sentences
from trunkline.sandbox import Outcome

from .conftest import make_entry

COMPONENT = Path(logbook.__file__).parent


def sentences(language):
    """Return the sentences of a language, with the names of entities by the keys that Home Assistant gives them."""
    texts = json.loads((COMPONENT / f"translations/{language}.json").read_text())
    names = {}

    def walk(branch, path):
        for name, value in branch.items():
            if isinstance(value, dict):
                walk(value, f"{path}.{name}")
            else:
                names[f"{path}.{name}"] = value

    walk(texts["entity"], "component.trunkline.entity")
    return Sentences(texts["common"], names)


ENGLISH = sentences("en")

CALL = {
    "type": "missed",
    "direction": "incoming",
    "status": "no_answer",
    "source": "9120000001",
    "source_name": None,
    "destination": "1510",
    "destination_name": None,
    "talk_s": 0,
}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "missed a call from 9120000001"),
        ({"source_name": "Office two"}, "missed a call from Office two"),
        ({"source": None}, "missed a call from a withheld number"),
        ({"type": "answered", "status": "answered", "talk_s": 155}, "answered a call from 9120000001 (2:35)"),
        (
            {"type": "busy", "direction": "outgoing", "status": "busy", "destination": "2155500001"},
            "called 2155500001 (busy)",
        ),
        (
            {"type": "answered", "direction": "outgoing", "status": "answered", "destination_name": "B", "talk_s": 61},
            "called B (answered, 1:01)",
        ),
        (
            {"type": "no_answer", "direction": "internal", "source": "1511"},
            "had a call from 1511 to 1510 (no answer)",
        ),
        ({"confirmed": False, "repeated": False}, "missed a call from 9120000001, not confirmed yet"),
        ({"confirmed": True, "repeated": True}, "missed a call from 9120000001, confirmed"),
        ({"confirmed": True, "repeated": False}, "missed a call from 9120000001"),
        (
            {"type": "unknown", "direction": None, "status": "unknown"},
            "had a call from 9120000001 to 1510",
        ),
    ],
)
def test_a_call_is_a_sentence(changes, sentence):
    assert ENGLISH.call(CALL | changes) == sentence


async def test_home_assistants_logbook_shows_it_under_the_accounts_name(hass, recorder_mock, hass_ws_client):
    assert await async_setup_component(hass, "trunkline", {})
    # The web pages themselves aren't needed.
    mock_component(hass, "frontend")
    assert await async_setup_component(hass, "logbook", {})
    await hass.async_block_till_done()
    entry = MockConfigEntry(domain="trunkline", title="Office 1")
    entry.add_to_hass(hass)
    start = dt_util.utcnow()
    hass.bus.async_fire("trunkline_call", {"config_entry": entry.entry_id, **CALL})
    hass.bus.async_fire("trunkline_call", {"config_entry": "gone", **CALL})
    await async_wait_recording_done(hass)

    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "logbook/get_events", "start_time": start.isoformat()})
    rows = [row for row in (await client.receive_json())["result"] if row.get("domain") == "trunkline"]
    assert [(row["name"], row["message"]) for row in rows] == [
        ("Office 1", "missed a call from 9120000001"),
        ("Trunkline", "missed a call from 9120000001"),
    ]


BY_HAND = [
    ("trunkline_call", {"config_entry": ["x"]}, "had a call from a withheld number to a withheld number"),
    ("trunkline_call", {"direction": "incoming", "talk_s": "61"}, "answered a call from a withheld number"),
    ("trunkline_call", {"direction": "incoming", "talk_s": 61.5, "source": 12}, "answered a call from 12"),
    ("trunkline_event", {"config_entry": None, "kind": {"a": 1}, "number": ["5"]}, None),
    ("trunkline_speed_dial", {"entity_id": ["button.a"], "result": None}, None),
]


async def test_an_event_that_somebody_fires_by_hand_leaves_the_logbook_readable(hass, recorder_mock, hass_ws_client):
    assert await async_setup_component(hass, "trunkline", {})
    mock_component(hass, "frontend")
    assert await async_setup_component(hass, "logbook", {})
    await hass.async_block_till_done()
    start = dt_util.utcnow()
    for kind, data, _ in BY_HAND:
        hass.bus.async_fire(kind, data)
    await async_wait_recording_done(hass)
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "logbook/get_events", "start_time": start.isoformat()})
    answer = await client.receive_json()
    assert answer["success"], answer
    rows = [row["message"] for row in answer["result"] if row.get("domain") == "trunkline"]
    assert len(rows) == len(BY_HAND)
    assert [row for row, (*_, message) in zip(rows, BY_HAND, strict=True) if message] == [m for *_, m in BY_HAND if m]


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "missed a call from {}"), ("fa", "تماس \u2068{}\u2069 از دست رفت")]
)
async def test_the_device_shows_a_call_of_its_account_in_the_language_of_home_assistant(
    hass, recorder_mock, sandbox, now, setup, hass_ws_client, later, language, sentence
):
    hass.config.language = language
    first, second = [await setup(make_entry(sandbox, which)) for which in range(2)]
    mock_component(hass, "frontend")
    assert await async_setup_component(hass, "logbook", {})
    await hass.async_block_till_done()
    await later(10)
    world = sandbox.world
    for office, number in zip(world.offices, ("9120000777", "9120000888"), strict=True):
        world.record(office, outcome=Outcome.NO_ANSWER, wait=1, peer=world.party(number))
    await later(130)
    await async_wait_recording_done(hass)
    client = await hass_ws_client()
    for entry, number in ((first, "9120000777"), (second, "9120000888")):
        device_id = entry.runtime_data.devices.device_id
        period = {"start_time": now.isoformat(), "end_time": (dt_util.utcnow() + timedelta(minutes=1)).isoformat()}
        await client.send_json_auto_id({"type": "logbook/get_events", **period, "device_ids": [device_id]})
        rows = [row for row in (await client.receive_json())["result"] if "message" in row]
        assert [(row["name"], row["message"]) for row in rows] == [(entry.title, sentence.format(number))]


def test_without_translations_a_line_still_says_what_happened():
    assert Sentences({}).call(CALL) == "missed 9120000001"
