"""Who calls: compares the other end of a call with the numbers and the contact that the user has entered."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

from ..account.parties import is_number
from .options import CONTACT, NUMBER, numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trunkline.model import Party

# Letters that Arabic and Persian keyboards write differently, and the joiner that some leave out.
_SAME: Final = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "\u200c": " "})


def is_caller(options: Mapping[str, Any], party: Party, names: Iterable[str | None], *, region: str) -> bool:
    """Return whether the options leave the party open, or name it by one of its numbers or names."""
    if NUMBER not in options and CONTACT not in options:
        return True
    if any(is_number(party, number, region) for number in numbers(options)):
        return True
    wanted = _folded(options.get(CONTACT, ""))
    return bool(wanted) and any(_folded(name) == wanted for name in names if name)


def _folded(name: str) -> str:
    """Return a name without differences of case, width, spaces and keyboards."""
    return " ".join(unicodedata.normalize("NFKC", name).translate(_SAME).casefold().split())
