"""`trunkline get`, `do` and `request` at each provider of the sandbox."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.cli.wires import served
from trunkline.cli.methods import Kind, account_methods
from trunkline.cli.output import Format
from trunkline.cli.rows import plain, printable, table_of
from trunkline.cli.values import _single
from trunkline.cli.words import command_name
from trunkline.errors import RequestError
from trunkline.model import Call, Direction, MissedCall, Money, Party, Status


@pytest.fixture(scope="module")
def sandbox():
    """Serve an office of its own, because these tests place calls."""
    with served() as announced:
        yield announced


# Those that read a record instead of asking the provider have a test of their own.
GIVEN_A_RECORD = {"parse_push", "parse_event", "parse_route_request"}
GET = [method for method in account_methods().values() if method.kind is Kind.GET and method.name not in GIVEN_A_RECORD]
# What a method can't do without.
NEEDED = {
    "call": ["--call-id", "nothing"],
    "cursor_at": ["--moment", "7d"],
    "cursor_rows": ["--what", "reports/queue"],
    "cursor_time": ["--cursor", "65b000000000000000000000"],
    "destinations": ["--rate-id", "1"],
    "device_details": ["--device-id", "200"],
    "invoice_list": ["--since", "90d", "--until", "today"],
    "payment_list": ["--since", "90d", "--until", "today"],
    "quick_info": ["--cuid", "nothing"],
    "recording_link": ["--call-id", "nothing"],
    "search": ["--what", "reports/cdr"],
    "user_calls": ["--user", "1510"],
}
NOTHING_FOUND = {"call", "recording_link"}


def listed(printed):
    return json.loads(printed)


@pytest.mark.parametrize("method", GET, ids=lambda method: method.name)
def test_everything_that_can_be_read_is_read_from_every_provider_that_has_it(everything, run, tmp_path, method):
    arguments = NEEDED.get(method.name, [])
    status, printed, complaints = run("get", command_name(method.name), *arguments, "--format", "json")
    assert "Traceback" not in complaints
    if method.name in NOTHING_FOUND:
        assert (status, printed, len(complaints.splitlines())) == (2, "", 1)
        return
    if method.name == "call_page":
        # Only one of the providers has to be told the service.
        assert (status, complaints.splitlines()[0]) == (2, "trunkline: telefonchy: Telefonchy needs --service-id")
    else:
        assert status == 0, complaints
    for row in listed(printed):
        assert row["account"]


def test_a_list_is_printed_with_the_account_in_every_format(everything, run):
    status, printed, _ = run("get", "queues", "--format", "csv")
    assert status == 0
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert {row["account"] for row in rows} == {"simotel"}
    assert {row["number"] for row in rows} == {"901", "902"}
    assert [row["number"] for row in listed(run("get", "queues", "simotel", "--format", "json")[1])] == ["901", "902"]
    table = run("get", "queues")[1]
    assert table.splitlines()[0].split()[:3] == ["account", "queue", "id"]


def test_an_empty_list_still_has_its_columns(everything, run):
    status, printed, _ = run("get", "blocked", "--format", "csv")
    assert (status, printed) == (0, "account,number,entry_id,note,labels,added_at\n")
    assert run("get", "blocked")[1] == "nothing found\n"


def test_a_search_passes_conditions_period_sorting_and_place_on(everything, run):
    status, printed, noted = run(
        "get", "queue-calls", "simotel", "--conditions", "qnum=901", "--since", "15d", "--count", "3", "--start", "2",
        "--sorting", "start=-1", "--no-alike", "--format", "json",
    )  # fmt: skip
    assert status == 0
    rows = listed(printed)
    assert len(rows) == 3
    assert {row["queue"] for row in rows} == {"901"}
    assert "start 2, total " in noted
    status, _, refused = run("get", "queue-calls", "simotel", "--conditions", "colour=red")
    assert status == 2
    assert "has no condition colour" in refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("get", "queue-calls", "simotel", "--count", "many"), "--count takes a whole number"),
        (("get", "queue-calls", "simotel", "--conditions", "901"), "--conditions takes a name, = and a value"),
        (("get", "queue-calls", "simotel", "--sorting", "start=up"), "--sorting takes a whole number"),
        (("get", "queue-calls", "simotel", "--since", "once"), "'once' is not a date"),
        (("get", "call-page", "telefonchy", "--service-id", "x", "--direction", "up"), "--direction takes one of incoming"),
        (("get", "call-page", "voipano", "--did", "1"), "VoIPano has no --did here; it has --page, --limit"),
        (("get", "rates", "simotel"), "Simotel has no rates service; it exists at Kolmisoft MOR"),
        (("get", "weather"), "invalid choice: 'weather'"),
        (("get",), "the following arguments are required: WHAT"),
        (("do", "block", "simotel"), "the following arguments are required: --number"),
        (("do", "block", "--number", "09120000555"), "the following arguments are required: ACCOUNT"),
        (("get", "parse-push", "--payload", "/nowhere/push.json"), "can't read /nowhere/push.json"),
        (("request", "simotel", "POST", "x", "name"), "a parameter is NAME=VALUE"),
        (("request", "simotel", "POST", "x", "name:={"), "a parameter is NAME=VALUE"),
        (("request", "simotel", "POST", "x", "path=y"), "a parameter can't be called path"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_one_line(everything, run, arguments, message):
    status, printed, complaints = run(*arguments)
    assert (status, printed) in {(2, ""), (1, "")}
    assert message in complaints
    assert len(complaints.splitlines()) == 1


def test_without_a_provider_that_has_it_one_line_says_who_does(office, run):
    status, printed, complaints = run("get", "rates")
    assert (status, printed) == (2, "")
    assert complaints == "trunkline: no configured account has rates; it exists at Kolmisoft MOR\n"


def test_a_page_takes_the_providers_own_filters(everything, run):
    (service,) = {row["service_id"] for row in listed(run("get", "services", "telefonchy", "--format", "json")[1])}
    status, printed, _ = run(
        "get", "call-page", "telefonchy", "--service-id", service, "--direction", "incoming", "--status", "no_answer",
        "--per-page", "5", "--format", "json",
    )  # fmt: skip
    assert status == 0
    assert {(row["direction"], row["status"]) for row in listed(printed)} == {("incoming", "no_answer")}
    _, recorded, _ = run("get", "call-page", "voipano", "--has-recording", "--format", "json")
    _, silent, _ = run("get", "call-page", "voipano", "--no-has-recording", "--format", "json")
    assert all(row["recording"] for row in listed(recorded))
    assert not any(row["recording"] for row in listed(silent))


def test_a_long_list_ends_after_the_rows_that_were_asked_for(everything, run):
    status, printed, noted = run("get", "calls", "mor-api", "--rows", "7", "--format", "json")
    assert (status, len(listed(printed))) == (0, 7)
    assert noted == "trunkline: mor-api: the first 7 rows; use --rows for more\n"


def test_a_list_by_cursor_goes_on_where_it_stopped(everything, run):
    first = listed(run("get", "cursor-rows", "--what", "reports/queue", "--rows", "1", "--format", "json")[1])
    after = first[-1]["cursor"]
    rest = listed(run("get", "cursor-rows", "--what", "reports/queue", "--after", after, "--format", "json")[1])
    assert rest
    assert not {row["row_id"] for row in first} & {row["row_id"] for row in rest}


def test_a_pushed_record_is_read_from_a_file(everything, run, sandbox, tmp_path):
    record = {
        "event_name": "Cdr",
        "starttime": "2026-11-21 10:00:00",
        "endtime": "2026-11-21 10:01:00",
        "src": "02155500001",
        "dst": "101",
        "type": "incoming",
        "disposition": "ANSWERED",
        "duration": "60",
        "billsec": "50",
        "cuid": "1795600000.1",
        "unique_id": "1795600000.1",
    }
    (tmp_path / "push.json").write_text(json.dumps(record))
    for command, more in (("parse-push", ()), ("parse-event", ("--kind", "Cdr"))):
        arguments = ("--payload", str(tmp_path / "push.json"), *more, "--format", "json")
        status, printed, complaints = run("get", command, "simotel", *arguments)
        assert (status, complaints) == (0, "")
        (call,) = listed(printed)
        assert (call["call_id"], call["direction"], call["status"]) == ("1795600000.1", "incoming", "answered")


def test_a_question_of_the_dial_plan_is_read_from_a_file(everything, run, tmp_path):
    (tmp_path / "asked.json").write_text(
        json.dumps({"src": "09150000041", "dst": "789", "app_name": "s2", "data": "2"})
    )
    arguments = ("--payload", str(tmp_path / "asked.json"), "--format", "json")
    status, printed, complaints = run("get", "parse-route-request", "simotel", *arguments)
    assert (status, complaints) == (0, "")
    (request,) = listed(printed)
    assert (request["component"], request["digits"]) == ("s2", "2")


def test_contacts_and_numbers_are_changed_and_read_back(everything, run):
    assert run("do", "add-contact", "simotel", "--name", "Workshop", "--number", "02155500001")[0] == 0
    found = [
        row for row in listed(run("get", "contacts", "simotel", "--format", "json")[1]) if row["name"] == "Workshop"
    ]
    assert [row["numbers"] for row in found] == [["02155500001"]]
    status, printed, _ = run(
        "do", "remove-contact", "simotel", "--contact-id", found[0]["contact_id"], "--format", "csv"
    )
    assert (status, printed) == (0, "account,name,value\nsimotel,done,True\n")
    arguments = ("--number", "02155500002", "--labels", "daily", "--labels", "nightly", "--note", "Supplier")
    assert run("do", "allow", "simotel", *arguments)[0] == 0
    (allowed,) = listed(run("get", "allowed", "--format", "json")[1])
    assert (allowed["number"], allowed["labels"], allowed["note"]) == ("02155500002", ["daily", "nightly"], "Supplier")
    assert "daily, nightly" in run("get", "allowed")[1]
    assert run("do", "disallow", "simotel", "--number", "02155500002")[0] == 0
    status, _, complaints = run("do", "disallow", "simotel", "--number", "02155500002")
    assert status == 2
    assert complaints.startswith("trunkline: simotel: ")


def test_agents_are_changed_and_a_refusal_fails(everything, run):
    agents = listed(run("get", "agents", "simotel", "--queue", "901", "--format", "json")[1])
    member = ("--queue", "901", "--extension", agents[0]["extension"])
    status, printed, _ = run("do", "pause-agent", "simotel", *member, "--format", "json")
    assert (status, listed(printed)[0]["done"]) == (0, True)
    assert run("do", "resume-agents", "simotel", "--members", f"901={agents[0]['extension']}")[0] == 0
    status, printed, _ = run("do", "pause-agents", "simotel", "--members", "901=9999", "--format", "json")
    assert (status, listed(printed)[0]["done"]) == (1, False)
    status, printed, complaints = run("do", "pause-agent", "simotel", "--queue", "901", "--extension", "9999")
    assert (status, printed, len(complaints.splitlines())) == (2, "", 1)


def test_a_missed_call_is_marked(everything, run):
    waiting = [row for row in listed(run("get", "missed-calls", "--format", "json")[1]) if not row["processed"]]
    assert run("do", "mark-missed", "mor", "--call-id", waiting[0]["call_id"])[0] == 0
    left = [row for row in listed(run("get", "missed-calls", "--format", "json")[1]) if not row["processed"]]
    assert waiting[0]["call_id"] not in {row["call_id"] for row in left}


def test_a_push_is_registered_and_removed(everything, run):
    url = ("--url", "http://127.0.0.1:8123/api/trunkline/push/x")
    assert run("do", "register-push", "voip24h-v3", *url, "--method", "GET")[0] == 0
    assert run("do", "unregister-push", "voip24h-v3", *url)[0] == 0


def test_a_call_is_placed_with_the_providers_own_arguments(everything, sandbox, run):
    extension = sandbox["simotel"]["accounts"][0]["extensions"][0]
    call = ("call", "simotel", "--from", extension, "--to", "09120000555", "--format", "json")
    status, printed, complaints = run(
        *call, "--ring-seconds", "20", "--limit", "60", "--caller-id", "02155500001", "--trunk", "2100000010",
        "--context", "main_routing",
    )  # fmt: skip
    assert (status, complaints) == (0, "")
    assert listed(printed)[0]["status"]


@pytest.mark.parametrize(
    ("wire", "option"),
    [("telefonchy", "--ring-seconds"), ("voipano", "--trunk"), ("voip24h", "--limit"), ("mor", "--caller-id")],
)
def test_an_argument_that_the_provider_lacks_places_no_call(everything, run, wire, option):
    status, printed, complaints = run("call", wire, "--from", "1510", "--to", "09120000555", option, "30")
    assert (status, printed) == (2, "")
    assert f" has no {option} here; it has --from, --to, --service" in complaints


def test_a_callback_goes_through_a_device(everything, run):
    device = listed(run("get", "devices", "mor-api", "--format", "json")[1])[0]["device_id"]
    arguments = ("--from", "1510", "--to", "37060000001", "--device", device, "--format", "json")
    status, printed, complaints = run("callback", "mor-api", *arguments)
    assert (status, complaints) == (0, "")
    assert listed(printed)[0]["status"]
    status, _, complaints = run("callback", "simotel", "--from", "1510")
    assert status == 1
    assert "Simotel has no callback service; it exists at Kolmisoft MOR" in complaints


def test_any_other_request_prints_the_reply_as_json(everything, run):
    status, printed, complaints = run(
        "request", "simotel", "POST", "pbx/queues/search", "alike=true", 'conditions:={"name": ""}',
        'pagination:={"start": 0, "count": 5, "sorting": {}}',
    )  # fmt: skip
    assert (status, complaints) == (0, "")
    assert json.loads(printed)["success"] == 1
    status, printed, _ = run("request", "telefonchy", "GET", "current/date")
    assert (status, type(json.loads(printed))) == (0, dict)


@pytest.mark.parametrize(
    "arguments",
    [
        ("telefonchy", "GET", "smartcall", "exten=1510"),
        ("voipano", "POST", "call-otp"),
        ("voip24h", "POST", "makeDial"),
        ("voip24h-v3", "POST", "call/dial"),
        ("simotel", "POST", "call/originate/act"),
        ("mor-api", "POST", "callback_init"),
    ],
)
def test_a_request_that_costs_money_is_refused(everything, run, arguments):
    status, printed, complaints = run("request", *arguments)
    assert (status, printed) == (2, "")
    assert len(complaints.splitlines()) == 1


# Rows

CALL = Call(account="a", call_id="7", direction=Direction.INCOMING, status=Status.BUSY, started_at=None)


def test_models_nested_values_and_figures_become_rows():
    from trunkline.model import City, CursorPage, Location

    table = table_of((Location("Tehran", (City("1", "Rey"), City("2", "Karaj"))),), "tuple[Location, ...]")
    assert table.columns == ("province", "cities")
    cities = table.rows[0]["cities"]
    assert printable(cities, Format.JSON) == [
        {"location_id": "1", "name": "Rey"},
        {"location_id": "2", "name": "Karaj"},
    ]
    assert printable(cities, Format.CSV) == "1 Rey, 2 Karaj"
    figures = table_of({"today": {"calls": 3, "revenue": Decimal("0.10")}, "days": [1, 2]})
    assert [(row["name"], row["value"]) for row in figures.rows] == [
        ("today.calls", 3),
        ("today.revenue", Decimal("0.10")),
        ("days", [1, 2]),
    ]
    page = table_of(CursorPage((CALL,), cursor="c"))
    assert (len(page.rows), page.beside) == (1, {"cursor": "c", "last": False})
    assert table_of(MissedCall(CALL, processed=True)).rows[0]["processed"] is True
    assert table_of(Money(Decimal("1.50"), "EUR"), name="balance").rows == [{"balance": Money(Decimal("1.50"), "EUR")}]
    assert table_of((), "tuple[MissedCall, ...]").columns[-1] == "processed"
    assert table_of(None).rows == []


def test_values_as_json_are_exact():
    assert plain({"a": (Money(Decimal("1E+2"), "EUR"), Status.BUSY, Party(number="1"))})["a"][:2] == ["100 EUR", "busy"]
    assert plain(object)
    assert printable({"a": 1, "b": [Status.BUSY]}, Format.TABLE) == "a=1, b=busy"


@pytest.mark.parametrize(("text", "expected"), [("12.50", Decimal("12.50")), ("many", None)])
def test_an_amount_is_a_decimal_or_an_error(text, expected):
    if expected is None:
        with pytest.raises(RequestError, match="takes a number"):
            _single("Decimal", text, "--amount", ZoneInfo("UTC"))
    else:
        assert _single("Decimal", text, "--amount", ZoneInfo("UTC")) == expected
