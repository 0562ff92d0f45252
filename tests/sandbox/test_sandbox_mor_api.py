"""MOR's `/billing/api` in the sandbox, as a plain client with signed requests sees it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from trunkline.sandbox import Sandbox
from trunkline.sandbox.mor import customers, formats
from trunkline.sandbox.mor.api.customer import unique_hash_of
from trunkline.sandbox.mor.api.wire import MorApi
from trunkline.sandbox.push import Target
from trunkline.sandbox.world import Direction, Outcome

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
NUMBER = "989120000201"


@pytest.fixture
async def mor(start):
    """Start a sandbox and return a client of its MOR users."""

    async def _start(**settings):
        switches = settings.pop("switches", {})
        client = await start(**settings, switches={"mor-api": switches})
        return Mor(client)

    return _start


class Mor:
    """Signs requests by hand: the order is given, the values are joined, the key comes last."""

    def __init__(self, client):
        self.sandbox = client.sandbox
        self.session = client.session

    def account(self, at=0):
        return self.sandbox.accounts["mor-api"][at]

    async def raw(self, action, order=(), *, at=0, method="POST", unsigned=False, **params):
        """Return the status, headers and body."""
        own = self.account(at)
        values = {"u": own.credentials["username"], **params}
        text = "".join(str(values[name]) for name in order) + own.credentials["api_key"]
        signed = {} if unsigned else {"hash": hashlib.sha1(text.encode()).hexdigest()}
        form = {"u": own.credentials["username"], **signed, **{name: str(value) for name, value in params.items()}}
        sent = {"params": form} if method == "GET" else {"data": form}
        async with self.session.request(method, f"{own.base_url}/{action}", allow_redirects=False, **sent) as response:
            return response.status, response.headers, await response.read()

    async def ask(self, action, order=(), **params):
        """Return the reply's root."""
        status, _, body = await self.raw(action, order, **params)
        assert status == 200
        return ET.fromstring(body)

    async def error(self, action, order=(), **params):
        """Return where an error stands and what it says."""
        root = await self.ask(action, order, **params)
        if root.tag in {"error", "Status"}:
            return root.tag, root.text
        found = next(item for item in root.iter("error"))
        way = "page/status" if root.find("status/error") is not None else root.tag
        return way, found.text


def tags(root):
    return [item.tag for item in root]


# Transport.


async def test_a_reply_is_a_download_unless_it_is_a_test(mor):
    client = await mor(calls=0)
    _, headers, body = await client.raw("system_version_get")
    assert headers["Content-Disposition"] == 'attachment; filename="mor_api_response.xml"'
    assert headers["Content-Type"] == "text/xml"
    assert body == DECLARATION + b"<page>\n  <version>MOR X16</version>\n</page>\n"
    _, headers, same = await client.raw("system_version_get", test=1)
    assert "Content-Disposition" not in headers
    assert same == body


async def test_without_the_extension_a_reply_says_that_it_is_html(mor):
    client = await mor(calls=0, switches={"xml_extension": False})
    _, headers, body = await client.raw("system_version_get")
    assert headers["Content-Type"] == "text/html"
    assert headers["Content-Disposition"] == 'attachment; filename="mor_api_response.html"'
    assert body.startswith(DECLARATION)


async def test_get_is_refused_but_for_the_balance(mor):
    client = await mor(calls=0)
    refused = await client.error("system_version_get", method="GET")
    assert refused == ("status", "GET Requests are disabled")
    balance = await client.ask("user_balance_get", ("username",), method="GET", username="vardenis")
    assert tags(balance) == ["balance"]
    client.sandbox.wires["mor-api"].change("allow_get", True)
    assert (await client.ask("system_version_get", method="GET")).findtext("version")


