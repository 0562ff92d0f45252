"""The voice commands of an answer to a telephone system, as an automation writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import voluptuous as vol

from trunkline.model import VoiceCommand, VoiceCommandKind
from trunkline.model.routing import VOICE_ARGUMENTS

from .fields import TEXT

# What an automation need not say.
_DEFAULTS: Final[Mapping[VoiceCommandKind, Mapping[str, str | int]]] = {
    VoiceCommandKind.SAY_DATE: {"calendar": "gregorian"},
    VoiceCommandKind.ASK_DIGITS: {"timeout": 10, "digits": 1},
    VoiceCommandKind.PLAY_MUSIC: {"music": "default"},
}


def read_command(value: Any) -> VoiceCommand:
    """Return a command: a mapping with its name, and its only argument or a mapping of its arguments.

    Raises `vol.Invalid`.
    """
    if isinstance(value, str):
        value = {value: None}
    if not isinstance(value, Mapping) or len(value) != 1:
        msg = "a command is a mapping with one name"
        raise vol.Invalid(msg)
    ((name, given),) = value.items()
    if name not in VoiceCommandKind:
        msg = f"unknown command; the commands: {', '.join(VoiceCommandKind)}"
        raise vol.Invalid(msg)
    kind = VoiceCommandKind(name)
    kinds = VOICE_ARGUMENTS[kind]
    if not isinstance(given, Mapping):
        given = {} if given is None else {next(iter(kinds), name): given}
    values = {**_DEFAULTS.get(kind, {}), **given}
    if values.keys() != kinds.keys():
        msg = f"{name} takes {', '.join(kinds) or 'nothing'}"
        raise vol.Invalid(msg)
    return VoiceCommand(kind, tuple(_argument(values[argument], of) for argument, of in kinds.items()))


def _argument(value: Any, kind: type[str | int]) -> str | int:
    if kind is int:
        return int(vol.All(vol.Coerce(float), _whole)(value))
    return str(TEXT(value))


def _whole(value: float) -> int:
    if not value.is_integer():
        msg = "expected a whole number"
        raise vol.Invalid(msg)
    return int(value)
