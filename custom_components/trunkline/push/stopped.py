"""The repair issue of pushes that have stopped: calls were pushed, and now one is found that was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from .health import PushState
from .repair import async_create_push_issue

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from trunkline.providers import Account

    from .health import PushHealth

PUSH_STOPPED: Final = "push_stopped"


class PushStopped:
    """Keeps the issue of one account current: it is there from the state `losing` on, until the push works again.

    After a restart nothing is known of the push before a call is pushed. So the issue outlasts a restart, and never
    begins with one.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, account: Account, health: PushHealth) -> None:
        """Leave the issue as it is until the state changes."""
        self._hass = hass
        self._entry = entry
        self._account = account
        self._health = health
        self._state = health.state

    @callback
    def async_changed(self) -> None:
        """Create or delete the issue if the state has changed."""
        state, self._state = self._state, self._health.state
        if state is self._state:
            return
        if self._state is PushState.LOSING:
            async_create_push_issue(self._hass, self._entry, self._account, PUSH_STOPPED, is_persistent=True)
        else:
            ir.async_delete_issue(self._hass, DOMAIN, f"{self._entry.entry_id}_{PUSH_STOPPED}")
