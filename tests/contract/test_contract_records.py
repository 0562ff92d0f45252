"""What every provider's reader of call records does alike, whatever the records look like."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.contract.cases import CASES
from trunkline.errors import DataError
from trunkline.model import Call, Status
from trunkline.providers import PROVIDERS
from trunkline.providers.overview import dialects
from trunkline.sandbox import Sandbox

TEHRAN, VILNIUS, HANOI = ZoneInfo("Asia/Tehran"), ZoneInfo("Europe/Vilnius"), ZoneInfo("Asia/Ho_Chi_Minh")
# Names with letters beyond ASCII, with a zero-width non-joiner, combining and stacked accents, and both kinds of quotes.
NAMES = ("شرکت لاک‌پشت تندرو", "Nguyễn Thị Ánh Tuyết", "Žąsų ūkis „Gervė“", "O'Brien & Söhne <GmbH>")
# Wall-clock times around every kind of change, checked with zoneinfo: skipped hours, repeated hours, and a plain day.
MOMENTS = [
    (TEHRAN, datetime(2022, 3, 21, 23, 59, 59)),
    (TEHRAN, datetime(2022, 3, 22, 1, 0, 0)),
    (TEHRAN, datetime(2022, 9, 21, 22, 59, 59)),
    (TEHRAN, datetime(2022, 9, 21, 23, 30, 0)),
    (TEHRAN, datetime(2022, 9, 22, 0, 0, 0)),
    (TEHRAN, datetime(2023, 6, 15, 12, 0, 0)),
    (VILNIUS, datetime(2025, 3, 30, 2, 59, 59)),
    (VILNIUS, datetime(2025, 3, 30, 4, 0, 0)),
    (VILNIUS, datetime(2025, 10, 26, 2, 59, 59)),
    (VILNIUS, datetime(2025, 10, 26, 3, 30, 0)),
    (VILNIUS, datetime(2025, 10, 26, 4, 0, 0)),
    (HANOI, datetime(2025, 10, 26, 3, 30, 0)),
]


def test_every_dialect_has_a_case_and_a_wire() -> None:
    wires = set(Sandbox(calls=0).wires)
    assert set(CASES) == wires
    assert len(wires) == len(dialects(PROVIDERS))


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request):
    return request.param


@pytest.fixture
def zone(case):
    return {"telefonchy": TEHRAN, "voipano": TEHRAN, "simotel": TEHRAN}.get(
        case.wire, HANOI if "voip24h" in case.wire else VILNIUS
    )


def without(record, name):
    return {key: value for key, value in record.items() if key != name}


def test_a_whole_record_is_a_call(case, zone):
    call = case.read(case.row(), zone)
    assert isinstance(call, Call)
    assert call.call_id
    assert call.started_at is not None
    assert call.started_at.tzinfo is UTC
    assert isinstance(call.status, Status)


def test_null_and_missing_fields_are_unknown_not_guessed(case, zone):
    for name in case.nullable:
        for record in ({**case.row(), name: None}, without(case.row(), name)):
            assert isinstance(case.read(record, zone), Call), name
    bare = {name: value for name, value in case.row().items() if name not in case.nullable}
    for record in (bare, {**bare, **dict.fromkeys(case.nullable)}):
        call = case.read(record, zone)
        assert (call.talk, call.price, call.note, call.recording) == (None, None, None, None)


def test_what_must_be_there_is_a_data_error_that_names_it(case, zone):
    for name in case.row():
        if name in case.nullable:
            continue
        for record in ({**case.row(), name: None}, without(case.row(), name)):
            with pytest.raises(DataError) as caught:
                case.read(record, zone)
            assert caught.value.field, name


def test_an_unknown_status_is_unknown(case, zone):
    if case.status_field is None:
        assert case.read(case.row(), zone).status is Status.UNKNOWN
        return
    assert case.read(case.row(), zone).status is not Status.UNKNOWN
    call = case.read({**case.row(), case.status_field: "PARKED"}, zone)
    assert call.status is Status.UNKNOWN


def test_extra_fields_change_nothing(case, zone):
    extended = (
        {**case.row(), "unheard_of": {"of": ["any", "shape"]}}
        if "mor" not in case.wire
        else {**case.row(), "unheard_of": "x"}
    )
    assert case.read(extended, zone) == case.read(case.row(), zone)


def test_numbers_come_as_text_and_as_numbers(case, zone):
    expected = case.read(case.row(), zone)
    for name in case.whole:
        value = case.row()[name]
        for other in (str(value), int(value)):
            assert case.read({**case.row(), name: other}, zone) == expected, name


def test_nonsense_in_a_number_is_a_data_error(case, zone):
    for name in case.whole:
        for nonsense in ("a few", "1e9", "--1", "0x10"):
            with pytest.raises(DataError):
                case.read({**case.row(), name: nonsense}, zone)


@pytest.mark.parametrize("name", NAMES)
def test_names_keep_every_letter(case, zone, name):
    if case.name_field is None:
        pytest.skip("these records hold no names")
    field, told = case.name_field
    assert told(case.read({**case.row(), field: name}, zone)) == name


@pytest.mark.parametrize(("where", "local"), MOMENTS)
def test_local_times_follow_the_zones_changes(case, where, local):
    if case.at is None:
        pytest.skip("these records tell no local time")
    record = case.row()
    case.at(record, local)
    # A time that happened twice is the first; one that clocks skipped has the offset before the change (fold=0).
    assert case.read(record, where).started_at == local.replace(tzinfo=where, fold=0).astimezone(UTC)


def test_no_number_shows_in_what_is_printed(case, zone):
    call = case.read(case.row(), zone)
    for number in (call.source.number, call.destination.number):
        if number and len(number) > 5:
            assert number not in repr(call)
