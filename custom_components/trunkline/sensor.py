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
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfTime
from homeassistant.util import dt as dt_util

from trunkline.metrics import Ratio, days_left
from trunkline.model import Money

from .const import CURRENCY_RIAL, CURRENCY_TOMAN
from .entity import TrunkEntity, TrunklineEntity, add_trunk_entities
from .events import call_details, event_type
from .money import display_currency, shown
from .push import PushState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from trunkline.model import Call

    from .coordinator import AccountData, TrunklineConfigEntry, TrunklineCoordinator
    from .figures import TrunkData

PARALLEL_UPDATES = 0

type Value = str | float | datetime | Money | None


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """A sensor of the account; `today` marks a figure that begins anew at midnight."""

    value_fn: Callable[[AccountData, TrunklineCoordinator], Value]
    attributes_fn: Callable[[AccountData, TrunklineCoordinator], Mapping[str, Any]] | None = None
    since_fn: Callable[[AccountData], datetime] | None = None


@dataclass(frozen=True, kw_only=True)
class TrunkSensorDescription(SensorEntityDescription):
    """A sensor of a trunk."""

    value_fn: Callable[[TrunkData], Value]
    attributes_fn: Callable[[TrunkData], Mapping[str, Any]] | None = None


def _midnight(data: AccountData) -> datetime:
    return data.figures.midnight


def _month(data: AccountData) -> datetime:
    return data.figures.month_start


def _count(key: str) -> AccountSensorDescription:
    """Describe a count of today's calls, named as in `DayFigures`."""

    def value(data: AccountData, _: TrunklineCoordinator) -> int:
        count: int = getattr(data.today, key)
        return count

    return AccountSensorDescription(
        key=key,
        translation_key=key,
        state_class=SensorStateClass.TOTAL,
        since_fn=_midnight,
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
        value_fn=lambda data, _: data.today.talk_s,
    ),
    AccountSensorDescription(
        key="cost_today",
        translation_key="cost_today",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        since_fn=_midnight,
        value_fn=lambda data, _: data.cost_today,
    ),
    AccountSensorDescription(
        key="cost_month",
        translation_key="cost_month",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        since_fn=_month,
        value_fn=lambda data, _: data.cost_month,
    ),
    AccountSensorDescription(
        key="open_missed_callers",
        translation_key="open_missed_callers",
        state_class=SensorStateClass.MEASUREMENT,
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
        value_fn=lambda data: data.trunk.credit_expires_at,
    ),
    TrunkSensorDescription(
        key="credit_runs_out",
        translation_key="credit_runs_out",
        device_class=SensorDeviceClass.TIMESTAMP,
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
        value_fn=lambda data: round(days_left(data.run_out.at, dt_util.utcnow()), 1) if data.run_out else None,
    ),
)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


async def async_setup_entry(
    _hass: HomeAssistant, entry: TrunklineConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of the account and of its trunks."""
    coordinator = entry.runtime_data
    async_add_entities(AccountSensor(coordinator, description) for description in ACCOUNT_SENSORS)
    add_trunk_entities(
        entry,
        async_add_entities,
        lambda trunk_id: (TrunkSensor(coordinator, trunk_id, description) for description in TRUNK_SENSORS),
    )


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
