"""Who can be called by name: the speed dials of the accounts, and their extensions that have a name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trunkline import inert
from trunkline.model import Capability

from ..const import CONF_FROM, CONF_TO, SUBENTRY_SPEED_DIAL
from .names import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..runtime import TrunklineConfigEntry

# More names would make each sentence that somebody says slower to recognize.
MOST_CALLEES: Final = 100
LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Target:
    """Whom an account calls under a name. `phone` rings first, None where that depends on who asks."""

    entry_id: str
    account: str
    number: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Callee:
    """A name, and whom each account that knows it calls under it."""

    name: str = field(repr=False)
    targets: tuple[Target, ...]


def find_callees(entries: Iterable[TrunklineConfigEntry]) -> list[Callee]:
    """Return who can be called, each name once. In an account a speed dial goes before an extension."""
    found: dict[str, Callee] = {}
    for entry in entries:
        for name, target in _targets(entry):
            same = key(name)
            if not same or (same not in found and len(found) == MOST_CALLEES):
                continue
            before = found.get(same) or Callee(inert.plain(name, LONGEST_NAME), ())
            if all(known.entry_id != target.entry_id for known in before.targets):
                found[same] = Callee(before.name, (*before.targets, target))
    return list(found.values())


def can_call(entry: TrunklineConfigEntry) -> bool:
    """Return whether an account can place calls at all."""
    return entry.runtime_data.account.supports(Capability.CLICK_TO_CALL)


def _targets(entry: TrunklineConfigEntry) -> Iterator[tuple[str, Target]]:
    runtime = entry.runtime_data
    if not can_call(entry):
        return
    account = inert.plain(entry.title)
    for subentry in entry.subentries.values():
        if subentry.subentry_type == SUBENTRY_SPEED_DIAL:
            data: Mapping[str, str] = subentry.data
            yield subentry.title, Target(entry.entry_id, account, data[CONF_TO], data[CONF_FROM])
    for extension in runtime.coordinator.data.extensions:
        if extension.name:
            yield extension.name, Target(entry.entry_id, account, extension.number)


def phone_of(entry: TrunklineConfigEntry, user_name: str | None, number: str) -> str | None:
    """Return the phone that rings first when a user calls a number: their own extension, else that of the speed dials.

    None if neither is known.
    """
    own: set[str] = {
        extension.number
        for extension in entry.runtime_data.coordinator.data.extensions
        if user_name and extension.name and key(extension.name) == key(user_name)
    }
    of_dials: set[str] = {
        subentry.data[CONF_FROM]
        for subentry in entry.subentries.values()
        if subentry.subentry_type == SUBENTRY_SPEED_DIAL
    }
    for phones in (own, of_dials):
        if len(phones - {number}) == 1:
            return next(iter(phones - {number}))
    return None
