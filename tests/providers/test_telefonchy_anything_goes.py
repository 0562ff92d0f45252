"""Whatever Telefonchy's replies and pushes hold, reading them gives the model or a `DataError`, and nothing else."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import jdatetime
import orjson
import pytest
from at_once import at_once
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.providers.telefonchy_samples import sample, text
from trunkline import open_account
from trunkline.errors import (
    AuthenticationError,
    DataError,
    ForeignRecordError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
    TrunklineError,
)
from trunkline.model import Call, Direction, Location, Money, Party, Service, Status
from trunkline.providers.common.paging import NumberedPage
from trunkline.providers.telefonchy import wire
from trunkline.transport import Reply

TEHRAN = ZoneInfo("Asia/Tehran")
RECORD = sample("calls")["data"]["calls"][0]
# A record with everything that was ever seen in one.
FULL = {
    **RECORD,
    "object_id": "5f0ad1a2c3d4e5f607182930",
    "exten": {"number": "1510", "caller_id": "کارشناس1"},
    "file_id": "88",
    "file_record": "88",
    "cuid": "71966",
    "started_at": "1399-04-21 12:02:18",
    "call_dest": {
        "number": "02155500123",
        "contact": {
            **RECORD["call_source"]["contact"],
            "numbers": [{"number_id": "1", "number": "02155500123", "type": "phone"}],
        },
    },
}

# What a JSON parser can return: whole numbers beyond 64 bits become floats there.
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(
        [
            *("", " ", "0", "1", "-1", " 12 ", "1e9", "9" * 25, "NaN", "null", "true", "+", "۱۲", "{", "x" * 10_001),
            *("1399-04-21 12:02:18", "1399/12/30 23:59:59", "1400-12-30", "0000-00-00 00:00:00"),
            "2020-07-11T12:02:18",
        ]
    ),
)
NAMES = st.sampled_from(["number", "contact", "numbers", "calls", "data", "code", "service_id", "call_id", "unix"])
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | NAMES, inner, max_size=4),
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


MISSING = object()


def changed(value, way, new):
    """Return a sample with something else in one place, or without it."""
    if not way:
        return None if new is MISSING else new
    copy = value.copy()
    if len(way) == 1 and new is MISSING:
        del copy[way[0]]
    else:
        copy[way[0]] = changed(copy[way[0]], way[1:], new)
    return copy


@st.composite
def mutated(draw, valid):
    """Draw something valid with up to three places changed: null, missing, of another type, nested or with more in it."""
    value = valid
    for _ in range(draw(st.integers(1, 3))):
        if not isinstance(value, (dict, list)):
            break
        way = draw(st.sampled_from(places(value)))
        there = value
        for step in way:
            there = there[step]
        more = ANYTHING
        if isinstance(there, dict):
            more |= st.dictionaries(st.text(max_size=8), ANYTHING, max_size=2).map(
                lambda new, old=there: {**old, **new}
            )
        new = draw(st.one_of(st.just(MISSING), st.none(), st.just([there]), st.just({"inner": there}), more))
        value = changed(value, way, new)
    return value


def reader(extensions=("1510",)):
    return wire.CallReader(account="telefonchy:A", zone=TEHRAN, currency="IRR", extensions=frozenset(extensions))


def read(how, value):
    """Read; return None for a `DataError`, which names the field."""
    try:
        return how(value)
    except DataError as error:
        assert error.field
        assert error.field in str(error)
        return None


def of_text(value):
    return value is None or isinstance(value, str)


def check_party(party):
    assert isinstance(party, Party)
    assert of_text(party.number)
    assert of_text(party.name)
    assert party.e164 is None or party.e164.startswith("+")
    if party.contact is not None:
        assert all(isinstance(number, str) and number for number in party.contact.numbers)


def check_call(call, record):
    assert type(call) is Call
    assert call.account == "telefonchy:A"
    assert call.call_id.strip()
    assert len(call.call_id) <= 200
    assert call.direction is None or type(call.direction) is Direction
    assert type(call.status) is Status
    assert all(moment is None or moment.tzinfo is UTC for moment in (call.started_at, call.ended_at))
    assert all(item is None or (type(item) is int and item >= 0) for item in (call.wait, call.talk))
    for amount in (call.price, call.price_wait, call.price_talk, call.price_record, call.price_saved):
        assert amount is None or (amount.currency == "IRR" and amount.amount.is_finite())
    assert all(of_text(item) for item in (call.trunk, call.extension, call.recording, call.note))
    assert call.recording not in {"", "0", "null"}
    assert isinstance(call.stream, str)
    assert call.derived in (set(), {"extension"})
    check_party(call.source)
    check_party(call.destination)
    assert call.raw is record


# Call records.


@given(mutated(RECORD) | mutated(FULL) | ANYTHING)
@example({"call_id": "1", "created_at": {}})
@example({"call_id": "1", "type": []})
@example({"call_id": "1", "price": True})
@example({"call_id": "1", "price": float("inf")})
@example({"call_id": "1", "exten": {"number": {"number": 1}}})
@example({"call_id": "1", "call_source": {"number": "1", "contact": {"numbers": [{"number": [1]}]}}})
@example({"call_id": "1", "call_source": {"number": [1], "contact": {"name": ["x"]}}})
@example({"call_id": "1", "call_source": {"contact": "nobody"}})
def test_one_call(record):
    call = read(reader().call, record)
    if call is not None:
        check_call(call, record)


def without_booleans(value):
    if isinstance(value, dict):
        return all(without_booleans(item) for item in value.values())
    return all(map(without_booleans, value)) if isinstance(value, list) else not isinstance(value, bool)


@pytest.mark.parametrize("name", [name for name in RECORD if name not in {"call_source", "call_dest"}])
@pytest.mark.parametrize("value", [{"number": "1"}, ["1"]])
def test_the_field_that_holds_more_than_a_plain_value_is_named(name, value):
    # What we don't read may be anything, and is never blamed.
    with pytest.raises(DataError) as caught:
        reader().call({"extra": {"a": 1}, "": [], **RECORD, name: value})
    assert caught.value.field == name


@given(st.lists(mutated(FULL), max_size=6))
def test_what_was_read_before_changes_nothing(records):
    # A reader remembers by value, and True is 1 there.
    assume(without_booleans(records))
    used = reader()
    for record in records:
        assert read(used.call, record) == read(reader().call, record)


@given(st.lists(st.just(RECORD) | st.just(FULL) | mutated(FULL) | SCALARS, max_size=4))
def test_a_page_of_records_is_those_that_can_be_read_and_the_others(records):
    found = reader().calls(records)
    one_by_one = [read(reader().call, record) for record in records]
    assert found.calls == tuple(call for call in one_by_one if call is not None)
    assert [row.record for row in found.unreadable] == [
        record for record, call in zip(records, one_by_one, strict=True) if call is None
    ]


@st.composite
def moments(draw):
    """Draw a whole second of 1979 to 2039 that Tehran's clocks showed once."""
    moment = datetime(1979, 6, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 60 * 365 * 86400)))
    local = moment.astimezone(TEHRAN)
    assume(local.fold == 0 and local.replace(fold=1).utcoffset() == local.utcoffset())
    return moment


