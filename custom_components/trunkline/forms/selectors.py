"""The input fields that the forms share."""

from __future__ import annotations

from typing import Final

from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

TEXT: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.TEXT))
SECRET: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
PHONE: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.TEL))
ADDRESS: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))


def number(minimum: int, maximum: int, *, unit: str | None = None, step: float = 1) -> NumberSelector:
    """Return a box for a number from `minimum` to `maximum`."""
    config = NumberSelectorConfig(min=minimum, max=maximum, step=step, mode=NumberSelectorMode.BOX)
    if unit:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)
