"""A whole soak: the cases that were asked for, in one process or several, and what is printed of them."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from ._soak_bench import bench
from ._soak_plan import baselines, kind_of, kinds_of, plan
from ._soak_report import excused, failures, met_table
from ._soak_run import soak

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._soak_bench import Bench
    from ._soak_cases import Case
    from ._soak_plan import Baselines, Kind
    from ._soak_run import Outcome

_CHUNK = 50
# Home Assistant's own loop, where its tests have made it the default, would stand still with the clock.
_LOOP = asyncio.SelectorEventLoop


def learn(kinds: Sequence[Kind], seed: int) -> Baselines:
    """Return what clean runs ask for."""
    with bench() as made:
        return asyncio.run(baselines(kinds, seed, made), loop_factory=_LOOP)


def run_cases(cases: Sequence[Case], known: Baselines) -> list[Outcome]:
    """Run cases one after the other."""

    async def run_each(made: Bench) -> list[Outcome]:
        return [await soak(case, known[kind_of(case)], made) for case in cases]

    with bench() as made:
        return asyncio.run(run_each(made), loop_factory=_LOOP)


def run_all(cases: Sequence[Case], known: Baselines, processes: int) -> Iterator[Outcome]:
    """Yield the outcomes in the order of the cases, which run in so many processes."""
    chunks = [cases[at : at + _CHUNK] for at in range(0, len(cases), _CHUNK)]
    run = partial(run_cases, known=known)
    if processes == 1:
        for chunk in chunks:
            yield from run(chunk)
        return
    # A fork would copy the clock, and what Home Assistant keeps; each process starts afresh.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for outcomes in pool.map(run, chunks):
            yield from outcomes


def repeat(case: Case) -> int:
    """Run one case, print each of its runs, and return 1 if it failed."""
    (outcome,) = run_cases([case], learn([kind_of(case)], case.seed))
    for number, run in enumerate(outcome.runs, 1):
        print(f"run {number}: {run}")
    for text in outcome.excused:
        print(f"allowed: {text}")
    for text in outcome.failures:
        print(f"FAILED: {text}")
    return 1 if outcome.failures else 0


def run_soak(runs: int, seed: int, interfaces: Sequence[str], processes: int) -> int:
    """Run a soak and print what came of it; return 1 if anything failed."""
    began = time.monotonic()
    print(f"seed {seed}", flush=True)
    known = learn(kinds_of(interfaces), seed)
    cases = plan(runs, seed, known)
    outcomes: list[Outcome] = []
    for outcome in run_all(cases, known, processes):
        outcomes.append(outcome)
        if outcome.failures:
            print(f"FAILED {outcome.case}: {outcome.failures[0]}", file=sys.stderr, flush=True)
        if len(outcomes) % 500 == 0:
            print(f"{len(outcomes)} of {len(cases)} runs", file=sys.stderr, flush=True)
    print(*met_table(outcomes), sep="\n")
    print("Allowed by the table of proofs (scripts/_soak_proofs.py):", *excused(outcomes), sep="\n")
    print(*failures(outcomes), sep="\n")
    failed = sum(bool(outcome.failures) for outcome in outcomes)
    print(f"seed {seed}: {len(outcomes)} runs, {failed} failed, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0
