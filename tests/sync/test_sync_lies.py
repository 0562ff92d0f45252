"""Providers that lie once or all the time: what was not proven isn't claimed, and clean runs end with every call."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.sync.office import KEY, NOW, DailyOffice, Office, OrderedOffice, invented
from trunkline.errors import DataError
from trunkline.model import CallPage, CursorPage, Direction, Status, UnreadableRow
from trunkline.sync import run as sync_run
from trunkline.sync import sync_account

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from trunkline.archive import Archive
    from trunkline.model import Call
    from trunkline.providers.days import Days


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Give one kind of database: what a sync claims doesn't depend on it, and there are many lies."""
    return f"sqlite:///{tmp_path / 'archive.db'}"


type Page = CallPage | CursorPage
type Lie = Callable[[Any], Any]


def calls(count: int = 280) -> list[Call]:
    """Return calls of eighty days, the newest first."""
    return [invented(number, minutes=number * 420) for number in range(count)]


class Lying:
    """Changes some pages of an office before they are read; `lies` says which, by the number of the request."""

    lies: dict[int, Lie]
    always: Lie | None = None
    given = 0

    def tell(self, page: Page) -> Page:
        self.given += 1
        lie = self.always or self.lies.get(self.given)
        return lie(page) if lie else page


class LyingOffice(Lying, Office):
    async def pages(self, stream: str, **options: Any) -> AsyncIterator[CallPage]:
        async for page in super().pages(stream, **options):
            told = self.tell(page)
            yield told
            if told.last:
                return


class LyingOrderedOffice(Lying, OrderedOffice):
    async def cursor_pages(self, stream: str, *, after: str = "") -> AsyncIterator[CursorPage]:
        async for page in super().cursor_pages(stream, after=after):
            told = self.tell(page)
            yield told
            if told.last:
                return


class LyingDailyOffice(Lying, DailyOffice):
    async def days(self, stream: str, days: Days) -> CallPage:
        return self.tell(await super().days(stream, days))


KINDS = {"paged": LyingOffice, "ordered": LyingOrderedOffice, "daily": LyingDailyOffice}


def lying(kind: str, lies: dict[int, Lie] | None = None, **options: Any) -> Any:
    office = KINDS[kind](calls(), size=40, **options)
    office.lies = lies or {}
    return office


def empty(page: Any) -> Any:
    if isinstance(page, CursorPage):
        return replace(page, calls=(), last=True, cursor=page.after or "")
    return replace(page, calls=(), last=True, total=None if page.total is None else 0)


def unknown_words(page: Any) -> Any:
    return replace(page, calls=tuple(replace(call, status=Status.UNKNOWN, direction=None) for call in page.calls))


def without_five(page: Any) -> Any:
    return replace(page, calls=page.calls[5:])


def same(archive: Archive, office: Office) -> None:
    assert {call.call_id: call for call in archive.calls()} == {call.call_id: call for call in office.calls}


def requests_of(kind: str, archive: Archive) -> int:
    """Return about how many requests a first run takes, which is enough to hit each of them."""
    return {"paged": 8, "ordered": 8, "daily": 14}[kind]


@pytest.mark.parametrize("lie", [empty, without_five, unknown_words], ids=lambda lie: lie.__name__)
@pytest.mark.parametrize("at", range(1, 15))
@pytest.mark.parametrize("kind", KINDS)
async def test_one_wrong_reply_costs_no_call(archive: Archive, kind: str, at: int, lie: Lie) -> None:
    office = lying(kind, {at: lie})
    try:
        result = await sync_account(office, archive)
    except DataError:
        pass
    else:
        if result.complete:
            same(archive, office)
    office.lies = {}
    for _ in range(2):
        result = await sync_account(office, archive)
    assert result.complete
    same(archive, office)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_first_run_that_is_only_told_of_an_empty_list_keeps_nothing_from_the_next_one(
    archive: Archive, kind: str
) -> None:
    office = lying(kind)
    office.always = empty
    await sync_account(office, archive)
    assert archive.count() == 0
    office.always = None
    for _ in range(2):
        result = await sync_account(office, archive)
    assert result.complete
    same(archive, office)


async def test_a_total_that_contradicts_the_archive_opens_the_list_again(archive: Archive) -> None:
    office = lying("paged")
    # The first run believes that there are a hundred calls: all its replies say so.
    office.always = lambda page: replace(page, calls=page.calls[: max(0, 100 - page.offset)], total=100)
    await sync_account(office, archive)
    assert archive.count() == 100
    office.always = None
    results = [await sync_account(office, archive) for _ in range(3)]
    assert not results[0].complete
    assert results[-1].complete
    same(archive, office)


async def test_a_total_that_stays_too_high_is_accepted_after_everything_was_read_again(archive: Archive) -> None:
    office = lying("paged")
    office.always = lambda page: replace(page, total=283)
    results = [await sync_account(office, archive) for _ in range(3)]
    assert [result.complete for result in results] == [False, True, True]
    office.asked.clear()
    assert (await sync_account(office, archive)).pages == 1


