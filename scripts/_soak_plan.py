"""Which cases a soak of so many runs has: single faults, pairs of them, stopped runs, and polls of Home Assistant.

Single faults come in an order that is spread over interfaces and faults: first each fault once at each request, then
the same with its other options.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from trunkline.sandbox import Sandbox

from ._soak_cases import CANCEL, FIRST, KILL, LATER, POLL, STOP, SYNC, Case, Hit, Requests, singles
from ._soak_run import baseline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ._soak_bench import Bench

type Kind = tuple[str, str, str]
type Baselines = dict[Kind, Requests]

# Of a hundred runs so many are pairs of faults, polls, cancelled and killed runs; the rest are single faults.
_PAIRS, _POLLS, _CANCELLED, _KILLED = 20, 6, 6, 2
_POLLED_PAIRS, _STOPPED_WITH_FAULT = 0.3, 0.5


def kind_of(case: Case) -> Kind:
    """Return which clean run a case is to be compared with: a stopped run asks for what any does."""
    return case.interface, POLL if case.via == POLL else SYNC, case.scenario


async def baselines(kinds: Iterable[Kind], seed: int, bench: Bench) -> Baselines:
    """Return what clean runs ask for."""
    return {
        (interface, via, scenario): await baseline(Case(interface, via, scenario, seed, ()), bench)
        for interface, via, scenario in kinds
    }


def kinds_of(interfaces: Sequence[str]) -> list[Kind]:
    """Return the clean runs that a soak of these interfaces needs."""
    return [
        (interface, via, scenario) for interface in interfaces for via in (SYNC, POLL) for scenario in (FIRST, LATER)
    ]


def plan(runs: int, seed: int, known: Baselines) -> list[Case]:
    """Return the cases: the same for the same numbers. The world has the same seed."""
    random = Random(seed)  # noqa: S311 -- it chooses cases
    wires: dict[str, Any] = dict(Sandbox(calls=0).wires)
    every = [
        case
        for (interface, via, scenario), requests in known.items()
        for case in singles(
            Case(interface, via, scenario, seed, ()),
            requests,
            getattr(wires[interface], "list_form", None),
            xml=interface.startswith("mor"),
        )
    ]
    synced, polled = ([case for case in every if case.via == via] for via in (SYNC, POLL))
    others = [
        *_pairs(random, synced, runs * _PAIRS // 100),
        *_polls(random, polled, runs * _POLLS // 100),
        *_stops(random, CANCEL, synced, known, runs * _CANCELLED // 100),
        *_stops(random, KILL, synced, known, runs * _KILLED // 100),
    ]
    once = _each_once(random, synced)
    chosen = {*once}
    alone = [*_spread(random, once), *_spread(random, (case for case in synced if case not in chosen))]
    alone = alone[: runs - len(others)]
    return [*alone, *others, *_pairs(random, synced, runs - len(others) - len(alone))]


def _pairs(random: Random, cases: Sequence[Case], count: int) -> Iterator[Case]:
    for one, other in _drawn(random, cases, count):
        yield _with(one, one.hits[0], other.hits[0])


def _polls(random: Random, cases: Sequence[Case], count: int) -> Iterator[Case]:
    for one, other in _drawn(random, cases, count):
        yield _with(one, one.hits[0], other.hits[0]) if random.random() < _POLLED_PAIRS else one


def _stops(random: Random, via: str, cases: Sequence[Case], known: Baselines, count: int) -> Iterator[Case]:
    for one, _ in _drawn(random, cases, count):
        stop = Hit(STOP, random.randint(1, len(known[kind_of(one)].paths)))
        hits = (stop, one.hits[0]) if random.random() < _STOPPED_WITH_FAULT else (stop,)
        yield Case(one.interface, via, one.scenario, one.seed, _in_order(*hits))


def _drawn(random: Random, cases: Sequence[Case], count: int) -> Iterator[tuple[Case, Case]]:
    """Yield two cases of the same clean run, each clean run as often as any other."""
    groups: dict[Kind, list[Case]] = {}
    for case in cases:
        groups.setdefault(kind_of(case), []).append(case)
    order = list(groups.values())
    random.shuffle(order)
    for number in range(count):
        group = order[number % len(order)]
        yield random.choice(group), random.choice(group)


def _with(case: Case, *hits: Hit) -> Case:
    return Case(case.interface, case.via, case.scenario, case.seed, _in_order(*hits))


def _in_order(*hits: Hit) -> tuple[Hit, ...]:
    return tuple(sorted(hits, key=lambda hit: hit.at))


def _each_once(random: Random, cases: Sequence[Case]) -> list[Case]:
    """Return a case of each fault at each request of each interface, with one of its options."""
    groups: dict[tuple[object, ...], list[Case]] = {}
    for case in cases:
        (hit,) = case.hits
        groups.setdefault((kind_of(case), hit.kind, hit.lasting, hit.at), []).append(case)
    return [random.choice(group) for group in groups.values()]


def _spread(random: Random, cases: Iterable[Case]) -> list[Case]:
    """Return the cases in an order in which each interface and fault comes once before any comes twice."""
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.interface, case.hits[0].kind), []).append(case)
    for group in groups.values():
        random.shuffle(group)
    order = list(groups.values())
    random.shuffle(order)
    longest = max(map(len, order), default=0)
    return [group[at] for at in range(longest) for group in order if at < len(group)]
