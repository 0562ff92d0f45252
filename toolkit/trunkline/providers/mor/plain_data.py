"""MOR's XML as plain data: figures, and replies that have no reader of their own."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .xml_reader import Node

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?", re.ASCII)


def figures(node: Node) -> Any:
    """Return the figures of an element, nested by name; numbers become `int` or `Decimal`."""
    if len(node):
        return {child.name: figures(child) for child in node.nodes()}
    text = node.own_text
    if text is None or not _NUMBER.fullmatch(text):
        return text
    return Decimal(text) if "." in text else int(text)


def as_data(node: Node) -> Any:
    """Return an element as plain data: its text, or its children by name, with a list where a name repeats.

    Attributes are among the children, with `@` before their names.
    """
    if not len(node) and not node.attrib:
        return node.own_text
    data: dict[str, Any] = {f"@{name}": value for name, value in node.attrib.items()}
    repeated: set[str] = set()
    for child in node.nodes():
        value = as_data(child)
        if child.tag in repeated:
            data[child.tag].append(value)
        elif child.tag in data:
            data[child.tag] = [data[child.tag], value]
            repeated.add(child.tag)
        else:
            data[child.tag] = value
    return data
