"""Clocks that differ are an issue once two readings agree; its fix flow measures again."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from homeassistant.config_entries import ConfigEntryState

from custom_components.trunkline import button
from custom_components.trunkline.account import access_check
from custom_components.trunkline.account.clock import CLOCKS_DIFFER

from .conftest import QUICK
from .fixing import fix
from .flows import WIRES, set_up, unload
from .languages import LANGUAGES
from .test_repairs import POLL, exchange, issues, texts_of

__all__ = ["exchange", "fix"]


@pytest.fixture(autouse=True)
def _quick_test(monkeypatch):
    monkeypatch.setattr(access_check, "LIMITS", QUICK)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("form", ["ahead", "behind"])
async def test_a_difference_that_lasts_is_an_issue_until_it_is_gone(hass, sandbox, later, wire, form):
    entry = await set_up(hass, sandbox, wire)
    await later(POLL)
    assert issues(hass) == {}
    # The sandbox states its times in whole seconds, and a second of doubt is in the provider's favour.
    sandbox.faults.add("wrong_clock", form=form, seconds=420)
    await later(POLL)
    assert issues(hass) == {}
    await later(POLL)
    assert set(issues(hass)) == {CLOCKS_DIFFER}
    issue = issues(hass)[CLOCKS_DIFFER]
    texts = issue.translation_placeholders
    assert (texts["account"], texts["minutes"]) == (entry.title, "7")
    own, theirs = (datetime.fromisoformat(texts[name]) for name in ("own_time", "provider_time"))
    assert (theirs - own).total_seconds() == (420 if form == "ahead" else -420)
    sandbox.faults.clear()
    await later(POLL)
    assert issues(hass) == {}
    await unload(hass)


async def test_the_issue_shows_times_of_home_assistants_zone(hass, sandbox, exchange, later, freezer):
    await hass.config.async_set_time_zone("Asia/Tehran")
    sandbox.faults.add("wrong_clock", seconds=3600)
    await later(POLL)
    await later(POLL)
    own = datetime.now(UTC)
    shown = issues(hass)[CLOCKS_DIFFER].translation_placeholders["own_time"]
    # Tehran is 3:30 ahead of UTC all year since 2022.
    assert datetime.fromisoformat(f"{shown}+03:30") == own.replace(microsecond=0)


async def test_what_does_no_harm_is_no_issue(hass, sandbox, exchange, later):
    sandbox.faults.add("wrong_clock", seconds=300)
    for _ in range(3):
        await later(POLL)
    assert issues(hass) == {}


async def test_one_wrong_reply_does_nothing(hass, sandbox, exchange, later):
    for form in ("ahead", "behind"):
        sandbox.faults.add("wrong_clock", form=form, seconds=900)
        await later(POLL)
        sandbox.faults.clear()
        await later(POLL)
        assert issues(hass) == {}


async def test_readings_that_contradict_each_other_are_no_issue(hass, sandbox, exchange, later):
    for form in ("ahead", "behind", "ahead", "behind"):
        sandbox.faults.clear()
        sandbox.faults.add("wrong_clock", form=form, seconds=900)
        await later(POLL)
        assert issues(hass) == {}


async def test_many_readings_at_once_count_as_one(hass, sandbox, exchange, later):
    sandbox.faults.add("wrong_clock", seconds=900)
    await later(POLL)
    for _ in range(3):
        await exchange.runtime_data.coordinator.async_refresh()
        await exchange.runtime_data.publisher.async_publish()
    await later(50)
    await exchange.runtime_data.coordinator.async_refresh()
    assert issues(hass) == {}
    await later(10)
    await exchange.runtime_data.coordinator.async_refresh()
    assert set(issues(hass)) == {CLOCKS_DIFFER}


async def test_an_outage_leaves_the_issue_as_it_is(hass, sandbox, exchange, later):
    sandbox.faults.add("wrong_clock", seconds=900)
    await later(POLL)
    await later(POLL)
    sandbox.faults.add("cut")
    await later(POLL)
    assert set(issues(hass)) == {CLOCKS_DIFFER}


async def test_a_reply_from_a_cache_tells_nothing(hass, sandbox, exchange, later):
    sandbox.faults.add("wrong_clock", form="behind", seconds=900)
    sandbox.faults.add("status", code=404, headers={"Age": "900"})
    for _ in range(3):
        await later(POLL)
    assert issues(hass) == {}


async def test_the_issue_is_updated_only_when_the_difference_changes(hass, sandbox, exchange, later):
    sandbox.faults.add("wrong_clock", seconds=900)
    await later(POLL)
    await later(POLL)
    first = issues(hass)[CLOCKS_DIFFER]
    await later(POLL)
    assert issues(hass)[CLOCKS_DIFFER] is first
    sandbox.faults.clear()
    sandbox.faults.add("wrong_clock", seconds=1800)
    await later(POLL)
    assert issues(hass)[CLOCKS_DIFFER].translation_placeholders["minutes"] == "30"


async def test_the_fix_measures_again(hass, sandbox, exchange, later, fix):
    sandbox.faults.add("wrong_clock", seconds=900)
    await later(POLL)
    await later(POLL)
    issue = issues(hass)[CLOCKS_DIFFER]
    assert issue.is_fixable
    shown = await fix.start(issue.issue_id)
    assert (shown["type"], shown["step_id"], shown["errors"]) == ("form", "confirm", None)
    assert shown["description_placeholders"] == issue.translation_placeholders

    sandbox.faults.clear()
    sandbox.faults.add("wrong_clock", form="behind", seconds=600)
    shown = await fix.submit()
    assert shown["errors"] == {"base": "still_differ"}
    assert shown["description_placeholders"]["minutes"] == "10"
    assert set(issues(hass)) == {CLOCKS_DIFFER}

    sandbox.faults.clear()
    sandbox.faults.add("cut")
    assert (await fix.submit())["errors"] == {"base": "not_measured"}

    # Also a reply that refuses the credentials tells the time.
    sandbox.faults.clear()
    sandbox.faults.add("expired_token")
    assert (await fix.submit())["type"] == "create_entry"
    assert issues(hass) == {}


async def test_the_fix_works_while_the_account_is_not_loaded(hass, sandbox, exchange, later, fix):
    sandbox.faults.add("wrong_clock", seconds=900)
    await later(POLL)
    await later(POLL)
    await hass.config_entries.async_unload(exchange.entry_id)
    assert exchange.state is ConfigEntryState.NOT_LOADED
    await fix.start(issues(hass)[CLOCKS_DIFFER].issue_id)
    sandbox.faults.clear()
    assert (await fix.submit())["type"] == "create_entry"
    assert issues(hass) == {}


async def test_the_fix_of_an_account_that_was_removed_meanwhile_ends(hass, sandbox, exchange, later, fix):
    sandbox.faults.add("wrong_clock", seconds=900)
    await later(POLL)
    await later(POLL)
    await fix.start(issues(hass)[CLOCKS_DIFFER].issue_id)
    await hass.config_entries.async_remove(exchange.entry_id)
    ended = await fix.submit()
    assert (ended["type"], ended["reason"]) == ("abort", "account_removed")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_shows_both_times_and_the_difference(language):
    file = Path(button.__file__).parent / f"translations/{language}.json"
    issue = json.loads(file.read_text())["issues"][CLOCKS_DIFFER]
    asked = set(re.findall(r"\{(\w+)\}", texts_of(issue)))
    assert asked == {"account", "provider", "minutes", "own_time", "provider_time"}
