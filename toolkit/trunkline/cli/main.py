"""The command `trunkline`: a thin skin over the toolkit, so that whatever it does a program can do.

Credentials come from `accounts.toml` or the environment (see `trunkline.cli.settings`), never from the command line.
Exit status: 0 done, 1 something failed, 2 a wrong option, number, date or setting.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self, override
from zoneinfo import ZoneInfo

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from trunkline import __version__
from trunkline.archive import Archive
from trunkline.archive.location import archive_url
from trunkline.errors import ConfigError, RequestError, TrunklineError
from trunkline.model import Capability, Direction, Status
from trunkline.providers import PROVIDERS, overview
from trunkline.sync import SyncProgress, sync_account

from .arguments import count, dialable, when
from .output import Format, render
from .settings import (
    AccountSettings,
    accounts_file,
    load_accounts,
    readable_by_others,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from trunkline.archive import ArchivedAccount
    from trunkline.model import Call, PlacedCall
    from trunkline.providers import Account

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
_CALL_COLUMNS = (
    "started_at", "account", "direction", "status", "source", "source_name", "destination", "destination_name",
    "trunk", "extension", "wait_s", "talk_s", "price", "call_id",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; whatever fails is one line on standard error."""
    try:
        options = _parser().parse_args(arguments)
        status: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (ConfigError, RequestError, _UsageError) as error:
        _complain(str(error))
        return USAGE
    except TrunklineError as error:
        _complain(str(error))
        return FAILED
    return status


