"""MOR's production interface from top to bottom, against the sandbox over a real socket."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from trunkline import open_account
from trunkline.errors import (
    AuthenticationError,
    ConfigError,
    ConnectionFailedError,
    DataError,
    ForeignRecordError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
)
from trunkline.model import Direction, Money, Status
from trunkline.sandbox import Sandbox
from trunkline.sandbox.mor import customers
from trunkline.sandbox.mor.api.customer import unique_hash_of
from trunkline.sandbox.world import Direction as Way
from trunkline.sandbox.world import Outcome

# A Wednesday afternoon in Vilnius.
NOW = datetime(2026, 5, 20, 11, 30, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NUMBER = "989120000201"


@pytest.fixture
async def start():
    """Start sandboxes with an account each; both stop with the test."""
    stack = []

    async def _start(*, limits=None, password=True, **settings):
        switches = settings.pop("switches", {})
        sandbox = Sandbox(
            **{"seed": 5, "now": NOW, "calls": 120, "days": 20, **settings}, switches={"mor-api": switches}
        )
        await sandbox.__aenter__()
        stack.append(sandbox)
        account = opened(sandbox, limits, password=password)
        stack.append(account)
        return sandbox, account

    yield _start
    for context in reversed(stack):
        await context.__aexit__(None, None, None)


@pytest.fixture
def begin(start, limits):
    async def _begin(**settings):
        return await start(limits=limits, **settings)

    return _begin


def opened(sandbox, limits, *, password=True, **more):
    where = sandbox.accounts["mor-api"][0]
    credentials = {**where.credentials, **({} if password else {"password": ""}), **more}
    return open_account("mor", dialect="api", base_url=where.base_url, limits=limits, **credentials)


def sent(sandbox, action):
    return [request for request in sandbox.requests if request.path == f"/{action}"]


def euro(text):
    return Money(Decimal(text), "EUR")


async def read_all(account, **period):
    return [call async for call in account.calls(**period)]


# Transport and authentication.


async def test_requests_are_signed_posts_without_the_key(begin):
    sandbox, account = await begin()
    await account.rates()
    (request,) = sent(sandbox, "user_rates")
    assert (request.method, request.account) == ("POST", 0)
    assert sandbox.accounts["mor-api"][0].credentials["api_key"] not in f"{request} {account!r}"


async def test_the_password_is_sent_only_if_it_is_set(begin):
    sandbox, account = await begin(switches={"needs_password": True})
    assert (await account.version()) == "MOR X16"
    without = opened(sandbox, None, password=False)
    with pytest.raises(AuthenticationError):
        await without.version()
    await without.close()


@pytest.mark.parametrize("switches", [{"xml_extension": False}, {"hash_order": "all"}, {"wrap_errors": True}])
async def test_settings_of_the_server_make_no_difference(begin, switches):
    sandbox, account = await begin(switches=switches)
    assert len(await read_all(account)) == len(sandbox.world.offices[0].calls)
    assert await account.recordings()
    assert await account.contacts()
    with pytest.raises(NotFoundError):
        await account.device_details("1")
    sandbox.wires["mor-api"].rotate(0)
    with pytest.raises(AuthenticationError, match="API secret key"):
        await account.version()


@pytest.mark.parametrize(
    ("switch", "error", "match"),
    [
        ("secret_key", AuthenticationError, "has no API secret key"),
        ("enabled", PermissionDeniedError, "is disabled"),
    ],
)
async def test_a_disabled_api_is_an_error_that_says_so(begin, switch, error, match):
    _, account = await begin(calls=0, switches={switch: False})
    with pytest.raises(error, match=match):
        await account.version()


async def test_a_get_is_refused_unless_allowed(begin):
    sandbox, account = await begin(calls=0)
    with pytest.raises(PermissionDeniedError, match="GET"):
        await account.request("GET", "system_version_get")
    sandbox.wires["mor-api"].change("allow_get", True)
    assert await account.request("get", "system_version_get") == {"version": "MOR X16"}


async def test_a_wrong_base_url_is_an_error_that_names_the_right_one(begin, limits):
    sandbox, _ = await begin(calls=0)
    where = sandbox.accounts["mor-api"][0]
    wrong = where.base_url.removesuffix("/api")
    async with open_account("mor", dialect="api", base_url=wrong, limits=limits, **where.credentials) as account:
        with pytest.raises(NotFoundError, match="/billing/api"):
            await account.version()


# Who it is.


@pytest.mark.parametrize("password", [True, False])
async def test_the_user_id_is_read_without_a_login(begin, password):
    sandbox, account = await begin(calls=0, password=password)
    identity = await account.identity()
    assert identity.account_id == "api-2@127.0.0.1"
    assert identity.title == "Kolmisoft MOR vardenis"
    assert await account.user_id() == "2"
    assert [request.path for request in sandbox.requests] == ["/user_details_get"]


async def test_the_user_id_is_that_of_a_login_if_no_page_shows_it(begin):
    sandbox, account = await begin(calls=0)
    for path in ("/user_details_get", "/main_page"):
        sandbox.faults.add("status", provider="mor-api", path=path, code=403)
    assert await account.user_id() == "2"
    assert [request.path for request in sandbox.requests] == ["/user_details_get", "/main_page", "/user_login"]


async def test_without_a_password_there_is_no_login_even_if_no_page_shows_the_user_id(begin):
    sandbox, account = await begin(calls=0, password=False)
    for path in ("/user_details_get", "/main_page"):
        sandbox.faults.add("status", provider="mor-api", path=path, code=403)
    with pytest.raises(PermissionDeniedError):
        await account.user_id()
    assert not sent(sandbox, "user_login")


async def test_a_login_is_signed_as_its_page_says(begin, monkeypatch):
    sandbox, account = await begin(calls=0)
    wire, asked = sandbox.wires["mor-api"], []
    answer = wire.answer
    monkeypatch.setattr(wire, "answer", lambda request: (asked.append(dict(request.params)), answer(request))[1])
    assert await account.login() == "2"
    credentials = sandbox.accounts["mor-api"][0].credentials
    by_hand = "".join(credentials[name] for name in ("username", "password", "api_key"))
    assert [params["hash"] for params in asked] == [hashlib.sha1(by_hand.encode()).hexdigest()]


async def test_a_redirected_login_states_no_user_id(begin):
    _, account = await begin(calls=0, switches={"login_redirect": True})
    assert await account.login() is None
    assert await account.user_id() == "2"


async def test_the_user_id_is_on_the_main_page_if_the_details_are_refused(begin):
    sandbox, account = await begin(calls=0, password=False)
    sandbox.faults.add("status", provider="mor-api", path="/user_details_get", code=403)
    assert await account.user_id() == "2"
    assert len(sent(sandbox, "main_page")) == 1


async def test_a_server_without_the_actions_is_an_error(begin):
    sandbox, account = await begin(calls=0)
    sandbox.faults.add("status", provider="mor-api", path="/user_login", code=404)
    with pytest.raises(NotFoundError):
        await account.login()
    sandbox.faults.add("status", provider="mor-api", path="/simple_balance", code=404)
    with pytest.raises(NotFoundError):
        await account.simple_balance("abcdef")


async def test_what_a_password_is_hashed_for_is_never_an_address(begin):
    sandbox, account = await begin(calls=0, switches={"allow_get": True})
    password = sandbox.accounts["mor-api"][0].credentials["password"]
    with pytest.raises(PermissionDeniedError, match="see that"):
        await account.request("POST", "users_get")
    # Without a password the request is signed without it, so the server refuses the user and not the hash.
    with pytest.raises(PermissionDeniedError, match="right to do that"):
        await account.request("GET", "users_get")
    assert all(password not in request.query.values() for request in sandbox.requests)


async def test_a_rate_of_a_prefix(begin):
    _, account = await begin(calls=0)
    found = await account.request("POST", "rate_get", username="vardenis", prefix="3706")
    assert found["rate"].endswith("#Lithuania#3706")


async def test_a_failed_login_and_the_wait_after_it(begin, limits):
    sandbox, _ = await begin(calls=0)
    sandbox.world.clock.freeze()
    where = sandbox.accounts["mor-api"][0]
    credentials = {**where.credentials, "password": "wrong-password"}
    wrong = open_account("mor", dialect="api", base_url=where.base_url, limits=limits, **credentials)
    with pytest.raises(AuthenticationError, match="password"):
        await wrong.login()
    with pytest.raises(RateLimitedError) as caught:
        await wrong.login()
    assert caught.value.retry_after == 10
    await wrong.close()


async def test_logging_out_and_logging_in_without_a_password(begin):
    _, account = await begin(calls=0, password=False)
    await account.logout()
    with pytest.raises(RequestError, match="password"):
        await account.login()


async def test_an_empty_page_means_an_unknown_user(begin, limits):
    sandbox, _ = await begin(calls=0)
    stranger = opened(sandbox, limits, password=False, username="nobody")
    for ask in (stranger.rates, stranger.devices, stranger.version):
        with pytest.raises(AuthenticationError):
            await ask()
    with pytest.raises(AuthenticationError):
        await stranger.callback(source="1510", device="200")
    await stranger.close()


async def test_an_adopted_identity_has_the_user_id(begin):
    sandbox, account = await begin(calls=5)
    known = await account.identity()
    sandbox.requests.clear()
    again = opened(sandbox, None)
    again.use_identity(known)
    assert len(await read_all(again)) == len(sandbox.world.offices[0].calls)
    assert not sent(sandbox, "user_login")
    await again.close()


# What is left.


async def test_the_balance_is_the_credit_of_the_only_trunk(begin):
    sandbox, account = await begin()
    office = sandbox.world.offices[0]
    expected = Decimal(sum(trunk.credit for trunk in office.trunks)) / 10_000
    (trunk,) = await account.trunks()
    assert (trunk.trunk_id, trunk.credit) == ("2", Money(expected, "EUR"))
    sandbox.world.top_up(office, 0, 50_000)
    assert (await account.balance()) == Money(expected + 5, "EUR")
    assert (await account.balance("EUR")).currency == "EUR"
    assert (await account.balance("eur")).currency == "EUR"
    with pytest.raises(RequestError):
        await account.balance("USD")
    asked = len(sandbox.requests)
    with pytest.raises(RequestError, match="three letters"):
        await account.balance("euros")
    assert len(sandbox.requests) == asked


async def test_a_bare_balance_of_old_versions_is_read(begin):
    sandbox, account = await begin(calls=0, switches={"bare_balance": True})
    office = sandbox.world.offices[0]
    expected = Money(Decimal(sum(trunk.credit for trunk in office.trunks)) / 10_000, "EUR")
    assert await account.balance() == expected
    user = customers.server_of(sandbox.world).users[0]
    assert await account.simple_balance(unique_hash_of(user)) == expected
    with pytest.raises(NotFoundError):
        await account.simple_balance("unknown")
    with pytest.raises(RequestError, match="letters and digits"):
        await account.simple_balance("../login")


async def test_the_balance_is_on_the_main_page_if_asking_for_it_is_disabled(begin):
    _, account = await begin(calls=0)
    (expected,) = await account.trunks()
    _, closed = await begin(calls=0, switches={"balance": False})
    assert await closed.trunks() == (expected,)
    with pytest.raises(PermissionDeniedError, match="disabled"):
        await closed.balance()
    with pytest.raises(PermissionDeniedError):
        await closed.simple_balance("abcdef")


# What he has.


async def test_details_are_read_and_changed(begin):
    sandbox, account = await begin(calls=0)
    details = (await account.details()).values
    assert list(details)[:3] == ["account", "balance", "balance_number"]
    assert (details["username"], details["reg_country"], details["vat_reg_number"]) == ("vardenis", "Lithuania", None)
    await account.update_details({"surname": "Žemaitis-Pavyzdys", "u0": "LT000"})
    changed = (await account.details()).values
    assert (changed["surname"], changed["vat_reg_number"]) == ("Žemaitis-Pavyzdys", "LT000")
    assert len(sent(sandbox, "user_details_update")) == 1


@pytest.mark.parametrize("values", [{"balance": "100"}, {"u15": "0"}, {"pswd": "x"}, {}])
async def test_what_a_user_cannot_change_is_not_sent(begin, values):
    sandbox, account = await begin(calls=0)
    with pytest.raises(RequestError):
        await account.update_details(values)
    assert not sent(sandbox, "user_details_update")


async def test_an_older_server_needs_all_of_an_update_hashed(begin):
    sandbox, account = await begin(calls=0, switches={"hash_order": "all"})
    await account.update_details({"surname": "Antras"})
    assert (await account.details()).values["surname"] == "Antras"
    # The first was refused for its hash; the second sets the same values.
    assert len(sent(sandbox, "user_details_update")) == 2


async def test_a_refused_update_says_why(begin):
    _, account = await begin(calls=0)
    with pytest.raises(RequestError, match="first name and last name"):
        await account.update_details({"surname": ""})


async def test_devices_and_extensions(begin):
    sandbox, account = await begin(calls=0)
    devices = await account.devices()
    desks = [desk.number for desk in sandbox.world.offices[0].extensions]
    assert [device.extension for device in devices[:-1]] == desks
    assert (devices[-1].kind, devices[0].device_id, devices[0].caller_id) == ("FAX", "200", '"1510" <1510>')
    # Half an hour before the sandbox's noon.
    assert abs(devices[0].registered_at - (NOW - timedelta(minutes=30))) < timedelta(minutes=1)
    assert "sip-200" not in repr(devices)
    listed = await account.device_list()
    assert [(device.device_id, device.kind) for device in listed] == [
        (device.device_id, device.kind) for device in devices
    ]
    assert {extension.number for extension in await account.extensions()} == {*desks, "1990"}
    assert (await account.device_details("200"))["extension"] == "1510"
    with pytest.raises(NotFoundError):
        await account.device_details("300")


async def test_caller_ids_are_added_and_removed(begin):
    sandbox, account = await begin(calls=0)
    first, second = await account.caller_ids()
    assert (first.number, first.device, second.device) == ("982100000010", "SIP/1510", "SIP/1511")
    assert abs(first.added_at - NOW) < timedelta(minutes=1)
    await account.add_caller_id(device_id="200", number="+370 600 00001", description="Mobilus")
    added = (await account.caller_ids())[-1]
    assert (added.number, added.description) == ("37060000001", "Mobilus")
    with pytest.raises(RequestError, match="CLI not created"):
        await account.add_caller_id(device_id="200", number="37060000001")
    with pytest.raises(NotFoundError):
        await account.add_caller_id(device_id="9", number="37060000002")
    for caller_id in await account.caller_ids():
        await account.remove_caller_id(caller_id.number)
    assert await account.caller_ids() == ()
    with pytest.raises(NotFoundError):
        await account.remove_caller_id("37060000001")
    with pytest.raises(RequestError, match="dialled"):
        await account.add_caller_id(device_id="200", number="nobody")
    assert len(sent(sandbox, "cli_add")) == 3


async def test_the_phonebook(begin):
    sandbox, account = await begin(calls=0)
    before = await account.contacts()
    assert [contact.name for contact in before] == ["Sandėlis Kaune", "Klientas „Ąžuolas“", "Meistras"]
    await account.add_contact(name="Žalias <aitvaras>", number="+370-600-00001")
    added = (await account.contacts())[-1]
    assert (added.name, added.numbers) == ("Žalias <aitvaras>", ("37060000001",))
    # Speed dials 11, 12 and 13 are taken, so that 10 is free; and the next is 14.
    assert sent(sandbox, "phonebook_record_create")[0].query["speeddial"] == "10"
    await account.add_contact(name="Kitas", number="37060000002")
    assert sent(sandbox, "phonebook_record_create")[1].query["speeddial"] == "14"
    await account.edit_contact(added.contact_id, name="Naujas", number="37060000003")
    with pytest.raises(RequestError, match="nothing to change"):
        await account.edit_contact(added.contact_id)
    changed = next(contact for contact in await account.contacts() if contact.contact_id == added.contact_id)
    assert (changed.name, changed.numbers) == ("Naujas", ("37060000003",))
    for contact in await account.contacts():
        await account.remove_contact(contact.contact_id)
    assert await account.contacts() == ()
    with pytest.raises(NotFoundError):
        await account.remove_contact("20")
    with pytest.raises(RequestError, match="name"):
        await account.add_contact(name=" ", number="37060000001")
    with pytest.raises(RequestError, match="Please fill all fields"):
        await refused_edit(account, sandbox)
    await account.add_contact(name="Pirmas", number="37060000004")
    assert sent(sandbox, "phonebook_record_create")[-1].query["speeddial"] == "10"


async def refused_edit(account, sandbox):
    await account.add_contact(name="Laikinas", number="37060000009")
    entry = customers.server_of(sandbox.world).phonebooks[2]
    try:
        await account.edit_contact(str(entry[0].entry_id), name="")
    finally:
        entry.clear()


# Bills.


async def test_rates_and_their_destinations(begin):
    _, account = await begin(calls=0)
    rates = await account.rates()
    # The sandbox's minute to a mobile costs 950 rial; with 21 % tax that is 1149.5.
    assert (rates[1].name, rates[1].kind, rates[1].price) == ("Iran", "MOB", euro("0.0950"))
    assert rates[1].price_with_tax == euro("0.1149")
    destinations = await account.destinations("3")
    assert [
        (destination.name, destination.prefix, destination.kind, destination.group) for destination in destinations
    ] == [
        ("Australia Canberra", "61261", "FIX", "Australia"),
        ("Australia Canberra", "61262", "FIX", "Australia"),
    ]
    with pytest.raises(NotFoundError):
        await account.destinations("99")


async def test_payments_of_both_lists(begin):
    sandbox, account = await begin(calls=0)
    sandbox.world.top_up(sandbox.world.offices[0], 0, 250_000)
    (payment,) = await account.payments()
    assert (payment.amount, payment.amount_with_tax, payment.kind) == (euro("25.0000"), euro("30.2500"), "Manual")
    assert (payment.tax_percent, payment.completed) == (Decimal("21.0"), True)
    assert await account.payments(since=payment.paid_at) == (payment,)
    assert await account.payments(until=payment.paid_at) == ()
    until = NOW + timedelta(days=1)
    (listed,) = await account.payment_list(since=LONG_AGO, until=until)
    assert (listed.amount, listed.paid_at, listed.completed) == (payment.amount, payment.paid_at, True)
    assert await account.payment_list(since=LONG_AGO, until=LONG_AGO) == ()


async def test_invoices_of_both_lists(begin):
    sandbox, account = await begin(calls=300, days=90)
    invoices = await account.invoices()
    assert [invoice.paid for invoice in invoices] == [True, True, False]
    last = invoices[-1]
    # April 2026 in Vilnius: from the 31st of March, 21:00 UTC, to the 30th of April, 20:59:59 UTC.
    assert last.period_start == datetime(2026, 3, 31, 21, tzinfo=UTC)
    assert last.period_end == datetime(2026, 4, 30, 20, 59, 59, tzinfo=UTC)
    spent = sum(
        row.price for row in sandbox.world.offices[0].calls
        if last.period_start.timestamp() <= row.started_at <= last.period_end.timestamp()
    )  # fmt: skip
    assert last.price == Money(Decimal(spent) / 10_000, "EUR")
    assert (last.paid_at, last.tax_percent) == (None, Decimal("21.0"))
    assert await account.invoices(since=last.issued_at) == (last,)
    listed = await account.invoice_list(since=LONG_AGO, until=NOW)
    assert [(invoice.number, invoice.price) for invoice in listed] == [
        (invoice.number, invoice.price) for invoice in invoices
    ]
    assert await account.invoice_list(since=LONG_AGO, until=LONG_AGO) == ()


async def test_subscriptions(begin):
    _, account = await begin(calls=0)
    first, _ = await account.subscriptions()
    assert (first.name, first.price) == ("Numeris 982100000010", euro("10.0000"))
    assert first.starts_at < NOW < first.ends_at


# Calls.


async def test_all_calls_are_read_as_they_happened(begin):
    sandbox, account = await begin()
    world, office = sandbox.world, sandbox.world.offices[0]
    calls = await read_all(account)
    assert len(calls) == len(office.calls)
    by_id = {call.call_id: call for call in calls}
    ways = {Way.INCOMING: Direction.INCOMING, Way.OUTGOING: Direction.OUTGOING, Way.LOCAL: Direction.INTERNAL}
    ended = {
        Outcome.ANSWERED: Status.ANSWERED,
        Outcome.BUSY: Status.BUSY,
        Outcome.NO_ANSWER: Status.NO_ANSWER,
        Outcome.CONGESTION: Status.CONGESTION,
    }
    for row in office.calls:
        call = by_id[str(row.call_id)]
        assert (call.direction, call.status) == (ways[Way(row.direction)], ended[Outcome(row.outcome)])
        assert (call.started_at.timestamp(), call.ended_at.timestamp()) == (row.started_at, row.ended_at)
        assert (call.talk, call.wait) == (row.talk, row.wait)
        assert call.price == Money(Decimal(row.price) / 10_000, "EUR")
        assert call.trunk == "2"
        if row.direction == Way.INCOMING:
            assert call.source.e164 == f"+98{world.parties[row.peer].number}"
    assert all(call.derived <= {"direction", "extension", "wait", "ended_at"} for call in calls)


async def test_a_period_is_half_open_and_sent_in_unix_seconds(begin):
    sandbox, account = await begin()
    everything = await read_all(account)
    since, until = everything[-10].started_at, everything[5].started_at
    sandbox.requests.clear()
    inside = await read_all(account, since=since, until=until)
    assert [call.call_id for call in inside] == [
        call.call_id for call in everything if since <= call.started_at < until
    ]
    for request in sent(sandbox, "user_calls_get"):
        # Whole days of Vilnius's summer: they begin at 21:00 UTC.
        assert (int(request.query["period_start"]) - 21 * 3600) % 86400 == 0
        assert (int(request.query["period_end"]) + 1 - 21 * 3600) % 86400 == 0
        assert request.query["s_user"] == "2"


@pytest.mark.parametrize("columns", ["user", "sparse"])
async def test_ids_are_stable_with_fewer_columns(begin, columns):
    sandbox, account = await begin(switches={"columns": columns})
    calls = await read_all(account)
    assert len(calls) == len(sandbox.world.offices[0].calls)
    assert calls == await read_all(account)
    assert all(call.wait is None for call in calls)
    assert all((call.price is None) == (columns == "sparse") for call in calls)
    longer = await read_all(account, since=calls[-1].started_at - timedelta(days=400))
    assert [call.call_id for call in longer] == [call.call_id for call in calls]


async def test_times_are_right_through_the_change_of_clocks(limits):
    # Clocks go back on 2026-10-25 at 01:00 UTC: 03:30 happens twice, and the row's zone tells which it was.
    now = datetime(2026, 10, 25, 2, tzinfo=UTC)
    async with Sandbox(calls=0, now=now) as sandbox, opened(sandbox, limits) as account:
        for minutes in (30, 90):
            sandbox.world.record(sandbox.world.offices[0], wait=0, talk=0, age=minutes * 60, outcome=Outcome.BUSY)
        later, earlier = await read_all(account)
        assert abs(later.started_at - datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) < timedelta(minutes=1)
        assert abs(earlier.started_at - datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) < timedelta(minutes=1)
        raw = {call.raw["calldate2"][:16] for call in (later, earlier)}
        assert raw == {"2026-10-25 03:30"} or len({text[:13] for text in raw}) == 1


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("main_page", b"<page><pagename>Main page</pagename><stats/></page>", "userid"),
        ("user_calls_get", b"<page><userid>2</userid></page>", "calls"),
    ],
)
async def test_a_page_without_a_required_field_is_a_data_error(begin, action, body, field, monkeypatch):
    sandbox, account = await begin(calls=0, password=False)
    wire = sandbox.wires["mor-api"]
    answer = wire.answer

    def changed(incoming):
        reply = answer(incoming)
        if incoming.path.endswith(f"/{action}"):
            reply.body = body
        elif incoming.path.endswith("/user_details_get") and action == "main_page":
            reply.body = b"<page><error>You are not authorized to view this page</error></page>"
        return reply

    monkeypatch.setattr(wire, "answer", changed)
    with pytest.raises(DataError) as caught:
        await read_all(account)
    assert caught.value.field == field


async def test_the_direction_is_derived_without_devices(begin):
    sandbox, account = await begin()
    sandbox.faults.add("status", provider="mor-api", path="/user_devices", code=403)
    incoming = [call for call in await read_all(account) if call.direction is Direction.INCOMING]
    rows = [row for row in sandbox.world.offices[0].calls if row.direction == Way.INCOMING]
    assert {call.call_id for call in incoming} == {str(row.call_id) for row in rows}
    assert all(call.extension is None for call in incoming)


async def test_new_calls_newest_first(begin):
    sandbox, account = await begin(calls=0)
    office = sandbox.world.offices[0]
    for outcome, age in ((Outcome.NO_ANSWER, 600), (Outcome.ANSWERED, 60)):
        sandbox.world.record(office, outcome=outcome, age=age, wait=4, talk=36, extension=0)
    newest, older = await account.new_calls()
    assert (newest.status, newest.talk, newest.wait) == (Status.ANSWERED, 36, None)
    assert (older.status, older.direction, older.extension) == (Status.NO_ANSWER, Direction.INCOMING, "1510")
    assert (older.talk, older.wait) == (0, 4), "nobody answered: it rang for 4 s"
    assert newest.call_id != older.call_id
    assert [call.call_id for call in await account.new_calls()] == [newest.call_id, older.call_id]


async def test_recordings_of_a_period(begin):
    sandbox, account = await begin()
    recordings = await account.recordings()
    rows = [row for row in sandbox.world.offices[0].calls if row.file_id]
    assert {recording.recording_id for recording in recordings} == {str(row.file_id) for row in rows}
    assert [recording.at for recording in recordings] == sorted(
        (recording.at for recording in recordings), reverse=True
    )
    middle = recordings[3]
    assert (await account.recordings(since=middle.at))[-1].recording_id == middle.recording_id
    assert middle not in await account.recordings(until=middle.at)
    assert await account.recordings(since=NOW, until=NOW + timedelta(days=1)) == ()


async def test_the_servers_own_figures(begin):
    sandbox, account = await begin(calls=0)
    sandbox.world.record(
        sandbox.world.offices[0], direction=Way.OUTGOING, wait=6, talk=61, peer=sandbox.world.party("9120000201")
    )
    today = (await account.quick_stats())["today"]
    # 17 rial for the wait and two minutes to a mobile: 1917 rial.
    assert (today["calls"], today["duration"], today["revenue"]) == (1, 61, Decimal("0.1917"))


# Placing calls.


async def test_a_callback_is_placed_once_and_costs(begin):
    sandbox, account = await begin(calls=0)
    (before,) = await account.trunks()
    placed = await account.callback(source="+989120000777", destination=NUMBER, device="200")
    assert (placed.status, placed.request_id, placed.charged) == ("accepted", None, None)
    (request,) = sent(sandbox, "callback_init")
    assert {name: request.query[name] for name in ("device", "src", "dst")} == {
        "device": "200",
        "src": "989120000777",
        "dst": NUMBER,
    }
    sandbox.world.clock.move(60)
    (call,) = await read_all(account, until=NOW + timedelta(days=2))
    assert (call.source.number, call.destination.number) == ("989120000777", NUMBER)
    assert call.direction is Direction.OUTGOING
    (after,) = await account.trunks()
    assert before.credit - after.credit == call.price


async def test_click_to_call_finds_the_device_of_an_extension(begin):
    sandbox, account = await begin(calls=0)
    await account.click_to_call(source="1511", destination=NUMBER)
    await account.callback(source="1512")
    first, second = sent(sandbox, "callback_init")
    assert (first.query["device"], first.query["dst"]) == ("201", NUMBER)
    assert (second.query["device"], second.query.get("dst")) == ("202", None)


async def test_a_number_that_cannot_be_dialled_is_not_sent(begin):
    sandbox, account = await begin(calls=0)
    for source, destination in (("1510", "nobody"), ("?", NUMBER), ("989120000777", NUMBER)):
        with pytest.raises(RequestError):
            await account.click_to_call(source=source, destination=destination)
    assert not sent(sandbox, "callback_init")


async def test_the_only_telephone_is_the_device_of_a_callback(begin):
    sandbox, account = await begin(calls=0)
    desks = sandbox.world.offices[0].extensions
    del desks[1:]
    await account.callback(source="989120000777", destination=NUMBER)
    assert sent(sandbox, "callback_init")[0].query["device"] == "200"


@pytest.mark.parametrize(
    ("switches", "device", "error"),
    [
        ({}, "300", RequestError),
        ({"callback": False}, "200", PermissionDeniedError),
        ({"asterisk": False}, "200", ProviderError),
    ],
)
async def test_a_refused_callback_is_an_error_with_the_reason_and_rings_nowhere(begin, switches, device, error):
    sandbox, account = await begin(calls=0, switches=switches)
    with pytest.raises(error):
        await account.callback(source="1510", destination=NUMBER, device=device)
    assert len(sent(sandbox, "callback_init")) == 1
    assert sandbox.world.under_way == 0


@pytest.mark.parametrize(
    ("kind", "options", "rings"),
    [
        ("cut", {"processed": False}, 0),
        ("cut", {"processed": True}, 1),
        ("cut_body", {"share": 0.5}, 1),
        ("bad_json", {"form": "empty"}, 1),
        ("bad_json", {"form": "truncated"}, 1),
        ("bad_json", {"form": "html"}, 1),
        ("status", {"code": 502}, 0),
        ("status", {"code": 524}, 0),
        ("status", {"code": 408}, 0),
    ],
)
async def test_after_a_failed_connection_the_outcome_is_unknown_and_nothing_is_repeated(begin, kind, options, rings):
    sandbox, account = await begin(calls=0)
    await account.devices()
    sandbox.faults.add(kind, provider="mor-api", path="/callback_init", **options)
    with pytest.raises(OutcomeUnknownError):
        await account.click_to_call(source="1510", destination=NUMBER)
    await asyncio.sleep(0.05)
    assert len(sent(sandbox, "callback_init")) == 1
    assert sandbox.world.under_way == rings


@pytest.mark.parametrize("body", [b"<page><ok/></page>", b"<status><success>Yes</success></status>"])
async def test_a_callback_that_is_not_confirmed_has_an_unknown_outcome(begin, body, monkeypatch):
    sandbox, account = await begin(calls=0)
    wire = sandbox.wires["mor-api"]
    answer = wire.answer

    def changed(incoming):
        reply = answer(incoming)
        if incoming.path.endswith("/callback_init"):
            reply.body = body
        return reply

    monkeypatch.setattr(wire, "answer", changed)
    with pytest.raises(OutcomeUnknownError, match="phone may be ringing"):
        await account.callback(source="1510", destination=NUMBER, device="200")


async def test_a_change_that_is_neither_confirmed_nor_refused_has_an_unknown_outcome(begin, monkeypatch):
    sandbox, account = await begin(calls=0)
    wire = sandbox.wires["mor-api"]
    answer = wire.answer

    def changed(incoming):
        reply = answer(incoming)
        if incoming.path.endswith("/cli_delete"):
            reply.body = b"<page><pagename>Devices</pagename><userid>2</userid></page>"
        return reply

    monkeypatch.setattr(wire, "answer", changed)
    with pytest.raises(OutcomeUnknownError, match="The number may have been removed"):
        await account.remove_caller_id("982100000010")
    assert len(sent(sandbox, "cli_delete")) == 1


# Pushed records.


async def test_a_call_end_is_the_call_of_the_list(begin):
    sandbox, account = await begin(calls=0)
    office = sandbox.world.offices[0]
    position = sandbox.world.record(office, direction=Way.OUTGOING)
    (message,) = sandbox.wires["mor-api"].deliveries(office, position, {})
    with pytest.raises(ForeignRecordError):
        account.parse_push(message.query)
    (listed,) = await read_all(account)
    assert account.parse_push(message.query) == listed
    text = "&".join(f"{name}={value}" for name, value in message.query.items() if name in {"calldate2", "src", "dst"})
    bare = account.parse_push(text.replace(" ", "+").encode())
    assert (bare.source, bare.destination) == (listed.source, listed.destination)
    assert (bare.started_at, bare.status) == (listed.started_at, Status.UNKNOWN)
    with pytest.raises(ForeignRecordError):
        account.parse_push({**message.query, "user_id": "3"})
    for nonsense in (b"", b"\xff", b"x" * 70_000, {"src": "1"}):
        with pytest.raises(DataError):
            account.parse_push(nonsense)
    assert type(account).push_has_key is False


# Everything else.


async def test_any_other_action_is_reachable(begin):
    sandbox, account = await begin(calls=0)
    page = await account.request("POST", "main_page")
    assert page["stats"]["finances"]["account"] == "Prepaid"
    assert [count["period"] for count in page["stats"]["call_history"]["calls"]] == ["Month", "Day"]
    invoices = await account.request("POST", "user_invoices")
    assert invoices["invoices"] is None
    done = await account.request("POST", "/cli_delete/", cli_number="982100000010")
    assert done == {"status": {"success": "CLI successfully deleted"}}
    assert len(sent(sandbox, "cli_delete")) == 1
    with pytest.raises(NotFoundError):
        await account.request("POST", "unheard_of_get")


async def test_a_password_is_never_part_of_an_address(begin, monkeypatch):
    sandbox, account = await begin(calls=0, switches={"allow_get": True})
    wire = sandbox.wires["mor-api"]
    answer, queries, passwords = wire.answer, [], []

    def watched(incoming):
        queries.append(dict(incoming.query))
        passwords.append("p" in incoming.params)
        return answer(incoming)

    monkeypatch.setattr(wire, "answer", watched)
    assert (await account.request("GET", "main_page"))["userid"] == "2"
    await account.request("GET", "cli_delete", cli_number="982100000010")
    await account.request("POST", "main_page")
    assert [sorted(query) for query in queries] == [["hash", "u"], ["cli_number", "hash", "u"], []]
    assert passwords == [False, False, True]


@pytest.mark.parametrize(
    "action",
    ["callback_init", "callback", "sms_send", "payment_create", "voucher_use", "user_balance_update", "a b", "../x"],
)
async def test_actions_that_cost_money_are_refused(begin, action):
    sandbox, account = await begin(calls=0)
    with pytest.raises(RequestError):
        await account.request("POST", action)
    assert not sandbox.requests


async def test_reads_are_repeated_and_changes_are_not(begin):
    sandbox, account = await begin(calls=0)
    await account.identity()
    sandbox.faults.add("status", provider="mor-api", code=502, count=1)
    assert await account.contacts()
    sandbox.faults.add("cut", provider="mor-api", path="/phonebook_record_create", processed=True)
    with pytest.raises(OutcomeUnknownError, match="The entry may have been added"):
        await account.add_contact(name="Nauja", number="37060000001")
    assert len(sent(sandbox, "phonebook_record_create")) == 1
    sandbox.faults.clear()
    sandbox.faults.add("cut", provider="mor-api", processed=False)
    with pytest.raises(ConnectionFailedError):
        await account.contacts()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (408, ProviderError),
        (418, RequestError),
        (521, ProviderError),
    ],
)
async def test_a_status_of_a_server_in_front_is_an_error(begin, code, error):
    sandbox, account = await begin(calls=0)
    sandbox.faults.add("status", provider="mor-api", code=code)
    with pytest.raises(error):
        await account.version()


@pytest.mark.parametrize("form", ["empty", "html", "truncated", "array"])
async def test_a_reply_that_is_not_a_page_is_a_data_error(begin, form):
    sandbox, account = await begin(calls=5)
    await account.identity()
    sandbox.faults.add("bad_json", provider="mor-api", form=form)
    for ask in (account.balance, account.rates, account.login, account.contacts):
        try:
            await ask()
        except DataError:
            continue
        # A list in brackets is text around a whole document, which can still be read.
        assert form == "array"


def test_invalid_credentials_are_refused():
    settings = {"dialect": "api", "base_url": "https://mor.example/billing/api"}
    with pytest.raises(ConfigError, match="api_key"):
        open_account("mor", username="vardenis", **settings)
    with pytest.raises(ConfigError, match="invalid characters"):
        open_account("mor", username="varde\x00nis", api_key="k", **settings)
