"""What else an account may have: plans, mailboxes, faxes, devices, caller ids and its owner's details."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """A subscribed package and the whole days left of it.

    `status` is as the provider states it; `active` says whether the package is in use, None if that isn't stated.
    """

    plan_id: str
    name: str
    days_left: int | None = None
    status: str | None = None
    number: str | None = field(default=None, repr=False)
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A voicemail box; `context` is the part of the telephone system that it belongs to."""

    mailbox: str
    context: str | None = None
    name: str | None = field(default=None, repr=False)
    mailbox_id: str | None = None


@dataclass(frozen=True, slots=True)
class Voicemail:
    """A message in a mailbox. `problem` is the provider's message if it could not be saved."""

    voicemail_id: str
    mailbox: str | None = None
    context: str | None = None
    caller: str | None = field(default=None, repr=False)
    received_at: datetime | None = None
    duration: int | None = None
    read: bool | None = None
    filename: str | None = field(default=None, repr=False)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Fax:
    """A fax that was sent or received; `outgoing` is None where the provider doesn't say which."""

    fax_id: str | None
    outgoing: bool | None = None
    source: str | None = field(default=None, repr=False)
    destination: str | None = field(default=None, repr=False)
    status: str | None = None
    at: datetime | None = None
    filename: str | None = field(default=None, repr=False)
    device: str | None = field(default=None, repr=False)
    note: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Device:
    """A telephone or fax machine that is registered at the provider. Its password is never kept."""

    device_id: str
    kind: str | None = None
    name: str | None = field(default=None, repr=False)
    extension: str | None = None
    username: str | None = field(default=None, repr=False)
    caller_id: str | None = field(default=None, repr=False)
    registered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallerId:
    """A caller ID: a number that a device can send when it calls."""

    caller_id: str
    number: str | None = field(default=None, repr=False)
    description: str | None = field(default=None, repr=False)
    device: str | None = None
    added_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """The owner's details: fields by the provider's names, in the provider's order."""

    values: Mapping[str, str | None] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class RecordingEntry:
    """A recording that the provider lists. Its length is in seconds, its size in bytes."""

    recording_id: str
    at: datetime | None = None
    duration: int | None = None
    source: str | None = field(default=None, repr=False)
    destination: str | None = field(default=None, repr=False)
    size: int | None = None
    note: str | None = field(default=None, repr=False)
