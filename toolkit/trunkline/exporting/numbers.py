"""Phone numbers of an export: whole, masked, or replaced by pseudonyms."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import pyarrow as pa

from trunkline.reports.masking import Masking, masked

if TYPE_CHECKING:
    from trunkline.reports.masking import Mask

_NUMBERS = ("source", "destination")
_NAMES = ("source_name", "destination_name")
# 80 bits: no two of a billion numbers have the same, as good as certainly.
_LETTERS = 16


class Numbers(StrEnum):
    """How the numbers of callers and callees are written. Only with whole numbers are names written, too."""

    WHOLE = "whole"
    MASKED = "masked"
    PSEUDONYMS = "pseudonyms"


def hidden(table: pa.Table, numbers: Numbers, mask: Mask) -> pa.Table:
    """Return the table with its numbers as asked for: masked as in reports, or as 16 letters and digits.

    A pseudonym begins with the six letters that reports show beside a masked number. Numbers that the mask knows as
    the user's own, and those of up to five digits (extensions, short codes), identify nobody and stay whole.
    """
    if numbers is Numbers.WHOLE:
        return table
    masking = mask if isinstance(mask, Masking) else Masking()
    for name in table.column_names:
        place = table.column_names.index(name)
        column = table.column(name)
        if name in _NUMBERS:
            encoded = column.combine_chunks().dictionary_encode()
            shown = pa.array([_shown(each, numbers, masking) for each in encoded.dictionary.to_pylist()], pa.string())
            table = table.set_column(place, name, shown.take(encoded.indices))
        elif name in _NAMES:
            table = table.set_column(place, name, pa.nulls(len(table), pa.string()))
    return table


def _shown(number: str, numbers: Numbers, masking: Masking) -> str:
    short = masked(number)
    if number in masking.own or short == number:
        return number
    return short if numbers is Numbers.MASKED else masking.pseudonym(number, _LETTERS)