@pytest.mark.parametrize(
    ("action", "method"), [("nowhere", "POST"), ("", "POST"), ("system_version_get", "DELETE"), ("simple", "GET")]
)
async def test_an_unknown_path_or_method_is_the_web_servers_404(mor, action, method):
    client = await mor(calls=0)
    status, headers, _ = await client.raw(action, method=method)
    assert (status, headers["Content-Type"]) == (404, "text/html")


# The hash.


async def test_the_order_of_the_hash_is_the_documents(mor):
    client = await mor(calls=0)
    period = {"period_start": 1136073600, "period_end": 1266537599, "s_user": 2}
    right = ("period_start", "period_end", "s_user")
    assert (await client.ask("user_calls_get", right, **period)).findtext("pagename") == "Calls"
    wrong = await client.error("user_calls_get", ("s_user", "period_start", "period_end"), **period)
    assert wrong == ("status", "Incorrect hash")
    # `dst` stands before `src`, and `device` before both.
    called = {"device": 200, "src": "1510", "dst": NUMBER}
    assert (await client.error("callback_init", ("device", "src", "dst"), **called))[1] == "Incorrect hash"
    assert (await client.error("callback_init", ("device", "dst", "src"), **called)) == ("Status", "Ok")


async def test_a_malformed_value_is_overlooked_in_the_hash_too(mor):
    client = await mor(calls=0)
    assert (await client.ask("user_calls_get", (), s_user="all")).findtext("userid") == "2"
    assert (await client.error("user_calls_get", ("s_user",), s_user="all"))[1] == "Incorrect hash"


async def test_a_hash_of_another_length_or_none_is_incorrect(mor):
    client = await mor(calls=0)
    assert (await client.error("system_version_get", unsigned=True))[1] == "Incorrect hash"
    assert (await client.error("system_version_get", unsigned=True, hash="f" * 39))[1] == "Incorrect hash"


async def test_an_older_server_hashes_whatever_the_list_names(mor):
    client = await mor(calls=40, switches={"hash_order": "all"})
    assert (await client.error("recordings_get", (), date_from=1))[1] == "Incorrect hash"
    assert (await client.ask("recordings_get", ("date_from",), date_from=1)).find("status/recordings") is not None


async def test_a_rotated_key_is_the_only_one(mor):
    client = await mor(calls=0)
    before = client.account().credentials["api_key"]
    assert client.sandbox.wires["mor-api"].rotate(0)["api_key"] != before
    wrong = hashlib.sha1(before.encode()).hexdigest()
    assert (await client.error("system_version_get", unsigned=True, hash=wrong))[1] == "Incorrect hash"
    assert (await client.ask("system_version_get")).findtext("version")


async def test_a_login_is_signed_with_user_name_password_and_key(mor):
    client = await mor(calls=0)
    password = client.account().credentials["password"]
    key = client.account().credentials["api_key"]
    for action in ("login", "user_login"):
        for order in ((), ("u",), ("p",), ("p", "u")):
            assert await client.error(action, order, p=password) == ("status", "Incorrect hash")
        by_hand = hashlib.sha1(f"vardenis{password}{key}".encode()).hexdigest()
        root = await client.ask(action, unsigned=True, hash=by_hand, p=password)
        assert root.findtext("user_id") == "2"


async def test_actions_whose_page_has_a_hash_of_its_own(mor):
    client = await mor(calls=0)
    assert (await client.error("quickstats_get", ()))[1] == "Incorrect hash"
    assert await client.error("quickstats_get", ("u",), u="nobody") == ("status", "Access Denied")
    wanted = {"username": "vardenis", "prefix": "3706"}
    assert (await client.error("rate_get", ("username", "prefix"), **wanted))[1] == "Incorrect hash"
    for action in ("rate_get", "rate"):
        rate = (await client.ask(action, ("username",), **wanted)).findtext("rate")
        assert rate == f"{formats.euro(310)}#Lithuania#3706"
    # A prefix must be one of the tariff, unless the number is complete.
    number = {"username": "vardenis", "prefix": "37060000001"}
    assert await client.error("rate_get", ("username",), **number) == ("page", "Rate was not found")
    best = (await client.ask("rate_get", ("username",), by_full_dst=1, **number)).findtext("rate")
    assert best == f"{formats.euro(310)}#Lithuania#3706"
    assert (await client.error("rate_get", ("username",), username="x", prefix="1"))[1] == "User was not found"
    password = client.account().credentials["password"]
    assert (await client.error("users_get", ("u",), p=password))[1] == "Incorrect hash"
    assert (await client.error("users_get", ("u", "p"), p="x"))[1] == "Access Denied"
    refused = await client.error("users_get", ("u", "p"), p=password)
    assert refused == ("status", "You are not authorized to view this page")


