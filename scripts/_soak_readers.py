"""The ways in which a case reads its account: as a command does, in a process that is killed, by Home Assistant."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Protocol, cast

from homeassistant.util import dt as dt_util

from trunkline import open_account
from trunkline.archive import Archive
from trunkline.sync import sync_account

from ._soak_bench import QUICK
from ._soak_cases import KILL, POLL
from ._soak_kill import Child, Order
from ._soak_world import archived

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from trunkline.sandbox import SandboxAccount

    from ._soak_world import Facts


class Reader(Protocol):
    """Reads an account into an archive."""

    async def read(self, *, full: bool = False) -> bool:
        """Read what is missing, with `full` everything; return whether the archive is said to be complete."""

    def kill(self) -> bool:
        """End a run without asking; return whether that was possible."""

    async def give_up(self) -> None:
        """End what goes on by itself after a run was cancelled."""

    def archived(self, wire: str) -> tuple[dict[str, Facts], int]:
        """Return the archive's calls, and the number of rows kept aside."""


class CommandReader:
    """Opens everything anew for each run, as a command does."""

    def __init__(self, described: SandboxAccount, url: str) -> None:
        """Take an account, and the archive's URL."""
        self._described, self._url = described, url

    async def read(self, *, full: bool = False) -> bool:
        """Sync."""
        with Archive.open(self._url) as archive:
            async with _account(self._described) as account:
                return (await sync_account(account, archive, full=full, offload=_at_once)).complete

    def kill(self) -> bool:
        """Do nothing."""
        return False

    async def give_up(self) -> None:
        """Do nothing: nothing goes on."""

    def archived(self, wire: str) -> tuple[dict[str, Facts], int]:
        """Return the archive's calls, and the number of rows kept aside."""
        with Archive.open(self._url) as archive:
            aside = sum(len(archive.unreadable_rows(account.account)) for account in archive.accounts())
            return archived(wire, archive.calls()), aside


class KilledReader(CommandReader):
    """Does each run in a process of its own until one was killed; after that it reads as a command does."""

    def __init__(self, described: SandboxAccount, url: str) -> None:
        """Take an account, and the archive's URL."""
        super().__init__(described, url)
        self._child = Child()
        self._done = False

    async def read(self, *, full: bool = False) -> bool:
        """Sync in another process, once."""
        if self._done:
            return await super().read(full=full)
        self._done = True
        described = self._described
        return await self._child.run(
            Order(
                now=dt_util.utcnow().isoformat(),
                url=self._url,
                provider=described.provider,
                dialect=described.dialect,
                base_url=described.base_url,
                credentials=described.credentials,
            )
        )

    def kill(self) -> bool:
        """Kill the process."""
        self._child.kill()
        return self._child.killed

    async def give_up(self) -> None:
        """Kill the process."""
        self._child.kill()


@contextlib.asynccontextmanager
async def reader(via: str, described: SandboxAccount, folder: Path) -> AsyncIterator[Reader]:
    """Open the reader that a case names."""
    url = f"sqlite:///{folder / 'archive.db'}"
    if via == POLL:
        # Home Assistant is imported only where it is needed: that takes a second.
        from ._soak_poll import household  # noqa: PLC0415

        async with _account(described) as account:
            key = await account.key()
        async with household(described, key, folder) as opened:
            yield opened
    else:
        yield KilledReader(described, url) if via == KILL else CommandReader(described, url)


async def _at_once(func: Callable[..., Any], /, *args: Any) -> Any:
    """Do the archive's work on the spot: threads would let requests come in another order in each repetition."""
    return func(*args)


def _account(described: SandboxAccount) -> Any:
    return open_account(
        described.provider,
        dialect=described.dialect or None,
        base_url=described.base_url,
        limits=QUICK,
        **cast("dict[str, Any]", described.credentials),
    )
