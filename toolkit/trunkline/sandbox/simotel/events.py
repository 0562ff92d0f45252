"""Simotel's events (SEA), which an exchange sends to a customer's address."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, ClassVar

from trunkline.sandbox.wire import Delivery, to_json
from trunkline.sandbox.world import Direction, Outcome

from .lists.times import object_id, utc_text
from .reports.calls import DISPOSITIONS, TYPES
from .stages import begun, ended

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trunkline.sandbox.world import OngoingCall, Stage

    from .auth import Credentials
    from .reports.calls import OfficeCalls
    from .reports.queues import QueueReports

# What can be chosen of the messages; the first of each is the default. `version` and `method` are settings of the
# exchange. `number` writes a caller's number unquoted, as the document's sample of IncomingCall has it. `event_name` is
# how the event of a call is spelt, which differs in deliveries that were seen. `dialer_name` leaves out the name of
# AutoDialerReport, as the document's sample does. `words` writes how a call ended as the samples or as the tables of
# the pages do. `live` sends the states of telephones
# and the beginnings of calls too: with `all` together with the record, with `stages` while the call is going on.
OPTIONS: dict[str, tuple[str, ...]] = {
    "version": ("G", "Rest"),
    "method": ("POST", "GET"),
    "auth": ("none", "basic"),
    "number": ("quoted", "unquoted"),
    "event_name": ("Cdr", "CDR"),
    "dialer_name": ("sent", "missing"),
    "words": ("samples", "tables"),
    "live": ("calls", "all", "stages"),
}
_TABLE_WORDS = {"ANSWERED": "Answered", "NO ANSWER": "No Answered", "BUSY": "Busy"}
_ID_MARKER = 0x60
_OUTGOING_POINT = "outgoing_point"
_FAX = {
    "REMOTESTATIONID": "unknown",
    "FAXRESOLUTION": "8031x3850",
    "FAXBITRATE": "14400",
    "FAXERROR": "None",
    "FAXSTATUS": "SUCCESS",
    "FAXPAGES": "1",
    "FAXSTATUSSTRING": "OK",
}


class Events:
    """The events of one office."""

    options: ClassVar[Mapping[str, tuple[str, ...]]] = OPTIONS

    def __init__(self, calls: OfficeCalls, queues: QueueReports) -> None:
        """Write the events of an office's calls."""
        self.calls, self.queues = calls, queues
        self._kinds: dict[str, Callable[[], dict[str, Any]]] = {
            "Cdr": lambda: self.cdr(self._latest()),
            "CdrQueue": self._latest_in_queue,
            "NewState": lambda: self._state("Idle"),
            "IncomingCall": lambda: self._beginning("number", "entry_point"),
            "OutgoingCall": lambda: self._beginning("number", _OUTGOING_POINT),
            "Transfer": self._transfer,
            "ExtenAdded": self._exten,
            "ExtenRemoved": self._exten,
            "VoiceMail": self._voice_mail,
            "VoiceMailEmail": self._voice_mail_email,
            "Survey": self._survey,
            "IncomingFax": self._incoming_fax,
            "OutgoingFax": self._outgoing_fax,
            "TrunkNewState": self._trunk,
            "TrunkAdded": self._trunk,
            "TrunkRemoved": self._trunk,
            "AutoDialerReport": self._auto_dialer,
            "ReservedCallInFront": self._reserved,
            "Ping": dict,
        }

    def of_call(self, position: int, options: Mapping[str, object], account: Credentials) -> list[Delivery]:
        """Write the messages of a call that ended.

        A placed call of which the first party didn't answer has none, as the document warns. [INFER] The world doesn't
        record which party it was, so this applies to every placed call that nobody answered or that the lines refused.
        """
        table = self.calls.table
        failed = table.outcome[position] in {Outcome.NO_ANSWER, Outcome.CONGESTION}
        staged = options.get("live") == "stages" and position in table.ongoing
        events = ended(self.calls, position) if staged else []
        if failed and self.calls.originated_id(position) is not None:
            return [self._delivery(kind, fields, options, account) for kind, fields in events]
        if not staged and options.get("live") in {"all", "stages"}:
            events += self._live(position)
        events.append(("Cdr", self.cdr(position)))
        if self.calls.queue(position) is not None:
            events.append(("CdrQueue", self.cdr_queue(position)))
        return [self._delivery(kind, fields, options, account) for kind, fields in events]

    def of_stage(
        self, call: OngoingCall, stage: Stage, options: Mapping[str, object], account: Credentials
    ) -> list[Delivery]:
        """Write the messages of a call that begins or is answered, if they are wanted then."""
        if options.get("live") != "stages":
            return []
        return [self._delivery(kind, fields, options, account) for kind, fields in begun(self.calls, call, stage)]

    def message(
        self, kind: str, fields: Mapping[str, Any], options: Mapping[str, object], account: Credentials
    ) -> Delivery:
        """Write any of the events, with `fields` replacing its values; ValueError for an unknown kind."""
        if kind not in self._kinds:
            msg = f"simotel has no event {kind!r}; its events: {', '.join(self._kinds)}"
            raise ValueError(msg)
        made = self._kinds[kind]()
        if kind in {"VoiceMail", "VoiceMailEmail"} and fields.get("state") == "FAILED":
            made = {name: value for name, value in made.items() if name not in {"filename", "duration"}}
            made["message"] = "Hangup call"
        return self._delivery(kind, {**made, **fields}, options, account)

    # Calls.

    def cdr(self, position: int | None) -> dict[str, Any]:
        """Write a call's record: its talk where it was answered, its whole length where it wasn't.

        [INFER] The points where it came in or went out, and the id of who placed it, which the table names and the
        samples of local calls don't show, stand at the end.
        """
        calls = self.calls
        if position is None:
            return self._no_call()
        row, ends = calls.row(position), calls.ends(position)
        answered = row.outcome == Outcome.ANSWERED
        record, originated = calls.record(position), calls.originated_id(position)
        return {
            "starttime": utc_text(row.started_at, _microseconds(position)),
            "endtime": utc_text(row.ended_at, _microseconds(position)),
            "src": ends.source,
            "dst": ends.destination,
            "type": TYPES[Direction(row.direction)],
            "disposition": DISPOSITIONS[Outcome(row.outcome)],
            **({"billsec": row.talk} if answered else {"duration": row.wait + row.talk}),
            "wait": row.wait,
            **({"record": record} if record else {}),
            "unique_id": calls.cuid(position),
            **({"originated_call_id": originated} if originated else {}),
            **({"entry_point": calls.trunk(position)} if row.direction == Direction.INCOMING else {}),
            **({_OUTGOING_POINT: calls.trunk(position)} if row.direction == Direction.OUTGOING else {}),
        }

    def cdr_queue(self, position: int) -> dict[str, Any]:
        """Write what became of a call in a queue: everything in text."""
        calls = self.calls
        row, ends = calls.row(position), calls.ends(position)
        answered = row.outcome == Outcome.ANSWERED
        micro, record = _microseconds(position), calls.record(position)
        tries = [self.queues.try_of(position, part) for part in range(calls.tries(position))]
        return {
            "unique_id": calls.cuid(position),
            "src": ends.source,
            "dst": ends.destination,
            "queue": calls.queue(position),
            "billsec": str(row.talk),
            "wait": str(row.wait),
            "duration": str(row.wait + row.talk),
            "agent_wait": str(row.wait),
            "disposition": "ANSWERED" if answered else "MISSED",
            "hangup": "agent" if answered and position % 2 else "caller",
            "queue_status": "CONTINUE" if answered else "TIMEOUT",
            **({"record": record} if record else {}),
            **({"answeredtime": utc_text(row.started_at + row.wait, micro)} if answered else {}),
            "ringtime": utc_text(row.started_at, micro),
            "starttime": utc_text(row.started_at, micro),
            "endtime": utc_text(row.ended_at, micro),
            "detail": [
                {
                    "src": attempt["src"],
                    "dst": attempt["dst"],
                    "billsec": str(attempt["billsec"]),
                    "wait": str(attempt["wait"]),
                    "disposition": attempt["disposition"],
                    "comment": attempt["comment"],
                    "tries": str(attempt["tries"]),
                }
                for attempt in tries
            ],
        }

    def _live(self, position: int) -> list[tuple[str, dict[str, Any]]]:
        """Return the events of a call in progress; [INFER] they are sent together with its record, not before it."""
        calls = self.calls
        row, ends, cuid = calls.row(position), calls.ends(position), calls.cuid(position)
        originated = calls.originated_id(position)
        incoming = row.direction == Direction.INCOMING
        events: list[tuple[str, dict[str, Any]]] = []
        if incoming:
            begun = {"number": ends.source, "unique_id": cuid, "entry_point": calls.trunk(position)}
            events.append(("IncomingCall", begun))
        elif row.direction == Direction.OUTGOING:
            begun = {"number": ends.destination, "unique_id": cuid, _OUTGOING_POINT: calls.trunk(position)}
            events.append(("OutgoingCall", begun | ({"originated_call_id": originated} if originated else {})))
        exten, other = (ends.destination, ends.source) if incoming else ends
        queue = calls.queue(position)
        busy = {
            "exten": exten,
            "state": "InUse",
            "participant": other,
            "direction": "in" if incoming else "out",
            **({"queue": queue} if queue else {}),
            "unique_id": cuid,
        }
        events += [("NewState", busy), ("NewState", {"exten": exten, "state": "Idle", "unique_id": cuid})]
        return events

    def _latest(self) -> int | None:
        listed = self.calls.table.listed()
        return listed[-1] if listed else None

    def _latest_in_queue(self) -> dict[str, Any]:
        listed = self.calls.table.listed()
        found = next((at for at in reversed(listed) if self.calls.queue(at)), None)
        if found is not None:
            return self.cdr_queue(found)
        call = self._no_call()
        text = {name: str(call[name]) for name in ("unique_id", "src", "dst")}
        times = dict.fromkeys(("ringtime", "starttime", "endtime"), call["starttime"])
        zero = dict.fromkeys(("billsec", "wait", "duration", "agent_wait"), "0")
        state = {"disposition": "MISSED", "hangup": "caller", "queue_status": "TIMEOUT"}
        return {**text, "queue": self.calls.queues[0], **zero, **state, **times, "detail": []}

    def _no_call(self) -> dict[str, Any]:
        """Write an empty call, for an event before there is any call."""
        now = self._now()
        first, second = self.calls.office.extensions[:2]
        return {
            "starttime": utc_text(now),
            "endtime": utc_text(now),
            "src": first.number,
            "dst": second.number,
            "type": "local",
            "disposition": "NO ANSWER",
            "duration": 0,
            "wait": 0,
            "unique_id": f"{now}.1",
        }

    # Everything else.

    def _state(self, state: str) -> dict[str, Any]:
        call = self.cdr(self._latest())
        return {"exten": self.calls.office.extensions[0].number, "state": state, "unique_id": call["unique_id"]}

    def _beginning(self, number: str, point: str) -> dict[str, Any]:
        party = self.calls.world.parties[0].number
        unique = self.cdr(self._latest())["unique_id"]
        return {number: f"0{party}", "unique_id": unique, point: self.calls.office.trunks[0].number}

    def _transfer(self) -> dict[str, Any]:
        first, second = self.calls.office.extensions[:2]
        return {
            "unique_id": self.cdr(self._latest())["unique_id"],
            "transferer": first.number,
            "transferred_from": self._number(),
            "transferred_to": second.number,
        }

    def _exten(self) -> dict[str, Any]:
        return {"exten": self.calls.office.extensions[0].number, "state": "Unavailable"}

    def _voice_mail(self) -> dict[str, Any]:
        now = self._now()
        return {
            "id": self._id(),
            "number": "400",
            "state": "SUCCESS",
            "date": utc_text(now),
            "filename": f"400_{now}-vm-record-file-1.wav",
            "duration": "1",
            "caller": self._number(),
        }

    def _voice_mail_email(self) -> dict[str, Any]:
        return {
            "id": self._id(),
            "number": "400",
            "state": "SUCCESS",
            "date": utc_text(self._now()),
            "receiver": "office@example.com",
            "active": "True",
            "attached_file": "False",
        }

    def _survey(self) -> dict[str, Any]:
        call = self.cdr(self._latest())
        return {
            "unique_id": call["unique_id"],
            "src": call["src"],
            "dst": call["dst"],
            "queue": self.calls.queues[0],
            "date": utc_text(self._now()),
            "point": 5,
            "label": "sale",
        }

    def _incoming_fax(self) -> dict[str, Any]:
        return {
            "fax_id": self._id(),
            "entry_point": self.calls.office.trunks[0].number,
            "unique_id": self.cdr(self._latest())["unique_id"],
            "date": utc_text(self._now()),
            "src": self._number(),
            "dst": self.calls.office.extensions[0].number,
            "state": "SUCCESS",
            "description": dict(_FAX),
        }

    def _outgoing_fax(self) -> dict[str, Any]:
        made = self._incoming_fax()
        sent = {"src": made["dst"], "dst": made["src"], "state": "SENDING"}
        return made | sent | {"description": {**_FAX, "REASON": ""}}

    def _trunk(self) -> dict[str, Any]:
        now = float(self._now())
        return {
            "trunk_name": self.calls.office.trunks[0].number,
            "trunk_type": "SIP",
            "state": "Ok",
            "last_time": now + 0.92,
            "last_time_sec": 0,
            "date": now + 0.93,
        }

    def _auto_dialer(self) -> dict[str, Any]:
        now = self._now()
        campaign = object_id(now, self.calls.marker(_ID_MARKER), 2)
        return {
            "start": utc_text(now),
            "end": utc_text(now + 86400),
            "campaign_id": campaign,
            "campaign": "customers",
            "interface_context": "",
            "interface_text": "",
            "number": self._number(),
            "disposition": "ANSWERED",
            "try": 1,
            "repeat": 1,
            "billsec": 5,
            "wait": 2,
            "tries": [
                {
                    "cdr_id": self._id(),
                    "cause": "16",
                    "cause-txt": "Normal Clearing",
                    "starttime": utc_text(now)[: len("2023-02-07 10:39:34")],
                    "disposition": "ANSWERED",
                    "wait": 2,
                }
            ],
        }

    def _reserved(self) -> dict[str, Any]:
        date = utc_text(self._now())
        return {
            "event": "ReservedCallInFront",
            "queue_name": self.calls.queues[0],
            "caller_id": self._number(),
            "date": date,
        }

    def _now(self) -> int:
        return int(self.calls.world.clock.now())

    def _number(self) -> str:
        return f"0{self.calls.world.parties[0].number}"

    def _id(self) -> str:
        return object_id(self._now(), self.calls.marker(_ID_MARKER), 1)

    # On the way out.

    def _delivery(
        self, kind: str, fields: Mapping[str, Any], options: Mapping[str, object], account: Credentials
    ) -> Delivery:
        """Put an event into the form that is set: where its name stands, how it is sent, and with what credentials."""
        name = str(options.get("event_name", kind)) if kind == "Cdr" else kind
        # The document's sample of a survey, alone, calls it `event`.
        message = {"event" if kind == "Survey" else "event_name": name, **fields}
        if kind == "AutoDialerReport" and options.get("dialer_name") == "missing":
            del message["event_name"]
        if options.get("words") == "tables" and message.get("disposition") in _TABLE_WORDS:
            message["disposition"] = _TABLE_WORDS[message["disposition"]]
        headers = {}
        if options.get("auth") == "basic":
            pair = f"{account.username}:{account.password}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        suffix = f"/{name}" if options.get("version") == "Rest" else ""
        if options.get("method") == "GET":
            return Delivery(b"", "GET", suffix, {key: _query(value) for key, value in message.items()}, None, headers)
        body = to_json(message)
        if options.get("number") == "unquoted" and isinstance(message.get("number"), str):
            body = body.replace(to_json({"number": message["number"]})[1:-1], f'"number":{message["number"]}'.encode())
        return Delivery(body, "POST", suffix, headers=headers)


def _query(value: Any) -> str:
    """Write a value of a query. [INFER] A value that isn't text or a number is JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _microseconds(position: int) -> int:
    return position * 7919 % 1_000_000
