"""One case of a soak: a small world, a run with faults, and clean runs until the archive equals the world."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from trunkline.errors import TrunklineError
from trunkline.sandbox import Sandbox

from ._soak_cases import LATER, Case, Requests
from ._soak_proofs import allowed
from ._soak_readers import reader
from ._soak_watch import Watch
from ._soak_world import NOW, Difference, Facts, compare, office_of, truth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from ._soak_bench import Bench
    from ._soak_cases import Hit
    from ._soak_readers import Reader

# Enough calls for several pages of each list; replies in XML are long, and their periods short.
CALLS, CALLS_IN_XML, DAYS = 500, 240, 8
CLEAN_RUNS = 3
# Later than the overlap is read again, so that each clean run looks at the newest day anew.
BETWEEN_RUNS = timedelta(hours=7)
# More than what a poll lets pass, which would end this too.
_PATIENCE = 300
# An archive in memory waits for no disk; a folder of our own is made there.
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


@dataclass(slots=True)
class Run:
    """One run: what it said, and how the archive differed from the world after it.

    `unproven` is how it differed in what was there, and the same, from its beginning to its end: that is what
    `complete` promises. `aside` is how many rows are kept aside as unreadable, of which the world has none.
    """

    complete: bool
    error: str
    crash: str
    requests: int
    difference: Difference
    unproven: Difference
    aside: int = 0

    @property
    def is_reported(self) -> bool:
        """Whether there are as many rows kept aside as calls missing, and nothing else is unproven."""
        unproven = self.unproven
        return not unproven.extra and not unproven.wrong and len(unproven.missing) <= self.aside

    def __str__(self) -> str:
        """Say in a few words how it went."""
        said = self.crash or self.error or ("complete" if self.complete else "not complete")
        aside = f", {self.aside} kept aside" if self.aside else ""
        return f"{said}, {self.requests} requests, {self.difference}{aside}"


@dataclass(slots=True)
class Outcome:
    """What a case came to: `failures` are defects, `excused` what the table of proofs allows."""

    case: Case
    requests: Requests
    runs: list[Run] = field(default_factory=list)
    met: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    excused: list[str] = field(default_factory=list)


class Subject:
    """A world with its server, and a reader with its archive, for one case."""

    def __init__(self, case: Case, bench: Bench, sandbox: Sandbox, watch: Watch, reader: Reader) -> None:
        """Take what `subject` has opened."""
        self._case, self._bench, self._sandbox, self._reader = case, bench, sandbox, reader
        self.watch = watch

    def truth(self, *, hidden: bool = False) -> dict[str, Facts]:
        """Return the world's calls."""
        return truth(self._sandbox, self._case.interface, hidden=hidden)

    def later(self) -> None:
        """Let the time between two runs pass."""
        self._bench.tick(BETWEEN_RUNS)

    def work(self) -> None:
        """Let the office work on: new calls, one that is recorded late, and a corrected price."""
        world, office = self._sandbox.world, office_of(self._sandbox, self._case.interface)
        for minutes in (200, 90, 45, 20, 8, 2):
            world.record(office, age=60 * minutes, wait=4, talk=30 + minutes)
        world.record(office, age=9 * 3600, wait=4, talk=75)
        recent = office.calls.listed()[-20]
        world.correct(office, recent, price_talk=office.calls.price_talk[recent] + 111)

    async def run(self, hits: Sequence[Hit] = (), *, most: int = 1_000_000, full: bool = False) -> Run:
        """Read to the end of a run, and compare the archive with the world."""
        before = self.truth()
        complete, error, crash = await self._read(hits, most, full=full)
        self.watch.clear()
        (found, aside), after = self._reader.archived(self._case.interface), self.truth()
        lasting = {key: facts for key, facts in after.items() if before.get(key) == facts}
        return Run(
            complete=complete,
            error=error,
            crash=crash,
            requests=len(self.watch.paths),
            difference=compare(after, found, self.truth(hidden=True)),
            unproven=compare(lasting, {key: facts for key, facts in found.items() if key in lasting}),
            aside=aside,
        )

    async def _read(self, hits: Sequence[Hit], most: int, *, full: bool) -> tuple[bool, str, str]:
        """Read, and return whether it is said to be complete, our own error, and what must not happen."""
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(self._reader.read(full=full))
        over: list[str] = []

        def end() -> None:
            over.append(f"more than {most} requests")
            loop.call_soon(task.cancel)

        def stop() -> None:
            if not self._reader.kill():
                loop.call_soon(task.cancel)

        self.watch.begin(hits, most=most, over=end, stop=stop)
        try:
            async with asyncio.timeout(_PATIENCE):
                return await task, "", ""
        except TrunklineError as raised:
            return False, type(raised).__name__, ""
        except asyncio.CancelledError:
            await self._reader.give_up()
            return False, "cancelled", "".join(over)
        except TimeoutError:
            await self._reader.give_up()
            return False, "", f"no end within {_PATIENCE} s"
        except Exception as raised:  # noqa: BLE001 -- whatever escapes is what is looked for
            return False, "", f"{type(raised).__name__}: {str(raised)[:200]}"


