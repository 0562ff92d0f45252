"""Slips in XML that readers mend, as the provider's own documents and servers make them."""

from __future__ import annotations

import re

_FIRST_TEXT = re.compile(rb"(<destination>[^<]*)(</destination>)")
_ROW = re.compile(rb"<call>.*?</call>", re.DOTALL)
_LAST_LEAF = re.compile(rb"</[a-z_0-9]+>(\s*</call>)\Z")
_PRICE = re.compile(rb"<((?:user_)?price)>")

MENDED = ("bare_ampersand", "cut_declaration", "doubled_bracket", "unclosed_field", "lost_bracket", "lost_row")
"""A bare ampersand, a declaration without its second question mark, a bracket that stands twice, a last field of a row
without its end, a price that lost the bracket of its tag, and a row that did."""


def mended_xml(body: bytes, form: str) -> bytes:
    """Put a slip into a reply; one that concerns rows into the middle one. A reply without rows stays as it is."""
    if form == "cut_declaration":
        return body.replace(b"?>", b">", 1)
    rows = list(_ROW.finditer(body))
    if not rows:
        return body
    chosen = rows[len(rows) // 2]
    row = chosen[0]
    match form:
        case "bare_ampersand":
            row = _FIRST_TEXT.sub(rb"\1 & co\2", row, count=1)
        case "doubled_bracket":
            row = row.replace(b"<destination>", b"<<destination>", 1)
        case "unclosed_field":
            row = _LAST_LEAF.sub(rb"\1", row)
        case "lost_bracket":
            row = _PRICE.sub(rb"\1>", row, count=1)
        case _:
            row = row[1:]
    return body[: chosen.start()] + row + body[chosen.end() :]
