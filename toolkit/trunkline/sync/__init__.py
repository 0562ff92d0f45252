"""From a provider into the archive: incremental, resumable, and each call exactly once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from trunkline.archive import BEGINNING
from trunkline.errors import ConfigError
from trunkline.model import Capability

from .daily import DailyRun
from .ordered import OrderedRun
from .paged import PagedRun
from .phonebook import sync_phonebook
from .run import Offload, Run, SyncProgress, SyncResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trunkline.archive import Archive
    from trunkline.model import Call
    from trunkline.providers.base import Account

__all__ = ["Offload", "SyncProgress", "SyncResult", "sync_account", "sync_phonebook"]


async def sync_account(
    account: Account,
    archive: Archive,
    *,
    since: datetime | None = None,
    overlap: timedelta = timedelta(hours=24),
    full: bool = False,
    progress: Callable[[SyncProgress], None] | None = None,
    on_new: Callable[[Sequence[Call]], None] | None = None,
    on_changed: Callable[[Sequence[Call]], None] | None = None,
    offload: Offload | None = None,
    credit: bool = True,
) -> SyncResult:
    """Bring the archive up to date with the account, down to `since` (all calls, if left out).

    Each page is committed with the coverage that it proves, so the next run continues one that was interrupted.
    Calls that the provider records late, or corrects, are found within `overlap` of the newest call; `full` reads
    everything again. `progress` is called after each page, `on_new` with the calls of a page that are new, and
    `on_changed` with those that were changed. `offload` runs the archive's work outside the event loop. The credit of
    the trunks is read too, which takes a request, unless `credit` is False. Times are UTC.

    Raises any `TrunklineError` of the account or the archive; what was stored until then stays.
    """
    if since is not None and since.tzinfo is None:
        msg = "the time since when calls are wanted has no zone: give an aware one"
        raise ConfigError(msg)
    run = Run(
        account=account,
        archive=archive,
        key=await account.key(),
        since=BEGINNING if since is None else since,
        overlap=overlap,
        full=full,
        progress=progress,
        on_new=on_new,
        on_changed=on_changed,
        offload=asyncio.to_thread if offload is None else offload,
    )
    await run.register()
    if credit and account.supports(Capability.TRUNKS):
        await run.offload(archive.record_credit, run.key, await account.trunks(), datetime.now(UTC))
    for stream in await account.streams():
        known = await run.begin(stream)
        kind = OrderedRun if account.ordered else DailyRun if account.by_time else PagedRun
        await kind(run, stream, known).read()
    return SyncResult(run.new, run.changed, run.unchanged, run.pages, run.complete, run.unreadable)
