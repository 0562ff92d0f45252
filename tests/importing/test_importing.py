"""Records of other systems, in the layouts of their documentation; expected values are read off the rows by hand."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import trunkline
from trunkline.archive import Archive
from trunkline.cli.main import main
from trunkline.errors import ConfigError
from trunkline.importing import EXPORTED, Place, Rejected, read_asterisk, read_csv, read_freeswitch
from trunkline.model import Call, Direction, Money, Status

if TYPE_CHECKING:
    from pathlib import Path

PLACE = Place("file:pbx", ZoneInfo("Asia/Tehran"), "IRR", "IR")
VILNIUS = Place("file:pbx", ZoneInfo("Europe/Vilnius"), "EUR", "LT")

ANSWERED = (
    '"","9120000001","1510","from-trunk","""Ann"" <9120000001>","PJSIP/trunk-00000001","PJSIP/1510-00000002","Dial",'
    '"PJSIP/1510,30","2026-11-21 09:00:00","2026-11-21 09:00:12","2026-11-21 09:01:42",102,90,"ANSWERED",'
    '"DOCUMENTATION","1795239000.1","note"'
)
OUTGOING = (
    '"","1510","02155500199","from-internal","1510","PJSIP/1510-00000003","PJSIP/trunk-00000004","Dial","x",'
    '"2026-11-21 10:00:00",,"2026-11-21 10:00:20",20,0,"NO ANSWER","DOCUMENTATION","1795242600.3",""'
)


def asterisk(*rows: str, place: Place = PLACE) -> list[Call | Rejected]:
    return list(read_asterisk([f"{row}\n" for row in rows], place))


def test_an_answered_incoming_call_of_asterisk() -> None:
    [call] = asterisk(ANSWERED)
    assert isinstance(call, Call)
    # Tehran is UTC+03:30.
    assert (call.started_at, call.ended_at) == (
        datetime(2026, 11, 21, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 21, 5, 31, 42, tzinfo=UTC),
    )
    assert (call.direction, call.status, call.wait, call.talk) == (Direction.INCOMING, Status.ANSWERED, 12, 90)
    assert (call.source.number, call.source.e164, call.source.name) == ("9120000001", "+989120000001", "Ann")
    assert (call.destination.number, call.extension, call.trunk) == ("1510", "1510", "trunk")
    assert (call.call_id, call.price, call.derived) == ("1795239000.1", None, {"direction"})


def test_an_unanswered_outgoing_call_of_asterisk() -> None:
    [call] = asterisk(OUTGOING)
    assert isinstance(call, Call)
    assert (call.direction, call.status, call.wait, call.talk) == (Direction.OUTGOING, Status.NO_ANSWER, 20, 0)
    assert (call.extension, call.trunk, call.destination.e164) == ("1510", "trunk", "+982155500199")


@pytest.mark.parametrize(
    ("source", "destination", "context", "direction"),
    [
        ("101", "102", "", Direction.INTERNAL),
        ("101", "02155500199", "", Direction.OUTGOING),
        ("02155500199", "101", "", Direction.INCOMING),
        ("", "101", "", Direction.INCOMING),
        ("02155500199", "02155500100", "", None),
        ("02155500199", "02155500100", "from-trunk", Direction.INCOMING),
        ("101", "", "", None),
        ("02155500199", "s", "", None),
    ],
)
def test_numbers_or_the_context_tell_the_direction(
    source: str, destination: str, context: str, direction: Direction | None
) -> None:
    place = Place("file:pbx", ZoneInfo("UTC"), incoming=frozenset({"from-trunk"}))
    row = f'"","{source}","{destination}","{context}",' + ANSWERED.split(",", 4)[4]
    [call] = asterisk(row, place=place)
    assert isinstance(call, Call)
    assert call.direction is direction


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("ANSWERED", "answered"),
        ("BUSY", "busy"),
        ("FAILED", "failed"),
        ("CONGESTION", "congestion"),
        ("ODD", "unknown"),
    ],
)
def test_dispositions(word: str, status: str) -> None:
    [call] = asterisk(ANSWERED.replace('"ANSWERED"', f'"{word}"'))
    assert isinstance(call, Call)
    assert call.status == status


