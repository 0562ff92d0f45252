"""How good the forecasts of costs would have been: made for days that they had not seen, beside naive ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from trunkline import exact, metrics
from trunkline.errors import DataError

from .forecast import NEEDED, amounts_of, expected, priced_by_day
from .frames import RATE_DIGITS, read, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from trunkline.model import Money

    from .forecast import Expected
    from .frames import Calls

_N, _X, _TEXT, _DAY = pa.int64(), pa.float64(), pa.string(), pa.date32()
_WEEK = 7
_WINDOW = 28
_LOWER, _UPPER = Fraction(1, 10), Fraction(9, 10)
METHODS = ("weekday", "mean", "last_week")
"""The forecast of this package, and two naive ones: the mean of the last 28 days, and the last week once more."""


@dataclass(frozen=True, slots=True)
class _Forecast:
    """A forecast made at the begin of `day` for the days from it on, the naive ones, and what they really cost."""

    currency: str | None
    day: date
    days: int
    own: Expected
    naive: Mapping[str, Fraction]
    actual: Decimal

    @property
    def inside(self) -> bool:
        return self.own.low <= self.actual <= self.own.high

    def by(self, method: str) -> Fraction:
        return self.own.amount if method == METHODS[0] else self.naive[method]


def _forecasts(calls: Calls, horizon: int, step: int | None, warm_up: int, until: date | None) -> Iterator[_Forecast]:
    step = horizon if step is None else step
    for name, value, least in (("horizon", horizon, 1), ("step", step, 1), ("warm_up", warm_up, _WEEK)):
        if value < least:
            msg = f"{name!r} must be at least {least} days"
            raise DataError(msg, field=name)
    for currency, costs in priced_by_day(calls).items():
        if not costs:
            continue
        first, end = min(costs), until or max(costs)
        for offset in range(warm_up, (end - first).days - horizon + 1, step):
            yield _forecast(currency, costs, first, first + timedelta(days=offset), horizon)


def _forecast(currency: str | None, costs: Mapping[date, Money], first: date, day: date, horizon: int) -> _Forecast:
    seen = {each: cost for each, cost in costs.items() if each < day}
    pace = metrics.pace(seen, day)
    if pace is None:  # pragma: no cover - every forecast has its warm-up of seven days or more
        raise AssertionError
    ahead = [sum((day + timedelta(days=n)).weekday() == weekday for n in range(horizon)) for weekday in range(_WEEK)]
    window = min(_WINDOW, (day - first).days)
    before = amounts_of(seen, day - timedelta(days=window), window)
    week = before[-_WEEK:]
    naive = {
        METHODS[1]: Fraction(exact.total(before)) * horizon / window,
        METHODS[2]: Fraction(exact.total(week[n % _WEEK] for n in range(horizon))),
    }
    actual = exact.total(amounts_of(costs, day, horizon))
    return _Forecast(currency, day, pace.days, expected(pace, ahead), naive, actual)


def past_forecasts[F](
    frame: F, *, horizon: int = 7, step: int | None = None, warm_up: int = 28, until: date | None = None
) -> F:
    """Return the forecasts that would have been made in the past, each from the days before its own alone.

    Each is of the cost of the `horizon` days from the local `day` on (rolling origin); the next one is made `step` days
    later, by default after the horizon, so that no day is forecast twice. The first is made `warm_up` days (7 or more)
    after the first day of the frame. `until` is the day after the last whole one, by default the last day of the frame.
    `low` and `high` are the 80 % interval of `expected`; `mean` and `last_week` are naive forecasts, see `METHODS`.
    Rounded to the digits of the prices, half to even. Currencies in which no call has a price have no rows. Raises
    `DataError` for a horizon, step or warm-up that is too short.
    """
    calls = read(frame, *NEEDED)
    rows: list[tuple[Any, ...]] = []
    for each in _forecasts(calls, horizon, step, warm_up, until):
        amounts = (each.own.amount, each.own.low, each.own.high, *each.naive.values())
        rows.append(
            (each.currency, each.day, each.days, *(rounded(amount, calls.scale) for amount in amounts), each.actual,
             each.inside)
        )  # fmt: skip
    money = calls.money()
    schema = {"currency": _TEXT, "day": _DAY, "history_days": _N}
    schema |= dict.fromkeys(("expected", "low", "high", *METHODS[1:], "actual"), money) | {"inside": pa.bool_()}
    return cast("F", calls.emit(schema, rows))


def backtest[F](
    frame: F, *, horizon: int = 7, step: int | None = None, warm_up: int = 28, until: date | None = None
) -> F:
    """Return how good the forecasts of `past_forecasts` were, a row for each currency and method.

    `mae` is the mean of |forecast - actual|, `bias` the mean of forecast - actual, `wape` Σ |forecast - actual| /
    Σ |actual|, `mape` the mean of |forecast / actual - 1| over the `mape_n` forecasts whose days cost anything.
    `inside` is how many actual costs were in the 80 % interval, `coverage` their share, with its Wilson 95 % interval,
    which holds for forecasts that don't overlap. `pinball` is the mean loss of the interval's ends as quantiles of 10 %
    and 90 % (Koenker & Bassett, Econometrica 46, 1978): the less, the better. The naive methods have no interval.
    Amounts are for the horizon, to six digits, half to even. Parameters and errors as for `past_forecasts`.
    """
    calls = read(frame, *NEEDED)
    made: dict[str | None, list[_Forecast]] = {}
    for each in _forecasts(calls, horizon, step, warm_up, until):
        made.setdefault(each.currency, []).append(each)
    rows = [
        (currency, method, horizon, *_errors(own, method), *_interval(own, method))
        for currency, own in made.items()
        for method in METHODS
    ]
    rated = calls.money(RATE_DIGITS)
    schema = {"currency": _TEXT, "method": _TEXT, "horizon_days": _N, "forecasts": _N, "mae": rated, "bias": rated}
    schema |= {"wape": _X, "mape": _X, "mape_n": _N, "inside": _N}
    schema |= dict.fromkeys(("coverage", "coverage_low", "coverage_high"), _X) | {"pinball": rated}
    return cast("F", calls.emit(schema, rows))


def _errors(forecasts: Sequence[_Forecast], method: str) -> tuple[Any, ...]:
    errors = [each.by(method) - Fraction(each.actual) for each in forecasts]
    off = sum((abs(error) for error in errors), Fraction(0))
    spent = exact.total(each.actual.copy_abs() for each in forecasts)
    relative = [
        abs(error / Fraction(each.actual)) for error, each in zip(errors, forecasts, strict=True) if each.actual
    ]
    return (
        len(forecasts),
        rounded(off / len(errors), RATE_DIGITS),
        rounded(sum(errors, Fraction(0)) / len(errors), RATE_DIGITS),
        float(off / Fraction(spent)) if spent else None,
        float(sum(relative, Fraction(0)) / len(relative)) if relative else None,
        len(relative),
    )


def _interval(forecasts: Sequence[_Forecast], method: str) -> tuple[Any, ...]:
    if method != METHODS[0]:
        return (None,) * 5
    inside = sum(each.inside for each in forecasts)
    share = metrics.ratio(inside, len(forecasts))
    cells = (share.value, share.low, share.high) if share else (None,) * 3
    loss = sum(
        (
            _pinball(Fraction(each.actual), bound, quantile)
            for each in forecasts
            for bound, quantile in ((each.own.low, _LOWER), (each.own.high, _UPPER))
        ),
        Fraction(0),
    )
    return (inside, *cells, rounded(loss / (2 * len(forecasts)), RATE_DIGITS))


def _pinball(actual: Fraction, bound: Fraction, quantile: Fraction) -> Fraction:
    return max(quantile * (actual - bound), (quantile - 1) * (actual - bound))
