"""Figures as tables to be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd

from tests.reports.frames import OFFICE, row, table, to_pandas
from trunkline.reports import cost, missed, status, tables, traffic, waiting
from trunkline.reports.masking import Masking


def office() -> pd.DataFrame:
    return to_pandas(table(OFFICE))


def test_amounts_shares_and_clock_times_are_written_for_people() -> None:
    found = tables.table(cost.totals(office()), "currency", "cost", "share", "talk_s", "cost_unanswered", "per_minute")
    assert found.heads == ("currency", "cost", "share", "talk", "cost unanswered", "per minute")
    assert found.rows == (
        ("EUR", "7.25", "100.0%", "0:50", "-", "8.70"),
        # A rial has no hundredths, in a mixed archive neither; 58.50 is half way and goes to the even one.
        ("IRR", "58", "100.0%", "3:00", "5", "17.5"),
    )


def test_thousands_are_parted_and_hours_counted() -> None:
    frame = to_pandas(table([line | {"talk_s": 7265, "price": 1234567} for line in OFFICE[:1]]))
    assert tables.table(cost.totals(frame), "cost", "talk_s", "calls").rows == (("1,234,567", "2:01:05", "1"),)
    many = status.counts(frame).assign(calls=1500)
    assert tables.table(many, "calls").rows == (("1,500",),)


def test_a_ratio_stands_with_its_interval_in_one_column() -> None:
    found = tables.table(
        status.overview(office()), "account", "asr", "asr_low", "asr_high", names={"telefonchy:1": "Office"}
    )
    assert found.heads == ("account", "ASR")
    assert found.rows == (("Office", "50.0% (22 to 78)"),)
    reached = tables.table(missed.call_back_time(office()), without=["p90_after_s"])
    assert reached.heads == ("account", "missed", "reached", "reached share", "p50 after")
    assert reached.rows == (("telefonchy:1", "3", "1", "33.3% (6 to 79)", "30:00"),)


def test_what_is_unknown_is_a_dash() -> None:
    nothing = to_pandas(table([]))
    assert tables.table(status.counts(nothing), "calls", "asr", "acd_s").rows == (("0", "-", "-"),)
    assert tables.table(cost.totals(nothing)).rows == ()


def test_numbers_are_masked_unless_asked_for() -> None:
    dearest = cost.most_expensive(office(), top=1)
    columns = ("started_local", "status", "source", "destination", "trunk")
    masking = Masking(key=b"k")
    assert tables.table(dearest, *columns, mask=masking).rows == (
        ("2025-03-20 23:59", "answered", "11", f"02155•••••• {masking.pseudonym('02155500001')}", "2155502"),
        ("2025-03-17 10:00", "answered", "10", f"09120•••••• {masking.pseudonym('09120000002')}", "2155501"),
    )
    assert tables.table(dearest, "destination", mask=False).rows == (("02155500001",), ("09120000002",))


def test_names_are_left_out_with_masked_numbers_and_where_there_are_none() -> None:
    dearest = cost.most_expensive(office(), top=1)
    named = dearest.assign(name=["Customer One", None])
    assert tables.table(named, "destination", "name").heads == ("destination",)
    assert tables.table(named, "name", "call_id", mask=False).rows == (("Customer One", "f"), ("-", "c"))
    assert tables.table(dearest, "name", "call_id", mask=False).heads == ("call id",)
    assert tables.table(named, "name", "call_id", mask=Masking(names=True)).heads == ("name", "call id")


def test_a_column_has_one_format_for_each_currency() -> None:
    # Four digits after the point are the euro's here; the archive has one scale for all.
    frame = to_pandas(table([
        row("1", None, "outgoing", "answered", price="0.01", talk_s=600, currency="EUR", trunk="a"),
        row("2", None, "outgoing", "answered", price="12", talk_s=60, currency="EUR", trunk="b"),
        row("3", None, "outgoing", "answered", price="1500.25", talk_s=60, currency="IRR", trunk="b"),
    ]))  # fmt: skip
    # 0.01 for ten minutes is 0.001 a minute; rial have no digits, unless a rate below 100 needs them.
    found = tables.table(cost.by_trunk(frame), "trunk", "currency", "cost", "per_minute")
    assert found.rows == (
        ("a", "EUR", "0.01", "0.001"),
        ("b", "EUR", "12.00", "12.000"),
        ("b", "IRR", "1,500", "1,500"),
    )
    dearest = tables.table(cost.most_expensive(frame), "call_id", "price")
    assert dearest.rows == (("2", "12.00"), ("1", "0.01"), ("3", "1,500.25"))


def test_days_weekdays_codes_and_small_numbers_are_readable() -> None:
    days = tables.table(status.by_day(office()).head(1), "day", "calls")
    assert days.rows == (("2025-03-17", "4"),)
    from datetime import date

    periods = (date(2025, 3, 10), date(2025, 3, 17)), (date(2025, 3, 17), date(2025, 3, 24))
    compared = cost.compare(office(), *periods)
    rial = compared[compared["currency"] == "IRR"]
    assert tables.table(rial, "weekday", "per_day_after", "change").rows[0] == ("Monday", "57.50", "-")
    assert tables.table(rial, "weekday").rows[-1] == ("all",)
    assert tables.table(rial.assign(change=0.125), "change").rows[0] == ("+12.5%",)
    assert ("no answer",) in tables.table(status.shares(office()), "status").rows
    assert tables.table(waiting.time_to_answer(office()), "mean_s").rows == (("10",),)
    assert tables.table(traffic.busy_hour(office()), "definition", "erlang").rows[2] == ("time consistent", "0.00717")
    assert tables.table(waiting.time_to_answer(office()).assign(mean_s=1234.56), "mean_s").rows == (("1,234.6",),)


def test_the_head_of_times_names_their_zone_once() -> None:
    heads = tables.table(traffic.carried(office()), "hour", "hour_utc", "calls").heads
    assert heads == ("hour", "hour (UTC)", "calls")


def test_a_notebook_gets_html_with_words_left_and_numbers_right() -> None:
    html = tables.table(status.shares(office()).head(1), "direction", "calls", caption="A < B")._repr_html_()
    assert "A &lt; B</caption>" in html
    assert 'text-align:left">incoming</td>' in html
    assert 'text-align:right">1</td>' in html


def test_a_terminal_gets_columns_of_text() -> None:
    found = tables.table(status.shares(office()).head(2), "status", "calls", caption="Calls")
    assert str(found) == "Calls\nstatus    calls\nanswered      1\nbusy          1"


def test_names_with_invisible_letters_keep_the_columns_of_a_terminal() -> None:
    frame = pd.DataFrame({"status": ["answered", "مدیر\u200cخرید"], "calls": [1, 2]})
    assert str(tables.table(frame)) == "status    calls\nanswered      1\nمدیر\u200cخرید      2"


HOSTILE = "<img src=x>\x1b[2J\n$x^2$ \u202e"


def test_text_of_a_stranger_is_one_line_of_text_in_a_table() -> None:
    frame = to_pandas(table([line | {"extension": HOSTILE, "trunk": HOSTILE} for line in OFFICE[:1]]))
    found = tables.table(status.by_extension(frame), "extension", "calls")
    assert found.rows == (("<img src=x> [2J $x^2$", "1"),)
    assert "&lt;img src=x&gt;" in found._repr_html_()
    # MathJax leaves such a table alone.
    assert '<table class="tex2jax_ignore mathjax_ignore"' in found._repr_html_()
    assert len(str(found).splitlines()) == 2
    trunks = tables.table(status.by_trunk(frame), "trunk", mask=False)
    assert trunks.rows == (("<img src=x> [2J $x^2$",),)


def missed_at_noon() -> pd.DataFrame:
    at = datetime(2026, 3, 21, 12, tzinfo=UTC)
    return pd.DataFrame({"account": ["iran", "lithuania"], "calls": [1, 1], "last_missed_at": [at, None]})


def test_times_are_shown_in_utc_where_no_zone_is_known() -> None:
    found = tables.table(missed_at_noon())
    assert found.heads == ("account", "calls", "last missed at (UTC)")
    assert found.rows == (("iran", "1", "2026-03-21 12:00"), ("lithuania", "1", "-"))
    unknown = tables.table(missed_at_noon(), zones={"iran": "Asia/Tehran", "vietnam": "Asia/Ho_Chi_Minh"})
    assert unknown == found


def test_times_are_those_of_the_clock_of_the_accounts() -> None:
    found = tables.table(missed_at_noon(), zones=dict.fromkeys(["iran", "lithuania"], "Asia/Tehran"))
    assert found.heads[2] == "last missed at (Asia/Tehran)"
    assert [row[2] for row in found.rows] == ["2026-03-21 15:30", "-"]
    without = tables.table(missed_at_noon()[["last_missed_at"]], zones={"iran": "Asia/Tehran"})
    assert (without.heads[0], without.rows[0][0]) == ("last missed at (Asia/Tehran)", "2026-03-21 15:30")


def test_accounts_in_several_zones_have_their_own_clock_in_each_row() -> None:
    zones = {"iran": "Asia/Tehran", "lithuania": "Europe/Vilnius"}
    frame = missed_at_noon().ffill()
    found = tables.table(frame, zones=zones)
    assert found.heads[2] == "last missed at (local time)"
    assert [row[2] for row in found.rows] == ["2026-03-21 15:30", "2026-03-21 14:00"]
    assert tables.table(frame.tail(1), zones=zones).heads[2] == "last missed at (Europe/Vilnius)"
    assert tables.table(frame[["last_missed_at"]], zones=zones).heads == ("last missed at (UTC)",)


def test_a_column_of_utc_stays_in_utc() -> None:
    found = tables.table(traffic.carried(office()).head(1), "hour", "hour_utc", zones={"office": "Asia/Tehran"})
    [(local, utc)] = found.rows
    assert found.heads == ("hour", "hour (UTC)")
    assert datetime.fromisoformat(local) - datetime.fromisoformat(utc) == timedelta(hours=3, minutes=30)
