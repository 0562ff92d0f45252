"""What became of missed calls: which are still open, and how long until the others were reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from trunkline import metrics
from trunkline.model import Direction, Status

from .callers import NAMES, NEEDED, choose, in_sequence, incoming, numbers_of
from .coded import Coded, cells, listed
from .distinct import plain
from .frames import read
from .groups import in_order

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence as Several

    from numpy.typing import NDArray

    from .callers import Sequence
    from .frames import Calls

_N, _X, _TEXT, _UTC = pa.int64(), pa.float64(), pa.string(), pa.timestamp("us", "UTC")
_SECOND = 1e6


@dataclass(frozen=True, slots=True)
class _Missed:
    """Missed calls beside the next answered call with the same number: row numbers, -1 where there is none."""

    found: Sequence
    rows: NDArray[np.intp]
    answers: NDArray[np.intp]

    def column(self, name: str, rows: NDArray[np.intp]) -> list[Any]:
        """Return a column at these rows, None where there is none."""
        there = rows >= 0
        values = iter(self.found.column(name, rows[there]))
        return [next(values) if is_row else None for is_row in listed(there)]


def left_out(frame: Any) -> int:
    """Return how many missed calls the figures of this module leave out: those without a number or a start."""
    return sum(
        count
        for status, is_placed, count in incoming(frame)
        if metrics.is_missed(Direction.INCOMING, status or Status.UNKNOWN) and not is_placed
    )


def _matched(coded: Coded, own: int | None = None) -> _Missed:
    """Return the missed calls that have a number and a start, by account, number and start; of the `own` first ones."""
    found = in_sequence(coded)
    order, account, number, is_open = found.order, found.account, found.number, found.is_missed
    size = len(order)
    places = np.where(is_open, size, np.arange(size))
    following = np.minimum.accumulate(places[::-1])[::-1]
    at = np.flatnonzero(is_open if own is None else is_open & (order < own))
    next_answer = following[at]
    same = next_answer < size
    inside = np.where(same, next_answer, 0)
    if size:
        same &= (account[inside] == account[at]) & (number[inside] == number[at])
    return _Missed(found, order[at], np.where(same, order[inside] if size else -1, -1))


def open_by_account(coded: Coded) -> dict[str | None, tuple[int, int]]:
    """Return for each account the missed calls that are still open, and how many numbers they come from."""
    matched = _matched(coded)
    still = matched.rows[matched.answers < 0]
    account, number = coded.text("account").of(still), numbers_of(coded).of(still)
    _, count, (owner, _) = cells([account, number], len(still))
    used = np.flatnonzero(count)
    owners = owner.codes[used]
    calls, numbers = np.bincount(owners, weights=count[used]), np.bincount(owners)
    return {owner.label(code): (int(calls[code]), int(numbers[code])) for code in np.flatnonzero(numbers)}


def _read(frame: Any, later: Any, names: Several[str] = NAMES) -> tuple[Calls, _Missed]:
    """Return the calls of a frame, and its missed calls with their answers, which may be among the later calls."""
    calls = read(frame, *NEEDED, optional=names)
    if later is None:
        return calls, _matched(calls.some(calls.columns, choose))
    tables = [_table(each, names) for each in (calls, read(later, *NEEDED, optional=names))]
    return calls, _matched(Coded(pa.concat_tables(tables, promote_options="permissive")), len(tables[0]))


def _table(calls: Calls, names: Several[str]) -> pa.Table:
    coded = calls.some(calls.columns, choose)
    nothing = pa.nulls(len(coded), _TEXT)
    return plain(pa.table({name: nothing if name in calls.absent else coded.array(name) for name in (*NEEDED, *names)}))


_CALL_BACKS: Mapping[str, pa.DataType] = {
    "account": _TEXT,
    "number": _TEXT,
    "name": _TEXT,
    "missed_at": _UTC,
    "reached_at": _UTC,
    "reached_by": _TEXT,
    "after_s": _X,
}


def call_backs[F](frame: F, *, later: Any = None) -> F:
    """Return every missed call with the next answered call from or to its number, if there is one.

    `name` is the caller's, if the frame has names.
    `reached_by` is the direction of that call, `after_s` the seconds from start to start. Calls of another
    account don't count; missed calls without a number or a start are left out. Numbers are compared as
    they stand in the frame. Newest first. `later` are calls after these: a caller may be reached in them.
    """
    calls, matched = _read(frame, later)
    return cast("F", calls.emit(_CALL_BACKS, _rows(matched)))


def _rows(matched: _Missed) -> list[tuple[Any, ...]]:
    at, back = matched.column("started_at", matched.rows), matched.column("started_at", matched.answers)
    rows = [
        (*who, missed_at, reached_at, by, (reached_at - missed_at).total_seconds() if reached_at else None)
        for *who, missed_at, reached_at, by in zip(
            matched.column("account", matched.rows),
            matched.column("number", matched.rows),
            matched.column("name", matched.rows),
            at,
            back,
            matched.column("direction", matched.answers),
            strict=True,
        )
    ]
    rows.sort(key=lambda row: (row[3], row[0] or "", row[1]), reverse=True)
    return rows


def open_missed[F](frame: F, *, later: Any = None) -> F:
    """Return the numbers whose missed calls are still open: how many calls, the first and the last. Newest first.

    `later` are calls after these: a caller may be reached in them.
    """
    calls, matched = _read(frame, later)
    numbers: dict[tuple[str | None, str], list[Any]] = {}
    names: dict[tuple[str | None, str], str | None] = {}
    for account, number, name, missed_at, reached_at, _, _ in _rows(matched):
        if reached_at is None:
            numbers.setdefault((account, number), []).append(missed_at)
            names[account, number] = names.get((account, number)) or name
    rows = [(*key, names[key], len(at), at[-1], at[0]) for key, at in numbers.items()]
    schema = {
        "account": _TEXT,
        "number": _TEXT,
        "name": _TEXT,
        "calls": _N,
        "first_missed_at": _UTC,
        "last_missed_at": _UTC,
    }
    return cast("F", calls.emit(schema, rows))


def _quantiles(values: NDArray[np.float64], chosen: Several[float]) -> list[float | None]:
    """Return the quantiles of values in any order, as `metrics.quantile` gives them."""
    below = [int(q * (len(values) - 1)) for q in chosen]
    last = len(values) - 1
    # Only what stands at these places is put in order.
    ordered = (
        np.partition(values, [place for first in below for place in (first, min(first + 1, last))])
        if len(values)
        else values
    )
    return [metrics.quantile(memoryview(ordered), q) for q in chosen]


def call_back_time[F](frame: F, *, later: Any = None) -> F:
    """Return for each account how many missed calls were reached, and after how many seconds.

    Median and 90th percentile over the missed calls that were reached; `reached` / `missed` with its interval.
    `later` are calls after these: a caller may be reached in them.
    """
    calls, matched = _read(frame, later, ())
    coded = matched.found.coded
    start, accounts = coded.times("started_at").values, coded.text("account")
    account = accounts.codes[matched.rows]
    reached = matched.answers >= 0
    after = np.where(reached, start[matched.answers] - start[matched.rows], 0) / _SECOND if len(start) else account
    rows = []
    for code in np.flatnonzero(np.bincount(account)):
        own = account == code
        [name] = accounts.of(matched.rows[own][:1]).values()
        missed, waits = int(own.sum()), after[own & reached]
        share = metrics.ratio(len(waits), missed)
        cells = (share.value, share.low, share.high) if share else (None, None, None)
        rows.append((name, missed, len(waits), *cells, *_quantiles(waits, (0.5, 0.9))))
    rows.sort(key=lambda row: in_order(row[:1]))
    schema = {"account": _TEXT, "missed": _N, "reached": _N, "reached_share": _X, "reached_low": _X, "reached_high": _X}
    return cast("F", calls.emit(schema | {"p50_after_s": _X, "p90_after_s": _X}, rows))
