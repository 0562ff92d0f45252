"""What the notebooks are run on, and what SQL and plain arithmetic find in it, without the code that is tested."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trunkline import Archive
from trunkline.model import Call, Direction, Money, Party, Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TEHRAN = ZoneInfo("Asia/Tehran")


@dataclass(frozen=True)
class Row:
    """A call as SQLite has it; times are seconds since the epoch, amounts exact."""

    account: str
    direction: str
    status: str
    trunk: str | None
    source: str | None
    destination: str | None
    started: float
    wait: int | None
    talk: int | None
    ended: float | None
    price: Decimal | None
    price_talk: Decimal | None
    currency: str | None


def rows(path: Path, account: str = "%") -> list[Row]:
    """Return the archived calls, oldest first; `account` as SQL's LIKE has it."""
    query = """
        SELECT account, direction, status, trunk, source_e164, destination_e164, started_at, wait, talk, ended_at,
               price, price_scale, price_talk, currency
        FROM calls WHERE account LIKE ? ORDER BY started_at
    """
    with sqlite3.connect(path) as connection:
        found = connection.execute(query, (account,)).fetchall()
    return [
        Row(*line[:6], line[6] / 1e6, *line[7:9], line[9] and line[9] / 1e6, amount(line[10], line[11]),
            amount(line[12], line[11]), line[13])
        for line in found
    ]  # fmt: skip


def amount(value: int | None, scale: int) -> Decimal | None:
    return None if value is None else Decimal(value).scaleb(-scale)


def total(found: Iterable[Row], currency: str) -> Decimal:
    return sum((row.price for row in found if row.price is not None and row.currency == currency), Decimal(0))


def minutes(row: Row) -> int:
    """Return the started minutes of talk."""
    return -(-(row.talk or 0) // 60)


def answered(found: Iterable[Row]) -> int:
    return sum(row.status == "answered" for row in found)


def statuses(found: Iterable[Row]) -> Counter[str]:
    return Counter(row.status for row in found)


def end_of(row: Row) -> float | None:
    """Return when a call ended, None where neither that nor its wait and talk are known."""
    if row.ended is not None:
        return row.ended
    return None if row.wait is None or row.talk is None else row.started + row.wait + row.talk


def peak(found: Iterable[Row]) -> int:
    """Return the most calls at once: at equal times, calls end before others start."""
    changes = sorted(
        change
        for row in found
        if (end := end_of(row)) is not None and end > row.started
        for change in ((row.started, 1), (end, -1))
    )
    now = most = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def erlang_b(lines: int, traffic: float) -> float:
    """Return the blocked share from the sums of the formula, not by recursion."""
    terms, term = [1.0], 1.0
    for n in range(1, lines + 1):
        term *= traffic / n
        terms.append(term)
    return terms[-1] / sum(terms)


def empty(path: Path) -> Path:
    """Make an archive with an account and no calls."""
    with Archive.open(f"sqlite:///{path}") as archive:
        _register(archive)
    return path


def quiet(path: Path) -> Path:
    """Make an archive in euro in which nobody answered, without any reading of a credit."""
    now = datetime.now(UTC).replace(microsecond=0)
    with Archive.open(f"sqlite:///{path}") as archive:
        _register(archive)
        archive.store([
            Call(
                account="mor:1",
                call_id=str(number),
                direction=(Direction.INCOMING, Direction.OUTGOING)[number % 2],
                status=(Status.NO_ANSWER, Status.BUSY, Status.FAILED)[number % 3],
                started_at=now - timedelta(hours=7 * number),
                source=Party(number="+37060000001", e164="+37060000001"),
                destination=Party(number="+37060000002", e164="+37060000002"),
                talk=0,
                price=Money(Decimal("0.0100") * (number % 2), "EUR"),
            )
            for number in range(1, 200)
        ])  # fmt: skip
    return path


def _register(archive: Archive) -> None:
    archive.register("mor:1", provider="mor", title="Shop", zone="Europe/Vilnius", currency="EUR")
