"""The repair of a push address that could not be registered with the provider."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.helpers import issue_registry as ir
from yarl import URL

from custom_components.trunkline import button
from custom_components.trunkline.push import registration
from custom_components.trunkline.push.registration import PUSH_NOT_REGISTERED

from .conftest import DOMAIN, entry_of
from .fixing import fix
from .languages import LANGUAGES
from .test_repairs import issues, reauths, texts_of

__all__ = ["fix"]

HOUR = registration.RETRY_AFTER + 1
# The sandbox pushes to this machine only.
REFUSED = "https://home.example.com"
PATH = "/webhook-call-log"


@pytest.fixture
async def home(fix, outside):
    """Return the address of Home Assistant's real socket."""
    return str(URL(await outside("/")).origin())


@pytest.fixture
async def refused(hass, sandbox, setup, home):
    """Return an account whose provider does not accept the address."""
    hass.config.external_url = REFUSED
    return await setup(await entry_of(sandbox, "voip24h-v3"))


def registrations(sandbox):
    return list(sandbox.wires["voip24h-v3"].registrations.get(0, {}))


async def move(hass, url):
    await hass.config.async_update(external_url=url)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_an_address_that_is_refused_is_an_issue_until_one_is_accepted(hass, sandbox, refused, home, later):
    issue = issues(hass)[PUSH_NOT_REGISTERED]
    assert (issue.is_fixable, issue.severity) == (True, ir.IssueSeverity.WARNING)
    texts = dict(issue.translation_placeholders)
    assert "with a loopback address" in texts.pop("error")
    assert texts == {"account": refused.title, "provider": "Voip24h"}
    assert refused.data["webhook_id"] not in repr(issue)
    await later(HOUR)
    assert set(issues(hass)) == {PUSH_NOT_REGISTERED}

    await move(hass, home)
    assert issues(hass) == {}
    assert registrations(sandbox) == [refused.data["registered_push"]]


async def test_without_an_address_there_is_nothing_to_register(hass, sandbox, refused):
    await move(hass, None)
    assert issues(hass) == {}


async def test_an_outage_is_an_issue_only_if_polls_work_and_the_next_try_fails_too(hass, sandbox, setup, home, later):
    hass.config.external_url = home
    sandbox.faults.add("status", code=503, path=PATH)
    entry = await setup(await entry_of(sandbox, "voip24h-v3"))
    assert issues(hass) == {}
    # The provider is away altogether.
    sandbox.faults.add("cut")
    await later(130)
    assert not entry.runtime_data.coordinator.last_update_success
    await later(HOUR)
    assert issues(hass) == {}
    sandbox.faults.clear()
    sandbox.faults.add("status", code=503, path=PATH)
    await later(130)
    await later(HOUR)
    assert set(issues(hass)) == {PUSH_NOT_REGISTERED}
    sandbox.faults.clear()
    await later(HOUR)
    assert issues(hass) == {}
    assert registrations(sandbox) == [entry.data["registered_push"]]


async def test_credentials_that_are_refused_are_asked_for_by_home_assistant(hass, sandbox, setup, home, later):
    hass.config.external_url = home
    # The first tokens are for this test and for the poll, the next one for the registration.
    sandbox.faults.add("expired_token", path="/authentication", skip=2)
    await setup(await entry_of(sandbox, "voip24h-v3"))
    assert issues(hass) == {}
    assert registrations(sandbox) == []
    sandbox.faults.add("expired_token")
    await later(130)
    assert len(reauths(hass)) == 1
    assert issues(hass) == {}


