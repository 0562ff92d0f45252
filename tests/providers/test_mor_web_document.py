"""MOR's document of pages from top to bottom: each request over a socket gives its answer, and the client its meaning."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from trunkline import open_account
from trunkline.errors import (
    AuthenticationError,
    NotFoundError,
    RateLimitedError,
    RequestError,
)
from trunkline.model import Direction, Money, Status
from trunkline.sandbox import Sandbox

SAMPLES = Path(__file__).parent / "data" / "mor"
VILNIUS = ZoneInfo("Europe/Vilnius")
# A Wednesday, 15:00 in Vilnius.
NOW = datetime(2026, 6, 17, 12, 0, tzinfo=UTC)
CUT = '<?xml version="1.0" encoding="utf-8">\n'
WHOLE = '<?xml version="1.0" encoding="UTF-8"?>\n'


@pytest.fixture
async def sandbox():
    async with Sandbox(seed=5, calls=320, days=45, now=NOW) as sandbox:
        sandbox.world.clock.freeze()
        yield sandbox


@pytest.fixture
async def account(sandbox, limits):
    async with opened(sandbox, limits) as account:
        yield account


def opened(sandbox, limits, **changed):
    where = sandbox.accounts["mor"][0]
    return open_account("mor", base_url=where.base_url, limits=limits, **{**where.credentials, **changed})


@pytest.fixture
async def ask(sandbox):
    """Ask as any HTTP client would that is logged in: (status, headers, text)."""
    where = sandbox.accounts["mor"][0]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:

        async def _ask(method, path, form=None, **params):
            async with session.request(
                method, f"{where.base_url}{path}", params=params, data=form, allow_redirects=False
            ) as response:
                return response.status, response.headers, (await response.read()).decode(errors="replace")

        credentials = {"u": where.credentials["username"], "p": where.credentials["password"]}
        status, _, text = await _ask("POST", "/api/login", credentials)
        assert status == 200
        assert "<status>ok</status>" in text
        yield _ask


def sample(name):
    return (SAMPLES / f"{name}.xml").read_text(encoding="utf-8")


def outline(text):
    """Read the elements of a document as (name, children), by nothing but its tags."""
    root = ("", [])
    open_elements = [root]
    for slash, name in re.findall(r"<(/?)([A-Za-z_]+)[^<>]*>", re.sub(r"<\?[^>]*>", "", text)):
        if slash:
            assert open_elements.pop()[0] == name
        else:
            element = (name, [])
            open_elements[-1][1].append(element)
            open_elements.append(element)
    assert open_elements == [root]
    return root


def same_shape(expected, actual, path=""):
    """Demand the sample's elements in its order; a row of the sample stands for any number of rows."""
    names = [name for name, _ in groupby(expected[1], key=lambda child: child[0])]
    assert [name for name, _ in groupby(actual[1], key=lambda child: child[0])] == names, f"{path}/{actual[0]}"
    firsts = {name: next(iter(group)) for name, group in groupby(expected[1], key=lambda child: child[0])}
    for child in actual[1]:
        same_shape(firsts[child[0]], child, f"{path}/{actual[0]}")


async def reply_to(ask, method, path, name, form=None, **params):
    status, headers, text = await ask(method, path, form, **params)
    assert status == 200
    assert headers["Content-Type"].startswith("text/xml")
    same_shape(outline(sample(name)), outline(text))
    assert text.startswith(CUT if sample(name).lstrip().startswith(CUT) else WHOLE)
    return text


def texts(name, text):
    return re.findall(rf"<{name}>([^<]*)</{name}>", text)


def office(sandbox):
    return sandbox.world.offices[0]


def vilnius(text):
    return datetime.fromisoformat(text).replace(tzinfo=VILNIUS).astimezone(UTC)


def euro(rial):
    return Money(Decimal(rial) / 10_000, "EUR")


# Login page.


async def test_login_form(sandbox, account, ask):
    text = await reply_to(ask, "GET", "/callc/login", "login_form")
    assert "<error_msg></error_msg>" in text
    form = await account.login_form()
    assert (form.language, form.languages, form.message) == ("en", ("en", "ru"), None)
    assert not any(request.path == "/api/login" for request in sandbox.requests[1:]), "the form needs no login"


