"""`trunkline import`: reads call records of other systems into the archive."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trunkline.cli.arguments import country
from trunkline.cli.output import show, warn
from trunkline.cli.parser import add_command, add_format
from trunkline.cli.status import FAILED, OK
from trunkline.errors import ConfigError
from trunkline.importing import FIELDS, FORMS
from trunkline.importing.importer import import_file, place_of

if TYPE_CHECKING:
    from trunkline.cli.parser import Commands

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_TOLD = 10


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "import", _import, "read call records of other systems into the archive")
    add_format(parser)
    parser.add_argument("file", metavar="FILE", help="a file of call records")
    parser.add_argument(
        "--form", choices=FORMS, required=True,
        help="Asterisk's Master.csv, FreeSWITCH's CSV, or CSV with a header",
    )  # fmt: skip
    parser.add_argument(
        "--account", type=_name, required=True, metavar="NAME", help="whose calls these are, such as pbx"
    )
    parser.add_argument("--zone", type=_zone, required=True, metavar="ZONE", help="time zone, such as Asia/Tehran")
    parser.add_argument("--currency", type=_currency, metavar="XXX", help="currency of the prices, such as IRR")
    parser.add_argument(
        "--country", type=country, metavar="XX", help="country of numbers without a country code, such as IR"
    )
    parser.add_argument(
        "--incoming", action="append", default=[], metavar="CONTEXT",
        help="context of incoming calls, such as from-trunk; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--column", action="append", default=[], metavar="FIELD=COLUMN",
        help=f"of CSV: which column holds what; fields are {', '.join(FIELDS)}",
    )  # fmt: skip


def _import(options: argparse.Namespace) -> int:
    columns = dict(_column(text) for text in options.column)
    if bool(columns) != (options.form == "csv"):
        msg = "--column is needed for csv" if options.form == "csv" else "--column is for csv only"
        raise ConfigError(msg)
    if options.incoming and options.form == "csv":
        msg = "--incoming is for asterisk and freeswitch: of csv, name the column of the direction"
        raise ConfigError(msg)
    path = Path(options.file)
    place = place_of(options.account, options.zone, options.currency, options.country, options.incoming)
    done = import_file(path, place, form=options.form, columns=columns)
    row = {
        "account": options.account, "new": done.new, "changed": done.changed, "unchanged": done.unchanged,
        "rejected": len(done.rejected),
    }  # fmt: skip
    show([row], tuple(row), options.format, zone=options.zone, empty="")
    for each in done.rejected[:_TOLD]:
        warn(f"{path}, line {each.line}: {each.reason}; this row is left out")
    if len(done.rejected) > _TOLD:
        warn(f"{path}: {len(done.rejected) - _TOLD:,} more rows are left out")
    return FAILED if done.rejected else OK


def _column(text: str) -> tuple[str, str]:
    field, equals, column = text.partition("=")
    if not equals or field not in FIELDS or not column:
        msg = f"{text[:40]!r}: write --column FIELD=COLUMN, where FIELD is one of {', '.join(FIELDS)}"
        raise ConfigError(msg)
    return field, column


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        msg = "a name consists of letters, digits, - and _"
        raise argparse.ArgumentTypeError(msg)
    return text


def _currency(text: str) -> str:
    if not _CURRENCY.fullmatch(text.upper()):
        msg = f"{text[:10]!r} is no currency: use three letters such as IRR or EUR"
        raise argparse.ArgumentTypeError(msg)
    return text.upper()


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"there is no time zone {text[:40]!r}: use a name such as Asia/Tehran"
        raise argparse.ArgumentTypeError(msg) from None
