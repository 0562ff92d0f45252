"""Adds, reauthenticates and reconfigures an account in the user interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, override

import voluptuous as vol
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigFlow
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from yarl import URL

from trunkline import inert
from trunkline.errors import ConfigError, PermissionDeniedError, TrunklineError
from trunkline.model import Capability
from trunkline.providers import PROVIDERS, open_account
from trunkline.transport import Limits

from .account.identity import async_load_provider, known_key, provider_info
from .account.naming import unused_title
from .account.providers import is_installed, provider_texts
from .const import (
    CONF_ACCOUNT_IN_NAMES,
    CONF_ADVANCED,
    CONF_BASE_URL,
    CONF_CREDENTIALS,
    CONF_DIALECT,
    CONF_NAME,
    CONF_PROVIDER,
    DOMAIN,
    LOGGER,
    SUBENTRY_SPEED_DIAL,
    SUBENTRY_VOICE_CODE,
)
from .errors import form_error, placeholders
from .forms import accounts, selectors
from .forms.options import TrunklineOptionsFlow
from .forms.speed_dials import SpeedDialFlow
from .forms.voice_codes import VoiceCodeFlow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from homeassistant.config_entries import (
        ConfigEntry,
        ConfigFlowResult,
        ConfigSubentryFlow,
        OptionsFlow,
    )

    from trunkline.model import Identity
    from trunkline.providers import ProviderInfo

    from .forms.accounts import AddressProblem, StepKind

    type UserInput = dict[str, Any] | None
    type Step = Callable[[TrunklineConfigFlow, UserInput], Awaitable[ConfigFlowResult]]

# A person waits for the form: report a failure after seconds instead of a minute.
FLOW_LIMITS = Limits(connect=5.0, total=15.0, attempts=2, patience=20.0)


class TrunklineConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds an account and changes an existing one.

    Each dialect of a built-in provider has its own steps (`account_…`, `reauth_…`, `reconfigure_…`, see
    `_add_built_in_steps`), so that its fields are described in its own terms. The accounts of all other providers use
    the generic steps.
    """

    VERSION = 1
    MINOR_VERSION = 1

    _info: ProviderInfo
    """The provider of the account that is being added, in the chosen dialect."""

    def __init__(self) -> None:
        """Start without an account."""
        self._identity: Identity | None = None
        self._entry_data: dict[str, Any] = {}
        self._error_details: dict[str, str] = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        return TrunklineOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        try:
            capabilities = provider_info(config_entry).capabilities
        except ConfigError:
            return {}
        flows: dict[str, type[ConfigSubentryFlow]] = {}
        if Capability.CLICK_TO_CALL in capabilities:
            flows[SUBENTRY_SPEED_DIAL] = SpeedDialFlow
        if Capability.PARSE_ROUTE_REQUEST in capabilities:
            flows[SUBENTRY_VOICE_CODE] = VoiceCodeFlow
        return flows

    # --- a new account ------------------------------------------------------------------------------------------------

    @override
    async def async_step_user(self, user_input: UserInput = None) -> ConfigFlowResult:
        """Choose the provider."""
        if user_input is None:
            return self.async_show_form(step_id="user", data_schema=accounts.provider_schema())
        self._info = PROVIDERS[user_input[CONF_PROVIDER]]
        return await (self.async_step_dialect() if self._info.others else self.async_account(self._info))

    async def async_step_dialect(self, user_input: UserInput = None) -> ConfigFlowResult:
        """Choose one of the provider's interfaces."""
        if user_input is not None:
            self._info = self._info.in_dialect(user_input[CONF_DIALECT])
            return await self.async_account(self._info)
        return self.async_show_form(
            step_id="dialect",
            data_schema=accounts.dialect_schema(self._info),
            description_placeholders={"provider": self._info.name},
        )

    async def async_step_account(self, user_input: UserInput = None) -> ConfigFlowResult:
        """Enter the credentials of a provider without steps of its own."""
        return await self.async_account(self._info, user_input)

    async def async_account(self, info: ProviderInfo, user_input: UserInput = None) -> ConfigFlowResult:
        """Enter the credentials, and try them."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._info = info
            base_url = accounts.entered_address(user_input)
            credentials = accounts.entered_credentials(info, user_input)
            errors = await self._async_try("account", info, base_url, credentials)
            if self._identity is not None:
                name_field = accounts.account_name_field(info)
                if name_field in credentials and self._is_configured():
                    errors = {name_field: "name_taken"}
                else:
                    self._abort_if_unique_id_configured()
                    self._entry_data = {
                        CONF_PROVIDER: info.provider_id,
                        CONF_DIALECT: info.dialect,
                        CONF_BASE_URL: base_url,
                        CONF_CREDENTIALS: credentials,
                    }
                    return await self.async_step_name()
        return self._form("account", info, user_input or {}, errors)

    async def async_step_name(self, user_input: UserInput = None) -> ConfigFlowResult:
        """Choose the name of the entry; the default is the account's name at the provider, if no other has it."""
        own = inert.plain(self._identity.title if self._identity else self._info.name)
        account_id = self._identity.account_id if self._identity else ""
        details = _details(self._info, self._entry_data[CONF_BASE_URL], account_id)
        default = inert.plain(unused_title(own, details, self._taken_titles()))
        if user_input is not None:
            self._abort_if_unique_id_configured()
            return self.async_create_entry(
                title=user_input[CONF_NAME].strip() or default,
                data={
                    **self._entry_data,
                    CONF_ACCOUNT_IN_NAMES: True,
                    CONF_WEBHOOK_ID: webhook.async_generate_id(),
                },
            )
        return self.async_show_form(
            step_id="name",
            data_schema=vol.Schema({vol.Required(CONF_NAME, default=default): selectors.TEXT}),
            description_placeholders={"provider": self._info.name, "account": own},
        )

    # --- an existing account ------------------------------------------------------------------------------------------

    async def async_step_reauth(self, _entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start when the provider no longer accepts the credentials."""
        entry = self._get_reauth_entry()
        return self._not_installed(entry) or await self.async_reauth(provider_info(entry))

    async def async_step_reauth_confirm(self, user_input: UserInput = None) -> ConfigFlowResult:
        """Enter new credentials of a provider without steps of its own."""
        return await self.async_reauth(provider_info(self._get_reauth_entry()), user_input)

    async def async_reauth(self, info: ProviderInfo, user_input: UserInput = None) -> ConfigFlowResult:
        """Enter new credentials for the same account."""
        entry = self._get_reauth_entry()
        current = entry.data[CONF_CREDENTIALS]
        values = accounts.current_values("reauth", info, _base_url(entry, info), current)
        errors: dict[str, str] = {}
        if user_input is not None:
            base_url = accounts.entered_address(user_input, _base_url(entry, info))
            entered = accounts.entered_credentials(info, user_input)
            credentials = accounts.renewed_credentials(info, current, entered)
            errors = await self._async_try("reauth", info, base_url, credentials, entry)
            if self._identity is not None:
                self._abort_if_unique_id_mismatch(reason="wrong_account")
                return self.async_update_reload_and_abort(
                    entry, data_updates={CONF_BASE_URL: base_url, CONF_CREDENTIALS: credentials}
                )
            values = user_input
        return self._form("reauth", info, values, errors, account=entry.title)

    async def async_step_reconfigure(self, user_input: UserInput = None) -> ConfigFlowResult:
        """Start when the user reconfigures an account; also the form of a provider without steps of its own."""
        entry = self._get_reconfigure_entry()
        return self._not_installed(entry) or await self.async_reconfigure(provider_info(entry), user_input)

    async def async_reconfigure(self, info: ProviderInfo, user_input: UserInput = None) -> ConfigFlowResult:
        """Change the credentials or the address; empty secrets stay unchanged."""
        entry = self._get_reconfigure_entry()
        current = entry.data[CONF_CREDENTIALS]
        values = accounts.current_values("reconfigure", info, _base_url(entry, info), current)
        errors: dict[str, str] = {}
        if user_input is not None:
            base_url = accounts.entered_address(user_input)
            entered = accounts.entered_credentials(info, user_input)
            credentials = accounts.changed_credentials(info, current, entered)
            errors = await self._async_try("reconfigure", info, base_url, credentials, entry)
            if self._identity is not None:
                self._abort_if_unique_id_mismatch(reason="wrong_account")
                return self.async_update_reload_and_abort(
                    entry, data_updates={CONF_BASE_URL: base_url, CONF_CREDENTIALS: credentials}
                )
            values = user_input
        return self._form("reconfigure", info, values, errors, account=entry.title)

    def _not_installed(self, entry: ConfigEntry) -> ConfigFlowResult | None:
        """Return how the flow ends if nobody knows the provider of an account; None if it is known."""
        if is_installed(entry):
            return None
        return self.async_abort(reason="provider_not_installed", description_placeholders=provider_texts(entry))

    # --- for all of them ----------------------------------------------------------------------------------------------

    def _form(
        self,
        kind: StepKind,
        info: ProviderInfo,
        values: Mapping[str, Any],
        errors: dict[str, str],
        *,
        account: str = "",
    ) -> ConfigFlowResult:
        """Show a form again with everything that was entered in it, secrets included, or for the first time.

        The section with the address is open if an error concerns it.
        """
        schema = _SCHEMAS[kind](info, expanded=CONF_ADVANCED in errors)
        placeholders = {
            "provider": info.name,
            "account": inert.plain(account),
            "example_url": info.example_url or info.base_url,
            "help": info.help,
            "documentation": info.documentation,
            "address": "",
            "suggestion": "",
            "error": "",
        }
        return self.async_show_form(
            step_id=accounts.step_id(kind, info),
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors=errors,
            description_placeholders={**placeholders, **self._error_details},
        )

    def _taken_titles(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return the titles of all accounts, each with the details that may distinguish it from the new one."""
        return [(entry.title, _details_of(entry)) for entry in self._async_current_entries()]

    def _is_configured(self) -> bool:
        return self.unique_id in {entry.unique_id for entry in self._async_current_entries()}

    async def _async_try(
        self,
        kind: StepKind,
        info: ProviderInfo,
        base_url: str,
        credentials: dict[str, str],
        entry: ConfigEntry | None = None,
    ) -> dict[str, str]:
        """Read the account's identity from the provider, and return the errors of the form.

        Without errors, the identity and the unique id of the flow are set. For an existing `entry` its unique id is
        kept if the account is the same.
        """
        self._identity = None
        self._error_details = {}
        errors = accounts.input_errors(info, credentials)
        if wrong := accounts.address_problem(info, base_url):
            errors |= self._address_errors(kind, info, wrong)
        if errors:
            return errors
        try:
            await async_load_provider(self.hass, info)
            async with open_account(
                info.provider_id,
                base_url=base_url,
                session=async_get_clientsession(self.hass),
                limits=FLOW_LIMITS,
                dialect=info.dialect,
                **credentials,
            ) as account:
                own = None if entry is None else entry.unique_id
                # The last one that fits: credentials may reach several accounts, and are meant for this one.
                known = sorted((each.unique_id for each in self._async_current_entries()), key=lambda each: each == own)
                key = await known_key(account, known)
                identity = await account.identity()
                if entry is not None and key not in known and _same_login(info, entry, credentials):
                    # A self-hosted server may have moved, and its accounts may be known only by its address.
                    key = await known_key(account, [entry.unique_id], services=(), moved=True)
        except TrunklineError as error:
            LOGGER.debug("The account could not be read: %s", error)
            return self._errors(kind, info, base_url, error)
        except Exception:  # noqa: BLE001  (the form must stay usable)
            LOGGER.exception("Unexpected error while the credentials of a %s account were tried", info.name)
            return {"base": "unknown"}
        await self.async_set_unique_id(key)
        self._identity = identity
        return {}

    def _errors(self, kind: StepKind, info: ProviderInfo, base_url: str, error: TrunklineError) -> dict[str, str]:
        """Return the errors of the form, and keep the details that their texts need."""
        if isinstance(error, PermissionDeniedError) and error.address:
            self._error_details = placeholders(address=error.address)
            return {"base": "address_not_permitted"}
        self._error_details = placeholders(error=str(error))
        if wrong := accounts.address_problem(info, base_url, error):
            return self._address_errors(kind, info, wrong)
        return {"base": form_error(error)}

    def _address_errors(self, kind: StepKind, info: ProviderInfo, wrong: AddressProblem) -> dict[str, str]:
        self._error_details["suggestion"] = wrong.suggestion
        return {accounts.address_field(kind, info): wrong.key}


_SCHEMAS: Final = {
    "account": accounts.account_schema,
    "reauth": accounts.reauth_schema,
    "reconfigure": accounts.reconfigure_schema,
}


def _same_login(info: ProviderInfo, entry: ConfigEntry, credentials: Mapping[str, str]) -> bool:
    """Return whether all required credentials that aren't secret are unchanged."""
    current = entry.data[CONF_CREDENTIALS]
    names = [field.name for field in info.credentials if field.required and not field.secret]
    return all(current.get(name) == credentials.get(name) for name in names)


def _details_of(entry: ConfigEntry) -> tuple[str, ...]:
    """Return the details of an account; none are known while its provider isn't installed."""
    try:
        info = provider_info(entry)
    except ConfigError:
        return ("", "", "")
    return _details(info, _base_url(entry, info), (entry.unique_id or "").partition(":")[2])


def _details(info: ProviderInfo, base_url: str, account_id: str) -> tuple[str, ...]:
    """Return what tells accounts of a provider apart: the interface, the server, the id at the provider."""
    host = URL(base_url).host or ""
    is_plain = account_id.isalnum()
    return (info.dialect_name, "" if info.base_url else host, account_id if is_plain else "")


def _base_url(entry: ConfigEntry, info: ProviderInfo) -> str:
    address: str = entry.data.get(CONF_BASE_URL) or info.base_url
    return address


def _add_built_in_steps() -> None:
    """Add the steps of each dialect of each built-in provider; Home Assistant finds steps by method name."""

    def step(kind: StepKind, info: ProviderInfo) -> Step:
        async def run(flow: TrunklineConfigFlow, user_input: UserInput = None) -> ConfigFlowResult:
            result: ConfigFlowResult = await getattr(flow, f"async_{kind}")(info, user_input)
            return result

        return run

    kinds: tuple[StepKind, ...] = ("account", "reauth", "reconfigure")
    for info in accounts.built_in_dialects():
        for kind in kinds:
            setattr(TrunklineConfigFlow, f"async_step_{accounts.step_id(kind, info)}", step(kind, info))


_add_built_in_steps()