# Every shape of refusal.


@pytest.mark.parametrize(
    ("switch", "text"), [("enabled", "API Requests are disabled"), ("secret_key", "API must have Secret Key")]
)
async def test_an_interface_that_is_off_says_so(mor, switch, text):
    client = await mor(calls=0, switches={switch: False})
    assert await client.error("system_version_get") == ("status", text)
    client.sandbox.wires["mor-api"].change("wrap_errors", True)
    assert await client.error("system_version_get") == ("page/status", text)


async def test_the_balance_can_be_off_and_old(mor):
    client = await mor(calls=0, switches={"balance": False})
    assert await client.error("user_balance_get", ("username",), username="vardenis") == ("page", "Feature disabled")
    wire = client.sandbox.wires["mor-api"]
    user = customers.server_of(client.sandbox.world).users[0]
    path = f"simple_balance/{unique_hash_of(user)}"
    assert (await client.raw(path, method="GET"))[2] == b"Feature disabled"
    wire.change("balance", True)
    wire.change("bare_balance", True)
    expected = formats.euro(sum(trunk.credit for trunk in client.sandbox.world.offices[0].trunks)).encode()
    assert (await client.raw("user_balance_get", ("username",), username="vardenis"))[2] == expected
    assert (await client.raw(path, method="GET"))[2] == expected
    assert (await client.raw("simple_balance/unknown", method="GET"))[2] == b"User was not found"
    assert await client.error("user_balance_get", ("username",), username="vardene") == ("page", "User was not found")
    other = {"username": "vardenis", "currency": "USD"}
    assert (await client.error("user_balance_get", ("username", "currency"), **other))[1] == "Currency was not found"


async def test_an_unknown_user_gets_an_empty_page_or_a_bad_login(mor):
    client = await mor(calls=0)
    page = await client.ask("user_rates", u="nobody")
    assert tags(page) == ["pagename", "language", "error_msg", "aval_languages"]
    assert page.findtext("pagename") == "Call State"
    assert await client.error("phonebooks_get", (), u="nobody") == ("status", "Bad login")
    assert await client.error("callback_init", (), u="nobody") == ("Status", "Not authenticated")


async def test_before_x4_the_password_was_needed(mor):
    client = await mor(calls=0, switches={"needs_password": True})
    assert await client.error("system_version_get") == ("status", "Bad login")
    assert await client.error("callback_init", ()) == ("Status", "Not authenticated")
    password = client.account().credentials["password"]
    assert (await client.ask("system_version_get", p=password)).findtext("version")


