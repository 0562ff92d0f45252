"""Prints what the accounts' methods return, with one row or more for each account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .output import Format, show, warn, write
from .rows import plain, printable, table_of, without_empty

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo


class Results:
    """The results of several accounts, printed as one table."""

    def __init__(self, form: Format) -> None:
        """Start without results."""
        self._form = form
        self._columns: dict[str, None] = {"account": None}
        self._zones: dict[str, ZoneInfo] = {}

    def rows(
        self, account: str, zone: ZoneInfo, result: object, returns: str = "", *, name: str = "value"
    ) -> list[dict[str, Any]]:
        """Return an account's result as rows, and warn of what a page of it leaves out."""
        table = table_of(result, returns, name=name)
        self._zones[account] = zone
        self._columns.update(dict.fromkeys(without_empty(table) if self._form is Format.TABLE else table.columns))
        if table.beside:
            warn(f"{account}: {', '.join(f'{key} {plain(value)}' for key, value in table.beside.items())}")
        return [
            {**{key: printable(value, self._form) for key, value in row.items()}, "account": account}
            for row in table.rows
        ]

    def show(self, rows: Sequence[dict[str, Any]], *, empty: str = "nothing found") -> None:
        """Print the rows of all accounts."""
        clocks = [self._zones[row["account"]] for row in rows]
        show(rows, tuple(self._columns), self._form, clocks=clocks, empty=empty)


def print_json(value: object) -> None:
    """Print a value as JSON. Characters that a terminal would act on are escaped."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=2)
    text = "".join(letter if letter.isprintable() or letter == "\n" else _escaped(letter) for letter in text)
    write(f"{text}\n", json_text=True)


def _escaped(letter: str) -> str:
    # JSON has such characters in texts only, where this is another spelling of the same.
    return json.dumps(letter)[1:-1]
