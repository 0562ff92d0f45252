"""Home Assistant's long-term statistics as a frame, and beside what an archive has."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import narwhals as nw
import pandas as pd

from trunkline.errors import DataError
from trunkline.figures import Figure
from trunkline.reports import cost, status

from .api import Statistic, read_statistics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from trunkline.archive import ArchivedAccount
    from trunkline.figures import Calls

DEFINITION: Final = (
    "Statistics: the sum of Home Assistant's hourly changes in the period. Difference: statistics - archive. Cost is "
    "less refunds. Home Assistant counts calls that the call list has confirmed; what was synced a moment ago may "
    "still be missing."
)
_COLUMNS: Final = tuple(each.name for each in fields(Statistic))
_COUNTS: Final = ("calls", "answered", "missed")
# Home Assistant adds up floats: what is beyond these digits is their error.
_DIGITS: Final = 6
_SECONDS: Final = 60


def statistics(
    url: str,
    token: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    period: str = "hour",
) -> pd.DataFrame:
    """Return the long-term statistics of Trunkline, a row for each series and period, see `read_statistics`.

    The columns are `statistic_id`, `name`, `unit`, `start` (UTC), `change` and `sum`. Works where an event loop is
    running, as in a notebook.
    """
    reading = read_statistics(url, token, since=since, until=until, period=period)
    # A notebook has an event loop, in which no other can run.
    with ThreadPoolExecutor(1) as thread:
        rows = thread.submit(asyncio.run, reading).result()
    found = pd.DataFrame([asdict(row) for row in rows], columns=list(_COLUMNS))
    return found.astype({"start": "datetime64[us, UTC]", "change": "float64", "sum": "float64"})


def compare(calls: Calls, found: pd.DataFrame) -> Figure:
    """Return for each account what the archive counts and what Home Assistant's statistics have, and the difference.

    `calls` are an archive's, of whatever period, selected with `twins=False`; `found` is what `statistics` returned by
    the hour, for that period or more. `calls`, `answered` and `missed` are numbers of calls, `talk` is in seconds,
    `cost` in its currency. Series that Home Assistant doesn't have are unknown. Of an account whose calls have no
    prices there is no cost. Raises `DataError` for calls that no
    archive knows the accounts of, and for twins.
    """
    if len(calls.twice):
        msg = "calls that two accounts recorded are counted once: select them with twins=False to compare accounts"
        raise DataError(msg, field="account")
    if not calls.accounts:
        msg = "the calls are not from an archive with accounts, so their statistics aren't known"
        raise DataError(msg, field="account")
    counts = {row["account"]: row for row in _rows(status.overview(calls.frame))}
    costs = {(row["account"], row["currency"]): row["cost"] for row in _rows(cost.totals(calls.frame, "account"))}
    rows = []
    for account in calls.accounts:
        kept = _Kept(account, found, *calls.period.instants(ZoneInfo(account.zone)))
        own = counts.get(account.account, {})
        rows += [(account.account, name, None, own.get(name, 0), kept.total(name)) for name in _COUNTS]
        talk = kept.total("minutes")
        rows.append((account.account, "talk", None, own.get("talk_s", 0), None if talk is None else talk * _SECONDS))
        rows += [
            (key, "cost", currency, amount, kept.cost(currency))
            for (key, currency), amount in costs.items()
            if key == account.account and (_is_known(amount) or kept.cost(currency) is not None)
        ]
    frame = pd.DataFrame(list(map(_compared, rows)), columns=_RESULT)
    title = "Home Assistant's statistics beside the archive"
    return Figure(title, frame, DEFINITION, "calls, seconds, amounts", len(calls), names=calls.names)


_RESULT: Final = ["account", "series", "currency", "archive", "statistics", "difference"]


def _compared(row: tuple[str, str, str | None, Any, float | None]) -> tuple[Any, ...]:
    account, series, currency, amount, kept = row
    archived = (amount if isinstance(amount, Decimal) else Decimal(int(amount))) if _is_known(amount) else None
    counted = None if kept is None else round(Decimal(repr(kept)), _DIGITS if currency else 0)
    difference = None if counted is None or archived is None else counted - archived
    return account, series, currency, archived, counted, difference


def _is_known(amount: Any) -> bool:
    return not pd.isna(amount)


class _Kept:
    """The statistics of one account in a period."""

    def __init__(
        self, account: ArchivedAccount, found: pd.DataFrame, since: datetime | None, until: datetime | None
    ) -> None:
        inside = pd.Series(True, index=found.index)
        inside &= True if since is None else found["start"] >= since
        inside &= True if until is None else found["start"] < until
        self._sums = found[inside].groupby("statistic_id")["change"].sum().to_dict()
        self._known = set(found["statistic_id"])
        self._account = account

    def total(self, series: str, currency: str | None = None) -> float | None:
        """Return the sum of a series, None if Home Assistant doesn't have it."""
        name = f"trunkline:{_slug(self._account.account)}_{series}"
        if currency is not None and currency != self._account.currency:
            name += f"_{_slug(currency)}"
        return float(self._sums.get(name, 0.0)) if name in self._known else None

    def cost(self, currency: str) -> float | None:
        """Return what was charged less what was given back."""
        charged, refunded = self.total("cost", currency), self.total("refunds", currency)
        return None if charged is None else charged - (refunded or 0.0)


def _slug(text: str) -> str:
    """Return text as it stands in Home Assistant's ids; keys of accounts and currencies are ASCII."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _rows(frame: Any) -> Iterator[dict[str, Any]]:
    wrapped = nw.from_native(frame)
    eager = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    return eager.iter_rows(named=True)
