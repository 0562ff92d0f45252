"""What a trigger and a condition have in common as classes: a kind, checked options, and a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from .options import OPTIONS, checked

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.typing import ConfigType

    from .kinds import Kind
    from .options import Fields


class Bare:
    """Stands in for the base class of Home Assistant, where it has none."""

    def __init__(self, hass: HomeAssistant, config: Any) -> None:
        """Keep nothing."""


class Configured:
    """A trigger or condition of one kind, whose options are those of `fields`."""

    kind: ClassVar[Kind]
    fields: ClassVar[Fields]

    @classmethod
    async def async_validate_config(cls, _hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Return the target, and the options, which are checked; raises `vol.Invalid`."""
        options = checked(cls.fields, config.get(OPTIONS) or {}, caller_required=cls.kind.caller_required)
        return {**config, OPTIONS: options}

    def configure(self, hass: HomeAssistant, config: Any) -> None:
        """Take the target and the checked options."""
        self._hass = hass
        self._options: dict[str, Any] = config.options or {}
        self._target: dict[str, Any] | None = config.target
