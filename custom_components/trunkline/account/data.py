"""What the entities of an account show, at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trunkline.metrics import DayFigures, OpenMissed
    from trunkline.model import Call, Extension, Money, Plan, Service, Voicemail

    from .figures import Figures, TrunkData
    from .history import HistoryState
    from .inventory import Equipment


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountData:
    """What the entities of an account show. Times are UTC; `trunks` is by trunk id."""

    figures: Figures
    equipment: Equipment
    last_sync: datetime | None
    requests_today: int
    history: HistoryState

    @property
    def today(self) -> DayFigures:
        """The counts of today's calls, in the account's zone."""
        return self.figures.today

    @property
    def cost_today(self) -> Money | None:
        """What today's calls cost so far."""
        return self.figures.cost_today

    @property
    def cost_month(self) -> Money | None:
        """What this month's calls cost so far; None while the history is being read."""
        return self.figures.cost_month

    @property
    def open_missed(self) -> OpenMissed:
        """The missed calls that nobody has dealt with."""
        return self.figures.open_missed

    @property
    def last_call(self) -> Call | None:
        """The call that started last."""
        return self.figures.last_call

    @property
    def trunks(self) -> Mapping[str, TrunkData]:
        """The trunks with their credit and when it will be used up."""
        return self.figures.trunks

    @property
    def services(self) -> tuple[Service, ...]:
        """The subscribed services, where the provider has such."""
        return self.equipment.services

    @property
    def operators(self) -> tuple[Extension, ...]:
        """The internal numbers with who is behind them."""
        return self.equipment.extensions

    @property
    def extensions(self) -> tuple[str, ...]:
        """The internal numbers."""
        return tuple(extension.number for extension in self.operators)

    @property
    def plans(self) -> Mapping[str, Plan]:
        """The packages with the days that are left of them, by plan id."""
        return {plan.plan_id: plan for plan in self.equipment.plans or ()}

    @property
    def voicemails(self) -> tuple[Voicemail, ...] | None:
        """The messages of the last weeks; None where they can't be told."""
        return self.equipment.voicemails
