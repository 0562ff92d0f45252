"""A wrong address in a form: what was entered stays, the address is in sight, and the one to try is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.data_entry_flow import FlowResultType

from custom_components.trunkline.forms import accounts
from custom_components.trunkline.forms.addresses import completed_address, is_address, suggested_address
from trunkline.errors import (
    AuthenticationError,
    ConnectionFailedError,
    DataError,
    NotFoundError,
    RateLimitedError,
)
from trunkline.providers import PROVIDERS

from .flows import accept_name, filled, go_on, set_up, start_reauth, start_reconfigure, start_wire, suggested, unload

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from trunkline.providers import ProviderInfo
    from trunkline.sandbox import Sandbox

# Nothing listens there.
CLOSED = "http://127.0.0.1:9"
TELEFONCHY, SIMOTEL, MOR = PROVIDERS["telefonchy"], PROVIDERS["simotel"], PROVIDERS["mor"]
MOR_API = MOR.in_dialect("api")


# Which address was meant


@pytest.mark.parametrize(
    ("info", "entered", "meant"),
    [
        (SIMOTEL, "192.168.1.10", "http://192.168.1.10/api/v4"),
        (SIMOTEL, "192.168.1.10:8080/", "http://192.168.1.10:8080/api/v4"),
        (SIMOTEL, "pbx.lan", "http://pbx.lan/api/v4"),
        (SIMOTEL, "https://pbx.example", "https://pbx.example/api/v4"),
        (SIMOTEL, "htp://pbx.lan", "http://pbx.lan/api/v4"),
        (SIMOTEL, "http:/pbx.lan/api/v4", "http://pbx.lan/api/v4"),
        (SIMOTEL, "ftp://pbx.lan", "http://pbx.lan/api/v4"),
        (SIMOTEL, "//pbx.lan", "http://pbx.lan/api/v4"),
        (SIMOTEL, "http://pbx.lan/api/v3", "http://pbx.lan/api/v4"),
        (SIMOTEL, "http://pbx.lan/proxy/api/v4/reports/cdr", "http://pbx.lan/proxy/api/v4"),
        (SIMOTEL, "http://pbx.lan/api/v45", "http://pbx.lan/api/v4"),
        (SIMOTEL, "http://me:secret@pbx.lan/api/v4?token=1#top", "http://pbx.lan/api/v4"),
        (SIMOTEL, "http://[::1]:8080", "http://[::1]:8080/api/v4"),
        (SIMOTEL, "http://pbx.lan/api/v4/", None),
        (SIMOTEL, "http://[::1", None),
        (SIMOTEL, "two words", None),
        (SIMOTEL, "", None),
        (MOR_API, "mor.example", "https://mor.example/billing/api"),
        (MOR, "https://mor.example/callc/login", "https://mor.example"),
        (MOR, "mor.example", "https://mor.example"),
        (TELEFONCHY, "panel.telefonchy.com", "https://panel.telefonchy.com/webservice/v1"),
        (TELEFONCHY, "https://panel.telefonchy.com/my/auth", "https://panel.telefonchy.com/webservice/v1"),
        (TELEFONCHY, "telefonchy", "https://panel.telefonchy.com/webservice/v1"),
        (TELEFONCHY, "not an address", "https://panel.telefonchy.com/webservice/v1"),
        (TELEFONCHY, "https://panel.telefonchy.com/webservice/v1", None),
    ],
)
def test_an_address_is_completed_with_scheme_and_path(info, entered, meant):
    assert completed_address(info, entered) == meant
    assert meant is None or is_address(meant)


@pytest.mark.parametrize(
    ("entered", "meant"),
    [
        ("http://192.168.1.10:۸۰۸۰/api/v4", "http://192.168.1.10:8080/api/v4"),
        ("http://۱۹۲.۱۶۸.۱.۱۰/api/v4", "http://192.168.1.10/api/v4"),
        ("\u200ehttp://192.168.1.10/api/v4\u202c ", "http://192.168.1.10/api/v4"),
        # A name may have such digits.
        ("http://پارس۱.ir:۸۰/۱", "http://پارس۱.ir:80/۱"),
        ("http://[fe80::1]:80/x", "http://[fe80::1]:80/x"),
    ],
)
def test_a_pasted_address_has_no_invisible_marks_and_the_digits_of_addresses(entered, meant):
    assert accounts.entered_address({"base_url": entered}) == meant


def test_a_pasted_secret_has_no_invisible_marks_around_it():
    token = "\ufeff\u200e a\u200cb \u200f\n"
    assert accounts.entered_credentials(TELEFONCHY, {"token": token}) == {"token": "a\u200cb"}


def test_nothing_is_known_of_the_path_of_a_provider_without_an_example():
    class Unknown:
        base_url = example_url = ""

    assert completed_address(Unknown, "pbx.example/some/path") == "https://pbx.example/some/path"


@pytest.mark.parametrize(
    ("info", "entered", "error", "suggestion"),
    [
        # The path is missing.
        (SIMOTEL, "http://pbx.lan", NotFoundError("no"), "http://pbx.lan/api/v4"),
        # A server that redirects to its login page.
        (SIMOTEL, "http://pbx.lan", ConnectionFailedError("no"), "http://pbx.lan/api/v4"),
        # Nothing is wrong with the form of the address.
        (SIMOTEL, "http://pbx.lan/api/v4", DataError("no"), None),
        (SIMOTEL, "http://pbx.lan/api/v4", ConnectionFailedError("no"), None),
        # The scheme may be wrong, but credentials aren't sent over the internet without encryption.
        (SIMOTEL, "https://192.168.1.10/api/v4", ConnectionFailedError("no"), "http://192.168.1.10/api/v4"),
        (SIMOTEL, "https://pbx/api/v4", ConnectionFailedError("no"), "http://pbx/api/v4"),
        (SIMOTEL, "https://pbx.lan/api/v4", ConnectionFailedError("no"), "http://pbx.lan/api/v4"),
        (SIMOTEL, "https://pbx.example/api/v4", ConnectionFailedError("no"), None),
        (SIMOTEL, "https://1.1.1.1/api/v4", ConnectionFailedError("no"), None),
        (MOR_API, "http://mor.example/billing/api", ConnectionFailedError("no"), "https://mor.example/billing/api"),
        # Another host than the provider's.
        (
            TELEFONCHY,
            "https://panel.telefonchi.com/webservice/v1",
            ConnectionFailedError("no"),
            "https://panel.telefonchy.com/webservice/v1",
        ),
        (TELEFONCHY, TELEFONCHY.base_url, ConnectionFailedError("no"), None),
        # These errors say nothing of the address.
        (SIMOTEL, "http://pbx.lan", AuthenticationError("no"), None),
        (SIMOTEL, "http://pbx.lan", RateLimitedError("no"), None),
    ],
)
def test_a_suggestion_depends_on_what_went_wrong(info, entered, error, suggestion):
    assert suggested_address(info, entered, error) == suggestion


def test_no_section_opens_while_the_internet_is_down():
    assert accounts.address_problem(TELEFONCHY, TELEFONCHY.base_url, ConnectionFailedError("no")) is None


# In the forms


def section_of(result: Any) -> Any:
    return next((value for key, value in result["data_schema"].schema.items() if str(key) == "advanced"), None)


def address_shown(result: Any) -> str:
    """Return the address that the form suggests, in its section or without one."""
    section = section_of(result)
    schema = section.schema.schema if section else result["data_schema"].schema
    return next(key.description["suggested_value"] for key in schema if str(key) == "base_url")


def with_address(values: dict[str, Any], address: str, *, in_section: bool) -> dict[str, Any]:
    plain = {name: value for name, value in values.items() if name not in {"advanced", "base_url"}}
    return plain | ({"advanced": {"base_url": address}} if in_section else {"base_url": address})


def info_of(sandbox: Sandbox, wire: str) -> ProviderInfo:
    account = sandbox.accounts[wire][0]
    return PROVIDERS[account.provider].in_dialect(account.dialect)


# What is typed without the path, for each kind of form: a built-in address in a section, and one that is asked for.
WIRES = {"telefonchy": "/webservice/v1", "voip24h-v3": "/v3", "simotel": "/api/v4", "mor-api": "/billing/api"}


async def open_form(hass: HomeAssistant, sandbox: Sandbox, wire: str, kind: str) -> tuple[Any, dict[str, Any]]:
    """Open the form, and return it with valid values for it."""
    values = filled(sandbox, wire=wire)
    if kind == "account":
        return await start_wire(hass, sandbox, wire), values
    entry = await set_up(hass, sandbox, wire)
    values.pop("account", None)
    return await {"reauth": start_reauth, "reconfigure": start_reconfigure}[kind](hass, entry), values


@pytest.mark.parametrize("kind", ["account", "reauth", "reconfigure"])
@pytest.mark.parametrize("wire", WIRES)
async def test_an_address_without_scheme_and_path_keeps_everything_else(hass, sandbox, wire, kind):
    result, values = await open_form(hass, sandbox, wire, kind)
    info = info_of(sandbox, wire)
    in_section = bool(info.base_url) or kind == "reauth"
    if in_section:
        assert section_of(result).options == {"collapsed": True}
    bare = sandbox.url.removeprefix("http://")
    requests = len(sandbox.requests)

    result = await go_on(hass, result, with_address(values, bare, in_section=in_section))
    field = "advanced" if in_section else "base_url"
    assert (result["type"], result["errors"]) == (FlowResultType.FORM, {field: "address_incomplete"})
    scheme = "http" if wire == "simotel" else "https"
    assert result["description_placeholders"]["suggestion"] == f"{scheme}://{bare}{WIRES[wire]}"
    assert len(sandbox.requests) == requests

    # All that was entered is still there, secrets included, and the address is in sight.
    shown = suggested(result)
    names = [field.name for field in info.credentials if field.name in values]
    assert {name: shown[name] for name in names} == {name: values[name] for name in names}
    assert address_shown(result) == bare
    assert not in_section or section_of(result).options == {"collapsed": False}

    right = sandbox.accounts[wire][0].base_url
    result = await go_on(hass, result, with_address(values, right, in_section=in_section))
    if kind == "account":
        result = await accept_name(hass, result)
        assert result["type"] is FlowResultType.CREATE_ENTRY
    else:
        assert result["reason"] == f"{kind}_successful"
    await unload(hass)


@pytest.mark.parametrize("kind", ["account", "reauth", "reconfigure"])
@pytest.mark.parametrize("wire", ["telefonchy", "simotel", "mor-api"])
async def test_the_suggested_address_works(hass, sandbox, wire, kind):
    """A user copies the address of one request instead of that of the service."""
    result, values = await open_form(hass, sandbox, wire, kind)
    in_section = bool(info_of(sandbox, wire).base_url) or kind == "reauth"
    right = sandbox.accounts[wire][0].base_url
    given = with_address(values, f"{right}/more/than/that", in_section=in_section)
    result = await go_on(hass, result, given)
    assert list(result["errors"].values()) == ["path_missing"]
    suggestion = result["description_placeholders"]["suggestion"]
    assert suggestion == right
    result = await go_on(hass, result, with_address(values, suggestion, in_section=in_section))
    if kind == "account":
        result = await accept_name(hass, result)
        assert result["type"] is FlowResultType.CREATE_ENTRY
    else:
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == f"{kind}_successful"
    await unload(hass)


async def test_a_server_that_can_not_be_reached_is_an_error_at_its_address(hass, sandbox):
    result = await start_wire(hass, sandbox, "simotel")
    given = filled(sandbox, wire="simotel") | {"base_url": f"{CLOSED}/api/v4"}
    result = await go_on(hass, result, given)
    assert result["errors"] == {"base_url": "cannot_connect"}
    assert suggested(result)["base_url"] == f"{CLOSED}/api/v4"


async def test_other_errors_leave_the_section_closed(hass, sandbox):
    sandbox.faults.add("expired_token")
    result = await go_on(hass, await start_wire(hass, sandbox, "telefonchy"), filled(sandbox))
    assert result["errors"] == {"base": "invalid_auth"}
    assert section_of(result).options == {"collapsed": True}
    assert address_shown(result) == sandbox.accounts["telefonchy"][0].base_url


async def test_a_server_that_moved_can_be_entered_while_credentials_are_renewed(hass, sandbox, loaded):
    moved = sandbox.accounts["telefonchy"][0].base_url + "/"
    token = loaded.data["credentials"]["token"]
    result = await start_reauth(hass, loaded)
    assert address_shown(result) == sandbox.accounts["telefonchy"][0].base_url
    result = await go_on(hass, result, {"token": token, "advanced": {"base_url": moved}})
    assert result["reason"] == "reauth_successful"
    assert loaded.data["base_url"] == moved


@pytest.mark.parametrize("kind", ["reauth", "reconfigure"])
async def test_stored_secrets_are_not_shown(hass, sandbox, kind):
    result, _ = await open_form(hass, sandbox, "simotel", kind)
    shown = suggested(result)
    assert (shown["password"], shown["api_key"]) == (None, None)
    assert shown["username"] == sandbox.accounts["simotel"][0].credentials["username"]
    await unload(hass)
