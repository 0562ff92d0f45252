"""The threshold of the garbage collector while many records are read."""

from __future__ import annotations

import gc

import pytest

from custom_components.trunkline.account import collector


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
