"""The report as a page, a PDF and a workbook, read again by others than those that write them."""

from __future__ import annotations

import io
import re
import sys
from datetime import datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import openpyxl
import pypdf
import pytest

from tests.publish.conftest import DEAR, FORMULA, MISSED, NOW, OTHER, SARA
from tests.publish.conftest import made as call
from trunkline.archive import Archive
from trunkline.cli.main import main
from trunkline.errors import ConfigError
from trunkline.figures.report import gathered
from trunkline.model import Direction, Status
from trunkline.publish import writing
from trunkline.publish.document import document
from trunkline.publish.drawing import drawn
from trunkline.publish.languages import LANGUAGES
from trunkline.publish.month import month_of
from trunkline.publish.pdf import pdf
from trunkline.publish.sheet import sheet
from trunkline.publish.values import Chart, Column, Document, Kind, Sentence, Series, Table, hour, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import trunkline

    type Select = Callable[..., trunkline.Calls]

FORMS = ("html", "pdf", "xlsx")
MARKS = str.maketrans("", "", "\u2066\u2068\u2069")


class _Page(HTMLParser):
    """Reads a page as a browser does: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        assert self._open == [], "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data


@pytest.fixture
def page(calls: Select, tmp_path: Path) -> Callable[..., _Page]:
    def page(language: str = "en", **options: Any) -> _Page:
        path = calls(**options).report(tmp_path / "a.html", language=language)
        return _Page(path.read_text("utf-8"))

    return page


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_page_loads_nothing(page: Callable[..., _Page], language: str, tmp_path: Path) -> None:
    found = page(language, accounts=())
    for tag, attributes in found.elements:
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "image", "use", "base", "form"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"href", "src", "action", "data", "srcset", "xlink:href"}:
                assert (value or "").startswith("#")
    style = re.findall(r"<style>(.*?)</style>", (tmp_path / "a.html").read_text("utf-8"), re.DOTALL)
    assert len(style) == 1
    assert "url(" not in style[0]
    assert "@import" not in style[0]
    assert "prefers-color-scheme: dark" in style[0]
    assert "@media print" in style[0]
    policy = [each["content"] for tag, each in found.elements if each.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_names_of_strangers_stay_text(page: Callable[..., _Page]) -> None:
    found = page()
    assert "<script src=//evil.example></script>" in found.text
    assert FORMULA in found.text


def test_links_lead_to_tables_and_charts(page: Callable[..., _Page]) -> None:
    found = page(accounts=())
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {(attributes["href"] or "")[1:] for tag, attributes in found.elements if tag == "a"}
    assert links == {"status", "cost-irr", "cost-eur", "callers", "waiting", "traffic", "credits"}
    assert links <= set(ids)


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fa", "rtl")])
def test_charts_have_a_text_and_the_page_a_direction(page: Callable[..., _Page], language: str, direction: str) -> None:
    found = page(language)
    [html] = [attributes for tag, attributes in found.elements if tag == "html"]
    assert html == {"lang": language, "dir": direction}
    drawings = [attributes for tag, attributes in found.elements if tag == "svg"]
    assert len(drawings) == 3
    titles = {attributes["id"] for tag, attributes in found.elements if tag == "title" and "id" in attributes}
    assert {each["aria-labelledby"] for each in drawings} == titles
    assert all(each["role"] == "img" for each in drawings)


def test_persian_has_no_western_digits_but_in_numbers_of_phones(page: Callable[..., _Page]) -> None:
    found = page("fa")
    assert "تماس‌های تلفنی آبان ۱۴۰۵" in found.text
    assert "۲٬۲۵۰" in found.text
    # Times, amounts and days have none: neither 2250 nor 1405 is there in western digits.
    assert not re.search(r"2,?250|1405", found.text)


def test_phone_numbers_are_masked_as_the_calls_are(page: Callable[..., _Page]) -> None:
    hidden, shown = page().text, page(mask=False).text
    for number in (SARA, MISSED, DEAR):
        assert number not in hidden
    assert MISSED in shown
    assert DEAR in shown
    assert "The last digits of phone numbers are hidden" in hidden
    assert "The last digits of phone numbers are hidden" not in shown


def test_each_currency_has_a_table_and_nothing_adds_them(page: Callable[..., _Page]) -> None:
    found = page(accounts=()).text
    assert "Cost in EUR" in found
    assert "Cost in IRR" in found
    assert "2,250.25" not in found
    assert "0.25 EUR" in found


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_pdf_can_be_read_again(calls: Select, tmp_path: Path, language: str) -> None:
    path = calls(accounts=()).report(tmp_path / "a.pdf", language=language)
    reader = pypdf.PdfReader(path)
    assert len(reader.pages) <= 2
    assert reader.metadata is not None
    told = "\n".join(each.extract_text() for each in reader.pages).translate(MARKS)
    if language == "en":
        assert reader.metadata.title == "Phone calls in Aban 1405"
        assert "The calls cost 2,250 IRR." in told
        assert "Cost in EUR" in told
        assert "evil.example" in told
    else:
        assert reader.metadata.title == "تماس‌های تلفنی آبان ۱۴۰۵"
        assert "۲٬۲۵۰" in told
        assert not re.search(r"2,?250", told)
    assert MISSED not in told
    assert {round(float(size)) for size in reader.pages[0].mediabox[2:]} == {595, 842}


def test_the_same_calls_give_the_same_pdf(calls: Select) -> None:
    material = gathered(calls(), None, None)
    made = document(month_of(material), material.local_now, masked=True)
    assert pdf(made, LANGUAGES["en"], material.local_now) == pdf(made, LANGUAGES["en"], material.local_now)


def _long(rows: int) -> Document:
    """Return a document whose tables go over pages, and whose cells are longer than there is room for."""
    columns = Column("name", Kind.TEXT), Column("number", Kind.PHONE), Column("why", Kind.WORD)
    row = text("A name that never ends " * 5), text("021 " * 20), text("x")
    empty = Column("what", Kind.WORD), Column("value", Kind.LIST)
    plain = Table("traffic", empty, ((text("a"), text("b")),))
    numbers = Table("people", (Column("calls", Kind.COUNT), Column("missed", Kind.COUNT)), ((hour(1), hour(2)),))
    return Document(
        title=Sentence("do.nothing"), about=(), findings=(), actions=(), charts=(),
        tables=(Table("callers", columns, (row,) * rows), plain, numbers), notes=(), jalali=False,
    )  # fmt: skip


def test_a_long_table_goes_on_over_pages() -> None:
    made = pdf(_long(150), LANGUAGES["en"], datetime(2026, 11, 25))
    pages = pypdf.PdfReader(io.BytesIO(made)).pages
    assert len(pages) >= 3
    told = "".join(each.extract_text() for each in pages)
    # The name and the number of each row are cut.
    assert told.count("…") == 300


def test_only_totals_stand_above_a_dark_line() -> None:
    # In two columns: the second table ends with a total on the second page. The third one stands on the first page, below
    # the first, and the fourth again on the second page.
    columns = Column("number", Kind.TEXT), Column("calls", Kind.COUNT)
    row = text("x"), hour(1)
    sizes = (30, True), (60, True), (24, False), (20, False)
    tables = tuple(Table("callers", columns, (row,) * rows, total=total) for rows, total in sizes)
    document = Document(
        title=Sentence("do.nothing"), about=(), findings=(), actions=(), charts=(), tables=tables, notes=(),
        jalali=False,
    )  # fmt: skip
    made = pdf(document, LANGUAGES["en"], datetime(2026, 11, 25))
    dark = 0
    for page in pypdf.PdfReader(io.BytesIO(made)).pages:
        colour: list[float] = []
        for operands, operator in pypdf.generic.ContentStream(page.get_contents(), page.pdf).operations:
            if operator == b"RG":
                colour = [round(float(part) * 255) for part in operands]
            # The ink of the text is 28, 36, 48.
            dark += operator == b"S" and colour == [28, 36, 48]
    assert dark == 2


def test_a_document_without_tables_is_a_page_with_its_title() -> None:
    bare = Document(Sentence("do.nothing"), (), (), (), (), (), (), jalali=False)
    assert len(pypdf.PdfReader(io.BytesIO(pdf(bare, LANGUAGES["fa"], datetime(2026, 11, 25)))).pages) == 1
    assert openpyxl.load_workbook(io.BytesIO(sheet(bare, LANGUAGES["en"], datetime(2026, 11, 25)))).sheetnames == [
        "Summary"
    ]
    from trunkline.publish.page import page

    assert "<table" not in page(bare, LANGUAGES["en"])


@pytest.fixture
def book(calls: Select, tmp_path: Path) -> Callable[..., openpyxl.Workbook]:
    def book(language: str = "en", **options: Any) -> openpyxl.Workbook:
        return openpyxl.load_workbook(calls(**options).report(tmp_path / "a.xlsx", language=language))

    return book


def test_a_workbook_has_numbers_in_their_types(book: Callable[..., openpyxl.Workbook]) -> None:
    found = book(accounts=())
    cost = found["Cost in IRR"]
    heads = [cell.value for cell in cost[2]]
    assert heads == ["Calls by", "", "Calls", "Talk time", "Cost (IRR)", "Share"]
    total = cost[cost.max_row - 2]
    assert [cell.value for cell in total][2] == 6
    # 60 + 120 + 30 + 25 seconds of talk.
    assert total[3].value.total_seconds() == 235
    assert (total[4].value, total[4].number_format) == (2250, '#,##0 "IRR"')
    assert (total[5].value, total[5].number_format) == (1, "0.0%")
    assert found["Cost in EUR"].cell(3, 5).value == 0.25
    assert found["Cost in EUR"].cell(3, 5).number_format == '#,##0.00 "EUR"'


def test_what_is_counted_or_measured_is_in_the_format_of_the_number(book: Callable[..., openpyxl.Workbook]) -> None:
    traffic = {row[0].value: row[1:] for row in book()["Traffic"].iter_rows(min_row=3)}
    # A call of 125 s from 12:00 on, in one of the four days from the first call to the last: 125 / 3600 / 4.
    erlang = traffic["Busiest hour of the day"][1]
    assert (round(erlang.value, 5), erlang.number_format) == (0.00868, '#,##0.0000 "erlang"')
    peak, lines = traffic["Most calls at the same time"][0], traffic["Lines needed"][0]
    assert [(cell.value, cell.number_format) for cell in (peak, lines)] == [(1, '#,##0 "call"'), (1, '#,##0 "line"')]
    persian = {row[0].value: row[1] for row in book("fa")["ترافیک"].iter_rows(min_row=3)}
    assert (persian["خط‌های لازم"].value, persian["خط‌های لازم"].number_format) == (1, '#,##0 "خط"')


def test_a_workbook_lists_every_call_to_dispute(calls: Select, url: str, tmp_path: Path) -> None:
    # A dozen calls of a minute that cost 700 instead of 600.
    with Archive.open(url) as archive:
        archive.store([
            call(
                20 + n, f"2026-10-30 {8 + n:02}:00", Direction.OUTGOING, Status.ANSWERED, (OTHER, None), talk=60,
                price="700",
            )
            for n in range(12)
        ])  # fmt: skip
    card = tmp_path / "card.csv"
    card.write_text("prefix,rate\n98,600\n")
    found = openpyxl.load_workbook(calls().report(tmp_path / "a.xlsx", card=card))["Calls to dispute (IRR)"]
    amounts = [row[7].value for row in found.iter_rows(min_row=3) if isinstance(row[7].value, int | float)]
    # The two of the other test, and these.
    assert sorted(amounts) == [100] * 12 + [200, 300]
    page = calls().report(tmp_path / "a.html", card=card).read_text("utf-8")
    assert "And 4 more." in page.translate(MARKS)


def test_a_jalali_day_is_text_and_its_gregorian_one_a_day(book: Callable[..., openpyxl.Workbook]) -> None:
    callers = book()["Callers to call back"]
    assert [cell.value for cell in callers[2]] == [
        "Name", "Number", "Missed", "Last missed", "Last missed (Gregorian)",
    ]  # fmt: skip
    assert callers.cell(3, 4).value == "1405-08-03 11:00"
    assert callers.cell(3, 5).value == datetime(2026, 10, 25, 11)
    assert callers.cell(3, 5).is_date
    gregorian = book(period="2026-10")["Callers to call back"]
    assert gregorian.cell(3, 4).value == datetime(2026, 10, 25, 11)


@pytest.mark.parametrize("name", [FORMULA, "+1+1", "-2", "@SUM(1)", "http://evil.example", "{=1}"])
def test_no_name_is_a_formula_or_a_link(name: str) -> None:
    made = Document(
        Sentence("do.nothing"), (), (), (), (), (Table("people", (Column("name", Kind.TEXT),), ((text(name),),)),), (),
        jalali=False,
    )  # fmt: skip
    found = openpyxl.load_workbook(io.BytesIO(sheet(made, LANGUAGES["en"], datetime(2026, 11, 25))))
    cell = found["Contacts with the most calls"].cell(3, 1)
    assert (cell.value, cell.data_type) == (name, "s")
    assert cell.hyperlink is None


def test_a_workbook_in_persian_is_read_from_right_to_left(book: Callable[..., openpyxl.Workbook]) -> None:
    found = book("fa")
    assert found.sheetnames[0] == "خلاصه"
    assert all(each.sheet_view.rightToLeft for each in found.worksheets)
    assert not any(each.sheet_view.rightToLeft for each in book().worksheets)
    assert found["هزینه به ریال"].cell(2, 5).value == "هزینه (ریال)"
    assert "\u2068" not in "".join(str(cell.value) for row in found["خلاصه"] for cell in row)


def test_heads_stand_above_their_numbers_and_on_each_printed_page(
    book: Callable[..., openpyxl.Workbook],
) -> None:
    for language, sides in {"en": ("left", "right"), "fa": ("right", "left")}.items():
        found = book(language).worksheets[1]
        head, cell = found[2], found[3]
        assert (head[0].alignment.horizontal, head[1].alignment.horizontal) == sides
        assert (cell[0].alignment.horizontal, cell[1].alignment.horizontal) == sides
        assert cell[0].alignment.readingOrder == (2 if language == "fa" else 1)
        assert found.print_title_rows == "$1:$2"
    summary = book().worksheets[0]
    assert summary.page_setup.orientation == "portrait"
    # A conclusion of 52 letters and more takes two lines.
    long = next(row for row in summary.iter_rows(min_row=6) if len(str(row[0].value)) > 52 and row[0].font.bold)
    assert summary.row_dimensions[long[0].row].height >= 31


def test_a_workbook_has_the_charts_with_their_heights(book: Callable[..., openpyxl.Workbook]) -> None:
    shown = book()["Day by day"]
    assert len(shown._charts) == 3
    assert [shown.cell(2, at).value for at in (2, 3)] == ["Answered", "Missed"]
    # The third of Aban, the fifth line: one call was answered and one missed.
    assert [shown.cell(5, at).value for at in (1, 2, 3)] == ["1405-08-03", 1, 1]


def test_heights_have_the_digits_of_their_currency_and_gregorian_days_are_days(
    book: Callable[..., openpyxl.Workbook],
) -> None:
    shown = book(accounts=(), period="2026-10")["Day by day"]
    heads = {cell.value: cell.column for cell in shown[1] if cell.value is not None}
    # The 26th, the 28th line: 1500 IRR in the office, 0.25 EUR in the shop.
    day = shown.cell(28, heads["Cost by day in IRR"])
    assert (day.value, day.number_format) == (datetime(2026, 10, 26), "yyyy-mm-dd")
    costs = {unit: shown.cell(28, heads[f"Cost by day in {unit}"] + 1) for unit in ("IRR", "EUR")}
    assert [(cell.value, cell.number_format) for cell in costs.values()] == [(1500, "#,##0"), (0.25, "#,##0.00")]


def test_evidence_is_parted_by_the_marks_of_the_language(book: Callable[..., openpyxl.Workbook]) -> None:
    said = "".join(str(row[1].value) for row in book("fa")["خلاصه"].iter_rows(min_row=6))
    assert "؛ " in said
    assert ";" not in said


def test_a_table_of_days_has_the_width_of_the_page(calls: Select, tmp_path: Path) -> None:
    # In half a page, the day on which a credit expires is cut off.
    before, found, _ = calls().report(tmp_path / "a.html").read_text("utf-8").partition('<section id="credits"')
    assert found
    assert before.count("<div") == before.count("</div>")


def test_a_long_name_of_a_sheet_ends_with_a_word() -> None:
    tables = tuple(
        Table("cost", (Column("name", Kind.TEXT),), ((text("a"),),), "of one two three four five") for _ in "ab"
    )
    made = Document(Sentence("do.nothing"), (), (), (), (), tables, (), jalali=False)
    found = openpyxl.load_workbook(io.BytesIO(sheet(made, LANGUAGES["en"], datetime(2026, 11, 25))))
    # "Cost in of one two three four five" has 34 characters.
    assert found.sheetnames[1:] == ["Cost in of one two three four", "Cost in of one two three four 2"]


def test_names_of_sheets_are_ones_that_a_spreadsheet_takes() -> None:
    tables = tuple(
        Table("cost", (Column("name", Kind.TEXT),), ((text("a"),),), unit)
        for unit in ("A/B[1]:*?" * 5, "a/b[1]:*?" * 5)
    )
    made = Document(Sentence("do.nothing"), (), (), (), (), tables, (), jalali=False)
    found = openpyxl.load_workbook(io.BytesIO(sheet(made, LANGUAGES["en"], datetime(2026, 11, 25))))
    assert len({name.lower() for name in found.sheetnames}) == 3
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in found.sheetnames)


@pytest.mark.parametrize(
    ("heights", "unit", "marks"),
    [
        ((0.0, 0.0), "", [0, 1]),
        ((1.0, 3.0), "", [0, 1, 2, 3]),
        ((7.0, 79.0), "", [0, 20, 40, 60, 80]),
        ((0.1, 0.9), "EUR", [0, 0.25, 0.5, 0.75, 1.0]),
    ],
)
def test_axes_have_round_marks(heights: tuple[float, ...], unit: str, marks: list[float]) -> None:
    chart = Chart("hours", tuple(map(hour, range(len(heights)))), (Series("missed", "bad", heights),), unit)
    found = drawn(chart, tuple(range(len(heights))))
    assert [value for _, value in found.marks] == pytest.approx(marks)
    assert found.marks[-1][0] == 1
    assert [(bar.place, bar.high) for bar in found.bars] == pytest.approx(
        [(place, height / marks[-1]) for place, height in enumerate(heights) if height]
    )


# --- the file -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_replaced_whole_or_not_at_all(
    calls: Select, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    target = tmp_path / f"aban.{form}"
    target.write_bytes(b"before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(writing.os, "fsync", full)
        with pytest.raises(ConfigError, match=r"can't write .* \(No space left on device\)"):
            calls().report(target)
    assert target.read_bytes() == b"before"
    assert not list(tmp_path.glob(".aban*"))
    assert calls().report(target) == target
    assert target.read_bytes() != b"before"
    assert not list(tmp_path.glob(".aban*"))


@pytest.mark.parametrize(("form", "library"), [("pdf", "fpdf"), ("xlsx", "xlsxwriter")])
def test_a_missing_library_is_named_with_its_extra(
    calls: Select, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    for module in ("pdf", "sheet"):
        monkeypatch.delitem(sys.modules, f"trunkline.publish.{module}", raising=False)
    with pytest.raises(
        ConfigError, match=rf"a report in .{form} needs {library}: run pip install 'trunkline\[publish\]'"
    ):
        calls().report(tmp_path / f"a.{form}")


# --- the command ----------------------------------------------------------------------------------------


@pytest.fixture
def run(url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", url)

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["report", *arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_the_command_writes_the_file_and_prints_its_path(run: Callable[..., Any], tmp_path: Path) -> None:
    target = tmp_path / "aban.html"
    assert run("month", "1405-08", "office", "-o", str(target), "--language", "fa") == (0, f"{target}\n", "")
    assert "آبان ۱۴۰۵" in target.read_text("utf-8")
    card = tmp_path / "card.csv"
    card.write_text("prefix,rate\n98,600\n")
    options = ("--card", str(card), "--country", "ir", "--unmasked", "--period", "1405-08")
    assert run("month", "office", "-o", str(target), *options)[0] == 0
    told = target.read_text("utf-8")
    assert "Calls to dispute" in told
    assert MISSED in told


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("month",), "which month? For example: trunkline report month 1405-08 -o aban.html"),
        (("month", "1405-08"), "a month's report needs --output FILE, which ends with .html, .pdf or .xlsx"),
        (("month", "1405-13", "-o", "a.html"), "'1405-13' is not a period"),
        (("month", "1405-08", "-o", "a.doc"), "a report is written to a file that ends with .html, .pdf or .xlsx"),
        (("month", "1405-08", "-o", "/nowhere/a.html"), "can't write /nowhere/a.html (No such file or directory)"),
        (("month", "1499-01", "-o", "a.html"), "1499-01 has not begun yet"),
        (("month", "1404-01", "-o", "a.html"), "there are no calls in 1404-01"),
        (("month", "1405-08", "-o", "a.html", "--language", "xx"), "reports are not written in 'xx'"),
        (("month", "1405-08", "nobody", "-o", "a.html"), "the archive has no account 'nobody'"),
        (("month", "1405-08", "-o", "a.html", "--since", "7d"), "a month's report has no --since or --until"),
    ],
)
def test_bad_input_gets_one_line(run: Callable[..., Any], arguments: tuple[str, ...], line: str) -> None:
    status, out, err = run(*arguments)
    assert status in {1, 2}
    assert out == ""
    assert err.startswith(f"trunkline: {line}")
    assert err.count("\n") == 1


def test_without_an_archive_it_says_how_to_make_one(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", str(tmp_path / "none.db"))
    status, _, err = run("month", "1405-08", "-o", str(tmp_path / "a.html"))
    assert status == 2
    assert "there is no archive at" in err


def test_without_pandas_it_names_the_extra(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trunkline.figures", None)
    status, _, err = run("month", "1405-08", "-o", "a.html")
    assert status == 2
    assert "run pip install 'trunkline[reports]'" in err


def test_now_is_the_clock_of_the_first_account(calls: Select) -> None:
    material = gathered(calls(), None, None)
    assert material.now == NOW
    assert material.local_now == datetime(2026, 11, 25, 15, 30)
