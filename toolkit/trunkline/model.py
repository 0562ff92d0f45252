"""What a call, a trunk, a credit or a recording is: frozen values without any I/O.

Times are aware UTC, durations whole seconds, money an exact `Money`. What a provider does not
say is `None`. The value types that hold phone numbers or names keep them out of their `repr`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from .errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal


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


class Capability(StrEnum):
    """What a provider can do; each names the account method that does it."""

    SERVICES = "services"
    TRUNKS = "trunks"
    EXTENSIONS = "extensions"
    CALLS = "calls"
    CLICK_TO_CALL = "click_to_call"
    SECURE_CALL = "secure_call"
    SEND_OTP = "send_otp"
    CALLBACK = "callback"
    RECORDING = "recording"
    VOICEMAILS = "voicemails"
    VOICEMAIL_AUDIO = "voicemail_audio"
    CONTACTS = "contacts"
    ADD_CONTACT = "add_contact"
    REMOVE_CONTACT = "remove_contact"
    MISSED_CALLS = "missed_calls"
    MARK_MISSED = "mark_missed"
    RATES = "rates"
    INVOICES = "invoices"
    PAYMENTS = "payments"
    SUBSCRIPTIONS = "subscriptions"
    PLANS = "plans"
    DEVICES = "devices"
    CALLER_IDS = "caller_ids"
    ADD_CALLER_ID = "add_caller_id"
    FAXES = "faxes"
    AGENTS = "agents"
    PAUSE_AGENT = "pause_agent"
    RESUME_AGENT = "resume_agent"
    BLOCK = "block"
    UNBLOCK = "unblock"
    SERVER_TIME = "server_time"
    LOCATIONS = "locations"
    PARSE_PUSH = "parse_push"
    REQUEST = "request"


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount in one ISO 4217 currency. Two currencies are never added."""

    amount: Decimal
    currency: str

    def __add__(self, other: Self) -> Money:
        """Return the sum; a different currency is a `DataError`."""
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Self) -> Money:
        """Return the difference; a different currency is a `DataError`."""
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        """Return the amount with its sign turned."""
        return Money(-self.amount, self.currency)

    def __str__(self) -> str:
        """Return the amount without an exponent, and the currency."""
        return f"{self.amount:f} {self.currency}"

    def _same(self, other: Self) -> None:
        if self.currency != other.currency:
            msg = f"{self.currency} and {other.currency} can't be added: convert one of them first"
            raise DataError(msg, field="currency")


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


@dataclass(frozen=True, slots=True)
class Trunk:
    """A line with its prepaid credit; the credit and its expiry where the provider tells them."""

    trunk_id: str
    number: str | None = field(default=None, repr=False)
    e164: str | None = field(default=None, repr=False)
    credit: Money | None = None
    credit_expires_at: datetime | None = None
    stream: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """An internal number and the operator behind it."""

    number: str
    name: str | None = field(default=None, repr=False)
    stream: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A subscribed service with its trunks and extensions; its id is what call lists are asked by."""

    service_id: str
    trunks: tuple[Trunk, ...] = ()
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose account this is: a stable id (never a secret) and the name that a person would give it."""

    account_id: str
    title: str


@dataclass(frozen=True, slots=True)
class City:
    """A city of the provider's list of places."""

    location_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Location:
    """A province and its cities."""

    province: str
    cities: tuple[City, ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """The audio of a call, whole, with the media type that the provider declares."""

    content: bytes = field(repr=False)
    media_type: str
    filename: str


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
class CallPage:
    """One page of a provider's call list.

    `total` is how many calls the provider says the list holds (None where it doesn't say);
    `offset` is how many of them stand before this page.
    """

    calls: tuple[Call, ...]
    total: int | None = None
    offset: int | None = None
    last: bool = False
