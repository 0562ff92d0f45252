"""`trunkline report`: figures of the archived calls."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from trunkline.cli.arguments import span
from trunkline.cli.output import Format, show
from trunkline.cli.parser import add_accounts, add_command, add_format, add_period
from trunkline.cli.status import OK
from trunkline.cli.storage import archived_accounts, open_archive
from trunkline.errors import ConfigError

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.parser import Commands

# The function of `trunkline.reports.<report>` for each grouping.
_REPORTS: dict[str, dict[str, str]] = {
    "cost": {
        "total": "totals", "month": "by_month", "day": "by_day", "trunk": "by_trunk", "extension": "by_extension",
        "destination": "by_destination", "part": "parts", "unanswered": "unanswered", "call": "most_expensive",
    },
    "status": {
        "total": "overview", "month": "by_month", "day": "by_day", "trunk": "by_trunk", "extension": "by_extension",
        "direction": "by_direction", "hour": "by_weekday_and_hour",
    },
}  # fmt: skip


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "report", _report, "print what the archived calls cost or how they ended")
    add_format(parser)
    parser.add_argument("report", choices=list(_REPORTS), help="cost or status")
    add_accounts(parser)
    add_period(parser)
    groupings = sorted({grouping for functions in _REPORTS.values() for grouping in functions})
    parser.add_argument(
        "--by", choices=groupings, default="total", metavar="GROUPING",
        help=f"one of {', '.join(groupings)} (default: %(default)s)",
    )  # fmt: skip


def _report(options: argparse.Namespace) -> int:
    functions = _REPORTS[options.report]
    if options.by not in functions:
        msg = f"the {options.report} report can't be grouped by {options.by}; choose one of {', '.join(functions)}"
        raise ConfigError(msg)
    try:
        from trunkline import reports  # noqa: PLC0415  (loads pandas)
    except ImportError as error:
        msg = f"reports need {error.name}: run pip install 'trunkline[reports]'"
        raise ConfigError(msg) from None
    with closing(open_archive()) as archive:
        accounts, zone = archived_accounts(archive, options.names)
        since, until = span(options, zone)
        frame = archive.frame(accounts=[archived.account for archived in accounts], since=since, until=until)
    table = getattr(getattr(reports, options.report), functions[options.by])(frame)
    rows = [
        {name: _value(name, value, options.format) for name, value in row.items()} for row in table.to_dict("records")
    ]
    show(rows, tuple(table.columns), options.format, zone=zone, empty="no calls in this period")
    return OK


def _value(name: str, value: Any, form: Format) -> Any:
    # pandas has several values for what is missing: they differ from themselves, or their text says so.
    if value is None or value != value or str(value) in {"<NA>", "NaT"}:  # noqa: PLR0124
        return None
    # Rates are quotients with many digits; two decimals are enough for a person.
    return round(value, 2) if form is Format.TABLE and name.startswith("per_") else value
