"""The figures that triggers watch and conditions check: credit, spending, pushed calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trunkline.metrics import days_left

from ..account.amounts import display_unit
from ..push.health import PushState
from .options import AMOUNT, DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from ..account.amounts import AmountUnit
    from ..runtime import AccountRuntime


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether something holds for a trunk or, without one, for the account. None where that is unknown."""

    trunk_id: str | None = field(repr=False)
    holds: bool | None
    details: Mapping[str, Any] = field(default_factory=dict)
    """What automations are told, as plain values."""


def credit_below(runtime: AccountRuntime, options: Mapping[str, Any], _now: datetime) -> Iterator[Finding]:
    """Find the trunks whose credit is less than an amount in the unit in which amounts are displayed."""
    unit = _unit(runtime)
    below = Decimal(str(options[AMOUNT]))
    for trunk_id, data in runtime.coordinator.data.trunks.items():
        credit = unit.amount(data.trunk.credit)
        holds = None if credit is None else credit < below
        yield Finding(trunk_id, holds, {} if credit is None else {"credit": float(credit), "unit": unit.code})


def runs_out_within(runtime: AccountRuntime, options: Mapping[str, Any], now: datetime) -> Iterator[Finding]:
    """Find the trunks whose credit is used up, or expires, within some days."""
    limit = timedelta(days=options[DAYS])
    for trunk_id, data in runtime.coordinator.data.trunks.items():
        if data.run_out is None:
            yield Finding(trunk_id, None)
        elif (at := data.run_out.at) is None:
            # It lasts for years.
            yield Finding(trunk_id, holds=False)
        else:
            details = {"runs_out_at": at.isoformat(), "days_left": round(days_left(at, now), 1)}
            yield Finding(trunk_id, at - now <= limit, details)


def unusual_spend(runtime: AccountRuntime, _options: Mapping[str, Any], _now: datetime) -> Iterator[Finding]:
    """Find the trunks on which today has cost much more than usual."""
    unit = _unit(runtime)
    for trunk_id, data in runtime.coordinator.data.trunks.items():
        if data.spend is None:
            yield Finding(trunk_id, None)
            continue
        amounts = {"cost_today": unit.amount(data.spend.spend), "usual_cost": unit.amount(data.spend.usual)}
        plain = {name: None if amount is None else round(float(amount), 4) for name, amount in amounts.items()}
        yield Finding(trunk_id, data.spend.unusual, {**plain, "unit": unit.code})


def push_silent(runtime: AccountRuntime, _options: Mapping[str, Any], _now: datetime) -> Iterator[Finding]:
    """Find whether calls are no longer pushed. That is unknown until one was, or was found to be missing."""
    state = runtime.push.state
    holds = None if state is PushState.SILENT else state is PushState.LOSING
    yield Finding(None, holds, {"lost": runtime.push.lost})


def _unit(runtime: AccountRuntime) -> AmountUnit:
    coordinator = runtime.coordinator
    return display_unit(runtime.account.info, coordinator.data.currency, coordinator.config_entry.options)
