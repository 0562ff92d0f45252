"""A sample archive: the calls of a simulated company, read from the sandbox by a real sync."""

from __future__ import annotations

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .archive import Archive
from .providers import open_account
from .sync import sync_account

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sandbox import Sandbox
    from .sandbox.wire import SandboxAccount

# Two offices with lines in rial, and the same company's wholesale account in euro.
_TITLES = {"telefonchy": ("Office", "Branch"), "mor": ("Wholesale",)}


def sample(
    path: str | Path = "sample.db", *, calls: int = 3000, days: int = 120, seed: int = 1, now: datetime | None = None
) -> Path:
    """Make an archive of invented calls, unless the file exists, and return its path.

    `calls` are spread over the `days` before `now` (aware; default: the current time), on two accounts in rial and one
    in euro. The same `seed` gives the same calls. Nothing leaves the machine. Works where an event loop is running,
    too.
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

    async with Sandbox(seed=seed, calls=calls, days=days, now=now) as sandbox:
        with Archive.open(f"sqlite:///{path}") as archive:
            for title, offered in _accounts(sandbox):
                credentials: dict[str, Any] = offered.credentials
                opened = open_account(
                    offered.provider, base_url=offered.base_url, dialect=offered.dialect, **credentials
                )
                async with opened as account:
                    key = await account.key()
                    zone, currency = account.zone.key, account.currency
                    archive.register(key, provider=offered.provider, title=title, zone=zone, currency=currency)
                    await sync_account(account, archive)


def _accounts(sandbox: Sandbox) -> Iterator[tuple[str, SandboxAccount]]:
    for wire, titles in _TITLES.items():
        yield from zip(titles, sandbox.accounts[wire], strict=False)
