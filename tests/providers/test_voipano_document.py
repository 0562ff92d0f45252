"""VoIPano's document from top to bottom: each request over a socket gives its answer, and the client its meaning."""

from __future__ import annotations

import io
import json
import uuid
import wave
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest
from at_once import at_once

from trunkline import open_account
from trunkline.errors import (
    AuthenticationError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
)
from trunkline.model import Direction, Money, Status, Voicemail
from trunkline.sandbox import Sandbox

# A Wednesday noon in Tehran: what lies before it is the same on every day that the tests are run.
NOON = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
SAMPLES = json.loads((Path(__file__).parent / "data" / "voipano" / "samples.json").read_text(encoding="utf-8"))
# The document masks its numbers; these stand in their places and belong to nobody.
SOURCE, DESTINATION = "09120000789", "09120000543"
NULLABLE = {"data.items[].recording_url"}


@pytest.fixture
async def sandbox():
    async with Sandbox(seed=5, calls=320, days=20, now=NOON) as sandbox:
        sandbox.world.clock.freeze()
        yield sandbox


@pytest.fixture
async def account(sandbox, limits):
    where = sandbox.accounts["voipano"][0]
    async with open_account("voipano", base_url=where.base_url, limits=limits, **where.credentials) as account:
        yield account


@pytest.fixture
async def ask(sandbox):
    """Ask as any HTTP client would: (status, headers, body)."""
    where = sandbox.accounts["voipano"][0]
    async with aiohttp.ClientSession() as session:

        async def _ask(method, path, *, json=None, **params):
            headers = {"Authorization": f"Bearer {where.credentials['token']}"}
            async with session.request(
                method, f"{where.base_url}/{path}", headers=headers, params=params, json=json
            ) as response:
                return response.status, response.headers, await response.read()

        yield _ask


def same_shape(sample, actual, path=""):
    """Demand the sample's fields in its order, and its types."""
    if isinstance(sample, dict):
        assert isinstance(actual, dict), path
        assert list(actual) == list(sample), path
        for name, value in sample.items():
            same_shape(value, actual[name], f"{path}.{name}".lstrip("."))
    elif isinstance(sample, list):
        assert isinstance(actual, list), path
        assert actual, path
        for item in actual:
            same_shape(sample[0], item, f"{path}[]")
    elif actual is None:
        assert path in NULLABLE, path
    else:
        assert type(actual) is type(sample), f"{path}: {actual!r}"


async def reply_to(ask, method, path, name, **more):
    status, headers, body = await ask(method, path, **more)
    assert status == 200
    assert headers["Content-Type"].startswith("application/json")
    reply = json.loads(body)
    same_shape(SAMPLES[name]["reply"], reply)
    assert reply["ok"] is True
    return reply


def credit(sandbox):
    return sandbox.world.offices[0].trunks[0].credit


def rial(amount):
    return Money(Decimal(amount), "IRR")


async def test_call_otp(sandbox, account, ask):
    before = credit(sandbox)
    sample = SAMPLES["call-otp"]["request"]
    reply = await reply_to(ask, "POST", "call-otp", "call-otp", json={**sample, "phone_number": SOURCE})
    assert reply["data"] == {
        "request_id": str(uuid.UUID(reply["data"]["request_id"])),
        "phone_number": SOURCE,
        "purpose": "login",
        "message": SAMPLES["call-otp"]["reply"]["data"]["message"],
    }
    assert reply["billing"] == {"charged": 160, "unit_price": 160, "remaining_credit": before - 160}

    placed = await account.send_otp(number=SOURCE, purpose="login", reference="req-otp-1001")
    assert sandbox.requests[-1].query == {"phone_number": SOURCE, "purpose": "login", "client_ref": "req-otp-1001"}
    assert uuid.UUID(placed.request_id)
    assert (placed.status, placed.charged, placed.remaining_credit) == ("accepted", rial(160), rial(before - 320))
    assert credit(sandbox) == before - 320


