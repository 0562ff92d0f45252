"""One case of a soak: a small world, a run with faults, and clean runs until the archive equals the world."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from freezegun import freeze_time

from trunkline import open_account
from trunkline.archive import Archive
from trunkline.errors import TrunklineError
from trunkline.sandbox import Sandbox
from trunkline.sync import sync_account
from trunkline.transport import Limits

from ._soak_cases import CANCEL, LATER, Case, Requests
from ._soak_proofs import allowed
from ._soak_watch import Watch
from ._soak_world import NOW, Difference, Facts, archived, compare, office_of, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.sync import SyncResult

CALLS, DAYS = 500, 8
CLEAN_RUNS = 3
# Later than the overlap is read again, so that each clean run looks at the newest day anew.
BETWEEN_RUNS = timedelta(hours=7)
QUICK = Limits(total=10.0, attempts=3, backoff=0.001, backoff_cap=0.002, patience=10.0)
_PATIENCE = 60
_MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of our own is made in it


@dataclass(slots=True)
class Run:
    """One run of a sync: what it said, and how the archive differed from the world after it.

    `unproven` is how it differed in what was there, and the same, from its beginning to its end: that is what
    `complete` promises.
    """

    complete: bool
    error: str
    crash: str
    requests: int
    difference: Difference
    unproven: Difference

    def __str__(self) -> str:
        """Say in a few words how it went."""
        said = self.crash or self.error or ("complete" if self.complete else "not complete")
        return f"{said}, {self.requests} requests, {self.difference}"


@dataclass(slots=True)
class Outcome:
    """What a case came to: `failures` are defects, `excused` what the table of proofs allows."""

    case: Case
    runs: list[Run] = field(default_factory=list)
    met: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    excused: list[str] = field(default_factory=list)
    requests: Requests = Requests((), ())


class Bench:
    """The clock of all runs in this process, and what went wrong where nobody awaited it."""

    def __init__(self, clock: Any) -> None:
        """Take a clock that stands still."""
        self.clock = clock
        self.complaints: list[str] = []

    def complain(self, what: str) -> None:
        """Note an error that no run raised."""
        self.complaints.append(what)


@contextlib.contextmanager
def bench() -> Iterator[Bench]:
    """Stop the clock, and listen to errors that no run raises."""
    with freeze_time(NOW, real_asyncio=True) as clock:
        made = Bench(clock)
        handler = _Complaints(made)
        logger = logging.getLogger("aiohttp.server")
        logger.addHandler(handler)
        logger.propagate = False
        try:
            yield made
        finally:
            logger.removeHandler(handler)
            logger.propagate = True


class _Complaints(logging.Handler):
    def __init__(self, bench: Bench) -> None:
        super().__init__(logging.ERROR)
        self._bench = bench

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self._bench.complain(f"the sandbox failed: {type(error).__name__}: {error}")


class Subject:
    """A world with its server, and an archive beside it, for one case."""

    def __init__(self, case: Case, bench: Bench, sandbox: Sandbox, watch: Watch, folder: Path) -> None:
        """Take what `subject` has opened."""
        self.case, self.bench, self.sandbox, self.watch = case, bench, sandbox, watch
        self.url = f"sqlite:///{folder / 'archive.db'}"
        self.described = sandbox.accounts[case.interface][0]

    def account(self) -> Any:
        """Open the account."""
        described = self.described
        return open_account(
            described.provider,
            dialect=described.dialect or None,
            base_url=described.base_url,
            limits=QUICK,
            **described.credentials,
        )

    def truth(self, *, hidden: bool = False) -> dict[str, Facts]:
        """Return the world's calls."""
        return truth(self.sandbox, self.case.interface, hidden=hidden)

    def archived(self) -> dict[str, Facts]:
        """Return the archive's calls."""
        with Archive.open(self.url) as archive:
            return archived(self.case.interface, archive.calls())

    def later(self) -> None:
        """Let the time between two runs pass."""
        self.bench.clock.tick(BETWEEN_RUNS)

    def work(self) -> None:
        """Let the office work on: new calls, one that is recorded late, and a corrected price."""
        office = office_of(self.sandbox, self.case.interface)
        for minutes in (200, 90, 45, 20, 8, 2):
            self.sandbox.world.record(office, age=60 * minutes, wait=4, talk=30 + minutes)
        self.sandbox.world.record(office, age=9 * 3600, wait=4, talk=75)
        newest = office.calls.listed()[-20]
        self.sandbox.world.correct(office, newest, price_talk=office.calls.price_talk[newest] + 111)

    async def sync(self, *, full: bool = False) -> SyncResult:
        """Run a sync as a command does: everything is opened anew."""
        with Archive.open(self.url) as archive:
            async with self.account() as account:
                return await sync_account(account, archive, full=full)

    async def run(self, *, hits: Any = (), most: int = 1_000_000, full: bool = False) -> Run:
        """Run a sync to its end, and compare the archive with the world."""
        before = self.truth()
        task = asyncio.ensure_future(self.sync(full=full))
        loop = asyncio.get_running_loop()
        over: list[str] = []

        def end() -> None:
            over.append(f"more than {most} requests")
            loop.call_soon(task.cancel)

        self.watch.begin(hits, most=most, over=end, stop=lambda: loop.call_soon(task.cancel) and None)
        complete, error, crash = False, "", ""
        try:
            async with asyncio.timeout(_PATIENCE):
                result = await task
            complete = result.complete
        except TrunklineError as raised:
            error = type(raised).__name__
        except asyncio.CancelledError:
            error = "cancelled"
            crash = over[0] if over else ""
        except TimeoutError:
            crash = f"no end within {_PATIENCE} s"
        except Exception as raised:  # noqa: BLE001 -- whatever escapes is what is looked for
            crash = f"{type(raised).__name__}: {str(raised)[:120]}"
        self.watch.clear()
        found, after = self.archived(), self.truth()
        hidden = self.truth(hidden=True)
        lasting = {key: facts for key, facts in after.items() if before.get(key) == facts}
        return Run(
            complete=complete,
            error=error,
            crash=crash,
            requests=len(self.watch.paths),
            difference=compare(after, found, hidden),
            unproven=compare(lasting, {key: facts for key, facts in found.items() if key in lasting}),
        )


