"""The looks of plots: contrast, colors that all people tell apart, Persian text, both calendars, and words for all."""

from __future__ import annotations

import io
import itertools
import re
import urllib.parse
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text
from matplotlib.textpath import TextPath

from tests.reports.frames import OFFICE, row, table
from tests.reports.test_plots import PICTURES, RIAL, bars, many, texts
from trunkline import plots
from trunkline.errors import DataError
from trunkline.plots import days
from trunkline.plots.look import LANGUAGES, look
from trunkline.plots.palette import DARK, LIGHT, PALETTES, PRINT, contrast
from trunkline.plots.persian import TEXTS
from trunkline.reports import groups

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trunkline.plots.palette import Palette

# G. M. Machado and others, "A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG 15
# (2009), severity 1.0; they work on linear RGB.
SIGHTS = {
    "usual": np.eye(3),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ]),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ]),
    "tritanopia": np.array([
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ]),
}  # fmt: skip
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
LONG = [
    f"فروشگاه شعبهٔ شمارهٔ {n} خیابان ولیعصر نرسیده به میدان" if n % 2 else f"Support team {n} of the far north"
    for n in range(40)
]


def seen(colour: str, sight: str) -> Any:
    """Return how a color is seen, in CIE L*a*b* (D65)."""
    rgb = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = SIGHTS[sight] @ np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    ratio = XYZ @ np.clip(linear, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_contrast_is_that_of_wcag() -> None:
    # Black on white is 21:1; #767676 is known as the lightest grey with 4.5:1 on white.
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#ffffff") < 4.5


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
def test_text_and_marks_have_the_contrast_that_wcag_asks_for(palette: Palette) -> None:
    assert min(contrast(text, palette.surface) for text in (palette.ink, palette.muted)) >= 4.5
    assert contrast(palette.spine, palette.surface) >= 3
    for mark in (*palette.series, palette.other, palette.total):
        assert contrast(mark.edge if mark.outlined else mark.colour, palette.surface) >= 3
    for cell in palette.heat:
        assert contrast(palette.on(cell), cell) >= 4.5
    lightness = [contrast(cell, palette.surface) for cell in palette.heat]
    assert lightness == sorted(lightness)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
def test_the_colors_of_series_can_be_told_apart_with_any_color_vision(palette: Palette, sight: str) -> None:
    colours = [mark.colour for mark in (*palette.series, palette.other)]
    # A difference of 2.3 is just noticeable (CIE76); marks of a legend need several times that.
    for one, other in itertools.combinations(colours, 2):
        assert np.linalg.norm(seen(one, sight) - seen(other, sight)) > 12, (one, other)


def test_series_on_paper_differ_in_hatch_or_plainly_in_grey_and_lines_in_dash_and_marker() -> None:
    marks = (*PRINT.series, PRINT.other)
    for one, other in itertools.combinations(marks, 2):
        assert one.hatch != other.hatch or contrast(one.colour, other.colour) > 1.4, (one, other)
    assert len({(mark.line, mark.marker) for mark in marks}) == len(marks)
    assert all(colour[1:3] == colour[3:5] == colour[5:7] for colour in (*PRINT.colours, PRINT.total.colour))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_on_paper_has_no_color(name: str) -> None:
    colours = set(re.findall(r"#[0-9a-f]{6}\b", PICTURES[name](table(RIAL), style="print").svg()))
    assert {colour for colour in colours if not colour[1:3] == colour[3:5] == colour[5:7]} == set()


# --- dark and light -------------------------------------------------------------------------------


def shapes(svg: str) -> str:
    """Return a picture without the names of its parts, which depend on their colors."""
    return re.sub(r"\b[tmph][0-9a-f]{10}\b", "", svg)


@pytest.mark.parametrize("name", PICTURES)
def test_the_dark_picture_is_the_light_one_in_other_colors(name: str) -> None:
    light, dark = (PICTURES[name](table(RIAL), style=style) for style in ("light", "dark"))
    assert shapes(light.svg("dark")) == shapes(dark.svg())
    assert shapes(dark.svg("light")) == shapes(light.svg())
    assert light.svg("dark") != light.svg()


def test_each_light_color_has_one_dark_color() -> None:
    assert len(set(LIGHT.colours)) == len(LIGHT.colours) == len(DARK.colours)


def test_what_was_drawn_for_paper_can_not_be_made_dark() -> None:
    with pytest.raises(DataError, match="draw it with style='dark'"):
        plots.cost_by_day(table(RIAL), style="print").svg("dark")
    with pytest.raises(DataError, match="drawn light can't be made blue"):
        plots.cost_by_day(table(RIAL)).svg("blue")


def addresses(html: str) -> list[ET.Element]:
    found = re.findall(r'(?:src|srcset)="data:image/svg\+xml,([^"\s]*)"', html)
    return [ET.fromstring(urllib.parse.unquote(each)) for each in found]


def test_a_notebook_shows_dark_readers_the_dark_picture_with_the_same_words() -> None:
    figure = plots.cost_by_day(table([line | {"trunk": "<b>\"&'%23"} for line in RIAL]))
    html = figure._repr_html_()
    assert html.startswith('<picture><source media="(prefers-color-scheme: dark)" srcset="data:image/svg+xml,')
    dark, light = addresses(html)
    for svg in (dark, light):
        assert svg.attrib["role"] == "img"
        title, desc = svg[0], svg[1]
        assert (title.text, desc.text) == ("Cost per day by trunk", figure.alt)
        assert svg.attrib["aria-labelledby"].split() == [title.attrib["id"], desc.attrib["id"]]
    assert DARK.surface in ET.tostring(dark, encoding="unicode")
    assert DARK.surface not in ET.tostring(light, encoding="unicode")


@pytest.mark.parametrize("style", ["dark", "print"])
def test_a_style_that_was_asked_for_is_the_only_one(style: str) -> None:
    figure = plots.cost_by_day(table(RIAL), style=style)
    assert figure.html().startswith('<img alt="Cost per day by trunk. ')
    assert len(addresses(figure.html())) == 1


def test_two_pictures_in_a_page_share_no_name() -> None:
    both = [plots.cost_by_day(table(RIAL)).svg(), plots.status_by_day(table(RIAL)).svg()]
    one, other = (set(re.findall(r'\bid="([^"]+)"', svg)) for svg in both)
    assert one & other == set()
    for svg in both:
        used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
        assert used <= set(re.findall(r'\bid="([^"]+)"', svg))


def test_settings_of_other_plots_change_nothing() -> None:
    plain = plots.hours_of_the_week(table(OFFICE)).svg()
    with mpl.rc_context({"font.size": 30, "font.family": "serif", "axes.facecolor": "red", "savefig.facecolor": "red"}):
        assert plots.hours_of_the_week(table(OFFICE)).svg() == plain


def test_a_style_or_language_that_there_is_not_is_named() -> None:
    with pytest.raises(DataError, match="plots have no style 'sepia'; possible are light, dark, print"):
        plots.waits(table(OFFICE), style="sepia")
    with pytest.raises(DataError, match="plots have no language 'de'; possible are en, fa"):
        plots.waits(table(OFFICE), language="de")


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_says_what_it_shows(name: str, language: str) -> None:
    figure = PICTURES[name](table(RIAL), language=language)
    title = figure.get_suptitle().lstrip("\u200f")
    assert figure.alt.startswith(f"{title}. ")
    assert re.search(r"[0-9۰-۹]", figure.alt.removeprefix(title))
    assert repr(figure).startswith(figure.alt)
    assert "\u200f" not in figure.alt


def test_the_words_of_costs_have_total_most_and_least() -> None:
    # 17 to 21 March; 57.50 on the first day and 1.00 on the last; the rial is written without decimals, half to even.
    assert plots.cost_by_day(table(RIAL)).alt == (
        "Cost per day by trunk. From 17 Mar 2025 to 21 Mar 2025, in total 58 IRR. Most: 58 IRR (17 Mar 2025). "
        "Least: 0 IRR (18 Mar 2025)."
    )
    assert plots.cost_by_day(table(RIAL), language="fa", jalali=True).alt == (
        "هزینهٔ هر روز به تفکیک خط. از ۲۷ اسفند ۱۴۰۳ تا ۱ فروردین ۱۴۰۴، در مجموع ۵۸ ریال. "
        "بیشترین: ۵۸ ریال (۲۷ اسفند ۱۴۰۳). کمترین: ۰ ریال (۲۸ اسفند ۱۴۰۳)."
    )


def test_the_words_of_waits_have_the_service_level() -> None:
    # Incoming: a answered after 10 s; b, d rang out; e busy.
    assert "25% of 4 offered calls were answered within 20 s." in plots.waits(table(OFFICE)).alt


def test_a_picture_without_calls_says_so_in_its_words_too() -> None:
    assert plots.status_by_day(table([])).alt == "Calls per day by status. There are no calls in this period."
    assert plots.status_by_day(table([]), language="fa").alt.endswith("در این دوره تماسی نیست.")


@pytest.mark.parametrize("text", TEXTS)
def test_a_translation_has_the_values_of_its_text(text: str) -> None:
    names = re.compile(r"\{(\w+)\}")
    assert sorted(names.findall(text)) == sorted(names.findall(TEXTS[text]))
    assert re.search("[\u0600-\u06ff]", names.sub("", TEXTS[text])) or not re.search(
        r"[A-Za-z]{2}", names.sub("", text)
    )


@pytest.mark.parametrize("name", PICTURES)
def test_a_persian_picture_has_no_english_word_of_ours(name: str) -> None:
    lines = [line | {"trunk": "1", "extension": "2"} for line in RIAL]
    shown = " ".join(texts(PICTURES[name](table(lines), language="fa", jalali=True)))
    assert set(re.findall(r"[A-Za-z]{3,}", re.sub(r"•+ [A-Z2-7]{6}", "", shown))) == set()
    assert not re.search(r"\d,\d|\d%", shown.translate(str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789")))


@pytest.mark.parametrize("key", [each for each in groups.KEYS if each != "status"])
def test_every_group_has_a_persian_picture(key: str) -> None:
    for draw in (plots.cost_by, plots.status_by):
        assert re.search("[\u0600-\u06ff]", draw(table(RIAL), key, language="fa").alt)


def test_months_have_their_names_and_stand_in_their_order() -> None:
    # 25 Mehr 1405 is 17 October 2026, 20 and 21 Aban are 11 and 12 November.
    days = "2026-11-11 09:00", "2026-11-12 09:00", "2026-10-17 09:00"
    calls = table([row(day, day, "outgoing", "answered") for day in days])
    [axes] = plots.status_by(calls, "month").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Oct 2026", "Nov 2026"]
    jalali = plots.status_by(calls, "jalali_month")
    assert [label.get_text() for label in jalali.axes[0].get_yticklabels()] == ["Mehr 1405", "Aban 1405"]
    assert jalali.alt == "Calls by month and status. In total 3. Most: 2 (Aban 1405). Least: 1 (Mehr 1405)."


# --- Persian text ---------------------------------------------------------------------------------


def test_the_font_has_every_letter_of_our_persian_texts() -> None:
    letters = set("".join(TEXTS.values()) + "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیءئؤأٔ۰۱۲۳۴۵۶۷۸۹٬٫٪،؛؟«»")
    for weight in ("normal", "bold"):
        font = FT2Font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
        assert {letter for letter in letters if ord(letter) not in font.get_charmap()} == set()


def test_persian_letters_are_joined_and_run_from_right_to_left() -> None:
    def path(text: str) -> Any:
        return TextPath((0, 0), text, prop=FontProperties(family="DejaVu Sans", size=10)).vertices

    # Joined, four letters of سلام take less room than on their own.
    assert np.ptp(path("سلام")[:, 0]) < 0.8 * sum(np.ptp(path(letter)[:, 0]) for letter in "سلام")
    # Alef is higher than dal; whichever comes first stands to the right.
    for text, alef_is_right in (("اد", True), ("دا", False)):
        vertices = path(text)
        top = vertices[vertices[:, 1].argmax()]
        assert bool(top[0] > vertices[:, 0].mean()) is alef_is_right


def test_a_persian_name_is_handed_to_matplotlib_in_the_order_in_which_it_is_written() -> None:
    lines = [line | {"extension": "دفتر ABC 12"} for line in RIAL]
    assert "دفتر ABC 12" in texts(plots.cost_by(table(lines), "extension"))
    lines = [line | {"extension": "خان\u06c0 من"} for line in RIAL]
    assert "خانه\u0654 من" in texts(plots.cost_by(table(lines), "extension"))


def test_a_persian_legend_runs_from_right_to_left() -> None:
    legend = plots.status_by_day(table(OFFICE), language="fa").axes[0].get_legend()
    assert legend is not None
    names = [text.get_text().lstrip("\u200f") for text in legend.get_texts()]
    assert names[-1] == "پاسخ‌داده‌شده"


# --- calendars ------------------------------------------------------------------------------------


def span(first: date, last: date) -> tuple[list[tuple[date, str]], list[date]]:
    return days.ticks(look("light", "en", jalali=True), first, last)


def test_jalali_axes_have_their_labels_where_jalali_months_begin() -> None:
    # Esfand 1403 began on 19 February 2025, 1404 on 21 March, Ordibehesht on 21 April (calendar of the University of Tehran).
    labels, marks = span(date(2025, 2, 1), date(2025, 4, 30))
    assert labels == [
        (date(2025, 2, 19), "Esfand\n1403"), (date(2025, 3, 21), "Farvardin\n1404"), (date(2025, 4, 21), "Ordibehesht"),
    ]  # fmt: skip
    assert marks[:2] == [date(2025, 2, 1), date(2025, 2, 8)]
    assert {day.weekday() for day in marks} == {5}


def test_a_few_weeks_have_a_label_each_saturday_or_monday() -> None:
    assert [day for day, _ in span(date(2025, 3, 3), date(2025, 3, 24))[0]] == [
        date(2025, 3, 8), date(2025, 3, 15), date(2025, 3, 22),
    ]  # fmt: skip
    gregorian = days.ticks(look("light", "en"), date(2025, 3, 4), date(2025, 3, 24))
    assert gregorian == (
        [(date(2025, 3, 10), "10 Mar\n2025"), (date(2025, 3, 17), "17 Mar"), (date(2025, 3, 24), "24 Mar")],
        [],
    )


def test_a_few_days_have_a_label_each_with_their_weekday() -> None:
    assert [label for _, label in span(date(2025, 3, 19), date(2025, 3, 21))[0]] == [
        "Wed 29 Esfand\n1403", "Thu 30 Esfand", "Fri 1 Farvardin\n1404",
    ]  # fmt: skip
    persian = days.ticks(look("light", "fa", jalali=True), date(2025, 3, 21), date(2025, 3, 21))
    assert persian == ([(date(2025, 3, 21), "جمعه ۱ فروردین\n۱۴۰۴")], [])


def test_years_have_a_label_every_few_months_or_years() -> None:
    gregorian = look("light", "en")
    quarters = days.ticks(gregorian, date(2024, 1, 1), date(2025, 12, 31))[0]
    assert [label for _, label in quarters] == ["Jan\n2024", "Apr", "Jul", "Oct", "Jan\n2025", "Apr", "Jul", "Oct"]
    decades = days.ticks(gregorian, date(1990, 1, 1), date(2025, 12, 31))[0]
    assert [label for _, label in decades] == [f"Jan\n{year}" for year in range(1990, 2026, 5)]


def test_jalali_weeks_begin_on_saturday() -> None:
    # 98 days from Monday 3 March 2025: 15 Saturdays begin weeks, the first one on 1 March with five of the days.
    figure = plots.cost_by_day(table(many(98)), jalali=True)
    assert bars(figure) == {"2155501": [50.0, *[70.0] * 13, 20.0]}
    assert figure.axes[0].get_xlabel() == "local week, by its Saturday"
    assert plots.hours_of_the_week(table(OFFICE), jalali=True).axes[0].get_yticklabels()[0].get_text() == "Sat"
    weekdays = plots.cost_by(table(many(7)), "weekday", jalali=True).axes[0].get_yticklabels()
    assert [label.get_text() for label in weekdays] == ["Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri"]


def test_days_are_those_of_a_half_hour_zone_and_across_its_change_of_the_clock() -> None:
    # Tehran is at +03:30; in 2022 its clocks went from 00:00 to 01:00 on 22 March. In UTC, the first and the third call
    # began on the day before.
    lines = [
        row("a", "2022-03-21 00:15:00", "outgoing", "answered", price="1"),
        row("b", "2022-03-21 23:59:00", "outgoing", "answered", price="2"),
        row("c", "2022-03-22 01:00:00", "outgoing", "answered", price="4"),
    ]
    assert [line["started_at"].day for line in lines] == [20, 21, 21]
    figure = plots.cost_by_day(table(lines), jalali=True)
    assert list(bars(figure).values()) == [[3.0, 4.0]]
    labels = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert labels == ["Mon 1 Farvardin\n1401", "Tue 2 Farvardin"]


# --- hard data ------------------------------------------------------------------------------------


def crowded() -> Any:
    """Return calls of forty long names over a year, of huge amounts, with every status."""
    statuses = ["answered", "no_answer", "busy", "congestion", "failed", "unknown"]
    start = datetime(2025, 3, 3, 9)
    return table(
        row(
            str(n), str(start + timedelta(days=n, minutes=37 * n % 600)), "incoming" if n % 3 else "outgoing",
            statuses[n % 6], wait_s=n % 70, talk_s=n * 7 % 900 if n % 6 == 0 else 0, price=str(10**10 + n * 10**8),
            price_wait="0", price_talk=str(10**10 + n * 10**8), price_record="0", price_saved="0",
            trunk=LONG[n % 40], extension=LONG[n % 40], source=f"0912000{n % 40:04}", destination=f"0912000{n % 40:04}",
            source_name=LONG[n % 40], destination_name=LONG[n % 40],
        )
        for n in range(365)
    )  # fmt: skip


FRAMES = {
    "a call": lambda: table([next(line for line in RIAL if line["direction"] == "incoming" and line["price"])]),
    "a year of long names and huge amounts": crowded,
    "three months": lambda: table(many(90)),
    "a refund": lambda: table([row("x", "2025-03-17 09:00:00", "outgoing", "answered", price="-5", destination="1")]),
}


def clashes(figure: Figure) -> list[str]:
    """Return the texts that stand outside the picture, and the labels of an axis that overlap."""
    figure.savefig(io.BytesIO(), format="png", dpi=100)
    canvas = figure.bbox
    axes_lines = [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    ticks = {
        label
        for axis in axes_lines
        for tick in axis.majorTicks + axis.minorTicks
        for label in (tick.label1, tick.label2)
    }
    free = [text for text in figure.findobj(Text) if text not in ticks]
    rows = [
        [
            label
            for tick in axis.get_major_ticks()
            if _in_view(axis, tick.get_loc())
            for label in (tick.label1, tick.label2)
        ]
        for axis in axes_lines
    ]
    found = []
    for text in (*free, *itertools.chain(*rows)):
        box = text.get_window_extent()
        if (
            text.get_visible()
            and text.get_text().strip()
            and not (box.x0 >= -2 and box.y0 >= -2 and box.x1 <= canvas.x1 + 2 and box.y1 <= canvas.y1 + 2)
        ):
            found.append(f"outside: {text.get_text()}")
    for row_of_labels in rows:
        boxes = [
            (text.get_text(), text.get_window_extent())
            for text in row_of_labels
            if text.get_visible() and text.get_text()
        ]
        found += [f"overlap: {one} {other}" for (one, a), (other, b) in itertools.pairwise(boxes) if a.overlaps(b)]
    return found


def _in_view(axis: Any, place: float) -> bool:
    low, high = sorted(axis.get_view_interval())
    return bool(low - 1e-9 <= place <= high + 1e-9)


@pytest.mark.parametrize("name", [*PICTURES, "cost_by_contact"])
def test_no_label_is_cut_or_overlaps(name: str) -> None:
    draw = PICTURES.get(name) or (lambda calls, **options: plots.cost_by(calls, "contact", mask=False, **options))
    for frame, make in FRAMES.items():
        assert clashes(draw(make())) == [], frame
    assert clashes(draw(crowded(), language="fa", jalali=True)) == []
    assert clashes(draw(crowded(), style="print")) == []


def test_huge_amounts_are_in_billions_and_their_words_are_whole() -> None:
    figure = plots.cost_by_month(crowded())
    assert figure.axes[0].get_ylabel() == "billion IRR"
    # 365 calls at 10^10 and 10^8 times 0 to 364.
    assert f"in total {365 * 10**10 + 10**8 * 364 * 365 // 2:,} IRR" in figure.alt
    assert plots.cost_by_month(crowded(), language="fa").axes[0].get_ylabel().lstrip("\u200f") == "میلیارد ریال"


def test_amounts_have_the_digits_of_their_currency() -> None:
    euro = [row("x", "2025-03-17 09:00:00", "outgoing", "answered", price="1234.5", currency="EUR", destination="1")]
    assert "1,234.50  (100.0%, 1 call)" in texts(plots.top_destinations(table(euro)))
    toman = [row("x", "2025-03-17 09:00:00", "outgoing", "answered", price="1234", currency="IRT", destination="1")]
    assert "1,234  (100.0%, 1 call)" in texts(plots.top_destinations(table(toman)))


def test_refunds_hang_from_zero_and_lower_nothing_else() -> None:
    lines = [
        row("x", "2025-03-17 09:00:00", "outgoing", "answered", price="-5", trunk="1"),
        row("y", "2025-03-17 09:00:00", "outgoing", "answered", price="20", trunk="2"),
    ]
    figure = plots.cost_by_day(table(lines))
    assert bars(figure) == {"2": [20.0], "1": [-5.0]}
    assert [bar.get_y() for container in figure.axes[0].containers for bar in container] == [0.0, 0.0]
