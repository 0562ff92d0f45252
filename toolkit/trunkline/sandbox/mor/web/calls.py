"""MOR's pages of calls: the list and its files, new and missed calls, graphs, and calling back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trunkline.sandbox.mor import formats, tariff
from trunkline.sandbox.mor.xml import element, elements
from trunkline.sandbox.world import Criteria, Direction, Outcome

from .files import csv_reply, pdf_reply
from .pages import (
    GET_ONLY,
    POST_ONLY,
    Pages,
    Route,
    Switches,
    action_of,
    head_of,
    languages,
    required,
    written_period,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from trunkline.sandbox.mor.customers import MorUser
    from trunkline.sandbox.wire import Reply, Request
    from trunkline.sandbox.world import CallRow, Office, World

_DAY = 86400
_CAUSES = {
    Outcome.ANSWERED: "Answered",
    Outcome.BUSY: "Busy",
    Outcome.NO_ANSWER: "No Answer",
    # [INFER] MOR has four outcomes; congestion is a failed call.
    Outcome.CONGESTION: "Failed",
}
_FIGURES = {
    "answered": Outcome.ANSWERED,
    "no_answer": Outcome.NO_ANSWER,
    "busy": Outcome.BUSY,
    "failed": Outcome.CONGESTION,
}
_WAYS = {
    "outgoing": (Direction.OUTGOING, Direction.LOCAL),
    "incoming": (Direction.INCOMING, Direction.LOCAL),
}
_COLUMNS = ("Date", "Called from", "Called to", "Destination", "Duration", "Hangup cause", "Price")
_FIRST = 0


class CallPages(Pages):
    """The calls of a user."""

    def __init__(self, world: World, switches: Switches) -> None:
        """List the pages; no missed call is dealt with yet."""
        super().__init__(world, switches)
        self._processed: set[int] = set()
        self.routes: dict[str, Route] = {
            "/stats/call_list": Route(self._calls),
            "/stats/call_list_to_pdf": Route(self._calls_pdf, GET_ONLY, takes_id=True),
            "/stats/call_list_to_csv": Route(self._calls_csv, GET_ONLY, takes_id=True),
            "/stats/new_calls_list": Route(self._new_calls),
            "/stats/missed_calls": Route(self._missed_calls),
            "/stats/user_stats": Route(self._statistics),
            # The document's address of the same page, asked for with a period.
            "/billing/stats/user_stats": Route(self._statistics, POST_ONLY),
            "/functions/activate_callback": Route(self._callback, POST_ONLY),
        }

    # The list.

    def _calls(self, user: MorUser, request: Request, _: str) -> Element:
        """Show the calls of a period, newest first. [INFER] Of `direction` and `calltype`, both must fit."""
        since, until = self.period(request)
        asked = self._asked(request, "direction"), self._asked(request, "calltype")
        device = request.params.get("device") or "all"
        found = self._found(user, since, until, asked, device)
        page = found[: self.switches.most] if self.switches.most else found
        office = self.server.office(user)
        rows = [element("call", elements(self._row(office, at))) for at in page]
        direction = asked[0] if asked[0] != "all" else asked[1]
        fields = elements(
            [
                ("show_device", device),
                ("status", "all"),
                ("direction", direction),
                ("total_calls", len(found)),
                ("username", f"{user.first_name} {user.surname}"),
                ("currency", formats.CURRENCY),
            ]
        )
        stat = element("calls_stat", [written_period(since, until), element("calls", rows)])
        return element("page", [*head_of("Calls", user, error=True), *fields, languages(), stat])

    def _asked(self, request: Request, name: str) -> str:
        wanted = request.params.get(name, "all")
        return wanted if wanted in _WAYS and self.switches.filters else "all"

    def _found(self, user: MorUser, since: int, until: int, asked: tuple[str, ...], device: str) -> list[int]:
        """Return the positions of the requested calls, newest first."""
        office = self.server.office(user)
        listed = office.calls.listed()
        positions = [listed[at] for at in reversed(office.calls.between(listed, since, until))]
        for way in asked:
            if way != "all":
                positions = [at for at in positions if office.calls.direction[at] in _WAYS[way]]
        if device != "all":
            extension = int(device) - 100 * user.user_id if device.isascii() and device.isdigit() else -1
            mine = (
                set(office.calls.listed(Criteria(extension=extension)))
                if 0 <= extension < len(office.extensions)
                else set()
            )
            positions = [at for at in positions if at in mine]
        return positions

    def _row(self, office: Office, position: int) -> list[tuple[str, object]]:
        """Write one call in the document's field order."""
        row, ends = office.calls[position], formats.ends(self.world, office, position)
        return [
            ("date", formats.local_text(row.started_at)),
            ("called_from", ends.source),
            ("called_to", ends.destination),
            ("destination", tariff.destination_text(ends.destination)),
            ("duration", _length(row)),
            ("hangup_cause", _CAUSES[Outcome(row.outcome)]),
            ("price", formats.euro(row.price)),
        ]

    def _calls_pdf(self, user: MorUser, request: Request, tail: str) -> Reply:
        self.own(user, tail)
        return pdf_reply("Calls", self._table(user, request), f"Calls-{user.username}.pdf")

    def _calls_csv(self, user: MorUser, request: Request, tail: str) -> Reply:
        self.own(user, tail)
        return csv_reply([_COLUMNS, *self._table(user, request)], f"Calls-{user.username}.csv")

    def _table(self, user: MorUser, request: Request) -> list[tuple[str, ...]]:
        names = {"date_from": "period_start", "date_till": "period_end"}
        renamed = {names.get(name, name): value for name, value in request.params.items()}
        since, until = self.period(replace(request, params=renamed))
        wanted = request.params.get("call_type", "all")
        found = self._found(user, since, until, (wanted if wanted in _WAYS else "all",), "all")
        office = self.server.office(user)
        return [tuple(str(value) for _, value in self._row(office, at)) for at in found]

    # New and missed calls.

    def _new_calls(self, user: MorUser, _: Request, __: str) -> Element:
        """Show the new calls. [INFER] New calls are today's incoming ones."""
        office = self.server.office(user)
        listed = office.calls.listed(Criteria(direction=Direction.INCOMING))
        today = office.calls.between(listed, formats.midnight(self.world.clock.now()), None)
        wanted = ("date", "called_from", "called_to", "duration", "hangup_cause")
        rows = []
        for at in reversed(today):
            fields = dict(self._row(office, listed[at]))
            rows.append(element("call", elements([(name, fields[name]) for name in wanted])))
        stat = element("calls_stat", [element("total_calls", len(rows)), element("calls", rows)])
        return element("page", [*head_of("Calls", user, error=True), stat])

    def _missed_calls(self, user: MorUser, request: Request, _: str) -> Element:
        """Show the missed calls; a request can first mark one as processed. [INFER] Without a period all of them."""
        office = self.server.office(user)
        wanted = Criteria(direction=Direction.INCOMING)
        listed = office.calls.listed(wanted)
        missed = [at for at in reversed(listed) if office.calls.outcome[at] != Outcome.ANSWERED]
        chosen = request.params.get("processed", "")
        if chosen and request.method == "POST":
            self._processed |= {office.calls.call_id[at] for at in missed if str(office.calls.call_id[at]) == chosen}
        since, until = self.period(request) if request.params.get("period_start") else (_FIRST, 2**33)
        rows = []
        for at in missed:
            if not since <= office.calls.started_at[at] <= until:
                continue
            row, ends = office.calls[at], formats.ends(self.world, office, at)
            rows.append(
                element(
                    "call",
                    None,
                    call_id=row.call_id,
                    date=formats.local_text(row.started_at),
                    called_from=ends.source,
                    called_to=ends.destination,
                    duration=_length(row),
                    hangup_cause=_CAUSES[Outcome(row.outcome)],
                    processed=int(row.call_id in self._processed),
                )
            )
        fields = elements([("missed_total", len(missed)), ("username", f"{user.first_name} {user.surname}")])
        now = int(self.world.clock.now())
        oldest = office.calls.started_at[missed[-1]] if missed else now
        period = written_period(since or oldest, min(until, now))
        stat = element("calls_stat", [period, element("calls", rows)])
        return element("page", [*head_of("Missed calls", user, error=True), *fields, languages(), stat])

    # Graphs.

    def _statistics(self, user: MorUser, request: Request, _: str) -> Element:
        """Show the figures of a period, of today unless given. [INFER] Durations are minutes with a decimal."""
        office = self.server.office(user)
        since, until = self.period(request)
        listed = office.calls.listed()
        rows = [office.calls[listed[at]] for at in office.calls.between(listed, since, until)]
        counts = []
        for name, ways in (("incoming", _WAYS["incoming"]), ("outgoing", _WAYS["outgoing"])):
            mine = [row for row in rows if row.direction in ways]
            figures = {word: sum(row.outcome == outcome for row in mine) for word, outcome in _FIGURES.items()}
            counts.append(element(name, None, **figures))
        days: dict[str, list[CallRow]] = {}
        for row in rows:
            days.setdefault(formats.local_text(row.started_at)[:10], []).append(row)
        dated = [
            element(
                "call_by_date",
                None,
                date=day,
                calls_count=len(of_day),
                duration=_minutes(sum(row.talk for row in of_day)),
                avg_time=_minutes(sum(row.talk for row in of_day) // len(of_day)),
                calls_normative=100,
            )
            for day, of_day in sorted(days.items(), reverse=True)
        ]
        today = formats.midnight(self.world.clock.now())
        new = sum(row.started_at >= today and row.direction == Direction.INCOMING for row in rows)
        main = element("main_details", None, todays_normative=0, months_normative=0, new_calls=new)
        details = element("details", [main, element("calls", counts), element("detailed_by_date", dated)])
        period = elements(
            [("start_date", formats.local_text(since)[:10]), ("end_date", formats.local_text(until)[:10])]
        )
        return element("page", [*head_of("Detailed statistics", user), *period, details])

    # Calling back.

    def _callback(self, user: MorUser, request: Request, _: str) -> Element:
        """Ring the source and then the destination. [INFER] Refused in the words of the production interface."""
        form = required(request, ("src", "acc"), ("callback", "Please fill all fields"))
        if self.server.device(user, form["acc"]) is None:
            return action_of("callback", "failed", "Bad device")
        to = request.params.get("dst") or form["src"]
        if not (_dialable(form["src"]) and _dialable(to)):
            return action_of("callback", "failed", "Bad number")
        office = self.server.office(user)
        extension = office.extension(form["src"])
        # [INFER] Without a destination the telephone at the source rings, and nobody dials further.
        if extension is None:
            self.world.place(office, to=formats.national(to), caller=formats.national(form["src"]))
        else:
            self.world.place(office, to=formats.national(to), extension=extension)
        return action_of("callback", "ok", "Callback activated")


def _length(row: CallRow) -> str:
    """Write the duration of a call: the talk time, or of an unanswered call the ringing time, as in the sample."""
    return formats.clock_text(row.talk if row.outcome == Outcome.ANSWERED else row.wait)


def _minutes(seconds: int) -> str:
    tenths = round(seconds / 6)
    return f"{tenths // 10}.{tenths % 10}"


def _dialable(number: str) -> bool:
    return number.isascii() and all(letter.isdigit() or letter in "*#" for letter in number.removeprefix("+"))
