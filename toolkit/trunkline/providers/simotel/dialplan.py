"""Simotel's dialplan components that ask a web service how to handle a call: Exten, Trunk, IVR and Smart API.

Source: the provider's pages about the components. They wait for the reply for a second, and send their fields as JSON,
as a form or as the parameters of a query. [INFER] The pages don't say how to refuse: any `ok` other than "1" is taken
for a wrong reply, after which the call leaves the component through its exit for failures.
"""

from __future__ import annotations

import re
from datetime import date, time
from typing import TYPE_CHECKING, Any, Final

import orjson

from trunkline.errors import DataError
from trunkline.model import Party, Route, RouteRequest, VoiceCommand
from trunkline.model.routing import VOICE_ARGUMENTS, VoiceCommandKind
from trunkline.providers.common import fields

from . import numbers, row_values
from .push_events import read_body

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_COMMANDS: Final = 50
MOST_DIGITS: Final = 40
LONGEST_SECONDS: Final = 24 * 3600
REFUSAL: Final = b'{"ok":"0"}'

# A name is put between quotes in a list of commands, so it has nothing that could end it.
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f'\"\u2018\u2019();\\]{1,100}")
_DIGITS: Final = re.compile(r"[0-9]{1,40}", re.ASCII)
_KEYS: Final = re.compile(r"[0-9*#]{0,40}", re.ASCII)
_CALENDARS: Final = ("gregorian", "jalali", "hijri")
_LARGEST_NUMBER: Final = 10**9


def read_request(payload: Mapping[str, Any] | bytes) -> RouteRequest:
    """Return what a component asks; `DataError` for a request that can't be read."""
    record = read_body(payload)
    caller, dialled = _text(record, "src"), _text(record, "dst")
    digits = _text(record, "data") or ""
    if not _KEYS.fullmatch(digits):
        raise fields.wrong("data", f"up to {MOST_DIGITS} keys")
    return RouteRequest(
        component=fields.required_text(record.get("app_name"), "app_name"),
        call_id=_text(record, "unique_id"),
        caller=Party(caller, numbers.full_number(caller)),
        dialled=Party(dialled, numbers.full_number(dialled)),
        digits=digits,
        placed_call_id=_text(record, "originated_call_id"),
    )


def write_reply(route: Route | None) -> bytes:
    """Return the reply to a component, or the refusal for None; `DataError` for a route that it can't carry."""
    if route is None:
        return REFUSAL
    stated = [name for name in ("extension", "exit", "commands") if getattr(route, name)]
    if len(stated) != 1:
        raise fields.wrong("route", "either an extension, an exit or commands")
    if route.extension is None and (route.trunk is not None or route.limit is not None):
        raise fields.wrong("trunk", "given only with an extension")
    reply = {"ok": "1"}
    if route.extension is not None:
        if route.trunk is not None:
            reply["trunk"] = _name(route.trunk, "trunk")
        reply["extension"] = numbers.checked(route.extension, "extension")
        if route.limit is not None:
            reply["call_limit"] = str(_seconds(route.limit, "limit"))
    elif route.exit is not None:
        reply["case"] = _name(route.exit, "exit")
    else:
        reply["commands"] = _commands(route.commands)
    return orjson.dumps(reply)


def _text(record: Mapping[str, Any], name: str) -> str | None:
    return row_values.text(record.get(name), name)


def _commands(commands: tuple[VoiceCommand, ...]) -> str:
    if len(commands) > MOST_COMMANDS:
        raise fields.wrong("commands", f"at most {MOST_COMMANDS}")
    if any(command.kind is VoiceCommandKind.EXIT for command in commands[:-1]):
        raise fields.wrong("commands", "such that the exit comes last")
    return " ".join(_command(command) for command in commands)


def _command(command: VoiceCommand) -> str:
    kinds = tuple(VOICE_ARGUMENTS[command.kind].values())
    arguments = command.arguments
    if len(arguments) != len(kinds) or any(
        type(value) is not kind for value, kind in zip(arguments, kinds, strict=True)
    ):
        raise fields.wrong(command.kind, "a command with other arguments")
    name, write = _WRITERS[command.kind]
    return f"{name}({', '.join(write(*arguments))});"


