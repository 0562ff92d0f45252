"""Whatever MOR's web pages contain, right or wrong: a model, a refusal with its name, or a `DataError`."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

from at_once import at_once
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.calendars import WallClock
from trunkline.errors import DataError, TrunklineError
from trunkline.model import Call, Details, MissedCall, Money
from trunkline.providers.mor import billing
from trunkline.providers.mor.call_rows import WEB, WEB_MISSED, CallReader
from trunkline.providers.mor.customer import read_details
from trunkline.providers.mor.devices import read_devices
from trunkline.providers.mor.web.calls import read_call_list, read_missed_calls
from trunkline.providers.mor.web.confirmations import check_confirmation
from trunkline.providers.mor.web.devices import read_caller_id_devices, read_caller_ids
from trunkline.providers.mor.web.faxes import read_faxes
from trunkline.providers.mor.web.main_page import read_login_form, read_main_page
from trunkline.providers.mor.web.phonebook import read_contacts
from trunkline.providers.mor.web.session import error_text, is_login_page
from trunkline.providers.mor.web.statistics import read_statistics
from trunkline.providers.mor.xml_reader import read_xml

VILNIUS = ZoneInfo("Europe/Vilnius")
CLOCK = WallClock(VILNIUS)
READER, MISSED_READER = (
    CallReader(
        columns,
        account="mor:1@mor.example",
        zone=VILNIUS,
        currency="EUR",
        trunk="1",
        own_numbers={"101": "101", "3705": ""},
    )
    for columns in (WEB, WEB_MISSED)
)
EXAMPLES = settings(deadline=None, max_examples=150)
SAMPLES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent / "data" / "mor").glob("*.xml"))
}
READERS = {
    "login_form": read_login_form,
    "main": lambda root: read_main_page(root, "EUR"),
    "details": read_details,
    "devices": lambda root: read_devices(root, CLOCK),
    "rates": lambda root: billing.read_rates(root, "EUR"),
    "destinations": billing.read_destinations,
    "payments": lambda root: billing.read_payments(root, "EUR", CLOCK),
    "invoices": lambda root: billing.read_invoices(root, "EUR", CLOCK),
    "subscriptions": lambda root: billing.read_subscriptions(root, "EUR", CLOCK),
    "calls": lambda root: at_once(read_call_list(root, READER, CLOCK)),
    "new_calls": lambda root: at_once(read_call_list(root, READER, CLOCK)),
    "missed_calls": lambda root: read_missed_calls(root, MISSED_READER),
    "statistics": read_statistics,
    "clis": lambda root: (read_caller_ids(root, CLOCK), read_caller_id_devices(root)),
    "phonebook": read_contacts,
    "faxes": lambda root: read_faxes(root, CLOCK),
}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
SENSELESS = st.one_of(
    st.text(max_size=15),
    st.sampled_from(
        [
            *(
                "",
                " ",
                "-",
                "0",
                "-1",
                "1e9",
                "nan",
                "inf",
                "1.",
                ".5",
                "+5",
                "1,5",
                "10 USD",
                "USD",
                "10 usd",
                "²",
                "٣",
            ),
            *("2026-06-10 08:45:31", "1405-03-20 08:45:31", "2026-02-30 00:00:00", "0000-00-00 00:00:00", "24:00:00"),
            *("00:00:36", "99:59:59", "Answered", "No Limit", "Yes", "all", "9" * 30, "x" * 300, "101", "3705"),
        ]
    ),
)
FIELDS = (
    "date",
    "called_from",
    "called_to",
    "destination",
    "duration",
    "hangup_cause",
    "price",
    "call_id",
    "processed",
)
VALID = {
    "date": "2026-06-10 08:45:31",
    "called_from": "101",
    "called_to": "12125550182",
    "destination": "United States",
    "duration": "00:00:36",
    "hangup_cause": "Answered",
    "price": "0.049",
}


def check_call(call):
    assert isinstance(call, Call)
    assert call.call_id
    assert call.started_at.tzinfo is UTC
    assert call.price is None or isinstance(call.price, Money)
    assert call.talk is None or call.talk >= 0


def mutated(text, at, old, new):
    """Put something else in the place of a leaf's text."""
    leaves = text.split("><" if old else ">")
    place = at % len(leaves)
    leaves[place] = leaves[place] + new if old else new + leaves[place]
    return ("><" if old else ">").join(leaves)


def check(read, root):
    try:
        found = read(root)
    except DataError as error:
        assert error.field
    else:
        for item in found if isinstance(found, tuple) else ():
            if isinstance(item, MissedCall):
                check_call(item.call)
        if isinstance(found, Details):
            assert all(value is None or isinstance(value, str) for value in found.values.values())


@EXAMPLES
@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=6), ANY_JSON, max_size=9))
def test_any_row_is_a_call_or_a_data_error(row):
    try:
        check_call(READER.call(row))
    except DataError as error:
        assert error.field


@EXAMPLES
@given(st.sampled_from(FIELDS), ANY_JSON | SENSELESS)
def test_a_row_with_one_strange_field_is_a_call_or_a_data_error(name, value):
    try:
        check_call(READER.call({**VALID, name: value}))
    except DataError as error:
        assert error.field in {*FIELDS, "id"}


@EXAMPLES
@given(st.lists(st.sampled_from([VALID, {**VALID, "price": "1"}, {**VALID, "called_from": None}]), max_size=6))
def test_derived_ids_differ_in_a_list_and_are_stable(rows):
    keys = [call.call_id for call in READER.calls(rows)]
    assert len(set(keys)) == len(keys)
    assert [call.call_id for call in READER.calls(rows)] == keys


@EXAMPLES
@given(st.sampled_from(sorted(READERS)), st.integers(0, 200), st.booleans(), SENSELESS)
def test_pages_with_something_strange_in_them(name, at, old, new):
    try:
        root = read_xml(mutated(SAMPLES[name], at, old, new).encode(errors="replace"), label="MOR")
    except DataError as error:
        assert error.field == "body"
        return
    check(READERS[name], root)


@EXAMPLES
@given(st.sampled_from(sorted(READERS)), st.sampled_from(sorted(SAMPLES)), st.lists(st.integers(0, 400), max_size=4))
def test_any_reader_given_any_page_that_lacks_elements(name, other, gone):
    root = read_xml(SAMPLES[other].encode(), label="MOR")
    parents = [element for element in root.iter() if len(element)]
    for at in gone:
        parent = parents[at % len(parents)]
        if len(parent):
            parent.remove(parent[at % len(parent)])
    check(READERS[name], root)


@EXAMPLES
@given(st.sampled_from(sorted(SAMPLES)), st.lists(st.integers(0, 400), max_size=4), SENSELESS)
def test_a_reply_to_a_change_is_a_message_or_an_error(name, gone, text):
    root = read_xml(SAMPLES[name].encode(), label="MOR")
    for at in gone:
        if len(root):
            root[at % len(root)].text = text
            root.remove(root[(at + 1) % len(root)])
    assert isinstance(is_login_page(root), bool)
    said = error_text(root)
    assert said is None or isinstance(said, str)
    try:
        assert isinstance(check_confirmation(root, "MOR"), str | None)
    except TrunklineError as error:
        assert str(error)
