"""Reads the pages of a SQLite file and of its write-ahead log directly, where SQLite itself no longer can.

The formats are those of https://www.sqlite.org/fileformat2.html: sections 1.3 (header), 1.5 (freelist), 1.6 (b-tree
pages), 2.1 (records) and 4 (the write-ahead log). Whatever makes no sense is skipped and counted.
"""

from __future__ import annotations

import struct
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Buffer, Iterable, Iterator

MAGIC = b"SQLite format 3\0"
HEADER = 100
_SIZES = (4096, 1024, 2048, 8192, 16384, 32768, 65536, 512)
_INTERIOR, _LEAF = 5, 13
_LOG_HEADER, _FRAME_HEADER = 32, 24
_LOG_MAGIC = 0x377F0682
_INTEGER_BYTES = (0, 1, 2, 3, 4, 6, 8)
_FLOAT, _ZERO, _ONE, _FIRST_BLOB = 7, 8, 9, 12


class Values(tuple[Any, ...]):  # noqa: SLOT001  (a tuple can have no slots)
    """The values of a row. SQLite stores a primary key of one integer as `rowid` instead, and NULL in its place."""

    rowid: int

    def __new__(cls, values: Iterable[Any], rowid: int) -> Self:
        """Make a tuple of the values."""
        row = super().__new__(cls, values)
        row.rowid = rowid
        return row

    def with_key(self, place: int | None) -> Values:
        """Return the values with the `rowid` at the place of the primary key, if that is stored so."""
        if place is None or not len(self) > place or self[place] is not None:
            return self
        return Values((*self[:place], self.rowid, *self[place + 1 :]), self.rowid)


@dataclass(slots=True)
class Damage:
    """What couldn't be read: pages, and cells (each of which holds a row)."""

    pages: int = 0
    cells: int = 0
    log: bool = False
    header: bool = False

    def __bool__(self) -> bool:
        """Return whether anything is damaged."""
        return bool(self.pages or self.cells or self.log or self.header)


@dataclass(slots=True)
class _Log:
    """Where in the log each page is: the newest committed version, and the older ones, newest first."""

    newest: dict[int, int] = field(default_factory=dict)
    older: list[int] = field(default_factory=list)
    size: int = 0
    """How many pages the file has after the last commit; 0 without one."""


