"""The calls of an office as a Simotel exchange reports them: both ends, the queue and the unique id."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from trunkline.sandbox.simotel.lists.feed import Stamps
from trunkline.sandbox.simotel.lists.times import Calendar, compact
from trunkline.sandbox.world import CallRow, Direction, Outcome

if TYPE_CHECKING:
    from trunkline.sandbox.world import Office, World

DISPOSITIONS = {
    Outcome.ANSWERED: "ANSWERED",
    Outcome.NO_ANSWER: "NO ANSWER",
    Outcome.BUSY: "BUSY",
    # [INFER] The exchange has no word of its own for congestion: a call that the lines refused is a failed one.
    Outcome.CONGESTION: "FAILED",
}
TYPES = {Direction.INCOMING: "incoming", Direction.OUTGOING: "outgoing", Direction.LOCAL: "local"}
# [INFER] Which calls go through a queue: three of four incoming ones that reach an extension.
_DIRECT_EVERY = 4
_TRIED_TWICE_EVERY = 5
_MARKER = 0x895B44F000
# The numbers of the channels of calls that were told of while they were going on: higher than those of all others.
_ONGOING = 1_000_000_000
QUEUE_NUMBERS = (("901", "902"), ("901",))


class Ends(NamedTuple):
    """The calling and the called number."""

    source: str
    destination: str


class OfficeCalls:
    """The calls of one office with what only this provider knows of them."""

    def __init__(self, world: World, office: Office, calendar: Calendar) -> None:
        """Take an office's calls."""
        self.world, self.office, self.calendar = world, office, calendar
        self.table = office.calls
        self.stamps = Stamps(office.calls)
        self.queues = QUEUE_NUMBERS[min(office.position, len(QUEUE_NUMBERS) - 1)]
        # The ids of calls that were asked for here, by the world's request id.
        self.originated: dict[int, str] = {}

    def marker(self, report: int) -> int:
        """Return what the ids of a report have in their middle."""
        return _MARKER | (self.office.position << 8) | report

    def originated_id(self, position: int) -> str | None:
        """Return the id of the request that a call was placed by, if it was placed here."""
        request = self.table.requests.get(position)
        return None if request is None else self.originated.get(request)

    def ends(self, position: int) -> Ends:
        """Return the numbers of both ends: extensions as they are, outside ones with the leading zero."""
        table, office = self.table, self.office
        direction, peer = table.direction[position], table.peer[position]
        if direction == Direction.LOCAL:
            return Ends(self._caller(position), office.extensions[peer].number)
        outside = f"0{self.world.parties[peer].number}"
        if direction == Direction.OUTGOING:
            return Ends(self._caller(position), outside)
        extension = table.extension[position]
        return Ends(outside, office.extensions[extension].number if extension >= 0 else self.did(position))

    def _caller(self, position: int) -> str:
        if self.table.extension[position] < 0 and self.table.trunk[position] < 0:
            return self.table.callers.get(position, "")
        return self.world.caller(self.office, position)

    def did(self, position: int) -> str:
        """Return the number that was dialled from outside."""
        return f"0{self.office.trunks[self.table.trunk[position]].number}"

    def trunk(self, position: int) -> str:
        """Return the name of the trunk. [INFER] This exchange's operator has named the trunks by their numbers."""
        at = self.table.trunk[position]
        return self.office.trunks[at].number if at >= 0 else ""

    def cuid(self, position: int) -> str:
        """Return a call's unique id in Asterisk's form: seconds of its start, and a number that counts channels."""
        ongoing = self.table.ongoing.get(position)
        if ongoing is not None:
            return self.ongoing_cuid(self.table.started_at[position], ongoing)
        return f"{self.table.started_at[position]}.{position * 2 + 1}"

    @staticmethod
    def ongoing_cuid(started_at: int, number: int) -> str:
        """Return the unique id that a call has from its beginning on, when its position is not known yet."""
        return f"{started_at}.{_ONGOING + number * 2 + 1}"

    def by_cuid(self, cuid: str) -> int | None:
        """Find the call of a unique id."""
        _, _, number = cuid.partition(".")
        if not (number.isascii() and number.isdigit()):
            return None
        position = (int(number) - 1) // 2
        if position >= _ONGOING // 2:
            wanted = position - _ONGOING // 2
            position = next((at for at, ongoing in self.table.ongoing.items() if ongoing == wanted), -1)
        listed = 0 <= position < self.table.recorded and self.cuid(position) == cuid
        return position if listed else None

    def record(self, position: int) -> str | None:
        """Return the file name of a call's recording."""
        if not self.table.file_id[position]:
            return None
        return f"{compact(self.table.started_at[position])}_{self.cuid(position)}.mp3"

    def by_record(self, name: str) -> int | None:
        """Find the call of a recording's file name."""
        position = self.by_cuid(name.partition("_")[2].removesuffix(".mp3"))
        return position if position is not None and self.record(position) == name else None

    def queue(self, position: int) -> str | None:
        """Return the number of the queue that a call went through; None if it went through none."""
        table = self.table
        if table.direction[position] != Direction.INCOMING or table.extension[position] < 0:
            return None
        return self.queue_of(table.ongoing.get(position, position))

    def queue_of(self, number: int) -> str | None:
        """Return the queue of an incoming call that reaches an extension, by a number that the call has."""
        return None if number % _DIRECT_EVERY == 0 else self.queues[number % len(self.queues)]

    def tries(self, position: int) -> int:
        """Return how many agents a call in a queue was offered to."""
        if self.queue(position) is None:
            return 0
        several = len(self.office.extensions) > 1 and position % _TRIED_TWICE_EVERY == 1
        return 2 if several and self.table.wait[position] > 1 else 1

    def first_tried(self, position: int) -> str:
        """Return the agent that a call was offered to first."""
        extensions = self.office.extensions
        at = self.table.extension[position]
        return extensions[at if self.tries(position) == 1 else (at + 1) % len(extensions)].number

    def row(self, position: int) -> CallRow:
        """Return the world's own row."""
        return self.table[position]
