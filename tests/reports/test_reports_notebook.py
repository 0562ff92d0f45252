"""Loading for the notebooks, the archive's own totals, and cells that wait for calls."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from trunkline import metrics
from trunkline.archive import Archive, Coverage
from trunkline.errors import ConfigError
from trunkline.model import Call, Direction, Money, Party, Status, Trunk
from trunkline.reports import cost, notebook, status
from trunkline.reports.archived import archived_counts, archived_totals
from trunkline.reports.credits import credits_of
from trunkline.reports.masking import Masking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

D = Decimal
NOON = datetime(2025, 3, 17, 8, 30, tzinfo=UTC)  # 12:00 in Tehran


def call(account: str, name: str, days: float, outcome: Status, price: str | None, currency: str = "IRR") -> Call:
    return Call(
        account=account,
        call_id=name,
        direction=Direction.OUTGOING,
        status=outcome,
        started_at=NOON + timedelta(days=days),
        source=Party(number="10"),
        destination=Party(number="09120000001"),
        talk=60,
        price=None if price is None else Money(D(price), currency),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return an archive of two accounts and five calls, two of them priced to the hundredth."""
    found = tmp_path / "trunkline.db"
    with Archive.open(f"sqlite:///{found}") as archive:
        for account, title in (("telefonchy:1", "Office"), ("telefonchy:2", "Branch")):
            archive.register(account, provider="telefonchy", title=title, zone="Asia/Tehran", currency="IRR")
        archive.store([
            call("telefonchy:1", "a", 0, Status.ANSWERED, "100"),
            call("telefonchy:1", "b", 1, Status.ANSWERED, "0.25"),
            call("telefonchy:1", "c", 2, Status.BUSY, None),
            call("telefonchy:2", "d", 3, Status.ANSWERED, "7.50", "EUR"),
            call("telefonchy:2", "e", 4, Status.BUSY, "1"),
        ])  # fmt: skip
    return found


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """Return an IPython that no other test sees."""
    yield InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    InteractiveShell.clear_instance()


