"""`trunkline report`: figures of the archived calls, and all of a month on one page."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trunkline.cli.arguments import country, span
from trunkline.cli.output import Format, Share, show
from trunkline.cli.parser import add_accounts, add_command, add_format, add_period
from trunkline.cli.status import OK
from trunkline.cli.storage import archived_accounts, open_archive
from trunkline.errors import ConfigError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from trunkline.archive import ArchivedAccount
    from trunkline.cli.parser import Commands

# The function for each grouping: of `trunkline.reports.<report>`, or of another module that is named with it.
_REPORTS: dict[str, dict[str, str]] = {
    "cost": {
        "total": "totals", "month": "by_month", "day": "by_day", "trunk": "by_trunk", "extension": "by_extension",
        "destination": "by_destination", "part": "parts", "unanswered": "unanswered", "call": "most_expensive",
    },
    "status": {
        "total": "overview", "month": "by_month", "day": "by_day", "trunk": "by_trunk", "extension": "by_extension",
        "direction": "by_direction", "hour": "by_weekday_and_hour", "time-to-answer": "waiting.time_to_answer",
        "service-level": "waiting.service_level", "abandonment": "waiting.abandonment",
        "call-back": "missed.call_back_time", "open-missed": "missed.open_missed", "attempts": "attempts.attempts",
    },
}  # fmt: skip

_MONTH = "month"


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "report",
        _report,
        "print what the archived calls cost or how they ended, or write a month on one page",
    )
    add_format(parser)
    parser.add_argument(
        "report", choices=[*_REPORTS, _MONTH], help="cost, status, or month, which the month follows (month 1405-08)"
    )
    add_accounts(parser)
    add_period(parser)
    groupings = sorted({grouping for functions in _REPORTS.values() for grouping in functions})
    parser.add_argument(
        "--by", choices=groupings, default="total", metavar="GROUPING",
        help=f"one of {', '.join(groupings)} (default: %(default)s)",
    )  # fmt: skip
    page = parser.add_argument_group("report month")
    page.add_argument("-o", "--output", metavar="FILE", help="the file, which ends with .html, .pdf or .xlsx")
    page.add_argument("--language", metavar="LANGUAGE", default="en", help="en or fa (default: %(default)s)")
    page.add_argument("--card", metavar="FILE", help="a rate card (CSV or TOML), to find the calls to dispute")
    page.add_argument(
        "--region", type=country, metavar="COUNTRY",
        help="the country of numbers without a country code (default: that of the accounts' time zones)",
    )  # fmt: skip
    page.add_argument("--unmasked", action="store_true", help="show phone numbers with all digits")


def _month(options: argparse.Namespace) -> int:
    """Write all of a month on one page."""
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
        raise _missing(error) from None
    chosen = calls(period, accounts=names, mask=not options.unmasked)
    print(chosen.report(options.output, language=options.language, card=options.card, region=options.region))
    return OK


def _missing(error: ImportError) -> ConfigError:
    return ConfigError(f"reports need {error.name}: run pip install 'trunkline[reports]'")


def _report(options: argparse.Namespace) -> int:
    if options.report == _MONTH:
        return _month(options)
    functions = _REPORTS[options.report]
    if options.by not in functions:
        msg = f"the {options.report} report can't be grouped by {options.by}; choose one of {', '.join(functions)}"
        raise ConfigError(msg)
    try:
        from trunkline import reports  # noqa: PLC0415  (loads pandas)
    except ImportError as error:
        raise _missing(error) from None
    with closing(open_archive()) as archive:
        accounts, zone = archived_accounts(archive, options.names)
        since, until = span(options, zone)
        frame = archive.frame(accounts=[archived.account for archived in accounts], since=since, until=until)
    module, _, function = functions[options.by].rpartition(".")
    table = getattr(getattr(reports, module or options.report), function)(_on_one_clock(frame, accounts, zone))
    titles = {archived.account: archived.title for archived in accounts}
    listed = [{name: _known(name, value, titles) for name, value in row.items()} for row in table.to_dict("records")]
    rows = _for_people(listed, tuple(table.columns)) if options.format is Format.TABLE else listed
    show(rows, tuple(table.columns), options.format, zone=zone, empty="no calls in this period")
    return OK


def _on_one_clock(frame: Any, accounts: Sequence[ArchivedAccount], zone: ZoneInfo) -> Any:
    """Return the calls with all local times in one zone, that of the accounts if they have the same."""
    if {archived.zone for archived in accounts} <= {zone.key}:
        return frame
    return frame.assign(started_local=frame["started_at"].dt.tz_convert(zone).dt.tz_localize(None))


def _known(name: str, value: Any, titles: Mapping[str, str]) -> Any:
    """Return a value without pandas: unknown is None, a day has no time, and an account has its title."""
    # pandas has several values for what is missing: they differ from themselves, or their text says so.
    if value is None or value != value or str(value) in {"<NA>", "NaT"}:  # noqa: PLR0124
        return None
    if name in {"day", "week"}:
        return value.date()
    return titles.get(value, value) if name == "account" else value


def _for_people(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows with ratios in percent, and amounts in the digits of their currency."""
    from trunkline.reports import amounts  # noqa: PLC0415  (loads pandas)
    from trunkline.reports.tables import is_share  # noqa: PLC0415  (loads pandas)

    currencies = [row.get("currency") for row in rows]
    shown: dict[str, list[Any]] = {}
    for name in columns:
        cells = [row[name] for row in rows]
        if is_share(name):
            cells = [None if cell is None else Share(cell) for cell in cells]
        elif any(isinstance(cell, Decimal) for cell in cells):
            cells = list(amounts.column(name, cells, currencies))
        shown[name] = cells
    return [dict(zip(shown, cells, strict=True)) for cells in zip(*shown.values(), strict=True)]
