"""Where calls come from: reads the calls of a period from an archive, and can do it again for another period."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import narwhals as nw
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from trunkline.archive import Archive, gaps
from trunkline.archive.location import archive_url
from trunkline.archive.named import named_accounts
from trunkline.errors import ConfigError
from trunkline.periods import JALALI_ZONES, Period, read_period
from trunkline.reports import twins
from trunkline.reports.masking import Masking, own_numbers

from .home import countries_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from os import PathLike

    from trunkline.archive import ArchivedAccount, Segment
    from trunkline.reports.masking import Mask

type Span = tuple[datetime | None, datetime | None]

# The two records of a call start so far apart at most: one may lie in the period and the other beside it.
_MARGIN = timedelta(seconds=twins.WITHIN_S)


@dataclass(frozen=True, slots=True)
class Read:
    """What was read: the calls of a period, and what may be missing. `twice` are the calls that two accounts recorded.

    `twice` is empty if both records were kept.
    """

    frame: Any
    accounts: tuple[ArchivedAccount, ...]
    period: Period
    gaps: Mapping[str, tuple[Segment, ...]]
    mask: Mask
    twice: twins.Twice = field(default_factory=twins.Twice)


@dataclass(frozen=True, slots=True)
class Source:
    """An archive and the accounts in it whose calls are read. An open archive is used, a URL opened for each reading.

    With `once`, a call that two of the accounts recorded is read once.
    """

    archive: Archive | str = field(repr=False)
    names: tuple[str, ...] = ()
    once: bool = True
    mask: bool = True

    @classmethod
    def of(cls, archive: Archive | str | PathLike[str], names: Sequence[str], *, once: bool, mask: bool) -> Source:
        """Return the source of what a person gives: an open archive, a URL or a file, and names of accounts.

        Raises `ConfigError` for an archive that isn't there.
        """
        found = archive if isinstance(archive, Archive) else _existing(archive)
        return cls(found, tuple(names), once=once, mask=mask)

    def opened(self) -> AbstractContextManager[Archive]:
        """Return the archive for a `with`, which closes only what it opened."""
        return nullcontext(self.archive) if isinstance(self.archive, Archive) else Archive.open(self.archive)

    def read(self, period: Period | str, now: datetime) -> Read:
        """Return the calls of a period; days are local days of each account, `now` is what `today` is counted from."""
        with self.opened() as archive:
            return self._read(archive, period, now)

    def _read(self, archive: Archive, wanted: Period | str, now: datetime) -> Read:
        chosen = tuple(named_accounts(archive.accounts(), self.names))
        zones = {each.zone: ZoneInfo(each.zone) for each in chosen}
        jalali = bool(zones) and zones.keys() <= JALALI_ZONES
        # The day of `today` is that of the first account's clock; each account's calls are those of its own days.
        here = zones[chosen[0].zone] if chosen else ZoneInfo("UTC")
        period = (
            wanted
            if isinstance(wanted, Period)
            else read_period(wanted, today=now.astimezone(here).date(), jalali=jalali)
        )
        spans = {each.account: period.instants(zones[each.zone]) for each in chosen}
        frame, twice = read_spans(archive, spans, once=self.once)
        missing = {each.account: _gaps(archive, each, spans[each.account]) for each in chosen}
        hidden = Masking(archive.masking_key(), _own(frame, archive), names=True) if self.mask else False
        return Read(frame, chosen, period, {name: found for name, found in missing.items() if found}, hidden, twice)


def read_spans(archive: Archive, spans: Mapping[str, Span], *, once: bool) -> tuple[Any, twins.Twice]:
    """Return the calls of accounts, each within its own span (UTC, half open), and which of them were recorded twice.

    With `once`, a call that two of the accounts recorded is in the frame once.
    """
    compared = once and len(spans) > 1
    since, until = around(spans.values(), _MARGIN if compared else timedelta(0))
    frame = archive.frame(since=since, until=until, accounts=list(spans))
    twice = twins.Twice()
    if compared:
        found = twins.find(frame)
        frame, twice = twins.once(frame, found), found.twice
    if len(set(spans.values())) > 1 or (compared and (since, until) != (None, None)):
        frame = own_days(frame, spans)
        twice = twice.within(spans)
    return frame, twice


def _existing(archive: str | PathLike[str]) -> str:
    """Return the URL of an archive; to open a file that isn't there would make it."""
    url = archive_url(archive)
    try:
        where = make_url(url)
    except (ArgumentError, ValueError):
        msg = "the archive is neither a file nor a database URL such as sqlite:////data/calls.db"
        raise ConfigError(msg) from None
    # A URI of SQLite, as for reading only, makes no file unless it says so.
    named = where.database if where.get_backend_name() == "sqlite" and "uri" not in where.query else None
    if named and not Path(named).exists():
        msg = f"there is no archive at {where.database}: `trunkline sync` makes one"
        raise ConfigError(msg)
    return url


def around(spans: Iterable[Span], margin: timedelta = timedelta(0)) -> Span:
    """Return the span that all spans lie in, and so much more on both sides."""
    listed = list(spans)
    lows, highs = ([span[side] for span in listed] for side in (0, 1))
    known_lows, known_highs = ([at for at in side if at is not None] for side in (lows, highs))
    since = min(known_lows) - margin if known_lows and len(known_lows) == len(lows) else None
    until = max(known_highs) + margin if known_highs and len(known_highs) == len(highs) else None
    return since, until


def _own(frame: Any, archive: Archive) -> frozenset[str]:
    """Return the numbers of the user's own lines, which nobody has to hide."""
    data = nw.from_native(frame, eager_only=True)
    lines = {each for name in ("trunk", "extension") for each in data[name].unique().to_list() if each is not None}
    lines |= {trunk for _, trunk in archive.lines_with_credit()}
    return own_numbers(map(str, lines), countries_of(archive.accounts()))


def own_days(frame: Any, spans: Mapping[str, Span]) -> Any:
    """Return the calls that lie within the span of their own account."""
    inside = []
    for account, (since, until) in spans.items():
        own = nw.col("account") == account
        own = own if since is None else own & (nw.col("started_at") >= since)
        inside.append(own if until is None else own & (nw.col("started_at") < until))
    return nw.from_native(frame).filter(nw.any_horizontal(*inside, ignore_nulls=True)).to_native()


def _gaps(archive: Archive, account: ArchivedAccount, span: Span) -> tuple[Segment, ...]:
    """Return the spans of the period that a sync has still to read, up to the last one that was read."""
    since, until = span
    found: list[Segment] = []
    for coverage in archive.coverages(account.account):
        if not coverage.segments:
            continue
        newest = max(segment.high for segment in coverage.segments)
        low = since or coverage.segments[0].low
        found += gaps(coverage.segments, low, newest if until is None else min(until, newest))
    return tuple(sorted(set(found)))
