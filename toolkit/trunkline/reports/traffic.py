"""How busy the lines were: carried traffic in erlang, the busy hour and the most calls at once.

A call occupies a line from its start to its end as the provider states them, or, where it states no end,
for its wait and talk; a call of unknown length is left out. Hours are those of the account's local clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trunkline.errors import DataError

from .frames import read
from .groups import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .frames import Calls

# The local clock of a frame bears no zone.
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001

type Seconds = NDArray[np.int64]

_NEEDED = ("started_local", "started_at", "ended_at", "wait_s", "talk_s")
_N, _X, _WALL = pa.int64(), pa.float64(), pa.timestamp("us")
_HOUR = 3600
_DAY_HOURS = 24
# Hours between the first and the last call of an archive: more than a century is a wrong date.
_LONGEST_HOURS = 100 * 366 * _DAY_HOURS
_GROUPABLE = ("account", "trunk", "extension", "direction")


def _spans(calls: Calls) -> tuple[Seconds, Seconds, NDArray[np.bool_]]:
    """Return start and end of each call in seconds of the local clock, and which calls have both."""
    table = calls.data.select(
        nw.col("started_local"),
        nw.col("started_at"),
        nw.col("ended_at"),
        (nw.col("wait_s") + nw.col("talk_s")).alias("s"),
    ).to_arrow()

    def seconds(name: str) -> NDArray[np.float64]:
        floats = pc.cast(pc.cast(table[name], pa.int64()), pa.float64(), safe=False)
        return cast("NDArray[np.float64]", floats.to_numpy())

    stated = (seconds("ended_at") - seconds("started_at")) / 1e6
    length = np.where(np.isnan(stated), seconds("s"), stated)
    start = np.floor(seconds("started_local") / 1e6)
    known = ~(np.isnan(start) | np.isnan(length)) & (length >= 0)
    begin = np.where(known, start, 0).astype(np.int64)
    return begin, begin + np.where(known, np.round(length), 0).astype(np.int64), known


def _groups(calls: Calls, by: str | None) -> Iterator[tuple[tuple[Any, ...], Seconds, Seconds]]:
    """Yield the spans of each group in its order; without `by` one group of all."""
    start, end, known = _spans(calls)
    if by is None:
        yield (), start[known], end[known]
        return
    column = calls.data.select(nw.col(by).cast(nw.String())).to_arrow()[by]
    values = np.array(column.to_pylist(), dtype=object)
    for value in sorted(set(values.tolist()), key=lambda each: in_order((each,))):
        own = known & (values == value)
        yield (value,), start[own], end[own]


def _read(frame: Any, by: str | None) -> tuple[Calls, dict[str, pa.DataType]]:
    if by is None:
        return read(frame, *_NEEDED), {}
    if by not in _GROUPABLE:
        msg = f"lines can't be grouped by {by!r}; possible are {', '.join(_GROUPABLE)}"
        raise DataError(msg, field=by)
    return read(frame, *_NEEDED, by), {by: pa.string()}


def _by_hour(start: Seconds, end: Seconds) -> tuple[int, Seconds, Seconds]:
    """Return the first hour, and from it on the seconds of occupation and the calls begun of each hour."""
    if not len(start):
        return 0, np.zeros(0, np.int64), np.zeros(0, np.int64)
    first = int(start.min()) // _HOUR
    size = min(int(max(end.max() - 1, start.max())) // _HOUR - first + 1, _LONGEST_HOURS)
    begun = np.bincount(np.minimum(start // _HOUR - first, size - 1), minlength=size)
    occupied = np.zeros(size, np.float64)
    hour = start // _HOUR
    # Each turn clips the calls to the next hour that they touch; only long calls come this way twice.
    while len(start):
        within = np.minimum(end, (hour + 1) * _HOUR) - np.maximum(start, hour * _HOUR)
        occupied += np.bincount(hour - first, weights=np.maximum(within, 0), minlength=size)[:size]
        longer = (end > (hour + 1) * _HOUR) & (hour + 1 - first < size)
        start, end, hour = start[longer], end[longer], hour[longer] + 1
    return first, occupied.astype(np.int64), begun.astype(np.int64)


def _clock(second: int) -> datetime:
    return _EPOCH + timedelta(seconds=second)


def carried[F](frame: F) -> F:
    """Return for each local hour from the first to the last the seconds of occupation and the erlang carried.

    erlang = seconds of occupation within the hour / 3600; a call counts in each hour that it touches, with
    the seconds that it spends there. `calls` began in the hour.
    """
    calls = read(frame, *_NEEDED)
    _, start, end = next(_groups(calls, None))
    first, occupied, begun = _by_hour(start, end)
    rows = [
        (_clock((first + offset) * _HOUR), int(begun[offset]), int(seconds), int(seconds) / _HOUR)
        for offset, seconds in enumerate(occupied)
    ]
    return cast("F", calls.emit({"hour": _WALL, "calls": _N, "occupied_s": _N, "erlang": _X}, rows))


def busy_hour[F](frame: F) -> F:
    """Return the busy hour by its three definitions, a row each; no rows of no calls.

    `fixed`: the clock hour that carried most. `sliding`: the 60 minutes, from any second, that carried most.
    `time_consistent`: the clock hour of the day with the highest mean over all days from the first to the last,
    `at` the first such hour. Of equals the first.
    """
    calls = read(frame, *_NEEDED)
    _, start, end = next(_groups(calls, None))
    first, occupied, _ = _by_hour(start, end)
    rows: list[tuple[Any, ...]] = []
    if len(occupied):
        top = int(occupied.argmax())
        rows.append(("fixed", _clock((first + top) * _HOUR), (first + top) % _DAY_HOURS, int(occupied[top]) / _HOUR))
        at, seconds = _sliding(start, end)
        rows.append(("sliding", _clock(at), None, seconds / _HOUR))
        before = first % _DAY_HOURS
        days = -(-(before + len(occupied)) // _DAY_HOURS)
        grid = np.zeros(days * _DAY_HOURS, np.int64)
        grid[before : before + len(occupied)] = occupied
        means = grid.reshape(days, _DAY_HOURS).mean(axis=0)
        hour = int(means.argmax())
        rows.append(("time_consistent", _clock((first - before + hour) * _HOUR), hour, float(means[hour]) / _HOUR))
    schema = {"definition": pa.string(), "at": _WALL, "hour": _N, "erlang": _X}
    return cast("F", calls.emit(schema, rows))


def _sliding(start: Seconds, end: Seconds) -> tuple[int, int]:
    """Return the first second of the fullest 60 minutes and the seconds of occupation in them."""
    times, changes = _events(start, end)
    if not len(times):
        return int(start.min()), 0
    at_once = np.cumsum(changes)
    # The occupation so far is linear between events, so that the fullest hour begins or ends at one.
    total = np.concatenate(([0], np.cumsum(at_once[:-1] * np.diff(times))))
    begins = np.unique(np.concatenate((times, times - _HOUR)))
    full = np.interp(begins + _HOUR, times, total) - np.interp(begins, times, total)
    top = int(np.round(full).argmax())
    return int(begins[top]), round(float(full[top]))


def _events(start: Seconds, end: Seconds) -> tuple[Seconds, Seconds]:
    """Return the times at which calls begin (+1) and end (-1), ends before begins at one time."""
    real = end > start
    times = np.concatenate((start[real], end[real]))
    changes = np.concatenate((np.ones(real.sum(), np.int64), -np.ones(real.sum(), np.int64)))
    order = np.lexsort((changes, times))
    return times[order], changes[order]


def peak_concurrency[F](frame: F, by: str | None = None) -> F:
    """Return the most calls at once and when that was first so, of all calls or for each trunk, account or extension.

    A sweep over begins and ends; at equal times the ends go first, so that back-to-back calls are one.
    `calls` were counted: those of unknown start or length are not.
    """
    calls, schema = _read(frame, by)
    rows: list[tuple[Any, ...]] = []
    for group, start, end in _groups(calls, by):
        times, changes = _events(start, end)
        at_once = np.cumsum(changes)
        if len(at_once):
            top = int(at_once.argmax())
            rows.append((*group, int(at_once[top]), _clock(int(times[top])), len(start)))
        else:
            rows.append((*group, 0, None, len(start)))
    return cast("F", calls.emit(schema | {"peak": _N, "at": _WALL, "calls": _N}, rows))