async def test_the_fix_says_what_the_provider_answered_and_tries_again(hass, sandbox, refused, home, fix):
    issue = issues(hass)[PUSH_NOT_REGISTERED]
    shown = await fix.start(issue.issue_id)
    assert (shown["type"], shown["step_id"], shown["errors"]) == ("form", "confirm", None)
    assert shown["description_placeholders"] == issue.translation_placeholders
    shown = await fix.submit()
    assert shown["errors"] == {"base": "failed"}
    assert "with a loopback address" in shown["description_placeholders"]["error"]
    assert set(issues(hass)) == {PUSH_NOT_REGISTERED}

    hass.config.external_url = None
    assert (await fix.submit())["errors"] == {"base": "no_url"}
    hass.config.external_url = home
    sandbox.faults.add("rate_limit", path=PATH)
    assert (await fix.submit())["errors"] == {"base": "rate_limited"}
    sandbox.faults.clear()
    sandbox.faults.add("cut", path="/authentication")
    assert (await fix.submit())["errors"] == {"base": "cannot_connect"}
    sandbox.faults.clear()
    assert registrations(sandbox) == []
    assert (await fix.submit())["type"] == "create_entry"
    assert issues(hass) == {}
    assert registrations(sandbox) == [refused.data["registered_push"]]


async def test_an_issue_that_is_ignored_stays_ignored_while_tries_fail(hass, sandbox, refused, home, later):
    issue_id = issues(hass)[PUSH_NOT_REGISTERED].issue_id
    ir.async_ignore_issue(hass, DOMAIN, issue_id, ignore=True)
    await later(HOUR)
    assert issues(hass)[PUSH_NOT_REGISTERED].dismissed_version
    await hass.config_entries.async_reload(refused.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issues(hass)[PUSH_NOT_REGISTERED].dismissed_version
    await move(hass, home)
    assert issues(hass) == {}


async def test_an_unload_ends_the_tries_and_the_setup_tries_at_once(hass, sandbox, refused, home, later):
    await hass.config_entries.async_unload(refused.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    before = len(sandbox.requests)
    await move(hass, home)
    await later(HOUR)
    assert len(sandbox.requests) == before
    await hass.config_entries.async_setup(refused.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issues(hass) == {}
    assert registrations(sandbox) == [refused.data["registered_push"]]


async def test_a_restart_forgets_the_issue_until_the_first_try_fails(hass, refused):
    issue = issues(hass)[PUSH_NOT_REGISTERED]
    assert not issue.is_persistent
    await hass.config_entries.async_unload(refused.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    ir.async_delete_issue(hass, DOMAIN, issue.issue_id)
    await hass.config_entries.async_setup(refused.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert set(issues(hass)) == {PUSH_NOT_REGISTERED}


async def test_disabling_or_removing_the_account_ends_the_issue(hass, refused):
    await hass.config_entries.async_set_disabled_by(refused.entry_id, ConfigEntryDisabler.USER)
    assert ir.async_get(hass).issues == {}
    await hass.config_entries.async_set_disabled_by(refused.entry_id, None)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert set(issues(hass)) == {PUSH_NOT_REGISTERED}
    await hass.config_entries.async_remove(refused.entry_id)
    assert ir.async_get(hass).issues == {}


async def test_the_fix_needs_an_account_that_is_there_and_loaded(hass, refused, fix):
    issue_id = issues(hass)[PUSH_NOT_REGISTERED].issue_id
    await fix.start(issue_id)
    await hass.config_entries.async_unload(refused.entry_id)
    ended = await fix.submit()
    assert (ended["type"], ended["reason"]) == ("abort", "not_loaded")
    await hass.config_entries.async_setup(refused.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await fix.start(issue_id)
    await hass.config_entries.async_remove(refused.entry_id)
    ended = await fix.submit()
    assert (ended["type"], ended["reason"]) == ("abort", "account_removed")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_says_what_the_provider_answered(language):
    file = Path(button.__file__).parent / f"translations/{language}.json"
    issue = json.loads(file.read_text())["issues"][PUSH_NOT_REGISTERED]
    for text in (issue["fix_flow"]["step"]["confirm"]["description"], issue["fix_flow"]["error"]["failed"]):
        assert "{error}" in text
    assert set(re.findall(r"\{(\w+)\}", texts_of(issue))) == {"account", "provider", "error"}
