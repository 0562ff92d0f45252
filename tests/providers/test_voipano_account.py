"""The VoIPano account over a real socket: credit out of every reply, money asked for once, and what is refused."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

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
    RequestError,
)
from trunkline.model import Call, Identity, Money, Status, Voicemail
from trunkline.sandbox import Sandbox
from trunkline.transport import Limits

SOURCE, DESTINATION = "09120000789", "09120000543"
# A Wednesday noon in Tehran: what lies before it is the same on every day that the tests are run.
NOON = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
NOTHING_CHARGED = {"charged": 0, "unit_price": 0}
PAID = {
    "click-to-call": lambda account: account.click_to_call(source=SOURCE, destination=DESTINATION),
    "secure-call": lambda account: account.secure_call(source=SOURCE, destination=DESTINATION),
    "call-otp": lambda account: account.send_otp(number=SOURCE),
}
PRICES = {"click-to-call": 80, "secure-call": 120, "call-otp": 160}


def rial(amount):
    return Money(Decimal(amount), "IRR")


@pytest.fixture
async def sandbox():
    async with Sandbox(seed=9, calls=260, days=12, now=NOON) as sandbox:
        sandbox.world.clock.freeze()
        yield sandbox


def opened(sandbox, limits, index=0, **more):
    where = sandbox.accounts["voipano"][index]
    return open_account("voipano", **{"base_url": where.base_url, "limits": limits, **where.credentials, **more})


@pytest.fixture
async def account(sandbox, limits):
    async with opened(sandbox, limits) as account:
        yield account


@pytest.fixture
async def telling(limits):
    """Open an account at a server that tells what a test wants it to: `answer(request)` returns the reply."""
    async with AsyncExitStack() as stack:

        async def _telling(answer):
            asked = []

            async def handle(request):
                await request.read()
                asked.append(request)
                said = answer(request)
                return web.json_response(said) if isinstance(said, dict) else said

            app = web.Application()
            app.router.add_route("*", "/{anything:.*}", handle)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/api"
            account = await stack.enter_async_context(
                open_account("voipano", base_url=url, limits=limits, token="t0ken")
            )
            return account, asked

        yield _telling


def envelope(data, **billing):
    return {"ok": True, "data": data, "billing": billing or NOTHING_CHARGED}


def services(*numbers):
    return envelope(
        {
            "items": [
                {"subscription_id": 12 + at, "status": "active", "remaining_days": 26, "phone_number": number}
                for at, number in enumerate(numbers)
            ],
            "total": len(numbers),
        }
    )


def reports(*ids, page=1, last=1, endpoint="02191010001"):
    items = [{"id": item, "call_source": None, "call_destination": None, "has_recording": False} for item in ids]
    pagination = {"page": page, "per_page": 2, "total": 2 * last, "last_page": last}
    return envelope({"endpoint_number": endpoint, "items": items, "pagination": pagination})


def object_id(seconds, counter=0):
    return f"{seconds:08x}f8f8a7d128{counter:06x}"


# Credit.


async def test_the_credit_is_unknown_until_a_reply_tells_it_and_then_stands_on_its_line(sandbox, account):
    office = sandbox.world.offices[0]
    first, second = await account.trunks()
    assert (first.credit, second.credit) == (None, None)
    assert account.billing.charged == rial(0)
    assert account.billing.remaining_credit is None

    await account.click_to_call(source=SOURCE, destination=DESTINATION)
    left = office.trunks[0].credit
    assert account.billing.remaining_credit == rial(left)
    first, second = await account.trunks()
    assert (first.trunk_id, first.credit, second.credit) == (office.trunks[0].number, rial(left), None)
    # Replies that cost nothing say so, and the credit that is known stays.
    assert account.billing.charged == rial(0)
    assert account.billing.remaining_credit == rial(left)
    assert [trunk.credit for service in await account.services() for trunk in service.trunks] == [rial(left), None]


async def test_the_line_of_a_codes_credit_is_asked_for(sandbox, account):
    await account.send_otp(number=SOURCE)
    first, second = await account.trunks()
    assert (first.credit, second.credit) == (rial(sandbox.world.offices[0].trunks[0].credit), None)
    assert sandbox.requests[-1].path.endswith("call-reports")
    await account.trunks()
    assert sandbox.requests[-1].path.endswith("services")


async def test_an_only_line_needs_no_question(sandbox, limits):
    async with opened(sandbox, limits, index=1) as account:
        await account.send_otp(number=SOURCE)
        (trunk,) = await account.trunks()
        assert trunk.credit == rial(sandbox.world.offices[1].trunks[0].credit)
        assert not any(request.path.endswith("call-reports") for request in sandbox.requests)


async def test_one_line_of_two_services_shows_its_credit_once(telling):
    def answer(request):
        if request.path.endswith("services"):
            return services("002191010001", "02191010001")
        return envelope({"request_id": "r"}, charged="160", unit_price="160", remaining_credit="9840")

    account, _ = await telling(answer)
    placed = await account.send_otp(number=SOURCE)
    assert (placed.charged, placed.remaining_credit) == (rial(160), rial(9840))
    assert [[item.credit for item in service.trunks] for service in await account.services()] == [[rial(9840)], [None]]
    (trunk,) = await account.trunks()
    assert (trunk.trunk_id, trunk.credit) == ("2191010001", rial(9840))


async def test_a_credit_of_a_line_that_isnt_listed_is_on_none(telling):
    def answer(request):
        if request.path.endswith("services"):
            return services("002191010002", "002191010003")
        return envelope({"endpoint_number": "02191010001"}, charged=80, unit_price=80, remaining_credit=20)

    account, _ = await telling(answer)
    await account.secure_call(source=SOURCE, destination=DESTINATION)
    assert [trunk.credit for trunk in await account.trunks()] == [None, None]
    assert account.billing.remaining_credit == rial(20)


async def test_the_audios_header_is_billing_too(telling):
    told = {"charged": "25"}

    def answer(request):
        headers = {"Content-Type": "audio/wav", "X-Billing-Charged": told["charged"]}
        return web.Response(body=b"RIFF", headers=headers)

    account, asked = await telling(answer)
    call = Call(account="a", call_id="1", direction=None, status=Status.UNKNOWN, started_at=None, recording="67bc8ea2")
    assert (await account.recording(call)).content == b"RIFF"
    assert account.billing.charged == rial(25)
    assert account.billing.remaining_credit is None
    assert asked[0].path == "/api/call-recordings/67bc8ea2"
    assert "audio/*" in asked[0].headers["Accept"]
    told["charged"] = "free"
    with pytest.raises(DataError, match="X-Billing-Charged"):
        await account.recording(call)


async def test_a_refusal_may_tell_the_credit_too(telling):
    told = {"remaining_credit": 70}

    def answer(request):
        body = {"ok": False, "message": "no credit", "billing": {"charged": 0, "unit_price": 80, **told}}
        return web.json_response(body, status=402)

    account, _ = await telling(answer)
    with pytest.raises(RequestError, match="no credit"):
        await account.click_to_call(source=SOURCE, destination=DESTINATION)
    assert account.billing.remaining_credit == rial(70)
    assert account.billing.unit_price == rial(80)
    told["remaining_credit"] = "a little"
    with pytest.raises(RequestError, match="no credit"):
        await account.click_to_call(source=SOURCE, destination=DESTINATION)
    assert account.billing.remaining_credit == rial(70)


async def test_replies_without_billing_change_nothing(telling):
    account, _ = await telling(lambda _: {"ok": True, "data": {"items": [], "total": 0}})
    assert await account.services() == ()
    assert account.billing is None
    with pytest.raises(DataError, match="no service"):
        await account.identity()


# Money is spent once.


@pytest.mark.parametrize("path", PAID)
@pytest.mark.parametrize(
    ("kind", "options", "done"),
    [
        ("cut", {"processed": False}, 0),
        ("cut", {"processed": True}, 1),
        ("cut_body", {"share": 0.0}, 1),
        ("cut_body", {"share": 0.5}, 1),
        ("cut_body", {"share": 0.99}, 1),
        ("bad_json", {"form": "truncated"}, 1),
        ("bad_json", {"form": "html"}, 1),
        ("bad_json", {"form": "array"}, 1),
        ("bad_json", {"form": "empty"}, 1),
        ("huge", {}, 1),
        ("drip", {"bytes": 1, "pause": 0.2}, 1),
        ("delay", {"seconds": 3.0}, 0),
        ("status", {"code": 500}, 0),
        ("status", {"code": 502}, 0),
        ("status", {"code": 504}, 0),
        ("status", {"code": 302, "headers": {"Location": "/again"}}, 0),
        ("field", {"at": "ok", "action": "missing"}, 1),
        ("field", {"at": "ok", "action": "set", "value": "perhaps"}, 1),
        ("field", {"at": "data", "action": "null"}, 1),
        ("field", {"at": "billing", "action": "set", "value": "free"}, 1),
        ("field", {"at": "billing.remaining_credit", "action": "set", "value": "much"}, 1),
        ("field", {"at": "data.request_id", "action": "set", "value": []}, 1),
    ],
)
async def test_whatever_becomes_of_it_it_is_asked_for_once_and_paid_once_at_most(sandbox, path, kind, options, done):
    quick = Limits(connect=1, total=0.6, attempts=4, backoff=0.001, body=1 << 16)
    before = sandbox.world.offices[0].trunks[0].credit
    async with opened(sandbox, quick) as account:
        sandbox.faults.add(kind, provider="voipano", path=f"/{path}", **options)
        with pytest.raises(OutcomeUnknownError) as caught:
            await PAID[path](account)
        # Time for a repeat that must not come.
        await asyncio.sleep(0.02)
    assert SOURCE not in str(caught.value)
    assert len(sandbox.requests) == 1
    assert before - sandbox.world.offices[0].trunks[0].credit == done * PRICES[path]
    assert sandbox.world.under_way == (0 if path == "call-otp" else done)


async def test_a_kept_connection_that_dies_is_no_reason_to_ask_twice(sandbox, account):
    await account.services()
    sandbox.faults.add("cut", provider="voipano", path="/click-to-call", processed=True, count=1)
    with pytest.raises(OutcomeUnknownError):
        await account.click_to_call(source=SOURCE, destination=DESTINATION)
    assert [request.path for request in sandbox.requests].count("/click-to-call") == 1
    # The next wish is a new request, and only that.
    await account.click_to_call(source=SOURCE, destination=DESTINATION)
    assert [request.path for request in sandbox.requests].count("/click-to-call") == 2
    assert sandbox.world.under_way == 2


@pytest.mark.parametrize("path", PAID)
async def test_nothing_was_sent_where_nobody_listens(unused_tcp_port, limits, path):
    url = f"http://127.0.0.1:{unused_tcp_port}"
    async with open_account("voipano", base_url=url, limits=limits, token="t0ken") as account:
        with pytest.raises(ConnectionFailedError):
            await PAID[path](account)
        assert account.requests == 1


async def test_a_refusal_in_a_reply_of_success_is_a_refusal(telling):
    account, asked = await telling(lambda _: {"ok": False, "message": "call 09120000789 later"})
    for act in PAID.values():
        with pytest.raises(RequestError) as caught:
            await act(account)
        assert "later" in str(caught.value)
        assert SOURCE not in str(caught.value)
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("status", "ok", "charged", "error"),
    [
        # A refusal that was charged, or an error with a body that says success, proves nothing.
        (200, False, 80, OutcomeUnknownError),
        (401, False, 80, OutcomeUnknownError),
        (422, False, 80, OutcomeUnknownError),
        (401, True, 0, OutcomeUnknownError),
        (403, True, 80, OutcomeUnknownError),
        (401, False, 0, AuthenticationError),
        (422, False, 0, RequestError),
    ],
)
@pytest.mark.parametrize("path", PAID)
async def test_a_refusal_counts_only_if_nothing_contradicts_it(telling, path, status, ok, charged, error):
    body = {"ok": ok, "message": "no", "data": {}, "billing": {"charged": charged, "unit_price": 80}}
    account, asked = await telling(lambda _: web.json_response(body, status=status))
    with pytest.raises(error) as caught:
        await PAID[path](account)
    assert type(caught.value) is error
    assert len(asked) == 1


async def test_a_call_that_the_exchange_refused_is_not_placed(telling):
    account, asked = await telling(
        lambda _: envelope(
            {"request_id": "r", "status": "accepted", "provider": {"success": False, "status": 503}},
            charged=80,
            unit_price=80,
            remaining_credit=20,
        )
    )
    with pytest.raises(ProviderError, match="refused"):
        await account.click_to_call(source=SOURCE, destination=DESTINATION)
    assert len(asked) == 1
    assert account.billing.remaining_credit == rial(20)


@pytest.mark.parametrize("exchange", [None, {}, {"success": None, "status": 201}, {"success": "1"}])
async def test_an_exchange_that_says_nothing_refused_nothing(telling, exchange):
    account, _ = await telling(lambda _: envelope({"request_id": "r", "status": "accepted", "provider": exchange}))
    placed = await account.click_to_call(source=SOURCE, destination=DESTINATION)
    assert (placed.request_id, placed.status) == ("r", "accepted")


@pytest.mark.parametrize("number", ["", "call me", "0912;000", "09123***789", "0912#", "+", "1"])
async def test_what_cannot_be_dialled_is_never_sent(sandbox, account, number):
    for wish in (
        account.click_to_call(source=number, destination=DESTINATION),
        account.click_to_call(source=SOURCE, destination=number),
        account.secure_call(source=number, destination=DESTINATION),
        account.secure_call(source=SOURCE, destination=number),
        account.send_otp(number=number),
    ):
        with pytest.raises(RequestError, match="can't be dialled"):
            await wish
    assert not sandbox.requests


@pytest.mark.parametrize("value", [0, -1, True, "30", 1.5])
async def test_limits_that_are_none_are_never_sent(sandbox, account, value):
    for name in ("ring_seconds", "limit"):
        with pytest.raises(RequestError, match="whole number"):
            await account.secure_call(source=SOURCE, destination=DESTINATION, **{name: value})
        with pytest.raises(RequestError, match="whole number"):
            await account.click_to_call(source=SOURCE, destination=DESTINATION, **{name: value})
    for purpose in ("", " ", "log\nin", "x" * 101):
        with pytest.raises(RequestError, match="purpose"):
            await account.send_otp(number=SOURCE, purpose=purpose)
    assert not sandbox.requests


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("0912 000-0789", "09120000789"),
        ("+98 912 000 0789", "09120000789"),
        ("0098 9120000789", "09120000789"),
        ("9120000789", "9120000789"),
        ("+37060000000", "+37060000000"),
        ("0037060000000", "0037060000000"),
        ("1510", "1510"),
    ],
)
async def test_numbers_go_out_as_the_document_writes_them(sandbox, account, given, sent):
    await account.click_to_call(source=given, destination=DESTINATION)
    assert sandbox.requests[-1].query == {"call_source": sent, "call_destination": DESTINATION}


async def test_a_code_without_a_reference_gets_one_of_its_own(sandbox, account):
    await account.send_otp(number=SOURCE)
    await account.send_otp(number=SOURCE)
    references = [request.query["client_ref"] for request in sandbox.requests]
    assert len(set(references)) == 2
    assert all(reference.startswith("trunkline-") for reference in references)


# Calls.


async def test_all_calls_come_once_newest_first_and_their_period_is_half_open(sandbox, account):
    calls = [call async for call in account.calls()]
    assert len(calls) == len({call.call_id for call in calls}) == len(sandbox.world.offices[0].calls)
    assert all(newer.started_at >= older.started_at for newer, older in pairwise(calls))
    since, until = calls[60].started_at, calls[10].started_at
    sandbox.requests.clear()
    wanted = [call for call in calls if since <= call.started_at < until]
    assert [call async for call in account.calls(since=since, until=until)] == wanted
    assert len(sandbox.requests) == 3
    assert [page.offset async for page in account.pages("", skip=101)] == [100, 150]


async def test_pages_that_shift_lose_nothing(sandbox, account):
    before = {call.call_id async for call in account.calls()}
    sandbox.faults.add("shift", provider="voipano", insert=3, count=2)
    sandbox.faults.add("shift", provider="voipano", insert=0, remove=5, skip=2, count=1)
    read = [call.call_id async for call in account.calls()]
    assert len(read) == len(set(read))
    assert before & {call.call_id async for call in account.calls()} <= set(read)


async def test_a_list_that_is_not_newest_first_is_read_to_its_end(telling):
    pages = {"1": (1_700_000_000, 1_700_000_100), "2": (1_700_000_200, 1_700_000_300)}

    def answer(request):
        if request.path.endswith("services"):
            return services("002191010001")
        number = request.query["page"]
        return reports(*map(object_id, pages[number]), page=int(number), last=2)

    account, _ = await telling(answer)
    since = datetime.fromtimestamp(1_700_000_200, UTC)
    assert {call.started_at async for call in account.calls(since=since)} == {
        datetime.fromtimestamp(second, UTC) for second in pages["2"]
    }


async def test_calls_whose_ids_hide_no_time_have_no_start_and_are_kept(telling):
    def answer(request):
        if request.path.endswith("services"):
            return services("002191010001")
        page = int(request.query["page"])
        return reports(f"record-{page}", str(page), page=page, last=2)

    account, _ = await telling(answer)
    calls = [call async for call in account.calls(since=datetime(2025, 1, 1, tzinfo=UTC))]
    assert [call.call_id for call in calls] == ["record-1", "1", "record-2", "2"]
    assert {call.started_at for call in calls} == {None}
    assert {call.derived for call in calls} == {frozenset()}


async def test_a_provider_that_overlooks_the_page_is_not_read_forever(telling):
    def answer(request):
        return services("002191010001") if request.path.endswith("services") else reports(object_id(1), last=3)

    account, asked = await telling(answer)
    with pytest.raises(DataError, match=r"pagination\.page"):
        [call async for call in account.calls()]
    # The services, the first page three times because it lacks rows, and three times the second one.
    assert len(asked) == 7


async def test_the_key_stays_when_a_service_with_a_smaller_id_comes(sandbox, account):
    account.use_identity(Identity(account_id="13", title="VoIPano"))
    assert await account.key() == "voipano:13"
    assert {call.account async for call in account.calls()} == {"voipano:13"}


async def test_the_smallest_subscription_names_the_account_as_a_number(telling):
    answer = services("002191010001", "002191010002")
    answer["data"]["items"][0] |= {"subscription_id": "100", "package": {"id": 1, "name": "B", "slug": "b"}}
    answer["data"]["items"][1] |= {"subscription_id": "9", "package": {"id": 2, "name": "A", "slug": "a"}}
    account, _ = await telling(lambda _: answer)
    identity = await account.identity()
    assert (identity.account_id, identity.title) == ("9", "VoIPano A")
    assert await account.key() == "voipano:9"


# Audio.


async def test_an_address_of_another_host_is_never_followed(sandbox, account):
    call = next(call for call in (await account.call_page(has_recording=True)).calls if call.recording)
    assert "example.com" in call.raw["recording_url"]
    await account.recording(call)
    last = sandbox.requests[-1]
    assert last.path == f"/call-recordings/{call.call_id}"
    assert last.query == {"call_details_record_id": call.call_id}


async def test_a_redirect_of_the_audio_is_not_followed(sandbox, account):
    call = (await account.call_page(has_recording=True)).calls[0]
    sandbox.faults.add(
        "status", provider="voipano", path="/call-recordings", code=302, headers={"Location": "http://192.0.2.1/x"}
    )
    with pytest.raises(ConnectionFailedError, match="not followed"):
        await account.recording(call)


@pytest.mark.parametrize("bad", ["../services", "a/b", "..", "a?b", "http://192.0.2.1/x", "a b", "%2e%2e", "x" * 201])
async def test_ids_that_lead_elsewhere_are_refused(sandbox, account, bad):
    call = Call(account="a", call_id="1", direction=None, status=Status.UNKNOWN, started_at=None, recording=bad)
    with pytest.raises(NotFoundError):
        await account.recording(call)
    with pytest.raises(NotFoundError):
        await account.voicemail_audio(Voicemail(bad, mailbox="1001", context="voicemail-02100000010"))
    assert not sandbox.requests


async def test_calls_without_a_recording_and_unknown_ones_are_not_found(sandbox, account):
    calls = [call async for call in account.calls()]
    silent = next(call for call in calls if not call.recording)
    asked = len(sandbox.requests)
    with pytest.raises(NotFoundError):
        await account.recording(silent)
    assert len(sandbox.requests) == asked
    gone = Call(
        account="a", call_id="1", direction=None, status=Status.UNKNOWN, started_at=None, recording=object_id(1)
    )
    with pytest.raises(NotFoundError):
        await account.recording(gone)


async def test_voicemails_are_told_by_mailbox_and_context(sandbox, account):
    for message in sandbox.wires["voipano"].voicemails(0):
        voicemail = Voicemail(message.unique_id, mailbox=message.mailbox, context=message.context)
        audio = await account.voicemail_audio(voicemail)
        assert audio.content.startswith(b"RIFF")
        assert audio.filename == f"voicemail-{message.unique_id}.wav"
    with pytest.raises(NotFoundError):
        await account.voicemail_audio(Voicemail(message.unique_id, mailbox="9999", context=message.context))
    with pytest.raises(PermissionDeniedError):
        await account.voicemail_audio(Voicemail(message.unique_id, mailbox=message.mailbox, context="voicemail-x"))
    asked = len(sandbox.requests)
    for lacking in (Voicemail("1.1", mailbox="1001"), Voicemail("1.1", context="voicemail-x")):
        with pytest.raises(RequestError, match="requires the mailbox"):
            await account.voicemail_audio(lacking)
    assert len(sandbox.requests) == asked


@pytest.mark.parametrize("media_type", ["application/json", "text/html; charset=UTF-8"])
async def test_audio_that_is_none_is_refused(sandbox, account, media_type):
    call = (await account.call_page(has_recording=True)).calls[0]
    sandbox.faults.add("content_type", provider="voipano", path="/call-recordings", value=media_type)
    with pytest.raises(DataError):
        await account.recording(call)


async def test_audio_without_content_is_refused(telling):
    account, _ = await telling(lambda _: web.Response(headers={"Content-Type": "audio/wav"}))
    with pytest.raises(DataError, match="audio"):
        await account.voicemail_audio(Voicemail("1739558127.155", mailbox="1001", context="c"))


async def test_json_in_place_of_audio_is_refused(telling):
    account, _ = await telling(lambda _: envelope({}))
    with pytest.raises(DataError, match="audio"):
        await account.voicemail_audio(Voicemail("1739558127.155", mailbox="1001", context="c"))


# Mailboxes and the rest.


@pytest.mark.parametrize(("there", "asked_for"), [(3, ["100"]), (100, ["100", "1000"]), (1500, ["100", "1000"])])
async def test_a_full_list_of_mailboxes_is_asked_for_again(telling, there, asked_for):
    def answer(request):
        boxes = [{"id": str(at), "mailbox": str(at), "context": "c"} for at in range(there)]
        return envelope({"items": boxes[: int(request.query["limit"])], "allowed_contexts": []})

    account, asked = await telling(answer)
    assert account.allowed_contexts is None
    assert len(await account.mailboxes()) == min(there, 1000)
    assert [item.query["limit"] for item in asked] == asked_for
    assert account.allowed_contexts == ()


async def test_any_other_request_and_no_way_around_the_guard_of_money(sandbox, account):
    body = await account.request("GET", "call-reports", limit=3, has_recording=0)
    assert len(body["data"]["items"]) == 3
    assert not any(item["has_recording"] for item in body["data"]["items"])
    sandbox.requests.clear()
    for path in PAID:
        for spelling in (path, f"/{path}", f"x/../{path}", path.upper(), path.replace("-", "%2D"), f"{path}/"):
            for method in ("POST", "GET"):
                with pytest.raises(RequestError, match="cost money"):
                    await account.request(method, spelling, call_source=SOURCE)
    assert not sandbox.requests


async def test_a_request_that_may_change_something_is_sent_once(sandbox, account):
    sandbox.faults.add("cut", provider="voipano", path="/settings")
    with pytest.raises(OutcomeUnknownError):
        await account.request("POST", "settings", name="x")
    assert len(sandbox.requests) == 1
    with pytest.raises(ConnectionFailedError):
        await account.request("GET", "settings")
    # A read is tried three times by these limits.
    assert account.requests == 1 + 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"token": ""}, "needs token"),
        ({"token": "a b"}, "spaces"),
        ({"token": "a\nb"}, "spaces"),
        ({"token": "رمز"}, "spaces"),
        ({"token": "Bearer "}, "needs token|spaces"),
        ({"token": "t", "secret": "s"}, "has no secret"),
    ],
)
def test_settings_that_cannot_work_say_what_to_change(settings, message):
    with pytest.raises(ConfigError, match=message):
        open_account("voipano", **settings)


async def test_a_token_that_was_copied_with_its_scheme_works(sandbox, limits):
    token = sandbox.accounts["voipano"][0].credentials["token"]
    async with opened(sandbox, limits, token=f"Bearer {token}") as account:
        assert (await account.identity()).account_id == "12"
        assert token not in repr(account)
