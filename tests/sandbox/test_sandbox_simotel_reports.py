"""Simotel's call records: the world's calls in two calendars, by search and by cursor."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from simotel_client import EVER, FLAGS, UNKNOWN, Exchange

from trunkline.sandbox.simotel.reports.cdr import CallRecords

# 12:00:00 of 1405-02-30 in Tehran, where it is three and a half hours later than UTC; 1779265800 since the epoch.
NOON = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
CDR, QUICK, ORDERED = "/reports/cdr/search", "/reports/quick/search", "/reports/cdr/ordered/id"
DOWNLOAD = "/reports/audio/download"


@pytest.fixture
async def exchange(start):
    """One without calls, whose clock stands still at noon."""
    client = await start(calls=0)
    await client.control(do="clock", freeze=True, set=NOON.timestamp())
    return Exchange(client)


@pytest.fixture
async def busy(start):
    """One with a history."""
    return Exchange(await start(calls=600))


async def call(exchange, **fields):
    await exchange.client.control(do="call", provider="simotel", **fields)


async def only(exchange, path=CDR, **fields):
    """Let one call happen and return its record."""
    await call(exchange, **fields)
    (row,) = await exchange.search(path)
    return row


# One record.


async def test_incoming_call_reads_as_in_the_samples(exchange):
    # It ends at noon after six seconds of ringing and 54 of talk, so it began at 11:59:00.
    row = await only(exchange, wait=6, talk=54, number="09120000001", exten="1511", trunk="2100000011", recorded=True)
    assert len(row.pop("_id")) == 24
    assert len(row.pop("route")) == 3
    assert row == {
        "type": "incoming",
        "cuid": "1779265740.1",
        "clid": '"" <09120000001>',
        "src": "09120000001",
        "dst": "1511",
        "dcontext": "incoming",
        "channel": "SIP/2100000011-00000000",
        "dstchannel": "SIP/1511-00000001",
        "lastapp": "Dial",
        "lastdata": "SIP/1511,30,TtKk",
        "start": "1405-02-30 11:59:00",
        "answer": "2026-05-20 11:59:06",
        "duration": 60,
        "billsec": 54,
        "disposition": "ANSWERED",
        "amaflags": "DOCUMENTATION",
        "accountcode": "",
        "uniqueid": "1779265740.1",
        "userfield": "",
        "sequence": "1",
        "comment": "",
        "v": 2,
        "did": "02100000011",
        "entry_point": "2100000011",
        "wait": 6,
        "starttime": "1405-02-30 11:59:00",
        "endtime": {"$date": {"$numberLong": "1779265800534"}},
        "record": "20260520_1779265740.1.mp3",
        "hangup": "callee",
        "ANSWERED": 1,
        "incoming": 1,
        "billsec_hhmmss": "00:00:54",
        "wait_hhmmss": "00:00:06",
        "duration_hhmmss": "00:01:00",
    }


async def test_outgoing_call_names_the_point_where_it_left(exchange):
    row = await only(exchange, type="outgoing", number="02100000123", exten="1512", trunk="2100000010", wait=3, talk=0)
    assert (row["src"], row["dst"], row["type"]) == ("1512", "02100000123", "outgoing")
    assert row["outgoing_point"] == "2100000010"
    assert not row.keys() & {"did", "entry_point"}
    assert row["outgoing"] == 1
    assert row["lastdata"] == "SIP/2100000010/02100000123,30,TtKk"


async def test_local_call_has_neither_point(exchange):
    row = await only(exchange, type="local", number="1513", exten="1512")
    assert (row["src"], row["dst"], row["type"], row["local"]) == ("1512", "1513", "local", 1)
    assert not row.keys() & {"did", "entry_point", "outgoing_point", "record"}


@pytest.mark.parametrize(
    ("status", "disposition"),
    [("ANSWERED", "ANSWERED"), ("BUSY", "BUSY"), ("NO ANSWER", "NO ANSWER"), ("CONGESTION", "FAILED")],
)
@pytest.mark.parametrize("direction", ["incoming", "outgoing", "local"])
async def test_outcome_is_a_disposition_and_a_flag(exchange, direction, status, disposition):
    row = await only(exchange, type=direction, status=status, wait=7)
    assert row["disposition"] == disposition
    assert row.keys() & FLAGS == {disposition, direction}
    assert row[disposition] == row[direction] == 1
    answered = disposition == "ANSWERED"
    assert (row["answer"] != "") == answered
    assert (row["billsec"] > 0) == answered
    assert row["wait"] == 7


async def test_ids_are_made_at_the_end_of_the_call_and_unique_ids_at_its_start(exchange):
    row = await only(exchange, wait=10, talk=20)
    assert int(row["_id"][:8], 16) == 1779265800
    assert row["cuid"].startswith("1779265770.")


async def test_answered_call_from_a_queue_can_be_shorter_than_its_talk(busy):
    """The samples have durations of the last leg alone: 1 with a talk of 54."""
    rows = await busy.search(CDR)
    odd = [row for row in rows if row["billsec"] > row["duration"]]
    assert odd
    assert all(row["disposition"] == "ANSWERED" and row["type"] == "incoming" for row in odd)
    assert any(row["duration"] == row["wait"] + row["billsec"] for row in rows)


async def test_busy_agent_call_was_answered_by_the_queue(busy):
    """The quick search's sample is such a call: it has a time of answer, and nobody answered."""
    queued = {row["cuid"] for row in await busy.search("/reports/queue/search")}
    missed = [row for row in await busy.search(CDR) if row["disposition"] == "NO ANSWER" and row["type"] == "incoming"]
    assert {row["cuid"] in queued for row in missed} == {True, False}
    for row in missed:
        assert (row["answer"] != "") == (row["cuid"] in queued)
        assert row["billsec"] == 0


