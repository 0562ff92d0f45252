"""How the names of people and accounts are spelled in sentences, and which of them a sentence contains."""

from __future__ import annotations

import re
import unicodedata
from itertools import islice, product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# A name of many words with many endings each would make the sentences large.
MOST_SPELLINGS: Final = 40
_SHORTEST: Final = 2
_JOINER: Final = "\u200c"
# Arabic letters that many keyboards type for Persian ones.
_PERSIAN: Final = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک"})
# Signs on letters that Unicode doesn't join with the letter, such as the one that doubles it in Persian. They are often
# left out.
_MARKS: Final = "\u0300-\u036f\u064b-\u065f\u0670"
_MARK: Final = re.compile(f"[{_MARKS}]")
# What is left of a name: other characters are syntax of sentences or aren't spoken.
_UNSPOKEN: Final = re.compile(rf"[^\w{_JOINER}{_MARKS}'-]|_")
_SPACES: Final = re.compile(r"\s+")


def spoken(name: str) -> str:
    """Return a name as it is spoken: letters, digits, hyphens and apostrophes; empty if nothing is left."""
    text = unicodedata.normalize("NFC", name).translate(_PERSIAN)
    text = _SPACES.sub(" ", _UNSPOKEN.sub(" ", text)).strip(f" -'{_JOINER}")
    return text if len(text) >= _SHORTEST else ""


def spellings(name: str, endings: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the ways in which a name is written or spoken in a language with these endings, the name itself first."""
    plain = spoken(name)
    if not plain:
        return []
    words = [_forms(word, endings) for word in plain.split(" ")]
    inflected = (" ".join(forms) for forms in islice(product(*words), MOST_SPELLINGS))
    return list(dict.fromkeys(variant for text in inflected for variant in _variants(text)))


def key(name: str) -> str:
    """Return what two spellings of the same name have in common."""
    return _MARK.sub("", spoken(name).casefold())


def find(sentence: str, spelled: Iterable[str]) -> str | None:
    """Return which of the spellings the sentence contains as whole words, the longest one if there are several."""
    text = f" {comparable(sentence)} "
    found = (spelling for spelling in spelled if f" {comparable(spelling)} " in text)
    return max(found, key=lambda spelling: (len(spelling), text.rfind(comparable(spelling))), default=None)


def without(sentence: str, spelling: str) -> str:
    """Return a sentence without a spelling that it contains."""
    text, _, rest = f" {comparable(sentence)} ".rpartition(f" {comparable(spelling)} ")
    return f"{text} {rest}".strip()


def _forms(word: str, endings: Mapping[str, Iterable[str]]) -> list[str]:
    """Return a word with each ending that its own one becomes."""
    for length in range(len(word) - 1, 0, -1):
        if changed := endings.get(word[-length:].lower()):
            return [word, *(word[:-length] + ending for ending in changed)]
    return [word]


def _variants(text: str) -> list[str]:
    """Return a text with what is often written instead of joiners, hyphens and signs on letters."""
    written = [text, text.replace(_JOINER, " "), text.replace(_JOINER, ""), text.replace("-", " ")]
    return [*written, *(_MARK.sub("", each) for each in written)]


def comparable(text: str) -> str:
    """Return a text without differences of case, keyboards, signs and punctuation, its words parted by one space."""
    folded = _MARK.sub("", unicodedata.normalize("NFC", text).translate(_PERSIAN).casefold())
    return _SPACES.sub(" ", _UNSPOKEN.sub(" ", folded)).strip()
