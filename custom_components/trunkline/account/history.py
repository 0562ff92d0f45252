"""Brings an account's calls into the archive: one run at a time, a long one in the background.

A poll needs to know what is new within seconds, a long history takes many minutes. So the newest calls of every
stream are read first, then the history from the newest down; a poll in the meantime makes the run begin again from the
newest call. What was read is in the archive, so that costs a page or two and loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trunkline.archive import BEGINNING
from trunkline.sync import SyncProgress, SyncResult, sync_account

from .collector import many_records

if TYPE_CHECKING:
    from datetime import datetime

    from trunkline.archive import Archive, Coverage
    from trunkline.model import Call
    from trunkline.providers import Account

type Offload = Callable[..., Awaitable[Any]]
type Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]

# How long a poll waits for a run that has shown the newest calls already, in seconds.
PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class HistoryState:
    """How much of the call history is in the archive. `total` is what the provider says, None where it doesn't."""

    complete: bool = False
    running: bool = False
    read: int = 0
    total: int | None = None

    @property
    def percent(self) -> float | None:
        """The share that was read, in percent."""
        if self.complete:
            return 100.0
        if not self.total:
            return None
        return min(99.9, 100.0 * self.read / self.total)


def is_whole(coverage: Coverage) -> bool:
    """Return whether a stream was read down to its first call, without a gap below the newest that was read."""
    return len(coverage.segments) == 1 and coverage.segments[0].low == BEGINNING


class _Interrupted(Exception):  # noqa: N818
    """Ends a run between two pages, so that it begins again from the newest call."""


class CallSync:
    """Runs `sync_account` for one account. All methods are for the event loop."""

    def __init__(
        self,
        account: Account,
        archive: Archive,
        *,
        offload: Offload,
        spawn: Spawn,
        recent: Callable[[], datetime],
        on_new: Callable[[Sequence[Call]], None],
        on_page: Callable[[], None],
        on_result: Callable[[SyncResult, bool], None],
    ) -> None:
        """Hand new calls to `on_new`, tell of each page by `on_page` and of each run that ends by `on_result`.

        `on_result` also gets whether the run was a full one; `recent` says since when calls come first.
        """
        self._account = account
        self._archive = archive
        self._offload = offload
        self._spawn = spawn
        self._recent = recent
        self._on_new = on_new
        self._on_page = on_page
        self._on_result = on_result
        self.history = HistoryState()
        self._task: asyncio.Task[None] | None = None
        self._heads: list[asyncio.Future[None]] = []
        self._ends: list[asyncio.Future[SyncResult]] = []
        self._again = False
        self._full_wanted = False
        self._full_running = False
        self._looked = False
        self._new = 0
        self._failure: BaseException | None = None

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._task is not None and not self._task.done()

    async def poll(self) -> None:
        """Bring in what is new, and go on with the history in the background.

        Raises `TrunklineError` where the newest calls could not be read.
        """
        if self.running and self._full_running:
            # A full reading can't be continued, so it is left to end.
            return
        head: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._heads.append(head)
        self._start()
        await head
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=PATIENCE)
        if not self.running and self._failure is not None:
            raise self._failure

    async def run(self, *, full: bool = False) -> SyncResult:
        """Bring in everything that is missing, or with `full` read the whole list again, and wait for the end."""
        self._full_wanted = self._full_wanted or full
        end: asyncio.Future[SyncResult] = asyncio.get_running_loop().create_future()
        self._ends.append(end)
        self._start()
        return await end

    async def stop(self) -> None:
        """End the run between two steps; the next one goes on from there."""
        if self._task is None or self._task.done():
            return
        self._task.cancel()
        await asyncio.wait({self._task})

    def _start(self) -> None:
        if self.running:
            self._again = True
        else:
            self._again = False
            self._task = self._spawn(self._work())

    async def _work(self) -> None:
        self._failure = None
        self._new = 0
        try:
            with many_records():
                result = await self._passes()
        except asyncio.CancelledError:
            for waiting in self._waiting():
                waiting.cancel()
            raise
        except Exception as error:  # noqa: BLE001  (whoever waits gets it; a run that nobody waits for is tried again)
            self._failure = error
            self._full_wanted = False
            self.history = replace(self.history, running=False)
            for waiting in self._waiting():
                if not waiting.done():
                    waiting.set_exception(error)
        else:
            for end in self._ends:
                if not end.done():
                    end.set_result(result)
        finally:
            self._full_running = False
            self._heads, self._ends = [], []
            self._on_page()

    def _waiting(self) -> list[asyncio.Future[Any]]:
        return [*self._heads, *self._ends]

    async def _passes(self) -> SyncResult:
        while True:
            self._again = False
            self._full_running, self._full_wanted = self._full_wanted, False
            heads = list(self._heads)
            try:
                if not (self.history.complete and self._looked):
                    await self._pass(since=self._recent())
                    self._shown(heads)
                    self._looked = True
                    self.history = replace(self.history, running=not self.history.complete)
                result = await self._pass(full=self._full_running)
            except _Interrupted:
                continue
            self._shown(heads)
            self.history = replace(self.history, complete=result.complete, running=False)
            self._on_result(result, self._full_running)
            if not self._again and not self._full_wanted:
                return replace(result, new=max(result.new, self._new))

    async def _pass(self, *, since: datetime | None = None, full: bool = False) -> SyncResult:
        def page(progress: SyncProgress) -> None:
            if since is None:
                self.history = replace(self.history, read=progress.read, total=progress.total)
                self._on_page()
            if self._again and not self._full_running:
                raise _Interrupted

        def new(calls: Sequence[Call]) -> None:
            self._new += len(calls)
            self._on_new(calls)

        return await sync_account(
            self._account,
            self._archive,
            since=since,
            full=full,
            progress=page,
            on_new=new,
            offload=self._offload,
            credit=False,
        )

    def _shown(self, heads: Sequence[asyncio.Future[None]]) -> None:
        for head in heads:
            if head in self._heads:
                self._heads.remove(head)
            if not head.done():
                head.set_result(None)