async def test_optional_fields_are_there_and_are_not(busy):
    rows = await busy.search(CDR)
    for name in ("route", "details", "hangup", "record", "did", "entry_point", "outgoing_point"):
        assert {name in row for row in rows} == {True, False}, name
    kinds = {step["type"] for row in rows for step in row.get("route", ())}
    assert kinds == {"IncomingRoute", "OutgoingRoute", "Announcement", "MixMonitor", "Trunk", "Extension"}
    for row in rows:
        for step in row.get("route", ()):
            assert list(step) == ["type", "name", "duration", "date"]
            assert isinstance(step["duration"], float)
        for leg in row.get("details", ()):
            assert list(leg) == ["date", "billsec", "status", "exten", "comment"]


async def test_call_that_reached_no_extension_has_the_dialled_number(busy):
    rows = [row for row in await busy.search(CDR) if row["dst"] == row.get("did")]
    assert rows
    assert all(row["disposition"] != "ANSWERED" and row["dstchannel"] == "" for row in rows)


# Calendars and zones.


@pytest.mark.parametrize(
    ("ended", "begun", "answer", "end"),
    [
        # Summer time until 2022: four and a half hours ahead of UTC; half past three since. 31 Ordibehesht exists.
        (datetime(2021, 6, 22, 5, 49, 7, tzinfo=UTC), "1400-04-01 10:18:57", "2021-06-22 10:19:01", "10:19:07"),
        (datetime(2022, 12, 2, 6, 27, 57, tzinfo=UTC), "1401-09-11 09:57:47", "2022-12-02 09:57:51", "09:57:57"),
        (datetime(2020, 5, 20, 11, 34, 34, tzinfo=UTC), "1399-02-31 16:04:24", "2020-05-20 16:04:28", "16:04:34"),
    ],
)
async def test_times_are_jalali_gregorian_and_extended_json_in_one_record(exchange, ended, begun, answer, end):
    await exchange.client.control(do="clock", set=ended.timestamp())
    await call(exchange, wait=4, talk=6)
    (searched,) = await exchange.search(CDR)
    (quick,) = await exchange.search(QUICK)
    (row,) = await exchange.ordered(ORDERED)
    for item in (searched, quick, row):
        assert (item["start"], item["starttime"], item["answer"]) == (begun, begun, answer)
    # The search's sample alone has its end in extended JSON.
    milliseconds = str(int(ended.timestamp()) * 1000 + 534)
    assert searched["endtime"] == {"$date": {"$numberLong": milliseconds}}
    assert quick["endtime"] == row["endtime"] == f"{begun[:10]} {end}"


async def test_calendar_of_the_exchange_can_be_gregorian(exchange):
    await exchange.client.control(do="set", provider="simotel", setting="calendar", value="gregorian")
    await call(exchange, wait=4, talk=6)
    (quick,) = await exchange.search(QUICK)
    assert quick["start"] == quick["starttime"] == "2026-05-20 11:59:50"
    assert (quick["answer"], quick["endtime"]) == ("2026-05-20 11:59:54", "2026-05-20 12:00:00")
    (user, *_) = await exchange.listed("/pbx/users/search")
    assert user["date"] == "2025-05-20 12:00:00"


