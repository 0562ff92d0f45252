"""What a sync may leave undone, by interface and fault, and why: the table of proofs, read from its other side."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from trunkline.sandbox.faults.rules import CALL_LIST_KINDS

from ._soak_interfaces import INTERFACES

if TYPE_CHECKING:
    from ._soak_cases import Case

LASTING, TWICE, UPDATE = "lasting", "twice", "update"
LATER, FULL, EXTRA, INCOMPLETE, ASIDE, REPORTED = "later", "full", "extra", "incomplete", "aside", "reported"
# Lists that are read by days are proven by two readings that agree.
_WITHOUT_COUNTS = ("voip24h", "voip24h-v3")
_BY_DAYS = (*_WITHOUT_COUNTS, "mor", "mor-api")


class Rule(NamedTuple):
    """What may be after a fault whose label begins so, "" for any fault.

    `what` is what may be: LATER, a run says that it is complete although it isn't, and a later run finds it; FULL, only
    a run that reads everything again finds it; EXTRA, calls that the lie invented stay; INCOMPLETE, no run says that it
    is complete; ASIDE, a row that the lie spoilt stays among the unreadable ones; REPORTED, a run is complete but for
    rows that it kept aside and counted. `only` is when: LASTING, if the fault
    lasts for the whole run; TWICE, if the run has two faults of lists; UPDATE, if an earlier run was complete.
    """

    interfaces: tuple[str, ...]
    fault: str
    what: frozenset[str]
    why: str
    only: str = ""


_AGREES = "two readings that agree are the proof, and the next run reads once more"
_NOTHING_NEW = "a reply that says that nothing is new, with counts that agree, is believed until the next run"
RULES = (
    Rule(
        INTERFACES,
        "wrong_value",
        frozenset({LATER, FULL}),
        "a value that could be true can't be told from a true one until the row is read again",
    ),
    Rule(("mor",), "wrong_value duration", frozenset({EXTRA}), "a row without an id is another call"),
    Rule(
        INTERFACES,
        "unreadable_row id",
        frozenset({EXTRA, ASIDE}),
        "a row with another id is another call, and one without an id can't be found again",
    ),
    Rule(INTERFACES, "unreadable_row", frozenset({REPORTED}), "a row that can't be read is kept aside and reported"),
    Rule(INTERFACES, "endless_list", frozenset({EXTRA}), "invented calls are calls that the provider deleted later"),
    Rule(
        INTERFACES,
        "endless_list",
        frozenset({LATER}),
        "a list in which every reply states new calls and counts them agrees with itself",
        LASTING,
    ),
    Rule(
        INTERFACES,
        "empty_list zero",
        frozenset({LATER}),
        "a list that says in every reply that it has no calls, and has none, agrees with itself",
        LASTING,
    ),
    Rule(
        ("telefonchy", "voipano"),
        "no_total",
        frozenset({LATER}),
        "a list that never had a paginator is proven by two readings that agree",
        LASTING,
    ),
    Rule(_BY_DAYS, "empty_list", frozenset({LATER}), _AGREES, LASTING),
    Rule(_BY_DAYS, "same_page", frozenset({LATER}), _AGREES, LASTING),
    Rule(_BY_DAYS, "", frozenset({LATER}), _AGREES, TWICE),
    Rule(INTERFACES, "stale", frozenset({LATER}), _NOTHING_NEW, UPDATE),
    Rule(INTERFACES, "empty_list zero", frozenset({LATER}), _NOTHING_NEW, UPDATE),
    Rule(("mor", "mor-api"), "short_list", frozenset({LATER}), _NOTHING_NEW, UPDATE),
    Rule(("telefonchy", "voipano"), "short_list 3 start adjusted", frozenset({LATER}), _NOTHING_NEW, UPDATE),
    Rule(_WITHOUT_COUNTS, "empty_list", frozenset({LATER}), _NOTHING_NEW, UPDATE),
    Rule(_WITHOUT_COUNTS, "short_list", frozenset({LATER}), _NOTHING_NEW, UPDATE),
    Rule(_WITHOUT_COUNTS, "other_page", frozenset({LATER}), _NOTHING_NEW, UPDATE),
)


def allowed(case: Case, what: str) -> bool:
    """Return whether something may be undone after a case, by what any of its faults allows."""
    twice = sum(hit.kind in CALL_LIST_KINDS for hit in case.hits) > 1
    update = case.scenario == "later"
    return any(
        what in rule.what
        and case.interface in rule.interfaces
        and hit.label.startswith(rule.fault)
        and {"": True, LASTING: hit.lasting, TWICE: twice, UPDATE: update}[rule.only]
        for hit in case.hits
        for rule in RULES
    )
