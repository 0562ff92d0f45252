"""Syncs an account's calls into the archive, one run at a time, a long history in the background.

A poll has to find new calls within seconds, while a long history takes many minutes. So each run reads the newest calls
first, then the history from the newest call down; a poll in the meantime makes it start again at the newest call. Calls
that were read are in the archive, so that starting again costs a page or two and loses nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.util import dt as dt_util

from trunkline.archive import BEGINNING
from trunkline.errors import ConnectionFailedError
from trunkline.sync import SyncProgress, SyncResult, sync_account

from .collector import many_records
from .tasks import Rerun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trunkline.archive import Archive, Coverage
    from trunkline.model import Call
    from trunkline.providers import Account

    from .tasks import Offload, Spawn

# How long a poll waits for a run that has already read the newest calls, in seconds.
PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class HistoryState:
    """How much of the call history is in the archive. `total` is stated by the provider, None where it isn't."""

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


def is_complete(coverage: Coverage) -> bool:
    """Return whether a stream was read down to its first call, without a gap below the newest call that was read."""
    return len(coverage.segments) == 1 and coverage.segments[0].low == BEGINNING


def _nothing() -> None:
    return


def _unloaded() -> ConnectionFailedError:
    return ConnectionFailedError("the account was unloaded before its calls were read")


class _Interrupted(Exception):  # noqa: N818
    """Ends a run between two pages, so that the next one starts at the newest call."""


class HistorySync:
    """Runs `sync_account` for one account. All methods are for the event loop."""

    def __init__(
        self,
        account: Account,
        archive: Archive,
        *,
        offload: Offload,
        spawn: Spawn,
        on_new: Callable[[Sequence[Call]], None],
        on_changed: Callable[[Sequence[Call]], None],
        on_result: Callable[[SyncResult, bool], None],
    ) -> None:
        """Pass new and changed calls on, and each result with whether the run was a full one to `on_result`."""
        self._account = account
        self._archive = archive
        self._offload = offload
        self._on_new = on_new
        self._on_changed = on_changed
        self._on_result = on_result
        self.on_page: Callable[[], None] = _nothing
        """Called after each page and at the end of each run."""
        self.state = HistoryState()
        self._runs = Rerun(self._run, spawn)
        self._polls: list[asyncio.Future[None]] = []
        """Those who wait for the newest calls."""
        self._ends: list[asyncio.Future[SyncResult]] = []
        """Those who wait for the end of a run."""
        self._full_requested = False
        self._full_running = False
        self._recent_were_read = False
        self._new = 0
        self._failure: Exception | None = None

    async def load_state(self, account_key: str) -> None:
        """Find out from the archive whether an earlier run has read the whole history."""
        coverages = [
            await self._offload(self._archive.coverage, account_key, stream) for stream in await self._account.streams()
        ]
        self.state = HistoryState(complete=bool(coverages) and all(map(is_complete, coverages)))

    async def poll(self) -> None:
        """Read new calls, and continue with the history in the background.

        Raises `TrunklineError` if the newest calls could not be read.
        """
        self._check_not_stopped()
        if self._runs.running and self._full_running:
            # A full run can't be continued, so it is not interrupted.
            return
        newest: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._polls.append(newest)
        self._runs.async_request()
        await newest
        await self._runs.async_wait(PATIENCE)
        if not self._runs.running and self._failure is not None:
            raise self._failure

    async def run(self, *, full: bool = False) -> SyncResult:
        """Read all calls that are missing, with `full` the whole list again, and wait for the end.

        Raises `TrunklineError`, also if the account is unloaded meanwhile.
        """
        self._check_not_stopped()
        self._full_requested = self._full_requested or full
        end: asyncio.Future[SyncResult] = asyncio.get_running_loop().create_future()
        self._ends.append(end)
        self._runs.async_request()
        return await end

    async def stop(self) -> None:
        """Stop between two steps; once the account is loaded again, the next run continues from there."""
        await self._runs.async_stop()
        # A run that had not begun yet has told nobody.
        self._abandon()

    def _check_not_stopped(self) -> None:
        if self._runs.stopped:
            raise _unloaded()

    def _abandon(self) -> None:
        """Let nobody wait any longer: a poll ends with the coordinator, and whoever waits for the end is told why."""
        for poll in self._polls:
            poll.cancel()
        for end in self._ends:
            if not end.done():
                end.set_exception(_unloaded())
        self._polls, self._ends = [], []

    async def _run(self) -> None:
        """Do one run; one that was interrupted is followed by another, which was requested meanwhile."""
        self._failure = None
        self._full_running, self._full_requested = self._full_requested, False
        try:
            with many_records():
                await self._sync(list(self._polls))
        except _Interrupted:
            return
        except asyncio.CancelledError:
            self._abandon()
            raise
        except Exception as error:  # noqa: BLE001  (those who wait get it; a run that nobody waits for is tried again)
            self._fail(error)
        self._full_running = False
        self.on_page()

    async def _sync(self, polls: Sequence[asyncio.Future[None]]) -> None:
        if not (self.state.complete and self._recent_were_read):
            await self._read(since=self._yesterday())
            self._answer_polls(polls)
            self._recent_were_read = True
            self.state = replace(self.state, running=not self.state.complete)
        result = await self._read(full=self._full_running)
        self._answer_polls(polls)
        self.state = replace(self.state, complete=result.complete, running=False)
        self._on_result(result, self._full_running)
        if self._runs.requested:
            return
        for end in self._ends:
            if not end.done():
                end.set_result(replace(result, new=max(result.new, self._new)))
        self._ends = []
        self._new = 0

    def _fail(self, error: Exception) -> None:
        self._failure = error
        self._runs.async_withdraw()
        self._full_requested = False
        self._new = 0
        self.state = replace(self.state, running=False)
        waiting: list[asyncio.Future[Any]] = [*self._polls, *self._ends]
        for future in waiting:
            if not future.done():
                future.set_exception(error)
        self._polls, self._ends = [], []

    async def _read(self, *, since: datetime | None = None, full: bool = False) -> SyncResult:
        def page_read(progress: SyncProgress) -> None:
            if since is None:
                self.state = replace(self.state, read=progress.read, total=progress.total)
                self.on_page()
            if self._runs.requested and not self._full_running:
                raise _Interrupted

        def new_calls(calls: Sequence[Call]) -> None:
            self._new += len(calls)
            self._on_new(calls)

        return await sync_account(
            self._account,
            self._archive,
            since=since,
            full=full,
            progress=page_read,
            on_new=new_calls,
            on_changed=self._on_changed,
            offload=self._offload,
            credit=False,
        )

    def _yesterday(self) -> datetime:
        """Return the start of yesterday in the account's zone: calls since then are read before the history."""
        day = dt_util.utcnow().astimezone(self._account.zone).date() - timedelta(days=1)
        return dt_util.as_utc(datetime.combine(day, time(), self._account.zone))

    def _answer_polls(self, polls: Sequence[asyncio.Future[None]]) -> None:
        for poll in polls:
            if poll in self._polls:
                self._polls.remove(poll)
            if not poll.done():
                poll.set_result(None)
