"""The simulated company: its offices, lines, people and calls, and what they cost.

All wires share one world. Money is an integer number of rial; times are seconds since the epoch (UTC).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .calls import CallRow, Direction, Outcome
from .clock import Clock
from .ongoing import OngoingCall, OngoingCalls, Stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from random import Random

    from .office import Office

CREDIT_LIFE = 90 * 86400
_FIRST_REQUEST = 900000
_FIRST_CONTACT = 90000
# The document's sample call waits 6 s and pays 17 for it.
_WAIT_PRICE, _WAIT_SECONDS = 17, 6
_INCOMING_MINUTE, _MOBILE_MINUTE, _LANDLINE_MINUTE, _RECORD_MINUTE = 170, 950, 420, 25


@dataclass(frozen=True, slots=True)
class Contact:
    """An entry of the company's phonebook; most fields may be empty."""

    contact_id: int
    location: str | None = None
    name: str | None = field(default=None, repr=False)
    company: str | None = None
    email: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody outside: the national number without its leading zero."""

    number: str = field(repr=False)
    contact: Contact | None = None

    @property
    def mobile(self) -> bool:
        """Whether a call there pays the mobile rate."""
        return self.number.startswith("9")


@dataclass(frozen=True, slots=True)
class PlacedCalls:
    """How placed calls go: seconds before it rings, until it is answered, and of talk."""

    delay: int = 0
    wait: int = 2
    talk: int = 4
    outcome: Outcome = Outcome.ANSWERED


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call of an office that was recorded; `announced` is whether it is pushed."""

    office: Office
    position: int
    announced: bool


