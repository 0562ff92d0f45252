"""`trunkline accounts` and `trunkline providers`: what is configured, and what each provider supports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.cli.output import show
from trunkline.cli.parser import add_command, add_format
from trunkline.cli.settings import accounts_file, configured_accounts
from trunkline.cli.status import OK
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
    rows = [
        {
            "name": configured.name,
            "provider": configured.provider,
            "dialect": configured.info.dialect or None,
            "base_url": configured.base_url or configured.info.base_url or None,
            "zone": configured.zone or configured.info.zone,
            "currency": configured.currency or configured.info.currency,
            "credentials": "complete" if _can_open(configured) else "missing",
        }
        for configured in configured_accounts().values()
    ]
    columns = ("name", "provider", "dialect", "base_url", "zone", "currency", "credentials")
    show(rows, columns, options.format, empty=f"no account is set up: add one to {accounts_file()}")
    return OK


def _can_open(configured: ConfiguredAccount) -> bool:
    """Return whether the settings are complete; opening an account sends nothing."""
    try:
        configured.open()
    except ConfigError:
        return False
    return True


def _providers(options: argparse.Namespace) -> int:
    rows = [
        {name: "yes" if value is True else value or None for name, value in row.items()}
        for row in overview.rows(PROVIDERS)
    ]
    headings = [overview.heading(info) for info in overview.dialects(PROVIDERS)]
    show(rows, ("capability", *headings), options.format)
    return OK
