"""How long callers waited: time to answer, service level and abandonment of incoming calls."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import isfinite
from numbers import Real
from typing import TYPE_CHECKING, Any, cast, overload

import narwhals as nw
import pyarrow as pa

from trunkline import metrics
from trunkline.errors import DataError
from trunkline.metrics import SERVICE_LEVEL_S, SHORT_ABANDON_S, Denominator, is_abandoned
from trunkline.model import Direction, Status

from .coded import coded_numbers, flag, listed
from .frames import IMPOSSIBLE, read
from .grouping import Key, Only, grouped
from .groups import STATUS, columns, in_order, keys
from .status import ratio_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .coded import Coded, Codes
    from .frames import Calls
    from .grouping import Group

_NEEDED = ("direction", "status", "wait_s")
_N, _X = pa.int64(), pa.float64()


def _wait_codes(coded: Coded) -> Codes:
    return coded.kept("waits", lambda: coded_numbers(coded.whole("wait_s")))


_INCOMING = Only(
    nw.col("direction") == Direction.INCOMING.value, lambda coded: coded.text("direction").is_in(Direction.INCOMING)
)
_WAIT = Key("wait_s", _N, codes=_wait_codes)
_BELOW = Key(IMPOSSIBLE, _N, codes=lambda coded: flag(coded.below("wait_s"), len(coded)))


class _Counted(Sequence[float]):
    """Values in ascending order, given as how often each occurs."""

    def __init__(self, counted: Mapping[int, int]) -> None:
        self._values = sorted(counted)
        self._ends = list(accumulate(counted[value] for value in self._values))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[float]: ...
    def __getitem__(self, index: int | slice) -> float | Sequence[float]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        return float(self._values[bisect_right(self._ends, index)])


@dataclass(slots=True)
class _Waits:
    """The incoming calls of a group by how they ended: how many waited how many seconds.

    `impossible` of the answered and rung-out calls have a wait below zero, which is as unknown as none.
    """

    answered: Counter[int] = field(default_factory=Counter)
    rang_out: Counter[int] = field(default_factory=Counter)
    answered_unwaited: int = 0
    rang_out_unwaited: int = 0
    answered_impossible: int = 0
    rang_out_impossible: int = 0
    refused: int = 0

    @property
    def unwaited(self) -> int:
        return self.answered_unwaited + self.rang_out_unwaited

    @property
    def impossible(self) -> int:
        return self.answered_impossible + self.rang_out_impossible

    @property
    def all_answered(self) -> int:
        return self.answered.total() + self.answered_unwaited + self.answered_impossible

    @property
    def all_rang_out(self) -> int:
        return self.rang_out.total() + self.rang_out_unwaited + self.rang_out_impossible

    @property
    def offered(self) -> int:
        """The incoming calls of known status."""
        return self.all_answered + self.all_rang_out + self.refused

    def answered_within(self, seconds: float) -> int:
        return sum(count for wait, count in self.answered.items() if wait <= seconds)

    def rang_out_within(self, seconds: float) -> int:
        return sum(count for wait, count in self.rang_out.items() if wait <= seconds)

    def level(self, seconds: float, short_s: float, denominator: Denominator) -> metrics.Ratio | None:
        if self.all_answered and not self.answered:
            # Some of them were answered within that time, and nobody knows how many.
            return None
        short = self.rang_out_within(short_s)
        return metrics.service_level(
            self.answered_within(seconds),
            offered=self.offered,
            answered=self.all_answered,
            abandoned=self.rang_out.total() - short,
            short_abandoned=short,
            denominator=denominator,
        )


def _waits(calls: Calls, by: Mapping[str, Key]) -> dict[Group, _Waits]:
    cells = grouped(calls, (*by.values(), STATUS, _WAIT, _BELOW), only=_INCOMING)
    groups = cells.groups(len(by))
    waits_of = [_Waits() for _ in range(groups.size)]
    known = [False] * groups.size
    columns = (*(part.values() for part in cells.keys[-3:]), listed(cells.calls))
    for place, status, wait, impossible, count in zip(listed(groups.index), *columns, strict=True):
        if status is None or status == Status.UNKNOWN:
            continue
        known[place], waits = True, waits_of[place]
        if status == Status.ANSWERED:
            if wait is not None:
                waits.answered[wait] += count
            elif impossible:
                waits.answered_impossible += count
            else:
                waits.answered_unwaited += count
        elif not is_abandoned(Direction.INCOMING, status):
            waits.refused += count
        elif wait is not None:
            waits.rang_out[wait] += count
        elif impossible:
            waits.rang_out_impossible += count
        else:
            waits.rang_out_unwaited += count
    found = {name: waits for name, waits, some in zip(groups.names(), waits_of, known, strict=True) if some}
    return dict(sorted(found.items(), key=lambda item: in_order(item[0]))) if found or by else {(): _Waits()}


def _report[F](frame: F, by: str | Iterable[str], schema: Mapping[str, pa.DataType], rows_of: Any) -> F:
    chosen = keys(by)
    calls = read(frame, *_NEEDED, *columns(chosen))
    rows = [(*group, *cells) for group, waits in _waits(calls, chosen).items() for cells in rows_of(waits)]
    return cast("F", calls.emit({name: key.dtype for name, key in chosen.items()} | dict(schema), rows))


def _check_seconds(**seconds: float) -> None:
    """Raise `DataError` for a time that can't be waited for."""
    for name, value in seconds.items():
        if not isinstance(value, Real) or not isfinite(value) or value < 0:
            msg = f"{name} must be a number of seconds of at least 0"
            raise DataError(msg, field=name)