async def test_login(sandbox, limits, ask):
    where = sandbox.accounts["mor"][0]
    credentials = {"u": where.credentials["username"], "p": where.credentials["password"]}
    for form, params in ((credentials, {}), (None, credentials)):
        text = await reply_to(ask, "POST", "/api/login", "login_ok", form, **params)
        assert texts("status_message", text) == ["Succesfully logged in"]
    assert (await ask("GET", "/api/login", **credentials))[0] == 405

    sandbox.requests.clear()
    async with opened(sandbox, limits) as account:
        await account.identity()
        await account.devices()
    assert [request.path for request in sandbox.requests] == ["/api/login", "/callc/main", "/devices/user_devices"]
    assert sandbox.requests[0].query == {"u": credentials["u"]}, "the password is no part of what was asked for"


async def test_a_failed_login_and_the_wait_after_it(sandbox, limits, ask):
    async with opened(sandbox, limits, password="neteisingas") as account:
        with pytest.raises(AuthenticationError, match="user name or password") as caught:
            await account.identity()
        assert "neteisingas" not in str(caught.value)
        text = await reply_to(ask, "POST", "/api/login", "login_failed", {"u": "vardenis", "p": "x"})
        assert texts("status_message", text) == ["Please wait 10 seconds before trying to login again"]
        with pytest.raises(RateLimitedError) as limited:
            await account.identity()
        assert limited.value.retry_after == 10
        sandbox.world.clock.move(10)
        with pytest.raises(AuthenticationError):
            await account.identity()
    sandbox.world.clock.move(10)
    async with opened(sandbox, limits) as account:
        assert (await account.identity()).account_id == "2@127.0.0.1"


async def test_every_other_page_needs_the_login(sandbox, ask):
    where = sandbox.accounts["mor"][0]
    async with aiohttp.ClientSession() as stranger:
        for path in ("/callc/main", "/stats/call_list", "/phonebooks/list/2", "/tariffs/user_rates"):
            async with stranger.get(where.base_url + path) as response:
                assert (response.status, texts("pagename", await response.text())) == (200, ["Login page"])
    assert (await ask("GET", "/callc/nowhere"))[0] == 404
    assert (await ask("GET", "/phonebooks/list"))[0] == 404
    assert (await ask("GET", "/functions/activate_callback", src="1", dst="2", acc="200"))[0] == 405
    assert (await ask("GET", "/devices/cli_add"))[0] == 405
    text = (await ask("GET", "/phonebooks/list/3"))[2]
    assert texts("error", text) == ["You are not authorized to view this page"]


# Main page and details.


async def test_main_page(sandbox, account, ask):
    text = await reply_to(ask, "GET", "/callc/main", "main")
    assert texts("credit", text) == ["No Limit"]
    main = await account.main_page()
    assert await account.user_id() == main.user_id
    calls = [row for row in office(sandbox).calls if row.direction == 0 and row.outcome != 0]
    today = datetime(2026, 6, 17, tzinfo=VILNIUS).timestamp()
    assert main.missed_total == len(calls)
    assert main.missed_today == sum(row.started_at >= today for row in calls)
    assert [count.period for count in main.calls] == ["Month", "Day"]
    day = [row for row in office(sandbox).calls if row.started_at >= today]
    assert (main.calls[1].calls, main.calls[1].duration) == (len(day), sum(row.talk for row in day))
    balance = euro(sum(trunk.credit for trunk in office(sandbox).trunks))
    assert (main.account, main.balance, main.credit_limit, main.unlimited) == ("Postpaid", balance, None, True)

    identity = await account.identity()
    assert (identity.account_id, identity.title) == ("2@127.0.0.1", "Vardenis Pavardenis")
    (trunk,) = await account.trunks()
    assert (trunk.trunk_id, trunk.credit) == ("2", balance)


