"""How fast new calls reach the archive, beside plain `sqlite3.executemany` with ready tuples into the same table."""

from __future__ import annotations

import gc
import json
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from benchmarks import invented
from trunkline.archive import Archive
from trunkline.archive.rows import to_row

if TYPE_CHECKING:
    from trunkline.model import Call

PAGE, BATCH = 100, 1000
ROUNDS = 5
LIMIT = 0.5


def run(n: int = 100_000) -> list[dict[str, Any]]:
    """Return calls a second of both, in pages of 100 and batches of 1,000, and the ratios (best of several rounds)."""
    calls = list(invented.calls(n))
    zone = ZoneInfo(invented.ZONE)
    rows = [to_row(call, zone) for call in calls]
    result: list[dict[str, Any]] = []
    gc.collect()
    gc.freeze()
    for name, size in (("pages", PAGE), ("batches", BATCH)):
        ours = theirs = 0.0
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                theirs = max(theirs, n / _plain(Path(folder), rows, size))
            with tempfile.TemporaryDirectory() as folder:
                ours = max(ours, n / _archive(Path(folder), calls, size))
        result.append(
            {
                "name": f"calls into the archive, {name} of {size:,}, against sqlite3.executemany",
                "ours": ours,
                "peer": theirs,
                "unit": "calls/s",
                "ratio": ours / theirs,
                "limit": LIMIT,
                "ok": ours / theirs >= LIMIT,
            }
        )
    gc.unfreeze()
    return result


def _archive(folder: Path, calls: list[Call], size: int) -> float:
    with Archive.open(f"sqlite:///{folder / 'archive.db'}") as archive:
        archive.register(
            invented.ACCOUNT, provider="telefonchy", title="Office", zone=invented.ZONE, currency=invented.CURRENCY
        )
        start = time.perf_counter()
        for index in range(0, len(calls), size):
            archive.store(calls[index : index + size])
        return time.perf_counter() - start


def _plain(folder: Path, rows: list[tuple[object, ...]], size: int) -> float:
    """Fill the archive's own empty table: the same columns, indexes and settings of the file."""
    path = folder / "plain.db"
    Archive.open(f"sqlite:///{path}").close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")
    insert = f"INSERT INTO calls VALUES ({', '.join('?' * len(rows[0]))})"
    start = time.perf_counter()
    for index in range(0, len(rows), size):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(insert, rows[index : index + size])
        connection.execute("COMMIT")
    took = time.perf_counter() - start
    connection.close()
    return took


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000), indent=2))
