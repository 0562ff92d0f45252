"""The configuration of a Simotel exchange: users, trunks, queues with agents, announcements, number lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.sandbox.simotel.envelope import (
    DONE,
    FAILED,
    NUMBER_EXISTS,
    QUEUE_EXISTS,
    TRUNK_EXISTS,
    Body,
    MissingError,
    RefusedError,
    as_text,
    done,
)
from trunkline.sandbox.wire import Reply, to_json

from .objects import Kind, Objects

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trunkline.sandbox.simotel.reports.calls import OfficeCalls

_YEAR = 365 * 86400
_ANYWHERE = "0.0.0.0/0.0.0.0"
USER = Kind(
    {
        "user_type": "SIP",
        "active": "yes",
        "call_record": "no",
        "push_notification": "no",
        "name": "",
        "number": "",
        "cid_number": "",
        "secret": "",
        "deny": _ANYWHERE,
        "permit": _ANYWHERE,
        "dtmfmode": "rfc2833",
        "context": "main_routing",
        "host": "dynamic",
        "type": "friend",
        "port": "5060",
        "qualify": "yes",
        "email": "",
        "forward_policy": {"Busy": "", "No Answer": "", "UnAvailable": "", "All": ""},
        "more_options": "",
        "canreinvite": "no",
        "directmedia": "no",
        "nat": "force_rport,comedia",
        "callgroup": "1",
        "pickupgroup": "1",
        "callcounter": "yes",
        "faxdetect": "no",
        "call_limit": "",
        "description": "",
        "date": 0,
    },
    ("name", "number", "secret"),
    unique="number",
    exists=NUMBER_EXISTS,
    hidden=frozenset({"secret"}),
)
TRUNK = Kind(
    {
        "trunk_type": "SIP",
        "name": "",
        "register_string": "",
        "active": "yes",
        "deny": _ANYWHERE,
        "permit": _ANYWHERE,
        "dtmfmode": "rfc2833",
        "canreinvite": "no",
        "directmedia": "no",
        "context": "from-pstn",
        "host": "192.0.2.10",
        "type": "friend",
        "nat": "force_rport,comedia",
        "port": "5060",
        "qualify": "yes",
        "insecure": "port,invite",
        "disallow": "all",
        "allow": "ulaw,alaw",
        "more_options": "",
        "description": "",
        "date": 0,
    },
    ("name",),
    unique="name",
    exists=TRUNK_EXISTS,
)
QUEUE = Kind(
    {
        "name": "",
        "number": "",
        "strategy": "ringall",
        "ringinuse": "no",
        "call_record": "yes",
        "setinterfacevar": "yes",
        "autofill": "yes",
        "setqueuevar": "yes",
        "setqueueentryvar": "yes",
        "persistentmembers": "no",
        "shared_lastcall": "no",
        "announce_holdtime": "no",
        "announce_position": "yes",
        "joinempty": "strict",
        "leavewhenempty": "yes",
        "reportholdtime": "no",
        "maxlen": "0",
        "announce_frequency": "120",
        "min_announce_frequency": "60",
        "periodic_announce_frequency": "120",
        "music": "wait",
        "queue_callswaiting": "queue-callswaiting",
        "queue_thankyou": "queue-thankyou",
        "queue_thereare": "queue-thereare",
        "queue_youarenext": "queue-youarenext",
        "retry": "5",
        "servicelevel": "60",
        "timeout": "30",
        "weight": "10",
        "wrapuptime": "1",
        "monitor_type": "MixMonitor",
        "monitor_format": "wav",
        "more_options": "",
        "date": 0,
    },
    ("name", "number"),
    unique="number",
    exists=QUEUE_EXISTS,
)
MUSIC = Kind({"name": "", "date": 0, "path": "", "count": 0, "musics": []}, ("name",))
ANNOUNCEMENT = Kind({"filename": "", "name": "", "comment": "", "date": 0}, ("name", "filename"))
BLACK = Kind(
    {"number": "", "comment": "", "date": 0}, ("number",), unique="number", exists=NUMBER_EXISTS, returns_id=False
)
WHITE = Kind(
    {"number": "", "labels": [], "comment": "", "date": 0},
    ("number",),
    unique="number",
    exists=NUMBER_EXISTS,
    returns_id=False,
)
_USERS, _TRUNKS, _QUEUES, _MUSIC, _ANNOUNCEMENTS, _BLACK, _WHITE = range(0x20, 0x27)
_QUEUE_NAMES = ("sale", "support")
_DONE_WORDS = {"add": "Added", "pause": "Paused", "resume": "UnPaused", "remove": "Removed"}


class Exchange:
    """The objects of one office's exchange, and the agents of each queue."""

    def __init__(self, calls: OfficeCalls) -> None:
        """Set up what the office has: its extensions as users, its lines as trunks."""
        office, clock, calendar = calls.office, calls.world.clock, calls.calendar
        since = int(clock.now()) - _YEAR

        def objects(kind: Kind, report: int) -> Objects:
            return Objects(kind, calls.marker(report), clock, calendar)

        self.users = objects(USER, _USERS)
        self.trunks = objects(TRUNK, _TRUNKS)
        self.queues = objects(QUEUE, _QUEUES)
        self.music = objects(MUSIC, _MUSIC)
        self.announcements = objects(ANNOUNCEMENT, _ANNOUNCEMENTS)
        self.black = objects(BLACK, _BLACK)
        self.white = objects(WHITE, _WHITE)
        # Queue number -> agent -> whether it is paused.
        self.agents: dict[str, dict[str, bool]] = {}
        for extension in office.extensions:
            forward = dict(USER.template["forward_policy"])
            if extension.forwarded_to:
                forward["All"] = f"0{extension.forwarded_to}"
            self.users.seed(
                since,
                name=extension.name,
                number=extension.number,
                cid_number=extension.number,
                secret="",
                forward_policy=forward,
            )
        for line in office.trunks:
            self.trunks.seed(since, name=line.number, register_string=f"{line.number}@192.0.2.10/{line.number}")
        for number, name in zip(calls.queues, _QUEUE_NAMES, strict=False):
            self.queues.seed(since, name=name, number=number)
            self.agents[number] = dict.fromkeys((extension.number for extension in office.extensions), False)
        waiting = {
            "file": "file-20230719143208-70416-announcemp3_.wav",
            "size": "55.18 KB",
            "date": calendar.text(since)[:-3],
            "type": "file",
        }
        self.music.seed(since, name="wait", path="file-20230719143200-56732-wait", count=1, musics=[waiting])
        self.announcements.seed(since, name="welcome", filename="file-20200426071221-22185-welcome-_.wav")

    def add_user(self, body: Body, *, standard: bool) -> Reply:
        """Answer `pbx/users/add`, whose documented reply is the only one without the envelope."""
        row = self.users.insert(body)
        if standard:
            return done({"_id": row["_id"]}, DONE)
        answer = {"status": "success", "message": "User created successfully", "user_id": row["number"]}
        return Reply(200, to_json(answer))

    def search_users(self, body: Body) -> Reply:
        """Answer `pbx/users/search`. [INFER] `queues`, empty in the sample, holds the queues that a user answers in."""
        rows = [row for row in self.users.found(body) if body.text("status") in {"", "all", _status(row)}]
        return done([{**self.users.write(row), "queues": self._queues_of(row["number"])} for row in rows])

    def remove_user(self, body: Body) -> Reply:
        """Answer `pbx/users/remove`; the user also leaves the queues."""
        number = self.users.delete(body)["number"]
        for members in self.agents.values():
            members.pop(number, None)
        return done("", DONE)

    def add_queue(self, body: Body) -> Reply:
        """Answer `pbx/queues/add`."""
        row = self.queues.insert(body)
        self.agents[row["number"]] = {}
        return done({"_id": row["_id"]}, DONE)

    def update_queue(self, body: Body) -> Reply:
        """Answer `pbx/queues/update`; the agents stay when the number changes."""
        body.require("_id")
        before = self.queues.rows.get(body.text("_id"), {}).get("number", "")
        row = self.queues.change(body)
        self.agents[row["number"]] = self.agents.pop(before)
        return done("", DONE)

    def remove_queue(self, body: Body) -> Reply:
        """Answer `pbx/queues/remove`."""
        del self.agents[self.queues.delete(body)["number"]]
        return done("", DONE)

    def agent(self, act: str) -> Callable[[Body], Reply]:
        """Return the handler of `pbx/queues/<act>agent`."""

        def answer(body: Body) -> Reply:
            body.require("queue", *(("source",) if act == "add" else ()), "agent")
            if not self._change_agent(act, body.text("queue"), body.text("agent")):
                raise RefusedError
            return done({"message": f"{_DONE_WORDS[act]} successfully", "ok": 1})

        return answer

    def batch(self, act: str) -> Callable[[Body], Reply]:
        """Return the handler of `pbx/queues/batch<act>agent`.

        [INFER] The reply for an entry that fails isn't documented: it has `ok` 0 and the general message.
        """

        def answer(body: Body) -> Reply:
            body.require("agents")
            entries = body.fields["agents"]
            if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
                raise RefusedError
            needed = ("queue", *(("source",) if act == "add" else ()), "agent")
            for entry in entries:
                for name in needed:
                    if not as_text(entry.get(name)):
                        raise MissingError(name)
            return done({"Data": [self._batched(act, entry) for entry in entries], "ok": 1})

        return answer

    def _batched(self, act: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        queue, agent = as_text(entry["queue"]), as_text(entry["agent"])
        ok = self._change_agent(act, queue, agent)
        said = {"message": f"{_DONE_WORDS[act]} successfully" if ok else FAILED, "ok": int(ok)}
        if act == "add":
            penalty, source = as_text(entry.get("penalty")), as_text(entry["source"])
            return {"agents": agent, **said, "penalty": penalty, "queue": queue, "source": source}
        return {"agent": agent, **said, "queue": queue}

    def _change_agent(self, act: str, queue: str, agent: str) -> bool:
        """Add, remove, pause or resume an agent; return whether it was possible."""
        members = self.agents.get(queue)
        if members is None or (act == "add") == (agent in members):
            return False
        if act == "add":
            # [INFER] An agent is one of the users.
            if self.users.by("number", agent) is None:
                return False
            members[agent] = False
        elif act == "remove":
            del members[agent]
        else:
            members[agent] = act == "pause"
        return True

    def _queues_of(self, number: str) -> list[str]:
        return [queue for queue, members in self.agents.items() if number in members]


def _status(row: Mapping[str, Any]) -> str:
    """Return a user's status in a search. [INFER] Only `all` is documented."""
    return "active" if row["active"] == "yes" else "inactive"
