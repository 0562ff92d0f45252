"""Loads the calls of an archive for the notebooks and computes their figures, with progress."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
from IPython.core.getipython import get_ipython
from IPython.display import display
from sqlalchemy import make_url
from tqdm import tqdm

from trunkline import inert
from trunkline.archive import Archive, ArchivedAccount
from trunkline.archive.location import archive_url
from trunkline.errors import ConfigError

from .frames import COLUMNS
from .masking import Masking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from IPython.core.interactiveshell import InteractiveShell

_SHELVES = ("calls", "tables")
_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Loaded:
    """The calls of a period, and where they come from; `since` and `until` are UTC and half open.

    `started_local` of all calls is on the clock of `zone`. `complete` are the first local day that is known from its
    begin, and the day after the last that was read to its end.
    """

    calls: pd.DataFrame
    accounts: tuple[ArchivedAccount, ...]
    url: str
    zone: ZoneInfo
    since: datetime | None
    until: datetime | None
    headline: str
    complete: tuple[date, date] | None = None
    key: bytes = field(default=b"", repr=False)

    @property
    def currencies(self) -> list[str]:
        """The currencies in which calls have a price."""
        priced = self.calls[self.calls["price"].notna()]
        return sorted(priced["currency"].dropna().unique().tolist())

    @property
    def names(self) -> dict[str, str]:
        """The title of each account by its key."""
        return {each.account: each.title for each in self.accounts}

    def masking(self, *, mask: bool = True, names: bool = True) -> Masking | bool:
        """Return how the tables and plots mask numbers: with the archive's key, and the own trunks whole."""
        if not mask:
            return False
        trunks = self.calls["trunk"].dropna().unique() if len(self.calls) else ()
        return Masking(self.key, frozenset(map(str, trunks)), names) if self.key else Masking(names=names)

    def four_weeks(self) -> tuple[tuple[date, date], tuple[date, date]] | None:
        """Return the four weeks before the last four, and these, as (first day, day after the last).

        All days are complete. If the calls don't reach back so far, the weeks before are fewer; None with less than
        one.
        """
        if self.complete is None:
            return None
        first, end = self.complete
        middle = end - timedelta(weeks=_WEEKS)
        before = max(first, middle - timedelta(weeks=_WEEKS))
        return ((before, middle), (middle, end)) if middle - before >= timedelta(weeks=1) else None


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
    there is an empty archive, and isn't made. Days are written `2025-03-21`. They and all local times are
    those of `zone`, by default the accounts' if they have the same, otherwise UTC. `accounts` are keys, in one text
    parted by commas. With a `shell` (IPython's), cells that read `calls` or `tables` do nothing as long as there are
    none.

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
        zones = sorted({each.zone for each in chosen})
        clock = _zone(zone or (zones[0] if len(zones) == 1 else "UTC"))
        first, end = (_start(day, clock, what) for day, what in zip(period, ("since", "until"), strict=True))
        bar.set_postfix_str("calls")
        calls = archive.frame(since=first, until=end, accounts=[each.account for each in chosen])
        if zones != [clock.key]:
            calls["started_local"] = calls["started_at"].dt.tz_convert(clock).dt.tz_localize(None)
        bar.set_postfix_str(f"{len(calls):,} calls")
        read_to = [_read_to(archive, each) for each in chosen if each.calls]
        key = archive.masking_key()
    complete = _complete(calls, (first, end), read_to, clock)
    headline = _headline(_name(url), calls, chosen, clock)
    return Loaded(calls, chosen, url, clock, first, end, headline, complete, key)


def _read_to(archive: Archive, account: ArchivedAccount) -> datetime | None:
    """Return up to when all calls of an account are archived, as far as that is known."""
    streams = archive.coverages(account.account)
    ends = [max(segment.high for segment in each.segments) for each in streams if each.segments]
    # A call is in the archive only if it was read up to there.
    return max((at for at in (min(ends, default=None), account.last) if at is not None), default=None)


def _complete(
    calls: pd.DataFrame,
    period: tuple[datetime | None, datetime | None],
    read_to: Iterable[datetime | None],
    zone: ZoneInfo,
) -> tuple[date, date] | None:
    """Return the first complete day and the day after the last; None without calls.

    The day of the first call is complete only if the period begins with it.
    """
    days = calls["started_local"].dropna()
    known = [at for at in read_to if at is not None]
    if not len(days) or not known:
        return None
    since, until = period
    first = days.min().date() + timedelta(days=1) if since is None else since.astimezone(zone).date()
    first = max(first, days.min().date())
    end = min(known if until is None else [*known, until]).astimezone(zone).date()
    return (first, end) if first < end else None


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
