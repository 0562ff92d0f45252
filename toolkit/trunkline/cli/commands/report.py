"""`trunkline report`: figures of the archived calls."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trunkline.cli.arguments import country, is_jalali, spans_of, zones_of
from trunkline.cli.month import MONTH, MONTH_OPTIONS, add_options, write_month
from trunkline.cli.output import Format, Share, show, warn
from trunkline.cli.parser import add_accounts, add_command, add_format, add_period
from trunkline.cli.questions import QUESTIONS, ask, groupings, own_options
from trunkline.cli.status import OK
from trunkline.cli.storage import archived_accounts, clocks_of, open_archive, titles_of
from trunkline.errors import ConfigError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from trunkline.archive import Archive, ArchivedAccount
    from trunkline.cli.arguments import Span
    from trunkline.cli.parser import Commands

# What is grouped by as it is called: keys of `reports.groups`.
_COST, _STATUS = "totals", "counts"
_TOTAL = "total"
_OWN_OPTIONS = ("card", "country", "amount", "currency", "output", "language", "unmasked")
_STATUS_KEYS = ("week", "weekday", "account", "trunk", "extension", "direction", "prefix", "country", "contact")
_COST_KEYS = (*_STATUS_KEYS, "hour", "region", "carrier")
# The figures that look at the calls after the period, too.
_LOOK_AHEAD = frozenset({"call-back", "open-missed"})
# The function for each grouping: of `trunkline.reports.<report>`, or of another module that is named with it.
_REPORTS: dict[str, dict[str, str]] = {
    "cost": {
        "total": "totals", "month": "by_month", "day": "by_day", "destination": "by_destination", "part": "parts",
        "unanswered": "unanswered", "call": "most_expensive", **dict.fromkeys(_COST_KEYS, _COST),
    },
    "status": {
        "total": "overview", "month": "by_month", "day": "by_day", "hour": "by_weekday_and_hour",
        "time-to-answer": "waiting.time_to_answer", "service-level": "waiting.service_level",
        "abandonment": "waiting.abandonment", "call-back": "missed.call_back_time",
        "open-missed": "missed.open_missed", "attempts": "attempts.attempts", **dict.fromkeys(_STATUS_KEYS, _STATUS),
    },
}  # fmt: skip


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "report", _report, "print figures of the archived calls, such as what they cost")
    add_format(parser)
    names = [*_REPORTS, *QUESTIONS, MONTH]
    parser.add_argument("report", choices=names, metavar="REPORT", help=f"one of {', '.join(names)}")
    add_accounts(parser)
    add_period(parser)
    listed = (*_REPORTS.values(), *map(groupings, QUESTIONS))
    known = sorted({grouping for each in listed for grouping in each})
    parser.add_argument(
        "--by", choices=known, default=_TOTAL, metavar="GROUPING",
        help=f"one of {', '.join(known)} (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--card", metavar="FILE", help="the rate card (CSV or TOML) of check, disputes, what-if and month"
    )
    parser.add_argument("--country", type=country, metavar="XX", help="the country of numbers without a country code")
    parser.add_argument("--amount", help="the budget, such as 120.50")
    parser.add_argument("--currency", metavar="CODE", help="the currency of the budget, if the calls have several")
    parser.add_argument("--both", action="store_true", help="count both records of a call that two accounts recorded")
    add_options(parser)


def _check_options(options: argparse.Namespace) -> None:
    """Raise `ConfigError` for an option that only other reports take."""
    month = options.report == MONTH
    taken = MONTH_OPTIONS if month else own_options(options.report)
    given = [name for name in _OWN_OPTIONS if getattr(options, name) not in {None, False} and name not in taken]
    if month and options.by != _TOTAL:
        given.append("by")
    if month and options.format is not Format.TABLE:
        given.append("format")
    if given:
        msg = f"the {options.report} report takes no --{given[0]}"
        raise ConfigError(msg)


def _report(options: argparse.Namespace) -> int:
    _check_options(options)
    if options.report == MONTH:
        return write_month(options)
    functions = _REPORTS.get(options.report) or dict.fromkeys(groupings(options.report), "")
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
        if options.report in QUESTIONS:
            figure = ask(options, archive)
            _show(figure.frame, figure.columns, options, accounts, zone, calls=figure.n)
            return OK
        spans = spans_of(options, accounts, zone)
        frame = _read(archive, accounts, spans, options)
        more: dict[str, Any] = {}
        if options.by in _LOOK_AHEAD and all(until is not None for _, until in spans.values()):
            later = {account: (until, None) for account, (_, until) in spans.items()}
            more["later"] = _read(archive, accounts, later, options)
    if functions[options.by] in {_COST, _STATUS} and options.by != _TOTAL:
        more["by"] = options.by
    elif options.by == MONTH:
        more["jalali"] = is_jalali(options, zones_of(accounts, zone))
    module, _, function = functions[options.by].rpartition(".")
    table = getattr(getattr(reports, module or options.report), function)(frame, **more)
    _show(table, (), options, accounts, zone, calls=len(frame))
    return OK


def _read(
    archive: Archive, accounts: Sequence[ArchivedAccount], spans: Mapping[str, Span], options: argparse.Namespace
) -> Any:
    """Return the calls of the accounts, and say if some of them were recorded twice."""
    from trunkline.figures.source import read_spans  # noqa: PLC0415  (loads pandas)

    frame, twice = read_spans(archive, spans, once=not options.both)
    titles = titles_of(accounts)
    for (own, twin), count in twice.counts().items():
        calls = "1 call" if count == 1 else f"{count:,} calls"
        warn(f"counted once: {calls} of {titles[own]} that {titles[twin]} recorded too (--both counts both)")
    return frame


def _show(
    table: Any,
    shown: Sequence[str],
    options: argparse.Namespace,
    accounts: Sequence[ArchivedAccount],
    zone: ZoneInfo,
    *,
    calls: int,
) -> None:
    """Print a figure of so many calls: all of its columns or, in a table for people, those that are shown."""
    columns = tuple(table.columns)
    if options.format is Format.TABLE and shown:
        columns = tuple(name for name in shown if name in columns)
    titles = titles_of(accounts)
    given = table.to_dict("records")
    listed = [{name: _known(name, value, titles) for name, value in row.items()} for row in given]
    rows = _for_people(listed, columns) if options.format is Format.TABLE else listed
    of_rows = [row.get("account") for row in given]
    clocks = clocks_of(accounts, of_rows) if set(of_rows) <= titles.keys() else None
    empty = "nothing found" if calls else "no calls in this period"
    show(rows, columns, options.format, zone=zone, clocks=clocks, empty=empty)


def _known(name: str, value: Any, titles: Mapping[str, str]) -> Any:
    """Return a value without pandas: unknown is None, a day has no time, and an account has its title."""
    # pandas has several values for what is missing: they differ from themselves, or their text says so.
    if value is None or value != value or str(value) in {"<NA>", "NaT"}:  # noqa: PLR0124
        return None
    if name in {"day", "week"}:
        return value.date()
    return titles.get(value, value) if name in {"account", "twin_account"} else value


def _for_people(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows with ratios in percent, and amounts in the digits of their currency."""
    from trunkline.reports import amounts  # noqa: PLC0415  (loads pandas)
    from trunkline.reports.tables import is_share  # noqa: PLC0415  (loads pandas)

    beside = {name: [row[name] for row in rows] for name in amounts.BESIDE if rows and name in rows[0]}
    shown: dict[str, list[Any]] = {}
    for name in columns:
        cells = [row[name] for row in rows]
        # An amount can have the name of a share: the change of a credit, or of what the lines cost.
        if any(isinstance(cell, Decimal) for cell in cells):
            cells = list(amounts.column(name, beside | {name: cells}))
        elif is_share(name):
            cells = [None if cell is None else Share(cell) for cell in cells]
        shown[name] = cells
    return [dict(zip(shown, cells, strict=True)) for cells in zip(*shown.values(), strict=True)]
