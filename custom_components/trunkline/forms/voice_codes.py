"""The form of a voice code: what a caller keys to be recognized."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.config_entries import ConfigSubentryFlow

from ..account.parties import entered_digits
from ..compat import reload_soon
from ..const import CONF_CODE, CONF_NAME, SUBENTRY_VOICE_CODE
from ..routing.codes import MAX_LENGTH, MIN_LENGTH
from .selectors import SECRET, TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigSubentry, SubentryFlowResult

_CODE = re.compile(rf"[0-9]{{{MIN_LENGTH},{MAX_LENGTH}}}", re.ASCII)


class VoiceCodeFlow(ConfigSubentryFlow):
    """Adds and changes voice codes."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add a voice code."""
        errors = self._errors(user_input, changed=None)
        if user_input is not None and not errors:
            reload_soon(self.hass, self._get_entry())
            return self.async_create_entry(
                title=user_input[CONF_NAME].strip(), data={CONF_CODE: entered_digits(user_input[CONF_CODE])}
            )
        return self._form("user", user_input or {}, errors)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change a voice code."""
        subentry = self._get_reconfigure_subentry()
        errors = self._errors(user_input, changed=subentry)
        if user_input is not None and not errors:
            reload_soon(self.hass, self._get_entry())
            return self.async_update_and_abort(
                self._get_entry(),
                subentry,
                title=user_input[CONF_NAME].strip(),
                data={CONF_CODE: entered_digits(user_input[CONF_CODE])},
            )
        return self._form("reconfigure", user_input or {CONF_NAME: subentry.title}, errors)

    def _form(self, step_id: str, values: Mapping[str, Any], errors: dict[str, str]) -> SubentryFlowResult:
        schema = vol.Schema({vol.Required(CONF_NAME): TEXT, vol.Required(CONF_CODE): SECRET})
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors=errors,
            description_placeholders={"least": str(MIN_LENGTH), "most": str(MAX_LENGTH)},
        )

    def _errors(self, user_input: Mapping[str, Any] | None, *, changed: ConfigSubentry | None) -> dict[str, str]:
        if user_input is None:
            return {}
        name, code = user_input[CONF_NAME].strip(), entered_digits(user_input[CONF_CODE])
        others = [
            subentry
            for subentry in self._get_entry().subentries.values()
            if subentry.subentry_type == SUBENTRY_VOICE_CODE and subentry != changed
        ]
        errors = {}
        if not name:
            errors[CONF_NAME] = "empty_name"
        elif any(subentry.title == name for subentry in others):
            errors[CONF_NAME] = "name_taken"
        if not _CODE.fullmatch(code):
            errors[CONF_CODE] = "invalid_code"
        elif any(subentry.data[CONF_CODE] == code for subentry in others):
            errors[CONF_CODE] = "code_taken"
        return errors
