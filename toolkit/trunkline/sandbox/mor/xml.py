"""XML replies: written as Ruby's Builder writes them, and changed where a fault wants it."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from trunkline.sandbox.faults import ListForm

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
# XML 1.0 has no way to write these characters.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(
    name: str, content: object = None, attributes: dict[str, str] | None = None, /, **fields: object
) -> ET.Element:
    """Make an element of a text, or of child elements and then of `fields`, each an element with a text.

    None is an empty element.
    """
    made = ET.Element(name, attributes or {})
    if isinstance(content, list):
        made.extend(content)
    elif content is not None:
        made.text = _UNWRITABLE.sub("", str(content))
    made.extend(element(field, text) for field, text in fields.items())
    return made


def elements(fields: Iterable[tuple[str, object]]) -> list[ET.Element]:
    """Make an element with a text of each pair."""
    return [element(name, text) for name, text in fields]


def write(root: ET.Element, *, declaration: str = DECLARATION, short: bool = True) -> bytes:
    """Write a document with two blanks of indentation; `short` writes what is empty as `<name/>`."""
    ET.indent(root, "  ")
    text = ET.tostring(root, encoding="unicode", short_empty_elements=short).replace(" />", "/>")
    return f"{declaration}\n{text}\n".encode()


def set_texts(body: bytes, name: str, text: str) -> bytes:
    """Give every element of a name another text; a reply that isn't XML stays as it is."""

    def change(root: ET.Element) -> None:
        for node in root.iter(name):
            node.text = _UNWRITABLE.sub("", text)

    return _changed(body, change)


def change_rows(body: bytes, parent: str, row: str, change: Callable[[list[Any]], list[Any]]) -> bytes:
    """Change the rows of every list of a name, given and taken as elements."""

    def apply(root: ET.Element) -> None:
        for parent_node in list(root.iter(parent)):
            rows = parent_node.findall(row)
            if rows:
                for node in rows:
                    parent_node.remove(node)
                parent_node.extend(copy.deepcopy(node) for node in change(rows))

    return _changed(body, apply)


def _changed(body: bytes, change: Callable[[ET.Element], None]) -> bytes:
    try:
        root = ET.fromstring(body)  # noqa: S314 -- the sandbox's own reply
    except ET.ParseError:
        return body
    change(root)
    return write(root)


class XmlList:
    """A reply with a list of calls, taken apart for a fault; its rows are the elements `<call>` of `<calls>`."""

    def __init__(self, root: ET.Element, stat: ET.Element, form: ListForm, short: bool) -> None:  # noqa: FBT001
        """Take the document; `of` checks that it has a list."""
        self.form = form
        self._root, self._stat, self._short = root, stat, short

    @classmethod
    def of(cls, body: bytes, form: ListForm, *, short: bool = True) -> XmlList | None:
        """Take a reply apart; None if it has no list of calls. `short` is how empty elements are written."""
        try:
            root = ET.fromstring(body)  # noqa: S314 -- the sandbox's own reply
        except ET.ParseError:
            return None
        stat = root.find("calls_stat")
        return None if stat is None else cls(root, stat, form, short)

    def rows(self) -> list[Any]:
        """Return the rows."""
        return self._stat.findall("calls/call")

    def put_rows(self, rows: list[Any]) -> None:
        """Replace the rows. Where there were none, and there are still none, the list stays as the server wrote it."""
        calls = self._stat.find("calls")
        if calls is None:
            if not rows:
                return
            calls = ET.SubElement(self._stat, "calls")
        for row in calls.findall("call"):
            calls.remove(row)
        calls.extend(copy.deepcopy(row) for row in rows)
        calls.text = None

    def drop_rows(self, *, null: bool) -> None:
        """Leave the list out, or write an element that says that it is null, as Rails does."""
        calls = self._stat.find("calls")
        if calls is not None:
            self._stat.remove(calls)
        if null:
            self._stat.append(ET.Element("calls", {"nil": "true"}))

    def text(self, path: str) -> str | None:
        """Return the text at a path; None if it isn't there."""
        return self._root.findtext(path) if path else None

    def put(self, path: str, value: object) -> None:
        """Write a text where the reply has the element."""
        node = self._root.find(path) if path else None
        if node is not None:
            node.text = _UNWRITABLE.sub("", str(value))

    def drop(self, path: str) -> None:
        """Leave an element below the root out."""
        node = self._root.find(path)
        if node is not None:
            self._root.remove(node)

    def field(self, row: Any, name: str) -> Any:
        """Return the text of a field of a row."""
        return row.findtext(name)

    def with_field(self, row: Any, name: str, value: object) -> Any:
        """Return a copy of a row in which a field has another text, or in place of a list an element of its own."""
        changed = copy.deepcopy(row)
        node = changed.find(name)
        if isinstance(value, list):
            node.text = None
            node.extend(element("value", item) for item in value)
        else:
            node.text = str(value)
        return changed

    def unreadable(self, row: Any) -> Any:
        """Return a row without any field."""
        return ET.Element(row.tag)

    def write(self) -> bytes:
        """Write the reply."""
        return write(self._root, short=self._short)