def test_a_local_channel_is_no_trunk() -> None:
    # A call that is passed on to a mobile: the channel is named by its number.
    [call] = asterisk(OUTGOING.replace("PJSIP/trunk-00000004", "Local/09120000002@from-internal-00000004;1"))
    assert isinstance(call, Call)
    assert (call.trunk, call.extension) == (None, "1510")


def test_phones_that_rang_along_are_one_call() -> None:
    rang = ANSWERED.replace('"ANSWERED"', '"NO ANSWER"').replace("PJSIP/1510-", "PJSIP/1511-")
    for rows in ((rang, ANSWERED, rang), (ANSWERED, rang), (rang, rang, ANSWERED)):
        [call] = asterisk(*rows)
        assert isinstance(call, Call)
        assert (call.status, call.extension) == (Status.ANSWERED, "1510")


def test_rows_without_an_id_keep_their_keys() -> None:
    row = ANSWERED.replace(',"1795239000.1","note"', "")
    first = [call.call_id for call in asterisk(row, row, OUTGOING) if isinstance(call, Call)]
    again = [call.call_id for call in asterisk(row, row, OUTGOING, ANSWERED) if isinstance(call, Call)]
    assert len(set(first)) == 3
    assert again[:3] == first


# On 25 October 2026 Vilnius repeats 03:00 to 04:00: first from 00:00, then from 01:00 UTC.
REPEATED = [
    # start and end by the wall clock, seconds, the end in UTC
    ("03:50:00", "03:05:00", 900, (1, 5)),
    ("03:10:00", "03:20:00", 600, (0, 20)),
    ("03:10:00", "03:20:00", 4200, (1, 20)),
    ("02:55:00", "03:05:00", 600, (0, 5)),
    ("03:50:00", "04:05:00", 4500, (2, 5)),
]


@pytest.mark.parametrize(("start", "end", "seconds", "ended"), REPEATED)
def test_the_length_tells_the_end_in_the_hour_that_clocks_repeat(
    start: str, end: str, seconds: int, ended: tuple[int, int]
) -> None:
    day = "2026-10-25"
    of_asterisk = ANSWERED.replace("2026-11-21 09:00:00", f"{day} {start}").replace("102,90", f"{seconds},{seconds}")
    of_freeswitch = (
        f'"n","101","85250000","ctx","{day} {start}","{day} {start}","{day} {end}",{seconds},{seconds},"","u"'
    )
    columns = {"started": "s", "ended": "e", "talk": "t"}
    found = [
        *asterisk(of_asterisk.replace("2026-11-21 09:01:42", f"{day} {end}"), place=VILNIUS),
        *read_freeswitch([of_freeswitch], VILNIUS),
        *read_csv(["s,e,t\n", f"{day} {start},{day} {end},{seconds}\n"], columns, VILNIUS),
    ]
    assert [each.ended_at for each in found if isinstance(each, Call)] == [
        datetime(2026, 10, 25, *ended, tzinfo=UTC)
    ] * 3


def test_without_a_length_a_call_does_not_end_before_it_starts() -> None:
    rows = ["s,e\n", "2026-10-25 03:50,2026-10-25 03:05\n", "2026-10-25 03:50,2026-10-25T00:05:00Z\n"]
    one, stated = read_csv(rows, {"started": "s", "ended": "e"}, VILNIUS)
    assert isinstance(one, Call)
    assert isinstance(stated, Call)
    assert one.ended_at == datetime(2026, 10, 25, 1, 5, tzinfo=UTC)
    # As it is written, because it has an offset.
    assert stated.ended_at == datetime(2026, 10, 25, 0, 5, tzinfo=UTC)


