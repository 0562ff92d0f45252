"""The rows of Simotel's other lists turned into the model: queues, surveys, the dialler, voicemail, faxes, equipment.

Source: "Simotel API", the page of each list; the expected shapes are those of its samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.model import (
    Agent,
    AgentActivity,
    AgentResult,
    Campaign,
    Contact,
    DialGroup,
    DialReport,
    Extension,
    Fax,
    ListedNumber,
    Mailbox,
    Queue,
    QueueCall,
    SurveyAnswer,
    Trunk,
    Voicemail,
)
from trunkline.numbers import e164
from trunkline.providers.common import fields

from . import values
from .values import Moments

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

_DIRECTIONS = {"outbox": True, "inbox": False}


class RowReader:
    """Reads the rows of one server; each method raises `DataError` that names the field which makes no sense."""

    def __init__(self, zone: ZoneInfo) -> None:
        """Take the zone of the server's wall clock."""
        self._utc = Moments(zone).utc

    def queue_call(self, record: object) -> QueueCall:
        """Return a call of a queue (reports/queue): older rows say `caller_wait`, and have their times in `data`."""
        row = fields.mapping(record, "queue")
        get = row.get
        inner = fields.mapping(get("data") or {}, "data")
        answered = get("answeredtime") or inner.get("answered_time")
        wait = get("wait")
        return self._queue_row(
            row,
            answered=answered,
            wait=get("caller_wait") if wait is None else wait,
            ended=get("endtime") or inner.get("end_time"),
            started=get("starttime") or inner.get("start_time"),
            attempt=None,
        )

    def queue_attempt(self, record: object) -> QueueCall:
        """Return one ringing of one agent (reports/queue_details and reports/quick/info)."""
        row = fields.mapping(record, "queue")
        return self._queue_row(
            row,
            answered=row.get("answer"),
            wait=row.get("wait"),
            ended=row.get("endtime"),
            started=row.get("starttime") or row.get("start"),
            attempt=fields.whole(row.get("tries"), "tries"),
        )

    def _queue_row(
        self,
        row: Mapping[str, Any],
        *,
        answered: object,
        wait: object,
        ended: object,
        started: object,
        attempt: int | None,
    ) -> QueueCall:
        get = row.get
        status = values.status_of(get("disposition"))
        return QueueCall(
            row_id=values.object_id(get("_id"), "_id"),
            status=status,
            queue=values.filled(get("qnum"), "qnum"),
            call_id=values.filled(get("cuid"), "cuid"),
            queue_call_id=values.filled(get("queue_id"), "queue_id"),
            source=values.filled(get("src"), "src"),
            agent=values.filled(get("dst"), "dst"),
            started_at=self._utc(started, "starttime"),
            ended_at=self._utc(ended, "endtime"),
            answered_at=self._utc(answered, "answeredtime"),
            wait=fields.seconds(wait, "wait"),
            agent_wait=fields.seconds(get("agent_wait"), "agent_wait"),
            talk=values.talk_of(status, get("billsec"))[0],
            duration=fields.seconds(get("duration"), "duration"),
            attempt=attempt,
            hangup=values.filled(get("hangup"), "hangup"),
            recording=values.filled(get("record"), "record"),
            raw=row,
        )

    def agent_activity(self, record: object) -> AgentActivity:
        """Return a span of an agent's time (reports/agent)."""
        row = fields.mapping(record, "agent")
        return AgentActivity(
            row_id=values.object_id(row.get("_id"), "_id"),
            extension=fields.required_text(row.get("exten"), "exten"),
            queue=values.filled(row.get("qnum"), "qnum"),
            kind=values.filled(row.get("type"), "type"),
            started_at=self._utc(row.get("start"), "start"),
            ended_at=self._utc(row.get("end"), "end"),
            duration=fields.seconds(row.get("duration"), "duration"),
        )

    def survey_answer(self, record: object) -> SurveyAnswer:
        """Return the points of a caller (reports/poll); the call is named by its `uniqueid`."""
        row = fields.mapping(record, "poll")
        return SurveyAnswer(
            row_id=values.object_id(row.get("_id"), "_id"),
            points=fields.whole(row.get("point"), "point"),
            label=values.filled(row.get("label"), "label"),
            call_id=values.filled(row.get("uniqueid"), "uniqueid"),
            source=values.filled(row.get("src"), "src"),
            extension=values.filled(row.get("dst"), "dst"),
            queue=values.filled(row.get("qnum"), "qnum"),
            at=self._utc(row.get("date"), "date"),
        )

    def campaign(self, record: object) -> Campaign:
        """Return a campaign (autodialer/campaigns)."""
        row = fields.mapping(record, "campaign")
        return Campaign(
            campaign_id=values.object_id(row.get("_id"), "_id"),
            name=fields.text(row.get("name"), "name") or "",
            status=values.filled(row.get("status"), "status"),
            starts_at=self._utc(row.get("isoStart") or row.get("start"), "start"),
            ends_at=self._utc(row.get("isoEnd") or row.get("end"), "end"),
            created_at=self._utc(row.get("date"), "date"),
            count=fields.whole(row.get("count"), "count"),
            description=values.filled(row.get("description"), "description"),
        )

    def dial_group(self, record: object) -> DialGroup:
        """Return a group of numbers (autodialer/groups)."""
        row = fields.mapping(record, "group")
        return DialGroup(
            group_id=values.object_id(row.get("_id"), "_id"),
            name=fields.text(row.get("name"), "name") or "",
            count=fields.whole(row.get("count"), "count"),
            description=values.filled(row.get("description"), "description"),
            created_at=self._utc(row.get("date"), "date"),
        )

    def dial_report(self, record: object) -> DialReport:
        """Return what became of a number (autodialer/reports)."""
        row = fields.mapping(record, "report")
        status = values.status_of(row.get("disposition"))
        return DialReport(
            row_id=values.object_id(row.get("_id"), "_id"),
            status=status,
            campaign=values.filled(row.get("campaign"), "campaign"),
            campaign_id=values.optional_id(row.get("campaign_id"), "campaign_id"),
            number=values.filled(row.get("number"), "number"),
            at=self._utc(row.get("date"), "date"),
            attempts=fields.whole(row.get("try"), "try"),
            talk=values.talk_of(status, row.get("billsec"))[0],
            wait=fields.seconds(row.get("wait"), "wait"),
        )

    def voicemail(self, record: object) -> Voicemail:
        """Return a message (voicemails/inbox): one that could not be saved has `error` instead of a file."""
        row = fields.mapping(record, "voicemail")
        return Voicemail(
            voicemail_id=values.object_id(row.get("_id"), "_id"),
            mailbox=values.filled(row.get("number"), "number"),
            caller=values.filled(row.get("caller_id"), "caller_id"),
            received_at=self._utc(row.get("date"), "date"),
            duration=fields.seconds(row.get("duration"), "duration"),
            read=_flag(row.get("read"), "read"),
            filename=values.filled(row.get("filename"), "filename"),
            problem=values.filled(row.get("error"), "error"),
        )

    def fax(self, record: object) -> Fax:
        """Return a fax (pbx/faxes). The sample of one that is sent repeats in `ext` where it goes: no device."""
        row = fields.mapping(record, "fax")
        outgoing = _DIRECTIONS.get(fields.text(row.get("type"), "type") or "")
        destination, device = values.filled(row.get("dst"), "dst"), values.filled(row.get("ext"), "ext")
        return Fax(
            fax_id=values.object_id(row.get("_id"), "_id"),
            outgoing=outgoing,
            source=values.filled(row.get("src"), "src"),
            destination=destination,
            status=values.filled(row.get("status"), "status"),
            at=self._utc(row.get("date"), "date"),
            filename=values.filled(row.get("file"), "file"),
            device=None if outgoing and device == destination else device,
            note=values.filled(row.get("description"), "description"),
        )

    def listed_number(self, record: object) -> ListedNumber:
        """Return an entry of the black or white list."""
        row = fields.mapping(record, "entry")
        labels = fields.rows(row.get("labels"), "labels")
        return ListedNumber(
            number=fields.required_text(row.get("number"), "number"),
            entry_id=values.optional_id(row.get("_id"), "_id"),
            note=values.filled(row.get("comment"), "comment"),
            labels=tuple(label for one in labels if (label := fields.text(one, "labels"))),
            added_at=self._utc(row.get("date"), "date"),
        )


