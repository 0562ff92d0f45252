"""The archive's own counts and sums by SQL, to check figures by: nothing of them goes through the reports."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import bindparam, create_engine, text

from trunkline import exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Row

    from .notebook import Loaded

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURRENCY = "COALESCE(calls.currency, (SELECT accounts.currency FROM accounts WHERE accounts.account = calls.account))"


def archived_totals(loaded: Loaded) -> pd.DataFrame:
    """Return calls, priced calls and the sum of prices by status and currency, as SQL counts them in the archive."""
    found: dict[tuple[str, str | None], list[Any]] = {}
    columns = f"status, {_CURRENCY} AS own_currency, price_scale"
    for status, currency, scale, count, priced, units in _counted(
        loaded, columns, "COUNT(*), COUNT(price), SUM(price)", "status, own_currency, price_scale"
    ):
        line = found.setdefault((status, currency), [0, 0, Decimal(0)])
        line[0] += count
        line[1] += priced
        line[2] = exact.add(line[2], exact.scaled(int(units or 0), scale))
    lines = [(*key, *line) for key, line in sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or ""))]
    return pd.DataFrame(lines, columns=["status", "currency", "calls", "priced", "cost"])


def archived_counts(loaded: Loaded) -> pd.DataFrame:
    """Return calls, missed calls and the talk of answered ones by account, as SQL counts them in the archive."""
    missed = "direction = 'incoming' AND status NOT IN ('answered', 'unknown')"
    sums = (
        f"COUNT(*), SUM(CASE WHEN {missed} THEN 1 ELSE 0 END), "
        "SUM(CASE WHEN status = 'answered' AND talk > 0 THEN talk ELSE 0 END)"
    )
    rows = [
        (account, int(calls), int(without), int(talk))
        for account, calls, without, talk in _counted(loaded, "account", sums, "account")
    ]
    return pd.DataFrame(sorted(rows), columns=["account", "calls", "missed", "talk_s"])


def _counted(loaded: Loaded, columns: str, sums: str, group: str) -> Sequence[Row[Any]]:
    query = f"SELECT {columns}, {sums} FROM calls WHERE account IN :accounts"  # noqa: S608  (no text of others)
    bound: dict[str, Any] = {"accounts": [each.account for each in loaded.accounts]}
    for name, moment, sign in (("since", loaded.since, ">="), ("until", loaded.until, "<")):
        if moment is not None:
            query += f" AND started_at {sign} :{name}"
            bound[name] = (moment - _EPOCH) // datetime.resolution
    statement = text(f"{query} GROUP BY {group}").bindparams(bindparam("accounts", expanding=True))
    with _engine(loaded.url) as connection:
        found: Sequence[Row[Any]] = connection.execute(statement, bound).all()
        return found


@contextmanager
def _engine(url: str) -> Iterator[Any]:
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