# The search.


async def test_newest_comes_first_and_pages_start_at_nought(busy):
    rows = await busy.search(CDR)
    starts = [row["starttime"] for row in rows]
    assert starts == sorted(starts, reverse=True)
    assert len(rows) == 420  # Seventy of a hundred calls are the first office's.
    page = await busy.page(CDR, start=4, count=2)
    assert page["pagination"] == {"start": 4, "count": 2, "sorting": {"starttime": -1}, "total": 420}
    assert page["data"] == rows[4:6]
    assert (await busy.page(CDR, start=0, count=1))["data"] == rows[:1]
    assert (await busy.page(CDR, start=419, count=5))["data"] == rows[419:]
    assert (await busy.page(CDR, start=420, count=5))["data"] == []
    assert (await busy.page(CDR, count=0))["data"] == []


async def test_count_is_twenty_unless_given(busy):
    found = await busy.data(CDR, alike="true", date_range=EVER)
    assert found["pagination"] == {"start": 0, "count": 20, "sorting": {"starttime": -1}, "total": 420}
    assert len(found["data"]) == 20


async def test_other_sortings_are_echoed_and_followed(busy):
    newest = await busy.search(CDR)
    page = await busy.page(CDR, sorting={"starttime": 1})
    assert page["pagination"]["sorting"] == {"starttime": 1}
    assert page["data"] == newest[::-1]
    by_wait = await busy.search(CDR, sorting={"wait": 1, "starttime": -1})
    assert by_wait == sorted(newest, key=lambda row: row["wait"])
    by_end = await busy.search(CDR, sorting={"endtime": 1})
    ends = [int(row["endtime"]["$date"]["$numberLong"]) for row in by_end]
    assert ends == sorted(ends)
    # What hasn't the field comes first.
    by_record = ["record" in row for row in await busy.search(CDR, sorting={"record": 1})]
    assert by_record == sorted(by_record)


@pytest.mark.parametrize(
    "pagination", [{"start": -1}, {"start": "x"}, {"count": 1.5}, {"count": 10**12}, {"sorting": {"starttime": 2}}]
)
async def test_senseless_paging_is_refused(exchange, pagination):
    message = await exchange.refusal(CDR, alike="true", date_range=EVER, pagination=pagination)
    assert message == "Requested operation failed"


async def test_numbers_of_paging_may_be_text(busy):
    found = await busy.data(CDR, alike="true", date_range=EVER, pagination={"start": "2", "count": "3"})
    assert found["pagination"]["start"] == 2
    assert len(found["data"]) == 3


async def test_period_is_gregorian_wall_clock_with_both_ends(exchange):
    for age in (0, 60, 120, 180):
        await call(exchange, wait=0, talk=60, age=age)
    starts = {"11:56:00", "11:57:00", "11:58:00", "11:59:00"}
    for first, last, expected in (
        ("2026-05-20 11:56", "2026-05-20 11:59", starts),
        ("2026-05-20 11:57", "2026-05-20 11:58", {"11:57:00", "11:58:00"}),
        ("2026-05-20 11:57:01", "2026-05-20 11:58:59", {"11:58:00"}),
        ("2026-05-20", "2026-05-21", starts),
        ("2026-05-21 00:00", "2026-05-22 00:00", set()),
    ):
        rows = await exchange.search(CDR, period={"from": first, "to": last})
        assert {row["starttime"][11:] for row in rows} == expected


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01 00:00", "2026-05-20T00:00", "2026-02-30 10:00", "9" * 40])
async def test_period_that_is_no_time_is_refused(exchange, text):
    period = {"from": text, "to": "2026-05-20 00:00"}
    assert await exchange.refusal(CDR, alike="true", date_range=period) == "Requested operation failed"