def read_contact(record: object) -> Contact:
    """Return an entry of the dialler's phonebook (autodialer/contacts)."""
    row = fields.mapping(record, "contact")
    number = values.filled(row.get("number"), "number")
    return Contact(
        contact_id=values.object_id(row.get("_id"), "_id"),
        name=values.filled(row.get("name"), "name"),
        note=values.filled(row.get("description"), "description"),
        numbers=(number,) if number else (),
    )


def read_extension(record: object) -> Extension:
    """Return an extension (pbx/users). Its secret is never kept."""
    row = fields.mapping(record, "user")
    return Extension(
        number=fields.required_text(row.get("number"), "number"), name=values.filled(row.get("name"), "name")
    )


def read_memberships(record: object) -> tuple[Agent, ...]:
    """Return a user's places in queues (pbx/users, `queues`): numbers, or objects that hold one."""
    row = fields.mapping(record, "user")
    extension = read_extension(row)
    queues = [_queue_number(one) for one in fields.rows(row.get("queues"), "queues")]
    return tuple(Agent(extension=extension.number, queue=queue, name=extension.name) for queue in queues)


def _queue_number(value: object) -> str:
    if isinstance(value, dict):
        value = next((value[name] for name in ("number", "qnum", "queue", "name") if value.get(name)), None)
    return fields.required_text(value, "queues")


