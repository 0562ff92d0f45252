"""How long thirteen figures take over many calls, beside what one would write by hand in numpy or SQL."""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from benchmarks import by_hand
from trunkline.reports import cost, missed, status, traffic, waiting
from trunkline.reports.coded import Coded

if TYPE_CHECKING:
    from collections.abc import Callable

FIGURES: dict[str, Callable[[Any], Any]] = {
    "totals": cost.totals,
    "by_month": cost.by_month,
    "by_day": cost.by_day,
    "by_trunk": cost.by_trunk,
    "by_destination": cost.by_destination,
    "parts": cost.parts,
    "status_by_day": status.by_day,
    "hours_of_week": status.by_weekday_and_hour,
    "time_to_answer": waiting.time_to_answer,
    "service_level": waiting.service_level,
    "call_back_time": missed.call_back_time,
    "carried": traffic.carried,
    "peak_concurrency": traffic.peak_concurrency,
}
READY = ", codes ready"
_MILLION, _HUGE = 1_000_000, 10_000_000
# Of the sum, against the better of the two that are written by hand; the sizes below a million have their own.
_LIMITS = {"pandas": 1.0, "polars": 1.2, "pyarrow": 1.0}
_SMALL_LIMIT, _READY_LIMIT = 1.6, 0.5
# Of each figure: twice what is written by hand, or so many ms.
_TIMES, _LEAST_MS, _LEAST_MS_OF_HUGE = 2, 10, 100


def run(n: int = 100_000) -> list[dict[str, Any]]:
    """Return the milliseconds of thirteen figures, of so many calls and of ten times as many, or of few calls only."""
    sizes = (n, 10 * n) if 100_000 <= n < _MILLION else (n,)
    return [row for size in sizes for row in measured(size)]


def measured(n: int) -> list[dict[str, Any]]:
    """Return the sum for each kind of frame with its limit, and the figure that is furthest from its own.

    Everything is run in turn, three times (ten million calls twice), and of each the least processor time counts.
    """
    arrow = invented(n)
    frames = {"pandas": to_pandas(arrow), "polars": pl.from_arrow(arrow), "pyarrow": arrow}
    coded = {f"{kind}{READY}": Coded(frame) for kind, frame in frames.items()}
    kinds: dict[str, Any] = frames | coded
    queries = by_hand.in_sql(arrow)
    took: dict[str, dict[str, float]] = {kind: {} for kind in ("numpy", "sql", *kinds)}
    for name, figure in FIGURES.items():
        for each in coded.values():
            figure(each)
        for _ in range(2 if n >= _HUGE else 3):
            _least(took["numpy"], name, partial(by_hand.NUMPY[name], arrow))
            _least(took["sql"], name, queries[name])
            for kind, frame in kinds.items():
                _least(took[kind], name, partial(figure, frame))
    peer = min(sum(took["numpy"].values()), sum(took["sql"].values()))
    return [row for kind in kinds for row in _rows(kind, n, took, peer)]


def _least(times: dict[str, float], name: str, work: Callable[[], Any]) -> None:
    began = time.process_time()
    work()
    times[name] = min(1000 * (time.process_time() - began), times.get(name, float("inf")))


def _rows(kind: str, n: int, took: dict[str, dict[str, float]], peer: float) -> list[dict[str, Any]]:
    limit = _READY_LIMIT if kind.endswith(READY) else _LIMITS[kind] if n >= _MILLION else _SMALL_LIMIT
    ours = sum(took[kind].values())
    what = f"13 figures, {n:,} calls, {kind}, beside those by hand"
    whole = {"name": what, "ours": ours, "peer": peer, "unit": "ms", "ratio": ours / peer, "limit": limit}
    rows = [whole | {"ok": ours / peer <= limit}]
    if not kind.endswith(READY):
        least = _LEAST_MS_OF_HUGE if n >= _HUGE else _LEAST_MS
        allowed = {name: max(_TIMES * min(took["numpy"][name], took["sql"][name]), least) for name in FIGURES}
        worst = max(FIGURES, key=lambda name: took[kind][name] / allowed[name])
        ours, most = took[kind][worst], allowed[worst]
        what = f"  furthest from twice by hand, or {least} ms: {worst}"
        rows.append({"name": what, "ours": ours, "peer": most, "unit": "ms", "ratio": ours / most, "limit": 1.0})
        rows[-1]["ok"] = ours <= most
    return rows


def invented(n: int) -> pa.Table:
    """Return calls of two years with the columns of the archive's frame; the numbers belong to nobody."""
    chance = np.random.default_rng(1)
    start = np.sort(chance.integers(1_700_000_000, 1_763_000_000, n)) * 1_000_000
    direction = chance.choice(["incoming", "outgoing", "internal"], n, p=[0.5, 0.4, 0.1])
    ended = chance.choice(["answered", "no_answer", "busy", "congestion"], n, p=[0.7, 0.2, 0.08, 0.02])
    talk = np.where(ended == "answered", chance.exponential(150, n), 0).astype(np.int64)
    wait = chance.exponential(12, n).astype(np.int64)
    outside = np.char.add("0912000", np.char.zfill(chance.integers(0, 10_000, n).astype(str), 4))
    inside = chance.integers(10, 40, n).astype(str)
    outgoing = direction == "outgoing"
    parts = {name: chance.integers(0, 900, n) for name in ("price_wait", "price_record", "price_saved")}
    parts["price_talk"] = talk // 60 * 780
    price = parts["price_wait"] + parts["price_talk"] + parts["price_record"] - parts["price_saved"]

    def words(values: Any) -> pa.Array:
        return pa.array(values).dictionary_encode()

    return pa.table({
        "account": words(chance.choice(["telefonchy:1", "telefonchy:2"], n)),
        "call_id": pa.array(np.arange(n).astype(str)),
        "direction": words(direction),
        "status": words(ended),
        "trunk": words(chance.choice(["2155501000", "2155501001", "2155501002"], n)),
        "extension": words(inside),
        "source": pa.array(np.where(outgoing, inside, outside)),
        "destination": pa.array(np.where(outgoing, outside, inside)),
        "started_at": pa.array(start).cast(pa.timestamp("us", "UTC")),
        "ended_at": pa.array(start + (wait + talk) * 1_000_000).cast(pa.timestamp("us", "UTC")),
        "started_local": pa.array(start + 12_600 * 1_000_000).cast(pa.timestamp("us")),
        "wait_s": pa.array(wait),
        "talk_s": pa.array(talk),
        **{name: _money(values) for name, values in {"price": price, **parts}.items()},
        "currency": words(np.full(n, "IRR")),
    })  # fmt: skip


def _money(values: Any) -> pa.Array:
    return pa.array(values).cast(pa.decimal128(19, 0)).cast(pa.decimal128(28, 2))


def to_pandas(arrow: pa.Table) -> pd.DataFrame:
    """Return a pandas frame with the dtypes of the archive's frame."""

    def kind(dtype: pa.DataType) -> Any:
        if pa.types.is_int64(dtype):
            return pd.Int64Dtype()
        if pa.types.is_string(dtype):
            return pd.StringDtype("pyarrow")
        return pd.ArrowDtype(dtype) if pa.types.is_decimal(dtype) else None

    frame: pd.DataFrame = arrow.to_pandas(types_mapper=kind)
    return frame


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]) if len(sys.argv) > 1 else _MILLION), indent=2))
