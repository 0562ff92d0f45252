"""Call routing: Simotel's dialplan in the sandbox asks Home Assistant over sockets, and automations answer."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from pathlib import Path

import aiohttp
import pytest
import voluptuous as vol
from homeassistant.components import automation
from homeassistant.components.trace.util import async_get_trace, async_list_traces
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_capture_events, async_mock_service

from custom_components.trunkline.diagnostics import async_get_config_entry_diagnostics
from custom_components.trunkline.routing import handler as routing_handler
from custom_components.trunkline.routing.addresses import ROUTE_PATH, address_id, async_route_url
from trunkline.sandbox.push import Target

from .conftest import DOMAIN, entry_of
from .test_automations import trigger_of

BLUEPRINTS = Path(__file__).parents[2] / "blueprints/automation/trunkline"
EVENT = "trunkline_route_request"
CALLER = "09120000777"
REFUSED = {"ok": "0"}


@pytest.fixture
async def entry(sandbox, request):
    """An account of a telephone system with a voice code, and the options that a test is run with."""
    code = ConfigSubentryData(data={"code": "4711"}, subentry_type="voice_code", title="Gate", unique_id=None)
    return await entry_of(sandbox, "simotel", subentries=[code], **getattr(request, "param", {}))


WHOLE_OR_MASKED = pytest.mark.parametrize("entry", [{}, {"mask_numbers": True}], indirect=True, ids=["whole", "masked"])


@pytest.fixture
def until_done(freezer):
    """Return a function that awaits something while the clock runs: it is stopped otherwise, and nothing times out."""

    async def wait(work):
        task = asyncio.ensure_future(work)
        for _ in range(20_000):
            if task.done():
                return task.result()
            freezer.tick(0.0005)
            await asyncio.sleep(0)
        pytest.fail("it takes more than ten seconds")

    return wait


@pytest.fixture
async def call(hass, sandbox, loaded, outside, until_done):
    """Return a function that sends a call through components of the dialplan, and returns what happened there."""
    url = await outside(f"{ROUTE_PATH}/{address_id(loaded)}")

    async def go(*steps, **options):
        options = {"url": url, "number": CALLER, "dialled": "02100000010", **options}
        sandbox.pusher.dialplan("simotel", 0, {"steps": [list(step) for step in steps], **options})
        await until_done(sandbox.pusher.idle())
        await hass.async_block_till_done()
        return sandbox.pusher.dialplans[-1]

    return go


async def automate(hass, *, trigger=None, **data):
    config = {
        "alias": "router",
        "triggers": trigger or {"trigger": "event", "event_type": EVENT},
        "actions": {
            "action": "trunkline.route_call",
            "data": {"request_id": "{{ trigger.event.data.request_id }}", **data},
        },
    }
    assert await async_setup_component(hass, automation.DOMAIN, {automation.DOMAIN: config})


async def test_event_has_the_caller_and_no_answer_leaves_the_call_to_the_telephone_system(hass, loaded, call):
    events = async_capture_events(hass, EVENT)
    (step,) = await call(("exten", "Reception"), keys=[])
    assert step["exit"] == "F"
    (event,) = events
    assert {**event.data, "request_id": "", "call_id": ""} == {
        "config_entry": loaded.entry_id,
        "device_id": loaded.runtime_data.devices.device_id,
        "request_id": "",
        "component": "Reception",
        "call_id": "",
        "placed_call_id": None,
        "caller": CALLER,
        "caller_e164": "+989120000777",
        "caller_name": None,
        "dialled": "02100000010",
        "digits": "",
        "digits_count": 0,
        "code": None,
        "code_status": "none",
    }
    diagnostics = await async_get_config_entry_diagnostics(hass, loaded)
    assert diagnostics["routing"] == {"unanswered": 1}
    assert diagnostics["entry"]["voice_codes"] == 1
    assert "4711" not in json.dumps(diagnostics)


@pytest.mark.parametrize("method", ["POST", "FORM", "GET"])
@pytest.mark.parametrize(
    ("component", "data", "then"),
    [
        ("exten", {"extension": "120"}, {"extension": "120", "exit": "S"}),
        (
            "trunk",
            {"trunk": "outside", "extension": "09150000541", "call_limit": 300},
            {"trunk": "outside", "extension": "09150000541", "call_limit": "300", "exit": "S"},
        ),
        ("ivr", {"exit": "3"}, {"exit": "3"}),
        (
            "smart",
            {"commands": [{"play": "hello"}, {"say_number": "{{ 20 + 1 }}"}, "clear_digits", {"exit": "end"}]},
            {"heard": ["PlayAnnouncement hello", "SayNumber 21"], "exit": "end"},
        ),
    ],
)
async def test_an_automation_answers_each_component(hass, call, component, data, then, method):
    await automate(hass, **data)
    (step,) = await call((component, "it"), method=method)
    assert step == {"component": component, "name": "it", "status": 200, "heard": [], **then}


@pytest.mark.parametrize("form", ["device", "platform"])
@pytest.mark.parametrize(
    ("options", "then"),
    [
        ({}, {"extension": "120", "exit": "S"}),
        ({"component": "it", "number": "0912 000 0777"}, {"extension": "120", "exit": "S"}),
        ({"component": "another"}, {"exit": "F"}),
        ({"number": "09120000888"}, {"exit": "F"}),
    ],
)
async def test_a_trigger_in_the_editor_answers_too(hass, loaded, call, form, options, then):
    device_id = loaded.runtime_data.devices.device_id
    await automate(hass, trigger=trigger_of(form, "route_request", device_id, **options), extension="120")
    (step,) = await call(("exten", "it"))
    assert step == {"component": "exten", "name": "it", "status": 200, "heard": [], **then}


async def test_codes_are_compared_and_kept_out_of_events_and_logs(hass, call, caplog):
    caplog.set_level(logging.DEBUG)
    events = async_capture_events(hass, EVENT)
    await automate(hass, commands=[{"ask_digits": {"announcement": "code", "digits": 12}}, {"exit": "next"}])
    await call(*[("smart", str(at)) for at in range(4)], keys=["4711", "4712", "12", "x"])
    found = [(event.data["digits"], event.data["digits_count"], event.data["code"], event.data["code_status"])
             for event in events]  # fmt: skip
    assert found == [
        ("", 0, None, "none"),
        (None, 4, "Gate", "right"),
        (None, 4, None, "wrong"),
        ("12", 2, None, "none"),
    ]
    assert "4711" not in str([event.data for event in events])
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("custom_components")]
    assert not any("4711" in message or "4712" in message or CALLER in message for message in ours)


async def test_the_fifth_wrong_code_locks_all_codes_for_an_hour_also_after_a_restart(
    hass, loaded, call, freezer, caplog
):
    events = async_capture_events(hass, EVENT)
    await automate(hass, commands=[{"ask_digits": {"announcement": "code", "digits": 12}}, {"exit": "next"}])

    async def status(code):
        events.clear()
        await call(("smart", "a"), ("smart", "b"), keys=[code])
        return events[-1].data["code_status"]

    for at in range(5):
        assert await status(f"000{at}") == "wrong"
        freezer.tick(60)
    assert await status("4711") == "locked"
    assert caplog.text.count("5 wrong voice codes within an hour") == 1
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await status("4711") == "locked"
    # The first wrong code was an hour ago: there is one more attempt.
    freezer.tick(3600 - 5 * 60)
    assert await status("4711") == "right"
    assert await status("0009") == "wrong"
    assert await status("4711") == "locked"


async def test_a_damaged_file_of_attempts_keeps_nobody_from_working(hass, entry, setup, hass_storage, caplog):
    hass_storage[f"{DOMAIN}.wrong_codes.{entry.entry_id}"] = {"version": 1, "data": {"wrong_at": "soon"}}
    await setup(entry)
    assert "could not be read" in caplog.text
    assert not entry.runtime_data.route_handler._codes.locked


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"app_name": ""}', b'{"app_name": "x", "data": "a b"}', b'{"app_name": "' + b"x" * 300 + b'"}', b'{"app_name": "x", "unique_id": "' + b"1" * 300 + b'"}',
     b"x" * 70_000],
)  # fmt: skip
async def test_what_is_no_request_gets_the_same_reply_as_an_unknown_address(hass, loaded, outside, body):
    events = async_capture_events(hass, EVENT)
    known, unknown = [await outside(f"{ROUTE_PATH}/{secret}") for secret in (address_id(loaded), "0" * 64)]
    async with aiohttp.ClientSession() as session:
        replies = []
        for url in (known, unknown):
            async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
                replies.append((response.status, response.content_type, await response.json()))
    assert replies[0] == replies[1] == (200, "application/json", REFUSED)
    assert events == []


async def test_user_name_and_password_of_the_options_are_required(hass, sandbox, setup, outside, until_done):
    credentials = sandbox.accounts["simotel"][0].credentials
    entry = await setup(
        await entry_of(sandbox, "simotel", push_username=credentials["username"], push_password=credentials["password"])
    )
    events = async_capture_events(hass, EVENT)
    url = await outside(f"{ROUTE_PATH}/{address_id(entry)}")
    for auth in ("none", "basic"):
        sandbox.pusher.dialplan("simotel", 0, {"url": url, "steps": [["ivr", "menu"]], "auth": auth})
        await until_done(sandbox.pusher.idle())
    assert len(events) == 1
    assert entry.runtime_data.route_handler.counts == {"unauthorized": 1, "unanswered": 1}


async def test_compressed_and_surplus_requests_are_refused(hass, loaded, outside, monkeypatch, until_done):
    monkeypatch.setattr(routing_handler, "MAX_WAITING", 1)
    url = await outside(f"{ROUTE_PATH}/{address_id(loaded)}")
    async with aiohttp.ClientSession() as session:

        async def ask(**more):
            async with session.post(url, json={"app_name": "menu"}, **more) as response:
                return await response.json()

        assert await ask(headers={"Content-Encoding": "gzip"}) == REFUSED
        assert await until_done(asyncio.gather(ask(), ask())) == [REFUSED, REFUSED]
    assert loaded.runtime_data.route_handler.counts["too many waiting"] == 1


async def test_an_unloaded_account_answers_no_more(hass, loaded, outside):
    url = await outside(f"{ROUTE_PATH}/{address_id(loaded)}")
    async with aiohttp.ClientSession() as session:

        async def ask():
            async with session.get(url, params={"app_name": "menu"}) as response:
                return await response.json()

        waiting = asyncio.create_task(ask())
        events = async_capture_events(hass, EVENT)
        while not events:
            await asyncio.sleep(0)
        assert await hass.config_entries.async_unload(loaded.entry_id)
        assert await waiting == REFUSED
        assert await ask() == REFUSED
    with pytest.raises(ServiceValidationError) as raised:
        await answer(hass, events[0].data["request_id"], exit="3")
    assert raised.value.translation_key == "no_account"


async def answer(hass, request_id, **data):
    await hass.services.async_call(DOMAIN, "route_call", {"request_id": request_id, **data}, blocking=True)


async def test_a_second_answer_and_a_late_one_are_errors(hass, loaded, call):
    errors = []

    async def twice(event):
        request_id = event.data["request_id"]
        await answer(hass, request_id, exit="3")
        with pytest.raises(ServiceValidationError) as raised:
            await answer(hass, request_id, exit="4")
        errors.append(raised.value.translation_key)

    hass.bus.async_listen(EVENT, twice)
    (step,) = await call(("ivr", "menu"))
    assert step["exit"] == "3"
    assert errors == ["route_request_over"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "either an extension, an exit or commands"),
        ({"extension": "120", "exit": "3"}, "either an extension, an exit or commands"),
        ({"extension": "x"}, "extension"),
        ({"commands": [{"play": "x'); Exit('gate"}]}, "announcement"),
        ({"commands": [{"exit": "a"}, {"play": "x"}]}, "comes last"),
    ],
)
async def test_a_route_that_cannot_be_told_is_an_error_in_one_line(hass, loaded, data, says):
    with pytest.raises(ServiceValidationError, match=says) as raised:
        await answer(hass, "0", **data)
    assert raised.value.translation_key == "invalid_route"
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "commands",
    [
        [{"sing": "x"}],
        [{"play": "x", "exit": "y"}],
        [3],
        [],
        [{"say_number": 1.5}],
        [{"say_number": "many"}],
        [{"ask_digits": {"timeout": 3}}],
        [{"ask_digits": {"announcement": "x", "speed": 3}}],
        [{"clear_digits": "x"}],
        [{"exit": "x"}] * 51,
    ],
)
async def test_senseless_commands_are_refused_by_the_schema(hass, loaded, commands):
    with pytest.raises(vol.Invalid):
        await answer(hass, "0", commands=commands)


async def test_the_address_is_in_the_options_and_changes_with_the_push_address(hass, loaded):
    await hass.config.async_update(external_url="https://home.example.com")
    url = async_route_url(hass, loaded)
    assert url == f"https://home.example.com/api/trunkline/route/{address_id(loaded)}"
    assert loaded.data["webhook_id"] not in url
    result = await hass.config_entries.options.async_init(loaded.entry_id)
    assert result["step_id"] == "telephone_system"
    assert result["description_placeholders"]["route_url"] == url
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {"poll_interval": 60, "calls_per_hour": 5}
    )
    assert result["type"] == "create_entry"
    before = address_id(loaded)
    hass.config_entries.async_update_entry(loaded, data={**loaded.data, "webhook_id": "another"})
    assert address_id(loaded) != before


async def test_without_an_address_of_home_assistant_there_is_none(hass, loaded):
    hass.config.internal_url = hass.config.external_url = None
    hass.config.api = None
    assert async_route_url(hass, loaded) is None


# Voice codes in the form.


async def test_codes_are_added_and_changed_in_the_form(hass, loaded):
    manager = hass.config_entries.subentries
    result = await manager.async_init((loaded.entry_id, "voice_code"), context={"source": "user"})
    for values, errors in (
        ({"name": " ", "code": "123"}, {"name": "empty_name", "code": "invalid_code"}),
        ({"name": "Gate", "code": "4711"}, {"name": "name_taken", "code": "code_taken"}),
        ({"name": "Door", "code": "47x1"}, {"code": "invalid_code"}),
    ):
        result = await manager.async_configure(result["flow_id"], values)
        assert result["errors"] == errors
    result = await manager.async_configure(result["flow_id"], {"name": "Door", "code": "۰۸۱۵"})
    assert result["type"] == "create_entry"
    await hass.async_block_till_done(wait_background_tasks=True)
    door = next(subentry for subentry in loaded.subentries.values() if subentry.title == "Door")
    assert door.data == {"code": "0815"}

    result = await manager.async_init(
        (loaded.entry_id, "voice_code"), context={"source": "reconfigure", "subentry_id": door.subentry_id}
    )
    result = await manager.async_configure(result["flow_id"], {"name": "Door", "code": "4711"})
    assert result["errors"] == {"code": "code_taken"}
    result = await manager.async_configure(result["flow_id"], {"name": "Back door", "code": "0816"})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert {subentry.title: subentry.data["code"] for subentry in loaded.subentries.values()} == {
        "Gate": "4711",
        "Back door": "0816",
    }


# The blueprints.


@pytest.fixture
async def blueprint(hass, loaded, tmp_path):
    shutil.copytree(BLUEPRINTS, tmp_path / "blueprints/automation/trunkline")
    await hass.config.async_set_time_zone("Asia/Tehran")

    async def use(name, **inputs):
        # Only automations with an id are traced.
        config = {"id": name, "alias": name, "use_blueprint": {"path": f"trunkline/{name}.yaml", "input": inputs}}
        assert await async_setup_component(hass, automation.DOMAIN, {automation.DOMAIN: config})

    return use


@WHOLE_OR_MASKED
async def test_known_callers_reach_their_person_and_strangers_the_voicemail_at_night(hass, call, blueprint, freezer):
    await blueprint("route_callers", people=[{"caller": "+989120000777", "extension": 120}])
    # 13:00 in Tehran, then 23:00.
    (known,), (stranger,) = await call(("smart", "callers")), await call(("smart", "callers"), number="09120000778")
    freezer.tick(10 * 3600)
    (at_night,) = await call(("smart", "callers"), number="09120000778")
    (known_at_night,) = await call(("smart", "callers"))
    assert (known["exit"], known["extension"]) == ("extension", "120")
    assert stranger["exit"] == "office"
    assert at_night["exit"] == "voicemail"
    assert known_at_night["exit"] == "extension"
    # Another component is another automation's.
    (other,) = await call(("smart", "elsewhere"))
    assert other["exit"] == "e"


async def test_a_number_without_quotation_marks_is_known(hass, call, blueprint):
    # As YAML reads +989120000777.
    await blueprint("route_callers", people=[{"caller": 989120000777, "extension": 120}])
    (known,) = await call(("smart", "callers"))
    assert (known["exit"], known["extension"]) == ("extension", "120")


MENU = (("smart", "menu"), ("smart", "choice"), ("smart", "code"))


@pytest.fixture
async def gate(hass, blueprint):
    opened = async_mock_service(hass, "test", "open")
    hass.states.async_set("sensor.outside", "-3.6")
    await blueprint(
        "voice_menu",
        temperature="sensor.outside",
        actions=[{"action": "test.open", "data": {"text": "{{ code }} {{ caller }}"}}],
    )
    return opened


async def test_pressing_1_and_the_code_opens_the_gate(hass, call, gate):
    steps = await call(*MENU, keys=["1", "4711"])
    assert [step["exit"] for step in steps] == ["next", "next", "end"]
    assert [step["heard"] for step in steps] == [
        ["GetData welcome 10 1"],
        ["GetData enter-code 10 4"],
        ["PlayAnnouncement gate-opens"],
    ]
    assert [opening.data["text"] for opening in gate] == [f"Gate {CALLER}"]


async def test_the_number_of_a_caller_keeps_its_plus_sign_and_is_text(hass, call, gate):
    for number in ("+989120000777", "<b>0912"):
        await call(*MENU, keys=["1", "4711"], number=number)
    assert [opening.data["text"] for opening in gate] == ["Gate \u200c+989120000777", "Gate ‹b›0912"]


# Home Assistant takes a text of digits in a template for a number.
NUMERIC = [("smart", name) for name in ("1", "2", "3")]


async def numeric_code(hass, loaded):
    (code,) = loaded.subentries.values()
    hass.config_entries.async_update_subentry(loaded, code, title="101")
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_components_and_codes_may_have_numbers_for_names(hass, loaded, call, blueprint):
    await numeric_code(hass, loaded)
    opened = async_mock_service(hass, "test", "open")
    await blueprint(
        "voice_menu",
        first="1",
        second="2",
        third="3",
        code_name="101",
        temperature="sensor.outside",
        actions=[{"action": "test.open"}],
    )
    steps = await call(*NUMERIC, keys=["1", "4711"])
    assert steps[-1]["heard"] == ["PlayAnnouncement gate-opens"]
    assert len(opened) == 1


async def test_an_alarm_is_disarmed_where_components_and_codes_have_numbers_for_names(hass, loaded, call, blueprint):
    await numeric_code(hass, loaded)
    hass.states.async_set("alarm_control_panel.house", "armed_away")
    disarmed = async_mock_service(hass, "alarm_control_panel", "alarm_disarm")
    await blueprint("disarm_by_phone", ask="1", check="2", code_name="101", alarm="alarm_control_panel.house")
    steps = await call(*NUMERIC[:2], keys=["4711"])
    assert steps[-1]["heard"] == ["PlayAnnouncement code-accepted"]
    assert len(disarmed) == 1


async def test_a_wrong_code_opens_nothing(hass, call, gate):
    steps = await call(*MENU, keys=["1", "4712"])
    assert steps[-1]["heard"] == ["PlayAnnouncement wrong-code"]
    assert gate == []


async def test_pressing_2_reads_the_temperature(hass, call, gate):
    # -3.6 degrees are rounded to -4.
    steps = await call(*MENU[:2], keys=["2"])
    assert steps[-1]["heard"] == ["PlayAnnouncement below-zero", "SayNumber 4"]
    hass.states.async_set("sensor.outside", "21.2")
    steps = await call(*MENU[:2], keys=["2"])
    assert steps[-1]["heard"] == ["SayNumber 21"]
    hass.states.async_set("sensor.outside", "unavailable")
    steps = await call(*MENU[:2], keys=["2"])
    assert steps[-1]["exit"] == "other"


async def test_codes_are_in_no_trace_of_the_automation(hass, call, gate):
    await call(*MENU, keys=["1", "4711"])
    runs = await async_list_traces(hass, "automation", None)
    traces = json.dumps(
        [await async_get_trace(hass, f"automation.{run['item_id']}", run["run_id"]) for run in runs], default=str
    )
    assert "code_status" in traces
    assert "4711" not in traces


async def test_a_failure_of_ours_is_logged_without_the_request(hass, loaded, call, monkeypatch, caplog):
    async def fail(digits):
        raise KeyError(digits)

    monkeypatch.setattr(type(loaded.runtime_data.route_handler._codes), "async_check", staticmethod(fail))
    (step,) = await call(("ivr", "menu"))
    assert step["exit"] == "e"
    assert "Office: handling a routing request failed (KeyError)" in caplog.text


DISARM = (("smart", "disarm"), ("smart", "disarm-code"))


@pytest.fixture
async def alarm(hass, blueprint):
    """An alarm that has gone off, and that a caller can disarm."""
    config = {"platform": "manual", "name": "House", "code_arm_required": False, "arming_time": 0, "delay_time": 0}
    assert await async_setup_component(hass, "alarm_control_panel", {"alarm_control_panel": config})
    # The platform is set up in a task of its own.
    await hass.async_block_till_done()
    told = async_mock_service(hass, "test", "tell")
    text = "{{ code }} {{ caller }} {{ account_name }} {{ disarmed }}"
    await blueprint(
        "disarm_by_phone",
        alarm="alarm_control_panel.house",
        code_name="Gate",
        actions=[{"action": "test.tell", "data": {"text": text}}],
    )
    await hass.services.async_call(
        "alarm_control_panel", "alarm_arm_away", {"entity_id": "alarm_control_panel.house"}, blocking=True
    )
    assert hass.states.get("alarm_control_panel.house").state == "armed_away"
    return told


async def test_the_right_code_disarms_the_alarm(hass, call, alarm):
    steps = await call(*DISARM, keys=["4711"])
    assert [step["exit"] for step in steps] == ["next", "end"]
    assert steps[0]["heard"] == ["GetData enter-code 10 4"]
    assert steps[1]["heard"] == ["PlayAnnouncement code-accepted"]
    assert hass.states.get("alarm_control_panel.house").state == "disarmed"
    assert [told.data["text"] for told in alarm] == [f"Gate \u200c{CALLER} Office True"]


@pytest.mark.parametrize("keys", ["4712", "47", ""])
async def test_a_wrong_code_leaves_the_alarm_armed(hass, call, alarm, keys):
    steps = await call(*DISARM, keys=[keys])
    assert steps[1]["heard"] == ["PlayAnnouncement wrong-code"]
    assert hass.states.get("alarm_control_panel.house").state == "armed_away"
    assert alarm == []


async def test_callers_hear_the_voicemail_out_of_hours_and_on_holidays(hass, call, blueprint, freezer):
    hass.states.async_set("input_boolean.holiday", "off")
    await blueprint("after_hours", announcement="closed", weekdays=["mon", "tue"], holidays=["input_boolean.holiday"])
    # A Tuesday, 13:00 in Tehran.
    (at_noon,) = await call(("smart", "hours"))
    hass.states.async_set("input_boolean.holiday", "on")
    (on_a_holiday,) = await call(("smart", "hours"))
    hass.states.async_set("input_boolean.holiday", "off")
    freezer.tick(10 * 3600)
    (at_night,) = await call(("smart", "hours"))
    freezer.tick(14 * 3600)
    (on_wednesday,) = await call(("smart", "hours"))
    (elsewhere,) = await call(("smart", "elsewhere"))
    assert (at_noon["exit"], at_noon["heard"]) == ("office", [])
    for closed in (on_a_holiday, at_night, on_wednesday):
        assert (closed["exit"], closed["heard"]) == ("voicemail", ["PlayAnnouncement closed"])
    assert elsewhere["exit"] == "e"


async def test_opening_hours_that_end_after_midnight_are_those_of_the_day_on_which_they_begin(
    hass, call, blueprint, freezer
):
    await blueprint("after_hours", opens="20:00:00", closes="04:00:00", weekdays=["tue"])
    exits = {}
    # In Tehran: from Tuesday, 13:00, on.
    for hours, when in ((0, "tue 13"), (9, "tue 22"), (4, "wed 02"), (3, "wed 05"), (17, "wed 22")):
        freezer.tick(hours * 3600)
        (step,) = await call(("smart", "hours"))
        exits[when] = step["exit"]
    assert exits == {
        "tue 13": "voicemail",
        "tue 22": "office",
        "wed 02": "office",
        "wed 05": "voicemail",
        "wed 22": "voicemail",
    }


async def test_the_same_time_to_open_and_to_close_is_around_the_clock(hass, call, blueprint, freezer):
    await blueprint("after_hours", opens="00:00:00", closes="00:00:00", weekdays=["tue"])
    exits = []
    # On Tuesday at 13:00 and 23:00, on Wednesday at 01:00.
    for hours in (0, 10, 2):
        freezer.tick(hours * 3600)
        (step,) = await call(("smart", "hours"))
        exits.append(step["exit"])
    assert exits == ["office", "office", "voicemail"]


@pytest.fixture
async def happen(hass, sandbox, loaded, outside):
    """Return a function that lets the telephone system send an event."""
    url = await outside(f"/api/trunkline/push/{loaded.data['webhook_id']}")
    sandbox.pusher.target("simotel", 0, Target(url=url))

    async def send(kind, **fields):
        assert sandbox.pusher.event("simotel", 0, kind, fields)
        await sandbox.pusher.idle()
        await hass.async_block_till_done()

    return send


@WHOLE_OR_MASKED
async def test_a_new_message_is_told_with_its_mailbox(hass, loaded, happen, blueprint):
    told = async_mock_service(hass, "test", "tell")
    text = "{{ caller }} | {{ mailbox }} | {{ when }} | {{ account_name }} | {{ listen }}"
    await blueprint("after_hours", actions=[{"action": "test.tell", "data": {"text": text}}])
    await happen("VoiceMail", caller="<b>0912", number="400")
    path = f"%2Cmedia-source%3A%2F%2Ftrunkline%2F{loaded.entry_id}%2Fvoicemail%2F400"
    assert [call.data["text"] for call in told] == [
        f"\u200c‹b›0912 | \u200c400 | 13:00 | Office | /media-browser/browser/{path}"
    ]


async def test_who_hangs_up_has_left_no_message(hass, happen, blueprint):
    told = async_mock_service(hass, "test", "tell")
    await blueprint("after_hours", actions=[{"action": "test.tell", "data": {"text": "{{ caller }}"}}])
    await happen("VoiceMail", caller="09120000777", number="400", state="FAILED")
    assert told == []


@WHOLE_OR_MASKED
async def test_a_known_caller_turns_the_scene_on_while_the_phone_rings(hass, happen, blueprint):
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": {"porch": {}}})
    scene = {"scene": [{"name": "Courier", "entities": {"input_boolean.porch": "on"}}]}
    assert await async_setup_component(hass, "scene", scene)
    await blueprint("known_caller_scene", numbers=["+989120000777"], moment="ringing", scene="scene.courier")
    await happen("IncomingCall", number="09120000778")
    assert hass.states.get("input_boolean.porch").state == "off"
    await happen("IncomingCall", number=CALLER)
    assert hass.states.get("input_boolean.porch").state == "on"
