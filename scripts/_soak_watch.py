"""Watches the requests of a run: turns its faults on at their requests, and notes which request got which."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from trunkline.sandbox import Faults

from ._soak_cases import STOP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trunkline.sandbox.faults import RequestFaults

    from ._soak_cases import Hit


class Watch(Faults):
    """The faults of a sandbox, which a run's requests pass one by one.

    `begin` starts to count at 1. `met` counts by fault and request. `over` is called at the request after `most`.
    """

    def __init__(self, wire: str) -> None:
        """Watch one wire."""
        super().__init__()
        self._wire = wire
        self._hits: tuple[Hit, ...] = ()
        self._labels: dict[int, str] = {}
        self._stop: Callable[[], None] = lambda: None
        self._over: Callable[[], None] = lambda: None
        self._most = 0
        self.paths: list[str] = []
        self.lists: list[int] = []
        self.met: Counter[tuple[str, int]] = Counter()

    def begin(
        self,
        hits: Sequence[Hit] = (),
        *,
        most: int = 1_000_000,
        over: Callable[[], None] = lambda: None,
        stop: Callable[[], None] = lambda: None,
    ) -> None:
        """Begin a run with these faults."""
        self.clear()
        self._hits = tuple(hits)
        self._most, self._over, self._stop = most, over, stop
        self.paths, self.lists = [], []

    def take(self, provider: str, path: str, account: int | None, *, lists_calls: bool) -> RequestFaults:
        """Count a request, and return its faults."""
        self.paths.append(path)
        number = len(self.paths)
        if lists_calls:
            self.lists.append(number)
        for hit in self._hits:
            if hit.at != number:
                continue
            if hit.kind == STOP:
                self.met[STOP, number] += 1
                self._stop()
            else:
                options: dict[str, Any] = dict(hit.options)
                fault = self.add(hit.kind, provider=self._wire, count=None if hit.lasting else 1, **options)
                self._labels[id(fault)] = f"{hit.label}{' …' if hit.lasting else ''}"
        if number == self._most + 1:
            self._over()
        taken = super().take(provider, path, account, lists_calls=lists_calls)
        for fault in taken:
            self.met[self._labels.get(id(fault), fault.kind), number] += 1
        return taken
