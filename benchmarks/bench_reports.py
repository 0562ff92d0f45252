"""How long the figures of the cost and the status report take over many calls, on pandas beside polars and Arrow."""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from trunkline.reports import cost, missed, status, traffic, waiting

if TYPE_CHECKING:
    from collections.abc import Callable

WEEKS = {"before": (date(2025, 3, 1), date(2025, 3, 29)), "after": (date(2025, 3, 29), date(2025, 4, 26))}
COST: dict[str, Callable[[Any], Any]] = {
    "totals": cost.totals,
    "by_month": cost.by_month,
    "by_jalali_month": lambda frame: cost.by_month(frame, jalali=True),
    "by_day": cost.by_day,
    "by_trunk": cost.by_trunk,
    "by_extension": cost.by_extension,
    "by_destination": cost.by_destination,
    "most_expensive": cost.most_expensive,
    "parts": cost.parts,
    "unanswered": cost.unanswered,
    "compare": lambda frame: cost.compare(frame, **WEEKS),
}
STATUS: dict[str, Callable[[Any], Any]] = {
    "overview": status.overview,
    "by_day": status.by_day,
    "by_month": status.by_month,
    "by_weekday_and_hour": status.by_weekday_and_hour,
    "by_trunk": status.by_trunk,
    "by_extension": status.by_extension,
    "by_direction": status.by_direction,
    "shares": status.shares,
    "time_to_answer": waiting.time_to_answer,
    "service_level": waiting.service_level,
    "abandonment": waiting.abandonment,
    "call_back_time": missed.call_back_time,
    "carried": traffic.carried,
    "busy_hour": traffic.busy_hour,
    "peak_concurrency": traffic.peak_concurrency,
}


def run(n: int = 1_000_000) -> list[dict[str, Any]]:
    """Return the milliseconds of all figures of each report (best of three each), pandas beside polars and Arrow."""
    arrow = invented(n)
    frames = {"pandas": to_pandas(arrow), "polars": pl.from_arrow(arrow), "pyarrow": arrow}
    rows: list[dict[str, Any]] = []
    for report, figures in (("cost", COST), ("status", STATUS)):
        took = {
            engine: 1000 * sum(_best(figure, frame) for figure in figures.values()) for engine, frame in frames.items()
        }
        for peer in ("polars", "pyarrow"):
            name = f"{len(figures)} figures of {report}, {n:,} calls, pandas beside {peer}"
            ours, theirs = took["pandas"], took[peer]
            row = {"name": name, "ours": ours, "peer": theirs, "unit": "ms", "ratio": ours / theirs}
            rows.append(row | {"limit": None, "ok": True})
    return rows


def _best(figure: Callable[[Any], Any], frame: Any) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        figure(frame)
        times.append(time.perf_counter() - start)
    return min(times)


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
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000), indent=2))
