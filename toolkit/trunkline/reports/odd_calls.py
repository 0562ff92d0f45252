"""Reads the calls for the figures of odd calls, tells foreign numbers, and gives all these figures the same columns."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import pyarrow as pa

from trunkline.errors import DataError
from trunkline.numbers import country, e164, is_region

from .frames import Calls, read
from .groups import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from trunkline.model import Direction

_N, _X, _TEXT, _UTC = pa.int64(), pa.float64(), pa.string(), pa.timestamp("us", "UTC")
_SCHEMA = {
    "kind": _TEXT,
    "account": _TEXT,
    "extension": _TEXT,
    "subject": _TEXT,
    "started_at": _UTC,
    "ended_at": _UTC,
    "calls": _N,
    "n": _N,
    "probability": _X,
    "reason": _TEXT,
}
type Home = str | Mapping[str, str]
type Line = dict[str, Any]


def lines_of(frame: Any, direction: Direction | None, *columns: str) -> tuple[Calls, list[Line]]:
    """Return the calls of a direction (None: of all) that have a start, in the order of it."""
    calls = read(frame, "account", "extension", "direction", "started_at", *columns)
    data = calls.data.filter(~nw.col("started_at").is_null())
    if direction is not None:
        data = data.filter(nw.col("direction") == direction.value)
    lines = cast("list[Line]", data.to_arrow().to_pylist())
    return calls, sorted(lines, key=lambda line: line["started_at"])


def grouped(lines: Iterable[Line], *names: str) -> list[tuple[tuple[Any, ...], list[Line]]]:
    """Return the calls by these columns, what is unknown last."""
    found: defaultdict[tuple[Any, ...], list[Line]] = defaultdict(list)
    for line in lines:
        found[tuple(line[name] for name in names)].append(line)
    return sorted(found.items(), key=lambda item: in_order(item[0]))


def home_of(home: Home, account: str | None) -> str:
    """Return the country of an account; `DataError` for what is no country."""
    region = home if isinstance(home, str) else home.get(account or "", "")
    if not is_region(region):
        msg = "the home of an account is its ISO 3166 country in capital letters, such as IR"
        raise DataError(msg, field="home")
    return region


def is_foreign(line: Line, column: str, home: Home) -> bool:
    """Return whether a column's number is known to be of another country."""
    region = home_of(home, line["account"])
    found = country(e164(line[column], region))
    return found is not None and found != region


def row(
    kind: str, lines: Sequence[Line], *, extension: str | None, subject: str | None, n: int, reason: str
) -> tuple[Any, ...]:
    """Return the row of these calls, in order of their start."""
    first, last = lines[0], lines[-1]
    span = first["started_at"], last["started_at"]
    return (kind, first["account"], extension, subject, *span, len(lines), n, None, reason)


def emit(calls: Calls, rows: Iterable[tuple[Any, ...]]) -> Any:
    """Return the rows as a frame, in order of their start."""
    ordered = sorted(rows, key=lambda row: in_order((row[4], row[1], row[2], row[3])))
    return calls.emit(_SCHEMA, ordered)
