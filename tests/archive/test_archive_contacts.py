"""Names of numbers: each source keeps its own, the precedence decides which is shown, and calls teach theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, inspect

from tests.archive.records import ACCOUNT, OTHER, START, call
from tests.archive.test_archive_migrations import build
from trunkline.archive import Archive, check_archive, copy_archive, repair_archive
from trunkline.errors import DamagedArchiveError, DataError
from trunkline.model import ContactSource, Party

if TYPE_CHECKING:
    from pathlib import Path

SHOP, CLINIC, BAKERY = "+989125550101", "+989125550102", "+37052555103"
IMPORTED, PHONEBOOK, CALLS = ContactSource


def named(call_id: str, name: str | None, number: str = SHOP, **changes):
    return call(call_id, source=Party(number=number, e164=number, name=name), **changes)


def test_imported_names_are_shown_and_imported_again_without_doubles(archive: Archive) -> None:
    assert archive.contacts.add({SHOP: "The shop", CLINIC: "درمانگاه"}) == 2
    assert archive.contacts.add({SHOP: "The shop", CLINIC: "Clinic"}) == 1
    assert archive.contacts.names([SHOP, CLINIC, BAKERY]) == {SHOP: "The shop", CLINIC: "Clinic"}
    assert archive.contacts.names([]) == {}
    assert [(c.number, c.name, c.source, c.origin) for c in archive.contacts.entries()] == [
        (SHOP, "The shop", IMPORTED, ""),
        (CLINIC, "Clinic", IMPORTED, ""),
    ]


def test_more_numbers_than_fit_into_one_query_are_looked_up(archive: Archive) -> None:
    names = {f"+98912555{number:04}": f"Person {number}" for number in range(1234)}
    assert archive.contacts.add(names) == 1234
    assert archive.contacts.names(list(names)) == names
    assert archive.contacts.remove(list(names)[:1000]) == 1000
    assert len(archive.contacts.names()) == 234


def test_each_source_keeps_its_name_and_the_precedence_decides(archive: Archive) -> None:
    archive.store([named("1", "shop caller")])
    assert archive.contacts.names() == {SHOP: "shop caller"}
    archive.contacts.replace_phonebook(ACCOUNT, {SHOP: "Shop (phonebook)"})
    assert archive.contacts.names() == {SHOP: "Shop (phonebook)"}
    archive.contacts.add({SHOP: "My shop"})
    assert archive.contacts.names() == {SHOP: "My shop"}
    assert [c.name for c in archive.contacts.entries()] == ["My shop", "Shop (phonebook)", "shop caller"]
    assert [c.name for c in archive.contacts.entries(PHONEBOOK)] == ["Shop (phonebook)"]

    assert archive.contacts.precedence() == (IMPORTED, PHONEBOOK, CALLS)
    archive.contacts.set_precedence([CALLS])
    assert archive.contacts.precedence() == (CALLS, IMPORTED, PHONEBOOK)
    assert archive.contacts.names([SHOP]) == {SHOP: "shop caller"}
    archive.contacts.set_precedence([PHONEBOOK, CALLS, IMPORTED])
    assert archive.contacts.names([SHOP]) == {SHOP: "Shop (phonebook)"}


def test_phonebook_is_replaced_as_a_whole_and_only_that_of_its_account(archive: Archive) -> None:
    archive.contacts.add({SHOP: "My shop"})
    archive.contacts.replace_phonebook(ACCOUNT, {SHOP: "Shop", CLINIC: "Clinic"})
    archive.contacts.replace_phonebook(OTHER, {CLINIC: "Doctor"})
    assert archive.contacts.names([CLINIC]) == {CLINIC: "Doctor"}
    # One gone, one changed, one new.
    assert archive.contacts.replace_phonebook(ACCOUNT, {CLINIC: "The clinic", BAKERY: "Bakery"}) == 3
    assert {(c.number, c.name, c.origin) for c in archive.contacts.entries(PHONEBOOK)} == {
        (CLINIC, "The clinic", ACCOUNT),
        (BAKERY, "Bakery", ACCOUNT),
        (CLINIC, "Doctor", OTHER),
    }
    assert archive.contacts.names([SHOP]) == {SHOP: "My shop"}


def test_names_are_removed_by_number_and_source(archive: Archive) -> None:
    archive.store([named("1", "caller")])
    archive.contacts.add({SHOP: "Shop", CLINIC: "Clinic"})
    assert archive.contacts.remove([SHOP], source=IMPORTED) == 1
    assert archive.contacts.names() == {SHOP: "caller", CLINIC: "Clinic"}
    assert archive.contacts.remove(source=IMPORTED) == 1
    assert archive.contacts.remove() == 1
    assert archive.contacts.names() == {}


def test_latest_call_decides_which_name_the_calls_have(archive: Archive) -> None:
    later, earlier = START + timedelta(hours=2), START
    archive.store([named("1", "New name", started_at=later), named("2", "Old name", started_at=earlier)])
    archive.store([named("3", "Older name", started_at=earlier - timedelta(days=1))])
    [contact] = archive.contacts.entries()
    assert (contact.name, contact.source, contact.origin, contact.learned_at) == ("New name", CALLS, ACCOUNT, later)
    archive.store([named("4", "Newest name", started_at=later + timedelta(hours=1))])
    assert archive.contacts.names() == {SHOP: "Newest name"}


def test_name_that_a_call_gets_later_is_learned(archive: Archive) -> None:
    archive.store([named("1", None)])
    assert archive.contacts.names() == {}
    archive.store([named("1", "Known now")])
    assert archive.contacts.names() == {SHOP: "Known now"}


@pytest.mark.parametrize("name", ["09125550101", "+98 (912) 555-0101", "", " ", "\u0000", None])
def test_what_is_no_name_is_not_learned(sqlite_url: str, name: str | None) -> None:
    with Archive.open(sqlite_url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([named("1", name)])
        assert archive.contacts.entries() == []


def test_extensions_have_no_name_for_the_world(archive: Archive) -> None:
    archive.store([call("1", source=Party(number="1510", name="Reception"), destination=Party(number="1511"))])
    assert archive.contacts.entries() == []


@pytest.mark.parametrize("number", ["09125550101", "1510", "", "+98 912", "+9x"])
def test_number_that_is_not_e164_is_refused_without_showing_it(archive: Archive, number: str) -> None:
    with pytest.raises(DataError, match=r"isn't written as \+, country code") as refused:
        archive.contacts.add({CLINIC: "Clinic", number: "Somebody"})
    assert "Somebody" not in str(refused.value)
    assert not number or number not in str(refused.value)
    assert archive.contacts.names() == {}


def test_names_are_one_line_and_have_a_letter(archive: Archive) -> None:
    archive.contacts.add({SHOP: "  The\r\n shop\t\u202e! ", CLINIC: "x" * 500, BAKERY: "نان\u200cوایی"})
    assert archive.contacts.names() == {SHOP: "The shop !", CLINIC: "x" * 199 + "…", BAKERY: "نان\u200cوایی"}
    with pytest.raises(DataError, match="no letter"):
        archive.contacts.add({SHOP: "0912 555"})


def test_state_changes_with_every_change(archive: Archive) -> None:
    states = [archive.contacts.state()]
    for change in (
        lambda: archive.store([named("1", "Caller")]),
        lambda: archive.store([named("1", "Caller 2")]),
        # As long, and of a call that began at the same time.
        lambda: archive.store([named("1", "Caller 3")]),
        lambda: archive.contacts.add({SHOP: "Shop"}),
        lambda: archive.contacts.add({SHOP: "Best shop"}),
        lambda: archive.contacts.set_precedence([CALLS]),
        lambda: archive.contacts.remove([SHOP], source=IMPORTED),
        archive.contacts.remove,
    ):
        change()
        states.append(archive.contacts.state())
    assert all(before != after for before, after in pairwise(states))
    archive.store([named("1", "Caller 3"), named("2", None)])
    assert archive.contacts.state() == states[-1]


def test_frame_has_the_names_that_are_shown(archive: Archive) -> None:
    out = Party(number="021", e164=BAKERY)
    archive.store(
        [
            named("1", "Old", started_at=START),
            named("2", None, started_at=START + timedelta(minutes=1)),
            call("3", source=Party(number="1510", name="Reception"), destination=out),
        ]
    )
    archive.contacts.add({BAKERY: "Bakery"})
    frame = archive.frame()
    assert frame["source_name"].tolist() == ["Old", "Old", "Reception"]
    assert frame["destination_name"].isna().tolist() == [True, True, False]
    assert frame["destination_name"].iloc[2] == "Bakery"


def test_an_archive_of_version_5_learns_the_names_in_its_calls(url: str) -> None:
    build(url, 5)
    engine = create_engine(url)
    rows = [
        ("2", SHOP, "Old name", 10), ("3", SHOP, "New name", 20), ("4", SHOP, "09125550101", 30),
        ("5", CLINIC, "درمانگاه", None), ("6", "1510", "Reception", 5),
    ]  # fmt: skip
    with engine.begin() as connection:
        for call_id, number, name, start in rows:
            connection.exec_driver_sql(
                "INSERT INTO calls (account, call_id, stream, status, price_scale, source_e164, source_name, "
                "destination_e164, started_at) VALUES "
                f"('{ACCOUNT}', '{call_id}', '1001', 'busy', 0, '{number}', '{name}', '{BAKERY}', {start or 'NULL'})"
            )
        connection.exec_driver_sql("UPDATE streams SET calls = 6 WHERE stream = '1001'")
        assert not {"contacts", "contact_precedence"} & set(inspect(connection).get_table_names())
    engine.dispose()
    with Archive.open(url) as archive:
        assert {(c.number, c.name, c.source, c.origin) for c in archive.contacts.entries()} == {
            (SHOP, "New name", CALLS, ACCOUNT),
            (CLINIC, "درمانگاه", CALLS, ACCOUNT),
        }
        assert archive.contacts.precedence() == (IMPORTED, PHONEBOOK, CALLS)
        assert archive.count() == 6
    assert [finding for finding in check_archive(url) if not finding.ok] == []


def fill(url: str) -> list:
    with Archive.open(url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([named("1", "Caller")])
        archive.contacts.add({SHOP: "Shop", CLINIC: "Clinic"})
        archive.contacts.set_precedence([CALLS, PHONEBOOK, IMPORTED])
        return archive.contacts.entries()


def test_repair_and_copy_keep_names_and_precedence(sqlite_url: str, tmp_path: Path) -> None:
    before = fill(sqlite_url)
    repaired = repair_archive(sqlite_url)
    assert repaired.complete
    assert (repaired.rows["contacts"], repaired.rows["contact_precedence"]) == (3, 3)
    target = f"sqlite:///{tmp_path / 'copy.db'}"
    copy_archive(sqlite_url, target)
    for address in (sqlite_url, target):
        with Archive.open(address) as archive:
            assert archive.contacts.entries() == before
            assert archive.contacts.precedence() == (CALLS, PHONEBOOK, IMPORTED)


@pytest.mark.parametrize(
    "damage",
    [
        "number = '0912'",
        "source = 'rumour'",
        "learned_at = 'noon'",
        "name = X'FF00'",
        "learned_at = 9223372036854775807",
    ],
)
def test_damaged_name_is_found_left_out_of_a_repair_and_never_shown(sqlite_url: str, damage: str) -> None:
    fill(sqlite_url)
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE contacts SET {damage} WHERE number = '{CLINIC}'")
    engine.dispose()
    [finding] = [finding for finding in check_archive(sqlite_url) if not finding.ok]
    assert finding.check == "contacts"
    with Archive.open(sqlite_url) as archive, pytest.raises(DamagedArchiveError) as damaged:
        archive.contacts.names()
    for text in (finding.detail, str(damaged.value)):
        assert CLINIC not in text
        assert "Clinic" not in text
        assert "0912" not in text
    repaired = repair_archive(sqlite_url)
    assert (repaired.rows["contacts"], repaired.damaged_rows) == (2, 1)
    with Archive.open(sqlite_url) as archive:
        assert archive.contacts.names() == {SHOP: "Caller"}


def test_a_search_finds_names_of_the_sources_in_the_order_of_the_precedence(archive: Archive) -> None:
    archive.store([named("1", "Shop of a stranger", BAKERY)])
    archive.contacts.add({f"+98912555{number:04}": f"Person {number}" for number in range(1234)})
    archive.contacts.add({SHOP: "The shop"})
    archive.contacts.replace_phonebook(ACCOUNT, {SHOP: "Shop 1", CLINIC: "Clinic"})

    def found(*sources: ContactSource) -> list[tuple[str, str]]:
        return [(c.number, c.name) for c in archive.contacts.search(lambda name: "shop" in name.casefold(), sources)]

    assert found(IMPORTED, PHONEBOOK) == [(SHOP, "The shop"), (SHOP, "Shop 1")]
    archive.contacts.set_precedence([PHONEBOOK])
    assert found(IMPORTED, PHONEBOOK) == [(SHOP, "Shop 1"), (SHOP, "The shop")]
    assert found(CALLS) == [(BAKERY, "Shop of a stranger")]
    assert found() == []


def test_names_of_calls_before_the_epoch_are_learned(archive: Archive) -> None:
    archive.store([named("1", "Early", started_at=datetime(1969, 12, 31, 20, 30, tzinfo=UTC))])
    assert archive.contacts.names() == {SHOP: "Early"}
