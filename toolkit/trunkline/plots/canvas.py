"""What all plots are made of: the frame around them, axes, legends, stacked bars, and what they say in words."""

from __future__ import annotations

import textwrap
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import narwhals as nw
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from trunkline import inert
from trunkline.reports import masking

from .palette import CAPTION_SIZE, SMALL_SIZE, TEXT_SIZE, TITLE_SIZE
from .picture import Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from matplotlib.axes import Axes

    from .look import Look
    from .palette import Mark

LONGEST_NAME = 34
MOST_BARS = 25
# Bars that are more than this are too narrow for an edge between them.
MANY_BARS = 92
_LINE = 158
_LEGEND_LINE = 112
# What the key before a name takes of a line, in letters.
_KEY_WIDTH = 6
_FEW_BARS = 3
_LEFT, _RIGHT = 0.012, 0.988
_DIRECTIONAL = str.maketrans("", "", "\u200f\u2066\u2068\u2069")


def rows_of(figure: Any) -> list[dict[str, Any]]:
    """Return the rows of a frame of any engine; a `day` is a date."""
    wrapped = nw.from_native(figure)
    eager = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    return [
        {name: value.date() if name == "day" and isinstance(value, datetime) else value for name, value in row.items()}
        for row in eager.to_arrow().to_pylist()
    ]


# --- the frame around each picture ----------------------------------------------------------------


def picture(
    look: Look, title: str, caption: str, *, height: float = 4.2, panels: int = 1
) -> tuple[Picture, Sequence[Axes]]:
    """Return an empty picture of ten inches by `height`, and its panels side by side."""
    palette, title, caption = look.palette, look.sentence(title), look.sentence(caption)
    side = {"x": _RIGHT, "ha": "right"} if look.right_to_left else {"x": _LEFT, "ha": "left"}
    made = Picture(
        figsize=(10, height), layout=ConstrainedLayoutEngine(w_pad=0.11, h_pad=0.09), facecolor=palette.surface
    )
    made.look = look
    made.alt = look.say("{title}.", title=title)
    made.suptitle(title, fontsize=TITLE_SIZE, fontweight="bold", color=palette.ink, **side)
    made.supxlabel(
        textwrap.fill(caption, _LINE), fontsize=CAPTION_SIZE, color=palette.muted, **side,
        multialignment=side["ha"],
    )  # fmt: skip
    axes = made.subplots(1, panels, squeeze=False)[0]
    for each in axes:
        each.set_facecolor(palette.surface)
        each.spines[["top", "right"]].set_visible(False)
        each.spines[["left", "bottom"]].set_color(palette.spine)
        each.tick_params(colors=palette.spine, labelcolor=palette.ink, labelsize=SMALL_SIZE)
        for axis in (each.xaxis, each.yaxis):
            axis.label.set(color=palette.ink, fontsize=TEXT_SIZE)
        each.set_axisbelow(True)
        each.grid(axis="y", color=palette.grid, linewidth=0.8)
    return made, list(axes)


def nothing(look: Look, title: str, what: str) -> Picture:
    """Return a picture that says that there is nothing to draw."""
    made, (axes,) = picture(look, title, "", height=2.2)
    axes.set_axis_off()
    axes.text(0.5, 0.5, what, ha="center", va="center", fontsize=12, color=look.palette.muted, transform=axes.transAxes)
    made.alt = f"{made.alt} {what}"
    return made