@pytest.mark.parametrize(
    ("action", "order", "params", "expected"),
    [
        ("user_calls_get", ("s_user",), {"s_user": 3}, ("error", "Dont be so smart")),
        ("user_details_get", ("user_id",), {"user_id": 3}, ("page", "User was not found")),
        ("user_details_get", ("username",), {"username": "vardene"}, ("page", "User was not found")),
        ("user_details_update", ("user_id",), {"user_id": 2, "u17": ""}, ("page", "User was not updated")),
        ("devices_get", ("user_id",), {"user_id": 3}, ("page", "User was not found")),
        ("device_details_get", ("device_id",), {"device_id": 300}, ("page", "Device not found")),
        ("dg_list_user_destinations", ("id",), {"id": 9}, ("page", "Destination group was not found")),
        ("phonebook_edit", ("phonebook_id",), {"phonebook_id": 9}, ("page", "Phonebook was not found")),
        ("phonebook_record_delete", ("phonebook_id",), {"phonebook_id": 9}, ("page", "Phonebook was not found")),
        ("phonebook_record_create", ("number",), {"number": 1}, ("page", "Phonebook was not saved")),
        ("phonebook_edit", ("phonebook_id", "number"), {"phonebook_id": 20, "number": "x"}, ("page", "Phonebook was not saved")),
        ("device_clis_get", (), {"devices_id": 9}, ("page/status", "CLIs were not found")),
        ("cli_add", ("device_id", "cli_number"), {"device_id": 9, "cli_number": 1}, ("page/status", "Device was not found")),
        ("cli_add", ("device_id", "cli_number"), {"device_id": 200, "cli_number": "x"}, ("page/status", "CLI not created")),
        ("cli_delete", ("cli_number",), {"cli_number": 1}, ("page/status", "CLI was not found")),
        ("cli_info_get", (), {"cli": 1}, ("page", "CLI not found")),
        ("recordings_get", (), {}, ("page/status", "No Recordings found")),
        ("invoices_get", (), {}, ("page", "no invoices found")),
        ("callback_init", ("device", "src"), {"device": 300, "src": 1510}, ("Status", "Bad device")),
        ("callback_init", ("device",), {"device": 200}, ("Status", "No source")),
    ],
)  # fmt: skip
async def test_every_refusal_has_its_documented_shape(mor, action, order, params, expected):
    client = await mor(calls=0)
    assert await client.error(action, order, **params) == expected


@pytest.mark.parametrize(
    ("switch", "text"), [("callback", "Access Denied"), ("asterisk", "Cannot connect to asterisk server")]
)
async def test_a_callback_can_be_impossible(mor, switch, text):
    client = await mor(calls=0, switches={switch: False})
    called = {"device": 200, "src": "1510"}
    assert await client.error("callback_init", ("device", "src"), **called) == ("Status", text)
    assert client.sandbox.world.under_way == 0


# Login.


async def test_login_and_the_wait_after_a_failed_one(mor):
    client = await mor(calls=0)
    client.sandbox.world.clock.freeze()
    right = await client.ask("login", ("u", "p"), p=client.account().credentials["password"])
    assert [(item.tag, item.text) for item in right] == [
        ("name", "login"),
        ("status", "ok"),
        ("user_id", "2"),
        ("status_message", "Successfully logged in"),
    ]
    assert (await client.ask("user_login", ("u", "p"), p="x")).findtext("status_message") == "Login failed"
    again = await client.ask("user_login", ("u", "p"), p=client.account().credentials["password"])
    assert again.findtext("status") == "failed"
    assert again.findtext("status_message") == "Please wait 10 seconds before trying to login again"
    client.sandbox.world.clock.move(10)
    assert (await client.ask("user_login", ("u", "p"), p=client.account().credentials["password"])).findtext(
        "status"
    ) == "ok"
    assert [item.text for item in await client.ask("logout")] == ["logout", "ok"]
    assert (await client.ask("login_form")).findtext("pagename") == "Login page"


async def test_login_can_send_on_to_the_pages(mor):
    client = await mor(calls=0, switches={"login_redirect": True})
    status, headers, _ = await client.raw("user_login", ("u", "p"), p=client.account().credentials["password"])
    assert (status, headers["Location"]) == (302, "/billing/callc/main")
    assert "_session_id" in headers["Set-Cookie"]
    assert (await client.ask("user_login", ("u", "p"), p="x")).findtext("status") == "failed"


# Calls.


async def everything(client, **params):
    return await client.ask("user_calls_get", ("period_start",), period_start=1, **params)


