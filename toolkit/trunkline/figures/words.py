"""What figures say, in a sentence or two: computed from the calls, and shown in a notebook as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

from trunkline.reports import cost, missed, status
from trunkline.reports.summaries import cost_summary, status_summary

if TYPE_CHECKING:
    import pandas as pd


class Words(str):
    """A text in Markdown, which a notebook renders and a terminal prints."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the text itself, without quotes."""
        return str(self)

    def _repr_markdown_(self) -> str:
        return str(self)


def of_cost(frame: Any) -> Words:
    """Say what the calls cost: a sentence for each currency, with its days from the first call to the last."""
    totals, by_day = _pandas(cost.totals(frame)), _pandas(cost.by_day(frame))
    counted = by_day.groupby("currency", observed=True, dropna=False)["day"].nunique()
    days = {currency if isinstance(currency, str) else None: int(number) for currency, number in counted.items()}
    return Words("\n\n".join(cost_summary(totals, days)) or "No call has a known price.")


def of_status(frame: Any, later: Any) -> Words:
    """Say how many calls were answered and missed, and how many are to be called back, by the later calls too."""
    counts = _pandas(status.counts(frame)).to_dict("records")[0]
    if not counts["calls"]:
        return Words("There are no calls.")
    return Words(status_summary(counts, _pandas(missed.open_missed(frame, later=later))))


def _pandas(frame: Any) -> pd.DataFrame:
    """Return the small frame of a figure, whatever kind its calls came in, with exact amounts."""
    wrapped = nw.from_native(frame)
    eager = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    found: pd.DataFrame = eager.to_pandas()
    return found
