"""Telefonchy's document from top to bottom, against what a plain client gets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sandbox_shapes import check_shape, with_contacts, with_file_id

STATUS_TEXTS = {200: "Ok", 400: "Validations-Error", 401: "Unauthorized", 402: "Failed", 404: "Not-Found"}


@pytest.fixture
def calls_sample(sample):
    envelope = sample("calls")
    envelope["data"]["calls"] = [with_contacts(with_file_id(envelope["data"]["calls"][0]))]
    return envelope


# Response structure.


async def test_every_error_has_its_status_text_a_message_and_an_empty_list(start):
    client = await start()
    service = client.account().service_id
    client.sandbox.world.top_up(client.sandbox.world.offices[0], 0, -10_000_000)
    client.sandbox.world.top_up(client.sandbox.world.offices[0], 1, -10_000_000)
    answers = {
        400: await client.ask("/calls"),
        401: await client.ask("/services", headers={"webservice-token": "wrong"}),
        402: await client.ask("/smartcall", service_id=service, exten="1510", to="09120000001"),
        404: await client.ask("/nowhere"),
    }
    for code, (status, envelope) in answers.items():
        assert status == code
        assert list(envelope) == ["status", "code", "message", "data"]
        assert (envelope["status"], envelope["code"], envelope["data"]) == (STATUS_TEXTS[code], code, [])
        assert isinstance(envelope["message"], str)


async def test_http_status_is_200_for_errors_when_switched(start):
    client = await start(telefonchy={"always_200": True})
    status, envelope = await client.ask("/nowhere")
    assert (status, envelope["code"]) == (200, 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/services"), ("DELETE", "/calls"), ("PUT", "/current/date"), ("POST", "/smartcall"), ("GET", "/")],
)
async def test_wrong_method_or_path_is_not_found(start, method, path):
    client = await start(calls=0)
    status, envelope = await client.ask(path, method=method)
    assert (status, envelope["status"]) == (404, "Not-Found")


# Header.


@pytest.mark.parametrize("header", ["webservice-token", "webservice_token", "Webservice-Token"])
@pytest.mark.parametrize("path", ["/services", "/current/date", "/locations"])
async def test_both_spellings_of_the_header_are_taken(start, header, path):
    client = await start(calls=0)
    status, _ = await client.ask(path, headers={header: client.account().credentials["token"]})
    assert status == 200


async def test_underscore_spelling_can_be_dropped_as_some_servers_do(start):
    client = await start(calls=0, telefonchy={"underscore_header": False})
    token = client.account().credentials["token"]
    assert (await client.ask("/services", headers={"webservice_token": token}))[0] == 401
    assert (await client.ask("/services", headers={"webservice-token": token}))[0] == 200


async def test_token_in_the_query_or_none_at_all_is_unauthorized(start):
    client = await start(calls=0)
    assert (await client.ask("/services", headers={}))[0] == 401
    assert (await client.ask("/services", headers={}, token=client.account().credentials["token"]))[0] == 401


# Services.


async def test_services_have_the_samples_shape(start, sample):
    client = await start()
    for account, trunks in ((0, 2), (1, 1)):
        _, envelope = await client.ask("/services", account=account)
        check_shape(sample("services"), envelope)
        (service,) = envelope["data"]
        assert service["service_id"] == client.account(account).service_id
        assert len(service["trunks"]) == trunks
        assert all(trunk["number"].startswith("0") for trunk in service["trunks"])
    assert client.account(0).credentials != client.account(1).credentials


async def test_first_operator_is_the_samples(start, sample):
    client = await start(calls=0)
    _, envelope = await client.ask("/services")
    assert envelope["data"][0]["extens"][0] == sample("services")["data"][0]["extens"][0]


async def test_one_token_can_hold_both_services(start):
    client = await start(one_token=True)
    _, envelope = await client.ask("/services")
    ids = [service["service_id"] for service in envelope["data"]]
    assert ids == list(client.account().service_ids)
    assert len(set(ids)) == 2
    for service_id in ids:
        calls, _ = await client.calls(service_id=service_id)
        assert {call["service_id"] for call in calls} == {service_id}


# Calls.


async def test_calls_have_the_samples_shape_and_file_id_after_time_talk(start, calls_sample):
    client = await start()
    for account in (0, 1):
        status, envelope = await client.ask(
            "/calls", account=account, service_id=client.account(account).service_id, per_page=200
        )
        assert status == 200
        assert len(envelope["data"]["calls"]) > 50
        check_shape(calls_sample, envelope)


async def test_calls_use_the_documents_words(start):
    client = await start(calls=1500)
    calls, _ = await client.calls(per_page=500)
    assert {call["type"] for call in calls} == {"incoming", "outgoing", "local"}
    assert {call["status"] for call in calls} == {"ANSWERED", "BUSY", "NO ANSWER", "CONGESTION"}
    assert all(call["trunk"][0] != "0" for call in calls if call["type"] != "local")
    assert all(call["trunk"] is None for call in calls if call["type"] == "local")
    contacts = [call["call_source"]["contact"] for call in calls if call["type"] == "incoming"]
    assert None in contacts
    assert any(contact and contact["name"] for contact in contacts)
    assert any(contact and contact["location"] and not contact["name"] for contact in contacts)
    assert {call["file_id"] is None for call in calls} == {True, False}


async def test_the_samples_call_costs_and_reads_as_in_the_sample(start, sample):
    client = await start(calls=0)
    expected = sample("calls")["data"]["calls"][0]
    # 1399-04-21 12:02:24 is 2020-07-11, and Tehran was four and a half hours ahead of UTC.
    ended = datetime(2020, 7, 11, 7, 32, 24, tzinfo=UTC)
    await client.control(do="clock", freeze=True, set=ended.timestamp())
    await client.control(do="call", type="incoming", status="BUSY", wait=6)
    (call,), paginator = await client.calls()
    for name in expected.keys() - {"service_id", "call_id", "trunk", "call_source", "call_dest"}:
        assert call[name] == expected[name], name
    assert paginator == sample("calls")["paginator"]


@pytest.mark.parametrize("sort", [None, "DESC", "ASC"])
async def test_post_form_and_get_query_give_the_same_page(start, sort):
    client = await start()
    params = {"service_id": client.account().service_id, "page": "2", **({"sort": sort} if sort else {})}
    by_get = await client.ask("/calls", **params)
    by_post = await client.ask("/calls", method="POST", form=params)
    assert by_get == by_post
    assert by_get[1]["paginator"]["current"] == 2


async def test_post_reads_the_service_id_from_the_address_too(start):
    client = await start()
    status, envelope = await client.ask(
        "/calls", method="POST", service_id=client.account().service_id, form={"page": "3"}
    )
    assert (status, envelope["paginator"]["current"]) == (200, 3)


async def test_post_with_a_body_that_is_no_form_is_a_validation_error(start):
    client = await start(calls=0)
    headers = {
        "webservice-token": client.account().credentials["token"],
        "Content-Type": "multipart/form-data; boundary=x",
    }
    status, _ = await client.ask("/calls", method="POST", headers=headers, form=b"nonsense")
    assert status == 400


async def test_newer_dialect_adds_its_fields_and_keeps_the_others(start, calls_sample):
    old = await start()
    new = await start(telefonchy={"dialect": "newer"})
    before, _ = await old.calls(per_page=100)
    after, _ = await new.calls(per_page=100)
    extra = {"object_id", "exten", "started_at"}
    for one, other in zip(before, after, strict=True):
        assert {name: value for name, value in other.items() if name not in extra} == one
        assert other["started_at"] == other["created_at"]
        assert len(other["object_id"]) == 24
        assert other["exten"] is None or list(other["exten"]) == ["number", "caller_id"]
    assert any(item["exten"] for item in after)


async def test_contact_can_list_its_numbers_as_the_field_list_says(start):
    client = await start(telefonchy={"contact_numbers": True})
    calls, _ = await client.calls(per_page=100)
    ends = [call[end] for call in calls for end in ("call_source", "call_dest") if call[end]["contact"]]
    assert ends
    for end in ends:
        (number,) = end["contact"]["numbers"]
        assert list(number) == ["number_id", "number", "type"]
        assert number["number"] == end["number"]
        assert isinstance(number["number_id"], str)


# Current date.


async def test_current_date_is_the_documents_own_example(start, sample):
    client = await start(calls=0)
    await client.control(do="clock", freeze=True, set=1594640783)
    assert (await client.ask("/current/date"))[1] == sample("current_date")


@pytest.mark.parametrize(
    ("instant", "full"),
    [
        # Summer time until 2022: four and a half hours ahead of UTC; since then three and a half all year.
        (datetime(2022, 7, 1, 12, 0, 0, tzinfo=UTC), "1401-04-10 16:30:00"),
        (datetime(2022, 12, 1, 12, 0, 0, tzinfo=UTC), "1401-09-10 15:30:00"),
        (datetime(2023, 7, 1, 12, 0, 0, tzinfo=UTC), "1402-04-10 15:30:00"),
        # A leap year's last day, and the new year after it.
        (datetime(2025, 3, 20, 12, 0, 0, tzinfo=UTC), "1403-12-30 15:30:00"),
        (datetime(2025, 3, 20, 20, 30, 0, tzinfo=UTC), "1404-01-01 00:00:00"),
    ],
)
async def test_jalali_text_follows_tehrans_offset(start, instant, full):
    client = await start(calls=0)
    await client.control(do="clock", freeze=True, set=instant.timestamp())
    _, envelope = await client.ask("/current/date")
    assert envelope["data"]["unix"] == instant.timestamp()
    assert envelope["data"]["persian"]["full"] == full


async def test_calls_across_the_last_end_of_summer_time_are_written_with_two_offsets(start):
    client = await start(calls=0, now=datetime(2022, 10, 1, tzinfo=UTC))
    await client.control(do="clock", freeze=True)
    # 21 September 2022 24:00 local summer time is 19:30 UTC; a minute of talk ending at each instant.
    for ended in (datetime(2022, 9, 20, 12, 0, tzinfo=UTC), datetime(2022, 9, 22, 12, 0, tzinfo=UTC)):
        await client.control(do="clock", set=ended.timestamp())
        await client.control(do="call", wait=0, talk=60)
    calls, _ = await client.calls(sort="ASC")
    assert [call["created_at"] for call in calls] == ["1401-06-29 16:29:00", "1401-06-31 15:29:00"]
    assert [call["ended_at"] for call in calls] == ["1401-06-29 16:30:00", "1401-06-31 15:30:00"]


# Locations.


async def test_locations_have_the_samples_shape_and_its_first_city(start, sample):
    client = await start(calls=0)
    _, envelope = await client.ask("/locations")
    expected = sample("locations")
    check_shape(expected, envelope)
    first = envelope["data"]["locations"][0]
    assert first["province"] == expected["data"]["locations"][0]["province"]
    assert first["cities"][0] == expected["data"]["locations"][0]["cities"][0]
    ids = [city["location_id"] for location in envelope["data"]["locations"] for city in location["cities"]]
    assert len(envelope["data"]["locations"]) == 31
    assert len(ids) == len(set(ids))
