"""Every fault, as a client on a real socket sees it."""

from __future__ import annotations

import asyncio
import json
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
import pytest

from trunkline.sandbox import KINDS, Faults
from trunkline.sandbox.faults.rules import CHOICES

IMPATIENT = aiohttp.ClientTimeout(total=0.3)


async def page(client, number=1, **params):
    return (await client.calls(page=number, per_page=10, **params))[0]


def ids(calls):
    return [call["call_id"] for call in calls]


async def test_delay_makes_the_client_wait(start):
    client = await start(calls=0)
    client.sandbox.faults.add("delay", seconds=30, count=1)
    with pytest.raises(TimeoutError):
        await client.session.get(client.account().base_url + "/services", timeout=IMPATIENT)
    assert (await client.ask("/services"))[0] == 200


async def test_short_delay_answers_in_the_end(start):
    client = await start(calls=0)
    fault = client.sandbox.faults.add("delay", seconds=0.01)
    assert (await client.ask("/services"))[0] == 200
    assert fault.hits == 1


@pytest.mark.parametrize("code", [500, 502, 503, 504])
async def test_status_comes_as_a_page_of_the_web_server(start, code):
    client = await start(calls=0)
    client.sandbox.faults.add("status", code=code)
    status, headers, body = await client.raw()
    assert status == code
    assert headers["Content-Type"].startswith("text/html")
    assert str(code).encode() in body


async def test_status_can_redirect_elsewhere(start):
    client = await start(calls=0)
    client.sandbox.faults.add("status", code=302, headers={"Location": "http://127.0.0.1:9/stolen"})
    account = client.account()
    async with client.session.get(account.base_url + "/services", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, "http://127.0.0.1:9/stolen")


@pytest.mark.parametrize("after", [None, 7, "Wed, 20 May 2026 09:00:00 GMT"])
async def test_rate_limit_with_and_without_retry_after(start, after):
    client = await start(calls=0)
    client.sandbox.faults.add("rate_limit", retry_after=after)
    status, headers, _ = await client.raw()
    assert status == 429
    assert headers.get("Retry-After") == (None if after is None else str(after))


async def test_cut_before_the_reply_though_the_call_was_placed(start):
    client = await start(calls=0)
    client.sandbox.faults.add("cut", path="/smartcall")
    with pytest.raises(aiohttp.ClientError):
        await client.ask("/smartcall", service_id=client.account().service_id, exten="1510", to="09120000001")
    client.sandbox.world.clock.move(60)
    assert (await client.calls())[1]["total_items"] == 1


async def test_cut_before_the_request_was_understood(start):
    client = await start(calls=0)
    client.sandbox.faults.add("cut", path="/smartcall", processed=False)
    with pytest.raises(aiohttp.ClientError):
        await client.ask("/smartcall", service_id=client.account().service_id, exten="1510", to="09120000001")
    client.sandbox.world.clock.move(60)
    assert (await client.calls())[1]["total_items"] == 0


async def test_body_is_cut_midway(start):
    client = await start()
    client.sandbox.faults.add("cut_body", share=0.5)
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.raw("/calls", service_id=client.account().service_id)


async def test_wrong_content_type_with_the_right_body(start):
    client = await start(calls=0)
    client.sandbox.faults.add("content_type")
    _, headers, body = await client.raw()
    assert headers["Content-Type"] == "text/html; charset=UTF-8"
    assert json.loads(body)["status"] == "Ok"


@pytest.mark.parametrize(("form", "expected"), [("ahead", 900), ("behind", -900)])
async def test_clock_that_is_wrong(start, form, expected):
    client = await start(calls=0)
    client.sandbox.faults.add("wrong_clock", form=form, seconds=900, count=1)
    wrong, right = [parsedate_to_datetime((await client.raw())[1]["Date"]) for _ in range(2)]
    # The second reply may come a few seconds later.
    assert expected - 60 < (wrong - right).total_seconds() <= expected