def test_all_calls_of_all_accounts_are_loaded_with_progress(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loaded = notebook.load(str(path))
    assert loaded.calls["call_id"].tolist() == ["a", "b", "c", "d", "e"]
    assert loaded.names == {"telefonchy:1": "Office", "telefonchy:2": "Branch"}
    assert loaded.currencies == ["EUR", "IRR"]
    assert loaded.zone.key == "Asia/Tehran"
    assert loaded.headline == ("**5 calls** of Office, Branch from 2025-03-17 to 2025-03-21 (local time, Asia/Tehran).")
    assert "loading: 3/3" in capsys.readouterr().out


def test_the_title_of_an_account_is_text_in_the_headline(path: Path) -> None:
    title = "<img src=x>\n\n![x](http://192.0.2.1/x) $x^2$"
    with Archive.open(f"sqlite:///{path}") as archive:
        archive.register("telefonchy:1", provider="telefonchy", title=title, zone="Asia/Tehran", currency="IRR")
    headline = notebook.load(str(path), accounts="telefonchy:1").headline
    assert "<img src=x> ![x](http://192.0.2.1/x) $x^2$" in html.unescape(headline)
    assert not set("<>[]!$\n") & set(headline.partition("** of ")[2].partition(" from ")[0])


def test_days_are_local_and_half_open(path: Path) -> None:
    loaded = notebook.load(f"sqlite:///{path}", since="2025-03-18", until=date(2025, 3, 20))
    assert loaded.calls["call_id"].tolist() == ["b", "c"]
    # Midnight in Tehran, +03:30.
    assert loaded.since == datetime(2025, 3, 17, 20, 30, tzinfo=UTC)
    assert loaded.until == datetime(2025, 3, 19, 20, 30, tzinfo=UTC)
    assert notebook.load(str(path), since="2025-03-18", zone="UTC").since == datetime(2025, 3, 18, tzinfo=UTC)


@pytest.mark.parametrize("accounts", ["telefonchy:2", ["telefonchy:2"], "telefonchy:2, "])
def test_accounts_are_chosen_by_key(path: Path, accounts: Any) -> None:
    loaded = notebook.load(str(path), accounts=accounts)
    assert loaded.calls["call_id"].tolist() == ["d", "e"]
    assert loaded.names == {"telefonchy:2": "Branch"}


def test_totals_by_sql_are_those_of_what_was_loaded(path: Path) -> None:
    found = archived_totals(notebook.load(str(path)))
    assert [tuple(line) for line in found.itertuples(index=False)] == [
        ("answered", "EUR", 1, 1, D("7.50")),
        ("answered", "IRR", 2, 2, D("100.25")),
        # One of them has no price: its currency is its account's.
        ("busy", "IRR", 2, 1, D(1)),
    ]
    chosen = notebook.load(str(path), accounts=["telefonchy:1"], since="2025-03-18", until="2025-03-19")
    assert archived_totals(chosen)["cost"].tolist() == [D("0.25")]


def test_totals_by_sql_agree_with_the_figures(path: Path) -> None:
    loaded = notebook.load(str(path))
    by_sql = archived_totals(loaded)
    totals = cost.totals(loaded.calls).dropna(subset="cost")
    assert (
        dict(zip(totals["currency"], totals["cost"], strict=True)) == by_sql.groupby("currency")["cost"].sum().to_dict()
    )
    assert status.counts(loaded.calls)["calls"].tolist() == [by_sql["calls"].sum()]


def test_an_archive_without_calls_says_so(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    Archive.open(f"sqlite:///{path}").close()
    loaded = notebook.load(str(path))
    assert len(loaded.calls) == 0
    assert "is empty: no call has been synced yet" in loaded.headline
    assert loaded.currencies == []
    assert len(archived_totals(loaded)) == 0


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "absent.db"
    loaded = notebook.load(str(path))
    assert f"There is no archive at `{path}`" in loaded.headline
    assert not path.exists()
    assert cost.totals(loaded.calls).empty


def test_a_period_without_calls_says_how_many_there_are_outside_it(path: Path) -> None:
    loaded = notebook.load(str(path), since="2030-01-01")
    assert "has 5 calls, but none in this period" in loaded.headline


def test_the_archive_is_the_commands_unless_another_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", f"sqlite:///{path}")
    assert len(notebook.load().calls) == 5
    monkeypatch.delenv("TRUNKLINE_ARCHIVE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "data" / "trunkline").mkdir(parents=True)
    path.rename(tmp_path / "data" / "trunkline" / "trunkline.db")
    assert len(notebook.load().calls) == 5


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"since": "yesterday"}, "since='yesterday' is no day: write it like 2025-03-21"),
        ({"until": "2025-02-30"}, "until='2025-02-30' is no day"),
        ({"zone": "Tehran"}, "no time zone 'Tehran'"),
        ({"accounts": ["telefonchy:9"]}, "no account telefonchy:9; it has telefonchy:1, telefonchy:2"),
    ],
)
def test_what_can_not_be_is_refused_in_one_line(path: Path, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        notebook.load(str(path), **wrong)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_figures_are_computed_by_name_with_progress(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calls = notebook.load(str(path)).calls
    tables = notebook.compute(calls, {"totals": cost.totals, "counts": status.counts})
    assert list(tables) == ["totals", "counts"]
    assert tables["counts"]["calls"].tolist() == [5]
    assert "figures: 2/2" in capsys.readouterr().out


def test_cells_that_read_calls_wait_until_there_are_some(path: Path, tmp_path: Path, shell: InteractiveShell) -> None:
    shell.user_ns["shell"] = shell
    shell.run_cell("from trunkline.reports.notebook import load\nran = []")
    load = "calls = load({!r}, shell=shell).calls"
    assert shell.run_cell(load.format(str(tmp_path / "absent.db"))).success
    for cell in ("ran.append(len(calls))", "ran.append(tables['x'])", "ran.append('other')"):
        assert shell.run_cell(cell).success
    assert shell.user_ns["ran"] == ["other"]
    shell.run_cell(load.format(str(path)))
    shell.run_cell("ran.append(len(calls))")
    assert shell.user_ns["ran"] == ["other", 5]
    # Loaded twice, it still stands in the way but once.
    assert sum(getattr(each, "__name__", "") == "skip" for each in shell.input_transformers_cleanup) == 1


def test_what_is_no_python_is_left_to_the_shell() -> None:
    assert not notebook._reads_calls("%matplotlib inline")
    assert not notebook._reads_calls("calls = load()")
    assert notebook._reads_calls("print(len(calls))")


def test_in_a_notebook_progress_is_one_line_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Handle:
        def update(self, data: dict[str, str], *, raw: bool) -> None:
            shown[-1] = data["text/plain"]

    def display(data: dict[str, str], *, raw: bool, display_id: bool) -> Handle:
        shown.append(data["text/plain"])
        return Handle()

    monkeypatch.setattr(notebook, "display", display)
    monkeypatch.setattr(notebook, "get_ipython", object)
    with notebook._bar("reading", 2) as bar:
        bar.update()
        bar.update()
    assert len(shown) == 1
    assert shown[0].startswith("reading: 2/2")


def test_counts_by_sql_are_those_of_the_figures(path: Path) -> None:
    loaded = notebook.load(str(path))
    found = archived_counts(loaded)
    # Each answered call talked for a minute; outgoing calls are not missed.
    assert [tuple(line) for line in found.itertuples(index=False)] == [
        ("telefonchy:1", 3, 0, 120),
        ("telefonchy:2", 2, 0, 60),
    ]
    columns = ["account", "calls", "missed", "talk_s"]
    assert status.overview(loaded.calls)[columns].to_dict("records") == found.to_dict("records")


def test_accounts_in_several_zones_are_on_one_clock(path: Path) -> None:
    with Archive.open(f"sqlite:///{path}") as archive:
        archive.register("telefonchy:2", provider="telefonchy", title="Branch", zone="Asia/Ho_Chi_Minh", currency="IRR")
    loaded = notebook.load(str(path))
    assert loaded.headline.endswith("(local time, UTC).")
    assert loaded.calls["started_local"].tolist() == loaded.calls["started_at"].dt.tz_localize(None).tolist()
    chosen = notebook.load(str(path), zone="Asia/Ho_Chi_Minh")
    # 08:30 UTC is 15:30 at UTC+7, for the calls of both accounts.
    assert {(at.hour, at.minute) for at in chosen.calls["started_local"]} == {(15, 30)}


def weeks_of(path: Path, days: int, read_to: datetime | None, **period: str) -> Any:
    with Archive.open(f"sqlite:///{path}") as archive:
        coverage = Coverage("telefonchy:1")
        if read_to is not None:
            coverage = coverage.cover(NOON - timedelta(days=1), read_to)
        calls = [call("telefonchy:1", f"w{day}", day, Status.ANSWERED, "1") for day in range(days)]
        archive.store(calls, coverage=coverage)
    return notebook.load(str(path), accounts="telefonchy:1", **period)


def test_only_complete_days_are_in_the_last_four_weeks(path: Path) -> None:
    # From 17 March, the day of the first call, read up to noon of 15 May: complete from 18 March to 14 May.
    loaded = weeks_of(path, 60, NOON + timedelta(days=59))
    assert loaded.complete == (date(2025, 3, 18), date(2025, 5, 15))
    assert loaded.four_weeks() == (
        (date(2025, 3, 20), date(2025, 4, 17)),
        (date(2025, 4, 17), date(2025, 5, 15)),
    )


def test_a_day_without_calls_is_complete_if_it_was_read(path: Path) -> None:
    assert weeks_of(path, 10, NOON + timedelta(days=20)).complete == (date(2025, 3, 18), date(2025, 4, 6))


def test_a_chosen_period_begins_with_a_complete_day(path: Path) -> None:
    loaded = weeks_of(path, 60, NOON + timedelta(days=59), since="2025-03-20", until="2025-05-01")
    assert loaded.complete == (date(2025, 3, 20), date(2025, 5, 1))
    # Only two weeks are left before the last four.
    assert loaded.four_weeks() == ((date(2025, 3, 20), date(2025, 4, 3)), (date(2025, 4, 3), date(2025, 5, 1)))


def test_without_a_week_before_there_is_nothing_to_compare(path: Path) -> None:
    assert weeks_of(path, 30, NOON + timedelta(days=29)).four_weeks() is None
    assert notebook.load(str(path), since="2030-01-01").four_weeks() is None


def test_numbers_are_masked_with_the_key_of_the_archive(path: Path) -> None:
    loaded = notebook.load(str(path))
    masking = loaded.masking()
    assert isinstance(masking, Masking)
    assert loaded.masking(mask=False) is False
    with Archive.open(f"sqlite:///{path}") as archive:
        key = archive.masking_key()
    assert masking.pseudonym("09120000001") == Masking(key).pseudonym("09120000001")
    assert key.hex() not in repr(loaded)
    assert repr(key) not in repr(loaded)


def test_a_credit_runs_out_in_the_zone_of_its_account(path: Path) -> None:
    # A call of 24 rial each day; the reading is at 20:30 UTC, midnight in Tehran: 48 rial last two days from then on.
    # In UTC, the day of the reading would have 3.5 hours left.
    midnight = datetime(2025, 5, 1, 20, 30, tzinfo=UTC)
    with Archive.open(f"sqlite:///{path}") as archive:
        archive.register("telefonchy:0", provider="telefonchy", title="First", zone="UTC", currency="IRR")
        archive.store([
            replace(call("telefonchy:1", f"p{day}", 0, Status.ANSWERED, "24"), trunk="2155501",
                    started_at=midnight - timedelta(days=day, hours=1))
            for day in range(30)
        ])  # fmt: skip
        trunk = Trunk(trunk_id="2155501", credit=Money(D(48), "IRR"))
        archive.record_credit("telefonchy:1", [trunk], midnight)
    loaded = notebook.load(str(path), accounts=["telefonchy:0", "telefonchy:1"])
    (row,) = credits_of(loaded).to_dict("records")
    assert (row["trunk"], row["credit"], row["per_day"]) == ("2155501", D(48), D(24))
    assert row["runs_out"] == midnight + timedelta(days=2)
    assert str(row["read"].tz) == "UTC"


def test_open_missed_calls_are_those_of_the_sensors(path: Path) -> None:
    # The same number as sent, and in E.164 in one record only: called back, and missed again.
    plain, full = Party(number="09120000001"), Party(number="09120000001", e164="+989120000001")
    missed = replace(call("telefonchy:1", "m1", 10, Status.NO_ANSWER, None), direction=Direction.INCOMING)
    with Archive.open(f"sqlite:///{path}") as archive:
        archive.store([
            replace(missed, source=full),
            replace(call("telefonchy:1", "back", 11, Status.ANSWERED, None), destination=plain),
            replace(missed, call_id="m2", started_at=NOON + timedelta(days=12), source=plain),
        ])  # fmt: skip
        own = archive.calls(accounts="telefonchy:1")
        row = status.overview(archive.frame(accounts="telefonchy:1")).to_dict("records")[0]
    figures, still = metrics.day_figures(own), metrics.open_missed(own)
    assert (row["calls"], row["missed"], row["talk_s"]) == (figures.calls, figures.missed, figures.talk_s)
    assert (row["open_missed_calls"], row["open_missed_callers"]) == (len(still.calls), still.callers) == (1, 1)
