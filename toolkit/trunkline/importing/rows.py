"""What all formats share: where a file's calls belong, what a row that makes no sense becomes, and ids for rows."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.errors import DataError
from trunkline.model import Call, Direction, Party, Status
from trunkline.numbers import e164

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    type Row = Sequence[str]
    type Read = Callable[[Row], Call]

# Rows of one call follow each other closely: a phone that rang along is written when the call ends.
_HELD = 10_000
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Place:
    """Whose calls a file holds: the archive's account, the zone of its times, and the country of its numbers.

    `region` is the ISO 3166 country of numbers without a country code, None if unknown. Numbers of up to
    `extension_digits` digits are extensions; which sides of a call are extensions tells its direction. Calls in a
    context of `incoming` come in, whatever their numbers. `check` raises `DataError` for a call that can't be kept
    where the calls are going.
    """

    account: str
    zone: ZoneInfo
    currency: str | None = None
    region: str | None = None
    extension_digits: int = 5
    incoming: frozenset[str] = frozenset()
    check: Callable[[Call], object] | None = None

    def is_extension(self, number: str | None) -> bool:
        """Return whether a number is one of the own phones."""
        return number is not None and number.isascii() and number.isdigit() and len(number) <= self.extension_digits

    def party(self, number: str | None, name: str | None = None) -> Party:
        """Return a side of a call."""
        return Party(number=number, e164=e164(number, self.region), name=name or None)

    def direction(self, source: str | None, destination: str | None, context: str = "") -> Direction | None:
        """Return the direction that the two numbers tell, None if both are outside or unknown."""
        if context and context in self.incoming:
            return Direction.INCOMING
        match self.is_extension(source), self.is_extension(destination):
            case True, True:
                return Direction.INTERNAL
            case True, False:
                return Direction.OUTGOING if destination else None
            case False, True:
                return Direction.INCOMING
        return None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that makes no sense: its line, counted from 1, and what is wrong. It holds nothing of the row."""

    line: int
    reason: str


def read_rows(lines: Iterable[str], read: Read, place: Place, *, before: int = 0) -> Iterator[Call | Rejected]:
    """Yield each row of comma-separated lines as a call, or as rejected; empty lines are skipped.

    A quotation mark too many makes one row of many lines: of such a row that makes no sense only the first line is
    rejected, and the others are read again. `before` is how many lines of the file were read before these.
    """
    source = _Lines(lines)
    while True:
        rows = csv.reader(source, strict=True)
        source.begin()
        try:
            while (row := next(rows, None)) is not None:
                if any(cell.strip() for cell in row):
                    yield _read(row, read, place)
                source.begin()
        except csv.Error:
            reason = "not comma-separated values: a quotation mark is missing or too many, or a cell is too long"
        except DataError as error:
            reason = str(error)
        else:
            return
        yield Rejected(before + source.again(), reason)


class _Lines:
    """Lines that can be read again from the second one of a row on."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: list[str] = []
        self._row: list[str] = []
        self._before = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self._row.append(line)
        return line

    def begin(self) -> None:
        """Begin a row."""
        self._before += len(self._row)
        self._row.clear()

    def again(self) -> int:
        """Go back to the second line of the row, and return the number of its first line, counted from 1."""
        first = self._before + 1
        self._again += reversed(self._row[1:])
        del self._row[1:]
        return first


def _read(row: Row, read: Read, place: Place) -> Call:
    check_text(row)
    return checked(read(row), place)


def check_text(cells: Iterable[str]) -> None:
    """Raise `DataError` for text that not every database keeps."""
    for cell in cells:
        # No database but SQLite keeps NUL, and none half a pair of UTF-16.
        if "\0" in cell or (not cell.isascii() and _SURROGATE.search(cell)):
            msg = f"there is a character that no text has ({'NUL' if '\0' in cell else 'a surrogate'})"
            raise DataError(msg)


def checked(call: Call, place: Place) -> Call:
    """Return the call; `DataError` if it can't be kept where the calls are going."""
    if place.check is not None:
        place.check(call)
    return call


def ids() -> Callable[[Row], str]:
    """Return what gives rows without an id one of their content, and equal rows one of their order.

    The same file again gives the same ids.
    """
    seen: Counter[str] = Counter()

    def call_id(row: Row) -> str:
        digest = hashlib.sha256("\x1f".join(row).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        seen[digest] += 1
        return digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"

    return call_id


def one_row_per_call(read: Iterable[Call | Rejected]) -> Iterator[Call | Rejected]:
    """Yield one call of the rows with the same id: the answered one if there is any, otherwise the last.

    Where several phones ring, a telephone system writes a row for each.
    """
    held: OrderedDict[str, Call] = OrderedDict()
    for each in read:
        if isinstance(each, Rejected):
            yield each
            continue
        known = held.get(each.call_id)
        if known is None or known.status != Status.ANSWERED or each.status == Status.ANSWERED:
            held[each.call_id] = each
        if len(held) > _HELD:
            yield held.popitem(last=False)[1]
    yield from held.values()


def text(row: Row, place: int) -> str | None:
    """Return a cell without spaces around it, None if it is empty or missing."""
    return (row[place].strip() or None) if place < len(row) else None


def seconds(row: Row, place: int, field: str) -> int | None:
    """Return a cell as whole seconds, None if it is empty; `DataError` for anything else."""
    cell = text(row, place)
    if cell is None:
        return None
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 9):  # noqa: PLR2004 - 30 years
        msg = f"{field} is not a number of seconds"
        raise DataError(msg, field=field)
    return int(cell)
