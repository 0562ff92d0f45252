"""Simotel's reports on queues: calls in them, tries at their agents, the agents' hours, and what callers voted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from trunkline.sandbox.simotel.envelope import (
    Body,
    Paging,
    done,
    matches,
)
from trunkline.sandbox.simotel.lists.feed import Entry, Feed
from trunkline.sandbox.simotel.lists.pages import cut, ordered
from trunkline.sandbox.simotel.lists.times import (
    gregorian,
    hhmmss,
    mongo_date,
    object_id,
)
from trunkline.sandbox.world import TEHRAN, Outcome

from .calls import DISPOSITIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trunkline.sandbox.wire import Reply

    from .calls import OfficeCalls

_QUEUE_REPORT, _DETAILS_REPORT, _AGENT_REPORT, _POLL_REPORT = 2, 3, 4, 5
_BY_START = frozenset({"starttime"})
# [INFER] Whoever was answered is asked for a vote in one of seven calls; the label is that of the sample.
_POLL_EVERY, _MOST_POINTS = 7, 5
_POLL_LABEL = "sale"
_MILLISECONDS = 716


class QueueReports:
    """The reports of one office."""

    def __init__(self, calls: OfficeCalls) -> None:
        """Write the reports on an office's calls."""
        self.calls = calls
        table, stamps = calls.table, calls.stamps
        self.feed = Feed(
            table, stamps, calls.marker(_QUEUE_REPORT), lambda position: int(calls.queue(position) is not None)
        )
        self.details = Feed(table, stamps, calls.marker(_DETAILS_REPORT), calls.tries)

    # Calls in queues.

    def search(self, body: Body) -> Reply:
        """Answer `reports/queue/search`."""
        wanted, alike, paging, window = self._asked(body)
        calls = self.calls

        def fits(position: int) -> bool:
            ends = calls.ends(position)
            values = {"from": ends.source, "to": ends.destination, "cuid": calls.cuid(position)}
            values["qnum"] = calls.queue(position) or ""
            return _fits(values, wanted, alike=alike)

        found = [at for at in window if calls.queue(at) and (not wanted or fits(at))]
        return _paged(found, paging, "queue_stat", self.row)

    def ordered(self, body: Body) -> Reply:
        """Answer `reports/queue/ordered/id`."""
        return ordered(self.feed, body, lambda entry: self.ordered_row(entry.position))

    def row(self, position: int) -> dict[str, Any]:
        """Write a call in a queue as the search's sample does."""
        calls = self.calls
        row, ends, answered = calls.row(position), calls.ends(position), self._answered(position)
        disposition = "ANSWERED" if answered else "MISSED"
        written: dict[str, Any] = {
            "_id": self.feed.row_id(Entry(position, 0)),
            "duration": row.wait + row.talk,
            "wait": row.wait,
            "agent_wait": row.wait,
            "billsec": row.talk,
            "queue_id": self._queue_id(position),
            "src": ends.source,
            "dst": ends.destination,
            "cuid": calls.cuid(position),
            "qnum": calls.queue(position),
            "starttime": calls.calendar.text(row.started_at),
            "endtime": mongo_date(row.ended_at, _MILLISECONDS),
            "ringtime": mongo_date(row.started_at, _MILLISECONDS),
        }
        if answered:
            written["answeredtime"] = mongo_date(row.started_at + row.wait, _MILLISECONDS)
        written |= {
            "queue_status": "CONTINUE" if answered else "TIMEOUT",
            "disposition": disposition,
            "hangup": "agent" if position % 2 and answered else "caller",
            disposition: 1,
            "v": 2,
            "billsec_hhmmss": hhmmss(row.talk),
            "wait_hhmmss": hhmmss(row.wait),
            "duration_hhmmss": hhmmss(row.wait + row.talk),
            "dst_name": self._name(ends.destination),
        }
        return written

    def ordered_row(self, position: int) -> dict[str, Any]:
        """Write a call in a queue as the ordered list's sample does: without its unique id, with times in `data`."""
        calls = self.calls
        row, ends, answered = calls.row(position), calls.ends(position), self._answered(position)
        disposition = "ANSWERED" if answered else "MISSED"
        ring = mongo_date(row.started_at, _MILLISECONDS)
        picked_up = {"answered_time": mongo_date(row.started_at + row.wait, _MILLISECONDS)} if answered else {}
        # Some of the sample's rows have the status of the queue.
        status = {"queue_status": "CONTINUE"} if answered and position % 2 else {}
        data = {
            "end_time": mongo_date(row.ended_at, _MILLISECONDS),
            **status,
            "start_time": mongo_date(row.started_at),
            "ring_time": ring,
            **picked_up,
        }
        head: dict[str, Any] = {
            "_id": self.feed.row_id(Entry(position, 0)),
            "endtime": calls.calendar.text(row.ended_at),
            "src": ends.source,
        }
        if answered:
            head |= {
                "answeredtime": picked_up["answered_time"],
                "dst": ends.destination,
                "disposition": disposition,
                "agent_wait": row.wait,
                "qnum": calls.queue(position),
                "data": data,
            }
        else:
            head |= {
                "data": data,
                "dst": ends.destination,
                "disposition": disposition,
                "agent_wait": row.wait,
                "qnum": calls.queue(position),
            }
        return head | {
            "caller_wait": row.wait,
            **status,
            "duration": row.wait + row.talk,
            "starttime": calls.calendar.text(row.started_at),
            "ringtime": ring,
            "billsec": row.talk,
            "wait": row.wait,
            disposition: 1,
            "billsec_hhmmss": hhmmss(row.talk),
            "wait_hhmmss": hhmmss(row.wait),
            "duration_hhmmss": hhmmss(row.wait + row.talk),
        }

    # Each agent's try.

    def search_details(self, body: Body) -> Reply:
        """Answer `reports/queue_details/search`."""
        wanted, alike, paging, window = self._asked(body)
        calls = self.calls

        def fits(entry: Entry) -> bool:
            values = {
                "from": calls.ends(entry.position).source,
                "to": self._tried(entry),
                "cuid": calls.cuid(entry.position),
                "queue": calls.queue(entry.position) or "",
                "queue_id": self._queue_id(entry.position),
            }
            return _fits(values, wanted, alike=alike)

        entries = [Entry(at, part) for at in window for part in range(calls.tries(at))]
        found = [entry for entry in entries if not wanted or fits(entry)]
        return _paged(found, paging, "queue", self.details_row)

    def details_ordered(self, body: Body) -> Reply:
        """Answer `reports/queue_details/ordered/id`."""
        return ordered(self.details, body, self.details_ordered_row)

    def info(self, body: Body) -> Reply:
        """Answer `reports/quick/info`: the tries at one call, if it went through a queue."""
        body.require("cuid")
        position = self.calls.by_cuid(body.text("cuid"))
        entries = [] if position is None else [Entry(position, part) for part in range(self.calls.tries(position))]
        return done([self.try_row(entry) for entry in entries])

    def try_of(self, position: int, part: int) -> dict[str, Any]:
        """Write one of the tries at a call."""
        return self.try_row(Entry(position, part))

    def try_row(self, entry: Entry) -> dict[str, Any]:
        """Write a try as the quick information's sample does."""
        calls = self.calls
        position = entry.position
        source, agent, number = calls.ends(position).source, self._tried(entry), position * 2 + entry.part
        start, wait, talk = self._times(entry)
        disposition = self._disposition(entry)
        started = calls.calendar.text(start)
        written: dict[str, Any] = {
            "_id": self.details.row_id(entry),
            "type": "queue_report",
            "cuid": calls.cuid(position),
            "clid": f'"{source}" <{source}>',
            "src": source,
            "dst": agent,
            "dcontext": "simotel-local-agents",
            "channel": f"Local/{agent}@simotel-local-agents-{number:08x};2",
            "dstchannel": f"SIP/{agent}-{number:08x}",
            "lastapp": "Dial",
            "lastdata": f"SIP/{agent},15,TtKkm",
            "start": started,
            "answer": gregorian(start + wait) if disposition == "ANSWERED" else "",
            "duration": wait + talk,
            "billsec": talk,
            "disposition": disposition,
            "amaflags": "DOCUMENTATION",
            "accountcode": "",
            "uniqueid": f"{start}.{number + 2}",
            "userfield": "",
            "sequence": str(number + 1),
            "comment": "",
            "v": 2,
            "qnum": calls.queue(position),
            "starttime": started,
            "endtime": mongo_date(start + wait + talk, _MILLISECONDS),
            "queue_id": self._queue_id(position),
        }
        record = calls.record(position)
        if record and disposition == "ANSWERED":
            written["record"] = record
        written |= {disposition: 1, "wait": wait, "tries": 1, "last_try": mongo_date(start + wait, _MILLISECONDS + 2)}
        return written

    def details_row(self, entry: Entry) -> dict[str, Any]:
        """Write a try as the search's sample does."""
        written = self.try_row(entry)
        return written | _durations(written) | {"dst_name": self._name(written["dst"])}

    def details_ordered_row(self, entry: Entry) -> dict[str, Any]:
        """Write a try as the ordered list's sample does, in its order and without the queue's own id."""
        row = self.try_row(entry)
        disposition, end = row["disposition"], sum(self._times(entry))
        missed = {disposition: 1} if disposition != "ANSWERED" else {}
        names = ("tries", "start", "record", "accountcode")
        return {
            **{name: row[name] for name in ("_id", "cuid", "wait", "userfield", "comment")},
            **missed,
            **{name: row[name] for name in ("billsec", "qnum", "disposition", "v", "dstchannel", "src", "dst")},
            **{name: row[name] for name in names if name in row},
            disposition: 1,
            "starttime": row["starttime"],
            "type": row["type"],
            "clid": f'"" <{row["src"]}>',
            **{name: row[name] for name in ("dcontext", "sequence", "duration", "uniqueid", "amaflags", "answer")},
            "channel": row["channel"],
            "lastapp": row["lastapp"],
            "endtime": self.calls.calendar.text(end),
            "lastdata": row["lastdata"],
            "last_try": row["last_try"],
            **_durations(row),
        }

    # Agents and votes.

    def agents(self, body: Body) -> Reply:
        """Answer `reports/agent/search`.

        [INFER] When such a row is written isn't documented: here an agent is in a queue from the first to the last call
        that reached it there on a day.
        """
        wanted, alike, paging, window = self._asked(body, "end")
        calls = self.calls
        shifts: dict[tuple[int, str, str], list[int]] = {}
        for at in window:
            queue = calls.queue(at)
            if queue is None:
                continue
            row = calls.row(at)
            day = datetime.fromtimestamp(row.started_at, TEHRAN).toordinal()
            shift = shifts.setdefault((day, calls.ends(at).destination, queue), [row.started_at, row.ended_at, at])
            shift[1:] = [max(shift[1], row.ended_at), at]
        marker = calls.marker(_AGENT_REPORT)
        rows = []
        for (_, exten, queue), (start, end, at) in shifts.items():
            if not _fits({"exten": exten, "queue": queue}, wanted, alike=alike):
                continue
            rows.append(
                {
                    "_id": object_id(end, marker, at),
                    "type": "inout",
                    "exten": exten,
                    "qnum": queue,
                    "start": calls.calendar.text(start),
                    "end": calls.calendar.text(end),
                    "duration": end - start,
                    "inout": 1,
                    "inout_du": end - start,
                    "duration_hhmmss": hhmmss(end - start),
                }
            )
        return _paged(rows, paging, "agent", lambda row: row, frozenset())

    def polls(self, body: Body) -> Reply:
        """Answer `reports/poll/search`."""
        wanted, alike, paging, window = self._asked(body, "date")
        found = [at for at in window if self._voted(at)]
        rows = [self.poll(at) for at in found]
        names = {"from": "src", "to": "dst", "label": "label", "queue": "qnum", "cuid": "uniqueid"}
        rows = [
            row
            for row in rows
            if _fits({name: str(row[column]) for name, column in names.items()}, wanted, alike=alike)
        ]
        return _paged(rows, paging, "poll", lambda row: row, frozenset())

    def poll(self, position: int) -> dict[str, Any]:
        """Write what a caller voted after a call."""
        calls = self.calls
        row, ends = calls.row(position), calls.ends(position)
        return {
            "_id": object_id(calls.stamps[position], calls.marker(_POLL_REPORT), position),
            "uniqueid": calls.cuid(position),
            "src": ends.source,
            "dst": ends.destination,
            "point": position % _MOST_POINTS + 1,
            "label": _POLL_LABEL,
            "qnum": calls.queue(position),
            "date": calls.calendar.text(row.ended_at),
        }

    def _voted(self, position: int) -> bool:
        return position % _POLL_EVERY == 1 and self._answered(position) and self.calls.queue(position) is not None

    # What the reports have in common.

    def _asked(self, body: Body, sorting: str = "starttime") -> tuple[dict[str, str], bool, Paging, Sequence[int]]:
        alike, wanted = body.alike(), body.conditions()
        first, last = body.period(required=True)
        table = self.calls.table
        listed = table.listed()
        within = table.between(listed, first, last)
        return wanted, alike, body.paging(sorting), listed[within.start : within.stop]

    def _answered(self, position: int) -> bool:
        return self.calls.table.outcome[position] == Outcome.ANSWERED

    def _queue_id(self, position: int) -> str:
        return f"{self.calls.table.started_at[position]}.{position + 1}"

    def _name(self, number: str) -> str:
        office = self.calls.office
        at = office.extension(number)
        return number if at is None else office.extensions[at].name

    def _is_last(self, entry: Entry) -> bool:
        return entry.part == self.calls.tries(entry.position) - 1

    def _tried(self, entry: Entry) -> str:
        calls = self.calls
        return calls.ends(entry.position).destination if self._is_last(entry) else calls.first_tried(entry.position)

    def _disposition(self, entry: Entry) -> str:
        if not self._is_last(entry):
            return "NO ANSWER"
        return DISPOSITIONS[Outcome(self.calls.table.outcome[entry.position])]

    def _times(self, entry: Entry) -> tuple[int, int, int]:
        """Return when a try began, how long it rang, and how long was talked."""
        row = self.calls.row(entry.position)
        half = row.wait // 2 if self.calls.tries(entry.position) > 1 else 0
        if not self._is_last(entry):
            return row.started_at, half, 0
        return row.started_at + half, row.wait - half, row.talk


def _fits(values: dict[str, str], wanted: dict[str, str], *, alike: bool) -> bool:
    return all(matches(values[name], text, alike=alike) for name, text in wanted.items() if name in values)


def _durations(row: dict[str, Any]) -> dict[str, str]:
    return {f"{name}_hhmmss": hhmmss(row[name]) for name in ("billsec", "wait", "duration")}


def _paged[T](
    found: Sequence[T],
    paging: Paging,
    target: str,
    write: Callable[[T], dict[str, Any]],
    natural: frozenset[str] = _BY_START,
) -> Reply:
    rows = cut(found, paging, write, natural)
    return done({"pagination": paging.described(len(found)), "target": target, "useGroupBy": False, "data": rows})
