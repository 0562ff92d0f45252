"""Which cases a soak of so many runs has: singles first, spread evenly, then pairs, stopped runs and polls."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from trunkline.sandbox import Sandbox

from ._soak_cases import CANCEL, FIRST, KILL, LATER, POLL, SYNC, Case, Requests, pairs, singles
from ._soak_run import Bench, baseline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

type Baselines = dict[tuple[str, str], Requests]

# Of a hundred runs so many are single faults, pairs, cancelled and killed runs; the rest are polls of Home Assistant.
_SHARES = ((SYNC, 20), (CANCEL, 6), (KILL, 2), (POLL, 5))
_SINGLES = 67


async def baselines(interfaces: Sequence[str], seed: int, bench: Bench) -> Baselines:
    """Return what clean runs ask for."""
    return {
        (interface, scenario): await baseline(Case(interface, SYNC, scenario, seed, ()), bench)
        for interface in interfaces
        for scenario in (FIRST, LATER)
    }


def plan(runs: int, seed: int, world: int, known: Baselines) -> list[Case]:
    """Return the cases; the same for the same numbers."""
    random = Random(seed)
    wires = Sandbox(calls=0).wires
    every = [
        case
        for (interface, scenario), requests in known.items()
        for case in singles(
            interface,
            scenario,
            world,
            requests,
            getattr(wires[interface], "list_form", None),
            xml=interface.startswith("mor"),
        )
    ]
    chosen = _spread(random, every)[: max(1, runs * _SINGLES // 100)]
    for via, share in _SHARES:
        chosen += pairs(random, every, runs * share // 100, via)
    chosen += pairs(random, every, max(0, runs - len(chosen)))
    return chosen[:runs]


def _spread(random: Random, cases: Iterable[Case]) -> list[Case]:
    """Return the cases in an order in which each interface and fault comes once before any comes twice."""
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.interface, case.hits[0].label), []).append(case)
    for group in groups.values():
        random.shuffle(group)
    order = list(groups.values())
    random.shuffle(order)
    longest = max(map(len, order), default=0)
    return [group[at] for at in range(longest) for group in order if at < len(group)]
