"""The forms: every way in, every error followed by success, and nothing set up that doesn't work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER, ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType

from custom_components.trunkline import config_flow, forms
from trunkline.errors import PermissionDeniedError, RequestError
from trunkline.providers import PROVIDERS, ProviderInfo
from trunkline.sandbox import Sandbox

from .conftest import DOMAIN, Setup, make_entry

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry


CLOSED = "http://127.0.0.1:9/webservice/v1"


def filled(sandbox: Sandbox, which: int = 0, wire: str = "telefonchy", **more: Any) -> dict[str, Any]:
    """Return what a person types in for an account of the sandbox."""
    account = sandbox.accounts[wire][which]
    address = {"base_url": account.base_url}
    info = PROVIDERS[account.provider].in_dialect(account.dialect)
    return {**account.credentials, **({"advanced": address} if info.base_url else address)} | more


async def start(hass: HomeAssistant, provider: str = "telefonchy", dialect: str = "") -> Any:
    """Begin to add an account, and choose the provider and its dialect."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "user")
    result = await go_on(hass, result, {"provider": provider})
    if result["step_id"] == "dialect":
        result = await go_on(hass, result, {"dialect": dialect} if dialect else {})
    return result


async def start_wire(hass: HomeAssistant, sandbox: Sandbox, wire: str) -> Any:
    account = sandbox.accounts[wire][0]
    return await start(hass, account.provider, account.dialect)


async def accept_name(hass: HomeAssistant, result: Any) -> Any:
    """Take the name that is proposed, which comes after credentials that work."""
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "name"), result
    return await go_on(hass, result, {})


def fields(result: Any) -> dict[str, Any]:
    return {str(key): key for key in result["data_schema"].schema}


def suggested(result: Any) -> dict[str, Any]:
    """Return what a form shows already."""
    return {name: (key.description or {}).get("suggested_value") for name, key in fields(result).items()}


async def go_on(hass: HomeAssistant, result: Any, given: dict[str, Any]) -> Any:
    result = await hass.config_entries.flow.async_configure(result["flow_id"], given)
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


async def unload(hass: HomeAssistant) -> None:
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_an_account_is_set_up_with_its_own_name_and_key(hass, sandbox):
    result = await start(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "account_telefonchy")
    assert result["errors"] == {}

    result = await go_on(hass, result, filled(sandbox))
    result = await accept_name(hass, result)

    account = sandbox.accounts["telefonchy"][0]
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == f"Telefonchy {account.service_id}"
    assert result["result"].unique_id == f"telefonchy:{account.service_id}"
    webhook_id = result["data"].pop("webhook_id")
    assert len(webhook_id) == 64
    assert result["data"] == {
        "provider": "telefonchy",
        "dialect": "",
        "base_url": account.base_url,
        "credentials": {"token": account.credentials["token"]},
    }
    assert result["result"].state is ConfigEntryState.LOADED
    await unload(hass)


async def test_the_address_is_preset_in_a_folded_section(hass, sandbox):
    result = await start(hass)
    section = next(value for key, value in result["data_schema"].schema.items() if str(key) == "advanced")
    assert section.options == {"collapsed": True}
    assert section.schema({}) == {"base_url": PROVIDERS["telefonchy"].base_url}


ERRORS = {
    "invalid_auth": (("expired_token", {}), {}),
    "cannot_connect": (("status", {"code": 500}), {}),
    "invalid_response": (("bad_json", {"form": "html"}), {}),
    "invalid_url": (None, {"advanced": {"base_url": "telefonchy"}}),
    "invalid_settings": (None, {"token": "two words"}),
    "rate_limited": (("rate_limit", {}), {}),
}


