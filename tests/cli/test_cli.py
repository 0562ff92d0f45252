"""The command as a person uses it: what it prints, what it refuses, and in how many lines."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import trunkline
from tests.reports.frames import rows as frame_rows
from trunkline import Archive
from trunkline.archive import queries
from trunkline.cli import entry
from trunkline.cli.arguments import when
from trunkline.cli.main import build_parser
from trunkline.cli.settings import accounts_file, readable_by_others
from trunkline.errors import ConfigError
from trunkline.model import Call, Direction, Money, Party, Status, Trunk
from trunkline.providers import PROVIDERS
from trunkline.transport import Transport

TEHRAN = ZoneInfo("Asia/Tehran")
NOON = datetime(2026, 11, 21, 12, tzinfo=TEHRAN)


def one_line(text):
    return text.count("\n") == 1 and text.startswith("trunkline: ")


def rows(text):
    return json.loads(text)


def test_accounts_are_listed_without_their_credentials(office, run):
    status, out, err = run("accounts", "--format", "json")
    assert (status, err) == (0, "")
    assert [(row["name"], row["credentials"]) for row in rows(out)] == [("office", "complete"), ("branch", "complete")]
    assert office[0]["credentials"]["token"] not in out


def test_without_accounts_it_says_where_to_write_one_down(home, run):
    assert run("accounts")[:2] == (0, f"no account is set up: add one to {home / 'accounts.toml'}\n")
    status, _, err = run("credit")
    assert status == 2
    assert one_line(err)
    assert str(home / "accounts.toml") in err


def test_credit_is_what_the_provider_says_now(office, run):
    status, out, err = run("credit", "--format", "json")
    assert (status, err) == (0, "")
    listed = rows(out)
    assert {row["account"] for row in listed} == {"office", "branch"}
    assert {row["trunk"] for row in listed if row["account"] == "office"} == {
        "0" + trunk for trunk in office[0]["trunks"]
    }
    assert all(re.fullmatch(r"\d+ IRR", row["credit"]) for row in listed)
    table = run("credit", "branch")[1]
    assert "credit" in table.splitlines()[0]
    assert "office" not in table


def test_sync_reads_once_and_then_only_what_is_new(office, home, run):
    status, out, err = run("sync", "--format", "json")
    assert (status, err) == (0, "")
    first = {row["account"]: row for row in rows(out)}
    assert first["office"]["complete"] is True
    assert first["office"]["new"] + first["branch"]["new"] == 300
    again = {row["account"]: row for row in rows(run("sync", "office", "--format", "json")[1])}
    assert (again["office"]["new"], again["office"]["pages"]) == (0, 1)
    full = rows(run("sync", "office", "--full", "--format", "json")[1])[0]
    assert (full["new"], full["changed"], full["unchanged"]) == (0, 0, first["office"]["new"])
    with Archive.open(f"sqlite:///{home / 'archive.db'}") as archive:
        assert {account.title for account in archive.accounts()} == {"office", "branch"}
        assert archive.count() == 300


def test_a_sync_that_fails_does_not_say_that_nothing_was_found(home, run):
    path = home / "accounts.toml"
    path.write_text(
        '[office]\nprovider = "telefonchy"\nbase_url = "http://127.0.0.1:9/x"\ntoken = "t"\nlimits = {attempts = 1}\n'
    )
    path.chmod(0o600)
    status, out, err = run("sync")
    assert (status, out) == (1, "")
    assert one_line(err)
    assert "office" in err


def test_calls_are_listed_newest_first_and_filtered(office, run):
    run("sync")
    status, out, _ = run("calls", "office", "--limit", "20", "--format", "json")
    assert status == 0
    listed = rows(out)
    assert len(listed) == 20
    assert [row["started_at"] for row in listed] == sorted((row["started_at"] for row in listed), reverse=True)
    missed = rows(run("calls", "--direction", "incoming", "--status", "no_answer", "--format", "json")[1])
    assert missed
    assert {(row["direction"], row["status"]) for row in missed} == {("incoming", "no_answer")}
    assert rows(run("calls", "--until", "2000-01-01", "--format", "json")[1]) == []
    assert "no calls" in run("calls", "--until", "1380-01-01")[1]
    parsed = list(csv.DictReader(io.StringIO(run("calls", "--limit", "3", "--format", "csv")[1])))
    assert [row["call_id"] for row in parsed] == [
        row["call_id"] for row in rows(run("calls", "--limit", "3", "--format", "json")[1])
    ]


def test_accounts_may_stand_before_and_behind_options(office, run):
    run("sync")
    for command in (("report", "cost", "--by", "account"), ("history", "credit", "--since", "7d"), ("calls",)):
        before = run(*command[:2], "office", *command[2:], "--format", "json")
        behind = run(*command, "--format", "json", "office")
        assert before[0] == 0
        assert {row["account"] for row in rows(before[1])} == {"office"}
        assert behind == before
        both = run(*command[:2], "office", *command[2:], "--format", "json", "branch")
        assert {row["account"] for row in rows(both[1])} == {"office", "branch"}
    status, _, err = run("contacts", "order", "calls", "--format", "json", "elsewhere")
    assert (status, one_line(err)) == (2, True)


def test_accounts_of_one_title_are_told_apart(home, run):
    keys = ["mor:pbx.example-2", "telefonchy:1"]
    with Archive.open(f"sqlite:///{home / 'archive.db'}") as archive:
        for key in keys:
            archive.register(key, provider=key.partition(":")[0], title="Office", zone="Asia/Tehran", currency="IRR")
            number = Party("09120000001", "+989120000001", name="Somebody")
            archive.store(
                [
                    Call(
                        account=key, call_id="1", direction=Direction.INCOMING, status=Status.ANSWERED,
                        started_at=NOON, ended_at=None, trunk=None, extension=None, source=number,
                        destination=Party("1510"), wait=1, talk=60, price=Money(Decimal(100), "IRR"),
                    )
                ]
            )  # fmt: skip
    shown = {f"Office ({key})" for key in keys}
    for command in (("calls",), ("report", "cost", "--by", "account", "--both"), ("contacts", "list")):
        assert {row["account"] for row in rows(run(*command, "--format", "json")[1])} == shown, command
    first, second = sorted(shown)
    told = run("report", "cost")[2]
    assert told in {
        f"trunkline: counted once: 1 call of {own} that {twin} recorded too (--both counts both)\n"
        for own, twin in ((first, second), (second, first))
    }
    assert run("calls", "elsewhere")[2] == (
        f"trunkline: the archive has no account 'elsewhere'; its accounts: {first}, {second}\n"
    )
    # Only one of them was asked for.
    assert {row["account"] for row in rows(run("calls", keys[0], "--format", "json")[1])} == {"Office"}
    assert set(trunkline.calls().names.values()) == shown


def test_an_end_that_is_not_after_the_beginning_is_told(reported, run):
    for command in (("calls",), ("report", "cost")):
        code, out, err = run(*command, "--since", "1404-01-02", "--until", "1404-01-02")
        assert (code, out, err) == (2, "", "trunkline: --until has to be after --since\n")


def test_an_empty_archive_says_so(home, run):
    assert "run `trunkline sync`" in run("calls")[1]
    assert run("report", "cost")[:2] == (0, "no calls in this period\n")
    assert run("report", "status", "--format", "json")[1] == "[]\n"


def test_a_report_of_cost_adds_up_to_the_archive(office, home, run):
    run("sync")
    with Archive.open(f"sqlite:///{home / 'archive.db'}") as archive:
        spent = sum(call.price.amount for call in archive.calls())
    for by in ("total", "month", "day", "trunk", "extension"):
        listed = rows(run("report", "cost", "--by", by, "--format", "json")[1])
        assert sum(Decimal(row["cost"]) for row in listed if row["cost"] is not None) == spent, by
        assert {row["currency"] for row in listed} == {"IRR"}
    for by in ("destination", "part", "unanswered", "call"):
        status, out, err = run("report", "cost", "--by", by)
        assert (status, err) == (0, "")
        assert len(out.splitlines()) > 2


def test_a_report_of_status_counts_each_call_once(office, run):
    run("sync")
    for by in ("total", "month", "day", "trunk", "extension", "direction", "hour"):
        listed = rows(run("report", "status", "--by", by, "--format", "json")[1])
        assert sum(row["calls"] for row in listed) == 300, by
    table = run("report", "status", "office")[1]
    assert "asr" in table.splitlines()[0]


@pytest.fixture
def reported(home):
    """Return the archive of the command with two accounts, in rial and in euro."""
    noon = datetime(2025, 3, 17, 8, 30, tzinfo=UTC)  # 12:00 in Tehran

    def call(account, call_id, price, **rest):
        values = {"direction": Direction.INCOMING, "status": Status.ANSWERED, "started_at": noon, "talk": 60}
        return Call(account=account, call_id=call_id, price=price, **{**values, **rest})

    with Archive.open(f"sqlite:///{home / 'archive.db'}") as archive:
        archive.register("telefonchy:1", provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.register("mor:2", provider="mor", title="Branch", zone="Asia/Tehran", currency="EUR")
        caller = Party(number="09120000001")
        archive.store([
            call("telefonchy:1", "1", Money(Decimal(1500), "IRR"), source=caller, wait=10),
            call("telefonchy:1", "2", None, status=Status.NO_ANSWER, talk=0, source=caller, wait=30),
            call("mor:2", "3", Money(Decimal("0.0125"), "EUR"), direction=Direction.OUTGOING),
        ])  # fmt: skip
    return home


def test_a_report_has_days_percent_titles_and_the_digits_of_each_currency(reported, run):
    days = run("report", "cost", "--by", "day")[1].splitlines()
    # 0.0125 is more than nothing, and 0.01 in cents; the rate needs what it has.
    assert days[2].split()[:7] == ["2025-03-17", "EUR", "1", "1", "0", "0.01", "100.0%"]
    assert days[3].split()[:7] == ["2025-03-17", "IRR", "2", "1", "1", "1,500", "100.0%"]
    assert "0.0125" in days[2]
    assert rows(run("report", "cost", "--by", "day", "--format", "json")[1])[0]["day"] == "2025-03-17"
    accounts = run("report", "status")[1].splitlines()
    assert [line.split()[0] for line in accounts[2:]] == ["Branch", "Office"]
    # 1 of 2, Wilson 9.5 to 90.5 %.
    assert accounts[3].count("50.0%") == 1
    assert "9.5%" in accounts[3]
    assert [row["account"] for row in rows(run("report", "status", "--format", "json")[1])] == ["Branch", "Office"]


def test_a_report_of_status_has_waits_levels_and_call_backs(reported, run):
    def first(by):
        return rows(run("report", "status", "--by", by, "--format", "json")[1])[0]

    assert (first("time-to-answer")["answered"], first("time-to-answer")["mean_s"]) == (1, 10.0)
    # One of two within 20 s; the other gave up after 30.
    level = first("service-level")
    assert (level["denominator"], level["threshold_s"], level["n"], level["level"]) == ("offered", 20.0, 2, 0.5)
    assert (first("abandonment")["threshold_s"], first("abandonment")["abandonment"]) == (5.0, 0.5)
    # At one instant, the answered call comes first.
    assert (first("call-back")["missed"], first("call-back")["reached"]) == (1, 0)
    assert (first("open-missed")["account"], first("open-missed")["number"]) == ("Office", "09120000001")
    assert (first("attempts")["n"], first("attempts")["first_attempt"]) == (2, 1)
    assert "50.0%" in run("report", "status", "--by", "service-level")[1]


def test_a_call_that_two_accounts_recorded_is_counted_once_unless_both_are_asked_for(reported, run):
    # The telephone system has the answered call of the office, three seconds later.
    start = datetime(2025, 3, 17, 8, 30, 3, tzinfo=UTC)
    with Archive.open(f"sqlite:///{reported / 'archive.db'}") as archive:
        archive.register("file:pbx", provider="file", title="pbx", zone="Asia/Tehran", currency="IRR")
        archive.store([
            Call(account="file:pbx", call_id="9", direction=Direction.INCOMING, status=Status.ANSWERED, talk=61,
                 started_at=start, source=Party(number="09120000001")),
        ])  # fmt: skip
    for options, said, calls in (((), True, 3), (("--both",), False, 4), (("--period", "1403-12"), True, 3)):
        for report, by in (("cost", "direction"), ("status", "direction"), ("cost", "account")):
            status, out, err = run("report", report, "--by", by, *options, "--format", "json")
            assert (status, sum(row["calls"] for row in rows(out))) == (0, calls), (report, by, options)
            assert (
                err == "trunkline: counted once: 1 call of Office that pbx recorded too (--both counts both)\n"
            ) == said
    assert len(rows(run("report", "contacts", "--both", "--format", "json")[1])) == 2
    assert len(rows(run("report", "contacts", "--format", "json")[1])) == 1


def test_the_months_of_a_report_are_those_of_the_calendar_of_its_period(reported, run):
    def months(report, *options):
        return rows(run("report", report, "--by", "month", *options, "--format", "json")[1])

    # The accounts are in Iran: 17 March 2025 is 27 Esfand 1403.
    assert {row["jalali_month"] for row in months("cost")} == {"1403-12"}
    assert {row["jalali_month"] for row in months("status", "--period", "1403")} == {"1403-12"}
    assert {row["month"] for row in months("status", "--period", "2025")} == {"2025-03"}


@pytest.fixture
def two_zones(home):
    """Return an archive with a call at 21:00 UTC of 31 October, and one at 22:30, of an account in each of two zones.

    The first one is of November in Tehran, where it is 00:30, and of October in Vilnius (23:00); the other one is of
    November in both.
    """
    path = home / "archive.db"
    starts = datetime(2026, 10, 31, 21, tzinfo=UTC), datetime(2026, 10, 31, 22, 30, tzinfo=UTC)
    accounts = ("telefonchy:1", "Office", "Asia/Tehran", "IRR"), ("mor:7", "Shop", "Europe/Vilnius", "EUR")
    with Archive.open(f"sqlite:///{path}") as archive:
        for key, title, zone, currency in accounts:
            archive.register(key, provider=key.partition(":")[0], title=title, zone=zone, currency=currency)
            archive.store([
                Call(
                    account=key, call_id=f"{title} {number}", direction=Direction.OUTGOING, status=Status.ANSWERED,
                    started_at=start, talk=60, price=Money(Decimal(number), currency),
                )
                for number, start in enumerate(starts, 1)
            ])  # fmt: skip
    return path


@pytest.mark.parametrize("period", ["2026-10", "2026-11", "1405-08", "2026-10-31", "2026-11-01", "2026-11-01.."])
def test_the_command_says_what_python_says_of_accounts_in_two_zones(two_zones, run, period):
    calls = trunkline.calls(period, archive=str(two_zones), twins=False)
    options = ("--period", period, "--both", "--format", "json")
    for by in ((), ("account",), ("day",), ("hour",)):
        expected = [
            tuple(map(str, line)) for line in frame_rows(calls.cost(by=by).frame, *by, "currency", "cost") if line[-1]
        ]
        found = rows(run("report", "cost", *(("--by", *by) if by else ()), *options)[1])
        titles = calls.names
        shown = [
            tuple(str(line[name]) for name in (*by, "currency", "cost")) for line in found if float(line["cost"] or 0)
        ]
        assert shown == [(*(titles.get(cell, cell) for cell in line[:-2]), *line[-2:]) for line in expected], by
    listed = [row["call_id"] for row in rows(run("calls", "--period", period, "--format", "json")[1])]
    assert sorted(listed) == sorted(calls.frame["call_id"])


def test_calls_of_accounts_in_two_zones_are_those_of_their_own_days(two_zones, run):
    def listed(*options):
        return [row["call_id"] for row in rows(run("calls", "--format", "json", *options)[1])]

    assert listed("--period", "2026-11") == ["Shop 2", "Office 2", "Office 1"]
    assert listed("--period", "2026-11", "--limit", "2") == ["Shop 2", "Office 2"]
    assert listed("--period", "2026-10") == ["Shop 1"]
    assert [row["cost"] for row in rows(run("report", "cost", "--period", "2026-11", "--format", "json")[1])] == [
        "2",
        "3",
    ]
    # A date is a midnight of UTC then.
    assert listed("--since", "2026-11-01") == []


def test_costs_and_status_by_any_key(reported, run):
    def found(report, by):
        return [(row[by], row["calls"]) for row in rows(run("report", report, "--by", by, "--format", "json")[1])]

    # A call of each account at 12:00 of a Monday; the one of the branch is outgoing, and nothing else is known of it.
    for report in ("cost", "status"):
        assert sum(calls for _, calls in found(report, "week")) == 3
        assert found(report, "week")[0][0] == "2025-03-17"
        assert {key for key, _ in found(report, "weekday")} == {1}
        assert sorted(found(report, "account")) == [("Branch", 1), ("Office", 2)]
        assert {key for key, _ in found(report, "country")} == {key for key, _ in found(report, "contact")} == {None}
    for by, key in (("hour", 12), ("region", None), ("carrier", None)):
        assert {value for value, _ in found("cost", by)} == {key}


def test_who_was_called_back_after_the_period_is_not_open(reported, run):
    day = ("--period", "2025-03-17", "--format", "json")
    assert len(rows(run("report", "status", "--by", "open-missed", *day)[1])) == 1
    with Archive.open(f"sqlite:///{reported / 'archive.db'}") as archive:
        archive.store([
            Call(account="telefonchy:1", call_id="7", direction=Direction.OUTGOING, status=Status.ANSWERED, talk=9,
                 started_at=datetime(2025, 3, 18, 8, 30, tzinfo=UTC), destination=Party(number="09120000001")),
        ])  # fmt: skip
    assert rows(run("report", "status", "--by", "open-missed", *day)[1]) == []
    [returned] = rows(run("report", "status", "--by", "call-back", *day)[1])
    assert (returned["missed"], returned["reached"], returned["p50_after_s"]) == (1, 1, 86400.0)


def test_reports_that_ask_the_calls_of_a_period(reported, run):
    def first(report, *options):
        status, out, err = run("report", report, *options, "--format", "json")
        assert (status, err) == (0, "")
        return rows(out)[0]

    # 17 March 2025 is 27 Esfand 1403. The day before had no calls.
    change = first("compare", "--period", "2025-03-17", "--by", "trunk")
    assert (change["trunk"], change["measure"], change["total_after"]) == (None, "calls", "0.0000")
    budget = first("budget", "--period", "1403-12", "--amount", "2000", "--currency", "IRR")
    # Nothing is known of the days after the last call, the 17th: what the month will cost isn't, either.
    assert (budget["spent"], budget["left"], budget["over"]) == ("1500.0000", "500.0000", None)
    assert first("peak")["peak"] == 2
    assert first("contacts")["number"] == "09120000001"
    assert [first("quality")[name] for name in ("account", "column")] == ["Branch", "call_id"]
    assert run("report", "forecast")[::2] == (0, "")
    status, out, err = run("report", "forecast", "--period", "2025-03-17")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "2025-03-17 is over" in err
    for name in ("backtest", "balance", "lines", "traffic", "busy-hour", "anomalies", "twins"):
        assert run("report", name, "--period", "2025-03-17")[::2] == (0, ""), name
    assert run("report", "new-and-gone", "--period", "2025-03-17")[1].splitlines()[2].split()[:2] == ["new", "Office"]


def test_the_change_of_a_credit_is_an_amount(reported, run):
    at = datetime(2025, 3, 17, 8, tzinfo=UTC)
    with Archive.open(f"sqlite:///{reported / 'archive.db'}") as archive:
        # A call of 1,500 rials between two readings: 90,000 and 88,500.
        for hour, credit in ((0, 90_000), (2, 88_500)):
            trunk = Trunk(trunk_id="1", number="021", credit=Money(Decimal(credit), "IRR"))
            archive.record_credit("telefonchy:1", [trunk], at + timedelta(hours=hour))
    heads, _, line = run("report", "balance", "--period", "2025-03-17")[1].splitlines()
    assert heads.split("  ")[0] == "account"
    assert "-1,500" in line.split()
    assert "%" not in line


def test_reports_with_a_rate_card(reported, run, tmp_path):
    card = tmp_path / "card.csv"
    card.write_text("prefix,rate,first,step\n98,12,60,60\n")
    office = ("office", "--card", str(card))
    [other] = rows(run("report", "check", *office, "--country", "IR", "--format", "json")[1])
    # The calls of the office are incoming ones.
    assert (other["class"], other["calls"]) == ("other_direction", 2)
    # There are calls, and nothing to dispute.
    assert run("report", "disputes", *office)[:2] == (0, "nothing found\n")
    assert run("report", "what-if", *office, "--by", "day")[::2] == (0, "")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("budget",), "the budget report needs --amount"),
        (("budget", "--amount", "much", "--currency", "IRR"), "'much' is no amount"),
        (("cost", "--by", "method"), "invalid choice"),
        (("forecast", "--by", "trunk"), "the forecast report can't be grouped by trunk; choose one of total"),
        (("forecast", "--since", "7d"), "the forecast report takes --period, not --since or --until"),
        (("peak", "--card", "card.csv"), "the peak report takes no --card"),
        (("cost", "-o", "cost.html"), "the cost report takes no --output"),
        (("cost", "--amount", "5"), "the cost report takes no --amount"),
        (("status", "--language", "fa"), "the status report takes no --language"),
        (("contacts", "--unmasked"), "the contacts report takes no --unmasked"),
        (("traffic", "--country", "IR"), "the traffic report takes no --country"),
        (("check", "--card", "card.csv", "--currency", "IRR"), "the check report takes no --currency"),
        (("month", "1403-12", "-o", "x.html", "--by", "day"), "the month report takes no --by"),
        (("month", "1403-12", "-o", "x.html", "--format", "json"), "the month report takes no --format"),
        (("month", "1403-12", "-o", "x.html", "--amount", "5"), "the month report takes no --amount"),
        (("budget", "--amount", "5", "--currency", "XXX"), "nothing costs money in 'XXX': a budget is in"),
        (("budget", "--amount", "nan", "--currency", "IRR"), "a budget is an amount of at least 0"),
        (("compare",), "there is no period before all days"),
        (("check", "--card", "none.csv"), "none.csv"),
    ],
)
def test_a_report_says_what_it_needs(reported, run, options, why):
    status, out, err = run("report", *options)
    assert (status, out) == (2, "")
    assert why in err
    assert len(err.splitlines()) == 1


def test_a_filter_of_calls_reads_no_other_calls(reported, run, monkeypatch):
    read = []
    to_call = queries.to_call
    monkeypatch.setattr(queries, "to_call", lambda row: read.append(row.call_id) or to_call(row))
    listed = rows(run("calls", "--status", "no_answer", "--limit", "1", "--format", "json")[1])
    assert [row["call_id"] for row in listed] == read == ["2"]
    assert rows(run("calls", "--direction", "outgoing", "--format", "json")[1])[0]["account"] == "Branch"


def test_a_call_is_placed_once_and_shows_in_the_archive(office, run):
    before = {
        row["trunk"]: int(row["credit"].split()[0]) for row in rows(run("credit", "office", "--format", "json")[1])
    }
    status, out, err = run(
        "call", "office", "--from", str(office[0]["extensions"][0]), "--to", "021 5550 0123", "--format", "json"
    )
    assert (status, err) == (0, "")
    assert rows(out)[0]["status"] == "accepted"
    assert sum(before.values()) >= 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "COMMAND"),
        (("dance",), "dance"),
        (("calls", "--limit", "many"), "'many' is not a whole number"),
        (("calls", "--limit", "0"), "0 rows would show nothing: use 1 or more"),
        (("calls", "--since", "soon"), "'soon' is not a date"),
        (("calls", "--since", "2026-02-30"), "is not a date"),
        (("calls", "--status", "happy"), f"--status: 'happy' is not one of {', '.join(Status)}"),
        (("calls", "--direction", "up"), "--direction: 'up' is not one of incoming, outgoing, internal"),
        (("calls", "--format", "yaml"), "--format: 'yaml' is not one of table, json, csv"),
        (("calls", "nobody"), "no account 'nobody'"),
        (("credit", "nobody"), "no account 'nobody'"),
        (("sync", "--since", "1404-13-01"), "is not a date"),
        (("call", "office", "--from", "10", "--to", "now"), "not a phone number"),
        (("call", "office", "--from", "10"), "--to"),
        (("report", "weather"), "weather"),
        (("report",), "required: REPORT ("),
        (("request", "office", "GET"), "required: PATH ("),
        (("report", "cost", "--by", "weather"), "invalid choice: 'weather'"),
        (("sandbox", "--host", "8.8.8.8"), "loopback"),
        (("sandbox", "--port", "99999"), "--port: a port is a number from 0 to 65535"),
        (("sandbox", "--calls", "-1"), "--calls"),
        (("sandbox", "--live", "-1"), "live"),
    ],
)
def test_what_cannot_be_is_one_line_and_status_2(office, run, arguments, message):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert one_line(err), err
    assert message in err


async def test_the_sandbox_is_for_a_terminal_and_says_so_in_jupyter(home, run):
    status, out, err = run("sandbox")
    assert (status, out) == (2, "")
    assert err == "trunkline: the sandbox serves until it is stopped: run `trunkline sandbox` in a terminal\n"


def test_a_refused_call_is_one_line_without_the_number(office, run):
    status, _, err = run("call", "office", "--from", "9999", "--to", "02155500123")
    assert status == 2
    assert one_line(err)
    assert "02155500123" not in err


def test_one_account_that_fails_does_not_stop_the_others(office, home, run, unused_tcp_port):
    with (home / "accounts.toml").open("a") as file:
        file.write(f'[down]\nprovider = "telefonchy"\ntoken = "x"\nbase_url = "http://127.0.0.1:{unused_tcp_port}/"\n')
        file.write(f'[wrong]\nprovider = "telefonchy"\ntoken = "not-the-token"\nbase_url = "{office[0]["base_url"]}"\n')
    status, out, err = run("credit", "down", "wrong", "office", "--format", "json")
    assert status == 1
    assert {row["account"] for row in rows(out)} == {"office"}
    assert [line.split()[1] for line in err.splitlines()] == ["down:", "wrong:"]
    assert "not-the-token" not in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[office", "is not valid TOML"),
        ("office = 1", "must be a table"),
        ('["a b"]\nprovider = "telefonchy"', "letters, digits"),
        ("[office]\nprovider = 3", "provider must be text"),
        ('[office]\nprovider = "acme"', "there is no provider 'acme'"),
        ('[office]\nprovider = "telefonchy"\nsecret = "s3cr3t"', "has no setting 'secret'"),
        ('[office]\nprovider = "telefonchy"', "needs token"),
        ('[office]\nprovider = "telefonchy"\ntoken = "t"\nzone = "Mars"', "account office: there is no time zone"),
    ],
)
def test_settings_that_cannot_be_read_name_the_account(home, run, text, message):
    (home / "accounts.toml").write_text(text)
    status, _, err = run("credit")
    assert status == 2
    assert message in err.splitlines()[-1]
    assert "s3cr3t" not in err


def test_the_environment_overrides_the_file(office, home, monkeypatch, run):
    monkeypatch.setenv("TRUNKLINE_OFFICE_TOKEN", "another-token")
    status, _, err = run("credit", "office")
    assert status == 1
    assert "refused the token" in err


def test_settings_that_others_can_read_are_warned_of(office, home, run):
    (home / "accounts.toml").chmod(0o644)
    status, _, err = run("accounts")
    assert status == 0
    assert "chmod 600" in err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", datetime(2026, 11, 20, 20, 30, tzinfo=UTC)),
        ("yesterday", datetime(2026, 11, 19, 20, 30, tzinfo=UTC)),
        ("7d", datetime(2026, 11, 13, 20, 30, tzinfo=UTC)),
        ("12h", datetime(2026, 11, 20, 20, 30, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 20, 20, 30, tzinfo=UTC)),
        ("1405-08-30", datetime(2026, 11, 20, 20, 30, tzinfo=UTC)),
        ("1405-08-30 13:30", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        (None, None),
        # Digits of Persian, and the marks of direction that text copied from a Persian page has.
        ("۷d", datetime(2026, 11, 13, 20, 30, tzinfo=UTC)),
        ("\u200f۱۴۰۵-۰۸-۳۰\u200f", datetime(2026, 11, 20, 20, 30, tzinfo=UTC)),
        (" Today", datetime(2026, 11, 20, 20, 30, tzinfo=UTC)),
    ],
)
def test_dates_in_both_calendars_are_midnights_of_the_accounts_zone(text, expected):
    assert when(text, TEHRAN, now=NOON) == expected


def test_today_begins_at_the_first_of_two_midnights():
    # On 2 November 2025, clocks in Havana go back from 1:00 (UTC-4) to 0:00 (UTC-5): 0:30 comes twice, at 4:30 and 5:30.
    again = datetime(2025, 11, 2, 5, 30, tzinfo=UTC)
    assert when("today", ZoneInfo("America/Havana"), now=again) == datetime(2025, 11, 2, 4, tzinfo=UTC)


def test_a_date_that_is_none_is_refused():
    with pytest.raises(ConfigError):
        when("8d ago", TEHRAN)


def test_a_reader_that_stops_early_is_no_error(office, run):
    run("sync")
    command = f"{sys.executable} -m trunkline calls --limit 300 --format csv | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False, env=os.environ
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("started_at,")


def test_help_names_every_command():
    done = subprocess.run([sys.executable, "-m", "trunkline", "--help"], capture_output=True, text=True, check=True)
    for command in ("sandbox", "accounts", "credit", "sync", "calls", "call", "report", "archive"):
        assert re.search(rf"^ +{command} ", done.stdout, re.MULTILINE), command


def test_the_documentation_names_every_command_and_option():
    page = (Path(__file__).parents[2] / "docs" / "command.md").read_text()
    parser = build_parser()
    (commands,) = (action for action in parser._actions if action.choices)
    for name, command in commands.choices.items():
        assert re.search(rf"^trunkline {name}\b", page, re.MULTILINE), name
        for action in command._actions:
            for option in action.option_strings:
                if option.startswith("--"):
                    assert option in page, f"{name} {option}"
            # The commands of a command.
            if isinstance(action.choices, dict):
                for inner in action.choices:
                    assert re.search(rf"`{name} {inner}\b", page), f"{name} {inner}"


def test_a_stop_by_the_person_is_no_error(monkeypatch, run):
    def stopped():
        raise KeyboardInterrupt

    monkeypatch.setattr("trunkline.cli.commands.accounts.configured_accounts", stopped)
    assert run("accounts") == (130, "", "")


@pytest.fixture
def interruptible():
    """Let Ctrl-C interrupt this process, also if it was started in the background, where a shell has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            ("call", "office", "--from", "1510", "--to", "02155500199"),
            "The phone may be ringing. Check the call list before you try again",
        ),
        (
            ("request", "office", "POST", "locations"),
            "The request may have been carried out. Check the result before you try again",
        ),
        (("request", "office", "GET", "locations"), ""),
    ],
)
def test_a_stop_says_what_a_request_that_is_sent_once_may_have_done(
    office, run, monkeypatch, interruptible, command, told
):
    async def never_replying(*_arguments, **_options):
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(60)

    for name in ("send_once", "read"):
        monkeypatch.setattr(Transport, name, never_replying)
    line = f"trunkline: office: stopped before the provider replied. {told}\n"
    assert run(*command) == (130, "", line if told else "")


