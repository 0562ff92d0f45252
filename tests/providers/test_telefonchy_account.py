"""The Telefonchy account against the sandbox over a real socket: every request of the document and every failure."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from itertools import pairwise

import aiohttp
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
    ProviderError,
    RateLimitedError,
    RequestError,
    TrunklineError,
    UnsupportedError,
)
from trunkline.model import Capability, Direction, Status
from trunkline.providers import PROVIDERS, Account
from trunkline.sandbox import Sandbox
from trunkline.transport import Limits

NUMBER = "02155500123"


@pytest.fixture
async def sandbox():
    async with Sandbox(seed=3, calls=700, days=20) as sandbox:
        yield sandbox


@pytest.fixture
async def account(sandbox, limits):
    async with opened(sandbox, limits) as account:
        yield account


def opened(sandbox, limits, index=0, **more):
    where = sandbox.accounts["telefonchy"][index]
    return open_account("telefonchy", **{"base_url": where.base_url, "limits": limits, **where.credentials, **more})


def sent(sandbox, path):
    return [request for request in sandbox.requests if request.path.endswith(path)]


async def read_all(account, **period):
    return [call async for call in account.calls(**period)]


def in_the_world(sandbox, office=0):
    return len(sandbox.world.offices[office].calls)


async def test_the_account_is_known_by_its_service_and_never_by_its_token(sandbox, account):
    where = sandbox.accounts["telefonchy"][0]
    identity = await account.identity()
    assert identity.account_id == where.service_id
    assert await account.key() == f"telefonchy:{where.service_id}"
    assert where.credentials["token"] not in f"{identity!r} {account!r}"
    await account.identity()
    assert len(sent(sandbox, "services")) == 1


async def test_trunks_carry_the_credit_of_now(sandbox, account):
    before = await account.trunks()
    office = sandbox.world.offices[0]
    assert [int(trunk.credit.amount) for trunk in before] == [trunk.credit for trunk in office.trunks]
    sandbox.world.top_up(office, 0, 5000)
    after = await account.trunks()
    assert after[0].credit - before[0].credit == type(after[0].credit)(after[0].credit.amount * 0 + 5000, "IRR")
    assert {trunk.number[0] for trunk in after} == {"0"}
    assert all(not trunk.trunk_id.startswith("0") and trunk.credit_expires_at for trunk in after)
    assert {extension.number for extension in await account.extensions()} == set(where_extensions(sandbox))


def where_extensions(sandbox):
    return [str(number) for number in sandbox.accounts["telefonchy"][0].extensions]


async def test_calls_are_all_there_once_and_newest_first(sandbox, account):
    calls = await read_all(account)
    assert len(calls) == in_the_world(sandbox)
    assert len({call.call_id for call in calls}) == len(calls)
    assert all(later.started_at >= earlier.started_at for later, earlier in pairwise(calls))
    trunks = {trunk.trunk_id for trunk in await account.trunks()}
    assert {call.trunk for call in calls} <= trunks | {None}
    assert {call.direction for call in calls} == set(Direction)
    for call in calls:
        parts = call.price_wait + call.price_talk + call.price_record - call.price_saved
        assert call.price == parts


@pytest.mark.parametrize("dialect", ["document", "newer"])
async def test_a_period_is_half_open_whether_the_provider_knows_filters_or_not(limits, dialect):
    async with (
        Sandbox(seed=3, calls=500, days=20, telefonchy={"dialect": dialect}) as sandbox,
        opened(sandbox, limits) as account,
    ):
        everything = await read_all(account)
        since, until = everything[-30].started_at, everything[10].started_at
        expected = [call.call_id for call in everything if since <= call.started_at < until]
        assert sorted(call.call_id for call in await read_all(account, since=since, until=until)) == sorted(expected)
        assert await read_all(account, since=until, until=until) == []


async def test_pages_in_both_orders_and_with_filters(sandbox, account):
    (stream,) = await account.streams()
    newest = await account.call_page(stream, per_page=50)
    oldest = await account.call_page(stream, per_page=50, oldest_first=True)
    assert newest.total == oldest.total == in_the_world(sandbox)
    assert newest.calls[0].started_at == max(call.started_at for call in newest.calls + oldest.calls)
    assert oldest.calls[0].started_at == min(call.started_at for call in newest.calls + oldest.calls)
    some = await account.call_page(stream, direction=Direction.INCOMING, status=Status.NO_ANSWER)
    assert some.calls
    assert {(call.direction, call.status) for call in some.calls} == {(Direction.INCOMING, Status.NO_ANSWER)}
    one = next(call for call in newest.calls if call.trunk)
    by_trunk = await account.call_page(stream, trunk=one.trunk)
    assert {call.trunk for call in by_trunk.calls} == {one.trunk}
    assert (await account.call_page(stream, source="00000000")).calls == ()
    with pytest.raises(RequestError, match="failed"):
        await account.call_page(stream, status=Status.FAILED)


@pytest.mark.parametrize("skip", [0, 1, 99, 100, 101, 250, 10_000])
async def test_skip_begins_about_there_and_never_beyond(sandbox, account, skip):
    (stream,) = await account.streams()
    everything = [call.call_id for call in await read_all(account)]
    pages = [page async for page in account.pages(stream, skip=skip)]
    assert pages[0].offset <= skip
    assert [call.call_id for page in pages for call in page.calls] == everything[pages[0].offset :]
    assert pages[-1].last
    assert {page.total for page in pages} == {len(everything)}


async def test_rows_that_come_and_go_while_pages_are_read_lose_nothing(sandbox, account):
    before = {call.call_id for call in await read_all(account)}
    sandbox.faults.add("shift", path="/calls", insert=3, count=2)
    sandbox.faults.add("shift", path="/calls", insert=0, remove=5, skip=2, count=1)
    read = [call.call_id for call in await read_all(account)]
    assert len(read) == len(set(read))
    left = {call.call_id for call in await read_all(account)}
    assert left & before <= set(read)


async def test_a_provider_that_gives_the_same_page_whatever_is_asked_is_not_read_for_ever(sandbox, account):
    await account.services()
    sandbox.requests.clear()
    sandbox.faults.add("field", path="/calls", at="paginator.current", action="set", value=1)
    with pytest.raises(DataError) as caught:
        await read_all(account)
    assert caught.value.field == "paginator.current"
    # A reply that makes no sense is asked for twice more.
    assert len(sent(sandbox, "calls")) == 4


async def test_the_server_clock_and_the_places(sandbox, account):
    moment = await account.server_time()
    assert abs(moment.timestamp() - sandbox.world.clock.now()) < 5
    provinces = await account.locations()
    assert "آذربایجان شرقی" in {province.province for province in provinces}
    assert all(city.location_id and city.name for province in provinces for city in province.cities)


async def test_a_call_that_is_placed_happens_costs_and_is_listed(sandbox, account):
    extension = where_extensions(sandbox)[0]
    before = await account.trunks()
    placed = await account.click_to_call(source=extension, destination="(021) 5550-0123")
    assert placed.request_id
    assert placed.status == "accepted"
    sandbox.world.clock.move(60)
    newest = (await read_all(account))[0]
    assert (newest.direction, newest.extension, newest.source.number) == (Direction.OUTGOING, extension, extension)
    assert newest.destination.e164 == "+982155500123"
    after = {trunk.trunk_id: trunk.credit for trunk in await account.trunks()}
    paid = {trunk.trunk_id: trunk.credit - after[trunk.trunk_id] for trunk in before}
    assert newest.price.amount > 0
    assert paid[newest.trunk] == newest.price


@pytest.mark.parametrize("kind", ["cut", "cut_body", "bad_json", "huge", "status"])
async def test_a_call_whose_outcome_is_unknown_was_asked_for_once(sandbox, limits, kind):
    async with opened(sandbox, Limits(total=2, backoff=0.001, body=limits.body)) as account:
        extension = (await account.extensions())[0].number
        sandbox.faults.add(kind, path="/smartcall")
        with pytest.raises(OutcomeUnknownError) as caught:
            await account.click_to_call(source=extension, destination=NUMBER)
        assert NUMBER not in str(caught.value)
    assert len(sent(sandbox, "smartcall")) == 1


@pytest.mark.parametrize(
    ("source", "destination"), [("1510", "call me"), ("", NUMBER), ("15;10", NUMBER), ("1510", "")]
)
async def test_what_cannot_be_dialled_is_never_sent(sandbox, account, source, destination):
    with pytest.raises(RequestError, match="can't be dialled"):
        await account.click_to_call(source=source, destination=destination)
    assert not sent(sandbox, "smartcall")


async def test_a_call_that_the_provider_refuses_says_so(sandbox, account):
    with pytest.raises(RequestError):
        await account.click_to_call(source="9999", destination=NUMBER)
    for trunk in range(len(sandbox.world.offices[0].trunks)):
        office = sandbox.world.offices[0]
        sandbox.world.top_up(office, trunk, -office.trunks[trunk].credit)
    with pytest.raises(ProviderError):
        await account.click_to_call(source=where_extensions(sandbox)[0], destination=NUMBER)


async def test_recordings_are_audio_also_where_the_push_left_out_the_file(sandbox, account):
    recorded = next(call for call in await read_all(account) if call.recording)
    audio = await account.recording(recorded)
    assert audio.media_type == "audio/mpeg"
    assert audio.content[:2] == b"\xff\xfb" or audio.content[:3] == b"ID3"
    pushed = {**recorded.raw, "file_id": "0"}
    again = await account.recording(account.parse_push(pushed))
    assert again.content == audio.content
    silent = next(call for call in await read_all(account) if not call.recording)
    with pytest.raises(NotFoundError):
        await account.recording(silent)


@pytest.mark.parametrize("quality", ["merged", "rx", "tx"])
async def test_a_recording_of_another_quality(sandbox, account, quality):
    recorded = next(call for call in await read_all(account) if call.recording)
    sandbox.requests.clear()
    assert (await account.recording(recorded, quality=quality)).content
    (request,) = sandbox.requests
    assert request.path == f"/calls/record-quality/{quality}"
    assert request.query == {"cuid": recorded.call_id, "record_id": recorded.recording}


async def test_an_unknown_quality_is_refused_and_not_requested(sandbox, account):
    recorded = next(call for call in await read_all(account) if call.recording)
    sandbox.requests.clear()
    with pytest.raises(RequestError, match="merged, rx, tx"):
        await account.recording(recorded, quality="../services")
    assert not sandbox.requests


async def test_a_recording_that_is_no_audio_is_refused(sandbox, account):
    recorded = next(call for call in await read_all(account) if call.recording)
    sandbox.faults.add("content_type", path="/calls/record")
    with pytest.raises(DataError):
        await account.recording(recorded)


async def test_a_recording_without_content_is_missing(sandbox, account, monkeypatch):
    recorded = next(call for call in await read_all(account) if call.recording)
    wire = sandbox.wires["telefonchy"]
    answer = wire.answer

    def emptied(request):
        reply = answer(request)
        reply.body = b""
        return reply

    monkeypatch.setattr(wire, "answer", emptied)
    with pytest.raises(DataError, match="the field recording is missing"):
        await account.recording(recorded)


async def test_pushed_records_meet_the_listed_calls(sandbox, account):
    listed = (await read_all(account))[0]
    pushed = account.parse_push(listed.raw)
    assert pushed == listed


async def test_records_of_others_and_before_the_services_are_known_are_foreign(sandbox, limits):
    async with opened(sandbox, limits) as ours, opened(sandbox, limits, index=1) as theirs:
        record = (await read_all(theirs))[0].raw
        with pytest.raises(ForeignRecordError):
            ours.parse_push(record)
        await ours.services()
        with pytest.raises(ForeignRecordError) as caught:
            ours.parse_push(record)
        assert caught.value.field == "service_id"
        with pytest.raises(DataError, match="created_at"):
            theirs.parse_push({**record, "created_at": None})


async def test_one_token_with_two_services_merges_their_lists(limits):
    async with Sandbox(seed=3, calls=300, days=10, one_token=True) as sandbox, opened(sandbox, limits) as account:
        assert len(await account.streams()) == 2
        calls = await read_all(account)
        assert len(calls) == in_the_world(sandbox, 0) + in_the_world(sandbox, 1)
        assert all(later.started_at >= earlier.started_at for later, earlier in pairwise(calls))
        assert {call.stream for call in calls} == set(await account.streams())
        with pytest.raises(RequestError, match="choose one"):
            await account.click_to_call(source="7777", destination=NUMBER)


async def test_any_other_read_request_and_no_way_around_the_guard_of_calls(sandbox, account):
    body = await account.request("GET", "current/date")
    assert body["code"] == 200
    (stream,) = await account.streams()
    by_form = await account.request("POST", "calls", service_id=stream, page=1, sort="ASC")
    assert by_form["data"]["calls"]
    with pytest.raises(NotFoundError):
        await account.request("GET", "no/such/path")
    for path in ("smartcall", "/SmartCall", "%73martcall", "smartcall/"):
        with pytest.raises(RequestError, match="click_to_call"):
            await account.request("GET", path, service_id=stream, exten="1510", to=NUMBER)
    assert not sent(sandbox, "smartcall")


@pytest.mark.parametrize(("method", "path"), [("GET", "calls"), ("POST", "calls"), ("GET", "calls/record")])
async def test_a_known_read_is_repeated(sandbox, account, method, path):
    sandbox.faults.add("cut")
    with pytest.raises(ConnectionFailedError):
        await account.request(method, path)
    assert len(sent(sandbox, path)) > 1


@pytest.mark.parametrize(("method", "path"), [("GET", "dial"), ("POST", "services"), ("GET", "calls/1")])
async def test_a_request_that_is_not_known_to_be_a_read_is_sent_once(sandbox, account, method, path):
    sandbox.faults.add("cut")
    with pytest.raises(OutcomeUnknownError, match="The request may have been carried out"):
        await account.request(method, path)
    assert len(sent(sandbox, path)) == 1


@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"", b"{}", b'{"code": 302}', b"[]"])
async def test_a_reply_that_confirms_nothing_leaves_the_outcome_of_a_request_unknown(
    sandbox, account, monkeypatch, body
):
    wire = sandbox.wires["telefonchy"]
    answer = wire.answer

    def changed(request):
        reply = answer(request)
        reply.status, reply.body = 200, body
        return reply

    monkeypatch.setattr(wire, "answer", changed)
    with pytest.raises(OutcomeUnknownError, match="The request may have been carried out"):
        await account.request("POST", "dial", to="1510")
    assert len(sent(sandbox, "dial")) == 1


async def test_the_extension_of_a_call_may_be_written_with_separators(sandbox, account):
    extension = where_extensions(sandbox)[0]
    services = await account.services()
    account._services = (*services, type(services[0])(service_id="other"))
    assert (await account.click_to_call(source=f"{extension[:2]} {extension[2:]}", destination=NUMBER)).request_id


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (200, 500, OutcomeUnknownError),
        (200, 503, OutcomeUnknownError),
        (200, 408, OutcomeUnknownError),
        # The two contradict each other.
        (401, 200, OutcomeUnknownError),
        (404, 200, OutcomeUnknownError),
        # The document's codes for a refusal.
        (200, 400, RequestError),
        (200, 401, AuthenticationError),
        (200, 402, ProviderError),
        (200, 404, NotFoundError),
    ],
)
async def test_a_call_is_asked_for_once_whatever_status_and_code_say(
    sandbox, account, monkeypatch, status, code, error
):
    extension = (await account.extensions())[0].number
    wire = sandbox.wires["telefonchy"]
    answer = wire.answer

    def changed(request):
        reply = answer(request)
        if request.path.endswith("/smartcall"):
            reply.status = status
            reply.body = json.dumps(
                {"status": "x", "code": code, "message": None, "data": {"request_id": "1"}}
            ).encode()
        return reply

    monkeypatch.setattr(wire, "answer", changed)
    with pytest.raises(error) as caught:
        await account.click_to_call(source=extension, destination=NUMBER)
    assert type(caught.value) is error
    assert len(sent(sandbox, "smartcall")) == 1
    assert sandbox.world.under_way == 1


@pytest.mark.parametrize("always_200", [False, True])
async def test_a_wrong_token_is_an_authentication_error(limits, always_200):
    async with (
        Sandbox(calls=10, telefonchy={"always_200": always_200}) as sandbox,
        opened(sandbox, limits, token="wrong-token") as account,
    ):
        with pytest.raises(AuthenticationError) as caught:
            await account.identity()
        assert "wrong-token" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        ("status", {"code": 503}, ProviderError),
        ("rate_limit", {"retry_after": 600}, RateLimitedError),
        ("expired_token", {}, AuthenticationError),
        ("cut", {}, ConnectionFailedError),
        ("cut_body", {}, ConnectionFailedError),
        ("bad_json", {"form": "truncated"}, DataError),
        ("bad_json", {"form": "array"}, DataError),
        ("bad_json", {"form": "html"}, DataError),
        ("bad_json", {"form": "empty"}, DataError),
        ("huge", {}, DataError),
        ("drip", {}, ConnectionFailedError),
        ("delay", {"seconds": 5.0}, ConnectionFailedError),
    ],
)
async def test_every_failure_is_its_error_and_the_next_read_works(sandbox, kind, options, error):
    quick = Limits(total=0.5, attempts=2, backoff=0.001, body=1 << 20)
    async with opened(sandbox, quick) as account:
        await account.services()
        sandbox.faults.add(kind, path="/calls", **options)
        with pytest.raises(error) as caught:
            await read_all(account)
        assert isinstance(caught.value, TrunklineError)
        sandbox.faults.clear()
        assert len(await read_all(account)) == in_the_world(sandbox)


async def test_a_short_failure_is_not_noticed(sandbox, account):
    sandbox.faults.add("status", path="/calls", count=1, code=502)
    sandbox.faults.add("cut", path="/calls", count=1, skip=1)
    assert len(await read_all(account)) == in_the_world(sandbox)


async def test_unknown_statuses_and_other_content_types_are_read(sandbox, account):
    sandbox.faults.add("unknown_status", path="/calls", count=1)
    sandbox.faults.add("content_type", path="/calls")
    assert Status.UNKNOWN in {call.status for call in await read_all(account)}


async def test_reading_stops_without_leaving_a_connection(sandbox, limits):
    async with aiohttp.ClientSession() as session:
        account = opened(sandbox, limits, session=session)
        sandbox.faults.add("delay", path="/calls", seconds=20.0)
        task = asyncio.create_task(read_all(account))
        while not sent(sandbox, "calls"):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not session.connector._acquired
        await account.close()
        assert not session.closed


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"token": ""}, "needs token"),
        ({"token": "a b"}, "spaces"),
        ({"token": "a\nb"}, "spaces"),
        ({"token": "t", "secret": "s"}, "has no secret"),
        ({"token": "t", "zone": "Mars/Base"}, "time zone"),
        ({"token": "t", "currency": "toman"}, "currency"),
        ({"token": "t", "base_url": "telefonchy"}, "base URL"),
    ],
)
def test_settings_that_cannot_work_say_what_to_change(settings, message):
    with pytest.raises(ConfigError, match=message):
        open_account("telefonchy", **settings)


def test_an_unknown_provider_names_the_known_ones():
    with pytest.raises(ConfigError, match="telefonchy"):
        open_account("acme")


async def test_what_the_provider_lacks_is_said_beforehand_and_at_the_call(account):
    for capability in Capability:
        supported = account.supports(capability)
        assert supported == (capability in PROVIDERS["telefonchy"].capabilities)
        if capability is Capability.CALLS:
            continue
        own = getattr(type(account), capability) is not getattr(Account, capability)
        assert own == supported
    with pytest.raises(UnsupportedError, match="Telefonchy has no rates service"):
        await account.rates()


async def test_a_period_that_ends_in_the_hour_that_clocks_repeat_has_the_calls_of_the_first_one(account):
    # 19:40 UTC, when Tehran showed 23:10 for the second time: a call of 23:30 by the first clock is inside.
    period = account._period(None, datetime(2021, 9, 21, 19, 40, tzinfo=UTC))
    assert period == {"started_at_to": "1400-06-31 00:11:00", "date_to": "1400/06/31 00:11"}
