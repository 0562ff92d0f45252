"""Damages a SQLite file in the ways that disks, copies and interrupted writes do."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PAGE = 4096


def overwrite(path: Path, start: int, content: bytes) -> None:
    """Overwrite a part of the file."""
    with path.open("r+b") as file:
        file.seek(start)
        file.write(content)


def damage_index(path: Path) -> None:
    """Let the index by start miss a call, and have one that is gone, as when a page of it isn't written."""

    def run(*statements: str) -> None:
        with sqlite3.connect(path, isolation_level=None) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            for statement in statements:
                connection.execute(statement)
        connection.close()

    with sqlite3.connect(path) as connection:
        index = connection.execute("SELECT * FROM sqlite_master WHERE name = 'calls_by_start'").fetchone()
    connection.close()
    run("DELETE FROM sqlite_master WHERE name = 'calls_by_start'")
    run("UPDATE calls SET started_at = started_at + 1 WHERE call_id = (SELECT max(call_id) FROM calls)")
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", index)
    connection.close()


def damage_calls(path: Path) -> None:
    """Overwrite a page that holds several calls, in the middle of them."""
    content = path.read_bytes()
    leaves = [
        start
        for start in range(0, len(content), PAGE)
        # 13 is the kind of a leaf of a table; the calls are the widest rows.
        if content[start] == 13 and content.count(b"incoming", start, start + PAGE) > 2
    ]
    overwrite(path, leaves[len(leaves) // 2], b"\xa5" * PAGE)