async def test_personal_details_and_their_update(sandbox, account, ask):
    text = await reply_to(ask, "GET", "/users/personal_details", "details")
    assert texts("reg_address", text) == ["UAB „Mėlynas dviratis“, Pavyzdžio g. 1"]
    before = dict((await account.details()).values)
    assert list(before) == re.findall(r"<(\w+)>[^<\n]*</", sample("details").partition("<details>")[2])
    assert (before["username"], before["surname"], before["vat_percent"]) == ("Vardenis", "Pavardenis", "21.0")

    await account.update_details({"reg_city": "Kaunas", "surname": "Žąsinas"})
    sent = sandbox.requests[-1]
    assert (sent.method, sent.path) == ("POST", "/users/update_personal_details/2")
    assert len(sent.query) == 17, "the document has 17 parameters"
    assert dict((await account.details()).values) == {**before, "reg_city": "Kaunas", "surname": "Žąsinas"}

    form = {name: before[name] or "" for name in sent.query}
    done = await reply_to(ask, "POST", "/users/update_personal_details/2", "details_ok", form)
    assert texts("status_message", done) == ["Personal details changed"]
    del form["reg_fax"]
    await reply_to(ask, "POST", "/users/update_personal_details/2", "details_failed", form)
    sandbox.requests.clear()
    with pytest.raises(RequestError, match="vat_percent"):
        await account.update_details({"vat_percent": "0"})
    with pytest.raises(RequestError, match="nothing to change"):
        await account.update_details({})
    assert not sandbox.requests
    with pytest.raises(RequestError, match="Please fill all fields"):
        await account.update_details({"username": " "})


# Devices.


async def test_devices(sandbox, account, ask):
    text = await reply_to(ask, "GET", "/devices/user_devices", "devices")
    assert texts("cid", text)[0] == "& quot;1510& quot; & lt;1510& gt; "
    devices = await account.devices()
    assert len(devices) == len(office(sandbox).extensions) + 1
    first = devices[0]
    assert (first.device_id, first.kind, first.extension, first.username) == ("200", "SIP", "1510", "1510")
    assert (first.name, first.caller_id) == ("Priimamasis 1", '"1510" <1510>')
    assert first.registered_at == NOW - timedelta(seconds=1800)
    secrets = texts("password", text)
    assert secrets
    assert not any(secret in repr((device, str(device.__slots__))) for device in devices for secret in secrets[:-1])
    extensions = await account.extensions()
    assert [(extension.number, extension.name) for extension in extensions[:2]] == [
        ("1510", "Priimamasis 1"),
        ("1511", "Pardavimai 1"),
    ]
    sandbox.wires["mor"].change("wellformed", True)
    assert [device.caller_id for device in await account.devices()] == [device.caller_id for device in devices]


# Rates and destinations.


async def test_rates(account, ask):
    text = await reply_to(ask, "GET", "/tariffs/user_rates", "rates")
    assert texts("pagename", text) == ["Payments"], "as the document has it"
    rates = await account.rates()
    assert [(rate.name, rate.kind) for rate in rates[:3]] == [("Iran", "FIX"), ("Iran", "MOB"), ("Lithuania", "FIX")]
    # 420 rial at 10 000 a euro, and 21 % on top.
    assert (rates[0].price, rates[0].price_with_tax) == (
        Money(Decimal("0.042"), "EUR"),
        Money(Decimal("0.05082"), "EUR"),
    )


async def test_destinations(account, ask):
    await reply_to(ask, "GET", "/directions/dg_list_user_destinations/3", "destinations")
    found = await account.destinations("3")
    assert [(destination.name, destination.prefix, destination.kind, destination.group) for destination in found] == [
        ("Australia Canberra", "61261", "FIX", "Australia"),
        ("Australia Canberra", "61262", "FIX", "Australia"),
    ]
    with pytest.raises(NotFoundError):
        await account.destinations("99")
    with pytest.raises(NotFoundError):
        await account.destinations("../main")