async def test_conditions_match_parts_or_complete_values(busy):
    rows = await busy.search(CDR)
    number = next(row["src"] for row in rows if row["type"] == "incoming")
    whole = [row for row in rows if row["src"] == number]
    part = [row for row in rows if number[2:8] in row["src"]]
    assert await busy.search(CDR, alike="false", from_=number) == whole
    assert await busy.search(CDR, alike="true", from_=number[2:8]) == part
    assert await busy.search(CDR, alike="false", from_=number[2:8]) == []
    assert await busy.search(CDR, to="1512", alike="false") == [row for row in rows if row["dst"] == "1512"]
    both = await busy.search(CDR, from_=number, to=whole[0]["dst"], alike="false")
    assert both == [row for row in whole if row["dst"] == whole[0]["dst"]]
    assert await busy.search(CDR, cuid=rows[7]["cuid"], alike="false") == [rows[7]]
    assert await busy.search(CDR, from_="", to="", cuid="") == rows


@pytest.mark.parametrize(
    ("alike", "parts"),
    [("true", True), (True, True), (1, True), ("1", True), ("false", False), (False, False), (0, False)],
)
async def test_alike_comes_in_many_spellings(exchange, alike, parts):
    await call(exchange, number="09120000001")
    rows = await exchange.search(CDR, alike=alike, from_="0912000")
    assert bool(rows) == parts


@pytest.mark.parametrize("period", [{}, [], {"from": "", "to": ""}])
async def test_a_search_for_one_call_needs_no_period(busy, period):
    (row, *_) = await busy.search(QUICK)
    for path in (QUICK, CDR):
        (found,) = await busy.search(path, period=period, cuid=row["cuid"], alike="false")
        assert found["_id"] == row["_id"]
        # Without an id, both ends are required.
        refused = await busy.refusal(path, alike="true", date_range=period, conditions={"cuid": ""})
        assert refused == "Field 'date_range->from':value is missing"
    conditions = {"cuid": row["cuid"]}
    # The page: "In this case, date_range must be empty".
    refused = await busy.refusal(QUICK, alike="true", date_range=EVER, conditions=conditions)
    assert refused == "Requested operation failed"
    assert (await busy.data(CDR, alike="true", date_range=EVER, conditions=conditions))["data"]


async def test_conditions_that_are_no_object_are_refused(exchange):
    assert await exchange.refusal(CDR, alike="true", date_range=EVER, conditions="x") == "Requested operation failed"
    # PHP writes an empty object as an empty list.
    assert (await exchange.data(CDR, alike="true", date_range=EVER, conditions=[], pagination=[]))["data"] == []


# The cursor.


@pytest.mark.parametrize(
    "path",
    [ORDERED, "/reports/queue/ordered/id", "/reports/queue_details/ordered/id", "/autodialer/reports/ordered/id"],
)
async def test_cursor_gives_all_rows_once_in_order_of_their_ids(busy, path):
    rows = await busy.ordered(path)
    ids = [row["_id"] for row in rows]
    assert ids == sorted(set(ids))
    searched = await busy.search(path.replace("ordered/id", "search"))
    assert set(ids) == {row["_id"] for row in searched}


async def test_cursor_gives_twenty_at_a_time(busy):
    first = await busy.data(ORDERED, _id="")
    second = await busy.data(ORDERED, _id=first["last_id"].upper())
    assert len(first["data"]) == len(second["data"]) == 20
    assert second["data"][0]["_id"] > first["last_id"]
    assert await busy.data(ORDERED) == first


async def test_any_id_is_a_place_to_go_on_from(busy):
    rows = await busy.ordered(ORDERED)
    ids = [row["_id"] for row in rows]
    second = ids[30][:8]
    for cursor in (f"{second}{'0' * 16}", f"{second}{'f' * 16}", f"{ids[30][:18]}000000", UNKNOWN, "f" * 24):
        page = await busy.data(ORDERED, _id=cursor)
        assert [row["_id"] for row in page["data"]] == [item for item in ids if item > cursor][:20]


@pytest.mark.parametrize("cursor", ["x", "0" * 23, "0" * 25, "z" * 24, 5])
async def test_what_is_no_id_is_refused(busy, cursor):
    assert await busy.refusal(ORDERED, _id=cursor) == "Requested operation failed"


async def test_new_calls_come_after_the_cursor(busy):
    last = (await busy.ordered(ORDERED))[-1]["_id"]
    await call(busy, wait=2, talk=3)
    # One that is written late is behind the cursor too: ids are made when records are.
    await call(busy, wait=2, talk=3, age=86400)
    page = await busy.data(ORDERED, _id=last)
    assert len(page["data"]) == 2
    ids = [row["_id"] for row in page["data"]]
    assert ids == sorted(ids)
    assert ids[0] > last
    newest = await busy.search(CDR, count=1)
    assert newest[0]["_id"] == ids[0]


