"""A figure: a table with what it means, how many calls it is about, and what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

import narwhals as nw

from trunkline.errors import DataError
from trunkline.reports.ranking import OTHER, TOTAL
from trunkline.reports.tables import Table, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from trunkline.plots import Picture
    from trunkline.reports.masking import Mask

_SHOWN = 30
# The colours are those of the page around it, so that the table can be read in light, dark and on paper.
_STYLE = """
.trunkline-figure {color: inherit; font-variant-numeric: tabular-nums}
.trunkline-figure table {border-collapse: collapse; color: inherit; background: none}
.trunkline-figure caption {caption-side: top; text-align: start; font-weight: bold; padding: 4px 10px; color: inherit}
.trunkline-figure p {margin: 4px 10px; max-width: 70em; font-size: 0.9em}
@media print {.trunkline-figure {break-inside: avoid}}
""".strip()


@dataclass(frozen=True, slots=True)
class Figure:
    """What a question about calls is answered with.

    `frame` is the table, a DataFrame of the kind that the calls came in, in the columns that `definition` explains.
    `n` is the number of calls that were looked at, `left_out` how many of them the figure had to leave out, by reason.
    `unit` names the currency or unit of the main column; several currencies stand in one text. `names` are the titles
    of the accounts by their keys and `zones` their IANA time zones, in whose local time the table is shown; times in
    `frame` are UTC.
    """

    title: str
    frame: Any
    definition: str
    unit: str
    n: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    mask: Mask = True
    draw: Callable[..., Picture] | None = None

    def plot(self, **options: Any) -> Picture:
        """Return the figure as a picture of matplotlib; `options` are those of the function in `trunkline.plots`.

        Among them are `style` (`light`, `dark` or `print`) and `language` (`en` or `fa`). The calendar is that of the
        calls, unless `jalali` says otherwise.

        Raises `DataError` for a figure that is a list and has no picture, and if amounts in several currencies would
        have to share an axis (select one with `currency=`).
        """
        if self.draw is None:
            msg = f"{self.title} is a list, which has no plot"
            raise DataError(msg)
        return self.draw(**options)

    @property
    def shown(self) -> Table:
        """The table as people read it: thousands parted, ratios with their interval, numbers masked, local times."""
        frame = _pandas(self.frame)
        columns = tuple(name for name in self.columns if name in frame.columns)
        title = self.title if len(frame) <= _SHOWN else f"{self.title} (the first {_SHOWN} of {len(frame):,} rows)"
        first = frame.head(_SHOWN)
        shown = table(first, *columns, caption=title, mask=self.mask, names=self.names, zones=self.zones)
        return _named_rows(shown) if "row" in frame.columns else shown

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands below the table: the definition, the number of calls, and what was left out."""
        calls = f"{self.n:,} call" if self.n == 1 else f"{self.n:,} calls"
        left_out = ", ".join(f"{count:,} {reason}" for reason, count in self.left_out.items() if count)
        return self.definition, f"n = {calls}." + (f" Left out: {left_out}." if left_out else "")

    def __str__(self) -> str:
        """Return the table and what it means as text."""
        return "\n".join((str(self.shown), "", *self.notes))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f'<div class="trunkline-figure"><style>{_STYLE}</style>{self.shown._repr_html_()}{notes}</div>'


def _named_rows(shown: Table) -> Table:
    """Return a table with `row`, its first column, written into the second where that has no key."""
    names = {OTHER: "others", TOTAL: "total"}
    rows = tuple((names.get(row[0], row[1]), *row[2:]) for row in shown.rows)
    words = frozenset(place - 1 for place in shown.words if place) | {0}
    return replace(shown, heads=shown.heads[1:], rows=rows, words=words)


def _pandas(frame: Any) -> pd.DataFrame:
    """Return a small frame of any engine as pandas, to be shown."""
    wrapped = nw.from_native(frame)
    eager = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    if eager.implementation.is_pandas_like():
        found: pd.DataFrame = eager.to_native()
        return found
    return eager.to_pandas()
