"""Whatever VoIPano's replies hold, reading them gives the model or a `DataError`, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from at_once import at_once
from hypothesis import example, given
from hypothesis import strategies as st

from trunkline.errors import DataError, TrunklineError
from trunkline.model import Billing, Call, Mailbox, PlacedCall, Plan, Service, Status
from trunkline.providers.common.paging import NumberedPage
from trunkline.providers.voipano import wire
from trunkline.transport import Reply

SAMPLES = json.loads((Path(__file__).parent / "data" / "voipano" / "samples.json").read_text(encoding="utf-8"))
NOW = datetime(2026, 5, 20, tzinfo=UTC)
LINES = frozenset({"2191010001"})

# What a JSON parser can return: whole numbers beyond 64 bits become floats there.
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(["", "0", "1", "true", " 12 ", "-1", "1e9", "002191010001", "67bc8ea2f8f8a7d1287995f1", "+", "۱۲"]),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8) | st.sampled_from(["items", "id"]), inner)
    ),
    max_leaves=12,
)


def read_page(*arguments, **options):
    return at_once(wire.read_page(*arguments, **options))


def places(value, way=()):
    """Return the way to everything in a sample."""
    found = [way]
    if isinstance(value, dict):
        for name, inner in value.items():
            found += places(inner, (*way, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            found += places(inner, (*way, at))
    return found


def changed(value, way, new):
    """Return a sample with something else in one place; `new` None takes the field away where it can."""
    if not way:
        return new
    copy = value.copy()
    if len(way) == 1 and new is None and isinstance(copy, dict):
        del copy[way[0]]
    else:
        copy[way[0]] = changed(copy[way[0]], way[1:], new)
    return copy


@st.composite
def mutated(draw, name, *way):
    """Draw the document's reply, or what stands at a way in it, with up to three places changed."""
    reply = SAMPLES[name]["reply"]
    for step in way:
        reply = reply[step]
    for _ in range(draw(st.integers(1, 3))):
        if isinstance(reply, (dict, list)):
            reply = changed(reply, draw(st.sampled_from(places(reply))), draw(ANYTHING))
    return reply


def body(name):
    return st.one_of(mutated(name), ANYTHING, ANYTHING.map(lambda data: {"ok": True, "data": data, "billing": data}))


def read(reader, value):
    """Read; return None for a `DataError`, which names the field."""
    try:
        return reader(value)
    except DataError as error:
        assert error.field
        return None


@given(body("call-reports"), st.integers(1, 9))
@example({"data": {"items": [{"id": "0", "call_source": "+"}], "pagination": {"page": 0, "last_page": 0}}}, 1)
def test_call_reports(reply, asked):
    reply = reply if isinstance(reply, dict) else {"data": reply}
    page = read(lambda value: read_page(value, account="voipano:12", lines=LINES, asked=asked), reply)
    if page is None:
        return
    assert isinstance(page, NumberedPage)
    # Going on from here leaves nothing out and comes to an end: only a page past the last may be another one.
    assert page.number == asked or page.pages <= page.number < asked
    assert page.total is None or page.total >= 0
    for call in page.calls:
        assert call.call_id.strip()
        assert call.status is Status.UNKNOWN
        assert ("started_at" in call.derived) == (call.started_at is not None)
        assert ("direction" in call.derived) == (call.direction is not None) == (call.trunk is not None)
        assert call.started_at is None or call.started_at.tzinfo is UTC


@given(ANYTHING | mutated("call-reports", "data", "items", 0))
def test_one_call(record):
    call = read(lambda value: wire.read_call(value, account="voipano:12", lines=LINES), record)
    assert call is None or isinstance(call, Call)


@given(body("services"))
def test_services(reply):
    found = read(wire.read_services, reply.get("data") if isinstance(reply, dict) else reply)
    if found is None:
        return
    services, plans = found
    assert len(services) == len(plans)
    for service, plan in zip(services, plans, strict=True):
        assert isinstance(service, Service)
        assert isinstance(plan, Plan)
        assert int(service.service_id) >= 0
        assert all(trunk.trunk_id and trunk.credit is None for trunk in service.trunks)


@given(body("voicemail-inboxes"))
def test_mailboxes(reply):
    found = read(wire.read_mailboxes, reply.get("data") if isinstance(reply, dict) else reply)
    if found is not None:
        boxes, contexts = found
        assert all(isinstance(box, Mailbox) and box.mailbox.strip() for box in boxes)
        assert all(isinstance(context, str) for context in contexts)


@pytest.mark.parametrize("name", ["call-otp", "click-to-call", "secure-call"])
@given(data=st.data())
def test_replies_to_what_costs_money(name, data):
    reply = data.draw(body(name))
    raw = Reply(
        200, {"Content-Type": "application/json"}, orjson.dumps(reply, option=orjson.OPT_NON_STR_KEYS), "VoIPano"
    )
    try:
        billing = wire.billing_of(raw, at=NOW, currency="IRR")
        placed = wire.read_placed(wire.envelope(raw), billing)
    except TrunklineError:
        return
    assert billing is None or isinstance(billing, Billing)
    assert isinstance(placed, PlacedCall)
    assert placed.status


@given(
    st.integers(200, 599),
    st.one_of(st.binary(max_size=40), body("services").map(orjson.dumps)),
    st.dictionaries(
        st.sampled_from(["X-Billing-Charged", "x-billing-charged", "Content-Type", "Retry-After"]),
        st.text(max_size=20) | st.sampled_from(["0", "25", "1e9", "-1", "Wed, 21 Oct 2026 07:28:00 GMT"]),
    ),
)
def test_whole_replies_of_any_status(status, content, headers):
    reply = Reply(status, headers, content, "VoIPano")
    try:
        billing = wire.billing_of(reply, at=NOW, currency="IRR")
    except DataError:
        assert status < 400
    else:
        assert billing is None or billing.at == NOW
    try:
        assert isinstance(wire.unclear(reply, None), str | None)
        found = wire.envelope(reply)
    except TrunklineError as error:
        assert status >= 400 or type(error).__name__ in {"DataError", "RequestError"}
    else:
        assert status < 400
        assert isinstance(found, dict)


@given(ANYTHING)
def test_billing(value):
    billing = read(lambda item: wire.read_billing(item, at=NOW, currency="IRR"), value)
    assert billing is None or all(
        amount is None or (amount.currency == "IRR" and amount.amount.is_finite())
        for amount in (billing.charged, billing.unit_price, billing.remaining_credit)
    )


@given(st.text("0123456789", min_size=10, max_size=10).filter(lambda digits: digits[0] not in "09"))
def test_a_line_has_one_id_in_all_its_spellings(digits):
    spellings = (digits, f"0{digits}", f"00{digits}", f"+98{digits}", f"0098{digits}", f"98{digits}")
    assert {wire.line_id(spelling) for spelling in spellings} == {digits}
    assert {wire.national(item) for item in (f"0{digits}", f"+98{digits}", f"0098{digits}")} == {f"0{digits}"}
