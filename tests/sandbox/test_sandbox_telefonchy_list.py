"""Pages, both orders and the filters of the call list."""

from __future__ import annotations

import pytest


async def all_calls(client, **params):
    """Walk to the last page as the paginator says."""
    calls, paginator = await client.calls(**params)
    while paginator["current"] < paginator["last"]:
        more, paginator = await client.calls(**{**params, "page": paginator["next"]})
        calls += more
    assert len(calls) == paginator["total_items"]
    return calls


async def test_pages_in_both_orders_hold_every_call_once(start):
    client = await start(calls=300)
    newest_first = await all_calls(client, sort="DESC")
    oldest_first = await all_calls(client, sort="ASC", per_page=33)
    # 70 % of 300 calls are the first office's.
    assert len(newest_first) == 210
    assert len({call["call_id"] for call in newest_first}) == 210
    assert newest_first == oldest_first[::-1]
    starts = [call["created_at"] for call in oldest_first]
    assert starts == sorted(starts)


async def test_paginator_is_clamped_at_both_ends(start):
    client = await start(calls=300)
    pages = {page: (await client.calls(page=page))[1] for page in (1, 5, 11, 40)}
    common = {"last": 11, "total_pages": 11, "total_items": 210}
    assert pages == {
        1: {"current": 1, "before": 1, "next": 2, **common},
        5: {"current": 5, "before": 4, "next": 6, **common},
        11: {"current": 11, "before": 10, "next": 11, **common},
        40: {"current": 40, "before": 11, "next": 11, **common},
    }
    assert (await client.calls(page=40))[0] == []
    assert len((await client.calls(page=11))[0]) == 10


async def test_empty_list_has_one_page(start):
    client = await start(calls=0)
    calls, paginator = await client.calls()
    assert calls == []
    assert paginator == {"current": 1, "before": 1, "next": 1, "last": 1, "total_pages": 1, "total_items": 0}


async def test_page_size_is_twenty_and_at_most_five_hundred(start):
    client = await start(calls=1000)
    assert len((await client.calls())[0]) == 20
    assert len((await client.calls(per_page=100))[0]) == 100
    assert len((await client.calls(per_page=5000))[0]) == 500


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("page", "-1"),
        ("page", "one"),
        ("page", "1.5"),
        ("page", "۲"),
        ("page", "9" * 40),
        ("per_page", "0"),
        ("per_page", "x"),
        ("sort", "desc"),
        ("sort", "UP"),
        ("type", "internal"),
        ("status", "answered"),
        ("date_from", "yesterday"),
        ("date_from", "1405/13/01 00:00"),
        ("date_to", "1405/01/01 25:00"),
        ("started_at_from", "2026-02-30"),
        ("service_id", ""),
        ("service_id", "sv71002"),
        ("service_id", "nobody"),
    ],
)
async def test_invalid_value_is_a_validation_error_that_names_the_parameter(start, name, value):
    client = await start()
    status, envelope = await client.ask("/calls", **{"service_id": client.account().service_id, name: value})
    assert (status, envelope["status"]) == (400, "Validations-Error")
    assert name in envelope["message"]


FILTERS = [
    ("type", "incoming", lambda call: call["type"] == "incoming"),
    ("type", "local", lambda call: call["type"] == "local"),
    ("status", "NO ANSWER", lambda call: call["status"] == "NO ANSWER"),
    ("trunk", "2100000011", lambda call: call["trunk"] == "2100000011"),
    ("trunk", "02100000011", lambda call: call["trunk"] == "2100000011"),
    ("exten", "1513", lambda call: "1513" in (call["call_source"]["number"], call["call_dest"]["number"])),
    ("call_source", "1513", lambda call: call["call_source"]["number"] == "1513"),
    ("call_dest", "1513", lambda call: call["call_dest"]["number"] == "1513"),
    ("call_dest", "02100000010", lambda call: call["call_dest"]["number"] == "2100000010"),
]


@pytest.mark.parametrize(("name", "value", "fits"), FILTERS)
async def test_filter_gives_what_looking_through_everything_gives(start, name, value, fits):
    client = await start(calls=1500)
    expected = [call for call in await all_calls(client, per_page=500) if fits(call)]
    assert expected
    assert await all_calls(client, **{name: value}) == expected


