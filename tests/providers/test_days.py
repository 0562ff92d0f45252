"""Lists by whole days: every call of the period once, newest first, with few questions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from trunkline.errors import TooLargeError
from trunkline.model import Call, CallPage, Identity, Status
from trunkline.providers.base import DailyAccount
from trunkline.providers.days import Days, calls_of, within

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)


def call(started_at: datetime) -> Call:
    return Call(
        account="x:1", call_id=started_at.isoformat(), direction=None, status=Status.UNKNOWN, started_at=started_at
    )


class Clock(datetime):
    """A wall clock that stands still."""

    @classmethod
    def now(cls, tz=None) -> datetime:
        return NOW.astimezone(tz)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trunkline.providers.base.datetime", Clock)


class Provider(DailyAccount):
    """An account whose calls are in memory; `asked` holds the first and the last day of each request."""

    def __init__(self, *starts: datetime) -> None:
        self.zone = ZONE
        self.listed = [call(start) for start in starts]
        self.asked: list[tuple[date, date]] = []

    async def _read_identity(self) -> Identity:
        return Identity("1", "Office")

    async def days(self, stream: str, days: Days) -> CallPage:
        self.asked.append((days.first, days.last))
        return CallPage(
            tuple(call for call in self.listed if days.first <= call.started_at.astimezone(ZONE).date() <= days.last)
        )


async def read(provider: Provider, **period: datetime) -> list[datetime]:
    return [call.started_at async for page in provider.pages("", **period) for call in page.calls]


async def test_everything_comes_newest_first() -> None:
    starts = [NOW - timedelta(hours=9 * at) for at in range(400)]
    provider = Provider(*reversed(starts))
    assert await read(provider) == starts


async def test_no_day_is_asked_for_twice_and_none_left_out() -> None:
    provider = Provider(NOW - timedelta(days=700))
    assert await read(provider) == [NOW - timedelta(days=700)]
    for (first, _), (_, last) in zip(provider.asked, provider.asked[1:], strict=False):
        assert last == first - timedelta(days=1)
    assert provider.asked[-1][0] == date(2000, 1, 1)


async def test_what_lies_below_a_year_of_silence_is_found_in_one_more_question() -> None:
    old = NOW - timedelta(days=3000)
    provider = Provider(old)
    assert await read(provider) == [old]
    assert len(provider.asked) < 15


async def test_the_period_is_half_open() -> None:
    starts = [NOW - timedelta(hours=at) for at in range(50)]
    provider = Provider(*starts)
    since, until = starts[30], starts[3]
    assert await read(provider, since=since, until=until) == starts[4:31]


async def test_the_first_question_holds_the_last_two_days_and_tomorrow() -> None:
    provider = Provider(NOW)
    await anext(provider.pages(""))
    assert provider.asked == [(date(2026, 3, 9), date(2026, 3, 11))]


async def test_busy_days_are_asked_for_in_shorter_periods() -> None:
    provider = Provider(*(NOW - timedelta(minutes=2 * at) for at in range(20_000)))
    assert len(await read(provider, since=NOW - timedelta(days=27))) == 27 * 720 + 1
    assert max((last - first).days for first, last in provider.asked) < 8


class Strict(Provider):
    """A provider whose replies can't be read if they have more than so many calls."""

    most = 100

    async def days(self, stream: str, days: Days) -> CallPage:
        page = await super().days(stream, days)
        if len(page.calls) > self.most:
            raise TooLargeError("too many calls")
        return page


async def test_days_with_too_many_calls_for_one_reply_are_asked_for_in_halves() -> None:
    # Two quiet weeks before a busy month make the span long that reaches it.
    provider = Strict(*(NOW - timedelta(days=14, minutes=20 * at) for at in range(2000)))
    assert await read(provider, since=NOW - timedelta(days=60)) == [call.started_at for call in provider.listed]
    busiest = Strict(*(NOW - timedelta(days=14, minutes=at) for at in range(300)))
    with pytest.raises(TooLargeError):
        await read(busiest, since=NOW - timedelta(days=60))


async def test_the_halves_of_days_say_together_what_the_days_have() -> None:
    async def halves(days: Days) -> CallPage:
        if days.first != days.last:
            raise TooLargeError("too many calls")
        return CallPage((call(days.start(ZONE)),), total=3, odd=days.first.day == 2, short=days.first.day == 3)

    page = await calls_of(halves, Days(date(2026, 3, 1), date(2026, 3, 3)))
    assert [listed.started_at for listed in page.calls] == [
        Days(date(2026, 3, day), date(2026, 3, day)).start(ZONE) for day in (3, 2, 1)
    ]
    assert (page.total, page.odd, page.short) == (9, True, True)


@pytest.mark.parametrize("since", [NOW + timedelta(days=3)])
async def test_a_period_in_the_future_is_empty(since: datetime) -> None:
    assert await read(Provider(NOW), since=since) == []


def test_a_period_includes_its_start_and_excludes_its_end_and_keeps_what_a_page_says_of_its_list():
    calls = tuple(call(NOW + timedelta(hours=hour)) for hour in range(4))
    undated = replace(calls[0], call_id="undated", started_at=None)
    page = CallPage((undated, *calls), total=40, offset=5, last=True)
    cut = within(page, calls[1].started_at, calls[3].started_at)
    assert cut == CallPage((undated, *calls[1:3]), total=40, offset=5, last=True)
    assert within(page, None, None) is page
