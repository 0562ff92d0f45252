"""Credentials, permissions and the document's common replies of a Simotel exchange."""

from __future__ import annotations

import base64
import json

import pytest
from simotel_client import DOCUMENT, Exchange

PING = "/setting/ping/act"


@pytest.fixture
async def exchange(start):
    return Exchange(await start(calls=60))


def error(message):
    return {"success": 0, "message": message, "data": ""}


async def answer(exchange, path=PING, **options):
    status, kind, body = await exchange.raw(path, **options)
    assert kind == "application/json"
    return status, json.loads(body)


# Authentication.


async def test_both_ways_together_are_demanded_at_first(exchange):
    assert (await answer(exchange))[0] == 200
    for headers in (exchange.headers(basic=False), exchange.headers(key=False)):
        assert await answer(exchange, headers=headers) == (401, error("BasicAuth or ApiKey is invalid"))


@pytest.mark.parametrize(("auth", "basic", "key"), [("basic", True, False), ("key", False, True)])
async def test_one_way_is_enough_where_the_exchange_says_so(exchange, auth, basic, key):
    await exchange.client.control(do="set", provider="simotel", setting="auth", value=auth)
    assert (await answer(exchange, headers=exchange.headers(basic=basic, key=key)))[0] == 200
    assert (await answer(exchange, headers=exchange.headers()))[0] == 200
    assert (await answer(exchange, headers=exchange.headers(basic=key, key=basic)))[0] == 401


@pytest.mark.parametrize("auth", ["basic", "key", "both"])
async def test_no_credentials_are_missing_and_wrong_ones_invalid(exchange, auth):
    await exchange.client.control(do="set", provider="simotel", setting="auth", value=auth)
    assert await answer(exchange, headers={}) == (401, error("BasicAuth or ApiKey is missing"))
    wrong = base64.b64encode(b"sandbox1:wrong").decode()
    for headers in (
        {"Authorization": f"Basic {wrong}", "X-APIKEY": "wrong"},
        {"Authorization": "Basic %%%", "X-APIKEY": "wrong"},
        {"Authorization": "Basic c2FuZGJveDE=", "X-APIKEY": "wrong"},
        {"Authorization": "Bearer x", "X-APIKEY": "wrong"},
    ):
        assert await answer(exchange, headers=headers) == (401, error("BasicAuth or ApiKey is invalid"))


async def test_one_accounts_name_with_anothers_key_is_invalid(start):
    client = await start(calls=0)
    one, other = Exchange(client), Exchange(client, 1)
    mixed = {**one.headers(key=False), **other.headers(basic=False)}
    assert (await answer(one, headers=mixed))[0] == 401


async def test_each_account_shows_its_own_office(start):
    client = await start(calls=0)
    for at in (0, 1):
        exchange = Exchange(client, at)
        users = await exchange.listed("/pbx/users/search")
        assert [row["number"] for row in users] == list(exchange.account.extensions)
        trunks = await exchange.listed("/pbx/trunks/search")
        assert [row["name"] for row in trunks] == list(exchange.account.trunks)


async def test_withdrawn_credentials_are_invalid_and_the_new_ones_work(exchange):
    before = exchange.headers()
    _, told = await exchange.client.control(do="rotate_token", provider="simotel", account=0)
    assert (await answer(exchange, headers=before))[0] == 401
    exchange.account = exchange.sandbox.accounts["simotel"][0]
    assert exchange.account.credentials == told["credentials"]
    assert (await answer(exchange))[0] == 200


async def test_expired_credentials_are_answered_like_wrong_ones(exchange):
    await exchange.client.control(do="fault", kind="expired_token", provider="simotel", count=1)
    assert await answer(exchange) == (401, error("BasicAuth or ApiKey is invalid"))
    assert (await answer(exchange))[0] == 200


async def test_address_that_is_not_permitted_gets_its_own_message(exchange):
    await exchange.client.control(do="fault", kind="address", provider="simotel", count=1)
    assert await answer(exchange) == (403, error("IP is not permitted"))


async def test_account_may_ask_for_its_permitted_paths_only(exchange):
    paths = ["/reports/cdr/search", PING]
    await exchange.client.control(do="set", provider="simotel", setting="permitted", value=paths)
    assert (await answer(exchange))[0] == 200
    assert await answer(exchange, "/pbx/users/add") == (403, error('"/pbx/users/add";Access denied'))
    # The collection alone is its search.
    assert await answer(exchange, "/reports/cdr") == (200, error("Field 'alike':value is missing"))
    await exchange.client.control(do="set", provider="simotel", setting="permitted", value="all")
    assert (await answer(exchange, "/pbx/users/add"))[0] == 200


