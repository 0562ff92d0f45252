"""The sensors: today's calls and costs of the account, and the credit of each trunk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory, Platform, UnitOfTime
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from trunkline.metrics import Ratio, days_left
from trunkline.model import Capability, Money

from .account.amounts import display_currency, shown
from .account.events import call_details, event_type
from .account.inventory import unread
from .const import CURRENCY_RIAL, CURRENCY_TOMAN
from .entity import TrunkEntity, TrunklineEntity, add_trunk_entities, has_costs, has_credit
from .push.health import PushState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from trunkline.metrics import DayFigures
    from trunkline.model import Call, Plan
    from trunkline.providers import Account

    from .account.data import AccountData
    from .account.figures import TrunkData
    from .coordinator import TrunklineConfigEntry, TrunklineCoordinator

PARALLEL_UPDATES = 0

type Value = str | float | datetime | Money | None


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """A sensor of the account, where its provider tells such a thing; `since_fn` is when its figure began anew."""

    value_fn: Callable[[AccountData, TrunklineCoordinator], Value]
    exists_fn: Callable[[Account], bool] = lambda _: True
    available_fn: Callable[[AccountData], bool] = lambda _: True
    attributes_fn: Callable[[AccountData, TrunklineCoordinator], Mapping[str, Any]] | None = None
    since_fn: Callable[[AccountData], datetime] | None = None


@dataclass(frozen=True, kw_only=True)
class TrunkSensorDescription(SensorEntityDescription):
    """A sensor of a trunk."""

    value_fn: Callable[[TrunkData], Value]
    exists_fn: Callable[[TrunkData, TrunklineCoordinator], bool] = has_credit
    attributes_fn: Callable[[TrunkData], Mapping[str, Any]] | None = None


def _midnight(data: AccountData) -> datetime:
    return data.figures.midnight


def _month(data: AccountData) -> datetime:
    return data.figures.month_start


def _prices(account: Account) -> bool:
    return account.info.prices


def _outcomes(account: Account) -> bool:
    return account.info.outcomes


def _pushes(account: Account) -> bool:
    return account.supports(Capability.PARSE_PUSH)


def _outcomes_known(today: DayFigures) -> bool:
    return not today.calls or today.unknown < today.calls


def _directions_known(today: DayFigures) -> bool:
    return not today.calls or today.undirected < today.calls


_BY_OUTCOME = ("answered", "busy", "no_answer", "congestion")
_BY_DIRECTION = ("incoming", "outgoing")
# What has to be known of today's calls before a count of them means anything.
_KNOWN: Mapping[str, tuple[Callable[[DayFigures], bool], ...]] = {
    "calls": (),
    "missed": (_outcomes_known, _directions_known),
    **dict.fromkeys(_BY_OUTCOME, (_outcomes_known,)),
    **dict.fromkeys(_BY_DIRECTION, (_directions_known,)),
}


def _count(key: str) -> AccountSensorDescription:
    """Describe a count of today's calls, named as in `DayFigures`; unknown where no call tells what is counted."""

    def value(data: AccountData, _: TrunklineCoordinator) -> int | None:
        count: int = getattr(data.today, key)
        return count if all(known(data.today) for known in _KNOWN[key]) else None

    return AccountSensorDescription(
        key=key,
        translation_key=key,
        state_class=SensorStateClass.TOTAL,
        since_fn=_midnight,
        exists_fn=_outcomes if _outcomes_known in _KNOWN[key] else lambda _: True,
        value_fn=value,
    )


def _ratio_attributes(ratio: Ratio | None) -> dict[str, Any]:
    if ratio is None:
        return {}
    return {
        "lowest": round(100 * ratio.low, 1),
        "highest": round(100 * ratio.high, 1),
        "answered": ratio.k,
        "attempts": ratio.n,
    }


def _callers(data: AccountData, _: TrunklineCoordinator) -> dict[str, Any]:
    """List who waits for a call back: each number once, with how often and when it tried."""
    rows: dict[str, dict[str, Any]] = {}
    for call in data.open_missed.calls:
        number = call.source.e164 or call.source.number or ""
        row = rows.setdefault(
            number,
            {
                "number": call.source.number,
                "e164": call.source.e164,
                "name": call.source.name,
                "calls": 0,
                "last": call.started_at.isoformat() if call.started_at else None,
            },
        )
        row["calls"] += 1
    return {
        "calls": len(data.open_missed.calls),
        "withheld": data.open_missed.withheld,
        "callers": list(rows.values()),
    }


def _talk_time(data: AccountData, _: TrunklineCoordinator) -> int | None:
    today = data.today
    if not _outcomes_known(today) or (today.answered and today.untimed == today.answered):
        return None
    return today.talk_s


