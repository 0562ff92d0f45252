"""Objects of a Simotel exchange that are added, searched, changed and removed: what all kinds have in common."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trunkline.sandbox.simotel.envelope import (
    DONE,
    Body,
    Paging,
    RefusedError,
    as_text,
    done,
    matches,
)
from trunkline.sandbox.simotel.lists.pages import sorted_rows
from trunkline.sandbox.simotel.lists.times import Calendar, object_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.sandbox.wire import Reply
    from trunkline.sandbox.world import Clock

HIDDEN = "******"


@dataclass(frozen=True, slots=True)
class Kind:
    """The fields and rules of one kind of object.

    `template` has the fields in the order of the document's search sample with what they are unless given; `date` in it
    is when the object was made. `unique` is the field whose value must be unique, and `exists` the message if it isn't.
    `returns_id` is False if the document's reply to an addition has a null id.
    """

    template: Mapping[str, Any]
    required: tuple[str, ...]
    unique: str | None = None
    exists: str = ""
    returns_id: bool = True
    hidden: frozenset[str] = frozenset()
    # Fields that a request has but the rows don't.
    kept: frozenset[str] = frozenset()


@dataclass(slots=True)
class Objects:
    """All objects of one kind at one exchange; they last as long as the sandbox."""

    kind: Kind
    marker: int
    clock: Clock
    calendar: Calendar
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    _made: int = 0

    def seed(self, created: int, **fields: Any) -> dict[str, Any]:
        """Create an object with `created` as its date."""
        return self._insert(created, fields)

    def add(self, body: Body) -> Reply:
        """Answer an `…/add`."""
        row = self.insert(body)
        return done({"_id": row["_id"] if self.kind.returns_id else None}, DONE)

    def insert(self, body: Body) -> dict[str, Any]:
        """Create the requested object."""
        body.require(*self.kind.required)
        self._check_unique(body.fields, None)
        return self._insert(int(self.clock.now()), body.fields)

    def search(self, body: Body) -> Reply:
        """Answer a `…/search` without paging."""
        return done([self.write(row) for row in self.found(body)])

    def search_paged(self, body: Body, sorting: str, direction: int = -1) -> Reply:
        """Answer a `…/search` with paging."""
        return self.paged(self.found(body), body.paging(sorting, direction))

    def paged(self, rows: list[dict[str, Any]], paging: Paging) -> Reply:
        """Write a page of the objects that were found."""
        page = paging.page(self.in_order(rows, paging), self.write)
        return done({"pagination": paging.described(len(rows)), "data": page})

    def update(self, body: Body) -> Reply:
        """Answer an `…/update`."""
        self.change(body)
        return done("", DONE)

    def remove(self, body: Body) -> Reply:
        """Answer a `…/remove`."""
        self.delete(body)
        return done("", DONE)

    def change(self, body: Body) -> dict[str, Any]:
        """Change the requested object and return it."""
        body.require("_id")
        row = self._row(body)
        self._check_unique(body.fields, row["_id"])
        row |= self._fields(body.fields)
        return row

    def delete(self, body: Body) -> dict[str, Any]:
        """Delete the requested object and return it."""
        body.require("_id")
        return self.rows.pop(self._row(body)["_id"])

    def found(self, body: Body) -> list[dict[str, Any]]:
        """Return the objects that match the conditions; a condition on a field that they lack always matches."""
        alike, wanted = body.alike(), body.conditions()
        return [
            row
            for row in self.rows.values()
            if all(matches(as_text(row[name]), text, alike=alike) for name, text in wanted.items() if name in row)
        ]

    def in_order(self, rows: list[dict[str, Any]], paging: Paging) -> list[dict[str, Any]]:
        """Sort rows; those made in the same second by their ids."""
        return sorted_rows(sorted(rows, key=lambda row: row["_id"], reverse=-1 in paging.sorting.values()), paging)

    def by(self, name: str, value: str) -> dict[str, Any] | None:
        """Find an object by a field."""
        return next((row for row in self.rows.values() if row.get(name) == value), None)

    def write(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Write an object as searches return it."""
        written = {name: value for name, value in row.items() if name not in self.kind.kept}
        if "date" in written:
            written["date"] = self.calendar.text(row["date"])
        return {name: HIDDEN if name in self.kind.hidden else value for name, value in written.items()}

    def _row(self, body: Body) -> dict[str, Any]:
        row = self.rows.get(body.text("_id"))
        if row is None:
            # [INFER] The reply to an unknown id is not documented: the general message.
            raise RefusedError
        return row

    def _check_unique(self, fields: Mapping[str, Any], but: str | None) -> None:
        unique = self.kind.unique
        if unique is None or unique not in fields:
            return
        value = as_text(fields[unique])
        if any(row[unique] == value and row["_id"] != but for row in self.rows.values()):
            raise RefusedError(self.kind.exists)

    def _insert(self, created: int, fields: Mapping[str, Any]) -> dict[str, Any]:
        self._made += 1
        row_id = object_id(created, self.marker, self._made)
        row = {"_id": row_id, **copy.deepcopy(dict(self.kind.template)), **dict.fromkeys(self.kind.kept, "")}
        row |= self._fields(fields)
        if "date" in row:
            row["date"] = created
        self.rows[row_id] = row
        return row

    def _fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the known fields in the template's types: what is text there is kept as text."""
        taken: dict[str, Any] = {}
        for name, value in fields.items():
            if name in self.kind.kept:
                taken[name] = copy.deepcopy(value)
            elif name in self.kind.template and name not in {"_id", "date"}:
                like = self.kind.template[name]
                taken[name] = copy.deepcopy(value) if isinstance(value, type(like)) else _as_type(value, like)
        return taken


def _as_type(value: Any, like: Any) -> Any:
    if isinstance(like, str):
        return as_text(value)
    if isinstance(like, int):
        text = as_text(value)
        return int(text) if text.isascii() and text.isdigit() else like
    # A list or an object that isn't one: nothing is known of what the service does then.
    raise RefusedError
