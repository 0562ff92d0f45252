"""The repair of pushes that have stopped: when it appears, when it goes, and how it is fixed at each kind of provider."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.trunkline import button
from custom_components.trunkline.push import confirmation, push_repair_flow
from custom_components.trunkline.push.addresses import async_push_url
from custom_components.trunkline.push.health import PushState
from custom_components.trunkline.push.stopped import PUSH_STOPPED
from custom_components.trunkline.repairs import async_create_fix_flow
from trunkline.sandbox.push import Target

from .conftest import DOMAIN, entry_of
from .fixing import fix
from .languages import LANGUAGES
from .test_pushing_providers import end_a_call
from .test_repairs import issues, texts_of

__all__ = ["fix"]

POLL = 130
PUSHED_POLL = 901


@pytest.fixture
async def home(hass, fix, outside):
    """Give Home Assistant the address of its real socket, and return it."""
    hass.config.external_url = str(URL(await outside("/")).origin())
    return hass.config.external_url


async def with_pushes(hass, sandbox, setup, later, wire):
    """Return an account whose calls are pushed."""
    entry = await setup(await entry_of(sandbox, wire))
    await later(60)
    await enter(hass, sandbox, entry)
    await push_a_call(hass, sandbox, entry, later)
    return entry


@pytest.fixture
async def office(hass, sandbox, setup, home, later):
    """Return an account whose address was entered by hand, and whose calls are pushed."""
    return await with_pushes(hass, sandbox, setup, later, "telefonchy")


@pytest.fixture
async def registered(hass, sandbox, setup, home, later):
    """Return an account whose provider takes the address from Home Assistant, and whose calls are pushed."""
    return await with_pushes(hass, sandbox, setup, later, "voip24h-v3")


@pytest.fixture(params=["telefonchy", "voip24h-v3"])
async def account(hass, sandbox, setup, home, later, request):
    """Return an account of either kind."""
    return await with_pushes(hass, sandbox, setup, later, request.param)


async def enter(hass, sandbox, entry):
    """Let the provider have the address."""
    url = await async_push_url(hass, entry)
    if entry.data["provider"] == "telefonchy":
        sandbox.pusher.target("telefonchy", 0, Target(url=url))
    elif url not in sandbox.wires["voip24h-v3"].registrations.get(0, {}):
        await entry.runtime_data.account.register_push(url)


def forget(sandbox):
    """Let the provider no longer have the address."""
    sandbox.pusher.target("telefonchy", 0, None)
    sandbox.wires["voip24h-v3"].registrations.clear()


async def arrived(hass, sandbox):
    """Wait until everything that was pushed was handled."""
    await sandbox.pusher.idle()
    await hass.async_block_till_done()


async def push_a_call(hass, sandbox, entry, later):
    """Let a call end that is pushed, and confirmed by the list."""
    end_a_call(sandbox)
    await arrived(hass, sandbox)
    await later(confirmation.CONFIRM_AFTER[0] + 1)
    assert entry.runtime_data.push.state is PushState.WORKING


async def lose_a_call(sandbox, later):
    """Let a call end that is not pushed, and a poll find it."""
    forget(sandbox)
    await later(60)
    end_a_call(sandbox)
    await later(PUSHED_POLL)


async def restart(hass, entry):
    """Unload the account, and start with what Home Assistant has stored of the issues."""
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    store = ir.async_get(hass)._store
    if store._data is not None:
        store._async_cleanup_final_write_listener()
        store._async_cleanup_delay_listener()
        await store._async_handle_write_data()
    await ir.async_load(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED


def issue_id(hass):
    return issues(hass)[PUSH_STOPPED].issue_id


# When it is there


async def test_a_call_that_was_not_pushed_is_an_issue_until_one_is_pushed(hass, sandbox, account, later):
    assert issues(hass) == {}
    await lose_a_call(sandbox, later)
    issue = issues(hass)[PUSH_STOPPED]
    assert (issue.is_fixable, issue.severity) == (True, ir.IssueSeverity.WARNING)
    names = {"telefonchy": "Telefonchy", "voip24h": "Voip24h"}
    assert issue.translation_placeholders == {"account": account.title, "provider": names[account.data["provider"]]}
    # Whoever may see the issue need not know the address.
    assert account.data["webhook_id"] not in repr(issue)

    # Polls alone, also those that find more calls, change nothing.
    end_a_call(sandbox)
    await later(POLL)
    assert issues(hass)[PUSH_STOPPED] is issue
    await enter(hass, sandbox, account)
    await push_a_call(hass, sandbox, account, later)
    assert issues(hass) == {}


async def test_quiet_hours_are_no_issue(hass, sandbox, office, later):
    for _ in range(40):
        await later(PUSHED_POLL)
    assert office.runtime_data.push.state is PushState.WORKING
    assert issues(hass) == {}


async def test_an_account_whose_calls_were_never_pushed_has_no_issue(hass, sandbox, setup, home, later):
    await setup(await entry_of(sandbox, "telefonchy"))
    for _ in range(3):
        await later(60)
        end_a_call(sandbox)
        await later(POLL)
    assert issues(hass) == {}


async def test_a_restart_begins_no_issue(hass, sandbox, office, later, hass_storage):
    forget(sandbox)
    await restart(hass, office)
    for _ in range(3):
        await later(60)
        end_a_call(sandbox)
        await later(PUSHED_POLL)
    assert office.runtime_data.push.state is PushState.SILENT
    assert issues(hass) == {}


async def test_calls_of_an_outage_are_no_issue(hass, sandbox, office, later):
    forget(sandbox)
    sandbox.faults.add("cut")
    await later(PUSHED_POLL)
    end_a_call(sandbox)
    await later(PUSHED_POLL)
    assert not office.runtime_data.coordinator.last_update_success
    sandbox.faults.clear()
    await later(PUSHED_POLL)
    assert office.runtime_data.coordinator.last_update_success
    assert office.runtime_data.push.lost == 0
    assert issues(hass) == {}

    # A push that has not come back with the provider is missed from then on.
    await later(60)
    end_a_call(sandbox)
    await later(PUSHED_POLL)
    assert set(issues(hass)) == {PUSH_STOPPED}


async def test_an_outage_leaves_the_issue_as_it_is(hass, sandbox, office, later):
    await lose_a_call(sandbox, later)
    issue = issues(hass)[PUSH_STOPPED]
    sandbox.faults.add("cut")
    await later(POLL)
    sandbox.faults.clear()
    await later(POLL)
    assert issues(hass)[PUSH_STOPPED] is issue


async def test_the_issue_outlasts_a_restart_until_a_call_is_pushed(hass, sandbox, office, later, hass_storage):
    await lose_a_call(sandbox, later)
    before = issues(hass)[PUSH_STOPPED]
    await restart(hass, office)
    await later(POLL)
    after = issues(hass)[PUSH_STOPPED]
    assert after is not before
    assert after.to_json() == before.to_json()
    await enter(hass, sandbox, office)
    await push_a_call(hass, sandbox, office, later)
    assert issues(hass) == {}
    await restart(hass, office)
    assert issues(hass) == {}


async def test_an_issue_that_is_ignored_stays_ignored(hass, sandbox, office, later, hass_storage):
    await lose_a_call(sandbox, later)
    ir.async_ignore_issue(hass, DOMAIN, issue_id(hass), ignore=True)
    end_a_call(sandbox)
    await later(POLL)
    assert issues(hass)[PUSH_STOPPED].dismissed_version
    await hass.config_entries.async_reload(office.entry_id)
    await later(POLL)
    assert issues(hass)[PUSH_STOPPED].dismissed_version
    await restart(hass, office)
    await later(POLL)
    assert issues(hass)[PUSH_STOPPED].dismissed_version
    # What is new after it has worked again is not what was ignored.
    await enter(hass, sandbox, office)
    await push_a_call(hass, sandbox, office, later)
    assert issues(hass) == {}
    await lose_a_call(sandbox, later)
    assert not issues(hass)[PUSH_STOPPED].dismissed_version


async def test_a_reload_keeps_the_issue_and_disabling_or_removing_the_account_ends_it(hass, sandbox, office, later):
    await lose_a_call(sandbox, later)
    await hass.config_entries.async_reload(office.entry_id)
    await later(POLL)
    assert set(issues(hass)) == {PUSH_STOPPED}
    assert await hass.config_entries.async_set_disabled_by(office.entry_id, ConfigEntryDisabler.USER)
    assert ir.async_get(hass).issues == {}
    await hass.config_entries.async_set_disabled_by(office.entry_id, None)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issues(hass) == {}

    await enter(hass, sandbox, office)
    await push_a_call(hass, sandbox, office, later)
    await lose_a_call(sandbox, later)
    assert set(issues(hass)) == {PUSH_STOPPED}
    await hass.config_entries.async_remove(office.entry_id)
    assert ir.async_get(hass).issues == {}


async def test_nothing_of_an_unloaded_account_touches_the_issue(hass, sandbox, office, later):
    await lose_a_call(sandbox, later)
    before, push = issues(hass)[PUSH_STOPPED], office.runtime_data.push
    await hass.config_entries.async_unload(office.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await later(PUSHED_POLL)
    assert issues(hass)[PUSH_STOPPED] is before
    assert push.lost == 1


# By hand


async def test_the_address_is_shown_and_a_call_shows_that_it_works(hass, sandbox, office, home, later, fix):
    await lose_a_call(sandbox, later)
    asked = await fix.start(issue_id(hass))
    assert (asked["type"], asked["step_id"], asked["menu_options"]) == ("menu", "choice", ["address", "not_used"])
    shown = await fix.submit(next_step_id="address")
    assert (shown["type"], shown["step_id"], shown["errors"]) == ("form", "address", None)
    texts = shown["description_placeholders"]
    assert (texts["account"], texts["provider"]) == (office.title, "Telefonchy")
    assert texts["push_url"] == f"{home}/api/webhook/{office.data['webhook_id']}"

    shown = await fix.submit()
    assert (shown["step_id"], shown["errors"]) == ("address", {"base": "nothing_arrived"})
    # What is entered works, but is a call only when the list has it.
    sandbox.pusher.target("telefonchy", 0, Target(url=texts["push_url"]))
    sandbox.faults.add("short_list", provider="telefonchy", rows=1, where="start", total="adjusted")
    end_a_call(sandbox)
    await arrived(hass, sandbox)
    assert (await fix.submit())["errors"] == {"base": "not_confirmed"}
    sandbox.faults.clear()
    sandbox.faults.add("cut")
    assert (await fix.submit())["errors"] == {"base": "cannot_connect"}
    assert set(issues(hass)) == {PUSH_STOPPED}
    sandbox.faults.clear()
    assert (await fix.submit())["type"] == "create_entry"
    assert issues(hass) == {}
    assert office.runtime_data.push.state is PushState.WORKING


async def test_what_arrives_but_is_rejected_is_named(hass, sandbox, office, home, later, fix):
    await lose_a_call(sandbox, later)
    await fix.start(issue_id(hass))
    texts = (await fix.submit(next_step_id="address"))["description_placeholders"]
    # The options ask for a password that the provider does not send. Saving them loads the account again.
    hass.config_entries.async_update_entry(office, options={"push_username": "pbx", "push_password": "x"})
    await hass.config_entries.async_reload(office.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    sandbox.pusher.target("telefonchy", 0, Target(url=texts["push_url"]))
    end_a_call(sandbox)
    await arrived(hass, sandbox)
    shown = await fix.submit()
    assert shown["errors"] == {"base": "rejected"}
    assert shown["description_placeholders"]["error"] == "unauthorized"
    assert shown["description_placeholders"]["push_url"] == texts["push_url"]
    assert set(issues(hass)) == {PUSH_STOPPED}


async def test_who_no_longer_wants_pushes_says_so_once(hass, sandbox, office, later, fix, hass_storage):
    await lose_a_call(sandbox, later)
    await fix.start(issue_id(hass))
    assert (await fix.submit(next_step_id="not_used"))["type"] == "create_entry"
    assert issues(hass) == {}
    push = office.runtime_data.push
    assert (push.state, push.lost) == (PushState.SILENT, 0)
    for _ in range(2):
        await later(60)
        end_a_call(sandbox)
        await later(PUSHED_POLL)
    assert issues(hass) == {}
    await restart(hass, office)
    assert issues(hass) == {}
    # It is not forever.
    await enter(hass, sandbox, office)
    await push_a_call(hass, sandbox, office, later)
    await lose_a_call(sandbox, later)
    assert set(issues(hass)) == {PUSH_STOPPED}


async def test_without_an_address_the_form_says_what_is_missing(hass, sandbox, account, later, fix):
    await lose_a_call(sandbox, later)
    hass.config.external_url, home = None, hass.config.external_url
    shown = await fix.start(issue_id(hass))
    by_hand = shown["type"] == "menu"
    if by_hand:
        shown = await fix.submit(next_step_id="address")
    for _ in range(2):
        assert shown["errors"] == {"base": "no_url"}
        assert shown["description_placeholders"]["push_url"] == "—"
        shown = await fix.submit()
    hass.config.external_url = home
    shown = await fix.submit()
    assert shown["step_id"] == ("address" if by_hand else "check")


# Registered by Home Assistant


async def test_the_address_is_registered_again_and_a_call_shows_that_it_works(hass, sandbox, registered, later, fix):
    await lose_a_call(sandbox, later)
    url = await async_push_url(hass, registered)
    shown = await fix.start(issue_id(hass))
    assert (shown["type"], shown["step_id"], shown["errors"]) == ("form", "register", None)
    assert shown["description_placeholders"]["push_url"] == url
    shown = await fix.submit()
    assert (shown["step_id"], shown["errors"]) == ("check", None)
    assert list(sandbox.wires["voip24h-v3"].registrations[0]) == [url]
    assert registered.data["registered_push"] == url
    assert (await fix.submit())["errors"] == {"base": "nothing_arrived"}
    end_a_call(sandbox)
    await arrived(hass, sandbox)
    assert (await fix.submit())["type"] == "create_entry"
    assert issues(hass) == {}


async def test_an_address_that_is_still_registered_stands_there_once(hass, sandbox, registered, later, fix):
    await lose_a_call(sandbox, later)
    url = await async_push_url(hass, registered)
    await registered.runtime_data.account.register_push(url)
    sandbox.requests.clear()
    await fix.start(issue_id(hass))
    assert (await fix.submit())["step_id"] == "check"
    methods = [request.method for request in sandbox.requests if "webhook-call-log" in request.path]
    assert methods == ["DELETE", "POST"]
    assert list(sandbox.wires["voip24h-v3"].registrations[0]) == [url]


@pytest.mark.parametrize(
    ("fault", "options", "error"),
    [
        ("status", {"code": 503}, "failed"),
        ("rate_limit", {"retry_after": 30}, "rate_limited"),
    ],
)
async def test_a_registration_that_fails_says_why_in_the_form(
    hass, sandbox, registered, later, fix, fault, options, error
):
    await lose_a_call(sandbox, later)
    await fix.start(issue_id(hass))
    sandbox.faults.add(fault, provider="voip24h-v3", path="/webhook-call-log", **options)
    shown = await fix.submit()
    assert (shown["step_id"], shown["errors"]) == ("register", {"base": error})
    sandbox.faults.clear()
    assert (await fix.submit())["step_id"] == "check"


async def test_a_provider_that_cannot_be_reached_is_named(hass, sandbox, registered, later, fix):
    await lose_a_call(sandbox, later)
    await fix.start(issue_id(hass))
    # Each registration begins with a new token.
    sandbox.faults.add("cut", provider="voip24h-v3", path="/authentication")
    assert (await fix.submit())["errors"] == {"base": "cannot_connect"}


# In between


async def test_the_fix_needs_an_account_that_is_there_and_loaded(hass, sandbox, office, registered, later, fix):
    await lose_a_call(sandbox, later)
    for entry, steps in ((office, ["address"]), (registered, [])):
        issue = f"{entry.entry_id}_{PUSH_STOPPED}"
        await fix.start(issue)
        for step in steps:
            await fix.submit(next_step_id=step)
        await hass.config_entries.async_unload(entry.entry_id)
        ended = await fix.submit()
        assert (ended["type"], ended["reason"]) == ("abort", "not_loaded")
        assert ended["description_placeholders"]["account"] == entry.title
        assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is not None
        started = await fix.start(issue)
        assert (started["type"], started["reason"]) == ("abort", "not_loaded")
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize("step", ["address", "not_used"])
async def test_the_fix_of_an_account_that_was_removed_meanwhile_ends(hass, sandbox, office, later, fix, step):
    await lose_a_call(sandbox, later)
    await fix.start(issue_id(hass))
    await hass.config_entries.async_remove(office.entry_id)
    ended = await fix.submit(next_step_id=step)
    assert (ended["type"], ended["reason"]) == ("abort", "account_removed")


async def test_the_fix_of_a_registered_account_that_was_removed_meanwhile_ends(hass, sandbox, registered, later, fix):
    await lose_a_call(sandbox, later)
    await fix.start(issue_id(hass))
    assert (await fix.submit())["step_id"] == "check"
    await hass.config_entries.async_remove(registered.entry_id)
    ended = await fix.submit()
    assert (ended["type"], ended["reason"]) == ("abort", "account_removed")


async def test_the_fix_of_an_account_whose_provider_is_gone_ends(hass):
    entry = MockConfigEntry(domain=DOMAIN, title="Office", data={"provider": "carrier-pigeon", "credentials": {}})
    entry.add_to_hass(hass)
    data = {"entry_id": entry.entry_id, "account": "Office", "provider": "Carrier pigeon"}
    flow = await async_create_fix_flow(hass, f"{entry.entry_id}_{PUSH_STOPPED}", data)
    flow.hass = hass
    ended = await flow.async_step_init()
    assert (ended["type"], ended["reason"]) == ("abort", "not_loaded")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_texts_show_the_address_where_it_is_needed(language):
    file = Path(button.__file__).parent / f"translations/{language}.json"
    issue = json.loads(file.read_text())["issues"][PUSH_STOPPED]
    steps = issue["fix_flow"]["step"]
    # Between signs that keep an address as it is, so that it can be copied.
    assert {name for name, step in steps.items() if "`{push_url}`" in step["description"]} == {"address", "register"}
    asked = set(re.findall(r"\{(\w+)\}", texts_of(issue)))
    assert asked == {"account", "provider", "push_url", "error"}


async def test_an_account_that_is_removed_while_its_address_is_asked_for_ends_the_fix(
    hass, sandbox, office, later, fix, monkeypatch
):
    await lose_a_call(sandbox, later)
    await fix.start(issue_id(hass))

    async def removing(hass, entry):
        await hass.config_entries.async_remove(entry.entry_id)

    monkeypatch.setattr(push_repair_flow, "async_push_url", removing)
    done = await fix.submit(next_step_id="address")
    assert (done["type"], done["reason"]) == ("abort", "account_removed")
