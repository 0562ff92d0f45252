"""Amounts, rates and shares of many groups at once, as Arrow arrays: what is unknown is null.

The values are those of `frames.rate`, `metrics.ratio` and Python's own division, to the last digit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from trunkline import exact
from trunkline.metrics import Z_95

from .coded import listed
from .columns import DIGITS, array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .coded import Integers, Mask

_LONG, _EXACT_IN_FLOAT = 1 << 63, 1 << 53


def decimals(name: str, units: Integers, known: Mask, dtype: pa.Decimal128Type) -> pa.Array:
    """Return amounts that are given in units of the type's digits; `DataError` if one of them has too many digits."""
    if units.dtype == object:
        found = zip(listed(units), listed(known), strict=True)
        return array(name, [exact.scaled(each, dtype.scale) if some else None for each, some in found], dtype)
    words = np.empty(2 * len(units), np.int64)
    words[::2], words[1::2] = units, units >> 63
    return _array(words, known, dtype)


def rates(
    name: str, units: Integers, scale: int, divisors: Integers, known: Mask, *, times: int, digits: int
) -> pa.Array:
    """Return times * amount / divisor to so many digits, half to even; the amounts are in units of `scale` digits.

    The type has at least `scale` digits. Null where the divisor is 0, too; no divisor is below 0. `DataError` if one
    of them has too many digits.
    """
    known = known & (divisors > 0)
    divisors = np.where(known, divisors, 1)
    if scale > digits:
        divisors = divisors.astype(object) * 10 ** (scale - digits)
    found = _half_even(units, divisors, times * 10 ** max(digits - scale, 0))
    if scale > digits:
        found = found.astype(object) * 10 ** (scale - digits)
    return decimals(name, found, known, pa.decimal128(DIGITS, max(scale, digits)))


def _half_even(dividends: Integers, divisors: Integers, times: int) -> Integers:
    kind = np.result_type(dividends, divisors)
    dividends, divisors = dividends.astype(kind), divisors.astype(kind)
    whole = dividends // divisors
    rest = dividends - whole * divisors
    # Only what the first division left is multiplied. Where that is beyond 64 bits, too, Python's integers are used.
    if kind.kind == "i" and 2 * max(_greatest(whole), _greatest(divisors)) * times >= _LONG:
        return _half_even(dividends.astype(object), divisors, times)
    more = rest * times // divisors
    rest, found = rest * times - more * divisors, whole * times + more
    up = (2 * rest > divisors) | ((2 * rest == divisors) & (found % 2 == 1))
    return cast("Integers", found + up)


def _greatest(values: Integers) -> int:
    return max(abs(int(values.max())), abs(int(values.min()))) if len(values) else 0


def divided(dividends: Integers, divisors: Integers, known: Mask | None = None) -> pa.Array:
    """Return dividend / divisor as the nearest floats; null by 0, or where it isn't known."""
    known = divisors != 0 if known is None else known & (divisors != 0)
    divisors = np.where(known, divisors, 1)
    if max(_greatest(dividends), _greatest(divisors)) < _EXACT_IN_FLOAT:
        return _array(dividends.astype(np.int64) / divisors.astype(np.int64), known, pa.float64())
    pairs = zip(listed(dividends), listed(divisors), listed(known), strict=True)
    return pa.array([one / other if some else None for one, other, some in pairs], pa.float64())


def ratios(hits: Integers, of: Integers, known: Mask | None = None) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return the shares of 1 with the low and the high end of their Wilson 95 % interval, see `metrics.wilson`."""
    known = of > 0 if known is None else known & (of > 0)
    n, k = np.where(known, of, 1).astype(np.int64), np.where(known, hits, 0).astype(np.int64)
    share, square = k / n, Z_95 * Z_95
    scale = 1 + square / n
    centre = (share + square / (2 * n)) / scale
    half = Z_95 * np.sqrt(share * (1 - share) / n + square / (4.0 * n * n)) / scale
    low = np.where(k == 0, 0.0, np.maximum(0.0, centre - half))
    high = np.where(k == n, 1.0, np.minimum(1.0, centre + half))
    value, lowest, highest = (_array(each, known, pa.float64()) for each in (share, low, high))
    return value, lowest, highest


def _array(values: NDArray[Any], known: Mask, dtype: pa.DataType) -> pa.Array:
    """Return the values in Arrow's own layout, without the checks of its conversions; null where they aren't known."""
    bits = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(dtype, len(known), [bits, pa.py_buffer(np.ascontiguousarray(values))])
