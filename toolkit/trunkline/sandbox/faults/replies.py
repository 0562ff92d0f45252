"""The changes that faults make to a reply: to its JSON, a field, or its list of calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from trunkline.sandbox.json_text import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .fault import Fault

_EXTRA_FIELD = "unheard_of"
_HTML = b"<!DOCTYPE html><html><head><title>Service</title></head><body><h1>It works!</h1></body></html>"


def bad_json(body: bytes, form: str) -> bytes:
    """Return a body that replaces valid JSON."""
    if form == "truncated":
        return body[: max(1, len(body) * 2 // 3)]
    if form == "array":
        return b"[" + body + b"]"
    return b"" if form == "empty" else _HTML


def duplicate(records: list[Any], fault: Fault, page: int) -> list[Any]:
    """Repeat a record: the first one of the page, or at the start of the page the last one of the page before."""
    if fault.options["where"] == "within":
        return [*records[:1], *records]
    repeated = list(fault.previous_page_end) if page > 1 else []
    fault.previous_page_end[:] = records[-1:]
    return [*repeated, *records]


def edit_field(body: bytes, at: str, action: str, value: Any) -> bytes:
    """Edit the field at a path of a JSON reply: "null", "missing", "set" to a value, or "extra".

    The path is names joined by dots, with `[]` after the name of a list to mean each element: `data.calls[].note`.
    "extra" adds an unknown field to the object at the path. A path that does not exist changes nothing.
    """
    document = json.loads(body)
    *parents, name = at.split(".")
    for parent in _objects(document, parents):
        if not name.endswith("[]"):
            _edit_member(parent, name, action, value)
        elif isinstance(elements := parent.get(name[:-2]), list):
            parent[name[:-2]] = _edited_elements(elements, action, value)
    return to_json(document)


def edit_list(body: bytes, at: str, edit: Callable[[list[Any]], list[Any]]) -> bytes:
    """Replace the list at a path of a JSON reply; a path that does not exist changes nothing."""
    document = json.loads(body)
    *parents, name = at.split(".")
    for parent in _objects(document, parents):
        if isinstance(parent.get(name), list):
            parent[name] = edit(parent[name])
    return to_json(document)


def _edit_member(parent: dict[str, Any], name: str, action: str, value: Any) -> None:
    if action == "missing":
        parent.pop(name, None)
    elif action == "extra":
        if isinstance(parent.get(name), dict):
            parent[name][_EXTRA_FIELD] = value
    elif name in parent:
        parent[name] = None if action == "null" else value


def _edited_elements(elements: list[Any], action: str, value: Any) -> list[Any]:
    if action == "missing":
        return []
    if action == "extra":
        return [{**element, _EXTRA_FIELD: value} if isinstance(element, dict) else element for element in elements]
    return [None if action == "null" else value for _ in elements]


def _objects(document: Any, path: list[str]) -> Iterator[dict[str, Any]]:
    """Follow a path through objects and lists; yield each object at its end."""
    nodes = [document]
    for step in path:
        name = step.removesuffix("[]")
        nodes = [node[name] for node in nodes if isinstance(node, dict) and name in node]
        if step.endswith("[]"):
            nodes = [element for node in nodes if isinstance(node, list) for element in node]
    return (node for node in nodes if isinstance(node, dict))
