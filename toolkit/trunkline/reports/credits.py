"""The credit of each trunk in an archive, and until when it lasts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from trunkline.archive import Archive

from . import cost

if TYPE_CHECKING:
    from .notebook import Loaded

# The forecast needs 28 complete days before the reading.
_HISTORY = timedelta(days=30)
_COLUMNS = ("account", "trunk", "credit", "currency", "read", "per_day", "runs_out", "earliest", "latest")
_TIMES = ("read", "runs_out", "earliest", "latest")


def credits_of(loaded: Loaded) -> pd.DataFrame:
    """Return the last credit reading of each trunk with its forecast, see `metrics.run_out`.

    Days are those of the account of the trunk, whatever the zone of the others. The times in the table are on the clock
    of `loaded.zone`.
    """
    rows: list[dict[str, Any]] = []
    with Archive.open(loaded.url) as archive:
        for account in loaded.accounts:
            latest = {reading.trunk: reading for reading in archive.credits(account.account)}
            for trunk, reading in latest.items():
                paid = archive.frame(accounts=[account.account], since=reading.at - _HISTORY, until=reading.at)
                own = paid[paid["trunk"] == trunk]
                zone = ZoneInfo(account.zone)
                forecast = cost.run_out(own, reading.credit, reading.at, zone=zone, expires_at=reading.expires_at)
                row = {"account": account.account, "trunk": trunk, "read": reading.at}
                row |= {"credit": reading.credit.amount, "currency": reading.credit.currency}
                if forecast is not None:
                    row |= {"runs_out": forecast.at, "earliest": forecast.earliest, "latest": forecast.latest}
                    row["per_day"] = forecast.daily_burn.amount
                rows.append(row)
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    for column in _TIMES:
        table[column] = pd.to_datetime(table[column], utc=True).dt.tz_convert(loaded.zone)
    return table
