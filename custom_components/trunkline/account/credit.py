"""Credit of an account's trunks: archives each reading, and remembers the last one where replies seldom state it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from homeassistant.util import dt as dt_util

if TYPE_CHECKING:
    from trunkline.archive import Archive, CreditReading
    from trunkline.model import Billing, Trunk


class CreditReadings:
    """The credit readings of one account. Runs in the executor, one call at a time."""

    def __init__(self, archive: Archive, account_key: str) -> None:
        """Keep the readings in the archive."""
        self._archive = archive
        self._account_key = account_key
        self._last: dict[str, CreditReading] = {}

    def record(self, trunks: tuple[Trunk, ...], billing: Billing | None) -> tuple[Trunk, ...]:
        """Archive the credit, and return the trunks with the last known credit of each; raises `ArchiveError`.

        The credit that a reply to another request stated (`billing`) is used where the account has a single trunk.
        """
        if billing is not None and billing.remaining_credit is not None and len(trunks) == 1:
            reading = replace(trunks[0], credit=billing.remaining_credit)
            self._archive.record_credit(self._account_key, [reading], billing.at)
        self._archive.record_credit(self._account_key, trunks, dt_util.utcnow())
        return tuple(trunk if trunk.credit is not None else self._with_last_credit(trunk) for trunk in trunks)

    def _with_last_credit(self, trunk: Trunk) -> Trunk:
        last = self._last.get(trunk.trunk_id)
        readings = self._archive.credits(self._account_key, trunk.trunk_id, last.at if last else None)
        if readings:
            last = self._last[trunk.trunk_id] = readings[-1]
        if last is None:
            return trunk
        return replace(trunk, credit=last.credit, credit_expires_at=trunk.credit_expires_at or last.expires_at)
