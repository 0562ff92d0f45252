"""Setting up an account in the user interface: credentials tried by a real request, options, and speed dials."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, override

import voluptuous as vol
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigFlow, ConfigSubentryFlow
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from trunkline.errors import TrunklineError
from trunkline.numbers import dial_digits, is_dialable
from trunkline.providers import PROVIDERS, ProviderInfo, open_account
from trunkline.transport import Limits

from .compat import OptionsFlowWithReload, reload_soon
from .const import (
    CONF_ADVANCED,
    CONF_BASE_URL,
    CONF_CALLS_PER_HOUR,
    CONF_CREDENTIALS,
    CONF_DISPLAY_CURRENCY,
    CONF_EXPIRY_DAYS,
    CONF_FROM,
    CONF_LOW_CREDIT,
    CONF_NAME,
    CONF_POLL_INTERVAL,
    CONF_PROVIDER,
    CONF_TO,
    CURRENCY_RIAL,
    DEFAULT_CALLS_PER_HOUR,
    DEFAULT_EXPIRY_DAYS,
    DEFAULT_LOW_CREDIT,
    DEFAULT_POLL_INTERVAL,
    DISPLAY_RIAL,
    DISPLAY_TOMAN,
    DOMAIN,
    LOGGER,
    MAX_POLL_INTERVAL,
    MIN_POLL_INTERVAL,
    SUBENTRY_SPEED_DIAL,
)
from .failures import flow_error
from .identity import known_key
from .webhook import async_push_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import (
        ConfigEntry,
        ConfigFlowResult,
        OptionsFlow,
        SubentryFlowResult,
    )

    from trunkline.model import Identity

    from .coordinator import TrunklineConfigEntry

# A person waits in front of the form: say soon that it doesn't work, instead of trying for a minute.
FLOW_LIMITS = Limits(connect=5.0, total=15.0, attempts=2, patience=20.0)

_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_PLAIN = TextSelector(TextSelectorConfig(type=TextSelectorType.TEXT))
_URL = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
_PHONE = TextSelector(TextSelectorConfig(type=TextSelectorType.TEL))


def _credential_fields(info: ProviderInfo, *, optional: bool = False) -> dict[vol.Marker, Any]:
    marker = vol.Optional if optional else vol.Required
    return {marker(one.name): _SECRET if one.secret else _PLAIN for one in info.credentials}


def _advanced_fields(base_url: str) -> dict[vol.Marker, Any]:
    fields = vol.Schema({vol.Required(CONF_BASE_URL, default=base_url): _URL})
    return {vol.Required(CONF_ADVANCED): section(fields, {"collapsed": True})}


def _credentials(info: ProviderInfo, given: Mapping[str, Any]) -> dict[str, str]:
    return {one.name: given[one.name] for one in info.credentials if given.get(one.name)}


class TrunklineConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up an account, and sets it right again."""

    VERSION = 1

    def __init__(self) -> None:
        """Know no provider yet."""
        self._provider = next(iter(PROVIDERS))
        self._identity: Identity | None = None

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        return TrunklineOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        return {SUBENTRY_SPEED_DIAL: SpeedDialFlow}

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose the provider, where there is a choice."""
        if user_input is not None:
            self._provider = user_input[CONF_PROVIDER]
            return await self.async_step_account()
        if len(PROVIDERS) == 1:
            return await self.async_step_account()
        options = [SelectOptionDict(value=key, label=info.name) for key, info in PROVIDERS.items()]
        selector = SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST))
        return self.async_show_form(step_id="user", data_schema=vol.Schema({vol.Required(CONF_PROVIDER): selector}))

    async def async_step_account(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the credentials and try them."""
        info = PROVIDERS[self._provider]
        errors: dict[str, str] = {}
        if user_input is not None:
            base_url = user_input[CONF_ADVANCED][CONF_BASE_URL]
            credentials = _credentials(info, user_input)
            errors = await self._try(info, base_url, credentials)
            if self._identity is not None:
                self._abort_if_unique_id_configured()
                return self.async_create_entry(
                    title=self._identity.title,
                    data={
                        CONF_PROVIDER: info.provider_id,
                        CONF_BASE_URL: base_url,
                        CONF_CREDENTIALS: credentials,
                        CONF_WEBHOOK_ID: webhook.async_generate_id(),
                    },
                )
        schema = vol.Schema({**_credential_fields(info), **_advanced_fields(info.base_url)})
        return self.async_show_form(
            step_id="account",
            data_schema=self.add_suggested_values_to_schema(schema, _without_secrets(info, user_input)),
            errors=errors,
            description_placeholders={"provider": info.name},
        )

    async def async_step_reauth(self, _entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin when the provider refuses the credentials."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for new credentials of the same account."""
        entry = self._get_reauth_entry()
        info = PROVIDERS[entry.data[CONF_PROVIDER]]
        errors: dict[str, str] = {}
        if user_input is not None:
            credentials = _credentials(info, user_input)
            errors = await self._try(info, entry.data[CONF_BASE_URL], credentials)
            if self._identity is not None:
                self._abort_if_unique_id_mismatch(reason="wrong_account")
                return self.async_update_reload_and_abort(entry, data_updates={CONF_CREDENTIALS: credentials})
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=vol.Schema(_credential_fields(info)),
            errors=errors,
            description_placeholders={"provider": info.name, "account": entry.title},
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change the credentials or the address; what is left empty stays as it is."""
        entry = self._get_reconfigure_entry()
        info = PROVIDERS[entry.data[CONF_PROVIDER]]
        errors: dict[str, str] = {}
        if user_input is not None:
            base_url = user_input[CONF_ADVANCED][CONF_BASE_URL]
            credentials = {**entry.data[CONF_CREDENTIALS], **_credentials(info, user_input)}
            errors = await self._try(info, base_url, credentials)
            if self._identity is not None:
                self._abort_if_unique_id_mismatch(reason="wrong_account")
                return self.async_update_reload_and_abort(
                    entry, data_updates={CONF_BASE_URL: base_url, CONF_CREDENTIALS: credentials}
                )
        schema = vol.Schema({**_credential_fields(info, optional=True), **_advanced_fields(entry.data[CONF_BASE_URL])})
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(schema, _without_secrets(info, user_input)),
            errors=errors,
            description_placeholders={"provider": info.name, "account": entry.title},
        )

    async def _try(self, info: ProviderInfo, base_url: str, credentials: dict[str, str]) -> dict[str, str]:
        """Ask the provider whose account this is; return the form's errors."""
        self._identity = None
        try:
            async with open_account(
                info.provider_id,
                base_url=base_url,
                session=async_get_clientsession(self.hass),
                limits=FLOW_LIMITS,
                **credentials,
            ) as account:
                key = await known_key(account, [entry.unique_id for entry in self._async_current_entries()])
                identity = await account.identity()
        except TrunklineError as error:
            LOGGER.debug("The account could not be read: %s", error)
            return {"base": flow_error(error)}
        except Exception:  # noqa: BLE001  (a form that breaks helps nobody)
            LOGGER.exception("Unexpected error while an account was tried")
            return {"base": "unknown"}
        await self.async_set_unique_id(key)
        self._identity = identity
        return {}


def _without_secrets(info: ProviderInfo, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what may be shown again in a form."""
    secret = {one.name for one in info.credentials if one.secret}
    return {name: value for name, value in (given or {}).items() if name not in secret}


class TrunklineOptionsFlow(OptionsFlowWithReload):
    """How often to look, how many calls to allow, and when to warn."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the options of an account and keep what was chosen."""
        entry: TrunklineConfigEntry = self.config_entry
        currency = PROVIDERS[entry.data[CONF_PROVIDER]].currency
        if user_input is not None:
            return self.async_create_entry(data=_whole(user_input))
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(_options_schema(currency), entry.options),
            description_placeholders={"currency": currency, "push_url": await async_push_url(self.hass, entry) or "—"},
        )


def _options_schema(currency: str) -> vol.Schema:
    fields: dict[vol.Marker, Any] = {
        vol.Required(CONF_POLL_INTERVAL, default=DEFAULT_POLL_INTERVAL): _number(
            MIN_POLL_INTERVAL, MAX_POLL_INTERVAL, unit="s"
        ),
        vol.Required(CONF_CALLS_PER_HOUR, default=DEFAULT_CALLS_PER_HOUR): _number(1, 1000),
        vol.Required(CONF_LOW_CREDIT, default=DEFAULT_LOW_CREDIT): _number(0, 10_000_000_000, unit=currency),
        vol.Required(CONF_EXPIRY_DAYS, default=DEFAULT_EXPIRY_DAYS): _number(1, 90, unit="d"),
    }
    if currency == CURRENCY_RIAL:
        fields[vol.Required(CONF_DISPLAY_CURRENCY, default=DISPLAY_RIAL)] = SelectSelector(
            SelectSelectorConfig(options=[DISPLAY_RIAL, DISPLAY_TOMAN], translation_key=CONF_DISPLAY_CURRENCY)
        )
    return vol.Schema(fields)


def _number(lowest: int, highest: int, *, unit: str | None = None) -> NumberSelector:
    config = NumberSelectorConfig(min=lowest, max=highest, step=1, mode=NumberSelectorMode.BOX)
    if unit:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


def _whole(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with the whole numbers that the form sends as floats."""
    return {name: int(value) if isinstance(value, float) else value for name, value in options.items()}


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
                vol.Required(CONF_NAME): _PLAIN,
                vol.Required(CONF_FROM): SelectSelector(
                    SelectSelectorConfig(
                        options=self._extensions(), custom_value=True, mode=SelectSelectorMode.DROPDOWN
                    )
                ),
                vol.Required(CONF_TO): _PHONE,
            }
        )
        return self.async_show_form(
            step_id=step_id, data_schema=self.add_suggested_values_to_schema(schema, values), errors=errors
        )

    def _extensions(self) -> list[SelectOptionDict]:
        """Return the account's extensions, as far as they are known just now."""
        coordinator = getattr(self._get_entry(), "runtime_data", None)
        if coordinator is None or coordinator.data is None:
            return []
        return [
            SelectOptionDict(value=one.number, label=f"{one.number} {one.name}" if one.name else one.number)
            for service in coordinator.data.services
            for one in service.extensions
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
