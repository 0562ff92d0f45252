"""The looks of a plot: its colors, hatches, markers and line styles, and the settings of matplotlib.

The hues are those of M. Okabe and K. Ito, "Color Universal Design" (2008), which people with any kind of color vision
tell apart. Their lightness is changed where a mark would have a contrast below 3:1 with the background (WCAG 2.2,
1.4.11); text has at least 4.5:1 (1.4.3). In `print`, shades of grey with hatches, markers and line styles do what
colors do elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Final

from matplotlib import rc_context, rcParamsDefault

from trunkline.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

TITLE_SIZE: Final = 13
TEXT_SIZE: Final = 10
SMALL_SIZE: Final = 9
CAPTION_SIZE: Final = 8.5
"""Sizes of text in points."""

_SVG_SALT = "trunkline"


@dataclass(frozen=True, slots=True)
class Mark:
    """How a series is drawn: the color of bars and lines, the edge of bars, their hatch, and a line's style.

    The edge of bars is part of what is seen if they are `outlined`; otherwise it only parts neighbours.
    """

    colour: str
    edge: str
    hatch: str = ""
    line: str = "-"
    marker: str = "o"
    outlined: bool = False


@dataclass(frozen=True, slots=True)
class Palette:
    """The colors of a look by what they are for. `heat` goes from nothing to the most; `ink` is also that of text."""

    name: str
    surface: str
    ink: str
    muted: str
    spine: str
    grid: str
    series: tuple[Mark, ...]
    other: Mark
    total: Mark
    band: str
    heat: tuple[str, ...]

    @property
    def statuses(self) -> Mapping[Status, Mark]:
        """How each status of a call is drawn."""
        blue, orange, green, purple, sky, red, _ = self.series
        del blue
        return {
            Status.ANSWERED: green,
            Status.NO_ANSWER: orange,
            Status.BUSY: sky,
            Status.CONGESTION: red,
            Status.FAILED: purple,
            Status.UNKNOWN: self.other,
        }

    @property
    def colours(self) -> tuple[str, ...]:
        """All colors, in the same order in every palette of colors."""
        plain = (self.surface, self.ink, self.muted, self.spine, self.grid, self.band)
        return (*plain, *(mark.colour for mark in (*self.series, self.other)), *self.heat)

    def on(self, colour: str) -> str:
        """Return the color of text on a filled area: the surface's or the ink's, whichever is easier to read."""
        return max((self.surface, self.ink), key=lambda text: contrast(text, colour))


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colors `#rrggbb`, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance of sRGB (WCAG 2.2, "relative luminance")."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _coloured(colours: tuple[str, ...], surface: str) -> tuple[Mark, ...]:
    lines = ("-", "--", "-.", ":", "-", "--", "-.")
    markers = ("o", "s", "^", "D", "v", "P", "X")
    return tuple(
        Mark(colour, surface, "", line, marker) for colour, line, marker in zip(colours, lines, markers, strict=True)
    )


def _printed(colour: str, hatch: str, line: str, marker: str) -> Mark:
    return Mark(colour, "#000000", hatch, line, marker, outlined=True)


# In the order in which series take them: blue, orange, green, purple, sky blue, vermilion, and a dark or light yellow.
LIGHT: Final = Palette(
    name="light",
    surface="#ffffff",
    ink="#222222",
    muted="#5c5c5c",
    spine="#767676",
    grid="#dddddd",
    series=_coloured(("#0072b2", "#d97d00", "#00664a", "#c06aa2", "#4a98dc", "#b83a00", "#4a3c00"), "#ffffff"),
    other=Mark("#777777", "#ffffff", "", ":", "*"),
    total=Mark("#222222", "#ffffff"),
    band="#bfdcf3",
    heat=("#f7fbff", "#d6e6f4", "#abcfe6", "#6fb0d7", "#2a74b0", "#125ca4", "#08306b"),
)
DARK: Final = Palette(
    name="dark",
    surface="#1b1b1f",
    ink="#ececec",
    muted="#b4b4b4",
    spine="#8a8a8a",
    grid="#3a3a40",
    series=_coloured(("#2a82d8", "#f0930a", "#10b184", "#d287be", "#a9dcf8", "#d2491b", "#f0e442"), "#1b1b1f"),
    other=Mark("#7d7d7d", "#1b1b1f", "", ":", "*"),
    total=Mark("#ececec", "#1b1b1f"),
    band="#2b4a68",
    heat=("#222228", "#16304c", "#174a78", "#1a5f9e", "#64aee8", "#9fd0f5", "#dff1ff"),
)
PRINT: Final = Palette(
    name="print",
    surface="#ffffff",
    ink="#000000",
    muted="#444444",
    spine="#000000",
    grid="#d4d4d4",
    series=(
        _printed("#3a3a3a", "", "-", "o"),
        _printed("#ffffff", "////", "--", "s"),
        _printed("#b5b5b5", "", "-.", "^"),
        _printed("#ffffff", "....", ":", "D"),
        _printed("#e6e6e6", "\\\\\\\\", "-", "v"),
        _printed("#787878", "", "--", "P"),
        _printed("#ffffff", "xxxx", "-.", "X"),
    ),
    other=_printed("#ffffff", "", ":", "*"),
    total=_printed("#000000", "", "-", "o"),
    band="#d9d9d9",
    heat=("#ffffff", "#e6e6e6", "#cccccc", "#b0b0b0", "#707070", "#4a4a4a", "#222222"),
)
PALETTES: Final[Mapping[str, Palette]] = {each.name: each for each in (LIGHT, DARK, PRINT)}

# What a reader has set for other plots must change nothing here.
_SETTINGS: Final = {
    name: value for name, value in rcParamsDefault.items() if name.partition(".")[0] not in {"backend", "interactive"}
} | {
    "font.family": ["DejaVu Sans"],
    "hatch.linewidth": 0.7,
    "svg.hashsalt": _SVG_SALT,
    "svg.fonttype": "path",
    "axes.unicode_minus": True,
}


def with_settings[**P, R](draw: Callable[P, R]) -> Callable[P, R]:
    """Let a function draw with `settings`."""

    @wraps(draw)
    def drawn(*args: P.args, **options: P.kwargs) -> R:
        with settings():
            return draw(*args, **options)

    return drawn


def settings() -> AbstractContextManager[None]:
    """Return a context in which matplotlib has its own default settings, and the font that it brings along."""
    return rc_context(_SETTINGS)
