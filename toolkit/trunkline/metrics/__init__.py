"""What each figure means: counts, ratios with their interval and the run-out of a credit, without pandas.

The sensors call these definitions on `Call` objects, the reports on counts that a frame grouped; both
go through the same functions, so that they can't differ. Times are aware UTC, durations whole
seconds, money exact; a figure that can't be known is `None`.
"""

from __future__ import annotations

from .counts import CallCounts, DayFigures, Tally, count_calls, day_figures, last_call, together
from .missed import MissedCalls, OpenMissed, open_missed
from .queueing import answered_within, erlang_b, erlang_c, lines_needed, offered_traffic
from .ratios import (
    SERVICE_LEVEL_S,
    SHORT_ABANDON_S,
    Z_95,
    Denominator,
    Ratio,
    abandonment,
    acd,
    asr,
    is_abandoned,
    is_missed,
    ner,
    quantile,
    ratio,
    service_level,
    wilson,
)
from .spending import Z_80, Pace, RunOut, daily_costs, days_left, hourly_costs, pace, run_out
from .unusual import RARE, RECENT_DAYS, USUAL_DAYS, DaySpend, exceedance, unusual_spend

__all__ = [
    "RARE",
    "RECENT_DAYS",
    "SERVICE_LEVEL_S",
    "SHORT_ABANDON_S",
    "USUAL_DAYS",
    "Z_80",
    "Z_95",
    "CallCounts",
    "DayFigures",
    "DaySpend",
    "Denominator",
    "MissedCalls",
    "OpenMissed",
    "Pace",
    "Ratio",
    "RunOut",
    "Tally",
    "abandonment",
    "acd",
    "answered_within",
    "asr",
    "count_calls",
    "daily_costs",
    "day_figures",
    "days_left",
    "erlang_b",
    "erlang_c",
    "exceedance",
    "hourly_costs",
    "is_abandoned",
    "is_missed",
    "last_call",
    "lines_needed",
    "ner",
    "offered_traffic",
    "open_missed",
    "pace",
    "quantile",
    "ratio",
    "run_out",
    "service_level",
    "together",
    "unusual_spend",
    "wilson",
]
