"""The names of phone numbers in the archive: one of each source and origin, and which of them is shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from trunkline import inert
from trunkline.errors import DataError
from trunkline.model import ContactSource, NamedNumber

from .damage import reading_row
from .rows import maybe_micros, maybe_time, to_micros
from .schema import contact_precedence, contacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from trunkline.model import Call

    from .database import Database

_TABLE = contacts.c
_COLUMNS = ("source", "origin", "number", "name", "learned_at")
_KEY = ("source", "origin", "number")
_NUMBER = re.compile(r"\+[0-9]{2,20}", re.ASCII)
# What some systems send instead of a name: the number again.
_NAME = re.compile(r"[^0-9+*#() ./-]")
_MOST_PARAMETERS = 500
# Keeps a sum of microseconds within 64 bits. Any large prime will do.
_MODULUS = 1_000_000_007


class Contacts:
    """The names of phone numbers, each with its source. Part of an `Archive`, whose rules apply.

    A number may have a name of each source: what the user imported, the phonebook of each account, and what the calls
    of each account carry. The source that comes first in the precedence decides which name is shown; of two accounts
    the name that was learned last.
    """

    def __init__(self, database: Database) -> None:
        """Use `Archive.contacts`."""
        self._database = database

    def add(self, names: Mapping[str, str]) -> int:
        """Keep names that the user imported, by number (E.164); return how many are new or changed.

        `DataError` for a number that isn't E.164 or a name without a letter; then nothing is kept.
        """
        with self._database.writing() as connection:
            return _store(connection, self._database, ContactSource.IMPORTED, "", names)

    def replace_phonebook(self, account: str, names: Mapping[str, str]) -> int:
        """Keep the phonebook of an account as it is now; return how many names are new, changed or gone."""
        with self._database.writing(account) as connection:
            of_account = (_TABLE.source == ContactSource.PHONEBOOK.value, _TABLE.origin == account)
            known = connection.execute(select(_TABLE.number).where(*of_account)).scalars().all()
            gone = sorted(set(known) - names.keys())
            for some in _portions(gone):
                connection.execute(delete(contacts).where(*of_account, _TABLE.number.in_(some)))
            return len(gone) + _store(connection, self._database, ContactSource.PHONEBOOK, account, names)

    def entries(self, source: ContactSource | None = None) -> list[NamedNumber]:
        """Return the names of all sources, or of one, by number and in the order of the precedence."""
        chosen = select(contacts).order_by(_TABLE.number, _TABLE.origin)
        if source is not None:
            chosen = chosen.where(_TABLE.source == source.value)
        with self._database.reading() as connection:
            places = _places(connection)
            found = [to_named(row) for row in connection.execute(chosen)]
        return sorted(found, key=lambda contact: (contact.number, *_rank(contact, places)))

    def search(self, wanted: Callable[[str], bool], sources: Sequence[ContactSource]) -> list[NamedNumber]:
        """Return the names of these sources that are wanted, in the order of the precedence.

        The names are read one after the other, so that only those that are wanted need memory.
        """
        chosen = select(contacts).where(_TABLE.source.in_([source.value for source in sources]))
        with self._database.reading() as connection:
            places = _places(connection)
            rows = connection.execution_options(yield_per=_MOST_PARAMETERS).execute(chosen)
            found = [to_named(row) for row in rows if not isinstance(row.name, str) or wanted(row.name)]
        return sorted(found, key=lambda contact: (*_rank(contact, places), contact.number))

    def names(self, numbers: Sequence[str] | None = None) -> dict[str, str]:
        """Return the names to show of these numbers (E.164), or of all; numbers without a name are left out."""
        with self._database.reading() as connection:
            return shown_names(connection, numbers)

    def remove(self, numbers: Sequence[str] | None = None, *, source: ContactSource | None = None) -> int:
        """Delete the names of these numbers, or of all, from all sources or one; return how many there were.

        A name that a phonebook or calls have is learned again from the next phonebook or call.
        """
        conditions = [] if source is None else [_TABLE.source == source.value]
        with self._database.writing() as connection:
            if numbers is None:
                return connection.execute(delete(contacts).where(*conditions)).rowcount
            return sum(
                connection.execute(delete(contacts).where(*conditions, _TABLE.number.in_(some))).rowcount
                for some in _portions(numbers)
            )

    def precedence(self) -> tuple[ContactSource, ...]:
        """Return the sources in the order in which their names are shown."""
        with self._database.reading() as connection:
            return _precedence(connection)

    def set_precedence(self, sources: Sequence[ContactSource]) -> None:
        """Set the order in which names are shown; sources that are left out follow in the default order."""
        rows = [(source.value, place) for place, source in enumerate(_complete(sources))]
        with self._database.writing() as connection:
            insert = self._database.upsert("contact_precedence", ("source", "place"), ("source",))
            self._database.write(connection, insert, sorted(rows))

    def state(self) -> tuple[object, ...]:
        """Return a value that changes when a name or the precedence changes, to find out whether to read them again."""
        # A name can change without its time: that of a call whose record was corrected.
        text = _TABLE.source + " " + _TABLE.origin + " " + _TABLE.number + " " + _TABLE.name
        counted = select(
            func.count(),
            func.coalesce(func.sum(_TABLE.learned_at % _MODULUS), 0),
            func.coalesce(func.sum(self._database.digest(text)), 0),
        )
        with self._database.reading() as connection:
            figures = connection.execute(counted).one()
            return (*map(int, figures), *_precedence(connection))


def learn(connection: Connection, database: Database, account: str, calls: Iterable[Call]) -> None:
    """Keep the names that calls of an account carry: for each number that of its latest call."""
    found: dict[str, tuple[int, str]] = {}
    for call in calls:
        for party in (call.source, call.destination):
            if party.name is None or party.e164 is None or _NUMBER.fullmatch(party.e164) is None:
                continue
            # As it was sent, but for characters that are no text: automations compare names.
            name = inert.visible(party.name)[: inert.LONGEST]
            if not _NAME.search(name):
                continue
            at = 0 if call.started_at is None else to_micros(call.started_at, "started_at")
            if party.e164 not in found or (at, name) > found[party.e164]:
                found[party.e164] = at, name
    rows = [
        (ContactSource.CALLS.value, account, number, name, at or None) for number, (at, name) in sorted(found.items())
    ]
    if rows:
        database.write(connection, _later(database), rows)


def shown_names(connection: Connection, numbers: Sequence[str] | None = None) -> dict[str, str]:
    """Return the names to show, as `Contacts.names` says."""
    places = _places(connection)
    best: dict[str, tuple[tuple[int, float], str]] = {}
    chosen = select(contacts).order_by(_TABLE.origin)
    portions = [None] if numbers is None else _portions(sorted(set(numbers)))
    for some in portions:
        for row in connection.execute(chosen if some is None else chosen.where(_TABLE.number.in_(some))):
            contact = to_named(row)
            rank = _rank(contact, places)
            if contact.number not in best or rank < best[contact.number][0]:
                best[contact.number] = rank, contact.name
    return {number: name for number, (_, name) in best.items()}


def to_named(row: Row[Any]) -> NamedNumber:
    """Return the contact of a row; `UnreadableRowError` for a damaged one."""
    with reading_row(contacts, (row.source, row.origin), row):
        if _NUMBER.fullmatch(row.number) is None:
            raise ValueError
        return NamedNumber(row.number, row.name, ContactSource(row.source), row.origin, maybe_time(row.learned_at))


def to_place(row: Row[Any]) -> tuple[ContactSource, int]:
    """Return a source and its place of a row; `UnreadableRowError` for a damaged one."""
    with reading_row(contact_precedence, (row.source,), row):
        return ContactSource(row.source), int(row.place)


def _store(
    connection: Connection, database: Database, source: ContactSource, origin: str, names: Mapping[str, str]
) -> int:
    wanted = {number: inert.one_line(name) for number, name in names.items()}
    if not all(map(_NUMBER.fullmatch, wanted)):
        msg = "a contact's number isn't written as +, country code and number, so it can't be archived"
        raise DataError(msg, field="number")
    if not all(map(_NAME.search, wanted.values())):
        msg = "a contact's name has no letter, so it can't be archived"
        raise DataError(msg, field="name")
    at = maybe_micros(datetime.now(UTC), "learned_at")
    known: dict[str, str] = {}
    for some in _portions(sorted(wanted)):
        chosen = select(_TABLE.number, _TABLE.name).where(
            _TABLE.source == source.value, _TABLE.origin == origin, _TABLE.number.in_(some)
        )
        known.update(connection.execute(chosen).tuples().all())
    rows = [
        (source.value, origin, number, name, at) for number, name in sorted(wanted.items()) if known.get(number) != name
    ]
    if rows:
        database.write(connection, database.upsert("contacts", _COLUMNS, _KEY), rows)
    return len(rows)


def _later(database: Database) -> str:
    """Return the driver's statement that keeps a name unless the one that is known is the same, or of a later call."""
    return (
        f"{database.upsert('contacts', _COLUMNS, _KEY)} WHERE contacts.name <> excluded.name "
        "AND COALESCE(excluded.learned_at, 0) >= COALESCE(contacts.learned_at, 0)"
    )


def _places(connection: Connection) -> dict[ContactSource, int]:
    return {source: place for place, source in enumerate(_precedence(connection))}


def _precedence(connection: Connection) -> tuple[ContactSource, ...]:
    stored = sorted((to_place(row) for row in connection.execute(select(contact_precedence))), key=lambda row: row[1])
    return _complete([source for source, _ in stored])


def _complete(sources: Iterable[ContactSource]) -> tuple[ContactSource, ...]:
    return tuple(dict.fromkeys([*sources, *ContactSource]))


def _rank(contact: NamedNumber, places: Mapping[ContactSource, int]) -> tuple[int, float]:
    """Return what orders the names of one number: the source's place, then the one that was learned last."""
    learned = 0.0 if contact.learned_at is None else contact.learned_at.timestamp()
    return places[contact.source], -learned


def _portions(numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the numbers in portions that fit into one query."""
    for start in range(0, len(numbers), _MOST_PARAMETERS):
        yield numbers[start : start + _MOST_PARAMETERS]
