"""The integration's small parts, without Home Assistant around them."""

from __future__ import annotations

import gc
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from homeassistant import config_entries
from homeassistant.exceptions import ConfigEntryAuthFailed, ServiceValidationError
from homeassistant.helpers.device_registry import DeviceInfo

from custom_components.trunkline import _bundle, compat
from custom_components.trunkline import errors as failures
from custom_components.trunkline.account import collector
from custom_components.trunkline.account.call_limit import CallLimit
from custom_components.trunkline.account.devices import trunk_of
from custom_components.trunkline.account.events import call_details, ended_at, event_type
from custom_components.trunkline.account.history import HistoryState, is_complete
from custom_components.trunkline.push.health import PushHealth, PushState
from trunkline import errors
from trunkline.archive import BEGINNING, Coverage, Segment
from trunkline.model import Call, Direction, Money, Party, Status

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def call(**more) -> Call:
    given = {
        "account": "telefonchy:1",
        "call_id": "1",
        "direction": Direction.INCOMING,
        "status": Status.ANSWERED,
        "started_at": NOON,
    }
    return Call(**given | more)


# The call limit


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_the_limit_counts_a_sliding_hour():
    clock = Clock()
    limit = CallLimit(clock, 2)
    limit.take()
    clock.seconds += 1800
    limit.take()
    assert limit.used == 2
    clock.seconds += 1799
    with pytest.raises(ServiceValidationError) as caught:
        limit.take()
    assert caught.value.translation_placeholders == {"limit": "2", "minutes": "1"}
    clock.seconds += 1
    limit.take()
    assert limit.used == 2


def test_a_refused_call_does_not_lengthen_the_wait():
    clock = Clock()
    limit = CallLimit(clock, 1)
    limit.take()
    for _ in range(5):
        clock.seconds += 600
        with pytest.raises(ServiceValidationError):
            limit.take()
    clock.seconds += 600
    limit.take()


def test_a_limit_without_calls_lets_none_through():
    with pytest.raises(ServiceValidationError):
        CallLimit(Clock(), 0).take()


# Events


@pytest.mark.parametrize(
    ("direction", "status", "expected"),
    [
        (Direction.INCOMING, Status.ANSWERED, "answered"),
        (Direction.INCOMING, Status.BUSY, "missed"),
        (Direction.INCOMING, Status.UNKNOWN, "unknown"),
        (Direction.OUTGOING, Status.NO_ANSWER, "no_answer"),
        (Direction.INTERNAL, Status.FAILED, "failed"),
        (None, Status.CONGESTION, "congestion"),
    ],
)
def test_only_an_incoming_call_can_be_missed(direction, status, expected):
    assert event_type(call(direction=direction, status=status)) == expected


def test_what_a_call_does_not_say_is_none():
    details = call_details(call(direction=None, started_at=None))
    assert {details[name] for name in ("direction", "started_at", "ended_at", "price", "currency", "source")} == {None}
    details = call_details(call(source=Party("0912"), price=Money(Decimal("1E+3"), "IRR")))
    assert (details["source"], details["price"], details["currency"]) == ("0912", "1000", "IRR")


# The push


def test_the_end_of_a_call_is_known_from_its_parts():
    assert ended_at(call(ended_at=NOON)) == NOON
    assert ended_at(call(wait=20, talk=40)) == NOON + timedelta(minutes=1)
    assert ended_at(call(started_at=None)) is None


def test_a_push_is_trusted_from_its_confirmation_until_a_call_is_missing(freezer):
    freezer.move_to(NOON)
    changes = []
    push = PushHealth(listeners=[lambda: changes.append(1)])
    push.add_polled([call()])
    assert (push.state, changes) == (PushState.SILENT, [])
    push.add_delivery()
    assert (push.state, push.last_delivery) == (PushState.SILENT, NOON)
    push.add_confirmed(1)
    assert (push.state, push.trusted_since) == (PushState.WORKING, NOON)

    freezer.move_to(NOON + timedelta(minutes=10))
    on_its_way = call(started_at=NOON + timedelta(minutes=9, seconds=30))
    from_before = call(started_at=NOON - timedelta(seconds=1))
    push.add_polled([on_its_way, from_before, call(started_at=None)])
    assert push.state is PushState.WORKING

    push.add_polled([call(started_at=NOON + timedelta(minutes=8))])
    assert (push.state, push.lost) == (PushState.LOSING, 1)
    push.add_confirmed(1)
    assert push.state is PushState.WORKING
    push.add_refused("malformed")
    push.add_unconfirmed(2)
    assert (push.refusals["malformed"], push.unconfirmed) == (1, 2)
    assert PushHealth() == PushHealth()
    PushHealth().add_delivery()


# The history


def test_the_share_of_the_history_is_known_only_with_its_total():
    assert HistoryState().percent is None
    assert HistoryState(read=50, total=200).percent == 25
    assert HistoryState(read=300, total=200).percent < 100
    assert HistoryState(complete=True).percent == 100


