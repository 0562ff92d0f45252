"""How often the call list is read because of pushes: a flood of forged records must not cause a flood of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# Between two looks at the list, however many records are pushed; in seconds.
PAUSE: Final = 10.0
MAX_PAUSE: Final = 300.0
# A genuine call that the list shows late takes some looks too.
FREE_LOOKS: Final = 6


class Pace:
    """Spaces looks at the list: after some that found nothing of what was pushed, each doubles the pause.

    `clock` returns monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Allow the first look at once."""
        self._clock = clock
        self._looked_at = float("-inf")
        self._fruitless = 0

    @property
    def pause(self) -> float:
        """The seconds between the last look and the next."""
        return min(MAX_PAUSE, PAUSE * 2.0 ** max(0, self._fruitless - FREE_LOOKS))

    @property
    def wait(self) -> float:
        """The seconds until the next look may begin, not below 0."""
        return max(0.0, self._looked_at + self.pause - self._clock())

    def begin(self) -> None:
        """Note that a look begins."""
        self._looked_at = self._clock()

    def end(self, *, found: bool) -> None:
        """Note whether the look has found anything that was pushed."""
        self._fruitless = 0 if found else min(self._fruitless + 1, 2 * FREE_LOOKS)
