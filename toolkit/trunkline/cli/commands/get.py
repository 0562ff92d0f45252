"""`trunkline get`: lists, figures and settings, as the provider has them now."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING, Any

from trunkline.cli.arguments import most
from trunkline.cli.each import for_each_account
from trunkline.cli.methods import Kind, Method, account_methods
from trunkline.cli.options import add_arguments, given_arguments
from trunkline.cli.output import warn
from trunkline.cli.parser import add_accounts, add_command, add_family, add_format
from trunkline.cli.printing import Results
from trunkline.cli.rows import page_rows, record
from trunkline.cli.settings import chosen_accounts
from trunkline.cli.status import OK
from trunkline.cli.values import arguments_for
from trunkline.cli.words import command_name
from trunkline.errors import ConfigError
from trunkline.providers.overview import heading

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.parser import Commands
    from trunkline.cli.settings import ConfiguredAccount
    from trunkline.providers import Account

_ROWS = 100


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    add_family(commands, "get", "read a list, a figure or a setting from the provider", _add_methods)


def _add_methods(whats: Commands) -> None:
    for method in account_methods().values():
        if method.kind is Kind.GET:
            what = add_command(whats, command_name(method.name), partial(_get, method=method), described(method))
            add_format(what)
            add_accounts(what)
            if is_stream(method):
                what.add_argument(
                    "--rows", type=most, default=_ROWS, metavar="N", help="at most N rows (default: %(default)s)"
                )
            add_arguments(what, [method])


def described(method: Method) -> str:
    """Return what a method returns or does, with the providers that have it."""
    return f"{method.summary} ({method.providers})".replace("%", "%%")


def is_stream(method: Method) -> bool:
    """Return whether a method yields a list that may be very long."""
    return any(signature.returns.startswith("AsyncIterator") for signature in method.signatures.values())


def _get(options: argparse.Namespace, *, method: Method) -> int:
    results = Results(options.format)

    async def read(configured: ConfiguredAccount, account: Account) -> list[dict[str, Any]]:
        signature = method.signature_for(account.info)
        arguments = arguments_for(method, account.info, given_arguments(options), account.zone)
        if signature.parameter("stream") and "stream" not in arguments:
            arguments["stream"] = (await account.streams())[0]
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
    if rows or status == OK:
        results.show(rows)
    return status


def _names_with(method: Method) -> list[str]:
    """Return the names of the configured accounts whose provider has a method; `ConfigError` if there is none."""
    names = [configured.name for configured in chosen_accounts(()) if heading(configured.info) in method.signatures]
    if not names:
        msg = f"no configured account has {method.name.replace('_', ' ')}; it exists at {method.providers}"
        raise ConfigError(msg)
    return names


async def _first_rows(account: str, items: AsyncIterator[Any], limit: int) -> list[Any]:
    """Return the first rows of a long list; those of a page each state the cursor after it."""
    found: list[Any] = []
    async for item in items:
        page = page_rows(item)
        # A page is kept whole, so that its cursor leads to the row after it.
        found += [item] if page is None else [{**record(row), "cursor": item.cursor} for row in page]
        if len(found) >= limit:
            warn(f"{account}: the first {len(found)} rows; use --rows for more")
            break
    return found
