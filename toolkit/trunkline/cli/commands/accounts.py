"""`trunkline accounts` and `trunkline providers`: what is configured, and what each provider supports."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trunkline.cli.output import show, warn
from trunkline.cli.parser import add_command, add_format
from trunkline.cli.settings import accounts_file, configured_accounts
from trunkline.cli.status import OK, USAGE
from trunkline.errors import ConfigError
from trunkline.providers import PROVIDERS, overview

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.parser import Commands
    from trunkline.cli.settings import ConfiguredAccount


def add_to(commands: Commands) -> None:
    """Add the commands to the parser."""
    add_format(add_command(commands, "accounts", _accounts, "list the configured accounts"))
    add_format(add_command(commands, "providers", _providers, "list the capabilities of each provider"))


def _accounts(options: argparse.Namespace) -> int:
    every = configured_accounts().values()
    rows = [
        {
            "name": configured.name,
            "provider": configured.provider,
            "dialect": configured.info.dialect or None,
            "base_url": configured.base_url or configured.info.base_url or None,
            "zone": configured.zone or configured.info.zone,
            "currency": configured.currency or configured.info.currency,
            "credentials": "complete" if _has_credentials(configured) else "missing",
        }
        for configured in every
    ]
    columns = ("name", "provider", "dialect", "base_url", "zone", "currency", "credentials")
    show(rows, columns, options.format, empty=f"no account is set up: add one to {accounts_file()}")
    wrong = [error for each in every if _has_credentials(each) and (error := _error_of(each))]
    for error in wrong:
        warn(error)
    return USAGE if wrong else OK


def _has_credentials(configured: ConfiguredAccount) -> bool:
    """Return whether the account can be opened, but for its zone and its currency."""
    return not _error_of(replace(configured, zone=None, currency=None))


def _error_of(configured: ConfiguredAccount) -> str:
    """Return what is wrong with the settings, or nothing; opening an account sends nothing."""
    try:
        configured.open()
    except ConfigError as error:
        return str(error)
    return ""


def _providers(options: argparse.Namespace) -> int:
    rows = [
        {name: "yes" if value is True else value or None for name, value in row.items()}
        for row in overview.rows(PROVIDERS)
    ]
    headings = [overview.heading(info) for info in overview.dialects(PROVIDERS)]
    show(rows, ("capability", *headings), options.format)
    return OK
