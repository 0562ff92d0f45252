"""Whatever Voip24h's servers send: a model or a Trunkline error comes of it, and nothing else."""

from __future__ import annotations

import contextlib
import copy
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yarl import URL

from trunkline.errors import ConfigError, DataError, NotFoundError, RequestError, TrunklineError
from trunkline.model import Call, Direction, Recording
from trunkline.providers.voip24h import common
from trunkline.providers.voip24h.partner import wire as partner_wire
from trunkline.providers.voip24h.v3 import wire as v3_wire
from trunkline.transport import Reply, Transport

SAMPLES = json.loads((Path(__file__).parent / "data" / "voip24h" / "partner.json").read_text(encoding="utf-8"))
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 9, 17, tzinfo=UTC)
PARTNER_ROW = {**SAMPLES["getUser"]["response"]["data"][0], "duration": 69}
V3_ROW = {
    "id": "65f9b4aa4336cbd1158b4567",
    "callDate": "2024-03-19 22:52:10",
    "caller": "0950000720",
    "callee": "205",
    "did": "02400000010",
    "extension": "205",
    "type": "inbound",
    "status": "ANSWERED",
    "callId": "1710863530.1071",
    "duration": 40,
    "billsec": 31,
    "note": "Cần gọi lại",
    "recordingFile": "external-205.wav",
}
PUSH = {
    "msgid": "m1",
    "id": "9071",
    "calldate": "2024-03-19 22:52:10",
    "callid": "1710863530.1071",
    "did": "02400000010",
    "src": "205",
    "dst": "0950000720",
    "status": "NO ANSWER",
    "disposition": "NO ANSWER",
    "billsec": "0",
    "duration": "12",
    "type": "outbound",
}
LOGIN = {"token": "t0", "createAt": "2026-09-17 10:39:53", "expired": "2026-09-18 10:39:53", "isLongLive": False}

plain = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**25), max_value=10**25)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(
        ["ANSWERED", "EXTERNAL", "inbound", "0", "-1", "200", "9" * 30, "2024-03-19 22:52:10", "1531709393.4472"]
    )
)
anything = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
many = settings(max_examples=200, deadline=None)


def mutated(record):
    """Return records with some fields replaced by anything, left out, or added."""

    def change(replaced, missing, extra):
        changed = copy.deepcopy(record) | extra | replaced
        return {name: value for name, value in changed.items() if name not in missing}

    names = st.sampled_from(sorted(record))
    return st.builds(
        change,
        st.dictionaries(names, anything, max_size=3),
        st.sets(names, max_size=2),
        st.dictionaries(st.text(max_size=12), anything, max_size=2),
    )


def partner():
    return partner_wire.CallReader(account="voip24h:partner.example/main", zone=HANOI)


def v3():
    return v3_wire.CallReader(account="voip24h:api.example/v3/main", zone=HANOI)


def sensible(call):
    assert isinstance(call, Call)
    assert call.call_id.strip()
    assert call.started_at is None or call.started_at.tzinfo is UTC
    assert call.talk is None or call.talk >= 0
    assert call.wait is None or call.wait >= 0
    assert call.direction is None or call.direction in Direction
    hash(call)


@many
@given(mutated(PARTNER_ROW) | anything)
@example({"callId": "x", "callDate": {}})
@example({"callId": "1532857052.131132", "callDate": "1300-01-01 00:00:00"})
def test_a_partner_row_is_a_call_or_a_data_error(record):
    try:
        sensible(partner().call(record))
    except DataError as error:
        assert error.field


@many
@given(st.lists(mutated(PARTNER_ROW), max_size=3) | anything)
def test_partner_rows_are_calls_or_a_data_error(data):
    try:
        calls = partner().calls(data).calls
    except DataError:
        return
    assert len({call.call_id for call in calls}) == len(calls)
    for call in calls:
        sensible(call)


@many
@given(mutated(V3_ROW) | anything)
@example({**V3_ROW, "callDate": "2099-12-31 23:59:59", "duration": 10**17})
@example({**V3_ROW, "CALLDATE": 7})
def test_a_row_of_the_history_is_a_call_or_a_data_error(record):
    try:
        sensible(v3().call(record))
    except DataError as error:
        assert error.field


@many
@given(mutated(PUSH) | st.binary(max_size=300))
def test_a_push_is_a_call_with_a_time_or_a_data_error(payload):
    try:
        call = v3().pushed(payload)
    except DataError as error:
        assert error.field
        return
    sensible(call)
    assert call.started_at is not None


@many
@given(mutated(PUSH))
def test_a_push_reads_alike_as_json_and_as_fields(record):
    try:
        body = orjson.dumps(record)
    except (TypeError, orjson.JSONEncodeError):
        return
    results = []
    for payload in (orjson.loads(body), body):
        try:
            results.append(v3().pushed(payload))
        except DataError as error:
            results.append(error.field)
    assert results[0] == results[1]


@many
@given(st.dictionaries(st.sampled_from(sorted(PUSH)), st.text(max_size=20), max_size=6))
def test_a_push_reads_alike_as_a_form_and_as_fields(changes):
    record = {**PUSH, **changes}
    try:
        form = "&".join(f"{name}={quote(value)}" for name, value in record.items()).encode()
    except UnicodeEncodeError:
        return
    results = []
    for payload in (record, form):
        try:
            results.append(v3().pushed(payload))
        except DataError as error:
            results.append(error.field)
    assert results[0] == results[1]