def test_an_interruption_while_the_command_is_loaded_is_no_traceback(monkeypatch, capsys):
    class Interrupted:
        def find_spec(self, name, *_):
            if name == "trunkline.cli.main":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "trunkline.cli.main")
    monkeypatch.setattr(sys, "meta_path", [Interrupted(), *sys.meta_path])
    assert entry.main() == 130
    assert capsys.readouterr() == ("", "")


def test_a_failing_archive_is_one_line(home, run, monkeypatch):
    (home / "archive.db").write_text("this is no database, whatever its name says. " * 30)
    status, out, err = run("calls")
    assert (status, out) == (1, "")
    assert one_line(err)
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", "sqlite+://///:x:y//")
    status, out, err = run("calls")
    assert status in {1, 2}
    assert one_line(err)
    (home / "file").touch()
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", str(home / "file" / "archive.db"))
    status, _, err = run("calls")
    assert status == 2
    assert "can't create" in err


def test_reports_without_their_extra_say_which(home, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "trunkline.reports", None)
    monkeypatch.delattr("trunkline.reports", raising=False)
    status, _, err = run("report", "cost")
    assert status == 2
    assert "pip install 'trunkline[reports]'" in err


def test_a_port_that_is_taken_is_one_line(home, run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, _, err = run("sandbox", "--calls", "1", "--port", str(taken.getsockname()[1]))
    assert status == 2
    assert one_line(err)
    assert "choose another port" in err


def test_a_provider_that_tells_no_credit_is_passed_over(office, run, monkeypatch):
    info = PROVIDERS["telefonchy"]
    monkeypatch.setattr(
        "trunkline.providers.telefonchy.account.TelefonchyAccount.supports", lambda _self, _capability: False
    )
    status, out, err = run("credit", "branch")
    assert (status, out) == (0, "no trunks\n")
    assert f"branch: {info.name} does not report credit" in err


def test_settings_are_in_the_users_own_folder_unless_told_otherwise(monkeypatch):
    assert accounts_file({"XDG_CONFIG_HOME": "/configuration"}) == Path("/configuration/trunkline/accounts.toml")
    monkeypatch.setattr(Path, "home", lambda: Path("/home-of-nobody"))
    assert accounts_file({}) == Path("/home-of-nobody/.config/trunkline/accounts.toml")


def test_settings_that_are_no_text_are_one_line(home, run):
    (home / "accounts.toml").write_bytes(b"\xff\xfe")
    status, _, err = run("credit")
    assert status == 2
    assert "can't read" in err
    assert not readable_by_others(home / "nowhere")
