"""A tolerant reader of MOR's XML, which isn't always well formed, and the tree that it returns.

A document is processed in pieces, between which an event loop can do something else (`parse_xml`).
It is first parsed as it is. If that fails, its text is repaired and parsed again: declarations without their
second question mark, `<<name>`, `& quot;`, bare ampersands and angle brackets, and leaves without an end tag. All of
these occur in the provider's document or in replies of servers. A document whose root isn't closed remains an error, so
that a truncated list isn't taken for a short one.

No library fits: those that reject dangerous XML don't repair anything, and libxml2's recovery is a large compiled
dependency that closes truncated documents and isn't part of Home Assistant. The parser is expat. A DTD is never
accepted, so there are no entities to expand and no external references to follow.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import re
import sys
from html.entities import html5
from typing import TYPE_CHECKING, NoReturn
from xml.etree import ElementTree as ET
from xml.parsers import expat
from xml.sax.saxutils import escape

from trunkline.errors import DataError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    # What is done step by step, with the result at the end.
    type Steps[T] = Generator[None, None, T]

__all__ = ["Node", "parse_xml", "read_xml"]

# At least three thousand calls. An element takes up to two hundred bytes in memory, a character up to four.
_LIMIT = 8 * 1024 * 1024
_MOST_BRACKETS = 200_000
_MOST_TEXT = 12 * 1024 * 1024
# Of elements and attributes.
_MOST_NAMES = 10_000
_DEEPEST = 64
# No text or tag of a reply is nearly as long.
_LONGEST_TEXT = 32 * 1024
# The bytes that are processed in one step.
_PIECE = 32 * 1024
# The tags, and the characters of a long text, that are repaired in one step.
_MOST_AT_ONCE = 2048
# The encoding of a declaration, and the encodings that are accepted: those that only convert bytes to text.
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
# Characters that XML 1.0 doesn't allow, single surrogates included.
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Every repetition is bounded or ends at a character that it can't contain, so that no pattern backtracks far.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:\-]{0,99}", re.ASCII)
_ATTRIBUTE = re.compile(r"""\s+([A-Za-z_][A-Za-z0-9_.:\-]{0,99})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.ASCII)
_TAG_END = re.compile(r"\s*(/?)>", re.ASCII)
_END = re.compile(r"/([A-Za-z_][A-Za-z0-9_.:\-]{0,99})\s*>", re.ASCII)
_TARGET = r"(\s{0,3})(?:([A-Za-z][A-Za-z0-9]{1,31})|#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6}))\s{0,3};"
_BARE_AMPERSAND = re.compile(f"&(?!{_TARGET})", re.ASCII)
_REFERENCE = re.compile(f"&(?!amp;){_TARGET}", re.ASCII)
_LAST_CHARACTER = 0x10FFFF
_PLAIN_ENTITIES = {"amp": "&amp;", "lt": "&lt;", "gt": "&gt;", "quot": "&quot;", "apos": "&apos;"}
# HTML elements among the others, which have no end tag and no meaning.
_VOID = frozenset({"br", "hr"})


class Node(ET.Element):
    """An element. Names are case-insensitive; texts are stripped, and None where empty."""

    __slots__ = ("_repaired",)

    @property
    def repaired(self) -> bool:
        """Whether this is the root of a document that had to be repaired to be read."""
        return getattr(self, "_repaired", False)

    @repaired.setter
    def repaired(self, value: bool) -> None:
        self._repaired = value

    @property
    def name(self) -> str:
        """The element's name in lower case."""
        return str(self.tag).lower()

    @property
    def own_text(self) -> str | None:
        """The element's own text."""
        return (self.text or "").strip() or None

    def first(self, *path: str) -> Node | None:
        """Return the first descendant along a path of names, None if there is none."""
        node: Node | None = self
        for name in path:
            wanted = name.lower()
            node = next((child for child in node.nodes() if child.name == wanted), None) if node is not None else None
        return node

    def all(self, name: str) -> list[Node]:
        """Return the children with a name, in their order."""
        wanted = name.lower()
        return [child for child in self.nodes() if child.name == wanted]

    def text_at(self, *path: str) -> str | None:
        """Return the text of the first descendant along a path of names."""
        node = self.first(*path)
        return None if node is None else node.own_text

    def record(self) -> dict[str, str | None]:
        """Return the children's texts by their names in lower case; where a name repeats, the first counts."""
        texts: dict[str, str | None] = {}
        for child in self:
            text = child.text
            texts.setdefault(child.tag.lower(), (text.strip() or None) if text else None)
        return texts

    def nodes(self) -> Iterator[Node]:
        """Return the children."""
        return iter(self)  # type: ignore[arg-type]  # the tree has no other elements