# At 40 calls per page, 280 calls are seven pages, and 30 calls are one. A first run reads all of them twice. The first page
# reaches further back than the overlap, so that the next run reads no other.
@pytest.mark.parametrize(("count", "first_pages", "next_pages"), [(280, 14, 1), (30, 2, 1)])
async def test_a_list_without_totals_is_known_once_a_reading_brings_nothing_new(
    archive: Archive, count: int, first_pages: int, next_pages: int
) -> None:
    office = LyingOffice(calls(count), size=40, totals=False)
    office.lies = {}
    first, second = [await sync_account(office, archive) for _ in range(2)]
    assert (first.complete, first.pages) == (True, first_pages)
    assert (second.complete, second.new, second.pages) == (True, 0, next_pages)
    same(archive, office)


async def test_a_list_without_totals_that_is_another_with_each_reading_is_an_error(archive: Archive) -> None:
    office = lying("paged", totals=False)
    office.always = lambda page: replace(
        page, calls=(*page.calls, replace(page.calls[-1], call_id=str(9000 + office.given)))
    )
    with pytest.raises(DataError, match="changes with every reading"):
        await sync_account(office, archive)
    assert not archive.coverage(KEY, "1001").segments


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(
            lambda page, given: replace(page, total=None) if given > 1 else page, id="only one states a total"
        ),
        pytest.param(lambda page, given: replace(page, total=30 + given), id="each states another total"),
    ],
)
async def test_a_total_that_no_second_reply_confirms_proves_nothing(
    archive: Archive, lie: Callable[[CallPage, int], CallPage]
) -> None:
    office = LyingOffice(calls(30), size=40)
    office.lies = {}
    office.always = lambda page: lie(page, office.given)
    assert not (await sync_account(office, archive)).complete
    office.always = None
    results = [await sync_account(office, archive) for _ in range(2)]
    assert results[-1].complete
    same(archive, office)


async def test_a_list_that_became_shorter_while_it_was_read_is_looked_at_again(archive: Archive) -> None:
    office = lying("paged")
    office.before_page = lambda number: office.remove("200", "201") if number == 4 else None
    assert not (await sync_account(office, archive)).complete
    office.before_page = lambda _: None
    results = [await sync_account(office, archive) for _ in range(2)]
    assert results[-1].complete
    same(archive, office)


async def test_an_odd_page_is_read_again_until_the_list_stands_still(archive: Archive) -> None:
    office = lying("paged", {2: unknown_words, 3: lambda page: replace(page, total=281)})
    await sync_account(office, archive)
    same(archive, office)


async def test_calls_that_the_provider_deleted_are_no_contradiction(archive: Archive) -> None:
    office = lying("paged")
    await sync_account(office, archive)
    office.remove("3", "100", "200")
    # One run doubts it, the next one believes it.
    results = [await sync_account(office, archive) for _ in range(2)]
    assert results[-1].complete
    assert archive.count() == 280
    assert archive.coverage(KEY, "1001").segments


@pytest.mark.parametrize("kind", KINDS)
async def test_words_that_stay_unknown_are_kept_after_a_second_reading(archive: Archive, kind: str) -> None:
    office = lying(kind)
    office.always = unknown_words
    result = await sync_account(office, archive)
    assert result.complete
    assert {call.status for call in archive.calls()} == {Status.UNKNOWN}
    office.always = None
    await sync_account(office, archive, full=True)
    same(archive, office)


def spoil(page: Any) -> Any:
    """Make the row of call 7 unreadable."""
    row = UnreadableRow(
        {"id": "7", "price": "many"}, reason="the field price is not an amount", field="price", call_id="7"
    )
    kept = tuple(call for call in page.calls if call.call_id != "7")
    return replace(page, calls=kept, unreadable=(row,)) if len(kept) < len(page.calls) else page