async def test_the_page_of_calls_is_the_documents(mor):
    client = await mor(calls=100)
    root = await everything(client)
    assert tags(root) == [
        "pagename",
        "language",
        "error_msg",
        "userid",
        "username",
        "total_calls",
        "currency",
        "calls_stat",
    ]
    rows = root.findall("calls_stat/calls/call")
    assert int(root.findtext("total_calls")) == len(rows) == len(client.sandbox.world.offices[0].calls)
    names = tags(rows[0])
    assert names[-1] == "uniqueid"
    assert names[names.index("calldate2") + 1] == "timezone"
    columns = [name for name in names[:-1] if name != "timezone"]
    assert columns == sorted(columns)
    assert {"clid", "disposition", "hangupcause", "nice_billsec", "user_price", "did"} <= set(columns)


async def test_no_calls_no_list_and_today_is_the_default(mor):
    client = await mor(calls=0)
    root = await client.ask("user_calls_get")
    assert root.find("calls_stat/calls") is None
    assert root.findtext("calls_stat/period/period_start") == "2026-05-20 00:00:00"
    assert root.findtext("calls_stat/period/period_end") == "2026-05-20 23:59:59"
    client.sandbox.world.record(client.sandbox.world.offices[0])
    assert (await client.ask("user_calls_get")).findtext("total_calls") == "1"


