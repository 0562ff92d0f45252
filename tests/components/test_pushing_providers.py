"""Every provider that pushes, from its wire in the sandbox over sockets into Home Assistant."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from yarl import URL

from custom_components.trunkline.push import confirmation
from custom_components.trunkline.push.addresses import async_push_url
from custom_components.trunkline.push.health import PushState
from trunkline.sandbox import PlacedCalls
from trunkline.sandbox.push import Target
from trunkline.sandbox.world import Direction, Outcome

from .conftest import DOMAIN, entry_of


def end_a_call(sandbox, direction=Direction.INCOMING):
    """Let a call that nobody answered have ended this very moment."""
    return sandbox.world.record(
        sandbox.world.offices[0], direction=direction, outcome=Outcome.NO_ANSWER, wait=2, talk=0
    )


async def pushed(hass, sandbox, later):
    """Wait until everything was delivered and looked up; return the statuses of the answers."""
    await sandbox.pusher.idle()
    await later(confirmation.LOOK_AFTER[0] + 1)
    return [delivery.status for delivery in sandbox.pushed]


@pytest.mark.parametrize(
    ("version", "method", "auth", "path"),
    [
        *product(("G", "Rest"), ("POST", "GET"), ("none", "basic"), ("/api/trunkline/push/",)),
        *product(("G",), ("POST", "GET"), ("none", "basic"), ("/api/webhook/",)),
    ],
)
async def test_simotel_tells_of_calls_and_of_everything_meanwhile(
    hass, sandbox, setup, outside, later, version, method, auth, path
):
    login = sandbox.accounts["simotel"][0].credentials if auth == "basic" else {"username": "", "password": ""}
    entry = await setup(
        await entry_of(sandbox, "simotel", push_username=login["username"], push_password=login["password"])
    )
    await later(60)
    calls, events = async_capture_events(hass, "trunkline_call"), async_capture_events(hass, "trunkline_event")
    sandbox.pusher.target(
        "simotel",
        0,
        Target(
            url=await outside(path + entry.data["webhook_id"]),
            options={"version": version, "method": method, "auth": auth, "live": "all", "number": "unquoted"},
        ),
    )
    end_a_call(sandbox)
    statuses = await pushed(hass, sandbox, later)
    assert set(statuses) == {200}
    assert [event.data["type"] for event in calls] == ["missed"]
    kinds = {event.data["kind"] for event in events}
    assert {"incoming_call", "new_state"} <= kinds
    push = entry.runtime_data.push
    assert (push.confirmed, push.lost, push.state) == (1, 0, PushState.WORKING)
    assert push.refusals == {}


async def test_simotels_ping_comes_back_as_an_event(hass, sandbox, setup, outside):
    entry = await setup(await entry_of(sandbox, "simotel"))
    events = async_capture_events(hass, "trunkline_event")
    sandbox.pusher.target(
        "simotel",
        0,
        Target(url=await outside(f"/api/trunkline/push/{entry.data['webhook_id']}"), options={"version": "Rest"}),
    )
    response = await hass.services.async_call(DOMAIN, "ping", {}, blocking=True, return_response=True)
    assert response["answer"]
    await sandbox.pusher.idle()
    await hass.async_block_till_done()
    assert [event.data["kind"] for event in events] == ["ping"]


async def test_simotel_with_another_password_than_agreed_upon_is_refused(hass, sandbox, setup, outside, later):
    entry = await setup(await entry_of(sandbox, "simotel", push_username="pbx", push_password="another"))
    url = await outside(f"/api/trunkline/push/{entry.data['webhook_id']}")
    sandbox.pusher.target("simotel", 0, Target(url=url, options={"auth": "basic"}))
    end_a_call(sandbox)
    assert set(await pushed(hass, sandbox, later)) == {200}
    push = entry.runtime_data.push
    assert (push.deliveries, set(push.refusals)) == (0, {"unauthorized"})


async def test_simotel_tells_nothing_of_a_first_telephone_that_was_not_answered_so_that_polls_come_as_often_as_ever(
    hass, sandbox, setup, outside, later
):
    entry = await setup(await entry_of(sandbox, "simotel"))
    await later(60)
    url = await outside(f"/api/trunkline/push/{entry.data['webhook_id']}")
    sandbox.pusher.target("simotel", 0, Target(url=url))
    end_a_call(sandbox)
    await pushed(hass, sandbox, later)
    push, usual = entry.runtime_data.push, entry.runtime_data.coordinator.update_interval
    assert (push.deliveries, push.confirmed, push.state) == (1, 1, PushState.WORKING)
    await later(300)
    sandbox.world.placed = PlacedCalls(outcome=Outcome.NO_ANSWER)
    calls = async_capture_events(hass, "trunkline_call")
    desk = sandbox.accounts["simotel"][0].extensions[0]
    await entry.runtime_data.account.click_to_call(source=desk, destination="02155500001")
    await later(usual.total_seconds() + 1)
    await later(usual.total_seconds() + 1)
    assert usual == timedelta(seconds=120)
    assert [event.data["type"] for event in calls] == ["no_answer"]
    # Nothing of it was pushed, as the document has it, and that is no fault of the push.
    assert (push.deliveries, push.lost, push.state) == (1, 0, PushState.WORKING)


async def test_mor_posts_an_empty_body_with_everything_in_the_query(hass, sandbox, setup, outside, later):
    entry = await setup(await entry_of(sandbox, "mor-api"))
    await later(60)
    calls = async_capture_events(hass, "trunkline_call")
    url = await outside(f"/api/webhook/{entry.data['webhook_id']}")
    sandbox.pusher.target("mor-api", 0, Target(url=url, copies=2))
    end_a_call(sandbox, Direction.OUTGOING)
    statuses = await pushed(hass, sandbox, later)
    assert statuses == [200, 200]
    assert len(calls) == 1
    push = entry.runtime_data.push
    assert (push.deliveries, push.confirmed, push.state) == (2, 1, PushState.WORKING)


async def test_mor_pushes_what_its_devices_call_so_that_polls_come_as_often_as_ever(
    hass, sandbox, setup, outside, later
):
    entry = await setup(await entry_of(sandbox, "mor-api"))
    await later(60)
    url = await outside(f"/api/webhook/{entry.data['webhook_id']}")
    sandbox.pusher.target("mor-api", 0, Target(url=url))
    end_a_call(sandbox, Direction.OUTGOING)
    await pushed(hass, sandbox, later)
    usual = entry.runtime_data.coordinator.update_interval
    calls = async_capture_events(hass, "trunkline_call")
    await later(300)
    end_a_call(sandbox)
    await later(usual.total_seconds() + 1)
    push = entry.runtime_data.push
    assert usual == timedelta(seconds=120)
    assert [event.data["type"] for event in calls] == ["missed"]
    assert (push.lost, push.state) == (0, PushState.WORKING)


async def test_voip24h_is_told_the_address_by_itself_and_pushes_to_it(hass, sandbox, setup, outside, later):
    hass.config.external_url = str(URL(await outside("/")).origin())
    entry = await setup(await entry_of(sandbox, "voip24h-v3"))
    expected = await async_push_url(hass, entry)
    assert expected == f"{hass.config.external_url}/api/webhook/{entry.data['webhook_id']}"
    assert entry.data["registered_push"] == expected
    assert list(sandbox.wires["voip24h-v3"].registrations[0]) == [expected]
    await later(60)
    calls = async_capture_events(hass, "trunkline_call")
    end_a_call(sandbox)
    assert await pushed(hass, sandbox, later) == [200]
    assert len(calls) == 1
    push = entry.runtime_data.push
    assert (push.confirmed, push.state) == (1, PushState.WORKING)

    await hass.config_entries.async_remove(entry.entry_id)
    assert list(sandbox.wires["voip24h-v3"].registrations.get(0, {})) == []
