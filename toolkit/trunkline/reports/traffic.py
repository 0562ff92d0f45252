"""How busy the lines were: carried traffic in erlang, the busy hour and the most calls at once.

A call occupies a line from its start to its end as the provider states them, or, where it states no end,
for its wait and talk; a call of unknown length is left out. What happens at one time is found by UTC. Local time is
for labels, and for where hours begin: it is the clock of the account with the most calls, so that accounts in several
zones are compared at the same instants. An hour that the clock repeats in autumn is two rows, one that it skips none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from trunkline.errors import DataError

from .coded import listed
from .frames import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .coded import Coded, Codes, Mask, Numbers
    from .frames import Calls

# The local clock of a frame bears no zone.
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001

type Seconds = NDArray[np.int64]

_NEEDED = ("started_local", "started_at", "ended_at", "wait_s", "talk_s")
_N, _X, _WALL, _INSTANT = pa.int64(), pa.float64(), pa.timestamp("us"), pa.timestamp("us", "UTC")
_HOUR = 3600
# In microseconds.
_SECOND = 1_000_000
# Every so many events are an edge of a span of time in which the fullest hour may begin.
_EDGE = 16
# The last second of an hour.
_LAST = _HOUR - 1
_DAY_HOURS = 24
# Hours between the first and the last call of an archive: more than a century is a wrong date.
_LONGEST_HOURS = 100 * 366 * _DAY_HOURS
_GROUPABLE = ("account", "trunk", "extension", "direction")


@dataclass(frozen=True, slots=True)
class _Clock:
    """The local clock of a frame, as far as its calls tell it: offsets from UTC in seconds, from the time of a call on.

    The first time is that of the first call; the others are those of calls with another offset than the call before.
    """

    times: Seconds
    offsets: Seconds

    @property
    def past_the_hour(self) -> int:
        """The seconds after a full hour of UTC at which local hours end: 1,800 in a zone such as UTC+03:30."""
        return int(self.offsets[0]) % _HOUR if len(self.offsets) else 0

    def local(self, second: Seconds, within: int = 0) -> Seconds:
        """Return the local time of instants (UTC), or of hours if `within` is how long they last.

        It is by the offset of the latest call that starts before or within, else of the first call.
        """
        if not len(self.times):
            return second
        latest = np.searchsorted(self.times, second + within, side="right") - 1
        return cast("Seconds", second + self.offsets[np.maximum(latest, 0)])

    def at(self, second: int, within: int = 0) -> datetime:
        """Return the local time of an instant or an hour, as a label."""
        return _EPOCH + timedelta(seconds=int(self.local(np.array([second]), within)[0]))


@dataclass(frozen=True)
class _Spans:
    """Calls with their account, start and end (seconds, UTC), and the offset of local time at the start (seconds).

    `placed` is which local times are known, None if all are.
    """

    account: Codes
    start: Seconds
    end: Seconds
    offset: Seconds
    placed: Mask | None

    def of(self, chosen: NDArray[np.bool_]) -> _Spans:
        placed = None if self.placed is None else self.placed[chosen]
        return _Spans(self.account.of(chosen), self.start[chosen], self.end[chosen], self.offset[chosen], placed)

    @cached_property
    def events(self) -> tuple[Seconds, NDArray[np.int8]]:
        """The events of the calls, see `_events`."""
        return _events(self.start, self.end)

    @cached_property
    def clock(self) -> _Clock:
        """The clock of the account with the most calls, of equals the first in the alphabet."""
        codes = self.account.codes
        number = np.bincount(codes if self.placed is None else codes[self.placed], minlength=self.account.size)
        if not number.any():
            return _Clock(np.zeros(0, np.int64), np.zeros(0, np.int64))
        most = min(listed(np.flatnonzero(number == number.max())), key=lambda code: str(self.account.label(code)))
        start, offset = self.start, self.offset
        if self.placed is None and offset.min() == offset.max():
            return _Clock(np.array([start.min()]), offset[:1])
        if number[most] < len(codes):
            own = codes == most if self.placed is None else (codes == most) & self.placed
            start, offset = start[own], offset[own]
        if (start[1:] < start[:-1]).any():
            order = np.argsort(start, kind="stable")
            start, offset = start[order], offset[order]
        # What counts is when it changes: with each change of the zone, not with each call.
        changes = np.concatenate(([0], 1 + np.flatnonzero(offset[1:] != offset[:-1])))
        return _Clock(start[changes], offset[changes])


def _spans(calls: Calls) -> tuple[_Spans, NDArray[np.bool_]]:
    """Return the calls whose start and length are known, and which those are."""
    return calls.coded.kept("spans", lambda: _coded_spans(calls.coded))


def _coded_spans(coded: Coded) -> tuple[_Spans, NDArray[np.bool_]]:
    started, ended, local = (coded.times(name) for name in ("started_at", "ended_at", "started_local"))
    stated = ended.values - started.values
    length, known = _rounded(stated), stated >= 0
    if ended.known is not None:
        wait, talk = coded.whole("wait_s"), coded.whole("talk_s")
        lasted = wait.values + talk.values
        timed = [part.known for part in (wait, talk) if part.known is not None]
        length = np.where(ended.known, length, lasted)
        known = np.where(ended.known, known, np.logical_and.reduce([lasted >= 0, *timed]))
    if started.known is not None:
        known &= started.known
    rows = slice(None) if known.all() else np.flatnonzero(known)
    begin = started.values[rows] // _SECOND
    placed = None if local.known is None else local.known[rows]
    return _Spans(
        coded.text("account").of(rows), begin, begin + length[rows], _offsets(local, started, begin, rows), placed
    ), known


def _offsets(local: Numbers, started: Numbers, begin: Seconds, rows: Any) -> Seconds:
    """Return how many seconds local time is from UTC at the start of these calls, which begin at that second."""
    shift = local.values - started.values
    if len(shift) and (first := int(shift[0])) % _SECOND == 0 and shift.min() == first == shift.max():
        return cast("Seconds", np.broadcast_to(np.int64(first // _SECOND), len(begin)))
    return cast("Seconds", local.values[rows] // _SECOND - begin)


def _rounded(microseconds: Seconds) -> Seconds:
    """Return whole seconds, half to even."""
    seconds = microseconds // _SECOND
    whole = seconds * _SECOND
    if (whole == microseconds).all():
        return seconds
    twice = 2 * (microseconds - whole)
    seconds += (twice > _SECOND) | ((twice == _SECOND) & (seconds % 2 == 1))
    return seconds


def _groups(calls: Calls, by: str) -> Iterator[tuple[Any, _Spans]]:
    """Yield each group with its calls, in its order."""
    spans, known = _spans(calls)
    values = calls.coded.text(by)
    count, of_known = np.bincount(values.codes, minlength=values.size), values.codes[known]
    for code in values.in_order():
        if count[code]:
            yield values.label(code), spans.of(of_known == code)


def read_lines(frame: Any, by: str | None) -> tuple[Calls, dict[str, pa.DataType]]:
    """Return the calls with the column to group lines by, and the type of it by its name; `DataError` for another."""
    if by is None:
        return read(frame, *_NEEDED, optional=("account",)), {}
    if by not in _GROUPABLE:
        msg = f"lines can't be grouped by {by!r}; possible are {', '.join(_GROUPABLE)}"
        raise DataError(msg, field=by)
    return read(frame, *_NEEDED, by, optional=("account",)), {by: pa.string()}


def left_out(frame: Any) -> int:
    """Return how many calls the figures of this module leave out: those of unknown start or length."""
    _, known = _spans(read(frame, *_NEEDED, optional=("account",)))
    return len(known) - int(known.sum())


def _by_hour(start: Seconds, end: Seconds) -> tuple[int, Seconds, Seconds]:
    """Return the first hour, and from it on the seconds of occupation and the calls begun of each hour."""
    if not len(start):
        return 0, np.zeros(0, np.int64), np.zeros(0, np.int64)
    first = int(start.min()) // _HOUR
    size = min(int(max(end.max() - 1, start.max())) // _HOUR - first + 1, _LONGEST_HOURS)
    hour = (start - first * _HOUR) // _HOUR
    begun = np.bincount(np.minimum(hour, size - 1) if hour.max() >= size else hour, minlength=size)
    longer = np.flatnonzero(end - first * _HOUR > (hour + 1) * _HOUR)
    within = end - start
    within[longer] = (first + hour[longer] + 1) * _HOUR - start[longer]
    occupied = _added(hour, within, size)
    # Few calls reach another hour. Of those between the first and the last of a call, each second is occupied.
    hour, end = hour[longer], end[longer]
    last = (end - 1) // _HOUR - first
    occupied += _added(last, end - (first + last) * _HOUR, size)
    occupied += np.cumsum(_added(hour + 1, 1, size) - _added(last, 1, size)) * _HOUR
    return first, occupied[:size].astype(np.int64), begun.astype(np.int64)


def _added(hour: Seconds, seconds: Seconds | int, size: int) -> NDArray[np.float64]:
    """Return the sum of the seconds of each hour, those of hours beyond the last in one more."""
    weights = np.broadcast_to(np.asarray(seconds, np.float64), hour.shape)
    beyond = len(hour) and hour.max() > size
    found: NDArray[Any] = np.bincount(np.minimum(hour, size) if beyond else hour, weights=weights, minlength=size + 1)
    return found


def carried[F](frame: F) -> F:
    """Return for each hour from the first to the last the seconds of occupation and the erlang carried.

    `hour` is when it begins on the local clock, `hour_utc` in UTC. erlang = seconds of occupation within the hour /
    3600; a call counts in each hour that it touches, with the seconds that it spends there. `calls` began in the hour.
    """
    calls = read(frame, *_NEEDED, optional=("account",))
    spans, _ = _spans(calls)
    clock = spans.clock
    hours, occupied, begun = _local_hours(clock, spans)
    columns = {
        "hour": pa.array(clock.local(hours, _LAST) * _SECOND).cast(_WALL),
        "hour_utc": pa.array(hours * _SECOND).cast(_INSTANT),
        "calls": begun,
        "occupied_s": occupied,
        "erlang": occupied / _HOUR,
    }
    return cast("F", calls.emit_columns({name: pa.array(values) for name, values in columns.items()}))


def _local_hours(clock: _Clock, spans: _Spans) -> tuple[Seconds, Seconds, Seconds]:
    """Return when each hour of the local clock begins (UTC), its seconds of occupation, and the calls begun in it."""
    past = clock.past_the_hour
    first, occupied, begun = _by_hour(spans.start + past, spans.end + past)
    return (first + np.arange(len(occupied))) * _HOUR - past, occupied, begun


def busy_hour[F](frame: F, by: str | None = None) -> F:
    """Return the busy hour by its three definitions, a row each, of all calls or for each trunk, account or extension.

    `fixed`: the clock hour that carried most. `sliding`: the 60 minutes, from any second, that carried most.
    `time_consistent`: the clock hour of the day with the highest mean over all days from the first to the last,
    `at` the first such hour. Of equals the first. An hour that the clock repeats in autumn counts twice. No rows of no
    calls.
    """
    calls, schema = read_lines(frame, by)
    groups = [((), _spans(calls)[0])] if by is None else [((value,), spans) for value, spans in _groups(calls, by)]
    rows = [(*group, *line) for group, spans in groups for line in _busy_hours(spans)]
    schema |= {"definition": pa.string(), "at": _WALL, "hour": _N, "erlang": _X}
    return cast("F", calls.emit(schema, rows))


def _busy_hours(spans: _Spans) -> list[tuple[Any, ...]]:
    """Return the busy hours of these calls: definition, when, hour of the day, erlang."""
    clock = spans.clock
    hours, occupied, _ = _local_hours(clock, spans)
    rows: list[tuple[Any, ...]] = []
    if len(occupied):
        top = int(occupied.argmax())
        fixed = clock.at(int(hours[top]), _LAST)
        rows.append(("fixed", fixed, fixed.hour, int(occupied[top]) / _HOUR))
        at, seconds = _sliding(spans)
        rows.append(("sliding", clock.at(at), None, seconds / _HOUR))
        rows.append(("time_consistent", *_time_consistent(clock, hours, occupied)))
    return rows


def _time_consistent(clock: _Clock, hours: Seconds, occupied: Seconds) -> tuple[datetime, int, float]:
    """Return the first hour of the day with the highest mean, that hour, and its erlang.

    The mean is over whole days: those hours of the first and the last one count in which there was no call.
    """
    local = clock.local(hours, _LAST) // _HOUR
    before = int(local[0]) % _DAY_HOURS
    after = _DAY_HOURS - 1 - int(local[-1]) % _DAY_HOURS
    of_day = np.concatenate((np.arange(before), local % _DAY_HOURS, _DAY_HOURS - after + np.arange(after)))
    times = np.bincount(of_day, minlength=_DAY_HOURS)
    total = np.bincount(local % _DAY_HOURS, weights=occupied, minlength=_DAY_HOURS)
    # An hour that the clock skips in spring may be on no day at all: then it is not the busiest either.
    means = np.divide(total, times, out=np.full(_DAY_HOURS, -1.0), where=times > 0)
    hour = int(means.argmax())
    first = hours[0] - (before - hour) * _HOUR if hour < before else hours[np.argmax(local % _DAY_HOURS == hour)]
    return clock.at(int(first), _LAST), hour, float(means[hour]) / _HOUR


def _sliding(spans: _Spans) -> tuple[int, int]:
    """Return the first second of the fullest 60 minutes and the seconds of occupation in them."""
    times, changes = spans.events
    if not len(times):
        return int(spans.start.min()), 0
    at_once = np.cumsum(changes, dtype=np.int64)
    # The occupation so far is linear between events, so that the fullest hour begins or ends at one.
    total = np.concatenate(([0], np.cumsum(at_once[:-1] * np.diff(times))))
    begins = _promising(times, total)
    full = np.interp(begins + _HOUR, times, total) - np.interp(begins, times, total)
    top = int(np.round(full).argmax())
    return int(begins[top]), round(float(full[top]))


def _promising(times: Seconds, total: Seconds) -> Seconds:
    """Return when the fullest hour may begin: at an event or an hour before one, where it can be the fullest at all.

    Between two edges no hour is fuller than from the first to an hour after the second.
    """
    edges = np.unique(np.concatenate((times[:1] - _HOUR, times[::_EDGE], times[-1:])))
    so_far, hour_later = (np.interp(edges + later, times, total) for later in (0, _HOUR))
    hopeful = np.flatnonzero(hour_later[1:] - so_far[:-1] >= np.max(hour_later - so_far) - 1)
    found = []
    for later in (0, _HOUR):
        first = np.searchsorted(times, edges[hopeful] + later)
        last = np.searchsorted(times, edges[hopeful + 1] + later, side="right")
        inside = np.zeros(len(times) + 1, np.int64)
        np.add.at(inside, first, 1)
        np.add.at(inside, last, -1)
        found.append(times[np.cumsum(inside)[:-1] > 0] - later)
    return np.unique(np.concatenate(found))


def _events(start: Seconds, end: Seconds) -> tuple[Seconds, NDArray[np.int8]]:
    """Return the times at which calls begin (+1) and end (-1), ends before begins at one time."""
    real = end > start
    if not real.all():
        start, end = start[real], end[real]
    # A stable sort is fast on what is nearly in order, merges two sorted halves at once, and leaves the ends first.
    ends, begins = np.sort(end, kind="stable"), np.sort(start, kind="stable")
    times = np.concatenate((ends, begins))
    order = np.argsort(times, kind="stable")
    return times[order], np.int8(1) - np.int8(2) * (order < len(ends)).view(np.int8)


def _most_at_once(start: Seconds, end: Seconds) -> tuple[int, int]:
    """Return the most calls at once, and the first second at which that is so; 0 and 0 if no call lasts.

    Time is parted into half as many slices as there are calls. Only those are swept in which there may be as many at
    once as at the begin of some slice. A slice has the begins from its first second on, and the ends after that second,
    up to the first one of the next slice. A call that doesn't last ends before it begins: that adds nothing.
    """
    if not len(start):
        return 0, 0
    first = int(start.min())
    width = max(2 * (int(end.max()) - first) // len(start), 1)
    # Of a call that doesn't last, the end is in the second before.
    begins, ends = (start - (first - 1)) // width, (end - first) // width
    size = int(max(begins.max(), ends.max())) + 1
    began, change = np.bincount(begins, minlength=size), -np.bincount(ends, minlength=size)
    change += began
    before = np.cumsum(change) - change
    hopeful = before + began >= max(int(before.max()), 1)
    times = np.sort(np.concatenate((end[hopeful.take(ends)] * 2, start[hopeful.take(begins)] * 2 + 1)), kind="stable")
    if not len(times):
        return 0, 0
    is_begin, times = times & 1, times >> 1
    # What happened in the slices between those that are swept.
    left_out = np.where(hopeful, 0, change).cumsum()
    at_once = np.cumsum(2 * is_begin - 1) + left_out[(times - first + is_begin) // width]
    top = int(at_once.argmax())
    return (int(at_once[top]), int(times[top])) if at_once[top] > 0 else (0, 0)


def peak_concurrency[F](frame: F, by: str | None = None) -> F:
    """Return the most calls at once and when that was first so, of all calls or for each trunk, account or extension.

    A sweep over begins and ends; at equal times the ends go first, so that back-to-back calls are one.
    `calls` were counted: those of unknown start or length are not, and without any others `peak` is None. `at` is on
    the clock of the group's calls.
    """
    calls, schema = read_lines(frame, by)
    groups = [((), _spans(calls)[0])] if by is None else [((value,), spans) for value, spans in _groups(calls, by)]
    rows: list[tuple[Any, ...]] = []
    for group, spans in groups:
        most, at = _most_at_once(spans.start, spans.end)
        # Of calls none of which is counted, nothing is known.
        known = len(spans.start) or not len(calls.coded)
        rows.append((*group, most if known else None, spans.clock.at(at) if most else None, len(spans.start)))
    return cast("F", calls.emit(schema | {"peak": _N, "at": _WALL, "calls": _N}, rows))
