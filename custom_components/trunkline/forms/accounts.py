"""The fields of the account forms, made from the provider's description, and the values entered in them.

The steps of a built-in provider have translations of their own, with its terms. A provider that another integration
registers uses the generic steps, which translate the usual credential names: `token`, `username`, `password`,
`api_key`, `base_url` and `account`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import voluptuous as vol
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from trunkline.errors import ConnectionFailedError, DataError, NotFoundError
from trunkline.providers import BUILT_IN, PROVIDERS

from ..const import CONF_ADVANCED, CONF_BASE_URL, CONF_DIALECT, CONF_PROVIDER
from .addresses import completed_address, is_address, is_own_address, stripped, suggested_address, with_ascii_digits
from .selectors import ADDRESS, SECRET, TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.errors import TrunklineError
    from trunkline.providers import CredentialField, ProviderInfo

type StepKind = Literal["account", "reauth", "reconfigure"]

# Home Assistant starts a reauthentication with the step `reauth`, which gets the entry's data instead of a form's.
_GENERIC_STEPS: dict[StepKind, str] = {
    "account": "account",
    "reauth": "reauth_confirm",
    "reconfigure": "reconfigure",
}
_USERNAME, _PASSWORD = "username", "password"


def built_in_dialects() -> list[ProviderInfo]:
    """Return the built-in providers, each dialect by itself."""
    return [info for provider_id in PROVIDERS if provider_id in BUILT_IN for info in PROVIDERS[provider_id].dialects]


def step_id(kind: StepKind, info: ProviderInfo) -> str:
    """Return the step in which accounts of this provider are added, reauthenticated or reconfigured."""
    if info.provider_id not in BUILT_IN:
        return _GENERIC_STEPS[kind]
    return "_".join(filter(None, (kind, info.provider_id, info.dialect)))


def provider_schema() -> vol.Schema:
    """Return the list of all registered providers. The translated label of a built-in one replaces the label here."""
    options = [SelectOptionDict(value=key, label=_label(info.name, info.help)) for key, info in PROVIDERS.items()]
    return vol.Schema({vol.Required(CONF_PROVIDER): _list(options, translation_key=CONF_PROVIDER)})


def dialect_schema(info: ProviderInfo) -> vol.Schema:
    """Return the list of a provider's dialects."""
    options = [
        SelectOptionDict(
            value=dialect_info.dialect,
            label=_label(dialect_info.dialect_name or dialect_info.dialect, dialect_info.help),
        )
        for dialect_info in info.dialects
    ]
    selector = _list(options, translation_key=f"{CONF_DIALECT}_{info.provider_id}")
    return vol.Schema({vol.Required(CONF_DIALECT, default=info.dialect): selector})


def _label(name: str, description: str) -> str:
    return f"{name}: {description}" if description else name


def _list(options: list[SelectOptionDict], *, translation_key: str) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST, translation_key=translation_key)
    )


def account_schema(info: ProviderInfo, *, expanded: bool = False) -> vol.Schema:
    """Return the fields of a new account. `expanded` opens the section with the address, if there is one."""
    credentials = _credentials(info.credentials)
    return vol.Schema({**_required_address(info), **credentials, **_advanced_address(info, expanded=expanded)})


def reauth_schema(info: ProviderInfo, *, expanded: bool = False) -> vol.Schema:
    """Return the fields for new credentials of an existing account, whose address is always in a section."""
    schema = vol.Schema({vol.Required(CONF_BASE_URL): ADDRESS})
    address = {vol.Optional(CONF_ADVANCED): section(schema, {"collapsed": not expanded})}
    return vol.Schema({**_credentials(_changeable(info)), **address})


def reconfigure_schema(info: ProviderInfo, *, expanded: bool = False) -> vol.Schema:
    """Return the fields that can be changed. An empty secret means that it stays unchanged."""
    credentials = _credentials(_changeable(info), keep_secrets=True)
    return vol.Schema({**_required_address(info), **credentials, **_advanced_address(info, expanded=expanded)})


def account_name_field(info: ProviderInfo) -> str | None:
    """Return the field in which the user names the account, for a provider that doesn't identify its accounts."""
    return next((field.name for field in info.credentials if field.is_account_name), None)


def _changeable(info: ProviderInfo) -> tuple[CredentialField, ...]:
    return tuple(field for field in info.credentials if not field.is_account_name)


def _credentials(fields: tuple[CredentialField, ...], *, keep_secrets: bool = False) -> dict[vol.Marker, Any]:
    schema: dict[vol.Marker, Any] = {}
    for field in fields:
        marker = vol.Required if field.required and not (field.secret and keep_secrets) else vol.Optional
        schema[marker(field.name, default=field.default or vol.UNDEFINED)] = SECRET if field.secret else TEXT
    return schema