def test_the_id_tells_the_hour_that_clocks_repeat() -> None:
    # On 25 October 2026 Vilnius repeats 03:00 to 04:00: first at 00:30 UTC, then at 01:30 UTC.
    for hour, started in ((0, 1792888200), (1, 1792891800)):
        row = ANSWERED.replace("2026-11-21 09:00:00", "2026-10-25 03:30:00").replace("1795239000.1", f"pbx-{started}.7")
        [call] = asterisk(row, place=VILNIUS)
        assert isinstance(call, Call)
        assert call.started_at == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('"a","b"', "2 fields instead of at least 16"),
        (ANSWERED.replace("102,90", "102,103"), "billsec is more than duration"),
        (ANSWERED.replace("102,90", "1e2,90"), "duration is not a number of seconds"),
        (ANSWERED.replace("2026-11-21 09:00:00", "never"), "start is not a Jalali or Gregorian date and time"),
    ],
)
def test_a_row_that_makes_no_sense_is_told_by_its_line_and_loses_no_other(row: str, reason: str) -> None:
    found = asterisk(ANSWERED, row, OUTGOING)
    [rejected] = [each for each in found if isinstance(each, Rejected)]
    assert rejected.line == 2
    assert rejected.reason.startswith(reason)
    assert len(found) == 3


@given(st.lists(st.text(max_size=300), max_size=20))
def test_no_file_breaks_a_reader(lines: list[str]) -> None:
    for read in (read_asterisk, read_freeswitch):
        for each in read(lines, PLACE):
            assert isinstance(each, Call | Rejected)


FREESWITCH = (
    '"Ann","9120000001","1510","public","2026-11-21 09:00:00","2026-11-21 09:00:12","2026-11-21 09:01:42","102","90",'
    '"NORMAL_CLEARING","d1f0-1","e2","","PCMA","PCMA"'
)


def test_a_call_of_freeswitch() -> None:
    [call] = read_freeswitch([FREESWITCH], PLACE)
    assert isinstance(call, Call)
    assert call.started_at == datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
    assert (call.call_id, call.direction, call.status) == ("d1f0-1", Direction.INCOMING, Status.ANSWERED)
    assert (call.wait, call.talk, call.extension, call.source.name) == (12, 90, "1510", "Ann")


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        ("ORIGINATOR_CANCEL", "no_answer"),
        ("NORMAL_CLEARING", "no_answer"),
        ("USER_BUSY", "busy"),
        ("NORMAL_CIRCUIT_CONGESTION", "congestion"),
        ("UNALLOCATED_NUMBER", "failed"),
    ],
)
def test_causes_of_calls_that_nobody_answered(cause: str, status: str) -> None:
    row = FREESWITCH.replace('"2026-11-21 09:00:12"', '""').replace("NORMAL_CLEARING", cause)
    [call] = read_freeswitch([row], PLACE)
    assert isinstance(call, Call)
    assert call.status == status


COLUMNS = {"started": "Date", "source": "From", "destination": "To", "talk": "Duration", "price": "Charge"}
HEADER = "Date,From,To,Duration,Charge\n"


def test_a_csv_file_with_columns_of_its_own() -> None:
    lines = [HEADER, "1405-08-30 09:00:00,1510,02155500199,1:30,1234.50\n", "2026-11-21T05:30:00Z,1510,1511,,\n"]
    first, second = read_csv(lines, COLUMNS, PLACE)
    assert isinstance(first, Call)
    assert isinstance(second, Call)
    # Aban 30, 1405 is 21 November 2026.
    assert first.started_at == second.started_at == datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
    assert (first.direction, first.talk, first.status) == (Direction.OUTGOING, 90, Status.ANSWERED)
    assert first.price == Money(Decimal("1234.50"), "IRR")
    assert (second.direction, second.status, second.price) == (Direction.INTERNAL, Status.UNKNOWN, None)