def test_a_history_is_complete_when_one_segment_reaches_its_beginning():
    whole = Segment(BEGINNING, NOON)
    later = Segment(NOON + timedelta(hours=1), NOON + timedelta(hours=2))
    assert is_complete(Coverage("a", segments=(whole,)))
    assert not is_complete(Coverage("a", segments=(whole, later)))
    assert not is_complete(Coverage("a", segments=(later,)))
    assert not is_complete(Coverage("a"))


# Devices


def test_a_device_is_a_trunks_only_by_its_identifier():
    assert trunk_of({("trunkline", "telefonchy:1_2155500001")}, "telefonchy:1") == "2155500001"
    assert trunk_of({("trunkline", "telefonchy:1")}, "telefonchy:1") is None
    assert trunk_of({("trunkline", "telefonchy:1_dial_abc")}, "telefonchy:1") is None
    assert trunk_of({("other", "telefonchy:1_2155500001")}, "telefonchy:1") is None


# Failures

FAILURES = {
    errors.RateLimitedError: ("update_rate_limited", "rate_limited"),
    errors.PermissionDeniedError: ("update_not_permitted", "not_permitted"),
    errors.ConnectionFailedError: ("update_unreachable", "cannot_connect"),
    errors.ProviderError: ("update_provider", "cannot_connect"),
    errors.DataError: ("update_invalid_response", "invalid_response"),
    errors.ArchiveError: ("update_archive", "refused"),
    errors.NotFoundError: ("update_refused", "invalid_response"),
    errors.ConfigError: ("update_refused", "invalid_settings"),
    errors.AuthenticationError: ("update_authentication", "invalid_auth"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_every_failure_has_its_own_message(kind):
    update, flow = FAILURES[kind]
    failure = failures.update_failure(kind("why"), "Office")
    assert failure.translation_key == update
    assert failure.translation_placeholders == {"account": "Office", "error": "why"}
    assert isinstance(failure, ConfigEntryAuthFailed) is (kind is errors.AuthenticationError)
    assert failures.form_error(kind("why")) == flow


# Old and new Home Assistant


def test_the_wait_that_a_provider_asks_for_is_passed_on_where_it_can_be():
    failure = failures.update_failure(errors.RateLimitedError("why", retry_after=90), "Office")
    assert getattr(failure, "retry_after", None) == (90 if compat._KNOWS_RETRY_AFTER else None)


@pytest.mark.parametrize("new", [False, True])
def test_a_device_is_linked_the_way_home_assistant_knows(monkeypatch, new):
    monkeypatch.setattr(compat, "_KNOWS_VIA_DEVICE_ID", new)
    linked = compat.device_through(DeviceInfo(name="Trunk"), ("trunkline", "a"), "1234")
    assert dict(linked) == {"name": "Trunk"} | (
        {"via_device_id": "1234"} if new else {"via_device": ("trunkline", "a")}
    )


def test_the_options_flow_is_home_assistants_own_where_there_is_one():
    own = getattr(config_entries, "OptionsFlowWithReload", None)
    assert own is None or compat.OptionsFlowWithReload is own
    assert issubclass(compat.OptionsFlowWithReload, config_entries.OptionsFlow)


async def test_before_2025_8_changed_options_reload_the_account_all_the_same(hass, loaded, monkeypatch):
    monkeypatch.delattr(config_entries, "OptionsFlowWithReload", raising=False)
    spec = spec_from_file_location("custom_components.trunkline.old_compat", compat.__file__)
    old = module_from_spec(spec)
    spec.loader.exec_module(old)
    flow = old.OptionsFlowWithReload()
    flow.hass, flow.handler, flow.flow_id = hass, loaded.entry_id, "1"
    before = loaded.runtime_data
    flow.async_create_entry(data=dict(loaded.options))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert loaded.runtime_data is before
    flow.async_create_entry(data={"poll_interval": 60})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert loaded.runtime_data is not before


# The bundled core


def test_a_release_brings_its_own_core(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    folder = tmp_path / "_lib"
    assert _bundle.use_bundle(folder) is False
    folder.mkdir()
    assert _bundle.use_bundle(folder) is True
    assert _bundle.use_bundle(folder) is True
    assert sys.path[0] == str(folder)
    assert sys.path.count(str(folder)) == 1


# The garbage collector


@pytest.fixture
def _usual_threshold():
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("_usual_threshold")
def test_the_collectors_threshold_is_put_back_by_the_last_who_raised_it():
    gc.set_threshold(700, 10, 10)
    with collector.many_records():
        with collector.many_records():
            assert gc.get_threshold() == (collector.YOUNG_OBJECTS, 10, 10)
        assert gc.get_threshold() == (collector.YOUNG_OBJECTS, 10, 10)
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.usefixtures("_usual_threshold")
@pytest.mark.parametrize("chosen", [0, 10**6])
def test_a_threshold_that_someone_chose_is_left_alone(chosen):
    gc.set_threshold(chosen, 10, 10)
    with collector.many_records():
        assert gc.get_threshold()[0] == chosen
    assert gc.get_threshold()[0] == chosen
