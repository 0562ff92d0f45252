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

from trunkline import inert
from trunkline.metrics import Ratio, days_left
from trunkline.model import Capability, Money

from .account.attributes import first_rows, short_text, shortened
from .account.events import call_details, event_type, visible
from .account.inventory import unread
from .account.naming import plan_name
from .entity import TrunkEntity, TrunklineEntity, add_trunk_entities, display_unit_of, has_costs, has_credit
from .live_sensors import add_live_sensors
from .push.health import PushState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from trunkline.metrics import DayFigures
    from trunkline.model import Call, Plan
    from trunkline.providers import Account, ProviderInfo

    from .account.data import AccountData
    from .account.figures import TrunkData
    from .push.health import PushHealth
    from .runtime import AccountRuntime, TrunklineConfigEntry

PARALLEL_UPDATES = 0

type Value = str | float | datetime | Money | None


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """Describes a sensor of the account. `exists_fn` says whether the provider has it, `since_fn` when it was reset."""

    value_fn: Callable[[AccountData], Value]
    exists_fn: Callable[[Account], bool] = lambda _: True
    available_fn: Callable[[AccountData], bool] = lambda _: True
    attributes_fn: Callable[[AccountData], Mapping[str, Any]] | None = None
    since_fn: Callable[[AccountData], datetime] | None = None


@dataclass(frozen=True, kw_only=True)
class TrunkSensorDescription(SensorEntityDescription):
    """Describes a sensor of a trunk. `exists_fn` says when a trunk gets it."""

    value_fn: Callable[[TrunkData], Value]
    exists_fn: Callable[[TrunkData, ProviderInfo], bool] = has_credit
    attributes_fn: Callable[[TrunkData], Mapping[str, Any]] | None = None


def _midnight(data: AccountData) -> datetime:
    return data.midnight


def _month(data: AccountData) -> datetime:
    return data.month_start


def _prices(account: Account) -> bool:
    return account.info.prices


def _outcomes(account: Account) -> bool:
    return account.info.outcomes


def _outcomes_known(today: DayFigures) -> bool:
    return not today.calls or today.unknown < today.calls


def _directions_known(today: DayFigures) -> bool:
    return not today.calls or today.undirected < today.calls


_BY_OUTCOME = ("answered", "busy", "no_answer", "congestion")
_BY_DIRECTION = ("incoming", "outgoing")
# What has to be known of today's calls before a count is more than a guess.
_KNOWN: Mapping[str, tuple[Callable[[DayFigures], bool], ...]] = {
    "calls": (),
    "missed": (_outcomes_known, _directions_known),
    **dict.fromkeys(_BY_OUTCOME, (_outcomes_known,)),
    **dict.fromkeys(_BY_DIRECTION, (_directions_known,)),
}


def _count(key: str) -> AccountSensorDescription:
    """Describe a count of today's calls, named as in `DayFigures`; unknown if no call record says what is counted."""

    def value(data: AccountData) -> int | None:
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


def _callers(data: AccountData) -> dict[str, Any]:
    """List who waits for a call back: each number once, with the number of calls and the time of the last.

    The list has those who called last; `more` is how many others there are.
    """
    listed = first_rows(
        {
            "number": visible(caller.party.number),
            "e164": caller.party.e164,
            "name": visible(caller.party.name),
            "calls": caller.calls,
            "last": caller.last.isoformat(),
        }
        for caller in data.missed_callers.waiting
    )
    return {
        "calls": len(data.open_missed.calls),
        "withheld": data.open_missed.withheld,
        "callers": listed,
        "more": len(data.missed_callers.waiting) - len(listed),
    }


def _talk_time(data: AccountData) -> int | None:
    today = data.today
    if not _outcomes_known(today) or (today.answered and today.untimed == today.answered):
        return None
    return today.talk_s


def _unread(data: AccountData) -> int | None:
    return None if data.voicemails is None else unread(data.voicemails)


def _voicemails(data: AccountData) -> dict[str, Any]:
    """Return the number of messages, read ones included, and when the newest was received."""
    messages = data.voicemails or ()
    newest = max((message.received_at for message in messages if message.received_at is not None), default=None)
    return {"messages": len(messages), "newest": newest.isoformat() if newest else None}


