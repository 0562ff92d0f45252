"""How long and with how much memory an archive's calls load, beside what one would write by hand with ADBC."""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from benchmarks import invented
from trunkline.archive import Archive
from trunkline.archive.rows import to_row
from trunkline.archive.schema import CALL_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable

_MILLION = 1_000_000
_ROUNDS = 3
_LEARNED = 2_000
_MONTH: dict[str, Any] = {"since": datetime(2026, 2, 1, tzinfo=UTC), "until": datetime(2026, 3, 1, tzinfo=UTC)}
_CATEGORIES = ("account", "direction", "status", "trunk", "extension", "currency")
_PRICES = ("price", "price_wait", "price_talk", "price_record", "price_saved")
# The archive reads in one thread what another one makes columns of.
_TIME, _PROCESSOR, _MEMORY, _SHARE = 1.0, 1.5, 1.5, 0.1
_BY_HAND = f"""
    SELECT calls.account, call_id, direction, status, trunk, extension, coalesce(source_e164, source) AS source,
    source_name, coalesce(destination_e164, destination) AS destination, destination_name, started_at, ended_at,
    started_local, wait AS wait_s, talk AS talk_s, {", ".join(_PRICES)},
    coalesce(calls.currency, accounts.currency) AS currency
    FROM calls LEFT JOIN accounts USING (account) WHERE calls.account = '{invented.ACCOUNT}'
    ORDER BY started_at, call_id
"""


def run(n: int = 100_000) -> list[dict[str, Any]]:
    """Return the rows for ten times as many calls, or of few calls only."""
    return measured(10 * n if 100_000 <= n < _MILLION else n)


def measured(n: int) -> list[dict[str, Any]]:
    """Return times against ADBC, the peak of memory against the frame, and shares of the time of a full load.

    Each measurement has a process of its own. With a million calls, all are made in turn three times, and of each the
    least counts.
    """
    with tempfile.TemporaryDirectory() as folder:
        _apart(build, folder, n)
        took: dict[str, dict[str, float]] = {}
        for _ in range(_ROUNDS if n >= _MILLION else 1):
            for name, work in _WORK.items():
                for what, value in _apart(work, folder, n).items():
                    took.setdefault(name, {})[what] = min(value, took.get(name, {}).get(what, float("inf")))
    ours, hand = took["frame"], took["ADBC"]
    loaded = f"{n:,} calls loaded from SQLite"
    beside = "beside ADBC with the same types by hand"
    rows = [
        _row(f"{loaded}, {beside}", ours["s"], hand["s"], "s", _TIME),
        _row(f"{loaded}, processor time, {beside}", ours["processor_s"], hand["processor_s"], "s", _PROCESSOR),
        _row(f"{loaded}: peak of memory, beside the frame", ours["peak_mb"], ours["frame_mb"], "MB", _MEMORY),
    ]
    return rows + [_row(f"{loaded}: {name}, beside all", took[name]["s"], ours["s"], "s", _SHARE) for name in _SHARES]


def _row(name: str, ours: float, peer: float, unit: str, limit: float) -> dict[str, Any]:
    ratio = ours / peer
    found = {"name": name, "ours": ours, "peer": peer, "unit": unit, "ratio": ratio, "limit": limit}
    return found | {"ok": ratio <= limit}


def _apart[T](work: Callable[[str, int], T], folder: str, n: int) -> T:
    # ADBC brings another SQLite. In one process, each drops the locks of the other.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, folder, n).result()


def build(folder: str, n: int) -> None:
    """Make an archive of invented calls, and a mirror of it."""
    path, zone = Path(folder) / "archive.db", ZoneInfo(invented.ZONE)
    calls = invented.calls(n)
    with Archive.open(path) as archive:
        archive.register(
            invented.ACCOUNT, provider="telefonchy", title="Office", zone=invented.ZONE, currency=invented.CURRENCY
        )
        archive.store(list(islice(calls, _LEARNED)))
    connection = sqlite3.connect(path, isolation_level=None)
    insert = f"INSERT INTO calls VALUES ({', '.join('?' * len(CALL_COLUMNS))})"
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(insert, (to_row(call, zone) for call in calls))
    connection.execute("COMMIT")
    connection.close()
    with Archive.open(path) as archive:
        archive.mirror(Path(folder) / "mirror")


def _timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    began, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, {"s": time.perf_counter() - began, "processor_s": time.process_time() - processor}


