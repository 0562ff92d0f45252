"""MOR's pages about the user: main page, details, devices, CLIs, phonebook and faxes (docs/providers/mor.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from trunkline.sandbox.mor import formats
from trunkline.sandbox.mor.customers import Cli, PhonebookEntry
from trunkline.sandbox.mor.rows import device_row
from trunkline.sandbox.mor.xml import element, elements
from trunkline.sandbox.world import Outcome

from .pages import (
    POST_ONLY,
    Pages,
    Refused,
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
    from trunkline.sandbox.wire import Request
    from trunkline.sandbox.world import World

_DAY = 86400
_REGISTRATION = ("address", "postcode", "city", "country", "state", "direction", "phone", "mobile", "fax", "email")
# The document's picture of the 17 fields isn't text. [INFER] They are those of the page that a user may know better
# than the operator: all but the tax rate and those of the account.
_OTHER = ("personalid", "agreement_number", "agreement_date", "taxation_country", "vat_reg_number")
_UPDATED = ("username", "surname", *_OTHER, *(f"reg_{name}" for name in _REGISTRATION))
_NAMES = {"username": "first_name", "surname": "surname"}
_LANGUAGES = 2


class _Fax(NamedTuple):
    """A fax: when it came, in seconds before the server started."""

    ago: int
    sender: str
    status: str


_FAXES = (_Fax(7200, "2100000301", "Received"), _Fax(90000, "2100000302", "Failed"), _Fax(400000, "", "Received"))


class CustomerPages(Pages):
    """The user's details, devices, CLIs, phonebook and faxes."""

    def __init__(self, world: World, switches: Switches) -> None:
        """List the pages."""
        super().__init__(world, switches)
        self.routes: dict[str, Route] = {
            "/callc/main": Route(self._main),
            "/users/personal_details": Route(self._details),
            "/users/update_personal_details": Route(self._update_details, POST_ONLY, takes_id=True),
            "/devices/user_devices": Route(self._devices),
            "/devices/user_device_clis": Route(self._clis),
            "/devices/cli_add": Route(self._add_cli, POST_ONLY),
            "/phonebooks/list": Route(self._phonebook, takes_id=True),
            "/phonebooks/add_new": Route(self._add_entry, POST_ONLY, takes_id=True),
            "/phonebooks/destroy": Route(self._delete_entry, POST_ONLY, takes_id=True),
            "/stats/faxes_list": Route(self._faxes, takes_id=True),
        }

    # The main page and the details.

    def _main(self, user: MorUser, _: Request, __: str) -> Element:
        office, now = self.server.office(user), int(self.world.clock.now())
        today, month = formats.midnight(now), formats.local_instant(f"{formats.local_text(now)[:7]}-01")
        missed = [row for row in office.calls if row.direction == 0 and row.outcome != Outcome.ANSWERED]
        history = []
        for period, since in (("Month", month), ("Day", today)):
            rows = [row for row in office.calls if row.started_at >= since]
            length = formats.clock_text(sum(row.talk for row in rows))
            history.append(element("calls", None, call_counts=len(rows), period=period, call_duration=length))
        counts = element(
            "missed_calls",
            None,
            missed_today=sum(row.started_at >= today for row in missed),
            missed_total=len(missed),
        )
        stats = [counts, element("call_history", history), element("finances", elements(self._finances(user)))]
        head = elements(
            [("pagename", "Main page"), ("username", _name(user)), ("userid", user.user_id), ("language", "en")]
        )
        return element("page", [*head, element("stats", stats)])

    def _finances(self, user: MorUser) -> list[tuple[str, object]]:
        balance = f"{formats.euro(self.server.balance(user))} {formats.CURRENCY}"
        limit = "Unlimited" if self.switches.production else "No Limit"
        return [("account", "Postpaid"), ("balance", balance), ("credit", limit)]

    def _details(self, user: MorUser, _: Request, __: str) -> Element:
        known = user.details
        other: list[tuple[str, object]] = [
            ("username", known.get("first_name", user.first_name)),
            ("surname", known.get("surname", user.surname)),
            *((name, known.get(name)) for name in (*_OTHER, "vat_percent")),
        ]
        details = [
            element("main_details", elements([("alias", 100 + user.user_id), *self._finances(user)])),
            element("other_details", elements(other)),
            element("registration", elements([(f"reg_{name}", known.get(f"reg_{name}")) for name in _REGISTRATION])),
        ]
        return element("page", [*head_of("Personal details", user), element("details", details)])

    def _update_details(self, user: MorUser, request: Request, tail: str) -> Element:
        self.own(user, tail)
        missing = [name for name in _UPDATED if name not in request.params]
        names = {name: request.params.get(name, "").strip() for name in _NAMES}
        if missing or not all(names.values()):
            return action_of("edit_personal", "failed", "Please fill all fields")
        user.details.update({_NAMES.get(name, name): request.params[name].strip() for name in _UPDATED})
        return action_of("edit_personal", "ok", "Personal details changed")

    # Devices and CLIs.

    def _devices(self, user: MorUser, _: Request, __: str) -> Element:
        rows = [device_row(device) for device in self.server.devices(user)]
        return element("page", [*head_of("Devices", user), element("devices", rows)])

    def _clis(self, user: MorUser, _: Request, __: str) -> Element:
        names = {device.acc: f"{device.kind}/{device.username}" for device in self.server.devices(user)}
        rows = [
            element(
                "cli",
                None,
                cli_id=cli.cli_id,
                device=names[cli.device],
                device_icon="phone.png",
                cli_name=cli.number,
                cli_desc=cli.description,
                added_at=formats.local_text(cli.added_at),
            )
            for cli in self.server.clis[user.user_id]
        ]
        devices = [element("device", name, {"id": str(acc)}) for acc, name in names.items()]
        return element("page", [*head_of("CallerIDs", user), element("aval_devices", devices), element("clis", rows)])

    def _add_cli(self, user: MorUser, request: Request, _: str) -> Element:
        form = required(request, ("device_id", "cli"), ("add_cli", "CLI not created"))
        device = self.server.device(user, form["device_id"])
        taken = {cli.number for clis in self.server.clis.values() for cli in clis}
        if device is None or not form["cli"].isdigit() or form["cli"] in taken:
            return action_of("add_cli", "failed", "CLI not created")
        note, now = request.params.get("description", ""), int(self.world.clock.now())
        self.server.clis[user.user_id].append(Cli(self.server.new_id(), form["cli"], device.acc, note, now))
        return action_of("add_cli", "ok", "CLI created")

    # The phonebook.

    def _phonebook(self, user: MorUser, _: Request, tail: str) -> Element:
        self.own(user, tail)
        rows = []
        for entry in self.server.phonebooks[user.user_id]:
            given: list[tuple[str, object]] = [("entry_id", entry.entry_id)] if self.switches.entry_ids else []
            fields = [
                *given,
                ("entry_number", entry.number),
                ("entry_name", entry.name),
                ("entry_added", formats.local_text(entry.added_at)),
            ]
            rows.append(element("entry", elements(fields)))
        return element("page", [*head_of("Phonebook", user), element("entries", rows)])

    def _add_entry(self, user: MorUser, request: Request, tail: str) -> Element:
        self.own(user, tail)
        # The document's three parameters are the user's id, which is the end of the address, and these two.
        form = required(request, ("number", "name"), ("add_phonebook_entry", "Please fill all fields"))
        if not form["number"].isdigit():
            return action_of("add_phonebook_entry", "failed", "Record number must be numeric")
        book, now = self.server.phonebooks[user.user_id], int(self.world.clock.now())
        used = {entry.speeddial for entry in book}
        speeddial = next(str(at) for at in range(10, 10_000) if str(at) not in used)
        book.append(PhonebookEntry(self.server.new_id(), form["name"], form["number"], speeddial, now))
        return action_of("add_phonebook_entry", "ok", "Record added")

    def _delete_entry(self, user: MorUser, _: Request, tail: str) -> Element:
        book = self.server.phonebooks[user.user_id]
        kept = [entry for entry in book if str(entry.entry_id) != tail]
        if len(kept) == len(book):
            raise Refused(action_of("delete_phonebook_entry", "failed", "We're sorry, but something went wrong"))
        book[:] = kept
        return action_of("delete_phonebook_entry", "ok", "Record deleted")

    # Faxes.

    def _faxes(self, user: MorUser, request: Request, tail: str) -> Element:
        """Show the faxes. [INFER] Without a period all of them, so that the page isn't empty on most days."""
        self.own(user, tail)
        since, until = self.period(request) if request.params.get("period_start") else (0, 2**33)
        status, device = request.params.get("fax_status", "all"), request.params.get("device_id", "all")
        machine = self.server.devices(user)[-1]
        rows = []
        for fax in _FAXES:
            at = self.server.started_at - fax.ago
            wanted = status in {"", "all", fax.status.lower(), fax.status} and device in {"", "all", str(machine.acc)}
            if not (wanted and since <= at <= until):
                continue
            rows.append(
                element(
                    "fax",
                    None,
                    device=f"{machine.kind}/{machine.username}",
                    filename=f"fax-{user.user_id}-{fax.ago}.pdf" if fax.status == "Received" else None,
                    receive_time=formats.local_text(at),
                    sender=formats.international(fax.sender) if fax.sender else None,
                    status=fax.status,
                )
            )
        head = head_of("Faxes", user, error=True)
        filters = elements([("show_device", device or "all"), ("username", _name(user))])
        last = min(until, int(self.world.clock.now()))
        period = written_period(min(since or self.server.started_at - 30 * _DAY, last), last)
        return element("page", [*head, *filters, languages(), element("faxes", [period, *rows])])


def _name(user: MorUser) -> str:
    return f"{user.details.get('first_name', user.first_name)} {user.details.get('surname', user.surname)}"