def read_xml(body: bytes, *, label: str, limit: int = _LIMIT) -> Node:
    """Return the root of an XML document, repaired if necessary; `DataError` for anything else.

    `label` names the account in messages. Errors are any DTD, more than 64 levels, and text that can't be repaired
    without guessing. `TooLargeError` is raised for more than `limit` bytes, 200,000 start and end tags, and for texts
    that are longer than 32 KiB. Bytes that aren't in the declared encoding become U+FFFD.
    """
    steps = _read(body, label, limit)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            root: Node = end.value
            return root


async def parse_xml(body: bytes, *, label: str, limit: int = _LIMIT) -> Node:
    """Return the same as `read_xml` without holding the event loop for longer than a few milliseconds at a time."""
    steps = _read(body, label, limit)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            root: Node = end.value
            return root
        await asyncio.sleep(0)


def _read(body: bytes, label: str, limit: int) -> Steps[Node]:
    root: Node | None = None
    try:
        _check_size(body, limit)
        with contextlib.suppress(expat.ExpatError):
            root = yield from _parsed(_texts(body))
        if root is None:
            root = yield from _parsed(_Repair().repaired(_texts(body)))
            root.repaired = True
        yield from _check_depth(root)
    except _TooMuchError:
        msg = f"{label} answered with XML that is too large to be read at once ({len(body)} bytes)"
        raise TooLargeError(msg, field="body") from None
    except _DtdError:
        _raise_unreadable(label, len(body), "it contains a DTD")
    except (_BeyondRepairError, expat.ExpatError):
        _raise_unreadable(label, len(body), "truncated or broken")
    except _TooDeepError:
        _raise_unreadable(label, len(body), "nested too deeply")
    return root


class _TooMuchError(Exception):
    """The document is larger than any reply."""


class _DtdError(Exception):
    """The document contains a DTD."""


class _TooDeepError(Exception):
    """More than 64 elements are inside of each other."""


class _BeyondRepairError(Exception):
    """The text can't be repaired without guessing."""


def _raise_unreadable(label: str, size: int, why: str) -> NoReturn:
    msg = f"{label} answered with something that isn't XML ({size} bytes, {why})"
    raise DataError(msg, field="body") from None


def _check_size(body: bytes, limit: int) -> None:
    if len(body) > limit or body.count(b"<") > _MOST_BRACKETS:
        raise _TooMuchError


def _texts(body: bytes) -> Iterator[str]:
    """Yield the document's text in pieces, without blanks before it; `_TooMuchError` for too long texts."""
    skipped, charset = _charset(body)
    decoder = codecs.getincrementaldecoder(charset)(errors="replace")
    started, size, length = False, 0, 0
    for start in range(skipped, len(body) or 1, _PIECE):
        end = start + _PIECE
        piece = decoder.decode(body[start:end], final=end >= len(body))
        first, last = piece.find("<"), piece.rfind("<")
        size += sys.getsizeof(piece)
        if size > _MOST_TEXT or length + (len(piece) if first < 0 else first) > _LONGEST_TEXT:
            raise _TooMuchError
        length = length + len(piece) if last < 0 else len(piece) - last - 1
        if not started:
            piece = piece.lstrip()
            started = bool(piece)
        yield piece


def _charset(body: bytes) -> tuple[int, str]:
    """Return the length of the byte order mark and the encoding of a document."""
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return len(mark), charset
    declared = _DECLARED.search(body[:4096])
    charset = declared[1].decode("ascii") if declared else "utf-8"
    if not _CHARSETS.fullmatch(charset):
        return 0, "utf-8"
    try:
        return 0, codecs.lookup(charset).name
    except LookupError:
        return 0, "utf-8"


def _parsed(texts: Iterable[str]) -> Steps[Node]:
    builder: ET.TreeBuilder = ET.TreeBuilder(element_factory=Node)
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    opened: list[ET.Element] = []

    def start_root(tag: str, attributes: dict[str, str]) -> None:
        opened.append(builder.start(tag, attributes))
        parser.StartElementHandler = builder.start

    parser.StartElementHandler = start_root
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _no_dtd
    parser.EntityDeclHandler = _no_dtd
    parser.UnparsedEntityDeclHandler = _no_dtd
    parser.ExternalEntityRefHandler = _no_dtd
    for text in texts:
        parser.Parse(text.encode(errors="replace"), False)
        if len(parser.intern) > _MOST_NAMES:
            raise _TooMuchError
        for root in opened:
            _check_open_elements(root)
        yield
    parser.Parse(b"", True)
    root = builder.close()
    assert isinstance(root, Node)  # noqa: S101 -- the factory makes nothing else
    return root


def _check_open_elements(element: ET.Element) -> None:
    """Raise an error where too many elements are inside of each other, before there are very many of them."""
    for _ in range(_DEEPEST):
        if not len(element):
            return
        element = element[-1]
    raise _TooDeepError


def _no_dtd(*_: object) -> NoReturn:
    raise _DtdError


