"""What a sync may leave undone, by interface and fault, and why: the table of proofs, read from its other side."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from trunkline.sandbox.faults.rules import CALL_LIST_KINDS

from ._soak_interfaces import INTERFACES

if TYPE_CHECKING:
    from ._soak_cases import Case

LATER, FULL, EXTRA, INCOMPLETE, ASIDE = "later", "full", "extra", "incomplete", "aside"
# Lists that are read by days are proven by two readings that agree.
_BY_DAYS = ("voip24h", "voip24h-v3", "mor", "mor-api")


class Rule(NamedTuple):
    """What may be after a fault whose label begins so; an interface or several, "" for a fault of any kind.

    `what` is what may be: LATER, a run says that it is complete although it isn't, and a later run finds it; FULL, only
    a run that reads everything again finds it; EXTRA, calls that the lie invented stay; INCOMPLETE, no run says that it
    is complete; ASIDE, a row that the lie spoilt stays among the unreadable ones. With `lasting`, only if the fault
    lasts for the whole run; with `twice`, only if the run has two faults of lists.
    """

    interfaces: tuple[str, ...]
    fault: str
    what: frozenset[str]
    why: str
    lasting: bool = False
    twice: bool = False


RULES = (
    Rule(
        INTERFACES,
        "wrong_value",
        frozenset({LATER, FULL}),
        "a value that could be true can't be told from a true one until the row is read again",
    ),
    Rule(("mor",), "wrong_value duration", frozenset({EXTRA}), "a row without an id is another call"),
    Rule(INTERFACES, "unreadable_row id", frozenset({LATER, EXTRA, ASIDE}), "a row with another id is another call"),
    Rule(INTERFACES, "endless_list", frozenset({EXTRA}), "invented calls are calls that the provider deleted later"),
    Rule(
        INTERFACES,
        "empty_list zero",
        frozenset({LATER}),
        "a list that says in every reply that it has no calls, and has none, agrees with itself",
        lasting=True,
    ),
    Rule(
        _BY_DAYS,
        "empty_list",
        frozenset({LATER}),
        "two readings that agree are the proof, and the next run reads once more",
        lasting=True,
    ),
    Rule(
        _BY_DAYS,
        "",
        frozenset({LATER}),
        "two readings that agree are the proof, and the next run reads once more",
        twice=True,
    ),
)


def allowed(case: Case, what: str) -> bool:
    """Return whether something may be undone after a case, by what any of its faults allows."""
    twice = sum(hit.kind in CALL_LIST_KINDS for hit in case.hits) > 1
    return any(
        what in rule.what
        and case.interface in rule.interfaces
        and hit.label.startswith(rule.fault)
        and (hit.lasting or not rule.lasting)
        and (twice or not rule.twice)
        for hit in case.hits
        for rule in RULES
    )
