"""The report of a month on one page: gathers what is known of the month and around it, for `trunkline.publish`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trunkline import publish
from trunkline.errors import ConfigError
from trunkline.model import Money

from . import bill, credit, forecast, history, home
from .building import rows_of

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from trunkline.periods import Period
    from trunkline.rates import RateCard

    from .chosen import Selection as Calls

# What a day usually costs is learned from the 84 days that end a week before it; a day more for other zones.
_BEFORE = timedelta(days=93)


def report(
    calls: Calls, path: str | Path, *, language: str, card: RateCard | str | Path | None, region: str | None
) -> Path:
    """Write the report of the month of the calls."""
    publish.check_target(path, language)
    found = gathered(calls, card, region)
    return publish.write(path, found, language=language)


def gathered(calls: Calls, card: RateCard | str | Path | None, region: str | None) -> publish.Material:
    """Return the calls of the month with those around it, the days that are known whole, and the credits."""
    publish.check_month(calls.period, _today(calls))
    rates = None if card is None else _card(calls, card)
    here = home.here(calls.accounts, region)
    if calls.source is None:
        return _material(calls, calls, None, rates, here)
    assert calls.period.first is not None  # noqa: S101 - a month has both ends
    previous = _previous(calls)
    around = history.between(calls, calls.period.first - _BEFORE, None)
    return _material(calls, around, previous, rates, here)


def _card(calls: Calls, card: RateCard | str | Path) -> RateCard:
    try:
        return bill.read(calls, card)
    except OSError as error:
        msg = f"can't read the rate card {card} ({error.strerror or type(error).__name__})"
        raise ConfigError(msg) from None


def _today(calls: Calls) -> date:
    zone = ZoneInfo(calls.accounts[0].zone if calls.accounts else "UTC")
    return calls.now.astimezone(zone).date()


def _previous(calls: Calls) -> Period | None:
    try:
        return calls.period.previous()
    except ConfigError:
        return None  # the first month of the calendars that are read


def _material(
    calls: Calls, around: Calls, previous: Period | None, card: RateCard | None, region: str | None
) -> publish.Material:
    known: tuple[date, date] | None = None
    unread: frozenset[date] = frozenset()
    if previous is not None and previous.first is not None and calls.period.end is not None:
        known, unread = history.whole_days(around, previous.first, calls.period.end)
    return publish.Material(
        frame=calls.frame,
        period=calls.period,
        now=calls.now,
        around=around.frame,
        accounts=calls.accounts,
        gaps=calls.gaps or {},
        mask=calls.masking,
        previous=previous,
        known=known,
        unread=unread,
        credits=_credits(calls, around),
        card=card,
        region=region,
        twice=sum(calls.twice.counts().values()),
        chosen=tuple(column for column, _ in calls.chosen if column != "account"),
    )


def _credits(calls: Calls, around: Calls) -> tuple[publish.Credit, ...]:
    """Return the last credit of each trunk, with the forecast of when it runs out."""
    if calls.source is None:
        return ()
    # The readings are in the order of their times: the last one of a trunk stays.
    expiry = {(row["account"], row["trunk"]): row["expires_at"] for row in rows_of(credit.credit(around).frame)}
    return tuple(
        publish.Credit(
            account=row["account"],
            trunk=row["trunk"],
            credit=Money(row["credit"], row["currency"]),
            read_at=row["read_at"],
            runs_out=None if row["expires_first"] else row["runs_out_at"],
            earliest=row["earliest"],
            latest=row["latest"],
            expires_at=expiry.get((row["account"], row["trunk"])),
        )
        for row in rows_of(forecast.ahead(calls).frame)
        if row["trunk"] is not None and row["credit"] is not None
    )
