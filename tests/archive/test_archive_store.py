"""What becomes of calls that are stored: once each, exact, and never blanked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.archive.records import ACCOUNT, OTHER, START, bare, call, irr
from trunkline.archive import Archive
from trunkline.errors import ArchiveError, DataError
from trunkline.model import Call, Contact, Direction, Money, Party, Status, UnreadableRow


def test_everything_that_a_call_holds_comes_back(archive: Archive) -> None:
    stored = call(derived=frozenset({"extension", "started_at"}), raw={"call_id": "1", "contact": {"numbers": [1, 2]}})
    assert archive.store([stored]).new == (stored,)
    read = archive.get(ACCOUNT, "1")
    assert read == stored
    assert read.raw == stored.raw


def test_a_call_of_which_nothing_is_known_comes_back(archive: Archive) -> None:
    archive.store([bare()])
    assert archive.get(ACCOUNT, "1") == bare()
    assert archive.get(ACCOUNT, "2") is None


def test_raw_keeps_what_json_has_no_word_for(archive: Archive) -> None:
    from types import MappingProxyType

    archive.store([call(raw=MappingProxyType({"price": Decimal("1.50"), "inner": MappingProxyType({"a": 1})}))])
    assert archive.get(ACCOUNT, "1").raw == {"price": "1.50", "inner": {"a": 1}}


NUMBERS = count()
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
MAYBE_TEXT = st.none() | TEXT
SECONDS = st.none() | st.integers(-(2**63) + 1, 2**63 - 1)
AMOUNTS = st.decimals(
    min_value=-(10**9), max_value=10**9, allow_nan=False, allow_infinity=False, places=6
) | st.integers(-(10**12), 10**12).map(Decimal)
TIMES = st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
CONTACTS = st.none() | st.builds(
    Contact, MAYBE_TEXT, MAYBE_TEXT, MAYBE_TEXT, MAYBE_TEXT, MAYBE_TEXT, MAYBE_TEXT, MAYBE_TEXT,
    st.lists(TEXT, max_size=3).map(tuple),
)  # fmt: skip
PARTIES = st.builds(Party, MAYBE_TEXT, MAYBE_TEXT, MAYBE_TEXT, CONTACTS)


@st.composite
def calls(draw: st.DrawFn, ids=TEXT) -> Call:
    currency = draw(st.sampled_from(["IRR", "EUR"]))
    moneys = st.none() | AMOUNTS.map(lambda amount: Money(amount, currency))
    return Call(
        account=ACCOUNT,
        call_id=draw(ids),
        direction=draw(st.none() | st.sampled_from(Direction)),
        status=draw(st.sampled_from(Status)),
        started_at=draw(TIMES),
        ended_at=draw(TIMES),
        trunk=draw(MAYBE_TEXT),
        extension=draw(MAYBE_TEXT),
        source=draw(PARTIES),
        destination=draw(PARTIES),
        wait=draw(SECONDS),
        talk=draw(SECONDS),
        price=draw(moneys),
        price_wait=draw(moneys),
        price_talk=draw(moneys),
        price_record=draw(moneys),
        price_saved=draw(moneys),
        recording=draw(MAYBE_TEXT),
        note=draw(MAYBE_TEXT),
        stream=draw(TEXT),
        derived=draw(st.frozensets(st.sampled_from(["started_at", "extension", "direction"]))),
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory):
    with Archive.open(f"sqlite:///{tmp_path_factory.mktemp('shared') / 'archive.db'}") as opened:
        opened.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        yield opened


@given(one=calls())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_call_round_trips(shared: Archive, one: Call) -> None:
    one = replace(one, call_id=f"{one.call_id} {next(NUMBERS)}")
    assert shared.store([one]).new == (one,)
    assert shared.get(ACCOUNT, one.call_id) == one
    assert shared.store([one]).unchanged == 1


@given(batch=st.lists(calls(st.sampled_from("abc")), max_size=5, unique_by=lambda call: call.call_id), data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_order_and_doubling_of_the_same_records_gives_the_same_archive(batch: list[Call], data) -> None:
    with Archive.open("sqlite://") as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        order = data.draw(st.permutations(batch + batch)) if batch else []
        cut = data.draw(st.integers(0, len(order)))
        first, second = archive.store(order[:cut]), archive.store(order[cut:])
        assert len(first.new) + len(second.new) == len(batch)
        assert first.changed == second.changed == ()
        assert {call.call_id: call for call in archive.calls()} == {item.call_id: item for item in batch}
        assert archive.count() == len(batch)
        assert archive.corrections() == []


def test_second_store_of_the_same_calls_changes_nothing(archive: Archive) -> None:
    batch = [call(str(number)) for number in range(1, 251)]
    assert len(archive.store(batch).new) == 250
    again = archive.store(batch)
    assert (again.new, again.changed, again.unchanged) == ((), (), 250)
    assert archive.count() == 250


def test_doubles_within_a_batch_are_one_call(archive: Archive) -> None:
    done = archive.store([call("1"), call("2"), call("1", note=None)])
    assert ([item.call_id for item in done.new], done.unchanged) == (["1", "2"], 1)
    assert archive.get(ACCOUNT, "1").note == "called back"


def test_the_same_id_in_two_accounts_is_two_calls(archive: Archive) -> None:
    done = archive.store([call("1"), call("1", account=OTHER, note="theirs")])
    assert len(done.new) == 2
    assert archive.get(ACCOUNT, "1").note == "called back"
    assert archive.get(OTHER, "1").note == "theirs"


def test_records_by_page_and_by_push_meet_in_one_row(archive: Archive) -> None:
    # The push has no recording and no contact, and gives its prices as integers where the page has text.
    pushed = call("1", recording=None, source=Party(number="9120000001", e164="+989120000001"), raw={"price": 57})
    paged = call("1", price=irr("57.0"), raw={"price": "57"})
    archive.store([pushed])
    assert archive.store([paged]).changed == (paged,)
    assert archive.store([pushed]).unchanged == 1
    assert archive.get(ACCOUNT, "1") == paged
    assert archive.corrections() == []


def test_a_later_record_never_blanks_what_is_known(archive: Archive) -> None:
    archive.store([call("1")])
    assert archive.store([bare("1")]).unchanged == 1
    assert archive.get(ACCOUNT, "1") == call("1")
    assert archive.get(ACCOUNT, "1").raw == call("1").raw


def test_a_later_record_fills_what_was_missing(archive: Archive) -> None:
    archive.store([bare("1")])
    done = archive.store([call("1")])
    assert done.changed == (call("1"),)
    assert archive.get(ACCOUNT, "1") == call("1")
    assert archive.corrections() == []
    assert archive.get(ACCOUNT, "1").raw == call("1").raw


def test_a_changed_call_keeps_its_raw_where_the_later_record_has_none(archive: Archive) -> None:
    archive.store([call("1")])
    archive.store([call("1", note="other", raw=None)])
    assert archive.get(ACCOUNT, "1").raw == call("1").raw


def test_contact_is_filled_field_by_field(archive: Archive) -> None:
    archive.store([call("1", source=Party("1", contact=Contact("7", name="One", numbers=("1",))))])
    archive.store([call("1", source=Party("1", contact=Contact("7", email="one@example.org")))])
    assert archive.get(ACCOUNT, "1").source.contact == Contact("7", name="One", email="one@example.org", numbers=("1",))


def test_another_contact_replaces_the_whole_contact(archive: Archive) -> None:
    archive.store([call("1", source=Party("1", contact=Contact("7", name="One", email="one@example.org")))])
    archive.store([call("1", source=Party("1", contact=Contact("8", name="Two")))])
    assert archive.get(ACCOUNT, "1").source.contact == Contact("8", name="Two")


def test_another_number_takes_nothing_over_from_the_old_one(archive: Archive) -> None:
    archive.store([call("1", source=Party("1", e164="+981", name="One"))])
    archive.store([call("1", source=Party("2"))])
    assert archive.get(ACCOUNT, "1").source == Party("2")


def test_the_same_number_written_otherwise_keeps_the_name(archive: Archive) -> None:
    archive.store([call("1", source=Party("2155500001", e164="+982155500001", name="One"))])
    archive.store([call("1", source=Party("02155500001", e164="+982155500001"))])
    assert archive.get(ACCOUNT, "1").source == Party("02155500001", e164="+982155500001", name="One")


def test_what_is_stated_is_not_replaced_by_what_is_derived(archive: Archive) -> None:
    archive.store([call("1", extension="1510")])
    assert archive.store([call("1", extension="1511", derived=frozenset({"extension"}))]).unchanged == 1
    assert archive.get(ACCOUNT, "1").extension == "1510"
    assert archive.get(ACCOUNT, "1").derived == frozenset()


def test_what_is_derived_gives_way_to_what_is_stated(archive: Archive) -> None:
    archive.store([call("1", extension="1511", derived=frozenset({"extension"}))])
    archive.store([call("1", extension="1510")])
    assert (archive.get(ACCOUNT, "1").extension, archive.get(ACCOUNT, "1").derived) == ("1510", frozenset())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            {"status": Status.ANSWERED, "talk": 12},
            {"status": Status.BUSY, "talk": 0, "wait": 12, "derived": "talk wait"},
        ),
        (
            {"status": Status.BUSY, "talk": 0, "wait": 12, "derived": "talk wait"},
            {"status": Status.ANSWERED, "talk": 12},
        ),
    ],
)
def test_a_corrected_status_takes_the_durations_with_it(archive: Archive, old: dict, new: dict) -> None:
    """A provider that states one duration means the talk of an answered call, and else the time that it rang."""
    for record in (old, new):
        fields = {"talk": None, "wait": None, "ended_at": None, **record}
        archive.store([call("1", **{**fields, "derived": frozenset(record.get("derived", "").split())})])
    kept = archive.get(ACCOUNT, "1")
    assert (kept.status, kept.talk, kept.wait) == (new["status"], new["talk"], new.get("wait"))
    assert kept.derived == frozenset(new.get("derived", "").split())


def test_an_unknown_status_changes_no_duration(archive: Archive) -> None:
    archive.store([call("1", status=Status.ANSWERED, talk=12, wait=None)])
    archive.store([call("1", status=Status.UNKNOWN, talk=0, wait=12, derived=frozenset({"talk", "wait"}))])
    assert (archive.get(ACCOUNT, "1").status, archive.get(ACCOUNT, "1").talk) == (Status.ANSWERED, 12)


def test_corrected_prices_are_remembered(archive: Archive) -> None:
    archive.store([call("1")])
    before = datetime.now(UTC)
    done = archive.store([call("1", price=irr("60.25"), price_talk=irr("48.25"))])
    assert [item.price for item in done.changed] == [irr("60.25")]
    corrections = archive.corrections()
    assert [
        (correction.account, correction.call_id, correction.field, correction.old, correction.new)
        for correction in corrections
    ] == [
        (ACCOUNT, "1", "price", irr(57), irr("60.25")),
        (ACCOUNT, "1", "price_talk", irr(45), irr("48.25")),
    ]
    assert all(before <= correction.at <= datetime.now(UTC) for correction in corrections)
    assert archive.corrections(OTHER) == []
    assert archive.corrections(ACCOUNT, since=datetime.now(UTC) + timedelta(hours=1)) == []


def test_a_price_that_becomes_known_is_no_correction(archive: Archive) -> None:
    archive.store([call("1", price=None)])
    assert len(archive.store([call("1")]).changed) == 1
    assert archive.corrections() == []


def test_prices_in_another_currency_replace_all_parts(archive: Archive) -> None:
    archive.store([call("1")])
    euros = {"price": Money(Decimal("0.57"), "EUR")}
    none = dict.fromkeys(["price_wait", "price_talk", "price_record", "price_saved"])
    archive.store([call("1", **euros, **none)])
    assert archive.get(ACCOUNT, "1") == call("1", **euros, **none)
    assert [(correction.old, correction.new) for correction in archive.corrections()] == [
        (irr(57), Money(Decimal("0.57"), "EUR"))
    ]


def test_two_currencies_in_one_call_are_refused(archive: Archive) -> None:
    with pytest.raises(DataError, match="two currencies") as refused:
        archive.store([call("1", price=Money(Decimal(1), "EUR"))])
    assert refused.value.field == "currency"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("talk", 2**63),
        ("wait", -(2**63)),
        ("price", irr(2**63)),
        ("price_talk", irr("1E+400")),
        ("price_saved", irr("1E-19")),
        ("price", irr("9223372036854775807.5")),
        ("price", irr("NaN")),
        ("price", irr("sNaN")),
        ("price_wait", irr("Infinity")),
    ],
)
def test_a_number_that_64_bits_cannot_hold_is_refused_by_its_field(archive: Archive, field: str, value: object) -> None:
    with pytest.raises(DataError, match=f"field {field} ") as refused:
        archive.store([call("2"), call("1", **{field: value})])
    assert refused.value.field == field
    assert archive.count() == 0


def test_the_largest_numbers_are_kept(archive: Archive) -> None:
    most = call("1", talk=2**63 - 1, price=irr(2**63 - 1), price_talk=irr(-(2**63) + 1))
    archive.store([most])
    assert archive.get(ACCOUNT, "1") == most


def test_small_decimals_beside_large_ones_that_do_not_fit_are_refused(archive: Archive) -> None:
    with pytest.raises(DataError) as refused:
        archive.store([call("1", price=irr(10**18), price_talk=irr("0.01"))])
    assert refused.value.field == "price"


def test_the_decimal_context_has_no_say(archive: Archive) -> None:
    exact = call("1", price=irr("123456789012.3456"))
    with localcontext(prec=3):
        archive.store([exact])
        assert archive.get(ACCOUNT, "1").price.amount.as_tuple() == Decimal("123456789012.3456").as_tuple()


def test_a_zero_with_any_exponent_is_zero(archive: Archive) -> None:
    archive.store([call("1", price=irr("0E-30"), price_talk=irr("0E+30"))])
    assert archive.get(ACCOUNT, "1").price == irr(0)


def test_time_without_a_zone_is_refused(archive: Archive) -> None:
    with pytest.raises(DataError, match="started_at"):
        archive.store([call("1", started_at=datetime(2025, 1, 1))])


def test_time_in_another_zone_is_the_same_moment(archive: Archive) -> None:
    there = START.astimezone(timezone(timedelta(hours=3, minutes=30)))
    archive.store([call("1", started_at=there, ended_at=there)])
    assert archive.get(ACCOUNT, "1").started_at == START
    assert archive.get(ACCOUNT, "1").started_at.tzinfo is UTC


def test_calls_of_an_unknown_account_are_refused(archive: Archive) -> None:
    with pytest.raises(ArchiveError, match="telefonchy:3003"):
        archive.store([call("1", account="telefonchy:3003")])


def test_a_batch_is_stored_whole_or_not_at_all(archive: Archive) -> None:
    with pytest.raises(ArchiveError):
        archive.store([call("1"), call("1", account="telefonchy:3003")])
    assert archive.count() == 0


def test_text_that_is_no_unicode_is_refused_and_not_shown(archive: Archive) -> None:
    with pytest.raises(DataError, match="no archive can keep") as refused:
        archive.store([call("1", note="secret \ud800")])
    assert "secret" not in str(refused.value)
    assert archive.count() == 0


@pytest.mark.parametrize("value", [object(), "\ud800", {1: 2}])
def test_raw_that_json_cannot_hold_is_refused(archive: Archive, value: object) -> None:
    with pytest.raises(DataError, match="raw"):
        archive.store([call("1", raw={"value": value})])


def test_nothing_to_store_is_nothing_done(archive: Archive) -> None:
    done = archive.store([])
    assert (done.new, done.changed, done.unchanged) == ((), (), 0)


def test_large_batches_are_one_transaction(archive: Archive) -> None:
    batch = [call(str(number)) for number in range(2500)]
    assert len(archive.store(batch).new) == 2500
    assert archive.store([*batch, call("9999")]).unchanged == 2500


def test_a_stream_that_becomes_known_moves_the_count(archive: Archive) -> None:
    archive.store([call("1", stream="")])
    archive.store([call("1", stream="1001")])
    assert archive.stream_count(ACCOUNT, "") == 0
    assert archive.stream_count(ACCOUNT, "1001") == 1
    archive.store([call("1", stream="")])
    assert archive.get(ACCOUNT, "1").stream == "1001"


def test_two_threads_that_store_the_same_calls_store_each_once(archive: Archive) -> None:
    batch = [call(str(number)) for number in range(400)]
    parts = [batch[start : start + 20] for start in range(0, 400, 20)]
    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(archive.store, parts + parts))
    assert sum(len(item.new) for item in done) == 400
    assert sum(item.unchanged for item in done) == 400
    assert archive.count() == len(archive.calls()) == 400


def test_an_archive_in_memory_is_one_for_all_threads() -> None:
    with Archive.open("sqlite://") as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda number: archive.store([call(str(number))]), range(40)))
            assert set(threads.map(lambda _: archive.count(), range(8))) == {40}


@pytest.mark.parametrize("value", [2**64, "\ud800"], ids=["more than 64 bits", "a surrogate"])
def test_a_row_that_json_cannot_represent_is_not_kept_aside(archive: Archive, value: object) -> None:
    with pytest.raises(DataError, match="JSON can't represent"):
        archive.set_aside(
            ACCOUNT, "", [UnreadableRow({"id": 1}, "odd"), UnreadableRow({"id": value}, "odd")], version="1"
        )
    assert archive.count_unreadable(ACCOUNT) == 0