class Pages:
    """The pages of a file, with those of the log in the place of older ones. `damage` counts what can't be read."""

    def __init__(self, file: Buffer, log: Buffer = b"") -> None:
        """Take the contents of the two files."""
        self.damage = Damage()
        self._file = memoryview(file)
        self._log_bytes = memoryview(log)
        self.size = self._page_size()
        self._log = self._read_log()
        first = self._page_or_nothing(1)
        self.damage.header |= not first or first[:16].tobytes() != MAGIC
        reserved = 0 if self.damage.header else first[20]
        self._usable = self.size - reserved
        self.count = max(len(self._file) // self.size, max(self._log.newest, default=0))
        self._find_missing_end(first)
        self._visited = bytearray(self.count + 1)

    def tree(self, root: int) -> Iterator[Values]:
        """Yield the rows of the table whose b-tree begins at a page."""
        waiting = [root]
        while waiting:
            number = waiting.pop()
            if not 0 < number <= self.count or self._visited[number]:
                self.damage.pages += 1
                continue
            self._visited[number] = True
            page, start = self._page_and_start(number)
            kind = self._kind(number)
            if kind == _LEAF:
                yield from self._rows(page, start)
            elif kind == _INTERIOR:
                waiting += reversed(list(self._children(page, start)))
            else:
                self.damage.pages += 1

    def strays(self) -> Iterator[Values]:
        """Yield the rows of table pages that no tree has led to, and that aren't free.

        Where the first page is damaged, nothing says which pages are free: those come last that nothing leads to.
        """
        free = set(self._free())
        kinds = {number: self._kind(number) for number in range(1, self.count + 1) if number not in free}
        interior = [number for number, kind in kinds.items() if kind == _INTERIOR and not self._visited[number]]
        children = {child for number in interior for child in self._children(*self._page_and_start(number))}
        for number in interior:
            if number not in children:
                yield from self.tree(number)
        for number, kind in kinds.items():
            if kind == _LEAF and not self._visited[number]:
                yield from self._rows(*self._page_and_start(number))

    def older(self) -> Iterator[Values]:
        """Yield the rows of older versions of pages, newest first: those in the log, then those that it replaces."""
        for offset in self._log.older:
            page = self._log_bytes[offset : offset + self.size]
            if page[0] == _LEAF:
                yield from self._rows(page, 0)
        for number in self._log.newest:
            page = self._file[(number - 1) * self.size : number * self.size]
            if number > 1 and len(page) == self.size and page[0] == _LEAF:
                yield from self._rows(page, 0)

    def _page_or_nothing(self, number: int) -> memoryview:
        offset = self._log.newest.get(number)
        if offset is not None:
            return self._log_bytes[offset : offset + self.size]
        page = self._file[(number - 1) * self.size : number * self.size]
        return page if len(page) == self.size else page[:0]

    def _page_and_start(self, number: int) -> tuple[memoryview, int]:
        """Return a page, and where its b-tree begins."""
        return self._page_or_nothing(number), HEADER if number == 1 else 0

    def _kind(self, number: int) -> int | None:
        page, start = self._page_and_start(number)
        return page[start] if len(page) > start else None

    def _page_size(self) -> int:
        stated = int.from_bytes(self._file[16:18]) if len(self._file) >= HEADER else 0
        size = 65536 if stated == 1 else stated
        if size in _SIZES and self._file[:16].tobytes() == MAGIC:
            return size
        in_log = int.from_bytes(self._log_bytes[8:12]) if len(self._log_bytes) > _LOG_HEADER else 0
        if in_log in _SIZES:
            return in_log
        return max(_SIZES, key=self._leaves)

    def _leaves(self, size: int) -> int:
        """Return how many bytes are in leaves of tables if pages have this size: the last cell ends with the page."""
        found = 0
        for start in range(size, len(self._file) - size + 1, size):
            kind, _, cells = struct.unpack_from(">BHH", self._file, start)
            if kind == _LEAF and 0 < cells <= (size - 8) // 2:
                last = max(struct.unpack_from(f">{cells}H", self._file, start + 8))
                page = self._file[start : start + size]
                with suppress(IndexError):
                    length, place = _varint(page, last)
                    _, place = _varint(page, place)
                    found += size * (place + _on_leaf(length, size) == size)
        return found

    def _find_missing_end(self, first: memoryview) -> None:
        if self.damage.header:
            return
        counter, pages, valid_for = *struct.unpack_from(">II", first, 24), int.from_bytes(first[92:96])
        stated = self._log.size or (pages if counter == valid_for else 0)
        missing = sum(not self._page_or_nothing(number) for number in range(self.count + 1, stated + 1))
        self.damage.pages += missing

    def _free(self) -> Iterator[int]:
        first = self._page_or_nothing(1)
        if self.damage.header or not first:
            return
        trunk, seen = int.from_bytes(first[32:36]), set[int]()
        while 0 < trunk <= self.count and trunk not in seen:
            seen.add(trunk)
            yield trunk
            page = self._page_or_nothing(trunk)
            if not page:
                return
            following, leaves = struct.unpack_from(">II", page)
            yield from struct.unpack_from(f">{min(leaves, self.size // 4 - 2)}I", page, 8)
            trunk = following

    def _children(self, page: memoryview, start: int) -> Iterator[int]:
        cells = int.from_bytes(page[start + 3 : start + 5])
        if start + 12 + 2 * cells > self.size:
            self.damage.pages += 1
            return
        for pointer in struct.unpack_from(f">{cells}H", page, start + 12):
            if pointer + 4 > self.size:
                self.damage.pages += 1
            else:
                yield int.from_bytes(page[pointer : pointer + 4])
        yield int.from_bytes(page[start + 8 : start + 12])

    def _rows(self, page: memoryview, start: int) -> Iterator[Values]:
        cells = int.from_bytes(page[start + 3 : start + 5])
        if start + 8 + 2 * cells > self.size:
            self.damage.pages += 1
            return
        for pointer in struct.unpack_from(f">{cells}H", page, start + 8):
            try:
                rowid, payload = self._cell(page, pointer)
                row = Values(_record(payload), rowid)
            except (IndexError, ValueError, struct.error):
                self.damage.cells += 1
                continue
            yield row

    def _cell(self, page: memoryview, pointer: int) -> tuple[int, bytes]:
        """Return the number of a row and its record."""
        length, pointer = _varint(page, pointer)
        rowid, pointer = _varint(page, pointer)
        return rowid - (rowid >> 63 << 64), self._payload(page, pointer, length)

    def _payload(self, page: memoryview, pointer: int, length: int) -> bytes:
        local = _on_leaf(length, self._usable)
        if local == length:
            return _exactly(page, pointer, length)
        local -= 4
        parts = [_exactly(page, pointer, local)]
        following = int.from_bytes(_exactly(page, pointer + local, 4))
        rest = length - local
        if rest > self.count * self.size:
            raise ValueError
        while rest > 0:
            overflow = self._page_or_nothing(following) if 0 < following <= self.count else page[:0]
            if not overflow:
                raise ValueError
            taken = min(rest, self._usable - 4)
            parts.append(overflow[4 : 4 + taken].tobytes())
            following = int.from_bytes(overflow[:4])
            rest -= taken
        return b"".join(parts)

    def _read_log(self) -> _Log:
        """Return what of the log is committed, as SQLite sees it; what stands behind a damaged frame is `older`.

        A frame's checksum continues that of the frame before it, so each frame can be checked by itself.
        """
        log = _Log()
        data = self._log_bytes
        if len(data) < _LOG_HEADER + _FRAME_HEADER + self.size:
            return log
        magic, salts, sums = int.from_bytes(data[:4]), data[16:24].tobytes(), struct.unpack_from(">II", data, 24)
        orders = ">" if magic & 1 else "<"
        unbroken = magic & ~1 == _LOG_MAGIC and _checksum(data[:24], (0, 0), orders) == sums
        if not unbroken:
            self.damage.log = True
            salts, orders = self._usual_salts(), "<>"
        pending: dict[int, int] = {}
        behind: list[int] = []
        for start in range(_LOG_HEADER, len(data) - self.size - _FRAME_HEADER + 1, _FRAME_HEADER + self.size):
            head, body = data[start : start + _FRAME_HEADER], start + _FRAME_HEADER
            before, sums = sums, struct.unpack_from(">II", head, 16)
            if head[8:16].tobytes() != salts:
                break
            content = data[body : body + self.size]
            if all(_checksum(content, _checksum(head[:8], before, order), order) != sums for order in orders):
                unbroken = False
                continue
            number, commit = struct.unpack_from(">II", head)
            if not unbroken:
                # A power cut leaves frames that are incomplete, but nothing that is committed behind them.
                behind.append(body)
                self.damage.log |= commit > 0
                continue
            pending[number] = body
            if commit:
                log.older += [log.newest[page] for page in pending.keys() & log.newest.keys()]
                log.newest |= pending
                log.size, pending = commit, {}
        log.older = [*reversed(behind), *reversed(log.older)]
        return log

    def _usual_salts(self) -> bytes:
        step = _FRAME_HEADER + self.size
        data = self._log_bytes
        found = Counter(
            data[start + 8 : start + 16].tobytes() for start in range(_LOG_HEADER, len(data) - step + 1, step)
        )
        return found.most_common(1)[0][0]


def _on_leaf(length: int, usable: int) -> int:
    """Return how many bytes of a payload stand on the leaf, with the 4 bytes that say on which page it continues."""
    if length <= usable - 35:
        return length
    least = (usable - 12) * 32 // 255 - 23
    local = least + (length - least) % (usable - 4)
    return (local if local <= usable - 35 else least) + 4


def _checksum(data: Buffer, start: tuple[int, ...], order: str) -> tuple[int, ...]:
    first, second = start
    words = struct.unpack(f"{order}{len(memoryview(data)) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second


def _exactly(page: memoryview, start: int, length: int) -> bytes:
    content = page[start : start + length].tobytes()
    if len(content) != length:
        raise ValueError
    return content


def _varint(data: Buffer, place: int) -> tuple[int, int]:
    """Return a number of one to nine bytes, and the place behind it."""
    view = memoryview(data)
    value = 0
    for _ in range(8):
        byte = view[place]
        place += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004  (the highest bit says that more follow)
            return value, place
    return value << 8 | view[place], place + 1


def _record(payload: bytes) -> list[Any]:
    """Return the values of a record; text that isn't UTF-8 stays bytes."""
    header, place = _varint(payload, 0)
    if header > len(payload):
        raise ValueError
    kinds = []
    while place < header:
        kind, place = _varint(payload, place)
        kinds.append(kind)
    values: list[Any] = []
    for kind in kinds:
        if kind >= _FIRST_BLOB:
            length = (kind - _FIRST_BLOB) // 2
            content = _exactly(memoryview(payload), place, length)
            values.append(_text(content) if kind % 2 else content)
        elif kind == _FLOAT:
            length = 8
            values.append(struct.unpack(">d", _exactly(memoryview(payload), place, length))[0])
        elif kind in {_ZERO, _ONE}:
            length = 0
            values.append(kind - _ZERO)
        else:
            length = _INTEGER_BYTES[kind]
            content = _exactly(memoryview(payload), place, length)
            values.append(int.from_bytes(content, signed=True) if length else None)
        place += length
    return values


def _text(content: bytes) -> str | bytes:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content
