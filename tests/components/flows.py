"""Steps through the forms, as a user takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, SOURCE_USER, ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType

from trunkline.providers import PROVIDERS

from .conftest import DOMAIN

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from trunkline.sandbox import Sandbox

WIRES = ["telefonchy", "voipano", "voip24h", "voip24h-v3", "simotel", "mor", "mor-api"]


def filled(sandbox: Sandbox, which: int = 0, wire: str = "telefonchy", **more: Any) -> dict[str, Any]:
    """Return the input for an account of the sandbox."""
    account = sandbox.accounts[wire][which]
    address = {"base_url": account.base_url}
    info = PROVIDERS[account.provider].in_dialect(account.dialect)
    return {**account.credentials, **({"advanced": address} if info.base_url else address)} | more


async def start(hass: HomeAssistant, provider: str = "telefonchy", dialect: str = "") -> Any:
    """Start adding an account: select the provider and its dialect."""
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
    """Accept the default name, after valid credentials."""
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "name"), result
    return await go_on(hass, result, {})


def fields(result: Any) -> dict[str, Any]:
    return {str(key): key for key in result["data_schema"].schema}


def suggested(result: Any) -> dict[str, Any]:
    """Return the suggested values of a form."""
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


async def set_up(hass: HomeAssistant, sandbox: Sandbox, wire: str, which: int = 0, **more: Any) -> ConfigEntry:
    """Add an account of the sandbox by its forms, and return its entry."""
    account = sandbox.accounts[wire][which]
    result = await start(hass, account.provider, account.dialect)
    result = await accept_name(hass, await go_on(hass, result, filled(sandbox, which, wire, **more)))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry: ConfigEntry = result["result"]
    return entry


async def start_reauth(hass: HomeAssistant, entry: ConfigEntry) -> Any:
    """Start a reauthentication, as a poll with rejected credentials does."""
    context = {"source": SOURCE_REAUTH, "entry_id": entry.entry_id}
    return await hass.config_entries.flow.async_init(DOMAIN, context=context, data=entry.data)


async def start_reconfigure(hass: HomeAssistant, entry: ConfigEntry) -> Any:
    """Start a reconfiguration, as a user does."""
    context = {"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    return await hass.config_entries.flow.async_init(DOMAIN, context=context)
