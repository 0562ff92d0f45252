"""Where the bars of a chart and the marks of its axes stand, for each form that draws them. Pure: numbers only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .values import Kind

if TYPE_CHECKING:
    from .values import Chart

_STEPS = (1, 2, 2.5, 5, 10)
_MARKS = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: which place it stands in, which series it is of, and its lower and upper end as parts of the height."""

    place: int
    series: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """The bars of a chart, the heights that are marked beside it, and the places that are named below it."""

    bars: tuple[Bar, ...]
    marks: tuple[tuple[float, float], ...]
    names: tuple[tuple[int, int], ...]
    places: int


def drawn(chart: Chart, numbers: tuple[int, ...]) -> Drawn:
    """Return a chart as parts of its width and height. `numbers` are those that stand for the places (days, hours).

    A mark is its height as a part, and its value; a name is a place, and its number.
    """
    top, step = _scale(chart.highest, whole=not chart.unit)
    bars = []
    for place in range(len(chart.places)):
        low = 0.0
        for at, series in enumerate(chart.series):
            high = low + series.heights[place] / top
            if high > low:
                bars.append(Bar(place, at, low, high))
            low = high
    marks = tuple((n * step / top, n * step) for n in range(round(top / step) + 1))
    every = 3 if chart.places and chart.places[0].kind is Kind.HOUR else 5
    names = tuple(
        (place, number)
        for place, number in enumerate(numbers)
        if number % every == 0 or (place == 0 and chart.places[0].kind is not Kind.HOUR)
    )
    return Drawn(tuple(bars), marks, names, len(chart.places))


def _scale(highest: float, *, whole: bool) -> tuple[float, float]:
    """Return the height of an axis and the distance of its marks, both round numbers."""
    if highest <= 0:
        return 1.0, 1.0
    raw = highest / _MARKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in _STEPS if factor * power >= raw * (1 - 1e-9))
    if whole:
        step = max(1.0, math.ceil(step))
    return step * math.ceil(highest / step - 1e-9), step
