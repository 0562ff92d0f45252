"""Simotel's autodialer: contacts, groups, campaigns, its announcements and trunks, and the results of its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.sandbox.simotel.envelope import (
    DONE,
    NUMBER_EXISTS,
    Body,
    RefusedError,
    as_text,
    done,
    from_local,
    matches,
)
from trunkline.sandbox.simotel.lists.feed import Entry, Feed
from trunkline.sandbox.simotel.lists.pages import cut, ordered
from trunkline.sandbox.simotel.lists.times import hhmmss, mongo_date
from trunkline.sandbox.simotel.pbx.objects import Kind, Objects
from trunkline.sandbox.world import Direction, Outcome

if TYPE_CHECKING:
    from trunkline.sandbox.wire import Reply

    from .calls import OfficeCalls
    from .cdr import CallRecords

CONTACT = Kind(
    {"name": "", "number": "", "description": "", "date": 0},
    ("name", "number"),
    unique="number",
    exists=NUMBER_EXISTS,
    returns_id=False,
)
GROUP = Kind({"name": "", "description": "", "count": 0, "date": 0}, ("name",), kept=frozenset({"numbers"}))
CAMPAIGN = Kind(
    {
        "name": "",
        "trunk_manager_id": "",
        "interface_context": "",
        "interface_text": "",
        "numbers": [],
        "groups": [],
        "try_interval": "600",
        "try": "1",
        "start": "",
        "end": "",
        "announcement": "",
        "description": "",
        "count": 0,
        "repeat": 1,
        "date": 0,
        "status": "waiting",
        "isoStart": 0,
        "isoEnd": 0,
    },
    ("name", "trunk_manager_id"),
)
ANNOUNCEMENT = Kind({"name": "", "filename": "", "description": "", "fileData": "", "date": 0}, ("name", "filename"))
TRUNK = Kind(
    {
        "title": "",
        "trunk_id": {},
        "status": "active",
        "active_times": {},
        "capacity": "5",
        "dial_interval": "1",
        "wait_cache_length": "100",
        "date": 0,
        "current_capacity": 0,
        "current_wait_cache_length": 0,
    },
    (),
)
_CONTACTS, _GROUPS, _CAMPAIGNS, _ANNOUNCEMENTS, _TRUNKS, _REPORT = range(0x40, 0x46)
_DAY = 86400
_SEEDED_CONTACTS = 12
# [INFER] Of the calls that go out, one in ten is the autodialer's.
_DIALLED_EVERY = 10
_DISPOSITIONS = {
    Outcome.ANSWERED: "ANSWERED",
    Outcome.NO_ANSWER: "NO ANSWER",
    Outcome.BUSY: "BUSY",
    Outcome.CONGESTION: "LOST",
}
# ITU-T Q.850's causes with the texts of Asterisk; a lost call has none, as in the sample.
_CAUSES: dict[str, tuple[str | None, str | None]] = {
    "ANSWERED": ("16", "Normal Clearing"),
    "NO ANSWER": ("19", "User alerting, no answer"),
    "BUSY": ("17", "User busy"),
    "LOST": (None, None),
}
_OFFICE_HOURS = [str(hour) for hour in range(9, 18)]


class Autodialer:
    """The autodialer of one office."""

    def __init__(self, calls: OfficeCalls, records: CallRecords) -> None:
        """Set up one campaign that calls the customers, and the contacts that it knows."""
        self.calls, self.records = calls, records
        clock, calendar = calls.world.clock, calls.calendar

        def objects(kind: Kind, report: int) -> Objects:
            return Objects(kind, calls.marker(report), clock, calendar)

        self.contacts = objects(CONTACT, _CONTACTS)
        self.groups = objects(GROUP, _GROUPS)
        self.campaigns = objects(CAMPAIGN, _CAMPAIGNS)
        self.announcements = objects(ANNOUNCEMENT, _ANNOUNCEMENTS)
        self.trunks = objects(TRUNK, _TRUNKS)
        self.feed = Feed(calls.table, calls.stamps, calls.marker(_REPORT), lambda at: int(self._dialled(at)))
        since = int(clock.now()) - 365 * _DAY
        known = [party for party in calls.world.parties if party.contact is not None and party.contact.company]
        for party in known[:_SEEDED_CONTACTS]:
            company = party.contact.company if party.contact else ""
            self.contacts.seed(since, name=company, number=f"0{party.number}")
        numbers = [row["number"] for row in self.contacts.rows.values()]
        group = self.groups.seed(since, name="customers", numbers=numbers, count=len(numbers))
        trunk = self.trunks.seed(
            since,
            title="autodialer",
            trunk_id={"$oid": calls.office.trunks[0].number.rjust(24, "0")},
            active_times={str(day): list(_OFFICE_HOURS) for day in (1, 2, 3, 4, 6, 7)},
        )
        welcome = self.announcements.seed(since, name="offer", filename="file-20200825065434-58826-offermp3_.wav")
        self._campaign = self.campaigns.seed(
            since,
            name="customers",
            trunk_manager_id=trunk["_id"],
            groups=[group["_id"]],
            announcement=welcome["_id"],
            count=len(numbers),
            status="finished",
            **_period(since, since + 730 * _DAY),
        )

    # Configuration.

    def add_group(self, body: Body) -> Reply:
        """Answer `autodialer/groups/add`."""
        row = self.groups.insert(body)
        row["count"] = _count(row)
        return done({"_id": row["_id"]}, DONE)

    def update_group(self, body: Body) -> Reply:
        """Answer `autodialer/groups/update`, which alone shows what was changed."""
        row = self.groups.change(body)
        row["count"] = _count(row)
        echo = {"name": row["name"], "numbers": row["numbers"] or [], "description": row["description"]}
        now = int(self.calls.world.clock.now())
        return done({**echo, "date": mongo_date(now), "count": row["count"]}, DONE)

    def add_campaign(self, body: Body) -> Reply:
        """Answer `autodialer/campaigns/add`."""
        times = self._times(body)
        row = self.campaigns.insert(body)
        row |= times
        return done({"_id": row["_id"]}, DONE)

    def update_campaign(self, body: Body) -> Reply:
        """Answer `autodialer/campaigns/update`."""
        times = self._times(body)
        row = self.campaigns.change(body)
        row |= times
        return done({"count": 0}, DONE)

    def search_campaigns(self, body: Body) -> Reply:
        """Answer `autodialer/campaigns/search`."""
        paging = body.paging("date")
        rows = self.campaigns.in_order(self.campaigns.found(body), paging)
        return done({"pagination": paging.described(len(rows)), "data": paging.page(rows, self._campaign_row)})

    def update_trunk(self, body: Body) -> Reply:
        """Answer `autodialer/trunks/update`."""
        return self.trunks.update(body)

    def _campaign_row(self, row: dict[str, Any]) -> dict[str, Any]:
        written = self.campaigns.write(row)
        for name, iso in (("start", "isoStart"), ("end", "isoEnd")):
            written[name] = self.calls.calendar.text(row[iso]) if row[iso] else ""
            written[iso] = mongo_date(row[iso])
        return written

    @staticmethod
    def _times(body: Body) -> dict[str, int]:
        """Read when a campaign begins and ends, in Gregorian wall-clock time."""
        names = (("start", "isoStart"), ("end", "isoEnd"))
        return {iso: from_local(body.text(name)) for name, iso in names if body.text(name)}

    # Results.

    def reports(self, body: Body) -> Reply:
        """Answer `autodialer/reports/search`."""
        alike, wanted = body.alike(), body.conditions()
        first, last = body.period(required=False)
        paging = body.paging("date")
        table = self.calls.table
        listed = table.listed()
        found = [listed[at] for at in table.between(listed, first, last) if self._dialled(listed[at])]
        if wanted:
            found = [at for at in found if self._fits(at, wanted, alike=alike)]
        rows = cut(found, paging, self.report, frozenset({"date"}))
        return done({"pagination": paging.described(len(found)), "data": rows})

    def reports_ordered(self, body: Body) -> Reply:
        """Answer `autodialer/reports/ordered/id`."""
        return ordered(self.feed, body, lambda entry: self.report(entry.position))

    def info(self, body: Body) -> Reply:
        """Answer `autodialer/reports/info`: the call record of one try."""
        body.require("_id")
        entry = self.records.feed.find(body.text("_id").lower())
        if entry is None or not self._dialled(entry.position):
            raise RefusedError
        record = self.records.record(entry.position, "ordered")
        return done({name: record[name] for name in ("dcontext", "amaflags", "channel", "duration", "wait")}, DONE)

    def report(self, position: int) -> dict[str, Any]:
        """Write the result of calling one number."""
        calls = self.calls
        row, campaign = calls.row(position), self._campaign
        disposition = _DISPOSITIONS[Outcome(row.outcome)]
        cause, text = _CAUSES[disposition]
        calendar = calls.calendar
        return {
            "_id": self.feed.row_id(Entry(position, 0)),
            "start": calendar.text(campaign["isoStart"]),
            "end": calendar.text(campaign["isoEnd"]),
            "date": calendar.text(row.started_at),
            "campaign_id": {"$oid": campaign["_id"]},
            "campaign": campaign["name"],
            "interface_context": campaign["interface_context"],
            "interface_text": campaign["interface_text"],
            "trunk_manager_id": {"$oid": campaign["trunk_manager_id"]},
            "announcement": campaign["announcement"],
            "number": calls.ends(position).destination,
            "disposition": disposition,
            "try": 1,
            "repeat": 1,
            "status": "in-process",
            "billsec": row.talk,
            "wait": row.wait,
            "input": "",
            "tries": [
                {
                    "cdr_id": {"$oid": self.records.feed.row_id(Entry(position, 0))},
                    "cause": cause,
                    "cause-txt": text,
                    "starttime": mongo_date(row.started_at),
                    "disposition": disposition,
                    "wait": row.wait,
                }
            ],
            disposition: 1,
            "billsec_hhmmss": hhmmss(row.talk),
            "wait_hhmmss": hhmmss(row.wait),
        }

    def _dialled(self, position: int) -> bool:
        return self.calls.table.direction[position] == Direction.OUTGOING and position % _DIALLED_EVERY == 3  # noqa: PLR2004

    def _fits(self, position: int, wanted: dict[str, str], *, alike: bool) -> bool:
        values = {
            "disposition": _DISPOSITIONS[Outcome(self.calls.table.outcome[position])],
            "campaign_id": self._campaign["_id"],
            "number": self.calls.ends(position).destination,
        }
        return all(matches(values[name], as_text(text), alike=alike) for name, text in wanted.items() if name in values)


def _count(row: dict[str, Any]) -> int:
    return len(row["numbers"]) if isinstance(row["numbers"], list) else 0


def _period(start: int, end: int) -> dict[str, int]:
    return {"isoStart": start // 60 * 60, "isoEnd": end // 60 * 60}
