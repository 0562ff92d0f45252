"""Lets an account take part in Assist, where Home Assistant has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..const import CONF_ASSIST

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from ..runtime import TrunklineConfigEntry

CONVERSATION: Final = "conversation"


async def async_setup_assist(hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
    """Answer questions about the account, unless its options say otherwise."""
    if CONVERSATION not in hass.config.components or not entry.options.get(CONF_ASSIST, True):
        return
    # Not every installation has Assist, and what this needs is loaded with it.
    from .registration import async_take_part  # noqa: PLC0415

    await async_take_part(hass, entry)
