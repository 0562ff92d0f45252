"""`trunkline report month`: writes all of a month on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.cli.output import write
from trunkline.cli.status import OK
from trunkline.errors import ConfigError

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.parser import Parser

MONTH = "month"
MONTH_OPTIONS = frozenset({"card", "country", "output", "language", "unmasked"})


def add_options(parser: Parser) -> None:
    """Add the options that only this report has."""
    page = parser.add_argument_group("report month", "for example: trunkline report month 1405-08 -o aban.html")
    page.add_argument("-o", "--output", metavar="FILE", help="the file, which ends with .html, .pdf or .xlsx")
    page.add_argument("--language", metavar="LANGUAGE", help="en or fa (default: en)")
    page.add_argument("--unmasked", action="store_true", help="show phone numbers with all digits")


def write_month(options: argparse.Namespace) -> int:
    """Write the report of a month, the first of the names unless `--period` names it, and print the file's path."""
    names = list(options.names)
    if options.since is not None or options.until is not None:
        msg = "a month's report has no --since or --until: name the month, such as 1405-08"
        raise ConfigError(msg)
    period = options.period if options.period is not None else names.pop(0) if names else ""
    if not period.strip():
        msg = "which month? For example: trunkline report month 1405-08 -o aban.html"
        raise ConfigError(msg)
    if options.output is None:
        msg = "a month's report needs --output FILE, which ends with .html, .pdf or .xlsx"
        raise ConfigError(msg)
    try:
        from trunkline.figures import calls  # noqa: PLC0415  (loads pandas)
    except ImportError as error:
        msg = f"reports need {error.name}: run pip install 'trunkline[reports]'"
        raise ConfigError(msg) from None
    chosen = calls(period, accounts=names, mask=not options.unmasked, twins=not options.both)
    language = options.language or "en"
    written = chosen.report(options.output, language=language, card=options.card, region=options.country)
    write(f"{written}\n")
    return OK