async def test_rates_as_files(account, ask):
    status, headers, text = await ask("GET", "/tariffs/generate_personal_rates_csv/2")
    assert (status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    table = await account.export_rates("csv")
    assert table.content.decode() == text
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[1] == ["Iran", "Fixed", "0.042", "0.05082"]
    paper = await account.export_rates("pdf")
    assert (paper.media_type, paper.filename) == ("application/pdf", "rates-2.pdf")
    assert paper.content.startswith(b"%PDF-1.4")
    assert b"Iran | Fixed | 0.042" in paper.content
    with pytest.raises(RequestError):
        await account.export_rates("xls")


async def test_change_of_currency(sandbox, account, ask):
    text = await reply_to(ask, "GET", "/tariffs/user_rates", "rates", currency="USD")
    assert texts("ratecost", text)[0] == "0.0525"
    await account.set_currency("eur")
    assert (await account.rates())[0].price == Money(Decimal("0.042"), "EUR")
    await account.set_currency("USD")
    assert (await account.rates())[0].price == Money(Decimal("0.0525"), "USD")
    with pytest.raises(RequestError, match="GBP"):
        await account.set_currency("GBP")
    sandbox.requests.clear()
    with pytest.raises(RequestError):
        await account.set_currency("euros")
    assert not sandbox.requests


# Payments, invoices, subscriptions.


async def test_payments(sandbox, account, ask):
    await reply_to(ask, "GET", "/payments/personal_payments", "payments")
    found = await account.payments()
    paid = sorted((at, amount) for trunk in office(sandbox).trunks for at, amount in trunk.top_ups)
    assert [(payment.paid_at.timestamp(), payment.amount) for payment in found] == [
        (at, euro(amount)) for at, amount in paid
    ]
    first = found[0]
    assert (first.kind, first.tax_percent, first.completed) == ("Manual", Decimal("21.0"), True)
    assert first.amount_with_tax.amount == first.amount.amount * Decimal("1.21")
    assert first.confirmed_at == first.paid_at + timedelta(seconds=60)
    assert await account.payments(since=first.paid_at, until=first.paid_at + timedelta(seconds=1)) == (first,)


async def test_invoices(sandbox, account, ask):
    await reply_to(ask, "GET", "/accounting/user_invoices", "invoices")
    (invoice,) = await account.invoices()
    assert (invoice.number, invoice.paid, invoice.tax_percent) == ("INV22605", None, Decimal("21.0"))
    begin, end = vilnius("2026-05-01 00:00:00"), vilnius("2026-05-31 23:59:59")
    assert (invoice.period_start, invoice.period_end) == (begin, end)
    calls = [row for row in office(sandbox).calls if begin.timestamp() <= row.started_at <= end.timestamp()]
    assert invoice.price == euro(sum(row.price for row in calls))


async def test_subscriptions(sandbox, account, ask):
    text = await reply_to(ask, "GET", "/services/user_subscriptions", "subscriptions")
    assert texts("price", text) == ["10 EUR", "10 EUR"]
    found = await account.subscriptions()
    assert [subscription.name for subscription in found] == ["Numeris 982100000010", "Numeris 982100000011"]
    assert found[0].price == Money(Decimal(10), "EUR")
    assert found[0].ends_at.timestamp() == office(sandbox).trunks[0].expires_at
    sandbox.wires["mor"].change("production", True)
    assert await account.subscriptions() == found, "later servers write activation_start, and prices without currency"


# Calls.


async def test_calls(sandbox, account, ask):
    today = await reply_to(ask, "GET", "/stats/call_list", "calls")
    assert texts("period_start", today) == ["2026-06-17 00:00:00"]
    form = {"userid": "2", "search_on": "1", "period_start": "2026-06-10 00:00:00"}
    form |= {"period_end": "2026-06-16 23:59:59", "direction": "all", "calltype": "all", "device": "all"}
    text = await reply_to(ask, "POST", "/stats/call_list", "calls", form)
    assert int(texts("total_calls", text)[0]) == len(texts("date", text)) > 10
    assert all("2026-06-10" <= date[:10] <= "2026-06-16" for date in texts("date", text))

    calls = [call async for call in account.calls()]
    rows = sorted(office(sandbox).calls, key=lambda row: row.started_at, reverse=True)
    assert [call.started_at.timestamp() for call in calls] == [row.started_at for row in rows]
    ways = {0: Direction.INCOMING, 1: Direction.OUTGOING, 2: Direction.INTERNAL}
    ends = {0: Status.ANSWERED, 1: Status.BUSY, 2: Status.NO_ANSWER, 3: Status.FAILED}
    for call, row in zip(calls, rows, strict=True):
        assert (call.direction, call.status, call.price) == (ways[row.direction], ends[row.outcome], euro(row.price))
        answered = row.outcome == 0
        assert (call.talk, call.wait) == ((row.talk, None) if answered else (0, row.wait))
        if row.extension >= 0:
            assert call.extension == office(sandbox).extensions[row.extension].number
        assert call.trunk == "2"
        assert {"direction", "call_id"} <= call.derived


async def test_calls_of_a_type_and_of_a_device(sandbox, account, ask):
    since, until = NOW - timedelta(days=20), NOW
    outgoing = await account.call_list(since=since, until=until, calltype="outgoing")
    assert {call.direction for call in outgoing.calls} == {Direction.OUTGOING, Direction.INTERNAL}
    assert outgoing.direction == "outgoing"
    assert outgoing.total == len(outgoing.calls)
    desk = await account.call_list(since=since, until=until, device="201")
    assert (outgoing.device, desk.device) == ("all", "201")
    assert desk.calls
    assert all("1511" in {call.source.number, call.destination.number} for call in desk.calls)
    assert (await account.call_list(since=since, until=until, device="299")).calls == ()
    assert (await account.call_list()).calls == tuple(
        [call async for call in account.calls(since=vilnius("2026-06-17 00:00:00"))]
    )


async def test_calls_as_files(sandbox, account, ask):
    since, until = vilnius("2026-06-10 00:00:00"), vilnius("2026-06-12 00:00:00")
    table = await account.export_calls("csv", since=since, until=until)
    asked = sandbox.requests[-1]
    assert asked.path == "/stats/call_list_to_csv/2"
    assert asked.query == {
        "call_type": "all",
        "date_from": "2026-06-10 00:00:00",
        "date_till": "2026-06-11 23:59:59",
    }
    rows = list(csv.reader(io.StringIO(table.content.decode()), delimiter=";"))
    calls = [call async for call in account.calls(since=since, until=until)]
    assert [row[1] for row in rows[1:]] == [call.source.number for call in calls]
    assert (await account.export_calls("pdf", since=since, until=until)).content.startswith(b"%PDF")


async def test_new_calls(sandbox, account, ask):
    await reply_to(ask, "GET", "/stats/new_calls_list", "new_calls")
    found = await account.new_calls()
    today = vilnius("2026-06-17 00:00:00").timestamp()
    new = [row for row in office(sandbox).calls if row.direction == 0 and row.started_at >= today]
    assert [call.started_at.timestamp() for call in found] == [row.started_at for row in reversed(new)]
    assert {call.price for call in found} == {None}


async def test_missed_calls(sandbox, account, ask):
    text = await reply_to(ask, "GET", "/stats/missed_calls", "missed_calls")
    assert "<<processed>0</processed>" in text
    missed = [row for row in office(sandbox).calls if row.direction == 0 and row.outcome != 0]
    found = await account.missed_calls()
    assert [entry.call.call_id for entry in found] == [str(row.call_id) for row in reversed(missed)]
    assert {entry.processed for entry in found} == {False}
    assert {entry.call.direction for entry in found} == {Direction.INCOMING}

    middle = found[len(found) // 2].call.started_at
    form = {"userid": "2", "search_on": "1", "period_start": "2026-06-10 00:00:00", "period_end": "2026-06-17 00:00:00"}
    await reply_to(ask, "POST", "/stats/missed_calls", "missed_calls", form)
    assert await account.missed_calls(since=middle) == tuple(
        entry for entry in found if entry.call.started_at >= middle
    )
    assert await account.missed_calls(until=middle) == tuple(entry for entry in found if entry.call.started_at < middle)

    await account.mark_missed(found[0].call.call_id)
    assert sandbox.requests[-1].query == {"processed": found[0].call.call_id}
    assert [entry.processed for entry in await account.missed_calls()][:2] == [True, False]


async def test_statistics(sandbox, account, ask):
    await reply_to(ask, "GET", "/stats/user_stats", "statistics")
    form = {"period_start": "2026-06-01 00:00:00", "period_end": "2026-06-16 23:59:59"}
    await reply_to(ask, "POST", "/billing/stats/user_stats", "statistics", form)
    since, until = vilnius("2026-06-01 00:00:00"), vilnius("2026-06-17 00:00:00")
    found = await account.statistics(since=since, until=until)
    assert sandbox.requests[-1].query == form
    rows = [row for row in office(sandbox).calls if since.timestamp() <= row.started_at < until.timestamp()]
    assert (found["start_date"], found["end_date"]) == ("2026-06-01", "2026-06-16")
    assert found["calls"]["outgoing"] == {
        name: sum(row.direction != 0 and row.outcome == outcome for row in rows)
        for name, outcome in (("answered", 0), ("no_answer", 2), ("busy", 1), ("failed", 3))
    }
    days = {datetime.fromtimestamp(row.started_at, VILNIUS).date().isoformat() for row in rows}
    assert [day["date"] for day in found["detailed_by_date"]] == sorted(days, reverse=True)
    assert isinstance(found["detailed_by_date"][0]["duration"], Decimal)


# CLIs.


async def test_caller_ids(sandbox, account, ask):
    text = await reply_to(ask, "GET", "/devices/user_device_clis", "clis")
    assert '<device id="200">SIP/1510</device>' in text
    first, _ = await account.caller_ids()
    assert (first.caller_id, first.number, first.device) == ("20", "982100000010", "SIP/1510")
    assert (first.description, first.added_at) == ("Linija", NOW)
    assert list(await account.cli_devices())[:2] == ["200", "201"]


async def test_new_caller_id(sandbox, account, ask):
    form = {"device_id": "200", "cli": "37060000901", "description": "Naujas"}
    done = await reply_to(ask, "POST", "/devices/cli_add", "cli_ok", form)
    assert texts("status_message", done) == ["CLI created"]
    failed = await reply_to(ask, "POST", "/devices/cli_add", "cli_failed", form)
    assert texts("status_message", failed) == ["CLI not created"]
    await account.add_caller_id(device_id="201", number="+370 600 00902", description="Dar vienas")
    assert [(caller_id.number, caller_id.device, caller_id.description) for caller_id in await account.caller_ids()][
        2:
    ] == [
        ("37060000901", "SIP/1510", "Naujas"),
        ("37060000902", "SIP/1511", "Dar vienas"),
    ]
    with pytest.raises(RequestError, match="CLI not created"):
        await account.add_caller_id(device_id="299999", number="37060000903")
    with pytest.raises(RequestError, match="dialled"):
        await account.add_caller_id(device_id="201", number="namai")


# Phonebook.


async def test_phonebook(sandbox, account, ask):
    await reply_to(ask, "GET", "/phonebooks/list/2", "phonebook")
    await reply_to(ask, "POST", "/phonebooks/list/2", "phonebook")
    shown = await account.contacts()
    assert [(contact.name, contact.numbers) for contact in shown] == [
        ("Sandėlis Kaune", ("989120000201",)),
        ("Klientas „Ąžuolas“", ("982100000202",)),
        ("Meistras", ("989120000203",)),
    ]
    assert len({contact.contact_id for contact in shown}) == 3
    assert await account.contacts() == shown, "derived ids stay the same"
    sandbox.requests.clear()
    with pytest.raises(RequestError, match="shows no ids"):
        await account.remove_contact(shown[0].contact_id)
    assert not sandbox.requests


async def test_new_and_deleted_entry(sandbox, account, ask):
    form = {"userid": "2", "number": "37060000911", "name": "Kirpykla"}
    done = await reply_to(ask, "POST", "/phonebooks/add_new/2", "entry_ok", form)
    assert texts("status_message", done) == ["Record added"]
    failed = await reply_to(ask, "POST", "/phonebooks/add_new/2", "entry_failed", {**form, "name": ""})
    assert texts("status_message", failed) == ["Please fill all fields"]
    # The user's id is part of the address; clients leave it out of the form.
    other = {"number": "37060000913", "name": "Paštas"}
    await reply_to(ask, "POST", "/phonebooks/add_new/2", "entry_ok", other)
    await account.add_contact(name="Žuvies turgus", number="+37060000912")
    (added,) = [request for request in sandbox.requests if request.path == "/phonebooks/add_new/2"][-1:]
    assert added.query == {"number": "37060000912", "name": "Žuvies turgus"}
    sandbox.wires["mor"].change("entry_ids", True)
    book = {contact.name: contact for contact in await account.contacts()}
    assert book["Žuvies turgus"].numbers == ("37060000912",)
    await account.remove_contact(book["Kirpykla"].contact_id)
    assert sandbox.requests[-1].path == f"/phonebooks/destroy/{book['Kirpykla'].contact_id}"
    assert [contact.name for contact in await account.contacts()][-1] == "Žuvies turgus"
    await reply_to(ask, "POST", f"/phonebooks/destroy/{book['Meistras'].contact_id}", "deleted_ok", {})
    failed = await reply_to(ask, "POST", "/phonebooks/destroy/1", "deleted_failed", {})
    assert texts("status_message", failed) == ["We're sorry, but something went wrong"]
    with pytest.raises(RequestError, match="something went wrong"):
        await account.remove_contact("1")
    with pytest.raises(RequestError, match="name"):
        await account.add_contact(name=" ", number="37060000913")


# Faxes.


async def test_faxes(sandbox, account, ask):
    await reply_to(ask, "GET", "/stats/faxes_list/2", "faxes")
    found = await account.faxes()
    assert [fax.status for fax in found] == ["Received", "Failed", "Received"]
    assert [fax.outgoing for fax in found] == [False, None, False]
    first = found[0]
    assert (first.at, first.device, first.source) == (NOW - timedelta(hours=2), "FAX/1990", "982100000301")
    form = {"userid": "2", "search_on": "1", "period_start": "2026-06-01 00:00:00"}
    form |= {"period_end": "2026-06-17 23:59:59", "fax_status": "Failed", "device_id": "299"}
    text = await reply_to(ask, "POST", "/stats/faxes_list/2", "faxes", form)
    assert texts("status", text) == ["Failed"]
    assert await account.faxes(since=NOW - timedelta(days=2)) == found[:2]
    assert await account.faxes(status="Failed") == found[1:2]
    assert await account.faxes(device="200") == ()


# Callback.


async def test_callback(sandbox, account, ask):
    form = {"src": "1510", "dst": "989120000999", "acc": "200"}
    for body, params in ((form, {}), (None, form)):
        text = await reply_to(ask, "POST", "/functions/activate_callback", "callback_ok", body, **params)
        assert texts("status_message", text) == ["Callback activated"]
    failed = await reply_to(ask, "POST", "/functions/activate_callback", "callback_failed", {**form, "acc": "300"})
    assert texts("status_message", failed) == ["Bad device"]
    assert sandbox.world.under_way == 2

    placed = await account.callback(source="1511", destination="+98 912 000 0999")
    assert sandbox.requests[-1].query == {"src": "1511", "dst": "989120000999", "acc": "201"}
    assert (placed.request_id, placed.status, placed.charged) == (None, "accepted", None)
    await account.callback(source="989120000998", device="202")
    assert sandbox.requests[-1].query == {"src": "989120000998", "acc": "202"}
    assert sandbox.world.under_way == 4
    for wrong in ({"source": "labas", "destination": "1"}, {"source": "1510", "destination": "••••999"}):
        with pytest.raises(RequestError, match="dialled"):
            await account.callback(**wrong)
    with pytest.raises(RequestError, match="give the device's id"):
        await account.callback(source="989120000998", destination="989120000999")
    with pytest.raises(RequestError, match="Bad device"):
        await account.callback(source="1510", destination="989120000999", device="300")
    assert sandbox.world.under_way == 4


async def test_click_to_call_shows_in_the_list(sandbox, account):
    placed_at = NOW.timestamp()
    await account.click_to_call(source="1512", destination="989120000997")
    sandbox.world.clock.move(60)
    call = await anext(account.calls())
    assert (call.started_at.timestamp(), call.extension, call.direction) == (placed_at, "1512", Direction.OUTGOING)
    assert call.destination.e164 == "+989120000997"
