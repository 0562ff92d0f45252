"""Masked phone numbers: the last digits are hidden, and a pseudonym tells whose they are apart.

A pseudonym is computed from the number with a secret key (HMAC, RFC 2104): the same number has the same one in every
table, plot and engine, and nobody without the key can find the number by trying all that it could be.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, cast

import narwhals as nw

from trunkline import inert
from trunkline.model import Direction
from trunkline.numbers import e164

from . import spark

if TYPE_CHECKING:
    from collections.abc import Iterable

_HIDDEN = 4
# Extensions and short codes identify no person.
_SHORT = 5
_LONGEST = 40
_LINES: Final = ("trunk", "extension")
_OWN_SIDES: Final = {Direction.INCOMING.value: "destination", Direction.OUTGOING.value: "source"}
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
    """Return how the numbers of trunks and extensions stand in calls: as they are written, with a 0, and in E.164.

    `regions` are the ISO 3166 countries of trunks without a country code.
    """
    known, countries = frozenset(trunks), tuple(regions)
    international = (e164(trunk, region) for trunk in known for region in countries)
    # The id of a trunk has no zeros at its beginning.
    national = (f"0{trunk}" for trunk in known if trunk.isdecimal() and len(trunk) > _SHORT and trunk[0] != "0")
    return known.union(national, (number for number in international if number is not None))


type Mask = bool | Masking
"""Whether numbers are masked: `True` with a key of this process and without names, `False` not at all."""


def own_of(frame: Any, regions: Iterable[str] = ()) -> frozenset[str]:
    """Return the numbers of the user's own lines as far as a frame of calls tells: of its trunks and extensions.

    A number of which a trunk is the end is one, too, where it was called by a call that came in on this trunk, or
    called from by one that went out.
    """
    data = nw.from_native(frame).lazy()
    names = data.collect_schema().names()
    lines = {str(line) for name in _LINES if name in names for (line,) in _different(data, name)}
    found = set(own_numbers(lines, regions))
    if {"trunk", "direction"} <= {*names}:
        for direction, side in _OWN_SIDES.items():
            if side in names:
                there = data.filter(nw.col("direction").cast(nw.String()) == direction)
                pairs = _different(there, "trunk", side)
                found |= {number for trunk, number in pairs if len(trunk) > _SHORT and number.endswith(trunk)}
    return frozenset(found)


def _different(data: nw.LazyFrame[Any], *columns: str) -> Iterable[tuple[str, ...]]:
    texts = data.select(*(nw.col(column).cast(nw.String()) for column in columns)).drop_nulls().unique()
    return cast("Iterable[tuple[str, ...]]", spark.collected(texts).iter_rows())


def of_calls(mask: Mask, frame: Any) -> Mask:
    """Return the mask under which the lines of a frame of calls stay whole."""
    if mask is False:
        return False
    masking = mask if isinstance(mask, Masking) else Masking()
    return replace(masking, own=masking.own | own_of(frame))


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
