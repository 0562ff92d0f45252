"""`trunkline calls`: lists archived calls."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from trunkline.cli.arguments import most, one_of, spans_of
from trunkline.cli.output import show
from trunkline.cli.parser import add_accounts, add_command, add_format, add_period
from trunkline.cli.rows import CALL_COLUMNS, call_row
from trunkline.cli.status import OK
from trunkline.cli.storage import archived_accounts, clocks_of, open_archive, titles_of
from trunkline.model import Call, Direction, Status, with_names

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from trunkline.cli.arguments import Span
    from trunkline.cli.parser import Commands


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "calls", _calls, "list archived calls, newest first")
    add_format(parser)
    add_accounts(parser)
    add_period(parser)
    parser.add_argument(
        "--direction", type=one_of(Direction), metavar="{incoming,outgoing,internal}",
        help="only calls in this direction",
    )  # fmt: skip
    parser.add_argument(
        "--status", type=one_of(Status), metavar="STATUS",
        help=f"only calls with this status: {', '.join(Status)}",
    )  # fmt: skip
    parser.add_argument("--limit", type=most, default=50, metavar="N", help="at most N calls (default: %(default)s)")


def _newest(found: Iterable[Iterable[Call]]) -> list[Call]:
    """Return the calls of several accounts in the order of those of one, those without a start last."""
    never = datetime.min.replace(tzinfo=UTC)
    every = sorted(chain.from_iterable(found), key=lambda call: call.call_id, reverse=True)
    return sorted(every, key=lambda call: call.started_at or never, reverse=True)


def _calls(options: argparse.Namespace) -> int:
    with closing(open_archive()) as archive:
        accounts, zone = archived_accounts(archive, options.names)
        of_span: dict[Span, list[str]] = {}
        for account, own in spans_of(options, accounts, zone).items():
            of_span.setdefault(own, []).append(account)
        found = [
            archive.calls(
                accounts=own,
                since=since,
                until=until,
                limit=options.limit,
                direction=options.direction,
                status=options.status,
            )
            for (since, until), own in of_span.items()
        ]
        chosen = found[0] if len(found) == 1 else _newest(found)[: options.limit]
        numbers = {party.e164 for call in chosen for party in (call.source, call.destination) if party.e164}
        names = archive.contacts.names(list(numbers))
    titles = titles_of(accounts)
    rows = [{**call_row(with_names(call, names)), "account": titles.get(call.account, call.account)} for call in chosen]
    clocks = clocks_of(accounts, [call.account for call in chosen])
    empty = "no calls: run `trunkline sync` or choose another period"
    show(rows, CALL_COLUMNS, options.format, clocks=clocks, empty=empty)
    return OK
