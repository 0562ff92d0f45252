"""Runs many syncs over lying and failing servers, and checks that each ends in an archive equal to the world."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from ._parser import Parser
from ._soak_cases import Case
from ._soak_plan import Baselines, baselines, plan
from ._soak_report import excused, failures, met_table
from ._soak_run import Bench, Outcome, bench, soak
from ._soak_world import INTERFACES

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARE = 300


async def _run(cases: Sequence[Case], known: Baselines, made: Bench) -> list[Outcome]:
    outcomes = []
    for number, case in enumerate(cases, 1):
        outcomes.append(await soak(case, known[case.interface, case.scenario], made))
        if sys.stderr.isatty() or number % 500 == 0:
            failed = sum(bool(outcome.failures) for outcome in outcomes)
            print(f"{number} of {len(cases)}, {failed} failed", file=sys.stderr)
    return outcomes


async def _all(options, made: Bench) -> list[Outcome]:
    if options.case:
        cases = [Case.read(options.case)]
        known = await baselines([cases[0].interface], cases[0].seed, made)
        return await _run(cases, known, made)
    interfaces = [options.interface] if options.interface else list(INTERFACES)
    known = await baselines(interfaces, options.seed, made)
    return await _run([case for case in plan(options.runs, options.seed, options.seed, known) if case.via in {"sync","cancel"}], known, made)


def main(arguments=None) -> int:
    parser = Parser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--interface", choices=INTERFACES)
    parser.add_argument("--case")
    options = parser.parse_args(arguments)
    start = time.clock_gettime(time.CLOCK_MONOTONIC)
    with bench() as made:
        outcomes = asyncio.run(_all(options, made))
    for line in met_table(outcomes):
        print(line)
    if options.case:
        for run in outcomes[0].runs:
            print(run)
    for line in failures(outcomes):
        print(line)
    print("allowed by the table of proofs:")
    for line in excused(outcomes):
        print("  ", line)
    failed = sum(bool(outcome.failures) for outcome in outcomes)
    print(f"seed {options.seed}: {len(outcomes)} runs, {failed} failed, {time.clock_gettime(time.CLOCK_MONOTONIC) - start:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
