"""How often callers had to call until they were answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from trunkline import metrics
from trunkline.model import Direction, Status

from .callers import NEEDED, choose, in_sequence, incoming
from .frames import read
from .groups import in_order
from .status import ratio_cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .callers import Sequence

_N, _X = pa.int64(), pa.float64()
_UNKNOWN = frozenset({Status.UNKNOWN, None})
_SCHEMA = {
    "account": pa.string(),
    "n": _N,
    "answered": _N,
    "called_back": _N,
    "still_open": _N,
    "first_attempt": _N,
    "first_share": _X,
    "first_low": _X,
    "first_high": _X,
    "mean_attempts": _X,
    "p50_attempts": _X,
    "p90_attempts": _X,
}


def left_out(frame: Any) -> int:
    """Return how many incoming calls are in no series: those of unknown status, and without a number or a start."""
    return sum(count for status, is_placed, count in incoming(frame) if status in _UNKNOWN or not is_placed)


def attempts[F](frame: F) -> F:
    """Return for each account how many attempts callers needed until they were answered.

    A series are the incoming calls of a number, from the first after it was last reached to the one that is answered.
    `n` series: `answered`, `called_back` (an answered outgoing call came first) or `still_open`. Mean, median and 90th
    percentile are of the attempts of the answered series; `first_share` = answered at the first attempt / n. Calls of
    unknown status, without a number or without a start are left out.
    """
    calls = read(frame, *NEEDED)
    found = in_sequence(calls.some(NEEDED, choose))
    rows = [_row(*group) for group in _series(found)]
    return cast("F", calls.emit(_SCHEMA, sorted(rows, key=lambda row: in_order(tuple(row[:1])))))


def _series(found: Sequence) -> list[tuple[Any, NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]]:
    """Return of each account its series: the attempts, whether the last call was answered, whether it was incoming."""
    size = len(found.order)
    if not size:
        return []
    incoming = found.coded.text("direction").of(found.order).is_in(Direction.INCOMING)
    other_caller = (found.account[1:] != found.account[:-1]) | (found.number[1:] != found.number[:-1])
    begins = np.concatenate(([True], other_caller | ~found.is_missed[:-1]))
    last = np.append(np.flatnonzero(begins)[1:], size) - 1
    tries = np.bincount((np.cumsum(begins) - 1)[incoming], minlength=len(last))
    # A call to somebody who hadn't called is no series.
    last, tries = last[tries > 0], tries[tries > 0]
    account, answered, by_caller = found.account[last], ~found.is_missed[last], incoming[last]
    groups = []
    for code in np.flatnonzero(np.bincount(account)):
        own = account == code
        [name] = found.coded.text("account").of(found.order[last[own][:1]]).values()
        groups.append((name, tries[own], answered[own], by_caller[own]))
    return groups


def _row(
    account: str | None, tries: NDArray[np.int64], answered: NDArray[np.bool_], by_caller: NDArray[np.bool_]
) -> tuple[Any, ...]:
    through = np.sort(tries[answered & by_caller])
    first = int((through == 1).sum())
    counted = len(tries), len(through), int((answered & ~by_caller).sum()), int((~answered).sum()), first
    listed = [int(each) for each in through]
    mean = sum(listed) / len(listed) if listed else None
    quantiles = (metrics.quantile(listed, q) for q in (0.5, 0.9))
    return (account, *counted, *ratio_cells(metrics.ratio(first, len(tries))), mean, *quantiles)