def jalali(moment, separator):
    local = moment.astimezone(TEHRAN).replace(tzinfo=None)
    return jdatetime.datetime.fromgregorian(datetime=local).strftime(f"%Y{separator}%m{separator}%d %H:%M:%S")


@given(
    started=moments(),
    wait=st.integers(0, 10**6),
    talk=st.integers(0, 10**6),
    prices=st.lists(st.integers(0, 10**17), min_size=5, max_size=5),
    kinds=st.tuples(st.sampled_from([str, int]), st.sampled_from([str, int])),
    ends=st.tuples(st.sampled_from(["-", "/"]), st.sampled_from(["created_at", "started_at"])),
    words=st.tuples(
        st.sampled_from(
            [("incoming", Direction.INCOMING), ("outgoing", Direction.OUTGOING), ("local", Direction.INTERNAL)]
        ),
        st.sampled_from(
            [
                ("ANSWERED", Status.ANSWERED),
                ("BUSY", Status.BUSY),
                ("NO ANSWER", Status.NO_ANSWER),
                ("CONGESTION", Status.CONGESTION),
            ]
        ),
    ),
)
def test_a_call_that_makes_sense_is_read_as_it_was_written(started, wait, talk, prices, kinds, ends, words):
    separator, start = ends
    as_time, as_price = kinds
    (type_text, direction), (status_text, status) = words
    ended = started + timedelta(seconds=wait + talk)
    local = ended.astimezone(TEHRAN)
    assume(local.fold == 0 and local.replace(fold=1).utcoffset() == local.utcoffset())
    record = {name: value for name, value in RECORD.items() if name != "created_at"} | {
        "type": type_text,
        "status": status_text,
        start: jalali(started, separator),
        "ended_at": jalali(ended, separator),
        "time_wait": as_time(wait),
        "time_talk": as_time(talk),
    }
    names = ("price_wait", "price_talk", "price_record", "price_saved", "price")
    record |= {name: as_price(price) for name, price in zip(names, prices, strict=True)}
    call = reader().call(record)
    assert (call.direction, call.status, call.started_at, call.ended_at) == (direction, status, started, ended)
    assert (call.wait, call.talk) == (wait, talk)
    assert [getattr(call, name) for name in names] == [Money(Decimal(price), "IRR") for price in prices]


