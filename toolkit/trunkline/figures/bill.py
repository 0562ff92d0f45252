"""Whether the bill is right: the calls beside a rate card, and under other ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from trunkline import inert
from trunkline.rates import BillClass, read_card
from trunkline.reports import bill as reports
from trunkline.reports import cost
from trunkline.reports import what_if as reports_what_if
from trunkline.reports.frames import as_kind_of

from . import definitions, history, home
from .building import build, keys_of, rows_of, title_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.rates import RateCard

    from .chosen import Selection as Calls
    from .figure import Figure

_NO_COST = "without a rate or a known length"
_UNCHECKED = frozenset({
    BillClass.PRICE_UNKNOWN, BillClass.OTHER_CURRENCY, BillClass.TALK_UNKNOWN, BillClass.NUMBER_UNKNOWN,
    BillClass.START_UNKNOWN, BillClass.NO_RATE,
})  # fmt: skip


def check(calls: Calls, card: RateCard | str | Path, region: str | None) -> Figure:
    """Return what of the charges is as the card has it and what isn't, by class."""
    checked = reports.checked(calls.coded, read(calls, card), region=home.here(calls.accounts, region))
    frame = as_kind_of(calls.frame, reports.summary(checked))
    return build(calls, "Check of the bill", frame, definitions.CHECK, "difference")


def disputes(calls: Calls, card: RateCard | str | Path, region: str | None) -> Figure:
    """Return the calls that were charged more than the card has."""
    checked = reports.checked(calls.coded, read(calls, card), region=home.here(calls.accounts, region))
    frame = as_kind_of(calls.frame, reports.disputes(checked))
    unchecked = sum(row["calls"] for row in rows_of(reports.summary(checked)) if row["class"] in _UNCHECKED)
    left_out = {"that could not be checked": unchecked}
    return build(calls, "Calls to dispute", frame, definitions.DISPUTES, "difference", left_out=left_out)


def what_if(
    calls: Calls, cards: Iterable[RateCard | str | Path], by: str | Iterable[str], region: str | None
) -> Figure:
    """Return what the same calls would cost under each card."""
    keys = keys_of(calls, by)
    rated = [read(calls, card) for card in cards]
    frame = reports_what_if.by_card(calls.coded, rated, by=keys, region=home.here(calls.accounts, region))
    # Each card leaves out calls of its own: those of several cards are not added.
    left_out: Counter[str] = Counter()
    for row in rows_of(frame):
        left_out[_NO_COST if len(rated) == 1 else f"{_NO_COST} under {inert.one_line(row['card'])}"] += row["left_out"]
    return build(calls, title_of("Cost under other cards", keys), frame, definitions.WHAT_IF, "cost", left_out=left_out)


def read(calls: Calls, card: RateCard | str | Path) -> RateCard:
    """Return a card, or the one in a file: its days by the clock of the calls, a CSV file in their currency."""
    if not isinstance(card, str | Path):
        return card
    currencies = {row["currency"] for row in rows_of(cost.totals(calls.coded)) if row["cost"] is not None}
    return read_card(card, currency=currencies.pop() if len(currencies) == 1 else None, zone=history.clock(calls))
