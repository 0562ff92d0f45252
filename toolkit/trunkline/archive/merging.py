"""Merges a new record of an archived call: the later record wins, but never clears a known field."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trunkline.model import Call, Contact, Money, Party, Status

from .rows import PRICE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

# The fields that can be stated or derived, each for itself.
_SINGLE = ("direction", "started_at", "ended_at", "trunk", "extension", "wait", "talk", "recording", "note")
# What follows from the outcome where a provider states one duration for either.
_OF_THE_OUTCOME = frozenset({"wait", "talk", "ended_at"})


def merged(old: Call, new: Call) -> Call:
    """Return the call after the record `new` of the same key.

    A stated field is not replaced by a derived one, and an unknown status doesn't replace a known one. Where the status
    was corrected, the durations are those of the new record: the old ones belonged to another outcome.
    """
    is_corrected = new.status is not old.status and Status.UNKNOWN not in {old.status, new.status}
    taken: dict[str, Any] = {}
    derived = set(new.derived.difference(_SINGLE))
    for name in _SINGLE:
        ours, theirs = getattr(old, name), getattr(new, name)
        keep = theirs is None or (ours is not None and name in new.derived and name not in old.derived)
        if is_corrected and name in _OF_THE_OUTCOME:
            keep = theirs is None and name not in old.derived
        taken[name] = ours if keep else theirs
        if name in (old.derived if keep else new.derived):
            derived.add(name)
    taken |= _prices(old, new)
    return replace(
        new,
        **taken,
        status=old.status if new.status is Status.UNKNOWN else new.status,
        source=_party(old.source, new.source),
        destination=_party(old.destination, new.destination),
        stream=new.stream or old.stream,
        derived=frozenset(derived),
        raw=old.raw if new.raw is None else new.raw,
    )


def corrected(old: Call, new: Call) -> Iterator[tuple[str, Money, Money]]:
    """Yield (field, old, new) for each price that was known and is now another."""
    for name in PRICE_FIELDS:
        before, after = getattr(old, name), getattr(new, name)
        if before is not None and after is not None and before != after:
            yield name, before, after


def _prices(old: Call, new: Call) -> dict[str, Money | None]:
    before: dict[str, Money | None] = {name: getattr(old, name) for name in PRICE_FIELDS}
    after: dict[str, Money | None] = {name: getattr(new, name) for name in PRICE_FIELDS}
    currencies = {money.currency for money in (*before.values(), *after.values()) if money is not None}
    if len(currencies) > 1 and any(after.values()):
        # Parts in the old currency would be no parts of a price in the new one.
        return after
    return {name: before[name] if after[name] is None else after[name] for name in PRICE_FIELDS}


def _party(old: Party, new: Party) -> Party:
    same = new.number is None or new.number == old.number or (new.e164 is not None and new.e164 == old.e164)
    if not same and old.number is not None:
        # Another number: what is known of the old one would be said of the wrong person.
        return new
    return Party(
        number=old.number if new.number is None else new.number,
        e164=old.e164 if new.e164 is None else new.e164,
        name=old.name if new.name is None else new.name,
        contact=_contact(old.contact, new.contact),
    )


def _contact(old: Contact | None, new: Contact | None) -> Contact | None:
    if old is None or new is None:
        return old if new is None else new
    if old.contact_id is not None and new.contact_id is not None and old.contact_id != new.contact_id:
        return new
    return Contact(
        contact_id=old.contact_id if new.contact_id is None else new.contact_id,
        name=old.name if new.name is None else new.name,
        company=old.company if new.company is None else new.company,
        email=old.email if new.email is None else new.email,
        address=old.address if new.address is None else new.address,
        location=old.location if new.location is None else new.location,
        note=old.note if new.note is None else new.note,
        numbers=new.numbers or old.numbers,
    )
