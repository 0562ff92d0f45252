"""MOR's readers of pages, given those of the provider's document and of the manufacturer's pages of the API."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from at_once import at_once

from trunkline.calendars import WallClock
from trunkline.errors import DataError, NotFoundError, PermissionDeniedError
from trunkline.model import CallerId, Destination, Device, Money
from trunkline.providers.mor import billing, customer
from trunkline.providers.mor.api.devices import read_caller_ids
from trunkline.providers.mor.api.phonebook import free_speed_dial
from trunkline.providers.mor.api.user import read_balance
from trunkline.providers.mor.devices import numbers_of_devices, read_devices
from trunkline.providers.mor.plain_data import as_data, figures
from trunkline.providers.mor.xml_reader import read_xml
from trunkline.transport import Reply

CLOCK = WallClock(ZoneInfo("Europe/Vilnius"))


def xml(text):
    return read_xml(text.encode(), label="MOR")


def reply(text):
    return Reply(200, {"Content-Type": "text/html"}, text.encode(), "MOR")


def usd(text):
    return Money(Decimal(text), "USD")


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


# The document's pages. Lithuania's winter is two hours ahead of UTC, its summer three.


def test_the_main_pages_balance_has_its_currency():
    root = xml("""<page><userid>1</userid><stats><finances><account>Postpaid</account>
      <balance>100 USD</balance><credit>No Limit</credit></finances></stats></page>""")
    assert customer.read_main_balance(root, "EUR") == usd("100")
    assert customer.read_user_id(root) == "1"
    assert customer.read_main_balance(xml("<page/>"), "EUR") is None
    assert customer.read_user_id(xml("<page/>")) is None


@pytest.mark.parametrize("group", ["main_details", "main_detail"])
def test_details_of_both_spellings(group):
    root = xml(f"""<page><details><{group}><alias>101</alias><balance>100 USD</balance></{group}>
      <other_details><username>Andrey</username><personalid></personalid></other_details>
      <registration><reg_city>Tashkent</reg_city></registration></details></page>""")
    assert dict(customer.read_details(root).values) == {
        "alias": "101",
        "balance": "100 USD",
        "username": "Andrey",
        "personalid": None,
        "reg_city": "Tashkent",
    }


def test_details_without_groups_and_without_details():
    assert customer.read_details(xml("<page><details><alias>1</alias></details></page>")).values == {"alias": "1"}
    with pytest.raises(DataError, match="details"):
        customer.read_details(xml("<page/>"))


def test_the_documents_devices_with_their_broken_entities():
    root = xml("""<page><devices><device><acc>1</acc><description>Test device 1</description><type>IAX2</type>
      <extension>101</extension><username>101</username><password>101</password>
      <cid>& quot;101& quot; & lt;101& gt; </cid><last_time_registered>2007-04-06 13:51:07</last_time_registered>
      </device></devices></page>""")
    (device,) = read_devices(root, CLOCK)
    assert (device.device_id, device.kind, device.name, device.extension) == ("1", "IAX2", "Test device 1", "101")
    assert device.caller_id == '"101" <101>'
    assert device.registered_at == utc(2007, 4, 6, 10, 51, 7)
    assert read_devices(xml("<page/>"), CLOCK) == ()


def test_caller_ids_of_devices_lead_to_an_extension_unless_shared():
    def device(extension, shown):
        return Device("1", extension=extension, username=extension and f"u{extension}", caller_id=shown)

    main = '"Office" <37052000001>'
    devices = [device("101", '"x" <+37060000001>'), device("102", main), device("103", main), device(None, main)]
    assert numbers_of_devices(devices) == {
        "101": "101",
        "u101": "101",
        "37060000001": "101",
        "102": "102",
        "u102": "102",
        "37052000001": "",
        "103": "103",
        "u103": "103",
    }


def test_the_documents_rates_are_in_the_pages_currency():
    root = xml("""<page><currency>USD</currency><vat_percent>15</vat_percent><rates><rate>
      <ratename>Afghanistan</ratename><rateicon>afg.png</rateicon><ratetype>FIX</ratetype>
      <ratecost>0.02</ratecost><rate_vat_cost>0.03</rate_vat_cost></rate>
      <rate><ratename>Afghanistan</ratename><ratecost></ratecost></rate></rates></page>""")
    full, bare = billing.read_rates(root, "EUR")
    assert (full.name, full.kind, full.price, full.price_with_tax) == ("Afghanistan", "FIX", usd("0.02"), usd("0.03"))
    assert (bare.kind, bare.price, bare.price_with_tax) == (None, None, None)


def test_the_documents_destinations():
    root = xml("""<page><groupname>Australia</groupname><directions><direction>
      <details>Australia Canberra</details><prefix>61261</prefix><dir_code>FIX</dir_code></direction>
      <direction><prefix>61262</prefix></direction></directions></page>""")
    assert billing.read_destinations(root) == (
        Destination("Australia Canberra", "61261", "FIX", "Australia"),
        Destination("Australia", "61262", None, "Australia"),
    )


def test_the_documents_payments_each_in_its_currency():
    root = xml("""<page><payments><payment><payment_date>2008-03-10 05:41:31</payment_date>
      <confirmed_date>2008-03-10 08:42:00</confirmed_date><payment_type>Manual</payment_type><amount>10</amount>
      <vat>15.0</vat><amount_vat>11.5</amount_vat><currency>USD</currency><completed>Yes</completed></payment>
      <payment><amount>20</amount><currency>EUR</currency><completed>No</completed></payment></payments></page>""")
    first, second = billing.read_payments(root, "GBP", CLOCK)
    assert (first.paid_at, first.confirmed_at) == (utc(2008, 3, 10, 3, 41, 31), utc(2008, 3, 10, 6, 42))
    assert (first.amount, first.amount_with_tax, first.tax_percent) == (usd("10"), usd("11.5"), Decimal("15.0"))
    assert (first.kind, first.completed) == ("Manual", True)
    assert (second.amount, second.completed, second.paid_at) == (Money(Decimal(20), "EUR"), False, None)


def test_the_documents_invoices_may_be_unpaid_or_silent_about_it():
    root = xml("""<page><invoices><invoice><user>user</user><inv_number></inv_number>
      <period_start>2008-03-10 05:41:31</period_start><period_end>2008-03-10 08:42:00</period_end>
      <issue_date>2008-03-10 08:42:00</issue_date><paid></paid><paid_date>0000-00-00 00:00:00</paid_date>
      <price>10</price><vat>15.0</vat><price_vat>11.5</price_vat></invoice>
      <invoice><inv_number>7</inv_number><paid>0</paid></invoice></invoices></page>""")
    first, second = billing.read_invoices(root, "USD", CLOCK)
    assert (first.number, first.paid, first.paid_at) == (None, None, None)
    assert (first.price, first.price_with_tax, first.issued_at) == (usd("10"), usd("11.5"), utc(2008, 3, 10, 6, 42))
    assert (second.number, second.paid) == ("7", False)


def test_invoices_with_capitals_are_the_sum_of_their_products():
    root = xml("""<page><Invoices from="2008-03-10" till="2008-04-10"><Invoice user_id="2" number="A1">
      <Product><Name>Calls</Name><Quantity>3</Quantity><Price>2</Price><Sum>6.5</Sum><Issue_date>2008-04-01</Issue_date>
      </Product><Product><Quantity>1</Quantity><Price>1.25</Price></Product></Invoice>
      <Invoice number=""><Product><Quantity>3</Quantity><Price>2</Price></Product></Invoice>
      <Invoice number="A3"><paid>true</paid></Invoice></Invoices></page>""")
    summed, unknown, empty = billing.read_invoice_list(root, "EUR", CLOCK)
    # 6.5 for the first product, and one at 1.25.
    assert (summed.number, summed.price) == ("A1", Money(Decimal("7.75"), "EUR"))
    assert summed.issued_at == utc(2008, 3, 31, 21)
    # Whether the price of three is that of one isn't said.
    assert (unknown.number, unknown.price) == (None, None)
    assert (empty.paid, empty.price) == (True, None)
    assert billing.read_invoice_list(xml("<page/>"), "EUR", CLOCK) == ()


@pytest.mark.parametrize("spelling", ["acivation", "activation"])
def test_subscriptions_of_both_spellings(spelling):
    root = xml(f"""<page><subscriptions><subscription><service>Some useful service</service>
      <date_added>2008-03-10 08:42:00</date_added><{spelling}_start>2008-03-10 08:42:00</{spelling}_start>
      <{spelling}_end>2008-03-10 08:42:00</{spelling}_end><price>10 USD</price></subscription></subscriptions></page>""")
    (subscription,) = billing.read_subscriptions(root, "EUR", CLOCK)
    moment = utc(2008, 3, 10, 6, 42)
    assert (subscription.added_at, subscription.starts_at, subscription.ends_at, subscription.price) == (
        moment,
        moment,
        moment,
        usd("10"),
    )


# Pages of the API.


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<page><balance>60.0000</balance><currency>USD</currency></page>", usd("60.0000")),
        ("<page><balance>60.0000</balance></page>", Money(Decimal("60.0000"), "EUR")),
        ("<balance>-1.5</balance>", Money(Decimal("-1.5"), "EUR")),
        ("-349282.18", Money(Decimal("-349282.18"), "EUR")),
    ],
)
def test_balances_of_all_versions(body, expected):
    assert at_once(read_balance(reply(body), "EUR")) == expected


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("User not found", NotFoundError),
        ("Feature disabled", PermissionDeniedError),
        ("<page><error>Feature disabled</error></page>", PermissionDeniedError),
        ("<page><balance/></page>", DataError),
        ("", DataError),
        ("x" * 300, DataError),
    ],
)
def test_a_reply_without_a_balance_is_an_error(body, error):
    with pytest.raises(error):
        at_once(read_balance(reply(body), "EUR"))


@pytest.mark.parametrize("wrapped", [True, False])
def test_clis_in_one_status_or_one_each(wrapped):
    rows = [
        (
            "<cli_id>3</cli_id><cli_cli>45456464</cli_cli><cli_device>IAX2/ipauth</cli_device>"
            "<cli_description>Test Reseller</cli_description><cli_added_at>2015-08-31 12:40:23 +0300</cli_added_at>"
        ),
        "<cli_id>4</cli_id><cli_cli>45456465</cli_cli>",
    ]
    inside = "".join(f"<cli>{row}</cli>" if wrapped else row for row in rows)
    assert read_caller_ids(xml(f"<page><status>{inside}</status></page>"), CLOCK) == (
        CallerId("3", "45456464", "Test Reseller", "IAX2/ipauth", utc(2015, 8, 31, 9, 40, 23)),
        CallerId("4", "45456465"),
    )


def test_the_next_free_speed_dial_has_two_digits_or_more():
    def book(*taken):
        return xml(
            f"<page><phonebooks>{''.join(f'<phonebook><id>1</id><speeddial>{number}</speeddial></phonebook>' for number in taken)}</phonebooks></page>"
        )

    assert free_speed_dial(None) == "10"
    assert free_speed_dial(book(10, 11, 13)) == "12"
    assert free_speed_dial(book(*range(10, 100))) == "100"


def test_plain_data_of_any_page():
    root = xml('<page><a n="1">x</a><b>1</b><b>2</b><b>3</b><c><d/></c></page>')
    assert as_data(root) == {"a": {"@n": "1"}, "b": ["1", "2", "3"], "c": {"d": None}}
    numbers = xml("<q><calls>5</calls><cost>-0.5</cost><name>x</name><none/></q>")
    assert figures(numbers) == {"calls": 5, "cost": Decimal("-0.5"), "name": "x", "none": None}