@contextlib.asynccontextmanager
async def subject(case: Case, bench: Bench) -> Any:
    """Open what a case needs, at the time when all cases begin."""
    bench.clock.move_to(NOW)
    where = str(_MEMORY) if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="soak-", dir=where) as folder:
        sandbox = Sandbox(seed=case.seed, calls=CALLS, days=DAYS, now=NOW)
        sandbox.faults = watch = Watch(case.interface)
        async with sandbox:
            made = Subject(case, bench, sandbox, watch, Path(folder))
            if case.scenario == LATER:
                await made.sync()
                made.later()
                made.work()
            yield made


async def baseline(case: Case, bench: Bench) -> Requests:
    """Return what a clean run asks for; RuntimeError if the archive isn't the world after it."""
    async with subject(case, bench) as tried:
        run = await tried.run()
        if run.crash or run.error or run.difference or not run.complete:
            msg = f"a clean run failed: {case}: {run}"
            raise RuntimeError(msg)
        return Requests(tuple(tried.watch.paths), tuple(tried.watch.lists))


async def soak(case: Case, requests: Requests, bench: Bench) -> Outcome:
    """Run a case."""
    outcome = Outcome(case, requests=requests)
    most = 5 * len(requests.paths) + 40
    bench.complaints.clear()
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: bench.complain(f"unawaited: {context.get('exception') or context['message']}")
    )
    async with subject(case, bench) as tried:
        outcome.runs.append(await tried.run(hits=case.hits, most=most))
        outcome.met += tried.watch.met
        for _ in range(CLEAN_RUNS):
            last = outcome.runs[-1]
            if len(outcome.runs) > 1 and last.complete and not last.difference:
                break
            tried.later()
            outcome.runs.append(await tried.run(most=most))
        if outcome.runs[-1].difference and allowed(case, "full"):
            tried.later()
            outcome.runs.append(await tried.run(most=most, full=True))
    _judge(outcome, bench)
    return outcome


def _judge(outcome: Outcome, bench: Bench) -> None:
    case, runs = outcome.case, outcome.runs
    last = runs[-1]
    for number, run in enumerate(runs):
        if run.crash:
            outcome.failures.append(f"run {number + 1}: {run.crash}")
        elif run.complete and run.unproven:
            _find(outcome, "later", f"complete in run {number + 1} without {_short(run.unproven)}")
        elif number and run.error:
            outcome.failures.append(f"clean run {number}: {run.error}")
    if last.difference:
        said = "complete" if last.complete else "not complete"
        _find(outcome, "extra" if not (last.difference.missing or last.difference.wrong) else "end",
              f"{said} at the end: {_short(last.difference)}")
    elif not last.complete and not last.crash:
        _find(outcome, "incomplete", "never complete, though equal")
    if len(runs) > 1 + CLEAN_RUNS and not last.difference:
        outcome.excused.append("healed by a full run")
    outcome.failures += bench.complaints
    _ = case


def _find(outcome: Outcome, what: str, text: str) -> None:
    (outcome.excused if allowed(outcome.case, what) else outcome.failures).append(text)


def _short(difference: Difference) -> str:
    return str(difference)


__all__ = ["CANCEL", "Bench", "Outcome", "Run", "baseline", "bench", "soak", "subject"]
