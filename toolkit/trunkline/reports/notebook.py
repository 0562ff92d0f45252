"""What the notebooks need beside the figures: loading with progress, and the archive's own totals to check them by."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
from IPython.core.getipython import get_ipython
from IPython.display import display
from sqlalchemy import bindparam, create_engine, make_url, text
from tqdm import tqdm

from trunkline import exact, inert
from trunkline.archive import Archive, ArchivedAccount
from trunkline.archive.location import archive_url
from trunkline.errors import ConfigError

from .frames import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from IPython.core.interactiveshell import InteractiveShell

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHELVES = ("calls", "tables")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The calls of a period, and where they come from; `since` and `until` are UTC and half open."""

    calls: pd.DataFrame
    accounts: tuple[ArchivedAccount, ...]
    url: str
    zone: ZoneInfo
    since: datetime | None
    until: datetime | None
    headline: str

    @property
    def currencies(self) -> list[str]:
        """The currencies in which calls have a price."""
        priced = self.calls[self.calls["price"].notna()]
        return sorted(priced["currency"].dropna().unique().tolist())

    @property
    def names(self) -> dict[str, str]:
        """The title of each account by its key."""
        return {each.account: each.title for each in self.accounts}


def load(
    archive: str = "",
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    accounts: str | Iterable[str] = (),
    zone: str | None = None,
    shell: InteractiveShell | None = None,
) -> Loaded:
    """Return the archived calls from the local day `since` to before the local day `until`, with progress on stdout.

    `archive` is a SQLAlchemy URL or a file, empty for the one that the command uses; a file that is not
    there is an empty archive, and isn't made. Days are written `2025-03-21` and are those of `zone`, by
    default the first account's. `accounts` are keys, in one text parted by commas. With a `shell` (IPython's),
    cells that read `calls` or `tables` do nothing as long as there are none.

    Raises `ConfigError` for a day, zone or account that can't be.
    """
    url = archive_url(archive)
    wanted = accounts.replace(",", " ").split() if isinstance(accounts, str) else accounts
    with _bar("loading", 3) as bar:
        bar.set_postfix_str("accounts")
        bar.update()
        found = _missing(url) or _load(url, (since, until), tuple(wanted), zone, bar)
        bar.update(bar.total - bar.n)
    if shell is not None:
        skip_without_calls(shell)
    return found


def _name(url: str) -> str:
    where = make_url(url)
    return (where.get_backend_name() == "sqlite" and where.database) or where.render_as_string(hide_password=True)


def _missing(url: str) -> Loaded | None:
    """Return an empty archive for a file that isn't there: to open it would make it."""
    where = make_url(url)
    if where.get_backend_name() != "sqlite" or not where.database or Path(where.database).exists():
        return None
    message = f"There is no archive at `{_name(url)}`, so there is nothing to show. `trunkline sync` makes one."
    return Loaded(pd.DataFrame(columns=list(COLUMNS)), (), url, ZoneInfo("UTC"), None, None, message)


def _load(
    url: str, period: tuple[str | date | None, str | date | None], wanted: tuple[str, ...], zone: str | None, bar: Any
) -> Loaded:
    with Archive.open(url) as archive:
        registered = archive.accounts()
        unknown = set(wanted) - {each.account for each in registered}
        if unknown:
            known = ", ".join(each.account for each in registered) or "none"
            msg = f"the archive has no account {', '.join(sorted(unknown))}; it has {known}"
            raise ConfigError(msg)
        chosen = tuple(each for each in registered if not wanted or each.account in wanted)
        clock = _zone(zone or (chosen[0].zone if chosen else "UTC"))
        first, end = (_start(day, clock, what) for day, what in zip(period, ("since", "until"), strict=True))
        bar.set_postfix_str("calls")
        calls = archive.frame(since=first, until=end, accounts=[each.account for each in chosen])
        bar.set_postfix_str(f"{len(calls):,} calls")
    return Loaded(calls, chosen, url, clock, first, end, _headline(_name(url), calls, chosen, clock))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        msg = f"there is no time zone {name!r}: it needs a name such as Asia/Tehran"
        raise ConfigError(msg) from None


def _start(day: str | date | None, zone: ZoneInfo, what: str) -> datetime | None:
    if not day:
        return None
    try:
        begun = day if isinstance(day, date) else date.fromisoformat(day)
    except ValueError:
        msg = f"{what}={day!r} is no day: write it like 2025-03-21"
        raise ConfigError(msg) from None
    return datetime.combine(begun, time(), zone).astimezone(UTC)