async def test_a_row_shows_what_happened(mor):
    client = await mor(calls=0)
    world, office = client.sandbox.world, client.sandbox.world.offices[0]
    world.record(office, direction=Direction.OUTGOING, outcome=Outcome.ANSWERED, wait=6, talk=61, extension=0, trunk=0,
                 peer=world.party("9120000201"))  # fmt: skip
    row = (await everything(client)).find("calls_stat/calls/call")
    ended = int(datetime(2026, 5, 20, 8, 30, tzinfo=UTC).timestamp())
    shown = {item.tag: item.text for item in row}
    local = datetime.strptime(shown["calldate2"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZoneInfo("Europe/Vilnius"))
    assert abs(local.timestamp() - (ended - 67)) <= 2
    # 6 s of waiting cost 17 rial, two started minutes to a mobile 1900: 1917 rial are 0.1917 euro.
    assert (shown["user_price"], shown["timezone"]) == ("0.1917", "GMT +03:00")
    assert (shown["src"], shown["dst"], shown["did"]) == ("1510", "989120000201", None)
    assert (shown["nice_billsec"], shown["duration"], shown["disposition"]) == ("61", "67", "ANSWERED")


@pytest.mark.parametrize(
    ("columns", "there", "missing"),
    [("user", {"uniqueid", "user_price"}, {"id", "user_id"}), ("sparse", {"src"}, {"uniqueid", "timezone", "user_price"})],
)  # fmt: skip
async def test_the_columns_are_the_administrators_choice(mor, columns, there, missing):
    client = await mor(calls=20, switches={"columns": columns})
    names = set(tags((await everything(client)).find("calls_stat/calls/call")))
    assert there <= names
    assert not missing & names


async def test_filters_of_the_list(mor):
    client = await mor(calls=150)
    world, office = client.sandbox.world, client.sandbox.world.offices[0]
    answered = await everything(client)
    every = [row.findtext("uniqueid") for row in answered.iter("call")]
    newest_first = await client.ask("user_calls_get", ("period_start", "order_desc"), period_start=1, order_desc=1)
    assert [row.findtext("uniqueid") for row in newest_first.iter("call")] == every[::-1]
    busy = await client.ask("user_calls_get", ("period_start", "s_call_type"), period_start=1, s_call_type="no answer")
    assert {row.findtext("disposition") for row in busy.iter("call")} == {"NO ANSWER"}
    of_desk = await client.ask("user_calls_get", ("period_start", "s_device"), period_start=1, s_device=200)
    assert all("1510" in {row.findtext("src"), row.findtext("dst")} for row in of_desk.iter("call"))
    assert 0 < len(list(of_desk.iter("call"))) < len(every)
    nothing = await client.ask("user_calls_get", ("period_start", "s_device"), period_start=1, s_device=999)
    assert list(nothing.iter("call")) == []
    incoming = await client.ask("user_calls_get", ("period_start", "only_did"), period_start=1, only_did=1)
    assert all(row.findtext("did") for row in incoming.iter("call"))
    mobile = await client.ask("user_calls_get", ("period_start", "s_destination"), period_start=1, s_destination="989%")
    assert {row.findtext("dst")[:3] for row in mobile.iter("call")} == {"989"}
    one = await client.ask("user_calls_get", ("period_start", "s_uniqueid"), period_start=1, s_uniqueid=every[3])
    assert [row.findtext("uniqueid") for row in one.iter("call")] == [every[3]]
    assert len(every) == len(office.calls)
    assert world.under_way == 0


async def test_new_calls_are_todays(mor):
    client = await mor(calls=0)
    client.sandbox.world.record(client.sandbox.world.offices[0], outcome=Outcome.NO_ANSWER)
    root = await client.ask("new_calls_list")
    assert tags(root) == ["pagename", "language", "error_msg", "userid", "calls_stat"]
    row = root.find("calls_stat/calls/call")
    assert tags(row) == ["date", "called_from", "called_to", "duration", "hangup_cause"]
    assert row.findtext("hangup_cause") == "No Answer"


async def test_recordings_can_be_chosen_by_their_ends(mor):
    client = await mor(calls=200)
    every = (await client.ask("recordings_get", (), date_from=1)).findall("status/recordings/recording")
    source = every[0].findtext("source")
    of_source = (await client.ask("recordings_get", (), date_from=1, source=source)).iter("recording")
    assert {row.findtext("source") for row in of_source} == {source}
    none = await client.error("recordings_get", (), date_from=1, destination="1")
    assert none == ("page/status", "No Recordings found")


async def test_a_callback_rings_the_source_and_then_the_destination(mor):
    client = await mor(calls=0)
    office = client.sandbox.world.offices[0]
    for source in ("1510", "989120000777"):
        called = {"device": 200, "src": source, "dst": NUMBER, "cli_lega": "1", "cli_legb": "2"}
        assert await client.error("callback_init", ("device", "dst", "src"), **called) == ("Status", "Ok")
    await client.ask("callback", ("device", "src"), device=200, src="1510")
    client.sandbox.world.clock.move(60)
    rows = list((await everything(client)).iter("call"))
    assert [(row.findtext("src"), row.findtext("dst")) for row in rows] == [
        ("1510", NUMBER),
        ("989120000777", NUMBER),
        ("1510", "1510"),
    ]
    assert len(office.calls) == 3


async def test_quick_figures_are_todays(mor):
    client = await mor(calls=0)
    office = client.sandbox.world.offices[0]
    client.sandbox.world.record(office, direction=Direction.OUTGOING, talk=30)
    today = (await client.ask("quickstats_get", ("u",))).find("quickstats/today")
    assert (today.findtext("calls"), today.findtext("duration")) == ("1", "30")


# Bills, details, phonebook, CLIs.


async def test_bills_of_a_user_in_both_shapes(mor):
    client = await mor(calls=300, days=90)
    client.sandbox.world.top_up(client.sandbox.world.offices[0], 0, 250_000)
    payments = (await client.ask("personal_payments")).findall("payments/payment")
    assert payments[-1].findtext("amount") == "25.0000"
    # 25 euro and 21 % are 30.25.
    assert payments[-1].findtext("amount_vat") == "30.2500"
    listed = (await client.ask("payments_get", ("s_from",), s_from=1)).findall("payments/payment")
    assert [item.findtext("amount") for item in listed] == [payment.findtext("amount") for payment in payments]
    invoices = (await client.ask("user_invoices")).findall("invoices/invoice")
    assert [invoice.findtext("paid") for invoice in invoices] == ["1", "1", "0"]
    capital = (await client.ask("invoices_get", (), **{"from": "1"})).findall("Invoices/Invoice")
    assert [item.get("number") for item in capital] == [invoice.findtext("inv_number") for invoice in invoices]


async def test_details_can_be_changed(mor):
    client = await mor(calls=0)
    changed = await client.ask("user_details_update", ("user_id",), user_id=2, u17="Vardauskas", u23="Vardas")
    assert changed.findtext("status") == "User was updated"
    other = (await client.ask("user_details_get", ("user_id",), user_id=2)).find("details/other_details")
    assert (other.findtext("first_name"), other.findtext("surname")) == ("Vardas", "Vardauskas")


async def test_the_phonebook_can_be_filled_changed_and_emptied(mor):
    client = await mor(calls=0)
    order = ("user_id", "number", "name", "speeddial")
    entry = {"user_id": 2, "name": "Nauja", "number": NUMBER, "speeddial": "55"}
    done = await client.ask("phonebook_record_create", order, **entry)
    assert done.findtext("status/success") == "Record successfully added"
    twice = await client.ask("phonebook_record_create", order, **entry)
    assert twice.findtext("message") == "Speed dial must be unique"
    rows = (await client.ask("phonebooks_get", ("user_id",), user_id=2)).findall("phonebooks/phonebook")
    assert tags(rows[-1]) == ["id", "name", "number", "speeddial"]
    entry_id = rows[-1].findtext("id")
    saved = await client.ask("phonebook_edit", ("phonebook_id", "name"), phonebook_id=entry_id, name="Sena")
    assert saved.findtext("status") == "Phonebook saved"
    for row in rows:
        gone = await client.ask("phonebook_record_delete", ("phonebook_id",), phonebook_id=row.findtext("id"))
        assert (gone.tag, gone.findtext("success")) == ("status", "Phonebook record successfully deleted")
    assert await client.error("phonebooks_get", ("user_id",), user_id=2) == ("page", "No Phonebooks")


async def test_clis_can_be_added_looked_up_and_deleted(mor):
    client = await mor(calls=0)
    order = ("device_id", "cli_number")
    done = await client.ask("cli_add", order, device_id=200, cli_number=NUMBER, cli_description="Mobilus")
    assert done.findtext("status/success") == "CLI created"
    assert (await client.error("cli_add", order, device_id=200, cli_number=NUMBER))[1] == "CLI not created"
    listed = await client.ask("device_clis_get", (), devices_id=200)
    assert [item.text for item in listed.iter("cli_cli")][-1] == NUMBER
    assert (await client.ask("cli_info_get", (), cli=NUMBER)).findtext("cli/device/device_id") == "200"
    gone = await client.ask("cli_delete", ("cli_number",), cli_number=NUMBER)
    assert gone.findtext("status/success") == "CLI successfully deleted"


# The world behind it.


async def test_both_wires_of_mor_have_one_server_behind_them():
    async with Sandbox(calls=0) as sandbox:
        assert customers.server_of(sandbox.world) is customers.server_of(sandbox.world)


@pytest.mark.parametrize(("rial", "written"), [(0, "0.0000"), (5, "0.0005"), (10_000, "1.0000"), (-12_345, "-1.2345")])
def test_ten_thousand_rial_are_a_euro(rial, written):
    assert formats.euro(rial) == written


@pytest.mark.parametrize("number", ["1510", "9120000001", "2100000010"])
def test_numbers_get_their_country_and_lose_it_again(number):
    written = formats.international(number)
    assert formats.national(written) == number
    assert formats.national(f"+{written}") == number


def test_times_are_vilniuss_through_the_change_of_clocks():
    # Lithuania's clocks go back on 2026-10-25 at 01:00 UTC.
    before = datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC).timestamp()
    assert (formats.local_text(before), formats.offset_text(before)) == ("2026-10-25 03:59:59", "+03:00")
    assert (formats.local_text(before + 1), formats.offset_text(before + 1)) == ("2026-10-25 03:00:00", "+02:00")
    assert formats.local_instant("2026-01-01") == datetime(2025, 12, 31, 22, tzinfo=UTC).timestamp()
    assert formats.local_instant("2026-01-01 00:00") == formats.local_instant("2026-01-01 00:00:00")
    with pytest.raises(ValueError, match="not a time"):
        formats.local_instant("yesterday")