def read_trunk(record: object) -> Trunk:
    """Return a trunk (pbx/trunks): its name is what calls say. Passwords are never kept.

    The number is the one at the end of the registration (`user:secret@host/number`), or the name where that is one.
    """
    row = fields.mapping(record, "trunk")
    name = fields.identifier(row.get("name"), "name")
    registered = (fields.text(row.get("register_string"), "register_string") or "").strip()
    after = registered.rpartition("@")[2].rpartition("/")
    number = next((one for one in (after[2] if after[1] else "", name) if one.isascii() and one.isdigit()), None)
    return Trunk(trunk_id=name, number=number, e164=e164(number, values.REGION))


def read_queue(record: object) -> Queue:
    """Return a queue (pbx/queues)."""
    row = fields.mapping(record, "queue")
    return Queue(
        queue_id=values.object_id(row.get("_id"), "_id"),
        number=fields.required_text(row.get("number"), "number"),
        name=values.filled(row.get("name"), "name"),
        strategy=values.filled(row.get("strategy"), "strategy"),
    )


def read_mailbox(record: object) -> Mailbox:
    """Return a voicemail box (voicemails/voicemails). Its password is never kept."""
    row = fields.mapping(record, "mailbox")
    return Mailbox(
        mailbox=fields.required_text(row.get("number"), "number"),
        name=values.filled(row.get("name"), "name"),
        mailbox_id=values.optional_id(row.get("_id"), "_id"),
    )


def read_agent_result(record: object, *, queue: str, extension: str) -> AgentResult:
    """Return what became of one agent's change; batches echo the agent as `agent` or `agents`."""
    row = fields.mapping(record, "data")
    return AgentResult(
        extension=values.filled(row.get("agent"), "agent") or values.filled(row.get("agents"), "agents") or extension,
        queue=values.filled(row.get("queue"), "queue") or queue,
        done=fields.whole(row.get("ok"), "ok") == 1,
        message=values.filled(row.get("message"), "message"),
    )


def _flag(value: object, field: str) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    return fields.whole(value, field) == 1
