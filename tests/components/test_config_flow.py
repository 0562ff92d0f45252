"""The forms: each way to add or change an account, and each error followed by success."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import voluptuous as vol
from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER, ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.trunkline import config_flow
from custom_components.trunkline.account import identity
from custom_components.trunkline.forms import accounts, options
from trunkline.errors import RequestError
from trunkline.providers import PROVIDERS, ProviderInfo
from trunkline.sandbox import Sandbox

from .conftest import DOMAIN, Setup, make_entry
from .flows import (
    WIRES,
    accept_name,
    fields,
    filled,
    go_on,
    set_up,
    start,
    start_reauth,
    start_reconfigure,
    start_wire,
    suggested,
    unload,
)
from .languages import LANGUAGES

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


COMPONENT = Path(config_flow.__file__).parent
KINDS = ("account", "reauth", "reconfigure")
FORMATTED = re.compile(r"\{(\w+)\}")
CLOSED = "http://127.0.0.1:9/webservice/v1"


def texts(language: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((COMPONENT / f"translations/{language}.json").read_text())
    return content


async def test_an_account_is_set_up_with_its_name_and_unique_id(hass, sandbox):
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
        "account_in_names": True,
    }
    assert result["result"].state is ConfigEntryState.LOADED
    await unload(hass)


async def test_the_default_address_is_in_a_collapsed_section(hass, sandbox):
    result = await start(hass)
    section = next(value for key, value in result["data_schema"].schema.items() if str(key) == "advanced")
    assert section.options == {"collapsed": True}
    assert section.schema({}) == {"base_url": PROVIDERS["telefonchy"].base_url}


ERRORS = {
    "invalid_auth": ("base", ("expired_token", {}), {}),
    "cannot_connect": ("base", ("status", {"code": 500}), {}),
    "invalid_response": ("advanced", ("bad_json", {"form": "html"}), {}),
    "address_incomplete": ("advanced", None, {"advanced": {"base_url": "telefonchy"}}),
    "invalid_settings": ("base", None, {"token": "two words"}),
    "rate_limited": ("base", ("rate_limit", {}), {}),
}


@pytest.mark.parametrize("error", ERRORS)
async def test_each_error_is_named_and_can_be_corrected_in_the_same_form(hass, sandbox, error):
    field, fault, given = ERRORS[error]
    if fault:
        kind, how = fault
        sandbox.faults.add(kind, **how)
    result = await go_on(hass, await start(hass), filled(sandbox) | given)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {field: error}

    sandbox.faults.clear()
    result = await go_on(hass, result, filled(sandbox))
    result = await accept_name(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await unload(hass)


async def test_an_unreachable_provider_is_reported(hass, sandbox):
    result = await go_on(hass, await start(hass), filled(sandbox) | {"advanced": {"base_url": CLOSED}})
    assert result["errors"] == {"advanced": "cannot_connect_try"}
    result = await go_on(hass, result, filled(sandbox))
    result = await accept_name(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await unload(hass)


@pytest.mark.parametrize(("failure", "error"), [(RequestError("no"), "refused"), (RuntimeError("a bug"), "unknown")])
async def test_an_unexpected_error_keeps_the_form_usable(hass, sandbox, monkeypatch, caplog, failure, error):
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


async def test_a_second_account_can_be_added(hass, sandbox, loaded):
    result = await accept_name(hass, await go_on(hass, await start(hass), filled(sandbox, 1)))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert len(hass.config_entries.async_loaded_entries(DOMAIN)) == 2


async def test_an_account_with_a_new_service_is_still_the_same(hass, setup, socket_enabled, now):
    async with Sandbox(seed=7, calls=60, days=4, now=now, one_token=True) as sandbox:
        first, second = sandbox.accounts["telefonchy"][0].service_ids
        assert first < second
        entry = make_entry(sandbox, unique_id=f"telefonchy:{second}")
        await setup(entry)
        assert entry.state is ConfigEntryState.LOADED
        result = await go_on(hass, await start(hass), filled(sandbox))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
        result = await start_reauth(hass, entry)
        result = await go_on(hass, result, {"token": sandbox.accounts["telefonchy"][0].credentials["token"]})
        assert result["reason"] == "reauth_successful"
        await unload(hass)


async def test_credentials_that_reach_two_accounts_are_those_of_either(hass, setup, socket_enabled, now):
    async with Sandbox(seed=7, calls=60, days=4, now=now, one_token=True) as sandbox:
        account = sandbox.accounts["telefonchy"][0]
        entries = [make_entry(sandbox, unique_id=f"telefonchy:{service_id}") for service_id in account.service_ids]
        for entry in entries:
            await setup(entry)
        for entry in entries:
            result = await go_on(hass, await start_reauth(hass, entry), {"token": account.credentials["token"]})
            assert result["reason"] == "reauth_successful"
            result = await go_on(hass, await start_reconfigure(hass, entry), filled(sandbox))
            assert result["reason"] == "reconfigure_successful"
        await unload(hass)


# Choosing a provider


async def test_the_list_of_providers_says_what_each_supports(hass):
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert result["step_id"] == "user"
    selector = result["data_schema"].schema["provider"]
    assert [option["value"] for option in selector.config["options"]] == list(PROVIDERS)
    assert selector.config["translation_key"] == "provider"
    assert selector.config["mode"] == "list"
    for language in LANGUAGES:
        labels = texts(language)["selector"]["provider"]["options"]
        assert set(labels) == set(PROVIDERS)
        assert all(len(label.partition(" – ")[2]) > 30 for label in labels.values())


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_provider_with_several_interfaces_asks_which_one_to_use(hass, provider):
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await go_on(hass, result, {"provider": provider})
    dialects = [info.dialect for info in PROVIDERS[provider].dialects]
    if dialects == [""]:
        assert result["step_id"] == f"account_{provider}"
        return
    assert (result["step_id"], result["description_placeholders"]) == (
        "dialect",
        {"provider": PROVIDERS[provider].name},
    )
    selector = result["data_schema"].schema["dialect"]
    assert [option["value"] for option in selector.config["options"]] == dialects
    for language in LANGUAGES:
        labels = texts(language)["selector"][selector.config["translation_key"]]["options"]
        assert set(labels) == set(dialects)
        assert all(" – " in label for label in labels.values())
    for dialect in dialects:
        chosen = await start(hass, provider, dialect)
        assert chosen["step_id"] == f"account_{provider}_{dialect}"


def steps_of(language: str) -> dict[str, Any]:
    return texts(language)["config"]["step"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["account", "reauth", "reconfigure"])
@pytest.mark.parametrize("info", accounts.built_in_dialects(), ids=partial(accounts.step_id, "account"))
def test_each_field_of_each_form_is_described_in_each_language(info, kind, language):
    schema = getattr(accounts, f"{kind}_schema")(info).schema
    step = steps_of(language)[accounts.step_id(kind, info)]
    plain = {str(key) for key in schema} - {"advanced"}
    assert set(step["data"]) == set(step["data_description"]) == plain
    assert ("advanced" in {str(key) for key in schema}) == ("sections" in step)
    if "sections" in step:
        assert set(step["sections"]["advanced"]["data"]) == {"base_url"}
    if "base_url" in plain:
        assert "{example_url}" in step["data_description"]["base_url"]
        assert info.example_url
    if kind == "account":
        assert {field.name for field in info.credentials} <= plain
        assert {str(key) for key in schema if isinstance(key, vol.Required)} - {"advanced", "base_url"} == {
            field.name for field in info.credentials if field.required
        }


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_steps_that_exist_are_translated(language):
    generic = {"account", "reauth_confirm", "reconfigure"}
    built_in = {accounts.step_id(kind, info) for kind in KINDS for info in accounts.built_in_dialects()}
    assert set(steps_of(language)) == {"user", "dialect", "name", *generic, *built_in}
    for step in steps_of(language):
        assert callable(getattr(config_flow.TrunklineConfigFlow, f"async_step_{step}"))


async def test_the_form_has_all_placeholders_of_its_errors(hass, sandbox):
    result = await start_wire(hass, sandbox, "simotel")
    for language in LANGUAGES:
        for text in texts(language)["config"]["error"].values():
            assert set(FORMATTED.findall(text)) <= set(result["description_placeholders"])


# Each provider


async def test_an_optional_field_left_empty_gets_its_default(hass, sandbox):
    given = filled(sandbox, wire="simotel")
    for name in ("username", "password", "context", "trunk"):
        given.pop(name, None)
    sandbox.wires["simotel"].change("auth", "key")
    result = await go_on(hass, await start_wire(hass, sandbox, "simotel"), given)
    result = await accept_name(hass, result)
    assert result["data"]["credentials"] == {"api_key": given["api_key"], "context": "main_routing"}
    await unload(hass)


MISTAKES = {
    "no credentials": ({"username": "", "password": "", "api_key": " "}, {"base": "credentials_missing"}),
    "username only": ({"password": ""}, {"password": "missing_of_pair"}),
    "password only": ({"username": ""}, {"username": "missing_of_pair"}),
    "no scheme": ({"base_url": "192.0.2.1/api/v4"}, {"base_url": "address_incomplete"}),
    "two mistakes": ({"base_url": "?", "password": ""}, {"base_url": "invalid_url", "password": "missing_of_pair"}),
    "malformed address": ({"base_url": "http://[::1"}, {"base_url": "invalid_url"}),
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_an_obvious_mistake_is_reported_without_a_request(hass, sandbox, mistake):
    changed, errors = MISTAKES[mistake]
    result = await start_wire(hass, sandbox, "simotel")
    result = await go_on(hass, result, filled(sandbox, wire="simotel") | changed)
    assert result["errors"] == errors
    assert not sandbox.requests
    result = await accept_name(hass, await go_on(hass, result, filled(sandbox, wire="simotel")))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await unload(hass)


async def test_a_blank_token_is_missing(hass, sandbox):
    result = await go_on(hass, await start(hass), filled(sandbox) | {"token": "  "})
    assert result["errors"] == {"token": "missing"}


async def test_an_ip_address_that_is_not_allowed_is_named(hass, sandbox):
    sandbox.faults.add("address")
    result = await go_on(hass, await start_wire(hass, sandbox, "simotel"), filled(sandbox, wire="simotel"))
    assert result["errors"] == {"base": "address_not_permitted"}
    assert result["description_placeholders"]["address"] == "127.0.0.1"
    sandbox.faults.clear()
    result = await accept_name(hass, await go_on(hass, result, filled(sandbox, wire="simotel")))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await unload(hass)


async def test_a_missing_permission_is_reported_with_the_providers_message(hass, sandbox):
    sandbox.wires["simotel"].change("permitted", ["/pbx/users/search"])
    result = await go_on(hass, await start_wire(hass, sandbox, "simotel"), filled(sandbox, wire="simotel"))
    assert result["errors"] == {"base": "not_permitted"}
    assert "reports/cdr/search" in result["description_placeholders"]["error"]


async def test_two_accounts_can_not_have_the_same_name(hass, sandbox):
    await set_up(hass, sandbox, "voip24h", account="main")
    result = await go_on(
        hass, await start_wire(hass, sandbox, "voip24h"), filled(sandbox, 1, "voip24h", account="main")
    )
    assert result["errors"] == {"account": "name_taken"}
    result = await go_on(hass, result, filled(sandbox, 1, "voip24h", account="warehouse"))
    result = await accept_name(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await unload(hass)


async def test_the_proposed_name_can_be_changed(hass, sandbox):
    result = await go_on(hass, await start(hass), filled(sandbox))
    own = f"Telefonchy {sandbox.accounts['telefonchy'][0].service_id}"
    assert fields(result)["name"].default() == own
    assert result["description_placeholders"] == {"provider": "Telefonchy", "account": own}
    result = await go_on(hass, result, {"name": " Front desk "})
    assert result["title"] == "Front desk"
    await unload(hass)


async def test_a_blank_name_becomes_the_default(hass, sandbox):
    result = await go_on(hass, await start(hass), filled(sandbox))
    result = await go_on(hass, result, {"name": "  "})
    assert result["title"] == f"Telefonchy {sandbox.accounts['telefonchy'][0].service_id}"
    await unload(hass)


# Reauthentication


@pytest.mark.parametrize("wire", WIRES)
async def test_each_provider_asks_for_its_own_credentials_again(hass, sandbox, wire, freezer):
    if wire not in sandbox.accounts:
        pytest.skip("the sandbox has no such wire")
    entry = await set_up(hass, sandbox, wire)
    account = sandbox.accounts[wire][0]
    info = PROVIDERS[account.provider].in_dialect(account.dialect)
    result = await start_reauth(hass, entry)
    assert result["step_id"] == accounts.step_id("reauth", info)
    asked = {name for name in account.credentials if name != "account"}
    assert asked <= set(fields(result))
    assert "account" not in fields(result)
    secret = {field.name for field in info.credentials if field.secret}
    shown = suggested(result)
    assert all(not shown[name] for name in secret)
    assert all(shown[name] == account.credentials[name] for name in asked - secret)

    good = {name: account.credentials[name] for name in asked}
    result = await go_on(hass, result, good | dict.fromkeys(asked & secret, "wrong"))
    assert result["errors"] == {"base": "invalid_auth"}
    # Some providers block logins for a few seconds after a wrong password.
    freezer.tick(60)
    result = await go_on(hass, result, good)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert {name: entry.data["credentials"][name] for name in account.credentials} == account.credentials
    await unload(hass)


async def test_an_optional_secret_left_empty_in_a_reauthentication_is_removed(hass, sandbox):
    sandbox.wires["simotel"].change("auth", "both")
    entry = await set_up(hass, sandbox, "simotel")
    sandbox.wires["simotel"].change("auth", "basic")
    credentials = sandbox.accounts["simotel"][0].credentials
    result = await start_reauth(hass, entry)
    result = await go_on(hass, result, {name: credentials[name] for name in ("username", "password")})
    assert result["reason"] == "reauth_successful"
    assert "api_key" not in entry.data["credentials"]
    await unload(hass)


async def test_new_credentials_are_tried_before_they_are_stored(hass, sandbox, loaded):
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


async def test_credentials_of_another_account_are_rejected(hass, sandbox, loaded):
    before = dict(loaded.data)
    result = await loaded.start_reauth_flow(hass)
    result = await go_on(hass, result, {"token": sandbox.accounts["telefonchy"][1].credentials["token"]})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert loaded.data == before


# Reconfiguration


async def test_the_address_can_be_changed_without_the_token(hass, sandbox, loaded):
    token = loaded.data["credentials"]["token"]
    result = await loaded.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure_telefonchy"

    result = await go_on(hass, result, {"advanced": {"base_url": CLOSED}})
    assert result["errors"] == {"advanced": "cannot_connect_try"}

    address = sandbox.accounts["telefonchy"][0].base_url + "/"
    result = await go_on(hass, result, {"advanced": {"base_url": address}})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert loaded.data["base_url"] == address
    assert loaded.data["credentials"] == {"token": token}


async def test_an_account_can_not_be_reconfigured_to_another(hass, sandbox, loaded):
    result = await loaded.start_reconfigure_flow(hass)
    result = await go_on(hass, result, filled(sandbox, 1))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")


@pytest.mark.parametrize("wire", WIRES)
async def test_each_provider_can_be_reconfigured_without_its_secrets(hass, sandbox, wire):
    if wire not in sandbox.accounts:
        pytest.skip("the sandbox has no such wire")
    entry = await set_up(hass, sandbox, wire)
    before = dict(entry.data)
    account = sandbox.accounts[wire][0]
    info = PROVIDERS[account.provider].in_dialect(account.dialect)
    result = await start_reconfigure(hass, entry)
    assert result["step_id"] == accounts.step_id("reconfigure", info)
    shown = suggested(result)
    address = {"base_url": account.base_url}
    if not info.base_url:
        assert shown["base_url"] == account.base_url
    plain = {field.name: shown[field.name] for field in info.credentials if not field.secret and shown.get(field.name)}
    result = await go_on(hass, result, plain | ({"advanced": address} if info.base_url else address))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert dict(entry.data) == before
    assert entry.state is ConfigEntryState.LOADED
    await unload(hass)


def test_clearing_an_optional_username_removes_its_password():
    simotel, api = PROVIDERS["simotel"], PROVIDERS["mor"].in_dialect("api")
    before = {"username": "pbx", "password": "old", "api_key": "key", "context": "main"}
    assert accounts.changed_credentials(simotel, before, {"context": "other"}) == {"api_key": "key", "context": "other"}
    assert accounts.changed_credentials(simotel, before, {"username": "other"}) == {
        "username": "other",
        "password": "old",
        "api_key": "key",
    }
    # A required username can't be cleared, so its password is kept.
    before = {"username": "user", "password": "old", "api_key": "key"}
    assert accounts.changed_credentials(api, before, {}) == {"password": "old", "api_key": "key"}


async def test_simotel_can_be_reconfigured_to_the_api_key_only(hass, socket_enabled, now):
    async with Sandbox(seed=7, calls=60, days=4, now=now, switches={"simotel": {"auth": "key"}}) as sandbox:
        entry = await set_up(hass, sandbox, "simotel")
        assert {"username", "password", "api_key"} <= set(entry.data["credentials"])
        account = sandbox.accounts["simotel"][0]
        given = {"base_url": account.base_url, "api_key": account.credentials["api_key"]}
        result = await go_on(hass, await start_reconfigure(hass, entry), given)
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
        assert not {"username", "password"} & set(entry.data["credentials"])
        assert entry.data["credentials"]["api_key"] == account.credentials["api_key"]
        assert entry.state is ConfigEntryState.LOADED
        await unload(hass)


async def test_a_server_with_a_new_address_is_the_same_account(hass, sandbox, now):
    entry = await set_up(hass, sandbox, "simotel")
    key, calls = entry.unique_id, entry.runtime_data.coordinator.data.today.calls
    async with Sandbox(seed=7, calls=800, days=21, now=now) as elsewhere:
        result = await start_reconfigure(hass, entry)
        result = await go_on(hass, result, filled(elsewhere, wire="simotel"))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
        assert entry.data["base_url"] == elsewhere.accounts["simotel"][0].base_url
        assert entry.state is ConfigEntryState.LOADED
        assert entry.unique_id == entry.runtime_data.account_key == key
        assert await entry.runtime_data.account.key() == key
        # Nothing was archived twice under another key.
        assert [archived.account for archived in entry.runtime_data.archive.accounts()] == [key]
        assert entry.runtime_data.coordinator.data.today.calls == calls
        await unload(hass)


async def test_the_server_of_another_account_is_rejected(hass, sandbox, now):
    entry = await set_up(hass, sandbox, "simotel")
    async with Sandbox(seed=8, calls=60, days=4, now=now) as elsewhere:
        await set_up(hass, elsewhere, "simotel")
        result = await start_reconfigure(hass, entry)
        result = await go_on(hass, result, filled(elsewhere, wire="simotel"))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
        await unload(hass)


async def test_another_user_of_a_server_is_another_account(hass, sandbox):
    entry = await set_up(hass, sandbox, "mor-api")
    result = await start_reconfigure(hass, entry)
    result = await go_on(hass, result, filled(sandbox, 1, "mor-api"))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    await unload(hass)


async def test_a_provider_is_imported_outside_the_event_loop(hass, sandbox, monkeypatch):
    loaded: list[Any] = []
    real = hass.async_add_import_executor_job

    def note(target: Any, *args: Any) -> Any:
        loaded.append(target)
        return real(target, *args)

    monkeypatch.setattr(hass, "async_add_import_executor_job", note)
    entry = await set_up(hass, sandbox, "voip24h-v3")
    room = PROVIDERS["voip24h"].in_dialect("v3").load
    # Once by the form and once by the setup of the entry.
    assert loaded.count(room) == 2
    await hass.config_entries.async_reload(entry.entry_id)
    assert loaded.count(room) == loaded.count(identity._load_region) == 3
    await unload(hass)


# Entries of other versions


async def test_an_entry_without_a_dialect_uses_the_default(hass, sandbox):
    entry = make_entry(sandbox)
    assert "dialect" not in entry.data
    described = [identity.provider_info(found).dialect for found in (entry, older("voip24h"), older("mor"))]
    assert described == ["", "partner", "pages"]


def older(provider: str) -> MockConfigEntry:
    return MockConfigEntry(
        domain=DOMAIN, data={"provider": provider, "credentials": {}, "base_url": "http://192.0.2.1"}
    )


async def test_an_entry_of_an_unknown_provider_waits_for_the_integration_that_adds_it(hass):
    entry = older("carrier-pigeon")
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "provider_not_installed"
    assert config_flow.TrunklineConfigFlow.async_get_supported_subentry_types(entry) == {}
    for flow in (start_reconfigure(hass, entry), start_reauth(hass, entry), options_form(hass, entry)):
        result = await flow
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "provider_not_installed")
        assert result["description_placeholders"] == {"account": entry.title, "provider": "carrier-pigeon"}
    await hass.config_entries.async_remove(entry.entry_id)


# Options


async def options_form(hass: HomeAssistant, entry: Any) -> Any:
    return await hass.config_entries.options.async_init(entry.entry_id)


async def test_a_provider_without_push_shows_no_webhook_address(hass, sandbox):
    entry = await set_up(hass, sandbox, "voipano")
    result = await options_form(hass, entry)
    assert result["step_id"] == "polled"
    assert set(fields(result)) == {
        "poll_interval",
        "calls_per_hour",
        "show_in_dashboard",
        "admins_only",
        "mask_numbers",
        "contacts",
        "assist",
        *(("display_currency",) if has_credit(entry) else ()),
    }
    hass.config_entries.async_update_entry(entry, options={"low_credit": 7})
    result = await options_form(hass, entry)
    result = await hass.config_entries.options.async_configure(result["flow_id"], {"poll_interval": 60.0})
    await hass.async_block_till_done(wait_background_tasks=True)
    # Options that aren't in the form are kept.
    assert (entry.options["low_credit"], entry.options["poll_interval"]) == (7, 60)
    await unload(hass)


async def test_what_a_phone_system_sends_with_calls_is_stored_without_what_nobody_sees(hass, sandbox):
    entry = await set_up(hass, sandbox, "simotel")
    result = await options_form(hass, entry)
    given = {"push_username": " pbx\u200e", "push_password": "two words \n"}
    await hass.config_entries.options.async_configure(result["flow_id"], given)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (entry.options["push_username"], entry.options["push_password"]) == ("pbx", "two words")
    result = await options_form(hass, entry)
    await hass.config_entries.options.async_configure(result["flow_id"], {"push_username": " "})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not {"push_username", "push_password"} & entry.options.keys()
    await unload(hass)


def has_credit(entry: Any) -> bool:
    return any(data.trunk.credit for data in entry.runtime_data.coordinator.data.trunks.values())


async def test_the_options_of_an_account_in_euro_take_cents(hass, sandbox):
    entry = await set_up(hass, sandbox, "mor-api")
    result = await options_form(hass, entry)
    assert result["description_placeholders"]["currency"] == "EUR"
    assert "display_currency" not in fields(result)
    given = {"low_credit": 12.5, "poll_interval": 90.0}
    result = await hass.config_entries.options.async_configure(result["flow_id"], given)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (entry.options["low_credit"], entry.options["poll_interval"]) == (12.5, 90)
    await unload(hass)


async def test_the_amount_of_low_credit_can_be_kept_and_removed(hass, sandbox, setup: Setup):
    entry = await setup(make_entry(sandbox, options={"low_credit": 1234}))
    result = await options_form(hass, entry)
    (field,) = (key for key in result["data_schema"].schema if str(key) == "low_credit")
    assert field.description == {"suggested_value": 1234}
    await hass.config_entries.options.async_configure(result["flow_id"], {"low_credit": 1234, "low_credit_days": 3.0})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (entry.options["low_credit"], entry.options["low_credit_days"]) == (1234, 3)
    result = await options_form(hass, entry)
    await hass.config_entries.options.async_configure(result["flow_id"], {"low_credit_days": 3.0})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "low_credit" not in entry.options


async def test_options_can_be_changed_while_the_provider_is_down(hass, sandbox, entry, setup: Setup):
    sandbox.faults.add("status", code=503)
    await setup(entry)
    result = await options_form(hass, entry)
    assert {"low_credit", "low_credit_days", "display_currency"} <= set(fields(result))


async def test_options_are_stored_as_integers_and_the_account_is_reloaded(hass, loaded):
    coordinator = loaded.runtime_data
    result = await hass.config_entries.options.async_init(loaded.entry_id)
    assert (result["step_id"], result["description_placeholders"]) == (
        "init",
        {"currency": "IRR", "push_url": "—"},
    )
    given = {"poll_interval": 300.0, "calls_per_hour": 3.0, "low_credit": 250000.0}
    result = await hass.config_entries.options.async_configure(result["flow_id"], given | {"display_currency": "toman"})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded.options == {
        "poll_interval": 300,
        "calls_per_hour": 3,
        "low_credit": 250000,
        "low_credit_days": 7,
        "display_currency": "toman",
        "show_in_dashboard": True,
        "admins_only": False,
        "mask_numbers": False,
        "assist": True,
    }
    assert loaded.runtime_data is not coordinator
    assert loaded.runtime_data.coordinator.update_interval.total_seconds() == 300
    assert loaded.runtime_data.call_limit.limit == 3


def option_names(info: ProviderInfo, currency: str, *, credit: bool) -> set[str]:
    return {str(key) for key in options.options_schema(info, currency=currency, has_credit=credit).schema}


def test_the_options_are_those_that_apply_to_the_provider():
    always = {"poll_interval", "calls_per_hour", "show_in_dashboard", "admins_only", "mask_numbers", "assist"}
    telefonchy, mor = PROVIDERS["telefonchy"], PROVIDERS["mor"]
    money = {"low_credit", "low_credit_days"}
    assert option_names(telefonchy, "IRR", credit=True) == always | money | {"display_currency"}
    assert option_names(mor, "EUR", credit=True) == always | money
    assert option_names(PROVIDERS["voip24h"], "VND", credit=False) == always
    assert option_names(PROVIDERS["voipano"], "IRR", credit=False) == always
    assert option_names(PROVIDERS["simotel"], "IRR", credit=False) == always | {"push_username", "push_password"}


@pytest.mark.parametrize(("currency", "step"), [("IRR", 1), ("VND", 1), ("EUR", 0.01)])
def test_the_amount_of_low_credit_is_optional_and_in_the_currency(currency, step):
    schema = options.options_schema(PROVIDERS["mor"], currency=currency, has_credit=True)
    key, selector = next((key, value) for key, value in schema.schema.items() if str(key) == "low_credit")
    assert isinstance(key, vol.Optional)
    assert key.default is vol.UNDEFINED
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


async def test_a_speed_dial_lists_the_extensions_and_stores_ascii_digits(hass, sandbox, loaded):
    result = await add_dial(hass, loaded)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "user")
    field = next(value for key, value in result["data_schema"].schema.items() if str(key) == "from")
    offered = {option["value"] for option in field.config["options"]}
    assert offered == set(sandbox.accounts["telefonchy"][0].extensions)

    extension = min(offered)
    bad = {"name": " ", "from": "the front desk", "to": ""}
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], bad)
    assert result["errors"] == {"name": "empty_name", "from": "invalid_number", "to": "invalid_number"}

    good = {"name": " Workshop ", "from": extension, "to": "\u200e۰۲۱ ۵۵۵۰-۰۰۰۹"}
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


async def test_two_accounts_have_different_unique_ids(sandbox):
    assert make_entry(sandbox, 0).unique_id != make_entry(sandbox, 1).unique_id
