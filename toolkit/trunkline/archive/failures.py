"""What a driver's error means, in words that show no value of a row."""

from __future__ import annotations

import re
import sqlite3

from trunkline.errors import ArchiveError, DamagedArchiveError

REPAIR = "Run `trunkline archive repair` to save what can be read; in Home Assistant, open Settings > System > Repairs"
RESTORE = "Restore the database from the server's backup; `trunkline archive check` lists what is damaged"
CHECK = "Run `trunkline archive check` to find out whether it is damaged"

_UNDECODABLE = re.compile(r"Could not decode to UTF-8 column '(\w+)'")
# Of PostgreSQL: a table or a column is missing; a page or an index is corrupted.
_DAMAGE_IN_POSTGRESQL = frozenset({"42P01", "42703", "XX001", "XX002"})
# Also of PostgreSQL: the connection, the login, a right, resources, a lock, or the server's operator.
_OUT_OF_REACH = re.compile(r"08...|28...|42501|53...|55...|57...")


class UnavailableArchiveError(ArchiveError):
    """The archive is out of reach for now, which says nothing about damage."""


def failure(error: Exception, original: object) -> tuple[str, type[ArchiveError]]:
    """Return what went wrong, to follow the archive's name, and which error that is.

    `error` is the one that was caught, `original` the driver's own.
    """
    if isinstance(original, sqlite3.Error):
        return _of_sqlite(str(original))
    message = getattr(getattr(original, "diag", None), "message_primary", None)
    if message:
        state = getattr(original, "sqlstate", None) or ""
        if state in _DAMAGE_IN_POSTGRESQL:
            return f"is damaged ({message})", DamagedArchiveError
        return f"refused: {message}", UnavailableArchiveError if _OUT_OF_REACH.fullmatch(state) else ArchiveError
    if type(original).__name__ == "DataError":
        return "can't hold a value, such as text with a NUL character", ArchiveError
    if type(error).__name__ in {"OperationalError", "InterfaceError"}:
        text = "can't be reached: is the server running, and are the name and the password right?"
        return text, UnavailableArchiveError
    return f"failed ({type(error).__name__})", ArchiveError


def _of_sqlite(message: str) -> tuple[str, type[ArchiveError]]:
    if undecodable := _UNDECODABLE.search(message):
        return f"is damaged: the column {undecodable[1]} holds text that can't be decoded", DamagedArchiveError
    for kind, meanings in _MEANINGS.items():
        for part, text in meanings.items():
            if part in message:
                return text.format(message=message), kind
    return f"failed: {message}", ArchiveError


_DAMAGED = "is damaged ({message})"
# What SQLite's messages mean, by a part of them.
_MEANINGS: dict[type[ArchiveError], dict[str, str]] = {
    UnavailableArchiveError: {
        "unable to open": "can't be opened: does its folder exist, and may this program write there?",
        "locked": "is locked by another program: close that, or try again later",
    },
    ArchiveError: {
        "readonly": "can't be written: the file or its folder is read-only",
        "disk is full": "can't be written: the disk is full. Free some space",
        "disk I/O error": ("can't be read or written: the disk reports an error. Check the disk and its free space"),
    },
    DamagedArchiveError: {
        "not a database": "is not a database: choose another file, or move this one away, unless it is damaged",
        "malformed": _DAMAGED,
        "corrupt": _DAMAGED,
        "unsupported file format": _DAMAGED,
        "no such table": _DAMAGED,
        "no such column": _DAMAGED,
        "no column named": _DAMAGED,
        "cannot hold BLOB": "is damaged (a column of text holds bytes)",
    },
}
