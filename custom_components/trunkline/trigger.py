"""The triggers of automations: calls, call routing, credit and pushed calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.core import callback
from homeassistant.helpers import trigger as trigger_helper

from .automations import legacy
from .automations.configured import Bare, Configured
from .automations.kinds import KINDS
from .automations.watching import async_watch

if TYPE_CHECKING:
    from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant

    _Base = Bare
else:
    _Base = getattr(trigger_helper, "Trigger", Bare)  # since 2025.7


class TrunklineTrigger(Configured, _Base):
    """A trigger of one kind. There is a subclass for each."""

    def __init__(self, hass: HomeAssistant, config: Any) -> None:
        """Take the target and the checked options."""
        super().__init__(hass, config)
        self.configure(hass, config)

    async def async_attach_runner(self, run_action: Any, _did_not_trigger: Any = None) -> CALLBACK_TYPE:
        """Run an automation until the returned function is called."""

        @callback
        def run(told: dict[str, Any], context: Context | None) -> None:
            run_action(told, self.kind.description, context)

        return async_watch(self._hass, self.kind, self._options, self._target, run)


TRIGGERS: dict[str, type[TrunklineTrigger]] = {
    key: type("TrunklineTrigger", (TrunklineTrigger,), {"kind": kind, "fields": kind.fields})
    for key, kind in KINDS.items()
}


async def _async_get_triggers(_hass: HomeAssistant) -> dict[str, type[TrunklineTrigger]]:
    """Return the triggers."""
    return TRIGGERS


if hasattr(_Base, "async_attach_runner"):  # since 2025.12
    async_get_triggers = _async_get_triggers
else:
    async_validate_trigger_config = legacy.async_validate_trigger_config
    async_attach_trigger = legacy.async_attach_trigger
