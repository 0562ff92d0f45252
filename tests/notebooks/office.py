"""Fill an archive from the sandbox through a real sync: `python -m tests.notebooks.office <file>`."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from trunkline import Archive, open_account, sync_account
from trunkline.sandbox import Sandbox

# A Wednesday noon in Tehran.
NOON = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)


async def fill(path: str) -> None:
    """Sync both offices of the sandbox, and write down the credit of their trunks."""
    async with Sandbox(seed=4, calls=600, days=65, now=NOON) as sandbox:
        with Archive.open(f"sqlite:///{path}") as archive:
            for office in sandbox.accounts["telefonchy"]:
                async with open_account("telefonchy", base_url=office.base_url, **office.credentials) as account:
                    key, identity = await account.key(), await account.identity()
                    archive.register(
                        key,
                        provider="telefonchy",
                        title=identity.title,
                        zone=account.zone.key,
                        currency=account.currency,
                    )
                    await sync_account(account, archive)
                    archive.record_credit(key, await account.trunks(), NOON)


if __name__ == "__main__":
    asyncio.run(fill(sys.argv[1]))
