"""MOR's web page readers, given the examples of the provider's document; numbers and names in them are invented."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from at_once import at_once

from trunkline.calendars import WallClock
from trunkline.errors import DataError, RequestError
from trunkline.model import Call, CallerId, Device, Direction, Fax, Money, Party, Status
from trunkline.providers.mor import billing
from trunkline.providers.mor.call_rows import WEB, WEB_MISSED, CallReader
from trunkline.providers.mor.customer import read_details
from trunkline.providers.mor.devices import read_devices
from trunkline.providers.mor.web.calls import read_call_list, read_missed_calls
from trunkline.providers.mor.web.confirmations import check_confirmation
from trunkline.providers.mor.web.details import EDITABLE
from trunkline.providers.mor.web.devices import read_caller_id_devices, read_caller_ids
from trunkline.providers.mor.web.faxes import read_faxes
from trunkline.providers.mor.web.main_page import CallCount, LoginForm, MainPage, read_login_form, read_main_page
from trunkline.providers.mor.web.phonebook import is_derived, read_contacts
from trunkline.providers.mor.xml_reader import read_xml

SAMPLES = Path(__file__).parent / "data" / "mor"
VILNIUS = ZoneInfo("Europe/Vilnius")
CLOCK = WallClock(VILNIUS)


def sample(name):
    return read_xml((SAMPLES / f"{name}.xml").read_bytes(), label="MOR")


def reader(columns=WEB, own_numbers=None):
    return CallReader(
        columns, account="mor:1@mor.example", zone=VILNIUS, currency="EUR", trunk="1", own_numbers=own_numbers or {}
    )


def calls_of(root):
    return at_once(read_call_list(root, reader(), CLOCK))


def usd(text):
    return Money(Decimal(text), "USD")


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_login_form():
    form = read_login_form(sample("login_form"))
    assert form == LoginForm(language="en", languages=("en", "ru"), message=None)


@pytest.mark.parametrize("name", ["login", "details", "cli", "entry", "deleted", "callback"])
def test_replies_to_changes(name):
    messages = {
        "login": "Succesfully logged in",
        "details": "Personal details changed",
        "cli": "CLI created",
        "entry": "Record added",
        "deleted": "Record deleted",
        "callback": "Callback activated",
    }
    assert check_confirmation(sample(f"{name}_ok"), "MOR") == messages[name]
    with pytest.raises(RequestError, match=r"MOR refused the request \(\w"):
        check_confirmation(sample(f"{name}_failed"), "MOR")


def test_replies_of_newer_servers_to_changes():
    for text, message in (
        ("<page><status><success>CLI created</success></status></page>", "CLI created"),
        ("<status><success>Record deleted</success></status>", "Record deleted"),
        ("<Status>Ok</Status>", "Ok"),
    ):
        assert check_confirmation(read_xml(text.encode(), label="MOR"), "MOR") == message
    with pytest.raises(RequestError, match="Bad device"):
        check_confirmation(read_xml(b"<Status>Bad device</Status>", label="MOR"), "MOR")
    for text in ("<Status/>", "<status><other/></status>", "<action><status>perhaps</status></action>"):
        with pytest.raises(DataError):
            check_confirmation(read_xml(text.encode(), label="MOR"), "MOR")


def test_main_page():
    main = read_main_page(sample("main"), "EUR")
    assert main == MainPage(
        user_id="1",
        username="Very Important User",
        missed_today=2,
        missed_total=8,
        # 20 min 35 s, and 1 min 35 s.
        calls=(CallCount("Month", 5, 1235), CallCount("Day", 1, 95)),
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
    main = read_main_page(root, "EUR")
    assert (main.balance, main.credit_limit, main.unlimited) == (usd("-3.5"), limit, unlimited)


def test_details():
    values = read_details(sample("details")).values
    assert len(values) == 4 + 8 + 10
    assert (values["alias"], values["balance"], values["credit"]) == ("101", "100 USD", "No Limit")
    assert (values["username"], values["personalid"], values["vat_percent"]) == ("Vardenis", None, "18.0")
    assert (values["reg_city"], values["reg_email"]) == ("Tashkent", "admin@example.com")
    assert set(EDITABLE) < set(values)
    assert len(EDITABLE) == 17


def test_devices():
    # 13:51:07 in Lithuania's summer, three hours ahead of UTC.
    registered = utc(2007, 4, 6, 10, 51, 7)
    assert read_devices(sample("devices"), CLOCK) == (
        Device("1", "IAX2", "Test device 1", "101", "101", '"101" <101>', registered),
        Device("2", "FAX", "Test FAX device", "102", "102", '"102" <102>', registered),
    )


def test_rates_and_destinations():
    rates = billing.read_rates(sample("rates"), "EUR")
    assert [(rate.name, rate.kind, rate.price, rate.price_with_tax) for rate in rates] == [
        ("Afghanistan", "FIX", usd("0.02"), usd("0.03")),
        ("Afghanistan", "MOB", usd("0.04"), usd("0.05")),
    ]
    found = billing.read_destinations(sample("destinations"))
    assert [(destination.name, destination.prefix, destination.kind, destination.group) for destination in found] == [
        ("Australia Canberra", "61261", "FIX", "Australia"),
        ("Australia Canberra", "61262", "FIX", "Australia"),
    ]


def test_payments_in_two_currencies_stay_apart():
    first, second = billing.read_payments(sample("payments"), "LTL", CLOCK)
    assert (first.paid_at, first.confirmed_at) == (utc(2008, 3, 10, 3, 41, 31), utc(2008, 3, 10, 6, 42))
    assert (first.kind, first.tax_percent, first.completed) == ("Manual", Decimal("15.0"), True)
    assert (first.amount, first.amount_with_tax) == (usd("10"), usd("11.5"))
    assert (second.amount, second.amount_with_tax) == (Money(Decimal(20), "EUR"), Money(Decimal("22.5"), "EUR"))
    with pytest.raises(DataError):
        _ = first.amount + second.amount


def test_invoices_and_subscriptions():
    (invoice,) = billing.read_invoices(sample("invoices"), "EUR", CLOCK)
    assert (invoice.number, invoice.paid, invoice.paid_at) == (None, None, utc(2008, 3, 10, 6, 42))
    assert (invoice.period_start, invoice.period_end) == (utc(2008, 3, 10, 3, 41, 31), utc(2008, 3, 10, 6, 42))
    assert (invoice.price, invoice.price_with_tax) == (Money(Decimal(10), "EUR"), Money(Decimal("11.5"), "EUR"))
    first, second = billing.read_subscriptions(sample("subscriptions"), "EUR", CLOCK)
    assert first == second
    assert (first.name, first.price) == ("Some useful service", usd("10"))
    assert first.starts_at == first.ends_at == first.added_at == utc(2008, 3, 10, 6, 42)


def test_calls():
    page = calls_of(sample("calls"))
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


def test_new_calls_have_no_price():
    page = calls_of(sample("new_calls"))
    assert (page.total, page.calls[0].price, page.calls[0].talk) == (2, None, 36)


def test_missed_calls_have_ids_and_rang_for_their_duration():
    (missed,) = read_missed_calls(sample("missed_calls"), reader(WEB_MISSED, {"12125550182": "101"}))
    assert missed.processed is False
    call = missed.call
    assert (call.call_id, call.direction, call.status) == ("855", Direction.INCOMING, Status.NO_ANSWER)
    assert (call.talk, call.wait, call.extension) == (0, 36, "101")
    assert call.derived == {"direction", "extension", "talk", "wait"}


def test_caller_ids():
    assert read_caller_ids(sample("clis"), CLOCK) == (
        CallerId("3", "5555555", "Desk", "IAX2/101", utc(2007, 4, 6, 10, 51, 7)),
    )
    assert read_caller_id_devices(sample("clis")) == {"1": "IAX2/101", "2": "FAX/102"}


def test_contacts():
    (contact,) = read_contacts(sample("phonebook"))
    assert (contact.name, contact.numbers) == ("Kirpykla", ("12015551234",))
    assert is_derived(contact.contact_id)
    entries = "".join(
        f"<entry{given}<entry_number>1</entry_number></entry>"
        for given in ("><entry_id>5</entry_id>", "><id>6</id>", ' id="7">', ">", "><entry_name>x</entry_name>")
    )
    found = read_contacts(read_xml(f"<page><entries>{entries}</entries></page>".encode(), label="MOR"))
    assert [contact.contact_id for contact in found[:3]] == ["5", "6", "7"]
    assert found[3].contact_id != found[4].contact_id


def test_equal_entries_have_different_ids():
    twice = "<page><entries>" + 2 * "<entry><entry_number>1</entry_number></entry>" + "</entries></page>"
    first, second = read_contacts(read_xml(twice.encode(), label="MOR"))
    assert first.contact_id != second.contact_id
    assert all(is_derived(contact.contact_id) for contact in (first, second))


def test_faxes():
    assert read_faxes(sample("faxes"), CLOCK) == (
        Fax(None, outgoing=False, status="Received", at=utc(2008, 3, 10, 3, 45, 31), device="FAX/102"),
    )


def test_pages_without_required_fields_are_data_errors():
    for text, field in (
        ("<page><total_calls>1</total_calls></page>", "calls_stat"),
        ("<page><total_calls>-1</total_calls><calls_stat/></page>", "total_calls"),
        ("<page><total_calls>many</total_calls><calls_stat/></page>", "total_calls"),
        ("<page><calls_stat><period><period_start>x</period_start></period></calls_stat></page>", "period_start"),
    ):
        with pytest.raises(DataError) as caught:
            calls_of(read_xml(text.encode(), label="MOR"))
        assert caught.value.field == field
    empty = calls_of(read_xml(b"<page><calls_stat/></page>", label="MOR"))
    assert (empty.calls, empty.total, empty.direction, empty.period_start) == ((), None, None, None)
