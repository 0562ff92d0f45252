"""The calls of a period and of some accounts: what they are, and other calls of the same archive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from html import escape
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

import narwhals as nw

from trunkline import inert
from trunkline.archive.named import named_accounts, titles_of
from trunkline.errors import DataError
from trunkline.periods import ALL, JALALI_ZONES, Period
from trunkline.reports.coded import Coded
from trunkline.reports.masking import of_calls
from trunkline.reports.twins import Twice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.archive import ArchivedAccount, Segment
    from trunkline.reports.masking import Mask

    from .source import Source


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Selection:
    """Calls, and what can be asked of them. `frame` is the DataFrame of `Archive.frame()`, or any with its columns.

    `gaps` are the spans of the period that no sync has read, up to the last time that one has, by the account's key;
    calls may be missing there. With `mask` the last digits of phone numbers are hidden where figures are shown; frames
    have them whole. `now` is the time (aware) from which forecasts look ahead. `twice` are the calls that two accounts
    recorded and that `frame` has once. `source` is where the calls were read, None of a frame that was made by hand,
    and `chosen` what `where` chose of them.
    """

    frame: Any
    accounts: tuple[ArchivedAccount, ...] = ()
    period: Period = ALL
    gaps: Mapping[str, tuple[Segment, ...]] | None = None
    mask: Mask = True
    now: datetime = field(default_factory=_now)
    source: Source | None = field(default=None, repr=False)
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), repr=False)
    twice: Twice = field(default_factory=Twice, repr=False)

    @classmethod
    def of(cls, source: Source, period: Period | str, now: datetime) -> Self:
        """Return the calls of a period that are read from a source."""
        found = source.read(period, now)
        return cls(found.frame, found.accounts, found.period, found.gaps, found.mask, now, source, twice=found.twice)

    @cached_property
    def coded(self) -> Any:
        """What figures take for the calls: their integer codes, made once, or the frame where it is a lazy one.

        The frame must not be edited after the first figure; a selection of an edited frame is a new `Calls`.
        """
        is_eager = isinstance(nw.from_native(self.frame, pass_through=True), nw.DataFrame)
        return Coded(self.frame) if is_eager else self.frame

    @cached_property
    def masking(self) -> Mask:
        """How numbers are masked where figures are shown: the lines of a frame that was made by hand stay whole."""
        return self.mask if self.source is not None else of_calls(self.mask, self.frame)

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
        names = self.names
        titles = ", ".join(names.values())
        lines = [f"{count:,} call{'' if count == 1 else 's'}" + (f" of {titles}" if titles else "")]
        zones = ", ".join(sorted({each.zone for each in self.accounts}))
        if self.period.text:
            lines.append(f"Period: {self.period} (local time{f' in {zones}' if zones else ''})")
        elif zones:
            lines.append(f"Period: all calls (local time in {zones})")
        for (own, twin), number in self.twice.counts().items():
            word = "call" if number == 1 else "calls"
            lines.append(
                f"Counted once: {number:,} {word} of {names.get(own, own)} that {names.get(twin, twin)} "
                "recorded too. `twins=False` keeps both."
            )
        for account in self.accounts:
            for gap in (self.gaps or {}).get(account.account, ()):
                zone = ZoneInfo(account.zone)
                low, high = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (gap.low, gap.high))
                lines.append(f"Not read yet: {names[account.account]}, {low} to {high}. `trunkline sync` reads it.")
        return lines

    @property
    def jalali(self) -> bool:
        """Whether months are those of the Jalali calendar: if the period is, or all accounts are in Iran."""
        if self.period.text:
            return self.period.jalali
        return bool(self.accounts) and all(each.zone in JALALI_ZONES for each in self.accounts)

    @property
    def names(self) -> dict[str, str]:
        """The title of each account by its key, as one line; with the key where several have the same title."""
        return {account: inert.one_line(title) for account, title in titles_of(self.accounts).items()}

    @property
    def zones(self) -> dict[str, str]:
        """The IANA time zone of each account by its key."""
        return {each.account: each.zone for each in self.accounts}

    # --- other calls ------------------------------------------------------------------------------

    def where(self, **values: str | int | Iterable[str | int]) -> Self:
        """Return the calls whose columns have these values: `where(direction="outgoing", extension=["10", "11"])`.

        An `account` is named as people do. Raises `DataError` for a column that the frame doesn't have, or that holds
        amounts, times or floats, and for values that are neither text nor whole numbers; `ConfigError` for a name that
        none of the accounts of these calls has.
        """
        found = self
        schema = nw.from_native(self.frame).collect_schema()
        for column, value in values.items():
            if column not in schema:
                msg = f"the calls have no column {column!r}"
                raise DataError(msg, field=column)
            if schema[column].is_decimal() or schema[column].is_float() or schema[column].is_temporal():
                msg = (
                    f"calls can't be chosen by {column!r}, which holds neither text nor whole numbers: filter the frame"
                )
                raise DataError(msg, field=column)
            wanted = _wanted(column, value)
            # None are no names at all, which elsewhere stand for all accounts.
            if column == "account" and self.accounts and wanted:
                wanted = tuple(each.account for each in named_accounts(self.accounts, wanted))
            found = having(found, column, wanted)
        return found

    def select(self, period: str | Period) -> Self:
        """Return the calls of another period, read from the same archive: same accounts, `where`, mask and `now`.

        Raises `ConfigError` for a period that can't be, and `DataError` for calls that came from no archive.
        """
        if self.source is None:
            msg = "another period needs the archive of the calls: select them with trunkline.calls()"
            raise DataError(msg)
        found = self.of(self.source, period, self.now)
        for column, values in self.chosen:
            found = having(found, column, values)
        return found

    def previous(self) -> Self:
        """Return the calls of the period before, of the same kind: the month before a month of either calendar.

        Before other periods comes one of as many days. Raises `ConfigError` for an open period, and `DataError` for
        calls that came from no archive.
        """
        return self.select(self.period.previous())


def _wanted(column: str, value: Any) -> tuple[str, ...]:
    """Return the values to choose, as text."""
    several = (value,) if isinstance(value, str) or not isinstance(value, Iterable) else tuple(value)
    for each in several:
        if isinstance(each, bool) or not isinstance(each, str | Integral):
            msg = f"the values of {column!r} to choose are text or whole numbers, not {type(each).__name__}"
            raise DataError(msg, field=column)
    return tuple(map(str, several))


def having[S: Selection](calls: S, column: str, values: tuple[str, ...]) -> S:
    """Return the calls whose column has one of the values."""
    frame = nw.from_native(calls.frame).filter(nw.col(column).cast(nw.String()).is_in(list(values))).to_native()
    accounts = calls.accounts
    if column == "account":
        accounts = tuple(each for each in accounts if each.account in values)
    return replace(calls, frame=frame, accounts=accounts, chosen=(*calls.chosen, (column, values)))
