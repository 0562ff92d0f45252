"""The class of each pair of calls of two records: whole columns at once, and words once for each kind of difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trunkline.model import Status
from trunkline.rates import INCREMENTS, billed_seconds

from .distinct import distinct

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from numpy.typing import NDArray

    type _Words = NDArray[np.object_]
    type _Finding = tuple[str, str | None, str | None]

_TEXT = pa.string()
COLUMNS = ("status", "talk_s", "price", "currency")
"""What of two calls is compared."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found of each row: its class, what fits, and the reason; the last two are None where there is none."""

    kinds: _Words
    fits: _Words
    reasons: _Words

    @classmethod
    def of(cls, size: int, kind: str = "ok", reason: str | None = None) -> Self:
        """Return so many rows of one class."""
        return cls(np.full(size, kind, object), np.full(size, None, object), np.full(size, reason, object))

    def __add__(self, other: Findings) -> Findings:
        """Return the rows of both, one after the other."""
        return Findings(
            np.concatenate((self.kinds, other.kinds)),
            np.concatenate((self.fits, other.fits)),
            np.concatenate((self.reasons, other.reasons)),
        )

    def at(self, places: NDArray[np.int64]) -> Findings:
        """Return these rows."""
        return Findings(self.kinds[places], self.fits[places], self.reasons[places])

    def columns(self) -> dict[str, pa.Array]:
        """Return the columns of a frame."""
        named = {"class": self.kinds, "fits": self.fits, "reason": self.reasons}
        return {name: pa.array(words, _TEXT) for name, words in named.items()}

    def put(self, rows: NDArray[np.int64], kind: str, reason: str) -> None:
        """Give rows one class and reason."""
        self.kinds[rows], self.fits[rows], self.reasons[rows] = kind, None, reason

    def set(self, rows: NDArray[np.int64], columns: list[pa.ChunkedArray], describe: Callable[..., _Finding]) -> None:
        """Set rows to what is said of the values of these columns, once for rows that are alike."""
        if not len(rows):
            return
        own = [column.take(pa.array(rows)) for column in columns]
        kinds, first = distinct(own)
        alike = zip(*(column.take(pa.array(first)).to_pylist() for column in own), strict=True)
        said = np.array([describe(*values) for values in alike], object)[kinds]
        self.kinds[rows], self.fits[rows], self.reasons[rows] = said.T


def of_pairs(one: pa.Table, other: pa.Table, talk_within_s: int) -> Findings:
    """Return the class of each pair, see `records.compare`. Row by row, the tables have the two calls' `COLUMNS`."""
    found = Findings.of(len(one))
    is_open = np.ones(len(one), bool)
    (status, talk, price, currency), (status2, talk2, price2, currency2) = (
        [table[name] for name in COLUMNS] for table in (one, other)
    )

    def settle(where: pa.ChunkedArray, columns: list[pa.ChunkedArray], describe: Callable[..., _Finding]) -> None:
        rows = np.flatnonzero(is_open & true(where))
        is_open[rows] = False
        found.set(rows, columns, describe)

    known = pc.and_(*(pc.not_equal(each, Status.UNKNOWN.value) for each in (status, status2)))
    answered = [pc.equal(each, Status.ANSWERED.value) for each in (status, status2)]
    settle(pc.and_(known, pc.not_equal(*answered)), [status, status2], _status)
    settle(pc.greater(pc.abs(pc.subtract(talk, talk2)), talk_within_s), [talk, talk2], _talk)
    is_open &= true(pc.and_(pc.is_valid(price), pc.is_valid(price2)))
    settle(pc.invert(pc.fill_null(pc.equal(currency, currency2), False)), [currency, currency2], _currency)
    settle(pc.not_equal(price, price2), [price, price2], _price)
    return found


def true(mask: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return where a mask is true; what is unknown is not."""
    found: NDArray[np.bool_] = pc.fill_null(mask, False).to_numpy()
    return found


def _status(here: str, there: str) -> _Finding:
    return "status", None, f"{here} here, {there} there"


def _talk(here: int, there: int) -> _Finding:
    lengths = f"{here} s of talk here, {there} s there"
    fits = " or ".join(f"{one}/{step}" for one, step in INCREMENTS if billed_seconds(there, one, step) == here)
    return ("increment", fits, f"{lengths}: rounded up by {fits}") if fits else ("duration", None, lengths)


def _currency(here: str | None, there: str | None) -> _Finding:
    return "other_currency", None, f"charged in {here or '?'} here, in {there or '?'} there"


def _price(here: Decimal, there: Decimal) -> _Finding:
    return "price", None, f"{here} here, {there} there"
