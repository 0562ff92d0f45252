"""Compares the ends of calls with numbers that people have entered."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from trunkline.numbers import dial_digits, e164, trunk_id

if TYPE_CHECKING:
    from trunkline.model import Party


def entered_digits(text: str) -> str:
    """Return an entered number without separators and marks that nobody sees, its digits as ASCII."""
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in dial_digits(text)
        if unicodedata.category(character) != "Cf"
    )


def is_number(party: Party, number: str, region: str) -> bool:
    """Return whether this is the party's number, in whatever format either is written.

    `region` is the ISO 3166 country of numbers without a country code.
    """
    if party.number is None:
        return False
    full = e164(number, region)
    if full is not None and party.e164 is not None:
        return full == party.e164
    return trunk_id(party.number) == trunk_id(number)