def test_columns_for_everything() -> None:
    header = "\ufeffid,when,way,how,line,phone,a,an,b,bn,w,t,p,c\n"
    columns = {"id": "id", "started": "when", "direction": "way", "status": "how", "trunk": "line", "extension": "phone",
               "source": "a", "source_name": "an", "destination": "b", "destination_name": "bn", "wait": "w", "talk": "t",
               "price": "p", "currency": "c"}  # fmt: skip
    row = "7,2026-11-21 09:00:00,Inbound,No_Answer,021,1510,9120000001,Ann,1510,Desk,12,0,0.07,EUR\n"
    [call] = read_csv([header, row], columns, PLACE)
    assert isinstance(call, Call)
    assert (call.call_id, call.direction, call.status) == ("7", Direction.INCOMING, Status.NO_ANSWER)
    assert (call.trunk, call.extension, call.wait, call.talk) == ("021", "1510", 12, 0)
    assert (call.source.name, call.destination.name) == ("Ann", "Desk")
    assert call.price == Money(Decimal("0.07"), "EUR")
    assert call.derived == frozenset()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-11-21,1,2,1:75,1", "talk is neither seconds nor h:mm:ss"),
        ('2026-11-21,1,2,10,"1,234"', "price is not a plain decimal"),
        ("2026-11-21,1,2,10,NaN", "price is not a plain decimal"),
        ('2026-11-21,"1', "not comma-separated values"),
        (",1,2,10,1", "started is not a Jalali or Gregorian date"),
    ],
)
def test_rows_of_csv_that_make_no_sense(row: str, reason: str) -> None:
    [rejected] = read_csv([HEADER, f"{row}\n"], COLUMNS, PLACE)
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(reason)


def test_a_price_needs_a_currency() -> None:
    [rejected] = read_csv([HEADER, "2026-11-21,1,2,10,5\n"], COLUMNS, Place("file:x", ZoneInfo("UTC")))
    assert rejected == Rejected(2, "price has no currency")


def test_a_currency_is_a_code_in_capital_or_small_letters() -> None:
    columns = {"started": "when", "price": "p", "currency": "c"}
    rows = ["when,p,c\n", *(f"2026-11-21,5,{code}\n" for code in ("eur", "euro", "", "€"))]
    found = list(read_csv(rows, columns, PLACE))
    assert [each.price for each in found if isinstance(each, Call)] == [
        Money(Decimal(5), "EUR"),
        Money(Decimal(5), "IRR"),
    ]
    said = "currency is no code such as IRR or EUR"
    assert [each for each in found if isinstance(each, Rejected)] == [Rejected(3, said), Rejected(5, said)]


def test_a_quotation_mark_too_many_costs_one_row() -> None:
    good = "2026-11-21,1,2,{0},1\n"
    # The mark of line 3 is closed in line 5; that of line 8 never. Line 6 has a cell of two lines.
    lines = [
        HEADER, good.format(1), '2026-11-21,"1,2,3,1\n', good.format(4), '2026-11-21,"1",2,5,1\n',
        '2026-11-21,"1\n', '1",2,6,1\n', '2026-11-21,"1,2,8,1\n', good.format(9), good.format(10),
    ]  # fmt: skip
    found = list(read_csv(lines, COLUMNS, PLACE))
    assert [each.talk for each in found if isinstance(each, Call)] == [1, 4, 5, 6, 9, 10]
    assert [each.line for each in found if isinstance(each, Rejected)] == [3, 8]


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1899-12-31T00:00Z"])
def test_a_start_of_another_age_is_refused(start: str) -> None:
    [rejected] = read_csv(["when\n", start], {"started": "when"}, PLACE)
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith("started is not a Jalali or Gregorian date")