def _load(folder: str, scan: dict[str, Any] | None = None, **period: Any) -> tuple[Any, dict[str, float]]:
    import pandas as pd  # noqa: F401, PLC0415  (not what is measured)
    import pyarrow.csv  # noqa: PLC0415
    import pyarrow.parquet  # noqa: F401, PLC0415

    with Archive.open("sqlite://") as empty:
        empty.frame()
    with Archive.open(Path(folder) / "archive.db") as archive:
        before = _memory("VmRSS")
        if scan is None:
            frame, took = _timed(lambda: archive.frame(**period))
        else:
            frame, took = _timed(lambda: archive.scan(mirror=Path(folder) / "mirror", **scan))
            if hasattr(frame, "collect"):
                frame, further = _timed(frame.collect)
                took = {what: value + further[what] for what, value in took.items()}
        return frame, took | {"peak_mb": _memory("VmHWM") - before}


def _memory(what: str) -> float:
    """Return the memory of this process (VmRSS) or its peak (VmHWM) in MB."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def frame(folder: str, n: int) -> dict[str, float]:
    """Load all calls."""
    found, took = _load(folder)
    assert len(found) == n
    return took | {"frame_mb": float(found.memory_usage().sum()) / 2**20}


def month(folder: str, _n: int) -> dict[str, float]:
    """Load the calls of a month."""
    return _load(folder, **_MONTH)[1]


def pandas_mirror(folder: str, _n: int) -> dict[str, float]:
    """Load all calls from the mirror."""
    return _load(folder, {"engine": "pandas"})[1]


def pyarrow_mirror(folder: str, _n: int) -> dict[str, float]:
    """Load all calls from the mirror as an Arrow table."""
    return _load(folder, {"engine": "pyarrow"})[1]


def polars_mirror(folder: str, _n: int) -> dict[str, float]:
    """Load all calls from the mirror as polars."""
    import polars  # noqa: F401, ICN001, PLC0415  (not what is measured)

    return _load(folder, {"engine": "polars"})[1]


def adbc(folder: str, n: int) -> dict[str, float]:
    """Load the same columns with the same types, without what the archive checks and looks up."""
    import pandas as pd  # noqa: F401, PLC0415  (not what is measured)
    import pyarrow.compute  # noqa: F401, PLC0415
    from adbc_driver_sqlite import dbapi  # noqa: PLC0415

    def load() -> Any:
        with dbapi.connect(str(Path(folder) / "archive.db")) as connection, connection.cursor() as cursor:
            # A column has the type of its first batch: let that be all rows.
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": n})
            cursor.execute(_BY_HAND)
            return _typed(cursor.fetch_arrow_table().combine_chunks())

    found, took = _timed(load)
    assert len(found) == n
    return took


def _typed(table: Any) -> Any:
    import pandas as pd  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    columns = {}
    for name in table.column_names:
        values = table.column(name).chunk(0)
        if name in _CATEGORIES:
            columns[name] = values.dictionary_encode().to_pandas()
        elif name in _PRICES:
            columns[name] = pd.arrays.ArrowExtensionArray(_decimals(values))
        elif name in {"started_at", "ended_at", "started_local"}:
            kind = pa.timestamp("us", None if name == "started_local" else "UTC")
            columns[name] = values.cast(kind).to_pandas()
        elif name in {"wait_s", "talk_s"}:
            columns[name] = values.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
        else:
            columns[name] = pd.array(values.cast(pa.string()), pd.StringDtype("pyarrow"))
    return pd.DataFrame(columns, copy=False)


def _decimals(integers: Any) -> Any:
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    known, values = integers.buffers()
    numbers = np.frombuffer(values, np.int64, len(integers))
    words = np.empty((len(integers), 2), np.int64)
    words[:, 0] = numbers
    words[:, 1] = numbers >> 63
    return pa.Array.from_buffers(pa.decimal128(28, 0), len(integers), [known, pa.py_buffer(words)])


_WORK: dict[str, Callable[[str, int], dict[str, float]]] = {
    "frame": frame,
    "ADBC": adbc,
    "one month": month,
    "the mirror as pandas": pandas_mirror,
    "the mirror as pyarrow": pyarrow_mirror,
    "the mirror as polars": polars_mirror,
}
_SHARES = [name for name in _WORK if name not in {"frame", "ADBC"}]


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]) if len(sys.argv) > 1 else _MILLION), indent=2))
