"""Pictures of the figures: a frame of calls in, a matplotlib `Figure` out.

Every picture states what it shows, in which unit, and how it was counted. Phone numbers are masked unless `mask=False`,
because pictures are often shared. All functions take:

| option | meaning |
|---|---|
| `style` | `light` (default), `dark`, or `print`: shades of grey, hatches and markers. A notebook shows `light` as the reader's device is, light or dark |
| `language` | `en` (default) or `fa`: Persian texts and digits, from right to left |
| `jalali` | whether days, weeks and months are those of the Jalali calendar; its weeks begin on Saturday |

The result is a `Picture`: `alt` says in words what it shows, `svg()` and `html()` are for pages, `savefig()` is for files.
"""  # noqa: E501 - a row of a table

from __future__ import annotations

from .cost import cost_by_day, cost_by_month, cost_by_part, top_destinations
from .groups import cost_by, status_by
from .outlook import (
    cost_forecast,
    credit_over_time,
    lines_needed,
    past_forecasts,
    periods_beside,
    unexplained_credit,
)
from .picture import Picture
from .status import asr_over_days, hours_of_the_week, status_by_day
from .waiting import traffic_by_hour, waits

__all__ = [
    "Picture",
    "asr_over_days",
    "cost_by",
    "cost_by_day",
    "cost_by_month",
    "cost_by_part",
    "cost_forecast",
    "credit_over_time",
    "hours_of_the_week",
    "lines_needed",
    "past_forecasts",
    "periods_beside",
    "status_by",
    "status_by_day",
    "top_destinations",
    "traffic_by_hour",
    "unexplained_credit",
    "waits",
]
