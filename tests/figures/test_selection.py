"""`trunkline.calls()` on an archive with two accounts in two zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import trunkline
from tests.archive.records import call
from trunkline.archive import Archive, Coverage, Segment
from trunkline.errors import ConfigError, DataError
from trunkline.model import Money, Party, Trunk

TEHRAN, VILNIUS = "telefonchy:1001", "mor:7"
# 21:00 UTC on 21 October 2026 is 00:30 of 30 Mehr 1405 in Tehran and midnight of the 22nd in Vilnius (UTC+03:00).
EVENING = datetime(2026, 10, 21, 21, tzinfo=UTC)
NOW = datetime(2026, 10, 25, 12, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    with Archive.open(url) as archive:
        archive.register(TEHRAN, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.register(VILNIUS, provider="mor", title="Shop", zone="Europe/Vilnius", currency="EUR")
        for account, caller in ((TEHRAN, "+989120000001"), (VILNIUS, "+37052000001")):
            listed = [
                # 20:15, 20:45, 21:15 ... UTC: half hours around both midnights.
                call(
                    str(number),
                    account=account,
                    started_at=EVENING + timedelta(minutes=30 * number - 45),
                    ended_at=None,
                    source=Party(number=caller),
                )
                for number in range(6)
            ]
            archive.store(listed)
    return url


def test_each_account_has_its_own_days(url: str) -> None:
    # Tehran's 22 October begins at 20:30 UTC, that of Vilnius at 21:00.
    calls = trunkline.calls("2026-10-22", archive=url)
    counted = calls.frame["account"].value_counts().to_dict()
    assert counted == {TEHRAN: 5, VILNIUS: 4}
    assert {str(day) for day in calls.frame["started_local"].dt.date} == {"2026-10-22"}
    before = trunkline.calls("..2026-10-21", archive=url)
    assert before.frame["account"].value_counts().to_dict() == {TEHRAN: 1, VILNIUS: 2}


@pytest.mark.parametrize("name", ["Office", "office", " OFFICE ", TEHRAN, "1001"])
def test_an_account_has_the_names_that_people_use(url: str, name: str) -> None:
    calls = trunkline.calls(accounts=name, archive=url)
    assert [each.account for each in calls.accounts] == [TEHRAN]
    assert len(calls) == 6
    assert len(trunkline.calls(accounts=[name, "shop"], archive=url)) == 12


def test_an_unknown_account_is_named_with_those_there_are(url: str) -> None:
    with pytest.raises(ConfigError, match="no account 'Home'; its accounts: Shop, Office"):
        trunkline.calls(accounts="Home", archive=url)


def test_spaces_around_a_title_make_no_difference(url: str) -> None:
    with Archive.open(url) as archive:
        archive.register(TEHRAN, provider="telefonchy", title=" Office ", zone="Asia/Tehran", currency="IRR")
        assert len(trunkline.calls(accounts=" Office ", archive=archive)) == 6
        assert len(trunkline.calls(accounts="office", archive=archive)) == 6


def test_where_takes_names_of_accounts(url: str) -> None:
    calls = trunkline.calls(archive=url).where(account="shop")
    assert [each.title for each in calls.accounts] == ["Shop"]
    assert len(calls) == 6


def test_where_with_no_names_chooses_no_calls(url: str) -> None:
    for column in ("account", "direction"):
        assert len(trunkline.calls(archive=url).where(**{column: []})) == 0


def test_words_are_counted_by_the_clock_of_the_account(url: str) -> None:
    # At 21:00 UTC it is the 22nd in Tehran already.
    calls = trunkline.calls("yesterday", archive=url, accounts="office", now=EVENING)
    assert repr(calls).splitlines()[1] == "Period: yesterday: 1405-07-29 (local time in Asia/Tehran)"
    assert len(calls) == 1
    assert trunkline.calls("this month", archive=url, accounts="office", now=NOW).jalali
    assert not trunkline.calls("this month", archive=url, now=NOW).jalali
    assert trunkline.calls(archive=url, accounts="office").jalali


def test_it_says_what_it_is(url: str) -> None:
    assert repr(trunkline.calls("1405-07-30", archive=url, accounts="office")) == (
        "5 calls of Office\nPeriod: 1405-07-30 (local time in Asia/Tehran)"
    )
    assert repr(trunkline.calls(archive=url)).splitlines() == [
        "12 calls of Shop, Office",
        "Period: all calls (local time in Asia/Tehran, Europe/Vilnius)",
    ]
    assert "<strong>12 calls of Shop, Office</strong>" in trunkline.calls(archive=url)._repr_html_()


def test_titles_of_strangers_stay_text(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    with Archive.open(url) as archive:
        archive.register(TEHRAN, provider="telefonchy", title="<b>x</b>", zone="Asia/Tehran", currency="IRR")
        archive.store([call("1")])
    calls = trunkline.calls(archive=url)
    assert "&lt;b&gt;" in calls._repr_html_()
    assert "<b>" not in calls.cost(by="account")._repr_html_()


def test_spans_that_no_sync_has_read_are_told(url: str) -> None:
    low = datetime(2026, 10, 20, tzinfo=UTC)
    known = Coverage(TEHRAN, "", (Segment(low, low + timedelta(hours=6)), Segment(low + timedelta(hours=8), NOW)))
    with Archive.open(url) as archive:
        archive.store([], coverage=known)
    calls = trunkline.calls("2026-10-20", archive=url, accounts="office")
    # The local day begins at 20:30 UTC on the 19th, before what has been read.
    assert calls.gaps == {
        TEHRAN: (
            Segment(datetime(2026, 10, 19, 20, 30, tzinfo=UTC), low),
            Segment(low + timedelta(hours=6), low + timedelta(hours=8)),
        )
    }
    assert "Not read yet: Office, 2026-10-20 09:30 to 2026-10-20 11:30. `trunkline sync` reads it." in repr(calls)
    assert trunkline.calls("2026-10-22..", archive=url, accounts="office").gaps == {}


def test_the_own_lines_stay_whole_where_numbers_are_hidden(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    with Archive.open(url) as archive:
        archive.register("file:pbx", provider="file", title="pbx", zone="Asia/Tehran", currency="IRR")
        own, caller = (Party(number=f"021{number}", e164=f"+9821{number}") for number in ("55000001", "55000002"))
        archive.store([call("1", account="file:pbx", trunk="2155000001", source=caller, destination=own)])
    shown = str(trunkline.calls(archive=url).cost(by="destination"))
    assert "+982155000001" in shown
    assert "+982155000002" not in str(trunkline.calls(archive=url).contacts())


def test_lines_of_a_frame_and_trunks_with_credit_stay_whole(tmp_path: Path) -> None:
    own, other, caller = (Party(number=f"021{n}", e164=f"+9821{n}") for n in ("55000001", "55000003", "55000002"))
    with Archive.open(tmp_path / "calls.db") as archive:
        archive.register("file:pbx", provider="file", title="pbx", zone="Asia/Tehran", currency="IRR")
        archive.record_credit("file:pbx", [Trunk("2155000003", "02155000003", credit=Money(Decimal(5), "IRR"))], NOW)
        archive.store(
            [
                call("1", account="file:pbx", trunk="2155000001", source=caller, destination=own),
                call("2", account="file:pbx", trunk="2155000001", source=caller, destination=other),
            ]
        )
        calls = trunkline.calls(archive=archive)
        shown = str(calls.cost(by="destination"))
        assert own.e164 in shown
        assert other.e164 in shown
        assert caller.e164 not in str(calls.contacts())
        by_hand = str(trunkline.Calls(calls.frame).cost(by="destination"))
        assert own.e164 in by_hand
        assert other.e164 not in by_hand


def test_an_archive_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(ConfigError, match=r"no archive at .*none\.db: `trunkline sync` makes one"):
        trunkline.calls(archive=str(path))
    assert not path.exists()
    with pytest.raises(ConfigError, match="neither a file nor a database URL"):
        trunkline.calls(archive="://")


def test_an_archive_may_be_a_path(url: str) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    assert len(trunkline.calls(archive=path)) == len(trunkline.calls(archive=url)) > 0
    with Archive.open(path) as archive:
        assert len(trunkline.calls(archive=archive)) == len(trunkline.calls(archive=url))


def test_an_open_archive_stays_open(url: str) -> None:
    with Archive.open(url) as archive:
        assert len(trunkline.calls("2026-10", archive=archive)) == 12
        assert archive.accounts()


def test_an_archive_without_accounts_has_no_calls(tmp_path: Path) -> None:
    with Archive.open(f"sqlite:///{tmp_path / 'empty.db'}") as archive:
        calls = trunkline.calls("1405-08", archive=archive)
        assert repr(calls) == "0 calls\nPeriod: 1405-08: 1405-08-01 to 1405-08-30 (local time)"
        assert "no prices" in calls.cost().unit


def test_a_time_without_a_zone_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="now needs a time zone"):
        trunkline.calls("today", archive=url, now=datetime(2026, 11, 27))


@pytest.mark.parametrize("column", ["price", "started_at", "started_local"])
def test_where_refuses_amounts_and_times(url: str, column: str) -> None:
    # Their text depends on the other calls: 57 is 57.000000 beside a price with six decimal digits.
    with pytest.raises(DataError, match=f"calls can't be chosen by '{column}'"):
        trunkline.calls(archive=url).where(**{column: "57"})


def test_where_takes_text_and_whole_numbers(url: str) -> None:
    calls = trunkline.calls(archive=url)
    talked = calls.frame["talk_s"].iloc[0]
    assert len(calls.where(talk_s=int(talked))) == (calls.frame["talk_s"] == talked).sum() > 0
    assert len(calls.where(talk_s=[talked, 0])) == calls.frame["talk_s"].isin([talked, 0]).sum()
    for value in (None, [None], 1.5, [True]):
        with pytest.raises(DataError, match="the values of 'extension' to choose are text or whole numbers"):
            calls.where(extension=value)  # type: ignore[arg-type]


def test_a_part_needs_its_column(url: str) -> None:
    frame = trunkline.calls(archive=url).frame
    with pytest.raises(DataError, match="the calls have no column 'price_talk'"):
        trunkline.Calls(frame.drop(columns="price_talk")).part("talk")
