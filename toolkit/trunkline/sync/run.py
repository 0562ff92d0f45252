"""One run of a sync: its target, progress and results, shared by all streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from trunkline.errors import DataError, UnsupportedError
from trunkline.model import Status
from trunkline.version import __version__

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime, timedelta

    from trunkline.archive import Archive, Coverage, SetAsideRow, Stored
    from trunkline.model import Call, UnreadableRow
    from trunkline.providers.base import Account

# So many ids of another kind than the others on a page look like a mistake.
_FEW = 2
# Hexadecimal ids have at least so many digits.
_HEX = 16


class Offload(Protocol):
    """Runs a function elsewhere than on the event loop."""

    def __call__(self, func: Callable[..., Any], /, *args: Any) -> Awaitable[Any]:
        """Return what the function returns."""


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """How far a run is: `read` calls down the lists of the account, which hold `total` (None where unknown).

    `new` is how many of them the archive did not have.
    """

    account: str
    read: int
    total: int | None
    new: int


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a run did: numbers of calls and of pages.

    `complete` if it is proven that the archive now has all calls since `since` (docs/reliability.md says what the proof
    is). `unreadable` is how many rows of the lists were found that make no sense; they are kept aside
    (`Archive.unreadable_rows`), and counted once.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    pages: int = 0
    complete: bool = True
    unreadable: int = 0


@dataclass(slots=True, kw_only=True)
class Run:
    """What the streams of one run share."""

    account: Account
    archive: Archive
    key: str
    since: datetime
    overlap: timedelta
    full: bool
    progress: Callable[[SyncProgress], None] | None
    on_new: Callable[[Sequence[Call]], None] | None
    on_changed: Callable[[Sequence[Call]], None] | None = None
    offload: Offload
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    pages: int = 0
    complete: bool = True
    unreadable: int = 0
    # How far down each stream's list the run is, and how many calls the list holds.
    places: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    # The rows of the stream that can't be read, by key.
    aside: dict[str, SetAsideRow] = field(default_factory=dict)

    async def register(self) -> None:
        """Make the account known to the archive."""
        title = (await self.account.identity()).title
        settings = {
            "provider": self.account.info.provider_id,
            "zone": self.account.zone.key,
            "currency": self.account.currency,
        }
        await self.offload(register_account, self.archive, self.key, title, settings)

    async def begin(self, stream: str) -> Coverage:
        """Return what is known of a stream, after another try to read the rows that an earlier version couldn't."""
        rows: list[SetAsideRow] = await self.offload(self.archive.unreadable_rows, self.key, stream)
        self.aside = {row.row_key: row for row in rows}
        for row in rows:
            if row.version != __version__:
                await self._read_again(stream, row)
        coverage: Coverage = await self.offload(self.archive.coverage, self.key, stream)
        return coverage

    def count(self, stored: Stored) -> None:
        """Add what a page brought, and hand its new and its changed calls on."""
        self.new += len(stored.new)
        self.changed += len(stored.changed)
        self.unchanged += stored.unchanged
        if stored.new and self.on_new is not None:
            self.on_new(stored.new)
        if stored.changed and self.on_changed is not None:
            self.on_changed(stored.changed)

    def report(self, stream: str, place: int, total: int | None) -> None:
        """Report the progress of the run."""
        self.places[stream] = (place, total)
        if self.progress is not None:
            totals = [known for _, known in self.places.values() if known is not None]
            total_calls = sum(totals) if len(totals) == len(self.places) else None
            read = sum(place for place, _ in self.places.values())
            self.progress(SyncProgress(self.key, read, total_calls, self.new))

    async def commit(
        self,
        stream: str,
        calls: Sequence[Call],
        coverage: Coverage | None,
        *,
        unreadable: Sequence[UnreadableRow] = (),
        reopen: bool = False,
    ) -> tuple[Stored, int]:
        """Store calls with the coverage that they prove; return what that did, and how many rows the stream has now.

        With `reopen`, the coverage replaces what was covered. Rows that can't be read count as rows of the stream.
        """
        if unreadable:
            await self._set_aside(stream, unreadable)
        if self.aside:
            call_ids = {call.call_id for call in calls}
            await self._take_back(stream, [key for key, row in self.aside.items() if row.row.call_id in call_ids])
        store = partial(self.archive.store, calls, coverage=coverage, reopen=reopen)
        stored, count = await self.offload(_store, store, self.archive, self.key, stream)
        return stored, count + len(self.aside)

    async def oddities(self, calls: Sequence[Call], unreadable: Sequence[UnreadableRow]) -> int:
        """Return how much should be read again: words that nobody knows, and rows that make no sense.

        What is archived already, or kept aside, was read before, so it isn't odd any more.
        """
        known_rows = [row.row.record for row in self.aside.values()]
        rows = sum(row.record not in known_rows for row in unreadable)
        strange = self._strange(calls)
        if not strange:
            return rows
        return rows + len(strange) - len(await self.offload(self.archive.known_ids, self.key, strange))

    def _strange(self, calls: Sequence[Call]) -> list[str]:
        """Return the ids of calls that lack what the provider states for others, or whose ids are of another kind."""
        account = self.account
        states_direction = any(call.direction is not None and "direction" not in call.derived for call in calls)
        unlike = _unlike_the_others([call.call_id for call in calls])
        return [
            call.call_id
            for call in calls
            if call.started_at is None
            or call.call_id in unlike
            or (states_direction and call.direction is None)
            or (call.status is Status.UNKNOWN and account.info.outcomes)
        ]

    async def _set_aside(self, stream: str, rows: Sequence[UnreadableRow]) -> None:
        known_rows = [row.row.record for row in self.aside.values()]
        new = [row for row in rows if row.record not in known_rows]
        if not new:
            return
        self.unreadable += await self.offload(_set_aside, self.archive, self.key, stream, new)
        kept: list[SetAsideRow] = await self.offload(self.archive.unreadable_rows, self.key, stream)
        self.aside = {row.row_key: row for row in kept}

    async def _take_back(self, stream: str, row_keys: Sequence[str]) -> None:
        if row_keys:
            await self.offload(self.archive.forget_unreadable, self.key, stream, row_keys)
            self.aside = {key: row for key, row in self.aside.items() if key not in row_keys}

    async def _read_again(self, stream: str, row: SetAsideRow) -> None:
        """Store the call of a row that this version can read, or note that it can't."""
        try:
            call = await self.account.read_row(stream, row.row.record)
        except (DataError, UnsupportedError):
            await self.offload(_set_aside, self.archive, self.key, stream, [row.row])
            return
        stored, _ = await self.commit(stream, [call], None)
        self.count(stored)
        await self._take_back(stream, [row.row_key])


