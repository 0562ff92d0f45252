"""How calls went: counts and ratios by account, day, hour, trunk, extension and direction.

Each figure takes a frame of calls and returns one of the same kind. Its counts are those of
`metrics.count_calls`, so that they equal what a sensor shows for the same calls.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from trunkline import metrics

from . import callers, missed
from .coded import as_type
from .frames import read
from .groups import Counted, columns, counted, in_order, keys, moved, sorted_places, tallies
from .quotients import divided, ratios

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from .coded import Mask
    from .frames import Calls
    from .grouping import Group, Key

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


def _columns(found: Counted, with_ner: Mask | None = None) -> dict[str, pa.Array]:
    """Return the columns of `COUNTS`; `with_ner` is which groups have a NER, None if all have."""
    totals = found.totals
    attempts = totals["calls"] - totals["unknown"]
    timed = totals["answered"] - totals["untimed"] - totals["impossible"]
    effective = totals["answered"] + totals["busy"] + totals["no_answer"]
    cells = {"acd_s": divided(totals["talk_s"], timed), "attempts": pa.array(attempts)}
    cells |= dict(zip(("asr", "asr_low", "asr_high"), ratios(totals["answered"], attempts), strict=True))
    cells |= dict(zip(("ner", "ner_low", "ner_high"), ratios(effective, attempts, with_ner), strict=True))
    return {name: cells[name] if name in cells else pa.array(totals[name], dtype) for name, dtype in COUNTS.items()}


def _table(calls: Calls, by: Mapping[str, Key], found: Counted) -> Any:
    keys = {name: as_type(part.array(), key.dtype) for (name, key), part in zip(by.items(), found.keys, strict=True)}
    return calls.emit_columns(keys | _columns(found))


def counts[F](frame: F, by: str | Iterable[str] = ()) -> F:
    """Return the counts, ASR, ACD and NER of the calls, a row for each group, what is unknown last.

    `by` names keys of `groups.KEYS`. ASR = answered / attempts, ACD = talk / answered calls, NER =
    (answered + busy + no answer) / attempts; attempts are the calls of known status. Without `by` there
    is one row, also of no calls.
    """
    chosen = keys(by)
    calls = read(frame, *_NEEDED, *columns(chosen))
    found = counted(calls, chosen)
    if not chosen and not len(found.totals["calls"]):
        found = Counted((), {name: np.zeros(1, np.int64) for name in found.totals})
    if list(chosen) == ["day"]:
        found = found.on_every_day()
    return cast("F", _table(calls, chosen, found.at(sorted_places(found.keys))))


def overview[F](frame: F, *, without_network_status: Collection[str] = ()) -> F:
    """Return a row of counts for each account, and how many missed calls and callers are still open.

    NER is None for the accounts of `without_network_status`: their provider reports neither
    congestion nor failure, so that the ratio would mean nothing.
    """
    chosen = keys("account")
    calls = read(frame, *_NEEDED, *columns(chosen), *callers.NEEDED)
    still = missed.open_by_account(calls.some(callers.NEEDED, callers.choose))
    found = counted(calls, chosen)
    found = found.at(sorted_places(found.keys))
    [account] = found.keys
    accounts = account.values()
    with_ner = np.array([each not in without_network_status for each in accounts], bool)
    still_open = [still.get(each, (0, 0)) for each in accounts]
    columns_found = {"account": account.array()} | _columns(found, with_ner)
    columns_found["open_missed_calls"] = pa.array([each for each, _ in still_open], _N)
    columns_found["open_missed_callers"] = pa.array([callers for _, callers in still_open], _N)
    return cast("F", calls.emit_columns(columns_found))


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
    found = counted(calls, chosen)
    weekday, hour = found.keys
    known = np.flatnonzero(weekday.known & hour.known)
    found = found.at(known)
    size = 7 * 24 if len(known) else 0
    weekdays, hours = (part.array().to_numpy(zero_copy_only=False).astype(np.intp) for part in found.keys)
    places = (weekdays - 1) * 24 + hours
    totals = {name: moved(total, places, size) for name, total in found.totals.items()}
    grid = {
        "weekday": pa.array(np.repeat(np.arange(1, 8), 24)[:size]),
        "hour": pa.array(np.tile(np.arange(24), 7)[:size]),
    }
    return cast("F", calls.emit_columns(grid | _columns(Counted((), totals))))


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