def _unread(data: AccountData, _: TrunklineCoordinator) -> int | None:
    return None if data.voicemails is None else unread(data.voicemails)


def _voicemails(data: AccountData, _: TrunklineCoordinator) -> dict[str, Any]:
    """Tell how many messages there are in all, and when the newest came in."""
    messages = data.voicemails or ()
    newest = max((one.received_at for one in messages if one.received_at is not None), default=None)
    return {"messages": len(messages), "newest": newest.isoformat() if newest else None}


def _last_call(data: AccountData, _: TrunklineCoordinator) -> dict[str, Any]:
    call: Call | None = data.last_call
    return {} if call is None else {"outcome": event_type(call), **call_details(call)}


ACCOUNT_SENSORS: tuple[AccountSensorDescription, ...] = (
    *(
        _count(key)
        for key in ("calls", "answered", "missed", "busy", "no_answer", "congestion", "incoming", "outgoing")
    ),
    AccountSensorDescription(
        key="answer_ratio",
        translation_key="answer_ratio",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        exists_fn=_outcomes,
        value_fn=lambda data, _: data.today.asr.percent if data.today.asr else None,
        attributes_fn=lambda data, _: _ratio_attributes(data.today.asr),
    ),
    AccountSensorDescription(
        key="talk_time",
        translation_key="talk_time",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        state_class=SensorStateClass.TOTAL,
        since_fn=_midnight,
        exists_fn=_outcomes,
        value_fn=_talk_time,
    ),
    AccountSensorDescription(
        key="cost_today",
        translation_key="cost_today",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        since_fn=_midnight,
        exists_fn=_prices,
        value_fn=lambda data, _: data.cost_today,
    ),
    AccountSensorDescription(
        key="cost_month",
        translation_key="cost_month",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        since_fn=_month,
        exists_fn=_prices,
        value_fn=lambda data, _: data.cost_month,
    ),
    AccountSensorDescription(
        key="open_missed_callers",
        translation_key="open_missed_callers",
        state_class=SensorStateClass.MEASUREMENT,
        exists_fn=_outcomes,
        value_fn=lambda data, _: data.open_missed.callers,
        attributes_fn=_callers,
    ),
    AccountSensorDescription(
        key="last_call",
        translation_key="last_call",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda data, _: data.last_call.started_at if data.last_call else None,
        attributes_fn=_last_call,
    ),
    AccountSensorDescription(
        key="voicemails",
        translation_key="voicemails",
        state_class=SensorStateClass.MEASUREMENT,
        exists_fn=lambda account: account.supports(Capability.VOICEMAILS),
        available_fn=lambda data: data.voicemails is not None,
        value_fn=_unread,
        attributes_fn=_voicemails,
    ),
    AccountSensorDescription(
        key="last_sync",
        translation_key="last_sync",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda data, _: data.last_sync,
    ),
    AccountSensorDescription(
        key="requests_today",
        translation_key="requests_today",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda data, _: data.requests_today,
    ),
    AccountSensorDescription(
        key="push",
        translation_key="push",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in PushState],
        entity_category=EntityCategory.DIAGNOSTIC,
        exists_fn=_pushes,
        value_fn=lambda _, coordinator: coordinator.push.state.value,
        attributes_fn=lambda _, coordinator: {
            "deliveries": coordinator.push.deliveries,
            "refused": coordinator.push.refusals.total(),
            "lost": coordinator.push.lost,
            "last_delivery": coordinator.push.last_delivery,
        },
    ),
    AccountSensorDescription(
        key="history",
        translation_key="history",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda data, _: data.history.percent,
        attributes_fn=lambda data, _: {
            "running": data.history.running,
            "read": data.history.read,
            "total": data.history.total,
        },
    ),
)

TRUNK_SENSORS: tuple[TrunkSensorDescription, ...] = (
    TrunkSensorDescription(
        key="credit",
        translation_key="credit",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        value_fn=lambda data: data.trunk.credit,
    ),
    TrunkSensorDescription(
        key="credit_expires",
        translation_key="credit_expires",
        device_class=SensorDeviceClass.TIMESTAMP,
        exists_fn=lambda data, _: data.trunk.credit_expires_at is not None,
        value_fn=lambda data: data.trunk.credit_expires_at,
    ),
    TrunkSensorDescription(
        key="credit_runs_out",
        translation_key="credit_runs_out",
        device_class=SensorDeviceClass.TIMESTAMP,
        exists_fn=has_costs,
        # Nobody knows it to the minute, and each poll would move it by one.
        value_fn=lambda data: _hour(data.run_out.at) if data.run_out else None,
        attributes_fn=lambda data: (
            {
                "earliest": _hour(data.run_out.earliest),
                "latest": _hour(data.run_out.latest) if data.run_out.latest else None,
                "days_of_history": data.run_out.days,
            }
            if data.run_out
            else {}
        ),
    ),
    TrunkSensorDescription(
        key="days_left",
        translation_key="days_left",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.DAYS,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        exists_fn=has_costs,
        value_fn=lambda data: round(days_left(data.run_out.at, dt_util.utcnow()), 1) if data.run_out else None,
    ),
)


