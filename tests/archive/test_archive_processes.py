"""Home Assistant writes while a notebook reads: two processes on one file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.archive.records import ACCOUNT, call
from trunkline.archive import Archive

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
            assert reader.wait(60) == 0
    assert int(seen) > 2
