"""One run of a sync: its target, progress and results, shared by all streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime, timedelta

    from trunkline.archive import Archive, Coverage, Stored
    from trunkline.model import Call
    from trunkline.providers.base import Account


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
    """What a run did: numbers of calls and of pages. `complete` if the archive now has all calls since `since`."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    pages: int = 0
    complete: bool = True


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
    offload: Offload
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    pages: int = 0
    complete: bool = True
    # How far down each stream's list the run is, and how many calls the list holds.
    places: dict[str, tuple[int, int | None]] = field(default_factory=dict)

    async def register(self) -> None:
        """Make the account known to the archive."""
        title = (await self.account.identity()).title
        settings = {
            "provider": self.account.info.provider_id,
            "zone": self.account.zone.key,
            "currency": self.account.currency,
        }
        await self.offload(register_account, self.archive, self.key, title, settings)

    def count(self, stored: Stored) -> None:
        """Add what a page brought, and hand its new calls on."""
        self.new += len(stored.new)
        self.changed += len(stored.changed)
        self.unchanged += stored.unchanged
        if stored.new and self.on_new is not None:
            self.on_new(stored.new)

    def report(self, stream: str, place: int, total: int | None) -> None:
        """Report the progress of the run."""
        self.places[stream] = (place, total)
        if self.progress is not None:
            totals = [known for _, known in self.places.values() if known is not None]
            total_calls = sum(totals) if len(totals) == len(self.places) else None
            read = sum(place for place, _ in self.places.values())
            self.progress(SyncProgress(self.key, read, total_calls, self.new))

    async def commit(self, stream: str, calls: Sequence[Call], coverage: Coverage | None) -> tuple[Stored, int]:
        """Store calls with the coverage that they prove; return what that did, and how many the stream has now."""
        done: tuple[Stored, int] = await self.offload(_commit, self.archive, self.key, stream, calls, coverage)
        return done


def register_account(archive: Archive, key: str, title: str, settings: dict[str, str]) -> None:
    """Register the account unless the archive knows it just so; a title that someone gave it stays."""
    known = next((account for account in archive.accounts() if account.account == key), None)
    if known is None or any(getattr(known, name) != value for name, value in settings.items()):
        archive.register(key, title=title if known is None else known.title, **settings)


def _commit(
    archive: Archive, key: str, stream: str, calls: Sequence[Call], coverage: Coverage | None
) -> tuple[Stored, int]:
    """Store a page with its coverage; return what that did, and how many calls of the stream there are now."""
    return archive.store(calls, coverage=coverage), archive.stream_count(key, stream)
