"""Credits and invoices beside the calls: what top-ups, calls and fees don't explain."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from trunkline import exact
from trunkline.model import minor_units
from trunkline.rates import rounded

from .frames import read
from .groups import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from trunkline.model import Invoice
    from trunkline.rates import Rounding

    from .frames import Calls

_N, _TEXT, _UTC = pa.int64(), pa.string(), pa.timestamp("us", "UTC")
_ZERO = Decimal(0)
_KEY = ("account", "trunk", "currency")

type _Key = tuple[str | None, ...]


class _Ledger:
    """Dated amounts by account, trunk and currency, summed over periods."""

    def __init__(self, dated: Iterable[tuple[_Key, datetime | None, Decimal | None]]) -> None:
        found: defaultdict[_Key, list[tuple[datetime, Decimal]]] = defaultdict(list)
        for key, at, amount in dated:
            if at is not None and amount is not None:
                found[key].append((at, amount))
        self._times: dict[_Key, list[datetime]] = {}
        self._sums: dict[_Key, list[Decimal]] = {}
        for key, pairs in found.items():
            pairs.sort()
            self._times[key] = [at for at, _ in pairs]
            self._sums[key] = list(accumulate((amount for _, amount in pairs), exact.add, initial=_ZERO))

    def between(self, key: _Key, after: datetime, until: datetime) -> tuple[int, Decimal]:
        """Return how many amounts there are with `after` < time <= `until`, and their sum."""
        times = self._times.get(key, [])
        first, end = bisect_right(times, after), bisect_right(times, until)
        sums = self._sums.get(key, [_ZERO])
        return end - first, exact.subtract(sums[end], sums[first])


def identity[F](frame: F, readings: Any, *, top_ups: Any = None, fees: Any = None) -> F:
    """Return what each change of a credit is made of, a row for each two readings in a row.

    By account, trunk and currency, the oldest first.

    `frame` are the calls; `readings` a frame of `account`, `trunk`, `at` (UTC), `credit` and `currency`; `top_ups` and
    `fees` frames of `account`, `trunk`, `at`, `amount` and `currency`, in any kind of frame. `trunk` may be
    missing from `readings`: then the credit is that of the whole account, and `trunk` is ignored everywhere.

    residual = change - (top_ups - cost - fees), and `residual_sum` is its sum since the first reading. `cost` is the
    price of the `calls` that ended after the earlier reading and until the later one (a call without a stated end: its
    start and the seconds of waiting and talk, as far as they are known), in the currency of the credit; `unpriced` of
    the ended calls have no price. Readings in two currencies are not compared.
    """
    read_credits = read(readings, "account", "at", "credit", "currency", optional=("trunk",))
    whole = all(trunk is None for trunk in read_credits.data["trunk"].to_list())
    optional = ("trunk", "wait_s", "talk_s")
    calls = read(frame, "account", "started_at", "ended_at", "price", "currency", optional=optional)
    listed = [
        (key, _finished_at(*times), price)
        for key, *times, price in _listed(calls, whole, "started_at", "ended_at", "wait_s", "talk_s", "price")
    ]
    priced = _Ledger(listed)
    unpriced = _Ledger((key[:2], ended, _ZERO) for key, ended, price in listed if price is None)
    paid, charged = _amounts(top_ups, whole), _amounts(fees, whole)
    seen = sorted(_listed(read_credits, whole, "at", "credit"), key=lambda row: (in_order(row[0]), in_order(row[1:2])))
    rows = []
    for key, series in groupby(seen, key=lambda row: row[0]):
        total = _ZERO
        known = [(at, credit) for _, at, credit in series if at is not None and credit is not None]
        for (before, old), (after, new) in pairwise(known):
            top_up, fee = paid.between(key, before, after)[1], charged.between(key, before, after)[1]
            count, cost = priced.between(key, before, after)
            change = exact.subtract(new, old)
            residual = exact.total((change, exact.negative(top_up), cost, fee))
            total = exact.add(total, residual)
            missing = unpriced.between(key[:2], before, after)[0]
            rows.append((*key, before, after, old, new, change, top_up, count, missing, cost, fee, residual, total))
    money = calls.money(read_credits.scale)
    schema = dict.fromkeys(_KEY, _TEXT) | {"after": _UTC, "at": _UTC}
    schema |= dict.fromkeys(("credit_before", "credit", "change", "top_ups"), money) | {"calls": _N, "unpriced": _N}
    return cast("F", calls.emit(schema | dict.fromkeys(("cost", "fees", "residual", "residual_sum"), money), rows))


def _finished_at(
    started: datetime | None, ended: datetime | None, wait: int | None, talk: int | None
) -> datetime | None:
    """Return when a call ended, as `Call.finished_at` has it, None after the last year of the calendar."""
    if ended is not None or started is None:
        return ended
    try:
        return started + timedelta(seconds=(wait or 0) + (talk or 0))
    except OverflowError:
        return None


def _amounts(frame: Any, whole: bool) -> _Ledger:  # noqa: FBT001 - passed on
    if frame is None:
        return _Ledger(())
    return _Ledger(
        _listed(read(frame, "account", "at", "amount", "currency", optional=("trunk",)), whole, "at", "amount")
    )


def _listed(calls: Calls, whole: bool, *names: str) -> Iterable[tuple[Any, ...]]:  # noqa: FBT001 - passed on
    """Yield the key of each row and these columns."""
    columns = (calls.data[name].to_list() for name in (*_KEY, *names))
    for account, trunk, currency, *values in zip(*columns, strict=True):
        yield ((account, None if whole else trunk, currency), *values)


def invoices[F](frame: F, found: Iterable[Invoice], *, places: int | None = None, rounding: Rounding = "half_up") -> F:
    """Return each invoice (`Account.invoices`) beside the calls of its period; the frame is that of one account.

    Its calls start within the period, both ends included, and have a price in its currency; `unpriced` ones have none.
    `total` is the exact sum of their prices, `rounded_sum` that sum rounded to `places` decimals (by default those in
    which the currency is paid, see `model.minor_units`),
    and `sum_of_rounded` the sum of each price rounded. `class` is `ok` where `invoiced`, the price without tax, is the
    exact or the rounded sum; `each_rounded` where it is the sum of the rounded prices; `differs`; or `unknown` without
    period or price. `difference` = invoiced - total. Subscriptions and other items are in it.
    """
    calls = read(frame, "started_at", "price", "currency")
    columns = (calls.data[name].to_list() for name in ("started_at", "price", "currency"))
    dated = sorted((row for row in zip(*columns, strict=True) if row[0] is not None), key=lambda row: row[0])
    times = [row[0] for row in dated]
    rows: list[tuple[Any, ...]] = []
    for invoice in found:
        start, end, price = invoice.period_start, invoice.period_end, invoice.price
        if start is None or end is None or price is None:
            rows.append((invoice.number, start, end, None, None, None, None, None, None, None, None, "unknown"))
            continue
        period = dated[bisect_left(times, start) : bisect_right(times, end)]
        prices = [amount for _, amount, own in period if amount is not None and own == price.currency]
        total = exact.total(prices)
        decimals = minor_units(price.currency) if places is None else places
        rounded_sum = rounded(Fraction(total), decimals, rounding)
        each = exact.total(rounded(Fraction(amount), decimals, rounding) for amount in prices)
        kind = "ok" if price.amount in {total, rounded_sum} else "each_rounded" if price.amount == each else "differs"
        unpriced = sum(amount is None for _, amount, _ in period)
        amounts = (total, rounded_sum, each, price.amount, exact.subtract(price.amount, total))
        rows.append((invoice.number, start, end, price.currency, len(prices), unpriced, *amounts, kind))
    digits = max(
        (-int(amount.as_tuple().exponent) for row in rows for amount in row[7:10] if amount is not None), default=0
    )
    schema = {"number": _TEXT, "period_start": _UTC, "period_end": _UTC, "currency": _TEXT, "calls": _N, "unpriced": _N}
    sums = ("total", "rounded_sum", "sum_of_rounded", "invoiced", "difference")
    return cast("F", calls.emit(schema | dict.fromkeys(sums, calls.money(digits)) | {"class": _TEXT}, rows))
