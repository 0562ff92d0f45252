"""Thirteen figures as one would write them by hand over an Arrow table of calls: in numpy, and in SQL for DuckDB.

Each gives the numbers of the figure of the same name in `bench_reports`, for the calls that `bench_reports.invented`
makes: nothing is missing in them, and nothing is beyond 64 bits. They are a measure of speed, not a second opinion.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    type Array = NDArray[Any]

_DAY, _HOUR = 86_400_000_000, 3_600_000_000


def _column(calls: pa.Table, name: str) -> pa.Array:
    column: Any = calls[name]
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _codes(calls: pa.Table, name: str) -> tuple[Array, list[str]]:
    column = _column(calls, name)
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    return coded.indices.to_numpy(), coded.dictionary.to_pylist()


def _ints(calls: pa.Table, name: str) -> Array:
    column = _column(calls, name)
    whole = column.view(pa.int64()) if pa.types.is_timestamp(column.type) else column
    values: Array = whole.to_numpy()
    return values


def _units(calls: pa.Table, name: str) -> Array:
    words: Array = np.frombuffer(_column(calls, name).buffers()[1], np.int64)
    return words[::2].copy()


def _status(calls: pa.Table, *names: str) -> list[Array]:
    codes, labels = _codes(calls, "status")
    return [codes == labels.index(name) for name in names]


def _sum(values: Array, group: Array, size: int) -> Array:
    total = np.zeros(size, np.int64)
    np.add.at(total, group, values)
    return total


def _costs(calls: pa.Table, group: Array, size: int) -> list[Array]:
    """Return calls, answered, cost, cost of the answered and of the others, and talk, by group."""
    price, talk = _units(calls, "price"), _ints(calls, "talk_s")
    status, labels = _codes(calls, "status")
    cell = group.astype(np.int64) * len(labels) + status
    count, cost, talked = (
        each.reshape(size, -1)
        for each in (
            np.bincount(cell, minlength=size * len(labels)),
            _sum(price, cell, size * len(labels)),
            _sum(talk, cell, size * len(labels)),
        )
    )
    answered = labels.index("answered")
    whole = cost.sum(1)
    return [count.sum(1), count[:, answered], whole, cost[:, answered], whole - cost[:, answered], talked[:, answered]]


def _by(name: str) -> Callable[[pa.Table], Any]:
    def figure(calls: pa.Table) -> Any:
        codes, labels = _codes(calls, name)
        return labels, _costs(calls, codes, len(labels))

    return figure


def _days(calls: pa.Table) -> tuple[Array, int]:
    days = _ints(calls, "started_local") // _DAY
    days -= days.min()
    return days, int(days.max()) + 1


def _cost_by_day(calls: pa.Table) -> Any:
    return _costs(calls, *_days(calls))


def _cost_by_month(calls: pa.Table) -> Any:
    days = _ints(calls, "started_local") // _DAY
    first = int(days.min())
    months = np.arange(first, int(days.max()) + 1).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    months -= months[0]
    return _costs(calls, months[days - first], int(months[-1]) + 1)


def _by_destination(calls: pa.Table) -> Any:
    direction, ways = _codes(calls, "direction")
    rows = np.flatnonzero(direction == ways.index("outgoing"))
    codes, labels = _codes(calls, "destination")
    found = _costs(calls.select(["price", "talk_s", "status"]).take(rows), codes[rows], len(labels))
    order = np.argsort(-found[2], kind="stable")[:20]
    return [labels[place] for place in order], [each[order] for each in found]


def _parts(calls: pa.Table) -> Any:
    price, wait, talk, record, saved = (
        _units(calls, name) for name in ("price", "price_wait", "price_talk", "price_record", "price_saved")
    )
    left = price - (wait + talk + record - saved)
    return [int(each.sum()) for each in (wait, talk, record, saved, price, left)], int((left != 0).sum())


def _counts(calls: pa.Table, group: Array, size: int) -> list[Array]:
    """Return the calls of each direction and status and their talk, with the ASR's 95 % interval, by group."""
    status, labels = _codes(calls, "status")
    direction, ways = _codes(calls, "direction")
    width = len(labels) * len(ways)
    cell = (group * len(ways) + direction) * len(labels) + status
    count = np.bincount(cell, minlength=size * width).reshape(size, len(ways), len(labels))
    talk = _sum(_ints(calls, "talk_s"), cell, size * width).reshape(size, -1).sum(1)
    answered, every = count[:, :, labels.index("answered")].sum(1), count.sum((1, 2))
    z, n = 1.959963984540054, np.maximum(every, 1)
    share = answered / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return [count, talk, share, centre - half, centre + half]


