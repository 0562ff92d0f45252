"""Runs many syncs over failing and lying servers, and checks that the archive equals the simulated world in the end.

Each case has a small world, a run with one or two faults (or one that is stopped or killed), and up to three clean
runs. Every interface is read, by `sync_account` and by Home Assistant's polling. It fails if the archive differs at the
end, if a run says that it is complete although calls are missing, if it doesn't end, or if it raises anything but
Trunkline's own errors. What can't be proven is listed in scripts/_soak_proofs.py.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from ._parser import Parser
from ._soak_bench import bench
from ._soak_cases import Case
from ._soak_plan import baselines, kind_of, kinds_of, plan
from ._soak_report import excused, failures, met_table
from ._soak_run import soak
from ._soak_world import INTERFACES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ._soak_bench import Bench
    from ._soak_plan import Baselines
    from ._soak_run import Outcome

RUNS, SHARE = 5000, 240
_SEED = 7
_CHUNK = 100


async def _learn(interfaces: Sequence[str], seed: int, made: Bench) -> Baselines:
    return await baselines(kinds_of(interfaces), seed, made)


async def _soak_all(cases: Sequence[Case], known: Baselines, made: Bench) -> list[Outcome]:
    return [await soak(case, known[kind_of(case)], made) for case in cases]


def run_cases(cases: Sequence[Case], known: Baselines) -> list[Outcome]:
    """Run cases one after the other."""
    with bench() as made:
        return asyncio.run(_soak_all(cases, known, made))


def run_all(
    cases: Sequence[Case], known: Baselines, *, processes: int, tell: Callable[[int, int], None]
) -> list[Outcome]:
    """Run cases, in several processes if asked; `tell` gets how many are done and how many failed."""
    chunks = [cases[at : at + _CHUNK] for at in range(0, len(cases), _CHUNK)]
    run = partial(run_cases, known=known)
    outcomes: list[Outcome] = []

    def add(some: list[Outcome]) -> None:
        outcomes.extend(some)
        tell(len(outcomes), sum(bool(outcome.failures) for outcome in outcomes))

    if processes == 1:
        for chunk in chunks:
            add(run(chunk))
    else:
        # A fork would copy what Home Assistant and the clock keep; each process starts afresh.
        with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
            for some in pool.map(run, chunks):
                add(some)
    return outcomes


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(prog="scripts/soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=RUNS, help="number of runs (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=_SEED, help="chooses the world and the cases (default: %(default)s)"
    )
    parser.add_argument("--interface", choices=INTERFACES, help="only this interface")
    parser.add_argument("--share", action="store_true", help=f"a short soak of {SHARE} runs")
    parser.add_argument("--processes", type=int, default=1, help="run in parallel (default: %(default)s)")
    parser.add_argument("--case", help="repeat one case, as a failure is printed, and show each of its runs")
    options = parser.parse_args(arguments)
    if options.runs < 1 or options.processes < 1:
        parser.error("--runs and --processes must be at least 1")
    try:
        options.case = None if options.case is None else Case.read(options.case)
    except ValueError as error:
        parser.error(str(error))
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a soak and print what came of it; return 1 if anything failed."""
    options = _options(arguments)
    began = time.clock_gettime(time.CLOCK_MONOTONIC)
    with bench() as made:
        if options.case:
            known = asyncio.run(baselines([kind_of(options.case)], options.case.seed, made))
            cases = [options.case]
        else:
            interfaces = [options.interface] if options.interface else INTERFACES
            known = asyncio.run(_learn(interfaces, options.seed, made))
            cases = plan(SHARE if options.share else options.runs, options.seed, known)

    def tell(done: int, failed: int) -> None:
        print(f"{done} of {len(cases)} runs, {failed} failed", file=sys.stderr, flush=True)

    outcomes = run_all(cases, known, processes=options.processes, tell=tell)
    for line in met_table(outcomes):
        print(line)
    if options.case:
        print(*(f"run {number}: {run}" for number, run in enumerate(outcomes[0].runs, 1)), sep="\n")
    print(*failures(outcomes), sep="\n")
    print("Allowed by the table of proofs:", *excused(outcomes), sep="\n")
    failed = sum(bool(outcome.failures) for outcome in outcomes)
    seconds = time.clock_gettime(time.CLOCK_MONOTONIC) - began
    print(f"seed {options.seed}: {len(outcomes)} runs, {failed} failed, {seconds:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
