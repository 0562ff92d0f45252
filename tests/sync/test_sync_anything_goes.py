"""Whatever happens to a list and to the process, the next undisturbed runs leave every call archived once."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.archive.postgres import fresh
from tests.sync.office import NOW, Office, invented
from trunkline.archive import Archive
from trunkline.sync import sync_account

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sync.conftest import Clock

NUMBERS = st.integers(0, 60)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("new"), NUMBERS),
        st.tuples(st.just("late"), st.integers(0, 23)),
        st.tuples(st.just("correct"), NUMBERS),
        st.tuples(st.just("vanish"), st.integers(0, 300)),
        st.tuples(st.just("wait"), st.integers(1, 100)),
        st.tuples(st.just("sync"), st.just(0)),
        st.tuples(st.just("die"), st.integers(1, 12)),
        st.tuples(st.just("shift"), st.integers(1, 12)),
        st.tuples(st.just("drop"), st.integers(2, 12)),
    ),
    max_size=12,
)


class DiedError(Exception):
    """Stands for the end of the process."""


class World:
    """An office, its clock, and the calls that the provider ever showed to a run that went through."""

    def __init__(self, clock: type[Clock], size: int) -> None:
        self.clock = clock
        self.numbers = count(1)
        self.gone: set[str] = set()
        self.office = Office([self.call(-hours) for hours in range(0, 200, 3)], size=size)

    def call(self, hours: float):
        """Return a new call that started so many hours after now."""
        moment = self.clock.moved + timedelta(hours=hours)
        return invented(next(self.numbers), minutes=-moment / timedelta(minutes=1))

    def happen(self, event: str, number: int) -> None:
        office, clock = self.office, self.clock
        match event:
            case "new":
                for _ in range(number):
                    clock.moved += timedelta(minutes=20)
                    office.add(self.call(0))
            case "late":
                office.add(self.call(-number))
            case "correct":
                office.correct(str(number), 1000 + number)
            case "vanish":
                self.vanish(number)
            case "wait":
                clock.moved += timedelta(hours=number)

    def vanish(self, index: int) -> None:
        rows = self.office.lists["1001"]
        if rows:
            gone = rows[index % len(rows)].call_id
            self.gone.add(gone)
            self.office.remove(gone)

    def disturbance(self, event: str, at: int) -> Callable[[int], None]:
        asked = len(self.office.asked)

        def before_page(request: int) -> None:
            if request - asked == at:
                if event == "die":
                    raise DiedError
                if event == "shift":
                    self.office.add(self.call(0))
                if event == "drop":
                    self.vanish(at)

        return before_page

    async def sync(self, archive: Archive, event: str, number: int, *, full: bool = False) -> None:
        self.office.before_page = self.disturbance(event, number)
        with contextlib.suppress(DiedError):
            await sync_account(self.office, archive, full=full)


@pytest.mark.slow
@given(events=EVENTS, size=st.sampled_from([3, 10, 100]))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_nothing_is_lost_and_nothing_is_doubled(
    clock: type[Clock], url: str, events: list[tuple[str, int]], size: int
) -> None:
    clock.moved = timedelta(0)
    world = World(clock, size)

    async def live() -> None:
        with fresh(url) as address, Archive.open(address) as archive:
            for event, number in events:
                if event in {"sync", "die", "shift", "drop"}:
                    await world.sync(archive, event, number)
                else:
                    world.happen(event, number)
            clock.moved += timedelta(hours=7)
            await world.sync(archive, "sync", 0)
            listed = {call.call_id for call in world.office.calls}
            archived = [call.call_id for call in archive.calls()]
            assert len(archived) == len(set(archived)) == archive.count()
            assert listed <= set(archived)
            assert set(archived) <= listed | world.gone
            await world.sync(archive, "sync", 0, full=True)
            held = {call.call_id: call for call in archive.calls()}
            assert all(held[call.call_id] == call for call in world.office.calls)
            assert max(call.started_at for call in held.values()) <= NOW + clock.moved

    # Not asyncio.run, which would leave the thread without the loop that some versions of the plugin look for.
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(live())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