# Addresses, methods, content.


@pytest.mark.parametrize("path", ["/nothing", "/pbx/users/nothing", "/reports", "/", "/reports/cdr/ordered"])
async def test_unknown_service_is_not_implemented(exchange, path):
    assert await answer(exchange, path) == (501, error("Requested service dose not exist"))


async def test_address_outside_the_interface_is_apaches(exchange):
    url = exchange.account.base_url.replace("/api/v4", "/api/v3")
    async with exchange.client.session.post(f"{url}{PING}", json={}, headers=exchange.headers()) as response:
        body = await response.text()
        assert (response.status, response.headers["Content-Type"]) == (404, "text/html; charset=iso-8859-1")
    assert "<title>404 Not Found</title>" in body


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_everything_is_posted(exchange, method):
    assert await answer(exchange, "/pbx/users/search", method=method) == (405, error("Method not allowed"))


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_ping_is_posted_or_put(exchange, method):
    assert (await answer(exchange, method=method))[0] == 405


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data"]
)
async def test_content_is_json(exchange, kind):
    expected = (415, error("Unsupported Media Type"))
    assert await answer(exchange, "/pbx/users/search", kind=kind, body=b"x") == expected


async def test_content_types_parameters_do_no_harm(exchange):
    kind = "application/json; charset=utf-8"
    assert (await answer(exchange, kind=kind))[0] == 200


@pytest.mark.parametrize("path", [path for path in DOCUMENT if path.endswith("/upload")])
async def test_upload_is_a_form(exchange, path):
    assert await answer(exchange, path) == (415, error("Unsupported Media Type"))


@pytest.mark.parametrize("body", [b"{", b"[1]", b"[[]]", b'"text"', b"1", b"null", b"\xff", b"[" * 100_000])
async def test_content_that_is_no_object_cannot_be_parsed(exchange, body):
    expected = (400, error("Unable to parse content"))
    assert await answer(exchange, "/pbx/users/search", body=body) == expected


async def test_an_empty_list_is_an_empty_object(exchange):
    empty = await answer(exchange, "/setting/ping/act", body=b"[]")
    assert empty == await answer(exchange, "/setting/ping/act", body=b"{}")
    assert await answer(exchange, "/reports/cdr/search", body=b"[]") == (200, error("Field 'alike':value is missing"))


@pytest.mark.parametrize("path", [path for path in DOCUMENT if path.endswith("/search")])
async def test_collection_alone_is_its_search(exchange, path):
    request = json.dumps({"alike": "true", "date_range": {"from": "2026-01-01 00:00", "to": "2026-06-01 00:00"}})
    collection = path.removesuffix("/search")
    whole = await exchange.raw(path, body=request.encode())
    assert whole[0] == 200
    assert await exchange.raw(collection, body=request.encode()) == whole
    assert await exchange.raw(f"{collection}/", body=request.encode()) == whole


# Switches.


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("nothing", "x", "auth, calendar, users_add, permitted"),
        ("auth", "none", '"basic", "key", "both"'),
        ("auth", 1, '"basic", "key", "both"'),
        ("calendar", "lunar", '"shamsi", "gregorian"'),
        ("permitted", "some", "a list of paths"),
        ("permitted", [1], "a list of paths"),
    ],
)
async def test_invalid_setting_is_refused_with_the_choices(exchange, setting, value, says):
    status, told = await exchange.client.control(do="set", provider="simotel", setting=setting, value=value)
    assert status == 400
    assert says in told["error"]


async def test_switches_can_be_set_from_the_beginning(start):
    exchange = Exchange(await start(calls=0, switches={"simotel": {"auth": "key", "users_add": "standard"}}))
    assert (await answer(exchange, headers=exchange.headers(basic=False)))[0] == 200
    added = await exchange.ask("/pbx/users/add", name="a", number="999", secret="s")
    assert list(added) == ["success", "message", "data"]
    assert len(added["data"]["_id"]) == 24


async def test_secrets_of_a_request_are_not_remembered(exchange):
    await exchange.ask("/pbx/users/add", name="a", number="999", secret="hidden-1")
    await exchange.ask("/voicemails/voicemails/add", name="a", number="999", password="hidden-2")
    await exchange.ask("/pbx/trunks/add", name="a", register_string="u:hidden-3@x", more_options="secret=hidden-4")
    assert len(exchange.sandbox.requests) == 3
    assert "hidden" not in str([request.query for request in exchange.sandbox.requests])