@pytest.mark.parametrize("error", ERRORS)
async def test_each_error_is_named_and_can_be_put_right_in_the_same_form(hass, sandbox, error):
    fault, given = ERRORS[error]
    if fault:
        kind, how = fault
        sandbox.faults.add(kind, **how)
    result = await go_on(hass, await start(hass), filled(sandbox) | given)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}

    sandbox.faults.clear()
    result = await go_on(hass, result, filled(sandbox))
    result = await accept_name(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await unload(hass)


async def test_a_provider_that_is_not_there_can_not_be_reached(hass, sandbox):
    result = await go_on(hass, await start(hass), filled(sandbox) | {"advanced": {"base_url": CLOSED}})
    assert result["errors"] == {"base": "cannot_connect"}
    result = await go_on(hass, result, filled(sandbox))
    result = await accept_name(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await unload(hass)


async def test_the_token_is_not_shown_again_after_an_error(hass, sandbox):
    result = await go_on(hass, await start(hass), filled(sandbox) | {"advanced": {"base_url": CLOSED}})
    assert suggested(result)["token"] is None


@pytest.mark.parametrize(("failure", "error"), [(RequestError("no"), "refused"), (RuntimeError("a bug"), "unknown")])
async def test_what_nobody_expects_keeps_the_form_usable(hass, sandbox, monkeypatch, caplog, failure, error):
    def fail(*_: Any, **__: Any) -> None:
        raise failure

    with monkeypatch.context() as patched:
        patched.setattr(config_flow, "open_account", fail)
        result = await go_on(hass, await start(hass), filled(sandbox))
        assert result["errors"] == {"base": error}
    assert sandbox.accounts["telefonchy"][0].credentials["token"] not in caplog.text
    result = await go_on(hass, result, filled(sandbox))
    result = await accept_name(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await unload(hass)


async def test_the_same_account_is_not_set_up_twice(hass, sandbox, loaded):
    result = await go_on(hass, await start(hass), filled(sandbox))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_a_second_account_stands_beside_the_first(hass, sandbox, loaded):
    result = await accept_name(hass, await go_on(hass, await start(hass), filled(sandbox, 1)))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert len(hass.config_entries.async_loaded_entries(DOMAIN)) == 2


async def test_an_account_that_has_ordered_another_service_is_still_the_same(hass, setup, socket_enabled, now):
    async with Sandbox(seed=7, calls=60, days=4, now=now, one_token=True) as sandbox:
        first, second = sandbox.accounts["telefonchy"][0].service_ids
        assert first < second
        entry = make_entry(sandbox, unique_id=f"telefonchy:{second}")
        await setup(entry)
        assert entry.state is ConfigEntryState.LOADED
        result = await go_on(hass, await start(hass), filled(sandbox))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
        result = await entry.start_reauth_flow(hass)
        result = await go_on(hass, result, {"token": sandbox.accounts["telefonchy"][0].credentials["token"]})
        assert result["reason"] == "reauth_successful"
        await unload(hass)


# Reauthentication


async def test_new_credentials_are_tried_before_they_are_kept(hass, sandbox, loaded):
    result = await loaded.start_reauth_flow(hass)
    assert result["step_id"] == "reauth_telefonchy"
    assert result["description_placeholders"]["account"] == "Office 1"

    result = await go_on(hass, result, {"token": "not-the-token"})
    assert result["errors"] == {"base": "invalid_auth"}

    token = sandbox.accounts["telefonchy"][0].credentials["token"]
    result = await go_on(hass, result, {"token": token})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert loaded.data["credentials"] == {"token": token}
    assert loaded.state is ConfigEntryState.LOADED


async def test_the_credentials_of_another_account_are_not_taken_for_this_one(hass, sandbox, loaded):
    before = dict(loaded.data)
    result = await loaded.start_reauth_flow(hass)
    result = await go_on(hass, result, {"token": sandbox.accounts["telefonchy"][1].credentials["token"]})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert loaded.data == before


# Reconfiguration


async def test_the_address_can_be_changed_without_typing_the_token_again(hass, sandbox, loaded):
    token = loaded.data["credentials"]["token"]
    result = await loaded.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure_telefonchy"

    result = await go_on(hass, result, {"advanced": {"base_url": CLOSED}})
    assert result["errors"] == {"base": "cannot_connect"}

    address = sandbox.accounts["telefonchy"][0].base_url + "/"
    result = await go_on(hass, result, {"advanced": {"base_url": address}})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert loaded.data["base_url"] == address
    assert loaded.data["credentials"] == {"token": token}


async def test_reconfiguring_to_another_account_is_refused(hass, sandbox, loaded):
    result = await loaded.start_reconfigure_flow(hass)
    result = await go_on(hass, result, filled(sandbox, 1))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")


# Options


async def test_options_are_kept_as_whole_numbers_and_the_account_is_reloaded(hass, loaded):
    coordinator = loaded.runtime_data
    result = await hass.config_entries.options.async_init(loaded.entry_id)
    assert (result["step_id"], result["description_placeholders"]) == (
        "init",
        {"currency": "IRR", "push_url": "—"},
    )
    given = {"poll_interval": 300.0, "calls_per_hour": 3.0, "low_credit": 250000.0, "expiry_days": 10.0}
    result = await hass.config_entries.options.async_configure(result["flow_id"], given | {"display_currency": "toman"})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded.options == {
        "poll_interval": 300,
        "calls_per_hour": 3,
        "low_credit": 250000,
        "expiry_days": 10,
        "display_currency": "toman",
    }
    assert loaded.runtime_data is not coordinator
    assert loaded.runtime_data.update_interval.total_seconds() == 300
    assert loaded.runtime_data.guard.limit == 3


def offered(info: ProviderInfo, currency: str, *, credit: bool) -> set[str]:
    return {str(key) for key in forms.options_schema(info, currency=currency, credit=credit).schema}


def test_the_options_are_those_that_mean_something_for_the_provider():
    always = {"poll_interval", "calls_per_hour"}
    telefonchy, mor = PROVIDERS["telefonchy"], PROVIDERS["mor"]
    money = {"low_credit", "expiry_days"}
    assert offered(telefonchy, "IRR", credit=True) == always | money | {"display_currency"}
    assert offered(mor, "EUR", credit=True) == always | money
    assert offered(PROVIDERS["voip24h"], "VND", credit=False) == always
    assert offered(PROVIDERS["voipano"], "IRR", credit=False) == always | {"expiry_days"}
    assert offered(PROVIDERS["simotel"], "IRR", credit=False) == always | {"push_username", "push_password"}


@pytest.mark.parametrize(("currency", "limit", "step"), [("IRR", 100_000, 1), ("VND", 50_000, 1), ("EUR", 5, 0.01)])
def test_the_limit_of_a_credit_fits_its_currency(currency, limit, step):
    schema = forms.options_schema(PROVIDERS["mor"], currency=currency, credit=True)
    key, selector = next((key, value) for key, value in schema.schema.items() if str(key) == "low_credit")
    assert key.default() == limit
    assert (selector.config["unit_of_measurement"], selector.config["step"]) == (currency, step)


# Speed dials


async def add_dial(hass: HomeAssistant, entry: MockConfigEntry, given: dict[str, Any] | None = None) -> Any:
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "speed_dial"), context={"source": SOURCE_USER}
    )
    if given is not None:
        result = await hass.config_entries.subentries.async_configure(result["flow_id"], given)
        await hass.async_block_till_done(wait_background_tasks=True)
    return result


async def test_a_speed_dial_offers_the_extensions_and_keeps_the_digits(hass, sandbox, loaded):
    result = await add_dial(hass, loaded)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "user")
    field = next(value for key, value in result["data_schema"].schema.items() if str(key) == "from")
    offered = {option["value"] for option in field.config["options"]}
    assert offered == set(sandbox.accounts["telefonchy"][0].extensions)

    extension = min(offered)
    bad = {"name": " ", "from": "the front desk", "to": ""}
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], bad)
    assert result["errors"] == {"name": "empty_name", "from": "invalid_number", "to": "invalid_number"}

    good = {"name": "Workshop", "from": extension, "to": "۰۲۱ ۵۵۵۰-۰۰۰۹"}
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], good)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    subentry = next(iter(loaded.subentries.values()))
    assert (subentry.title, dict(subentry.data)) == ("Workshop", {"from": extension, "to": "02155500009"})


