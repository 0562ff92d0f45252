"""Masked phone numbers: the last digits are hidden, and different numbers stay distinguishable."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from trunkline import inert

if TYPE_CHECKING:
    from collections.abc import Iterable

_HIDDEN = 4
# Extensions and short codes identify no person.
_SHORT = 5
_LETTERS = 26
_LONGEST = 40


def masked(number: str, hidden: int = _HIDDEN) -> str:
    """Return the number with its last `hidden` characters replaced, at least half of it; up to five digits stay."""
    if len(number) <= _SHORT:
        return number
    cut = max(0, min(len(number) - hidden, len(number) // 2))
    return number[:cut] + "•" * (len(number) - cut)


def labels(numbers: Iterable[str | None], *, mask: bool = True, absent: str = "none") -> dict[str | None, str]:
    """Return a label of one line for each number; equal ones (masked, or cut) get letters, in the given order."""
    plain = {
        number: absent if number is None else inert.one_line(masked(number) if mask else number, _LONGEST)
        for number in numbers
    }
    same: defaultdict[str, list[str | None]] = defaultdict(list)
    for number, label in plain.items():
        same[label].append(number)
    return {
        number: label if len(same[label]) == 1 else f"{label} {_letter(same[label].index(number))}"
        for number, label in plain.items()
    }


def _letter(position: int) -> str:
    return chr(ord("A") + position) if position < _LETTERS else str(position + 1)