# The list.


@given(mutated(sample("calls")) | ANYTHING | ANYTHING.map(lambda item: {"data": {"calls": item}, "paginator": item}),
       st.integers(1, 9))  # fmt: skip
@example({"data": [], "paginator": None}, 1)
@example({"data": {"calls": {}}, "paginator": {}}, 3)
@example({"data": {"calls": []}, "paginator": {"current": 1, "total_pages": 5, "total_items": 99}}, 2)
@example({"data": {"calls": []}, "paginator": {"current": -1, "total_pages": -1, "total_items": -1}}, 1)
@example({"data": {"calls": []}, "paginator": {"current": "2", "total_pages": "2", "total_items": "50"}}, 7)
def test_pages(body, asked):
    body = body if isinstance(body, dict) else {"data": body}
    page = read(lambda value: read_page(value, reader(), asked=asked), body)
    if page is None:
        return
    assert isinstance(page, NumberedPage)
    assert all(isinstance(call, Call) for call in page.calls)
    assert page.total is None or page.total >= 0
    assert page.pages >= 0
    assert page.size >= 1 or not page.calls
    # Going on from here leaves nothing out and comes to an end: only a page past the last may be another one.
    assert page.number == asked or page.pages <= page.number < asked


# Services, date, locations.


@given(mutated(sample("services")["data"]) | ANYTHING)
@example([{"service_id": "A", "trunks": {}, "extens": {}}])
@example([{"service_id": "A", "trunks": [{"number": "+", "credit": {"value": True}}]}])
@example([{"service_id": "A", "trunks": [{"number": "000", "credit": []}]}])
def test_services(data):
    services = read(lambda value: wire.read_services(value, zone=TEHRAN, currency="IRR"), data)
    for service in services or ():
        assert isinstance(service, Service)
        assert service.service_id.strip()
        for trunk in service.trunks:
            assert trunk.trunk_id is not None
            assert trunk.number.strip()
            assert trunk.stream == service.service_id
            assert trunk.credit is None or (trunk.credit.currency == "IRR" and trunk.credit.amount.is_finite())
            assert trunk.credit_expires_at is None or trunk.credit_expires_at.tzinfo is UTC
        assert all(
            extension.number.strip() and extension.stream == service.service_id for extension in service.extensions
        )


