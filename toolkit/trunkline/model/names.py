"""Names of phone numbers, and where they are known from."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class ContactSource(StrEnum):
    """Where a name is known from, in the default order: the first source that has a name is shown."""

    IMPORTED = "imported"
    """A file that the user imported."""
    PHONEBOOK = "phonebook"
    """The phonebook at a provider."""
    CALLS = "calls"
    """The calls, which carry names."""


@dataclass(frozen=True, slots=True)
class NamedNumber:
    """A number (E.164) and the name that a source has for it.

    `origin` is the account whose phonebook or calls have the name, "" for what the user imported. `learned_at` is when
    the archive learned the name (UTC), for a name that calls carry the start of the call, None where that is unknown.
    """

    number: str = field(repr=False)
    name: str = field(repr=False)
    source: ContactSource = ContactSource.IMPORTED
    origin: str = ""
    learned_at: datetime | None = None