def test_text_that_no_database_keeps_is_refused() -> None:
    [rejected] = read_csv([HEADER, "2026-11-21,1\0,2,10,1\n"], COLUMNS, PLACE)
    assert rejected == Rejected(2, "there is a character that no text has (NUL)")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"colour": "Date"}, "a column can't hold 'colour'"),
        ({"started": "When"}, "the file has no column 'When'; it has Date, From, To, Duration, Charge"),
        ({"source": "From"}, "say which column holds the start"),
    ],
)
def test_columns_that_there_are_not(columns: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_csv([HEADER], columns, PLACE)


def test_a_name_of_a_column_may_have_several_lines() -> None:
    lines = ['\ufeff"Call\n', 'start",From,"Talk\n', '(s)"\n', "2026-11-21 09:00:00,1510,5\n", "bad,1510,5\n"]
    call, rejected = read_csv(lines, {"started": "Call\nstart", "source": "From", "talk": "Talk\n(s)"}, PLACE)
    assert isinstance(call, Call)
    assert (call.started_at, call.talk) == (datetime(2026, 11, 21, 5, 30, tzinfo=UTC), 5)
    assert isinstance(rejected, Rejected)
    assert rejected.line == 5


def test_a_quotation_mark_too_many_in_the_header_costs_no_call() -> None:
    lines = ['Date,"From\n', "2026-11-21,1510\n", '2026-11-22,"1511" \n', '2026-11-23,"1512"\n']
    first, second, third = read_csv(lines, {"started": "Date"}, PLACE)
    assert isinstance(first, Call)
    assert second == Rejected(
        3, "not comma-separated values: a quotation mark is missing or too many, or a cell is too long"
    )
    assert isinstance(third, Call)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("x" * 200_000, "the first line of the file is too long for a header"),
        ("Date,From".encode("utf-16").decode(errors="replace"), "the file is no text in UTF-8"),
        ("Date,From,Date", "the file has several columns 'Date': rename all but the one that holds started"),
        (",".join(f"c{number}" for number in range(1000)), r"the file has no column 'Date'; it has c0, c1, .*…$"),
        ("a\x1b[2J,b", "the file has no column 'Date'; it has a [2J, b".replace("[", r"\[")),
    ],
    ids=["one long line", "UTF-16", "two of one name", "many columns", "control characters"],
)
def test_headers_that_cannot_be_used_are_one_line(header: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        read_csv([f"{header}\n"], {"started": "Date"}, PLACE)
    assert len(str(error.value)) < 1100
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    ("cell", "price"),
    [("1_000", None), ("1E+06", None), ("Infinity", None), ("-5.50", "-5.50"), ("+5", "5"), (".5", "0.5"), ("۱۲٫۵", None),
     ("۱۲۵۰", "1250")],
)  # fmt: skip
def test_prices_are_plain_decimals(cell: str, price: str | None) -> None:
    # A spreadsheet writes 1E+06 for a number that it has rounded.
    [found] = read_csv(["when,p\n", f"2026-11-21,{cell}\n"], {"started": "when", "price": "p"}, PLACE)
    if price is None:
        assert found == Rejected(2, "price is not a plain decimal such as 1234.50")
    else:
        assert isinstance(found, Call)
        assert found.price == Money(Decimal(price), "IRR")


