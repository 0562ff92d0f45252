"""How fast new calls reach the archive, beside plain `sqlite3.executemany` with ready tuples into the same table."""

from __future__ import annotations

import gc
import json
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from benchmarks import invented
from trunkline.archive import Archive
from trunkline.archive.rows import LocalClock, to_row

if TYPE_CHECKING:
    from trunkline.model import Call

PAGE, BATCH = 100, 1000


def run(n: int = 100_000) -> dict[str, float]:
    """Return calls per second of both, in pages of 100 and batches of 1,000, and the ratios (best of three)."""
    calls = list(invented.calls(n))
    clock = LocalClock(ZoneInfo(invented.ZONE))
    rows = [to_row(call, clock) for call in calls]
    result: dict[str, float] = {"calls": n}
    gc.collect()
    gc.freeze()
    for name, size in (("page", PAGE), ("batch", BATCH)):
        ours = theirs = 0.0
        for _ in range(3):
            with tempfile.TemporaryDirectory() as folder:
                theirs = max(theirs, n / _plain(Path(folder), rows, size))
            with tempfile.TemporaryDirectory() as folder:
                ours = max(ours, n / _archive(Path(folder), calls, size))
        result |= {f"{name}_calls_per_s": ours, f"{name}_sqlite3_per_s": theirs, f"{name}_ratio": ours / theirs}
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