@pytest.mark.parametrize("form", ["truncated", "html", "empty"])
async def test_what_is_not_json(start, form):
    client = await start(calls=0)
    client.sandbox.faults.add("bad_json", form=form)
    status, headers, body = await client.raw()
    assert (status, headers["Content-Type"]) == (200, "application/json")
    # Cut in the middle of a letter it is not even text: either way a ValueError.
    with pytest.raises(ValueError):  # noqa: PT011
        json.loads(body)


async def test_array_instead_of_an_object(start):
    client = await start(calls=0)
    client.sandbox.faults.add("bad_json", form="array")
    assert isinstance(json.loads((await client.raw())[2]), list)


async def test_expired_token_is_the_providers_own_refusal(start):
    client = await start(calls=0)
    client.sandbox.faults.add("expired_token", count=1)
    status, envelope = await client.ask("/services")
    assert (status, envelope["status"], envelope["code"], envelope["data"]) == (401, "Unauthorized", 401, [])
    assert (await client.ask("/services"))[0] == 200


async def test_pages_shift_by_new_calls(start):
    client = await start()
    client.sandbox.faults.add("shift", insert=3)
    first, second = await page(client, 1), await page(client, 2)
    assert ids(second)[:3] == ids(first)[-3:]


async def test_pages_shift_by_calls_that_go(start):
    client = await start()
    before = ids(await page(client, 1)) + ids(await page(client, 2))
    client.sandbox.faults.add("shift", insert=0, remove=4, count=1)
    await page(client, 1)
    gone = set(before) - set(ids(await page(client, 1)) + ids(await page(client, 2)))
    assert (await client.calls())[1]["total_items"] == 136
    assert len(gone) <= 4
    assert len(client.sandbox.world.offices[0].calls) == 136


async def test_removed_calls_stay_paid_for(start):
    client = await start()
    office = client.sandbox.world.offices[0]
    credit = [trunk.credit for trunk in office.trunks]
    client.sandbox.faults.add("shift", insert=0, remove=10, count=1)
    await page(client)
    assert [trunk.credit for trunk in office.trunks] == credit


async def test_record_twice_within_a_page(start):
    client = await start()
    honest = await page(client)
    client.sandbox.faults.add("duplicate")
    assert await page(client) == [honest[0], *honest]


async def test_record_twice_between_pages(start):
    client = await start()
    first, second = await page(client, 1), await page(client, 2)
    client.sandbox.faults.add("duplicate", where="between")
    assert await page(client, 1) == first
    assert await page(client, 2) == [first[-1], *second]
    assert await page(client, 1) == first


async def test_duplicates_of_nothing_are_nothing(start):
    client = await start(calls=0)
    client.sandbox.faults.add("duplicate")
    assert await page(client) == []


async def test_prices_are_corrected_later_and_so_is_the_credit(start):
    client = await start()
    trunks = client.sandbox.world.offices[0].trunks
    before, credit = await client.calls(per_page=100), sum(trunk.credit for trunk in trunks)
    client.sandbox.faults.add("correct", rows=1, by=130, count=1, path="/calls")
    await page(client)
    after = await client.calls(per_page=100)
    changed = [(one, other) for one, other in zip(before[0], after[0], strict=True) if one != other]
    ((old, new),) = changed
    assert old["call_id"] == new["call_id"]
    assert new["price"] - old["price"] == 130
    assert int(new["price_talk"]) - int(old["price_talk"]) == 130
    paid = 130 if new["trunk"] else 0
    assert credit - sum(trunk.credit for trunk in trunks) == paid


async def test_late_record_appears_below_newer_ones(start):
    client = await start()
    before = ids((await client.calls(per_page=500))[0])
    client.sandbox.faults.add("late", age=2 * 86400, count=1)
    await page(client)
    after = (await client.calls(per_page=500))[0]
    (late,) = set(ids(after)) - set(before)
    assert ids(after).index(late) > 0
    assert [item for item in ids(after) if item != late] == before


async def test_slow_drip_outlasts_patience(start):
    client = await start()
    client.sandbox.faults.add("drip", bytes=1, pause=0.1)
    account = client.account()
    headers = {"webservice-token": account.credentials["token"]}
    async with client.session.get(account.base_url + "/services", headers=headers, timeout=IMPATIENT) as response:
        assert response.status == 200
        with pytest.raises(TimeoutError):
            await response.read()


