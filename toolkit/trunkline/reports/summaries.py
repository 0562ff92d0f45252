"""The sentences at the head of the notebooks, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from . import amounts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


def cost_summary(totals: pd.DataFrame, days: Mapping[str, int]) -> list[str]:
    """Return what the calls cost, a sentence for each currency; `days` is how many days each currency has.

    What is unknown, such as the price of a minute without an answered call, isn't mentioned.
    """
    return [_cost(row, days.get(row["currency"], 1)) for row in totals.to_dict("records") if _known(row["cost"])]


def _cost(row: Mapping[Any, Any], days: int) -> str:
    currency = row["currency"]
    total: Decimal = row["cost"]
    shown = amounts.rounded(total, amounts.amount_digits([total], currency))
    rates = [
        f"{_rate(value, currency)} {what}"
        for what, value in (
            ("a day", total / days),
            ("an answered call", row["per_answered_call"]),
            ("a minute of talk", row["per_minute"]),
        )
        if _known(value)
    ]
    return (
        f"**{shown:,f} {currency}** for {_number(row['calls'], 'call')} in {_number(days, 'day')}: {', '.join(rates)}."
    )


def status_summary(counts: Mapping[Any, Any], open_missed: pd.DataFrame) -> str:
    """Return how many calls were answered and missed, from a row of `status.counts` and `missed.open_missed`."""
    asr = (
        f" ({counts['asr']:.1%}, 95 % interval {counts['asr_low']:.1%} to {counts['asr_high']:.1%})"
        if _known(counts["asr"])
        else ""
    )
    return (
        f"**{counts['answered']:,} of {counts['attempts']:,} calls were answered**{asr}; "
        f"{counts['missed']:,} of {counts['incoming']:,} incoming calls were missed, and "
        f"{open_missed['calls'].sum():,} of these, from {_number(len(open_missed), 'number')}, are still open."
    )


def _rate(value: Decimal, currency: str | None) -> str:
    return f"{amounts.rounded(value, amounts.rate_digits([value], currency)):,f}"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _known(value: Any) -> bool:
    return not pd.isna(value)
