"""Lines of text in both directions, in pieces that fpdf2 puts in the right order.

fpdf2 resolves the levels of the Unicode bidirectional algorithm (UAX #9) and keeps of each run only its direction. That
is enough for one change of direction: a number in Persian text, a Persian name in an English line. A number in a
Persian name in an English line has the direction of the line, and stood on the wrong side of the name.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from fpdf.bidi import BidiParagraph, auto_detect_base_direction
from fpdf.enums import TextDirection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LEFT, _RIGHT, _FIRST, _END = "\u2066", "\u2067", "\u2068", "\u2069"


def resolved(text: str) -> str:
    """Return the text whose isolates say their direction, as their first letter does."""
    if _FIRST not in text:
        return text
    return "".join(letter if letter != _FIRST else _opened(text[place + 1 :]) for place, letter in enumerate(text))


def _opened(rest: str) -> str:
    is_right = auto_detect_base_direction(rest, stop_at_pdi=True) is TextDirection.RTL
    return _RIGHT if is_right else _LEFT


def closed(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines of a resolved text, each with its isolates whole: one that goes on is opened again."""
    opened: list[str] = []
    for line in lines:
        before = "".join(opened)
        for letter in line:
            if letter in {_LEFT, _RIGHT}:
                opened.append(letter)
            elif letter == _END and opened:
                opened.pop()
        yield f"{before}{line}{_END * len(opened)}"


def arranged(line: str, *, right_to_left: bool) -> str:
    """Return a line whose runs fpdf2 puts where the bidirectional algorithm does, when it reverses none but whole ones.

    A line in which the direction changes once is returned as it is. Of others, the runs are put in the order in which
    they are seen, from the side where the line begins, and each is isolated.
    """
    base = TextDirection.RTL if right_to_left else TextDirection.LTR
    paragraph = BidiParagraph(line, base_direction=base, preserve_bn_chars=True)
    paragraph.reorder_resolved_levels()
    letters = [(each.embedding_level, each.character) for each in paragraph.get_characters()]
    if max((level for level, _ in letters), default=0) <= 1 + right_to_left:
        return line
    # The isolates have done their work.
    shown = [(level, letter) for level, letter in letters if letter not in {_LEFT, _RIGHT, _FIRST, _END}]
    runs = [(level, "".join(letter for _, letter in own)) for level, own in groupby(shown, key=lambda each: each[0])]
    for level in range(max((level for level, _ in runs), default=0), 0, -1):
        runs = list(_reversed(runs, level))
    seen = runs[::-1] if right_to_left else runs
    return "".join(f"{_RIGHT if level % 2 else _LEFT}{text}{_END}" for level, text in seen)


def _reversed(runs: list[tuple[int, str]], least: int) -> Iterator[tuple[int, str]]:
    """Yield the runs, with those next to each other of at least a level in reverse (rule L2)."""
    for is_high, group in groupby(runs, key=lambda run: run[0] >= least):
        own = list(group)
        yield from own[::-1] if is_high else own
