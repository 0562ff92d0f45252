"""What an account consists of: lines and extensions, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from .money import Money


@dataclass(frozen=True, slots=True)
class Trunk:
    """A line with its prepaid credit; the credit and its expiry if the provider states them."""

    trunk_id: str = field(repr=False)
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
