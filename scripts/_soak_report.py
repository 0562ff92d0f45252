"""What a soak prints: how often each fault met each request, what failed and how to repeat it, and what was allowed."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ._soak_run import Outcome

_FAULT, _CELL = 34, 4


def met_table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield a table for each interface: a line for each fault, a column for each request of a clean run.

    The last column counts the requests that only a run with faults makes.
    """
    met: dict[str, Counter[tuple[str, int]]] = defaultdict(Counter)
    columns: Counter[str] = Counter()
    for outcome in outcomes:
        interface = outcome.case.interface
        met[interface] += outcome.met
        columns[interface] = max(columns[interface], len(outcome.requests.paths))
    for interface, counts in sorted(met.items()):
        numbers = range(1, columns[interface] + 1)
        yield f"{interface}: how often each fault met each request of a run"
        yield f"  {'':{_FAULT}}" + "".join(f"{number:>{_CELL}}" for number in numbers) + "  more"
        for fault in sorted({fault for fault, _ in counts}):
            cells = "".join(f"{counts[fault, number] or '.':>{_CELL}}" for number in numbers)
            more = sum(count for (name, number), count in counts.items() if name == fault and number not in numbers)
            yield f"  {fault[:_FAULT]:{_FAULT}}{cells}{more or '.':>6}"
        yield ""


def failures(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yield what failed, by interface and fault, each with the command that repeats one such case."""
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.failures:
            case = outcome.case
            how = "" if case.via == "sync" else f" ({case.via})"
            groups[case.interface, " + ".join(hit.label for hit in case.hits) + how].append(outcome)
    for (interface, fault), failed in sorted(groups.items()):
        yield f"FAILED {interface}: {fault}: {len(failed)}"
        for text in failed[0].failures:
            yield f"    {text}"
        yield f"    scripts/soak --case '{failed[0].case}'"


def excused(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yield what the table of proofs allowed, counted by interface and fault."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for outcome in outcomes:
        faults = " + ".join(sorted({hit.kind for hit in outcome.case.hits}))
        counts.update((outcome.case.interface, faults, text) for text in {_kind(text) for text in outcome.excused})
    for (interface, faults, text), count in sorted(counts.items()):
        yield f"  {interface}: {faults}: {text}: {count}"


def _kind(text: str) -> str:
    return "complete, found by a later run" if text.startswith("complete in run") else text.partition(":")[0]
