"""The parser of the command line, and the arguments that several commands share."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, override

from .arguments import one_of
from .output import Format, write

if TYPE_CHECKING:
    from collections.abc import Callable

# A part of the command line that names an option. Whatever else was typed may be a number or a secret.
_OPTION = re.compile(r"--[A-Za-z][A-Za-z-]*|-[A-Za-z]")

type Command = Callable[[argparse.Namespace], int]


class UsageError(Exception):
    """The command line has an invalid option or value."""


class Parser(argparse.ArgumentParser):
    """A parser that raises `UsageError` instead of printing the usage and exiting.

    `complete_with` sets what adds further arguments when the parser is first used: reading the methods of all providers
    takes time that other commands don't need.
    """

    _complete: Callable[[], None] | None = None

    def complete_with(self, complete: Callable[[], None]) -> None:
        """Set what adds the rest of the arguments."""
        self._complete = complete

    def complete(self) -> None:
        """Add the rest of the arguments, if that wasn't done before."""
        complete, self._complete = self._complete, None
        if complete is not None:
            complete()

    @override
    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self.complete()
        options, unknown = super().parse_known_args(args, namespace)
        several = next((each for each in self._actions if each.nargs == "*" and not each.option_strings), None)
        if several is not None and not any(map(_OPTION.match, unknown)):
            # argparse takes what stands behind an option for too much, once it has read another argument before.
            more = [text for text in unknown if text != "--"]
            try:
                found = [*getattr(options, several.dest), *(self._get_value(several, text) for text in more)]
            except argparse.ArgumentError as error:
                self.error(str(error))
            setattr(options, several.dest, found)
            unknown = []
        if unknown:
            named = [found[0] for found in map(_OPTION.match, unknown) if found]
            self.error(f"there is no option {named[0]}" if named else "there are more arguments than the command takes")
        return options, unknown

    @override
    def _print_message(self, message: str, file: Any = None) -> None:
        write(message)

    @override
    def error(self, message: str) -> NoReturn:
        msg = f"{message} (see {self.prog} --help)"
        raise UsageError(msg)


class Commands(Protocol):
    """The parsers of the commands, as `ArgumentParser.add_subparsers` returns them."""

    def add_parser(self, name: str, *, help: str, description: str) -> Parser:  # noqa: A002  (argparse's name)
        """Add and return the parser of a command."""


def add_command(commands: Commands, name: str, run: Command, text: str) -> Parser:
    """Add a command that `run` carries out; `text` is its help, a phrase without a full stop."""
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(run=run)
    return parser


def add_family(commands: Commands, name: str, text: str, add_members: Callable[[Commands], None]) -> None:
    """Add a command that consists of others, which `add_members` adds when the command is used."""
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.complete_with(
        lambda: add_members(parser.add_subparsers(title="what", metavar="WHAT", required=True, parser_class=Parser))
    )


def add_format(parser: Parser) -> None:
    """Add the option that chooses between a table, JSON and CSV."""
    parser.add_argument(
        "--format", type=one_of(Format), default=Format.TABLE, metavar="{table,json,csv}",
        help="output format (default: %(default)s)",
    )  # fmt: skip


def add_accounts(parser: Parser) -> None:
    """Add the optional names of the accounts that the command is about."""
    parser.add_argument("names", nargs="*", default=[], metavar="ACCOUNT", help="names of accounts (default: all)")


def add_period(parser: Parser) -> None:
    """Add the half-open period in which calls must have started."""
    form = "a date (2026-11-21 or 1405-08-30), optionally with a time, or today, yesterday, 7d, 12h"
    parser.add_argument("--since", metavar="WHEN", help=f"calls that started at or after {form}")
    parser.add_argument("--until", metavar="WHEN", help="calls that started before this time")
    parser.add_argument(
        "--period", metavar="PERIOD",
        help="a month (1405-08 or 2026-11), a day, a year, a range (1405-08..1405-10), 'last month' or 'last 28 days'",
    )  # fmt: skip
