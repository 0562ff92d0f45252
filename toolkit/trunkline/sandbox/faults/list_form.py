"""Where a provider's reply has its list of calls, and how such a reply is read and changed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from trunkline.sandbox.json_text import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ListForm:
    """Where a list of calls has its parts. A path is names joined by dots, "" where the provider has no such part.

    `rows` is the list, `total` how many calls it has over all pages, `pages` how many pages (often said twice), `size`
    how many rows a full page has, and `page` which page it is. `counts` is what says all that, and can be left out
    together. `cursor` is where a list with a cursor goes on. `ids` are the fields of a row that make it another call;
    `fields` are its others by meaning: `date`, `price`, `duration`, `status`, `direction`. `words` are the known words
    of the status.
    """

    rows: str
    total: str = ""
    pages: tuple[str, ...] = ()
    size: str = ""
    page: str = ""
    counts: tuple[str, ...] = ()
    cursor: str = ""
    ids: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: tuple[str, ...] = ()


class ListReply(Protocol):
    """A reply with a list of calls, taken apart. Rows are what the wire's format has for them."""

    form: ListForm

    def rows(self) -> list[Any]:
        """Return the rows."""

    def put_rows(self, rows: list[Any]) -> None:
        """Replace the rows."""

    def drop_rows(self, *, null: bool) -> None:
        """Leave the list out, or write it as the format's null."""

    def text(self, path: str) -> str | None:
        """Return the value at a path as text; None if it isn't there."""

    def put(self, path: str, value: object) -> None:
        """Write a value where the reply has one; a path that doesn't exist changes nothing."""

    def drop(self, path: str) -> None:
        """Leave a part out."""

    def field(self, row: Any, name: str) -> Any:
        """Return a field of a row; None if the row hasn't got it."""

    def with_field(self, row: Any, name: str, value: object) -> Any:
        """Return a copy of a row in which a field has another value."""

    def unreadable(self, row: Any) -> Any:
        """Return what stands in the place of a row and isn't one."""

    def write(self) -> bytes:
        """Write the reply."""


class JsonList:
    """A reply in JSON."""

    def __init__(self, document: dict[str, Any], form: ListForm) -> None:
        """Take the document; `of` checks that it has a list."""
        self.form = form
        self._document = document

    @classmethod
    def of(cls, body: bytes, form: ListForm) -> JsonList | None:
        """Take a reply apart; None if it has no list of calls."""
        try:
            document = json.loads(body)
        except ValueError:
            return None
        parent = _parent(document, form.rows) if isinstance(document, dict) else None
        return None if parent is None or not isinstance(parent[0].get(parent[1]), list) else cls(document, form)

    def rows(self) -> list[Any]:
        """Return the rows."""
        parent, name = self._at(self.form.rows)
        return list(parent.get(name) or ())

    def put_rows(self, rows: list[Any]) -> None:
        """Replace the rows."""
        parent, name = self._at(self.form.rows)
        parent[name] = rows

    def drop_rows(self, *, null: bool) -> None:
        """Leave the list out, or write null."""
        parent, name = self._at(self.form.rows)
        if null:
            parent[name] = None
        else:
            parent.pop(name, None)

    def text(self, path: str) -> str | None:
        """Return the value at a path as text."""
        found = _parent(self._document, path) if path else None
        value = None if found is None else found[0].get(found[1])
        return None if value is None else str(value)

    def put(self, path: str, value: object) -> None:
        """Write a value, as text where the reply had text."""
        found = _parent(self._document, path) if path else None
        if found is not None and found[1] in found[0]:
            found[0][found[1]] = str(value) if isinstance(found[0][found[1]], str) else value

    def drop(self, path: str) -> None:
        """Leave a part out."""
        found = _parent(self._document, path) if path else None
        if found is not None:
            found[0].pop(found[1], None)

    def field(self, row: Any, name: str) -> Any:
        """Return a field of a row."""
        return row.get(name) if isinstance(row, dict) else None

    def with_field(self, row: Any, name: str, value: object) -> Any:
        """Return a copy of a row in which a field has another value."""
        return {**row, name: value} if isinstance(row, dict) else row

    def unreadable(self, row: Any) -> Any:
        """Return a number in the place of a row."""
        return 7 if row is not None else None

    def write(self) -> bytes:
        """Write the reply."""
        return to_json(self._document)

    def _at(self, path: str) -> tuple[dict[str, Any], str]:
        found = _parent(self._document, path)
        assert found is not None  # noqa: S101 -- `of` has checked it
        return found


def _parent(document: Any, path: str) -> tuple[dict[str, Any], str] | None:
    """Return the object that holds what a path names, and the last name."""
    *parents, name = path.split(".")
    node = document
    for step in parents:
        node = node.get(step) if isinstance(node, dict) else None
    return (node, name) if isinstance(node, dict) else None
