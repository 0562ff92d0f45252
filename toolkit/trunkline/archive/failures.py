"""What a driver's error means, in words that show no value of a row."""

from __future__ import annotations

import re
import sqlite3

REPAIR = "Run `trunkline archive repair` to save what can be read; in Home Assistant, open Settings > System > Repairs"
RESTORE = "Restore the database from the server's backup; `trunkline archive check` lists what is damaged"
CHECK = "Run `trunkline archive check` to find out whether it is damaged"

_UNDECODABLE = re.compile(r"Could not decode to UTF-8 column '(\w+)'")
# Of PostgreSQL: a table or a column is missing; a page or an index is corrupted.
_DAMAGE_IN_POSTGRESQL = frozenset({"42P01", "42703", "XX001", "XX002"})


def failure(error: Exception, original: object) -> tuple[str, bool]:
    """Return what went wrong, to follow the archive's name, and whether the archive is damaged.

    `error` is the one that was caught, `original` the driver's own.
    """
    if isinstance(original, sqlite3.Error):
        return _of_sqlite(str(original))
    message = getattr(getattr(original, "diag", None), "message_primary", None)
    if message:
        damaged = getattr(original, "sqlstate", None) in _DAMAGE_IN_POSTGRESQL
        return (f"is damaged ({message})" if damaged else f"refused: {message}"), damaged
    if type(original).__name__ == "DataError":
        return "can't hold a value, such as text with a NUL character", False
    if type(error).__name__ in {"OperationalError", "InterfaceError"}:
        return "can't be reached: is the server running, and are the name and the password right?", False
    return f"failed ({type(error).__name__})", False


def _of_sqlite(message: str) -> tuple[str, bool]:
    if undecodable := _UNDECODABLE.search(message):
        return f"is damaged: the column {undecodable[1]} holds text that can't be decoded", True
    for part, text, damaged in _MEANINGS:
        if part in message:
            return text.format(message=message), damaged
    return f"failed: {message}", False


_MEANINGS = (
    ("not a database", "is not a database: choose another file, or move this one away, unless it is damaged", True),
    ("unable to open", "can't be opened: does its folder exist, and may this program write there?", False),
    ("readonly", "can't be written: the file or its folder is read-only", False),
    ("locked", "is locked by another program: close that, or try again later", False),
    ("disk is full", "can't be written: the disk is full. Free some space", False),
    ("disk I/O error", "can't be read or written: the disk reports an error. Check the disk and its free space", False),
    ("malformed", "is damaged ({message})", True),
    ("corrupt", "is damaged ({message})", True),
    ("unsupported file format", "is damaged ({message})", True),
    ("no such table", "is damaged ({message})", True),
    ("no such column", "is damaged ({message})", True),
    ("no column named", "is damaged ({message})", True),
    ("cannot hold BLOB", "is damaged (a column of text holds bytes)", True),
)
