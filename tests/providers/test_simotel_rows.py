"""Each row of the document's samples turned into the model. The expected values are read off the samples by hand.

The samples' times are checked against the seconds since the epoch that stand in the same rows' ids: Tehran was
+04:30 in summer until 2022, and +03:30 otherwise.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from simotel_pages import first_row, response

from trunkline.errors import DataError
from trunkline.model import (
    Agent,
    AgentActivity,
    AgentResult,
    Campaign,
    Contact,
    DialGroup,
    DialReport,
    Direction,
    Extension,
    Fax,
    ListedNumber,
    Mailbox,
    Party,
    Queue,
    QueueCall,
    Status,
    SurveyAnswer,
    Trunk,
    Voicemail,
)
from trunkline.providers.simotel import pbx_rows
from trunkline.providers.simotel.call_rows import CallReader
from trunkline.providers.simotel.dates import RowDates
from trunkline.providers.simotel.dialler_rows import DiallerRows, read_contact
from trunkline.providers.simotel.list_reader import read_cursor_rows, read_search_page
from trunkline.providers.simotel.message_rows import MessageRows, read_mailbox
from trunkline.providers.simotel.numbers import extension_of_channel
from trunkline.providers.simotel.queue_rows import QueueRows

TEHRAN = ZoneInfo("Asia/Tehran")
DATES = RowDates(TEHRAN)
QUEUES, DIALLER, MESSAGES = QueueRows(DATES), DiallerRows(DATES), MessageRows(DATES)


def read_call(row):
    return CallReader(account="simotel:pbx.example", zone=TEHRAN).call(row)


def changed(path, **fields):
    return {**first_row(path), **fields}


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


# Calls.


def test_the_cdr_search_row_has_three_kinds_of_time():
    call = read_call(first_row("reports/cdr/search"))
    assert call.account == "simotel:pbx.example"
    assert call.call_id == "60d179d3895b44fe5bbc66e2"
    assert (call.direction, call.status) == (Direction.OUTGOING, Status.ANSWERED)
    # 1400-04-01 10:19:06 Jalali in Tehran's summer, and 1624340947977 ms since the epoch.
    assert call.started_at == utc(2021, 6, 22, 5, 49, 6)
    assert call.ended_at == utc(2021, 6, 22, 5, 49, 7, 977000)
    assert (call.trunk, call.extension) == ("center", "562")
    assert call.source == Party(number="562")
    assert call.destination == Party(number="09000008573", e164="+989000008573")
    # More than the row's duration of 1: that is how the sample is.
    assert (call.wait, call.talk) == (14, 54)
    assert call.recording == "20210622_1624340875.75933.mp3"
    assert call.note is None
    assert (call.price, call.price_talk, call.stream) == (None, None, "")
    assert call.derived == {"extension"}
    assert call.raw == first_row("reports/cdr/search")


def test_the_quick_search_row_is_a_missed_call_that_the_server_itself_answered():
    call = read_call(first_row("reports/quick/search"))
    assert (call.direction, call.status) == (Direction.INCOMING, Status.NO_ANSWER)
    assert (call.started_at, call.ended_at) == (utc(2022, 12, 2, 6, 27, 54), utc(2022, 12, 2, 6, 27, 57))
    # 1541 is the line's own number, so that nobody's telephone was reached.
    assert (call.trunk, call.extension) == ("t1541", None)
    assert (call.source.number, call.source.e164) == ("05155252492", "+985155252492")
    # billsec is 3, and nobody talked.
    assert (call.wait, call.talk) == (4, 0)
    assert call.derived == {"talk"}


def test_the_ordered_row_is_a_placed_call():
    call = read_call(first_row("reports/cdr/ordered/id"))
    assert (call.direction, call.status, call.trunk) == (Direction.OUTGOING, Status.BUSY, "t1541")
    assert call.started_at == utc(2022, 9, 11, 18, 13, 24)
    assert call.note == "originated call: orig.call.1662920001.861610"
    assert (call.extension, call.wait, call.talk) == (None, 3, 0)


def test_the_extension_of_an_incoming_call_is_the_telephone_that_rang_or_the_called_number():
    row = changed("reports/quick/search", dst="901", dstchannel="SIP/564-00009bf3", did="1541")
    assert read_call(row).extension == "564"
    assert read_call({**row, "dstchannel": "SIP/t1541-00009bf3"}).extension == "901"
    assert read_call({**row, "dstchannel": "", "dst": "02155500123"}).extension is None


def test_an_internal_call_has_its_caller_as_extension():
    row = changed("reports/cdr/search", type="local", src="562", dst="563", outgoing_point="")
    call = read_call(row)
    assert (call.direction, call.extension, call.trunk) == (Direction.INTERNAL, "562", None)
    assert read_call({**row, "src": "02155500123"}).extension == "563"


def test_a_call_with_unknown_values_has_only_known_fields():
    call = read_call(changed("reports/cdr/search", type="conference", disposition="TRANSFERRED"))
    assert (call.direction, call.status, call.extension, call.talk) == (None, Status.UNKNOWN, None, None)
    assert call.trunk == "center"


@pytest.mark.parametrize(
    ("disposition", "status"),
    [
        ("ANSWERED", Status.ANSWERED),
        ("NO ANSWER", Status.NO_ANSWER),
        ("BUSY", Status.BUSY),
        ("FAILED", Status.FAILED),
        ("CONGESTION", Status.CONGESTION),
        ("MISSED", Status.NO_ANSWER),
        ("LOST", Status.FAILED),
        ("no answer ", Status.NO_ANSWER),
        (None, Status.UNKNOWN),
        (5, Status.UNKNOWN),
    ],
)
def test_every_disposition_has_its_status(disposition, status):
    assert read_call(changed("reports/cdr/search", disposition=disposition)).status is status


@pytest.mark.parametrize(
    ("clid", "source", "destination"),
    [
        ('"Sales desk" <562>', "Sales desk", None),
        ('"Customer" <09000008573>', None, "Customer"),
        ('"Head office" <02155500000>', "Head office", None),
        ('"562" <562>', None, None),
        ('"" <562>', None, None),
        ("لاک‌پشت", "لاک‌پشت", None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_name_belongs_to_the_end_with_the_number_beside_it(clid, source, destination):
    call = read_call(changed("reports/cdr/search", clid=clid))
    assert (call.source.name, call.destination.name) == (source, destination)


def test_a_calendar_set_to_gregorian_gives_the_same_times():
    row = changed("reports/cdr/search", start="2021-06-22 10:19:04", starttime="2021-06-22 10:19:06")
    assert read_call(row).started_at == utc(2021, 6, 22, 5, 49, 6)


def test_a_missing_start_is_the_other_field_or_comes_from_the_unique_id():
    row = changed("reports/cdr/search", starttime="")
    assert read_call(row).started_at == utc(2021, 6, 22, 5, 49, 4)
    bare = read_call({**row, "start": None})
    # 1624340875 seconds since the epoch.
    assert bare.started_at == utc(2021, 6, 22, 5, 47, 55)
    assert "started_at" in bare.derived
    assert read_call({**row, "start": None, "cuid": None}).started_at == utc(2021, 6, 22, 5, 47, 55)
    assert read_call({**row, "start": None, "cuid": "", "uniqueid": "x"}).started_at is None


@pytest.mark.parametrize(
    "value",
    [
        {"$date": {"$numberLong": "1624340947977"}},
        {"$date": {"$numberLong": 1624340947977}},
        {"$date": 1624340947977},
        {"$date": "2021-06-22T05:49:07.977Z"},
        {"$date": "2021-06-22T10:19:07.977+04:30"},
        {"$date": "2021-06-22T05:49:07.977"},
    ],
)
def test_every_form_of_mongos_dates_is_read(value):
    assert read_call(changed("reports/cdr/search", endtime=value)).ended_at == utc(2021, 6, 22, 5, 49, 7, 977000)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"$date": None},
        {"$date": "2021-99-22T05:49:07Z"},
        {"$date": 10**17},
        {"$date": {}},
        [],
        "yesterday",
        5,
        True,
    ],
)
def test_an_unreadable_time_names_its_field(value):
    with pytest.raises(DataError) as caught:
        read_call(changed("reports/cdr/search", endtime=value))
    assert caught.value.field == "endtime"


def test_ids_may_be_mongos_objects():
    assert read_call(changed("reports/cdr/search", _id={"$oid": "60d179d3895b44fe5bbc66e2"})).call_id.startswith("60d1")
    with pytest.raises(DataError, match="_id"):
        read_call(changed("reports/cdr/search", _id={}))


# Queues and reports.


def test_a_call_that_no_agent_answered():
    row = first_row("reports/queue/search")
    assert QUEUES.queue_call(row) == QueueCall(
        row_id="60c8a7ad8b2427f7c61c58ae",
        status=Status.NO_ANSWER,
        queue="901",
        call_id="1623762811.55413",
        queue_call_id="1623762829.4035",
        source="02191015010",
        agent="564",
        started_at=utc(2021, 6, 15, 13, 13, 49),
        ended_at=utc(2021, 6, 15, 13, 14, 21, 416000),
        wait=0,
        agent_wait=0,
        talk=0,
        duration=0,
        hangup="caller",
    )


def test_an_older_row_of_a_queue_on_a_day_that_only_the_jalali_calendar_has():
    found = QUEUES.queue_call(first_row("reports/queue/ordered/id"))
    # 1399-02-31 16:03:53 in Tehran's summer; start_time in the same row is 1589974433284 ms.
    assert found.started_at == utc(2020, 5, 20, 11, 33, 53)
    assert found.answered_at == utc(2020, 5, 20, 11, 34, 3, 75000)
    assert (found.wait, found.agent_wait, found.talk, found.duration) == (9, 9, 31, 40)
    assert (found.status, found.queue, found.agent, found.call_id) == (Status.ANSWERED, "910", "561", None)


def test_the_oldest_rows_of_a_queue_have_their_times_and_wait_elsewhere():
    row = changed("reports/queue/ordered/id", starttime=None, answeredtime=None, endtime=None, wait=None)
    found = QUEUES.queue_call(row)
    assert found.started_at == utc(2020, 5, 20, 11, 33, 53, 284000)
    assert found.answered_at == utc(2020, 5, 20, 11, 34, 3, 75000)
    assert found.ended_at == utc(2020, 5, 20, 11, 34, 34, 285000)
    assert found.wait == 9


def test_an_attempt_to_reach_an_agent():
    found = QUEUES.queue_attempt(first_row("reports/queue_details/search"))
    assert (found.status, found.queue, found.agent, found.attempt) == (Status.NO_ANSWER, "901", "560", 1)
    assert (found.started_at, found.answered_at) == (utc(2021, 6, 21, 18, 11, 4), None)
    assert (found.wait, found.talk, found.duration) == (15, 0, 15)
    assert (found.call_id, found.queue_call_id) == ("1624299033.75565", "1624299064.1411")


def test_an_agent_who_answered():
    found = QUEUES.queue_attempt(first_row("reports/queue_details/ordered/id"))
    # The start is Jalali, the answer Gregorian, both of Tehran's winter.
    assert found.started_at == utc(2019, 11, 25, 9, 17, 44)
    assert found.answered_at == utc(2019, 11, 25, 9, 17, 46)
    assert (found.talk, found.recording) == (64, "20191125_1574673453.2.mp3")


def test_the_agents_of_a_call_of_a_queue():
    found = QUEUES.queue_attempt(response("reports/quick/info")["data"][0])
    assert (found.agent, found.status, found.attempt) == ("564", Status.NO_ANSWER, 1)


def test_agent_activity():
    assert QUEUES.agent_activity(first_row("reports/agent/search")) == AgentActivity(
        row_id="60cb10824f9805dce1490b25",
        extension="550",
        queue="903",
        kind="inout",
        started_at=utc(2021, 6, 17, 9, 5, 52),
        ended_at=utc(2021, 6, 17, 9, 6, 10),
        duration=18,
    )


def test_a_survey_answer():
    assert QUEUES.survey_answer(first_row("reports/poll/search")) == SurveyAnswer(
        row_id="602244a95f1eb5fb5d42cb2b",
        points=15,
        label="sale",
        call_id="1612858371.2269",
        source="09000004567",
        extension="555",
        queue="900",
        at=utc(2021, 2, 9, 8, 15, 37),
    )


# The dialler.


def test_a_campaign():
    row = first_row("autodialer/campaigns/search")
    expected = Campaign(
        campaign_id="654338c7766d71477c6319c3",
        name="test",
        status="waiting",
        starts_at=utc(2021, 2, 19, 11, 47),
        ends_at=utc(2021, 2, 23, 11, 47),
        created_at=utc(2023, 11, 2, 5, 51, 3),
        count=3,
    )
    assert DIALLER.campaign(row) == expected
    # The same in wall-clock text: 1399-12-01 and 1399-12-05, 15:17 in Tehran's winter.
    assert DIALLER.campaign({**row, "isoStart": None, "isoEnd": None}) == expected


def test_a_group_and_a_contact():
    assert DIALLER.group(first_row("autodialer/groups/search")) == DialGroup(
        group_id="60462692095d840c2e47709f",
        name="test_group",
        count=3,
        description="just for test",
        created_at=utc(2021, 3, 8, 13, 28, 50),
    )
    assert read_contact(first_row("autodialer/contacts/search")) == Contact(
        contact_id="60461561095d840c2e477098", name="test_contact", note="Just for test", numbers=("112233",)
    )


def test_the_report_of_a_dialled_number():
    assert DIALLER.report(first_row("autodialer/reports/search")) == DialReport(
        row_id="60c74f8b00035c9848c6fd5b",
        status=Status.FAILED,
        campaign="test1111api",
        campaign_id="60c74cec7d2c21279a295b4e",
        number="09000001239",
        at=utc(2021, 6, 14, 8, 16, 3),
        attempts=1,
        talk=0,
        wait=0,
    )
    answered = DIALLER.report(first_row("autodialer/reports/ordered/id"))
    assert (answered.status, answered.at) == (Status.ANSWERED, utc(2021, 2, 9, 11, 40, 4))


# Equipment.


def test_a_voicemail_and_one_that_could_not_be_saved():
    saved, lost = (MESSAGES.voicemail(row) for row in response("voicemails/inbox/search")["data"]["data"])
    assert saved == Voicemail(
        voicemail_id="60c856c88b2427f7c61c55b6",
        mailbox="400",
        caller="570",
        received_at=utc(2021, 6, 15, 7, 29, 12),
        duration=2,
        read=False,
        filename="400_1623742139-vm-record-file-9758.wav",
    )
    assert (lost.filename, lost.duration, lost.problem) == (None, None, "This file has not been saved properly")


def test_a_fax():
    assert MESSAGES.fax(first_row("pbx/faxes/search")) == Fax(
        fax_id="64b801737ec8cb8899ee28a4",
        outgoing=True,
        source="100",
        destination="101",
        status="SENDING",
        at=utc(2023, 7, 19, 16, 29, 55),
        filename="file-20230719152253-45890-at31m401tif.tif",
    )
    assert MESSAGES.fax(changed("pbx/faxes/search", ext="558")).device == "558"
    received = MESSAGES.fax(changed("pbx/faxes/search", type="inbox"))
    assert (received.outgoing, received.device) == (False, "101")
    assert MESSAGES.fax(changed("pbx/faxes/search", type="draft")).outgoing is None


def test_an_extension_without_its_secret():
    found = pbx_rows.read_extension(first_row("pbx/users/search"))
    assert found == Extension(number="101", name="101")
    assert pbx_rows.read_agents(first_row("pbx/users/search")) == ()


def test_the_queues_of_a_user_by_number_or_as_objects():
    row = changed(
        "pbx/users/search", queues=["901", 902, {"name": "Sales", "number": "903"}, {"_id": 1, "name": "904"}]
    )
    assert pbx_rows.read_agents(row) == tuple(
        Agent(extension="101", queue=queue, name="101") for queue in ("901", "902", "903", "904")
    )
    with pytest.raises(DataError, match="queues"):
        pbx_rows.read_agents(changed("pbx/users/search", queues=[{}]))


def test_the_id_of_a_trunk_is_its_name_and_its_number_is_in_the_registration():
    found = pbx_rows.read_trunk(first_row("pbx/trunks/search"))
    assert found == Trunk(trunk_id="trunk_name_new", number="3591011020", e164=found.e164)
    assert "as#" not in repr(found)
    plain = pbx_rows.read_trunk({"name": "02155500123", "register_string": ""})
    assert (plain.trunk_id, plain.number, plain.e164) == ("02155500123", "02155500123", "+982155500123")
    assert pbx_rows.read_trunk({"name": "center", "register_string": "user:secret@192.0.2.1"}).number is None


def test_a_queue_a_mailbox_and_entries_of_both_lists():
    assert pbx_rows.read_queue(first_row("pbx/queues/search")) == Queue(
        queue_id="603c8d9ffc909f2e766d40d3", number="9009", name="NasimTelecom", strategy="ringall"
    )
    assert read_mailbox(first_row("voicemails/voicemails/search")) == Mailbox(
        mailbox="999999", name="test voicemail", mailbox_id="64b7f79011294d248a477216"
    )
    assert pbx_rows.read_listed_number(first_row("pbx/blacklists/search"), DATES) == ListedNumber(
        number="557", entry_id="64b7fb70e50df5528e6ce5ba", added_at=utc(2023, 7, 19, 16, 4, 16)
    )
    assert pbx_rows.read_listed_number(first_row("pbx/whitelists/search"), DATES).labels == ("ext_test",)


def test_the_result_of_changing_an_agent_alone_and_in_a_batch():
    alone = pbx_rows.read_agent_result(response("pbx/queues/pauseagent")["data"], queue="999", extension="557")
    assert alone == AgentResult(extension="557", queue="999", done=True, message="Paused successfully")
    for verb in ("add", "pause", "resume", "remove"):
        (result,) = response(f"pbx/queues/batch{verb}agent")["data"]["Data"]
        found = pbx_rows.read_agent_result(result, queue="", extension="")
        assert (found.extension, found.queue, found.done) == ("570", "10000", True)
    refused = pbx_rows.read_agent_result({"ok": 0, "message": "Unable to add"}, queue="1", extension="2")
    assert (refused.done, refused.message) == (False, "Unable to add")


@pytest.mark.parametrize(("sent", "read"), [(True, True), (1, True), ("0", False), (None, None)])
def test_read_flags_have_several_spellings(sent, read):
    assert MESSAGES.voicemail(changed("voicemails/inbox/search", read=sent)).read is read


# Pages of lists.


def test_a_page_has_its_start_and_the_total_of_the_list():
    page = read_search_page(response("voicemails/inbox/search"), MESSAGES.voicemail)
    assert (page.start, page.total, len(page.rows)) == (0, 11, 2)


@pytest.mark.parametrize("data", ["", [], None, {"data": [], "pagination": {}}, {"data": None}])
def test_nothing_found_is_an_empty_page(data):
    assert read_search_page({"data": data}, MESSAGES.fax, start=40).rows == ()


def test_the_cursor_is_the_stated_one_or_the_last_row():
    body = response("reports/queue/ordered/id")
    page = read_cursor_rows(body, QUEUES.queue_call, after="")
    assert (page.cursor, page.last, len(page.rows)) == ("5ec62d435171cd23078c2814", False, 1)
    del body["data"]["last_id"]
    assert read_cursor_rows(body, QUEUES.queue_call, after="").cursor == "5ec4d6825171cd23078c256f"
    body["data"]["last_id"] = {"$oid": "5ec62d435171cd23078c2814"}
    assert read_cursor_rows(body, QUEUES.queue_call, after="").cursor == "5ec62d435171cd23078c2814"


@pytest.mark.parametrize("data", [None, {}, {"last_id": None, "data": None}])
def test_null_instead_of_a_list_does_not_end_it(data):
    with pytest.raises(DataError, match="data"):
        read_cursor_rows({"data": data}, QUEUES.queue_call, after="5ec62d435171cd23078c2814")


@pytest.mark.parametrize("data", ["", [], {"last_id": "", "data": []}, {"last_id": None, "data": {}}])
def test_the_end_of_an_ordered_list_keeps_the_cursor(data):
    page = read_cursor_rows({"data": data}, QUEUES.queue_call, after="5ec62d435171cd23078c2814")
    assert (page.rows, page.cursor, page.last) == ((), "5ec62d435171cd23078c2814", True)


@pytest.mark.parametrize("after", ["5ec62d435171cd23078c2814", "5EC62D435171CD23078C2815"])
def test_a_cursor_that_does_not_advance_is_an_error(after):
    with pytest.raises(DataError, match="last_id"):
        read_cursor_rows(response("reports/queue/ordered/id"), QUEUES.queue_call, after=after)


def test_only_the_channel_of_a_telephone_has_an_extension():
    assert extension_of_channel("PJSIP/101-0000000a") == "101"
    assert extension_of_channel("Local/560@simotel-local-agents-00000ba6;2") is None
    assert extension_of_channel(7) is None


def test_what_is_over_in_the_hour_that_clocks_repeat_ends_after_its_start():
    # On 21 September 2021 Tehran repeated 23:00 to 24:00: first from 18:30, then from 19:30 UTC.
    start, end = "1400-06-30 23:50:00", "1400-06-30 23:05:00"
    over = utc(2021, 9, 21, 19, 35)
    cdr = changed("reports/cdr/ordered/id", starttime=start, start=None, endtime=end, wait=10, billsec=890)
    assert read_call(cdr).ended_at == over
    queued = changed("reports/queue/ordered/id", starttime=start, endtime=end, duration=900)
    assert QUEUES.queue_call(queued).ended_at == over
    assert QUEUES.agent_activity(changed("reports/agent/search", start=start, end=end, duration=900)).ended_at == over
    # The answer is in the other calendar: 23:05 of the same day, 900 s after the start.
    attempt = changed("reports/queue_details/ordered/id", starttime=start, answer="2021-09-21 23:05:00", wait=900)
    assert QUEUES.queue_attempt(attempt).answered_at == over
    assert QUEUES.queue_attempt({**attempt, "wait": None}).answered_at == over


# On 21 September 2021 Tehran's clocks showed 23:30 at 19:00 and at 20:00 UTC.
FIRST, SECOND = utc(2021, 9, 21, 19), utc(2021, 9, 21, 20)
HALF_PAST = "1400-06-30 23:30:00"


def channel(moment):
    return f"{moment.timestamp():.0f}.7"


@pytest.mark.parametrize(
    ("ids", "started"),
    [
        ({"uniqueid": channel(FIRST), "cuid": channel(FIRST)}, FIRST),
        ({"uniqueid": channel(SECOND), "cuid": channel(SECOND)}, SECOND),
        # A leg of a conversation that began half an hour before: in the first of the two hours.
        ({"uniqueid": channel(SECOND), "cuid": channel(utc(2021, 9, 21, 19, 30))}, SECOND),
        ({"uniqueid": "", "cuid": channel(utc(2021, 9, 21, 19, 30))}, SECOND),
        ({"uniqueid": channel(FIRST), "cuid": channel(utc(2021, 9, 21, 18, 20))}, FIRST),
        # Neither time is after what the id says, or it says none.
        ({"uniqueid": channel(utc(2021, 9, 22)), "cuid": None}, FIRST),
        ({"uniqueid": "channel-7", "cuid": None}, FIRST),
    ],
)
def test_the_unique_id_tells_which_of_two_equal_times_a_start_is(ids, started):
    for times in ({"starttime": HALF_PAST}, {"starttime": None, "start": HALF_PAST}):
        cdr = changed("reports/cdr/ordered/id", **times, endtime="1400-06-30 23:35:00", wait=10, billsec=290, **ids)
        call = read_call(cdr)
        assert (call.started_at, call.ended_at) == (started, started + timedelta(minutes=5))
    attempt = changed("reports/queue_details/ordered/id", starttime=HALF_PAST, **ids)
    assert QUEUES.queue_attempt(attempt).started_at == started
    if ids["uniqueid"]:
        assert QUEUES.survey_answer(changed("reports/poll/search", date=HALF_PAST, **ids)).at == started


def test_a_time_since_the_epoch_is_exact_in_the_hour_that_clocks_repeat():
    def since_epoch(moment):
        return {"$date": {"$numberLong": f"{moment.timestamp() * 1000:.0f}"}}

    # The length says an hour more, which a text could mean.
    times = {"starttime": since_epoch(FIRST), "endtime": since_epoch(FIRST + timedelta(minutes=5))}
    call = read_call(changed("reports/cdr/search", **times, uniqueid=channel(SECOND), wait=0, billsec=3900))
    assert (call.started_at, call.ended_at) == (FIRST, FIRST + timedelta(minutes=5))