def _status_by_day(calls: pa.Table) -> Any:
    return _counts(calls, *_days(calls))


def _hours(calls: pa.Table) -> Any:
    hours = _ints(calls, "started_local") // _HOUR
    return _counts(calls, (hours + 72) % 168, 168)


def _waits(calls: pa.Table) -> tuple[Array, Array, Array]:
    direction, ways = _codes(calls, "direction")
    incoming = direction == ways.index("incoming")
    wait = _ints(calls, "wait_s")
    answered, gone = _status(calls, "answered", "no_answer")
    return wait[incoming & answered], wait[incoming & gone], incoming


def _service_level(calls: pa.Table) -> Any:
    answered, gone, incoming = _waits(calls)
    within, short = int((answered <= 20).sum()), int((gone <= 5).sum())
    offered = int(incoming.sum())
    return within / offered, within / len(answered), within / (len(answered) + len(gone)), within / (offered - short)


def _time_to_answer(calls: pa.Table) -> Any:
    answered, _, _ = _waits(calls)
    counted = np.bincount(answered)
    ends = np.cumsum(counted)
    return answered.mean(), [
        int(np.searchsorted(ends, q * (len(answered) - 1), side="right")) for q in (0.5, 0.9, 0.95)
    ]


def _call_back_time(calls: pa.Table) -> Any:
    direction, ways = _codes(calls, "direction")
    incoming, outgoing = direction == ways.index("incoming"), direction == ways.index("outgoing")
    [answered] = _status(calls, "answered")
    missed = incoming & ~answered
    source, destination = _column(calls, "source"), _column(calls, "destination")
    number = pa.chunked_array([source, destination]).combine_chunks().dictionary_encode().indices.to_numpy()
    number = np.where(outgoing, number[len(calls) :], number[: len(calls)])
    account, accounts = _codes(calls, "account")
    start = _ints(calls, "started_at")
    rows = np.flatnonzero(missed | (answered & (incoming | outgoing)))
    caller = number[rows].astype(np.int64) * len(accounts) + account[rows]
    order = np.lexsort((missed[rows], start[rows], caller))
    rows, caller = rows[order], caller[order]
    opened = missed[rows]
    following = np.minimum.accumulate(np.where(opened, len(rows), np.arange(len(rows)))[::-1])[::-1]
    at = np.flatnonzero(opened)
    after = np.minimum(following[at], len(rows) - 1)
    reached = (following[at] < len(rows)) & (caller[after] == caller[at])
    waited = (start[rows[after]] - start[rows[at]])[reached] / 1e6
    of = account[rows[at]][reached]
    return [
        (int((account[rows[at]] == code).sum()), np.quantile(waited[of == code], (0.5, 0.9)))
        for code in range(len(accounts))
    ]


def _spans(calls: pa.Table) -> tuple[Array, Array]:
    return _ints(calls, "started_at") // 1_000_000, _ints(calls, "ended_at") // 1_000_000


def _carried(calls: pa.Table) -> Any:
    start, end = _spans(calls)
    hour = start // 3600
    first, size = int(hour.min()), int(end.max()) // 3600 - int(hour.min()) + 1
    begun = np.bincount(hour - first, minlength=size)
    occupied = np.zeros(size)
    while len(start):
        within = np.minimum(end, (hour + 1) * 3600) - np.maximum(start, hour * 3600)
        occupied += np.bincount(hour - first, weights=within, minlength=size)
        longer = end > (hour + 1) * 3600
        start, end, hour = start[longer], end[longer], hour[longer] + 1
    return begun, occupied / 3600


def _peak(calls: pa.Table) -> Any:
    start, end = _spans(calls)
    real = end > start
    times = np.concatenate((np.sort(end[real], kind="stable"), np.sort(start[real], kind="stable")))
    order = np.argsort(times, kind="stable")
    at_once = np.cumsum(np.where(order < real.sum(), -1, 1))
    top = int(at_once.argmax())
    return int(at_once[top]), int(times[order[top]])