def time_to_answer[F](frame: F, by: str | Iterable[str] = ()) -> F:
    """Return the mean, median, 90th and 95th percentile of the seconds until an incoming call was answered.

    Over the incoming calls that were `answered` after a known wait; `unwaited` of the others have none, `impossible`
    one below zero.
    """

    def rows_of(waits: _Waits) -> list[tuple[Any, ...]]:
        ordered = _Counted(waits.answered)
        seconds = sum(wait * count for wait, count in waits.answered.items())
        mean = seconds / len(ordered) if len(ordered) else None
        quantiles = (metrics.quantile(ordered, q) for q in (0.5, 0.9, 0.95))
        return [(len(ordered), waits.answered_unwaited, waits.answered_impossible, mean, *quantiles)]

    schema = {"answered": _N, "unwaited": _N, "impossible": _N, "mean_s": _X, "p50_s": _X, "p90_s": _X, "p95_s": _X}
    return _report(frame, by, schema, rows_of)


def service_level[F](
    frame: F,
    by: str | Iterable[str] = (),
    *,
    threshold_s: float = SERVICE_LEVEL_S,
    short_s: float = SHORT_ABANDON_S,
) -> F:
    """Return the share of incoming calls answered within `threshold_s` seconds, for each named denominator.

    Offered are all incoming calls of known status, answered all that were; who gave up within `short_s` seconds is a
    short abandon, who did later an abandon. Answered and rung-out calls whose wait is unknown (`unwaited`) or below
    zero (`impossible`) are neither answered in time nor abandoned: the level is at least as high as shown, except that
    of `answered_and_abandoned`, which lacks those that rang out. It is None where calls were answered, and no wait is
    known.
    """
    _check_seconds(threshold_s=threshold_s, short_s=short_s)

    def rows_of(waits: _Waits) -> list[tuple[Any, ...]]:
        within = waits.answered_within(threshold_s)
        levels = {each: waits.level(threshold_s, short_s, each) for each in Denominator}
        left_out = waits.unwaited, waits.impossible
        return [
            (each.value, float(threshold_s), within, level.n if level else 0, *ratio_cells(level), *left_out)
            for each, level in levels.items()
        ]

    schema = {"denominator": pa.string(), "threshold_s": _X, "answered_within": _N, "n": _N}
    schema |= {"level": _X, "level_low": _X, "level_high": _X, "unwaited": _N, "impossible": _N}
    return _report(frame, by, schema, rows_of)


def service_level_curve[F](
    frame: F,
    *,
    up_to_s: int = 60,
    denominator: Denominator = Denominator.OFFERED,
    short_s: float = SHORT_ABANDON_S,
) -> F:
    """Return the service level for each threshold from 0 to `up_to_s` seconds, of one denominator."""

    def rows_of(waits: _Waits) -> list[tuple[Any, ...]]:
        levels = ((second, waits.level(second, short_s, denominator)) for second in range(up_to_s + 1))
        return [(second, level.n if level else 0, *ratio_cells(level)) for second, level in levels]

    schema = {"threshold_s": _N, "n": _N, "level": _X, "level_low": _X, "level_high": _X}
    return _report(frame, (), schema, rows_of)


def abandonment[F](frame: F, by: str | Iterable[str] = (), *, threshold_s: float = SHORT_ABANDON_S) -> F:
    """Return the share of incoming calls whose caller gave up after more than `threshold_s` seconds.

    abandoned / offered; offered are all incoming calls of known status. `short_abandoned` gave up within the threshold.
    Calls that rang out for an unknown time (`unwaited`) or one below zero (`impossible`) are not counted as abandoned:
    the ratio is at least as high as shown. It is None where calls rang out, and no wait is known.
    """
    _check_seconds(threshold_s=threshold_s)

    def rows_of(waits: _Waits) -> list[tuple[Any, ...]]:
        short = waits.rang_out_within(threshold_s)
        gone = waits.rang_out.total() - short
        is_known = bool(waits.rang_out) or not waits.all_rang_out
        share = ratio_cells(metrics.abandonment(gone, waits.offered) if is_known else None)
        left_out = waits.rang_out_unwaited, waits.rang_out_impossible
        return [(float(threshold_s), waits.offered, gone, short, *share, *left_out)]

    schema = {"threshold_s": _X, "offered": _N, "abandoned": _N, "short_abandoned": _N}
    schema |= {"abandonment": _X, "abandonment_low": _X, "abandonment_high": _X, "unwaited": _N, "impossible": _N}
    return _report(frame, by, schema, rows_of)


def distribution[F](frame: F) -> F:
    """Return how many incoming calls waited how many seconds, answered and rung out apart."""

    def rows_of(waits: _Waits) -> list[tuple[Any, ...]]:
        seconds = sorted(waits.answered.keys() | waits.rang_out.keys())
        return [(second, waits.answered[second], waits.rang_out[second]) for second in seconds]

    return _report(frame, (), {"wait_s": _N, "answered": _N, "rang_out": _N}, rows_of)
