"""Rows of Simotel's lists about queues and agents.

Source: "Simotel API", reports/queue, reports/queue_details, reports/quick/info, reports/agent and reports/poll.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.model import AgentActivity, QueueCall, SurveyAnswer
from trunkline.providers.common import fields

from . import row_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .dates import RowDates


class QueueRows:
    """Reads the rows of one server; each method raises `DataError` that names a field which can't be read."""

    def __init__(self, dates: RowDates) -> None:
        """Keep the reader of times."""
        self._utc, self._start, self._end = dates.utc, dates.start, dates.end

    def queue_call(self, record: object) -> QueueCall:
        """Return a call of a queue. Older rows have the wait in `caller_wait` and their times in `data`."""
        row = fields.mapping(record, "queue")
        data = fields.mapping(row.get("data") or {}, "data")
        wait = row.get("wait")
        return self._queue_call(
            row,
            answered=row.get("answeredtime") or data.get("answered_time"),
            wait=row.get("caller_wait") if wait is None else wait,
            ended=row.get("endtime") or data.get("end_time"),
            started=row.get("starttime") or data.get("start_time"),
            attempt=None,
        )

    def queue_attempt(self, record: object) -> QueueCall:
        """Return an attempt to reach an agent, who may or may not answer."""
        row = fields.mapping(record, "queue")
        return self._queue_call(
            row,
            answered=row.get("answer"),
            wait=row.get("wait"),
            ended=row.get("endtime"),
            started=row.get("starttime") or row.get("start"),
            attempt=fields.integer(row.get("tries"), "tries"),
        )

    def _queue_call(
        self,
        row: Mapping[str, Any],
        *,
        answered: object,
        wait: object,
        ended: object,
        started: object,
        attempt: int | None,
    ) -> QueueCall:
        status = row_values.status(row.get("disposition"))
        started_at = self._start(started, "starttime", row.get("uniqueid"), row.get("cuid"))
        duration = fields.seconds(row.get("duration"), "duration")
        waited = fields.seconds(wait, "wait")
        return QueueCall(
            row_id=row_values.object_id(row.get("_id"), "_id"),
            status=status,
            queue=row_values.text(row.get("qnum"), "qnum"),
            call_id=row_values.text(row.get("cuid"), "cuid"),
            queue_call_id=row_values.text(row.get("queue_id"), "queue_id"),
            source=row_values.text(row.get("src"), "src"),
            agent=row_values.text(row.get("dst"), "dst"),
            started_at=started_at,
            ended_at=self._end(ended, "endtime", started_at, duration),
            # Of two times that clocks repeat, the one that the wait before it fits.
            answered_at=self._end(answered, "answeredtime", started_at, waited),
            wait=waited,
            agent_wait=fields.seconds(row.get("agent_wait"), "agent_wait"),
            talk=row_values.talk(status, row.get("billsec"))[0],
            duration=duration,
            attempt=attempt,
            hangup=row_values.text(row.get("hangup"), "hangup"),
            recording=row_values.text(row.get("record"), "record"),
            raw=row,
        )

    def agent_activity(self, record: object) -> AgentActivity:
        """Return a period of an agent's time in a queue."""
        row = fields.mapping(record, "agent")
        started_at, duration = self._utc(row.get("start"), "start"), fields.seconds(row.get("duration"), "duration")
        return AgentActivity(
            row_id=row_values.object_id(row.get("_id"), "_id"),
            extension=fields.required_text(row.get("exten"), "exten"),
            queue=row_values.text(row.get("qnum"), "qnum"),
            kind=row_values.text(row.get("type"), "type"),
            started_at=started_at,
            ended_at=self._end(row.get("end"), "end", started_at, duration),
            duration=duration,
        )

    def survey_answer(self, record: object) -> SurveyAnswer:
        """Return a caller's answer to a survey; its call is named by `uniqueid`."""
        row = fields.mapping(record, "poll")
        return SurveyAnswer(
            row_id=row_values.object_id(row.get("_id"), "_id"),
            points=fields.integer(row.get("point"), "point"),
            label=row_values.text(row.get("label"), "label"),
            call_id=row_values.text(row.get("uniqueid"), "uniqueid"),
            source=row_values.text(row.get("src"), "src"),
            extension=row_values.text(row.get("dst"), "dst"),
            queue=row_values.text(row.get("qnum"), "qnum"),
            at=self._start(row.get("date"), "date", row.get("uniqueid")),
        )