async def test_filter_by_an_outside_number_with_or_without_its_zero(start):
    client = await start(calls=1500)
    calls = await all_calls(client, per_page=500)
    number = next(call["call_source"]["number"] for call in calls if call["type"] == "incoming")
    sources = [call for call in calls if call["call_source"]["number"] == number]
    destinations = [call for call in calls if call["call_dest"]["number"] == number]
    assert await all_calls(client, call_source=f"0{number}") == sources
    assert await all_calls(client, call_dest=number) == destinations


@pytest.mark.parametrize(
    ("name", "value"), [("trunk", "0210000009"), ("exten", "9"), ("call_source", "09129999999"), ("call_dest", "7")]
)
async def test_filter_for_an_unknown_party_returns_nothing(start, name, value):
    client = await start()
    assert (await client.calls(**{name: value}))[1]["total_items"] == 0


async def test_filtered_list_stays_current_while_calls_come_and_go(start):
    client = await start(calls=400)
    fits = [call for call in await all_calls(client, per_page=500) if call["status"] == "BUSY"]
    assert await all_calls(client, status="BUSY") == fits
    _, added = await client.control(do="call", status="BUSY")
    await client.control(do="call", status="ANSWERED")
    await client.control(do="call", status="BUSY", age=86400 * 3)
    await client.control(do="hide", call_id=fits[0]["call_id"])
    after = await all_calls(client, status="BUSY")
    assert len(after) == len(fits) + 1
    assert after[0]["call_id"] == added["call_ids"][0]
    assert after == [call for call in await all_calls(client, per_page=500) if call["status"] == "BUSY"]


async def test_many_filters_are_forgotten_again_but_not_the_list_itself(start):
    client = await start(calls=200)
    for extension in client.account().extensions:
        for status in ("ANSWERED", "BUSY", "NO ANSWER", "CONGESTION"):
            for direction in ("incoming", "outgoing"):
                await client.calls(exten=extension, status=status, type=direction)
    assert len(client.sandbox.world.offices[0].calls._lists) <= 32
    assert (await client.calls())[1]["total_items"] == 140


@pytest.mark.parametrize(
    "bounds",
    [
        {"date_from": "{first}", "date_to": "{last}"},
        {"started_at_from": "{first}", "started_at_to": "{last}"},
        {"started_at_from": "{first}", "date_to": "{last}", "date_from": "1300/01/01"},
    ],
)
async def test_time_window_takes_in_both_its_ends(start, bounds):
    client = await start(calls=300)
    calls = await all_calls(client)
    first, last = calls[150]["created_at"], calls[50]["created_at"]
    texts = {
        name: text.format(first=first, last=last).replace("-", "/" if name.startswith("date") else "-")
        for name, text in bounds.items()
    }
    assert await all_calls(client, **texts) == calls[50:151]


async def test_window_to_the_minute_and_by_the_day(start):
    client = await start(calls=300)
    calls = await all_calls(client)
    day = calls[100]["created_at"][:10]
    from_the_day = [call for call in calls if call["created_at"] >= day]
    assert await all_calls(client, date_from=day.replace("-", "/")) == from_the_day
    assert await all_calls(client, date_from=day.replace("-", "/") + " 00:00") == from_the_day
    assert (await client.calls(date_from="1500/01/01 00:00"))[1]["total_items"] == 0
    assert (await client.calls(date_from="1405/02/02", date_to="1405/02/01"))[1]["total_items"] == 0


async def test_gregorian_period_is_recognised_by_its_year(start):
    client = await start(calls=300)
    calls = await all_calls(client)
    # 2026-05-10 is 1405-02-20.
    expected = [call for call in calls if call["created_at"] >= "1405-02-20 00:00:00"]
    assert 0 < len(expected) < len(calls)
    assert await all_calls(client, started_at_from="2026-05-10") == expected


async def test_late_call_stands_where_its_start_belongs(start):
    client = await start(calls=100)
    before = await all_calls(client)
    _, added = await client.control(do="call", age=5 * 86400)
    after = await all_calls(client)
    assert [call for call in after if call["call_id"] not in added["call_ids"]] == before
    starts = [call["created_at"] for call in after]
    assert starts == sorted(starts, reverse=True)
    assert after[0]["call_id"] not in added["call_ids"]