@given(mutated(sample("current_date")["data"]) | ANYTHING | ANYTHING.map(lambda item: {"unix": item}))
@example({"unix": 2**64 - 1})
@example({"unix": -(2**63)})
@example({"unix": 1e308})
@example({"unix": "9" * 18})
def test_date(data):
    moment = read(wire.read_date, data)
    assert moment is None or moment.tzinfo is UTC


@given(st.integers(0, 4102444800), st.sampled_from([int, str, float]))
def test_a_date_is_its_unix_seconds(unix, kind):
    assert wire.read_date({"unix": kind(unix)}).timestamp() == unix


@given(mutated(sample("locations")["data"]) | ANYTHING | ANYTHING.map(lambda item: {"locations": item}))
def test_locations(data):
    for location in read(wire.read_locations, data) or ():
        assert isinstance(location, Location)
        assert location.province.strip()
        assert all(city.location_id.strip() and city.name.strip() for city in location.cities)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), ANYTHING, max_size=3), st.data())
def test_only_the_one_brace_is_filled_in(body, data):
    whole = orjson.dumps(body)
    assert wire.complete_json(whole) == whole
    assert orjson.loads(wire.complete_json(whole[:-1])) == orjson.loads(whole)
    # Whatever else was cut off stays wrong: it is an error to its reader, not half a list.
    cut = whole[: data.draw(st.integers(0, max(0, len(whole) - 2)))]
    reply = Reply(200, {}, wire.complete_json(cut), "Telefonchy")
    with pytest.raises(DataError):
        wire.envelope(reply)


@given(st.binary(max_size=60))
def test_completing_gives_bytes_with_nothing_lost(body):
    assert wire.complete_json(body) in {body, body + b"}"}


# The envelope and its errors.

MEANINGS = {
    400: RequestError,
    401: AuthenticationError,
    402: ProviderError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitedError,
}


def meaning(code):
    return MEANINGS.get(code, ProviderError if code >= 500 else RequestError)


@given(
    st.sampled_from([200, 400, 401, 402, 403, 404, 422, 429, 500, 503]),
    st.integers(400, 10**18 - 1) | st.sampled_from(sorted(MEANINGS)),
    st.sampled_from([int, str, float]),
    ANYTHING,
    ANYTHING,
)
def test_a_code_of_the_envelope_is_its_error_whatever_stands_around_it(status, code, kind, message, data):
    assume(kind is not float or code < 2**53)
    body = {"status": message, "code": kind(code), "message": message, "data": data}
    with pytest.raises(meaning(code)) as caught:
        wire.envelope(Reply(status, {}, orjson.dumps(body), "Telefonchy"))
    assert type(caught.value) is meaning(code)


@given(
    st.integers(200, 599),
    st.one_of(
        st.binary(max_size=40),
        (ANYTHING | mutated({"status": "Ok", "code": 200, "message": None, "data": []})).map(orjson.dumps),
    ),
    st.dictionaries(
        st.sampled_from(["Retry-After", "Content-Type"]), st.text(max_size=9) | st.sampled_from(["5", "-1"])
    ),
)
@example(200, b'{"code": 0, "data": []}', {})
@example(200, b'{"code": -200, "data": []}', {})
@example(200, b'{"code": 302, "data": []}', {})
@example(200, b"[" * 2000, {})
def test_whole_replies_of_any_status(status, content, headers):
    try:
        assert isinstance(wire.unclear(Reply(status, headers, content, "Telefonchy")), str | None)
        envelope = wire.envelope(Reply(status, headers, content, "Telefonchy"))
    except DataError as error:
        assert error.field or not content.strip().startswith(b"{")
    except TrunklineError as error:
        assert type(error) in {*MEANINGS.values()}
    else:
        # The document's only code of success is 200.
        assert 200 <= int(envelope["code"]) < 300


# Pushed records.


