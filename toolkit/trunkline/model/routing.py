"""Call routing: what a telephone system asks about a call, and what it is told to do with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from .calls import Party

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRequest:
    """A telephone system asks how to handle a call.

    `component` is the name of the step in its dialplan that asks. `digits` are the keys that the caller has pressed so
    far. `placed_call_id` is the id of a call that was placed through the provider's interface (`PlacedCall`).
    """

    component: str
    call_id: str | None = None
    caller: Party = field(default_factory=Party)
    dialled: Party = field(default_factory=Party)
    digits: str = field(default="", repr=False)
    placed_call_id: str | None = None


class VoiceCommandKind(StrEnum):
    """What a telephone system can do while a caller listens; the arguments of each are in `VOICE_ARGUMENTS`."""

    PLAY = "play"
    PLAY_SYSTEM_SOUND = "play_system_sound"
    SAY_NUMBER = "say_number"
    SAY_DIGITS = "say_digits"
    SAY_DURATION = "say_duration"
    SAY_TIME = "say_time"
    SAY_DATE = "say_date"
    ASK_DIGITS = "ask_digits"
    PLAY_MUSIC = "play_music"
    SET_EXTENSION = "set_extension"
    LIMIT_CALL = "limit_call"
    CLEAR_DIGITS = "clear_digits"
    EXIT = "exit"


VOICE_ARGUMENTS: Final[Mapping[VoiceCommandKind, Mapping[str, type[str | int]]]] = {
    VoiceCommandKind.PLAY: {"announcement": str},
    VoiceCommandKind.PLAY_SYSTEM_SOUND: {"sound": str},
    VoiceCommandKind.SAY_NUMBER: {"number": int},
    VoiceCommandKind.SAY_DIGITS: {"digits": str},
    VoiceCommandKind.SAY_DURATION: {"seconds": int},
    VoiceCommandKind.SAY_TIME: {"time": str},
    VoiceCommandKind.SAY_DATE: {"date": str, "calendar": str},
    VoiceCommandKind.ASK_DIGITS: {"announcement": str, "timeout": int, "digits": int},
    VoiceCommandKind.PLAY_MUSIC: {"music": str, "seconds": int},
    VoiceCommandKind.SET_EXTENSION: {"extension": str},
    VoiceCommandKind.LIMIT_CALL: {"seconds": int},
    VoiceCommandKind.CLEAR_DIGITS: {},
    VoiceCommandKind.EXIT: {"exit": str},
}
"""The arguments of each voice command, in their order.

Announcements are names, or `id:` and an id; several are joined with `&`. Times are `HH:MM` or `HH:MM:SS`, dates
`YYYY-MM-DD` in the calendar `gregorian`, `jalali` or `hijri`. The exit is one of the step's exits in the dialplan.
"""


@dataclass(frozen=True, slots=True)
class VoiceCommand:
    """Something that a caller hears or is asked, or where the call goes then."""

    kind: VoiceCommandKind
    arguments: tuple[str | int, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How to handle a call: ring an extension, leave the dialplan step through an exit, or carry out commands.

    With `trunk`, `extension` is a number outside that is called through it, for at most `limit` seconds.
    """

    extension: str | None = field(default=None, repr=False)
    trunk: str | None = field(default=None, repr=False)
    limit: int | None = None
    exit: str | None = None
    commands: tuple[VoiceCommand, ...] = ()
