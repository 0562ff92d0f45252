"""The hourly limit of calls."""

from __future__ import annotations

import pytest
from homeassistant.exceptions import ServiceValidationError

from custom_components.trunkline.account.call_limit import CallLimit


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
