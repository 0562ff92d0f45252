"""Several processes use one archive: Home Assistant writes while a notebook reads, and others write too."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.archive.records import ACCOUNT, call
from tests.patience import PATIENCE
from trunkline.archive import Archive, check_archive

ROOT = Path(__file__).parent.parent.parent
READER = """
import sys
from trunkline.archive import Archive

with Archive.open(sys.argv[1]) as archive:
    frame = archive.frame()
    print("ready", flush=True)
    before = len(frame)
    counts = [before]
    while counts[-1] < int(sys.argv[2]):
        frame = archive.frame()
        assert frame["call_id"].is_unique
        assert len(frame) % 10 == 0, "a batch of ten was seen in part"
        assert len(frame) == len(archive.calls()) or archive.count() > len(frame)
        counts.append(len(frame))
    assert counts == sorted(counts)
    print(len(set(counts)), flush=True)
"""


@pytest.mark.slow
def test_reader_sees_whole_batches_and_never_stops_the_writer(url: str) -> None:
    with Archive.open(url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call(str(number)) for number in range(10)])
        command = [sys.executable, "-c", READER, url, "3000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as reader:
            assert reader.stdout.readline() == "ready\n"
            for start in range(10, 3000, 10):
                archive.store([call(str(number)) for number in range(start, start + 10)])
            seen = reader.stdout.readline()
            assert reader.wait(PATIENCE) == 0
    assert int(seen) > 2


WRITER = """
import json
import sys
from datetime import timedelta
from tests.archive.records import ACCOUNT, START, call, irr
from trunkline.archive import Archive

url, own = sys.argv[1], int(sys.argv[2])
with Archive.open(url) as archive:
    print("ready", flush=True)
    sys.stdin.readline()
    new = corrected = 0
    for start in range(0, 300, 10):
        # Each writer has every call, at another price, in another order.
        batch = [call(str((number * (own + 1)) % 307), price=irr(own)) for number in range(start, start + 10)]
        coverage = archive.coverage(ACCOUNT, "1001").cover(
            START + timedelta(days=3 * start + own), START + timedelta(days=3 * start + own + 1)
        )
        stored = archive.store(batch, coverage=coverage)
        new += len(stored.new)
        corrected += len(stored.changed)
print(json.dumps([new, corrected]), flush=True)
"""


@pytest.mark.slow
def test_writers_at_the_same_time_store_each_call_once_and_lose_no_correction(url: str) -> None:
    with Archive.open(url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url, str(own)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for own in range(3)
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    results = [json.loads(writer.communicate(timeout=PATIENCE)[0]) for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    with Archive.open(url) as archive:
        assert sum(new for new, _ in results) == archive.count() == len(archive.calls())
        # Each change of a price is remembered, by the writer that made it.
        assert len(archive.corrections()) == sum(corrected for _, corrected in results) > 0
        assert len(archive.coverage(ACCOUNT, "1001").segments) == 30
    assert [finding for finding in check_archive(url) if not finding.ok] == []