def _check_depth(root: Node) -> Steps[None]:
    parents: list[ET.Element] = [root]
    seen = 0
    for _ in range(_DEEPEST - 1):
        if not parents:
            return
        above, parents = parents, []
        for element in above:
            for child in element:
                if len(child):
                    parents.append(child)
                seen += 1
                if seen % _MOST_AT_ONCE == 0:
                    yield
    if parents:
        raise _TooDeepError


class _Repair:
    """Rewrites a document so that it is well formed; `_BeyondRepairError` where that would take guessing.

    The text is split at its opening angle brackets and each piece is processed once, so that the time is linear.
    """

    def __init__(self) -> None:
        self._written: list[str] = []
        self._open: list[str] = []
        # The same names in lower case, to match end tags.
        self._names: list[str] = []
        # Whether each open element has children: only leaves may lack their end tag.
        self._has_children: list[bool] = []
        self._started = self._ended = False
        # The end of the comment or CDATA section that the text is in.
        self._section_end = ""

    def repaired(self, texts: Iterable[str]) -> Iterator[str]:
        """Yield the repaired text in pieces."""
        pieces = _split(texts)
        next(pieces)
        for number, piece in enumerate(pieces, 1):
            self._piece(piece)
            if number % _MOST_AT_ONCE == 0 or len(piece) > _MOST_AT_ONCE:
                yield self._taken()
        if not self._ended:
            raise _BeyondRepairError
        yield self._taken()

    def _taken(self) -> str:
        text = "".join(self._written)
        self._written.clear()
        return text

    def _piece(self, piece: str) -> None:
        """Rewrite what follows an angle bracket, up to the next one."""
        if self._section_end:
            self._continue_section("<" + piece)
        elif not piece:
            return  # The first of two brackets: `<<processed>`.
        elif piece[0] == "?":
            self._text(piece.partition(">")[2])
        elif piece[0] == "!":
            self._start_section(piece)
        elif end := _END.match(piece):
            self._end(end[1].lower())
            self._text(piece[end.end() :])
        elif name := _NAME.match(piece):
            self._start(piece, name)
        else:
            self._bracket(piece)

    def _text(self, text: str) -> None:
        """Write text inside the root; text before or after it is dropped."""
        if self._started and not self._ended:
            self._written.append(_quoted(text))

    def _bracket(self, piece: str) -> None:
        """Write an angle bracket that doesn't open a tag, such as that of `"101" <101>`, as a character."""
        if self._started and not self._ended:
            self._written.append("&lt;" + _quoted(piece))

    def _start_section(self, piece: str) -> None:
        """Skip a comment, and take a CDATA section as text."""
        if piece.startswith("!--"):
            self._section_end, inside = "-->", piece[3:]
        elif piece.startswith("![CDATA["):
            self._section_end, inside = "]]>", piece[8:]
        else:
            raise _DtdError
        self._continue_section(inside)

    def _continue_section(self, text: str) -> None:
        inside, found, rest = text.partition(self._section_end)
        if self._section_end == "]]>" and self._started and not self._ended:
            self._written.append(escape(inside))
        if found:
            self._section_end = ""
            self._text(rest)

    def _end(self, name: str) -> None:
        if name not in self._names:
            return
        while True:
            last, has_children = self._open.pop(), self._has_children.pop()
            self._written.append(f"</{last}>")
            if self._names.pop() == name:
                break
            if has_children:
                raise _BeyondRepairError
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
            raise _BeyondRepairError
        self._started = True
        if self._has_children:
            self._has_children[-1] = True
        written = "".join(f' {key}="{_quoted(value)}"' for key, value in attributes.items())
        self._written.append(f"<{name}{written}{'/' if closed else ''}>")
        if closed:
            self._ended = not self._open
        else:
            self._open.append(name)
            self._names.append(name.lower())
            self._has_children.append(False)


def _split(texts: Iterable[str]) -> Iterator[str]:
    """Yield what is between the angle brackets of a text, the part before the first one included."""
    rest = ""
    for text in texts:
        *pieces, rest = (rest + _UNFIT.sub("\ufffd", text)).split("<")
        yield from pieces
    yield rest


def _quoted(text: str) -> str:
    """Return text for between tags or for an attribute: references are kept, other ampersands are escaped."""
    # One substitution for all bare ampersands, since text that isn't XML may have very many.
    return _REFERENCE.sub(_reference, _BARE_AMPERSAND.sub("&amp;", text)).replace('"', "&quot;").replace(">", "&gt;")


def _reference(match: re.Match[str]) -> str:
    blanks, name, decimal, hexadecimal = match.groups()
    if name in _PLAIN_ENTITIES:
        return _PLAIN_ENTITIES[name]
    if not blanks and name and f"{name};" in html5:
        return "".join(f"&#{ord(character)};" for character in html5[f"{name};"])
    if not blanks and (decimal or hexadecimal):
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return "\ufffd" if code > _LAST_CHARACTER or _UNFIT.match(chr(code)) else f"&#{code};"
    return f"&amp;{match[0][1:]}"