async def test_call_end_is_pushed_in_the_address_for_calls_from_own_devices(mor):
    client = await mor(calls=0)
    world, office = client.sandbox.world, client.sandbox.world.offices[0]
    wire = client.sandbox.wires["mor-api"]
    incoming = world.record(office, direction=Direction.INCOMING)
    outgoing = world.record(office, direction=Direction.OUTGOING)
    assert wire.deliveries(office, incoming, {}) == []
    (message,) = wire.deliveries(office, outgoing, {})
    assert (message.method, message.body, message.content_type) == ("POST", b"", None)
    assert message.query["uniqueid"] == formats.unique_id(office.calls[outgoing])
    with pytest.raises(ValueError, match="no events"):
        wire.event(0, "alert", {}, {})


async def test_a_call_end_arrives_with_the_addresss_own_query_and_an_empty_body(mor):
    client = await mor(calls=0)
    came = []

    async def receive(request):
        came.append((request.method, dict(request.query), await request.read(), request.headers.get("Content-Type")))
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/hook", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook?api_key=own"
        client.sandbox.pusher.target("mor-api", 0, Target(url=url))
        client.sandbox.world.record(client.sandbox.world.offices[0], direction=Direction.OUTGOING)
        await client.sandbox.pusher.idle()
    finally:
        await runner.cleanup()
    ((method, query, body, _),) = came
    assert (method, body, query["api_key"], query["disposition"]) == ("POST", b"", "own", "ANSWERED")
    assert {"calldate2", "timezone", "src", "dst", "uniqueid"} <= set(query)


