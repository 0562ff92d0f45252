"""Times out of ids: the samples of the providers' documents, and what only looks like an id."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.providers.common.ids import object_id_at, object_id_time, unique_id_time


def test_object_id() -> None:
    # 0x67bc8ea2 = 1740410530 s: the id of the call report in VoIPano's document.
    assert object_id_time("67bc8ea2f8f8a7d1287995f1") == datetime(2025, 2, 24, 15, 22, 10, tzinfo=UTC)


def test_unique_id() -> None:
    # Voip24h's document: callDate 2018-07-29 16:37:32 in Vietnam (+07:00).
    assert unique_id_time("1532857052.131132") == datetime(2018, 7, 29, 9, 37, 32, tzinfo=UTC)
    assert unique_id_time("pbx1-1532857052.131132") == datetime(2018, 7, 29, 9, 37, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None,
        5,
        "",
        "67bc8ea2f8f8a7d1287995f",
        "67bc8ea2f8f8a7d1287995fg",
        "0" * 24,
        "f" * 24,
        "855",
        "1.5",
        "۱۵۳۲۸۵۷۰۵۲.۱",
    ],
)
def test_what_only_looks_like_one_has_no_time(text: object) -> None:
    assert object_id_time(text) is None
    assert unique_id_time(text) is None


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))
def test_the_smallest_id_of_a_time_has_that_second(moment: datetime) -> None:
    assert object_id_time(object_id_at(moment)) == moment.replace(microsecond=0)
