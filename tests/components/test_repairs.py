"""Repair issues: created when something is denied, deleted when that is settled."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.helpers import issue_registry as ir

from custom_components.trunkline import button
from custom_components.trunkline.account import repairs

from .conftest import DOMAIN
from .flows import set_up, unload
from .languages import LANGUAGES

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

TRANSLATIONS = Path(button.__file__).parent / "translations"
POLL = 130
QUARTER = 900
EVERYTHING = "all"


def issues(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Return the integration's issues by their kind."""
    found = [issue for (domain, _), issue in ir.async_get(hass).issues.items() if domain == DOMAIN]
    return {str(issue.translation_key): issue for issue in found if issue.active}


def reauths(hass: HomeAssistant) -> list[Any]:
    return [flow for flow in hass.config_entries.flow.async_progress() if flow["context"]["source"] == "reauth"]


@pytest.fixture
async def exchange(hass, sandbox):
    """Return an account of a telephone system, which knows addresses and permissions."""
    entry = await set_up(hass, sandbox, "simotel")
    yield entry
    await unload(hass)


async def test_a_denied_address_is_an_issue_until_it_is_permitted(hass, sandbox, exchange, later, state):
    sandbox.faults.add("address")
    await later(POLL)
    await later(POLL)
    assert set(issues(hass)) == {"address_not_permitted"}
    issue = issues(hass)["address_not_permitted"]
    said = dict(issue.translation_placeholders)
    assert "Simotel API" in said.pop("error")
    assert said == {"account": exchange.title, "provider": "Simotel", "address": "127.0.0.1"}
    assert issue.severity is ir.IssueSeverity.ERROR
    assert issue.learn_more_url == "https://github.com/simotel/wiki"
    assert state("sensor", f"{exchange.unique_id}_calls").state == STATE_UNAVAILABLE
    # New credentials would change nothing.
    assert reauths(hass) == []

    sandbox.faults.clear()
    await later(POLL)
    assert issues(hass) == {}
    assert state("sensor", f"{exchange.unique_id}_calls").state != STATE_UNAVAILABLE


