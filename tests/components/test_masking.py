"""The option to mask numbers: nothing that Home Assistant shows or stores has a whole one, and all still works."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_capture_events, async_mock_service, mock_component
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.trunkline.account.masking import masked, masked_text
from trunkline.model import LineEvent
from trunkline.sandbox import Direction, Outcome

from .conftest import DOMAIN, make_entry
from .test_automations import NEW_CONDITIONS, automate, condition_of, trigger_of
from .test_push import record
from .test_push_addresses import with_events  # noqa: F401  (a fixture)

CALLER = "9120000777"
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def loaded(sandbox, setup):
    """An account whose numbers are masked."""
    return await setup(make_entry(sandbox, options={"mask_numbers": True}))


@pytest.fixture
def said(hass):
    return async_mock_service(hass, "test", "say")


async def call_from(sandbox, later, number=CALLER, **more):
    """Let a call be missed and found; return its row."""
    world, office = sandbox.world, sandbox.world.offices[0]
    await later(10)
    given = {"outcome": Outcome.NO_ANSWER, "wait": 1, "talk": 1, "peer": world.party(number)} | more
    position = world.record(office, **given)
    await later(130)
    return office.calls[position]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+989120004567", "+98912•••4567"),
        ("09120004567", "0912•••4567"),
        ("0912 (000) 45-67", "0912•••4567"),
        ("۰۹۱۲ ۰۰۰ ۴۵۶۷", "۰۹۱۲•••۴۵۶۷"),
        # Non-breaking spaces and hyphens, a thin space, a dash, a soft hyphen and an invisible joiner.
        ("+98\u00a0912\u2009000\u201145\u201367", "+98912•••4567"),
        ("0912\u00ad000\u200c4567", "0912•••4567"),
        ("5550123", "•••0123"),
        ("555012", "555012"),
        ("1510", "1510"),
        ("Anna 09120004567, office", "Anna 0912•••4567, office"),
        ("+98912•••4567", "+98912•••4567"),
        ("Anna", "Anna"),
    ],
)
def test_a_number_lacks_three_digits(text, shown):
    assert masked_text(text) == shown
    assert masked_text(shown) == shown


def test_only_what_can_be_a_callers_number_is_masked():
    data = {"source": "09120004567", "source_name": None, "trunk": "2155500001", "call_id": "1532857052.131132"}
    data |= {
        "started_at": "2026-01-31T08:00:00+00:00",
        "fields": {"a": "09120004567"},
        "callers": [{"number": "09120004567"}],
    }
    assert masked(data) == data | {"source": "0912•••4567", "fields": {}, "callers": [{"number": "0912•••4567"}]}


async def test_no_event_attribute_or_log_has_a_whole_number(hass, sandbox, loaded, later, with_events, caplog):  # noqa: F811
    caplog.set_level(logging.DEBUG)
    calls, lines = async_capture_events(hass, "trunkline_call"), async_capture_events(hass, "trunkline_event")
    await call_from(sandbox, later)
    loaded.runtime_data.live_events.async_fire(
        LineEvent(kind="incoming_call", number=f"0{CALLER}", data={"participant": f"0{CALLER}"})
    )
    await hass.async_block_till_done()
    assert [(event.data["source"], event.data["source_e164"]) for event in calls] == [("912•••0777", "+98912•••0777")]
    assert [(event.data["number"], event.data["fields"]) for event in lines] == [("0912•••0777", {})]
    shown = json.dumps([state.as_dict() for state in hass.states.async_all()], default=str, ensure_ascii=False)
    assert shown.count("912•••0777") >= 4
    assert CALLER not in shown
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("custom_components")]
    assert not any(CALLER in message for message in ours)


@pytest.mark.parametrize("form", ["device", "platform"])
async def test_a_trigger_compares_the_whole_number(hass, sandbox, loaded, said, later, form):
    device_id = loaded.runtime_data.devices.device_id
    await automate(hass, trigger_of(form, "call_from", device_id, number=f"0{CALLER}"))
    # This one looks the same.
    await call_from(sandbox, later, "9121110777")
    assert said == []
    await call_from(sandbox, later)
    assert [call.data["number"] for call in said] == ["912•••0777"]


@pytest.mark.skipif(not NEW_CONDITIONS, reason="before 2026.3 there are no such conditions")
async def test_a_condition_compares_the_whole_number(hass, sandbox, loaded, said, later):
    trigger = {"trigger": "event", "event_type": "trunkline_call"}
    await automate(hass, trigger, condition_of("call_from", number=f"0{CALLER}"))
    await call_from(sandbox, later, "9121110777")
    assert said == []
    await call_from(sandbox, later)
    assert len(said) == 1


async def test_the_logbook_masks_numbers_of_events_that_are_older_than_the_option(
    hass, recorder_mock, sandbox, now, setup, hass_ws_client
):
    entry = await setup(make_entry(sandbox, options={"mask_numbers": True}))
    mock_component(hass, "frontend")
    assert await async_setup_component(hass, "logbook", {})
    await hass.async_block_till_done()
    call = {"type": "missed", "direction": "incoming", "source": CALLER, "source_name": None}
    hass.bus.async_fire("trunkline_call", {"config_entry": entry.entry_id, **call})
    await async_wait_recording_done(hass)
    client = await hass_ws_client()
    await client.send_json_auto_id(
        {"type": "logbook/get_events", "start_time": (now - MINUTE).isoformat(), "end_time": (now + MINUTE).isoformat()}
    )
    rows = [row for row in (await client.receive_json())["result"] if row.get("domain") == DOMAIN]
    assert [row["message"] for row in rows] == ["missed a call from 912•••0777"]


@pytest.mark.parametrize(("direction", "number"), [(Direction.INCOMING, CALLER), (Direction.OUTGOING, "9120000888")])
async def test_the_id_of_a_call_is_enough_to_call_back(hass, sandbox, loaded, later, direction, number):
    row = await call_from(sandbox, later, number, direction=direction)
    extension = sandbox.accounts["telefonchy"][0].extensions[0]
    data = {"from": extension, "call_id": str(row.call_id)}
    await hass.services.async_call(DOMAIN, "click_to_call", data, blocking=True)
    sent = [request for request in sandbox.requests if "smartcall" in request.path]
    assert len(sent) == 1
    assert sandbox.world.offices[0].calls[-1].peer == sandbox.world.party(number)


async def test_a_call_without_a_number_cannot_be_called_back(hass, loaded, hass_client_no_auth):
    client = await hass_client_no_auth()
    withheld = record(call_source={"number": None, "contact": None})
    await client.post(f"/api/webhook/{loaded.data['webhook_id']}", json=withheld)
    await hass.async_block_till_done()
    data = {"from": "1510", "call_id": withheld["call_id"]}
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(DOMAIN, "click_to_call", data, blocking=True)
    assert raised.value.translation_key == "number_withheld"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({}, "number_or_call"),
        ({"to": "09120000999", "call_id": "1"}, "number_or_call"),
        ({"call_id": " "}, "empty_text"),
    ],
)
async def test_a_number_or_a_call_has_to_be_given(hass, loaded, data, key):
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(DOMAIN, "click_to_call", {"from": "1510", **data}, blocking=True)
    assert raised.value.translation_key == key
