"""A sync that is killed a hundred times, and run once more, leaves the archive of one clean run."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS = 6000
ROOT = Path(__file__).parent.parent.parent


@contextmanager
def program(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program of Python that is talked to in lines, and stop it."""
    with subprocess.Popen(
        [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as running:
        try:
            yield running
        finally:
            running.terminate()


def do(control: str, **wish: object) -> dict:
    request = urllib.request.Request(control, json.dumps(wish).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


KEPT = {
    "calls": "SELECT * FROM calls",
    "corrections": "SELECT account, call_id, field, old, old_scale, new, new_scale FROM corrections",
    "coverage": "SELECT account, stream, calls, segments, total, archived, horizon FROM streams",
}


def dump(url: str) -> dict[str, list]:
    """Return all that must be the same after the kills; when something was seen can't be."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {name: sorted(map(tuple, connection.exec_driver_sql(query)), key=repr) for name, query in KEPT.items()}
    engine.dispose()
    return found


@pytest.mark.slow
def test_a_hundred_kills_leave_the_archive_of_one_clean_run(url: str, tmp_path: Path, socket_enabled: None) -> None:
    server = ("-m", "trunkline.sandbox", "--seed", "11", "--calls", str(CALLS), "--days", "60")
    with program(*server) as sandbox, program("tests/integration/dying_sync.py") as syncs:
        ready = json.loads(sandbox.stdout.readline())
        do(ready["control"], do="clock", freeze=True)
        account = ready["telefonchy"]

        def sync(archive: str, *, kills: int = 0, full: bool = False, seconds: float = 0) -> dict:
            job = {
                "archive": archive,
                "base_url": account["base_url"],
                "token": account["credentials"]["token"],
                "kills": kills,
                "full": full,
                "seconds": seconds,
                "pages": CALLS // 100,
                "seed": len("killed.db" if kills else "clean.db") + full,
            }
            syncs.stdin.write(json.dumps(job) + "\n")
            syncs.stdin.flush()
            answer = syncs.stdout.readline()
            assert answer, "a sync failed"
            return json.loads(answer)

        clean, killed = f"sqlite:///{tmp_path / 'clean.db'}", url
        seconds = sync(clean)["seconds"]
        first = sync(killed, kills=60, seconds=seconds)["deaths"]
        assert dump(killed) == dump(clean)
        calls = len(dump(clean)["calls"])

        corrected = [row[1] for row in dump(clean)["calls"][:: calls // 40]]
        for call_id in corrected:
            do(ready["control"], do="correct", call_id=call_id, price_talk=123456)
        seconds = sync(clean, full=True)["seconds"]
        second = sync(killed, kills=40, full=True, seconds=seconds)["deaths"]

    assert len(first) + len(second) >= 100
    after = dump(clean)
    assert {row[1] for row in after["corrections"]} >= set(corrected)
    assert dump(killed) == after

    # The deaths lie all over the runs, not only at their ends.
    for deaths in (first, second):
        inside = [read / total for read, total in deaths if 0 < read < total]
        assert len(inside) >= len(deaths) // 3
        assert min(inside) < 0.25
        assert max(inside) > 0.75
        assert len({round(item, 1) for item in inside}) >= 6
