"""Calls: direction, status, parties and prices, and the reply to a request for a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .money import Money


class Direction(StrEnum):
    """Which way a call went, seen from the office."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    INTERNAL = "internal"


class Status(StrEnum):
    """How a call ended, as the provider says; `UNKNOWN` where it says something unheard of."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CONGESTION = "congestion"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Contact:
    """An entry of the provider's phonebook."""

    contact_id: str | None = None
    name: str | None = field(default=None, repr=False)
    company: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)
    location: str | None = field(default=None, repr=False)
    note: str | None = field(default=None, repr=False)
    numbers: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a call: the number as sent, its E.164 form where that can be known, and who it is."""

    number: str | None = field(default=None, repr=False)
    e164: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    contact: Contact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call record. (`account`, `call_id`) is its key.

    `wait` and `talk` are seconds. `price` is what the provider charged, and `price_wait`,
    `price_talk`, `price_record` its parts, less `price_saved` by a package, where it gives them.
    `derived` names the fields that no provider field states, such as a start read out of an id.
    `raw` is the record as the provider sent it.
    """

    account: str
    call_id: str
    direction: Direction | None
    status: Status
    started_at: datetime | None
    ended_at: datetime | None = None
    trunk: str | None = field(default=None, repr=False)
    extension: str | None = None
    source: Party = field(default_factory=Party)
    destination: Party = field(default_factory=Party)
    wait: int | None = None
    talk: int | None = None
    price: Money | None = None
    price_wait: Money | None = None
    price_talk: Money | None = None
    price_record: Money | None = None
    price_saved: Money | None = None
    recording: str | None = None
    note: str | None = field(default=None, repr=False)
    stream: str = ""
    derived: frozenset[str] = frozenset()
    raw: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)

    @property
    def finished_at(self) -> datetime | None:
        """When the call ended (UTC): as the provider says, else its start and the seconds of waiting and talk.

        Seconds below zero are as unknown as none. None where neither is known, and where that would be after the last
        year of the calendar.
        """
        if self.ended_at is not None or self.started_at is None:
            return self.ended_at
        try:
            return self.started_at + timedelta(seconds=max(0, self.wait or 0) + max(0, self.talk or 0))
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class MissedCall:
    """A missed call of the provider's own list; `processed` says whether somebody dealt with it, None if unsaid."""

    call: Call
    processed: bool | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file of the provider, such as a fax or an export: whole, with the media type that the provider declares."""

    content: bytes = field(repr=False)
    media_type: str
    filename: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recording(File):
    """The audio of a call or a voicemail."""


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """What the provider said to a request for a call: accepted is not yet connected.

    The id, `charged` and `remaining_credit` are given only where the reply states them.
    """

    request_id: str | None
    status: str = "accepted"
    charged: Money | None = None
    remaining_credit: Money | None = None


@dataclass(frozen=True, slots=True)
class Billing:
    """What the provider said about money in its last reply: what that reply cost, and what is left."""

    at: datetime
    charged: Money | None = None
    unit_price: Money | None = None
    remaining_credit: Money | None = None


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row of a call list that can't be read: `record` is the row as sent, `reason` says what is wrong with it.

    `field` is the field that makes no sense, and `call_id` the call's id, each None where that isn't known.
    """

    record: Any = field(repr=False)
    reason: str
    field: str | None = None
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallPage:
    """One page of a provider's call list, or all calls of some days.

    `total` is how many calls the provider says the list (or these days) have, None where it doesn't say;
    `offset` is how many of them stand before this page.
    `unreadable` are the rows that make no sense. `odd` says that the reply had to be repaired to be read, or says
    something that is seldom true, so that it should be read again. `short` says that the page has fewer rows than the
    provider counts, even after it was read again.
    """

    calls: tuple[Call, ...]
    total: int | None = None
    offset: int | None = None
    last: bool = False
    unreadable: tuple[UnreadableRow, ...] = ()
    odd: bool = False
    short: bool = False


@dataclass(frozen=True, slots=True)
class CursorPage:
    """A piece of a list that is read in the order in which its rows were made.

    `cursor` is where the next piece begins; `last` says that nothing more is there now. `unreadable` are the rows that
    make no sense. `after` is the cursor after which this piece begins, None where it wasn't noted.
    """

    calls: tuple[Call, ...]
    cursor: str
    last: bool = False
    unreadable: tuple[UnreadableRow, ...] = ()
    after: str | None = None


@dataclass(frozen=True, slots=True)
class LineEvent:
    """A live event of a phone system, other than the end of a call.

    `kind` is its name in snake case (`new_state`, `incoming_call`, …), `data` all its fields as sent. `placed_call_id`
    is the id of a call that was placed through the provider's interface (`PlacedCall`). `direction` is that of the
    call, seen from the phone or the office.
    """

    kind: str
    at: datetime | None = None
    call_id: str | None = None
    extension: str | None = None
    state: str | None = None
    number: str | None = field(default=None, repr=False)
    queue: str | None = None
    placed_call_id: str | None = None
    direction: Direction | None = None
    data: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
