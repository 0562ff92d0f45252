"""The identifiers of the media source: what each level of the tree and each file is called.

Below `media-source://trunkline/` stand the id of the config entry and one of these:

| identifier | what it is |
|---|---|
| `calls` | the newest days with recorded calls, and the months before |
| `calls/2026-03` | a month; a year such as 1404 makes it one of the Jalali calendar |
| `calls/2026-03-10` | a day in the account's zone |
| `calls/2026-03-10/14` | an hour of a day with many calls, by the wall clock |
| `call/<call id>` | the recording of a call |
| `voicemail` | the mailboxes |
| `voicemail/<mailbox>` | the messages of a mailbox; `-` where the provider names no mailbox |
| `message/<voicemail id>` | the audio of a voicemail |
| `faxes` | the faxes |
| `fax/<fax id>` | the document of a fax |

Ids and mailboxes are percent-encoded (RFC 3986, 2.1), so that an automation can put usual ids in as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, TypeIs
from urllib.parse import quote, unquote

from ..account.months import Month
from ..const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable

NO_MAILBOX: Final = "-"
# Days are written in the Gregorian calendar in any language.
_FIRST_YEAR: Final = 1970
# Far more than any provider's ids have.
_LONGEST: Final = 500
_ENTRY_ID: Final = re.compile(r"[A-Za-z0-9]{1,64}", re.ASCII)
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HOUR: Final = re.compile(r"[01]\d|2[0-3]", re.ASCII)
# What stands in a path as it is, beside letters and digits (RFC 3986, 3.3), except what has a meaning of its own there.
_PLAIN: Final = "-._~!$&'()*,;=:@"
_VALUE: Final = re.compile(rf"(?:[A-Za-z0-9{re.escape(_PLAIN)}]|%[0-9A-Fa-f]{{2}})+", re.ASCII)


class InvalidIdentifierError(ValueError):
    """The text is no identifier of the media source."""


@dataclass(frozen=True, slots=True)
class Calls:
    """The days and months with recorded calls."""


@dataclass(frozen=True, slots=True)
class CallMonth:
    """The days of a month with recorded calls."""

    month: Month


@dataclass(frozen=True, slots=True)
class CallDay:
    """The recorded calls of a day, or its hours."""

    day: date


@dataclass(frozen=True, slots=True)
class CallHour:
    """The recorded calls of an hour (0 to 23) of a day."""

    day: date
    hour: int


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """The voicemail boxes."""


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages of a mailbox; None is where the provider names no mailbox."""

    mailbox: str | None


@dataclass(frozen=True, slots=True)
class Faxes:
    """The faxes."""


@dataclass(frozen=True, slots=True)
class RecordingId:
    """The recording of a call."""

    call_id: str


@dataclass(frozen=True, slots=True)
class MessageId:
    """The audio of a voicemail."""

    voicemail_id: str


@dataclass(frozen=True, slots=True)
class FaxId:
    """The document of a fax."""

    fax_id: str


type Folder = Calls | CallMonth | CallDay | CallHour | Mailboxes | Messages | Faxes
type FileId = RecordingId | MessageId | FaxId


def is_file(what: Folder | FileId | None) -> TypeIs[FileId]:
    """Return whether a file is meant, and not a folder."""
    return isinstance(what, RecordingId | MessageId | FaxId)


def parse(identifier: str) -> tuple[str, Folder | FileId | None]:
    """Return the id of the config entry, and what is meant of the account (None: the account itself).

    Raises `InvalidIdentifierError`.
    """
    entry_id, slash, rest = identifier.partition("/")
    if not _ENTRY_ID.fullmatch(entry_id):
        raise InvalidIdentifierError
    return entry_id, parse_part(rest) if slash else None


def parse_part(text: str) -> Folder | FileId:
    """Return what the part after the config entry means; raises `InvalidIdentifierError`."""
    if len(text) > _LONGEST:
        raise InvalidIdentifierError
    match text.split("/"):
        case ["calls"]:
            return Calls()
        case ["calls", day, hour] if _HOUR.fullmatch(hour):
            return CallHour(_day(day), int(hour))
        case ["calls", month] if found := _MONTH.fullmatch(month):
            return CallMonth(_month(int(found[1]), int(found[2])))
        case ["calls", day]:
            return CallDay(_day(day))
        case ["voicemail"]:
            return Mailboxes()
        case ["voicemail", value]:
            return Messages(None if value == NO_MAILBOX else _value(value))
        case ["faxes"]:
            return Faxes()
        case [kind, value] if kind in _FILES:
            return _FILES[kind](_value(value))
        case _:
            raise InvalidIdentifierError


def part(what: Folder | FileId) -> str:
    """Return the part of an identifier that `parse_part` reads."""
    match what:
        case Calls():
            return "calls"
        case CallMonth(month):
            return f"calls/{month.year:04d}-{month.number:02d}"
        case CallDay(day):
            return f"calls/{day.isoformat()}"
        case CallHour(day, hour):
            return f"calls/{day.isoformat()}/{hour:02d}"
        case Mailboxes():
            return "voicemail"
        case Messages(mailbox):
            return f"voicemail/{NO_MAILBOX if mailbox is None else _encoded(mailbox)}"
        case Faxes():
            return "faxes"
        case RecordingId(call_id):
            return f"call/{_encoded(call_id)}"
        case MessageId(voicemail_id):
            return f"message/{_encoded(voicemail_id)}"
        case FaxId(fax_id):
            return f"fax/{_encoded(fax_id)}"


def identifier_of(entry_id: str, what: Folder | FileId | None = None) -> str:
    """Return the identifier that `parse` reads."""
    return entry_id if what is None else f"{entry_id}/{part(what)}"


def recording_media_id(entry_id: str, call_id: str) -> str:
    """Return the media content id of a call's recording, for whoever plays it."""
    return f"media-source://{DOMAIN}/{identifier_of(entry_id, RecordingId(call_id))}"


_FILES: Final[dict[str, Callable[[str], FileId]]] = {"call": RecordingId, "message": MessageId, "fax": FaxId}


def _encoded(value: str) -> str:
    text = quote(value, safe=_PLAIN)
    # A mailbox of this name must not look like none, nor a value like a relative path.
    return "".join(f"%{ord(character):02X}" for character in value) if text in {NO_MAILBOX, ".", ".."} else text


def _value(text: str) -> str:
    if not _VALUE.fullmatch(text):
        raise InvalidIdentifierError
    try:
        value = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise InvalidIdentifierError from None
    if not value.isprintable():
        raise InvalidIdentifierError
    return value


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise InvalidIdentifierError
    try:
        day = date.fromisoformat(text)
        Month.of_calendar(day.year, day.month)
    except ValueError:
        raise InvalidIdentifierError from None
    if day.year < _FIRST_YEAR:
        raise InvalidIdentifierError
    return day


def _month(year: int, number: int) -> Month:
    try:
        return Month.of_calendar(year, number)
    except ValueError:
        raise InvalidIdentifierError from None
