"""The conditions of automations: the call that triggered it, credit, spending and pushed calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from homeassistant.helpers import condition as condition_helper

from .automations.holding import async_holds
from .automations.kinds import CONDITION_KINDS
from .automations.options import OPTIONS, checked

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.typing import ConfigType

    from .automations.kinds import Kind

    class _Base:
        def __init__(self, hass: HomeAssistant, config: Any) -> None: ...
else:
    _Base = getattr(condition_helper, "Condition", object)  # since 2025.8


class TrunklineCondition(_Base):
    """A condition of one kind. There is a subclass for each."""

    kind: ClassVar[Kind]

    @classmethod
    async def async_validate_config(cls, _hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Return the target, and the options, which are checked."""
        kind = cls.kind
        options = checked(kind.condition_fields, config.get(OPTIONS) or {}, caller_required=kind.caller_required)
        return {**config, OPTIONS: options}

    def __init__(self, hass: HomeAssistant, config: Any) -> None:
        """Take the target and the checked options."""
        super().__init__(hass, config)
        self._hass = hass
        self._options = config.options or {}
        self._target = config.target

    def _async_check(self, **kwargs: Any) -> bool:
        return async_holds(self._hass, self.kind, self._options, self._target, kwargs.get("variables"))


CONDITIONS: dict[str, type[TrunklineCondition]] = {
    kind.key: type("TrunklineCondition", (TrunklineCondition,), {"kind": kind}) for kind in CONDITION_KINDS
}

if hasattr(_Base, "_async_check"):  # since 2026.3

    async def async_get_conditions(_hass: HomeAssistant) -> dict[str, type[TrunklineCondition]]:
        """Return the conditions."""
        return CONDITIONS
