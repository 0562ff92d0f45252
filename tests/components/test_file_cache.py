"""Downloaded files: one download for all who ask, limits of size and age, and nothing left after unloading."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from custom_components.trunkline.account.file_cache import MAX_BYTES, MAX_IDLE, FileCache
from trunkline.errors import ConnectionFailedError, NotFoundError


@dataclass(frozen=True)
class Blob:
    content: bytes


class Source:
    """Downloads files of a size, each when the gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.started = 0
        self.size = 10
        self.error = None

    async def __call__(self):
        self.started += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return Blob(bytes(self.size))


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def cache(hass, now):
    def spawn(work):
        return hass.async_create_background_task(work, "download", eager_start=False)

    cache = FileCache(hass, spawn)
    yield cache
    cache.async_close()
    assert cache.size == 0


async def test_a_file_is_downloaded_once(cache, source):
    first = await cache.async_get("a", source)
    assert await cache.async_get("a", source) is first
    assert await cache.async_get("b", source) is not first
    assert (source.started, cache.size) == (2, 20)


async def test_a_download_is_shared_and_survives_whoever_gives_up(cache, source):
    source.gate.clear()
    asking = [asyncio.ensure_future(cache.async_get("a", source)) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    source.gate.set()
    _, second, third = await asyncio.gather(*asking, return_exceptions=True)
    assert asking[0].cancelled()
    assert second is third
    assert source.started == 1


async def test_a_download_goes_on_if_all_give_up(cache, source):
    source.gate.clear()
    asking = asyncio.ensure_future(cache.async_get("a", source))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait({asking})
    source.gate.set()
    await cache.async_get("a", source)
    assert source.started == 1


async def test_an_error_goes_to_all_and_is_not_kept(cache, source):
    source.gate.clear()
    source.error = NotFoundError("gone")
    asking = [asyncio.ensure_future(cache.async_get("a", source)) for _ in range(2)]
    await asyncio.sleep(0)
    source.gate.set()
    assert await asyncio.gather(*asking, return_exceptions=True) == [source.error] * 2
    source.error = None
    await cache.async_get("a", source)
    assert source.started == 2


async def test_the_files_that_were_used_least_recently_make_room(cache, source):
    source.size = MAX_BYTES // 2
    for key in ("a", "b", "a", "c"):
        await cache.async_get(key, source)
    assert (source.started, cache.size) == (3, MAX_BYTES)
    await cache.async_get("a", source)
    assert source.started == 3
    await cache.async_get("b", source)
    assert source.started == 4


async def test_a_file_that_is_larger_than_all_that_is_kept_is_kept_alone(cache, source):
    await cache.async_get("small", source)
    source.size = MAX_BYTES + 1
    await cache.async_get("large", source)
    await cache.async_get("large", source)
    assert (source.started, cache.size) == (2, MAX_BYTES + 1)
    source.size = 10
    await cache.async_get("small", source)
    assert (source.started, cache.size) == (3, 10)


async def test_a_file_is_dropped_when_nobody_asked_for_it_for_a_while(cache, source, later):
    await cache.async_get("a", source)
    await later(MAX_IDLE - 1)
    await cache.async_get("a", source)
    await later(MAX_IDLE - 1)
    assert (source.started, cache.size) == (1, 10)
    await later(2)
    assert cache.size == 0
    await cache.async_get("a", source)
    assert source.started == 2


async def test_nothing_is_downloaded_or_kept_after_unloading(cache, source):
    await cache.async_get("a", source)
    source.gate.clear()
    asking = asyncio.ensure_future(cache.async_get("b", source))
    while source.started < 2:
        await asyncio.sleep(0)
    cache.async_close()
    with pytest.raises(ConnectionFailedError):
        await asking
    with pytest.raises(ConnectionFailedError):
        await cache.async_get("a", source)
    assert (source.started, cache.size) == (2, 0)
