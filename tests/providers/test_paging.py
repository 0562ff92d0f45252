"""Numbered and offset pages of a list that shifts, shrinks, and has another page size than requested."""

from __future__ import annotations

import pytest

from trunkline.model import Call, SearchPage, Status, UnreadableRow
from trunkline.providers.common.paging import NumberedPage, ends_list, numbered_pages, offset_pages


def call(number):
    return Call(account="a", call_id=str(number), direction=None, status=Status.UNKNOWN, started_at=None)


class Listing:
    """A provider's list, newest first, in pages of its own size; `between` changes it before a page is asked for."""

    def __init__(self, count, size, between=None):
        self.rows = [str(number) for number in range(count)]
        self.size = size
        self.asked = []
        self.between = between or {}

    async def fetch(self, number):
        self.asked.append(number)
        self.between.pop(len(self.asked), lambda _: None)(self.rows)
        pages = max(1, -(-len(self.rows) // self.size))
        rows = self.rows[(number - 1) * self.size : number * self.size]
        return NumberedPage(number, tuple(map(call, rows)), total=len(self.rows), pages=pages)


async def read(listing, **options):
    pages = [page async for page in numbered_pages(listing.fetch, **options)]
    return pages, [call.call_id for page in pages for call in page.calls]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 35])
async def test_every_row_comes_once_from_a_list_that_stands_still(count):
    pages, ids = await read(Listing(count, 10), size=10)
    assert ids == [str(number) for number in range(count)]
    assert pages[-1].last
    assert [page.offset for page in pages] == [10 * at for at in range(len(pages))]


@pytest.mark.parametrize("size", [5, 10, 20, 50])
@pytest.mark.parametrize("skip", [0, 9, 10, 34, 60])
async def test_skip_never_goes_beyond_whatever_size_the_provider_makes_its_pages(size, skip):
    listing = Listing(45, size)
    pages, ids = await read(listing, size=10, skip=skip)
    assert pages[0].offset <= skip
    assert ids == listing.rows[pages[0].offset :]


async def test_new_rows_repeat_others_and_hide_none():
    listing = Listing(30, 10, {2: lambda rows: rows.insert(0, "new")})
    _, ids = await read(listing, size=10)
    assert set(map(str, range(30))) == set(ids)
    assert ids.count("9") == 2


async def test_rows_that_vanish_make_it_step_back():
    def lose(rows):
        del rows[0:3]

    listing = Listing(40, 10, {2: lose})
    _, ids = await read(listing, size=10)
    # After the loss, 10 to 12 stand at the end of the first page, which is read again.
    assert listing.asked[:3] == [1, 2, 1]
    assert set(map(str, range(40))) == set(ids)


async def test_rows_that_vanish_while_stepping_back_make_it_step_back_further():
    def lose(rows):
        del rows[0:10]

    listing = Listing(60, 10, {3: lose, 4: lose})
    _, ids = await read(listing, size=10)
    assert listing.asked[:5] == [1, 2, 3, 2, 1]
    assert set(map(str, range(60))) == set(ids)


# By offset.


class OffsetListing(Listing):
    """The same list, read by offset; without `counts` it doesn't state its length."""

    counts = True

    async def fetch(self, number):
        self.asked.append(number)
        self.between.pop(len(self.asked), lambda _: None)(self.rows)
        rows = tuple(self.rows[number : number + self.size])
        return SearchPage(rows, start=number, total=len(self.rows) if self.counts else None)


async def read_by_offset(listing, **options):
    pages = [page async for page in offset_pages(listing.fetch, **options)]
    return pages, [row for page in pages for row in page.rows]


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 35])
async def test_every_row_comes_once_by_offset(count, counts):
    listing = OffsetListing(count, 10)
    listing.counts = counts
    pages, rows = await read_by_offset(listing, size=10)
    assert rows == [str(number) for number in range(count)]
    assert ends_list(pages[-1])


@pytest.mark.parametrize("skip", [0, 9, 10, 34, 60])
async def test_skip_never_goes_beyond_by_offset(skip):
    listing = OffsetListing(45, 10)
    pages, rows = await read_by_offset(listing, size=10, skip=skip)
    assert pages[0].start <= skip
    assert rows == listing.rows[pages[0].start :]


async def test_rows_that_vanish_make_it_step_back_by_offset():
    def lose(rows):
        del rows[0:3]

    listing = OffsetListing(40, 10, {2: lose, 3: lose})
    _, rows = await read_by_offset(listing, size=10)
    # Three rows vanish before the second page is read, and three more before it is read again.
    assert listing.asked[:4] == [0, 10, 7, 4]
    assert set(map(str, range(40))) == set(rows)


async def test_a_server_that_ignores_offsets_and_totals_is_read_once_more():
    listing = OffsetListing(5, 10)

    async def fetch(_):
        listing.asked.append(0)
        return SearchPage(tuple(listing.rows), start=0)

    listing.fetch = fetch
    pages, _ = await read_by_offset(listing, size=10)
    assert len(pages) == 2


async def test_pages_of_rows_that_cannot_be_read_are_no_repetition():
    rows = [UnreadableRow({"call_id": str(number)}, reason="the field price is not an amount") for number in range(50)]

    async def fetch(number):
        return NumberedPage(number, (), total=50, pages=5, unreadable=tuple(rows[number * 10 - 10 : number * 10]))

    pages = [page async for page in numbered_pages(fetch, size=10)]
    assert [row for page in pages for row in page.unreadable] == rows