async def test_click_to_call(sandbox, account, ask):
    before = credit(sandbox)
    body = {"call_source": SOURCE, "call_destination": DESTINATION, "timeout": 30, "limit": 45}
    assert list(body) == list(SAMPLES["click-to-call"]["request"])
    reply = await reply_to(ask, "POST", "click-to-call", "click-to-call", json=body)
    assert reply["data"]["endpoint_number"] == "02100000010"
    assert reply["data"]["status"] == "accepted"
    assert reply["data"]["provider"] == {"success": True, "status": 201}
    assert reply["billing"] == {"charged": 80, "unit_price": 80, "remaining_credit": before - 80}

    placed = await account.click_to_call(source=SOURCE, destination=DESTINATION, ring_seconds=30, limit=45)
    assert sandbox.requests[-1].query == {**body, "timeout": "30", "limit": "45"}
    assert (placed.status, placed.charged, placed.remaining_credit) == ("accepted", rial(80), rial(before - 160))
    assert sandbox.world.under_way == 2


async def test_secure_call(sandbox, account, ask):
    before = credit(sandbox)
    body = {"call_source": SOURCE, "call_destination": DESTINATION, "timeout": 30, "limit": 30}
    reply = await reply_to(ask, "POST", "secure-call", "secure-call", json=body)
    assert "provider" not in reply["data"]
    assert reply["billing"] == {"charged": 120, "unit_price": 120, "remaining_credit": before - 120}

    placed = await account.secure_call(source=SOURCE, destination=DESTINATION, ring_seconds=30, limit=30)
    assert sandbox.requests[-1].query == {**body, "timeout": "30", "limit": "30"}
    assert (placed.charged, placed.remaining_credit) == (rial(120), rial(before - 240))