def bodies():
    envelopes = st.fixed_dictionaries(
        {},
        optional={"respCode": anything, "respMsg": anything, "status": anything, "message": anything, "data": anything},
    )
    return st.one_of(anything, envelopes).map(encoded) | st.binary(max_size=60)


def encoded(value):
    return json.dumps(value, default=str).encode("utf-8", "replace")


@many
@given(bodies(), st.sampled_from([200, 201, 204, 400, 401, 403, 404, 405, 422, 429, 500, 503]))
@pytest.mark.parametrize("read", [partner_wire.answer, v3_wire.answer])
def test_a_reply_is_its_data_or_an_error_of_ours(read, body, status):
    reply = Reply(status, {"Content-Type": "application/json"}, body, "Voip24h")
    try:
        read(reply)
    except TrunklineError as error:
        assert str(error)
    else:
        assert status < 400
    assert isinstance(v3_wire.is_unauthorized(reply), bool)
    assert isinstance(v3_wire.unclear(reply), str | None)
    assert isinstance(partner_wire.unclear(reply), str | None)


@many
@given(
    st.fixed_dictionaries({"data": mutated(LOGIN) | anything})
    | st.dictionaries(st.text(max_size=5), anything, max_size=2)
)
def test_a_login_is_a_token_or_a_data_error(body):
    try:
        token = v3_wire.read_token(body, HANOI, now=NOW)
    except DataError as error:
        assert error.field
        return
    assert token.text.isprintable()
    assert token.text.isascii()
    assert token.life is None or 0 <= token.life <= 31 * 86400


@many
@given(anything)
def test_a_link_is_text_none_or_a_data_error(data):
    for read in (
        partner_wire.read_link,
        lambda value: v3_wire.read_link({"data": value}),
        lambda value: v3_wire.read_link({"data": {"media": value}}),
    ):
        with contextlib.suppress(NotFoundError, DataError):
            assert read(data).strip()


addresses = st.text(max_size=40) | st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "ftp", "", "javascript"]),
    st.sampled_from(
        ["api.voip24h.vn", "x.voip24h.vn", "evil.example", "api.voip24h.vn@evil.example", "[::1]", "", "a b"]
    ),
    st.sampled_from(["", ":443", ":80", ":0", ":99999", ":x"]),
    st.text(max_size=20).map(lambda text: f"/{text}"),
)


@many
@given(addresses)
@example("https://api.voip24h.vn/a\r\nHost: evil.example")
def test_a_link_that_is_followed_leads_to_the_provider_in_one_line(link):
    try:
        url = common.own_link(link, "https://api.voip24h.vn/v3")
    except RequestError:
        return
    assert url.host == "api.voip24h.vn" or url.host.endswith(".voip24h.vn")
    assert (url.scheme, url.user, url.password) == ("https", None, None)
    assert not set(str(url)) & set("\r\n\t ")


@many
@given(st.binary(max_size=20), st.text(max_size=30), st.sampled_from([200, 404, 500]), st.text(min_size=1, max_size=20))
def test_a_recording_is_audio_under_a_plain_name_or_an_error_of_ours(body, media_type, status, call_id):
    reply = Reply(status, {"Content-Type": media_type}, body, "Voip24h")
    link = URL("https://partner.example/r?recordingFile=..%2F..%2Fetc%2Fpasswd")
    try:
        recording = common.read_audio(reply, call_id=call_id, link=link)
    except TrunklineError:
        return
    assert isinstance(recording, Recording)
    assert not set(recording.filename) & set("/\\:\r\n")


@many
@given(st.text(max_size=70))
def test_an_accounts_name_is_fit_for_a_key_or_refused(name):
    try:
        identity = common.identity("Voip24h", "https://api.voip24h.vn/v3", name)
    except TrunklineError:
        return
    host, _, rest = identity.account_id.partition("/")
    assert host == "api.voip24h.vn"
    assert rest
    assert not set(rest) & set("/: \r\n\t")


# What addresses are made of, and what they can't contain.
ADDRESS_PARTS = (
    *("http", "https", "ftp", "://", "//", ":", "/", "@", "[", "]", "[::1]", "[v1.x]", "[::ffff:192.0.2.1]"),
    *("%", "%zz", "%00", "?", "#", "\\", "..", "=", "&", " ", "\t", "\r\n", "\x00", "user", "a" * 70),
    *("voip24h.vn", ".voip24h.vn", "api.voip24h.vn", "127.0.0.1", "0x7f.1", ":443", ":80", ":0", ":-1", ":99999", ":x"),
    *(
        "\u2028",
        "\u00df",
        "\u0131",
        "\u0130",
        "xn--",
        "xn--a",
        "\u3002voip24h.vn",
        "\uff1a",
        "\uff0f",
        "\uff20",
        "\u2100",
    ),
    "\ud800",
)


@pytest.mark.parametrize("base", ["https://api.voip24h.vn/v3", "http://127.0.0.1:8000/x", "http://[::1]/"])
def test_any_link_is_followed_or_refused_and_any_address_is_one_or_is_refused(base):
    generator = random.Random(base)
    followed = set()
    for _ in range(4000):
        link = generator.choice(("http://", "https://", "")) + "".join(
            generator.choices(ADDRESS_PARTS, k=generator.randint(1, 6))
        )
        with contextlib.suppress(RequestError):
            followed.add(common.own_link(link, base).host)
        with contextlib.suppress(ConfigError):
            Transport(link, label="Voip24h")
    assert all(
        host == URL(base).host or (base.startswith("https") and host.endswith(".voip24h.vn")) for host in followed
    )
