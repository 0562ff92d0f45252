"""`trunkline history`: what the archive has beside the calls: credit, top-ups, corrected prices, unreadable rows."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trunkline.cli.arguments import when
from trunkline.cli.output import show
from trunkline.cli.parser import add_accounts, add_command, add_format
from trunkline.cli.rows import record
from trunkline.cli.status import OK
from trunkline.cli.storage import archived_accounts, clocks_of, open_archive, titles_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from datetime import datetime

    from trunkline.archive import Archive
    from trunkline.cli.parser import Commands


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A row of a call list that can't be read, as it is printed."""

    at: datetime
    call_id: str | None
    reason: str
    row: str


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
    "unreadable": (
        lambda archive, account, since: [
            _Unreadable(row.at, row.row.call_id, row.row.reason, row.redacted)
            for row in archive.unreadable_rows(account)
            if since is None or row.at >= since
        ],
        ("at", "account", "call_id", "reason", "row"),
    ),
}


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands, "history", _history, "list credit, top-ups, corrected prices or unreadable rows in the archive"
    )
    add_format(parser)
    parser.add_argument(
        "list", choices=list(_LISTS), help="credit, top-ups, corrections, or rows of call lists that can't be read"
    )
    add_accounts(parser)
    parser.add_argument("--since", metavar="WHEN", help="what was recorded at or after this time")


def _history(options: argparse.Namespace) -> int:
    read, columns = _LISTS[options.list]
    with closing(open_archive()) as archive:
        accounts, zone = archived_accounts(archive, options.names)
        since = when(options.since, zone)
        titles = titles_of(accounts)
        found = [(archived.account, item) for archived in accounts for item in read(archive, archived.account, since)]
    rows = [{**record(item), "account": titles[account]} for account, item in found]
    clocks = clocks_of(accounts, [account for account, _ in found])
    show(rows, columns, options.format, clocks=clocks, empty="nothing recorded in this period")
    return OK
