"""The callers to call back as a to-do list, against accounts in the sandbox."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from custom_components.trunkline.account.missed import caller_uid
from custom_components.trunkline.account.ticks import MOST_TICKS, TickStore, tick_store
from trunkline import open_account
from trunkline.metrics import open_missed
from trunkline.model import Call, Direction, Party, Status
from trunkline.sandbox.world import Direction as Way
from trunkline.sandbox.world import Outcome

from .conftest import DOMAIN, NOW, entry_of, make_entry

if TYPE_CHECKING:
    from collections.abc import Sequence

CALLER = "9120000777"
NUMBER = "09120000777"


class List:
    """The to-do list of an account, by the actions that users and automations have."""

    def __init__(self, hass, entry) -> None:
        self.hass = hass
        found = [
            state.entity_id
            for state in hass.states.async_all("todo")
            if hass.data["entity_components"]["todo"].get_entity(state.entity_id).unique_id
            == f"{entry.unique_id}_missed"
        ]
        (self.entity_id,) = found

    @property
    def state(self) -> int:
        return int(self.hass.states.get(self.entity_id).state)

    async def items(self, *status: str) -> list[dict[str, str]]:
        answer = await self.hass.services.async_call(
            "todo",
            "get_items",
            {"entity_id": self.entity_id} | ({"status": list(status)} if status else {}),
            blocking=True,
            return_response=True,
        )
        return answer[self.entity_id]["items"]

    async def item(self, text: str) -> dict[str, str] | None:
        found = [item for item in await self.items() if text in item["summary"] or text in item["description"]]
        assert len(found) <= 1
        return found[0] if found else None

    async def update(self, uid: str, **data: str) -> None:
        await self.hass.services.async_call(
            "todo", "update_item", {"entity_id": self.entity_id, "item": uid, **data}, blocking=True
        )

    async def tick_off(self, uid: str) -> None:
        await self.update(uid, status="completed")


def missed(sandbox, which: int = 0, peer: str = CALLER, age: int = 0, **more) -> None:
    world = sandbox.world
    world.record(world.offices[which], outcome=Outcome.NO_ANSWER, peer=world.party(peer), wait=20, age=age, **more)


def answered(sandbox, direction: Way) -> None:
    world = sandbox.world
    world.record(world.offices[0], direction=direction, peer=world.party(CALLER), wait=1, talk=5)


async def reload(hass, entry) -> None:
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


# What is listed


async def test_the_items_are_the_open_missed_callers_of_the_metrics(hass, sandbox, loaded, state):
    runtime = loaded.runtime_data
    week = datetime(2026, 3, 3, 20, 30, tzinfo=UTC)  # midnight of the 4th in Tehran: the seventh day before the 11th
    open_calls = open_missed(runtime.archive.calls(accounts=runtime.account_key, since=week))
    todo = List(hass, loaded)
    assert todo.state == len(await todo.items("needs_action")) == open_calls.callers > 5
    assert todo.state == int(state("sensor", f"{loaded.unique_id}_open_missed_callers").state)
    calls = {number: open_calls.numbers.count(number) for number in open_calls.numbers}
    for uid, count in ((caller_uid(number), count) for number, count in calls.items()):
        (item,) = [item for item in await todo.items() if item["uid"] == uid]
        assert item["description"].startswith("1 missed call," if count == 1 else f"{count} missed calls,")


async def test_an_item_has_the_name_the_number_the_attempts_and_the_local_time_of_the_last(
    hass, sandbox, loaded, later
):
    await hass.config.async_set_time_zone("Europe/Vilnius")
    missed(sandbox, age=3600)
    missed(sandbox)
    await later(130)
    item = await List(hass, loaded).item(CALLER)
    # The last one ended at 09:30 UTC, after 20 seconds: 11:29 in Vilnius.
    assert item["summary"].endswith(CALLER)
    assert item["description"] == "2 missed calls, the last on 2026-03-10 11:29"
    assert item["status"] == "needs_action"
    assert CALLER not in item["uid"]

    sandbox.world.name_party(CALLER, "Workshop")
    await later(10)
    missed(sandbox)
    await later(130)
    item = await List(hass, loaded).item("Workshop")
    assert item["summary"] == "Workshop"
    assert item["description"].startswith("3 missed calls, the last on 2026-03-10 11:")
    assert item["description"].endswith(CALLER)


async def test_in_persian_the_date_is_jalali(hass, sandbox, entry, setup, later):
    hass.config.language = "fa"
    await hass.config.async_set_time_zone("Asia/Tehran")
    await setup(entry)
    missed(sandbox)
    await later(130)
    item = await List(hass, entry).item(CALLER)
    # The 10th of March 2026 is Tuesday, the 19th of Esfand 1404.
    assert item["description"] == "۱ تماس ازدست‌رفته، سه‌شنبه ۱۹ اسفند ۱۴۰۴ ۱۲:۵۹"


async def test_names_of_strangers_are_no_markup(hass, sandbox, loaded, later):
    sandbox.world.name_party(CALLER, "<img src=x> **Bank** [x](http://example.org)")
    await later(10)
    missed(sandbox)
    await later(130)
    item = await List(hass, loaded).item("Bank")
    assert not set("<>[]*") & {*item["summary"], *item["description"]}


async def test_withheld_numbers_have_no_item(hass, loaded, state):
    before = List(hass, loaded).state
    withheld = state("sensor", f"{loaded.unique_id}_open_missed_callers").attributes["withheld"]
    call = Call(
        account=loaded.unique_id,
        call_id="w",
        direction=Direction.INCOMING,
        status=Status.NO_ANSWER,
        started_at=NOW - timedelta(minutes=1),
        source=Party(),
        destination=Party(number="02155500001"),
    )
    await hass.async_add_executor_job(loaded.runtime_data.archive.store, [call])
    await loaded.runtime_data.publisher.async_publish()
    assert state("sensor", f"{loaded.unique_id}_open_missed_callers").attributes["withheld"] == withheld + 1
    assert List(hass, loaded).state == before


async def test_the_list_is_limited(hass, sandbox, loaded, later, state):
    for number in range(230):
        missed(sandbox, peer=f"912000{number:04}")
    await later(130)
    todo = List(hass, loaded)
    assert todo.state == len(await todo.items("needs_action")) == 200
    assert int(state("sensor", f"{loaded.unique_id}_open_missed_callers").state) >= 230
    assert len(str(hass.states.get(todo.entity_id).attributes)) < 300


async def test_there_is_no_list_where_the_outcome_of_calls_is_unknown(hass, sandbox, setup):
    await setup(await entry_of(sandbox, "voipano"))
    assert not hass.states.async_all("todo")


# It is done when the caller was reached


@pytest.mark.parametrize("direction", [Way.INCOMING, Way.OUTGOING])
async def test_an_answered_call_in_either_direction_completes_the_item(hass, sandbox, loaded, later, direction):
    todo = List(hass, loaded)
    before = todo.state
    missed(sandbox, age=60)
    await later(130)
    assert todo.state == before + 1
    uid = (await todo.item(CALLER))["uid"]
    answered(sandbox, direction)
    await later(130)
    assert todo.state == before
    item = await todo.item(CALLER)
    assert (item["uid"], item["status"]) == (uid, "completed")
    assert item["description"].startswith("1 missed call, on ")
    # It can't be opened by hand, and there is nothing left to tick off.
    with pytest.raises(ServiceValidationError) as caught:
        await todo.update(uid, status="needs_action")
    assert caught.value.translation_key == "caller_reached"
    await loaded.runtime_data.call_backs.async_tick_off(uid)
    missed(sandbox)
    await later(130)
    item = await todo.item(CALLER)
    assert (item["uid"], item["status"]) == (uid, "needs_action")
    assert item["description"].startswith("1 missed call, on ")


async def test_who_was_missed_on_the_days_before_and_reached_today_is_done_until_midnight(
    hass, sandbox, loaded, later, freezer
):
    todo = List(hass, loaded)
    missed(sandbox, age=2 * 86400)
    missed(sandbox, age=86400)
    await loaded.runtime_data.async_sync(full=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await todo.item(CALLER))["description"].startswith("2 missed calls, the last on 2026-03-09 ")
    answered(sandbox, Way.OUTGOING)
    await later(130)
    assert (await todo.item(CALLER))["status"] == "completed"
    # Tehran's midnight is at 20:30 UTC.
    freezer.move_to(datetime(2026, 3, 10, 20, 31, tzinfo=UTC))
    await later(130)
    assert await todo.item(CALLER) is None


# Ticking off


async def test_a_caller_who_was_ticked_off_stays_completed_until_the_next_missed_call(
    hass, sandbox, loaded, later, state
):
    todo = List(hass, loaded)
    before = todo.state
    missed(sandbox, age=60)
    missed(sandbox, age=20)
    await later(130)
    uid = (await todo.item(CALLER))["uid"]
    await todo.tick_off(uid)
    assert todo.state == before == int(state("sensor", f"{loaded.unique_id}_open_missed_callers").state)
    assert (await todo.item(CALLER))["status"] == "completed"
    await todo.tick_off(uid)
    await later(130)
    assert (await todo.item(CALLER))["status"] == "completed"

    missed(sandbox)
    await later(130)
    item = await todo.item(CALLER)
    assert (item["uid"], item["status"]) == (uid, "needs_action")
    assert item["description"].startswith("1 missed call, on ")
    assert todo.state == before + 1


async def test_a_caller_is_put_back_on_the_list(hass, sandbox, loaded, later):
    todo = List(hass, loaded)
    missed(sandbox)
    await later(130)
    before = todo.state
    uid = (await todo.item(CALLER))["uid"]
    await todo.tick_off(uid)
    await todo.update(uid, status="needs_action")
    assert (await todo.item(CALLER))["status"] == "needs_action"
    assert todo.state == before
    await reload(hass, loaded)
    assert todo.state == before


async def test_a_tick_survives_a_restart(hass, real_files, sandbox, loaded, later):
    todo = List(hass, loaded)
    missed(sandbox)
    await later(130)
    before = todo.state
    await todo.tick_off((await todo.item(CALLER))["uid"])
    path = Path(tick_store(hass, loaded.entry_id).path)
    content = await hass.async_add_executor_job(path.read_text)
    assert CALLER not in content
    await reload(hass, loaded)
    assert todo.state == before - 1
    assert (await todo.item(CALLER))["status"] == "completed"
    await hass.config_entries.async_remove(loaded.entry_id)
    assert not await hass.async_add_executor_job(path.exists)


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"version": 1, "minor_version": 1, "key": "x", "data": {}}',
        '{"version": 1, "minor_version": 1, "key": "x", "data": {"ticked_until": {"x": "soon"}}}',
        '{"version": 1, "minor_version": 1, "key": "x", "data": {"ticked_until": {"x": 1e300}}}',
        '{"version": 7, "minor_version": 1, "key": "x", "data": {"ticked_until": {}}}',
    ],
)
async def test_a_damaged_file_keeps_no_account_from_working(hass, real_files, sandbox, setup, caplog, content):
    entry = make_entry(sandbox)
    path = Path(tick_store(hass, entry.entry_id).path)
    await hass.async_add_executor_job(lambda: path.parent.mkdir(exist_ok=True, parents=True))
    await hass.async_add_executor_job(path.write_text, content)
    await setup(entry)
    todo = List(hass, entry)
    assert "they are on the list again" in caplog.text or "orrupt" in caplog.text
    before = todo.state
    await todo.tick_off((await todo.items())[0]["uid"])
    assert todo.state == before - 1


async def test_the_file_stays_small(hass, now, freezer):
    ticks = TickStore(tick_store(hass, "one"))
    await ticks.async_add(["old"], NOW)
    freezer.tick(8 * 86400 + 1)
    later = datetime.now(UTC)
    await ticks.async_add((str(number) for number in range(MOST_TICKS + 5)), later)
    assert len(ticks.until) == MOST_TICKS
    assert "old" not in ticks.until
    again = TickStore(tick_store(hass, "one"))
    await again.async_load("One")
    assert again.until == ticks.until


async def test_two_accounts_have_lists_of_their_own(hass, sandbox, setup, later):
    first, second = await setup(make_entry(sandbox)), await setup(make_entry(sandbox, 1))
    missed(sandbox, 0)
    missed(sandbox, 1)
    await later(130)
    one, two = List(hass, first), List(hass, second)
    uid = (await one.item(CALLER))["uid"]
    assert (await two.item(CALLER))["uid"] == uid
    await one.tick_off(uid)
    assert (await one.item(CALLER))["status"] == "completed"
    assert (await two.item(CALLER))["status"] == "needs_action"


async def test_callers_are_not_renamed_created_or_removed(hass, sandbox, loaded):
    todo = List(hass, loaded)
    item = (await todo.items())[0]
    with pytest.raises(ServiceValidationError) as caught:
        await todo.update(item["uid"], rename="Someone else")
    assert caught.value.translation_key == "caller_not_renamed"
    await todo.update(item["uid"], rename=item["summary"])
    for action in ("add_item", "remove_item"):
        with pytest.raises(HomeAssistantError):
            await hass.services.async_call(
                "todo", action, {"entity_id": todo.entity_id, "item": item["uid"]}, blocking=True
            )
    assert item in await todo.items()


async def test_a_caller_who_is_no_longer_listed_is_named_as_such(hass, sandbox, loaded):
    for change in (loaded.runtime_data.call_backs.async_tick_off, loaded.runtime_data.call_backs.async_untick):
        with pytest.raises(ServiceValidationError) as caught:
            await change("nobody")
        assert caught.value.translation_key == "caller_not_listed"


async def test_the_archive_is_read_outside_of_the_event_loop(hass, sandbox, loaded, monkeypatch):
    """Ticking off reads the calls again: never in the thread of the loop."""
    archive, threads = loaded.runtime_data.archive, []
    last_call = archive.last_call

    def reading(account):
        threads.append(hass.loop_thread_id != threading.get_ident())
        return last_call(account)

    monkeypatch.setattr(archive, "last_call", reading)
    todo = List(hass, loaded)
    await todo.tick_off((await todo.items())[0]["uid"])
    assert threads
    assert all(threads)


# At the provider


async def processed(sandbox) -> dict[str, list[bool]]:
    """Return what MOR says of its missed calls, by caller."""
    account = sandbox.accounts["mor"][0]
    async with open_account("mor", base_url=account.base_url, **account.credentials) as opened:
        found: dict[str, list[bool]] = {}
        for entry in await opened.missed_calls():
            found.setdefault(entry.call.source.number, []).append(entry.processed)
    return found


@pytest.fixture
async def mor(hass, sandbox, setup):
    entry = await setup(await entry_of(sandbox, "mor"))
    return entry, sandbox.accounts["mor"][0].office


def of_caller(found: dict[str, list[bool]]) -> Sequence[bool]:
    (numbers,) = [marks for number, marks in found.items() if number and number.endswith(CALLER)]
    return numbers


async def test_the_missed_calls_of_the_caller_are_marked_at_mor(hass, sandbox, mor, later):
    entry, office = mor
    missed(sandbox, office, age=300)
    missed(sandbox, office, age=60)
    await later(130)
    before = await processed(sandbox)
    assert of_caller(before) == [False, False]
    todo = List(hass, entry)
    await todo.tick_off((await todo.item(CALLER))["uid"])
    after = await processed(sandbox)
    assert of_caller(after) == [True, True]
    assert {number for number in before if before[number] != after[number]} == {
        number for number in before if number and number.endswith(CALLER)
    }
    # Not again, and not back: MOR can't unmark.
    sent = len(sandbox.requests)
    uid = (await todo.item(CALLER))["uid"]
    await todo.update(uid, status="needs_action")
    assert len(sandbox.requests) == sent
    await todo.tick_off(uid)
    assert not [request for request in sandbox.requests[sent:] if "processed" in str(request)]
    missed(sandbox, office)
    await later(130)
    assert (await todo.item(CALLER))["status"] == "needs_action"
    assert sorted(of_caller(await processed(sandbox))) == [False, True, True]


async def test_a_tick_stays_if_the_provider_cannot_be_told(hass, sandbox, mor, later):
    entry, office = mor
    missed(sandbox, office)
    await later(130)
    todo = List(hass, entry)
    before = todo.state
    uid = (await todo.item(CALLER))["uid"]
    sandbox.faults.add("status", code=500)
    with pytest.raises(HomeAssistantError) as caught:
        await todo.tick_off(uid)
    sandbox.faults.clear()
    assert caught.value.translation_key == "caller_not_marked"
    assert caught.value.translation_domain == DOMAIN
    assert todo.state == before - 1
    assert of_caller(await processed(sandbox)) == [False]
    await reload(hass, entry)
    assert (await todo.item(CALLER))["status"] == "completed"
