"""`trunkline call` and `trunkline otp`: what costs money, sent once."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from trunkline.cli.arguments import dialable
from trunkline.cli.each import for_each_account
from trunkline.cli.output import show, warn
from trunkline.cli.parser import add_command, add_format
from trunkline.cli.storage import open_archive
from trunkline.errors import TrunklineError
from trunkline.model import Capability

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from trunkline.cli.parser import Commands
    from trunkline.cli.settings import ConfiguredAccount
    from trunkline.model import PlacedCall
    from trunkline.providers import Account


def add_to(commands: Commands) -> None:
    """Add the commands to the parser."""
    call = add_command(
        commands, "call", _call, "call an extension, then connect it to a number; charged like any other call"
    )
    add_format(call)
    call.add_argument("account", help="name of the account")
    call.add_argument("--from", dest="source", type=dialable, required=True, metavar="EXTENSION", help="rings first")
    call.add_argument("--to", dest="destination", type=dialable, required=True, metavar="NUMBER", help="called second")
    call.add_argument("--service", help="the service to call from, if several have the extension")
    call.add_argument("--secure", action="store_true", help="connect two numbers without showing one to the other")
    otp = add_command(commands, "otp", _otp, "call a number and speak a one-time code; charged by the provider")
    add_format(otp)
    otp.add_argument("account", help="name of the account")
    otp.add_argument("--to", type=dialable, required=True, metavar="NUMBER", help="the number to call")
    otp.add_argument("--purpose", default="login", help="what the code is for (default: %(default)s)")
    otp.add_argument("--reference", help="your own reference for this request")


def _call(options: argparse.Namespace) -> int:
    async def place(account: Account) -> PlacedCall:
        if options.secure:
            return await account.secure_call(source=options.source, destination=options.destination)
        return await account.click_to_call(
            source=options.source, destination=options.destination, stream=options.service
        )

    return _place(options, place)


def _otp(options: argparse.Namespace) -> int:
    async def send(account: Account) -> PlacedCall:
        return await account.send_otp(number=options.to, purpose=options.purpose, reference=options.reference)

    return _place(options, send)


def _place(options: argparse.Namespace, send: Callable[[Account], Awaitable[PlacedCall]]) -> int:
    """Send a request that costs money, once, and print the reply."""

    async def place(configured: ConfiguredAccount, account: Account) -> list[dict[str, Any]]:
        placed = await send(account)
        if placed.remaining_credit is not None and account.supports(Capability.TRUNKS):
            await _save_credit(configured, account)
        return [
            {
                "account": configured.name,
                "request_id": placed.request_id,
                "status": placed.status,
                "charged": placed.charged,
                "remaining_credit": placed.remaining_credit,
            }
        ]

    rows, status = for_each_account([options.account], place)
    if rows:
        show(rows, ("account", "request_id", "status", "charged", "remaining_credit"), options.format)
    return status


async def _save_credit(configured: ConfiguredAccount, account: Account) -> None:
    """Archive the credit that the reply stated. An error is only a warning: the request has been carried out."""
    try:
        key = await account.key()
        trunks = await account.trunks()
        with closing(open_archive()) as archive:
            if key not in {archived.account for archived in archive.accounts()}:
                archive.register(
                    key,
                    provider=configured.provider,
                    title=configured.name,
                    zone=account.zone.key,
                    currency=account.currency,
                )
            archive.record_credit(key, trunks, datetime.now(UTC))
    except TrunklineError as error:
        warn(f"{configured.name}: the remaining credit could not be saved ({error})")
