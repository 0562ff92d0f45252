"""Attributes stay small, however many callers there are and whatever they call themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from custom_components.trunkline.account import attributes
from custom_components.trunkline.sensor import AccountSensor
from trunkline.model import LineEvent
from trunkline.sandbox import Direction, Outcome

from .flows import WIRES, set_up, unload

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

LIMIT = 4096
CALLERS = 345
# Four bytes each in UTF-8, and what JSON writes with a backslash.
LONG = '😀"\\' * 100


def size(shown: Any) -> int:
    """Return the bytes of a state's attributes as JSON."""
    return len(json.dumps(dict(shown.attributes), ensure_ascii=False, default=str).encode())


def sizes(hass: HomeAssistant) -> dict[str, int]:
    return {shown.entity_id: size(shown) for shown in hass.states.async_all()}


@pytest.fixture(params=WIRES)
def wire(request, sandbox):
    if request.param not in sandbox.accounts:
        pytest.skip("the sandbox has no such wire")
    return request.param


async def test_the_attributes_of_every_entity_stay_small(hass, sandbox, wire, later, state):
    world, office = sandbox.world, sandbox.world.offices[sandbox.accounts[wire][0].office]
    entry = await set_up(hass, sandbox, wire)
    for number in range(CALLERS):
        peer = world.party(f"912000{number:04}")
        world.name_party(f"912000{number:04}", f"Caller {number} {LONG}")
        world.record(office, direction=Direction.INCOMING, outcome=Outcome.NO_ANSWER, peer=peer, wait=1)
    for extension in range(len(office.extensions)):
        office.name_extension(extension, LONG)
    await later(130)
    line = LineEvent(kind="x", call_id=LONG, extension=LONG, state=LONG, number=LONG, queue=LONG, data={LONG: LONG})
    entry.runtime_data.live_events.async_fire(line)
    await hass.async_block_till_done()
    found = sizes(hass)
    assert found
    assert {entity_id: size for entity_id, size in found.items() if size > LIMIT} == {}
    if entry.runtime_data.account.info.outcomes:
        waiting = state("sensor", f"{entry.unique_id}_open_missed_callers")
        assert int(waiting.state) >= CALLERS
        assert 0 < len(waiting.attributes["callers"]) <= attributes.MAX_ROWS
        assert waiting.attributes["more"] + len(waiting.attributes["callers"]) == int(waiting.state)
    await unload(hass)


async def test_the_callers_that_called_last_are_listed(sandbox, loaded, state, later):
    world, office = sandbox.world, sandbox.world.offices[0]
    for number in range(40):
        peer = world.party(f"912000{number:04}")
        world.record(
            office, direction=Direction.INCOMING, outcome=Outcome.NO_ANSWER, peer=peer, wait=1, age=400 - number
        )
    await later(130)
    shown = state("sensor", f"{loaded.unique_id}_open_missed_callers").attributes
    assert [row["number"][-4:] for row in shown["callers"]] == [f"{number:04}" for number in range(39, 19, -1)]


def test_rows_are_limited_in_number_and_size():
    assert attributes.first_rows([]) == []
    rows = [{"number": str(number)} for number in range(50)]
    assert attributes.first_rows(rows) == rows[: attributes.MAX_ROWS]
    # Each is 185 bytes of JSON with a comma, and 16 of them 2960.
    long = [{"name": "x" * 500, "calls": None}] * 50
    assert attributes.first_rows(long) == [{"name": "x" * 160, "calls": None}] * 16


@pytest.mark.parametrize(("text", "expected"), [("", ""), ("x" * 161, "x" * 160), ("é" * 81, "é" * 80)])
def test_a_text_is_cut_between_characters(text, expected):
    assert attributes.short_text(text) == expected
    assert attributes.short_text("x" + "😀" * 50) == "x" + "😀" * 39


def test_the_recorder_does_not_store_lists():
    assert AccountSensor._unrecorded_attributes == {"callers"}