class _UsageError(Exception):
    """A wrong option or value."""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    @override
    def error(self, message: str) -> NoReturn:
        msg = f"{message} (see {self.prog} --help)"
        raise _UsageError(msg)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="trunkline", description="Your phone lines and your phone bill.")
    parser.add_argument("--version", action="version", version=f"trunkline {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str, *, printed: bool = True) -> _Parser:
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        sub.set_defaults(run=run)
        if printed:
            sub.add_argument(
                "--format", type=Format, choices=list(Format), default=Format.TABLE, help="how it is printed",
                metavar="{table,json,csv}",
            )  # fmt: skip
        return sub

    command("accounts", _accounts, "list the accounts that are set up, and where the settings are read from")
    command("providers", _providers, "show what each provider can do")
    credit = command("credit", _credit, "ask the providers for the trunks' credit now")
    _accounts_argument(credit)
    sync = command("sync", _sync, "read the providers' calls into the archive; what was read before is not read again")
    _accounts_argument(sync)
    sync.add_argument("--full", action="store_true", help="read everything again, to find late corrections")
    sync.add_argument("--since", metavar="WHEN", help="leave out calls before this; the first sync takes less time")
    sync.add_argument("--quiet", action="store_true", help="show no progress")
    calls = command("calls", _calls, "list archived calls, newest first")
    _accounts_argument(calls)
    _period_arguments(calls)
    calls.add_argument("--direction", type=Direction, choices=list(Direction), metavar="{incoming,outgoing,internal}")
    calls.add_argument("--status", type=Status, choices=list(Status), metavar="{answered,busy,no_answer,…}")
    calls.add_argument("--limit", type=count, default=50, metavar="N", help="at most so many (default: %(default)s)")
    call = command("call", _call, "ring an extension, then connect it with a number; it costs what a call costs")
    call.add_argument("account", help="the account's name in the settings")
    call.add_argument("--from", dest="source", type=dialable, required=True, metavar="EXTENSION", help="rings first")
    call.add_argument("--to", dest="destination", type=dialable, required=True, metavar="NUMBER", help="is called then")
    call.add_argument("--service", help="the service, where several have the extension")
    call.add_argument("--secure", action="store_true", help="connect two numbers without showing either the other's")
    otp = command("otp", _otp, "call a number and speak a one-time code; it costs what the provider asks for it")
    otp.add_argument("account", help="the account's name in the settings")
    otp.add_argument("--to", type=dialable, required=True, metavar="NUMBER", help="is called")
    otp.add_argument("--purpose", default="login", help="what the code is for (default: %(default)s)")
    otp.add_argument("--reference", help="a word of your own for this request")
    report = command("report", _report, "figures over the archived calls: what was spent, or how calls ended")
    report.add_argument("figures", choices=list(_REPORTS), help="cost or status")
    _accounts_argument(report)
    _period_arguments(report)
    every = sorted({by for figures in _REPORTS.values() for by in figures})
    report.add_argument("--by", choices=every, metavar="WHAT", help=f"group by one of: {', '.join(every)}")
    sandbox = command(
        "sandbox", _sandbox, "serve an invented provider on loopback, to try things without cost", printed=False
    )
    sandbox.add_argument("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
    sandbox.add_argument("--port", type=count, default=0, help="0 takes a free one (default)")
    sandbox.add_argument(
        "--seed", type=int, default=1, help="the same seed makes the same office (default: %(default)s)"
    )
    sandbox.add_argument("--calls", type=count, default=500, help="calls in the past (default: %(default)s)")
    sandbox.add_argument("--days", type=count, default=30, help="days that they lie in (default: %(default)s)")
    sandbox.add_argument(
        "--live", type=float, default=0.0, help="calls a minute that happen by themselves (default: 0)"
    )
    return parser


def _accounts_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="ACCOUNT", help="accounts by name (default: all)")


def _period_arguments(parser: argparse.ArgumentParser) -> None:
    form = "a date (2026-11-21 or 1405-08-30), with a time if need be, today, yesterday, 7d or 12h"
    parser.add_argument("--since", metavar="WHEN", help=form)
    parser.add_argument("--until", metavar="WHEN", help="the same; calls that start then are left out")


def _accounts(options: argparse.Namespace) -> int:
    rows = [
        {
            "name": one.name,
            "provider": one.provider,
            "dialect": one.info.dialect or None,
            "base_url": one.base_url or one.info.base_url or None,
            "zone": one.zone or one.info.zone,
            "currency": one.currency or one.info.currency,
            "credentials": "complete" if _can_open(one) else "missing",
        }
        for one in _settings().values()
    ]
    hint = f"no account is set up: write it down in {accounts_file()}"
    _show(options, rows, ("name", "provider", "dialect", "base_url", "zone", "currency", "credentials"), empty=hint)
    return OK


def _can_open(one: AccountSettings) -> bool:
    """Tell whether the settings are all there; nothing is sent by opening an account."""
    try:
        one.open()
    except ConfigError:
        return False
    return True


def _providers(options: argparse.Namespace) -> int:
    rows = [
        {name: "yes" if value is True else value or None for name, value in row.items()}
        for row in overview.rows(PROVIDERS)
    ]
    headings = [overview.heading(one) for one in overview.dialects(PROVIDERS)]
    _show(options, rows, ("capability", *headings))
    return OK


def _credit(options: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    with closing(_archive()) as archive:

        async def ask(one: AccountSettings, account: Account) -> list[dict[str, Any]]:
            if not account.supports(Capability.TRUNKS):
                _complain(f"{one.name}: {account.info.name} tells no credit")
                return []
            trunks = await account.trunks()
            # Some providers tell the credit in the reply to a paid request only: then the last one is what is known.
            readings = {reading.trunk: reading for reading in archive.credits(await account.key())}
            rows = []
            for trunk in trunks:
                reading = None if trunk.credit else readings.get(trunk.trunk_id)
                rows.append(
                    {
                        "account": one.name,
                        "trunk": trunk.number or trunk.trunk_id,
                        "credit": reading.credit if reading else trunk.credit,
                        "expires_at": reading.expires_at if reading else trunk.credit_expires_at,
                        "as_of": reading.at if reading else now if trunk.credit else None,
                    }
                )
            return rows

        rows, status = _for_each(options.names, ask)
    _show(options, rows, ("account", "trunk", "credit", "expires_at", "as_of"), empty="no trunks")
    return status


def _sync(options: argparse.Namespace) -> int:
    with closing(_archive()) as archive:

        async def read(one: AccountSettings, account: Account) -> list[dict[str, Any]]:
            key = await account.key()
            known = {archived.account: archived.title for archived in archive.accounts()}
            archive.register(
                key,
                provider=one.provider,
                title=known.get(key, one.name),
                zone=account.zone.key,
                currency=account.currency,
            )
            with _Bar(one.name, hidden=options.quiet) as bar:
                since = when(options.since, account.zone)
                done = await sync_account(account, archive, since=since, full=options.full, progress=bar.show)
            return [
                {
                    "account": one.name,
                    "new": done.new,
                    "changed": done.changed,
                    "unchanged": done.unchanged,
                    "pages": done.pages,
                    "complete": done.complete,
                }
            ]

        rows, status = _for_each(options.names, read)
    _show(options, rows, ("account", "new", "changed", "unchanged", "pages", "complete"))
    return status


def _calls(options: argparse.Namespace) -> int:
    with closing(_archive()) as archive:
        chosen, zone = _archived(archive, options.names)
        since, until = when(options.since, zone), when(options.until, zone)
        filtered = options.direction is not None or options.status is not None
        found = archive.calls(
            accounts=[one.account for one in chosen],
            since=since,
            until=until,
            limit=None if filtered else options.limit,
        )
    titles = {one.account: one.title for one in chosen}
    wanted = (
        call for call in found if options.direction in {None, call.direction} and options.status in {None, call.status}
    )
    rows = [_call_row(call, titles) for call, _ in zip(wanted, range(options.limit), strict=False)]
    _show(options, rows, _CALL_COLUMNS, zone=zone, empty="no calls: run `trunkline sync`, or look at another period")
    return OK


def _call_row(call: Call, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "started_at": call.started_at,
        "account": titles.get(call.account, call.account),
        "direction": call.direction,
        "status": call.status,
        "source": call.source.e164 or call.source.number,
        "source_name": call.source.name,
        "destination": call.destination.e164 or call.destination.number,
        "destination_name": call.destination.name,
        "trunk": call.trunk,
        "extension": call.extension,
        "wait_s": call.wait,
        "talk_s": call.talk,
        "price": call.price,
        "call_id": call.call_id,
    }


def _call(options: argparse.Namespace) -> int:
    async def place(account: Account) -> PlacedCall:
        if options.secure:
            return await account.secure_call(source=options.source, destination=options.destination)
        return await account.click_to_call(
            source=options.source, destination=options.destination, stream=options.service
        )

    return _place(options, place)


def _otp(options: argparse.Namespace) -> int:
    async def send(account: Account) -> PlacedCall:
        return await account.send_otp(number=options.to, purpose=options.purpose, reference=options.reference)

    return _place(options, send)


def _place(options: argparse.Namespace, act: Callable[[Account], Awaitable[PlacedCall]]) -> int:
    """Send a request that costs money, once, and show what was said of it."""

    async def place(one: AccountSettings, account: Account) -> list[dict[str, Any]]:
        placed = await act(account)
        if placed.remaining_credit is not None and account.supports(Capability.TRUNKS):
            await _note_credit(one, account)
        return [
            {
                "account": one.name,
                "request_id": placed.request_id,
                "status": placed.status,
                "charged": placed.charged,
                "remaining_credit": placed.remaining_credit,
            }
        ]

    rows, status = _for_each([options.account], place)
    if rows:
        _show(options, rows, ("account", "request_id", "status", "charged", "remaining_credit"))
    return status


async def _note_credit(one: AccountSettings, account: Account) -> None:
    """Keep what the reply said of the credit; the request was carried out, whatever becomes of this."""
    try:
        key = await account.key()
        trunks = await account.trunks()
        with closing(_archive()) as archive:
            if key not in {known.account for known in archive.accounts()}:
                archive.register(
                    key, provider=one.provider, title=one.name, zone=account.zone.key, currency=account.currency
                )
            archive.record_credit(key, trunks, datetime.now(UTC))
    except TrunklineError as error:
        _complain(f"{one.name}: the remaining credit could not be noted ({error})")


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


def _report(options: argparse.Namespace) -> int:
    figures = _REPORTS[options.figures]
    by = options.by or "total"
    if by not in figures:
        msg = f"the {options.figures} report isn't grouped by {by}; it knows: {', '.join(figures)}"
        raise ConfigError(msg)
    try:
        from trunkline import reports  # noqa: PLC0415  (pandas loads when a report is asked for)
    except ImportError as error:
        msg = f"reports need the extra: pip install 'trunkline[reports]' ({error.name} is missing)"
        raise ConfigError(msg) from None
    with closing(_archive()) as archive:
        chosen, zone = _archived(archive, options.names)
        frame = archive.frame(
            accounts=[one.account for one in chosen],
            since=when(options.since, zone),
            until=when(options.until, zone),
        )
    table = getattr(getattr(reports, options.figures), figures[by])(frame)
    rows = [
        {name: None if _missing(value) else value for name, value in row.items()} for row in table.to_dict("records")
    ]
    if options.format is Format.TABLE:
        # Rates are quotients without end; a person reads two decimals of them.
        rows = [
            {
                name: round(value, 2) if name.startswith("per_") and value is not None else value
                for name, value in row.items()
            }
            for row in rows
        ]
    _show(options, rows, tuple(table.columns), zone=zone, empty="no calls in this period")
    return OK


def _missing(value: Any) -> bool:
    # pandas has several values for what isn't known; all of them differ from themselves or say so.
    return value is None or value != value or str(value) in {"<NA>", "NaT"}  # noqa: PLR0124


def _sandbox(options: argparse.Namespace) -> int:
    from trunkline.sandbox.run import serve  # noqa: PLC0415  (nothing but this command needs the server)

    try:
        serve(options.host, options.port, options.seed, options.calls, options.days, options.live)
    except (ValueError, OverflowError) as error:
        raise ConfigError(str(error)) from None
    except OSError as error:
        msg = f"port {options.port} can't be served ({error.strerror or type(error).__name__}): choose another"
        raise ConfigError(msg) from None
    return OK


class _Bar:
    """Progress on a terminal: calls read, of how many, and how fast."""

    def __init__(self, name: str, *, hidden: bool) -> None:
        from tqdm import tqdm  # noqa: PLC0415  (it isn't there in Home Assistant, which doesn't run commands)

        class Bar(tqdm):  # type: ignore[misc]
            monitor_interval = 0  # no thread of its own: pages come often enough

        # disable=None hides it where standard error isn't a terminal.
        self._bar = Bar(desc=name, unit=" calls", disable=True if hidden else None, leave=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, progress: SyncProgress) -> None:
        """Move on."""
        self._bar.total = progress.total
        self._bar.update(progress.read - self._bar.n)


def _for_each(
    names: Sequence[str], act: Callable[[AccountSettings, Account], Coroutine[Any, Any, list[dict[str, Any]]]]
) -> tuple[list[dict[str, Any]], int]:
    """Act on each named account; what fails for one is told, and the others go on."""
    rows: list[dict[str, Any]] = []
    status = OK

    async def one_after_another() -> None:
        nonlocal status
        for one in _chosen(names):
            try:
                async with one.open() as account:
                    rows.extend(await act(one, account))
            except ConfigError:
                raise
            except TrunklineError as error:
                status = USAGE if isinstance(error, RequestError) else FAILED
                _complain(f"{one.name}: {error}")

    asyncio.run(one_after_another())
    return rows, status


def _settings() -> dict[str, AccountSettings]:
    path = accounts_file()
    accounts = load_accounts(path)
    if accounts and readable_by_others(path):
        _complain(f"others on this machine can read {path}, which holds credentials: chmod 600 it")
    return accounts


def _chosen(names: Sequence[str]) -> list[AccountSettings]:
    accounts = _settings()
    if not accounts:
        msg = f"no account is set up: write it down in {accounts_file()}"
        raise ConfigError(msg)
    unknown = [name for name in names if name not in accounts]
    if unknown:
        msg = f"there is no account {unknown[0]!r}; known: {', '.join(accounts)}"
        raise ConfigError(msg)
    return [accounts[name] for name in dict.fromkeys(names)] if names else list(accounts.values())


def _archive() -> Archive:
    """Open the archive, and make its folder if this is the first time."""
    try:
        where = make_url(archive_url())
    except ArgumentError:
        msg = "TRUNKLINE_ARCHIVE is neither a file nor a database URL such as sqlite:////data/calls.db"
        raise ConfigError(msg) from None
    if where.get_backend_name() == "sqlite" and where.database:
        try:
            Path(where.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"the archive's folder {Path(where.database).parent} can't be made ({error.strerror})"
            raise ConfigError(msg) from None
    return Archive.open(archive_url())


def _archived(archive: Archive, names: Sequence[str]) -> tuple[list[ArchivedAccount], ZoneInfo]:
    """Return the archived accounts by title, key or id, and the zone that their periods are in."""
    accounts = archive.accounts()
    chosen = list(accounts)
    if names:
        chosen = [one for one in accounts if {one.title, one.account, one.account.partition(":")[2]} & set(names)]
        found = {word for one in chosen for word in (one.title, one.account, one.account.partition(":")[2])}
        unknown = [name for name in names if name not in found]
        if unknown:
            known = ", ".join(one.title for one in accounts) or "none yet, run `trunkline sync`"
            msg = f"the archive has no account {unknown[0]!r}; known: {known}"
            raise ConfigError(msg)
    zones = {one.zone for one in chosen}
    return chosen, ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")


def _show(
    options: argparse.Namespace,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    zone: ZoneInfo | None = None,
    empty: str = "nothing",
) -> None:
    sys.stdout.write(render(rows, columns, options.format, zone=zone, empty=empty))


def _complain(message: str) -> None:
    sys.stderr.write(f"trunkline: {' '.join(message.split())}\n")


if __name__ == "__main__":
    sys.exit(main())