def register_account(archive: Archive, key: str, title: str, settings: dict[str, str]) -> None:
    """Register the account unless the archive knows it just so; a title that someone gave it stays."""
    known = next((account for account in archive.accounts() if account.account == key), None)
    if known is None or any(getattr(known, name) != value for name, value in settings.items()):
        archive.register(key, title=title if known is None else known.title, **settings)


def _set_aside(archive: Archive, key: str, stream: str, rows: Sequence[UnreadableRow]) -> int:
    return archive.set_aside(key, stream, rows, version=__version__)


def _store(store: Callable[[], Stored], archive: Archive, key: str, stream: str) -> tuple[Stored, int]:
    """Store a page with its coverage; return what that did, and how many calls of the stream there are now."""
    return store(), archive.stream_count(key, stream)


def _unlike_the_others(call_ids: Sequence[str]) -> frozenset[str]:
    """Return the few ids that are of another kind than all others: numbers, hexadecimal digits, or other text."""
    kinds: dict[str, list[str]] = {}
    for call_id in call_ids:
        kind = "number" if call_id.isdigit() and len(call_id) < _HEX else "hex" if _is_hex(call_id) else "text"
        kinds.setdefault(kind, []).append(call_id)
    if len(kinds) != 2:  # noqa: PLR2004
        return frozenset()
    few, many = sorted(kinds.values(), key=len)
    return frozenset(few) if len(few) <= _FEW < len(many) else frozenset()


def _is_hex(call_id: str) -> bool:
    return len(call_id) >= _HEX and not call_id.strip("0123456789abcdefABCDEF")
