"""The command `trunkline`: runs one subcommand and turns what it raises into one line and an exit status.

Credentials come from `accounts.toml` or the environment (see `trunkline.cli.settings`), never from the command line.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from trunkline.errors import ConfigError, RequestError, TrunklineError
from trunkline.providers import load_installed
from trunkline.version import __version__

from .commands import COMMANDS
from .output import OutputError, warn
from .parser import Parser, UsageError
from .status import FAILED, INTERRUPTED, OK, USAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

_NO_LOG = logging.NullHandler()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; an error is one line on standard error.

    0 is success, 1 a failure, 2 an invalid option, number, date or setting, and 130 an interruption from the keyboard.
    """
    # Without a handler, what it says of a lost connection would stand beside our own line.
    logging.getLogger("psycopg").addHandler(_NO_LOG)
    try:
        # The commands are made of what the providers can do.
        load_installed()
        options = build_parser().parse_args(arguments)
        status: int = options.run(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has closed the pipe.
        _discard_output()
        return OK
    except OutputError as error:
        _discard_output()
        warn(str(error))
        return FAILED
    except (ConfigError, RequestError, UsageError) as error:
        warn(str(error))
        return USAGE
    except TrunklineError as error:
        warn(str(error))
        return FAILED
    return status


def _discard_output() -> None:
    """Let what can't be written go: Python would report that again when it closes standard output."""
    with suppress(AttributeError, OSError):  # it is closed, or has no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def build_parser() -> Parser:
    """Return the parser of all commands."""
    parser = Parser(prog="trunkline", description="Sync, list, analyse and place calls of telephony providers.")
    parser.add_argument("--version", action="version", version=f"trunkline {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for command in COMMANDS:
        command.add_to(commands)
    return parser
