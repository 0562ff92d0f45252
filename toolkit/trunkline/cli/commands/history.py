"""`trunkline history`: what the archive recorded over time beside the calls: credit, top-ups and corrected prices."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from trunkline.cli.arguments import when
from trunkline.cli.output import show
from trunkline.cli.parser import add_accounts, add_command, add_format
from trunkline.cli.rows import record
from trunkline.cli.status import OK
from trunkline.cli.storage import archived_accounts, open_archive

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from datetime import datetime

    from trunkline.archive import Archive
    from trunkline.cli.parser import Commands


_LISTS: dict[str, tuple[Callable[[Archive, str, datetime | None], list[Any]], tuple[str, ...]]] = {
    "credit": (
        lambda archive, account, since: archive.credits(account, since=since),
        ("at", "account", "trunk", "credit", "expires_at"),
    ),
    "top-ups": (
        lambda archive, account, since: archive.top_ups(account, since=since),
        ("at", "account", "trunk", "amount", "after"),
    ),
    "corrections": (
        lambda archive, account, since: archive.corrections(account, since=since),
        ("at", "account", "call_id", "field", "old", "new"),
    ),
}


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands, "history", _history, "list the credit, top-ups or corrected prices that the archive recorded"
    )
    add_format(parser)
    parser.add_argument("list", choices=list(_LISTS), help="credit, top-ups or corrections")
    add_accounts(parser)
    parser.add_argument("--since", metavar="WHEN", help="what was recorded at or after this time")


def _history(options: argparse.Namespace) -> int:
    read, columns = _LISTS[options.list]
    with closing(open_archive()) as archive:
        accounts, zone = archived_accounts(archive, options.names)
        since = when(options.since, zone)
        rows = [
            {**record(item), "account": archived.title}
            for archived in accounts
            for item in read(archive, archived.account, since)
        ]
    show(rows, columns, options.format, zone=zone, empty="nothing recorded in this period")
    return OK
