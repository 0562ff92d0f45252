"""Pages of calls over a real archive: order, continuation, filters and search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.trunkline.account import call_pages
from custom_components.trunkline.account.call_pages import (
    AccountCalls,
    CallFilter,
    Page,
    Position,
    read_page,
    with_provisional,
)
from trunkline.archive import Archive
from trunkline.model import Call, Direction, Party, Status

START = datetime(2026, 3, 10, 8, tzinfo=UTC)
OFFICE, SHOP = "telefonchy:1", "telefonchy:2"


def call(call_id: str, minute: int | None, account: str = OFFICE, **changes) -> Call:
    values = {
        "direction": Direction.INCOMING,
        "status": Status.ANSWERED,
        "source": Party(number="09120000999", e164="+989120000999"),
        "destination": Party(number="02155500001", e164="+982155500001"),
        "trunk": "2155500001",
    }
    return Call(
        account=account,
        call_id=call_id,
        started_at=None if minute is None else START + timedelta(minutes=minute),
        **(values | changes),
    )


@pytest.fixture
def archive(tmp_path):
    with Archive.open(f"sqlite:///{tmp_path / 'calls.db'}") as opened:
        for key in (OFFICE, SHOP):
            opened.register(key, provider="telefonchy", title=key, zone="Asia/Tehran", currency="IRR")
        yield opened


def ids(calls):
    return [call.call_id for _, call in calls]


def pages(archive, accounts, limit, **options):
    """Return the ids of all pages, each read from where the one before ended."""
    found = []
    while True:
        page = read_page(archive, accounts, since=options.get("since"), limit=limit)
        found.append(ids(page.calls))
        if page.positions is None:
            return found
        accounts = [
            AccountCalls(account=account.account, wanted=account.wanted, position=page.positions[index])
            for index, account in enumerate(accounts)
        ]


def wanted(*accounts, **filters):
    return [AccountCalls(account=account, wanted=CallFilter(**filters)) for account in accounts]


def test_pages_of_two_accounts_follow_each_other_without_gap_or_repetition(archive):
    archive.store([call("a", 0), call("c", 2), call("e", 4), call("undated", None)])
    archive.store([call("b", 1, SHOP), call("d", 3, SHOP)])
    assert pages(archive, wanted(OFFICE, SHOP), 2) == [["e", "d"], ["c", "b"], ["a", "undated"]]
    assert pages(archive, wanted(OFFICE), 10) == [["e", "c", "a", "undated"]]
    assert pages(archive, wanted(OFFICE), 4) == [["e", "c", "a", "undated"]]
    assert pages(archive, wanted(), 4) == [[]]


def test_calls_of_one_moment_are_split_between_pages(archive):
    archive.store([call(name, 0) for name in "abcde"])
    archive.store([call("f", 0, SHOP)])
    assert pages(archive, wanted(OFFICE, SHOP), 2) == [["e", "d"], ["c", "b"], ["a", "f"]]


def test_undated_calls_are_split_between_pages(archive):
    archive.store([call(name, None) for name in "abc"])
    assert pages(archive, wanted(OFFICE), 2) == [["c", "b"], ["a"]]


def test_a_page_continues_although_calls_were_added(archive):
    archive.store([call("a", 0), call("b", 1), call("c", 2)])
    first = read_page(archive, wanted(OFFICE), since=None, limit=2)
    archive.store([call("new", 3), call("late", 1, status=Status.BUSY)])
    second = AccountCalls(account=OFFICE, wanted=CallFilter(), position=first.positions[0])
    assert first.positions == {0: Position(START + timedelta(minutes=1), "b")}
    assert ids(read_page(archive, [second], since=None, limit=2).calls) == ["a"]


def test_a_start_leaves_out_what_is_older_and_what_has_no_start(archive):
    archive.store([call("a", 0), call("b", 1), call("undated", None)])
    assert pages(archive, wanted(OFFICE), 5, since=START + timedelta(minutes=1)) == [["b"]]


def test_a_search_for_something_rare_takes_several_pages(archive, monkeypatch):
    monkeypatch.setattr(call_pages, "MOST_READ", 3)
    monkeypatch.setattr(call_pages, "_CHUNK", 2)
    archive.store([call(str(number), number) for number in range(8)])
    archive.store([call("rare", -1, status=Status.BUSY, direction=Direction.OUTGOING)])
    assert pages(archive, wanted(OFFICE, outcomes=frozenset({"busy"})), 5) == [[], [], ["rare"]]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"directions": frozenset({"outgoing"})}, ["outgoing"]),
        ({"outcomes": frozenset({"missed"})}, ["missed"]),
        ({"outcomes": frozenset({"no_answer"})}, ["outgoing"]),
        ({"outcomes": frozenset({"missed", "answered"})}, ["other", "missed", "answered"]),
        ({"trunks": frozenset({"5100000010"})}, ["other"]),
        ({"recorded": lambda call: call.recording is not None}, ["answered"]),
        ({"search": "  "}, ["other", "outgoing", "missed", "answered"]),
    ],
)
def test_filters(archive, filters, found):
    archive.store(
        [
            call("answered", 0, recording="r1"),
            call("missed", 1, status=Status.NO_ANSWER),
            call("outgoing", 2, status=Status.NO_ANSWER, direction=Direction.OUTGOING),
            call("other", 3, trunk="5100000010"),
        ]
    )
    assert pages(archive, wanted(OFFICE, **filters), 10) == [found]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("0912 000 0999", ["mobile"]),
        ("+98 912 0000999", ["mobile"]),
        ("۹۱۲۰۰۰", ["mobile"]),
        ("99", ["mobile"]),
        ("0098 912 0000999", ["mobile"]),
        # Zeros before a number are those of a trunk or of a country code; others are part of it.
        ("000 0999", ["mobile"]),
        ("0000 0999", ["mobile"]),
        ("000000 0999", []),
        ("9", []),
        ("رضايي", ["named"]),
        ("BANK", ["named"]),
        ("101", ["named"]),
        ("101st street", []),
        ("workshop", ["named"]),
        ("nobody", []),
    ],
)
def test_a_search_finds_names_and_numbers_however_they_are_written(archive, search, found):
    archive.store(
        [
            call("mobile", 0),
            call(
                "named",
                1,
                extension="101",
                source=Party(number="2155500002", name="Bank رضایی"),
                destination=Party(number="2155500003"),
            ),
        ]
    )
    names = {"2155500002": "Workshop"}
    filters = {"search": search, "names": lambda party: names.get(party.number)}
    assert pages(archive, wanted(OFFICE, **filters), 10) == [found]


def test_pushed_calls_stand_where_they_belong_on_the_first_page():
    accounts = wanted(OFFICE, SHOP, directions=frozenset({"incoming"}))
    listed = [(0, call("b", 2)), (1, call("a", 1, SHOP))]
    pushed = [
        (0, call("newest", 3)),
        (1, call("between", 1, SHOP)),
        (0, call("older than the page", 0)),
        (0, call("undated", None)),
        (0, call("outgoing", 4, direction=Direction.OUTGOING)),
    ]
    page = Page(listed, {0: None, 1: None})
    assert ids(with_provisional(page, pushed, accounts, None)) == ["newest", "b", "between", "a"]
    # On the only page, nothing is older than the page.
    assert ids(with_provisional(Page(listed), pushed, accounts, None)) == [
        "newest", "b", "between", "a", "older than the page",
    ]  # fmt: skip
    assert ids(with_provisional(Page(), pushed, accounts, START + timedelta(minutes=2))) == ["newest"]


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("Hoà Đá", "hoa da"),
        ("Ona Akmenė", "akmene"),
        ("José", "JOSE"),
        ("آقای رئیسی", "اقاي رییسی"),
        ("می\u200cنو", "مینو"),
        ("Пётр", "петр"),
        ("Straße", "STRASSE"),
    ],
)
def test_a_search_finds_names_without_what_people_leave_out(archive, name, search):
    archive.store([call("named", 0, source=Party(number="2155500002", name=name)), call("other", 1)])
    assert pages(archive, wanted(OFFICE, search=search), 10) == [["named"]]
    # as it is written, too
    assert pages(archive, wanted(OFFICE, search=name), 10) == [["named"]]
