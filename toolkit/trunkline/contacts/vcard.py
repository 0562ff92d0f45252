r"""Reads the names and numbers of a vCard file.

Sources: vCard 2.1 (versit, 1996), vCard 3.0 (RFC 2426, RFC 2425 for lines), vCard 4.0 (RFC 6350), `tel:` (RFC 3966),
quoted-printable (RFC 2045, section 6.7).
"""

from __future__ import annotations

import quopri
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from .entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINES = re.compile(rb"\r\n|\r|\n")
# Parameters may be in quotes, and then hold what ends a name or a parameter elsewhere.
_PROPERTY = re.compile(rb'(?:[\w-]+\.)?([\w-]+)((?:;(?:"[^"]*"|[^":;])*)*):(.*)', re.DOTALL)
_PARAMETER = re.compile(rb';((?:"[^"]*"|[^";])*)')
_VERSION = re.compile(rb"VERSION[^:]*:[ \t]*([0-9.]+)[ \t]*", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SEPARATOR = re.compile(r"(?<!\\)(?:\\\\)*;")
_READ = frozenset({b"FN", b"N", b"ORG", b"NICKNAME", b"TEL"})
_QUOTED_PRINTABLE = b"QUOTED-PRINTABLE"


@dataclass(slots=True)
class _Card:
    """What was read of a card: the first value of each property that gives a name, and all numbers."""

    texts: dict[bytes, str] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)

    def entry(self) -> Entry:
        """Return the contact: by its formatted name, else its name, its company or its nickname."""
        names = (
            _unescaped(self.texts.get(b"FN", "")),
            _structured(self.texts.get(b"N", "")),
            ", ".join(filter(None, _components(self.texts.get(b"ORG", "")))),
            _unescaped(self.texts.get(b"NICKNAME", "")),
        )
        return Entry(next((name for name in names if name.strip()), ""), tuple(self.numbers))


def read(content: bytes) -> Iterator[Entry]:
    """Yield the contacts of a vCard file; properties that can't be read are left out."""
    card: _Card | None = None
    inner = 0
    agent = False
    for name, parameters, value in _properties(content):
        kind = value.strip().upper()
        if name == b"BEGIN" and kind == b"VCARD":
            # A card within a card describes another person (AGENT in vCard 2.1).
            if card is not None and agent:
                inner += 1
            else:
                if card is not None:
                    yield card.entry()
                card, inner = _Card(), 0
        elif name == b"END" and kind == b"VCARD":
            if inner:
                inner -= 1
            elif card is not None:
                yield card.entry()
                card = None
        elif card is not None and not inner and name in _READ:
            _add(card, name, parameters, value)
        agent = name == b"AGENT" and not kind
    if card is not None:
        yield card.entry()


def _add(card: _Card, name: bytes, parameters: list[bytes], value: bytes) -> None:
    text = _decoded(parameters, value)
    if text is None:
        return
    if name == b"TEL":
        number = _number(text.strip())
        if number:
            card.numbers.append(number)
    elif text.strip(" ;"):
        card.texts.setdefault(name, text)


def _properties(content: bytes) -> Iterator[tuple[bytes, list[bytes], bytes]]:
    """Yield the name, the parameters (upper case) and the value of each line, folded ones put together."""
    for line in _unfolded(content):
        found = _PROPERTY.fullmatch(line)
        if found is not None:
            name, parameters, value = found.groups()
            yield name.upper(), [one.strip().upper() for one in _PARAMETER.findall(parameters)], value


def _unfolded(content: bytes) -> Iterator[bytes]:
    parts: list[bytes] = []
    # The space at the beginning of a folded line is part of the value in vCard 2.1 (section 2.1.3), later it is not.
    kept = False
    for line in _LINES.split(content):
        if parts and _goes_on(parts):
            # The end of a line is quoted: the next one continues it, however it begins.
            parts[-1] = parts[-1][:-1]
            parts.append(line)
        elif parts and line[:1] in {b" ", b"\t"}:
            parts.append(line if kept else line[1:])
        else:
            if parts:
                yield b"".join(parts)
            parts = [line]
            if (version := _VERSION.fullmatch(line)) is not None:
                kept = version[1] == b"2.1"
    if parts:
        yield b"".join(parts)


def _goes_on(parts: list[bytes]) -> bool:
    return parts[-1].endswith(b"=") and _QUOTED_PRINTABLE in parts[0].partition(b":")[0].upper()


def _decoded(parameters: list[bytes], value: bytes) -> str | None:
    """Return the text of a value, None where it can't be decoded."""
    if any(_QUOTED_PRINTABLE in parameter for parameter in parameters):
        value = quopri.decodestring(value)
    charset = next((one.removeprefix(b"CHARSET=") for one in parameters if one.startswith(b"CHARSET=")), b"UTF-8")
    try:
        return value.decode(charset.strip(b'"').decode("ascii"))
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _number(text: str) -> str:
    """Return the number of a value that is text or a `tel:` address, "" for another address."""
    scheme, colon, rest = text.partition(":")
    if not colon:
        return _unescaped(text)
    if scheme.strip().lower() != "tel":
        return ""
    number, *parameters = unquote(rest).split(";")
    for parameter in parameters:
        key, _, context = parameter.partition("=")
        if key.lower() == "phone-context" and context.startswith("+") and not number.startswith("+"):
            return context + number
    return number


def _structured(text: str) -> str:
    """Return the parts of `N` (family, given and further names, prefixes, suffixes) in the order of speaking."""
    parts = [part.replace(",", " ") for part in _components(text)]
    family, given, further, before, after = (parts + [""] * 5)[:5]
    return " ".join(filter(None, (before, given, further, family, after)))


def _components(text: str) -> list[str]:
    parts, start = [], 0
    for found in _SEPARATOR.finditer(text):
        parts.append(text[start : found.end() - 1])
        start = found.end()
    return [_unescaped(part).strip() for part in (*parts, text[start:])]


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: " " if found[1] in "nN" else found[1], text)
