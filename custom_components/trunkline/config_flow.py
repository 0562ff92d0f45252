"""Setting up an account in the user interface: provider, credentials tried by a real request, options, speed dials."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, override

import voluptuous as vol
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigFlow, ConfigSubentryFlow
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, SelectSelectorMode

from trunkline.errors import ConfigError, PermissionDeniedError, TrunklineError
from trunkline.model import Capability
from trunkline.numbers import dial_digits, is_dialable
from trunkline.providers import PROVIDERS, open_account
from trunkline.transport import Limits

from . import forms
from .account.identity import async_load_provider, known_key, provider_info
from .compat import OptionsFlowWithReload, reload_soon
from .const import (
    CONF_BASE_URL,
    CONF_CREDENTIALS,
    CONF_DIALECT,
    CONF_FROM,
    CONF_NAME,
    CONF_PROVIDER,
    CONF_TO,
    DOMAIN,
    LOGGER,
    SUBENTRY_SPEED_DIAL,
)
from .errors import form_error
from .push.addresses import async_push_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from homeassistant.config_entries import (
        ConfigEntry,
        ConfigFlowResult,
        OptionsFlow,
        SubentryFlowResult,
    )

    from trunkline.model import Identity
    from trunkline.providers import ProviderInfo

    from .runtime import TrunklineConfigEntry

    type Given = dict[str, Any] | None
    type Step = Callable[[TrunklineConfigFlow, Given], Awaitable[ConfigFlowResult]]

# A person waits in front of the form: say soon that it doesn't work, instead of trying for a minute.
FLOW_LIMITS = Limits(connect=5.0, total=15.0, attempts=2, patience=20.0)


class TrunklineConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up an account, and sets it right again.

    Each dialect of each provider has steps of its own (`account_…`, `reauth_…`, `reconfigure_…`, see `_add_steps`), so
    that each field is explained in the words of that provider.
    """

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Know no provider yet."""
        self._info: ProviderInfo = next(iter(PROVIDERS.values()))
        self._identity: Identity | None = None
        self._data: dict[str, Any] = {}
        self._hints: dict[str, str] = {}

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
            can_call = Capability.CLICK_TO_CALL in provider_info(config_entry).capabilities
        except ConfigError:
            can_call = False
        return {SUBENTRY_SPEED_DIAL: SpeedDialFlow} if can_call else {}

    # --- a new account ------------------------------------------------------------------------------------------------

    @override
    async def async_step_user(self, user_input: Given = None) -> ConfigFlowResult:
        """Choose the provider from a list that says what each can do."""
        if user_input is None:
            return self.async_show_form(step_id="user", data_schema=forms.provider_schema())
        self._info = PROVIDERS[user_input[CONF_PROVIDER]]
        return await (self.async_step_dialect() if self._info.others else self.async_account(self._info))

    async def async_step_dialect(self, user_input: Given = None) -> ConfigFlowResult:
        """Choose which of a provider's interfaces to use."""
        if user_input is not None:
            self._info = self._info.in_dialect(user_input[CONF_DIALECT])
            return await self.async_account(self._info)
        return self.async_show_form(
            step_id="dialect",
            data_schema=forms.dialect_schema(self._info),
            description_placeholders={"provider": self._info.name},
        )

    async def async_account(self, info: ProviderInfo, user_input: Given = None) -> ConfigFlowResult:
        """Ask for what this provider needs, and try it."""
        errors: dict[str, str] = {}
        if user_input is not None:
            base_url = forms.base_url_of(user_input)
            credentials = forms.given_credentials(info, user_input)
            errors = await self._try(info, base_url, credentials)
            if self._identity is not None:
                if forms.OWN_NAME in credentials and self._is_set_up():
                    errors = {forms.OWN_NAME: "name_taken"}
                else:
                    self._abort_if_unique_id_configured()
                    self._data = {
                        CONF_PROVIDER: info.provider_id,
                        CONF_DIALECT: info.dialect,
                        CONF_BASE_URL: base_url,
                        CONF_CREDENTIALS: credentials,
                    }
                    return await self.async_step_name()
        return self._form("account", info, forms.account_schema(info), _shown_again(info, user_input), errors)

    async def async_step_name(self, user_input: Given = None) -> ConfigFlowResult:
        """Propose the account's own name, which is what its devices and entities are called by."""
        own = self._identity.title if self._identity else self._info.name
        if user_input is not None:
            self._abort_if_unique_id_configured()
            return self.async_create_entry(
                title=user_input[CONF_NAME].strip() or own,
                data={**self._data, CONF_WEBHOOK_ID: webhook.async_generate_id()},
            )
        return self.async_show_form(
            step_id="name",
            data_schema=vol.Schema({vol.Required(CONF_NAME, default=own): forms.PLAIN}),
            description_placeholders={"provider": self._info.name, "account": own},
        )

    # --- an account that is there -------------------------------------------------------------------------------------

    async def async_step_reauth(self, _entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin when the provider refuses the credentials."""
        return await self.async_reauth(provider_info(self._get_reauth_entry()))

    async def async_reauth(self, info: ProviderInfo, user_input: Given = None) -> ConfigFlowResult:
        """Ask for new credentials of the same account."""
        entry = self._get_reauth_entry()
        before = entry.data[CONF_CREDENTIALS]
        shown = forms.as_given(info, "", before)
        errors: dict[str, str] = {}
        if user_input is not None:
            credentials = forms.renewed_credentials(before, forms.given_credentials(info, user_input))
            errors = await self._try(info, _base_url(entry, info), credentials, entry)
            if self._identity is not None:
                self._abort_if_unique_id_mismatch(reason="wrong_account")
                return self.async_update_reload_and_abort(entry, data_updates={CONF_CREDENTIALS: credentials})
            shown = _shown_again(info, user_input)
        return self._form("reauth", info, forms.reauth_schema(info), shown, errors, account=entry.title)

    async def async_step_reconfigure(self, user_input: Given = None) -> ConfigFlowResult:
        """Begin when a person wants to change an account."""
        return await self.async_reconfigure(provider_info(self._get_reconfigure_entry()), user_input)

    async def async_reconfigure(self, info: ProviderInfo, user_input: Given = None) -> ConfigFlowResult:
        """Change the credentials or the address; a secret that is left empty stays as it is."""
        entry = self._get_reconfigure_entry()
        before = entry.data[CONF_CREDENTIALS]
        shown = forms.as_given(info, _base_url(entry, info), before)
        errors: dict[str, str] = {}
        if user_input is not None:
            base_url = forms.base_url_of(user_input)
            credentials = forms.kept_credentials(info, before, forms.given_credentials(info, user_input))
            errors = await self._try(info, base_url, credentials, entry)
            if self._identity is not None:
                self._abort_if_unique_id_mismatch(reason="wrong_account")
                return self.async_update_reload_and_abort(
                    entry, data_updates={CONF_BASE_URL: base_url, CONF_CREDENTIALS: credentials}
                )
            shown = _shown_again(info, user_input)
        return self._form("reconfigure", info, forms.reconfigure_schema(info), shown, errors, account=entry.title)

    # --- what they share ----------------------------------------------------------------------------------------------

    def _form(
        self,
        kind: str,
        info: ProviderInfo,
        schema: vol.Schema,
        shown: Mapping[str, Any],
        errors: dict[str, str],
        *,
        account: str = "",
    ) -> ConfigFlowResult:
        names = {"provider": info.name, "account": account, "example_url": info.example_url or info.base_url}
        return self.async_show_form(
            step_id=f"{kind}_{forms.form_id(info)}",
            data_schema=self.add_suggested_values_to_schema(schema, shown),
            errors=errors,
            description_placeholders={**names, "address": "", "suggestion": "", "error": "", **self._hints},
        )

    def _is_set_up(self) -> bool:
        return self.unique_id in {entry.unique_id for entry in self._async_current_entries()}

    async def _try(
        self, info: ProviderInfo, base_url: str, credentials: dict[str, str], entry: ConfigEntry | None = None
    ) -> dict[str, str]:
        """Ask the provider whose account this is (it should be the entry's); return the form's errors."""
        self._identity = None
        self._hints = {}
        if mistakes := forms.mistake(info, base_url, credentials):
            return mistakes
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
                known = [one.unique_id for one in self._async_current_entries()]
                key = await known_key(account, known)
                identity = await account.identity()
                if entry is not None and key not in known and _same_login(info, entry, credentials):
                    # A server of one's own may have moved; nothing else tells one such server from another.
                    key = await known_key(account, [entry.unique_id], services=(), moved=True)
        except TrunklineError as error:
            LOGGER.debug("The account could not be read: %s", error)
            return self._explained(info, base_url, error)
        except Exception:  # noqa: BLE001  (a form that breaks helps nobody)
            LOGGER.exception("Unexpected error while an account was tried")
            return {"base": "unknown"}
        await self.async_set_unique_id(key)
        self._identity = identity
        return {}

    def _explained(self, info: ProviderInfo, base_url: str, error: TrunklineError) -> dict[str, str]:
        """Return the form's error, with what its text needs beside."""
        if isinstance(error, PermissionDeniedError) and error.address:
            self._hints = {"address": error.address}
            return {"base": "address_not_permitted"}
        self._hints = {"error": str(error)}
        if better := forms.better_address(info, base_url, error):
            self._hints = {"suggestion": better}
            return {forms.address_field(info): "path_missing"}
        return {"base": form_error(error)}


def _same_login(info: ProviderInfo, entry: ConfigEntry, credentials: Mapping[str, str]) -> bool:
    """Return whether what everybody must log in with, secrets apart, is what it was."""
    before = entry.data[CONF_CREDENTIALS]
    names = [one.name for one in info.credentials if one.required and not one.secret]
    return all(before.get(name) == credentials.get(name) for name in names)


def _base_url(entry: ConfigEntry, info: ProviderInfo) -> str:
    address: str = entry.data.get(CONF_BASE_URL) or info.base_url
    return address


def _shown_again(info: ProviderInfo, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what was given without the secrets."""
    secret = {one.name for one in info.credentials if one.secret}
    return {name: value for name, value in (given or {}).items() if name not in secret}


def _add_steps() -> None:
    """Give the flow its steps for each dialect of each provider: Home Assistant looks steps up by their names."""

    def step(kind: str, info: ProviderInfo) -> Step:
        async def run(flow: TrunklineConfigFlow, user_input: Given = None) -> ConfigFlowResult:
            result: ConfigFlowResult = await getattr(flow, f"async_{kind}")(info, user_input)
            return result

        return run

    for info in forms.every_form():
        for kind in ("account", "reauth", "reconfigure"):
            setattr(TrunklineConfigFlow, f"async_step_{kind}_{forms.form_id(info)}", step(kind, info))


_add_steps()


class TrunklineOptionsFlow(OptionsFlowWithReload):
    """How often to look, how many calls to allow, and when to warn: as far as the provider has such things."""

    async def async_step_init(self, user_input: Given = None) -> ConfigFlowResult:
        """Show the options of an account whose provider can push, with the address to push to."""
        info = provider_info(self.config_entry)
        if not info.capabilities & {Capability.PARSE_PUSH, Capability.PARSE_EVENT}:
            return await self.async_step_polled(user_input)
        return await self._async_step("init", info, user_input)

    async def async_step_polled(self, user_input: Given = None) -> ConfigFlowResult:
        """Show the options of an account that is polled only."""
        return await self._async_step("polled", provider_info(self.config_entry), user_input)

    async def _async_step(self, step_id: str, info: ProviderInfo, user_input: Given) -> ConfigFlowResult:
        entry: TrunklineConfigEntry = self.config_entry
        currency, credit = _money(entry, info)
        schema = forms.options_schema(info, currency=currency, credit=credit)
        if user_input is not None:
            # What isn't asked for just now, such as the limit of a credit that isn't told at the moment, stays.
            shown = {str(key) for key in schema.schema}
            hidden = {name: value for name, value in entry.options.items() if name not in shown}
            return self.async_create_entry(data={**hidden, **forms.whole(user_input)})
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, entry.options),
            description_placeholders={"currency": currency, "push_url": await async_push_url(self.hass, entry) or "—"},
        )


def _money(entry: TrunklineConfigEntry, info: ProviderInfo) -> tuple[str, bool]:
    """Return the account's currency, and whether it has a credit, as far as that is known just now."""
    runtime = getattr(entry, "runtime_data", None)
    if runtime is None:
        return info.currency, Capability.TRUNKS in info.capabilities
    data = runtime.coordinator.data
    return data.currency, any(trunk_data.trunk.credit is not None for trunk_data in data.trunks.values())


class SpeedDialFlow(ConfigSubentryFlow):
    """A number to call with one press: which telephone rings first, and whom it calls."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add a speed dial."""
        errors = _dial_errors(user_input)
        if user_input is not None and not errors:
            reload_soon(self.hass, self._get_entry())
            return self.async_create_entry(title=user_input[CONF_NAME], data=_dial(user_input))
        return self._form("user", user_input or {}, errors)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change a speed dial."""
        subentry = self._get_reconfigure_subentry()
        errors = _dial_errors(user_input)
        if user_input is not None and not errors:
            reload_soon(self.hass, self._get_entry())
            return self.async_update_and_abort(
                self._get_entry(), subentry, title=user_input[CONF_NAME], data=_dial(user_input)
            )
        return self._form("reconfigure", user_input or {**subentry.data, CONF_NAME: subentry.title}, errors)

    def _form(self, step_id: str, values: Mapping[str, Any], errors: dict[str, str]) -> SubentryFlowResult:
        schema = vol.Schema(
            {
                vol.Required(CONF_NAME): forms.PLAIN,
                vol.Required(CONF_FROM): SelectSelector(
                    SelectSelectorConfig(
                        options=self._extensions(), custom_value=True, mode=SelectSelectorMode.DROPDOWN
                    )
                ),
                vol.Required(CONF_TO): forms.PHONE,
            }
        )
        return self.async_show_form(
            step_id=step_id, data_schema=self.add_suggested_values_to_schema(schema, values), errors=errors
        )

    def _extensions(self) -> list[SelectOptionDict]:
        """Return the account's extensions, as far as they are known just now."""
        runtime = getattr(self._get_entry(), "runtime_data", None)
        if runtime is None:
            return []
        return [
            SelectOptionDict(value=one.number, label=f"{one.number} {one.name}" if one.name else one.number)
            for one in runtime.coordinator.data.extensions
        ]


def _dial(given: Mapping[str, Any]) -> dict[str, str]:
    return {field: _dialled(given[field]) for field in (CONF_FROM, CONF_TO)}


def _dialled(text: str) -> str:
    """Return a number as it is dialled, also where it was typed on a Persian keyboard."""
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in dial_digits(text))


def _dial_errors(given: Mapping[str, Any] | None) -> dict[str, str]:
    if given is None:
        return {}
    errors = {field: "invalid_number" for field in (CONF_FROM, CONF_TO) if not is_dialable(_dialled(given[field]))}
    if not given[CONF_NAME].strip():
        errors[CONF_NAME] = "empty_name"
    return errors
