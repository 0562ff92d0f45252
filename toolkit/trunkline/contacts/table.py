"""Reads the names and numbers of a CSV file with a header: our own, those of Google and Outlook, and similar ones."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import TYPE_CHECKING, Final

from trunkline import inert
from trunkline.errors import DataError

from .entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OWN_HEADER: Final = ("name", "number")
"""The header of our own files. Their names are written by `inert.csv_cell`."""

_DELIMITERS: Final = ",;\t|"
# Google puts several values into one cell.
_SEVERAL = re.compile(r"\s*:::\s*|\n")

# Headers in lower case. A whole name comes first, then the parts of one, then the company.
_WHOLE: Final = (
    "name", "full name", "display name", "formatted name", "contact name", "contact", "file as", "caller name",
    "نام و نام خانوادگی", "نام کامل", "họ và tên", "họ tên", "vardas, pavardė", "vardas ir pavardė", "фио",
    "полное имя",
)  # fmt: skip
_PARTS: Final = (
    ("title", "name prefix", "prefix"),
    ("first name", "given name", "firstname", "givenname", "نام", "tên", "vardas", "имя"),
    ("middle name", "additional name", "отчество"),
    ("last name", "family name", "surname", "lastname", "نام خانوادگی", "họ", "pavardė", "фамилия"),
    ("suffix", "name suffix"),
)
_COMPANIES: Final = (
    "company", "company name", "organization", "organisation", "organization name", "organization 1 - name", "شرکت",
    "công ty", "įmonė", "компания", "организация", "nickname",
)  # fmt: skip
_NUMBER = re.compile(
    r"phone|mobile|\bcell|\btel\b|telephone|fax\b|pager|callback|isdn|msisdn|e\.?164|^number|\bnumber\b|"
    r"شماره|تلفن|موبایل|همراه|điện thoại|\bsđt\b|di động|telefon|numeris|mobilus|телефон|номер|мобильный"
)
_NO_NUMBER = re.compile(r"type|label|\bid\b|e-?mail|street|account|code|box|date|time|price")


def read(text: str) -> Iterator[Entry]:
    """Yield the contacts of a CSV file; `DataError` if its header names no name or no number."""
    rows = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), skipinitialspace=True)
    try:
        header = [cell.strip().casefold() for cell in next(rows, [])]
        numbers = [place for place, name in enumerate(header) if _NUMBER.search(name) and not _NO_NUMBER.search(name)]
        whole = _places(header, _WHOLE)
        parts = [_places(header, names) for names in _PARTS]
        companies = _places(header, _COMPANIES)
        if not numbers or not (whole or any(parts) or companies):
            msg = (
                "the file of contacts is neither a vCard file nor a CSV file whose first line names its columns, such "
                "as: name,number"
            )
            raise DataError(msg)
        for row in rows:
            found = [one for place in numbers for one in _SEVERAL.split(_cell(row, [place])) if one]
            spoken = " ".join(filter(None, (_cell(row, places) for places in parts)))
            name = _cell(row, whole) or spoken or _cell(row, companies)
            yield Entry(inert.from_csv_cell(name) if tuple(header) == OWN_HEADER else name, tuple(found))
    except csv.Error:
        msg = f"the file of contacts is no CSV file that can be read (line {rows.line_num})"
        raise DataError(msg) from None


def _delimiter(text: str) -> str:
    """Return what parts the names in the header: the most frequent of the usual characters."""
    head = text.lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=head.count)


def _places(header: Sequence[str], names: Sequence[str]) -> list[int]:
    """Return where the columns of these names are, in the order of the names."""
    return [header.index(name) for name in names if name in header]


def _cell(row: Sequence[str], places: Sequence[int]) -> str:
    """Return the first of these cells that isn't empty."""
    return next((cell for place in places if place < len(row) and (cell := row[place].strip())), "")