async def test_ids_of_calls_stay_when_others_are_taken_away(busy):
    rows = await busy.ordered(ORDERED)
    for row in (rows[3], rows[-1]):
        position = (int(row["cuid"].partition(".")[2]) - 1) // 2
        call_id = busy.office.calls.call_id[position]
        await busy.client.control(do="hide", provider="simotel", call_id=str(call_id))
    await call(busy, wait=1, talk=1)
    after = await busy.ordered(ORDERED)
    kept = [row["_id"] for row in rows if row not in (rows[3], rows[-1])]
    assert [row["_id"] for row in after][:-1] == kept
    assert len(after) == len(rows) - 1


async def test_what_is_placed_elsewhere_shows_here(busy):
    before = len(await busy.search(CDR))
    await busy.client.ask("/smartcall", service_id="sv71001", exten="1510", to="09120000001")
    await busy.client.control(do="clock", move=60)
    rows = await busy.search(CDR)
    assert len(rows) == before + 1
    assert (rows[0]["src"], rows[0]["dst"]) == ("1510", "09120000001")
    assert "originated_call_id" not in rows[0]


async def test_only_the_rows_of_a_page_are_written(busy, monkeypatch):
    written = []
    write = CallRecords.record
    monkeypatch.setattr(CallRecords, "record", lambda self, at, form: written.append(at) or write(self, at, form))
    await busy.page(CDR, start=100, count=20)
    await busy.page(CDR, start=100, count=20, from_="0")
    await busy.data(ORDERED, _id="")
    assert len(written) == 60


# Faults that are for lists of calls.


@pytest.mark.parametrize("path", [CDR, QUICK, ORDERED])
async def test_lists_of_calls_can_be_spoilt(busy, path):
    request = {"alike": "true", "date_range": EVER, "_id": ""}
    await busy.client.control(do="fault", kind="unknown_status", provider="simotel", count=1, text="ODD")
    assert {row["disposition"] for row in (await busy.data(path, **request))["data"]} == {"ODD"}
    await busy.client.control(do="fault", kind="duplicate", provider="simotel", count=1)
    rows = (await busy.data(path, **request))["data"]
    assert rows[0] == rows[1]


async def test_last_row_of_a_page_can_come_again_on_the_next(busy):
    await busy.client.control(do="fault", kind="duplicate", provider="simotel", where="between")
    first = await busy.data(ORDERED, _id="")
    second = await busy.data(ORDERED, _id=first["last_id"])
    assert second["data"][0] == first["data"][-1]
    first, second = await busy.page(CDR, count=5), await busy.page(CDR, start=5, count=5)
    assert second["data"][0] == first["data"][-1]


async def test_faults_for_calls_leave_everything_else_alone(busy):
    await busy.client.control(do="fault", kind="unknown_status", provider="simotel", text="ODD")
    assert await busy.listed("/pbx/users/search")
    await busy.refusal(CDR)
    status, _, _ = await busy.raw("/nothing")
    assert status == 501
    status, _, _ = await busy.raw(CDR, body=b"{")
    assert status == 400


# Recordings.


async def test_recording_is_an_mp3_as_long_as_the_talk(exchange):
    row = await only(exchange, wait=2, talk=12, recorded=True)
    status, kind, body = await exchange.raw(DOWNLOAD, body=f'{{"file":"{row["record"]}"}}'.encode())
    assert (status, kind) == (200, "audio/mpeg")
    # 32 kbit/s are 4000 bytes a second; the last frame, of 144 bytes, may stand over.
    assert 12 * 4000 <= len(body) < 12 * 4000 + 144
    assert body[:2] == b"\xff\xfb"


@pytest.mark.parametrize(
    "name", ["20260520_1.1.mp3", "nonsense", "20260520_1779265786.1.wav", "19990101_1779265786.1.mp3", "_.", "_1.²"]
)
async def test_missing_file_is_apaches(exchange, name):
    await only(exchange, wait=2, talk=12, recorded=True)
    status, kind, body = await exchange.raw(DOWNLOAD, body=f'{{"file":"{name}"}}'.encode())
    assert (status, kind) == (404, "text/html; charset=iso-8859-1")
    assert b"404 Not Found" in body


