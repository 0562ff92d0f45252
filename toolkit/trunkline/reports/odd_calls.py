"""Reads the calls for the figures of odd calls, tells foreign numbers, and gives all these figures the same columns."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trunkline.errors import DataError
from trunkline.numbers import country, e164, is_region

from .distinct import distinct, plain
from .frames import Calls, read
from .groups import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

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


def table_of(frame: Any, direction: Direction | None, *columns: str) -> tuple[Calls, pa.Table]:
    """Return the calls of a direction (None: of all) that have a start as a table, in the order of it."""
    calls = read(frame, "account", "extension", "direction", "started_at", *columns)
    chosen = ~nw.col("started_at").is_null()
    if direction is not None:
        chosen &= nw.col("direction").cast(nw.String()) == direction.value
    table = plain(calls.found(lambda data: data.filter(chosen)).to_arrow())
    return calls, table.take(pc.sort_indices(table, sort_keys=[("started_at", "ascending")]))


def lines_at(table: pa.Table, rows: Any) -> list[Line]:
    """Return these rows of a table, by place or where an array of booleans is true."""
    places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
    return cast("list[Line]", table.take(pa.array(places, pa.int64())).to_pylist())


def countries(table: pa.Table, column: str, home: Home) -> tuple[NDArray[np.int64], list[str | None]]:
    """Return the country of a column's number of each row, as the place in the list of countries, None is unknown.

    Each number of an account is looked at once.
    """
    if not len(table):
        return np.empty(0, np.int64), []
    kinds, first = distinct((table["account"], table[column]))
    numbers = table.select(["account", column]).take(pa.array(first)).to_pylist()
    places: dict[str | None, int] = {}
    of_kind = [
        places.setdefault(country(e164(each[column], home_of(home, each["account"]))), len(places)) for each in numbers
    ]
    return np.array(of_kind, np.int64)[kinds], list(places)


def foreign(table: pa.Table, column: str, home: Home) -> NDArray[np.bool_]:
    """Return of each row whether a column's number is known to be of another country than the account."""
    if not len(table):
        return np.empty(0, np.bool_)
    at, names = countries(table, column, home)
    accounts, first = distinct((table["account"],))
    homes = [home_of(home, table["account"][int(place)].as_py()) for place in first]
    is_foreign = np.array([[name is not None and name != own for name in names] for own in homes], np.bool_)
    return is_foreign[accounts, at]


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
