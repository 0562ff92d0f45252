"""`trunkline import`: reads call records of other systems into the archive."""

from __future__ import annotations

import argparse
import re
from contextlib import closing
from functools import partial
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trunkline.archive.rows import to_row
from trunkline.cli.arguments import country
from trunkline.cli.output import show, warn
from trunkline.cli.parser import add_command, add_format
from trunkline.cli.status import FAILED, OK
from trunkline.cli.storage import open_archive
from trunkline.errors import ConfigError
from trunkline.importing import FIELDS, Place, Rejected, read_asterisk, read_csv, read_freeswitch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trunkline.archive import Archive
    from trunkline.cli.parser import Commands
    from trunkline.model import Call

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_BATCH = 1000
_TOLD = 10
PROVIDER = "file"
"""The provider of accounts whose calls come from files."""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "import", _import, "read call records of other systems into the archive")
    add_format(parser)
    parser.add_argument("file", metavar="FILE", help="a file of call records")
    parser.add_argument(
        "--form", choices=["asterisk", "freeswitch", "csv"], required=True,
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
    account = f"{PROVIDER}:{options.account}"
    # A row that the archive can't keep is left out alone.
    place = Place(
        account, options.zone, options.currency, options.country, incoming=frozenset(options.incoming),
        check=partial(to_row, zone=options.zone),
    )  # fmt: skip
    path = Path(options.file)
    try:
        # Names may be in any encoding: what isn't UTF-8 is marked rather than refused.
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines, closing(open_archive()) as archive:
            read = {"asterisk": read_asterisk, "freeswitch": read_freeswitch}.get(options.form)
            found = read_csv(lines, columns, place) if read is None else read(lines, place)
            currency = options.currency or "XXX"
            archive.register(
                account, provider=PROVIDER, title=options.account, zone=options.zone.key, currency=currency
            )
            row, rejected = _store(archive, found)
    except OSError as error:
        msg = f"can't read {path} ({error.strerror or type(error).__name__})"
        raise ConfigError(msg) from None
    show([{"account": options.account} | row], ("account", *row), options.format, zone=options.zone, empty="")
    for each in rejected[:_TOLD]:
        warn(f"{path}, line {each.line}: {each.reason}; this row is left out")
    if len(rejected) > _TOLD:
        warn(f"{path}: {len(rejected) - _TOLD:,} more rows are left out")
    return FAILED if rejected else OK


def _store(archive: Archive, found: Iterable[Call | Rejected]) -> tuple[dict[str, int], list[Rejected]]:
    rejected: list[Rejected] = []

    def good() -> Iterator[Call]:
        for each in found:
            if isinstance(each, Rejected):
                rejected.append(each)
            else:
                yield each

    row = {"new": 0, "changed": 0, "unchanged": 0}
    for batch in batched(good(), _BATCH, strict=False):
        stored = archive.store(batch)
        row["new"] += len(stored.new)
        row["changed"] += len(stored.changed)
        row["unchanged"] += stored.unchanged
    return row | {"rejected": len(rejected)}, rejected


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
