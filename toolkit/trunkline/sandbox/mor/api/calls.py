"""The actions of MOR's `/billing/api` on calls (docs/providers/mor.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.sandbox.mor import formats, tariff
from trunkline.sandbox.mor.xml import element, elements
from trunkline.sandbox.world import Criteria, Outcome

from .replies import Actions, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from xml.etree.ElementTree import Element

    from trunkline.sandbox.mor.customers import MorUser
    from trunkline.sandbox.world import World

    from .replies import Answer

_CALL_TYPES = {
    "answered": Outcome.ANSWERED,
    "no answer": Outcome.NO_ANSWER,
    "busy": Outcome.BUSY,
    "failed": Outcome.CONGESTION,
}
# [INFER] Which columns a user sees is the administrator's choice; these are what the pages show to users.
_USER_COLUMNS = frozenset(
    {"calldate2", "clid", "src", "dst", "destination", "nice_billsec", "disposition", "did", "user_price", "timezone"}
)
_SPARSE_COLUMNS = frozenset({"calldate2", "src", "dst", "nice_billsec"})
_OUTCOME_WORDS = {
    Outcome.ANSWERED: "Answered",
    Outcome.BUSY: "Busy",
    Outcome.NO_ANSWER: "No Answer",
    Outcome.CONGESTION: "Failed",
}


class CallActions(Actions):
    """Calls, new ones, recordings, figures, and callbacks."""

    def __init__(self, world: World, switches: Any) -> None:
        """List the actions."""
        super().__init__(world, switches)
        self.answers: dict[str, Answer] = {
            "user_calls_get": self._calls,
            "new_calls_list": self._new_calls,
            "recordings_get": self._recordings,
            "callback_init": self._callback,
            "quickstats_get": self._quick_stats,
        }

    def columns(self, user: MorUser, position: int) -> list[tuple[str, str]]:
        """Write a call's columns: in the order of their names, the zone after the date, the unique id last."""
        office = self.server.office(user)
        row = office.calls[position]
        ends = formats.ends(self.world, office, position)
        minutes = -(-row.talk // 60)
        columns = {
            "billsec": row.talk,
            "calldate2": formats.local_text(row.started_at),
            "clid": f'"{ends.source}" <{ends.source}>',
            "destination": tariff.destination_text(ends.destination),
            "did": ends.did,
            "disposition": formats.DISPOSITIONS[Outcome(row.outcome)],
            "dst": ends.destination,
            "duration": row.wait + row.talk,
            "hangupcause": formats.HANGUP_CAUSES[Outcome(row.outcome)],
            "id": row.call_id,
            "nice_billsec": row.talk,
            "prefix": ends.destination[:4] if len(ends.destination) > 6 else "",  # noqa: PLR2004
            "real_billsec": f"{row.talk}.0",
            "real_duration": f"{row.wait + row.talk}.0",
            "src": ends.source,
            "user": f"{user.first_name} {user.surname}",
            "user_id": user.user_id,
            "user_price": formats.euro(row.price),
            "user_rate": formats.euro(row.price_talk // minutes) if minutes else "0.0000",
        }
        written = []
        for name, value in sorted(columns.items()):
            written.append((name, str(value)))
            if name == "calldate2":
                written.append(("timezone", f"GMT {formats.offset_text(row.started_at)}"))
        return [*written, ("uniqueid", formats.unique_id(row))]

    def _calls(self, user: MorUser, params: Mapping[str, str]) -> Element:
        if params.get("s_user") not in {None, "all", str(user.user_id)}:
            raise Refusal("Dont be so smart", "error")
        office = self.server.office(user)
        since, until = self.period(params, "period_start", "period_end")
        kind = params.get("s_call_type") or "all"
        listed = office.calls.listed(Criteria(outcome=_CALL_TYPES.get(kind)))
        positions = [listed[at] for at in office.calls.between(listed, since, until)]
        positions = [at for at in positions if self._wanted(user, at, params)]
        if params.get("order_desc") == "1":
            positions.reverse()
        visible = {"user": _USER_COLUMNS, "sparse": _SPARSE_COLUMNS}.get(self.switches.columns)
        rows = [
            element(
                "call",
                elements(self._visible(self.columns(user, at), visible, uniqueid=visible is not _SPARSE_COLUMNS)),
            )
            for at in positions
        ]
        stat = [
            element("period", None, period_start=formats.local_text(since), period_end=formats.local_text(until)),
            *elements(
                [("show_user", user.user_id), ("show_device", "all"), ("show_status", kind), ("show_hgc", "all")]
            ),
            *([element("calls", rows)] if rows else []),
        ]
        head = elements(
            [
                ("pagename", "Calls"),
                ("language", "en"),
                ("error_msg", None),
                ("userid", user.user_id),
                ("username", user.username),
                ("total_calls", len(rows)),
                ("currency", formats.CURRENCY),
            ]
        )
        return element("page", [*head, element("calls_stat", stat)])

    @staticmethod
    def _visible(
        columns: list[tuple[str, str]], names: frozenset[str] | None, *, uniqueid: bool
    ) -> Iterable[tuple[str, str]]:
        return [
            column
            for column in columns
            if names is None or column[0] in names or (uniqueid and column[0] == "uniqueid")
        ]

    def _wanted(self, user: MorUser, position: int, params: Mapping[str, str]) -> bool:
        office = self.server.office(user)
        ends = formats.ends(self.world, office, position)
        row = office.calls[position]
        device = params.get("s_device") or "all"
        if device != "all":
            known = self.server.device(user, device)
            if known is None or known.extension not in {ends.source, ends.destination}:
                return False
        if params.get("only_did") == "1" and not ends.did:
            return False
        prefix = (params.get("s_destination") or "").rstrip("%")
        asked = params.get("s_uniqueid")
        return ends.destination.startswith(prefix) and asked in {None, "", formats.unique_id(row)}

    def _new_calls(self, user: MorUser, _: Mapping[str, str]) -> Element:
        """[INFER] New calls are today's incoming ones."""
        office = self.server.office(user)
        listed = office.calls.listed(Criteria(direction=0))
        today = office.calls.between(listed, formats.midnight(self.world.clock.now()), None)
        rows = []
        for position in (listed[at] for at in reversed(today)):
            row, ends = office.calls[position], formats.ends(self.world, office, position)
            rows.append(
                element(
                    "call",
                    None,
                    date=formats.local_text(row.started_at),
                    called_from=ends.source,
                    called_to=ends.destination,
                    # As on the page of the same calls: where nobody answered, how long it rang.
                    duration=formats.clock_text(row.talk if row.outcome == Outcome.ANSWERED else row.wait),
                    hangup_cause=_OUTCOME_WORDS[Outcome(row.outcome)],
                )
            )
        head = elements([("pagename", "New calls"), ("language", "en"), ("error_msg", None), ("userid", user.user_id)])
        stat = [element("total_calls", len(rows)), element("calls", rows)]
        return element("page", [*head, element("calls_stat", stat)])

    def _recordings(self, user: MorUser, params: Mapping[str, str]) -> Element:
        self.owner(user, params, "user")
        office = self.server.office(user)
        since, until = self.period(params, "date_from", "date_till")
        listed = office.calls.listed()
        rows = []
        for position in (listed[at] for at in office.calls.between(listed, since, until)):
            row, ends = office.calls[position], formats.ends(self.world, office, position)
            if not row.file_id or params.get("source", ends.source) != ends.source:
                continue
            if params.get("destination", ends.destination) != ends.destination:
                continue
            rows.append(
                element(
                    "recording",
                    None,
                    id=row.file_id,
                    user_id=user.user_id,
                    dst_user_id=None,
                    src_device_id=None,
                    dst_device_id=None,
                    date=formats.local_text(row.started_at),
                    comment=office.calls.notes.get(position),
                    duration=row.talk,
                    source=ends.source,
                    destination=ends.destination,
                    size=row.talk * 2000,
                    mp3_url=None,
                )
            )
        if not rows:
            raise Refusal("No Recordings found", "page-status")
        return element("page", [element("status", [element("recordings", rows)])])

    def _quick_stats(self, user: MorUser, _: Mapping[str, str]) -> Element:
        office = self.server.office(user)
        listed = office.calls.listed()
        today = [
            office.calls[listed[at]]
            for at in office.calls.between(listed, formats.midnight(self.world.clock.now()), None)
        ]
        revenue = sum(row.price for row in today)
        figures = element(
            "today",
            None,
            calls=len(today),
            duration=sum(row.talk for row in today),
            revenue=formats.euro(revenue),
            self_cost="0.0000",
            profit=formats.euro(revenue),
            margin="0.0000",
        )
        active = element("active_calls", None, total=self.world.under_way, answered_calls=0)
        return element("page", [element("quickstats", [figures, active])])

    def _callback(self, user: MorUser, params: Mapping[str, str]) -> Element:
        if not self.switches.callback:
            raise Refusal("Access Denied", "Status")
        if self.server.device(user, params.get("device", "")) is None:
            raise Refusal("Bad device", "Status")
        source = params.get("src", "")
        if not source:
            raise Refusal("No source", "Status")
        if not self.switches.asterisk:
            raise Refusal("Cannot connect to asterisk server", "Status")
        office = self.server.office(user)
        extension = office.extension(source)
        # [INFER] Without a destination the telephone at the source rings, and nobody dials further.
        to = formats.national(params.get("dst") or source)
        if extension is None:
            self.world.place(office, to=to, caller=formats.national(source))
        else:
            self.world.place(office, to=to, extension=extension)
        return element("Status", "Ok")
