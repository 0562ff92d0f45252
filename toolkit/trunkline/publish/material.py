"""What a month's report is made from: the calls of the month, those around it, credits and a rate card."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from trunkline.archive.named import titles_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from trunkline.archive import ArchivedAccount, Segment
    from trunkline.model import Money
    from trunkline.periods import Period
    from trunkline.rates import RateCard
    from trunkline.reports.masking import Mask


@dataclass(frozen=True, slots=True)
class Credit:
    """The credit of a trunk: when it was read, and until when it lasts (UTC). What isn't known is None.

    `runs_out` is the forecast, `earliest` and `latest` its 80 % interval; `expires_at` is what the provider states.
    """

    account: str
    trunk: str
    credit: Money
    read_at: datetime
    runs_out: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """The calls of a month and what is known beside them.

    `around` are the calls from well before the month until `now` (aware), at least those of the month: what is usual,
    what was before and who was called back is found in them. `previous` is the month before, None to compare with
    nothing, and `known` the local days (first, day after the last) that were read whole, less those that
    are `unread`. `region` is the ISO 3166 country of numbers without a country code. `twice` calls were recorded by two
    accounts and are in `frame` once; `chosen` are the columns by which the calls were chosen from all.
    """

    frame: Any
    period: Period
    now: datetime
    around: Any
    accounts: tuple[ArchivedAccount, ...] = ()
    gaps: Mapping[str, tuple[Segment, ...]] = field(default_factory=dict)
    mask: Mask = True
    previous: Period | None = None
    known: tuple[date, date] | None = None
    unread: frozenset[date] = frozenset()
    credits: tuple[Credit, ...] = ()
    card: RateCard | None = None
    region: str | None = None
    twice: int = 0
    chosen: tuple[str, ...] = ()

    def zone(self, account: str | None) -> ZoneInfo:
        """Return the zone of an account, UTC if it isn't known."""
        return ZoneInfo(next((each.zone for each in self.accounts if each.account == account), "UTC"))

    def title(self, account: str | None) -> str:
        """Return the title of an account."""
        return titles_of(self.accounts).get(account or "", account or "")

    @property
    def local_now(self) -> datetime:
        """The local time of `now`, on the clock of the first account."""
        zone = self.zone(self.accounts[0].account if self.accounts else None)
        return self.now.astimezone(zone).replace(tzinfo=None)

    @property
    def today(self) -> date:
        """The local day of `now`."""
        return self.local_now.date()