async def test_slow_reply_is_complete_at_the_end(start):
    client = await start()
    _, _, whole = await client.raw()
    client.sandbox.faults.add("drip", bytes=100, pause=0)
    assert (await client.raw())[2] == whole


async def test_huge_body_is_offered_until_the_client_has_enough(start):
    client = await start(calls=0)
    fault = client.sandbox.faults.add("huge", megabytes=400, count=1)
    account = client.account()
    response = await client.session.get(account.base_url + "/services")
    taken = 0
    async for chunk in response.content.iter_any():
        taken += len(chunk)
        if taken > 3_000_000:
            break
    response.close()
    await asyncio.sleep(0.05)
    sent = fault.sent
    assert taken <= sent < 200_000_000
    assert (await client.ask("/services"))[0] == 200
    assert fault.sent == sent


async def test_huge_reply_ends_at_the_chosen_size(start):
    client = await start(calls=0)
    client.sandbox.faults.add("huge", megabytes=1)
    assert 1_000_000 <= len((await client.raw())[2]) < 1_200_000


@pytest.mark.parametrize(
    ("at", "action", "value", "look", "expected"),
    [
        ("data.calls[].note", "missing", None, lambda item: "note" in item["data"]["calls"][0], False),
        ("data.calls[].trunk", "null", None, lambda item: item["data"]["calls"][3]["trunk"], None),
        ("data.calls[].time_talk", "set", "-5", lambda item: item["data"]["calls"][0]["time_talk"], "-5"),
        ("data.calls[]", "extra", 1, lambda item: item["data"]["calls"][0]["unheard_of"], 1),
        ("data.calls[]", "set", 7, lambda item: item["data"]["calls"][0], 7),
        ("data.calls[]", "null", None, lambda item: item["data"]["calls"][0], None),
        ("data.calls[]", "missing", None, lambda item: item["data"]["calls"], []),
        ("data", "extra", [1], lambda item: item["data"]["unheard_of"], [1]),
        ("data", "null", None, lambda item: item["data"], None),
        ("paginator", "missing", None, lambda item: "paginator" in item, False),
        ("paginator.total_items", "set", "many", lambda item: item["paginator"]["total_items"], "many"),
        ("data.calls[].call_source.number", "null", None, lambda item: item["data"]["calls"][0]["call_source"], ...),
        ("no.such.thing", "null", None, lambda item: item["code"], 200),
        ("data.calls[].call_id.deeper", "null", None, lambda item: item["code"], 200),
        ("status", "extra", 1, lambda item: item["status"], "Ok"),
    ],
)
async def test_fields_are_nulled_left_out_added_or_changed(start, at, action, value, look, expected):
    client = await start()
    client.sandbox.faults.add("field", at=at, action=action, value=value)
    _, _, body = await client.raw("/calls", service_id=client.account().service_id)
    found = look(json.loads(body))
    if expected is ...:
        assert found["number"] is None
    else:
        assert found == expected


async def test_several_fields_are_spoilt_at_once(start):
    client = await start()
    client.sandbox.faults.add("field", at="data.calls[].note", action="missing")
    client.sandbox.faults.add("field", at="data.calls[].price", action="set", value="12.5")
    call = (await page(client))[0]
    assert "note" not in call
    assert call["price"] == "12.5"


async def test_unknown_status_text_replaces_the_status(start):
    client = await start()
    client.sandbox.faults.add("unknown_status", text="PARKED")
    assert {call["status"] for call in await page(client)} == {"PARKED"}


def test_every_kind_is_tried_here():
    here = Path(__file__)
    source = here.read_text(encoding="utf-8")
    of_lists = (here.parent / "test_sandbox_list_faults.py").read_text(encoding="utf-8")
    tried = {kind for kind in KINDS if f'faults.add("{kind}"' in source or f'add(client, "{kind}"' in of_lists}
    assert tried == set(KINDS)


async def test_address_that_is_not_permitted(start):
    client = await start()
    client.sandbox.faults.add("address", count=1)
    assert (await client.ask("/services"))[0] == 403
    assert (await client.ask("/services"))[0] == 200