async def test_a_speed_dial_can_be_changed(hass, loaded):
    await add_dial(hass, loaded, {"name": "Workshop", "from": "101", "to": "02155500009"})
    subentry_id = next(iter(loaded.subentries))
    result = await hass.config_entries.subentries.async_init(
        (loaded.entry_id, "speed_dial"), context={"source": SOURCE_RECONFIGURE, "subentry_id": subentry_id}
    )
    assert result["step_id"] == "reconfigure"
    suggested = {str(key): key.description["suggested_value"] for key in result["data_schema"].schema}
    assert suggested == {"name": "Workshop", "from": "101", "to": "02155500009"}

    wrong = {"name": "Workshop", "from": "101", "to": "?"}
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], wrong)
    assert result["errors"] == {"to": "invalid_number"}
    right = {"name": "Garage", "from": "102", "to": "02155500010"}
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], right)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    subentry = loaded.subentries[subentry_id]
    assert (subentry.title, subentry.data["from"], subentry.data["to"]) == ("Garage", "102", "02155500010")


async def test_a_speed_dial_can_be_added_while_the_provider_is_down(hass, sandbox, entry, setup: Setup):
    sandbox.faults.add("status", code=503)
    await setup(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    result = await add_dial(hass, entry, {"name": "Workshop", "from": "101", "to": "02155500009"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_two_accounts_have_keys_of_their_own(sandbox):
    assert make_entry(sandbox, 0).unique_id != make_entry(sandbox, 1).unique_id
