"""The form of a speed dial: a button that rings an extension, then calls a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.config_entries import ConfigSubentryFlow
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, SelectSelectorMode

from trunkline import inert
from trunkline.numbers import is_dialable

from ..account.parties import entered_digits
from ..compat import reload_soon
from ..const import CONF_FROM, CONF_NAME, CONF_TO
from .selectors import PHONE, TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import SubentryFlowResult


class SpeedDialFlow(ConfigSubentryFlow):
    """Adds and changes speed dials."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add a speed dial."""
        errors = _input_errors(user_input)
        if user_input is not None and not errors:
            reload_soon(self.hass, self._get_entry())
            return self.async_create_entry(title=user_input[CONF_NAME].strip(), data=_numbers(user_input))
        return self._form("user", user_input or {}, errors)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change a speed dial."""
        subentry = self._get_reconfigure_subentry()
        errors = _input_errors(user_input)
        if user_input is not None and not errors:
            reload_soon(self.hass, self._get_entry())
            return self.async_update_and_abort(
                self._get_entry(), subentry, title=user_input[CONF_NAME].strip(), data=_numbers(user_input)
            )
        return self._form("reconfigure", user_input or {**subentry.data, CONF_NAME: subentry.title}, errors)

    def _form(self, step_id: str, values: Mapping[str, Any], errors: dict[str, str]) -> SubentryFlowResult:
        schema = vol.Schema(
            {
                vol.Required(CONF_NAME): TEXT,
                vol.Required(CONF_FROM): SelectSelector(
                    SelectSelectorConfig(
                        options=self._extensions(), custom_value=True, mode=SelectSelectorMode.DROPDOWN
                    )
                ),
                vol.Required(CONF_TO): PHONE,
            }
        )
        return self.async_show_form(
            step_id=step_id, data_schema=self.add_suggested_values_to_schema(schema, values), errors=errors
        )

    def _extensions(self) -> list[SelectOptionDict]:
        """Return the account's extensions; none while the account isn't loaded."""
        runtime = getattr(self._get_entry(), "runtime_data", None)
        if runtime is None:
            return []
        return [
            SelectOptionDict(value=extension.number, label=inert.one_line(f"{extension.number} {extension.name or ''}"))
            for extension in runtime.coordinator.data.extensions
        ]


def _numbers(user_input: Mapping[str, Any]) -> dict[str, str]:
    return {field: entered_digits(user_input[field]) for field in (CONF_FROM, CONF_TO)}


def _input_errors(user_input: Mapping[str, Any] | None) -> dict[str, str]:
    if user_input is None:
        return {}
    errors = {
        field: "invalid_number" for field in (CONF_FROM, CONF_TO) if not is_dialable(entered_digits(user_input[field]))
    }
    if not user_input[CONF_NAME].strip():
        errors[CONF_NAME] = "empty_name"
    return errors