def _headline(name: str, calls: pd.DataFrame, accounts: tuple[ArchivedAccount, ...], zone: ZoneInfo) -> str:
    held = sum(each.calls for each in accounts)
    if not held:
        return f"The archive `{name}` is empty: no call has been synced yet. `trunkline sync` fills it."
    if calls.empty:
        return f"The archive `{name}` has {held:,} calls, but none in this period. Choose another `since` or `until`."
    days = calls["started_local"].dropna()
    titles = ", ".join(inert.markdown(each.title) for each in accounts)
    period = f" from {days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}" if len(days) else ""
    return f"**{len(calls):,} calls** of {titles}{period} (local time, {zone.key})."


def skip_without_calls(shell: InteractiveShell) -> None:
    """Let cells that read `calls` or `tables`, which an earlier cell makes, do nothing while there are no calls."""

    def skip(lines: list[str]) -> list[str]:
        calls = shell.user_ns.get("calls")
        return [] if calls is not None and not len(calls) and _reads_calls("".join(lines)) else lines

    others = [each for each in shell.input_transformers_cleanup if getattr(each, "__name__", "") != skip.__name__]
    shell.input_transformers_cleanup[:] = [*others, skip]


def _reads_calls(source: str) -> bool:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return False
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in _SHELVES]
    made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return "calls" not in made and bool(names)


def compute(
    calls: pd.DataFrame, figures: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]]
) -> dict[str, pd.DataFrame]:
    """Return the figure of each name, with progress on stdout."""
    tables = {}
    with _bar("figures", len(figures)) as bar:
        for name, figure in figures.items():
            bar.set_postfix_str(name)
            tables[name] = figure(calls)
            bar.update()
        bar.set_postfix_str("done")
    return tables


class _Line:
    """A line of output that is written over and over: a notebook keeps only its last state."""

    def __init__(self) -> None:
        self._handle: Any = None

    def write(self, written: str) -> None:
        output = {"text/plain": written.strip("\r\n")}
        if output["text/plain"].strip():
            if self._handle is None:
                self._handle = display(output, raw=True, display_id=True)  # type: ignore[no-untyped-call]
            else:
                self._handle.update(output, raw=True)

    def flush(self) -> None:
        """Do nothing: what was written is shown."""


class _Steps(tqdm):  # type: ignore[misc]
    """A bar of few steps, which needs no thread to watch over it."""

    monitor_interval = 0


def _bar(what: str, total: int) -> _Steps:
    return _Steps(
        total=total,
        desc=what,
        file=sys.stdout if get_ipython() is None else _Line(),
        mininterval=0,
        ascii=False,
        bar_format="{desc}: {n}/{total} |{bar:24}| {elapsed}{postfix}",
    )


def archived_totals(loaded: Loaded) -> pd.DataFrame:
    """Return calls, priced calls and the sum of prices by status and currency, as SQL counts them in the archive.

    Nothing of it goes through the reports: it is what they are checked against.
    """
    query = (
        "SELECT status, currency, price_scale, COUNT(*), COUNT(price), SUM(price) FROM calls WHERE account IN :accounts"
    )
    bound: dict[str, Any] = {"accounts": [each.account for each in loaded.accounts]}
    for name, moment, sign in (("since", loaded.since, ">="), ("until", loaded.until, "<")):
        if moment is not None:
            query += f" AND started_at {sign} :{name}"
            bound[name] = (moment - _EPOCH) // (datetime.resolution)
    statement = text(query + " GROUP BY status, currency, price_scale").bindparams(
        bindparam("accounts", expanding=True)
    )
    engine = create_engine(loaded.url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            rows = connection.execute(statement, bound).all()
    finally:
        engine.dispose()
    found: dict[tuple[str, str | None], list[Any]] = {}
    for status, currency, scale, count, priced, units in rows:
        line = found.setdefault((status, currency), [0, 0, Decimal(0)])
        line[0] += count
        line[1] += priced
        line[2] = exact.add(line[2], exact.scaled(int(units or 0), scale))
    lines = [(*key, *line) for key, line in sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or ""))]
    return pd.DataFrame(lines, columns=["status", "currency", "calls", "priced", "cost"])
