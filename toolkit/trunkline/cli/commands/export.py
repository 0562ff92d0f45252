"""`trunkline export`: writes archived calls to files."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trunkline.cli.arguments import period_of, zones_of
from trunkline.cli.output import Format, show
from trunkline.cli.parser import add_command
from trunkline.cli.status import OK
from trunkline.cli.storage import archived_accounts, open_archive
from trunkline.errors import ConfigError

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.parser import Commands

_FORMATS = ("parquet", "csv", "jsonl", "xlsx")
_SEVERAL = 2
_NUMBERS = ("whole", "masked", "pseudonyms")


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "export", _export, "write archived calls to a file, or to a folder by month")
    parser.add_argument(
        "period", nargs="?", default="", metavar="PERIOD",
        help="a month (1405-08 or 2026-11), a day, a year, a range (1405-08..1405-10), 'last month' (default: all)",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", required=True, metavar="FILE",
        help="the file, or for Parquet a folder, in which each month (UTC) has a file",
    )  # fmt: skip
    parser.add_argument("--format", choices=_FORMATS, dest="form", help="format (default: by the ending of FILE)")
    parser.add_argument("--accounts", nargs="+", default=[], metavar="ACCOUNT", help="only these accounts")
    parser.add_argument(
        "--numbers", choices=_NUMBERS, default="whole",
        help="how phone numbers are written; names only with whole ones (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace a file that exists")


def _export(options: argparse.Namespace) -> int:
    try:
        from trunkline.exporting import export  # noqa: PLC0415  (loads pyarrow)
        from trunkline.figures.home import countries_of  # noqa: PLC0415
        from trunkline.figures.source import around, own_days  # noqa: PLC0415
        from trunkline.reports.masking import Masking, own_numbers  # noqa: PLC0415
    except ImportError as error:
        msg = f"an export needs {error.name}: run pip install 'trunkline[reports]'"
        raise ConfigError(msg) from None
    with closing(open_archive()) as archive:
        accounts, zone = archived_accounts(archive, options.accounts)
        zones = zones_of(accounts, zone)
        period = period_of(options, zones)
        spans = {each.account: period.instants(ZoneInfo(each.zone)) for each in accounts}
        since, until = around(spans.values())
        masking = None
        if options.numbers != "whole":
            lines = own_numbers((line for _, line in archive.lines()), countries_of(archive.accounts()))
            masking = Masking(archive.masking_key(), lines)
        pieces = archive.tables(accounts=[each.account for each in accounts], since=since, until=until)
        written = export(
            pieces if len(set(spans.values())) < _SEVERAL else (own_days(piece, spans) for piece in pieces),
            options.output, form=options.form, numbers=options.numbers, masking=masking, replace=options.force,
        )  # fmt: skip
    rows = [{"file": str(written.path), "format": str(written.format), "calls": written.calls}]
    show(rows, ("file", "format", "calls"), Format.TABLE)
    return OK
