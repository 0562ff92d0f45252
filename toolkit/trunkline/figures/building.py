"""What the figures of every subject share: their keys, their titles, and the rows of small frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import narwhals as nw

from .figure import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from trunkline.plots import Picture

    from .chosen import Selection as Calls


def build(
    calls: Calls,
    title: str,
    frame: Any,
    definition: str,
    unit: str,
    *,
    left_out: Mapping[str, int] | None = None,
    columns: tuple[str, ...] = (),
    draw: Callable[..., Picture] | None = None,
    n: int | None = None,
) -> Figure:
    """Return a figure of calls, with their names and mask; `n` is how many there are, unless it is given."""
    return Figure(
        title=title[:1].upper() + title[1:],
        frame=frame,
        definition=definition,
        unit=unit,
        n=len(calls) if n is None else n,
        left_out={reason: count for reason, count in (left_out or {}).items() if count},
        names=calls.names,
        zones=calls.zones,
        columns=columns,
        mask=calls.masking,
        draw=draw,
    )


def rows_of(frame: Any) -> list[dict[str, Any]]:
    """Return the rows of a frame of any engine in plain Python; what is unknown is None."""
    wrapped = nw.from_native(frame)
    eager = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    return cast("list[dict[str, Any]]", eager.to_arrow().to_pylist())


def keys_of(calls: Calls, by: str | Iterable[str]) -> tuple[str, ...]:
    """Return what is grouped by; a month is that of the calls' calendar."""
    names = (by,) if isinstance(by, str) else tuple(by)
    return tuple("jalali_month" if name == "month" and calls.jalali else name for name in names)


def title_of(what: str, keys: tuple[str, ...]) -> str:
    """Return the title of a figure that is grouped by keys."""
    plain = {"jalali_month": "month"}
    return f"{what} by {', '.join(plain.get(key, key) for key in keys)}" if keys else what
