"""The calls of a period and of some accounts, and the questions that can be asked of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import narwhals as nw
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from trunkline import inert
from trunkline.archive import Archive, Segment, gaps
from trunkline.archive.location import archive_url
from trunkline.archive.named import named_accounts
from trunkline.errors import ConfigError, DataError
from trunkline.periods import ALL, JALALI_ZONES, Period, read_period
from trunkline.rates import read_card
from trunkline.reports import (
    attempts,
    bill,
    contacts,
    cost,
    missed,
    quality,
    ranking,
    status,
    traffic,
    waiting,
    what_if,
)
from trunkline.reports.masking import Masking

from . import definitions, drawing, words
from .figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trunkline.archive import ArchivedAccount
    from trunkline.rates import RateCard
    from trunkline.reports.masking import Mask

_PARTS = ("wait", "talk", "record", "saved")


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls, and what can be asked of them. `frame` is the DataFrame of `Archive.frame()`, or any with its columns.

    `gaps` are the spans of the period that no sync has read, by the account's key; calls may be missing there. With
    `mask` the last digits of phone numbers are hidden where figures are shown; frames have them whole.
    """

    frame: Any
    accounts: tuple[ArchivedAccount, ...] = ()
    period: Period = ALL
    gaps: Mapping[str, tuple[Segment, ...]] | None = None
    mask: Mask = True

    def __len__(self) -> int:
        """Return the number of calls."""
        found = nw.from_native(self.frame)
        if isinstance(found, nw.LazyFrame):
            return int(found.select(nw.len()).collect().item())
        return len(found)

    def __repr__(self) -> str:
        """Say whose calls these are, of which days, how many, and what may be missing."""
        return "\n".join(self._summary())

    def _repr_html_(self) -> str:
        first, *rest = (escape(line) for line in self._summary())
        return f'<div class="trunkline-calls"><strong>{first}</strong>{"".join(f"<br>{line}" for line in rest)}</div>'

    def _summary(self) -> list[str]:
        count = len(self)
        titles = ", ".join(inert.one_line(each.title) for each in self.accounts)
        lines = [f"{count:,} call{'' if count == 1 else 's'}" + (f" of {titles}" if titles else "")]
        zones = ", ".join(sorted({each.zone for each in self.accounts}))
        if self.period.text:
            lines.append(f"Period: {self.period} (local time{f' in {zones}' if zones else ''})")
        elif zones:
            lines.append(f"Period: all calls (local time in {zones})")
        for account in self.accounts:
            for gap in (self.gaps or {}).get(account.account, ()):
                zone = ZoneInfo(account.zone)
                low, high = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (gap.low, gap.high))
                lines.append(
                    f"Not read yet: {inert.one_line(account.title)}, {low} to {high}. `trunkline sync` reads it."
                )
        return lines

    @property
    def jalali(self) -> bool:
        """Whether months are those of the Jalali calendar: if the period is, or all accounts are in Iran."""
        if self.period.text:
            return self.period.jalali
        return bool(self.accounts) and all(each.zone in JALALI_ZONES for each in self.accounts)

    def where(self, **values: str | Iterable[str]) -> Calls:
        """Return the calls whose columns have these values: `where(direction="outgoing", extension=["10", "11"])`.

        An `account` is named as people do. Raises `DataError` for a column that the frame doesn't have.
        """
        data = nw.from_native(self.frame)
        chosen = self.accounts
        for column, value in values.items():
            if column not in data.collect_schema().names():
                msg = f"the calls have no column {column!r}"
                raise DataError(msg, field=column)
            wanted = [value] if isinstance(value, str) else list(value)
            if column == "account" and self.accounts:
                chosen = tuple(named_accounts(self.accounts, wanted))
                wanted = [each.account for each in chosen]
            data = data.filter(nw.col(column).cast(nw.String()).is_in(wanted))
        return replace(self, frame=data.to_native(), accounts=chosen)

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies in which calls have a price, in order; a picture of amounts shows one of them."""
        return tuple(sorted(str(row["currency"]) for row in _rows(cost.totals(self.frame)) if row["cost"] is not None))

    def part(self, name: str) -> Calls:
        """Return the calls with a part of their price (`wait`, `talk`, `record` or `saved`) as their price.

        To compare with a rate card what was charged for talk alone, where a provider charges for other things, too. The
        price of a call whose part is unknown is unknown. Raises `DataError` for another name.
        """
        if name not in _PARTS:
            msg = f"a price has no part {name!r}; possible are {', '.join(_PARTS)}"
            raise DataError(msg, field=name)
        data = nw.from_native(self.frame).with_columns(nw.col(f"price_{name}").alias("price"))
        return replace(self, frame=data.to_native())

    # --- in words ---------------------------------------------------------------------------------

    def cost_in_words(self) -> words.Words:
        """Return a sentence for each currency: what the calls cost, a day, an answered call and a minute of talk."""
        return words.of_cost(self.frame)

    def status_in_words(self) -> words.Words:
        """Return a sentence: how many calls were answered and missed, and how many are to be called back."""
        return words.of_status(self.frame)

    # --- cost -------------------------------------------------------------------------------------

    def cost(self, by: str | Iterable[str] = (), *, top: int | None = None) -> Figure:
        """Return what the calls cost, by one or several of `reports.groups.KEYS`, `part` or `prefix`.

        `month` is that of the period's calendar. With `top`, the dearest groups come first, then the others together
        and the total, in rows that `row` names. Amounts are exact, one row for each currency.
        """
        keys = self._keys(by)
        totals = _rows(cost.totals(self.frame))
        unit = ", ".join(str(row["currency"]) for row in totals if row["cost"] is not None) or "no prices"
        left_out = {"without a price": sum(row["unpriced"] for row in totals)}
        if keys == ("part",):
            frame, definition = cost.parts(self.frame), definitions.PARTS
            left_out = {"without a price or its parts": sum(row["without_parts"] for row in _rows(frame))}
        else:
            definition = definitions.COST
            if keys == ("prefix",):
                frame = cost.by_destination(self.frame, prefix=5, top=top or 20)
            elif top is not None:
                frame = ranking.dearest(self.frame, keys, top=top)
            else:
                frame = cost.by_day(self.frame) if keys == ("day",) else cost.totals(self.frame, keys)
        draw = partial(drawing.cost, self.frame, keys, mask=self.mask, names=self._names)
        columns = () if keys == ("part",) else self._cost_columns(keys, priced=not any(left_out.values()))
        return self._figure(_title("Cost", keys), frame, definition, unit, left_out, columns=columns, draw=draw)

    def _cost_columns(self, keys: tuple[str, ...], *, priced: bool) -> tuple[str, ...]:
        """Return the columns that a table of costs shows; its frame has more."""
        named = tuple("destination" if key == "prefix" else key for key in keys)
        counts = ("calls",) if priced else ("calls", "unpriced")
        return (
            "row",
            *named,
            "name",
            "currency",
            *counts,
            "cost",
            "share",
            "talk_s",
            "per_answered_call",
            "per_minute",
        )

    def most_expensive(self, top: int = 20) -> Figure:
        """Return the dearest calls of each currency."""
        frame = cost.most_expensive(self.frame, top=top)
        columns = (
            "started_local",
            "direction",
            "status",
            "trunk",
            "destination",
            "name",
            "talk_s",
            "price",
            "currency",
        )
        return self._figure("Most expensive calls", frame, definitions.MOST_EXPENSIVE, "price", {}, columns=columns)

    # --- status -----------------------------------------------------------------------------------

    def status(self, by: str | Iterable[str] = ()) -> Figure:
        """Return how the calls ended: counts, ASR, NER and ACD, by one or several of `reports.groups.KEYS`."""
        keys = self._keys(by)
        frame = status.counts(self.frame, keys)
        [whole] = _rows(status.counts(self.frame))
        left_out = {
            "of unknown status": whole["unknown"],
            "of unknown talk time (ACD only)": whole["untimed"],
            "with a talk time below zero (ACD only)": whole["impossible"],
        }
        columns = (
            *keys,
            "calls",
            "answered",
            "missed",
            "busy",
            "no_answer",
            "congestion",
            "failed",
            "asr",
            "ner",
            "acd_s",
        )
        draw = partial(drawing.status, self.frame, keys, mask=self.mask, names=self._names)
        return self._figure(
            _title("Status", keys), frame, definitions.STATUS, "calls", left_out, columns=columns, draw=draw
        )

    def missed(self) -> Figure:
        """Return the callers that were missed and not reached since, newest first."""
        frame = missed.open_missed(self.frame)
        return self._figure("Callers to call back", frame, definitions.OPEN_MISSED, "callers", {})

    def call_backs(self) -> Figure:
        """Return for each account how many missed calls were returned, and after how long."""
        frame = missed.call_back_time(self.frame)
        return self._figure("Time until missed calls were returned", frame, definitions.CALL_BACKS, "seconds", {})

    def attempts(self) -> Figure:
        """Return for each account how often callers had to call until they were answered."""
        frame = attempts.attempts(self.frame)
        return self._figure("Attempts until answered", frame, definitions.ATTEMPTS, "attempts", {})

    def time_to_answer(self, by: str | Iterable[str] = ()) -> Figure:
        """Return how long incoming calls waited for an answer, by one or several of `reports.groups.KEYS`."""
        keys = self._keys(by)
        frame = waiting.time_to_answer(self.frame, keys)
        left_out = {"answered without a known wait": sum(row["unwaited"] for row in _rows(frame))}
        title = _title("Time to answer", keys)
        draw = partial(drawing.waits, self.frame)
        return self._figure(title, frame, definitions.TIME_TO_ANSWER, "seconds", left_out, draw=draw)

    def service_level(self, by: str | Iterable[str] = (), *, threshold_s: int = 20, short_s: int = 5) -> Figure:
        """Return the share of incoming calls answered within `threshold_s` seconds, for four named denominators."""
        keys = self._keys(by)
        frame = waiting.service_level(self.frame, keys, threshold_s=threshold_s, short_s=short_s)
        title = _title("Service level", keys)
        draw = partial(drawing.waits, self.frame, threshold_s=threshold_s)
        return self._figure(title, frame, definitions.SERVICE_LEVEL, "share", {}, draw=draw)

    def abandonment(self, by: str | Iterable[str] = (), *, threshold_s: int = 5) -> Figure:
        """Return the share of incoming calls whose callers gave up after more than `threshold_s` seconds."""
        keys = self._keys(by)
        frame = waiting.abandonment(self.frame, keys, threshold_s=threshold_s)
        left_out = {"that rang out after an unknown time": sum(row["unwaited"] for row in _rows(frame))}
        return self._figure(_title("Abandonment", keys), frame, definitions.ABANDONMENT, "share", left_out)

    # --- the bill ---------------------------------------------------------------------------------

    def check(self, card: RateCard | str | Path, *, region: str | None = None) -> Figure:
        """Return what of the charges is as the rate card has it and what isn't, by class; `disputes` lists the calls.

        `card` is a card or a CSV or TOML file, `region` the ISO 3166 country of numbers without a country code. Classes
        are those of `reports.bill.check`. A CSV file without a currency is in that of the calls, if it is only one.
        """
        checked = bill.check(self.frame, self._card(card), region=region)
        return self._figure("Check of the bill", bill.summary(checked), definitions.CHECK, "difference", {})

    def disputes(self, card: RateCard | str | Path, *, region: str | None = None) -> Figure:
        """Return the calls that were charged more than the rate card has, with the reason, the dearest first."""
        checked = bill.check(self.frame, self._card(card), region=region)
        return self._figure("Calls to dispute", bill.disputes(checked), definitions.DISPUTES, "difference", {})

    def what_if(self, *cards: RateCard | str | Path, by: str | Iterable[str] = (), region: str | None = None) -> Figure:
        """Return what the same calls would cost under each card, and what the increments cost."""
        keys = self._keys(by)
        frame = what_if.by_card(self.frame, [self._card(card) for card in cards], by=keys, region=region)
        left_out = {"without a rate or a known length": sum(row["left_out"] for row in _rows(frame))}
        return self._figure(_title("Cost under other cards", keys), frame, definitions.WHAT_IF, "cost", left_out)

    def _card(self, card: RateCard | str | Path) -> RateCard:
        if not isinstance(card, str | Path):
            return card
        currencies = {row["currency"] for row in _rows(cost.totals(self.frame)) if row["cost"] is not None}
        return read_card(card, currency=currencies.pop() if len(currencies) == 1 else None)

    # --- who calls, and what the data lacks -------------------------------------------------------

    def contacts(self) -> Figure:
        """Return the numbers of calls from or to outside: who, how often, and how balanced."""
        frame = contacts.parties(self.frame)
        return self._figure("Contacts", frame, definitions.CONTACTS, "calls", {})

    def quality(self) -> Figure:
        """Return what the data lacks: missing, impossible and derived values of each account and column."""
        return self._figure("Quality of the data", quality.columns(self.frame), definitions.QUALITY, "values", {})

    # --- traffic ----------------------------------------------------------------------------------

    def traffic(self) -> Figure:
        """Return the carried traffic of each hour in erlang."""
        draw = partial(drawing.traffic, self.frame)
        return self._figure("Traffic", traffic.carried(self.frame), definitions.CARRIED, "erlang", {}, draw=draw)

    def busy_hour(self) -> Figure:
        """Return the busiest hour, by three definitions."""
        return self._figure("Busy hour", traffic.busy_hour(self.frame), definitions.BUSY_HOUR, "erlang", {})

    def peak(self, by: str | None = None) -> Figure:
        """Return the most calls at the same time, of all lines or `by` trunk, extension or account."""
        title = _title("Peak", () if by is None else (by,))
        return self._figure(title, traffic.peak_concurrency(self.frame, by), definitions.PEAK, "calls at once", {})

    # ----------------------------------------------------------------------------------------------

    @property
    def _names(self) -> dict[str, str]:
        return {each.account: inert.one_line(each.title) for each in self.accounts}

    def _keys(self, by: str | Iterable[str]) -> tuple[str, ...]:
        names = (by,) if isinstance(by, str) else tuple(by)
        return tuple("jalali_month" if name == "month" and self.jalali else name for name in names)

    def _figure(
        self,
        title: str,
        frame: Any,
        definition: str,
        unit: str,
        left_out: Mapping[str, int],
        *,
        columns: tuple[str, ...] = (),
        draw: Any = None,
    ) -> Figure:
        return Figure(
            title=title,
            frame=frame,
            definition=definition,
            unit=unit,
            n=len(self),
            left_out={reason: count for reason, count in left_out.items() if count},
            names=self._names,
            columns=columns,
            mask=self.mask,
            draw=draw,
        )


def calls(
    period: str = "",
    *,
    accounts: str | Iterable[str] = (),
    archive: str | Archive = "",
    mask: bool = True,
    now: datetime | None = None,
) -> Calls:
    """Return the archived calls of a period such as `1405-08` or `last 28 days` (see `trunkline.periods`).

    Days are local days of each account. `accounts` are titles, keys or ids at the provider, by default all. `archive`
    is an open archive, a SQLAlchemy URL or a file, by default the one that the command uses. `mask` hides the last
    digits of phone numbers where figures are shown. `now` (aware) is what `today` and the like are counted from.

    Raises `ConfigError` for a period or an account that can't be, or if there is no archive; `ArchiveError` if it can't
    be read. Needs the extra `reports`.
    """
    wanted = (accounts,) if isinstance(accounts, str) else tuple(accounts)
    wanted = tuple(name for name in wanted if name.strip())
    if isinstance(archive, Archive):
        return _select(archive, period, wanted, mask=mask, now=now or datetime.now(UTC))
    with Archive.open(_existing(archive)) as opened:
        return _select(opened, period, wanted, mask=mask, now=now or datetime.now(UTC))


def _existing(archive: str) -> str:
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


def _select(archive: Archive, text: str, wanted: tuple[str, ...], *, mask: bool, now: datetime) -> Calls:
    chosen = tuple(named_accounts(archive.accounts(), wanted))
    zones = {each.zone: ZoneInfo(each.zone) for each in chosen}
    jalali = bool(zones) and zones.keys() <= JALALI_ZONES
    # The day of `today` is that of the first account's clock; each account's calls are those of its own days.
    here = zones[chosen[0].zone] if chosen else ZoneInfo("UTC")
    period = read_period(text, today=now.astimezone(here).date(), jalali=jalali)
    spans = {name: period.instants(zone) for name, zone in zones.items()}
    lows, highs = ([span[side] for span in spans.values()] for side in (0, 1))
    since = None if not lows or None in lows else min(low for low in lows if low is not None)
    until = None if not highs or None in highs else max(high for high in highs if high is not None)
    frame = archive.frame(since=since, until=until, accounts=[each.account for each in chosen])
    if len(set(spans.values())) > 1:
        frame = _own_days(frame, {each.account: spans[each.zone] for each in chosen})
    missing = {each.account: _gaps(archive, each, spans[each.zone]) for each in chosen}
    hidden = Masking(archive.masking_key(), _trunks(frame), names=True) if mask else False
    return Calls(frame, chosen, period, {name: found for name, found in missing.items() if found}, mask=hidden)


def _trunks(frame: Any) -> frozenset[str]:
    """Return the numbers of the user's own lines, which nobody has to hide."""
    trunks = nw.from_native(frame, eager_only=True)["trunk"]
    return frozenset(str(trunk) for trunk in trunks.unique().to_list() if trunk is not None)


def _own_days(frame: Any, spans: Mapping[str, tuple[datetime | None, datetime | None]]) -> Any:
    """Return the calls that lie within the span of their own account."""
    inside = []
    for account, (since, until) in spans.items():
        own = nw.col("account") == account
        own = own if since is None else own & (nw.col("started_at") >= since)
        inside.append(own if until is None else own & (nw.col("started_at") < until))
    return nw.from_native(frame).filter(nw.any_horizontal(*inside, ignore_nulls=True)).to_native()


def _gaps(
    archive: Archive, account: ArchivedAccount, span: tuple[datetime | None, datetime | None]
) -> tuple[Segment, ...]:
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


def _rows(frame: Any) -> list[dict[str, Any]]:
    wrapped = nw.from_native(frame)
    eager = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    return list(eager.iter_rows(named=True))


def _title(what: str, keys: tuple[str, ...]) -> str:
    plain = {"jalali_month": "month"}
    return f"{what} by {', '.join(plain.get(key, key) for key in keys)}" if keys else what
