"""MOR's page readers, given the examples of the provider's document; numbers and names in them are invented."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from trunkline.calendars import WallClock
from trunkline.errors import DataError, RequestError
from trunkline.model import Call, CallerId, Device, Direction, Fax, Money, Party, Status
from trunkline.providers.mor import billing as bills
from trunkline.providers.mor import customer
from trunkline.providers.mor.markup import read_xml
from trunkline.providers.mor.web import pages as pages_wire
from trunkline.providers.mor.web.calls import CallReader, OwnNumbers

SAMPLES = Path(__file__).parent / "data" / "mor"
VILNIUS = ZoneInfo("Europe/Vilnius")
CLOCK = WallClock(VILNIUS)
NOBODY = OwnNumbers({})


def sample(name):
    return read_xml((SAMPLES / f"{name}.xml").read_bytes(), label="MOR")


def reader(own=NOBODY):
    return CallReader(account="mor:1@mor.example", zone=VILNIUS, currency="EUR", trunk="1", own=own)


def usd(text):
    return Money(Decimal(text), "USD")


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_login_form():
    form = pages_wire.read_login_form(sample("login_form"))
    assert form == pages_wire.LoginForm(language="en", languages=("en", "ru"), message=None)


@pytest.mark.parametrize("name", ["login", "details", "cli", "entry", "deleted", "callback"])
def test_answers_to_actions(name):
    messages = {
        "login": "Succesfully logged in",
        "details": "Personal details changed",
        "cli": "CLI created",
        "entry": "Record added",
        "deleted": "Record deleted",
        "callback": "Callback activated",
    }
    assert pages_wire.check_action(sample(f"{name}_ok"), "MOR") == messages[name]
    with pytest.raises(RequestError, match=r"MOR refuses the request \(\w"):
        pages_wire.check_action(sample(f"{name}_failed"), "MOR")


def test_answers_of_newer_servers():
    for text, message in (
        ("<page><status><success>CLI created</success></status></page>", "CLI created"),
        ("<status><success>Record deleted</success></status>", "Record deleted"),
        ("<Status>Ok</Status>", "Ok"),
    ):
        assert pages_wire.check_action(read_xml(text.encode(), label="MOR"), "MOR") == message
    with pytest.raises(RequestError, match="Bad device"):
        pages_wire.check_action(read_xml(b"<Status>Bad device</Status>", label="MOR"), "MOR")
    for text in ("<Status/>", "<status><other/></status>", "<action><status>perhaps</status></action>"):
        with pytest.raises(DataError):
            pages_wire.check_action(read_xml(text.encode(), label="MOR"), "MOR")


def test_main_page():
    main = pages_wire.read_main(sample("main"), "EUR")
    assert main == pages_wire.MainPage(
        user_id="1",
        username="Very Important User",
        missed_today=2,
        missed_total=8,
        # 20 min 35 s, and 1 min 35 s.
        calls=(pages_wire.CallCount("Month", 5, 1235), pages_wire.CallCount("Day", 1, 95)),
        account="Postpaid",
        balance=usd("100"),
        credit_limit=None,
        unlimited=True,
    )


@pytest.mark.parametrize(
    ("credit", "limit", "unlimited"),
    [
        ("No Limit", None, True),
        ("Unlimited", None, True),
        ("Neribotas", None, True),
        ("50", usd("50"), False),
        ("50.0000 EUR", Money(Decimal("50.0000"), "EUR"), False),
        ("", None, False),
    ],
)
def test_credit_limits(credit, limit, unlimited):
    root = read_xml(
        f"<page><userid>1</userid><stats><finances><balance>-3.5 USD</balance><credit>{credit}</credit></finances>"
        "</stats></page>".encode(),
        label="MOR",
    )
    main = pages_wire.read_main(root, "EUR")
    assert (main.balance, main.credit_limit, main.unlimited) == (usd("-3.5"), limit, unlimited)


def test_details():
    values = customer.read_details(sample("details")).values
    assert len(values) == 4 + 8 + 10
    assert (values["alias"], values["balance"], values["credit"]) == ("101", "100 USD", "No Limit")
    assert (values["username"], values["personalid"], values["vat_percent"]) == ("Vardenis", None, "18.0")
    assert (values["reg_city"], values["reg_email"]) == ("Tashkent", "admin@example.com")
    assert set(pages_wire.EDITABLE) < set(values)
    assert len(pages_wire.EDITABLE) == 17


def test_devices():
    # 13:51:07 in Lithuania's summer, three hours ahead of UTC.
    registered = utc(2007, 4, 6, 10, 51, 7)
    assert customer.read_devices(sample("devices"), CLOCK) == (
        Device("1", "IAX2", "Test device 1", "101", "101", '"101" <101>', registered),
        Device("2", "FAX", "Test FAX device", "102", "102", '"102" <102>', registered),
    )


def test_rates_and_destinations():
    rates = bills.read_rates(sample("rates"), "EUR")
    assert [(one.name, one.kind, one.price, one.price_with_tax) for one in rates] == [
        ("Afghanistan", "FIX", usd("0.02"), usd("0.03")),
        ("Afghanistan", "MOB", usd("0.04"), usd("0.05")),
    ]
    found = bills.read_destinations(sample("destinations"))
    assert [(one.name, one.prefix, one.kind, one.group) for one in found] == [
        ("Australia Canberra", "61261", "FIX", "Australia"),
        ("Australia Canberra", "61262", "FIX", "Australia"),
    ]


def test_payments_in_two_currencies_stay_apart():
    first, second = bills.read_payments(sample("payments"), "LTL", CLOCK)
    assert (first.paid_at, first.confirmed_at) == (utc(2008, 3, 10, 3, 41, 31), utc(2008, 3, 10, 6, 42))
    assert (first.kind, first.tax_percent, first.completed) == ("Manual", Decimal("15.0"), True)
    assert (first.amount, first.amount_with_tax) == (usd("10"), usd("11.5"))
    assert (second.amount, second.amount_with_tax) == (Money(Decimal(20), "EUR"), Money(Decimal("22.5"), "EUR"))
    with pytest.raises(DataError):
        _ = first.amount + second.amount


def test_invoices_and_subscriptions():
    (invoice,) = bills.read_invoices(sample("invoices"), "EUR", CLOCK)
    assert (invoice.number, invoice.paid, invoice.paid_at) == (None, None, utc(2008, 3, 10, 6, 42))
    assert (invoice.period_start, invoice.period_end) == (utc(2008, 3, 10, 3, 41, 31), utc(2008, 3, 10, 6, 42))
    assert (invoice.price, invoice.price_with_tax) == (Money(Decimal(10), "EUR"), Money(Decimal("11.5"), "EUR"))
    first, second = bills.read_subscriptions(sample("subscriptions"), "EUR", CLOCK)
    assert first == second
    assert (first.name, first.price) == ("Some useful service", usd("10"))
    assert first.starts_at == first.ends_at == first.added_at == utc(2008, 3, 10, 6, 42)


def test_calls():
    page = reader().page(sample("calls"))
    assert (page.total, page.direction) == (144, "all")
    assert (page.period_start, page.period_end) == (utc(2008, 3, 10, 3, 41, 31), utc(2008, 3, 10, 6, 42))
    (call,) = page.calls
    assert call == Call(
        account="mor:1@mor.example",
        call_id=call.call_id,
        direction=None,
        status=Status.ANSWERED,
        started_at=utc(2008, 3, 10, 3, 45, 31),
        trunk="1",
        source=Party("12125550182", "+12125550182"),
        destination=Party("12125550182", "+12125550182"),
        talk=36,
        price=usd("0.049"),
        note="United States FIX USA 212 New York",
        derived=frozenset({"call_id"}),
    )
    assert call.raw["hangup_cause"] == "Answered"


def test_new_calls_name_no_price():
    page = reader().page(sample("new_calls"))
    assert (page.total, page.calls[0].price, page.calls[0].talk) == (2, None, 36)


def test_missed_calls_have_ids_and_rang_for_their_duration():
    own = OwnNumbers({"12125550182": "101"})
    (missed,) = reader(own).missed(sample("missed_calls"))
    assert missed.processed is False
    call = missed.call
    assert (call.call_id, call.direction, call.status) == ("855", Direction.INCOMING, Status.NO_ANSWER)
    assert (call.talk, call.wait, call.extension) == (0, 36, "101")
    assert call.derived == {"direction", "extension", "talk", "wait"}


def test_caller_ids():
    assert pages_wire.read_caller_ids(sample("clis"), CLOCK) == (
        CallerId("3", "5555555", "Desk", "IAX2/101", utc(2007, 4, 6, 10, 51, 7)),
    )
    assert pages_wire.read_cli_devices(sample("clis")) == {"1": "IAX2/101", "2": "FAX/102"}


def test_contacts():
    (contact,) = pages_wire.read_contacts(sample("phonebook"))
    assert (contact.name, contact.numbers) == ("Kirpykla", ("12015551234",))
    assert pages_wire.is_derived(contact.contact_id)
    entries = "".join(
        f"<entry{given}<entry_number>1</entry_number></entry>"
        for given in ("><entry_id>5</entry_id>", "><id>6</id>", ' id="7">', ">", "><entry_name>x</entry_name>")
    )
    found = pages_wire.read_contacts(read_xml(f"<page><entries>{entries}</entries></page>".encode(), label="MOR"))
    assert [one.contact_id for one in found[:3]] == ["5", "6", "7"]
    assert found[3].contact_id != found[4].contact_id


def test_entries_that_are_alike_are_told_apart():
    twice = "<page><entries>" + 2 * "<entry><entry_number>1</entry_number></entry>" + "</entries></page>"
    first, second = pages_wire.read_contacts(read_xml(twice.encode(), label="MOR"))
    assert first.contact_id != second.contact_id
    assert all(pages_wire.is_derived(one.contact_id) for one in (first, second))


def test_faxes():
    assert pages_wire.read_faxes(sample("faxes"), CLOCK) == (
        Fax(None, outgoing=False, status="Received", at=utc(2008, 3, 10, 3, 45, 31), device="FAX/102"),
    )


# What no example shows.

ROW = {
    "date": "2026-06-10 08:45:31",
    "called_from": "101",
    "called_to": "37060000001",
    "duration": "01:00:05",
    "hangup_cause": "Answered",
    "price": "0.5",
}
OWN = OwnNumbers.of(
    [Device("1", "SIP", None, "101", "desk-101"), Device("2", "IAX2", None, None, "102"), Device("3")],
    [CallerId("1", "37052000001", None, "SIP/desk-101"), CallerId("2", "37052000002"), CallerId("3")],
)


@pytest.mark.parametrize(
    ("source", "destination", "direction", "extension"),
    [
        ("101", "37060000001", Direction.OUTGOING, "101"),
        ("desk-101", "37060000001", Direction.OUTGOING, "101"),
        ("37052000001", "37060000001", Direction.OUTGOING, "101"),
        ("37052000002", "37060000001", Direction.OUTGOING, None),
        ("37060000001", "102", Direction.INCOMING, "102"),
        ("101", "102", Direction.INTERNAL, "101"),
        ("37060000001", "37060000002", None, None),
        (None, None, None, None),
    ],
)
def test_directions_by_the_accounts_own_numbers(source, destination, direction, extension):
    call = reader(OWN).call({**ROW, "called_from": source, "called_to": destination})
    assert (call.direction, call.extension) == (direction, extension)
    assert ("direction" in call.derived, "extension" in call.derived) == (direction is not None, extension is not None)


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        ("Answered", Status.ANSWERED),
        ("ANSWERED", Status.ANSWERED),
        ("No Answer", Status.NO_ANSWER),
        ("no_answer", Status.NO_ANSWER),
        ("Busy", Status.BUSY),
        ("Failed", Status.FAILED),
        ("Congestion", Status.CONGESTION),
        ("Atsiliepta", Status.UNKNOWN),
        (None, Status.UNKNOWN),
    ],
)
def test_hangup_causes(cause, status):
    call = reader().call({**ROW, "hangup_cause": cause})
    assert call.status is status
    # One hour and five seconds.
    expected = {Status.ANSWERED: (3605, None), Status.UNKNOWN: (None, None)}.get(status, (0, 3605))
    assert (call.talk, call.wait) == expected


def test_keys_are_made_of_what_identifies_a_row():
    key = reader().call(ROW).call_id
    for name, other in (("price", "0.6"), ("hangup_cause", "Atsiliepta"), ("destination", "Lithuania")):
        assert reader().call({**ROW, name: other}).call_id == key, name
    for name, other in (
        ("date", "2026-06-10 08:45:32"),
        ("called_from", "102"),
        ("called_to", None),
        ("duration", "01:00:06"),
    ):
        assert reader().call({**ROW, name: other}).call_id != key, name
    assert [one.call_id for one in reader().calls([ROW, ROW, ROW])] == [key, f"{key}-2", f"{key}-3"]


def test_times_follow_the_accounts_zone():
    # Lithuania: two hours ahead of UTC in winter, three in summer; on 2026-10-25 the hour from 3:00 happened twice.
    for text, moment in (
        ("2026-01-15 12:00:00", utc(2026, 1, 15, 10)),
        ("2026-07-15 12:00:00", utc(2026, 7, 15, 9)),
        ("2026-10-25 03:30:00", utc(2026, 10, 25, 0, 30)),
    ):
        assert reader().call({**ROW, "date": text}).started_at == moment


@pytest.mark.parametrize(
    ("name", "nonsense"),
    [
        ("date", None),
        ("date", "yesterday"),
        ("date", "0000-00-00 00:00:00"),
        ("date", 5),
        ("duration", "an hour"),
        ("duration", "00:61:00"),
        ("price", "cheap"),
        ("price", "1e9"),
        ("called_from", ["101"]),
        ("destination", {"a": "b"}),
    ],
)
def test_nonsense_names_its_field(name, nonsense):
    with pytest.raises(DataError) as caught:
        reader().call({**ROW, name: nonsense})
    assert caught.value.field == name


def test_pages_that_make_no_sense():
    for text, field in (
        ("<page><total_calls>1</total_calls></page>", "calls_stat"),
        ("<page><total_calls>-1</total_calls><calls_stat/></page>", "total_calls"),
        ("<page><total_calls>many</total_calls><calls_stat/></page>", "total_calls"),
        ("<page><calls_stat><period><period_start>x</period_start></period></calls_stat></page>", "period_start"),
    ):
        with pytest.raises(DataError) as caught:
            reader().page(read_xml(text.encode(), label="MOR"))
        assert caught.value.field == field
    empty = reader().page(read_xml(b"<page><calls_stat/></page>", label="MOR"))
    assert (empty.calls, empty.total, empty.direction, empty.period_start) == ((), None, None, None)
