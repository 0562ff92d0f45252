"""How calls ended, who was missed, and how long callers waited."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw

from trunkline.reports import attempts as reports_attempts
from trunkline.reports import missed as reports_missed
from trunkline.reports import status as reports
from trunkline.reports import waiting

from . import definitions, drawing, history
from .building import build, keys_of, rows_of, title_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .chosen import Selection as Calls
    from .figure import Figure

_COUNTS = ("calls", "answered", "missed", "busy", "no_answer", "congestion", "failed", "asr", "ner", "acd_s")


def status(calls: Calls, by: str | Iterable[str]) -> Figure:
    """Return how the calls ended, see `Calls.status`."""
    keys = keys_of(calls, by)
    frame = reports.counts(calls.coded, keys)
    [whole] = rows_of(reports.counts(calls.coded))
    left_out = {
        "of unknown status": whole["unknown"],
        "of unknown talk time (ACD only)": whole["untimed"],
        "with a talk time below zero (ACD only)": whole["impossible"],
    }
    draw = partial(drawing.status, calls.frame, keys, mask=calls.masking, names=calls.names, jalali=calls.jalali)
    title, columns = title_of("Status", keys), (*keys, *_COUNTS)
    return build(calls, title, frame, definitions.STATUS, "calls", left_out=left_out, columns=columns, draw=draw)


def missed(calls: Calls) -> Figure:
    """Return the callers that were missed and not reached since."""
    frame = reports_missed.open_missed(calls.coded, later=history.later(calls))
    left_out = _unmatched(calls)
    return build(calls, "Callers to call back", frame, definitions.OPEN_MISSED, "callers", left_out=left_out)


def call_backs(calls: Calls) -> Figure:
    """Return how many missed calls were returned, and after how long."""
    frame = reports_missed.call_back_time(calls.coded, later=history.later(calls))
    title, left_out = "Time until missed calls were returned", _unmatched(calls)
    return build(calls, title, frame, definitions.CALL_BACKS, "seconds", left_out=left_out)


def attempts(calls: Calls) -> Figure:
    """Return how often callers had to call until they were answered."""
    frame = reports_attempts.attempts(calls.coded)
    left_out = {"incoming, of unknown status, number or start": reports_attempts.left_out(calls.coded)}
    title = "Attempts until answered"
    return build(calls, title, frame, definitions.ATTEMPTS, "attempts", left_out=left_out)


def time_to_answer(calls: Calls, by: str | Iterable[str]) -> Figure:
    """Return how long incoming calls waited for an answer."""
    keys = keys_of(calls, by)
    frame = waiting.time_to_answer(calls.coded, keys)
    left_out = _without_wait(frame, "answered without a known wait")
    draw = partial(drawing.waits, calls.frame, jalali=calls.jalali)
    title = title_of("Time to answer", keys)
    return build(calls, title, frame, definitions.TIME_TO_ANSWER, "seconds", left_out=left_out, draw=draw)


def service_level(calls: Calls, by: str | Iterable[str], threshold_s: int, short_s: int) -> Figure:
    """Return the share of incoming calls answered in time."""
    keys = keys_of(calls, by)
    frame = waiting.service_level(calls.coded, keys, threshold_s=threshold_s, short_s=short_s)
    draw = partial(drawing.waits, calls.frame, threshold_s=threshold_s, jalali=calls.jalali)
    # The denominators of a group leave out the same calls.
    first = nw.from_native(frame).lazy().collect().filter(nw.col("denominator") == "offered")
    left_out = _without_wait(first.to_native(), "answered or rung out without a known wait")
    title = title_of("Service level", keys)
    return build(calls, title, frame, definitions.SERVICE_LEVEL, "share", left_out=left_out, draw=draw)


def abandonment(calls: Calls, by: str | Iterable[str], threshold_s: int) -> Figure:
    """Return the share of incoming calls whose callers gave up."""
    keys = keys_of(calls, by)
    frame = waiting.abandonment(calls.coded, keys, threshold_s=threshold_s)
    left_out = _without_wait(frame, "that rang out after an unknown time")
    return build(calls, title_of("Abandonment", keys), frame, definitions.ABANDONMENT, "share", left_out=left_out)


def _unmatched(calls: Calls) -> dict[str, int]:
    """Return how many missed calls can't be matched with a later one, and why."""
    return {"missed, without a number or a start": reports_missed.left_out(calls.coded)}


def _without_wait(frame: Any, unknown: str) -> dict[str, int]:
    """Return how many calls a figure of waiting leaves out, by reason."""
    rows = rows_of(frame)
    waits = {unknown: "unwaited", "with a wait below zero": "impossible"}
    return {reason: sum(row[name] for row in rows) for reason, name in waits.items()}
