"""Readers of Voip24h's partner interface: the document's rows as expected values, and every quirk by itself."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
from yarl import URL

from trunkline import open_account
from trunkline.errors import (
    AuthenticationError,
    ConfigError,
    DataError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
)
from trunkline.model import Call, Capability, Direction, Party, Status
from trunkline.providers import PROVIDERS, Account
from trunkline.providers.voip24h import common
from trunkline.providers.voip24h.partner import wire
from trunkline.transport import Reply

SAMPLES = json.loads((Path(__file__).parent / "data" / "voip24h" / "partner.json").read_text(encoding="utf-8"))
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BASE = "https://partner.example/api/v1/partner/voip24h"


def reader():
    return wire.CallReader(account="voip24h:partner.example/main", zone=HANOI)


def row(**changes):
    return {**SAMPLES["getUser"]["response"]["data"][0], **changes}


def answer(body, status=200, **headers):
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return Reply(status, {"Content-Type": "application/json", **headers}, raw, "Voip24h")


def test_the_rows_of_the_document():
    first, second = reader().calls(SAMPLES["getUser"]["response"]["data"]).calls
    assert first == Call(
        account="voip24h:partner.example/main",
        call_id="1532857052.131132",
        # EXTERNAL: an outside phone that rang the extension.
        direction=Direction.INCOMING,
        status=Status.NO_ANSWER,
        # 16:37:32 in Vietnam is seven hours later than UTC; 1532857052 seconds since the epoch are the same.
        started_at=datetime(2018, 7, 29, 9, 37, 32, tzinfo=UTC),
        extension="137",
        source=Party(number="0982056720", e164="+84982056720"),
        destination=Party(number="137"),
        derived=frozenset({"direction", "source", "destination"}),
    )
    assert second.started_at == datetime.fromtimestamp(1532834934, UTC) == datetime(2018, 7, 29, 3, 28, 54, tzinfo=UTC)
    assert second.source.number == "0971828252"
    assert first.raw == SAMPLES["getUser"]["response"]["data"][0]


@pytest.mark.parametrize(
    ("kind", "direction", "source", "derived"),
    [
        ("INBOUND", Direction.INCOMING, "0982056720", set()),
        ("OUTBOUND", Direction.OUTGOING, "137", set()),
        ("EXTERNAL", Direction.INCOMING, "0982056720", {"direction", "source", "destination"}),
        (" external ", Direction.INCOMING, "0982056720", {"direction", "source", "destination"}),
        ("INTERNAL", None, "137", {"source", "destination"}),
        (None, None, "137", {"source", "destination"}),
        (["INBOUND"], None, "137", {"source", "destination"}),
    ],
)
def test_the_extension_stands_at_the_end_that_the_direction_leaves_to_it(kind, direction, source, derived):
    call = reader().call(row(callType=kind))
    assert (call.direction, call.source.number, call.derived) == (direction, source, derived)
    assert {call.source.number, call.destination.number} == {"137", "0982056720"}
    assert call.extension == "137"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("ANSWERED", Status.ANSWERED),
        ("NO ANSWER", Status.NO_ANSWER),
        ("NO_ANSWER", Status.NO_ANSWER),
        ("no-answer", Status.NO_ANSWER),
        ("MISSED", Status.NO_ANSWER),
        ("BUSY", Status.BUSY),
        ("FAILED", Status.FAILED),
        ("CONGESTION", Status.CONGESTION),
        ("VOICEMAIL", Status.UNKNOWN),
        (None, Status.UNKNOWN),
        ({"a": 1}, Status.UNKNOWN),
    ],
)
def test_statuses(text, status):
    assert reader().call(row(callStatus=text)).status is status


@pytest.mark.parametrize(("duration", "talk"), [(69, 69), ("69", 69), (0, 0), (None, None), ("", None)])
def test_the_duration_is_the_talk(duration, talk):
    assert reader().call(row(duration=duration)).talk == talk


def test_a_row_without_a_date_has_the_time_of_its_id():
    call = reader().call(row(callDate=None))
    assert call.started_at == datetime(2018, 7, 29, 9, 37, 32, tzinfo=UTC)
    assert call.derived == {"direction", "source", "destination", "started_at"}
    assert reader().call(row(callDate="", callId="71")).started_at is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("callId", None),
        ("callId", ""),
        ("callId", {}),
        ("callDate", "29/07/2018"),
        ("callDate", "2018-13-01 00:00:00"),
        ("callDate", {}),
        ("callDate", 7),
        ("user", []),
        ("phoneNumber", 1.5),
        ("duration", -1),
        ("duration", "a minute"),
        ("duration", True),
    ],
)
def test_what_makes_no_sense_is_named(field, value):
    with pytest.raises(DataError) as caught:
        reader().call(row(**{field: value}))
    assert caught.value.field == field


def test_a_call_between_nobody_is_still_a_call():
    call = reader().call({"callId": "x1"})
    assert (call.source, call.destination, call.extension, call.derived) == (Party(), Party(), None, frozenset())


def test_lists_may_lie_in_a_list_and_be_empty_or_doubled():
    rows = SAMPLES["getUser"]["response"]["data"]
    assert reader().calls([rows]) == reader().calls(rows) == reader().calls([*rows, *rows])
    assert reader().calls([]).calls == reader().calls([[]]).calls == reader().calls({}).calls == ()
    for wrong in (None, "none", 7, {"rows": rows}):
        with pytest.raises(DataError):
            reader().calls(wrong)
    for row in ("x", None):
        assert [unreadable.record for unreadable in reader().calls([row, *rows]).unreadable] == [row]


def test_days_are_written_as_the_document_wants_them():
    assert [wire.day(date(2018, 1, 1)), wire.day(date(2018, 7, 30)), wire.day(date(987, 2, 3))] == [
        "01/01/2018",
        "30/07/2018",
        "03/02/0987",
    ]


# The envelope.


def test_a_success_has_its_data():
    for name, sample in SAMPLES.items():
        assert wire.answer(answer(sample["response"])) == sample["response"]["data"], name
    assert wire.answer(answer({"respCode": "0"})) is None


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("Partner secret is invalid", AuthenticationError),
        ("partnerSecret is invalid", AuthenticationError),
        ("Partner not found", AuthenticationError),
        ("Invalid partner", AuthenticationError),
        ("Unauthorized", AuthenticationError),
        ("Authentication failed", AuthenticationError),
        ("Xác thực thất bại", AuthenticationError),
        ("Permission denied", PermissionDeniedError),
        ("This IP is not allowed", PermissionDeniedError),
        ("User is required", wire.UserNeededError),
        ("The user field is required.", wire.UserNeededError),
        ("Missing user", wire.UserNeededError),
        ("No data", wire.NoDataError),
        ("Data not found", wire.NoDataError),
        ("Không có dữ liệu", wire.NoDataError),
        ("Extension not found", NotFoundError),
        ("Call does not exist", NotFoundError),
        ("Không tìm thấy cuộc gọi", NotFoundError),
        ("requestType is invalid", RequestError),
        ("Failure", RequestError),
        ("Unknown error", RequestError),
        ("Unknown extension", NotFoundError),
        ("", RequestError),
        (None, RequestError),
        ({"a": 1}, RequestError),
    ],
)
@pytest.mark.parametrize("http", [200, 400, 404, 422])
def test_failures_are_told_apart_by_their_message_as_well_as_that_allows(message, error, http):
    with pytest.raises(error) as caught:
        wire.answer(answer({"respCode": -1, "respMsg": message, "data": None}, http))
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("http", "error"),
    [
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (405, RequestError),
        (429, RateLimitedError),
        (500, ProviderError),
        (200, DataError),
    ],
)
@pytest.mark.parametrize("body", [b"<html>nginx</html>", b"", b"[]", b"{}", b'{"respCode":"x"}', b'{"respCode":[]}'])
def test_an_answer_without_the_envelope_goes_by_its_http_status(http, error, body):
    with pytest.raises(error) as caught:
        wire.answer(answer(body, http))
    assert type(caught.value) is error


def test_an_http_error_is_one_whatever_the_code_says():
    with pytest.raises(AuthenticationError):
        wire.answer(answer({"respCode": -1, "respMsg": "no", "data": None}, 401))
    with pytest.raises(PermissionDeniedError):
        wire.answer(answer({"respCode": 0, "respMsg": "Success", "data": []}, 403))
    with pytest.raises(RateLimitedError) as caught:
        wire.answer(answer({"respCode": -1, "respMsg": "no", "data": None}, 429, **{"Retry-After": "7"}))
    assert caught.value.retry_after == 7


def test_messages_are_shown_without_numbers_and_secrets():
    message = "Phone 0950000720 of key rdn7mllWMqND7S5DnZF8x is busy"
    with pytest.raises(RequestError) as caught:
        wire.answer(answer({"respCode": -1, "respMsg": message, "data": None}))
    assert "0950000720" not in str(caught.value)
    assert "rdn7" not in str(caught.value)
    assert "is busy" in str(caught.value)


# Links to recordings.


def test_the_link_of_the_document_is_read_and_not_followed_to_localhost():
    link = wire.read_link(SAMPLES["recordingDownload"]["response"]["data"])
    assert link == SAMPLES["recordingDownload"]["response"]["data"]["link"]
    with pytest.raises(RequestError, match="another server") as caught:
        common.own_link(link, BASE)
    assert "0899199799" not in str(caught.value)
    assert str(common.own_link(link, "http://localhost:8000/api/v1/partner/voip24h")) == link


@pytest.mark.parametrize("data", [None, {}, [], "", {"link": None}, {"link": " "}])
def test_no_link_is_no_recording(data):
    with pytest.raises(NotFoundError):
        wire.read_link(data)


@pytest.mark.parametrize("data", [7, "link", ["link"], {"link": ["x"]}])
def test_a_link_that_is_none_is_a_data_error(data):
    with pytest.raises(DataError):
        wire.read_link(data)


@pytest.mark.parametrize(
    ("link", "base", "followed"),
    [
        (f"{BASE}/r?a=1", BASE, f"{BASE}/r?a=1"),
        ("https://PARTNER.example/r", BASE, "https://PARTNER.example/r"),
        # A break of the line would begin a header of its own.
        (f"{BASE}/r?a=1 HTTP/1.1\r\nX: y", BASE, f"{BASE}/r?a=1+HTTP/1.1X:+y"),
        ("https://partner.example/cuộc gọi.gsm", BASE, "https://partner.example/cu%E1%BB%99c%20g%E1%BB%8Di.gsm"),
        # What the base URL has encrypted is not asked for in the clear.
        ("http://partner.example/r?x=%2B&y==", BASE, "https://partner.example/r?x=%2B&y=="),
        ("http://partner.example/r", "http://partner.example:8080/api", "http://partner.example/r"),
        ("http://partner.example:8080/r", "http://partner.example:8080/api", "http://partner.example:8080/r"),
        ("https://media.voip24h.vn/r.wav", "https://api.voip24h.vn/v3", "https://media.voip24h.vn/r.wav"),
        ("http://pbx1.voip24h.vn/r.wav", "https://api.voip24h.vn/v3", "https://pbx1.voip24h.vn/r.wav"),
    ],
)
def test_links_to_the_provider_itself_are_followed(link, base, followed):
    assert str(common.own_link(link, base)) == followed


@pytest.mark.parametrize(
    ("link", "base"),
    [
        ("http://localhost:8000/r", BASE),
        ("http://169.254.169.254/latest", BASE),
        ("https://partner.example.evil.example/r", BASE),
        ("https://evil.example/partner.example", BASE),
        ("https://media.partner.example/r", BASE),
        ("https://partner.example@evil.example/r", BASE),
        ("https://user:password@partner.example/r", BASE),
        ("ftp://partner.example/r", BASE),
        ("file:///etc/passwd", BASE),
        ("//partner.example/r", BASE),
        ("/r", BASE),
        ("", BASE),
        ("https://partner.example:99999/r", BASE),
        ("https://partner.example:6379/r", BASE),
        ("http://[::1", BASE),
        ("https://media.voip24h.vn/r", BASE),
        ("https://voip24h.vn.evil.example/r", "https://api.voip24h.vn/v3"),
        ("https://evilvoip24h.vn/r", "https://api.voip24h.vn/v3"),
        ("https://media.voip24h.vn:8443/r", "https://api.voip24h.vn/v3"),
    ],
)
def test_links_to_anywhere_else_are_not(link, base):
    with pytest.raises(RequestError, match="wasn't opened"):
        common.own_link(link, base)


LINK = URL("https://partner.example/api/recording/download?host=x&recordingFile=in-1-2-1531709393.4472.gsm")


@pytest.mark.parametrize(
    ("media_type", "link", "name"),
    [
        ("audio/x-gsm", LINK, "1531709393.4472.gsm"),
        ("application/octet-stream", LINK, "1531709393.4472.gsm"),
        ("audio/mpeg", LINK, "1531709393.4472.mp3"),
        ("audio/wav", URL("https://partner.example/r"), "1531709393.4472.wav"),
        ("", URL("https://partner.example/a.b/r"), "1531709393.4472.audio"),
    ],
)
def test_a_recordings_name_tells_what_it_is(media_type, link, name):
    reply = Reply(200, {"Content-Type": media_type}, b"\xd8", "Voip24h")
    recording = common.read_audio(reply, call_id="1531709393.4472", link=link)
    assert (recording.filename, recording.content) == (name, b"\xd8")
    assert recording.media_type == (media_type or "application/octet-stream")


@pytest.mark.parametrize(
    ("status", "media_type", "error"),
    [
        (200, "application/json", DataError),
        (200, "text/html", DataError),
        (404, "text/html", NotFoundError),
        (401, "text/html", AuthenticationError),
        (403, "audio/wav", PermissionDeniedError),
    ],
)
def test_a_page_is_no_recording(status, media_type, error):
    with pytest.raises(error):
        common.read_audio(Reply(status, {"Content-Type": media_type}, b"x", "Voip24h"), call_id="1", link=LINK)
    with pytest.raises(DataError):
        common.read_audio(Reply(200, {"Content-Type": "audio/wav"}, b"", "Voip24h"), call_id="1", link=LINK)


# The account.


@pytest.mark.parametrize(
    ("account", "key", "title"),
    [
        ("", "voip24h:partner.example/main", "Voip24h main"),
        ("Main", "voip24h:partner.example/main", "Voip24h Main"),
        ("Văn phòng: Hà Nội", "voip24h:partner.example/văn-phòng-hà-nội", "Voip24h Văn phòng: Hà Nội"),
        ("../a/b", "voip24h:partner.example/a-b", "Voip24h ../a/b"),
    ],
)
async def test_an_account_is_known_by_its_server_and_a_name_of_the_users_own(account, key, title):
    opened = open_account("voip24h", base_url="https://Partner.Example/api/", partner_secret="s3cret", account=account)
    opened.use_identity(opened._who)
    assert await opened.key() == key
    assert (await opened.identity()).title == title
    assert "s3cret" not in repr(opened)
    assert await opened.streams() == ("",)
    assert opened.requests == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "needs partner_secret"),
        ({"partner_secret": "s", "account": "///"}, "account name"),
        ({"partner_secret": "s", "account": "x" * 61}, "account name"),
        ({"partner_secret": "s", "token": "t"}, "has no token"),
        ({"partner_secret": "s", "base_url": "partner"}, "base URL"),
    ],
)
def test_settings_that_cannot_work_say_what_to_change(settings, message):
    with pytest.raises(ConfigError, match=message):
        open_account("voip24h", **{"base_url": BASE, **settings})


def test_the_partner_interface_has_no_address_of_its_own():
    with pytest.raises(ConfigError, match="set base_url"):
        open_account("voip24h", partner_secret="s")


def test_capabilities_are_the_methods_that_there_are():
    info = PROVIDERS["voip24h"]
    for capability in Capability:
        if capability is Capability.CALLS:
            continue
        own = getattr(info.load(), capability) is not getattr(Account, capability)
        assert own == (capability in info.capabilities), capability


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        # The code and the HTTP status contradict each other: either may be right.
        (403, b'{"respCode":0,"respMsg":"Success","data":{}}', "HTTP 403 and a code that says success"),
        (429, b'{"respCode":"0"}', "HTTP 429 and a code that says success"),
        (408, b"", "HTTP 408"),
        (520, b'{"respCode":-1,"respMsg":"Failure"}', "HTTP 520"),
        (401, b'{"respCode":-1,"respMsg":"no"}', None),
        (400, b'{"respCode":-1,"respMsg":"no"}', None),
        (404, b"<html>", None),
        (200, b'{"respCode":-1,"respMsg":"no"}', None),
        (200, b'{"respCode":0}', None),
        (201, b'{"respCode":0}', None),
    ],
)
def test_an_answer_may_leave_it_open_whether_a_call_was_placed(status, body, why):
    assert wire.unclear(answer(body, status)) == why


class Scripted:
    """A transport that gives one reply, to see what the account makes of it."""

    def __init__(self, reply):
        self.reply = reply

    async def read(self, *_, **__):
        return self.reply


async def scripted(body):
    account = open_account("voip24h", base_url=BASE, partner_secret="s")
    account._transport = Scripted(answer(body))
    return account


async def test_a_server_that_calls_an_empty_list_a_failure_has_no_calls():
    account = await scripted({"respCode": -1, "respMsg": "Data not found", "data": None})
    assert await account.user_calls("137") == ()
    assert [call async for call in account.calls()] == []


@pytest.mark.parametrize("data", [None, [], {}])
async def test_a_call_that_is_nothing_is_not_found(data):
    account = await scripted({"respCode": 0, "respMsg": "Success", "data": data})
    with pytest.raises(NotFoundError):
        await account.call("1532857052.131132")


async def test_one_call_may_come_in_a_list_and_more_are_a_data_error():
    account = await scripted({"respCode": 0, "respMsg": "Success", "data": [row()]})
    assert (await account.call("1532857052.131132")).call_id == "1532857052.131132"
    account = await scripted({"respCode": 0, "respMsg": "Success", "data": [row(), row()]})
    with pytest.raises(DataError):
        await account.call("1532857052.131132")
