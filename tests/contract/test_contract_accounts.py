"""What every provider's account does alike, over a socket, while the list moves and the line is bad."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import aiohttp
import pytest

from tests.contract.cases import CASES
from tests.patience import PATIENCE
from trunkline import open_account
from trunkline.errors import (
    AuthenticationError,
    ConnectionFailedError,
    DataError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    TrunklineError,
    UnsupportedError,
)
from trunkline.model import Capability, Status
from trunkline.providers import PROVIDERS, Account
from trunkline.sandbox import Sandbox
from trunkline.transport import Limits

QUICK = Limits(total=20.0, attempts=2, backoff=0.01, patience=5.0)
PAID = [(wire, name) for wire, case in CASES.items() for name in case.paid]


@pytest.fixture(params=CASES)
def wire(request):
    return request.param


@pytest.fixture
async def sandbox(socket_enabled):
    async with Sandbox(seed=7, calls=260, days=12) as sandbox:
        yield sandbox


def opened(sandbox, wire, *, at=0, limits=QUICK, **changed):
    described = sandbox.accounts[wire][at]
    return open_account(
        described.provider,
        dialect=described.dialect or None,
        base_url=described.base_url,
        limits=limits,
        **{**described.credentials, **changed},
    )


def held(sandbox, wire, at=0):
    """Count the calls that the account shows."""
    return sum(len(office.calls) for office in sandbox.wires[wire].offices_of(at))


async def listed(account, **period):
    return [call async for call in account.calls(**period)]


async def test_capabilities_are_methods_and_the_rest_says_so(sandbox, wire):
    async with opened(sandbox, wire) as account:
        for capability in Capability:
            if capability is Capability.CALLS:
                continue
            own = getattr(type(account), capability) is not getattr(Account, capability)
            assert own == account.supports(capability), capability
        for lacking in (Capability.LOCATIONS, Capability.RATES, Capability.AGENTS, Capability.PLANS):
            if not account.supports(lacking):
                with pytest.raises(UnsupportedError, match=account.info.name):
                    await getattr(account, lacking)()


async def test_the_account_has_a_lasting_name_without_a_secret(sandbox, wire):
    async with opened(sandbox, wire) as account:
        first, key = await account.identity(), await account.key()
    async with opened(sandbox, wire) as account:
        assert await account.identity() == first
    assert key == f"{account.info.provider_id}:{first.account_id}"
    secrets = {credential.name for credential in account.info.credentials if credential.secret}
    for name, secret in sandbox.accounts[wire][0].credentials.items():
        if name in secrets:
            assert secret not in key + first.title + repr(account)
    async with opened(sandbox, wire, at=1) as other:
        assert await other.key() != key
        assert len(await listed(other)) == held(sandbox, wire, 1)


async def test_calls_come_newest_first_each_once(sandbox, wire):
    async with opened(sandbox, wire) as account:
        calls = await listed(account)
        assert len(calls) == held(sandbox, wire)
        assert len({call.call_id for call in calls}) == len(calls)
        assert {call.account for call in calls} == {await account.key()}
    starts = [call.started_at for call in calls]
    assert None not in starts
    assert all(newer >= older for newer, older in pairwise(starts))


async def test_a_second_reading_gives_the_same_calls(sandbox, wire):
    async with opened(sandbox, wire) as account:
        assert await listed(account) == await listed(account)


async def test_the_period_is_half_open(sandbox, wire):
    async with opened(sandbox, wire) as account:
        calls = await listed(account)
        since, until = calls[90].started_at, calls[10].started_at
        wanted = [call for call in calls if since <= call.started_at < until]
        assert await listed(account, since=since, until=until) == wanted
        assert [call.call_id for call in await listed(account, since=since)] == [
            call.call_id for call in calls if call.started_at >= since
        ]
        assert await listed(account, since=calls[0].started_at + timedelta(seconds=1)) == []


async def test_pages_that_shift_lose_and_double_nothing(sandbox, wire):
    async with opened(sandbox, wire) as account:
        before = {call.call_id for call in await listed(account)}
        sandbox.faults.add("shift", provider=wire, insert=3, remove=0)
        calls = await listed(account)
    assert before <= {call.call_id for call in calls}
    assert len({call.call_id for call in calls}) == len(calls)


async def test_doubled_records_count_once(sandbox, wire):
    async with opened(sandbox, wire) as account:
        for where in ("within", "between"):
            sandbox.faults.clear()
            sandbox.faults.add("duplicate", provider=wire, where=where)
            calls = await listed(account)
            ids = [call.call_id for call in calls]
            if "mor" not in wire:
                # Without ids of their own, two records that are alike are two calls: nobody could tell.
                assert len(ids) == held(sandbox, wire)
            assert len(set(ids)) == len(ids)


async def test_an_unheard_of_status_is_unknown(sandbox, wire):
    sandbox.faults.add("unknown_status", provider=wire, text="TRANSFERRED")
    async with opened(sandbox, wire) as account:
        calls = await listed(account)
    assert len(calls) == held(sandbox, wire)
    assert {call.status for call in calls} == {Status.UNKNOWN}


async def test_wrong_credentials_are_told_apart(sandbox, wire):
    described = sandbox.accounts[wire][0]
    info = PROVIDERS[described.provider].in_dialect(described.dialect or None)
    secrets = [credential.name for credential in info.credentials if credential.secret]
    given = {name: "wrong-0123456789abcdef" for name in secrets if described.credentials.get(name)}
    async with opened(sandbox, wire, **given) as account:
        with pytest.raises(AuthenticationError) as caught:
            await listed(account)
    assert "wrong-0123456789abcdef" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("status", {"code": 500}, ProviderError),
        ("status", {"code": 503}, ProviderError),
        ("rate_limit", {"retry_after": 7}, RateLimitedError),
        ("cut", {"processed": False}, ConnectionFailedError),
        ("cut_body", {"share": 0.5}, ConnectionFailedError),
        ("address", {}, (PermissionDeniedError, AuthenticationError)),
        ("bad_json", {"form": "html"}, DataError),
        ("bad_json", {"form": "empty"}, DataError),
    ],
)
async def test_a_bad_line_has_one_clear_error(sandbox, wire, kind, options, expected):
    async with opened(sandbox, wire) as account:
        await account.identity()
        sandbox.faults.add(kind, provider=wire, **options)
        with pytest.raises(expected) as caught:
            await listed(account)
        assert account.info.name in str(caught.value) or isinstance(caught.value, DataError)
        if kind == "rate_limit":
            assert caught.value.retry_after == 7
        sandbox.faults.clear()
        assert len(await listed(account)) == held(sandbox, wire)


async def test_a_short_outage_is_waited_out(sandbox, wire):
    sandbox.faults.add("status", provider=wire, code=502, count=1)
    async with opened(sandbox, wire) as account:
        assert len(await listed(account)) == held(sandbox, wire)


async def test_an_endless_reply_is_not_read(sandbox, wire):
    async with opened(sandbox, wire, limits=Limits(attempts=1, body=200_000)) as account:
        await account.identity()
        fault = sandbox.faults.add("huge", provider=wire, megabytes=80)
        with pytest.raises(DataError, match="more than"):
            await listed(account)
    assert fault.sent < 40_000_000


async def test_a_cancelled_task_leaves_no_connection(sandbox, wire):
    account = opened(sandbox, wire)
    await account.identity()
    sandbox.faults.add("delay", provider=wire, seconds=30)
    reading = asyncio.create_task(listed(account))
    while not any(fault.kind == "delay" and fault.hits for fault in sandbox.faults):
        await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await account.close()
    async with asyncio.timeout(PATIENCE):
        while sandbox._runner.server.connections:
            await asyncio.sleep(0.01)


async def test_a_session_that_was_lent_stays_open(sandbox, wire):

    described = sandbox.accounts[wire][0]
    async with aiohttp.ClientSession() as session:
        async with open_account(
            described.provider,
            dialect=described.dialect or None,
            base_url=described.base_url,
            session=session,
            limits=QUICK,
            **described.credentials,
        ) as account:
            assert len(await listed(account)) == held(sandbox, wire)
        assert not session.closed
        assert not list(session.cookie_jar)


# What costs money.


@pytest.mark.parametrize(("wire", "name"), PAID)
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("cut", {"processed": False}),
        ("cut", {"processed": True}),
        ("cut_body", {"share": 0.5}),
        ("cut_body", {"share": 0.0}),
        ("status", {"code": 500}),
        ("status", {"code": 502}),
        ("bad_json", {"form": "html"}),
        ("delay", {"seconds": 3}),
    ],
)
async def test_what_costs_money_is_sent_once_whatever_becomes_of_it(sandbox, wire, name, kind, options):
    act, path = CASES[wire].paid[name]
    limits = Limits(total=1.0, attempts=4, backoff=0.01) if kind == "delay" else QUICK
    async with opened(sandbox, wire, limits=limits) as account:
        await account.identity()
        await warm_up(account)
        sandbox.requests.clear()
        sandbox.faults.add(kind, provider=wire, path=path, **options)
        with pytest.raises(OutcomeUnknownError):
            await act(account, sandbox.accounts[wire][0])
        sandbox.faults.clear()
        await asyncio.sleep(0.05)
    sent = [request for request in sandbox.requests if request.provider == wire and request.path.startswith(path)]
    assert len(sent) == 1
    assert sandbox.world.under_way <= 1


@pytest.mark.parametrize(("wire", "name"), PAID)
async def test_what_costs_money_is_done_once_when_all_is_well(sandbox, wire, name):
    act, path = CASES[wire].paid[name]
    async with opened(sandbox, wire) as account:
        await account.identity()
        await warm_up(account)
        sandbox.requests.clear()
        placed = await act(account, sandbox.accounts[wire][0])
    sent = [request for request in sandbox.requests if request.provider == wire and request.path.startswith(path)]
    assert len(sent) == 1
    assert placed.status


@pytest.mark.parametrize(("wire", "name"), PAID)
async def test_what_costs_money_is_not_sent_where_nobody_listens(sandbox, wire, name):
    act, _ = CASES[wire].paid[name]
    account = opened(sandbox, wire, limits=Limits(attempts=1, connect=1.0, total=2.0))
    await account.identity()
    await warm_up(account)
    # Without a connection that is open already: what is written into one of those may have arrived.
    await account._transport.close()
    described = sandbox.accounts[wire][0]
    await sandbox.__aexit__(None, None, None)
    try:
        with pytest.raises(ConnectionFailedError):
            await act(account, described)
    finally:
        await account.close()
        await sandbox.__aenter__()


async def warm_up(account):
    """Let the account read what it needs to know before it can place a call."""
    for capability in (Capability.SERVICES, Capability.DEVICES):
        if account.supports(capability):
            with contextlib.suppress(TrunklineError):
                await getattr(account, capability)()


async def test_a_period_may_begin_and_end_at_any_time_that_there_is(sandbox, wire):
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    async with opened(sandbox, wire) as account:
        assert len(await listed(account, since=first, until=last)) == held(sandbox, wire)


async def test_a_period_without_a_zone_is_refused(sandbox, wire):
    async with opened(sandbox, wire) as account:
        for name in ("since", "until"):
            with pytest.raises(DataError, match="must have a time zone"):
                await listed(account, **{name: datetime(2024, 1, 1)})
