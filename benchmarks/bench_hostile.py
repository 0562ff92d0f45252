"""How far a server can fill the memory and hold the event loop, over a real socket: by any reply, each in a process.

The limits: three times the largest reply (16 MiB) in memory, and 50 ms of the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from trunkline.errors import TrunklineError
from trunkline.providers.mor import call_rows as mor_calls
from trunkline.providers.mor.call_rows import call_elements
from trunkline.providers.mor.xml_reader import parse_xml
from trunkline.providers.telefonchy.wire import CallReader, read_page
from trunkline.transport import Limits, Transport

from .hostile import CAP, JSON, MEBIBYTE, REPLIES, XML

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
_MOR = mor_calls.CallReader(
    mor_calls.WEB, account="mor:2", zone=ZoneInfo("UTC"), currency="USD", trunk=None, own_numbers={}
)
_TELEFONCHY = CallReader(
    account="telefonchy:sv1", zone=ZoneInfo("Asia/Tehran"), currency="IRR", extensions=frozenset({"101"})
)
LIMIT_MS = 50.0
LIMIT_MIB = 3 * CAP / MEBIBYTE
BEAT = 0.001
# A reply that never ends is given up after this many seconds.
LONGEST = 4.0
KINDS = [*("HTTP" for _ in REPLIES), *("JSON" for _ in JSON), *("XML" for _ in XML)]
NAMES = [*REPLIES, *JSON, *XML]
# A page that every account reads, before the measurement: it loads what is loaded once.
_USUAL = len(REPLIES)
_FULL = 100_000


def run(n: int) -> list[dict[str, Any]]:
    """Return for each reply the longest hold of the event loop in ms, and the growth of the memory in MiB.

    Each has its own size, whatever `n` is. A quick run leaves out half of the documents.
    """
    numbers = [number for number in range(len(NAMES)) if n >= _FULL or number <= _USUAL or number % 2]
    with _server() as port:
        return [row for number in numbers for row in _rows(number, _measured(number, port))]


def _rows(number: int, figures: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for what, unit, limit in (("event loop held", "ms", LIMIT_MS), ("memory", "MiB", LIMIT_MIB)):
        ours = figures[unit]
        yield {
            "name": f"{KINDS[number]}, {NAMES[number]}: {what}",
            "ours": ours,
            "unit": unit,
            "limit": limit,
            "ok": ours <= limit,
            "seconds": figures["seconds"],
            "outcome": figures["outcome"],
        }


@contextlib.contextmanager
def _server() -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.hostile"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _measured(number: int, port: int) -> dict[str, Any]:
    """Return what one reply does to a process of its own, so that none hides what another has left behind."""
    command = [sys.executable, "-m", "benchmarks.bench_hostile", str(number), str(port)]
    done = subprocess.run(command, capture_output=True, check=False, cwd=ROOT, timeout=120)
    if done.returncode:
        raise AssertionError(f"{NAMES[number]}: {done.stderr.decode()[-500:]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


async def _read(transport: Transport, number: int) -> str:
    """Read a reply to its last call, and return what became of it: anything but our own errors is a failure."""
    try:
        reply = await transport.read("GET", str(number))
        if KINDS[number] == "XML":
            root = await parse_xml(reply.body, label="Acme")
            if root.first("calls_stat") is not None:
                return f"{len((await _MOR.page(call_elements(root), total=None, currency='USD')).calls):,} calls"
        else:
            body = reply.json()
            if isinstance(body, dict) and "paginator" in body:
                return f"{len((await read_page(body, _TELEFONCHY, asked=1)).calls):,} calls"
    except TrunklineError as error:
        return type(error).__name__
    return "read"


async def _beat(longest: list[float]) -> None:
    """Keep the longest time that the loop was held; what the machine did meanwhile for others doesn't count."""
    before, computed_before = time.perf_counter(), time.process_time()
    while True:
        await asyncio.sleep(BEAT)
        now, computed = time.perf_counter(), time.process_time()
        longest[0] = max(longest[0], min(now - before - BEAT, computed - computed_before))
        before, computed_before = now, computed


def _memory(name: str) -> float:
    """Return the process's memory in MiB: now (`VmRSS`) or at most so far (`VmHWM`)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


async def _measure(number: int, port: int) -> dict[str, Any]:
    limits = Limits(total=LONGEST, attempts=1, body=CAP)
    async with Transport(f"http://127.0.0.1:{port}", label="Acme", limits=limits) as transport:
        await _read(transport, _USUAL)
        longest = [0.0]
        heart = asyncio.create_task(_beat(longest))
        await asyncio.sleep(5 * BEAT)
        before, began = _memory("VmRSS"), time.perf_counter()
        outcome = await _read(transport, number)
        # What is left over is freed, and an unused connection stays open for a while.
        await asyncio.sleep(0.2)
        seconds = time.perf_counter() - began
        heart.cancel()
    return {
        "ms": longest[0] * 1000,
        "MiB": max(0.0, _memory("VmHWM") - before),
        "seconds": seconds,
        "outcome": outcome,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_measure(int(sys.argv[1]), int(sys.argv[2])))))
