"""Sets of invented calls that lead the figures down different paths; the numbers and names belong to nobody."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from tests.reports.frames import SCHEMA
from trunkline.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ZONES = {
    "telefonchy:1": ZoneInfo("Asia/Tehran"),
    "voip24h:2": ZoneInfo("Asia/Ho_Chi_Minh"),
    "mor:3": ZoneInfo("Europe/Vilnius"),
}
_NAMES = ("نمونه‌ی یک", "نمونه دو", "Công ty Mẫu", "Pavyzdys, UAB", "Sample & Co")
_STATUSES = [each.value for each in Status]
_WIDE = pa.decimal128(30, 2)


def _calls(
    seed: int,
    count: int,
    *,
    absent: float = 0.02,
    unit: int = 1,
    accounts: Iterable[str] = ("telefonchy:1",),
    currencies: Iterable[str | None] = ("IRR",),
) -> list[dict[str, Any]]:
    """Return calls over five months; amounts are up to 9,999.99 times `unit`."""
    chance = random.Random(seed)
    first = datetime(2025, 1, 20, tzinfo=UTC)
    own, coins = list(accounts), list(currencies)

    def maybe(value: Any) -> Any:
        return None if chance.random() < absent else value

    found = []
    for number in range(count):
        account = chance.choice(own)
        start = first + timedelta(seconds=chance.randrange(150 * 86400), microseconds=chance.choice([0, 0, 250_000]))
        direction = chance.choice(["incoming", "incoming", "outgoing", "internal"])
        status = chance.choice(_STATUSES)
        outside = chance.choice([f"0912000{chance.randrange(40):04}", f"+4420794600{chance.randrange(10)}0"])
        inside = str(10 + chance.randrange(4))
        wait = chance.choice([-1, *range(40)])
        talk = chance.choice([-5, *range(600)]) if status == "answered" else 0
        parts = [Decimal(chance.randrange(1_000_000)) * unit / 100 for _ in range(4)]
        outgoing = direction == "outgoing"
        odd = Decimal(unit) if chance.random() < 0.05 else 0
        lasts = timedelta(seconds=max(0, wait + talk) % 90_000)
        found.append({
            "account": maybe(account),
            "call_id": f"c{number:05}",
            "direction": maybe(direction),
            "status": maybe(status),
            "trunk": maybe(chance.choice(["2155501", "2155502"])),
            "extension": maybe(inside),
            "source": maybe(inside if outgoing else outside),
            "source_name": maybe(chance.choice(_NAMES)),
            "destination": maybe(outside if outgoing else inside),
            "destination_name": maybe(chance.choice(_NAMES)),
            "started_at": maybe(start),
            "ended_at": maybe(start + lasts) if chance.random() < 0.5 else None,
            "started_local": maybe(start.astimezone(_ZONES[account]).replace(tzinfo=None)),
            "wait_s": maybe(wait),
            "talk_s": maybe(talk),
            "price": maybe(sum(parts[:3]) - parts[3] + odd),
            "price_wait": maybe(parts[0]),
            "price_talk": maybe(parts[1]),
            "price_record": maybe(parts[2]),
            "price_saved": maybe(parts[3]),
            "currency": maybe(chance.choice(coins)),
        })  # fmt: skip
    return found


def _table(rows: Iterable[dict[str, Any]], money: pa.DataType = SCHEMA["price"]) -> pa.Table:
    listed = list(rows)
    columns = {}
    for name, dtype in SCHEMA.items():
        plain = money if pa.types.is_decimal(dtype) else dtype
        plain = pa.string() if pa.types.is_dictionary(dtype) else plain
        array = pa.array([each[name] for each in listed], type=plain)
        columns[name] = array.dictionary_encode() if pa.types.is_dictionary(dtype) else array
    return pa.table(columns)


def _pieces() -> pa.Table:
    """Return calls in pieces, each with a dictionary of its own in another order."""
    rows = _calls(7, 300)
    return pa.concat_tables([_table(rows[:90]), _table(reversed(rows[90:200])), _table(rows[200:])])


def _scales(calls: pa.Table) -> pa.Table:
    """Return calls whose amounts have different types: with two digits, six, and as integers."""
    kinds = {"price_wait": pa.decimal128(30, 6), "price_record": pa.decimal128(18, 0), "price_saved": pa.int64()}
    for name, kind in kinds.items():
        whole = calls[name] if name == "price_wait" else pc.round(calls[name])
        calls = calls.set_column(calls.column_names.index(name), name, whole.cast(kind))
    return calls


DATA_SETS: dict[str, Callable[[], pa.Table]] = {
    "plain": lambda: _table(_calls(1, 400, absent=0.0)),
    "many nulls": lambda: _table(_calls(2, 400, absent=0.4)),
    "all null": lambda: _table(_calls(3, 20, absent=1.0)),
    "no calls": lambda: _table([]),
    "one call": lambda: _table(_calls(8, 1, absent=0.0)),
    "all unanswered": lambda: _table(
        [each | {"status": "no_answer", "talk_s": 0} for each in _calls(9, 200, absent=0.05)]
    ),
    "several scales": lambda: _scales(_table(_calls(10, 200))),
    "sums beyond 64 bits": lambda: _table(_calls(4, 300, unit=8_000_000_000_000), _WIDE),
    "prices beyond 64 bits": lambda: _table(_calls(5, 300, unit=10**20), _WIDE),
    "zones and currencies": lambda: _table(
        _calls(6, 400, absent=0.05, accounts=_ZONES, currencies=("IRR", "VND", "EUR"))
    ),
    "in pieces": _pieces,
}
"""By name, what makes the table of calls, with the columns of the archive's frame."""
