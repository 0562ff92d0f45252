"""How many lines are needed for the traffic that was offered, and what another number of lines costs or saves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import pyarrow as pa

from trunkline import exact
from trunkline.errors import DataError
from trunkline.metrics import erlang_b, erlang_c, lines_needed, offered_traffic

from .columns import DIGITS
from .traffic import busy_hour, peak_concurrency, read_lines

if TYPE_CHECKING:
    from trunkline.model import Money

_N, _X, _TEXT = pa.int64(), pa.float64(), pa.string()
_BUSY = ("fixed", "time_consistent", "sliding")


def lines[F](
    frame: F,
    present: int | Mapping[str, int] | None = None,
    *,
    by: str | None = None,
    blocking: float = 0.01,
    price: Money | None = None,
    busy: str = "time_consistent",
    spare: int = 2,
) -> F:
    """Return for each number of lines how many calls it would lose or let wait in the busy hour, and what it costs.

    `present` is how many lines there are, by group if `by` is a trunk, account or extension. `carried` is the traffic
    (erlang) of the busy hour by the definition `busy` (`fixed`, `sliding` or `time_consistent`, see
    `traffic.busy_hour`), `offered` what was offered to the present lines: carried = A·(1 - B(present, A)). Without
    `present` offered is the carried traffic, and so a lower limit. `peak` is the most calls at once.

    Rows go from `spare` lines below to `spare` above both the present lines and the `needed` ones, the fewest whose
    `blocked` share of calls (Erlang B: they are lost) is at most `blocking`. `waiting` is the share that would wait
    in a queue (Erlang C). `last_line` is the traffic that the last of the lines carries in erlang, A·(B(n-1) - B(n)).
    With the monthly `price` of a line, `monthly` = lines · price, and `change` is that less the present lines': above
    0 it costs more, below 0 it saves. Exact, in the currency of the price.

    No rows without calls. Raises `DataError` if the present lines can't have carried the traffic, for a negative price
    or for a `blocking`, `busy` or `by` that there isn't.
    """
    if not 0 < blocking <= 1:
        msg = "the share of calls that find all lines busy is more than 0 and at most 1"
        raise DataError(msg, field="blocking")
    if busy not in _BUSY:
        msg = f"there is no busy hour {busy!r}; possible are {', '.join(_BUSY)}"
        raise DataError(msg, field="busy")
    if price is not None and price.amount < 0:
        msg = "the price of a line can't be negative"
        raise DataError(msg, field="price")
    names = () if by is None else (by,)
    calls, _ = read_lines(frame, by)
    coded = calls.coded
    peaks = {tuple(group): peak for *group, peak in _rows(peak_concurrency(coded, by), *names, "peak")}
    rows: list[tuple[Any, ...]] = []
    for *group, definition, carried in _rows(busy_hour(coded, by), *names, "definition", "erlang"):
        if definition == busy:
            own = present.get(group[0]) if isinstance(present, Mapping) and group else present
            now = own if isinstance(own, int) else None
            lead = (*group, peaks[tuple(group)], carried)
            rows.extend((*lead, *line) for line in _choices(carried, now, blocking, price, spare))
    money = pa.decimal128(DIGITS, max(0, -int(price.amount.as_tuple().exponent)) if price else 0)
    schema = dict.fromkeys(names, _TEXT) | {
        "peak": _N,
        "carried": _X,
        "offered": _X,
        "lines": _N,
        "present": pa.bool_(),
    }
    schema |= {"needed": pa.bool_(), "blocked": _X, "waiting": _X, "last_line": _X, "currency": _TEXT}
    return cast("F", calls.emit(schema | {"monthly": money, "change": money}, rows))


def _rows(frame: Any, *names: str) -> list[tuple[Any, ...]]:
    found = nw.from_native(frame).lazy().collect().select(*names)
    return list(found.iter_rows())


def _choices(
    carried: float, present: int | None, blocking: float, price: Money | None, spare: int
) -> list[tuple[Any, ...]]:
    """Return the numbers of lines with what they would do and cost."""
    offered = carried if present is None else _offered(present, carried)
    needed = lines_needed(offered, blocking)
    around = (needed,) if present is None else (needed, present)
    rows: list[tuple[Any, ...]] = []
    for count in range(max(1, min(around) - spare), max(around) + spare + 1):
        blocked = erlang_b(count, offered)
        last = offered * (erlang_b(count - 1, offered) - blocked)
        monthly = None if price is None else exact.times(price.amount, count)
        change = None if price is None or present is None else exact.times(price.amount, count - present)
        currency = None if price is None else price.currency
        marks = count == present, count == needed
        waiting = erlang_c(count, offered)
        rows.append((offered, count, *marks, blocked, waiting, last, currency, monthly, change))
    return rows


def _offered(present: int, carried: float) -> float:
    try:
        return offered_traffic(present, carried)
    except ValueError:
        msg = f"{present} lines can't have carried {carried:.4g} erlang for an hour: give all lines that there were"
        raise DataError(msg, field="present") from None
