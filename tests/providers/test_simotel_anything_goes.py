"""Whatever comes in place of Simotel's JSON, right or wrong: a model or an error of ours, and nothing else."""

from __future__ import annotations

import contextlib
import json
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from simotel_pages import PAGES, first_row

from trunkline.errors import DataError, TrunklineError
from trunkline.model import Call, LineEvent
from trunkline.providers.simotel import SIMOTEL, pbx_rows
from trunkline.providers.simotel.call_rows import CallReader
from trunkline.providers.simotel.dates import RowDates
from trunkline.providers.simotel.dialler_rows import DiallerRows, read_contact
from trunkline.providers.simotel.list_reader import read_cursor_rows, read_plain_rows, read_search_page
from trunkline.providers.simotel.message_rows import MessageRows, read_mailbox
from trunkline.providers.simotel.push_events import read_event
from trunkline.providers.simotel.queue_rows import QueueRows
from trunkline.providers.simotel.replies import contradicts_itself, read_envelope
from trunkline.transport import Reply

TEHRAN = ZoneInfo("Asia/Tehran")
DATES = RowDates(TEHRAN)
QUEUES, DIALLER, MESSAGES = QueueRows(DATES), DiallerRows(DATES), MessageRows(DATES)
CALLS = CallReader(account="simotel:pbx.example", zone=TEHRAN)


def read_listed_number(record):
    return pbx_rows.read_listed_number(record, DATES)


READERS = {
    "reports/cdr/search": CALLS.call,
    "reports/cdr/ordered/id": CALLS.call,
    "reports/quick/search": CALLS.call,
    "reports/quick/info": QUEUES.queue_attempt,
    "reports/queue/search": QUEUES.queue_call,
    "reports/queue/ordered/id": QUEUES.queue_call,
    "reports/queue_details/search": QUEUES.queue_attempt,
    "reports/queue_details/ordered/id": QUEUES.queue_attempt,
    "reports/agent/search": QUEUES.agent_activity,
    "reports/poll/search": QUEUES.survey_answer,
    "autodialer/campaigns/search": DIALLER.campaign,
    "autodialer/groups/search": DIALLER.group,
    "autodialer/contacts/search": read_contact,
    "autodialer/reports/search": DIALLER.report,
    "autodialer/reports/ordered/id": DIALLER.report,
    "voicemails/inbox/search": MESSAGES.voicemail,
    "voicemails/voicemails/search": read_mailbox,
    "pbx/faxes/search": MESSAGES.fax,
    "pbx/users/search": pbx_rows.read_agents,
    "pbx/trunks/search": pbx_rows.read_trunk,
    "pbx/queues/search": pbx_rows.read_queue,
    "pbx/blacklists/search": read_listed_number,
    "pbx/whitelists/search": read_listed_number,
}

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.from_regex(r"1[34][0-9]{2}-[0-3][0-9]-[0-3][0-9] [0-2][0-9]:[0-6][0-9]:[0-6][0-9]", fullmatch=True)
    | st.sampled_from(["0", "", "null", "-1", "1e9", "ANSWERED", "9" * 30, "5ec62d435171cd23078c2814", " "])
)
dates = st.fixed_dictionaries(
    {"$date": scalars | st.fixed_dictionaries({"$numberLong": scalars})}
) | st.fixed_dictionaries({"$oid": scalars})
anything = st.recursive(
    scalars | dates,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def spoiled(draw, row):
    """A valid record of which some fields are something else, or gone."""
    record = dict(row)
    for name in draw(st.lists(st.sampled_from(sorted(record)), min_size=1, max_size=4)):
        if draw(st.booleans()):
            record[name] = draw(anything)
        else:
            record.pop(name, None)
    return record


@pytest.mark.parametrize("path", READERS)
@given(data=st.data())
def test_a_row_of_any_shape_is_a_model_or_an_error(path, data):
    record = data.draw(st.one_of(spoiled(first_row(path)), anything))
    with contextlib.suppress(DataError):
        hash(READERS[path](record))


def test_every_list_of_the_document_has_a_reader():
    unread = {"pbx/musiconholds/search", "pbx/announcements/search"}
    unread |= {"autodialer/announcements/search", "autodialer/trunks/search", "autodialer/reports/info"}
    ends = ("/search", "/ordered/id", "/info")
    assert {path for path in PAGES if path.endswith(ends)} == set(READERS) | unread


@given(payload=anything, total=anything)
def test_pages_of_lists(payload, total):
    for body in (
        {"data": payload},
        {"data": {"data": payload, "last_id": total}},
        {"data": {"pagination": {"start": total, "total": total}, "data": [first_row("pbx/faxes/search")]}},
    ):
        for read in (
            lambda body: read_search_page(body, MESSAGES.fax),
            lambda body: read_cursor_rows(body, QUEUES.queue_call, after="5ec62d435171cd23078c2814"),
            read_plain_rows,
        ):
            with contextlib.suppress(DataError):
                read(body)


@given(data=anything)
def test_the_result_of_an_agent(data):
    with contextlib.suppress(DataError):
        pbx_rows.read_agent_result(data, queue="901", extension="560")


@given(
    status=st.sampled_from([200, 204, 400, 401, 403, 404, 405, 415, 418, 429, 501, 505]),
    body=st.one_of(
        st.binary(max_size=60),
        anything.map(orjson.dumps),
        st.fixed_dictionaries({}, optional={"success": scalars, "message": anything, "status": anything}).map(
            orjson.dumps
        ),
    ),
)
@example(status=200, body=b'{"success":true}')
@example(status=200, body=b"[" * 3000)
def test_an_envelope_is_a_success_or_an_error_that_shows_no_secret(status, body):
    try:
        assert contradicts_itself(Reply(status, {}, body, "Simotel")) in {True, False}
        found = read_envelope(Reply(status, {}, body, "Simotel"), "pbx/users/search")
    except TrunklineError:
        return
    assert status < 400
    assert found.get("success") in (1, "1") or found.get("status") == "success"


EVENT = {
    "event_name": "Cdr",
    "event": "Survey",
    "unique_id": "1624340875.75933",
    "starttime": "2021-06-22 05:47:56.120000",
    "endtime": "2021-06-22 05:49:07.977000",
    "date": 1624340888.25,
    "type": "incoming",
    "disposition": "ANSWERED",
    "src": "09000004567",
    "dst": "560",
    "billsec": 5,
    "wait": "3",
    "queue": "901",
    "number": "400",
    "exten": "560",
    "state": "Idle",
    "record": "",
}


@given(record=spoiled(EVENT), kind=st.none() | st.sampled_from(["cdr", *SIMOTEL.event_types]))
@example(record={**EVENT, "date": 1e300}, kind="ping")
@example(record={**EVENT, "unique_id": "9999999999.1"}, kind=None)
def test_an_event_of_any_shape_is_a_call_an_event_or_an_error(record, kind):
    for payload in (record, json.dumps(record).encode()):
        with contextlib.suppress(DataError):
            found = read_event(
                payload, kind=kind, event_types=SIMOTEL.event_types, account="simotel:pbx.example", zone=TEHRAN
            )
            assert isinstance(found, Call | LineEvent)


@given(payload=st.binary(max_size=200) | st.text(alphabet='{}[]":,0129 \\abc=&%', max_size=80).map(str.encode))
def test_a_push_of_any_bytes_is_an_event_or_an_error(payload):
    with contextlib.suppress(DataError):
        read_event(payload, kind="Ping", event_types=SIMOTEL.event_types, account="simotel:pbx.example", zone=TEHRAN)
