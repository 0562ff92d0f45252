"""Simotel's call records: `reports/cdr`, `reports/quick` and their recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.sandbox.simotel.envelope import (
    DONE,
    Body,
    Paging,
    RefusedError,
    done,
    matches,
)
from trunkline.sandbox.simotel.lists.feed import Entry, Feed
from trunkline.sandbox.simotel.lists.pages import cut, ordered
from trunkline.sandbox.simotel.lists.times import gregorian, hhmmss, mongo_date
from trunkline.sandbox.wire import Reply
from trunkline.sandbox.world import Direction, Outcome, audio

from .calls import DISPOSITIONS, TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .calls import OfficeCalls

_CDR_REPORT = 1
# [INFER] How often optional fields are there; in the samples of the document few records lack a route and few have a
# word on who hung up.
_NO_ROUTE_EVERY, _HANGUP_EVERY = 29, 5
_LEGS_EVERY = 2
_ROUTE_MILLISECONDS = 534


class CallRecords:
    """The call records of one office."""

    def __init__(self, calls: OfficeCalls) -> None:
        """Write the records of an office's calls."""
        self.calls = calls
        self.feed = Feed(calls.table, calls.stamps, calls.marker(_CDR_REPORT), lambda _: 1)

    def search(self, body: Body) -> Reply:
        """Answer `reports/cdr/search`."""
        paging, total, rows = self._found(body, "search")
        page = {"pagination": paging.described(total), "target": "cdr", "useGroupBy": False, "data": rows}
        return done(page)

    def quick(self, body: Body) -> Reply:
        """Answer `reports/quick/search`."""
        paging, total, rows = self._found(body, "quick")
        return done({"pagination": paging.described(total), "data": rows}, DONE)

    def ordered(self, body: Body) -> Reply:
        """Answer `reports/cdr/ordered/id`."""
        return ordered(self.feed, body, lambda entry: self.record(entry.position, "ordered"))

    def download(self, body: Body) -> Reply | None:
        """Answer `reports/audio/download` for the recording of a call; None where the name is of no such file."""
        position = self.calls.by_record(body.text("file"))
        if position is None:
            return None
        return Reply(200, audio.silence(self.calls.table.talk[position]), audio.MEDIA_TYPE)

    def _found(self, body: Body, form: str) -> tuple[Paging, int, list[dict[str, Any]]]:
        alike, wanted = body.alike(), body.conditions()
        # The page of the quick search: "In this case, date_range must be empty". Its sample of a search by cuid goes to
        # the path of the CDR search. [INFER] So the CDR search takes an empty period too, and any other one as well.
        first, last = body.period(required="cuid" not in wanted)
        if form == "quick" and "cuid" in wanted and (first, last) != (None, None):
            raise RefusedError
        paging = body.paging("starttime")
        table = self.calls.table
        listed = table.listed()
        window: Sequence[int] = listed[(within := table.between(listed, first, last)).start : within.stop]
        if wanted:
            window = [at for at in window if self._fits(at, wanted, alike=alike)]
        rows = cut(window, paging, lambda at: self.record(at, form), frozenset({"starttime", "start"}))
        return paging, len(window), rows

    def _fits(self, position: int, wanted: dict[str, str], *, alike: bool) -> bool:
        calls = self.calls
        ends = calls.ends(position)
        values = {"from": ends.source, "to": ends.destination}
        if "cuid" in wanted:
            values["cuid"] = calls.cuid(position)
        return all(matches(values[name], text, alike=alike) for name, text in wanted.items() if name in values)

    def record(self, position: int, form: str) -> dict[str, Any]:
        """Write one record; `form` is the page whose sample it follows: "quick", "search" or "ordered"."""
        calls = self.calls
        row, ends, cuid = calls.row(position), calls.ends(position), calls.cuid(position)
        disposition, kind, trunk = (
            DISPOSITIONS[Outcome(row.outcome)],
            TYPES[Direction(row.direction)],
            calls.trunk(position),
        )
        originated, queue = calls.originated_id(position), calls.queue(position)
        answered = row.outcome == Outcome.ANSWERED
        # [INFER] Where a call was placed for somebody, the first telephone had answered when the second was busy, and
        # whoever waits in a queue was answered by it: the samples have such records with a time of answer.
        first_answered = originated is not None and row.outcome == Outcome.BUSY
        picked_up = answered or first_answered or queue is not None
        # [INFER] The last leg alone is timed where an announcement or a queue came first: `billsec` then exceeds it.
        last_leg = answered and queue is not None and position % _LEGS_EVERY == 0
        channel, dstchannel, lastapp, lastdata = self._channels(position, ends.destination)
        started = calls.calendar.text(row.started_at)
        record: dict[str, Any] = {
            "_id": self.feed.row_id(Entry(position, 0)),
            "type": kind,
            "cuid": cuid,
            "clid": f'"" <{ends.source}>',
            "src": ends.source,
            "dst": ends.destination,
            "dcontext": "incoming" if row.direction == Direction.INCOMING else "main_routing",
            "channel": channel,
            "dstchannel": dstchannel,
            "lastapp": lastapp,
            "lastdata": lastdata,
            "start": started,
            "answer": gregorian(row.started_at + (row.wait if answered else 0)) if picked_up else "",
            "duration": 1 if last_leg else row.wait + row.talk,
            "billsec": row.talk,
            "disposition": disposition,
            "amaflags": "DOCUMENTATION",
            "accountcode": "",
            "uniqueid": cuid if row.direction != Direction.OUTGOING else f"{row.started_at}.{position * 2 + 2}",
            "userfield": "",
            "sequence": str(position + 1),
            "comment": f"originated call: {originated}" if originated else "",
            "v": 2,
        }
        if row.direction == Direction.OUTGOING:
            record["outgoing_point"] = trunk
        elif row.direction == Direction.INCOMING:
            record["did"] = calls.did(position)
            record["entry_point"] = trunk
        if originated:
            record["originated_call_id"] = originated
        if calls.tries(position) > 1:
            record["details"] = self._details(position)
        if position % _NO_ROUTE_EVERY != _NO_ROUTE_EVERY - 1:
            record["route"] = self._route(position)
        record["wait"] = row.wait
        record["starttime"] = started
        record["endtime"] = (
            mongo_date(row.ended_at, _ROUTE_MILLISECONDS) if form == "search" else calls.calendar.text(row.ended_at)
        )
        name = calls.record(position)
        if name:
            record["record"] = name
        if answered and position % _HANGUP_EVERY == 0:
            record["hangup"] = "callee"
        record[disposition] = 1
        record[kind] = 1
        record["billsec_hhmmss"] = hhmmss(row.talk)
        record["wait_hhmmss"] = hhmmss(row.wait)
        if form == "search":
            record["duration_hhmmss"] = hhmmss(record["duration"])
        return record

    def _channels(self, position: int, destination: str) -> tuple[str, str, str, str]:
        """Name both channels and the last step of the dial plan."""
        calls = self.calls
        table, number = calls.table, position & 0xFFFFFFFF
        trunk = calls.trunk(position)
        source = calls.ends(position).source
        if table.outcome[position] == Outcome.CONGESTION:
            placed = calls.originated_id(position) is not None
            near = trunk if table.direction[position] == Direction.INCOMING else source
            return ("OutgoingSpoolFailed" if placed else f"SIP/{near}-{number:08x}"), "", "Hangup", ""
        if table.direction[position] == Direction.INCOMING:
            reached = table.extension[position] >= 0
            far = f"SIP/{destination}-{number + 1:08x}" if reached else ""
            step = ("Dial", f"SIP/{destination},30,TtKk") if reached else ("Hangup", "")
            return f"SIP/{trunk}-{number:08x}", far, *step
        if table.direction[position] == Direction.OUTGOING:
            far, dialled = f"SIP/{trunk}-{number + 1:08x}", f"SIP/{trunk}/{destination},30,TtKk"
        else:
            far, dialled = f"SIP/{destination}-{number + 1:08x}", f"SIP/{destination},30,TtKk"
        return f"SIP/{source}-{number:08x}", far, "Dial", dialled

    def _route(self, position: int) -> list[dict[str, Any]]:
        """Write the steps through the dial plan. [INFER] How long each took is made up."""
        calls = self.calls
        row = calls.row(position)
        incoming = row.direction == Direction.INCOMING
        steps = [("IncomingRoute", "Incoming Route") if incoming else ("OutgoingRoute", "Outgoing Route")]
        if incoming and calls.queue(position):
            steps.append(("Announcement", "welcome"))
        if row.file_id:
            steps.append(("MixMonitor", "Mix Monitor"))
        steps.append(
            ("Trunk", calls.trunk(position)) if row.direction == Direction.OUTGOING else ("Extension", "Extension")
        )
        made = []
        for at, (kind, name) in enumerate(steps):
            last = at == len(steps) - 1
            spent = row.wait + row.talk if last else 0
            made.append(
                {
                    "type": kind,
                    "name": name,
                    "duration": spent + (position % 50 + 5) / 1000,
                    "date": mongo_date(row.started_at + spent, _ROUTE_MILLISECONDS + 10 * at),
                }
            )
        return made

    def _details(self, position: int) -> list[dict[str, Any]]:
        """Write the legs of a call that was offered to more than one agent."""
        calls = self.calls
        row = calls.row(position)
        text = calls.calendar.text
        last = DISPOSITIONS[Outcome(row.outcome)]
        first = {
            "date": text(row.started_at),
            "billsec": 0,
            "status": "NO ANSWER",
            "exten": calls.first_tried(position),
            "comment": None,
        }
        second = {
            "date": text(row.started_at + row.wait // 2),
            "billsec": row.talk,
            "status": last if row.outcome != Outcome.CONGESTION else None,
            "exten": calls.ends(position).destination,
            "comment": None,
        }
        return [first, second]
