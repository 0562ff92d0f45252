"""Stores pushed calls in the archive, and shows them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from trunkline.archive import Archive
    from trunkline.model import Call

    from ..account.tasks import Offload


class PushedCalls:
    """The pushed calls of one account."""

    def __init__(
        self,
        archive: Archive,
        *,
        offload: Offload,
        on_new: Callable[[Iterable[Call]], None],
        on_changed: Callable[[Iterable[Call]], None],
        publish: Callable[[], Awaitable[None]],
    ) -> None:
        """Pass on new and changed calls, and `publish` the figures that follow from them."""
        self._archive = archive
        self._offload = offload
        self._on_new = on_new
        self._on_changed = on_changed
        self._publish = publish

    async def async_store(self, call: Call) -> bool:
        """Store a call and return whether it was new; raises `ArchiveError` or `DataError`."""
        stored = await self._offload(self._archive.store, [call])
        self._on_new(stored.new)
        self._on_changed(stored.changed)
        if stored.new or stored.changed:
            await self._publish()
        return bool(stored.new)
