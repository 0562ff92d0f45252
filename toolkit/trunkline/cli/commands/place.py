"""`trunkline call`, `callback` and `otp`: what costs money, sent once."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from trunkline.cli.arguments import dialable
from trunkline.cli.each import for_each_account, sent_once
from trunkline.cli.methods import Method, account_methods
from trunkline.cli.options import add_arguments, given_arguments
from trunkline.cli.output import show, warn
from trunkline.cli.parser import add_command, add_format
from trunkline.cli.storage import open_archive
from trunkline.cli.values import arguments_for
from trunkline.errors import TrunklineError
from trunkline.model import Capability
from trunkline.transport import PHONE_MAY_RING

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.parser import Commands, Parser
    from trunkline.cli.settings import ConfiguredAccount
    from trunkline.providers import Account

_ENDS = {"source": "--from", "destination": "--to"}
NAMED = {
    "click_to_call": {**_ENDS, "stream": "--service"},
    "secure_call": _ENDS,
    "callback": _ENDS,
    "send_otp": {"number": "--to"},
}
"""The methods that have a command of their own, and the options that aren't called after their parameters."""


def add_to(commands: Commands) -> None:
    """Add the commands to the parser."""
    call = add_command(
        commands, "call", _call, "call an extension, then connect it to a number; charged like any other call"
    )
    _add_account(call)
    call.add_argument("--from", dest="source", type=dialable, required=True, metavar="EXTENSION", help="rings first")
    call.add_argument("--to", dest="destination", type=dialable, required=True, metavar="NUMBER", help="called second")
    call.add_argument(
        "--service", dest="stream", metavar="SERVICE", help="the service to call from, if several have the extension"
    )
    call.add_argument("--secure", action="store_true", help="connect two numbers without showing one to the other")
    call.complete_with(partial(_add_arguments, call, "click_to_call", "secure_call"))
    back = add_command(
        commands, "callback", _callback, "call a number back through a device, then connect it; charged like any call"
    )
    _add_account(back)
    back.add_argument("--from", dest="source", type=dialable, required=True, metavar="NUMBER", help="rings first")
    back.add_argument(
        "--to", dest="destination", type=dialable, metavar="NUMBER", help="called second; asked for if left out"
    )
    back.complete_with(partial(_add_arguments, back, "callback"))
    otp = add_command(commands, "otp", _otp, "call a number and speak a one-time code; charged by the provider")
    _add_account(otp)
    otp.add_argument("--to", dest="number", type=dialable, required=True, metavar="NUMBER", help="the number to call")
    otp.complete_with(partial(_add_arguments, otp, "send_otp"))


def _add_account(parser: Parser) -> None:
    add_format(parser)
    parser.add_argument("account", metavar="ACCOUNT", help="name of the account")


def _add_arguments(parser: Parser, *names: str) -> None:
    methods = account_methods()
    having = [methods[name] for name in names if name in methods]
    add_arguments(parser, having, without={parameter for name in names for parameter in NAMED[name]})


def _call(options: argparse.Namespace) -> int:
    return _send(options, "secure_call" if options.secure else "click_to_call")


def _callback(options: argparse.Namespace) -> int:
    return _send(options, "callback")


def _otp(options: argparse.Namespace) -> int:
    return _send(options, "send_otp")


def _send(options: argparse.Namespace, name: str) -> int:
    given = {parameter: getattr(options, parameter, None) for parameter in {**_ENDS, "stream": "", "number": ""}}
    named = {parameter: value for parameter, value in given.items() if value is not None}
    method = account_methods()[name]
    return send_paid(options, method, {**named, **given_arguments(options)})


def send_paid(options: argparse.Namespace, method: Method, given: dict[str, Any]) -> int:
    """Send a request that costs money, once, and print the reply."""

    async def place(configured: ConfiguredAccount, account: Account) -> list[dict[str, Any]]:
        arguments = arguments_for(method, account.info, given, account.zone, options=NAMED.get(method.name, {}))
        with sent_once(configured, PHONE_MAY_RING):
            placed = await getattr(account, method.name)(**arguments)
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