def _quoted(field: str) -> Callable[[Any], tuple[str, ...]]:
    return lambda value: (f"'{_name(value, field)}'",)


def _number(value: Any) -> tuple[str, ...]:
    return (str(_within(value, "number", 0, _LARGEST_NUMBER)),)


def _digits(value: Any) -> tuple[str, ...]:
    if not _DIGITS.fullmatch(value):
        raise fields.wrong("digits", f"1 to {MOST_DIGITS} digits")
    return (value,)


def _duration(value: Any) -> tuple[str, ...]:
    minutes, seconds = divmod(_within(value, "seconds", 0, _LARGEST_NUMBER), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return (f"'{days}.{hours}:{minutes:02}:{seconds:02}'",)


def _clock(value: Any) -> tuple[str, ...]:
    try:
        moment = time.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None or moment.microsecond:
        raise fields.wrong("time", "HH:MM or HH:MM:SS")
    return (f"'{moment:%H:%M:%S}'",)


def _date(value: Any, calendar: Any) -> tuple[str, ...]:
    if calendar not in _CALENDARS:
        raise fields.wrong("calendar", f"one of {', '.join(_CALENDARS)}")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII) or (calendar == "gregorian" and not _is_date(value)):
        raise fields.wrong("date", "YYYY-MM-DD")
    return f"'{value}'", f"'{calendar}'"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _question(announcement: Any, timeout: Any, digits: Any) -> tuple[str, ...]:
    return (
        f"'{_name(announcement, 'announcement')}'",
        str(_within(timeout, "timeout", 1, 300)),
        str(_within(digits, "digits", 1, MOST_DIGITS)),
    )


def _music(music: Any, seconds: Any) -> tuple[str, ...]:
    return f"'{_name(music, 'music')}'", str(_seconds(seconds, "seconds"))


def _extension(value: Any) -> tuple[str, ...]:
    return (f"'{numbers.checked(value, 'extension')}'",)


def _limit(value: Any) -> tuple[str, ...]:
    return (str(_seconds(value, "seconds")),)


def _nothing() -> tuple[str, ...]:
    return ()


_WRITERS: Final[dict[VoiceCommandKind, tuple[str, Callable[..., tuple[str, ...]]]]] = {
    VoiceCommandKind.PLAY: ("PlayAnnouncement", _quoted("announcement")),
    VoiceCommandKind.PLAY_SYSTEM_SOUND: ("Playback", _quoted("sound")),
    VoiceCommandKind.SAY_NUMBER: ("SayNumber", _number),
    VoiceCommandKind.SAY_DIGITS: ("SayDigit", _digits),
    VoiceCommandKind.SAY_DURATION: ("SayDuration", _duration),
    VoiceCommandKind.SAY_TIME: ("SayClock", _clock),
    VoiceCommandKind.SAY_DATE: ("SayDate", _date),
    VoiceCommandKind.ASK_DIGITS: ("GetData", _question),
    VoiceCommandKind.PLAY_MUSIC: ("MusicOnHold", _music),
    VoiceCommandKind.SET_EXTENSION: ("SetExten", _extension),
    VoiceCommandKind.LIMIT_CALL: ("SetLimitOnCall", _limit),
    VoiceCommandKind.CLEAR_DIGITS: ("ClearUserData", _nothing),
    VoiceCommandKind.EXIT: ("Exit", _quoted("exit")),
}


def _name(value: str, field: str) -> str:
    if not _NAME.fullmatch(value):
        raise fields.wrong(field, "a name of at most 100 characters without quotes, brackets and semicolons")
    return value


def _seconds(value: int, field: str) -> int:
    return _within(value, field, 1, LONGEST_SECONDS)


def _within(value: int, field: str, least: int, most: int) -> int:
    if not least <= value <= most:
        msg = f"the field {field} must be from {least} to {most}"
        raise DataError(msg, field=field)
    return value