def legend(axes: Axes, look: Look) -> None:
    """Name the series above the panel, in as many lines as they need; from right to left where the language runs so."""
    handles: Any
    handles, labels = axes.get_legend_handles_labels()
    widths = [len(label) + _KEY_WIDTH for label in labels]
    columns = len(labels) if sum(widths) <= _LEGEND_LINE else max(1, _LEGEND_LINE // max(widths))
    if look.right_to_left:
        lines = -(-len(labels) // columns)
        columns = -(-len(labels) // lines)
        blank = lines * columns - len(labels)
        handles, labels = [*handles, *(Patch(alpha=0) for _ in range(blank))], [*labels, *[""] * blank]
        order = [column * lines + line for column in reversed(range(columns)) for line in range(lines)]
        handles, labels = [handles[place] for place in order], [labels[place] for place in order]
    corner: Literal["lower right", "lower left"] = "lower right" if look.right_to_left else "lower left"
    at = (1, 1) if look.right_to_left else (0, 1)
    axes.legend(
        handles, labels, loc=corner, bbox_to_anchor=at, ncols=columns, frameon=False, fontsize=SMALL_SIZE,
        borderaxespad=0.2, handlelength=1.8, handleheight=1.0, columnspacing=1.4, labelcolor=look.palette.ink,
        markerfirst=not look.right_to_left,
    )  # fmt: skip


# --- marks ----------------------------------------------------------------------------------------


def filled(mark: Mark, *, edge: float = 0.5) -> dict[str, Any]:
    """Return how bars of a mark are filled, for the functions of matplotlib."""
    return {
        "facecolor": mark.colour,
        "edgecolor": mark.edge,
        "hatch": mark.hatch or None,
        "hatchcolor": mark.edge,
        "linewidth": edge,
    }


def stack(
    axes: Axes,
    at: Sequence[float],
    series: Mapping[str, Sequence[float]],
    marks: Sequence[Mark],
    *,
    width: float = 0.86,
) -> None:
    """Draw bars on top of each other; what is below zero hangs from zero."""
    up, down = [0.0] * len(at), [0.0] * len(at)
    for (label, heights), mark in zip(series.items(), marks, strict=False):
        bottom = [above if height >= 0 else below for height, above, below in zip(heights, up, down, strict=True)]
        # A thin edge parts neighbours, as long as bars are wide enough to have one.
        drawn = filled(mark, edge=0.5 if len(at) <= MANY_BARS else 0.3 if mark.outlined else 0.0)
        axes.bar(at, heights, width=width, bottom=bottom, label=label, **drawn)
        for place, height in enumerate(heights):
            (up if height >= 0 else down)[place] += height


def across(look: Look, title: str, caption: str, labels: Sequence[str]) -> tuple[Picture, Axes]:
    """Return a picture for horizontal bars, the first on top; they grow in the direction of the language."""
    made, (axes,) = picture(look, title, caption, height=1.7 + 0.32 * max(2, len(labels)))
    axes.set_yticks(range(len(labels)), labels)
    # One or two bars aren't thicker than those of many.
    around = max(_FEW_BARS - len(labels), 0) / 2 + 0.6
    axes.set_ylim(len(labels) - 1 + around, -around)
    axes.grid(visible=False, axis="y")
    axes.grid(axis="x", color=look.palette.grid, linewidth=0.8)
    if look.right_to_left:
        axes.invert_xaxis()
        axes.yaxis.tick_right()
        axes.spines["left"].set_visible(False)
        axes.spines["right"].set(visible=True, color=look.palette.spine)
    return made, axes


def beside(axes: Axes, look: Look, at: tuple[float, float], text: str) -> None:
    """Write at the end of a horizontal bar."""
    offset, side = ((-4, 0), "right") if look.right_to_left else ((4, 0), "left")
    axes.annotate(
        text, at, xytext=offset, textcoords="offset points", va="center", ha=side, fontsize=CAPTION_SIZE,
        color=look.palette.ink,
    )  # fmt: skip


def above(axes: Axes, look: Look, at: tuple[float, float], text: str) -> None:
    """Write above a bar."""
    axes.annotate(
        text, at, xytext=(0, 3), textcoords="offset points", ha="center", fontsize=SMALL_SIZE, color=look.palette.ink
    )


# --- axes -----------------------------------------------------------------------------------------


class Amounts(FuncFormatter):
    """The numbers of an axis, all with the same decimal digits, as few as tell them apart."""

    def __init__(self, look: Look, factor: float = 1) -> None:
        """Write numbers divided by the factor."""
        self._digits = 0
        self._look, self._factor = look, factor
        super().__init__(lambda value, _: self.written(value))

    def written(self, value: float) -> str:
        """Return a number of the axis as text."""
        return self._look.number(value / self._factor or 0.0, self._digits)

    def set_locs(self, locs: list[float]) -> None:
        """Choose the digits of the numbers at these places."""
        super().set_locs(locs)
        values = [value / self._factor for value in locs]
        size = max(map(abs, values), default=1) or 1
        self._digits = next((n for n in range(9) if all(abs(round(v, n) - v) < size * 1e-9 for v in values)), 9)


class Shares(Amounts):
    """The shares of 1 of an axis in percent, all with the same decimal digits, as few as tell them apart."""

    def __init__(self, look: Look) -> None:
        """Write shares of 1."""
        super().__init__(look, 0.01)

    def written(self, value: float) -> str:
        """Return a share of the axis as text."""
        return self._look.share(value or 0.0, self._digits)


def count_axis(axes: Axes, look: Look, label: str) -> None:
    """Let the axis of heights count whole things from zero."""
    axes.set_ylabel(label)
    axes.yaxis.set_major_locator(whole())
    axes.yaxis.set_major_formatter(Amounts(look))
    axes.set_ylim(bottom=0)


def whole() -> MaxNLocator:
    """Return what places a few ticks at whole numbers."""
    return MaxNLocator(integer=True, nbins=6, steps=[1, 2, 5, 10])


def percent_axis(axes: Axes, look: Look, label: str) -> None:
    """Let the axis of heights be that of shares, from 0 to 100 %."""
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(Shares(look))
    axes.set_ylabel(label)


def hours_axis(axes: Axes, look: Look) -> None:
    """Let the horizontal axis be that of the 24 local hours."""
    axes.set_xticks(range(24), [look.plain(hour, 2) for hour in range(24)])
    axes.set_xlabel(look.say("local hour"))


# --- words ----------------------------------------------------------------------------------------


def labels_of(numbers: Iterable[str | None], *, mask: masking.Mask, absent: str) -> dict[str | None, str]:
    """Return a label for each number, masked as it is told, for matplotlib."""
    labels = masking.labels(numbers, mask=mask, absent=absent)
    return {number: _drawable(label) for number, label in labels.items()}


def named(text: str, longest: int = LONGEST_NAME) -> str:
    """Return a name as a label of one line that is not too long."""
    return _drawable(inert.one_line(text, longest))


def _drawable(text: str) -> str:
    """Return text of strangers for matplotlib; the font has heh with hamza above as two letters only."""
    return inert.mathtext(text).replace("\u06c0", "\u0647\u0654")


def extremes(look: Look, values: Iterable[tuple[str, Any]], write: Callable[[Any], str]) -> str:
    """Return a sentence with the greatest and the least of some values, and whose they are."""
    listed = list(values)
    most, least = max(listed, key=lambda each: each[1]), min(listed, key=lambda each: each[1])
    return look.say(
        "Most: {most} ({at}). Least: {least} ({low_at}).",
        most=write(most[1]),
        at=most[0],
        least=write(least[1]),
        low_at=least[0],
    )


def describe(made: Picture, *sentences: str) -> None:
    """Let the alternative text go on with these sentences, without the marks that only matplotlib needs."""
    made.alt = " ".join((made.alt, *map(made.look.sentence, sentences))).replace(r"\$", "$").translate(_DIRECTIONAL)
