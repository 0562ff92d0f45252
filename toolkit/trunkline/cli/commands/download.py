"""`trunkline download`: saves recordings, voicemails, faxes and the provider's exports as files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from trunkline.cli.each import for_each_account
from trunkline.cli.files import Target
from trunkline.cli.items import ITEMS, add_item_options, find_items, wants_several
from trunkline.cli.methods import Kind, Method, account_methods
from trunkline.cli.options import add_arguments, given_arguments
from trunkline.cli.output import show, warn
from trunkline.cli.parser import add_command, add_family, add_format
from trunkline.cli.status import FAILED
from trunkline.cli.values import arguments_for
from trunkline.cli.words import command_name
from trunkline.errors import AuthenticationError, ConfigError, TrunklineError

from .get import described

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.items import ItemKind
    from trunkline.cli.parser import Commands
    from trunkline.cli.settings import ConfiguredAccount
    from trunkline.model import File
    from trunkline.providers import Account

_COLUMNS = ("account", "file", "media_type", "bytes")


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    add_family(commands, "download", "save a recording, voicemail, fax, document or export", _add_methods)


def item_of(method: Method) -> tuple[str, ItemKind] | None:
    """Return the parameter of a method that is a call, a voicemail or a fax, and its kind; None if it has none."""
    found = ((name, ITEMS.get(parameter.type)) for name, parameter in method.parameters.items())
    return next(((name, kind) for name, kind in found if kind is not None), None)


def _add_methods(whats: Commands) -> None:
    for method in account_methods().values():
        if method.kind is Kind.DOWNLOAD:
            what = add_command(whats, command_name(method.name), partial(_download, method=method), described(method))
            add_format(what)
            what.add_argument("account", metavar="ACCOUNT", help="name of the account")
            what.add_argument(
                "-o", "--output", default="./", metavar="PATH",
                help="a file, or a folder for files with the provider's names (default: the current folder)",
            )  # fmt: skip
            what.add_argument("--force", action="store_true", help="replace a file that exists")
            item = item_of(method)
            if item is not None:
                add_item_options(what, item[1])
            add_arguments(what, [method], without=[item[0]] if item else ())


def _download(options: argparse.Namespace, *, method: Method) -> int:
    target = Target(options.output, force=options.force)
    item = item_of(method)
    target.check(several=item is not None and wants_several(options))
    failed = False

    async def save(configured: ConfiguredAccount, account: Account) -> list[dict[str, Any]]:
        nonlocal failed
        fetch = getattr(account, method.name)
        given = given_arguments(options)
        if item is None:
            return [_saved(configured, target, await fetch(**arguments_for(method, account.info, given, account.zone)))]
        name, kind = item
        # Check the arguments before the provider is asked for the items.
        arguments = arguments_for(method, account.info, {**given, name: ""}, account.zone)
        rows = []
        items = await find_items(kind, account, options)
        for found in items:
            try:
                rows.append(_saved(configured, target, await fetch(**{**arguments, name: found})))
            except (AuthenticationError, ConfigError):
                raise
            except TrunklineError as error:
                if len(items) == 1:
                    raise
                failed = True
                warn(f"{configured.name}: {kind.title} {getattr(found, kind.id_name)}: {error}")
        return rows

    rows, status = for_each_account([options.account], save)
    if rows or not (status or failed):
        show(rows, _COLUMNS, options.format, empty="nothing to download in this period")
    return status or (FAILED if failed else status)


def _saved(configured: ConfiguredAccount, target: Target, file: File) -> dict[str, Any]:
    path = target.save(file)
    return {
        "account": configured.name,
        "file": str(path),
        "media_type": file.media_type,
        "bytes": len(file.content),
    }
