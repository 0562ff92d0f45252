"""MOR's elements as plain data: rows of calls, figures, and pages of which nothing else is known."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trunkline.providers.common import fields

if TYPE_CHECKING:
    from .markup import Node

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?", re.ASCII)


def call_records(root: Node) -> list[dict[str, str | None]]:
    """Return the rows of a page of calls by field names in lower case; without any call the list may not be there."""
    stat = root.one("calls_stat")
    if stat is None:
        raise fields.wrong("calls_stat", "there")
    holder = stat.one("calls")
    return [] if holder is None else [row.record() for row in holder.all("call")]


def figures(node: Node) -> Any:
    """Return an element's figures: nested by name, numbers as whole numbers or decimals."""
    if len(node):
        return {one.name: figures(one) for one in node.nodes()}
    words = node.words
    if words is None or not _NUMBER.fullmatch(words):
        return words
    return Decimal(words) if "." in words else int(words)


def as_data(node: Node) -> Any:
    """Return an element as plain data: its text, or its children by name, those of one name as a list.

    Attributes stand among them with `@` before their names.
    """
    if not len(node) and not node.attrib:
        return node.words
    data: dict[str, Any] = {f"@{name}": value for name, value in node.attrib.items()}
    many: set[str] = set()
    for one in node.nodes():
        value = as_data(one)
        if one.tag in many:
            data[one.tag].append(value)
        elif one.tag in data:
            data[one.tag] = [data[one.tag], value]
            many.add(one.tag)
        else:
            data[one.tag] = value
    return data
