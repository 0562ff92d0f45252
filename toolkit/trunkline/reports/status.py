"""How calls went: counts and ratios by account, day, hour, trunk, extension and direction.

Each figure takes a frame of calls and returns one of the same kind. Its counts are those of
`metrics.count_calls`, so that they equal what a sensor shows for the same calls.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from trunkline import metrics
from trunkline.metrics import CallCounts

from . import callers, missed
from .frames import read
from .groups import columns, counted, every_day, in_order, keys, tallies

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .grouping import Group

_N, _X = pa.int64(), pa.float64()

COUNTS: dict[str, pa.DataType] = {
    "calls": _N,
    "answered": _N,
    "missed": _N,
    "busy": _N,
    "no_answer": _N,
    "congestion": _N,
    "failed": _N,
    "unknown": _N,
    "incoming": _N,
    "outgoing": _N,
    "internal": _N,
    "talk_s": _N,
    "untimed": _N,
    "impossible": _N,
    "acd_s": _X,
    "attempts": _N,
    "asr": _X,
    "asr_low": _X,
    "asr_high": _X,
    "ner": _X,
    "ner_low": _X,
    "ner_high": _X,
}
"""The columns of each table of counts; ratios are shares of 1 with their Wilson 95 % interval."""

_NEEDED = ("direction", "status", "talk_s")


def ratio_cells(ratio: metrics.Ratio | None) -> tuple[float | None, float | None, float | None]:
    """Return the value and both ends of a ratio's interval, None of no ratio."""
    return (None, None, None) if ratio is None else (ratio.value, ratio.low, ratio.high)


def _cells(counts: CallCounts, *, ner: bool = True) -> tuple[Any, ...]:
    return (
        counts.calls,
        counts.answered,
        counts.missed,
        counts.busy,
        counts.no_answer,
        counts.congestion,
        counts.failed,
        counts.unknown,
        counts.incoming,
        counts.outgoing,
        counts.internal,
        counts.talk_s,
        counts.untimed,
        counts.impossible,
        counts.acd,
        counts.attempts,
        *ratio_cells(counts.asr),
        *ratio_cells(counts.ner if ner else None),
    )


def counts[F](frame: F, by: str | Iterable[str] = ()) -> F:
    """Return the counts, ASR, ACD and NER of the calls, a row for each group, what is unknown last.

    `by` names keys of `groups.KEYS`. ASR = answered / attempts, ACD = talk / answered calls, NER =
    (answered + busy + no answer) / attempts; attempts are the calls of known status. Without `by` there
    is one row, also of no calls.
    """
    chosen = keys(by)
    calls = read(frame, *_NEEDED, *columns(chosen))
    found = counted(calls, chosen)
    if not chosen and not found:
        found = {(): CallCounts()}
    if list(chosen) == ["day"]:
        found = {(day,): CallCounts() for day in every_day(day for (day,) in found)} | found
    rows = [(*group, *_cells(found[group])) for group in sorted(found, key=in_order)]
    return cast("F", calls.emit({name: key.dtype for name, key in chosen.items()} | COUNTS, rows))


def overview[F](frame: F, *, without_network_status: Collection[str] = ()) -> F:
    """Return a row of counts for each account, and how many missed calls and callers are still open.

    NER is None for the accounts of `without_network_status`: their provider reports neither
    congestion nor failure, so that the ratio would mean nothing.
    """
    chosen = keys("account")
    calls = read(frame, *_NEEDED, *columns(chosen), *callers.NEEDED)
    still = missed.open_by_account(calls.some(callers.NEEDED, callers.choose))
    rows = [
        (
            *group,
            *_cells(each, ner=group[0] not in without_network_status),
            *still.get(group[0], (0, 0)),
        )
        for group, each in sorted(counted(calls, chosen).items(), key=lambda item: in_order(item[0]))
    ]
    extra = {"open_missed_calls": _N, "open_missed_callers": _N}
    return cast("F", calls.emit({"account": pa.string()} | COUNTS | extra, rows))


def by_day[F](frame: F) -> F:
    """Return the counts of each local day from the first to the last, days without calls among them."""
    return counts(frame, "day")


def by_month[F](frame: F, *, jalali: bool = False) -> F:
    """Return the counts of each local month of the Gregorian or the Jalali calendar."""
    return counts(frame, "jalali_month" if jalali else "month")


def by_trunk[F](frame: F) -> F:
    """Return the counts of each trunk."""
    return counts(frame, "trunk")


def by_extension[F](frame: F) -> F:
    """Return the counts of each extension."""
    return counts(frame, "extension")


def by_direction[F](frame: F) -> F:
    """Return the counts of incoming, internal and outgoing calls."""
    return counts(frame, "direction")


def by_weekday_and_hour[F](frame: F) -> F:
    """Return the counts of each local weekday (1 is Monday) and hour, all 168 unless there are no calls.

    Calls without a start are left out.
    """
    chosen = keys(("weekday", "hour"))
    calls = read(frame, *_NEEDED, *columns(chosen))
    found = {group: each for group, each in counted(calls, chosen).items() if None not in group}
    grid: list[Group] = [(weekday, hour) for weekday in range(1, 8) for hour in range(24)] if found else []
    rows = [(*group, *_cells(found.get(group, CallCounts()))) for group in grid]
    return cast("F", calls.emit({"weekday": _N, "hour": _N} | COUNTS, rows))


def shares[F](frame: F) -> F:
    """Return how many calls of each direction ended in each status, and their share of that direction.

    The share is of all calls of the direction, those of unknown status among them.
    """
    calls = read(frame, *_NEEDED)
    number_of: Counter[Group] = Counter()
    total: Counter[Any] = Counter()
    for tally in tallies(calls, {}).get((), ()):
        number_of[tally.direction, str(tally.status)] += tally.calls
        total[tally.direction] += tally.calls
    rows = [
        (*group, number, *ratio_cells(metrics.ratio(number, total[group[0]])))
        for group, number in sorted(number_of.items(), key=lambda item: in_order(item[0]))
    ]
    text = pa.string()
    schema = {"direction": text, "status": text, "calls": _N, "share": _X, "share_low": _X, "share_high": _X}
    return cast("F", calls.emit(schema, rows))
