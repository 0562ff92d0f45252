"""Text in both directions, as fpdf2 puts it on paper."""

from __future__ import annotations

import pytest
from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection

from trunkline.publish.bidi import arranged, closed, resolved

MARKS = str.maketrans("", "", "\u2066\u2067\u2068\u2069")


def _seen(line: str, *, right_to_left: bool) -> str:
    """Return a line as fpdf2 shows it, from left to right: runs in the order of the line, each in its direction."""
    base = TextDirection.RTL if right_to_left else TextDirection.LTR
    runs = BidiParagraph(line, base_direction=base, preserve_bn_chars=True).get_bidi_fragments()
    ordered = reversed(runs) if right_to_left else runs
    shown = "".join(text[::-1] if direction is TextDirection.RTL else text for text, direction in ordered)
    return shown.translate(MARKS)


@pytest.mark.parametrize(
    ("line", "right_to_left", "seen"),
    [
        # ALEF BEH GIMEL are read from right to left: with a number between them, the number stays between them.
        ("Shop \u2068اب 17 جد\u2069, open", False, "Shop دج 17 با, open"),
        # A name that begins with a number: the number is on its right.
        ("Shop \u206717 جد\u2069, open", False, "Shop دج 17, open"),
        ("Shop \u2068اب\u2069, open", False, "Shop با, open"),
        # In a line from right to left, a name from left to right with Persian in it.
        ("ج \u2068ab اب cd\u2069 د", True, "د ab با cd ج"),
        ("ج \u2068اب 17 جد\u2069 د", True, "د دج 17 با ج"),
        # What joins and parts letters stays.
        ("x \u2068می\u200cاب 5\u2069 y", False, "x 5 با\u200cیم y"),
        ("", False, ""),
    ],
)
def test_runs_stand_where_they_are_read(line: str, right_to_left: bool, seen: str) -> None:
    assert _seen(arranged(resolved(line), right_to_left=right_to_left), right_to_left=right_to_left) == seen


def test_a_name_goes_on_in_the_next_line() -> None:
    # As in one line, "17 جد" is a part of a name from right to left.
    lines = list(closed([resolved("Shop \u2068اب\u2069 \u2068اب "), "17 جد\u2069, open"]))
    assert lines == ["Shop \u2067اب\u2069 \u2067اب \u2069", "\u206717 جد\u2069, open"]
    assert _seen(arranged(lines[1], right_to_left=False), right_to_left=False) == "دج 17, open"
