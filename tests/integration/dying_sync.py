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

PLACE = struct.Struct("qq")


async def run(job: dict, place: mmap.mmap) -> None:
    """Sync once, and leave in shared memory how far it came."""

    def progress(seen) -> None:
        place[: PLACE.size] = PLACE.pack(seen.read, seen.total or 0)

    async with open_account("telefonchy", base_url=job["base_url"], token=job["token"]) as account:
        with Archive.open(job["archive"]) as archive:
            result = await sync_account(account, archive, full=job["full"], progress=progress)
            assert result.complete


def reached(place: mmap.mmap) -> float:
    """Return how far down the list the sync has come, as a share."""
    read, total = PLACE.unpack(place[: PLACE.size])
    return read / total if total else 0.0


def attempt(job: dict, place: mmap.mmap, until: float | None = None, delay: float = 0.0) -> tuple[bool, float]:
    """Fork a sync and kill it `delay` seconds after it has come down to the share `until` of the list, if ever.

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
    ended = 0
    if until is not None:
        while not ended and reached(place) < until:
            time.sleep(0.0002)
            ended, status = os.waitpid(child, os.WNOHANG)
        if not ended:
            time.sleep(delay)
            os.kill(child, signal.SIGKILL)
    if not ended:
        _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    if not killed and os.waitstatus_to_exitcode(status):
        raise SystemExit("the sync failed")
    return killed, time.monotonic() - start


def kill_often(job: dict, place: mmap.mmap) -> list[tuple[int, int]]:
    """Kill as many runs as asked for; return (calls down the list, calls in it) of each death.

    A run that goes on where the last one died dies a little further down, every fifth while it still starts. A run from
    the top dies anywhere. Each dies at a random moment within about two pages of the place.
    """
    moments = random.Random(job["seed"])
    deaths: list[tuple[int, int]] = []
    tries = 0
    while len(deaths) < job["kills"]:
        tries += 1
        if tries > 5 * job["kills"]:
            raise SystemExit("the syncs end before they can be killed")
        if job["full"]:
            until = moments.uniform(0, 0.95)
        elif len(deaths) % 5 == 4:
            until = 0.0
        else:
            until = 0.95 * (len(deaths) + 1) / job["kills"]
        killed, _ = attempt(job, place, until, moments.uniform(0, 2 * job["seconds"] / job["pages"]))
        if killed:
            deaths.append(PLACE.unpack(place[: PLACE.size]))
    return deaths


def main() -> None:
    """Answer one job after the other."""
    place = mmap.mmap(-1, PLACE.size)
    for line in sys.stdin:
        job = json.loads(line)
        deaths = kill_often(job, place) if job["kills"] else []
        _, seconds = attempt(job, place)
        sys.stdout.write(json.dumps({"deaths": deaths, "seconds": seconds}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
