"""The series of an account as the archive has them, and the rows in which the recorder differs from them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ..account.statistic_ids import statistic_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from trunkline.archive import HourSums
    from trunkline.model import Money

    from .hours import Hours

type Amount = int | Decimal
"""Calls, seconds or money, exactly."""


class Row(NamedTuple):
    """What the recorder has of an hour: its amount, and the sum of all amounts up to its end."""

    hour: int
    state: float
    sum: float


@dataclass(slots=True)
class Series:
    """One series by hour. `start` is the first hour with calls, whether they add anything to this series or not."""

    name: str
    trunk: str | None
    currency: str | None
    start: int
    amounts: dict[int, Amount] = field(default_factory=dict)
    """By hour, without zeros."""

    def add(self, hour: int, amount: Amount) -> None:
        """Add to the amount of an hour."""
        self.start = min(self.start, hour)
        if amount:
            self.amounts[hour] = self.amounts.get(hour, 0) + amount

    def without_amounts(self) -> Series:
        """Return this series as if nothing were in it."""
        return replace(self, amounts={})

    def total(self, until: int) -> Amount:
        """Return the exact sum of the hours before `until`."""
        return sum((amount for hour, amount in self.amounts.items() if hour < until), 0)

    def value(self, amount: Amount) -> float:
        """Return an amount in the unit of the series: talk time is in minutes."""
        return float(amount) / 60 if self.name == "minutes" else float(amount)


def collect(account_key: str, sums: Iterable[HourSums], hours: Hours, *, currency: str) -> dict[str, Series]:
    """Return the series of an account and of its trunks by id; `currency` is the account's."""
    found: dict[str, Series] = {}
    # Making an id takes longer than adding a number.
    ids: dict[tuple[str, str | None, str | None], str] = {}

    def add(name: str, trunk: str | None, unit: str | None, hour: int, amount: Amount) -> None:
        kind = name, trunk, unit
        if kind not in ids:
            ids[kind] = statistic_id(account_key, name, trunk, None if unit == currency else unit)
        series = found.get(ids[kind])
        if series is None:
            series = found[ids[kind]] = Series(name, trunk, unit, hour)
        series.add(hour, amount)

    for item in sums:
        hour = hours.of(item.start)
        for trunk in (None, item.trunk) if item.trunk else (None,):
            add("calls", trunk, None, hour, item.calls)
            add("answered", trunk, None, hour, item.answered)
            add("missed", trunk, None, hour, item.missed)
            add("minutes", trunk, None, hour, item.talk_s)
            for name, money in _amounts(item):
                add(name, trunk, money.currency, hour, money.amount)
    return found


def _amounts(item: HourSums) -> Iterable[tuple[str, Money]]:
    if item.charged is not None:
        yield "cost", item.charged
    if item.refunded is not None and item.refunded.amount:
        yield "refunds", item.refunded


def differing_rows(
    series: Series,
    known: Mapping[int, tuple[float | None, float | None]],
    *,
    filled: Collection[int],
    since: int | None = None,
    before: Amount | None = None,
) -> list[Row]:
    """Return the rows that the recorder doesn't have, or has otherwise.

    `known` is what it has, from the hour before `since` on. `since` is the hour from which the series is complete, and
    `before` the sum up to then; None if it has not begun before. An hour without calls has no row, except those that
    Home Assistant needs: `filled`, so that a day without calls is 0 and not unknown, and the hour before each amount,
    because the change in a period is counted from the row before it. A row that is there already stays, as 0.
    """
    begins = series.start if before is None else since or 0
    hours = {hour for amount in series.amounts for hour in (amount - 1, amount)}
    hours.update(hour for hour in filled if hour >= begins)
    hours.update(known)
    if before is None:
        hours.add(series.start)
    total: Amount = before or 0
    rows: list[Row] = []
    for hour in sorted(hours):
        amount = series.amounts.get(hour, 0)
        total += amount
        row = Row(hour, series.value(amount), series.value(total))
        # A row before the window is as it was written.
        is_written = hour in known and (since is not None and hour < since)
        if not is_written and known.get(hour) != row[1:]:
            rows.append(row)
    return rows
