"""The conditions of automations: the call that triggered it, credit, spending and pushed calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.helpers import condition as condition_helper

from .automations.configured import Bare, Configured
from .automations.holding import async_holds
from .automations.kinds import CONDITION_KINDS

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    _Base = Bare
else:
    _Base = getattr(condition_helper, "Condition", Bare)  # since 2025.8


class TrunklineCondition(Configured, _Base):
    """A condition of one kind. There is a subclass for each."""

    def __init__(self, hass: HomeAssistant, config: Any) -> None:
        """Take the target and the checked options."""
        super().__init__(hass, config)
        self.configure(hass, config)

    def _async_check(self, **kwargs: Any) -> bool:
        return async_holds(self._hass, self.kind, self._options, self._target, kwargs.get("variables"))


CONDITIONS: dict[str, type[TrunklineCondition]] = {
    kind.key: type("TrunklineCondition", (TrunklineCondition,), {"kind": kind, "fields": kind.condition_fields})
    for kind in CONDITION_KINDS
}


async def _async_get_conditions(_hass: HomeAssistant) -> dict[str, type[TrunklineCondition]]:
    """Return the conditions."""
    return CONDITIONS


if hasattr(_Base, "_async_check"):  # since 2026.3
    async_get_conditions = _async_get_conditions
