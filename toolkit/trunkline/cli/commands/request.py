"""`trunkline request`: any other request to the provider, and its reply as JSON."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from trunkline.cli.each import for_each_account, sent_once
from trunkline.cli.parser import UsageError, add_command
from trunkline.cli.printing import print_json
from trunkline.errors import RequestError
from trunkline.model import File
from trunkline.transport import MAY_BE_CARRIED_OUT

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.parser import Commands
    from trunkline.cli.settings import ConfiguredAccount
    from trunkline.providers import Account

_PARAMETER = re.compile(r"(?P<name>[^=:]+)(?P<sign>:?=)(?P<value>.*)", re.DOTALL)


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "request", _request, "send any other request to the provider and print its reply")
    parser.add_argument("account", metavar="ACCOUNT", help="name of the account")
    parser.add_argument("method", metavar="METHOD", help="GET, POST or another HTTP method")
    parser.add_argument("path", metavar="PATH", help="the path below the address of the account, or a request type")
    parser.add_argument(
        "params",
        nargs="*",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter; NAME:=JSON for a number, a list or an object",
    )


def parameters(texts: list[str]) -> dict[str, Any]:
    """Return parameters that were given as `name=value` or `name:=JSON`; `UsageError` for anything else."""
    found: dict[str, Any] = {}
    for text in texts:
        parts = _PARAMETER.fullmatch(text)
        try:
            if parts is None:
                raise ValueError  # noqa: TRY301
            found[parts["name"]] = parts["value"] if parts["sign"] == "=" else json.loads(parts["value"])
        except ValueError:
            msg = "a parameter is NAME=VALUE, or NAME:=JSON for a number, a list or an object"
            raise UsageError(msg) from None
    return found


def _request(options: argparse.Namespace) -> int:
    params = parameters(options.params)
    reserved = sorted({"method", "path"} & set(params))
    if reserved:
        msg = f"a parameter can't be called {reserved[0]}"
        raise UsageError(msg)
    replies: list[Any] = []

    async def send(configured: ConfiguredAccount, account: Account) -> list[dict[str, Any]]:
        # Nothing is said of a request that only reads.
        with sent_once(configured, MAY_BE_CARRIED_OUT) if options.method.upper() != "GET" else nullcontext():
            reply = await account.request(options.method, options.path, **params)
        if isinstance(reply, File):
            msg = "the reply is a file: use `trunkline download file`"
            raise RequestError(msg)
        replies.append(reply)
        return []

    _, status = for_each_account([options.account], send)
    for reply in replies:
        print_json(reply)
    return status