def _required_address(info: ProviderInfo) -> dict[vol.Marker, Any]:
    return {} if info.base_url else {vol.Required(CONF_BASE_URL): ADDRESS}


def _advanced_address(info: ProviderInfo, *, expanded: bool) -> dict[vol.Marker, Any]:
    if not info.base_url:
        return {}
    schema = vol.Schema({vol.Required(CONF_BASE_URL, default=info.base_url): ADDRESS})
    return {vol.Required(CONF_ADVANCED): section(schema, {"collapsed": not expanded})}


def address_field(kind: StepKind, info: ProviderInfo) -> str:
    """Return where an error in the address is shown: at its field, or at the section that the field is in.

    Home Assistant shows no errors inside of a section.
    """
    return CONF_ADVANCED if info.base_url or kind == "reauth" else CONF_BASE_URL


def entered_address(user_input: Mapping[str, Any], current: str = "") -> str:
    """Return the address from a form, with or without an advanced section, or the `current` one if it has none."""
    address: str = user_input.get(CONF_ADVANCED, user_input).get(CONF_BASE_URL, current)
    return with_ascii_digits(stripped(address))


def entered_credentials(info: ProviderInfo, user_input: Mapping[str, Any]) -> dict[str, str]:
    """Return the credentials from a form, stripped and without empty ones."""
    values = {field.name: stripped(str(user_input.get(field.name) or "")) for field in info.credentials}
    return {name: value for name, value in values.items() if value}


def current_values(kind: StepKind, info: ProviderInfo, base_url: str, credentials: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of an existing account to show in a form, without secrets."""
    values = {
        field.name: credentials[field.name]
        for field in info.credentials
        if not field.secret and credentials.get(field.name)
    }
    address = {CONF_BASE_URL: base_url}
    in_section = address_field(kind, info) == CONF_ADVANCED
    return {**values, **({CONF_ADVANCED: address} if in_section else address)}


def renewed_credentials(info: ProviderInfo, current: Mapping[str, str], entered: Mapping[str, str]) -> dict[str, str]:
    """Return the credentials after a reauthentication: the entered ones, and the account name."""
    name_field = account_name_field(info)
    return {**{name: value for name, value in current.items() if name == name_field}, **entered}


def changed_credentials(info: ProviderInfo, current: Mapping[str, str], entered: Mapping[str, str]) -> dict[str, str]:
    """Return the credentials after a reconfiguration: empty secrets and the account name stay unchanged.

    If an optional username was cleared, its password is removed too.
    """
    kept = {field.name for field in info.credentials if field.secret or field.is_account_name}
    if _USERNAME not in entered and any(field.name == _USERNAME and not field.required for field in info.credentials):
        kept.discard(_PASSWORD)
    return {**{name: value for name, value in current.items() if name in kept}, **entered}


def input_errors(info: ProviderInfo, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the errors in the credentials that are found without a request; empty if they can be tried."""
    missing = {field.name: "missing" for field in info.credentials if field.required and field.name not in credentials}
    if missing:
        return missing
    secrets = [field for field in info.credentials if field.secret]
    if not secrets or any(field.required for field in secrets):
        return {}
    if not any(field.name in credentials for field in secrets):
        return {"base": "credentials_missing"}
    pair = {_USERNAME, _PASSWORD} <= {field.name for field in info.credentials}
    if pair and (_USERNAME in credentials) != (_PASSWORD in credentials):
        return {_PASSWORD if _USERNAME in credentials else _USERNAME: "missing_of_pair"}
    return {}


@dataclass(frozen=True, slots=True)
class AddressProblem:
    """What may be wrong with the address: the key of the error, and the address to try instead, if there is one."""

    key: str
    suggestion: str = ""


def address_problem(info: ProviderInfo, entered: str, error: TrunklineError | None = None) -> AddressProblem | None:
    """Return what may be wrong with an address, None if nothing is.

    Without an `error` only its form is checked; with the error of a request, what the error says of it.
    """
    if error is None:
        if is_address(entered):
            return None
        suggestion = completed_address(info, entered)
        return AddressProblem("address_incomplete", suggestion) if suggestion else AddressProblem("invalid_url")
    suggestion = suggested_address(info, entered, error)
    if isinstance(error, ConnectionFailedError):
        if suggestion:
            return AddressProblem("cannot_connect_try", suggestion)
        return AddressProblem("cannot_connect") if is_own_address(info, entered) else None
    if suggestion:
        return AddressProblem("path_missing", suggestion)
    unlike_provider = isinstance(error, NotFoundError | DataError) and is_own_address(info, entered)
    return AddressProblem("invalid_response") if unlike_provider else None
