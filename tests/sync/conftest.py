"""An archive in either database and a clock that can be moved, for each test of the sync."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.sync.office import NOW
from trunkline.archive import Archive

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock(datetime):
    """A wall clock that stands at the office's NOW until a test moves it."""

    moved = timedelta(0)

    @classmethod
    def now(cls, tz=None) -> datetime:
        return NOW.astimezone(tz) + cls.moved


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    monkeypatch.setattr(Clock, "moved", timedelta(0))
    for module in ("trunkline.sync", "trunkline.sync.paged", "trunkline.sync.ordered", "trunkline.sync.daily"):
        monkeypatch.setattr(f"{module}.datetime", Clock)
    return Clock


@pytest.fixture
def archive(url: str) -> Iterator[Archive]:
    with Archive.open(url) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _quiet() -> None:
    # Home Assistant's test plugin has each statement logged, which takes longer than the statements.
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
