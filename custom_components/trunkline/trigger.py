"""The triggers of automations: calls, call routing, credit and pushed calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from homeassistant.core import callback
from homeassistant.helpers import trigger as trigger_helper

from .automations import legacy
from .automations.kinds import KINDS
from .automations.options import OPTIONS, checked
from .automations.watching import async_watch

if TYPE_CHECKING:
    from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant
    from homeassistant.helpers.typing import ConfigType

    from .automations.kinds import Kind

    class _Base:
        def __init__(self, hass: HomeAssistant, config: Any) -> None: ...
else:
    _Base = getattr(trigger_helper, "Trigger", object)  # since 2025.7


class TrunklineTrigger(_Base):
    """A trigger of one kind. There is a subclass for each."""

    kind: ClassVar[Kind]

    @classmethod
    async def async_validate_config(cls, _hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Return the target, and the options, which are checked."""
        options = checked(cls.kind.fields, config.get(OPTIONS) or {}, caller_required=cls.kind.caller_required)
        return {**config, OPTIONS: options}

    def __init__(self, hass: HomeAssistant, config: Any) -> None:
        """Take the target and the checked options."""
        super().__init__(hass, config)
        self._hass = hass
        self._options = config.options or {}
        self._target = config.target

    async def async_attach_runner(self, run_action: Any, _did_not_trigger: Any = None) -> CALLBACK_TYPE:
        """Run an automation until the returned function is called."""

        @callback
        def run(told: dict[str, Any], context: Context | None) -> None:
            run_action(told, self.kind.description, context)

        return async_watch(self._hass, self.kind, self._options, self._target, run)


TRIGGERS: dict[str, type[TrunklineTrigger]] = {
    key: type("TrunklineTrigger", (TrunklineTrigger,), {"kind": kind}) for key, kind in KINDS.items()
}

if hasattr(_Base, "async_attach_runner"):  # since 2025.12

    async def async_get_triggers(_hass: HomeAssistant) -> dict[str, type[TrunklineTrigger]]:
        """Return the triggers."""
        return TRIGGERS
else:
    async_validate_trigger_config = legacy.async_validate_trigger_config
    async_attach_trigger = legacy.async_attach_trigger
