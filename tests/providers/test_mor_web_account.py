"""The login that MOR's pages ask for, periods that don't fit a page, directions, and what is sent once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from trunkline import open_account
from trunkline.errors import (
    AuthenticationError,
    ConfigError,
    ConnectionFailedError,
    DataError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
)
from trunkline.model import Direction
from trunkline.sandbox import Sandbox

NOW = datetime(2026, 6, 17, 12, 0, tzinfo=UTC)
LOGIN, MAIN, CALLBACK = "/api/login", "/callc/main", "/functions/activate_callback"


@pytest.fixture
async def sandbox():
    async with Sandbox(seed=5, calls=320, days=20, now=NOW) as sandbox:
        sandbox.world.clock.freeze()
        yield sandbox


@pytest.fixture
async def account(sandbox, limits):
    where = sandbox.accounts["mor"][0]
    async with open_account("mor", base_url=where.base_url, limits=limits, **where.credentials) as account:
        yield account


def paths(sandbox):
    return [request.path for request in sandbox.requests]


async def listed(account, **period):
    return [call async for call in account.calls(**period)]


# The login.


async def test_all_requests_share_one_login(sandbox, account):
    await asyncio.gather(account.devices(), account.rates(), account.payments(), account.details())
    assert paths(sandbox).count(LOGIN) == 1


async def test_an_expired_session_is_renewed_once(sandbox, account):
    before = await account.rates()
    sandbox.wires["mor"].end_sessions()
    sandbox.requests.clear()
    assert await account.rates() == before
    assert paths(sandbox) == ["/tariffs/user_rates", LOGIN, "/tariffs/user_rates"]


async def test_simultaneous_requests_share_the_renewed_session(sandbox, account):
    await account.rates()
    sandbox.wires["mor"].end_sessions()
    sandbox.requests.clear()
    await asyncio.gather(account.devices(), account.rates(), account.payments())
    assert paths(sandbox).count(LOGIN) == 1


async def test_a_login_is_never_repeated_in_a_loop(sandbox, account):
    sandbox.faults.add("expired_token", provider="mor", path="/tariffs")
    with pytest.raises(AuthenticationError, match="the session was not kept"):
        await account.rates()
    assert paths(sandbox) == [LOGIN, "/tariffs/user_rates"] * 2


async def test_a_login_page_as_the_reply_to_a_login_is_a_refusal(sandbox, account):
    sandbox.faults.add("expired_token", provider="mor", path=LOGIN)
    with pytest.raises(AuthenticationError):
        await account.rates()
    assert paths(sandbox) == [LOGIN]


async def test_a_password_that_was_changed(sandbox, account):
    key = await account.key()
    changed = sandbox.wires["mor"].rotate(0)
    with pytest.raises(AuthenticationError):
        await account.rates()
    sandbox.world.clock.move(10)
    where = sandbox.accounts["mor"][0]
    async with open_account("mor", base_url=where.base_url, **changed) as renewed:
        assert await renewed.key() == key


async def test_redirects_after_the_login_and_back_to_it(sandbox, account):
    sandbox.wires["mor"].change("login_redirect", True)
    sandbox.wires["mor"].change("html_login", True)
    assert (await account.identity()).account_id == "2@127.0.0.1"
    sandbox.wires["mor"].end_sessions()
    sandbox.requests.clear()
    assert await account.devices()
    assert paths(sandbox) == ["/devices/user_devices", LOGIN, "/devices/user_devices"]
    sandbox.faults.add("expired_token", provider="mor", path="/tariffs")
    with pytest.raises(AuthenticationError):
        await account.rates()


async def test_replies_of_the_api_to_a_login_are_read(sandbox, account):
    sandbox.wires["mor"].change("production", True)
    assert (await account.main_page()).unlimited


async def test_pages_of_another_user_are_not_permitted(sandbox, account):
    with pytest.raises(PermissionDeniedError):
        await account.request("GET", "phonebooks/list/3")
    assert paths(sandbox).count(LOGIN) == 2
    with pytest.raises(PermissionDeniedError):
        await account._session.send("phonebooks/add_new/3", form={}, effect="")


# A server that answers as it is told.


class Canned:
    """A MOR server that logs everybody in and answers each path with what was put there."""

    def __init__(self):
        self.answers = {
            LOGIN: "<action><name>login</name><status>ok</status></action>",
            MAIN: "<page><pagename>Main page</pagename><userid>7</userid><stats/></page>",
        }
        self.status = {}
        self.headers = {LOGIN: {"Set-Cookie": "_session_id=abc123; path=/"}}
        self.asked = []

    async def answer(self, request):
        form = await request.post()
        self.asked.append((request.method, request.path, dict(form), request.headers.get("Cookie")))
        answer = self.answers.get(request.path)
        if callable(answer):
            answer = answer(dict(form))
        if answer is None:
            return web.Response(status=404)
        return web.Response(
            body=answer if isinstance(answer, bytes) else answer.encode(),
            status=self.status.get(request.path, 200),
            content_type="text/html",
            headers=self.headers.get(request.path),
        )


@pytest.fixture
async def server():
    canned = Canned()
    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", canned.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    canned.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield canned
    await runner.cleanup()


@pytest.fixture
async def guest(server, limits):
    async with open_account("mor", base_url=server.url, limits=limits, username="u7", password="pä ß&=") as account:
        yield account


async def test_every_request_has_the_cookie_and_only_the_login_has_the_password(server, guest):
    await guest.identity()
    assert server.asked == [
        ("POST", LOGIN, {"u": "u7", "p": "pä ß&="}, None),
        ("GET", MAIN, {}, "_session_id=abc123"),
    ]
    server.headers[MAIN] = {"Set-Cookie": "_session_id=next; path=/"}
    await guest.main_page()
    await guest.main_page()
    assert [cookie for *_, cookie in server.asked[2:]] == ["_session_id=abc123", "_session_id=next"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("<action><name>login</name><status>failed</status></action>", AuthenticationError),
        (
            "<action><status>failed</status><status_message>Sąskaita užblokuota</status_message></action>",
            AuthenticationError,
        ),
        ("<status><error>API Requests are disabled</error></status>", PermissionDeniedError),
        ("<page><pagename>Login page</pagename><error_msg>Bad login</error_msg></page>", AuthenticationError),
        ("<html><body>It works!</body></html>", AuthenticationError),
        ("<!DOCTYPE html><html></html>", DataError),
        ("It works!", DataError),
        ("", DataError),
    ],
)
async def test_any_other_reply_to_a_login_is_an_error(server, guest, answer, error):
    server.answers[LOGIN] = answer
    with pytest.raises(error):
        await guest.identity()
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (408, ProviderError),
        (418, RequestError),
        (429, RateLimitedError),
        (501, ProviderError),
    ],
)
async def test_http_statuses_are_their_errors(server, guest, status, error):
    await guest.identity()
    server.status[MAIN] = status
    with pytest.raises(error):
        await guest.main_page()


async def test_statuses_of_a_login_and_of_a_change(server, guest):
    server.status[LOGIN] = 401
    with pytest.raises(AuthenticationError, match="HTTP 401"):
        await guest.identity()
    server.status[LOGIN] = 200
    path = "/phonebooks/add_new/7"
    server.answers[path], server.status[path], server.headers[path] = "", 429, {"Retry-After": "7"}
    with pytest.raises(RateLimitedError) as limited:
        await guest.add_contact(name="Kirpykla", number="37060000001")
    assert limited.value.retry_after == 7
    assert sum(request[1] == path for request in server.asked) == 1


async def test_a_login_that_redirects_to_itself_is_refused(server, guest):
    server.status[LOGIN] = 302
    server.headers[LOGIN] = {"Location": "/callc/login", "Set-Cookie": "_session_id=x"}
    with pytest.raises(AuthenticationError):
        await guest.identity()


async def test_redirects_to_other_addresses_are_not_followed(server, guest):
    server.status[MAIN] = 302
    server.headers[MAIN] = {"Location": "http://elsewhere.example/"}
    with pytest.raises(ConnectionFailedError, match="check the base URL"):
        await guest.identity()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("<page><pagename>Rates</pagename><error_msg>Something is wrong</error_msg></page>", RequestError),
        ("<error>Dont be so smart</error>", PermissionDeniedError),
        ("<page><error>User was not found</error></page>", NotFoundError),
        ("<page><status><error>No tariff</error></status></page>", ProviderError),
        ("<status><error>Bad login</error></status>", AuthenticationError),
        ("<page><pagename>Call State</pagename><language>en</language><error_msg/></page>", AuthenticationError),
        ("<action><name>login</name><status>failed</status></action>", AuthenticationError),
        ("<html><body>It works!</body></html>", DataError),
        ("<rates/>", DataError),
    ],
)
async def test_errors_that_a_page_shows_instead_of_its_content(server, guest, body, error):
    server.answers["/tariffs/user_rates"] = body
    with pytest.raises(error):
        await guest.rates()
    assert sum(path == LOGIN for _, path, *_ in server.asked) <= 2


async def test_text_before_a_page_is_ignored(server, guest):
    server.answers[MAIN] = "\ufeff\n\nWarning: something\n" + server.answers[MAIN]
    assert (await guest.identity()).account_id == "7@127.0.0.1"


async def test_an_account_without_a_name_has_the_servers_name(server, guest):
    assert (await guest.identity()).title == "Kolmisoft MOR 127.0.0.1"
    assert (await guest.trunks())[0].credit is None


async def test_a_main_page_without_a_user_is_a_data_error(server, guest):
    server.answers[MAIN] = "<page><pagename>Main page</pagename><stats/></page>"
    with pytest.raises(DataError, match="userid"):
        await guest.identity()


async def test_a_reply_that_is_not_a_file_is_a_data_error(server, guest):
    server.answers["/tariffs/generate_personal_rates_pdf/7"] = "not a PDF"
    with pytest.raises(DataError, match="PDF"):
        await guest.export_rates("pdf")
    server.answers["/tariffs/generate_personal_rates_csv/7"] = server.answers[MAIN]
    with pytest.raises(DataError, match="the file"):
        await guest.export_rates("csv")


async def test_details_that_the_page_lacks_are_not_deleted(server, guest):
    server.answers["/users/personal_details"] = (
        "<page><userid>7</userid><details><other_details><username>Ona</username><personalid/></other_details></details></page>"
    )
    server.answers["/users/update_personal_details/7"] = "<action><status>ok</status></action>"
    await guest.update_details({"reg_city": "Kaunas"})
    assert server.asked[-1][2] == {"username": "Ona", "personalid": "", "reg_city": "Kaunas"}


async def test_statistics_of_a_period_at_servers_without_the_longer_address(server, guest):
    shown = "<page><userid>7</userid><details><calls><incoming><busy>1</busy></incoming></calls></details></page>"
    server.answers["/stats/user_stats"] = shown
    found = await guest.statistics(since=NOW)
    assert found["calls"] == {"incoming": {"busy": 1}}
    assert found["detailed_by_date"] == []
    assert [path for _, path, *_ in server.asked][-2:] == ["/billing/stats/user_stats", "/stats/user_stats"]
    server.answers["/stats/user_stats"] = "<page><userid>7</userid></page>"
    with pytest.raises(DataError, match="details"):
        await guest.statistics()


async def test_newer_servers_confirm_changes_with_pages(server, guest):
    server.answers["/devices/cli_add"] = "<page><status><success>CLI created</success></status></page>"
    await guest.add_caller_id(device_id="1", number="37060000901")
    server.answers["/devices/cli_add"] = "<page><status><error>CLI not created</error></status></page>"
    with pytest.raises(RequestError, match="CLI not created"):
        await guest.add_caller_id(device_id="1", number="37060000901")


# Calls.


def page(rows, *, total=None, direction="all", start="2026-06-01 00:00:00", end="2026-12-31 00:00:00", currency="USD"):
    written = "".join(
        f"<call><date>{date}</date><called_from>{source}</called_from><called_to>{to}</called_to>"
        f"<duration>00:00:{seconds:02d}</duration><hangup_cause>Answered</hangup_cause><price>0.1</price></call>"
        for date, source, to, seconds in rows
    )
    return (
        f"<page><pagename>Calls</pagename><userid>7</userid><direction>{direction}</direction>"
        f"<total_calls>{len(rows) if total is None else total}</total_calls><currency>{currency}</currency><calls_stat>"
        f"<period><period_start>{start}</period_start><period_end>{end}</period_end></period>"
        f"<calls>{written}</calls></calls_stat></page>"
    )


def heeding(rows, *, most=10**6):
    """Answer as a server that heeds the period and the type of calls, but shows at most so many calls."""

    def answer(form):
        begin, end = form["period_start"], form["period_end"]
        mine = [row for row in rows if begin <= row[0] <= end]
        if form["calltype"] != "all":
            mine = [row for row in mine if row[4] == form["calltype"]]
        shown = [row[:4] for row in mine[:most]]
        return page(shown, total=len(mine), direction=form["direction"], start=begin, end=end)

    return answer


ROWS = [
    (
        f"2026-06-{day:02d} {hour:02d}:{minute:02d}:00",
        f"3706000{day:02d}{hour:02d}",
        "37052000001",
        minute % 60,
        "incoming",
    )
    for day in range(17, 9, -1)
    for hour in (15, 9)
    for minute in (40, 5)
]
PERIOD = {"since": NOW - timedelta(days=9), "until": NOW + timedelta(hours=3)}


async def test_a_page_with_too_few_calls_is_requested_in_parts(server, guest):
    server.answers["/stats/call_list"] = heeding(ROWS)
    whole = await listed(guest, **PERIOD)
    server.answers["/stats/call_list"] = heeding(ROWS, most=3)
    assert await listed(guest, **PERIOD) == whole
    assert len(whole) == len(ROWS)


async def test_calls_that_are_counted_but_not_shown_are_an_error(server, guest):
    server.answers["/stats/call_list"] = lambda form: page(
        [], total=5, start=form["period_start"], end=form["period_end"]
    )
    with pytest.raises(DataError, match="total_calls"):
        await listed(guest, **PERIOD)
    same_second = [(ROWS[0][0], "37060000001", "37052000001", 1, "incoming")] * 4
    server.answers["/stats/call_list"] = heeding(same_second, most=2)
    with pytest.raises(DataError, match="total_calls"):
        await listed(guest, **PERIOD)


async def test_a_page_of_another_period_is_an_error(server, guest):
    server.answers["/stats/call_list"] = lambda _: page([], start="2026-06-17 00:00:00", end="2026-06-17 23:59:59")
    with pytest.raises(DataError, match="period"):
        await listed(guest, **PERIOD)


async def test_directions_that_cannot_be_derived_are_requested(server, guest):
    rows = [
        ("2026-06-17 10:00:00", "37060000001", "37052000001", 5, "incoming"),
        ("2026-06-17 09:00:00", "37052000001", "37060000001", 6, "outgoing"),
        ("2026-06-17 08:00:00", "37052000001", "37060000009", 7, "neither"),
    ]
    server.answers["/stats/call_list"] = heeding(rows)
    calls = await listed(guest, **PERIOD)
    assert [call.direction for call in calls] == [Direction.INCOMING, Direction.OUTGOING, None]
    assert ["direction" in call.derived for call in calls] == [True, True, False]


async def test_the_direction_is_unknown_if_the_server_ignores_the_filter(sandbox, account):
    sandbox.wires["mor"].change("filters", False)
    office = sandbox.world.offices[0]
    sandbox.world.place(office, to="9120000999", caller="9120000998")
    sandbox.world.clock.move(30)
    assert (await listed(account))[0].direction is None
    sandbox.wires["mor"].change("filters", True)
    assert (await listed(account))[0].direction is Direction.OUTGOING


async def test_a_server_without_the_page_of_clis_still_lists_calls(sandbox, account):
    sandbox.faults.add("status", provider="mor", path="/devices/user_device_clis", code=404)
    calls = await listed(account)
    assert len(calls) == len(sandbox.world.offices[0].calls)
    assert None not in {call.direction for call in calls}


async def test_a_corrected_price_keeps_its_call(sandbox, account):
    before = await listed(account)
    position = sandbox.world.offices[0].calls.listed()[-3]
    sandbox.world.correct(sandbox.world.offices[0], position, price_talk=99_999)
    after = await listed(account)
    assert [call.call_id for call in after] == [call.call_id for call in before]
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1
    assert changed[0][1] == replace(changed[0][0], price=changed[0][1].price)


async def test_equal_calls_have_stable_ids(server, guest):
    alike = [("2026-06-17 10:00:00", "37060000001", "37052000001", 5, "incoming")] * 3
    server.answers["/stats/call_list"] = heeding([*alike, *ROWS])
    first = await listed(guest, **PERIOD)
    keys = [call.call_id for call in first if call.started_at == datetime(2026, 6, 17, 7, 0, tzinfo=UTC)]
    assert len(set(keys)) == 3
    again = await listed(guest, since=datetime(2026, 6, 17, 6, 0, tzinfo=UTC), until=PERIOD["until"])
    assert sorted(keys) == sorted(call.call_id for call in again if call.call_id in keys)


async def test_a_call_in_the_currency_of_the_page(server, guest):
    server.answers["/stats/call_list"] = heeding(ROWS[:1])
    assert str((await listed(guest, **PERIOD))[0].price) == "0.1 USD"


async def test_amounts_without_a_currency_are_in_that_of_the_balance(server, guest):
    payment = "<payments><payment><amount>10</amount></payment></payments>"
    rate = "<rates><rate><ratename>Afghanistan</ratename><ratecost>0.02</ratecost></rate></rates>"
    server.answers["/payments/personal_payments"] = f"<page><userid>7</userid>{payment}</page>"
    server.answers["/tariffs/user_rates"] = f"<page><userid>7</userid>{rate}</page>"
    finances = "<stats><finances><balance>100 USD</balance></finances></stats>"
    server.answers[MAIN] = f"<page><pagename>Main page</pagename><userid>7</userid>{finances}</page>"
    assert guest.currency == "EUR"
    assert [str(payment.amount) for payment in await guest.payments()] == ["10 USD"]
    assert [str(rate.price) for rate in await guest.rates()] == ["0.02 USD"]


async def test_a_missed_call_that_is_not_marked_is_an_error(server, guest):
    row = (
        "<page><userid>7</userid><calls_stat><calls><call><call_id>5</call_id><date>2026-06-17 10:00:00</date>"
        "<processed>0</processed></call></calls></calls_stat></page>"
    )
    server.answers["/stats/missed_calls"] = row
    with pytest.raises(RequestError, match="not processed"):
        await guest.mark_missed("5")
    server.answers["/stats/missed_calls"] = row.replace("<processed>0", "<processed>maybe")
    with pytest.raises(OutcomeUnknownError):
        await guest.mark_missed("5")
    for senseless in (row.replace("2026-06-17 10:00:00", "soon"), "<page><userid>7</userid></page>"):
        server.answers["/stats/missed_calls"] = senseless
        with pytest.raises(OutcomeUnknownError, match="The call may have been marked"):
            await guest.mark_missed("5")
    server.answers["/stats/missed_calls"] = row.replace("<call_id>5", "<call_id>6")
    await guest.mark_missed("5")
    for made in ("5/../6", "5b59d9daecbe5d0af4f31004", ""):
        with pytest.raises(NotFoundError):
            await guest.mark_missed(made)


# What is sent once.


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("cut", {"processed": False}),
        ("cut", {"processed": True}),
        ("cut_body", {"share": 0.5}),
        ("cut_body", {"share": 0.0}),
        ("status", {"code": 500}),
        ("status", {"code": 501}),
        ("status", {"code": 408}),
        ("bad_json", {"form": "html"}),
        ("bad_json", {"form": "empty"}),
        ("bad_json", {"form": "truncated"}),
    ],
)
async def test_a_callback_is_sent_once_whatever_the_outcome(sandbox, account, kind, options):
    await account.devices()
    sandbox.faults.add(kind, provider="mor", path=CALLBACK, **options)
    with pytest.raises(OutcomeUnknownError, match="phone"):
        await account.callback(source="1510", destination="989120000999")
    sandbox.faults.clear()
    await asyncio.sleep(0.02)
    assert paths(sandbox).count(CALLBACK) == 1
    assert sandbox.world.under_way <= 1


async def test_the_session_is_checked_before_a_callback_and_renewed_if_it_has_ended(sandbox, account):
    await account.devices()
    sandbox.requests.clear()
    await account.callback(source="1510", destination="989120000999", device="200")
    assert paths(sandbox) == [MAIN, CALLBACK]
    sandbox.wires["mor"].end_sessions()
    sandbox.requests.clear()
    await account.callback(source="1510", destination="989120000999", device="200")
    assert paths(sandbox) == [MAIN, LOGIN, MAIN, CALLBACK]
    assert sandbox.world.under_way == 2


@pytest.mark.parametrize("html_login", [False, True])
async def test_a_login_page_after_a_callback_leaves_the_outcome_unknown(sandbox, account, html_login):
    await account.devices()
    sandbox.wires["mor"].change("html_login", html_login)
    sandbox.faults.add("expired_token", provider="mor", path=CALLBACK)
    with pytest.raises(OutcomeUnknownError, match="phone may be ringing") as caught:
        await account.callback(source="1510", destination="989120000999")
    assert "nothing was done" not in str(caught.value)
    sandbox.faults.clear()
    assert paths(sandbox).count(CALLBACK) == 1
    await account.callback(source="1510", destination="989120000999")
    assert paths(sandbox).count(CALLBACK) == 2
    assert sandbox.world.under_way == 1


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429])
async def test_an_http_error_with_a_confirmation_leaves_the_outcome_unknown(server, guest, status):
    server.answers[CALLBACK], server.status[CALLBACK] = "<action><status>ok</status></action>", status
    with pytest.raises(OutcomeUnknownError):
        await guest.callback(source="1510", destination="37060000001", device="1")
    assert sum(path == CALLBACK for _, path, *_ in server.asked) == 1


async def test_a_reply_that_neither_confirms_nor_refuses_is_unknown(server, guest):
    server.answers["/devices/user_devices"] = (
        "<page><userid>7</userid><devices><device><acc>1</acc></device></devices></page>"
    )
    for answer in ("<action><name>callback</name></action>", "<page><userid>7</userid></page>"):
        server.answers[CALLBACK] = answer
        with pytest.raises(OutcomeUnknownError):
            await guest.callback(source="1510", destination="37060000001")
    server.answers[CALLBACK] = "<action><status>failed</status></action>"
    with pytest.raises(RequestError, match="no reason"):
        await guest.callback(source="1510", destination="37060000001")
    server.answers["/tariffs/user_rates"] = "<page><userid>7</userid></page>"
    with pytest.raises(OutcomeUnknownError):
        await guest.set_currency("EUR")


# Any other page.


async def test_any_other_page_as_plain_data(sandbox, account):
    found = await account.request("GET", "services/user_subscriptions")
    assert found["pagename"] == "User subscriptions"
    assert [subscription["price"] for subscription in found["subscriptions"]["subscription"]] == ["10 EUR", "10 EUR"]
    found = await account.request("POST", "/stats/call_list", calltype="incoming")
    assert found["direction"] == "incoming"
    sandbox.requests.clear()
    for path in (
        CALLBACK,
        "callc/login",
        "phonebooks/destroy/1",
        "http://elsewhere.example/",
        "../x",
        "//elsewhere.example/x",
        "",
    ):
        with pytest.raises(RequestError):
            await account.request("POST", path)
    assert not sandbox.requests


def test_invalid_credentials_are_refused():
    with pytest.raises(ConfigError, match="invalid characters"):
        open_account("mor", base_url="https://mor.example", username="u", password="a\nb")
    with pytest.raises(ConfigError, match="password"):
        open_account("mor", base_url="https://mor.example", username="u")


def test_reprs_contain_no_secrets():
    account = open_account("mor", base_url="https://mor.example", username="u7", password="hunter2-hunter2")
    assert "hunter2" not in repr(account) + repr(account._session)