def per_minute(seconds: int, rate: int) -> int:
    """Price the started minutes."""
    return -(-seconds // 60) * rate


def price_parts(
    direction: int, *, mobile: bool, package: bool, wait: int, talk: int, recorded: bool
) -> tuple[int, int, int, int]:
    """Price a call: (wait, talk, record, saved) in rial; the package covers talk to landlines."""
    if direction == Direction.LOCAL:
        return 0, 0, 0, 0
    price_wait = wait * _WAIT_PRICE // _WAIT_SECONDS
    if not talk:
        return price_wait, 0, 0, 0
    outgoing = _MOBILE_MINUTE if mobile else _LANDLINE_MINUTE
    rate = _INCOMING_MINUTE if direction == Direction.INCOMING else outgoing
    price_talk = per_minute(talk, rate)
    saved = price_talk if package and direction == Direction.OUTGOING and not mobile else 0
    return price_wait, price_talk, per_minute(talk, _RECORD_MINUTE) if recorded else 0, saved


class World:
    """The company, its clock, and everything that was called; deterministic for a seed, a start and the requests."""

    def __init__(self, *, draw: Random, now: datetime | None, parties: list[Party]) -> None:
        """Create an empty world; `build_world` gives it offices and a past."""
        self.random = draw
        self.clock = Clock(now)
        self.offices: tuple[Office, ...] = ()
        self.parties = parties
        self.placed = PlacedCalls()
        self.on_ended: list[Callable[[CallEnded], None]] = []
        self.on_stage: list[Callable[[OngoingCall, Stage], None]] = []
        self.next_call_id = 71000
        # State that several wires of one provider share, by its class.
        self.shared: dict[type, Any] = {}
        self._numbers = {party.number: at for at, party in enumerate(parties)}
        self._ongoing = OngoingCalls()
        self._placed_so_far = self._begun_so_far = 0

    def party(self, number: str) -> int:
        """Find or make the party of an outside number, in whatever national form it comes."""
        bare = number.lstrip("+")
        bare = bare.removeprefix("0098").removeprefix("98") if len(bare) > len("9120000000") else bare
        bare = bare.lstrip("0") or "0"
        if bare not in self._numbers:
            self._numbers[bare] = len(self.parties)
            self.parties.append(Party(bare))
        return self._numbers[bare]

    def name_party(self, number: str, name: str) -> None:
        """Give the contact of an outside number a name, and the number a contact if it has none."""
        at = self.party(number)
        party = self.parties[at]
        contact = Contact(_FIRST_CONTACT + at) if party.contact is None else party.contact
        self.parties[at] = replace(party, contact=replace(contact, name=name))

    def find_party(self, number: str) -> int | None:
        """Find the party of a number, if there is one."""
        return self._numbers.get(number.lstrip("0"))

    def record(
        self,
        office: Office,
        *,
        direction: Direction = Direction.INCOMING,
        outcome: Outcome = Outcome.ANSWERED,
        wait: int | None = None,
        talk: int | None = None,
        peer: int | None = None,
        extension: int | None = None,
        trunk: int | None = None,
        age: int = 0,
        recorded: bool = False,
        note: str | None = None,
        announce: bool = True,
    ) -> int:
        """Record a call that ended `age` seconds ago; return its position. What isn't given is random."""
        row = self._compose(
            office,
            direction,
            outcome,
            wait=wait,
            talk=talk,
            peer=peer,
            extension=extension,
            trunk=trunk,
            recorded=recorded,
        )
        ended = int(self.clock.now()) - age
        return self._write(office, row._replace(started_at=ended - row.wait - row.talk), note=note, announce=announce)

    def caller(self, office: Office, position: int) -> str:
        """Return the caller of an outgoing or local call: an extension's number, or the number that was rung first."""
        extension = office.calls.extension[position]
        if extension >= 0:
            return office.extensions[extension].number
        return office.calls.callers.get(position) or office.trunks[office.calls.trunk[position]].number

    def charge(self, office: Office, trunk: int, amount: int) -> None:
        """Charge a trunk for a service that isn't a call."""
        office.trunks[trunk].charged += amount

    def place(self, office: Office, *, to: str, extension: int = -1, caller: str | None = None) -> int:
        """Ring a telephone and then a number; return the request's id. The call is recorded when it ends.

        The telephone is an extension, or the number `caller` of somebody outside.
        """
        plan = self.placed
        other = office.extension(to)
        direction = Direction.OUTGOING if other is None else Direction.LOCAL
        peer = self.party(to) if other is None else other
        talk = plan.talk if plan.outcome == Outcome.ANSWERED else 0
        row = self._compose(
            office,
            direction,
            plan.outcome,
            wait=plan.wait,
            talk=talk,
            peer=peer,
            extension=extension,
            trunk=None,
            recorded=True,
        )
        row = row._replace(started_at=int(self.clock.now()) + plan.delay)
        self._placed_so_far += 1
        request = _FIRST_REQUEST + self._placed_so_far
        self._add_ongoing(office, row, caller, request)
        return request

    def begin(
        self,
        office: Office,
        *,
        direction: Direction = Direction.INCOMING,
        outcome: Outcome = Outcome.ANSWERED,
        wait: int | None = None,
        talk: int | None = None,
        peer: int | None = None,
        extension: int | None = None,
        trunk: int | None = None,
        recorded: bool = False,
    ) -> OngoingCall:
        """Begin a call now, which is recorded when it ends. What isn't given is random."""
        row = self._compose(
            office,
            direction,
            outcome,
            wait=wait,
            talk=talk,
            peer=peer,
            extension=extension,
            trunk=trunk,
            recorded=recorded,
        )
        return self._add_ongoing(office, row._replace(started_at=int(self.clock.now())))

    def _add_ongoing(
        self, office: Office, row: CallRow, caller: str | None = None, request: int | None = None
    ) -> OngoingCall:
        self._begun_so_far += 1
        call = OngoingCall(self._begun_so_far, office, row, caller, request)
        self._ongoing.add(call)
        return call

    @property
    def under_way(self) -> int:
        """How many calls have not ended yet."""
        return len(self._ongoing)

    def due_in(self) -> float | None:
        """Seconds until something happens to a call; None while nothing is under way or the clock stands still."""
        due = self._ongoing.next_due()
        return None if due is None or self.clock.frozen else max(0.0, due - self.clock.now())

    def settle(self) -> None:
        """Let happen what is due by now: calls ring, are answered, and are recorded when they end."""
        for call, stage in self._ongoing.until(self.clock.now()):
            if stage is Stage.ENDED:
                self._write(call.office, call.row, ongoing=call)
            else:
                for notify in self.on_stage:
                    notify(call, stage)

    def correct(self, office: Office, position: int, **parts: int) -> int:
        """Change price parts of a call afterwards, and its trunk's credit with them; return the rise in rial."""
        rise = office.calls.reprice(position, **parts)
        trunk = office.calls.trunk[position]
        if trunk >= 0:
            office.trunks[trunk].charged += rise
        return rise

    def top_up(self, office: Office, trunk: int, amount: int) -> None:
        """Add credit to a trunk (or take some, if negative); a payment lengthens its life."""
        now = int(self.clock.now())
        office.trunks[trunk].top_ups.append((now, amount))
        if amount > 0:
            office.trunks[trunk].expires_at = now + CREDIT_LIFE

    def _compose(
        self,
        office: Office,
        direction: Direction,
        outcome: Outcome,
        *,
        wait: int | None,
        talk: int | None,
        peer: int | None,
        extension: int | None,
        trunk: int | None,
        recorded: bool,
    ) -> CallRow:
        draw = self.random
        extension = draw.randrange(len(office.extensions)) if extension is None else extension
        wait = draw.randint(3, 20) if wait is None else wait
        if outcome != Outcome.ANSWERED:
            talk = 0
        elif talk is None:
            talk = draw.randint(10, 240)
        if direction == Direction.LOCAL:
            trunk = -1
            peer = (extension + 1) % len(office.extensions) if peer is None else peer
            mobile = package = recorded = False
        else:
            trunk = draw.randrange(len(office.trunks)) if trunk is None else trunk
            peer = draw.randrange(len(self.parties)) if peer is None else peer
            mobile, package = self.parties[peer].mobile, office.trunks[trunk].package
        prices = price_parts(direction, mobile=mobile, package=package, wait=wait, talk=talk, recorded=recorded)
        return CallRow(
            0, direction, outcome, trunk, extension, peer, 0, wait, talk, *prices, int(recorded and talk > 0)
        )

    def _write(
        self,
        office: Office,
        row: CallRow,
        note: str | None = None,
        *,
        announce: bool = True,
        ongoing: OngoingCall | None = None,
    ) -> int:
        call_id = self.next_call_id
        self.next_call_id += 1
        row = row._replace(call_id=call_id, file_id=file_id(call_id) if row.file_id else 0)
        position = office.calls.add(row, note)
        if ongoing is not None:
            office.calls.ongoing[position] = ongoing.number
            if ongoing.request is not None:
                office.calls.requests[position] = ongoing.request
            if ongoing.caller is not None:
                office.calls.callers[position] = ongoing.caller
        if row.trunk >= 0:
            office.trunks[row.trunk].charged += row.price
        for notify in self.on_ended:
            notify(CallEnded(office, position, announce))
        return position


def file_id(call_id: int) -> int:
    """Return the number of a call's recording."""
    return 400000 + call_id
