"""The stages of a placed call, from the live events of a phone system."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.trunkline.account.call_progress import LONGEST_CALL, CallProgress
from custom_components.trunkline.account.names import Names
from custom_components.trunkline.account.reports import Reports
from custom_components.trunkline.push.live_events import LiveEvents
from trunkline.model import LineEvent, PlacedCall
from trunkline.sandbox.push import Target

from .conftest import DOMAIN, entry_of

REQUEST = "orig.call.1773135000.787335"


class Followed:
    """The progress of calls that ring the extension 101 first, and what was fired."""

    def __init__(self, hass) -> None:
        reports = Reports(hass, "e", region="IR", masks=False)
        self.live = LiveEvents(reports, region="IR", names=Names(None, None))
        self.progress = CallProgress(hass, self.live.async_add_listener, entry_id="e", device_id="d")
        self.fired = async_capture_events(hass, "trunkline_call_progress")

    def place(self, request_id: str | None = REQUEST, source: str = "101") -> None:
        self.progress.async_follow(source, PlacedCall(request_id))

    def phone(self, state: str, call_id: str = "1.1", extension: str = "101") -> None:
        self.live.async_fire(LineEvent(kind="new_state", extension=extension, state=state, call_id=call_id))

    def outgoing(self, call_id: str = "1.1", *, number: str = "02155500001", placed: str | None = REQUEST) -> None:
        self.live.async_fire(LineEvent(kind="outgoing_call", number=number, call_id=call_id, placed_call_id=placed))

    @property
    def stages(self) -> list[tuple[str, str | None]]:
        return [(event.data["stage"], event.data["call_id"]) for event in self.fired]


@pytest.fixture
def calls(hass):
    followed = Followed(hass)
    yield followed
    followed.progress.async_stop()


async def test_a_call_has_its_stages_each_once_and_in_order(hass, calls):
    calls.place()
    for state in ("Idle", "Ringing", "Ringing", "InUse"):
        calls.phone(state)
    calls.outgoing()
    calls.phone("Ringing")
    calls.phone("Idle")
    calls.phone("Ringing")
    await hass.async_block_till_done()
    assert calls.stages == [("dialling", None), ("ringing", "1.1"), ("answered", "1.1"), ("ended", "1.1")]
    assert calls.fired[0].data == {
        "config_entry": "e", "device_id": "d", "request_id": REQUEST, "stage": "dialling", "call_id": None,
    }  # fmt: skip
    # Nothing is listened to when no call is under way.
    assert calls.live._listeners == []


async def test_a_phone_that_nobody_answers_rings_and_is_free_again(hass, calls):
    calls.place()
    calls.phone("Ringing")
    calls.phone("Idle")
    await hass.async_block_till_done()
    assert [stage for stage, _ in calls.stages] == ["dialling", "ringing", "ended"]


async def test_other_phones_and_calls_say_nothing_of_it(hass, calls):
    calls.place()
    calls.phone("Ringing", extension="102")
    calls.outgoing(placed="orig.call.1.2")
    calls.outgoing(placed=None)
    calls.outgoing()
    calls.phone("Idle", call_id="2.2")
    await hass.async_block_till_done()
    assert calls.stages == [("dialling", None), ("answered", "1.1")]


async def test_an_event_with_the_id_of_the_request_corrects_which_call_it_is(hass, calls):
    calls.place()
    calls.phone("Ringing", call_id="9.9")
    calls.outgoing("1.1")
    calls.phone("Idle", call_id="9.9")
    calls.phone("Idle", call_id="1.1")
    await hass.async_block_till_done()
    assert calls.stages == [("dialling", None), ("ringing", "9.9"), ("answered", "1.1"), ("ended", "1.1")]


@pytest.mark.parametrize("dialled", ["09120000777", "9120000777", "+989120000777"])
async def test_an_outside_phone_is_rung_by_an_outgoing_call(hass, calls, dialled):
    calls.place(source="09120000777")
    calls.outgoing(number=dialled)
    calls.outgoing("1.2", number="02155500001")
    await hass.async_block_till_done()
    assert [stage for stage, _ in calls.stages] == ["dialling", "ringing", "answered"]


async def test_two_calls_are_told_apart_by_their_requests(hass, calls):
    calls.place()
    calls.place("orig.call.2.2", source="102")
    calls.outgoing("2.2", placed="orig.call.2.2")
    calls.phone("Idle", call_id="2.2", extension="102")
    await hass.async_block_till_done()
    ended = [event.data["request_id"] for event in calls.fired if event.data["stage"] == "ended"]
    assert ended == ["orig.call.2.2"]
    assert len(calls.live._listeners) == 1


async def test_a_call_without_an_id_is_not_followed(hass, calls):
    calls.place(None)
    await hass.async_block_till_done()
    assert calls.fired == []
    assert calls.live._listeners == []


async def test_a_call_of_which_no_end_is_told_is_forgotten(hass, now, calls, later):
    calls.place()
    await later(LONGEST_CALL + 1)
    assert calls.live._listeners == []


# From the sandbox


async def act(hass, name: str, **data: Any) -> Any:
    return await hass.services.async_call(DOMAIN, name, data, blocking=True, return_response=True)


async def test_a_call_that_simotel_places_is_followed_to_its_end(hass, sandbox, setup, outside):
    entry = await setup(await entry_of(sandbox, "simotel"))
    url = await outside(f"/api/trunkline/push/{entry.data['webhook_id']}")
    sandbox.pusher.target("simotel", 0, Target(url=url))
    fired = async_capture_events(hass, "trunkline_call_progress")
    extension = sandbox.accounts["simotel"][0].extensions[0]
    response = await act(hass, "click_to_call", **{"from": extension, "to": "02155500001"})

    async def tell(kind: str, **fields: str) -> None:
        # One after the other: the exchange's deliveries may overtake each other.
        assert sandbox.pusher.event("simotel", 0, kind, {**fields, "unique_id": "1773135000.17"})
        await sandbox.pusher.idle()
        await hass.async_block_till_done()

    await tell("NewState", exten=extension, state="Ringing")
    await tell("NewState", exten=extension, state="InUse", participant="02155500001", direction="out")
    await tell("OutgoingCall", number="02155500001", originated_call_id=response["request_id"])
    await tell("NewState", exten=extension, state="Idle")
    assert [(event.data["stage"], event.data["call_id"]) for event in fired] == [
        ("dialling", None),
        ("ringing", "1773135000.17"),
        ("answered", "1773135000.17"),
        ("ended", "1773135000.17"),
    ]
    assert {event.data["request_id"] for event in fired} == {response["request_id"]}
    assert {event.data["config_entry"] for event in fired} == {entry.entry_id}
    assert {event.data["device_id"] for event in fired} == {entry.runtime_data.devices.device_id}


async def test_a_provider_without_live_events_has_no_progress(hass, sandbox, loaded):
    fired = async_capture_events(hass, "trunkline_call_progress")
    await act(hass, "click_to_call", **{"from": sandbox.accounts["telefonchy"][0].extensions[0], "to": "02155500001"})
    await hass.async_block_till_done()
    assert fired == []
