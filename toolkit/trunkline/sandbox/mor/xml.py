"""XML replies: written as Ruby's Builder writes them, and changed where a fault wants it."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
