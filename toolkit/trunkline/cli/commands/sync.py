"""`trunkline sync`: reads the calls of each account into the archive, with progress on a terminal."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from trunkline.cli.arguments import count, when
from trunkline.cli.each import for_each_account
from trunkline.cli.output import show, warn
from trunkline.cli.parser import add_accounts, add_command, add_format
from trunkline.cli.storage import open_archive
from trunkline.errors import ArchiveError, TrunklineError
from trunkline.model import Capability
from trunkline.sync import sync_account, sync_phonebook

if TYPE_CHECKING:
    import argparse

    from trunkline.archive import Archive
    from trunkline.cli.parser import Commands
    from trunkline.cli.settings import ConfiguredAccount
    from trunkline.providers import Account
    from trunkline.sync import SyncProgress


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "sync", _sync, "read new calls into the archive")
    add_format(parser)
    add_accounts(parser)
    parser.add_argument("--full", action="store_true", help="read all calls again, to find late corrections")
    parser.add_argument("--since", metavar="WHEN", help="skip calls before this time, for a shorter first sync")
    parser.add_argument(
        "--overlap", type=count, default=24, metavar="HOURS",
        help="read calls of so many hours again, because the provider may correct them (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def _sync(options: argparse.Namespace) -> int:
    with closing(open_archive()) as archive:

        async def read(configured: ConfiguredAccount, account: Account) -> list[dict[str, Any]]:
            key = await account.key()
            titles = {archived.account: archived.title for archived in archive.accounts()}
            archive.register(
                key,
                provider=configured.provider,
                title=titles.get(key, configured.name),
                zone=account.zone.key,
                currency=account.currency,
            )
            since = when(options.since, account.zone)
            with _Progress(configured.name, hidden=options.quiet) as progress:
                result = await sync_account(
                    account,
                    archive,
                    since=since,
                    overlap=timedelta(hours=options.overlap),
                    full=options.full,
                    progress=progress.update,
                )
            await _read_phonebook(configured.name, account, archive)
            if result.unreadable:
                warn(
                    f"{configured.name}: {result.unreadable} rows of the call list can't be read. They are kept, and "
                    "tried again by the next version. See: trunkline history unreadable"
                )
            return [
                {
                    "account": configured.name,
                    "new": result.new,
                    "changed": result.changed,
                    "unchanged": result.unchanged,
                    "pages": result.pages,
                    "complete": result.complete,
                    "unreadable": result.unreadable,
                }
            ]

        rows, status = for_each_account(options.names, read)
    if rows:
        show(rows, ("account", "new", "changed", "unchanged", "pages", "complete", "unreadable"), options.format)
    return status


async def _read_phonebook(name: str, account: Account, archive: Archive) -> None:
    """Keep the names of the provider's phonebook; the calls are there without them."""
    if not account.supports(Capability.CONTACTS):
        return
    try:
        await sync_phonebook(account, archive)
    except ArchiveError:
        raise
    except TrunklineError as error:
        warn(f"{name}: the phonebook wasn't read: {error}")


class _Progress:
    """A progress bar on standard error: calls read, how many there are, and the rate."""

    def __init__(self, name: str, *, hidden: bool) -> None:
        from tqdm import tqdm  # noqa: PLC0415  (not installed in Home Assistant, which doesn't run commands)

        class Bar(tqdm):  # type: ignore[misc]
            monitor_interval = 0  # no thread of its own: pages come often enough

        # disable=None hides it where standard error isn't a terminal.
        self._bar = Bar(desc=name, unit=" calls", disable=True if hidden else None, leave=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def update(self, progress: SyncProgress) -> None:
        """Display the progress of a sync."""
        self._bar.total = progress.total
        self._bar.update(progress.read - self._bar.n)
