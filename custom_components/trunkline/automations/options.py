"""The options of triggers and conditions: their fields in forms, and how they are checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from ..account.parties import entered_digits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.helpers.selector import Selector

type Fields = dict[vol.Marker, Selector[Any]]

# `homeassistant.const` has these only in newer versions.
OPTIONS: Final = "options"
TARGET: Final = "target"

NUMBER: Final = "number"
CONTACT: Final = "contact"
AT_ONCE: Final = "at_once"
LATE: Final = "late"
COMPONENT: Final = "component"
AMOUNT: Final = "amount"
DAYS: Final = "days"

_TEXT: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.TEXT))
_YES_NO: Final = BooleanSelector()
# Several numbers are separated by commas, also by those of Persian.
_SEPARATOR: Final = re.compile("[,،;؛]")
_NUMBER: Final = re.compile(r"\+?[0-9*#]{2,20}", re.ASCII)

CALLER: Final[Fields] = {
    vol.Optional(NUMBER): TextSelector(TextSelectorConfig(type=TextSelectorType.TEL)),
    vol.Optional(CONTACT): _TEXT,
}
TIMES: Final[Fields] = {vol.Optional(AT_ONCE, default=False): _YES_NO, vol.Optional(LATE, default=True): _YES_NO}
REQUEST: Final[Fields] = {vol.Optional(COMPONENT): _TEXT}
CREDIT: Final[Fields] = {
    vol.Required(AMOUNT): NumberSelector(NumberSelectorConfig(min=0, step="any", mode=NumberSelectorMode.BOX))
}
TIME_LEFT: Final[Fields] = {
    vol.Required(DAYS): NumberSelector(
        NumberSelectorConfig(min=0, max=3650, step="any", mode=NumberSelectorMode.BOX, unit_of_measurement="d")
    )
}


def checked(fields: Fields, options: Mapping[str, Any], *, caller_required: bool = False) -> dict[str, Any]:
    """Return the options with their defaults; raises `vol.Invalid`. Empty texts are left out.

    With `caller_required` there has to be a number or the name of a contact.
    """
    found: dict[str, Any] = vol.Schema(fields)({name: value for name, value in options.items() if value != ""})
    if NUMBER in found and not all(_NUMBER.fullmatch(number) for number in numbers(found)):
        msg = "expected phone numbers, separated by commas"
        raise vol.Invalid(msg, path=[NUMBER])
    if caller_required and not found.keys() & {NUMBER, CONTACT}:
        msg = "expected a phone number or the name of a contact"
        raise vol.Invalid(msg, path=[NUMBER])
    return found


def numbers(options: Mapping[str, Any]) -> list[str]:
    """Return the phone numbers of the options, as they are dialled."""
    return [entered_digits(part) for part in _SEPARATOR.split(options.get(NUMBER, "")) if part.strip()]