async def test_faults_reach_the_calls_of_a_reply(mor):
    client = await mor(calls=30)
    client.sandbox.faults.add("unknown_status", provider="mor-api", count=1)
    client.sandbox.faults.add("duplicate", provider="mor-api", count=1)
    root = await everything(client)
    rows = list(root.iter("call"))
    assert {row.findtext("disposition") for row in rows} == {"TRANSFERRED"}
    assert rows[0].findtext("id") == rows[1].findtext("id")
    client.sandbox.faults.add("expired_token", provider="mor-api", count=1)
    assert await client.error("system_version_get") == ("status", "Incorrect hash")
    client.sandbox.faults.add("address", provider="mor-api", count=1)
    assert (await client.raw("system_version_get"))[0] == 403


async def test_the_two_users_see_nothing_of_each_other(mor):
    client = await mor(calls=100)
    first, second = [await everything(client, at=at) for at in (0, 1)]
    ids = [{row.findtext("id") for row in root.iter("call")} for root in (first, second)]
    assert ids[0]
    assert ids[1]
    assert not ids[0] & ids[1]
    wire = client.sandbox.wires["mor-api"]
    assert wire.offices_of(1) == (client.sandbox.world.offices[1],)


async def test_a_reply_that_is_no_xml_is_left_as_it_is(mor):
    client = await mor(calls=0)
    wire = MorApi(client.sandbox.world, bare_balance=True)
    assert wire.switches.bare_balance
    assert wire.with_status(b"20.2394", "BUSY") == b"20.2394"
    assert wire.with_calls(b"20.2394", lambda rows: rows) == b"20.2394"


@pytest.mark.parametrize(("setting", "value"), [("unheard_of", True), ("balance", 1), ("columns", "all")])
def test_a_switch_that_cannot_be_is_refused(setting, value):
    with pytest.raises(ValueError, match=setting):
        Sandbox(calls=0, switches={"mor-api": {setting: value}})
