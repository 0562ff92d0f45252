"""Whatever MOR's API sends, right or wrong: a model, a refusal with its name, or a `DataError`."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from at_once import at_once
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline import open_account
from trunkline.calendars import WallClock
from trunkline.errors import DataError, TrunklineError
from trunkline.model import Call, Identity, Money
from trunkline.providers.mor import billing, customer, values
from trunkline.providers.mor.api.devices import read_caller_ids
from trunkline.providers.mor.api.phonebook import free_speed_dial, read_contacts
from trunkline.providers.mor.api.recordings import read_recordings
from trunkline.providers.mor.api.replies import error_of, read_root
from trunkline.providers.mor.api.user import read_balance
from trunkline.providers.mor.call_rows import API, CallReader
from trunkline.providers.mor.devices import read_devices
from trunkline.providers.mor.plain_data import as_data, figures
from trunkline.providers.mor.refusals import refusal
from trunkline.transport import Reply

VILNIUS = ZoneInfo("Europe/Vilnius")
CLOCK = WallClock(VILNIUS)
ROWS = CallReader(API, account="mor:a", zone=VILNIUS, currency="EUR", trunk="2", own_numbers={"1510": "1510"})
EXAMPLES = settings(deadline=None, max_examples=150)

VALID = {
    "billsec": "36",
    "calldate2": "2025-06-10 08:45:31",
    "timezone": "GMT +03:00",
    "clid": '"Priimamasis" <1510>',
    "did": None,
    "disposition": "ANSWERED",
    "dst": "12129989282",
    "duration": "42",
    "hangupcause": "16",
    "id": "855",
    "src": "1510",
    "user_id": "2",
    "user_price": "0.0490",
    "uniqueid": "1749534331.855",
}
PAGES = (
    "<page><rates><rate><ratename>a</ratename><ratecost>1</ratecost></rate></rates></page>",
    "<page><payments><payment><payment_date>2025-06-10 08:45:31</payment_date><amount>1</amount></payment></payments></page>",
    "<page><invoices><invoice><price>1</price><paid>1</paid></invoice></invoices></page>",
    '<page><Invoices><Invoice number="1"><Product><Quantity>1</Quantity><Price>2</Price></Product></Invoice></Invoices></page>',
    "<page><subscriptions><subscription><service>s</service><price>1 EUR</price></subscription></subscriptions></page>",
    "<page><devices><device><acc>1</acc><last_time_registered>2025-06-10 08:45:31</last_time_registered></device></devices></page>",
    "<page><phonebooks><phonebook><id>1</id><speeddial>10</speeddial></phonebook></phonebooks></page>",
    "<page><status><cli_id>1</cli_id><cli_added_at>2025-06-10 08:45:31 +0300</cli_added_at></status></page>",
    "<page><status><recordings><recording><id>1</id><size>1</size></recording></recordings></status></page>",
    "<page><details><main_detail><balance>1 EUR</balance></main_detail></details></page>",
    "<page><balance>1</balance><currency>EUR</currency></page>",
    "<page><directions><direction><prefix>1</prefix></direction></directions></page>",
)
PIECES = st.sampled_from(
    [
        "<",
        ">",
        "/",
        "&",
        '"',
        "page",
        "error",
        "status",
        "<error>",
        "</page>",
        "1",
        "-",
        ".",
        "EUR",
        "\x00",
        "é",
        " ",
        "id",
    ]
)
TEXT = st.one_of(
    st.text(max_size=20), st.sampled_from(["", "0", "1", "-1", "1.5", "00:00:01", "2025-06-10", "Yes", "all"])
)
VALUES = st.one_of(st.none(), TEXT, st.integers(), st.booleans(), st.floats(), st.lists(st.integers(), max_size=2))


def readers(root):
    yield lambda: billing.read_rates(root, "EUR")
    yield lambda: billing.read_destinations(root)
    yield lambda: billing.read_payments(root, "EUR", CLOCK)
    yield lambda: billing.read_invoices(root, "EUR", CLOCK)
    yield lambda: billing.read_invoice_list(root, "EUR", CLOCK)
    yield lambda: billing.read_subscriptions(root, "EUR", CLOCK)
    yield lambda: read_devices(root, CLOCK)
    yield lambda: customer.read_details(root)
    yield lambda: customer.read_main_balance(root, "EUR")
    yield lambda: customer.read_user_id(root)
    yield lambda: read_contacts(root)
    yield lambda: read_caller_ids(root, CLOCK)
    yield lambda: read_recordings(root, CLOCK)
    yield lambda: free_speed_dial(root)
    yield lambda: figures(root)
    yield lambda: as_data(root)


def read_all(body):
    answer = Reply(200, {}, body, "MOR")
    try:
        at_once(read_balance(answer, "EUR"))
    except TrunklineError as error:
        assert str(error)
    try:
        root = at_once(read_root(answer))
    except DataError:
        return
    error = error_of(root)
    if error is not None:
        assert isinstance(refusal(error[0], "MOR", error[1]), TrunklineError)
    for read in readers(root):
        try:
            read()
        except DataError as error:
            assert error.field


@EXAMPLES
@given(st.binary(max_size=80))
def test_any_bytes(body):
    read_all(body)


@EXAMPLES
@given(st.lists(PIECES, max_size=30))
def test_anything_that_looks_like_xml(pieces):
    read_all("".join(pieces).encode())


@EXAMPLES
@given(st.sampled_from(PAGES), st.integers(0, 200), st.integers(0, 8), TEXT)
def test_a_good_page_with_a_piece_replaced(page, at, length, text):
    at = min(at, len(page))
    read_all((page[:at] + text + page[at + length :]).encode(errors="replace"))


@EXAMPLES
@given(st.sampled_from(PAGES), st.integers(0, 300))
def test_a_truncated_page(page, at):
    read_all(page[:at].encode())


@EXAMPLES
@given(
    st.recursive(
        TEXT,
        lambda inner: st.lists(
            st.tuples(st.sampled_from(["rates", "rate", "devices", "device", "status", "page", "cli_id"]), inner),
            max_size=4,
        ),
        max_leaves=8,
    )
)
def test_any_tree_of_known_names(tree):
    def write(tree):
        if isinstance(tree, str):
            return tree.replace("&", "&amp;").replace("<", "&lt;")
        return "".join(f"<{name}>{write(inner)}</{name}>" for name, inner in tree)

    read_all(f"<page>{write(tree)}</page>".encode(errors="replace"))


def read_row(row):
    try:
        call = ROWS.call(row)
    except DataError as error:
        assert error.field
        return None
    assert isinstance(call, Call)
    assert call.call_id
    assert call.started_at is not None
    assert call.price is None or isinstance(call.price.amount, Decimal)
    return call


@EXAMPLES
@given(st.dictionaries(st.one_of(st.sampled_from(sorted(VALID)), st.text(max_size=5)), VALUES, max_size=12))
def test_any_row(row):
    read_row(row)


@EXAMPLES
@given(
    st.dictionaries(st.sampled_from(sorted(VALID)), VALUES, max_size=4),
    st.sets(st.sampled_from(sorted(VALID)), max_size=6),
)
def test_a_good_row_with_columns_changed_and_missing(changes, missing):
    row = {name: value for name, value in {**VALID, **changes}.items() if name not in missing}
    call = read_row(row)
    if call is not None:
        assert ROWS.call(row) == call


@EXAMPLES
@given(st.lists(st.sampled_from([VALID, {**VALID, "id": None}, {**VALID, "id": None, "dst": "1"}]), max_size=8))
def test_derived_ids_are_unique_among_rows_with_ids(rows):
    made = [call.call_id for call in ROWS.calls(rows) if call.call_id != "855"]
    assert len(set(made)) == len(made)


@EXAMPLES
@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    st.sampled_from(["EUR", "USD"]),
)
def test_money_is_exact(amount, currency):
    assert values.money(f"{amount:f} {currency}", "GBP", "x") == Money(amount, currency)


def pushed():
    account = open_account("mor", dialect="api", base_url="https://mor.example", username="u", api_key="k")
    account.use_identity(Identity("api-2@mor.example", "MOR"))
    return account


@EXAMPLES
@given(
    st.one_of(
        st.binary(max_size=60),
        st.dictionaries(st.sampled_from(sorted(VALID)), TEXT, max_size=8).map(lambda row: urlencode(row).encode()),
        st.dictionaries(st.sampled_from(sorted(VALID)), VALUES, max_size=8),
        st.dictionaries(st.sampled_from(sorted(VALID)), VALUES, max_size=3).map(lambda changes: {**VALID, **changes}),
    )
)
def test_any_push(payload):
    try:
        call = pushed().parse_push(payload)
    except DataError as error:
        assert error.field
    else:
        assert call.account == "mor:api-2@mor.example"


@EXAMPLES
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_refusal_is_an_exception_that_gives_no_number_away(text, detail):
    found = refusal(f"{text} 37060000001", "MOR", detail)
    assert "37060000001" not in str(found)


@pytest.mark.parametrize("depth", [10, 1000])
def test_nesting_is_bounded(depth):
    read_all(b"<page>" + b"<a>" * depth + b"</a>" * depth + b"</page>")
