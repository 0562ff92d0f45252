"""What came of a pressed speed dial: the event that reports it, and its sentence in the logbook."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from homeassistant.core import callback
from homeassistant.helpers.translation import async_get_cached_translations

from trunkline import inert

from ..const import CONF_FROM, CONF_TO, DOMAIN
from .naming import ending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigSubentry
    from homeassistant.core import HomeAssistant


class DialResult(StrEnum):
    """How far a pressed speed dial got."""

    REQUESTED = "requested"
    """The provider was asked, and has not replied yet."""
    ACCEPTED = "accepted"
    """The provider places the call. Whether somebody answers is told by the event of the call."""
    FAILED = "failed"
    """No call was placed."""
    UNKNOWN = "unknown"
    """The provider did not confirm the request: the phone may be ringing."""


def dial_attributes(subentry: ConfigSubentry, result: DialResult) -> dict[str, Any]:
    """Return the data of a speed dial's event, with no more than the last digits of its numbers."""
    return {
        "name": subentry.title,
        "result": result.value,
        "extension": ending(subentry.data[CONF_FROM]),
        "number_ending": ending(subentry.data[CONF_TO]),
    }


@callback
def async_dial_sentence(hass: HomeAssistant, data: Mapping[str, Any]) -> str:
    """Describe the event of a speed dial in the language of Home Assistant, after the name of the speed dial."""
    result = str(data.get("result"))
    key = f"component.{DOMAIN}.common.dial_{result}"
    texts = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
    shown = {name: inert.one_line(str(data.get(name) or "?")) for name in ("extension", "number_ending")}
    return texts[key].format(**shown) if key in texts else result