async def test_a_denied_address_is_an_issue_also_at_setup(hass, sandbox, exchange, later):
    await hass.config_entries.async_unload(exchange.entry_id)
    sandbox.faults.add("address")
    await hass.config_entries.async_setup(exchange.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert exchange.state is ConfigEntryState.SETUP_RETRY
    assert issues(hass)["address_not_permitted"].translation_placeholders["address"] == "127.0.0.1"
    assert reauths(hass) == []
    sandbox.faults.clear()
    await later(60)
    assert exchange.state is ConfigEntryState.LOADED
    assert issues(hass) == {}


# The lines come with every poll where they tell the credit, and once an hour elsewhere.
@pytest.mark.parametrize(
    ("wire", "key"), [("telefonchy", "services_not_permitted"), ("voipano", "calls_not_permitted")]
)
async def test_a_denial_without_an_address_quotes_the_provider(hass, sandbox, later, wire, key):
    entry = await set_up(hass, sandbox, wire)
    sandbox.faults.add("address")
    await later(POLL)
    assert set(issues(hass)) == {key}
    said = issues(hass)[key].translation_placeholders
    assert said["account"] == entry.title
    assert len(said["error"]) > 20
    assert reauths(hass) == []
    sandbox.faults.clear()
    await later(POLL)
    assert issues(hass) == {}
    await unload(hass)


PATHS = {
    "voicemails": "/voicemails/inbox/search",
    "trunks": "/pbx/trunks/search",
    "extensions": "/pbx/users/search",
}
REPORTS = ["/reports/cdr/search", "/reports/cdr/ordered/id"]


@pytest.mark.parametrize("part", PATHS)
async def test_a_denied_resource_is_an_issue_and_the_rest_works(hass, sandbox, exchange, later, state, part):
    others = [path for name, path in PATHS.items() if name != part]
    sandbox.wires["simotel"].change("permitted", [*others, *REPORTS])
    await exchange.runtime_data.async_sync()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert set(issues(hass)) == {f"{part}_not_permitted"}
    issue = issues(hass)[f"{part}_not_permitted"]
    assert PATHS[part] in issue.translation_placeholders["error"]
    assert issue.severity is ir.IssueSeverity.WARNING
    assert exchange.runtime_data.coordinator.last_update_success
    assert state("sensor", f"{exchange.unique_id}_calls").state != STATE_UNAVAILABLE
    unheard = state("sensor", f"{exchange.unique_id}_voicemails").state
    assert (unheard == STATE_UNAVAILABLE) is (part == "voicemails")

    sandbox.wires["simotel"].change("permitted", EVERYTHING)
    await later(QUARTER)
    await later(POLL)
    assert issues(hass) == {}
    assert state("sensor", f"{exchange.unique_id}_voicemails").state != STATE_UNAVAILABLE


async def test_denied_calls_fail_the_poll(hass, sandbox, exchange, later, state):
    sandbox.wires["simotel"].change("permitted", list(PATHS.values()))
    await later(POLL)
    assert set(issues(hass)) == {"calls_not_permitted"}
    assert issues(hass)["calls_not_permitted"].severity is ir.IssueSeverity.ERROR
    assert "reports/cdr" in issues(hass)["calls_not_permitted"].translation_placeholders["error"]
    assert state("sensor", f"{exchange.unique_id}_calls").state == STATE_UNAVAILABLE
    assert reauths(hass) == []
    sandbox.wires["simotel"].change("permitted", EVERYTHING)
    await later(POLL)
    assert issues(hass) == {}


async def test_an_issue_stays_during_another_failure(hass, sandbox, exchange, later):
    sandbox.faults.add("address")
    await later(POLL)
    sandbox.faults.clear()
    sandbox.faults.add("status", code=500)
    await later(POLL)
    assert set(issues(hass)) == {"address_not_permitted"}
    sandbox.faults.clear()
    await later(POLL)
    assert issues(hass) == {}


async def test_what_earlier_versions_reported_is_deleted_by_the_setup(hass, exchange):
    former = ("credit_low_982155500001", "credit_expiring_982155500001", "plan_expiring_7")
    for key in former:
        for entry_id in (exchange.entry_id, "another"):
            ir.async_create_issue(
                hass,
                DOMAIN,
                f"{entry_id}_{key}",
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                translation_key=key.rpartition("_")[0],
            )
    await hass.config_entries.async_reload(exchange.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert {issue_id for _, issue_id in ir.async_get(hass).issues} == {f"another_{key}" for key in former}


async def test_rows_that_make_no_sense_are_one_issue_until_they_can_be_read(hass, sandbox, later):
    sandbox.faults.add("unreadable_row", provider="telefonchy", at="first", field="price", form="nonsense")
    entry = await set_up(hass, sandbox, "telefonchy")
    await hass.async_block_till_done(wait_background_tasks=True)
    await later(POLL)
    issue = issues(hass)["unreadable_rows"]
    archive = entry.runtime_data.archive
    kept = archive.unreadable_rows(entry.unique_id)
    assert kept
    assert issue.translation_placeholders == {
        "account": entry.title,
        "provider": "Telefonchy",
        "count": str(len(kept)),
    }
    # All other calls are there.
    office = sandbox.world.offices[0]
    assert archive.count(accounts=[entry.unique_id]) == len(office.calls) - len(kept)
    sandbox.faults.clear()
    await entry.runtime_data.async_sync(full=True)
    await later(POLL)
    assert "unreadable_rows" not in issues(hass)
    assert archive.count(accounts=[entry.unique_id]) == len(office.calls)
    await unload(hass)


async def test_removing_an_account_deletes_only_its_own_issues(hass, sandbox, exchange, later):
    other = await set_up(hass, sandbox, "telefonchy")
    sandbox.faults.add("address")
    await later(POLL)
    assert set(issues(hass)) == {"address_not_permitted", "services_not_permitted"}
    await hass.config_entries.async_remove(other.entry_id)
    assert set(issues(hass)) == {"address_not_permitted"}


async def test_an_issue_of_somebody_else_is_left_alone(hass, sandbox, exchange, later):
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{exchange.entry_id}_something",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="something",
    )
    await later(POLL)
    assert set(issues(hass)) == {"something"}


def texts_of(issue: dict[str, Any]) -> str:
    """Return all texts of an issue and of its fix flow."""
    return " ".join(texts_of(text) if isinstance(text, dict) else text for text in issue.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_issue_has_a_text_with_known_placeholders(language):
    texts = json.loads((TRANSLATIONS / f"{language}.json").read_text())["issues"]
    denied = {"account", "provider", "error"}
    given = {
        "address_not_permitted": {*denied, "address"},
        **dict.fromkeys(repairs.DENIED.values(), denied),
    }
    for key, names in given.items():
        asked = set(re.findall(r"\{(\w+)\}", texts_of(texts[key])))
        assert asked <= names, key
        assert "account" in asked, key
