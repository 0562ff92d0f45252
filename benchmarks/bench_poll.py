"""What a poll with nothing new costs beside a large archive: requests, and milliseconds of Python and SQL."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from benchmarks import invented
from trunkline.archive import BEGINNING, Archive, Coverage
from trunkline.archive.rows import to_row
from trunkline.model import CallPage, Capability, Identity
from trunkline.sync import sync_account

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trunkline.model import Call

POLLS = 20
LIMIT_MS = 50
PAGE = 100


class _Info:
    provider_id = "telefonchy"


class _Account:
    """An account in memory whose list holds `total` calls, of which only the first page is ever asked for."""

    info = _Info()
    zone = ZoneInfo(invented.ZONE)
    currency = invented.CURRENCY
    ordered = False
    by_time = False

    def __init__(self, newest: list[Call], total: int) -> None:
        self.newest = newest
        self.total = total
        self.requests = 0

    def supports(self, capability: Capability) -> bool:
        return capability is not Capability.TRUNKS

    async def key(self) -> str:
        return invented.ACCOUNT

    async def identity(self) -> Identity:
        return Identity(invented.STREAM, "Office")

    async def streams(self) -> tuple[str, ...]:
        return (invented.STREAM,)

    async def pages(self, *_: object, **__: object) -> AsyncIterator[CallPage]:
        self.requests += 1
        yield CallPage(tuple(self.newest), total=self.total, offset=0)
        raise AssertionError("a poll with nothing new asked for a second page")


def run(n: int = 100_000) -> list[dict[str, Any]]:
    """Return the requests for calls of one poll, and how many milliseconds the slowest of 20 polls took.

    The archive holds ten times `n` calls.
    """
    n *= 10
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        url = f"sqlite:///{path}"
        with Archive.open(url) as archive:
            archive.register(
                invented.ACCOUNT, provider="telefonchy", title="Office", zone=invented.ZONE, currency=invented.CURRENCY
            )
        _fill(path, n)
        coverage = Coverage(
            invented.ACCOUNT, invented.STREAM, total=n, archived=n, horizon=BEGINNING, reread_at=datetime.now(UTC)
        ).cover(BEGINNING, invented.NEWEST)
        newest = list(invented.calls(min(n, PAGE)))
        with Archive.open(url) as archive:
            archive.store([], coverage=coverage)
            account = _Account(newest, n)
            took = [asyncio.run(_poll(account, archive)) for _ in range(POLLS)]
    requests, slowest = account.requests / POLLS, max(took) * 1000
    return [
        {
            "name": f"requests for calls of a poll beside {n:,} archived calls",
            "ours": requests,
            "unit": "requests",
            "limit": 1,
            "ok": requests <= 1,
        },
        {
            "name": f"the slowest of {POLLS} such polls (median {statistics.median(took) * 1000:.1f} ms)",
            "ours": slowest,
            "unit": "ms",
            "limit": LIMIT_MS,
            "ok": slowest < LIMIT_MS,
        },
    ]


async def _poll(account: _Account, archive: Archive) -> float:
    start = time.perf_counter()
    result = await sync_account(account, archive)  # type: ignore[arg-type]
    took = time.perf_counter() - start
    if result.new or result.changed or not result.complete:
        raise AssertionError(f"the poll found something: {result}")
    return took


def _fill(path: Path, n: int) -> None:
    """Put the calls straight into the table: to store them would take most of the benchmark's time."""
    zone = ZoneInfo(invented.ZONE)
    rows = (to_row(call, zone) for call in invented.calls(n))
    first = next(rows)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    insert = f"INSERT INTO calls VALUES ({', '.join('?' * len(first))})"
    connection.execute(insert, first)
    connection.executemany(insert, rows)
    connection.execute(
        "INSERT INTO streams (account, stream, calls, segments) VALUES (?, ?, ?, '[]')",
        (invented.ACCOUNT, invented.STREAM, n),
    )
    connection.execute("COMMIT")
    connection.close()


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000), indent=2))
