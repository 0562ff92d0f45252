"""`trunkline get`: lists, figures and settings, as the provider has them now."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING, Any

from trunkline.cli.arguments import count
from trunkline.cli.each import for_each_account
from trunkline.cli.methods import Kind, Method, account_methods
from trunkline.cli.options import add_arguments, given_arguments
from trunkline.cli.output import warn
from trunkline.cli.parser import add_accounts, add_command, add_format, add_subcommands
from trunkline.cli.printing import Results
from trunkline.cli.rows import page_rows, record
from trunkline.cli.settings import chosen_accounts
from trunkline.cli.values import arguments_for
from trunkline.cli.words import command_name
from trunkline.errors import ConfigError
from trunkline.providers.overview import heading

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.parser import Commands, Parser
    from trunkline.cli.settings import ConfiguredAccount
    from trunkline.providers import Account

_ROWS = 100


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "get", _get, "read a list, a figure or a setting from the provider")
    parser.complete_with(partial(_add_methods, parser))


def _add_methods(parser: Parser) -> None:
    whats = add_subcommands(parser, "what to read", "WHAT")
    for method in account_methods().values():
        if method.kind is Kind.GET:
            what = add_command(whats, command_name(method.name), partial(_get, method=method), described(method))
            add_format(what)
            add_accounts(what)
            if is_stream(method):
                what.add_argument(
                    "--rows", type=count, default=_ROWS, metavar="N", help="at most N rows (default: %(default)s)"
                )
            add_arguments(what, [method])


def described(method: Method) -> str:
    """Return what a method returns or does, with the providers that have it."""
    return f"{method.summary} ({', '.join(method.signatures)})".replace("%", "%%")


def is_stream(method: Method) -> bool:
    """Return whether a method yields a list that may be very long."""
    return any(signature.returns.startswith("AsyncIterator") for signature in method.signatures.values())


def _get(options: argparse.Namespace, *, method: Method) -> int:
    results = Results(options.format)

    async def read(configured: ConfiguredAccount, account: Account) -> list[dict[str, Any]]:
        signature = method.signature_for(account.info)
        arguments = arguments_for(method, account.info, given_arguments(options), account.zone)
        function = getattr(account, method.name)
        if not inspect.iscoroutinefunction(function) and not inspect.isasyncgenfunction(function):
            # It sends nothing itself, but may have to know whose account this is.
            await account.key()
        result = function(**arguments)
        if isinstance(result, AsyncIterator):
            result = await _first_rows(configured.name, result, options.rows)
        elif inspect.isawaitable(result):
            result = await result
        return results.rows(configured.name, account.zone, result, signature.returns, name=method.name)

    rows, status = for_each_account(options.names or _names_with(method), read)
    results.show(rows)
    return status


def _names_with(method: Method) -> list[str]:
    """Return the names of the configured accounts whose provider has a method; `ConfigError` if there is none."""
    names = [configured.name for configured in chosen_accounts(()) if heading(configured.info) in method.signatures]
    if not names:
        what, where = method.name.replace("_", " "), ", ".join(method.signatures)
        msg = f"no configured account has {what}; it exists at {where}"
        raise ConfigError(msg)
    return names


async def _first_rows(account: str, items: AsyncIterator[Any], limit: int) -> list[Any]:
    """Return the first rows of a long list; those of a page each state the cursor after it."""
    found: list[Any] = []
    async for item in items:
        page = page_rows(item)
        found += [item] if page is None else [{**record(row), "cursor": item.cursor} for row in page]
        if len(found) >= limit:
            warn(f"{account}: the first {limit} rows; use --rows for more")
            break
    # What a page has beyond the limit stays, so that its cursor leads to the next row.
    return found if found and isinstance(found[0], dict) else found[:limit]