def _last_call(data: AccountData) -> dict[str, Any]:
    call: Call | None = data.last_call
    if call is None:
        return {}
    return {"outcome": event_type(call), **shortened(call_details(call)), "confirmed": data.last_call_confirmed}


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
        value_fn=lambda data: data.today.asr.percent if data.today.asr else None,
        attributes_fn=lambda data: _ratio_attributes(data.today.asr),
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
        value_fn=lambda data: data.cost_today,
    ),
    AccountSensorDescription(
        key="cost_month",
        translation_key="cost_month",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        since_fn=_month,
        exists_fn=_prices,
        value_fn=lambda data: data.cost_month,
    ),
    AccountSensorDescription(
        key="open_missed_callers",
        translation_key="open_missed_callers",
        state_class=SensorStateClass.MEASUREMENT,
        exists_fn=_outcomes,
        value_fn=lambda data: data.open_missed.callers,
        attributes_fn=_callers,
    ),
    AccountSensorDescription(
        key="last_call",
        translation_key="last_call",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda data: data.last_call.finished_at if data.last_call else None,
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
        value_fn=lambda data: data.last_sync,
    ),
    AccountSensorDescription(
        key="requests_today",
        translation_key="requests_today",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda data: data.requests_today,
    ),
    AccountSensorDescription(
        key="history",
        translation_key="history",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda data: data.history.percent,
        attributes_fn=lambda data: {
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
        value_fn=lambda data: _hour(data.run_out.at) if data.run_out else None,
        attributes_fn=lambda data: (
            {
                "earliest": _hour(data.run_out.earliest),
                "latest": _hour(data.run_out.latest),
                "expires_first": data.run_out.expires_first,
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
        value_fn=lambda data: (
            round(days_left(data.run_out.at, dt_util.utcnow()), 1) if data.run_out and data.run_out.at else None
        ),
    ),
)

PUSH = SensorEntityDescription(
    key="push",
    translation_key="push",
    device_class=SensorDeviceClass.ENUM,
    options=[state.value for state in PushState],
    entity_category=EntityCategory.DIAGNOSTIC,
)

PLAN = SensorEntityDescription(
    key="plan",
    translation_key="plan",
    device_class=SensorDeviceClass.DURATION,
    native_unit_of_measurement=UnitOfTime.DAYS,
    suggested_display_precision=0,
    state_class=SensorStateClass.MEASUREMENT,
)


def _hour(moment: datetime | None) -> datetime | None:
    """Return the hour: an estimate isn't exact to the minute, and would change with each poll."""
    return moment.replace(minute=0, second=0, microsecond=0) if moment else None


async def async_setup_entry(
    hass: HomeAssistant, entry: TrunklineConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of the account, of its plans, phones, queues and trunks, as far as the provider has them."""
    runtime = entry.runtime_data
    async_add_entities(
        AccountSensor(runtime, description) for description in ACCOUNT_SENSORS if description.exists_fn(runtime.account)
    )
    if runtime.account.supports(Capability.PARSE_PUSH):
        async_add_entities([PushSensor(runtime, PUSH)])
    _add_plans(hass, entry, async_add_entities)
    add_live_sensors(hass, entry, async_add_entities)
    add_trunk_entities(
        Platform.SENSOR,
        entry,
        async_add_entities,
        TRUNK_SENSORS,
        lambda trunk_id, description: TrunkSensor(runtime, trunk_id, description),
    )


def _add_plans(
    hass: HomeAssistant, entry: TrunklineConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add a sensor for each plan, also for one that is added later, and remove those of plans that are gone."""
    runtime = entry.runtime_data
    registry = er.async_get(hass)
    prefix = f"{runtime.account_key}_{PLAN.key}_"
    known: set[str] = set()

    def update() -> None:
        plans = runtime.coordinator.data.plans
        if plans is None:
            return
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
            if entity.unique_id.startswith(prefix) and entity.unique_id.removeprefix(prefix) not in plans:
                registry.async_remove(entity.entity_id)
        new = plans.keys() - known
        known.intersection_update(plans)
        known.update(new)
        if new:
            async_add_entities(PlanSensor(runtime, plans[plan_id]) for plan_id in sorted(new))

    update()
    entry.async_on_unload(runtime.coordinator.async_add_listener(update))


class _AmountSensor(SensorEntity):
    """A sensor whose amounts are in the unit that the user chose."""

    _runtime: AccountRuntime

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        if self.device_class is SensorDeviceClass.MONETARY:
            return display_unit_of(self._runtime).code
        return super().native_unit_of_measurement

    @property
    @override
    def suggested_display_precision(self) -> int | None:
        if self.device_class is SensorDeviceClass.MONETARY:
            return display_unit_of(self._runtime).digits
        return super().suggested_display_precision

    def _in_unit(self, value: Value) -> Any:
        return display_unit_of(self._runtime).amount(value) if isinstance(value, Money) else value


class AccountSensor(TrunklineEntity, _AmountSensor):
    """A figure of the account."""

    entity_description: AccountSensorDescription
    # Lists of calls are for dashboards and automations; the archive keeps them for good.
    _unrecorded_attributes = frozenset({"callers"})

    @property
    @override
    def available(self) -> bool:
        return super().available and self.entity_description.available_fn(self._data)

    @property
    @override
    def native_value(self) -> Any:
        return self._in_unit(self.entity_description.value_fn(self._data))

    @property
    @override
    def last_reset(self) -> datetime | None:
        since = self.entity_description.since_fn
        return since(self._data) if since else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        attributes = self.entity_description.attributes_fn
        return self._runtime.reports.shown(attributes(self._data)) if attributes else None


class PushSensor(TrunklineEntity, SensorEntity):
    """Whether calls are pushed, with counters."""

    @property
    def _push(self) -> PushHealth:
        return self._runtime.push

    @property
    @override
    def native_value(self) -> str:
        return self._push.state.value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        return {
            "deliveries": self._push.deliveries,
            "refused": self._push.refusals.total(),
            "lost": self._push.lost,
            "last_delivery": self._push.last_delivery,
        }


class PlanSensor(TrunklineEntity, SensorEntity):
    """The days that are left of a plan."""

    def __init__(self, runtime: AccountRuntime, plan: Plan) -> None:
        """Have the name of the plan."""
        super().__init__(runtime, PLAN, plan.plan_id)
        self._plan_id = plan.plan_id
        plans = (runtime.coordinator.data.plans or {}).values() if runtime.devices.title else ()
        self._attr_translation_placeholders = {"plan": short_text(inert.plain(plan_name(plan, plans)))}

    @property
    def _plan(self) -> Plan | None:
        return (self._data.plans or {}).get(self._plan_id)

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
        return shortened({"status": visible(self._plan.status)}) if self._plan else None


class TrunkSensor(TrunkEntity, _AmountSensor):
    """A figure of a trunk."""

    entity_description: TrunkSensorDescription

    @property
    @override
    def native_value(self) -> Any:
        return self._in_unit(self.entity_description.value_fn(self._trunk_data))

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        attributes = self.entity_description.attributes_fn
        return attributes(self._trunk_data) if attributes else None
