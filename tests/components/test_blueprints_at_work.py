"""Blueprints with a real account: each starts with what happens at the provider, and ends with a message, call or scene."""

from __future__ import annotations

import asyncio
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from homeassistant.components import automation
from homeassistant.components.notify import NotifyEntity
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed, async_mock_service

from custom_components.trunkline.services import calls
from trunkline.sandbox import Direction, Outcome
from trunkline.sandbox.world.company import PlacedCalls

from .conftest import make_entry, rows_since
from .test_entities import sandbox_month  # noqa: F401  (a fixture)

BLUEPRINTS = Path(__file__).parents[2] / "blueprints/automation/trunkline"
POLL = 130
CALLER = "9120000777"
FIRST, SECOND = "+989120000771", "+989120000772"


# Where a script waits for what the tests let happen, or for another of its tasks.
WAITING = {"_async_step_wait_for_trigger", "_async_run_long_action", "_async_step_parallel"}


def is_busy(work):
    """Return whether a task, or a job of the executor, is at work and doesn't only wait."""
    if work.done() or not isinstance(work, asyncio.Task):
        return not work.done()
    coroutine, frames = work.get_coro(), []
    while hasattr(coroutine, "cr_await"):
        frames.append(coroutine.cr_code)
        coroutine = coroutine.cr_await
    # A script runs in a task of its own, and the one that started it waits.
    return not WAITING & {code.co_name for code in frames} and frames[-1].co_qualname != "Script.async_run"


