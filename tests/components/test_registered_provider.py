"""A provider that another integration registers: it is added, reauthenticated and reconfigured in the generic forms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component

from custom_components.trunkline.system_health import async_info
from trunkline.providers import PROVIDERS, CredentialField, register
from trunkline.providers.registry import unregister

from .conftest import DOMAIN
from .flows import accept_name, fields, go_on, start, start_reauth, start_reconfigure, suggested, unload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant

    from trunkline.providers import ProviderInfo
    from trunkline.sandbox import Sandbox

TOKEN = CredentialField(name="token", label="Token", help="From the panel.")
ACCOUNT = CredentialField(
    name="account", label="Account name", help="Your choice.", secret=False, required=False, is_account_name=True
)


@pytest.fixture
async def registered(hass: HomeAssistant) -> ProviderInfo:
    """Register a provider after Trunkline was loaded. It has the interface of Telefonchy on a server of the user."""
    assert await async_setup_component(hass, DOMAIN, {})
    info = replace(
        PROVIDERS["telefonchy"],
        provider_id="example_telecom",
        name="Example Telecom",
        base_url="",
        example_url="https://pbx.example.com/webservice/v1",
        help="Phone systems for shops.",
        documentation="https://example.com/docs",
    )
    register(info)
    return info


@pytest.fixture(autouse=True)
def without_registered_providers() -> Iterator[None]:
    before = set(PROVIDERS)
    yield
    for provider_id in set(PROVIDERS) - before:
        unregister(provider_id)


def entered(sandbox: Sandbox, which: int = 0) -> dict[str, Any]:
    account = sandbox.accounts["telefonchy"][which]
    return {"base_url": account.base_url, "token": account.credentials["token"]}


async def test_the_list_of_providers_shows_it_with_its_own_description(hass, registered):
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    listed = {option["value"]: option["label"] for option in fields_config(result, "provider")}
    assert listed["example_telecom"] == "Example Telecom: Phone systems for shops."


def fields_config(result: Any, name: str) -> list[dict[str, str]]:
    return next(selector for key, selector in result["data_schema"].schema.items() if str(key) == name).config[
        "options"
    ]


async def test_it_is_set_up_in_the_generic_form(hass, sandbox, registered):
    result = await start(hass, "example_telecom")
    assert (result["step_id"], set(fields(result))) == ("account", {"base_url", "token"})
    placeholders = result["description_placeholders"]
    assert (placeholders["help"], placeholders["documentation"]) == (registered.help, registered.documentation)

    result = await go_on(hass, result, entered(sandbox) | {"token": "wrong"})
    assert (result["step_id"], result["errors"]) == ("account", {"base": "invalid_auth"})
    result = await accept_name(hass, await go_on(hass, result, entered(sandbox)))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == f"example_telecom:{sandbox.accounts['telefonchy'][0].service_id}"
    assert await (await async_info(hass))["Reach Example Telecom"] == "ok"
    await unload(hass)


async def test_it_is_reauthenticated_in_the_generic_form(hass, sandbox, registered):
    result = await accept_name(hass, await go_on(hass, await start(hass, "example_telecom"), entered(sandbox)))
    entry = result["result"]
    result = await start_reauth(hass, entry)
    assert (result["step_id"], set(fields(result))) == ("reauth_confirm", {"token", "advanced"})

    result = await go_on(hass, result, {"token": "wrong"})
    assert (result["step_id"], result["errors"]) == ("reauth_confirm", {"base": "invalid_auth"})
    result = await go_on(hass, result, {"token": entered(sandbox)["token"]})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    await unload(hass)


async def test_it_is_reconfigured_in_the_generic_form(hass, sandbox, registered):
    result = await accept_name(hass, await go_on(hass, await start(hass, "example_telecom"), entered(sandbox)))
    entry = result["result"]
    result = await start_reconfigure(hass, entry)
    assert result["step_id"] == "reconfigure"
    assert suggested(result) == {"base_url": entered(sandbox)["base_url"], "token": None}

    result = await go_on(hass, result, {"base_url": sandbox.url})
    assert result["errors"] == {"base_url": "path_missing"}
    result = await go_on(hass, result, {"base_url": entered(sandbox)["base_url"] + "/"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert entry.data["base_url"].endswith("/")
    assert entry.data["credentials"] == {"token": entered(sandbox)["token"]}
    await unload(hass)


async def test_its_interfaces_are_listed_with_their_own_descriptions(hass, sandbox, registered):
    cloud = replace(
        registered,
        provider_id="example_cloud",
        base_url=registered.example_url,
        dialect="v2",
        dialect_name="Version 2",
        help="",
        credentials=(TOKEN, ACCOUNT),
    )
    register(replace(cloud, dialect="v1", dialect_name="", help="The old interface.", others=(cloud,)))
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await go_on(hass, result, {"provider": "example_cloud"})
    assert result["step_id"] == "dialect"
    assert {option["value"]: option["label"] for option in fields_config(result, "dialect")} == {
        "v1": "v1: The old interface.",
        "v2": "Version 2",
    }

    result = await go_on(hass, result, {"dialect": "v2"})
    assert (result["step_id"], set(fields(result))) == ("account", {"token", "account", "advanced"})
