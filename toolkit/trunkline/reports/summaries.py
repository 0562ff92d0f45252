"""The sentences at the head of the notebooks, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from . import amounts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


def cost_summary(totals: pd.DataFrame, days: Mapping[str | None, int]) -> list[str]:
    """Return what the calls cost, a sentence for each currency; `days` is how many days each currency has.

    What is unknown, such as the price of a minute without an answered call, isn't mentioned; calls without a price are
    counted apart. A currency whose calls have no known day has no days.
    """
    return [_cost(row, days) for row in totals.to_dict("records") if _known(row["cost"])]


def _cost(row: Mapping[Any, Any], days_of: Mapping[str | None, int]) -> str:
    currency = row["currency"] if _known(row["currency"]) else None
    days = days_of.get(currency, 0)
    total: Decimal = row["cost"]
    shown = amounts.rounded(total, amounts.amount_digits([total], currency))
    rates = [
        f"{_rate(value, currency)} {what}"
        for what, value in (
            ("a day", total / days if days else None),
            ("an answered call", row["per_answered_call"]),
            ("a minute of talk", row["per_minute"]),
        )
        if _known(value)
    ]
    amount = f"**{shown:,f} {currency}**" if currency else f"**{shown:,f}** in an unknown currency"
    in_days = f" in {_number(days, 'day')}" if days else ""
    said = f"{amount} for {_number(row['priced'], 'call')}{in_days}"
    return f"{': '.join(filter(None, (said, ', '.join(rates))))}.{_without_price(row['unpriced'])}"


def _without_price(calls: int) -> str:
    if not calls:
        return ""
    return f" {_number(calls, 'call')} more {'has' if calls == 1 else 'have'} no known price."


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


def _rate(value: Any, currency: str | None) -> str:
    return f"{amounts.rounded(value, amounts.rate_digits([value], currency)):,f}"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _known(value: Any) -> bool:
    return not pd.isna(value)