# Which requests get a fault.


async def test_fault_strikes_its_path_count_and_account_only(start):
    client = await start()
    client.sandbox.faults.add("status", path="/calls", count=2, account=1)
    service = client.account(1).service_id
    assert (await client.ask("/services", account=1))[0] == 200
    assert (await client.ask("/calls", service_id=client.account(0).service_id))[0] == 200
    for expected in (500, 500, 200):
        status, _, _ = await client.raw("/calls", account=1, service_id=service)
        assert status == expected
    assert len(client.sandbox.faults) == 0


async def test_exact_path_spares_what_is_below_it(start):
    client = await start(calls=0)
    client.sandbox.faults.add("status", path="/calls", exact=True)
    assert (await client.raw("/calls"))[0] == 500
    assert (await client.raw("/calls/record"))[0] == 400


async def test_fault_can_let_the_first_requests_pass(start):
    client = await start()
    client.sandbox.faults.add("status", code=503, skip=2, count=1)
    assert [(await client.raw())[0] for _ in range(4)] == [200, 200, 503, 200]


async def test_fault_of_another_provider_does_not_apply(start):
    client = await start(calls=0)
    client.sandbox.faults.add("status", provider="another")
    assert (await client.ask("/services"))[0] == 200


async def test_call_faults_leave_other_requests_and_refusals_alone(start):
    client = await start()
    fault = client.sandbox.faults.add("shift")
    await client.ask("/services")
    assert fault.hits == 0
    status, _ = await client.ask("/calls", headers={})
    assert status == 401
    assert len(client.sandbox.world.offices[0].calls) == 140


def test_clear_takes_off_one_kind_one_provider_or_all():
    faults = Faults()
    faults.add("delay")
    faults.add("cut", provider="telefonchy")
    faults.add("cut", provider="another")
    assert faults.clear(provider="another") == 1
    assert faults.clear("delay") == 1
    assert [fault.kind for fault in faults] == ["cut"]
    assert faults.clear() == 1
    assert len(faults) == 0


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"kind": "earthquake"}, "unknown fault 'earthquake'"),
        ({"kind": "delay", "minutes": 1}, "no option 'minutes'"),
        ({"kind": "expired_token", "x": 1}, "its options: none"),
        ({"kind": "delay", "seconds": "long"}, "seconds of delay"),
        ({"kind": "delay", "seconds": -1}, "seconds of delay"),
        ({"kind": "delay", "seconds": True}, "seconds of delay"),
        ({"kind": "status", "code": 99}, "code of status"),
        ({"kind": "status", "code": 1000}, "code of status"),
        ({"kind": "delay", "self": 1}, "no option 'self'"),
        ({"kind": "cut", "processed": 1}, "processed of cut"),
        ({"kind": "status", "headers": "x"}, "headers of status"),
        ({"kind": "bad_json", "form": "poem"}, "form of bad_json must be one of"),
        ({"kind": "delay", "path": 3}, "path must be text"),
        ({"kind": "delay", "count": 0}, "count must be"),
        ({"kind": "delay", "count": True}, "count must be"),
        ({"kind": "delay", "skip": -1}, "skip must be"),
        ({"kind": "delay", "account": "0"}, "account must be"),
        ({"kind": "delay", "exact": 1}, "exact must be"),
    ],
)
def test_invalid_fault_is_refused_with_one_line(fault, says):
    faults = Faults()
    options = dict(fault)
    kind = options.pop("kind")
    with pytest.raises(ValueError, match=says) as refused:
        faults.add(kind, **options)
    assert "\n" not in str(refused.value)
    assert len(faults) == 0


def test_every_kind_and_option_is_documented():
    page = (Path(__file__).parents[2] / "docs/sandbox.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(): line for line in page.splitlines() if line.startswith("| `")}
    for kind, options in KINDS.items():
        described = rows[f"`{kind}`"].split("|")[2]
        assert all(f"`{name}`" in described for name in options), kind
        choices = {choice for (of, _), allowed in CHOICES.items() if of == kind for choice in allowed}
        assert all(f"`{choice}`" in described for choice in choices), kind