def test_an_account_keeps_its_currency_where_none_is_given(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("Date\n2026-11-21\n")
    with Archive.open("sqlite://") as archive:
        for currency in ("EUR", None):
            trunkline.import_calls(
                path, account="pbx", zone="UTC", form="csv", columns={"started": "Date"}, currency=currency,
                archive=archive,
            )  # fmt: skip
            assert [account.currency for account in archive.accounts()] == ["EUR"]


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "calls.db"
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", str(path))
    return path


IMPORT = ["import", "--account", "pbx", "--zone", "Asia/Tehran", "--country", "IR", "--format", "json"]


def test_a_file_is_imported_once(tmp_path: Path, archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    master = tmp_path / "Master.csv"
    master.write_text(f"{ANSWERED}\n{OUTGOING}\n")
    assert main([*IMPORT, "--form", "asterisk", str(master)]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"account": "pbx", "new": 2, "changed": 0, "unchanged": 0, "rejected": 0}
    ]
    assert main([*IMPORT, "--form", "asterisk", str(master)]) == 0
    assert json.loads(capsys.readouterr().out)[0] == {
        "account": "pbx", "new": 0, "changed": 0, "unchanged": 2, "rejected": 0,
    }  # fmt: skip
    calls = trunkline.calls("1405-08-30", accounts="pbx", archive=str(archive))
    assert calls.frame["call_id"].tolist() == ["1795239000.1", "1795242600.3"]
    assert calls.status().frame["answered"].tolist() == [1]


def test_rows_are_rejected_in_one_line_each(tmp_path: Path, archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    master = tmp_path / "Master.csv"
    master.write_bytes(ANSWERED.encode().replace(b"Ann", b"\xff") + b"\n" + b"nonsense\n" * 12)
    assert main([*IMPORT, "--form", "asterisk", str(master)]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0].endswith("line 2: 1 fields instead of at least 16; this row is left out")
    assert len(told) == 11
    assert told[-1].endswith("2 more rows are left out")
    with sqlite3.connect(archive) as connection:
        assert connection.execute("SELECT COUNT(*) FROM calls").fetchone() == (1,)


def test_a_price_that_the_archive_cant_keep_costs_its_own_row(
    tmp_path: Path, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "calls.csv"
    # 64 bits end at 9,223,372,036,854,775,807.
    prices = ("1", "9223372036854775808", "9223372036854775807", "0.0000000000000000001", "3")
    file.write_text("when,price\n" + "".join(f"2026-11-{n},{price}\n" for n, price in enumerate(prices, 10)))
    columns = ["--column", "started=when", "--column", "price=price", "--currency", "IRR"]
    assert main([*IMPORT, "--form", "csv", *columns, str(file)]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)[0] == {"account": "pbx", "new": 3, "changed": 0, "unchanged": 0, "rejected": 2}
    why = "the field price has a number that the archive can't store exactly; this row is left out"
    assert printed.err.splitlines() == [f"trunkline: {file}, line {line}: {why}" for line in (3, 5)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--form", "csv"], "--column is needed for csv"),
        (["--form", "asterisk", "--column", "started=Date"], "--column is for csv only"),
        (["--form", "csv", "--column", "started=Date", "--incoming", "x"], "--incoming is for asterisk and freeswitch"),
        (["--form", "csv", "--column", "started"], "write --column FIELD=COLUMN"),
        (["--form", "asterisk", "--zone", "Tehran"], "no time zone 'Tehran'"),
        (["--form", "asterisk", "--account", "a b"], "a name consists of letters"),
        (["--form", "asterisk", "--currency", "rial"], "is no currency"),
        (["--form", "asterisk"], "can't read"),
    ],
)
def test_bad_arguments_are_one_line(
    archive: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main([*IMPORT, *arguments, "/nowhere/Master.csv"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert message in line
    assert not archive.exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('"a","b"', "2 fields instead of at least 11"),
        (FREESWITCH.replace('"d1f0-1"', '""'), "15 fields instead of at least 11, the last of them the uuid"),
        (FREESWITCH.replace('"102","90"', '"10","90"'), "billsec is more than duration"),
        (FREESWITCH.replace('"102"', '"ten"'), "duration is not a number of seconds"),
    ],
)
def test_rows_of_freeswitch_that_make_no_sense(row: str, reason: str) -> None:
    [rejected] = read_freeswitch([row], PLACE)
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(reason)


@pytest.mark.parametrize(("cell", "kind"), [(r"\ud800", "a surrogate"), (r"\u0000", "NUL")])
def test_a_character_that_no_text_has_costs_its_own_row_of_an_export(cell: str, kind: str) -> None:
    names = {"id": "call_id", "started": "started_at", "source_name": "source_name"}
    rows = [
        f"a,{place},,,,,,{name},,,2026-11-21T05:30:00Z{',' * 10}\n" for place, name in enumerate(["Ann", cell, "Bo"])
    ]
    first, second, third = read_csv([f"{','.join(EXPORTED)}\n", *rows], names, PLACE)
    assert isinstance(first, Call)
    assert second == Rejected(3, f"there is a character that no text has ({kind})")
    assert isinstance(third, Call)
