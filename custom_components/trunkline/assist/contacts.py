"""The contacts of the archive that somebody means by a name: whole names before parts, and as written before alike."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from itertools import islice, product
from typing import TYPE_CHECKING, Final

from trunkline import inert
from trunkline.model import ContactSource

from .callees import LONGEST_NAME
from .names import MOST_SPELLINGS, comparable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from trunkline.archive import Archive

# Not the names that calls carry: a stranger chooses those, and could be called instead of somebody known.
SOURCES: Final = (ContactSource.IMPORTED, ContactSource.PHONEBOOK)
_AS_ONE_SPACE: Final = str.maketrans({"\u200c": " ", "-": " "})
# Letters that Unicode doesn't take apart, and those that are left of Arabic ones.
_ALIKE: Final = str.maketrans({"đ": "d", "ي": "ی"})


@dataclass(frozen=True, slots=True)
class Contact:
    """A number and its name, made safe to say."""

    name: str
    number: str = field(repr=False)


class Wanted:
    """A name as somebody said it, which a language may have inflected."""

    def __init__(self, said: str, endings: Mapping[str, Iterable[str]]) -> None:
        """Read the name; `endings` are the endings of words and what they become after "call"."""
        forms = _base_forms(_words(said), endings)
        self._ways = [(change, [change(form) for form in forms if form]) for change in (_as_written, _alike)]

    def rank(self, name: str) -> int | None:
        """Return how well a name fits, the best is 0; None if it doesn't."""
        written = _words(name)
        ways = [(change(written), forms) for change, forms in self._ways]
        for rank, (words, forms) in enumerate(ways):
            # However the parts of a word are joined.
            if any("".join(words) == "".join(form) for form in forms):
                return rank
        for rank, (words, forms) in enumerate(ways, len(ways)):
            if any(set(form) <= set(words) for form in forms):
                return rank
        return None


def find_contacts(archive: Archive, wanted: Wanted, ending: str = "") -> list[Contact]:
    """Return the contacts that fit best, each number once; only numbers with this ending. Runs in the executor."""
    found = [
        contact
        for contact in archive.contacts.search(lambda name: wanted.rank(name) is not None, SOURCES)
        if contact.number.endswith(ending)
    ]
    ranks = {contact.name: wanted.rank(contact.name) or 0 for contact in found}
    best = min(ranks.values(), default=0)
    numbers: dict[str, Contact] = {}
    for contact in found:
        if ranks[contact.name] == best:
            numbers.setdefault(contact.number, Contact(inert.plain(contact.name, LONGEST_NAME), contact.number))
    return list(numbers.values())


def people(contacts: Iterable[Contact]) -> list[str]:
    """Return the different names of contacts."""
    names: dict[str, str] = {}
    for contact in contacts:
        names.setdefault("".join(_words(contact.name)), contact.name)
    return list(names.values())


def digits_in(text: str) -> str:
    """Return the digits of a text, of any script, as ASCII."""
    return "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())


def _words(text: str) -> list[str]:
    return comparable(text).translate(_AS_ONE_SPACE).split()


def _as_written(words: Sequence[str]) -> list[str]:
    return list(words)


def _alike(words: Sequence[str]) -> list[str]:
    """Return the words without diacritics."""
    return [_without_marks(word) for word in words]


def _without_marks(word: str) -> str:
    parts = unicodedata.normalize("NFKD", word)
    return "".join(sign for sign in parts if not unicodedata.combining(sign)).translate(_ALIKE)


def _base_forms(words: Sequence[str], endings: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Return what the words may have been before they were inflected, first as they are."""
    bases = [
        [
            word,
            *(
                word.removesuffix(ending) + base
                for base, changed in endings.items()
                for ending in changed
                if word.endswith(ending) and word != ending
            ),
        ]
        for word in words
    ]
    return list(islice(product(*bases), MOST_SPELLINGS))
