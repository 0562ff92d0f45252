"""Runs syncs in children of its own and kills them: a program for `test_kill`, which talks to it in lines of JSON.

Everything is imported once, here; each attempt is a fork, so that it lives and dies quickly.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import random
import signal
import struct
import sys
import time

from trunkline import Archive, open_account, sync_account
from trunkline.providers import telefonchy  # noqa: F401  (loaded before the first fork)

PATIENCE = 10.0
PLACE = struct.Struct("qq")


async def run(job: dict, place: mmap.mmap) -> None:
    """Sync once, and leave in shared memory how far it came."""

    def progress(seen) -> None:
        place[: PLACE.size] = PLACE.pack(seen.read, seen.total or 0)

    async with open_account("telefonchy", base_url=job["base_url"], token=job["token"]) as account:
        with Archive.open(job["archive"]) as archive:
            result = await sync_account(account, archive, full=job["full"], progress=progress)
            assert result.complete


def attempt(job: dict, place: mmap.mmap, delay: float | None, *, after_page: bool = False) -> tuple[bool, float]:
    """Fork a sync and kill it so many seconds after its start, or after its first page.

    Return whether it was killed, and how long it lived.
    """
    place[: PLACE.size] = PLACE.pack(0, 0)
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            asyncio.run(run(job, place))
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)
    if delay is not None:
        while after_page and not any(place[: PLACE.size]) and time.monotonic() < start + PATIENCE:
            time.sleep(0.0005)
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    if not killed and os.waitstatus_to_exitcode(status):
        raise SystemExit("the sync failed")
    return killed, time.monotonic() - start


def kill_often(job: dict, place: mmap.mmap) -> list[tuple[int, int]]:
    """Kill as many runs as asked for at random moments; return (calls down the list, calls in it) of each death.

    A run that goes on where the last one died must die after a little progress, or the hundredth would have nothing
    left to do: its moments are counted from its first page, out of a span that follows the progress; every fifth dies
    while it starts. A run from the top may die at any time.
    """
    moments = random.Random(job["seed"])
    deaths: list[tuple[int, int]] = []
    span = job["seconds"] * (1.1 if job["full"] else 0.05)
    furthest = 0.0
    while len(deaths) < job["kills"]:
        early = not job["full"] and len(deaths) % 5 == 4
        moment = moments.uniform(0, job["seconds"] / 10 if early else span)
        killed = attempt(job, place, moment, after_page=not (job["full"] or early))[0]
        read, total = PLACE.unpack(place[: PLACE.size])
        if killed:
            deaths.append((read, total))
        furthest = max(furthest, read / (total or 1))
        if not killed:
            span *= 0.9
        elif not job["full"]:
            span *= 1.1 if furthest < len(deaths) / job["kills"] else 0.9
    return deaths


def main() -> None:
    """Answer one job after the other."""
    place = mmap.mmap(-1, PLACE.size)
    for line in sys.stdin:
        job = json.loads(line)
        deaths = kill_often(job, place) if job["kills"] else []
        _, seconds = attempt(job, place, None)
        sys.stdout.write(json.dumps({"deaths": deaths, "seconds": seconds}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