@pytest.mark.parametrize("kind", KINDS)
async def test_a_row_that_makes_no_sense_is_kept_aside_and_counted_once(archive: Archive, kind: str) -> None:
    office = lying(kind)
    office.always = spoil
    result = await sync_account(office, archive)
    assert (result.new, result.unreadable, result.complete) == (279, 1, True)
    (kept,) = archive.unreadable_rows(KEY, "1001")
    assert (kept.row.record, kept.row.field) == ({"id": "7", "price": "many"}, "price")
    assert (await sync_account(office, archive)).unreadable == 0
    office.always = None
    await sync_account(office, archive, full=True)
    assert archive.unreadable_rows(KEY) == []
    same(archive, office)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_row_is_read_by_the_next_version_of_the_program(
    archive: Archive, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = lying(kind)
    office.always = spoil
    await sync_account(office, archive)

    async def read_row(stream: str, record: object) -> Call:
        assert (stream, record) == ("1001", {"id": "7", "price": "many"})
        return invented(7, minutes=7 * 420)

    office.read_row = read_row
    assert (await sync_account(office, archive)).new == 0
    # The next version reads the row, both the one that was kept and the one in the list.
    office.always = None
    monkeypatch.setattr(sync_run, "__version__", "0.2.0")
    assert (await sync_account(office, archive)).new == 1
    assert archive.unreadable_rows(KEY) == []
    same(archive, office)


async def test_rows_beyond_a_thousand_that_make_no_sense_are_an_error(archive: Archive) -> None:
    office = LyingOffice(calls(), size=40)
    office.lies = {}
    rows = tuple(UnreadableRow({"id": number}, reason="the field id is missing", field="id") for number in range(1001))
    office.always = lambda page: replace(page, unreadable=rows, total=None)
    with pytest.raises(DataError, match="more than 1000 rows"):
        await sync_account(office, archive)


async def test_a_row_that_was_sent_twice_is_one_call_if_another_reading_has_it_once(archive: Archive) -> None:
    twin = replace(invented(9001, minutes=60), call_id="0-2")

    def double(page: CallPage) -> CallPage:
        return replace(page, calls=(twin, *page.calls), odd=True) if any(c.call_id == "0" for c in page.calls) else page

    office = lying("daily", {1: double})
    await sync_account(office, archive)
    assert (await sync_account(office, archive)).complete
    same(archive, office)


async def test_days_whose_readings_never_agree_are_not_claimed(archive: Archive) -> None:
    office = lying("daily")

    def changing(page: CallPage) -> CallPage:
        return replace(
            page,
            calls=tuple(replace(call, talk=office.given) if call.call_id == "100" else call for call in page.calls),
        )

    office.always = changing
    assert not (await sync_account(office, archive)).complete
    office.always = None
    for _ in range(2):
        result = await sync_account(office, archive)
    assert result.complete
    same(archive, office)


async def test_calls_of_other_days_are_no_reply_to_this_request(archive: Archive) -> None:
    office = lying("daily")
    other = invented(9000, minutes=500 * 420)
    office.always = lambda page: replace(page, calls=(*page.calls, other))
    with pytest.raises(DataError, match="other days"):
        await sync_account(office, archive)


@pytest.mark.parametrize("direction", [Direction.OUTGOING, None])
async def test_a_provider_that_states_no_direction_is_not_read_twice_for_it(
    archive: Archive, direction: Direction | None
) -> None:
    office = Office([replace(call, direction=None, derived=frozenset()) for call in calls()], size=40)
    if direction is not None:
        office.lists["1001"][0] = replace(
            office.lists["1001"][0], direction=direction, derived=frozenset({"direction"})
        )
    result = await sync_account(office, archive)
    assert (result.pages, result.complete) == (7, True)


async def test_a_cursor_of_the_future_is_an_error(archive: Archive) -> None:
    office = lying("ordered")
    office.always = lambda page: replace(page, cursor=office.cursor_at(NOW + timedelta(days=9)), last=False)
    with pytest.raises(DataError, match="future"):
        await sync_account(office, archive)
    assert archive.coverage(KEY, "1001").cursor is None


async def test_a_cursor_that_is_no_place_in_the_list_is_an_error(archive: Archive) -> None:
    office = lying("ordered", {2: lambda page: replace(page, cursor="")})
    with pytest.raises(DataError, match="no place"):
        await sync_account(office, archive)


async def test_a_list_by_cursor_that_repeats_itself_is_an_error(archive: Archive) -> None:
    office = lying("ordered")
    first: list[CursorPage] = []

    def again(page: CursorPage) -> CursorPage:
        first.append(page)
        return replace(page, calls=first[0].calls, last=False)

    office.always = again
    with pytest.raises(DataError, match="repeats"):
        await sync_account(office, archive)


async def test_a_page_that_stays_short_is_not_claimed(archive: Archive) -> None:
    office = lying("paged")
    office.always = lambda page: replace(page, calls=page.calls[1:], short=True) if page.offset == 80 else page
    assert not (await sync_account(office, archive)).complete
    assert archive.count() == 279
    office.always = None
    for _ in range(2):
        result = await sync_account(office, archive)
    assert result.complete
    same(archive, office)


@pytest.mark.parametrize("odd", [unknown_words, spoil], ids=["unknown words", "unreadable row"])
async def test_what_is_odd_in_a_list_that_moves_all_the_time_is_left_to_the_next_run(
    archive: Archive, odd: Lie
) -> None:
    office = lying("paged")
    office.always = lambda page: replace(odd(page), total=280 + office.given)
    result = await sync_account(office, archive)
    assert (result.complete, result.unreadable) == (False, 0)
    office.always = None
    results = [await sync_account(office, archive) for _ in range(2)]
    assert results[-1].complete
    same(archive, office)
