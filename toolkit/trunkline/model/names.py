"""Names of phone numbers, and where they are known from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .calls import Call, Party


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


def with_names(call: Call, names: Mapping[str, str]) -> Call:
    """Return the call with the names that are known of its numbers (E.164); other names stay."""
    source, destination = _named(call.source, names), _named(call.destination, names)
    if source is call.source and destination is call.destination:
        return call
    return replace(call, source=source, destination=destination)


def _named(party: Party, names: Mapping[str, str]) -> Party:
    name = None if party.e164 is None else names.get(party.e164)
    return party if name is None or name == party.name else replace(party, name=name)
