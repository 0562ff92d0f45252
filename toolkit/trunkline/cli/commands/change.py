"""`trunkline do`: changes something at the provider. Each request is sent once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from trunkline.cli.each import for_each_account, sent_once
from trunkline.cli.methods import Kind, Method, account_methods
from trunkline.cli.options import add_arguments, given_arguments
from trunkline.cli.parser import add_command, add_family, add_format
from trunkline.cli.printing import Results
from trunkline.cli.status import FAILED
from trunkline.cli.values import arguments_for
from trunkline.cli.words import command_name
from trunkline.model import AgentResult
from trunkline.transport import MAY_BE_CARRIED_OUT

from .get import described
from .place import NAMED as PLACING_CALLS
from .place import send_paid

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.parser import Commands
    from trunkline.cli.settings import ConfiguredAccount
    from trunkline.providers import Account


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    add_family(commands, "do", "change something at the provider", _add_methods)


def changes() -> list[Method]:
    """Return the methods that the command carries out."""
    return [
        method
        for method in account_methods().values()
        if method.kind is Kind.DO or (method.kind is Kind.PAID and method.name not in PLACING_CALLS)
    ]


def _add_methods(whats: Commands) -> None:
    for method in changes():
        what = add_command(whats, command_name(method.name), partial(_do, method=method), described(method))
        add_format(what)
        what.add_argument("account", metavar="ACCOUNT", help="name of the account")
        add_arguments(what, [method])


def _do(options: argparse.Namespace, *, method: Method) -> int:
    if method.kind is Kind.PAID:
        return send_paid(options, method, given_arguments(options))
    results = Results(options.format)
    refused = False

    async def change(configured: ConfiguredAccount, account: Account) -> list[dict[str, Any]]:
        nonlocal refused
        arguments = arguments_for(method, account.info, given_arguments(options), account.zone)
        with sent_once(configured, MAY_BE_CARRIED_OUT):
            result = await getattr(account, method.name)(**arguments)
        changed = result if isinstance(result, tuple) else (result,)
        refused = any(isinstance(item, AgentResult) and not item.done for item in changed)
        return results.rows(configured.name, account.zone, {"done": True} if result is None else result, name="reply")

    rows, status = for_each_account([options.account], change)
    if rows:
        results.show(rows)
    return FAILED if refused else status