async def test_call_that_was_not_recorded_has_no_file(exchange):
    row = await only(exchange, wait=2, talk=12)
    assert "record" not in row
    name = f"20260520_{row['cuid']}.mp3"
    assert (await exchange.raw(DOWNLOAD, body=f'{{"file":"{name}"}}'.encode()))[0] == 404


# Placed calls.


async def place(exchange, **fields):
    request = {"caller": "1510", "callee": "09120000001", "context": "main_routing", "caller_id": "1510"}
    return await exchange.data("/call/originate/act", **request | fields)


async def test_placed_call_appears_with_the_id_of_its_request(exchange):
    placed = (await place(exchange))["originated_call_id"]
    assert placed == "orig.call.1779265800.900001"
    assert await exchange.search(CDR) == []
    await exchange.client.control(do="clock", move=60)
    (row,) = await exchange.search(CDR)
    assert row["originated_call_id"] == placed
    assert row["comment"] == f"originated call: {placed}"
    assert (row["src"], row["dst"], row["type"]) == ("1510", "09120000001", "outgoing")
    assert (row["wait"], row["billsec"], row["disposition"]) == (2, 4, "ANSWERED")
    assert list(row)[list(row).index("outgoing_point") + 1] == "originated_call_id"


async def test_call_can_be_placed_inside(exchange):
    await place(exchange, callee="1511")
    await exchange.client.control(do="clock", move=60)
    (row,) = await exchange.search(CDR)
    assert (row["src"], row["dst"], row["type"]) == ("1510", "1511", "local")


async def test_outside_telephone_is_rung_over_a_trunk(exchange):
    message = await exchange.refusal(
        "/call/originate/act", caller="09120000002", callee="09120000001", context="main_routing", caller_id="1510"
    )
    assert message == "Field 'trunk_name':value is missing"
    await place(exchange, caller="09120000002", trunk_name="2100000010")
    await place(exchange, caller="09120000002", callee="1511", trunk_name="2100000010")
    await exchange.client.control(do="clock", move=60)
    assert {(row["src"], row["dst"]) for row in await exchange.search(CDR)} == {
        ("09120000002", "09120000001"),
        ("09120000002", "1511"),
    }


@pytest.mark.parametrize(
    "wrong", [{"callee": "abc"}, {"callee": "1" * 16}, {"caller": "x1"}, {"trunk_name": "nothing"}, {"callee": "۰۹۱۲"}]
)
async def test_senseless_numbers_and_trunks_are_refused(exchange, wrong):
    request = {"caller": "1510", "callee": "09120000001", "context": "main_routing", "caller_id": "1510", **wrong}
    assert await exchange.refusal("/call/originate/act", **request) == "Requested operation failed"
    assert exchange.sandbox.world.under_way == 0


async def test_removed_user_is_no_extension_any_more_and_an_added_one_is(exchange):
    rows = {row["number"]: row["_id"] for row in await exchange.listed("/pbx/users/search")}
    await exchange.data("/pbx/users/remove", _id=rows["1510"])
    message = await exchange.refusal(
        "/call/originate/act", caller="1510", callee="09120000001", context="main_routing", caller_id="1510"
    )
    assert message == "Field 'trunk_name':value is missing"
    await exchange.ask("/pbx/users/add", name="new", number="999", secret="s")
    await place(exchange, caller="999")
    await exchange.client.control(do="clock", move=60)
    (row,) = await exchange.search(CDR)
    assert row["src"] == "999"


@pytest.mark.parametrize(
    ("status", "disposition", "answer"),
    [
        ("BUSY", "BUSY", "2026-05-20 12:00:00"),
        ("NO ANSWER", "NO ANSWER", ""),
        ("CONGESTION", "FAILED", ""),
    ],
)
async def test_placed_call_that_fails_is_in_the_list_all_the_same(exchange, status, disposition, answer):
    await exchange.client.control(do="placed", status=status)
    placed = (await place(exchange))["originated_call_id"]
    await exchange.client.control(do="clock", move=60)
    (row,) = await exchange.search(CDR)
    assert (row["disposition"], row["originated_call_id"], row["billsec"]) == (disposition, placed, 0)
    # Whoever was rung first had answered when the second was busy: the sample's busy call has an answer.
    assert row["answer"] == answer
    assert (row["channel"] == "OutgoingSpoolFailed") == (disposition == "FAILED")
