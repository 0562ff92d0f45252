"""Reads a file of contacts, whichever format it has, as names by number (E.164)."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trunkline import inert
from trunkline.errors import DataError
from trunkline.numbers import e164

from . import table, vcard

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES: Final = 50_000_000
"""A longer file is refused. Pictures in vCards take most of it."""

_BEGIN = re.compile(rb"\s*BEGIN[ \t]*:[ \t]*VCARD", re.IGNORECASE)
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# What follows the number itself: an extension, a pause, or what is dialled after one.
_AFTER = re.compile(r"\s*(?:[,;#]|ext\b|ext\.|extension\b|[xXpPwW](?=\s*\d)).*", re.IGNORECASE | re.DOTALL)
_DIGITS = 5


@dataclass(frozen=True, slots=True)
class ContactsFile:
    """What a file of contacts holds: names by number (E.164), and how much of it is of no use.

    `unnamed` counts contacts with numbers but without a name, `unusable` numbers that have no E.164 form, such as
    extensions. Of two contacts with the same number, the first counts.
    """

    names: Mapping[str, str] = field(repr=False)
    unnamed: int = 0
    unusable: int = 0


def read_contacts(content: bytes, region: str | None) -> ContactsFile:
    """Read a vCard file (2.1, 3.0 or 4.0) or a CSV file with a header.

    `region` is the ISO 3166 country of numbers without a country code. Raises `DataError` for a file that is neither
    or is too long; the message contains nothing of the file.
    """
    if len(content) > MAX_BYTES:
        msg = f"the file is longer than {MAX_BYTES // 1_000_000} MB: split it, or export it without pictures"
        raise DataError(msg)
    content = _as_utf8(content)
    found = vcard.read(content) if _BEGIN.match(content) else table.read(_text(content))
    names: dict[str, str] = {}
    unnamed = unusable = 0
    for contact in found:
        name = inert.one_line(contact.name)
        if not any(map(str.isalpha, name)):
            unnamed += bool(contact.numbers)
            continue
        for written in contact.numbers:
            number = e164(plain_number(written), region)
            if number is None:
                unusable += 1
            else:
                names.setdefault(number, name)
    return ContactsFile(names, unnamed, unusable)


def plain_number(text: str) -> str:
    """Return a number as `numbers.e164` reads it: Latin digits and a leading `+`; "" for what is no number.

    An extension and what is dialled after a pause are left out.
    """
    number = _AFTER.sub("", unicodedata.normalize("NFKC", text).strip().lstrip("=\"'"))
    if any(map(str.isalpha, number)):
        return ""
    digits = "".join(str(unicodedata.digit(letter)) for letter in number if letter.isdecimal())
    if len(digits) < _DIGITS:
        return ""
    return f"+{digits}" if "+" in number.split(digits[0])[0] else digits


def _as_utf8(content: bytes) -> bytes:
    """Return content that begins with a byte order mark in UTF-8 without one."""
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            try:
                return content.removeprefix(mark).decode(encoding).encode()
            except UnicodeDecodeError:
                raise _undecodable() from None
    return content


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise _undecodable() from None


def _undecodable() -> DataError:
    return DataError("the file of contacts isn't in UTF-8: export it again as UTF-8")
