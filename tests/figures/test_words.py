"""What figures say in a sentence, the parts of prices, and reading an archive without writing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import pytest_socket

import trunkline
from tests.reports.frames import row
from trunkline import home_assistant
from trunkline.errors import ConfigError, DataError
from trunkline.reports.tables import table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

D = Decimal


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest_socket.enable_socket()
    return trunkline.sample(tmp_path_factory.mktemp("sample") / "s.db", calls=200, days=20)


def test_words_are_markdown_and_text(archive: Path) -> None:
    calls = trunkline.calls(archive=str(archive))
    words = calls.cost_in_words()
    assert repr(words) == str(words) == words._repr_markdown_()
    assert "EUR** for 140 calls" in words
    assert "IRR** for 200 calls" in words
    assert calls.currencies == ("EUR", "IRR")
    nothing = trunkline.Calls(calls.frame.iloc[:0])
    assert nothing.cost_in_words() == "No call has a known price."
    assert nothing.status_in_words() == "There are no calls."
    assert nothing.currencies == ()


def test_calls_without_a_currency_have_their_days(make: Callable[..., Any]) -> None:
    lines = [
        row(day, f"2025-03-{day} 09:00:00", "outgoing", "answered", price="3", currency=None) for day in ("17", "19")
    ]
    assert trunkline.Calls(make(lines)).cost_in_words() == (
        "**6.00** in an unknown currency for 2 calls in 3 days: 2.00 a day, 3.00 an answered call."
    )


def test_calls_without_a_start_have_no_cost_of_a_day(make: Callable[..., Any]) -> None:
    calls = trunkline.Calls(make([row("1", None, "outgoing", "answered", price="3", talk_s=60)]))
    assert calls.cost_in_words() == "**3 IRR** for 1 call: 3 an answered call, 3 a minute of talk."


def test_a_part_of_the_price_takes_its_place(archive: Path) -> None:
    calls = trunkline.calls(archive=str(archive))
    talk = calls.part("talk")
    [rial] = talk.cost().frame.query("currency == 'IRR'").to_dict("records")
    assert rial["cost"] == calls.frame["price_talk"].dropna().sum()
    # The account in euro doesn't state the parts.
    assert talk.currencies == ("IRR",)
    with pytest.raises(DataError, match="no part 'fee'; possible are wait, talk, record, saved"):
        calls.part("fee")


def test_the_credit_of_a_sample_falls_by_what_calls_cost(archive: Path) -> None:
    frame = trunkline.calls(archive=str(archive), accounts=["Office", "Branch"]).balance().frame
    assert len(frame) == 3 * 60
    assert set(frame["residual"]) == {0}


def test_an_archive_is_read_without_being_written(archive: Path, tmp_path: Path) -> None:
    copy = tmp_path / "trunkline.db"
    copy.write_bytes(archive.read_bytes())
    before = copy.read_bytes()
    url = home_assistant.read_only(tmp_path)
    assert url == home_assistant.read_only(copy)
    calls = trunkline.calls(archive=url)
    assert len(calls) == 340
    # The archive has no key for pseudonyms, and gets none: the one of the process is the same each time.
    assert calls.mask == trunkline.calls(archive=url).mask
    with trunkline.Archive.open(url) as opened, pytest.raises(trunkline.errors.ArchiveError, match="read-only"):
        opened.register("x:1", provider="x", title="X", zone="UTC", currency="EUR")
    assert copy.read_bytes() == before


def test_what_is_not_there_is_said_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"there is no archive at .*trunkline\.db: Home Assistant keeps it"):
        home_assistant.read_only(tmp_path)
    assert home_assistant.access_token({"HASS_TOKEN": " t "}) == "t"
    monkeypatch.setattr("getpass.getpass", lambda _: " typed ")
    assert home_assistant.access_token({}) == "typed"

    def nobody(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", nobody)
    with pytest.raises(ConfigError, match="set the environment variable HASS_TOKEN"):
        home_assistant.access_token({})


def test_calls_of_no_archive_have_no_statistics(archive: Path) -> None:
    calls = trunkline.calls(archive=str(archive))
    with pytest.raises(DataError, match="not from an archive with accounts"):
        home_assistant.compare(trunkline.Calls(calls.frame), pd.DataFrame())


def test_calls_without_prices_are_compared_with_statistics_too(archive: Path) -> None:
    calls = trunkline.calls(archive=str(archive), accounts="Branch")
    [account] = calls.accounts
    frame = calls.frame.assign(price=pd.array([None] * len(calls), dtype=calls.frame["price"].dtype))
    series = f"trunkline:{account.account.replace(':', '_')}"
    found = pd.DataFrame(
        [(f"{series}_calls", "Calls", None, calls.frame["started_at"].min().floor("h"), float(len(calls)), 0.0)],
        columns=["statistic_id", "name", "unit", "start", "change", "sum"],
    )
    compared = home_assistant.compare(replace(calls, frame=frame), found).frame
    assert compared["series"].tolist() == ["calls", "answered", "missed", "talk"]
    assert compared["difference"].tolist() == [0, None, None, None]
    # What Home Assistant has, and the archive lacks.
    charged = pd.concat([found, found.assign(statistic_id=f"{series}_cost", change=5.0)])
    [cost] = home_assistant.compare(replace(calls, frame=frame), charged).frame.to_dict("records")[4:]
    assert (cost["archive"], cost["statistics"], cost["difference"]) == (None, 5, None)


def test_tables_show_shares_changes_truths_and_zones() -> None:
    frame = pd.DataFrame({
        "at": pd.to_datetime(["2026-05-20T08:30:00Z"]),
        "blocked": [0.000058],
        "waiting": [0.25],
        "change": [D(-12)],
        "ratio": [1.126],
        "needed": [True],
        "other_status": ["no_answer"],
        "other_talk_s": [74],
    })  # fmt: skip
    shown = table(frame)
    assert shown.heads == ("at (UTC)", "blocked", "waiting", "change", "ratio", "needed", "other status", "other talk")
    assert shown.rows == (("2026-05-20 08:30", "0.0058%", "25.0%", "-12", "1.13", "yes", "no answer", "1:14"),)
    assert 3 not in shown.words
    assert table(pd.DataFrame({"change": [0.125]})).rows == (("+12.5%",),)


def test_what_is_very_small_is_not_written_with_an_exponent() -> None:
    frame = pd.DataFrame({"blocked": [0.0000058, 0.0], "last_line": [0.00061, 0.0], "erlang": [0.0123, 1.0]})
    assert table(frame).rows == (("< 0.001%", "< 0.001", "0.0123"), ("0.0%", "0", "1"))
    # How improbable something is, is the more interesting the smaller it is.
    assert table(pd.DataFrame({"probability": [0.000023]})).rows == (("2.3e-05",),)


def test_a_table_without_rows_says_so() -> None:
    empty = table(pd.DataFrame({"account": [], "calls": []}), caption="Calls recorded twice")
    assert str(empty).splitlines() == ["Calls recorded twice", "account  calls", "No rows."]
    assert '<td colspan="2"' in empty._repr_html_()
    assert "No rows." not in str(table(pd.DataFrame({"calls": [1]})))


def test_errors_of_a_forecast_have_the_digits_of_their_currency() -> None:
    frame = pd.DataFrame({
        "currency": ["EUR", "IRR"], "measure": ["talk_s", "cost"], "mae": [D("1.689865"), D("17690.538462")],
        "pinball": [D("0.352953"), D("3739.020487")],
    })  # fmt: skip
    shown = table(frame.drop(columns="measure"))
    assert shown.rows == (("EUR", "1.69", "0.35"), ("IRR", "17,691", "3,739"))
    assert table(frame[["measure"]]).rows == (("talk (s)",), ("cost",))
