"""A sync in a process of its own, which can be killed in the middle as a machine's power can fail."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from freezegun import freeze_time

from trunkline import open_account
from trunkline.archive import Archive
from trunkline.errors import TrunklineError
from trunkline.sync import sync_account

from ._soak_bench import QUICK

_ROOT = Path(__file__).resolve().parent.parent
_COMPLETE, _INCOMPLETE = "complete", "incomplete"


@dataclass(frozen=True, slots=True)
class Order:
    """What the process is told on its input. `now` is ISO 8601."""

    now: str
    url: str
    provider: str
    dialect: str
    base_url: str
    credentials: dict[str, str] = field(repr=False)


class Child:
    """The process of one sync."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: asyncio.subprocess.Process | None = None
        self.killed = False

    def kill(self) -> None:
        """Kill the process at once."""
        if self._process is not None and self._process.returncode is None:
            self.killed = True
            self._process.kill()

    async def run(self, order: Order) -> bool:
        """Sync, and return whether the sync was complete; `TrunklineError` if it failed or was killed."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "scripts._soak_kill",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=_ROOT,
        )
        said, complaint = await self._process.communicate(json.dumps(asdict(order)).encode())
        word = said.decode().strip()
        if self.killed:
            msg = "killed"
            raise TrunklineError(msg)
        if word not in {_COMPLETE, _INCOMPLETE}:
            kind = word or "no word"
            if self._process.returncode:
                raise RuntimeError(f"{kind}: {complaint.decode()[-300:]}")
            raise TrunklineError(kind)
        return word == _COMPLETE


async def _sync(order: Order) -> str:
    with Archive.open(order.url) as archive:
        account = open_account(
            order.provider,
            dialect=order.dialect or None,
            base_url=order.base_url,
            limits=QUICK,
            **cast("dict[str, Any]", order.credentials),
        )
        async with account:
            try:
                result = await sync_account(account, archive)
            except TrunklineError as error:
                return type(error).__name__
            return _COMPLETE if result.complete else _INCOMPLETE


def main() -> None:
    """Read the order from the input, sync, and say how it went in one word."""
    order = Order(**json.load(sys.stdin))
    with freeze_time(order.now, real_asyncio=True):
        sys.stdout.write(asyncio.run(_sync(order)) + "\n")


if __name__ == "__main__":
    main()
