"""The faults of a call list that is well formed and wrong: each changes what it says, on every wire, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest

from tests.sandbox.list_client import IDS, WIRES, WITH_PAGES, WITH_TOTAL, XML, ListClient
from trunkline.sandbox import Faults, Sandbox
from trunkline.sandbox.faults import CHANGES
from trunkline.sandbox.faults.slips import MENDED

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
# The field by its meaning, where a wire's rows have it.
FIELDS = {
    "telefonchy": {"date": "created_at", "price": "price", "duration": "time_talk", "status": "status"},
    "voip24h": {"date": "callDate", "duration": "duration", "status": "callStatus"},
    "voip24h-v3": {"date": "callDate", "duration": "billsec", "status": "status"},
    "simotel": {"date": "starttime", "duration": "billsec", "status": "disposition"},
    "mor": {"date": "date", "price": "price", "duration": "duration", "status": "hangup_cause"},
    "mor-api": {"date": "calldate2", "price": "user_price", "duration": "billsec", "status": "disposition"},
    "voipano": {},
}
DIRECTIONS = {"telefonchy": "type", "voip24h": "callType", "voip24h-v3": "type", "simotel": "type"}
WORDS = {"telefonchy", "voip24h", "voip24h-v3", "simotel", "mor", "mor-api"}
# Values that a row has in two fields, which the fault changes alike.
TWO_FIELDS = {"price": ("price", "price_talk"), "date": ("start", "starttime")}


@pytest.fixture(params=WIRES)
def wire(request):
    return request.param


@pytest.fixture
async def client(socket_enabled, wire):
    async with Sandbox(seed=7, calls=260, days=10, now=NOW) as sandbox, aiohttp.ClientSession() as session:
        sandbox.world.clock.freeze()
        yield ListClient(sandbox, session, wire)


def add(client, kind, **options):
    return client.sandbox.faults.add(kind, provider=client.wire, **options)


def middle(rows):
    return len(rows) // 2


async def test_the_list_has_several_pages(client):
    first, second, third = await client.honest()
    assert min(len(first.rows), len(second.rows), len(third.rows)) >= 10
    assert not set(first.ids) & set(second.ids) or client.wire == "mor"
    assert (first.total is not None) == (client.wire in WITH_TOTAL)


async def test_taking_a_reply_apart_and_writing_it_changes_nothing(client):
    body = await client.body()
    assert client.sandbox.wires[client.wire].call_list(body).write() == body


async def test_a_fault_leaves_other_requests_and_the_next_list_alone(client):
    honest = await client.page()
    fault = add(client, "empty_list", count=1)
    assert (await client.page()).rows == []
    assert await client.page() == honest
    assert fault.hits == 1


@pytest.mark.parametrize("total", ["kept", "zero", "missing"])
async def test_an_empty_list(client, total):
    _, honest, _ = await client.honest()
    add(client, "empty_list", total=total)
    asked = "5f00000000000000000000aa" if client.wire == "simotel" else None
    found = await client.page(2, cursor=asked)
    assert found.rows == []
    if total == "missing":
        # The number of the page stands among the counts.
        honest.rest.pop("current", None)
    assert found.rest == honest.rest
    if client.wire in WITH_TOTAL:
        assert found.total == {"kept": honest.total, "zero": 0, "missing": None}[total]
    if client.wire in WITH_PAGES:
        assert found.pages == {"kept": honest.pages, "zero": 1, "missing": None}[total]
    if client.wire == "simotel":
        assert (found.cursor == asked) == (total != "kept")


@pytest.mark.parametrize("form", ["null", "missing"])
async def test_no_list(client, form):
    honest = await client.page()
    add(client, "no_list", form=form)
    # The API itself leaves the list out where there are no calls.
    nothing = None if form == "null" else ([] if client.wire == "mor-api" else ...)
    assert await client.page() == replace(honest, rows=nothing)


@pytest.mark.parametrize(("where", "first"), [("start", 0), ("middle", -1), ("end", -3)])
async def test_a_shorter_list_with_the_same_total(client, where, first):
    honest = await client.page()
    add(client, "short_list", rows=3, where=where)
    start = (len(honest.rows) - 3) // 2 if where == "middle" else first % len(honest.rows)
    assert await client.page() == replace(honest, rows=honest.rows[:start] + honest.rows[start + 3 :])


async def test_a_shorter_list_with_a_total_that_fits_it(client):
    honest = await client.page()
    add(client, "short_list", rows=5, total="adjusted")
    found = await client.page()
    assert found.rows == honest.rows[:-5]
    assert found.total == (honest.total - 5 if client.wire in WITH_TOTAL else None)
    assert found.rest == honest.rest


@pytest.mark.parametrize(("form", "by"), [("high", 40), ("low", 40), ("low", 10_000)])
async def test_a_wrong_total(client, form, by):
    honest = await client.page()
    add(client, "wrong_total", form=form, by=by)
    found = await client.page()
    if client.wire not in WITH_TOTAL:
        assert found == honest
        return
    total = honest.total + by if form == "high" else max(0, honest.total - by)
    # Twenty calls to a page.
    pages = max(1, -(-total // 20)) if client.wire in WITH_PAGES else None
    assert found == replace(honest, total=total, pages=pages)


async def test_a_wrong_total_on_the_last_page_counts_full_pages(client):
    if client.wire not in WITH_PAGES:
        pytest.skip("this list has no pages")
    first = await client.page()
    add(client, "wrong_total", by=100)
    assert (await client.page(first.pages)).pages == -(-(first.total + 100) // 20)


async def test_no_total(client):
    honest = await client.page()
    add(client, "no_total")
    found = await client.page()
    assert (found.rows, found.total, found.pages) == (honest.rows, None, None)


async def test_ten_million_pages(client):
    honest = await client.page()
    add(client, "many_pages")
    found = await client.page()
    assert (found.rows, found.rest) == (honest.rows, honest.rest)
    if client.wire in WITH_PAGES:
        assert (found.pages, found.total) == (10_000_000, 200_000_000)
    elif client.wire in WITH_TOTAL:
        assert found.total == 10_000_000 * len(honest.rows)


async def test_the_same_page_for_ever(client):
    first, second, _ = await client.honest()
    add(client, "same_page")
    for number in (1, 2, 3, 40):
        found = await client.page(number)
        assert found.rows == first.rows
        assert found.cursor == first.cursor
        if client.wire in WITH_PAGES:
            assert (found.rest["current"], found.pages) == (number, number + 1)
            assert found.total == (number + 1) * len(first.rows)
    assert second.rows != first.rows


async def test_the_same_page_with_a_cursor_that_moves(client):
    if client.wire != "simotel":
        pytest.skip("this list has no cursor")
    honest = await client.page()
    add(client, "same_page", cursor="moved")
    found = [await client.page(number) for number in (1, 2, 3)]
    assert [page.rows for page in found] == [honest.rows] * 3
    assert sorted({page.cursor for page in found}) == [page.cursor for page in found]


@pytest.mark.parametrize("form", ["nonsense", "back", "ahead"])
async def test_a_cursor_that_leads_elsewhere(client, form):
    _, honest, _ = await client.honest()
    asked = (await client.page(1)).cursor
    add(client, "wrong_cursor", form=form, seconds=16)
    found = await client.page(2)
    if client.wire != "simotel":
        assert found == honest
        return
    later = f"{int(honest.cursor[:8], 16) + 16:08x}{honest.cursor[8:]}"
    assert found == replace(honest, cursor={"nonsense": "n/a", "back": asked, "ahead": later}[form])


async def test_an_endless_list_of_invented_calls(client):
    honest = await client.honest()
    real = {row_id for page in honest for row_id in page.ids}
    add(client, "endless_list")
    found = [await client.page(number) for number in (1, 2, 50, 51)]
    ids = [row_id for page in found for row_id in page.ids]
    assert all(page.rows for page in found)
    assert not real & set(ids)
    if client.wire != "mor":
        assert len(set(ids)) == len(ids)
    if client.wire in WITH_PAGES:
        assert [page.pages for page in found] == [2, 3, 51, 52]
    assert len({page.cursor for page in found}) == (4 if client.wire == "simotel" else 1)


@pytest.mark.parametrize("form", ["nonsense", "type"])
@pytest.mark.parametrize("meaning", ["date", "price", "duration", "status"])
async def test_one_field_of_one_row_that_cannot_be_read(client, meaning, form):
    honest = await client.page()
    add(client, "unreadable_row", field=meaning, form=form)
    found = await client.page()
    name = FIELDS[client.wire].get(meaning)
    if name is None:
        assert found == honest
        return
    at = middle(honest.rows)
    spoilt = found.rows[at].pop(name)
    assert (
        spoilt
        == {
            "nonsense": "n/a",
            "type": {"value": "n/a"} if client.wire in XML else ["n/a"],
        }[form]
    )
    for also in TWO_FIELDS.get(meaning, ()) + (("nice_billsec",) if meaning == "duration" else ()):
        found.rows[at].pop(also, None)
        honest.rows[at].pop(also, None)
    honest.rows[at].pop(name, None)
    assert found == honest


@pytest.mark.parametrize(("at", "position"), [("first", 0), ("last", -1)])
async def test_the_place_of_the_row_can_be_chosen(client, at, position):
    honest = await client.page()
    add(client, "unreadable_row", field="id", at=at)
    found = await client.page()
    assert found.ids[position] == "n/a"
    assert found.ids.count("n/a") == 1
    assert [row for row in found.rows if row not in honest.rows] == [found.rows[position]]


async def test_something_that_is_no_row_in_the_place_of_one(client):
    honest = await client.page()
    add(client, "unreadable_row", field="row", at="middle")
    found = await client.page()
    at = middle(honest.rows)
    assert found.rows[at] == (None if client.wire in XML else 7)
    assert found == replace(honest, rows=[*honest.rows[:at], found.rows[at], *honest.rows[at + 1 :]])


@pytest.mark.parametrize("meaning", ["price", "duration", "status"])
async def test_a_value_that_could_be_true_and_is_not(client, meaning):
    honest = await client.page()
    add(client, "wrong_value", field=meaning, at="every", count=1)
    found = await client.page()
    name = FIELDS[client.wire].get(meaning)
    if name is None:
        assert found == honest
    elif meaning == "status":
        known = {row[name] for row in honest.rows}
        assert all(new[name] != old[name] for new, old in zip(found.rows, honest.rows, strict=True))
        assert known & {row[name] for row in found.rows}
    elif client.wire == "mor" and meaning == "duration":
        assert {row[name][:2] for row in found.rows} == {"01"}
    else:
        # A digit more in front: 17 becomes 117.
        pairs = [(str(new[name]), str(old[name])) for new, old in zip(found.rows, honest.rows, strict=True)]
        assert all(new == f"1{old}" for new, old in pairs)
        assert type(found.rows[0][name]) is type(honest.rows[0][name])
    assert await client.page() == honest


async def test_an_unknown_direction(client):
    honest = await client.page()
    add(client, "unknown_direction", text="PARKED")
    found = await client.page()
    name = DIRECTIONS.get(client.wire)
    if name is None:
        assert found == honest
        return
    assert {row[name] for row in found.rows} == {"PARKED"}
    assert found == replace(honest, rows=[{**row, name: "PARKED"} for row in honest.rows])


async def test_an_unknown_status(client):
    honest = await client.page()
    add(client, "unknown_status", text="PARKED")
    found = await client.page()
    if client.wire not in WORDS:
        assert found == honest
        return
    name = FIELDS[client.wire]["status"]
    assert found == replace(honest, rows=[{**row, name: "PARKED"} for row in honest.rows])


async def test_rows_in_another_order(client):
    honest = await client.page()
    add(client, "reorder", count=1)
    assert await client.page() == replace(honest, rows=honest.rows[::-1])
    add(client, "reorder", form="shuffled")
    shuffled = await client.page()
    assert shuffled.rows not in (honest.rows, honest.rows[::-1])
    assert sorted(map(str, shuffled.rows)) == sorted(map(str, honest.rows))
    assert replace(shuffled, rows=honest.rows) == honest


async def test_a_row_twice(client):
    honest = await client.page()
    add(client, "duplicate")
    assert await client.page() == replace(honest, rows=[honest.rows[0], *honest.rows])


async def test_the_reply_to_another_request(client):
    first, second, third = await client.honest()
    add(client, "other_page", count=1)
    assert (await client.page()).rows == second.rows
    assert await client.page() == first
    add(client, "other_page", by=2)
    assert (await client.page()).rows == third.rows


async def test_the_reply_to_another_request_says_so_where_it_says_anything(client):
    _, second, _ = await client.honest()
    add(client, "other_page")
    assert await client.page() == second


async def test_an_earlier_reply_to_any_request(client):
    first, _, third = await client.honest()
    add(client, "stale", count=1)
    assert await client.page() == third
    assert await client.page() == first


async def test_an_earlier_reply_to_the_same_request(client):
    first, _, _ = await client.honest()
    sandbox = client.sandbox
    sandbox.world.record(sandbox.world.offices[client.account.office], age=-30)
    fresh = await client.page()
    # A list with a cursor begins with its oldest call.
    assert (fresh != first) == (client.wire != "simotel")
    add(client, "stale", of="same", count=1)
    assert await client.page() == first
    assert await client.page() == fresh


async def test_the_first_reply_cannot_be_stale(client):
    add(client, "stale", count=1)
    found = await client.page()
    assert await client.page() == found


@pytest.mark.parametrize("form", MENDED)
async def test_a_slip_in_the_xml(client, form):
    honest = await client.body()
    add(client, "mended_xml", form=form)
    found = await client.body()
    if client.wire not in XML:
        assert found == honest
        return
    # Each slip is a few bytes that are there or missing.
    assert found != honest
    assert abs(len(found) - len(honest)) <= len(b"</uniqueid>")
    expected = {
        "bare_ampersand": (b" & co</destination>", 1),
        "cut_declaration": (b'encoding="UTF-8">', 1),
        "doubled_bracket": (b"<<destination>", 1),
        "unclosed_field": (b"</price>" if client.wire == "mor" else b"</uniqueid>", honest.count(b"<call>") - 1),
        "lost_bracket": (b"<price>" if client.wire == "mor" else b"<user_price>", honest.count(b"<call>") - 1),
        "lost_row": (b"<call>", honest.count(b"<call>") - 1),
    }
    text, times = expected[form]
    assert found.count(text) == times


async def test_faults_of_a_list_do_not_touch_a_refusal(client):
    await client.page()
    add(client, "expired_token")
    refused = await client.body(accept_any=True)
    for kind in CHANGES:
        add(client, kind)
    assert await client.body(accept_any=True) == refused


async def test_several_faults_change_one_reply(client):
    honest = await client.page()
    add(client, "short_list", rows=2)
    add(client, "reorder")
    assert await client.page() == replace(honest, rows=honest.rows[:-2][::-1])


def test_every_wire_has_its_rows_named():
    wires = Sandbox(calls=0).wires
    assert set(IDS) == set(wires)
    for name, wire in wires.items():
        assert IDS[name] in wire.list_form.ids, name


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"kind": "empty_list", "total": "some"}, "total of empty_list must be one of"),
        ({"kind": "short_list", "rows": 0}, "rows of short_list must be an integer of at least 1"),
        ({"kind": "short_list", "rows": 2.5}, "rows of short_list must be an integer of at least 1"),
        ({"kind": "short_list", "where": "top"}, "where of short_list must be one of"),
        ({"kind": "wrong_total", "by": -1}, "by of wrong_total"),
        ({"kind": "wrong_total", "by": True}, "by of wrong_total"),
        ({"kind": "many_pages", "pages": 0}, "pages of many_pages"),
        ({"kind": "wrong_cursor", "form": "lost"}, "form of wrong_cursor must be one of"),
        ({"kind": "same_page", "cursor": "lost"}, "cursor of same_page must be one of"),
        ({"kind": "unreadable_row", "field": "colour"}, "field of unreadable_row must be one of"),
        ({"kind": "unreadable_row", "at": "top"}, "at of unreadable_row must be one of"),
        ({"kind": "wrong_value", "field": "id"}, "field of wrong_value must be one of"),
        ({"kind": "reorder", "form": "sorted"}, "form of reorder must be one of"),
        ({"kind": "mended_xml", "form": "poem"}, "form of mended_xml must be one of"),
        ({"kind": "other_page", "by": 0}, "by of other_page"),
        ({"kind": "stale", "of": "none"}, "of of stale must be one of"),
        ({"kind": "no_total", "x": 1}, "its options: none"),
        ({"kind": "unknown_direction", "text": 7}, "text of unknown_direction"),
    ],
)
def test_an_invalid_option_is_refused_with_one_line(fault, says):
    faults = Faults()
    options = dict(fault)
    kind = options.pop("kind")
    with pytest.raises(ValueError, match=says) as refused:
        faults.add(kind, **options)
    assert "\n" not in str(refused.value)
    assert len(faults) == 0