async def test_call_reports(sandbox, account, ask):
    reply = await reply_to(ask, "GET", "call-reports", "call-reports", has_recording=1, limit=10, page=1)
    recorded = sum(1 for row in sandbox.world.offices[0].calls if row.file_id)
    last = -(-recorded // 10)
    assert reply["data"]["pagination"] == {"page": 1, "per_page": 10, "total": recorded, "last_page": last}
    assert reply["billing"] == {"charged": 0, "unit_price": 0}
    for item in reply["data"]["items"]:
        call_id = item["id"]
        assert item["call_details_record_id"] == call_id
        assert len(call_id) == 24
        assert item["has_recording"] is True
        assert item["recording_url"] == (
            f"https://example.com/api/v1/webservice/call-recordings/{call_id}?call_details_record_id={call_id}"
        )
    everything = await reply_to(ask, "GET", "call-reports", "call-reports", limit=10, page=2)
    assert everything["data"]["pagination"]["total"] == len(sandbox.world.offices[0].calls)

    page = await account.call_page(page=1, limit=10, has_recording=True)
    assert sandbox.requests[-1].query == {"has_recording": "1", "limit": "10", "page": "1"}
    assert (page.number, page.total, page.pages) == (1, recorded, last)
    assert [call.call_id for call in page.calls] == [item["id"] for item in reply["data"]["items"]]
    for call, item in zip(page.calls, reply["data"]["items"], strict=True):
        assert call.recording == call.call_id
        assert call.status is Status.UNKNOWN
        assert (call.talk, call.wait, call.price, call.ended_at) == (None, None, None, None)
        assert call.started_at == datetime.fromtimestamp(int(item["id"][:8], 16), UTC)
        assert "started_at" in call.derived
        assert (call.source.number, call.destination.number) == (item["call_source"], item["call_destination"])


async def test_services(sandbox, account, ask):
    reply = await reply_to(ask, "GET", "services", "services")
    first = reply["data"]["items"][0]
    assert first["subscription_id"] == 12
    assert first["status"] == "active"
    assert first["package"] == {"id": 2, "name": "پلن پیوند", "slug": "peyvand"}
    assert first["phone_number"] == "002100000010"
    assert reply["data"]["total"] == len(reply["data"]["items"]) == 2

    services, plans = await account.services(), await account.plans()
    assert [service.service_id for service in services] == ["12", "13"]
    trunk = services[0].trunks[0]
    assert (trunk.trunk_id, trunk.number, trunk.e164) == ("2100000010", "02100000010", "+982100000010")
    assert (plans[0].plan_id, plans[0].name, plans[0].status) == ("12", "پلن پیوند", "active")
    assert plans[0].days_left == first["remaining_days"]
    identity = await account.identity()
    assert (identity.account_id, identity.title) == ("12", "VoIPano پلن پیوند")


async def test_voicemail_inboxes(sandbox, account, ask):
    context = "voicemail-02100000010"
    reply = await reply_to(ask, "GET", "voicemail-inboxes", "voicemail-inboxes", context=context, limit=20)
    assert reply["data"]["items"][0]["mailbox"] == "1001"
    assert {item["context"] for item in reply["data"]["items"]} == {context}
    assert reply["data"]["allowed_contexts"] == [context, "voicemail-user-15"]

    boxes = await account.mailboxes(context=context)
    assert sandbox.requests[-1].query["context"] == context
    assert [(box.mailbox_id, box.mailbox, box.context, box.name) for box in boxes] == [
        tuple(item.values()) for item in reply["data"]["items"]
    ]
    assert account.allowed_contexts == (context, "voicemail-user-15")
    everything = await account.mailboxes()
    assert {box.context for box in everything} == set(account.allowed_contexts)


async def test_call_recordings(sandbox, account, ask):
    call = (await account.call_page(has_recording=True)).calls[0]
    asked = f"call-recordings/{call.recording}"
    status, headers, body = await ask("GET", asked, call_details_record_id=call.recording)
    assert status == 200
    assert headers["Content-Type"] == "audio/wav"
    assert headers["Content-Disposition"] == f'attachment; filename="recording-{call.recording}.wav"'
    assert headers["X-Billing-Charged"] == "0"
    assert seconds_of(body) > 0

    recording = await account.recording(call)
    assert sandbox.requests[-1].query == {"call_details_record_id": call.recording}
    assert (recording.content, recording.media_type) == (body, "audio/wav")
    assert recording.filename == f"recording-{call.recording}.wav"
    assert account.billing.charged == rial(0)


async def test_voicemail_recordings(sandbox, account, ask):
    asked = "voicemail-recordings/1739558127.155"
    status, headers, body = await ask("GET", asked, context="voicemail-02100000010", mailbox="1001")
    assert status == 200
    assert headers["Content-Type"] == "audio/wav"
    assert headers["Content-Disposition"] == 'attachment; filename="voicemail-1739558127.155.wav"'
    assert headers["X-Billing-Charged"] == "0"
    assert seconds_of(body) > 0

    voicemail = Voicemail("1739558127.155", mailbox="1001", context="voicemail-02100000010")
    audio = await account.voicemail_audio(voicemail)
    assert (audio.content, audio.media_type, audio.filename) == (body, "audio/wav", "voicemail-1739558127.155.wav")


def seconds_of(body):
    with wave.open(io.BytesIO(body)) as file:
        return file.getnframes() / file.getframerate()


async def test_the_php_sample(sandbox, ask):
    status, _, body = await ask(
        "POST", "secure-call", json={"call_source": SOURCE, "call_destination": DESTINATION, "timeout": 30, "limit": 30}
    )
    assert status == 200
    assert json.loads(body)["data"]["status"] == "accepted"


# The document names no error; these are told by their HTTP status, whatever stands in the body.


@pytest.mark.parametrize(
    ("code", "error", "paid_error"),
    [
        (400, RequestError, RequestError),
        (401, AuthenticationError, AuthenticationError),
        (402, RequestError, RequestError),
        (403, PermissionDeniedError, PermissionDeniedError),
        (404, NotFoundError, NotFoundError),
        (405, RequestError, RequestError),
        (408, RequestError, OutcomeUnknownError),
        (422, RequestError, RequestError),
        (429, RateLimitedError, RateLimitedError),
        (500, ProviderError, OutcomeUnknownError),
        (501, ProviderError, OutcomeUnknownError),
        (503, ProviderError, OutcomeUnknownError),
        (520, ProviderError, OutcomeUnknownError),
    ],
)
async def test_every_status_is_its_error(sandbox, account, code, error, paid_error):
    sandbox.faults.add("status", provider="voipano", code=code)
    with pytest.raises(error):
        await account.services()
    sandbox.requests.clear()
    for act in (
        account.click_to_call(source=SOURCE, destination=DESTINATION),
        account.secure_call(source=SOURCE, destination=DESTINATION),
        account.send_otp(number=SOURCE),
    ):
        with pytest.raises(paid_error) as caught:
            await act
        assert SOURCE not in str(caught.value)
    assert len(sandbox.requests) == 3


async def test_what_the_sandbox_refuses_is_its_error(sandbox, account, limits):
    where = sandbox.accounts["voipano"][0]
    async with open_account("voipano", base_url=where.base_url, limits=limits, token="wrong-token") as other:
        with pytest.raises(AuthenticationError) as caught:
            await other.identity()
        assert "wrong-token" not in str(caught.value)
    with pytest.raises(NotFoundError):
        await account.request("GET", "no-such-thing")
    with pytest.raises(RequestError, match="405"):
        await account.request("POST", "services")
    with pytest.raises(PermissionDeniedError):
        await account.mailboxes(context="voicemail-user-99")
    with pytest.raises(RequestError, match="422"):
        await account.click_to_call(source="12", destination=DESTINATION)
    sandbox.world.charge(sandbox.world.offices[0], 0, credit(sandbox) - 100)
    with pytest.raises(RequestError, match="credit"):
        await account.send_otp(number=SOURCE)
    assert (await account.click_to_call(source=SOURCE, destination=DESTINATION)).remaining_credit == rial(20)


# The document's own samples, read without a socket.


def test_the_samples_are_read_as_they_stand():
    from trunkline.providers.voipano import wire

    at = datetime(2025, 2, 24, tzinfo=UTC)
    page = at_once(wire.read_page(SAMPLES["call-reports"]["reply"], account="voipano:12", lines=frozenset(), asked=1))
    assert (page.number, page.total, page.pages, len(page.calls)) == (1, 32, 4, 1)
    (call,) = page.calls
    assert call.call_id == call.recording == "67bc8ea2f8f8a7d1287995f1"
    # 0x67bc8ea2 = 1740410530 s = 20143 days (2025-02-24) and 55330 s (15:22:10).
    assert call.started_at == datetime(2025, 2, 24, 15, 22, 10, tzinfo=UTC)
    assert (call.direction, call.trunk, call.status) == (None, None, Status.UNKNOWN)
    assert (call.source.number, call.source.e164) == ("09123***789", None)
    assert call.derived == {"started_at"}

    services, plans = wire.read_services(SAMPLES["services"]["reply"]["data"])
    assert services[0].service_id == "12"
    trunk = services[0].trunks[0]
    assert (trunk.trunk_id, trunk.number, trunk.e164) == ("2191010001", "02191010001", "+982191010001")
    assert wire.endpoint(SAMPLES["click-to-call"]["reply"]) == trunk.trunk_id
    (plan,) = plans
    assert (plan.name, plan.days_left, plan.status, plan.number) == ("پلن پیوند", 26, "active", "02191010001")

    boxes, contexts = wire.read_mailboxes(SAMPLES["voicemail-inboxes"]["reply"]["data"])
    assert contexts == ("voicemail-02191010001", "voicemail-user-15")
    assert [(box.mailbox, box.context, box.mailbox_id) for box in boxes] == [
        ("1001", "voicemail-02191010001", "67bc8f2df8f8a7d12879960f")
    ]

    charged = {"call-otp": (160, 9840), "click-to-call": (80, 9920), "secure-call": (120, 9880)}
    for name, (price, left) in charged.items():
        reply = SAMPLES[name]["reply"]
        billing = wire.read_billing(reply["billing"], at=at, currency="IRR")
        placed = wire.read_placed(reply, billing)
        assert placed.request_id == reply["data"]["request_id"]
        assert (billing.unit_price, placed.charged, placed.remaining_credit) == (rial(price), rial(price), rial(left))


async def test_a_placed_call_is_listed_when_it_ended(sandbox, account):
    before = (await account.call_page()).total
    await account.click_to_call(source="+98" + SOURCE[1:], destination=DESTINATION)
    sandbox.world.clock.move(60)
    page = await account.call_page()
    assert page.total == before + 1
    call = page.calls[0]
    assert (call.source.number, call.destination.number) == (SOURCE, DESTINATION)
    assert (call.source.e164, call.destination.e164) == ("+989120000789", "+989120000543")
    assert call.direction is None


async def test_calls_of_a_line_tell_their_direction(sandbox, account):
    calls = [call async for call in account.calls()]
    assert {call.direction for call in calls} == {Direction.INCOMING, Direction.OUTGOING, None}
    assert {call.trunk for call in calls} == {"2100000010", "2100000011", None}
    for call in calls:
        ends = {Direction.INCOMING: call.destination, Direction.OUTGOING: call.source}
        if call.direction:
            assert ends[call.direction].number == f"0{call.trunk}"
            assert call.derived == {"started_at", "direction", "trunk"}
