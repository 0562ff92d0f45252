"""`trunkline credit`: the credit of each trunk, as the provider reports it now."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from trunkline.cli.each import for_each_account
from trunkline.cli.output import show, warn
from trunkline.cli.parser import add_accounts, add_command, add_format
from trunkline.cli.status import OK
from trunkline.cli.storage import open_archive
from trunkline.model import Capability

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.parser import Commands
    from trunkline.cli.settings import ConfiguredAccount
    from trunkline.providers import Account


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "credit", _credit, "read the credit of each trunk from the provider")
    add_format(parser)
    add_accounts(parser)


def _credit(options: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    with closing(open_archive()) as archive:

        async def read(configured: ConfiguredAccount, account: Account) -> list[dict[str, Any]]:
            if not account.supports(Capability.TRUNKS):
                warn(f"{configured.name}: {account.info.name} does not report credit")
                return []
            trunks = await account.trunks()
            # Some providers state the credit only in the reply to a paid request; the archive has the last one.
            readings = {reading.trunk: reading for reading in archive.credits(await account.key())}
            rows = []
            for trunk in trunks:
                reading = None if trunk.credit else readings.get(trunk.trunk_id)
                rows.append(
                    {
                        "account": configured.name,
                        "trunk": trunk.number or trunk.trunk_id,
                        "credit": reading.credit if reading else trunk.credit,
                        "expires_at": reading.expires_at if reading else trunk.credit_expires_at,
                        "as_of": reading.at if reading else now if trunk.credit else None,
                    }
                )
            return rows

        rows, status = for_each_account(options.names, read)
    if not rows and status != OK:
        return status
    show(rows, ("account", "trunk", "credit", "expires_at", "as_of"), options.format, empty="no trunks")
    return status
