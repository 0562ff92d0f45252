"""Simotel's wire, version 4: the provider's document and what is known beyond it (docs/providers/simotel.md).

What neither says is marked [INFER] with the reason for the choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from trunkline.sandbox.faults import ListForm
from trunkline.sandbox.settings import check_setting
from trunkline.sandbox.wire import (
    JSON,
    Delivery,
    JsonWire,
    Reply,
    Request,
    SandboxAccount,
)

from . import dialplan
from .auth import (
    BASIC,
    BOTH,
    KEY,
    Credentials,
    authenticate,
)
from .envelope import (
    BAD_REQUEST,
    FORBIDDEN,
    METHOD_NOT_ALLOWED,
    NOT_IMPLEMENTED,
    UNAUTHORIZED,
    UNKNOWN_SERVICE,
    UNPARSABLE,
    UNSUPPORTED_MEDIA_TYPE,
    WRONG_ADDRESS,
    WRONG_CREDENTIALS,
    WRONG_METHOD,
    WRONG_TYPE,
    Body,
    MissingError,
    RefusedError,
    as_text,
    done,
    not_found,
    refused,
)
from .events import OPTIONS, Events
from .lists.times import GREGORIAN, SHAMSI, Calendar
from .pbx.files import Files
from .pbx.settings import Exchange
from .reports.autodialer import Autodialer
from .reports.calls import OfficeCalls
from .reports.cdr import CallRecords
from .reports.queues import QueueReports

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from aiohttp import ClientSession

    from trunkline.sandbox.world import Office, OngoingCall, Stage, World

    from .pbx.objects import Objects

    type Answer = Callable[[Body], Reply]

_BASE = "/api/v4"
_UPLOAD = "multipart/form-data"
_SERVICE_IDS = ("simotel-1", "simotel-2")
_PINGED = "If the 'Ping' event is enabled in the settings menu, you'll receive it when it's sent"
_UPLOADED = "1 file(s) uploaded successfully"
_LEAST_DIGITS, _MOST_DIGITS = 2, 15
_CALL_LISTS = frozenset({"/reports/cdr/search", "/reports/cdr/ordered/id", "/reports/quick/search"})
_PING = "/setting/ping/act"


@dataclass(slots=True)
class Switches:
    """Ways in which exchanges differ, each a setting that control can change (`{"do": "set", ...}`).

    `auth` is the credentials that an account needs: "basic", "key" or "both". `calendar` is the exchange's setting,
    "shamsi" or "gregorian". `permitted` is "all", or the list of paths that the accounts may request. `users_add` is
    the reply to an added user: that of the "document", or the "standard" envelope.
    """

    auth: str = BOTH
    permitted: frozenset[str] | None = None
    users_add: str = "document"


_CHOICES: dict[str, tuple[str, ...]] = {
    "auth": (BASIC, KEY, BOTH),
    "calendar": (SHAMSI, GREGORIAN),
    "users_add": ("document", "standard"),
}


class Simotel(JsonWire):
    """Two exchanges, one for each office, over a world."""

    name = "simotel"
    prefix = "/simotel"
    base_path = _BASE
    calls_at = "data.data"
    status_at = "data.data[].disposition"
    list_form = ListForm(
        rows="data.data",
        total="data.pagination.total",
        size="data.pagination.count",
        counts=("data.pagination",),
        cursor="data.last_id",
        ids=("_id", "cuid"),
        fields={
            "date": ("start", "starttime"),
            "duration": ("billsec",),
            "status": ("disposition",),
            "direction": ("type",),
        },
        words=("ANSWERED", "NO ANSWER", "BUSY", "FAILED"),
    )
    secrets = frozenset({"secret", "password", "register_string", "more_options"})
    endless = (b'{"success":1,"message":"","data":{"last_id":"","data":[', b'{"_id":"","cuid":""},' * 3000)
    push_options: ClassVar[Mapping[str, tuple[str, ...]]] = OPTIONS

    def __init__(self, world: World, **switches: Any) -> None:
        """Serve a world."""
        self.world = world
        self.switches = Switches()
        self.calendar = Calendar()
        self._draw = Random("simotel")  # noqa: S311 -- keys of a sandbox open nothing
        self._accounts = [self._new_credentials(at) for at in range(len(world.offices))]
        self._exchanges = [
            _ExchangeServices(world, office, self.calendar, self.switches, self._event_sender(at))
            for at, office in enumerate(world.offices)
        ]
        self._dialplan_calls = count(1)
        for name, value in switches.items():
            self.change(name, value)

    # What every wire has.

    def answer(self, request: Request) -> Reply:
        """Answer a request. [INFER] The order of the checks: address, credentials, service, permission, form."""
        if not request.path.startswith(f"{_BASE}/"):
            return not_found()
        try:
            exchange = self._exchanges[authenticate(request.headers, self._accounts, self.switches.auth)]
            path = self._permitted(request)
            return exchange.routes[path](_read_body(request, upload=path.endswith("/upload")))
        except RefusedError as error:
            return refused(error.message, error.status)

    def unauthorized(self) -> Reply:
        """Return the reply to wrong credentials."""
        return refused(WRONG_CREDENTIALS, UNAUTHORIZED)

    def forbidden(self) -> Reply:
        """Return the reply to an address that isn't permitted."""
        return refused(WRONG_ADDRESS, FORBIDDEN)

    def account_of(self, request: Request) -> int | None:
        """Return the account whose credentials a request has."""
        try:
            return authenticate(request.headers, self._accounts, self.switches.auth)
        except RefusedError:
            return None

    def page_of(self, request: Request) -> int | None:
        """Return which page of the call list a request asks for by offset or cursor; None for any other request."""
        try:
            if self._service(request.path) not in _CALL_LISTS:
                return None
            body = _read_body(request, upload=False)
            if request.path.endswith("/ordered/id"):
                return 2 if body.text("_id") else 1
            paging = body.paging("starttime")
        except RefusedError:
            return None
        return paging.start // max(1, paging.count) + 1

    def cursor_of(self, request: Request) -> str:
        """Return the id after which rows are asked for."""
        try:
            return _read_body(request, upload=False).text("_id")
        except RefusedError:
            return ""

    def elsewhere(self, request: Request, by: int) -> Request:
        """Ask for a later page, by its place or by the last id of the page before it."""
        try:
            body = request.json()
        except ValueError:
            return request
        if request.path.endswith("/ordered/id"):
            for _ in range(by):
                page = self.call_list(self.answer(request).body)
                cursor = page.text("data.last_id") if page is not None else None
                request = request.having_json({**body, "_id": cursor or ""})
            return request
        paging = body.get("pagination") or {}
        count = int(paging.get("count") or 0)
        return request.having_json(
            {**body, "pagination": {**paging, "start": int(paging.get("start") or 0) + by * count}}
        )

    def accounts(self, url: str) -> list[SandboxAccount]:
        """Return the accounts."""
        return [
            SandboxAccount.of_offices(
                [office],
                provider=self.name,
                # Each exchange is its own server, and only its address distinguishes it.
                base_url=f"{url}{self.prefix}{f'/{position + 1}' if position else ''}{self.base_path}",
                credentials=credentials.described(),
                service_ids=(_SERVICE_IDS[position],),
            )
            for position, (credentials, office) in enumerate(zip(self._accounts, self.world.offices, strict=True))
        ]

    def rotate(self, account: int) -> dict[str, str]:
        """Withdraw an account's password and key and return the new ones; the user name stays."""
        self._accounts[account] = self._new_credentials(account)
        return self._accounts[account].described()

    def change(self, setting: str, value: object) -> None:
        """Change a setting."""
        if setting == "permitted":
            self.switches.permitted = _paths(value)
            return
        check_setting(self.name, _CHOICES | {"permitted": ()}, setting, value)
        if setting == "calendar":
            self.calendar.kind = str(value)
        else:
            setattr(self.switches, setting, value)

    def deliveries(self, office: Office, position: int, options: Mapping[str, object]) -> list[Delivery]:
        """Push the events of a call that ended."""
        at = office.position
        return self._exchanges[at].events.of_call(position, options, self._accounts[at])

    def stages(self, call: OngoingCall, stage: Stage, options: Mapping[str, object]) -> list[Delivery]:
        """Push the events of a call that begins or is answered."""
        at = call.office.position
        return self._exchanges[at].events.of_stage(call, stage, options, self._accounts[at])

    def event(self, account: int, kind: str, fields: Mapping[str, Any], options: Mapping[str, object]) -> Delivery:
        """Write any event of the document."""
        return self._exchanges[account].events.message(kind, fields, options, self._accounts[account])

    def dialplan(
        self, session: ClientSession, account: int, options: Mapping[str, Any]
    ) -> Coroutine[Any, Any, list[dict[str, Any]]]:
        """Return a call through components of the dialplan that ask a web service, to be awaited."""
        office = self._exchanges[account].calls.office
        plan = dialplan.read_plan(
            options, caller=f"0{self.world.parties[0].number}", dialled=f"0{office.trunks[0].number}"
        )
        unique_id = f"{self.world.clock.now():.0f}.{next(self._dialplan_calls)}"
        return dialplan.run(session, plan, unique_id, self._accounts[account])

    # Requests.

    def _event_sender(self, account: int) -> Callable[[str], object]:
        """Return a function that sends an event to an account's push address."""
        return lambda kind: self.send_event(account, kind, {}) if self.send_event is not None else None

    def _permitted(self, request: Request) -> str:
        """Return the service of a request; RefusedError if it doesn't exist or isn't permitted."""
        path = self._service(request.path)
        if self.switches.permitted is not None and path not in self.switches.permitted:
            raise RefusedError(f'"{path}";Access denied', FORBIDDEN)
        if request.method != "POST" and not (request.method == "PUT" and path == _PING):
            raise RefusedError(WRONG_METHOD, METHOD_NOT_ALLOWED)
        return path

    def _service(self, path: str) -> str:
        """Return the path of a service below the base; the collection alone is its search, as on the pages."""
        routes = self._exchanges[0].routes
        bare = path.removeprefix(_BASE).rstrip("/")
        for known in (bare, f"{bare}/search"):
            if known in routes:
                return known
        raise RefusedError(UNKNOWN_SERVICE, NOT_IMPLEMENTED)

    def _new_credentials(self, at: int) -> Credentials:
        return Credentials(
            f"sandbox{at + 1}", f"{self._draw.getrandbits(64):016x}", f"{self._draw.getrandbits(200):050x}"
        )


