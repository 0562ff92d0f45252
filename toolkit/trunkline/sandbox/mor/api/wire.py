"""MOR's production wire `/billing/api`: signed requests, and every shape in which it refuses (docs/providers/mor.md).

What the manufacturer's pages don't say is marked [INFER] with the reason for the choice.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from random import Random
from typing import TYPE_CHECKING, Any

from trunkline.sandbox.faults import ListForm
from trunkline.sandbox.mor import formats, xml
from trunkline.sandbox.mor.customers import server_of
from trunkline.sandbox.settings import check_setting
from trunkline.sandbox.wire import (
    Delivery,
    Reply,
    Request,
    SandboxAccount,
    WireDefaults,
)

from .calls import CallActions
from .customer import CustomerActions
from .phonebook import PhonebookActions
from .replies import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trunkline.sandbox.faults import ListReply
    from trunkline.sandbox.mor.customers import MorUser
    from trunkline.sandbox.world import Office, World

    from .replies import Answer

BASE = "/billing/api"
# "All allowed params" of the manufacturer's page on the hash, in its order. [INFER] `s_uniqueid` and what follows it up
# to `description` came later; they stand where the newest clients put them.
_ALL = (
    "user_id period_start period_end direction calltype device balance monitoring_id users block email mtype tariff_id "
    + " ".join(f"u{at}" for at in range(29))
    + " ay am ad by bm bd pswd credit "
    + " ".join(f"a{at}" for at in range(10))
    + " s_user s_call_type s_device s_provider s_hgc s_did s_destination order_by order_desc only_did s_uniqueid "
    "s_callback_uniqueid description pin type devicegroup_id phonebook_id number name speeddial s_user_id s_from "
    "provider_id s_till s_transaction s_completed s_username s_first_name s_last_name s_paymenttype s_amount_max "
    "s_currency s_number s_pin p_currency paymenttype tax_in_amount amount transaction payer_email fee id quantity "
    "callerid cardgroup_id status date_from date_till lcr_id dst src message"
).split()
# Actions whose own page says which parameters are hashed.
_OWN: dict[str, tuple[str, ...]] = {
    # Since MOR X16: "hash constructed using parameters above", which are the user name and the password.
    "user_login": ("u", "p"),
    "users_get": ("u", "p"),
    "rate_get": ("username",),
    "user_balance_get": ("username", "currency"),
    "user_details_get": ("user_id", "username"),
    "user_details_update": ("user_id", "username"),
    "device_details_get": ("device_id", "device_u"),
    "device_clis_get": (),
    "cli_info_get": (),
    "cli_add": ("device_id", "cli_number"),
    "cli_delete": ("cli_number",),
    "recordings_get": (),
    "invoices_get": (),
    # "u is included only if u is not an Admin": none of the sandbox's users is one.
    "quickstats_get": ("u",),
}
_DIGITS = re.compile(r"[0-9.\-]+", re.ASCII)
_DIGITS_OR_ALL = re.compile(r"[0-9]+|all", re.ASCII)
# A value that doesn't match is ignored, in the hash as well as in the request.
_FORMS = {
    **dict.fromkeys(
        ("user_id", "period_start", "period_end", "s_user", "s_user_id", "s_from", "s_till", "id"), _DIGITS
    ),
    **dict.fromkeys(("phonebook_id", "tariff_id", "quantity", "date_from", "date_till", "lcr_id"), _DIGITS),
    **dict.fromkeys(("device", "s_device", "s_did", "s_hgc", "s_provider"), _DIGITS_OR_ALL),
}
_HASH_LENGTH = 40
_OLD_NAMES = {
    "login": "user_login",
    "rate": "rate_get",
    "balance": "user_balance_get",
    "user_details": "user_details_get",
    "user_update_api": "user_details_update",
    "device_list": "devices_get",
    "payments_list": "payments_get",
    "invoices": "invoices_get",
    "user_calls": "user_calls_get",
    "phonebooks": "phonebooks_get",
    "callback": "callback_init",
    "get_version": "system_version_get",
    "user_logout": "logout",
}
# [INFER] The pages that a session can open as well are those that answer an unknown user with an empty page.
_SESSION_PAGES = frozenset(
    {"main_page", "user_devices", "user_rates", "personal_payments", "user_invoices", "user_subscriptions"}
)


@dataclass(slots=True)
class Switches:
    """How the server's administrator set it up, and how old it is.

    `enabled` is the setting "Allow API globally", `xml_extension` "XML API Extension" (off: replies are text/html),
    `balance` "Allow devices to check balance over HTTP", `callback` the add-on. `allow_get` lets requests come by GET.
    `bare_balance` answers a balance with nothing but the number. `login_redirect` sends a login on to the pages.
    `columns` is what a call's row holds: what an administrator sees, a user, or next to nothing. `wrap_errors` puts
    errors into a `<page>`. `hash_order` is whether each action hashes what its own page says ("action"), or whatever
    the page on the hash lists ("all"). `needs_password` is how it was before MOR X4.
    """

    enabled: bool = True
    secret_key: bool = True
    xml_extension: bool = True
    allow_get: bool = False
    balance: bool = True
    bare_balance: bool = False
    callback: bool = True
    asterisk: bool = True
    login_redirect: bool = False
    columns: str = "admin"
    wrap_errors: bool = False
    hash_order: str = "action"
    needs_password: bool = False


_CHOICES: dict[str, tuple[object, ...]] = {
    **{field.name: (False, True) for field in dataclass_fields(Switches) if isinstance(field.default, bool)},
    "columns": ("admin", "user", "sparse"),
    "hash_order": ("action", "all"),
}


class MorApi(WireDefaults):
    """Two users of one server, each with the key of the reseller that it belongs to."""

    name = "mor-api"
    prefix = "/mor-api"
    base_path = BASE
    secrets = frozenset({"hash", "p"})
    endless = (
        xml.DECLARATION.encode() + b"\n<page>\n  <calls_stat>\n    <calls>\n",
        b"      <call>\n        <id>0</id>\n      </call>\n" * 1400,
    )

    list_form = ListForm(
        rows="calls_stat.calls",
        total="total_calls",
        counts=("total_calls",),
        ids=("id", "uniqueid"),
        fields={
            "date": ("calldate2",),
            "price": ("user_price",),
            "duration": ("billsec", "nice_billsec"),
            "status": ("disposition",),
        },
        words=("ANSWERED", "NO ANSWER", "BUSY", "FAILED"),
    )

    def __init__(self, world: World, **switches: Any) -> None:
        """Serve a world."""
        self.world = world
        self.switches = Switches()
        for name, value in switches.items():
            self.change(name, value)
        self._server = server_of(world)
        self._draw = Random("mor-api")  # noqa: S311 -- keys of a sandbox open nothing
        self._keys = [self._new_key() for _ in self._server.users]
        self._customer = CustomerActions(world, self.switches)
        self._calls = CallActions(world, self.switches)
        self._answers = self._customer.answers | self._calls.answers | PhonebookActions(world, self.switches).answers

    # What every wire has.

    def answer(self, request: Request) -> Reply:
        """Answer a request; an unknown path is the web server's 404."""
        if request.path.startswith(f"{BASE}/simple_balance/"):
            return self._plain(self._customer.simple_balance(request.path.rpartition("/")[2]))
        action = self._action(request)
        page = self._answers.get(action)
        if page is None or request.method not in {"GET", "POST"}:
            return Reply(404, b"<html><body><h1>404 Not Found</h1></body></html>\n", "text/html")
        try:
            return self._answer(request, action, page)
        except Refusal as refusal:
            return self._xml(request, refusal.write(wrapped=self.switches.wrap_errors))

    def unauthorized(self) -> Reply:
        """Return the reply to a wrong hash."""
        return self._xml(None, Refusal("Incorrect hash").write(wrapped=self.switches.wrap_errors))

    def forbidden(self) -> Reply:
        """[INFER] MOR's own firewall drops such packets; a proxy in front says 403."""
        return Reply(403, b"<html><body><h1>403 Forbidden</h1></body></html>\n", "text/html")

    def account_of(self, request: Request) -> int | None:
        """Return the account of the user, if the request is signed with the user's key."""
        user = self._server.user(request.params.get("u", ""))
        if user is None or not self._signed(self._action(request), request.params, [self._keys[user.office]]):
            return None
        return user.office

    def page_of(self, request: Request) -> int | None:
        """Return 1 for the call list, which has no pages."""
        return 1 if self._action(request) == "user_calls_get" else None

    def accounts(self, url: str) -> list[SandboxAccount]:
        """Return the accounts."""
        return [
            SandboxAccount.of_offices(
                [self._server.office(user)],
                provider="mor",
                dialect="api",
                base_url=f"{url}{self.prefix}{self.base_path}",
                credentials={"username": user.username, "api_key": self._keys[at], "password": user.password},
                service_ids=(str(user.user_id),),
            )
            for at, user in enumerate(self._server.users)
        ]

    def deliveries(self, office: Office, position: int, options: Mapping[str, object]) -> list[Delivery]:
        """Write the Call End webhook: an empty body, and the data in the address.

        [INFER] The names of the parameters are not public: those of the call list's columns. Only calls whose device is
        at their source are pushed, and so no incoming ones.
        """
        _ = options
        user = self._server.users[office.position]
        if office.calls.direction[position] == 0:
            return []
        return [Delivery(query=dict(self._calls.columns(user, position)), content_type=None)]

    def with_status(self, body: bytes, text: str) -> bytes:
        """Give the calls of a reply another disposition."""
        return xml.set_texts(body, "disposition", text)

    def with_calls(self, body: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
        """Change the list of calls of a reply."""
        return xml.change_rows(body, "calls", "call", change)

    def call_list(self, body: bytes) -> ListReply | None:
        """Take a page of calls apart."""
        return xml.XmlList.of(body, self.list_form)

    def elsewhere(self, request: Request, by: int) -> Request:
        """Ask for an earlier period, signed anew."""
        account = self.account_of(request)
        asked = formats.earlier(request, by, int, lambda instant: str(int(instant)))
        if account is None:
            return request
        text = self._signed_text(self._action(asked), asked.params) + self._keys[account]
        return asked.having(hash=hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())

    def rotate(self, account: int) -> dict[str, str]:
        """Give the user's reseller another key."""
        self._keys[account] = self._new_key()
        return {"api_key": self._keys[account]}

    def change(self, setting: str, value: object) -> None:
        """Change a setting."""
        check_setting(self.name, _CHOICES, setting, value)
        setattr(self.switches, setting, value)

    # Checks.

    def _answer(self, request: Request, action: str, page: Answer) -> Reply:
        switches, params = self.switches, request.params
        if not switches.enabled:
            raise Refusal("API Requests are disabled")
        if request.method == "GET" and not switches.allow_get and action != "user_balance_get":
            raise Refusal("GET Requests are disabled")
        if action == "user_balance_get" and not switches.balance:
            raise Refusal("Feature disabled", "page")
        if not switches.secret_key:
            raise Refusal("API must have Secret Key")
        user = self._server.user(params.get("u", ""))
        keys = self._keys if user is None else [self._keys[user.office]]
        if not self._signed(action, params, keys):
            raise Refusal("Incorrect hash")
        if action == "user_login":
            return self._login(request, user)
        if user is None:
            if action in _SESSION_PAGES:
                return self._xml(request, self._customer.nobody(action))
            if action == "callback_init":
                raise Refusal("Not authenticated", "Status")
            if action in {"quickstats_get", "users_get"}:
                raise Refusal("Access Denied")
            raise Refusal("Bad login")
        if switches.needs_password and params.get("p") != user.password:
            raise Refusal("Not authenticated", "Status") if action == "callback_init" else Refusal("Bad login")
        accepted = {name: value for name, value in params.items() if _fits(name, value)}
        content = page(user, accepted)
        if action == "user_balance_get" and switches.bare_balance:
            return self._plain(content.findtext("balance") or "")
        return self._xml(request, content)

    def _login(self, request: Request, user: MorUser | None) -> Reply:
        root, welcome = self._customer.login(user, request.params.get("p", ""))
        if welcome and self.switches.login_redirect:
            headers = {"Location": "/billing/callc/main", "Set-Cookie": "_session_id=sandbox; path=/; HttpOnly"}
            return Reply(302, b"<html><body>You are being redirected.</body></html>", "text/html", headers)
        return self._xml(request, root)

    def _signed(self, action: str, params: Mapping[str, str], keys: list[str]) -> bool:
        """Check the hash against the document's order; it must be 40 characters."""
        given = params.get("hash", "")
        if len(given) != _HASH_LENGTH:
            return False
        text = self._signed_text(action, params)
        right = [hashlib.sha1((text + key).encode(), usedforsecurity=False).hexdigest() for key in keys]
        return any(hmac.compare_digest(given.encode(), expected.encode()) for expected in right)

    def _signed_text(self, action: str, params: Mapping[str, str]) -> str:
        """Return the values that are hashed, in their order."""
        own = _OWN.get(action, tuple(_ALL))
        # [INFER] What an action's own page names and the list of all doesn't stands in front.
        order = [*own, *(name for name in _ALL if name not in own)] if self.switches.hash_order == "all" else own
        return "".join(params[name] for name in order if name in params and _fits(name, params[name]))

    @staticmethod
    def _action(request: Request) -> str:
        name = request.path.removeprefix(f"{BASE}/").partition("/")[0] if request.path.startswith(f"{BASE}/") else ""
        return _OLD_NAMES.get(name, name)

    # Replies.

    def _xml(self, request: Request | None, root: Any) -> Reply:
        """Send a document as a download, unless the request has `test=1`."""
        kind, ending = ("text/xml", "xml") if self.switches.xml_extension else ("text/html", "html")
        inline = request is not None and request.params.get("test") == "1"
        headers = {} if inline else {"Content-Disposition": f'attachment; filename="mor_api_response.{ending}"'}
        return Reply(200, xml.write(root), kind, headers)

    @staticmethod
    def _plain(text: str) -> Reply:
        return Reply(200, text.encode(), "text/html; charset=utf-8")

    def _new_key(self) -> str:
        return f"sandbox{self._draw.getrandbits(96):024x}"


def _fits(name: str, value: str) -> bool:
    form = _FORMS.get(name)
    return form is None or form.fullmatch(value) is not None
