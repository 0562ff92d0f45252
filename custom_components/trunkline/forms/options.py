"""The options of an account: update interval, warnings, display currency, access to calls, webhook credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.helpers.selector import BooleanSelector, SelectOptionDict, SelectSelector, SelectSelectorConfig

from trunkline.model import Capability

from ..account.amounts import display_units
from ..account.identity import provider_info
from ..account.providers import is_installed, provider_texts
from ..compat import OptionsFlowWithReload
from ..const import (
    CONF_ADMINS_ONLY,
    CONF_ASSIST,
    CONF_CALLS_PER_HOUR,
    CONF_DISPLAY_CURRENCY,
    CONF_LOW_CREDIT,
    CONF_LOW_CREDIT_DAYS,
    CONF_MASK_NUMBERS,
    CONF_POLL_INTERVAL,
    CONF_PUSH_PASSWORD,
    CONF_PUSH_USERNAME,
    CONF_SHOW_IN_DASHBOARD,
    DEFAULT_CALLS_PER_HOUR,
    DEFAULT_LOW_CREDIT_DAYS,
    DEFAULT_POLL_INTERVAL,
    MAX_POLL_INTERVAL,
    MIN_POLL_INTERVAL,
)
from ..push.addresses import async_push_url
from ..routing.addresses import async_route_url
from .addresses import stripped
from .contacts import CONF_CONTACTS, async_contacts_fields, async_save_contacts
from .selectors import SECRET, TEXT, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigFlowResult

    from trunkline.providers import ProviderInfo

    from ..runtime import TrunklineConfigEntry

_PAID = {Capability.CLICK_TO_CALL, Capability.SECURE_CALL, Capability.SEND_OTP, Capability.CALLBACK}
# Currencies whose amounts have no decimals in practice.
_NO_DECIMALS = {"IRR", "VND"}


class TrunklineOptionsFlow(OptionsFlowWithReload):
    """Shows the options that apply to the account's provider."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the options with the webhook address, for an account whose provider can push."""
        if not is_installed(self.config_entry):
            texts = provider_texts(self.config_entry)
            return self.async_abort(reason="provider_not_installed", description_placeholders=texts)
        info = provider_info(self.config_entry)
        if not info.capabilities & {Capability.PARSE_PUSH, Capability.PARSE_EVENT}:
            return await self.async_step_polled(user_input)
        if Capability.PARSE_ROUTE_REQUEST in info.capabilities:
            return await self.async_step_telephone_system(user_input)
        return await self._async_step("init", info, user_input)

    async def async_step_telephone_system(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the options with the webhook address and the one for call routing."""
        return await self._async_step("telephone_system", provider_info(self.config_entry), user_input)

    async def async_step_polled(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the options of an account that is only polled."""
        return await self._async_step("polled", provider_info(self.config_entry), user_input)

    async def _async_step(
        self, step_id: str, info: ProviderInfo, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        entry: TrunklineConfigEntry = self.config_entry
        currency, has_credit = _currency_and_credit(entry, info)
        schema = options_schema(info, currency=currency, has_credit=has_credit)
        in_form = {str(key) for key in schema.schema}
        schema = schema.extend(await async_contacts_fields(self.hass, entry))
        errors: dict[str, str] = {}
        error_details: dict[str, str] = {}
        if user_input is not None:
            contacts = user_input.pop(CONF_CONTACTS, {})
            errors, error_details = await async_save_contacts(self.hass, entry, contacts)
        if user_input is not None and not errors:
            # Options that aren't in the form right now, such as the threshold of a credit that is unknown, are kept.
            kept = {name: value for name, value in entry.options.items() if name not in in_form}
            return self.async_create_entry(data={**kept, **with_integers(with_stripped(user_input))})
        placeholders = {
            "currency": currency,
            "push_url": await async_push_url(self.hass, entry) or "—",
            **error_details,
        }
        if Capability.PARSE_ROUTE_REQUEST in info.capabilities:
            placeholders["route_url"] = async_route_url(self.hass, entry) or "—"
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, user_input or entry.options),
            errors=errors,
            description_placeholders=placeholders,
        )


def _currency_and_credit(entry: TrunklineConfigEntry, info: ProviderInfo) -> tuple[str, bool]:
    """Return the account's currency and whether it has credit, as far as is known while it may not be loaded."""
    runtime = getattr(entry, "runtime_data", None)
    if runtime is None:
        return info.currency, Capability.TRUNKS in info.capabilities
    data = runtime.coordinator.data
    return data.currency, any(trunk_data.trunk.credit is not None for trunk_data in data.trunks.values())


def options_schema(info: ProviderInfo, *, currency: str, has_credit: bool) -> vol.Schema:
    """Return the options that apply to an account of this provider with this currency."""
    fields: dict[vol.Marker, Any] = {
        vol.Required(CONF_POLL_INTERVAL, default=DEFAULT_POLL_INTERVAL): number(
            MIN_POLL_INTERVAL, MAX_POLL_INTERVAL, unit="s"
        )
    }
    if info.capabilities & _PAID:
        fields[vol.Required(CONF_CALLS_PER_HOUR, default=DEFAULT_CALLS_PER_HOUR)] = number(1, 1000)
    if has_credit and info.prices:
        fields[vol.Required(CONF_LOW_CREDIT_DAYS, default=DEFAULT_LOW_CREDIT_DAYS)] = number(1, 90, unit="d")
    if has_credit:
        fields[vol.Optional(CONF_LOW_CREDIT)] = number(
            0, 10_000_000_000, unit=currency, step=1 if currency in _NO_DECIMALS else 0.01
        )
    units = display_units(info, currency)
    if units and (has_credit or info.prices):
        options = [SelectOptionDict(value=unit.key, label=unit.code) for unit in units]
        fields[vol.Required(CONF_DISPLAY_CURRENCY, default=units[0].key)] = SelectSelector(
            SelectSelectorConfig(options=options, translation_key=CONF_DISPLAY_CURRENCY)
        )
    fields[vol.Required(CONF_SHOW_IN_DASHBOARD, default=True)] = BooleanSelector()
    fields[vol.Required(CONF_ADMINS_ONLY, default=False)] = BooleanSelector()
    fields[vol.Required(CONF_MASK_NUMBERS, default=False)] = BooleanSelector()
    fields[vol.Required(CONF_ASSIST, default=True)] = BooleanSelector()
    if Capability.PARSE_EVENT in info.capabilities:
        fields[vol.Optional(CONF_PUSH_USERNAME)] = TEXT
        fields[vol.Optional(CONF_PUSH_PASSWORD)] = SECRET
    return vol.Schema(fields)


def with_stripped(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with the webhook's credentials as a phone system sends them, without what nobody sees."""
    found = {
        name: stripped(value) if name in {CONF_PUSH_USERNAME, CONF_PUSH_PASSWORD} else value
        for name, value in options.items()
    }
    return {name: value for name, value in found.items() if value != ""}


def with_integers(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with integers where the form sends floats such as 120.0."""
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in options.items()
    }
