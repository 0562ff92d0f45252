"""What the archive must hold of a simulated office: written from the world alone, without the clients' readers."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from trunkline.model import Status
from trunkline.sandbox import Outcome
from trunkline.sandbox.mor import formats
from trunkline.sandbox.simotel.lists.feed import Entry
from trunkline.sandbox.voip24h import localization
from trunkline.sandbox.voip24h.v3 import row_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.model import Call
    from trunkline.sandbox import CallRow, Office, Sandbox

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
_RIAL_A_EURO = 10_000
_WITH_CONGESTION = {
    Outcome.ANSWERED: Status.ANSWERED,
    Outcome.BUSY: Status.BUSY,
    Outcome.NO_ANSWER: Status.NO_ANSWER,
    Outcome.CONGESTION: Status.CONGESTION,
}
# Their list has no word for congestion, and calls it a failure.
_FAILED = _WITH_CONGESTION | {Outcome.CONGESTION: Status.FAILED}


class Facts(NamedTuple):
    """What is compared of a call: its start in seconds since the epoch, status, seconds of talk, and price."""

    start: float
    status: Status
    talk: int | None
    price: Decimal | None


class Difference(NamedTuple):
    """How an archive differs from the world: calls that it lacks, has beyond it, and has wrongly."""

    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is a difference."""
        return bool(self.missing or self.extra or self.wrong)

    def __str__(self) -> str:
        """Count the differences."""
        named = {"missing": self.missing, "extra": self.extra, "wrong": self.wrong}
        return ", ".join(f"{len(keys)} {name}" for name, keys in named.items() if keys) or "equal"


def office_of(sandbox: Sandbox, wire: str) -> Office:
    """Return the office of a wire's first account."""
    return sandbox.world.offices[sandbox.accounts[wire][0].office]


def truth(sandbox: Sandbox, wire: str, *, hidden: bool = False) -> dict[str, Facts]:
    """Return the calls of a wire's first account by their key; `hidden` adds those that are no longer listed."""
    office = office_of(sandbox, wire)
    positions: Iterable[int] = range(office.calls.recorded) if hidden else office.calls.listed()
    counted: Counter[str] = Counter()
    return {_numbered(_key(sandbox, wire, office, at), counted): _facts(wire, office.calls[at]) for at in positions}


def archived(wire: str, calls: Iterable[Call]) -> dict[str, Facts]:
    """Return the calls of an archive by the same keys."""
    counted: Counter[str] = Counter()
    return {
        _numbered(_key_of_call(wire, call), counted): Facts(
            -1.0 if call.started_at is None else call.started_at.timestamp(),
            call.status,
            call.talk,
            None if call.price is None else call.price.amount,
        )
        for call in calls
    }


def compare(expected: dict[str, Facts], found: dict[str, Facts], allowed: Iterable[str] = ()) -> Difference:
    """Compare an archive with the world; keys of `allowed` may be there in any form."""
    permitted = set(allowed)
    return Difference(
        missing=tuple(sorted(expected.keys() - found.keys())),
        extra=tuple(sorted(found.keys() - expected.keys() - permitted)),
        wrong=tuple(sorted(key for key in expected.keys() & found.keys() if expected[key] != found[key])),
    )


def _facts(wire: str, row: CallRow) -> Facts:
    outcome = Outcome(row.outcome)
    match wire:
        case "voipano":
            # A report has no time but that in its id, which is made when the call ends.
            return Facts(row.ended_at, Status.UNKNOWN, None, None)
        case "telefonchy":
            return Facts(row.started_at, _WITH_CONGESTION[outcome], row.talk, Decimal(row.price))
        case "voip24h":
            return Facts(row.started_at, _WITH_CONGESTION[outcome], row.talk, None)
        case "mor":
            return Facts(row.started_at, _FAILED[outcome], row.talk, Decimal(row.price) / _RIAL_A_EURO)
        case "mor-api":
            return Facts(row.started_at, _WITH_CONGESTION[outcome], row.talk, Decimal(row.price) / _RIAL_A_EURO)
        case _:
            return Facts(row.started_at, _FAILED[outcome], row.talk, None)


def _key(sandbox: Sandbox, wire: str, office: Office, at: int) -> str:
    world, row = sandbox.world, office.calls[at]
    server: Any = sandbox.wires[wire]
    match wire:
        case "voipano":
            return str(server._object_id(office, at))  # noqa: SLF001 -- its id is made there
        case "voip24h":
            return localization.unique_id(office, at)
        case "voip24h-v3":
            return row_id(office, at)
        case "simotel":
            return str(server._exchanges[office.position].records.feed.row_id(Entry(at, 0)))  # noqa: SLF001
        case "mor":
            ends = formats.ends(world, office, at)
            length = row.talk if row.outcome == Outcome.ANSWERED else row.wait
            return f"{row.started_at}|{ends.source}|{ends.destination}|{length}"
        case _:
            return str(row.call_id)


def _key_of_call(wire: str, call: Call) -> str:
    if wire != "mor":
        return call.call_id
    # These rows have no id: what makes one is compared instead.
    started = -1 if call.started_at is None else int(call.started_at.timestamp())
    length = call.talk if call.status is Status.ANSWERED else call.wait
    return f"{started}|{call.source.number}|{call.destination.number}|{length}"


def _numbered(key: str, counted: Counter[str]) -> str:
    counted[key] += 1
    return key if counted[key] == 1 else f"{key}#{counted[key]}"
