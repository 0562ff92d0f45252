"""Questions that need the archive: two periods, forecasts, budgets, credits, and calls that two accounts recorded."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

import trunkline
from tests.archive.records import call, irr
from tests.reports.frames import OFFICE, row, rows, table, to_pandas
from trunkline.archive import Archive, Coverage, Segment
from trunkline.errors import ConfigError, DataError
from trunkline.figures import history
from trunkline.model import Direction, Money, Party, Status, Trunk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trunkline import Calls

D = Decimal
OFFICE_ACCOUNT, PBX = "telefonchy:1001", "simotel:pbx"
TRUNK = "2155500001"
# Noon in Tehran on Thursday 20 November 2025, 29 Aban 1404.
NOW = datetime(2025, 11, 20, 8, 30, tzinfo=UTC)
CALLER = Party(number="9120000001", e164="+989120000001")


def spent(day: date, amount: int, **changes: Any) -> Any:
    """Return a call at 10:00 in Tehran that cost so much."""
    start = datetime(day.year, day.month, day.day, 6, 30, tzinfo=UTC)
    fields: dict[str, Any] = {"started_at": start, "ended_at": start + timedelta(seconds=96), "price": irr(amount)}
    return call(changes.pop("call_id", f"{day:%m%d}"), **(fields | changes))


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return an archive in which every day from 1 October to 20 November costs 10, in November 20 on Mondays."""
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    with Archive.open(url) as archive:
        archive.register(OFFICE_ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        days = [date(2025, 10, 1) + timedelta(days=n) for n in range(51)]
        busy = [day.month == 11 and day.weekday() == 0 for day in days]
        low = datetime(2025, 9, 1, tzinfo=UTC)
        archive.store(
            [spent(day, 20 if twice else 10) for day, twice in zip(days, busy, strict=True)],
            coverage=Coverage(OFFICE_ACCOUNT, "1001", (Segment(low, NOW),)),
        )
    return url


@pytest.fixture
def november(url: str) -> Calls:
    return trunkline.calls("2025-11", archive=url, now=NOW)


# --- other periods --------------------------------------------------------------------------------


def test_the_period_before_is_read_from_the_same_archive(november: Calls) -> None:
    assert len(november) == 20
    before = november.previous()
    assert (before.period.text, len(before)) == ("2025-10", 31)
    assert before.now == NOW
    assert before.accounts == november.accounts
    assert len(november.select("2025-11-03..2025-11-05")) == 3
    # By the clock that the calls were selected with.
    assert len(november.select("yesterday")) == 1


def test_an_open_archive_is_used_and_stays_open(url: str) -> None:
    with Archive.open(url) as archive:
        assert len(trunkline.calls("2025-11", archive=archive, now=NOW).previous()) == 31
        assert archive.accounts()


def test_what_where_chose_is_chosen_of_other_periods_too(november: Calls) -> None:
    assert len(november.where(trunk=TRUNK).previous()) == 31
    assert len(november.where(direction="outgoing").previous()) == 0
    assert len(november.where(account="office", direction="incoming").where(extension=["1510"]).previous()) == 31


def test_an_open_period_has_none_before(url: str) -> None:
    with pytest.raises(ConfigError, match="choose a period"):
        trunkline.calls(archive=url).previous()
    with pytest.raises(ConfigError, match=r"before '2025-11\.\.'"):
        trunkline.calls("2025-11..", archive=url).compare()


@pytest.mark.parametrize(
    "ask",
    [
        lambda calls: calls.select("2025-11"),
        lambda calls: calls.forecast(),
        lambda calls: calls.credit(),
        lambda calls: calls.balance(),
        lambda calls: calls.budget(100, "IRR"),
    ],
)
def test_a_frame_made_by_hand_has_no_archive(ask: Any) -> None:
    with pytest.raises(DataError, match=r"select them with trunkline\.calls\(\)"):
        ask(trunkline.Calls(to_pandas(table(OFFICE))))


# --- two periods ----------------------------------------------------------------------------------


def test_a_month_beside_the_one_before(november: Calls) -> None:
    figure = november.compare()
    found = {
        row[0]: row[1:]
        for row in rows(figure.frame, "measure", "days_before", "days_after", "total_before", "total_after", "per_day_after", "ratio")
    }  # fmt: skip
    # October has 31 days of 10; November has 19 whole days (the 20th is not over), of which three Mondays cost 20.
    assert found["cost"][:4] == (31, 19, D(310), D(220))
    # A Monday costs 20, six weekdays 10: 80 / 7 a day, before 10.
    assert found["cost"][4] == D("11.428571")
    assert found["cost"][5] == pytest.approx(8 / 7)
    assert found["calls"] == (31, 19, D(31), D(19), D(1), 1.0)
    assert figure.n == 51
    # 20 November.
    assert figure.left_out == {"on days that aren't complete": 1}
    assert figure.title == "2025-11 beside 2025-10"
    assert figure.plot().axes


def test_a_comparison_says_which_calls_its_measures_leave_out(url: str) -> None:
    with Archive.open(url) as archive:
        unknown = {"status": Status.UNKNOWN, "price": None, "talk": None}
        archive.store([spent(date(2025, 10, 5), 0, call_id="a", **unknown)])
        archive.store(
            [spent(date(2025, 11, 5), 0, call_id="b", price=None), spent(date(2025, 11, 6), 0, call_id="c", talk=None)]
        )
    assert trunkline.calls("2025-11", archive=url, now=NOW).compare().left_out == {
        "on days that aren't complete": 1,
        "of unknown status (answered and missed only)": 1,
        "answered, of unknown talk time (talk only)": 1,
        "without a price (cost only)": 2,
    }


def test_a_comparison_by_a_key_adds_up(november: Calls) -> None:
    figure = november.compare(by="trunk")
    [cost] = [line for line in rows(figure.frame, "trunk", "measure", "total_after") if line[1] == "cost"]
    assert cost == (TRUNK, "cost", D(220))
    with pytest.raises(DataError, match="has no picture"):
        figure.plot()


def test_days_that_were_not_read_are_not_compared(url: str) -> None:
    with Archive.open(url) as archive:
        low, high = datetime(2025, 9, 1, tzinfo=UTC), datetime(2025, 11, 4, 12, tzinfo=UTC)
        segments = (Segment(low, high), Segment(high + timedelta(hours=2), NOW))
        archive.store([], coverage=Coverage(OFFICE_ACCOUNT, "1001", segments), reopen=True)
    figure = trunkline.calls("2025-11", archive=url, now=NOW).compare()
    [days] = [line[1] for line in rows(figure.frame, "measure", "days_after") if line[0] == "calls"]
    assert days == 18
    assert figure.left_out == {"on days that aren't complete": 2}


def test_an_account_that_was_not_read_on_has_no_whole_days(url: str, tmp_path: Path) -> None:
    # The telephone system has calls from 5 October on, and was read until 10 November: whole are 27 days of October and
    # 9 of November, though it had no calls in those. The calls of the third account are in neither month.
    with Archive.open(url) as archive:
        for account, day in ((PBX, date(2025, 10, 5)), ("file:old", date(2025, 8, 5))):
            archive.register(account, provider="simotel", title=account, zone="Asia/Tehran", currency="IRR")
            read = Segment(datetime(2025, 8, 1, tzinfo=UTC), datetime(2025, day.month + 1, 10, 12, tzinfo=UTC))
            archive.store([spent(day, 10, account=account)], coverage=Coverage(account, "", (read,)))
    calls = trunkline.calls("2025-11", archive=url, now=NOW, twins=False)
    lines = rows(calls.compare().frame, "measure", "days_before", "days_after", "total_after")
    assert [line[1:] for line in lines if line[0] == "calls"] == [(27, 9, D(9))]
    # The page of the month compares the same days.
    page = calls.report(tmp_path / "month.html").read_text(encoding="utf-8")
    assert "equal weekdays, 9 days and 27 days" in re.sub("[\u2068\u2069]", "", page)


def test_a_day_is_whole_from_its_first_midnight_on() -> None:
    havana = ZoneInfo("America/Havana")
    # On 9 March 2025, clocks go from 0:00 (UTC-5) to 1:00: the day begins at 5:00 UTC, when they show 1:00.
    assert history._first_whole(datetime(2025, 3, 9, 5, tzinfo=UTC), havana) == date(2025, 3, 9)
    # On 2 November they show 0:00 at 4:00 and at 5:00 UTC.
    assert history._first_whole(datetime(2025, 11, 2, 4, tzinfo=UTC), havana) == date(2025, 11, 2)
    assert history._first_whole(datetime(2025, 11, 2, 5, tzinfo=UTC), havana) == date(2025, 11, 3)


def test_a_period_agrees_with_its_months(url: str) -> None:
    both = trunkline.calls("2025-10..2025-11", archive=url, now=NOW)
    by_month = dict(rows(both.cost(by="month").frame, "month", "cost"))
    assert by_month == {"2025-10": D(310), "2025-11": D(230)}
    for month, cost in by_month.items():
        assert rows(both.select(month).cost().frame, "cost") == [(cost,)]


# --- missed calls ---------------------------------------------------------------------------------


def test_who_was_called_back_after_the_month_is_not_to_be_called_back(url: str, tmp_path: Path) -> None:
    # Missed on 30 October, called back on 2 November, 72 hours later, and missed again on 3 November.
    other = Party(number="9120000009", e164="+989120000009")
    with Archive.open(url) as archive:
        archive.store([
            spent(date(2025, 10, 30), 0, call_id="in", status=Status.NO_ANSWER, talk=0, source=other),
            spent(date(2025, 11, 2), 0, call_id="out", direction=Direction.OUTGOING, destination=other),
            spent(date(2025, 11, 3), 0, call_id="again", status=Status.NO_ANSWER, talk=0, source=other),
        ])  # fmt: skip
    october = trunkline.calls("2025-10", archive=url, now=NOW)
    assert rows(october.missed().frame) == []
    assert rows(october.call_backs().frame, "missed", "reached", "p50_after_s") == [(1, 1, 72 * 3600.0)]
    assert "1 of 32 incoming calls were missed, and 0 of these" in october.status_in_words()
    november = trunkline.calls("2025-11", archive=url, now=NOW)
    assert rows(november.missed().frame, "number", "calls") == [("+989120000009", 1)]


def test_waits_that_are_left_out_are_counted(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    with Archive.open(url) as archive:
        archive.register(OFFICE_ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        ends = ((Status.ANSWERED, 5), (Status.ANSWERED, None), (Status.ANSWERED, -1), (Status.NO_ANSWER, None),
                (Status.NO_ANSWER, -1), (Status.NO_ANSWER, 9))  # fmt: skip
        archive.store([
            spent(date(2025, 10, 1 + n), 0, status=status, wait=wait) for n, (status, wait) in enumerate(ends)
        ])  # fmt: skip
    calls = trunkline.calls(archive=url, now=NOW)
    assert calls.time_to_answer().left_out == {"answered without a known wait": 1, "with a wait below zero": 1}
    both = {"answered or rung out without a known wait": 2, "with a wait below zero": 2}
    assert calls.service_level().left_out == calls.service_level(by="direction").left_out == both
    rung = {"that rang out after an unknown time": 1, "with a wait below zero": 1}
    assert calls.abandonment().left_out == rung


# --- the bill -------------------------------------------------------------------------------------


def test_a_card_holds_by_the_clock_and_in_the_country_of_the_accounts(tmp_path: Path) -> None:
    # Two calls of a minute to a national number, a minute before and after midnight of 1 Aban in Tehran (20:30 UTC).
    url, card = f"sqlite:///{tmp_path / 'calls.db'}", tmp_path / "card.csv"
    card.write_text("prefix,rate,since,until\n98,5,,1405-08-01\n98,7,1405-08-01,\n", encoding="utf-8")
    midnight = datetime(2026, 10, 22, 20, 30, tzinfo=UTC)
    with Archive.open(url) as archive:
        archive.register("file:pbx", provider="file", title="pbx", zone="Asia/Tehran", currency="IRR")
        archive.store([
            call(
                str(minute), account="file:pbx", direction=Direction.OUTGOING, talk=60, price=irr(5),
                started_at=midnight + timedelta(minutes=minute), ended_at=None,
                source=Party(number="10"), destination=Party(number="02155500001"),
            )
            for minute in (-1, 1)
        ])  # fmt: skip
    calls = trunkline.calls(archive=url)
    found = rows(calls.check(card).frame, "class", "calls", "charged", "expected", "difference")
    # 5 is what the rate until then gives.
    assert found == [("ok", 1, D(5), D(5), D(0)), ("rate", 1, D(5), D(7), D(-2))]
    assert rows(calls.what_if(card).frame, "calls", "left_out", "cost", "difference") == [(2, 0, D(12), D(2))]
    assert rows(calls.check(card, region="LT").frame, "class") == [("number_unknown",)]
    # The other record says the country.
    other = calls.frame.assign(destination="+982155500001", talk_s=61)
    assert rows(calls.records(other).frame, "class", "calls") == [("ok", 2)]
    assert rows(calls.differences(other).frame) == []


# --- forecasts ------------------------------------------------------------------------------------


def test_the_cost_at_the_end_of_the_month(november: Calls) -> None:
    with Archive.open(november.source.archive) as archive:  # type: ignore[union-attr, arg-type]
        trunk = Trunk(
            trunk_id=TRUNK, number=TRUNK, credit=irr(500), credit_expires_at=datetime(2025, 12, 1, tzinfo=UTC)
        )
        archive.record_credit(OFFICE_ACCOUNT, [trunk], NOW)
    # The accounts are in Iran, but the period is a Gregorian month.
    figure = november.forecast()
    assert figure.title == "Forecast to the end of 2025-11"
    lines = {
        line[0]: line[1:]
        for line in rows(figure.frame, "row", "trunk", "currency", "spent", "expected", "per_day", "days")
    }
    # The history are the 28 days from 23 October to 19 November: Mondays 10, 20, 20, 20 make 17.5, other days 10.
    # Left are a half of today and ten days from the 21st to the 30th, of which one Monday: 5 + 17.5 + 90.
    # Rounded to the digits of the prices, half to even.
    assert lines["total"][2:4] == (D(230), D(342))
    assert lines["total"][4] == D("11.071429")
    # The credit of 500 lasts for 45 days at 11.07 a day, but expires before that.
    [credit] = [
        line
        for line in rows(figure.frame, "row", "credit", "runs_out_at", "earliest", "latest", "expires_first")
        if line[1]
    ]
    expiry = datetime(2025, 12, 1, tzinfo=UTC)
    assert credit == ("group", D(500), expiry, expiry, expiry, True)
    assert figure.plot().axes


def test_a_forecast_of_an_earlier_day_and_its_picture_know_only_the_calls_before(url: str) -> None:
    with Archive.open(url) as archive:
        archive.store([spent(date(2025, 11, 10), 5000, call_id="x", started_at=datetime(2025, 11, 10, 15, tzinfo=UTC))])
    calls = trunkline.calls("2025-11", archive=url, now=datetime(2025, 11, 10, 12, tzinfo=UTC))
    figure = calls.forecast()
    # Ten days of 10 and two Mondays of 20 among them.
    assert {line[0] for line in rows(figure.frame, "spent")} == {D(120)}
    assert "Spent: 120 IRR." in figure.plot().alt
    assert "Spent: 120 IRR." in calls.budget(1000).plot().alt
    # 11 October to 10 November, without the call at 15:00.
    assert figure.n == 31


def test_forecasts_without_enough_history_are_unknown(url: str) -> None:
    calls = trunkline.calls("2025-10", archive=url, now=datetime(2025, 10, 4, 8, tzinfo=UTC))
    [total] = [line for line in rows(calls.forecast().frame, "row", "expected", "runs_out_at") if line[0] == "total"]
    assert total == ("total", None, None)
    assert calls.forecast().plot().axes


@pytest.mark.parametrize(
    ("period", "said", "month"),
    [
        ("2025-10", "is over", "2025-11"),
        ("2025-11-18", "is over", "2025-11"),
        ("2025-12", "has not begun", "2025-11"),
        # It is 20 November 2025, 29 Aban 1404.
        ("1404-07", "is over", "1404-08"),
    ],
)
def test_a_period_that_is_over_or_to_come_has_no_forecast(url: str, period: str, said: str, month: str) -> None:
    with pytest.raises(ConfigError, match=rf"the current month \({month}\), and {period} {said}.*now="):
        trunkline.calls(period, archive=url, now=NOW).forecast()


def test_what_reaches_up_to_now_has_a_forecast(url: str) -> None:
    for period in ("", "2025", "last 28 days", "yesterday", "2025-11-20..", "this month"):
        assert len(trunkline.calls(period, archive=url, now=NOW).forecast().frame)
    # And so has each month from one of its days.
    then = trunkline.calls("2025-10", archive=url, now=datetime(2025, 10, 20, 8, tzinfo=UTC)).forecast()
    assert then.title == "Forecast to the end of 2025-10"


def test_forecasts_beside_what_was_spent(november: Calls) -> None:
    figure = november.backtest()
    found = {line[0]: line[1:] for line in rows(figure.frame, "method", "forecasts", "mae", "bias")}
    # 50 whole days, the first forecast after 28 (29 October), of seven days each: three forecasts.
    # 29 October to 4 November and so on: each has one Monday of 20 and six days of 10, 80 in all. Expected are 70 from
    # the first 28 days; then one of four Mondays was 20, and then two: 72.5 and 75.
    assert found["weekday"] == (3, D("7.5"), D("-7.5"))
    # The last week once more: 70, then 80 and 80.
    assert found["last_week"] == (3, D("3.333333"), D("-3.333333"))
    assert figure.plot().axes


def test_a_budget(november: Calls) -> None:
    figure = november.budget("300", "IRR")
    [line] = rows(figure.frame, "budget", "spent", "projected", "over", "left", "left_per_day", "spent_share")
    # 342.5 and 42.5 are rounded to the digits of the prices, half to even; 70 are left for ten days and a half.
    assert line == (D(300), D(230), D(342), D(42), D(70), D("6.666667"), pytest.approx(230 / 300))
    assert (figure.unit, figure.title) == ("IRR", "Budget of 2025-11")
    assert figure.plot().axes
    assert november.budget(300).unit == "IRR"
    assert november.budget(Money(D(300), "EUR")).unit == "EUR"
    # A month that is over has no forecast left: 310 were spent.
    assert rows(november.previous().budget(300).frame, "projected", "over") == [(D(310), D(10))]


@pytest.mark.parametrize("amount", [1.5, "a lot", "NaN", -1, None])
def test_a_budget_is_exact(november: Calls, amount: Any) -> None:
    with pytest.raises(DataError) as found:
        november.budget(amount, "IRR")
    assert found.value.field == "amount"


def test_days_of_which_nothing_is_known_are_not_taken_for_days_without_calls(url: str) -> None:
    """Read on 20 November and looked at on the 26th: a forecast from six days of 0 would be too low."""
    later = trunkline.calls("2025-11", archive=url, now=NOW + timedelta(days=6))
    forecast = later.forecast()
    assert rows(forecast.frame) == []
    assert "nothing is known of the last days: Office since 2025-11-20. `trunkline sync` reads them" in str(forecast)
    assert "There are no priced calls" in forecast.plot().alt
    budget = later.budget(500)
    # 20 days of 10, and three Mondays of 20.
    assert rows(budget.frame, "spent", "left", "projected", "low", "high", "over", "left_per_day") == [
        (D(230), D(270), None, None, None, None, None),
    ]
    assert "Office since 2025-11-20" in str(budget)
    assert "There are no priced calls" in budget.plot().alt
    # A month that was read to its end is not a forecast.
    assert "nothing is known" not in str(later.select("2025-10").budget(500))
    # Looked ahead from a time until which all is known, it is the forecast of that time.
    assert "nothing is known" not in str(trunkline.calls("2025-11", archive=url, now=NOW).forecast())
    tested, before = later.backtest().frame, trunkline.calls("2025-11", archive=url, now=NOW).backtest().frame
    assert tested["forecasts"].tolist() == before["forecasts"].tolist()
    assert tested["mae"].tolist() == before["mae"].tolist()


def test_an_account_that_is_no_longer_read_is_left_out_of_a_forecast(url: str) -> None:
    with Archive.open(url) as archive:
        archive.register(PBX, provider="simotel", title="Closed", zone="Asia/Tehran", currency="IRR")
        archive.store([spent(date(2025, 10, 20), 70, account=PBX, stream="")])
    calls = trunkline.calls("2025-11", archive=url, now=NOW)
    alone = calls.where(account="Office").forecast()
    assert rows(calls.forecast().frame) == rows(alone.frame) != []
    assert "Closed since 2025-10-20" in str(calls.forecast())
    # It has no calls in the month of the budget, and adds nothing to it.
    assert "Closed" not in str(calls.budget(500))


def test_a_budget_without_a_period_is_for_this_month(url: str) -> None:
    # In Iran, 20 November is in Aban 1404, from 23 October to 21 November: 22 days of 10, Mondays in November 20.
    calls = trunkline.calls(archive=url, now=NOW)
    assert calls.budget(1000).title == "Budget of 1404-08"
    with pytest.raises(ConfigError, match="first and a last day"):
        calls.select("2025-11..").budget(1000)


# --- credit ---------------------------------------------------------------------------------------


def test_credit_and_what_explains_its_changes(url: str) -> None:
    at = datetime(2025, 11, 3, 12, tzinfo=UTC)
    with Archive.open(url) as archive:
        # Two days of 10 and one of 20 between the readings, then a top-up of 1000 less a day of 10.
        for days, credit in ((-3, 500), (0, 460), (1, 1450)):
            trunk = Trunk(trunk_id=TRUNK, number=TRUNK, credit=irr(credit))
            archive.record_credit(OFFICE_ACCOUNT, [trunk], at + timedelta(days=days))
    calls = trunkline.calls("2025-11-02..2025-11-10", archive=url, now=NOW)
    # The reading of 31 October is the last one before the period.
    assert [credit for (credit,) in rows(calls.credit().frame, "credit")] == [D(500), D(460), D(1450)]
    assert calls.credit().unit == "IRR"
    found = rows(calls.balance().frame, "change", "top_ups", "cost", "calls", "residual")
    assert found == [(D(-40), D(0), D(40), 3, D(0)), (D(990), D(1000), D(10), 1, D(0))]
    assert calls.balance().plot().axes
    assert calls.credit().plot().axes[0].get_xlabel() == "time (Asia/Tehran)"
    assert calls.credit().shown.heads[2] == "at (Asia/Tehran)"
    # 12:00 UTC.
    assert "2025-11-04 15:30" in calls.credit().shown.rows[-1]
    assert calls.where(trunk="another").credit().unit == "no readings"


def test_without_readings_there_is_no_balance(november: Calls) -> None:
    assert rows(november.credit().frame) == []
    assert rows(november.balance().frame) == []
    assert november.credit().plot().axes
    assert november.balance().unit == "no readings"


# --- calls recorded twice -------------------------------------------------------------------------


@pytest.fixture
def twice(url: str) -> str:
    """Return the archive with a telephone system that recorded the calls of November too, and one of its own."""
    with Archive.open(url) as archive:
        archive.register(PBX, provider="simotel", title="PBX", zone="Asia/Tehran", currency="IRR")
        days = [date(2025, 11, 1) + timedelta(days=n) for n in range(20)]
        unpriced = dict.fromkeys(("price", "price_wait", "price_talk", "price_record", "price_saved"))
        listed = [
            spent(
                day, 0, account=PBX, started_at=datetime(2025, 11, day.day, 6, 30, 3, tzinfo=UTC), talk=89, **unpriced
            )
            for day in days
        ]
        other = Party(number="9120000009", e164="+989120000009")
        archive.store([*listed, spent(days[0], 0, account=PBX, call_id="own", source=other, **unpriced)])
    return url


def test_a_call_that_two_accounts_recorded_counts_once(twice: str) -> None:
    calls = trunkline.calls("2025-11", archive=twice, now=NOW)
    assert len(calls) == 21
    assert rows(calls.cost().frame, "calls", "cost", "unpriced") == [(21, D(230), 1)]
    assert (
        "Counted once: 20 calls of Office that PBX recorded too. `twins=False` keeps both." in repr(calls).splitlines()
    )
    figure = calls.twins()
    assert rows(figure.frame) == [(OFFICE_ACCOUNT, PBX, "ok", "IRR", 20)]
    assert figure.n == 41
    # One account has nothing to compare with.
    assert len(trunkline.calls("2025-11", archive=twice, accounts="pbx", now=NOW)) == 21


def test_both_records_can_be_kept(twice: str) -> None:
    calls = trunkline.calls("2025-11", archive=twice, now=NOW, twins=False)
    assert len(calls) == 41
    assert "Counted once" not in repr(calls)
    assert rows(calls.twins().frame, "class", "calls") == [("ok", 20)]
    assert len(calls.select("2025-11-01")) == 3


def test_records_on_both_sides_of_midnight_count_once(twice: str) -> None:
    with Archive.open(twice) as archive:
        # 20:30 UTC is midnight in Tehran.
        midnight = datetime(2025, 11, 4, 20, 30, tzinfo=UTC)
        archive.store([call("late", started_at=midnight - timedelta(seconds=2)),
                       call("late", account=PBX, started_at=midnight + timedelta(seconds=3), price=None)])  # fmt: skip
    days = [trunkline.calls(f"2025-11-{day:02}", archive=twice, now=NOW) for day in range(1, 21)]
    assert sum(map(len, days)) == len(trunkline.calls("2025-11", archive=twice, now=NOW)) == 22
    assert len(days[3]) == 2
    assert "Counted once: 1 call of Office" in repr(days[4].select("2025-11-06"))


def test_two_calls_of_a_number_within_a_minute_stay_two(url: str) -> None:
    start = datetime(2025, 11, 20, 7, tzinfo=UTC)
    with Archive.open(url) as archive:
        archive.register(PBX, provider="simotel", title="PBX", zone="Asia/Tehran", currency="IRR")
        for account, late in ((OFFICE_ACCOUNT, 0), (PBX, 2)):
            archive.store([
                call(f"a{n}", account=account, started_at=start + timedelta(seconds=30 * n + late), talk=20, ended_at=None)
                for n in range(2)
            ])  # fmt: skip
    calls = trunkline.calls("2025-11-20", archive=url, now=NOW)
    # One of 10:00, and the two of 10:30.
    assert sorted(calls.frame["call_id"]) == ["1120", "a0", "a1"]


def test_offices_that_call_one_number_at_once_are_not_twins(url: str) -> None:
    branch = "telefonchy:2002"
    with Archive.open(url) as archive:
        archive.register(branch, provider="telefonchy", title="Branch", zone="Asia/Tehran", currency="IRR")
        days = [date(2025, 11, 1) + timedelta(days=n) for n in range(20)]
        archive.store([
            spent(day, 5, account=branch, source=CALLER if day.day == 7 else Party(number="9350000001"))
            for day in days
        ])  # fmt: skip
    calls = trunkline.calls("2025-11", archive=url, now=NOW)
    # One of twenty calls is alike: a coincidence.
    assert len(calls) == 40
    assert len(calls.twice) == 0


def test_charges_in_two_currencies_both_count(twice: str) -> None:
    with Archive.open(twice) as archive:
        archive.register("mor:7", provider="mor", title="Wholesale", zone="Asia/Tehran", currency="EUR")
        euro = Money(D("0.10"), "EUR")
        parts = dict.fromkeys(("price_wait", "price_talk", "price_record", "price_saved"))
        archive.store([
            spent(date(2025, 11, 1) + timedelta(days=n), 0, account="mor:7", price=euro, **parts) for n in range(20)
        ])  # fmt: skip
    calls = trunkline.calls("2025-11", archive=twice, now=NOW)
    assert dict(rows(calls.cost().frame, "currency", "cost")) == {"EUR": D("2.00"), "IRR": D(230)}


# --- two records, contacts, oddities, lines -------------------------------------------------------


def test_another_record_of_the_same_calls(twice: str) -> None:
    office, pbx = (trunkline.calls("2025-11", archive=twice, accounts=name, now=NOW) for name in ("office", "pbx"))
    figure = office.records(pbx)
    assert rows(figure.frame, "class", "calls") == [("ok", 20), ("missing_here", 1)]
    assert figure.n == 21
    [line] = rows(office.differences(pbx.frame).frame, "class", "other_call_id")
    assert line == ("missing_here", "own")
    assert "9120000009" not in str(office.differences(pbx))


def test_who_is_new_and_who_is_gone(url: str) -> None:
    new = Party(number="9350000001", e164="+989350000001")
    gone = Party(number="9360000001", e164="+989360000001")
    with Archive.open(url) as archive:
        archive.store([spent(date(2025, 11, 5), 1, call_id="n", source=new)])
        archive.store([spent(date(2025, 10, n), 1, call_id=f"g{n}", source=gone) for n in (5, 6, 7)])
    figure = trunkline.calls("2025-11", archive=url, now=NOW).new_and_gone()
    found = rows(figure.frame, "state", "number", "calls", "before")
    assert found == [("new", "+989350000001", 1, 0), ("gone", "+989360000001", 0, 3)]
    assert figure.n == 21 + 34
    assert figure.left_out == {}
    with Archive.open(url) as archive:
        archive.store([spent(date(2025, 10, 5), 1, call_id="i", direction=Direction.INTERNAL)])
        archive.store([spent(date(2025, 11, 5), 1, call_id="w", source=Party(), direction=Direction.INCOMING)])
    figure = trunkline.calls("2025-11", archive=url, now=NOW).new_and_gone()
    assert figure.left_out == {"internal, or without a number, a direction or a start": 2}


def test_odd_calls_of_the_period_are_judged_by_all_before(url: str) -> None:
    abroad = Party(number="+37052000001", e164="+37052000001")
    with Archive.open(url) as archive:
        for day in (date(2025, 10, 2), date(2025, 11, 6)):
            archive.store([spent(day, 1, call_id=f"x{day.month}", direction=Direction.OUTGOING, destination=abroad)])
        german = Party(number="+4930123456", e164="+4930123456")
        archive.store([spent(date(2025, 11, 7), 1, call_id="y", direction=Direction.OUTGOING, destination=german)])
    calls = trunkline.calls("2025-11", archive=url, now=NOW)
    # Lithuania was called in October already.
    found = [line for line in rows(calls.anomalies().frame, "kind", "subject") if line[0] == "first_country"]
    assert found == [("first_country", "DE")]
    # As seen from Germany, Germany is no other country.
    german_home = rows(calls.anomalies(region="DE").frame, "kind")
    assert ("first_country",) not in german_home


def test_odd_calls_are_of_the_days_of_their_own_account(url: str) -> None:
    # November begins at 20:30 UTC of 31 October in Tehran, and at 22:00 in Vilnius.
    shop, french = "mor:7", Party(number="+33123456789", e164="+33123456789")
    begin = datetime(2025, 10, 31, 21, tzinfo=UTC)
    with Archive.open(url) as archive:
        archive.register(shop, provider="mor", title="Shop", zone="Europe/Vilnius", currency="EUR")
        for number, start in enumerate((datetime(2025, 9, 1, 9, tzinfo=UTC), begin)):
            lithuanian = Party(number="+37052000001", e164="+37052000001")
            called = french if number else lithuanian
            fields: dict[str, Any] = {"started_at": start, "ended_at": start, "direction": Direction.OUTGOING}
            archive.store([call(str(number), account=shop, destination=called, **fields)])

    def first_countries(period: str) -> list[tuple[Any, ...]]:
        found = rows(trunkline.calls(period, archive=url, now=NOW).anomalies().frame, "kind", "account", "subject")
        return [line[1:] for line in found if line[0] == "first_country"]

    assert first_countries("2025-11") == []
    assert first_countries("2025-10") == [(shop, "FR")]


def test_odd_calls_of_a_frame_without_a_country() -> None:
    frame = to_pandas(table(OFFICE))
    figure = trunkline.Calls(frame).anomalies()
    assert "choose it with region" in figure.definition
    assert "choose it with region" not in trunkline.Calls(frame).anomalies(region="IR").definition


def test_lines() -> None:
    # Three calls of 20 minutes each at once within an hour: an erlang.
    listed = [row(str(n), "2025-03-17 09:00:00", "incoming", "answered", wait_s=0, talk_s=1200) for n in range(3)]
    calls = trunkline.Calls(to_pandas(table(listed)))
    figure = calls.lines(line_cost=Money(D("10.50"), "EUR"), present=4)
    # Erlang B of an erlang and a little (offered is more than carried): five lines lose less than 1 %.
    found = {line[0]: line[1:] for line in rows(figure.frame, "lines", "present", "needed", "monthly", "change")}
    assert found[4] == (True, False, D("42.00"), D("0.00"))
    assert found[5] == (False, True, D("52.50"), D("10.50"))
    assert figure.plot().axes
    assert calls.lines(by="account").plot().axes
    with pytest.raises(DataError, match="amount with its currency"):
        calls.lines(line_cost=10)  # type: ignore[arg-type]


# --- whatever the calls are -----------------------------------------------------------------------


@pytest.fixture(params=["none", "one", "unanswered", "two currencies and zones"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Calls]:
    """Return calls of an archive of which there is little to say."""
    with Archive.open(f"sqlite:///{tmp_path / 'odd.db'}") as archive:
        archive.register(OFFICE_ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.register("mor:7", provider="mor", title="Shop", zone="Europe/Vilnius", currency="EUR")
        days = [date(2025, 10, 1) + timedelta(days=n) for n in range(51)]
        if request.param == "one":
            archive.store([spent(days[-1], 10)])
        elif request.param == "unanswered":
            archive.store([spent(day, 0, status=Status.NO_ANSWER, talk=0) for day in days])
        elif request.param != "none":
            caller, parts = (
                Party(number="+37052000001"),
                dict.fromkeys(("price_wait", "price_talk", "price_record", "price_saved")),
            )
            euro = Money(D("0.25"), "EUR")
            archive.store([spent(day, 10) for day in days])
            archive.store(
                [spent(day, 1, account="mor:7", source=caller, trunk="37052", price=euro, **parts) for day in days]
            )
            trunks = [Trunk(trunk_id="37052", number="37052", credit=Money(D("9.75"), "EUR"))]
            archive.record_credit("mor:7", trunks, NOW - timedelta(days=2))
        yield trunkline.calls("2025-11", archive=archive, now=NOW)


QUESTIONS = ("compare", "forecast", "backtest", "credit", "balance", "lines", "twins", "new_and_gone", "anomalies",
             "cost", "status", "contacts", "quality", "traffic")  # fmt: skip


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_has_an_answer(odd: Calls, name: str) -> None:
    figure = getattr(odd, name)()
    assert figure.title in str(figure)
    assert "<table" in figure._repr_html_()
    assert figure.definition
    if figure.draw is not None:
        try:
            assert figure.plot().axes
        except DataError as error:
            # Two currencies can't share an axis.
            assert error.field == "currency"
            assert figure.plot(currency="EUR").axes


def test_every_comparison_can_be_grouped(odd: Calls) -> None:
    for by in ("month", "account", "extension", ("direction", "status")):
        figure = odd.compare(by=by)
        whole = {line[:2]: line[2] for line in rows(odd.compare().frame, "measure", "currency", "total_after")}
        parts: dict[Any, Decimal] = {}
        for measure, currency, total in rows(figure.frame, "measure", "currency", "total_after"):
            parts[measure, currency] = parts.get((measure, currency), D(0)) + total
        assert {key: total for key, total in whole.items() if total} == {
            key: total for key, total in parts.items() if total
        }
