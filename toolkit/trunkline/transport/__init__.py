"""The HTTP client of all providers: time-outs, retries, rate limit, size limits, and errors without secrets."""

from .client import (
    MAY_BE_CARRIED_OUT,
    PHONE_MAY_RING,
    RETRIED_STATUSES,
    Limits,
    Transport,
    Upload,
    outcome_unknown,
)
from .clock import ClockReading
from .reply import Headers, Reply, retry_after

__all__ = [
    "MAY_BE_CARRIED_OUT",
    "PHONE_MAY_RING",
    "RETRIED_STATUSES",
    "ClockReading",
    "Headers",
    "Limits",
    "Reply",
    "Transport",
    "Upload",
    "outcome_unknown",
    "retry_after",
]
