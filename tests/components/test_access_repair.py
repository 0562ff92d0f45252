"""What a provider does not permit is fixed in a form that says what to permit, and tests whether that was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.update_coordinator import UpdateFailed

from custom_components.trunkline.account import access_check
from trunkline.errors import ConnectionFailedError, PermissionDeniedError

from .conftest import QUICK
from .fixing import fix
from .flows import set_up, unload
from .test_repairs import EVERYTHING, PATHS, POLL, REPORTS, exchange, issues, reauths

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

__all__ = ["exchange", "fix"]


@pytest.fixture(autouse=True)
def _quick_test(monkeypatch):
    monkeypatch.setattr(access_check, "LIMITS", QUICK)


def issue_id(hass: HomeAssistant, key: str) -> str:
    return issues(hass)[key].issue_id


async def denied(sandbox, later) -> None:
    sandbox.faults.add("address")
    await later(POLL)
    await later(POLL)


async def test_the_form_names_the_address_and_where_it_is_permitted(hass, sandbox, exchange, later, fix):
    await denied(sandbox, later)
    assert issues(hass)["address_not_permitted"].is_fixable
    shown = await fix.start(issue_id(hass, "address_not_permitted"))
    assert (shown["type"], shown["step_id"], shown["errors"]) == ("form", "simotel", None)
    texts = shown["description_placeholders"]
    assert (texts["account"], texts["provider"], texts["address"]) == (exchange.title, "Simotel", "127.0.0.1")
    assert "Maintenance › Settings › Simotel API" in texts["error"]


async def test_an_address_that_is_permitted_ends_the_issue_and_the_outage(hass, sandbox, exchange, later, fix, state):
    await denied(sandbox, later)
    await fix.start(issue_id(hass, "address_not_permitted"))
    sandbox.faults.clear()
    done = await fix.submit()
    assert done["type"] == "create_entry"
    assert issues(hass) == {}
    # At once, not only after the next poll.
    assert state("sensor", f"{exchange.unique_id}_calls").state != STATE_UNAVAILABLE


@pytest.mark.parametrize(
    ("fault", "options", "error"),
    [
        ("address", {}, "still_denied"),
        ("status", {"code": 503}, "cannot_connect"),
        ("cut", {}, "cannot_connect"),
        ("rate_limit", {"retry_after": 30}, "rate_limited"),
        ("expired_token", {}, "failed"),
        ("bad_json", {"form": "html"}, "failed"),
    ],
)
async def test_a_test_that_fails_says_why_in_the_form_and_keeps_the_issue(
    hass, sandbox, exchange, later, fix, fault, options, error
):
    await denied(sandbox, later)
    await fix.start(issue_id(hass, "address_not_permitted"))
    sandbox.faults.clear()
    sandbox.faults.add(fault, **options)
    shown = await fix.submit()
    assert (shown["type"], shown["step_id"], shown["errors"]) == ("form", "simotel", {"base": error})
    assert len(shown["description_placeholders"]["error"]) > 20
    assert set(issues(hass)) == {"address_not_permitted"}
    # The same form works once it is settled.
    sandbox.faults.clear()
    assert (await fix.submit())["type"] == "create_entry"
    assert issues(hass) == {}


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (PermissionDeniedError("not yet"), "still_denied"),
        (ConnectionFailedError("gone"), "cannot_connect"),
        (None, "failed"),
    ],
)
async def test_a_poll_that_fails_after_the_test_says_why(
    hass, sandbox, exchange, later, fix, monkeypatch, failure, error
):
    await denied(sandbox, later)
    await fix.start(issue_id(hass, "address_not_permitted"))
    sandbox.faults.clear()
    coordinator = exchange.runtime_data.coordinator

    async def failing() -> bool:
        coordinator.last_exception = UpdateFailed("no")
        coordinator.last_exception.__cause__ = failure
        return False

    monkeypatch.setattr(coordinator, "async_poll", failing)
    assert (await fix.submit())["errors"] == {"base": error}
    assert set(issues(hass)) == {"address_not_permitted"}


async def test_an_account_that_could_not_start_is_loaded_by_the_fix(hass, sandbox, exchange, fix):
    await hass.config_entries.async_unload(exchange.entry_id)
    sandbox.faults.add("address")
    await hass.config_entries.async_setup(exchange.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert exchange.state is ConfigEntryState.SETUP_RETRY
    await fix.start(issue_id(hass, "address_not_permitted"))
    assert (await fix.submit())["errors"] == {"base": "still_denied"}
    assert exchange.state is ConfigEntryState.SETUP_RETRY
    sandbox.faults.clear()
    assert (await fix.submit())["type"] == "create_entry"
    assert exchange.state is ConfigEntryState.LOADED
    assert issues(hass) == {}


async def test_an_account_that_still_does_not_start_says_why(hass, sandbox, exchange, fix):
    await hass.config_entries.async_unload(exchange.entry_id)
    sandbox.faults.add("address")
    await hass.config_entries.async_setup(exchange.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await fix.start(issue_id(hass, "address_not_permitted"))
    sandbox.faults.clear()
    # The test asks for nothing else; the setup reads more.
    sandbox.faults.add("cut", path="/pbx/trunks")
    shown = await fix.submit()
    assert shown["errors"] == {"base": "failed"}
    assert exchange.title in shown["description_placeholders"]["error"]
    sandbox.faults.clear()


@pytest.mark.parametrize("part", PATHS)
async def test_a_permission_that_was_granted_ends_its_issue(hass, sandbox, exchange, later, fix, part):
    others = [path for name, path in PATHS.items() if name != part]
    sandbox.wires["simotel"].change("permitted", [*others, *REPORTS])
    await exchange.runtime_data.async_sync()
    await hass.async_block_till_done(wait_background_tasks=True)
    shown = await fix.start(issue_id(hass, f"{part}_not_permitted"))
    assert shown["step_id"] == "confirm"
    assert PATHS[part] in shown["description_placeholders"]["error"]
    shown = await fix.submit()
    assert shown["errors"] == {"base": "still_denied"}
    assert set(issues(hass)) == {f"{part}_not_permitted"}
    # What was denied would only be read again after a quarter of an hour.
    sandbox.wires["simotel"].change("permitted", EVERYTHING)
    assert (await fix.submit())["type"] == "create_entry"
    assert issues(hass) == {}


async def test_calls_that_may_be_read_again_end_their_issue(hass, sandbox, exchange, later, fix):
    sandbox.wires["simotel"].change("permitted", list(PATHS.values()))
    await later(POLL)
    await fix.start(issue_id(hass, "calls_not_permitted"))
    assert (await fix.submit())["errors"] == {"base": "still_denied"}
    sandbox.wires["simotel"].change("permitted", EVERYTHING)
    assert (await fix.submit())["type"] == "create_entry"
    assert issues(hass) == {}


@pytest.mark.parametrize(
    ("wire", "key"), [("telefonchy", "services_not_permitted"), ("voipano", "calls_not_permitted")]
)
async def test_a_provider_that_does_not_name_the_address_is_tested_as_well(hass, sandbox, later, fix, wire, key):
    await set_up(hass, sandbox, wire)
    await denied(sandbox, later)
    shown = await fix.start(issue_id(hass, key))
    assert shown["step_id"] == "confirm"
    assert (await fix.submit())["errors"] == {"base": "still_denied"}
    sandbox.faults.clear()
    assert (await fix.submit())["type"] == "create_entry"
    assert issues(hass) == {}
    await unload(hass)


async def test_credentials_that_are_refused_by_the_test_are_asked_for_by_home_assistant(
    hass, sandbox, exchange, later, fix
):
    await denied(sandbox, later)
    await fix.start(issue_id(hass, "address_not_permitted"))
    sandbox.faults.clear()
    sandbox.faults.add("expired_token")
    await fix.submit()
    await later(POLL)
    assert len(reauths(hass)) == 1


async def test_the_fix_of_an_account_that_was_removed_meanwhile_ends(hass, sandbox, exchange, later, fix):
    await denied(sandbox, later)
    await fix.start(issue_id(hass, "address_not_permitted"))
    await hass.config_entries.async_remove(exchange.entry_id)
    ended = await fix.submit()
    assert (ended["type"], ended["reason"]) == ("abort", "account_removed")
    assert ir.async_get(hass).issues == {}


@pytest.mark.parametrize("loaded", [True, False])
async def test_an_account_that_is_removed_during_the_test_ends_the_flow(
    hass, sandbox, exchange, later, fix, monkeypatch, loaded
):
    await denied(sandbox, later)
    await fix.start(issue_id(hass, "address_not_permitted"))
    sandbox.faults.clear()
    if not loaded:
        await unload(hass)
    real = access_check.async_try_connection

    async def removing(hass, entry):
        attempt = await real(hass, entry)
        await hass.config_entries.async_remove(entry.entry_id)
        return attempt

    monkeypatch.setattr(access_check, "async_try_connection", removing)
    done = await fix.submit()
    assert (done["type"], done["reason"]) == ("abort", "account_removed")
