"""JSON replies changed at a path: what faults do to single fields and to lists of records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_EXTRA_NAME = "unheard_of"
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def to_json(value: object) -> bytes:
    """Write JSON without spaces, as UTF-8."""
    # Half a surrogate pair, which a JSON wish can bring in, has no UTF-8.
    return _ENCODE(value).encode(errors="replace")


def spoil(body: bytes, at: str, action: str, value: Any) -> bytes:
    """Null, remove, add to or set what stands at a path of a JSON reply.

    The path is names joined by dots, `[]` after a name meaning each element: `data.calls[].note`.
    "extra" puts an unheard-of field into the object at the path. A path that isn't there changes nothing.
    """

    def change(holder: dict[str, Any], name: str) -> None:
        if action == "missing":
            holder.pop(name, None)
        elif action == "extra":
            if isinstance(holder.get(name), dict):
                holder[name][_EXTRA_NAME] = value
        elif name in holder:
            holder[name] = None if action == "null" else value

    document = json.loads(body)
    *way, name = at.split(".")
    holders = _walk(document, way)
    each = name.endswith("[]")
    for holder in holders:
        if not isinstance(holder, dict):
            continue
        if each and action == "extra":
            for element in holder.get(name[:-2]) or ():
                if isinstance(element, dict):
                    element[_EXTRA_NAME] = value
        elif each:
            elements = holder.get(name[:-2])
            if isinstance(elements, list):
                holder[name[:-2]] = (
                    [] if action == "missing" else [None if action == "null" else value for _ in elements]
                )
        else:
            change(holder, name)
    return to_json(document)


def change_list(body: bytes, at: str, change: Callable[[list[Any]], list[Any]]) -> bytes:
    """Change the list that stands at a path of a JSON reply, where there is one."""
    document = json.loads(body)
    *way, name = at.split(".")
    for holder in _walk(document, way):
        if isinstance(holder, dict) and isinstance(holder.get(name), list):
            holder[name] = change(holder[name])
    return to_json(document)


def _walk(document: Any, way: list[str]) -> list[Any]:
    """Follow a path through objects and lists; return everything that it reaches."""
    reached = [document]
    for step in way:
        name = step.removesuffix("[]")
        reached = [one[name] for one in reached if isinstance(one, dict) and name in one]
        if step.endswith("[]"):
            reached = [element for one in reached if isinstance(one, list) for element in one]
    return reached