@given(st.one_of(st.binary(max_size=200), st.text(max_size=80).map(str.encode), ANYTHING.map(orjson.dumps)))
@example(b"[" * 2000)
@example(b'{"a":' * 2000)
@example(b"a[b]=1&a=2&a[c][d]=3")
@example(b"[=1&]=2&[]=3")
@example(b"call_source=%7B%22number%22&call_id=1")
@example("call_id=۱&call_source[number]=٢".encode())
@example(b"&".join(b"a%d=1" % at for at in range(200)))
def test_pushed_bytes(body):
    record = read(wire.read_push_body, body)
    if record is not None:
        assert isinstance(record, dict)
        call = read(reader().call, record)
        assert call is None or call.call_id.strip()


@given(st.dictionaries(
    st.sampled_from(list(FULL)) | st.text("ab[]", max_size=8)
    | st.sampled_from(["call_source[number]", "call_source[contact][name]", "exten[number]", "call_id[]", "call_dest["]),
    ANYTHING,
    max_size=8,
))  # fmt: skip
@example({"call_source": "{", "call_id": "1"})
@example({"call_source": "{}", "call_source[contact]": "x"})
@example({"call_source": 5, "call_source[contact]": "x"})
def test_pushed_fields(payload):
    record = read(wire.read_push_body, payload)
    if record is not None:
        assert isinstance(record, dict)
        read(reader().call, record)


@given(mutated(FULL))
def test_a_push_as_fields_is_taken_as_it_stands_and_left_alone(payload):
    assume(isinstance(payload, dict))
    before = deepcopy(payload)
    record = read(wire.read_push_body, payload)
    assert repr(payload) == repr(before)
    if record is not None and not any("[" in name for name in payload):
        assert read(reader().call, record) == read(reader().call, read(wire.read_push_body, orjson.dumps(payload)))


def brackets(record, path=""):
    """Write fields as PHP's `http_build_query` does: nested names in brackets, null left out."""
    for name, value in record.items():
        full = f"{path}[{name}]" if path else name
        if isinstance(value, dict):
            yield from brackets(value, full)
        elif value is not None:
            yield full, value


VALID_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


@given(
    note=VALID_TEXT | st.none(),
    name=VALID_TEXT | st.none(),
    call_id=st.integers(1, 10**15),
    price=st.integers(0, 10**12),
    number=st.from_regex(r"9[0-9]{9}", fullmatch=True),
)
def test_a_push_is_the_same_call_in_all_its_forms(note, name, call_id, price, number):
    contact = {**RECORD["call_source"]["contact"], "name": name}
    row = {
        **sample("push"),
        "call_id": str(call_id),
        "note": note,
        "price": price,
        "call_source": {"number": number, "contact": contact},
    }
    call = reader().call(wire.read_push_body(orjson.dumps(row)))
    assert (call.call_id, call.note, call.price) == (str(call_id), note, Money(Decimal(price), "IRR"))
    assert (call.source.number, call.source.name) == (number, name or None)
    flat = {
        key: json.dumps(value) if isinstance(value, dict) else value for key, value in row.items() if value is not None
    }
    for form in (row, flat, dict(brackets(row)), urlencode(flat).encode(), urlencode(list(brackets(row))).encode()):
        assert reader().call(wire.read_push_body(form)) == call


@pytest.fixture(scope="module")
def account():
    """Give an account that knows the sample's service, as it does once it read its services."""
    account = open_account("telefonchy", base_url="http://127.0.0.1:9/webservice/v1", token="token-of-nobody")
    known = [{**sample("services")["data"][0], "service_id": RECORD["service_id"]}]
    account._services = wire.read_services(known, zone=TEHRAN, currency="IRR")
    return account


@given(payload=mutated(sample("push")) | mutated(FULL) | st.binary(max_size=80) | ANYTHING)
@example(payload=text("push").encode())
def test_what_is_pushed_is_a_call_of_ours_or_refused(account, payload):
    body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    forms = [body] + ([payload] if isinstance(payload, dict) else [])
    for form in forms:
        try:
            call = account.parse_push(form)
        except ForeignRecordError as error:
            assert error.field == "service_id"
        except DataError as error:
            assert error.field
        else:
            assert call.stream == RECORD["service_id"]
            assert call.started_at.tzinfo is UTC
