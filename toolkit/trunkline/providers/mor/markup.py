"""MOR's XML, which isn't always well formed: one tolerant reader, and the tree that it gives.

A document is parsed as it came, and where that fails, once more after its text was mended: declarations without their
second question mark, `<<name>`, `& quot;`, bare ampersands and angle brackets, and leaves without an end. Each of
those stands in the provider's own document or in what servers send. A document whose root isn't closed stays an error,
since a list that was cut must not pass for a short one.

No library is used: one that refuses dangerous XML doesn't mend the rest, and one that mends (libxml2's recovery) is a
large compiled dependency, closes whatever was cut off, and isn't part of Home Assistant. The parser is expat; no DTD is
accepted at all, so that there are neither entities to expand nor external references to follow.
"""

from __future__ import annotations

import codecs
import re
from html.entities import html5
from typing import TYPE_CHECKING, NoReturn
from xml.etree import ElementTree as ET
from xml.parsers import expat
from xml.sax.saxutils import escape

from trunkline.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Node", "read_xml"]

_LIMIT = 16 * 1024 * 1024
_MOST_TAGS = 2_000_000
_DEEPEST = 64
# Where a declaration stands, and what of its encodings is text and nothing else.
_DECLARED = re.compile(rb"""<\?xml[^<>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9_.\-]{1,40})["']""")
_CHARSETS = re.compile(
    r"utf-?8|(?:us-)?ascii|iso-?8859-?\d{1,2}|latin-?1|(?:windows-|cp)125\d|koi8-[ru]", re.IGNORECASE
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What XML 1.0 can't hold; half surrogate pairs are among it.
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Every repetition is bounded or ends at a character that it can't hold: no pattern goes back over what it read.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:\-]{0,99}", re.ASCII)
_ATTRIBUTE = re.compile(r"""\s+([A-Za-z_][A-Za-z0-9_.:\-]{0,99})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.ASCII)
_TAG_END = re.compile(r"\s*(/?)>", re.ASCII)
_END = re.compile(r"/([A-Za-z_][A-Za-z0-9_.:\-]{0,99})\s*>", re.ASCII)
_TARGET = r"(\s{0,3})(?:([A-Za-z][A-Za-z0-9]{1,31})|#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6}))\s{0,3};"
_BARE_AMPERSAND = re.compile(f"&(?!{_TARGET})", re.ASCII)
_REFERENCE = re.compile(f"&(?!amp;){_TARGET}", re.ASCII)
_LAST_CHARACTER = 0x10FFFF
_PLAIN_ENTITIES = {"amp": "&amp;", "lt": "&lt;", "gt": "&gt;", "quot": "&quot;", "apos": "&apos;"}
# HTML that stands between and in elements; it has no end and no meaning.
_VOID = frozenset({"br", "hr"})


class Node(ET.Element):
    """An element. Names are compared in any case; texts come without blanks around them, and None where empty."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The element's name in lower case."""
        return str(self.tag).lower()

    @property
    def words(self) -> str | None:
        """The element's own text."""
        return (self.text or "").strip() or None

    def one(self, *path: str) -> Node | None:
        """Return the first child of a name, and on along the path of names; None where there is none."""
        here: Node | None = self
        for name in path:
            wanted = name.lower()
            here = next((child for child in here.nodes() if child.name == wanted), None) if here is not None else None
        return here

    def all(self, name: str) -> list[Node]:
        """Return the children of a name, in their order."""
        wanted = name.lower()
        return [child for child in self.nodes() if child.name == wanted]

    def at(self, *path: str) -> str | None:
        """Return the text of the first child of a name, and on along the path of names."""
        found = self.one(*path)
        return None if found is None else found.words

    def record(self) -> dict[str, str | None]:
        """Return the children's texts by their names in lower case; of two of a name the first."""
        found: dict[str, str | None] = {}
        for child in self:
            text = child.text
            found.setdefault(child.tag.lower(), (text.strip() or None) if text else None)
        return found

    def nodes(self) -> Iterator[Node]:
        """Return the children."""
        return iter(self)  # type: ignore[arg-type]  # the tree is made of nodes only


def read_xml(body: bytes, *, label: str, limit: int = _LIMIT) -> Node:
    """Return the root of an XML document, mended if need be; `DataError` for anything else.

    `label` names the account in messages. Refused are more than `limit` bytes, any DTD, nesting below 64 elements, and
    what can't be mended without guessing where things belong. Bytes that the declared charset hasn't become U+FFFD.
    """
    if len(body) > limit:
        _refuse(label, len(body), "too large")
    text = _decoded(body).lstrip()
    if text.count("<") > _MOST_TAGS:
        _refuse(label, len(body), "too large")
    try:
        root = _parsed(text)
    except _DtdError:
        _refuse(label, len(body), "it brings a DTD")
    except expat.ExpatError:
        root = None
    if root is None:
        try:
            root = _parsed(_Mender().mend(text))
        except _DtdError:
            _refuse(label, len(body), "it brings a DTD")
        except (_HopelessError, expat.ExpatError):
            _refuse(label, len(body), "cut off or broken")
    if _too_deep(root):
        _refuse(label, len(body), "nested too deeply")
    return root


class _DtdError(Exception):
    """The document brings declarations of its own."""


class _HopelessError(Exception):
    """The text can't be mended without guessing."""


def _refuse(label: str, size: int, why: str) -> NoReturn:
    msg = f"{label} answered with something that isn't XML ({size} bytes, {why})"
    raise DataError(msg, field="body")


def _decoded(body: bytes) -> str:
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(charset, errors="replace")
    declared = _DECLARED.search(body[:4096])
    charset = declared[1].decode("ascii") if declared else "utf-8"
    if not _CHARSETS.fullmatch(charset):
        charset = "utf-8"
    try:
        return body.decode(charset, errors="replace")
    except LookupError:
        return body.decode(errors="replace")


def _parsed(text: str) -> Node:
    builder: ET.TreeBuilder = ET.TreeBuilder(element_factory=Node)
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _no_dtd
    parser.EntityDeclHandler = _no_dtd
    parser.UnparsedEntityDeclHandler = _no_dtd
    parser.ExternalEntityRefHandler = _no_dtd
    parser.Parse(text.encode(errors="replace"), True)
    root = builder.close()
    assert isinstance(root, Node)  # noqa: S101 -- the factory makes nothing else
    return root


def _no_dtd(*_: object) -> NoReturn:
    raise _DtdError


def _too_deep(root: Node) -> bool:
    level: list[ET.Element] = [root]
    for _ in range(_DEEPEST):
        level = [child for one in level for child in one]
        if not level:
            return False
    return True


class _Mender:
    """Writes a well-formed document for one that isn't; `_HopelessError` where that would take guessing.

    The text is cut at its opening angle brackets and each piece is looked at once, so that the time is linear.
    """

    def __init__(self) -> None:
        self._written: list[str] = []
        self._open: list[str] = []
        # The same in lower case, by which an end finds its element.
        self._names: list[str] = []
        # Whether the element at the same place of `_open` holds elements: only leaves may lack their end.
        self._holds: list[bool] = []
        self._began = self._ended = False
        self._waiting_for = ""

    def mend(self, text: str) -> str:
        """Return the mended text."""
        pieces = iter(_UNFIT.sub("\ufffd", text).split("<"))
        next(pieces)
        for piece in pieces:
            if self._waiting_for:
                self._go_on(piece)
            elif not piece:
                continue  # The first of two brackets: `<<processed>`.
            elif piece[0] == "?":
                self._text(piece.partition(">")[2])
            elif piece[0] == "!":
                self._special(piece)
            elif end := _END.match(piece):
                self._end(end[1].lower())
                self._text(piece[end.end() :])
            elif name := _NAME.match(piece):
                self._start(piece, name)
            else:
                self._bracket(piece)
        if not self._ended:
            raise _HopelessError
        return "".join(self._written)

    def _text(self, text: str) -> None:
        """Write text that stands in the document; what is before or after its root is dropped."""
        if self._began and not self._ended:
            self._written.append(_quoted(text))

    def _bracket(self, piece: str) -> None:
        """Write a bracket that opens no tag, such as that of `"101" <101>`, as the character that it is."""
        if self._began and not self._ended:
            self._written.append("&lt;" + _quoted(piece))

    def _special(self, piece: str) -> None:
        """Pass a comment, and take a marked section as text."""
        if piece.startswith("!--"):
            self._waiting_for, inside = "-->", piece[3:]
        elif piece.startswith("![CDATA["):
            self._waiting_for, inside = "]]>", piece[8:]
        else:
            raise _DtdError
        self._until_its_end(inside)

    def _go_on(self, piece: str) -> None:
        """Look for the end of a comment or a marked section in a later piece."""
        self._until_its_end("<" + piece)

    def _until_its_end(self, text: str) -> None:
        inside, found, rest = text.partition(self._waiting_for)
        if self._waiting_for == "]]>" and self._began and not self._ended:
            self._written.append(escape(inside))
        if found:
            self._waiting_for = ""
            self._text(rest)

    def _end(self, name: str) -> None:
        if name not in self._names:
            return
        while True:
            last, held = self._open.pop(), self._holds.pop()
            self._written.append(f"</{last}>")
            if self._names.pop() == name:
                break
            if held:
                raise _HopelessError
        self._ended = not self._open

    def _start(self, piece: str, name: re.Match[str]) -> None:
        position = name.end()
        attributes: dict[str, str] = {}
        while found := _ATTRIBUTE.match(piece, position):
            attributes.setdefault(found[1], found[2] or found[3] or found[4] or "")
            position = found.end()
        end = _TAG_END.match(piece, position)
        if end is None:
            self._bracket(piece)
            return
        if name[0].lower() not in _VOID:
            self._open_element(name[0], attributes, closed=bool(end[1]))
        self._text(piece[end.end() :])

    def _open_element(self, name: str, attributes: dict[str, str], *, closed: bool) -> None:
        if self._ended or len(self._open) >= _DEEPEST:
            raise _HopelessError
        self._began = True
        if self._holds:
            self._holds[-1] = True
        written = "".join(f' {key}="{_quoted(value)}"' for key, value in attributes.items())
        self._written.append(f"<{name}{written}{'/' if closed else ''}>")
        if closed:
            self._ended = not self._open
        else:
            self._open.append(name)
            self._names.append(name.lower())
            self._holds.append(False)


def _quoted(text: str) -> str:
    """Write text between tags or in an attribute: what is a reference stays one, every other ampersand is itself."""
    # Ampersands that are themselves are many in what is no XML at all: they take no call each.
    return _REFERENCE.sub(_reference, _BARE_AMPERSAND.sub("&amp;", text)).replace('"', "&quot;").replace(">", "&gt;")


def _reference(match: re.Match[str]) -> str:
    blanks, name, decimal, hexadecimal = match.groups()
    if name in _PLAIN_ENTITIES:
        return _PLAIN_ENTITIES[name]
    if not blanks and name and f"{name};" in html5:
        return "".join(f"&#{ord(one)};" for one in html5[f"{name};"])
    if not blanks and (decimal or hexadecimal):
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return "\ufffd" if code > _LAST_CHARACTER or _UNFIT.match(chr(code)) else f"&#{code};"
    return f"&amp;{match[0][1:]}"
