"""What a soak prints: how often each fault met each request, what failed and how to repeat it, and what was excused."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ._soak_run import Outcome


def met_table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield a table for each interface: a line for each fault, a column for each request of a run."""
    met: dict[str, Counter[tuple[str, int]]] = defaultdict(Counter)
    for outcome in outcomes:
        met[outcome.case.interface] += outcome.met
    for interface, counts in met.items():
        widest = max(number for _, number in counts)
        last = min(widest, max(len(outcome.requests.paths) for outcome in outcomes if outcome.case.interface == interface))
        yield f"{interface}: how often each fault met each request"
        yield f"  {'fault':42}" + "".join(f"{number:>5}" for number in range(1, last + 1)) + "  later"
        for fault in sorted({fault for fault, _ in counts}):
            cells = "".join(f"{counts[fault, number] or '.':>5}" for number in range(1, last + 1))
            beyond = sum(count for (name, number), count in counts.items() if name == fault and number > last)
            yield f"  {fault[:42]:42}{cells}{beyond or '.':>7}"
        yield ""


def failures(outcomes: Iterable[Outcome], *, most: int = 10_000) -> Iterator[str]:
    """Yield what failed, grouped by interface and fault, each with the command that repeats one case of it."""
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.failures:
            groups[outcome.case.interface, " + ".join(hit.label for hit in outcome.case.hits)].append(outcome)
    for (interface, fault), failed in sorted(groups.items())[:most]:
        first = failed[0]
        yield f"{interface}: {fault}: {len(failed)} failed"
        for text in first.failures:
            yield f"    {text}"
        yield f"    scripts/soak --case '{first.case}'"


def excused(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yield what the table of proofs allowed, counted by interface and fault."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for outcome in outcomes:
        for text in {_kind(text) for text in outcome.excused}:
            for hit in outcome.case.hits:
                counts[outcome.case.interface, hit.kind, text] += 1
    for (interface, fault, text), count in sorted(counts.items()):
        yield f"{interface}: {fault}: {text}: {count}"


def _kind(text: str) -> str:
    for start in ("complete in run", "healed", "never complete"):
        if text.startswith(start):
            return start
    return text.partition(":")[0]
