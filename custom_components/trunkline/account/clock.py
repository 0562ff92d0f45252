"""The repair issue of clocks that differ: Home Assistant's and that of a provider, as its replies tell it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..errors import placeholders

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from trunkline.providers import Account
    from trunkline.transport import ClockReading

CLOCKS_DIFFER: Final = "clocks_differ"
# Calls are dated by the provider's clock, and counted, expected and given up by ours. Less than this does no harm.
MOST: Final = timedelta(minutes=5)
# Two readings so many seconds apart have to agree: a clock that is just being set is no news.
APART: Final = 60.0


def differs(reading: ClockReading) -> bool:
    """Return whether the clocks differ by more than does no harm."""
    return abs(reading.ahead) > MOST


def clock_texts(reading: ClockReading) -> dict[str, str]:
    """Return both times for a form, in Home Assistant's time zone, and by how many minutes they differ."""
    return {
        "own_time": _shown(reading.own.time),
        "provider_time": _shown(reading.server),
        "minutes": str(round(abs(reading.ahead) / timedelta(minutes=1))),
    }


def _shown(moment: datetime) -> str:
    return dt_util.as_local(moment).strftime("%Y-%m-%d %H:%M:%S")


class ClockCheck:
    """Keeps the issue of one account current."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, account: Account) -> None:
        """Leave the issue as it is until the first reading."""
        self._hass = hass
        self._entry = entry
        self._account = account
        self._issue_id = f"{entry.entry_id}_{CLOCKS_DIFFER}"
        self._first: ClockReading | None = None
        """The first of the readings that agree on a difference."""

    @callback
    def async_update(self) -> None:
        """Look at the last reading, and create, update or delete the issue."""
        reading = self._account.clock
        if reading is None:
            return
        if not differs(reading):
            self._first = None
            ir.async_delete_issue(self._hass, DOMAIN, self._issue_id)
        elif self._first is None or (self._first.ahead > timedelta(0)) is not (reading.ahead > timedelta(0)):
            self._first = reading
        elif reading.own.monotonic - self._first.own.monotonic >= APART:
            self._report(reading)

    def _report(self, reading: ClockReading) -> None:
        texts = clock_texts(reading)
        issue = ir.async_get(self._hass).async_get_issue(DOMAIN, self._issue_id)
        if issue is not None and issue.active and (issue.data or {}).get("minutes") == texts["minutes"]:
            return
        texts = placeholders(account=self._entry.title, provider=self._account.info.name, **texts)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._issue_id,
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=CLOCKS_DIFFER,
            translation_placeholders=texts,
            data={"entry_id": self._entry.entry_id, **texts},
        )