PLAN = SensorEntityDescription(
    key="plan",
    translation_key="plan",
    device_class=SensorDeviceClass.DURATION,
    native_unit_of_measurement=UnitOfTime.DAYS,
    suggested_display_precision=0,
    state_class=SensorStateClass.MEASUREMENT,
)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


async def async_setup_entry(
    _hass: HomeAssistant, entry: TrunklineConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of the account, of its plans and of its trunks, as far as the provider tells them."""
    coordinator = entry.runtime_data
    async_add_entities(
        AccountSensor(coordinator, description)
        for description in ACCOUNT_SENSORS
        if description.exists_fn(coordinator.account)
    )
    _add_plans(entry, async_add_entities)
    add_trunk_entities(
        Platform.SENSOR,
        entry,
        async_add_entities,
        TRUNK_SENSORS,
        lambda trunk_id, description: TrunkSensor(coordinator, trunk_id, description),
    )


def _add_plans(entry: TrunklineConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add a sensor for each plan that is there and that comes later, and take away those of plans that are gone."""
    coordinator = entry.runtime_data
    known: set[str] = set()

    def keep_up() -> None:
        if coordinator.data.equipment.plans is None:
            return
        there = coordinator.data.plans
        new = there.keys() - known
        registry = er.async_get(coordinator.hass)
        prefix = f"{coordinator.account_key}_{PLAN.key}_"
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
            if entity.unique_id.startswith(prefix) and entity.unique_id.removeprefix(prefix) not in there:
                registry.async_remove(entity.entity_id)
        known.intersection_update(there)
        known.update(new)
        if new:
            async_add_entities(PlanSensor(coordinator, there[plan_id]) for plan_id in sorted(new))

    keep_up()
    entry.async_on_unload(coordinator.async_add_listener(keep_up))


class _Shown(SensorEntity):
    """Turns amounts into the unit that the person chose."""

    coordinator: TrunklineCoordinator

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        if self.device_class is SensorDeviceClass.MONETARY:
            return display_currency(self.coordinator)
        return super().native_unit_of_measurement

    @property
    @override
    def suggested_display_precision(self) -> int | None:
        if self.device_class is SensorDeviceClass.MONETARY:
            # Nobody has seen a coin of a hundredth of a rial; other currencies are shown as Home Assistant does.
            return 0 if display_currency(self.coordinator) in {CURRENCY_RIAL, CURRENCY_TOMAN} else None
        return super().suggested_display_precision

    def _shown(self, value: Value) -> Any:
        return shown(value, display_currency(self.coordinator)) if isinstance(value, Money) else value


class AccountSensor(TrunklineEntity, _Shown):
    """A figure of the account."""

    entity_description: AccountSensorDescription
    # Lists of calls are for dashboards and automations; the archive has them for good.
    _unrecorded_attributes = frozenset({"callers"})

    @property
    @override
    def available(self) -> bool:
        return super().available and self.entity_description.available_fn(self.coordinator.data)

    @property
    @override
    def native_value(self) -> Any:
        return self._shown(self.entity_description.value_fn(self.coordinator.data, self.coordinator))

    @property
    @override
    def last_reset(self) -> datetime | None:
        since = self.entity_description.since_fn
        return since(self.coordinator.data) if since else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        attributes = self.entity_description.attributes_fn
        return attributes(self.coordinator.data, self.coordinator) if attributes else None


class PlanSensor(TrunklineEntity, SensorEntity):
    """The days that are left of a plan."""

    def __init__(self, coordinator: TrunklineCoordinator, plan: Plan) -> None:
        """Be named like the plan."""
        super().__init__(coordinator, PLAN, plan.plan_id)
        self._plan_id = plan.plan_id
        self._attr_translation_placeholders = {"plan": plan.name or plan.plan_id}

    @property
    def _plan(self) -> Plan | None:
        return self.coordinator.data.plans.get(self._plan_id)

    @property
    @override
    def available(self) -> bool:
        return super().available and self._plan is not None

    @property
    @override
    def native_value(self) -> int | None:
        return self._plan.days_left if self._plan else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        return {"status": self._plan.status} if self._plan else None


class TrunkSensor(TrunkEntity, _Shown):
    """A figure of a trunk."""

    entity_description: TrunkSensorDescription

    @property
    @override
    def native_value(self) -> Any:
        return self._shown(self.entity_description.value_fn(self._data))

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        attributes = self.entity_description.attributes_fn
        return attributes(self._data) if attributes else None