@contextlib.asynccontextmanager
async def subject(case: Case, bench: Bench) -> AsyncIterator[Subject]:
    """Open what a case needs, at the time when all cases begin."""
    bench.begin(asyncio.get_running_loop())
    with tempfile.TemporaryDirectory(prefix="soak-", dir=_MEMORY) as folder:
        calls = CALLS_IN_XML if case.interface in {"mor", "mor-api"} else CALLS
        sandbox = Sandbox(seed=case.seed, calls=calls, days=DAYS, now=NOW)
        sandbox.faults = watch = Watch(case.interface)
        async with sandbox, reader(case.via, sandbox.accounts[case.interface][0], Path(folder)) as opened:
            made = Subject(case, bench, sandbox, watch, opened)
            if case.scenario == LATER:
                await opened.read()
                made.later()
                made.work()
            yield made


async def baseline(case: Case, bench: Bench) -> Requests:
    """Return what a clean run asks for; RuntimeError if the archive isn't the world after it."""
    async with subject(case, bench) as tried:
        run = await tried.run()
        if run.crash or run.error or run.difference or not run.complete or bench.complaints:
            msg = f"a clean run failed: {case}: {run} {' '.join(bench.complaints)}"
            raise RuntimeError(msg)
        return Requests(tuple(tried.watch.paths), tuple(tried.watch.lists))


async def soak(case: Case, requests: Requests, bench: Bench) -> Outcome:
    """Run a case."""
    outcome = Outcome(case, requests)
    most = 5 * len(requests.paths) + 40
    async with subject(case, bench) as tried:
        runs = outcome.runs
        runs.append(await tried.run(case.hits, most=most))
        while len(runs) <= CLEAN_RUNS and not (len(runs) > 1 and runs[-1].complete and not runs[-1].difference):
            tried.later()
            runs.append(await tried.run(most=most))
        if runs[-1].difference and allowed(case, "full"):
            tried.later()
            runs.append(await tried.run(most=most, full=True))
        outcome.met = tried.watch.met
    await asyncio.sleep(0)
    bench.end()
    _judge(outcome)
    outcome.failures += bench.complaints
    return outcome


def _judge(outcome: Outcome) -> None:
    """Sort what happened into defects and what is allowed."""

    def note(what: str, text: str) -> None:
        (outcome.excused if allowed(outcome.case, what) else outcome.failures).append(text)

    for number, run in enumerate(outcome.runs, 1):
        if run.crash:
            outcome.failures.append(f"run {number}: {run.crash}")
        elif run.complete and run.unproven and run.is_reported:
            note("reported", f"complete in run {number} but for {run.aside} rows kept aside")
        elif run.complete and run.unproven:
            note("later", f"complete in run {number} without {run.unproven}")
        elif run.error and number > 1:
            outcome.failures.append(f"run {number}: {run.error}")
    last = outcome.runs[-1]
    if last.difference.missing or last.difference.wrong:
        outcome.failures.append(f"{'complete' if last.complete else 'not complete'} at the end: {last.difference}")
    elif last.difference:
        note("extra", f"calls of the lie stay: {last.difference}")
    elif last.aside:
        note("aside", f"{last.aside} rows stay aside, though the world has no such row")
    elif not last.complete:
        note("incomplete", "never complete, though equal")
    if len(outcome.runs) > 1 + CLEAN_RUNS and not last.difference:
        outcome.excused.append("found by a full run only")
