"""What a sync may leave undone, by interface and fault, and why: the counterpart of the table of proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ._soak_cases import Case

EVERY = "*"


class Rule(NamedTuple):
    """An exception for an interface and a fault (its label begins so).

    `what` is what may be: "later" (a run says that it is complete although it isn't, and a later run finds it), "full"
    (only a run that reads everything again finds it), "extra" (calls that the lie invented stay), "incomplete" (no run
    says that it is complete).
    """

    interface: str
    fault: str
    what: frozenset[str]
    why: str


_VALUE = "a value that could be true can't be told from a true one until the row is read again"
RULES = (
    Rule(EVERY, "wrong_value", frozenset({"later", "full"}), _VALUE),
    Rule("mor", "wrong_value duration", frozenset({"extra"}), "a row without an id is another call"),
    Rule(EVERY, "unreadable_row id", frozenset({"later", "extra"}), "any text can be an id"),
    Rule(EVERY, "endless_list", frozenset({"extra"}), "invented calls are calls that the provider deleted later"),
)


def allowed(case: Case, what: str) -> bool:
    """Return whether something may be undone after a case, by what any of its faults allows."""
    return any(
        rule.interface in {EVERY, case.interface} and hit.label.startswith(rule.fault) and what in rule.what
        for hit in case.hits
        for rule in RULES
    )