def is_of_script(task):
    """Return whether a task is a part of a script; Home Assistant doesn't keep track of all of them."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and code.co_filename.endswith("helpers/script.py")


class Screen(NotifyEntity):
    """Keeps the messages that it is sent."""

    entity_id = "notify.screen"
    _attr_has_entity_name = False

    def __init__(self):
        self.messages = []

    async def async_send_message(self, message, title=None):
        self.messages.append(message)


@pytest.fixture
def settle(hass):
    """Return a function that waits until nothing is at work but automations that wait."""

    async def wait():
        # Home Assistant's own wait would also wait for an automation that waits.
        quiet = 0
        while quiet < 20:
            await asyncio.sleep(0)
            work = hass._tasks | hass._background_tasks | set(filter(is_of_script, asyncio.all_tasks()))
            quiet = 0 if any(map(is_busy, work)) else quiet + 1

    return wait


@pytest.fixture
def later(hass, freezer, settle):
    """Return a function that lets so many seconds pass, and whatever is due in them happen."""

    async def pass_time(seconds):
        freezer.tick(seconds)
        async_fire_time_changed(hass)
        await settle()

    return pass_time


@pytest.fixture
async def screen(hass):
    """A notify entity."""
    assert await async_setup_component(hass, "notify", {})
    screen = Screen()
    await hass.data["entity_components"]["notify"].async_add_entities([screen])
    return screen


@pytest.fixture
async def use(hass, tmp_path, screen, setup):
    """Return a function that makes an automation of a blueprint, which sends a text to the notify entity."""
    shutil.copytree(BLUEPRINTS, tmp_path / "blueprints/automation/trunkline")
    await hass.config.async_set_time_zone("Asia/Tehran")

    async def make(name, text="", **inputs):
        if text:
            send = {
                "action": "notify.send_message",
                "target": {"entity_id": screen.entity_id},
                "data": {"message": text},
            }
            inputs["actions"] = [send]
        config = {"id": name, "alias": name, "use_blueprint": {"path": f"trunkline/{name}.yaml", "input": inputs}}
        assert await async_setup_component(hass, automation.DOMAIN, {automation.DOMAIN: config})
        assert hass.states.get(f"automation.{name}").state == "on"

    yield make
    # Nothing ends while an automation still waits.
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


@pytest.fixture
def phone(hass):
    """A phone with the app: its device, and the action that notifies it."""
    entry = MockConfigEntry(domain="mobile_app", title="Pixel")
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("mobile_app", "one")}, name="My Pixel"
    )
    return device.id, async_mock_service(hass, "notify", "mobile_app_my_pixel")


@pytest.fixture
def entry(sandbox, request):
    """An account, with the options that a test is run with."""
    return make_entry(sandbox, options=getattr(request, "param", {}))


WHOLE_OR_MASKED = pytest.mark.parametrize("entry", [{}, {"mask_numbers": True}], indirect=True, ids=["whole", "masked"])


def trunk_entity(entity_id, entry, office, platform, key, trunk=0):
    return entity_id(platform, f"{entry.unique_id}_{office.trunks[trunk].number}_{key}")


def placed(sandbox):
    return [request.query["to"] for request in sandbox.requests if request.path == "/smartcall"]


async def until_local(later, hour):
    """Let time pass until just after this hour in Tehran."""
    now = dt_util.now()
    target = now.replace(hour=hour, minute=0, second=0, microsecond=500_000)
    target += timedelta(days=target <= now)
    await later((target - now).total_seconds())


# Missed calls.


@pytest.fixture
async def missed(sandbox, loaded, use, phone, later):
    """Return a function that lets a call be missed, and returns the notification on the phone."""
    device_id, shown = phone
    await use(
        "missed_call",
        "{{ recording or 'none' }}",
        phones=[device_id],
        phone_title="تماس بی‌پاسخ: {{ account_name }}",
        phone_message="{{ caller }} / {{ line }}",
        call_back_from="1510",
        call_back_text="تماس",
        listen_text="شنیدن",
    )

    async def miss(**more):
        await later(10)
        world, office = sandbox.world, sandbox.world.offices[0]
        peer = world.party(CALLER)
        world.record(office, outcome=Outcome.NO_ANSWER, peer=peer, trunk=0, wait=2, **more)
        await later(POLL)
        return shown[-1].data

    return miss


@WHOLE_OR_MASKED
async def test_a_missed_call_is_shown_on_the_phone_and_called_back_once(hass, sandbox, loaded, missed, later):
    sandbox.world.name_party(CALLER, "Baran <b>")
    data = await missed()
    line = sandbox.world.offices[0].trunks[0].number
    assert data["title"] == f"تماس بی‌پاسخ: {loaded.title}"
    assert data["message"] == f"Baran ‹b› / {line}"
    (button,) = data["data"]["actions"]
    assert button["title"] == "تماس"
    assert placed(sandbox) == []
    for _ in range(2):
        hass.bus.async_fire("mobile_app_notification_action", {"action": button["action"]})
        await hass.async_block_till_done(wait_background_tasks=True)
    assert [number.removeprefix("+98").removeprefix("0") for number in placed(sandbox)] == [CALLER]


async def test_nobody_is_called_back_after_the_time_or_from_another_notification(hass, sandbox, missed, later):
    (button,) = (await missed())["data"]["actions"]
    hass.bus.async_fire("mobile_app_notification_action", {"action": "TRUNKLINE_CALL_BACK_other"})
    await later(3700)
    hass.bus.async_fire("mobile_app_notification_action", {"action": button["action"]})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert placed(sandbox) == []


async def test_a_recorded_missed_call_has_a_link_and_the_id_of_its_recording(
    hass, sandbox, loaded, missed, screen, monkeypatch
):
    # No provider in the sandbox records a call that nobody answers, but some phone systems do.
    response = calls.call_response
    monkeypatch.setattr(calls, "call_response", lambda call: {**response(call), "recorded": True})
    data = await missed()
    call_id = sandbox.world.offices[0].calls[-1].call_id
    assert screen.messages == [f"media-source://trunkline/{loaded.entry_id}/call/{call_id}"]
    assert [button["title"] for button in data["data"]["actions"]] == ["تماس", "شنیدن"]
    assert data["data"]["actions"][1]["uri"] == (
        f"/media-browser/browser/%2Cmedia-source%3A%2F%2Ftrunkline%2F{loaded.entry_id}%2Fcalls"
    )


# Credit.


async def test_low_credit_is_told_with_the_line(hass, sandbox, loaded, use, screen, entity_id, later):
    office = sandbox.world.offices[0]
    sandbox.world.top_up(office, 0, 10_000_000)
    await later(POLL)
    sensor = trunk_entity(entity_id, loaded, office, "binary_sensor", "low_credit")
    assert hass.states.get(sensor).state == "off"
    await use("low_credit", "{{ line }}", low_credit=[sensor])
    sandbox.world.charge(office, 0, office.trunks[0].credit)
    await later(POLL)
    assert screen.messages == [f"{loaded.title}, Trunk 0{office.trunks[0].number}"]


async def test_credit_that_will_not_last_until_the_date_is_told_until_it_does(
    hass, sandbox, loaded, use, screen, entity_id, later
):
    office = sandbox.world.offices[0]
    sandbox.world.top_up(office, 0, 10_000_000)
    await later(POLL)
    sensor = trunk_entity(entity_id, loaded, office, "sensor", "credit_runs_out")
    await use("credit_until_date", "{{ line }} {{ until }}", runs_out=[sensor], until="2026-03-20", at="18:00:00")
    await until_local(later, 18)
    assert screen.messages == []

    # Nearly everything is spent: what is left lasts for less than the ten days.
    sandbox.world.charge(office, 0, office.trunks[0].credit - 1000)
    await later(POLL)
    day = dt_util.as_local(dt_util.parse_datetime(hass.states.get(sensor).state)).date()
    assert day.isoformat() < "2026-03-20"
    await until_local(later, 18)
    name = f"{loaded.title}, Trunk 0{office.trunks[0].number}"
    assert len(screen.messages) == 1
    assert screen.messages[0].startswith(f"{name} (2026-03-1")
    assert screen.messages[0].endswith(") 2026-03-20")

    sandbox.world.top_up(office, 0, 100_000_000)
    await later(POLL)
    await until_local(later, 18)
    assert len(screen.messages) == 1


async def test_an_expiry_is_told_each_day_with_the_days_left(hass, sandbox, loaded, use, screen, entity_id, later):
    office = sandbox.world.offices[0]
    sensor = trunk_entity(entity_id, loaded, office, "sensor", "credit_expires")
    await use("expiry", "{{ line }}", expires=sensor, days=3, at="18:00:00")
    # At 18:00 today (14:30 UTC) it is more than three days, tomorrow two and a half, then one and a half.
    office.trunks[0].expires_at = int(datetime.fromisoformat("2026-03-14T02:30:00+00:00").timestamp())
    await later(POLL)
    for _ in range(3):
        await until_local(later, 18)
    name = f"{loaded.title}, Trunk 0{office.trunks[0].number}"
    assert screen.messages == [f"{name} (2)", f"{name} (1)"]


async def test_an_unusual_spend_is_told_with_the_amounts(hass, setup, use, screen, entity_id, later, sandbox_month):  # noqa: F811
    office = sandbox_month.world.offices[0]
    entry = await setup(make_entry(sandbox_month))
    sensor = trunk_entity(entity_id, entry, office, "binary_sensor", "unusual_spend")
    await use("unusual_spend", "{{ line }} | {{ today }} | {{ usual }}", unusual_spend=[sensor])
    await later(600)
    position = sandbox_month.world.record(office, trunk=0, wait=1, talk=10)
    sandbox_month.world.correct(office, position, price_talk=2_000_000)
    await later(POLL)
    (message,) = screen.messages
    name, today, usual = message.split(" | ")
    assert name == f"{entry.title}, Trunk 0{office.trunks[0].number}"
    midnight = dt_util.start_of_local_day()
    spent = sum(row.price for row in rows_since(office, midnight) if row.trunk == 0)
    assert today == f"{spent:,} IRR"
    assert usual.endswith(" IRR")


# Callers.


@pytest.fixture
async def scene(hass):
    """A scene that turns something on."""
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": {"porch": {}}})
    config = {"scene": [{"name": "Courier", "entities": {"input_boolean.porch": "on"}}]}
    assert await async_setup_component(hass, "scene", config)
    return "scene.courier"


@WHOLE_OR_MASKED
async def test_only_a_known_caller_turns_the_scene_on(hass, sandbox, loaded, use, scene, screen, later):
    await use(
        "known_caller_scene", "{{ line }} {{ account_name }}", numbers=["+98 912 000 0777"], scene=scene, moment="after"
    )
    world, office = sandbox.world, sandbox.world.offices[0]

    async def ring(number, **more):
        await later(10)
        world.record(office, outcome=Outcome.NO_ANSWER, peer=world.party(number), trunk=0, wait=2, **more)
        await later(POLL)
        return hass.states.get("input_boolean.porch").state

    assert await ring("9120000778") == "off"
    # We have called the number ourselves.
    assert await ring(CALLER, direction=Direction.OUTGOING) == "off"
    assert await ring(CALLER) == "on"
    assert screen.messages == [f"{office.trunks[0].number} {loaded.title}"]


# Alarms.


@pytest.fixture
async def alarm(hass, loaded, use, settle):
    """Return a function that sets up an alarm that calls, and makes it go off."""
    hass.states.async_set("binary_sensor.smoke", "off")

    async def go_off(**inputs):
        given = {"people": [FIRST, SECOND], "maximum": 5, "patience": 100} | inputs
        await use(
            "alarm_calls",
            "{{ answered }} / {{ calls }} / {{ account_name }}",
            alarm=["binary_sensor.smoke"],
            account=loaded.entry_id,
            extension="1510",
            **given,
        )
        hass.states.async_set("binary_sensor.smoke", "on")
        await settle()

    return go_off


async def pass_minutes(later, minutes):
    for _ in range(minutes * 6):
        await later(10)


async def test_an_alarm_calls_one_after_the_other_until_somebody_answers(sandbox, loaded, alarm, screen, later):
    sandbox.world.placed = PlacedCalls(outcome=Outcome.NO_ANSWER)
    await alarm()
    assert len(placed(sandbox)) == 1
    while len(placed(sandbox)) < 2:
        await later(5)
    # The second call is under way already: the third will be answered, by the first person.
    sandbox.world.placed = PlacedCalls(outcome=Outcome.ANSWERED)
    await pass_minutes(later, 10)
    assert placed(sandbox) == [FIRST, SECOND, FIRST]
    assert [message.replace("\u200c", "") for message in screen.messages] == [f"{FIRST} / 3 / {loaded.title}"]


async def test_nobody_answers_and_the_maximum_of_calls_is_kept(sandbox, loaded, alarm, screen, later):
    sandbox.world.placed = PlacedCalls(outcome=Outcome.NO_ANSWER)
    await alarm(maximum=3)
    await pass_minutes(later, 20)
    assert placed(sandbox) == [FIRST, SECOND, FIRST]
    assert screen.messages == [f" / 3 / {loaded.title}".strip()]


async def test_the_hourly_limit_applies_to_an_alarm(hass, sandbox, setup, use, screen, later):
    entry = await setup(make_entry(sandbox, options={"calls_per_hour": 2}))
    sandbox.world.placed = PlacedCalls(outcome=Outcome.NO_ANSWER)
    hass.states.async_set("binary_sensor.smoke", "off")
    await use(
        "alarm_calls",
        "{{ calls }}",
        alarm=["binary_sensor.smoke"],
        account=entry.entry_id,
        extension="1510",
        people=[FIRST],
        maximum=20,
        patience=60,
    )
    hass.states.async_set("binary_sensor.smoke", "on")
    await pass_minutes(later, 25)
    assert placed(sandbox) == [FIRST, FIRST]


async def test_the_end_of_the_alarm_ends_the_calls(hass, sandbox, alarm, screen, later):
    sandbox.world.placed = PlacedCalls(outcome=Outcome.NO_ANSWER)
    await alarm()
    hass.states.async_set("binary_sensor.smoke", "off")
    await pass_minutes(later, 10)
    assert placed(sandbox) == [FIRST]
    assert len(screen.messages) == 1


async def test_a_sensor_that_comes_back_is_no_alarm(hass, sandbox, alarm, later):
    hass.states.async_set("binary_sensor.smoke", "unavailable")
    await alarm()
    await pass_minutes(later, 3)
    assert placed(sandbox) == []


# The week.


async def test_the_weekly_summary_has_the_figures_of_seven_days(hass, sandbox, loaded, use, screen, later):
    text = (
        "{{ calls }} {{ incoming }} {{ outgoing }} {{ answered }} {{ missed }} {{ talk_minutes }} | {{ cost }} | {{ lines }}"
        " | {{ account_name }} {{ first_day }} {{ last_day }}"
    )
    await use("weekly_summary", text, account=loaded.entry_id, weekday="wed", at="08:00:00")
    # It is Tuesday, the 10th. A call of today belongs to the week that ends today.
    await later(60)
    office = sandbox.world.offices[0]
    sandbox.world.record(office, wait=1, talk=30, trunk=0)
    await until_local(later, 8)
    start = datetime.fromisoformat("2026-03-04T00:00:00+03:30")
    rows = [row for row in rows_since(office, start) if row.started_at < (start + timedelta(days=7)).timestamp()]
    incoming = [row for row in rows if row.direction == Direction.INCOMING]
    outgoing = [row for row in rows if row.direction == Direction.OUTGOING]
    answered = [row for row in rows if row.outcome == Outcome.ANSWERED]
    missed = [row for row in incoming if row.outcome != Outcome.ANSWERED]
    minutes = round(sum(row.talk for row in answered) / 60)
    lines = ", ".join(
        f"{trunk.number}: {sum(row.trunk == at for row in rows)}"
        for at, trunk in sorted(enumerate(office.trunks), key=lambda item: item[1].number)
    )
    figures = (
        f"{len(rows)} {len(incoming)} {len(outgoing)} {len(answered)} {len(missed)} {minutes}"
        f" | {sum(row.price for row in rows):,} IRR | {lines} | {loaded.title} 2026-03-04 2026-03-10"
    )
    assert screen.messages == [figures]
    await until_local(later, 8)
    assert len(screen.messages) == 1
