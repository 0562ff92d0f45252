"""Text of strangers (names, notes, messages of providers) made harmless for the place where it is read or stored.

| function | for |
|---|---|
| `visible` | data that programs compare: as sent, but without control and invisible characters |
| `one_line` | a terminal or a sentence: one line of words |
| `plain` | a place whose renderer is unknown: also without the syntax of HTML, Markdown and templates |
| `markdown` | Markdown and HTML: displays exactly the same text |
| `mathtext` | matplotlib, which reads formulas between dollar signs |
| `csv_cell`, `from_csv_cell` | a cell of a CSV file that a spreadsheet may open, and back |
| `json_text` | a JSON document that is printed on a terminal |

`width` is how many columns of a terminal a text takes.

All functions are pure. The archive keeps text as it was sent.
"""

# ruff: noqa: RUF001, RUF002 -- characters that look like others are meant.

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST: Final = 200
"""The characters after which a name or a cell is cut."""

# What ends a line, moves the cursor or starts an escape sequence: C0, DEL, C1, and Unicode's line separators.
_CONTROLS = "\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029"
# What is invisible and reorders or hides other text: overrides, embeddings and isolates of direction, zero-width
# spaces and joiners of words, tags. The zero-width (non-)joiners stay, because Persian is written with them.
_HIDDEN = "\\u061c\\u180e\\u200b\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\U000e0000-\\U000e007f"
# Half a pair is no character and can't be written in UTF-8.
_SURROGATES = "\\ud800-\\udfff"

_CONTROL = re.compile(f"[{_CONTROLS}]")
_INVISIBLE = re.compile(f"[{_HIDDEN}]")
_SURROGATE = re.compile(f"[{_SURROGATES}]")
_SPACES = re.compile(r"\s+")
_UNUSUAL = re.compile(f"[{_CONTROLS}{_HIDDEN}{_SURROGATES}]")

_LOOKALIKES: Final[Mapping[int, str]] = str.maketrans(
    {
        "<": "‹",
        ">": "›",
        "[": "(",
        "]": ")",
        "{": "(",
        "}": ")",
        "`": "'",
        "*": "∗",
        "~": "∼",
        "|": "¦",
        "\\": "∖",
        "$": "＄",
        "@": "＠",
    }
)
_LOW_LINE = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])")
_ADDRESS = re.compile(r"://|(?<=www)\.", re.IGNORECASE)
_BLOCK = re.compile(r"(?:[-+#=]+|\d+[.)])(?=\s|$)")
_WIDE: Final = str.maketrans("-+#=.)", "–＋＃＝．）")

_PUNCTUATION: Final = str.maketrans(
    {chr(code): f"&#{code};" for code in range(0x21, 0x7F) if not chr(code).isalnum()},
)

# Spreadsheets read the full-width forms as well. Quotes, spaces and invisible characters before it may be skipped.
_FORMULA = re.compile(r"[\s\"'“”‘’`\u00ad\u200c-\u200f]*[=+\-@＝＋－＠﹢﹣−]")
_NUMBER = re.compile(r"\+?[0-9][0-9 ]*|-[0-9]+(?:\.[0-9]+)?")
# A spreadsheet of many countries begins a new cell at a semicolon.
_PART = re.compile(r"[^;]+")
_NAMED: Final = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\"}
_ESCAPED = re.compile(f"[\\\\{_CONTROLS}{_HIDDEN}{_SURROGATES}]")
_ESCAPE = re.compile(r"\\(?:([\\tnr])|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_MEANINGS: Final = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}


def visible(text: str) -> str:
    """Return the text without invisible characters that reorder or hide others; control characters become spaces."""
    if not _UNUSUAL.search(text):
        return text
    return _SURROGATE.sub("�", _INVISIBLE.sub("", _CONTROL.sub(" ", text)))


def one_line(text: str, longest: int = LONGEST) -> str:
    """Return the text, as `visible` leaves it, with single spaces between its words and none at its ends.

    Text of more than `longest` characters is cut, and ends with `…`.
    """
    words = _SPACES.sub(" ", visible(text)).strip()
    return words if len(words) <= longest else words[: longest - 1] + "…"


def plain(text: str, longest: int = LONGEST) -> str:
    """Return the text as one line without anything that HTML, Markdown or a template would act on.

    Characters with a meaning there are replaced with similar ones: `<b>` becomes `‹b›`. Letters, digits, phone numbers
    and usual punctuation stay.
    """
    text = _ADDRESS.sub(lambda found: ":∕∕" if found[0] == "://" else "．", one_line(text, longest))
    text = _LOW_LINE.sub(lambda found: "ˍ" * len(found[0]), text.translate(_LOOKALIKES))
    block = _BLOCK.match(text)
    return text if block is None else block[0].translate(_WIDE) + text[block.end() :]


def markdown(text: str, longest: int = LONGEST) -> str:
    """Return Markdown that displays the text as one line, exactly; it is valid HTML as well.

    All ASCII punctuation is written as character references, which neither CommonMark (section 2.5) nor HTML reads as
    syntax.
    """
    return one_line(text, longest).translate(_PUNCTUATION)


def mathtext(text: str, longest: int = LONGEST) -> str:
    """Return the text as one line that matplotlib draws as it is: no formula, and no label that it hides."""
    text = one_line(text, longest).replace("$", r"\$")
    # A legend leaves out labels that begin with a low line.
    return f" {text}" if text.startswith("_") else text


def csv_cell(text: str) -> str:
    r"""Return the text as a cell of a CSV file that no spreadsheet reads as a formula; `from_csv_cell` reverses it.

    Text that begins like a formula, also after a semicolon, gets an apostrophe before it, as OWASP recommends ("CSV
    Injection"). Digits with a plus sign (phone numbers) and negative numbers stay as they are. Control and invisible
    characters are written as `\n` or `\u001b`, and a backslash as two.
    """
    text = _ESCAPED.sub(lambda found: escaped(found[0]), text)
    return _PART.sub(_as_text, text)


def from_csv_cell(cell: str) -> str:
    """Return the text that `csv_cell` wrote."""
    text = _PART.sub(lambda part: part[0].removeprefix("'"), cell)
    return _ESCAPE.sub(_meaning, text)


def json_text(document: str) -> str:
    r"""Return a JSON document with control and invisible characters inside its strings written as `\u001b`.

    Only for a document from `json.dumps`, which has escaped C0 itself; its line breaks between values stay.
    """
    return re.sub(f"[\\x7f-\\x9f\\u2028\\u2029{_HIDDEN}{_SURROGATES}]", lambda found: json_escaped(found[0]), document)


def escaped(character: str) -> str:
    r"""Return a character as `csv_cell` writes one that is invisible: `\u200b`."""
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004


def _meaning(found: re.Match[str]) -> str:
    named, short, long = found.groups()
    if named:
        return _MEANINGS[named]
    code = int(short or long, 16)
    return chr(code) if code <= 0x10FFFF else found[0]  # noqa: PLR2004


def _as_text(part: re.Match[str]) -> str:
    text = part[0]
    if text.startswith("'") or (_FORMULA.match(text) and not _NUMBER.fullmatch(text)):
        return f"'{text}"
    return text


def json_escaped(character: str) -> str:
    r"""Return a character as JSON writes it in ASCII: `\u200b`, or two of these."""
    code = ord(character)
    if code <= 0xFFFF:  # noqa: PLR2004
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def width(text: str) -> int:
    """Return how many terminal columns the text takes: combining marks take none, East Asian wide characters two."""
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