NUMPY: dict[str, Callable[[pa.Table], Any]] = {
    "totals": _by("currency"),
    "by_month": _cost_by_month,
    "by_day": _cost_by_day,
    "by_trunk": _by("trunk"),
    "by_destination": _by_destination,
    "parts": _parts,
    "status_by_day": _status_by_day,
    "hours_of_week": _hours,
    "time_to_answer": _time_to_answer,
    "service_level": _service_level,
    "call_back_time": _call_back_time,
    "carried": _carried,
    "peak_concurrency": _peak,
}
_COST = """count(*), count(*) filter (status = 'answered'), sum(price), sum(price) filter (status = 'answered'),
    sum(price) filter (status != 'answered'), sum(talk_s) filter (status = 'answered')"""
_COUNT = """count(*), count(*) filter (status = 'answered'), count(*) filter (status = 'busy'),
    count(*) filter (status = 'no_answer'), count(*) filter (status = 'congestion'),
    count(*) filter (direction = 'incoming'), count(*) filter (direction = 'outgoing'),
    count(*) filter (direction = 'incoming' and status != 'answered'), sum(talk_s) filter (status = 'answered')"""
_WAITED = "wait_s) filter (status = 'answered'"
SQL = {
    "totals": f"select currency, {_COST} from calls group by 1",
    "by_month": f"select date_trunc('month', started_local), currency, {_COST} from calls group by 1, 2",
    "by_day": f"select started_local::date, currency, {_COST} from calls group by 1, 2",
    "by_trunk": f"select trunk, currency, {_COST} from calls group by 1, 2",
    "by_destination": f"""select destination, currency, {_COST} from calls where direction = 'outgoing' group by 1, 2
        order by sum(price) desc, 1 limit 20""",
    "parts": """select sum(price_wait), sum(price_talk), sum(price_record), sum(price_saved), sum(price),
        count(*) filter (price != price_wait + price_talk + price_record - price_saved) from calls""",
    "status_by_day": f"select started_local::date, {_COUNT} from calls group by 1",
    "hours_of_week": f"select isodow(started_local), hour(started_local), {_COUNT} from calls group by 1, 2",
    "time_to_answer": f"""select avg({_WAITED}), quantile_cont(wait_s, [0.5, 0.9, 0.95]) filter (status = 'answered')
        from calls where direction = 'incoming'""",
    "service_level": """select count(*), count(*) filter (status = 'answered' and wait_s <= 20),
        count(*) filter (status = 'answered'), count(*) filter (status = 'no_answer'),
        count(*) filter (status = 'no_answer' and wait_s <= 5) from calls where direction = 'incoming'""",
    "call_back_time": """with talks as (select account, direction = 'incoming' and status != 'answered' as missed,
            if(direction = 'outgoing', destination, source) as number, started_at from calls
            where direction = 'incoming' or (direction = 'outgoing' and status = 'answered')),
        next as (select account, missed, started_at, min(if(missed, null, started_at)) over (
            partition by account, number order by started_at, missed
            rows between current row and unbounded following) as reached from talks)
        select account, count(*), count(reached), quantile_cont(epoch(reached) - epoch(started_at), [0.5, 0.9])
        from next where missed group by 1""",
    "carried": """select hour, sum(greatest(least(ended, hour + 3600) - greatest(began, hour), 0))
        from (select began, ended, unnest(range(began // 3600 * 3600, greatest(ended, began + 1), 3600)) as hour
            from (select epoch(started_at)::bigint as began, epoch(ended_at)::bigint as ended from calls))
        group by 1""",
    "peak_concurrency": """with events as (
            select started_at as moment, 1 as change from calls where ended_at > started_at
            union all select ended_at, -1 from calls where ended_at > started_at)
        select max(at_once) from (select sum(change) over (order by moment, change rows unbounded preceding) as at_once
            from events)""",
}
"""The same in SQL."""


def in_sql(calls: pa.Table) -> dict[str, Callable[[], Any]]:
    """Return what runs each query over a table."""
    connection = duckdb.connect()
    connection.register("calls", calls)

    def fetched(query: str) -> Any:
        return connection.sql(query).fetchall()

    return {name: partial(fetched, query) for name, query in SQL.items()}
