"""Text of strangers is harmless in a terminal, a spreadsheet, Markdown, HTML and a plot, and stays readable."""

from __future__ import annotations

import csv
import io
import json

import mistune
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.cbook import is_math_text

from trunkline import inert

# What may move a cursor, break a line or reorder text: C0, DEL, C1, separators, overrides and isolates of direction.
CONTROLS = [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
HARMLESS = [
    "شرکت سنجاب پرنده",
    "می‌خواهم",
    "Müller & Söhne, no. 7 (sales) - 1+1 = 2!",
    "+989120000001",
    'O\'Neil: 50% off; call "back"?',
    "会社 👩‍👩‍👧",
]


@pytest.mark.parametrize("code", CONTROLS, ids=hex)
@pytest.mark.parametrize("function", [inert.visible, inert.one_line, inert.plain, inert.markdown, inert.csv_cell])
def test_no_control_or_direction_character_is_left(function, code):
    assert chr(code) not in function(f"a{chr(code)}b").replace(" ", "") or chr(code) == " "
    assert function(f"a{chr(code)}b").isprintable()


@pytest.mark.parametrize("text", HARMLESS)
def test_usual_names_and_numbers_stay_as_they_are(text):
    assert inert.visible(text) == text
    assert inert.one_line(text) == text
    assert inert.plain(text) == text


def test_a_terminal_escape_is_words():
    assert inert.one_line("\x1b[2J\x1b]0;title\x07Bank\x9b31m") == "[2J ]0;title Bank 31m"


def test_line_breaks_are_spaces_and_long_text_is_cut():
    assert inert.one_line("\r\n a \n\n b\t") == "a b"
    assert inert.one_line("x" * 201) == "x" * 199 + "…"
    assert inert.plain("x" * 201, 10) == "x" * 9 + "…"


def test_half_a_surrogate_pair_can_be_printed():
    assert inert.one_line("a\ud800b").encode() == "a�b".encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<img src=http://192.0.2.1/x>", "‹img src=http:∕∕192.0.2.1/x›"),
        ("![x](http://192.0.2.1/x)", "!(x)(http:∕∕192.0.2.1/x)"),
        ("[x][y]", "(x)(y)"),
        ("WWW.example.com or me@example.com", "WWW．example.com or me＠example.com"),
        ("**a** _b_ `c` ~~d~~ a_b", "∗∗a∗∗ ˍbˍ 'c' ∼∼d∼∼ a_b"),
        ("# a", "＃ a"),
        ("- a", "– a"),
        ("1. a", "1． a"),
        ("===", "＝＝＝"),
        ("{{ states }} {% raw %}", "(( states )) (% raw %)"),
        ("$x^2$", "＄x^2＄"),
        ("\\[x\\]", "∖(x∖)"),
    ],
)
def test_syntax_is_replaced_by_similar_characters(text, shown):
    assert inert.plain(text) == shown
    assert inert.plain(shown) == shown


HOSTILE = [
    "<img src=http://192.0.2.1/x>",
    "![x](http://192.0.2.1/x)",
    "[x](http://192.0.2.1)",
    "a\n\n![x](http://192.0.2.1/x)",
    "</td></table>\n\n<script>alert(1)</script>",
    "http://192.0.2.1/x www.example.com me@example.com",
    "**a** _b_ `c` ~~d~~",
    "# a",
    "- a",
    "1. a",
    "    a",
    "> a",
    "a\n===",
    "| a | b |\n|---|---|\n| c | d |",
    "&lt;img&gt; &#60;b&#62;",
    "\\*a\\*",
    "$x$",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("function", [inert.plain, inert.markdown])
def test_a_markdown_renderer_makes_one_paragraph_of_it(text, function):
    render = mistune.create_markdown(escape=False, plugins=["strikethrough", "table", "url", "math"])
    html = render(function(text))
    assert html.startswith("<p>")
    assert html.rstrip().endswith("</p>")
    assert html.count("<") == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_displays_exactly_the_text(text):
    import html

    assert html.unescape(inert.markdown(text)) == inert.one_line(text)


def test_a_plot_draws_no_formula_and_hides_no_label():
    assert not is_math_text(inert.mathtext("$x^2$ and $\\frac{1}{0}$"))
    assert inert.mathtext("$5") == r"\$5"
    assert inert.mathtext("_hidden") == " _hidden"


# OWASP, "CSV Injection": a cell must not begin with = + - @, tab, carriage return or line feed, or their full-width
# forms; spaces and quotes before them don't help.
FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\r\n+cmd|x",
    "  =1+1",
    '"=1+1',
    "' =1+1",
    "＝1+1",
    "＋cmd|x",
    "－1+cmd|x",
    "＠SUM(1)",
    "\u00a0=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u202e=1+1",
    "\x1b=1+1",
    "+98-912",
    "+1+1",
    "+cmd",
    "-cmd",
    "−1+cmd|x",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_like_a_formula(text):
    cell = inert.csv_cell(text)
    assert cell.startswith(("'", "\\"))
    assert inert.from_csv_cell(cell) == text


@pytest.mark.parametrize("text", ["Bank;=1+1", "Bank; +cmd|x", ";=1", "a;;-cmd"])
def test_no_cell_begins_like_a_formula_where_a_semicolon_parts_cells(text):
    parts = inert.csv_cell(text).split(";")
    assert any(part.startswith("'") for part in parts)
    assert not any(part.lstrip().startswith(("=", "+", "-", "@")) for part in parts)
    assert inert.from_csv_cell(inert.csv_cell(text)) == text


@pytest.mark.parametrize("text", ["+989120000001", "+98 912 000 0001", "09120000001", "-12.50", "-7", *HARMLESS[:3]])
def test_phone_numbers_negative_numbers_and_names_stay_as_they_are(text):
    assert inert.csv_cell(text) == text


@given(st.text(alphabet=st.sampled_from("=+-@;,'\"\\nrtuU019ab \t\r\n\x1b\u202e\u200c＝")) | st.text())
def test_reading_a_cell_back_loses_nothing(text):
    written = io.StringIO(newline="")
    csv.writer(written).writerow([inert.csv_cell(text), "x"])
    written.seek(0)
    ((cell, _),) = csv.reader(written)
    assert inert.from_csv_cell(cell) == text


@given(st.text())
def test_a_json_document_has_no_control_characters_and_the_same_values(text):
    document = json.dumps({"name": text}, ensure_ascii=False)
    safe = inert.json_text(document)
    assert json.loads(safe) == {"name": text}
    assert not any(chr(code) in safe for code in CONTROLS)


def test_marks_take_no_column_of_a_terminal_and_wide_letters_two():
    assert inert.width("شِرکت") == 4
    assert inert.width("مدیر\u200cخرید") == 8
    assert inert.width("会社") == 4
    assert inert.width("abc") == 3
