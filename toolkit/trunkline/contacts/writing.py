"""Writes names by number (E.164) as a vCard or a CSV file, which `read_contacts` and other programs read."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Final

from trunkline import inert

from .table import OWN_HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_LINE: Final = 75


def to_vcards(names: Mapping[str, str]) -> str:
    """Return the names as vCards 3.0 (RFC 2426), one for each name, with all its numbers."""
    numbers: dict[str, list[str]] = {}
    for number, name in names.items():
        numbers.setdefault(name, []).append(number)
    lines = []
    for name, own in numbers.items():
        text = _escaped(name)
        lines += ["BEGIN:VCARD", "VERSION:3.0", f"FN:{text}", f"N:;{text};;;"]
        lines += [f"TEL;TYPE=VOICE:{number}" for number in own]
        lines.append("END:VCARD")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def to_csv(names: Mapping[str, str]) -> str:
    """Return the names as CSV with the columns `name` and `number`; no cell is read as a formula."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(OWN_HEADER)
    writer.writerows((inert.csv_cell(name), number) for number, name in names.items())
    return out.getvalue()


def _escaped(text: str) -> str:
    for special in ("\\", ";", ","):
        text = text.replace(special, f"\\{special}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Return the line in parts of at most 75 bytes, never within a character (RFC 2425, section 5.8.1)."""
    parts, part, size = [], "", 0
    for letter in line:
        length = len(letter.encode())
        if size + length > _LONGEST_LINE:
            parts.append(part)
            # The space that a folded line begins with counts.
            part, size = "", 1
        part, size = part + letter, size + length
    return "\r\n ".join((*parts, part))
