"""Forecasts, periods beside each other, credit and lines: their looks, their words, and hard data."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from tests.reports.frames import row, table
from tests.reports.test_plot_style import clashes, shapes
from tests.reports.test_plots import assert_sentences, texts
from trunkline import plots
from trunkline.errors import DataError
from trunkline.plots import days
from trunkline.plots.look import LANGUAGES, look
from trunkline.reports import compare, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matplotlib.figure import Figure

D = Decimal
DAY = timedelta(days=1)
TEHRAN = ZoneInfo("Asia/Tehran")
# Monday, 26 Aban 1404.
NOON = datetime(2025, 11, 17, 8, 30, tzinfo=UTC)
NOVEMBER = (datetime(2025, 11, 1, tzinfo=TEHRAN), datetime(2025, 12, 1, tzinfo=TEHRAN))
BEFORE, AFTER = (date(2025, 3, 3), date(2025, 3, 9)), (date(2025, 3, 10), date(2025, 3, 16))
TITLE = "فروشگاه شعبهٔ شمارهٔ یک خیابان ولیعصر نرسیده به میدان"

type Reading = tuple[str, str | None, datetime, Decimal, str]


def readings(rows: Iterable[Reading], column: str = "credit") -> pa.Table:
    listed = list(rows)
    names = ("account", "trunk", "at", column, "currency")
    return pa.table({name: [each[place] for each in listed] for place, name in enumerate(names)})


def of_trunks(count: int, at: int, step: timedelta, amount: Callable[[int, int], int]) -> list[Reading]:
    return [
        ("telefonchy:1", f"21000000{trunk:02}", NOON + step * n, D(amount(trunk, n)), "IRR")
        for trunk in range(count)
        for n in range(at)
    ]


def paid(count: int, price: str) -> pa.Table:
    """Return a call a day for four weeks, of once, twice and three times the price in turn, from 20 October on."""
    first = datetime(2025, 10, 20, 9)
    return table(
        row(str(n), str(first + DAY * n), "outgoing", "answered", talk_s=60, price=str(D(price) * (1 + n % 3)))
        for n in range(count)
    )


def forecast(frame: pa.Table, **options: Any) -> Figure:
    return plots.cost_forecast(frame, NOON, *NOVEMBER, zone=TEHRAN, **options)


def beside(*amounts: tuple[str, str, int], **options: Any) -> Figure:
    """Draw two weeks with a call of (start, price, talk) each."""
    calls = table(row(start, start, "outgoing", "answered", price=price, talk_s=talk) for start, price, talk in amounts)
    ends = ((first, last + DAY) for first, last in (BEFORE, AFTER))
    return plots.periods_beside(compare.periods(calls, *ends), BEFORE, AFTER, **options)


def busy(trunks: int) -> pa.Table:
    return table(
        row(f"{trunk}-{n}", f"2025-03-03 09:{n:02}:00", "incoming", "answered", wait_s=5, talk_s=60 * (trunk + 1),
            trunk=f"21000000{trunk:02}")
        for trunk in range(trunks) for n in range(20)
    )  # fmt: skip


def needed(frame: pa.Table, by: str | None = None, present: int | None = None, **options: Any) -> Figure:
    return plots.lines_needed(lines.lines(frame, present, by=by), by=by, **options)


PICTURES: dict[str, Callable[..., Figure]] = {
    "forecast": lambda **options: forecast(paid(28, "1000"), budget=D(60000), **options),
    "past forecasts": lambda **options: plots.past_forecasts(paid(60, "1000"), **options),
    "periods beside": lambda **options: beside(
        ("2025-03-03 09:00:00", "5", 3600), ("2025-03-10 09:00:00", "4", 5400), **options
    ),
    "credit": lambda **options: plots.credit_over_time(
        readings(of_trunks(2, 30, DAY, lambda trunk, n: 90000 - trunk * 20000 - n * 1000)), **options
    ),
    "unexplained": lambda **options: plots.unexplained_credit(
        readings(of_trunks(2, 30, DAY, lambda trunk, n: -100 * n * (trunk + 1)), "residual_sum"), **options
    ),
    "lines": lambda **options: needed(busy(1), present=5, **options),
    "lines of trunks": lambda **options: needed(busy(2), "trunk", **options),
}
HARD: dict[str, Callable[..., Figure]] = {
    "one call": lambda **options: forecast(paid(1, "1000"), **options),
    "huge amounts": lambda **options: forecast(paid(28, "10000000000"), budget=D(10**12), **options),
    "refunds": lambda **options: forecast(paid(28, "-1000"), **options),
    "one forecast": lambda **options: plots.past_forecasts(paid(37, "10000000000"), **options),
    "forecasts of refunds": lambda **options: plots.past_forecasts(paid(37, "-1000"), **options),
    "a hundredfold": lambda **options: beside(
        ("2025-03-03 09:00:00", "5", 60), ("2025-03-10 09:00:00", "500", 7200), **options
    ),
    "one reading": lambda **options: plots.credit_over_time(
        readings([("telefonchy:1", "2100000001", NOON, D(50000), "IRR")]), **options
    ),
    "an afternoon": lambda **options: plots.credit_over_time(
        readings(of_trunks(2, 9, timedelta(hours=3), lambda _, n: 10**6 - n)), **options
    ),
    "twelve trunks of huge credit": lambda **options: plots.credit_over_time(
        readings(of_trunks(12, 30, DAY, lambda trunk, n: 10**14 - (trunk * 7 % 12) * 10**12 - n * 10**12)),
        names={"telefonchy:1": TITLE}, **options,
    ),
    "nothing unexplained": lambda **options: plots.unexplained_credit(
        readings(of_trunks(2, 3, DAY, lambda *_: 0), "residual_sum"), **options
    ),
    "lines of twelve trunks": lambda **options: needed(busy(12), "trunk", **options),
    "one short call": lambda **options: needed(
        table([row("x", "2025-03-03 09:00:00", "incoming", "answered", wait_s=1, talk_s=5, trunk="1")]), **options
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_the_dark_picture_is_the_light_one_in_other_colors_and_the_printed_one_is_grey(name: str) -> None:
    light, dark = (PICTURES[name](style=style) for style in ("light", "dark"))
    assert shapes(light.svg("dark")) == shapes(dark.svg())  # type: ignore[attr-defined]
    colours = set(re.findall(r"#[0-9a-f]{6}\b", PICTURES[name](style="print").svg()))  # type: ignore[attr-defined]
    assert {colour for colour in colours if not colour[1:3] == colour[3:5] == colour[5:7]} == set()


@pytest.mark.parametrize("name", [*PICTURES, *HARD])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_is_cut_or_overlaps_and_the_words_hold_numbers(name: str, language: str) -> None:
    draw = {**PICTURES, **HARD}[name]
    figure: Any = draw(language=language, jalali=language == "fa")
    assert clashes(figure) == []
    title = figure.get_suptitle().lstrip("\u200f")
    assert figure.alt.startswith(f"{title}. ")
    assert re.search(r"[0-9۰-۹]", figure.alt.removeprefix(title))
    assert_sentences(figure)
    if language == "fa":
        assert figure.get_supxlabel() == "" or figure.get_supxlabel().endswith(".")
        shown = " ".join(texts(figure)).replace("UTC", "").replace("telefonchy:1", "")
        assert set(re.findall(r"[A-Za-z]{2,}", shown)) == set()
        assert not re.search(r"\d,\d|[0-9]%", shown)


def labels(figure: Figure) -> list[str]:
    return [tick.get_text() for tick in figure.axes[0].get_xticklabels()]


def legend(figure: Figure) -> list[str]:
    found = figure.axes[0].get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


# --- forecasts ------------------------------------------------------------------------------------


def test_the_words_of_a_forecast_have_what_is_spent_expected_and_the_budget() -> None:
    # 16 calls of November, 1, 2 and 3 thousand in turn: 5 · 6 + 1 thousand.
    figure: Any = forecast(paid(28, "1000"), budget=D(60000))
    assert "Spent: 31,000 IRR. Expected by the end: " in figure.alt
    assert figure.alt.endswith(" Budget: 60,000 IRR.")


def test_calls_after_now_are_not_spent_yet() -> None:
    later = NOON.astimezone(TEHRAN) + timedelta(hours=1)
    known = paid(28, "1000")
    after = table([row("x", f"{later:%Y-%m-%d %H:%M:%S}", "outgoing", "answered", talk_s=60, price="5000")])
    figure: Any = forecast(pa.concat_tables([known, after], promote_options="permissive").unify_dictionaries())
    assert figure.alt == forecast(known).alt  # type: ignore[attr-defined]


def test_a_forecast_without_local_times_is_refused() -> None:
    with pytest.raises(DataError, match="started_local"):
        forecast(paid(28, "1000").drop_columns(["started_local"]))


def test_a_forecast_of_refunds_has_its_interval_around_it_and_goes_below_zero() -> None:
    figure: Any = forecast(paid(28, "-1000"))
    amounts = re.search(r"end: (\S+) IRR \((\S+) IRR to (\S+) IRR\)", figure.alt)
    assert amounts is not None
    expected, low, high = (int(each.replace(",", "")) for each in amounts.groups())
    assert low < expected < high < 0
    assert figure.axes[0].get_ylim()[0] < low


def test_amounts_above_zero_are_drawn_from_zero() -> None:
    assert forecast(paid(28, "1000")).axes[0].get_ylim()[0] == 0
    assert plots.past_forecasts(paid(60, "1000")).axes[0].get_ylim()[0] == 0
    assert plots.past_forecasts(paid(37, "-1000")).axes[0].get_ylim()[0] < -14000


def test_the_axis_of_a_month_is_as_long_as_the_month() -> None:
    # To 1 December, at which the last day ends, and less than a day more on both sides.
    begin, end = forecast(paid(28, "1000")).axes[0].get_xlim()
    assert (begin, end) == pytest.approx(
        (days.numbers([date(2025, 11, 1)])[0] - 0.7, days.numbers([date(2025, 12, 1)])[0] + 0.7)
    )


# --- periods --------------------------------------------------------------------------------------


def test_periods_are_named_by_their_days_and_a_whole_month_by_its_name() -> None:
    english, persian = look("light", "en"), look("light", "fa", jalali=True)
    assert english.span(date(2025, 3, 1), date(2025, 3, 31)) == "Mar 2025"
    assert english.span(date(2025, 12, 1), date(2025, 12, 31)) == "Dec 2025"
    assert english.span(date(2025, 3, 1), date(2025, 3, 30)) == "1 Mar 2025 to 30 Mar 2025"
    assert english.span(date(2025, 3, 5), date(2025, 3, 5)) == "5 Mar 2025"
    # Esfand 1403 had 30 days, until 20 March 2025 (calendar of the University of Tehran).
    assert persian.span(date(2025, 2, 19), date(2025, 3, 20)) == "اسفند ۱۴۰۳"
    title = plots.periods_beside(table([]).select([]), "May", "June").get_suptitle()
    assert title == "June beside May"


def test_changes_have_a_sign_to_the_left_of_the_number_and_talk_is_a_clock_time() -> None:
    # A week has seven days: 3600 s / 7 = 514.3 s and 5400 s / 7 = 771.4 s a day; 5 IRR / 7 = 0.71 and 4 IRR / 7 = 0.57.
    figure = PICTURES["periods beside"]()
    assert {"0%  (0.14 to 0.14)", "+50%  (0:08:34 to 0:12:51)", "-20%  (0.71 to 0.57)"} <= set(texts(figure))
    persian: Any = PICTURES["periods beside"](language="fa")
    assert "\u200e−۲۰٪" in persian.alt
    assert "هزینه (ریال): " in persian.alt
    assert "talk time: +11,900%, cost (IRR): +9,900%." in HARD["a hundredfold"]().alt  # type: ignore[attr-defined]


# --- credit ---------------------------------------------------------------------------------------


def test_one_reading_stands_in_the_middle_of_a_day() -> None:
    axes = HARD["one reading"]().axes[0]
    begin, end = axes.get_xlim()
    [at] = days.moments([NOON])
    assert (at - begin, end - at) == pytest.approx((0.5, 0.5))
    assert labels(HARD["one reading"]()) == [
        "21:00\n16 Nov 2025", "00:00\n17 Nov 2025", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00",
    ]  # fmt: skip


def test_the_times_of_credit_are_in_the_calendar_and_the_language() -> None:
    # From 26 Aban on; 22 November 2025 was Saturday, 1 Azar 1404 (calendar of the University of Tehran).
    assert labels(PICTURES["credit"](jalali=True)) == ["1 Azar\n1404", "8 Azar", "15 Azar", "22 Azar"]
    assert labels(PICTURES["credit"](jalali=True, language="fa"))[:2] == ["۱ آذر\n۱۴۰۴", "۸ آذر"]
    assert labels(PICTURES["credit"]())[0] == "17 Nov\n2025"
    hours = HARD["an afternoon"](jalali=True, language="fa")
    assert labels(hours) == ["۱۲:۰۰\n۲۶ آبان ۱۴۰۴", "۱۸:۰۰", "۰۰:۰۰\n۲۷ آبان ۱۴۰۴", "۰۶:۰۰"]
    assert hours.axes[0].get_xlabel().lstrip("\u200f") == "زمان (UTC)"


def test_the_times_of_credit_are_on_the_clock_of_a_zone() -> None:
    # Tehran is three and a half hours ahead: its day begins between the readings at 18:00 and 22:00 UTC.
    begin = datetime(2025, 11, 17, 18, tzinfo=UTC)
    found = readings([("office", "2100000010", begin + timedelta(hours=n), D(9 - n), "IRR") for n in (0, 4)])
    figure: Any = plots.credit_over_time(found, zone="Asia/Tehran")
    [line, *_] = figure.axes[0].get_lines()
    day = (begin - datetime(1970, 1, 1, tzinfo=UTC)).days
    assert list(line.get_xdata()) == pytest.approx([day + 21.5 / 24, day + 1 + 1.5 / 24])
    assert figure.axes[0].get_xlabel() == "time (Asia/Tehran)"
    assert figure.get_supxlabel().startswith("Each reading of the archive, IRR; times are in Asia/Tehran.")


def test_a_few_days_have_their_year_with_the_first_day_that_is_seen() -> None:
    figure = plots.credit_over_time(readings(of_trunks(1, 9, timedelta(hours=13), lambda _, n: 10 - n)))
    assert labels(figure) == ["Tue 18 Nov\n2025", "Wed 19 Nov", "Thu 20 Nov", "Fri 21 Nov"]


def test_the_trunks_with_the_least_credit_are_named_with_their_whole_number() -> None:
    # At the end, trunk t has 10^14 - (7t mod 12 + 29)·10^12: the least have 7t mod 12 from 11 down to 5.
    figure: Any = HARD["twelve trunks of huge credit"]()
    least = [trunk for trunk in range(12) if trunk * 7 % 12 >= 5]
    *named, others = legend(figure)
    assert [name.rpartition(" ")[2] for name in named] == [f"21000000{trunk:02}" for trunk in least]
    assert others == "others"
    assert len(figure.axes[0].get_lines()) == 12 + 1  # and the line at zero
    assert "Named are the 7 with the least credit." in figure.get_supxlabel()
    assert f"2100000005: {60 * 10**12:,} IRR" in figure.alt


def test_the_words_of_credit_have_the_last_reading_of_each_trunk() -> None:
    figure: Any = plots.credit_over_time(
        readings([("mor:1", None, NOON + DAY, D("1.5"), "EUR"), ("mor:1", None, NOON, D(9), "EUR")])
    )
    assert figure.alt == ("Credit. The last reading of each: mor:1: 1.50 EUR.")


def test_a_credit_that_is_all_explained_says_so() -> None:
    figure = HARD["nothing unexplained"]()
    assert "Calls and top-ups explain all changes." in figure.get_supxlabel()
    texts(figure)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["-1", "0", "1"]
    assert "explain all changes" not in PICTURES["unexplained"]().get_supxlabel()


def test_credits_in_two_currencies_share_no_axis() -> None:
    both = readings([("a", "1", NOON, D(1), "IRR"), ("b", "1", NOON, D(1), "EUR")])
    with pytest.raises(DataError, match="the credits are in EUR, IRR: say which one to draw"):
        plots.credit_over_time(both)
    assert len(plots.credit_over_time(both, currency="EUR").axes[0].get_lines()) == 2
    none: Any = plots.credit_over_time(both, currency="USD")
    assert none.alt == "Credit. There are no readings of the credit in this period."


# --- lines ----------------------------------------------------------------------------------------


def test_the_lines_that_are_needed_stand_in_the_legend_of_trunks_and_in_the_words() -> None:
    # With a wait of 5 s, twenty calls hold a line for 65 s and 125 s each: A = 20·65/3600 = 0.361 and 0.694 erlang.
    # Erlang B: B(3, 0.361) = 0.55 %, B(2, 0.361) = 4.6 %; B(4, 0.694) = 0.48 %, B(3, 0.694) = 2.8 %.
    figure: Any = PICTURES["lines of trunks"]()
    assert legend(figure) == ["2100000000: 3 needed", "2100000001: 4 needed"]
    assert figure.get_supxlabel().startswith("Erlang B in the busy hour of each: 1.06 erlang offered in all.")
    assert figure.alt.endswith(" By trunk: 2100000000: 3 needed, 2100000001: 4 needed.")
    alone: Any = PICTURES["lines"]()
    assert {"3 needed", "5 present"} <= set(texts(alone))
    assert alone.alt.endswith(" Lost calls: 3 needed, 5 present.")


def test_the_lines_of_calls_without_a_trunk_are_named_as_such() -> None:
    frame = table([row("x", "2025-03-03 09:00:00", "incoming", "answered", wait_s=5, talk_s=60)])
    assert legend(needed(frame, "trunk"))[0].startswith("no trunk: ")
    assert legend(needed(frame, "extension"))[0].startswith("unknown: ")


def test_small_shares_of_an_axis_differ_from_each_other() -> None:
    figure = needed(table([row("x", "2025-03-03 09:00:00", "incoming", "answered", wait_s=5, talk_s=60, trunk="1")]))
    texts(figure)
    shown = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(set(shown)) == len(shown)
    assert all(re.fullmatch(r"\d\.\d\d%", each) for each in shown)