class _ExchangeServices:
    """The services of one exchange by path."""

    def __init__(
        self, world: World, office: Office, calendar: Calendar, switches: Switches, send_event: Callable[[str], object]
    ) -> None:
        self.world, self.office, self.switches, self.send_event = world, office, switches, send_event
        self.calls = OfficeCalls(world, office, calendar)
        self.records = CallRecords(self.calls)
        self.queues = QueueReports(self.calls)
        self.events = Events(self.calls, self.queues)
        self.exchange = Exchange(self.calls)
        self.files = Files(self.calls)
        self.autodialer = Autodialer(self.calls, self.records)
        self.routes: dict[str, Answer] = {
            _PING: self._ping,
            "/call/originate/act": self._originate,
            **self._exchange_routes(),
            **self._report_routes(),
            **self._file_routes(),
            **self._autodialer_routes(),
        }

    def _exchange_routes(self) -> dict[str, Answer]:
        exchange = self.exchange
        routes: dict[str, Answer] = {}
        for name, objects in (
            ("users", exchange.users),
            ("trunks", exchange.trunks),
            ("queues", exchange.queues),
            ("announcements", exchange.announcements),
            ("blacklists", exchange.black),
            ("whitelists", exchange.white),
        ):
            routes |= _routes_of(f"/pbx/{name}", objects)
        for act in ("add", "pause", "resume", "remove"):
            routes[f"/pbx/queues/{act}agent"] = exchange.agent(act)
            routes[f"/pbx/queues/batch{act}agent"] = exchange.batch(act)
        return routes | {
            "/pbx/users/add": lambda body: exchange.add_user(body, standard=self.switches.users_add == "standard"),
            "/pbx/users/search": exchange.search_users,
            "/pbx/users/remove": exchange.remove_user,
            "/pbx/queues/add": exchange.add_queue,
            "/pbx/queues/update": exchange.update_queue,
            "/pbx/queues/remove": exchange.remove_queue,
            "/pbx/musiconholds/search": exchange.music.search,
        }

    def _report_routes(self) -> dict[str, Answer]:
        return {
            "/reports/cdr/search": self.records.search,
            "/reports/cdr/ordered/id": self.records.ordered,
            "/reports/quick/search": self.records.quick,
            "/reports/quick/info": self.queues.info,
            "/reports/queue/search": self.queues.search,
            "/reports/queue/ordered/id": self.queues.ordered,
            "/reports/queue_details/search": self.queues.search_details,
            "/reports/queue_details/ordered/id": self.queues.details_ordered,
            "/reports/agent/search": self.queues.agents,
            "/reports/poll/search": self.queues.polls,
            "/reports/audio/download": self._download,
        }

    def _file_routes(self) -> dict[str, Answer]:
        files = self.files
        return {
            **_routes_of("/voicemails/voicemails", files.boxes),
            "/voicemails/inbox/search": files.inbox,
            "/pbx/announcements/upload": files.upload(_UPLOADED),
            "/pbx/faxes/upload": files.upload(_UPLOADED, "sen_", "_.tiff"),
            "/pbx/faxes/add": files.add_fax,
            "/pbx/faxes/search": files.search_faxes,
            "/pbx/faxes/download": files.download_fax,
            "/autodialer/groups/upload": files.upload("", suffix=".csv"),
            "/autodialer/announcements/upload": files.upload(""),
        }

    def _autodialer_routes(self) -> dict[str, Answer]:
        dialer = self.autodialer
        return {
            **_routes_of("/autodialer/contacts", dialer.contacts),
            "/autodialer/contacts/search": lambda body: dialer.contacts.search_paged(body, "name", 1),
            **_routes_of("/autodialer/groups", dialer.groups),
            "/autodialer/groups/add": dialer.add_group,
            "/autodialer/groups/search": lambda body: dialer.groups.search_paged(body, "date"),
            "/autodialer/groups/update": dialer.update_group,
            **_routes_of("/autodialer/campaigns", dialer.campaigns),
            "/autodialer/campaigns/add": dialer.add_campaign,
            "/autodialer/campaigns/search": dialer.search_campaigns,
            "/autodialer/campaigns/update": dialer.update_campaign,
            **_routes_of("/autodialer/announcements", dialer.announcements),
            "/autodialer/trunks/search": dialer.trunks.search,
            "/autodialer/trunks/update": dialer.update_trunk,
            "/autodialer/reports/search": dialer.reports,
            "/autodialer/reports/ordered/id": dialer.reports_ordered,
            "/autodialer/reports/info": dialer.info,
        }

    def _ping(self, _: Body) -> Reply:
        self.send_event("Ping")
        return done(None, _PINGED)

    def _originate(self, body: Body) -> Reply:
        """Ring one telephone, then another number; the document's `caller` and `callee`.

        [INFER] A number that can't be dialled, or an unknown trunk, gets the general message. The other fields have no
        effect.
        """
        body.require("caller", "callee", "context", "caller_id")
        caller, callee = body.text("caller"), body.text("callee")
        if not (_dialable(caller) and _dialable(callee)):
            raise RefusedError
        inside = self.exchange.users.by("number", caller) is not None
        if not inside and not body.text("trunk_name"):
            raise MissingError("trunk_name")
        if body.text("trunk_name") and self.exchange.trunks.by("name", body.text("trunk_name")) is None:
            raise RefusedError
        extension = self.office.extension(caller)
        now = int(self.world.clock.now())
        if inside and extension is not None:
            request = self.world.place(self.office, to=callee, extension=extension)
        else:
            request = self.world.place(self.office, to=callee, caller=caller)
        originated = f"orig.call.{now}.{request:06d}"
        self.calls.originated[request] = originated
        return done({"originated_call_id": originated}, None)

    def _download(self, body: Body) -> Reply:
        body.require("file")
        return self.records.download(body) or self.files.download(body.text("file")) or not_found()


