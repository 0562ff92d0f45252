"""A sample archive: the calls of a simulated company, read from the sandbox by a real sync, and its lines' credit."""

from __future__ import annotations

import asyncio
import tempfile
from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .archive import Archive
from .model import Money
from .providers import open_account
from .sync import sync_account

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .model import Trunk
    from .sandbox import Sandbox
    from .sandbox.wire import SandboxAccount
    from .sandbox.world.office import Office

# Two offices with lines in rial, and a wholesale account in euro: of another company, so that no call is in both.
_TITLES = {"telefonchy": ("Office", "Branch"), "mor": ("Wholesale",)}
# For so many days, the archive has a reading of the credit of each line in rial.
_READ_DAYS = 60


def sample(
    path: str | Path = "sample.db", *, calls: int = 3000, days: int = 120, seed: int = 1, now: datetime | None = None
) -> Path:
    """Make an archive of invented calls, unless the file exists, and return its path.

    `calls` are spread over the `days` before `now` (aware; default: the current time), on two accounts in rial and one
    in euro. The same `seed` gives the same calls. The lines in rial have a reading of their credit for each of the last
    60 days, as if it had been read daily. Nothing leaves the machine. Works where an event loop is running, too.
    """
    target = Path(path).expanduser().absolute()
    if target.exists():
        return target
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as folder:
        made = Path(folder) / target.name
        # A notebook has an event loop, in which no other can run.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _fill(made, calls, days, seed, now or datetime.now(UTC))).result()
        made.replace(target)
    return target


async def _fill(path: Path, calls: int, days: int, seed: int, now: datetime) -> None:
    from .sandbox import Sandbox  # noqa: PLC0415 - nothing else of the toolkit needs the server

    async with (
        Sandbox(seed=seed, calls=calls, days=days, now=now) as offices,
        Sandbox(seed=seed + 1, calls=calls, days=days, now=now) as wholesale,
    ):
        with Archive.open(f"sqlite:///{path}") as archive:
            for title, sandbox, offered in (*_accounts(offices, "telefonchy"), *_accounts(wholesale, "mor")):
                credentials: dict[str, Any] = offered.credentials
                opened = open_account(
                    offered.provider, base_url=offered.base_url, dialect=offered.dialect, **credentials
                )
                async with opened as account:
                    key = await account.key()
                    zone, currency = account.zone.key, account.currency
                    archive.register(key, provider=offered.provider, title=title, zone=zone, currency=currency)
                    await sync_account(account, archive, credit=False)
                    trunks = await account.trunks()
                    past = _Past(sandbox.world.offices[offered.office], trunks)
                    for back in range(_READ_DAYS if offered.provider == "telefonchy" else 0, 0, -1):
                        moment = now - timedelta(days=back)
                        archive.record_credit(key, past.at(moment), moment)
                    archive.record_credit(key, trunks, now)


class _Past:
    """The credit of an account's trunks at earlier moments: before the later calls and top-ups."""

    def __init__(self, office: Office, trunks: Iterable[Trunk]) -> None:
        self._trunks = [(trunk, *_changes(office, office.trunk(trunk.trunk_id))) for trunk in trunks]

    def at(self, moment: datetime) -> list[Trunk]:
        """Return the trunks with the credit that they had."""
        return [
            trunk
            if trunk.credit is None
            else replace(
                trunk,
                credit=trunk.credit
                - Money(Decimal(sums[-1] - sums[bisect_right(times, moment.timestamp())]), trunk.credit.currency),
            )
            for trunk, times, sums in self._trunks
        ]


def _changes(office: Office, position: int | None) -> tuple[list[int], list[int]]:
    """Return when the credit of a trunk changed, and the sums of the changes before each of them and at the end."""
    top_ups = [] if position is None else office.trunks[position].top_ups
    charges = [(row.ended_at, -row.price) for row in office.calls if row.trunk == position]
    changes = sorted([*top_ups, *charges])
    return [at for at, _ in changes], list(accumulate((amount for _, amount in changes), initial=0))


def _accounts(sandbox: Sandbox, wire: str) -> Iterator[tuple[str, Sandbox, SandboxAccount]]:
    for title, account in zip(_TITLES[wire], sandbox.accounts[wire], strict=False):
        yield title, sandbox, account
