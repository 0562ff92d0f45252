"""Masked phone numbers: the last digits are hidden, and a pseudonym tells whose they are apart.

A pseudonym is computed from the number with a secret key (HMAC, RFC 2104): the same number has the same one in every
table, plot and engine, and nobody without the key can find the number by trying all that it could be.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trunkline import inert
from trunkline.numbers import e164

if TYPE_CHECKING:
    from collections.abc import Iterable

_HIDDEN = 4
# Extensions and short codes identify no person.
_SHORT = 5
_LONGEST = 40
# 30 bits: among a thousand numbers that begin alike, two of the same pseudonym are one chance in two thousand.
_LETTERS = 6

# Without an archive, pseudonyms are the same until the process ends.
_KEY_OF_PROCESS = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Masking:
    """How numbers are masked: with which key, which are the user's own and stay whole, and whether names are shown.

    `Archive.masking_key` is the key of an archive. A masking never prints its key or a number.
    """

    key: bytes = field(default=_KEY_OF_PROCESS, repr=False)
    own: frozenset[str] = field(default=frozenset(), repr=False)
    names: bool = False

    def pseudonym(self, number: str, letters: int = _LETTERS) -> str:
        """Return letters and digits, up to 52, that stand for the number; fewer are the beginning of more."""
        digest = hmac.digest(self.key, number.encode(errors="surrogatepass"), "sha256")
        return b32encode(digest).decode("ascii")[:letters]


def own_numbers(trunks: Iterable[str], regions: Iterable[str]) -> frozenset[str]:
    """Return how the numbers of trunks stand in calls: as the trunks are written, and in E.164.

    `regions` are the ISO 3166 countries of trunks without a country code.
    """
    known, countries = frozenset(trunks), tuple(regions)
    international = (e164(trunk, region) for trunk in known for region in countries)
    return known | {number for number in international if number is not None}


type Mask = bool | Masking
"""Whether numbers are masked: `True` with a key of this process and without names, `False` not at all."""


def shows_names(mask: Mask) -> bool:
    """Return whether names may be shown beside the numbers."""
    return mask.names if isinstance(mask, Masking) else not mask


def masked(number: str, hidden: int = _HIDDEN) -> str:
    """Return the number with its last `hidden` characters replaced, at least half of it; up to five digits stay."""
    if len(number) <= _SHORT:
        return number
    cut = max(0, min(len(number) - hidden, len(number) // 2))
    return number[:cut] + "•" * (len(number) - cut)


def labels(numbers: Iterable[str | None], *, mask: Mask = True, absent: str = "none") -> dict[str | None, str]:
    """Return a label of one line for each number: whole, or masked and with its pseudonym.

    Labels that are equal, because they are cut, get pseudonyms as well.
    """
    masking = mask if isinstance(mask, Masking) else Masking()
    found: dict[str | None, str] = {}
    for number in numbers:
        hides = mask is not False and number is not None and number not in masking.own and masked(number) != number
        shown = absent if number is None else masked(number) if hides else number
        found[number] = inert.one_line(shown, _LONGEST) + (f" {masking.pseudonym(number)}" if hides and number else "")
    times = Counter(found.values())
    return {
        number: label if number is None or times[label] == 1 else f"{label} {masking.pseudonym(number)}"
        for number, label in found.items()
    }