def _routes_of(path: str, objects: Objects) -> dict[str, Answer]:
    """Return the four services that most kinds of objects have."""
    return {
        f"{path}/add": objects.add,
        f"{path}/search": objects.search,
        f"{path}/update": objects.update,
        f"{path}/remove": objects.remove,
    }


def _read_body(request: Request, *, upload: bool) -> Body:
    """Read a request's body in the form that its service expects."""
    wanted = _UPLOAD if upload else JSON
    if request.media_type != wanted:
        raise RefusedError(WRONG_TYPE, UNSUPPORTED_MEDIA_TYPE)
    if upload:
        return Body(dict(request.params), request.files)
    try:
        # [INFER] A service that takes no parameters may have an empty body.
        fields = request.json() if request.body.strip() else {}
    except ValueError:
        fields = None
    if fields == []:
        # What PHP, the language of the provider's own client, writes for an empty object.
        fields = {}
    if not isinstance(fields, dict):
        raise RefusedError(UNPARSABLE, BAD_REQUEST)
    return Body(fields)


def _dialable(number: str) -> bool:
    digits = number.removeprefix("+")
    return digits.isascii() and digits.isdigit() and _LEAST_DIGITS <= len(digits) <= _MOST_DIGITS


def _paths(value: object) -> frozenset[str] | None:
    if value == "all":
        return None
    if not isinstance(value, list) or not all(isinstance(path, str) for path in value):
        msg = 'permitted must be "all" or a list of paths such as "/reports/cdr/search"'
        raise ValueError(msg)
    return frozenset(as_text(path) for path in value)
