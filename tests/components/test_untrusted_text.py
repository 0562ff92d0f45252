"""What callers and providers call themselves reaches nobody as markup, a link or a control character."""

from __future__ import annotations

import re
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.template import Template
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.trunkline import errors
from custom_components.trunkline.account import devices, repairs
from custom_components.trunkline.account.events import line_attributes
from custom_components.trunkline.account.inventory import Resource
from custom_components.trunkline.const import EVENT_CALL
from custom_components.trunkline.services.target import validation_error
from trunkline import Archive
from trunkline.errors import PermissionDeniedError, RequestError
from trunkline.model import LineEvent, Trunk
from trunkline.providers import PROVIDERS
from trunkline.providers.common.fields import safe_text
from trunkline.sandbox import Outcome

from .conftest import DOMAIN
from .flows import accept_name, filled, go_on, start, unload
from .test_logbook import ENGLISH

ROOT = Path(__file__).parents[2]
HOSTILE = [
    "<img src=http://192.0.2.1/x>",
    "![x](http://192.0.2.1/x)",
    "a\n\n![x](http://192.0.2.1/x)",
    "</td></tr></table>\n\n<img src=http://192.0.2.1/x>",
    "[Bank](http://192.0.2.1)",
    "http://192.0.2.1 www.example.com",
    "\x1b[31m**Bank**\u202e",
    "{{ states | list }}",
]
# What a renderer of HTML or Markdown could act on.
SYNTAX = re.compile(r"[<>\[\]{}*`]|://|www\.|[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def messages(path):
    """Return the messages of the notifications in the examples of a page."""
    for block in (ROOT / path).read_text().split("```yaml\n")[1:]:
        content = yaml.safe_load(block.split("```")[0])
        steps = [*content.get("actions", ()), *content.get("sequence", ())] if isinstance(content, dict) else []
        yield from (step["data"]["message"] for step in steps if "message" in step.get("data", {}))


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_name_in_an_examples_notification_is_text(hass, name):
    found = [*messages("README.md"), *messages("docs/integration.md")]
    assert len(found) == 4
    data = {"source_name": name, "source": name, "number": name}
    variables = {"trigger": {"event": {"data": data}}, "missed": {"calls": [data]}}
    for message in found:
        text = Template(message, hass).async_render(variables, parse_result=False)
        assert not re.search(r"[<>\[\]{}*`]|://|www\.|[\x00-\x1f]", text)
        assert "Bank" in text or "Bank" not in name


async def test_an_event_has_a_name_as_sent_but_for_control_characters(hass, sandbox, loaded, later, state):
    heard = async_capture_events(hass, EVENT_CALL)
    name = "\x1b[2J<b>Bank</b>\r\n\u202e" + "x" * 300
    sandbox.world.name_party("9120000777", name)
    await later(10)
    peer = sandbox.world.party("9120000777")
    sandbox.world.record(sandbox.world.offices[0], peer=peer, outcome=Outcome.NO_ANSWER, wait=1)
    await later(130)
    (event,) = heard
    expected = (" [2J<b>Bank</b>  " + "x" * 300)[:200]
    assert event.data["source_name"] == expected
    assert state("event", f"{loaded.unique_id}_call").attributes["source_name"] == expected[:160]
    assert state("sensor", f"{loaded.unique_id}_last_call").attributes["source_name"] == expected[:160]
    callers = state("sensor", f"{loaded.unique_id}_open_missed_callers").attributes["callers"]
    assert expected[:160] in [caller["name"] for caller in callers]
    with Archive.open(f"sqlite:///{hass.config.path('trunkline.db')}") as archive:
        assert archive.calls(accounts=[loaded.unique_id], limit=1)[0].source.name == name


def test_a_live_event_has_its_fields_without_control_characters():
    event = LineEvent(kind="x\x1b", state="a\nb", number="1\u202e2", queue="\x9bq", data={"a\x07": "b\x1b"})
    attributes = line_attributes(event, "IR")
    assert (attributes["kind"], attributes["state"], attributes["number"], attributes["queue"]) == (
        *("x ", "a b", "12", " q"),
    )
    assert attributes["fields"] == {"a ": "b "}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_logbook_has_one_line_of_text(name):
    call = {"direction": "incoming", "type": "missed", "source": "1", "source_name": name}
    sentence = ENGLISH.call(call)
    assert sentence.isprintable()
    assert sentence.startswith("missed a call from ")
    event = {"kind": name, "number": name, "extension": name, "queue": name, "state": name}
    assert ENGLISH.line(event).isprintable()


def test_a_caller_cannot_pose_as_an_entity_in_the_logbook():
    call = {"direction": "incoming", "type": "missed", "source_name": "lock.front_door is sensor.a"}
    assert ENGLISH.call(call) == "missed a call from lock．front_door is sensor．a"
    assert ENGLISH.call(call | {"source_name": "Dr. No"}) == "missed a call from Dr. No"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_providers_message_is_plain_text(text):
    shown = safe_text(text)
    assert not SYNTAX.search(shown)
    assert shown.isprintable()


def test_a_providers_message_hides_secrets_that_are_parted_by_invisible_characters():
    assert "0001" not in safe_text("call 0912\u200b000\u206000\ufeff01")
    assert safe_text("token abcdefgh\u200bijklmnopqr is wrong") == "token … is wrong"


@pytest.mark.parametrize("text", HOSTILE)
async def test_errors_are_plain_text(hass, text):
    failures = [
        errors.update_failure(RequestError(text), text),
        validation_error("unknown_service", account=text, services=text),
    ]
    for context in (errors.action_errors, errors.change_errors):
        with pytest.raises(HomeAssistantError) as raised, context(text):
            raise RequestError(text)
        failures.append(raised.value)
    for failure in failures:
        assert len(failure.translation_placeholders) == 2
        assert not any(SYNTAX.search(value) for value in failure.translation_placeholders.values())


@pytest.mark.parametrize("text", HOSTILE)
async def test_repairs_are_plain_text(hass, text):
    entry = MockConfigEntry(domain=DOMAIN, title=text)
    entry.add_to_hass(hass)
    account = SimpleNamespace(info=PROVIDERS["telefonchy"], zone=UTC)
    kept = repairs.AccountRepairs(hass, entry, account)
    kept.async_report_denied(Resource.CALLS, PermissionDeniedError(text))
    kept.async_report_denied(Resource.CALLS, PermissionDeniedError(text, address=text))
    found = dict(ir.async_get(hass).issues)
    assert len(found) == 2
    for issue in found.values():
        assert not any(SYNTAX.search(value) for value in issue.translation_placeholders.values())


def test_a_device_of_a_trunk_has_a_plain_name():
    device = devices.AccountDevices("a", "A", "id").trunk(Trunk(trunk_id="1", number="<img src=x>"))
    assert device["translation_placeholders"] == {"number": "‹img src=x›"}
    device = devices.AccountDevices("a", "A", "id", "*Bank*").trunk(Trunk(trunk_id="1", number="<img src=x>"))
    assert device["translation_placeholders"] == {"account": "∗Bank∗", "number": "‹img src=x›"}


def _devices(hass, result):
    return dr.async_entries_for_config_entry(dr.async_get(hass), result["result"].entry_id)


async def test_a_hostile_plan_is_words_in_the_form_and_in_every_name(hass, sandbox, monkeypatch):
    hostile = "<img src=http://192.0.2.1/x>"
    monkeypatch.setattr("trunkline.sandbox.voipano.wire._PACKAGES", ((2, hostile, "a"), (3, hostile, "b")))
    form = await go_on(hass, await start(hass, "voipano"), filled(sandbox, 0, "voipano"))
    assert form["description_placeholders"]["account"] == "VoIPano ‹img src=http:∕∕192.0.2.1/x›"
    result = await accept_name(hass, form)
    assert result["title"] == "VoIPano ‹img src=http:∕∕192.0.2.1/x›"
    names = [str(state.attributes.get("friendly_name")) for state in hass.states.async_all()]
    names += [str(device.name) for device in _devices(hass, result)]
    assert any("‹img" in name for name in names)
    assert not any(SYNTAX.search(name) for name in names)
    await unload(hass)
