"""MOR's readers, given the pages of the document and of the manufacturer."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from trunkline.calendars import WallClock
from trunkline.errors import (
    AuthenticationError,
    DataError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
)
from trunkline.model import CallerId, Destination, Device, Direction, Money, Status
from trunkline.providers.mor import (
    billing as bills,
)
from trunkline.providers.mor import (
    customer,
    data,
    texts,
)
from trunkline.providers.mor.api import pages as api_pages
from trunkline.providers.mor.api.calls import CallRows
from trunkline.providers.mor.api.refusals import refusal
from trunkline.providers.mor.api.wire import raise_refusal, read_root, refused
from trunkline.providers.mor.keys import MadeKeys
from trunkline.providers.mor.markup import read_xml
from trunkline.transport import Reply

VILNIUS = ZoneInfo("Europe/Vilnius")
CLOCK = WallClock(VILNIUS)


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
    assert customer.read_finances(root, "EUR") == usd("100")
    assert customer.read_user_id(root) == "1"
    assert customer.read_finances(xml("<page/>"), "EUR") is None
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
    (device,) = customer.read_devices(root, CLOCK)
    assert (device.device_id, device.kind, device.name, device.extension) == ("1", "IAX2", "Test device 1", "101")
    assert device.caller_id == '"101" <101>'
    assert device.registered_at == utc(2007, 4, 6, 10, 51, 7)
    assert customer.read_devices(xml("<page/>"), CLOCK) == ()


def test_numbers_that_devices_show_are_own_and_lead_to_an_extension_unless_shared():
    def device(extension, shown):
        return Device("1", extension=extension, username=extension and f"u{extension}", caller_id=shown)

    main = '"Office" <37052000001>'
    devices = [device("101", '"x" <+37060000001>'), device("102", main), device("103", main), device(None, main)]
    assert customer.own_numbers(devices) == {
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
    full, bare = bills.read_rates(root, "EUR")
    assert (full.name, full.kind, full.price, full.price_with_tax) == ("Afghanistan", "FIX", usd("0.02"), usd("0.03"))
    assert (bare.kind, bare.price, bare.price_with_tax) == (None, None, None)


def test_the_documents_destinations():
    root = xml("""<page><groupname>Australia</groupname><directions><direction>
      <details>Australia Canberra</details><prefix>61261</prefix><dir_code>FIX</dir_code></direction>
      <direction><prefix>61262</prefix></direction></directions></page>""")
    assert bills.read_destinations(root) == (
        Destination("Australia Canberra", "61261", "FIX", "Australia"),
        Destination("Australia", "61262", None, "Australia"),
    )


def test_the_documents_payments_each_in_its_currency():
    root = xml("""<page><payments><payment><payment_date>2008-03-10 05:41:31</payment_date>
      <confirmed_date>2008-03-10 08:42:00</confirmed_date><payment_type>Manual</payment_type><amount>10</amount>
      <vat>15.0</vat><amount_vat>11.5</amount_vat><currency>USD</currency><completed>Yes</completed></payment>
      <payment><amount>20</amount><currency>EUR</currency><completed>No</completed></payment></payments></page>""")
    first, second = bills.read_payments(root, "GBP", CLOCK)
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
    first, second = bills.read_invoices(root, "USD", CLOCK)
    assert (first.number, first.paid, first.paid_at) == (None, None, None)
    assert (first.price, first.price_with_tax, first.issued_at) == (usd("10"), usd("11.5"), utc(2008, 3, 10, 6, 42))
    assert (second.number, second.paid) == ("7", False)


def test_invoices_with_capitals_are_the_sum_of_their_products():
    root = xml("""<page><Invoices from="2008-03-10" till="2008-04-10"><Invoice user_id="2" number="A1">
      <Product><Name>Calls</Name><Quantity>3</Quantity><Price>2</Price><Sum>6.5</Sum><Issue_date>2008-04-01</Issue_date>
      </Product><Product><Quantity>1</Quantity><Price>1.25</Price></Product></Invoice>
      <Invoice number=""><Product><Quantity>3</Quantity><Price>2</Price></Product></Invoice>
      <Invoice number="A3"><paid>true</paid></Invoice></Invoices></page>""")
    summed, unknown, empty = bills.read_invoice_list(root, "EUR", CLOCK)
    # 6.5 for the first product, and one at 1.25.
    assert (summed.number, summed.price) == ("A1", Money(Decimal("7.75"), "EUR"))
    assert summed.issued_at == utc(2008, 3, 31, 21)
    # Whether the price of three is that of one isn't said.
    assert (unknown.number, unknown.price) == (None, None)
    assert (empty.paid, empty.price) == (True, None)
    assert bills.read_invoice_list(xml("<page/>"), "EUR", CLOCK) == ()


@pytest.mark.parametrize("spelling", ["acivation", "activation"])
def test_subscriptions_of_both_spellings(spelling):
    root = xml(f"""<page><subscriptions><subscription><service>Some useful service</service>
      <date_added>2008-03-10 08:42:00</date_added><{spelling}_start>2008-03-10 08:42:00</{spelling}_start>
      <{spelling}_end>2008-03-10 08:42:00</{spelling}_end><price>10 USD</price></subscription></subscriptions></page>""")
    (one,) = bills.read_subscriptions(root, "EUR", CLOCK)
    moment = utc(2008, 3, 10, 6, 42)
    assert (one.added_at, one.starts_at, one.ends_at, one.price) == (moment, moment, moment, usd("10"))


# Texts.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60.0000", Money(Decimal("60.0000"), "EUR")),
        ("100 USD", usd("100")),
        ("-5.", Money(Decimal(-5), "EUR")),
        ("", None),
    ],
)
def test_money_with_and_without_its_currency(text, expected):
    assert texts.money(text, "EUR", "balance") == expected


@pytest.mark.parametrize("text", ["No Limit", "1,5", "NaN", "1 USDX", "1e5", True])
def test_what_is_no_money_is_a_data_error(text):
    with pytest.raises(DataError, match="balance"):
        texts.money(text, "EUR", "balance")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:20:35", 1235),
        ("100:00:01", 360_001),
        ("36", 36),
        ("36.0", 36),
        ("35.6", 36),
        (36, 36),
        (None, None),
        ("", None),
    ],
)
def test_durations(text, seconds):
    assert texts.duration(text, "duration") == seconds


@pytest.mark.parametrize("text", ["00:61:00", "-1", "soon", 10**12, -3, [1]])
def test_what_is_no_duration_is_a_data_error(text):
    with pytest.raises(DataError, match="duration"):
        texts.duration(text, "duration")


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("2026-07-01 12:00:00", None, utc(2026, 7, 1, 9)),
        ("2026-01-01 12:00:00", None, utc(2026, 1, 1, 10)),
        # The hour that happens twice: the zone beside it tells which it was.
        ("2026-10-25 03:30:00", "GMT +03:00", utc(2026, 10, 25, 0, 30)),
        ("2026-10-25 03:30:00", "GMT +02:00", utc(2026, 10, 25, 1, 30)),
        ("2026-01-01 12:00:00", "GMT", utc(2026, 1, 1, 12)),
        ("2026-01-01 12:00:00", "-5", utc(2026, 1, 1, 17)),
        ("2015-08-31 12:40:23 +0300", None, utc(2015, 8, 31, 9, 40, 23)),
        ("2015-08-31 12:40:23 -03:30", None, utc(2015, 8, 31, 16, 10, 23)),
        ("2015-08-31", None, utc(2015, 8, 30, 21)),
        ("0000-00-00 00:00:00", None, None),
        ("", None, None),
    ],
)
def test_times(text, offset, expected):
    assert texts.time(text, CLOCK, "date", offset=offset) == expected


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("yesterday", None),
        (5, None),
        ("2026-13-01", "GMT +02:00"),
        ("2026-01-01", "GMT +15:00"),
        ("2026-01-01", "Vilnius"),
        ("2026-01-01", "+02:75"),
        ("2026-01-01", 2),
        ("0001-01-01 00:00:00", "+14"),
    ],
)
def test_what_is_no_time_is_a_data_error(text, offset):
    with pytest.raises(DataError, match="date"):
        texts.time(text, CLOCK, "date", offset=offset)


def test_yes_and_percentages():
    assert [texts.yes(text, "paid") for text in ("Yes", "1", "no", "0", None)] == [True, True, False, False, None]
    # Pages are written in the user's language, and nobody knows all of its words.
    assert texts.yes("Taip", "paid") is None
    with pytest.raises(DataError, match="paid"):
        texts.yes(1, "paid")
    assert texts.percent("18.0", "vat") == Decimal("18.0")
    assert texts.percent(None, "vat") is None
    with pytest.raises(DataError, match="vat"):
        texts.percent("much", "vat")


@pytest.mark.parametrize(
    ("number", "full"),
    [
        ("989120000201", "+989120000201"),
        ("12129989282", "+12129989282"),
        ("+37060000001", "+37060000001"),
        ("0037060000001", "+37060000001"),
        ("1510", None),
        ("", None),
        (None, None),
        ("*97", None),
    ],
)
def test_numbers_are_international_without_a_plus(number, full):
    assert texts.full_number(number) == full


def test_a_currency_that_is_said_is_never_taken_for_the_accounts():
    assert [texts.currency(text, "EUR") for text in ("USD", "usd", None, "")] == ["USD", "USD", "EUR", "EUR"]
    for text in ("US", "Lt.", "dollars", 840):
        with pytest.raises(DataError, match="currency"):
            texts.currency(text, "EUR")


# Pages of the production interface.


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
    assert api_pages.read_balance(reply(body), "EUR") == expected


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
def test_a_balance_that_is_none(body, error):
    with pytest.raises(error):
        api_pages.read_balance(reply(body), "EUR")


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
    assert api_pages.read_caller_ids(xml(f"<page><status>{inside}</status></page>"), CLOCK) == (
        CallerId("3", "45456464", "Test Reseller", "IAX2/ipauth", utc(2015, 8, 31, 9, 40, 23)),
        CallerId("4", "45456465"),
    )


def test_the_next_free_speed_dial_has_two_digits_or_more():
    def book(*taken):
        return xml(
            f"<page><phonebooks>{''.join(f'<phonebook><id>1</id><speeddial>{one}</speeddial></phonebook>' for one in taken)}</phonebooks></page>"
        )

    assert api_pages.free_speed_dial(None) == "10"
    assert api_pages.free_speed_dial(book(10, 11, 13)) == "12"
    assert api_pages.free_speed_dial(book(*range(10, 100))) == "100"


def test_plain_data_of_any_page():
    root = xml('<page><a n="1">x</a><b>1</b><b>2</b><b>3</b><c><d/></c></page>')
    assert data.as_data(root) == {"a": {"@n": "1"}, "b": ["1", "2", "3"], "c": {"d": None}}
    numbers = xml("<q><calls>5</calls><cost>-0.5</cost><name>x</name><none/></q>")
    assert data.figures(numbers) == {"calls": 5, "cost": Decimal("-0.5"), "name": "x", "none": None}


# Refusals.


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Incorrect hash", AuthenticationError),
        ("API must have Secret Key", AuthenticationError),
        ("Bad login", AuthenticationError),
        ("Login failed", AuthenticationError),
        ("Not authenticated", AuthenticationError),
        ("API Requests are disabled", PermissionDeniedError),
        ("GET Requests are disabled", PermissionDeniedError),
        ("Feature disabled", PermissionDeniedError),
        ("Feature Disabled", PermissionDeniedError),
        ("Access Denied", PermissionDeniedError),
        ("You are not authorized to view this page", PermissionDeniedError),
        ("You are not authorised to use this functionality", PermissionDeniedError),
        ("Dont be so smart", PermissionDeniedError),
        ("User was not found", NotFoundError),
        ("User not found", NotFoundError),
        ("Device not found", NotFoundError),
        ("Phonebook was not found", NotFoundError),
        ("PIN was not found", NotFoundError),
        ("Cannot connect to asterisk server", ProviderError),
        ("Server was not found", ProviderError),
        ("No tariff", ProviderError),
        ("Bad tariff", RequestError),
        ("Bad device", RequestError),
        ("No source", RequestError),
        ("Speed dial must be unique", RequestError),
    ],
)
def test_every_refusal_is_its_exception(text, error):
    found = refusal(text, "MOR")
    assert type(found) is error
    assert str(found).startswith("MOR")


def test_a_refusal_may_say_how_long_to_wait_and_more():
    waiting = refusal("Please wait 10 seconds before trying to login again", "MOR")
    assert isinstance(waiting, RateLimitedError)
    assert waiting.retry_after == 10
    assert "Name must be provided" in str(refusal("Phonebook was not saved", "MOR", "Name must be provided"))
    assert "37060000001" not in str(refusal("Number 37060000001 is bad", "MOR"))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<status><error>Incorrect hash</error></status>", ("Incorrect hash", "")),
        ("<page><status><error>Incorrect hash</error></status></page>", ("Incorrect hash", "")),
        ("<error>User was not found</error>", ("User was not found", "")),
        ("<page><error>No Phonebooks</error></page>", ("No Phonebooks", "")),
        (
            "<page><error>Phonebook was not saved</error><message>Why</message></page>",
            ("Phonebook was not saved", "Why"),
        ),
        ("<Status>Bad device</Status>", ("Bad device", "")),
        ("<Status/>", ("", "")),
        ("<action><name>login</name><status>failed</status><status_message>No</status_message></action>", ("No", "")),
        ("<action><name>logout</name><status>failed</status></action>", ("logout failed", "")),
        ("<page><pagename>Calls</pagename><error_msg>Something</error_msg></page>", ("Something", "")),
        ("<Status>Ok</Status>", None),
        ("<action><status>ok</status></action>", None),
        ("<page><status>Phonebook saved</status></page>", None),
        ("<status><success>Gone</success></status>", None),
    ],
)
def test_every_shape_of_a_refusal_is_seen(body, said):
    assert refused(xml(body)) == said


def test_the_empty_page_of_an_unknown_user_and_the_login_form():
    body = "<page><pagename>{}</pagename><language>en</language><error_msg/><aval_languages/></page>"
    with pytest.raises(AuthenticationError, match="doesn't know the user"):
        raise_refusal(xml(body.format("Call State")), "MOR")
    raise_refusal(xml(body.format("Login page")), "MOR")


@pytest.mark.parametrize("body", ["", "OK", "<html><body>Hello</body></html>", "<page>", "<!DOCTYPE page><page/>"])
def test_what_is_no_page_is_a_data_error(body):
    with pytest.raises(DataError):
        read_root(reply(body))


# Calls.

ROWS = CallRows(
    account="mor:a", zone=VILNIUS, currency="EUR", trunk="2", own={"101": "101", "102": "102", "37052000009": ""}
)
DATE = {"calldate2": "2008-03-10 05:45:31"}


def test_a_row_of_an_administrator():
    call = ROWS.call(
        {
            **DATE,
            "billsec": "36",
            "timezone": "GMT +02:00",
            "clid": '"Jonas Pavyzdys" <101>',
            "did": None,
            "disposition": "ANSWERED",
            "dst": "12129989282",
            "duration": "40",
            "id": "855",
            "src": "101",
            "user_price": "0.049",
            "uniqueid": "1205120731.855",
        },
        currency="USD",
    )
    assert (call.call_id, call.status, call.direction) == ("855", Status.ANSWERED, Direction.OUTGOING)
    assert (call.started_at, call.ended_at) == (utc(2008, 3, 10, 3, 45, 31), utc(2008, 3, 10, 3, 46, 11))
    assert (call.talk, call.wait, call.price) == (36, 4, usd("0.049"))
    assert (call.source.number, call.source.name, call.source.e164) == ("101", "Jonas Pavyzdys", None)
    assert (call.destination.e164, call.extension, call.trunk) == ("+12129989282", "101", "2")
    assert call.derived == {"direction", "extension", "wait", "ended_at"}
    assert call.raw["uniqueid"] == "1205120731.855"


def test_the_documents_row_has_talk_and_no_wait():
    call = ROWS.call(
        {
            "date": "2008-03-10 05:45:31",
            "called_from": "12129989282",
            "called_to": "101",
            "duration": "00:00:36",
            "hangup_cause": "Answered",
            "price": "0.049",
        }
    )
    assert (call.talk, call.wait, call.ended_at, call.status) == (36, None, None, Status.ANSWERED)
    assert (call.direction, call.extension, call.price) == (Direction.INCOMING, "101", Money(Decimal("0.049"), "EUR"))


@pytest.mark.parametrize(
    ("cause", "talk", "wait", "derived"),
    [("No Answer", 0, 36, {"talk", "wait"}), ("Answered", 36, None, set()), ("Atsiliepta", None, None, set())],
)
def test_the_one_duration_of_a_pages_row_is_talk_only_where_somebody_answered(cause, talk, wait, derived):
    # The document's missed call has a duration of 36 s and the cause "No Answer".
    row = {"date": "2008-03-10 05:45:31", "called_from": "12129989282", "duration": "00:00:36", "hangup_cause": cause}
    call = ROWS.call(row)
    assert (call.talk, call.wait, call.ended_at) == (talk, wait, None)
    assert call.derived == {"call_id", *derived}


@pytest.mark.parametrize(
    ("row", "direction"),
    [
        ({"src": "101", "dst": "102"}, Direction.INTERNAL),
        ({"src": "101", "dst": "12129989282"}, Direction.OUTGOING),
        ({"src": "12129989282", "dst": "101"}, Direction.INCOMING),
        ({"src": "12129989282", "dst": "37052000001", "did": "37052000001"}, Direction.INCOMING),
        ({"src": "12129989282", "dst": "37052000001", "did": None}, Direction.OUTGOING),
        ({"src": "12129989282", "dst": "37052000001"}, None),
        ({"src": "12129989282", "dst": "999", "did": ""}, None),
        ({"src": "37052000009", "dst": "12129989282"}, Direction.OUTGOING),
        ({"direction": "in"}, Direction.INCOMING),
        ({}, None),
    ],
)
def test_which_way_a_call_went(row, direction):
    call = ROWS.call({**DATE, **row})
    assert call.direction is direction
    assert ("direction" in call.derived) == (direction is not None and "direction" not in row)


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"disposition": "NO ANSWER"}, Status.NO_ANSWER),
        ({"disposition": "no_answer"}, Status.NO_ANSWER),
        ({"dispod": "BUSY (17)"}, Status.BUSY),
        ({"disposition": "FAILED"}, Status.FAILED),
        ({"disposition": "FAILED", "hangupcause": "34"}, Status.CONGESTION),
        ({"disposition": "FAILED", "hangupcause": 42}, Status.CONGESTION),
        ({"disposition": "PARKED"}, Status.UNKNOWN),
        ({"disposition": 5}, Status.UNKNOWN),
        ({}, Status.UNKNOWN),
    ],
)
def test_how_a_call_ended(row, status):
    assert ROWS.call({**DATE, **row}).status is status


@pytest.mark.parametrize(
    ("clid", "name"),
    [
        ('"Jonas" <12129989282>', "Jonas"),
        ("Jonas <12129989282>", "Jonas"),
        ('"12129989282" <12129989282>', None),
        ("12129989282", None),
        ("<12129989282>", None),
        ("", None),
        ('"Ona" <anonymous>', "Ona"),
        ("UAB „Gervė“ <Vilnius>", "UAB „Gervė“ <Vilnius>"),
    ],
)
def test_the_name_of_a_caller(clid, name):
    assert ROWS.call({**DATE, "src": "12129989282", "clid": clid}).source.name == name


def test_a_webhooks_row_may_have_unix_time_and_a_number_as_destination():
    call = ROWS.call({"calltime": "1205120731", "destination": "12129989282", "direction": "outgoing"})
    assert call.started_at == utc(2008, 3, 10, 3, 45, 31)
    assert (call.destination.number, call.direction, call.derived) == ("12129989282", Direction.OUTGOING, {"call_id"})
    assert ROWS.call({**DATE, "destination": "United States"}).destination.number is None


@pytest.mark.parametrize("row", [{}, {"calldate2": None}, {"calldate2": "0000-00-00 00:00:00"}, {"calldate2": "soon"}])
def test_a_row_without_a_time_is_a_data_error(row):
    with pytest.raises(DataError, match="calldate2"):
        ROWS.call(row)


# Keys.


def test_rows_of_one_channel_that_tried_two_providers_are_two_calls():
    row = {**DATE, "src": "101", "dst": "12129989282", "uniqueid": "1205120731.855"}
    failed, answered, other = ROWS.calls(
        [{**row, "disposition": "FAILED"}, {**row, "disposition": "ANSWERED"}, {**row, "dst": "1"}]
    )
    assert answered.call_id == f"{failed.call_id}-2"
    assert other.call_id != failed.call_id
    assert [one.call_id for one in ROWS.calls([row, row])] == [failed.call_id, answered.call_id]


def test_a_key_does_not_change_with_a_price_or_the_zones_spelling():
    row = {**DATE, "src": "101", "dst": "1", "timezone": "GMT +02:00"}
    assert ROWS.call({**row, "user_price": "1"}).call_id == ROWS.call({**DATE, "src": "101", "dst": "1"}).call_id


def test_made_keys_tell_a_missing_part_from_an_empty_one():
    keys = MadeKeys()
    made = [keys.key("a", None), keys.key("a", ""), keys.key("a"), keys.key("a", None)]
    assert len(set(made)) == 4
    assert made[3] == f"{made[0]}-2"
